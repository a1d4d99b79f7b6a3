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

use erbij_core::statistics::normal::{density, upper_quantile, upper_tail};

/// Logarithm of two years in days: how far intervals astray spread.
const ASTRAY_RANGE: f64 = 6.6;
/// Rounds of expectation maximisation at most; the updates are accelerated, so that about ten suffice.
const MAX_ROUNDS: usize = 25;
/// What is left to find when rounds end: means in standard deviations, variances in shares, shares as they are.
const TOLERANCE: f64 = 1e-2;
/// Rounds over the intervals of a pair, to find which of them are astray.
const WEIGHT_ROUNDS: usize = 2;
/// How many pairs, or intervals, the level above counts for in variances.
const VARIANCE_STRENGTH: f64 = 5.0;
/// The same in shares.
const SHARE_STRENGTH: f64 = 10.0;
/// Mass of the window that is told.
pub(crate) const WINDOW_SHARE: f64 = 0.8;
/// By intervals so far, how often needs lapse: none, 1, 2, 3 to 5, 6 to 11, more.
pub(crate) const N_STAGES: usize = 6;

/// The stage of a need with so many intervals so far.
pub(crate) fn stage(n_intervals: usize) -> usize {
    match n_intervals {
        0..=2 => n_intervals,
        3..=5 => 3,
        6..=11 => 4,
        _ => 5,
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
        lapse: [0.5, 0.3, 0.25, 0.2, 0.15, 0.1],
    };

    fn is_near(&self, other: &Self) -> bool {
        let lapse = self.lapse.iter().zip(&other.lapse).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
        (self.mean - other.mean).abs() < TOLERANCE * self.within.sqrt()
            && (self.within - other.within).abs() < TOLERANCE * self.within
            && (self.between - other.between).abs() < TOLERANCE * self.between
            && (self.astray - other.astray).abs() < TOLERANCE
            && lapse < TOLERANCE
    }

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
    let tail = upper_tail(z);
    let alive = (1.0 - lapse) * tail / ((1.0 - lapse) * tail + lapse);
    if z < -8.0 || alive < 1e-9 {
        return Estimate { mean, variance, n_kept, alive, widening: 0.0 };
    }
    // Where anything is left alive, the tail has not vanished.
    let rate = density(z) / tail;
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

/// Estimates the group, held to the level above where it says little. `start` is where the search begins, if
/// something near is known.
pub(crate) fn fit_spread(sample: &Sample, above: &Spread, start: Option<&Spread>) -> Spread {
    let n_intervals = sample.logs.len();
    let mut spread = start.unwrap_or(above).clone();
    if start.is_none() && 0 < n_intervals {
        spread.mean = sample.logs.iter().sum::<f64>() / n_intervals as f64;
    }
    let mut weights = vec![0.0; n_intervals];
    for _ in 0..MAX_ROUNDS {
        let mut round = Round::default();
        for (pair, &running) in sample.running.iter().enumerate() {
            let range = sample.offsets[pair]..sample.offsets[pair + 1];
            let (logs, weights) = (&sample.logs[range.clone()], &mut weights[range]);
            let found = estimate(logs, running, &spread, weights);
            round.take(logs, weights, &found, &spread);
        }
        let after = round.spread(&spread, above, n_intervals as f64);
        let before = std::mem::replace(&mut spread, after);
        if spread.is_near(&before) {
            break;
        }
    }
    spread
}

#[cfg(test)]
mod tests {
    use rand_chacha::ChaCha8Rng;
    use rand_chacha::rand_core::{Rng, SeedableRng};
    use rand_distr::{Distribution, Normal};

    use super::*;

    const NOT_RUNNING: f64 = f64::NEG_INFINITY;

    fn spread() -> Spread {
        Spread {
            mean: 40.0_f64.ln(),
            within: 0.04,
            between: 0.08,
            mean_variance: 0.01,
            astray: 0.0,
            lapse: [0.3; N_STAGES],
        }
    }

    #[test]
    fn a_pair_lies_between_its_own_mean_and_that_of_its_group() {
        let logs = [20.0_f64.ln(), 30.0_f64.ln()];
        let found = estimate(&logs, NOT_RUNNING, &spread(), &mut [0.0; 2]);
        // Hand-worked: κ = ½, (2.995732 + 3.401197 + ½ · 3.688879) / 2.5 and 0.04 / 2.5.
        assert!((found.mean - 3.296_548).abs() < 1e-6, "{found:?}");
        assert!((found.variance - 0.016).abs() < 1e-12);
        assert!((found.reliability(&spread()) - 0.8).abs() < 1e-12);
        // √(0.04 + 0.016 + 0.2² · 0.01).
        assert!((found.log_sd(&spread()) - 0.237_487).abs() < 1e-6);
        let nothing = estimate(&[], NOT_RUNNING, &spread(), &mut []);
        assert!((nothing.mean - 40.0_f64.ln()).abs() < 1e-12 && nothing.reliability(&spread()) == 0.0);
    }

    /// Mean and variance of `m` given that its interval lasts beyond `c` or never ends, added up on a grid.
    fn censored_slowly(mean: f64, variance: f64, spread: &Spread, c: f64) -> (f64, f64) {
        let (mut sums, sd) = ([0.0; 3], variance.sqrt());
        for step in -8000..=8000 {
            let m = mean + f64::from(step) / 1000.0 * sd;
            let lasts = upper_tail((c - m) / spread.within.sqrt());
            let weight = density((m - mean) / sd) * ((1.0 - spread.lapse[0]) * lasts + spread.lapse[0]);
            sums = [sums[0] + weight, sums[1] + weight * m, sums[2] + weight * m * m];
        }
        let found = sums[1] / sums[0];
        (found, sums[2] / sums[0] - found * found)
    }

    #[test]
    fn a_running_interval_moves_a_pair_as_integration_says() {
        for days in [1.0, 20.0, 40.0, 60.0, 90.0, 400.0_f64] {
            let found = estimate(&[], days.ln(), &spread(), &mut []);
            let (mean, variance) = censored_slowly(spread().mean, spread().between, &spread(), days.ln());
            assert!((found.mean - mean).abs() < 1e-6, "{days}: {found:?}, {mean}");
            assert!((found.variance - variance).abs() < 1e-6, "{days}: {found:?}, {variance}");
        }
    }

    #[test]
    fn an_interval_astray_counts_little() {
        let spread = Spread { astray: 0.05, ..spread() };
        let regular = [3.0, 3.1, 2.9, 3.05];
        let mut weights = [0.0; 5];
        let found = estimate(&[3.0, 3.1, 2.9, 3.05, 5.5], NOT_RUNNING, &spread, &mut weights);
        let alone = estimate(&regular, NOT_RUNNING, &spread, &mut [0.0; 4]);
        assert!(weights[4] < 0.01 && weights[..4].iter().all(|&weight| 0.9 < weight), "{weights:?}");
        assert!((found.mean - alone.mean).abs() < 0.02);
    }

    /// Pairs that are watched for some days from their first purchase on.
    fn watch(n_pairs: usize, days: f64, lapse: f64) -> (Sample, Vec<(f64, bool)>) {
        let mut rng = ChaCha8Rng::seed_from_u64(5);
        let normal = Normal::new(0.0, 1.0).expect("a positive deviation");
        let mut sample = Sample { offsets: vec![0], ..Sample::default() };
        let mut firsts = Vec::new();
        for _ in 0..n_pairs {
            let m = 30.0_f64.ln() + 0.2 * normal.sample(&mut rng);
            let mut last = 0.0;
            loop {
                let interval = (m + 0.3 * normal.sample(&mut rng)).exp();
                let goes_on = lapse <= f64::from(rng.next_u32()) / f64::from(u32::MAX);
                let ends = goes_on && last + interval < days;
                if last == 0.0 {
                    firsts.push((interval.min(days), ends));
                }
                if !ends {
                    break;
                }
                sample.logs.push(interval.ln());
                last += interval;
            }
            sample.running.push((days - last).ln());
            sample.offsets.push(sample.logs.len());
        }
        (sample, firsts)
    }

    /// The day that half of what is watched has outlasted (Kaplan and Meier 1958).
    fn kaplan_meier_median(mut watched: Vec<(f64, bool)>) -> f64 {
        watched.sort_by(|a, b| a.0.total_cmp(&b.0));
        let (n, mut left) = (watched.len(), 1.0);
        for (at, &(days, ends)) in watched.iter().enumerate() {
            if ends {
                left *= 1.0 - 1.0 / (n - at) as f64;
            }
            if left <= 0.5 {
                return days;
            }
        }
        panic!("less than half ended");
    }

    #[test]
    fn running_intervals_keep_the_median_from_being_short() {
        let (sample, firsts) = watch(4000, 50.0, 0.0);
        let median = kaplan_meier_median(firsts);
        let naive = (sample.logs.iter().sum::<f64>() / sample.logs.len() as f64).exp();
        let found = fit_spread(&sample, &Spread::UNKNOWN, None);
        assert!((found.mean.exp() / median - 1.0).abs() < 0.04, "{found:?}, {median}");
        assert!(naive / median < 0.95, "leaving out what runs makes intervals short: {naive}");
        assert!((found.within.sqrt() - 0.3).abs() < 0.04, "{found:?}");
        assert!((found.between.sqrt() - 0.2).abs() < 0.06, "{found:?}");
    }

    #[test]
    fn lapsed_needs_do_not_make_intervals_long() {
        let (sample, _) = watch(4000, 400.0, 0.2);
        let found = fit_spread(&sample, &Spread::UNKNOWN, None);
        assert!((found.mean - 30.0_f64.ln()).abs() < 0.04, "{found:?}");
        for (at, lapse) in found.lapse.iter().enumerate() {
            assert!((lapse - 0.2).abs() < 0.05, "one need of five lapses: stage {at} of {found:?}");
        }
    }

    #[test]
    fn nothing_leaves_the_level_above() {
        let sample = Sample { offsets: vec![0], ..Sample::default() };
        let found = fit_spread(&sample, &spread(), None);
        assert_eq!((found.mean, found.within, found.lapse), (spread().mean, 0.04, [0.3; N_STAGES]));
    }
}
