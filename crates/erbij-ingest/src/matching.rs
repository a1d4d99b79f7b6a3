//! Which columns hold the items' ids, where names leave it open: the ones whose values meet.
//!
//! `item_id` is the number of the line in many systems, and `product_id`, `variant_id` and `sku` stand side by side in
//! orders and catalogue alike. So where several columns could be meant, a sample of the orders is held against the whole
//! catalogue, pair by pair.

use std::collections::BTreeSet;

use crate::intern::{Interner, MISSING, TOO_LONG};
use crate::meaning::Meaning;
use crate::names::{self, items, orders};
use crate::table::{Table, TableFiles};
use crate::values::Ids;
use crate::{IngestError, Settings};

/// How many rows of the orders are looked at.
const SAMPLE_ROWS: usize = 1 << 16;
/// By how much the values must meet more often before another column than the first by name is taken.
const CLEARLY: f64 = 0.2;

/// The settings with the columns of items' ids filled in, where their values say which, and what is told of it.
pub(crate) struct Matched {
    pub(crate) settings: Settings,
    pub(crate) hints: Vec<String>,
}

/// One column that could hold the items' ids of orders.
struct Candidate {
    column: String,
    /// The ids of the sample, in the order of its rows.
    ids: Vec<String>,
    n_different: usize,
    /// Whether it counts the lines of each order.
    counts_lines: bool,
}

/// Chooses the columns. O(catalogue · its candidates + sample · both) where there is a choice, else nothing.
pub(crate) fn choose(
    (orders, items): (&Table, Option<&Table>),
    (files_of_orders, files_of_items): (&TableFiles, Option<&TableFiles>),
    settings: &Settings,
) -> Result<Option<Matched>, IngestError> {
    let of_items = items.map_or(&[][..], |table| &table.item_candidates);
    if orders.item_candidates.len() < 2 && (of_items.len() < 2 || !orders.columns.contains_key("item_id")) {
        return Ok(None);
    }
    let named = orders.columns.get("item_id").into_iter().cloned();
    let columns: Vec<String> =
        if orders.item_candidates.is_empty() { named.collect() } else { orders.item_candidates.clone() };
    let mut candidates = Vec::with_capacity(columns.len());
    for column in columns {
        candidates.push(sample(files_of_orders, settings, column)?);
    }
    let Some(first) = candidates.first() else { return Ok(None) };
    let has_other = candidates.iter().any(|candidate| !candidate.counts_lines);
    let mut catalogues = Vec::new();
    for (column, files) in of_items.iter().filter_map(|column| Some((column, files_of_items?))) {
        catalogues.push((column, ids_of_items(files, settings, column)?));
    }
    let named_items = items.and_then(|table| table.columns.get("id"));
    let mut pairs: Vec<Pair<'_>> = Vec::new();
    for candidate in candidates.iter().filter(|candidate| !(has_other && candidate.counts_lines)) {
        if catalogues.is_empty() {
            pairs.push(Pair { share: 0.0, candidate, items_column: named_items });
        }
        for (column, ids) in &catalogues {
            pairs.push(Pair { share: share(candidate, ids), candidate, items_column: Some(*column) });
        }
    }
    let most = pairs.iter().map(|pair| pair.share).fold(0.0, f64::max);
    // Among those that meet about as often, the catalogue's column by name, then the one of clearly more different
    // values, then the first by name.
    let (mut best, mut best_rank) = (None, (false, false));
    for pair in pairs.into_iter().filter(|pair| most - CLEARLY < pair.share) {
        let says_more = 2 * first.n_different < pair.candidate.n_different;
        let rank = (pair.items_column == named_items, says_more);
        if best.is_none() || best_rank < rank {
            (best, best_rank) = (Some(pair), rank);
        }
    }
    let Some(Pair { share, candidate, items_column }) = best else { return Ok(None) };
    let is_as_named = candidate.column == first.column && items_column == named_items;
    if is_as_named {
        return Ok(None);
    }
    let mut settings = settings.clone();
    settings.tables.orders.columns.insert("item_id".to_owned(), Meaning::column(&candidate.column));
    let hint = if first.counts_lines && candidate.column != first.column {
        // The number of the line tells equal lines apart.
        settings
            .tables
            .orders
            .columns
            .entry("line_id".to_owned())
            .or_insert_with(|| Meaning::column(&first.column));
        format!(
            "`{}` counts the lines of each order; `{}` is used for `item_id`",
            first.column, candidate.column
        )
    } else {
        let column = items_column.cloned().unwrap_or_default();
        format!(
            "`{}` is used for `item_id`: {:.1} % of its values are found in `{column}` of the catalogue",
            candidate.column,
            100.0 * share
        )
    };
    if let Some(column) = items_column {
        settings.tables.items.columns.insert("id".to_owned(), Meaning::column(column));
    }
    Ok(Some(Matched { settings, hints: vec![hint] }))
}

/// A column of the orders and one of the catalogue, and how often their values meet.
struct Pair<'a> {
    share: f64,
    candidate: &'a Candidate,
    items_column: Option<&'a String>,
}

fn with(settings: &Settings, table: &str, name: &str, column: &str) -> Settings {
    let mut settings = settings.clone();
    let tables = &mut settings.tables;
    let of = if table == "orders" { &mut tables.orders } else { &mut tables.items };
    of.columns.insert(name.to_owned(), Meaning::column(column));
    settings
}

fn sample(source: &TableFiles, settings: &Settings, column: String) -> Result<Candidate, IngestError> {
    let table = Table::open(&names::ORDERS, source, &with(settings, "orders", "item_id", &column))?;
    let mut item_ids = Ids::new(Interner::new(settings.limits.max_id_bytes));
    let mut order_ids = Ids::new(Interner::new(settings.limits.max_id_bytes));
    let (mut of_item, mut of_order) = (Vec::new(), Vec::new());
    table.sample(&[orders::ITEM_ID, orders::ORDER_ID], |batch| {
        if of_item.len() < SAMPLE_ROWS {
            item_ids.read(batch.columns[0].as_ref(), batch.n_rows, &mut of_item)?;
            order_ids.read(batch.columns[1].as_ref(), batch.n_rows, &mut of_order)?;
        }
        Ok(())
    })?;
    let counts_lines = counts_lines(&of_order, &of_item, &item_ids.interner);
    let ids: Vec<String> = (of_item.iter().filter(|&&id| id < TOO_LONG))
        .map(|&id| item_ids.interner.id(id).into_owned())
        .collect();
    let n_different = ids.iter().collect::<BTreeSet<_>>().len();
    Ok(Candidate { column, ids, n_different, counts_lines })
}

/// Whether each order's rows hold 1, 2, 3 and so on. An order of one line says nothing.
fn counts_lines(orders: &[u32], items: &[u32], ids: &Interner) -> bool {
    let (mut n_further, mut place) = (0, 0_i64);
    for (row, (&order, &item)) in orders.iter().zip(items).enumerate() {
        let is_further = 0 < row && order != MISSING && orders[row - 1] == order;
        place = if is_further { place + 1 } else { 1 };
        if item == MISSING || ids.as_number(item) != Some(place) {
            return false;
        }
        n_further += u64::from(is_further);
    }
    0 < n_further
}

fn ids_of_items(source: &TableFiles, settings: &Settings, column: &str) -> Result<Interner, IngestError> {
    let table = Table::open(&names::ITEMS, source, &with(settings, "items", "id", column))?;
    let mut ids = Ids::new(Interner::new(settings.limits.max_id_bytes));
    let mut read = Vec::new();
    table.scan(&[items::ID], |batch| {
        read.clear();
        ids.read(batch.columns[0].as_ref(), batch.n_rows, &mut read)
    })?;
    Ok(ids.interner)
}

/// Which share of a sample's rows hold an id of the catalogue.
fn share(candidate: &Candidate, catalogue: &Interner) -> f64 {
    let n_known = candidate.ids.iter().filter(|id| catalogue.find(id).is_some()).count();
    n_known as f64 / candidate.ids.len().max(1) as f64
}
