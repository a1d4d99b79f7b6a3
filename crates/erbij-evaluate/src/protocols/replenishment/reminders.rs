//! Reminders due in the last days, and which of them were bought; beside what frequency alone would remind of.

use std::ops::RangeInclusive;

use erbij_core::{CustomerIdx, ItemIdx};
use serde::Serialize;

use super::facts::{day_of, known, next};
use super::fitted::Fitted;

/// What came of the reminders of the last days.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ReminderFigures {
    /// Things due within the days judged.
    pub n_due: usize,
    /// A line a least chance.
    pub reminders: Vec<ReminderLine>,
    /// Where the next purchase fell.
    pub window: WindowShares,
}

/// The reminders of at least some chance, beside as many others. A share of nothing is none.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct ReminderLine {
    /// The least chance.
    pub min_probability: f64,
    /// How many reminders.
    pub n_reminders: usize,
    /// How many customers get any.
    pub n_customers: usize,
    /// The share that the model says is bought.
    pub promised: Option<f64>,
    /// The share that was bought within the days judged.
    pub bought: Option<f64>,
    /// The share that was bought within the window told.
    pub bought_in_window: Option<f64>,
    /// The share bought of as many a customer, by the days that customer bought them on.
    pub gp_top_freq_per_customer: Option<f64>,
    /// The share bought of as many in all, by the days a customer bought them on.
    pub gp_top_freq_in_total: Option<f64>,
    /// The share bought of as many by the customer's own mean interval; none where that calls for fewer.
    pub own_mean: Option<f64>,
}

/// Windows that were watched for long enough, of what was bought again.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct WindowShares {
    /// How many.
    pub n: u64,
    /// The share that was bought within its window.
    pub inside: Option<f64>,
    /// The share that was bought before it.
    pub early: Option<f64>,
    /// The share that was bought after it.
    pub late: Option<f64>,
}

/// One reminder that might be sent.
#[derive(Clone, Copy)]
struct Reminder {
    customer: CustomerIdx,
    item: ItemIdx,
    /// What the first are chosen by: chance, or days it was bought on.
    rank: f64,
    /// Whether the item was bought within the days judged.
    is_bought: bool,
    /// Whether that was within the window told.
    is_in_window: bool,
}

/// All that may be reminded of.
#[derive(Default)]
struct Reminders {
    /// Due within the days judged, by the model.
    model: Vec<Reminder>,
    /// Everything bought before, by the days it was bought on.
    frequency: Vec<Reminder>,
    /// Due within the days judged by the customer's own mean interval, by the same.
    own_mean: Vec<Reminder>,
    /// Windows that were watched for long enough, of what was bought again.
    windows: Windows,
}

/// Windows and where the next purchase fell.
///
/// A purchase after the days judged is not seen. Were every window counted that ends within them, late purchases would be
/// missing and nearly all of the others inside. So a window counts only where its customer was watched until twice the days
/// from their last purchase to its end; few purchases come later still.
#[derive(Default)]
struct Windows {
    n: u64,
    n_early: u64,
    n_inside: u64,
}

impl Windows {
    /// Counts a window that was followed by a purchase, if the days from the last purchase to its end pass twice by `end`.
    fn take(&mut self, window: &RangeInclusive<i32>, last: i32, bought_on: Option<i32>, end: i32) {
        if let (Some(day), true) = (bought_on, 2 * (window.end() - last) <= end - last) {
            self.n += 1;
            self.n_early += u64::from(day < *window.start());
            self.n_inside += u64::from(window.contains(&day));
        }
    }

    fn shares(&self) -> WindowShares {
        let share = |n: u64| mean(n as f64, self.n as usize);
        let late = self.n - self.n_inside - self.n_early;
        WindowShares {
            n: self.n,
            inside: share(self.n_inside),
            early: share(self.n_early),
            late: share(late),
        }
    }
}

/// Counts the reminders of at least each chance, and what was bought of them. O(lines + things due, sorted).
pub fn judge_reminders(fitted: &Fitted<'_>, min_probabilities: &[f64]) -> ReminderFigures {
    let reminders = Reminders::gather(fitted);
    let line = |&min_probability: &f64| {
        let n = reminders.model.partition_point(|reminder| min_probability <= reminder.rank);
        reminders.line(min_probability, n)
    };
    ReminderFigures {
        n_due: reminders.model.len(),
        reminders: min_probabilities.iter().map(line).collect(),
        window: reminders.windows.shares(),
    }
}

impl Reminders {
    fn gather(fitted: &Fitted<'_>) -> Self {
        let baskets = fitted.baskets;
        let (cutoff, end) = (fitted.cutoff, fitted.end.get());
        let horizon_days = (end - cutoff.get() + 1) as u32;
        let mut all = Self::default();
        for customer in (0..baskets.n_customers() as u32).map(CustomerIdx::new) {
            let next = next(baskets, customer, cutoff);
            let known = known(baskets, customer, cutoff);
            for due in fitted.model.due(customer, cutoff, horizon_days) {
                let day = day_of(&next, due.item);
                let window = due.window.0.get()..=due.window.1.get();
                let bought = known.binary_search_by_key(&due.item, |known| known.item);
                let last = bought.map_or(end, |at| known[at].last());
                all.windows.take(&window, last, day, end);
                if due.due_on.get() <= end {
                    all.model.push(Reminder {
                        customer,
                        item: due.item,
                        rank: due.probability,
                        is_bought: day.is_some(),
                        is_in_window: day.is_some_and(|day| window.contains(&day)),
                    });
                }
            }
            for known in &known {
                let is_bought = day_of(&next, known.item).is_some();
                let rank = known.days.len() as f64;
                let reminder =
                    Reminder { customer, item: known.item, rank, is_bought, is_in_window: is_bought };
                all.frequency.push(reminder);
                let due = known.mean_interval().map(|mean| f64::from(known.last()) + mean);
                if due.is_some_and(|due| f64::from(cutoff.get()) <= due && due < f64::from(end + 1)) {
                    all.own_mean.push(reminder);
                }
            }
        }
        for reminders in [&mut all.model, &mut all.frequency, &mut all.own_mean] {
            // Items are numbered by popularity: a tie goes to the item most bought by all.
            reminders.sort_by(|a, b| {
                b.rank.total_cmp(&a.rank).then_with(|| (a.item, a.customer).cmp(&(b.item, b.customer)))
            });
        }
        all
    }

    /// The first n of the model beside as many others.
    fn line(&self, min_probability: f64, n: usize) -> ReminderLine {
        let chosen = &self.model[..n];
        let promised = chosen.iter().map(|reminder| reminder.rank).sum::<f64>();
        let n_customers = {
            let mut customers: Vec<_> = chosen.iter().map(|reminder| reminder.customer).collect();
            customers.sort_unstable();
            customers.dedup();
            customers.len()
        };
        let per_customer = first_of_each(&self.frequency, &count_by_customer(chosen));
        ReminderLine {
            min_probability,
            n_reminders: n,
            n_customers,
            promised: mean(promised, n),
            bought: bought(chosen),
            bought_in_window: mean(chosen.iter().filter(|r| r.is_in_window).count() as f64, n),
            gp_top_freq_per_customer: bought(&per_customer),
            gp_top_freq_in_total: bought(&self.frequency[..n.min(self.frequency.len())]),
            // Where the own mean calls for fewer, there is nothing to compare.
            own_mean: self.own_mean.get(..n).and_then(bought),
        }
    }
}

fn mean(sum: f64, n: usize) -> Option<f64> {
    (0 < n).then(|| sum / n as f64)
}

fn bought(reminders: &[Reminder]) -> Option<f64> {
    mean(reminders.iter().filter(|reminder| reminder.is_bought).count() as f64, reminders.len())
}

/// How many reminders each customer gets, by customer.
fn count_by_customer(reminders: &[Reminder]) -> Vec<(CustomerIdx, usize)> {
    let mut customers: Vec<CustomerIdx> = reminders.iter().map(|reminder| reminder.customer).collect();
    customers.sort_unstable();
    customers.chunk_by(|a, b| a == b).map(|same| (same[0], same.len())).collect()
}

/// The first so many of each customer.
fn first_of_each(reminders: &[Reminder], counts: &[(CustomerIdx, usize)]) -> Vec<Reminder> {
    let mut by_customer: Vec<(CustomerIdx, usize)> =
        reminders.iter().enumerate().map(|(at, reminder)| (reminder.customer, at)).collect();
    by_customer.sort_unstable();
    let mut chosen = Vec::new();
    for of_customer in by_customer.chunk_by(|a, b| a.0 == b.0) {
        if let Ok(at) = counts.binary_search_by_key(&of_customer[0].0, |count| count.0) {
            chosen.extend(of_customer.iter().take(counts[at].1).map(|&(_, at)| reminders[at]));
        }
    }
    chosen
}
