//! What a ranking is worth: recall, NDCG both ways, hits, and repeats apart from what is new.

use std::collections::BTreeSet;
use std::sync::Mutex;

use erbij_core::{ItemIdx, Progress, ScoreBoard};
use rayon::prelude::*;

use super::files::NextBaskets;
use crate::metrics::{
    hit_rate_at_k, ndcg_at_k, ndcg_at_k_ideal_uncut, recall_at_k, repeat_explore_recall_at_k,
};

/// Customers of one task.
const SHARE_CUSTOMERS: usize = 64;

const NO_POISON: &str = "nothing can panic while the lock is held";

/// Means over customers, of the first `k` places.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct AtPlaces {
    /// How many places.
    pub k: usize,
    /// Hits as a share of the basket.
    pub recall: f64,
    /// Discounted gain, the ideal list as long as the basket: what the Reality Check computes.
    pub ndcg: f64,
    /// Discounted gain, the ideal list cut at k: the usual one.
    pub ndcg_ideal_cut: f64,
    /// The share of customers with any hit.
    pub phr: f64,
    /// Recall of what was bought before, over customers whose basket holds some of it.
    pub repeat_recall: f64,
    /// Recall of what was not, over customers whose basket holds some of it.
    pub explore_recall: f64,
}

/// What a model does.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct NextBasketFigures {
    /// Customers judged.
    pub n_customers: usize,
    /// At 10 and at 20 places.
    pub at: [AtPlaces; 2],
}

impl NextBasketFigures {
    /// The mean of several runs, and all who were judged in them; nothing of no run.
    pub fn mean_of(runs: &[Self]) -> Self {
        let Some(first) = runs.first() else { return Self::default() };
        let at = [0, 1].map(|place| {
            let mean = |value: fn(&AtPlaces) -> f64| {
                let sum: f64 = runs.iter().map(|run| value(&run.at[place])).sum();
                sum / runs.len() as f64
            };
            AtPlaces {
                k: first.at[place].k,
                recall: mean(|at| at.recall),
                ndcg: mean(|at| at.ndcg),
                ndcg_ideal_cut: mean(|at| at.ndcg_ideal_cut),
                phr: mean(|at| at.phr),
                repeat_recall: mean(|at| at.repeat_recall),
                explore_recall: mean(|at| at.explore_recall),
            }
        });
        Self { n_customers: runs.iter().map(|run| run.n_customers).sum(), at }
    }
}

/// A figure as reports name it.
#[derive(Clone, Copy, Debug)]
pub struct NextBasketFigure {
    /// What it is called.
    pub name: &'static str,
    /// What follows the number of places in its key.
    pub ending: &'static str,
    /// How it is told.
    pub value: fn(&AtPlaces) -> f64,
}

impl NextBasketFigure {
    /// Its key at some places, as `ndcg_at_10_ideal_cut`.
    pub fn key(&self, k: usize) -> String {
        format!("{}_at_{k}{}", self.name, self.ending)
    }
}

/// Every figure, in the order of reports.
pub const NEXT_BASKET_FIGURES: [NextBasketFigure; 6] = [
    NextBasketFigure { name: "recall", ending: "", value: |at| at.recall },
    NextBasketFigure { name: "ndcg", ending: "", value: |at| at.ndcg },
    NextBasketFigure { name: "ndcg", ending: "_ideal_cut", value: |at| at.ndcg_ideal_cut },
    NextBasketFigure { name: "phr", ending: "", value: |at| at.phr },
    NextBasketFigure { name: "repeat_recall", ending: "", value: |at| at.repeat_recall },
    NextBasketFigure { name: "explore_recall", ending: "", value: |at| at.explore_recall },
];

/// The places judged.
const PLACES: [usize; 2] = [10, 20];

/// A customer's values at some places: recall, NDCG, NDCG with the ideal cut, hit, repeats, what is new.
type Values = [Option<f64>; 6];

/// Judges the rankings of some customers with a next basket, 20 places long where there is so much to say.
///
/// `rank` is given a board for scores, empty, and leaves it so. O(customers · cost of a ranking).
pub fn judge_next_baskets(
    baskets: &NextBaskets,
    customers: &[usize],
    rank: impl Fn(usize, &mut ScoreBoard) -> Vec<ItemIdx> + Sync,
    progress: &dyn Progress,
) -> NextBasketFigures {
    let judged: Vec<usize> =
        customers.iter().copied().filter(|&customer| !baskets.next[customer].is_empty()).collect();
    progress.begin("judging", Some(judged.len() as u64), "customers");
    let idle: Mutex<Vec<ScoreBoard>> = Mutex::new(Vec::new());
    let of_share = |share: &[usize]| {
        let board = idle.lock().expect(NO_POISON).pop();
        let mut board = board.unwrap_or_else(|| ScoreBoard::new(baskets.n_items));
        let of_customer = |&customer: &usize| values_of(baskets, customer, &rank(customer, &mut board));
        let values: Vec<[Values; 2]> = share.iter().map(of_customer).collect();
        idle.lock().expect(NO_POISON).push(board);
        progress.advance(share.len() as u64);
        values
    };
    let shares: Vec<Vec<[Values; 2]>> = judged.par_chunks(SHARE_CUSTOMERS).map(of_share).collect();
    let values: Vec<[Values; 2]> = shares.into_iter().flatten().collect();
    let at = [0, 1].map(|place| {
        let mean = |of: usize| {
            let defined = || values.iter().filter_map(|values| values[place][of]);
            defined().sum::<f64>() / defined().count().max(1) as f64
        };
        AtPlaces {
            k: PLACES[place],
            recall: mean(0),
            ndcg: mean(1),
            ndcg_ideal_cut: mean(2),
            phr: mean(3),
            repeat_recall: mean(4),
            explore_recall: mean(5),
        }
    });
    NextBasketFigures { n_customers: judged.len(), at }
}

fn values_of(baskets: &NextBaskets, customer: usize, ranking: &[ItemIdx]) -> [Values; 2] {
    let next = &baskets.next[customer];
    let bought: BTreeSet<ItemIdx> = baskets.histories[customer].iter().flatten().copied().collect();
    let bought: Vec<ItemIdx> = bought.into_iter().collect();
    PLACES.map(|k| {
        let apart = repeat_explore_recall_at_k(ranking, next, &bought, k);
        [
            recall_at_k(ranking, next, k),
            ndcg_at_k_ideal_uncut(ranking, next, k),
            ndcg_at_k(ranking, next, k),
            hit_rate_at_k(ranking, next, k),
            apart.repeat,
            apart.explore,
        ]
    })
}
