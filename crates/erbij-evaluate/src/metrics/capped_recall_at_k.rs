use erbij_core::ItemIdx;

use super::{hit_ranks, is_defined};

/// The share of the relevant items that could be among the first `k` and are.
///
/// `hits / min(k, |relevant|)`: the "Recall" of Liang et al. 2018 (Mult-VAE), of EASE and of LensKit. On one
/// model the two recalls differ by a tenth, so they have two names; see [`super::recall_at_k`].
pub fn capped_recall_at_k(ranking: &[ItemIdx], relevant: &[ItemIdx], k: usize) -> Option<f64> {
    let hits = hit_ranks(ranking, relevant, k).count();
    is_defined(relevant, k).then(|| hits as f64 / relevant.len().min(k) as f64)
}
