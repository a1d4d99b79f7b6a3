//! Rows as wide CSV, for mail engines with flat attributes: `rec1_id, rec1_title, …`.

use erbij_core::Catalogue;
use erbij_engine::{Engine, Language};

use crate::commands::batch::{Row, Rows};
use crate::table_file::harmless;

/// The columns of one recommended item.
const FIELDS: [&str; 6] = ["id", "title", "url", "image", "price", "reason"];

/// Encodes a row as the customer's id, the number of items, and six columns for each of `n` items; an item
/// that is not there leaves its columns empty.
pub(crate) struct CsvRows<'a> {
    catalogue: &'a Catalogue,
    language: Language,
    n: usize,
}

impl<'a> CsvRows<'a> {
    pub(crate) fn new(engine: &'a Engine, language: Language, n: usize) -> Self {
        Self { catalogue: &engine.models().catalogue, language, n }
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
            let mut cell = |text: &str| writer.write_field(harmless(text).as_bytes());
            cell(row.customer_id)?;
            cell(&row.slate.items.len().to_string())?;
            for item in &row.slate.items {
                let at = item.item.index();
                cell(self.catalogue.items().id(item.item))?;
                cell(self.catalogue.title(item.item))?;
                cell(columns.link.get(at))?;
                cell(columns.image_link.get(at))?;
                cell(&self.catalogue.price(item.item).map_or_else(String::new, |price| price.to_string()))?;
                cell(&item.reason.sentence(self.catalogue, self.language))?;
            }
            for _ in row.slate.items.len() * FIELDS.len()..self.n * FIELDS.len() {
                cell("")?;
            }
            writer.write_record(None::<&[u8]>)?;
        }
        Ok(writer.into_inner()?)
    }
}
