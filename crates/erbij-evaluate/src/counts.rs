//! Counts over purchases that metrics and slices ask for.

use erbij_core::{Baskets, Catalogue, CustomerIdx, Histories};
use erbij_train::Split;

/// Who is judged and by what, and how much of it train knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct JudgedCounts {
    /// Customers with something to be judged by.
    pub n_customers: usize,
    /// Those of them without a basket in train: strangers, who get what a stranger gets.
    pub n_unknown_customers: usize,
    /// What they are judged by: pairs of a customer and an item.
    pub n_purchases: usize,
    /// Pairs of an item that no train basket holds.
    pub n_of_unknown_items: usize,
    /// Pairs of an item that the catalogue does not list, whether train knows it or not: no slate can hold it. It counts
    /// among what is relevant all the same.
    pub n_of_unlisted_items: usize,
    /// Guests' baskets that judge nobody.
    pub n_guest_baskets: usize,
}

impl JudgedCounts {
    /// Counts a split whose items can be shown as a catalogue lists them. O(customers + items + purchases).
    pub fn new(split: &Split, catalogue: &Catalogue) -> Self {
        let n_orders = n_orders_by_customer(&split.train);
        let n_purchases = n_purchases_by_item(&split.train);
        let judged = || split.targets.iter().enumerate().filter(|(_, list)| !list.is_empty());
        let items = || split.targets.items().iter();
        Self {
            n_customers: judged().count(),
            n_unknown_customers: judged().filter(|&(customer, _)| n_orders[customer] == 0).count(),
            n_purchases: split.targets.n_items(),
            n_of_unknown_items: items().filter(|item| n_purchases[item.index()] == 0).count(),
            n_of_unlisted_items: items().filter(|&&item| !catalogue.is_listed(item)).count(),
            n_guest_baskets: split.n_guest_baskets,
        }
    }
}

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
    use erbij_core::{CatalogueColumns, Currency, ItemIdx, VariantColumns};

    use super::*;
    use crate::testing::{at, baskets};
    use erbij_train::split_at;

    #[test]
    fn what_train_does_not_know_is_judged_and_counted() {
        // Customer 1 is a stranger; items 2 and 3 are new, and no catalogue lists 3.
        let all = baskets(
            3,
            4,
            &[
                (Some(0), 1, &[0, 1]),
                (Some(0), 5, &[1, 2, 3]),
                (Some(1), 6, &[0, 3]),
                (None, 7, &[0]),
                (None, 1, &[0]),
            ],
        );
        let split = split_at(&all, at(5), 9).expect("a split");
        let columns = CatalogueColumns::of_ids(["a", "b", "c", "d"].iter().collect());
        let catalogue =
            Catalogue::new(columns, VariantColumns::default(), Currency::EUR).expect("a catalogue");
        let counts = JudgedCounts::new(&split, &catalogue.without(|item| item == ItemIdx::new(3)));
        let expected = JudgedCounts {
            n_customers: 2,
            n_unknown_customers: 1,
            n_purchases: 5,
            n_of_unknown_items: 3,
            n_of_unlisted_items: 2,
            n_guest_baskets: 1,
        };
        assert_eq!(counts, expected);
        assert_eq!(
            JudgedCounts::new(&split, &catalogue),
            JudgedCounts { n_of_unlisted_items: 0, ..expected }
        );
    }

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
