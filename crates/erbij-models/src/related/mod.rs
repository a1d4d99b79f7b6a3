//! `related`: what to show beside an item, everything that is known of a pair in one ranking.
//!
//! Three kinds of evidence bring a candidate up: orders that hold both, customers who bought both at any time (the weights
//! of the recipe's first item–item model), and what the catalogue says the two share. What is known of a pair is laid out
//! as [`RelatedFeature`]s, and a logistic regression, learned on the orders of the last days, says what each is worth. Beside
//! a basket, what is related to its items is ranked by [`BasketFeature`]s in the same way.

mod basket;
mod basket_features;
mod companion;
mod company;
mod features;
mod fit;
mod model;
mod params;
mod weights;

pub use basket_features::{BasketFeature, BasketWeights};
pub use company::{CompanyColumns, count_company};
pub use features::{RelatedFeature, RelatedWeights};
pub use fit::{FittedBefore, RelatedLesson, fit_related};
pub use model::{BasketRanking, Related, RelatedColumns, RelatedLessons, RelatedPair};
pub use params::{CheckedRelatedParams, RelatedParams};

#[cfg(test)]
mod tests;
