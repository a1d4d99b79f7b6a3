//! What a recipe may say about replenishment.

use erbij_core::{ParamError, in_range};
use serde::{Deserialize, Serialize};

/// What is bought again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReplenishBy {
    /// The item itself.
    Item,
    /// Anything of its category, so that brands that take turns are one need; the item bought last is told.
    Category,
}

/// Until when an interval that has not ended is known not to have ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CensorAt {
    /// The cutoff: a customer who left counts as one whose needs are over.
    Cutoff,
    /// The customer's last order: leaving is left to a model of lifetimes, whose P(alive) the caller multiplies.
    LastOrder,
}

/// The parameters of replenishment.
///
/// | Name | Default | Purpose | Range |
/// |---|---|---|---|
/// | `per` | `item` | what is bought again | `item`, `category` |
/// | `min_intervals` | 20 | an item with fewer intervals is estimated with its category, then those above, then all | ≥ 2 |
/// | `min_repeat_share` | 0.1 | customers who bought on two days or more, of all who bought; below it, nothing is due | 0 to 1 |
/// | `repeat_share_strength` | 20 | of how many customers of its category an item's repeat share is mixed with | 0 to 1000000 |
/// | `censor_at` | `cutoff` | until when a running interval is known to run | `cutoff`, `last_order` |
/// | `customer_pace` | true | whether a customer's other intervals tell how fast he uses things up | |
/// | `quantity_exponent` | estimated | 1: twice as much lasts twice as long; 0: quantity says nothing | 0 to 1 |
/// | `useful_life_log_sd` | 0.15 | how far a durable's life strays from the one told, as a share of it | 0.01 to 1 |
/// | `lead_days` | 3 | how long before the due date a reminder goes out | 0 to 365 |
/// | `give_up_after` | 2.5 | after so many intervals without a purchase nothing is due any more | 1 to 100 |
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ReplenishmentParams {
    /// What is bought again.
    pub per: ReplenishBy,
    /// An item with fewer intervals is estimated with its category.
    pub min_intervals: u32,
    /// Below this share of repeating customers nothing is due.
    pub min_repeat_share: f64,
    /// Of how many customers of its category an item's repeat share is mixed with.
    pub repeat_share_strength: f64,
    /// Until when a running interval is known to run.
    pub censor_at: CensorAt,
    /// Whether a customer's other intervals tell how fast he uses things up.
    pub customer_pace: bool,
    /// How much longer more lasts; estimated where nothing is said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quantity_exponent: Option<f64>,
    /// How far a durable's life strays from the one told.
    pub useful_life_log_sd: f64,
    /// How long before the due date a reminder goes out.
    pub lead_days: u32,
    /// After so many intervals without a purchase nothing is due any more.
    pub give_up_after: f64,
}

impl Default for ReplenishmentParams {
    fn default() -> Self {
        Self {
            per: ReplenishBy::Item,
            min_intervals: 20,
            min_repeat_share: 0.1,
            repeat_share_strength: 20.0,
            censor_at: CensorAt::Cutoff,
            customer_pace: true,
            quantity_exponent: None,
            useful_life_log_sd: 0.15,
            lead_days: 3,
            give_up_after: 2.5,
        }
    }
}

/// Checked [`ReplenishmentParams`].
#[derive(Clone, Debug, PartialEq)]
pub struct CheckedReplenishmentParams {
    params: ReplenishmentParams,
}

impl ReplenishmentParams {
    /// Checks every parameter.
    pub fn check(&self) -> Result<CheckedReplenishmentParams, ParamError> {
        let share = |value: &f64| (0.0..=1.0).contains(value);
        in_range("min_intervals", self.min_intervals, |&n| 2 <= n, "at least 2")?;
        in_range("min_repeat_share", self.min_repeat_share, share, "a number from 0 to 1")?;
        in_range(
            "repeat_share_strength",
            self.repeat_share_strength,
            |s| (0.0..=1e6).contains(s),
            "a number from 0 to 1000000",
        )?;
        if let Some(exponent) = self.quantity_exponent {
            in_range("quantity_exponent", exponent, share, "a number from 0 to 1")?;
        }
        in_range(
            "useful_life_log_sd",
            self.useful_life_log_sd,
            |sd| (0.01..=1.0).contains(sd),
            "a number from 0.01 to 1",
        )?;
        in_range("lead_days", self.lead_days, |&days| days <= 365, "0 to 365")?;
        in_range(
            "give_up_after",
            self.give_up_after,
            |times| (1.0..=100.0).contains(times),
            "a number from 1 to 100",
        )?;
        Ok(CheckedReplenishmentParams { params: self.clone() })
    }
}

impl CheckedReplenishmentParams {
    /// The parameters as written.
    pub fn params(&self) -> &ReplenishmentParams {
        &self.params
    }
}
