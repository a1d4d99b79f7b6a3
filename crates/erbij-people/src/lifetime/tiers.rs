//! Who is loyal, who falls silent, and whom to write to first.

use erbij_core::{CustomerIdx, Day};
use serde::{Deserialize, Serialize};

use crate::lifetime::model::{Lifetime, LifetimeLaw};
use crate::lifetime::params::LifetimeParams;

/// Where a customer stands on a day. The first that holds, from the top.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LoyaltyTier {
    /// His chance of being there is below `lost_threshold` of what it was on his last purchase.
    Lost,
    /// His silence is unusual: that share is below `alive_threshold`.
    Lapsing,
    /// He bought on one day alone, in the last `new_days`.
    New,
    /// His expected orders within the horizon reach those of the upper quantile.
    Loyal,
    /// They reach those of the lower quantile.
    Regular,
    /// They reach neither; or he bought on one day alone, longer ago.
    Occasional,
    /// Too few customers have returned to tell what is usual in this shop.
    Unknown,
}

impl LoyaltyTier {
    /// The spelling in JSON and files.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Lost => "lost",
            Self::Lapsing => "lapsing",
            Self::New => "new",
            Self::Loyal => "loyal",
            Self::Regular => "regular",
            Self::Occasional => "occasional",
            Self::Unknown => "unknown",
        }
    }
}

/// A customer whose silence has become unusual.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WatchEntry {
    /// Who.
    pub customer: CustomerIdx,
    /// The first day on which his silence was unusual.
    pub silent_on: Day,
    /// The chance that he is still a customer.
    pub p_alive: f64,
    /// What he is still expected to spend within the horizon, in minor units: what is lost if he is let go.
    pub value_at_risk_minor: i64,
}

impl Lifetime {
    /// Where a customer stands on a day; nothing where he has not bought.
    ///
    /// Of customers who returned, silence never lifts one to a better tier; and on the day of their last purchase, of
    /// two with the same days of first and last purchase, the one with more purchase days never stands below the
    /// other. Whoever never returned is neither loyal nor regular, and where nothing was fitted nobody is, nor lost.
    /// Silence may turn that round: it is unusual sooner of who bought more often. The bounds were fixed by
    /// the fit, so a tier means the same until the next.
    pub fn tier(&self, customer: CustomerIdx, now: Day) -> Option<LoyaltyTier> {
        let law = self.law();
        let expected = self.expected_orders(customer, now, law.horizon_days)?;
        let is_past = |day: Option<Day>| day.is_some_and(|day| day <= now);
        let at = customer.index();
        let n_days = i64::from(now.get()) - i64::from(self.columns().first_bought_on[at]);
        let has_returned = 0 < self.columns().n_repeat_days[at];
        Some(if is_past(self.lost_on(customer)) {
            LoyaltyTier::Lost
        } else if is_past(self.silent_on(customer)) {
            LoyaltyTier::Lapsing
        } else if !has_returned && n_days <= i64::from(law.new_days) {
            LoyaltyTier::New
        } else if !self.knows_silence() {
            LoyaltyTier::Unknown
        } else if has_returned && law.tier_bounds[1] <= expected {
            LoyaltyTier::Loyal
        } else if has_returned && law.tier_bounds[0] <= expected {
            LoyaltyTier::Regular
        } else {
            LoyaltyTier::Occasional
        })
    }

    /// The `n` customers with most at risk, of those who returned at least once, whose silence is unusual and who are
    /// not yet lost. Most value at risk first, then by customer. O(customers).
    ///
    /// Value at risk is what he is still expected to spend, not what he would if he were there: as his chance falls,
    /// so does his place, and a message goes where it can still do something.
    pub fn watch_list(&self, now: Day, n: usize) -> Vec<WatchEntry> {
        let entry = |customer: CustomerIdx| {
            // Who bought once has shown no habit to fall out of.
            if self.columns().n_repeat_days[customer.index()] == 0 {
                return None;
            }
            let silent_on = self.silent_on(customer).filter(|&day| day <= now)?;
            if self.lost_on(customer).is_some_and(|day| day <= now) {
                return None;
            }
            Some(WatchEntry {
                customer,
                silent_on,
                p_alive: self.p_alive(customer, now)?,
                value_at_risk_minor: self.expected_value_minor(customer, now, self.law().horizon_days)?,
            })
        };
        let mut entries: Vec<WatchEntry> =
            (0..self.n_customers() as u32).map(CustomerIdx::new).filter_map(entry).collect();
        entries.sort_by_key(|entry| (std::cmp::Reverse(entry.value_at_risk_minor), entry.customer));
        entries.truncate(n);
        entries
    }

    /// With the bounds of tiers as they are on `now`: quantiles of the expected orders within the horizon, over customers
    /// who returned and are not silent; 0 where there are none, so that whoever returns is loyal. O(customers).
    pub(super) fn with_tier_bounds(self, params: &LifetimeParams, now: Day) -> Self {
        let expected = |customer: CustomerIdx| {
            let has_returned = 0 < self.columns().n_repeat_days[customer.index()];
            let is_silent = self.silent_on(customer).is_some_and(|day| day <= now);
            let is_counted = has_returned && !is_silent;
            is_counted.then(|| self.expected_orders(customer, now, self.law().horizon_days)).flatten()
        };
        let mut expected: Vec<f64> =
            (0..self.n_customers() as u32).map(CustomerIdx::new).filter_map(expected).collect();
        expected.sort_unstable_by(f64::total_cmp);
        let tier_bounds = [params.regular_quantile, params.loyal_quantile].map(|quantile| {
            let at = (quantile * expected.len() as f64) as usize;
            expected.get(at).copied().unwrap_or(0.0)
        });
        let law = LifetimeLaw { tier_bounds, ..*self.law() };
        self.with_law(law)
    }
}
