//! Rows as wide CSV, for mail engines with flat attributes: `rec1_id, rec1_title, …`.
//!
//! Titles, links and sentences are kept from being formulas; ids and prices leave as they are.

use erbij_core::Catalogue;
use erbij_engine::{Engine, Language};

use crate::commands::batch::{Row, Rows};
use crate::table_file::FormulaGuard;

/// The columns of one recommended item.
const FIELDS: [&str; 6] = ["id", "title", "url", "image", "price", "reason"];

/// Encodes a row as the customer's id, the number of items, and six columns for each of `n` items; an item
/// that is not there leaves its columns empty.
pub(crate) struct CsvRows<'a> {
    catalogue: &'a Catalogue,
    language: Language,
    n: usize,
    guard: FormulaGuard,
}

impl<'a> CsvRows<'a> {
    pub(crate) fn new(engine: &'a Engine, language: Language, n: usize) -> Self {
        Self { catalogue: &engine.models().catalogue, language, n, guard: FormulaGuard::default() }
    }

    /// Tells how many texts were changed, once all is written.
    pub(crate) fn tell_guarded(&self) {
        self.guard.tell();
    }

    /// The first line.
    pub(crate) fn header(&self) -> anyhow::Result<Vec<u8>> {
        let mut writer = csv::Writer::from_writer(Vec::new());
        writer.write_field("customer_id")?;
        writer.write_field("n_items")?;
        for (at, field) in (1..=self.n).flat_map(|at| FIELDS.map(|field| (at, field))) {
            writer.write_field(format!("rec{at}_{field}"))?;
        }
        writer.write_record(None::<&[u8]>)?;
        Ok(writer.into_inner()?)
    }
}

impl Rows for CsvRows<'_> {
    type Encoded = Vec<u8>;

    fn encode(&self, rows: &[Row<'_>]) -> anyhow::Result<Vec<u8>> {
        let columns = self.catalogue.columns();
        let mut writer = csv::Writer::from_writer(Vec::with_capacity(rows.len() * 1024));
        for row in rows {
            let text = |text: &str| self.guard.harmless(text).into_owned();
            writer.write_field(row.customer_id)?;
            writer.write_field(row.slate.items.len().to_string())?;
            for item in &row.slate.items {
                let at = item.item.index();
                let price = self.catalogue.price(item.item);
                let sentence = item.reason.sentence(self.catalogue, self.language);
                writer.write_field(self.catalogue.items().id(item.item))?;
                writer.write_field(text(self.catalogue.title(item.item)))?;
                writer.write_field(text(columns.link.get(at)))?;
                writer.write_field(text(columns.image_link.get(at)))?;
                writer.write_field(price.map_or_else(String::new, |price| price.to_string()))?;
                writer.write_field(text(&sentence))?;
            }
            for _ in row.slate.items.len() * FIELDS.len()..self.n * FIELDS.len() {
                writer.write_field("")?;
            }
            writer.write_record(None::<&[u8]>)?;
        }
        Ok(writer.into_inner()?)
    }
}
