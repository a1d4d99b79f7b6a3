//! A shop as small as a test needs it, written as Parquet.

use std::path::Path;
use std::sync::Arc;

use arrow_array::{Float64Array, TimestampMicrosecondArray};

use crate::ownership::{MICROS_PER_DAY, texts, write};
use crate::program::{erbij, stdout_of};

/// 1 June 2025, in microseconds.
const FIRST_ORDER: i64 = 1_748_736_000_000_000;
/// The instant that questions to it are asked.
pub(crate) const NOW: &str = "2025-09-01";
/// Items, by the id of their place.
pub(crate) const N_ITEMS: usize = 20;

/// The id of a customer of [`write_shop`]: a telephone number, as mail engines have them.
pub(crate) fn customer(number: usize) -> String {
    format!("+316{number:08}")
}

/// The id of an item, which a spreadsheet would take for a formula.
pub(crate) fn item(number: usize) -> String {
    format!("-{number}")
}

/// Forty customers who buy three neighbours of twenty items each, in two orders. Titles look like formulas, prices are
/// there, and categories are five.
pub(crate) fn write_shop(dir: &Path) {
    let lines =
        (0..40).flat_map(|buyer| [0, 1, 2].map(|next| (buyer, (buyer * 7 + next) % N_ITEMS, next / 2)));
    let lines: Vec<(usize, usize, usize)> = lines.collect();
    let at =
        lines.iter().map(|&(buyer, _, order)| FIRST_ORDER + (buyer + 40 * order) as i64 * MICROS_PER_DAY);
    let orders: Vec<String> = lines.iter().map(|(buyer, _, order)| format!("o{buyer}-{order}")).collect();
    let customers: Vec<String> = lines.iter().map(|&(buyer, ..)| customer(buyer)).collect();
    let bought: Vec<String> = lines.iter().map(|&(_, bought, _)| item(bought)).collect();
    write(
        &dir.join("orders.parquet"),
        vec![
            ("order_id", texts(orders.iter().map(String::as_str))),
            ("customer_id", texts(customers.iter().map(String::as_str))),
            ("ordered_at", Arc::new(TimestampMicrosecondArray::from_iter_values(at).with_timezone("UTC"))),
            ("item_id", texts(bought.iter().map(String::as_str))),
        ],
    );
    let ids: Vec<String> = (0..N_ITEMS).map(item).collect();
    let titles: Vec<String> = (0..N_ITEMS).map(|number| format!("=title {number}")).collect();
    let categories: Vec<String> = (0..N_ITEMS).map(|number| format!("Shop > Part {}", number / 4)).collect();
    write(
        &dir.join("items.parquet"),
        vec![
            ("id", texts(ids.iter().map(String::as_str))),
            ("title", texts(titles.iter().map(String::as_str))),
            ("product_type", texts(categories.iter().map(String::as_str))),
            (
                "price",
                Arc::new(Float64Array::from_iter_values((0..N_ITEMS).map(|number| number as f64 + 0.5))),
            ),
        ],
    );
}

/// The words that name its tables.
pub(crate) fn tables(dir: &Path) -> [String; 6] {
    let path = |name: &str| dir.join(name).to_str().expect("text").to_owned();
    let [orders, items] = ["orders.parquet", "items.parquet"].map(path);
    ["--orders".to_owned(), orders, "--items".to_owned(), items, "--now".to_owned(), NOW.to_owned()]
}

/// Writes the shop and trains it to the folder `artifact`; says where that is.
pub(crate) fn trained(dir: &Path, more: &[&str]) -> String {
    write_shop(dir);
    let out = dir.join("artifact").to_str().expect("text").to_owned();
    let tables = tables(dir);
    let mut args = vec!["train", "--quiet", "--out", &out];
    args.extend(tables.iter().map(String::as_str));
    args.extend(more);
    stdout_of(&mut erbij(&args));
    out
}
