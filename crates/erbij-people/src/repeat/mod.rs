//! `repeat`: what will the customer's next basket hold, what was bought before included?
//!
//! Files in the order of a fit: `params.rs`; `later.rs` walks from each purchase of an item to what the same
//! customers bought later; `foretold.rs` sums how well that foretells them; `half_lives.rs` says how fast items of
//! a category are forgotten; `fit.rs` learns rates, followers and popularity; `model.rs` scores what a customer's
//! past is worth now; `histories.rs` keeps the pasts of all customers; `repeats.rs` answers for one.

mod choose;
mod fit;
mod foretold;
mod half_lives;
mod histories;
mod later;
mod model;
mod params;
mod repeats;
#[cfg(test)]
mod tests;

pub use choose::choose_repeat;
pub use fit::fit_repeat;
pub use histories::{RepeatHistories, RepeatHistoryColumns, joined_strengths};
pub use model::{DatedPurchase, ItemStrength, Repeat, RepeatColumns, RepeatParts};
pub use params::{CheckedRepeatParams, RepeatParams};
pub use repeats::Repeats;
