use erbij_core::ItemIdx;

use super::{hit_ranks, is_defined};

/// The mean, over the relevant items that fit, of the precision at each hit; its mean is MAP@k.
///
/// `Σ precision@rank / min(k, |relevant|)` over the ranks of the hits: 1 where the first places hold nothing
/// but relevant items. The denominator is that of Kaggle's `mapk`, RecTools and recommenders; trec_eval
/// divides by `|relevant|`, with which a customer of more than `k` relevant items cannot reach 1.
///
/// ```
/// use erbij_core::ItemIdx;
/// use erbij_evaluate::metrics::average_precision_at_k;
/// let ranking = [2, 9, 7].map(ItemIdx::new);
/// let relevant = [2, 7].map(ItemIdx::new);
/// // Hits at ranks 1 and 3: (1/1 + 2/3) / 2.
/// assert_eq!(average_precision_at_k(&ranking, &relevant, 3), Some((1.0 + 2.0 / 3.0) / 2.0));
/// ```
pub fn average_precision_at_k(ranking: &[ItemIdx], relevant: &[ItemIdx], k: usize) -> Option<f64> {
    let hits = hit_ranks(ranking, relevant, k).zip(1..);
    let sum: f64 = hits.map(|(rank, n_hits)| f64::from(n_hits) / rank as f64).sum();
    is_defined(relevant, k).then(|| sum / relevant.len().min(k) as f64)
}
