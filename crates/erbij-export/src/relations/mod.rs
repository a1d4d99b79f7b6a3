//! What a whole catalogue knows of how its items are related, in words that others read.
//!
//! | relation of `other` to `item` | from | [Merchant] `relationship_type` | schema.org, and on whose page |
//! |---|---|---|---|
//! | `consumable` | catalogue, orders | `required_part` where the catalogue says so, else `accessory` | `isConsumableFor`, the other's |
//! | `spare_part` | catalogue, orders | `required_part` where the catalogue says so, else `accessory` | `isAccessoryOrSparePartFor`, the other's |
//! | `accessory` | catalogue, orders | `accessory` | `isAccessoryOrSparePartFor`, the other's |
//! | `same_bundle` | catalogue | `part_of_set` | `isRelatedTo`, the item's |
//! | `substitute` | catalogue, orders | `substitute` | `isSimilarTo`, the item's |
//! | `related` | catalogue | – | `isRelatedTo`, the item's |
//! | `often_bought_with` | orders | `often_bought_with` | `isOftenBoughtWith`, the item's |
//!
//! Orders never say that a part is required, and nothing here says `different_brand`: that two brands are one product is not known.
//! What stands on orders keeps to the privacy floor.
//!
//! [Merchant]: https://support.google.com/merchants/answer/17085213

mod json_ld;
mod merchant;

use erbij_core::{ItemIdx, ItemKind, RelationKind};
use erbij_engine::Engine;

pub use json_ld::JsonLd;
pub use merchant::{MAX_OF_ITEM, MerchantFeed};

/// Of what is often bought with an item, so many at most.
const MAX_BOUGHT_WITH: usize = 10;

/// In what way another item is related to an item. The order is that in which they are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Relation {
    /// The other is used up with it.
    Consumable,
    /// The other mends it.
    SparePart,
    /// The other makes it better.
    Accessory,
    /// Both are in one bundle.
    SameBundle,
    /// Either will do.
    Substitute,
    /// They have to do with each other.
    Related,
    /// Both are often in one order.
    OftenBoughtWith,
}

impl Relation {
    /// The spelling in tables.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Consumable => "consumable",
            Self::SparePart => "spare_part",
            Self::Accessory => "accessory",
            Self::SameBundle => "same_bundle",
            Self::Substitute => "substitute",
            Self::Related => "related",
            Self::OftenBoughtWith => "often_bought_with",
        }
    }
}

/// Who says that items are related.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SaidBy {
    /// The shop.
    Catalogue,
    /// What people ordered.
    Orders,
}

impl SaidBy {
    /// The spelling in tables.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Catalogue => "catalogue",
            Self::Orders => "orders",
        }
    }
}

/// Another item that is related to an item.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RelatedItem {
    /// The other.
    pub item: ItemIdx,
    /// In what way.
    pub relation: Relation,
    /// Who says so; the catalogue where both do.
    pub said_by: SaidBy,
    /// How strongly, among those of one relation.
    pub score: f32,
}

/// Everything that is related to an item, by relation, then what the catalogue says, then by score, then by item; another item
/// stands once, in the first way that holds. Only products that the catalogue lists. O(k log k).
pub fn related_items(engine: &Engine, item: ItemIdx) -> Vec<RelatedItem> {
    let (models, catalogue) = (engine.models(), &engine.models().catalogue);
    let relations = catalogue.relations();
    let is_product = |item: ItemIdx| catalogue.is_listed(item) && catalogue.kind(item) == ItemKind::Product;
    if !is_product(item) {
        return Vec::new();
    }
    let said_by = |kinds: &[RelationKind], other| {
        let is_said = kinds.iter().any(|&kind| relations.holds(item, kind, other));
        if is_said { SaidBy::Catalogue } else { SaidBy::Orders }
    };
    let mut found = Vec::new();
    for (other, kind, score) in engine.belongings_unsorted(item) {
        let relation = match kind {
            RelationKind::Consumable => Relation::Consumable,
            RelationKind::SparePart => Relation::SparePart,
            _ => Relation::Accessory,
        };
        let said_by = said_by(&RelationKind::BELONGS, other);
        found.push(RelatedItem { item: other, relation, said_by, score: score.get() });
    }
    let said =
        |relation, other| RelatedItem { item: other, relation, said_by: SaidBy::Catalogue, score: 0.0 };
    found.extend(engine.bundled_with(item).into_iter().map(|other| said(Relation::SameBundle, other)));
    for (other, score) in engine.alternatives_unsorted(item) {
        let said_by = said_by(&[RelationKind::Similar], other);
        found.push(RelatedItem { item: other, relation: Relation::Substitute, said_by, score: score.get() });
    }
    let is_related = |&(kind, _): &(RelationKind, ItemIdx)| kind == RelationKind::Related;
    found.extend(relations.of(item).filter(is_related).map(|(_, other)| said(Relation::Related, other)));
    let bought_with = models.affinity.related(item).filter(|with| {
        models.floor.of_pair(item, with.item) <= with.customers && !relations.denies(item, with.item)
    });
    found.extend(bought_with.take(MAX_BOUGHT_WITH).map(|with| RelatedItem {
        item: with.item,
        relation: Relation::OftenBoughtWith,
        said_by: SaidBy::Orders,
        score: with.score,
    }));
    found.retain(|related| related.item != item && is_product(related.item));
    found.sort_by(|a, b| {
        let is_mined = |related: &RelatedItem| related.said_by == SaidBy::Orders;
        (a.relation, is_mined(a))
            .cmp(&(b.relation, is_mined(b)))
            .then(b.score.total_cmp(&a.score))
            .then(a.item.cmp(&b.item))
    });
    let mut stands = Vec::with_capacity(found.len());
    found.retain(|related| {
        let is_new = !stands.contains(&related.item);
        if is_new {
            stands.push(related.item);
        }
        is_new
    });
    found
}

#[cfg(test)]
mod tests;
