//! How far true expectations stray from the estimated ones, read off the history itself.
//!
//! An expectation is a category's rate; items stray from it, for tastes, prices and shelves that no category knows.
//! Taken as exact it would make a discovery of every such whim. So a sample of rows says how widely counts lie
//! around what was expected of them: most pairs belong to nothing, so their middle 95 % are what nothing looks like
//! (an *empirical null*, Efron 2004). Most counts are small, and chance hides in them what strays, which shows where much
//! is expected: so bands of expectation are told apart, and each has the same say.

use std::ops::Range;

use erbij_core::{Silent, share_out};

use super::Overdispersion;
use super::row::{Follower, Rows, Scratch};

/// Rows that are looked at.
const N_ROWS: usize = 1000;
/// Where bands of expectation begin: below the first one chance hides everything else.
const BANDS: [f64; 5] = [10.0, 30.0, 100.0, 300.0, 1000.0];
/// Counts that a band must hold to say something.
const MIN_COUNTS: usize = 300;
/// Counts that are kept of one band in a block of rows: the share outside is known to 0.1 % by so many. Of more these are
/// taken at even steps, so that a shop where everything is bought with everything needs no more memory than others.
const MAX_COUNTS: usize = 1 << 16;
/// One in twenty lies further from what is expected than so many standard deviations.
const OUTSIDE_SHARE: f64 = 0.05;
const OUTSIDE_Z: f64 = 1.959_964;
/// What is taken until something is known, and where nothing becomes known.
pub(super) const UNKNOWN: f64 = 0.12;
/// Less is never taken: what strays is not the same for all items, and those that stray most are found first.
const LEAST: f64 = 0.05;
const MOST: f64 = 10.0;

/// A count beside what was expected of it.
#[derive(Clone, Copy)]
struct Stray {
    distance: f64,
    /// `e (1 − e/n)`.
    variance: f64,
    /// What is in doubt of the expectation for its being estimated from few.
    doubt: f64,
    expected: f64,
}

/// The counts of one band, or as many of them at even steps as are kept.
#[derive(Default)]
struct Band {
    kept: Vec<Stray>,
    n_seen: usize,
    /// Of `2^halvings` counts one is kept.
    halvings: u32,
}

impl Band {
    fn push(&mut self, stray: Stray) {
        if self.n_seen.is_multiple_of(1 << self.halvings) {
            if self.kept.len() == MAX_COUNTS {
                self.kept = self.at_steps(1).collect();
                self.halvings += 1;
            }
            // Of an even number of steps the first half is behind: this one is again of those that are kept.
            self.kept.push(stray);
        }
        self.n_seen += 1;
    }

    /// Those that are kept after so many more halvings.
    fn at_steps(&self, halvings: u32) -> impl Iterator<Item = Stray> + '_ {
        self.kept.iter().copied().step_by(1 << halvings)
    }

    /// The counts of all blocks of rows, one of as many kept of each.
    fn join<'a>(blocks: impl Iterator<Item = &'a Self> + Clone) -> Vec<Stray> {
        let halvings = blocks.clone().map(|block| block.halvings).max().unwrap_or(0);
        blocks.flat_map(|block| block.at_steps(halvings - block.halvings)).collect()
    }
}

/// What strays as a recipe has it: given, or estimated from rows that are expected by [`UNKNOWN`]. O(rows · touched).
pub(super) fn overdispersion(rows: &Rows<'_>) -> f64 {
    match rows.params.params().overdispersion {
        Overdispersion::Fixed(variance) => variance,
        Overdispersion::Estimated => estimate(rows),
    }
}

fn estimate(rows: &Rows<'_>) -> f64 {
    let step = rows.n_items().div_ceil(N_ROWS).max(1);
    let on_block = |scratch: &mut Scratch, sampled: Range<usize>| {
        let mut bands: [Band; BANDS.len()] = Default::default();
        for anchor in sampled.map(|nth| (nth * step) as u32) {
            rows.with_followers(anchor, 1, true, scratch, |followers| {
                // Of one category are what is bought instead: fewer than expected, and not published but where a recipe
                // says so.
                let within_category = rows.params.params().within_category;
                let is_other =
                    |follower: &&Follower| within_category || !rows.tree.is_same_leaf(anchor, follower.item);
                let others = followers.iter().filter(is_other).flat_map(strays);
                for stray in others.filter(|stray| BANDS[0] <= stray.expected) {
                    bands[BANDS.partition_point(|&begins| begins <= stray.expected) - 1].push(stray);
                }
            });
        }
        bands
    };
    let n_sampled = rows.n_items().div_ceil(step);
    let (blocks, _) = share_out(n_sampled, || rows.new_scratch(), on_block, &Silent);
    let bands = (0..BANDS.len()).map(|at| Band::join(blocks.iter().map(|bands| &bands[at])));
    let bands: Vec<Vec<Stray>> = bands.collect();
    let told = bands.iter().filter(|band| MIN_COUNTS <= band.len());
    let variances: Vec<f64> = told.map(|band| variance_of(band)).collect();
    let n_told = variances.len() as f64;
    if variances.is_empty() { UNKNOWN } else { (variances.iter().sum::<f64>() / n_told).max(LEAST) }
}

fn strays(follower: &Follower) -> impl Iterator<Item = Stray> + '_ {
    let n_buyers = f64::from(follower.n_buyers);
    (0..follower.counts.len()).map(move |window| {
        let expected = f64::from(follower.expected[window]).clamp(1e-3, (n_buyers - 0.5).max(1e-3));
        Stray {
            distance: (f64::from(follower.counts[window]) - expected).abs(),
            variance: expected * (1.0 - expected / n_buyers),
            doubt: 1.0 / f64::from(follower.basis[window]),
            expected,
        }
    })
}

/// The variance at which as many lie outside as should. By bisection: the share falls as the variance rises.
fn variance_of(band: &[Stray]) -> f64 {
    let share_outside = |variance: f64| {
        let is_outside = |stray: &&Stray| {
            let doubt = variance + stray.doubt;
            OUTSIDE_Z * (stray.variance * (1.0 + doubt * stray.variance)).sqrt() < stray.distance
        };
        band.iter().filter(is_outside).count() as f64 / band.len() as f64
    };
    let (mut low, mut high) = (0.0, MOST);
    for _ in 0..30 {
        let middle = (low + high) / 2.0;
        if OUTSIDE_SHARE < share_outside(middle) { low = middle } else { high = middle }
    }
    low
}

#[cfg(test)]
mod tests {
    use super::*;

    /// However many counts there are, no more than so many are kept, as many of each block of rows.
    #[test]
    fn of_a_full_band_counts_at_even_steps_are_kept() {
        let stray = |at: usize| Stray { distance: at as f64, variance: 1.0, doubt: 0.0, expected: 10.0 };
        let full = |n: usize| {
            let mut band = Band::default();
            (0..n).for_each(|at| band.push(stray(at)));
            assert!(band.kept.len() <= MAX_COUNTS);
            band
        };
        let places = |kept: &[Stray]| kept.iter().map(|stray| stray.distance as usize).collect::<Vec<_>>();
        let few = full(5);
        assert_eq!(places(&few.kept), [0, 1, 2, 3, 4]);
        assert_eq!(full(MAX_COUNTS).halvings, 0);
        let many = full(3 * MAX_COUNTS);
        let expected: Vec<usize> = (0..3 * MAX_COUNTS).step_by(4).collect();
        assert_eq!((many.halvings, places(&many.kept)), (2, expected.clone()));
        assert_eq!(places(&Band::join([&few, &many].into_iter())), [vec![0, 4], expected].concat());
    }

    #[test]
    fn the_variance_that_was_put_in_is_found() {
        for variance in [0.0, 0.02, 0.3, 2.0] {
            // Distances at the quantiles of a normal distribution.
            let stray = |at: usize| {
                let z = erbij_core::statistics::normal::upper_quantile((at as f64 + 0.5) / 2000.0);
                let (e, doubt) = (40.0_f64, 0.01);
                let spread = (e * (1.0 + (variance + doubt) * e)).sqrt();
                Stray { distance: (z * spread).abs(), variance: e, doubt, expected: e }
            };
            let band: Vec<Stray> = (0..2000).map(stray).collect();
            let found = variance_of(&band);
            assert!((found - variance).abs() < 0.01 + 0.02 * variance, "{variance}: {found}");
        }
    }
}
