//! What was said to be due, and what was bought: the windows of planted pairs, or the reminders of a shop's last days.
//!
//! `facts.rs` reads what customers bought straight from their orders; `windows.rs` holds windows against what a simulated shop
//! planted; `reminders.rs` holds reminders against what was bought, and against what frequency alone would remind of.

mod facts;
mod planted;
mod reminders;
mod windows;

use erbij_core::{Baskets, Day};
use erbij_people::Replenishment;

pub use planted::{PlantedInterval, once_each};
pub use reminders::{ReminderFigures, ReminderLine, WindowShares, judge_reminders};
pub use windows::{DueErrors, Fates, OwnMeanErrors, PlantedWindows, WindowFigures, judge_windows};

/// A model fitted on what lies before a day, and what came of it.
#[derive(Clone, Copy, Debug)]
pub struct Fitted<'a> {
    /// The model.
    pub model: &'a Replenishment,
    /// All orders, known and judged.
    pub baskets: &'a Baskets,
    /// First day that was not known.
    pub cutoff: Day,
    /// Last day with orders.
    pub end: Day,
}

/// Lines of orders before a day. O(orders).
pub fn n_lines_before(baskets: &Baskets, cutoff: Day) -> u64 {
    let before = (0..baskets.len()).filter(|&basket| baskets.ordered_on(basket) < cutoff);
    before.map(|basket| baskets.items(basket).len() as u64).sum()
}
