//! What a recipe may say about EASE.

use erbij_core::{ParamError, in_range};
use serde::{Deserialize, Serialize};

use crate::ridge::Ridge;

/// Which weights of a row are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeepWeights {
    /// Those furthest from zero: nearest to the model before the cut.
    Strongest,
    /// The largest: more items can be reached in rows as long, but what a negative weight would take back from
    /// an item stays with it.
    Largest,
}

/// EASE: the closed form of a linear model that gives a history back without an item speaking for itself.
///
/// `B = I − P / diag(P)`, that is `b_ji = −P_ji / P_ii` off the diagonal, `P = (G + diag(λ))⁻¹`,
/// `λ_i = l2 · G_ii^normalisation + dropout / (1 − dropout) · G_ii`, `G = Xᵀ W X`, customer `u` weighing
/// `c · |h_u|^−history_exponent`; then `b_ji · G_ii^−target_exponent · G_jj^−source_exponent`, and per source `j` the `neighbours` of most
/// weight. Sources: Steck, "Embarrassingly Shallow Autoencoders for Sparse Data", WWW 2019; for the dropout
/// Steck, "Autoencoders that don't overfit towards the Identity", NeurIPS 2020.
///
/// | Name | Default | Purpose | Range |
/// |---|---|---|---|
/// | `l2` | 200 | ridge; larger is smoother | above 0 |
/// | `normalisation` | 0 | how much the ridge grows with an item's popularity | 0 to 2 |
/// | `dropout` | 0 | part of each history left out in training, in the mean | 0 to below 1 |
/// | `history_exponent` | 0 | how much less a long history counts | 0 to 2 |
/// | `target_exponent` | 0 | how much popular items are held back when scored; variety for accuracy | 0 to 2 |
/// | `source_exponent` | 0 | how much less a popular item of a history says; 0.1 may help | 0 to 2 |
/// | `neighbours` | 500 | weights kept per item | 1 to 100000 |
/// | `keep` | `strongest` | which: `strongest` by magnitude, `largest` by value | |
/// | `max_memory_gib` | 8 | the fit is refused where its matrix, `4 · n_items²` bytes, is larger | above 0 |
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct EaseParams {
    /// Ridge.
    pub l2: f64,
    /// How much the ridge grows with popularity.
    pub normalisation: f64,
    /// Part of each history left out in training, in the mean.
    pub dropout: f64,
    /// How much less a long history counts.
    pub history_exponent: f64,
    /// How much popular items are held back when scored.
    pub target_exponent: f64,
    /// How much less a popular item of a history says.
    pub source_exponent: f64,
    /// Weights kept per item.
    pub neighbours: u32,
    /// Which weights are kept.
    pub keep: KeepWeights,
    /// The largest matrix that may be made.
    pub max_memory_gib: f64,
}

impl Default for EaseParams {
    fn default() -> Self {
        Self {
            l2: 200.0,
            normalisation: 0.0,
            dropout: 0.0,
            history_exponent: 0.0,
            target_exponent: 0.0,
            source_exponent: 0.0,
            neighbours: 500,
            keep: KeepWeights::Strongest,
            max_memory_gib: 8.0,
        }
    }
}

/// Checked [`EaseParams`].
#[derive(Clone, Debug, PartialEq)]
pub struct CheckedEaseParams {
    params: EaseParams,
}

impl EaseParams {
    /// Checks every parameter.
    pub fn check(&self) -> Result<CheckedEaseParams, ParamError> {
        let is_exponent = |value: &f64| (0.0..=2.0).contains(value);
        let is_positive = |&value: &f64| 0.0 < value && value.is_finite();
        in_range("l2", self.l2, is_positive, "a number above 0")?;
        in_range("normalisation", self.normalisation, is_exponent, "a number from 0 to 2")?;
        in_range("dropout", self.dropout, |p| (0.0..1.0).contains(p), "a number from 0 to below 1")?;
        in_range("history_exponent", self.history_exponent, is_exponent, "a number from 0 to 2")?;
        in_range("target_exponent", self.target_exponent, is_exponent, "a number from 0 to 2")?;
        in_range("source_exponent", self.source_exponent, is_exponent, "a number from 0 to 2")?;
        in_range("neighbours", self.neighbours, |n| (1..=100_000).contains(n), "1 to 100000")?;
        in_range("max_memory_gib", self.max_memory_gib, is_positive, "a number above 0")?;
        Ok(CheckedEaseParams { params: self.clone() })
    }
}

impl CheckedEaseParams {
    /// What is added to the diagonal.
    pub(crate) fn ridge(&self) -> Ridge {
        let EaseParams { l2, normalisation, dropout, .. } = self.params;
        Ridge { l2, normalisation, dropout }
    }

    /// How much less a long history counts: for [`WeightedIncidence::from_histories`].
    ///
    /// [`WeightedIncidence::from_histories`]: crate::WeightedIncidence::from_histories
    pub fn history_exponent(&self) -> f64 {
        self.params.history_exponent
    }

    /// How much popular items are held back when scored.
    pub fn target_exponent(&self) -> f64 {
        self.params.target_exponent
    }

    /// How much less a popular item of a history says.
    pub fn source_exponent(&self) -> f64 {
        self.params.source_exponent
    }

    /// Weights kept per item.
    pub fn neighbours(&self) -> usize {
        self.params.neighbours as usize
    }

    /// Which weights are kept.
    pub fn keep(&self) -> KeepWeights {
        self.params.keep
    }

    /// The largest matrix that may be made.
    pub fn max_memory_gib(&self) -> f64 {
        self.params.max_memory_gib
    }
}
