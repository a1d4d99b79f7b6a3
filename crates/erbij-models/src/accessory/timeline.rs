//! Baskets laid out for questions of the kind "what came with or after this, for the first time".
//!
//! A customer's baskets lie side by side in order of time, so the first purchases of a window are one run of
//! entries: counting what followed an item is reading runs. A customer buys an item for the first time once,
//! so nothing is counted twice and no set is needed.

use erbij_core::{Baskets, CustomerIdx, Day, RowOffsets};

use super::CheckedAccessoryParams;
use crate::incidence::Incidence;

/// Who bought what first when: 20 bytes a line, 24 a basket.
pub(super) struct Timeline<'a> {
    pub(super) baskets: &'a Baskets,
    /// Every line that counts, by basket and by item.
    pub(super) all: Incidence,
    /// The first purchases among them: of each guest's basket everything.
    pub(super) first: Incidence,
    /// Per basket, the first basket too late for each window; a guest's or a customer's last one at most.
    near_ends: Vec<u32>,
    far_ends: Vec<u32>,
}

/// How soon something followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Zone {
    /// In the same order.
    Same = 0,
    /// Later, within the window.
    Near = 1,
    /// Later than that, within the far window.
    Far = 2,
}

impl<'a> Timeline<'a> {
    /// Lays baskets out. O(lines).
    pub(super) fn new(params: &CheckedAccessoryParams, baskets: &'a Baskets) -> Self {
        let params = params.params();
        let is_kept = kept_baskets(baskets, params.max_basket_items, params.max_customer_lines);
        let n_items = baskets.n_items();
        let mut all = Lists::default();
        let mut first = Lists::default();
        // Who bought an item last; a guest's basket is somebody of its own.
        let mut bought_by = vec![CustomerIdx::new(u32::MAX - 1); n_items];
        for (basket, is_kept) in is_kept.into_iter().enumerate() {
            let customer = baskets.customer(basket);
            if is_kept {
                for &item in baskets.items(basket) {
                    all.items.push(item.get());
                    if customer.is_guest() || bought_by[item.index()] != customer {
                        bought_by[item.index()] = customer;
                        first.items.push(item.get());
                    }
                }
            }
            all.end();
            first.end();
        }
        let ends = |days: u32| window_ends(baskets, days);
        Self {
            baskets,
            all: all.turn_around(n_items),
            first: first.turn_around(n_items),
            near_ends: ends(params.window_days),
            far_ends: ends(params.far_window_days),
        }
    }

    /// How many customers and guests' baskets bought an item.
    pub(super) fn n_buyers_of(&self, item: u32) -> u32 {
        self.first.lists_of(item).len() as u32
    }

    /// The zone a later or the same basket of the same customer lies in.
    pub(super) fn zone(&self, from: u32, to: u32) -> Option<Zone> {
        match () {
            () if to == from => Some(Zone::Same),
            () if to < self.near_ends[from as usize] => Some(Zone::Near),
            () if to < self.far_ends[from as usize] => Some(Zone::Far),
            () => None,
        }
    }

    /// The day of a basket.
    pub(super) fn day(&self, basket: u32) -> Day {
        self.baskets.ordered_at(basket as usize).day()
    }

    /// Calls with every first purchase in a window of an item, once each, with its zone; a purchase that follows
    /// the item several times follows the last.
    #[inline]
    pub(super) fn for_each_follower(&self, anchor: u32, mut on_run: impl FnMut(Zone, &[u32])) {
        let own = self.all.lists_of(anchor);
        for (at, &basket) in own.iter().enumerate() {
            // The anchor's next basket takes over; one of another customer lies behind the window anyway.
            let until = own.get(at + 1).copied().unwrap_or(u32::MAX);
            let near = self.near_ends[basket as usize].min(until);
            let far = self.far_ends[basket as usize].min(until);
            on_run(Zone::Same, self.first.items_of(basket));
            on_run(Zone::Near, self.first.items_of_all(basket + 1..near));
            on_run(Zone::Far, self.first.items_of_all(near.max(basket + 1)..far));
        }
    }
}

/// Lists while they grow.
#[derive(Default)]
struct Lists {
    lens: Vec<usize>,
    items: Vec<u32>,
    n_ended: usize,
}

impl Lists {
    fn end(&mut self) {
        self.lens.push(self.items.len() - self.n_ended);
        self.n_ended = self.items.len();
    }

    fn turn_around(self, n_items: usize) -> Incidence {
        Incidence::from_lists(RowOffsets::from_lens(self.lens), self.items.into(), n_items)
    }
}

/// A basket each: whether it counts. Of a customer the last baskets with at most so many lines in all.
fn kept_baskets(baskets: &Baskets, max_basket_items: u32, max_customer_lines: u32) -> Vec<bool> {
    let is_small = |basket: usize| baskets.items(basket).len() <= max_basket_items as usize;
    let mut is_kept: Vec<bool> = (0..baskets.len()).map(is_small).collect();
    for customer in (0..baskets.n_customers() as u32).map(CustomerIdx::new) {
        let mut n_lines = 0;
        for basket in baskets.of_customer(customer).rev().filter(|&basket| is_small(basket)) {
            n_lines += baskets.items(basket).len();
            is_kept[basket] = n_lines <= max_customer_lines as usize;
        }
    }
    is_kept
}

/// Per basket, the first of the same customer's that is later by more than so many days, or the customer's end.
fn window_ends(baskets: &Baskets, days: u32) -> Vec<u32> {
    let mut ends: Vec<u32> = (1..=baskets.len() as u32).collect();
    for customer in (0..baskets.n_customers() as u32).map(CustomerIdx::new) {
        let own = baskets.of_customer(customer);
        let mut end = own.start;
        for basket in own.clone() {
            let last = baskets.ordered_at(basket).plus_days(i64::from(days));
            while end < own.end && baskets.ordered_at(end) <= last {
                end += 1;
            }
            ends[basket] = end as u32;
        }
    }
    ends
}
