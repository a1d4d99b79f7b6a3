//! schema.org's relations of products, as JSON-LD: a line an item, to be put on its page.

use std::collections::BTreeMap;

use erbij_core::{Catalogue, ItemIdx};

use crate::item_json::push_text;
use crate::relations::{RelatedItem, Relation};

/// Of one property of an item, so many others at most.
const MAX_OF_PROPERTY: usize = 30;

/// Gathers what is related, and writes it from the side on which schema.org says it: an accessory's page names what it is an
/// accessory for.
#[derive(Debug)]
pub struct JsonLd<'a> {
    catalogue: &'a Catalogue,
    /// By item and property, the others and how strongly.
    said: BTreeMap<(ItemIdx, &'static str), Vec<(f32, ItemIdx)>>,
}

impl<'a> JsonLd<'a> {
    /// For items of a catalogue.
    pub const fn new(catalogue: &'a Catalogue) -> Self {
        Self { catalogue, said: BTreeMap::new() }
    }

    /// Takes what is related to an item. What the catalogue says is to have the higher score.
    pub fn add(&mut self, item: ItemIdx, related: &[RelatedItem]) {
        for related in related {
            let (on, property, other) = match related.relation {
                Relation::Consumable => (related.item, "isConsumableFor", item),
                Relation::SparePart | Relation::Accessory => {
                    (related.item, "isAccessoryOrSparePartFor", item)
                }
                Relation::Substitute => (item, "isSimilarTo", related.item),
                Relation::SameBundle | Relation::Related => (item, "isRelatedTo", related.item),
                Relation::OftenBoughtWith => (item, "isOftenBoughtWith", related.item),
            };
            self.said.entry((on, property)).or_default().push((related.score, other));
        }
    }

    /// A line an item of which anything is said, by item: a `Product` with `sku`, `name`, `url` where there is one, and each
    /// property as a list of such products, strongest first. `<` is escaped, so that a line may stand in a page's script.
    pub fn lines(mut self) -> Vec<u8> {
        let mut out = Vec::new();
        let mut before = None;
        for (&(item, property), others) in &mut self.said {
            if before != Some(item) {
                if before.is_some() {
                    out.extend_from_slice(b"}\n");
                }
                out.extend_from_slice(b"{\"@context\":\"https://schema.org\",");
                push_product(&mut out, self.catalogue, item);
                before = Some(item);
            }
            others.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
            for (at, &(_, other)) in others.iter().take(MAX_OF_PROPERTY).enumerate() {
                if at == 0 {
                    out.extend_from_slice(format!(",\"{property}\":[{{").as_bytes());
                } else {
                    out.extend_from_slice(b",{");
                }
                push_product(&mut out, self.catalogue, other);
                out.push(b'}');
            }
            out.push(b']');
        }
        if before.is_some() {
            out.extend_from_slice(b"}\n");
        }
        out
    }
}

fn push_product(out: &mut Vec<u8>, catalogue: &Catalogue, item: ItemIdx) {
    out.extend_from_slice(b"\"@type\":\"Product\",\"sku\":");
    push_text(out, catalogue.items().id(item));
    out.extend_from_slice(b",\"name\":");
    push_text(out, catalogue.title(item));
    let url = catalogue.columns().link.get(item.index());
    if !url.is_empty() {
        out.extend_from_slice(b",\"url\":");
        push_text(out, url);
    }
}
