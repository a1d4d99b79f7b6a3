//! Fits RP3beta in one pass that sums every pair of items once.
//!
//! The walk's weight splits into a part that depends on the pair, `S_ij = Σ_u (1/d_u)^alpha`, and factors of its two ends:
//! see [`crate::pair_sums`], also for what it costs.

use erbij_core::{NeighbourOrder, Neighbours, Progress, RowOffsets};
use rayon::prelude::*;

use crate::pair_sums::{PairSums, Strongest};
use crate::rp3beta::CheckedRp3betaParams;
use crate::weighted_incidence::WeightedIncidence;

/// Fits the model to lists: customers' histories, and of what items have in common where asked. A list of
/// weight `w` counts as `w` customers would, in walks and in degrees.
///
/// People say something of a pair where at least so many of them hold both, by the larger of the two items'
/// `min_people`; what fewer say is not heard. With 1 everywhere all of it is.
///
/// # Panics
///
/// If there is not one `min_people` an item.
pub fn fit_rp3beta(
    params: &CheckedRp3betaParams,
    data: &WeightedIncidence,
    min_people: &[u32],
    progress: &dyn Progress,
) -> Neighbours {
    let lists = data.incidence();
    let n_items = lists.n_items();
    let list_weight = |list: u32| f64::from(data.list_weights()[list as usize]);
    let from_list =
        |list: u32| list_weight(list) * (lists.items_of(list).len().max(1) as f64).powf(-params.alpha());
    // An item of no list is walked to from nowhere; any degree will do.
    let degree = |item: u32| -> f64 {
        let degree: f64 = lists.lists_of(item).iter().map(|&list| list_weight(list)).sum();
        if 0.0 < degree { degree } else { 1.0 }
    };
    let walks = PairSums {
        data,
        from_list: (0..lists.n_lists() as u32).map(from_list).collect(),
        to_item: (0..n_items as u32).map(|item| degree(item).powf(-params.beta())).collect(),
        min_people,
        k: params.neighbours(),
    };
    progress.begin("fitting rp3beta", Some(n_items as u64), "items");
    let (mut rows, _) = walks.strongest(|_, _| (), progress);
    rows.par_iter_mut().for_each(scale);
    let offsets = RowOffsets::from_lens(rows.iter().map(Vec::len));
    let items: Vec<u32> = rows.iter().flatten().map(|&(item, _)| item).collect();
    let weights: Vec<f32> = rows.iter().flatten().map(|&(_, weight)| weight).collect();
    Neighbours::new(offsets, items.into(), weights.into(), n_items, NeighbourOrder::ByItem)
        .expect("rows were cut, scaled and sorted just above")
}

/// Scales a row to sum to one, and sorts it by item.
fn scale(row: &mut Strongest) {
    // Summed from the largest down, the same on any number of threads.
    let total: f64 = row.iter().map(|&(_, weight)| f64::from(weight)).sum();
    row.sort_unstable_by_key(|&(item, _)| item);
    for (_, weight) in row {
        *weight = (f64::from(*weight) / total) as f32;
    }
}
