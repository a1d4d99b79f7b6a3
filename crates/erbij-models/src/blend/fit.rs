//! Learns the weights of the blend by logistic regression.

use linfa::dataset::Dataset;
use linfa::traits::Fit;
use linfa_logistic::LogisticRegression;
use ndarray::{Array1, Array2};

use crate::blend::CheckedBlendParams;

/// Candidates that were offered and what came of them: a table of shape `(n_candidates, n_features)`.
#[derive(Clone, Debug, Default)]
pub struct BlendSample {
    /// Row by row.
    pub features: Vec<f32>,
    /// A row each: whether the customer bought it within the horizon.
    pub was_bought: Vec<bool>,
}

/// Why no weights could be learned.
#[derive(Debug, thiserror::Error)]
pub enum BlendError {
    /// All candidates were bought, or none.
    #[error(
        "the blend has nothing to learn from: of {n_candidates} candidates in its last {horizon_days} days {n_bought} were bought; hint: a longer `blend.horizon_days`, or `blend.learn = false`"
    )]
    OneSided {
        /// How many there were.
        n_candidates: usize,
        /// How many of them were bought.
        n_bought: usize,
        /// The horizon.
        horizon_days: u32,
    },
    /// The optimiser gave up.
    #[error("the logistic regression of the blend did not converge: {reason}")]
    Regression {
        /// In its own words.
        reason: String,
    },
}

/// Learns one weight a feature: maximises the log-likelihood of what was bought, less `l2 / 2 · Σ w²`.
///
/// L-BFGS on the dense table, 8 bytes a cell: O(candidates · features) a step. One thread, one order of
/// summation: the same sample gives the same weights.
pub fn fit_blend(
    params: &CheckedBlendParams,
    sample: &BlendSample,
    n_features: usize,
) -> Result<Vec<f32>, BlendError> {
    let params = params.params();
    let n_candidates = sample.was_bought.len();
    let n_bought = sample.was_bought.iter().filter(|&&bought| bought).count();
    if n_bought == 0 || n_bought == n_candidates {
        let horizon_days = params.horizon_days;
        return Err(BlendError::OneSided { n_candidates, n_bought, horizon_days });
    }
    let records: Vec<f64> = sample.features.iter().map(|&x| f64::from(x)).collect();
    let records = Array2::from_shape_vec((n_candidates, n_features), records)
        .map_err(|error| BlendError::Regression { reason: error.to_string() })?;
    let dataset = Dataset::new(records, Array1::from_vec(sample.was_bought.clone()));
    let fitted = LogisticRegression::default()
        .alpha(params.l2)
        .max_iterations(200)
        .fit(&dataset)
        .map_err(|error| BlendError::Regression { reason: error.to_string() })?;
    // The regression calls the more frequent of the two labels positive, which a purchase mostly is not.
    let sign = if fitted.labels().pos.class { 1.0 } else { -1.0 };
    Ok(fitted.params().iter().map(|&weight| (sign * weight) as f32).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::BlendParams;

    fn params(l2: f64) -> CheckedBlendParams {
        BlendParams { l2, ..BlendParams::default() }.check().expect("in range")
    }

    #[test]
    fn weights_are_the_log_odds_of_a_table() {
        // One feature, absent: 1 of 5 bought; present: 2 of 4, and 4 of 5. Whether most are bought or few, the
        // weight is the log of the ratio of odds: ln(1 / (1/4)) and ln(4 / (1/4)).
        for (present, n_present, expected) in [(2, 4, 1.386_294), (4, 5, 2.772_589)] {
            let mut sample = BlendSample::default();
            for (feature, n_bought, n) in [(0.0, 1, 5), (1.0, present, n_present)] {
                for candidate in 0..n {
                    sample.features.push(feature);
                    sample.was_bought.push(candidate < n_bought);
                }
            }
            let weights = fit_blend(&params(1e-9), &sample, 1).expect("both sides");
            assert!((weights[0] - expected).abs() < 1e-3, "{weights:?}, expected {expected}");
            let held_back = fit_blend(&params(10.0), &sample, 1).expect("both sides");
            assert!(0.0 < held_back[0] && held_back[0] < 0.5, "{held_back:?}");
        }
    }

    #[test]
    fn what_nobody_bought_teaches_nothing() {
        let sample = BlendSample { features: vec![1.0, 0.0], was_bought: vec![false, false] };
        let error = fit_blend(&params(1.0), &sample, 1).expect_err("one side");
        assert!(error.to_string().contains("of 2 candidates in its last 28 days 0 were bought"), "{error}");
        assert!(fit_blend(&params(1.0), &BlendSample::default(), 1).is_err());
    }
}
