//! Reads what was planted back from the tables of `truth/`, row by row: for whoever holds a model against it.
//!
//! Ids are those of the shop. A row without an id is passed over.

use std::fs::File;
use std::path::{Path, PathBuf};

use arrow_array::cast::AsArray;
use arrow_array::types::{Date32Type, Float64Type, Int32Type, Int64Type, UInt64Type};
use arrow_array::{Array, ArrayRef};
use arrow_schema::{ArrowError, DataType};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::errors::ParquetError;

/// Why the truth cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum PlantedError {
    /// The file cannot be opened.
    #[error("reading `{}` failed", path.display())]
    Open {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// It is no Parquet file.
    #[error("reading `{}` failed", path.display())]
    Parquet {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: ParquetError,
    },
    /// Its rows cannot be read.
    #[error("reading `{}` failed", path.display())]
    Rows {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: ArrowError,
    },
    /// A column is missing, as in a shop of an older program.
    #[error("`{}` has no column `{name}`: make the shop again with `erbij simulate`", path.display())]
    NoColumn {
        /// Which file.
        path: PathBuf,
        /// The column.
        name: &'static str,
    },
    /// A column of numbers holds something else.
    #[error("`{}`: `{name}` is {found}, expected int32, int64, uint64 or float64", path.display())]
    NoNumbers {
        /// Which file.
        path: PathBuf,
        /// The column.
        name: &'static str,
        /// What it holds.
        found: DataType,
    },
    /// A column of days holds something else.
    #[error("`{}`: `{name}` holds no dates", path.display())]
    NoDates {
        /// Which file.
        path: PathBuf,
        /// The column.
        name: &'static str,
    },
}

/// What belongs to what, replaces it or is bought instead.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RelationRow<'a> {
    /// What was bought first.
    pub main_item_id: &'a str,
    /// What is bought because of it.
    pub other_item_id: &'a str,
    /// `accessory`, `consumable`, `spare_part`, `successor` or `substitute`.
    pub relation: &'a str,
    /// How many pairs are to be expected.
    pub expected_pairs: Option<f64>,
}

/// Reads `truth/relations.parquet` of a shop.
pub fn read_relations(shop: &Path, mut on_row: impl FnMut(RelationRow<'_>)) -> Result<(), PlantedError> {
    let path = shop.join("truth/relations.parquet");
    scan(&path, ["main_item_id", "other_item_id", "relation", "expected_pairs"], |columns| {
        let expected = numbers(&columns[3], &path, "expected_pairs")?;
        for (row, expected_pairs) in expected.into_iter().enumerate() {
            let texts = [0, 1, 2].map(|column| text(&columns[column], row));
            if let [Some(main_item_id), Some(other_item_id), Some(relation)] = texts {
                on_row(RelationRow { main_item_id, other_item_id, relation, expected_pairs });
            }
        }
        Ok(())
    })
}

/// What an item is for, and how often it was bought.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ItemRow<'a> {
    /// Which item.
    pub item_id: &'a str,
    /// What it is bought for, where other items are bought for it too.
    pub need: Option<&'a str>,
    /// Order lines.
    pub n_lines: Option<f64>,
}

/// Reads `truth/items.parquet` of a shop.
pub fn read_items(shop: &Path, mut on_row: impl FnMut(ItemRow<'_>)) -> Result<(), PlantedError> {
    let path = shop.join("truth/items.parquet");
    scan(&path, ["item_id", "need", "n_lines"], |columns| {
        for (row, n_lines) in numbers(&columns[2], &path, "n_lines")?.into_iter().enumerate() {
            if let Some(item_id) = text(&columns[0], row) {
                on_row(ItemRow { item_id, need: text(&columns[1], row), n_lines });
            }
        }
        Ok(())
    })
}

/// How long a pack lasts a customer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct IntervalRow<'a> {
    /// Whom.
    pub customer_id: &'a str,
    /// Of what.
    pub item_id: &'a str,
    /// In the mean.
    pub mean_interval_days: Option<f64>,
}

/// Reads `truth/intervals.parquet` of a shop.
pub fn read_intervals(shop: &Path, mut on_row: impl FnMut(IntervalRow<'_>)) -> Result<(), PlantedError> {
    let path = shop.join("truth/intervals.parquet");
    scan(&path, ["customer_id", "item_id", "mean_interval_days"], |columns| {
        let means = numbers(&columns[2], &path, "mean_interval_days")?;
        for (row, mean_interval_days) in means.into_iter().enumerate() {
            if let (Some(customer_id), Some(item_id)) = (text(&columns[0], row), text(&columns[1], row)) {
                on_row(IntervalRow { customer_id, item_id, mean_interval_days });
            }
        }
        Ok(())
    })
}

/// When a customer left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CustomerRow<'a> {
    /// Who.
    pub customer_id: &'a str,
    /// Days from 1970-01-01 to the day; none where the customer is still there.
    pub left_on: Option<i32>,
}

/// Reads `truth/customers.parquet` of a shop.
pub fn read_customers(shop: &Path, mut on_row: impl FnMut(CustomerRow<'_>)) -> Result<(), PlantedError> {
    let path = shop.join("truth/customers.parquet");
    scan(&path, ["customer_id", "left_on"], |columns| {
        let days = columns[1].as_primitive_opt::<Date32Type>();
        let days = days.ok_or_else(|| PlantedError::NoDates { path: path.clone(), name: "left_on" })?;
        for (row, left_on) in days.iter().enumerate() {
            if let Some(customer_id) = text(&columns[0], row) {
                on_row(CustomerRow { customer_id, left_on });
            }
        }
        Ok(())
    })
}

/// Reads some columns batch by batch.
fn scan<const N: usize>(
    path: &Path,
    names: [&'static str; N],
    mut on_batch: impl FnMut(&[ArrayRef; N]) -> Result<(), PlantedError>,
) -> Result<(), PlantedError> {
    let path_of = || path.to_path_buf();
    let file = File::open(path).map_err(|source| PlantedError::Open { path: path_of(), source })?;
    let no_parquet = |source| PlantedError::Parquet { path: path_of(), source };
    let builder = ParquetRecordBatchReaderBuilder::try_new(file).map_err(no_parquet)?;
    let is_there = |name: &&str| builder.schema().column_with_name(name).is_some();
    if let Some(name) = names.into_iter().find(|name| !is_there(name)) {
        return Err(PlantedError::NoColumn { path: path_of(), name });
    }
    let mask = ProjectionMask::columns(builder.parquet_schema(), names);
    for batch in builder.with_projection(mask).build().map_err(no_parquet)? {
        let batch = batch.map_err(|source| PlantedError::Rows { path: path_of(), source })?;
        let column = |name| batch.column_by_name(name).expect("it is in the schema and was asked for");
        on_batch(&names.map(|name| column(name).clone()))?;
    }
    Ok(())
}

/// A text, where there is one.
fn text(column: &ArrayRef, row: usize) -> Option<&str> {
    let texts = column.as_string_opt::<i32>()?;
    texts.is_valid(row).then(|| texts.value(row))
}

/// A column of numbers of whatever kind, where they are there.
fn numbers(column: &ArrayRef, path: &Path, name: &'static str) -> Result<Vec<Option<f64>>, PlantedError> {
    Ok(match column.data_type() {
        DataType::Int32 => column.as_primitive::<Int32Type>().iter().map(|v| v.map(f64::from)).collect(),
        DataType::Int64 => column.as_primitive::<Int64Type>().iter().map(|v| v.map(|v| v as f64)).collect(),
        DataType::UInt64 => column.as_primitive::<UInt64Type>().iter().map(|v| v.map(|v| v as f64)).collect(),
        DataType::Float64 => column.as_primitive::<Float64Type>().iter().collect(),
        found => {
            return Err(PlantedError::NoNumbers { path: path.to_path_buf(), name, found: found.clone() });
        }
    })
}
