//! Rows whose lines stand in a list are the same shop as rows that are lines.

use std::path::Path;
use std::sync::Arc;

use arrow_array::{Array, ArrayRef, Int64Array, ListArray, StructArray};
use arrow_buffer::{NullBuffer, OffsetBuffer};
use arrow_schema::{DataType, Field};
use erbij_ingest::{IngestError, Ingested, Settings};
use parquet::column::writer::ColumnWriter;
use parquet::data_type::{ByteArray, Int96};
use parquet::file::writer::SerializedFileWriter;
use proptest::prelude::*;

use crate::support::{batch, check_identity, ingest, orders, result, text, told, write};

/// An order: id, customer, lines of item and quantity; no list where it has none.
type Order<'a> = (&'a str, &'a str, Option<Vec<(&'a str, i64)>>);

fn structs(children: Vec<(&str, ArrayRef)>) -> ArrayRef {
    let fields = children
        .into_iter()
        .map(|(name, child)| (Arc::new(Field::new(name, child.data_type().clone(), true)), child));
    Arc::new(StructArray::from(fields.collect::<Vec<_>>()))
}

fn list(lengths: impl IntoIterator<Item = Option<usize>>, elements: ArrayRef) -> ArrayRef {
    let lengths: Vec<Option<usize>> = lengths.into_iter().collect();
    let nulls = NullBuffer::from_iter(lengths.iter().map(Option::is_some));
    let offsets = OffsetBuffer::from_lengths(lengths.into_iter().map(Option::unwrap_or_default));
    let field = Field::new("element", elements.data_type().clone(), true);
    Arc::new(ListArray::new(Arc::new(field), offsets, elements, Some(nulls)))
}

fn lines_of<'a>(all: &'a [Order<'a>]) -> impl Iterator<Item = (&'a Order<'a>, &'a (&'a str, i64))> {
    all.iter().flat_map(|order| order.2.iter().flatten().map(move |line| (order, line)))
}

fn items(all: &[Order<'_>], names: [&str; 2]) -> ArrayRef {
    let ids = text(lines_of(all).map(|(_, line)| Some(line.0).filter(|id| !id.is_empty())));
    let quantities: ArrayRef = Arc::new(lines_of(all).map(|(_, line)| line.1).collect::<Int64Array>());
    let lengths = all.iter().map(|order| order.2.as_ref().map(Vec::len));
    list(lengths, structs(vec![(names[0], ids), (names[1], quantities)]))
}

/// As GA4 exports purchases.
fn nested(path: &Path, all: &[Order<'_>]) {
    let word = |of: fn(&Order<'_>) -> String| text(all.iter().map(|order| Some(of(order))));
    let params = structs(vec![("key", word(|_| "page".to_owned())), ("value", word(|_| "/".to_owned()))]);
    let columns = vec![
        ("event_params", list(all.iter().map(|_| Some(1)), params)),
        ("event_timestamp", text(all.iter().map(|_| Some("2024-01-01")))),
        ("user_id", word(|order| order.1.to_owned())),
        ("ecommerce", structs(vec![("transaction_id", word(|order| order.0.to_owned()))])),
        ("items", items(all, ["item_id", "quantity"])),
    ];
    write(path, &batch(columns));
}

fn flat(path: &Path, all: &[Order<'_>]) {
    let columns = vec![
        ("order_id", text(lines_of(all).map(|(order, _)| Some(order.0)))),
        ("customer_id", text(lines_of(all).map(|(order, _)| Some(order.1)))),
        ("item_id", text(lines_of(all).map(|(_, line)| Some(line.0).filter(|id| !id.is_empty())))),
        ("quantity", Arc::new(lines_of(all).map(|(_, line)| line.1).collect::<Int64Array>())),
        ("ordered_at", text(lines_of(all).map(|_| Some("2024-01-01")))),
    ];
    write(path, &batch(columns));
}

fn both(all: &[Order<'_>], settings: &str) -> [Ingested; 2] {
    let folder = tempfile::tempdir().expect("a folder");
    let (one, other) = (folder.path().join("flat.parquet"), folder.path().join("nested.parquet"));
    flat(&one, all);
    nested(&other, all);
    let read = |path: &Path, settings: &str| {
        ingest(&orders(path), &Settings::from_toml(settings).expect("valid")).expect("valid")
    };
    [read(&one, ""), read(&other, settings)]
}

#[test]
fn each_element_of_a_list_is_a_line() {
    let all = [
        ("1", "c", Some(vec![("mug", 2), ("", 1)])),
        ("2", "d", None),
        ("3", "d", Some(vec![])),
        ("4", "e", Some(vec![("pan", 1), ("mug", -1), ("tea", 3)])),
    ];
    let mapped = "[tables.orders.columns]\norder_id = 'ecommerce.transaction_id'\nitem_id = 'items.item_id'";
    for settings in ["", mapped] {
        let [flat, nested] = both(&all, settings);
        assert_eq!(result(&flat), result(&nested));
        let [of_flat, of_nested] = [&flat, &nested].map(|ingested| &ingested.report.tables["orders"]);
        assert_eq!((of_flat.rows_read, &of_flat.dropped), (of_nested.rows_read, &of_nested.dropped));
        let columns: Vec<_> =
            of_nested.columns.iter().map(|(name, column)| format!("{name} {column}")).collect();
        assert_eq!(
            columns,
            [
                "customer_id user_id",
                "item_id items.item_id",
                "order_id ecommerce.transaction_id",
                "ordered_at event_timestamp",
                "quantity items.quantity"
            ]
        );
        assert_eq!(of_nested.ignored_columns, ["event_params"]);
        let file = &of_nested.files[0];
        let expected =
            format!("`{file}` has 2 rows whose list `items` is empty or absent; they give no lines");
        assert_eq!(
            of_nested.hints[..2],
            [expected, "each element of the list `items` is read as a row".to_owned()]
        );
        // The row of the file, not of the lines.
        let row = |reason: &str| of_nested.examples[reason][0].row;
        assert_eq!((row("missing_item_id"), row("cancellation")), (1, 4));
        assert!(file.ends_with("nested.parquet"));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn a_shop_of_lists_is_the_shop_of_lines(
        shop in prop::collection::vec(
            ("[0-9]{1,2}", "[cd]", prop::option::of(prop::collection::vec(("[ab]?", -2..4_i64), 0..5))), 1..30),
    ) {
        let all: Vec<Order<'_>> = shop
            .iter()
            .map(|(order, customer, lines)| {
                let lines = lines.as_ref().map(|lines| lines.iter().map(|(i, n)| (i.as_str(), *n)).collect());
                (order.as_str(), customer.as_str(), lines)
            })
            .collect();
        let [flat, nested] = both(&all, "");
        prop_assert_eq!(result(&flat), result(&nested));
        prop_assert_eq!(&flat.report.tables["orders"].dropped, &nested.report.tables["orders"].dropped);
        check_identity(&nested.report);
    }
}

/// Orders as a shop system keeps them, with columns of their own beside the lines.
fn shop(path: &Path, more: Vec<(&str, ArrayRef)>) {
    let all = [("1", "c", Some(vec![("mug", 2)])), ("2", "d", Some(vec![("pan", 1), ("tea", 1)]))];
    let mut columns = vec![
        ("id", text([Some("1"), Some("2")])),
        ("customer", structs(vec![("id", text([Some("c"), Some("d")]))])),
        ("created_at", text([Some("2024-01-01"), Some("2024-01-02")])),
        ("quantity", Arc::new(Int64Array::from(vec![7, 7])) as ArrayRef),
    ];
    columns.extend(more);
    if !columns.iter().any(|(name, _)| *name == "line_items") {
        columns.push(("line_items", items(&all, ["sku", "quantity"])));
    }
    write(path, &batch(columns));
}

#[test]
fn of_a_line_and_its_order_the_line_is_meant_and_of_lists_the_one_with_items() {
    let one = |name| list([Some(1), Some(1)], structs(vec![(name, text([Some("x"), Some("y")]))]));
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a.parquet");
    let mapped = "[tables.orders.columns]\norder_id = 'id'\ncustomer_id = 'customer.id'\n";
    let read = |settings: &str| ingest(&orders(&path), &Settings::from_toml(settings).expect("valid"));
    let expected = ["c@2024-01-01T00:00:00Z 0: mug*2", "d@2024-01-02T00:00:00Z 0: pan*1 tea*1"];

    shop(&path, vec![("refunds", one("amount"))]);
    let ingested = read(mapped).expect("valid");
    assert_eq!(told(&ingested), expected);
    assert_eq!(ingested.report.tables["orders"].ignored_columns, ["quantity", "refunds"]);
    // A mapping means what it says: the order's own quantity, which each of its lines has then.
    let ingested = read(&format!("{mapped}quantity = 'quantity'")).expect("valid");
    assert_eq!(told(&ingested)[1], "d@2024-01-02T00:00:00Z 0: pan*7 tea*7");
    let hint = "`quantity` is outside the list: every line of a row gets the same value";
    assert!(ingested.report.tables["orders"].hints.iter().any(|told| told == hint));

    shop(&path, vec![("wishes", one("product_id"))]);
    let error = read(mapped).expect_err("two lists");
    assert!(matches!(error, IngestError::Lists { .. }));
    let error = error.to_string();
    assert!(
        error.ends_with(
            "several lists may hold the items of table `orders`: `wishes`, `line_items`\n\
         hint: name the item column in erbij.toml: [tables.orders.columns] item_id = \"wishes.…\""
        ),
        "{error}"
    );
    let ingested = read(&format!("{mapped}item_id = 'line_items.sku'")).expect("valid");
    assert_eq!(told(&ingested), expected);

    shop(&path, vec![("line_items", one("code"))]);
    let error = read(mapped).expect_err("no item").to_string();
    assert!(error.contains("no column for `item_id`") && error.contains("`line_items.code`"), "{error}");
    let ingested =
        read(&format!("{mapped}item_id = 'line_items.code'\nquantity = 'quantity'")).expect("valid");
    assert_eq!(told(&ingested)[0], "c@2024-01-01T00:00:00Z 0: x*7");
}

#[test]
fn a_struct_is_columns() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a.parquet");
    let ids = structs(vec![("order_id", text([Some("1"), Some("2")])), ("item_id", text([Some("a"), None]))]);
    let at = structs(vec![("utc", text([Some("2024-01-01"), Some("2024-01-02")]))]);
    write(
        &path,
        &batch(vec![("line", structs(vec![("ids", ids), ("at", at)])), ("who", text([Some("c"), None]))]),
    );
    let settings = "[tables.orders.columns]\nordered_at = 'line.at.utc'\ncustomer_id = 'who'";
    let ingested = ingest(&orders(&path), &Settings::from_toml(settings).expect("valid")).expect("valid");
    assert_eq!(told(&ingested), ["c@2024-01-01T00:00:00Z 0: a*1"]);
    let report = &ingested.report.tables["orders"];
    assert_eq!((report.columns["item_id"].as_str(), report.hints.len()), ("line.ids.item_id", 0));
    assert_eq!(report.examples["missing_item_id"][0].row, 2);
}

#[test]
fn an_absent_struct_has_no_values_whatever_stands_in_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a.parquet");
    let id = Arc::new(Field::new("order_id", DataType::Utf8, false));
    let ids = text([Some("1"), Some("2")]);
    let ids = StructArray::new(vec![id].into(), vec![ids], Some(NullBuffer::from(vec![true, false])));
    let word = |value| text([Some(value), Some(value)]);
    write(
        &path,
        &batch(vec![("o", Arc::new(ids)), ("item_id", word("a")), ("ordered_at", word("2024-01-01"))]),
    );
    let ingested = ingest(&orders(&path), &Settings::default()).expect("valid");
    assert_eq!(ingested.report.tables["orders"].dropped["missing_order_id"], 1);
}

#[test]
fn instants_of_96_bits_are_what_they_say_within_structs_too() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a.parquet");
    let schema = "message m { optional group o {
        optional binary order_id (UTF8); optional binary item_id (UTF8); optional int96 ordered_at; } }";
    let schema = Arc::new(parquet::schema::parser::parse_message_type(schema).expect("a schema"));
    let file = std::fs::File::create(&path).expect("a file");
    let mut writer = SerializedFileWriter::new(file, schema, Arc::default()).expect("a writer");
    let mut group = writer.next_row_group().expect("a group");
    let mut column = |write: &mut dyn FnMut(&mut ColumnWriter<'_>)| {
        let mut column = group.next_column().expect("valid").expect("a column");
        write(column.untyped());
        column.close().expect("written");
    };
    for words in [["1", "2"], ["a", "e"]] {
        let words = words.map(ByteArray::from);
        column(&mut |column| match column {
            ColumnWriter::ByteArrayColumnWriter(column) => {
                drop(column.write_batch(&words, Some(&[2, 2]), None));
            }
            _ => unreachable!("texts"),
        });
    }
    // Half past nine on the first day of 2024, and of the year 1500: nanoseconds of the day, then the Julian day.
    let nanos = 34_200_000_000_000_u64;
    let int96 = |julian_day: u32| Int96::from(vec![nanos as u32, (nanos >> 32) as u32, julian_day]);
    column(&mut |column| match column {
        ColumnWriter::Int96ColumnWriter(column) => {
            drop(column.write_batch(&[int96(2_460_311), int96(2_268_933)], Some(&[2, 2]), None));
        }
        _ => unreachable!("instants"),
    });
    group.close().expect("a group");
    writer.close().expect("a footer");
    let settings = Settings::from_toml("[rules]\nearliest = '1400-01-01'").expect("valid");
    let ingested = ingest(&orders(&path), &settings).expect("valid");
    assert_eq!(told(&ingested), ["-@1500-01-10T09:30:00Z 0: e*1", "-@2024-01-01T09:30:00Z 0: a*1"]);
}

#[test]
fn limits_hold_for_lines() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a.parquet");
    nested(&path, &[("1", "c", Some(vec![("a", 1); 9_000])), ("2", "c", Some(vec![("b", 1); 9]))]);
    let read = |limit: &str| {
        ingest(&orders(&path), &Settings::from_toml(&format!("[limits]\n{limit}")).expect("valid"))
    };
    let ingested = read("").expect("valid");
    assert_eq!(ingested.report.tables["orders"].rows_read, 9_009);
    assert_eq!(ingested.report.tables["orders"].examples["duplicate_line"][2].row, 1);
    for limit in ["max_rows = 9008", "max_columns = 3", "max_column_chunk_bytes = 9"] {
        let error = read(limit).expect_err(limit);
        let key = limit.split(' ').next().expect("a key");
        let name = path.display().to_string();
        assert!(
            matches!(&error, IngestError::Limit { setting, file, .. } if *setting == key && *file == name),
            "{limit}: {error}"
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn damage_ends_as_an_error_or_goes_unnoticed(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        in_footer in any::<bool>(),
    ) {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("damaged.parquet");
        nested(&path, &[("1", "c", Some(vec![("a", 1); 30])), ("2", "d", None), ("3", "d", Some(vec![("b", 2)]))]);
        let mut bytes = std::fs::read(&path).expect("the file");
        let n_footer = u32::from_le_bytes(bytes[bytes.len() - 8..][..4].try_into().expect("4")) as usize;
        let first = if in_footer { bytes.len() - 8 - n_footer } else { 0 };
        for (at, byte) in changes {
            let at = first + at.index(bytes.len() - first);
            bytes[at] = byte;
        }
        std::fs::write(&path, bytes).expect("the file");
        match ingest(&orders(&path), &Settings::default()) {
            Ok(ingested) => check_identity(&ingested.report),
            Err(error) => prop_assert!(error.to_string().contains("damaged.parquet"), "{}", error),
        }
    }
}
