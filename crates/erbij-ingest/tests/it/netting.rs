//! The many ways in which shops write that something came back, and what is left after each.

use std::sync::Arc;

use arrow_array::{ArrayRef, BooleanArray, Float64Array, NullArray};
use erbij_ingest::Ingested;

use crate::support::{
    batch, batch_of, check_identity, counts, ingest, lines, orders, text, told, with_codes, write,
};

/// What a shop writes, beside the usual columns.
#[derive(Clone, Copy, Default)]
struct Written<'a> {
    /// A flag a row, under a name of the shop's own.
    flags: Option<(&'a str, &'a [bool])>,
    /// Whether there is a catalogue in which `tv` and `tv-b` are variants of one item.
    with_group: bool,
}

fn ingest_written(rows: &[&str], written: Written<'_>) -> Ingested {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("orders.parquet");
    let plain = batch_of(&lines(rows));
    let schema = plain.schema();
    let names = schema.fields().iter().map(|field| field.name().as_str());
    let mut columns: Vec<(&str, ArrayRef)> = names.zip(plain.columns().iter().cloned()).collect();
    let numbers = rows.iter().map(|row| row.split_whitespace().nth(6).and_then(|word| word.parse().ok()));
    columns.push(("returned_quantity", Arc::new(numbers.collect::<Float64Array>())));
    if let Some((name, flags)) = written.flags {
        columns.push((name, Arc::new(BooleanArray::from(flags.to_vec()))));
    }
    write(&path, &batch(columns));
    let mut sources = orders(&path);
    if written.with_group {
        let path = folder.path().join("items.parquet");
        let ids = ["tv", "tv-b", "tv-l", "g"].map(Some);
        let groups = [Some("tvs"), Some("tvs"), None, None];
        write(&path, &batch(vec![("id", text(ids)), ("item_group_id", text(groups))]));
        sources.items = Some(path.display().to_string());
    }
    let ingested = ingest(&sources, &with_codes()).expect("valid tables");
    check_identity(&ingested.report);
    ingested
}

/// Every way in which shops write that something came back: what is left, what is dropped for which reason, and how many
/// cancellations found too little. `k` buys a `tv` on the first; `g` is there so that somebody is known.
#[test]
fn however_a_shop_writes_that_something_came_back_what_was_kept_is_kept() {
    const B: &str = "o1 tv 2024-01-01T10:00:00Z k 1 500";
    let plain = Written::default();
    let grouped = Written { with_group: true, ..plain };
    let flag = |name, flags| Written { flags: Some((name, flags)), ..plain };
    let last: &[bool] = &[false, true];
    /// What it is called, its lines, how they are written, what is left, what is dropped, and how many found too little.
    type Case<'a> = (&'a str, &'a [&'a str], Written<'a>, &'a [&'a str], &'a str, u64);
    let table: &[Case<'_>] = &[
        (
            "below zero, in the same order",
            &[B, "o1 tv 2024-01-06 k -1 500"],
            plain,
            &[],
            "cancellation 1, returned_in_full 1",
            0,
        ),
        (
            "below zero, in an order of its own",
            &[B, "r1 tv 2024-01-06 k -1 500"],
            plain,
            &[],
            "cancellation 1, returned_in_full 1",
            0,
        ),
        (
            "the price below zero too",
            &[B, "r1 tv 2024-01-06 k -1 -500"],
            plain,
            &[],
            "cancellation 1, returned_in_full 1",
            0,
        ),
        (
            "money back for one piece",
            &[B, "r1 tv 2024-01-06 k 1 -500"],
            plain,
            &["tv*1"],
            "negative_price 1",
            0,
        ),
        ("part of the money back", &[B, "r1 tv 2024-01-06 k 0 -50"], plain, &["tv*1"], "zero_quantity 1", 0),
        (
            "an order id of C and a number",
            &[B, "C1 tv 2024-01-06 k 1 500"],
            plain,
            &[],
            "cancellation 1, returned_in_full 1",
            0,
        ),
        (
            "a guest's, in an order of its own",
            &["o1 tv 2024-01-01 - 1 500", "r1 tv 2024-01-06 - -1 500"],
            plain,
            &["tv*1"],
            "cancellation 1",
            1,
        ),
        (
            "a guest's, in the same order",
            &["o1 tv 2024-01-01 - 1 500", "o1 tv 2024-01-06 - -1 500"],
            plain,
            &[],
            "cancellation 1, returned_in_full 1",
            0,
        ),
        (
            "one second before the purchase",
            &[B, "r1 tv 2024-01-01T09:59:59Z k -1 500"],
            plain,
            &[],
            "cancellation 1, returned_in_full 1",
            0,
        ),
        (
            "an hour before the purchase",
            &[B, "r1 tv 2024-01-01T09:00:00Z k -1 500"],
            plain,
            &["tv*1"],
            "cancellation 1",
            1,
        ),
        (
            "dated by day: that of the purchase",
            &[B, "r1 tv 2024-01-01 k -1 500"],
            plain,
            &[],
            "cancellation 1, returned_in_full 1",
            0,
        ),
        (
            "dated by day: the day before",
            &[B, "r1 tv 2023-12-31 k -1 500"],
            plain,
            &["tv*1"],
            "cancellation 1",
            1,
        ),
        (
            "dated by day, where an earlier purchase is at hand: the earlier comes back",
            &["o0 tv 2023-12-01 k 2 500", B, "r1 tv 2024-01-01 k -2 500"],
            plain,
            &["tv*1"],
            "cancellation 1, returned_in_full 1",
            0,
        ),
        (
            "at the instant of the purchase",
            &[B, "o1 tv 2024-01-01T10:00:00Z k -1 500"],
            plain,
            &[],
            "cancellation 1, returned_in_full 1",
            0,
        ),
        (
            "an exchange: one back and another bought in one order",
            &[B, "o2 tv 2024-01-06 k -1 500", "o2 tv-l 2024-01-06 k 1 600"],
            plain,
            &["tv-l*1"],
            "cancellation 1, returned_in_full 1",
            0,
        ),
        (
            "more than was bought",
            &[B, "r1 tv 2024-01-06 k -3 500"],
            plain,
            &[],
            "cancellation 1, returned_in_full 1",
            1,
        ),
        (
            "two alike rows of one back are one row told twice",
            &["o1 tv 2024-01-01 k 2 500", "r1 tv 2024-01-06 k -1 500", "r1 tv 2024-01-06 k -1 500"],
            plain,
            &["tv*1"],
            "cancellation 1, duplicate_line 1",
            0,
        ),
        (
            "two alike rows of a purchase are one, and both come back",
            &[B, B, "r1 tv 2024-01-06 k -2 500"],
            plain,
            &[],
            "cancellation 1, duplicate_line 1, returned_in_full 1",
            1,
        ),
        (
            "two alike rows of a purchase are one, and it comes back",
            &[B, B, "r1 tv 2024-01-06 k -1 500"],
            plain,
            &[],
            "cancellation 1, duplicate_line 1, returned_in_full 1",
            0,
        ),
        (
            "another variant of the item",
            &[B, "r1 tv-b 2024-01-06 k -1 500"],
            grouped,
            &[],
            "cancellation 1, returned_in_full 1",
            0,
        ),
        (
            "another variant, of which no catalogue says so",
            &[B, "r1 tv-b 2024-01-06 k -1 500"],
            plain,
            &["tv*1"],
            "cancellation 1",
            1,
        ),
        ("all of it, as the row says", &["o1 tv 2024-01-01 k 1 500 1"], plain, &[], "returned_in_full 1", 0),
        (
            "all of it, as the row says below zero",
            &["o1 tv 2024-01-01 k 1 500 -1"],
            plain,
            &[],
            "returned_in_full 1",
            0,
        ),
        ("part of it, as the row says below zero", &["o1 tv 2024-01-01 k 3 500 -1"], plain, &["tv*2"], "", 0),
        (
            "more than all of it, as the row says",
            &["o1 tv 2024-01-01 k 1 500 5"],
            plain,
            &[],
            "returned_in_full 1",
            0,
        ),
        ("nothing, as the row says", &["o1 tv 2024-01-01 k 1 500 -"], plain, &["tv*1"], "", 0),
        (
            "as the row says, and told once more",
            &["o1 tv 2024-01-01 k 1 500 1", "r1 tv 2024-01-06 k -1 500"],
            plain,
            &[],
            "cancellation 1, returned_in_full 1",
            0,
        ),
        (
            "as the row says, and told once more: an earlier purchase stays",
            &["o0 tv 2023-12-01 k 1 500", "o1 tv 2024-01-01 k 1 500 1", "r1 tv 2024-01-06 k -1 500"],
            plain,
            &["tv*1"],
            "cancellation 1, returned_in_full 1",
            0,
        ),
        (
            "a correction of the books in bulk is no return",
            &[B, "o2 tv 2024-01-06 k 1 1", "r1 tv 2024-01-07 k -1000 0"],
            plain,
            &["tv*1", "tv*1"],
            "cancellation 1",
            1,
        ),
        (
            "a hundred times what was bought still is",
            &[B, "r1 tv 2024-01-07 k -100 0"],
            plain,
            &[],
            "cancellation 1, returned_in_full 1",
            1,
        ),
        ("under another customer", &[B, "r1 tv 2024-01-06 g -1 500"], plain, &["tv*1"], "cancellation 1", 1),
        (
            "in an order of nobody known",
            &[B, "o1-R1 tv 2024-01-06 - -1 500"],
            plain,
            &["tv*1"],
            "cancellation 1",
            1,
        ),
        (
            "in the same order, by nobody known",
            &[B, "o1 tv 2024-01-06 - -1 500"],
            plain,
            &[],
            "cancellation 1, returned_in_full 1",
            0,
        ),
        (
            "the flag of the page, on an order of its own",
            &[B, "o2 tv 2024-03-01 k 1 500"],
            flag("is_cancellation", last),
            &[],
            "cancellation 1, returned_in_full 1",
            0,
        ),
        (
            "a return by its flag",
            &[B, "o2 tv 2024-03-01 k 1 500"],
            flag("is_return", last),
            &[],
            "cancellation 1, returned_in_full 1",
            0,
        ),
        (
            "a later order that was cancelled",
            &[B, "o2 tv 2024-03-01 k 1 500"],
            flag("is_cancelled", last),
            &["tv*1"],
            "cancelled 1",
            0,
        ),
        (
            "a later order that was canceled",
            &[B, "o2 tv 2024-03-01 k 1 500"],
            flag("Canceled", last),
            &["tv*1"],
            "cancelled 1",
            0,
        ),
        (
            "cancelled, and below zero",
            &[B, "o2 tv 2024-03-01 k -1 500"],
            flag("cancelled", last),
            &["tv*1"],
            "cancelled 1",
            0,
        ),
        (
            "one for oneself, one given, one back: one is kept",
            &[B, "o1 tv 2024-01-01T10:00:00Z k 1 500", "r1 tv 2024-01-06 k -1 500"],
            flag("is_gift", &[false, true, false]),
            &["tv*1"],
            "cancellation 1",
            0,
        ),
        (
            "two rows that differ in what came back are two lines",
            &["o1 tv 2024-01-01 k 2 500 1", "o1 tv 2024-01-01 k 1 500 0", "r1 tv 2024-01-06 k -1 500"],
            plain,
            &["tv*1"],
            "cancellation 1",
            0,
        ),
        (
            "and so are two of which as many are left",
            &["o1 tv 2024-01-01 k 3 500 2", "o1 tv 2024-01-01 k 2 500 1"],
            plain,
            &["tv*2"],
            "",
            0,
        ),
    ];
    for (what, rows, written, kept, dropped, unmatched) in table {
        let mut turned = rows.to_vec();
        turned.reverse();
        let turned_flags =
            written.flags.map(|(name, flags)| (name, flags.iter().rev().copied().collect::<Vec<_>>()));
        let turned_written =
            Written { flags: turned_flags.as_ref().map(|(name, flags)| (*name, &flags[..])), ..*written };
        for (rows, written) in [(*rows, *written), (&turned[..], turned_written)] {
            let ingested = ingest_written(rows, written);
            let found = told(&ingested);
            let found: Vec<&str> =
                found.iter().map(|basket| basket.rsplit(": ").next().expect("lines")).collect();
            let kept: Vec<String> = kept
                .iter()
                .map(|line| if written.with_group { line.replace("tv", "tvs") } else { (*line).to_owned() })
                .collect();
            assert_eq!(found, kept, "{what}");
            assert_eq!(counts(&ingested.report.tables["orders"]).0, *dropped, "{what}");
            assert_eq!(ingested.report.cancellations_unmatched, *unmatched, "{what}");
        }
    }
}

#[test]
fn money_that_went_back_without_the_item_is_told() {
    let hints =
        |rows: &[&str]| ingest_written(rows, Written::default()).report.tables["orders"].hints.clone();
    let told = hints(&["o1 a 2024-01-01 k 1 5", "r1 a 2024-01-06 k 1 -5"]);
    assert!(told.iter().any(|hint| hint.starts_with("1 rows refund an item")), "{told:?}");
    assert_eq!(hints(&["o1 a 2024-01-01 k 1 5", "r1 B 2024-01-06 k 1 -5"]), Vec::<String>::new(), "postage");
}

#[test]
fn a_column_in_which_nothing_stands_is_as_if_it_were_not_there() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("orders.parquet");
    let plain =
        batch_of(&lines(&["o1 a 2024-01-01 c 1 5", "r1 a 2024-01-06 c -1 5", "o2 a 2024-01-01 c 1 5"]));
    let schema = plain.schema();
    let names = schema.fields().iter().map(|field| field.name().as_str());
    let of_type = |(name, column): (&'static str, &ArrayRef)| -> (&str, ArrayRef) {
        match name {
            "customer_id" => (name, Arc::new(NullArray::new(column.len()))),
            _ => (name, column.clone()),
        }
    };
    let statics = ["order_id", "item_id", "ordered_at", "customer_id", "quantity", "price"];
    assert!(names.eq(statics));
    write(&path, &batch(statics.into_iter().zip(plain.columns()).map(of_type).collect()));
    let ingested = ingest(&orders(&path), &with_codes()).expect("valid tables");
    check_identity(&ingested.report);
    let told: Vec<String> = told(&ingested);
    assert_eq!(told.len(), 2, "all are guests' orders, and nobody knows which guest came back: {told:?}");
}
