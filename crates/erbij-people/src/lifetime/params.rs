//! What a recipe may say about lifetime.

use erbij_core::{ParamError, in_range};
use serde::{Deserialize, Serialize};

/// How customers are taken to buy and to leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LifetimeModelKind {
    /// They never leave; a yardstick, and the fallback.
    Nbd,
    /// They leave at any time.
    ParetoNbd,
    /// They leave after a repeat purchase, so who bought once is always there.
    BgNbd,
    /// They leave after any purchase.
    MbgNbd,
    /// They leave at any time, the sooner the longer they have stayed.
    GgompertzNbd,
}

impl LifetimeModelKind {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Nbd, Self::ParetoNbd, Self::BgNbd, Self::MbgNbd, Self::GgompertzNbd];

    /// Its name in a recipe.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Nbd => "nbd",
            Self::ParetoNbd => "pareto_nbd",
            Self::BgNbd => "bg_nbd",
            Self::MbgNbd => "mbg_nbd",
            Self::GgompertzNbd => "ggompertz_nbd",
        }
    }

    /// What its parameters are called, as in the literature.
    pub const fn parameter_names(self) -> &'static [&'static str] {
        match self {
            Self::Nbd => &["r", "alpha"],
            Self::ParetoNbd => &["r", "alpha", "s", "beta"],
            Self::BgNbd | Self::MbgNbd => &["r", "alpha", "a", "b"],
            Self::GgompertzNbd => &["r", "alpha", "b", "s", "beta"],
        }
    }
}

/// Who is still a customer, how often he will buy, and what that is worth.
///
/// The models are fitted by maximum likelihood; see the module for which to choose. A customer's silence is unusual
/// from the day on which the chance that he is still there has fallen to `alive_threshold` times what it was on the
/// day of his last purchase.
///
/// | Name | Default | Purpose | Range |
/// |---|---|---|---|
/// | `model` | `mbg_nbd` | how customers leave | `nbd`, `pareto_nbd`, `bg_nbd`, `mbg_nbd`, `ggompertz_nbd` |
/// | `horizon_days` | 365 | the days ahead that tiers and value at risk look at | 1 to 3650 |
/// | `alive_threshold` | 0.5 | silence is unusual below this share of the chance at his last purchase; smaller waits longer | above 0, below 1 |
/// | `lost_threshold` | 0.1 | lost below this share | above 0, below `alive_threshold` |
/// | `new_days` | 90 | so long a customer with one purchase day is new | 1 to 3650 |
/// | `regular_quantile` | 0.5 | of those who returned and are not silent, the share below the regular ones | above 0, below 1 |
/// | `loyal_quantile` | 0.8 | of the same, the share below the loyal ones | above `regular_quantile`, below 1 |
/// | `min_repeaters` | 50 | with fewer customers who returned nothing can be learned, and the fallback is taken | 10 to 1000000 |
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LifetimeParams {
    /// How customers leave.
    pub model: LifetimeModelKind,
    /// The days ahead that tiers and value at risk look at.
    pub horizon_days: u32,
    /// Silence is unusual below this share of the chance at his last purchase.
    pub alive_threshold: f64,
    /// Lost below this share.
    pub lost_threshold: f64,
    /// So long a customer with one purchase day is new.
    pub new_days: u32,
    /// Of those who returned and are not silent, the share below the regular ones.
    pub regular_quantile: f64,
    /// Of the same, the share below the loyal ones.
    pub loyal_quantile: f64,
    /// With fewer customers who returned the fallback is taken.
    pub min_repeaters: u32,
}

impl Default for LifetimeParams {
    fn default() -> Self {
        Self {
            model: LifetimeModelKind::MbgNbd,
            horizon_days: 365,
            alive_threshold: 0.5,
            lost_threshold: 0.1,
            new_days: 90,
            regular_quantile: 0.5,
            loyal_quantile: 0.8,
            min_repeaters: 50,
        }
    }
}

/// Checked [`LifetimeParams`].
#[derive(Clone, Debug, PartialEq)]
pub struct CheckedLifetimeParams {
    params: LifetimeParams,
}

impl LifetimeParams {
    /// Checks every parameter, each by itself and those that only go together.
    pub fn check(&self) -> Result<CheckedLifetimeParams, ParamError> {
        let is_share = |&share: &f64| 0.0 < share && share < 1.0;
        let above_0_below_1 = "a number above 0 and below 1";
        in_range("horizon_days", self.horizon_days, |days| (1..=3650).contains(days), "1 to 3650")?;
        in_range("alive_threshold", self.alive_threshold, is_share, above_0_below_1)?;
        in_range(
            "lost_threshold",
            self.lost_threshold,
            |&share| 0.0 < share && share < self.alive_threshold,
            "a number above 0 and below `alive_threshold`",
        )?;
        in_range("new_days", self.new_days, |days| (1..=3650).contains(days), "1 to 3650")?;
        in_range("regular_quantile", self.regular_quantile, is_share, above_0_below_1)?;
        in_range(
            "loyal_quantile",
            self.loyal_quantile,
            |&share| self.regular_quantile < share && share < 1.0,
            "a number above `regular_quantile` and below 1",
        )?;
        in_range("min_repeaters", self.min_repeaters, |n| (10..=1_000_000).contains(n), "10 to 1000000")?;
        Ok(CheckedLifetimeParams { params: self.clone() })
    }
}

impl CheckedLifetimeParams {
    /// The parameters as written.
    pub fn params(&self) -> &LifetimeParams {
        &self.params
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_makes_no_sense_is_refused() {
        let check = |change: fn(&mut LifetimeParams)| {
            let mut params = LifetimeParams::default();
            change(&mut params);
            params.check().err().map(|error| error.name)
        };
        assert_eq!(check(|_| ()), None);
        assert_eq!(check(|p| p.horizon_days = 0), Some("horizon_days"));
        assert_eq!(check(|p| p.alive_threshold = f64::NAN), Some("alive_threshold"));
        assert_eq!(check(|p| p.lost_threshold = 0.5), Some("lost_threshold"));
        assert_eq!(check(|p| p.loyal_quantile = 0.5), Some("loyal_quantile"));
        assert_eq!(check(|p| p.min_repeaters = 0), Some("min_repeaters"));
    }
}
