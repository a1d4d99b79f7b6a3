//! EASE and local EASE against their formulas in dense f64 arithmetic, and against each other.

use erbij_core::{ItemIdx, Neighbours, Silent};
use proptest::prelude::*;

use crate::gram::tests::{by_formula as gram_by_formula, data, lists_of};
use crate::simd::tests::same_at_each_width;
use crate::{EaseError, EaseParams, KeepWeights, LocalEaseParams, fit_ease, fit_local_ease};

const N_ITEMS: usize = 14;

/// The inverse, by Gauss-Jordan elimination; for positive definite matrices no rows need be exchanged.
fn inverse(mut rows: Vec<Vec<f64>>) -> Vec<Vec<f64>> {
    let n = rows.len();
    for (at, row) in rows.iter_mut().enumerate() {
        row.extend((0..n).map(|column| if column == at { 1.0 } else { 0.0 }));
    }
    for at in 0..n {
        let pivot = rows[at][at];
        rows[at].iter_mut().for_each(|value| *value /= pivot);
        let pivot_row = rows[at].clone();
        for (_, row) in rows.iter_mut().enumerate().filter(|&(row, _)| row != at) {
            let factor = row[at];
            row.iter_mut().zip(&pivot_row).for_each(|(value, pivot)| *value -= factor * pivot);
        }
    }
    rows.into_iter().map(|row| row[n..].to_vec()).collect()
}

/// `b_ji` as the parameters' docs have it, of the items `among` that have a list.
fn by_formula(lists: &[Vec<u32>], params: &EaseParams, among: &[usize]) -> Vec<Vec<f64>> {
    let gram = gram_by_formula(lists, N_ITEMS, params.history_exponent);
    let ridge = |i: usize| {
        params.l2 * gram[i][i].powf(params.normalisation)
            + params.dropout / (1.0 - params.dropout) * gram[i][i]
    };
    let among: Vec<usize> = among.iter().copied().filter(|&i| 0.0 < gram[i][i]).collect();
    let value = |i: usize, j: usize| gram[i][j] + if i == j { ridge(i) } else { 0.0 };
    let block = among.iter().map(|&i| among.iter().map(|&j| value(i, j)).collect()).collect();
    let p = inverse(block);
    let mut weights = vec![vec![0.0; N_ITEMS]; N_ITEMS];
    for (a, &j) in among.iter().enumerate() {
        for (b, &i) in among.iter().enumerate().filter(|&(b, _)| b != a) {
            let scale = gram[i][i].powf(-params.target_exponent) * gram[j][j].powf(-params.source_exponent);
            weights[j][i] = -p[a][b] / p[b][b] * scale;
        }
    }
    weights
}

fn dense(weights: &Neighbours) -> Vec<Vec<f64>> {
    let row = |item: usize| {
        let mut row = vec![0.0; weights.n_items()];
        let (items, weights) = weights.row(ItemIdx::new(item as u32));
        items.iter().zip(weights).for_each(|(&item, &weight)| row[item as usize] = f64::from(weight));
        row
    };
    (0..weights.n_items()).map(row).collect()
}

fn ease(lists: &[Vec<u32>], n_items: usize, params: &EaseParams) -> Result<Neighbours, EaseError> {
    let params = params.check().expect("in range");
    fit_ease(&params, &data(lists, n_items, params.history_exponent()), &Silent)
}

fn local_ease(lists: &[Vec<u32>], n_items: usize, params: &LocalEaseParams) -> Neighbours {
    let params = params.check().expect("in range");
    let data = data(lists, n_items, params.history_exponent());
    let anybody = vec![1; n_items];
    same_at_each_width(|| fit_local_ease(&params, &data, &anybody, &Silent))
}

/// Local EASE with the parameters it shares with EASE.
fn local_params(params: &EaseParams, neighbours: u32, selection: f64) -> LocalEaseParams {
    let &EaseParams {
        l2, normalisation, dropout, history_exponent, target_exponent, source_exponent, ..
    } = params;
    LocalEaseParams {
        neighbours,
        l2,
        normalisation,
        selection,
        dropout,
        history_exponent,
        target_exponent,
        source_exponent,
        ..LocalEaseParams::default()
    }
}

/// Each weight of the plain fit, taken to the power with its sign kept, is the weight of the fit with a power.
#[test]
fn a_power_changes_each_weight_by_itself() {
    let lists = [vec![0, 1, 2], vec![0, 1], vec![1, 2], vec![0, 2, 3], vec![3, 1]];
    let with =
        |weight_power| LocalEaseParams { neighbours: 3, l2: 0.5, weight_power, ..LocalEaseParams::default() };
    let (plain, powered) = (local_ease(&lists, 4, &with(1.0)), local_ease(&lists, 4, &with(2.0)));
    for item in (0..4).map(ItemIdx::new) {
        let ((items, weights), (same_items, squares)) = (plain.row(item), powered.row(item));
        assert_eq!(items, same_items);
        for (&weight, &square) in weights.iter().zip(squares) {
            assert!((square - weight * weight.abs()).abs() < 1e-6, "{weight} and {square}");
        }
    }
}

fn assert_near(found: &[Vec<f64>], expected: &[Vec<f64>]) {
    for (j, (found, expected)) in found.iter().zip(expected).enumerate() {
        for (i, (found, expected)) in found.iter().zip(expected).enumerate() {
            assert!((found - expected).abs() < 2e-5, "weight from {j} to {i}: {found} and {expected}");
        }
    }
}

fn any_params() -> impl Strategy<Value = EaseParams> {
    let exponents = (0.0..1.0_f64, 0.0..1.0_f64, 0.0..0.5_f64, 0.0..0.5_f64);
    (0.5..20.0_f64, 0.0..0.8_f64, exponents).prop_map(|(l2, dropout, exponents)| {
        let (normalisation, history_exponent, target_exponent, source_exponent) = exponents;
        EaseParams {
            l2,
            dropout,
            normalisation,
            history_exponent,
            target_exponent,
            source_exponent,
            ..EaseParams::default()
        }
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]
    #[test]
    fn both_are_the_formula(lists in lists_of(N_ITEMS as u32, 40), params in any_params()) {
        let expected = by_formula(&lists, &params, &Vec::from_iter(0..N_ITEMS));
        assert_near(&dense(&ease(&lists, N_ITEMS, &params).expect("small")), &expected);
        // An item that shares no list is no neighbour, and indeed `b` of items only linked over others is not
        // zero: such cases are the regression on fewer items, which the next test looks at.
        let gram = gram_by_formula(&lists, N_ITEMS, 0.0);
        if gram.iter().flatten().all(|&value| 0.0 < value) {
            let local = local_ease(&lists, N_ITEMS, &local_params(&params, 100, 0.5));
            assert_near(&dense(&local), &expected);
        }
    }

    #[test]
    fn local_ease_is_the_formula_among_the_neighbours(
        lists in lists_of(N_ITEMS as u32, 60), params in any_params(), k in 1_usize..8, selection in 0.0..1.0_f64,
    ) {
        let found = dense(&local_ease(&lists, N_ITEMS, &local_params(&params, k as u32, selection)));
        let gram = gram_by_formula(&lists, N_ITEMS, params.history_exponent);
        for i in 0..N_ITEMS {
            let strength = |j: usize| gram[i][j] * gram[j][j].powf(-selection / 2.0);
            let mut others: Vec<usize> = (0..N_ITEMS).filter(|&j| j != i && 0.0 < gram[i][j]).collect();
            others.sort_by(|&a, &b| strength(b).total_cmp(&strength(a)).then(a.cmp(&b)));
            // Where the last one in and the first one out are equal but for rounding, the cut is luck.
            if k < others.len() && (strength(others[k - 1]) - strength(others[k])).abs() < 1e-5 {
                continue;
            }
            others.truncate(k);
            others.push(i);
            let expected = by_formula(&lists, &params, &others);
            for j in 0..N_ITEMS {
                prop_assert!(
                    (found[j][i] - expected[j][i]).abs() < 2e-5,
                    "from {} to {}: {} and {}", j, i, found[j][i], expected[j][i]
                );
            }
        }
    }
}

/// Every pair of items shares a list, so that to local EASE every item can be a neighbour.
fn connected_lists(n_items: u32) -> Vec<Vec<u32>> {
    let pairs = (0..n_items).flat_map(|a| (a + 1..n_items).map(move |b| vec![a, b]));
    pairs.chain((1..n_items).map(|n| (0..n).collect())).collect()
}

#[test]
fn with_every_item_a_neighbour_local_ease_is_ease() {
    let lists = connected_lists(N_ITEMS as u32);
    for (l2, dropout, normalisation) in [(1.0, 0.0, 0.0), (30.0, 0.5, 0.0), (5.0, 0.25, 0.75)] {
        let params = EaseParams { l2, dropout, normalisation, ..EaseParams::default() };
        let everywhere = dense(&ease(&lists, N_ITEMS, &params).expect("small"));
        assert_near(&dense(&local_ease(&lists, N_ITEMS, &local_params(&params, 13, 0.0))), &everywhere);
        assert!(everywhere.iter().flatten().filter(|&&weight| weight != 0.0).count() == 13 * 14);
    }
}

#[test]
fn hand_worked() {
    // Items 0 and 1 are bought 3 and 2 times, twice together; item 2 once, alone; item 3 never.
    let lists = [vec![0, 1], vec![0, 1], vec![0], vec![2], vec![]];
    // With l2 = 1 the block is [[4, 2], [2, 3]], its inverse [[3, -2], [-2, 4]] / 8: b_01 = 2/4, b_10 = 2/3.
    // With dropout 1/2 the diagonal of G comes once more: [[7, 2], [2, 5]]: b_01 = 2/7, b_10 = 2/5.
    for (dropout, from_0, from_1) in [(0.0, 2.0 / 4.0, 2.0 / 3.0), (0.5, 2.0 / 7.0, 2.0 / 5.0)] {
        let params = EaseParams { l2: 1.0, dropout, ..EaseParams::default() };
        let everywhere = ease(&lists, 4, &params).expect("small");
        let local = local_ease(&lists, 4, &local_params(&params, 100, 0.5));
        for weights in [everywhere, local] {
            let row = |item| weights.row(ItemIdx::new(item));
            assert_eq!((row(0).0, row(1).0, row(2).0, row(3).0), (&[1][..], &[0][..], &[][..], &[][..]));
            assert!((row(0).1[0] - from_0).abs() < 1e-6, "{:?}", row(0));
            assert!((row(1).1[0] - from_1).abs() < 1e-6, "{:?}", row(1));
        }
    }
}

#[test]
fn the_cut_keeps_what_it_says() {
    // Items 1 and 2 each go with 0 but not with each other: between them the weight is negative, and stronger
    // than the one to 0 once popular items are held back.
    let lists: Vec<Vec<u32>> = (0..40).map(|at| vec![0, 1 + at % 2]).collect();
    let row_of_1 = |neighbours, keep| {
        let params = EaseParams { l2: 1.0, target_exponent: 0.25, neighbours, keep, ..EaseParams::default() };
        let weights = ease(&lists, 3, &params).expect("small");
        let (items, weights) = weights.row(ItemIdx::new(1));
        (items.to_vec(), weights.to_vec())
    };
    let (items, weights) = row_of_1(2, KeepWeights::Largest);
    assert_eq!(items, [0, 2]);
    assert!(0.0 < weights[0] && weights[1] < -weights[0], "{weights:?}");
    assert_eq!(row_of_1(1, KeepWeights::Strongest), (vec![2], vec![weights[1]]));
    assert_eq!(row_of_1(1, KeepWeights::Largest), (vec![0], vec![weights[0]]));
}

#[test]
fn nothing_in_nothing_out() {
    for n_items in [0, 3] {
        for lists in [vec![], vec![vec![], vec![]]] {
            assert_eq!(ease(&lists, n_items, &EaseParams::default()).expect("small").n_values(), 0);
            assert_eq!(local_ease(&lists, n_items, &LocalEaseParams::default()).n_values(), 0);
        }
    }
}

#[test]
fn too_large_a_matrix_is_refused_with_what_to_do() {
    let params = EaseParams { max_memory_gib: 0.001, ..EaseParams::default() };
    let lists = [vec![0, 1]];
    assert!(ease(&lists, 518, &params).is_ok());
    let error = ease(&lists, 519, &params).expect_err("519² · 4 bytes are more than 0.001 GiB");
    assert_eq!(
        error.to_string(),
        "EASE of 519 items needs a matrix of 0.00 GiB, and `max_memory_gib` is 0.001, enough for 518 items; use \
         `local_ease`, which needs no such matrix, or raise `max_memory_gib`"
    );
}

/// Lists that link all of a catalogue wider than several blocks of the matrix.
fn many_lists(n_items: u32) -> Vec<Vec<u32>> {
    let list = |at: u32| {
        let mut items: Vec<u32> =
            (0..2 + at % 9).map(|entry| (at * 7 + entry * entry * (at % 83)) % n_items).collect();
        items.sort_unstable();
        items.dedup();
        items
    };
    (0..4 * n_items).map(list).collect()
}

#[test]
fn the_number_of_threads_does_not_show() {
    let lists = many_lists(600);
    let fit = |n_threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(n_threads).build().expect("threads");
        pool.install(|| {
            let params = EaseParams { l2: 3.0, ..EaseParams::default() };
            (
                ease(&lists, 600, &params).expect("small"),
                local_ease(&lists, 600, &LocalEaseParams { neighbours: 50, ..LocalEaseParams::default() }),
            )
        })
    };
    let (one, two, three) = (fit(1), fit(2), fit(3));
    let bits = |weights: &Neighbours| weights.columns().2.iter().map(|w| w.to_bits()).collect::<Vec<_>>();
    assert!(0 < one.0.n_values() && 0 < one.1.n_values());
    for other in [two, three] {
        assert_eq!(one, other);
        assert_eq!((bits(&one.0), bits(&one.1)), (bits(&other.0), bits(&other.1)));
    }
}

#[test]
fn bad_parameters_are_named() {
    let dense_name = |params: EaseParams| params.check().expect_err("out of range").name;
    let default = EaseParams::default;
    assert_eq!(dense_name(EaseParams { l2: 0.0, ..default() }), "l2");
    assert_eq!(dense_name(EaseParams { l2: f64::NAN, ..default() }), "l2");
    assert_eq!(dense_name(EaseParams { dropout: 1.0, ..default() }), "dropout");
    assert_eq!(dense_name(EaseParams { normalisation: -0.1, ..default() }), "normalisation");
    assert_eq!(dense_name(EaseParams { history_exponent: 2.1, ..default() }), "history_exponent");
    assert_eq!(dense_name(EaseParams { target_exponent: f64::NAN, ..default() }), "target_exponent");
    assert_eq!(dense_name(EaseParams { source_exponent: 3.0, ..default() }), "source_exponent");
    assert_eq!(dense_name(EaseParams { neighbours: 0, ..default() }), "neighbours");
    assert_eq!(dense_name(EaseParams { max_memory_gib: f64::INFINITY, ..default() }), "max_memory_gib");
    let local_name = |params: LocalEaseParams| params.check().expect_err("out of range").name;
    let default = LocalEaseParams::default;
    assert_eq!(local_name(LocalEaseParams { neighbours: 4001, ..default() }), "neighbours");
    assert_eq!(local_name(LocalEaseParams { l2: -1.0, ..default() }), "l2");
    assert_eq!(local_name(LocalEaseParams { selection: 2.5, ..default() }), "selection");
    assert_eq!(local_name(LocalEaseParams { dropout: -0.1, ..default() }), "dropout");
}
