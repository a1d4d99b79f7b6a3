//! What a recipe may say about popularity.

use erbij_core::{ParamError, in_range};
use serde::{Deserialize, Serialize};

/// Popularity of an item is the number of distinct people who bought it during the last window of days.
///
/// | Name | Default | Purpose | Range |
/// |---|---|---|---|
/// | `window_days` | 28 | how many days count as now; the same number before them are what now is compared with | 1 to 3650 |
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PopularityParams {
    /// How many days count as now. Four weeks hold each weekday equally often.
    pub window_days: u32,
}

impl Default for PopularityParams {
    fn default() -> Self {
        Self { window_days: 28 }
    }
}

/// Checked [`PopularityParams`].
#[derive(Clone, Debug, PartialEq)]
pub struct CheckedPopularityParams {
    window_days: u32,
}

impl PopularityParams {
    /// Checks every parameter.
    pub fn check(&self) -> Result<CheckedPopularityParams, ParamError> {
        let window_days =
            in_range("window_days", self.window_days, |days| (1..=3650).contains(days), "1 to 3650")?;
        Ok(CheckedPopularityParams { window_days })
    }
}

impl CheckedPopularityParams {
    /// How many days count as now.
    pub fn window_days(&self) -> u32 {
        self.window_days
    }
}
