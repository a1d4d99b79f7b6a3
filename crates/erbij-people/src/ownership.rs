//! What each customer has, by the need it meets, and for how long: who owns a smoke detector needs no other.
//!
//! A *need* is what a leaf of the category tree answers, or what a recipe says it is. A customer *has* what he bought
//! for himself and did not bring back, with what is in a bundle, for as long as it serves. Only what serves for a known
//! time can be had in this sense: what the catalogue gives a life, and what stands in a need that hardly anybody buys
//! in twice. Of everything else one may always want more.

mod fit;
mod model;
mod needs;
mod params;
mod second_purchase;
#[cfg(test)]
mod tests;

pub(crate) use fit::each_purchase;
pub use fit::{each_part, fit_ownership};
pub use model::{Held, Holding, HoldingState, Need, Ownership, OwnershipColumns};
pub use params::{CheckedOwnershipParams, NeedMapping, OwnershipParams};
