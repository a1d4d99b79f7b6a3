//! What a purchase is worth: Gamma-Gamma.

use serde::{Deserialize, Serialize};

use crate::lifetime::error::LifetimeError;
use crate::lifetime::estimate::Estimate;
use crate::lifetime::maximise::{LIMIT, MAX_SAMPLE, maximise};
use crate::lifetime::special::ln_gamma;

/// How customers differ in what they spend: each purchase of one is `Gamma(p, ν)` with `ν ~ Gamma(q, v)`.
///
/// The mean of his purchases is taken to say nothing of how often he buys. Source: Fader and Hardie, "The
/// Gamma-Gamma Model of Monetary Value" (2013).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GammaGamma {
    /// How alike the purchases of one customer are.
    pub p: f64,
    /// How alike customers are; above 1, or a mean would not exist.
    pub q: f64,
    /// Scale, in the unit of the spend.
    pub v: f64,
}

/// What of a customer's spend a fit needs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SpendRecord {
    /// How many purchases the mean is over; at least 1.
    pub n_purchases: u32,
    /// Their mean, above 0.
    pub mean_spend: f64,
}

impl GammaGamma {
    /// Whether it has a mean for everybody: `0 < p`, `1 < q`, `0 ≤ v`, all finite.
    pub(super) fn is_valid(&self) -> bool {
        let &Self { p, q, v } = self;
        0.0 < p && 1.0 < q && 0.0 <= v && p.is_finite() && q.is_finite() && v.is_finite()
    }

    /// What the next purchase of a customer is expected to be worth: his own mean drawn towards that of all,
    /// `p (v + x·m) / (p·x + q − 1)`. Without purchases, that of all, `p·v / (q − 1)`.
    ///
    /// ```
    /// use erbij_people::GammaGamma;
    /// let spend = GammaGamma { p: 6.25, q: 3.74, v: 15.44 };
    /// // 6.25 · (15.44 + 2 · 22.35) / (6.25 · 2 + 2.74); at parameters of more digits 24.65, as published.
    /// assert_eq!(format!("{:.2}", spend.expected_spend(2, 22.35)), "24.66");
    /// ```
    pub fn expected_spend(&self, n_purchases: u32, mean_spend: f64) -> f64 {
        let n = f64::from(n_purchases);
        self.p * (self.v + n * mean_spend.max(0.0)) / (self.p * n + self.q - 1.0)
    }

    /// The logarithm of the likelihood of a customer's mean spend; `n_purchases` at least 1, the mean above 0.
    pub fn ln_likelihood(&self, record: &SpendRecord) -> f64 {
        let (n, mean) = (f64::from(record.n_purchases), record.mean_spend);
        self.ln_of_count(n) + (self.p * n - 1.0) * mean.ln()
            - (self.p * n + self.q) * (n * mean + self.v).ln()
    }

    fn ln_of_count(&self, n: f64) -> f64 {
        let &Self { p, q, v } = self;
        ln_gamma(p * n + q) - ln_gamma(p * n) - ln_gamma(q) + q * v.ln() + p * n * n.ln()
    }
}

/// Fits Gamma-Gamma by maximum likelihood: at most 300 evaluations of O(records).
///
/// Records must have `n_purchases` of at least 1 and a `mean_spend` above 0. Errors where there are none, and where
/// the optimum has no mean for everybody (`q ≤ 1`) or lies at an edge, as when all spend the same.
pub fn fit_gamma_gamma(records: &[SpendRecord]) -> Result<Estimate<GammaGamma>, LifetimeError> {
    let is_good = |r: &SpendRecord| 0 < r.n_purchases && 0.0 < r.mean_spend && r.mean_spend.is_finite();
    if let Some(record) = records.iter().position(|record| !is_good(record)) {
        return Err(LifetimeError::Record { record });
    }
    if records.is_empty() {
        return Err(LifetimeError::NoRecords);
    }
    let mut sorted = records.to_vec();
    sorted.sort_unstable_by_key(|record| (record.n_purchases, record.mean_spend.to_bits()));
    // Amounts in units of their mean: the optimum is then near the start in any currency.
    let unit = sorted.iter().map(|record| record.mean_spend).sum::<f64>() / sorted.len() as f64;
    let model = |x: &[f64]| GammaGamma { p: x[0].exp(), q: x[1].exp(), v: x[2].exp() };
    let log_likelihood = |x: &[f64], records: &[SpendRecord]| {
        let model = model(x);
        let of_count = |same: &[SpendRecord]| {
            let n = f64::from(same[0].n_purchases);
            let (by_mean, by_sum) = (model.p * n - 1.0, model.p * n + model.q);
            let of_means = same.iter().map(|record| {
                let mean = record.mean_spend / unit;
                by_mean * mean.ln() - by_sum * (n * mean + model.v).ln()
            });
            same.len() as f64 * model.ln_of_count(n) + of_means.sum::<f64>()
        };
        records.chunk_by(|a, b| a.n_purchases == b.n_purchases).map(of_count).sum()
    };
    // Spread evenly over counts and means, as these are in order.
    let step = sorted.len().div_ceil(MAX_SAMPLE);
    let sample: Vec<SpendRecord> = sorted.iter().skip(step / 2).step_by(step).copied().collect();
    let of_sample = |x: &[f64]| log_likelihood(x, &sample);
    let of_all = |x: &[f64]| log_likelihood(x, &sorted);
    let maximum =
        maximise(&[&[1.0, 1.0, 0.0]], &[LIMIT; 3], of_sample, of_all).ok_or(LifetimeError::NoOptimum)?;
    let scaled = model(&maximum.ln_parameters);
    let fitted = GammaGamma { v: scaled.v * unit, ..scaled };
    if !fitted.is_valid() || maximum.ln_standard_errors.is_none() {
        return Err(LifetimeError::NoOptimum);
    }
    let values = [fitted.p, fitted.q, fitted.v];
    Ok(Estimate {
        model: fitted,
        // The density of a mean in units is that of the mean times the unit.
        log_likelihood: maximum.log_likelihood - sorted.len() as f64 * unit.ln(),
        n_customers: sorted.len(),
        standard_errors: maximum.standard_errors(&values),
    })
}
