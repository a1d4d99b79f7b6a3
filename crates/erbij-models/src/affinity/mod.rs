//! `affinity`: what goes with an item, from what is bought together.

mod fit;
mod measure;
mod model;
mod params;
#[cfg(test)]
mod tests;
mod weights;

pub use fit::fit_affinity;
pub(crate) use measure::MeasureParams;
pub use measure::{AffinityMeasure, PairCounts, entropy_llr};
pub use model::{Affinity, AffinityNeighbour};
pub use params::{AffinityParams, CheckedAffinityParams, CountBy};
