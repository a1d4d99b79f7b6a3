//! `ials`: what a customer wants next, by implicit alternating least squares.
//!
//! Customers and items become vectors of a few dozen numbers whose product is the score. Only the items'
//! vectors are kept: a customer's is the answer to a small linear system over his history, and is found at the
//! moment of asking, so what he did a second ago counts.

mod fit;
mod half_step;
mod model;
mod params;
mod score;
mod solve;
#[cfg(test)]
mod tests;

pub use fit::fit_ials;
pub use model::Factors;
pub use params::{CheckedIalsParams, IalsParams};
