//! Lines become baskets: grouped by order, freed of duplicates, added up, numbered and laid out.
//!
//! Numbers given on first sight depend on files and rows. Everything here is sorted by what does not:
//! customers and orders by id, baskets by customer, instant and order id, items by how often they were bought.

use erbij_core::{BasketParts, CustomerIdx, ItemIdx, Timestamp};
use rayon::prelude::*;

use crate::intern::{Interner, MISSING};
use crate::judge::{ItemFacts, UNKNOWN};
use crate::netting::{NOTHING, Netted};
use crate::orders::{DROPPED, FIRST_CODE, Lines, NO_PRICE, NO_QUANTITY, OTHER_CURRENCY};
use crate::reason::Tally;
use crate::settings::Rules;
use crate::{Reason, UnknownItem};

/// How many baskets are made in one go.
const CHUNK_BASKETS: usize = 1 << 14;

/// Rows by order: rows of order `o` are `rows[offsets[o]..offsets[o + 1]]`, rising.
pub(crate) struct ByOrder {
    offsets: Vec<u32>,
    /// None where lines already stand by order with nothing between: then a row is its own position.
    rows: Option<Vec<u32>>,
}

impl ByOrder {
    /// Groups the lines that were not dropped. Counting sort, O(lines + orders).
    pub(crate) fn new(line_orders: &[u32], n_orders: usize) -> Self {
        let mut offsets = vec![0_u32; n_orders + 1];
        let (mut in_order, mut last) = (true, 0);
        for &order in line_orders {
            if order < FIRST_CODE {
                offsets[order as usize + 1] += 1;
            }
            in_order &= last <= order && order != DROPPED && order < FIRST_CODE;
            last = order;
        }
        for order in 0..n_orders {
            offsets[order + 1] += offsets[order];
        }
        if in_order {
            return Self { offsets, rows: None };
        }
        let mut rows = vec![0_u32; offsets[n_orders] as usize];
        let mut next = offsets.clone();
        for (row, &order) in line_orders.iter().enumerate() {
            if order < FIRST_CODE {
                let at = &mut next[order as usize];
                rows[*at as usize] = row as u32;
                *at += 1;
            }
        }
        Self { offsets, rows: Some(rows) }
    }

    fn is_empty(&self, order: u32) -> bool {
        self.offsets[order as usize] == self.offsets[order as usize + 1]
    }

    fn rows(&self, order: u32) -> impl Iterator<Item = usize> + '_ {
        let range = self.offsets[order as usize] as usize..self.offsets[order as usize + 1] as usize;
        range.map(|at| self.rows.as_ref().map_or(at, |rows| rows[at] as usize))
    }
}

/// An order's place among the baskets.
struct Place {
    customer: u32,
    ordered_at: i64,
    order: u32,
}

/// What baskets are made of.
pub(crate) struct Making<'a> {
    pub(crate) lines: &'a Lines,
    pub(crate) by_order: &'a ByOrder,
    pub(crate) order_ids: &'a Interner,
    /// An order each: the customer's canonical rank, or `u32::MAX` for a guest.
    pub(crate) customers: &'a [u32],
    pub(crate) ordered_at: &'a [i64],
    /// Orders that name two customers, rising.
    pub(crate) conflicted: &'a [u32],
    pub(crate) items: &'a ItemFacts,
    pub(crate) netted: &'a Netted,
    pub(crate) rules: &'a Rules,
}

/// Some baskets, one after the other.
#[derive(Default)]
struct Made {
    tally: Tally,
    n_used: u64,
    customers: Vec<u32>,
    ordered_at: Vec<i64>,
    amounts: Vec<i64>,
    n_lines: Vec<u32>,
    /// A line each: the item by first sight.
    units: Vec<u32>,
    quantities: Vec<f32>,
}

/// A line while its basket is made.
#[derive(Clone, Copy)]
struct Entry {
    unit: u32,
    item: u32,
    quantity: f32,
    amount: i64,
    row: u32,
}

/// All baskets, their customers and items still by the numbers of before.
pub(crate) struct Assembled {
    made: Vec<Made>,
    /// Rows that count.
    pub(crate) n_used: u64,
}

/// Makes all baskets, in their final order, in parallel.
pub(crate) fn assemble(making: &Making<'_>, tally: &mut Tally) -> Assembled {
    let n_orders = making.customers.len() as u32;
    let mut places: Vec<Place> = (0..n_orders)
        .filter(|&order| !making.by_order.is_empty(order))
        .map(|order| Place {
            customer: making.customers[order as usize],
            ordered_at: making.ordered_at[order as usize],
            order,
        })
        .collect();
    places.par_sort_unstable_by(|a, b| {
        let by_time = (a.customer, a.ordered_at).cmp(&(b.customer, b.ordered_at));
        by_time.then_with(|| making.order_ids.cmp(a.order, b.order))
    });
    let made: Vec<Made> = places
        .par_chunks(CHUNK_BASKETS)
        .map(|places| {
            let mut made = Made::default();
            let mut entries = Vec::new();
            for place in places {
                make_basket(making, place, &mut entries, &mut made);
            }
            made
        })
        .collect();
    let mut n_used = 0;
    for part in &made {
        tally.merge(&part.tally);
        n_used += part.n_used;
    }
    Assembled { made, n_used }
}

fn make_basket(making: &Making<'_>, place: &Place, entries: &mut Vec<Entry>, made: &mut Made) {
    let lines = making.lines;
    entries.clear();
    entries.extend(making.by_order.rows(place.order).map(|row| Entry {
        unit: making.items.units[lines.items[row] as usize],
        item: lines.items[row],
        quantity: lines.quantities[row],
        amount: lines.amounts[row],
        row: row as u32,
    }));
    entries.sort_unstable_by_key(|e| (e.unit, e.item, e.quantity.to_bits(), e.amount, e.row));
    entries.dedup_by(|later, earlier| {
        let same = |e: &Entry| (e.item, e.quantity.to_bits(), e.amount);
        let duplicate = same(later) == same(earlier);
        if duplicate {
            made.tally.add(Reason::DuplicateLine, u64::from(later.row));
        }
        duplicate
    });
    let touched = making.netted.touched.get(place.order as usize).is_some_and(|&touched| touched);
    let conflicted = making.conflicted.binary_search(&place.order).is_ok();
    let (mut n_lines, mut amount) = (0, 0_i64);
    for same_item in entries.chunk_by(|a, b| a.unit == b.unit) {
        let unit = same_item[0].unit;
        let left = match touched {
            true => making.netted.left.get(&(place.order, unit)).copied(),
            false => None,
        };
        let total = total(same_item, left, making.rules);
        let rows = same_item.iter().map(|entry| u64::from(entry.row));
        let Some((quantity, cost)) = total else {
            rows.for_each(|row| made.tally.add(Reason::ReturnedInFull, row));
            continue;
        };
        // The lowest row is the line that the others were added to.
        let first = rows.min().unwrap_or_default();
        for entry in same_item {
            note(making, place, entry, made);
            if conflicted {
                made.tally.add(Reason::OrderWithTwoCustomers, u64::from(entry.row));
            }
            if u64::from(entry.row) != first {
                made.tally.add(Reason::MergedLine, u64::from(entry.row));
            }
        }
        made.n_used += same_item.len() as u64;
        made.units.push(unit);
        made.quantities.push(quantity);
        amount = amount.saturating_add(cost);
        n_lines += 1;
    }
    if 0 < n_lines {
        made.customers.push(place.customer);
        made.ordered_at.push(place.ordered_at);
        made.amounts.push(amount);
        made.n_lines.push(n_lines);
    }
}

/// Quantity and amount of the lines of one item in one order, less what was taken back; none where nothing
/// is left.
fn total(same_item: &[Entry], left: Option<f64>, rules: &Rules) -> Option<(f32, i64)> {
    let clamped = |quantity: f64| if rules.max_quantity < quantity { 1.0 } else { quantity };
    let amount = same_item.iter().fold(0_i64, |sum, entry| sum.saturating_add(entry.amount));
    let Some(left) = left else {
        let quantity: f64 = same_item.iter().map(|entry| clamped(f64::from(entry.quantity))).sum();
        return Some((quantity as f32, amount));
    };
    if left <= NOTHING {
        return None;
    }
    let bought: f64 = same_item.iter().map(|entry| f64::from(entry.quantity)).sum();
    Some((clamped(left) as f32, (amount as f64 * (left / bought)).round() as i64))
}

/// Counts what is remarkable about a used line.
#[inline]
fn note(making: &Making<'_>, place: &Place, entry: &Entry, made: &mut Made) {
    let row = u64::from(entry.row);
    let flags = making.lines.flags[entry.row as usize];
    let unknown = making.items.bits[entry.item as usize] & UNKNOWN != 0;
    let no_amount = flags & (NO_PRICE | OTHER_CURRENCY) != 0;
    for (holds, reason) in [
        (place.customer == u32::MAX, Reason::Guest),
        (unknown, Reason::unknown_item(UnknownItem::Keep)),
        (entry.amount == 0 && !no_amount, Reason::ZeroPrice),
        (flags & NO_PRICE != 0, Reason::MissingPrice),
        (flags & NO_QUANTITY != 0, Reason::MissingQuantity),
        (flags & OTHER_CURRENCY != 0, Reason::OtherCurrency),
        (making.rules.max_quantity < f64::from(entry.quantity), Reason::AbsurdQuantity),
    ] {
        if holds {
            made.tally.add(reason, row);
        }
    }
}

impl Assembled {
    /// In how many baskets each item stands, by first sight.
    pub(crate) fn sales(&self, n_ids: usize) -> Vec<u32> {
        let mut sales = vec![0; n_ids];
        for &unit in self.made.iter().flat_map(|part| &part.units) {
            sales[unit as usize] += 1;
        }
        sales
    }

    /// Which customers, by canonical rank, have a basket.
    pub(crate) fn mark_customers(&self, has_basket: &mut [bool]) {
        for &customer in self.made.iter().flat_map(|part| &part.customers) {
            if customer != u32::MAX {
                has_basket[customer as usize] = true;
            }
        }
    }

    /// Lays out all baskets under their final numbers, and frees each part once it is copied.
    pub(crate) fn into_parts(
        mut self,
        customer_numbers: &[u32],
        item_numbers: &[u32],
        n_customers: usize,
        n_items: usize,
    ) -> BasketParts {
        self.made.par_iter_mut().for_each(|part| renumber(part, item_numbers));
        let n_baskets = self.made.iter().map(|part| part.customers.len()).sum();
        let n_lines = self.made.iter().map(|part| part.units.len()).sum();
        let mut parts = BasketParts {
            n_customers,
            n_items,
            customers: Vec::with_capacity(n_baskets),
            ordered_at: Vec::with_capacity(n_baskets),
            amounts_minor: Vec::with_capacity(n_baskets),
            offsets: Vec::with_capacity(n_baskets + 1),
            items: Vec::with_capacity(n_lines),
            quantities: Vec::with_capacity(n_lines),
        };
        parts.offsets.push(0);
        let mut end = 0;
        for part in self.made {
            parts.customers.extend(part.customers.iter().map(|&customer| match customer {
                u32::MAX => CustomerIdx::GUEST,
                customer => CustomerIdx::new(customer_numbers[customer as usize]),
            }));
            parts.ordered_at.extend(part.ordered_at.iter().map(|&at| Timestamp::from_micros(at)));
            parts.amounts_minor.extend_from_slice(&part.amounts);
            for &n_lines in &part.n_lines {
                end += n_lines as usize;
                parts.offsets.push(end);
            }
            parts.items.extend(part.units.iter().map(|&item| ItemIdx::new(item)));
            parts.quantities.extend_from_slice(&part.quantities);
        }
        parts
    }
}

/// Gives the lines of each basket their final items, rising.
fn renumber(part: &mut Made, item_numbers: &[u32]) {
    let mut basket: Vec<(u32, f32)> = Vec::new();
    let mut start = 0;
    for &n_lines in &part.n_lines {
        let range = start..start + n_lines as usize;
        start = range.end;
        basket.clear();
        let units = part.units[range.clone()].iter().map(|&unit| item_numbers[unit as usize]);
        basket.extend(units.zip(part.quantities[range.clone()].iter().copied()));
        basket.sort_unstable_by_key(|&(item, _)| item);
        for (at, &(item, quantity)) in range.zip(&basket) {
            part.units[at] = item;
            part.quantities[at] = quantity;
        }
    }
}

/// Numbers items: most sold first, ties by id. `listed` are ids of the catalogue. By first sight the final
/// number or [`MISSING`], and the ids in their final order.
pub(crate) fn number_items(
    ids: &Interner,
    sales: &[u32],
    listed: impl Iterator<Item = u32>,
) -> (Vec<u32>, Vec<u32>) {
    let mut is_item: Vec<bool> = sales.iter().map(|&n| 0 < n).collect();
    listed.for_each(|id| is_item[id as usize] = true);
    let items = (0..ids.len() as u32).filter(|&id| is_item[id as usize]).collect();
    let mut order = ids.canonical(items);
    // Stable: within equal sales the canonical order stays.
    order.sort_by_key(|&id| std::cmp::Reverse(sales[id as usize]));
    (numbers(&order, ids.len()), order)
}

/// The position of each id in an order, or [`MISSING`].
pub(crate) fn numbers(order: &[u32], n_ids: usize) -> Vec<u32> {
    let mut numbers = vec![MISSING; n_ids];
    for (number, &id) in order.iter().enumerate() {
        numbers[id as usize] = number as u32;
    }
    numbers
}
