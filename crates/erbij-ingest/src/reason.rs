//! Why a row was dropped, or used but remarked upon: every rule has its name, sentence and rank here.

use crate::settings::UnknownItem;

/// What became of a row that was not simply used.
///
/// A row is dropped for exactly one reason: the first, in the order of this list, that holds for it.
/// Notes are no such choice: a used row may carry several.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Reason {
    /// A row that the settings leave out.
    LeftOut,
    /// An order line without the id of its order.
    MissingOrderId,
    /// A line or a catalogue row without the id of its item.
    MissingItemId,
    /// A row of the customers table without an id.
    MissingCustomerId,
    /// An event that does not say what was done.
    MissingEventName,
    /// An event of nobody: no customer, no visitor, no session.
    MissingVisitor,
    /// A line without an instant.
    MissingOrderedAt,
    /// An event without an instant.
    MissingOccurredAt,
    /// An order's instant that cannot be read.
    BadOrderedAt,
    /// An event's instant that cannot be read.
    BadOccurredAt,
    /// An id longer than the limit.
    IdTooLong,
    /// A line for postage, fees, discounts or manual corrections.
    ServiceCode,
    /// An event of a kind that means nothing here.
    UnknownEvent,
    /// An item that is not in the catalogue, where the rule says to drop it; of an event one that stands in
    /// no order either.
    UnknownItemDropped,
    /// An instant before the shop can have existed.
    ImplausibleDate,
    /// An instant after now.
    FutureDate,
    /// Nothing was bought.
    ZeroQuantity,
    /// A correction of the books.
    NegativePrice,
    /// The same line once more, or the same id once more.
    DuplicateLine,
    /// An id that stood in an earlier row of the same table.
    DuplicateId,
    /// An order that came to nothing, as its own state says.
    Cancelled,
    /// Not a purchase: it takes an earlier one back.
    Cancellation,
    /// A purchase of which nothing is left.
    ReturnedInFull,
    /// Nobody known bought this.
    Guest,
    /// An item that is not in the catalogue, where the rule says to keep it.
    UnknownItemKept,
    /// It cost nothing.
    ZeroPrice,
    /// Its discount is larger than itself: one of the whole order.
    DiscountOfOrder,
    /// Its discount is larger than the whole order.
    DiscountLeftOver,
    /// No price, or none that can be read.
    MissingPrice,
    /// No quantity, or none that can be read.
    MissingQuantity,
    /// A price in another currency than the shop's.
    OtherCurrency,
    /// So many that it must be a measure, not a count.
    AbsurdQuantity,
    /// The order's lines name more than one customer.
    OrderWithTwoCustomers,
    /// The item stands twice in the order, differently.
    MergedLine,
    /// A catalogue row without a name for people.
    MissingTitle,
    /// A category path with a part that names no category, such as `Uncategorized`.
    NoCategory,
    /// An item that is not published, not visible or discontinued.
    NotShown,
    /// A stock that means nothing here.
    UnreadStock,
    /// A value of an item or event that means nothing here.
    BadValue,
}

/// Whether a rule takes a row away or only remarks upon it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// The row is not used.
    Dropped,
    /// The row is used.
    Noted,
}

impl Reason {
    /// All, by rank.
    pub const ALL: [Self; 39] = [
        Self::LeftOut,
        Self::MissingOrderId,
        Self::MissingItemId,
        Self::MissingCustomerId,
        Self::MissingEventName,
        Self::MissingVisitor,
        Self::MissingOrderedAt,
        Self::MissingOccurredAt,
        Self::BadOrderedAt,
        Self::BadOccurredAt,
        Self::IdTooLong,
        Self::ServiceCode,
        Self::UnknownEvent,
        Self::UnknownItemDropped,
        Self::ImplausibleDate,
        Self::FutureDate,
        Self::ZeroQuantity,
        Self::NegativePrice,
        Self::DuplicateLine,
        Self::DuplicateId,
        Self::Cancelled,
        Self::Cancellation,
        Self::ReturnedInFull,
        Self::Guest,
        Self::UnknownItemKept,
        Self::ZeroPrice,
        Self::DiscountOfOrder,
        Self::DiscountLeftOver,
        Self::MissingPrice,
        Self::MissingQuantity,
        Self::OtherCurrency,
        Self::AbsurdQuantity,
        Self::OrderWithTwoCustomers,
        Self::MergedLine,
        Self::MissingTitle,
        Self::NoCategory,
        Self::NotShown,
        Self::UnreadStock,
        Self::BadValue,
    ];

    /// The word in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::MissingOrderId => "missing_order_id",
            Self::MissingItemId => "missing_item_id",
            Self::MissingCustomerId => "missing_customer_id",
            Self::MissingEventName => "missing_event_name",
            Self::MissingVisitor => "missing_visitor",
            Self::MissingOrderedAt => "missing_ordered_at",
            Self::MissingOccurredAt => "missing_occurred_at",
            Self::BadOrderedAt => "bad_ordered_at",
            Self::BadOccurredAt => "bad_occurred_at",
            Self::IdTooLong => "id_too_long",
            Self::LeftOut => "left_out",
            Self::ServiceCode => "service_code",
            Self::UnknownEvent => "unknown_event",
            Self::UnknownItemDropped | Self::UnknownItemKept => "unknown_item",
            Self::ImplausibleDate => "implausible_date",
            Self::FutureDate => "future_date",
            Self::ZeroQuantity => "zero_quantity",
            Self::NegativePrice => "negative_price",
            Self::DuplicateLine => "duplicate_line",
            Self::DuplicateId => "duplicate_id",
            Self::Cancelled => "cancelled",
            Self::Cancellation => "cancellation",
            Self::ReturnedInFull => "returned_in_full",
            Self::Guest => "guest",
            Self::ZeroPrice => "zero_price",
            Self::DiscountOfOrder => "discount_of_order",
            Self::DiscountLeftOver => "discount_left_over",
            Self::MissingPrice => "missing_price",
            Self::MissingQuantity => "missing_quantity",
            Self::OtherCurrency => "other_currency",
            Self::AbsurdQuantity => "absurd_quantity",
            Self::OrderWithTwoCustomers => "order_with_two_customers",
            Self::MergedLine => "merged_line",
            Self::MissingTitle => "missing_title",
            Self::NoCategory => "no_category",
            Self::NotShown => "not_shown",
            Self::UnreadStock => "unread_stock",
            Self::BadValue => "bad_value",
        }
    }

    /// The same for people who did not write this.
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::MissingOrderId => "no order id",
            Self::MissingItemId => "no item id",
            Self::MissingCustomerId => "no customer id",
            Self::MissingEventName => "no event name",
            Self::MissingVisitor => "no customer, visitor or session",
            Self::MissingOrderedAt | Self::MissingOccurredAt => "no date",
            Self::BadOrderedAt | Self::BadOccurredAt => "a date that cannot be read",
            Self::IdTooLong => "an id longer than limits.max_id_bytes",
            Self::LeftOut => "left out by `only` or `not` in erbij.toml",
            Self::ServiceCode => "postage, fees and corrections, not an item (rules.service_codes)",
            Self::UnknownEvent => "an event name that is not recognised",
            Self::UnknownItemDropped => "an item that is not in the catalogue (rules.unknown_item)",
            Self::ImplausibleDate => "a date before rules.earliest",
            Self::FutureDate => "a date more than a day from now",
            Self::ZeroQuantity => "quantity zero",
            Self::NegativePrice => "a negative price: a bookkeeping correction",
            Self::DuplicateLine => "a repeat of the same order, item, quantity and price",
            Self::DuplicateId => "an id that an earlier row has",
            Self::Cancelled => "an order that was cancelled, as its own row says",
            Self::Cancellation => "a cancellation, matched with the purchase it takes back",
            Self::ReturnedInFull => "a purchase that was returned or cancelled in full",
            Self::Guest => "no customer id: counted for items, not for a person",
            Self::UnknownItemKept => "an item that is not in the catalogue: learned from, never shown",
            Self::ZeroPrice => "the price is zero",
            Self::DiscountOfOrder => "a discount larger than its line: taken off the whole order",
            Self::DiscountLeftOver => "a discount larger than its whole order: the rest is ignored",
            Self::MissingPrice => "no price: the catalogue's price is used, else zero",
            Self::MissingQuantity => "no quantity: counted as one",
            Self::OtherCurrency => "another currency: the price is ignored",
            Self::AbsurdQuantity => "quantity above rules.max_quantity: counted as one",
            Self::OrderWithTwoCustomers => "the order names two customers: the first by id is used",
            Self::MergedLine => "the item is already in the order: quantities are added",
            Self::MissingTitle => "no title",
            Self::NoCategory => "a name that is not a category: left out of the path",
            Self::NotShown => "not published, not visible or discontinued: learned from, never shown",
            Self::UnreadStock => "a stock value that cannot be read: treated as not in stock",
            Self::BadValue => "a value that cannot be read: ignored",
        }
    }

    /// Whether the row is lost by it.
    pub const fn effect(self) -> Effect {
        if (self as u8) < Self::Guest as u8 { Effect::Dropped } else { Effect::Noted }
    }

    /// What is said of items outside the catalogue under a rule.
    pub const fn unknown_item(rule: UnknownItem) -> Self {
        match rule {
            UnknownItem::Keep => Self::UnknownItemKept,
            UnknownItem::Drop => Self::UnknownItemDropped,
        }
    }
}

/// How many rows an example is given of, a reason.
pub const N_EXAMPLES: usize = 3;

/// Rows counted by reason, and the first few of each.
#[derive(Clone, Debug)]
pub(crate) struct Tally {
    counts: [u64; Reason::ALL.len()],
    /// The lowest rows of each reason, rising.
    firsts: [Vec<u64>; Reason::ALL.len()],
}

impl Default for Tally {
    fn default() -> Self {
        Self { counts: [0; Reason::ALL.len()], firsts: [const { Vec::new() }; Reason::ALL.len()] }
    }
}

impl Tally {
    /// Counts a row. Rows of one reason may come in any order.
    #[inline]
    pub(crate) fn add(&mut self, reason: Reason, row: u64) {
        let reason = reason as usize;
        self.counts[reason] += 1;
        let firsts = &mut self.firsts[reason];
        if firsts.len() < N_EXAMPLES || firsts.last().is_some_and(|&last| row < last) {
            let at = firsts.partition_point(|&first| first < row);
            firsts.insert(at, row);
            firsts.truncate(N_EXAMPLES);
        }
    }

    /// Adds what another part of the work counted.
    pub(crate) fn merge(&mut self, other: &Self) {
        for reason in Reason::ALL {
            let at = reason as usize;
            self.counts[at] += other.counts[at];
            self.firsts[at].extend(&other.firsts[at]);
            self.firsts[at].sort_unstable();
            self.firsts[at].truncate(N_EXAMPLES);
        }
    }

    /// How many rows.
    pub(crate) fn count(&self, reason: Reason) -> u64 {
        self.counts[reason as usize]
    }

    /// The first few rows.
    pub(crate) fn firsts(&self, reason: Reason) -> &[u64] {
        &self.firsts[reason as usize]
    }

    /// How many rows are lost to all reasons together.
    pub(crate) fn dropped(&self) -> u64 {
        let dropping = Reason::ALL.into_iter().filter(|reason| reason.effect() == Effect::Dropped);
        dropping.map(|reason| self.count(reason)).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_stands_at_its_rank_under_its_own_name() {
        for (rank, reason) in Reason::ALL.into_iter().enumerate() {
            assert_eq!(reason as usize, rank);
        }
        let mut names: Vec<_> =
            Reason::ALL.iter().map(|reason| (reason.name(), reason.effect() as u8)).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), Reason::ALL.len());
    }

    #[test]
    fn the_lowest_rows_are_the_examples_in_whatever_order_they_come() {
        let mut one = Tally::default();
        for row in [9, 4, 7, 1] {
            one.add(Reason::Guest, row);
        }
        let mut other = Tally::default();
        other.add(Reason::Guest, 2);
        one.merge(&other);
        assert_eq!((one.count(Reason::Guest), one.firsts(Reason::Guest)), (5, &[1, 2, 4][..]));
        assert_eq!(one.dropped(), 0);
    }
}
