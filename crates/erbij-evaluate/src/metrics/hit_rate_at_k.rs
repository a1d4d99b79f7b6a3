use erbij_core::ItemIdx;

use super::{hit_ranks, is_defined};

/// 1 where any of the first `k` is relevant, else 0; its mean is the share of customers who got a hit.
///
/// The PHR (personal hit ratio) of the next-basket papers, HR@k of the session papers.
///
/// ```
/// use erbij_core::ItemIdx;
/// use erbij_evaluate::metrics::hit_rate_at_k;
/// let ranking = [7, 2].map(ItemIdx::new);
/// assert_eq!(hit_rate_at_k(&ranking, &[ItemIdx::new(2)], 1), Some(0.0));
/// assert_eq!(hit_rate_at_k(&ranking, &[ItemIdx::new(2)], 2), Some(1.0));
/// ```
pub fn hit_rate_at_k(ranking: &[ItemIdx], relevant: &[ItemIdx], k: usize) -> Option<f64> {
    let is_hit = hit_ranks(ranking, relevant, k).next().is_some();
    is_defined(relevant, k).then_some(if is_hit { 1.0 } else { 0.0 })
}
