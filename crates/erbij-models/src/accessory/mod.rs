//! `accessory`: what one needs with or after an item, and what one may buy instead.
//!
//! Files in the order of a fit: `params.rs`; `timeline.rs` lays baskets out by first purchase; `tree.rs` is the tree of
//! categories with its sales; `row.rs` counts what followed an item and expects it; `company.rs` says whose buyers buy much else; `noise.rs` says how far that can be
//! relied on; `look.rs` looks at all pairs of an item and `pair.rs` at each, `sold.rs` says for how long both were sold; `verdict.rs` judges it, by
//! `kinds.rs` and `rejection.rs`; `causes.rs` takes out what a third item explains;
//! `priors.rs` lets categories speak for thin pairs; `alternatives.rs` finds what is bought instead; `publish.rs` keeps the strongest; `fit.rs` puts them
//! together, within the bounds of `work.rs`; `by_category.rs` does all of it for categories; `model.rs` answers, and `explain.rs` says why.

mod alternatives;
mod by_category;
mod causes;
mod company;
mod explain;
mod fit;
mod kinds;
mod look;
mod model;
mod noise;
mod pair;
mod params;
mod priors;
mod publish;
mod rejection;
mod row;
mod sold;
#[cfg(test)]
mod tests;
mod timeline;
mod tree;
mod verdict;
mod work;

pub use by_category::{CategoryComplement, CategoryComplements, fit_complements};
pub use explain::{CategoryFlow, Rival};
pub use fit::{AccessoryFit, fit_accessory};
pub use kinds::{AccessoryKind, AlternativeKind};
pub use model::{Accessory, AccessoryColumns, AccessoryItem, AlternativeItem};
pub use pair::LAG_BOUNDS;
pub use params::{AccessoryParams, CheckedAccessoryParams, Overdispersion};
pub use rejection::Rejection;
