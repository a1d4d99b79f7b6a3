//! Publishing, stopped after any number of its steps.

use std::fs;
use std::io;

use super::support::{SMALL, Size, write_shop};
use crate::steps::Step;
use crate::{GenerationRef, PublishOptions, Store, StoreError, open};

const OPTIONS: PublishOptions = PublishOptions { keep: 1, force: false, dry_run: false };

/// A store with three generations, the second of them current, and a leftover. Publishing to it with
/// `OPTIONS` makes every step there is.
fn store(root: &std::path::Path) -> Store {
    let store = Store::at(root.join("store"));
    for n_related in [5, 6, 7] {
        let (dir, _) = write_shop(root, "old", Size { n_related, ..SMALL });
        store.publish(&dir, PublishOptions::default()).expect("good");
    }
    store.rollback(Some(&GenerationRef::Number(2))).expect("whole");
    fs::create_dir(store.root().join("gen-000004.17.tmp")).expect("a place");
    store
}

#[test]
fn stopped_anywhere_the_old_or_the_new_generation_is_current_and_opens() {
    let root = tempfile::tempdir().expect("a place");
    let (new, manifest) = write_shop(root.path(), "new", Size { n_related: 8, ..SMALL });
    let mut steps = Vec::new();
    let counting = store(root.path());
    let published = counting.publish_by_steps(&new, OPTIONS, &|_| Vec::new(), &mut |step| {
        steps.push(step);
        Ok(())
    });
    assert_eq!(published.expect("nothing stops it").pruned, [1, 3]);
    assert_eq!(steps.iter().filter(|&&step| step == Step::CopyFile).count(), manifest.files.len());
    let moved_at = steps.iter().position(|&step| step == Step::SyncCurrent).expect("made");

    for (stop, &step) in steps.iter().enumerate() {
        let root = tempfile::tempdir().expect("a place");
        let store = store(root.path());
        let mut n_made = 0;
        let stopped = store.publish_by_steps(&new, OPTIONS, &|_| Vec::new(), &mut |_| {
            n_made += 1;
            if n_made <= stop { Ok(()) } else { Err(io::Error::other("stopped")) }
        });
        // What is left to prune is no failure of what is published.
        assert_eq!(stopped.is_err(), step != Step::Prune, "{step:?}");
        assert!(matches!(stopped, Err(StoreError::Io { .. }) | Ok(_)), "{step:?}");

        let current = store.current().expect("readable").expect("published");
        let artifact = open(&current.dir).expect("whole");
        let is_new = artifact.manifest.artifact_id == manifest.artifact_id;
        assert_eq!(is_new, moved_at <= stop, "{step:?}");
        assert_eq!(current.number, if is_new { 4 } else { 2 }, "{step:?}");
        let contents = store.contents().expect("readable");
        assert_eq!(contents.damaged.len(), 0, "{step:?}");
        for generation in &contents.generations {
            open(&generation.dir).expect("whole");
        }

        store.publish(&new, OPTIONS).expect("the next run is not in its way");
        let current = store.current().expect("readable").expect("published");
        assert_eq!(current.manifest.artifact_id, manifest.artifact_id, "{step:?}");
        let names = store.names().expect("readable");
        assert!(!names.iter().any(|name| name.ends_with(".tmp")), "{step:?}: {names:?}");
    }
}

#[test]
fn a_copy_that_differs_from_what_was_opened_is_refused() {
    let root = tempfile::tempdir().expect("a place");
    let store = store(root.path());
    let (new, _) = write_shop(root.path(), "new", Size { n_related: 8, ..SMALL });
    let changed = store.publish_by_steps(&new, OPTIONS, &|_| Vec::new(), &mut |step| {
        if step == Step::CopyFile { fs::write(new.join("variants.arrow"), "other") } else { Ok(()) }
    });
    assert!(matches!(changed, Err(StoreError::Changed { .. })), "{changed:?}");
    assert_eq!(store.current().expect("readable").expect("published").number, 2);
}

#[test]
fn a_failed_publication_gives_its_space_back() {
    let root = tempfile::tempdir().expect("a place");
    let store = store(root.path());
    let (new, _) = write_shop(root.path(), "new", Size { n_related: 8, ..SMALL });
    // `current` is in the way of nobody but the very last rename, long after the copying.
    let in_the_way = store.root().join("current.tmp");
    fs::create_dir(&in_the_way).expect("a place");
    fs::create_dir(in_the_way.join("full")).expect("a place");
    let failed = store.publish(&new, OPTIONS).expect_err("a folder is in the way");
    assert!(matches!(failed, StoreError::Io { .. }), "{failed}");
    assert_eq!(store.current().expect("readable").expect("published").number, 2);
    let names = store.names().expect("readable");
    assert!(!names.iter().any(|name| name.starts_with("gen-") && name.ends_with(".tmp")), "{names:?}");
}
