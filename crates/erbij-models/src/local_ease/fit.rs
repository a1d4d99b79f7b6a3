//! Fits local EASE: one small linear system an item.
//!
//! Two passes. The first sums the Gram matrix row by row, and as each whole row goes by picks the item's
//! neighbours; the second gathers the block of `G` between the neighbours, and solves. The weights come out by
//! the item they lead to and are turned around at the end, so that scoring adds whole rows.
//!
//! Cost: `Σ_u d_u²` additions and `n_items · k³ / 3` operations, linear in items. Memory: the Gram matrix
//! ([`Gram`]), 16 bytes a neighbour, and a thread `4 k²` bytes and 20 an item. A row is summed and a system is
//! solved by one thread in one order, so the result does not depend on threads. The spectral table, where a
//! recipe asks for it, comes after, when the Gram matrix is gone: see [`crate::spectral`].

use std::ops::Range;

use erbij_core::{ItemIdx, Progress, RowOffsets, Score, TopK};

use crate::cholesky::SymmetricSystem;
use crate::gram::{Gram, Positions, gram_diagonal, powers};
use crate::local_ease::CheckedLocalEaseParams;
use crate::neighbours::{NeighbourOrder, Neighbours};
use crate::share_out::share_out;
use crate::spectral::plus_scaled;
use crate::weighted_incidence::WeightedIncidence;

/// What an item is regressed on: items, rising, and the value of `G` with each.
struct Regressors {
    items: Box<[u32]>,
    gram: Box<[f32]>,
}

/// One thread's scratch for systems.
struct Scratch {
    positions: Positions,
    system: SymmetricSystem,
    solution: Vec<f32>,
}

/// What all systems share.
struct Regressions<'a> {
    gram: &'a Gram,
    regressors: &'a [Regressors],
    /// Per item, what is added to the diagonal of `G`.
    ridge: Vec<f32>,
    /// Per item, what the weights into it are scaled by.
    to_target: Vec<f32>,
    weight_power: f32,
}

/// Fits the model: row `j` holds the weights `b_ji` with which an item `j` of a history speaks for items `i`.
///
/// A popular item is a neighbour of many, so rows differ in length; all together hold at most
/// `n_items · neighbours` weights, and `n_items · spectral_neighbours` more where `spectral_weight` is above 0. An
/// item that shares no list with another has an empty row.
pub fn fit_local_ease(
    params: &CheckedLocalEaseParams,
    data: &WeightedIncidence,
    progress: &dyn Progress,
) -> Neighbours {
    let weights = regress(params, data, progress);
    match params.spectral() {
        Some((table, weight)) => plus_scaled(&weights, &table.fit(data, progress), weight),
        None => weights,
    }
}

/// The weights by regression alone.
fn regress(params: &CheckedLocalEaseParams, data: &WeightedIncidence, progress: &dyn Progress) -> Neighbours {
    let n_items = data.n_items();
    let diagonal = gram_diagonal(data);
    let scales = powers(&diagonal, -params.selection() / 2.0);
    let pick = |_, items: &[u32], gram: &[f32]| pick_regressors(items, gram, &scales, params.neighbours());
    progress.begin("counting pairs for local EASE", Some(n_items as u64), "items");
    let (gram, regressors) = Gram::fit(data, pick, progress);
    let regressions = Regressions {
        gram: &gram,
        regressors: &regressors,
        ridge: diagonal.iter().map(|&value| params.ridge().of(value)).collect(),
        to_target: powers(&diagonal, -params.target_exponent()),
        weight_power: params.weight_power() as f32,
    };
    let new_scratch = || Scratch {
        positions: Positions::new(n_items),
        system: SymmetricSystem::default(),
        solution: Vec::new(),
    };
    progress.begin("fitting local EASE", Some(n_items as u64), "items");
    let on_block = |scratch: &mut Scratch, items: Range<usize>| {
        let mut weights = Vec::new();
        for item in items {
            regressions.solve(item, scratch);
            weights.extend_from_slice(&scratch.solution);
        }
        weights
    };
    let (weights, _) = share_out(n_items, new_scratch, on_block, progress);
    turn_around(&regressors, &weights, &powers(&diagonal, -params.source_exponent()))
}

/// The `k` others of a row with the largest scaled values, equal ones by the smaller number.
fn pick_regressors(items: &[u32], gram: &[f32], scales: &[f32], k: usize) -> Regressors {
    if items.len() <= k {
        return Regressors { items: items.into(), gram: gram.into() };
    }
    let mut best = TopK::new(k);
    for (&item, &value) in items.iter().zip(gram) {
        let strength = Score::new(value * scales[item as usize]).expect("finite sums, scaled down");
        best.push(strength, ItemIdx::new(item));
    }
    let mut picked: Vec<u32> = best.drain_sorted().map(|(_, item)| item.get()).collect();
    picked.sort_unstable();
    let value_of = |item| gram[items.binary_search(item).expect("it was picked from these")];
    Regressors { gram: picked.iter().map(value_of).collect(), items: picked.into() }
}

impl Regressions<'_> {
    /// Leaves the weights of an item's regressors in the scratch, in their order.
    fn solve(&self, item: usize, scratch: &mut Scratch) {
        let Scratch { positions, system, solution } = scratch;
        let Regressors { items, gram } = &self.regressors[item];
        system.reset(items.len());
        // The last item comes first: then what is read of one row of G is written to one row of the system.
        let n = items.len();
        let row_of = |at: usize| n - 1 - at;
        self.gram.for_each_pair(items, positions, |earlier, later, value| {
            system.set(row_of(later), row_of(earlier), value);
        });
        for (at, (&other, &value)) in items.iter().zip(gram).enumerate() {
            let other = other as usize;
            system.set(row_of(at), row_of(at), self.gram.diagonal()[other] + self.ridge[other]);
            system.set(row_of(at), n, value);
        }
        system.solve(solution);
        solution.reverse();
        for weight in solution {
            if self.weight_power != 1.0 {
                *weight = weight.abs().powf(self.weight_power).copysign(*weight);
            }
            *weight *= self.to_target[item];
        }
    }
}

/// Turns weights by the item they lead to into rows by the item they come from, each row scaled. A counting
/// sort: O(weights).
fn turn_around(regressors: &[Regressors], weights: &[Vec<f32>], from_source: &[f32]) -> Neighbours {
    let n_items = regressors.len();
    let weights = || {
        let of_targets = regressors.iter().zip(0_u32..).flat_map(|(regressors, target)| {
            regressors.items.iter().map(move |&source| (source as usize, target))
        });
        let weights = weights.iter().flatten();
        of_targets.zip(weights).filter(|&(_, &weight)| weight != 0.0)
    };
    let mut lens = vec![0_usize; n_items];
    weights().for_each(|((source, _), _)| lens[source] += 1);
    let rows = RowOffsets::from_lens(lens);
    let mut next: Vec<usize> = (0..n_items).map(|row| rows.range(row).start).collect();
    let mut items = vec![0_u32; rows.n_values()];
    let mut scores = vec![0.0_f32; rows.n_values()];
    for ((source, target), &weight) in weights() {
        items[next[source]] = target;
        scores[next[source]] = weight * from_source[source];
        next[source] += 1;
    }
    Neighbours::new(rows, items.into(), scores.into(), n_items, NeighbourOrder::ByItem)
        .expect("targets rise, and no item is regressed on itself")
}
