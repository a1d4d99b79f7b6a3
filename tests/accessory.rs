//! The accessory benchmark on a simulated shop.

use serde_json::Value;

use crate::program::{erbij, failure_of, shop, stdout_of};

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("`{value}` is no number"))
}

#[test]
fn what_was_planted_is_found_again() {
    let dir = tempfile::tempdir().expect("a folder");
    let json = dir.path().join("report.json");
    let folder = shop().to_str().expect("text");
    let words =
        ["benchmark", "accessory", "--quiet", "--shop", folder, "--json", json.to_str().expect("text")];
    let told = stdout_of(&mut erbij(&words));
    for word in ["precision", "alternatives:", "cosine_by_basket", "shuffled, within_category"] {
        assert!(told.contains(word), "`{word}` is not in\n{told}");
    }
    let text = std::fs::read_to_string(&json).expect("written");
    let report: Value = serde_json::from_str(&text).expect("JSON");
    assert!(0.9 <= number(&report["precision"]), "{told}");
    assert!(0.7 <= number(&report["recall"]), "{told}");
    assert!(0.97 <= number(&report["direction_right"]), "{told}");
    assert!(number(&report["substitutes_among"]) <= 0.01, "{told}");
    assert!(number(&report["shuffled"]["all"]["share_of_items"]) <= 0.01, "{told}");
    for (name, rival) in report["rivals"].as_object().expect("by name") {
        assert!(number(&rival["precision"]) < number(&report["precision"]), "{name}\n{told}");
    }
}

#[test]
fn what_cannot_be_measured_is_refused_by_name() {
    let folder = shop().to_str().expect("text");
    for (args, expected) in [
        (vec!["--shop", folder, "--set", "min_lift=0"], "`min_lift` is 0, expected a number from 1"),
        (vec!["--shop", folder, "--set", "min_lifts=1"], "min_lifts"),
        (vec![], "required"),
    ] {
        let mut words = vec!["benchmark", "accessory", "--quiet"];
        words.extend(&args);
        let (code, error) = failure_of(&mut erbij(&words));
        assert_eq!(code, 1, "{error}");
        assert!(error.contains(expected), "`{expected}` is not in\n{error}");
    }
}
