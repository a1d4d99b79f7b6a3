//! Situations that shops were found in, each by its name: what is right of their orders, and what is told.

use std::sync::Arc;

use arrow_array::{ArrayRef, BooleanArray, Float64Array, Int32Array, Int64Array, NullArray, StringArray};
use erbij_core::{Availability, ItemIdx};
use erbij_ingest::{IngestReport, Ingested, Settings};

use crate::support::{batch, check_identity, counts, ingest, instants, orders, text, told, write};

pub(crate) type Columns = Vec<(&'static str, ArrayRef)>;

/// Orders o1 to o4 of two customers, of mug and pan, two pieces each at 3.
pub(crate) fn shop() -> Columns {
    let words = |of: [&str; 4]| text(of.map(Some));
    vec![
        ("order_id", words(["o1", "o2", "o3", "o4"])),
        ("item_id", words(["mug", "pan", "mug", "pan"])),
        ("ordered_at", instants(["2024-05-01", "2024-05-02", "2024-05-03", "2024-05-04"].map(Some))),
        ("customer_id", words(["k1", "k1", "k2", "k2"])),
        ("quantity", Arc::new(Int32Array::from(vec![2; 4]))),
        ("price", Arc::new(Float64Array::from(vec![3.0; 4]))),
    ]
}

pub(crate) fn catalogue() -> Columns {
    vec![("id", text(["mug", "pan"].map(Some))), ("title", text(["Mug", "Pan"].map(Some)))]
}

pub(crate) fn with(mut columns: Columns, more: Columns) -> Columns {
    columns.retain(|(name, _)| more.iter().all(|(other, _)| other != name));
    columns.extend(more);
    columns
}

pub(crate) fn without(mut columns: Columns, names: &[&str]) -> Columns {
    columns.retain(|(name, _)| !names.contains(name));
    columns
}

pub(crate) fn read(of_orders: Columns, of_items: Option<Columns>, settings: &str) -> Ingested {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name);
    write(&path("orders.parquet"), &batch(of_orders));
    let mut sources = orders(&path("orders.parquet"));
    if let Some(columns) = of_items {
        write(&path("items.parquet"), &batch(columns));
        sources.items = Some(path("items.parquet").display().to_string());
    }
    let settings = Settings::from_toml(settings).expect("settings");
    let ingested = ingest(&sources, &settings).unwrap_or_else(|error| panic!("{error}"));
    check_identity(&ingested.report);
    ingested
}

pub(crate) fn hints(report: &IngestReport, table: &str) -> String {
    report.tables[table].hints.join("\n")
}

pub(crate) fn same<T: Clone>(value: T) -> Vec<T> {
    vec![value; 4]
}

fn words_of(word: &str) -> ArrayRef {
    text([Some(word), None, None, None])
}

#[test]
fn placeholders_are_guests() {
    for word in [
        "0",
        "-1",
        "nan",
        "None",
        "null",
        "NULL",
        "\\N",
        "guest",
        "N/A",
        "(not set)",
        "undefined",
        "<NA>",
        "NaT",
        "00000000-0000-0000-0000-000000000000",
    ] {
        let customers = text([Some("k1"), Some(word), Some(word), Some("k2")]);
        let ingested = read(with(shop(), vec![("customer_id", customers)]), None, "");
        assert_eq!((ingested.report.n_guest_baskets, ingested.report.n_customers), (2, 2), "{word}");
        let told = hints(&ingested.report, "orders");
        assert!(told.contains(&format!("`{word}` in 2 rows: treated as a guest")), "{word}: {told}");
    }
    let numbers: ArrayRef = Arc::new(Int64Array::from(vec![Some(5), Some(0), Some(0), None]));
    let columns = with(shop(), vec![("customer_id", numbers)]);
    assert_eq!(read(columns.clone(), None, "").report.n_guest_baskets, 3);
    assert_eq!(read(columns, None, "[rules]\nguest_ids = []").report.n_guest_baskets, 1);
}

#[test]
fn receipts_numbered_anew_each_day_are_told_and_can_be_told_apart() {
    let days: Vec<String> =
        (1..=28).flat_map(|day| [format!("2024-05-{day:02}"), format!("2024-05-{day:02}")]).collect();
    let n = days.len();
    let numbers: Vec<Option<String>> = (0..n).map(|row| Some((row % 2).to_string())).collect();
    let items: Vec<Option<String>> = (0..n).map(|row| Some(format!("i{row}"))).collect();
    let columns = vec![
        ("order_id", text(numbers)),
        ("item_id", text(items)),
        ("ordered_at", instants(days.iter().map(|day| Some(day.as_str())))),
    ];
    let ingested = read(columns.clone(), None, "");
    assert_eq!(ingested.report.n_baskets, 2);
    assert!(hints(&ingested.report, "orders").contains("order_of = [\"order_id\", \"ordered_on\"]"));
    let apart = read(columns, None, "[tables.orders]\norder_of = ['order_id', 'ordered_on']");
    assert_eq!(apart.report.n_baskets, n as u64);
}

#[test]
fn a_shop_without_order_ids_says_what_an_order_is() {
    let columns =
        without(with(shop(), vec![("ordered_at", instants([Some("2024-05-01"); 4]))]), &["order_id"]);
    let ingested = read(columns, None, "[tables.orders]\norder_of = ['customer_id', 'ordered_on']");
    let baskets = ["k1@2024-05-01T00:00:00Z 1200: mug*2 pan*2", "k2@2024-05-01T00:00:00Z 1200: mug*2 pan*2"];
    assert_eq!(told(&ingested), baskets);
}

#[test]
fn a_state_of_an_order_is_about_itself() {
    let names = ["is_cancelled", "canceled", "status", "order-status", "cancelled_at"];
    for name in names {
        for word in [
            "true",
            "yes",
            "Ja",
            "J",
            "oui",
            "X",
            "on",
            "1.0",
            "T",
            "cancelled",
            "Canceled",
            "2024-03-01 10:00:00",
        ] {
            // The last purchase of mug came to nothing; the first stays.
            let state = text([Some("completed"), Some(""), Some(word), None]);
            let state = if word.len() < 10 && name != "cancelled_at" {
                state
            } else {
                text([None, None, Some(word), None])
            };
            let ingested = read(with(shop(), vec![(name, state)]), None, "");
            assert_eq!(counts(&ingested.report.tables["orders"]).0, "cancelled 1", "{name} {word}");
            assert_eq!(ingested.report.n_baskets, 3, "{name} {word}");
        }
    }
    let mapped = "[tables.orders.columns]\nis_cancellation = 'what became of it'";
    let states = text([Some("Shipped"), Some("Cancelled"), Some("Shipped"), Some("Shipped")]);
    let ingested = read(with(shop(), vec![("what became of it", states)]), None, mapped);
    assert_eq!(counts(&ingested.report.tables["orders"]).0, "cancelled 1");
    assert_eq!(hints(&ingested.report, "orders"), "");
    let takes_back = Arc::new(BooleanArray::from(vec![false, false, true, false]));
    let columns =
        with(shop(), vec![("is_return", takes_back as ArrayRef), ("customer_id", text([Some("k1"); 4]))]);
    assert_eq!(read(columns, None, "").report.n_baskets, 2, "a return takes an earlier purchase back");
}

#[test]
fn scanned_pieces_are_pieces_where_their_lines_have_ids_or_the_settings_say_so() {
    let tins = |more: Columns| {
        let tin = text([Some("tin"); 4]);
        let columns = with(shop(), vec![("item_id", tin), ("order_id", text([Some("r1"); 4]))]);
        let at = instants([Some("2024-05-01"); 4]);
        let columns = with(columns, vec![("ordered_at", at), ("customer_id", text([Some("k1"); 4]))]);
        with(without(columns, &["quantity"]), more)
    };
    assert_eq!(told(&read(tins(vec![]), None, "")), ["k1@2024-05-01T00:00:00Z 300: tin*1"]);
    let four = ["k1@2024-05-01T00:00:00Z 1200: tin*4"];
    assert_eq!(told(&read(tins(vec![]), None, "[rules]\nduplicates = 'keep'")), four);
    let line_ids: ArrayRef = Arc::new(Int32Array::from(vec![1, 2, 3, 4]));
    assert_eq!(told(&read(tins(vec![("order_item_id", line_ids)]), None, "")), four);
    let one_line: ArrayRef = Arc::new(Int32Array::from(vec![1, 1, 2, 2]));
    assert_eq!(
        told(&read(tins(vec![("order_item_id", one_line)]), None, "")),
        ["k1@2024-05-01T00:00:00Z 600: tin*2"]
    );
}

#[test]
fn a_currency_is_one_under_any_of_its_names_and_an_unknown_one_is_told() {
    for code in ["EUR", "eur", "€", "EURO", "978", " EUR", "EUR\u{a0}"] {
        let of_items =
            with(catalogue(), vec![("price", text([Some("3"); 2])), ("currency", text([Some(code); 2]))]);
        let ingested = read(with(shop(), vec![("currency", text([Some(code); 4]))]), Some(of_items), "");
        assert_eq!(ingested.report.revenue_minor, 2400, "{code}");
        assert_eq!(counts(&ingested.report.tables["items"]).1, "", "{code}");
    }
    let ingested = read(with(shop(), vec![("currency", text([Some("guilders"); 4]))]), None, "");
    assert_eq!(ingested.report.revenue_minor, 0);
    assert!(hints(&ingested.report, "orders").contains("`guilders`"));
}

#[test]
fn a_currency_that_stands_on_an_orders_first_row_holds_for_all_of_it() {
    let order = text([Some("o1"), Some("o1"), Some("o2"), Some("o2")]);
    let currency = text([Some("USD"), None, Some("EUR"), None]);
    let ingested = read(with(shop(), vec![("order_id", order), ("currency", currency)]), None, "");
    assert_eq!(ingested.report.revenue_minor, 1200);
    assert_eq!(
        counts(&ingested.report.tables["orders"]).1.split(", ").find(|note| note.starts_with("other")),
        Some("other_currency 2")
    );
}

#[test]
fn what_is_the_orders_own_may_stand_on_its_first_row_alone() {
    let order = text([Some("o1"), Some("o1"), Some("o2"), Some("o2")]);
    let at = instants([Some("2024-05-01"), None, Some("2024-05-02"), None]);
    let customer = text([Some("k1"), None, Some("k2"), None]);
    let columns = with(shop(), vec![("order_id", order), ("ordered_at", at), ("customer_id", customer)]);
    let expected = ["k1@2024-05-01T00:00:00Z 1200: mug*2 pan*2", "k2@2024-05-02T00:00:00Z 1200: mug*2 pan*2"];
    assert_eq!(told(&read(columns, None, "")), expected);
}

#[test]
fn a_column_without_any_value_stops_nothing() {
    let nothing = |n: usize| -> ArrayRef { Arc::new(NullArray::new(n)) };
    for name in [
        "customer_id",
        "quantity",
        "price",
        "currency",
        "returned_quantity",
        "is_cancellation",
        "is_gift",
        "is_cancelled",
        "line_id",
    ] {
        let ingested = read(with(shop(), vec![(name, nothing(4))]), None, "");
        assert_eq!(ingested.report.tables["orders"].rows_used, 4, "{name}");
    }
    for name in [
        "sale_price",
        "price",
        "availability",
        "availability_date",
        "expiration_date",
        "inventory_quantity",
        "brand",
        "adult",
        "product_type",
        "accessory_for",
        "bundle_of",
        "topics",
        "item_group_id",
        "title",
        "useful_life_days",
        "pack_size",
        "published",
        "status",
        "discontinued",
    ] {
        let ingested = read(shop(), Some(with(catalogue(), vec![(name, nothing(2))])), "");
        assert_eq!(ingested.catalogue.availability(ItemIdx::new(0)), Availability::InStock, "{name}");
    }
}

#[test]
fn amount_is_no_number_of_pieces() {
    let amounts: ArrayRef = Arc::new(Float64Array::from(vec![75.0; 4]));
    let columns = || with(without(shop(), &["quantity", "price"]), vec![("amount", amounts.clone())]);
    let ingested = read(columns(), None, "");
    assert_eq!(ingested.report.n_units, 4.0);
    assert_eq!(ingested.report.tables["orders"].ignored_columns, ["amount"]);
    let ingested =
        read(columns(), None, "[tables.orders.columns]\nprice = { column = 'amount', is = 'line_total' }");
    assert_eq!((ingested.report.n_units, ingested.report.revenue_minor), (4.0, 30_000));
}

#[test]
fn one_data_sets_habits_are_nobody_elses() {
    let orders = text([Some("C1001"), Some("C1002"), Some("C1003"), Some("C1004")]);
    let items = text([Some("B"), Some("M"), Some("pads"), Some("post")]);
    let ingested =
        read(with(shop(), vec![("order_id", orders.clone()), ("item_id", items.clone())]), None, "");
    assert_eq!(counts(&ingested.report.tables["orders"]).0, "");
    let uci = vec![
        ("InvoiceNo", orders),
        ("StockCode", items),
        ("InvoiceDate", instants([Some("2024-05-01"); 4])),
        ("UnitPrice", Arc::new(Float64Array::from(vec![3.0; 4])) as ArrayRef),
        ("CustomerID", text([Some("k1"); 4])),
    ];
    let ingested = read(uci.clone(), None, "");
    assert_eq!(counts(&ingested.report.tables["orders"]).0, "service_code 4");
    assert!(
        hints(&ingested.report, "orders").contains("read as a table of `uci`, recognised by its columns")
    );
    assert_eq!(counts(&read(uci, None, "profile = 'none'").report.tables["orders"]).0, "");
    let known = vec![("id", text(["DISCOUNT", "mug"].map(Some)))];
    let sold = text([Some("discount"), Some("DISCOUNT"), Some("shipping"), Some("mug")]);
    let ingested = read(with(shop(), vec![("item_id", sold)]), Some(known), "");
    assert_eq!(
        counts(&ingested.report.tables["orders"]).0,
        "service_code 2",
        "what the catalogue has is an item"
    );
}

#[test]
fn a_prefix_that_half_of_the_orders_carry_is_no_cancellation() {
    let ids: Vec<Option<String>> =
        (0..20).map(|n| Some(format!("{}{n}", if n % 2 == 0 { "C" } else { "W" }))).collect();
    let columns = vec![
        ("order_id", text(ids)),
        ("item_id", text([Some("mug"); 20])),
        ("ordered_at", instants([Some("2024-05-01"); 20])),
    ];
    let ingested = read(columns, None, "[rules]\ncancellation_prefix = 'C'");
    assert_eq!(ingested.report.n_baskets, 20);
    assert!(hints(&ingested.report, "orders").contains("too many to be cancellations"));
}

#[test]
fn flags_may_be_numbers_of_any_type_and_moments() {
    let decimals =
        arrow_array::Decimal128Array::from(vec![0, 1, 0, 0]).with_precision_and_scale(1, 0).expect("fits");
    for gifts in [
        Arc::new(Float64Array::from(vec![Some(0.0), Some(1.0), None, Some(0.0)])) as ArrayRef,
        Arc::new(decimals),
        Arc::new(StringArray::from(vec!["nee", "ja", "", "n"])),
        instants([None, Some("2024-01-01"), None, None]),
    ] {
        let ingested = read(with(shop(), vec![("is_gift", gifts)]), None, "");
        let gifts: usize =
            (0..ingested.baskets.len()).map(|basket| ingested.baskets.gifts(basket).count()).sum();
        assert_eq!(gifts, 1);
    }
    let ingested = read(with(shop(), vec![("is_gift", words_of("perhaps"))]), None, "");
    assert!(
        hints(&ingested.report, "orders")
            .contains("`is_gift` is not recognised in 1 rows, such as `perhaps`")
    );
}

#[test]
fn what_amounts_mean_can_be_said() {
    let cents: ArrayRef = Arc::new(Int32Array::from(vec![300; 4]));
    let totals: ArrayRef = Arc::new(Float64Array::from(vec![6.0; 4]));
    let discounts: ArrayRef = Arc::new(Float64Array::from(vec![50.0; 4]));
    for (columns, said, expected) in [
        (vec![("price", cents)], "price = { column = 'price', unit = 'cents' }", 2400),
        (vec![("NETWR", totals)], "price = { column = 'NETWR', is = 'line_total' }", 2400),
        (vec![], "price = { column = 'price', tax_percent = 21 }", 2904),
        (vec![("korting", discounts.clone())], "discount = { column = 'korting', is = 'percent' }", 1200),
        (
            vec![("korting", discounts)],
            "discount = { column = 'korting', is = 'amount', unit = 'cents' }",
            2200,
        ),
    ] {
        let ingested = read(with(shop(), columns), None, &format!("[tables.orders.columns]\n{said}"));
        assert_eq!(ingested.report.revenue_minor, expected, "{said}");
    }
}

#[test]
fn rows_are_left_out_by_their_words() {
    let states = text([Some("paid"), Some("PAID"), Some("quote"), None]);
    let columns = with(shop(), vec![("stage", states)]);
    for (said, used) in [
        ("only = { stage = ['paid'] }", 2),
        ("not = { stage = ['quote', ''] }", 2),
        ("not = { stage = 'quote' }", 3),
    ] {
        let ingested = read(columns.clone(), None, &format!("[tables.orders]\n{said}"));
        let orders = &ingested.report.tables["orders"];
        assert_eq!((orders.rows_used, orders.dropped["left_out"]), (used, 4 - used), "{said}");
    }
}

#[test]
fn instants_are_read_as_databases_and_shops_print_them() {
    for (written, said) in [
        ("2024-05-01 07:45:00+00", ""),
        ("2024-05-01 07:45:00 UTC", ""),
        ("2024-05-01T07:45Z", ""),
        ("2024-05-01 03:45:00 -0400", ""),
        ("2024-05-01 09:45:00.0000000 +02:00", ""),
        ("05/01/2024 07:45", "format = '%m/%d/%Y %H:%M'"),
        ("1-5-2024 9:45", "format = '%d-%m-%Y %H:%M', zone = 'Europe/Amsterdam'"),
        ("20240501074500", ""),
    ] {
        let columns = with(shop(), vec![("ordered_at", text(same(Some(written))))]);
        let settings = match said {
            "" => String::new(),
            said => format!("[tables.orders.columns]\nordered_at = {{ column = 'ordered_at', {said} }}"),
        };
        let window = read(columns, None, &settings).report.window.expect("orders");
        assert_eq!(window.from.to_string(), "2024-05-01T07:45:00Z", "{written}");
    }
    let apart = with(
        without(shop(), &["ordered_at"]),
        vec![("Date", text(same(Some("2024-05-01")))), ("Time", text(same(Some("07:45:00"))))],
    );
    let said = "[tables.orders.columns]\nordered_at = { column = 'Date', time = 'Time' }";
    assert_eq!(
        read(apart, None, said).report.window.expect("orders").from.to_string(),
        "2024-05-01T07:45:00Z"
    );
}

#[test]
fn a_night_that_leaves_nothing_says_why() {
    let columns = with(shop(), vec![("order_id", text([None::<&str>; 4]))]);
    let why = read(columns, None, "").report.why_nothing_is_left().expect("nothing is left");
    assert!(
        why.contains("no orders are left of 4 rows: 4 are `missing_order_id`\nhint: if orders have no id"),
        "{why}"
    );
    assert_eq!(read(shop(), None, "").report.why_nothing_is_left(), None);
}

#[test]
fn a_state_that_stands_on_an_orders_first_row_holds_for_all_of_it() {
    let order = text([Some("o1"), Some("o1"), Some("o2"), Some("o2")]);
    let first = |word: &'static str, other: &'static str| text([Some(word), None, Some(other), None]);
    let stays = ["k2@2024-05-03T00:00:00Z 1200: mug*2 pan*2"];
    for (name, state, said, reason) in [
        ("cancelled_at", first("2024-05-02 10:00:00", ""), "", "cancelled"),
        ("status", first("cancelled", "paid"), "", "cancelled"),
        (
            "Financial Status",
            first("refunded", "paid"),
            "not = { 'Financial Status' = ['refunded'] }",
            "left_out",
        ),
        (
            "Financial Status",
            first("refunded", "paid"),
            "only = { 'Financial Status' = ['paid'] }",
            "left_out",
        ),
    ] {
        let columns = with(shop(), vec![("order_id", order.clone()), (name, state)]);
        let ingested = read(columns, None, &format!("[tables.orders]\n{said}"));
        assert_eq!(told(&ingested), stays, "{name} {said}");
        assert_eq!(ingested.report.tables["orders"].dropped[reason], 2, "{name} {said}");
    }
    // A line of its own state among others, and a rule that names the empty value.
    let lines = text([Some("Shipped"), Some("Cancelled"), Some("Shipped"), Some("Shipped")]);
    let ingested = read(with(shop(), vec![("order_id", order.clone()), ("status", lines)]), None, "");
    assert_eq!(told(&ingested)[0], "k1@2024-05-01T00:00:00Z 600: mug*2");
    let parents = text([None, Some("7"), None, Some("8")]);
    let columns = with(shop(), vec![("order_id", order), ("parent_item_id", parents)]);
    let ingested = read(columns, None, "[tables.orders]\nonly = { parent_item_id = [''] }");
    assert_eq!(ingested.report.tables["orders"].rows_used, 2);
}

#[test]
fn a_discount_is_read_only_where_it_is_mapped() {
    let discounts: ArrayRef = Arc::new(Float64Array::from(vec![1.0; 4]));
    let ingested = read(with(shop(), vec![("discount", discounts)]), None, "");
    assert_eq!(ingested.report.tables["orders"].ignored_columns, ["discount"]);
    assert_eq!(ingested.report.revenue_minor, 2400);
}
