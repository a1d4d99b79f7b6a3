//! The same input gives the same bytes: on one thread or two, however the rows are cut and ordered.

use std::collections::BTreeMap;
use std::path::Path;

use crate::program::{erbij, shop, stdout_of, tables, train};

/// Every file of a folder with its bytes.
fn bytes_of(dir: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = std::fs::read_dir(dir).expect("a folder");
    entries
        .map(|entry| {
            let entry = entry.expect("readable");
            let name = entry.file_name().to_string_lossy().into_owned();
            (name, std::fs::read(entry.path()).expect("a file"))
        })
        .collect()
}

#[test]
fn one_thread_and_two_write_the_same_artifact() {
    let dir = tempfile::tempdir().expect("a folder");
    let artifacts = ["1", "2", "3"].map(|threads| {
        let out = dir.path().join(threads);
        let tables = tables(shop());
        let mut args = vec!["train", "--quiet", "--out", out.to_str().expect("text")];
        args.extend(tables.iter().map(String::as_str));
        let id = stdout_of(erbij(&args).env("RAYON_NUM_THREADS", threads));
        (id, bytes_of(&out))
    });
    assert!(1 < artifacts[0].1.len());
    assert!(artifacts[0] == artifacts[1] && artifacts[1] == artifacts[2], "threads show in the artifact");
}

#[test]
fn another_recipe_is_another_artifact() {
    let dir = tempfile::tempdir().expect("a folder");
    let recipe = dir.path().join("recipe.toml");
    std::fs::write(&recipe, "[affinity]\nmeasure = 'jaccard'\n").expect("written");
    let default = train(&dir.path().join("default"), &[]);
    let jaccard = train(&dir.path().join("jaccard"), &["--recipe", recipe.to_str().expect("text")]);
    assert_ne!(default, jaccard);
}
