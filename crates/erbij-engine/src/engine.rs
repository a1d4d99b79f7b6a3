//! The engine: models made ready to answer, and the path of one query.

use std::borrow::Cow;
use std::sync::Arc;

use erbij_core::{AlreadyBought, CategoryIdx, Day, ItemIdx, ItemKind, Placement, Score, TopK, TopicIdx};
use erbij_models::{HistoryScorer, ItemStrength, ModelSet, Personal, PersonalKind, ScoreBoard, Visit};
use erbij_rules::{
    CacheLimits, CheckedRuleBook, Columns, CompiledRules, ExprError, FilterCache, ItemSet, Pin,
};

use crate::admission::{Order, Scratch};
use crate::blend::boosted;
use crate::heard::Heard;
use crate::ladder::{Step, first_choice, ladder};
use crate::query::{Asked, Query, Ranking, Who};
use crate::reason::Reason;
use crate::rerank::rerank;
use crate::slate::{CandidateSource, EmptyBecause, LeftOut, Slate, SlateItem};

/// Best sellers kept ready per category: enough for the longest slate after filters, few enough that a deep
/// tree costs little.
const CATEGORY_RANKING_ITEMS: usize = 300;

/// Models, and what is derived from them once so that no query has to.
#[derive(Debug)]
pub struct Engine {
    model_set: ModelSet,
    /// Per category the best sellers at or below it, best first.
    category_rankings: Vec<Vec<ItemIdx>>,
    /// Per topic the content that is about it, rising.
    content_by_topic: Vec<Vec<ItemIdx>>,
    /// Orders of the best seller in the popularity window; 1 where nothing sold.
    best_seller_orders: f32,
    bundles: Bundles,
    rules: CompiledRules,
    filters: FilterCache,
    columns: Arc<Columns>,
}

impl Engine {
    /// Makes models ready. O(items · depth of the category tree).
    pub fn new(model_set: ModelSet) -> Self {
        let categories = model_set.catalogue.categories();
        let mut category_rankings = vec![Vec::new(); categories.len()];
        for &item in model_set.popularity.ranking() {
            let Some(leaf) = model_set.catalogue.category(item) else { continue };
            if model_set.popularity.n_orders_ever(item) == 0 {
                continue;
            }
            for category in categories.ancestors(leaf) {
                let ranking = &mut category_rankings[category.index()];
                if ranking.len() < CATEGORY_RANKING_ITEMS {
                    ranking.push(item);
                }
            }
        }
        let catalogue = &model_set.catalogue;
        let mut content_by_topic = vec![Vec::new(); catalogue.topic_names().len()];
        for item in catalogue.items().indices().filter(|&item| catalogue.kind(item) == ItemKind::Content) {
            for topic in catalogue.topics(item) {
                content_by_topic[topic.index()].push(item);
            }
        }
        let best_seller = model_set.popularity.ranking().first();
        let best_seller_orders =
            best_seller.map_or(0, |&item| model_set.popularity.n_orders(item)).max(1) as f32;
        let columns = Arc::new(Columns::new(catalogue));
        let rules = CompiledRules::none(&columns);
        let bundles = Bundles::new(catalogue);
        let filters = FilterCache::new(Arc::clone(&columns), CacheLimits::default());
        Self {
            model_set,
            category_rankings,
            content_by_topic,
            best_seller_orders,
            bundles,
            rules,
            filters,
            columns,
        }
    }

    /// The same with rules of the shop. O(distinct expressions · items).
    #[must_use]
    pub fn with_rules(self, rules: &CheckedRuleBook) -> Self {
        Self { rules: rules.compile(&self.columns), ..self }
    }

    /// The score as others may see it. What sells is scored by its number of orders, which is the shop's secret: shown
    /// is the share of the best seller's.
    pub fn shown_score(&self, item: &SlateItem) -> f32 {
        if item.source.counts_orders() {
            item.score.get() / self.best_seller_orders
        } else {
            item.score.get()
        }
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

    /// A question with the rules that hold for it.
    pub(crate) fn asked<'a>(&'a self, query: &'a Query<'a>) -> Asked<'a> {
        Asked::new(query, self.rules.active(query.placement, query.now, query.anchors))
    }

    /// What rules put in which place, from 1: of each place the first item that nothing keeps out and that has no place
    /// above. What was bought before is no less kept out for it.
    pub(crate) fn pins<'a>(&self, query: &'a Asked<'_>, scratch: &Scratch) -> Vec<Pin<'a>> {
        let mut pins: Vec<Pin<'a>> = Vec::new();
        if query.ranking != Ranking::AsPlaced || query.rules.is_empty() {
            return pins;
        }
        for pin in query.rules.pins() {
            let is_free = pins.iter().all(|taken| taken.position != pin.position && taken.item != pin.item);
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

    /// The day of a query, in the shop's zone.
    pub(crate) fn today(&self, query: &Query<'_>) -> Day {
        self.model_set.time_zone.day_of(query.now)
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
        self.begin(query, scratch);
        let asked = self.asked(query);
        let pins = self.pins(&asked, scratch);
        pins.iter().for_each(|&(_, item)| self.mark_beside(item, scratch));
        let rungs = ladder(query, self);
        let mut slate = Slate {
            items: Vec::with_capacity(query.n.min(64)),
            first_choice: first_choice(&rungs, query, self),
            left_out: LeftOut::default(),
            empty_because: None,
            heard: Heard::default(),
        };
        for rung in rungs {
            if query.n <= slate.items.len() {
                break;
            }
            let mut brought = false;
            for step in rung.steps(query, self) {
                brought |= self.take_step(&step, &asked, scratch, &mut slate);
            }
            slate.heard.add(rung, query, brought);
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
        if slate.items.is_empty() {
            let because = if query.n == 0 { EmptyBecause::NoneAsked } else { EmptyBecause::NothingEligible };
            slate.empty_because = Some(because);
        }
        debug_assert_eq!(self.check_slate(query, &slate), Ok(()), "{query:?}");
        slate
    }

    /// The content that is about a topic, rising.
    pub(crate) fn content_about(&self, topic: TopicIdx) -> &[ItemIdx] {
        &self.content_by_topic[topic.index()]
    }

    /// What sells at or below a category, best first.
    pub(crate) fn best_sellers_of(&self, category: CategoryIdx) -> &[ItemIdx] {
        &self.category_rankings[category.index()]
    }

    /// What a slate does with what the customer bought before.
    pub(crate) fn already_bought(&self, query: &Query<'_>) -> AlreadyBought {
        query.already_bought.unwrap_or_else(|| self.model_set.recipe.already_bought(query.placement))
    }

    /// One of the personal models.
    pub(crate) fn personal(&self, kind: PersonalKind) -> &Personal {
        let model = self.model_set.personal.iter().find(|model| model.kind == kind);
        model.expect("asked for are models of this set")
    }

    /// What is left at the query's instant of the customer's purchases; nothing where nobody is known.
    pub(crate) fn repeat_strengths(&self, query: &Query<'_>) -> Vec<ItemStrength> {
        match (query.who, &self.model_set.repeat) {
            (Who::Customer(customer), Some(repeats)) => {
                let mut strengths = repeats.at(customer, query.now);
                strengths.retain(|strength| !self.model_set.is_sent_back(customer, strength.item));
                strengths
            }
            _ => Vec::new(),
        }
    }

    /// Lets a step take places; says whether it brought up a candidate, admitted or not.
    fn take_step(&self, step: &Step, query: &Asked<'_>, scratch: &mut Scratch, slate: &mut Slate) -> bool {
        match step {
            Step::Blend => {
                self.take_blended(query, scratch, slate);
                true
            }
            Step::Session { visit, at_most } => {
                let (Some(model), Some(session)) = (&self.model_set.session, &mut scratch.session) else {
                    return false;
                };
                model.score(Visit::Open(visit), Some(query.now), session, &mut scratch.board);
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
            Step::Category { category, at_most } => {
                let ranking = &self.category_rankings[category.index()];
                self.take_first(step, ranking, *at_most, query, scratch, slate)
            }
            Step::Due { at_most } => self.take_due(*at_most, query, scratch, slate),
            Step::Popularity => {
                let ranking = self.model_set.popularity.ranking();
                self.take_first(step, ranking, query.n, query, scratch, slate)
            }
        }
    }

    /// Takes the best of the board onto the slate.
    fn take_best(
        &self,
        step: &Step,
        at_most: usize,
        query: &Asked<'_>,
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
            if self.admits(item, query, scratch, &mut slate.left_out) {
                best.push(score, item);
            }
        }
        let best_of_step = self.ordered(best.drain_sorted().collect(), n_open, query, scratch);
        let mut said = self.said(step, &best_of_step, query, scratch);
        for (score, item) in best_of_step {
            let (strongest, contributions) = said.remove(&item).unwrap_or_default();
            let habit = match step {
                Step::Repeat { .. } => self.bought_before(query, item),
                _ => None,
            };
            let reason = match (habit, strongest) {
                (Some(habit), _) => habit,
                (None, Some(with)) => step.reason(item, with, self, query),
                (None, None) => self.interest_in(query, item).unwrap_or(Reason::Popular),
            };
            let contributions = if query.explain { contributions } else { Vec::new() };
            slate.items.push(SlateItem { item, score, source: step.source(), reason, contributions });
            scratch.mark_done(item);
            self.mark_beside(item, scratch);
        }
        scratch.board = board;
        brought
    }

    /// How many candidates the order of a slate is chosen from.
    pub(crate) fn n_candidates(&self, n: usize, query: &Query<'_>, scratch: &Scratch) -> usize {
        match scratch.order {
            Order::AsPlaced => self.model_set.recipe.placement(query.placement).n_candidates(n),
            Order::ByScore => n,
        }
    }

    /// How many candidates are looked for: as many more as may have to make way for a bundle or for what is in it.
    pub(crate) fn n_sought(&self, n: usize, query: &Query<'_>, scratch: &Scratch) -> usize {
        let to_spare = if self.bundles.is_empty() { 0 } else { n };
        self.n_candidates(n, query, scratch) + to_spare
    }

    /// At most `n` of one source's candidates, best first, in the order the slate has them.
    pub(crate) fn ordered(
        &self,
        mut candidates: Vec<(Score, ItemIdx)>,
        n: usize,
        query: &Query<'_>,
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
    fn take_due(&self, at_most: usize, query: &Asked<'_>, scratch: &mut Scratch, slate: &mut Slate) -> bool {
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
            scratch.mark_done(item);
            self.mark_beside(item, scratch);
        }
        brought
    }

    /// Takes the first of a ready ranking onto the slate, scored by orders in the window.
    fn take_first(
        &self,
        step: &Step,
        ranking: &[ItemIdx],
        at_most: usize,
        query: &Asked<'_>,
        scratch: &mut Scratch,
        slate: &mut Slate,
    ) -> bool {
        let end = query.n.min(slate.items.len() + at_most);
        let (first, rest) = ranking.split_at(ranking.len().min(CATEGORY_RANKING_ITEMS));
        let first = self.boosted_order(first, query);
        for &item in first.iter().chain(rest) {
            if end <= slate.items.len() {
                break;
            }
            // Never sold is not popular, and the rest of the ranking may not be either.
            if self.model_set.popularity.n_orders_ever(item) == 0
                || !self.admits(item, query, scratch, &mut slate.left_out)
            {
                continue;
            }
            let n_orders = self.model_set.popularity.n_orders(item) as f32;
            let score = Score::new(boosted(n_orders, query.rules.boost(item))).expect("boosts are bounded");
            let reason = match step {
                Step::Category { category, .. } => Reason::PopularInCategory { category: *category },
                _ => Reason::Popular,
            };
            let contributions = Vec::new();
            slate.items.push(SlateItem { item, score, source: step.source(), reason, contributions });
            scratch.mark_done(item);
            self.mark_beside(item, scratch);
        }
        !ranking.is_empty()
    }
}

impl Engine {
    /// The first of a ranking in the order that boosts give them; the ranking itself where no rule boosts.
    fn boosted_order<'a>(&self, first: &'a [ItemIdx], query: &Asked<'_>) -> Cow<'a, [ItemIdx]> {
        if !query.rules.has_boosts() {
            return Cow::Borrowed(first);
        }
        let score =
            |item: ItemIdx| boosted(self.model_set.popularity.n_orders(item) as f32, query.rules.boost(item));
        let mut items = first.to_vec();
        items.sort_by(|&a, &b| score(b).total_cmp(&score(a)));
        Cow::Owned(items)
    }
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
