//! What a recipe may say about affinity.

use erbij_core::{ParamError, in_range};
use serde::{Deserialize, Serialize};

use crate::affinity::measure::{AffinityMeasure, MeasureParams};

/// What a co-occurrence is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CountBy {
    /// Two items in one order, once an order.
    Basket,
    /// Two items bought by one customer within `window_days` of each other, once a customer.
    Customer,
}

/// Which pairs of items are published, and in which order.
///
/// A pair is published if it occurs often enough, is significant, and enough distinct customers stand
/// behind it; what is published is ordered by `measure`.
///
/// | Name | Default | Purpose | Range |
/// |---|---|---|---|
/// | `count_by` | `basket` | what a co-occurrence is | `basket`, `customer` |
/// | `window_days` | none | with `count_by = "customer"`: only purchases this near each other; none is any time apart; of a customer the newest 2,000 lines | ≥ 0 |
/// | `measure` | `shrunk_log_lift` | the order of related items | [`AffinityMeasure`] |
/// | `shrinkage` | 5 with `shrunk_log_lift`, else 0 | how much a measure is held back for rare pairs | 0 to 1000000 |
/// | `alpha` `beta` | 0.5 | of `asymmetric_cosine` and `tversky` | 0 to 1 |
/// | `min_cooccurrence` | 3 | fewer co-occurrences are chance | ≥ 1 |
/// | `min_customers` | 5 | fewer distinct people would say what somebody bought; a guest order is somebody | ≥ 1 |
/// | `min_llr` | 10.83 | log-likelihood ratio of more than chance; 10.83 is the 0.1 % point, 0 asks nothing | ≥ 0 |
/// | `neighbours` | 100 | related items kept per item | 1 to 10000 |
/// | `max_basket_items` | 300 | a larger basket is stocking up, and counts for no pair | ≥ 2 |
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AffinityParams {
    /// What a co-occurrence is.
    pub count_by: CountBy,
    /// How near in time, when counting by customer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub window_days: Option<u32>,
    /// The order of related items.
    pub measure: AffinityMeasure,
    /// Damping of the measure; by default what suits it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shrinkage: Option<f64>,
    /// First exponent or weight of the measure.
    pub alpha: f64,
    /// Second weight of the measure.
    pub beta: f64,
    /// Fewer co-occurrences are chance.
    pub min_cooccurrence: u32,
    /// Fewer distinct customers would say what somebody bought.
    pub min_customers: u32,
    /// How sure it must be that the pair meets more than by chance.
    pub min_llr: f64,
    /// Related items kept per item.
    pub neighbours: u32,
    /// A larger basket counts for no pair.
    pub max_basket_items: u32,
}

impl Default for AffinityParams {
    fn default() -> Self {
        Self {
            count_by: CountBy::Basket,
            window_days: None,
            measure: AffinityMeasure::ShrunkLogLift,
            shrinkage: None,
            alpha: 0.5,
            beta: 0.5,
            min_cooccurrence: 3,
            min_customers: 5,
            min_llr: 10.83,
            neighbours: 100,
            max_basket_items: 300,
        }
    }
}

/// Checked [`AffinityParams`].
#[derive(Clone, Debug, PartialEq)]
pub struct CheckedAffinityParams {
    params: AffinityParams,
}

impl AffinityParams {
    /// Checks every parameter, each by itself and those that only go together.
    pub fn check(&self) -> Result<CheckedAffinityParams, ParamError> {
        if let Some(shrinkage) = self.shrinkage {
            in_range("shrinkage", shrinkage, |s| (0.0..=1e6).contains(s), "a number from 0 to 1000000")?;
            in_range(
                "shrinkage",
                shrinkage,
                |&s| s == 0.0 || self.measure.is_shrunk(),
                "0, since the measure has none",
            )?;
        }
        in_range("alpha", self.alpha, |a| (0.0..=1.0).contains(a), "a number from 0 to 1")?;
        in_range("beta", self.beta, |b| (0.0..=1.0).contains(b), "a number from 0 to 1")?;
        in_range("min_cooccurrence", self.min_cooccurrence, |&n| 1 <= n, "at least 1")?;
        in_range("min_customers", self.min_customers, |&n| 1 <= n, "at least 1")?;
        in_range("min_llr", self.min_llr, |&llr| 0.0 <= llr && llr.is_finite(), "a number from 0")?;
        in_range("neighbours", self.neighbours, |n| (1..=10_000).contains(n), "1 to 10000")?;
        in_range("max_basket_items", self.max_basket_items, |&n| 2 <= n, "at least 2")?;
        if let (Some(days), CountBy::Basket) = (self.window_days, self.count_by) {
            in_range(
                "window_days",
                days,
                |_| false,
                "nothing, since baskets are counted: set `count_by = \"customer\"`",
            )?;
        }
        if self.measure.is_weighted() {
            let name = "count_by";
            let by_basket = |by: &&str| *by == "basket";
            let by = if self.count_by == CountBy::Basket { "basket" } else { "customer" };
            in_range(name, by, by_basket, "`basket`, since the measure weighs the lines of baskets")?;
        }
        Ok(CheckedAffinityParams { params: self.clone() })
    }
}

impl CheckedAffinityParams {
    /// The parameters as written.
    pub fn params(&self) -> &AffinityParams {
        &self.params
    }

    /// Exponents and damping of the measure, defaults filled in.
    pub fn measure_params(&self) -> MeasureParams {
        let by_default = if self.params.measure == AffinityMeasure::ShrunkLogLift { 5.0 } else { 0.0 };
        MeasureParams {
            shrinkage: self.params.shrinkage.unwrap_or(by_default),
            alpha: self.params.alpha,
            beta: self.params.beta,
        }
    }
}
