//! What a recipe may say about repeats.

use erbij_core::{ParamError, in_range};
use serde::{Deserialize, Serialize};

/// The most half-lives that can be chosen from.
const MAX_HALF_LIVES: usize = 16;

/// The parameters of repeats.
///
/// The defaults are for grocery, where most of a basket was bought before. Where it was not, what follows and what is
/// popular weigh more: on Ta-Feng `w_follows` 3 and `w_popular` 1, with short half-lives of both. So where one is `auto`, the
/// fit keeps it unless another value foretells the shop's own last baskets better (`choose.rs`).
///
/// | Name | Default | Purpose | Range |
/// |---|---|---|---|
/// | `half_lives_days` | auto, 7, 14, 28, 56, 112, 224 | half-lives of a purchase's strength; each category takes the one that foretells best | 1 to 16 rising numbers, 0.01 to 100000 |
/// | `min_repeats` | 200 | a category with fewer repeats takes the half-life of all | ≥ 1 |
/// | `rate_strength` | auto, 200 | how much of its category's rate an item's is mixed with, in squared strengths | 0.001 to 1000000 |
/// | `follows_half_life_days` | auto, 180 | how fast what followed what is forgotten | 0.01 to 100000 |
/// | `popularity_half_life_days` | auto, 14 | how fast popularity is forgotten | 0.01 to 100000 |
/// | `source_exponent` | 0.35 | 1: what follows an item counts by its share; 0: by its number, so that frequent items say more | 0 to 1 |
/// | `target_exponent` | 0.45 | 0: popular followers count in full; 1: by how much oftener than usual they follow | 0 to 1 |
/// | `neighbours` | 50 | how many followers an item keeps | 1 to 10000 |
/// | `popular_items` | 1000 | how many items are popular at all | 0 to 1000000 |
/// | `items_per_customer` | 200 | how many items of a customer's past are kept, the strongest | 1 to 100000 |
/// | `w_own` | 1 | weight of what the customer bought himself | 0 to 1000000 |
/// | `w_follows` | auto, 0.3 | weight of what follows it | 0 to 1000000 |
/// | `w_popular` | auto, 0.1 | weight of what is popular | 0 to 1000000 |
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RepeatParams {
    /// Half-lives of a purchase's strength, from which each category takes one.
    pub half_lives_days: Vec<f64>,
    /// A category with fewer repeats takes the half-life of all.
    pub min_repeats: u32,
    /// How much of its category's rate an item's is mixed with.
    pub rate_strength: f64,
    /// How fast what followed what is forgotten.
    pub follows_half_life_days: f64,
    /// How fast popularity is forgotten.
    pub popularity_half_life_days: f64,
    /// How far what follows a frequent item is weighed down.
    pub source_exponent: f64,
    /// How far a popular follower is weighed down.
    pub target_exponent: f64,
    /// How many followers an item keeps.
    pub neighbours: u32,
    /// How many items are popular at all.
    pub popular_items: u32,
    /// How many items of a customer's past are kept.
    pub items_per_customer: u32,
    /// Weight of what the customer bought himself.
    pub w_own: f64,
    /// Weight of what follows it.
    pub w_follows: f64,
    /// Weight of what is popular.
    pub w_popular: f64,
}

impl Default for RepeatParams {
    fn default() -> Self {
        Self {
            half_lives_days: vec![7.0, 14.0, 28.0, 56.0, 112.0, 224.0],
            min_repeats: 200,
            rate_strength: 200.0,
            follows_half_life_days: 180.0,
            popularity_half_life_days: 14.0,
            source_exponent: 0.35,
            target_exponent: 0.45,
            neighbours: 50,
            popular_items: 1000,
            items_per_customer: 200,
            w_own: 1.0,
            w_follows: 0.3,
            w_popular: 0.1,
        }
    }
}

/// Checked [`RepeatParams`].
#[derive(Clone, Debug, PartialEq)]
pub struct CheckedRepeatParams {
    params: RepeatParams,
}

impl RepeatParams {
    /// Checks every parameter.
    pub fn check(&self) -> Result<CheckedRepeatParams, ParamError> {
        const DAYS: &str = "a number of days from 0.01 to 100000";
        let is_days = |days: &f64| (0.01..=100_000.0).contains(days);
        let half_lives = &self.half_lives_days;
        let is_grid = (1..=MAX_HALF_LIVES).contains(&half_lives.len())
            && half_lives.iter().all(is_days)
            && half_lives.is_sorted_by(|a, b| a < b);
        let told = format!("{half_lives:?}");
        in_range(
            "half_lives_days",
            told,
            |_| is_grid,
            "1 to 16 numbers of days that rise, each from 0.01 to 100000",
        )?;
        in_range("min_repeats", self.min_repeats, |&n| 1 <= n, "at least 1")?;
        let strength = |strength: &f64| (0.001..=1e6).contains(strength);
        in_range("rate_strength", self.rate_strength, strength, "a number from 0.001 to 1000000")?;
        in_range("follows_half_life_days", self.follows_half_life_days, is_days, DAYS)?;
        in_range("popularity_half_life_days", self.popularity_half_life_days, is_days, DAYS)?;
        for (name, exponent) in
            [("source_exponent", self.source_exponent), ("target_exponent", self.target_exponent)]
        {
            in_range(name, exponent, |e| (0.0..=1.0).contains(e), "a number from 0 to 1")?;
        }
        in_range("neighbours", self.neighbours, |n| (1..=10_000).contains(n), "1 to 10000")?;
        in_range("popular_items", self.popular_items, |&n| n <= 1_000_000, "0 to 1000000")?;
        let n_items = |n: &u32| (1..=100_000).contains(n);
        in_range("items_per_customer", self.items_per_customer, n_items, "1 to 100000")?;
        for (name, weight) in
            [("w_own", self.w_own), ("w_follows", self.w_follows), ("w_popular", self.w_popular)]
        {
            in_range(name, weight, |w| (0.0..=1e6).contains(w), "a number from 0 to 1000000")?;
        }
        Ok(CheckedRepeatParams { params: self.clone() })
    }
}

impl CheckedRepeatParams {
    /// The parameters as written.
    pub fn params(&self) -> &RepeatParams {
        &self.params
    }
}
