//! From baskets to accessories and alternatives, step by step.
//!
//! 1. A sample of rows says how far expectations can be relied on (`noise.rs`).
//! 2. Every item's row is counted and what stands out of it kept (`row.rs`).
//! 3. Benjamini and Hochberg's procedure says which tails are no chance, over all ordered pairs of items sold.
//! 4. What is left is looked at pair by pair: when, by whom, in which order (`pair.rs`).
//! 5. Each pair is judged (`verdict.rs`), then common causes are taken out (`causes.rs`).
//! 6. What was found between two categories weighs the evidence of the rest (`priors.rs`): steps 3 to 5 once more.
//! 7. What belongs to two items tells which are alternatives (`alternatives.rs`).
//!
//! Counts are whole numbers and every row is one thread's, so the result does not depend on threads.

use std::ops::Range;

use erbij_core::{Baskets, Catalogue, ItemIdx, Progress, RowOffsets, Score, TopK};
use rayon::prelude::*;

use super::alternatives::{Alternative, find_alternatives};
use super::causes::CommonCauses;
use super::company::Company;
use super::model::{Accessory, GrowingColumns};
use super::pair::{PairEvidence, look_at};
use super::priors::{Finding, Priors};
use super::row::{Follower, OUTLIER_Z, Rows};
use super::timeline::Timeline;
use super::tree::Tree;
use super::verdict::{Flows, Judge, Rejection, order_shares};
use super::{CheckedAccessoryParams, noise};
use crate::share_out::share_out;

/// A pair that was looked at.
pub(super) struct Pair {
    pub(super) follower: Follower,
    pub(super) evidence: PairEvidence,
    pub(super) verdict: Result<(), Rejection>,
}

/// The model with all that was learned on the way to it, from which it can be explained.
///
/// Holds some 100 bytes a line beside the baskets, until it is taken [into a model](Self::into_model).
pub struct AccessoryFit<'a> {
    pub(super) rows: Rows<'a>,
    pub(super) judge: Judge<'a>,
    pub(super) priors: Priors,
    /// An item each: what was looked at, items rising.
    pub(super) pairs: Vec<Vec<Pair>>,
    pub(super) model: Accessory,
}

/// Fits the model to baskets.
///
/// Returned quantities are taken off before baskets are laid out, and a line returned as a whole is not there:
/// what came back does not count for a pair. What a customer brought back in full counts against it.
pub fn fit_accessory(
    params: &CheckedAccessoryParams,
    baskets: &Baskets,
    catalogue: &Catalogue,
    progress: &dyn Progress,
) -> Accessory {
    AccessoryFit::new(params, baskets, catalogue, progress).into_model()
}

impl<'a> AccessoryFit<'a> {
    /// As [`fit_accessory`], and keeps what was learned.
    pub fn new(
        params: &'a CheckedAccessoryParams,
        baskets: &'a Baskets,
        catalogue: &'a Catalogue,
        progress: &dyn Progress,
    ) -> Self {
        let timeline = Timeline::new(params, baskets);
        let tree = Tree::new(catalogue, &timeline);
        let company = Company::new(&timeline, &tree);
        let mut rows = Rows { params, timeline, tree, company, overdispersion: noise::UNKNOWN };
        rows.overdispersion = noise::overdispersion(&rows);
        let mut candidates = find_candidates(&rows, progress);
        let mut judge = Judge {
            params,
            catalogue,
            max_tail: max_tail(&rows, &candidates),
            order_shares: order_shares(baskets),
            flows: Flows::default(),
        };
        let mut pairs: Vec<Vec<Pair>> = (0..rows.n_items()).map(|_| Vec::new()).collect();
        let sold = sold_days(&rows.timeline);
        look_at_all(&rows, &judge, &candidates, &sold, &mut pairs, progress);
        judge_all(&rows, &mut judge, &mut pairs);
        let priors = Priors::new(&rows.tree, &findings(&rows, &pairs));
        weigh(&rows, &priors, &mut candidates, &mut pairs);
        judge.max_tail = max_tail(&rows, &candidates);
        look_at_all(&rows, &judge, &candidates, &sold, &mut pairs, progress);
        drop(candidates);
        judge_all(&rows, &mut judge, &mut pairs);
        let alternatives = find_alternatives(&rows, catalogue, &mut pairs);
        let model = assemble(&rows, &judge, &pairs, &alternatives);
        Self { rows, judge, priors, pairs, model }
    }

    /// What was fitted.
    pub fn model(&self) -> &Accessory {
        &self.model
    }

    /// What was fitted, without what was learned on the way.
    pub fn into_model(self) -> Accessory {
        self.model
    }

    /// How far true expectations stray from the estimated ones, as a variance relative to the expectation's square.
    pub fn overdispersion(&self) -> f64 {
        self.rows.overdispersion
    }
}

/// Per item, what stands out of its row, items rising.
fn find_candidates(rows: &Rows<'_>, progress: &dyn Progress) -> Vec<Vec<Follower>> {
    let params = rows.params.params();
    progress.begin("counting what follows", Some(rows.n_items() as u64), "items");
    let on_block = |scratch: &mut super::row::Scratch, anchors: Range<usize>| {
        let mut block = Vec::new();
        for anchor in anchors {
            rows.with_followers(anchor as u32, params.min_customers, false, scratch, |followers| {
                let stands_out = |follower: &&Follower| {
                    OUTLIER_Z <= follower.z
                        && params.min_customers <= follower.counts[2]
                        && params.min_lift <= follower.lift()
                };
                let mut row: Vec<Follower> = followers.iter().filter(stands_out).copied().collect();
                row.sort_unstable_by_key(|follower| follower.item);
                block.push(row);
            });
        }
        block
    };
    let (blocks, _) = share_out(rows.n_items(), || rows.new_scratch(), on_block, progress);
    blocks.into_iter().flatten().collect()
}

/// The largest weighted tail that may be published, after Benjamini and Hochberg. Every ordered pair of items sold is
/// a test, whether it was ever seen or not.
fn max_tail(rows: &Rows<'_>, candidates: &[Vec<Follower>]) -> f64 {
    let n_sold = (0..rows.n_items() as u32).filter(|&item| rows.tree.is_sold(item)).count() as f64;
    let n_tests = (n_sold * (n_sold - 1.0)).max(1.0);
    let mut tails: Vec<f64> = candidates.iter().flatten().map(Follower::weighted_tail).collect();
    tails.sort_unstable_by(f64::total_cmp);
    let share = rows.params.params().max_false_share;
    let is_good = |at: &usize| tails[*at] <= share * (*at as f64 + 1.0) / n_tests;
    (0..tails.len()).rev().find(is_good).map_or(0.0, |at| tails[at])
}

/// Looks at every pair that its counts speak for and that was not looked at.
fn look_at_all(
    rows: &Rows<'_>,
    judge: &Judge<'_>,
    candidates: &[Vec<Follower>],
    sold: &[(i32, i32)],
    pairs: &mut [Vec<Pair>],
    progress: &dyn Progress,
) {
    let promotion_days = rows.params.params().promotion_days;
    progress.begin("looking at pairs", Some(rows.n_items() as u64), "items");
    let seen = &*pairs;
    let on_block = |(): &mut (), anchors: Range<usize>| {
        let mut block = Vec::new();
        for anchor in anchors {
            let is_new = |follower: &&Follower| {
                judge.of_counts(follower).is_ok() && find(&seen[anchor], follower.item).is_none()
            };
            let look = |follower: &Follower| {
                let both = both_sold_days(sold, anchor as u32, follower.item);
                let evidence = look_at(&rows.timeline, anchor as u32, follower.item, both, promotion_days);
                Pair { follower: *follower, evidence, verdict: Ok(()) }
            };
            block.push(candidates[anchor].iter().filter(is_new).map(look).collect::<Vec<Pair>>());
        }
        block
    };
    let (blocks, _) = share_out(rows.n_items(), || (), on_block, progress);
    for (row, new) in pairs.iter_mut().zip(blocks.into_iter().flatten()) {
        if !new.is_empty() {
            row.extend(new);
            row.sort_unstable_by_key(|pair| pair.follower.item);
        }
    }
}

/// The pair of a row with an item.
pub(super) fn find(row: &[Pair], item: u32) -> Option<&Pair> {
    row.binary_search_by_key(&item, |pair| pair.follower.item).ok().map(|at| &row[at])
}

/// What flows between categories, over all pairs that were looked at; one looked at both ways counts once.
fn flows_of(rows: &Rows<'_>, pairs: &[Vec<Pair>]) -> Flows {
    let mut flows = Vec::new();
    for (anchor, row) in pairs.iter().enumerate() {
        let from = rows.tree.node_of(anchor as u32);
        let is_first = |pair: &&Pair| {
            let other = pair.follower.item as usize;
            anchor < other || find(&pairs[other], anchor as u32).is_none()
        };
        for pair in row.iter().filter(is_first) {
            let to = rows.tree.node_of(pair.follower.item);
            flows.push(((from, to), u64::from(pair.evidence.n_later)));
            flows.push(((to, from), u64::from(pair.evidence.n_reverse_later)));
        }
    }
    Flows::new(flows)
}

/// A pair as a finding between two categories.
fn finding(rows: &Rows<'_>, anchor: usize, pair: &Pair) -> Finding {
    Finding {
        from: rows.tree.node_of(anchor as u32),
        to: rows.tree.node_of(pair.follower.item),
        count: pair.follower.count(),
        expected: pair.follower.expected(),
    }
}

fn findings(rows: &Rows<'_>, pairs: &[Vec<Pair>]) -> Vec<Finding> {
    let of_row = |(anchor, row): (usize, &Vec<Pair>)| {
        let passed = row.iter().filter(|pair| pair.verdict.is_ok());
        passed.map(|pair| finding(rows, anchor, pair)).collect::<Vec<_>>()
    };
    pairs.iter().enumerate().flat_map(of_row).collect()
}

/// Gives every candidate what its categories say of it, its own finding left out.
fn weigh(rows: &Rows<'_>, priors: &Priors, candidates: &mut [Vec<Follower>], pairs: &mut [Vec<Pair>]) {
    for (anchor, row) in candidates.iter_mut().enumerate() {
        let from = rows.tree.node_of(anchor as u32);
        for follower in row {
            let seen = pairs[anchor].binary_search_by_key(&follower.item, |pair| pair.follower.item).ok();
            let seen = seen.map(|at| &mut pairs[anchor][at]);
            let own =
                seen.as_ref().filter(|pair| pair.verdict.is_ok()).map(|pair| finding(rows, anchor, pair));
            follower.prior = priors.of(from, rows.tree.node_of(follower.item), own);
            if let Some(pair) = seen {
                pair.follower.prior = follower.prior;
            }
        }
    }
}

/// An item each: the first and the last day it was bought.
pub(super) fn sold_days(timeline: &Timeline<'_>) -> Vec<(i32, i32)> {
    let days = |item: u32| {
        let days = timeline.all.lists_of(item).iter().map(|&basket| timeline.day(basket).get());
        days.fold((i32::MAX, i32::MIN), |(first, last), day| (first.min(day), last.max(day)))
    };
    (0..timeline.baskets.n_items() as u32).into_par_iter().map(days).collect()
}

/// For how many days both were sold.
pub(super) fn both_sold_days(sold: &[(i32, i32)], a: u32, b: u32) -> u32 {
    let (a, b) = (sold[a as usize], sold[b as usize]);
    (a.1.min(b.1) - a.0.max(b.0) + 1).max(1) as u32
}

fn judge_all(rows: &Rows<'_>, judge: &mut Judge<'_>, pairs: &mut [Vec<Pair>]) {
    judge.flows = flows_of(rows, pairs);
    for (anchor, row) in pairs.iter_mut().enumerate() {
        for pair in row {
            let of_counts = judge.of_counts(&pair.follower);
            pair.verdict = of_counts.and_then(|()| judge.of_pair(rows, anchor as u32, pair));
        }
    }
    let causes = CommonCauses::new(rows, pairs);
    let explained = causes.explained(pairs);
    for (anchor, at) in explained {
        pairs[anchor][at].verdict = Err(Rejection::CommonCause);
    }
}

fn assemble(
    rows: &Rows<'_>,
    judge: &Judge<'_>,
    pairs: &[Vec<Pair>],
    alternatives: &[Vec<Alternative>],
) -> Accessory {
    let params = rows.params.params();
    let mut best: TopK<ItemIdx> = TopK::new(params.neighbours as usize);
    let mut columns = GrowingColumns::default();
    let mut lens = Vec::new();
    for row in pairs {
        for pair in row.iter().filter(|pair| pair.verdict.is_ok()) {
            let score = Score::new(strength(params.shrinkage, pair) as f32);
            if let Some(score) = score {
                best.push(score, ItemIdx::new(pair.follower.item));
            }
        }
        let chosen = best.drain_sorted();
        lens.push(chosen.len());
        for (score, item) in chosen {
            let at = row.binary_search_by_key(&item.get(), |pair| pair.follower.item);
            let pair = &row[at.expect("the best of the row are in the row")];
            columns.push(item, score, judge.kind(&pair.evidence), pair);
        }
    }
    let alternative_lens: Vec<usize> = alternatives.iter().map(Vec::len).collect();
    for alternative in alternatives.iter().flatten() {
        columns.push_alternative(alternative);
    }
    let rows = RowOffsets::from_lens(lens);
    let alternative_rows = RowOffsets::from_lens(alternative_lens);
    let columns = columns.finish(rows, alternative_rows);
    Accessory::new(columns, pairs.len(), judge.max_tail).expect("rows were cut and sorted just above")
}

/// `ln((k + c L) / (e + c))` with `c` the shrinkage and `L` the lift that any pair of these categories has: the
/// log-lift, held to that of the categories where little was expected. Who brought it back within that window is taken
/// off `k`: he is not in there, and was made to carry it home and back.
pub(super) fn strength(shrinkage: f64, pair: &Pair) -> f64 {
    let Pair { follower, evidence, .. } = pair;
    let prior_lift = f64::from(follower.prior.lift);
    let kept = (follower.count() - f64::from(evidence.n_returned[follower.window as usize])).max(0.0);
    ((kept + shrinkage * prior_lift).max(1e-9) / (follower.expected() + shrinkage).max(1e-9)).ln()
}
