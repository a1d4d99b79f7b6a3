//! `popularity`: what sells now, and what sells more than it did.

mod fit;
mod model;
mod params;

pub use fit::fit_popularity;
pub use model::{Popularity, PopularityColumns};
pub use params::{CheckedPopularityParams, PopularityParams};
