//! Order lines as columns, and the codes and bits that say what a line is.

/// In the place of an order's index: why the line has none.
pub(crate) const NO_ORDERED_AT: u32 = u32::MAX - 2;
/// In the place of an order's index: its instant cannot be read.
pub(crate) const BAD_ORDERED_AT: u32 = u32::MAX - 3;
/// In the place of an order's index: its instant is before the first that is believed.
pub(crate) const IMPLAUSIBLE: u32 = u32::MAX - 4;
/// In the place of an order's index: its instant is after now.
pub(crate) const FUTURE: u32 = u32::MAX - 5;
/// In the place of an order's index: the line was dropped later on.
pub(crate) const DROPPED: u32 = u32::MAX - 6;
/// In the place of an order's index: the settings leave the line out.
pub(crate) const LEFT_OUT: u32 = u32::MAX - 7;
/// In the place of an order's index: the order came to nothing, as its own state says.
pub(crate) const CANCELLED: u32 = u32::MAX - 8;
/// Indices of orders are below this.
pub(crate) const FIRST_CODE: u32 = u32::MAX - 16;

/// The line takes a purchase back.
pub(crate) const IS_CANCELLATION: u8 = 1;
/// All of it was returned, as its own row says.
pub(crate) const RETURNED: u8 = 2;
/// Its price is below zero.
pub(crate) const NEGATIVE_PRICE: u8 = 4;
/// It has no price that can be read.
pub(crate) const NO_PRICE: u8 = 8;
/// It has no quantity that can be read.
pub(crate) const NO_QUANTITY: u8 = 16;
/// Its price is in another currency.
pub(crate) const OTHER_CURRENCY: u8 = 32;
/// It was bought for somebody else.
pub(crate) const IS_GIFT: u8 = 64;
/// Some of it was returned, as its own row says.
pub(crate) const PARTLY_RETURNED: u8 = 128;

/// A line each.
#[derive(Default)]
pub(crate) struct Lines {
    /// The order by first sight, or one of the codes above.
    pub(crate) orders: Vec<u32>,
    /// The item by first sight, or what stands for none.
    pub(crate) items: Vec<u32>,
    /// How many, never negative, less what the row says was returned.
    pub(crate) quantities: Vec<f32>,
    /// What that costs, in minor units, never negative.
    pub(crate) amounts: Vec<i64>,
    /// The bits above.
    pub(crate) flags: Vec<u8>,
    /// Rows of which some or all came back as they say themselves, rising, and how many.
    pub(crate) returned: Vec<(u32, f32)>,
    /// What tells lines apart that say the same.
    pub(crate) line_ids: LineIds,
    /// Rows whose discount is larger than themselves, rising.
    pub(crate) overdrawn: Vec<Overdrawn>,
}

/// A line whose discount is larger than itself. Its amount is 0 until its order is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Overdrawn {
    /// The row.
    pub(crate) row: u32,
    /// What it costs without the discount, in minor units.
    pub(crate) gross: i64,
    /// What is to be taken off, in minor units.
    pub(crate) discount: i64,
}

/// What tells lines of an order apart that say the same.
#[derive(Debug, Default)]
pub(crate) enum LineIds {
    /// Nothing.
    #[default]
    None,
    /// An id of each row, by first sight.
    Ids(Vec<u32>),
    /// Each row is a line of its own.
    Rows,
}

impl LineIds {
    /// The id of a row's line; the same for all where lines have none.
    #[inline]
    pub(crate) fn of(&self, row: usize) -> u32 {
        match self {
            Self::None => 0,
            Self::Ids(ids) => ids[row],
            Self::Rows => row as u32,
        }
    }
}
