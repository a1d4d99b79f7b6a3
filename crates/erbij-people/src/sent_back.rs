//! What each customer sent back: what they did not want, and are not offered again.
//!
//! An item is sent back where every order of it that the customer placed came back in full. Whoever kept it once, before or
//! after, wants it: a single parcel refused is no reason to hide their coffee from them. What came back in part was kept.

use arrow_buffer::ScalarBuffer;
use erbij_core::{Baskets, CustomerIdx, ItemIdx, ModelError, RowOffsets, check_len};

/// What each customer sent back and never kept. 4 bytes an item and 8 a customer.
#[derive(Clone, Debug, PartialEq)]
pub struct SentBack {
    rows: RowOffsets,
    items: ScalarBuffer<u32>,
}

impl SentBack {
    /// Takes columns as facts: a row a customer, of items that rise and stay below `n_items`. O(values).
    pub fn new(rows: RowOffsets, items: ScalarBuffer<u32>, n_items: usize) -> Result<Self, ModelError> {
        check_len("items", items.len(), rows.n_values())?;
        for row in 0..rows.n_rows() {
            let of_row = &items[rows.range(row)];
            let rises = of_row.windows(2).all(|pair| pair[0] < pair[1]);
            if !rises || of_row.last().is_some_and(|&last| n_items <= last as usize) {
                return Err(ModelError::Row {
                    row,
                    rule: "its items do not rise, or lie outside the catalogue",
                });
            }
        }
        Ok(Self { rows, items })
    }

    /// Finds out what was sent back. O(returns · log) and the baskets of who sent anything back.
    pub fn from_baskets(baskets: &Baskets) -> Self {
        let returned = &baskets.parts().returned;
        let mut came_back: Vec<(CustomerIdx, ItemIdx)> =
            returned.iter().map(|returned| (returned.customer, returned.item)).collect();
        came_back.sort_unstable();
        came_back.dedup();
        let mut lens = vec![0; baskets.n_customers()];
        let mut items = Vec::with_capacity(came_back.len());
        for of_customer in came_back.chunk_by(|a, b| a.0 == b.0) {
            let customer = of_customer[0].0;
            let mut is_kept = vec![false; of_customer.len()];
            for basket in baskets.of_customer(customer) {
                for item in baskets.items(basket) {
                    if let Ok(at) = of_customer.binary_search_by_key(item, |&(_, item)| item) {
                        is_kept[at] = true;
                    }
                }
            }
            let sent_back = of_customer.iter().zip(&is_kept).filter(|(_, is_kept)| !**is_kept);
            let before = items.len();
            items.extend(sent_back.map(|(&(_, item), _)| item.get()));
            lens[customer.index()] = items.len() - before;
        }
        Self { rows: RowOffsets::from_lens(lens), items: items.into() }
    }

    /// How many customers, with or without anything.
    pub fn n_customers(&self) -> usize {
        self.rows.n_rows()
    }

    /// What a customer sent back, rising. O(1), then O(items).
    pub fn of(&self, customer: CustomerIdx) -> impl ExactSizeIterator<Item = ItemIdx> + '_ {
        self.items[self.rows.range(customer.index())].iter().map(|&item| ItemIdx::new(item))
    }

    /// Whether a customer sent an item back. O(log of what they sent back).
    pub fn contains(&self, customer: CustomerIdx, item: ItemIdx) -> bool {
        self.items[self.rows.range(customer.index())].binary_search(&item.get()).is_ok()
    }

    /// The columns, as an artifact stores them: rows and items.
    pub fn columns(&self) -> (&RowOffsets, &ScalarBuffer<u32>) {
        (&self.rows, &self.items)
    }
}

#[cfg(test)]
mod tests {
    use erbij_core::{BasketParts, Order, Returned, Timestamp};
    use proptest::prelude::*;

    use super::*;

    const N_CUSTOMERS: usize = 3;
    const N_ITEMS: usize = 4;

    /// Customer, item, instant and whether it came back.
    type Bought = (u32, u32, i64, bool);

    fn sent_back(bought: &[Bought]) -> SentBack {
        let at = Timestamp::from_micros;
        let order = |&(customer, item, micros, _): &Bought| Order {
            customer: Some(CustomerIdx::new(customer)),
            ordered_at: at(micros),
            amount_minor: 0,
            lines: vec![(ItemIdx::new(item), 1.0)],
        };
        let kept = bought.iter().filter(|bought| !bought.3).map(order).collect();
        let kept = Baskets::from_orders(N_CUSTOMERS, N_ITEMS, kept).expect("valid");
        let returned = bought.iter().filter(|bought| bought.3).map(|&(customer, item, micros, _)| Returned {
            item: ItemIdx::new(item),
            customer: CustomerIdx::new(customer),
            ordered_at: at(micros),
        });
        let mut returned: Vec<Returned> = returned.collect();
        returned.sort_unstable();
        let parts = BasketParts { returned, ..kept.parts().clone() };
        SentBack::from_baskets(&Baskets::from_parts(parts).expect("valid"))
    }

    #[test]
    fn what_came_back_and_was_never_kept_was_sent_back() {
        for (what, bought, expected) in [
            ("nothing came back", &[(0, 1, 5, false)][..], &[][..]),
            ("it came back", &[(0, 1, 5, true)], &[1]),
            ("it was bought again and kept", &[(0, 1, 5, true), (0, 1, 6, false)], &[]),
            ("two were bought at once, and one came back", &[(0, 1, 5, true), (0, 1, 5, false)], &[]),
            ("one was kept, the next came back", &[(0, 1, 4, false), (0, 1, 5, true)], &[]),
            ("both came back", &[(0, 1, 5, true), (0, 1, 6, true)], &[1]),
            ("it came back, was kept, came back", &[(0, 1, 5, true), (0, 1, 6, false), (0, 1, 7, true)], &[]),
            ("another customer kept it", &[(0, 1, 5, true), (1, 1, 6, false)], &[1]),
            ("something else was kept", &[(0, 1, 5, true), (0, 2, 6, false), (0, 3, 1, true)], &[1, 3]),
        ] {
            let found: Vec<u32> = sent_back(bought).of(CustomerIdx::new(0)).map(ItemIdx::get).collect();
            assert_eq!(found, expected, "{what}");
        }
    }

    #[test]
    fn columns_that_break_a_rule_are_refused() {
        for (lens, items, is_good) in [
            (vec![2, 0], vec![0, 3], true),
            (vec![2, 0], vec![3, 0], false),
            (vec![2, 0], vec![1, 1], false),
            (vec![1, 1], vec![0, 4], false),
            (vec![1, 1], vec![0], false),
        ] {
            let found = SentBack::new(RowOffsets::from_lens(lens), items.clone().into(), N_ITEMS);
            assert_eq!(found.is_ok(), is_good, "{items:?}");
        }
    }

    proptest! {
        #[test]
        fn whoever_kept_an_item_once_did_not_send_it_back(
            bought in proptest::collection::vec((0..3_u32, 0..4_u32, 0..6_i64, any::<bool>()), 0..30),
        ) {
            let found = sent_back(&bought);
            for (customer, item) in (0..3).flat_map(|customer| (0..4).map(move |item| (customer, item))) {
                let any = |came_back: bool| bought.iter().any(|b| (b.0, b.1, b.3) == (customer, item, came_back));
                let expected = any(true) && !any(false);
                prop_assert_eq!(found.contains(CustomerIdx::new(customer), ItemIdx::new(item)), expected);
            }
        }
    }
}
