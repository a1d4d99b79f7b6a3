/// The share of all exposures that fall on the `n` most shown items.
///
/// `Σ of the largest n / Σ`. With ten items and slates of ten it is 1 where everybody gets the same slate, whatever the
/// size of the catalogue, and `10 / items` where all are shown alike. None where nothing was shown. O(items).
///
/// ```
/// use erbij_evaluate::metrics::share_of_most_shown;
/// let exposures = [1, 12, 0, 7];
/// assert_eq!(share_of_most_shown(&exposures, 1), Some(0.6));
/// assert_eq!(share_of_most_shown(&exposures, 2), Some(0.95));
/// assert_eq!(share_of_most_shown(&exposures, 9), Some(1.0));
/// assert_eq!(share_of_most_shown(&[0, 0], 1), None);
/// ```
pub fn share_of_most_shown(exposures: &[u64], n: usize) -> Option<f64> {
    let total: u128 = exposures.iter().map(|&n| u128::from(n)).sum();
    let mut counts = exposures.to_vec();
    if n < counts.len() {
        counts.select_nth_unstable_by_key(n, |&n| std::cmp::Reverse(n));
        counts.truncate(n);
    }
    let top: u128 = counts.iter().map(|&n| u128::from(n)).sum();
    (0 < total).then(|| top as f64 / total as f64)
}
