//! What a recipe may say about RP3beta.

use erbij_core::{ParamError, in_range};
use serde::{Deserialize, Serialize};

/// RP3beta: the chance of walking from an item to one of its customers and on to one of his items, with
/// the degrees damped and popular ends discounted.
///
/// `w_ji = Σ_u (1/d_j)^alpha · (1/d_u)^alpha / d_i^beta`, the `neighbours` largest kept per source `j`, rows
/// then scaled to sum to one; `d` are the numbers of items of a customer and of customers of an item.
/// Source: Paudel et al., "Updatable, Accurate, Diverse, and Scalable Recommendations for Interactive
/// Applications", TiiS 2017; row scaling as in the study of Ferrari Dacrema et al., TOIS 2021.
///
/// | Name | Default | Purpose | Range |
/// |---|---|---|---|
/// | `alpha` | 0.6 | how much a step is damped by the degree it leaves from | 0 to 4 |
/// | `beta` | 0.3 | how much popular items are held back; trades accuracy for coverage | 0 to 4 |
/// | `neighbours` | 200 | weights kept per item | 1 to 10000 |
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Rp3betaParams {
    /// Damping of each step.
    pub alpha: f64,
    /// Discount of popular ends.
    pub beta: f64,
    /// Weights kept per item.
    pub neighbours: u32,
}

impl Default for Rp3betaParams {
    fn default() -> Self {
        Self { alpha: 0.6, beta: 0.3, neighbours: 200 }
    }
}

/// Checked [`Rp3betaParams`].
#[derive(Clone, Debug, PartialEq)]
pub struct CheckedRp3betaParams {
    params: Rp3betaParams,
}

impl Rp3betaParams {
    /// Checks every parameter.
    pub fn check(&self) -> Result<CheckedRp3betaParams, ParamError> {
        let is_exponent = |value: &f64| (0.0..=4.0).contains(value);
        in_range("alpha", self.alpha, is_exponent, "a number from 0 to 4")?;
        in_range("beta", self.beta, is_exponent, "a number from 0 to 4")?;
        in_range("neighbours", self.neighbours, |n| (1..=10_000).contains(n), "1 to 10000")?;
        Ok(CheckedRp3betaParams { params: self.clone() })
    }
}

impl CheckedRp3betaParams {
    /// Damping of each step.
    pub fn alpha(&self) -> f64 {
        self.params.alpha
    }

    /// Discount of popular ends.
    pub fn beta(&self) -> f64 {
        self.params.beta
    }

    /// Weights kept per item.
    pub fn neighbours(&self) -> usize {
        self.params.neighbours as usize
    }
}
