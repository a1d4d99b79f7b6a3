//! What came back in full is told, by whichever way the shop says so; what came back in part is not.

use std::sync::Arc;

use arrow_array::{ArrayRef, Float64Array};
use erbij_core::{CustomerIdx, ItemIdx, Timestamp};
use erbij_ingest::{Ingested, Sources};
use proptest::prelude::*;

use crate::support::{
    batch, batch_of, check_identity, counts, ingest, lines, orders, result, text, told_returns, with_codes,
    write,
};

/// Every customer and item that the cases speak of has a number through these.
const OTHERS: [&str; 3] = ["90 a 2024-01-01 c 1 1 0", "91 g 2024-01-01 d 1 1 0", "92 e 2024-01-01 - 1 1 0"];

/// Ingests lines; their seventh word is the returned quantity. Says beside the orders where more tables are.
fn ingest_rows(rows: &[&str], tables: impl FnOnce(&std::path::Path, &mut Sources)) -> Ingested {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("orders.parquet");
    let orders_batch = batch_of(&lines(rows));
    let returned: ArrayRef = Arc::new(
        rows.iter()
            .map(|row| row.split_whitespace().nth(6).map(|word| word.parse().expect("a number")))
            .collect::<Float64Array>(),
    );
    let schema = orders_batch.schema();
    let columns = schema.fields().iter().map(|field| field.name().as_str()).zip(orders_batch.columns());
    let mut columns: Vec<(&str, ArrayRef)> = columns.map(|(name, column)| (name, column.clone())).collect();
    columns.push(("returned_quantity", returned));
    write(&path, &batch(columns));
    let mut sources = orders(&path);
    tables(folder.path(), &mut sources);
    let ingested = ingest(&sources, &with_codes()).expect("valid tables");
    check_identity(&ingested.report);
    ingested
}

#[test]
fn what_came_back_in_full_is_told_and_counted_as_before() {
    let c_on_2 = "a c@2024-01-02T00:00:00Z";
    for (what, rows, expected, dropped) in [
        ("all of a row", &["1 a 2024-01-02 c 2 1 2"][..], &[c_on_2][..], "returned_in_full 1"),
        ("more than all of a row", &["1 a 2024-01-02 c 2 1 3"], &[c_on_2], "returned_in_full 1"),
        ("part of a row", &["1 a 2024-01-02 c 2 1 1"], &[], ""),
        ("nothing", &["1 a 2024-01-02 c 2 1 0"], &[], ""),
        (
            "all of a purchase, by a cancellation",
            &["1 a 2024-01-02 c 2 1", "C2 a 2024-01-05 c -2 1"],
            &[c_on_2],
            "cancellation 1, returned_in_full 1",
        ),
        (
            "all of a purchase, by two cancellations",
            &["1 a 2024-01-02 c 2 1", "C2 a 2024-01-05 c -1 1", "C3 a 2024-01-06 c -1 1"],
            &[c_on_2],
            "cancellation 2, returned_in_full 1",
        ),
        (
            "part of a purchase, by a cancellation",
            &["1 a 2024-01-02 c 2 1", "C2 a 2024-01-05 c -1 1"],
            &[],
            "cancellation 1",
        ),
        (
            "the later of two purchases, and part of the earlier",
            &["1 a 2024-01-02 c 2 1", "2 a 2024-01-03 c 2 1", "C3 a 2024-01-05 c -3 1"],
            &["a c@2024-01-03T00:00:00Z"],
            "cancellation 1, returned_in_full 1",
        ),
        (
            "part as the row says, the rest by a cancellation",
            &["1 a 2024-01-02 c 2 1 1", "C2 a 2024-01-05 c -1 1"],
            &[c_on_2],
            "cancellation 1, returned_in_full 1",
        ),
        (
            "one row of an item as it says, the other by a cancellation: one line, so one return",
            &["1 a 2024-01-02 c 2 1 2", "1 a 2024-01-02 c 1 1", "C2 a 2024-01-05 c -1 1"],
            &[c_on_2],
            "cancellation 1, returned_in_full 2",
        ),
        (
            "one of two rows of an item in an order: something is left",
            &["1 a 2024-01-02 c 2 1 2", "1 a 2024-01-02 c 1 1"],
            &[],
            "returned_in_full 1",
        ),
        (
            "a row and its copy",
            &["1 a 2024-01-02 c 2 1 2", "1 a 2024-01-02 c 2 1 2"],
            &[c_on_2],
            "returned_in_full 2",
        ),
        (
            "a purchase and its copy, by a cancellation",
            &["1 a 2024-01-02 c 2 1", "1 a 2024-01-02 c 2 1", "C2 a 2024-01-05 c -2 1"],
            &[c_on_2],
            "cancellation 1, duplicate_line 1, returned_in_full 1",
        ),
        (
            "the same twice at one instant",
            &["1 a 2024-01-02 c 2 1 2", "2 a 2024-01-02 c 2 1 2"],
            &[c_on_2, c_on_2],
            "returned_in_full 2",
        ),
        ("a cancellation of nothing", &["C1 e 2024-01-02 c -2 1"], &[], "cancellation 1"),
        ("what a guest bought", &["1 a 2024-01-02 - 2 1 2"], &[], "returned_in_full 1"),
        (
            "what a guest bought, by a cancellation",
            &["1 a 2024-01-02 - 2 1", "1 a 2024-01-03 - -2 1"],
            &[],
            "cancellation 1, returned_in_full 1",
        ),
        ("a row at a bad date", &["1 a soon c 2 1 2"], &[], "bad_ordered_at 1"),
        ("a row in the future", &["1 a 2030-01-01 c 2 1 2"], &[], "future_date 1"),
        ("a row without an order", &["- a 2024-01-02 c 2 1 2"], &[], "missing_order_id 1"),
        ("a correction of the books", &["1 a 2024-01-02 c 2 -1 2"], &[], "negative_price 1"),
        ("postage", &["1 POST 2024-01-02 c 2 1 2"], &[], "service_code 1"),
        ("all an item ever sold", &["1 f 2024-01-02 c 2 1 2"], &[], "returned_in_full 1"),
        ("all a customer ever bought", &["1 a 2024-01-02 x 2 1 2"], &[], "returned_in_full 1"),
        (
            "the instant is that of the order: its earliest row's",
            &["1 a 2024-01-04 c 2 1 2", "1 g 2024-01-02 c 1 1"],
            &[c_on_2],
            "returned_in_full 1",
        ),
        (
            "by item, then customer, then instant",
            &[
                "1 g 2024-01-03 d 1 1 1",
                "2 a 2024-01-03 d 1 1 1",
                "3 a 2024-01-09 c 1 1 1",
                "4 a 2024-01-02 c 1 1 1",
            ],
            &[
                "a c@2024-01-02T00:00:00Z",
                "a c@2024-01-09T00:00:00Z",
                "a d@2024-01-03T00:00:00Z",
                "g d@2024-01-03T00:00:00Z",
            ],
            "returned_in_full 4",
        ),
    ] {
        let ingested = ingest_rows(&[&OTHERS[..], rows].concat(), |_, _| ());
        assert_eq!(told_returns(&ingested), expected, "{what}");
        assert_eq!(counts(&ingested.report.tables["orders"]).0, dropped, "{what}");
    }
}

#[test]
fn tables_of_items_and_customers_make_known_what_only_came_back() {
    let rows = ["1 f 2024-01-02 x 1 1 1", "2 a 2024-01-03 c 1 1"];
    let ingested = ingest_rows(&rows, |folder, sources| {
        for (name, source, id, ids) in [
            ("items", &mut sources.items, "id", ["a", "f"]),
            ("customers", &mut sources.customers, "customer_id", ["c", "x"]),
        ] {
            let path = folder.join(format!("{name}.parquet"));
            write(&path, &batch(vec![(id, text(ids.map(Some)))]));
            *source = Some(path.display().to_string());
        }
    });
    assert_eq!(told_returns(&ingested), ["f x@2024-01-02T00:00:00Z"]);
}

#[test]
fn variants_come_back_as_their_item() {
    let rows = [
        "1 a-1 2024-01-02 c 1 1 1",
        "1 a-2 2024-01-02 c 1 1 1",
        "2 a-1 2024-01-03 c 1 1 1",
        "2 a-2 2024-01-03 c 1 1",
        "3 a-1 2024-01-04 c 1 1",
    ];
    let ingested = ingest_rows(&rows, |folder, sources| {
        let path = folder.join("items.parquet");
        let columns =
            vec![("id", text(["a-1", "a-2"].map(Some))), ("item_group_id", text(["a"; 2].map(Some)))];
        write(&path, &batch(columns));
        sources.items = Some(path.display().to_string());
    });
    assert_eq!(
        told_returns(&ingested),
        ["a c@2024-01-02T00:00:00Z"],
        "of the second order the other variant stays"
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn each_order_of_a_line_is_bought_or_came_back_if_its_row_or_a_cancellation_says_so(
        drawn in proptest::collection::vec((0..3_u32, 0..3_u32, 1..4_u32, 0..4_u32, 0..3_u32), 0..30),
    ) {
        // An order each: item, customer (the last is a guest), how many, how many came back, and how many more are
        // taken back by a row of the same order, which takes from its own order first.
        let mut rows: Vec<String> = Vec::new();
        let mut expected: Vec<(u32, u32, u32)> = Vec::new();
        let mut bought: Vec<(u32, u32)> = Vec::new();
        for (order, &(item, customer, quantity, returned, cancelled)) in (0..).zip(&drawn) {
            let name = if customer == 2 { "-".to_owned() } else { format!("c{customer}") };
            let at = format!("2024-01-{:02}", order + 1);
            rows.push(format!("{order} i{item} {at} {name} {quantity} 1 {returned}"));
            let left = quantity.saturating_sub(returned);
            let cancelled = cancelled.min(left);
            if 0 < cancelled {
                rows.push(format!("{order} i{item} {at} {name} -{cancelled} 1"));
            }
            match left - cancelled {
                0 => expected.push((item, customer, order)),
                _ => bought.push((item, customer)),
            }
        }
        let ingested = ingest_rows(&rows.iter().map(String::as_str).collect::<Vec<_>>(), |_, _| ());
        expected.retain(|&(item, customer, _)| {
            let is_sold = bought.iter().any(|&(of, _)| of == item);
            customer != 2 && is_sold && bought.iter().any(|&(_, by)| by == customer)
        });
        let numbered = |(item, customer, order): (u32, u32, u32)| {
            let item = ingested.catalogue.item_idx_from_id(&format!("i{item}")).expect("it was bought");
            let customer = ingested.customers.idx_from_id(&format!("c{customer}")).expect("bought something");
            (item, customer, Timestamp::parse(&format!("2024-01-{:02}", order + 1)).expect("a date"))
        };
        let mut expected: Vec<(ItemIdx, CustomerIdx, Timestamp)> = expected.into_iter().map(numbered).collect();
        expected.sort_unstable();
        let found = ingested.baskets.parts().returned.iter();
        prop_assert_eq!(found.map(|r| (r.item, r.customer, r.ordered_at)).collect::<Vec<_>>(), expected);
        prop_assert_eq!(ingested.baskets.len(), bought.len());
        let mut turned: Vec<&str> = rows.iter().map(String::as_str).collect();
        turned.reverse();
        prop_assert_eq!(result(&ingest_rows(&turned, |_, _| ())), result(&ingested));
    }
}
