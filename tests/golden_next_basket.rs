//! The Next Basket Reality Check on Ta-Feng: published floors, TIFU-kNN, and the repeat model beside them.
//!
//! The data is not part of this repository; where it is absent the tests are ignored. What needs no data is tested
//! beside the models.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::program::{data_set, erbij, failure_of, stdout_of};

/// What the command writes; with keysets, all five.
fn benchmark(folder: &Path, with_keysets: bool, more: &[&str]) -> Value {
    let dir = tempfile::tempdir().expect("a folder");
    let text = |path: PathBuf| path.to_str().expect("text").to_owned();
    let mut args = vec!["benchmark".to_owned(), "next-basket".to_owned()];
    let mut say = |flag: &str, value: String| args.extend([flag.to_owned(), value]);
    say("--history", text(folder.join("tafeng_history.json")));
    say("--future", text(folder.join("tafeng_future.json")));
    for keyset in 0..if with_keysets { 5 } else { 0 } {
        say("--keyset", text(folder.join(format!("keysets/tafeng_keyset_{keyset}.json"))));
    }
    let json = dir.path().join("figures.json");
    say("--json", text(json.clone()));
    let args: Vec<&str> = args.iter().map(String::as_str).chain(more.iter().copied()).collect();
    let told = stdout_of(&mut erbij(&args));
    assert!(told.contains("customers judged") && told.contains("ndcg_ideal_cut"), "{told}");
    serde_json::from_str(&std::fs::read_to_string(json).expect("written")).expect("JSON")
}

/// Recall, NDCG as published, and the share with a hit, at 10 and at 20.
fn published(figures: &Value) -> [f64; 6] {
    ["recall_at_10", "ndcg_at_10", "phr_at_10", "recall_at_20", "ndcg_at_20", "phr_at_20"]
        .map(|key| figures[key].as_f64().unwrap_or_else(|| panic!("`{key}` of {figures}")))
}

#[test]
#[cfg_attr(not(has_data = "ta-feng-baskets"), ignore = "needs ta-feng-baskets in ERBIJ_DATA")]
fn the_floors_are_the_published_ones_to_four_digits() {
    let folder = data_set("ta-feng-baskets");
    for (model, expected) in [
        ("g_top_freq", [0.0803, 0.0842, 0.2489, 0.1071, 0.0937, 0.3284]),
        ("p_top_freq", [0.1062, 0.0953, 0.3513, 0.1392, 0.1095, 0.4347]),
        ("gp_top_freq", [0.1195, 0.1007, 0.3721, 0.1684, 0.1202, 0.4846]),
    ] {
        let figures = benchmark(&folder, false, &["--model", model]);
        assert_eq!(figures["n_customers"], 13_858, "{model}");
        let found = published(&figures).map(|figure| (1e4 * figure).round() / 1e4);
        assert_eq!(found, expected, "{model}");
        let cut = figures["ndcg_at_10_ideal_cut"].as_f64().expect("a number");
        assert!(found[1] < cut, "{figures}");
        if model == "p_top_freq" {
            assert_eq!((1e4 * cut).round() / 1e4, 0.1014);
            assert_eq!(figures["explore_recall_at_20"], 0.0);
        }
    }
}

#[test]
#[cfg_attr(not(has_data = "ta-feng-baskets"), ignore = "needs ta-feng-baskets in ERBIJ_DATA")]
fn tifu_knn_is_where_it_was_measured_before() {
    let folder = data_set("ta-feng-baskets");
    let figures = benchmark(&folder, true, &["--model", "tifu_knn"]);
    assert_eq!(figures["n_customers"], 5 * 2772);
    assert_eq!(figures["keysets"].as_array().map(Vec::len), Some(5));
    for (found, expected) in
        published(&figures).into_iter().zip([0.1241, 0.1003, 0.3921, 0.1813, 0.1222, 0.5127])
    {
        assert!((found - expected).abs() <= 0.003, "{found}, expected {expected}: {figures}");
    }
}

/// Chosen by the customers of val.
const CHOSEN: [&str; 6] = [
    "half_lives_days=[3]",
    "follows_half_life_days=1",
    "rate_strength=2",
    "popularity_half_life_days=0.5",
    "w_follows=3",
    "w_popular=1",
];

#[test]
#[cfg_attr(not(has_data = "ta-feng-baskets"), ignore = "needs ta-feng-baskets in ERBIJ_DATA")]
fn repeat_is_above_tuned_tifu_knn() {
    let folder = data_set("ta-feng-baskets");
    let mut args = vec!["--model", "repeat", "--learn-next-baskets"];
    args.extend(CHOSEN.iter().flat_map(|set| ["--set", set]));
    let figures = benchmark(&folder, true, &args);
    let [recall, ndcg, ..] = published(&figures);
    // As measured: .1775 and .1541. Tuned TIFU-kNN has .1554 and .1350.
    assert!((recall - 0.1775).abs() < 0.001 && (ndcg - 0.1541).abs() < 0.001, "{figures}");
}

#[test]
fn what_cannot_be_measured_is_refused() {
    let dir = tempfile::tempdir().expect("a folder");
    let write = |name: &str, text: &str| {
        let path = dir.path().join(name);
        std::fs::write(&path, text).expect("written");
        path.to_str().expect("text").to_owned()
    };
    let history = write("history.json", r#"{"1": [[-1], [0, 1], [-1]], "2": [[-1], [1], [-1]]}"#);
    let future = write("future.json", r#"{"1": [[-1], [1], [-1]], "2": [[-1], [0], [-1]]}"#);
    let keyset = write("keyset.json", r#"{"train": ["1"], "val": [], "test": ["2"]}"#);
    let twice = write("twice.json", r#"{"train": ["1"], "val": [], "test": ["1"]}"#);
    let stranger = write("stranger.json", r#"{"3": [[-1], [1], [-1]]}"#);
    let run = |future: &str, more: &[&str]| {
        let mut args = vec!["benchmark", "next-basket", "--history", &history, "--future", future];
        args.extend(more);
        erbij(&args)
    };
    for (future, more, expected) in [
        (&future, &["--model", "g_top_freq", "--set", "k=1"][..], "`g_top_freq` has nothing to set"),
        (&future, &["--model", "tifu_knn", "--set", "alpha=2"], "`alpha` is 2, expected 0 to 1"),
        (&future, &["--model", "repeat", "--set", "w_won=1"], "did you mean `w_own`?"),
        (&future, &["--model", "tifu_knn", "--keyset", &keyset, "--learn-next-baskets"], "is for `repeat`"),
        (
            &future,
            &["--model", "repeat", "--keyset", &keyset, "--part", "all", "--learn-next-baskets"],
            "would judge customers by the baskets",
        ),
        (&future, &["--model", "repeat", "--keyset", &keyset, "--part", "val"], "nobody is judged"),
        (&future, &["--model", "repeat", "--keyset", &twice], "customer `1` stands in the keyset twice"),
        (&stranger, &["--model", "g_top_freq"], "customer `3` is not in the file of histories"),
        (&keyset, &["--model", "g_top_freq"], "line 1 column"),
    ] {
        let (code, error) = failure_of(&mut run(future, more));
        assert_eq!(code, 1, "{error}");
        assert!(error.contains(expected), "{error}");
    }
    let told = stdout_of(&mut run(&future, &["--model", "repeat", "--keyset", &keyset]));
    assert!(told.starts_with("repeat, 1 customers judged\n"), "{told}");
}
