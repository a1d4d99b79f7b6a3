use erbij_core::ItemIdx;

use super::hit_ranks;

/// Recall apart for what a customer bought again and what he bought for the first time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RepeatExplore {
    /// The share of the relevant items bought before that are among the first `k`; none where there are none.
    pub repeat: Option<f64>,
    /// The share of the relevant items never bought before that are among the first `k`.
    pub explore: Option<f64>,
}

/// [`super::recall_at_k`] of the relevant items bought before the cutoff, and of those never bought before.
///
/// `hits among the repeated / |repeated|`, and the same for the rest (Li et al. 2023, "repetition" and
/// "exploration"). The two tasks differ so much that their mixture mostly tells how many repeats there are:
/// a list of what was bought before wins most grocery metrics. `bought_before` rises.
/// O((k + relevant) · log).
///
/// ```
/// use erbij_core::ItemIdx;
/// use erbij_evaluate::metrics::repeat_explore_recall_at_k;
/// let ranking = [1, 5, 8].map(ItemIdx::new);
/// let relevant = [1, 2, 3, 8].map(ItemIdx::new);
/// let bought_before = [1, 2, 3, 4].map(ItemIdx::new);
/// let recall = repeat_explore_recall_at_k(&ranking, &relevant, &bought_before, 2);
/// assert_eq!((recall.repeat, recall.explore), (Some(1.0 / 3.0), Some(0.0)));
/// ```
pub fn repeat_explore_recall_at_k(
    ranking: &[ItemIdx],
    relevant: &[ItemIdx],
    bought_before: &[ItemIdx],
    k: usize,
) -> RepeatExplore {
    debug_assert!(bought_before.is_sorted(), "items bought before rise");
    let is_repeat = |item: &ItemIdx| bought_before.binary_search(item).is_ok();
    let n_repeats = relevant.iter().filter(|item| is_repeat(item)).count();
    let (mut n_hits, mut n_repeat_hits) = (0, 0);
    for rank in hit_ranks(ranking, relevant, k) {
        n_hits += 1;
        n_repeat_hits += usize::from(is_repeat(&ranking[rank - 1]));
    }
    let share = |n_hits: usize, n: usize| (0 < n && 0 < k).then(|| n_hits as f64 / n as f64);
    RepeatExplore {
        repeat: share(n_repeat_hits, n_repeats),
        explore: share(n_hits - n_repeat_hits, relevant.len() - n_repeats),
    }
}
