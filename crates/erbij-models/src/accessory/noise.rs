//! How far true expectations stray from the estimated ones, read off the history itself.
//!
//! An expectation is a category's rate; items stray from it, for tastes, prices and shelves that no category knows.
//! Taken as exact it would make a discovery of every such whim. So a sample of rows says how widely counts lie
//! around what was expected of them: most pairs belong to nothing, so their middle 95 % are what nothing looks like
//! (an *empirical null*, Efron 2004). Most counts are small, and chance hides in them what strays, which shows where much
//! is expected: so bands of expectation are told apart, and each has the same say.

use std::ops::Range;

use erbij_core::Silent;

use super::Overdispersion;
use super::row::{Follower, Rows, Scratch};
use crate::share_out::share_out;

/// Rows that are looked at.
const N_ROWS: usize = 1000;
/// Where bands of expectation begin: below the first one chance hides everything else.
const BANDS: [f64; 5] = [10.0, 30.0, 100.0, 300.0, 1000.0];
/// Counts that a band must hold to say something.
const MIN_COUNTS: usize = 300;
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
        let mut found = Vec::new();
        for anchor in sampled.map(|nth| (nth * step) as u32) {
            rows.with_followers(anchor, 1, true, scratch, |followers| {
                // Of one category are what is bought instead: fewer than expected, and not published but where a recipe
                // says so.
                let within_category = rows.params.params().within_category;
                let is_other =
                    |follower: &&Follower| within_category || !rows.tree.is_same_leaf(anchor, follower.item);
                let others = followers.iter().filter(is_other).flat_map(strays);
                found.extend(others.filter(|stray| BANDS[0] <= stray.expected));
            });
        }
        found
    };
    let n_sampled = rows.n_items().div_ceil(step);
    let (blocks, _) = share_out(n_sampled, || rows.new_scratch(), on_block, &Silent);
    let mut bands: [Vec<Stray>; BANDS.len()] = Default::default();
    for stray in blocks.into_iter().flatten() {
        let band = BANDS.partition_point(|&begins| begins <= stray.expected) - 1;
        bands[band].push(stray);
    }
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

    #[test]
    fn the_variance_that_was_put_in_is_found() {
        for variance in [0.0, 0.02, 0.3, 2.0] {
            // Distances at the quantiles of a normal distribution.
            let stray = |at: usize| {
                let z = crate::replenishment::upper_quantile((at as f64 + 0.5) / 2000.0);
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
