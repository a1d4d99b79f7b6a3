//! Rows as wide CSV, for mail engines with flat attributes: `rec1_item_id, rec1_variant_id, rec1_title, …`.
//!
//! Titles, links and sentences are kept from being formulas; ids and prices leave as they are.

use erbij_core::Placement;
use erbij_engine::{Engine, Language};

use crate::formula_guard::FormulaGuard;
use crate::row::{ExportError, Rows, ShownItem, SlateRow, price_parts};

/// What stands before the items.
const OF_ROW: [&str; 7] = [
    "customer_id",
    "recommendation_id",
    "model_version",
    "placement",
    "fallback_used",
    "empty_reason",
    "n_items",
];

/// The columns of one recommended item.
const OF_ITEM: [&str; 12] = [
    "item_id",
    "variant_id",
    "title",
    "url",
    "image_url",
    "price_amount",
    "price_currency",
    "score",
    "source",
    "reason_code",
    "reason_text",
    "source_item",
];

/// Encodes a row as seven columns of the slate and twelve for each of `n` items; an item that is not there leaves its columns
/// empty.
#[derive(Debug)]
pub struct CsvRows<'a> {
    engine: &'a Engine,
    model_version: &'a str,
    placement: Placement,
    language: Language,
    n: usize,
    guard: FormulaGuard,
}

impl<'a> CsvRows<'a> {
    /// For slates of one engine and placement, of at most `n` items.
    pub fn new(
        engine: &'a Engine,
        model_version: &'a str,
        placement: Placement,
        language: Language,
        n: usize,
    ) -> Self {
        Self { engine, model_version, placement, language, n, guard: FormulaGuard::default() }
    }

    /// What kept texts from being formulas.
    pub fn guard(&self) -> &FormulaGuard {
        &self.guard
    }

    /// The first line.
    pub fn header(&self) -> Result<Vec<u8>, ExportError> {
        let mut writer = csv::Writer::from_writer(Vec::new());
        for name in OF_ROW {
            writer.write_field(name)?;
        }
        for (at, field) in (1..=self.n).flat_map(|at| OF_ITEM.map(|field| (at, field))) {
            writer.write_field(format!("rec{at}_{field}"))?;
        }
        bytes_of(writer)
    }

    fn write_item(&self, writer: &mut csv::Writer<Vec<u8>>, item: &ShownItem<'_>) -> csv::Result<()> {
        let (amount, currency) = item.price.map(price_parts).unwrap_or_default();
        writer.write_field(item.item_id)?;
        writer.write_field(item.variant_id.unwrap_or_default())?;
        for text in [item.title, item.url.unwrap_or_default(), item.image_url.unwrap_or_default()] {
            writer.write_field(&*self.guard.harmless(text))?;
        }
        writer.write_field(amount)?;
        writer.write_field(currency)?;
        writer.write_field(item.score.to_string())?;
        writer.write_field(item.source)?;
        writer.write_field(item.reason_code)?;
        writer.write_field(&*self.guard.harmless(&item.reason_text))?;
        writer.write_field(item.source_item.unwrap_or_default())
    }
}

/// Ends the record that is open, and gives all that was written.
fn bytes_of(mut writer: csv::Writer<Vec<u8>>) -> Result<Vec<u8>, ExportError> {
    writer.write_record(None::<&[u8]>)?;
    Ok(writer.into_inner().map_err(|error| csv::Error::from(error.into_error()))?)
}

impl Rows for CsvRows<'_> {
    type Encoded = Vec<u8>;

    fn encode(&self, rows: &[SlateRow<'_>]) -> Result<Vec<u8>, ExportError> {
        let mut out = Vec::with_capacity(rows.len() * 2048);
        for row in rows {
            let mut writer = csv::Writer::from_writer(out);
            let slate = &row.slate;
            writer.write_field(row.customer_id)?;
            writer.write_field(row.recommendation_id.to_string())?;
            writer.write_field(self.model_version)?;
            writer.write_field(self.placement.name())?;
            writer.write_field(slate.fallback_used().map_or("", |source| source.name()))?;
            writer.write_field(slate.empty_because.map_or("", |because| because.name()))?;
            writer.write_field(slate.items.len().to_string())?;
            for item in &slate.items {
                self.write_item(&mut writer, &ShownItem::of(self.engine, item, self.language))?;
            }
            for _ in slate.items.len() * OF_ITEM.len()..self.n * OF_ITEM.len() {
                writer.write_field("")?;
            }
            out = bytes_of(writer)?;
        }
        Ok(out)
    }
}
