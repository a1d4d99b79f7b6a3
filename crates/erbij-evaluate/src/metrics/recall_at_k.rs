use erbij_core::ItemIdx;

use super::{hit_ranks, is_defined};

/// The share of the relevant items that are among the first `k`.
///
/// `hits / |relevant|`, as the NGCF and LightGCN splits and the Next Basket Reality Check (Li et al. 2023)
/// use it. A customer with more than `k` relevant items cannot reach 1; [`super::capped_recall_at_k`] can.
///
/// ```
/// use erbij_core::ItemIdx;
/// use erbij_evaluate::metrics::{capped_recall_at_k, recall_at_k};
/// let ranking = [7, 2, 9, 4].map(ItemIdx::new);
/// let relevant = [2, 3, 7].map(ItemIdx::new);
/// assert_eq!(recall_at_k(&ranking, &relevant, 2), Some(2.0 / 3.0));
/// assert_eq!(capped_recall_at_k(&ranking, &relevant, 2), Some(1.0));
/// assert_eq!(recall_at_k(&ranking, &[], 2), None);
/// ```
pub fn recall_at_k(ranking: &[ItemIdx], relevant: &[ItemIdx], k: usize) -> Option<f64> {
    let hits = hit_ranks(ranking, relevant, k).count();
    is_defined(relevant, k).then(|| hits as f64 / relevant.len() as f64)
}
