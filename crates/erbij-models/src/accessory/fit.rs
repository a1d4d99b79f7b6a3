//! From baskets to accessories and alternatives, step by step.
//!
//! 1. Every item's row is counted and what stands out of it kept (`row.rs`).
//! 2. Benjamini and Hochberg's procedure says which tails are no chance, over all ordered pairs of items sold.
//! 3. What is left is looked at pair by pair: when, by whom, in which order (`pair.rs`).
//! 4. Each pair is judged (`verdict.rs`), then common causes are taken out (`causes.rs`).
//! 5. What belongs to two items tells which are alternatives (`alternatives.rs`).
//!
//! Counts are whole numbers and every row is one thread's, so the result does not depend on threads.

use std::ops::Range;

use erbij_core::{Baskets, Catalogue, ItemIdx, Progress, RowOffsets, Score, TopK};

use super::CheckedAccessoryParams;
use super::alternatives::{Alternative, find_alternatives};
use super::causes::CommonCauses;
use super::model::{Accessory, GrowingColumns};
use super::pair::{PairEvidence, look_at};
use super::row::{Follower, OUTLIER_Z, Rows};
use super::timeline::Timeline;
use super::tree::Tree;
use super::verdict::{Flows, Judge, Rejection, order_shares};
use crate::share_out::share_out;

/// A pair that was looked at.
pub(super) struct Pair {
    pub(super) follower: Follower,
    pub(super) evidence: PairEvidence,
    pub(super) verdict: Result<(), Rejection>,
}

/// Fits the model to baskets.
///
/// Returned quantities are taken off before baskets are laid out, and a line returned as a whole is not there:
/// what came back does not count for a pair. A return that is known by itself does not count against one.
pub fn fit_accessory(
    params: &CheckedAccessoryParams,
    baskets: &Baskets,
    catalogue: &Catalogue,
    progress: &dyn Progress,
) -> Accessory {
    let timeline = Timeline::new(params, baskets);
    let tree = Tree::new(catalogue, &timeline);
    let rows = Rows { params, timeline, tree };
    let candidates = find_candidates(&rows, progress);
    let max_tail = max_tail(&rows, &candidates);
    let judge =
        Judge { params, catalogue, max_tail, order_shares: order_shares(baskets), flows: Flows::default() };
    let (mut pairs, flows) = look_at_all(&rows, &judge, &candidates, progress);
    drop(candidates);
    let judge = Judge { flows, ..judge };
    judge_all(&rows, &judge, &mut pairs);
    let alternatives = find_alternatives(&rows, catalogue, &mut pairs);
    assemble(&rows, &judge, &pairs, &alternatives)
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

/// The largest tail that may be published, after Benjamini and Hochberg. Every ordered pair of items sold is a
/// test, whether it was ever seen or not.
fn max_tail(rows: &Rows<'_>, candidates: &[Vec<Follower>]) -> f64 {
    let n_sold =
        (0..rows.n_items() as u32).filter(|&item| 0 < rows.timeline.n_buyers_of(item)).count() as f64;
    let n_tests = (n_sold * (n_sold - 1.0)).max(1.0);
    let mut tails: Vec<f64> = candidates.iter().flatten().map(Follower::tail).collect();
    tails.sort_unstable_by(f64::total_cmp);
    let share = rows.params.params().max_false_share;
    let is_good = |at: &usize| tails[*at] <= share * (*at as f64 + 1.0) / n_tests;
    (0..tails.len()).rev().find(is_good).map_or(0.0, |at| tails[at])
}

/// Looks at every pair that its counts speak for; sums up what flows between categories.
fn look_at_all(
    rows: &Rows<'_>,
    judge: &Judge<'_>,
    candidates: &[Vec<Follower>],
    progress: &dyn Progress,
) -> (Vec<Vec<Pair>>, Flows) {
    let promotion_days = rows.params.params().promotion_days;
    let sold = sold_days(&rows.timeline);
    progress.begin("looking at pairs", Some(rows.n_items() as u64), "items");
    let on_block = |(): &mut (), anchors: Range<usize>| {
        let mut block = Vec::new();
        for anchor in anchors {
            let good = candidates[anchor].iter().filter(|follower| judge.of_counts(follower).is_ok());
            let look = |follower: &Follower| {
                let both = both_sold_days(&sold, anchor as u32, follower.item);
                let evidence = look_at(&rows.timeline, anchor as u32, follower.item, both, promotion_days);
                Pair { follower: *follower, evidence, verdict: Ok(()) }
            };
            block.push(good.map(look).collect::<Vec<Pair>>());
        }
        block
    };
    let (blocks, _) = share_out(rows.n_items(), || (), on_block, progress);
    let pairs: Vec<Vec<Pair>> = blocks.into_iter().flatten().collect();
    let mut flows = Vec::new();
    for (anchor, row) in pairs.iter().enumerate() {
        let from = rows.tree.node_of(anchor as u32);
        for pair in row {
            let to = rows.tree.node_of(pair.follower.item);
            flows.push(((from, to), u64::from(pair.evidence.n_later)));
            flows.push(((to, from), u64::from(pair.evidence.n_reverse_later)));
        }
    }
    (pairs, Flows::new(flows))
}

/// An item each: the first and the last day it was bought.
pub(super) fn sold_days(timeline: &Timeline<'_>) -> Vec<(i32, i32)> {
    let days = |item: u32| {
        let days = timeline.all.lists_of(item).iter().map(|&basket| timeline.day(basket).get());
        days.fold((i32::MAX, i32::MIN), |(first, last), day| (first.min(day), last.max(day)))
    };
    (0..timeline.baskets.n_items() as u32).map(days).collect()
}

/// For how many days both were sold.
pub(super) fn both_sold_days(sold: &[(i32, i32)], a: u32, b: u32) -> u32 {
    let (a, b) = (sold[a as usize], sold[b as usize]);
    (a.1.min(b.1) - a.0.max(b.0) + 1).max(1) as u32
}

fn judge_all(rows: &Rows<'_>, judge: &Judge<'_>, pairs: &mut [Vec<Pair>]) {
    for (anchor, row) in pairs.iter_mut().enumerate() {
        for pair in row {
            pair.verdict = judge.of_pair(rows, anchor as u32, &pair.follower, &pair.evidence);
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
            let score = Score::new(strength(params.shrinkage, &pair.follower) as f32);
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

/// `ln((k + c) / (e + c))` with `c` the shrinkage: the log-lift, held back where little was expected.
pub(super) fn strength(shrinkage: f64, follower: &Follower) -> f64 {
    ((follower.count() + shrinkage) / (follower.expected() + shrinkage).max(1e-9)).ln()
}
