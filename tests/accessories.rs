//! What belongs to what, from the command line.

use serde_json::Value;

use crate::program::{erbij, failure_of, shop, stdout_of, store, tables};

fn told(more: &[&str]) -> String {
    let [flag, store] = store();
    let mut args = vec!["accessories", &flag, &store];
    args.extend(more);
    stdout_of(&mut erbij(&args))
}

#[test]
fn what_the_catalogue_says_is_told_and_compared_with_what_was_mined() {
    let report: Value = serde_json::from_str(&told(&["--check-catalogue", "--json"])).expect("JSON");
    let count = |key: &str| report[key].as_u64().unwrap_or_else(|| panic!("no `{key}` in {report}"));
    // The simulated catalogue tells a part of what was planted, and the small shop's orders a part of that.
    assert!(0 < count("said_and_mined") && 0 < count("only_said") && 0 < count("only_mined"), "{report}");
    assert!(count("contradicted") <= count("said_and_mined") / 10, "{report}");
    let for_people = told(&["--check-catalogue"]);
    assert!(for_people.contains("said by the catalogue and mined"), "{for_people}");
}

#[test]
fn an_item_tells_its_accessories_and_why() {
    // An item with accessories, mined ones among them.
    let [flag, store] = store();
    let item = (0..400)
        .map(|number| format!("i{number:05}"))
        .find(|item| {
            let args = ["accessories", "--item", item, "--json", &flag, &store];
            let told: Value = serde_json::from_str(&stdout_of(&mut erbij(&args))).expect("JSON");
            let accessories = told["accessories"].as_array().expect("a list");
            accessories.iter().any(|accessory| accessory["mined"].is_object())
        })
        .expect("some item has accessories");
    let for_people = told(&["--item", &item]);
    assert!(for_people.contains("customers where"), "{for_people}");

    let dir = tempfile::tempdir().expect("a folder");
    let svg = dir.path().join("lags.svg");
    let tables = tables(shop());
    let mut args = vec!["accessories", "--quiet", "--item", &item, "--explain"];
    args.extend(["--svg", svg.to_str().expect("text")]);
    args.extend(tables.iter().map(String::as_str));
    let explained = stdout_of(&mut erbij(&args));
    assert!(explained.contains("+ ") && explained.contains("- "), "both kinds of rivals:\n{explained}");
    assert!(explained.contains("same order") && explained.contains("█"), "{explained}");
    assert!(std::fs::read_to_string(&svg).expect("written").starts_with("<svg"));
    args.push("--json");
    let explained: Value = serde_json::from_str(&stdout_of(&mut erbij(&args))).expect("JSON");
    let rivals = explained["rivals"].as_array().expect("a list");
    assert!(rivals.iter().any(|rival| rival["is_accessory"] == true));
    assert!(
        rivals.iter().any(|rival| rival["verdict"] == "not_significant" || rival["verdict"] == "too_few")
    );
}

#[test]
fn what_cannot_be_told_says_what_to_do() {
    let [flag, store] = store();
    for (args, expected) in [
        (vec!["accessories"], "--item"),
        (vec!["accessories", "--item", "nothing-of-the-kind"], "item `nothing-of-the-kind` is not known"),
        (vec!["accessories", "--item", "i00001", "--explain"], "--orders"),
    ] {
        let mut words = args.clone();
        words.extend([flag.as_str(), store.as_str()]);
        let (code, error) = failure_of(&mut erbij(&words));
        assert_eq!(code, 1, "{args:?}: {error}");
        assert!(error.contains(expected), "`{expected}` is not in\n{error}");
    }
}

#[test]
fn categories_tell_what_goes_with_them() {
    let tables = tables(shop());
    let mut args = vec!["accessories", "--quiet", "--flows", "--n", "5"];
    args.extend(tables.iter().map(String::as_str));
    let for_people = stdout_of(&mut erbij(&args));
    assert!(for_people.contains("categories that go together, whichever items: "), "{for_people}");
    assert!(for_people.contains("categories between which pairs of items were found: "), "{for_people}");
    args.push("--json");
    let told: Value = serde_json::from_str(&stdout_of(&mut erbij(&args))).expect("JSON");
    let overdispersion = told["overdispersion"].as_f64().expect("a number");
    assert!((0.05..1.0).contains(&overdispersion), "{told}");
    let flows = told["flows"].as_array().expect("a list");
    assert!((1..=5).contains(&flows.len()), "{told}");
    // What was planted leads from a machine to what belongs to it, within a branch of the tree.
    for flow in flows {
        let branch = |key: &str| {
            let path = flow[key].as_str().expect("a path");
            path.rsplit_once(" > ").map(|(branch, _)| branch.to_owned())
        };
        assert_eq!(branch("from"), branch("to"), "{flow}");
        assert!(0 < flow["n_pairs"].as_u64().expect("a count"), "{flow}");
    }
    let complements = told["complements"].as_array().expect("a list");
    assert!(complements.len() <= 5 && complements.iter().all(|pair| pair["from"] != pair["to"]), "{told}");
}
