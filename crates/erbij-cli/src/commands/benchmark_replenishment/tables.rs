//! What a simulated shop tells of its truth.

use std::path::Path;

use anyhow::Context;
use arrow_array::Array;
use arrow_array::cast::AsArray;
use arrow_array::types::Date32Type;
use erbij_core::{CustomerIdx, ItemIdx};
use erbij_ingest::Ingested;

use crate::commands::truth_tables::{numbers, scan, text};

/// A pair that was planted: how long a pack lasts this customer.
pub(super) struct Planted {
    pub(super) customer: CustomerIdx,
    pub(super) item: ItemIdx,
    /// None where the need came up more than once, each time with another length.
    pub(super) mean_days: Option<f64>,
}

/// The planted intervals of a shop, by customer and item.
pub(super) fn planted(shop: &Path, ingested: &Ingested) -> anyhow::Result<Vec<Planted>> {
    let path = shop.join("truth/intervals.parquet");
    let mut planted = Vec::new();
    scan(&path, &["customer_id", "item_id", "mean_interval_days"], |columns| {
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
    scan(&path, &["customer_id", "left_on"], |columns| {
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
