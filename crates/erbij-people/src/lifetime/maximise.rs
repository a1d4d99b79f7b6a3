//! Maximum likelihood in log-parameters: a simplex to come near, Newton's method to arrive, its Hessian for the
//! errors.
//!
//! A likelihood may have no optimum: where nobody leaves, or all buy alike, it rises along a ridge for ever, and a
//! simplex would follow it through thousands of evaluations of every customer. So the simplex, whose steps are
//! bounded, looks at a sample of them alone; what everybody is asked are the few evaluations of Newton's method,
//! damped where the ridge has no curvature.

use argmin::core::{CostFunction, Executor, State};
use argmin::solver::neldermead::NelderMead;

/// Log-parameters are kept between −LIMIT and LIMIT, e^±14: what lies beyond is an edge, not a place.
pub(super) const LIMIT: f64 = 14.0;

/// So many customers are enough to come near. Their optimum is a few percents from that of all.
pub(super) const MAX_SAMPLE: usize = 4096;

/// The simplex ends when its log-likelihoods differ by less.
const SIMPLEX_TOLERANCE: f64 = 1e-6;

/// A simplex that has not ended by then has met a ridge; the best point is taken. The larger one, then the smaller.
const MAX_SIMPLEX_STEPS: [u64; 2] = [400, 200];

/// So far every start is followed; only the one that has come highest is followed further.
const MAX_TRIAL_STEPS: u64 = 80;

/// Newton's method converges in two or three from nearby.
const MAX_NEWTON_STEPS: usize = 5;

/// How often a step that overshoots is halved.
const MAX_HALVINGS: i32 = 3;

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

impl Maximum {
    /// Errors of the parameters from those of their logarithms, by the delta method.
    pub(super) fn standard_errors(&self, parameters: &[f64]) -> Option<Vec<f64>> {
        let errors = self.ln_standard_errors.as_ref()?;
        Some(errors.iter().zip(parameters).map(|(error, value)| error * value).collect())
    }
}

/// What is minimised: minus the log-likelihood, flat beyond the limits, an upper one a parameter.
struct Cost<'a, F> {
    log_likelihood: F,
    upper: &'a [f64],
}

impl<F: Fn(&[f64]) -> f64> Cost<'_, F> {
    fn within(&self, x: &[f64]) -> Vec<f64> {
        x.iter().zip(self.upper).map(|(value, &upper)| value.clamp(-LIMIT, upper)).collect()
    }

    /// Infinite where there is no likelihood.
    fn at(&self, x: &[f64]) -> f64 {
        let value = -(self.log_likelihood)(&self.within(x));
        if value.is_finite() { value } else { f64::INFINITY }
    }
}

impl<F: Fn(&[f64]) -> f64> CostFunction for &Cost<'_, F> {
    type Param = Vec<f64>;
    type Output = f64;

    fn cost(&self, x: &Vec<f64>) -> Result<f64, argmin::core::Error> {
        Ok(self.at(x))
    }
}

/// Looks for the maximum from the best of `starts`, below the limits of `upper`; none where the likelihood is nowhere finite.
/// Deterministic. Of the sample about 100 to 400 evaluations for two to five parameters, 2,000 on a ridge; of all
/// at most 300.
pub(super) fn maximise(
    starts: &[&[f64]],
    upper: &[f64],
    of_sample: impl Fn(&[f64]) -> f64,
    of_all: impl Fn(&[f64]) -> f64,
) -> Option<Maximum> {
    let sample = Cost { log_likelihood: of_sample, upper };
    let [far, near] = MAX_SIMPLEX_STEPS;
    let mut best = match starts {
        [start] => simplex(&sample, start, 0.5, far)?,
        _ => {
            let tried = starts.iter().filter_map(|start| simplex(&sample, start, 0.5, MAX_TRIAL_STEPS));
            let start = tried.min_by(|a, b| sample.at(a).total_cmp(&sample.at(b)))?;
            simplex(&sample, &start, 0.25, far)?
        }
    };
    // A simplex may collapse away from the optimum; a fresh small one around its end finds out.
    best = simplex(&sample, &best, 0.1, near).unwrap_or(best);
    let cost = Cost { log_likelihood: of_all, upper };
    best = cost.within(&best);
    let mut at_best = cost.at(&best);
    let mut parabola = Parabola::new(&cost, &best, at_best);
    for _ in 0..MAX_NEWTON_STEPS {
        let Some((next, at_next)) = parabola.better(&cost, &best, at_best) else { break };
        let is_done = at_best - at_next < 1e-9;
        (best, at_best) = (next, at_next);
        if is_done {
            break;
        }
        parabola = Parabola::new(&cost, &best, at_best);
    }
    // Half of the differences taken at a limit are across it, where all is flat.
    let is_at_edge = best.iter().zip(upper).any(|(x, &upper)| x - STEP <= -LIMIT || upper <= x + STEP);
    at_best.is_finite().then(|| Maximum {
        ln_parameters: best,
        log_likelihood: -at_best,
        ln_standard_errors: parabola.standard_errors().filter(|_| !is_at_edge),
    })
}

fn simplex<F: Fn(&[f64]) -> f64>(
    cost: &Cost<'_, F>,
    start: &[f64],
    size: f64,
    max_steps: u64,
) -> Option<Vec<f64>> {
    let mut corners = vec![start.to_vec()];
    for axis in 0..start.len() {
        let mut corner = start.to_vec();
        corner[axis] += size;
        corners.push(corner);
    }
    let solver = NelderMead::new(corners).with_sd_tolerance(SIMPLEX_TOLERANCE).ok()?;
    let executor = Executor::new(cost, solver).timer(false);
    let result = executor.configure(|state| state.max_iters(max_steps)).run().ok()?;
    result.state().get_best_param().cloned()
}

/// The parabola through the neighbourhood of a point.
struct Parabola {
    gradient: Vec<f64>,
    /// The lower triangle: Cholesky reads no other.
    hessian: Vec<Vec<f64>>,
}

impl Parabola {
    /// By differences: `2n²` evaluations.
    fn new<F: Fn(&[f64]) -> f64>(cost: &Cost<'_, F>, at: &[f64], centre: f64) -> Self {
        let n = at.len();
        let moved = |shifts: &[(usize, f64)]| {
            let mut x = at.to_vec();
            for &(axis, shift) in shifts {
                x[axis] += shift;
            }
            cost.at(&x)
        };
        let sides: Vec<[f64; 2]> = (0..n).map(|i| [STEP, -STEP].map(|shift| moved(&[(i, shift)]))).collect();
        let mixed = |i: usize, j: usize| {
            if i == j {
                return (sides[i][0] - 2.0 * centre + sides[i][1]) / (STEP * STEP);
            }
            let corners = [(1.0, 1.0), (1.0, -1.0), (-1.0, 1.0), (-1.0, -1.0)]
                .map(|(p, q)| p * q * moved(&[(i, p * STEP), (j, q * STEP)]));
            corners.iter().sum::<f64>() / (4.0 * STEP * STEP)
        };
        Self {
            gradient: sides.iter().map(|[up, down]| (up - down) / (2.0 * STEP)).collect(),
            hessian: (0..n).map(|i| (0..=i).map(|j| mixed(i, j)).collect()).collect(),
        }
    }

    /// None where the parabola has no lowest point.
    fn standard_errors(&self) -> Option<Vec<f64>> {
        let inverse = inverse_of_positive_definite(&self.hessian)?;
        Some((0..inverse.len()).map(|i| inverse[i][i].sqrt()).collect())
    }

    /// A point on the way to the lowest of the parabola that costs less, and what it costs.
    fn better<F: Fn(&[f64]) -> f64>(
        &self,
        cost: &Cost<'_, F>,
        at: &[f64],
        at_cost: f64,
    ) -> Option<(Vec<f64>, f64)> {
        let step = self.step()?;
        let towards = |halvings| {
            let share = 0.5_f64.powi(halvings);
            let next: Vec<f64> = at.iter().zip(&step).map(|(x, d)| x + share * d).collect();
            let next = cost.within(&next);
            let at_next = cost.at(&next);
            (next, at_next)
        };
        (0..=MAX_HALVINGS).map(towards).find(|&(_, at_next)| at_next < at_cost)
    }

    /// The step to the lowest point. On a ridge there is none: there a curvature is added to every direction, which
    /// hardly shortens the steps along which the parabola bends, and no step is longer than one in all.
    fn step(&self) -> Option<Vec<f64>> {
        let towards = |inverse: &[Vec<f64>]| -> Vec<f64> {
            let dot = |row: &Vec<f64>| -row.iter().zip(&self.gradient).map(|(h, g)| h * g).sum::<f64>();
            inverse.iter().map(dot).collect()
        };
        if let Some(inverse) = inverse_of_positive_definite(&self.hessian) {
            return Some(towards(&inverse));
        }
        let steepest = self.hessian.iter().flatten().fold(0.0_f64, |most, value| most.max(value.abs()));
        let damped = |share: f64| {
            let mut hessian = self.hessian.clone();
            for (axis, row) in hessian.iter_mut().enumerate() {
                row[axis] += share * steepest;
            }
            inverse_of_positive_definite(&hessian)
        };
        let step = towards(&[1e-4, 1e-2, 1.0].into_iter().find_map(damped)?);
        let length = step.iter().map(|d| d * d).sum::<f64>().sqrt();
        Some(step.iter().map(|d| d / length.max(1.0)).collect())
    }
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
    use std::cell::Cell;

    use super::*;

    #[test]
    fn a_hill_is_climbed_and_its_width_is_the_error() {
        // A normal log-likelihood around (1, −2) with correlated errors.
        let hill = |x: &[f64]| {
            let (u, v) = (x[0] - 1.0, x[1] + 2.0);
            7.0 - 0.5 * (25.0 * u * u + 12.0 * u * v + 9.0 * v * v)
        };
        let maximum = maximise(&[&[0.0, 0.0]], &[LIMIT; 2], hill, hill).expect("a hill");
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
        let (slope, nothing) = (|x: &[f64]| x[0].tanh(), |_: &[f64]| f64::NAN);
        let edge = maximise(&[&[0.0]], &[LIMIT], slope, slope).expect("finite");
        assert!((edge.log_likelihood - 1.0).abs() < 1e-5);
        assert!(edge.ln_standard_errors.is_none());
        assert!(maximise(&[&[0.0]], &[LIMIT], nothing, nothing).is_none());
    }

    /// A ridge, an edge, a plateau and nothing but rounding: each ends within its evaluations.
    #[test]
    fn a_ridge_has_an_end() {
        type Ridge = (&'static str, fn(&[f64]) -> f64);
        let ridges: [Ridge; 5] = [
            ("one that rises for ever", |x| -1e5 * (x[0] - x[1] + 3.0).powi(2) + x[2] + x[3]),
            ("one that bends", |x| -100.0 * (x[1] - x[0] * x[0]).powi(2) - (-x[0]).exp() - x[2].exp()),
            ("an edge", |x| -1e6 * x[0].exp() - 1e6 * x[1].exp() - x[2] * x[2] - x[3] * x[3]),
            ("a plateau", |_| -1e7),
            ("rounding", |x| -1e7 + 1e-5 * (1e9 * (x[0] + 2.0 * x[1] + 3.0 * x[2] + 5.0 * x[3])).sin()),
        ];
        for (name, ridge) in ridges {
            let (n_sample, n_all) = (Cell::new(0), Cell::new(0));
            let counted = |n: &Cell<u32>, x: &[f64]| {
                n.set(n.get() + 1);
                ridge(x)
            };
            let found =
                maximise(&[&[0.0; 4]], &[LIMIT; 4], |x| counted(&n_sample, x), |x| counted(&n_all, x));
            let found = found.expect("finite");
            assert!(found.ln_parameters.iter().all(|value| value.abs() <= LIMIT), "{name}: {found:?}");
            let is_at_edge = found.ln_parameters.iter().any(|value| LIMIT <= value.abs());
            assert!(!is_at_edge || found.ln_standard_errors.is_none(), "{name}: {found:?}");
            assert!(n_sample.get() <= 2000, "{name}: {} evaluations of the sample", n_sample.get());
            assert!(n_all.get() <= 300, "{name}: {} evaluations of all", n_all.get());
        }
    }

    /// Two hills: the higher one is found from whichever start lies at its foot.
    #[test]
    fn the_best_start_is_followed() {
        let hills = |x: &[f64]| 5.0 * (-(x[0] - 4.0).powi(2)).exp() + 3.0 * (-(x[0] + 4.0).powi(2)).exp();
        for starts in [[[-3.0], [3.0]], [[3.0], [-3.0]]] {
            let [first, second] = &starts;
            let found = maximise(&[first, second], &[LIMIT], hills, hills).expect("finite");
            assert!((found.ln_parameters[0] - 4.0).abs() < 1e-4, "{found:?}");
        }
    }

    /// What all say is found though a sample says another thing.
    #[test]
    fn the_sample_shows_the_way_and_all_decide() {
        let hill = |x: &[f64], u: f64, v: f64| -50.0 * ((x[0] - u).cosh() + (x[1] - v).cosh());
        let found = maximise(&[&[0.0; 2]], &[LIMIT; 2], |x| hill(x, 1.1, -2.2), |x| hill(x, 1.0, -2.0));
        let found = found.expect("a hill").ln_parameters;
        assert!((found[0] - 1.0).abs() < 1e-4 && (found[1] + 2.0).abs() < 1e-4, "{found:?}");
    }
}
