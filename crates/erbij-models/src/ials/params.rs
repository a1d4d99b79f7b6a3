//! What a recipe may say about implicit alternating least squares.

use erbij_core::{ParamError, in_range};
use serde::{Deserialize, Serialize};

/// Implicit alternating least squares: vectors of customers `x_u` and items `y_i` whose product is near one
/// where the customer bought the item, and near zero elsewhere.
///
/// With `ŷ_ui = x_u·y_i`, `α₀` the `unobserved_weight`, `λ` the `l2`, `ν` the `frequency_exponent`, `h_u` the
/// history of a customer, `c_i` the customers of an item, `U` customers and `I` items, the loss is
///
/// `Σ_bought (1 − ŷ_ui)² + α₀ Σ_all ŷ_ui² + Σ_u λ(|h_u| + α₀I)^ν ‖x_u‖² + Σ_i λ(|c_i| + α₀U)^ν ‖y_i‖²`
///
/// and each half of an epoch minimises it over one side with the other fixed, exactly where `factors` is at most
/// `block`, otherwise by one sweep over blocks of that many coordinates. Sources: Hu, Koren & Volinsky,
/// "Collaborative Filtering for Implicit Feedback Datasets", ICDM 2008; the regularisation scaled by frequency
/// and the small start, which make it good, from Rendle et al., "Revisiting the Performance of iALS on Item
/// Recommendation Benchmarks", RecSys 2022; the blocks from Rendle et al., "iALS++: Speeding up Matrix
/// Factorization with Subspace Optimization", 2021.
///
/// | Name | Default | Purpose | Range |
/// |---|---|---|---|
/// | `factors` | 64 | numbers in a vector, best a multiple of 16; more is finer and slower | 1 to 512 |
/// | `epochs` | 15 | how often both sides are solved | 1 to 1000 |
/// | `l2` | 0.003 | how much large vectors cost (`λ`) | 1e-6 to 1e6 |
/// | `unobserved_weight` | 0.1 | how much a pair not bought counts beside one that was (`α₀`) | 1e-6 to 100 |
/// | `frequency_exponent` | 1 | how much more the vectors of the frequent cost (`ν`); 0 is plain ridge | 0 to 2 |
/// | `init_std` | 0.1 | deviation of the length of an item's vector at the start; each of its numbers has this over √factors | 1e-6 to 10 |
/// | `block` | 64 | coordinates solved at once; an epoch of 128 factors is nearly twice as fast as in one block | a multiple of 16, 16 to 512 |
/// | `sample_entries` | 1000000 | all epochs but the last learn from people drawn at random with about so many purchases together; the last from all | ≥ 1000 |
/// | `seed` | 1 | of the start and of who is drawn | any |
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct IalsParams {
    /// Numbers in a vector.
    pub factors: u32,
    /// How often both sides are solved.
    pub epochs: u32,
    /// How much large vectors cost.
    pub l2: f64,
    /// How much a pair not bought counts.
    pub unobserved_weight: f64,
    /// How much more the vectors of the frequent cost.
    pub frequency_exponent: f64,
    /// Deviation of the start, before it is divided by the root of `factors`.
    pub init_std: f64,
    /// Coordinates solved at once.
    pub block: u32,
    /// About so many purchases are learned from before the last epoch.
    pub sample_entries: u64,
    /// Of the start and of who is drawn.
    pub seed: u64,
}

impl Default for IalsParams {
    fn default() -> Self {
        Self {
            factors: 64,
            epochs: 15,
            l2: 0.003,
            unobserved_weight: 0.1,
            frequency_exponent: 1.0,
            init_std: 0.1,
            block: 64,
            sample_entries: 1_000_000,
            seed: 1,
        }
    }
}

/// Checked [`IalsParams`].
#[derive(Clone, Debug, PartialEq)]
pub struct CheckedIalsParams {
    params: IalsParams,
}

impl IalsParams {
    /// Checks every parameter.
    pub fn check(&self) -> Result<CheckedIalsParams, ParamError> {
        in_range("factors", self.factors, |d| (1..=512).contains(d), "1 to 512")?;
        in_range("epochs", self.epochs, |n| (1..=1000).contains(n), "1 to 1000")?;
        in_range("l2", self.l2, |l2| (1e-6..=1e6).contains(l2), "a number from 1e-6 to 1e6")?;
        let is_weight = |weight: &f64| (1e-6..=100.0).contains(weight);
        in_range("unobserved_weight", self.unobserved_weight, is_weight, "a number from 1e-6 to 100")?;
        let is_exponent = |exponent: &f64| (0.0..=2.0).contains(exponent);
        in_range("frequency_exponent", self.frequency_exponent, is_exponent, "a number from 0 to 2")?;
        in_range("init_std", self.init_std, |std| (1e-6..=10.0).contains(std), "a number from 1e-6 to 10")?;
        let is_block = |block: &u32| block.is_multiple_of(16) && (16..=512).contains(block);
        in_range("block", self.block, is_block, "a multiple of 16 from 16 to 512")?;
        let is_sample = |n: &u64| 1000 <= *n && i64::try_from(*n).is_ok();
        in_range("sample_entries", self.sample_entries, is_sample, "a whole number from 1000")?;
        Ok(CheckedIalsParams { params: self.clone() })
    }
}

impl CheckedIalsParams {
    /// Numbers in a vector.
    pub fn factors(&self) -> usize {
        self.params.factors as usize
    }

    /// How often both sides are solved.
    pub fn epochs(&self) -> u32 {
        self.params.epochs
    }

    /// How much large vectors cost.
    pub fn l2(&self) -> f64 {
        self.params.l2
    }

    /// How much a pair not bought counts.
    pub fn unobserved_weight(&self) -> f64 {
        self.params.unobserved_weight
    }

    /// How much more the vectors of the frequent cost.
    pub fn frequency_exponent(&self) -> f64 {
        self.params.frequency_exponent
    }

    /// Deviation of each number at the start: `init_std / √factors`.
    pub fn init_deviation(&self) -> f64 {
        self.params.init_std / f64::from(self.params.factors).sqrt()
    }

    /// Coordinates solved at once.
    pub fn block(&self) -> usize {
        self.params.block as usize
    }

    /// About so many purchases are learned from before the last epoch.
    pub fn sample_entries(&self) -> u64 {
        self.params.sample_entries
    }

    /// Of the start and of who is drawn.
    pub fn seed(&self) -> u64 {
        self.params.seed
    }

    /// What the square of a vector costs: `λ(n_observed + α₀·n_others)^ν`, of a customer with so many items
    /// out of all, or the other way round.
    pub(super) fn ridge(&self, n_observed: usize, n_others: usize) -> f64 {
        let frequency = n_observed as f64 + self.unobserved_weight() * n_others as f64;
        self.l2() * frequency.powf(self.frequency_exponent())
    }
}
