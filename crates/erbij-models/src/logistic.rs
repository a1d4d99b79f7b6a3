//! Logistic regression: how much each thing known of a candidate speaks for its being bought.

use faer::linalg::solvers::Solve;
use faer::{Mat, Side};
use rayon::prelude::*;

/// Candidates that were offered and what came of them: a table of shape `(n_candidates, n_features)`.
#[derive(Clone, Debug, Default)]
pub struct Sample {
    /// Row by row.
    pub features: Vec<f32>,
    /// A row each: whether it was bought.
    pub was_bought: Vec<bool>,
}

impl FromIterator<Self> for Sample {
    /// One after the other.
    fn from_iter<I: IntoIterator<Item = Self>>(samples: I) -> Self {
        let mut all = Self::default();
        for Self { features, was_bought } in samples {
            all.features.extend(features);
            all.was_bought.extend(was_bought);
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

/// Near its one optimum Newton's method doubles the right digits with each step: more than so many mean that it finds none.
const MAX_STEPS: usize = 50;
/// A step that gains less than this share of the loss is the last.
const TOLERANCE: f64 = 1e-10;
/// Rows summed by one thread in one order.
const CHUNK_ROWS: usize = 4096;
/// Columns in registers together.
const LANES: usize = 8;

/// Learns one weight a feature: minimises `Σ ln(1 + exp(∓z)) + l2 / 2 · Σ (w − w₀)²` with `z = w·x + c`, the upper sign
/// where it was bought, and `w₀` the `prior`, which a small sample hardly moves. The constant `c` costs nothing.
///
/// Newton's method, halving a step that does not gain (Nocedal & Wright, "Numerical Optimization", 2006, §3.1); a
/// step is a pass of `O(candidates · features²)` on all threads. Chunks are added up in order: the same sample gives the same
/// weights on any number of them.
pub fn fit_logistic(sample: &Sample, prior: &[f32], l2: f64) -> Result<Fitted, LogisticError> {
    let n_features = prior.len();
    let n_candidates = sample.was_bought.len();
    let n_bought = sample.was_bought.iter().filter(|&&bought| bought).count();
    if n_bought == 0 || n_bought == n_candidates {
        return Err(LogisticError::OneSided { n_candidates, n_bought });
    }
    let regression = Regression { sample, prior, l2 };
    let constant = (n_bought as f64 / (n_candidates - n_bought) as f64).ln();
    let mut weights = vec![0.0; n_features];
    weights.push(constant);
    let mut at = regression.look(&weights);
    for _ in 0..MAX_STEPS {
        let Some(step) = at.newton_step() else { return Err(LogisticError::Regression) };
        let mut length = 1.0;
        let next = loop {
            let tried: Vec<f64> = weights.iter().zip(&step).map(|(w, step)| w - length * step).collect();
            let looked = regression.look(&tried);
            if looked.loss <= at.loss {
                weights = tried;
                break looked;
            }
            length /= 2.0;
            if length < 1e-9 {
                // No step gains: this is the optimum, as near as sums of so many rows tell.
                return Ok(Fitted::new(&weights));
            }
        };
        let gain = at.loss - next.loss;
        at = next;
        if gain <= TOLERANCE * at.loss {
            return Ok(Fitted::new(&weights));
        }
    }
    Err(LogisticError::Regression)
}

impl Fitted {
    fn new(weights: &[f64]) -> Self {
        let (constant, weights) = weights.split_last().expect("the constant is there");
        Self { weights: weights.iter().map(|&weight| weight as f32).collect(), constant: *constant as f32 }
    }
}

/// A sample and its penalty.
struct Regression<'a> {
    sample: &'a Sample,
    prior: &'a [f32],
    l2: f64,
}

/// The loss at some weights, its gradient and the matrix of its second derivatives: by rows, each of `stride`.
struct Look {
    loss: f64,
    gradient: Vec<f64>,
    curvature: Vec<f64>,
    stride: usize,
}

impl Regression<'_> {
    /// The loss at weights, the constant last.
    fn look(&self, weights: &[f64]) -> Look {
        let features = &self.sample.features;
        let chunks: Vec<Look> = features
            .par_chunks(CHUNK_ROWS * self.prior.len())
            .zip(self.sample.was_bought.par_chunks(CHUNK_ROWS))
            .map(|(features, was_bought)| self.look_at_chunk(weights, features, was_bought))
            .collect();
        let mut all = Look::zero(weights.len());
        for chunk in &chunks {
            all.add(chunk);
        }
        for (at, (&weight, &prior)) in weights.iter().zip(self.prior).enumerate() {
            let moved = weight - f64::from(prior);
            all.loss += 0.5 * self.l2 * moved * moved;
            all.gradient[at] += self.l2 * moved;
            all.curvature[at * all.stride + at] += self.l2;
        }
        all
    }

    fn look_at_chunk(&self, weights: &[f64], features: &[f32], was_bought: &[bool]) -> Look {
        let mut look = Look::zero(weights.len());
        let mut row = vec![0.0; look.stride];
        row[self.prior.len()] = 1.0;
        for (features, &was_bought) in features.chunks_exact(self.prior.len()).zip(was_bought) {
            for (value, &feature) in row.iter_mut().zip(features) {
                *value = f64::from(feature);
            }
            let log_odds: f64 = row.iter().zip(weights).map(|(value, weight)| value * weight).sum();
            // The smaller of the two exponentials, which cannot overflow.
            let small = (-log_odds.abs()).exp();
            let likely = if 0.0 <= log_odds { 1.0 / (1.0 + small) } else { small / (1.0 + small) };
            let against = if was_bought { -log_odds } else { log_odds };
            look.loss += against.max(0.0) + small.ln_1p();
            let error = likely - f64::from(u8::from(was_bought));
            let spread = small / ((1.0 + small) * (1.0 + small));
            for (at, &value) in row[..weights.len()].iter().enumerate() {
                look.gradient[at] += error * value;
                let scaled = spread * value;
                if scaled != 0.0 {
                    let sums = &mut look.curvature[at * look.stride..(at + 1) * look.stride];
                    for (sum, &other) in sums.iter_mut().zip(&row) {
                        *sum += scaled * other;
                    }
                }
            }
        }
        look
    }
}

impl Look {
    fn zero(n_weights: usize) -> Self {
        let stride = n_weights.next_multiple_of(LANES);
        Self { loss: 0.0, gradient: vec![0.0; n_weights], curvature: vec![0.0; n_weights * stride], stride }
    }

    fn add(&mut self, other: &Self) {
        let add = |sums: &mut [f64], others: &[f64]| {
            sums.iter_mut().zip(others).for_each(|(sum, other)| *sum += other);
        };
        self.loss += other.loss;
        add(&mut self.gradient, &other.gradient);
        add(&mut self.curvature, &other.curvature);
    }

    /// What to go back by: the gradient by the inverse of the second derivatives.
    fn newton_step(&self) -> Option<Vec<f64>> {
        let n = self.gradient.len();
        let curvature = Mat::from_fn(n, n, |row, column| self.curvature[row * self.stride + column]);
        let gradient = Mat::from_fn(n, 1, |row, _| self.gradient[row]);
        let step = curvature.llt(Side::Lower).ok()?.solve(&gradient);
        let step: Vec<f64> = (0..n).map(|row| step[(row, 0)]).collect();
        step.iter().all(|value| value.is_finite()).then_some(step)
    }
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

    #[test]
    fn what_nobody_bought_teaches_nothing() {
        let sample = Sample { features: vec![1.0, 0.0], was_bought: vec![false, false] };
        let error = fit_logistic(&sample, &[0.0], 1.0).expect_err("one side");
        assert!(error.to_string().contains("of 2 candidates 0 were bought"), "{error}");
        assert!(fit_logistic(&Sample::default(), &[0.0], 1.0).is_err());
    }
}
