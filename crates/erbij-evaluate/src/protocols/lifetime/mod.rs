//! How customers buy and leave, by the summaries that the literature publishes figures for, and by the last days of a
//! history.
//!
//! `summary.rs` reads the published files; `fit.rs` fits to them and compares what is expected with what came; `last_days.rs`
//! does the same for a shop's own orders.

mod fit;
mod last_days;
mod summary;

pub use fit::{
    FittedParameter, HoldOutFigures, LifetimeFigures, compare_with_holdout, fit_orders, fit_spend,
};
pub use last_days::{LastDaysError, LastDaysFigures, OrdersTold, judge_last_days};
pub use summary::{PurchaseDays, SummaryCustomer, SummaryError, parse_lifetime_summary, parse_purchase_days};
