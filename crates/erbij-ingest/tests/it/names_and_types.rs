//! Columns under other names and of other types, and errors that say what to write.

use std::sync::Arc;

use arrow_array::builder::{Int32Builder, ListBuilder};
use arrow_array::types::Int8Type;
use arrow_array::{
    ArrayRef, BinaryArray, BooleanArray, Date32Array, Date64Array, Decimal128Array, DictionaryArray,
    FixedSizeBinaryArray, Float64Array, Int32Array, Int64Array, LargeStringArray, ListArray, StringArray,
    StringViewArray, TimestampMicrosecondArray, TimestampMillisecondArray, TimestampNanosecondArray,
    TimestampSecondArray, UInt64Array,
};
use erbij_ingest::{IngestError, Ingested, Settings};

use crate::support::{batch, ingest, instants, orders, result, text, told, write};

fn ingest_columns(columns: Vec<(&str, ArrayRef)>, settings: &str) -> Result<Ingested, IngestError> {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("o.parquet");
    write(&path, &batch(columns));
    ingest(&orders(&path), &Settings::from_toml(settings).expect("settings"))
}

fn ids(values: [i64; 2]) -> ArrayRef {
    Arc::new(Int64Array::from(values.to_vec()))
}

#[test]
fn the_names_of_other_systems_are_recognised() {
    // Order, item, instant, customer, quantity, price.
    for names in [
        ["order_id", "item_id", "ordered_at", "customer_id", "quantity", "price"],
        ["Order ID", "Item-Id", "OrderedAt", "CUSTOMER_ID", "Quantity", "PRICE"],
        ["transaction_id", "item_id", "event_timestamp", "user_id", "quantity", "price"],
        ["InvoiceNo", "StockCode", "InvoiceDate", "CustomerID", "Quantity", "UnitPrice"],
        ["orderId", "products.product_id", "timestamp", "userId", "products.quantity", "products.price"],
        [
            "purchaseTransaction.id",
            "productDetails.product.id",
            "eventTime",
            "userInfo.userId",
            "qty",
            "unit_price",
        ],
        ["basket_id", "ITEM_ID", "TIMESTAMP", "USER_ID", "units", "EVENT_VALUE"],
        ["order_number", "itemId", "timestamp", "userId", "qty_ordered", "price_per_unit"],
        ["basket_id", "product_id", "transaction_timestamp", "household_id", "quantity", "unit_price"],
        ["order_id", "sku", "timestamp_micros", "client_id", "quantity", "price"],
    ] {
        let at = instants([Some("2024-01-01"), Some("2024-01-02")]);
        let numbers: ArrayRef = Arc::new(Float64Array::from(vec![1.0, 2.0]));
        let columns = [ids([1, 2]), ids([7, 8]), at, ids([5, 5]), Arc::clone(&numbers), numbers];
        let ingested = ingest_columns(names.into_iter().zip(columns).collect(), "").expect("recognised");
        let expected = ["5@2024-01-01T00:00:00Z 100: 7*1", "5@2024-01-02T00:00:00Z 400: 8*2"];
        assert_eq!(told(&ingested), expected, "{names:?}");
        let report = &ingested.report.tables["orders"];
        let doubts = report.hints.iter().filter(|hint| !hint.starts_with("read as a table of")).count();
        assert_eq!((report.columns.len(), doubts), (6, 0), "{names:?}");
    }
}

#[test]
fn mapping_wins_and_doubt_is_told() {
    let columns = || {
        let at = instants([Some("2024-01-01"), Some("2024-01-02")]);
        vec![("order", ids([1, 2])), ("sku", ids([7, 8])), ("product_id", ids([3, 4])), ("date", at)]
    };
    let ingested = ingest_columns(columns(), "").expect("recognised");
    assert_eq!(told(&ingested)[0], "-@2024-01-01T00:00:00Z 0: 3*1");
    let report = &ingested.report.tables["orders"];
    assert_eq!(
        report.hints,
        ["`product_id` is used for `item_id`; `sku` would also do; map one in erbij.toml to be sure"]
    );
    assert_eq!(report.ignored_columns, ["sku"]);
    let mapped = ingest_columns(columns(), "[tables.orders.columns]\nitem_id = 'sku'").expect("mapped");
    assert_eq!(told(&mapped)[0], "-@2024-01-01T00:00:00Z 0: 7*1");
}

#[test]
fn errors_say_what_to_write() {
    let at = || instants([Some("2024-01-01"), Some("2024-01-02")]);
    let check = |columns: Vec<(&str, ArrayRef)>, settings: &str, expected: &[&str]| {
        let error = ingest_columns(columns, settings).expect_err("a broken contract").to_string();
        for part in expected {
            assert!(error.contains(part), "{error}");
        }
    };
    check(
        vec![("orderr", ids([1, 2])), ("item_id", ids([1, 2])), ("date", at())],
        "",
        &[
            "no column for `order_id` of table `orders`; tried `order_id`, `transactionid`",
            "found `orderr`, `item_id`, `date`",
            "if you mean `orderr`, write in erbij.toml: [tables.orders.columns] order_id = \"orderr\"",
        ],
    );
    check(
        vec![("order", ids([1, 2])), ("item", ids([1, 2])), ("date", at())],
        "[tables.orders.columns]\ncustomer_id = 'dat'",
        &[
            "`customer_id` of table `orders` is mapped to column `dat`, which does not exist\nhint: did you mean `date`?",
        ],
    );
    check(
        vec![("order", ids([1, 2])), ("item", ids([1, 2])), ("date", at())],
        "[tables.orders.columns]\ncustomer = 'date'",
        &["`[tables.orders.columns]` has no key `customer`\nhint: did you mean `customer_id`?"],
    );
    let flags: ArrayRef = Arc::new(BooleanArray::from(vec![true, false]));
    check(
        vec![("order", Arc::clone(&flags)), ("item", ids([1, 2])), ("date", at())],
        "",
        &["column `order` for `order_id` is Boolean, expected text or a whole number\nhint: cast the column"],
    );
    let mut lists = ListBuilder::new(Int32Builder::new());
    lists.append_value([Some(1)]);
    lists.append_value([Some(2)]);
    let lists: ListArray = lists.finish();
    let lists: ArrayRef = Arc::new(lists);
    check(
        vec![("order", ids([1, 2])), ("item", Arc::clone(&lists)), ("date", at())],
        "",
        &["column `item` for `item_id` is List", "expected text or a whole number"],
    );
    check(
        vec![("order", ids([1, 2])), ("item", ids([1, 2])), ("date", at()), ("price", lists)],
        "",
        &["column `price` for `price` is List", "expected a number, or text such as `12.50 EUR`"],
    );
    check(
        vec![("bon", ids([1, 2])), ("pizza_id", ids([1, 2])), ("dag", at())],
        "",
        &[
            "no column for `order_id` of table `orders`",
            "no column for `item_id` of table `orders`",
            "no column for `ordered_at` of table `orders`",
            "[tables.orders.columns]\n  order_id = \"bon\"\n  item_id = \"pizza_id\"\n  ordered_at = \"dag\"",
            "[tables.orders] order_of = [\"customer_id\", \"ordered_on\"]",
        ],
    );
    check(
        vec![
            ("order", ids([1, 2])),
            ("item", ids([1, 2])),
            ("date", at()),
            ("x", text([Some("v"), Some("w")])),
        ],
        "[tables.orders.columns]\nis_gift = 'x'",
        &[
            "no word in column `x` for `is_gift` is recognised; found `v`, `w`",
            "is_gift = { column = \"x\", yes = [\"…\"], no = [\"…\"] }",
        ],
    );
}

#[test]
fn ids_of_all_types_are_the_same_ids() {
    let decimals = Decimal128Array::from(vec![17850, 9]).with_precision_and_scale(20, 0).expect("fits");
    let dictionary: DictionaryArray<Int8Type> = ["17850", "9"].into_iter().collect();
    let numbers: DictionaryArray<Int8Type> =
        DictionaryArray::new(vec![0, 1].into(), Arc::new(Int32Array::from(vec![17850, 9])));
    let types: [ArrayRef; 12] = [
        Arc::new(Int32Array::from(vec![17850, 9])),
        Arc::new(Int64Array::from(vec![17850, 9])),
        Arc::new(UInt64Array::from(vec![17850, 9])),
        Arc::new(StringArray::from(vec!["17850", "9"])),
        Arc::new(LargeStringArray::from(vec!["17850", " 9 "])),
        Arc::new(StringViewArray::from(vec!["17850", "9"])),
        Arc::new(BinaryArray::from(vec![b"17850".as_slice(), b"9"])),
        Arc::new(Float64Array::from(vec![17850.0, 9.0])),
        Arc::new(arrow_array::Float32Array::from(vec![17850.0, 9.0])),
        Arc::new(decimals),
        Arc::new(dictionary),
        Arc::new(numbers),
    ];
    let mut first = None;
    for array in types {
        let found = array.data_type().clone();
        let at = instants([Some("2024-01-01"), Some("2024-01-02")]);
        let columns = vec![
            ("order_id", Arc::clone(&array)),
            ("item_id", Arc::clone(&array)),
            ("customer_id", array),
            ("date", at),
        ];
        let ingested = ingest_columns(columns, "").unwrap_or_else(|error| panic!("{found}: {error}"));
        let result = result(&ingested);
        assert_eq!(result.1, ["9", "17850"], "{found}");
        assert_eq!(first.get_or_insert_with(|| result.clone()), &result, "{found}");
        let told_of_floats = ingested.report.tables["orders"]
            .hints
            .iter()
            .filter(|hint| hint.contains("floats in 2 rows"))
            .count();
        assert_eq!(told_of_floats, if found.is_floating() { 3 } else { 0 }, "{found}");
    }
}

#[test]
fn instants_of_all_types_are_the_same_instants() {
    let seconds = 1_704_067_200_i64;
    let whole = |value: i64| -> ArrayRef { Arc::new(Int64Array::from(vec![value])) };
    let types: Vec<(ArrayRef, Option<&str>)> = vec![
        (Arc::new(TimestampSecondArray::from(vec![seconds])), None),
        (Arc::new(TimestampMillisecondArray::from(vec![seconds * 1000])), None),
        (Arc::new(TimestampMicrosecondArray::from(vec![seconds * 1_000_000])), None),
        (Arc::new(TimestampNanosecondArray::from(vec![seconds * 1_000_000_000])), None),
        (
            Arc::new(TimestampMillisecondArray::from(vec![seconds * 1000]).with_timezone("Europe/Amsterdam")),
            None,
        ),
        (Arc::new(Date32Array::from(vec![19_723])), None),
        (Arc::new(Date64Array::from(vec![seconds * 1000])), None),
        (text([Some("2024-01-01")]), None),
        (text([Some("2024-01-01T01:00:00+01:00")]), None),
        (Arc::new(["2024-01-01 00:00:00"].into_iter().collect::<DictionaryArray<Int8Type>>()), None),
        (whole(seconds), Some("seconds")),
        (whole(seconds * 1000), Some("milliseconds")),
        (whole(seconds * 1_000_000), Some("microseconds")),
        (whole(seconds * 1_000_000_000), Some("nanoseconds")),
        (Arc::new(Int32Array::from(vec![seconds as i32])), Some("seconds")),
    ];
    for (array, unit) in types {
        let found = array.data_type().clone();
        let id = text([Some("1")]);
        let columns = vec![("order_id", Arc::clone(&id)), ("item_id", id), ("ordered_at", array)];
        let ingested = ingest_columns(columns, "").unwrap_or_else(|error| panic!("{found}: {error}"));
        assert_eq!(told(&ingested), ["-@2024-01-01T00:00:00Z 0: 1*1"], "{found}");
        if let Some(unit) = unit {
            let hint = format!("`ordered_at` holds whole numbers, read as {unit} since 1970");
            assert_eq!(ingested.report.tables["orders"].hints, [hint], "{found}");
        }
    }
}

#[test]
fn amounts_of_all_types_are_the_same_amounts() {
    let decimal = |value: i128, scale: i8| -> ArrayRef {
        Arc::new(Decimal128Array::from(vec![value]).with_precision_and_scale(12, scale).expect("fits"))
    };
    let float = |value: f64| -> ArrayRef { Arc::new(Float64Array::from(vec![value])) };
    let cases: Vec<(ArrayRef, ArrayRef)> = vec![
        (float(2.0), float(2.5)),
        (decimal(2, 0), decimal(250, 2)),
        (decimal(2000, 3), decimal(25, 1)),
        (Arc::new(Int32Array::from(vec![2])), decimal(25_000, 4)),
        (Arc::new(UInt64Array::from(vec![2])), Arc::new(arrow_array::Float32Array::from(vec![2.5]))),
        (Arc::new(Int64Array::from(vec![5])), Arc::new(Int32Array::from(vec![1]))),
    ];
    for (quantity, price) in cases {
        let id = text([Some("1")]);
        let at = instants([Some("2024-01-01")]);
        let found = format!("{} {}", quantity.data_type(), price.data_type());
        let columns = vec![
            ("order_id", Arc::clone(&id)),
            ("item_id", id),
            ("date", at),
            ("qty", quantity),
            ("price", price),
        ];
        let ingested = ingest_columns(columns, "").unwrap_or_else(|error| panic!("{found}: {error}"));
        assert_eq!(ingested.baskets.amount_minor(0), 500, "{found}");
    }
}

#[test]
fn another_currency_is_noted_and_its_price_left_out() {
    let id = |values: [&str; 3]| text(values.map(Some));
    let columns = || {
        vec![
            ("order_id", id(["1", "2", "3"])),
            ("item_id", id(["a", "a", "a"])),
            ("date", instants([Some("2024-01-01"); 3])),
            ("price", Arc::new(Float64Array::from(vec![1.0, 2.0, 3.0])) as ArrayRef),
            ("currency", text([Some("EUR"), Some("USD"), None])),
        ]
    };
    for (settings, amounts, noted) in [("", [100, 0, 300], 1), ("currency = 'usd'", [0, 200, 300], 1)] {
        let ingested = ingest_columns(columns(), settings).expect("valid");
        assert_eq!(ingested.baskets.parts().amounts_minor, amounts);
        assert_eq!(ingested.report.tables["orders"].noted["other_currency"], noted);
    }
}

#[test]
fn each_file_is_read_by_its_own_schema() {
    let folder = tempfile::tempdir().expect("a folder");
    let whole = |value: i32| -> ArrayRef { Arc::new(Int32Array::from(vec![value])) };
    write(
        &folder.path().join("a.parquet"),
        &batch(vec![("order_id", whole(1)), ("item_id", whole(5)), ("date", instants([Some("2024-01-01")]))]),
    );
    let words: ArrayRef = Arc::new(["5"].into_iter().collect::<DictionaryArray<Int8Type>>());
    write(
        &folder.path().join("b.parquet"),
        &batch(vec![
            ("CustomerID", text([None::<&str>])),
            ("timestamp", text([Some("2024-01-02")])),
            ("sku", words),
            ("InvoiceNo", ids([1, 1]).slice(0, 1)),
            ("qty", whole(3)),
        ]),
    );
    let ingested = ingest(&orders(folder.path()), &Settings::default()).expect("valid");
    assert_eq!(told(&ingested), ["-@2024-01-01T00:00:00Z 0: 5*4"]);
    assert_eq!(ingested.report.tables["orders"].noted["merged_line"], 1);
}

#[test]
fn bare_bytes_are_texts_and_never_numbers() {
    let column = |values: [&[u8]; 2]| -> ArrayRef {
        Arc::new(FixedSizeBinaryArray::try_from_iter(values.into_iter()).expect("of one length"))
    };
    let with_items = |items: ArrayRef| {
        let at = instants([Some("2024-01-01"), Some("2024-01-02")]);
        ingest_columns(vec![("order_id", ids([1, 2])), ("item_id", items), ("ordered_at", at)], "")
    };
    // As ClickHouse fills up a `FixedString(16)`.
    let items = column([b"caf\xc3\xa9\0\0\0\0\0\0\0\0\0\0\0", b"mug\0\0\0\0\0\0\0\0\0\0\0\0\0"]);
    let ingested = with_items(items).expect("texts");
    assert_eq!(told(&ingested), ["-@2024-01-01T00:00:00Z 0: café*1", "-@2024-01-02T00:00:00Z 0: mug*1"]);
    // As ClickHouse and polars write whole numbers of 128 bits; the second would be read as `A`.
    let items = column([&1_i128.to_le_bytes(), &65_i128.to_le_bytes()]);
    let error = with_items(items).expect_err("a number that does not say so").to_string();
    for part in [
        "o.parquet`: column `item_id` is stored as whole numbers of 128 bits",
        "hint: cast the column to whole numbers of 64 bits or to text where the file is written",
    ] {
        assert!(error.contains(part), "{error}");
    }
}

#[test]
fn a_file_of_no_rows_is_read_whatever_its_empty_list_says() {
    let folder = tempfile::tempdir().expect("a folder");
    let columns = |n: usize| {
        let at = instants([Some("2024-01-01"), Some("2024-01-02")]);
        batch(vec![("order_id", ids([1, 2])), ("item_id", ids([7, 8])), ("ordered_at", at)]).slice(0, n)
    };
    write(&folder.path().join("o/a.parquet"), &columns(2));
    let path = folder.path().join("o/b.parquet");
    write(&path, &columns(0));
    // No rows, no row groups: fastparquet and hyparquet-writer leave out that these would be structs.
    let mut bytes = std::fs::read(&path).expect("written");
    let groups = [0x16, 0x00, 0x19, 0x0c];
    let at = bytes.windows(groups.len()).position(|window| window == groups).expect("an empty list");
    bytes[at + 3] = 0;
    std::fs::write(&path, bytes).expect("a file");
    let ingested = ingest(&orders(&folder.path().join("o")), &Settings::default()).expect("two files");
    assert_eq!(told(&ingested).len(), 2);
    assert_eq!(ingested.report.tables["orders"].files.len(), 2);
}

#[test]
fn sixteen_bytes_of_a_delta_table_are_the_uuid_they_were() {
    let uuids: [&[u8]; 2] = [
        b"\x12\x3e\x45\x67\xe8\x9b\x12\xd3\xa4\x56\x42\x66\x14\x17\x40\x00",
        b"\x99j\xd8`*\x9aPO\x88a\xae\xaf\xd0\xb2\xae)",
    ];
    let at = instants([Some("2024-01-01"), Some("2024-01-02")]);
    let items: ArrayRef = Arc::new(BinaryArray::from(uuids.to_vec()));
    let ingested =
        ingest_columns(vec![("order_id", ids([1, 2])), ("item_id", items), ("ordered_at", at)], "");
    let expected = [
        "-@2024-01-01T00:00:00Z 0: 123e4567-e89b-12d3-a456-426614174000*1",
        "-@2024-01-02T00:00:00Z 0: 996ad860-2a9a-504f-8861-aeafd0b2ae29*1",
    ];
    assert_eq!(told(&ingested.expect("UUIDs")), expected);
}
