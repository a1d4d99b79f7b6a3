//! Damaged and hostile files end as errors that name the file.

use std::panic::catch_unwind;

use erbij_ingest::{IngestError, Settings};
use parquet::basic::{Compression, Encoding};
use parquet::schema::types::ColumnPath;

use crate::support::{batch_of, check_identity, ingest, line, orders, properties, write_with};

/// A small generator for places to damage; seeded, so a failure comes again.
struct Chance(u64);

impl Chance {
    fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % n as u64) as usize
    }
}

fn file(compression: Compression, dictionaries: bool) -> Vec<u8> {
    let rows: Vec<_> =
        (0..60).map(|row| line(&format!("{} i{} 2024-01-01 {} 1 2", row / 3, row % 7, row % 5))).collect();
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a.parquet");
    let properties = properties()
        .set_compression(compression)
        .set_dictionary_enabled(dictionaries)
        .set_max_row_group_row_count(Some(25));
    write_with(&path, &batch_of(&rows), properties.build());
    std::fs::read(path).expect("the file")
}

#[test]
fn damage_is_an_error_or_goes_unnoticed_but_never_ends_the_program() {
    // The decoder's own panics are caught; their words need not fill the log.
    std::panic::set_hook(Box::new(|_| {}));
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("damaged.parquet");
    let mut chance = Chance(0x9e37_79b9_7f4a_7c15);
    let (mut n_errors, mut escaped) = (0, Vec::new());
    let originals = [
        file(Compression::UNCOMPRESSED, true),
        file(Compression::SNAPPY, true),
        file(Compression::UNCOMPRESSED, false),
    ];
    for round in 0..450 {
        let mut bytes = originals[round % originals.len()].clone();
        match chance.below(5) {
            0 => bytes.truncate(chance.below(bytes.len())),
            // The footer is where most harm can be done.
            1 | 2 => {
                let n_footer =
                    u32::from_le_bytes(bytes[bytes.len() - 8..][..4].try_into().expect("4")) as usize;
                for _ in 0..=chance.below(4) {
                    let at = bytes.len() - 8 - n_footer + chance.below(n_footer + 4);
                    bytes[at] = chance.below(256) as u8;
                }
            }
            _ => {
                for _ in 0..=chance.below(8) {
                    let at = chance.below(bytes.len());
                    bytes[at] = chance.below(256) as u8;
                }
            }
        }
        std::fs::write(&path, &bytes).expect("the file");
        match catch_unwind(|| ingest(&orders(&path), &Settings::default())) {
            Ok(Ok(ingested)) => check_identity(&ingested.report),
            Ok(Err(error)) => {
                n_errors += 1;
                let text = error.to_string();
                assert!(text.contains("damaged.parquet"), "round {round}: {text}");
            }
            Err(_) => escaped.push(round),
        }
    }
    let _ = std::panic::take_hook();
    assert_eq!(escaped, Vec::<usize>::new(), "panics escaped in these rounds");
    assert!(200 < n_errors, "only {n_errors} errors");
}

#[test]
fn limits_are_errors_that_name_their_key() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a.parquet");
    std::fs::write(&path, file(Compression::UNCOMPRESSED, false)).expect("the file");
    for limit in ["max_rows = 59", "max_columns = 5", "max_footer_bytes = 99", "max_column_chunk_bytes = 50"]
    {
        let settings = Settings::from_toml(&format!("[limits]\n{limit}")).expect("valid");
        let error = ingest(&orders(&path), &settings).expect_err(limit);
        let key = limit.split(' ').next().expect("a key");
        assert!(matches!(&error, IngestError::Limit { setting, .. } if *setting == key), "{limit}: {error}");
        assert!(error.to_string().contains(&format!("`limits.{key}`")), "{error}");
    }
    let settings = Settings::from_toml("[limits]\nmax_rows = 60\nmax_columns = 6").expect("valid");
    assert_eq!(ingest(&orders(&path), &settings).expect("within the limits").baskets.len(), 20);
}

#[test]
fn ids_beyond_the_limit_are_dropped_and_counted() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a.parquet");
    let long = "x".repeat(2000);
    let rows = [
        format!("1 {long} 2024-01-01 c 1 1"),
        format!("2 a 2024-01-01 {long} 1 1"),
        format!("{long} a 2024-01-01 c 1 1"),
    ];
    let rows: Vec<_> = rows.iter().map(|row| line(row)).collect();
    write_with(&path, &batch_of(&rows), properties().build());
    let ingested = ingest(&orders(&path), &Settings::default()).expect("valid");
    check_identity(&ingested.report);
    assert_eq!(ingested.report.tables["orders"].dropped["id_too_long"], 3);
}

#[test]
fn texts_in_a_delta_encoding_need_trust() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a.parquet");
    let properties = properties()
        .set_dictionary_enabled(false)
        .set_column_encoding(ColumnPath::from("item_id"), Encoding::DELTA_BYTE_ARRAY);
    write_with(&path, &batch_of(&[line("1 a 2024-01-01 c 1 1")]), properties.build());
    let error = ingest(&orders(&path), &Settings::default()).expect_err("untrusted").to_string();
    assert!(error.contains("column `item_id` is stored as DELTA_BYTE_ARRAY"), "{error}");
    let trusting = Settings::from_toml("[limits]\ndelta_strings = true").expect("valid");
    assert_eq!(ingest(&orders(&path), &trusting).expect("trusted").baskets.len(), 1);
}
