//! Fits RP3beta in one pass that sums every pair of items once.
//!
//! The walk's weight splits into a part that depends on the pair, `S_ij = Σ_u (1/d_u)^alpha`, and factors of
//! its two ends. `S` is symmetric, so only `i > j` is summed, and what comes of it is offered to the row of
//! both: half the additions, and as items are numbered by popularity, half of a row is the half that lies
//! close together in memory.
//!
//! A pair seen once is also a pair whose people are counted once: below the floor, what they say of it is dropped,
//! and what its items have in common is left.
//!
//! Cost: `Σ_u d_u² / 2` additions, whatever the size of the catalogue. Memory: an accumulator of 16 bytes an item a
//! thread, and at most `2k` candidates of 8 bytes an item, once.

use std::ops::Range;
use std::sync::Mutex;

use erbij_core::{ItemIdx, Progress, RowOffsets, Score, TopK};
use rayon::prelude::*;

use crate::neighbours::{NeighbourOrder, Neighbours};
use crate::rp3beta::CheckedRp3betaParams;
use crate::share_out::share_out;
use crate::weighted_incidence::WeightedIncidence;

/// Sums looked at together: enough for the compiler to compare several at once.
const LANES: usize = 8;

const NO_POISON: &str = "nothing can panic while the lock is held";

/// One thread's scratch: the row being summed.
struct Scratch {
    sums: Vec<f64>,
    /// How many people hold both; empty where one is enough.
    n_people: Vec<u32>,
    /// Per row the score that a candidate must reach, as this thread knows it, above zero: nothing comes of a sum of
    /// zero. Other threads may have raised it since; the row itself knows.
    bars: Vec<f32>,
}

/// What all rows share.
struct Walks<'a> {
    data: &'a WeightedIncidence,
    /// Per customer, `(1/d_u)^alpha`; per attribute, that times its weight.
    from_list: Vec<f64>,
    /// Per item, `1/d_i^beta`.
    to_item: Vec<f64>,
    min_people: &'a [u32],
    /// Per row the best so far. What is kept in the end is the best of all, in whatever order they came.
    best: Vec<Mutex<TopK<ItemIdx>>>,
}

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
    assert_eq!(min_people.len(), n_items, "one number of people an item");
    let list_weight = |list: u32| f64::from(data.list_weights()[list as usize]);
    let from_list =
        |list: u32| list_weight(list) * (lists.items_of(list).len().max(1) as f64).powf(-params.alpha());
    // An item of no list is walked to from nowhere; any degree will do.
    let degree = |item: u32| -> f64 {
        let degree: f64 = lists.lists_of(item).iter().map(|&list| list_weight(list)).sum();
        if 0.0 < degree { degree } else { 1.0 }
    };
    let new_best = || Mutex::new(TopK::new(params.neighbours()));
    let walks = Walks {
        data,
        from_list: (0..lists.n_lists() as u32).map(from_list).collect(),
        to_item: (0..n_items as u32).map(|item| degree(item).powf(-params.beta())).collect(),
        min_people,
        best: std::iter::repeat_with(new_best).take(n_items).collect(),
    };
    let has_floor = min_people.iter().any(|&n| 1 < n);
    let new_scratch = || Scratch {
        sums: vec![0.0; n_items],
        n_people: vec![0; if has_floor { n_items } else { 0 }],
        bars: vec![f32::MIN_POSITIVE; n_items],
    };
    progress.begin("fitting rp3beta", Some(n_items as u64), "items");
    let on_block = |scratch: &mut Scratch, items: Range<usize>| {
        for item in items {
            walks.sum_row(item, scratch);
        }
    };
    share_out(n_items, new_scratch, on_block, progress);
    assemble(walks.best)
}

impl Walks<'_> {
    /// Sums `S` of an item with every item before it, and offers each pair to both rows.
    fn sum_row(&self, item: usize, scratch: &mut Scratch) {
        let lists = self.data.incidence().lists_of(item as u32);
        let n_people = lists.partition_point(|&list| (list as usize) < self.data.n_people());
        let (people, attributes) = lists.split_at(n_people);
        let mut n_additions;
        if scratch.n_people.is_empty() {
            n_additions =
                self.add_lists(item, people, scratch, |sums, _, other, weight| sums[other] += weight);
        } else {
            n_additions = self.add_lists(item, people, scratch, |sums, n_people, other, weight| {
                sums[other] += weight;
                n_people[other] += 1;
            });
            self.drop_below_floor(item, people, is_full(item, n_additions), scratch);
        }
        n_additions +=
            self.add_lists(item, attributes, scratch, |sums, _, other, weight| sums[other] += weight);
        if is_full(item, n_additions) {
            self.offer_all(item, scratch);
        } else {
            self.offer_touched(item, lists, scratch);
        }
    }

    /// Adds the lists given to the pairs of an item with every item before it; how many additions that took.
    #[inline]
    fn add_lists(
        &self,
        item: usize,
        lists: &[u32],
        scratch: &mut Scratch,
        add: impl Fn(&mut [f64], &mut [u32], usize, f64),
    ) -> usize {
        let Scratch { sums, n_people, .. } = scratch;
        let n_counted = n_people.len().min(item + 1);
        let (sums, n_people) = (&mut sums[..=item], &mut n_people[..n_counted]);
        let mut n_additions = 0;
        self.data.incidence().for_each_list(lists, |list, items| {
            let weight = self.from_list[list as usize];
            for &other in items {
                if other as usize == item {
                    break;
                }
                add(sums, n_people, other as usize, weight);
                n_additions += 1;
            }
        });
        n_additions
    }

    /// Drops what too few people say of a pair, and their number.
    fn drop_below_floor(&self, item: usize, people: &[u32], is_full: bool, scratch: &mut Scratch) {
        let least = self.min_people[item];
        let Scratch { sums, n_people, .. } = scratch;
        let judge = |sum: &mut f64, n_people: &mut u32, least_of_other: u32| {
            *sum = if *n_people < least.max(least_of_other) { 0.0 } else { *sum };
        };
        if is_full {
            let pairs = sums[..item].iter_mut().zip(&mut n_people[..item]).zip(self.min_people);
            pairs.for_each(|((sum, n_people), &least_of_other)| judge(sum, n_people, least_of_other));
            n_people[..item].fill(0);
            return;
        }
        let others = || people.iter().flat_map(|&list| self.before(item, list));
        for other in others() {
            judge(&mut sums[other], &mut n_people[other], self.min_people[other]);
        }
        for other in others() {
            n_people[other] = 0;
        }
    }

    /// The items of a list before this one.
    fn before(&self, item: usize, list: u32) -> impl Iterator<Item = usize> {
        let items = self.data.incidence().items_of(list).iter();
        items.map(|&other| other as usize).take_while(move |&other| other < item)
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
    fn offer_touched(&self, item: usize, lists: &[u32], scratch: &mut Scratch) {
        for &list in lists {
            for other in self.before(item, list) {
                self.offer(item, other, scratch);
                scratch.sums[other] = 0.0;
            }
        }
    }

    /// Offers a pair to the rows of both its items.
    #[inline]
    fn offer(&self, item: usize, other: usize, scratch: &mut Scratch) {
        let sum = scratch.sums[other];
        for (row, end) in [(item, other), (other, item)] {
            let score = (sum * self.to_item[end]) as f32;
            let bar = &mut scratch.bars[row];
            if *bar <= score {
                let score = Score::new(score).expect("a finite sum of finite steps");
                let mut best = self.best[row].lock().expect(NO_POISON);
                best.push(score, ItemIdx::new(end as u32));
                *bar = best.threshold().max(f32::MIN_POSITIVE);
            }
        }
    }
}

/// Whether so much was added to a row that it is cheaper to look at all of it than at what was added.
fn is_full(item: usize, n_additions: usize) -> bool {
    item < 4 * n_additions
}

/// Scales rows to sum to one, and joins them.
fn assemble(best: Vec<Mutex<TopK<ItemIdx>>>) -> Neighbours {
    let n_items = best.len();
    let of_row = |best: Mutex<TopK<ItemIdx>>| scaled_row(best.into_inner().expect(NO_POISON));
    let rows: Vec<Vec<(u32, f32)>> = best.into_par_iter().map(of_row).collect();
    let offsets = RowOffsets::from_lens(rows.iter().map(Vec::len));
    let items: Vec<u32> = rows.iter().flatten().map(|&(item, _)| item).collect();
    let weights: Vec<f32> = rows.iter().flatten().map(|&(_, weight)| weight).collect();
    Neighbours::new(offsets, items.into(), weights.into(), n_items, NeighbourOrder::ByItem)
        .expect("rows were cut, scaled and sorted just above")
}

fn scaled_row(mut best: TopK<ItemIdx>) -> Vec<(u32, f32)> {
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
    use crate::incidence::Incidence;
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
        let found = fit_rp3beta(&params, &with_attribute, &[1; 4], &Silent);
        assert_eq!(found, fit_rp3beta(&params, &lists(&customers, 4), &[1; 4], &Silent));
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
            let model = fit_rp3beta(&params.check().expect("in range"), &data, &[1; 8], &Silent);
            for (item, expected) in by_formula(&lists, 8, &params).iter().enumerate() {
                let (items, weights) = model.row(ItemIdx::new(item as u32));
                prop_assert_eq!(items, expected.iter().map(|&(i, _)| i).collect::<Vec<_>>());
                for (&found, &(_, expected)) in weights.iter().zip(expected) {
                    prop_assert!((found - expected).abs() < 1e-6, "{} and {}", found, expected);
                }
            }
        }
    }

    /// A pair each: what people say of it counts where enough of them hold both, what attributes say always.
    fn by_formula_above_floor(
        people: &[Vec<u32>],
        attributes: &[Vec<u32>],
        min_people: &[u32],
        params: &Rp3betaParams,
    ) -> Vec<Vec<(u32, f64)>> {
        let n_items = min_people.len() as u32;
        let hold = |lists: &[Vec<u32>], i: u32, j: u32| -> Vec<usize> {
            lists.iter().filter(|list| list.contains(&i) && list.contains(&j)).map(Vec::len).collect()
        };
        let degree = |i: u32| (hold(people, i, i).len() + hold(attributes, i, i).len()).max(1) as f64;
        let walks = |lens: &[usize]| lens.iter().map(|&len| (len as f64).powf(-params.alpha)).sum::<f64>();
        let weight = |i: u32, j: u32| {
            let holders = hold(people, i, j);
            let least = min_people[i as usize].max(min_people[j as usize]) as usize;
            let said = if least <= holders.len() { walks(&holders) } else { 0.0 };
            (said + walks(&hold(attributes, i, j))) * degree(j).powf(-params.beta)
        };
        let row = |i: u32| {
            let others = (0..n_items).filter(|&j| j != i).map(|j| (j, weight(i, j)));
            let row: Vec<(u32, f64)> = others.filter(|&(_, weight)| 0.0 < weight).collect();
            let total: f64 = row.iter().map(|&(_, weight)| weight).sum();
            row.into_iter().map(|(j, weight)| (j, weight / total)).collect()
        };
        (0..n_items).map(row).collect()
    }

    proptest! {
        #[test]
        fn what_too_few_people_say_is_not_heard(
            people in proptest::collection::vec(proptest::collection::btree_set(0_u32..40, 0..6), 0..40),
            attributes in proptest::collection::vec(proptest::collection::btree_set(0_u32..40, 0..4), 0..4),
            min_people in proptest::collection::vec(1_u32..4, 40),
        ) {
            let whole = |lists: Vec<std::collections::BTreeSet<u32>>| -> Vec<Vec<u32>> {
                lists.into_iter().map(|list| list.into_iter().collect()).collect()
            };
            let (people, attributes) = (whole(people), whole(attributes));
            let params = Rp3betaParams { alpha: 0.6, beta: 0.3, neighbours: 40 };
            let data = lists(&people, 40).with_attributes(&incidence(&attributes, 40), 1.0);
            let model = fit_rp3beta(&params.check().expect("in range"), &data, &min_people, &Silent);
            let expected = by_formula_above_floor(&people, &attributes, &min_people, &params);
            for (item, expected) in expected.iter().enumerate() {
                let (items, weights) = model.row(ItemIdx::new(item as u32));
                prop_assert_eq!(items, expected.iter().map(|&(i, _)| i).collect::<Vec<_>>());
                for (&found, &(_, expected)) in weights.iter().zip(expected) {
                    prop_assert!((f64::from(found) - expected).abs() < 1e-6, "{} and {}", found, expected);
                }
            }
        }
    }

    /// Far more items than a list holds: rows are nearly empty, and nothing as wide as the catalogue is looked at for
    /// one. Full rows and nearly empty ones are cut alike.
    #[test]
    fn a_sparse_shop_and_a_dense_one_keep_the_best_of_each_row() {
        // A list each: an item in all, one in every third, and a pair of its own.
        let customers: Vec<Vec<u32>> =
            (0..300_u32).map(|u| [vec![0, 1 + u % 3], vec![10 + 2 * u, 11 + 2 * u]].concat()).collect();
        let params = Rp3betaParams { alpha: 1.0, beta: 0.5, neighbours: 2 }.check().expect("in range");
        for min_people in [1, 2] {
            let model = fit_rp3beta(&params, &lists(&customers, 700), &vec![min_people; 700], &Silent);
            let row = |item| model.row(ItemIdx::new(item)).0.to_vec();
            // Twins have each other, then what fewer have.
            let alone = min_people == 1;
            assert_eq!(row(10), if alone { vec![1, 11] } else { vec![] });
            assert_eq!(row(609), if alone { vec![3, 608] } else { vec![] });
            assert_eq!(row(1)[0], 0);
            assert_eq!((row(0), row(699)), (vec![1, 2], vec![]));
        }
    }

    #[test]
    fn hand_worked() {
        // Item 0 is bought by customers 0 {0,1} and 1 {0,1,2}; alpha 1, beta 0: the walk from 0 reaches 1
        // with 1/2 + 1/3 and 2 with 1/3; scaled to one that is 5/7 and 2/7.
        let params = Rp3betaParams { alpha: 1.0, beta: 0.0, neighbours: 2 };
        let data = lists(&[vec![0, 1], vec![0, 1, 2]], 4);
        let model =
            ItemWeights::new(fit_rp3beta(&params.check().expect("in range"), &data, &[1; 4], &Silent));
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
