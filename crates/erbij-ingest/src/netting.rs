//! Cancellations set against the purchases they take back.
//!
//! A cancellation takes from the most recent purchase of the same customer and item that is not later than
//! itself, then from the one before, until it is used up. What is still wanted is sought among purchases a little
//! later, since clocks differ and a date has no hour ([`OrderFacts::reaches_until`]). Where the purchase's own row
//! says that some of it came back, the cancellation may be that return told once more: it stands for it before it
//! reaches for an earlier purchase. Nobody knows which guest came back, so a guest's cancellation only takes from its
//! own order.
//!
//! All cancellations of a customer and item are gone through by instant with the purchases on a stack: O(n log n) for
//! the sort, O(n) for the rest. Which rows are one line is said in [`crate::line`], here as for baskets.

use erbij_core::{Currency, MICROS_PER_DAY, Money, TimeZone, Timestamp};
use foldhash::fast::FixedState;
use hashbrown::{HashMap, HashSet};

use crate::Reason;
use crate::intern::Interner;
use crate::judge::ItemFacts;
use crate::line::OrderLine;
use crate::lines::{FIRST_CODE, Lines};
use crate::reason::Tally;

/// What a quantity may be short of and still count as nothing: fractions do not add up exactly.
pub(crate) const NOTHING: f64 = 1e-6;
/// By so much the clock of a till may be behind that of the shop: less than a minute.
const CLOCK_MICROS: i64 = 60 * 1_000_000 - 1;
/// What asks for more than so many times all that was bought is a correction of the books, and no return of it.
const BULK: f64 = 100.0;

/// Who bought: a customer, or for guests the order itself; and what.
type Key = (u32, u32, u32);

/// The orders as they are known when cancellations are netted.
pub(crate) struct OrderFacts<'a> {
    pub(crate) ids: &'a Interner,
    /// By canonical rank; `u32::MAX` for guests.
    pub(crate) customers: &'a [u32],
    pub(crate) ordered_at: &'a [i64],
    pub(crate) time_zone: &'a TimeZone,
}

impl OrderFacts<'_> {
    /// The last instant of a purchase that a cancellation may be of. A clock may be behind by seconds; what is dated
    /// at midnight is dated by day, and the purchase may be of any hour of it.
    fn reaches_until(&self, at: i64) -> i64 {
        let is_a_date = self.time_zone.is_midnight(Timestamp::from_micros(at));
        at.saturating_add(if is_a_date { MICROS_PER_DAY - 1 } else { CLOCK_MICROS })
    }

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
    /// By order and item what was given back for it, in minor units, as cancellations say. Looked up, never iterated.
    pub(crate) given_back: HashMap<(u32, u32), f64, FixedState>,
    /// An order each, where any was taken from.
    pub(crate) touched: Vec<bool>,
    /// Cancellations that wanted more than there was.
    pub(crate) unmatched: Unmatched,
}

/// Cancellations that found too little to take from.
#[derive(Clone, Copy, Default)]
pub(crate) struct Unmatched {
    pub(crate) n: u64,
    /// How many of them are guests', whom nobody knows again.
    n_of_guests: u64,
    /// What they give back beyond what there was, in minor units.
    minor: i64,
}

impl Unmatched {
    fn add(&mut self, cancellation: &OrderLine, wanted: f64, is_of_guest: bool) {
        self.n += 1;
        self.n_of_guests += u64::from(is_of_guest);
        let asked = f64::from(cancellation.key.quantity()).max(NOTHING);
        let left = (cancellation.key.amount as f64 * (wanted / asked)).round() as i64;
        self.minor = self.minor.saturating_add(left);
    }

    /// A sentence, where there are any.
    pub(crate) fn told(&self, currency: Currency) -> Option<String> {
        let &Self { n, n_of_guests, minor } = self;
        let mut told = format!(
            "{n} cancellations match no earlier purchase of the same customer and item, or one that is too small"
        );
        if 0 < minor {
            told += &format!(
                ", so {} that they refund is not subtracted from any purchase",
                Money { minor, currency }
            );
        }
        if 0 < n_of_guests {
            told += &format!("; {n_of_guests} of them are by guests, who are known only by their order id");
        }
        (0 < n).then_some(told)
    }
}

/// What one order has of an item.
struct Bought {
    key: Key,
    order: u32,
    /// What no cancellation has taken yet.
    left: f64,
    /// What came back as its own rows say, and no cancellation has told once more.
    said: f64,
}

/// Nets all cancellations and counts them. `returned` are lines that came back in full as their own rows say.
pub(crate) fn net(
    mut cancellations: Vec<OrderLine>,
    returned: &[OrderLine],
    lines: &Lines,
    orders: &OrderFacts<'_>,
    items: &ItemFacts,
    tally: &mut Tally,
) -> Netted {
    if cancellations.is_empty() {
        return Netted::default();
    }
    cancellations.sort_unstable();
    cancellations.dedup_by(|later, earlier| {
        let duplicate = later.is_same_line(earlier);
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
        wanted.insert(orders.key(cancellation.order, unit(cancellation.key.item)));
        wanted_units[unit(cancellation.key.item) as usize] = true;
    }
    let is_wanted = |order: u32, item: u32| {
        wanted_units[unit(item) as usize] && wanted.contains(&orders.key(order, unit(item)))
    };
    let kept = (0..lines.orders.len()).filter(|&row| {
        let order = lines.orders[row];
        order < FIRST_CODE && is_wanted(order, lines.items[row])
    });
    let kept = kept.map(|row| OrderLine { order: lines.orders[row], key: lines.key(row), row: row as u32 });
    let came_back = returned.iter().filter(|line| is_wanted(line.order, line.key.item)).copied();
    let mut purchases: Vec<OrderLine> = kept.chain(came_back).collect();
    purchases.sort_unstable();
    purchases.dedup_by(|later, earlier| later.is_same_line(earlier));
    let bought = by_order_and_unit(&purchases, orders, &unit);
    take(&cancellations, bought, orders, &unit)
}

/// Adds up what each order has of each item; sorted by key, instant and order id.
fn by_order_and_unit(
    purchases: &[OrderLine],
    orders: &OrderFacts<'_>,
    unit: &impl Fn(u32) -> u32,
) -> Vec<Bought> {
    let mut purchases: Vec<_> = purchases.iter().map(|line| (unit(line.key.item), line)).collect();
    // The sort is stable: within an order and item, quantities are added in one order always.
    purchases.sort_by_key(|&(unit, line)| (line.order, unit));
    let mut bought: Vec<Bought> = purchases
        .chunk_by(|a, b| (a.1.order, a.0) == (b.1.order, b.0))
        .map(|same| {
            let (unit, OrderLine { order, .. }) = same[0];
            Bought {
                key: orders.key(*order, unit),
                order: *order,
                left: same.iter().map(|(_, line)| f64::from(line.key.quantity())).sum(),
                said: same.iter().map(|(_, line)| f64::from(line.key.returned())).sum(),
            }
        })
        .collect();
    bought.sort_unstable_by(|a, b| {
        let by_time = (a.key, orders.at(a.order)).cmp(&(b.key, orders.at(b.order)));
        by_time.then_with(|| orders.ids.cmp(a.order, b.order))
    });
    bought
}

/// Goes through cancellations by customer and item, then instant, and takes from purchases, which are sorted likewise.
fn take(
    cancellations: &[OrderLine],
    bought: Vec<Bought>,
    orders: &OrderFacts<'_>,
    unit: &impl Fn(u32) -> u32,
) -> Netted {
    let mut keyed: Vec<(Key, &OrderLine)> =
        cancellations.iter().map(|line| (orders.key(line.order, unit(line.key.item)), line)).collect();
    keyed.sort_unstable_by(|(a_key, a), (b_key, b)| {
        let by_time = (a_key, orders.at(a.order)).cmp(&(b_key, orders.at(b.order)));
        let by_order = || orders.ids.cmp(a.order, b.order);
        by_time.then_with(by_order).then_with(|| a.key.quantity().total_cmp(&b.key.quantity()))
    });
    let netted = Netted { touched: vec![false; orders.customers.len()], ..Netted::default() };
    let mut taking = Taking { bought, netted };
    let (mut next, mut ahead, mut current) = (0, 0, None);
    let (mut stack, mut within_reach) = (Vec::new(), 0.0);
    for (key, cancellation) in keyed {
        if current != Some(key) {
            current = Some(key);
            stack.clear();
            within_reach = 0.0;
            while taking.bought.get(next).is_some_and(|purchase| purchase.key < key) {
                next += 1;
            }
        }
        let at = orders.at(cancellation.order);
        let is_until =
            |purchase: &Bought, until: i64| purchase.key == key && orders.at(purchase.order) <= until;
        while let Some(purchase) = taking.bought.get(next).filter(|purchase| is_until(purchase, at)) {
            within_reach += purchase.left + purchase.said;
            stack.push(next);
            next += 1;
        }
        let mut wanted = f64::from(cancellation.key.quantity());
        let piece = cancellation.key.amount as f64 / wanted.max(NOTHING);
        let is_in_bulk = NOTHING < within_reach && BULK * within_reach < wanted;
        while let Some(&top) = stack.last().filter(|_| NOTHING < wanted && !is_in_bulk) {
            let taken = taking.take(top, wanted, piece);
            wanted -= taken;
            within_reach -= taken;
            if taking.bought[top].is_used_up() {
                stack.pop();
            }
        }
        // What lies ahead is used up from its beginning, so no purchase is looked at twice for nothing.
        ahead = next.max(ahead);
        let until = orders.reaches_until(at);
        while NOTHING < wanted
            && !is_in_bulk
            && taking.bought.get(ahead).is_some_and(|purchase| is_until(purchase, until))
        {
            wanted -= taking.take(ahead, wanted, piece);
            ahead += usize::from(taking.bought[ahead].is_used_up());
        }
        if NOTHING < wanted {
            taking.netted.unmatched.add(cancellation, wanted, key.0 == u32::MAX);
        }
    }
    taking.netted
}

/// Purchases, and what became of them.
struct Taking {
    bought: Vec<Bought>,
    netted: Netted,
}

impl Taking {
    /// Takes from one purchase what is wanted, as far as it goes, where `piece` is given back for each; says how much that
    /// was.
    fn take(&mut self, at: usize, wanted: f64, piece: f64) -> f64 {
        let purchase = &mut self.bought[at];
        let taken = purchase.left.min(wanted);
        if 0.0 < taken {
            purchase.left -= taken;
            self.netted.touched[purchase.order as usize] = true;
            let key = (purchase.order, purchase.key.2);
            self.netted.left.insert(key, purchase.left);
            *self.netted.given_back.entry(key).or_default() += taken * piece;
        }
        let told_again = purchase.said.min(wanted - taken);
        purchase.said -= told_again;
        taken + told_again
    }
}

impl Bought {
    fn is_used_up(&self) -> bool {
        self.left <= NOTHING && self.said <= NOTHING
    }
}
