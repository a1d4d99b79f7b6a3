//! Discounts that are larger than their line: a voucher for the whole order, which stands on one of its rows.
//!
//! It is taken off the order, whose lines bear it in proportion to what they cost. What is larger than the order is
//! counted, and lost.

use crate::Reason;
use crate::line::Entry;
use crate::lines::{Lines, NO_PRICE, OTHER_CURRENCY};
use crate::reason::Tally;

/// Takes such discounts off the lines of their order, which are each told once. O(lines · log overdrawn).
pub(crate) fn spread(lines: &Lines, entries: &mut [Entry], tally: &mut Tally) {
    let overdrawn = |entry: &Entry| {
        let found = lines.overdrawn.binary_search_by_key(&entry.row, |overdrawn| overdrawn.row).ok()?;
        Some(lines.overdrawn[found])
    };
    let has_amount = |entry: &Entry| lines.flags[entry.row as usize] & (NO_PRICE | OTHER_CURRENCY) == 0;
    let (mut gross, mut discount) = (0_i128, 0_i128);
    for entry in entries.iter_mut().filter(|entry| has_amount(entry)) {
        if let Some(found) = overdrawn(entry) {
            entry.key.amount = found.gross;
            discount += i128::from(found.discount);
        }
        gross += i128::from(entry.key.amount);
    }
    if discount == 0 {
        return;
    }
    let paid = (gross - discount).max(0);
    let (mut so_far, mut given) = (0, 0);
    for entry in entries.iter_mut().filter(|entry| has_amount(entry)) {
        if overdrawn(entry).is_some() {
            let reason = if gross < discount { Reason::DiscountLeftOver } else { Reason::DiscountOfOrder };
            tally.add(reason, u64::from(entry.row));
        }
        // Parts of the sum so far, so that the parts add up to what was paid.
        so_far += i128::from(entry.key.amount);
        let until = if gross == 0 { 0 } else { so_far * paid / gross };
        entry.key.amount = (until - given) as i64;
        given = until;
    }
}
