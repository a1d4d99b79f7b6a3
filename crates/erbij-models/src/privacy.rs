//! The privacy floor: how many distinct people must stand behind what others are shown.
//!
//! A list that rests on one customer tells what they bought to whoever opens a page. So whatever is learned from
//! behaviour and shown to others (what goes with an item, walks and regressions from it, what visits go on to, what
//! sells) rests on at least [`PrivacyParams::min_customers`] people, and on more where the catalogue says that an item is
//! sensitive. A guest's order is somebody. What is below the floor is not shown as if nobody did it; category, brand and
//! words of titles fill its place.

use std::collections::BTreeSet;

use erbij_core::{
    Catalogue, CategoryIdx, ItemIdx, NeighbourOrder, Neighbours, ParamError, RowOffsets, in_range,
};
use serde::{Deserialize, Serialize};

use crate::affinity::Affinity;
use crate::incidence::Incidence;

/// How many people must stand behind what others are shown.
///
/// | Name | Default | Purpose | Range |
/// |---|---|---|---|
/// | `min_customers` | 3 | distinct people behind whatever others see | ≥ 2 |
/// | `sensitive_min_customers` | 10 | the same where an item is sensitive | ≥ `min_customers` |
/// | `sensitive_categories` | none | categories whose items are sensitive, and all below them; the items table may mark more (`sensitive`) | paths |
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PrivacyParams {
    /// Distinct people behind whatever others see.
    pub min_customers: u32,
    /// The same where an item is sensitive.
    pub sensitive_min_customers: u32,
    /// Categories whose items are sensitive, and all below them.
    pub sensitive_categories: Vec<String>,
}

impl Default for PrivacyParams {
    fn default() -> Self {
        Self { min_customers: 3, sensitive_min_customers: 10, sensitive_categories: Vec::new() }
    }
}

impl PrivacyParams {
    /// Checks every parameter. Fewer than two is no floor, and nobody may set it.
    pub fn check(&self) -> Result<(), ParamError> {
        in_range("min_customers", self.min_customers, |&n| 2 <= n, "at least 2")?;
        let least = self.min_customers;
        let sensitive = self.sensitive_min_customers;
        in_range("sensitive_min_customers", sensitive, |&n| least <= n, "at least `min_customers`")?;
        Ok(())
    }
}

/// The floor of every item of a catalogue.
#[derive(Clone, Debug, PartialEq)]
pub struct PrivacyFloor {
    min_people: Vec<u32>,
    is_sensitive: Vec<bool>,
    /// Paths of the recipe that no category has, in its order.
    unknown_categories: Vec<String>,
}

impl PrivacyFloor {
    /// Reads the floor off a catalogue. O(items · depth of the category tree).
    pub fn new(params: &PrivacyParams, catalogue: &Catalogue) -> Self {
        let tree = catalogue.categories();
        let mut sensitive: BTreeSet<CategoryIdx> = BTreeSet::new();
        let mut unknown_categories = Vec::new();
        for path in &params.sensitive_categories {
            match tree.idx_from_path(path) {
                Some(category) => drop(sensitive.insert(category)),
                None => unknown_categories.push(path.clone()),
            }
        }
        let is_in_sensitive = |item: ItemIdx| {
            let mut levels = catalogue.category(item).into_iter().flat_map(|leaf| tree.ancestors(leaf));
            levels.any(|category| sensitive.contains(&category))
        };
        let is_sensitive: Vec<bool> = catalogue
            .items()
            .indices()
            .map(|item| catalogue.is_marked_sensitive(item) || is_in_sensitive(item))
            .collect();
        let of_item = |&is_sensitive: &bool| match is_sensitive {
            true => params.sensitive_min_customers,
            false => params.min_customers,
        };
        let min_people = is_sensitive.iter().map(of_item).collect();
        Self { min_people, is_sensitive, unknown_categories }
    }

    /// How many people must have bought an item before others are shown that it sells.
    #[inline]
    pub fn of_item(&self, item: ItemIdx) -> u32 {
        self.min_people[item.index()]
    }

    /// The same of every item, in their order.
    pub fn min_people(&self) -> &[u32] {
        &self.min_people
    }

    /// How many people must stand behind two items together.
    #[inline]
    pub fn of_pair(&self, a: ItemIdx, b: ItemIdx) -> u32 {
        self.of_item(a).max(self.of_item(b))
    }

    /// Whether an item is one that nobody wants to be known for: no sentence names it.
    #[inline]
    pub fn is_sensitive(&self, item: ItemIdx) -> bool {
        self.is_sensitive[item.index()]
    }

    /// How many items are.
    pub fn n_sensitive(&self) -> usize {
        self.is_sensitive.iter().filter(|&&is_sensitive| is_sensitive).count()
    }

    /// Categories that the recipe calls sensitive and the catalogue does not have, in the recipe's order.
    pub fn unknown_categories(&self) -> &[String] {
        &self.unknown_categories
    }

    /// The pairs of an affinity that enough people stand behind. O(pairs).
    pub fn of_affinity(&self, affinity: &Affinity) -> Affinity {
        affinity.retain(|anchor, related| self.of_pair(anchor, related.item) <= related.customers)
    }

    /// The weights of an item–item model that enough of these people stand behind, or that public facts do: items of one
    /// of the `attributes` lists. What other weights of the row came to does not change. O(weights · a walk through the
    /// people of the rarer item, as a rule a short one).
    pub fn of_weights(
        &self,
        weights: &Neighbours,
        people: &Incidence,
        attributes: Option<&Incidence>,
        order: NeighbourOrder,
    ) -> Neighbours {
        let is_backed = |from: u32, to: u32| {
            let least = self.of_pair(ItemIdx::new(from), ItemIdx::new(to));
            people.is_held_with_by(from, to, least)
                || attributes.is_some_and(|attributes| attributes.is_held_with_by(from, to, 1))
        };
        let n_items = weights.n_items();
        let mut lens = Vec::with_capacity(n_items);
        let (mut items, mut scores) = (Vec::new(), Vec::new());
        for from in 0..n_items as u32 {
            let (others, of_others) = weights.row(ItemIdx::new(from));
            let before = items.len();
            for (&to, &weight) in others.iter().zip(of_others).filter(|&(&to, _)| is_backed(from, to)) {
                items.push(to);
                scores.push(weight);
            }
            lens.push(items.len() - before);
        }
        let rows = RowOffsets::from_lens(lens);
        Neighbours::new(rows, items.into(), scores.into(), n_items, order).expect("a part of what was valid")
    }
}

#[cfg(test)]
mod tests {
    use erbij_core::{CatalogueColumns, Currency, StrColumn, VariantColumns};

    use super::*;

    fn floor(params: &PrivacyParams) -> PrivacyFloor {
        let texts = |texts: [&str; 4]| texts.iter().collect::<StrColumn>();
        let columns = CatalogueColumns {
            category: texts(["Food", "Health", "Health > Tests", ""]),
            sensitive: vec![0, 0, 0, 1].into(),
            ..CatalogueColumns::of_ids(texts(["a", "b", "c", "d"]))
        };
        let catalogue = Catalogue::new(columns, VariantColumns::default(), Currency::EUR).expect("valid");
        PrivacyFloor::new(params, &catalogue)
    }

    #[test]
    fn a_category_or_a_mark_makes_an_item_sensitive() {
        let sensitive_categories = vec!["Health".to_owned(), "Toys".to_owned()];
        let floor = floor(&PrivacyParams { sensitive_categories, ..PrivacyParams::default() });
        let items = [0, 1, 2, 3].map(ItemIdx::new);
        assert_eq!(items.map(|item| floor.of_item(item)), [3, 10, 10, 10]);
        assert_eq!((floor.of_pair(items[0], items[0]), floor.of_pair(items[0], items[2])), (3, 10));
        assert_eq!((floor.n_sensitive(), floor.unknown_categories()), (3, &["Toys".to_owned()][..]));
    }

    #[test]
    fn a_weight_stays_where_enough_people_hold_both_or_a_fact_does() {
        let floor = floor(&PrivacyParams { min_customers: 2, ..PrivacyParams::default() });
        let lists = |lists: &[&[u32]]| {
            let rows = RowOffsets::from_lens(lists.iter().map(|list| list.len()));
            Incidence::from_lists(rows, lists.concat().into(), 4)
        };
        // Item 3 is marked sensitive: two people are too few for it.
        let people = lists(&[&[0, 1, 3], &[0, 1, 3], &[0, 2], &[]]);
        let weights = Neighbours::new(
            RowOffsets::from_lens([3, 1, 0, 0]),
            vec![1, 2, 3, 0].into(),
            vec![0.5, 0.25, 0.25, 1.0].into(),
            4,
            NeighbourOrder::ByItem,
        )
        .expect("rows by item");
        let kept = |attributes| {
            let kept = floor.of_weights(&weights, &people, attributes, NeighbourOrder::ByItem);
            kept.row(ItemIdx::new(0)).0.to_vec()
        };
        assert_eq!(kept(None), [1]);
        assert_eq!(kept(Some(&lists(&[&[0, 2]]))), [1, 2]);
    }

    #[test]
    fn a_floor_below_two_is_none_and_refused() {
        let check = |params: PrivacyParams| params.check().map_err(|error| error.to_string());
        assert_eq!(check(PrivacyParams::default()), Ok(()));
        assert_eq!(
            check(PrivacyParams { min_customers: 1, ..PrivacyParams::default() }),
            Err("`min_customers` is 1, expected at least 2".to_owned())
        );
        assert_eq!(
            check(PrivacyParams { min_customers: 12, ..PrivacyParams::default() }),
            Err("`sensitive_min_customers` is 10, expected at least `min_customers`".to_owned())
        );
    }
}
