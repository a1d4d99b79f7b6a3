//! Who buys: what is fixed about a customer before the first order.
//!
//! Everything is drawn from a stream of chance that only this customer has, so customers can be made in
//! any order, twice, and on any thread.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, Exp, LogNormal};

use crate::CheckedShopParams;
use crate::catalogue::Shop;

/// Nobody buys more than so many times what others do.
const MOST_ACTIVE: f64 = 20.0;
/// Share of customers who were there before the history begins.
const EARLY_SHARE: f64 = 0.4;

/// The streams of chance of what customers bring back begin here, above all others of theirs.
const RETURNS_STREAMS: u64 = 1 << 40;

/// One customer.
#[derive(Clone, Debug)]
pub(crate) struct Customer {
    pub(crate) number: u32,
    /// Share of all lines, not normed.
    pub(crate) weight: f64,
    /// First day, from the start of the history.
    pub(crate) arrived_day: f64,
    /// Last day; the length of the history for one who is still there.
    pub(crate) left_day: f64,
    /// People who eat from the same fridge.
    pub(crate) household: u32,
    /// Categories and how much of their wishes each takes, the first most.
    pub(crate) interests: Vec<(u32, f64)>,
    /// Orders a day while there, once known how many were made.
    pub(crate) order_rate: f64,
    /// How fast things are used up: 1 as others do, 2 half as fast.
    pub(crate) pace: f64,
}

impl Customer {
    /// The customer of a number.
    pub(crate) fn create(shop: &Shop, params: &CheckedShopParams, number: u32) -> Self {
        let mut rng = stream(params, u64::from(number) * 2);
        let n_days = params.days();
        let activity = spread(0.9).sample(&mut rng).min(MOST_ACTIVE);
        let arrived_day =
            if rng.random_bool(EARLY_SHARE) { 0.0 } else { rng.random_range(0.0..0.9) * n_days };
        let lifetime = Exp::new(1.0 / (0.8 * n_days)).expect("a positive rate").sample(&mut rng);
        let left_day = (arrived_day + lifetime.max(7.0)).min(n_days);
        let household = if rng.random_bool(0.45) { 1 } else { rng.random_range(2..=5) };
        let mut interests: Vec<(u32, f64)> = Vec::new();
        for nth in 1..=rng.random_range(2..=4) {
            let category = shop.pick_category(&mut rng);
            if interests.iter().all(|&(known, _)| known != category) {
                interests.push((category, 1.0 / f64::from(nth)));
            }
        }
        let total: f64 = interests.iter().map(|(_, share)| share).sum();
        interests.iter_mut().for_each(|(_, share)| *share /= total);
        Self {
            number,
            weight: activity * (left_day - arrived_day).max(7.0),
            arrived_day,
            left_day,
            household,
            interests,
            order_rate: 0.0,
            pace: spread(0.25).sample(&mut rng) / (0.8 + 0.2 * f64::from(household)),
        }
    }

    /// The chance of what the customer does, as opposed to who it is.
    pub(crate) fn history_rng(&self, params: &CheckedShopParams) -> ChaCha8Rng {
        stream(params, u64::from(self.number) * 2 + 1)
    }

    /// The chance of what comes back; apart, so that it changes nothing else.
    pub(crate) fn returns_rng(&self, params: &CheckedShopParams) -> ChaCha8Rng {
        stream(params, RETURNS_STREAMS + u64::from(self.number))
    }
}

/// The id of a customer.
pub(crate) fn customer_id(number: u32) -> String {
    format!("k{number:06}")
}

fn stream(params: &CheckedShopParams, number: u64) -> ChaCha8Rng {
    let mut rng = ChaCha8Rng::seed_from_u64(params.get().seed);
    rng.set_stream(number);
    rng
}

/// A factor around 1.
pub(crate) fn spread(sigma: f64) -> LogNormal<f64> {
    LogNormal::new(0.0, sigma).expect("a finite spread")
}
