//! What a recipe may say about the blend.

use erbij_core::{ParamError, in_range};
use serde::{Deserialize, Serialize};

/// Whether the order of slates is learned, and from what.
///
/// The last `horizon_days` of the history are held back, every other model is trained on what lies before,
/// and a logistic regression learns from what customers then bought which of the models to believe how far.
/// Then all models are trained again on everything. Where a history is too short for that, the weights are what other
/// shops taught, and the more there is to learn from, the less they count.
///
/// | Name | Default | Purpose | Range |
/// |---|---|---|---|
/// | `learn` | true | whether there is a blend | |
/// | `horizon_days` | 28 | the days at the end that are learned from | 1 to 3650 |
/// | `candidates` | 100 | of each model, so many best items are ordered | 1 to 1000 |
/// | `max_lines` | 1500000 | of more order lines, those of people drawn at random are learned from | ≥ 1000 |
/// | `max_customers` | 2500 | of more customers with a purchase to learn from, a sample | ≥ 1 |
/// | `l2` | 1 | penalty on the squared distance of weights from those of other shops | > 0 |
/// | `seed` | 1 | of the sample | |
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct BlendParams {
    /// Whether there is a blend.
    pub learn: bool,
    /// The days at the end that are learned from.
    pub horizon_days: u32,
    /// Of each model, so many best items are ordered.
    pub candidates: u32,
    /// About so many order lines are learned from at most.
    pub max_lines: u64,
    /// At most so many customers are learned from.
    pub max_customers: u32,
    /// Penalty on the squared distance of weights from those of other shops.
    pub l2: f64,
    /// Of the sample.
    pub seed: u64,
}

impl Default for BlendParams {
    fn default() -> Self {
        Self {
            learn: true,
            horizon_days: 28,
            candidates: 100,
            max_lines: 1_500_000,
            max_customers: 2500,
            l2: 1.0,
            seed: 1,
        }
    }
}

/// Checked [`BlendParams`].
#[derive(Clone, Debug, PartialEq)]
pub struct CheckedBlendParams {
    params: BlendParams,
}

impl BlendParams {
    /// Checks every parameter.
    pub fn check(&self) -> Result<CheckedBlendParams, ParamError> {
        in_range("horizon_days", self.horizon_days, |d| (1..=3650).contains(d), "1 to 3650")?;
        in_range("candidates", self.candidates, |n| (1..=1000).contains(n), "1 to 1000")?;
        let is_number_of_lines = |n: &u64| 1000 <= *n && i64::try_from(*n).is_ok();
        in_range("max_lines", self.max_lines, is_number_of_lines, "a whole number from 1000")?;
        in_range("max_customers", self.max_customers, |&n| 1 <= n, "at least 1")?;
        in_range("l2", self.l2, |&l2| 0.0 < l2 && l2.is_finite(), "a number above 0")?;
        // TOML has no larger whole numbers, so a recipe could not be written back.
        in_range("seed", self.seed, |&seed| i64::try_from(seed).is_ok(), "a number below 2^63")?;
        Ok(CheckedBlendParams { params: self.clone() })
    }
}

impl CheckedBlendParams {
    /// The parameters as written.
    pub fn params(&self) -> &BlendParams {
        &self.params
    }
}
