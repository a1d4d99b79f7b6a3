//! A Delta table is read as its log says; what else keeps deleted rows among its files is refused.

use std::path::Path;
use std::sync::Arc;

use arrow_array::builder::{MapBuilder, MapFieldNames, StringBuilder};
use arrow_array::{ArrayRef, Int32Array, StructArray};
use arrow_buffer::NullBuffer;
use arrow_schema::Field;
use erbij_ingest::{IngestError, Ingested, Settings};
use proptest::prelude::*;

use crate::support::{batch, ingest, orders, text, told, write};

/// A file of orders; customers only where there are any.
fn file(table: &Path, name: &str, rows: &[&str]) {
    let word = |row: &str, at: usize| row.split(' ').nth(at).map(str::to_owned);
    let column = |at: usize| text(rows.iter().map(|row| word(row, at)));
    let mut columns = vec![("order_id", column(0)), ("item_id", column(1)), ("ordered_at", column(2))];
    if rows.iter().any(|row| word(row, 3).is_some()) {
        columns.push(("customer_id", column(3)));
    }
    write(&table.join(name), &batch(columns));
}

fn commit(table: &Path, version: u64, actions: &[&str]) {
    let log = table.join("_delta_log");
    std::fs::create_dir_all(&log).expect("a folder");
    std::fs::write(log.join(format!("{version:020}.json")), actions.join("\n")).expect("a commit");
}

const PROTOCOL: &str = r#"{"protocol":{"minReaderVersion":1,"minWriterVersion":2}}"#;
const SCHEMA: &str = r#"{\"type\":\"struct\",\"fields\":[{\"name\":\"order_id\",\"type\":\"string\"},{\"name\":\"item_id\",\"type\":\"string\"},{\"name\":\"ordered_at\",\"type\":\"string\"},{\"name\":\"customer_id\",\"type\":\"string\"},{\"name\":\"shop\",\"type\":\"string\"}]}"#;

fn metadata(configuration: &str) -> String {
    format!(
        r#"{{"metaData":{{"id":"x","format":{{"provider":"parquet","options":{{}}}},"schemaString":"{SCHEMA}","partitionColumns":[],"configuration":{{{configuration}}}}}}}"#
    )
}

fn add(path: &str, more: &str) -> String {
    format!(
        r#"{{"add":{{"path":"{path}","size":1,"modificationTime":0,"dataChange":true,"stats":null{more}}}}}"#
    )
}

fn remove(path: &str) -> String {
    format!(r#"{{"remove":{{"path":"{path}","deletionTimestamp":1,"dataChange":true}}}}"#)
}

fn read(source: &Path, settings: &str) -> Result<Ingested, IngestError> {
    ingest(&orders(source), &Settings::from_toml(settings).expect("valid"))
}

/// `a` was written, `b` appended, `a` written anew without the customer `erased`.
fn shop(table: &Path) {
    file(table, "a.parquet", &["1 mug 2024-01-01 c", "2 pan 2024-01-02 erased"]);
    file(table, "b.parquet", &["3 tea 2024-01-03 d"]);
    file(table, "a2.parquet", &["1 mug 2024-01-01 c"]);
    commit(table, 0, &[PROTOCOL, &metadata(""), &add("a.parquet", "")]);
    commit(table, 1, &["", &add("b.parquet", ""), r#"{"commitInfo":{"operation":"WRITE"}}"#]);
    commit(table, 2, &[&remove("a.parquet"), &add("a2.parquet", ""), r#"{"txn":{"appId":"x","version":1}}"#]);
}

const SHOP: [&str; 2] = ["c@2024-01-01T00:00:00Z 0: mug*1", "d@2024-01-03T00:00:00Z 0: tea*1"];

#[test]
fn who_was_erased_does_not_come_back() {
    let folder = tempfile::tempdir().expect("a folder");
    let table = folder.path().join("orders");
    shop(&table);
    let ingested = read(&table, "").expect("valid");
    assert_eq!(told(&ingested), SHOP);
    let report = &ingested.report.tables["orders"];
    let name = table.display().to_string();
    assert_eq!(report.files, [format!("{name}/a2.parquet"), format!("{name}/b.parquet")]);
    assert_eq!(report.hints, [format!("`{name}` is a Delta table; version 2 was read, from 2 files")]);
}

#[test]
fn a_table_that_was_written_over_is_what_was_written_last() {
    let folder = tempfile::tempdir().expect("a folder");
    let table = folder.path();
    shop(table);
    file(table, "c.parquet", &["9 jar 2024-02-01 e"]);
    commit(table, 3, &[&remove("b.parquet"), &remove("a2.parquet"), &add("c.parquet", "")]);
    assert_eq!(told(&read(table, "").expect("valid")), ["e@2024-02-01T00:00:00Z 0: jar*1"]);
    // Files that somebody cleaned up are not asked for.
    std::fs::remove_file(table.join("a.parquet")).expect("there");
    assert_eq!(read(table, "").expect("valid").report.tables["orders"].rows_read, 1);
    std::fs::remove_file(table.join("c.parquet")).expect("there");
    let error = read(table, "").expect_err("not there").to_string();
    assert!(error.contains("c.parquet` cannot be read"), "{error}");
}

#[test]
fn values_of_partitions_come_from_the_log() {
    let folder = tempfile::tempdir().expect("a folder");
    let table = folder.path().join("day=1");
    // In the folder's name `%` is what it is; the log encodes the name once more.
    file(&table, "shop=a%20b/1.parquet", &["1 mug 2024-01-01"]);
    file(&table, "shop=x/2.parquet", &["2 mug 2024-01-02"]);
    file(&table, "3.parquet", &["3 mug 2024-01-03"]);
    file(&table, "4.parquet", &["4 mug 2024-01-04"]);
    let of = |shop: &str| format!(r#","partitionValues":{{"shop":{shop}}}"#);
    commit(
        &table,
        0,
        &[
            PROTOCOL,
            &metadata(""),
            &add("shop=a%2520b/1.parquet", &of("\"a b\"")),
            &add("shop=x/2.parquet", &of("\"y\"")),
            &add("3.parquet", &of("\"\"")),
            &add("4.parquet", &of("null")),
        ],
    );
    let ingested = read(&table, "[tables.orders.columns]\ncustomer_id = 'shop'").expect("valid");
    assert_eq!(
        told(&ingested),
        [
            "y@2024-01-02T00:00:00Z 0: mug*1",
            "a b@2024-01-01T00:00:00Z 0: mug*1",
            "-@2024-01-03T00:00:00Z 0: mug*1",
            "-@2024-01-04T00:00:00Z 0: mug*1"
        ]
    );
}

#[test]
fn a_file_older_than_a_column_has_no_value_in_it() {
    let folder = tempfile::tempdir().expect("a folder");
    file(folder.path(), "old.parquet", &["1 mug 2024-01-01"]);
    file(folder.path(), "new.parquet", &["2 mug 2024-01-02 c"]);
    commit(folder.path(), 0, &[PROTOCOL, &metadata(""), &add("old.parquet", ""), &add("new.parquet", "")]);
    let settings = "[tables.orders.columns]\ncustomer_id = 'customer_id'";
    let expected = ["c@2024-01-02T00:00:00Z 0: mug*1", "-@2024-01-01T00:00:00Z 0: mug*1"];
    assert_eq!(told(&read(folder.path(), settings).expect("valid")), expected);
}

fn group(children: Vec<(&str, ArrayRef)>, is_there: Vec<bool>) -> ArrayRef {
    let (fields, arrays): (Vec<_>, Vec<_>) = children
        .into_iter()
        .map(|(name, child)| (Arc::new(Field::new(name, child.data_type().clone(), true)), child))
        .unzip();
    Arc::new(StructArray::new(fields.into(), arrays, Some(NullBuffer::from(is_there))))
}

/// A checkpoint with rows for the protocol, the table and these files; `extra` names one more column.
fn checkpoint(table: &Path, name: &str, files: &[&str], with_table: bool, extra: Option<&str>) {
    let n = files.len() + 2;
    let only = |row: usize| (0..n).map(|at| with_table && at == row).collect::<Vec<_>>();
    let is_file = || (0..n).map(|at| 2 <= at).collect::<Vec<_>>();
    let word = |value: &str| text((0..n).map(|_| Some(value)));
    let names = MapFieldNames { entry: "key_value".into(), key: "key".into(), value: "value".into() };
    let mut values = MapBuilder::new(Some(names), StringBuilder::new(), StringBuilder::new());
    for _ in 0..n {
        values.keys().append_value("shop");
        values.values().append_value("s");
        values.append(true).expect("a map");
    }
    let paths = text([Some(""), Some("")].into_iter().chain(files.iter().copied().map(Some)));
    let version = Arc::new(Int32Array::from(vec![1; n]));
    let format = group(vec![("provider", word("parquet"))], vec![true; n]);
    let schema = SCHEMA.replace('\\', "");
    let mut columns = vec![
        ("protocol", group(vec![("minReaderVersion", version)], only(0))),
        ("metaData", group(vec![("schemaString", word(&schema)), ("format", format)], only(1))),
        (
            "add",
            group(
                vec![("path", paths), ("partitionValues", Arc::new(values.finish())), ("stats", word("{}"))],
                is_file(),
            ),
        ),
        ("remove", group(vec![("path", word("b.parquet"))], only(1))),
    ];
    if let Some(extra) = extra {
        columns.push((extra, group(vec![("path", word("x"))], is_file())));
    }
    write(&table.join("_delta_log").join(name), &batch(columns));
}

#[test]
fn a_checkpoint_stands_for_the_commits_before_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let table = folder.path();
    shop(table);
    file(table, "c.parquet", &["4 jar 2024-01-04 e"]);
    commit(table, 3, &[&add("c.parquet", "")]);
    let log = |name: &str| table.join("_delta_log").join(name);
    let expected = [SHOP[0], SHOP[1], "e@2024-01-04T00:00:00Z 0: jar*1"];
    // Half of a checkpoint of two parts does not count.
    checkpoint(
        table,
        "00000000000000000003.checkpoint.0000000001.0000000002.parquet",
        &["a.parquet"],
        true,
        None,
    );
    assert_eq!(told(&read(table, "").expect("valid")), expected);
    checkpoint(table, "00000000000000000002.checkpoint.parquet", &["a2.parquet", "b.parquet"], true, None);
    for version in 0..3 {
        std::fs::remove_file(log(&format!("{version:020}.json"))).expect("there");
    }
    let ingested = read(table, "").expect("valid");
    assert_eq!(told(&ingested), expected);
    assert!(
        ingested.report.tables["orders"]
            .hints
            .iter()
            .any(|hint| hint.contains("version 3 was read, from 3 files"))
    );
    // Of two parts, of which only one says what the table is.
    std::fs::remove_file(log("00000000000000000002.checkpoint.parquet")).expect("there");
    for (part, files) in [(1, &["a2.parquet"][..]), (2, &["b.parquet"])] {
        let name = format!("00000000000000000002.checkpoint.{part:010}.0000000002.parquet");
        checkpoint(table, &name, files, part == 1, None);
    }
    assert_eq!(told(&read(table, "").expect("valid")), expected);
    let ingested = read(table, "[tables.orders.columns]\ncustomer_id = 'shop'").expect("valid");
    assert_eq!(told(&ingested)[0], "s@2024-01-01T00:00:00Z 0: mug*1", "of the checkpoint");
    assert_eq!(ingested.report.tables["orders"].noted["guest"], 1);
    // Without the checkpoint the log has a gap.
    for part in 1..3 {
        std::fs::remove_file(log(&format!("00000000000000000002.checkpoint.{part:010}.0000000002.parquet")))
            .expect("there");
    }
    let error = read(table, "").expect_err("a gap").to_string();
    assert!(error.contains("_delta_log` is damaged: version 0 of the log is missing"), "{error}");
}

#[test]
fn what_a_log_asks_for_and_is_not_known_is_refused() {
    let vector =
        r#","deletionVector":{"storageType":"i","pathOrInlineDv":"wi5b","sizeInBytes":4,"cardinality":1}"#;
    let variant = metadata("").replacen("string", "variant", 1);
    let features = |list: &str| {
        format!(
            r#"{{"protocol":{{"minReaderVersion":3,"minWriterVersion":7,"readerFeatures":[{list}],"writerFeatures":[]}}}}"#
        )
    };
    let mapped = metadata(r#""delta.columnMapping.mode":"name""#);
    let format = metadata("").replace("parquet", "orc");
    let plain = add("a.parquet", "");
    let commands = "hint: write it as plain Parquet, and use that: `duckdb -c \"copy (from delta_scan('DIR')) to 'DIR.parquet'\"`";
    for (actions, expected) in [
        (
            vec![features(""), metadata(""), add("a.parquet", vector)],
            "has deletion vectors, such as that of `a.parquet`",
        ),
        (
            vec![features("\"columnMapping\""), mapped, plain.clone()],
            "maps its columns (`delta.columnMapping.mode` = `name`)",
        ),
        (
            vec![features("\"timestampNtz\",\"catalogManaged\""), metadata(""), plain.clone()],
            "needs the feature `catalogManaged`",
        ),
        (
            vec![features("").replace('3', "4"), metadata(""), plain.clone()],
            "needs reader version 4, expected 1 to 3",
        ),
        (vec![features("\"variantType\""), variant, plain.clone()], "has a column of the type `variant`"),
        (vec![PROTOCOL.to_owned(), format, plain.clone()], "has files of the format `orc`"),
        (
            vec![PROTOCOL.to_owned(), metadata(""), add("../a.parquet", "")],
            "has a file outside its folder, `../a.parquet`",
        ),
        (
            vec![PROTOCOL.to_owned(), metadata(""), add("%2e%2e/a.parquet", "")],
            "has a file outside its folder",
        ),
        (
            vec![PROTOCOL.to_owned(), metadata(""), add("s3://x/a.parquet", "")],
            "has a file outside its folder, `s3://x/a.parquet`",
        ),
        (vec![PROTOCOL.to_owned(), metadata(""), add("/etc/a.parquet", "")], "has a file outside its folder"),
    ] {
        let folder = tempfile::tempdir().expect("a folder");
        file(folder.path(), "a.parquet", &["1 mug 2024-01-01"]);
        let actions: Vec<&str> = actions.iter().map(String::as_str).collect();
        commit(folder.path(), 0, &actions);
        let error = read(folder.path(), "").expect_err(expected).to_string();
        let dir = folder.path().display().to_string();
        let expected = format!("`DIR` is a Delta table that {expected}");
        assert!(error.replace(&dir, "DIR").starts_with(&expected), "{error}");
        assert!(error.replace(&dir, "DIR").ends_with(commands), "{error}");
    }
    // What some writers list although nothing makes use of it.
    let folder = tempfile::tempdir().expect("a folder");
    file(folder.path(), "a.parquet", &["1 mug 2024-01-01"]);
    let listed =
        features("\"deletionVectors\",\"variantType\",\"columnMapping\",\"v2Checkpoint\",\"timestampNtz\"");
    commit(folder.path(), 0, &[&listed, &metadata(r#""delta.columnMapping.mode":"none""#), &plain]);
    assert_eq!(told(&read(folder.path(), "").expect("valid")).len(), 1);
    // A checkpoint of the second version, where the commits alone do not tell the table.
    let log = folder.path().join("_delta_log");
    let second = log.join("00000000000000000001.checkpoint.80a083e8-7026-4e79-81be-64bd76c43a11.json");
    std::fs::write(&second, "{}").expect("a file");
    assert_eq!(told(&read(folder.path(), "").expect("valid")).len(), 1, "the commits tell all");
    std::fs::rename(log.join("00000000000000000000.json"), log.join("00000000000000000002.json"))
        .expect("there");
    let error = read(folder.path(), "").expect_err("second").to_string();
    assert!(error.contains("has a checkpoint of version 2, which is not supported"), "{error}");
    checkpoint(
        folder.path(),
        "00000000000000000001.checkpoint.parquet",
        &["a.parquet"],
        true,
        Some("sidecar"),
    );
    let error = read(folder.path(), "").expect_err("second").to_string();
    assert!(error.contains("has a checkpoint of version 2 (`sidecar`)"), "{error}");
}

#[test]
fn a_broken_log_is_an_error_that_names_its_file() {
    for (actions, limit, expected) in [
        (vec![PROTOCOL], "", "_delta_log` is damaged: its log has no `metaData` or no `protocol`"),
        (vec!["{\"add\":"], "", "00000000000000000000.json` is damaged: line 1 is not a log action"),
        (vec![PROTOCOL, "7"], "", "00000000000000000000.json` is damaged: line 2 is not a log action"),
        (
            vec![PROTOCOL, &metadata("").replace("[{", "{{")],
            "",
            "_delta_log` is damaged: its schema cannot be read",
        ),
        (vec![PROTOCOL, &metadata("")], "", "is a Delta table without rows"),
        (
            vec![PROTOCOL, &metadata(""), &add("a", ""), &add("b", "")],
            "max_files = 1",
            "has 2 files, expected at most 1 (`limits.max_files`)",
        ),
        (
            vec![PROTOCOL, &metadata("")],
            "max_footer_bytes = 99",
            "has 99 bytes of metadata or more, expected at most 99 (`limits.max_footer_bytes`)",
        ),
    ] {
        let folder = tempfile::tempdir().expect("a folder");
        commit(folder.path(), 0, &actions);
        let error = read(folder.path(), &format!("[limits]\n{limit}")).expect_err(expected).to_string();
        assert!(error.contains(expected), "{error}");
        assert!(error.starts_with(&format!("`{}", folder.path().display())), "{error}");
    }
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::create_dir(folder.path().join("_delta_log")).expect("a folder");
    let error = read(folder.path(), "").expect_err("no log").to_string();
    assert!(error.ends_with("_delta_log` is damaged: its log has no version"), "{error}");
}

#[test]
fn files_of_such_a_table_are_never_read_for_themselves() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name);
    shop(&path("lake/delta"));
    for (table, mark) in [
        ("lake2/ice", "metadata/00002-78a05941.metadata.json"),
        ("lake2/ice", "metadata/00010-78a05941.metadata.json"),
        ("lake3/ice", "metadata/v3.metadata.json"),
        ("lake4/hudi", ".hoodie/hoodie.properties"),
    ] {
        file(&path(table), "data/a.parquet", &["1 mug 2024-01-01"]);
        let mark = path(table).join(mark);
        std::fs::create_dir_all(mark.parent().expect("a folder")).expect("a folder");
        std::fs::write(mark, "{}").expect("a file");
    }
    file(&path("plain"), "metadata/a.parquet", &["1 mug 2024-01-01"]);
    std::fs::write(path("plain/metadata/notes.metadata.json"), "{}").expect("a file");
    let dir = folder.path().canonicalize().expect("there").display().to_string();
    for (source, expected) in [
        (
            "lake2/ice",
            "is an Iceberg table, which is not supported\nhint: write it as plain Parquet, and use that: `python -c \"import pyarrow.parquet as o; from pyiceberg.table import StaticTable as T; o.write_table(T.from_metadata('DIR/lake2/ice/metadata/00010-78a05941.metadata.json').scan().to_arrow(), 'DIR/lake2/ice.parquet')\"`",
        ),
        ("lake3/ice", "is an Iceberg table"),
        ("lake4/hudi", "is a Hudi table"),
        (
            "lake",
            "holds `DIR/lake/delta`, a Delta table: its files also hold rows that are no longer in it\nhint: use the table itself: `DIR/lake/delta`",
        ),
        ("lake*", "a Delta table"),
        ("lake/*", "holds `DIR/lake/delta`, a Delta table"),
        ("lake/delta/*.parquet", "lies in `DIR/lake/delta`, a Delta table"),
        (
            "lake/delta/a.parquet",
            "lies in `DIR/lake/delta`, a Delta table: its files also hold rows that are no longer in it\nhint: use the table itself: `DIR/lake/delta`",
        ),
        ("lake/delta/_delta_log", "lies in `DIR/lake/delta`, a Delta table"),
        ("lake2", "holds `DIR/lake2/ice`, an Iceberg table"),
        ("lake2/ice/data", "lies in `DIR/lake2/ice`, an Iceberg table"),
        ("lake2/ice/data/a.parquet", "lies in `DIR/lake2/ice`, an Iceberg table"),
        ("lake4/hudi/data", "lies in `DIR/lake4/hudi`, a Hudi table"),
    ] {
        let error = read(&path(source), "").expect_err(source).to_string();
        let told = error.replace(&dir, "DIR").replace(&folder.path().display().to_string(), "DIR");
        assert!(told.contains(expected), "{source}: {told}");
    }
    assert_eq!(read(&path("plain"), "").expect("valid").report.n_baskets, 1);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn a_damaged_checkpoint_is_an_error_or_goes_unnoticed(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        in_footer in any::<bool>(),
    ) {
        let folder = tempfile::tempdir().expect("a folder");
        file(folder.path(), "a.parquet", &["1 mug 2024-01-01"]);
        let name = "00000000000000000002.checkpoint.parquet";
        checkpoint(folder.path(), name, &["a.parquet"; 20], true, None);
        let path = folder.path().join("_delta_log").join(name);
        let mut bytes = std::fs::read(&path).expect("the file");
        let n_footer = u32::from_le_bytes(bytes[bytes.len() - 8..][..4].try_into().expect("4")) as usize;
        let first = if in_footer { bytes.len() - 8 - n_footer } else { 0 };
        for (at, byte) in changes {
            let at = first + at.index(bytes.len() - first);
            bytes[at] = byte;
        }
        std::fs::write(&path, bytes).expect("the file");
        let dir = folder.path().display().to_string();
        if let Err(error) = read(folder.path(), "") {
            prop_assert!(error.to_string().contains(&dir), "{}", error);
        }
    }
}

#[cfg(unix)]
#[test]
fn a_link_into_such_a_table_is_seen_through() {
    let folder = tempfile::tempdir().expect("a folder");
    let table = folder.path().join("delta");
    shop(&table);
    let plain = folder.path().join("plain");
    std::fs::create_dir(&plain).expect("a folder");
    std::os::unix::fs::symlink(table.join("a.parquet"), plain.join("b.parquet")).expect("a link");
    for source in [&plain, &plain.join("b.parquet"), &plain.join("*.parquet")] {
        let error = read(source, "").expect_err("a table").to_string();
        assert!(error.contains("lies in") && error.contains("a Delta table"), "{error}");
    }
}
