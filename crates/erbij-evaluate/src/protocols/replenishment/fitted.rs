//! A model and the orders it is judged by.

use erbij_core::{Baskets, Day};
use erbij_people::Replenishment;

/// A model fitted on what lies before a day, and what came of it.
#[derive(Clone, Copy, Debug)]
pub struct Fitted<'a> {
    /// The model.
    pub model: &'a Replenishment,
    /// All orders, known and judged.
    pub baskets: &'a Baskets,
    /// First day that was not known.
    pub cutoff: Day,
    /// Last day with orders.
    pub end: Day,
}

/// Lines of orders before a day. O(orders).
pub fn n_lines_before(baskets: &Baskets, cutoff: Day) -> u64 {
    let before = (0..baskets.len()).filter(|&basket| baskets.ordered_on(basket) < cutoff);
    before.map(|basket| baskets.items(basket).len() as u64).sum()
}
