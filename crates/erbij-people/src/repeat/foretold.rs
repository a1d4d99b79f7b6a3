//! How well strengths foretell the baskets to come: what rates and half-lives are learned from.
//!
//! An item has a strength before every later basket of a customer, so one account of `n` baskets and `d` items has
//! `n · d` of them. None is looked at by itself: between two purchases of an item its strength only fades, so the
//! squares there are a share of one running sum over the customer's baskets. O(lines · log baskets), whatever the
//! shape of the histories.
//!
//! Customers are gone through one after the other, each as they lie in memory, and what two baskets are apart is worked
//! out once for all items of the earlier one. Threads share out the items and not the customers: so the sums of an
//! item are added up by one thread, in the order of customers, and are the same on any number of threads.

use std::ops::Range;

use erbij_core::{Baskets, CustomerIdx, ItemIdx, Progress};
use rayon::prelude::*;

use crate::repeat::later::{FORGOTTEN, LaterBaskets};
use crate::repeat::model::{bought_strength, faded_after};

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
pub(crate) const FEW_BASKETS: usize = 24;
/// Customers after which progress is told.
const TOLD_CUSTOMERS: usize = 1 << 10;
/// No basket.
const NONE: u32 = u32::MAX;
/// A share that was not worked out yet: below all that are.
const UNKNOWN: f64 = -1.0;

/// By which half-lives the purchases of each item foretell.
#[derive(Clone, Copy, Debug)]
pub(crate) enum By<'a> {
    /// By each of them.
    All,
    /// An item each: by one, given by its place among them.
    Chosen(&'a [usize]),
}

impl By<'_> {
    fn of(self, item: usize, n_half_lives: usize) -> Range<usize> {
        match self {
            By::All => 0..n_half_lives,
            By::Chosen(chosen) => chosen[item]..chosen[item] + 1,
        }
    }
}

/// What purchases foretell, and what it took.
pub(crate) struct Foretelling {
    /// An item each, and in it a half-life each by which it foretells.
    pub(crate) sums: Vec<Foretold>,
    /// How many shares that are left of a purchase were worked out; for a test, since seconds depend on the machine.
    #[cfg_attr(not(test), expect(dead_code, reason = "steps are for tests"))]
    pub(crate) n_steps: u64,
}

/// The sums over the customers wanted; progress is told in customers. O(half-lives · lines · log of a customer's
/// baskets).
pub(crate) fn foretell(
    later: &LaterBaskets<'_>,
    half_lives_days: &[f64],
    by: By<'_>,
    is_wanted: impl Fn(CustomerIdx) -> bool + Sync,
    progress: &dyn Progress,
) -> Foretelling {
    let parts = parts_of_items(later.baskets, rayon::current_num_threads());
    let of_part = |(nth, items): (usize, &Range<usize>)| {
        let mut part = Part::new(later, half_lives_days, by, items.clone());
        for customer in 0..later.baskets.n_customers() {
            let customer = CustomerIdx::new(customer as u32);
            if is_wanted(customer) {
                part.add(customer);
            }
            // All parts are as large: one tells for all.
            if nth == 0 && customer.index() % TOLD_CUSTOMERS == TOLD_CUSTOMERS - 1 {
                progress.advance(TOLD_CUSTOMERS as u64);
            }
        }
        (part.sums, part.shares.n_steps)
    };
    let parts: Vec<(Vec<Foretold>, u64)> =
        parts.par_iter().enumerate().with_max_len(1).map(of_part).collect();
    let n_steps = parts.iter().map(|(_, n_steps)| n_steps).sum();
    Foretelling { sums: parts.into_iter().flat_map(|(sums, _)| sums).collect(), n_steps }
}

/// Ranges of items with about as many lines each.
fn parts_of_items(baskets: &Baskets, n_parts: usize) -> Vec<Range<usize>> {
    let mut n_lines = vec![0; baskets.n_items()];
    baskets.parts().items.iter().for_each(|item| n_lines[item.index()] += 1);
    let lines_per_part = baskets.n_lines().div_ceil(n_parts).max(1);
    let (mut parts, mut start, mut lines) = (Vec::new(), 0, 0);
    for (item, n) in n_lines.iter().enumerate() {
        lines += n;
        if lines_per_part <= lines {
            parts.push(start..item + 1);
            (start, lines) = (item + 1, 0);
        }
    }
    if start < n_lines.len() {
        parts.push(start..n_lines.len());
    }
    parts
}

/// The sums of some items, while customers are gone through.
struct Part<'a> {
    later: &'a LaterBaskets<'a>,
    by: By<'a>,
    items: Range<usize>,
    /// How many half-lives an item has.
    width: usize,
    /// An item of the part each, and in it a half-life each.
    sums: Vec<Foretold>,
    /// The same: what is left just before the customer's next purchase of the item.
    strengths: Vec<f64>,
    /// An item of the part each: the customer's first basket with it; none between customers.
    first: Vec<u32>,
    /// The customer's lines, the last first: the next basket with the same item.
    next: Vec<u32>,
    shares: Shares<'a>,
}

impl<'a> Part<'a> {
    fn new(later: &'a LaterBaskets<'a>, half_lives_days: &'a [f64], by: By<'a>, items: Range<usize>) -> Self {
        let width = by.of(items.start, half_lives_days.len()).len();
        Self {
            later,
            by,
            width,
            sums: vec![Foretold::default(); items.len() * width],
            strengths: vec![0.0; items.len() * width],
            first: vec![NONE; items.len()],
            next: Vec::new(),
            shares: Shares::new(later.baskets, half_lives_days),
            items,
        }
    }

    /// The lines of a basket that are of the part.
    fn lines_of(&self, basket: usize) -> (&'a [ItemIdx], &'a [f32]) {
        let items = self.later.baskets.items(basket);
        let place = |item: usize| items.partition_point(|other| other.index() < item);
        let range = place(self.items.start)..place(self.items.end);
        (&items[range.clone()], &self.later.baskets.quantities(basket)[range])
    }

    /// Adds what a customer bought.
    fn add(&mut self, customer: CustomerIdx) {
        let known = self.later.known(customer);
        self.next.clear();
        for basket in known.clone().rev() {
            for item in self.lines_of(basket).0.iter().rev() {
                let first = &mut self.first[item.index() - self.items.start];
                self.next.push(std::mem::replace(first, basket as u32));
            }
        }
        if self.next.is_empty() {
            return;
        }
        self.shares.begin_customer(known.clone());
        for basket in known {
            let (items, quantities) = self.lines_of(basket);
            self.shares.begin_basket(basket);
            for (&item, &quantity) in items.iter().zip(quantities) {
                let next = self.next.pop().expect("every line has its next one");
                self.add_line(item, quantity, basket, next);
            }
        }
    }

    /// Adds a purchase, and what is left of the item until the next.
    fn add_line(&mut self, item: ItemIdx, quantity: f32, basket: usize, next: u32) {
        let at = item.index() - self.items.start;
        let is_first = self.first[at] == basket as u32;
        if next == NONE {
            self.first[at] = NONE;
        }
        let bought = bought_strength(quantity);
        let half_lives = self.by.of(item.index(), self.shares.half_lives_days.len());
        for (nth, half_life) in half_lives.enumerate() {
            let sums = &mut self.sums[at * self.width + nth];
            let strength = &mut self.strengths[at * self.width + nth];
            if is_first {
                *strength = 0.0;
            }
            if FORGOTTEN <= *strength {
                sums.repeated += *strength;
                sums.squares += *strength * *strength;
                sums.n_repeats += 1;
            }
            *strength += bought;
            let until = if next == NONE { self.shares.baskets_of_customer.end } else { next as usize };
            let share = self.shares.squares_until(half_life, *strength, until);
            sums.squares += *strength * *strength * share;
            if next != NONE {
                *strength *= self.shares.left_at(half_life, next as usize);
            }
        }
    }
}

/// What is left at later baskets of a customer of what was bought in one.
struct Shares<'a> {
    baskets: &'a Baskets,
    half_lives_days: &'a [f64],
    baskets_of_customer: Range<usize>,
    basket: usize,
    /// A half-life each, and in it a basket of the customer each: what is left there; unknown until it is asked for.
    left: Vec<f64>,
    /// What of that is known.
    known: Vec<u32>,
    /// A basket of the customer each, and in it a half-life each: Σ `2^(−2 · days / half-life)` over it and all that are
    /// after it, the days counted from it; empty of a customer with few baskets.
    tails: Vec<f64>,
    n_steps: u64,
}

impl<'a> Shares<'a> {
    fn new(baskets: &'a Baskets, half_lives_days: &'a [f64]) -> Self {
        let (left, known, tails) = (Vec::new(), Vec::new(), Vec::new());
        Self {
            baskets,
            half_lives_days,
            baskets_of_customer: 0..0,
            basket: 0,
            left,
            known,
            tails,
            n_steps: 0,
        }
    }

    fn begin_customer(&mut self, baskets: Range<usize>) {
        self.forget();
        let n = self.half_lives_days.len();
        if self.left.len() < n * baskets.len() {
            self.left.resize(n * baskets.len(), UNKNOWN);
        }
        self.baskets_of_customer = baskets;
        self.sum_up_tails();
    }

    fn sum_up_tails(&mut self) {
        let (n, baskets) = (self.half_lives_days.len(), self.baskets_of_customer.clone());
        self.tails.clear();
        if baskets.len() <= FEW_BASKETS {
            return;
        }
        self.tails.resize(n * baskets.len(), 1.0);
        self.n_steps += self.tails.len() as u64;
        for basket in (baskets.start..baskets.end - 1).rev() {
            let (now, after) = (self.baskets.ordered_at(basket), self.baskets.ordered_at(basket + 1));
            let at = n * (basket - baskets.start);
            let (own, rest) = self.tails[at..].split_at_mut(n);
            for ((tail, later), &half_life) in own.iter_mut().zip(rest).zip(self.half_lives_days) {
                *tail = 1.0 + faded_after(now, after, half_life).powi(2) * *later;
            }
        }
    }

    fn begin_basket(&mut self, basket: usize) {
        self.forget();
        self.basket = basket;
    }

    fn forget(&mut self) {
        self.known.drain(..).for_each(|at| self.left[at as usize] = UNKNOWN);
    }

    /// What is left of one at a later basket.
    #[inline]
    fn left_at(&mut self, half_life: usize, basket: usize) -> f64 {
        let at = half_life * self.baskets_of_customer.len() + basket - self.baskets_of_customer.start;
        if self.left[at] < 0.0 {
            let (from, to) = (self.baskets.ordered_at(self.basket), self.baskets.ordered_at(basket));
            self.left[at] = faded_after(from, to, self.half_lives_days[half_life]);
            self.known.push(at as u32);
            self.n_steps += 1;
        }
        self.left[at]
    }

    /// The squares of what is left of one at the baskets after it until another, as long as a strength that is so much now
    /// is not forgotten.
    fn squares_until(&mut self, half_life: usize, strength: f64, until: usize) -> f64 {
        let between = self.basket + 1..until;
        let is_known = |left: f64| FORGOTTEN <= strength * left;
        if between.len() <= FEW_BASKETS {
            let left = between.map(|basket| self.left_at(half_life, basket));
            return left.take_while(|&left| is_known(left)).map(|left| left * left).sum();
        }
        let from = between.start;
        let until = partition_point(between, |basket| is_known(self.left_at(half_life, basket)));
        if until == from {
            return 0.0;
        }
        // Both tails are exact to a part in 10¹⁵ of what lies after them; what is left is never below zero but
        // for that.
        let after =
            if until < self.baskets_of_customer.end { self.squares_from(half_life, until) } else { 0.0 };
        (self.squares_from(half_life, from) - after).max(0.0)
    }

    /// The squares of what is left of one at a later basket and all after it.
    fn squares_from(&mut self, half_life: usize, basket: usize) -> f64 {
        let at = self.half_lives_days.len() * (basket - self.baskets_of_customer.start) + half_life;
        self.left_at(half_life, basket).powi(2) * self.tails[at]
    }
}

/// The first of a range of which a predicate does not hold, where it holds of all before and of none after.
fn partition_point(range: Range<usize>, mut holds: impl FnMut(usize) -> bool) -> usize {
    let (mut low, mut high) = (range.start, range.end);
    while low < high {
        let middle = low.midpoint(high);
        if holds(middle) { low = middle + 1 } else { high = middle }
    }
    low
}
