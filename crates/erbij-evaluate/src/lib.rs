//! Splits, metrics, intervals and tuning: what a recipe is worth, measured with the engine that serves.
//!
//! The way of an evaluation: [`split_at`] parts what a model may see from what it is judged by, [`Slices`]
//! tell groups of customers and items apart, [`metrics`] give each customer a value, and
//! [`means_with_intervals`] and [`paired_differences`] say what of the means can be believed. [`report`] tells it, to people
//! and to programs; [`protocols`] are those of the literature, and of simulated shops.
//!
//! Everything here is a pure function of its arguments. There is no IO and no clock, and chance comes from a
//! seed that is passed in.

mod audit;
mod baselines;
mod counts;
mod evaluation;
mod intervals;
mod lists_hold_out;
mod lists_text;
pub mod metrics;
mod pages;
mod peers;
pub mod protocols;
pub mod report;
mod slices;
// Small inputs, as training tests them.
#[cfg(test)]
#[path = "../../erbij-train/src/testing.rs"]
mod testing;
pub mod tuning;

pub use audit::{AskedOf, Audit, AuditCounts, AuditedQuestion, BrokenSlate, audit, audited_questions};
pub use baselines::{ItemCf, ItemCfParams, ItemCosine, ItemCosineParams, MostPopular, incidence_of};
pub use counts::{JudgedCounts, n_buyers_by_item, n_orders_by_customer, n_purchases_by_item};
pub use evaluation::{
    Asked, Evaluation, EvaluationError, Exposure, Judge, SliceValues, System, SystemValues, relevant_of,
};
pub use intervals::{
    Difference, Interval, IntervalError, PFrom, Resampling, holm, mean_with_interval, means_with_intervals,
    paired_difference, paired_differences,
};
pub use lists_hold_out::{HoldOutError, ListsHoldOut, hold_out_of_lists};
pub use lists_text::{ListsError, ListsSplit, NumberedLists, parse_lists};
pub use pages::{
    HiddenItem, MeasureAlone, PageEvaluation, PageValues, hidden_items, is_of_pages, judge_pages,
    n_without_related,
};
pub use peers::Peer;
pub use slices::{Slice, SliceRules, Slices};
