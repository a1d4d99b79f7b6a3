use erbij_core::ItemIdx;

/// How many of the slates show each item among their first `k`; one value an item of the catalogue.
///
/// What the metrics over all slates are computed from. O(slates · k).
pub fn exposure_counts<'a>(
    slates: impl IntoIterator<Item = &'a [ItemIdx]>,
    k: usize,
    n_items: usize,
) -> Vec<u64> {
    let mut counts = vec![0; n_items];
    for slate in slates {
        for item in slate.iter().take(k) {
            counts[item.index()] += 1;
        }
    }
    counts
}

/// The share of the catalogue that at least one slate shows.
///
/// `|shown| / n_items` (Ge et al. 2010, "catalogue coverage"); `exposures` as [`exposure_counts`] gives
/// them. None for an empty catalogue.
///
/// ```
/// use erbij_core::ItemIdx;
/// use erbij_evaluate::metrics::{catalogue_coverage, exposure_counts};
/// let slates = [[0, 1, 3].map(ItemIdx::new), [0, 2, 1].map(ItemIdx::new)];
/// let exposures = exposure_counts(slates.iter().map(|slate| &slate[..]), 2, 5);
/// assert_eq!(exposures, [2, 1, 1, 0, 0]);
/// assert_eq!(catalogue_coverage(&exposures), Some(0.6));
/// ```
pub fn catalogue_coverage(exposures: &[u64]) -> Option<f64> {
    let n_shown = exposures.iter().filter(|&&n| 0 < n).count();
    (!exposures.is_empty()).then(|| n_shown as f64 / exposures.len() as f64)
}
