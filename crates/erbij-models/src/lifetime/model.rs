//! The fitted lifetime model: what is known of each customer, and the law that all of them follow.

use arrow_buffer::ScalarBuffer;
use erbij_core::{CustomerIdx, Day};
use serde::{Deserialize, Serialize};

use crate::lifetime::fit::LifetimeError;
use crate::lifetime::process::PurchaseProcess;
use crate::lifetime::record::BuyingRecord;
use crate::lifetime::spend::GammaGamma;

/// Stands for the day of a customer who has not bought.
pub(super) const NEVER: i32 = i32::MIN;

const DAYS_OF_A_WEEK: f64 = 7.0;

/// Columns of shape `(n_customers)`, 16 bytes a customer; unchecked.
#[derive(Clone, Debug, PartialEq)]
pub struct LifetimeColumns {
    /// On how many days he bought after the first.
    pub n_repeat_days: ScalarBuffer<u32>,
    /// The day of his first purchase, counted from 1970-01-01; `i32::MIN` where he has none.
    pub first_bought_on: ScalarBuffer<i32>,
    /// The day of his last purchase; `i32::MIN` where he has none.
    pub last_bought_on: ScalarBuffer<i32>,
    /// What he spent on a repeat day, in the mean, in minor units; 0 where he has none.
    pub mean_spend_minor: ScalarBuffer<f32>,
}

impl LifetimeColumns {
    /// A customer as the processes see him on a day, his last purchase day at the earliest; nothing where he has not
    /// bought.
    pub(super) fn record(&self, customer: usize, now: Day) -> Option<BuyingRecord> {
        let (first, last) = (self.first_bought_on[customer], self.last_bought_on[customer]);
        if first == NEVER {
            return None;
        }
        let weeks = |day: i32| (f64::from(day) - f64::from(first)) / DAYS_OF_A_WEEK;
        BuyingRecord::new(self.n_repeat_days[customer], weeks(last), weeks(now.get().max(last)))
    }

    fn check(&self) -> Result<(), LifetimeError> {
        let expected = self.n_repeat_days.len();
        let lengths = [
            ("first_bought_on", self.first_bought_on.len()),
            ("last_bought_on", self.last_bought_on.len()),
            ("mean_spend_minor", self.mean_spend_minor.len()),
        ];
        for (column, found) in lengths {
            if found != expected {
                return Err(LifetimeError::Length { column, found, expected });
            }
        }
        let is_good = |customer: usize| {
            let (first, last) = (self.first_bought_on[customer], self.last_bought_on[customer]);
            let n_repeats = i64::from(self.n_repeat_days[customer]);
            let n_days = i64::from(last) - i64::from(first);
            let fits = (first == NEVER) == (last == NEVER) && n_repeats <= n_days;
            fits && (0 < n_days) == (0 < n_repeats) && self.mean_spend_minor[customer].is_finite()
        };
        match (0..expected).find(|&customer| !is_good(customer)) {
            Some(customer) => Err(LifetimeError::Customer { customer }),
            None => Ok(()),
        }
    }
}

/// What parameters rest on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LifetimeBasis {
    /// They are the most likely ones.
    Fitted,
    /// Too few customers returned. Of purchases: all buy at the rate of all and nobody leaves, so nobody is silent or
    /// lost. Of spend: the mean of all, and a customer's own by how often he returned.
    TooFewRepeaters,
    /// The likelihood has no optimum, as when all spend the same; the same stands in.
    NoOptimum,
}

/// What all customers share: the fitted parameters, and the bounds of the tiers.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LifetimeLaw {
    /// How customers buy and leave.
    pub process: PurchaseProcess,
    /// What its parameters rest on.
    pub basis: LifetimeBasis,
    /// What they spend on a purchase day, in minor units.
    pub spend: GammaGamma,
    /// What its parameters rest on.
    pub spend_basis: LifetimeBasis,
    /// The days ahead that tiers and value at risk look at.
    pub horizon_days: u32,
    /// Silence is unusual below this share of the chance at his last purchase.
    pub alive_threshold: f64,
    /// Lost below this share.
    pub lost_threshold: f64,
    /// So long a customer with one purchase day is new.
    pub new_days: u32,
    /// Expected orders within the horizon from which a customer is regular, and loyal.
    pub tier_bounds: [f64; 2],
}

impl LifetimeLaw {
    fn check(&self) -> Result<(), LifetimeError> {
        let [regular, loyal] = self.tier_bounds;
        let checks = [
            ("process", self.process.is_valid()),
            ("spend", self.spend.is_valid()),
            ("horizon_days", 0 < self.horizon_days),
            ("alive_threshold", 0.0 < self.alive_threshold && self.alive_threshold < 1.0),
            ("lost_threshold", 0.0 < self.lost_threshold && self.lost_threshold < self.alive_threshold),
            ("new_days", 0 < self.new_days),
            ("tier_bounds", 0.0 <= regular && regular <= loyal && loyal.is_finite()),
        ];
        match checks.into_iter().find(|&(_, is_good)| !is_good) {
            Some((name, _)) => Err(LifetimeError::Law { name }),
            None => Ok(()),
        }
    }
}

/// Who is still a customer, how often he will buy, and what that is worth, on any day asked about.
///
/// Everything is computed when asked, in some microseconds a customer: a day passes, and the answers with it, while
/// the model stays what it is. Days before a customer's last purchase count as that day.
#[derive(Clone, Debug, PartialEq)]
pub struct Lifetime {
    columns: LifetimeColumns,
    law: LifetimeLaw,
}

impl Lifetime {
    /// Takes columns and parameters as a model. O(customers).
    ///
    /// Errors where columns differ in length, days or counts contradict each other, or a parameter is outside its
    /// range.
    pub fn new(columns: LifetimeColumns, law: LifetimeLaw) -> Result<Self, LifetimeError> {
        columns.check()?;
        law.check()?;
        Ok(Self { columns, law })
    }

    /// How many customers, buyers or not.
    pub fn n_customers(&self) -> usize {
        self.columns.n_repeat_days.len()
    }

    /// The columns, as an artifact stores them.
    pub fn columns(&self) -> &LifetimeColumns {
        &self.columns
    }

    /// The fitted parameters.
    pub fn law(&self) -> &LifetimeLaw {
        &self.law
    }

    /// A customer as the processes see him on a day; nothing where he has not bought, or is unknown.
    pub fn record(&self, customer: CustomerIdx, now: Day) -> Option<BuyingRecord> {
        let customer = customer.index();
        (customer < self.n_customers()).then(|| self.columns.record(customer, now))?
    }

    /// The chance that he is still a customer, 0 to 1; nothing where he has not bought.
    pub fn p_alive(&self, customer: CustomerIdx, now: Day) -> Option<f64> {
        Some(self.law.process.p_alive(&self.record(customer, now)?))
    }

    /// On how many of the next days he is expected to buy; nothing where he has not bought.
    pub fn expected_orders(&self, customer: CustomerIdx, now: Day, horizon_days: u32) -> Option<f64> {
        let weeks = f64::from(horizon_days) / DAYS_OF_A_WEEK;
        Some(self.law.process.expected_orders(&self.record(customer, now)?, weeks))
    }

    /// What a purchase day of his is expected to be worth, in minor units; nothing where he has not bought.
    pub fn expected_spend_minor(&self, customer: CustomerIdx) -> Option<f64> {
        let at = customer.index();
        let has_bought = at < self.n_customers() && self.columns.first_bought_on[at] != NEVER;
        let mean = || f64::from(self.columns.mean_spend_minor[at]);
        has_bought.then(|| self.law.spend.expected_spend(self.columns.n_repeat_days[at], mean()))
    }

    /// What he is expected to spend within the next days, in whole minor units; nothing where he has not bought.
    pub fn expected_value_minor(&self, customer: CustomerIdx, now: Day, horizon_days: u32) -> Option<i64> {
        let orders = self.expected_orders(customer, now, horizon_days)?;
        Some((orders * self.expected_spend_minor(customer)?).round() as i64)
    }

    /// The first day on which his silence is unusual, if he does not buy before; nothing where it never is, or he has
    /// not bought. Always after his last purchase.
    pub fn silent_on(&self, customer: CustomerIdx) -> Option<Day> {
        self.silent_on_at(customer, self.law.alive_threshold)
    }

    /// The first day on which he counts as lost, if he does not buy before; never before [`Self::silent_on`].
    pub fn lost_on(&self, customer: CustomerIdx) -> Option<Day> {
        self.silent_on_at(customer, self.law.lost_threshold)
    }

    fn silent_on_at(&self, customer: CustomerIdx, threshold: f64) -> Option<Day> {
        let last = *self.columns.last_bought_on.get(customer.index())?;
        let record = self.record(customer, Day::new(last))?;
        let weeks = self.law.process.silent_after(&record, threshold)? - record.last_weeks();
        let days = (weeks * DAYS_OF_A_WEEK).ceil().max(1.0);
        // What lies beyond the calendar is never.
        (days < f64::from(i32::MAX / 2)).then(|| Day::new(last.saturating_add(days as i32)))
    }
}
