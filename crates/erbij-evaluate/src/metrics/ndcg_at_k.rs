use erbij_core::ItemIdx;

use super::{hit_ranks, is_defined};

/// Hits among the first `k`, those further up counting more, as a share of the best possible slate of `k`.
///
/// `DCG / IDCG`, `DCG = Σ 1 / log2(rank + 1)` over the hits, `IDCG` the same over the ranks
/// `1..=min(k, |relevant|)` (Järvelin & Kekäläinen 2002, binary gains). This is the convention of the NGCF
/// and LightGCN splits, of Liang et al. 2018 and of most libraries.
///
/// ```
/// use erbij_core::ItemIdx;
/// use erbij_evaluate::metrics::{ndcg_at_k, ndcg_at_k_ideal_uncut};
/// let ranking = [9, 2, 5].map(ItemIdx::new);
/// let relevant = [2, 3, 7].map(ItemIdx::new);
/// // One hit, at rank 2. Ideal within two places: ranks 1 and 2; not cut: ranks 1, 2 and 3.
/// let gain = 1.0 / 3.0_f64.log2();
/// assert_eq!(ndcg_at_k(&ranking, &relevant, 2), Some(gain / (1.0 + gain)));
/// assert_eq!(ndcg_at_k_ideal_uncut(&ranking, &relevant, 2), Some(gain / (1.0 + gain + 0.5)));
/// ```
pub fn ndcg_at_k(ranking: &[ItemIdx], relevant: &[ItemIdx], k: usize) -> Option<f64> {
    normalised(ranking, relevant, k, relevant.len().min(k))
}

/// As [`ndcg_at_k`], but the ideal list holds all relevant items, however many.
///
/// What the Next Basket Reality Check computes (Li et al. 2023, `get_NDCG`). Never above [`ndcg_at_k`], and
/// the same as long as no more than `k` items are relevant.
pub fn ndcg_at_k_ideal_uncut(ranking: &[ItemIdx], relevant: &[ItemIdx], k: usize) -> Option<f64> {
    normalised(ranking, relevant, k, relevant.len())
}

fn normalised(ranking: &[ItemIdx], relevant: &[ItemIdx], k: usize, n_ideal: usize) -> Option<f64> {
    is_defined(relevant, k).then(|| gain(hit_ranks(ranking, relevant, k)) / gain(1..=n_ideal))
}

fn gain(ranks: impl Iterator<Item = usize>) -> f64 {
    ranks.map(|rank| 1.0 / ((rank + 1) as f64).log2()).sum()
}
