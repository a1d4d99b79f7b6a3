//! Splits, metrics, intervals and tuning: what a recipe is worth, measured with the engine that serves.

mod counts;
mod item_lists;
pub mod metrics;
mod slices;
mod split;
#[cfg(test)]
mod testing;

pub use counts::{n_buyers_by_item, n_orders_by_customer, n_purchases_by_item};
pub use item_lists::{ItemLists, ItemListsError};
pub use slices::{Slice, SliceRules, Slices};
pub use split::{HeldOut, Split, SplitError, hold_out_share, leave_last_basket, split_at, split_fixed};
