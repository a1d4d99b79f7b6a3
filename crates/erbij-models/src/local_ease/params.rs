//! What a recipe may say about local EASE.

use erbij_core::{ParamError, in_range};
use serde::{Deserialize, Serialize};

use crate::ridge::Ridge;
use crate::spectral::SpectralTable;

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
/// To the weights `spectral_weight · T` is added, the low-pass filter of GF-CF as an item × item table:
/// `T_ji = p_j^−½ (v_j · v_i) p_i^½`, where the columns of `V` are the `spectral_factors` leading right singular
/// vectors of `diag(|h_u|^−½) X diag(p_i^−½)`, `p_i` lists hold item `i`, and of each row the `spectral_neighbours`
/// largest by amount are kept. It links items that nobody has bought together. Attributes, where a recipe has them,
/// are lists like those of customers here, whatever their weight. The other parameters do not touch it. Source:
/// Shen et al., "How Powerful is Graph Convolution for Recommendation?", CIKM 2021. It costs
/// `n_items² · spectral_factors` multiply-adds, quadratic in the catalogue, and
/// `8 · n_items · (spectral_factors + 16)` bytes while it is fitted; and the model is larger by up to
/// `8 · n_items · spectral_neighbours` bytes.
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
/// | `spectral_weight` | 0 | how much broad tastes count beside the regression; 0 is off, and costs nothing | 0 to 10 |
/// | `spectral_factors` | 256 | tastes told apart; below 128 hardly a gain, and the work grows with it | 16 to 2048 |
/// | `spectral_neighbours` | 500 | items kept of each row of the table; accuracy for the size of the model | 1 to 10000 |
/// | `spectral_seed` | 1 | of the random start of the factors | 0 to 2^63 − 1 |
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
    /// How much broad tastes count.
    pub spectral_weight: f64,
    /// Tastes told apart.
    pub spectral_factors: u32,
    /// Items kept of each row of the table.
    pub spectral_neighbours: u32,
    /// Of the random start of the factors.
    pub spectral_seed: u64,
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
            spectral_weight: 0.0,
            spectral_factors: 256,
            spectral_neighbours: 500,
            spectral_seed: 1,
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
        in_range(
            "spectral_weight",
            self.spectral_weight,
            |w| (0.0..=10.0).contains(w),
            "a number from 0 to 10",
        )?;
        in_range("spectral_factors", self.spectral_factors, |n| (16..=2048).contains(n), "16 to 2048")?;
        in_range(
            "spectral_neighbours",
            self.spectral_neighbours,
            |n| (1..=10_000).contains(n),
            "1 to 10000",
        )?;
        // TOML has no larger integers.
        in_range("spectral_seed", self.spectral_seed, |&n| i64::try_from(n).is_ok(), "0 to 2^63 − 1")?;
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

    /// Whether spectral factors are added to the weights.
    pub fn has_spectral(&self) -> bool {
        self.spectral().is_some()
    }

    /// The table of broad tastes and how much it counts, where it does.
    pub(crate) fn spectral(&self) -> Option<(SpectralTable, f32)> {
        let params = &self.params;
        let table = SpectralTable {
            n_factors: params.spectral_factors as usize,
            neighbours: params.spectral_neighbours as usize,
            seed: params.spectral_seed,
        };
        (0.0 < params.spectral_weight).then_some((table, params.spectral_weight as f32))
    }
}
