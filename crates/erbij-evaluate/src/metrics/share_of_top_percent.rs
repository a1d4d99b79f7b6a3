/// The share of all exposures that fall on the most shown `percent` of the catalogue.
///
/// `Σ of the largest ⌈n · percent / 100⌉ / Σ`, at least one item and at most all. What a Gini coefficient
/// says, in words a merchant can use: "a tenth of the items gets 80 % of the places". None where nothing was
/// shown. O(n log n).
///
/// ```
/// use erbij_evaluate::metrics::share_of_top_percent;
/// let exposures = [1, 12, 0, 7];
/// assert_eq!(share_of_top_percent(&exposures, 25), Some(0.6));
/// assert_eq!(share_of_top_percent(&exposures, 26), Some(0.95));
/// assert_eq!(share_of_top_percent(&exposures, 100), Some(1.0));
/// assert_eq!(share_of_top_percent(&[0, 0], 50), None);
/// ```
pub fn share_of_top_percent(exposures: &[u64], percent: u32) -> Option<f64> {
    let total: u128 = exposures.iter().map(|&n| u128::from(n)).sum();
    let mut falling = exposures.to_vec();
    falling.sort_unstable_by_key(|&n| std::cmp::Reverse(n));
    let n_top = (exposures.len() as u64 * u64::from(percent)).div_ceil(100) as usize;
    let top: u128 = falling.iter().take(n_top.max(1)).map(|&n| u128::from(n)).sum();
    (0 < total).then(|| top as f64 / total as f64)
}
