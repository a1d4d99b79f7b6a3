//! Every rule on rows, by name and count.

use erbij_ingest::Settings;
use proptest::prelude::*;

use crate::support::{
    batch_of, check_identity, counts, ingest, ingest_lines, line, lines, orders, told, write,
};

/// Rows, what is dropped, what is noted, and the baskets that remain.
struct Case {
    rows: &'static [&'static str],
    dropped: &'static str,
    noted: &'static str,
    baskets: &'static [&'static str],
}

fn check(case: &Case) {
    let ingested = ingest_lines(case.rows);
    check_identity(&ingested.report);
    let found = counts(&ingested.report.tables["orders"]);
    assert_eq!((found.0.as_str(), found.1.as_str()), (case.dropped, case.noted), "{:?}", case.rows);
    assert_eq!(told(&ingested), case.baskets, "{:?}", case.rows);
}

#[test]
fn lines_that_are_no_purchases_are_dropped_for_the_right_reason() {
    for (row, reason) in [
        ("- i 2024-01-01 c 1 1", "missing_order_id"),
        ("o - 2024-01-01 c 1 1", "missing_item_id"),
        ("o i - c 1 1", "missing_ordered_at"),
        ("o i yesterday c 1 1", "bad_ordered_at"),
        ("o i 2024-13-01 c 1 1", "bad_ordered_at"),
        ("o POST 2024-01-01 c 1 1", "service_code"),
        ("o bank_charges 2024-01-01 c 1 1", "service_code"),
        ("o i 1994-12-31 c 1 1", "implausible_date"),
        ("o i 2024-06-02T12:00:01Z c 1 1", "future_date"),
        ("o i 2024-01-01 c 0 1", "zero_quantity"),
        ("o i 2024-01-01 c 1 -1", "negative_price"),
        ("o i 2024-01-01 c -1 1", "cancellation"),
        ("C17 i 2024-01-01 c 1 1", "cancellation"),
        ("C17 i 2024-01-01 c -1 -1", "cancellation"),
        // Precedence: the first of the list is the reason.
        ("- - - c 0 -1", "missing_order_id"),
        ("o - - c 0 -1", "missing_item_id"),
        ("o POST 1970-01-01 c 0 -1", "negative_price"),
        ("C17 POST 2024-01-01 c 1 -1", "service_code"),
        ("o POST 1970-01-01 c 0 1", "service_code"),
        ("o i 1970-01-01 c 0 -1", "implausible_date"),
        ("o i 2024-01-01 c 0 -1", "zero_quantity"),
    ] {
        let ingested = ingest_lines(&[row, "ok other 2024-01-01 c 1 1"]);
        check_identity(&ingested.report);
        let report = &ingested.report.tables["orders"];
        assert_eq!(report.dropped.keys().collect::<Vec<_>>(), [&reason], "{row}");
        assert_eq!(report.dropped[reason], 1, "{row}");
        let example = &report.examples[reason][0];
        assert_eq!((example.row, report.rows_used), (1, 1), "{row}");
    }
}

#[test]
fn lines_that_look_odd_are_used() {
    for (row, expected) in [
        ("o i 2024-06-02T12:00:00Z c 1 1", "c@2024-06-02T12:00:00Z 100: i*1"),
        ("o i 1995-01-01 c 1 1", "c@1995-01-01T00:00:00Z 100: i*1"),
        ("C17x i 2024-01-01 c 1 1", "c@2024-01-01T00:00:00Z 100: i*1"),
        ("C i 2024-01-01 c 1 1", "c@2024-01-01T00:00:00Z 100: i*1"),
        ("o POSTER 2024-01-01 c 1 1", "c@2024-01-01T00:00:00Z 100: POSTER*1"),
        ("o i 2024-01-01 c 0.5 0.99", "c@2024-01-01T00:00:00Z 50: i*0.5"),
        ("o i 2024-01-01 c 1000 0.01", "c@2024-01-01T00:00:00Z 1000: i*1000"),
    ] {
        let ingested = ingest_lines(&[row]);
        assert_eq!(told(&ingested), [expected], "{row}");
        assert_eq!(counts(&ingested.report.tables["orders"]), (String::new(), String::new()), "{row}");
    }
}

#[test]
fn notes_count_rows_that_are_used() {
    check(&Case {
        rows: &[
            "1 a 2024-01-01 - 2 1.5",
            "2 a 2024-01-02 c 1 0",
            "3 a 2024-01-03 c 1001 0.002",
            "4 a 2024-01-04 c - 1",
            "5 a 2024-01-05 c 1 -",
        ],
        dropped: "",
        noted: "absurd_quantity 1, guest 1, missing_price 1, missing_quantity 1, zero_price 1",
        baskets: &[
            "c@2024-01-02T00:00:00Z 0: a*1",
            "c@2024-01-03T00:00:00Z 200: a*1",
            "c@2024-01-04T00:00:00Z 100: a*1",
            "c@2024-01-05T00:00:00Z 0: a*1",
            "-@2024-01-01T00:00:00Z 300: a*2",
        ],
    });
}

#[test]
fn copies_are_dropped_and_different_lines_of_an_item_are_added() {
    check(&Case {
        rows: &[
            "1 a 2024-01-01T10:00:00Z c 1 2",
            "1 e 2024-01-01T09:00:00Z c 1 2",
            "1 a 2024-01-01T11:00:00Z c 1 2",
            "1 a 2024-01-01T11:00:00Z c 3 2",
            "2 a 2024-01-02 c 1 2",
        ],
        dropped: "duplicate_line 1",
        noted: "merged_line 1",
        baskets: &["c@2024-01-01T09:00:00Z 1000: a*4 e*1", "c@2024-01-02T00:00:00Z 200: a*1"],
    });
}

#[test]
fn an_order_of_two_customers_is_the_first_ones_by_id() {
    check(&Case {
        rows: &[
            "1 a 2024-01-01 9 1 1",
            "1 e 2024-01-01 10 1 1",
            "1 f 2024-01-01 - 1 1",
            "2 a 2024-01-01 10 1 1",
        ],
        dropped: "",
        noted: "order_with_two_customers 3",
        baskets: &["9@2024-01-01T00:00:00Z 300: a*1 e*1 f*1", "10@2024-01-01T00:00:00Z 100: a*1"],
    });
}

#[test]
fn cancellations_take_back_the_latest_earlier_purchase() {
    check(&Case {
        rows: &[
            "1 a 2024-01-01 c 2 1",
            "2 a 2024-01-05 c 2 1",
            "3 a 2024-01-09 c 2 1",
            "C4 a 2024-01-06 c -3 1",
            "5 a 2024-01-01 d 2 1",
        ],
        dropped: "cancellation 1, returned_in_full 1",
        noted: "",
        baskets: &[
            "c@2024-01-01T00:00:00Z 100: a*1",
            "c@2024-01-09T00:00:00Z 200: a*2",
            "d@2024-01-01T00:00:00Z 200: a*2",
        ],
    });
}

#[test]
fn an_order_and_its_full_return_never_happened() {
    let kept = ["1 a 2024-01-01 c 2 1", "2 e 2024-01-01 d 1 1"];
    let alone = ingest_lines(&kept);
    let rows = [kept[0], kept[1], "3 z 2024-01-03 x 4 1", "C3 z 2024-01-04 x -3 1", "C4 z 2024-01-04 x -1 1"];
    let returned = ingest_lines(&rows);
    assert_eq!(crate::support::result(&alone), crate::support::result(&returned));
    assert_eq!(counts(&returned.report.tables["orders"]).0, "cancellation 2, returned_in_full 1");
    assert_eq!(returned.report.cancellations_unmatched, 0);
}

#[test]
fn cancellations_without_a_purchase_are_told() {
    let ingested = ingest_lines(&[
        "C1 a 2024-01-01 c -1 1",
        "2 a 2024-01-02 c 1 1",
        "3 e 2024-01-02 - 1 1",
        "C4 e 2024-01-03 - -1 1",
        "5 g 2024-01-03 - 2 1",
        "5 g 2024-01-03 - -2 1",
        // A copy of a cancellation takes nothing back a second time.
        "6 h 2024-01-03 c 3 1",
        "C7 h 2024-01-04 c -1 1",
        "C7 h 2024-01-04 c -1 1",
    ]);
    let report = &ingested.report.tables["orders"];
    assert_eq!(counts(report).0, "cancellation 4, duplicate_line 1, returned_in_full 1");
    assert_eq!(ingested.report.cancellations_unmatched, 2);
    assert!(report.hints.iter().any(|hint| hint.starts_with("2 cancellations match no earlier purchase")));
    let amounts = "2.00 EUR that they refund is not subtracted from any purchase; 1 of them are by guests";
    assert!(report.hints.iter().any(|hint| hint.contains(amounts)), "{:?}", report.hints);
    assert_eq!(told(&ingested).len(), 3);
}

#[test]
fn returned_quantities_count_against() {
    use std::sync::Arc;
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("o.parquet");
    let batch = crate::support::batch(vec![
        ("order_id", crate::support::text([Some("1"), Some("2"), Some("3"), Some("4")])),
        ("item_id", crate::support::text([Some("a"); 4])),
        ("ordered_at", crate::support::instants([Some("2024-01-01"); 4])),
        ("quantity", Arc::new(arrow_array::Int32Array::from(vec![3, 3, 3, 3]))),
        ("unit_price", Arc::new(arrow_array::Float64Array::from(vec![1.0; 4]))),
        ("returned_quantity", Arc::new(arrow_array::Int32Array::from(vec![Some(0), Some(1), Some(3), None]))),
        (
            "is_cancellation",
            Arc::new(arrow_array::BooleanArray::from(vec![Some(false), Some(false), None, Some(true)])),
        ),
    ]);
    write(&path, &batch);
    let ingested = ingest(&orders(&path), &Settings::default()).expect("valid");
    check_identity(&ingested.report);
    assert_eq!(counts(&ingested.report.tables["orders"]).0, "cancellation 1, returned_in_full 1");
    assert_eq!(told(&ingested), ["-@2024-01-01T00:00:00Z 300: a*3", "-@2024-01-01T00:00:00Z 200: a*2"]);
}

#[test]
fn the_rules_can_be_changed() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("o.parquet");
    let rows = [
        "R1 a 2001-01-01 c 1 1",
        "2 POST 2024-01-01 c 1 1",
        "3 fee 2024-01-01 c 1 1",
        "4 e 2024-01-01 c 9 1",
    ];
    write(&path, &batch_of(&lines(&rows)));
    let settings = "[rules]\nservice_codes = ['FEE']\ncancellation_prefix = 'R'\nmax_quantity = 8\nearliest = '2000-01-01'";
    let settings = Settings::from_toml(settings).expect("valid");
    let report = ingest(&orders(&path), &settings).expect("valid").report;
    assert_eq!(
        counts(&report.tables["orders"]),
        ("cancellation 1, service_code 1".into(), "absurd_quantity 1".into())
    );
}

#[test]
fn no_rows_give_an_empty_result() {
    let ingested = ingest_lines(&[]);
    check_identity(&ingested.report);
    assert!(ingested.baskets.is_empty() && ingested.catalogue.is_empty() && ingested.customers.is_empty());
    assert_eq!(ingested.report.window, None);
}

#[test]
fn the_report_reads_well_and_is_json() {
    let mut ingested = ingest_lines(&[
        "1 a 2024-01-01 c 1 2",
        "1 a 2024-01-01 c 1 2",
        "2 POST 2024-01-01 c 1 2",
        "3 a someday c 1 2",
        "4 e 2024-01-02 - 1 2",
    ]);
    for table in ingested.report.tables.values_mut() {
        table.files = vec!["orders.parquet".to_owned()];
        table
            .examples
            .values_mut()
            .flatten()
            .for_each(|example| "orders.parquet".clone_into(&mut example.file));
    }
    expect_test::expect![[r#"
        orders: 1 file
                    5  100.00 %  rows read
                    2   40.00 %  rows used
          dropped
                    1   20.00 %  bad_ordered_at            a date that cannot be read
                         e.g. `orders.parquet` row 4: someday
                    1   20.00 %  service_code              postage, fees and corrections, not an item (rules.service_codes)
                         e.g. `orders.parquet` row 3: item POST, quantity 1
                    1   20.00 %  duplicate_line            a repeat of the same order, item, quantity and price
                         e.g. `orders.parquet` row 2: order 1, item a, quantity 1
          used, but
                    1   20.00 %  guest                     no customer id: counted for items, not for a person
                         e.g. `orders.parquet` row 5: order 4, item e, quantity 1
          columns: customer_id, item_id, order_id, ordered_at, price, quantity
          hint: `ordered_at` is not an instant in 1 rows, such as `someday`; if all have the same format, set it in erbij.toml: [tables.orders.columns] ordered_at = { column = "ordered_at", format = "%m/%d/%Y %H:%M" }

                    2  baskets
                    1  of them of guests
                    1  customers
                    2  items
                    2  of them sold
                    2  pieces
                 4.00  EUR revenue
                 2.00  EUR a basket
                       2024-01-01T00:00:00Z to 2024-01-02T00:00:00Z
    "#]]
    .assert_eq(&ingested.report.to_string());
    let json = serde_json::to_value(&ingested.report).expect("JSON");
    assert_eq!(json["tables"]["orders"]["dropped"]["service_code"], 1);
    assert_eq!(json["tables"]["orders"]["columns"]["order_id"], "order_id");
    assert_eq!(json["window"]["from"], "2024-01-01T00:00:00Z");
}

fn dirty_line() -> impl Strategy<Value = String> {
    let order = prop_oneof!["[1-5]", "C[1-3]", Just("-".to_owned())];
    let item = prop_oneof![8 => "[efg]", 1 => Just("POST".to_owned()), 1 => Just("-".to_owned())];
    let at = prop_oneof![
        8 => "2024-01-0[1-9]",
        1 => Just("1970-01-01".to_owned()),
        1 => Just("2030-01-01".to_owned()),
        1 => Just("soon".to_owned()),
        1 => Just("-".to_owned()),
    ];
    let customer = prop_oneof!["[xy]", Just("-".to_owned())];
    (order, item, at, customer, -3_i32..5, -1_i32..4)
        .prop_map(|(o, i, a, c, q, p)| format!("{o} {i} {a} {c} {q} {p}"))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_row_is_lost_whatever_it_holds(rows in proptest::collection::vec(dirty_line(), 0..60)) {
        let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
        let ingested = ingest_lines(&rows);
        check_identity(&ingested.report);
        prop_assert_eq!(ingested.report.tables["orders"].rows_read, rows.len() as u64);
        // Rows that are used are purchases, and what is in baskets comes from them.
        let most: f64 = rows.iter().map(|row| line(row).quantity.unwrap_or(0.0).max(0.0)).sum();
        let sum: f64 = ingested.baskets.parts().quantities.iter().map(|&q| f64::from(q)).sum();
        prop_assert!(sum <= most + 1e-3);
    }

    #[test]
    fn the_order_of_rows_means_nothing(
        rows in proptest::collection::vec(dirty_line(), 0..40), rotation in 0_usize..40,
    ) {
        let mut other = rows.clone();
        other.rotate_left(rotation % rows.len().max(1));
        other.reverse();
        let of = |rows: &[String]| ingest_lines(&rows.iter().map(String::as_str).collect::<Vec<_>>());
        let (one, two) = (of(&rows), of(&other));
        prop_assert_eq!(crate::support::result(&one), crate::support::result(&two));
        prop_assert_eq!(counts(&one.report.tables["orders"]), counts(&two.report.tables["orders"]));
    }
}
