//! Trains a recipe: every model, and on the end of the history the blend that orders slates.

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
