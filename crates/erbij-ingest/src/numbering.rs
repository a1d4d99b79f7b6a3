//! The final numbers of customers and items, which depend on no file and no row.

use erbij_core::CustomerIdx;

use crate::intern::{Interner, MISSING};

/// What the final numbers are.
pub(crate) struct Numbering<'a> {
    /// The ids of orders.
    pub(crate) orders: &'a Interner,
    /// Orders from this index on are those that models are judged by.
    pub(crate) first_judged: u32,
    /// An order each: the customer's canonical rank, or `u32::MAX` for a guest.
    pub(crate) order_customers: &'a [u32],
    /// An order each: its instant.
    pub(crate) ordered_at: &'a [i64],
    /// By canonical rank the customer's final number.
    pub(crate) customers: &'a [u32],
    /// By first sight the item's final number.
    pub(crate) items: &'a [u32],
    pub(crate) n_customers: usize,
    pub(crate) n_items: usize,
}

impl Numbering<'_> {
    /// The final number of an order's customer; none for guests and for who has no number.
    pub(crate) fn customer_of(&self, order: u32) -> Option<CustomerIdx> {
        let number = *self.customers.get(self.order_customers[order as usize] as usize)?;
        (number != MISSING).then(|| CustomerIdx::new(number))
    }

    /// The place of an order's basket, which is now at position `at`.
    pub(crate) fn place(&self, order: u32, at: u32) -> Place {
        let customer = self.order_customers[order as usize];
        Place { customer, ordered_at: self.ordered_at[order as usize], order, at }
    }

    /// The final number of a customer by rank, or that of guests.
    pub(crate) fn customer(&self, rank: u32) -> CustomerIdx {
        match rank {
            u32::MAX => CustomerIdx::GUEST,
            rank => CustomerIdx::new(self.customers[rank as usize]),
        }
    }
}

/// A basket's place among all, and where it is now.
pub(crate) struct Place {
    pub(crate) customer: u32,
    pub(crate) ordered_at: i64,
    pub(crate) order: u32,
    pub(crate) at: u32,
}

/// Numbers items: most sold first, ties by id. `listed` are ids of the catalogue. By first sight the final
/// number or [`MISSING`], and the ids in their final order.
pub(crate) fn number_items(
    ids: &Interner,
    sales: &[u32],
    listed: impl Iterator<Item = u32>,
) -> (Vec<u32>, Vec<u32>) {
    let mut is_item: Vec<bool> = sales.iter().map(|&n| 0 < n).collect();
    listed.for_each(|id| is_item[id as usize] = true);
    let items = (0..ids.len() as u32).filter(|&id| is_item[id as usize]).collect();
    let mut order = ids.canonical(items);
    // Stable: within equal sales the canonical order stays.
    order.sort_by_key(|&id| std::cmp::Reverse(sales[id as usize]));
    (numbers(&order, ids.len()), order)
}

/// The position of each id in an order, or [`MISSING`].
pub(crate) fn numbers(order: &[u32], n_ids: usize) -> Vec<u32> {
    let mut numbers = vec![MISSING; n_ids];
    for (number, &id) in order.iter().enumerate() {
        numbers[id as usize] = number as u32;
    }
    numbers
}
