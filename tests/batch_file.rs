//! The nightly file in its three forms: one row a customer, the same lists in each.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use arrow_array::Array;
use arrow_array::cast::AsArray;
use arrow_array::types::Float64Type;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use serde_json::{Value, json};

use crate::program::{erbij, failure_of, published, stdout_of, store};

fn write(name: &str, threads: &str) -> std::path::PathBuf {
    let out = published().join(format!("{threads}-{name}"));
    let [flag, store] = store();
    let mut command = erbij(&[
        "recommend",
        "--all-customers",
        "--n",
        "4",
        "--now",
        "2026-01-01",
        "--out",
        out.to_str().expect("text"),
        &flag,
        &store,
    ]);
    let told = stdout_of(command.env("RAYON_NUM_THREADS", threads));
    assert!(told.contains("customers"), "{told}");
    out
}

/// What is told of a slate, by customer, in the form of the API's answer.
type Slates = BTreeMap<String, Value>;

fn of_jsonl(path: &Path) -> Slates {
    let row = |line: &str| {
        let mut row: Value = serde_json::from_str(line).expect("a line is a JSON value");
        assert_eq!(row["error"], Value::Null);
        (row["input"]["customer_id"].as_str().expect("text").to_owned(), row["output"].take())
    };
    std::fs::read_to_string(path).expect("written").lines().map(row).collect()
}

fn text_or_null(text: &str) -> Value {
    if text.is_empty() { Value::Null } else { text.into() }
}

/// Puts a field where there is one, as the API does.
fn put(object: &mut Value, field: &str, value: Value) {
    if !value.is_null() {
        object[field] = value;
    }
}

fn of_csv(path: &Path) -> Slates {
    let mut reader = csv::Reader::from_path(path).expect("written");
    let header: Vec<String> = reader.headers().expect("a header").iter().map(str::to_owned).collect();
    let slate = |record: Result<csv::StringRecord, csv::Error>| {
        let record = record.expect("as wide as the header");
        let cell = |name: &str| &record[header.iter().position(|column| column == name).expect(name)];
        let item = |at: usize| {
            let cell = |name: &str| cell(&format!("rec{at}_{name}"));
            let mut item = json!({ "price": null, "score": cell("score").parse::<f64>().expect("a number") });
            for field in ["item_id", "title", "source", "reason_code", "reason_text"] {
                item[field] = cell(field).into();
            }
            for field in ["url", "image_url"] {
                item[field] = text_or_null(cell(field));
            }
            if !cell("price_amount").is_empty() {
                item["price"] = json!({ "amount": cell("price_amount"), "currency": cell("price_currency") });
            }
            for field in ["variant_id", "source_item"] {
                put(&mut item, field, text_or_null(cell(field)));
            }
            item
        };
        let n_items: usize = cell("n_items").parse().expect("a number");
        let mut slate = json!({ "items": (1..=n_items).map(item).collect::<Vec<_>>(), "unknown_items": [] });
        for field in ["recommendation_id", "model_version", "placement"] {
            slate[field] = cell(field).into();
        }
        slate["fallback_used"] = text_or_null(cell("fallback_used"));
        put(&mut slate, "empty_reason", text_or_null(cell("empty_reason")));
        (cell("customer_id").to_owned(), slate)
    };
    reader.records().map(slate).collect()
}

fn of_parquet(path: &Path) -> Slates {
    let file = std::fs::File::open(path).expect("written");
    let reader = ParquetRecordBatchReaderBuilder::try_new(file).expect("Parquet").build().expect("readable");
    let mut slates = Slates::new();
    let text = |array: &dyn Array, row: usize| {
        if array.is_valid(row) { array.as_string::<i32>().value(row).into() } else { Value::Null }
    };
    for batch in reader {
        let batch = batch.expect("readable");
        let lists = batch["items"].as_list::<i32>();
        for row in 0..batch.num_rows() {
            let (items, mut shown) = (lists.value(row), Vec::new());
            let items = items.as_struct();
            for at in 0..items.len() {
                let cell = |name: &str| text(items.column_by_name(name).expect(name), at);
                let price = items.column_by_name("price").expect("there").as_struct();
                let score = items.column_by_name("score").expect("there").as_primitive::<Float64Type>();
                let mut item = json!({ "price": null, "score": score.value(at) });
                for field in ["item_id", "title", "url", "image_url", "source", "reason_code", "reason_text"]
                {
                    item[field] = cell(field);
                }
                if price.is_valid(at) {
                    item["price"] = json!({
                        "amount": text(price.column_by_name("amount").expect("there"), at),
                        "currency": text(price.column_by_name("currency").expect("there"), at),
                    });
                }
                for field in ["variant_id", "source_item"] {
                    put(&mut item, field, cell(field));
                }
                shown.push(item);
            }
            let mut slate = json!({ "items": shown, "unknown_items": [] });
            for field in ["recommendation_id", "model_version", "placement", "fallback_used"] {
                slate[field] = text(&batch[field], row);
            }
            put(&mut slate, "empty_reason", text(&batch["empty_reason"], row));
            slates.insert(batch["customer_id"].as_string::<i32>().value(row).to_owned(), slate);
        }
    }
    slates
}

#[test]
fn the_three_forms_and_the_answer_to_one_question_say_the_same() {
    let expected = of_jsonl(&write("list.jsonl", "2"));
    let n_items = |slate: &Value| slate["items"].as_array().expect("a list").len();
    assert!(1000 < expected.len() && expected.values().all(|slate| n_items(slate) == 4));
    assert_eq!(of_csv(&write("list.csv", "2")), expected);
    assert_eq!(of_parquet(&write("list.parquet", "2")), expected);

    let ids: BTreeSet<&str> =
        expected.values().map(|slate| slate["recommendation_id"].as_str().expect("text")).collect();
    assert_eq!(ids.len(), expected.len(), "every row has an id of its own");
    let [flag, store] = store();
    for (customer, slate) in expected.iter().step_by(expected.len() / 8) {
        let asked = ["recommend", "--customer", customer, "--n", "4", "--now", "2026-01-01", "--json"];
        let alone = || stdout_of(erbij(&asked).args([&flag, &store]));
        let mut alone: Value = serde_json::from_str(&alone()).expect("JSON");
        assert_ne!(alone["recommendation_id"], slate["recommendation_id"], "another question, another id");
        alone["recommendation_id"] = slate["recommendation_id"].clone();
        assert_eq!(&alone, slate);
    }
}

#[test]
fn threads_do_not_show() {
    for name in ["same.jsonl", "same.csv", "same.parquet"] {
        let [one, two] = ["1", "2"].map(|threads| std::fs::read(write(name, threads)).expect("written"));
        assert!(one == two, "{name} differs");
    }
}

#[test]
fn another_ending_is_refused() {
    let [flag, store] = store();
    let out = published().join("list.xml");
    let out = out.to_str().expect("text");
    let (code, told) = failure_of(&mut erbij(&["recommend", "--all-customers", "--out", out, &flag, &store]));
    assert_eq!(code, 1);
    assert!(told.contains("`.jsonl`, `.csv` or `.parquet`"), "{told}");
}
