//! What the program tells of customers: reminders, interests, lifetime, and a slate for a visit.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::program::{erbij, failure_of, published, shop, stdout_of, store, train};

/// The day after the last order of every simulated shop.
const NOW: &str = "2026-01-01";

fn told(command: &str, more: &[&str]) -> String {
    let [flag, store] = store();
    let mut args = vec![command, "--quiet", "--now", NOW, &flag, &store];
    args.extend(more);
    stdout_of(&mut erbij(&args))
}

fn json_lines(path: &std::path::Path) -> Vec<Value> {
    let text = std::fs::read_to_string(path).expect("written");
    text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

fn text<'a>(row: &'a Value, column: &str) -> &'a str {
    row[column].as_str().unwrap_or_else(|| panic!("`{column}` is no text in {row}"))
}

fn number(row: &Value, column: &str) -> f64 {
    row[column].as_f64().unwrap_or_else(|| panic!("`{column}` is no number in {row}"))
}

#[test]
fn reminders_have_a_day_a_chance_and_a_reason() {
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join("reminders.jsonl");
    told("reminders", &["--out", path.to_str().expect("text"), "--horizon-days", "14", "--language", "nl"]);
    let rows = json_lines(&path);
    assert!(30 < rows.len(), "{} reminders of 1,500 customers", rows.len());
    let mut reasons = BTreeSet::new();
    for row in &rows {
        let day = |column| text(row, column).to_owned();
        assert!(day("bought_on") < day("due_on") && day("window_from") <= day("due_on"), "{row}");
        assert!(day("due_on") <= day("window_to") && text(row, "send_on") <= "2026-01-14", "{row}");
        assert!((0.3..=1.0).contains(&number(row, "probability")), "{row}");
        let (code, reason) = (text(row, "reason_code"), text(row, "reason_text"));
        match code {
            "bought_regularly" => assert!(reason.starts_with("U koopt dit ongeveer elke "), "{reason}"),
            "due_again" => assert!(reason.starts_with("U kocht dit op "), "{reason}"),
            _ => panic!("`{code}` is no reason to remind"),
        }
        reasons.insert(code.to_owned());
    }
    assert_eq!(reasons.len(), 2, "both reasons occur: {reasons:?}");

    // One customer by himself is told the same, and what he is told is his alone.
    let customer = text(&rows[0], "customer_id");
    let alone = told("reminders", &["--customer", customer, "--horizon-days", "14", "--json"]);
    let alone: Value = serde_json::from_str(&alone).expect("JSON");
    let of_file: Vec<&Value> = rows.iter().filter(|row| text(row, "customer_id") == customer).collect();
    assert_eq!(alone.as_array().expect("a list").iter().collect::<Vec<_>>(), of_file);
    let certain = told("reminders", &["--customer", customer, "--min-probability", "1"]);
    assert_eq!(certain, "nothing is due within 28 days\n");
    for ending in ["csv", "parquet"] {
        let path = dir.path().join(format!("reminders.{ending}"));
        told("reminders", &["--out", path.to_str().expect("text")]);
        assert!(1000 < std::fs::metadata(&path).expect("written").len(), "{ending}");
    }
}

#[test]
fn interests_come_with_their_evidence() {
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join("interests.jsonl");
    told("interests", &["--out", path.to_str().expect("text")]);
    let rows = json_lines(&path);
    let with_evidence = rows.iter().find(|row| !row["evidence"].is_null()).expect("somebody has interests");
    let customer = text(with_evidence, "customer_id");
    let told_of: Value =
        serde_json::from_str(&told("interests", &["--customer", customer, "--json"])).expect("JSON");
    assert_eq!(told_of["customer_id"], customer);
    let first = &told_of["interests"][0];
    assert!(1.0 < number(first, "times_as_often") && !first["evidence"].as_array().expect("list").is_empty());
    assert_eq!(told_of["household"]["is_stated"], false);
    let for_people = told("interests", &["--customer", customer]);
    assert!(
        for_people.contains("times as often as others") && for_people.contains("bought "),
        "{for_people}"
    );
}

#[test]
fn what_customers_say_of_themselves_wins_over_a_guess() {
    let dir = tempfile::tempdir().expect("a folder");
    let (artifact, customers) = (dir.path().join("artifact"), shop().join("customers.parquet"));
    train(&artifact, &["--customers", customers.to_str().expect("text")]);
    let path = dir.path().join("interests.jsonl");
    let artifact = artifact.to_str().expect("text");
    let path_text = path.to_str().expect("text");
    stdout_of(&mut erbij(&[
        "interests",
        "--quiet",
        "--artifact",
        artifact,
        "--now",
        NOW,
        "--out",
        path_text,
    ]));
    let rows = json_lines(&path);
    // The simulated shop's customers have all said it.
    assert!(rows.iter().all(|row| number(row, "household_probability") == 1.0));
    let customer = text(&rows[0], "customer_id");
    let args = ["interests", "--artifact", artifact, "--now", NOW, "--customer", customer, "--json"];
    let told: Value = serde_json::from_str(&stdout_of(&mut erbij(&args))).expect("JSON");
    assert_eq!(told["household"]["is_stated"], true);
    let told = stdout_of(&mut erbij(&["interests", "--artifact", artifact, "--customer", customer]));
    assert!(told.contains("as the customer has said"), "{told}");
}

#[test]
fn a_lifetime_has_a_tier_and_the_silent_are_watched() {
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join("lifetime.jsonl");
    told("lifetime", &["--out", path.to_str().expect("text")]);
    let rows = json_lines(&path);
    let tiers: BTreeSet<&str> = rows.iter().filter_map(|row| row["tier"].as_str()).collect();
    assert!(3 <= tiers.len(), "{tiers:?}");
    for row in rows.iter().filter(|row| !row["p_alive"].is_null()) {
        assert!((0.0..=1.0).contains(&number(row, "p_alive")) && 0.0 <= number(row, "expected_orders"));
    }
    // What the figures rest on is told, and no day lies further ahead than the history goes back.
    for row in &rows {
        assert!(["fitted", "empirical", "rates"].contains(&text(row, "basis")), "{row}");
        for day in ["silent_on", "lost_on"] {
            assert!(row[day].as_str().is_none_or(|day| day <= text(row, "foretold_until")), "{row}");
        }
    }
    let watched: Value =
        serde_json::from_str(&told("lifetime", &["--watch-list", "5", "--json"])).expect("JSON");
    let watched = watched.as_array().expect("a list");
    assert!(!watched.is_empty() && watched.len() <= 5, "{watched:?}");
    for row in watched {
        assert!(text(row, "silent_on") <= NOW, "{row}");
    }
}

#[test]
fn whom_it_is_about_must_be_said_and_known() {
    let [flag, store] = store();
    for (args, expected) in [
        (vec!["reminders"], "hint: `--customer ID` or `--out FILE`"),
        (vec!["lifetime"], "`--watch-list N`"),
        (vec!["interests", "--customer", "nobody-of-this-name"], "nobody-of-this-name"),
        (vec!["reminders", "--out", "reminders.xlsx"], ".jsonl"),
        (vec!["reminders", "--customer", "x", "--min-probability", "2"], "expected a number from 0 to 1"),
    ] {
        let mut words = args.clone();
        words.extend([flag.as_str(), store.as_str()]);
        let (code, error) = failure_of(&mut erbij(&words));
        assert_eq!(code, 1, "{args:?}: {error}");
        assert!(error.contains(expected), "`{expected}` is not in\n{error}");
    }
    // An artifact from before there were such models says so.
    let old = crate::program::top().join("crates/erbij-artifact/tests/compat/2.0");
    let artifact = old.to_str().expect("text");
    let (code, error) = failure_of(&mut erbij(&["reminders", "--artifact", artifact, "--customer", "c1"]));
    assert_eq!(code, 1);
    assert!(error.contains("hint:") && error.contains("replenishment"), "{error}");
    assert!(published().is_dir());
}

#[test]
fn a_visit_is_answered_without_a_server() {
    let dir = tempfile::tempdir().expect("a folder");
    let (artifact, events) = (dir.path().join("artifact"), shop().join("events.parquet"));
    train(&artifact, &["--events", events.to_str().expect("text")]);
    let artifact = artifact.to_str().expect("text");
    // Some item of the shop was looked at before others.
    let of_visit = |item: &str| -> Value {
        let args = ["recommend", "--artifact", artifact, "--now", NOW, "--session", item, "--json"];
        serde_json::from_str(&stdout_of(&mut erbij(&args))).expect("JSON")
    };
    let told = (0..50).map(|number| of_visit(&format!("i{number:05}")));
    let is_of_visit = |slate: &Value| slate["items"][0]["source"] == "session";
    let slate = told.into_iter().find(is_of_visit).expect("some item leads to others");
    assert_eq!(slate["items"][0]["reason_code"], "viewed_together");
    assert!(text(&slate["items"][0], "reason_text").starts_with("Wie "));
}
