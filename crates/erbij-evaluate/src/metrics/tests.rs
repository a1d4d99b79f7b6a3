use erbij_core::CategoryIdx;
use proptest::collection::{btree_set, vec};
use proptest::prelude::*;

use super::*;

/// A metric about hits.
type AboutHits = fn(&[ItemIdx], &[ItemIdx], usize) -> Option<f64>;

const ABOUT_HITS: [(&str, AboutHits); 8] = [
    ("recall", recall_at_k),
    ("capped_recall", capped_recall_at_k),
    ("precision", precision_at_k),
    ("ndcg", ndcg_at_k),
    ("ndcg_ideal_uncut", ndcg_at_k_ideal_uncut),
    ("hit_rate", hit_rate_at_k),
    ("mrr", mrr_at_k),
    ("average_precision", average_precision_at_k),
];

#[test]
fn hits_are_worth_what_was_worked_out_by_hand() {
    let (at_2, at_3, at_4) = (1.0 / 3.0_f64.log2(), 0.5, 1.0 / 5.0_f64.log2());
    // Ranking 7 2 9 4. Values in the order of `ABOUT_HITS`.
    let check = |relevant: &[u32], k, expected: [f64; 8]| {
        let relevant: Vec<ItemIdx> = relevant.iter().copied().map(ItemIdx::new).collect();
        for ((name, metric), expected) in ABOUT_HITS.into_iter().zip(expected) {
            let found = metric(&items([7, 2, 9, 4]), &relevant, k).expect("something is relevant");
            assert!((found - expected).abs() < 1e-12, "{name}@{k} of {relevant:?}: {found}, not {expected}");
        }
    };
    // Hits at ranks 2 and 4 of five relevant.
    check(
        &[1, 2, 3, 4, 5],
        4,
        [
            2.0 / 5.0,
            2.0 / 4.0,
            2.0 / 4.0,
            (at_2 + at_4) / (1.0 + at_2 + at_3 + at_4),
            (at_2 + at_4) / (1.0 + at_2 + at_3 + at_4 + 1.0 / 6.0_f64.log2()),
            1.0,
            1.0 / 2.0,
            (1.0 / 2.0 + 2.0 / 4.0) / 4.0,
        ],
    );
    // The cut falls before any hit.
    check(&[4, 9], 2, [0.0; 8]);
    // Perfect as far as it goes: only what divides by k is below 1.
    check(&[2, 7], 4, [1.0, 1.0, 0.5, 1.0, 1.0, 1.0, 1.0, 1.0]);
    // More places than the ranking fills.
    check(&[9], 100, [1.0, 1.0, 0.01, at_3, at_3, 1.0, 1.0 / 3.0, 1.0 / 3.0]);
}

#[test]
fn without_a_relevant_item_or_a_place_nothing_is_defined() {
    for (name, metric) in ABOUT_HITS {
        assert_eq!(metric(&items([1, 2]), &[], 2), None, "{name}");
        assert_eq!(metric(&items([1, 2]), &items([1]), 0), None, "{name}");
        assert_eq!(metric(&[], &items([1]), 2), Some(0.0), "{name}: an empty slate is a bad one");
    }
    assert_eq!(serendipity(&items([1]), &[], &[], 1), None);
    assert_eq!(intra_list_diversity(&[], 3, |_, _| 1.0), None);
    assert_eq!(novelty(&items([0]), 0, &[1], 1), None);
    assert_eq!(novelty(&items([0]), 1, &[0], 0), None);
    assert_eq!(catalogue_coverage(&[]), None);
    assert_eq!((gini(&[]), share_of_top_percent(&[], 10)), (None, None));
}

#[test]
fn recall_of_repeats_and_of_first_buys_stand_apart() {
    let check = |relevant: &[ItemIdx], bought_before: &[ItemIdx], repeat, explore| {
        let found = repeat_explore_recall_at_k(&items([1, 5, 8]), relevant, bought_before, 3);
        assert_eq!(found, RepeatExplore { repeat, explore });
    };
    check(&items([1, 2, 8]), &items([1, 2]), Some(0.5), Some(1.0));
    check(&items([1, 2]), &items([1, 2, 3]), Some(0.5), None);
    check(&items([1, 2]), &[], None, Some(0.5));
    check(&[], &items([1]), None, None);
    let none = RepeatExplore { repeat: None, explore: None };
    assert_eq!(repeat_explore_recall_at_k(&items([1]), &items([1]), &[], 0), none);
}

#[test]
fn concentration_is_measured_over_the_whole_catalogue() {
    let slates = [items([0, 1]), items([0, 2]), items([0, 1])];
    let slates = || slates.iter().map(|slate| &slate[..]);
    assert_eq!(exposure_counts(slates(), 1, 4), [3, 0, 0, 0]);
    assert_eq!(gini(&exposure_counts(slates(), 1, 4)), Some(0.75));
    assert_eq!(exposure_counts(slates(), 9, 4), [3, 2, 1, 0]);
    // (−3·0 − 1·1 + 1·2 + 3·3) / (4 · 6)
    assert_eq!(gini(&[3, 2, 1, 0]), Some(10.0 / 24.0));
    assert_eq!(share_of_top_percent(&[3, 2, 1, 0], 0), Some(0.5), "at least one item");
    assert_eq!(share_of_top_percent(&[3, 2, 1, 0], 200), Some(1.0), "at most all");
}

#[test]
fn names_are_read_as_they_are_written() {
    for metric in Metric::ALL {
        let name = serde_json::to_string(&metric).expect("a name");
        assert_eq!(name, format!("\"{}\"", metric.name()));
        let at_7 = MetricAtK { metric, k: 7 };
        let json = serde_json::to_string(&at_7).expect("a name");
        assert_eq!(json, format!("\"{at_7}\""));
        assert_eq!(serde_json::from_str::<MetricAtK>(&json).expect("its own name"), at_7);
    }
}

#[test]
fn names_that_are_none_are_answered_with_what_was_meant() {
    for (text, expected) in [
        ("ndgc_at_20", "unknown metric `ndgc_at_20`; did you mean `ndcg_at_20`?"),
        ("recal", "unknown metric `recal`; did you mean `recall_at_10`?"),
        ("recall@20", "unknown metric `recall@20`; did you mean `recall_at_10`?"),
        ("ndcg", "`ndcg` has no cut: write `ndcg_at_10` for the first ten places"),
        ("ndcg_at_0", "`ndcg_at_0` has no cut: write `ndcg_at_10` for the first ten places"),
        ("ndcg_at_+5", "`ndcg_at_+5` has no cut: write `ndcg_at_10` for the first ten places"),
        ("ndcg_at_ten", "`ndcg_at_ten` has no cut: write `ndcg_at_10` for the first ten places"),
        (
            "xyz",
            "unknown metric `xyz`; known are `recall`, `capped_recall`, `precision`, `ndcg`, \
             `ndcg_ideal_uncut`, `hit_rate`, `mrr`, `average_precision`, `repeat_recall`, `explore_recall`, \
             `novelty`, `intra_list_diversity`, `category_diversity`, `serendipity`, `catalogue_coverage`, \
             `gini`, `share_of_top_tenth`, `share_of_ten_most_shown`, each with its cut as in `ndcg_at_10`",
        ),
    ] {
        assert_eq!(text.parse::<MetricAtK>().unwrap_err().to_string(), expected);
    }
}

#[test]
fn each_name_gives_its_own_metric() {
    let case = CustomerCase {
        ranking: &items([0, 1, 3]),
        relevant: &items([1, 2, 3, 4]),
        bought_before: &items([2, 3]),
        popular: &items([0, 1, 2]),
    };
    let category_of = |item: ItemIdx| Some(CategoryIdx::new(item.get() / 2));
    let facts = ItemFacts {
        n_buyers: &[8, 4, 2, 2, 1],
        n_customers: 8,
        similarity: &|a, b| if a.get() + b.get() == 1 { 0.6 } else { 0.0 },
        category_of: &category_of,
    };
    let wanted = Metric::ALL.map(|metric| MetricAtK { metric, k: 3 });
    let (at_2, at_3, at_4) = (1.0 / 3.0_f64.log2(), 0.5, 1.0 / 5.0_f64.log2());
    let expected = [
        Some(2.0 / 4.0),
        Some(2.0 / 3.0),
        Some(2.0 / 3.0),
        Some((at_2 + at_3) / (1.0 + at_2 + at_3)),
        Some((at_2 + at_3) / (1.0 + at_2 + at_3 + at_4)),
        Some(1.0),
        Some(1.0 / 2.0),
        Some((1.0 / 2.0 + 2.0 / 3.0) / 3.0),
        Some(1.0 / 2.0),
        Some(1.0 / 2.0),
        Some((0.0 + 1.0 + 2.0) / 3.0),
        Some(1.0 - 0.6 / 3.0),
        Some(1.0 - 1.0 / 3.0),
        Some(1.0 / 3.0),
        None,
        None,
        None,
        None,
    ];
    for ((metric, found), expected) in
        wanted.iter().zip(values_of_customer(&wanted, &case, &facts)).zip(expected)
    {
        let is_near = match (found, expected) {
            (Some(found), Some(expected)) => (found - expected).abs() < 1e-12,
            (found, expected) => found == expected,
        };
        assert!(is_near, "{metric}: {found:?}, not {expected:?}");
        assert_eq!(found.is_some(), metric.metric.scope() == Scope::Customer, "{metric}");
    }
    let exposures = [6, 3, 1, 0, 0, 0, 0, 0, 0, 0];
    assert_eq!(value_of_catalogue(Metric::CatalogueCoverage, &exposures), Some(0.3));
    assert_eq!(value_of_catalogue(Metric::ShareOfTopTenth, &exposures), Some(0.6));
    assert_eq!(value_of_catalogue(Metric::Gini, &exposures), Some((9 * 6 + 7 * 3 + 5) as f64 / 100.0));
    assert_eq!(value_of_catalogue(Metric::ShareOfTenMostShown, &exposures), Some(1.0));
    let twelve = [1, 2, 2, 2, 2, 2, 2, 2, 2, 2, 1, 4];
    assert_eq!(value_of_catalogue(Metric::ShareOfTenMostShown, &twelve), Some(22.0 / 24.0));
    assert_eq!(value_of_catalogue(Metric::Recall, &exposures), None);
}

/// A ranking without repeats, relevant items, and a cut.
fn cases() -> impl Strategy<Value = (Vec<ItemIdx>, Vec<ItemIdx>, usize)> {
    let ranking = Just((0..30_u32).collect::<Vec<_>>()).prop_shuffle();
    (ranking, 0..30_usize, btree_set(0..30_u32, 1..20), 1..35_usize).prop_map(
        |(mut ranking, len, relevant, k)| {
            ranking.truncate(len);
            let idx = |items: Vec<u32>| items.into_iter().map(ItemIdx::new).collect();
            (idx(ranking), idx(relevant.into_iter().collect()), k)
        },
    )
}

proptest! {
    #[test]
    fn metrics_agree_with_place_by_place_definitions((ranking, relevant, k) in cases()) {
        let is_hit: Vec<bool> = (0..k).map(|place| ranking.get(place).is_some_and(|item| relevant.contains(item))).collect();
        let n_hits_to = |place: usize| is_hit[..=place].iter().filter(|&&hit| hit).count() as f64;
        let (n_hits, n_relevant) = (n_hits_to(k - 1), relevant.len() as f64);
        let discount = |place: usize| 2.0_f64.ln() / ((place + 2) as f64).ln();
        let (mut dcg, mut precisions, mut reciprocal) = (0.0, 0.0, 0.0);
        for place in (0..k).rev().filter(|&place| is_hit[place]) {
            dcg += discount(place);
            precisions += n_hits_to(place) / (place + 1) as f64;
            reciprocal = 1.0 / (place + 1) as f64;
        }
        let ideal = |n: usize| (0..n).map(discount).sum::<f64>();
        let fits = n_relevant.min(k as f64);
        let expected = [
            n_hits / n_relevant,
            n_hits / fits,
            n_hits / k as f64,
            dcg / ideal(relevant.len().min(k)),
            dcg / ideal(relevant.len()),
            f64::from(u8::from(is_hit.contains(&true))),
            reciprocal,
            precisions / fits,
        ];
        for ((name, metric), expected) in ABOUT_HITS.into_iter().zip(expected) {
            let found = metric(&ranking, &relevant, k).expect("something is relevant");
            prop_assert!((found - expected).abs() < 1e-9, "{}: {} is not {}", name, found, expected);
            prop_assert!((0.0..=1.0 + 1e-12).contains(&found), "{}: {}", name, found);
        }
    }

    #[test]
    fn recall_is_the_mixture_of_repeats_and_first_buys(
        (ranking, relevant, k) in cases(), before in btree_set(0..30_u32, 0..20),
    ) {
        let before: Vec<ItemIdx> = before.into_iter().map(ItemIdx::new).collect();
        let found = repeat_explore_recall_at_k(&ranking, &relevant, &before, k);
        let n_repeats = relevant.iter().filter(|item| before.contains(item)).count();
        let hits = found.repeat.unwrap_or(0.0) * n_repeats as f64
            + found.explore.unwrap_or(0.0) * (relevant.len() - n_repeats) as f64;
        let recall = recall_at_k(&ranking, &relevant, k).expect("something is relevant");
        prop_assert!((hits / relevant.len() as f64 - recall).abs() < 1e-12);
        prop_assert_eq!((found.repeat.is_some(), found.explore.is_some()), (0 < n_repeats, n_repeats < relevant.len()));
    }

    #[test]
    fn gini_is_half_the_relative_mean_absolute_difference(exposures in vec(0..50_u64, 1..30)) {
        let total: u64 = exposures.iter().sum();
        let differences: u64 = exposures.iter().flat_map(|&a| exposures.iter().map(move |&b| a.abs_diff(b))).sum();
        let expected = (0 < total).then(|| differences as f64 / (2.0 * exposures.len() as f64 * total as f64));
        match (gini(&exposures), expected) {
            (Some(found), Some(expected)) => prop_assert!((found - expected).abs() < 1e-12),
            (found, expected) => prop_assert_eq!(found, expected),
        }
    }
}
