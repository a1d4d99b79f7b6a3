//! What goes with what by category, where no single item decides.
//!
//! Coffee goes with filters, whichever coffee and whichever filters: in a grocery hardly two items meet often enough to
//! say so, and what every item of a category has is no item's distinction. So categories are counted as items are,
//! within the category above them. Where items do decide (a machine and its own descaler), the pairs of items were
//! found, and other machines' descalers must not come in by way of the category: such a pair of categories is left out.

use std::collections::{HashMap, HashSet};

use erbij_core::{
    BasketParts, Baskets, Catalogue, CatalogueColumns, CategoryIdx, ItemIdx, ItemKind, ModelError, NO_PRICE,
    Progress, StrColumn, VariantColumns,
};

use super::fit::fit_and_tell;
use super::kinds::AccessoryKind;
use super::model::{Accessory, AccessoryColumns, AccessoryItem};
use super::params::{AccessoryParams, CheckedAccessoryParams};

/// Prices within a category vary so much that their medians say little.
const MIN_PRICE_RATIO: f64 = 1.5;
/// Items decide where more than one pair was found for so many items of the first category.
const ITEMS_PER_PAIR: u32 = 10;

/// Per category which others go with it.
///
/// Shape `(n_categories, n_categories)`: 25 bytes a pair.
#[derive(Clone, Debug, PartialEq)]
pub struct CategoryComplements {
    /// Of categories taken as items.
    of_categories: Accessory,
}

/// A category that goes with another, and what speaks for it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CategoryComplement {
    /// What goes with it.
    pub category: CategoryIdx,
    /// How strongly: a log-lift.
    pub score: f32,
    /// In what way.
    pub kind: AccessoryKind,
    /// How many distinct customers bought both so; each guest order is one more.
    pub customers: u32,
    /// How many were to be expected within the far window.
    pub expected: f32,
    /// The share that came in the same order.
    pub same_order_share: f32,
    /// The middle lag of the others, in days.
    pub median_lag_days: f32,
}

impl CategoryComplements {
    /// Takes columns as a model; by the rules of [`Accessory::new`]. It has no alternatives.
    pub fn new(columns: AccessoryColumns, n_categories: usize) -> Result<Self, ModelError> {
        Ok(Self { of_categories: Accessory::new(columns, n_categories, 0.0)? })
    }

    /// The columns, as an artifact stores them.
    pub fn columns(&self) -> &AccessoryColumns {
        self.of_categories.columns()
    }

    /// How many categories have a row, empty or not.
    pub fn n_categories(&self) -> usize {
        self.of_categories.n_items()
    }

    /// What goes with a category, best first.
    pub fn of(&self, category: CategoryIdx) -> impl ExactSizeIterator<Item = CategoryComplement> + '_ {
        self.of_categories.accessories(ItemIdx::new(category.get())).map(|found: AccessoryItem| {
            CategoryComplement {
                category: CategoryIdx::new(found.item.get()),
                score: found.score,
                kind: found.kind,
                customers: found.customers,
                expected: found.expected,
                same_order_share: found.same_order_share,
                median_lag_days: found.median_lag_days,
            }
        })
    }
}

/// Finds which categories go with which, beside what `of_items` says of single items.
///
/// Every basket becomes one of categories; what else is as [`fit_accessory`](super::fit_accessory) has it, but that what came back says nothing
/// of a category: another item of it may have been kept.
pub fn fit_complements(
    params: &CheckedAccessoryParams,
    baskets: &Baskets,
    catalogue: &Catalogue,
    of_items: &Accessory,
    progress: &dyn Progress,
) -> CategoryComplements {
    let n_categories = catalogue.categories().len();
    let params = params.params();
    let of_categories = AccessoryParams {
        // Those that go together mostly have the same category above them.
        within_category: true,
        max_price_ratio: params.max_price_ratio.max(MIN_PRICE_RATIO),
        ..params.clone()
    };
    let of_categories = of_categories.check().expect("checked, and a larger ratio is as good");
    let by_category = categories_as_items(catalogue);
    let baskets = basket_categories(baskets, catalogue);
    let model = fit_and_tell("categories", &of_categories, &baskets, &by_category, progress);
    let decided = decided_by_items(catalogue, of_items);
    // The way back says no more than the way there.
    let is_decided = |from, to| decided.contains(&(from, to)) || decided.contains(&(to, from));
    let columns = model.without(is_decided);
    CategoryComplements::new(columns, n_categories).expect("rows only became shorter")
}

/// Every category as an item of the one above it, at the median price of its items.
fn categories_as_items(catalogue: &Catalogue) -> Catalogue {
    let categories = catalogue.categories();
    let mut prices: Vec<Vec<i64>> = vec![Vec::new(); categories.len()];
    for item in catalogue.items().indices() {
        if let (Some(category), Some(price)) = (catalogue.category(item), catalogue.price(item)) {
            prices[category.index()].push(price.minor);
        }
    }
    let median = |mut prices: Vec<i64>| {
        let middle = prices.len() / 2;
        if prices.is_empty() { NO_PRICE } else { *prices.select_nth_unstable(middle).1 }
    };
    let nodes = || (0..categories.len() as u32).map(CategoryIdx::new);
    let columns = CatalogueColumns {
        category: nodes()
            .map(|node| categories.parent(node).map_or("", |above| categories.path(above)))
            .collect::<StrColumn>(),
        price_minor: prices.into_iter().map(median).collect(),
        ..CatalogueColumns::of_ids(nodes().map(|node| categories.path(node)).collect())
    };
    let currency = catalogue.currency();
    Catalogue::new(columns, VariantColumns::default(), currency)
        .expect("paths are distinct, and what they were")
}

/// The same baskets of categories, each once; of what is no product and of what has none, nothing.
fn basket_categories(baskets: &Baskets, catalogue: &Catalogue) -> Baskets {
    let of_items: Vec<Option<ItemIdx>> = catalogue
        .items()
        .indices()
        .map(|item| {
            let category = catalogue.category(item).filter(|_| catalogue.kind(item) == ItemKind::Product);
            category.map(|category| ItemIdx::new(category.get()))
        })
        .collect();
    let mut parts = BasketParts {
        n_customers: baskets.n_customers(),
        n_items: catalogue.categories().len(),
        offsets: vec![0],
        time_zone: baskets.time_zone().clone(),
        ..BasketParts::default()
    };
    let mut own: Vec<ItemIdx> = Vec::new();
    for basket in 0..baskets.len() {
        own.clear();
        own.extend(baskets.items(basket).iter().filter_map(|item| of_items[item.index()]));
        own.sort_unstable();
        own.dedup();
        if own.is_empty() {
            continue;
        }
        parts.customers.push(baskets.customer(basket));
        parts.ordered_at.push(baskets.ordered_at(basket));
        parts.amounts_minor.push(0);
        parts.items.extend(&own);
        parts.offsets.push(parts.items.len());
    }
    parts.quantities = vec![1.0; parts.items.len()];
    Baskets::from_parts(parts).expect("in the order of the baskets they are of")
}

/// Pairs of categories of which the items decide.
fn decided_by_items(catalogue: &Catalogue, of_items: &Accessory) -> HashSet<(u32, u32)> {
    let mut n_anchors: HashMap<CategoryIdx, u32> = HashMap::new();
    let mut n_pairs: HashMap<(CategoryIdx, CategoryIdx), u32> = HashMap::new();
    for item in catalogue.items().indices() {
        let Some(from) = catalogue.category(item) else { continue };
        *n_anchors.entry(from).or_default() += 1;
        for found in of_items.accessories(item) {
            if let Some(to) = catalogue.category(found.item) {
                *n_pairs.entry((from, to)).or_default() += 1;
            }
        }
    }
    let decide =
        |&(&(from, _), &n): &(&(CategoryIdx, CategoryIdx), &u32)| n_anchors[&from] < ITEMS_PER_PAIR * n;
    n_pairs.iter().filter(decide).map(|((from, to), _)| (from.get(), to.get())).collect()
}
