use erbij_core::{CategoryIdx, ItemIdx};

/// How little the first `k` resemble each other: one minus their mean similarity over pairs.
///
/// `1 − Σ similarity(a, b) / pairs` over all pairs of the places filled (Smyth & McClave 2001; Ziegler et
/// al. 2005 call the sum intra-list similarity). `similarity` is symmetric; within 0 to 1, so is the result.
/// None where there is no pair. O(k²) calls.
///
/// ```
/// use erbij_core::ItemIdx;
/// use erbij_evaluate::metrics::intra_list_diversity;
/// let ranking = [0, 1, 4].map(ItemIdx::new);
/// // Similarities 1/2 (0 and 1), 1/5 (0 and 4), 1/4 (1 and 4).
/// let nearness = |a: ItemIdx, b: ItemIdx| 1.0 / (1.0 + f64::from(a.get().abs_diff(b.get())));
/// let diversity = intra_list_diversity(&ranking, 3, nearness).unwrap();
/// assert!((diversity - (1.0 - 0.95 / 3.0)).abs() < 1e-12);
/// assert_eq!(intra_list_diversity(&ranking, 1, nearness), None);
/// ```
pub fn intra_list_diversity(
    ranking: &[ItemIdx],
    k: usize,
    similarity: impl Fn(ItemIdx, ItemIdx) -> f64,
) -> Option<f64> {
    let shown = &ranking[..ranking.len().min(k)];
    let n_pairs = shown.len() * shown.len().saturating_sub(1) / 2;
    let mut sum = 0.0;
    for (at, &a) in shown.iter().enumerate() {
        for &b in &shown[at + 1..] {
            sum += similarity(a, b);
        }
    }
    (0 < n_pairs).then(|| 1.0 - sum / n_pairs as f64)
}

/// The share of pairs among the first `k` whose two items are of different categories.
///
/// [`intra_list_diversity`] with similarity 1 within a category and 0 across. An item without a category
/// resembles no other.
///
/// ```
/// use erbij_core::{CategoryIdx, ItemIdx};
/// use erbij_evaluate::metrics::category_diversity;
/// let category_of = |item: ItemIdx| [Some(0), Some(0), Some(1), None][item.index()].map(CategoryIdx::new);
/// let ranking = [0, 1, 2, 3].map(ItemIdx::new);
/// assert_eq!(category_diversity(&ranking, 2, category_of), Some(0.0));
/// assert_eq!(category_diversity(&ranking, 4, category_of), Some(1.0 - 1.0 / 6.0));
/// ```
pub fn category_diversity(
    ranking: &[ItemIdx],
    k: usize,
    category_of: impl Fn(ItemIdx) -> Option<CategoryIdx>,
) -> Option<f64> {
    intra_list_diversity(ranking, k, |a, b| match (category_of(a), category_of(b)) {
        (Some(a), Some(b)) if a == b => 1.0,
        _ => 0.0,
    })
}
