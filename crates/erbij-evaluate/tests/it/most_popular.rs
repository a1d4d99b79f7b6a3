//! The simplest recommender there is, so that what is tested is the measuring.

use std::cmp::Reverse;

use erbij_core::ItemIdx;

/// All items, most bought first, ties by index.
pub(crate) fn by_popularity(n_purchases: &[u32]) -> Vec<ItemIdx> {
    let mut items: Vec<ItemIdx> = (0..n_purchases.len() as u32).map(ItemIdx::new).collect();
    items.sort_by_key(|&item| (Reverse(n_purchases[item.index()]), item));
    items
}

/// The first `k` of them that are not masked; `masked` rises.
pub(crate) fn most_popular(by_popularity: &[ItemIdx], masked: &[ItemIdx], k: usize) -> Vec<ItemIdx> {
    let is_shown = |item: &ItemIdx| masked.binary_search(item).is_err();
    by_popularity.iter().copied().filter(is_shown).take(k).collect()
}
