//! Fits RP3beta: one pass over the customers of each item, row by row.
//!
//! Cost: `Σ_u d_u²` additions, one accumulator as wide as the catalogue a thread, `n_items · k` weights.

use erbij_core::{ItemIdx, Progress, RowOffsets, Score, TopK};

use crate::incidence::Incidence;
use crate::neighbours::{NeighbourOrder, Neighbours};
use crate::personal::{CheckedPersonalParams, Personal};
use crate::share_out::share_out;

/// One thread's scratch: the row being summed and its best.
struct Scratch {
    sums: Vec<f64>,
    touched: Vec<u32>,
    best: TopK<ItemIdx>,
}

/// A block's rows, one after the other.
#[derive(Default)]
struct Block {
    lens: Vec<usize>,
    items: Vec<u32>,
    weights: Vec<f32>,
}

/// Fits the model to histories, one list a customer.
pub fn fit_personal(
    params: &CheckedPersonalParams,
    histories: &Incidence,
    progress: &dyn Progress,
) -> Personal {
    let n_items = histories.n_items();
    let step = |degree: usize, exponent: f64| (degree.max(1) as f64).powf(-exponent);
    let from_customer: Vec<f64> = (0..histories.n_lists() as u32)
        .map(|customer| step(histories.items_of(customer).len(), params.alpha()))
        .collect();
    let to_item: Vec<f64> =
        (0..n_items as u32).map(|item| step(histories.lists_of(item).len(), params.beta())).collect();
    let new_scratch =
        || Scratch { sums: vec![0.0; n_items], touched: Vec::new(), best: TopK::new(params.neighbours()) };
    progress.begin("fitting personal", Some(n_items as u64), "items");
    let on_block = |scratch: &mut Scratch, items: std::ops::Range<usize>| {
        let mut block = Block::default();
        for item in items {
            walk(item as u32, histories, &from_customer, scratch);
            keep_best(&to_item, scratch, &mut block);
        }
        block
    };
    let blocks = share_out(n_items, new_scratch, on_block, progress);
    let rows = RowOffsets::from_lens(blocks.iter().flat_map(|block| block.lens.iter().copied()));
    let items: Vec<u32> = blocks.iter().flat_map(|block| block.items.iter().copied()).collect();
    let weights: Vec<f32> = blocks.iter().flat_map(|block| block.weights.iter().copied()).collect();
    let weights = Neighbours::new(rows, items.into(), weights.into(), n_items, NeighbourOrder::ByItem)
        .expect("rows were cut, scaled and sorted just above");
    Personal::new(weights)
}

/// Sums, over the customers of `item`, their step weight onto each other item of theirs.
///
/// The factor `(1/d_j)^alpha` is the same for the whole row and falls out when the row is scaled.
fn walk(item: u32, histories: &Incidence, from_customer: &[f64], scratch: &mut Scratch) {
    let Scratch { sums, touched, .. } = scratch;
    for &customer in histories.lists_of(item) {
        let weight = from_customer[customer as usize];
        for &other in histories.items_of(customer) {
            let sum = &mut sums[other as usize];
            if *sum == 0.0 {
                touched.push(other);
            }
            *sum += weight;
        }
    }
    sums[item as usize] = 0.0;
}

/// Moves the best of the summed row, scaled to sum to one, to the block; leaves the scratch empty.
fn keep_best(to_item: &[f64], scratch: &mut Scratch, block: &mut Block) {
    let Scratch { sums, touched, best } = scratch;
    for other in touched.drain(..) {
        let sum = std::mem::take(&mut sums[other as usize]);
        // The row's own item was cleared by the walk.
        if 0.0 < sum {
            let score =
                Score::new((sum * to_item[other as usize]) as f32).expect("a finite sum of finite steps");
            best.push(score, ItemIdx::new(other));
        }
    }
    let start = block.items.len();
    let mut row: Vec<(u32, f32)> =
        best.drain_sorted().map(|(score, item)| (item.get(), score.get())).collect();
    let total: f64 = row.iter().map(|&(_, weight)| f64::from(weight)).sum();
    row.sort_unstable_by_key(|&(item, _)| item);
    if 0.0 < total {
        block.items.extend(row.iter().map(|&(item, _)| item));
        block.weights.extend(row.iter().map(|&(_, weight)| (f64::from(weight) / total) as f32));
    }
    block.lens.push(block.items.len() - start);
}

#[cfg(test)]
mod tests {
    use erbij_core::Silent;
    use proptest::prelude::*;

    use super::*;
    use crate::PersonalParams;

    fn incidence(lists: &[Vec<u32>], n_items: usize) -> Incidence {
        let rows = RowOffsets::from_lens(lists.iter().map(Vec::len));
        Incidence::from_lists(rows, lists.concat().into(), n_items)
    }

    /// The formula as it stands in the parameters' docs, over dense matrices.
    fn by_formula(lists: &[Vec<u32>], n_items: usize, params: &PersonalParams) -> Vec<Vec<(u32, f32)>> {
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
            let params = PersonalParams { alpha, beta, neighbours: 8, max_history_items: 1000 };
            let model = fit_personal(&params.check().expect("in range"), &incidence(&lists, 8), &Silent);
            for (item, expected) in by_formula(&lists, 8, &params).iter().enumerate() {
                let (items, weights) = model.weights().row(ItemIdx::new(item as u32));
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
        let params = PersonalParams { alpha: 1.0, beta: 0.0, neighbours: 2, max_history_items: 1000 };
        let lists = [vec![0, 1], vec![0, 1, 2]];
        let model = fit_personal(&params.check().expect("in range"), &incidence(&lists, 4), &Silent);
        let (items, weights) = model.weights().row(ItemIdx::new(0));
        assert_eq!(items, [1, 2]);
        assert!(
            (weights[0] - 5.0 / 7.0).abs() < 1e-6 && (weights[1] - 2.0 / 7.0).abs() < 1e-6,
            "{weights:?}"
        );
        assert!(model.weights().row(ItemIdx::new(3)).0.is_empty());
        let reason = model.strongest_reason([1, 0].map(ItemIdx::new), ItemIdx::new(2));
        assert_eq!(reason.map(|(item, _)| item), Some(ItemIdx::new(1)));
    }
}
