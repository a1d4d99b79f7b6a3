//! `household`: a guess, to be put right by the customer, whether one person, a couple or a family is bought for.

mod fit;
mod model;
mod params;
#[cfg(test)]
mod tests;

pub use fit::fit_household;
pub use model::{Household, HouseholdColumns, HouseholdEvidence, HouseholdGuess, HouseholdRates};
pub use params::{CheckedHouseholdParams, HouseholdHint, HouseholdParams};
