//! Looks at all pairs of an item at once, by reading its row a second time.
//!
//! Two lists of baskets a pair would be walked as often as there are pairs, and where customers have bought much of a
//! category nearly every item of it stands out beside every other. The row of an item holds the occurrences of all its
//! pairs; so it is read once, and those of what is asked for are put aside by item. A row has fewer entries than its item
//! has baskets times what a customer has of first purchases, and never more than there are lines: what that costs
//! does not depend on how many pairs there are.
//!
//! How often the reverse pair occurs is read off the other item's row in the same pass.

use std::ops::Range;

use erbij_core::{Progress, share_out};

use super::pair::{Pair, PairEvidence, find, look_at};
use super::rejection::Rejection;
use super::row::{Follower, Rows};
use super::sold::both_sold_days;
use super::timeline::{NO_SLOT, Occurrence, Timeline, Zone};
use super::verdict::Judge;
use super::work::Work;

/// Reads rows; one thread's scratch. 4 bytes an item, and 16 an occurrence that is asked for.
pub(super) struct Reader {
    /// An item each.
    slots: Vec<u32>,
    found: Vec<Occurrence>,
    /// A slot each: where its occurrences end.
    ends: Vec<usize>,
    /// What is only counted: on another day, an item each.
    n_later: Vec<u32>,
}

/// An item whose occurrences are asked for, and how many there are.
pub(super) type Wanted = (u32, u32);

impl Reader {
    pub(super) fn new(n_items: usize) -> Self {
        Self { slots: vec![NO_SLOT; n_items], found: Vec::new(), ends: Vec::new(), n_later: Vec::new() }
    }

    /// Reads the row of an item for some that follow it, and counts on which day others do. No item is in both.
    pub(super) fn read(&mut self, timeline: &Timeline<'_>, anchor: u32, wanted: &[Wanted], counted: &[u32]) {
        let Self { slots, found, ends, n_later } = self;
        let n_wanted = wanted.len();
        let items = || wanted.iter().map(|wanted| wanted.0).chain(counted.iter().copied());
        for (slot, item) in items().enumerate() {
            slots[item as usize] = slot as u32;
        }
        ends.clear();
        let mut n_found = 0;
        for &(_, count) in wanted {
            // Where a slot begins, until it has been filled.
            ends.push(n_found);
            n_found += count as usize;
        }
        found.clear();
        found.resize(n_found, Occurrence { from: 0, basket: 0, zone: Zone::Same, lag_days: 0 });
        n_later.clear();
        n_later.resize(counted.len(), 0);
        timeline.for_each_occurrence(anchor, slots, |slot, occurrence| {
            let slot = slot as usize;
            if slot < n_wanted {
                found[ends[slot]] = occurrence;
                ends[slot] += 1;
            } else {
                n_later[slot - n_wanted] += u32::from(0 < occurrence.lag_days);
            }
        });
        for item in items() {
            slots[item as usize] = NO_SLOT;
        }
    }

    /// The occurrences of the wanted item of a slot, baskets rising.
    pub(super) fn occurrences(&self, slot: usize) -> &[Occurrence] {
        let start = slot.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.found[start..self.ends[slot]]
    }

    /// How often each item that was counted followed on another day.
    pub(super) fn n_later(&self) -> &[u32] {
        &self.n_later
    }
}

/// Takes every candidate that its counts speak for, and looks at it.
pub(super) fn look_at_all(
    rows: &Rows<'_>,
    judge: &Judge<'_>,
    candidates: &mut [Vec<Follower>],
    sold: &[(i32, i32)],
    pairs: &mut [Vec<Pair>],
    progress: &dyn Progress,
) -> Work {
    progress.begin("looking at pairs", Some(rows.n_items() as u64), "items");
    let fresh = take_over(judge, candidates, pairs);
    let counted = reverse_only(&fresh, pairs);
    let promotion_days = rows.params.params().promotion_days;
    let seen = &*pairs;
    let on_block = |reader: &mut Reader, anchors: Range<usize>| {
        let mut block = Vec::new();
        let mut wanted: Vec<Wanted> = Vec::new();
        for anchor in anchors {
            wanted.clear();
            let count = |&item: &u32| find(&seen[anchor], item).map_or(0, |pair| pair.follower.counts[2]);
            wanted.extend(fresh[anchor].iter().map(|item| (*item, count(item))));
            if wanted.is_empty() && counted[anchor].is_empty() {
                block.push(Look::default());
                continue;
            }
            reader.read(&rows.timeline, anchor as u32, &wanted, &counted[anchor]);
            let look = |(slot, &(item, _)): (usize, &Wanted)| {
                let both = both_sold_days(sold, anchor as u32, item);
                let found = reader.occurrences(slot);
                look_at(&rows.timeline, anchor as u32, item, found, both, promotion_days)
            };
            block.push(Look {
                evidence: wanted.iter().enumerate().map(look).collect(),
                n_later: reader.n_later().to_vec(),
                n_read: rows.timeline.row_len(anchor as u32),
            });
        }
        block
    };
    let (blocks, _) = share_out(rows.n_items(), || Reader::new(rows.n_items()), on_block, progress);
    let looks: Vec<Look> = blocks.into_iter().flatten().collect();
    put_down(&fresh, &counted, &looks, pairs);
    Work { n_read: looks.iter().map(|look| look.n_read).sum(), ..Work::default() }
}

/// What reading one row gave.
#[derive(Default)]
struct Look {
    /// A fresh pair each.
    evidence: Vec<PairEvidence>,
    /// An item each that was only counted.
    n_later: Vec<u32>,
    n_read: u64,
}

/// Makes pairs of the candidates that are worth a look. Returns which items these are, row by row, rising.
fn take_over(judge: &Judge<'_>, candidates: &mut [Vec<Follower>], pairs: &mut [Vec<Pair>]) -> Vec<Vec<u32>> {
    let mut fresh = Vec::with_capacity(pairs.len());
    for (row, pairs) in candidates.iter_mut().zip(pairs) {
        let mut items = Vec::new();
        row.retain(|follower| {
            let is_left = judge.of_counts(follower).is_err();
            if !is_left {
                items.push(follower.item);
                let verdict = Err(Rejection::NotSignificant);
                pairs.push(Pair { follower: *follower, evidence: PairEvidence::default(), verdict });
            }
            is_left
        });
        row.shrink_to_fit();
        if !items.is_empty() {
            pairs.sort_unstable_by_key(|pair| pair.follower.item);
            pairs.shrink_to_fit();
        }
        fresh.push(items);
    }
    fresh
}

/// An item each: the items, rising, that it is looked at after while they are not looked at after it.
fn reverse_only(fresh: &[Vec<u32>], pairs: &[Vec<Pair>]) -> Vec<Vec<u32>> {
    let mut counted = vec![Vec::new(); fresh.len()];
    for (anchor, items) in fresh.iter().enumerate() {
        for &item in items {
            if find(&pairs[item as usize], anchor as u32).is_none() {
                counted[item as usize].push(anchor as u32);
            }
        }
    }
    counted
}

/// Writes what was seen beside the pairs, and what the reverse pairs have.
fn put_down(fresh: &[Vec<u32>], counted: &[Vec<u32>], looks: &[Look], pairs: &mut [Vec<Pair>]) {
    let place = |row: &[Pair], item: u32| {
        row.binary_search_by_key(&item, |pair| pair.follower.item).expect("it was put there")
    };
    for ((items, look), row) in fresh.iter().zip(looks).zip(pairs.iter_mut()) {
        for (&item, &evidence) in items.iter().zip(&look.evidence) {
            let at = place(row, item);
            row[at].evidence = evidence;
        }
    }
    for (anchor, items) in fresh.iter().enumerate() {
        for &item in items {
            let n_reverse_later = match find(&pairs[item as usize], anchor as u32) {
                Some(reverse) => reverse.evidence.n_later,
                None => {
                    let counted = &counted[item as usize];
                    let at = counted.binary_search(&(anchor as u32)).expect("it was counted");
                    looks[item as usize].n_later[at]
                }
            };
            let at = place(&pairs[anchor], item);
            pairs[anchor][at].evidence.n_reverse_later = n_reverse_later;
        }
    }
}
