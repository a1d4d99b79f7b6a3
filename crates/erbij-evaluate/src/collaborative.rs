//! The protocol of the fixed collaborative-filtering splits: every item ranked, train items masked.
//!
//! As BARS and the study of LightGCN do it: for each customer with test items, all items he is not trained
//! on are ranked by score; Recall@k is hits / |test|, NDCG@k is binary with the ideal list cut at
//! min(k, |test|), both are means over those customers. Items a model says nothing of score 0.

use std::sync::Mutex;

use erbij_core::{HistoryScorer, ItemIdx, Progress, Score, ScoreBoard, TopK};
use erbij_train::ItemLists;
use rayon::prelude::*;

use crate::metrics::{ndcg_at_k, recall_at_k};

/// Customers of one task.
const SHARE_CUSTOMERS: usize = 64;

const NO_POISON: &str = "nothing can panic while the lock is held";

/// What a model does on a split, one value a customer with test items, in their order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CollaborativeValues {
    /// Hits among the first k, as a share of the test items.
    pub recall_at_k: Vec<f64>,
    /// Discounted gain among the first k, as a share of the best possible.
    pub ndcg_at_k: Vec<f64>,
}

impl CollaborativeValues {
    /// Their means: recall, NDCG.
    pub fn means(&self) -> (f64, f64) {
        let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len().max(1) as f64;
        (mean(&self.recall_at_k), mean(&self.ndcg_at_k))
    }
}

/// Ranks every item for every customer with test items, and judges the first `k`.
///
/// O(customers · cost of a score); a scratch of 8 bytes an item a thread.
pub fn judge_lists(
    scorer: &dyn HistoryScorer,
    train: &ItemLists,
    test: &ItemLists,
    n_items: usize,
    k: usize,
    progress: &dyn Progress,
) -> CollaborativeValues {
    let judged: Vec<usize> = (0..test.n_lists()).filter(|&list| !test.list(list).is_empty()).collect();
    progress.begin("judging", Some(judged.len() as u64), "customers");
    let idle: Mutex<Vec<ScoreBoard>> = Mutex::new(Vec::new());
    let of_share = |share: &[usize]| -> Vec<(f64, f64)> {
        let board = idle.lock().expect(NO_POISON).pop();
        let mut board = board.unwrap_or_else(|| ScoreBoard::new(n_items));
        let values = share.iter().map(|&list| {
            let ranking = rank_unseen(scorer, train.list(list), k, &mut board);
            let value = |value: Option<f64>| value.expect("only customers with test items are judged");
            let relevant = test.list(list);
            (value(recall_at_k(&ranking, relevant, k)), value(ndcg_at_k(&ranking, relevant, k)))
        });
        let values = values.collect();
        idle.lock().expect(NO_POISON).push(board);
        progress.advance(share.len() as u64);
        values
    };
    let values: Vec<Vec<(f64, f64)>> = judged.par_chunks(SHARE_CUSTOMERS).map(of_share).collect();
    let (recall_at_k, ndcg_at_k) = values.into_iter().flatten().unzip();
    CollaborativeValues { recall_at_k, ndcg_at_k }
}

/// The best `k` items that are not in the history, best first, among those the model says anything of.
fn rank_unseen(
    scorer: &dyn HistoryScorer,
    history: &[ItemIdx],
    k: usize,
    board: &mut ScoreBoard,
) -> Vec<ItemIdx> {
    scorer.score(history, board);
    let mut best = TopK::new(k);
    for (item, sum) in board.take_unsorted() {
        let Some(score) = Score::new(sum as f32) else { continue };
        if best.threshold() <= score.get() && history.binary_search(&item).is_err() {
            best.push(score, item);
        }
    }
    best.drain_sorted().map(|(_, item)| item).collect()
}
