//! Rows as JSON Lines in the shape of batch jobs: `input`, `output`, `error`.

use erbij_core::{Catalogue, ItemIdx};
use erbij_engine::{Engine, Language};

use crate::commands::batch::{Row, Rows};

/// Encodes a row as `{"input":{"customer_id":…},"output":{"items":[…],"fallback_used":…},"error":null}`.
pub(crate) struct JsonlRows<'a> {
    catalogue: &'a Catalogue,
    language: Language,
    /// Per item its fields as JSON, written once and copied into every row that shows it.
    items: Vec<Box<[u8]>>,
}

impl<'a> JsonlRows<'a> {
    pub(crate) fn new(engine: &'a Engine, language: Language) -> Self {
        let catalogue = &engine.models().catalogue;
        let items = catalogue.items().indices().map(|item| item_fields(catalogue, item)).collect();
        Self { catalogue, language, items }
    }
}

fn item_fields(catalogue: &Catalogue, item: ItemIdx) -> Box<[u8]> {
    let columns = catalogue.columns();
    let mut bytes = Vec::new();
    bytes.extend_from_slice(b"{\"item_id\":");
    push_text(&mut bytes, catalogue.items().id(item));
    bytes.extend_from_slice(b",\"title\":");
    push_text(&mut bytes, catalogue.title(item));
    bytes.extend_from_slice(b",\"url\":");
    push_text(&mut bytes, columns.link.get(item.index()));
    bytes.extend_from_slice(b",\"image_url\":");
    push_text(&mut bytes, columns.image_link.get(item.index()));
    bytes.extend_from_slice(b",\"price\":");
    match catalogue.price(item) {
        Some(price) => push_text(&mut bytes, &price.to_string()),
        None => bytes.extend_from_slice(b"null"),
    }
    bytes.into()
}

fn push_text(bytes: &mut Vec<u8>, text: &str) {
    serde_json::to_writer(bytes, text).expect("text is always JSON, and memory takes every write");
}

impl Rows for JsonlRows<'_> {
    type Encoded = Vec<u8>;

    fn encode(&self, rows: &[Row<'_>]) -> anyhow::Result<Vec<u8>> {
        let mut bytes = Vec::with_capacity(rows.len() * 2048);
        for row in rows {
            bytes.extend_from_slice(b"{\"input\":{\"customer_id\":");
            push_text(&mut bytes, row.customer_id);
            bytes.extend_from_slice(b"},\"output\":{\"items\":[");
            for (at, item) in row.slate.items.iter().enumerate() {
                if 0 < at {
                    bytes.push(b',');
                }
                bytes.extend_from_slice(&self.items[item.item.index()]);
                bytes.extend_from_slice(b",\"reason_code\":");
                push_text(&mut bytes, item.reason.code());
                bytes.extend_from_slice(b",\"reason\":");
                push_text(&mut bytes, &item.reason.sentence(self.catalogue, self.language));
                bytes.push(b'}');
            }
            bytes.extend_from_slice(b"],\"fallback_used\":");
            match row.slate.fallback_used() {
                Some(source) => push_text(&mut bytes, source.name()),
                None => bytes.extend_from_slice(b"null"),
            }
            bytes.extend_from_slice(b"},\"error\":null}\n");
        }
        Ok(bytes)
    }
}
