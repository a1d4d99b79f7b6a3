//! Recipe, checked parameters, fit and immutable models.
//!
//! Each model is a folder of three files: `params.rs` (what a recipe may say, and [`check`] of it), `fit.rs`
//! (checked parameters and data in, model out) and `model.rs` (immutable, scores). A model that has not been
//! fitted does not exist. The kernels are free functions over slices; work is shared out by row, every row is
//! summed by one thread in one order, so the same input gives the same bytes on any number of threads.
//!
//! [`check`]: AffinityParams::check

mod affinity;
mod ials;
mod incidence;
mod model_set;
mod neighbours;
mod personal;
mod popularity;
mod recipe;
mod score_board;
mod share_out;

pub use affinity::{
    Affinity, AffinityMeasure, AffinityNeighbour, AffinityParams, CheckedAffinityParams, CountBy, PairCounts,
    entropy_llr, fit_affinity,
};
pub use ials::{CheckedIalsParams, Factors, IalsParams, fit_ials};
pub use incidence::Incidence;
pub use model_set::{FitError, ModelSet, TrainingData, fit};
pub use neighbours::{ModelError, NeighbourOrder, Neighbours};
pub use personal::{CheckedPersonalParams, Personal, PersonalParams, fit_personal};
pub use popularity::{CheckedPopularityParams, Popularity, PopularityParams, fit_popularity};
pub use recipe::{CheckedRecipe, HistoryParams, ParamError, PlacementParams, Recipe, RecipeError};
pub use score_board::ScoreBoard;
