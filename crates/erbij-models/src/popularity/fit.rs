//! Counts orders per item, now and before.

use erbij_core::{Baskets, Timestamp};

use crate::popularity::{CheckedPopularityParams, Popularity};

/// Counts, per item, the orders of the window that ends at `cutoff`, of the window before it, and of all.
/// One pass: O(lines).
pub fn fit_popularity(params: &CheckedPopularityParams, baskets: &Baskets, cutoff: Timestamp) -> Popularity {
    let window_days = i64::from(params.window_days());
    let (window_start, before_start) = (cutoff.plus_days(-window_days), cutoff.plus_days(-2 * window_days));
    let n_items = baskets.n_items();
    let (mut now, mut before, mut ever) = (vec![0_u32; n_items], vec![0_u32; n_items], vec![0_u32; n_items]);
    for basket in 0..baskets.len() {
        let ordered_at = baskets.ordered_at(basket);
        for item in baskets.items(basket) {
            ever[item.index()] += 1;
            if window_start < ordered_at {
                now[item.index()] += 1;
            } else if before_start < ordered_at {
                before[item.index()] += 1;
            }
        }
    }
    Popularity::new(now.into(), before.into(), ever.into()).expect("three columns of one length")
}

#[cfg(test)]
mod tests {
    use erbij_core::{Day, ItemIdx, Order};

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
        let [now, before, ever] = popularity.columns().map(|column| column.to_vec());
        assert_eq!((now, before, ever), (vec![0, 2, 0], vec![2, 0, 0], vec![3, 2, 0]));
        assert_eq!(popularity.ranking(), [1, 0, 2].map(ItemIdx::new));
        // Hand-worked: ln((2 + 5) / (0 + 5)).
        assert!((popularity.trend(ItemIdx::new(1)) - 0.336_472_24).abs() < 1e-6);
    }
}
