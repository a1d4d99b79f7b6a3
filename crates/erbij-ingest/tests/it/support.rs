//! Small Parquet files, made to order.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use arrow_array::{ArrayRef, RecordBatch, StringArray, TimestampMicrosecondArray};
use erbij_core::{ItemIdx, Silent, Timestamp};
use erbij_ingest::{IngestError, IngestReport, Ingested, Settings, Sources, TableReport};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::{WriterProperties, WriterPropertiesBuilder};

/// The clock of all tests.
pub(crate) const NOW: &str = "2024-06-01T12:00:00Z";

pub(crate) fn now() -> Timestamp {
    Timestamp::parse(NOW).expect("a date")
}

pub(crate) fn text<S: AsRef<str>>(values: impl IntoIterator<Item = Option<S>>) -> ArrayRef {
    Arc::new(values.into_iter().map(|value| value.map(|v| v.as_ref().to_owned())).collect::<StringArray>())
}

pub(crate) fn instants<'a>(values: impl IntoIterator<Item = Option<&'a str>>) -> ArrayRef {
    let micros = values.into_iter().map(|v| v.map(|v| Timestamp::parse(v).expect(v).micros()));
    Arc::new(micros.collect::<TimestampMicrosecondArray>())
}

pub(crate) fn batch(columns: Vec<(&str, ArrayRef)>) -> RecordBatch {
    RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(n, c)| (n, c, true)))
        .expect("columns fit")
}

pub(crate) fn properties() -> WriterPropertiesBuilder {
    WriterProperties::builder().set_compression(Compression::ZSTD(ZstdLevel::default()))
}

pub(crate) fn write_with(path: &Path, batch: &RecordBatch, properties: WriterProperties) {
    std::fs::create_dir_all(path.parent().expect("in a folder")).expect("a folder");
    let file = File::create(path).expect("a file");
    let mut writer = ArrowWriter::try_new(file, batch.schema(), Some(properties)).expect("a writer");
    writer.write(batch).expect("rows");
    writer.close().expect("a footer");
}

pub(crate) fn write(path: &Path, batch: &RecordBatch) {
    write_with(path, batch, properties().build());
}

/// An order line in words; empty words are absent values.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    pub(crate) order: String,
    pub(crate) item: String,
    pub(crate) at: String,
    pub(crate) customer: String,
    pub(crate) quantity: Option<f64>,
    pub(crate) price: Option<f64>,
}

/// `order item at customer quantity price`, in one line; `-` is absent, `_` in words is a space.
pub(crate) fn line(words: &str) -> Line {
    let words: Vec<&str> = words.split_whitespace().collect();
    let word = |at: usize| match words.get(at) {
        Some(&"-") | None => String::new(),
        Some(word) => word.replace('_', " "),
    };
    let number = |at: usize| words.get(at).filter(|w| **w != "-").map(|w| w.parse().expect("a number"));
    Line {
        order: word(0),
        item: word(1),
        at: word(2),
        customer: word(3),
        quantity: number(4),
        price: number(5),
    }
}

pub(crate) fn lines(rows: &[&str]) -> Vec<Line> {
    rows.iter().map(|row| line(row)).collect()
}

/// Lines as columns: texts all over, quantities and prices as floats.
pub(crate) fn batch_of(lines: &[Line]) -> RecordBatch {
    let words = |of: fn(&Line) -> &String| text(lines.iter().map(|l| Some(of(l)).filter(|w| !w.is_empty())));
    let numbers = |of: fn(&Line) -> Option<f64>| -> ArrayRef {
        Arc::new(lines.iter().map(of).collect::<arrow_array::Float64Array>())
    };
    batch(vec![
        ("order_id", words(|l| &l.order)),
        ("item_id", words(|l| &l.item)),
        ("ordered_at", words(|l| &l.at)),
        ("customer_id", words(|l| &l.customer)),
        ("quantity", numbers(|l| l.quantity)),
        ("price", numbers(|l| l.price)),
    ])
}

pub(crate) fn orders(path: &Path) -> Sources {
    Sources { orders: path.display().to_string(), ..Sources::default() }
}

pub(crate) fn ingest(sources: &Sources, settings: &Settings) -> Result<Ingested, IngestError> {
    erbij_ingest::ingest(sources, settings, now(), &Silent)
}

/// The rules of a shop that numbers its cancellations `C17` and has codes for postage.
pub(crate) fn with_codes() -> Settings {
    Settings::from_toml(
        "[rules]\ncancellation_prefix = 'C'\nservice_codes = ['POST', 'BANK CHARGES', 'D', 'M', 'B']",
    )
    .expect("settings")
}

/// Ingests lines written to one file, by the rules of [`with_codes`].
pub(crate) fn ingest_lines(rows: &[&str]) -> Ingested {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("orders.parquet");
    write(&path, &batch_of(&lines(rows)));
    ingest(&orders(&path), &with_codes()).expect("valid tables")
}

/// The identity that every report keeps, and the only line of defence against silent loss.
pub(crate) fn check_identity(report: &IngestReport) {
    for (name, table) in &report.tables {
        let dropped: u64 = table.dropped.values().sum();
        assert_eq!(table.rows_read, table.rows_used + dropped, "{name}: {table:?}");
    }
}

/// Counts of a table as `reason n, ...`.
pub(crate) fn counts(table: &TableReport) -> (String, String) {
    let words = |counts: &std::collections::BTreeMap<&str, u64>| {
        counts.iter().map(|(reason, n)| format!("{reason} {n}")).collect::<Vec<_>>().join(", ")
    };
    (words(&table.dropped), words(&table.noted))
}

/// Baskets in words: `customer@instant amount: item*quantity ...`.
pub(crate) fn told(ingested: &Ingested) -> Vec<String> {
    let baskets = &ingested.baskets;
    (0..baskets.len())
        .map(|basket| {
            let customer = baskets.customer(basket);
            let customer = if customer.is_guest() { "-" } else { ingested.customers.id(customer) };
            let lines: Vec<_> = baskets
                .items(basket)
                .iter()
                .zip(baskets.quantities(basket))
                .map(|(&item, quantity)| format!("{}*{quantity}", ingested.catalogue.items().id(item)))
                .collect();
            let (at, amount) = (baskets.ordered_at(basket), baskets.amount_minor(basket));
            format!("{customer}@{at} {amount}: {}", lines.join(" "))
        })
        .collect()
}

/// Returns in words, as they are ordered: `item customer@instant`.
pub(crate) fn told_returns(ingested: &Ingested) -> Vec<String> {
    let told = |returned: &erbij_core::Returned| {
        let customer = ingested.customers.id(returned.customer);
        format!("{} {customer}@{}", ingested.catalogue.items().id(returned.item), returned.ordered_at)
    };
    ingested.baskets.parts().returned.iter().map(told).collect()
}

/// Everything but the report, to be compared.
pub(crate) fn result(ingested: &Ingested) -> (Vec<String>, Vec<String>, String, Vec<String>) {
    let customers = ingested.customers.ids().iter().map(str::to_owned).collect();
    let catalogue = format!("{:?} {:?}", words(ingested), ingested.catalogue.variants().item);
    (told(ingested), customers, catalogue, told_returns(ingested))
}

fn words(ingested: &Ingested) -> Vec<String> {
    let c = ingested.catalogue.columns();
    (0..ingested.catalogue.len())
        .map(|row| {
            format!(
                "{} {} {} {} {} {} {} {} {} {}",
                c.item_id.get(row),
                c.variant_id.get(row),
                c.title.get(row),
                c.category.get(row),
                c.price_minor[row],
                c.availability[row],
                c.listed[row],
                c.expires_at[row],
                c.useful_life_days[row],
                c.pack_size[row]
            )
        })
        .collect()
}

/// The number of an item.
pub(crate) fn idx(ingested: &Ingested, id: &str) -> ItemIdx {
    ingested.catalogue.item_idx_from_id(id).unwrap_or_else(|| panic!("no item `{id}`"))
}
