//! The protocol of the fixed collaborative-filtering splits: every item ranked, train items masked.
//!
//! As BARS and the study of LightGCN do it: for each customer with test items, all items he is not trained
//! on are ranked by score; Recall@k is hits / |test|, NDCG@k is binary with the ideal list cut at
//! min(k, |test|), both are means over those customers. Items a model says nothing of score 0.

use std::sync::Mutex;

use erbij_core::{HistoryScorer, ItemIdx, Progress, Score, ScoreBoard, TopK};
use erbij_models::{Incidence, PersonalKind};
use erbij_recipe::CheckedRecipe;
use erbij_train::{FitError, ItemLists, fit_personal};
use rayon::prelude::*;
use serde_json::Value;

use crate::baselines::{ItemCf, ItemCfParams, MostPopular};
use crate::intervals::{Interval, IntervalError, Resampling, means_with_intervals};
use crate::metrics::{ndcg_at_k, recall_at_k};

/// Customers of one task.
const SHARE_CUSTOMERS: usize = 64;

const NO_POISON: &str = "nothing can panic while the lock is held";

/// Models that only a benchmark knows.
const BASELINES: [&str; 2] = ["popularity", "item_cf"];

/// A model that the protocol judges, with checked parameters.
#[derive(Debug)]
pub enum CollaborativeModel {
    /// What most customers have.
    Popularity,
    /// Item-based nearest neighbours.
    ItemCf(ItemCfParams),
    /// A personal model, and the recipe that says how it is fitted.
    Personal(PersonalKind, Box<CheckedRecipe>),
}

impl CollaborativeModel {
    /// What models are called: the baselines, then the personal ones.
    pub fn names() -> impl Iterator<Item = &'static str> {
        BASELINES.into_iter().chain(PersonalKind::ALL.map(PersonalKind::name))
    }

    /// Fits it to what customers have.
    pub fn fit(
        &self,
        histories: &Incidence,
        progress: &dyn Progress,
    ) -> Result<Box<dyn HistoryScorer>, FitError> {
        Ok(match self {
            Self::Popularity => Box::new(MostPopular::new(histories)),
            Self::ItemCf(params) => Box::new(ItemCf::new(params, histories)),
            Self::Personal(kind, recipe) => {
                Box::new(fit_personal(*kind, recipe, histories, None, None, progress)?)
            }
        })
    }

    /// The parameters, defaults filled in; an empty object where there is nothing to set.
    pub fn params(&self) -> Result<Value, serde_json::Error> {
        match self {
            Self::Popularity => Ok(Value::Object(serde_json::Map::new())),
            Self::ItemCf(params) => serde_json::to_value(params),
            Self::Personal(kind, recipe) => Ok(serde_json::to_value(recipe.recipe())?[kind.name()].take()),
        }
    }
}

/// What a model does on a split, one value a customer with test items, in their order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CollaborativeValues {
    /// Hits among the first k, as a share of the test items.
    pub recall_at_k: Vec<f64>,
    /// Discounted gain among the first k, as a share of the best possible.
    pub ndcg_at_k: Vec<f64>,
}

impl CollaborativeValues {
    /// Their means with intervals: recall, NDCG.
    pub fn intervals(self, resampling: &Resampling) -> Result<[Interval; 2], IntervalError> {
        let columns = [self.recall_at_k, self.ndcg_at_k];
        let columns: [Vec<Option<f64>>; 2] = columns.map(|values| values.into_iter().map(Some).collect());
        let intervals = means_with_intervals(&[&columns[0], &columns[1]], resampling)?;
        Ok([intervals[0], intervals[1]])
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
