//! Fits local EASE: one small linear system an item.
//!
//! Two passes. The first sums the half of the Gram matrix before the diagonal, pair by pair, and finds each item's
//! neighbours as it goes; the second gathers the block of `G` between the neighbours, and solves. The weights come out by
//! the item they lead to and are turned around at the end, so that scoring adds whole rows.
//!
//! A pair below the privacy floor is no neighbour, since its weight could not be kept, and zero in every block: most pairs
//! of a large shop are such, and what they hold of its memory and time says next to nothing.
//!
//! Cost: `Σ_u d_u² / 2` additions and `n_items · k³ / 3` operations, linear in items. Memory: the Gram matrix
//! ([`Gram`]), 16 bytes a neighbour, and a thread `4 k²` bytes and 20 an item. A sum is made and a system is
//! solved by one thread in one order, so the result does not depend on threads. The spectral table, where a
//! recipe asks for it, comes after, when the Gram matrix is gone: see [`crate::spectral`].

use std::ops::Range;

use erbij_core::{NeighbourOrder, Neighbours, Progress, RowOffsets, share_out};

use crate::cholesky::SymmetricSystem;
use crate::gram::{Gram, Positions, gram_diagonal, powers};
use crate::local_ease::CheckedLocalEaseParams;
use crate::pair_sums::Strongest;
use crate::spectral::plus_scaled;
use crate::weighted_incidence::WeightedIncidence;

/// One thread's scratch for systems.
struct Scratch {
    positions: Positions,
    system: SymmetricSystem,
    solution: Vec<f32>,
}

/// What all systems share.
struct Regressions<'a> {
    gram: &'a Gram,
    /// What each item is regressed on: items, rising.
    regressors: &'a [Vec<u32>],
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
///
/// People say something of a pair where at least so many of them hold both, by the larger of the two items' `min_people`;
/// what fewer say is left out of the regressions, and no item is regressed on another of which nothing is left. With 1
/// everywhere all of it counts.
///
/// # Panics
///
/// If there is not one `min_people` an item.
pub fn fit_local_ease(
    params: &CheckedLocalEaseParams,
    data: &WeightedIncidence,
    min_people: &[u32],
    progress: &dyn Progress,
) -> Neighbours {
    let weights = regress(params, data, min_people, progress);
    match params.spectral() {
        Some((table, weight)) => plus_scaled(&weights, &table.fit(data, progress), weight),
        None => weights,
    }
}

/// The weights by regression alone.
fn regress(
    params: &CheckedLocalEaseParams,
    data: &WeightedIncidence,
    min_people: &[u32],
    progress: &dyn Progress,
) -> Neighbours {
    let n_items = data.n_items();
    let diagonal = gram_diagonal(data);
    let scales = powers(&diagonal, -params.selection() / 2.0).into_iter().map(f64::from).collect();
    progress.begin("counting pairs for local EASE", Some(n_items as u64), "items");
    let (gram, strongest) = Gram::fit(data, scales, min_people, params.neighbours(), progress);
    let regressors: Vec<Vec<u32>> = strongest.into_iter().map(rising).collect();
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

fn rising(strongest: Strongest) -> Vec<u32> {
    let mut items: Vec<u32> = strongest.into_iter().map(|(item, _)| item).collect();
    items.sort_unstable();
    items
}

impl Regressions<'_> {
    /// Leaves the weights of an item's regressors in the scratch, in their order.
    fn solve(&self, item: usize, scratch: &mut Scratch) {
        let Scratch { positions, system, solution } = scratch;
        let items = &self.regressors[item];
        system.reset(items.len());
        // The last item comes first: then what is read of one row of G is written to one row of the system.
        let n = items.len();
        let row_of = |at: usize| n - 1 - at;
        self.gram.for_each_pair(items, positions, |earlier, later, value| {
            system.set(row_of(later), row_of(earlier), value);
        });
        for (at, &other) in items.iter().enumerate() {
            let (earlier, later) =
                if (other as usize) < item { (other, item as u32) } else { (item as u32, other) };
            system.set(row_of(at), n, self.gram.value(earlier, later));
            let other = other as usize;
            system.set(row_of(at), row_of(at), self.gram.diagonal()[other] + self.ridge[other]);
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
fn turn_around(regressors: &[Vec<u32>], weights: &[Vec<f32>], from_source: &[f32]) -> Neighbours {
    let n_items = regressors.len();
    let weights = || {
        let of_targets = regressors
            .iter()
            .zip(0_u32..)
            .flat_map(|(regressors, target)| regressors.iter().map(move |&source| (source as usize, target)));
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
