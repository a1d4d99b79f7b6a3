//! How well strengths foretell the baskets to come: what rates and half-lives are learned from.
//!
//! An item has a strength before every later basket of a customer, so one account of `n` baskets and `d` items has
//! `n · d` of them. None is looked at by itself: between two purchases of an item its strength only fades, so the
//! squares there are a share of one running sum over the customer's baskets. O(lines · log baskets), whatever the
//! shape of the histories.

use std::ops::Range;

use erbij_core::{CustomerIdx, ItemIdx, Timestamp};
use rayon::prelude::*;

use crate::repeat::later::{FORGOTTEN, LaterBaskets};
use crate::repeat::model::faded_after;

/// How well strengths foretell: sums over items and the later baskets of whoever bought them.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Foretold {
    /// Of the strengths in baskets that hold the item again.
    pub(crate) repeated: f64,
    /// Of squared strengths.
    pub(crate) squares: f64,
    /// Baskets that hold it again.
    pub(crate) n_repeats: u64,
}

impl Foretold {
    /// The sums of both.
    pub(crate) fn plus(self, other: Self) -> Self {
        Self {
            repeated: self.repeated + other.repeated,
            squares: self.squares + other.squares,
            n_repeats: self.n_repeats + other.n_repeats,
        }
    }

    /// By how much the squared error of foretelling falls: `(Σ y·s)² / Σ s²`, with y = 1 where the basket
    /// holds the item again, for the best line through zero.
    pub(crate) fn explained(self) -> f64 {
        if 0.0 < self.squares { self.repeated * self.repeated / self.squares } else { 0.0 }
    }
}

/// So few baskets between two purchases are sooner added up one by one: they lie side by side, and are soon forgotten.
const FEW_BASKETS: usize = 24;

/// What purchases foretell, by each of some half-lives.
pub(crate) struct Foretelling<'a> {
    later: &'a LaterBaskets<'a>,
    half_lives_days: &'a [f64],
    /// A basket each, and in it a half-life each: Σ `2^(−2 · days / half-life)` over it and all that the customer is
    /// known to have ordered after it, the days counted from it; 0 of guests, of what is not known, and of customers
    /// with few baskets.
    tails: Vec<f64>,
}

impl<'a> Foretelling<'a> {
    /// O(half-lives · baskets), and 8 bytes for each of both.
    pub(crate) fn new(later: &'a LaterBaskets<'a>, half_lives_days: &'a [f64]) -> Self {
        let (baskets, n) = (later.baskets, half_lives_days.len());
        let of_customer = |customer: u32| {
            let customer = CustomerIdx::new(customer);
            let (all, known) = (baskets.of_customer(customer), later.known(customer));
            let mut tails = vec![0.0; n * all.len()];
            if known.len() <= FEW_BASKETS {
                return tails;
            }
            let (mut tail, mut after) = (vec![0.0; n], Timestamp::default());
            for basket in known.rev() {
                let now = baskets.ordered_at(basket);
                for (tail, &half_life) in tail.iter_mut().zip(half_lives_days) {
                    *tail = 1.0 + faded_after(now, after, half_life).powi(2) * *tail;
                }
                after = now;
                tails[n * (basket - all.start)..][..n].copy_from_slice(&tail);
            }
            tails
        };
        let customers = (0..baskets.n_customers() as u32).into_par_iter().with_min_len(64);
        let tails = customers.flat_map_iter(of_customer).collect();
        Self { later, half_lives_days, tails }
    }

    /// The half-lives.
    pub(crate) fn half_lives_days(&self) -> &[f64] {
        self.half_lives_days
    }

    /// Customers and their purchases.
    pub(crate) fn later(&self) -> &LaterBaskets<'a> {
        self.later
    }

    /// The sums of one item, a half-life of the range each, over the customers wanted. O(half-lives · its lines · log
    /// of a customer's baskets).
    pub(crate) fn of_item(
        &self,
        item: ItemIdx,
        half_lives: Range<usize>,
        is_wanted: impl Fn(CustomerIdx) -> bool,
    ) -> Vec<Foretold> {
        let mut sums = vec![Foretold::default(); half_lives.len()];
        for (customer, with_item) in self.later.by_customer(item) {
            if is_wanted(customer) {
                let end = self.later.known(customer).end;
                // All half-lives of a customer at once, while his baskets are near.
                for (sums, half_life) in sums.iter_mut().zip(half_lives.clone()) {
                    self.add_customer(item, half_life, with_item, end, sums);
                }
            }
        }
        sums
    }

    /// Adds one customer, whose baskets with the item are given.
    fn add_customer(
        &self,
        item: ItemIdx,
        half_life: usize,
        with_item: &[u32],
        end: usize,
        sums: &mut Foretold,
    ) {
        let (mut strength, mut at) = (0.0, Timestamp::default());
        for (n, &with) in with_item.iter().enumerate().take_while(|&(_, &with)| (with as usize) < end) {
            let with = with as usize;
            if 0 < n {
                strength *= self.faded(half_life, at, with);
            }
            if FORGOTTEN <= strength {
                sums.repeated += strength;
                sums.squares += strength * strength;
                sums.n_repeats += 1;
            }
            strength += self.later.bought(with, item);
            at = self.later.baskets.ordered_at(with);
            let next = with_item.get(n + 1).map_or(end, |&next| end.min(next as usize));
            let share = self.squares_between(half_life, strength, at, with + 1..next, end);
            sums.squares += strength * strength * share;
        }
    }

    /// What is left at a basket of one bought before.
    fn faded(&self, half_life: usize, at: Timestamp, basket: usize) -> f64 {
        faded_after(at, self.later.baskets.ordered_at(basket), self.half_lives_days[half_life])
    }

    /// The squares of what is left of one at some baskets, as long as a strength that was so much at the instant is not
    /// forgotten; `end` is where the customer's known baskets end.
    fn squares_between(
        &self,
        half_life: usize,
        strength: f64,
        at: Timestamp,
        between: Range<usize>,
        end: usize,
    ) -> f64 {
        let is_known = |&left: &f64| FORGOTTEN <= strength * left;
        if between.len() <= FEW_BASKETS {
            let left = between.map(|basket| self.faded(half_life, at, basket));
            return left.take_while(is_known).map(|left| left * left).sum();
        }
        let from = between.start;
        let until = partition_point(between, |basket| is_known(&self.faded(half_life, at, basket)));
        if until == from {
            return 0.0;
        }
        let n = self.half_lives_days.len();
        let on =
            |basket: usize| self.faded(half_life, at, basket).powi(2) * self.tails[n * basket + half_life];
        // Both tails are exact to a part in 10¹⁵ of what lies after them; what is left is never below zero but
        // for that.
        let after = if until < end { on(until) } else { 0.0 };
        (on(from) - after).max(0.0)
    }
}

/// The first of a range of which a predicate does not hold, where it holds of all before and of none after.
fn partition_point(range: Range<usize>, holds: impl Fn(usize) -> bool) -> usize {
    let (mut low, mut high) = (range.start, range.end);
    while low < high {
        let middle = low.midpoint(high);
        if holds(middle) { low = middle + 1 } else { high = middle }
    }
    low
}
