//! A file, a folder, a pattern, a tree of `key=value` folders; and what is none of them.

use std::path::Path;

use erbij_ingest::{Settings, Sources};

use crate::support::{batch_of, ingest, lines, orders, told, write};

fn tree(folder: &Path) {
    for (path, rows) in [
        ("shop/day=2024-01-01/a.parquet", &["1 a - c 1 1"][..]),
        ("shop/day=2024-01-02/deep/b.parquet", &["2 e - c 1 1", "3 a - - 1 1"][..]),
        ("shop/day=2024-01-02/_half.parquet", &["9 x - c 1 1"][..]),
    ] {
        let batch = batch_of(&lines(rows));
        // The day stands in the folder's name only.
        let columns = (0..batch.num_columns()).filter(|&column| column != 2).collect::<Vec<_>>();
        write(&folder.join(path), &batch.project(&columns).expect("columns"));
    }
    std::fs::write(folder.join("shop/notes.txt"), "no table").expect("a file");
}

#[test]
fn every_way_to_name_files_finds_the_same_rows() {
    let folder = tempfile::tempdir().expect("a folder");
    tree(folder.path());
    let settings = Settings::from_toml("[tables.orders.columns]\nordered_at = 'day'").expect("valid");
    let expected = [
        "c@2024-01-01T00:00:00Z 100: a*1",
        "c@2024-01-02T00:00:00Z 100: e*1",
        "-@2024-01-02T00:00:00Z 100: a*1",
    ];
    for source in ["shop", "shop/*", "shop/**/*.parquet", "sh?p/day=2024-01-0[12]"] {
        let ingested = ingest(&orders(&folder.path().join(source)), &settings).expect(source);
        let report = &ingested.report.tables["orders"];
        assert_eq!((report.columns["ordered_at"].as_str(), report.files.len()), ("day", 2), "{source}");
        assert_eq!(told(&ingested), expected, "{source}");
    }
    // Folders above what is named say nothing: not of a file, nor of a folder.
    for source in ["shop/day=2024-01-01/a.parquet", "shop/day=2024-01-01", "shop/day=2024-01-01/*"] {
        let error = ingest(&orders(&folder.path().join(source)), &settings).expect_err(source).to_string();
        assert!(error.contains("is mapped to column `day`, which does not exist"), "{source}: {error}");
    }
}

#[test]
fn what_is_no_table_is_a_clear_error() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name);
    std::fs::create_dir(path("empty")).expect("a folder");
    std::fs::write(path("zero.parquet"), b"").expect("a file");
    std::fs::write(path("short.parquet"), b"PAR1PAR1").expect("a file");
    std::fs::write(path("orders.parq"), b"order_id,item_id\n1,2\n").expect("a file");
    std::fs::write(path("noise.parquet"), [0xff; 64]).expect("a file");
    std::fs::write(path("cut.parquet"), [b"PAR1".as_slice(), &[7; 60]].concat()).expect("a file");
    std::fs::write(path("long.parquet"), [b"PAR1".as_slice(), &[0xff; 4], b"PAR1"].concat()).expect("a file");
    for (name, expected) in [
        ("absent", "does not exist"),
        ("empty", "holds no Parquet or CSV files"),
        ("no*thing", "holds no Parquet or CSV files"),
        ("[", "is not a valid path pattern"),
        ("zero.parquet", "it is empty\nhint: check whether it is still being written"),
        ("short.parquet", "it ends too early"),
        ("orders.parq", "it looks like text\nhint: if it is CSV, give it a name that ends in `.csv`"),
        ("noise.parquet", "it does not begin with `PAR1`"),
        ("cut.parquet", "it does not end in `PAR1`"),
        ("long.parquet", "does not fit"),
    ] {
        let source = path(name);
        let error = ingest(&orders(&source), &Settings::default()).expect_err(name).to_string();
        assert!(error.contains(expected), "{name}: {error}");
        assert!(error.contains(&source.display().to_string()), "{name}: {error}");
    }
    let remote = Sources { orders: "s3://bucket/orders".to_owned(), ..Sources::default() };
    let error = ingest(&remote, &Settings::default()).expect_err("remote").to_string();
    assert!(error.starts_with("`s3://bucket/orders` is not a local path"), "{error}");
}
