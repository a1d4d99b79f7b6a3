//! Columns hold what is known of each customer; order days are what they are read off.

use arrow_buffer::ScalarBuffer;
use erbij_core::{Baskets, CustomerIdx, Day, Timestamp};

use crate::lifetime::error::LifetimeError;
use crate::lifetime::record::BuyingRecord;

/// Stands for the day of a customer who has not bought.
pub(super) const NEVER: i32 = i32::MIN;

pub(super) const DAYS_OF_A_WEEK: f64 = 7.0;

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

    pub(super) fn check(&self) -> Result<(), LifetimeError> {
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

/// The days on which a customer bought up to and including an instant, and what they spent on each; in order.
pub(super) fn order_days(
    baskets: &Baskets,
    customer: CustomerIdx,
    cutoff: Timestamp,
) -> impl Iterator<Item = (i32, f64)> + '_ {
    let mut orders = baskets
        .of_customer(customer)
        .take_while(move |&basket| baskets.ordered_at(basket) <= cutoff)
        .map(|basket| (baskets.ordered_on(basket).get(), baskets.amount_minor(basket) as f64))
        .peekable();
    std::iter::from_fn(move || {
        let (day, mut amount) = orders.next()?;
        while let Some((_, more)) = orders.next_if(|&(of_next, _)| of_next == day) {
            amount += more;
        }
        Some((day, amount))
    })
}
