//! Sums a value over every pair of items that share lists, each pair once, and keeps the strongest others of each item.
//!
//! A sum is symmetric, `S_ij = Σ_u w_u` over the lists that hold both, so only `i > j` is summed, and what comes of it is
//! offered to the row of both, scaled by the item it leads to: half the additions, and as items are numbered by
//! popularity, half of a row is the half that lies close together in memory.
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

use erbij_core::{ItemIdx, Progress, Score, TopK, share_out};
use rayon::prelude::*;

use crate::weighted_incidence::WeightedIncidence;

/// Sums looked at together: enough for the compiler to compare several at once.
const LANES: usize = 8;

const NO_POISON: &str = "nothing can panic while the lock is held";

/// What is summed, and what is kept of it.
pub(crate) struct PairSums<'a> {
    /// The lists.
    pub(crate) data: &'a WeightedIncidence,
    /// Per list, what it adds to every pair of its items; not negative.
    pub(crate) from_list: Vec<f64>,
    /// Per item, what a sum is scaled by on the way to it; not negative.
    pub(crate) to_item: Vec<f64>,
    /// Per item, how many people must hold it and another for what people say of the two to be heard, by the larger of both
    /// numbers; with 1 everywhere all of it is. What attributes say always is.
    pub(crate) min_people: &'a [u32],
    /// So many others of an item are kept.
    pub(crate) k: usize,
}

/// Others of an item and their scaled sums, the strongest first, equal ones by the smaller number.
pub(crate) type Strongest = Vec<(u32, f32)>;

impl PairSums<'_> {
    /// The strongest others of each item, of sums above zero, and what was made of each row before the diagonal.
    ///
    /// Rows are summed in parallel; neither result depends on how many threads there are.
    ///
    /// # Panics
    ///
    /// If there is not one `min_people` an item.
    pub(crate) fn strongest<R: Send>(
        self,
        on_half_row: impl Fn(u32, HalfRowSums<'_>) -> R + Sync,
        progress: &dyn Progress,
    ) -> (Vec<Strongest>, Vec<R>) {
        let lists = self.data.incidence();
        let n_items = lists.n_items();
        assert_eq!(self.min_people.len(), n_items, "one number of people an item");
        let n_others = |list: &u32| lists.items_of(*list).len() - 1;
        let n_additions = |item: u32| lists.lists_of(item).iter().map(n_others).sum::<usize>();
        let is_short = |item: u32| n_additions(item) <= 2 * self.k;
        let new_best = || Mutex::new(TopK::new(self.k));
        let pass = Pass {
            is_short: (0..n_items as u32).map(is_short).collect(),
            best: std::iter::repeat_with(new_best).take(n_items).collect(),
            sums: self,
        };
        let has_floor = pass.sums.min_people.iter().any(|&n| 1 < n);
        let first_bar = |&is_short: &bool| if is_short { f32::INFINITY } else { f32::MIN_POSITIVE };
        let new_scratch = || Scratch {
            sums: vec![0.0; n_items],
            n_people: vec![0; if has_floor { n_items } else { 0 }],
            bars: pass.is_short.iter().map(first_bar).collect(),
            best: TopK::new(pass.sums.k),
        };
        let on_block = |scratch: &mut Scratch, items: Range<usize>| {
            let (mut short, mut half_rows) = (Vec::new(), Vec::with_capacity(items.len()));
            for item in items {
                let on_half_row = |sums: HalfRowSums<'_>| half_rows.push(on_half_row(item as u32, sums));
                if pass.is_short[item] {
                    short.push(pass.short_row(item, scratch, on_half_row));
                } else {
                    pass.sum_long_row(item, scratch, on_half_row);
                }
            }
            (short, half_rows)
        };
        let (blocks, _) = share_out(n_items, new_scratch, on_block, progress);
        let (short, half_rows): (Vec<_>, Vec<_>) = blocks.into_iter().unzip();
        (pass.join(short), half_rows.into_iter().flatten().collect())
    }
}

/// The sums of an item with the items before it.
pub(crate) struct HalfRowSums<'a> {
    sums: &'a [f64],
    /// Lists whose items were added to; all sums are looked at where there are none.
    touched: Option<(&'a WeightedIncidence, &'a [u32])>,
}

impl HalfRowSums<'_> {
    /// The others whose sum is above zero, rising, with their sums.
    pub(crate) fn columns(&self) -> (Vec<u32>, Vec<f32>) {
        let others: Vec<u32> = match self.touched {
            None => (0..self.sums.len() as u32).filter(|&other| 0.0 < self.sums[other as usize]).collect(),
            Some((data, lists)) => {
                let items = lists.iter().flat_map(|&list| before(data, self.sums.len(), list));
                let mut others: Vec<u32> =
                    items.filter(|&other| 0.0 < self.sums[other]).map(|other| other as u32).collect();
                others.sort_unstable();
                others.dedup();
                others
            }
        };
        let sums = others.iter().map(|&other| self.sums[other as usize] as f32).collect();
        (others, sums)
    }
}

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

/// What all rows share.
struct Pass<'a> {
    sums: PairSums<'a>,
    /// Per row, whether it takes so few additions that it is summed whole.
    is_short: Vec<bool>,
    /// Per long row the best so far. What is kept in the end is the best of all, in whatever order they came.
    best: Vec<Mutex<TopK<ItemIdx>>>,
}

impl<'a> Pass<'a> {
    /// Sums `S` of an item with every item before it, and offers each pair to both rows.
    fn sum_long_row(&self, item: usize, scratch: &mut Scratch, on_half_row: impl FnOnce(HalfRowSums<'_>)) {
        let (n_additions, lists) = self.sum_above_floor(item, item, scratch);
        on_half_row(self.half_row(item, is_full(item, n_additions), lists, scratch));
        if is_full(item, n_additions) {
            self.offer_all(item, scratch);
        } else {
            self.offer_touched(item, lists, scratch);
        }
    }

    /// Sums `S` of an item with every other, and keeps the best. What of it belongs to a long row before it is offered
    /// there; a long row after it will see the pair itself.
    fn short_row(
        &self,
        item: usize,
        scratch: &mut Scratch,
        on_half_row: impl FnOnce(HalfRowSums<'_>),
    ) -> Strongest {
        let n_items = self.is_short.len();
        let (_, lists) = self.sum_above_floor(item, n_items, scratch);
        scratch.sums[item] = 0.0;
        on_half_row(self.half_row(item, false, lists, scratch));
        for other in lists.iter().flat_map(|&list| before(self.sums.data, n_items, list)) {
            let sum = scratch.sums[other];
            let score = (sum * self.sums.to_item[other]) as f32;
            if f32::MIN_POSITIVE <= score {
                scratch.best.push(finite(score), ItemIdx::new(other as u32));
            }
            if other < item {
                self.offer_to(other, item, sum, scratch);
            }
            scratch.sums[other] = 0.0;
        }
        strongest_first(&mut scratch.best)
    }

    fn half_row<'s>(
        &'s self,
        item: usize,
        is_full: bool,
        lists: &'s [u32],
        scratch: &'s Scratch,
    ) -> HalfRowSums<'s> {
        let touched = if is_full { None } else { Some((self.sums.data, lists)) };
        HalfRowSums { sums: &scratch.sums[..item], touched }
    }

    /// Sums `S` of an item with those before `until`, of a pair below the floor what its items have in common alone; how
    /// many additions that took, and over which lists.
    fn sum_above_floor(&self, item: usize, until: usize, scratch: &mut Scratch) -> (usize, &'a [u32]) {
        let lists = self.sums.data.incidence().lists_of(item as u32);
        let n_people = lists.partition_point(|&list| (list as usize) < self.sums.data.n_people());
        let (mut people, attributes) = lists.split_at(n_people);
        let mut added = lists;
        if people.len() < self.sums.min_people[item] as usize {
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
        self.sums.data.incidence().for_each_list(lists, |list, items| {
            let weight = self.sums.from_list[list as usize];
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
        let least = self.sums.min_people[item];
        let (sums, n_people) = (&mut scratch.sums[..until], &mut scratch.n_people[..until]);
        let judged = |sum: f64, n_people: u32, least_of_other: u32| {
            if n_people < least.max(least_of_other) { 0.0 } else { sum }
        };
        if is_full {
            for ((sum, &n_people), &least) in sums.iter_mut().zip(&*n_people).zip(self.sums.min_people) {
                *sum = judged(*sum, n_people, least);
            }
            n_people.fill(0);
            return;
        }
        let others = || people.iter().flat_map(|&list| before(self.sums.data, until, list));
        for other in others() {
            sums[other] = judged(sums[other], n_people[other], self.sums.min_people[other]);
        }
        others().for_each(|other| n_people[other] = 0);
    }

    /// Offers every pair of a full row: looks at all sums in order, several at a time, since hardly any of
    /// them reaches a bar.
    fn offer_all(&self, item: usize, scratch: &mut Scratch) {
        let to_item = self.sums.to_item[item];
        let whole = item - item % LANES;
        for start in (0..whole).step_by(LANES) {
            let lanes = start..start + LANES;
            let own_bar = scratch.bars[item];
            let sums = &scratch.sums[lanes.clone()];
            let pairs = sums.iter().zip(&self.sums.to_item[lanes.clone()]).zip(&scratch.bars[lanes]);
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
            for other in before(self.sums.data, item, list) {
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
        let score = (sum * self.sums.to_item[end]) as f32;
        let bar = &mut scratch.bars[row];
        if *bar <= score {
            let mut best = self.best[row].lock().expect(NO_POISON);
            best.push(finite(score), ItemIdx::new(end as u32));
            *bar = best.threshold().max(f32::MIN_POSITIVE);
        }
    }

    /// Joins the rows: those that are done, which come in order, and what was offered to the others.
    fn join(self, short: Vec<Vec<Strongest>>) -> Vec<Strongest> {
        let Self { is_short, best, .. } = self;
        let long = best.into_par_iter().zip(&is_short).map(|(best, is_short)| {
            if *is_short {
                Strongest::new()
            } else {
                strongest_first(&mut best.into_inner().expect(NO_POISON))
            }
        });
        let mut rows: Vec<Strongest> = long.collect();
        let of_short = rows.iter_mut().zip(&is_short).filter(|&(_, &is_short)| is_short);
        for ((row, _), short) in of_short.zip(short.into_iter().flatten()) {
            *row = short;
        }
        rows
    }
}

/// The items of a list before one.
fn before(data: &WeightedIncidence, until: usize, list: u32) -> impl Iterator<Item = usize> {
    let items = data.incidence().items_of(list).iter();
    items.map(|&other| other as usize).take_while(move |&other| other < until)
}

fn strongest_first(best: &mut TopK<ItemIdx>) -> Strongest {
    best.drain_sorted().map(|(score, item)| (item.get(), score.get())).collect()
}

fn finite(score: f32) -> Score {
    Score::new(score).expect("a finite sum of finite steps")
}

/// Whether so much was added to a row that it is cheaper to look at all of it than at what was added.
fn is_full(item: usize, n_additions: usize) -> bool {
    item < 4 * n_additions
}
