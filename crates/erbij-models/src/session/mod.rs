//! `session`: what is this visit about, and what is looked at next?
//!
//! The nearest sessions of the past say it (VMIS-kNN, Kersbergen, Sprangers and Schelter, SIGMOD 2022; V-SKNN and
//! VSTAN, Ludewig, Mauro, Latifi and Jannach, UMUAI 2020). Files in the order of a fit: `params.rs`; `fit.rs` keeps
//! of each session what a neighbour says; `postings.rs` finds an item's most recent sessions; `weights.rs` has every
//! weighting as a table; `model.rs` answers, and `neighbours.rs` finds the neighbours it asks.

mod choose;
mod fit;
mod model;
mod neighbours;
mod params;
mod postings;
#[cfg(test)]
mod tests;
mod weights;

pub use choose::choose_session;
pub use fit::fit_session;
pub use model::{SessionModel, Visit};
pub use neighbours::SessionScratch;
pub use params::{
    CheckedSessionParams, IdfForm, SessionParams, SessionSimilarity, StepWeighting, VisitedItems,
};
