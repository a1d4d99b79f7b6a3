//! Rerankers that keep the items of one slate from being all alike.
//!
//! Both see candidates by their position in a list, best first, with a relevance from 0 to 1 (as
//! [`relevance`](crate::relevance) gives it), and pick greedily. Of candidates that do equally well the one
//! listed first is picked, so the result is one and the same wherever it is computed.

use std::collections::BTreeMap;

use erbij_core::{Catalogue, Categories, CategoryIdx, ItemIdx};

/// Share of the history mixed into the slate's, so that a category the slate lacks costs much, not infinitely.
const SMOOTHING: f64 = 0.01;

/// Picks at most `n` candidates by maximal marginal relevance (Carbonell & Goldstein 1998), as positions.
///
/// Each pick is the candidate of most `λ · relevance − (1 − λ) · max similarity to what is picked`. With
/// `lambda` 1 the order is that of relevance; with 0 the first is the best, and each further one is the least
/// similar. `similarity` of two positions is 0 to 1. The greatest similarity is kept per candidate, hence
/// O(N · n), with as many calls of `similarity`.
///
/// ```
/// // The second is nearly the first again, so the third goes before it.
/// let similarity = |a: usize, b: usize| if a + b == 1 { 0.9 } else { 0.0 };
/// assert_eq!(erbij_engine::mmr(&[1.0, 0.9, 0.6], 2, 0.7, similarity), [0, 2]);
/// assert_eq!(erbij_engine::mmr(&[1.0, 0.9, 0.6], 2, 1.0, similarity), [0, 1]);
/// ```
pub fn mmr(relevance: &[f64], n: usize, lambda: f64, similarity: impl Fn(usize, usize) -> f64) -> Vec<usize> {
    let mut picked = Vec::with_capacity(n.min(relevance.len()));
    let mut left: Vec<usize> = (0..relevance.len()).collect();
    let mut nearest = vec![0.0_f64; relevance.len()];
    while picked.len() < n && !left.is_empty() {
        // Before the first pick all are as diverse as can be; without this line λ = 0 would lose the best.
        let weight = if picked.is_empty() { 1.0 } else { lambda };
        let pick = take_best(&mut left, |at| weight * relevance[at] - (1.0 - lambda) * nearest[at]);
        for &at in &left {
            nearest[at] = nearest[at].max(similarity(at, pick));
        }
        picked.push(pick);
    }
    picked
}

/// Picks at most `n` candidates whose categories follow a history (Steck 2018), as positions.
///
/// Each pick makes the slate of most `(1 − λ) · Σ relevance − λ · KL(p‖q̃)`, where p is the history's
/// distribution over categories, q the slate's, `q̃ = 0.99 q + 0.01 p` and `KL(p‖q̃) = Σ p ln(p / q̃)`. With
/// `lambda` 0 the order is that of relevance, and so it is without anything to calibrate to.
///
/// Of two picks for the same place the divergence differs only in the terms of their own categories, so only
/// those are computed: O(N · n · depth of the category tree).
pub fn calibrated(relevance: &[f64], calibration: &Calibration, n: usize, lambda: f64) -> Vec<usize> {
    let mut picked = Vec::with_capacity(n.min(relevance.len()));
    let mut left: Vec<usize> = (0..relevance.len()).collect();
    // Sums of the memberships picked so far: q times the length of the slate.
    let mut sums = vec![0.0; calibration.history.len()];
    while picked.len() < n && !left.is_empty() {
        let n_items = (picked.len() + 1) as f64;
        let term = |category: usize, sum: f64| {
            let p = calibration.history[category];
            p * ((1.0 - SMOOTHING) * sum / n_items + SMOOTHING * p).ln()
        };
        let pick = take_best(&mut left, |at| {
            let gains = calibration.memberships[at].iter().map(|&(category, share)| {
                term(category, sums[category] + share) - term(category, sums[category])
            });
            (1.0 - lambda) * relevance[at] + lambda * gains.sum::<f64>()
        });
        for &(category, share) in &calibration.memberships[pick] {
            sums[category] += share;
        }
        picked.push(pick);
    }
    picked
}

/// What a slate is calibrated to, and what each candidate adds to it.
///
/// An item is spread evenly over its category and all above it. So an item of another leaf in a branch the
/// customer buys from is better than one of a branch he does not, and a tree of one level is Steck's own case.
#[derive(Clone, Debug, PartialEq)]
pub struct Calibration {
    /// Distribution p over the history's categories; sums to 1, and no share is 0.
    history: Vec<f64>,
    /// Per candidate its shares in the history's categories; what it has in others brings p no nearer.
    memberships: Vec<Vec<(usize, f64)>>,
}

impl Calibration {
    /// Calibration of candidates to a history, each item of it once; none where no item of the history has a
    /// category. O((|history| + N) · depth of the category tree).
    pub fn new(history: &[ItemIdx], candidates: &[ItemIdx], catalogue: &Catalogue) -> Option<Self> {
        let mut sums: BTreeMap<CategoryIdx, f64> = BTreeMap::new();
        for (category, share) in history.iter().flat_map(|&item| memberships(item, catalogue)) {
            *sums.entry(category).or_default() += share;
        }
        let all: f64 = sums.values().sum();
        let numbers: BTreeMap<CategoryIdx, usize> =
            sums.keys().enumerate().map(|(number, &category)| (category, number)).collect();
        let of_history = |item: ItemIdx| {
            let shares = memberships(item, catalogue).into_iter();
            shares.filter_map(|(category, share)| Some((*numbers.get(&category)?, share))).collect()
        };
        (0.0 < all).then(|| Self {
            history: sums.values().map(|sum| sum / all).collect(),
            memberships: candidates.iter().map(|&item| of_history(item)).collect(),
        })
    }
}

/// How near two categories are in the tree: categories above both (themselves included) over those above the
/// deeper one. 1 for one and the same, 0 where nothing is shared or either is not known. O(depth).
///
/// With `Coffee > Machines` and `Coffee > Filters` that is 1/2, and with `Coffee` and `Coffee > Filters` too.
pub fn category_proximity(a: Option<CategoryIdx>, b: Option<CategoryIdx>, categories: &Categories) -> f64 {
    let (Some(a), Some(b)) = (a, b) else { return 0.0 };
    let depth = |category| categories.ancestors(category).count();
    let (depth_a, depth_b) = (depth(a), depth(b));
    let above_a = categories.ancestors(a).skip(depth_a.saturating_sub(depth_b));
    let above_b = categories.ancestors(b).skip(depth_b.saturating_sub(depth_a));
    // Level by level upwards: from the first category that is the same on, all are.
    let n_apart = above_a.zip(above_b).take_while(|(a, b)| a != b).count();
    (depth_a.min(depth_b) - n_apart) as f64 / depth_a.max(depth_b) as f64
}

/// An item's categories, leaf first, each with its even share.
fn memberships(item: ItemIdx, catalogue: &Catalogue) -> Vec<(CategoryIdx, f64)> {
    let Some(leaf) = catalogue.category(item) else { return Vec::new() };
    let above: Vec<CategoryIdx> = catalogue.categories().ancestors(leaf).collect();
    let share = 1.0 / above.len() as f64;
    above.into_iter().map(|category| (category, share)).collect()
}

/// Takes the position of the greatest value, the first of equals, out of a list that is not empty.
fn take_best(left: &mut Vec<usize>, value: impl Fn(usize) -> f64) -> usize {
    let mut best = (0, f64::NEG_INFINITY);
    for (number, &at) in left.iter().enumerate() {
        let value = value(at);
        if best.1 < value {
            best = (number, value);
        }
    }
    left.remove(best.0)
}

#[cfg(test)]
mod tests;
