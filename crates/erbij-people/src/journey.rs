//! What a recipe may say about the time before and after a purchase.

use erbij_core::{ParamError, in_range};
use serde::{Deserialize, Serialize};

/// How long somebody looks around; and what comes when after a purchase: help at once, accessories once it is there,
/// nothing of the kind in the end.
///
/// | Name | Default | Purpose | Range |
/// |---|---|---|---|
/// | `orientation_days` | 14 | so long who looked at something and bought nothing of the kind is taken to look around still | 1 to 365 |
/// | `delivery_days` | 3 | so long after an order it is not there yet, and nothing is sold to go with it | 0 to 365 |
/// | `help_days` | 30 | so long manuals, films and tips of what was bought come first | 0 to 3650 |
/// | `after_sales_days` | 90 | so long accessories of what was bought have places of their own, at the end of the slate | at least `delivery_days`, to 3650 |
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct JourneyParams {
    /// How long after a look somebody looks around.
    pub orientation_days: u32,
    /// How long an order is under way.
    pub delivery_days: u32,
    /// How long help comes first.
    pub help_days: u32,
    /// How long accessories have places.
    pub after_sales_days: u32,
}

impl Default for JourneyParams {
    fn default() -> Self {
        Self { orientation_days: 14, delivery_days: 3, help_days: 30, after_sales_days: 90 }
    }
}

/// Checked [`JourneyParams`].
#[derive(Clone, Debug, PartialEq)]
pub struct CheckedJourneyParams {
    params: JourneyParams,
}

impl JourneyParams {
    /// Checks every parameter.
    pub fn check(&self) -> Result<CheckedJourneyParams, ParamError> {
        let days = |days: &u32| (1..=365).contains(days);
        in_range("orientation_days", self.orientation_days, days, "1 to 365")?;
        in_range("delivery_days", self.delivery_days, |&days| days <= 365, "0 to 365")?;
        in_range("help_days", self.help_days, |&days| days <= 3650, "0 to 3650")?;
        let is_good = |&days: &u32| self.delivery_days <= days && days <= 3650;
        in_range("after_sales_days", self.after_sales_days, is_good, "`delivery_days` to 3650")?;
        Ok(CheckedJourneyParams { params: self.clone() })
    }
}

impl CheckedJourneyParams {
    /// The parameters.
    pub fn params(&self) -> &JourneyParams {
        &self.params
    }
}
