//! Cancellations set against the purchases they take back.
//!
//! A cancellation takes from the most recent purchase of the same customer and item that is not later than
//! itself, then from the one before, until it is used up. Nobody knows which guest came back, so a guest's
//! cancellation only takes from its own order. All cancellations of a customer and item are gone through by
//! instant with the purchases on a stack: O(n log n) for the sort, O(n) for the rest.

use foldhash::fast::FixedState;
use hashbrown::{HashMap, HashSet};

use crate::Reason;
use crate::intern::Interner;
use crate::judge::{Cancellation, ItemFacts};
use crate::orders::{FIRST_CODE, Lines};
use crate::reason::Tally;

/// What a quantity may be short of and still count as nothing: fractions do not add up exactly.
pub(crate) const NOTHING: f64 = 1e-6;

/// Who bought: a customer, or for guests the order itself; and what.
type Key = (u32, u32, u32);

/// The orders as they are known when cancellations are netted.
pub(crate) struct OrderFacts<'a> {
    pub(crate) ids: &'a Interner,
    /// By canonical rank; `u32::MAX` for guests.
    pub(crate) customers: &'a [u32],
    pub(crate) ordered_at: &'a [i64],
}

impl OrderFacts<'_> {
    fn key(&self, order: u32, unit: u32) -> Key {
        match self.customers[order as usize] {
            u32::MAX => (u32::MAX, order, unit),
            customer => (customer, 0, unit),
        }
    }

    fn at(&self, order: u32) -> i64 {
        self.ordered_at[order as usize]
    }
}

/// What is left of purchases that were taken from.
#[derive(Default)]
pub(crate) struct Netted {
    /// By order and item. Looked up, never iterated.
    pub(crate) left: HashMap<(u32, u32), f64, FixedState>,
    /// An order each, where any was taken from.
    pub(crate) touched: Vec<bool>,
    /// Cancellations that wanted more than there was.
    pub(crate) n_unmatched: u64,
}

struct Bought {
    key: Key,
    order: u32,
    left: f64,
}

/// Nets all cancellations and counts them.
pub(crate) fn net(
    mut cancellations: Vec<Cancellation>,
    lines: &Lines,
    orders: &OrderFacts<'_>,
    items: &ItemFacts,
    tally: &mut Tally,
) -> Netted {
    if cancellations.is_empty() {
        return Netted::default();
    }
    cancellations.sort_unstable_by_key(sort_key);
    let same_line = |a: &Cancellation, b: &Cancellation| {
        (a.order, a.item, a.quantity.to_bits(), a.amount) == (b.order, b.item, b.quantity.to_bits(), b.amount)
    };
    cancellations.dedup_by(|later, earlier| {
        let duplicate = same_line(later, earlier);
        if duplicate {
            tally.add(Reason::DuplicateLine, u64::from(later.row));
        }
        duplicate
    });
    let unit = |item: u32| items.units[item as usize];
    let mut wanted: HashSet<Key, FixedState> = HashSet::with_hasher(FixedState::with_seed(1));
    let mut wanted_units = vec![false; items.units.len()];
    for cancellation in &cancellations {
        tally.add(Reason::Cancellation, u64::from(cancellation.row));
        wanted.insert(orders.key(cancellation.order, unit(cancellation.item)));
        wanted_units[unit(cancellation.item) as usize] = true;
    }
    let candidates = (0..lines.orders.len()).filter(|&row| {
        let order = lines.orders[row];
        order < FIRST_CODE && {
            let unit = unit(lines.items[row]);
            wanted_units[unit as usize] && wanted.contains(&orders.key(order, unit))
        }
    });
    let mut purchases: Vec<Cancellation> = candidates
        .map(|row| Cancellation {
            order: lines.orders[row],
            item: lines.items[row],
            quantity: lines.quantities[row],
            amount: lines.amounts[row],
            row: row as u32,
        })
        .collect();
    purchases.sort_unstable_by_key(sort_key);
    purchases.dedup_by(|later, earlier| same_line(later, earlier));
    let bought = by_order_and_unit(&purchases, orders, &unit);
    take(&cancellations, bought, orders, &unit)
}

fn sort_key(line: &Cancellation) -> (u32, u32, u32, i64, u32) {
    (line.order, line.item, line.quantity.to_bits(), line.amount, line.row)
}

/// Adds up what each order has of each item; sorted by key, instant and order id.
fn by_order_and_unit(
    purchases: &[Cancellation],
    orders: &OrderFacts<'_>,
    unit: &impl Fn(u32) -> u32,
) -> Vec<Bought> {
    let mut purchases: Vec<_> = purchases.iter().map(|line| (unit(line.item), line)).collect();
    // The sort is stable: within an order and item, quantities are added in one order always.
    purchases.sort_by_key(|&(unit, line)| (line.order, unit));
    let mut bought: Vec<Bought> = purchases
        .chunk_by(|a, b| (a.1.order, a.0) == (b.1.order, b.0))
        .map(|same| {
            let (unit, Cancellation { order, .. }) = same[0];
            let left = same.iter().map(|(_, line)| f64::from(line.quantity)).sum();
            Bought { key: orders.key(*order, unit), order: *order, left }
        })
        .collect();
    bought.sort_unstable_by(|a, b| {
        let by_time = (a.key, orders.at(a.order)).cmp(&(b.key, orders.at(b.order)));
        by_time.then_with(|| orders.ids.cmp(a.order, b.order))
    });
    bought
}

fn take(
    cancellations: &[Cancellation],
    mut bought: Vec<Bought>,
    orders: &OrderFacts<'_>,
    unit: &impl Fn(u32) -> u32,
) -> Netted {
    let mut keyed: Vec<(Key, &Cancellation)> =
        cancellations.iter().map(|line| (orders.key(line.order, unit(line.item)), line)).collect();
    keyed.sort_unstable_by(|(a_key, a), (b_key, b)| {
        let by_time = (a_key, orders.at(a.order)).cmp(&(b_key, orders.at(b.order)));
        let by_order = || orders.ids.cmp(a.order, b.order);
        by_time.then_with(by_order).then_with(|| a.quantity.total_cmp(&b.quantity))
    });
    let mut netted = Netted { touched: vec![false; orders.customers.len()], ..Netted::default() };
    let (mut next, mut stack, mut current) = (0, Vec::new(), None);
    for (key, cancellation) in keyed {
        if current != Some(key) {
            current = Some(key);
            stack.clear();
            while bought.get(next).is_some_and(|purchase| purchase.key < key) {
                next += 1;
            }
        }
        let at = orders.at(cancellation.order);
        while bought.get(next).is_some_and(|purchase| purchase.key == key && orders.at(purchase.order) <= at)
        {
            stack.push(next);
            next += 1;
        }
        let mut wanted = f64::from(cancellation.quantity);
        while let Some(&top) = stack.last().filter(|_| NOTHING < wanted) {
            let purchase = &mut bought[top];
            let taken = purchase.left.min(wanted);
            wanted -= taken;
            purchase.left -= taken;
            netted.touched[purchase.order as usize] = true;
            netted.left.insert((purchase.order, key.2), purchase.left);
            if purchase.left <= NOTHING {
                stack.pop();
            }
        }
        if NOTHING < wanted {
            netted.n_unmatched += 1;
        }
    }
    netted
}
