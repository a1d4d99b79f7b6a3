//! What older versions wrote stays readable.

use std::collections::BTreeMap;
use std::path::Path;

use erbij_core::{Catalogue, CatalogueColumns, RelationKind, Sessions, TimeZone, TopicColumns};
use erbij_models::{Popularity, PopularityColumns, SessionModel};
use erbij_recipe::ModelSet;

use super::round_trip::assert_equal_but_for_recipe;
use super::support::{SMALL, Size, model_set, write_shop};
use crate::{Artifact, FileEntry, Manifest, open};

/// The model set of today as a version knew it that told no people apart and had no marks of items.
fn without_people(models: ModelSet) -> ModelSet {
    let columns = models.popularity.columns().clone();
    let popularity = Popularity::new(PopularityColumns {
        n_people: columns.n_orders.clone(),
        n_people_before: columns.n_orders_before.clone(),
        n_people_ever: columns.n_orders_ever.clone(),
        ..columns
    });
    let marked = models.catalogue.columns().clone();
    let columns = CatalogueColumns { sensitive: vec![0; marked.item_id.len()].into(), ..marked };
    let (variants, currency) = (models.catalogue.variants().clone(), models.catalogue.currency());
    let catalogue = Catalogue::new(columns, variants, currency).expect("as valid as before");
    let catalogue = catalogue.with_relations(models.catalogue.relations().clone());
    let session = models.session.as_ref().map(|session| {
        let (rows, items, ended_at, _) = session.sessions().columns();
        let people = (0..rows.n_rows() as u32).collect();
        let sessions = Sessions::new(rows.clone(), items.clone(), ended_at.clone(), people);
        let sessions = sessions.expect("as valid as before");
        SessionModel::new(models.recipe.session(), sessions, models.catalogue.len()).expect("likewise")
    });
    ModelSet { popularity: popularity.expect("as valid as before"), catalogue, session, ..models }
}

/// The model set of today as a version knew it that had no details of items, and no models of customers.
fn without_details(size: Size) -> ModelSet {
    let models = without_people(model_set(size));
    let columns = models.catalogue.columns().clone();
    let n_items = columns.item_id.len();
    let columns = CatalogueColumns {
        useful_life_days: vec![0; n_items].into(),
        pack_size: vec![1.0; n_items].into(),
        topics: TopicColumns::none(n_items),
        ..columns
    };
    let (variants, currency) = (models.catalogue.variants().clone(), models.catalogue.currency());
    let catalogue = Catalogue::new(columns, variants, currency).expect("as valid as before");
    ModelSet {
        catalogue,
        accessory: None,
        complements: None,
        repeat: None,
        session: None,
        replenishment: None,
        lifetime: None,
        interest: None,
        household: None,
        ownership: None,
        orientation: None,
        ..models
    }
}

/// What an older version wrote is still written bit for bit; what was added since lies in files of its own.
fn assert_written_as_then(old: &BTreeMap<String, FileEntry>) {
    let root = tempfile::tempdir().expect("a place");
    let (_, Manifest { files: new, .. }) = write_shop(root.path(), "new", SMALL);
    for (name, entry) in old {
        assert_eq!(new.get(name), Some(entry), "{name}");
    }
}

/// An artifact of each version that was released lies in the repository and stays readable.
fn of_version(version: &str) -> Artifact {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/compat").join(version);
    open(&dir).expect("it opened once")
}

#[test]
fn the_artifact_of_version_1_0_stays_readable() {
    let old = of_version("1.0");
    assert_equal_but_for_recipe(&old.model_set, &without_details(SMALL));
    // What has another name has the same bytes.
    let mut old_files = old.manifest.files;
    let rp3beta = old_files.remove("personal.arrow").expect("its name then");
    old_files.insert("rp3beta.arrow".to_owned(), rp3beta);
    assert_written_as_then(&old_files);
}

#[test]
fn the_artifact_of_version_2_0_stays_readable() {
    let old = of_version("2.0");
    assert_equal_but_for_recipe(&old.model_set, &without_details(SMALL));
    assert_written_as_then(&old.manifest.files);
}

/// What is fitted differs in its last bits between machines, so only what is stored as it was given is compared.
#[test]
fn the_artifact_of_version_2_1_stays_readable() {
    let old = of_version("2.1");
    let (old_models, models) = (old.model_set, without_people(model_set(SMALL)));
    assert_eq!(old_models.catalogue.columns(), models.catalogue.columns());
    let relations = |models: &ModelSet, item| {
        let all = models.catalogue.relations().of(item);
        all.filter(|&(kind, _)| kind != RelationKind::Contains).collect::<Vec<_>>()
    };
    for item in models.catalogue.items().indices() {
        assert_eq!(relations(&old_models, item), relations(&models, item));
    }
    assert_eq!(old_models.session, models.session);
    let (old_columns, columns) = (old_models.household.expect("has one"), models.household.expect("has one"));
    assert_eq!(old_columns.columns().stated, columns.columns().stated);
    let has_models = [
        old_models.accessory.is_some(),
        old_models.repeat.is_some(),
        old_models.replenishment.is_some(),
        old_models.lifetime.is_some(),
        old_models.interest.is_some(),
    ];
    assert_eq!(has_models, [true; 5]);
    let root = tempfile::tempdir().expect("a place");
    let (_, new) = write_shop(root.path(), "new", SMALL);
    assert!(old.manifest.files.keys().all(|file| new.files.contains_key(file)));
    assert!(old_models.ownership.is_none());
}

#[test]
fn the_artifact_of_version_2_2_stays_readable() {
    let old = of_version("2.2");
    assert_eq!(old.model_set.ownership, model_set(SMALL).ownership);
    let root = tempfile::tempdir().expect("a place");
    let (_, new) = write_shop(root.path(), "new", SMALL);
    assert!(old.manifest.files.keys().all(|file| new.files.contains_key(file)));
    assert!(old.model_set.orientation.is_none());
}

#[test]
fn the_artifact_of_version_2_3_stays_readable() {
    let old = of_version("2.3");
    assert_equal_but_for_recipe(&old.model_set, &without_people(model_set(SMALL)));
    assert_written_as_then(&old.manifest.files);
    assert!(old.model_set.sent_back.is_none());
    assert_eq!(old.model_set.time_zone, TimeZone::UTC);
}

#[test]
fn the_artifact_of_version_2_4_stays_readable() {
    let old = of_version("2.4");
    let today = model_set(SMALL);
    assert_equal_but_for_recipe(&old.model_set, &today);
    assert_eq!(old.model_set.sent_back, today.sent_back);
    assert_eq!(old.model_set.session, today.session);
    assert_written_as_then(&old.manifest.files);
}

#[test]
fn the_artifact_of_version_2_5_stays_readable() {
    let old = of_version("2.5");
    let today = model_set(SMALL);
    assert_equal_but_for_recipe(&old.model_set, &today);
    assert!(old.model_set.related.is_none());
    assert_eq!(old.model_set.sent_back, today.sent_back);
    assert_written_as_then(&old.manifest.files);
}

#[test]
fn the_artifact_of_version_2_6_stays_readable() {
    let old = of_version("2.6");
    let today = model_set(SMALL);
    assert_equal_but_for_recipe(&old.model_set, &today);
    let (then, now) = (old.model_set.related.expect("it has them"), today.related.expect("it has them"));
    assert_eq!((then.columns(), then.weights()), (now.columns(), now.weights()));
    assert!(then.baskets().is_none());
    assert_eq!(old.model_set.sent_back, today.sent_back);
    assert_written_as_then(&old.manifest.files);
}

#[test]
fn the_artifact_of_version_2_7_stays_readable() {
    let old = of_version("2.7");
    let today = model_set(SMALL);
    assert_equal_but_for_recipe(&old.model_set, &today);
    assert_eq!((old.model_set.sent_back, old.model_set.related), (today.sent_back, today.related));
    assert_written_as_then(&old.manifest.files);
}
