//! Hand-worked rankings, a nearest-neighbour search that looks at everybody, and files that are refused.

use std::collections::BTreeMap;

use erbij_core::{CustomerIdx, ItemIdx, ScoreBoard, Silent};
use erbij_people::{RepeatParams, fit_repeat};
use proptest::collection::vec;
use proptest::prelude::*;

use super::*;

fn items(numbers: &[u32]) -> Vec<ItemIdx> {
    numbers.iter().copied().map(ItemIdx::new).collect()
}

fn baskets_of(histories: &[Vec<Vec<u32>>], n_items: usize) -> NextBaskets {
    NextBaskets {
        ids: (0..histories.len()).map(|customer| customer.to_string()).collect(),
        histories: histories.iter().map(|history| history.iter().map(|b| items(b)).collect()).collect(),
        next: histories.iter().map(|history| items(&history[0][..1])).collect(),
        n_items,
    }
}

#[test]
fn ties_go_to_what_stands_first() {
    let baskets = baskets_of(&[vec![vec![5, 3], vec![3, 1], vec![5, 9]], vec![vec![9, 2]]], 10);
    let ranking = |model: TopFreq, customer| model.rankings(&baskets, 4)(customer);
    assert_eq!(ranking(TopFreq::Personal, 0), items(&[5, 3, 1, 9]));
    assert_eq!(ranking(TopFreq::Global, 1), items(&[5, 3, 9, 1]));
    assert_eq!(ranking(TopFreq::Personal, 1), items(&[9, 2]));
    assert_eq!(ranking(TopFreq::GlobalPersonal, 1), items(&[9, 2, 5, 3]));
}

#[test]
fn figures_are_the_hand_worked_ones() {
    let mut baskets = baskets_of(&[vec![vec![1, 2]], vec![vec![3]], vec![vec![3]]], 40);
    // Even numbers are ranked. The first gets one of three, at rank 2, which he had before; the second one of one, at
    // rank 1 and new; of the third nothing is known.
    baskets.next = vec![items(&[2, 7, 9]), items(&[0]), vec![]];
    let rank = |_: usize, _: &mut ScoreBoard| (0..20).map(|at| ItemIdx::new(2 * at)).collect();
    let figures = judge_next_baskets(&baskets, &[0, 1, 2], rank, &Silent);
    assert_eq!(figures.n_customers, 2);
    let at = figures.at[0];
    let gain = 1.0 / 3.0_f64.log2();
    assert_eq!((at.k, at.recall, at.phr), (10, (1.0 / 3.0 + 1.0) / 2.0, 1.0));
    assert!((at.ndcg - (gain / (1.0 + gain + 0.5) + 1.0) / 2.0).abs() < 1e-12);
    assert_eq!(at.ndcg, at.ndcg_ideal_cut);
    assert_eq!((at.repeat_recall, at.explore_recall), (1.0, 0.5));
}

#[test]
fn a_history_is_cut_into_runs_oldest_first() {
    let params =
        TifuKnnParams { within_decay: 0.5, group_decay: 0.25, groups: 2, ..TifuKnnParams::default() };
    let vector = |history: &[&[u32]]| -> Vec<(u32, f64)> {
        let history = history.iter().map(|basket| basket.to_vec()).collect();
        let model = TifuKnn::new(&params, &baskets_of(&[history], 9), &[]);
        model.vector(CustomerIdx::new(0)).iter().map(|&(item, weight)| (item.get(), weight)).collect()
    };
    // Runs {a}, {b, c}: a is worth 1/4 · 1/4, b 1/2 · 1/2, c 1/2; halved, there being two runs.
    assert_eq!(vector(&[&[1], &[2], &[3]]), [(1, 0.03125), (2, 0.125), (3, 0.25)]);
    // One basket is one run, of the oldest kind.
    assert_eq!(vector(&[&[4]]), [(4, 0.25)]);
    assert_eq!(vector(&[&[4, 4]]), [(4, 0.25)]);
    assert_eq!(vector(&[&[4], &[4]]), [(4, (0.5 * 0.25 + 1.0) / 2.0)]);
}

#[test]
fn a_ranking_mixes_a_customer_with_his_neighbours() {
    let histories = [vec![vec![0]], vec![vec![0, 1]], vec![vec![2, 3, 4]]];
    let baskets = baskets_of(&histories, 5);
    let ranking = |alpha, neighbours| {
        let params = TifuKnnParams { alpha, neighbours, ..TifuKnnParams::default() };
        let mut board = ScoreBoard::new(5);
        TifuKnn::new(&params, &baskets, &[0, 1, 2]).ranking(0, 5, &mut board)
    };
    assert_eq!(ranking(1.0, 1), items(&[0]));
    assert_eq!(ranking(0.5, 1), items(&[0, 1]));
    assert_eq!(ranking(0.0, 9), items(&[0, 1, 2, 3, 4]));
}

#[test]
fn next_baskets_of_nobody_else_are_learned_from() {
    let baskets = parse_next_baskets(
        r#"{"a": [[-1], [0, 1], [2], [-1]], "b": [[-1], [1], [-1]]}"#,
        r#"{"a": [[-1], [3], [-1]], "b": [[-1], [0], [-1]]}"#,
    )
    .expect("baskets");
    let keyset = parse_keyset(r#"{"item_num": 4, "train": ["a"], "val": [], "test": ["b"]}"#, &baskets);
    let keyset = keyset.expect("a keyset");
    let (learned, as_of) = dated_baskets(&baskets, &keyset.train);
    let days = |customer| {
        let of_customer = learned.of_customer(CustomerIdx::new(customer));
        of_customer.map(|basket| learned.ordered_at(basket).day().get()).collect::<Vec<_>>()
    };
    assert_eq!((days(0), days(1)), (vec![-2, -1, 0], vec![-1]));
    assert!((0..learned.len()).all(|basket| learned.ordered_at(basket) < as_of));
    // What a's next basket teaches: 3 follows 1.
    let params = RepeatParams { half_lives_days: vec![1.0], ..RepeatParams::default() };
    let params = params.check().expect("in range");
    let model = fit_repeat(&params, &learned, &[None; 4], as_of, &Silent);
    let mut board = ScoreBoard::new(4);
    let ranking = Foreteller { model: &model, baskets: &baskets }.ranking(1, 4, &mut board);
    assert!(ranking.contains(&ItemIdx::new(3)), "{ranking:?}");
}

#[test]
fn files_that_are_none_are_refused() {
    let check = |history: &str, future: &str, expected: &str| {
        let error = parse_next_baskets(history, future).expect_err("refused");
        let cause = std::error::Error::source(&error).map(|source| source.to_string()).unwrap_or_default();
        let told = format!("{error}: {cause}");
        assert!(told.contains(expected), "{told}");
    };
    check("[1]", "{}", "expected customers and their baskets at line 1 column 0");
    check("{\n\"a\": [[1], 2]}", "{}", "line 2 column 12");
    check(r#"{"a": [[1, -7]]}"#, "{}", "customer `a`: found `-7` in a basket");
    check(r#"{"a": [[99999999]]}"#, "{}", "found `99999999`");
    check(r#"{"a": [[1]], "a": [[2]]}"#, "{}", "customer `a` stands");
    check(r#"{"a": [[1]]}"#, r#"{"b": [[1]]}"#, "customer `b` is not in the file of histories");
    let baskets = parse_next_baskets(r#"{"a": [[1]]}"#, "{}").expect("baskets");
    assert!(baskets.judged().is_empty());
    let twice = parse_keyset(r#"{"train": ["a"], "val": [], "test": ["a"]}"#, &baskets);
    assert!(matches!(twice, Err(NextBasketError::Twice { .. })));
    let unknown = parse_keyset(r#"{"train": ["b"], "val": [], "test": []}"#, &baskets);
    assert!(matches!(unknown, Err(NextBasketError::Unknown { .. })));
    assert!(matches!(parse_keyset("{}", &baskets), Err(NextBasketError::Json { .. })));
}

proptest! {
    #[test]
    fn the_nearest_are_those_a_look_at_everybody_finds(
        histories in vec(vec(vec(0..8_u32, 1..5), 1..6), 2..12),
        neighbours in 1..6_u32,
    ) {
        let baskets = baskets_of(&histories, 8);
        let candidates: Vec<usize> = (0..histories.len()).filter(|customer| customer % 3 != 1).collect();
        let params = TifuKnnParams { neighbours, groups: 3, ..TifuKnnParams::default() };
        let model = TifuKnn::new(&params, &baskets, &candidates);
        let dense = |customer: usize| -> BTreeMap<u32, f64> {
            let vector = model.vector(CustomerIdx::new(customer as u32));
            vector.iter().map(|&(item, weight)| (item.get(), weight)).collect()
        };
        let distance = |a: usize, b: usize| -> f64 {
            let (a, b) = (dense(a), dense(b));
            let weight = |of: &BTreeMap<u32, f64>, item| of.get(&item).copied().unwrap_or(0.0);
            (0..8).map(|item| (weight(&a, item) - weight(&b, item)).powi(2)).sum()
        };
        for customer in 0..histories.len() {
            let nearest = model.nearest(customer);
            let others: Vec<usize> = candidates.iter().copied().filter(|&other| other != customer).collect();
            prop_assert_eq!(nearest.len(), others.len().min(neighbours as usize));
            prop_assert!(!nearest.contains(&customer));
            // Whoever is left out is no nearer than whoever is not; ties may fall either way in the last bit.
            let furthest = nearest.iter().map(|&near| distance(customer, near)).fold(0.0, f64::max);
            for other in others.iter().filter(|other| !nearest.contains(other)) {
                prop_assert!(furthest <= distance(customer, *other) + 1e-9);
            }
        }
    }
}
