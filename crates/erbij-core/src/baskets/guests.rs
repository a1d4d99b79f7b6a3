//! Which guest orders are one person's, and their place: side by side, so that who counts people along the baskets of an item
//! counts nobody twice.

use std::collections::HashMap;

use super::BasketParts;
use crate::{ItemIdx, MICROS_PER_DAY, Timestamp};

/// The hour of an instant, counted from the epoch.
pub(super) fn hour_of(at: Timestamp) -> i64 {
    at.micros().div_euclid(MICROS_PER_DAY / 24)
}

/// Puts guest orders of one person side by side, hours rising, and numbers guests by who ordered first: within an hour, one
/// for the same items. O(lines); nothing is moved where no order comes twice.
pub(super) fn put_together(parts: BasketParts, first_guest: usize) -> (BasketParts, Vec<u32>) {
    let mut guests = guests_of(&parts, first_guest);
    if guests.is_sorted() {
        return (parts, guests);
    }
    let mut order: Vec<usize> = (0..parts.customers.len()).collect();
    order[first_guest..].sort_by_key(|&basket| guests[basket - first_guest]);
    guests.sort_unstable();
    (in_order(parts, &order), guests)
}

/// A guest order each: which guest.
fn guests_of(parts: &BasketParts, first_guest: usize) -> Vec<u32> {
    let mut seen: HashMap<(i64, &[ItemIdx]), u32> = HashMap::new();
    let guest = |basket: usize| {
        let items = &parts.items[parts.offsets[basket]..parts.offsets[basket + 1]];
        let next = seen.len() as u32;
        *seen.entry((hour_of(parts.ordered_at[basket]), items)).or_insert(next)
    };
    (first_guest..parts.customers.len()).map(guest).collect()
}

/// The same baskets in another order.
fn in_order(from: BasketParts, order: &[usize]) -> BasketParts {
    let mut parts = BasketParts {
        customers: order.iter().map(|&basket| from.customers[basket]).collect(),
        ordered_at: order.iter().map(|&basket| from.ordered_at[basket]).collect(),
        amounts_minor: order.iter().map(|&basket| from.amounts_minor[basket]).collect(),
        offsets: vec![0],
        items: Vec::with_capacity(from.items.len()),
        quantities: Vec::with_capacity(from.quantities.len()),
        gift_lines: Vec::with_capacity(from.gift_lines.len()),
        ..from
    };
    for &basket in order {
        let lines = from.offsets[basket]..from.offsets[basket + 1];
        let first_gift = from.gift_lines.partition_point(|&line| line < lines.start);
        let gifts = from.gift_lines[first_gift..].iter().take_while(|&&line| line < lines.end);
        let begins_at = parts.items.len();
        parts.gift_lines.extend(gifts.map(|line| begins_at + line - lines.start));
        parts.items.extend_from_slice(&from.items[lines.clone()]);
        parts.quantities.extend_from_slice(&from.quantities[lines]);
        parts.offsets.push(parts.items.len());
    }
    parts
}
