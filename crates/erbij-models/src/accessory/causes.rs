//! Pairs that only go together because both belong to a third item.
//!
//! Who buys a coffee machine buys a milk jug and a descaler; so milk jug and descaler go together, and yet neither
//! belongs to the other. Where an item `m` leads to both `x` and `y`, so many occurrences of `x → y` are to be
//! expected from `m` alone: of the buyers of `x` who have `m`, the share of `m`'s buyers that `y` follows. Only
//! what goes beyond that and beyond what buyers without `m` would do is left for the pair itself.

//! Cost: [`MAX_BUYERS`] of an item's buyers are gone through once for all that leads to it, O(first purchases of these),
//! and every cause's row once for each item it leads to, O(pairs · pairs of a row).

use std::ops::Range;

use erbij_core::{Silent, share_out};

use super::pair::Pair;
use super::row::{Rows, z_of};
use super::timeline::NO_SLOT;
use super::verdict::CAUSE_Z;
use super::work::{MAX_BUYERS, Work};

/// The pairs that have passed so far, both ways.
pub(super) struct CommonCauses<'a> {
    rows: &'a Rows<'a>,
    pairs: &'a [Vec<Pair>],
    /// An item each: the items that lead to it, rising.
    causes: Vec<Vec<u32>>,
}

/// A pair that is explained: anchor, and place in its row.
pub(super) type Explained = (usize, usize);

/// What the common causes of one pair say.
#[derive(Clone, Copy, Default)]
struct Common {
    /// Buyers of the anchor who have a cause, over all causes.
    n_with: f64,
    /// How many of them it leads to the other item.
    expected: f64,
}

/// One thread's scratch; clear between rows.
struct Scratch {
    /// An item each: its place in the anchor's row.
    followers: Vec<u32>,
    /// An item each: its place among the anchor's causes.
    causes: Vec<u32>,
    /// A place in the row each.
    common: Vec<Common>,
    /// A cause each: how many buyers of the anchor have it, of those who were asked.
    n_both: Vec<u32>,
    /// How many buyers each of those stands for.
    buyers_per_asked: f64,
    n_steps: u64,
    /// Of how many items not all buyers were asked.
    n_asked_in_part: u32,
}

impl<'a> CommonCauses<'a> {
    /// Turns the pairs around. O(pairs).
    pub(super) fn new(rows: &'a Rows<'a>, pairs: &'a [Vec<Pair>]) -> Self {
        let mut causes: Vec<Vec<u32>> = vec![Vec::new(); pairs.len()];
        for (anchor, row) in pairs.iter().enumerate() {
            for pair in row.iter().filter(|pair| pair.verdict.is_ok()) {
                causes[pair.follower.item as usize].push(anchor as u32);
            }
        }
        Self { rows, pairs, causes }
    }

    /// The pairs that are explained, in order, the steps that took, and of how many items not all buyers were asked.
    pub(super) fn explained(&self) -> (Vec<Explained>, Work, u32) {
        let on_block = |scratch: &mut Scratch, anchors: Range<usize>| {
            let mut block: Vec<Explained> = Vec::new();
            anchors.for_each(|anchor| self.explain_row(anchor, scratch, &mut block));
            (block, std::mem::take(&mut scratch.n_steps), std::mem::take(&mut scratch.n_asked_in_part))
        };
        let n_items = self.pairs.len();
        let new_scratch = || Scratch {
            followers: vec![NO_SLOT; n_items],
            causes: vec![NO_SLOT; n_items],
            common: Vec::new(),
            n_both: Vec::new(),
            buyers_per_asked: 1.0,
            n_steps: 0,
            n_asked_in_part: 0,
        };
        let (blocks, _) = share_out(n_items, new_scratch, on_block, &Silent);
        let n_causes = blocks.iter().map(|(_, n_steps, _)| n_steps).sum();
        let n_asked_in_part = blocks.iter().map(|(.., n_asked_in_part)| n_asked_in_part).sum();
        let explained = blocks.into_iter().flat_map(|(block, ..)| block).collect();
        (explained, Work { n_causes, ..Work::default() }, n_asked_in_part)
    }

    fn explain_row(&self, anchor: usize, scratch: &mut Scratch, explained: &mut Vec<Explained>) {
        let row = &self.pairs[anchor];
        let causes = &self.causes[anchor];
        if causes.is_empty() || row.iter().all(|pair| pair.verdict.is_err()) {
            return;
        }
        self.count_buyers_with(anchor as u32, causes, scratch);
        self.sum_up(row, causes, scratch);
        for (at, pair) in row.iter().enumerate() {
            let common = scratch.common[at];
            if pair.verdict.is_ok() && 0.0 < common.n_with && self.explains(anchor as u32, pair, common) {
                explained.push((anchor, at));
            }
        }
    }

    /// How many buyers of an item have each of its causes too, of so many as are asked: whatever a buyer bought is one
    /// run of first purchases.
    fn count_buyers_with(&self, item: u32, causes: &[u32], scratch: &mut Scratch) {
        let timeline = &self.rows.timeline;
        for (place, &cause) in causes.iter().enumerate() {
            scratch.causes[cause as usize] = place as u32;
        }
        scratch.n_both.clear();
        scratch.n_both.resize(causes.len(), 0);
        let buyers = timeline.first.lists_of(item);
        let step = buyers.len().div_ceil(MAX_BUYERS).max(1);
        scratch.n_asked_in_part += u32::from(1 < step);
        scratch.buyers_per_asked = buyers.len() as f64 / buyers.len().div_ceil(step).max(1) as f64;
        let Scratch { causes: places, n_both, n_steps, .. } = scratch;
        timeline.for_each_buyer(buyers.iter().copied().step_by(step), |bought| {
            *n_steps += bought.len() as u64;
            for &bought in bought {
                let place = places[bought as usize];
                if place != NO_SLOT {
                    n_both[place as usize] += 1;
                }
            }
        });
        causes.iter().for_each(|&cause| scratch.causes[cause as usize] = NO_SLOT);
    }

    /// Adds up what each cause, rising, leads to of the row.
    fn sum_up(&self, row: &[Pair], causes: &[u32], scratch: &mut Scratch) {
        for (at, pair) in row.iter().enumerate().filter(|(_, pair)| pair.verdict.is_ok()) {
            scratch.followers[pair.follower.item as usize] = at as u32;
        }
        scratch.common.clear();
        scratch.common.resize(row.len(), Common::default());
        for (&cause, &n_both) in causes.iter().zip(&scratch.n_both) {
            let n_both = f64::from(n_both) * scratch.buyers_per_asked;
            let of_cause = &self.pairs[cause as usize];
            scratch.n_steps += of_cause.len() as u64;
            let n_buyers = f64::from(self.rows.timeline.n_buyers_of(cause)).max(1.0);
            for pair in of_cause.iter().filter(|pair| pair.verdict.is_ok()) {
                let at = scratch.followers[pair.follower.item as usize];
                if at != NO_SLOT {
                    let common = &mut scratch.common[at as usize];
                    common.n_with += n_both;
                    common.expected += n_both * (pair.follower.count() / n_buyers);
                }
            }
        }
        for pair in row {
            scratch.followers[pair.follower.item as usize] = NO_SLOT;
        }
    }

    fn explains(&self, anchor: u32, pair: &Pair, common: Common) -> bool {
        let n_buyers = f64::from(self.rows.timeline.n_buyers_of(anchor)).max(1.0);
        let without = (1.0 - common.n_with / n_buyers).max(0.0);
        let expected = common.expected + without * pair.follower.expected();
        let count = pair.follower.count();
        let params = self.rows.params.params();
        let basis = f64::from(pair.follower.basis[pair.follower.window as usize]);
        let doubt = self.rows.overdispersion + 1.0 / basis;
        // What is expected of both may be more than there are.
        let n_buyers_of_other = f64::from(pair.follower.n_buyers).max(expected + 1.0);
        let z = z_of(count, expected, n_buyers_of_other, doubt);
        z < CAUSE_Z || count < params.min_lift * expected
    }
}
