use std::fs;
use std::panic::catch_unwind;
use std::path::Path;
use std::sync::Arc;

use arrow_array::types::Float64Type;
use arrow_array::{Array, ArrayRef, LargeListArray, PrimitiveArray, RecordBatch, StringArray};
use arrow_buffer::{Buffer, OffsetBuffer};
use arrow_ipc::writer::FileWriter;
use arrow_schema::{DataType, Field, Schema};

use super::support::{Chance, EMPTY, SMALL, Size, files, model_set, reseal, write_shop};
use crate::format::FORMAT;
use crate::layout::columns_of;
use crate::section_read::read_section;
use crate::section_spec::{RP3BETA, SectionSpec};
use crate::section_write::write_section;
use crate::sections_of::sections_of;
use crate::{ArtifactError, MANIFEST_FILE, SectionError, open, read_manifest, verify};

/// The sections of the artifacts these tests write.
fn sections() -> Vec<SectionSpec> {
    sections_of(&erbij_recipe::Recipe::fast(), FORMAT)
}

/// One change of a file's bytes: mostly a bit, else a cut or a few bytes more.
fn mutate(bytes: &[u8], chance: &mut Chance) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    match chance.below(10) {
        0 => bytes.truncate(chance.below(bytes.len())),
        1 => bytes.extend((0..=chance.below(100)).map(|byte| byte as u8)),
        _ => {
            let at = chance.below(bytes.len());
            bytes[at] ^= 1 << chance.below(8);
        }
    }
    bytes
}

#[test]
fn a_change_of_any_file_is_refused() {
    let root = tempfile::tempdir().expect("a place");
    let (dir, _) = write_shop(root.path(), "new", SMALL);
    let mut chance = Chance(1);
    for (name, bytes) in files(&dir) {
        for _ in 0..100 {
            fs::write(dir.join(&name), mutate(&bytes, &mut chance)).expect("writable");
            let error = open(&dir).expect_err("changed");
            assert!(!matches!(error, ArtifactError::Panicked { .. }), "{name}");
            assert!(verify(&dir).is_err(), "{name}");
        }
        fs::write(dir.join(&name), &bytes).expect("writable");
    }
    open(&dir).expect("all is as it was");
}

/// An attacker fixes the hashes: then only the reader stands between the bytes and the process.
#[test]
fn a_change_with_true_hashes_is_refused_or_harmless() {
    let root = tempfile::tempdir().expect("a place");
    let (dir, _) = write_shop(root.path(), "new", SMALL);
    let mut chance = Chance(2);
    let mut n_refused = 0;
    for spec in sections() {
        let path = dir.join(spec.file);
        let bytes = fs::read(&path).expect("readable");
        for _ in 0..150 {
            fs::write(&path, mutate(&bytes, &mut chance)).expect("writable");
            reseal(&dir, |_| {});
            match open(&dir) {
                Ok(_) => {}
                Err(error) => {
                    assert!(!matches!(error, ArtifactError::Panicked { .. }), "{}", spec.file);
                    n_refused += 1;
                }
            }
        }
        fs::write(&path, &bytes).expect("writable");
    }
    assert!(100 < n_refused, "only {n_refused} of 1050 were refused");
}

/// Every byte of every section, each to four values and each place as the end of the file.
#[test]
fn no_byte_makes_the_section_reader_panic() {
    for size in [SMALL, EMPTY] {
        for (spec, columns) in columns_of(&model_set(size)) {
            let mut bytes = Vec::new();
            write_section(&mut bytes, &spec, columns).expect("into memory");
            for at in 0..bytes.len() {
                for value in [0, 0x7f, 0xff, bytes[at] ^ 0x80, bytes[at].wrapping_add(1)] {
                    let mut changed = bytes.clone();
                    changed[at] = value;
                    let buffer = Buffer::from(changed.as_slice());
                    let read = catch_unwind(|| read_section(&buffer, &spec).is_ok());
                    assert!(read.is_ok(), "{}: byte {at} as {value}", spec.file);
                }
                let cut = Buffer::from(&bytes[..at]);
                assert!(read_section(&cut, &spec).is_err(), "{}: cut at {at}", spec.file);
            }
        }
    }
}

#[test]
fn a_section_of_another_artifact_is_refused() {
    let root = tempfile::tempdir().expect("a place");
    let (dir, _) = write_shop(root.path(), "new", SMALL);
    let (other, _) = write_shop(root.path(), "other", Size { n_related: 5, ..SMALL });
    for (name, bytes) in files(&dir) {
        let foreign = fs::read(other.join(&name)).expect("readable");
        if foreign != bytes {
            fs::write(dir.join(&name), foreign).expect("writable");
            assert!(open(&dir).is_err(), "{name}");
            fs::write(dir.join(&name), bytes).expect("writable");
        }
    }
}

#[test]
fn sections_that_do_not_fit_each_other_are_refused_even_with_true_hashes() {
    let root = tempfile::tempdir().expect("a place");
    let (other, _) = write_shop(root.path(), "other", Size { n_items: 11, n_customers: 4, ..SMALL });
    // Other variants are as good as these, other names of topics and needs, other rates, visits to fewer items: nothing else
    // counts them. Complements are of categories, and these shops have the same.
    let uncounted = [
        "variants.arrow",
        "topics.arrow",
        "needs.arrow",
        "sessions.arrow",
        "accessory_rates.arrow",
        "related_weights.arrow",
        "basket_weights.arrow",
        "complements.arrow",
        "household_rates.arrow",
        "lifetime_law.arrow",
        "lifetime_estimate.arrow",
    ];
    let counted = |spec: &&SectionSpec| !uncounted.contains(&spec.file);
    for spec in sections().iter().filter(counted) {
        let (dir, _) = write_shop(root.path(), "new", SMALL);
        fs::copy(other.join(spec.file), dir.join(spec.file)).expect("writable");
        reseal(&dir, |_| {});
        let error = open(&dir).expect_err(spec.file);
        assert!(
            matches!(error, ArtifactError::Model { .. } | ArtifactError::Counts { .. }),
            "{}: {error}",
            spec.file
        );
    }
}

/// The columns of the one personal model of a shop.
fn personal_columns(size: Size) -> Vec<ArrayRef> {
    let sections = columns_of(&model_set(size));
    sections.into_iter().find(|(spec, _)| spec.file == RP3BETA.file).expect("it has the model").1
}

fn section_error(bytes: &[u8]) -> String {
    let error = read_section(&Buffer::from(bytes), &RP3BETA).expect_err("not the section");
    error.to_string()
}

fn arrow_file(schema: Schema, columns: Vec<ArrayRef>, n_batches: usize) -> Vec<u8> {
    let schema = Arc::new(schema);
    let mut writer = FileWriter::try_new(Vec::new(), &schema).expect("into memory");
    let batch = RecordBatch::try_new(Arc::clone(&schema), columns).expect("columns of that schema");
    for _ in 0..n_batches {
        writer.write(&batch).expect("into memory");
    }
    writer.into_inner().expect("into memory")
}

#[test]
fn another_schema_is_refused_and_named() {
    let personal = || personal_columns(SMALL);
    let good = RP3BETA.schema();
    let field = |position: usize| good.field(position).clone();

    let nullable = Schema::new(vec![field(0), field(1).with_nullable(true)]);
    assert_eq!(
        section_error(&arrow_file(nullable, personal(), 1)),
        "column 1 is `weights: large_list<float not null>`, \
         expected `weights: large_list<float not null> not null`"
    );
    let renamed = Schema::new(vec![field(0).with_name("item"), field(1)]);
    assert_eq!(
        section_error(&arrow_file(renamed, personal(), 1)),
        "column 0 is `item: large_list<uint32 not null> not null`, \
         expected `items: large_list<uint32 not null> not null`"
    );
    let fewer = Schema::new(vec![field(0)]);
    assert_eq!(
        section_error(&arrow_file(fewer, personal()[..1].to_vec(), 1)),
        "column 1 is `nothing`, expected `weights: large_list<float not null> not null`"
    );
    let inner = Arc::new(Field::new("item", DataType::Float64, false));
    let wide =
        Schema::new(vec![field(0), Field::new("weights", DataType::LargeList(Arc::clone(&inner)), false)]);
    let offsets = OffsetBuffer::new(vec![0_i64; SMALL.n_items + 1].into());
    let values = Arc::new(PrimitiveArray::<Float64Type>::from(Vec::<f64>::new()));
    let wide_column = Arc::new(LargeListArray::new(inner, offsets, values, None));
    assert_eq!(
        section_error(&arrow_file(wide, vec![Arc::clone(&personal()[0]), wide_column], 1)),
        "column 1 is `weights: large_list<double not null> not null`, \
         expected `weights: large_list<float not null> not null`"
    );
    for n_batches in [0, 2] {
        assert_eq!(
            section_error(&arrow_file(good.clone(), personal(), n_batches)),
            "it uses a number of record batches other than one, which this format does not allow"
        );
    }
    read_section(&Buffer::from(arrow_file(good.clone(), personal(), 1)), &RP3BETA).expect("the good one");
}

/// Lists beside each other are one table in memory; lengths that differ would pair the wrong values.
#[test]
fn lists_of_a_row_must_be_equally_long() {
    let root = tempfile::tempdir().expect("a place");
    let (dir, _) = write_shop(root.path(), "new", SMALL);
    let columns = personal_columns(SMALL);
    let fewer = personal_columns(Size { n_related: 5, ..SMALL });
    let mut bytes = Vec::new();
    write_section(&mut bytes, &RP3BETA, vec![columns[0].clone(), fewer[1].clone()]).expect("into memory");
    fs::write(dir.join(RP3BETA.file), bytes).expect("writable");
    reseal(&dir, |_| {});
    let error = open(&dir).expect_err("lengths differ");
    let reason = std::error::Error::source(&error).expect("it has a reason").to_string();
    assert_eq!(reason, "the lists of a row differ in length");
}

/// Categories are numbered as the items' paths make them: rows of other categories would be other complements.
#[test]
fn complements_are_of_the_categories_that_the_items_have() {
    let root = tempfile::tempdir().expect("a place");
    let (dir, _) = write_shop(root.path(), "new", SMALL);
    let sections = columns_of(&model_set(SMALL));
    let (spec, mut columns) =
        sections.into_iter().find(|(spec, _)| spec.file == "complements.arrow").expect("it has them");
    let n = columns[0].len();
    columns[0] = Arc::new(StringArray::from_iter_values((0..n).map(|row| format!("Other {row}"))));
    let mut bytes = Vec::new();
    write_section(&mut bytes, &spec, columns).expect("into memory");
    fs::write(dir.join(spec.file), bytes).expect("writable");
    reseal(&dir, |_| {});
    let error = open(&dir).expect_err("other categories");
    let reason = std::error::Error::source(&error).expect("it has a reason").to_string();
    assert!(reason.contains("the category does not match that of the items"), "{reason}");
}

#[test]
fn nulls_must_agree_with_the_values_in_their_slots() {
    let spec = sections()[0];
    let mut bytes = Vec::new();
    write_section(&mut bytes, &spec, columns_of(&model_set(SMALL)).into_iter().next().expect("items").1)
        .expect("into memory");
    // The price of item 3 is null; give its slot a price and leave the bitmap as it is.
    let slot = bytes.chunks_exact_mut(8).find(|slot| **slot == i64::MIN.to_le_bytes());
    slot.expect("a null price").copy_from_slice(&995_i64.to_le_bytes());
    let error = read_section(&Buffer::from(bytes), &spec).expect_err("they disagree");
    assert!(matches!(error, SectionError::Values { column: "price_minor", .. }), "{error}");
}

fn manifest_error(dir: &Path) -> ArtifactError {
    let error = read_manifest(dir).expect_err("changed");
    assert!(open(dir).is_err() && verify(dir).is_err());
    error
}

#[test]
fn manifests_that_are_none_are_refused() {
    let root = tempfile::tempdir().expect("a place");
    let (dir, manifest) = write_shop(root.path(), "new", SMALL);
    let path = dir.join(MANIFEST_FILE);
    let good = fs::read_to_string(&path).expect("readable");
    let with = |text: &str| {
        fs::write(&path, text).expect("writable");
        manifest_error(&dir)
    };
    assert!(matches!(with(""), ArtifactError::ManifestJson { .. }));
    assert!(matches!(with("{}"), ArtifactError::ManifestJson { .. }));
    assert!(matches!(with(&"[".repeat(100_000)), ArtifactError::ManifestJson { .. }));
    assert!(matches!(with(&" ".repeat(1 << 20)), ArtifactError::ManifestJson { .. }));
    assert!(matches!(with(&" ".repeat((1 << 20) + 1)), ArtifactError::ManifestTooLarge { .. }));
    // One more space changes no value, but the bytes.
    assert!(matches!(with(&good.replace("\"major\": 2", "\"major\":  2")), ArtifactError::ManifestId { .. }));
    let other_id = good.replace(&manifest.artifact_id, &"0".repeat(64));
    assert!(matches!(with(&other_id), ArtifactError::ManifestId { .. }));

    fs::write(&path, [0xff, 0xfe]).expect("writable");
    assert!(matches!(manifest_error(&dir), ArtifactError::ManifestId { .. }));
    fs::remove_file(&path).expect("removable");
    assert!(matches!(manifest_error(&dir), ArtifactError::NoArtifact { .. }));
}

#[test]
fn a_newer_major_version_is_refused_by_name() {
    let root = tempfile::tempdir().expect("a place");
    let (dir, _) = write_shop(root.path(), "new", SMALL);
    let path = dir.join(MANIFEST_FILE);
    let text = fs::read_to_string(&path).expect("readable").replace("\"major\": 2", "\"major\": 3");
    fs::write(&path, text).expect("writable");
    let message = manifest_error(&dir).to_string();
    let expected = format!("has format 3.{}, expected 1.x to 2.x", FORMAT.minor);
    assert!(message.contains(&expected), "{message}");
}

#[test]
fn a_newer_minor_version_may_add_keys_and_files() {
    let root = tempfile::tempdir().expect("a place");
    let (dir, _) = write_shop(root.path(), "new", SMALL);
    fs::write(dir.join("session.arrow"), "later").expect("writable");
    let entry = serde_json::json!({
        "blake3": blake3::hash(b"later").to_hex().as_str(),
        "size_bytes": 5,
    });
    reseal(&dir, |manifest| {
        manifest["format"]["minor"] = (FORMAT.minor + 1).into();
        manifest["session"] = "later".into();
        manifest["files"]["session.arrow"] = entry;
    });
    open(&dir).expect("only more than is known");
    fs::write(dir.join("session.arrow"), "latex").expect("writable");
    assert!(matches!(open(&dir), Err(ArtifactError::Hash { .. })));
}

#[test]
fn manifests_that_lie_are_refused() {
    let check = |change: fn(&mut serde_json::Value), is_expected: fn(&ArtifactError) -> bool| {
        let root = tempfile::tempdir().expect("a place");
        let (dir, _) = write_shop(root.path(), "new", SMALL);
        reseal(&dir, change);
        let error = open(&dir).expect_err("it lies");
        assert!(is_expected(&error), "{error:?}");
    };
    check(|m| m["counts"]["n_items"] = 13.into(), |e| matches!(e, ArtifactError::Counts { .. }));
    check(|m| m["recipe"]["name"] = "../up".into(), |e| matches!(e, ArtifactError::Recipe { .. }));
    check(|m| m["currency"] = "EURO".into(), |e| matches!(e, ArtifactError::ManifestJson { .. }));
    check(|m| m["cutoff"] = "today".into(), |e| matches!(e, ArtifactError::ManifestJson { .. }));
    check(
        |m| m["files"]["../../etc/passwd"] = m["files"]["items.arrow"].clone(),
        |e| matches!(e, ArtifactError::FileName { .. }),
    );
    check(
        |m| drop(m["files"].as_object_mut().expect("an object").remove("items.arrow")),
        |e| matches!(e, ArtifactError::NoSection { name: "items.arrow", .. }),
    );
    check(
        |m| m["files"]["items.arrow"]["size_bytes"] = u64::MAX.into(),
        |e| matches!(e, ArtifactError::Size { .. }),
    );
}

#[test]
fn missing_files_and_folders_in_their_place_are_errors() {
    let root = tempfile::tempdir().expect("a place");
    let (dir, _) = write_shop(root.path(), "new", SMALL);
    let path = dir.join("affinity.arrow");
    fs::remove_file(&path).expect("removable");
    assert!(matches!(open(&dir), Err(ArtifactError::Io { .. })));
    fs::create_dir(&path).expect("a place");
    assert!(matches!(open(&dir), Err(ArtifactError::Io { .. })));
    assert!(matches!(open(&root.path().join("nowhere")), Err(ArtifactError::NoArtifact { .. })));
}
