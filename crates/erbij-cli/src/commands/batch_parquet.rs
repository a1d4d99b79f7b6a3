//! Rows as Parquet, for people with notebooks: `items` is a list of structs.

use std::io::Write;
use std::sync::Arc;

use arrow_array::builder::StringBuilder;
use arrow_array::{ArrayRef, ListArray, RecordBatch, StringArray, StructArray};
use arrow_buffer::OffsetBuffer;
use arrow_schema::{DataType, Field, Fields, Schema, SchemaRef};
use erbij_core::Catalogue;
use erbij_engine::{Engine, Language};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;

use crate::commands::batch::{Row, Rows};

/// Encodes a share as `customer_id`, `items: list<struct>` and `fallback_used`.
pub(crate) struct ParquetRows<'a> {
    catalogue: &'a Catalogue,
    language: Language,
}

impl<'a> ParquetRows<'a> {
    pub(crate) fn new(engine: &'a Engine, language: Language) -> Self {
        Self { catalogue: &engine.models().catalogue, language }
    }
}

fn item_fields() -> Fields {
    let text = |name: &str, is_nullable| Field::new(name, DataType::Utf8, is_nullable);
    Fields::from(vec![
        text("item_id", false),
        text("title", false),
        text("url", true),
        text("image_url", true),
        text("price", true),
        text("reason_code", false),
        text("reason", false),
    ])
}

fn item_field() -> Arc<Field> {
    Arc::new(Field::new("item", DataType::Struct(item_fields()), false))
}

fn schema() -> SchemaRef {
    Arc::new(Schema::new(vec![
        Field::new("customer_id", DataType::Utf8, false),
        Field::new("items", DataType::List(item_field()), false),
        Field::new("fallback_used", DataType::Utf8, true),
    ]))
}

/// A writer for what [`ParquetRows`] encodes.
pub(crate) fn writer<W: Write + Send>(file: W) -> anyhow::Result<ArrowWriter<W>> {
    let compression = Compression::ZSTD(ZstdLevel::default());
    let properties = WriterProperties::builder().set_compression(compression).build();
    Ok(ArrowWriter::try_new(file, schema(), Some(properties))?)
}

impl Rows for ParquetRows<'_> {
    type Encoded = RecordBatch;

    fn encode(&self, rows: &[Row<'_>]) -> anyhow::Result<RecordBatch> {
        let columns = self.catalogue.columns();
        let mut builders: Vec<StringBuilder> = item_fields().iter().map(|_| StringBuilder::new()).collect();
        for item in rows.iter().flat_map(|row| &row.slate.items) {
            let known = |text: &str| (!text.is_empty()).then(|| text.to_owned());
            let at = item.item.index();
            let cells = [
                Some(self.catalogue.items().id(item.item).to_owned()),
                Some(self.catalogue.title(item.item).to_owned()),
                known(columns.link.get(at)),
                known(columns.image_link.get(at)),
                self.catalogue.price(item.item).map(|price| price.to_string()),
                Some(item.reason.code().to_owned()),
                Some(item.reason.sentence(self.catalogue, self.language)),
            ];
            for (builder, cell) in builders.iter_mut().zip(cells) {
                builder.append_option(cell);
            }
        }
        let arrays = builders.iter_mut().map(|builder| Arc::new(builder.finish()) as ArrayRef).collect();
        let items = StructArray::try_new(item_fields(), arrays, None)?;
        let lens = OffsetBuffer::from_lengths(rows.iter().map(|row| row.slate.items.len()));
        let customers: StringArray = rows.iter().map(|row| Some(row.customer_id)).collect();
        let fallbacks: StringArray =
            rows.iter().map(|row| row.slate.fallback_used().map(|source| source.name())).collect();
        let lists = ListArray::try_new(item_field(), lens, Arc::new(items), None)?;
        Ok(RecordBatch::try_new(schema(), vec![Arc::new(customers), Arc::new(lists), Arc::new(fallbacks)])?)
    }
}
