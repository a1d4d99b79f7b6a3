//! `interest`: what a customer cares about, among categories, brands and topics, and whether it grows.

mod facets;
mod fit;
mod model;
mod params;
mod profile;
#[cfg(test)]
mod tests;

pub use facets::{FacetKind, Facets};
pub use fit::fit_interest;
pub use model::{CustomerInterest, ExplainedInterest, Interest, InterestColumns, InterestScorer, Trend};
pub use params::{CheckedInterestParams, InterestParams};
pub use profile::{FacetValue, ProfileRow, Signal, decayed};
