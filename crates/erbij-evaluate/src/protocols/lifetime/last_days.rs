//! From order lines: the orders expected of the last days, and those that came.

use erbij_core::{Baskets, CustomerIdx, Day, Silent};
use erbij_people::{BuyingRecord, CheckedLifetimeParams, fit_lifetime, fit_process};

/// What was expected of the customers known on a day, and what came.
#[derive(Clone, Debug, PartialEq)]
pub struct LastDaysFigures {
    /// How many of the last days.
    pub last_days: u32,
    /// The last day that was known.
    pub cutoff: Day,
    /// What the model rests on: a fit, or what customers as silent did.
    pub basis: &'static str,
    /// Customers who had bought by then.
    pub n_customers: usize,
    /// Days with a purchase after it, a customer each.
    pub came: f64,
    /// By the model.
    pub told: OrdersTold,
    /// By the fitted process, believed or not; none where nothing could be fitted.
    pub fit_alone: Option<OrdersTold>,
}

/// Expected orders of all, and how far off they were of one in the mean.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct OrdersTold {
    /// Of all customers.
    pub expected: f64,
    /// Of one customer.
    pub mean_absolute_error: f64,
}

/// Why the last days cannot be judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LastDaysError {
    /// There is nothing to look at.
    #[error("there is no order")]
    NoOrders,
    /// The last days are all there is.
    #[error("the history has no day before these")]
    NoDayBefore,
}

/// Fits on what lies before the last days, and compares what is expected of these with what came. O(lines) beside the fits.
pub fn judge_last_days(
    params: &CheckedLifetimeParams,
    baskets: &Baskets,
    last_days: u32,
) -> Result<LastDaysFigures, LastDaysError> {
    let (first, last) = baskets.window().ok_or(LastDaysError::NoOrders)?;
    let time_zone = baskets.time_zone();
    let end = time_zone.day_of(last);
    let cutoff = Day::new(end.get() - last_days as i32);
    if cutoff <= time_zone.day_of(first) {
        return Err(LastDaysError::NoDayBefore);
    }
    // The first instant after the day is not known.
    let until = time_zone.start_of(Day::new(cutoff.get() + 1)).plus_micros(-1);
    let lifetime = fit_lifetime(params, baskets, until, &Silent);
    let known: Vec<(CustomerIdx, BuyingRecord)> = (0..lifetime.n_customers() as u32)
        .map(CustomerIdx::new)
        .filter_map(|customer| Some((customer, lifetime.record(customer, cutoff)?)))
        .collect();
    let came: Vec<f64> = known.iter().map(|&(customer, _)| n_days_after(baskets, customer, cutoff)).collect();
    let told = |expected: &dyn Fn(CustomerIdx, &BuyingRecord) -> f64| {
        let each = || known.iter().map(|(customer, record)| expected(*customer, record));
        let error: f64 = each().zip(&came).map(|(expected, came)| (expected - came).abs()).sum();
        OrdersTold { expected: each().sum(), mean_absolute_error: error / known.len().max(1) as f64 }
    };
    let records: Vec<BuyingRecord> = known.iter().map(|&(_, record)| record).collect();
    let fit = fit_process(params.params().model, &records).ok();
    let weeks = f64::from(last_days) / 7.0;
    Ok(LastDaysFigures {
        last_days,
        cutoff,
        basis: lifetime.basis_name(),
        n_customers: known.len(),
        came: came.iter().sum(),
        told: told(&|customer, _| lifetime.expected_orders(customer, cutoff, last_days).unwrap_or(0.0)),
        fit_alone: fit.map(|fit| told(&|_, record| fit.model.expected_orders(record, weeks))),
    })
}

/// On how many days a customer bought after one.
fn n_days_after(baskets: &Baskets, customer: CustomerIdx, cutoff: Day) -> f64 {
    let mut days: Vec<Day> = baskets.of_customer(customer).map(|basket| baskets.ordered_on(basket)).collect();
    days.retain(|&day| cutoff < day);
    days.dedup();
    days.len() as f64
}
