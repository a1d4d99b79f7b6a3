//! Order lines from disk into compact columns: 21 bytes a line.
//!
//! Three tasks go through the table at once, each decoding only its own columns: *who and when* (order,
//! customer, instant), *what* (item) and *how many* (quantity, price and the like). Each reads its columns
//! from first row to last, so ids are numbered alike on any number of threads, and nothing is kept of a
//! batch but the numbers below. Looking up ids costs more than decoding them; on two cores the three tasks
//! take about as long as each other, the first on one core and the other two on the second.

use std::collections::BTreeMap;

use erbij_core::{Progress, TimeZone, Timestamp};

use crate::advice::OrderSigns;
use crate::amounts::{self, HowMany};
use crate::apart::Apart;
use crate::intern::{Interner, MISSING, TOO_LONG};
use crate::left_out::Verdict;
use crate::lines::{
    BAD_ORDERED_AT, CANCELLED, FIRST_CODE, FUTURE, IMPLAUSIBLE, LEFT_OUT, LineIds, Lines, NO_ORDERED_AT,
    NO_PRICE, OTHER_CURRENCY,
};
use crate::names::orders as column;
use crate::reason::N_EXAMPLES;
use crate::settings::{Duplicates, OrderOf};
use crate::table::Table;
use crate::values::{self, BAD_INSTANT, Ids, Instants, NO_INSTANT};
use crate::{IngestError, Settings, price_ratio};

/// What the first task found out about orders, by first sight.
pub(crate) struct Orders {
    pub(crate) ids: Interner,
    /// Orders from this index on are those that models are judged by.
    pub(crate) first_judged: u32,
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
    pub(crate) signs: OrderSigns,
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
    /// What the catalogue says that items cost, by first sight, in minor units; below 0 where it does not.
    pub(crate) catalogue_prices: Vec<i64>,
    /// Rows from this one on are of orders that models are judged by.
    pub(crate) first_judged_row: u64,
}

/// Reads all lines. O(rows), about 21 bytes a row and 20 an order beside the ids.
pub(crate) fn read(table: &Table, reading: Reading<'_>) -> Result<ReadOrders, IngestError> {
    let Reading {
        settings,
        now,
        time_zone,
        progress,
        customer_ids,
        item_ids,
        catalogue_prices,
        first_judged_row,
    } = reading;
    progress.begin("reading orders", Some(table.n_rows()), "rows");
    let apart = Apart::new(first_judged_row);
    let who_and_when = || read_who_and_when(table, settings, (now, time_zone), progress, customer_ids, apart);
    let what = || read_what(table, settings, item_ids);
    let how_many = || amounts::read(table, settings);
    let (who_and_when, (what, how_many)) = rayon::join(who_and_when, || rayon::join(what, how_many));
    let WhoAndWhen { mut line_orders, orders, customer_ids, verdicts, mut hints, signs } = who_and_when?;
    let (items, item_ids, line_ids) = what?;
    let HowMany {
        quantities,
        mut amounts,
        mut flags,
        returned,
        states,
        no_currency,
        overdrawn,
        hints: of_amounts,
    } = how_many?;
    hints.extend(item_ids.hints(table, "item_id", "no id"));
    hints.extend(of_amounts);
    let n_orders = orders.ordered_at.len();
    let left_out = rows_that_hold(&verdicts, &line_orders, n_orders);
    let cancelled = rows_that_hold(&states, &line_orders, n_orders);
    for row in cancelled {
        let order = &mut line_orders[row as usize];
        *order = if *order < FIRST_CODE { CANCELLED } else { *order };
    }
    // Whatever else is wrong with them.
    left_out.into_iter().for_each(|row| line_orders[row as usize] = LEFT_OUT);
    carry_currency(&no_currency, &line_orders, &mut flags, &mut amounts);
    let has_prices = table.has(column::PRICE);
    hints.extend(price_ratio::told(&catalogue_prices, &items, &quantities, &amounts, &flags));
    let n_priced =
        price_by_catalogue(&catalogue_prices, has_prices, &items, &quantities, (&flags, &mut amounts));
    if 0 < n_priced {
        hints.push(format!("{n_priced} rows have no price; the catalogue's current price was used"));
    }
    let lines =
        Lines { orders: line_orders, items, quantities, amounts, flags, returned, line_ids, overdrawn };
    Ok(ReadOrders { lines, orders, customer_ids, item_ids: item_ids.interner, hints, signs })
}

/// The rows of which something holds: as they say themselves, or, where they say nothing, as the other rows of their
/// order say, since exports give what is the order's own once. Rising.
fn rows_that_hold(verdicts: &[Verdict], line_orders: &[u32], n_orders: usize) -> Vec<u32> {
    if verdicts.iter().all(|verdict| !verdict.is_left_out) {
        return Vec::new();
    }
    let (mut holds, mut does_not) = (vec![false; n_orders], vec![false; n_orders]);
    for (verdict, &order) in verdicts.iter().zip(line_orders).filter(|(verdict, _)| verdict.is_said) {
        let of_order = if verdict.is_left_out { &mut holds } else { &mut does_not };
        if let Some(seen) = of_order.get_mut(order as usize) {
            *seen = true;
        }
    }
    let holds_of = |(verdict, &order): (&Verdict, &u32)| {
        let order = order as usize;
        match (holds.get(order), does_not.get(order)) {
            _ if verdict.is_said => verdict.is_left_out,
            (Some(true), Some(false)) => true,
            (_, Some(true)) => false,
            _ => verdict.is_left_out,
        }
    };
    let rows = verdicts.iter().zip(line_orders).enumerate();
    rows.filter(|&(_, row)| holds_of(row)).map(|(row, _)| row as u32).collect()
}

/// Lines without a price cost what the catalogue says today; how many.
fn price_by_catalogue(
    prices: &[i64],
    has_prices: bool,
    items: &[u32],
    quantities: &[f32],
    (flags, amounts): (&[u8], &mut [i64]),
) -> u64 {
    if prices.iter().all(|&price| price < 0) {
        return 0;
    }
    let mut n_priced = 0;
    for (row, amount) in amounts.iter_mut().enumerate() {
        let is_unpriced = !has_prices || flags[row] & NO_PRICE != 0;
        let price = prices.get(items[row] as usize).copied().filter(|&price| 0 <= price && is_unpriced);
        if let Some(price) = price {
            *amount = (price as f64 * f64::from(quantities[row])).round() as i64;
            n_priced += 1;
        }
    }
    n_priced
}

/// A currency that stands on the first row of an order alone holds for its other rows.
fn carry_currency(no_currency: &[u32], line_orders: &[u32], flags: &mut [u8], amounts: &mut [i64]) {
    if no_currency.is_empty() {
        return;
    }
    let foreign: std::collections::HashSet<u32> = (line_orders.iter().zip(&*flags))
        .filter(|&(&order, &flags)| order < FIRST_CODE && flags & OTHER_CURRENCY != 0)
        .map(|(&order, _)| order)
        .collect();
    for &row in no_currency.iter().filter(|&&row| foreign.contains(&line_orders[row as usize])) {
        flags[row as usize] |= OTHER_CURRENCY;
        amounts[row as usize] = 0;
    }
}

/// What the first task read.
struct WhoAndWhen {
    line_orders: Vec<u32>,
    orders: Orders,
    customer_ids: Interner,
    /// A row each, whether the settings leave it out; empty where they leave out none.
    verdicts: Vec<Verdict>,
    hints: Vec<String>,
    signs: OrderSigns,
}

/// Orders while they grow.
struct Growing {
    line_orders: Vec<u32>,
    customers: Vec<u32>,
    ordered_at: Vec<i64>,
    conflicts: Vec<(u32, u32)>,
    remarks: BTreeMap<u64, String>,
    /// How many rows had each of the three codes of bad instants.
    n_bad: [usize; 3],
    /// Rows without an instant, of orders that may have one in another row.
    undated: Vec<u32>,
    /// Rows more than a week from the first of their order so far.
    n_far_apart: u64,
    earliest: i64,
    latest: i64,
}

const WEEK_MICROS: u64 = 7 * 86_400_000_000;

impl Growing {
    /// Takes a row in; whether its instant is worth a remark.
    #[inline]
    fn row(&mut self, order: u32, customer: u32, at: i64) -> bool {
        let code = match at {
            _ if order == MISSING => MISSING,
            _ if order == TOO_LONG || customer == TOO_LONG => TOO_LONG,
            NO_INSTANT => {
                self.undated.push(self.line_orders.len() as u32);
                self.line_orders.push(order);
                self.name(order, customer);
                return false;
            }
            BAD_INSTANT => BAD_ORDERED_AT,
            at if at < self.earliest => IMPLAUSIBLE,
            at if self.latest < at => FUTURE,
            _ => order,
        };
        self.line_orders.push(code);
        if code < FIRST_CODE {
            let first = &mut self.ordered_at[order as usize];
            self.n_far_apart += u64::from(*first != i64::MAX && WEEK_MICROS < at.abs_diff(*first));
            *first = at.min(*first);
            self.name(order, customer);
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

    #[inline]
    fn name(&mut self, order: u32, customer: u32) {
        let named = &mut self.customers[order as usize];
        if *named == MISSING {
            *named = customer;
        } else if customer != MISSING && customer != *named {
            self.conflicts.push((order, customer));
        }
    }

    /// Exports give what is the order's own once, on its first row: a row without an instant has that of its order.
    fn date_the_undated(&mut self) {
        for &row in &self.undated {
            let order = &mut self.line_orders[row as usize];
            if self.ordered_at[*order as usize] == i64::MAX {
                *order = NO_ORDERED_AT;
            }
        }
    }
}

fn read_who_and_when(
    table: &Table,
    settings: &Settings,
    (now, time_zone): (Timestamp, &TimeZone),
    progress: &dyn Progress,
    customer_ids: Interner,
    mut apart: Apart,
) -> Result<WhoAndWhen, IngestError> {
    let meaning = &table.settings;
    let mut order_ids =
        Ids::new(Interner::new(settings.limits.max_id_bytes)).written(table.meaning("order_id"));
    let mut alike = Alike::new(&meaning.order_of, time_zone);
    if alike.is_none() {
        order_ids.interner.expect_range(table.range(column::ORDER_ID), table.n_rows());
    }
    let mut customer_ids =
        Ids::with_nothing(customer_ids, &settings.rules.guest_ids).written(table.meaning("customer_id"));
    customer_ids.interner.expect_range(table.range(column::CUSTOMER_ID), table.n_rows());
    let mut instants = Instants::new(time_zone.clone(), meaning.meaning("ordered_at"));
    let mut growing = Growing {
        line_orders: table.room()?,
        customers: Vec::new(),
        ordered_at: Vec::new(),
        conflicts: Vec::new(),
        remarks: BTreeMap::new(),
        n_bad: [0; 3],
        undated: Vec::new(),
        n_far_apart: 0,
        earliest: settings.rules.earliest.micros(),
        latest: now.plus_days(1).micros(),
    };
    let (mut of_order, mut of_customer, mut at) = (Vec::new(), Vec::new(), Vec::new());
    let mut verdicts = Vec::new();
    let mut wanted = vec![column::ORDER_ID, column::CUSTOMER_ID, column::ORDERED_AT];
    wanted.extend(table.filter.columns());
    table.scan(&wanted, |batch| {
        let n_before = alike.as_ref().map_or(order_ids.interner.len(), |alike| alike.ids.len());
        of_order.clear();
        of_customer.clear();
        at.clear();
        order_ids.read(batch.columns[0].as_ref(), batch.n_rows, &mut of_order)?;
        customer_ids.read(batch.columns[1].as_ref(), batch.n_rows, &mut of_customer)?;
        instants.read(batch.columns[2].as_ref(), batch.n_rows, &mut at)?;
        if let Some(alike) = &mut alike {
            of_order =
                alike.orders(&order_ids.interner, &customer_ids.interner, (&of_order, &of_customer, &at));
        }
        let interner = alike.as_mut().map_or(&mut order_ids.interner, |alike| &mut alike.ids);
        apart.keep(batch.first_row, interner, &mut of_order, n_before);
        let n_orders = interner.len();
        growing.customers.resize(n_orders, MISSING);
        growing.ordered_at.resize(n_orders, i64::MAX);
        for (row, ((&order, &customer), &at)) in of_order.iter().zip(&of_customer).zip(&at).enumerate() {
            if growing.row(order, customer, at) {
                let text = values::described(batch.columns[2].as_ref(), row);
                growing.remarks.insert(batch.first_row + row as u64, text);
            }
        }
        if !table.filter.is_empty() {
            table.filter.read(&batch.columns[3..], batch.n_rows, &mut verdicts)?;
        }
        progress.advance(batch.n_rows as u64);
        Ok(())
    })?;
    growing.date_the_undated();
    let mut hints = Vec::new();
    if let Some(name) = table.columns.get("ordered_at") {
        hints.extend(instants.hints(name, "orders", "ordered_at"));
    }
    hints.extend(order_ids.hints(table, "order_id", "no id"));
    hints.extend(customer_ids.hints(table, "customer_id", "a guest (rules.guest_ids)"));
    let signs = OrderSigns { n_far_apart: growing.n_far_apart };
    let Growing { line_orders, customers, ordered_at, mut conflicts, remarks, .. } = growing;
    conflicts.sort_unstable();
    conflicts.dedup();
    let ids = alike.map_or(order_ids.interner, |alike| alike.ids).seal();
    let first_judged = apart.first_judged();
    let orders = Orders { ids, first_judged, customers, ordered_at, conflicts, remarks };
    Ok(WhoAndWhen { line_orders, orders, customer_ids: customer_ids.interner, verdicts, hints, signs })
}

/// Orders of shops whose rows have no id of one, or use ids anew: rows that are alike in what the settings name.
struct Alike<'a> {
    parts: &'a [OrderOf],
    time_zone: &'a TimeZone,
    /// What they are alike in, its parts set apart by `/`.
    ids: Interner,
}

impl<'a> Alike<'a> {
    fn new(parts: &'a [OrderOf], time_zone: &'a TimeZone) -> Option<Self> {
        (!parts.is_empty()).then(|| Self { parts, time_zone, ids: Interner::new(usize::MAX) })
    }

    /// The order of each row; none where one of the parts is.
    fn orders(
        &mut self,
        order_ids: &Interner,
        customer_ids: &Interner,
        (orders, customers, at): (&[u32], &[u32], &[i64]),
    ) -> Vec<u32> {
        let mut last = ((MISSING, MISSING, NO_INSTANT), MISSING);
        let mut text = String::new();
        let rows = orders.iter().zip(customers).zip(at);
        let mut of_row = |((&order, &customer), &at): ((&u32, &u32), &i64)| {
            if last.0 == (order, customer, at) {
                return last.1;
            }
            text.clear();
            let is_known = self.parts.iter().all(|part| {
                text.push_str(if text.is_empty() { "" } else { "/" });
                match part {
                    OrderOf::OrderId if order < TOO_LONG => order_ids.write_id(order, &mut text),
                    OrderOf::CustomerId if customer < TOO_LONG => customer_ids.write_id(customer, &mut text),
                    OrderOf::OrderedOn if BAD_INSTANT < at => {
                        let day = self.time_zone.day_of(Timestamp::from_micros(at));
                        text.push_str(&day.to_string());
                    }
                    OrderOf::OrderedAt if BAD_INSTANT < at => {
                        text.push_str(&Timestamp::from_micros(at).to_string());
                    }
                    _ => return false,
                }
                true
            });
            let id = if is_known { self.ids.text(&text) } else { MISSING };
            last = ((order, customer, at), id);
            id
        };
        rows.map(&mut of_row).collect()
    }
}

fn read_what(
    table: &Table,
    settings: &Settings,
    item_ids: Interner,
) -> Result<(Vec<u32>, Ids, LineIds), IngestError> {
    let mut ids = Ids::new(item_ids).written(table.meaning("item_id"));
    ids.interner.expect_range(table.range(column::ITEM_ID), table.n_rows());
    let mut items = table.room()?;
    if settings.rules.duplicates == Duplicates::Keep || !table.has(column::LINE_ID) {
        table.scan(&[column::ITEM_ID], |batch| {
            ids.read(batch.columns[0].as_ref(), batch.n_rows, &mut items)
        })?;
        let keep = settings.rules.duplicates == Duplicates::Keep;
        return Ok((items, ids, if keep { LineIds::Rows } else { LineIds::None }));
    }
    let mut of_lines = Ids::new(Interner::new(settings.limits.max_id_bytes));
    of_lines.interner.expect_range(table.range(column::LINE_ID), table.n_rows());
    let mut line_ids = table.room()?;
    table.scan(&[column::ITEM_ID, column::LINE_ID], |batch| {
        ids.read(batch.columns[0].as_ref(), batch.n_rows, &mut items)?;
        of_lines.read(batch.columns[1].as_ref(), batch.n_rows, &mut line_ids)
    })?;
    Ok((items, ids, LineIds::Ids(line_ids)))
}
