//! Reads the tables of a simulated shop's `truth` folder, column by column.

use std::fs::File;
use std::path::Path;

use anyhow::{Context, bail};
use arrow_array::cast::AsArray;
use arrow_array::types::{Float64Type, Int32Type, Int64Type, UInt64Type};
use arrow_array::{Array, ArrayRef};
use arrow_schema::DataType;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

/// Reads some columns batch by batch.
pub(crate) fn scan(
    path: &Path,
    names: &[&str],
    mut on_batch: impl FnMut(&[ArrayRef]) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let reading = || format!("reading `{}` failed", path.display());
    let file = File::open(path).with_context(reading)?;
    let builder = ParquetRecordBatchReaderBuilder::try_new(file).with_context(reading)?;
    let is_there = |name: &&&str| builder.schema().column_with_name(name).is_some();
    if let Some(missing) = names.iter().find(|name| !is_there(name)) {
        bail!("`{}` has no column `{missing}`: make the shop again with `erbij simulate`", path.display());
    }
    let mask = ProjectionMask::columns(builder.parquet_schema(), names.iter().copied());
    for batch in builder.with_projection(mask).build().with_context(reading)? {
        let batch = batch.with_context(reading)?;
        let columns: Option<Vec<ArrayRef>> =
            names.iter().map(|name| batch.column_by_name(name).cloned()).collect();
        on_batch(&columns.context("a column that was asked for is not in the batch")?)?;
    }
    Ok(())
}

/// A text, where there is one.
pub(crate) fn text(column: &ArrayRef, row: usize) -> Option<&str> {
    let texts = column.as_string_opt::<i32>()?;
    texts.is_valid(row).then(|| texts.value(row))
}

/// A column of numbers of whatever kind, where they are there.
pub(crate) fn numbers(column: &ArrayRef, path: &Path, name: &str) -> anyhow::Result<Vec<Option<f64>>> {
    Ok(match column.data_type() {
        DataType::Int32 => column.as_primitive::<Int32Type>().iter().map(|v| v.map(f64::from)).collect(),
        DataType::Int64 => column.as_primitive::<Int64Type>().iter().map(|v| v.map(|v| v as f64)).collect(),
        DataType::UInt64 => column.as_primitive::<UInt64Type>().iter().map(|v| v.map(|v| v as f64)).collect(),
        DataType::Float64 => column.as_primitive::<Float64Type>().iter().collect(),
        other => bail!("`{}`: `{name}` is {other}, expected int32, int64, uint64 or float64", path.display()),
    })
}
