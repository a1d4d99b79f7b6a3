//! What makes two rows the same line: the one answer that netting and baskets share.
//!
//! Two rows of an order that say the same are one line told twice, so a file given twice changes nothing. Rows that
//! differ in anything they say, a gift beside a purchase of one's own, or in the id of the line, are two lines. So are
//! all rows where the settings say that each is a piece.

use crate::lines::{IS_GIFT, Lines, PARTLY_RETURNED, RETURNED};

/// The sign of a float.
const GIFT: u32 = 1 << 31;

/// All that a row says of its line beside the order. Numbers are kept by their bits, so that it has an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct LineKey {
    /// The item by first sight.
    pub(crate) item: u32,
    quantity_bits: u32,
    /// What the line costs, in minor units.
    pub(crate) amount: i64,
    /// How many came back, and in the place of its sign, which is never needed, whether it was bought for somebody else:
    /// three words of eight bytes in all, since baskets are made by sorting these.
    returned_and_gift: u32,
    /// The line's own id, where lines have one; else the same for all.
    line_id: u32,
}

impl LineKey {
    /// How many, less what the row says came back.
    pub(crate) fn quantity(&self) -> f32 {
        f32::from_bits(self.quantity_bits)
    }

    /// How many came back, as the row itself says.
    pub(crate) fn returned(&self) -> f32 {
        f32::from_bits(self.returned_and_gift & !GIFT)
    }

    /// Whether it was bought for somebody else.
    pub(crate) fn is_gift(&self) -> bool {
        self.returned_and_gift & GIFT != 0
    }
}

impl Lines {
    /// What a row says. O(1), or O(log returns) where some of it came back.
    #[inline]
    pub(crate) fn key(&self, row: usize) -> LineKey {
        let flags = self.flags[row];
        let has_returns = flags & (RETURNED | PARTLY_RETURNED) != 0;
        let returned = if has_returns { self.returned(row).to_bits() } else { 0 };
        LineKey {
            item: self.items[row],
            quantity_bits: self.quantities[row].to_bits(),
            amount: self.amounts[row],
            returned_and_gift: returned | if flags & IS_GIFT != 0 { GIFT } else { 0 },
            line_id: self.line_ids.of(row),
        }
    }

    fn returned(&self, row: usize) -> f32 {
        let found = self.returned.binary_search_by_key(&row, |&(row, _)| row as usize);
        found.map_or(0.0, |at| self.returned[at].1)
    }
}

/// A row that was taken out of its order, with the order it belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct OrderLine {
    pub(crate) order: u32,
    pub(crate) key: LineKey,
    pub(crate) row: u32,
}

impl OrderLine {
    /// Whether another row tells the same line once more.
    pub(crate) fn is_same_line(&self, other: &Self) -> bool {
        (self.order, self.key) == (other.order, other.key)
    }
}

/// A line while its basket is made.
#[derive(Clone, Copy)]
pub(crate) struct Entry {
    pub(crate) unit: u32,
    pub(crate) key: LineKey,
    pub(crate) row: u32,
}
