//! What somebody bought or looks at, brought to what one request can ask models about.

use std::collections::BTreeSet;

use erbij_core::{ItemIdx, Purchase};

/// Of a longer history, so many items bought last are scored: a bound on the work of one request.
pub(crate) const MAX_HISTORY_ITEMS: usize = 200;
/// Of a history, so many items bought last are asked for what goes with them.
pub(crate) const MAX_LAST_ITEMS: usize = 20;

/// The items bought last, in no stated order. Among those of one day the most popular.
pub(crate) fn newest_of(purchases: impl Iterator<Item = Purchase>, at_most: usize) -> Vec<ItemIdx> {
    let by_day = |purchase: Purchase| (std::cmp::Reverse(purchase.last_bought_on), purchase.item);
    let mut purchases: Vec<_> = purchases.map(by_day).collect();
    if at_most < purchases.len() {
        purchases.select_nth_unstable(at_most);
        purchases.truncate(at_most);
    }
    purchases.into_iter().map(|(_, item)| item).collect()
}

/// The anchors, each once, in their order.
pub(crate) fn distinct(anchors: &[ItemIdx]) -> Vec<ItemIdx> {
    let mut seen = BTreeSet::new();
    anchors.iter().copied().filter(|&anchor| seen.insert(anchor)).collect()
}

/// What a visit is about: items of this visit, and last what is looked at now; the newest of them where it is long, each once.
pub(crate) fn of_visit(session: &[ItemIdx], anchors: &[ItemIdx]) -> Vec<ItemIdx> {
    let newest_first: Vec<ItemIdx> = anchors.iter().rev().chain(session.iter().rev()).copied().collect();
    let mut visit = distinct(&newest_first);
    visit.truncate(MAX_LAST_ITEMS);
    visit
}
