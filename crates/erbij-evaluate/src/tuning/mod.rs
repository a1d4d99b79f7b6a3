//! Tuning: the parameters of a recipe, searched for by a metric within a budget of trials.
//!
//! A [`Search`] says what may vary, a [`Schedule`] which point is tried next given what was found so far, and
//! [`TuningData`] what a recipe is worth to each customer, of whom [`sample_lists`] and [`sample_baskets`] give a trial its
//! share; a [`Verdict`] says whether what was found is better than what there was, by values that were [`Kept`]. Who runs the trials, writes
//! them down and comes back to them is another matter: a schedule is a pure function of its arguments, so a
//! run that was stopped goes on from its log to the end it would have had.

mod data;
mod kept;
mod sample;
mod schedule;
mod search;
mod surrogate;
mod verdict;

pub use data::{TrialError, TuningData, TuningDataError};
pub use kept::{Kept, VerdictError};
pub use sample::{sample_baskets, sample_lists};
pub use schedule::{Outcome, Plan, Schedule, Stage, Trial, best_first};
pub use search::{Axis, Budget, Params, Range, Scale, Search, SearchError, SearchParams, significant};
pub use verdict::Verdict;
