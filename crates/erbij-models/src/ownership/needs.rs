//! Which need each item answers.

use std::collections::BTreeMap;

use erbij_core::{Catalogue, CategoryIdx, ItemKind};

use super::params::OwnershipParams;

/// In the place of an item's need: it has none.
pub(crate) const NO_NEED: u32 = u32::MAX;

/// Names of needs and which of them each item answers.
pub(super) struct ItemNeeds {
    /// Distinct. First those of the recipe, in its order, then leaves of the category tree in the order of their paths.
    pub(super) names: Vec<String>,
    /// An item each, or [`NO_NEED`].
    pub(super) of_items: Vec<u32>,
}

/// An item named by the recipe has the need that names it; else that of the nearest category named; else its own
/// category is its need. What is no product has none, nor has what stands nowhere. O(items · depth of the tree).
pub(super) fn item_needs(params: &OwnershipParams, catalogue: &Catalogue) -> ItemNeeds {
    let tree = catalogue.categories();
    let (mut of_category, mut of_item) = (BTreeMap::new(), BTreeMap::new());
    for (need, mapping) in (0_u32..).zip(&params.needs) {
        // Of two needs that name the same thing the first has it.
        for category in mapping.categories.iter().filter_map(|path| tree.idx_from_path(path)) {
            of_category.entry(category).or_insert(need);
        }
        for item in mapping.items.iter().filter_map(|id| catalogue.item_idx_from_id(id)) {
            of_item.entry(item).or_insert(need);
        }
    }
    let leaves: std::collections::BTreeSet<CategoryIdx> =
        catalogue.item_categories().iter().flatten().copied().collect();
    let mut names: Vec<String> = params.needs.iter().map(|need| need.name.clone()).collect();
    let mut of_leaf = BTreeMap::new();
    for leaf in leaves {
        let mapped = tree.ancestors(leaf).find_map(|category| of_category.get(&category).copied());
        let need = mapped.unwrap_or_else(|| {
            names.push(tree.path(leaf).to_owned());
            names.len() as u32 - 1
        });
        of_leaf.insert(leaf, need);
    }
    let need_of = |item| {
        let need = match of_item.get(&item) {
            Some(&need) => need,
            None => catalogue.category(item).map_or(NO_NEED, |leaf| of_leaf[&leaf]),
        };
        if catalogue.kind(item) == ItemKind::Product { need } else { NO_NEED }
    };
    let of_items = catalogue.items().indices().map(need_of).collect();
    ItemNeeds { names, of_items }
}
