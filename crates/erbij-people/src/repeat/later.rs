//! From each purchase of an item to what the same customers bought later.

use std::ops::Range;

use erbij_core::{Baskets, CustomerIdx, ItemIdx, RowOffsets, Timestamp};
use rayon::prelude::*;

use crate::repeat::model::{bought_strength, faded_after};

/// A strength of which less than this share of one purchase is left says nothing any more.
pub(crate) const FORGOTTEN: f64 = 1.0 / 128.0;

/// Baskets that are brought near at once.
const AHEAD: usize = 32;

/// A later basket, as it looks from an item bought before.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Later {
    /// Which basket.
    pub(crate) basket: usize,
    /// The item's strength just before it.
    pub(crate) strength: f64,
}

/// Purchases before an instant, found by item.
///
/// What follows what is a table of pairs, and so a customer of `n` lines costs up to `n²`. Only their newest
/// lines are seen, whole baskets of them: a customer costs at most `max_lines` a line they have there.
pub(crate) struct LaterBaskets<'a> {
    pub(crate) baskets: &'a Baskets,
    /// An item each: where its purchases lie.
    items: RowOffsets,
    /// A purchase each, item by item: in which basket, rising, and how many. What is walked by item lies by item: to look
    /// a quantity up in a basket would be to wait for memory twice more.
    baskets_with: Vec<u32>,
    quantities: Vec<f32>,
    /// A customer each: the baskets seen.
    seen: Vec<Range<u32>>,
}

impl<'a> LaterBaskets<'a> {
    /// Baskets at or after `as_of` are not looked at. O(lines).
    pub(crate) fn new(baskets: &'a Baskets, as_of: Timestamp, max_lines: usize) -> Self {
        let seen = |customer: u32| {
            let known = known_baskets(baskets, CustomerIdx::new(customer), as_of);
            let mut n_lines = 0;
            let is_seen = |&basket: &usize| {
                n_lines += baskets.items(basket).len();
                n_lines <= max_lines
            };
            let n_seen = known.clone().rev().take_while(is_seen).count();
            (known.end - n_seen) as u32..known.end as u32
        };
        let seen = (0..baskets.n_customers() as u32).map(seen).collect();
        let mut n_purchases = vec![0; baskets.n_items()];
        let by_customers = 0..baskets.of_guests().start;
        let lines = |basket| baskets.items(basket).iter().zip(baskets.quantities(basket));
        for (item, _) in by_customers.clone().flat_map(lines) {
            n_purchases[item.index()] += 1;
        }
        let items = RowOffsets::from_lens(n_purchases);
        let mut next: Vec<usize> = (0..items.n_rows()).map(|item| items.range(item).start).collect();
        let (mut baskets_with, mut quantities) = (vec![0; items.n_values()], vec![0.0; items.n_values()]);
        for basket in by_customers {
            for (item, &quantity) in lines(basket) {
                let at = &mut next[item.index()];
                (baskets_with[*at], quantities[*at]) = (basket as u32, quantity);
                *at += 1;
            }
        }
        Self { baskets, items, baskets_with, quantities, seen }
    }

    /// Of how many customers not all known baskets are seen.
    pub(crate) fn n_cut(&self) -> usize {
        let customers = (0..self.seen.len() as u32).map(CustomerIdx::new);
        customers
            .filter(|&customer| self.known(customer).start < self.seen[customer.index()].start as usize)
            .count()
    }

    /// Whether a basket is seen, and not as the first of its customer.
    pub(crate) fn is_later(&self, basket: usize) -> bool {
        let customer = self.baskets.customer(basket);
        let is_behind_the_first =
            |seen: &Range<u32>| (seen.start as usize) < basket && basket < seen.end as usize;
        !customer.is_guest() && is_behind_the_first(&self.seen[customer.index()])
    }

    /// The baskets of a customer before the instant, seen or not.
    pub(crate) fn known(&self, customer: CustomerIdx) -> Range<usize> {
        self.baskets.of_customer(customer).start..self.seen[customer.index()].end as usize
    }

    /// Calls for every basket that came after a purchase of the item, customer by customer, in order of time,
    /// until the item is forgotten. O(such baskets).
    pub(crate) fn for_each(&self, item: ItemIdx, half_life_days: f64, mut on_later: impl FnMut(Later)) {
        let purchases = self.items.range(item.index());
        let (with_item, quantities) = (&self.baskets_with[purchases.clone()], &self.quantities[purchases]);
        let (mut at, mut near) = (0, 0);
        while at < with_item.len() {
            if near <= at {
                near = with_item.len().min(at + AHEAD);
                self.touch(&with_item[at..near]);
            }
            let customer = self.baskets.customer(with_item[at] as usize);
            let after = self.baskets.of_customer(customer).end;
            let n_own = with_item[at..].iter().take_while(|&&basket| (basket as usize) < after).count();
            let (own, quantities) = (&with_item[at..at + n_own], &quantities[at..at + n_own]);
            let seen = &self.seen[customer.index()];
            let within = own.partition_point(|&basket| basket < seen.start)
                ..own.partition_point(|&basket| basket < seen.end);
            let bought = own[within.clone()].iter().zip(&quantities[within]);
            self.walk(half_life_days, bought, seen.end as usize, &mut on_later);
            at += n_own;
        }
    }

    /// Brings baskets near that will be looked at soon: they lie scattered, and walked one by one each would wait for
    /// memory several times. So those of several are read together, and the processor waits for all of them at once.
    fn touch(&self, baskets: &[u32]) {
        let parts = self.baskets.parts();
        let touched = baskets.iter().map(|&basket| {
            let basket = basket as usize;
            let n = parts.offsets[basket + 1] + parts.customers[basket].index();
            parts.ordered_at[basket].micros() as usize ^ n
        });
        std::hint::black_box(touched.fold(0, |all, one| all ^ one));
    }

    /// The baskets of one customer, those with the item given.
    fn walk<'b>(
        &self,
        half_life_days: f64,
        bought: impl Iterator<Item = (&'b u32, &'b f32)>,
        end: usize,
        on_later: &mut impl FnMut(Later),
    ) {
        let (mut strength, mut at) = (0.0, Timestamp::default());
        let mut bought = bought.peekable();
        while let Some((&with, &quantity)) = bought.next() {
            let with = with as usize;
            let until = bought.peek().map_or(end, |&(&next, _)| next as usize + 1);
            // The strength was carried to this basket when it was met as a later one.
            strength *= faded_after(at, self.baskets.ordered_at(with), half_life_days);
            at = self.baskets.ordered_at(with);
            strength += bought_strength(quantity);
            for basket in with + 1..until {
                let left = strength * faded_after(at, self.baskets.ordered_at(basket), half_life_days);
                if left < FORGOTTEN {
                    break;
                }
                on_later(Later { basket, strength: left });
            }
        }
    }

    /// A basket each: the length of the vector of strengths just before it; zero before the first that is seen,
    /// of a guest, and of what is not seen. O(lines + baskets · half-lives).
    ///
    /// Items of one half-life fade alike, so their sum of squares fades as a whole and grows by
    /// `(s + q)² − s²` with a purchase: no basket looks at all items bought before.
    pub(crate) fn norms(&self, half_lives_days: &[f32]) -> Vec<f32> {
        let classes = classes(half_lives_days);
        let class_of = |days: &f32| {
            classes.binary_search_by(|class| class.total_cmp(days)).expect("every half-life is a class")
        };
        let classes_of: Vec<usize> = half_lives_days.iter().map(class_of).collect();
        let of_customer = |customer: u32| {
            let range = self.baskets.of_customer(CustomerIdx::new(customer));
            let seen = &self.seen[customer as usize];
            let mut norms = vec![0.0; range.len()];
            let at = seen.start as usize - range.start..seen.end as usize - range.start;
            self.norms_of(seen, &classes, &classes_of, &mut norms[at]);
            norms
        };
        let customers = (0..self.baskets.n_customers() as u32).into_par_iter().with_min_len(64);
        let mut norms: Vec<f32> = customers.flat_map_iter(of_customer).collect();
        norms.resize(self.baskets.len(), 0.0);
        norms
    }

    /// The norms of the baskets that are seen of one customer.
    fn norms_of(&self, seen: &Range<u32>, classes: &[f32], classes_of: &[usize], norms: &mut [f32]) {
        let mut squares = vec![0.0_f64; classes.len()];
        let mut bought: Vec<(ItemIdx, f64, Timestamp)> = Vec::new();
        let mut before = None;
        for (basket, norm) in seen.clone().zip(norms) {
            let basket = basket as usize;
            let now = self.baskets.ordered_at(basket);
            let since = before.replace(now).unwrap_or(now);
            for (square, &class) in squares.iter_mut().zip(classes) {
                *square *= faded_after(since, now, f64::from(class)).powi(2);
            }
            *norm = squares.iter().sum::<f64>().sqrt() as f32;
            for (&item, &quantity) in self.baskets.items(basket).iter().zip(self.baskets.quantities(basket)) {
                let class = classes_of[item.index()];
                let added = bought_strength(quantity);
                let strength = match bought.binary_search_by_key(&item, |&(item, ..)| item) {
                    Ok(at) => {
                        let (_, strength, last) = &mut bought[at];
                        *strength *= faded_after(*last, now, f64::from(classes[class]));
                        *last = now;
                        let left = *strength;
                        *strength += added;
                        left
                    }
                    Err(at) => {
                        bought.insert(at, (item, added, now));
                        0.0
                    }
                };
                squares[class] += added * (2.0 * strength + added);
            }
        }
    }
}

/// The half-lives that occur, rising.
fn classes(half_lives_days: &[f32]) -> Vec<f32> {
    let mut classes = half_lives_days.to_vec();
    classes.sort_unstable_by(f32::total_cmp);
    classes.dedup();
    classes
}

/// A customer's baskets before an instant.
fn known_baskets(baskets: &Baskets, customer: CustomerIdx, as_of: Timestamp) -> Range<usize> {
    let all = baskets.of_customer(customer);
    let n_known = baskets.parts().ordered_at[all.clone()].partition_point(|&at| at < as_of);
    all.start..all.start + n_known
}
