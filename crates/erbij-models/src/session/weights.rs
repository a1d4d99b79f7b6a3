//! Every weighting as a table, worked out once.

use erbij_core::{MICROS_PER_DAY, Sessions};

use crate::session::params::MAX_LAST_ITEMS;
use crate::session::postings::Postings;
use crate::session::{IdfForm, SessionParams, SessionSimilarity, StepWeighting};

/// What the oldest session weighs at least, beside the newest: so that one matched by old sessions alone is still
/// answered.
const LEAST_RECENCY: f64 = 1e-9;

/// Distances in the table; whatever lies further weighs as much as the last.
const N_DISTANCES: usize = 256;

/// The tables of a model. Those of weightings that change nothing are empty.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Weights {
    /// Of a visit of `n` items, the weight of the one `age` before the newest: at `n − 1`, then at `age`.
    positions: Vec<[f64; MAX_LAST_ITEMS]>,
    /// Of a neighbour, by the age of the newest item shared.
    pub(super) matches: [f64; MAX_LAST_ITEMS],
    /// Of a session: its recency, and by cosine one by the root of its length.
    pub(super) sessions: Vec<f32>,
    /// Of an item: how rare it is.
    pub(super) items: Vec<f32>,
    /// By how far behind the item shared an item lies in the neighbour, from its own place on.
    pub(super) later: Vec<f64>,
    /// The same before it.
    pub(super) earlier: Vec<f64>,
    is_cosine: bool,
}

impl Weights {
    pub(super) fn new(params: &SessionParams, sessions: &Sessions, postings: &Postings) -> Self {
        let decay = |steps: usize, rate: f64| (-rate * steps as f64).exp();
        let position = |n: usize, age: usize| {
            of_position(params.position_weighting, n, age) * decay(age, params.position_decay)
        };
        let positions = (1..=params.last_items as usize)
            .map(|n| std::array::from_fn(|age| if age < n { position(n, age) } else { 0.0 }))
            .collect();
        let matches = std::array::from_fn(|age| {
            of_match(params.match_weighting, age + 1) * decay(age, params.match_decay)
        });
        let knows_distance = 0.0 < params.distance_decay || params.earlier_weight < 1.0;
        let n_distances = if knows_distance { N_DISTANCES } else { 0 };
        let later: Vec<f64> = (0..n_distances).map(|steps| decay(steps, params.distance_decay)).collect();
        let earlier = later.iter().map(|weight| weight * params.earlier_weight).collect();
        Self {
            positions,
            matches,
            sessions: of_sessions(params, sessions),
            items: of_items(params, sessions, postings),
            later,
            earlier,
            is_cosine: params.similarity == SessionSimilarity::Cosine,
        }
    }

    /// The weights of the last `n` items of a visit by age, of which those at `ages` are distinct; by cosine they
    /// are divided by their root of squares.
    pub(super) fn of_visit(
        &self,
        n: usize,
        ages: impl Iterator<Item = usize> + Clone,
    ) -> [f64; MAX_LAST_ITEMS] {
        let mut weights = self.positions[n - 1];
        if self.is_cosine {
            let squares: f64 = ages.map(|age| weights[age] * weights[age]).sum();
            if 0.0 < squares {
                weights.iter_mut().for_each(|weight| *weight /= squares.sqrt());
            }
        }
        weights
    }

    /// Of an item so far from the item shared: behind it where `steps` is above zero.
    #[inline]
    pub(super) fn of_distance(&self, steps: isize) -> f64 {
        let at = steps.unsigned_abs().min(N_DISTANCES - 1);
        if steps < 0 { self.earlier[at] } else { self.later[at] }
    }

    pub(super) fn size_bytes(&self) -> usize {
        size_of_val(&*self.sessions) + size_of_val(&*self.items)
    }
}

/// The weight of an item `age` before the newest of `n`.
fn of_position(weighting: StepWeighting, n: usize, age: usize) -> f64 {
    let from_oldest = (n - age) as f64 / n as f64;
    match weighting {
        StepWeighting::Same => 1.0,
        StepWeighting::Linear => (1.0 - 0.1 * age as f64).max(0.0),
        StepWeighting::Div => from_oldest,
        StepWeighting::Log => 1.0 / (age as f64 + 1.7).log10(),
        StepWeighting::Quadratic => from_oldest * from_oldest,
    }
}

/// The weight of a neighbour whose newest item shared is `step` steps back, from 1.
fn of_match(weighting: StepWeighting, step: usize) -> f64 {
    let step = step as f64;
    match weighting {
        StepWeighting::Same => 1.0,
        StepWeighting::Linear => (1.0 - 0.1 * step).max(0.0),
        StepWeighting::Div => 1.0 / step,
        StepWeighting::Log => 1.0 / (step + 1.7).log10(),
        StepWeighting::Quadratic => 1.0 / (step * step),
    }
}

fn of_sessions(params: &SessionParams, sessions: &Sessions) -> Vec<f32> {
    let is_cosine = params.similarity == SessionSimilarity::Cosine;
    let Some(newest) = sessions.last_ended_at().filter(|_| is_cosine || params.recency_days.is_some()) else {
        return Vec::new();
    };
    let weight = |session: usize| {
        let micros = newest.micros().saturating_sub(sessions.ended_at(session).micros());
        let days = micros as f64 / MICROS_PER_DAY as f64;
        let recency = params.recency_days.map_or(1.0, |decay| (-days / decay).exp().max(LEAST_RECENCY));
        let length = if is_cosine { (sessions.items(session).len() as f64).sqrt() } else { 1.0 };
        (recency / length) as f32
    };
    (0..sessions.len()).map(weight).collect()
}

fn of_items(params: &SessionParams, sessions: &Sessions, postings: &Postings) -> Vec<f32> {
    let rarity = |all: usize, of_item: u32| (all as f64 / f64::from(of_item.max(1))).ln();
    let weight = |of_item: u32| match params.idf {
        IdfForm::None => 1.0,
        IdfForm::Factor => match rarity(sessions.n_values(), of_item) {
            idf if 0.0 < idf => idf,
            _ => 1.0,
        },
        IdfForm::Bonus => 1.0 + params.idf_strength * rarity(sessions.len(), of_item).max(0.0),
    };
    if params.idf == IdfForm::None {
        return Vec::new();
    }
    postings.n_sessions().iter().map(|&of_item| weight(of_item) as f32).collect()
}
