//! Pairs that only go together because both belong to a third item.
//!
//! Who buys a coffee machine buys a milk jug and a descaler; so milk jug and descaler go together, and yet neither
//! belongs to the other. Where an item `m` leads to both `x` and `y`, so many occurrences of `x → y` are to be
//! expected from `m` alone: of the buyers of `x` who have `m`, the share of `m`'s buyers that `y` follows. Only
//! what goes beyond that and beyond what buyers without `m` would do is left for the pair itself.

use rayon::prelude::*;

use super::fit::Pair;
use super::row::{Rows, z_of};
use super::verdict::CAUSE_Z;

/// The pairs that have passed so far, both ways.
pub(super) struct CommonCauses<'a> {
    rows: &'a Rows<'a>,
    /// An item each: the items that lead to it, rising, and the share of their buyers that it follows.
    causes: Vec<Vec<(u32, f64)>>,
}

impl<'a> CommonCauses<'a> {
    /// Turns the pairs around. O(pairs).
    pub(super) fn new(rows: &'a Rows<'a>, pairs: &[Vec<Pair>]) -> Self {
        let mut causes: Vec<Vec<(u32, f64)>> = vec![Vec::new(); pairs.len()];
        for (anchor, row) in pairs.iter().enumerate() {
            let n_buyers = f64::from(rows.timeline.n_buyers_of(anchor as u32)).max(1.0);
            for pair in row.iter().filter(|pair| pair.verdict.is_ok()) {
                let share = pair.follower.count() / n_buyers;
                causes[pair.follower.item as usize].push((anchor as u32, share));
            }
        }
        Self { rows, causes }
    }

    /// The pairs that are explained: anchor and place in its row, in order.
    pub(super) fn explained(&self, pairs: &[Vec<Pair>]) -> Vec<(usize, usize)> {
        let of_row = |(anchor, row): (usize, &Vec<Pair>)| {
            let passed = row.iter().enumerate().filter(|(_, pair)| pair.verdict.is_ok());
            let explained = passed.filter(|(_, pair)| self.explains(anchor as u32, pair));
            explained.map(|(at, _)| (anchor, at)).collect::<Vec<_>>()
        };
        let rows: Vec<Vec<(usize, usize)>> = pairs.par_iter().enumerate().map(of_row).collect();
        rows.into_iter().flatten().collect()
    }

    fn explains(&self, anchor: u32, pair: &Pair) -> bool {
        let other = pair.follower.item;
        let common = self.common(anchor, other);
        if common.is_empty() {
            return false;
        }
        let n_buyers = f64::from(self.rows.timeline.n_buyers_of(anchor)).max(1.0);
        let mut n_with = 0.0;
        let mut expected = 0.0;
        for (cause, share) in common {
            let n_both = f64::from(self.n_buyers_with(anchor, cause));
            n_with += n_both;
            expected += n_both * share;
        }
        let without = (1.0 - n_with / n_buyers).max(0.0);
        expected += without * pair.follower.expected();
        let count = pair.follower.count();
        let params = self.rows.params.params();
        let basis = pair.follower.basis[pair.follower.window as usize];
        let doubt = self.rows.overdispersion + 1.0 / basis;
        // What is expected of both may be more than there are.
        let n_buyers_of_other = f64::from(pair.follower.n_buyers).max(expected + 1.0);
        let z = z_of(count, expected, n_buyers_of_other, doubt);
        z < CAUSE_Z || count < params.min_lift * expected
    }

    /// What leads to both, with the share of its buyers that the other item follows.
    fn common(&self, anchor: u32, other: u32) -> Vec<(u32, f64)> {
        let of_anchor = &self.causes[anchor as usize];
        let is_common =
            |cause: &&(u32, f64)| of_anchor.binary_search_by_key(&cause.0, |cause| cause.0).is_ok();
        self.causes[other as usize].iter().filter(is_common).copied().collect()
    }

    /// How many buyers of an item have the other one too. O(n of the first · log n of the other).
    fn n_buyers_with(&self, item: u32, other: u32) -> u32 {
        let timeline = &self.rows.timeline;
        let others = timeline.all.lists_of(other);
        let has_other = |&&basket: &&u32| {
            let customer = timeline.baskets.customer(basket as usize);
            let own = if customer.is_guest() {
                basket..basket + 1
            } else {
                let own = timeline.baskets.of_customer(customer);
                own.start as u32..own.end as u32
            };
            let at = others.partition_point(|&basket| basket < own.start);
            others.get(at).is_some_and(|&basket| basket < own.end)
        };
        timeline.first.lists_of(item).iter().filter(has_other).count() as u32
    }
}
