//! What is said of an item, as JSON made once.
//!
//! Escaping and formatting an item's texts costs more than finding the item. They only change with the
//! snapshot, so every item's are written when one is loaded, all into one buffer: about 200 bytes an item, and
//! an answer is put together by copying.

use erbij_core::{Catalogue, ItemIdx};

use crate::row::price_parts;

/// The fixed part of every item's JSON.
#[derive(Debug)]
pub struct ItemJson {
    bytes: Vec<u8>,
    places: Vec<Place>,
    end: usize,
}

/// Where an item's part begins, and how long its id is with both quotes.
#[derive(Clone, Copy, Debug)]
struct Place {
    start: usize,
    id_len: u32,
}

/// How every fragment begins.
const HEAD: &[u8] = b"{\"item_id\":";

impl ItemJson {
    /// Writes the part of every item. O(bytes).
    pub fn of(catalogue: &Catalogue) -> Self {
        let mut bytes = Vec::with_capacity(catalogue.len() * 200);
        let mut places = Vec::with_capacity(catalogue.len());
        for item in catalogue.items().indices() {
            let start = bytes.len();
            bytes.extend_from_slice(HEAD);
            push_text(&mut bytes, catalogue.items().id(item));
            let id_len = bytes.len() - start - HEAD.len();
            push_details(&mut bytes, item, catalogue);
            places.push(Place {
                start,
                id_len: u32::try_from(id_len).expect("a column of ids is below 2 GiB"),
            });
        }
        bytes.shrink_to_fit();
        let end = bytes.len();
        Self { bytes, places, end }
    }

    /// `{"item_id":…,"variant_id":…,"title":…,"url":…,"image_url":…,"price":…`, to be continued and closed.
    pub fn item(&self, item: ItemIdx) -> &[u8] {
        let next = self.places.get(item.index() + 1).map_or(self.end, |place| place.start);
        &self.bytes[self.places[item.index()].start..next]
    }

    /// The item's id as a JSON string.
    pub fn id(&self, item: ItemIdx) -> &[u8] {
        let Place { start, id_len } = self.places[item.index()];
        &self.bytes[start + HEAD.len()..][..id_len as usize]
    }
}

fn push_details(out: &mut Vec<u8>, item: ItemIdx, catalogue: &Catalogue) {
    let columns = catalogue.columns();
    let variant_id = columns.variant_id.get(item.index());
    if !variant_id.is_empty() {
        out.extend_from_slice(b",\"variant_id\":");
        push_text(out, variant_id);
    }
    out.extend_from_slice(b",\"title\":");
    push_text(out, catalogue.title(item));
    for (key, column) in [("url", &columns.link), ("image_url", &columns.image_link)] {
        out.extend_from_slice(format!(",\"{key}\":").as_bytes());
        match column.get(item.index()) {
            "" => out.extend_from_slice(b"null"),
            url => push_text(out, url),
        }
    }
    out.extend_from_slice(b",\"price\":");
    match catalogue.price(item) {
        None => out.extend_from_slice(b"null"),
        Some(price) => {
            let (amount, currency) = price_parts(price);
            out.extend_from_slice(
                format!("{{\"amount\":\"{amount}\",\"currency\":\"{currency}\"}}").as_bytes(),
            );
        }
    }
}

/// Appends a text as a JSON string. `<` is written `\u003c`, so that an answer put into a page's script
/// element as it is cannot end that element.
pub fn push_text(out: &mut Vec<u8>, text: &str) {
    let start = out.len();
    serde_json::to_writer(&mut *out, text).expect("writing to memory does not fail");
    if text.contains('<') {
        let written = out.split_off(start);
        for byte in written {
            match byte {
                b'<' => out.extend_from_slice(b"\\u003c"),
                other => out.push(other),
            }
        }
    }
}
