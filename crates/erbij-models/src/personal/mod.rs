//! `personal`: what a customer wants next, by RP3beta over the bipartite graph of customers and items.

mod fit;
mod model;
mod params;

pub use fit::fit_personal;
pub use model::Personal;
pub use params::{CheckedPersonalParams, PersonalParams};
