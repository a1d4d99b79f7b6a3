//! The engine: models made ready to answer, and the path of one query.

use std::borrow::Cow;
use std::sync::Arc;

use erbij_core::{
    CategoryIdx, HistoryScorer, ItemIdx, ItemKind, Placement, Score, ScoreBoard, TopK, TopicIdx, cmp_ids,
};
use erbij_models::{Alike, Incidence, Personal, PersonalKind, PersonalScorer, Visit};
use erbij_recipe::ModelSet;
use erbij_rules::{
    CacheLimits, CheckedRuleBook, Columns, CompiledRules, ExprError, FilterCache, ItemSet, Pin,
};

use crate::best_sellers::{BestSellers, CATEGORY_RANKING_ITEMS, is_popular, n_people_told};
use crate::blend::boosted;
use crate::bundles::Bundles;
use crate::heard::parts_of;
use crate::ladder::{Rung, Step, first_choice, ladder};
use crate::part::Heard;
use crate::query::{Query, Ranking};
use crate::reason::Reason;
use crate::relevance::n_relevant_to;
use crate::rerank::rerank;
use crate::scratch::{Order, Scratch};
use crate::situation::Situation;
use crate::slate::{CandidateSource, EmptyBecause, LeftOut, Slate, SlateItem};

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

    /// The items that a condition in CEL chooses, for [`Query::filter`]; those of conditions asked before are kept.
    /// O(items) for a new one.
    pub fn filter(&self, condition: &str) -> Result<Arc<ItemSet>, ExprError> {
        self.filters.items(condition)
    }

    /// What rules put in which place, from 1: of each place the first item that nothing keeps out and that has no place
    /// above. What was bought before is no less kept out for it.
    pub(crate) fn pins<'a>(&self, query: &'a Situation<'_>, scratch: &Scratch) -> Vec<Pin<'a>> {
        let mut pins: Vec<Pin<'a>> = Vec::new();
        if query.ranking != Ranking::AsPlaced || query.rules.is_empty() {
            return pins;
        }
        for pin in query.rules.pins() {
            let is_free = pins.iter().all(|taken| {
                taken.position != pin.position
                    && taken.item != pin.item
                    && !self.bundles.are_one(taken.item, pin.item)
            });
            if pin.position as usize <= query.n
                && is_free
                && self.kept_out(pin.item, query, scratch).is_none()
            {
                pins.push(pin);
            }
        }
        pins
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

    /// Answers a query.
    ///
    /// Steps down the placement's ladder, each step filling what the one before left open, until the slate
    /// has `n` items or the ladder ends. Never an item of the query itself, never an ineligible one, never
    /// one twice. O(|history| · k) where the personal model is asked, else O(k).
    pub fn recommend(&self, query: &Query<'_>, scratch: &mut Scratch) -> Slate {
        let query = &self.situation(query);
        self.begin(query, scratch);
        let pins = self.pins(query, scratch);
        pins.iter().for_each(|pin| self.mark_beside(pin.item, scratch));
        let rungs = ladder(query, self);
        let mut slate = Slate {
            items: Vec::with_capacity(query.n.min(64)),
            first_choice: first_choice(&rungs, query),
            left_out: LeftOut::default(),
            empty_because: None,
            heard: Heard::default(),
        };
        let is_asked_by_visit = query.has_past() && !query.has_history();
        for rung in rungs {
            if query.n <= slate.items.len() {
                break;
            }
            if rung != Rung::SessionOnVisit && is_asked_by_visit {
                // They have just seen it.
                for &item in query.session {
                    scratch.mark_seen(item);
                }
            }
            let mut brought = false;
            for step in rung.steps(query, self) {
                brought |= self.take_step(&step, query, scratch, &mut slate);
            }
            slate.heard.add(&parts_of(rung, query), brought);
        }
        self.end(scratch);
        if matches!(query.placement, Placement::Home | Placement::Newsletter) {
            // What may go with a purchase or take its place has places, not the first ones: what the customer is most
            // likely to want stays on top. A stable sort, so the rest keeps its order.
            slate.items.sort_by_key(|shown| {
                matches!(shown.source, CandidateSource::Accessory | CandidateSource::Replacement)
            });
        }
        put_pins(&pins, query.n, &mut slate);
        self.vary_reasons(query, &mut slate);
        if slate.items.is_empty() {
            let because = if query.n == 0 { EmptyBecause::NoneAsked } else { EmptyBecause::NothingEligible };
            slate.empty_because = Some(because);
        }
        debug_assert_eq!(self.check_slate(query.query(), &slate), Ok(()), "{:?}", query.query());
        slate
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

    /// Lets a step take places; says whether it brought up a candidate, admitted or not.
    fn take_step(
        &self,
        step: &Step,
        query: &Situation<'_>,
        scratch: &mut Scratch,
        slate: &mut Slate,
    ) -> bool {
        match step {
            Step::Blend => {
                self.take_blended(query, scratch, slate);
                true
            }
            Step::Session { visit, at_most } => {
                self.score_visit(Visit::Open(visit), query, scratch);
                self.take_best(step, *at_most, query, scratch, slate)
            }
            Step::LookedAt { looked, at_most } => {
                self.score_looked_at(looked, query, scratch);
                self.take_best(step, *at_most, query, scratch, slate)
            }
            Step::Personal { kind, history } => {
                self.personal(*kind).score(history, &mut scratch.board);
                self.take_best(step, query.n, query, scratch, slate)
            }
            Step::Repeat { strengths } => {
                let Some(repeats) = &self.model_set.repeat else { return false };
                repeats.model.score(strengths, &mut scratch.board);
                self.take_best(step, query.n, query, scratch, slate)
            }
            Step::Help { items, at_most } => {
                for (content, score) in items.iter().flat_map(|&item| self.help_unsorted(item)) {
                    scratch.board.add(content, f64::from(score.get()));
                }
                self.take_best(step, *at_most, query, scratch, slate)
            }
            Step::Replacements { held, at_most } => {
                for (item, score) in held.iter().flat_map(|held| self.replacements_unsorted(held)) {
                    scratch.board.add(item, f64::from(score.get()));
                }
                self.take_best(step, *at_most, query, scratch, slate)
            }
            Step::Accessories { anchors, at_most } => {
                self.score_belongings(anchors, &mut scratch.board);
                self.take_best(step, *at_most, query, scratch, slate)
            }
            Step::Complements { anchors } => {
                self.score_complements(anchors, &mut scratch.board);
                self.take_best(step, query.n, query, scratch, slate)
            }
            Step::Alternatives { anchors } => {
                self.score_alternatives(anchors, &mut scratch.board);
                self.take_best(step, query.n, query, scratch, slate)
            }
            Step::Affinity { anchors } => {
                self.model_set.affinity.score(anchors, &mut scratch.board);
                self.take_best(step, query.n, query, scratch, slate)
            }
            Step::Declared { anchors, at_most } => {
                self.score_declared(anchors, &mut scratch.board);
                self.take_best(step, *at_most, query, scratch, slate)
            }
            Step::Related { anchors, at_most } => {
                self.score_related(anchors, &mut scratch.board);
                self.take_best(step, *at_most, query, scratch, slate)
            }
            Step::Alike { anchors } => {
                self.score_alike(anchors, &mut scratch.board);
                self.take_best(step, query.n, query, scratch, slate)
            }
            Step::Category { category, at_most } => {
                let ranking = self.best_sellers.of_category(*category);
                self.take_first(step, ranking, *at_most, query, scratch, slate)
            }
            Step::Due { at_most } => self.take_due(*at_most, query, scratch, slate),
            Step::Popularity => {
                self.take_first(step, self.best_sellers.all(), query.n, query, scratch, slate)
            }
            Step::Range => self.take_first(step, &self.by_id, query.n, query, scratch, slate),
        }
    }

    /// Takes the best of the board onto the slate.
    fn take_best(
        &self,
        step: &Step,
        at_most: usize,
        query: &Situation<'_>,
        scratch: &mut Scratch,
        slate: &mut Slate,
    ) -> bool {
        let n_open = at_most.min(query.n - slate.items.len());
        let mut best = TopK::new(self.n_sought(n_open, query, scratch));
        // Taken out for the loop, since what is read and what is written both belong to the scratch.
        let mut board = std::mem::replace(&mut scratch.board, ScoreBoard::new(0));
        let mut brought = false;
        for (item, sum) in board.take_unsorted() {
            // What a history speaks against is no candidate, nor is a sum that is no score.
            let boosted = boosted(sum as f32, query.rules.boost(item));
            let Some(score) = Score::new(boosted).filter(|&score| score > 0.0) else { continue };
            brought = true;
            if self.admits(item, query, scratch, &mut slate.left_out)
                && best.threshold() <= score.get()
                && step.is_backed(item, self)
            {
                best.push(score, item);
            }
        }
        let mut candidates: Vec<(Score, ItemIdx)> = best.drain_sorted().collect();
        if let (Step::Related { .. }, Some(best)) = (step, slate.best_of(step.source())) {
            // Asked for the second time, it is measured by its best, which the slate has.
            let min_relevance = self.model_set.recipe.placement(query.placement).min_relevance();
            candidates.truncate(n_relevant_to(best, &candidates, min_relevance));
        }
        let best_of_step = self.ordered(candidates, n_open, query, scratch);
        let mut said = self.said(step, &best_of_step, query, scratch);
        for (score, item) in best_of_step {
            let speakers = said.remove(&item).unwrap_or_default();
            let own = step.own_reason(item, self, query);
            let reason = own.unwrap_or_else(|| self.reason_for(step, item, &speakers, query));
            let contributions = if query.explain { speakers } else { Vec::new() };
            slate.items.push(SlateItem { item, score, source: step.source(), reason, contributions });
            scratch.mark_shown(item);
            self.mark_beside(item, scratch);
        }
        scratch.board = board;
        brought
    }

    /// How many candidates the order of a slate is chosen from.
    pub(crate) fn n_candidates(&self, n: usize, query: &Situation<'_>, scratch: &Scratch) -> usize {
        match scratch.order {
            Order::AsPlaced => self.model_set.recipe.placement(query.placement).n_candidates(n),
            Order::ByScore => n,
        }
    }

    /// How many candidates are looked for: as many more as may have to make way for a bundle or for what is in it.
    pub(crate) fn n_sought(&self, n: usize, query: &Situation<'_>, scratch: &Scratch) -> usize {
        let to_spare = if self.bundles.is_empty() { 0 } else { n };
        self.n_candidates(n, query, scratch) + to_spare
    }

    /// At most `n` of one source's candidates, best first, in the order the slate has them.
    pub(crate) fn ordered(
        &self,
        mut candidates: Vec<(Score, ItemIdx)>,
        n: usize,
        query: &Situation<'_>,
        scratch: &Scratch,
    ) -> Vec<(Score, ItemIdx)> {
        self.bundles.keep_apart(&mut candidates);
        candidates.truncate(self.n_candidates(n, query, scratch));
        match scratch.order {
            Order::AsPlaced => rerank(candidates, n, query, &self.model_set),
            Order::ByScore => {
                candidates.truncate(n);
                candidates
            }
        }
    }

    /// Takes what is due again onto the slate.
    fn take_due(
        &self,
        at_most: usize,
        query: &Situation<'_>,
        scratch: &mut Scratch,
        slate: &mut Slate,
    ) -> bool {
        let end = query.n.min(slate.items.len() + at_most);
        let due = self.due_today(query);
        let brought = !due.is_empty();
        for (item, score) in due {
            if end <= slate.items.len() {
                break;
            }
            if !self.admits(item, query, scratch, &mut slate.left_out) {
                continue;
            }
            let reason = self.bought_before(query, item).expect("what is due was bought");
            let source = CandidateSource::Due;
            slate.items.push(SlateItem { item, score, source, reason, contributions: Vec::new() });
            scratch.mark_shown(item);
            self.mark_beside(item, scratch);
        }
        brought
    }

    /// Takes the first of a ready ranking onto the slate.
    fn take_first(
        &self,
        step: &Step,
        ranking: &[ItemIdx],
        at_most: usize,
        query: &Situation<'_>,
        scratch: &mut Scratch,
        slate: &mut Slate,
    ) -> bool {
        let end = query.n.min(slate.items.len() + at_most);
        let (first, rest) = ranking.split_at(ranking.len().min(CATEGORY_RANKING_ITEMS));
        let first = boosted_order(first, |item| step.strength(item, self), query);
        for &item in first.iter().chain(rest) {
            if end <= slate.items.len() {
                break;
            }
            if !self.admits(item, query, scratch, &mut slate.left_out) {
                continue;
            }
            let score = Score::new(boosted(step.strength(item, self), query.rules.boost(item)));
            let score = score.expect("boosts are bounded");
            let reason = match step {
                Step::Category { category, .. } => Reason::PopularInCategory { category: *category },
                Step::Range => Reason::InRange,
                _ => Reason::Popular,
            };
            let contributions = Vec::new();
            slate.items.push(SlateItem { item, score, source: step.source(), reason, contributions });
            scratch.mark_shown(item);
            self.mark_beside(item, scratch);
        }
        !ranking.is_empty()
    }
}

/// The first of a ranking in the order that boosts give them; the ranking itself where no rule boosts.
fn boosted_order<'a>(
    first: &'a [ItemIdx],
    strength: impl Fn(ItemIdx) -> f32,
    query: &Situation<'_>,
) -> Cow<'a, [ItemIdx]> {
    if !query.rules.has_boosts() {
        return Cow::Borrowed(first);
    }
    let score = |item: ItemIdx| boosted(strength(item), query.rules.boost(item));
    let mut items = first.to_vec();
    items.sort_by(|&a, &b| score(b).total_cmp(&score(a)));
    Cow::Owned(items)
}

/// Puts pinned items in their places; what they push down may fall off the end.
fn put_pins(pins: &[Pin<'_>], n: usize, slate: &mut Slate) {
    slate.items.retain(|shown| pins.iter().all(|pin| pin.item != shown.item));
    for &Pin { position, item, .. } in pins {
        let score = Score::new(0.0).expect("zero is finite");
        let (source, reason, contributions) = (CandidateSource::Pinned, Reason::PickedByShop, Vec::new());
        let at = (position as usize - 1).min(slate.items.len());
        slate.items.insert(at, SlateItem { item, score, source, reason, contributions });
    }
    slate.items.truncate(n);
}
