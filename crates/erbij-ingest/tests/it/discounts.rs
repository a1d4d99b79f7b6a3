//! Discounts: off a line, off the order that one of its lines names, and what is left of them.

use erbij_ingest::{Ingested, Settings};

use crate::support::{check_identity, counts, ingest, orders, told};

/// Ingests a table of text whose discount is money.
fn ingest_text(rows: &[&str]) -> Ingested {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("orders.csv");
    let head = "order_id,item_id,ordered_at,customer_id,quantity,price,discount,returned_quantity";
    std::fs::write(&path, [&[head], rows].concat().join("\n")).expect("a file");
    let settings = "[tables.orders.columns]\ndiscount = { column = 'discount', is = 'amount' }";
    let settings = Settings::from_toml(settings).expect("settings");
    let ingested = ingest(&orders(&path), &settings).expect("valid tables");
    check_identity(&ingested.report);
    ingested
}

#[test]
fn a_discount_larger_than_its_line_is_taken_off_the_order() {
    for (what, rows, amount, noted) in [
        ("within its line", &["1,a,2024-01-02,c,1,10,4,", "1,b,2024-01-02,c,1,20,0,"][..], 2600, ""),
        ("all of its line", &["1,a,2024-01-02,c,1,10,10,", "1,b,2024-01-02,c,1,20,,"], 2000, "zero_price 1"),
        (
            "a voucher of the order on its first line",
            &["1,a,2024-01-02,c,1,10,15,", "1,b,2024-01-02,c,1,20,0,", "1,d,2024-01-02,c,3,5,0,"],
            3000,
            "discount_of_order 1",
        ),
        (
            "on its last line, below zero",
            &["1,a,2024-01-02,c,1,20,0,", "1,b,2024-01-02,c,2,5,-15,"],
            1500,
            "discount_of_order 1",
        ),
        (
            "the same file twice",
            &[
                "1,a,2024-01-02,c,1,10,15,",
                "1,b,2024-01-02,c,1,20,0,",
                "1,a,2024-01-02,c,1,10,15,",
                "1,b,2024-01-02,c,1,20,0,",
            ],
            1500,
            "discount_of_order 1",
        ),
        (
            "thirds of a cent add up",
            &["1,a,2024-01-02,c,1,1,2,", "1,b,2024-01-02,c,1,1,0,", "1,d,2024-01-02,c,1,1,0,"],
            100,
            "discount_of_order 1",
        ),
        (
            "rounding is no voucher",
            &["1,a,2024-01-02,c,3,3.33,10,", "1,b,2024-01-02,c,1,20,0,"],
            2000,
            "zero_price 1",
        ),
        (
            "half of its line came back, and half of the voucher with it",
            &["1,a,2024-01-02,c,2,10,30,1", "1,b,2024-01-02,c,1,20,0,"],
            1500,
            "discount_of_order 1",
        ),
        (
            "more than the order",
            &["1,a,2024-01-02,c,1,10,50,", "1,b,2024-01-02,c,1,20,0,"],
            0,
            "discount_left_over 1, zero_price 2",
        ),
    ] {
        let ingested = ingest_text(rows);
        assert_eq!(ingested.baskets.amount_minor(0), amount, "{what}");
        assert_eq!(counts(&ingested.report.tables["orders"]).1, noted, "{what}");
    }
}

#[test]
fn a_line_that_comes_back_takes_its_part_of_the_orders_discount_along() {
    let ingested =
        ingest_text(&["1,a,2024-01-02,c,1,10,15,", "1,b,2024-01-02,c,1,20,0,", "2,b,2024-01-03,c,-1,20,0,"]);
    assert_eq!(told(&ingested), ["c@2024-01-02T00:00:00Z 500: a*1"]);
}
