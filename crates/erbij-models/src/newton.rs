//! Newton's method for a smooth convex loss of a few weights.

use faer::linalg::solvers::Solve;
use faer::{Mat, Side};

/// Near its one optimum Newton's method doubles the right digits with each step: more than so many mean that it finds none.
pub(crate) const MAX_STEPS: usize = 50;
/// A step that gains less than this share of the loss is the last.
const TOLERANCE: f64 = 1e-10;
/// Columns in registers together.
const LANES: usize = 8;

/// A loss at some weights, its gradient and the matrix of its second derivatives: by rows, each of `stride`.
pub(crate) struct Look {
    pub(crate) loss: f64,
    pub(crate) gradient: Vec<f64>,
    curvature: Vec<f64>,
    stride: usize,
}

/// The weights at which a loss is least, from `start`; none where the optimum is out of reach of numbers.
///
/// A step that does not gain is halved (Nocedal & Wright, "Numerical Optimization", 2006, §3.1).
pub(crate) fn minimise(start: Vec<f64>, look: impl Fn(&[f64]) -> Look) -> Option<Vec<f64>> {
    let mut weights = start;
    let mut at = look(&weights);
    for _ in 0..MAX_STEPS {
        let step = at.newton_step()?;
        let mut length = 1.0;
        let next = loop {
            let tried: Vec<f64> = weights.iter().zip(&step).map(|(w, step)| w - length * step).collect();
            let looked = look(&tried);
            if looked.loss <= at.loss {
                weights = tried;
                break looked;
            }
            length /= 2.0;
            if length < 1e-9 {
                // No step gains: this is the optimum, as near as sums of so many rows tell.
                return Some(weights);
            }
        };
        let gain = at.loss - next.loss;
        at = next;
        if gain <= TOLERANCE * at.loss {
            return Some(weights);
        }
    }
    None
}

impl Look {
    pub(crate) fn zero(n_weights: usize) -> Self {
        let stride = n_weights.next_multiple_of(LANES);
        Self { loss: 0.0, gradient: vec![0.0; n_weights], curvature: vec![0.0; n_weights * stride], stride }
    }

    /// How many values a row that is added must have: one a weight, then zeros.
    pub(crate) fn stride(&self) -> usize {
        self.stride
    }

    /// Adds `by · x` to the gradient.
    pub(crate) fn slope(&mut self, by: f64, x: &[f64]) {
        self.gradient.iter_mut().zip(x).for_each(|(sum, value)| *sum += by * value);
    }

    /// Adds `by · x xᵀ` to the second derivatives.
    pub(crate) fn bend(&mut self, by: f64, x: &[f64]) {
        for (at, &value) in x[..self.gradient.len()].iter().enumerate() {
            let scaled = by * value;
            if scaled != 0.0 {
                let sums = &mut self.curvature[at * self.stride..(at + 1) * self.stride];
                sums.iter_mut().zip(x).for_each(|(sum, &other)| *sum += scaled * other);
            }
        }
    }

    /// Adds another, weight by weight.
    pub(crate) fn add(&mut self, other: &Self) {
        let add = |sums: &mut [f64], others: &[f64]| {
            sums.iter_mut().zip(others).for_each(|(sum, other)| *sum += other);
        };
        self.loss += other.loss;
        add(&mut self.gradient, &other.gradient);
        add(&mut self.curvature, &other.curvature);
    }

    /// Adds the penalty `l2 / 2 · Σ (w − w₀)²` of the first weights, `w₀` being the `prior`.
    pub(crate) fn hold_back(&mut self, weights: &[f64], prior: &[f32], l2: f64) {
        for (at, (&weight, &prior)) in weights.iter().zip(prior).enumerate() {
            let moved = weight - f64::from(prior);
            self.loss += 0.5 * l2 * moved * moved;
            self.gradient[at] += l2 * moved;
            self.curvature[at * self.stride + at] += l2;
        }
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
