//! How long things last in one group of pairs of customer and need.
//!
//! The logarithm of an interval is `x ~ N(m, σ²)`, where every pair has its own mean `m ~ N(μ, τ²)`; so with
//! n intervals of mean x̄ a pair is expected at `(n·x̄ + κ·μ) / (n + κ)`, `κ = σ²/τ²`. Three things keep that
//! from being short, long or wide of the mark:
//!
//! - the running interval is *censored*: it is known to last longer than it has. Leaving it out would count
//!   short intervals only. It enters by the moments of a truncated normal (a Tobit model);
//! - after each purchase a need may have *lapsed*; then nothing follows, however long one waits. A running
//!   interval counts as much as it is likely to end at all: `a = (1−d)·S / ((1−d)·S + d)`, where S is the chance
//!   to last so long and d the share of needs that lapse (a cure model);
//! - a share ε of intervals is *astray*: a purchase made elsewhere doubles one, a top-up cuts one short. They
//!   spread evenly over [`ASTRAY_RANGE`], and each interval counts as much as it is likely not to be one.
//!
//! The parameters of a group are found by expectation maximisation, each held to those of the level above by
//! a few pairs' weight. A round is linear in intervals.

use crate::replenishment::normal::{density, hazard, upper_quantile, upper_tail};

/// Logarithm of two years in days: how far intervals astray spread.
const ASTRAY_RANGE: f64 = 6.6;
/// Rounds of expectation maximisation; the updates are accelerated, so that few suffice.
const ROUNDS: usize = 25;
/// Rounds over the intervals of a pair, to find which of them are astray.
const WEIGHT_ROUNDS: usize = 2;
/// How many pairs, or intervals, the level above counts for in variances.
const VARIANCE_STRENGTH: f64 = 5.0;
/// The same in shares.
const SHARE_STRENGTH: f64 = 10.0;
/// Mass of the window that is told.
pub(crate) const WINDOW_SHARE: f64 = 0.8;
/// By intervals so far, how often needs lapse: none, 1, 2, 3 to 5, more.
pub(crate) const N_STAGES: usize = 5;

/// The stage of a need with so many intervals so far.
pub(crate) fn stage(n_intervals: usize) -> usize {
    match n_intervals {
        0..=2 => n_intervals,
        3..=5 => 3,
        _ => 4,
    }
}

/// What is known of one group.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Spread {
    /// μ: the mean log interval over pairs.
    pub(crate) mean: f64,
    /// σ²: between intervals of one pair.
    pub(crate) within: f64,
    /// τ²: between pairs.
    pub(crate) between: f64,
    /// How far μ itself is in doubt, as a variance.
    pub(crate) mean_variance: f64,
    /// ε: share of intervals that are astray.
    pub(crate) astray: f64,
    /// d: share of needs that lapse after a purchase, by [`stage`].
    pub(crate) lapse: [f64; N_STAGES],
}

impl Spread {
    /// Where nothing is known: a month, give or take.
    pub(crate) const UNKNOWN: Self = Self {
        mean: 3.4,
        within: 0.25,
        between: 0.25,
        mean_variance: 0.25,
        astray: 0.05,
        lapse: [0.5, 0.3, 0.25, 0.2, 0.15],
    };

    fn kappa(&self) -> f64 {
        self.within / self.between
    }
}

/// The pairs of a group: log intervals and, of each pair, how long the running one runs.
#[derive(Default)]
pub(crate) struct Sample {
    /// A pair each and one more.
    pub(crate) offsets: Vec<usize>,
    /// An interval each.
    pub(crate) logs: Vec<f64>,
    /// A pair each; minus infinity where the last purchase is of the last day known.
    pub(crate) running: Vec<f64>,
}

/// What is known of one pair.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Estimate {
    /// Expected log interval.
    pub(crate) mean: f64,
    /// Its variance: how far it is in doubt.
    pub(crate) variance: f64,
    /// How many intervals it rests on, those astray counted in part.
    pub(crate) n_kept: f64,
    /// a: chance that the running interval ends.
    pub(crate) alive: f64,
    /// How much a running interval widens the spread: `a·(σ²/s²)·z·λ(z)`.
    widening: f64,
}

impl Estimate {
    /// The share of the prior's variance that the pair's own intervals took away: 0 says nothing, 1 all.
    pub(crate) fn reliability(&self, spread: &Spread) -> f64 {
        (1.0 - self.variance / spread.between).clamp(0.0, 1.0)
    }

    /// The spread of the next interval's logarithm: of intervals, of the pair's mean and of the group's.
    /// Wide enough that the window holds its share although some intervals are astray.
    pub(crate) fn log_sd(&self, spread: &Spread) -> f64 {
        let held_by_prior = 1.0 - self.reliability(spread);
        let variance = spread.within + self.variance + held_by_prior * held_by_prior * spread.mean_variance;
        variance.sqrt() * widened(spread.astray, variance.sqrt())
    }
}

/// By how much a normal must be widened that its central window holds [`WINDOW_SHARE`] with a share astray.
fn widened(astray: f64, sd: f64) -> f64 {
    let plain = upper_quantile((1.0 - WINDOW_SHARE) / 2.0);
    let mut z = plain;
    for _ in 0..4 {
        let astray_inside = (2.0 * z * sd / ASTRAY_RANGE).min(1.0);
        let share = ((WINDOW_SHARE - astray * astray_inside) / (1.0 - astray)).min(0.98);
        z = upper_quantile((1.0 - share) / 2.0);
    }
    z / plain
}

/// Estimates one pair in its group. `weights` takes, an interval each, how likely it is not astray.
pub(crate) fn estimate(logs: &[f64], running: f64, spread: &Spread, weights: &mut [f64]) -> Estimate {
    let kappa = spread.kappa();
    weights.fill(1.0 - spread.astray);
    let (mut n_kept, mut sum) = weighted(logs, weights);
    for _ in 0..WEIGHT_ROUNDS {
        for (&x, weight) in logs.iter().zip(weights.iter_mut()) {
            // Judged by all but itself, else a lone interval would always look right.
            let others = n_kept - *weight + kappa;
            let mean = (sum - *weight * x + kappa * spread.mean) / others;
            let sd = (spread.within * (1.0 + 1.0 / others)).sqrt();
            let regular = (1.0 - spread.astray) * density((x - mean) / sd) / sd;
            *weight = regular / (regular + spread.astray / ASTRAY_RANGE);
        }
        (n_kept, sum) = weighted(logs, weights);
    }
    let mean = (sum + kappa * spread.mean) / (n_kept + kappa);
    let variance = spread.within / (n_kept + kappa);
    // The running interval: X > c with probability `alive`, and says nothing otherwise.
    let total = spread.within + variance;
    let z = (running - mean) / total.sqrt();
    let lapse = spread.lapse[stage(logs.len())];
    let lasts = (1.0 - lapse) * upper_tail(z);
    let alive = lasts / (lasts + lapse);
    if z < -8.0 || alive < 1e-9 {
        return Estimate { mean, variance, n_kept, alive, widening: 0.0 };
    }
    let rate = hazard(z);
    let shift = variance / total.sqrt() * rate;
    let narrowed = variance - alive * variance * variance / total * rate * (rate - z);
    Estimate {
        mean: mean + alive * shift,
        variance: narrowed + alive * (1.0 - alive) * shift * shift,
        n_kept,
        alive,
        widening: alive * spread.within / total * z * rate,
    }
}

fn weighted(logs: &[f64], weights: &[f64]) -> (f64, f64) {
    let sums = logs.iter().zip(weights).fold((0.0, 0.0), |(n, sum), (x, w)| (n + w, sum + w * x));
    (sums.0, sums.1)
}

/// Sums of one round.
#[derive(Default)]
struct Round {
    mean_shift: f64,
    reliability: f64,
    between: f64,
    within: f64,
    n_kept: f64,
    widening: f64,
    astray: f64,
    lapsed: [f64; N_STAGES],
    purchases: [f64; N_STAGES],
}

impl Round {
    fn take(&mut self, logs: &[f64], weights: &[f64], found: &Estimate, spread: &Spread) {
        let reliability = found.reliability(spread);
        let from_mean = found.mean - spread.mean;
        self.mean_shift += from_mean;
        self.reliability += reliability;
        self.between += reliability * (from_mean * from_mean + found.variance);
        for (at, (&x, &weight)) in logs.iter().zip(weights).enumerate() {
            let error = x - found.mean;
            self.within += weight * (error * error + found.variance);
            self.astray += 1.0 - weight;
            self.purchases[stage(at)] += 1.0;
        }
        self.n_kept += found.n_kept;
        self.widening += found.widening;
        self.lapsed[stage(logs.len())] += 1.0 - found.alive;
        self.purchases[stage(logs.len())] += 1.0;
    }

    /// The parameters that these sums call for, held to those above.
    fn spread(&self, before: &Spread, above: &Spread, n_intervals: f64) -> Spread {
        let held = |sum: f64, n: f64, above: f64, strength: f64| (sum + strength * above) / (n + strength);
        // A fixed point of EM: what running intervals add to both sides is taken out, so that the many of
        // them do not hold the estimate where it was.
        let n_within = (self.n_kept - self.widening).max(0.5 * self.n_kept);
        let within = held(self.within, n_within, above.within, VARIANCE_STRENGTH);
        let mut lapse = [0.0; N_STAGES];
        for (at, share) in lapse.iter_mut().enumerate() {
            let found = held(self.lapsed[at], self.purchases[at], above.lapse[at], SHARE_STRENGTH);
            *share = found.clamp(0.001, 0.999);
        }
        let shift = if 1e-9 < self.reliability { self.mean_shift / self.reliability } else { 0.0 };
        let between = held(self.between, self.reliability, above.between, VARIANCE_STRENGTH);
        Spread {
            mean: before.mean + shift.clamp(-1.0, 1.0),
            within: within.clamp(0.002, 4.0),
            between: between.clamp(0.001, 4.0),
            mean_variance: between / (self.reliability + 1.0),
            astray: held(self.astray, n_intervals, above.astray, SHARE_STRENGTH).clamp(0.001, 0.15),
            lapse,
        }
    }
}

/// Estimates the group, starting from `above` and held to it where the group says little.
pub(crate) fn fit_spread(sample: &Sample, above: &Spread) -> Spread {
    let n_intervals = sample.logs.len();
    let mut spread = above.clone();
    if 0 < n_intervals {
        spread.mean = sample.logs.iter().sum::<f64>() / n_intervals as f64;
    }
    let mut weights = vec![0.0; n_intervals];
    for _ in 0..ROUNDS {
        let mut round = Round::default();
        for (pair, &running) in sample.running.iter().enumerate() {
            let range = sample.offsets[pair]..sample.offsets[pair + 1];
            let (logs, weights) = (&sample.logs[range.clone()], &mut weights[range]);
            let found = estimate(logs, running, &spread, weights);
            round.take(logs, weights, &found, &spread);
        }
        spread = round.spread(&spread, above, n_intervals as f64);
    }
    spread
}
