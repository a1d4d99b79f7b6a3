//! Baskets laid out for questions of the kind "what came with or after this, for the first time".
//!
//! A customer's baskets lie side by side in order of time, so the first purchases of a window are one run of
//! entries: counting what followed an item is reading runs. A customer buys an item for the first time once,
//! so nothing is counted twice and no set is needed.

use std::ops::Range;

use erbij_core::{Baskets, CustomerIdx, Day, RowOffsets, Timestamp};

use rayon::prelude::*;

use super::CheckedAccessoryParams;
use crate::incidence::Incidence;
use crate::kept_baskets::KeptBaskets;

/// Who bought what first when: 16 bytes a line, 44 a basket.
pub(super) struct Timeline<'a> {
    pub(super) baskets: &'a Baskets,
    /// Every line that counts, by basket and by item.
    pub(super) all: Incidence,
    /// The first purchases among them: of each guest's basket everything.
    pub(super) first: Incidence,
    /// A basket each: what its customer bought first in it and after it.
    windows: Vec<Window>,
    /// A basket each: its day. An instant's day is asked of the shop's zone, which takes longer than to look at a pair.
    days: Vec<Day>,
    /// A customer each and one more: where their first purchases begin.
    starts_of_customers: Vec<u64>,
    /// What follows a basket within the far window lies fewer baskets behind it than this.
    max_span: u32,
    window_days: [u32; 2],
    /// Baskets that hold more items than a basket may, and customers of whom only the newest count.
    pub(super) n_large_baskets: usize,
    pub(super) n_cut_customers: usize,
}

/// One occurrence: the other item was bought for the first time with or after the anchor.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Occurrence {
    /// The basket of the anchor it follows.
    pub(super) from: u32,
    /// Its own basket.
    pub(super) basket: u32,
    pub(super) zone: Zone,
    pub(super) lag_days: u32,
}

/// Baskets of an item that are brought near at once.
const AHEAD: usize = 32;

/// The slot of an item that nobody asks for.
pub(super) const NO_SLOT: u32 = u32::MAX;

/// Where first purchases from a basket on end, as they lie side by side: those of the basket itself, of the window,
/// of the far window; a guest's end with his basket.
#[derive(Clone, Copy, Default)]
struct Window {
    start: u64,
    same_len: u32,
    near_len: u32,
    far_len: u32,
}

impl Window {
    fn end_of(&self, zone: Zone) -> u64 {
        self.start + u64::from([self.same_len, self.near_len, self.far_len][zone as usize])
    }
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

impl Zone {
    /// All, the nearest first.
    pub(super) const ALL: [Self; 3] = [Self::Same, Self::Near, Self::Far];
}

impl<'a> Timeline<'a> {
    /// Lays baskets out. O(lines).
    pub(super) fn new(params: &CheckedAccessoryParams, baskets: &'a Baskets) -> Self {
        let params = params.params();
        let (max_items, max_lines) = (params.max_basket_items as usize, params.max_customer_lines as usize);
        let kept = KeptBaskets::new(baskets, max_items, max_lines);
        let n_items = baskets.n_items();
        let mut all = Lists::default();
        let mut first = Lists::default();
        // Who bought an item last; a guest's basket is somebody of its own.
        let mut bought_by = vec![CustomerIdx::new(u32::MAX - 1); n_items];
        for (basket, is_kept) in kept.is_kept.into_iter().enumerate() {
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
        let (all, first) = rayon::join(|| all.turn_around(n_items), || first.turn_around(n_items));
        let ends = [params.window_days, params.far_window_days].map(|days| window_ends(baskets, days));
        let windows = (0..baskets.len()).map(|basket| {
            let start = first.entries_of(basket as u32).start;
            let len = |end: u32| (first.entries_of(end - 1).end - start) as u32;
            let (near_len, far_len) = (len(ends[0][basket]), len(ends[1][basket]));
            Window { start: start as u64, same_len: len(basket as u32 + 1), near_len, far_len }
        });
        let windows = windows.collect();
        let days = (0..baskets.len()).into_par_iter().map(|basket| baskets.ordered_on(basket)).collect();
        let start_of = |customer: u32| {
            let own = baskets.of_customer(CustomerIdx::new(customer));
            let before = own.start.checked_sub(1);
            before.map_or(0, |before| first.entries_of(before as u32).end as u64)
        };
        let mut starts_of_customers: Vec<u64> = (0..baskets.n_customers() as u32).map(start_of).collect();
        let last = baskets.of_guests().start.checked_sub(1);
        starts_of_customers.push(last.map_or(0, |last| first.entries_of(last as u32).end as u64));
        let spans = ends[1].iter().zip(0_u32..).map(|(end, basket)| end - basket);
        let max_span = spans.max().unwrap_or(0);
        Self {
            baskets,
            all,
            first,
            windows,
            days,
            starts_of_customers,
            max_span,
            window_days: [params.window_days, params.far_window_days],
            n_large_baskets: kept.n_large,
            n_cut_customers: kept.n_cut_customers,
        }
    }

    /// How many customers and guests' baskets bought an item.
    pub(super) fn n_buyers_of(&self, item: u32) -> u32 {
        self.first.lists_of(item).len() as u32
    }

    /// The zone of what was bought first in a later or the same basket of the same customer.
    #[inline]
    pub(super) fn zone(&self, from: u32, to: u32) -> Option<Zone> {
        // Two customers' baskets mostly lie so far apart that nothing need be looked up.
        if self.max_span <= to - from {
            return None;
        }
        Zone::ALL.into_iter().find(|&zone| self.is_within(zone, from, to))
    }

    /// Whether what was bought first in a basket lies within a window from the same or an earlier one of the customer.
    #[inline]
    pub(super) fn is_within(&self, zone: Zone, from: u32, to: u32) -> bool {
        // The later basket holds a first purchase, so baskets may be told apart by where those begin.
        self.windows[to as usize].start < self.windows[from as usize].end_of(zone)
    }

    /// The zone of an order that is in no basket, by its instant: not before that of a basket of the same customer.
    pub(super) fn zone_at(&self, from: usize, ordered_at: Timestamp) -> Option<Zone> {
        let from = self.baskets.ordered_at(from);
        let is_within = |days: u32| ordered_at <= from.plus_days(i64::from(days));
        match self.window_days {
            _ if ordered_at == from => Some(Zone::Same),
            [near, _] if is_within(near) => Some(Zone::Near),
            [_, far] if is_within(far) => Some(Zone::Far),
            _ => None,
        }
    }

    /// The day of a basket.
    #[inline]
    pub(super) fn day(&self, basket: u32) -> Day {
        self.days[basket as usize]
    }

    /// Calls with every first purchase in a window of an item, once each, with its zone; a purchase that follows
    /// the item several times follows the last.
    #[inline]
    pub(super) fn for_each_follower(&self, anchor: u32, mut on_run: impl FnMut(Zone, &[u32])) {
        self.for_each_window(anchor, |_, bounds| {
            for (zone, bounds) in Zone::ALL.into_iter().zip(bounds.windows(2)) {
                on_run(zone, self.first.entries(bounds[0]..bounds[1]));
            }
        });
    }

    /// The same for the items that have a slot, with all that is known of each occurrence, baskets rising.
    #[inline]
    pub(super) fn for_each_occurrence(
        &self,
        anchor: u32,
        slots: &[u32],
        mut on_occurrence: impl FnMut(u32, Occurrence),
    ) {
        self.for_each_window(anchor, |from, bounds| {
            let mut basket = from;
            for (zone, bounds) in Zone::ALL.into_iter().zip(bounds.windows(2)) {
                let entries = bounds[0]..bounds[1];
                for (entry, &item) in entries.clone().zip(self.first.entries(entries)) {
                    let slot = slots[item as usize];
                    if slot == NO_SLOT {
                        continue;
                    }
                    while self.first.entries_of(basket).end <= entry {
                        basket += 1;
                    }
                    on_occurrence(slot, self.occurrence(from, basket, zone));
                }
            }
        });
    }

    /// What followed one basket of a customer in another.
    pub(super) fn occurrence(&self, from: u32, basket: u32, zone: Zone) -> Occurrence {
        let lag_days = (self.day(basket).get() - self.day(from).get()).max(0) as u32;
        Occurrence { from, basket, zone, lag_days }
    }

    /// How many first purchases lie in the windows of an item: what it costs to read its row. O(baskets of the item).
    pub(super) fn row_len(&self, anchor: u32) -> u64 {
        let mut len = 0;
        self.for_each_window(anchor, |_, [start, _, _, end]| len += (end - start) as u64);
        len
    }

    /// Calls with each basket of an item and where the first purchases begin that follow it, where those of the same
    /// order, of the window and of the far window end.
    ///
    /// An item's baskets lie scattered, and walked one by one each waits for memory twice. So windows of several are
    /// read together, then the beginning of what lies in each, and the processor waits for all of them at once.
    #[inline]
    fn for_each_window(&self, anchor: u32, mut on_window: impl FnMut(u32, [usize; 4])) {
        let mut ahead = [Window::default(); AHEAD + 1];
        let own = self.all.lists_of(anchor);
        for chunk in 0..own.len().div_ceil(AHEAD) {
            let from = &own[chunk * AHEAD..own.len().min((chunk + 1) * AHEAD)];
            // One more, since an anchor's next basket takes over.
            let with_next = &own[chunk * AHEAD..own.len().min((chunk + 1) * AHEAD + 1)];
            for (window, &basket) in ahead.iter_mut().zip(with_next) {
                *window = self.windows[basket as usize];
            }
            self.first.touch(ahead[..from.len()].iter().map(|window| window.start as usize));
            for (at, &basket) in from.iter().enumerate() {
                let window = &ahead[at];
                let until = if at + 1 < with_next.len() { ahead[at + 1].start } else { u64::MAX };
                // One of another customer lies behind the window anyway.
                let [same, near, far] = Zone::ALL.map(|zone| window.end_of(zone).min(until) as usize);
                on_window(basket, [window.start as usize, same, near, far]);
            }
        }
    }

    /// Calls with all that the buyer in each of some baskets ever bought; of a guest what is in the basket.
    ///
    /// Buyers lie scattered, so where those of several begin is read together, then the beginning of what they bought.
    pub(super) fn for_each_buyer(
        &self,
        baskets: impl Iterator<Item = u32>,
        mut on_bought: impl FnMut(&[u32]),
    ) {
        let mut ahead = [const { 0..0 }; AHEAD];
        let mut baskets = baskets.peekable();
        while baskets.peek().is_some() {
            let mut n = 0;
            for (range, basket) in ahead.iter_mut().zip(baskets.by_ref().take(AHEAD)) {
                *range = self.bought_by_buyer_in(basket);
                n += 1;
            }
            self.first.touch(ahead[..n].iter().map(|range| range.start));
            ahead[..n].iter().for_each(|range| on_bought(self.first.entries(range.clone())));
        }
    }

    /// Where all lies that who bought an item in a basket ever bought.
    #[inline]
    fn bought_by_buyer_in(&self, basket: u32) -> Range<usize> {
        let customer = self.baskets.customer(basket as usize);
        if customer.is_guest() {
            return self.first.entries_of(basket);
        }
        let starts = &self.starts_of_customers[customer.index()..customer.index() + 2];
        starts[0] as usize..starts[1] as usize
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
