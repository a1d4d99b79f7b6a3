//! Against the formula as it is written, and what a floor leaves.

use erbij_core::{HistoryScorer, ItemIdx, RowOffsets, Silent};
use proptest::prelude::*;

use super::*;
use crate::ItemWeights;
use crate::incidence::Incidence;
use crate::weighted_incidence::WeightedIncidence;

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
        let mut row: Vec<(u32, f64)> = others.map(|i| (i, weight(j, i))).filter(|&(_, w)| 0.0 < w).collect();
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
        // Of few items rows are long and full, of many short and nearly empty.
        n_items in prop_oneof![Just(7_u32), Just(12), Just(40)],
    ) {
        let whole = |lists: Vec<std::collections::BTreeSet<u32>>| -> Vec<Vec<u32>> {
            let within = |list: std::collections::BTreeSet<u32>| -> Vec<u32> {
                let list: std::collections::BTreeSet<u32> = list.into_iter().map(|i| i % n_items).collect();
                list.into_iter().collect()
            };
            lists.into_iter().map(within).collect()
        };
        let (people, attributes) = (whole(people), whole(attributes));
        let params = Rp3betaParams { alpha: 0.6, beta: 0.3, neighbours: n_items };
        let (n, min_people) = (n_items as usize, &min_people[..n_items as usize]);
        let data = lists(&people, n).with_attributes(&incidence(&attributes, n), 1.0);
        let model = fit_rp3beta(&params.check().expect("in range"), &data, min_people, &Silent);
        let expected = by_formula_above_floor(&people, &attributes, min_people, &params);
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
    let model = ItemWeights::new(fit_rp3beta(&params.check().expect("in range"), &data, &[1; 4], &Silent));
    let (items, weights) = model.weights().row(ItemIdx::new(0));
    assert_eq!(items, [1, 2]);
    assert!((weights[0] - 5.0 / 7.0).abs() < 1e-6 && (weights[1] - 2.0 / 7.0).abs() < 1e-6, "{weights:?}");
    assert!(model.weights().row(ItemIdx::new(3)).0.is_empty());
    let history = [1, 0].map(ItemIdx::new);
    let said = model.contributions_of(&history, &[0, 2, 3].map(ItemIdx::new));
    let items: Vec<_> = said.iter().map(|said| said.first().map(|&(item, _)| item.get())).collect();
    assert_eq!(items, [Some(1), Some(0), None], "of equals the first by item");
}
