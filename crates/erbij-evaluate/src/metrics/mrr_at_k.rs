use erbij_core::ItemIdx;

use super::{hit_ranks, is_defined};

/// One over the rank of the first hit, 0 where the first `k` hold none; its mean is the MRR.
///
/// `1 / rank` (Voorhees 1999).
///
/// ```
/// use erbij_core::ItemIdx;
/// use erbij_evaluate::metrics::mrr_at_k;
/// let ranking = [9, 5, 2, 7].map(ItemIdx::new);
/// let relevant = [2, 7].map(ItemIdx::new);
/// assert_eq!(mrr_at_k(&ranking, &relevant, 4), Some(1.0 / 3.0));
/// assert_eq!(mrr_at_k(&ranking, &relevant, 2), Some(0.0));
/// ```
pub fn mrr_at_k(ranking: &[ItemIdx], relevant: &[ItemIdx], k: usize) -> Option<f64> {
    let first = hit_ranks(ranking, relevant, k).next();
    is_defined(relevant, k).then(|| first.map_or(0.0, |rank| 1.0 / rank as f64))
}
