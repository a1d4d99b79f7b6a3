//! What a query knows of somebody's past and of their visit: what they bought, what they look at, what the page is about.

use std::collections::BTreeSet;

use erbij_core::{CustomerIdx, ItemIdx, Placement, Purchase};

use crate::blend::MAX_LAST_ITEMS;
use crate::engine::Engine;
use crate::ladder::is_for_people;
use crate::query::{Query, Who};

/// Of a longer history, so many items bought last are scored: a bound on the work of one request.
const MAX_HISTORY_ITEMS: usize = 200;

pub(crate) fn has_history(query: &Query<'_>, engine: &Engine) -> bool {
    matches!(query.who, Who::Customer(customer) if !engine.models().histories.items(customer).is_empty())
}

/// What the customer bought, or the stranger looks at, by item, the newest of it where it is much.
pub(crate) fn history(query: &Query<'_>, engine: &Engine) -> Vec<ItemIdx> {
    let mut items = newest(query, engine, MAX_HISTORY_ITEMS);
    items.sort_unstable();
    items
}

/// Whether anything is known of who asks: what a customer bought, or else what they looked at in this visit or have in the
/// basket.
pub(crate) fn has_past(query: &Query<'_>, engine: &Engine) -> bool {
    let is_visit = is_for_people(query) && !(query.session.is_empty() && query.anchors.is_empty());
    is_visit || has_history(query, engine)
}

/// The items a customer bought last, in no stated order, but for what they sent back. Among those of one day the most
/// popular. Of who bought nothing, what this visit is about: it is a past too.
pub(crate) fn newest(query: &Query<'_>, engine: &Engine, at_most: usize) -> Vec<ItemIdx> {
    let customer = match query.who {
        Who::Customer(customer) if has_history(query, engine) => customer,
        _ if !has_past(query, engine) => return Vec::new(),
        _ => {
            let mut visit = of_visit(query);
            visit.truncate(at_most);
            return visit;
        }
    };
    let by_day = |purchase: Purchase| (std::cmp::Reverse(purchase.last_bought_on), purchase.item);
    let mut purchases: Vec<_> = kept(customer, engine).map(by_day).collect();
    if at_most < purchases.len() {
        purchases.select_nth_unstable(at_most);
        purchases.truncate(at_most);
    }
    purchases.into_iter().map(|(_, item)| item).collect()
}

/// What a customer bought, by item, but for what they sent back: that speaks for nothing.
fn kept(customer: CustomerIdx, engine: &Engine) -> impl Iterator<Item = Purchase> {
    let models = engine.models();
    let purchases = models.histories.purchases(customer);
    purchases.filter(move |purchase| !models.is_sent_back(customer, purchase.item))
}

/// The anchors; after an order that is not named, what the customer bought on the last day he bought anything.
pub(crate) fn anchors_or_last_order(query: &Query<'_>, engine: &Engine) -> Vec<ItemIdx> {
    match (query.placement, query.who) {
        (Placement::AfterOrder, Who::Customer(customer)) if query.anchors.is_empty() => {
            let last = kept(customer, engine).map(|bought| bought.last_bought_on).max();
            let of_last = kept(customer, engine).filter(|bought| Some(bought.last_bought_on) == last);
            of_last.map(|bought| bought.item).take(MAX_HISTORY_ITEMS).collect()
        }
        _ => distinct(query.anchors),
    }
}

/// The anchors, each once, in their order.
pub(crate) fn distinct(anchors: &[ItemIdx]) -> Vec<ItemIdx> {
    let mut seen = BTreeSet::new();
    anchors.iter().copied().filter(|&anchor| seen.insert(anchor)).collect()
}

/// What the visit is about: items of this visit, and last what is looked at now; the newest of them where it is long, each once.
fn of_visit(query: &Query<'_>) -> Vec<ItemIdx> {
    let newest_first: Vec<ItemIdx> =
        query.anchors.iter().rev().chain(query.session.iter().rev()).copied().collect();
    let mut visit = distinct(&newest_first);
    visit.truncate(MAX_LAST_ITEMS);
    visit
}
