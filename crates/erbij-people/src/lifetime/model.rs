//! The fitted lifetime model: what is known of each customer, and the law that all of them follow.

use erbij_core::{CustomerIdx, Day};
use serde::{Deserialize, Serialize};

use crate::lifetime::columns::{DAYS_OF_A_WEEK, LifetimeColumns, NEVER};
use crate::lifetime::doubt::LifetimeDoubt;
use crate::lifetime::empirical::Empirical;
use crate::lifetime::error::LifetimeError;
use crate::lifetime::purchase_process::PurchaseProcess;
use crate::lifetime::record::BuyingRecord;
use crate::lifetime::spend::GammaGamma;

/// What parameters rest on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LifetimeBasis {
    /// They are the most likely ones.
    Fitted,
    /// Too few customers returned. Of purchases: all buy at the rate of all and nobody leaves, so nobody is silent or
    /// lost. Of spend: the mean of all, and a customer's own by how often he returned.
    TooFewRepeaters,
    /// The likelihood has no optimum that means anything, as when all spend the same; the same stands in. Of purchases
    /// [`LifetimeEstimate`] says why, and has what is asked before these rates.
    NoOptimum,
}

/// What stands in for a fitted process where none is to be believed, and why; empty where the law says all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LifetimeEstimate {
    /// What spoke against the fit.
    pub doubt: Option<LifetimeDoubt>,
    /// What customers did.
    pub empirical: Option<Empirical>,
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
    estimate: LifetimeEstimate,
    /// The first day on which anybody bought, and the last.
    history: Option<(i32, i32)>,
}

impl Lifetime {
    /// Takes columns and parameters as a model. O(customers).
    ///
    /// Errors where columns differ in length, days or counts contradict each other, or a parameter is outside its
    /// range.
    pub fn new(columns: LifetimeColumns, law: LifetimeLaw) -> Result<Self, LifetimeError> {
        columns.check()?;
        law.check()?;
        let firsts = columns.first_bought_on.iter().copied().filter(|&day| day != NEVER);
        let history = firsts.min().zip(columns.last_bought_on.iter().copied().max());
        Ok(Self { columns, law, estimate: LifetimeEstimate::default(), history })
    }

    /// With what stands in for the process of the law.
    ///
    /// Errors where a value of it is outside its range.
    pub fn with_estimate(self, estimate: LifetimeEstimate) -> Result<Self, LifetimeError> {
        match estimate.empirical.is_none_or(|empirical| empirical.is_valid()) {
            true => Ok(Self { estimate, ..self }),
            false => Err(LifetimeError::Law { name: "empirical" }),
        }
    }

    pub(super) fn with_law(self, law: LifetimeLaw) -> Self {
        Self { law, ..self }
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

    /// What stands in for the process of the law, and why.
    pub fn estimate(&self) -> &LifetimeEstimate {
        &self.estimate
    }

    /// What answers rest on: `fitted`; `empirical`, what customers as silent did; or `rates`, where too few returned.
    pub fn basis_name(&self) -> &'static str {
        match (self.estimate.empirical, self.law.basis) {
            (Some(_), _) => "empirical",
            (None, LifetimeBasis::Fitted) => "fitted",
            (None, LifetimeBasis::TooFewRepeaters | LifetimeBasis::NoOptimum) => "rates",
        }
    }

    /// Whether something was learned of who leaves, or rates alone.
    pub(super) fn knows_silence(&self) -> bool {
        self.law.basis == LifetimeBasis::Fitted || self.estimate.empirical.is_some()
    }

    /// A line on what stands in for a fit, and why; none where there is one.
    pub fn note(&self) -> Option<String> {
        if self.law.basis == LifetimeBasis::TooFewRepeaters {
            let told = "lifetimes: too few customers returned. All are expected to order at about the rate of all, and \
                        nobody counts as lost";
            return Some(told.to_owned());
        }
        let (doubt, empirical) = (self.estimate.doubt?, self.estimate.empirical?);
        let because = doubt.because();
        let checked = match empirical.held_back_days {
            0 => "which the history is too short to check".to_owned(),
            days => format!("as far as such orders came in the last {days} days of the history"),
        };
        Some(format!(
            "lifetimes are empirical, not fitted: {because}. Orders are expected at customers' own rates, {checked}"
        ))
    }

    /// How many days lie between the first purchase and the last.
    pub fn history_days(&self) -> u32 {
        self.history.map_or(0, |(first, last)| last.abs_diff(first))
    }

    /// The last day that may be foretold: no further from the last purchase of all than the first lies back. None where
    /// nobody bought.
    pub fn foretold_until(&self) -> Option<Day> {
        let (_, last) = self.history?;
        Some(Day::new(last.saturating_add(i32::try_from(self.history_days()).unwrap_or(i32::MAX))))
    }

    /// A customer as the processes see him on a day; nothing where he has not bought, or is unknown.
    pub fn record(&self, customer: CustomerIdx, now: Day) -> Option<BuyingRecord> {
        let customer = customer.index();
        (customer < self.n_customers()).then(|| self.columns.record(customer, now))?
    }

    /// The chance that he is still a customer, 0 to 1; nothing where he has not bought.
    pub fn p_alive(&self, customer: CustomerIdx, now: Day) -> Option<f64> {
        let record = self.record(customer, now)?;
        Some(match &self.estimate.empirical {
            Some(empirical) => empirical.p_alive(&record),
            None => self.law.process.p_alive(&record),
        })
    }

    /// On how many of the next days he is expected to buy; nothing where he has not bought.
    pub fn expected_orders(&self, customer: CustomerIdx, now: Day, horizon_days: u32) -> Option<f64> {
        let weeks = f64::from(horizon_days) / DAYS_OF_A_WEEK;
        let record = self.record(customer, now)?;
        Some(match &self.estimate.empirical {
            Some(empirical) => empirical.expected_orders(&record, weeks),
            None => self.law.process.expected_orders(&record, weeks),
        })
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

    /// The first day on which their silence is unusual, if they do not buy before. Always after their last purchase.
    /// Nothing where it never is, where they have not bought, and where it lies beyond [`Self::foretold_until`].
    pub fn silent_on(&self, customer: CustomerIdx) -> Option<Day> {
        self.silent_on_at(customer, self.law.alive_threshold)
    }

    /// The first day on which they count as lost, if they do not buy before; never before [`Self::silent_on`], and
    /// nothing where that has nothing.
    pub fn lost_on(&self, customer: CustomerIdx) -> Option<Day> {
        self.silent_on_at(customer, self.law.lost_threshold)
    }

    fn silent_on_at(&self, customer: CustomerIdx, threshold: f64) -> Option<Day> {
        let last = *self.columns.last_bought_on.get(customer.index())?;
        let record = self.record(customer, Day::new(last))?;
        let silent_after = match &self.estimate.empirical {
            Some(empirical) => empirical.silent_after(&record, threshold),
            None => self.law.process.silent_after(&record, threshold),
        };
        let days = ((silent_after? - record.last_weeks()) * DAYS_OF_A_WEEK).ceil().max(1.0);
        // Compared before it becomes a day: what lies beyond the calendar lies beyond this.
        let most = f64::from(self.foretold_until()?.get()) - f64::from(last);
        (days <= most).then(|| Day::new(last + days as i32))
    }
}
