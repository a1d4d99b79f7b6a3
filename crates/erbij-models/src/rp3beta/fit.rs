//! Fits RP3beta in one pass that sums every pair of items once.
//!
//! The walk's weight splits into a part that depends on the pair, `S_ij = Σ_u (1/d_u)^alpha`, and factors of
//! its two ends. `S` is symmetric, so only `i > j` is summed, and what comes of it is offered to the row of
//! both: half the additions, and as items are numbered by popularity, half of a row is the half that lies
//! close together in memory.
//!
//! Cost: `Σ_u d_u² / 2` additions. Memory a thread: an accumulator as wide as the catalogue, and for every
//! item at most `2k` candidates of 8 bytes.

use std::ops::Range;

use erbij_core::{ItemIdx, Progress, RowOffsets, Score, TopK};
use rayon::prelude::*;

use crate::incidence::Incidence;
use crate::neighbours::{NeighbourOrder, Neighbours};
use crate::rp3beta::CheckedRp3betaParams;
use crate::share_out::share_out;
use crate::weighted_incidence::WeightedIncidence;

/// Sums looked at together: enough for the compiler to compare several at once.
const LANES: usize = 8;

/// One thread's scratch: the row being summed, and the best so far of every row.
struct Scratch {
    sums: Vec<f64>,
    best: Vec<TopK<ItemIdx>>,
    /// Per row the score that a candidate must reach, above zero: nothing comes of a sum of zero.
    bars: Vec<f32>,
}

/// What all rows share.
struct Walks<'a> {
    histories: &'a Incidence,
    /// Per customer, `(1/d_u)^alpha`; per attribute, that times its weight.
    from_customer: Vec<f64>,
    /// Per item, `1/d_i^beta`.
    to_item: Vec<f64>,
}

/// Fits the model to lists: customers' histories, and of what items have in common where asked. A list of
/// weight `w` counts as `w` customers would, in walks and in degrees.
pub fn fit_rp3beta(
    params: &CheckedRp3betaParams,
    data: &WeightedIncidence,
    progress: &dyn Progress,
) -> Neighbours {
    let histories = data.incidence();
    let n_items = histories.n_items();
    let list_weight = |list: u32| f64::from(data.list_weights()[list as usize]);
    let from_list =
        |list: u32| list_weight(list) * (histories.items_of(list).len().max(1) as f64).powf(-params.alpha());
    // An item of no list is walked to from nowhere; any degree will do.
    let degree = |item: u32| -> f64 {
        let degree: f64 = histories.lists_of(item).iter().map(|&list| list_weight(list)).sum();
        if 0.0 < degree { degree } else { 1.0 }
    };
    let walks = Walks {
        histories,
        from_customer: (0..histories.n_lists() as u32).map(from_list).collect(),
        to_item: (0..n_items as u32).map(|item| degree(item).powf(-params.beta())).collect(),
    };
    let new_scratch = || Scratch {
        sums: vec![0.0; n_items],
        best: vec![TopK::new(params.neighbours()); n_items],
        bars: vec![f32::MIN_POSITIVE; n_items],
    };
    progress.begin("fitting rp3beta", Some(n_items as u64), "items");
    let on_block = |scratch: &mut Scratch, items: Range<usize>| {
        for item in items {
            walks.sum_row(item, scratch);
        }
    };
    let (_, scratches) = share_out(n_items, new_scratch, on_block, progress);
    assemble(scratches, n_items, params.neighbours())
}

impl Walks<'_> {
    /// Sums `S` of an item with every item before it, and offers each pair to both rows.
    fn sum_row(&self, item: usize, scratch: &mut Scratch) {
        let customers = self.histories.lists_of(item as u32);
        let mut n_additions = 0;
        let sums = &mut scratch.sums[..=item];
        self.histories.for_each_list(customers, |customer, items| {
            let weight = self.from_customer[customer as usize];
            for &other in items {
                if other as usize == item {
                    break;
                }
                sums[other as usize] += weight;
                n_additions += 1;
            }
        });
        if item < 4 * n_additions {
            self.offer_all(item, scratch);
        } else {
            self.offer_touched(item, customers, scratch);
        }
    }

    /// Offers every pair of a full row: looks at all sums in order, several at a time, since hardly any of
    /// them reaches a bar.
    fn offer_all(&self, item: usize, scratch: &mut Scratch) {
        let to_item = self.to_item[item];
        let whole = item - item % LANES;
        for start in (0..whole).step_by(LANES) {
            let lanes = start..start + LANES;
            let own_bar = scratch.bars[item];
            let sums = &scratch.sums[lanes.clone()];
            let pairs = sums.iter().zip(&self.to_item[lanes.clone()]).zip(&scratch.bars[lanes]);
            let reaches = |((&sum, &to_other), &bar): ((&f64, &f64), &f32)| {
                (own_bar <= (sum * to_other) as f32) | (bar <= (sum * to_item) as f32)
            };
            let mut reached = 0_u32;
            for (lane, pair) in pairs.enumerate() {
                reached |= u32::from(reaches(pair)) << lane;
            }
            while reached != 0 {
                self.offer(item, start + reached.trailing_zeros() as usize, scratch);
                reached &= reached - 1;
            }
        }
        for other in whole..item {
            self.offer(item, other, scratch);
        }
        scratch.sums[..item].fill(0.0);
    }

    /// Offers the pairs of a nearly empty row: walks once more, clearing each sum as it is met.
    fn offer_touched(&self, item: usize, customers: &[u32], scratch: &mut Scratch) {
        for &customer in customers {
            for &other in
                self.histories.items_of(customer).iter().take_while(|&&other| (other as usize) < item)
            {
                self.offer(item, other as usize, scratch);
                scratch.sums[other as usize] = 0.0;
            }
        }
    }

    /// Offers a pair to the rows of both its items.
    #[inline]
    fn offer(&self, item: usize, other: usize, scratch: &mut Scratch) {
        let sum = scratch.sums[other];
        for (row, end) in [(item, other), (other, item)] {
            let score = (sum * self.to_item[end]) as f32;
            if scratch.bars[row] <= score {
                let score = Score::new(score).expect("a finite sum of finite steps");
                scratch.best[row].push(score, ItemIdx::new(end as u32));
                scratch.bars[row] = scratch.best[row].threshold().max(f32::MIN_POSITIVE);
            }
        }
    }
}

/// Joins what the threads found of each row, and scales rows to sum to one. The best of the bests of the
/// parts is the best of all, whatever the parts were.
fn assemble(scratches: Vec<Scratch>, n_items: usize, k: usize) -> Neighbours {
    let mut candidates: Vec<Vec<TopK<ItemIdx>>> = vec![Vec::with_capacity(scratches.len()); n_items];
    for scratch in scratches {
        for (of_item, best) in candidates.iter_mut().zip(scratch.best) {
            of_item.push(best);
        }
    }
    let rows: Vec<Vec<(u32, f32)>> = candidates.into_par_iter().map(|parts| join_row(parts, k)).collect();
    let offsets = RowOffsets::from_lens(rows.iter().map(Vec::len));
    let items: Vec<u32> = rows.iter().flatten().map(|&(item, _)| item).collect();
    let weights: Vec<f32> = rows.iter().flatten().map(|&(_, weight)| weight).collect();
    Neighbours::new(offsets, items.into(), weights.into(), n_items, NeighbourOrder::ByItem)
        .expect("rows were cut, scaled and sorted just above")
}

fn join_row(parts: Vec<TopK<ItemIdx>>, k: usize) -> Vec<(u32, f32)> {
    let mut best = TopK::new(k);
    for mut part in parts {
        for (score, item) in part.drain_sorted() {
            best.push(score, item);
        }
    }
    let mut row: Vec<(u32, f32)> =
        best.drain_sorted().map(|(score, item)| (item.get(), score.get())).collect();
    // Summed from the largest down, the same on any number of threads.
    let total: f64 = row.iter().map(|&(_, weight)| f64::from(weight)).sum();
    row.sort_unstable_by_key(|&(item, _)| item);
    for (_, weight) in &mut row {
        *weight = (f64::from(*weight) / total) as f32;
    }
    row
}

#[cfg(test)]
mod tests {
    use erbij_core::Silent;
    use proptest::prelude::*;

    use super::*;
    use crate::{HistoryScorer, ItemWeights, Rp3betaParams};

    fn lists(lists: &[Vec<u32>], n_items: usize) -> WeightedIncidence {
        WeightedIncidence::from_histories(incidence(lists, n_items), 0.0)
    }

    fn incidence(lists: &[Vec<u32>], n_items: usize) -> Incidence {
        let rows = RowOffsets::from_lens(lists.iter().map(Vec::len));
        Incidence::from_lists(rows, lists.concat().into(), n_items)
    }

    /// An attribute of weight two is two customers with just its items, but for how long they make no history.
    #[test]
    fn an_attribute_is_so_many_customers() {
        let params = Rp3betaParams { alpha: 0.7, beta: 0.4, neighbours: 4 }.check().expect("in range");
        let histories = [vec![0, 1], vec![1, 2]];
        let attribute = vec![0, 3];
        let with_attribute =
            lists(&histories, 4).with_attributes(&incidence(std::slice::from_ref(&attribute), 4), 2.0);
        let customers = [histories[0].clone(), histories[1].clone(), attribute.clone(), attribute];
        let found = fit_rp3beta(&params, &with_attribute, &Silent);
        assert_eq!(found, fit_rp3beta(&params, &lists(&customers, 4), &Silent));
        assert_eq!(found.row(ItemIdx::new(3)).0, [0], "nobody bought it, and it stands beside its like");
    }

    /// The formula as it stands in the parameters' docs, over dense matrices.
    fn by_formula(lists: &[Vec<u32>], n_items: usize, params: &Rp3betaParams) -> Vec<Vec<(u32, f32)>> {
        let degree = |item: u32| lists.iter().filter(|list| list.contains(&item)).count() as f64;
        let weight = |j: u32, i: u32| -> f64 {
            let both = lists.iter().filter(|list| list.contains(&j) && list.contains(&i));
            let walks: f64 = both.map(|list| (degree(j) * list.len() as f64).powf(-params.alpha)).sum();
            walks * degree(i).powf(-params.beta)
        };
        let row = |j: u32| {
            let others = (0..n_items as u32).filter(|&i| i != j);
            let mut row: Vec<(u32, f64)> =
                others.map(|i| (i, weight(j, i))).filter(|&(_, w)| 0.0 < w).collect();
            row.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
            row.truncate(params.neighbours as usize);
            let total: f64 = row.iter().map(|&(_, w)| w).sum();
            row.sort_by_key(|&(i, _)| i);
            row.into_iter().map(|(i, w)| (i, (w / total) as f32)).collect()
        };
        (0..n_items as u32).map(row).collect()
    }

    proptest! {
        #[test]
        fn it_is_the_formula(
            lists in proptest::collection::vec(proptest::collection::btree_set(0_u32..8, 0..6), 0..15),
            alpha in 0.0..2.0_f64, beta in 0.0..2.0_f64,
        ) {
            let lists: Vec<Vec<u32>> = lists.into_iter().map(|list| list.into_iter().collect()).collect();
            // All neighbours are kept: a cut among weights equal but for rounding would compare luck.
            let data = WeightedIncidence::from_histories(incidence(&lists, 8), 0.0);
            let params = Rp3betaParams { alpha, beta, neighbours: 8 };
            let model = fit_rp3beta(&params.check().expect("in range"), &data, &Silent);
            for (item, expected) in by_formula(&lists, 8, &params).iter().enumerate() {
                let (items, weights) = model.row(ItemIdx::new(item as u32));
                prop_assert_eq!(items, expected.iter().map(|&(i, _)| i).collect::<Vec<_>>());
                for (&found, &(_, expected)) in weights.iter().zip(expected) {
                    prop_assert!((found - expected).abs() < 1e-6, "{} and {}", found, expected);
                }
            }
        }
    }

    #[test]
    fn hand_worked() {
        // Item 0 is bought by customers 0 {0,1} and 1 {0,1,2}; alpha 1, beta 0: the walk from 0 reaches 1
        // with 1/2 + 1/3 and 2 with 1/3; scaled to one that is 5/7 and 2/7.
        let params = Rp3betaParams { alpha: 1.0, beta: 0.0, neighbours: 2 };
        let data = lists(&[vec![0, 1], vec![0, 1, 2]], 4);
        let model = ItemWeights::new(fit_rp3beta(&params.check().expect("in range"), &data, &Silent));
        let (items, weights) = model.weights().row(ItemIdx::new(0));
        assert_eq!(items, [1, 2]);
        assert!(
            (weights[0] - 5.0 / 7.0).abs() < 1e-6 && (weights[1] - 2.0 / 7.0).abs() < 1e-6,
            "{weights:?}"
        );
        assert!(model.weights().row(ItemIdx::new(3)).0.is_empty());
        let history = [1, 0].map(ItemIdx::new);
        let reasons = model.strongest_reasons(&history, &[0, 2, 3].map(ItemIdx::new));
        let items: Vec<_> = reasons.iter().map(|reason| reason.map(|(item, _)| item.get())).collect();
        assert_eq!(items, [Some(1), Some(1), None]);
    }
}
