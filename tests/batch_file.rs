//! The nightly file in its three forms: one row a customer, the same lists in each.

use std::collections::BTreeMap;

use arrow_array::cast::AsArray;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use serde_json::Value;

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

/// Customer → recommended ids.
type Lists = BTreeMap<String, Vec<String>>;

fn lists_of_jsonl(text: &str) -> Lists {
    let row = |line: &str| {
        let row: Value = serde_json::from_str(line).expect("a line is a JSON value");
        assert_eq!(row["error"], Value::Null);
        let items = row["output"]["items"].as_array().expect("a list").iter();
        let ids = items.map(|item| {
            for key in ["title", "url", "image_url", "reason", "reason_code"] {
                assert!(item[key].is_string(), "{key} of {item}");
            }
            item["item_id"].as_str().expect("text").to_owned()
        });
        (row["input"]["customer_id"].as_str().expect("text").to_owned(), ids.collect())
    };
    text.lines().map(row).collect()
}

#[test]
fn the_three_forms_say_the_same() {
    let jsonl = std::fs::read_to_string(write("list.jsonl", "2")).expect("written");
    let expected = lists_of_jsonl(&jsonl);
    assert!(1000 < expected.len() && expected.values().all(|items| items.len() == 4));
    assert_eq!(jsonl.lines().count(), expected.len(), "one row a customer");

    let mut reader = csv::Reader::from_path(write("list.csv", "2")).expect("written");
    let header: Vec<String> = reader.headers().expect("a header").iter().map(str::to_owned).collect();
    assert_eq!(
        header[..8].join(","),
        "customer_id,n_items,rec1_id,rec1_title,rec1_url,rec1_image,rec1_price,rec1_reason"
    );
    let of_csv: Lists = reader
        .records()
        .map(|record| {
            let record = record.expect("as wide as the header");
            (record[0].to_owned(), (0..4).map(|at| record[2 + 6 * at].to_owned()).collect())
        })
        .collect();
    assert_eq!(of_csv, expected);

    let file = std::fs::File::open(write("list.parquet", "2")).expect("written");
    let reader = ParquetRecordBatchReaderBuilder::try_new(file).expect("Parquet").build().expect("readable");
    let mut of_parquet = Lists::new();
    for batch in reader {
        let batch = batch.expect("readable");
        let customers = batch.column_by_name("customer_id").expect("there").as_string::<i32>().clone();
        let lists = batch.column_by_name("items").expect("there").as_list::<i32>().clone();
        for row in 0..batch.num_rows() {
            let items = lists.value(row);
            let ids = items.as_struct().column_by_name("item_id").expect("there").as_string::<i32>().clone();
            let ids = ids.iter().map(|id| id.expect("never null").to_owned()).collect();
            of_parquet.insert(customers.value(row).to_owned(), ids);
        }
    }
    assert_eq!(of_parquet, expected);
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
