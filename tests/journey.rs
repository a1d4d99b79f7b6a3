//! The whole way as people go it: check, train, publish, ask, roll back; and what they are told on the way.

use expect_test::{Expect, expect};
use serde_json::Value;

use crate::program::{erbij, failure_of, published, shop, stdout_of, store, tables, train};

fn json(text: &str) -> Value {
    serde_json::from_str(text).expect("JSON")
}

#[test]
fn check_accounts_for_every_row() {
    let tables = tables(shop());
    let mut args = vec!["check", "--quiet", "--json"];
    args.extend(tables.iter().map(String::as_str));
    let report = json(&stdout_of(&mut erbij(&args)));
    for (table, rows) in [("orders", 60_000), ("items", 0)] {
        let table = &report["tables"][table];
        let number = |value: &Value| value.as_u64().expect("a count");
        let dropped: u64 = table["dropped"].as_object().expect("reasons").values().map(number).sum();
        assert_eq!(number(&table["rows_read"]), number(&table["rows_used"]) + dropped);
        assert!(rows <= number(&table["rows_read"]));
    }
    // Every kind of dirt that was planted is seen.
    let dropped = report["tables"]["orders"]["dropped"].as_object().expect("reasons");
    for reason in [
        "cancellation",
        "duplicate_line",
        "future_date",
        "negative_price",
        "service_code",
        "zero_quantity",
        "missing_item_id",
    ] {
        assert!(dropped.contains_key(reason), "{reason} is not among {dropped:?}");
    }
    let for_people = stdout_of(&mut erbij(&{
        let mut args = vec!["check", "--quiet"];
        args.extend(tables.iter().map(String::as_str));
        args
    }));
    assert!(for_people.contains("rows read"), "{for_people}");
}

#[test]
fn what_is_wrong_is_said_with_its_place_and_the_next_step() {
    let dir = tempfile::tempdir().expect("a folder");
    let file = |name: &str, text: &str| {
        let path = dir.path().join(name);
        std::fs::write(&path, text).expect("written");
        path.to_str().expect("text").to_owned()
    };
    let hide = |text: &str| text.replace(dir.path().to_str().expect("text"), "DIR");
    let check = |args: &[&str], expected: Expect| {
        let (code, told) = failure_of(&mut erbij(args));
        expected.assert_eq(&format!("{}exit code {code}\n", hide(&told)));
    };
    let csv = file("orders.csv", "order_id,item_id\n1,2,3\n");
    check(
        &["check", "--quiet", "--orders", &csv],
        expect![[r#"
        error: `DIR/orders.csv`, row 1 (line 2): it has 3 fields, expected 2 as in the header
        hint: put a value that holds `,`, a quote or a line break in quotes: `"…"`
        exit code 1
    "#]],
    );
    check(
        &["check", "--quiet", "--orders", "nowhere.parquet"],
        expect![[r#"
        error: `nowhere.parquet` does not exist
        exit code 1
    "#]],
    );
    let recipe = file("recipe.toml", "[affinity]\nshrinkige = 2\n");
    check(
        &["train", "--quiet", "--recipe", &recipe, "--orders", "o", "--out", "x"],
        expect![[r#"
        error: recipe `DIR/recipe.toml` is refused: line 2: unknown key `shrinkige`; did you mean `shrinkage`?
        exit code 1
    "#]],
    );
    let config = file("erbij.toml", "[rules]\nmax_quantty = 2\n");
    check(
        &["check", "--quiet", "--config", &config, "--orders", "o"],
        expect![[r#"
        error: `DIR/erbij.toml` is no settings file: line 2: unknown key `max_quantty`; did you mean `max_quantity`?
        exit code 1
    "#]],
    );
    let empty = dir.path().join("empty").to_str().expect("text").to_owned();
    check(
        &["recommend", "--customer", "1", "--store", &empty],
        expect![[r#"
        error: nothing is published in `DIR/empty`
        hint: `erbij train … --out DIR`, then `erbij publish DIR`; or `erbij demo`
        exit code 1
    "#]],
    );
    check(
        &["rollback", "--store", &empty],
        expect![[r#"
        error: nothing is published in `DIR/empty`
        hint: publish an artifact with `erbij publish`, or name a generation
        exit code 1
    "#]],
    );
    check(
        &["simulate", "--customers", "0", "--out", &empty],
        expect![[r#"
        error: `n_customers` is 0: expected 1 to 1073741823
        exit code 1
    "#]],
    );
}

#[test]
fn unknown_words_are_the_callers_fault() {
    for args in [
        vec!["recomend"],
        vec!["recommend"],
        vec!["train"],
        vec!["recommend", "--item", "1", "--basket", "2"],
    ] {
        let (code, told) = failure_of(&mut erbij(&args));
        assert_eq!(code, 1, "{args:?}: {told}");
    }
    assert!(stdout_of(&mut erbij(&["--help"])).contains("Iets erbij?"));
    for command in [
        "init",
        "check",
        "train",
        "publish",
        "rollback",
        "list",
        "inspect",
        "diff",
        "recommend",
        "serve",
        "simulate",
        "demo",
    ] {
        assert!(!stdout_of(&mut erbij(&[command, "--help"])).is_empty());
    }
}

#[test]
fn an_artifact_answers_without_a_server() {
    let [flag, store] = store();
    let popular =
        stdout_of(&mut erbij(&["recommend", "--customer", "nobody", "--n", "2", "--json", &flag, &store]));
    let popular = json(&popular);
    assert_eq!(popular["fallback_used"], "popularity");
    let item = popular["items"][0]["item_id"].as_str().expect("text").to_owned();
    let other = popular["items"][1]["item_id"].as_str().expect("text").to_owned();

    let ask = |more: &[&str]| {
        let mut args = vec!["recommend", "--json", "--n", "5", &flag, &store];
        args.extend(more);
        json(&stdout_of(&mut erbij(&args)))
    };
    let related = ask(&["--item", &item, "--explain", "--language", "en"]);
    let first = &related["items"][0];
    assert_eq!(
        (first["source"].as_str(), first["reason_code"].as_str()),
        (Some("related"), Some("bought_together"))
    );
    assert_eq!(first["source_item"], item.as_str());
    assert!(first["reason_text"].as_str().expect("text").starts_with("Often bought together with"));
    let shown = |slate: &Value| -> Vec<String> {
        let items = slate["items"].as_array().expect("a list").iter();
        items.map(|item| item["item_id"].as_str().expect("text").to_owned()).collect()
    };
    assert!(!shown(&related).contains(&item));
    let unwanted = first["item_id"].as_str().expect("text");
    assert!(!shown(&ask(&["--item", &item, "--exclude", unwanted])).contains(&unwanted.to_owned()));
    let basket = ask(&["--basket", &format!("{item},{other}")]);
    assert!(!shown(&basket).iter().any(|shown| *shown == item || *shown == other));

    let for_people = stdout_of(&mut erbij(&["recommend", "--item", &item, "--n", "3", &flag, &store]));
    assert_eq!(
        for_people.lines().filter(|line| line.contains("Vaak samen gekocht")).count(),
        3,
        "{for_people}"
    );
}

#[test]
fn a_generation_comes_and_goes() {
    let dir = tempfile::tempdir().expect("a folder");
    let path = |name: &str| dir.path().join(name).to_str().expect("text").to_owned();
    let (first, second, store) = (path("first"), path("second"), path("store"));
    let first_id = train(first.as_ref(), &[]);
    let recipe = path("recipe.toml");
    std::fs::write(&recipe, "name = 'second'\n[affinity]\nmeasure = 'jaccard'\n").expect("written");
    let second_id = train(second.as_ref(), &["--recipe", &recipe]);

    let current = || {
        let list = json(&stdout_of(&mut erbij(&["list", "--json", "--store", &store])));
        let generations = list.as_array().expect("a list");
        let current = generations.iter().find(|generation| generation["is_current"] == true).expect("one is");
        current["manifest"]["artifact_id"].as_str().expect("text").to_owned()
    };
    stdout_of(&mut erbij(&["publish", &first, "--store", &store]));
    assert_eq!(current(), first_id);
    let dry = stdout_of(&mut erbij(&["publish", &second, "--dry-run", "--store", &store]));
    assert!(dry.contains("would become current"), "{dry}");
    assert_eq!(current(), first_id);
    let diff = json(&stdout_of(&mut erbij(&["diff", &second, "--n", "5", "--json", "--store", &store])));
    assert_eq!(
        (diff["old_artifact_id"].as_str(), diff["new_artifact_id"].as_str()),
        (Some(&*first_id), Some(&*second_id))
    );
    stdout_of(&mut erbij(&["publish", &second, "--store", &store]));
    assert_eq!(current(), second_id);
    stdout_of(&mut erbij(&["rollback", "--store", &store]));
    assert_eq!(current(), first_id);
    let inspected = stdout_of(&mut erbij(&["inspect", "--store", &store]));
    assert!(inspected.contains(&first_id) && inspected.contains("affinity.arrow"), "{inspected}");
}

#[test]
fn orders_alone_are_enough() {
    let dir = tempfile::tempdir().expect("a folder");
    let out = dir.path().join("artifact");
    let orders = shop().join("orders.parquet");
    let args = [
        "train",
        "--quiet",
        "--orders",
        orders.to_str().expect("text"),
        "--out",
        out.to_str().expect("text"),
    ];
    let id = stdout_of(&mut erbij(&args));
    assert_eq!(id.trim().len(), 64, "{id}");
    assert!(published().exists());
}

#[test]
fn the_demo_shows_what_it_promises() {
    let dir = tempfile::tempdir().expect("a folder");
    let sample = crate::program::top().join("data/sample");
    let told = stdout_of(&mut erbij(&[
        "demo",
        "--once",
        "--quiet",
        "--sample",
        sample.to_str().expect("text"),
        "--store",
        dir.path().to_str().expect("text"),
    ]));
    assert_eq!(told.matches("curl ").count(), 3, "{told}");
    assert!(told.contains("Often bought together with") && told.contains("you bought"), "{told}");
}
