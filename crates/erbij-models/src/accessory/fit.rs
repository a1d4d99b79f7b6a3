//! From baskets to accessories and alternatives, step by step.
//!
//! 1. A sample of rows says how far expectations can be relied on (`noise.rs`).
//! 2. Every item's row is counted and what stands out of it kept (`row.rs`), so much of it as may be published.
//! 3. Benjamini and Hochberg's procedure says which tails are no chance, over all ordered pairs of items sold.
//! 4. What is left is looked at, all pairs of a row at once (`look.rs`): when, by whom, in which order (`pair.rs`).
//! 5. Each pair is judged (`verdict.rs`), then common causes are taken out (`causes.rs`).
//! 6. What was found between two categories weighs the evidence of the rest (`priors.rs`): steps 3 to 5 once more.
//! 7. What belongs to two items tells which are alternatives (`alternatives.rs`).
//! 8. The strongest of what passed is laid out (`publish.rs`).
//!
//! Cost: a row is read once a step from 2 on, and every step is bounded by the lines times what one customer counts for;
//! `work.rs` has the bounds. Counts are whole numbers and every row is one thread's, so the result does not depend on threads.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::ops::Range;

use erbij_core::{Baskets, Catalogue, Progress, share_out};

use super::alternatives::find_alternatives;
use super::causes::CommonCauses;
use super::company::Company;
use super::look::look_at_all;
use super::model::Accessory;
use super::pair::{Pair, find};
use super::priors::{Finding, Priors};
use super::publish::publish;
use super::rejection::Rejection;
use super::row::{Follower, OUTLIER_Z, Rows};
use super::sold::sold_days;
use super::timeline::Timeline;
use super::tree::Tree;
use super::verdict::{Flows, Judge, order_shares};
use super::work::{Cuts, Work, max_followers};
use super::{CheckedAccessoryParams, noise};

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
    #[cfg_attr(not(test), expect(dead_code, reason = "steps are for tests: seconds depend on the machine"))]
    pub(super) work: Work,
    pub(super) cuts: Cuts,
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
    fit_and_tell("items", params, baskets, catalogue, progress)
}

/// The same of whatever stands for items, and tells what bounds left out.
pub(super) fn fit_and_tell(
    what: &str,
    params: &CheckedAccessoryParams,
    baskets: &Baskets,
    catalogue: &Catalogue,
    progress: &dyn Progress,
) -> Accessory {
    let fit = AccessoryFit::new(params, baskets, catalogue, progress);
    fit.cuts.tell(what, params.params(), progress);
    fit.into_model()
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
        let order_shares = order_shares(baskets);
        let mut judge = Judge { params, catalogue, max_tail: 0.0, order_shares, flows: Flows::default() };
        let Candidates { rows: mut candidates, n_cut, mut work } = find_candidates(&rows, &judge, progress);
        let mut pairs: Vec<Vec<Pair>> = (0..rows.n_items()).map(|_| Vec::new()).collect();
        let sold = sold_days(&rows.timeline);
        judge.max_tail = max_tail(&rows, &candidates, &pairs);
        work.add(look_at_all(&rows, &judge, &mut candidates, &sold, &mut pairs, progress));
        let mut cuts = Cuts {
            n_large_baskets: rows.timeline.n_large_baskets,
            n_cut_customers: rows.timeline.n_cut_customers,
            n_followers: n_cut,
            ..Cuts::default()
        };
        work.add(judge_all(&rows, &mut judge, &mut pairs, &mut cuts));
        let priors = Priors::new(&rows.tree, findings(&rows, &pairs));
        weigh(&rows, &priors, &mut candidates, &mut pairs);
        judge.max_tail = max_tail(&rows, &candidates, &pairs);
        work.add(look_at_all(&rows, &judge, &mut candidates, &sold, &mut pairs, progress));
        drop(candidates);
        work.add(judge_all(&rows, &mut judge, &mut pairs, &mut cuts));
        let (alternatives, n_steps) = find_alternatives(&rows, catalogue, &mut pairs, &mut cuts);
        work.add(n_steps);
        let model = publish(&rows, &judge, &pairs, &alternatives, &mut cuts);
        Self { rows, judge, priors, pairs, model, work, cuts }
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

/// Per item, what stands out of its row, items rising; and how much more did, which was cut off.
fn find_candidates(rows: &Rows<'_>, judge: &Judge<'_>, progress: &dyn Progress) -> Candidates {
    let params = rows.params.params();
    let max_followers = max_followers(params);
    // A tail that passes whatever else is found: Bonferroni's.
    let sure_tail = params.max_false_share / n_tests(rows);
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
                let n_cut = row.len().saturating_sub(max_followers);
                if 0 < n_cut {
                    let rank = |follower: &Follower| judge.rank(follower, sure_tail);
                    row.sort_by_cached_key(|follower| (Reverse(rank(follower)), follower.item));
                    row.truncate(max_followers);
                    row.shrink_to_fit();
                }
                row.sort_unstable_by_key(|follower| follower.item);
                block.push((row, n_cut as u32, rows.timeline.row_len(anchor as u32)));
            });
        }
        block
    };
    let (blocks, _) = share_out(rows.n_items(), || rows.new_scratch(), on_block, progress);
    let mut found = Candidates::default();
    for (row, n_cut, n_read) in blocks.into_iter().flatten() {
        found.rows.push(row);
        found.n_cut.push(n_cut);
        found.work.n_read += n_read;
    }
    found
}

/// What stands out of each row, and what of it was cut off.
#[derive(Default)]
struct Candidates {
    rows: Vec<Vec<Follower>>,
    n_cut: Vec<u32>,
    work: Work,
}

/// The largest weighted tail that may be published, after Benjamini and Hochberg. Every ordered pair of items sold is
/// a test, whether it was ever seen or not; what was cut off is taken as no discovery, which only makes it stricter.
fn max_tail(rows: &Rows<'_>, candidates: &[Vec<Follower>], pairs: &[Vec<Pair>]) -> f64 {
    let n_tests = n_tests(rows);
    let seen = pairs.iter().flatten().map(|pair| &pair.follower);
    let mut tails: Vec<f64> = candidates.iter().flatten().chain(seen).map(Follower::weighted_tail).collect();
    tails.sort_unstable_by(f64::total_cmp);
    let share = rows.params.params().max_false_share;
    let is_good = |at: &usize| tails[*at] <= share * (*at as f64 + 1.0) / n_tests;
    (0..tails.len()).rev().find(is_good).map_or(0.0, |at| tails[at])
}

/// Ordered pairs of items that were sold.
fn n_tests(rows: &Rows<'_>) -> f64 {
    let n_sold = (0..rows.n_items() as u32).filter(|&item| rows.tree.is_sold(item)).count() as f64;
    (n_sold * (n_sold - 1.0)).max(1.0)
}

/// What flows between categories, over all pairs that were looked at; one looked at both ways counts once.
fn flows_of(rows: &Rows<'_>, pairs: &[Vec<Pair>]) -> Flows {
    let mut flows: HashMap<(u32, u32), u64> = HashMap::new();
    for (anchor, row) in pairs.iter().enumerate() {
        let from = rows.tree.node_of(anchor as u32);
        let is_first = |pair: &&Pair| {
            let other = pair.follower.item as usize;
            anchor < other || find(&pairs[other], anchor as u32).is_none()
        };
        for pair in row.iter().filter(is_first) {
            let to = rows.tree.node_of(pair.follower.item);
            *flows.entry((from, to)).or_default() += u64::from(pair.evidence.n_later);
            *flows.entry((to, from)).or_default() += u64::from(pair.evidence.n_reverse_later);
        }
    }
    Flows::new(flows.into_iter().collect())
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

fn findings(rows: &Rows<'_>, pairs: &[Vec<Pair>]) -> impl Iterator<Item = Finding> {
    pairs.iter().enumerate().flat_map(move |(anchor, row)| {
        let passed = row.iter().filter(|pair| pair.verdict.is_ok());
        passed.map(move |pair| finding(rows, anchor, pair))
    })
}

/// Gives every candidate what its categories say of it, its own finding left out.
fn weigh(rows: &Rows<'_>, priors: &Priors, candidates: &mut [Vec<Follower>], pairs: &mut [Vec<Pair>]) {
    for (anchor, (row, seen)) in candidates.iter_mut().zip(pairs).enumerate() {
        let from = rows.tree.node_of(anchor as u32);
        for follower in row {
            follower.prior = priors.of(from, rows.tree.node_of(follower.item), None);
        }
        for pair in seen {
            let own = pair.verdict.is_ok().then(|| finding(rows, anchor, pair));
            pair.follower.prior = priors.of(from, rows.tree.node_of(pair.follower.item), own);
        }
    }
}

/// Judges every pair that was looked at, and takes out what common causes explain.
fn judge_all(rows: &Rows<'_>, judge: &mut Judge<'_>, pairs: &mut [Vec<Pair>], cuts: &mut Cuts) -> Work {
    judge.flows = flows_of(rows, pairs);
    for (anchor, row) in pairs.iter_mut().enumerate() {
        for pair in row {
            let of_counts = judge.of_counts(&pair.follower);
            pair.verdict = of_counts.and_then(|()| judge.of_pair(rows, anchor as u32, pair));
        }
    }
    let (explained, work, n_asked_in_part) = CommonCauses::new(rows, pairs).explained();
    cuts.n_causes = n_asked_in_part;
    for (anchor, at) in explained {
        pairs[anchor][at].verdict = Err(Rejection::CommonCause);
    }
    work
}
