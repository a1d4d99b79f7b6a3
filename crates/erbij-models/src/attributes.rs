//! What items have in common, as lists beside the customers': so that an item nobody has bought has neighbours.
//!
//! A brand is taken as one more customer who bought all that is of it. The models then need nothing new to
//! place a new item: it stands near what shares its category, brand, price and words, with a weight that soon
//! drowns in real purchases.

use std::collections::BTreeMap;

use erbij_core::{Catalogue, ItemIdx, ParamError, RowOffsets, in_range};
use serde::{Deserialize, Serialize};

use crate::incidence::Incidence;

/// A property items share.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Attribute {
    /// The category, and each of those above it.
    Category,
    /// The category it stands in, and none of those above.
    OwnCategory,
    /// The brand.
    Brand,
    /// The price, in bands that double: 8.00 to 15.99 is one.
    PriceBand,
    /// A word of the title, of three letters or digits or more.
    TitleWord,
}

/// Whether item–item models learn from what items have in common, and how much.
///
/// | Name | Default | Purpose | Range |
/// |---|---|---|---|
/// | `weight` | 0 | what a shared attribute counts, a shared customer counting 1; 0 is off | 0 to 1000 |
/// | `of` | `category`, `brand`, `price_band`, `title_word` | which properties | any of `category`, `own_category`, `brand`, `price_band`, `title_word` |
/// | `max_share` | 0.05 | an attribute that more of the catalogue has says little, and is left out | above 0, to 1 |
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AttributeParams {
    /// What a shared attribute counts.
    pub weight: f64,
    /// Which properties.
    pub of: Vec<Attribute>,
    /// An attribute that more of the catalogue has is left out.
    pub max_share: f64,
}

impl Default for AttributeParams {
    fn default() -> Self {
        let of = vec![Attribute::Category, Attribute::Brand, Attribute::PriceBand, Attribute::TitleWord];
        Self { weight: 0.0, of, max_share: 0.05 }
    }
}

impl AttributeParams {
    /// Checks every parameter.
    pub fn check(&self) -> Result<(), ParamError> {
        in_range("weight", self.weight, |w| (0.0..=1000.0).contains(w), "a number from 0 to 1000")?;
        in_range("max_share", self.max_share, |&s| 0.0 < s && s <= 1.0, "a number above 0, to 1")?;
        Ok(())
    }

    /// The items of each attribute, one list an attribute; none where attributes are off. Attributes of one
    /// item or of too many are left out. O(items · words of a title).
    pub fn lists(&self, catalogue: &Catalogue) -> Option<Incidence> {
        if self.weight == 0.0 {
            return None;
        }
        let most = (self.max_share * catalogue.len() as f64) as usize;
        Some(attribute_lists(&self.of, most.max(2), catalogue))
    }
}

/// The items that share a property, one list a value of it, by property, then value; values of one item or of more than
/// `most` are left out. O(items · words of a title · log values).
pub fn attribute_lists(of: &[Attribute], most: usize, catalogue: &Catalogue) -> Incidence {
    let mut lists: BTreeMap<(Attribute, String), Vec<u32>> = BTreeMap::new();
    for item in catalogue.items().indices() {
        for &attribute in of {
            for value in values(attribute, item, catalogue) {
                let list = lists.entry((attribute, value)).or_default();
                // A word may stand in a title twice.
                if list.last() != Some(&item.get()) {
                    list.push(item.get());
                }
            }
        }
    }
    let kept: Vec<Vec<u32>> = lists.into_values().filter(|list| (2..=most).contains(&list.len())).collect();
    let rows = RowOffsets::from_lens(kept.iter().map(Vec::len));
    Incidence::from_lists(rows, kept.concat().into(), catalogue.len())
}

/// What an item has of one property.
fn values(attribute: Attribute, item: ItemIdx, catalogue: &Catalogue) -> Vec<String> {
    let columns = catalogue.columns();
    let row = item.index();
    match attribute {
        Attribute::Category => {
            let tree = catalogue.categories();
            let nodes = catalogue.category(item).into_iter().flat_map(|leaf| tree.ancestors(leaf));
            nodes.map(|node| tree.path(node).to_owned()).collect()
        }
        Attribute::OwnCategory => {
            let own = catalogue.category(item);
            own.map(|own| catalogue.categories().path(own).to_owned()).into_iter().collect()
        }
        Attribute::Brand => {
            let brand = columns.brand.get(row).to_lowercase();
            if brand.is_empty() { Vec::new() } else { vec![brand] }
        }
        Attribute::PriceBand => {
            let price = catalogue.price(item).map(|price| price.minor).filter(|&minor| 0 < minor);
            price.map(|minor| minor.ilog2().to_string()).into_iter().collect()
        }
        Attribute::TitleWord => {
            let title = columns.title.get(row).to_lowercase();
            let words = title.split(|c: char| !c.is_alphanumeric());
            words.filter(|word| 3 <= word.chars().count()).map(str::to_owned).collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use erbij_core::{CatalogueColumns, Currency, NO_PRICE, StrColumn, VariantColumns};

    use super::*;

    fn catalogue() -> Catalogue {
        let texts = |texts: [&str; 4]| texts.iter().collect::<StrColumn>();
        let columns = CatalogueColumns {
            title: texts(["Melk melk vol", "melk halfvol", "Kaas", ""]),
            brand: texts(["Zuivelhof", "zuivelhof", "", ""]),
            category: texts(["Food > Dairy", "Food > Dairy", "Food > Cheese", ""]),
            price_minor: vec![100, 120, 900, NO_PRICE].into(),
            ..CatalogueColumns::of_ids(texts(["a", "b", "c", "d"]))
        };
        let variants = VariantColumns { variant_id: StrColumn::from_iter([""; 0]), item: Vec::new().into() };
        Catalogue::new(columns, variants, Currency::EUR).expect("valid")
    }

    fn lists(params: &AttributeParams) -> Vec<Vec<u32>> {
        let lists = params.lists(&catalogue()).expect("on");
        (0..lists.n_lists() as u32).map(|list| lists.items_of(list).to_vec()).collect()
    }

    #[test]
    fn items_that_share_something_stand_in_one_list() {
        let with = |of: Attribute| AttributeParams { weight: 1.0, of: vec![of], max_share: 1.0 };
        assert_eq!(lists(&with(Attribute::Category)), [vec![0, 1, 2], vec![0, 1]]);
        assert_eq!(lists(&with(Attribute::OwnCategory)), [[0, 1]]);
        assert_eq!(lists(&with(Attribute::Brand)), [[0, 1]]);
        assert_eq!(lists(&with(Attribute::PriceBand)), [[0, 1]], "100 and 120 cents, not 900");
        assert_eq!(
            lists(&with(Attribute::TitleWord)),
            [[0, 1]],
            "each item once, whatever its title repeats"
        );
    }

    #[test]
    fn what_most_items_share_says_nothing() {
        let params = AttributeParams { weight: 1.0, max_share: 0.5, of: vec![Attribute::Category] };
        assert_eq!(lists(&params), [[0, 1]], "food is three of four items");
        assert!(AttributeParams::default().lists(&catalogue()).is_none(), "off by default");
    }
}
