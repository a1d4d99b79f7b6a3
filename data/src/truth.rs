//! The tables of `truth/`, and the customers as the shop knows them.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use arrow_array::{
    ArrayRef, BooleanArray, Date32Array, Float32Array, Float64Array, Int32Array, StringArray, UInt64Array,
};
use arrow_schema::{DataType, Field};

use crate::catalogue::{Shop, item_id};
use crate::customer::{Customer, customer_id};
use crate::dirt::{DirtCounts, kind_names};
use crate::habits;
use crate::history::{Interval, Tally};
use crate::item::NONE;
use crate::relations::SUCCESSOR_PROBABILITY;
use crate::table::{MakeColumn, column, text, text_list, text_lists, write_table};
use crate::{CheckedShopParams, ShopError};

/// The columns of `customers.parquet`.
pub(crate) fn customer_fields() -> Vec<Field> {
    vec![
        text("customer_id"),
        column("first_seen", DataType::Date32),
        text("household"),
        text("preferred_channel"),
    ]
}

/// What the shop knows of some customers.
pub(crate) fn customer_columns<'a>(
    params: &'a CheckedShopParams,
    customers: &'a [Customer],
) -> Vec<MakeColumn<'a>> {
    vec![
        ids(customers),
        Box::new(|| {
            let days = customers.iter().map(|customer| day(params, customer.arrived_day));
            Arc::new(Date32Array::from_iter_values(days))
        }),
        households(customers),
        Box::new(|| {
            // Some never said.
            let channels = customers.iter().map(|customer| match customer.number % 5 {
                0 => None,
                1 => Some("post"),
                _ => Some("email"),
            });
            Arc::new(channels.collect::<StringArray>())
        }),
    ]
}

fn ids(customers: &[Customer]) -> MakeColumn<'_> {
    Box::new(|| {
        Arc::new(StringArray::from_iter_values(customers.iter().map(|customer| customer_id(customer.number))))
    })
}

fn households(customers: &[Customer]) -> MakeColumn<'_> {
    Box::new(|| {
        let kinds =
            customers.iter().map(|customer| if customer.household == 1 { "single" } else { "family" });
        Arc::new(StringArray::from_iter_values(kinds))
    })
}

fn day(params: &CheckedShopParams, from_start: f64) -> i32 {
    params.starts_on() + from_start.floor() as i32
}

/// The columns of `truth/customers.parquet`.
pub(crate) fn true_customer_fields() -> Vec<Field> {
    vec![
        text("customer_id"),
        text_list("interests"),
        text("household"),
        column("household_size", DataType::Int32),
        column("arrived_on", DataType::Date32),
        column("left_on", DataType::Date32),
        column("order_rate", DataType::Float64),
    ]
}

/// The truth about some customers.
pub(crate) fn true_customer_columns<'a>(
    shop: &'a Shop,
    params: &'a CheckedShopParams,
    customers: &'a [Customer],
) -> Vec<MakeColumn<'a>> {
    let path = |category: u32| {
        let category = &shop.categories[category as usize];
        format!("{} > {}", category.department, category.name)
    };
    vec![
        ids(customers),
        Box::new(move || {
            let interests: Vec<Vec<String>> = customers
                .iter()
                .map(|customer| customer.interests.iter().map(|&(category, _)| path(category)).collect())
                .collect();
            Arc::new(text_lists(interests.iter()))
        }),
        households(customers),
        Box::new(|| {
            Arc::new(Int32Array::from_iter_values(customers.iter().map(|customer| customer.household as i32)))
        }),
        Box::new(|| {
            let days = customers.iter().map(|customer| day(params, customer.arrived_day));
            Arc::new(Date32Array::from_iter_values(days))
        }),
        Box::new(|| {
            let days = customers
                .iter()
                .map(|customer| (customer.left_day < params.days()).then(|| day(params, customer.left_day)));
            Arc::new(days.collect::<Date32Array>())
        }),
        Box::new(|| {
            Arc::new(Float64Array::from_iter_values(customers.iter().map(|customer| customer.order_rate)))
        }),
    ]
}

/// The columns of `truth/intervals.parquet`.
pub(crate) fn interval_fields() -> Vec<Field> {
    vec![text("customer_id"), text("item_id"), column("mean_interval_days", DataType::Float64)]
}

/// Some intervals.
pub(crate) fn interval_columns(intervals: &[Interval]) -> Vec<MakeColumn<'_>> {
    vec![
        Box::new(|| {
            let ids = intervals.iter().map(|interval| customer_id(interval.customer));
            Arc::new(StringArray::from_iter_values(ids))
        }),
        Box::new(|| {
            Arc::new(StringArray::from_iter_values(intervals.iter().map(|interval| item_id(interval.item))))
        }),
        Box::new(|| {
            Arc::new(Float64Array::from_iter_values(intervals.iter().map(|interval| interval.mean_days)))
        }),
    ]
}

fn count(counter: &AtomicU64) -> u64 {
    counter.load(Ordering::Relaxed)
}

/// A row of `truth/relations.parquet`.
struct TrueRelation {
    main: u32,
    other: u32,
    kind: &'static str,
    same_order: f32,
    later: f32,
    mean_lag_days: Option<f32>,
    planted_pairs: Option<u64>,
    returned_share: f32,
}

/// Writes what belongs to what.
pub(crate) fn write_relations(path: &Path, shop: &Shop, tally: &Tally) -> Result<(), ShopError> {
    let rows = true_relations(shop, tally);
    let probability = |row: &TrueRelation| f64::from(row.same_order) + f64::from(row.later);
    let expected = rows.iter().map(|row| {
        let n_main = count(&tally.lines[row.main as usize]) as f64;
        row.planted_pairs.map(|_| n_main * probability(row))
    });
    write_table(
        path,
        vec![
            item_column("main_item_id", rows.iter().map(|row| row.main)),
            item_column("other_item_id", rows.iter().map(|row| row.other)),
            (text("relation"), Arc::new(StringArray::from_iter_values(rows.iter().map(|row| row.kind)))),
            (
                column("probability", DataType::Float64),
                Arc::new(Float64Array::from_iter_values(rows.iter().map(probability))),
            ),
            (
                column("same_order_probability", DataType::Float32),
                Arc::new(Float32Array::from_iter_values(rows.iter().map(|row| row.same_order))),
            ),
            (
                column("mean_lag_days", DataType::Float32),
                Arc::new(rows.iter().map(|row| row.mean_lag_days).collect::<Float32Array>()),
            ),
            (column("expected_pairs", DataType::Float64), Arc::new(expected.collect::<Float64Array>())),
            (
                column("planted_pairs", DataType::UInt64),
                Arc::new(rows.iter().map(|row| row.planted_pairs).collect::<UInt64Array>()),
            ),
            (
                column("returned_share", DataType::Float32),
                Arc::new(Float32Array::from_iter_values(rows.iter().map(|row| row.returned_share))),
            ),
        ],
    )
}

fn true_relations(shop: &Shop, tally: &Tally) -> Vec<TrueRelation> {
    let mut rows = Vec::with_capacity(shop.relations.len());
    for main in 0..shop.items.len() as u32 {
        rows.extend(shop.relations_of(main).map(|(idx, relation)| TrueRelation {
            main,
            other: relation.other,
            kind: relation.kind.name(),
            same_order: relation.same_order_probability,
            later: relation.later_probability,
            mean_lag_days: (0.0 < relation.later_probability).then_some(relation.mean_lag_days),
            planted_pairs: Some(count(&tally.pairs[idx as usize])),
            returned_share: relation.returned_share,
        }));
        let untimed = |other, kind, later| TrueRelation {
            main,
            other,
            kind,
            same_order: 0.0,
            later,
            mean_lag_days: None,
            planted_pairs: None,
            returned_share: 0.0,
        };
        let details = shop.item(main);
        if details.successor != NONE {
            rows.push(untimed(details.successor, "successor", SUCCESSOR_PROBABILITY as f32));
        }
        let is_member = |group: &&Vec<u32>| group.contains(&main);
        let substitutes = shop.groups.get(details.group as usize).filter(is_member).into_iter().flatten();
        rows.extend(
            substitutes.filter(|&&other| other != main).map(|&other| untimed(other, "substitute", 1.0)),
        );
    }
    rows
}

fn item_column(name: &str, items: impl Iterator<Item = u32>) -> (Field, ArrayRef) {
    (text(name), Arc::new(StringArray::from_iter_values(items.map(item_id))))
}

/// Writes how gladly each item is bought, and how often it was.
pub(crate) fn write_items(
    path: &Path,
    shop: &Shop,
    params: &CheckedShopParams,
    tally: &Tally,
) -> Result<(), ShopError> {
    let has_season = |item: u32| 0.0 < params.get().season && habits::has_season(item);
    let peaks = (0..shop.items.len() as u32).map(|item| has_season(item).then(|| habits::season_peak(item)));
    let categories = shop.items.iter().map(|item| shop.category_path(item));
    let roles = shop.items.iter().map(|item| format!("{:?}", item.role).to_lowercase());
    let groups = shop.items.iter().map(|item| (item.group != NONE).then(|| format!("g{}", item.group)));
    write_table(
        path,
        vec![
            item_column("item_id", 0..shop.items.len() as u32),
            (text("leaf_category"), Arc::new(StringArray::from_iter_values(categories))),
            (text("role"), Arc::new(StringArray::from_iter_values(roles))),
            (text("need"), Arc::new(groups.collect::<StringArray>())),
            (
                column("popularity_weight", DataType::Float64),
                Arc::new(Float64Array::from_iter_values(shop.items.iter().map(|item| item.weight))),
            ),
            (
                column("mean_interval_days", DataType::Float32),
                Arc::new(
                    shop.items
                        .iter()
                        .map(|item| (0.0 < item.interval_days).then_some(item.interval_days))
                        .collect::<Float32Array>(),
                ),
            ),
            (column("season_peak", DataType::Float64), Arc::new(peaks.collect::<Float64Array>())),
            (
                column("n_lines", DataType::UInt64),
                Arc::new(UInt64Array::from_iter_values(tally.lines.iter().map(count))),
            ),
            (
                column("has_variants", DataType::Boolean),
                Arc::new(shop.items.iter().map(|item| Some(1 < item.n_variants)).collect::<BooleanArray>()),
            ),
        ],
    )
}

/// Writes which items were pushed together on which days.
pub(crate) fn write_promotions(
    path: &Path,
    shop: &Shop,
    params: &CheckedShopParams,
) -> Result<(), ShopError> {
    let day = |from_start: u32| params.starts_on() + from_start as i32;
    let promotions = &shop.promotions;
    let starts = promotions.iter().map(|promotion| day(promotion.from_day));
    let ends = promotions.iter().map(|promotion| day(promotion.until_day - 1));
    write_table(
        path,
        vec![
            (
                column("starts_on", DataType::Date32),
                Arc::new(Date32Array::from_iter_values(starts)) as ArrayRef,
            ),
            (column("ends_on", DataType::Date32), Arc::new(Date32Array::from_iter_values(ends))),
            item_column("item_id", promotions.iter().map(|promotion| promotion.item)),
            item_column("bundled_item_id", promotions.iter().map(|promotion| promotion.bundled)),
        ],
    )
}

/// Writes how many rows of each kind of dirt were planted.
pub(crate) fn write_dirt(path: &Path, counts: &DirtCounts) -> Result<(), ShopError> {
    write_table(
        path,
        vec![
            (text("kind"), Arc::new(StringArray::from_iter_values(kind_names())) as ArrayRef),
            (
                column("rows", DataType::UInt64),
                Arc::new(UInt64Array::from_iter_values(counts.iter().copied())),
            ),
        ],
    )
}
