//! Baskets as intervals: when each customer bought each thing, and how long it took until the next time.

use std::ops::Range;

use erbij_core::{Baskets, CategoryIdx, CustomerIdx, Progress, Timestamp};

use crate::replenishment::{CensorAt, ReplenishBy};
use crate::share_out::share_out;

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

/// Customer × need, in columns: one pair each, by customer, then by need.
///
/// An interval is the days from one day of purchase to the next; purchases of one day are one.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Purchases {
    /// A customer each: how many pairs.
    pub(crate) n_pairs_of: Vec<usize>,
    /// A pair each: the need.
    pub(crate) needs: Vec<u32>,
    /// A pair each: the item bought last; of several on one day the first.
    pub(crate) items: Vec<u32>,
    /// A pair each: the day of the last purchase.
    pub(crate) last_bought_on: Vec<i32>,
    /// A pair each: how many units were bought on that day.
    pub(crate) last_units: Vec<f32>,
    /// A pair each: days the running interval is known to run.
    pub(crate) running_days: Vec<f32>,
    /// A pair each: how many intervals.
    pub(crate) n_intervals: Vec<u32>,
    /// A pair each and one more: where its intervals begin.
    pub(crate) offsets: Vec<usize>,
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

    pub(crate) fn intervals(&self, pair: usize) -> Range<usize> {
        self.offsets[pair]..self.offsets[pair + 1]
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
        let (blocks, _) = share_out(
            n_customers,
            Vec::new,
            |lines: &mut Vec<Bought>, customers| {
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
                        for (item, &quantity) in baskets.items(basket).iter().zip(baskets.quantities(basket))
                        {
                            let units = quantity * pack_sizes[item.index()];
                            let units = units.clamp(UNITS.0, UNITS.1);
                            let need = needs.of(item.index());
                            lines.push(Bought { need, day, item: item.get(), units });
                        }
                    }
                    if censor_at == CensorAt::Cutoff {
                        known_until = Some(baskets.day_of(cutoff).get());
                    }
                    block.take_customer(lines, known_until.unwrap_or_default());
                }
                block
            },
            progress,
        );
        Self::join(blocks)
    }

    fn take_customer(&mut self, lines: &mut [Bought], known_until: i32) {
        lines.sort_unstable_by_key(|line| (line.need, line.day, line.item));
        let before = self.needs.len();
        for of_need in lines.chunk_by(|a, b| a.need == b.need) {
            let mut last: Option<(i32, f32)> = None;
            let mut n_intervals = 0;
            for of_day in of_need.chunk_by(|a, b| a.day == b.day) {
                let day = of_day[0].day;
                if let Some((last_day, units)) = last {
                    self.log_days.push(((day - last_day) as f32).ln());
                    self.log_units.push(units.ln());
                    n_intervals += 1;
                }
                last = Some((day, of_day.iter().map(|line| line.units).sum()));
            }
            let (day, units) = last.expect("a chunk is not empty");
            let on_last = of_need.iter().find(|line| line.day == day).expect("the last day is one of them");
            self.needs.push(of_need[0].need);
            self.items.push(on_last.item);
            self.last_bought_on.push(day);
            self.last_units.push(units);
            self.running_days.push((known_until - day).max(0) as f32);
            self.n_intervals.push(n_intervals);
        }
        self.n_pairs_of.push(self.needs.len() - before);
    }

    fn join(blocks: Vec<Self>) -> Self {
        let mut all = Self::default();
        // There are as many pairs as there may be lines: no column grows beyond what it will hold.
        let n_pairs = blocks.iter().map(Self::n_pairs).sum();
        let n_intervals = blocks.iter().map(|block| block.log_days.len()).sum();
        for column in [&mut all.needs, &mut all.items, &mut all.n_intervals] {
            column.reserve_exact(n_pairs);
        }
        for column in [&mut all.last_units, &mut all.running_days] {
            column.reserve_exact(n_pairs);
        }
        all.last_bought_on.reserve_exact(n_pairs);
        for column in [&mut all.log_days, &mut all.log_units] {
            column.reserve_exact(n_intervals);
        }
        for block in blocks {
            all.n_pairs_of.extend(block.n_pairs_of);
            all.needs.extend(block.needs);
            all.items.extend(block.items);
            all.last_bought_on.extend(block.last_bought_on);
            all.last_units.extend(block.last_units);
            all.running_days.extend(block.running_days);
            all.n_intervals.extend(block.n_intervals);
            all.log_days.extend(block.log_days);
            all.log_units.extend(block.log_units);
        }
        let mut end = 0;
        let ends = all.n_intervals.iter().map(|&n| {
            end += n as usize;
            end
        });
        all.offsets.reserve_exact(n_pairs + 1);
        all.offsets.extend(std::iter::once(0).chain(ends));
        all
    }
}
