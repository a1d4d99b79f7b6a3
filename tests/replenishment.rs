//! The replenishment benchmark, from a simulated shop and from plain order lines.

use serde_json::Value;

use crate::program::{erbij, failure_of, shop, stdout_of, tables};

fn report(args: &[&str]) -> (String, Value) {
    let dir = tempfile::tempdir().expect("a folder");
    let json = dir.path().join("report.json");
    let mut words = vec!["benchmark", "replenishment", "--quiet", "--json", json.to_str().expect("text")];
    words.extend(args);
    let told = stdout_of(&mut erbij(&words));
    (told, serde_json::from_str(&std::fs::read_to_string(&json).expect("written")).expect("JSON"))
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("`{value}` is no number"))
}

#[test]
fn planted_pairs_are_told_a_window_that_holds() {
    let folder = shop().to_str().expect("text");
    let (told, report) = report(&["--shop", folder]);
    for word in ["80 % window", "due date, with own intervals", "interval, against the planted"] {
        assert!(told.contains(word), "`{word}` is not in\n{told}");
    }
    let pairs = &report["planted_pairs"];
    let fates = ["item_not_repeated", "given_up", "window_not_observed", "never_bought_again", "judged"];
    let sum: f64 = fates.iter().map(|fate| number(&pairs[*fate])).sum();
    assert_eq!(sum, number(&pairs["bought_before_cutoff"]), "each pair has one fate: {pairs}");
    let inside = number(&report["window"]["inside"]);
    // A small shop: about 200 pairs, so that 80 % stray by 3 % either way.
    assert!(150.0 < number(&pairs["judged"]), "{pairs}");
    assert!((0.72..=0.88).contains(&inside), "{inside}\n{told}");
    let error = &report["due_error_days"];
    assert!(number(&error["model"]) <= number(&error["item_mean"]), "{error}");
    let error = &report["interval_error_days"];
    assert!(number(&error["model"]) <= number(&error["item_mean"]), "{error}");
}

#[test]
fn reminders_are_counted_beside_frequency() {
    let tables = tables(shop());
    let mut args: Vec<&str> = tables.iter().map(String::as_str).collect();
    args.extend(["--last-days", "42", "--min-probability", "0.5,0", "--set", "lead_days=5"]);
    let (told, report) = report(&args);
    assert!(told.contains("as many by frequency"), "{told}");
    assert_eq!(report["params"]["lead_days"], 5);
    let lines = report["reminders"].as_array().expect("a list");
    assert_eq!(lines.len(), 2);
    assert!(number(&lines[0]["n_reminders"]) < number(&lines[1]["n_reminders"]));
    assert_eq!(lines[1]["n_reminders"], report["n_due"]);
    for line in lines {
        for key in
            ["promised", "bought", "bought_in_window", "gp_top_freq_per_customer", "gp_top_freq_in_total"]
        {
            assert!((0.0..=1.0).contains(&number(&line[key])), "{key}: {line}");
        }
        assert!(number(&line["bought_in_window"]) <= number(&line["bought"]), "{line}");
    }
}

#[test]
fn what_cannot_be_measured_is_refused_by_name() {
    let folder = shop().to_str().expect("text");
    for (args, expected) in [
        (vec!["--shop", folder, "--set", "lead_days=1000"], "`lead_days` is 1000, expected 0 to 365"),
        (vec!["--shop", folder, "--set", "lead_day=1"], "lead_days"),
        (
            vec!["--orders", "x", "--min-probability", "2"],
            "`--min-probability 2`: expected numbers from 0 to 1",
        ),
        (vec!["--orders", "x", "--shop", folder], "cannot be used with"),
        (vec![], "required"),
    ] {
        let mut words = vec!["benchmark", "replenishment", "--quiet"];
        words.extend(&args);
        let (code, error) = failure_of(&mut erbij(&words));
        assert_eq!(code, 1, "{error}");
        assert!(error.contains(expected), "`{expected}` is not in\n{error}");
    }
}
