//! TIFU-kNN: decayed personal frequency, mixed with that of the nearest customers (Hu et al., SIGIR 2020).

use erbij_core::{CustomerIdx, ItemIdx, Score, ScoreBoard, TopK};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::files::NextBaskets;

/// The parameters of TIFU-kNN.
///
/// | Name | Default | Purpose | Range |
/// |---|---|---|---|
/// | `neighbours` | 300 | how many customers are near | 1 to 100000 |
/// | `within_decay` | 0.9 | what a basket is worth beside the one after it | 0 to 1, 0 excluded |
/// | `group_decay` | 0.7 | what a group of baskets is worth beside the one after it | 0 to 1, 0 excluded |
/// | `alpha` | 0.7 | weight of the customer himself; the rest is his neighbours' | 0 to 1 |
/// | `groups` | 7 | how many groups a history is cut into | 1 to 1000 |
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TifuKnnParams {
    /// How many customers are near.
    pub neighbours: u32,
    /// What a basket is worth beside the one after it.
    pub within_decay: f64,
    /// What a group is worth beside the one after it.
    pub group_decay: f64,
    /// Weight of the customer himself.
    pub alpha: f64,
    /// How many groups a history is cut into.
    pub groups: u32,
}

impl Default for TifuKnnParams {
    fn default() -> Self {
        Self { neighbours: 300, within_decay: 0.9, group_decay: 0.7, alpha: 0.7, groups: 7 }
    }
}

impl TifuKnnParams {
    /// The parameters, where each is in its range.
    pub fn check(self) -> Result<Self, TifuKnnParamError> {
        let is_decay = |decay: f64| 0.0 < decay && decay <= 1.0;
        let checks = [
            (
                "neighbours",
                f64::from(self.neighbours),
                (1..=100_000).contains(&self.neighbours),
                "1 to 100000",
            ),
            ("within_decay", self.within_decay, is_decay(self.within_decay), "above 0, at most 1"),
            ("group_decay", self.group_decay, is_decay(self.group_decay), "above 0, at most 1"),
            ("alpha", self.alpha, (0.0..=1.0).contains(&self.alpha), "0 to 1"),
            ("groups", f64::from(self.groups), (1..=1000).contains(&self.groups), "1 to 1000"),
        ];
        match checks.into_iter().find(|&(.., is_good, _)| !is_good) {
            Some((name, found, _, expected)) => Err(TifuKnnParamError { name, found, expected }),
            None => Ok(self),
        }
    }
}

/// A parameter outside its range.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("`{name}` is {found}, expected {expected}")]
pub struct TifuKnnParamError {
    /// Its key.
    pub name: &'static str,
    /// Its value.
    pub found: f64,
    /// What it may be.
    pub expected: &'static str,
}

/// A sparse vector: items, rising, and their weights.
type Vector = Vec<(ItemIdx, f64)>;

/// Customers as vectors, found by item.
#[derive(Clone, Debug)]
pub struct TifuKnn {
    params: TifuKnnParams,
    vectors: Vec<Vector>,
    squared_lengths: Vec<f64>,
    /// Who may be a neighbour, by customer.
    candidates: Vec<usize>,
    /// An item each: which candidates, by their place among them, have how much of it.
    by_item: Vec<Vec<(u32, f64)>>,
}

impl TifuKnn {
    /// Lays out the customers of whom some, `candidates`, may be neighbours. O(lines · log of a customer's).
    ///
    /// Basket t of n is worth `within_decay^(n − t)`, t counting from 1 through all groups, as the published
    /// code has it; a history is cut into `groups` runs, oldest first, those that are longer by one last, and
    /// a shorter history into runs of one; a group is the mean of its baskets, worth
    /// `group_decay^(groups − g)`, and a customer the mean of his groups.
    pub fn new(params: &TifuKnnParams, baskets: &NextBaskets, candidates: &[usize]) -> Self {
        let vectors: Vec<Vector> =
            baskets.histories.par_iter().map(|history| vector_of(params, history)).collect();
        let squared = |vector: &Vector| vector.iter().map(|(_, weight)| weight * weight).sum();
        let squared_lengths = vectors.iter().map(squared).collect();
        let mut by_item = vec![Vec::new(); baskets.n_items];
        for (place, &candidate) in candidates.iter().enumerate() {
            for &(item, weight) in &vectors[candidate] {
                by_item[item.index()].push((place as u32, weight));
            }
        }
        let params = params.clone();
        Self { params, vectors, squared_lengths, candidates: candidates.to_vec(), by_item }
    }

    /// The nearest candidates by Euclidean distance, nearest first, ties by their order; never the customer.
    /// O(candidates + those who share an item): `‖u − v‖² = ‖u‖² + ‖v‖² − 2u·v`, and u·v is zero for most.
    pub fn nearest(&self, customer: usize) -> Vec<usize> {
        let mut products = vec![0.0_f64; self.candidates.len()];
        for &(item, weight) in &self.vectors[customer] {
            for &(place, of_candidate) in &self.by_item[item.index()] {
                products[place as usize] += weight * of_candidate;
            }
        }
        let distance = |place: usize| self.squared_lengths[self.candidates[place]] - 2.0 * products[place];
        let mut near: Vec<(f64, usize)> = (0..self.candidates.len())
            .filter(|&place| self.candidates[place] != customer)
            .map(|place| (distance(place), place))
            .collect();
        let by_distance =
            |a: &(f64, usize), b: &(f64, usize)| a.0.total_cmp(&b.0).then_with(|| a.1.cmp(&b.1));
        let n = (self.params.neighbours as usize).min(near.len());
        if n < near.len() {
            near.select_nth_unstable_by(n, by_distance);
            near.truncate(n);
        }
        near.sort_unstable_by(by_distance);
        near.into_iter().map(|(_, place)| self.candidates[place]).collect()
    }

    /// The best `k` items of `α·u + (1 − α)·mean of the neighbours`. The board is empty before and after.
    pub fn ranking(&self, customer: usize, k: usize, board: &mut ScoreBoard) -> Vec<ItemIdx> {
        let nearest = self.nearest(customer);
        let alpha = self.params.alpha;
        let mut add = |vector: &Vector, scale: f64| {
            for &(item, weight) in vector {
                board.add(item, scale * weight);
            }
        };
        add(&self.vectors[customer], alpha);
        for &near in &nearest {
            add(&self.vectors[near], (1.0 - alpha) / nearest.len() as f64);
        }
        take_best(board, k)
    }

    /// How a customer looks: items, rising, and their weights.
    pub fn vector(&self, customer: CustomerIdx) -> &[(ItemIdx, f64)] {
        &self.vectors[customer.index()]
    }
}

/// Empties the board into the best `k`: score descending, then item.
pub(crate) fn take_best(board: &mut ScoreBoard, k: usize) -> Vec<ItemIdx> {
    let mut best = TopK::new(k);
    for (item, sum) in board.take_unsorted() {
        if let Some(score) = Score::new(sum as f32) {
            best.push(score, item);
        }
    }
    best.drain_sorted().map(|(_, item)| item).collect()
}

fn vector_of(params: &TifuKnnParams, history: &[Vec<ItemIdx>]) -> Vector {
    let (n, groups) = (history.len(), params.groups as usize);
    let n_groups = n.min(groups);
    let mut lines: Vector = Vec::new();
    let mut start = 0;
    for group in 0..n_groups {
        // Runs of ⌊n / groups⌋; the last n mod groups are longer by one.
        let len = n / n_groups + usize::from(n_groups - group <= n % n_groups);
        let worth = params.group_decay.powi((groups - 1 - group) as i32) / (len * n_groups) as f64;
        for (at, basket) in history.iter().enumerate().skip(start).take(len) {
            let weight = worth * params.within_decay.powi((n - 1 - at) as i32);
            // An item that stands twice in a basket is there once.
            let mut items = basket.clone();
            items.sort_unstable();
            items.dedup();
            lines.extend(items.into_iter().map(|item| (item, weight)));
        }
        start += len;
    }
    lines.sort_by_key(|&(item, _)| item);
    let of_item = |lines: &[(ItemIdx, f64)]| (lines[0].0, lines.iter().map(|(_, weight)| weight).sum());
    lines.chunk_by(|a, b| a.0 == b.0).map(of_item).collect()
}
