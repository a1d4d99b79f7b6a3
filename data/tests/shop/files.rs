//! Simulated shops, read back from their files.

use std::fs::File;
use std::path::{Path, PathBuf};

use arrow_array::RecordBatch;
use arrow_array::cast::AsArray;
use arrow_array::types::{Float64Type, Int32Type, TimestampMicrosecondType};
use erbij_data::{ShopParams, simulate};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

/// One line, as it stands in the file.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Line {
    pub(crate) order_id: Option<String>,
    pub(crate) customer_id: Option<String>,
    pub(crate) item_id: Option<String>,
    pub(crate) ordered_at: Option<i64>,
    pub(crate) quantity: i32,
    pub(crate) price: f64,
    pub(crate) returned_quantity: i32,
}

pub(crate) fn batches(path: &Path) -> Vec<RecordBatch> {
    let file = File::open(path).expect("the file is there");
    let reader =
        ParquetRecordBatchReaderBuilder::try_new(file).expect("a Parquet file").build().expect("readable");
    reader.map(|batch| batch.expect("a sound batch")).collect()
}

pub(crate) fn texts(batches: &[RecordBatch], column: &str) -> Vec<Option<String>> {
    let columns = batches.iter().map(|batch| batch[column].as_string::<i32>());
    columns
        .flat_map(|column| column.iter().map(|value| value.map(str::to_owned)).collect::<Vec<_>>())
        .collect()
}

pub(crate) fn floats(batches: &[RecordBatch], column: &str) -> Vec<f64> {
    batches.iter().flat_map(|batch| batch[column].as_primitive::<Float64Type>().values().to_vec()).collect()
}

pub(crate) fn read_lines(shop: &Path) -> Vec<Line> {
    let batches = batches(&shop.join("orders.parquet"));
    let ints = |name: &str| -> Vec<i32> {
        batches.iter().flat_map(|batch| batch[name].as_primitive::<Int32Type>().values().to_vec()).collect()
    };
    let at: Vec<Option<i64>> = batches
        .iter()
        .flat_map(|batch| {
            batch["ordered_at"].as_primitive::<TimestampMicrosecondType>().iter().collect::<Vec<_>>()
        })
        .collect();
    let (orders, customers) = (texts(&batches, "order_id"), texts(&batches, "customer_id"));
    let (items, prices) = (texts(&batches, "item_id"), floats(&batches, "price"));
    let (quantities, returned) = (ints("quantity"), ints("returned_quantity"));
    (0..at.len())
        .map(|row| Line {
            order_id: orders[row].clone(),
            customer_id: customers[row].clone(),
            item_id: items[row].clone(),
            ordered_at: at[row],
            quantity: quantities[row],
            price: prices[row],
            returned_quantity: returned[row],
        })
        .collect()
}

/// Lines of a shop that are purchases and say who, what and when.
pub(crate) fn purchases_of(shop: &Path) -> Vec<Line> {
    let is_purchase = |line: &Line| {
        line.customer_id.is_some()
            && line.order_id.as_ref().is_some_and(|id| !id.starts_with('C'))
            && line.item_id.as_ref().is_some_and(|id| id.starts_with('i'))
            && line.ordered_at.is_some_and(|at| 0 < at && at < 2_000_000_000_000_000)
    };
    read_lines(shop).into_iter().filter(is_purchase).collect()
}

/// The item of a variant.
pub(crate) fn item_of(id: &str) -> &str {
    id.split('-').next().expect("split gives one part at least")
}

/// A shop of these parameters, in a folder that goes when it is dropped.
pub(crate) fn simulated(params: ShopParams) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("shop");
    simulate(&params.check().expect("good"), &path, &mut |_| {}).expect("simulates");
    (folder, path)
}
