//! Habits of a shop's people stand in its files.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::path::Path;

use arrow_array::cast::AsArray;
use arrow_array::types::Float64Type;
use erbij_data::ShopParams;

use crate::files::{Line, batches, item_of, purchases_of, simulated, texts};

const MICROS_PER_YEAR: f64 = 365.25 * 86_400e6;

/// When in the year each item's season is.
fn peaks(shop: &Path) -> HashMap<String, f64> {
    let items = batches(&shop.join("truth/items.parquet"));
    let peaks = items.iter().flat_map(|batch| batch["season_peak"].as_primitive::<Float64Type>().iter());
    let ids = texts(&items, "item_id").into_iter().flatten();
    ids.zip(peaks).filter_map(|(id, peak)| peak.map(|peak| (id, peak))).collect()
}

/// The share of what is sold of seasonal items that is sold within a month of the peak of each.
fn share_in_season(shop: &Path, peaks: &HashMap<String, f64>) -> f64 {
    let apart = purchases_of(shop).into_iter().filter_map(|line| {
        let peak = peaks.get(item_of(line.item_id.as_ref()?))?;
        let apart = ((line.ordered_at? as f64 / MICROS_PER_YEAR).fract() - peak).abs();
        Some(apart.min(1.0 - apart))
    });
    let apart: Vec<f64> = apart.collect();
    assert!(5_000 < apart.len(), "{} lines are too few to judge", apart.len());
    apart.iter().filter(|&&apart| apart < 1.0 / 12.0).count() as f64 / apart.len() as f64
}

#[test]
fn what_has_a_season_sells_in_it() {
    let shops = [0.0, 0.8, 1.0].map(|season| simulated(ShopParams { season, ..ShopParams::default() }));
    let peaks = peaks(&shops[1].1);
    // A month on both sides is a sixth of the year. What belongs to something is bought whenever that is.
    let [none, some, all] = shops.each_ref().map(|(_, shop)| share_in_season(shop, &peaks));
    assert!((none - 1.0 / 6.0).abs() < 0.03, "{none}");
    assert!(none + 0.1 < some && some + 0.1 < all, "{none} {some} {all}");
}

#[test]
fn a_shop_without_seasons_tells_of_none() {
    let (_kept, shop) = simulated(ShopParams::default());
    assert_eq!(peaks(&shop), HashMap::new());
    let (_kept, shop) = simulated(ShopParams { season: 0.5, ..ShopParams::default() });
    assert_eq!(peaks(&shop).len(), 300);
}

/// The share of purchases that are of an item the customer bought before.
fn share_bought_again(shop: &Path) -> f64 {
    let mut lines = purchases_of(shop);
    lines.sort_by_key(|line| line.ordered_at);
    let mut bought = HashSet::new();
    let is_again = |line: &Line| {
        let item = line.item_id.as_ref().map(|id| item_of(id).to_owned());
        !bought.insert((line.customer_id.clone(), item))
    };
    let n = lines.len();
    lines.into_iter().filter(is_again).count() as f64 / n as f64
}

#[test]
fn people_of_habits_buy_again() {
    let share = |habit| share_bought_again(&simulated(ShopParams { habit, ..ShopParams::default() }).1);
    let [none, half, most] = [0.0, 0.5, 0.9].map(share);
    assert!(none + 0.1 < half && half + 0.1 < most, "{none} {half} {most}");
}

#[test]
fn a_shop_has_as_many_categories_as_asked_for() {
    let n = |n_categories| {
        let (_kept, shop) = simulated(ShopParams { n_categories, ..ShopParams::default() });
        let paths = texts(&batches(&shop.join("truth/items.parquet")), "leaf_category");
        let above = |path: &String| path.rsplit_once(" > ").map(|(above, _)| above.to_owned());
        paths.iter().flatten().filter_map(above).collect::<BTreeSet<_>>().len()
    };
    assert_eq!([0, 1, 9].map(n), [5, 1, 9]);
}
