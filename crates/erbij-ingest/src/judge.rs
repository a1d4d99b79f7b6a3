//! The verdict on every line by itself: used, dropped for a reason, or a cancellation.

use erbij_core::cmp_ids;
use rayon::prelude::*;

use crate::intern::{Interner, MISSING, TOO_LONG};
use crate::line::OrderLine;
use crate::lines::{
    BAD_ORDERED_AT, CANCELLED, DROPPED, FIRST_CODE, FUTURE, IMPLAUSIBLE, IS_CANCELLATION, IS_GIFT, LEFT_OUT,
    Lines, NEGATIVE_PRICE, NO_ORDERED_AT, PARTLY_RETURNED, RETURNED,
};
use crate::reason::Tally;
use crate::settings::{Rules, SERVICE_CODES};
use crate::{Reason, UnknownItem};

/// The item is postage or the like.
const SERVICE: u8 = 1;
/// The item is not in the catalogue.
pub(crate) const UNKNOWN: u8 = 2;

/// How many lines are judged in one go.
const CHUNK_LINES: usize = 1 << 16;

/// What is known of each item id by first sight.
pub(crate) struct ItemFacts {
    /// The item that an id belongs to: its group's, or its own.
    pub(crate) units: Vec<u32>,
    /// The bits above.
    pub(crate) bits: Vec<u8>,
}

impl ItemFacts {
    /// Puts together what rules and catalogue say. `groups` are (variant, group) of catalogue rows, and
    /// `known` marks ids of the catalogue where there is one.
    pub(crate) fn new(ids: &Interner, rules: &Rules, groups: &[(u32, u32)], known: Option<&[bool]>) -> Self {
        let n_ids = ids.len() as u32;
        let mut units: Vec<u32> = (0..n_ids).collect();
        for &(variant, group) in groups.iter().filter(|(_, group)| *group != MISSING) {
            units[variant as usize] = group;
        }
        // An id that is some variant's group stands for the group, even if it is a variant of another.
        for &(_, group) in groups.iter().filter(|(_, group)| *group != MISSING) {
            units[group as usize] = group;
        }
        let mut bits = vec![0; n_ids as usize];
        if let Some(known) = known {
            for (id, bits) in bits.iter_mut().enumerate() {
                if !known.get(id).is_some_and(|&known| known) {
                    *bits |= UNKNOWN;
                }
            }
        }
        let mut codes: Vec<String> = match &rules.service_codes {
            Some(codes) => codes.iter().map(|code| code.to_ascii_uppercase()).collect(),
            None => SERVICE_CODES.map(str::to_owned).to_vec(),
        };
        codes.sort_by(|a, b| cmp_ids(a, b));
        let (longest, any_number) =
            (codes.last().map_or(0, String::len), codes.iter().any(|code| code.parse::<i64>().is_ok()));
        let mut text = String::new();
        for id in (0..n_ids).filter(|&id| any_number || ids.as_number(id).is_none()) {
            text.clear();
            ids.write_id(id, &mut text);
            text.make_ascii_uppercase();
            let is_code =
                text.len() <= longest && codes.binary_search_by(|code| cmp_ids(code, &text)).is_ok();
            // What the catalogue has is an item, whatever it is called, unless somebody asked for the codes.
            let is_item = rules.are_codes_guessed && known.is_some() && bits[id as usize] & UNKNOWN == 0;
            if is_code && !is_item {
                bits[id as usize] |= SERVICE;
            }
        }
        Self { units, bits }
    }
}

/// What judging found out about lines that are no purchases.
#[derive(Default)]
pub(crate) struct Judged {
    /// Lines that take something back, in the order of their rows.
    pub(crate) cancellations: Vec<OrderLine>,
    /// Lines that came back in full as their own rows say, in the order of their rows.
    pub(crate) returned: Vec<OrderLine>,
    /// How many rows give money back for an item and do not say that it came back.
    pub(crate) n_refunds: u64,
}

enum Verdict {
    Purchase,
    Cancellation,
    Dropped(Reason),
}

/// Which orders are cancellations by their id: the prefix, then only digits. None where at least half of all orders
/// are: then it is how this shop numbers its orders.
pub(crate) fn cancelling_orders(ids: &Interner, prefix: &str) -> Cancelling {
    let by_id = |order: u32| {
        let id = ids.id(order);
        let rest = id.get(..prefix.len()).filter(|head| head.eq_ignore_ascii_case(prefix));
        rest.is_some_and(|_| {
            let rest = &id.as_bytes()[prefix.len()..];
            !rest.is_empty() && rest.iter().all(u8::is_ascii_digit)
        })
    };
    if prefix.is_empty() {
        return Cancelling::default();
    }
    // Numbers have no prefix of letters; where the prefix is digits they are asked as well.
    let numeric = prefix.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
    let n_orders = ids.len() as u32;
    let orders: Vec<bool> =
        (0..n_orders).map(|order| (numeric || ids.as_number(order).is_none()) && by_id(order)).collect();
    let n_cancelling = orders.iter().filter(|&&cancelling| cancelling).count();
    match FEW_ORDERS <= orders.len() && orders.len() <= 2 * n_cancelling {
        true => Cancelling { orders: Vec::new(), n_too_many: n_cancelling },
        false => Cancelling { orders, n_too_many: 0 },
    }
}

/// Of fewer orders than these half say nothing of how a shop numbers its orders.
const FEW_ORDERS: usize = 10;

/// The answer of [`cancelling_orders`].
#[derive(Default)]
pub(crate) struct Cancelling {
    /// An order each; empty where none is.
    pub(crate) orders: Vec<bool>,
    /// How many there would be, where that is too many to be believed.
    pub(crate) n_too_many: usize,
}

/// Judges every line: marks those that are no purchases in [`Lines::orders`], counts the dropped, and keeps what
/// cancels or came back. O(lines), in parallel.
pub(crate) fn judge(
    lines: &mut Lines,
    facts: &ItemFacts,
    cancelling: &[bool],
    rules: &Rules,
    tally: &mut Tally,
) -> Judged {
    // Taken out, since verdicts are written there while the other columns are read.
    let mut line_orders = std::mem::take(&mut lines.orders);
    let lines_read = &*lines;
    let (items, quantities, flags) = (&lines_read.items, &lines_read.quantities, &lines_read.flags);
    let judge_chunk = |(chunk, orders): (usize, &mut [u32])| {
        let (mut tally, mut judged) = (Tally::default(), Judged::default());
        for (at, order) in orders.iter_mut().enumerate() {
            let row = chunk * CHUNK_LINES + at;
            let taken_out = |order| OrderLine { order, key: lines_read.key(row), row: row as u32 };
            let by_id = cancelling.get(*order as usize).is_some_and(|&cancelling| cancelling);
            let item_bits = facts.bits.get(items[row] as usize).copied().unwrap_or_default();
            let mut line_flags = flags[row];
            if by_id {
                line_flags |= IS_CANCELLATION;
            }
            match verdict(*order, items[row], item_bits, quantities[row], line_flags, rules.unknown_item) {
                Verdict::Purchase => {}
                Verdict::Dropped(reason) => {
                    tally.add(reason, row as u64);
                    match reason {
                        Reason::ReturnedInFull => judged.returned.push(taken_out(*order)),
                        Reason::NegativePrice if item_bits & SERVICE == 0 => judged.n_refunds += 1,
                        _ => {}
                    }
                    *order = DROPPED;
                }
                Verdict::Cancellation => {
                    judged.cancellations.push(taken_out(*order));
                    *order = DROPPED;
                }
            }
        }
        (tally, judged)
    };
    let chunks: Vec<_> = line_orders.par_chunks_mut(CHUNK_LINES).enumerate().map(judge_chunk).collect();
    lines.orders = line_orders;
    let mut judged = Judged::default();
    for (of_chunk, found) in chunks {
        tally.merge(&of_chunk);
        judged.cancellations.extend(found.cancellations);
        judged.returned.extend(found.returned);
        judged.n_refunds += found.n_refunds;
    }
    judged
}

/// The one place where reasons compete: the first that holds is the line's. Duplicates and returns, which
/// need other lines, are decided later and only about lines that passed here.
#[inline]
fn verdict(
    order: u32,
    item: u32,
    item_bits: u8,
    quantity: f32,
    flags: u8,
    unknown_item: UnknownItem,
) -> Verdict {
    let reason = if order < FIRST_CODE
        && item < FIRST_CODE
        && (item_bits | flags & !(IS_GIFT | PARTLY_RETURNED)) == 0
        && 0.0 < quantity
    {
        return Verdict::Purchase;
    } else if order == LEFT_OUT {
        Reason::LeftOut
    } else if order == MISSING {
        Reason::MissingOrderId
    } else if item == MISSING {
        Reason::MissingItemId
    } else if order == NO_ORDERED_AT {
        Reason::MissingOrderedAt
    } else if order == BAD_ORDERED_AT {
        Reason::BadOrderedAt
    } else if order == TOO_LONG || item == TOO_LONG {
        Reason::IdTooLong
    } else if item_bits & SERVICE != 0 && flags & (NEGATIVE_PRICE | IS_CANCELLATION) == NEGATIVE_PRICE {
        // Corrections of the books stand under a service code as a rule; what is odd about them is the price.
        Reason::NegativePrice
    } else if item_bits & SERVICE != 0 {
        Reason::ServiceCode
    } else if item_bits & UNKNOWN != 0 && unknown_item == UnknownItem::Drop {
        Reason::UnknownItemDropped
    } else if order == IMPLAUSIBLE {
        Reason::ImplausibleDate
    } else if order == FUTURE {
        Reason::FutureDate
    } else if quantity <= 0.0 && flags & RETURNED == 0 {
        Reason::ZeroQuantity
    } else if order == CANCELLED {
        Reason::Cancelled
    } else if flags & IS_CANCELLATION != 0 {
        return Verdict::Cancellation;
    } else if flags & NEGATIVE_PRICE != 0 {
        Reason::NegativePrice
    } else if flags & RETURNED != 0 {
        Reason::ReturnedInFull
    } else {
        return Verdict::Purchase;
    };
    Verdict::Dropped(reason)
}
