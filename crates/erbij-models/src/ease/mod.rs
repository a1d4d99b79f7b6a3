//! `ease`: what a customer wants next, by regressing each item on all others at once.

mod fit;
mod inverse;
mod params;
#[cfg(test)]
mod tests;

pub use fit::{EaseError, fit_ease};
pub use params::{CheckedEaseParams, EaseParams, KeepWeights};
