/// How unequally exposures are spread over the catalogue: 0 all alike, 1 − 1/n all on one of n items.
///
/// `Σ (2i − n − 1) · x_i / (n · Σ x)`, `x` rising, `i` from 1 to `n` (the Gini coefficient as half the
/// relative mean absolute difference). Items never shown count. Shani & Gunawardana 2011 write `n − 1` for
/// `n`, which is `n / (n − 1)` times this. None where nothing was shown. O(n log n); the sum is exact.
///
/// ```
/// use erbij_evaluate::metrics::gini;
/// assert_eq!(gini(&[3, 3, 3]), Some(0.0));
/// assert_eq!(gini(&[0, 0, 0, 9]), Some(0.75));
/// // (−3·1 − 1·2 + 1·3 + 3·4) / (4 · 10)
/// assert_eq!(gini(&[4, 2, 1, 3]), Some(0.25));
/// assert_eq!(gini(&[0, 0]), None);
/// ```
pub fn gini(exposures: &[u64]) -> Option<f64> {
    let mut rising = exposures.to_vec();
    rising.sort_unstable();
    let n = rising.len() as i128;
    let total: i128 = rising.iter().map(|&x| i128::from(x)).sum();
    let weighted: i128 = rising.iter().zip(1..).map(|(&x, i)| (2 * i - n - 1) * i128::from(x)).sum();
    (0 < total).then(|| weighted as f64 / (n as f64 * total as f64))
}
