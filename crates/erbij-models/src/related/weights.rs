//! What each thing known of a candidate is worth.

/// One weight a feature, and a constant: the log-odds of a candidate.
#[derive(Clone, Debug, PartialEq)]
pub struct Weights<const N: usize> {
    weights: [f32; N],
    constant: f32,
}

impl<const N: usize> Weights<N> {
    pub(super) const fn taught(weights: [f32; N], constant: f32) -> Self {
        Self { weights, constant }
    }

    /// Takes weights; none where one is missing or not finite.
    pub fn new(weights: &[f32], constant: f32) -> Option<Self> {
        let are_finite = constant.is_finite() && weights.iter().all(|weight| weight.is_finite());
        Some(Self { weights: weights.try_into().ok().filter(|_| are_finite)?, constant })
    }

    /// One a feature, in the order of their columns.
    pub fn weights(&self) -> &[f32] {
        &self.weights
    }

    /// The log-odds where every feature is zero.
    pub fn constant(&self) -> f32 {
        self.constant
    }

    /// What the features come to.
    pub(crate) fn log_odds(&self, features: &[f32; N]) -> f64 {
        let terms = self.weights.iter().zip(features).map(|(&weight, &x)| f64::from(weight) * f64::from(x));
        f64::from(self.constant) + terms.sum::<f64>()
    }

    /// The estimated probability of a candidate: above 0, below 1.
    pub fn probability(&self, features: &[f32; N]) -> f32 {
        // Within what `f32` tells from 0 and from 1.
        (1.0 / (1.0 + (-self.log_odds(features).clamp(-60.0, 15.0)).exp())) as f32
    }
}
