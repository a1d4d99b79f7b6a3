//! A guess of the metric where nothing was tried: a Gaussian process over the unit cube.
//!
//! Kernel Matérn 5/2 with a length an axis, so that an axis which hardly matters is told apart from one that
//! does; lengths are those of a small grid with the greatest likelihood, axis by axis. Source: Rasmussen &
//! Williams, "Gaussian Processes for Machine Learning", 2006, algorithm 2.1 and section 5.4. With n points a
//! fit is O(n³ · axes) and a guess O(n²); n is the number of trials.

/// Lengths tried for every axis; by the longest, an axis as good as does not count.
const LENGTHS: [f64; 6] = [0.1, 0.2, 0.4, 0.8, 1.6, 3.2];

/// The length every axis starts with.
const FIRST_LENGTH: f64 = 0.4;

/// How often all axes are gone through.
const SWEEPS: usize = 3;

/// A value found at a place.
pub(crate) struct Sighting {
    /// Where, a coordinate an axis.
    pub place: Vec<f64>,
    /// What was found.
    pub value: f64,
    /// How unsure it is: a variance, where that of all values is 1.
    pub noise: f64,
}

/// A fitted guess.
pub(crate) struct Surrogate {
    places: Vec<Vec<f64>>,
    lengths: Vec<f64>,
    mean: f64,
    scale: f64,
    /// The lower factor of the kernel's matrix, row by row.
    factor: Vec<Vec<f64>>,
    /// The inverse of that matrix times the values.
    weights: Vec<f64>,
    /// The variance far from all sightings, where that of all values is 1.
    variance: f64,
}

impl Surrogate {
    /// Fits; none without two different values.
    pub(crate) fn new(sightings: &[Sighting]) -> Option<Self> {
        let n = sightings.len() as f64;
        let mean = sightings.iter().map(|sighting| sighting.value).sum::<f64>() / n;
        let square = |sighting: &Sighting| (sighting.value - mean).powi(2);
        let scale = (sightings.iter().map(square).sum::<f64>() / n).sqrt();
        let differ = 0.0 < scale;
        if !differ {
            return None;
        }
        let values: Vec<f64> = sightings.iter().map(|sighting| (sighting.value - mean) / scale).collect();
        let fit = |lengths: &[f64]| Fit::new(sightings, &values, lengths);
        let mut lengths = vec![FIRST_LENGTH; sightings[0].place.len()];
        let mut best = fit(&lengths)?;
        let n_axes = lengths.len();
        for axis in (0..SWEEPS).flat_map(|_| 0..n_axes) {
            for length in LENGTHS {
                let mut other = lengths.clone();
                other[axis] = length;
                if let Some(fitted) = fit(&other).filter(|fitted| best.likelihood < fitted.likelihood) {
                    (best, lengths) = (fitted, other);
                }
            }
        }
        let places = sightings.iter().map(|sighting| sighting.place.clone()).collect();
        let Fit { factor, weights, variance, .. } = best;
        Some(Self { places, lengths, mean, scale, factor, weights, variance })
    }

    /// What to expect at a place, and its standard deviation.
    pub(crate) fn guess(&self, place: &[f64]) -> (f64, f64) {
        let near: Vec<f64> = self.places.iter().map(|other| kernel(place, other, &self.lengths)).collect();
        let expected: f64 = near.iter().zip(&self.weights).map(|(near, weight)| near * weight).sum();
        let known: f64 = forward(&self.factor, &near).iter().map(|part| part * part).sum();
        let deviation = (self.variance * (1.0 - known).max(0.0)).sqrt();
        (self.mean + self.scale * expected, self.scale * deviation)
    }
}

struct Fit {
    factor: Vec<Vec<f64>>,
    weights: Vec<f64>,
    variance: f64,
    /// The logarithm, up to a constant, with the best variance of the process.
    likelihood: f64,
}

impl Fit {
    fn new(sightings: &[Sighting], values: &[f64], lengths: &[f64]) -> Option<Self> {
        let entry = |row: usize, column: usize| {
            let noise = if row == column { sightings[row].noise } else { 0.0 };
            kernel(&sightings[row].place, &sightings[column].place, lengths) + noise
        };
        let factor = cholesky(sightings.len(), entry)?;
        let half = forward(&factor, values);
        let n = values.len() as f64;
        let variance = half.iter().map(|part| part * part).sum::<f64>() / n;
        let log_root: f64 = (0..factor.len()).map(|row| factor[row][row].ln()).sum();
        let likelihood = -0.5 * n * variance.ln() - log_root;
        let weights = backward(&factor, half);
        likelihood.is_finite().then_some(Self { factor, weights, variance, likelihood })
    }
}

fn kernel(a: &[f64], b: &[f64], lengths: &[f64]) -> f64 {
    let parts = a.iter().zip(b).zip(lengths).map(|((a, b), length)| ((a - b) / length).powi(2));
    let square = 5.0 * parts.sum::<f64>();
    let distance = square.sqrt();
    (1.0 + distance + square / 3.0) * (-distance).exp()
}

/// The lower triangular L with L·Lᵀ the matrix; none where it is not positive definite.
fn cholesky(n: usize, entry: impl Fn(usize, usize) -> f64) -> Option<Vec<Vec<f64>>> {
    let mut factor: Vec<Vec<f64>> = Vec::with_capacity(n);
    for row in 0..n {
        let mut line: Vec<f64> = Vec::with_capacity(row + 1);
        for (column, above) in factor.iter().enumerate() {
            let dot: f64 = line.iter().zip(above).map(|(a, b)| a * b).sum();
            line.push((entry(row, column) - dot) / above[column]);
        }
        let rest = entry(row, row) - line.iter().map(|part| part * part).sum::<f64>();
        let is_definite = 0.0 < rest;
        if !is_definite {
            return None;
        }
        line.push(rest.sqrt());
        factor.push(line);
    }
    Some(factor)
}

/// Solves L·x = b.
fn forward(factor: &[Vec<f64>], b: &[f64]) -> Vec<f64> {
    let mut x: Vec<f64> = Vec::with_capacity(b.len());
    for (row, b) in factor.iter().zip(b) {
        let dot: f64 = row.iter().zip(&x).map(|(a, x)| a * x).sum();
        x.push((b - dot) / row[x.len()]);
    }
    x
}

/// Solves Lᵀ·x = b.
fn backward(factor: &[Vec<f64>], mut b: Vec<f64>) -> Vec<f64> {
    for row in (0..b.len()).rev() {
        b[row] /= factor[row][row];
        let known = b[row];
        for (b, weight) in b[..row].iter_mut().zip(&factor[row]) {
            *b -= weight * known;
        }
    }
    b
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sighting(place: &[f64], value: f64) -> Sighting {
        Sighting { place: place.to_vec(), value, noise: 1e-8 }
    }

    #[test]
    fn two_sightings_by_hand() {
        // K = [[1, k], [k, 1]]: in the middle both weigh m / (1 + k), with m the kernel at half the distance.
        let surrogate = Surrogate::new(&[sighting(&[0.0], 1.0), sighting(&[0.5], 3.0)]).expect("two values");
        let (expected, deviation) = surrogate.guess(&[0.25]);
        assert!((expected - 2.0).abs() < 1e-9 && 0.0 < deviation, "{expected} {deviation}");
        for (place, value) in [(0.0, 1.0), (0.5, 3.0)] {
            let (expected, deviation) = surrogate.guess(&[place]);
            assert!((expected - value).abs() < 1e-5 && deviation < 1e-3, "{expected} {deviation}");
        }
        assert!(
            Surrogate::new(&[sighting(&[0.0], 1.0), sighting(&[0.5], 1.0)]).is_none(),
            "nothing to learn"
        );
    }

    #[test]
    fn a_smooth_hill_is_guessed_between_and_an_idle_axis_told() {
        let hill = |x: f64| -(3.0 * (x - 0.4)).powi(2);
        // 25 places spread by the golden ratio; the second axis does nothing.
        let places = (0..25).map(|at| [f64::from(at) / 24.0, (f64::from(at) * 0.618_034).fract()]);
        let sightings: Vec<Sighting> = places.map(|place| sighting(&place, hill(place[0]))).collect();
        let surrogate = Surrogate::new(&sightings).expect("many values");
        assert!(surrogate.lengths[0] < surrogate.lengths[1], "{:?}", surrogate.lengths);
        for at in 0..20 {
            let x = 0.025 + 0.05 * f64::from(at);
            let (expected, _) = surrogate.guess(&[x, 0.5]);
            assert!((expected - hill(x)).abs() < 0.02, "at {x}: {expected} for {}", hill(x));
        }
    }
}
