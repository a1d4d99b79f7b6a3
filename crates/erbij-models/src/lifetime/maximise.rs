//! Maximum likelihood in log-parameters: a simplex to come near, Newton's method to arrive, its Hessian for the
//! errors.

use argmin::core::{CostFunction, Executor, State};
use argmin::solver::neldermead::NelderMead;

/// Log-parameters are kept between −LIMIT and LIMIT, e^±14: what lies beyond is an edge, not a place.
const LIMIT: f64 = 14.0;

/// The simplex ends when its log-likelihoods differ by less.
const SIMPLEX_TOLERANCE: f64 = 1e-6;

/// A simplex that has not ended by then has met a ridge; the best point is taken.
const MAX_SIMPLEX_STEPS: u64 = 1000;

/// Step of the differences: errors of rounding (1e-16 · 1e4 / h²) and of truncation (h²) are both below 1e-5.
const STEP: f64 = 1e-3;

/// Where the likelihood is greatest.
#[derive(Clone, Debug)]
pub(super) struct Maximum {
    /// Logarithms of the parameters.
    pub ln_parameters: Vec<f64>,
    /// The log-likelihood there.
    pub log_likelihood: f64,
    /// Standard errors of the logarithms, from the inverse of the observed information; none where it is not
    /// positive definite, as at an edge.
    pub ln_standard_errors: Option<Vec<f64>>,
}

struct Negative<F>(F);

impl<F: Fn(&[f64]) -> f64> Negative<F> {
    /// Minus the log-likelihood, infinite where there is none.
    fn at(&self, x: &[f64]) -> f64 {
        if !x.iter().all(|value| value.abs() <= LIMIT) {
            return f64::INFINITY;
        }
        let value = -(self.0)(x);
        if value.is_finite() { value } else { f64::INFINITY }
    }
}

impl<F: Fn(&[f64]) -> f64> CostFunction for Negative<F> {
    type Param = Vec<f64>;
    type Output = f64;

    fn cost(&self, x: &Vec<f64>) -> Result<f64, argmin::core::Error> {
        Ok(self.at(x))
    }
}

/// Looks for the maximum from `start`; none where the likelihood is nowhere finite. Deterministic. About 100 to
/// 400 evaluations for two to five parameters.
pub(super) fn maximise(start: &[f64], log_likelihood: impl Fn(&[f64]) -> f64) -> Option<Maximum> {
    let cost = Negative(log_likelihood);
    let mut best = simplex(&cost, start, 0.5)?;
    // A simplex may collapse away from the optimum; a fresh small one around its end finds out.
    best = simplex(&cost, &best, 0.1).unwrap_or(best);
    let mut at_best = cost.at(&best);
    let mut step = newton_step(&cost, &best);
    for _ in 0..5 {
        let Some((towards, _)) = &step else { break };
        let next: Vec<f64> = best.iter().zip(towards).map(|(x, d)| x + d).collect();
        let at_next = cost.at(&next);
        // No NaN gets here: what has no likelihood costs infinitely much.
        if at_best <= at_next {
            break;
        }
        let is_done = at_best - at_next < 1e-9;
        (best, at_best) = (next, at_next);
        if is_done {
            break;
        }
        step = newton_step(&cost, &best);
    }
    at_best.is_finite().then(|| Maximum {
        ln_parameters: best,
        log_likelihood: -at_best,
        ln_standard_errors: step.map(|(_, errors)| errors),
    })
}

fn simplex<F: Fn(&[f64]) -> f64>(cost: &Negative<F>, start: &[f64], size: f64) -> Option<Vec<f64>> {
    let mut corners = vec![start.to_vec()];
    for axis in 0..start.len() {
        let mut corner = start.to_vec();
        corner[axis] += size;
        corners.push(corner);
    }
    let solver = NelderMead::new(corners).with_sd_tolerance(SIMPLEX_TOLERANCE).ok()?;
    let problem = Negative(|x: &[f64]| -cost.at(x));
    let executor = Executor::new(problem, solver).timer(false);
    let result = executor.configure(|state| state.max_iters(MAX_SIMPLEX_STEPS)).run().ok()?;
    result.state().get_best_param().cloned()
}

/// The step to the maximum of the parabola through the neighbourhood, and the standard errors there; none where
/// the parabola has none.
fn newton_step<F: Fn(&[f64]) -> f64>(cost: &Negative<F>, at: &[f64]) -> Option<(Vec<f64>, Vec<f64>)> {
    let n = at.len();
    let moved = |shifts: &[(usize, f64)]| {
        let mut x = at.to_vec();
        for &(axis, shift) in shifts {
            x[axis] += shift;
        }
        cost.at(&x)
    };
    let centre = cost.at(at);
    let sides: Vec<[f64; 2]> = (0..n).map(|i| [STEP, -STEP].map(|shift| moved(&[(i, shift)]))).collect();
    let gradient: Vec<f64> = sides.iter().map(|[up, down]| (up - down) / (2.0 * STEP)).collect();
    let mixed = |i: usize, j: usize| {
        if i == j {
            return (sides[i][0] - 2.0 * centre + sides[i][1]) / (STEP * STEP);
        }
        let corners = [(1.0, 1.0), (1.0, -1.0), (-1.0, 1.0), (-1.0, -1.0)]
            .map(|(p, q)| p * q * moved(&[(i, p * STEP), (j, q * STEP)]));
        corners.iter().sum::<f64>() / (4.0 * STEP * STEP)
    };
    // Cholesky reads the lower triangle alone.
    let hessian: Vec<Vec<f64>> = (0..n).map(|i| (0..=i).map(|j| mixed(i, j)).collect()).collect();
    let inverse = inverse_of_positive_definite(&hessian)?;
    let step =
        inverse.iter().map(|row| -row.iter().zip(&gradient).map(|(h, g)| h * g).sum::<f64>()).collect();
    let errors = (0..n).map(|i| inverse[i][i].sqrt()).collect();
    Some((step, errors))
}

/// By Cholesky of the lower triangle, for a handful of rows; none where the matrix is not clearly positive definite.
fn inverse_of_positive_definite(matrix: &[Vec<f64>]) -> Option<Vec<Vec<f64>>> {
    let n = matrix.len();
    let mut lower = vec![vec![0.0; n]; n];
    for i in 0..n {
        for j in 0..=i {
            let dot: f64 = (0..j).map(|k| lower[i][k] * lower[j][k]).sum();
            let rest: f64 = matrix[i][j] - dot;
            if i != j {
                lower[i][j] = rest / lower[j][j];
            } else if 1e-4 < rest && rest.is_finite() {
                lower[i][i] = rest.sqrt();
            } else {
                return None;
            }
        }
    }
    let column = |unit: usize| {
        let mut x = vec![0.0; n];
        for i in 0..n {
            let dot: f64 = (0..i).map(|k| lower[i][k] * x[k]).sum();
            x[i] = (f64::from(u8::from(i == unit)) - dot) / lower[i][i];
        }
        for i in (0..n).rev() {
            let dot: f64 = (i + 1..n).map(|k| lower[k][i] * x[k]).sum();
            x[i] = (x[i] - dot) / lower[i][i];
        }
        x
    };
    Some((0..n).map(column).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hill_is_climbed_and_its_width_is_the_error() {
        // A normal log-likelihood around (1, −2) with correlated errors.
        let hill = |x: &[f64]| {
            let (u, v) = (x[0] - 1.0, x[1] + 2.0);
            7.0 - 0.5 * (25.0 * u * u + 12.0 * u * v + 9.0 * v * v)
        };
        let maximum = maximise(&[0.0, 0.0], hill).expect("a hill");
        assert!((maximum.log_likelihood - 7.0).abs() < 1e-9);
        assert!(
            (maximum.ln_parameters[0] - 1.0).abs() < 1e-6 && (maximum.ln_parameters[1] + 2.0).abs() < 1e-6
        );
        // The inverse of [[25, 6], [6, 9]] is [[9, −6], [−6, 25]] / 189.
        let errors = maximum.ln_standard_errors.expect("positive definite");
        assert!((errors[0] - (9.0_f64 / 189.0).sqrt()).abs() < 1e-5, "{errors:?}");
        assert!((errors[1] - (25.0_f64 / 189.0).sqrt()).abs() < 1e-5, "{errors:?}");
    }

    #[test]
    fn an_edge_has_no_errors_and_nothing_has_no_maximum() {
        let edge = maximise(&[0.0], |x| x[0].tanh()).expect("finite");
        assert!((edge.log_likelihood - 1.0).abs() < 1e-5);
        assert!(edge.ln_standard_errors.is_none());
        assert!(maximise(&[0.0], |_| f64::NAN).is_none());
    }
}
