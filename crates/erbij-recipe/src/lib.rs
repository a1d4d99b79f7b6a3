//! A recipe, its checked parameters, and the set of models that it trains.
//!
//! What is read is a [`Recipe`], what may be trained a [`CheckedRecipe`], what comes of it a [`ModelSet`].

#[cfg(test)]
mod auto_tests;
mod model_set;
mod placement_params;
mod recipe;

pub use model_set::ModelSet;
pub use placement_params::{CheckedPlacementParams, Diversity, Owned, PlacementParams};
pub use recipe::{CheckedRecipe, HistoryParams, Recipe, RecipeError};
