//! What one customer buys: a walk through time in which one purchase asks for the next.
//!
//! Visits come by themselves and carry wishes. A main product asks for its accessories at once or after
//! a while, a pack that is used up asks for the next one, and whatever is due gets an order of its own
//! unless a visit is near. The walk stops when the customer's lines are used up; lines that are left
//! over become visits at random instants, so that the number of lines is exact.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::atomic::{AtomicU64, Ordering};

use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, Gamma};

use crate::catalogue::Shop;
use crate::customer::{Customer, spread};
use crate::habits::{bought_again, in_season};
use crate::item::{Item, NONE, Role};
use crate::lines::{COMES_BACK, GIFT, GUEST, IN_STORE, Line, PROMOTED};
use crate::relations::SUCCESSOR_PROBABILITY;
use crate::views::{View, look_around};
use crate::{CheckedShopParams, SECS_PER_DAY};

/// Lines of an order, with all it asks for, about.
const LINES_A_VISIT: f64 = 6.0;
/// Share of the lines that planned visits are meant to fill; the rest is filled up in the end.
const PLANNED_SHARE: f64 = 0.8;
/// Share of wishes that come from the customer's own interests.
const INTEREST_SHARE: f64 = 0.75;
/// What is due within so many seconds of a visit is bought on it.
const NEAR_SECS: i64 = 86_400;
/// Chance that a used-up pack is replaced at all.
const REFILL_PROBABILITY: f64 = 0.9;
/// Chance that a refill is of a substitute.
const SWITCH_PROBABILITY: f64 = 0.35;
/// Chance that two substitutes may stand in one order.
const BOTH_PROBABILITY: f64 = 0.03;
/// How often a wish is thought over before it is dropped.
const MAX_TRIES: usize = 6;
/// Chance that one more wish comes up on a visit.
const ONE_MORE_PROBABILITY: f64 = 0.68;
/// Chance that an order for something due carries wishes too.
const DUE_VISIT_PROBABILITY: f64 = 0.5;
/// Most wishes of one visit.
const MAX_WISHES: usize = 12;

/// What came of every item and relation, counted over all customers; sums do not depend on order.
pub(crate) struct Tally {
    /// Lines of each item.
    pub(crate) lines: Vec<AtomicU64>,
    /// Times each relation led to a purchase.
    pub(crate) pairs: Vec<AtomicU64>,
}

impl Tally {
    pub(crate) fn of(shop: &Shop) -> Self {
        let zeros = |n: usize| (0..n).map(|_| AtomicU64::new(0)).collect();
        Self { lines: zeros(shop.items.len()), pairs: zeros(shop.relations.len()) }
    }
}

/// How long a pack of an item lasts this customer, on average.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Interval {
    pub(crate) customer: u32,
    pub(crate) item: u32,
    pub(crate) mean_days: f64,
}

/// What a customer did.
#[derive(Default)]
pub(crate) struct History {
    pub(crate) lines: Vec<Line>,
    pub(crate) n_orders: u64,
    pub(crate) views: Vec<View>,
    pub(crate) intervals: Vec<Interval>,
}

/// Something that will be bought. Ordered by instant; the rest only breaks ties.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Due {
    at_secs: i64,
    item: u32,
    /// The relation that asked for it, or [`NONE`] for a refill.
    relation: u32,
}

/// A pack in use: what fills the need, and how long it lasts.
struct InUse {
    need: u64,
    mean_days: f64,
}

/// A durable that the customer has.
struct Owned {
    need: u64,
    bought_at_secs: i64,
}

struct Walk<'a> {
    shop: &'a Shop,
    params: &'a CheckedShopParams,
    customer: &'a Customer,
    tally: &'a Tally,
    rng: ChaCha8Rng,
    returns_rng: ChaCha8Rng,
    history: History,
    n_lines: usize,
    /// First line of the order that is open.
    order_start: usize,
    at_secs: i64,
    flags: u8,
    due: BinaryHeap<Reverse<Due>>,
    in_use: Vec<InUse>,
    owned: Vec<Owned>,
    /// Whether purchases may ask for others later on; not while lines are filled up.
    looks_ahead: bool,
}

/// The number of the need an item fills: its group's, or its own.
fn need(item: u32, details: &Item) -> u64 {
    match details.group {
        NONE => u64::from(item) | 1 << 32,
        group => u64::from(group),
    }
}

/// Lets a customer buy exactly `n_lines` lines. Returns what was done, in order of time, and the chance that
/// is left for the dirt.
pub(crate) fn walk(
    shop: &Shop,
    params: &CheckedShopParams,
    customer: &Customer,
    n_lines: usize,
    tally: &Tally,
) -> (History, ChaCha8Rng) {
    let mut walk = Walk {
        shop,
        params,
        customer,
        tally,
        rng: customer.history_rng(params),
        returns_rng: customer.returns_rng(params),
        history: History { lines: Vec::with_capacity(n_lines + n_lines / 16 + 1), ..History::default() },
        n_lines,
        order_start: 0,
        at_secs: 0,
        flags: 0,
        due: BinaryHeap::new(),
        in_use: Vec::new(),
        owned: Vec::new(),
        looks_ahead: true,
    };
    walk.planned();
    walk.fill_up();
    let Walk { mut history, rng, .. } = walk;
    history.lines.sort_by_key(|line| (line.at_secs, line.order));
    number_orders(&mut history.lines);
    (history, rng)
}

/// Numbers orders as they come in time; the lines of each already stand together.
fn number_orders(lines: &mut [Line]) {
    for (number, order) in lines.chunk_by_mut(|a, b| a.order == b.order).enumerate() {
        order.iter_mut().for_each(|line| line.order = number as u64);
    }
}

impl Walk<'_> {
    fn is_full(&self) -> bool {
        self.n_lines <= self.history.lines.len()
    }

    /// Visits, and what they ask for, in order of time.
    fn planned(&mut self) {
        let n = (self.n_lines as f64 * PLANNED_SHARE / LINES_A_VISIT).round().max(1.0) as usize;
        let mut visits: Vec<i64> = (0..n).map(|_| self.random_instant()).collect();
        visits.sort_unstable();
        let mut visits = visits.into_iter().peekable();
        while !self.is_full() {
            let due_at = self.due.peek().map(|Reverse(due)| due.at_secs);
            match (visits.peek().copied(), due_at) {
                (None, None) => return,
                (Some(visit), due_at) if due_at.is_none_or(|at| visit <= at) => {
                    visits.next();
                    self.order(visit, true);
                }
                (_, Some(at)) => {
                    let is_visit = self.rng.random_bool(DUE_VISIT_PROBABILITY);
                    self.order(at, is_visit);
                }
                (Some(_), None) => unreachable!("a visit is before nothing"),
            }
        }
    }

    /// Uses up the lines that are left.
    fn fill_up(&mut self) {
        self.looks_ahead = false;
        while !self.is_full() {
            let at_secs = self.random_instant();
            self.order(at_secs, true);
        }
    }

    /// An instant while the customer is there: more often at weekends and towards the end of the year.
    fn random_instant(&mut self) -> i64 {
        loop {
            let day = self.rng.random_range(self.customer.arrived_day..=self.customer.left_day);
            let day = day.min(self.params.days() - 1e-3).floor() as i64;
            // 1970-01-01 was a Thursday.
            let since_1970 = day + i64::from(self.params.starts_on());
            let of_week = (since_1970 + 3).rem_euclid(7);
            let of_year = (since_1970 as f64 / 365.25).fract();
            let weight = [0.8, 0.75, 0.75, 0.8, 0.9, 1.0, 0.7][of_week as usize]
                * if 0.87 < of_year { 1.0 } else { 0.8 };
            if self.rng.random_bool(weight) {
                // The sum of two is a hill around half past two in the afternoon.
                let hour = 7.0 + self.rng.random_range(0.0..7.5_f64) + self.rng.random_range(0.0..7.5_f64);
                return self.params.starts_at_secs() + day * 86_400 + (hour * 3_600.0) as i64;
            }
        }
    }

    /// One order: what is due, and on a visit also what is wished for.
    fn order(&mut self, at_secs: i64, is_visit: bool) {
        self.at_secs = at_secs;
        self.order_start = self.history.lines.len();
        self.flags = 0;
        for (flag, share) in [(GUEST, self.params.get().guest_share), (GIFT, 0.03), (IN_STORE, 0.25)] {
            if self.rng.random_bool(share) {
                self.flags |= flag;
            }
        }
        if self.looks_ahead {
            self.buy_due();
        }
        if is_visit {
            self.buy_wishes();
        }
        if self.order_start < self.history.lines.len() {
            if self.rng.random_bool(self.params.get().events_share) {
                let bought = &self.history.lines[self.order_start..];
                look_around(self.shop, bought, &mut self.rng, &mut self.history.views);
            }
            self.history.n_orders += 1;
        }
    }

    fn buy_due(&mut self) {
        while let Some(&Reverse(due)) = self.due.peek() {
            if self.is_full() || self.at_secs + NEAR_SECS < due.at_secs {
                return;
            }
            self.due.pop();
            if due.relation == NONE {
                self.refill(due.item);
            } else {
                self.buy_because(due.relation);
            }
        }
    }

    fn buy_wishes(&mut self) {
        let mut n_wishes = 1;
        while n_wishes < MAX_WISHES && self.rng.random_bool(ONE_MORE_PROBABILITY) {
            n_wishes += 1;
        }
        let day = ((self.at_secs - self.params.starts_at_secs()) / 86_400).max(0) as u32;
        if let Some(promotion) = self.shop.promotion_on(day)
            && self.rng.random_bool(0.15)
        {
            self.buy(promotion.item);
            self.buy(promotion.bundled);
        }
        for _ in 0..n_wishes {
            if let Some(item) = self.wish() {
                self.buy(item);
            }
        }
        // An order without a line would never fill up what is left.
        while self.order_start == self.history.lines.len() && !self.is_full() {
            let item = self.shop.pick(&mut self.rng);
            self.buy(item);
        }
    }

    /// Something the customer would like and has no reason against.
    fn wish(&mut self) -> Option<u32> {
        for _ in 0..MAX_TRIES {
            let again = bought_again(self.params, self.history.lines.len(), &mut self.rng);
            let mut item = match again {
                Some(line) => self.shop.row_items[self.history.lines[line].row as usize],
                None => self.look(),
            };
            let details = self.shop.item(item);
            let day = (self.at_secs - self.params.starts_at_secs()) as f64 / SECS_PER_DAY;
            if details.successor != NONE
                && f64::from(details.successor_from_day) < day
                && self.rng.random_bool(SUCCESSOR_PROBABILITY)
            {
                item = details.successor;
            }
            if in_season(self.params, item, self.at_secs, &mut self.rng) && self.is_welcome(item) {
                return Some(item);
            }
        }
        None
    }

    fn look(&mut self) -> u32 {
        if self.flags & GIFT != 0 || !self.rng.random_bool(INTEREST_SHARE) {
            return self.shop.pick(&mut self.rng);
        }
        let mut left = self.rng.random_range(0.0..1.0_f64);
        let mut category = self.customer.interests[0].0;
        for &(interest, share) in &self.customer.interests {
            category = interest;
            left -= share;
            if left < 0.0 {
                break;
            }
        }
        self.shop.pick_in(category, &mut self.rng)
    }

    fn is_welcome(&mut self, item: u32) -> bool {
        let details = self.shop.item(item);
        let its_need = need(item, details);
        if self.is_in_use(item) || self.stands_in_order(item) {
            return false;
        }
        if 0 < details.useful_life_days {
            let life_secs = i64::from(details.useful_life_days) * 86_400;
            let serves =
                |owned: &Owned| owned.need == its_need && self.at_secs < owned.bought_at_secs + life_secs;
            if self.owned.iter().any(serves) {
                return false;
            }
        }
        let is_substitute = |line: &Line| {
            let other = self.shop.row_items[line.row as usize];
            need(other, self.shop.item(other)) == its_need
        };
        let beside_substitute = self.history.lines[self.order_start..].iter().any(is_substitute);
        !beside_substitute || self.rng.random_bool(BOTH_PROBABILITY)
    }

    fn is_in_use(&self, item: u32) -> bool {
        let details = self.shop.item(item);
        0.0 < details.interval_days && {
            let its_need = need(item, details);
            self.in_use.iter().any(|pack| pack.need == its_need)
        }
    }

    fn stands_in_order(&self, item: u32) -> bool {
        let lines = &self.history.lines[self.order_start..];
        lines.iter().any(|line| self.shop.row_items[line.row as usize] == item)
    }

    /// The next pack, now and then of a substitute.
    fn refill(&mut self, item: u32) {
        let details = self.shop.item(item);
        let its_need = need(item, details);
        let mut bought = item;
        if details.group != NONE && self.rng.random_bool(SWITCH_PROBABILITY) {
            let substitutes = &self.shop.groups[details.group as usize];
            bought = substitutes[self.rng.random_range(0..substitutes.len())];
        }
        self.buy(bought);
        let Some(pack) = self.in_use.iter().position(|pack| pack.need == its_need) else { return };
        if self.rng.random_bool(REFILL_PROBABILITY) {
            let mean_days = self.in_use[pack].mean_days;
            self.ask_for_refill(item, mean_days);
        } else {
            // The need is over; it may come back as a wish.
            self.in_use.swap_remove(pack);
        }
    }

    fn ask_for_refill(&mut self, item: u32, mean_days: f64) {
        // A shape of 25 is a spread of a fifth of the mean.
        self.ask(item, NONE, mean_days, 25.0);
    }

    /// Has an item bought after a while, unless the customer has left by then.
    fn ask(&mut self, item: u32, relation: u32, mean_days: f64, shape: f64) {
        let lag = Gamma::new(shape, mean_days / shape).expect("a positive mean").sample(&mut self.rng);
        let at_secs = self.at_secs + (lag.max(0.2) * SECS_PER_DAY) as i64;
        let left_at_secs = self.params.starts_at_secs() + (self.customer.left_day * SECS_PER_DAY) as i64;
        if at_secs < left_at_secs {
            self.due.push(Reverse(Due { at_secs, item, relation }));
        }
    }

    /// Puts an item in the open order, with all it asks for. Says whether there was room for it.
    fn buy(&mut self, item: u32) -> bool {
        if self.is_full() || self.stands_in_order(item) {
            return false;
        }
        let shop = self.shop;
        let details = shop.item(item);
        let line = self.line(item, details);
        self.history.lines.push(line);
        self.tally.lines[item as usize].fetch_add(1, Ordering::Relaxed);
        if 0 < details.useful_life_days && self.flags & GIFT == 0 {
            self.owned.push(Owned { need: need(item, details), bought_at_secs: self.at_secs });
        }
        if 0.0 < details.interval_days && self.looks_ahead && !self.is_in_use(item) {
            self.start_using(item, details);
        }
        for (idx, relation) in shop.relations_of(item) {
            let chance: f32 = self.rng.random();
            if chance < relation.same_order_probability {
                self.buy_because(idx);
            } else if self.looks_ahead
                && chance < relation.same_order_probability + relation.later_probability
            {
                self.ask(relation.other, idx, f64::from(relation.mean_lag_days), 2.0);
            }
        }
        true
    }

    /// Buys what a relation asks for, unless one is in use. It may come back.
    fn buy_because(&mut self, idx: u32) {
        let relation = &self.shop.relations[idx as usize];
        let place = self.history.lines.len();
        if self.is_in_use(relation.other) || !self.buy(relation.other) {
            return;
        }
        self.tally.pairs[idx as usize].fetch_add(1, Ordering::Relaxed);
        if 0.0 < relation.returned_share && self.returns_rng.random::<f32>() < relation.returned_share {
            self.history.lines[place].flags |= COMES_BACK;
        }
    }

    fn start_using(&mut self, item: u32, details: &Item) {
        let mean_days =
            (f64::from(details.interval_days) * self.customer.pace * spread(0.15).sample(&mut self.rng))
                .max(5.0);
        self.in_use.push(InUse { need: need(item, details), mean_days });
        // Where substitutes take turns, no single item has an interval.
        let alone = details.group == NONE || self.shop.groups[details.group as usize].len() == 1;
        if alone {
            self.history.intervals.push(Interval { customer: self.customer.number, item, mean_days });
        }
        if self.rng.random_bool(REFILL_PROBABILITY) {
            self.ask_for_refill(item, mean_days);
        }
    }

    fn line(&mut self, item: u32, details: &Item) -> Line {
        let quantity = match details.role {
            Role::Plain | Role::Refillable
                if self.rng.random_bool(0.07 * f64::from(self.customer.household)) =>
            {
                self.rng.random_range(2..=3)
            }
            _ => 1,
        };
        // Mostly the same size and colour: those of the customer.
        let variant = match details.n_variants {
            1 => 0,
            n if self.rng.random_bool(0.8) => (self.customer.number ^ item) % n,
            n => self.rng.random_range(0..n),
        };
        let day = (self.at_secs - self.params.starts_at_secs()) / 86_400;
        let promotion = self.shop.promotion_on(day.max(0) as u32);
        let is_promoted =
            promotion.is_some_and(|promotion| promotion.item == item || promotion.bundled == item);
        let discount_minor = match details.price_minor {
            price if is_promoted => price / 5,
            price if self.rng.random_bool(0.08) => price / 10,
            _ => 0,
        };
        Line {
            at_secs: self.at_secs,
            order: self.history.n_orders,
            customer: self.customer.number,
            row: details.first_row + variant,
            quantity,
            price_minor: (details.price_minor - discount_minor) as i32,
            discount_minor: discount_minor as i32,
            returned_quantity: 0,
            flags: self.flags | if is_promoted { PROMOTED } else { 0 },
        }
    }
}
