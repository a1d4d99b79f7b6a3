use erbij_core::ItemIdx;

use super::{hit_ranks, is_defined};

/// The share of `k` places that hold a relevant item.
///
/// `hits / k`, also where the ranking is shorter: an empty place helps nobody (trec_eval divides so too).
///
/// ```
/// use erbij_core::ItemIdx;
/// use erbij_evaluate::metrics::precision_at_k;
/// let ranking = [7, 2, 9].map(ItemIdx::new);
/// assert_eq!(precision_at_k(&ranking, &[ItemIdx::new(2)], 4), Some(0.25));
/// ```
pub fn precision_at_k(ranking: &[ItemIdx], relevant: &[ItemIdx], k: usize) -> Option<f64> {
    let hits = hit_ranks(ranking, relevant, k).count();
    is_defined(relevant, k).then(|| hits as f64 / k as f64)
}
