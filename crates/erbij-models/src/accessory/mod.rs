//! `accessory`: what one needs with or after an item, and what one may buy instead.
//!
//! Files in the order of a fit: `params.rs`; `timeline.rs` lays baskets out by first purchase; `tree.rs` is the tree of
//! categories with its sales; `row.rs` counts what followed an item and expects it; `pair.rs` looks at one pair;
//! `verdict.rs` judges it; `causes.rs` takes out what a third item explains; `alternatives.rs` finds what is bought
//! instead; `fit.rs` puts them together; `model.rs` answers, and
//! `explain.rs` says why.

mod alternatives;
mod causes;
mod explain;
mod fit;
mod model;
mod pair;
mod params;
mod row;
#[cfg(test)]
mod tests;
mod timeline;
mod tree;
mod verdict;

pub use alternatives::AlternativeKind;
pub use explain::Rival;
pub use fit::fit_accessory;
pub use model::{Accessory, AccessoryColumns, AccessoryItem, AlternativeItem};
pub use pair::LAG_BOUNDS;
pub use params::{AccessoryParams, CheckedAccessoryParams};
pub use verdict::{AccessoryKind, Rejection};
