//! Counts orders and distinct people per item, now and before.

use erbij_core::{Baskets, Timestamp};

use crate::popularity::{CheckedPopularityParams, Popularity, PopularityColumns};

/// Nobody: what an item's last buyer is before there is one.
const NOBODY: u32 = u32::MAX;

/// One count of an item, in orders and in people.
struct Counting {
    n_orders: Vec<u32>,
    n_people: Vec<u32>,
    /// Who was counted last. Baskets of one customer lie together, so this alone tells whether they were counted.
    last: Vec<u32>,
}

impl Counting {
    fn new(n_items: usize) -> Self {
        Self { n_orders: vec![0; n_items], n_people: vec![0; n_items], last: vec![NOBODY; n_items] }
    }

    #[inline]
    fn count(&mut self, item: usize, person: u32) {
        self.n_orders[item] += 1;
        if self.last[item] != person {
            self.last[item] = person;
            self.n_people[item] += 1;
        }
    }
}

/// Counts, per item, the orders and the people behind them: of the window that ends at `cutoff`, of the window before
/// it, and of all. A guest order is somebody. One pass: O(lines).
pub fn fit_popularity(params: &CheckedPopularityParams, baskets: &Baskets, cutoff: Timestamp) -> Popularity {
    let window_days = i64::from(params.window_days());
    let (window_start, before_start) = (cutoff.plus_days(-window_days), cutoff.plus_days(-2 * window_days));
    let [mut now, mut before, mut ever] = [(); 3].map(|()| Counting::new(baskets.n_items()));
    for basket in 0..baskets.len() {
        let (ordered_at, person) = (baskets.ordered_at(basket), baskets.person(basket));
        for item in baskets.items(basket) {
            ever.count(item.index(), person);
            if window_start < ordered_at {
                now.count(item.index(), person);
            } else if before_start < ordered_at {
                before.count(item.index(), person);
            }
        }
    }
    let columns = PopularityColumns {
        n_orders: now.n_orders.into(),
        n_orders_before: before.n_orders.into(),
        n_orders_ever: ever.n_orders.into(),
        n_people: now.n_people.into(),
        n_people_before: before.n_people.into(),
        n_people_ever: ever.n_people.into(),
    };
    Popularity::new(columns).expect("columns of one length")
}

#[cfg(test)]
mod tests {
    use erbij_core::{CustomerIdx, Day, ItemIdx, Order};

    use super::*;
    use crate::PopularityParams;

    #[test]
    fn windows_end_at_the_cutoff_and_do_not_overlap() {
        let order = |day: i32, item| Order {
            customer: None,
            ordered_at: Day::new(day).start(),
            amount_minor: 0,
            lines: vec![(ItemIdx::new(item), 1.0)],
        };
        let orders = vec![order(100, 1), order(91, 1), order(90, 0), order(81, 0), order(80, 0)];
        let baskets = Baskets::from_orders(0, 3, orders).expect("valid");
        let params = PopularityParams { window_days: 10 }.check().expect("in range");
        let popularity = fit_popularity(&params, &baskets, Day::new(100).start());
        let columns = popularity.columns();
        let [now, before, ever] = [&columns.n_orders, &columns.n_orders_before, &columns.n_orders_ever]
            .map(|column| column.to_vec());
        assert_eq!((now, before, ever), (vec![0, 2, 0], vec![2, 0, 0], vec![3, 2, 0]));
        assert_eq!(popularity.ranking(), [1, 0, 2].map(ItemIdx::new));
        // Hand-worked: ln((2 + 5) / (0 + 5)).
        assert!((popularity.trend(ItemIdx::new(1)) - 0.336_472_24).abs() < 1e-6);
    }
    /// Somebody who buys one thing every day, and three who each buy another once: three are more than one.
    #[test]
    fn popularity_counts_people_and_not_their_orders() {
        let order = |customer: Option<u32>, day: i32, item| Order {
            customer: customer.map(CustomerIdx::new),
            ordered_at: Day::new(day).start(),
            amount_minor: 0,
            lines: vec![(ItemIdx::new(item), 1.0)],
        };
        let mut orders: Vec<Order> = (91..=100).map(|day| order(Some(0), day, 0)).collect();
        orders.extend([order(Some(1), 95, 1), order(None, 96, 1), order(None, 97, 1), order(Some(1), 1, 2)]);
        let baskets = Baskets::from_orders(2, 3, orders).expect("valid");
        let params = PopularityParams { window_days: 10 }.check().expect("in range");
        let popularity = fit_popularity(&params, &baskets, Day::new(100).start());
        let items = [0, 1, 2].map(ItemIdx::new);
        assert_eq!(items.map(|item| popularity.n_orders(item)), [10, 3, 0]);
        assert_eq!(items.map(|item| popularity.n_people(item)), [1, 3, 0]);
        assert_eq!(items.map(|item| popularity.n_people_ever(item)), [1, 3, 1]);
        assert_eq!(popularity.ranking(), [1, 0, 2].map(ItemIdx::new));
    }
}
