//! What a query knows of somebody's past and of their visit: what they bought, what they look at, what the page is about.

use std::collections::BTreeSet;

use erbij_core::{ItemIdx, Placement, Purchase};

use crate::blend::MAX_LAST_ITEMS;
use crate::engine::Engine;
use crate::situation::Situation;

/// Of a longer history, so many items bought last are scored: a bound on the work of one request.
const MAX_HISTORY_ITEMS: usize = 200;

impl Engine {
    /// What the customer bought, or the stranger looks at, by item, the newest of it where it is much.
    pub(crate) fn history(&self, query: &Situation<'_>) -> Vec<ItemIdx> {
        let mut items = newest(query, MAX_HISTORY_ITEMS);
        items.sort_unstable();
        items
    }
}

/// Whether anything is known of who asks: what a customer bought, or else what they looked at in this visit or have in the
/// basket.
pub(crate) fn has_past(query: &Situation<'_>) -> bool {
    let is_visit = query.is_for_people() && !(query.session.is_empty() && query.anchors.is_empty());
    is_visit || query.has_history()
}

/// The items a customer bought last, in no stated order, but for what they sent back. Among those of one day the most
/// popular. Of who bought nothing, what this visit is about: it is a past too.
pub(crate) fn newest(query: &Situation<'_>, at_most: usize) -> Vec<ItemIdx> {
    if !query.has_history() {
        let mut visit = if has_past(query) { of_visit(query) } else { Vec::new() };
        visit.truncate(at_most);
        return visit;
    }
    let by_day = |purchase: Purchase| (std::cmp::Reverse(purchase.last_bought_on), purchase.item);
    let mut purchases: Vec<_> = query.kept().map(by_day).collect();
    if at_most < purchases.len() {
        purchases.select_nth_unstable(at_most);
        purchases.truncate(at_most);
    }
    purchases.into_iter().map(|(_, item)| item).collect()
}

/// The anchors; after an order that is not named, what the customer bought on the last day they bought anything.
pub(crate) fn anchors_or_last_order(query: &Situation<'_>) -> Vec<ItemIdx> {
    if query.placement != Placement::AfterOrder || !query.anchors.is_empty() || !query.is_somebody() {
        return distinct(query.anchors);
    }
    let last = query.kept().map(|bought| bought.last_bought_on).max();
    let of_last = query.kept().filter(|bought| Some(bought.last_bought_on) == last);
    of_last.map(|bought| bought.item).take(MAX_HISTORY_ITEMS).collect()
}

/// The anchors, each once, in their order.
pub(crate) fn distinct(anchors: &[ItemIdx]) -> Vec<ItemIdx> {
    let mut seen = BTreeSet::new();
    anchors.iter().copied().filter(|&anchor| seen.insert(anchor)).collect()
}

/// What the visit is about: items of this visit, and last what is looked at now; the newest of them where it is long, each once.
fn of_visit(query: &Situation<'_>) -> Vec<ItemIdx> {
    let newest_first: Vec<ItemIdx> =
        query.anchors.iter().rev().chain(query.session.iter().rev()).copied().collect();
    let mut visit = distinct(&newest_first);
    visit.truncate(MAX_LAST_ITEMS);
    visit
}
