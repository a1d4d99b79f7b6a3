//! Order lines from disk into compact columns: 21 bytes a line.
//!
//! Three tasks go through the table at once, each decoding only its own columns: *who and when* (order,
//! customer, instant), *what* (item) and *how many* (quantity, price and the like). Each reads its columns
//! from first row to last, so ids are numbered alike on any number of threads, and nothing is kept of a
//! batch but the numbers below. Looking up ids costs more than decoding them; on two cores the three tasks
//! take about as long as each other, the first on one core and the other two on the second.

use std::collections::BTreeMap;

use erbij_core::{Money, Progress, TimeZone, Timestamp};

use crate::intern::{Interner, MISSING, TOO_LONG};
use crate::names::orders as column;
use crate::reason::N_EXAMPLES;
use crate::schema::normalise;
use crate::table::Table;
use crate::values::{self, BAD_INSTANT, Ids, Instants, NO_INSTANT};
use crate::{IngestError, Settings};

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
/// Names of a flag that say what became of the line itself, and not that it takes an earlier one back.
const STATUS_WORDS: [&str; 4] = ["iscancelled", "iscanceled", "cancelled", "canceled"];
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
}

/// What the first task found out about orders, by first sight.
pub(crate) struct Orders {
    pub(crate) ids: Interner,
    /// The first customer named, or [`MISSING`].
    pub(crate) customers: Vec<u32>,
    /// The earliest instant, in microseconds.
    pub(crate) ordered_at: Vec<i64>,
    /// Orders that name another customer, and which.
    pub(crate) conflicts: Vec<(u32, u32)>,
    /// What stood in the rows whose instant is none, for the examples.
    pub(crate) remarks: BTreeMap<u64, String>,
}

/// All that was read.
pub(crate) struct ReadOrders {
    pub(crate) lines: Lines,
    pub(crate) orders: Orders,
    pub(crate) customer_ids: Interner,
    pub(crate) item_ids: Interner,
    pub(crate) hints: Vec<String>,
}

/// What reading needs beside the table.
pub(crate) struct Reading<'a> {
    pub(crate) settings: &'a Settings,
    pub(crate) now: Timestamp,
    pub(crate) time_zone: &'a TimeZone,
    pub(crate) progress: &'a dyn Progress,
    /// Ids that are known already.
    pub(crate) customer_ids: Interner,
    pub(crate) item_ids: Interner,
}

/// Reads all lines. O(rows), about 21 bytes a row and 20 an order beside the ids.
pub(crate) fn read(table: &Table, reading: Reading<'_>) -> Result<ReadOrders, IngestError> {
    let Reading { settings, now, time_zone, progress, customer_ids, item_ids } = reading;
    progress.begin("reading orders", Some(table.n_rows()), "rows");
    let who_and_when = || read_who_and_when(table, settings, (now, time_zone), progress, customer_ids);
    let what = || read_what(table, item_ids);
    let how_many = || read_how_many(table, settings);
    let (who_and_when, (what, how_many)) = rayon::join(who_and_when, || rayon::join(what, how_many));
    let (line_orders, orders, customer_ids, mut hints) = who_and_when?;
    let (items, item_ids) = what?;
    let HowMany { quantities, amounts, flags, returned } = how_many?;
    hints.extend(float_hint(table, "item_id", item_ids.n_floats));
    let lines = Lines { orders: line_orders, items, quantities, amounts, flags, returned };
    Ok(ReadOrders { lines, orders, customer_ids, item_ids: item_ids.interner, hints })
}

/// What is said where ids came as floats.
pub(crate) fn float_hint(table: &Table, name: &str, n_floats: u64) -> Option<String> {
    let column = table.columns.get(name)?;
    (0 < n_floats).then(|| {
        format!("`{column}` holds ids as floats in {n_floats} rows; they were read as whole numbers")
    })
}

type WhoAndWhen = (Vec<u32>, Orders, Interner, Vec<String>);

/// Orders while they grow.
struct Growing {
    line_orders: Vec<u32>,
    customers: Vec<u32>,
    ordered_at: Vec<i64>,
    conflicts: Vec<(u32, u32)>,
    remarks: BTreeMap<u64, String>,
    /// How many rows had each of the three codes of bad instants.
    n_bad: [usize; 3],
    earliest: i64,
    latest: i64,
}

impl Growing {
    /// Takes a row in; whether its instant is worth a remark.
    #[inline]
    fn row(&mut self, order: u32, customer: u32, at: i64) -> bool {
        let code = match at {
            _ if order == MISSING => MISSING,
            _ if order == TOO_LONG || customer == TOO_LONG => TOO_LONG,
            NO_INSTANT => NO_ORDERED_AT,
            BAD_INSTANT => BAD_ORDERED_AT,
            at if at < self.earliest => IMPLAUSIBLE,
            at if self.latest < at => FUTURE,
            _ => order,
        };
        self.line_orders.push(code);
        if code < FIRST_CODE {
            let first = &mut self.ordered_at[order as usize];
            *first = at.min(*first);
            let named = &mut self.customers[order as usize];
            if *named == MISSING {
                *named = customer;
            } else if customer != MISSING && customer != *named {
                self.conflicts.push((order, customer));
            }
            return false;
        }
        match BAD_ORDERED_AT.checked_sub(code).and_then(|kind| self.n_bad.get_mut(kind as usize)) {
            Some(n) => {
                *n += 1;
                *n <= N_EXAMPLES
            }
            None => false,
        }
    }
}

fn read_who_and_when(
    table: &Table,
    settings: &Settings,
    (now, time_zone): (Timestamp, &TimeZone),
    progress: &dyn Progress,
    customer_ids: Interner,
) -> Result<WhoAndWhen, IngestError> {
    let mut order_ids = Ids::new(Interner::new(settings.limits.max_id_bytes));
    order_ids.interner.expect_range(table.range(column::ORDER_ID), table.n_rows());
    let mut customer_ids = Ids::new(customer_ids);
    customer_ids.interner.expect_range(table.range(column::CUSTOMER_ID), table.n_rows());
    let mut instants = Instants::new(time_zone.clone());
    let mut growing = Growing {
        line_orders: table.room()?,
        customers: Vec::new(),
        ordered_at: Vec::new(),
        conflicts: Vec::new(),
        remarks: BTreeMap::new(),
        n_bad: [0; 3],
        earliest: settings.rules.earliest.micros(),
        latest: now.plus_days(1).micros(),
    };
    let (mut of_order, mut of_customer, mut at) = (Vec::new(), Vec::new(), Vec::new());
    table.scan(&[column::ORDER_ID, column::CUSTOMER_ID, column::ORDERED_AT], |batch| {
        of_order.clear();
        of_customer.clear();
        at.clear();
        order_ids.read(batch.columns[0].as_ref(), batch.n_rows, &mut of_order)?;
        customer_ids.read(batch.columns[1].as_ref(), batch.n_rows, &mut of_customer)?;
        instants.read(batch.columns[2].as_ref(), batch.n_rows, &mut at)?;
        growing.customers.resize(order_ids.interner.len(), MISSING);
        growing.ordered_at.resize(order_ids.interner.len(), i64::MAX);
        for (row, ((&order, &customer), &at)) in of_order.iter().zip(&of_customer).zip(&at).enumerate() {
            if growing.row(order, customer, at) {
                let text = values::described(batch.columns[2].as_ref(), row);
                growing.remarks.insert(batch.first_row + row as u64, text);
            }
        }
        progress.advance(batch.n_rows as u64);
        Ok(())
    })?;
    let mut hints = Vec::new();
    let units = instants.guessed_units();
    if let Some(name) = table.columns.get("ordered_at").filter(|_| !units.is_empty()) {
        hints.push(format!("`{name}` holds whole numbers, read as {} since 1970", units.join(" and ")));
    }
    hints.extend(float_hint(table, "order_id", order_ids.n_floats));
    hints.extend(float_hint(table, "customer_id", customer_ids.n_floats));
    let Growing { line_orders, customers, ordered_at, mut conflicts, remarks, .. } = growing;
    conflicts.sort_unstable();
    conflicts.dedup();
    let orders = Orders { ids: order_ids.interner.seal(), customers, ordered_at, conflicts, remarks };
    Ok((line_orders, orders, customer_ids.interner, hints))
}

fn read_what(table: &Table, item_ids: Interner) -> Result<(Vec<u32>, Ids), IngestError> {
    let mut ids = Ids::new(item_ids);
    ids.interner.expect_range(table.range(column::ITEM_ID), table.n_rows());
    let mut items = table.room()?;
    table.scan(&[column::ITEM_ID], |batch| ids.read(batch.columns[0].as_ref(), batch.n_rows, &mut items))?;
    Ok((items, ids))
}

/// What the third task read: the columns of [`Lines`] that it fills.
struct HowMany {
    quantities: Vec<f32>,
    amounts: Vec<i64>,
    flags: Vec<u8>,
    returned: Vec<(u32, f32)>,
}

fn read_how_many(table: &Table, settings: &Settings) -> Result<HowMany, IngestError> {
    let mut read = HowMany {
        quantities: table.room()?,
        amounts: table.room()?,
        flags: table.room()?,
        returned: Vec::new(),
    };
    let (has_quantity, has_price) = (table.has(column::QUANTITY), table.has(column::PRICE));
    let mut currencies = Ids::new(Interner::new(settings.limits.max_id_bytes));
    let own_currency = currencies.interner.text(settings.currency.code());
    let (mut quantity, mut price, mut returned) = (Vec::new(), Vec::new(), Vec::new());
    let (mut cancelled, mut currency, mut gift) = (Vec::new(), Vec::new(), Vec::new());
    let wanted = [
        column::QUANTITY,
        column::PRICE,
        column::RETURNED_QUANTITY,
        column::IS_CANCELLATION,
        column::CURRENCY,
        column::IS_GIFT,
    ];
    let flag = table.columns.get("is_cancellation").map(|name| normalise(name));
    let is_status = flag.is_some_and(|name| STATUS_WORDS.contains(&name.as_str()));
    let absent = [has_quantity, has_price].map(|has| if has { 0 } else { u8::MAX });
    // A column that the whole table lacks is not missing in any row.
    let mask = !((absent[0] & NO_QUANTITY) | (absent[1] & NO_PRICE));
    table.scan(&wanted, |batch| {
        let [of_quantity, of_price, of_returned, of_cancelled, of_currency, of_gift] = &batch.columns[..]
        else {
            return Err("six columns were asked for".to_owned());
        };
        quantity.clear();
        price.clear();
        returned.clear();
        cancelled.clear();
        currency.clear();
        gift.clear();
        values::numbers(of_quantity.as_ref(), batch.n_rows, &mut quantity)?;
        values::numbers(of_price.as_ref(), batch.n_rows, &mut price)?;
        values::numbers(of_returned.as_ref(), batch.n_rows, &mut returned)?;
        values::flags(of_cancelled.as_ref(), batch.n_rows, &mut cancelled)?;
        currencies.read(of_currency.as_ref(), batch.n_rows, &mut currency)?;
        values::flags(of_gift.as_ref(), batch.n_rows, &mut gift)?;
        for row in 0..batch.n_rows {
            let own = currency[row] == own_currency || currency[row] == MISSING;
            // An order that was cancelled came back whole; what was bought of the item before stays bought.
            let (returned, takes_back) = match cancelled[row] {
                true if is_status => (f64::INFINITY, false),
                says_so => (returned[row], says_so),
            };
            let mut line = line(quantity[row], if own { price[row] } else { 0.0 }, returned, settings);
            line.flags |= if takes_back { IS_CANCELLATION } else { 0 };
            line.flags |= if own { 0 } else { OTHER_CURRENCY };
            line.flags |= if gift[row] { IS_GIFT } else { 0 };
            if line.flags & (RETURNED | PARTLY_RETURNED) != 0 {
                read.returned.push((read.quantities.len() as u32, line.returned));
            }
            read.quantities.push(line.quantity);
            read.amounts.push(line.amount);
            read.flags.push(line.flags & mask);
        }
        Ok(())
    })?;
    Ok(read)
}

struct Line {
    quantity: f32,
    /// How many of them came back, as the row says.
    returned: f32,
    amount: i64,
    flags: u8,
}

/// What a row's numbers come to. The amount is that of the whole line, since the price of one unit may be
/// less than a minor unit: petrol is sold by the thousandth of a gallon. Some write what came back below zero.
#[inline]
fn line(quantity: f64, price: f64, returned: f64, settings: &Settings) -> Line {
    let mut flags = 0;
    let mut quantity = if quantity.is_finite() {
        quantity
    } else {
        flags |= NO_QUANTITY;
        1.0
    };
    let mut came_back = 0.0;
    if quantity < 0.0 {
        flags |= IS_CANCELLATION;
        quantity = -quantity;
    } else if 0.0 < returned.abs() && 0.0 < quantity {
        came_back = quantity.min(returned.abs());
        flags |= if quantity <= came_back { RETURNED } else { PARTLY_RETURNED };
        quantity -= came_back;
    }
    let returned = came_back.min(f64::from(f32::MAX)) as f32;
    let quantity = quantity.min(f64::from(f32::MAX)) as f32;
    if price < 0.0 {
        flags |= NEGATIVE_PRICE;
    }
    let amount = match Money::from_major(price.abs() * f64::from(quantity), settings.currency) {
        Ok(money) => money.minor,
        Err(_) => {
            flags |= NO_PRICE;
            0
        }
    };
    Line { quantity, returned, amount, flags }
}
