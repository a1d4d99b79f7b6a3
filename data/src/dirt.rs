//! Dirt: what real order files are full of, planted at a known share and counted.
//!
//! A line gets one kind at most, so that what is planted can be counted back from the file. What comes back because
//! it was planted as a relation is counted with the lines returned in full.

use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use crate::CheckedShopParams;
use crate::history::History;
use crate::lines::{
    ABSURD_QUANTITY, CANCELLED, COMES_BACK, DIRTY, GUEST, Line, NO_INSTANT, NO_ORDER, NO_ROW, SERVICE_CODES,
    SERVICE_ROWS, UNKNOWN_ROWS,
};

/// 2099-01-01T00:00:00Z: in the future for whoever reads this.
const FAR_FUTURE_SECS: i64 = 4_070_908_800;
/// Unknown items there are.
const N_UNKNOWN: u32 = 50;

/// The kinds that are lines of their own, beside the line they belong to.
#[derive(Clone, Copy)]
enum Inserted {
    Duplicate,
    Merged,
    Cancellation,
    ServiceCode,
}

/// The kinds that spoil a line, in the order of [`SPOILT`].
#[derive(Clone, Copy)]
enum Spoilt {
    NoOrder,
    NoItem,
    NoInstant,
    ZeroQuantity,
    AbsurdQuantity,
    NegativePrice,
    ZeroPrice,
    Future,
    Implausible,
    UnknownItem,
    ReturnedInFull,
    ReturnedInPart,
    TwoCustomers,
}

const INSERTED: [(Inserted, &str); 4] = [
    (Inserted::Duplicate, "duplicate_line"),
    (Inserted::Merged, "merged_line"),
    (Inserted::Cancellation, "cancellation"),
    (Inserted::ServiceCode, "service_code"),
];

const SPOILT: [(Spoilt, &str); 13] = [
    (Spoilt::NoOrder, "missing_order_id"),
    (Spoilt::NoItem, "missing_item_id"),
    (Spoilt::NoInstant, "missing_ordered_at"),
    (Spoilt::ZeroQuantity, "zero_quantity"),
    (Spoilt::AbsurdQuantity, "absurd_quantity"),
    (Spoilt::NegativePrice, "negative_price"),
    (Spoilt::ZeroPrice, "zero_price"),
    (Spoilt::Future, "future_date"),
    (Spoilt::Implausible, "implausible_date"),
    (Spoilt::UnknownItem, "unknown_item"),
    (Spoilt::ReturnedInFull, "returned_in_full"),
    (Spoilt::ReturnedInPart, "returned_in_part"),
    (Spoilt::TwoCustomers, "order_with_two_customers"),
];

/// Kinds of dirt, guests last.
pub(crate) const N_KINDS: usize = INSERTED.len() + SPOILT.len() + 1;

/// How many rows of each kind were planted.
pub(crate) type DirtCounts = [u64; N_KINDS];

/// The names of the kinds, in the order of their counts.
pub(crate) fn kind_names() -> impl Iterator<Item = &'static str> {
    let inserted = INSERTED.iter().map(|&(_, name)| name);
    inserted.chain(SPOILT.iter().map(|&(_, name)| name)).chain(["guest"])
}

/// How many lines of each inserted kind a customer of so many lines gets. They leave room for at least as
/// many lines that were bought.
pub(crate) struct Plan([usize; INSERTED.len()]);

impl Plan {
    /// Draws the plan.
    pub(crate) fn draw(params: &CheckedShopParams, n_lines: usize, rng: &mut ChaCha8Rng) -> Self {
        let mut room = n_lines / 2;
        Self(INSERTED.map(|_| {
            let n = draw_count(params, n_lines, rng).min(room);
            room -= n;
            n
        }))
    }

    /// Lines that will be inserted.
    pub(crate) fn n_lines(&self) -> usize {
        self.0.iter().sum()
    }
}

/// The expected count, rounded up or down by chance, so that small customers get their share too.
fn draw_count(params: &CheckedShopParams, n_lines: usize, rng: &mut ChaCha8Rng) -> usize {
    let expected = n_lines as f64 * params.get().dirt_share;
    expected.floor() as usize + usize::from(rng.random_bool(expected.fract()))
}

/// Plants dirt in what a customer bought, and counts it.
pub(crate) fn soil(
    params: &CheckedShopParams,
    plan: &Plan,
    history: &mut History,
    rng: &mut ChaCha8Rng,
    counts: &mut DirtCounts,
) {
    let lines = &mut history.lines;
    let n_bought = lines.len();
    for (idx, (kind, _)) in INSERTED.into_iter().enumerate() {
        for _ in 0..plan.0[idx] {
            let place = clean_line(&lines[..n_bought], rng).expect("at most half of the lines are inserted");
            lines[place].flags |= DIRTY;
            let copy = inserted(params, kind, lines[place], &mut history.n_orders, rng);
            lines.push(copy);
            counts[idx] += 1;
        }
    }
    lines.sort_by_key(|line| (line.at_secs, line.order));
    for (idx, (kind, _)) in SPOILT.into_iter().enumerate() {
        for _ in 0..draw_count(params, n_bought, rng) {
            let Some(place) = clean_line(lines, rng) else { break };
            if let Some(spoilt) = spoilt(params, kind, lines, place, rng) {
                lines[place] = Line { flags: spoilt.flags | DIRTY, ..spoilt };
                counts[INSERTED.len() + idx] += 1;
            }
        }
    }
    for line in lines.iter_mut().filter(|line| line.is(COMES_BACK) && !line.is(DIRTY)) {
        line.returned_quantity = line.quantity;
        counts[INSERTED.len() + Spoilt::ReturnedInFull as usize] += 1;
    }
    counts[N_KINDS - 1] += lines.iter().filter(|line| line.is(GUEST)).count() as u64;
}

/// A line without dirt, by chance; the first one if chance finds none.
fn clean_line(lines: &[Line], rng: &mut ChaCha8Rng) -> Option<usize> {
    for _ in 0..16 {
        let place = rng.random_range(0..lines.len());
        if !lines[place].is(DIRTY) {
            return Some(place);
        }
    }
    lines.iter().position(|line| !line.is(DIRTY))
}

fn inserted(
    params: &CheckedShopParams,
    kind: Inserted,
    of: Line,
    n_orders: &mut u64,
    rng: &mut ChaCha8Rng,
) -> Line {
    match kind {
        Inserted::Duplicate => of,
        Inserted::Merged => Line { quantity: of.quantity + 1, ..of },
        Inserted::Cancellation => {
            let order = *n_orders;
            *n_orders += 1;
            let at_secs = of.at_secs + rng.random_range(2..20) * 86_400;
            Line {
                order,
                // Only what is meant to lie in the future may lie after the end.
                at_secs: at_secs.min(params.ends_at_secs() - 1),
                quantity: -of.quantity,
                flags: of.flags | CANCELLED,
                ..of
            }
        }
        Inserted::ServiceCode => {
            let row = SERVICE_ROWS + rng.random_range(0..SERVICE_CODES.len() as u32);
            Line { row, quantity: 1, price_minor: rng.random_range(100..2_000), discount_minor: 0, ..of }
        }
    }
}

/// The line as it is when spoilt, or nothing if this line cannot be.
fn spoilt(
    params: &CheckedShopParams,
    kind: Spoilt,
    lines: &[Line],
    place: usize,
    rng: &mut ChaCha8Rng,
) -> Option<Line> {
    let line = lines[place];
    Some(match kind {
        Spoilt::NoOrder => Line { flags: line.flags | NO_ORDER, ..line },
        Spoilt::NoItem => Line { row: NO_ROW, ..line },
        Spoilt::NoInstant => Line { at_secs: NO_INSTANT, ..line },
        Spoilt::ZeroQuantity => Line { quantity: 0, ..line },
        Spoilt::AbsurdQuantity => Line { quantity: rng.random_range(ABSURD_QUANTITY..90_000), ..line },
        Spoilt::NegativePrice => Line { price_minor: -line.price_minor, ..line },
        Spoilt::ZeroPrice => Line { price_minor: 0, ..line },
        Spoilt::Future => Line { at_secs: FAR_FUTURE_SECS + rng.random_range(0..31_536_000), ..line },
        // The zero of most clocks.
        Spoilt::Implausible => Line { at_secs: 0, ..line },
        Spoilt::UnknownItem => Line { row: UNKNOWN_ROWS + rng.random_range(0..N_UNKNOWN), ..line },
        Spoilt::ReturnedInFull => Line { returned_quantity: line.quantity, ..line },
        Spoilt::ReturnedInPart => Line { quantity: line.quantity + 1, returned_quantity: 1, ..line },
        Spoilt::TwoCustomers => {
            // Shows only where another line of the order names the first customer and comes before.
            let before = place.checked_sub(1).map(|before| lines[before])?;
            let same_order = before.order == line.order && before.customer == line.customer;
            if !same_order || before.is(DIRTY) || line.is(GUEST) || params.get().n_customers < 2 {
                return None;
            }
            Line { customer: (line.customer + 1) % params.get().n_customers, ..line }
        }
    })
}
