//! What a simulated shop planted, by the numbers that its customers and items have here.
//!
//! A customer whose lines were all spoilt has no order, an item neither: what is planted of these is left out.

use std::path::Path;

use erbij_core::Day;
use erbij_data::{read_customers, read_intervals, read_items, read_relations};
use erbij_evaluate::protocols::accessory::PlantedItems;
use erbij_evaluate::protocols::replenishment::{PlantedInterval, once_each};
use erbij_ingest::Ingested;

/// What belongs to what.
pub(crate) fn items(shop: &Path, ingested: &Ingested) -> anyhow::Result<PlantedItems> {
    let item = |id: &str| ingested.catalogue.item_idx_from_id(id);
    let mut planted = PlantedItems::new(ingested.catalogue.len());
    read_relations(shop, |row| {
        if let (Some(main), Some(other)) = (item(row.main_item_id), item(row.other_item_id)) {
            planted.relate(main, other, row.relation, row.expected_pairs.unwrap_or_default());
        }
    })?;
    read_items(shop, |row| {
        if let Some(item) = item(row.item_id) {
            planted.describe(item, row.need, row.n_lines.unwrap_or_default());
        }
    })?;
    Ok(planted)
}

/// How long packs last, by customer and item.
pub(crate) fn intervals(shop: &Path, ingested: &Ingested) -> anyhow::Result<Vec<PlantedInterval>> {
    let mut planted = Vec::new();
    read_intervals(shop, |row| {
        let customer = ingested.customers.idx_from_id(row.customer_id);
        let item = ingested.catalogue.item_idx_from_id(row.item_id);
        if let (Some(customer), Some(item)) = (customer, item) {
            planted.push(PlantedInterval { customer, item, mean_days: row.mean_interval_days });
        }
    })?;
    Ok(once_each(planted))
}

/// A customer each: the day they left, where they did.
pub(crate) fn left_on(shop: &Path, ingested: &Ingested) -> anyhow::Result<Vec<Option<Day>>> {
    let mut left = vec![None; ingested.customers.len()];
    read_customers(shop, |row| {
        let customer = ingested.customers.idx_from_id(row.customer_id);
        if let (Some(customer), Some(day)) = (customer, row.left_on) {
            left[customer.index()] = Some(Day::new(day));
        }
    })?;
    Ok(left)
}
