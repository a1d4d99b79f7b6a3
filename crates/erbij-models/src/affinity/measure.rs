//! How strongly two items go together, from four counts.

use serde::{Deserialize, Serialize};

/// What is counted about an ordered pair: anchor `a` and candidate `b`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PairCounts {
    /// Lists (baskets or customers) with both.
    pub cooccurrence: f64,
    /// Lists with the anchor.
    pub anchor: f64,
    /// Lists with the candidate.
    pub candidate: f64,
    /// All lists.
    pub total: f64,
}

/// The named measures of strength. `k`, `a`, `b`, `n` are the fields of [`PairCounts`] in their order, `s` is
/// the recipe's `shrinkage`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AffinityMeasure {
    /// `k / (k + s) · ln(1 + lift)`: the default. Surprise, held back where it rests on few lists.
    ShrunkLogLift,
    /// `k`
    Cooccurrence,
    /// `k / a`: directed, and drawn to popular candidates.
    Confidence,
    /// `k n / (a b + s n)`: explodes for rare pairs where `s` is 0. The damping adds `s` to the number of
    /// co-occurrences that chance alone would give.
    Lift,
    /// `ln(k n / (a b))`
    Pmi,
    /// `log2(k n / (a b))`: the same in bits.
    MutualInformation,
    /// `k log2(k n / (a b))`
    LexicographersMutualInformation,
    /// `k / (a + b − k)`
    Jaccard,
    /// `k / (√(a b) + s)`
    Cosine,
    /// `k / (a^alpha b^(1 − alpha))`: confidence at 1, cosine at 0.5.
    AsymmetricCosine,
    /// `k / (k + alpha (a − k) + beta (b − k))`: Dice at 0.5 and 0.5, Jaccard at 1 and 1.
    Tversky,
    /// `k / min(a, b)`
    InclusionIndex,
    /// Log-likelihood ratio of [`entropy_llr`], signed: negative where the two meet less than by chance.
    Llr,
    /// Cosine after each line is weighted by `√quantity · idf(basket)`.
    TfIdfCosine,
    /// Cosine after each line is weighted by BM25 with `k1 = 1.2`, `b = 0.75`.
    Bm25Cosine,
}

/// The exponents and damping of a measure.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MeasureParams {
    /// Damping.
    pub shrinkage: f64,
    /// First exponent or weight.
    pub alpha: f64,
    /// Second weight.
    pub beta: f64,
}

impl AffinityMeasure {
    /// Whether its co-occurrence is a sum of weights and not a count.
    pub(crate) fn is_weighted(self) -> bool {
        matches!(self, Self::TfIdfCosine | Self::Bm25Cosine)
    }

    /// Whether a larger `shrinkage` changes it.
    pub(crate) fn is_shrunk(self) -> bool {
        matches!(self, Self::ShrunkLogLift | Self::Lift | Self::Cosine | Self::TfIdfCosine | Self::Bm25Cosine)
    }

    /// The strength of a pair that occurs together at least once. O(1).
    ///
    /// For the weighted measures the counts are sums of products of weights.
    pub fn strength(self, counts: &PairCounts, params: &MeasureParams) -> f64 {
        let PairCounts { cooccurrence: k, anchor: a, candidate: b, total: n } = *counts;
        let MeasureParams { shrinkage: s, alpha, beta } = *params;
        let lift = k * n / (a * b);
        match self {
            Self::ShrunkLogLift => k / (k + s) * lift.ln_1p(),
            Self::Cooccurrence => k,
            Self::Confidence => k / a,
            Self::Lift => k * n / (a * b + s * n),
            Self::Pmi => lift.ln(),
            Self::MutualInformation => lift.log2(),
            Self::LexicographersMutualInformation => k * lift.log2(),
            Self::Jaccard => k / (a + b - k),
            Self::Cosine | Self::TfIdfCosine | Self::Bm25Cosine => k / ((a * b).sqrt() + s),
            Self::AsymmetricCosine => k / (a.powf(alpha) * b.powf(1.0 - alpha)),
            Self::Tversky => k / (k + alpha * (a - k) + beta * (b - k)),
            Self::InclusionIndex => k / a.min(b),
            Self::Llr => counts.signed_llr(),
        }
    }
}

impl PairCounts {
    /// The log-likelihood ratio against independence, negative where the pair meets less than by chance.
    pub fn signed_llr(&self) -> f64 {
        let Self { cooccurrence: k, anchor: a, candidate: b, total: n } = *self;
        let llr = entropy_llr(k, a - k, b - k, n - a - b + k);
        if k * n < a * b { -llr } else { llr }
    }
}

/// Dunning's log-likelihood ratio of a 2 × 2 table, never negative.
///
/// `2 (H(rows) + H(columns) − H(cells))` with `H(x…) = f(Σ x) − Σ f(x)`, `f(x) = x ln x`. Under independence
/// it follows χ² with one degree of freedom: 3.84 is the 5 % point, 10.83 the 0.1 % point.
/// Source: Dunning, "Accurate Methods for the Statistics of Surprise and Coincidence", 1993.
///
/// ```
/// let llr = erbij_models::entropy_llr(10.0, 0.0, 0.0, 10.0);
/// assert!((llr - 27.72589).abs() < 1e-5);
/// ```
pub fn entropy_llr(k11: f64, k12: f64, k21: f64, k22: f64) -> f64 {
    let f = |x: f64| if 0.0 < x { x * x.ln() } else { 0.0 };
    let total = f(k11 + k12 + k21 + k22);
    let rows = total - f(k11 + k12) - f(k21 + k22);
    let columns = total - f(k11 + k21) - f(k12 + k22);
    // The two off-diagonal cells are summed first, so that the ratio of (a, b) is that of (b, a) to the bit.
    let cells = total - f(k11) - (f(k12) + f(k21)) - f(k22);
    // Rounding may leave a hair below zero where the table is independent.
    (2.0 * (rows + columns - cells)).max(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn llr_meets_the_published_values() {
        for (table, expected, tolerance) in [
            ([1.0, 0.0, 0.0, 1.0], 2.772_589, 1e-6),
            ([10.0, 0.0, 0.0, 10.0], 27.725_89, 1e-5),
            ([5.0, 1995.0, 0.0, 100_000.0], 39.330_52, 1e-5),
            ([1000.0, 1995.0, 1000.0, 100_000.0], 4730.737, 1e-3),
            ([1000.0, 1000.0, 1000.0, 100_000.0], 5734.343, 1e-3),
            ([1000.0, 1000.0, 1000.0, 99_000.0], 5714.932, 1e-3),
            ([0.0, 0.0, 0.0, 0.0], 0.0, 0.0),
            ([25.0, 25.0, 25.0, 25.0], 0.0, 1e-9),
        ] {
            let [k11, k12, k21, k22] = table;
            let found = entropy_llr(k11, k12, k21, k22);
            assert!((found - expected).abs() <= tolerance, "{table:?}: {found}, expected {expected}");
        }
    }

    #[test]
    fn the_root_is_negative_where_two_meet_less_than_by_chance() {
        // The published root of (0, 100000, 5, 1995) is −√39.33052.
        let counts = PairCounts { cooccurrence: 0.0, anchor: 100_000.0, candidate: 5.0, total: 102_000.0 };
        let signed = counts.signed_llr();
        assert!((signed + 39.330_52).abs() < 1e-5, "{signed}");
    }

    #[test]
    fn measures_by_hand() {
        use AffinityMeasure::*;
        let counts = PairCounts { cooccurrence: 4.0, anchor: 8.0, candidate: 16.0, total: 64.0 };
        let params = MeasureParams { shrinkage: 1.0, alpha: 0.5, beta: 0.5 };
        for (measure, expected) in [
            (ShrunkLogLift, 0.8 * 3.0_f64.ln()),
            (Cooccurrence, 4.0),
            (Confidence, 0.5),
            (Lift, 256.0 / 192.0),
            (Pmi, 2.0_f64.ln()),
            (MutualInformation, 1.0),
            (LexicographersMutualInformation, 4.0),
            (Jaccard, 0.2),
            (Cosine, 4.0 / (128.0_f64.sqrt() + 1.0)),
            (AsymmetricCosine, 4.0 / 128.0_f64.sqrt()),
            (Tversky, 4.0 / 12.0),
            (InclusionIndex, 0.5),
            (Llr, entropy_llr(4.0, 4.0, 12.0, 44.0)),
        ] {
            let found = measure.strength(&counts, &params);
            assert!((found - expected).abs() < 1e-12, "{measure:?}: {found}, expected {expected}");
        }
    }
}
