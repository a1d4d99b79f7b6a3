//! The values of customers that a verdict needs, kept while a search runs.

use erbij_core::Progress;
use erbij_recipe::{CheckedRecipe, RecipeError};

use super::data::{TrialError, TuningData};
use super::schedule::{Outcome, Schedule, best_first};
use super::verdict::Verdict;
use crate::intervals::IntervalError;

/// Why there is no verdict.
#[derive(Debug, thiserror::Error)]
pub enum VerdictError {
    /// Nothing was tried.
    #[error("no trial was made")]
    NoTrial,
    /// The best is no point of the search.
    #[error(transparent)]
    Recipe(#[from] RecipeError),
    /// A recipe has no values.
    #[error(transparent)]
    Trial(#[from] TrialError),
    /// The values have no interval.
    #[error(transparent)]
    Interval(#[from] IntervalError),
}

/// The values of each customer that a verdict needs, as far as they were worked out in this run.
#[derive(Debug, Default)]
pub struct Kept {
    given: Option<Vec<Option<f64>>>,
    /// Of the best so far, with the number of its trial.
    best: Option<(usize, Vec<Option<f64>>)>,
}

impl Kept {
    /// Keeps the values of the latest trial, if it is the first or the best.
    pub fn keep(&mut self, outcomes: &[Outcome], values: Vec<Option<f64>>) {
        let Some(latest) = outcomes.last() else { return };
        if latest.trial == 0 {
            self.given = Some(values.clone());
        }
        if best_first(outcomes).first().is_some_and(|best| best.trial == latest.trial) {
            self.best = Some((latest.trial, values));
        }
    }

    /// Compares the best with what was given; what another run found is fitted once more.
    pub fn verdict(
        self,
        ranked: &[&Outcome],
        schedule: &Schedule,
        data: &TuningData,
        seed: u64,
        progress: &dyn Progress,
    ) -> Result<Verdict, VerdictError> {
        let best = ranked.first().ok_or(VerdictError::NoTrial)?;
        let metric = schedule.search().metric();
        let again = |recipe: &CheckedRecipe, which: &str| {
            progress.note(&format!("{which} is fitted once more, to compare it customer by customer"));
            data.values(recipe, metric, 1.0, seed)
        };
        let of_best = match self.best {
            Some((trial, values)) if trial == best.trial => values,
            _ => again(&schedule.tried(best)?, "the best")?,
        };
        let of_given = match self.given {
            Some(values) => values,
            None if best.trial == 0 => of_best.clone(),
            None => again(schedule.given(), "the recipe given")?,
        };
        Ok(Verdict::new(&of_given, &of_best, ranked.len() - 1, seed)?)
    }
}
