//! What it is worth that purchases count at once: each later order of the days that are judged, asked for with and without
//! what the customer bought since the models were trained.
//!
//! The first order after the cutoff has nothing since, and is left out.

use erbij_core::{
    Act, ActKind, AlreadyBought, Baskets, CustomerIdx, Grant, ItemIdx, Past, Placement, Progress, Timestamp,
};
use erbij_engine::{Engine, Person, Query, Scratch};
use rayon::prelude::*;
use serde::Serialize;

use crate::intervals::{
    Difference, Interval, IntervalError, Resampling, mean_with_interval, paired_difference,
};
use crate::metrics::ndcg_at_k;

/// Places that are judged.
const N: usize = 10;

/// NDCG@10 of one way of treating what was bought before, a mean over the customers' means over their orders.
#[derive(Clone, Debug, Serialize)]
pub struct UpToDateFigures {
    /// `exclude`: what they never bought before; `keep`: the whole order.
    pub already_bought: AlreadyBought,
    /// How many customers have an order to judge.
    pub n_customers: usize,
    /// How many orders are judged.
    pub n_orders: usize,
    /// As the models knew the customer when they were trained.
    pub frozen: Interval,
    /// With what they bought since.
    pub up_to_date: Interval,
    /// The second less the first.
    pub difference: Difference,
}

/// An order that is judged, and what the customer bought before it and after the cutoff.
struct Later {
    at: Timestamp,
    items: Vec<ItemIdx>,
    past: Past,
}

/// Judges both ways on all orders within a horizon after the cutoff that the engine's models were trained before. `baskets` are
/// the whole history, numbered as the models'. O(orders · a slate).
pub fn judge_up_to_date(
    engine: &Engine,
    baskets: &Baskets,
    cutoff: Timestamp,
    horizon_days: u32,
    resampling: &Resampling,
    progress: &dyn Progress,
) -> Result<Vec<UpToDateFigures>, IntervalError> {
    let end = cutoff.plus_days(i64::from(horizon_days));
    let of_customer = |customer: u32| {
        let customer = CustomerIdx::new(customer);
        (customer, later_orders(baskets, customer, cutoff, end))
    };
    let customers: Vec<(CustomerIdx, Vec<Later>)> =
        (0..baskets.n_customers() as u32).map(of_customer).filter(|(_, orders)| !orders.is_empty()).collect();
    progress.begin("asking with and without what is new", Some(2 * customers.len() as u64), "customers");
    let judge = |already_bought| {
        let judged: Vec<Option<(f64, f64, usize)>> = customers
            .par_iter()
            .map_init(
                || engine.new_scratch(),
                |scratch, (customer, orders)| {
                    progress.advance(1);
                    values(engine, *customer, orders, already_bought, scratch)
                },
            )
            .collect();
        let judged: Vec<(f64, f64, usize)> = judged.into_iter().flatten().collect();
        let column = |value: fn(&(f64, f64, usize)) -> f64| judged.iter().map(value).collect::<Vec<f64>>();
        let (frozen, fresh) = (column(|values| values.0), column(|values| values.1));
        Ok(UpToDateFigures {
            already_bought,
            n_customers: judged.len(),
            n_orders: judged.iter().map(|values| values.2).sum(),
            frozen: mean_with_interval(&frozen, resampling)?,
            up_to_date: mean_with_interval(&fresh, resampling)?,
            difference: paired_difference(&fresh, &frozen, resampling)?,
        })
    };
    [AlreadyBought::Exclude, AlreadyBought::Keep].into_iter().map(judge).collect()
}

/// The orders of a customer within the horizon but for the first.
fn later_orders(baskets: &Baskets, customer: CustomerIdx, cutoff: Timestamp, end: Timestamp) -> Vec<Later> {
    let mut acts: Vec<Act> = Vec::new();
    let mut later = Vec::new();
    for basket in baskets.of_customer(customer) {
        let at = baskets.ordered_at(basket);
        if !(cutoff..end).contains(&at) {
            continue;
        }
        // Orders of one instant know nothing of each other.
        let before: Vec<Act> = acts.iter().copied().filter(|act| act.at < at).collect();
        if !before.is_empty() {
            later.push(Later { at, items: baskets.items(basket).to_vec(), past: Past::new(before) });
        }
        let lines = baskets.items(basket).iter().zip(baskets.quantities(basket));
        acts.extend(lines.map(|(&item, &quantity)| Act {
            at,
            item,
            kind: ActKind::Bought { quantity, is_gift: false },
        }));
    }
    later
}

/// A customer's mean NDCG without and with what is new, and of how many orders; none where no order holds anything that counts.
fn values(
    engine: &Engine,
    customer: CustomerIdx,
    orders: &[Later],
    already_bought: AlreadyBought,
    scratch: &mut Scratch,
) -> Option<(f64, f64, usize)> {
    let histories = &engine.models().histories;
    let (mut frozen, mut fresh, mut n_orders) = (0.0, 0.0, 0);
    for order in orders {
        let is_new = |item: &&ItemIdx| {
            histories.find(customer, **item).is_none()
                && order.past.acts().iter().all(|act| act.item != **item)
        };
        let relevant: Vec<ItemIdx> = match already_bought {
            AlreadyBought::Exclude => order.items.iter().filter(is_new).copied().collect(),
            _ => order.items.clone(),
        };
        let mut value = |past: &Past| {
            let query = Query {
                n: N,
                already_bought: Some(already_bought),
                ..Query::new(Placement::Home, Person::known(customer, past, Grant::of_replay()), order.at)
            };
            let slate = engine.recommend(&query, scratch);
            let shown: Vec<ItemIdx> = slate.items.iter().map(|shown| shown.item).collect();
            ndcg_at_k(&shown, &relevant, N)
        };
        if let (Some(without), Some(with)) = (value(Past::none()), value(&order.past)) {
            (frozen, fresh, n_orders) = (frozen + without, fresh + with, n_orders + 1);
        }
    }
    let n = n_orders as f64;
    (0 < n_orders).then(|| (frozen / n, fresh / n, n_orders))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{at, baskets};

    #[test]
    fn an_order_is_asked_for_with_what_lies_between_it_and_the_cutoff() {
        // Customer 0 orders before the cutoff, twice on day 12 and on day 15; customer 1 once; customer 2 beyond the horizon.
        let history = baskets(
            3,
            4,
            &[
                (Some(0), 5, &[0]),
                (Some(0), 12, &[1]),
                (Some(0), 12, &[2]),
                (Some(0), 15, &[3]),
                (Some(1), 12, &[1]),
                (Some(2), 13, &[1]),
                (Some(2), 40, &[2]),
            ],
        );
        let later = |customer| later_orders(&history, CustomerIdx::new(customer), at(10), at(38));
        let found = later(0);
        assert_eq!(found.len(), 1, "orders of one instant know nothing of each other");
        assert_eq!((found[0].at, found[0].items.as_slice()), (at(15), &[ItemIdx::new(3)][..]));
        let mut before: Vec<u32> = found[0].past.acts().iter().map(|act| act.item.get()).collect();
        before.sort_unstable();
        assert_eq!(before, [1, 2], "what lies before the cutoff the models know");
        assert!(later(1).is_empty() && later(2).is_empty());
    }
}
