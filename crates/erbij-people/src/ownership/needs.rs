//! Which need each item answers.

use std::collections::BTreeMap;

use erbij_core::{Catalogue, CategoryIdx, ItemKind};

use super::params::{CheckedOwnershipParams, OwnershipParams};

/// In the place of an item's need: it has none.
pub(crate) const NO_NEED: u32 = u32::MAX;

/// Names of needs and which of them each item answers.
pub(super) struct ItemNeeds {
    /// Distinct. First those of the recipe, in its order, then leaves of the category tree in the order of their paths.
    pub(super) names: Vec<String>,
    /// An item each, or [`NO_NEED`].
    pub(super) of_items: Vec<u32>,
}

/// The categories that products stand in themselves.
struct ProductCategories {
    n_products: BTreeMap<CategoryIdx, usize>,
    n_all: usize,
}

impl ProductCategories {
    fn of(catalogue: &Catalogue) -> Self {
        let (mut n_products, mut n_all) = (BTreeMap::new(), 0);
        for item in catalogue.items().indices() {
            let is_product = catalogue.kind(item) == ItemKind::Product;
            n_all += usize::from(is_product);
            if let Some(leaf) = catalogue.category(item) {
                *n_products.entry(leaf).or_default() += usize::from(is_product);
            }
        }
        Self { n_products, n_all }
    }

    /// The share of all products that stand in a category; nothing stands in none.
    fn share(&self, n_products: usize) -> f64 {
        n_products as f64 / self.n_all.max(1) as f64
    }
}

impl CheckedOwnershipParams {
    /// The categories of a catalogue that are no need because they hold too much of it, by path, and how much each holds:
    /// they say nothing of what a thing is for.
    pub fn too_wide(&self, catalogue: &Catalogue) -> Vec<(String, f64)> {
        let categories = ProductCategories::of(catalogue);
        let shares = categories.n_products.iter().map(|(&leaf, &n)| (leaf, categories.share(n)));
        let wide = shares.filter(|&(_, share)| self.params().max_catalogue_share < share);
        wide.map(|(leaf, share)| (catalogue.categories().path(leaf).to_owned(), share)).collect()
    }
}

/// An item named by the recipe has the need that names it; else that of the nearest category named; else its own
/// category is its need. What is no product has none, nor has what stands nowhere or in a category that holds too much of
/// the catalogue: everything in it would answer one need, and who has met that would be offered nothing.
/// O(items · depth of the tree).
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
    let mut names: Vec<String> = params.needs.iter().map(|need| need.name.clone()).collect();
    let mut of_leaf = BTreeMap::new();
    let categories = ProductCategories::of(catalogue);
    for (&leaf, &n_products) in &categories.n_products {
        let mapped = tree.ancestors(leaf).find_map(|category| of_category.get(&category).copied());
        let need = mapped.unwrap_or_else(|| {
            if params.max_catalogue_share < categories.share(n_products) {
                return NO_NEED;
            }
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
