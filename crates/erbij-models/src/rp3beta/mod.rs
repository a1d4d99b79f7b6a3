//! `rp3beta`: what a customer wants next, by walks over the bipartite graph of customers and items.

mod fit;
mod params;
#[cfg(test)]
mod tests;

pub use fit::fit_rp3beta;
pub use params::{CheckedRp3betaParams, Rp3betaParams};
