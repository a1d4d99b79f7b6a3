//! Whether what a search found is better than what it began with, or the luckiest of many as good ones.
//!
//! The best of many recipes that are all alike is above the mean by chance alone, and the more are tried the further. So
//! the interval of the difference, paired by customer, is as wide as the number of recipes asks (Bonferroni, as in Dunn,
//! JASA 1961): all together are wrong no more often than one interval of 95 % is. Of a hundred searches among twenty recipes
//! no better than the given one, such intervals crowned the best in 3, and intervals of one comparison in 15. What is tuned is tuned to these
//! customers all the same: how good it is on later days an evaluation on later days says.

use crate::intervals::{
    Difference, Interval, IntervalError, Resampling, means_with_intervals, paired_differences,
};

/// How often all intervals of a search together may be wrong.
const MAY_BE_WRONG: f64 = 0.05;

/// Resamples, at least, and for each recipe compared: the end of its interval is then no further out than the tenth least.
const RESAMPLES: (u32, u32) = (10_000, 400);

/// The recipe that a search began with and the best it found, on the same customers.
#[derive(Clone, Debug, PartialEq)]
pub struct Verdict {
    /// The mean of the first, with its interval of 95 %.
    pub given: Interval,
    /// The mean of the best, with its interval of 95 %.
    pub best: Interval,
    /// The best less the given, paired by customer; its interval allows for the recipes compared.
    pub difference: Difference,
    /// How many recipes were compared with the given one on all data.
    pub n_compared: usize,
}

impl Verdict {
    /// Compares two recipes by the values of a metric, one a customer or none. O(resamples · customers).
    pub fn new(
        given: &[Option<f64>],
        best: &[Option<f64>],
        n_compared: usize,
        seed: u64,
    ) -> Result<Self, IntervalError> {
        let means = means_with_intervals(&[given, best], &Resampling::with_seed(seed))?;
        let n = n_compared.max(1);
        let (least, of_each) = RESAMPLES;
        let n_resamples = least.max(of_each.saturating_mul(u32::try_from(n).unwrap_or(u32::MAX)));
        let resampling = Resampling { n_resamples, seed, level: 1.0 - MAY_BE_WRONG / n as f64 };
        let differences = paired_differences(&[best], &[given], &resampling)?;
        Ok(Self { given: means[0], best: means[1], difference: differences[0], n_compared })
    }

    /// Whether the best is better beyond doubt: the whole interval of the difference is above zero.
    pub fn is_better(&self) -> bool {
        0.0 < self.difference.low
    }
}

#[cfg(test)]
mod tests {
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    use super::*;

    /// Values of customers who each have a level of their own, and of recipes that add chance to it.
    fn values(n_recipes: usize, gain: f64, seed: u64) -> Vec<Vec<Option<f64>>> {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let levels: Vec<f64> = (0..200).map(|_| rng.random_range(0.0..0.5)).collect();
        (0..=n_recipes)
            .map(|recipe| {
                let gain = if recipe == 0 { 0.0 } else { gain };
                levels.iter().map(|level| Some(level + gain + rng.random_range(0.0..0.2))).collect()
            })
            .collect()
    }

    fn mean(values: &[Option<f64>]) -> f64 {
        values.iter().flatten().sum::<f64>() / values.len() as f64
    }

    fn best_of(recipes: &[Vec<Option<f64>>]) -> &[Option<f64>] {
        recipes[1..].iter().max_by(|a, b| mean(a).total_cmp(&mean(b))).expect("some")
    }

    #[test]
    fn the_luckiest_of_many_alike_is_not_crowned() {
        // Of twenty recipes no better than the given one the best seems better, and in many a search surely so where the
        // interval does not allow for twenty. Of a hundred searches an interval may be above zero in two or three.
        let (mut n_crowned, mut n_naive) = (0, 0);
        for seed in 0..100 {
            let recipes = values(20, 0.0, seed);
            let best = best_of(&recipes);
            let verdict = Verdict::new(&recipes[0], best, 20, seed).expect("a verdict");
            let naive = Verdict::new(&recipes[0], best, 1, seed).expect("a verdict");
            n_crowned += u32::from(verdict.is_better());
            n_naive += u32::from(naive.is_better());
        }
        assert!(10 <= n_naive, "{n_naive} of 100 by an interval of one comparison");
        assert!(n_crowned <= 5, "{n_crowned} of 100");
    }

    #[test]
    fn what_is_better_is() {
        let recipes = values(20, 0.05, 1);
        let verdict = Verdict::new(&recipes[0], best_of(&recipes), 20, 1).expect("a verdict");
        assert!(verdict.is_better(), "{verdict:?}");
        assert!(verdict.given.high < verdict.best.high && verdict.difference.n == 200);
    }

    #[test]
    fn the_given_itself_is_no_better() {
        let recipes = values(0, 0.0, 1);
        let verdict = Verdict::new(&recipes[0], &recipes[0], 0, 1).expect("a verdict");
        assert!(!verdict.is_better(), "{verdict:?}");
    }
}
