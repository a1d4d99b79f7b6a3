//! Counts over purchases that metrics and slices ask for.

use erbij_core::{Baskets, CustomerIdx, Histories};

/// How many baskets each customer has; one value a customer. O(customers).
pub fn n_orders_by_customer(baskets: &Baskets) -> Vec<u32> {
    (0..baskets.n_customers() as u32)
        .map(|customer| baskets.of_customer(CustomerIdx::new(customer)).len() as u32)
        .collect()
}

/// How many baskets hold each item, guests' included; one value an item. O(lines).
pub fn n_purchases_by_item(baskets: &Baskets) -> Vec<u32> {
    let mut counts = vec![0; baskets.n_items()];
    for item in &baskets.parts().items {
        counts[item.index()] += 1;
    }
    counts
}

/// How many customers bought each item; one value an item. O(purchases).
pub fn n_buyers_by_item(histories: &Histories, n_items: usize) -> Vec<u32> {
    let (_, items, _, _) = histories.columns();
    let mut counts = vec![0; n_items];
    for &item in items.iter() {
        counts[item as usize] += 1;
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::baskets;

    #[test]
    fn baskets_are_counted_by_customer_and_by_item() {
        // Customer 1 bought item 2 twice; a guest bought it too.
        let baskets =
            baskets(3, 4, &[(Some(1), 5, &[2, 0]), (Some(1), 6, &[2]), (None, 1, &[2]), (Some(2), 0, &[0])]);
        assert_eq!(n_orders_by_customer(&baskets), [0, 2, 1]);
        assert_eq!(n_purchases_by_item(&baskets), [2, 0, 3, 0]);
        assert_eq!(n_buyers_by_item(&Histories::from_baskets(&baskets), 4), [2, 0, 1, 0]);
    }
}
