//! Which point is tried next.
//!
//! Of a budget of 40 trials:
//!
//! | stage | trials | share of the data | which points |
//! |---|---|---|---|
//! | `given` | 1 | 1 | the recipe as it was given |
//! | `random` | 16 | ¼ | drawn at random, spread over the space |
//! | `semifinal` | 6 | ½ | the best of `random` |
//! | `final` | 3 | 1 | the best of `semifinal` |
//! | `local` | 14 | 1 | where what was found so far promises most |
//!
//! Random points find the few parameters that matter sooner than a grid does (Bergstra & Bengio, "Random
//! Search for Hyper-Parameter Optimization", JMLR 2012); they are drawn one from each of as many strata of
//! every axis (McKay et al., Technometrics 1979). Most of them can be told to be bad on little data, so the
//! budget is moved to ever fewer points (successive halving: Jamieson & Talwalkar, "Non-stochastic Best Arm
//! Identification and Hyperparameter Optimization", AISTATS 2016). What is left finds a hill but not its top:
//! a third of the budget climbs it, each time to the candidate with the best upper bound by a Gaussian process
//! through all that was found (Srinivas et al., "Gaussian Process Optimization in the Bandit Setting", ICML 2010).
//! Most candidates are steps from the incumbent, and less is left to curiosity from turn to turn. Gaussian steps
//! alone, with shrinking size, stayed on whatever side of a ridge they began.
//! Only values on all data are compared with each other in the end.

use std::f64::consts::TAU;

use erbij_recipe::{CheckedRecipe, RecipeError};
use erbij_train::stream;
use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use crate::tuning::search::{Axis, Params, Search, SearchError};
use crate::tuning::surrogate::{Sighting, Surrogate};

/// Points drawn before giving up: the space is used up, or nothing in it is allowed. Also the candidates of one
/// turn of a climb.
const MAX_DRAWS: usize = 1000;

/// Sizes of the steps from the incumbent to candidates: standard deviation along an axis of the unit cube.
const STEPS: [f64; 4] = [0.2, 0.1, 0.05, 0.02];

/// One of so many candidates lies anywhere, the others near the incumbent.
const ANYWHERE: usize = 4;

/// How many standard deviations are added to what is expected, on the first turn of a climb; 0 on the last.
const CURIOSITY: f64 = 1.5;

/// So many of the best points a climb goes by: more would cost more than they tell.
const MAX_SIGHTINGS: usize = 120;

/// How unsure a value is that was found on all data, and on a part of it: variances of scaled values.
const NOISE: (f64, f64) = (1e-6, 1e-2);

/// How often a step changes a choice.
const CHOICE_CHANGE: f64 = 0.2;

/// The stream of chance that is no trial's.
const STRATA_STREAM: u64 = u64::MAX;

/// What a trial is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// The recipe as it was given.
    Given,
    /// A look around.
    Random,
    /// The best of that once more, on more data.
    Semifinal,
    /// The best of those, on all.
    Final,
    /// A step from the best.
    Local,
}

impl Stage {
    /// All, in their order.
    pub const ALL: [Self; 5] = [Self::Given, Self::Random, Self::Semifinal, Self::Final, Self::Local];

    /// The spelling in logs and tables.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Given => "given",
            Self::Random => "random",
            Self::Semifinal => "semifinal",
            Self::Final => "final",
            Self::Local => "local",
        }
    }
}

/// How a budget is split: trials and share of the data a stage, in the order of [`Stage::ALL`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Plan {
    /// How many trials each stage has.
    pub trials: [usize; 5],
    /// The share of the data each stage is fitted to and judged by.
    pub shares: [f64; 5],
}

impl Plan {
    /// Splits a budget. With fewer than ten trials there is nothing to halve, and with a share of 1 no need
    /// to: then half looks around and half climbs, all on the whole data.
    pub fn new(trials: usize, share: f64) -> Self {
        let halves = 10 <= trials && share < 1.0;
        let part = |percent: usize| trials * percent / 100;
        let (random, semifinal, last) =
            if halves { (part(40), part(15), part(8)) } else { (trials / 2, 0, 0) };
        let local = trials.saturating_sub(1 + random + semifinal + last);
        let of_random = if halves { share } else { 1.0 };
        Self {
            trials: [1, random, semifinal, last, local],
            shares: [1.0, of_random, of_random.sqrt(), 1.0, 1.0],
        }
    }
}

/// What a trial came to. One line of a log.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Outcome {
    /// Its number, from 0.
    pub trial: usize,
    /// What it was for.
    pub stage: Stage,
    /// The share of the data it saw.
    pub share: f64,
    /// What was set, by key of the recipe.
    pub params: Params,
    /// The mean of the metric.
    pub value: f64,
    /// How long it took.
    pub seconds: f64,
}

impl Outcome {
    /// Whether it saw all data, so that its value can be compared with others'.
    pub fn is_on_all(&self) -> bool {
        1.0 <= self.share
    }
}

/// The outcomes on all data, best first, of equals the earlier first.
pub fn best_first(outcomes: &[Outcome]) -> Vec<&Outcome> {
    ranked(outcomes, Outcome::is_on_all)
}

fn ranked(outcomes: &[Outcome], is_meant: impl Fn(&Outcome) -> bool) -> Vec<&Outcome> {
    let mut ranked: Vec<&Outcome> = outcomes.iter().filter(|outcome| is_meant(outcome)).collect();
    ranked.sort_by(|a, b| b.value.total_cmp(&a.value).then(a.trial.cmp(&b.trial)));
    ranked
}

/// A trial to be made.
#[derive(Clone, Debug, PartialEq)]
pub struct Trial {
    /// Its number, from 0.
    pub trial: usize,
    /// What it is for.
    pub stage: Stage,
    /// The share of the data it sees.
    pub share: f64,
    /// What is set, by key of the recipe.
    pub params: Params,
    /// The recipe with that.
    pub recipe: CheckedRecipe,
}

/// The order of trials of one search from one recipe.
#[derive(Clone, Debug)]
pub struct Schedule {
    search: Search,
    given: CheckedRecipe,
    seed: u64,
    plan: Plan,
}

impl Schedule {
    /// Plans the budget of the search.
    pub fn new(search: Search, given: CheckedRecipe, seed: u64) -> Self {
        let plan = Plan::new(search.budget().trials, search.budget().share);
        Self { search, given, seed, plan }
    }

    /// What is searched.
    pub fn search(&self) -> &Search {
        &self.search
    }

    /// Where the search starts.
    pub fn given(&self) -> &CheckedRecipe {
        &self.given
    }

    /// The recipe of an outcome; that of trial 0 is the one given, to the last digit.
    pub fn tried(&self, outcome: &Outcome) -> Result<CheckedRecipe, RecipeError> {
        if outcome.trial == 0 {
            return Ok(self.given.clone());
        }
        self.search.apply(&outcome.params, self.given.recipe())
    }

    /// How many trials there are at most.
    pub fn n_trials(&self) -> usize {
        self.search.budget().trials
    }

    /// How many trials on all data those after the first `n_done` are worth: what is left to be waited for.
    pub fn work_left(&self, n_done: usize) -> f64 {
        let shares = self.plan.trials.into_iter().zip(self.plan.shares);
        shares.flat_map(|(trials, share)| std::iter::repeat_n(share, trials)).skip(n_done).sum()
    }

    /// The next trial, a function of what was found so far; none when the budget is spent or every point of
    /// the space was tried. O(trials · log trials) and a few draws.
    pub fn next(&self, outcomes: &[Outcome]) -> Result<Option<Trial>, SearchError> {
        if self.n_trials() <= outcomes.len() {
            return Ok(None);
        }
        if outcomes.is_empty() {
            let params = self.search.params_of(self.given.recipe());
            return Ok(Some(self.trial(outcomes, Stage::Given, params, self.given.clone())));
        }
        let latest = outcomes.iter().map(|outcome| outcome.stage).max().unwrap_or(Stage::Given);
        for stage in Stage::ALL.into_iter().filter(|&stage| latest <= stage) {
            let n_done = count(outcomes, stage);
            let n_planned = self.plan.trials[stage as usize];
            // A stage that has nothing to try leaves its trials to the last one.
            if n_planned <= n_done && stage != Stage::Local {
                continue;
            }
            let found = match stage {
                Stage::Given => None,
                Stage::Random => self.random(outcomes, n_done)?,
                Stage::Semifinal => self.promoted(Stage::Random, outcomes, n_done)?,
                Stage::Final => self.promoted(Stage::Semifinal, outcomes, n_done)?,
                Stage::Local => self.local(outcomes, n_done)?,
            };
            if let Some((params, recipe)) = found {
                return Ok(Some(self.trial(outcomes, stage, params, recipe)));
            }
        }
        Ok(None)
    }

    /// Whether this schedule would have come to these outcomes, trial by trial; the cost of asking for each.
    pub fn replay(&self, outcomes: &[Outcome]) -> Result<(), SearchError> {
        for (trial, outcome) in outcomes.iter().enumerate() {
            let expected = self.next(&outcomes[..trial])?;
            let is_it = expected.is_some_and(|expected| {
                (expected.trial, expected.stage, &expected.params)
                    == (outcome.trial, outcome.stage, &outcome.params)
            });
            if !is_it {
                return Err(SearchError::Replay { trial });
            }
        }
        Ok(())
    }

    fn trial(&self, outcomes: &[Outcome], stage: Stage, params: Params, recipe: CheckedRecipe) -> Trial {
        Trial { trial: outcomes.len(), stage, share: self.plan.shares[stage as usize], params, recipe }
    }

    /// The point in the strata of its turn; where that is refused or known, any.
    fn random(&self, outcomes: &[Outcome], turn: usize) -> Result<Option<Point>, SearchError> {
        let n_strata = self.plan.trials[Stage::Random as usize];
        let strata = self.strata(n_strata, turn);
        let mut first = Some(strata);
        let n_axes = self.search.axes().len();
        self.draw(
            outcomes.len(),
            |_| true,
            outcomes,
            |rng| match first.take() {
                Some(strata) => {
                    strata.iter().map(|&at| (at as f64 + rng.random::<f64>()) / n_strata as f64).collect()
                }
                None => (0..n_axes).map(|_| rng.random()).collect(),
            },
        )
    }

    /// The stratum of each axis in a turn: a shuffle an axis, so that no two turns share one.
    fn strata(&self, n_strata: usize, turn: usize) -> Vec<usize> {
        let mut rng = stream(self.seed, STRATA_STREAM);
        let mut shuffled: Vec<usize> = (0..n_strata).collect();
        let of_axis = |_: &Axis| {
            for at in (1..n_strata).rev() {
                shuffled.swap(at, rng.random_range(0..=at as u64) as usize);
            }
            shuffled[turn]
        };
        self.search.axes().map(of_axis).collect()
    }

    /// The best of a stage that has not had its turn.
    fn promoted(&self, from: Stage, outcomes: &[Outcome], turn: usize) -> Result<Option<Point>, SearchError> {
        let ranked = ranked(outcomes, |outcome| outcome.stage == from);
        let Some(best) = ranked.get(turn) else { return Ok(None) };
        let recipe = self.search.apply(&best.params, self.given.recipe());
        let recipe = recipe.map_err(|_| SearchError::Replay { trial: best.trial })?;
        Ok(Some((best.params.clone(), recipe)))
    }

    /// The candidate that promises most.
    fn local(&self, outcomes: &[Outcome], turn: usize) -> Result<Option<Point>, SearchError> {
        let Some(incumbent) = best_first(outcomes).first().copied() else { return Ok(None) };
        let incumbent = self.search.units_of(&incumbent.params);
        let surrogate = Surrogate::new(&self.sightings(outcomes));
        let n_turns = self.plan.trials[Stage::Local as usize].max(2);
        let curiosity = CURIOSITY * (1.0 - turn as f64 / (n_turns - 1) as f64).max(0.0);
        let promise = |place: &[f64]| {
            let guess = surrogate.as_ref().map(|surrogate| surrogate.guess(place));
            guess.map_or(0.0, |(expected, deviation)| expected + curiosity * deviation)
        };
        let mut by_promise = None;
        self.draw(outcomes.len(), Outcome::is_on_all, outcomes, |rng| {
            let candidates = by_promise.get_or_insert_with(|| {
                let near = |at: usize, rng: &mut ChaCha8Rng| {
                    let sigma = STEPS[at % STEPS.len()];
                    let axes = self.search.axes().zip(&incumbent);
                    axes.map(|(axis, &place)| step(axis, place, sigma, rng)).collect::<Vec<f64>>()
                };
                let any = |rng: &mut ChaCha8Rng| incumbent.iter().map(|_| rng.random()).collect();
                let place =
                    |at: usize| if at.is_multiple_of(ANYWHERE) { any(rng) } else { near(at / ANYWHERE, rng) };
                let places = (0..MAX_DRAWS).map(place).map(|place| (promise(&place), place));
                let mut places: Vec<(f64, Vec<f64>)> = places.collect();
                // Of equals the one drawn first, as sorting is stable.
                places.sort_by(|a, b| b.0.total_cmp(&a.0));
                places.into_iter()
            });
            candidates.next().map_or_else(|| incumbent.clone(), |(_, place)| place)
        })
    }

    /// What was found, each point by the most data it saw. What was found on a part of the data is raised by
    /// how much the points that were promoted from it gained. All that is worse than the median counts as the
    /// median: how bad is bad says nothing of where the top is, and would drown what does.
    fn sightings(&self, outcomes: &[Outcome]) -> Vec<Sighting> {
        let final_gain = mean_gain(outcomes, Stage::Semifinal, Stage::Final);
        let gains =
            [0.0, final_gain + mean_gain(outcomes, Stage::Random, Stage::Semifinal), final_gain, 0.0, 0.0];
        let mut sightings: Vec<Sighting> = Vec::new();
        for (at, outcome) in outcomes.iter().enumerate() {
            if outcomes[at + 1..].iter().any(|later| later.params == outcome.params) {
                continue;
            }
            let gain = if outcome.is_on_all() { 0.0 } else { gains[outcome.stage as usize] };
            let noise = if outcome.is_on_all() { NOISE.0 } else { NOISE.1 };
            let place = self.search.units_of(&outcome.params);
            sightings.push(Sighting { place, value: outcome.value + gain, noise });
        }
        sightings.sort_by(|a, b| b.value.total_cmp(&a.value));
        sightings.truncate(MAX_SIGHTINGS);
        // Of two or three points none can be spared.
        if 4 <= sightings.len() {
            let middle = sightings.len() / 2;
            let median = sightings[middle].value;
            sightings[middle..].iter_mut().for_each(|sighting| sighting.value = median);
        }
        sightings
    }

    /// Draws until a point is allowed and was not tried by the outcomes meant; none if there is no other.
    fn draw(
        &self,
        trial: usize,
        is_meant: impl Fn(&Outcome) -> bool,
        outcomes: &[Outcome],
        mut place: impl FnMut(&mut ChaCha8Rng) -> Vec<f64>,
    ) -> Result<Option<Point>, SearchError> {
        let mut rng = stream(self.seed, trial as u64);
        let mut refused = None;
        for _ in 0..MAX_DRAWS {
            let params = self.search.params_at(&place(&mut rng));
            if outcomes.iter().any(|outcome| is_meant(outcome) && outcome.params == params) {
                continue;
            }
            match self.search.apply(&params, self.given.recipe()) {
                Ok(recipe) => return Ok(Some((params, recipe))),
                Err(error) => refused = Some(error),
            }
        }
        // Where other points are allowed the space is used up; where none ever was, nobody would learn why.
        match refused {
            Some(source) if outcomes.len() < 2 => Err(SearchError::NoneAllowed { draws: MAX_DRAWS, source }),
            _ => Ok(None),
        }
    }
}

/// What is set, and the recipe with it.
type Point = (Params, CheckedRecipe);

/// How much more the points of one stage had that went on to another, where any did.
fn mean_gain(outcomes: &[Outcome], from: Stage, to: Stage) -> f64 {
    let of = |stage| outcomes.iter().filter(move |outcome: &&Outcome| outcome.stage == stage);
    let gain =
        |to: &Outcome| of(from).find(|from| from.params == to.params).map(|from| to.value - from.value);
    let gains: Vec<f64> = of(to).filter_map(gain).collect();
    gains.iter().sum::<f64>() / gains.len().max(1) as f64
}

fn count(outcomes: &[Outcome], stage: Stage) -> usize {
    outcomes.iter().filter(|outcome| outcome.stage == stage).count()
}

/// A step along an axis: normal along a range; choices have no near and far.
fn step(axis: &Axis, place: f64, sigma: f64, rng: &mut ChaCha8Rng) -> f64 {
    match axis {
        Axis::Range(_) => reflect(place + sigma * normal(rng)),
        Axis::Choices(_) if rng.random::<f64>() < CHOICE_CHANGE => rng.random(),
        Axis::Choices(_) => place,
    }
}

/// Brings a place back into 0 to 1 as a mirror at each end would.
fn reflect(place: f64) -> f64 {
    let folded = place.rem_euclid(2.0);
    if folded <= 1.0 { folded } else { 2.0 - folded }
}

/// A standard normal number (Box & Muller 1958).
fn normal(rng: &mut ChaCha8Rng) -> f64 {
    let radius = (-2.0 * (1.0 - rng.random::<f64>()).ln()).sqrt();
    radius * (TAU * rng.random::<f64>()).cos()
}

#[cfg(test)]
mod tests;
