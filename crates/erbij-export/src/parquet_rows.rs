//! Rows as Parquet, for people with notebooks: `items` is a list of structs.

use std::io::Write;
use std::sync::Arc;

use arrow_array::builder::{Float64Builder, StringBuilder};
use arrow_array::{ArrayRef, ListArray, RecordBatch, StringArray, StructArray};
use arrow_buffer::{NullBuffer, OffsetBuffer};
use arrow_schema::{DataType, Field, Fields, Schema, SchemaRef};
use erbij_core::{Money, Placement};
use erbij_engine::{Engine, Language};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;

use crate::row::{ExportError, Rows, ShownItem, SlateRow, price_parts};

/// Encodes a share as `customer_id`, `recommendation_id`, `model_version`, `placement`, `items: list<struct>`, `fallback_used`
/// and `empty_reason`.
#[derive(Debug)]
pub struct ParquetRows<'a> {
    engine: &'a Engine,
    model_version: &'a str,
    placement: Placement,
    language: Language,
}

impl<'a> ParquetRows<'a> {
    /// For slates of one engine and placement.
    pub fn new(engine: &'a Engine, model_version: &'a str, placement: Placement, language: Language) -> Self {
        Self { engine, model_version, placement, language }
    }
}

fn text(name: &str, is_nullable: bool) -> Field {
    Field::new(name, DataType::Utf8, is_nullable)
}

/// The fields of a price: `amount` and `currency`, both text, since a float does not know its cents.
pub fn price_fields() -> Fields {
    Fields::from(vec![text("amount", false), text("currency", false)])
}

fn item_fields() -> Fields {
    Fields::from(vec![
        text("item_id", false),
        text("variant_id", true),
        text("title", false),
        text("url", true),
        text("image_url", true),
        Field::new("price", DataType::Struct(price_fields()), true),
        Field::new("score", DataType::Float64, false),
        text("source", false),
        text("reason_code", false),
        text("reason_text", false),
        text("source_item", true),
    ])
}

fn item_field() -> Arc<Field> {
    Arc::new(Field::new("item", DataType::Struct(item_fields()), false))
}

fn schema() -> SchemaRef {
    Arc::new(Schema::new(vec![
        text("customer_id", false),
        text("recommendation_id", false),
        text("model_version", false),
        text("placement", false),
        Field::new("items", DataType::List(item_field()), false),
        text("fallback_used", true),
        text("empty_reason", true),
    ]))
}

/// A writer for what [`ParquetRows`] encodes.
pub fn parquet_writer<W: Write + Send>(file: W) -> Result<ArrowWriter<W>, ExportError> {
    let compression = Compression::ZSTD(ZstdLevel::default());
    let properties = WriterProperties::builder().set_compression(compression).build();
    Ok(ArrowWriter::try_new(file, schema(), Some(properties))?)
}

/// Prices as a column of structs.
pub fn price_array(prices: impl Iterator<Item = Option<Money>>) -> StructArray {
    let (mut amounts, mut currencies, mut is_known) =
        (StringBuilder::new(), StringBuilder::new(), Vec::new());
    for price in prices {
        let (amount, currency) = price.map(price_parts).unwrap_or_default();
        amounts.append_value(amount);
        currencies.append_value(currency);
        is_known.push(price.is_some());
    }
    let columns: Vec<ArrayRef> = vec![Arc::new(amounts.finish()), Arc::new(currencies.finish())];
    StructArray::new(price_fields(), columns, Some(NullBuffer::from(is_known)))
}

/// Columns of items, as they grow.
#[derive(Default)]
struct Items {
    /// All texts but those of the price, in the order of the fields.
    texts: [StringBuilder; 9],
    prices: Vec<Option<Money>>,
    score: Float64Builder,
}

impl Items {
    fn push(&mut self, item: &ShownItem<'_>) {
        let texts = [
            Some(item.item_id),
            item.variant_id,
            Some(item.title),
            item.url,
            item.image_url,
            Some(item.source),
            Some(item.reason_code),
            Some(&*item.reason_text),
            item.source_item,
        ];
        for (builder, text) in self.texts.iter_mut().zip(texts) {
            builder.append_option(text);
        }
        self.prices.push(item.price);
        self.score.append_value(item.score);
    }

    fn finish(mut self) -> Result<StructArray, ExportError> {
        let mut arrays: Vec<ArrayRef> =
            self.texts.iter_mut().map(|builder| Arc::new(builder.finish()) as ArrayRef).collect();
        arrays.insert(5, Arc::new(price_array(self.prices.into_iter())));
        arrays.insert(6, Arc::new(self.score.finish()));
        Ok(StructArray::try_new(item_fields(), arrays, None)?)
    }
}

impl Rows for ParquetRows<'_> {
    type Encoded = RecordBatch;

    fn encode(&self, rows: &[SlateRow<'_>]) -> Result<RecordBatch, ExportError> {
        let mut items = Items::default();
        for item in rows.iter().flat_map(|row| &row.slate.items) {
            items.push(&ShownItem::of(self.engine, item, self.language));
        }
        let lens = OffsetBuffer::from_lengths(rows.iter().map(|row| row.slate.items.len()));
        let lists = ListArray::try_new(item_field(), lens, Arc::new(items.finish()?), None)?;
        let same = |text: &str| Arc::new(StringArray::from_iter_values(rows.iter().map(|_| text)));
        let ids = rows.iter().map(|row| row.recommendation_id.to_string());
        let fallbacks = rows.iter().map(|row| row.slate.fallback_used().map(|source| source.name()));
        let empty = rows.iter().map(|row| row.slate.empty_because.map(|because| because.name()));
        let columns: Vec<ArrayRef> = vec![
            Arc::new(StringArray::from_iter_values(rows.iter().map(|row| row.customer_id))),
            Arc::new(StringArray::from_iter_values(ids)),
            same(self.model_version),
            same(self.placement.name()),
            Arc::new(lists),
            Arc::new(fallbacks.collect::<StringArray>()),
            Arc::new(empty.collect::<StringArray>()),
        ];
        Ok(RecordBatch::try_new(schema(), columns)?)
    }
}
