//! Rows as JSON Lines in the shape of batch jobs: `input`, `output`, `error`.

use erbij_core::Placement;
use erbij_engine::{Engine, Language};

use crate::item_json::{ItemJson, push_text};
use crate::row::{ExportError, Rows, SlateRow};
use crate::slate_json::SlateJson;

/// Encodes a row as `{"input":{"customer_id":…},"output":{…},"error":null}`, where `output` is the answer of the API.
#[derive(Debug)]
pub struct JsonlRows<'a> {
    engine: &'a Engine,
    items: ItemJson,
    model_version: &'a str,
    placement: Placement,
    language: Language,
}

impl<'a> JsonlRows<'a> {
    /// For slates of one engine and placement. O(bytes of the catalogue).
    pub fn new(engine: &'a Engine, model_version: &'a str, placement: Placement, language: Language) -> Self {
        let items = ItemJson::of(&engine.models().catalogue);
        Self { engine, items, model_version, placement, language }
    }
}

impl Rows for JsonlRows<'_> {
    type Encoded = Vec<u8>;

    fn encode(&self, rows: &[SlateRow<'_>]) -> Result<Vec<u8>, ExportError> {
        let &Self { engine, ref items, model_version, placement, language } = self;
        let json = SlateJson { engine, items, model_version, placement, language, explain: false };
        let mut out = Vec::with_capacity(rows.iter().map(|row| json.n_bytes(&row.slate)).sum());
        for row in rows {
            out.extend_from_slice(b"{\"input\":{\"customer_id\":");
            push_text(&mut out, row.customer_id);
            out.extend_from_slice(b"},\"output\":{");
            json.push_slate(&mut out, row.recommendation_id, &row.slate);
            out.extend_from_slice(b",\"unknown_items\":[]");
            json.push_why(&mut out, &row.slate);
            out.extend_from_slice(b"},\"error\":null}\n");
        }
        Ok(out)
    }
}
