//! The kernel against a dense singular value decomposition and against its formula.

use erbij_core::{ItemIdx, NeighbourOrder, RowOffsets, Silent};
use faer::Mat;
use proptest::prelude::*;

use super::lists::{Dense, NormalisedLists};
use super::svd::right_singular_vectors;
use super::table::{plus_scaled, strongest_of_rows};
use super::*;
use crate::gram::tests::{data, lists_of};
use crate::simd::tests::same_at_each_width;
use crate::{Incidence, LocalEaseParams, fit_local_ease};

const N_ITEMS: usize = 14;

/// `Y` as its formula stands, dense.
fn normalised(lists: &[Vec<u32>], n_items: usize) -> Mat<f64> {
    let popularity = |item| lists.iter().filter(|list| list.contains(&item)).count() as f64;
    Mat::from_fn(lists.len(), n_items, |list, item| {
        let item = item as u32;
        let scale = (lists[list].len() as f64 * popularity(item)).powf(-0.5);
        if lists[list].contains(&item) { scale } else { 0.0 }
    })
}

/// `V Vᵀ` of the `n_factors` leading right singular vectors by a dense decomposition; none where the first one
/// left out is as good, or the last one taken is next to nothing.
fn projector_by_dense_svd(y: &Mat<f64>, n_factors: usize) -> Option<Mat<f64>> {
    let svd = y.thin_svd().expect("converges");
    let values: Vec<f64> = svd.S().column_vector().iter().copied().collect();
    let rank = values.iter().filter(|&&value| 1e-6 < value).count();
    let n_factors = n_factors.min(rank);
    let (last, next) = (values[..n_factors].last()?, values.get(n_factors).copied().unwrap_or(0.0));
    let is_clear = 0.02 < *last && (n_factors == rank || 0.05 < last - next);
    let vectors = svd.V().subcols(0, n_factors);
    is_clear.then(|| vectors * vectors.transpose())
}

fn vectors(lists: &[Vec<u32>], n_items: usize, n_factors: usize) -> Dense {
    let data = data(lists, n_items, 0.5);
    same_at_each_width(|| right_singular_vectors(&NormalisedLists::new(&data), n_factors, 1, &Silent))
}

fn product(vectors: &Dense, j: usize, i: usize) -> f64 {
    let (j, i) = (vectors.rows(j..j + 1), vectors.rows(i..i + 1));
    j.iter().zip(i).map(|(&a, &b)| f64::from(a) * f64::from(b)).sum()
}

fn assert_projector(found: &Dense, expected: &Mat<f64>, tolerance: f64) {
    for j in 0..expected.nrows() {
        for i in 0..expected.ncols() {
            let (found, expected) = (product(found, j, i), expected[(j, i)]);
            assert!((found - expected).abs() < tolerance, "({j}, {i}): {found} and {expected}");
        }
    }
}

/// Rows of `T` in full, and of each the best `k`, as the docs have it.
fn table_by_formula(vectors: &Dense, roots: &[f32], k: usize) -> Vec<Vec<(u32, f64)>> {
    let row = |j: usize| {
        let value = |i: usize| product(vectors, j, i) * f64::from(roots[i]) / f64::from(roots[j]);
        let others = (0..vectors.n_rows).filter(|&i| i != j && value(i) != 0.0);
        let mut row: Vec<(u32, f64)> = others.map(|i| (i as u32, value(i))).collect();
        row.sort_by(|a, b| b.1.abs().total_cmp(&a.1.abs()).then(a.0.cmp(&b.0)));
        row.truncate(k);
        row.sort_by_key(|&(item, _)| item);
        row
    };
    (0..vectors.n_rows).map(row).collect()
}

fn rows(table: &Neighbours) -> Vec<Vec<(u32, f32)>> {
    let row = |item| {
        let (items, values) = table.row(ItemIdx::new(item as u32));
        items.iter().copied().zip(values.iter().copied()).collect()
    };
    (0..table.n_items()).map(row).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]
    #[test]
    fn vectors_are_those_of_a_dense_decomposition(
        lists in lists_of(N_ITEMS as u32, 40), n_factors in 1_usize..20,
    ) {
        if let Some(expected) = projector_by_dense_svd(&normalised(&lists, N_ITEMS), n_factors) {
            assert_projector(&vectors(&lists, N_ITEMS, n_factors), &expected, 1e-4);
        }
    }

    #[test]
    fn the_table_is_its_formula_and_its_best(
        // Eighths: products and sums of them are exact, and often equal.
        values in proptest::collection::vec(-2_i8..=2, 3 * 40), k in 1_usize..50,
    ) {
        let values = values.into_iter().map(|value| f32::from(value) / 8.0).collect();
        let vectors = Dense { n_rows: 40, width: 3, values };
        let roots: Vec<f32> = (0..40).map(|item| [1.0, 2.0, 0.5][item % 3]).collect();
        let found = rows(&strongest_of_rows(&vectors, &roots, k, &Silent));
        let found: Vec<Vec<(u32, f64)>> =
            found.into_iter().map(|row| row.into_iter().map(|(item, value)| (item, value.into())).collect()).collect();
        prop_assert_eq!(found, table_by_formula(&vectors, &roots, k));
    }

    #[test]
    fn a_sum_is_that_of_dense_rows(
        ours in lists_of(N_ITEMS as u32, N_ITEMS), theirs in lists_of(N_ITEMS as u32, N_ITEMS),
    ) {
        let table = |lists: &[Vec<u32>], value: f32| {
            let mut lists = lists.to_vec();
            lists.resize(N_ITEMS, vec![]);
            (0..).zip(&mut lists).for_each(|(row, list)| list.retain(|&item| item != row));
            let offsets = RowOffsets::from_lens(lists.iter().map(Vec::len));
            let items = lists.concat();
            let values: Vec<f32> = (1..=items.len()).map(|at| at as f32 * value).collect();
            Neighbours::new(offsets, items.into(), values.into(), N_ITEMS, NeighbourOrder::ByItem).expect("valid")
        };
        let (ours, theirs) = (table(&ours, 1.0), table(&theirs, -0.5));
        let dense = |table: &Neighbours| {
            let mut dense = vec![vec![0.0; N_ITEMS]; N_ITEMS];
            let entries = rows(table).into_iter().zip(&mut dense);
            entries.for_each(|(row, dense)| row.into_iter().for_each(|(item, value)| dense[item as usize] = value));
            dense.concat()
        };
        let sum = plus_scaled(&ours, &theirs, 2.0);
        let expected: Vec<f32> = dense(&ours).iter().zip(dense(&theirs)).map(|(our, their)| our + 2.0 * their).collect();
        prop_assert_eq!(dense(&sum), expected);
        prop_assert!(sum.columns().2.iter().all(|&value| value != 0.0));
    }
}

/// Lists of a catalogue in `n_groups` groups of items; every ninth list also holds an item of another group.
fn grouped_lists(n_items: u32, n_groups: u32) -> Vec<Vec<u32>> {
    let list = |at: u32| {
        let random = |entry: u32| (at * 31 + entry + 1).wrapping_mul(2_654_435_761) >> 12;
        let item = |entry| (at + n_groups * random(entry)) % n_items;
        let mut items: Vec<u32> = (0..8 + at % 12).map(item).collect();
        if at.is_multiple_of(9) {
            items.push((at + 1) % n_items);
        }
        items.sort_unstable();
        items.dedup();
        items
    };
    (0..8 * n_items).map(list).collect()
}

#[test]
fn of_a_catalogue_wider_than_the_block_the_leading_ones_are_found() {
    // 96 items, of which a block holds 6 + 16 columns.
    let lists = grouped_lists(96, 6);
    let expected = projector_by_dense_svd(&normalised(&lists, 96), 6).expect("six groups, six tastes");
    // Of those outside the block about a thousandth is left after the rounds, of values of 1/16.
    assert_projector(&vectors(&lists, 96, 6), &expected, 5e-4);
}

#[test]
fn hand_worked() {
    // Y has the columns of items 0 and 1 equal, [1/2, 1/2] in two lists, and item 2 alone with 1: two singular
    // values of 1, V Vᵀ = [[1/2, 1/2, 0], [1/2, 1/2, 0], [0, 0, 1]]. Item 3 is in no list.
    let lists = [vec![0, 1], vec![0, 1], vec![2]];
    let table = SpectralTable { n_factors: 16, neighbours: 9, seed: 5 }.fit(&data(&lists, 4, 0.5), &Silent);
    let value = |from: u32, to: u32| {
        let (items, values) = table.row(ItemIdx::new(from));
        items.iter().position(|&item| item == to).map_or(0.0, |at| values[at])
    };
    for (from, to, expected) in [(0, 1, 0.5), (1, 0, 0.5), (0, 2, 0.0), (2, 1, 0.0)] {
        assert!((value(from, to) - expected).abs() < 1e-6, "({from}, {to}): {}", value(from, to));
    }
    assert!(table.row(ItemIdx::new(3)).0.is_empty());
}

#[test]
fn nothing_in_nothing_out() {
    let table = SpectralTable { n_factors: 16, neighbours: 9, seed: 1 };
    for n_items in [0, 1, 3] {
        for lists in [vec![], vec![vec![], vec![]]] {
            let fitted = table.fit(&data(&lists, n_items, 0.5), &Silent);
            assert_eq!((fitted.n_items(), fitted.n_values()), (n_items, 0));
        }
    }
    assert_eq!(table.fit(&data(&[vec![0]], 1, 0.5), &Silent).n_values(), 0);
}

#[test]
fn items_nobody_bought_have_no_row_and_are_in_none() {
    let lists = grouped_lists(40, 4);
    let n_items = 43;
    let table =
        SpectralTable { n_factors: 16, neighbours: 100, seed: 1 }.fit(&data(&lists, n_items, 0.5), &Silent);
    let (_, items, values) = table.columns();
    assert!(0 < table.n_values() && values.iter().all(|value| value.is_finite()));
    assert!(items.iter().all(|&item| item < 40));
    assert!((40..43).all(|item| table.row(ItemIdx::new(item)).0.is_empty()));
}

#[test]
fn a_list_of_no_weight_is_no_list() {
    let attribute = Incidence::from_lists(RowOffsets::from_lens([40]), (0..40).collect(), 40);
    let table = SpectralTable { n_factors: 16, neighbours: 100, seed: 1 };
    let data = data(&grouped_lists(40, 4), 40, 0.5);
    let fit = |weight| table.fit(&data.clone().with_attributes(&attribute, weight), &Silent);
    assert_eq!(fit(0.0), table.fit(&data, &Silent));
    assert_ne!(fit(1.0), fit(0.0));
    assert_eq!(fit(1.0), fit(2.0));
}

fn fit(params: &LocalEaseParams) -> Neighbours {
    let params = params.check().expect("in range");
    let data = data(&grouped_lists(600, 20), 600, params.history_exponent());
    fit_local_ease(&params, &data, &[1; 600], &Silent)
}

#[test]
fn local_ease_adds_the_table_by_its_weight() {
    let plain = LocalEaseParams { neighbours: 20, ..LocalEaseParams::default() };
    // Without a weight the rest of the table's parameters say nothing.
    let off = LocalEaseParams { spectral_factors: 99, spectral_neighbours: 7, spectral_seed: 3, ..plain };
    assert_eq!(fit(&off), fit(&plain));
    let on = LocalEaseParams { spectral_weight: 0.25, ..off };
    let table = SpectralTable { n_factors: 99, neighbours: 7, seed: 3 };
    let table = table.fit(&data(&grouped_lists(600, 20), 600, 0.5), &Silent);
    assert!((0..600).all(|item| table.row(ItemIdx::new(item)).0.len() == 7));
    assert_eq!(fit(&on), plus_scaled(&fit(&plain), &table, 0.25));
}

#[test]
fn the_number_of_threads_does_not_show() {
    let params = LocalEaseParams {
        neighbours: 20,
        spectral_weight: 0.5,
        spectral_factors: 50,
        ..LocalEaseParams::default()
    };
    let fit_on = |n_threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(n_threads).build().expect("threads");
        let weights = pool.install(|| fit(&params));
        let bits: Vec<u32> = weights.columns().2.iter().map(|weight| weight.to_bits()).collect();
        (weights, bits)
    };
    let (one, three) = (fit_on(1), fit_on(3));
    assert_eq!(one, three);
    let another_start = LocalEaseParams { spectral_seed: 2, ..params };
    assert_ne!(fit(&another_start), one.0);
}

#[test]
fn bad_parameters_are_named_and_told_their_range() {
    let check = |params: LocalEaseParams, expected: &str| {
        assert_eq!(params.check().expect_err("out of range").to_string(), expected);
    };
    let default = LocalEaseParams::default;
    for (spectral_weight, found) in [(-0.1, "-0.1"), (10.5, "10.5"), (f64::NAN, "NaN")] {
        let expected = format!("`spectral_weight` is {found}, expected a number from 0 to 10");
        check(LocalEaseParams { spectral_weight, ..default() }, &expected);
    }
    for spectral_factors in [15, 2049] {
        let expected = format!("`spectral_factors` is {spectral_factors}, expected 16 to 2048");
        check(LocalEaseParams { spectral_factors, ..default() }, &expected);
    }
    for spectral_neighbours in [0, 10_001] {
        let expected = format!("`spectral_neighbours` is {spectral_neighbours}, expected 1 to 10000");
        check(LocalEaseParams { spectral_neighbours, ..default() }, &expected);
    }
    let expected = "`spectral_seed` is 9223372036854775808, expected 0 to 2^63 − 1";
    check(LocalEaseParams { spectral_seed: 1 << 63, ..default() }, expected);
    assert!(
        LocalEaseParams { spectral_seed: (1 << 63) - 1, spectral_weight: 10.0, ..default() }.check().is_ok()
    );
}
