//! Rerankers against hand-worked slates and against the whole objective computed for every candidate.

use erbij_core::{CatalogueColumns, Currency, StrColumn, VariantColumns};
use proptest::prelude::*;

use super::*;

fn catalogue(categories: &[&str]) -> Catalogue {
    let n_items = categories.len();
    let ids: StrColumn = (0..n_items).map(|i| format!("i{i}")).collect();
    let columns = CatalogueColumns {
        title: ids.clone(),
        link: ids.clone(),
        image_link: ids.clone(),
        brand: ids.clone(),
        category: categories.iter().collect(),
        ..CatalogueColumns::of_ids(ids)
    };
    Catalogue::new(columns, VariantColumns::default(), Currency::EUR).expect("valid")
}

fn items(numbers: &[u32]) -> Vec<ItemIdx> {
    numbers.iter().copied().map(ItemIdx::new).collect()
}

#[test]
fn what_is_like_a_pick_gives_way() {
    // 0 and 1 are twins, 2 is half like both, 3 like none.
    let similarity = |a: usize, b: usize| match (a.min(b), a.max(b)) {
        (0, 1) => 1.0,
        (0 | 1, 2) => 0.5,
        _ => 0.0,
    };
    let relevance = [1.0, 0.9, 0.8, 0.0];
    for (n, lambda, expected) in [
        (0, 0.5, &[][..]),
        (4, 1.0, &[0, 1, 2, 3]),
        // Second: twin .45 − .5, half .4 − .25, other 0. Third: twin −.05, other 0.
        (4, 0.5, &[0, 2, 3, 1]),
        // Second: twin .63 − .3, half .56 − .15, other 0. Third: twin .33.
        (4, 0.7, &[0, 2, 1, 3]),
        (9, 0.0, &[0, 3, 2, 1]),
        (1, 0.0, &[0]),
    ] {
        assert_eq!(mmr(&relevance, n, lambda, similarity), expected, "{n} at {lambda}");
    }
    assert_eq!(mmr(&[], 3, 0.5, similarity), [0; 0]);
    assert_eq!(mmr(&[1.0; 4], 4, 1.0, similarity), [0, 1, 2, 3], "ties go by rank");
}

#[test]
fn proximity_counts_the_shared_way_down() {
    let catalogue = catalogue(&["A > B > C", "A > B > D", "A", "A > E", "F", "", "A > B > C"]);
    for (a, b, expected) in [
        (0, 6, 1.0),
        (0, 1, 2.0 / 3.0),
        (0, 2, 1.0 / 3.0),
        (0, 3, 1.0 / 3.0),
        (2, 3, 0.5),
        (0, 4, 0.0),
        (0, 5, 0.0),
        (5, 5, 0.0),
    ] {
        let category = |item| catalogue.category(ItemIdx::new(item));
        for (a, b) in [(a, b), (b, a)] {
            let proximity = category_proximity(category(a), category(b), catalogue.categories());
            assert_eq!(proximity, expected, "{a} and {b}");
        }
    }
}

#[test]
fn a_slate_follows_the_history() {
    // Bought: two of A, one of B. The best four candidates are of A, the rest of B and C.
    let catalogue = catalogue(&["A", "A", "A", "A", "B", "B", "C", ""]);
    let calibration =
        Calibration::new(&items(&[0, 1, 4]), &items(&[0, 1, 2, 3, 4, 5, 6, 7]), &catalogue).expect("has p");
    assert_eq!(calibration.history, [2.0 / 3.0, 1.0 / 3.0]);
    assert_eq!(calibration.memberships[5], [(1, 1.0)]);
    assert_eq!(calibration.memberships[6..], [vec![], vec![]]);
    let relevance = [1.0, 0.9, 0.8, 0.7, 0.2, 0.1, 0.05, 0.0];
    assert_eq!(calibrated(&relevance, &calibration, 8, 0.0), [0, 1, 2, 3, 4, 5, 6, 7]);
    assert_eq!(calibrated(&relevance, &calibration, 3, 1.0), [0, 4, 1]);
    assert_eq!(calibrated(&relevance, &calibration, 6, 1.0), [0, 4, 1, 2, 5, 3]);
    assert_eq!(calibrated(&relevance, &calibration, 0, 0.5), [0; 0]);
    assert_eq!(calibrated(&relevance, &calibration, 99, 0.5).len(), 8);
}

#[test]
fn another_leaf_of_a_branch_is_nearer_than_another_branch() {
    let catalogue = catalogue(&["A > B", "D > E", "A > C"]);
    let calibration = Calibration::new(&items(&[0]), &items(&[1, 2]), &catalogue).expect("has p");
    assert_eq!(calibrated(&[1.0, 0.9], &calibration, 1, 0.0), [0]);
    assert_eq!(calibrated(&[1.0, 0.9], &calibration, 1, 0.5), [1]);
}

#[test]
fn a_history_without_categories_is_nothing_to_calibrate_to() {
    let catalogue = catalogue(&["A", "", ""]);
    assert_eq!(Calibration::new(&[], &items(&[0]), &catalogue), None);
    assert_eq!(Calibration::new(&items(&[1, 2]), &items(&[0]), &catalogue), None);
    let nobody = Calibration::new(&items(&[0]), &[], &catalogue).expect("has p");
    assert_eq!(calibrated(&[], &nobody, 3, 0.5), [0; 0]);
}

/// Maximal marginal relevance of a candidate, from its definition.
fn marginal_relevance(at: usize, picked: &[usize], relevance: &[f64], lambda: f64, alike: &[f64]) -> f64 {
    let n = relevance.len();
    let nearest = picked.iter().map(|&other| alike[at.min(other) * n + at.max(other)]).reduce(f64::max);
    nearest.map_or(relevance[at], |nearest| lambda * relevance[at] - (1.0 - lambda) * nearest)
}

/// Steck's objective of a slate, from its definition over the catalogue.
fn calibration_of(
    slate: &[ItemIdx],
    relevance: f64,
    history: &[ItemIdx],
    catalogue: &Catalogue,
    lambda: f64,
) -> f64 {
    let distribution = |items: &[ItemIdx]| {
        let mut shares = vec![0.0; catalogue.categories().len()];
        for leaf in items.iter().filter_map(|&item| catalogue.category(item)) {
            let n_above = catalogue.categories().ancestors(leaf).count() as f64;
            for category in catalogue.categories().ancestors(leaf) {
                shares[category.index()] += 1.0 / n_above;
            }
        }
        shares
    };
    let p = distribution(history);
    let n_known: f64 = p.iter().sum();
    let q = distribution(slate);
    let divergence = |(p, q): (&f64, &f64)| {
        let (p, q) = (p / n_known, q / slate.len() as f64);
        if p == 0.0 { 0.0 } else { p * (p / (0.99 * q + 0.01 * p)).ln() }
    };
    (1.0 - lambda) * relevance - lambda * p.iter().zip(&q).map(divergence).sum::<f64>()
}

const PATHS: [&str; 7] = ["A > B", "A > C", "A", "D > E > F", "D > E > G", "H", ""];

proptest! {
    /// Each pick is the first of the best of those left, by the definition; few values, so that ties are common.
    #[test]
    fn mmr_picks_the_best_of_those_left(
        ranks in proptest::collection::vec(0_u8..5, 0..12),
        alike in proptest::collection::vec(0_u8..5, 144),
        n in 0_usize..15,
        lambda in 0_u8..=4,
    ) {
        let relevance: Vec<f64> = ranks.iter().map(|&rank| f64::from(rank) / 4.0).collect();
        let alike: Vec<f64> = alike.iter().map(|&share| f64::from(share) / 4.0).collect();
        let lambda = f64::from(lambda) / 4.0;
        let mut expected: Vec<usize> = Vec::new();
        while expected.len() < n.min(relevance.len()) {
            // `max_by` keeps the last of equals, so the first of them comes last. Quarters have no rounding.
            let left = (0..relevance.len()).rev().filter(|at| !expected.contains(at));
            let value = |at| marginal_relevance(at, &expected, &relevance, lambda, &alike);
            let best = left.max_by(|&a, &b| value(a).total_cmp(&value(b))).expect("one is left");
            expected.push(best);
        }
        let similarity = |a: usize, b: usize| alike[a.min(b) * relevance.len() + a.max(b)];
        prop_assert_eq!(mmr(&relevance, n, lambda, similarity), expected);
    }

    /// No other pick makes a better slate by the whole objective, nor an equal candidate of a better rank.
    #[test]
    fn calibration_picks_the_best_of_those_left(
        candidates in proptest::collection::vec((0_usize..7, 0_u8..5), 0..12),
        bought in proptest::collection::vec(0_usize..7, 1..6),
        n in 0_usize..15,
        lambda in 0_u8..=4,
    ) {
        let paths: Vec<&str> =
            candidates.iter().map(|&(path, _)| path).chain(bought).map(|path| PATHS[path]).collect();
        let catalogue = catalogue(&paths);
        let all: Vec<ItemIdx> = (0..paths.len() as u32).map(ItemIdx::new).collect();
        let (listed, history) = all.split_at(candidates.len());
        let relevance: Vec<f64> = candidates.iter().map(|&(_, rank)| f64::from(rank) / 4.0).collect();
        let lambda = f64::from(lambda) / 4.0;
        let Some(calibration) = Calibration::new(history, listed, &catalogue) else {
            prop_assert!(history.iter().all(|&item| catalogue.category(item).is_none()));
            return Ok(());
        };
        let picked = calibrated(&relevance, &calibration, n, lambda);
        prop_assert_eq!(picked.len(), n.min(listed.len()));
        for (length, &pick) in picked.iter().enumerate() {
            let before = &picked[..length];
            let value = |at: usize| {
                let slate: Vec<usize> = before.iter().copied().chain([at]).collect();
                let sum = slate.iter().map(|&at| relevance[at]).sum();
                let items: Vec<ItemIdx> = slate.iter().map(|&at| listed[at]).collect();
                calibration_of(&items, sum, history, &catalogue, lambda)
            };
            for at in (0..listed.len()).filter(|at| !before.contains(at)) {
                prop_assert!(value(at) <= value(pick) + 1e-9, "{} rather than {}", at, pick);
                let is_equal = candidates[at] == candidates[pick];
                prop_assert!(!(is_equal && at < pick), "{} before {}", pick, at);
            }
        }
    }
}
