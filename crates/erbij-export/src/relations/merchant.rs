//! Google Merchant Center's `related_product`, as a supplemental feed: tab-separated `id` and `related_product`.

use erbij_core::{Catalogue, ItemIdx};

use crate::relations::{RelatedItem, Relation, SaidBy};

/// So many an item may have at most.
pub const MAX_OF_ITEM: usize = 30;

/// Writes lines of the feed. An item with variants has a line for each, since the feed's `id` is what is sold.
#[derive(Debug)]
pub struct MerchantFeed<'a> {
    catalogue: &'a Catalogue,
    /// The variants of each item, by place; empty where it has none.
    variants: Vec<Vec<&'a str>>,
}

impl<'a> MerchantFeed<'a> {
    /// For items of a catalogue. O(variants).
    pub fn new(catalogue: &'a Catalogue) -> Self {
        let mut variants = vec![Vec::new(); catalogue.len()];
        for (at, &item) in catalogue.variants().item.iter().enumerate() {
            variants[item as usize].push(catalogue.variants().variant_id.get(at));
        }
        Self { catalogue, variants }
    }

    /// The first line.
    pub const HEADER: &'static str = "id\trelated_product\n";

    /// The lines of an item with what is related to it, and how many of these could not be told: an identifier of Merchant Center
    /// has letters, digits, `_` and `-`, and no other. None where nothing can be told.
    pub fn lines(&self, item: ItemIdx, related: &[RelatedItem]) -> (Option<String>, usize) {
        let (mut told, mut n_untold) = (Vec::new(), 0);
        for (related, word) in related.iter().filter_map(|related| Some((related, word_of(related)?))) {
            let id = self.shown(related.item);
            if !is_identifier(id) {
                n_untold += 1;
            } else if told.len() < MAX_OF_ITEM {
                told.push(format!("{word}:id:{id}"));
            }
        }
        if told.is_empty() {
            return (None, n_untold);
        }
        let told = told.join(",");
        let ids = &self.variants[item.index()];
        let own = [self.catalogue.items().id(item)];
        let ids = if ids.is_empty() { &own[..] } else { ids };
        let lines = ids.iter().map(|id| format!("{}\t{told}\n", id.replace(['\t', '\n', '\r'], " ")));
        (Some(lines.collect()), n_untold)
    }

    /// The id under which an item is sold: of its variant that is shown, where it has any.
    fn shown(&self, item: ItemIdx) -> &str {
        match self.catalogue.columns().variant_id.get(item.index()) {
            "" => self.catalogue.items().id(item),
            variant => variant,
        }
    }
}

/// Merchant Center's word.
fn word_of(related: &RelatedItem) -> Option<&'static str> {
    Some(match (related.relation, related.said_by) {
        (Relation::Consumable | Relation::SparePart, SaidBy::Catalogue) => "required_part",
        (Relation::Consumable | Relation::SparePart, SaidBy::Orders) | (Relation::Accessory, _) => {
            "accessory"
        }
        (Relation::SameBundle, _) => "part_of_set",
        (Relation::Substitute, _) => "substitute",
        (Relation::OftenBoughtWith, _) => "often_bought_with",
        (Relation::Related, _) => return None,
    })
}

fn is_identifier(id: &str) -> bool {
    !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
}
