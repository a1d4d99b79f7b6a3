//! Regressions that learn how much each thing known of a candidate speaks for its being bought.

use rayon::prelude::*;

use crate::newton::{Look, MAX_STEPS, minimise};

/// Candidates that were offered and what came of them: a table of shape `(n_candidates, n_features)`.
#[derive(Clone, Debug, Default)]
pub struct Sample {
    /// Row by row.
    pub features: Vec<f32>,
    /// A row each: whether it was bought.
    pub was_bought: Vec<bool>,
    /// A question each, in the order of rows: how many candidates it had.
    pub n_candidates: Vec<u32>,
}

impl FromIterator<Self> for Sample {
    /// One after the other.
    fn from_iter<I: IntoIterator<Item = Self>>(samples: I) -> Self {
        let mut all = Self::default();
        for Self { features, was_bought, n_candidates } in samples {
            all.features.extend(features);
            all.was_bought.extend(was_bought);
            all.n_candidates.extend(n_candidates);
        }
        all
    }
}

/// What was learned.
#[derive(Clone, Debug, PartialEq)]
pub struct Fitted {
    /// One a feature.
    pub weights: Vec<f32>,
    /// The log-odds where every feature is zero. It orders nothing, and means nothing where a sample was drawn by what
    /// came of it.
    pub constant: f32,
}

/// Why no weights could be learned.
#[derive(Debug, thiserror::Error)]
pub enum LogisticError {
    /// All candidates were bought, or none.
    #[error("of {n_candidates} candidates {n_bought} were bought")]
    OneSided {
        /// How many there were.
        n_candidates: usize,
        /// How many of them were bought.
        n_bought: usize,
    },
    /// The optimum is out of reach of numbers.
    #[error("the regression did not converge in {MAX_STEPS} steps")]
    Regression,
}

/// Rows summed by one thread in one order, or questions of about so many.
const CHUNK_ROWS: usize = 4096;
/// A question of which more was bought counts as if so many were: a large order says the same many times.
const MAX_BOUGHT: f64 = 5.0;

/// Learns one weight a feature: minimises `Σ ln(1 + exp(∓z)) + l2 / 2 · Σ (w − w₀)²` with `z = w·x + c`, the upper sign
/// where it was bought, and `w₀` the `prior`, which a small sample hardly moves. The constant `c` costs nothing.
///
/// Newton's method; a step is a pass of `O(candidates · features²)` on all threads. Chunks are added up in order: the same
/// sample gives the same weights on any number of them.
pub fn fit_logistic(sample: &Sample, prior: &[f32], l2: f64) -> Result<Fitted, LogisticError> {
    let (n_bought, n_candidates) = sample.two_sides()?;
    let constant = (n_bought as f64 / (n_candidates - n_bought) as f64).ln();
    let mut weights = vec![0.0; prior.len()];
    weights.push(constant);
    let look = |weights: &[f64]| look_at_all(sample, weights, prior, l2);
    minimise(weights, look).map(|weights| Fitted::new(&weights)).ok_or(LogisticError::Regression)
}

/// Learns one weight a feature from what was bought of each question: minimises `Σ_q t/n Σ_bought (ln Σ_c exp(z_c) − z) + l2 / 2
/// · Σ (w − w₀)²`, `c` being the candidates of a question of which `n` were bought, and `t` that, at most 5. This is McFadden's
/// conditional logit (1974): what all candidates of a question have in common says nothing, so weights are of the order within
/// a page alone. A logistic regression of the sums so learned stretches them to probabilities: it keeps the order.
///
/// Newton's method, as [`fit_logistic`].
pub fn fit_ranking(sample: &Sample, prior: &[f32], l2: f64) -> Result<Fitted, LogisticError> {
    sample.two_sides()?;
    let weights = order_within_questions(sample, prior, l2)?;
    let sum =
        |row: &[f32]| row.iter().zip(&weights).map(|(&x, weight)| f64::from(x) * weight).sum::<f64>() as f32;
    let sums = Sample {
        features: sample.features.chunks_exact(prior.len()).map(sum).collect(),
        was_bought: sample.was_bought.clone(),
        n_candidates: Vec::new(),
    };
    let stretched = fit_logistic(&sums, &[1.0], 0.0)?;
    let by = f64::from(stretched.weights[0]);
    if by <= 0.0 {
        return Err(LogisticError::Regression);
    }
    let weights = weights.iter().map(|weight| (by * weight) as f32).collect();
    Ok(Fitted { weights, constant: stretched.constant })
}

/// The weights of a conditional logit, before they are stretched.
fn order_within_questions(sample: &Sample, prior: &[f32], l2: f64) -> Result<Vec<f64>, LogisticError> {
    let start = prior.iter().map(|&weight| f64::from(weight)).collect();
    let chunks = sample.chunks(prior.len());
    let look = |weights: &[f64]| {
        let looks: Vec<Look> = chunks.par_iter().map(|chunk| chunk.look(weights)).collect();
        let mut all = Look::zero(weights.len());
        looks.iter().for_each(|look| all.add(look));
        all.hold_back(weights, prior, l2);
        all
    };
    minimise(start, look).ok_or(LogisticError::Regression)
}

impl Sample {
    /// Adds the candidates of one question, each with what is known of it and whether it was bought.
    pub fn add_question<'a, R: AsRef<[f32]> + ?Sized + 'a>(
        &mut self,
        candidates: impl IntoIterator<Item = (&'a R, bool)>,
    ) {
        let before = self.was_bought.len();
        for (features, was_bought) in candidates {
            self.features.extend_from_slice(features.as_ref());
            self.was_bought.push(was_bought);
        }
        self.n_candidates.push((self.was_bought.len() - before) as u32);
    }

    /// How many were bought, of how many, where there are both kinds.
    fn two_sides(&self) -> Result<(usize, usize), LogisticError> {
        let n_candidates = self.was_bought.len();
        let n_bought = self.was_bought.iter().filter(|&&bought| bought).count();
        if n_bought == 0 || n_bought == n_candidates {
            return Err(LogisticError::OneSided { n_candidates, n_bought });
        }
        Ok((n_bought, n_candidates))
    }

    /// Whole questions, in chunks of about [`CHUNK_ROWS`].
    fn chunks(&self, n_features: usize) -> Vec<Questions<'_>> {
        let mut chunks = Vec::new();
        let (mut features, mut was_bought) = (self.features.as_slice(), self.was_bought.as_slice());
        let mut n_candidates = self.n_candidates.as_slice();
        while !n_candidates.is_empty() {
            let (mut n_rows, mut n_questions) = (0, 0);
            while n_rows < CHUNK_ROWS && n_questions < n_candidates.len() {
                n_rows += n_candidates[n_questions] as usize;
                n_questions += 1;
            }
            let (of_features, of_bought, of_questions);
            (of_features, features) = features.split_at(n_rows * n_features);
            (of_bought, was_bought) = was_bought.split_at(n_rows);
            (of_questions, n_candidates) = n_candidates.split_at(n_questions);
            chunks.push(Questions {
                features: of_features,
                was_bought: of_bought,
                n_candidates: of_questions,
            });
        }
        chunks
    }
}

impl Fitted {
    fn new(weights: &[f64]) -> Self {
        let (constant, weights) = weights.split_last().expect("the constant is there");
        Self { weights: weights.iter().map(|&weight| weight as f32).collect(), constant: *constant as f32 }
    }
}

/// The loss of a logistic regression at weights, the constant last.
fn look_at_all(sample: &Sample, weights: &[f64], prior: &[f32], l2: f64) -> Look {
    let chunks: Vec<Look> = sample
        .features
        .par_chunks(CHUNK_ROWS * prior.len())
        .zip(sample.was_bought.par_chunks(CHUNK_ROWS))
        .map(|(features, was_bought)| look_at_chunk(weights, features, was_bought))
        .collect();
    let mut all = Look::zero(weights.len());
    chunks.iter().for_each(|chunk| all.add(chunk));
    all.hold_back(weights, prior, l2);
    all
}

fn look_at_chunk(weights: &[f64], features: &[f32], was_bought: &[bool]) -> Look {
    let mut look = Look::zero(weights.len());
    let n_features = weights.len() - 1;
    let mut row = vec![0.0; look.stride()];
    row[n_features] = 1.0;
    for (features, &was_bought) in features.chunks_exact(n_features).zip(was_bought) {
        fill(&mut row, features);
        let log_odds = dot(&row, weights);
        // The smaller of the two exponentials, which cannot overflow.
        let small = (-log_odds.abs()).exp();
        let likely = if 0.0 <= log_odds { 1.0 / (1.0 + small) } else { small / (1.0 + small) };
        let against = if was_bought { -log_odds } else { log_odds };
        look.loss += against.max(0.0) + small.ln_1p();
        look.slope(likely - f64::from(u8::from(was_bought)), &row);
        look.bend(small / ((1.0 + small) * (1.0 + small)), &row);
    }
    look
}

/// Questions that one thread sums in one order.
struct Questions<'a> {
    features: &'a [f32],
    was_bought: &'a [bool],
    n_candidates: &'a [u32],
}

impl Questions<'_> {
    /// The loss of a conditional logit at weights.
    fn look(&self, weights: &[f64]) -> Look {
        let n_features = weights.len();
        let mut look = Look::zero(n_features);
        let (mut row, mut mean) = (vec![0.0; look.stride()], vec![0.0; look.stride()]);
        let mut sums = Vec::new();
        let mut first = 0;
        for &n in self.n_candidates {
            let rows = first..first + n as usize;
            first = rows.end;
            let was_bought = &self.was_bought[rows.clone()];
            let n_bought = was_bought.iter().filter(|&&bought| bought).count() as f64;
            if n_bought == 0.0 {
                continue;
            }
            let counts = n_bought.min(MAX_BOUGHT);
            let features =
                || self.features[rows.start * n_features..rows.end * n_features].chunks_exact(n_features);
            sums.clear();
            sums.extend(features().map(|features| {
                fill(&mut row, features);
                dot(&row, weights)
            }));
            let largest = sums.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let total: f64 = sums.iter().map(|sum| (sum - largest).exp()).sum();
            mean.fill(0.0);
            for ((features, &sum), &was_bought) in features().zip(&sums).zip(was_bought) {
                fill(&mut row, features);
                let likely = (sum - largest).exp() / total;
                mean.iter_mut().zip(&row).for_each(|(mean, value)| *mean += likely * value);
                look.bend(counts * likely, &row);
                if was_bought {
                    let counts = counts / n_bought;
                    look.loss += counts * (total.ln() + largest - sum);
                    look.slope(-counts, &row);
                }
            }
            look.slope(counts, &mean);
            look.bend(-counts, &mean);
        }
        look
    }
}

fn fill(row: &mut [f64], features: &[f32]) {
    row.iter_mut().zip(features).for_each(|(value, &feature)| *value = f64::from(feature));
}

fn dot(row: &[f64], weights: &[f64]) -> f64 {
    row.iter().zip(weights).map(|(value, weight)| value * weight).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_are_the_log_odds_of_a_table() {
        // One feature, absent: 1 of 5 bought; present: 2 of 4, and 4 of 5. Whether most are bought or few, the
        // weight is the log of the ratio of odds: ln(1 / (1/4)) and ln(4 / (1/4)).
        for (present, n_present, expected) in [(2, 4, 1.386_294), (4, 5, 2.772_589)] {
            let mut sample = Sample::default();
            for (feature, n_bought, n) in [(0.0, 1, 5), (1.0, present, n_present)] {
                for candidate in 0..n {
                    sample.features.push(feature);
                    sample.was_bought.push(candidate < n_bought);
                }
            }
            let weights = fit_logistic(&sample, &[0.0], 1e-9).expect("both sides").weights;
            assert!((weights[0] - expected).abs() < 1e-3, "{weights:?}, expected {expected}");
            let held_back = fit_logistic(&sample, &[0.0], 10.0).expect("both sides").weights;
            assert!(0.0 < held_back[0] && held_back[0] < 0.5, "{held_back:?}");
        }
    }

    /// Three features, of which the first makes a purchase likelier and the last rarer.
    fn some_sample(n: usize) -> Sample {
        let mut sample = Sample::default();
        let mut state = 1_u64;
        let mut chance = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 40) as f32 / (1 << 24) as f32
        };
        for _ in 0..n {
            let row = [chance(), chance(), chance()];
            sample.was_bought.push(chance() < 0.1 + 0.4 * row[0] - 0.1 * row[2]);
            sample.features.extend(row);
        }
        sample
    }

    #[test]
    fn the_optimum_is_that_of_linfa() {
        use linfa::dataset::Dataset;
        use linfa::traits::Fit;
        use ndarray::{Array1, Array2};

        let sample = some_sample(10_000);
        for l2 in [0.01, 1.0, 100.0] {
            let weights = fit_logistic(&sample, &[0.0; 3], l2).expect("both sides").weights;
            let records = sample.features.iter().map(|&x| f64::from(x)).collect();
            let records = Array2::from_shape_vec((10_000, 3), records).expect("three a row");
            let dataset = Dataset::new(records, Array1::from_vec(sample.was_bought.clone()));
            let regression = linfa_logistic::LogisticRegression::default().alpha(l2).max_iterations(500);
            let fitted = regression.fit(&dataset).expect("converges");
            let sign = if fitted.labels().pos.class { 1.0 } else { -1.0 };
            for (&weight, &expected) in weights.iter().zip(fitted.params()) {
                let expected = sign * expected;
                assert!((f64::from(weight) - expected).abs() < 2e-3, "{weights:?}, {fitted:?}");
            }
        }
    }

    #[test]
    fn a_small_sample_hardly_moves_what_was_taught_and_a_large_one_forgets_it() {
        let prior = [3.0, -2.0, 0.0];
        let far = |n| {
            let fit = |prior: &[f32]| fit_logistic(&some_sample(n), prior, 1.0).expect("both sides").weights;
            let (from_prior, from_zero) = (fit(&prior), fit(&[0.0; 3]));
            from_prior.iter().zip(&from_zero).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
        };
        assert!(2.0 < far(10), "{}", far(10));
        assert!(far(100_000) < 0.01, "{}", far(100_000));
    }

    #[test]
    fn threads_do_not_show() {
        let sample = some_sample(50_000);
        let fit = |n_threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(n_threads).build().expect("threads");
            pool.install(|| fit_logistic(&sample, &[0.0; 3], 1.0)).expect("both sides")
        };
        assert_eq!(fit(1), fit(3));
    }

    /// A sample whose rows are questions of so many candidates each.
    fn in_questions(sample: Sample, n_candidates: u32) -> Sample {
        let n = sample.was_bought.len() / n_candidates as usize;
        Sample { n_candidates: vec![n_candidates; n], ..sample }
    }

    /// Of two candidates one is bought: a logistic regression of their difference, which is laid out both ways round, so that
    /// there is no constant and each counts twice.
    #[test]
    fn a_ranking_of_two_is_a_regression_of_their_difference() {
        let Sample { features, was_bought, .. } = some_sample(2000);
        let mut pairs = Sample::default();
        let mut differences = Sample::default();
        for (features, was_bought) in features.chunks_exact(6).zip(was_bought.chunks_exact(2)) {
            if was_bought[0] == was_bought[1] {
                continue;
            }
            pairs.features.extend(features);
            pairs.was_bought.extend(was_bought);
            pairs.n_candidates.push(2);
            for sign in [1.0, -1.0] {
                differences.features.extend((0..3).map(|at| sign * (features[at] - features[at + 3])));
                differences.was_bought.push(was_bought[0] == (0.0 < sign));
            }
        }
        assert!(300 < pairs.n_candidates.len(), "{}", pairs.n_candidates.len());
        let found = order_within_questions(&pairs, &[0.0; 3], 1.0).expect("both sides");
        let expected = fit_logistic(&differences, &[0.0; 3], 2.0).expect("both sides").weights;
        for (found, expected) in found.iter().zip(&expected) {
            assert!((found - f64::from(*expected)).abs() < 1e-4, "{found} {expected}");
        }
    }

    #[test]
    fn what_all_candidates_of_a_question_share_says_nothing_of_their_order() {
        let sample = in_questions(some_sample(9000), 9);
        let mut shifted = sample.clone();
        for (at, features) in shifted.features.chunks_exact_mut(9 * 3).enumerate() {
            let by = (at % 7) as f32 * 0.25;
            features.iter_mut().skip(1).step_by(3).for_each(|feature| *feature += by);
        }
        let fit = |sample| order_within_questions(sample, &[0.0; 3], 1.0).expect("both sides");
        for (a, b) in fit(&sample).iter().zip(fit(&shifted)) {
            assert!((a - b).abs() < 1e-4, "{a} {b}");
        }
    }

    #[test]
    fn a_ranking_is_stretched_to_probabilities() {
        let sample = in_questions(some_sample(50_000), 10);
        let ordered = order_within_questions(&sample, &[0.0; 3], 1.0).expect("both sides");
        let fitted = fit_ranking(&sample, &[0.0; 3], 1.0).expect("both sides");
        let by = f64::from(fitted.weights[0]) / ordered[0];
        for (weight, ordered) in fitted.weights.iter().zip(&ordered) {
            assert!((f64::from(*weight) - by * ordered).abs() < 1e-5, "{fitted:?} {ordered}");
        }
        // As many are foretold as were bought.
        let log_odds =
            |row: &[f32]| -> f32 { row.iter().zip(&fitted.weights).map(|(x, weight)| x * weight).sum() };
        let likely = |row: &[f32]| 1.0 / (1.0 + f64::from(-log_odds(row) - fitted.constant).exp());
        let expected: f64 = sample.features.chunks_exact(3).map(likely).sum();
        let n_bought = sample.was_bought.iter().filter(|&&bought| bought).count() as f64;
        assert!((expected / n_bought - 1.0).abs() < 1e-3, "{expected} {n_bought}");
    }

    #[test]
    fn threads_do_not_show_in_a_ranking() {
        let sample = in_questions(some_sample(30_000), 30);
        let fit = |n_threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(n_threads).build().expect("threads");
            pool.install(|| fit_ranking(&sample, &[0.0; 3], 1.0)).expect("both sides")
        };
        assert_eq!(fit(1), fit(3));
    }

    #[test]
    fn what_nobody_bought_teaches_nothing() {
        let sample =
            Sample { features: vec![1.0, 0.0], was_bought: vec![false, false], n_candidates: vec![2] };
        let error = fit_logistic(&sample, &[0.0], 1.0).expect_err("one side");
        assert!(error.to_string().contains("of 2 candidates 0 were bought"), "{error}");
        assert!(fit_logistic(&Sample::default(), &[0.0], 1.0).is_err());
    }
}
