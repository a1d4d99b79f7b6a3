use erbij_core::ItemIdx;

/// How rarely bought the first `k` are: their mean self-information, in bits.
///
/// `mean of −log2(n_buyers / n_customers)` over the places filled (Zhou et al. 2010; Castells, Hurley &
/// Vargas 2015, "mean self-information"). `n_buyers` has one value an item: how many of the `n_customers`
/// bought it. An item nobody bought counts as one with a single buyer, since no finite number says "never".
/// None where no place is filled or there are no customers.
///
/// ```
/// use erbij_core::ItemIdx;
/// use erbij_evaluate::metrics::novelty;
/// // Bought by half of the customers, by an eighth, by nobody.
/// let n_buyers = [4, 1, 0];
/// let ranking = [0, 1, 2].map(ItemIdx::new);
/// assert_eq!(novelty(&ranking, 1, &n_buyers, 8), Some(1.0));
/// assert_eq!(novelty(&ranking, 3, &n_buyers, 8), Some((1.0 + 3.0 + 3.0) / 3.0));
/// assert_eq!(novelty(&[], 3, &n_buyers, 8), None);
/// ```
pub fn novelty(ranking: &[ItemIdx], k: usize, n_buyers: &[u32], n_customers: u32) -> Option<f64> {
    let shown = &ranking[..ranking.len().min(k)];
    let bits = |item: &ItemIdx| {
        let n_buyers = n_buyers[item.index()].max(1);
        debug_assert!(n_buyers <= n_customers, "buyers are customers");
        (f64::from(n_customers) / f64::from(n_buyers)).log2()
    };
    (!shown.is_empty() && 0 < n_customers).then(|| shown.iter().map(bits).sum::<f64>() / shown.len() as f64)
}
