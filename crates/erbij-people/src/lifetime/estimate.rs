//! An estimate is a fitted model, and how well it is known.

/// A fitted model and how well it is known.
#[derive(Clone, Debug, PartialEq)]
pub struct Estimate<M> {
    /// With the parameters of greatest likelihood.
    pub model: M,
    /// The log-likelihood there.
    pub log_likelihood: f64,
    /// How many customers it is over.
    pub n_customers: usize,
    /// Standard errors, a parameter each; none where the optimum lies at an edge.
    pub standard_errors: Option<Vec<f64>>,
}
