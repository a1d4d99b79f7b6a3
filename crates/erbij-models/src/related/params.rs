//! What a recipe may say about related items.

use erbij_core::{ParamError, in_range};
use serde::{Deserialize, Serialize};

/// How the items beside an item are ranked.
///
/// The orders of the last `blend.horizon_days` are held back where a blend is learned, what lies before is counted, and a
/// logistic regression learns from what was bought together then; else the weights are those that other shops taught. Which
/// orders count is `affinity.max_basket_items`; how many people must stand behind a pair is `[privacy]`.
///
/// | Name | Default | Purpose | Range |
/// |---|---|---|---|
/// | `learn` | true | whether the weights are learned from this shop, where a blend is learned | |
/// | `half_life_days` | 60 | an order so many days old counts half | above 0 |
/// | `smoothing` | 20 | of an item in few orders, so many are taken to be like all orders | above 0 |
/// | `neighbours` | 50 | related items kept per item | 1 to 1000 |
/// | `max_questions` | 10000 | items of held-back orders that are learned from, at most | ≥ 1 |
/// | `l2` | 1 | penalty on the squared distance of weights from those of other shops | above 0 |
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RelatedParams {
    /// Whether the weights are learned from this shop.
    pub learn: bool,
    /// An order so many days old counts half.
    pub half_life_days: f64,
    /// Of an item in few orders, so many are taken to be like all orders.
    pub smoothing: f64,
    /// Related items kept per item.
    pub neighbours: u32,
    /// Items of held-back orders that are learned from, at most.
    pub max_questions: u32,
    /// Penalty on the squared distance of weights from those of other shops.
    pub l2: f64,
}

impl Default for RelatedParams {
    fn default() -> Self {
        Self {
            learn: true,
            half_life_days: 60.0,
            smoothing: 20.0,
            neighbours: 50,
            max_questions: 10_000,
            l2: 1.0,
        }
    }
}

/// Checked [`RelatedParams`].
#[derive(Clone, Debug, PartialEq)]
pub struct CheckedRelatedParams {
    params: RelatedParams,
}

impl RelatedParams {
    /// Checks every parameter.
    pub fn check(&self) -> Result<CheckedRelatedParams, ParamError> {
        let is_above_0 = |value: &f64| 0.0 < *value && value.is_finite();
        in_range("half_life_days", self.half_life_days, is_above_0, "a number above 0")?;
        in_range("smoothing", self.smoothing, is_above_0, "a number above 0")?;
        in_range("neighbours", self.neighbours, |n| (1..=1000).contains(n), "1 to 1000")?;
        in_range("max_questions", self.max_questions, |&n| 1 <= n, "at least 1")?;
        in_range("l2", self.l2, is_above_0, "a number above 0")?;
        Ok(CheckedRelatedParams { params: self.clone() })
    }
}

impl CheckedRelatedParams {
    /// The parameters as written.
    pub fn params(&self) -> &RelatedParams {
        &self.params
    }
}
