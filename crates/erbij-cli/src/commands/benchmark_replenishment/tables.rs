//! The columns that only this benchmark reads: of the catalogue, and of a simulated shop's truth.

use std::fs::File;
use std::path::Path;

use anyhow::{Context, bail};
use arrow_array::cast::AsArray;
use arrow_array::types::{Date32Type, Float64Type, Int32Type, Int64Type};
use arrow_array::{Array, ArrayRef};
use arrow_schema::DataType;
use erbij_core::{Catalogue, CustomerIdx, ItemIdx};
use erbij_ingest::Ingested;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

/// A pair that was planted: how long a pack lasts this customer.
pub(super) struct Planted {
    pub(super) customer: CustomerIdx,
    pub(super) item: ItemIdx,
    /// None where the need came up more than once, each time with another length.
    pub(super) mean_days: Option<f64>,
}

/// An item each: pack sizes, 1 where not known, and useful lives, 0 where not known.
pub(super) fn item_facts(path: Option<&Path>, catalogue: &Catalogue) -> anyhow::Result<(Vec<f32>, Vec<u32>)> {
    let (mut sizes, mut lives) = (vec![1.0; catalogue.len()], vec![0; catalogue.len()]);
    let Some(path) = path else { return Ok((sizes, lives)) };
    for (name, is_size) in [("pack_size", true), ("useful_life_days", false)] {
        scan(path, &["id", name], false, |columns| {
            let values = numbers(&columns[1], path, name)?;
            for (row, value) in values.into_iter().enumerate() {
                let Some(value) = value.filter(|value| 0.0 < *value && value.is_finite()) else { continue };
                let Some(item) = text(&columns[0], row).and_then(|id| catalogue.item_idx_from_id(id)) else {
                    continue;
                };
                if is_size {
                    sizes[item.index()] = value as f32;
                } else {
                    lives[item.index()] = value as u32;
                }
            }
            Ok(())
        })?;
    }
    Ok((sizes, lives))
}

/// The planted intervals of a shop, by customer and item.
pub(super) fn planted(shop: &Path, ingested: &Ingested) -> anyhow::Result<Vec<Planted>> {
    let path = shop.join("truth/intervals.parquet");
    let mut planted = Vec::new();
    scan(&path, &["customer_id", "item_id", "mean_interval_days"], true, |columns| {
        let means = numbers(&columns[2], &path, "mean_interval_days")?;
        for (row, mean_days) in means.into_iter().enumerate() {
            // A customer whose lines were all spoilt has no order, an item neither.
            let customer = text(&columns[0], row).and_then(|id| ingested.customers.idx_from_id(id));
            let item = text(&columns[1], row).and_then(|id| ingested.catalogue.item_idx_from_id(id));
            if let (Some(customer), Some(item)) = (customer, item) {
                planted.push(Planted { customer, item, mean_days });
            }
        }
        Ok(())
    })?;
    planted.sort_by_key(|pair| (pair.customer, pair.item));
    planted.dedup_by(|later, first| {
        let is_same = (later.customer, later.item) == (first.customer, first.item);
        if is_same {
            first.mean_days = None;
        }
        is_same
    });
    Ok(planted)
}

/// A customer each: the day he left, where he did.
pub(super) fn left_on(shop: &Path, ingested: &Ingested) -> anyhow::Result<Vec<Option<i32>>> {
    let path = shop.join("truth/customers.parquet");
    let mut left = vec![None; ingested.customers.len()];
    scan(&path, &["customer_id", "left_on"], true, |columns| {
        let days = columns[1].as_primitive_opt::<Date32Type>();
        let days = days.with_context(|| format!("`{}`: `left_on` holds no dates", path.display()))?;
        for row in 0..days.len() {
            let customer = text(&columns[0], row).and_then(|id| ingested.customers.idx_from_id(id));
            if let (Some(customer), true) = (customer, days.is_valid(row)) {
                left[customer.index()] = Some(days.value(row));
            }
        }
        Ok(())
    })?;
    Ok(left)
}

/// Reads some columns batch by batch. A file without one of them is an error where all are `required`, and
/// has nothing to tell otherwise.
fn scan(
    path: &Path,
    names: &[&str],
    required: bool,
    mut on_batch: impl FnMut(&[ArrayRef]) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let reading = || format!("reading `{}` failed", path.display());
    let file = File::open(path).with_context(reading)?;
    let builder = ParquetRecordBatchReaderBuilder::try_new(file).with_context(reading)?;
    let is_there = |name: &&&str| builder.schema().column_with_name(name).is_some();
    if let Some(missing) = names.iter().find(|name| !is_there(name)) {
        if required {
            bail!(
                "`{}` has no column `{missing}`: make the shop again with `erbij simulate`",
                path.display()
            );
        }
        return Ok(());
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

fn text(column: &ArrayRef, row: usize) -> Option<&str> {
    let texts = column.as_string_opt::<i32>()?;
    texts.is_valid(row).then(|| texts.value(row))
}

fn numbers(column: &ArrayRef, path: &Path, name: &str) -> anyhow::Result<Vec<Option<f64>>> {
    Ok(match column.data_type() {
        DataType::Int32 => column.as_primitive::<Int32Type>().iter().map(|v| v.map(f64::from)).collect(),
        DataType::Int64 => column.as_primitive::<Int64Type>().iter().map(|v| v.map(|v| v as f64)).collect(),
        DataType::Float64 => column.as_primitive::<Float64Type>().iter().collect(),
        other => bail!("`{}`: `{name}` is {other}, expected int32, int64 or float64", path.display()),
    })
}
