//! Small inputs for the tests of this crate.

use erbij_core::{Baskets, CustomerIdx, ItemIdx, Order, Timestamp};

/// An order in short: customer or guest, instant in days, items.
pub(crate) type ShortOrder<'a> = (Option<u32>, i64, &'a [u32]);

/// Lays out short orders.
pub(crate) fn baskets(n_customers: usize, n_items: usize, orders: &[ShortOrder<'_>]) -> Baskets {
    let order = |&(customer, day, items): &ShortOrder<'_>| Order {
        customer: customer.map(CustomerIdx::new),
        ordered_at: at(day),
        amount_minor: 100,
        lines: items.iter().map(|&item| (ItemIdx::new(item), 1.0)).collect(),
    };
    Baskets::from_orders(n_customers, n_items, orders.iter().map(order).collect()).expect("valid orders")
}

/// The first moment of a day.
pub(crate) fn at(day: i64) -> Timestamp {
    Timestamp::from_micros(0).plus_days(day)
}
