//! `session`: what is this visit about, and what is looked at next?
//!
//! The nearest sessions of the past say it (VMIS-kNN, Kersbergen, Sprangers and Schelter, SIGMOD 2022; V-SKNN and
//! VSTAN, Ludewig, Mauro, Latifi and Jannach, UMUAI 2020). Files in the order of a fit: `params.rs`; `fit.rs` keeps
//! of each session what a neighbour says; `postings.rs` finds an item's most recent sessions; `weights.rs` has every
//! weighting as a table; `model.rs` holds them all; `neighbours.rs` finds the sessions nearest to a visit, and `score.rs`
//! adds up what they say of it.

mod choose;
mod fit;
mod model;
mod neighbours;
mod params;
mod postings;
mod score;
#[cfg(test)]
mod tests;
mod weights;

pub use choose::choose_session;
pub use fit::fit_session;
pub use model::SessionModel;
pub use neighbours::SessionScratch;
pub use params::{
    CheckedSessionParams, IdfForm, SessionParams, SessionSimilarity, StepWeighting, VisitedItems,
};
pub use score::Visit;
