//! The seeded shop simulator: order history of any size in which the truth is known.
//!
//! Real order history never says which accessory belongs to which machine, or how long a pack of
//! filters lasts. A simulated shop does: what was planted stands in `truth/`, so a model can be held
//! against it. Dirt of every kind of the data contract is planted too, and counted.
//!
//! The catalogue is made first and kept in memory. Customers are then simulated one by one, each from
//! a stream of chance of its own that depends on the seed and the customer's number only, and their
//! lines are written as they come. So memory grows with items, not with lines, and the bytes do not
//! depend on how many threads help.
//!
//! ```
//! use erbij_data::{ShopParams, simulate};
//! let params = ShopParams { n_customers: 50, n_items: 100, n_lines: 1_000, n_days: 200, ..ShopParams::default() };
//! let out = std::env::temp_dir().join(format!("erbij-shop-{}", std::process::id()));
//! let summary = simulate(&params.check()?, &out, &mut |_| {})?;
//! assert_eq!(summary.n_lines, 1_000);
//! # std::fs::remove_dir_all(&out)?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod catalogue;
mod customer;
mod dirt;
mod folder;
mod habits;
mod history;
mod item;
mod item_rows;
mod lines;
mod params;
mod planted;
mod relations;
mod simulate;
mod summary;
mod table;
mod truth;
mod truth_page;
mod views;

pub use params::{CheckedShopParams, ShopError, ShopParams};
pub use planted::{
    CustomerRow, IntervalRow, ItemRow, PlantedError, RelationRow, read_customers, read_intervals, read_items,
    read_relations,
};
pub use simulate::simulate;
pub use summary::ShopSummary;

/// Microseconds of a second, the finest step of simulated time.
const MICROS_PER_SEC: i64 = 1_000_000;
/// Seconds of a day.
const SECS_PER_DAY: f64 = 86_400.0;
