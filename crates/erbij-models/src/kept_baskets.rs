//! Which baskets count where pairs of what a customer bought are counted: none that is stocking up, and of a customer
//! the newest.
//!
//! A customer of `n` lines has `n²` pairs. Who has more lines than a bound is a till or a wholesaler, and would outweigh
//! a thousand others at the square of their cost.

use erbij_core::{Baskets, CustomerIdx};

/// Which baskets count, and what is left out.
#[derive(Debug, PartialEq)]
pub(crate) struct KeptBaskets {
    /// A basket each.
    pub(crate) is_kept: Vec<bool>,
    /// How many hold more items than a basket may.
    pub(crate) n_large: usize,
    /// Of how many customers not all other baskets are kept.
    pub(crate) n_cut_customers: usize,
}

impl KeptBaskets {
    /// Baskets of at most so many items; of a customer the newest of these with at most so many lines in all.
    /// O(baskets).
    pub(crate) fn new(baskets: &Baskets, max_basket_items: usize, max_customer_lines: usize) -> Self {
        let is_small = |basket: usize| baskets.items(basket).len() <= max_basket_items;
        let mut is_kept: Vec<bool> = (0..baskets.len()).map(is_small).collect();
        let n_large = is_kept.iter().filter(|&&is_small| !is_small).count();
        let mut n_cut_customers = 0;
        for customer in (0..baskets.n_customers() as u32).map(CustomerIdx::new) {
            let mut n_lines = 0;
            for basket in baskets.of_customer(customer).rev().filter(|&basket| is_small(basket)) {
                n_lines += baskets.items(basket).len();
                is_kept[basket] = n_lines <= max_customer_lines;
            }
            n_cut_customers += usize::from(max_customer_lines < n_lines);
        }
        Self { is_kept, n_large, n_cut_customers }
    }
}

#[cfg(test)]
mod tests {
    use erbij_core::{Day, ItemIdx, Order};

    use super::*;

    #[test]
    fn of_a_customer_the_newest_count_and_of_a_guest_every_small_basket() {
        let order = |(customer, day, n_items): (Option<u32>, i32, u32)| Order {
            customer: customer.map(CustomerIdx::new),
            ordered_at: Day::new(day).start(),
            amount_minor: 0,
            lines: (0..n_items).map(|item| (ItemIdx::new(item), 1.0)).collect(),
        };
        let bought = [
            (Some(0), 1, 2),
            (Some(0), 2, 9),
            (Some(0), 3, 2),
            (Some(0), 4, 1),
            (Some(1), 1, 3),
            (None, 1, 3),
        ];
        let baskets = Baskets::from_orders(2, 9, bought.map(order).to_vec()).expect("valid orders");
        let kept = |max_customer_lines| KeptBaskets::new(&baskets, 4, max_customer_lines);
        let all_small = [true, false, true, true, true, true].to_vec();
        assert_eq!(kept(5), KeptBaskets { is_kept: all_small, n_large: 1, n_cut_customers: 0 });
        let newest = [false, false, true, true, true, true].to_vec();
        assert_eq!(kept(4), KeptBaskets { is_kept: newest, n_large: 1, n_cut_customers: 1 });
        let nothing = [false, false, false, true, false, true].to_vec();
        assert_eq!(kept(2), KeptBaskets { is_kept: nothing, n_large: 1, n_cut_customers: 2 });
    }
}
