//! Trains a recipe: every model, and on the end of the history the blend that orders slates.
//!
//! From order lines to a slate:
//!
//! ```
//! use erbij_core::{
//!     Baskets, Catalogue, CatalogueColumns, Currency, CustomerIdx, ItemIdx, Order, Placement, Silent, StrColumn,
//!     Timestamp, TrainingData, VariantColumns, Vocab,
//! };
//! use erbij_engine::{Engine, Person, Query};
//! use erbij_recipe::Recipe;
//!
//! let day = |n| Timestamp::from_micros(0).plus_days(n);
//! let order = |n: u32| Order {
//!     customer: Some(CustomerIdx::new(n)),
//!     ordered_at: day(i64::from(n)),
//!     amount_minor: 4_500,
//!     lines: vec![(ItemIdx::new(0), 1.0), (ItemIdx::new(1), 2.0)],
//! };
//! let baskets = Baskets::from_orders(6, 2, (0..6).map(order).collect())?;
//! let ids: StrColumn = ["machine", "filters"].iter().collect();
//! let catalogue = Catalogue::new(CatalogueColumns::of_ids(ids), VariantColumns::default(), Currency::EUR)?;
//! let customers = Vocab::new((0..6).map(|n| format!("c{n}")).collect::<StrColumn>())?;
//! let data = TrainingData::of_orders(baskets, customers, catalogue);
//! let engine = Engine::new(erbij_train::train(&Recipe::fast().check()?, data, &Silent)?);
//!
//! let page = [ItemIdx::new(0)];
//! let query = Query { anchors: &page, ..Query::new(Placement::ItemPage, Person::Nobody, day(10)) };
//! let slate = engine.recommend(&query, &mut engine.new_scratch());
//! assert_eq!(slate.items[0].item, ItemIdx::new(1));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod chance;
mod fit;
mod item_lists;
mod learn_blend;
mod learn_related;
mod split;
#[cfg(test)]
mod testing;

pub use chance::{shuffle_front, stream};
pub use fit::{FitError, fit, fit_for_blend, fit_personal, fit_with};
pub use item_lists::{ItemLists, ItemListsBuilder, ItemListsError};
pub use learn_blend::train;
pub use split::{
    HeldOut, Split, SplitError, cutoff_before_end, hold_out_share, leave_last_basket, split_at, split_by,
};
