//! Baskets as intervals: when each customer bought each thing, and how long it took until the next time.

use std::ops::Range;

use erbij_core::{Baskets, CategoryIdx, CustomerIdx, Progress, Timestamp, share_out_in_turns};

use crate::replenishment::{CensorAt, ReplenishBy};

/// Fewest and most units a line may count for: what is beyond is a unit of measure gone wrong.
const UNITS: (f32, f32) = (1e-3, 1e6);

/// What a purchase counts for: an item, or with `per = "category"` its category behind all items.
pub(crate) struct Needs<'a> {
    pub(crate) per: ReplenishBy,
    pub(crate) categories: &'a [Option<CategoryIdx>],
}

impl Needs<'_> {
    /// The number of the need an item fills.
    pub(crate) fn of(&self, item: usize) -> u32 {
        match (self.per, self.categories[item]) {
            (ReplenishBy::Category, Some(category)) => self.categories.len() as u32 + category.get(),
            _ => item as u32,
        }
    }

    /// Whether every need is an item.
    fn are_items(&self) -> bool {
        self.per == ReplenishBy::Item
    }

    /// How many numbers there are.
    pub(crate) fn len(&self) -> usize {
        match self.per {
            ReplenishBy::Item => self.categories.len(),
            ReplenishBy::Category => {
                let categories = self.categories.iter().flatten();
                self.categories.len() + categories.map(|category| category.index() + 1).max().unwrap_or(0)
            }
        }
    }
}

/// Customer × need, in columns: one pair each, by customer, then by need. 16 bytes a pair and 8 an interval.
///
/// An interval is the days from one day of purchase to the next; purchases of one day are one.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Purchases {
    /// A customer each: how many pairs.
    pub(crate) n_pairs_of: Vec<usize>,
    /// A pair each: the need.
    pub(crate) needs: Vec<u32>,
    /// A pair each: the item bought last, of several on one day the first; empty where every need is an item.
    items: Vec<u32>,
    /// A pair each: the day of the last purchase.
    pub(crate) last_bought_on: Vec<i32>,
    /// A pair each: how many units were bought on that day.
    pub(crate) last_units: Vec<f32>,
    /// The day until which running intervals are known to run, where it is the same for all.
    known_until: Option<i32>,
    /// A pair each: how many days that is; empty where the day is the same for all.
    running_days: Vec<f32>,
    /// A pair each: where its intervals end; they begin where those before it end.
    ends: Vec<u32>,
    /// An interval each: the logarithm of its days.
    pub(crate) log_days: Vec<f32>,
    /// An interval each: the logarithm of the units that had to last for it.
    pub(crate) log_units: Vec<f32>,
}

/// One line of one customer.
#[derive(Clone, Copy)]
struct Bought {
    need: u32,
    day: i32,
    item: u32,
    units: f32,
}

impl Purchases {
    pub(crate) fn n_pairs(&self) -> usize {
        self.needs.len()
    }

    /// The item of a pair bought last.
    pub(crate) fn item(&self, pair: usize) -> u32 {
        if self.items.is_empty() { self.needs[pair] } else { self.items[pair] }
    }

    /// How many intervals a pair has.
    pub(crate) fn n_intervals(&self, pair: usize) -> u32 {
        self.intervals(pair).len() as u32
    }

    /// How many days the running interval of a pair is known to run.
    #[inline]
    pub(crate) fn running_days(&self, pair: usize) -> f32 {
        match self.known_until {
            Some(known_until) => running_days(self.last_bought_on[pair], known_until),
            None => self.running_days[pair],
        }
    }

    /// Where the intervals of a pair lie.
    #[inline]
    pub(crate) fn intervals(&self, pair: usize) -> Range<usize> {
        let start = pair.checked_sub(1).map_or(0, |before| self.ends[before]);
        start as usize..self.ends[pair] as usize
    }

    /// Lays out what was bought before the cutoff. O(lines · log of a customer's lines).
    pub(crate) fn from_baskets(
        baskets: &Baskets,
        needs: &Needs<'_>,
        pack_sizes: &[f32],
        cutoff: Timestamp,
        censor_at: CensorAt,
        progress: &dyn Progress,
    ) -> Self {
        let n_customers = baskets.n_customers();
        progress.begin("laying out intervals", Some(n_customers as u64), "customers");
        let cutoff_on = (censor_at == CensorAt::Cutoff).then(|| baskets.day_of(cutoff).get());
        let on_block = |lines: &mut Vec<Bought>, customers: Range<usize>| {
            let mut block = Self::default();
            for customer in customers {
                lines.clear();
                let mut known_until = None;
                for basket in baskets.of_customer(CustomerIdx::new(customer as u32)) {
                    let ordered_at = baskets.ordered_at(basket);
                    if cutoff <= ordered_at {
                        break;
                    }
                    let day = baskets.day_of(ordered_at).get();
                    known_until = Some(day);
                    for (item, &quantity) in baskets.items(basket).iter().zip(baskets.quantities(basket)) {
                        let units = quantity * pack_sizes[item.index()];
                        let units = units.clamp(UNITS.0, UNITS.1);
                        let need = needs.of(item.index());
                        lines.push(Bought { need, day, item: item.get(), units });
                    }
                }
                block.take_customer(lines, cutoff_on.or(known_until).unwrap_or_default());
            }
            if needs.are_items() {
                block.items.clear();
            }
            if cutoff_on.is_some() {
                block.running_days.clear();
            }
            block
        };
        let mut all = Self { known_until: cutoff_on, ..Self::with_capacity(baskets.n_lines()) };
        share_out_in_turns(n_customers, Vec::new, on_block, |block| all.append(&block), progress);
        all.shrink_to_fit();
        all
    }

    fn take_customer(&mut self, lines: &mut [Bought], known_until: i32) {
        lines.sort_unstable_by_key(|line| (line.need, line.day, line.item));
        let before = self.needs.len();
        for of_need in lines.chunk_by(|a, b| a.need == b.need) {
            let mut last: Option<(i32, f32)> = None;
            for of_day in of_need.chunk_by(|a, b| a.day == b.day) {
                let day = of_day[0].day;
                if let Some((last_day, units)) = last {
                    self.log_days.push(((day - last_day) as f32).ln());
                    self.log_units.push(units.ln());
                }
                last = Some((day, of_day.iter().map(|line| line.units).sum()));
            }
            let (day, units) = last.expect("a chunk is not empty");
            let on_last = of_need.iter().find(|line| line.day == day).expect("the last day is one of them");
            self.needs.push(of_need[0].need);
            self.items.push(on_last.item);
            self.last_bought_on.push(day);
            self.last_units.push(units);
            self.running_days.push(running_days(day, known_until));
            self.ends.push(self.log_days.len() as u32);
        }
        self.n_pairs_of.push(self.needs.len() - before);
    }

    /// With room for as many pairs and intervals as there may be: no column is moved as it grows, and room that is never
    /// written to takes no memory.
    fn with_capacity(n_lines: usize) -> Self {
        assert!(u32::try_from(n_lines).is_ok(), "the end of an interval is a number of 4 bytes");
        Self {
            n_pairs_of: Vec::new(),
            needs: Vec::with_capacity(n_lines),
            items: Vec::with_capacity(n_lines),
            last_bought_on: Vec::with_capacity(n_lines),
            last_units: Vec::with_capacity(n_lines),
            known_until: None,
            running_days: Vec::with_capacity(n_lines),
            ends: Vec::with_capacity(n_lines),
            log_days: Vec::with_capacity(n_lines),
            log_units: Vec::with_capacity(n_lines),
        }
    }

    fn append(&mut self, block: &Self) {
        let n_before = self.log_days.len() as u32;
        self.n_pairs_of.extend(&block.n_pairs_of);
        self.needs.extend(&block.needs);
        self.items.extend(&block.items);
        self.last_bought_on.extend(&block.last_bought_on);
        self.last_units.extend(&block.last_units);
        self.running_days.extend(&block.running_days);
        self.ends.extend(block.ends.iter().map(|end| n_before + end));
        self.log_days.extend(&block.log_days);
        self.log_units.extend(&block.log_units);
    }

    fn shrink_to_fit(&mut self) {
        [&mut self.needs, &mut self.items, &mut self.ends].into_iter().for_each(Vec::shrink_to_fit);
        self.last_bought_on.shrink_to_fit();
        let of_numbers =
            [&mut self.last_units, &mut self.running_days, &mut self.log_days, &mut self.log_units];
        of_numbers.into_iter().for_each(Vec::shrink_to_fit);
    }
}

/// Days from the last purchase on.
fn running_days(last_bought_on: i32, known_until: i32) -> f32 {
    (known_until - last_bought_on).max(0) as f32
}
