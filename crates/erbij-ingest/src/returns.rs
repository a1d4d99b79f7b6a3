//! What came back in full: told beside the baskets, since it stands in none.
//!
//! It comes by two ways: the row itself says that all of it was returned (`judge.rs`), or cancellations take all of
//! it back (`assemble.rs`). Either way the row is dropped as [`crate::Reason::ReturnedInFull`]; a row that is dropped
//! for another reason is no return. Rows of one item in one order are one line, as in baskets: it came back where
//! nothing is left of any of them, and once.

use erbij_core::{ItemIdx, Returned, Timestamp};

use crate::intern::MISSING;
use crate::numbering::Numbering;

/// Lays out returns under their final numbers, in order. `returned` are orders and items by first sight, in any order,
/// and `is_left` tells whether an order still has a line of an item.
///
/// What a guest brought back is tied to nobody, what is of a judged order is not known yet, and a customer or an item
/// without a number is known to nobody else: these are left out. O(returns · log).
pub(crate) fn lay_out(
    mut returned: Vec<(u32, u32)>,
    is_left: impl Fn(u32, u32) -> bool,
    numbering: &Numbering<'_>,
) -> Vec<Returned> {
    returned.sort_unstable();
    returned.dedup();
    let laid_out = |(order, unit): (u32, u32)| {
        if numbering.first_judged <= order {
            return None;
        }
        let item = numbering.items[unit as usize];
        let customer = numbering.customer_of(order)?;
        let ordered_at = Timestamp::from_micros(numbering.ordered_at[order as usize]);
        let is_told = item != MISSING && !is_left(order, unit);
        is_told.then_some(Returned { item: ItemIdx::new(item), customer, ordered_at })
    };
    let mut laid_out: Vec<Returned> = returned.into_iter().filter_map(laid_out).collect();
    laid_out.sort_unstable();
    laid_out
}
