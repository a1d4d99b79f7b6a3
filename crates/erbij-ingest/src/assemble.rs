//! Lines become baskets: grouped by order, freed of duplicates, added up, numbered and laid out.
//!
//! Numbers given on first sight depend on files and rows. Everything here is sorted by what does not:
//! customers and orders by id, baskets by customer, instant and order id, items by how often they were bought.
//!
//! Baskets are made in the order in which orders were seen, since their lines mostly lie together there, and
//! only the few bytes that are left of each line are put into the final order.

use std::ops::Range;

use erbij_core::{BasketParts, ItemIdx, Timestamp};
use rayon::prelude::*;

use crate::judge::{ItemFacts, UNKNOWN};
use crate::line::{Entry, OrderLine};
use crate::lines::{DROPPED, FIRST_CODE, Lines, NO_PRICE, NO_QUANTITY, OTHER_CURRENCY};
use crate::netting::{NOTHING, Netted};
use crate::numbering::{Numbering, Place};
use crate::reason::Tally;
use crate::settings::Rules;
use crate::{Reason, UnknownItem, overdrawn, returns};

/// How many orders are gone through in one go.
const CHUNK_ORDERS: usize = 1 << 14;

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

    fn rows(&self, order: u32) -> impl Iterator<Item = usize> + '_ {
        let range = self.offsets[order as usize] as usize..self.offsets[order as usize + 1] as usize;
        range.map(|at| self.rows.as_ref().map_or(at, |rows| rows[at] as usize))
    }
}

/// What baskets are made of.
pub(crate) struct Making<'a> {
    pub(crate) lines: &'a Lines,
    pub(crate) by_order: &'a ByOrder,
    /// An order each: the customer's canonical rank, or `u32::MAX` for a guest.
    pub(crate) customers: &'a [u32],
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
    orders: Vec<u32>,
    amounts: Vec<i64>,
    n_lines: Vec<u32>,
    /// A line each: the item by first sight.
    units: Vec<u32>,
    quantities: Vec<f32>,
    /// Order and item, by first sight, of what was bought for somebody else.
    gifts: Vec<(u32, u32)>,
    /// Order and item, by first sight, of what was cancelled in full.
    returned: Vec<(u32, u32)>,
}

/// All baskets, by first sight of their orders, items still by the numbers of before.
pub(crate) struct Assembled {
    made: Vec<Made>,
    /// Order and item, by first sight, of what came back as rows of their own say or was cancelled in full.
    returned: Vec<(u32, u32)>,
    /// Rows that count.
    pub(crate) n_used: u64,
}

/// Makes all baskets, in parallel. `returned` is what came back as rows of their own say.
pub(crate) fn assemble(making: &Making<'_>, returned: &[OrderLine], tally: &mut Tally) -> Assembled {
    let n_orders = making.customers.len();
    let unit = |line: &OrderLine| making.items.units[line.key.item as usize];
    let mut returned: Vec<(u32, u32)> = returned.iter().map(|line| (line.order, unit(line))).collect();
    let mut made: Vec<Made> = (0..n_orders.div_ceil(CHUNK_ORDERS))
        .into_par_iter()
        .map(|chunk| {
            let mut made = Made::default();
            let mut entries = Vec::new();
            let end = n_orders.min((chunk + 1) * CHUNK_ORDERS);
            for order in chunk * CHUNK_ORDERS..end {
                make_basket(making, order as u32, &mut entries, &mut made);
            }
            made
        })
        .collect();
    let mut n_used = 0;
    for part in &mut made {
        tally.merge(&part.tally);
        n_used += part.n_used;
        returned.append(&mut part.returned);
    }
    Assembled { made, returned, n_used }
}

fn make_basket(making: &Making<'_>, order: u32, entries: &mut Vec<Entry>, made: &mut Made) {
    let lines = making.lines;
    entries.clear();
    entries.extend(making.by_order.rows(order).map(|row| Entry {
        unit: making.items.units[lines.items[row] as usize],
        key: lines.key(row),
        row: row as u32,
    }));
    entries.sort_unstable_by_key(|entry| (entry.unit, entry.key, entry.row));
    entries.dedup_by(|later, earlier| {
        let duplicate = later.key == earlier.key;
        if duplicate {
            made.tally.add(Reason::DuplicateLine, u64::from(later.row));
        }
        duplicate
    });
    if !lines.overdrawn.is_empty() {
        overdrawn::spread(lines, entries, &mut made.tally);
    }
    let touched = making.netted.touched.get(order as usize).is_some_and(|&touched| touched);
    let conflicted = making.conflicted.binary_search(&order).is_ok();
    let guest = making.customers[order as usize] == u32::MAX;
    let (mut n_lines, mut amount) = (0, 0_i64);
    for same_item in entries.chunk_by(|a, b| a.unit == b.unit) {
        let unit = same_item[0].unit;
        let left = match touched {
            true => making.netted.left.get(&(order, unit)).copied(),
            false => None,
        };
        let given_back = left.and_then(|_| making.netted.given_back.get(&(order, unit)).copied());
        let total = total(same_item, left, given_back, making.rules);
        let rows = same_item.iter().map(|entry| u64::from(entry.row));
        let Some((quantity, cost)) = total else {
            rows.for_each(|row| made.tally.add(Reason::ReturnedInFull, row));
            made.returned.push((order, unit));
            continue;
        };
        // The lowest row is the line that the others were added to.
        let first = rows.min().unwrap_or_default();
        for entry in same_item {
            note(making, guest, entry, made);
            if conflicted {
                made.tally.add(Reason::OrderWithTwoCustomers, u64::from(entry.row));
            }
            if u64::from(entry.row) != first {
                made.tally.add(Reason::MergedLine, u64::from(entry.row));
            }
        }
        made.n_used += same_item.len() as u64;
        // Of several lines of an item, one for himself makes it his.
        if same_item.iter().all(|entry| entry.key.is_gift()) {
            made.gifts.push((order, unit));
        }
        made.units.push(unit);
        made.quantities.push(quantity);
        amount = amount.saturating_add(cost);
        n_lines += 1;
    }
    if 0 < n_lines {
        made.orders.push(order);
        made.amounts.push(amount);
        made.n_lines.push(n_lines);
    }
}

/// Quantity and amount of the lines of one item in one order, less what was taken back; none where nothing
/// is left. Of several variants what was given back says which one came back.
fn total(
    same_item: &[Entry],
    left: Option<f64>,
    given_back: Option<f64>,
    rules: &Rules,
) -> Option<(f32, i64)> {
    let clamped = |quantity: f64| if rules.max_quantity < quantity { 1.0 } else { quantity };
    let amount = same_item.iter().fold(0_i64, |sum, entry| sum.saturating_add(entry.key.amount));
    let Some(left) = left else {
        let quantity: f64 = same_item.iter().map(|entry| clamped(f64::from(entry.key.quantity()))).sum();
        return Some((quantity as f32, amount));
    };
    if left <= NOTHING {
        return None;
    }
    let bought: f64 = same_item.iter().map(|entry| f64::from(entry.key.quantity())).sum();
    let are_several = same_item.iter().any(|entry| entry.key.item != same_item[0].key.item);
    let given_back = given_back.filter(|&given| are_several && 0.0 < given && given <= amount as f64);
    let amount = given_back.map_or(amount as f64 * (left / bought), |given| amount as f64 - given);
    Some((clamped(left) as f32, amount.round() as i64))
}

/// Counts what is remarkable about a used line.
#[inline]
fn note(making: &Making<'_>, guest: bool, entry: &Entry, made: &mut Made) {
    let row = u64::from(entry.row);
    let flags = making.lines.flags[entry.row as usize];
    let unknown = making.items.bits[entry.key.item as usize] & UNKNOWN != 0;
    let no_amount = flags & (NO_PRICE | OTHER_CURRENCY) != 0;
    for (holds, reason) in [
        (guest, Reason::Guest),
        (unknown, Reason::unknown_item(UnknownItem::Keep)),
        (entry.key.amount == 0 && !no_amount, Reason::ZeroPrice),
        (flags & NO_PRICE != 0, Reason::MissingPrice),
        (flags & NO_QUANTITY != 0, Reason::MissingQuantity),
        (flags & OTHER_CURRENCY != 0, Reason::OtherCurrency),
        (making.rules.max_quantity < f64::from(entry.key.quantity()), Reason::AbsurdQuantity),
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

    /// Which customers, by canonical rank, have a basket; `customers` are those of all orders.
    pub(crate) fn mark_customers(&self, customers: &[u32], has_basket: &mut [bool]) {
        for &order in self.made.iter().flat_map(|part| &part.orders) {
            let customer = customers[order as usize];
            if customer != u32::MAX {
                has_basket[customer as usize] = true;
            }
        }
    }

    /// Lays out all baskets in their final order under their final numbers; a basket each, whether it is judged.
    pub(crate) fn into_parts(mut self, numbering: &Numbering<'_>) -> (BasketParts, Vec<bool>) {
        let gifts: Vec<_> = self.made.iter_mut().flat_map(|part| std::mem::take(&mut part.gifts)).collect();
        let flat = Flat::new(self.made);
        let mut places: Vec<Place> =
            flat.orders.iter().zip(0..).map(|(&order, at)| numbering.place(order, at)).collect();
        places.par_sort_unstable_by(|a, b| {
            let by_time = (a.customer, a.ordered_at).cmp(&(b.customer, b.ordered_at));
            // Orders of one id are those before the first judged one and behind it.
            by_time.then_with(|| numbering.orders.cmp(a.order, b.order)).then(a.order.cmp(&b.order))
        });
        let n_lines = flat.units.len();
        let mut parts = BasketParts {
            n_customers: numbering.n_customers,
            n_items: numbering.n_items,
            customers: places.iter().map(|place| numbering.customer(place.customer)).collect(),
            ordered_at: places.iter().map(|place| Timestamp::from_micros(place.ordered_at)).collect(),
            amounts_minor: places.iter().map(|place| flat.amounts[place.at as usize]).collect(),
            offsets: Vec::with_capacity(places.len() + 1),
            items: vec![ItemIdx::new(0); n_lines],
            quantities: vec![0.0; n_lines],
            gift_lines: Vec::new(),
            returned: returns::lay_out(self.returned, |order, unit| flat.has(order, unit), numbering),
            ..BasketParts::default()
        };
        parts.offsets.push(0);
        let mut end = 0;
        for place in &places {
            end += flat.lines(place.at).len();
            parts.offsets.push(end);
        }
        // Each task gets the stretch of lines that belongs to its baskets.
        let (mut items, mut quantities) = (&mut parts.items[..], &mut parts.quantities[..]);
        let mut stretches = Vec::with_capacity(places.len().div_ceil(CHUNK_ORDERS));
        for places in places.chunks(CHUNK_ORDERS) {
            let n_lines = places.iter().map(|place| flat.lines(place.at).len()).sum();
            let (of_items, of_quantities);
            (of_items, items) = items.split_at_mut(n_lines);
            (of_quantities, quantities) = quantities.split_at_mut(n_lines);
            stretches.push((places, of_items, of_quantities));
        }
        stretches.into_par_iter().for_each(|(places, items, quantities)| {
            lay_out(&flat, places, numbering.items, items, quantities);
        });
        parts.gift_lines = gift_lines(&gifts, &places, &parts, numbering.items);
        let is_judged = places.iter().map(|place| numbering.first_judged <= place.order).collect();
        (parts, is_judged)
    }
}

/// All baskets behind each other, by first sight.
struct Flat {
    /// Rising.
    orders: Vec<u32>,
    amounts: Vec<i64>,
    /// Where each basket's lines end.
    ends: Vec<u32>,
    /// Rising within a basket.
    units: Vec<u32>,
    quantities: Vec<f32>,
}

impl Flat {
    /// Frees each part once it is copied.
    fn new(made: Vec<Made>) -> Self {
        let n_baskets = made.iter().map(|part| part.orders.len()).sum();
        let n_lines = made.iter().map(|part| part.units.len()).sum();
        let mut flat = Self {
            orders: Vec::with_capacity(n_baskets),
            amounts: Vec::with_capacity(n_baskets),
            ends: Vec::with_capacity(n_baskets),
            units: Vec::with_capacity(n_lines),
            quantities: Vec::with_capacity(n_lines),
        };
        let mut end = 0;
        for part in made {
            flat.orders.extend_from_slice(&part.orders);
            flat.amounts.extend_from_slice(&part.amounts);
            for n_lines in part.n_lines {
                end += n_lines;
                flat.ends.push(end);
            }
            flat.units.extend_from_slice(&part.units);
            flat.quantities.extend_from_slice(&part.quantities);
        }
        flat
    }

    /// Whether an order has a line of an item. O(log orders + log of its lines).
    fn has(&self, order: u32, unit: u32) -> bool {
        let basket = self.orders.binary_search(&order).ok();
        basket.is_some_and(|basket| self.units[self.lines(basket as u32)].binary_search(&unit).is_ok())
    }

    fn lines(&self, basket: u32) -> Range<usize> {
        let basket = basket as usize;
        let start = basket.checked_sub(1).map_or(0, |before| self.ends[before]);
        start as usize..self.ends[basket] as usize
    }
}

/// Where gifts came to stand; `gifts` rise by order. O(gifts · log of a basket's lines), and O(baskets) where there is one.
fn gift_lines(
    gifts: &[(u32, u32)],
    places: &[Place],
    parts: &BasketParts,
    item_numbers: &[u32],
) -> Vec<usize> {
    let mut lines = Vec::with_capacity(gifts.len());
    if gifts.is_empty() {
        return lines;
    }
    for (basket, place) in places.iter().enumerate() {
        let first = gifts.partition_point(|&(order, _)| order < place.order);
        let of_order = gifts[first..].iter().take_while(|&&(order, _)| order == place.order);
        let begins_at = parts.offsets[basket];
        let items = &parts.items[begins_at..parts.offsets[basket + 1]];
        let start = lines.len();
        lines.extend(of_order.map(|&(_, unit)| {
            let item = ItemIdx::new(item_numbers[unit as usize]);
            begins_at + items.binary_search(&item).expect("a gift is a line of its order")
        }));
        lines[start..].sort_unstable();
    }
    lines
}

/// Copies the lines of some baskets under their final items, rising within each.
fn lay_out(
    flat: &Flat,
    places: &[Place],
    item_numbers: &[u32],
    items: &mut [ItemIdx],
    quantities: &mut [f32],
) {
    let mut basket: Vec<(u32, f32)> = Vec::new();
    let mut at = 0;
    for place in places {
        let range = flat.lines(place.at);
        basket.clear();
        let units = flat.units[range.clone()].iter().map(|&unit| item_numbers[unit as usize]);
        basket.extend(units.zip(flat.quantities[range].iter().copied()));
        basket.sort_unstable_by_key(|&(item, _)| item);
        for &(item, quantity) in &basket {
            items[at] = ItemIdx::new(item);
            quantities[at] = quantity;
            at += 1;
        }
    }
}
