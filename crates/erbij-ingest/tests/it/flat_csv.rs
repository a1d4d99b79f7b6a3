//! A table as text between commas is the table that it would be as Parquet, or an error that says where it is not.

use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use arrow_array::{ArrayRef, BooleanArray, Float64Array, Int64Array};
use erbij_ingest::{IngestError, Settings};
use proptest::prelude::*;

use crate::support::{batch, check_identity, ingest, orders, result, text, told, write};

/// Columns of an order line that are texts in both twins.
const COLUMNS: [&str; 5] = ["order_id", "item_id", "ordered_at", "customer_id", "note"];

const ROWS: [[&str; 5]; 4] = [
    ["1", "mug", "2024-01-01", "c", "a; b, \"c\"\td|e"],
    ["1", "café 5\"", "2024-01-01", "c", "two\nlines"],
    ["2", "mug", "2024-01-02T09:30:00Z", "", "\r\n"],
    ["3", "", "2024-01-03", "d", ""],
];

fn parquet(path: &Path, rows: &[[&str; 5]]) {
    let column = |at: usize| text(rows.iter().map(|row| Some(row[at]).filter(|field| !field.is_empty())));
    write(path, &batch(COLUMNS.iter().enumerate().map(|(at, name)| (*name, column(at))).collect()));
}

fn csv(rows: &[[&str; 5]], delimiter: u8, terminator: csv::Terminator, style: csv::QuoteStyle) -> Vec<u8> {
    let mut writer = csv::WriterBuilder::new()
        .delimiter(delimiter)
        .terminator(terminator)
        .quote_style(style)
        .from_writer(Vec::new());
    writer.write_record(COLUMNS).expect("a header");
    rows.iter().for_each(|row| writer.write_record(row).expect("a row"));
    writer.into_inner().expect("all")
}

fn gz(bytes: &[u8]) -> Vec<u8> {
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(bytes).expect("packed");
    packed.finish().expect("all")
}

#[test]
fn however_a_text_is_written_it_is_the_same_table() {
    let folder = tempfile::tempdir().expect("a folder");
    let twin = folder.path().join("twin.parquet");
    parquet(&twin, &ROWS);
    let twin = ingest(&orders(&twin), &Settings::default()).expect("valid");
    assert_eq!(twin.report.tables["orders"].dropped["missing_item_id"], 1);
    let (lf, crlf) = (csv::Terminator::Any(b'\n'), csv::Terminator::CRLF);
    let (needed, always) = (csv::QuoteStyle::Necessary, csv::QuoteStyle::Always);
    let plain = csv(&ROWS, b',', lf, needed);
    let packed_twice = [gz(&plain[..40]), gz(&plain[40..])].concat();
    for (name, bytes, hint) in [
        ("a.csv", plain.clone(), ""),
        ("b.csv", csv(&ROWS, b',', crlf, always), ""),
        ("c.csv", csv(&ROWS, b';', crlf, needed), "separated by `;`"),
        ("d.csv", csv(&ROWS, b'\t', lf, needed), "separated by tabs"),
        ("e.TSV", csv(&ROWS, b'\t', lf, always), ""),
        ("f.csv", csv(&ROWS, b'|', lf, needed), "separated by `|`"),
        ("g.csv", ["\u{feff}".as_bytes(), &plain].concat(), ""),
        ("h.csv", plain.trim_ascii_end().to_vec(), ""),
        ("i.csv", [b"\n\n".as_slice(), &plain, b"\r\n\n"].concat(), ""),
        ("j.csv.gz", gz(&plain), ""),
        ("k.tsv.gz", gz(&csv(&ROWS, b'\t', lf, needed)), ""),
        ("l.csv.gz", packed_twice, ""),
        ("m.csv", gz(&plain), ""),
        ("n.txt", plain.clone(), "separated by `,`"),
    ] {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).expect("a file");
        let ingested = ingest(&orders(&path), &Settings::default()).expect(name);
        let report = &ingested.report.tables["orders"];
        assert_eq!(result(&ingested), result(&twin), "{name}");
        let file = path.display().to_string();
        let hints: Vec<&String> = report.hints.iter().filter(|hint| hint.contains("separated")).collect();
        let expected = if hint.is_empty() { Vec::new() } else { vec![format!("`{file}` is {hint}")] };
        assert_eq!(hints, expected.iter().collect::<Vec<_>>(), "{name}");
        let example = &report.examples["missing_item_id"][0];
        assert_eq!((&example.file, example.row), (&file, 4), "{name}");
        assert_eq!(report.files, [file], "{name}");
        check_identity(&ingested.report);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_shop_as_text_is_the_shop_as_parquet(
        rows in prop::collection::vec(("[0-9]{0,2}", "[ab\";, é\n|\t]{0,4}", 0..9_u8, "[cd]?", "\\PC{0,9}"), 1..40),
        delimiter in prop::sample::select(b",;\t|".as_slice()),
        always in any::<bool>(),
    ) {
        let days: Vec<String> = rows.iter().map(|row| format!("2024-01-0{}", row.2)).collect();
        let rows: Vec<[&str; 5]> =
            rows.iter().zip(&days).map(|((o, i, _, c, n), day)| [o.as_str(), i, day, c, n]).collect();
        let folder = tempfile::tempdir().expect("a folder");
        let (one, other) = (folder.path().join("a.parquet"), folder.path().join("a.csv"));
        parquet(&one, &rows);
        let style = if always { csv::QuoteStyle::Always } else { csv::QuoteStyle::Necessary };
        std::fs::write(&other, csv(&rows, delimiter, csv::Terminator::Any(b'\n'), style)).expect("a file");
        let one = ingest(&orders(&one), &Settings::default()).expect("valid");
        let other = ingest(&orders(&other), &Settings::default()).expect("valid");
        prop_assert_eq!(result(&one), result(&other));
        prop_assert_eq!(&one.report.tables["orders"].dropped, &other.report.tables["orders"].dropped);
    }

    #[test]
    fn numbers_and_flags_as_text_are_those_of_a_column_of_their_type(
        rows in prop::collection::vec(
            ("[0-9]{1,2}", 0..5_u8, 1..9_u8, prop::option::of(-2..4_i64), 0..9000_u32, any::<bool>()), 1..40),
    ) {
        let folder = tempfile::tempdir().expect("a folder");
        let (one, other) = (folder.path().join("a.parquet"), folder.path().join("a.csv"));
        let mut lines = vec!["order_id,item_id,ordered_at,customer_id,quantity,price,is_gift".to_owned()];
        for (order, item, day, quantity, cents, gift) in &rows {
            let (quantity, price) = (quantity.map_or(String::new(), |n| n.to_string()), f64::from(*cents) / 100.0);
            lines.push(format!("{order},i{item},2024-01-0{day},c,{quantity},{price},{gift}"));
        }
        std::fs::write(&other, lines.join("\n")).expect("a file");
        let price = |cents: u32| f64::from(cents) / 100.0;
        let columns: Vec<(&str, ArrayRef)> = vec![
            ("order_id", text(rows.iter().map(|row| Some(&row.0)))),
            ("item_id", text(rows.iter().map(|row| Some(format!("i{}", row.1))))),
            ("ordered_at", text(rows.iter().map(|row| Some(format!("2024-01-0{}", row.2))))),
            ("customer_id", text(rows.iter().map(|_| Some("c")))),
            ("quantity", Arc::new(rows.iter().map(|row| row.3).collect::<Int64Array>())),
            ("price", Arc::new(Float64Array::from_iter_values(rows.iter().map(|row| price(row.4))))),
            ("is_gift", Arc::new(BooleanArray::from_iter(rows.iter().map(|row| Some(row.5))))),
        ];
        write(&one, &batch(columns));
        let one = ingest(&orders(&one), &Settings::default()).expect("valid");
        let other = ingest(&orders(&other), &Settings::default()).expect("valid");
        prop_assert_eq!(result(&one), result(&other));
        let [one, other] = [&one, &other].map(|ingested| &ingested.report.tables["orders"]);
        prop_assert_eq!((&one.dropped, &one.noted), (&other.dropped, &other.noted));
    }

    #[test]
    fn no_bytes_end_the_program(bytes in prop::collection::vec(any::<u8>(), 0..300), head in any::<bool>()) {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a.csv");
        let head = if head { b"order_id,item_id,ordered_at\n".as_slice() } else { b"" };
        std::fs::write(&path, [head, &bytes].concat()).expect("a file");
        match ingest(&orders(&path), &Settings::default()) {
            Ok(ingested) => check_identity(&ingested.report),
            Err(error) => prop_assert!(error.to_string().contains("a.csv"), "{}", error),
        }
    }
}

#[test]
fn a_text_that_cannot_be_read_as_it_was_meant_is_an_error_that_says_where() {
    let utf16: Vec<u8> = "order_id,item_id\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let head = "order_id,item_id,ordered_at\n";
    let with_head = |rows: &str| format!("{head}{rows}").into_bytes();
    let folder = tempfile::tempdir().expect("a folder");
    for (name, bytes, expected) in [
        (
            "a.csv",
            with_head("1,a,2024-01-01\r\n\r\n2,b\r\n"),
            ", row 2 (line 4): it has 2 fields, expected 3 as in the header\nhint: put a value that holds `,`",
        ),
        (
            "b.csv",
            with_head("1,\"a\nb\",2024-01-01\n2,a,b,c\n"),
            ", row 2 (line 4): it has 4 fields, expected 3",
        ),
        (
            "c.csv",
            with_head("1,\"a,2024-01-01\n2,a,2024-01-01\n"),
            ", row 1 (line 2): a quote is opened and never closed",
        ),
        (
            "d.csv",
            with_head("1,a,\"2024-01-01\n2,a,2024-01-01\n"),
            ", row 1 (line 2): a quote is opened and never closed",
        ),
        (
            "e.csv",
            [&with_head("1,a,2024-01-01\n2,caf"), b"\xe9,2024-01-01\n".as_slice()].concat(),
            ", row 2 (line 3): column `item_id` is not UTF-8\nhint: convert it: `iconv -f WINDOWS-1252 -t UTF-8 'DIR/e.csv' > utf8.csv`",
        ),
        ("f.csv", b"order_id,caf\xe9\n1,2\n".to_vec(), ", its header: column 2 is not UTF-8"),
        (
            "g.csv",
            [b"\xff\xfe".as_slice(), &utf16].concat(),
            ": it is UTF-16, expected UTF-8\nhint: convert it: `iconv -f UTF-16 -t UTF-8",
        ),
        ("h.csv", utf16.clone(), ": it is UTF-16, expected UTF-8"),
        (
            "i.csv",
            b"PK\x03\x04\x14\x00\x00\x00".to_vec(),
            ": it is a zip archive\nhint: unpack it: `unzip 'DIR/i.csv'`",
        ),
        ("j.csv", b" \n\n".to_vec(), ": it is empty"),
        (
            "k.csv",
            b"1001,mug,2024-01-01\n1002,pan,2024-01-02\n".to_vec(),
            ", line 1: its first row holds values, expected the names of columns; found `1001`",
        ),
        (
            "l.csv",
            [&with_head("1,\""), vec![b'x'; 17 << 20].as_slice()].concat(),
            ", row 1 (line 2): it is longer than 16 MiB\nhint: a quote may be unclosed",
        ),
        ("m.csv.gz", gz(&with_head("1,a,2024-01-01\n"))[..30].to_vec(), "cannot be read"),
        (
            "n.csv",
            with_head("1,a,2024-01-01\n\0end of table\0\n2,a,2024-01-01\n"),
            ": it holds bytes that are not text",
        ),
        ("o.csv", b"PAR1,b\n1,2\n".to_vec(), ": it is a Parquet file"),
    ] {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).expect("a file");
        let error = ingest(&orders(&path), &Settings::default()).expect_err(name).to_string();
        let folder = folder.path().display().to_string();
        assert!(error.contains(&expected.replace("DIR", &folder)), "{name}: {error}");
        assert!(error.starts_with(&format!("`{folder}/{name}`")), "{name}: {error}");
    }
}

#[test]
fn limits_hold_for_texts_and_name_the_file_that_was_given() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a.csv");
    std::fs::write(&path, csv(&ROWS, b',', csv::Terminator::CRLF, csv::QuoteStyle::Necessary))
        .expect("a file");
    for limit in ["max_rows = 3", "max_columns = 4", "max_column_chunk_bytes = 9", "max_footer_bytes = 9"] {
        let settings = Settings::from_toml(&format!("[limits]\n{limit}")).expect("valid");
        let error = ingest(&orders(&path), &settings).expect_err(limit);
        let key = limit.split(' ').next().expect("a key");
        let name = path.display().to_string();
        assert!(
            matches!(&error, IngestError::Limit { setting, file, .. } if *setting == key && *file == name),
            "{limit}: {error}"
        );
    }
}

#[test]
fn a_header_may_say_a_name_twice_or_none() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a.csv");
    std::fs::write(&path, ",order_id,item_id,ordered_at,item_id,\n0,1,a,2024-01-01,b,\n").expect("a file");
    let ingested = ingest(&orders(&path), &Settings::default()).expect("valid");
    let report = &ingested.report.tables["orders"];
    assert_eq!(told(&ingested), ["-@2024-01-01T00:00:00Z 0: a*1"]);
    assert_eq!(report.ignored_columns, ["column 1", "column 6", "item_id (2)"]);
    let expected =
        format!("`{}` has two columns named `item_id`; the second is read as `item_id (2)`", path.display());
    assert_eq!(report.hints, [expected]);
}

#[test]
fn files_beside_those_that_are_read_are_told() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name);
    let row = |order: &'static str| [[order, "a", "2024-01-01", "c", ""]];
    let text = |order| csv(&row(order), b',', csv::Terminator::CRLF, csv::QuoteStyle::Necessary);
    for dir in ["texts/sub", "both/day=1", "others"] {
        std::fs::create_dir_all(path(dir)).expect("a folder");
    }
    for (name, bytes) in [
        ("texts/a.csv", text("1")),
        ("texts/sub/b.csv.gz", gz(&text("2"))),
        ("texts/notes.txt", text("8")),
        ("texts/c.txt", text("9")),
        ("both/day=1/b.csv", text("2")),
        ("both/day=1/c.csv", text("3")),
        ("both/d.xlsx", Vec::new()),
        ("others/a.json", Vec::new()),
        ("others/b.orc", Vec::new()),
        ("others/c.orc", Vec::new()),
    ] {
        std::fs::write(path(name), bytes).expect("a file");
    }
    parquet(&path("both/a.parquet"), &row("1"));
    let dir = folder.path().display().to_string();
    let check = |source: &str, n_files: usize, expected: &[&str]| {
        let ingested = ingest(&orders(&path(source)), &Settings::default()).expect(source);
        let report = &ingested.report.tables["orders"];
        let hints: Vec<String> = report.hints.iter().map(|hint| hint.replace(&dir, "DIR")).collect();
        assert_eq!(
            (report.files.len(), hints),
            (n_files, expected.iter().map(|&h| h.to_owned()).collect()),
            "{source}"
        );
    };
    check("texts", 2, &[]);
    check("texts/*.csv", 1, &[]);
    check("texts/*.txt", 2, &["`DIR/texts/c.txt` and another file are separated by `,`"]);
    check(
        "both",
        1,
        &[
            "1 `.xlsx` file of `DIR/both` was not read, such as `DIR/both/d.xlsx`; to convert it: \
             `duckdb -c \"copy (from read_xlsx('DIR/both/d.xlsx')) to 'DIR/both/d.parquet'\"`",
            "2 `.csv` files of `DIR/both` were not read, such as `DIR/both/day=1/b.csv`: \
             only Parquet is read where there is any; name the others with a pattern, or keep one kind of file there",
        ],
    );
    for (source, expected) in [
        (
            "others",
            "`DIR/others` holds no Parquet or CSV files; found 1 `.json`, 2 `.orc`\n\
             hint: convert them, for example: `duckdb -c \"copy (from 'DIR/others/a.json') to 'DIR/others/a.parquet'\"`",
        ),
        (
            "others/*.orc",
            "`DIR/others/*.orc` holds no Parquet or CSV files; found 2 `.orc`\nhint: convert them, for example: `python",
        ),
        (
            "others/a.json",
            "`DIR/others/a.json` is a `.json` file, which is not supported\n\
             hint: convert it: `duckdb -c \"copy (from 'DIR/others/a.json') to 'DIR/others/a.parquet'\"`",
        ),
    ] {
        let error = ingest(&orders(&path(source)), &Settings::default()).expect_err(source).to_string();
        assert!(error.replace(&dir, "DIR").starts_with(expected), "{source}: {error}");
    }
}
