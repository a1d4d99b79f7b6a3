//! The engine: models made ready to answer, and what is derived from them.
//!
//! What it does with a query stands above it, a file each kind of work: `recommend.rs` puts them together.

use std::sync::Arc;

use erbij_core::{CategoryIdx, ItemIdx, ItemKind, TopicIdx, cmp_ids};
use erbij_models::{Alike, Incidence, Personal, PersonalKind, PersonalScorer};
use erbij_recipe::ModelSet;
use erbij_rules::{CacheLimits, CheckedRuleBook, Columns, CompiledRules, ExprError, FilterCache, ItemSet};

use crate::best_sellers::{BestSellers, is_popular, n_people_told};
use crate::bundles::Bundles;
use crate::scratch::Scratch;
use crate::slate::SlateItem;

/// Models, and what is derived from them once so that no query has to.
#[derive(Debug)]
pub struct Engine {
    model_set: ModelSet,
    best_sellers: BestSellers,
    alike: Alike,
    /// All items by id: the one order of a catalogue that tells nothing of what anybody did.
    by_id: Vec<ItemIdx>,
    /// Who bought what, by item; where a personal model has no weights of pairs that were checked when it was trained.
    company: Option<Incidence>,
    /// Per topic the content that is about it, rising.
    content_by_topic: Vec<Vec<ItemIdx>>,
    bundles: Bundles,
    rules: CompiledRules,
    filters: FilterCache,
    columns: Arc<Columns>,
}

impl Engine {
    /// Makes models ready. O(items · (words of a title + depth of the category tree)), and where factors are among the
    /// personal models O(purchases).
    pub fn new(model_set: ModelSet) -> Self {
        let catalogue = &model_set.catalogue;
        let mut content_by_topic = vec![Vec::new(); catalogue.topic_names().len()];
        for item in catalogue.items().indices().filter(|&item| catalogue.kind(item) == ItemKind::Content) {
            for topic in catalogue.topics(item) {
                content_by_topic[topic.index()].push(item);
            }
        }
        let mut by_id: Vec<ItemIdx> = catalogue.items().indices().collect();
        by_id.sort_by(|&a, &b| cmp_ids(catalogue.items().id(a), catalogue.items().id(b)));
        let columns = Arc::new(Columns::new(catalogue));
        let rules = CompiledRules::none(&columns);
        let bundles = Bundles::new(catalogue);
        let filters = FilterCache::new(Arc::clone(&columns), CacheLimits::default());
        let has_factors =
            model_set.personal.iter().any(|model| matches!(model.scorer, PersonalScorer::Factors(_)));
        let company = || Incidence::from_histories(&model_set.histories, catalogue.len(), usize::MAX);
        Self {
            best_sellers: BestSellers::new(&model_set),
            alike: Alike::new(catalogue),
            by_id,
            company: has_factors.then(company),
            content_by_topic,
            bundles,
            rules,
            filters,
            columns,
            model_set,
        }
    }

    /// The same with rules of the shop. O(distinct expressions · items).
    #[must_use]
    pub fn with_rules(self, rules: &CheckedRuleBook) -> Self {
        Self { rules: rules.compile(&self.columns), ..self }
    }

    /// The score as others may see it. What sells is scored by how many bought it, which is the shop's secret: shown
    /// is the share of the best seller's.
    pub fn shown_score(&self, item: &SlateItem) -> f32 {
        if item.source.counts_people() {
            item.score.get() / self.best_sellers.most_people()
        } else {
            item.score.get()
        }
    }

    /// Scratch for one thread.
    pub fn new_scratch(&self) -> Scratch {
        Scratch::new(&self.model_set)
    }

    /// The rules of the shop.
    pub fn rules(&self) -> &CompiledRules {
        &self.rules
    }

    /// The items that a condition in CEL chooses, for [`Query::filter`](crate::Query::filter); those of conditions asked before are kept.
    /// O(items) for a new one.
    pub fn filter(&self, condition: &str) -> Result<Arc<ItemSet>, ExprError> {
        self.filters.items(condition)
    }

    /// Which items are in which.
    pub(crate) fn bundles(&self) -> &Bundles {
        &self.bundles
    }

    /// What else is in the bundles that an item is in, rising.
    pub fn bundled_with(&self, item: ItemIdx) -> Vec<ItemIdx> {
        self.bundles.beside(item)
    }

    /// The models.
    pub fn models(&self) -> &ModelSet {
        &self.model_set
    }

    /// All items by id.
    pub(crate) fn by_id(&self) -> &[ItemIdx] {
        &self.by_id
    }

    /// The content that is about a topic, rising.
    pub(crate) fn content_about(&self, topic: TopicIdx) -> &[ItemIdx] {
        &self.content_by_topic[topic.index()]
    }

    /// What sells at or below a category, best first.
    pub(crate) fn best_sellers_of(&self, category: CategoryIdx) -> &[ItemIdx] {
        self.best_sellers.of_category(category)
    }

    /// What sells, best first.
    pub fn best_sellers(&self) -> &[ItemIdx] {
        self.best_sellers.all()
    }

    /// How many people bought an item in the window; none where that is fewer than may be told of.
    pub(crate) fn n_people_told(&self, item: ItemIdx) -> u32 {
        n_people_told(&self.model_set, item)
    }

    /// Whether enough people ever bought an item to say that it sells.
    pub(crate) fn is_popular(&self, item: ItemIdx) -> bool {
        is_popular(&self.model_set, item)
    }

    /// What items share.
    pub(crate) fn alike(&self) -> &Alike {
        &self.alike
    }

    /// Whether enough people bought an item and one of a history, where the personal model has no weights of pairs: of
    /// those that have, what too few people stand behind was taken out when they were trained.
    pub(crate) fn is_backed_by(&self, kind: PersonalKind, history: &[ItemIdx], item: ItemIdx) -> bool {
        let has_factors = matches!(self.personal(kind).scorer, PersonalScorer::Factors(_));
        let Some(company) = self.company.as_ref().filter(|_| has_factors) else { return true };
        let floor = &self.model_set.floor;
        history.iter().any(|&from| company.is_held_with_by(from.get(), item.get(), floor.of_pair(from, item)))
    }

    /// One of the personal models.
    pub(crate) fn personal(&self, kind: PersonalKind) -> &Personal {
        let model = self.model_set.personal.iter().find(|model| model.kind == kind);
        model.expect("asked for are models of this set")
    }
}
