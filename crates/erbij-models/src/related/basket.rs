//! What goes with all that is in a basket: what is known of each pair, summed up over the basket, in one ranking.
//!
//! An item that goes with one thing in the basket may go with nothing else in it, and one that goes a little with everything
//! is what sells. So the sums stand beside the strongest pair, and a logistic regression says what each is worth, learned on
//! the orders of the last days: one item of each is hidden, and its candidates are what is related to the others.

use erbij_core::{ItemIdx, ScoreBoard};

use crate::popularity::Popularity;
use crate::related::basket_features::N_FEATURES;
use crate::related::features::{MAX_TREND, SHRINKAGE};
use crate::related::{BasketRanking, Related, RelatedPair};

/// What stands for nothing where a logarithm is taken: `ε`.
const LEAST: f64 = 0.003;
/// What the log-lift is shrunk by where it is to be sure: fifty orders say half of what they would if they were many.
const SURE_SHRINKAGE: f64 = 50.0;

/// Sums over the pairs of one candidate.
#[derive(Default)]
struct Sums {
    n_ordered_with: f64,
    likely: f64,
    likeliest: f64,
    lifted: f64,
    sure: f64,
    surprise: f64,
    walks: f64,
}

impl Sums {
    fn add(&mut self, pair: &RelatedPair) {
        let share = f64::from(pair.share);
        self.n_ordered_with += f64::from(u8::from(0 < pair.cooccurrence));
        self.likely += share;
        self.likeliest = self.likeliest.max(share);
        self.lifted += share * f64::from(pair.log_lift);
        let k = f64::from(pair.cooccurrence);
        self.sure += f64::from(pair.log_lift) * (k + SHRINKAGE) / (k + SURE_SHRINKAGE);
        self.surprise += f64::from(pair.log_likelihood_ratio);
        self.walks += f64::from(pair.walks);
    }

    /// The features of an item of which these are the sums, beside a basket of so many.
    fn features(&self, item: ItemIdx, n_anchors: usize, popularity: &Popularity) -> [f32; N_FEATURES] {
        let size = (n_anchors as f64).ln();
        let surprise = self.surprise.ln_1p();
        let people = f64::from(popularity.n_people(item)).ln_1p();
        let trend = f64::from(popularity.trend(item).clamp(-MAX_TREND, MAX_TREND));
        [
            (self.likely + LEAST).ln(),
            (self.likeliest + LEAST).ln(),
            (self.lifted + LEAST).ln(),
            (self.sure + LEAST).ln(),
            surprise,
            self.walks.sqrt(),
            self.n_ordered_with / n_anchors as f64,
            people,
            trend,
            size * surprise,
            size * people,
        ]
        .map(|feature| feature as f32)
    }
}

impl Related {
    /// Adds to every item that is related to one of a basket the estimated probability that it is the next in it, where
    /// baskets are ranked. The anchors are distinct; in which order they stand is of no account. O(pairs · log pairs).
    pub fn score_basket(&self, anchors: &[ItemIdx], popularity: &Popularity, board: &mut ScoreBoard) {
        let Some(BasketRanking { weights, .. }) = self.baskets() else { return };
        self.each_candidate(anchors, popularity, |item, features| {
            board.add(item, f64::from(weights.probability(features)));
        });
    }

    /// The candidates of a basket, rising, and what is known of each, a value a
    /// [`BasketFeature`](crate::BasketFeature). O(pairs · log pairs).
    pub fn basket_candidates(
        &self,
        anchors: &[ItemIdx],
        popularity: &Popularity,
    ) -> Vec<(ItemIdx, [f32; N_FEATURES])> {
        let mut candidates = Vec::new();
        self.each_candidate(anchors, popularity, |item, features| candidates.push((item, *features)));
        candidates
    }

    /// The items of a basket that one is related to, with what each adds to its probability: by how likely it is beside that
    /// one alone. They add up to it; nothing where it is related to none of them. O(pairs).
    pub fn basket_contributions(
        &self,
        anchors: &[ItemIdx],
        item: ItemIdx,
        popularity: &Popularity,
    ) -> Vec<(ItemIdx, f64)> {
        let Some(BasketRanking { weights, .. }) = self.baskets() else { return Vec::new() };
        let mut sorted = anchors.to_vec();
        sorted.sort_unstable();
        let mut sums = Sums::default();
        let mut found = Vec::new();
        for anchor in sorted {
            if let Some(pair) = self.pair(anchor, item) {
                sums.add(&pair);
                found.push((anchor, f64::from(pair.probability)));
            }
        }
        let probability = f64::from(weights.probability(&sums.features(item, anchors.len(), popularity)));
        let total: f64 = found.iter().map(|&(_, beside_one)| beside_one).sum();
        found.into_iter().map(|(anchor, beside_one)| (anchor, probability * beside_one / total)).collect()
    }

    fn each_candidate(
        &self,
        anchors: &[ItemIdx],
        popularity: &Popularity,
        mut on: impl FnMut(ItemIdx, &[f32; N_FEATURES]),
    ) {
        let of_anchor = |&anchor: &ItemIdx| self.of(anchor).map(move |pair| (pair.item, anchor, pair));
        let mut pairs: Vec<(ItemIdx, ItemIdx, RelatedPair)> = anchors.iter().flat_map(of_anchor).collect();
        pairs.sort_unstable_by_key(|&(item, anchor, _)| (item, anchor));
        let mut in_basket = anchors.to_vec();
        in_basket.sort_unstable();
        for pairs in pairs.chunk_by(|(a, ..), (b, ..)| a == b) {
            let (item, ..) = pairs[0];
            if in_basket.binary_search(&item).is_err() {
                let mut sums = Sums::default();
                pairs.iter().for_each(|(.., pair)| sums.add(pair));
                on(item, &sums.features(item, anchors.len(), popularity));
            }
        }
    }
}
