//! Which cases are asked about, and what a ranking on a board is worth.

use crate::{ItemIdx, Score, TopK};

use crate::ScoreBoard;

/// The NDCG of the best `k` by the scores on the board, which is empty afterwards: the ideal list has all that was wanted,
/// at most `k`. `wanted` rises and is not empty. Ties go to the lower item; what has no score above zero is not ranked.
pub fn ndcg_at_k(board: &mut ScoreBoard, wanted: &[ItemIdx], k: usize) -> f64 {
    let mut best = TopK::new(k);
    for (item, score) in board.take_unsorted().filter(|&(_, score)| 0.0 < score) {
        if let Some(score) = Score::new(score as f32) {
            best.push(score, item);
        }
    }
    let discount = |rank: usize| 1.0 / (rank as f64 + 2.0).log2();
    let is_hit = |&(_, (_, item)): &(usize, (Score, ItemIdx))| wanted.binary_search(&item).is_ok();
    let gain: f64 = best.drain_sorted().enumerate().filter(is_hit).map(|(rank, _)| discount(rank)).sum();
    gain / (0..wanted.len().min(k)).map(discount).sum::<f64>()
}

/// Whether the nth of `n_all` is among about `n_wanted` that are drawn evenly; all are where no more are there.
pub fn is_drawn_evenly(nth: usize, n_wanted: usize, n_all: usize) -> bool {
    let n_before = |nth: usize| nth as u128 * n_wanted as u128 / n_all as u128;
    n_all <= n_wanted || n_before(nth) < n_before(nth + 1)
}

/// About so many of all, drawn evenly.
pub fn drawn_evenly(all: Vec<usize>, n_wanted: usize) -> Vec<usize> {
    let n_all = all.len();
    let drawn = all.into_iter().enumerate().filter(|&(nth, _)| is_drawn_evenly(nth, n_wanted, n_all));
    drawn.map(|(_, one)| one).collect()
}
