use std::fs;

use erbij_core::{CustomerIdx, Day, ItemIdx, TimeZone, Timestamp, TrainingData};
use erbij_people::{Empirical, LifetimeDoubt, LifetimeEstimate, Nbd, Silences};
use erbij_recipe::ModelSet;
use expect_test::expect;

use super::support::{EMPTY, SMALL, Size, files, model_set, reseal, training, write_shop};
use crate::{
    ArtifactError, MANIFEST_FILE, TrainingSummary, data_fingerprint, open, read_manifest, verify, write,
};

/// What is equal in memory; a catalogue and a model set have no equality of their own.
fn assert_equal(found: &ModelSet, expected: &ModelSet) {
    assert_eq!(found.recipe, expected.recipe);
    assert_eq!(found.choices, expected.choices);
    assert_eq!(found.sent_back, expected.sent_back);
    assert_eq!(found.related, expected.related);
    assert_eq!(found.time_zone, expected.time_zone);
    assert_equal_but_for_recipe(found, expected);
}

/// The default recipe of an older version may be another one.
pub(super) fn assert_equal_but_for_recipe(found: &ModelSet, expected: &ModelSet) {
    assert_eq!(found.cutoff, expected.cutoff);
    assert_eq!(found.catalogue.columns(), expected.catalogue.columns());
    assert_eq!(found.catalogue.variants(), expected.catalogue.variants());
    assert_eq!(found.catalogue.currency(), expected.catalogue.currency());
    assert_eq!(found.customers, expected.customers);
    assert_eq!(found.histories, expected.histories);
    assert_eq!(found.popularity, expected.popularity);
    assert_eq!(found.affinity, expected.affinity);
    assert_eq!(found.personal, expected.personal);
    assert_eq!(found.replenishment, expected.replenishment);
    assert_eq!(found.lifetime, expected.lifetime);
    assert_eq!(found.interest, expected.interest);
    assert_eq!(found.household, expected.household);
    assert_eq!(found.ownership, expected.ownership);
    assert_eq!(found.orientation, expected.orientation);
}

#[test]
fn what_is_written_is_opened_and_written_again_bit_for_bit() {
    for size in [
        SMALL,
        EMPTY,
        Size { n_items: 1, ..SMALL },
        Size { n_customers: 0, ..SMALL },
        Size { n_related: 0, ..SMALL },
        Size { n_items: 300, n_customers: 1000, n_related: 20 },
    ] {
        let root = tempfile::tempdir().expect("a place");
        let (first, manifest) = write_shop(root.path(), "first", size);
        let artifact = open(&first).expect("just written");
        assert_eq!(artifact.manifest, manifest);
        assert_eq!(artifact.manifest.training, training());
        assert_equal(&artifact.model_set, &model_set(size));
        assert_eq!(verify(&first).expect("whole"), manifest);

        let second = root.path().join("second");
        let again =
            write(&artifact.model_set, &artifact.manifest.training, "1.2.3", &second).expect("writable");
        assert_eq!(again.artifact_id, manifest.artifact_id, "{size:?}");
        assert_eq!(files(&first), files(&second), "{size:?}");
    }
}

#[test]
fn columns_are_taken_where_they_lie_and_are_aligned() {
    let root = tempfile::tempdir().expect("a place");
    let (dir, _) = write_shop(root.path(), "new", SMALL);
    let artifact = open(&dir).expect("just written");
    let (_, items, scores) = artifact.model_set.affinity.neighbours().columns();
    // One allocation holds the file: both columns are slices of it.
    assert_eq!(items.inner().data_ptr(), scores.inner().data_ptr());
    let prices = &artifact.model_set.catalogue.columns().price_minor;
    let (_, ids) = artifact.model_set.catalogue.items().ids().buffers();
    assert_eq!(prices.inner().data_ptr(), ids.data_ptr());
    for address in [items.inner().as_ptr(), scores.inner().as_ptr(), prices.inner().as_ptr(), ids.as_ptr()] {
        assert_eq!(address as usize % 64, 0);
    }
}

#[test]
fn an_opened_artifact_answers() {
    let root = tempfile::tempdir().expect("a place");
    let (dir, _) = write_shop(root.path(), "new", SMALL);
    let models = open(&dir).expect("just written").model_set;
    let item = models.catalogue.item_idx_from_id("w3").expect("a variant");
    assert_eq!(item, ItemIdx::new(3));
    assert_eq!(models.catalogue.price(item), None);
    assert_eq!(models.affinity.related(item).next().map(|related| related.item), Some(ItemIdx::new(4)));
    assert_eq!(models.histories.items(CustomerIdx::new(2)), [0, 1]);
    let orientation = models.orientation.expect("written");
    let looked: Vec<_> = orientation.on(CustomerIdx::new(4), Day::new(17_230)).collect();
    // Every third item is a product, all of the kitchen.
    assert_eq!((looked.len(), looked[0].n_items), (1, 4), "{looked:?}");
}

/// What customers did comes back as it was read off.
#[test]
fn an_empirical_lifetime_is_opened_as_it_was_written() {
    let silences = Silences {
        shares: [1.0, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1],
        longest: 2.5,
        chances: std::array::from_fn(|step| 1.0 / (1.0 + step as f64)),
    };
    let empirical = Empirical {
        rates: Nbd { r: 0.7, alpha: 9.0 },
        held_back_days: 90,
        fading: 0.01,
        never_returned: silences,
        returned: silences,
    };
    let estimate = LifetimeEstimate { doubt: Some(LifetimeDoubt::AtEdge), empirical: Some(empirical) };
    let models = model_set(SMALL);
    let lifetime = models.lifetime.clone().expect("fitted").with_estimate(estimate).expect("valid");
    let models = ModelSet { lifetime: Some(lifetime), ..models };
    let root = tempfile::tempdir().expect("a place");
    let dir = root.path().join("new");
    write(&models, &training(), "1.2.3", &dir).expect("writable");
    assert_eq!(open(&dir).expect("just written").model_set.lifetime, models.lifetime);
}

#[test]
fn the_zone_of_the_shop_is_opened_as_it_was_written() {
    let root = tempfile::tempdir().expect("a place");
    let dir = root.path().join("new");
    for name in ["Europe/Amsterdam", "UTC"] {
        let time_zone = TimeZone::named(name).expect("it is in the database");
        let models = ModelSet { time_zone: time_zone.clone(), ..model_set(SMALL) };
        let manifest = write(&models, &training(), "1.2.3", &dir).expect("writable");
        assert_eq!(open(&dir).expect("just written").model_set.time_zone, time_zone);
        assert_eq!(manifest.to_json().contains("\"timezone\""), name != "UTC", "{name}");
    }
    reseal(&dir, |manifest| manifest["timezone"] = "Amsterdam".into());
    assert!(open(&dir).is_err(), "a zone that nobody knows");
}

#[test]
fn a_manifest_says_all_but_where_and_when_it_was_made() {
    let root = tempfile::tempdir().expect("a place");
    let (dir, manifest) = write_shop(root.path(), "new", SMALL);
    let text = fs::read_to_string(dir.join(MANIFEST_FILE)).expect("readable");
    assert_eq!(text, manifest.to_json());
    let mut value: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    let object = value.as_object_mut().expect("an object");
    // Pinned elsewhere, or by the models.
    for key in ["artifact_id", "choices", "files", "recipe"] {
        assert!(object.remove(key).is_some(), "{key}");
    }
    expect![[r#"
        {
          "code_version": "1.2.3",
          "counts": {
            "n_affinity_pairs": 72,
            "n_customers": 5,
            "n_items": 12,
            "n_personal_weights": 72,
            "n_purchases": 10
          },
          "currency": "EUR",
          "cutoff": "2017-03-03T09:30:00.123456Z",
          "erasure_epoch": 0,
          "format": {
            "major": 2,
            "minor": 7
          },
          "training": {
            "data_fingerprint": "0000000000000000000000000000000000000000000000000000000000000000",
            "dropped": {
              "cancelled": 3,
              "unknown item": 1
            },
            "metrics": {
              "recall_at_10": 0.12345678901234566
            },
            "n_baskets": 30,
            "n_guest_baskets": 7,
            "rows_read": 104,
            "rows_used": 100,
            "window": {
              "from": "1970-01-01T00:00:00Z",
              "to": "2017-03-03T09:30:00.123456Z"
            }
          }
        }"#]]
    .assert_eq(&serde_json::to_string_pretty(&value).expect("a value has a text"));
}

#[test]
fn the_id_is_the_hash_of_the_text_without_it() {
    let root = tempfile::tempdir().expect("a place");
    let (dir, manifest) = write_shop(root.path(), "new", SMALL);
    let text = fs::read_to_string(dir.join(MANIFEST_FILE)).expect("readable");
    let without = text.replace(&manifest.artifact_id, "");
    assert_eq!(blake3::hash(without.as_bytes()).to_hex().as_str(), manifest.artifact_id);
    assert_eq!(read_manifest(&dir).expect("whole"), manifest);
}

#[test]
fn another_summary_or_version_is_another_artifact() {
    let root = tempfile::tempdir().expect("a place");
    let id = |training: &TrainingSummary, version: &str| {
        let manifest = write(&model_set(SMALL), training, version, &root.path().join("new"));
        manifest.expect("writable").artifact_id
    };
    let other = TrainingSummary { rows_read: 105, ..training() };
    let ids = [id(&training(), "1"), id(&other, "1"), id(&training(), "2"), id(&training(), "1")];
    assert_eq!(ids[0], ids[3]);
    assert_ne!(ids[0], ids[1]);
    assert_ne!(ids[0], ids[2]);
}

#[test]
fn what_could_not_be_read_back_is_not_written() {
    let root = tempfile::tempdir().expect("a place");
    let dir = root.path().join("new");
    let check = |model_set: &ModelSet, training: &TrainingSummary| {
        let error = write(model_set, training, "1", &dir).expect_err("unwritable");
        assert!(matches!(error, ArtifactError::Unwritable { .. }), "{error}");
        assert_eq!(fs::read_dir(root.path()).expect("there").count(), 0, "nothing is left behind");
    };
    let models = model_set(SMALL);
    check(&models, &TrainingSummary { metrics: [("ndcg".to_owned(), f64::NAN)].into(), ..training() });
    check(&models, &TrainingSummary { data_fingerprint: "0".repeat(2_000_000), ..training() });
    let late = ModelSet { cutoff: Timestamp::from_micros(i64::MAX), ..model_set(SMALL) };
    check(&late, &training());
}

#[test]
fn only_artifacts_and_empty_folders_are_replaced() {
    let root = tempfile::tempdir().expect("a place");
    let models = model_set(SMALL);
    let dir = root.path().join("empty");
    fs::create_dir(&dir).expect("a place");
    write(&models, &training(), "1", &dir).expect("into an empty folder");
    write(&models, &training(), "2", &dir).expect("over an artifact");
    assert_eq!(read_manifest(&dir).expect("whole").code_version, "2");

    let full = root.path().join("full");
    fs::create_dir(&full).expect("a place");
    fs::write(full.join("letter.txt"), "dear").expect("writable");
    let error = write(&models, &training(), "1", &full).expect_err("not ours");
    assert!(matches!(error, ArtifactError::Occupied { .. }), "{error}");
    assert!(full.join("letter.txt").exists());

    let file = root.path().join("file");
    fs::write(&file, "dear").expect("writable");
    assert!(matches!(write(&models, &training(), "1", &file), Err(ArtifactError::Occupied { .. })));
    assert!(matches!(write(&models, &training(), "1", "..".as_ref()), Err(ArtifactError::Nameless { .. })));
    let names = fs::read_dir(root.path()).expect("there").count();
    assert_eq!(names, 3, "no temporary folder is left");
}

#[test]
fn leftovers_of_dead_runs_are_removed_and_others_are_not() {
    let root = tempfile::tempdir().expect("a place");
    let own = std::process::id();
    // No process has a number this high: Linux ends at 4,194,304.
    let dead =
        [".new.4294967295.tmp".to_owned(), ".new.4294967295.old".to_owned(), format!(".new.{own}.tmp")];
    let alive = [".new.1.tmp".to_owned(), ".other.4294967295.tmp".to_owned(), ".new.notes.tmp".to_owned()];
    for name in dead.iter().chain(&alive) {
        fs::create_dir(root.path().join(name)).expect("a place");
    }
    write(&model_set(SMALL), &training(), "1", &root.path().join("new")).expect("writable");
    assert!(dead.iter().all(|name| !root.path().join(name).exists()));
    // Where process numbers cannot be looked up, all are taken to be alive.
    assert!(alive.iter().all(|name| root.path().join(name).exists()));
}

#[test]
fn two_runs_do_not_write_to_one_folder() {
    let root = tempfile::tempdir().expect("a place");
    let temp = root.path().join(format!(".new.{}.tmp", std::process::id()));
    fs::create_dir(&temp).expect("a place");
    let _held = crate::durable::hold_dir(&temp).expect("can be locked").expect("nobody else");
    let error = write(&model_set(SMALL), &training(), "1", &root.path().join("new")).expect_err("held");
    assert!(matches!(error, ArtifactError::Busy { .. }), "{error}");
}

#[test]
fn a_fingerprint_tells_data_apart() {
    let data = |amount_minor, lines: &[u32]| {
        let order = erbij_core::Order {
            customer: Some(CustomerIdx::new(0)),
            ordered_at: Timestamp::from_micros(5),
            amount_minor,
            lines: lines.iter().map(|&item| (ItemIdx::new(item), 1.0)).collect(),
        };
        let models = model_set(SMALL);
        let baskets = erbij_core::Baskets::from_orders(SMALL.n_customers, SMALL.n_items, vec![order]);
        let baskets = baskets.expect("valid orders");
        TrainingData::of_orders(baskets, models.customers, models.catalogue)
    };
    let fingerprint = data_fingerprint(&data(100, &[1, 2]));
    assert_eq!(fingerprint.len(), 64);
    assert_eq!(fingerprint, data_fingerprint(&data(100, &[2, 1])), "order of lines means nothing");
    assert_ne!(fingerprint, data_fingerprint(&data(101, &[1, 2])));
    assert_ne!(fingerprint, data_fingerprint(&data(100, &[1, 3])));
    let with_returns = |items: &[u32]| {
        let mut data = data(100, &[1, 2]);
        let mut parts = data.baskets.parts().clone();
        parts.returned = items
            .iter()
            .map(|&item| erbij_core::Returned {
                item: ItemIdx::new(item),
                customer: CustomerIdx::new(0),
                ordered_at: Timestamp::from_micros(5),
            })
            .collect();
        data.baskets = erbij_core::Baskets::from_parts(parts).expect("valid");
        data_fingerprint(&data)
    };
    assert_eq!(fingerprint, with_returns(&[]), "as it was before returns were told");
    assert_ne!(fingerprint, with_returns(&[1]));
    assert_ne!(with_returns(&[1]), with_returns(&[2]));
}
