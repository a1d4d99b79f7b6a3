//! `replenishment`: when is something due again?
//!
//! Files in the order of a fit: `params.rs`; `purchases.rs` lays baskets out as intervals between purchases;
//! `estimate.rs` estimates one group of intervals; `levels.rs` says which group stands for which item;
//! `fit.rs` puts them together; `model.rs` answers at any day.

mod estimate;
mod fit;
mod levels;
mod model;
mod params;
mod purchases;
#[cfg(test)]
mod tests;

pub use fit::{ReplenishmentData, fit_replenishment};
pub use model::{DueEstimate, DueEvidence, DueKind, LastBought, Replenishment, ReplenishmentColumns};
pub use params::{CensorAt, CheckedReplenishmentParams, ReplenishBy, ReplenishmentParams};
