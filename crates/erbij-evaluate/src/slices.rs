//! Parts of customers and of items for which a metric is told apart.
//!
//! A mean over everybody hides who is served badly. A slice leaves customers out, or counts only some of the
//! relevant items as relevant; either way it is again one list of relevant items a customer, and whoever has
//! none left has no value. Pure functions over counts taken from train.

use erbij_core::{CustomerIdx, ItemIdx};
use erbij_train::{ItemLists, ItemListsBuilder};
use serde::{Deserialize, Serialize};

/// A part of customers or items.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Slice {
    /// Every customer, every relevant item.
    All,
    /// Customers without a basket before the cutoff.
    NewCustomers,
    /// Customers with at least one and at most [`SliceRules::max_few_orders`] baskets before the cutoff.
    FewOrders,
    /// Relevant items among the slow sellers: see [`SliceRules::tail_percent`].
    Tail,
    /// Relevant items with fewer than [`SliceRules::cold_below_n_purchases`] purchases before the cutoff.
    Cold,
}

impl Slice {
    /// All, in the order of a report.
    pub const ALL: [Self; 5] = [Self::All, Self::NewCustomers, Self::FewOrders, Self::Tail, Self::Cold];

    /// Its name in settings, JSON and columns.
    pub const fn name(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::NewCustomers => "new_customers",
            Self::FewOrders => "few_orders",
            Self::Tail => "tail",
            Self::Cold => "cold",
        }
    }
}

/// Where slices begin and end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SliceRules {
    /// The most baskets a customer of [`Slice::FewOrders`] has.
    pub max_few_orders: u32,
    /// The tail is what is left of the items once the best sellers, most bought first, make up the other
    /// `100 − tail_percent` per cent of all purchases; so at most `tail_percent` per cent of purchases are of
    /// it. Never-bought items belong to it. 0 to 100.
    pub tail_percent: u32,
    /// An item with fewer purchases is cold.
    pub cold_below_n_purchases: u32,
}

impl Default for SliceRules {
    fn default() -> Self {
        Self { max_few_orders: 2, tail_percent: 20, cold_below_n_purchases: 5 }
    }
}

/// Who and what belongs to each slice, decided once from the counts of train.
#[derive(Clone, Debug)]
pub struct Slices {
    rules: SliceRules,
    n_orders: Vec<u32>,
    n_purchases: Vec<u32>,
    is_tail: Vec<bool>,
}

impl Slices {
    /// Decides by how many baskets each customer has (`n_orders`) and how many hold each item
    /// (`n_purchases`), both before the cutoff. O(items log items).
    ///
    /// ```
    /// use erbij_core::ItemIdx;
    /// use erbij_evaluate::{Slice, SliceRules, Slices};
    /// // The best sellers 0 and 2 make up 85 of 100 purchases, 0 alone only 60: the tail is 1, 3 and 4.
    /// let slices = Slices::new(SliceRules::default(), vec![], vec![60, 10, 25, 5, 0]);
    /// let tail = [0, 1, 2, 3, 4].map(|item| slices.has_item(Slice::Tail, ItemIdx::new(item)));
    /// assert_eq!(tail, [false, true, false, true, true]);
    /// ```
    pub fn new(rules: SliceRules, n_orders: Vec<u32>, n_purchases: Vec<u32>) -> Self {
        let is_tail = tail(&n_purchases, rules.tail_percent);
        Self { rules, n_orders, n_purchases, is_tail }
    }

    /// Whether a customer belongs to a slice; everybody does to one of items.
    pub fn has_customer(&self, slice: Slice, customer: CustomerIdx) -> bool {
        let n_orders = self.n_orders[customer.index()];
        match slice {
            Slice::All | Slice::Tail | Slice::Cold => true,
            Slice::NewCustomers => n_orders == 0,
            Slice::FewOrders => (1..=self.rules.max_few_orders).contains(&n_orders),
        }
    }

    /// Whether an item belongs to a slice; every item does to one of customers.
    pub fn has_item(&self, slice: Slice, item: ItemIdx) -> bool {
        match slice {
            Slice::All | Slice::NewCustomers | Slice::FewOrders => true,
            Slice::Tail => self.is_tail[item.index()],
            Slice::Cold => self.n_purchases[item.index()] < self.rules.cold_below_n_purchases,
        }
    }

    /// The relevant items that belong to a slice, of the customers who do; the lists of others are empty.
    /// O(customers + items).
    pub fn restrict(&self, slice: Slice, targets: &ItemLists) -> ItemLists {
        let mut lists = ItemListsBuilder::default();
        for (customer, list) in (0..).map(CustomerIdx::new).zip(targets.iter()) {
            let list = if self.has_customer(slice, customer) { list } else { &[] };
            lists.push(list.iter().copied().filter(|&item| self.has_item(slice, item)));
        }
        lists.finish()
    }
}

/// Which items are left once the best sellers have made up their part of all purchases.
fn tail(n_purchases: &[u32], tail_percent: u32) -> Vec<bool> {
    let mut by_sales: Vec<usize> = (0..n_purchases.len()).collect();
    by_sales.sort_by_key(|&item| (std::cmp::Reverse(n_purchases[item]), item));
    let total: u64 = n_purchases.iter().map(|&n| u64::from(n)).sum();
    let head_percent = u64::from(100_u32.saturating_sub(tail_percent));
    let mut is_tail = vec![true; n_purchases.len()];
    let mut so_far = 0;
    for item in by_sales {
        if total * head_percent <= so_far * 100 {
            break;
        }
        is_tail[item] = false;
        so_far += u64::from(n_purchases[item]);
    }
    is_tail
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_slice_restricts_customers_or_items() {
        // Purchases 8, 5, 4, 3: half of the 20 is reached by the first two, so the tail is 2 and 3.
        let rules = SliceRules { max_few_orders: 2, tail_percent: 50, cold_below_n_purchases: 4 };
        let slices = Slices::new(rules, vec![0, 1, 2, 3], vec![8, 5, 4, 3]);
        let targets = ItemLists::from_unsorted(
            [vec![0, 3], vec![1, 2, 3], vec![0], vec![2]]
                .map(|list| list.into_iter().map(ItemIdx::new).collect()),
        );
        let check = |slice, expected: [&[u32]; 4]| {
            let found = slices.restrict(slice, &targets);
            let found: Vec<Vec<u32>> =
                found.iter().map(|list| list.iter().map(|item| item.get()).collect()).collect();
            assert_eq!(found, expected, "{slice:?}");
        };
        check(Slice::All, [&[0, 3], &[1, 2, 3], &[0], &[2]]);
        check(Slice::NewCustomers, [&[0, 3], &[], &[], &[]]);
        check(Slice::FewOrders, [&[], &[1, 2, 3], &[0], &[]]);
        check(Slice::Tail, [&[3], &[2, 3], &[], &[2]]);
        check(Slice::Cold, [&[3], &[3], &[], &[]]);
    }

    #[test]
    fn the_tail_of_nothing_and_of_everything() {
        assert_eq!(tail(&[], 20), [true; 0]);
        assert_eq!(tail(&[0, 0], 20), [true, true], "nothing was bought: nothing sells well");
        assert_eq!(tail(&[3, 0, 1], 0), [false, true, false]);
        assert_eq!(tail(&[3, 0, 1], 100), [true, true, true]);
        assert_eq!(tail(&[3, 0, 1], 400), [true, true, true]);
        assert_eq!(tail(&[2, 2, 2, 2], 50), [false, false, true, true], "a tie goes to the lower index");
    }

    #[test]
    fn names_are_those_of_json() {
        for slice in Slice::ALL {
            assert_eq!(serde_json::to_string(&slice).expect("a name"), format!("\"{}\"", slice.name()));
        }
        assert!(serde_json::from_str::<SliceRules>("{\"tail_per_cent\": 1}").is_err());
    }

    proptest! {
        #[test]
        fn the_tail_is_as_large_as_it_may_be(n_purchases in vec(0..50_u32, 1..30), percent in 0..=100_u32) {
            let is_tail = tail(&n_purchases, percent);
            let total: u32 = n_purchases.iter().sum();
            let of = |in_tail: bool| n_purchases.iter().zip(&is_tail).filter(move |&(_, &t)| t == in_tail).map(|(&n, _)| n);
            prop_assert!(of(true).sum::<u32>() * 100 <= total * percent, "too much of it");
            if let Some(slowest_of_head) = of(false).min() {
                prop_assert!(of(true).all(|n| n <= slowest_of_head));
                let with_it = of(true).sum::<u32>() + slowest_of_head;
                prop_assert!(total * percent < with_it * 100, "one more would still have fitted");
            }
        }
    }
}
