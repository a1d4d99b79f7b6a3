//! Blending: the candidates of every model at one table, ordered by learned weights.
//!
//! A ladder asks one source and steps down when it has nothing more to say; a blend asks all of them and lets
//! each say something of every candidate. What is known of a candidate is laid out by [`BlendFeatures`]; the
//! same table serves an answer and is what the weights are learned from, so both see the same numbers.
//!
//! Factors score the whole catalogue, which costs as much as all else together, and hardly ever bring up a candidate that
//! item–item weights do not: where there are both, factors say what they think of what the others bring up.

use std::collections::BTreeMap;

use erbij_core::{AlreadyBought, CategoryIdx, HistoryScorer, ItemIdx, Score, ScoreBoard, TopK};
use erbij_models::{Blend, BlendFeatures, BlendPart, Factors, OwnFeature, PersonalScorer};
use erbij_people::ProfileRow;

use crate::boosts::boosted;
use crate::engine::Engine;
use crate::past::MAX_LAST_ITEMS;
use crate::query::Query;
use crate::reason::Reason;
use crate::scratch::{BlendScratch, Scratch};
use crate::situation::Situation;
use crate::slate::{CandidateSource, LeftOut, Slate, SlateItem};
use crate::step::Step;

/// A trend beyond this, twenty times as many people, says no more.
const MAX_TREND: f32 = 3.0;
/// A purchase so many days ago counts for 1/e of one today.
const RECENCY_DAYS: f32 = 30.0;
/// A visit of so many items says half of what a history does: weights are learned of histories. Best of 0, 1, 2 and 5 in docs/quality.md,
/// "Who is not known"; the same for short histories of customers made all worse.
const HALF_BELIEVED: f32 = 5.0;

/// Candidates and what is known of each: shape `(n_candidates, n_features)`, row by row.
#[derive(Clone, Debug, PartialEq)]
pub struct Candidates {
    /// What may be recommended, in the order the parts brought it up.
    pub items: Vec<ItemIdx>,
    /// A row each.
    pub features: Vec<f32>,
    n_features: usize,
}

impl Candidates {
    /// Each candidate with its row.
    pub fn rows(&self) -> impl Iterator<Item = (ItemIdx, &[f32])> {
        self.items.iter().copied().zip(self.features.chunks_exact(self.n_features))
    }

    /// The row of a candidate.
    pub(crate) fn row(&self, at: usize) -> &[f32] {
        &self.features[at * self.n_features..(at + 1) * self.n_features]
    }
}

/// One part's best candidates, best first.
type Say = Vec<(Score, ItemIdx)>;

/// What all that is asked of a customer's history came to, beside what is on the boards.
struct Heard {
    history: Vec<ItemIdx>,
    /// A part each: the customer's vector, where a part says what it thinks of what others bring up and nothing more.
    folded: Vec<Option<Vec<f32>>>,
    own: Own,
}

/// What the customer himself has to do with items and categories.
#[derive(Default)]
struct Own {
    of_category: BTreeMap<CategoryIdx, u32>,
    /// By item, how likely they buy it again.
    due: Vec<(ItemIdx, f32)>,
    profile: Option<ProfileRow>,
}

impl Engine {
    /// What all models bring up for a customer's history, and what is known of each: at most `n_candidates` a
    /// part, and where the placement keeps what was bought before, that too.
    ///
    /// A table for each way of treating what was bought before, in their order; what the models say of a history is the
    /// same in all, and is asked once. O(Σ over parts of the cost of scoring), then O(candidates · parts) a table.
    pub fn blend_candidates<const N: usize>(
        &self,
        query: &Query<'_>,
        already_bought: [AlreadyBought; N],
        features: &BlendFeatures,
        n_candidates: usize,
        scratch: &mut Scratch,
    ) -> [Candidates; N] {
        let mut blend = std::mem::take(&mut scratch.blend);
        let heard = self.hear(&self.situation(query), features, &mut blend);
        let tables = already_bought.map(|already_bought| {
            let query = Query { already_bought: Some(already_bought), ..*query };
            let (asked, mut left_out) = (self.situation(&query), LeftOut::default());
            self.begin(&asked, scratch);
            let table =
                self.lay_out(&heard, &asked, features, n_candidates, &mut blend, scratch, &mut left_out);
            self.end(scratch);
            table
        });
        blend.boards.iter_mut().for_each(ScoreBoard::clear);
        scratch.blend = blend;
        tables
    }

    /// One table within a query that has begun.
    pub(crate) fn gather(
        &self,
        query: &Situation<'_>,
        features: &BlendFeatures,
        n_candidates: usize,
        scratch: &mut Scratch,
        left_out: &mut LeftOut,
    ) -> Candidates {
        // Taken out while the rest of the scratch is used beside it.
        let mut blend = std::mem::take(&mut scratch.blend);
        let heard = self.hear(query, features, &mut blend);
        let table = self.lay_out(&heard, query, features, n_candidates, &mut blend, scratch, left_out);
        blend.boards.iter_mut().for_each(ScoreBoard::clear);
        scratch.blend = blend;
        table
    }

    /// Lets every part say what it makes of a customer's history, each on its board.
    fn hear(&self, query: &Situation<'_>, features: &BlendFeatures, blend: &mut BlendScratch) -> Heard {
        blend.fit(features.parts().len(), self.models().catalogue.len());
        let history = query.history().to_vec();
        let has_weights = features.parts().iter().any(|&part| self.has_item_weights(part));
        let of_part = |(&part, board): (&BlendPart, &mut ScoreBoard)| {
            let factors = self.factors_of(part).filter(|_| has_weights);
            if factors.is_none() {
                self.score(part, &history, query, board);
            }
            factors.map(|factors| factors.fold_in(&history))
        };
        let folded = features.parts().iter().zip(&mut blend.boards).map(of_part).collect();
        let own = self.own(features.own(), query);
        Heard { history, folded, own }
    }

    /// Takes the best that each part says and may be recommended, and writes what is known of each. Boards are left with
    /// what the parts said.
    #[expect(clippy::too_many_arguments, reason = "the parts of a query in progress, used twice")]
    fn lay_out(
        &self,
        heard: &Heard,
        query: &Situation<'_>,
        features: &BlendFeatures,
        n_candidates: usize,
        blend: &mut BlendScratch,
        scratch: &mut Scratch,
        left_out: &mut LeftOut,
    ) -> Candidates {
        let history = &heard.history;
        let mut candidates =
            Candidates { items: Vec::new(), features: Vec::new(), n_features: features.len() };
        let mut says = Vec::with_capacity(features.parts().len());
        for ((&part, folded), board) in features.parts().iter().zip(&heard.folded).zip(&blend.boards) {
            let say = match folded {
                Some(_) => Say::new(),
                None => self.best_of(part, history, query, n_candidates, board, scratch, left_out),
            };
            for &(_, item) in &say {
                note(item, &mut candidates, &mut blend.rows);
            }
            says.push(say);
        }
        if query.already_bought == AlreadyBought::Keep {
            for &item in history {
                if self.admits(item, query, scratch, left_out) {
                    note(item, &mut candidates, &mut blend.rows);
                }
            }
        }
        let n_past = history.len() as f32;
        let belief = if query.has_history() { 1.0 } else { n_past / (n_past + HALF_BELIEVED) };
        candidates.features.resize(candidates.items.len() * features.len(), 0.0);
        for (at, (&part, say)) in features.parts().iter().zip(&mut says).enumerate() {
            let board = &mut blend.boards[at];
            let factors = heard.folded[at].as_ref().zip(self.factors_of(part));
            if let Some((customer, factors)) = factors {
                *say = say_of(factors, customer, &candidates.items, n_candidates, board);
            }
            let belief = if part == BlendPart::Popularity { 1.0 } else { belief };
            self.tell(part, say, belief, n_candidates, board, 2 * at, &blend.rows, &mut candidates);
            if factors.is_some() {
                board.clear();
            }
        }
        self.tell_own(features.own(), &heard.own, query, &mut candidates);
        for item in &candidates.items {
            blend.rows[item.index()] = 0;
        }
        candidates
    }

    fn factors_of(&self, part: BlendPart) -> Option<&Factors> {
        let BlendPart::Personal(kind) = part else { return None };
        match &self.personal(kind).scorer {
            PersonalScorer::Factors(factors) => Some(factors),
            PersonalScorer::ItemWeights(_) => None,
        }
    }

    fn has_item_weights(&self, part: BlendPart) -> bool {
        matches!(part, BlendPart::Personal(_)) && self.factors_of(part).is_none()
    }

    /// Lets one part score; best sellers are told from their list.
    fn score(&self, part: BlendPart, history: &[ItemIdx], query: &Situation<'_>, board: &mut ScoreBoard) {
        let models = self.models();
        match part {
            BlendPart::Popularity => {}
            BlendPart::Affinity => models.affinity.score(&query.newest(MAX_LAST_ITEMS), board),
            BlendPart::Personal(kind) => self.personal(kind).score(history, board),
            BlendPart::Repeat => {
                if let Some(repeats) = &models.repeat {
                    repeats.model.score(query.strengths(), board);
                }
            }
        }
    }

    /// The best of what one part says that may be recommended.
    #[expect(clippy::too_many_arguments, reason = "the parts of a query in progress, used once")]
    fn best_of(
        &self,
        part: BlendPart,
        history: &[ItemIdx],
        query: &Situation<'_>,
        n_candidates: usize,
        board: &ScoreBoard,
        scratch: &mut Scratch,
        left_out: &mut LeftOut,
    ) -> Say {
        if part == BlendPart::Popularity {
            return self.best_sellers_for(query, n_candidates, scratch, left_out);
        }
        let mut best = TopK::new(n_candidates);
        for item in board.touched_unsorted() {
            // What a history speaks against is no candidate.
            let Some(score) = Score::new(board.get(item) as f32).filter(|&score| score > 0.0) else {
                continue;
            };
            let is_backed = || match part {
                BlendPart::Personal(kind) => self.is_backed_by(kind, history, item),
                _ => true,
            };
            if best.threshold() <= score.get() && self.admits(item, query, scratch, left_out) && is_backed() {
                best.push(score, item);
            }
        }
        let mut best: Say = best.drain_sorted().collect();
        // An item whose sum came back to zero and rose again is on the board twice.
        best.dedup();
        best
    }

    fn best_sellers_for(
        &self,
        query: &Situation<'_>,
        n_candidates: usize,
        scratch: &mut Scratch,
        left_out: &mut LeftOut,
    ) -> Say {
        let mut best = Vec::with_capacity(n_candidates);
        for &item in self.best_sellers().iter().take_while(|&&item| self.n_people_told(item) != 0) {
            if best.len() == n_candidates {
                break;
            }
            if self.admits(item, query, scratch, left_out) {
                best.push((Score::new(self.n_people_told(item) as f32).expect("a count is finite"), item));
            }
        }
        best
    }

    /// Writes what one part says of every candidate, as far as it is believed, from 0 to 1.
    #[expect(clippy::too_many_arguments, reason = "one part's columns of a table in the making")]
    fn tell(
        &self,
        part: BlendPart,
        say: &[(Score, ItemIdx)],
        belief: f32,
        n_candidates: usize,
        board: &ScoreBoard,
        column: usize,
        rows: &[u32],
        candidates: &mut Candidates,
    ) {
        let Some(&(first, _)) = say.first() else { return };
        let n_features = candidates.n_features;
        let best = f64::from(first.get());
        for (row, &item) in candidates.items.iter().enumerate() {
            let score = match part {
                BlendPart::Popularity => f64::from(self.n_people_told(item)),
                _ => board.get(item),
            };
            candidates.features[row * n_features + column] = belief * (score / best).clamp(0.0, 1.0) as f32;
        }
        let span = (1.0 + n_candidates as f32).ln();
        for (rank, (_, item)) in say.iter().enumerate() {
            let row = rows[item.index()] as usize - 1;
            candidates.features[row * n_features + column + 1] =
                belief * (1.0 - (1.0 + rank as f32).ln() / span);
        }
    }

    /// Looks up what the customer has to do with items and categories, as far as features ask.
    fn own(&self, features: &[OwnFeature], query: &Situation<'_>) -> Own {
        if !query.is_somebody() {
            return Own::default();
        }
        let models = self.models();
        let mut own = Own::default();
        for purchase in query.purchases() {
            if let Some(category) = models.catalogue.category(purchase.item) {
                *own.of_category.entry(category).or_default() += 1;
            }
        }
        if features.contains(&OwnFeature::Due) {
            own.due = self.chances_due(query);
        }
        if features.contains(&OwnFeature::Interest) {
            own.profile = query.profile().cloned();
        }
        own
    }

    /// Writes what the customer himself has to do with every candidate, and with its category.
    fn tell_own(
        &self,
        features: &[OwnFeature],
        own: &Own,
        query: &Situation<'_>,
        candidates: &mut Candidates,
    ) {
        let models = self.models();
        let today = query.today;
        let interest = models.interest.as_ref().zip(own.profile.as_ref());
        let scorer = interest.map(|(interest, profile)| interest.scorer(profile, today));
        let (n_features, first) = (candidates.n_features, candidates.n_features - features.len());
        for (row, &item) in candidates.items.iter().enumerate() {
            let purchase = query.purchase_of(item);
            for (at, feature) in features.iter().enumerate() {
                let value = match feature {
                    OwnFeature::Orders => purchase.map_or(0.0, |bought| (1.0 + bought.n_orders as f32).ln()),
                    OwnFeature::Recency => purchase.map_or(0.0, |bought| {
                        let days = (today.get() - bought.last_bought_on.get()).max(0) as f32;
                        (-days / RECENCY_DAYS).exp()
                    }),
                    OwnFeature::Category => {
                        let category = models.catalogue.category(item);
                        let n_bought = category.and_then(|category| own.of_category.get(&category)).copied();
                        let n_others = n_bought.unwrap_or(0).saturating_sub(u32::from(purchase.is_some()));
                        (1.0 + n_others as f32).ln()
                    }
                    OwnFeature::Due => {
                        own.due.binary_search_by_key(&item, |&(item, _)| item).map_or(0.0, |at| own.due[at].1)
                    }
                    OwnFeature::Interest => {
                        let ratio = scorer.as_ref().map_or(0.0, |scorer| scorer.score_item(item));
                        ratio / (1.0 + ratio.abs())
                    }
                    OwnFeature::People => (1.0 + self.n_people_told(item) as f32).ln(),
                    OwnFeature::Trend => models.popularity.trend(item).clamp(-MAX_TREND, MAX_TREND),
                    OwnFeature::Fresh => {
                        self.n_people_told(item) as f32 / (1.0 + models.popularity.n_people_ever(item) as f32)
                    }
                };
                candidates.features[row * n_features + first + at] = value;
            }
        }
    }
}

/// What factors think of candidates that others brought up, of each on the board. O(candidates · d).
fn say_of(
    factors: &Factors,
    customer: &[f32],
    candidates: &[ItemIdx],
    n_candidates: usize,
    board: &mut ScoreBoard,
) -> Say {
    let mut best = TopK::new(n_candidates);
    for &item in candidates {
        let score = factors.score_one(customer, item);
        board.add(item, f64::from(score));
        if let Some(score) = Score::new(score).filter(|score| 0.0 < score.get()) {
            best.push(score, item);
        }
    }
    best.drain_sorted().collect()
}

fn note(item: ItemIdx, candidates: &mut Candidates, rows: &mut [u32]) {
    if rows[item.index()] == 0 {
        candidates.items.push(item);
        rows[item.index()] = candidates.items.len() as u32;
    }
}

impl Engine {
    /// Takes the best of all candidates onto the slate.
    pub(crate) fn take_blended(&self, query: &Situation<'_>, scratch: &mut Scratch, slate: &mut Slate) {
        let recipe = &self.models().recipe;
        let blend = self.models().blend.as_ref().expect("the ladder has this step where there is one");
        let already_bought = query.already_bought;
        let n_candidates = recipe.recipe().blend.candidates as usize;
        let candidates = self.gather(query, blend.features(), n_candidates, scratch, &mut slate.left_out);
        let n_open = query.n - slate.items.len();
        let mut best = TopK::new(self.n_sought(n_open, query, scratch));
        for (item, row) in candidates.rows() {
            let score = boosted(blend.score(already_bought, row) as f32, query.rules.boost(item));
            best.push(Score::new(score).expect("finite weights of features from 0 to ln(orders)"), item);
        }
        let best = self.ordered(best.drain_sorted().collect(), n_open, query, scratch);
        let part_of = |item: ItemIdx| {
            let row = candidates.items.iter().position(|&other| other == item);
            strongest_part(blend, already_bought, candidates.row(row.expect("taken from the candidates")))
        };
        let mut reasons = self.blended_reasons(query, best.iter().map(|&(_, item)| (item, part_of(item))));
        for (score, item) in best {
            let (reason, contributions) = reasons.remove(&item).expect("one was made for each");
            slate.items.push(SlateItem {
                item,
                score,
                source: CandidateSource::Blend,
                reason,
                contributions,
            });
            scratch.mark_shown(item);
            self.mark_beside(item, scratch);
        }
    }

    /// Per item, what to say for it: that it was bought before, else what the part that added most says.
    fn blended_reasons(
        &self,
        query: &Situation<'_>,
        items: impl Iterator<Item = (ItemIdx, Option<BlendPart>)>,
    ) -> BTreeMap<ItemIdx, (Reason, Vec<(ItemIdx, Score)>)> {
        let mut by_part: BTreeMap<Option<BlendPart>, Vec<ItemIdx>> = BTreeMap::new();
        for (item, part) in items {
            by_part.entry(part).or_default().push(item);
        }
        let mut reasons = BTreeMap::new();
        for (part, items) in by_part {
            let step = part.and_then(|part| Step::of_part(part, query));
            let explained = items.into_iter().map(|item| {
                let contributions =
                    step.as_ref().map_or_else(Vec::new, |step| step.contributions(item, self));
                let reason = match (self.bought_before(query, item), &step) {
                    (Some(reason), _) => reason,
                    (None, Some(step)) => self.reason_for(step, item, &contributions, query),
                    (None, None) => self.interest_or_plain(item, query),
                };
                (item, (reason, if query.explain { contributions } else { Vec::new() }))
            });
            reasons.extend(explained);
        }
        reasons
    }
}

/// The part that added most to a candidate's score, among those that can name an item they speak from.
fn strongest_part(blend: &Blend, already_bought: AlreadyBought, row: &[f32]) -> Option<BlendPart> {
    let weights = blend.weights(already_bought);
    let says = |at: usize| weights[2 * at] * row[2 * at] + weights[2 * at + 1] * row[2 * at + 1];
    let parts = blend.features().parts().iter().enumerate();
    let speaking = parts.filter(|&(at, &part)| part != BlendPart::Popularity && 0.0 < row[2 * at]);
    // The last of equals by `max_by` would be the first asked for by `rev`.
    speaking.rev().max_by(|a, b| says(a.0).total_cmp(&says(b.0))).map(|(_, &part)| part)
}
