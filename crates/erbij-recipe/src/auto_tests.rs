//! How `"auto"` is read and written, and when a challenger wins.

use erbij_core::{Auto, AutoParams, Choice, HeldOutCases, Verdict, choose, drawn_evenly, ndcg_at_k};
use erbij_models::SessionParams;
use erbij_people::RepeatParams;

use crate::Recipe;

#[test]
fn what_a_recipe_does_not_say_the_fit_chooses() {
    let auto = |text: &str| Recipe::parse(&format!("[session]\n{text}")).expect("valid").session;
    let all: Vec<&str> = SessionParams::KEYS.to_vec();
    let open = |session: &Auto<SessionParams>| all.iter().filter(|key| session.is_auto(key)).count();
    assert_eq!(auto("").params(), &SessionParams::default());
    assert_eq!(auto(""), Auto::default());
    assert_eq!(auto("match_decay = 'auto'"), Auto::default());
    for (text, n_open) in [
        ("", all.len()),
        ("match_decay = 0.5", all.len() - 1),
        ("match_decay = 1", all.len() - 1),
        ("match_weighting = 'same'", all.len() - 1),
        ("neighbours = 7\nidf_strength = 'auto'\nlast_items = 3", all.len() - 1),
        // It is said, though it is the value shipped.
        ("similarity = 'dot'", all.len() - 1),
    ] {
        assert_eq!(open(&auto(text)), n_open, "{text}");
    }
    assert_eq!(auto("neighbours = 7\nlast_items = 3").neighbours, 7);
    assert_eq!(auto("neighbours = 'auto'\nlast_items = 3").last_items, 3);
}

#[test]
fn an_error_keeps_its_line() {
    let check = |text: &str, expected: &str| {
        let error = Recipe::parse(&format!("[session]\n{text}")).expect_err(text).to_string();
        assert_eq!(error, expected, "{text}");
    };
    check(
        "last_items = 3\nmatch_deca = 0.5",
        "line 3: unknown key `match_deca`; did you mean `match_decay`?",
    );
    check("\nmatch_decay = 'au'", "line 3: invalid type: string \"au\", expected f64");
    check("similarity = 'dots'", "line 2: unknown value `dots`; did you mean `dot`?");
    check("neighbours = -1", "line 2: invalid value: integer `-1`, expected u32");
    // Not every key can be chosen.
    check("last_items = 'auto'", "line 2: invalid type: string \"auto\", expected u32");
    let error = Recipe::parse("session = 3").expect_err("no table").to_string();
    assert_eq!(error, "line 1: invalid type: integer `3`, expected struct SessionParams");
}

#[test]
fn it_survives_being_written() {
    for text in ["", "match_decay = 0.1\nmatch_weighting = 'same'", "recency_days = 30"] {
        let recipe = Recipe::parse(&format!("[session]\n{text}")).expect("valid");
        let json = serde_json::to_string(&recipe).expect("plain data");
        assert_eq!(serde_json::from_str::<Recipe>(&json).expect("its own words"), recipe, "{json}");
        let written = toml::to_string(&recipe).expect("plain data");
        assert_eq!(Recipe::parse(&written), Ok(recipe), "{written}");
    }
}

#[test]
fn each_key_that_can_be_chosen_has_a_value_to_begin_with() {
    fn check<P: AutoParams>() {
        let shipped = toml::Table::try_from(P::default()).expect("plain data");
        for key in P::KEYS {
            assert!(shipped.contains_key(*key), "`{key}` of `{}`", P::TABLE);
        }
    }
    check::<SessionParams>();
    check::<RepeatParams>();
}

/// The search with values by `idf_strength`, of so many cases.
fn search(
    auto: &Auto<SessionParams>,
    n: usize,
    value: impl Fn(f64, usize) -> f64,
) -> (SessionParams, Choice) {
    let cases = HeldOutCases { metric: "NDCG@20", told: "cases", n };
    let judge = |params: &SessionParams, asked: &[usize]| {
        asked.iter().map(|&case| value(params.idf_strength, case)).collect()
    };
    let stronger = |best: &SessionParams| {
        let more = |more: f64| SessionParams { idf_strength: best.idf_strength + more, ..best.clone() };
        vec![more(1.0), more(2.0)]
    };
    let (params, choice) = choose(auto, cases, judge, &[&stronger, &stronger]);
    (params, choice.expect("something was open"))
}

#[test]
fn a_challenger_must_win_by_more_than_chance() {
    // A case in ten gains .01 a step: the mean is 3.3 standard errors of 100 cases from zero, and 4.7 of 200.
    let gains = |strength: f64, case: usize| if case.is_multiple_of(10) { 0.01 * strength } else { 0.0 };
    // As many gain as lose, but for one.
    let noise = |strength: f64, case: usize| if case < 101 { strength } else { -strength };
    // Four steps gain 2.4 % of what is shipped, in every case.
    let small = |strength: f64, _: usize| 1.0 + 0.006 * strength;
    let none = |_: f64, _: usize| 0.5;
    let auto = Auto::default();
    for (name, n, value, verdict, expected) in [
        ("surely better", 200, &gains as &dyn Fn(f64, usize) -> f64, Verdict::Better, 5.0),
        ("chance", 200, &noise, Verdict::NoneBetter, 1.0),
        ("sure and small", 200, &small, Verdict::NoneBetter, 1.0),
        (
            "sure, small and twice as large",
            200,
            &|strength, case| small(2.0 * strength, case),
            Verdict::Better,
            5.0,
        ),
        ("a tie", 200, &none, Verdict::NoneBetter, 1.0),
        ("too few", 199, &gains, Verdict::TooFewCases, 1.0),
    ] {
        let (params, choice) = search(&auto, n, value);
        assert_eq!((choice.verdict, params.idf_strength), (verdict, expected), "{name}");
        assert_eq!(choice.values["idf_strength"].as_float(), Some(expected), "{name}");
        assert_eq!(choice.values.len(), SessionParams::KEYS.len(), "{name}");
    }
}

#[test]
fn what_is_said_stays_and_is_not_tried() {
    let said = |text: &str| Recipe::parse(&format!("[session]\n{text}")).expect("valid").session;
    let auto = said("match_decay = 9");
    let (params, choice) = search(&auto, 200, |strength, _| strength);
    assert_eq!((params.match_decay, params.idf_strength), (9.0, 5.0));
    assert!(!choice.values.contains_key("match_decay"), "{choice:?}");
    let (params, choice) = search(&said("idf_strength = 0.25"), 200, |strength, _| strength);
    assert_eq!((params.idf_strength, choice.n_tried, choice.verdict), (0.25, 1, Verdict::NoneBetter));
    let cases = HeldOutCases { metric: "NDCG@20", told: "cases", n: 500 };
    let all_said: Auto<SessionParams> = SessionParams::default().into();
    let (params, choice) = choose(&all_said, cases, |_, _| unreachable!("nothing is open"), &[]);
    assert_eq!((params, choice), (SessionParams::default(), None));
}

#[test]
fn it_is_told_in_words() {
    let gains = |strength: f64, case: usize| strength * (1 + case % 2) as f64;
    let auto = Recipe::parse(
        "[session]\nneighbours = 5\nsimilarity = 'dot'\nposition_weighting = 'log'\nposition_decay = 1\nmatch_decay = 1",
    );
    let auto = auto.expect("valid").session;
    let told = |n, value: &dyn Fn(f64, usize) -> f64| search(&auto, n, value).1.to_string();
    assert_eq!(
        told(400, &gains),
        "session: chose distance_decay = 1.0, idf_strength = 5.0, match_weighting = \"log\"; NDCG@20 7.5000 on 400 cases, \
         1.5000 as shipped, 5 tried"
    );
    assert_eq!(
        told(400, &|_, _| 0.25),
        "session: settings as shipped; of 3 tried on 400 cases none is surely better (NDCG@20 0.2500)"
    );
    assert_eq!(told(9, &gains), "session: settings as shipped; 9 cases are too few to choose by");
}

#[test]
fn cases_are_drawn_evenly() {
    for (n_all, n_wanted, expected) in [
        (0, 3, vec![]),
        (2, 3, vec![0, 1]),
        (3, 3, vec![0, 1, 2]),
        (4, 3, vec![1, 2, 3]),
        (9, 3, vec![2, 5, 8]),
    ] {
        assert_eq!(drawn_evenly((0..n_all).collect(), n_wanted), expected, "{n_wanted} of {n_all}");
    }
}

#[test]
fn the_gain_of_a_ranking() {
    use erbij_core::ItemIdx;
    let gain = |scores: &[f64], wanted: &[u32], k| {
        let mut board = erbij_core::ScoreBoard::new(scores.len());
        scores.iter().zip(0..).for_each(|(&score, item)| board.add(ItemIdx::new(item), score));
        let wanted: Vec<ItemIdx> = wanted.iter().map(|&item| ItemIdx::new(item)).collect();
        let gain = ndcg_at_k(&mut board, &wanted, k);
        assert_eq!(board.take_unsorted().count(), 0, "the board is empty afterwards");
        gain
    };
    let second = 1.0 / 3.0_f64.log2();
    for (scores, wanted, k, expected) in [
        (&[3.0, 2.0, 1.0][..], &[0][..], 2, 1.0),
        (&[3.0, 2.0, 1.0], &[1], 2, second),
        (&[3.0, 2.0, 1.0], &[2], 2, 0.0),
        // Of equals the lower item.
        (&[1.0, 1.0], &[1], 2, second),
        // What has no score is not ranked.
        (&[1.0, 0.0, -1.0], &[1, 2], 2, 0.0),
        // The ideal list is cut at k.
        (&[3.0, 2.0, 1.0], &[0, 1, 2], 2, 1.0),
        (&[3.0, 2.0, 1.0], &[0, 2], 2, 1.0 / (1.0 + second)),
    ] {
        assert!((gain(scores, wanted, k) - expected).abs() < 1e-12, "{scores:?} {wanted:?} {k}");
    }
}
