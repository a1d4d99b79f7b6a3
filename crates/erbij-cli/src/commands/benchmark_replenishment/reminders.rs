//! Reminders due in the last days, and which of them were bought; beside what frequency alone would remind of.

use std::io::Write;
use std::ops::RangeInclusive;

use erbij_core::{CustomerIdx, ItemIdx};
use serde_json::{Value, json};

use super::Fitted;
use super::facts::{day_of, known, next};
use crate::progress::with_commas;

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

    fn json(&self) -> Value {
        let share = |n: u64| mean(n as f64, self.n as usize);
        let late = self.n - self.n_inside - self.n_early;
        json!({ "n": self.n, "inside": share(self.n_inside), "early": share(self.n_early), "late": share(late) })
    }
}

pub(super) fn judge(
    fitted: &Fitted<'_>,
    min_probabilities: &[f64],
    out: &mut dyn Write,
) -> anyhow::Result<Value> {
    let reminders = Reminders::gather(fitted);
    writeln!(out, "{HEADER}")?;
    let mut lines = Vec::new();
    for &min_probability in min_probabilities {
        let n = reminders.model.partition_point(|reminder| min_probability <= reminder.rank);
        let line = reminders.line(min_probability, n);
        print(&line, out)?;
        lines.push(line);
    }
    let windows = reminders.windows.json();
    let percent = |key: &str| 100.0 * windows[key].as_f64().unwrap_or_default();
    writeln!(
        out,
        "of {} purchases whose window was watched for long enough, {:.1} % fell inside, {:.1} % before, {:.1} % after",
        with_commas(reminders.windows.n),
        percent("inside"),
        percent("early"),
        percent("late"),
    )?;
    Ok(json!({ "n_due": reminders.model.len(), "reminders": lines, "window": windows }))
}

impl Reminders {
    fn gather(fitted: &Fitted<'_>) -> Self {
        let baskets = &fitted.ingested.baskets;
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
    fn line(&self, min_probability: f64, n: usize) -> Value {
        let chosen = &self.model[..n];
        let promised = chosen.iter().map(|reminder| reminder.rank).sum::<f64>();
        let n_customers = {
            let mut customers: Vec<_> = chosen.iter().map(|reminder| reminder.customer).collect();
            customers.sort_unstable();
            customers.dedup();
            customers.len()
        };
        let per_customer = first_of_each(&self.frequency, &count_by_customer(chosen));
        // Where the own mean calls for fewer, there is nothing to compare.
        json!({
            "min_probability": min_probability,
            "n_reminders": n,
            "n_customers": n_customers,
            "promised": mean(promised, n),
            "bought": bought(chosen),
            "bought_in_window": mean(chosen.iter().filter(|r| r.is_in_window).count() as f64, n),
            "gp_top_freq_per_customer": bought(&per_customer),
            "gp_top_freq_in_total": bought(&self.frequency[..n.min(self.frequency.len())]),
            "own_mean": self.own_mean.get(..n).and_then(bought),
        })
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

const HEADER: &str = "share of reminders bought in the days judged
  chance ≥  reminders  customers  promised   bought  in window | as many by frequency: each   in all | own mean";

fn print(line: &Value, out: &mut dyn Write) -> anyhow::Result<()> {
    let percent = |key: &str| line[key].as_f64().map_or("–".to_owned(), |v| format!("{:.1} %", 100.0 * v));
    let count = |key: &str| with_commas(line[key].as_u64().unwrap_or_default());
    writeln!(
        out,
        "  {:>8} {:>10} {:>10} {:>9} {:>8} {:>10} | {:>26} {:>8} | {:>8}",
        line["min_probability"].as_f64().unwrap_or_default(),
        count("n_reminders"),
        count("n_customers"),
        percent("promised"),
        percent("bought"),
        percent("bought_in_window"),
        percent("gp_top_freq_per_customer"),
        percent("gp_top_freq_in_total"),
        percent("own_mean"),
    )?;
    Ok(())
}
