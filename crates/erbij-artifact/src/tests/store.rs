use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use super::support::{EMPTY, SMALL, Size, reseal, write_shop};
use crate::{GenerationRef, Outcome, PublishOptions, Published, Store, StoreError, open};

/// Shops that are told apart by how many related items an item has.
fn publish(store: &Store, root: &Path, n_related: usize) -> Published {
    let (dir, _) = write_shop(root, "new", Size { n_related, ..SMALL });
    store.publish(&dir, PublishOptions::default()).expect("good and no worse")
}

fn numbers(store: &Store) -> Vec<u64> {
    store.list().expect("readable").iter().map(|generation| generation.number).collect()
}

fn current(store: &Store) -> Option<u64> {
    store.current().expect("readable").map(|generation| generation.number)
}

#[test]
fn publishing_makes_a_generation_and_then_the_current_one() {
    let root = tempfile::tempdir().expect("a place");
    let store = Store::at(root.path().join("store"));
    assert_eq!(store.list().expect("no store yet"), []);
    assert_eq!(store.current().expect("no store yet"), None);
    let first = publish(&store, root.path(), 5);
    assert_eq!((first.outcome, first.number, first.previous), (Outcome::Published, 1, None));
    let second = publish(&store, root.path(), 6);
    assert_eq!((second.outcome, second.number, second.previous), (Outcome::Published, 2, Some(1)));
    let generations = store.list().expect("readable");
    assert_eq!(generations.iter().map(|generation| generation.is_current).collect::<Vec<_>>(), [false, true]);
    assert_eq!(store.current().expect("readable"), generations.last().cloned());
    let artifact = open(&second.dir).expect("published");
    assert_eq!(artifact.manifest.artifact_id, second.artifact_id);
    assert_eq!(fs::read_to_string(store.root().join("current")).expect("readable"), "gen-000002\n");
}

#[cfg(unix)]
#[test]
fn a_generation_is_read_only() {
    use std::os::unix::fs::PermissionsExt;
    let root = tempfile::tempdir().expect("a place");
    let store = Store::at(root.path().join("store"));
    let dir = publish(&store, root.path(), 5).dir;
    let mode = |path: &Path| fs::metadata(path).expect("there").permissions().mode() & 0o777;
    assert_eq!(mode(&dir), 0o555);
    for entry in fs::read_dir(&dir).expect("there") {
        assert_eq!(mode(&entry.expect("readable").path()), 0o444);
    }
}

#[test]
fn publishing_what_is_current_does_nothing() {
    let root = tempfile::tempdir().expect("a place");
    let store = Store::at(root.path().join("store"));
    let first = publish(&store, root.path(), 5);
    let again = publish(&store, root.path(), 5);
    assert_eq!((again.outcome, again.number), (Outcome::AlreadyCurrent, 1));
    assert_eq!(again.artifact_id, first.artifact_id);
    assert_eq!(numbers(&store), [1]);
}

#[test]
fn a_dry_run_leaves_no_trace() {
    let root = tempfile::tempdir().expect("a place");
    let store = Store::at(root.path().join("store"));
    let options = PublishOptions { dry_run: true, ..PublishOptions::default() };
    let (dir, _) = write_shop(root.path(), "new", SMALL);
    let planned = store.publish(&dir, options).expect("good");
    assert_eq!((planned.outcome, planned.number), (Outcome::WouldPublish, 1));
    assert!(!store.root().exists());

    publish(&store, root.path(), 6);
    let (worse, _) = write_shop(root.path(), "new", Size { n_items: 5, ..SMALL });
    let planned = store.publish(&worse, options).expect("planned, not refused");
    assert_eq!(planned.outcome, Outcome::WouldRefuse);
    assert_eq!(numbers(&store), [1]);
}

#[test]
fn what_is_worse_than_live_is_refused_with_figures() {
    let root = tempfile::tempdir().expect("a place");
    let big = Size { n_items: 40, n_customers: 20, n_related: 6 };
    let store = Store::at(root.path().join("store"));
    let (dir, _) = write_shop(root.path(), "new", big);
    store.publish(&dir, PublishOptions::default()).expect("the first");
    let check = |size: Size, expected: &[&str]| {
        let (dir, _) = write_shop(root.path(), "new", size);
        match store.publish(&dir, PublishOptions { dry_run: true, ..PublishOptions::default() }) {
            Ok(planned) => {
                let failed = planned.guards.iter().filter(|guard| !guard.passed).map(|guard| guard.guard);
                assert_eq!(failed.collect::<Vec<_>>(), expected, "{size:?}");
            }
            Err(error) => panic!("{error}"),
        }
    };
    let (lists, covered) = ("n_affinity_pairs + n_personal_weights", "items with 5 related items or more");
    check(big, &[]);
    check(Size { n_items: 39, ..big }, &[]);
    check(Size { n_items: 38, ..big }, &[covered]);
    check(Size { n_items: 19, ..big }, &[covered, "n_items"]);
    check(Size { n_related: 4, ..big }, &[covered]);
    check(Size { n_related: 0, ..big }, &[lists, covered]);
    check(Size { n_customers: 10, ..big }, &[]);
    check(Size { n_customers: 9, ..big }, &["n_customers"]);
    check(EMPTY, &[lists, covered, "n_items", "n_customers"]);

    let (dir, _) = write_shop(root.path(), "new", Size { n_customers: 9, ..big });
    let error = store.publish(&dir, PublishOptions::default()).expect_err("worse");
    let message = error.to_string();
    assert!(message.ends_with(
        "fails the publish checks: n_customers is 9, live is 20, expected at least half of it; \
         hint: fix the cause, or publish with `--force`"
    ));
    assert_eq!(current(&store), Some(1));
    let forced = store.publish(&dir, PublishOptions { force: true, ..PublishOptions::default() });
    let forced = forced.expect("forced");
    assert_eq!((forced.outcome, forced.number), (Outcome::Published, 2));
    assert!(forced.guards.iter().any(|guard| !guard.passed), "the finding is told all the same");
}

#[test]
fn an_artifact_that_may_hold_the_erased_is_refused() {
    let root = tempfile::tempdir().expect("a place");
    let store = Store::at(root.path().join("store"));
    publish(&store, root.path(), 5);
    let (dir, _) = write_shop(root.path(), "erased", SMALL);
    reseal(&dir, |manifest| manifest["erasure_epoch"] = 3.into());
    store.publish(&dir, PublishOptions::default()).expect("newer epoch");
    let (stale, _) = write_shop(root.path(), "new", SMALL);
    let error = store.publish(&stale, PublishOptions::default()).expect_err("older epoch");
    assert!(matches!(error, StoreError::Refused { .. }), "{error}");
    let error = store.rollback(None).expect_err("older epoch");
    assert!(matches!(error, StoreError::Erased { number: 1, found: 0, current: 3 }), "{error}");
}

#[test]
fn rolling_back_goes_to_the_newest_older_one_that_opens() {
    let root = tempfile::tempdir().expect("a place");
    let store = Store::at(root.path().join("store"));
    assert!(matches!(store.rollback(None), Err(StoreError::NothingCurrent { .. })));
    for n_related in [5, 6, 7, 8] {
        publish(&store, root.path(), n_related);
    }
    // Same size, other bytes: only opening it can tell.
    let path = store.dir_of(3).join("affinity.arrow");
    let mut bytes = fs::read(&path).expect("readable");
    bytes[100] ^= 1;
    crate::durable::set_mode(&path, 0o644).expect("ours");
    fs::write(&path, bytes).expect("writable");
    let rolled = store.rollback(None).expect("two older ones open");
    assert_eq!((rolled.from, rolled.to.number, rolled.skipped), (Some(4), 2, vec![3]));
    assert_eq!(current(&store), Some(2));
    assert_eq!(store.rollback(None).expect("one more").to.number, 1);
    assert!(matches!(store.rollback(None), Err(StoreError::NothingOlder { current: 1, .. })));
    // By name one may go forward too, but not to what does not open.
    let id = store.list().expect("readable")[3].manifest.artifact_id.clone();
    let by_id: GenerationRef = id[..12].parse().unwrap_or(GenerationRef::ArtifactId(id));
    assert_eq!(store.rollback(Some(&by_id)).expect("named").to.number, 4);
    let damaged = store.rollback(Some(&GenerationRef::Number(3)));
    assert!(matches!(damaged, Err(StoreError::Artifact { .. })));
    let unknown = store.rollback(Some(&GenerationRef::Number(9)));
    assert!(matches!(unknown, Err(StoreError::NoSuchGeneration { found: 0, .. })));
    assert_eq!(current(&store), Some(4));
}

#[test]
fn old_generations_go_but_never_the_current_one_nor_the_one_before() {
    let root = tempfile::tempdir().expect("a place");
    let store = Store::at(root.path().join("store"));
    let keep = |keep, n_related| {
        let (dir, _) = write_shop(root.path(), "new", Size { n_related, ..SMALL });
        store.publish(&dir, PublishOptions { keep, ..PublishOptions::default() }).expect("good").pruned
    };
    for n_related in [5, 6, 7] {
        assert_eq!(keep(3, n_related), [0_u64; 0]);
    }
    assert_eq!(keep(3, 8), [1]);
    assert_eq!(numbers(&store), [2, 3, 4]);
    store.rollback(Some(&GenerationRef::Number(2))).expect("whole");
    // The one before is 2, the current one 5; a number is never used twice.
    assert_eq!(keep(0, 9), [3, 4]);
    assert_eq!(numbers(&store), [2, 5]);
    assert_eq!(keep(1, 5), [2]);
    assert_eq!(numbers(&store), [5, 6]);
}

#[test]
fn leftovers_are_no_generations_and_go_with_the_next_publication() {
    let root = tempfile::tempdir().expect("a place");
    let store = Store::at(root.path().join("store"));
    publish(&store, root.path(), 5);
    let leftover = store.root().join("gen-000002.17.tmp");
    fs::create_dir(&leftover).expect("a place");
    fs::write(leftover.join("items.arrow"), "half").expect("writable");
    fs::write(store.root().join("current.tmp"), "gen-0").expect("writable");
    crate::durable::set_mode(&leftover, 0o555).expect("ours");
    assert_eq!((numbers(&store), current(&store)), (vec![1], Some(1)));
    assert_eq!(publish(&store, root.path(), 6).number, 2);
    assert!(!leftover.exists());
    assert_eq!(current(&store), Some(2));
}

#[test]
fn a_damaged_generation_is_told_apart_and_can_be_replaced() {
    let root = tempfile::tempdir().expect("a place");
    let store = Store::at(root.path().join("store"));
    publish(&store, root.path(), 5);
    let dir = publish(&store, root.path(), 6).dir;
    crate::durable::set_mode(&dir, 0o755).expect("ours");
    fs::remove_file(dir.join("items.arrow")).expect("removable");
    let contents = store.contents().expect("readable");
    assert_eq!(contents.generations.iter().map(|generation| generation.number).collect::<Vec<_>>(), [1]);
    assert_eq!(contents.damaged.iter().map(|generation| generation.number).collect::<Vec<_>>(), [2]);
    // The same artifact again is its repair, not a repetition.
    let repaired = publish(&store, root.path(), 6);
    assert_eq!((repaired.outcome, repaired.number), (Outcome::Published, 3));
    assert!(repaired.not_compared.is_some());
    assert_eq!(store.rollback(None).expect("1 is whole").skipped, [2]);
}

#[test]
fn a_damaged_current_is_an_error_that_naming_a_generation_mends() {
    let root = tempfile::tempdir().expect("a place");
    let store = Store::at(root.path().join("store"));
    publish(&store, root.path(), 5);
    let (dir, _) = write_shop(root.path(), "new", SMALL);
    for text in ["", "gen-000001", "gen-1\n", "../gen-000001\n", "gen-000001\ngen-000002\n"] {
        fs::write(store.root().join("current"), text).expect("writable");
        assert!(matches!(store.current(), Err(StoreError::Current { .. })), "{text:?}");
        assert!(matches!(store.rollback(None), Err(StoreError::Current { .. })), "{text:?}");
        let refused = store.publish(&dir, PublishOptions::default());
        assert!(matches!(refused, Err(StoreError::Current { .. })), "{text:?}");
        assert_eq!(numbers(&store), [1], "still to be seen");
    }
    store.rollback(Some(&GenerationRef::Number(1))).expect("named");
    assert_eq!(current(&store), Some(1));
    fs::write(store.root().join("current"), "").expect("writable");
    store.publish(&dir, PublishOptions { force: true, ..PublishOptions::default() }).expect("forced");
    assert_eq!(current(&store), Some(2));
}

#[test]
fn damaged_artifacts_are_refused_even_by_force() {
    let root = tempfile::tempdir().expect("a place");
    let store = Store::at(root.path().join("store"));
    let (dir, _) = write_shop(root.path(), "new", SMALL);
    fs::write(dir.join("items.arrow"), "ARROW1").expect("writable");
    let options = PublishOptions { force: true, ..PublishOptions::default() };
    assert!(matches!(store.publish(&dir, options), Err(StoreError::Artifact { .. })));
    assert!(!store.root().exists());
}

#[test]
fn of_two_publishers_one_is_told() {
    let root = tempfile::tempdir().expect("a place");
    let store = Store::at(root.path().join("store"));
    let (dir, _) = write_shop(root.path(), "new", SMALL);
    let held = store.lock().expect("nobody else");
    let error = store.publish(&dir, PublishOptions::default()).expect_err("held");
    assert!(matches!(error, StoreError::Busy { .. }), "{error}");
    assert!(matches!(store.rollback(None), Err(StoreError::Busy { .. })));
    drop(held);
    store.publish(&dir, PublishOptions::default()).expect("free again");
}

#[test]
fn readers_never_see_anything_but_whole_generations() {
    let root = tempfile::tempdir().expect("a place");
    let store = Store::at(root.path().join("store"));
    publish(&store, root.path(), 5);
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let reader = scope.spawn(|| {
            let (mut newest, mut n_reads) = (0, 0);
            while !done.load(Ordering::Relaxed) {
                let generation = store.current().expect("readable").expect("published");
                assert!(newest <= generation.number, "never back");
                newest = generation.number;
                open(&generation.dir).expect("whole");
                n_reads += 1;
            }
            n_reads
        });
        for n_related in [6, 7, 8, 9, 5, 6, 7, 8] {
            publish(&store, root.path(), n_related);
        }
        done.store(true, Ordering::Relaxed);
        assert_ne!(reader.join().expect("no assertion failed"), 0);
    });
}
