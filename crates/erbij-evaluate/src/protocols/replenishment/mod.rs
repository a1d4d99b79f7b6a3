//! What was said to be due, and what was bought: the windows of planted pairs, or the reminders of a shop's last days.
//!
//! `facts.rs` reads what customers bought straight from their orders; `windows.rs` holds windows against what a simulated shop
//! planted; `reminders.rs` holds reminders against what was bought, and against what frequency alone would remind of.

mod facts;
mod fitted;
mod planted;
mod reminders;
mod windows;

pub use fitted::{Fitted, n_lines_before};
pub use planted::{PlantedInterval, once_each};
pub use reminders::{ReminderFigures, ReminderLine, WindowShares, judge_reminders};
pub use windows::{DueErrors, Fates, OwnMeanErrors, PlantedWindows, WindowFigures, judge_windows};
