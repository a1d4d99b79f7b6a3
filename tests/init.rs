//! A shop's own files, as other systems lay them out: `erbij init` and then `erbij check` come to the shop's figures in
//! one run, without an edit.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value;

use crate::layouts::{
    Figures, cases, dutch, lines, order, plain_items, plain_orders, text, whole, write_table,
};
use crate::program::{erbij, failure_of, stdout_of};

#[test]
fn a_shop_is_read_right_in_one_run() {
    let mut failures = String::new();
    for case in cases() {
        let dir = tempfile::tempdir().expect("a folder");
        let path = |name: &str| dir.path().join(name).to_str().expect("text").to_owned();
        let (orders, items) =
            (path(&format!("orders.{}", case.ending)), path(&format!("items.{}", case.ending)));
        write_table(orders.as_ref(), &case.orders, case.delimiter);
        write_table(items.as_ref(), &case.items, case.delimiter);
        let config = path("erbij.toml");
        let tables = ["--orders", &orders, "--items", &items, "--config", &config];
        let shown = stdout_of(&mut erbij(&[&["init", "--quiet"][..], &tables].concat()));
        let settings = std::fs::read_to_string(&config).expect("it is written");
        let report = stdout_of(&mut erbij(&[&["check", "--quiet", "--json"][..], &tables].concat()));
        let report: Value = serde_json::from_str(&report).expect("JSON");
        let count = |key: &str| report[key].as_u64().expect("a count");
        let found = Figures {
            n_orders: count("n_baskets"),
            n_customers: count("n_customers"),
            revenue_minor: report["revenue_minor"].as_i64().expect("an amount"),
        };
        let is_met = report["share_in_catalogue"].as_f64().is_some_and(|share| share == 1.0);
        let lacks: Vec<_> = case.written.iter().filter(|words| !settings.contains(**words)).collect();
        if found != case.figures || !is_met || !lacks.is_empty() || !shown.contains("revenue") {
            failures += &format!(
                "\n## {}\nfound {found:?}\nright {:?}\nin the catalogue {}\nnot written: {lacks:?}\n{settings}\n{shown}\n",
                case.name, case.figures, report["share_in_catalogue"]
            );
        }
    }
    assert!(failures.is_empty(), "{failures}");
}

/// Writes the plain shop; the words that name its tables.
fn plain_shop(dir: &Path) -> [String; 4] {
    let path = |name: &str| dir.join(name).to_str().expect("text").to_owned();
    let (orders, items) = (path("orders.parquet"), path("items.parquet"));
    write_table(orders.as_ref(), &plain_orders(&lines()), ',');
    write_table(items.as_ref(), &plain_items(), ',');
    ["--orders".to_owned(), orders, "--items".to_owned(), items]
}

#[test]
fn settings_that_are_there_stay_and_the_same_files_give_the_same_text() {
    let dir = tempfile::tempdir().expect("a folder");
    let tables = plain_shop(dir.path());
    let config = dir.path().join("erbij.toml");
    let mut args = vec!["init", "--quiet", "--config", config.to_str().expect("text")];
    args.extend(tables.iter().map(String::as_str));
    std::fs::write(&config, "currency = 'USD'\n").expect("written");
    let (code, told) = failure_of(&mut erbij(&args));
    assert_eq!(code, 1);
    assert!(told.contains("is there already") && told.contains("hint: `--force` replaces it"), "{told}");
    assert_eq!(std::fs::read_to_string(&config).expect("it is there"), "currency = 'USD'\n");
    args.push("--force");
    let mut texts = BTreeSet::new();
    for _ in 0..2 {
        stdout_of(&mut erbij(&args));
        texts.insert(std::fs::read_to_string(&config).expect("it is written"));
    }
    assert_eq!(texts.len(), 1);
    let text = texts.first().expect("one");
    assert!(!text.contains("USD") && text.contains("such as `1000`"), "{text}");
}

#[test]
fn what_no_column_says_is_left_to_the_shop() {
    let dir = tempfile::tempdir().expect("a folder");
    let path = |name: &str| dir.path().join(name).to_str().expect("text").to_owned();
    let lines = lines();
    let table = vec![
        ("order_id", whole(&lines, order)),
        ("colour", text(&lines, |_| "red".to_owned())),
        ("units", whole(&lines, |line| line.quantity)),
    ];
    write_table(path("orders.parquet").as_ref(), &table, ',');
    let config = path("erbij.toml");
    let (code, told) = failure_of(&mut erbij(&[
        "init",
        "--quiet",
        "--orders",
        &path("orders.parquet"),
        "--config",
        &config,
    ]));
    assert_eq!(code, 1);
    assert!(told.contains("no column was found for `item_id` of orders, `ordered_at` of orders"), "{told}");
    assert!(told.contains("hint: fill in the lines"), "{told}");
    let text = std::fs::read_to_string(&config).expect("it is written");
    for line in [
        "order_id = \"order_id\"",
        "# item_id = \"…\"",
        "# ordered_at = \"…\"",
        "# needed, and no column was found",
    ] {
        assert!(text.contains(line), "{line} is not in\n{text}");
    }
    assert!(text.contains("#   colour: text, 1 different, such as `red`"), "{text}");
}

#[test]
fn a_month_that_nothing_tells_goes_first_and_the_other_way_stands_below() {
    let dir = tempfile::tempdir().expect("a folder");
    let path = |name: &str| dir.path().join(name).to_str().expect("text").to_owned();
    let rows: String =
        (1..=40).map(|order| format!("{order},a{},c{order},04/04/2025\n", order % 3)).collect();
    std::fs::write(path("orders.csv"), format!("order_id,sku,customer_id,order_date\n{rows}"))
        .expect("written");
    let config = path("erbij.toml");
    stdout_of(&mut erbij(&["init", "--quiet", "--orders", &path("orders.csv"), "--config", &config]));
    let text = std::fs::read_to_string(&config).expect("it is written");
    assert!(text.contains("# a guess: month first: no number is above 12"), "{text}");
    assert!(text.contains("\nordered_at = { column = \"order_date\", format = \"%m/%d/%Y\" }"), "{text}");
    assert!(text.contains("\n# ordered_at = { column = \"order_date\", format = \"%d/%m/%Y\" }"), "{text}");
}

#[test]
fn a_demo_of_own_files_answers_with_their_titles_and_leaves_nothing() {
    let dir = tempfile::tempdir().expect("a folder");
    let path = |name: &str| dir.path().join(name).to_str().expect("text").to_owned();
    let (orders, items) = dutch(&lines());
    write_table(path("orders.csv").as_ref(), &orders, ';');
    write_table(path("items.csv").as_ref(), &items, ';');
    let (orders, items) = (path("orders.csv"), path("items.csv"));
    let answer =
        stdout_of(&mut erbij(&["demo", "--quiet", "--once", "--orders", &orders, "--items", &items]));
    for words in [
        "generation 1 is current",
        "# What goes with Ding ",
        "# What may be missing from a basket",
        "# What customer ",
    ] {
        assert!(answer.contains(words), "{words} is not in\n{answer}");
    }
    assert!(8 <= answer.matches(" Ding ").count(), "{answer}");
    assert_eq!(std::fs::read_dir(dir.path()).expect("listed").count(), 2);
    let config = path("shop.toml");
    stdout_of(&mut erbij(&[
        "demo", "--quiet", "--once", "--orders", &orders, "--items", &items, "--config", &config,
    ]));
    assert!(std::fs::read_to_string(&config).expect("it is written").contains("order_id = \"bestelnummer\""));
}
