//! Fits RP3beta in one pass that sums every pair of items once.
//!
//! The walk's weight splits into a part that depends on the pair, `S_ij = Σ_u (1/d_u)^alpha`, and factors of
//! its two ends. `S` is symmetric, so only `i > j` is summed, and what comes of it is offered to the row of
//! both: half the additions, and as items are numbered by popularity, half of a row is the half that lies
//! close together in memory.
//!
//! A row with few pairs is summed whole instead, from both sides: it keeps all of them or cuts them by itself, and
//! no other thread has anything to bring to it. Of a long tail all rows are such.
//!
//! A pair seen once is also a pair whose people are counted once: below the floor, what they say of it is dropped,
//! and what its items have in common is left.
//!
//! Cost: `Σ_u d_u² / 2` additions, at most twice as many where all rows are short, whatever the size of the catalogue.
//! Memory: an accumulator of 16 bytes an item a thread, and at most `2k` candidates of 8 bytes an item, once.

use std::ops::Range;
use std::sync::Mutex;

use erbij_core::{ItemIdx, Progress, RowOffsets, Score, TopK};
use rayon::prelude::*;

use crate::neighbours::{NeighbourOrder, Neighbours};
use crate::rp3beta::CheckedRp3betaParams;
use crate::share_out::share_out;
use crate::weighted_incidence::WeightedIncidence;

/// Sums looked at together: enough for the compiler to compare several at once.
const LANES: usize = 8;

const NO_POISON: &str = "nothing can panic while the lock is held";

/// One thread's scratch: the row being summed.
struct Scratch {
    sums: Vec<f64>,
    /// How many people hold both; empty where one is enough.
    n_people: Vec<u32>,
    /// Per row the score that a candidate must reach, as this thread knows it, above zero: nothing comes of a sum of
    /// zero. Other threads may have raised it since; the row itself knows.
    /// Infinite of short rows, to which nothing is offered.
    bars: Vec<f32>,
    /// The best of a short row.
    best: TopK<ItemIdx>,
}

/// A row that is done: items with their weights, by item.
type Row = Vec<(u32, f32)>;

/// What all rows share.
struct Walks<'a> {
    data: &'a WeightedIncidence,
    /// Per customer, `(1/d_u)^alpha`; per attribute, that times its weight.
    from_list: Vec<f64>,
    /// Per item, `1/d_i^beta`.
    to_item: Vec<f64>,
    min_people: &'a [u32],
    /// Per row, whether it takes so few additions that it is summed whole.
    is_short: Vec<bool>,
    /// Per long row the best so far. What is kept in the end is the best of all, in whatever order they came.
    best: Vec<Mutex<TopK<ItemIdx>>>,
}

/// Fits the model to lists: customers' histories, and of what items have in common where asked. A list of
/// weight `w` counts as `w` customers would, in walks and in degrees.
///
/// People say something of a pair where at least so many of them hold both, by the larger of the two items'
/// `min_people`; what fewer say is not heard. With 1 everywhere all of it is.
///
/// # Panics
///
/// If there is not one `min_people` an item.
pub fn fit_rp3beta(
    params: &CheckedRp3betaParams,
    data: &WeightedIncidence,
    min_people: &[u32],
    progress: &dyn Progress,
) -> Neighbours {
    let lists = data.incidence();
    let n_items = lists.n_items();
    assert_eq!(min_people.len(), n_items, "one number of people an item");
    let list_weight = |list: u32| f64::from(data.list_weights()[list as usize]);
    let from_list =
        |list: u32| list_weight(list) * (lists.items_of(list).len().max(1) as f64).powf(-params.alpha());
    // An item of no list is walked to from nowhere; any degree will do.
    let degree = |item: u32| -> f64 {
        let degree: f64 = lists.lists_of(item).iter().map(|&list| list_weight(list)).sum();
        if 0.0 < degree { degree } else { 1.0 }
    };
    let n_others = |list: &u32| lists.items_of(*list).len() - 1;
    let n_additions = |item: u32| lists.lists_of(item).iter().map(n_others).sum::<usize>();
    let is_short = |item: u32| n_additions(item) <= 2 * params.neighbours();
    let new_best = || Mutex::new(TopK::new(params.neighbours()));
    let walks = Walks {
        data,
        from_list: (0..lists.n_lists() as u32).map(from_list).collect(),
        to_item: (0..n_items as u32).map(|item| degree(item).powf(-params.beta())).collect(),
        min_people,
        is_short: (0..n_items as u32).map(is_short).collect(),
        best: std::iter::repeat_with(new_best).take(n_items).collect(),
    };
    let has_floor = min_people.iter().any(|&n| 1 < n);
    let first_bar = |&is_short: &bool| if is_short { f32::INFINITY } else { f32::MIN_POSITIVE };
    let new_scratch = || Scratch {
        sums: vec![0.0; n_items],
        n_people: vec![0; if has_floor { n_items } else { 0 }],
        bars: walks.is_short.iter().map(first_bar).collect(),
        best: TopK::new(params.neighbours()),
    };
    progress.begin("fitting rp3beta", Some(n_items as u64), "items");
    let on_block = |scratch: &mut Scratch, items: Range<usize>| {
        let mut short = Vec::new();
        for item in items {
            if walks.is_short[item] {
                short.push(walks.short_row(item, scratch));
            } else {
                walks.sum_long_row(item, scratch);
            }
        }
        short
    };
    let (short, _) = share_out(n_items, new_scratch, on_block, progress);
    assemble(short, walks)
}

impl Walks<'_> {
    /// Sums `S` of an item with every item before it, and offers each pair to both rows.
    fn sum_long_row(&self, item: usize, scratch: &mut Scratch) {
        let (n_additions, lists) = self.sum_above_floor(item, item, scratch);
        if is_full(item, n_additions) {
            self.offer_all(item, scratch);
        } else {
            self.offer_touched(item, lists, scratch);
        }
    }

    /// Sums `S` of an item with every other, and keeps the best. What of it belongs to a long row before it is offered
    /// there; a long row after it will see the pair itself.
    fn short_row(&self, item: usize, scratch: &mut Scratch) -> Row {
        let n_items = self.is_short.len();
        let (_, lists) = self.sum_above_floor(item, n_items, scratch);
        scratch.sums[item] = 0.0;
        for other in lists.iter().flat_map(|&list| self.before(n_items, list)) {
            let sum = scratch.sums[other];
            let score = (sum * self.to_item[other]) as f32;
            if f32::MIN_POSITIVE <= score {
                scratch.best.push(finite(score), ItemIdx::new(other as u32));
            }
            if other < item {
                self.offer_to(other, item, sum, scratch);
            }
            scratch.sums[other] = 0.0;
        }
        scaled_row(&mut scratch.best)
    }

    /// Sums `S` of an item with those before `until`, of a pair below the floor what its items have in common alone; how
    /// many additions that took, and over which lists.
    fn sum_above_floor(&self, item: usize, until: usize, scratch: &mut Scratch) -> (usize, &[u32]) {
        let lists = self.data.incidence().lists_of(item as u32);
        let n_people = lists.partition_point(|&list| (list as usize) < self.data.n_people());
        let (mut people, attributes) = lists.split_at(n_people);
        let mut added = lists;
        if people.len() < self.min_people[item] as usize {
            // Too few hold it for any pair of it to be heard.
            (people, added) = (&[], attributes);
        }
        let mut n_additions;
        if scratch.n_people.is_empty() {
            n_additions =
                self.add_lists(until, people, scratch, |sums, _, other, weight| sums[other] += weight);
        } else {
            n_additions = self.add_lists(until, people, scratch, |sums, n_people, other, weight| {
                sums[other] += weight;
                n_people[other] += 1;
            });
            self.drop_below_floor(item, until, people, is_full(until, n_additions), scratch);
        }
        n_additions +=
            self.add_lists(until, attributes, scratch, |sums, _, other, weight| sums[other] += weight);
        (n_additions, added)
    }

    /// Adds the lists given to the sums of the items before `until`; how many additions that took.
    #[inline]
    fn add_lists(
        &self,
        until: usize,
        lists: &[u32],
        scratch: &mut Scratch,
        add: impl Fn(&mut [f64], &mut [u32], usize, f64),
    ) -> usize {
        let Scratch { sums, n_people, .. } = scratch;
        let n_counted = n_people.len().min(until);
        let (sums, n_people) = (&mut sums[..until], &mut n_people[..n_counted]);
        let mut n_additions = 0;
        self.data.incidence().for_each_list(lists, |list, items| {
            let weight = self.from_list[list as usize];
            for &other in items {
                if until <= other as usize {
                    break;
                }
                add(sums, n_people, other as usize, weight);
                n_additions += 1;
            }
        });
        n_additions
    }

    /// Drops what too few people say of a pair, and their number.
    fn drop_below_floor(
        &self,
        item: usize,
        until: usize,
        people: &[u32],
        is_full: bool,
        scratch: &mut Scratch,
    ) {
        let least = self.min_people[item];
        let (sums, n_people) = (&mut scratch.sums[..until], &mut scratch.n_people[..until]);
        let judged = |sum: f64, n_people: u32, least_of_other: u32| {
            if n_people < least.max(least_of_other) { 0.0 } else { sum }
        };
        if is_full {
            for ((sum, &n_people), &least) in sums.iter_mut().zip(&*n_people).zip(self.min_people) {
                *sum = judged(*sum, n_people, least);
            }
            n_people.fill(0);
            return;
        }
        let others = || people.iter().flat_map(|&list| self.before(until, list));
        for other in others() {
            sums[other] = judged(sums[other], n_people[other], self.min_people[other]);
        }
        others().for_each(|other| n_people[other] = 0);
    }

    /// The items of a list before one.
    fn before(&self, until: usize, list: u32) -> impl Iterator<Item = usize> {
        let items = self.data.incidence().items_of(list).iter();
        items.map(|&other| other as usize).take_while(move |&other| other < until)
    }

    /// Offers every pair of a full row: looks at all sums in order, several at a time, since hardly any of
    /// them reaches a bar.
    fn offer_all(&self, item: usize, scratch: &mut Scratch) {
        let to_item = self.to_item[item];
        let whole = item - item % LANES;
        for start in (0..whole).step_by(LANES) {
            let lanes = start..start + LANES;
            let own_bar = scratch.bars[item];
            let sums = &scratch.sums[lanes.clone()];
            let pairs = sums.iter().zip(&self.to_item[lanes.clone()]).zip(&scratch.bars[lanes]);
            let reaches = |((&sum, &to_other), &bar): ((&f64, &f64), &f32)| {
                (own_bar <= (sum * to_other) as f32) | (bar <= (sum * to_item) as f32)
            };
            let mut reached = 0_u32;
            for (lane, pair) in pairs.enumerate() {
                reached |= u32::from(reaches(pair)) << lane;
            }
            while reached != 0 {
                self.offer(item, start + reached.trailing_zeros() as usize, scratch);
                reached &= reached - 1;
            }
        }
        for other in whole..item {
            self.offer(item, other, scratch);
        }
        scratch.sums[..item].fill(0.0);
    }

    /// Offers the pairs of a nearly empty row: walks once more, clearing each sum as it is met.
    fn offer_touched(&self, item: usize, lists: &[u32], scratch: &mut Scratch) {
        for &list in lists {
            for other in self.before(item, list) {
                self.offer(item, other, scratch);
                scratch.sums[other] = 0.0;
            }
        }
    }

    /// Offers a pair to the rows of both its items.
    #[inline]
    fn offer(&self, item: usize, other: usize, scratch: &mut Scratch) {
        let sum = scratch.sums[other];
        self.offer_to(item, other, sum, scratch);
        self.offer_to(other, item, sum, scratch);
    }

    /// Offers the other end of a pair to a row.
    #[inline]
    fn offer_to(&self, row: usize, end: usize, sum: f64, scratch: &mut Scratch) {
        let score = (sum * self.to_item[end]) as f32;
        let bar = &mut scratch.bars[row];
        if *bar <= score {
            let mut best = self.best[row].lock().expect(NO_POISON);
            best.push(finite(score), ItemIdx::new(end as u32));
            *bar = best.threshold().max(f32::MIN_POSITIVE);
        }
    }
}

fn finite(score: f32) -> Score {
    Score::new(score).expect("a finite sum of finite steps")
}

/// Whether so much was added to a row that it is cheaper to look at all of it than at what was added.
fn is_full(item: usize, n_additions: usize) -> bool {
    item < 4 * n_additions
}

/// Joins the rows: those that are done, which come in order, and what was offered to the others.
fn assemble(short: Vec<Vec<Row>>, walks: Walks<'_>) -> Neighbours {
    let Walks { is_short, best, .. } = walks;
    let n_items = best.len();
    let long = best.into_par_iter().zip(&is_short).map(|(best, is_short)| {
        if *is_short { Row::new() } else { scaled_row(&mut best.into_inner().expect(NO_POISON)) }
    });
    let mut rows: Vec<Row> = long.collect();
    let of_short = rows.iter_mut().zip(&is_short).filter(|&(_, &is_short)| is_short);
    for ((row, _), short) in of_short.zip(short.into_iter().flatten()) {
        *row = short;
    }
    let offsets = RowOffsets::from_lens(rows.iter().map(Vec::len));
    let items: Vec<u32> = rows.iter().flatten().map(|&(item, _)| item).collect();
    let weights: Vec<f32> = rows.iter().flatten().map(|&(_, weight)| weight).collect();
    Neighbours::new(offsets, items.into(), weights.into(), n_items, NeighbourOrder::ByItem)
        .expect("rows were cut, scaled and sorted just above")
}

/// Scales the best of a row to sum to one, by item.
fn scaled_row(best: &mut TopK<ItemIdx>) -> Row {
    let mut row: Row = best.drain_sorted().map(|(score, item)| (item.get(), score.get())).collect();
    // Summed from the largest down, the same on any number of threads.
    let total: f64 = row.iter().map(|&(_, weight)| f64::from(weight)).sum();
    row.sort_unstable_by_key(|&(item, _)| item);
    for (_, weight) in &mut row {
        *weight = (f64::from(*weight) / total) as f32;
    }
    row
}
