//! Which events count, and their final numbers and order.
//!
//! As with baskets, nothing here depends on the order of rows: visitors are numbered by id, and events are
//! sorted by all that they say. Of several rows with one event id the first in that order counts.

use std::cmp::Ordering;

use erbij_core::{CustomerIdx, EventKind, EventParts, ItemIdx, Timestamp, TopicIdx, VisitorIdx, Vocab};
use rayon::prelude::*;

use crate::Reason;
use crate::events::{EventRows, ReadEvents};
use crate::intern::{Interner, MISSING, TOO_LONG};
use crate::names::normalise;
use crate::reason::Tally;
use crate::values::{BAD_INSTANT, NO_INSTANT};

/// The kind of an event by what GA4, Google Retail, Segment, Amazon Personalize, Recombee and plain logs call
/// it; upper or lower case and marks between words mean nothing.
pub(crate) fn kind_from_name(name: &str) -> Option<EventKind> {
    Some(match normalise(name).as_str() {
        "viewitem" | "detailpageview" | "productviewed" | "view" | "detailview" | "productview"
        | "itemview" => EventKind::ViewItem,
        "viewitemlist" | "categorypageview" | "search" | "productlistviewed" | "viewsearchresults" => {
            EventKind::ViewItemList
        }
        "selectitem" | "productclicked" | "click" => EventKind::SelectItem,
        "addtocart" | "productadded" | "cartaddition" | "cartadd" => EventKind::AddToCart,
        "viewcart" | "shoppingcartpageview" | "cartviewed" => EventKind::ViewCart,
        "purchase" | "purchasecomplete" | "ordercompleted" | "transaction" => EventKind::Purchase,
        "refund" | "orderrefunded" => EventKind::Refund,
        "viewpromotion" | "promotionoffered" | "promotionviewed" => EventKind::ViewPromotion,
        "selectpromotion" | "promotionclicked" => EventKind::SelectPromotion,
        "promotionnotoffered" => EventKind::PromotionNotOffered,
        _ => return None,
    })
}

/// What settling needs beside the events.
pub(crate) struct Settling<'a> {
    /// By first sight of an id, the item it belongs to.
    pub(crate) units: &'a [u32],
    /// By first sight, the final number of an item, or [`MISSING`].
    pub(crate) items: &'a [u32],
    /// By first sight, the rank of a customer among all ids.
    pub(crate) customer_ranks: &'a [u32],
    pub(crate) topic_ids: &'a Interner,
    pub(crate) earliest: Timestamp,
    pub(crate) latest: Timestamp,
}

/// The events that count.
pub(crate) struct Settled {
    /// Their rows.
    used: Vec<u32>,
    /// By first sight of a name.
    kinds: Vec<Option<EventKind>>,
    /// By first sight, the rank of a visitor's id.
    visitor_ranks: Vec<u32>,
    session_ranks: Vec<u32>,
}

impl Settled {
    pub(crate) fn n_used(&self) -> u64 {
        self.used.len() as u64
    }

    /// The topics that they name, by first sight, some of them often.
    pub(crate) fn topics(&self, rows: &EventRows) -> Vec<u32> {
        let mut topics: Vec<u32> = self
            .used
            .iter()
            .map(|&row| rows.topics[row as usize])
            .filter(|&topic| topic < TOO_LONG)
            .collect();
        topics.par_sort_unstable();
        topics.dedup();
        topics
    }

    /// Marks the customers they name, by rank.
    pub(crate) fn mark_customers(&self, rows: &EventRows, ranks: &[u32], is_customer: &mut [bool]) {
        for &row in &self.used {
            let customer = rows.customers[row as usize];
            if customer != MISSING {
                is_customer[ranks[customer as usize] as usize] = true;
            }
        }
    }
}

/// Judges every row. O(rows + ids · log ids).
pub(crate) fn settle(read: &ReadEvents, with: &Settling<'_>, tally: &mut Tally) -> Settled {
    let ranks = |ids: &Interner| {
        let order = ids.canonical((0..ids.len() as u32).collect());
        crate::numbering::numbers(&order, ids.len())
    };
    let kind = |name: u32| kind_from_name(&read.event_names.id(name));
    let mut settled = Settled {
        used: Vec::new(),
        kinds: (0..read.event_names.len() as u32).map(kind).collect(),
        visitor_ranks: ranks(&read.visitor_ids),
        session_ranks: ranks(&read.session_ids),
    };
    let rows = &read.rows;
    let mut first_of_id = vec![MISSING; if rows.event_ids.is_some() { read.n_event_ids } else { 0 }];
    for row in 0..rows.items.len() {
        if let Err(reason) = judge(rows, row, &settled, with) {
            tally.add(reason, row as u64);
            continue;
        }
        match rows.event_ids.as_ref().map(|ids| ids[row]).filter(|&id| id != MISSING) {
            Some(id) if first_of_id[id as usize] != MISSING => {
                let first = &mut first_of_id[id as usize];
                let (kept, dropped) = match settled.cmp(rows, with, row as u32, *first) {
                    Ordering::Less => (row as u32, *first),
                    _ => (*first, row as u32),
                };
                *first = kept;
                tally.add(Reason::DuplicateId, u64::from(dropped));
            }
            Some(id) => first_of_id[id as usize] = row as u32,
            None => settled.used.push(row as u32),
        }
    }
    settled.used.extend(first_of_id.into_iter().filter(|&row| row != MISSING));
    for &row in settled.used.iter().filter(|&&row| rows.topics[row as usize] == TOO_LONG) {
        tally.add(Reason::BadValue, u64::from(row));
    }
    settled
}

/// Whether a row may count by itself; the first reason against it in the order of [`Reason`].
fn judge(rows: &EventRows, row: usize, settled: &Settled, with: &Settling<'_>) -> Result<(), Reason> {
    let (item, name, at) = (rows.items[row], rows.names[row], rows.occurred_at[row]);
    let who = [rows.customers[row], rows.visitors[row], rows.sessions[row]];
    let event_id = rows.event_ids.as_ref().map_or(MISSING, |ids| ids[row]);
    if item == MISSING {
        Err(Reason::MissingItemId)
    } else if name == MISSING {
        Err(Reason::MissingEventName)
    } else if who == [MISSING; 3] {
        Err(Reason::MissingVisitor)
    } else if at == NO_INSTANT {
        Err(Reason::MissingOccurredAt)
    } else if at == BAD_INSTANT {
        Err(Reason::BadOccurredAt)
    } else if who.contains(&TOO_LONG) || [item, name, event_id].contains(&TOO_LONG) {
        Err(Reason::IdTooLong)
    } else if rows.left_out.binary_search(&(row as u32)).is_ok() {
        Err(Reason::LeftOut)
    } else if settled.kinds[name as usize].is_none() {
        Err(Reason::UnknownEvent)
    } else if item_number(item, with) == MISSING {
        Err(Reason::UnknownItemDropped)
    } else if at < with.earliest.micros() {
        Err(Reason::ImplausibleDate)
    } else if with.latest.micros() < at {
        Err(Reason::FutureDate)
    } else {
        Ok(())
    }
}

fn item_number(item: u32, with: &Settling<'_>) -> u32 {
    with.items[with.units[item as usize] as usize]
}

/// The rank of an id, or that of none, which is behind all others.
fn rank(ranks: &[u32], id: u32) -> u32 {
    if id == MISSING { MISSING } else { ranks[id as usize] }
}

impl Settled {
    /// The order of two rows by all that they say.
    fn cmp(&self, rows: &EventRows, with: &Settling<'_>, a: u32, b: u32) -> Ordering {
        let key = |row: u32| {
            let row = row as usize;
            let who = (
                rank(&self.visitor_ranks, rows.visitors[row]),
                rank(with.customer_ranks, rows.customers[row]),
                rank(&self.session_ranks, rows.sessions[row]),
            );
            let kind = self.kinds[rows.names[row] as usize];
            (rows.occurred_at[row], item_number(rows.items[row], with), kind, who)
        };
        key(a).cmp(&key(b)).then_with(|| cmp_topics(rows, with, a, b))
    }
}

/// The final numbers of what events speak of.
pub(crate) struct Numbering<'a> {
    /// By rank.
    pub(crate) customers: &'a [u32],
    pub(crate) n_customers: usize,
    pub(crate) n_items: usize,
    pub(crate) topics: &'a Vocab<TopicIdx>,
}

/// Where the keys of each kind of visitor begin: browsers by id, then customers, then sessions.
struct VisitorKeys {
    customers: usize,
    sessions: usize,
    end: usize,
}

impl VisitorKeys {
    fn of(&self, settled: &Settled, rows: &EventRows, with: &Settling<'_>, row: usize) -> usize {
        if rows.visitors[row] != MISSING {
            settled.visitor_ranks[rows.visitors[row] as usize] as usize
        } else if rows.customers[row] != MISSING {
            self.customers + with.customer_ranks[rows.customers[row] as usize] as usize
        } else {
            self.sessions + settled.session_ranks[rows.sessions[row] as usize] as usize
        }
    }
}

/// Marked keys by their number among the marked ones, and how many those are.
fn dense(n_keys: usize, marked: impl Iterator<Item = usize>) -> (Vec<u32>, usize) {
    let mut numbers = vec![MISSING; n_keys];
    marked.for_each(|key| numbers[key] = 0);
    let mut n_marked = 0;
    for number in numbers.iter_mut().filter(|number| **number != MISSING) {
        *number = n_marked;
        n_marked += 1;
    }
    (numbers, n_marked as usize)
}

/// Lays the events out by visitor and instant. O(events · log events).
pub(crate) fn lay_out(
    read: &ReadEvents,
    settled: &Settled,
    with: &Settling<'_>,
    numbering: &Numbering<'_>,
) -> EventParts {
    let rows = &read.rows;
    let customers = settled.visitor_ranks.len();
    let sessions = customers + with.customer_ranks.len();
    let keys = VisitorKeys { customers, sessions, end: sessions + settled.session_ranks.len() };
    let used = || settled.used.iter().map(|&row| row as usize);
    let key = |row: usize| keys.of(settled, rows, with, row);
    let (visitors, n_visitors) = dense(keys.end, used().map(key));
    let session_of = |row: usize| rank(&settled.session_ranks, rows.sessions[row]);
    let marked = used().map(session_of).filter(|&session| session != MISSING);
    let (session_numbers, n_sessions) = dense(settled.session_ranks.len(), marked.map(|s| s as usize));
    let topic_numbers: Vec<u32> = (0..with.topic_ids.len() as u32)
        .map(|topic| numbering.topics.idx_from_id(&with.topic_ids.id(topic)).map_or(MISSING, TopicIdx::get))
        .collect();
    let mut order: Vec<(u32, i64, u32)> =
        used().map(|row| (visitors[key(row)], rows.occurred_at[row], row as u32)).collect();
    order.par_sort_unstable_by(|a, b| {
        (a.0, a.1).cmp(&(b.0, b.1)).then_with(|| settled.cmp_within_instant(rows, with, a.2, b.2))
    });
    let column = |of: &(dyn Fn(usize) -> u32 + Sync)| -> Vec<u32> {
        order.par_iter().map(|&(_, _, row)| of(row as usize)).collect()
    };
    let customer = |row: usize| match rank(with.customer_ranks, rows.customers[row]) {
        MISSING => MISSING,
        rank => numbering.customers[rank as usize],
    };
    let topic = |row: usize| topic_numbers.get(rows.topics[row] as usize).copied().unwrap_or(MISSING);
    let kind = |row: u32| settled.kinds[rows.names[row as usize] as usize].expect("judged to have one");
    EventParts {
        n_visitors,
        n_sessions,
        n_customers: numbering.n_customers,
        n_items: numbering.n_items,
        n_topics: numbering.topics.len(),
        visitors: order.iter().map(|&(visitor, ..)| VisitorIdx::new(visitor)).collect(),
        sessions: column(&|row| rank(&session_numbers, session_of(row))),
        customers: column(&customer).into_iter().map(CustomerIdx::new).collect(),
        items: column(&|row| item_number(rows.items[row], with)).into_iter().map(ItemIdx::new).collect(),
        kinds: order.par_iter().map(|&(_, _, row)| kind(row)).collect(),
        occurred_at: order.iter().map(|&(_, at, _)| Timestamp::from_micros(at)).collect(),
        topics: column(&topic),
    }
}

impl Settled {
    /// The order of two rows of one visitor and instant, which is that of [`erbij_core::Events`].
    fn cmp_within_instant(&self, rows: &EventRows, with: &Settling<'_>, a: u32, b: u32) -> Ordering {
        let key = |row: u32| {
            let row = row as usize;
            let session = rank(&self.session_ranks, rows.sessions[row]);
            let customer = rank(with.customer_ranks, rows.customers[row]);
            (item_number(rows.items[row], with), self.kinds[rows.names[row] as usize], session, customer)
        };
        key(a).cmp(&key(b)).then_with(|| cmp_topics(rows, with, a, b))
    }
}

/// The order of the topics of two rows; one that cannot be kept comes behind all others, and none last.
fn cmp_topics(rows: &EventRows, with: &Settling<'_>, a: u32, b: u32) -> Ordering {
    match (rows.topics[a as usize], rows.topics[b as usize]) {
        (a, b) if a < TOO_LONG && b < TOO_LONG => with.topic_ids.cmp(a, b),
        (a, b) => a.cmp(&b),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_system_has_its_own_words_for_what_was_done() {
        for (names, expected) in [
            ("view_item|detail-page-view|Product Viewed|View|detail view", EventKind::ViewItem),
            ("view_item_list|category-page-view|search|Product List Viewed", EventKind::ViewItemList),
            ("select_item|Product Clicked|Click", EventKind::SelectItem),
            ("add_to_cart|add-to-cart|Product Added|AddToCart|cart addition", EventKind::AddToCart),
            ("view_cart|shopping-cart-page-view|Cart Viewed", EventKind::ViewCart),
            ("purchase|purchase-complete|Order Completed|Purchase", EventKind::Purchase),
            ("refund|Order Refunded", EventKind::Refund),
            ("view_promotion|promotion-offered|Promotion Viewed", EventKind::ViewPromotion),
            ("promotion_not_offered|promotion-not-offered", EventKind::PromotionNotOffered),
            ("select_promotion|Promotion Clicked", EventKind::SelectPromotion),
        ] {
            for name in names.split('|') {
                assert_eq!(kind_from_name(name), Some(expected), "{name}");
            }
            assert_eq!(kind_from_name(expected.name()), Some(expected));
        }
        assert_eq!(kind_from_name("page_view"), None);
    }
}
