use erbij_core::ItemIdx;

use super::{hit_ranks, is_defined};

/// The share of `k` places that hold a relevant item which best-sellers would not have shown.
///
/// `|(first k \ popular) ∩ relevant| / k` (Ge, Delgado-Battenfeld & Jannach 2010: useful and not proposed by
/// a primitive method, here the first `k` of `popular`; with the length of the list as denominator as in
/// Adamopoulos & Tuzhilin 2014). `popular` is what this customer would be shown by popularity alone, so it
/// must have gone through the same filters as the ranking. Never above [`super::precision_at_k`]; 0 for
/// popularity itself.
///
/// ```
/// use erbij_core::ItemIdx;
/// use erbij_evaluate::metrics::serendipity;
/// let ranking = [0, 6, 7, 1].map(ItemIdx::new);
/// let relevant = [0, 1, 6].map(ItemIdx::new);
/// let popular = [0, 2, 3, 4, 1].map(ItemIdx::new);
/// // Of the hits 0, 6 and 1 the first is a best-seller; 1 is one only from the fifth place on.
/// assert_eq!(serendipity(&ranking, &relevant, &popular, 4), Some(2.0 / 4.0));
/// assert_eq!(serendipity(&popular, &relevant, &popular, 4), Some(0.0));
/// ```
pub fn serendipity(ranking: &[ItemIdx], relevant: &[ItemIdx], popular: &[ItemIdx], k: usize) -> Option<f64> {
    let expected = &popular[..popular.len().min(k)];
    let unexpected = hit_ranks(ranking, relevant, k).filter(|rank| !expected.contains(&ranking[rank - 1]));
    let n_unexpected = unexpected.count();
    is_defined(relevant, k).then(|| n_unexpected as f64 / k as f64)
}
