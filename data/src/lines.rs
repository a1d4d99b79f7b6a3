//! Order lines, in memory and as columns.

use std::sync::Arc;

use arrow_array::builder::StringBuilder;
use arrow_array::{ArrayRef, BooleanArray, Float64Array, Int32Array, StringArray, TimestampMicrosecondArray};
use arrow_schema::{DataType, Field};

use crate::MICROS_PER_SEC;
use crate::catalogue::Shop;
use crate::table::{MakeColumn, column, instant, text};

/// Codes that stand where an item should, for what is no item.
pub(crate) const SERVICE_CODES: [&str; 6] =
    ["SHIPPING", "POSTAGE", "DISCOUNT", "shipping", "postage", "discount"];

/// Quantities that nobody orders start here.
pub(crate) const ABSURD_QUANTITY: i32 = 50_000;
/// Above every row of the catalogue: the service codes.
pub(crate) const SERVICE_ROWS: u32 = 0xF000_0000;
/// Above those: items that the catalogue does not know.
pub(crate) const UNKNOWN_ROWS: u32 = 0xF100_0000;
/// The item of a line that names none.
pub(crate) const NO_ROW: u32 = u32::MAX;
/// The instant of a line that names none.
pub(crate) const NO_INSTANT: i64 = i64::MIN;

/// The order has no customer.
pub(crate) const GUEST: u8 = 1;
/// The order is a present.
pub(crate) const GIFT: u8 = 2;
/// The line takes an earlier one back; its order id starts with `C`.
pub(crate) const CANCELLED: u8 = 4;
/// The line names no order.
pub(crate) const NO_ORDER: u8 = 8;
/// The line was bought under a promotion.
pub(crate) const PROMOTED: u8 = 16;
/// Some kind of dirt was already planted in the line or copied from it.
pub(crate) const DIRTY: u8 = 32;
/// The order came from the shop floor rather than from the web.
pub(crate) const IN_STORE: u8 = 64;
/// The line comes back, unless dirt is planted in it.
pub(crate) const COMES_BACK: u8 = 128;

/// One order line.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Line {
    pub(crate) at_secs: i64,
    /// Number of its order: within the customer first, within the shop once written.
    pub(crate) order: u64,
    pub(crate) customer: u32,
    /// A row of the catalogue, or one of the numbers above.
    pub(crate) row: u32,
    pub(crate) quantity: i32,
    /// What one piece cost, discount taken off.
    pub(crate) price_minor: i32,
    /// Discount of one piece.
    pub(crate) discount_minor: i32,
    pub(crate) returned_quantity: i32,
    pub(crate) flags: u8,
}

impl Line {
    /// Whether a flag is set.
    pub(crate) fn is(&self, flag: u8) -> bool {
        self.flags & flag != 0
    }
}

/// The columns of `orders.parquet`.
pub(crate) fn order_fields() -> Vec<Field> {
    vec![
        text("order_id"),
        text("customer_id"),
        text("item_id"),
        instant("ordered_at"),
        column("quantity", DataType::Int32),
        column("price", DataType::Float64),
        text("currency"),
        column("discount", DataType::Float64),
        text("coupon"),
        column("returned_quantity", DataType::Int32),
        text("channel"),
        column("is_gift", DataType::Boolean),
    ]
}

/// The columns of some lines, each made when asked for.
pub(crate) fn order_columns<'a>(shop: &'a Shop, lines: &'a [Line]) -> Vec<MakeColumn<'a>> {
    vec![
        Box::new(|| text_column(lines, write_order_id)),
        Box::new(|| text_column(lines, write_customer_id)),
        Box::new(|| item_ids(shop, lines)),
        Box::new(|| {
            let at = lines.iter().map(|line| match line.at_secs {
                NO_INSTANT => None,
                secs => Some(secs * MICROS_PER_SEC),
            });
            Arc::new(at.collect::<TimestampMicrosecondArray>().with_timezone("UTC")) as ArrayRef
        }),
        Box::new(|| Arc::new(Int32Array::from_iter_values(lines.iter().map(|line| line.quantity)))),
        Box::new(|| {
            // A quantity in thousandths comes with the price of a thousandth.
            let price = |line: &Line| match line.quantity {
                ABSURD_QUANTITY.. => major(line.price_minor) / 1000.0,
                _ => major(line.price_minor),
            };
            Arc::new(Float64Array::from_iter_values(lines.iter().map(price)))
        }),
        Box::new(|| Arc::new(StringArray::from_iter_values(lines.iter().map(|_| "EUR")))),
        Box::new(|| {
            Arc::new(Float64Array::from_iter_values(lines.iter().map(|line| major(line.discount_minor))))
        }),
        Box::new(|| {
            let coupons = lines.iter().map(|line| line.is(PROMOTED).then_some("PROMOTION"));
            Arc::new(coupons.collect::<StringArray>())
        }),
        Box::new(|| Arc::new(Int32Array::from_iter_values(lines.iter().map(|line| line.returned_quantity)))),
        Box::new(|| {
            let channels = lines.iter().map(|line| if line.is(IN_STORE) { "store" } else { "web" });
            Arc::new(StringArray::from_iter_values(channels))
        }),
        Box::new(|| Arc::new(lines.iter().map(|line| Some(line.is(GIFT))).collect::<BooleanArray>())),
    ]
}

/// An amount in major units, as shops write it.
pub(crate) fn major(minor: i32) -> f64 {
    f64::from(minor) / 100.0
}

/// A text column from a function that appends a value and says whether there is one.
fn text_column(lines: &[Line], write: impl Fn(&Line, &mut String) -> bool) -> ArrayRef {
    let mut builder = StringBuilder::with_capacity(lines.len(), lines.len() * 10);
    let mut value = String::new();
    for line in lines {
        value.clear();
        if write(line, &mut value) {
            builder.append_value(&value);
        } else {
            builder.append_null();
        }
    }
    Arc::new(builder.finish())
}

fn write_order_id(line: &Line, id: &mut String) -> bool {
    if line.is(CANCELLED) {
        id.push('C');
    }
    push_digits(id, line.order + 1, 9);
    !line.is(NO_ORDER)
}

fn write_customer_id(line: &Line, id: &mut String) -> bool {
    id.push('k');
    push_digits(id, u64::from(line.customer), 6);
    !line.is(GUEST)
}

/// Digits with leading zeros; `format!` costs several times as much, and this is done for every line.
pub(crate) fn push_digits(text: &mut String, number: u64, width: usize) {
    let mut digits = [b'0'; 20];
    let (mut rest, mut first) = (number, digits.len());
    while rest != 0 || digits.len() - first < width {
        first -= 1;
        digits[first] = b'0' + (rest % 10) as u8;
        rest /= 10;
    }
    text.push_str(std::str::from_utf8(&digits[first..]).expect("digits only"));
}

fn item_ids(shop: &Shop, lines: &[Line]) -> ArrayRef {
    let mut builder = StringBuilder::with_capacity(lines.len(), lines.len() * 8);
    for line in lines {
        match line.row {
            NO_ROW => builder.append_null(),
            row if UNKNOWN_ROWS <= row => builder.append_value(format!("x{:05}", row - UNKNOWN_ROWS)),
            row if SERVICE_ROWS <= row => builder.append_value(SERVICE_CODES[(row - SERVICE_ROWS) as usize]),
            row => builder.append_value(shop.row_ids.value(row as usize)),
        }
    }
    Arc::new(builder.finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_filled_up_but_never_cut() {
        for (number, width, expected) in [(0, 3, "000"), (7, 1, "7"), (42, 6, "000042"), (12345, 3, "12345")]
        {
            let mut text = String::new();
            push_digits(&mut text, number, width);
            assert_eq!(text, expected);
        }
    }
}
