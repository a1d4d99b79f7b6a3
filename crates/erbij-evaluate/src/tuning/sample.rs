//! A share of the data: some customers with all they have.
//!
//! Whether a customer is in hangs on the seed and his number alone, and who is in a small share is in every
//! larger one. So a point that does well on a quarter is judged again by the same customers and more.

use erbij_core::statistics::splitmix64::mix;
use erbij_core::{Baskets, CustomerIdx};
use erbij_train::{ItemLists, ItemListsBuilder};

/// The lists of a share of the customers; the other lists become empty. O(items).
pub fn sample_lists(lists: &ItemLists, share: f64, seed: u64) -> ItemLists {
    let mut sample = ItemListsBuilder::default();
    for (row, list) in (0..).zip(lists.iter()) {
        let kept = if is_in(seed, row, share) { list } else { &[] };
        sample.push(kept.iter().copied());
    }
    sample.finish()
}

/// The baskets of a share of the customers with what they brought back, and the same share of guests' baskets. O(lines).
pub fn sample_baskets(baskets: &Baskets, share: f64, seed: u64) -> Baskets {
    let is_customer_in = |customer: CustomerIdx| is_in(seed, u64::from(customer.get()), share);
    let is_wanted = |basket| match baskets.customer(basket) {
        // Guests are drawn one by one, from numbers no customer has.
        CustomerIdx::GUEST => is_in(seed, u64::from(u32::MAX) + basket as u64, share),
        customer => is_customer_in(customer),
    };
    baskets.select(is_wanted, |returned| is_customer_in(returned.customer))
}

/// Whether a number falls into a share, by SplitMix64.
fn is_in(seed: u64, number: u64, share: f64) -> bool {
    let hash = mix(mix(seed).wrapping_add(number));
    // The upper 53 bits as a number from 0, below 1.
    ((hash >> 11) as f64) < share * (1_u64 << 53) as f64
}

#[cfg(test)]
mod tests {
    use erbij_core::{BasketParts, ItemIdx, Order, Returned, Timestamp};

    use super::*;

    fn kept(share: f64, seed: u64) -> Vec<usize> {
        let lists = ItemLists::from_unsorted((0..4000).map(|_| vec![ItemIdx::new(3), ItemIdx::new(5)]));
        let sample = sample_lists(&lists, share, seed);
        assert_eq!(sample.n_lists(), 4000);
        assert!(sample.iter().all(|list| list.is_empty() || list.len() == 2), "whole lists or none");
        (0..4000).filter(|&row| !sample.list(row).is_empty()).collect()
    }

    #[test]
    fn a_share_is_about_that_share_and_part_of_every_larger_one() {
        let [quarter, half, all] = [0.25, 0.5, 1.0].map(|share| kept(share, 1));
        // Three standard deviations of a binomial draw are 82 and 95.
        assert!(quarter.len().abs_diff(1000) < 82, "{}", quarter.len());
        assert!(half.len().abs_diff(2000) < 95, "{}", half.len());
        assert_eq!(all.len(), 4000);
        assert!(quarter.iter().all(|row| half.binary_search(row).is_ok()));
        assert_ne!(quarter, kept(0.25, 2));
    }

    #[test]
    fn customers_are_whole_and_guests_are_drawn_by_basket() {
        let order = |customer: Option<u32>, at| Order {
            customer: customer.map(CustomerIdx::new),
            ordered_at: Timestamp::from_micros(at),
            amount_minor: 0,
            lines: vec![(ItemIdx::new(0), 1.0)],
        };
        let of_customers = (0..400).flat_map(|customer| [1, 2].map(|at| order(Some(customer), at)));
        let of_guests = (0..400).map(|at| order(None, at));
        let baskets = Baskets::from_orders(400, 1, of_customers.chain(of_guests).collect()).expect("valid");
        let returned = |customer| Returned {
            item: ItemIdx::new(0),
            customer: CustomerIdx::new(customer),
            ordered_at: Timestamp::from_micros(1),
        };
        let parts = BasketParts { returned: (0..400).map(returned).collect(), ..baskets.parts().clone() };
        let sample = sample_baskets(&Baskets::from_parts(parts).expect("valid"), 0.5, 7);
        let lens: Vec<usize> = (0..400).map(|at| sample.of_customer(CustomerIdx::new(at)).len()).collect();
        assert!(lens.iter().all(|&len| len == 0 || len == 2), "{lens:?}");
        let returns = sample.returns_of(ItemIdx::new(0));
        let has_returned = |customer| returns.iter().any(|returned| returned.customer.get() == customer);
        assert!((0..).zip(&lens).all(|(customer, &len)| has_returned(customer) == (len == 2)));
        let n_customers = lens.iter().filter(|&&len| len == 2).count();
        assert!(n_customers.abs_diff(200) < 30 && sample.of_guests().len().abs_diff(200) < 30);
        // The lists of the same customers are in the same share.
        let lists = ItemLists::from_unsorted((0..400).map(|_| vec![ItemIdx::new(0)]));
        let in_lists = sample_lists(&lists, 0.5, 7);
        assert!(in_lists.iter().zip(&lens).all(|(list, &len)| list.is_empty() == (len == 0)));
    }
}
