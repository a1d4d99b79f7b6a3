//! What a recipe may say about local EASE.

use serde::{Deserialize, Serialize};

use crate::recipe::{ParamError, in_range};
use crate::ridge::Ridge;

/// Local EASE: per item a ridge regression on its nearest neighbours; the work grows linearly with the catalogue.
///
/// The weights into item `i` are `b_·i = (G_NN + diag(λ_N))⁻¹ g_Ni · G_ii^−target_exponent`, times
/// `G_jj^−source_exponent` for `j`, each weight taken to the power `weight_power` with its sign kept, where `N` are the
/// `neighbours` items `j` with the largest `G_ij / G_jj^(selection / 2)`, and
/// `λ_j = l2 · G_jj^normalisation + dropout / (1 − dropout) · G_jj`. `G = Xᵀ W X`, customer `u` weighing
/// `c · |h_u|^−history_exponent` ([`WeightedIncidence::from_histories`]). A weight may be negative: it takes back what neighbours say twice. It is the
/// sparse approximation with `r = 0` of Steck, "Markov Random Fields for Collaborative Filtering", NeurIPS 2019,
/// §3 (there `α = normalisation`, and `b_ji = −P_ji / P_ii · s_i / s_j`, the same numbers). With every item a
/// neighbour it is EASE.
///
/// [`WeightedIncidence::from_histories`]: crate::WeightedIncidence::from_histories
///
/// | Name | Default | Purpose | Range |
/// |---|---|---|---|
/// | `neighbours` | 100 | items each item is regressed on; accuracy for work, which grows with its cube | 1 to 4000 |
/// | `l2` | 30 | ridge; larger is smoother. Tune together with `normalisation` | above 0 |
/// | `normalisation` | 0.5 | how much the ridge grows with an item's popularity | 0 to 2 |
/// | `selection` | 0.5 | how much popular items are held back as neighbours; 1 is by cosine | 0 to 2 |
/// | `dropout` | 0 | part of each history left out in training, in the mean | 0 to below 1 |
/// | `history_exponent` | 0.5 | how much less a long history counts; worth more than twice the neighbours | 0 to 2 |
/// | `target_exponent` | 0 | how much popular items are held back when scored; variety for accuracy | 0 to 2 |
/// | `weight_power` | 1 | above 1 trusts strong weights more than the sum of weak ones; 1.15 may help | 0.1 to 4 |
/// | `source_exponent` | 0 | how much less a popular item of a history says; 0.1 may help | 0 to 2 |
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LocalEaseParams {
    /// Items each item is regressed on.
    pub neighbours: u32,
    /// Ridge.
    pub l2: f64,
    /// How much the ridge grows with popularity.
    pub normalisation: f64,
    /// How much popular items are held back as neighbours.
    pub selection: f64,
    /// Part of each history left out in training, in the mean.
    pub dropout: f64,
    /// How much less a long history counts.
    pub history_exponent: f64,
    /// How much popular items are held back when scored.
    pub target_exponent: f64,
    /// How much less a popular item of a history says.
    pub source_exponent: f64,
    /// How much more strong weights are trusted than weak ones.
    pub weight_power: f64,
}

impl Default for LocalEaseParams {
    fn default() -> Self {
        Self {
            neighbours: 100,
            l2: 30.0,
            normalisation: 0.5,
            selection: 0.5,
            dropout: 0.0,
            history_exponent: 0.5,
            target_exponent: 0.0,
            source_exponent: 0.0,
            weight_power: 1.0,
        }
    }
}

/// Checked [`LocalEaseParams`].
#[derive(Clone, Debug, PartialEq)]
pub struct CheckedLocalEaseParams {
    params: LocalEaseParams,
}

impl LocalEaseParams {
    /// Checks every parameter.
    pub fn check(&self) -> Result<CheckedLocalEaseParams, ParamError> {
        let is_exponent = |value: &f64| (0.0..=2.0).contains(value);
        in_range("neighbours", self.neighbours, |n| (1..=4000).contains(n), "1 to 4000")?;
        in_range("l2", self.l2, |&l2| 0.0 < l2 && l2.is_finite(), "a number above 0")?;
        in_range("normalisation", self.normalisation, is_exponent, "a number from 0 to 2")?;
        in_range("selection", self.selection, is_exponent, "a number from 0 to 2")?;
        in_range("dropout", self.dropout, |p| (0.0..1.0).contains(p), "a number from 0 to below 1")?;
        in_range("history_exponent", self.history_exponent, is_exponent, "a number from 0 to 2")?;
        in_range("target_exponent", self.target_exponent, is_exponent, "a number from 0 to 2")?;
        in_range("source_exponent", self.source_exponent, is_exponent, "a number from 0 to 2")?;
        in_range("weight_power", self.weight_power, |p| (0.1..=4.0).contains(p), "a number from 0.1 to 4")?;
        Ok(CheckedLocalEaseParams { params: self.clone() })
    }
}

impl CheckedLocalEaseParams {
    /// Items each item is regressed on.
    pub fn neighbours(&self) -> usize {
        self.params.neighbours as usize
    }

    /// What is added to the diagonal.
    pub(crate) fn ridge(&self) -> Ridge {
        let LocalEaseParams { l2, normalisation, dropout, .. } = self.params;
        Ridge { l2, normalisation, dropout }
    }

    /// How much popular items are held back as neighbours.
    pub fn selection(&self) -> f64 {
        self.params.selection
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

    /// How much more strong weights are trusted than weak ones.
    pub fn weight_power(&self) -> f64 {
        self.params.weight_power
    }
}
