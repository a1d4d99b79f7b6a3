//! The categories a slate falls back on: those of the items it is about, and those a customer buys most in.

use erbij_core::{CategoryIdx, ItemIdx};

use crate::engine::Engine;
use crate::situation::Situation;
use crate::step::Step;

/// Of a basket or a history, so many categories serve as a fallback.
const MAX_CATEGORIES: usize = 5;

/// From an item's own category upwards; of a basket, the category of each item.
pub(crate) fn categories_of_anchors(
    anchors: &[ItemIdx],
    query: &Situation<'_>,
    engine: &Engine,
) -> Vec<Step> {
    let catalogue = &engine.models().catalogue;
    let tree = catalogue.categories();
    let mut steps: Vec<Step> = Vec::new();
    let share = query.n.div_ceil(anchors.len().clamp(1, MAX_CATEGORIES));
    let leaves = anchors.iter().filter_map(|&anchor| catalogue.category(anchor));
    for leaf in distinct_categories(leaves) {
        match anchors.len() {
            1 => steps
                .extend(tree.ancestors(leaf).map(|category| Step::Category { category, at_most: query.n })),
            _ => steps.push(Step::Category { category: leaf, at_most: share }),
        }
    }
    steps
}

pub(crate) fn distinct_categories(categories: impl Iterator<Item = CategoryIdx>) -> Vec<CategoryIdx> {
    let mut seen = std::collections::BTreeSet::new();
    categories.filter(|&category| seen.insert(category)).take(MAX_CATEGORIES).collect()
}

/// The categories a history has most items of, each for its share of the slate.
pub(crate) fn categories_of_history(
    history: &[ItemIdx],
    query: &Situation<'_>,
    engine: &Engine,
) -> Vec<Step> {
    let catalogue = &engine.models().catalogue;
    let mut counts = std::collections::BTreeMap::new();
    for category in history.iter().filter_map(|&item| catalogue.category(item)) {
        *counts.entry(category).or_insert(0_u32) += 1;
    }
    let mut favourites: Vec<(CategoryIdx, u32)> = counts.into_iter().collect();
    favourites.sort_by_key(|&(category, count)| (std::cmp::Reverse(count), category));
    favourites.truncate(MAX_CATEGORIES);
    let at_most = query.n.div_ceil(favourites.len().max(1));
    favourites.into_iter().map(|(category, _)| Step::Category { category, at_most }).collect()
}
