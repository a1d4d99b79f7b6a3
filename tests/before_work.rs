//! What is looked at before a command works: where its output goes, what was left there, what its settings say.

use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use expect_test::{Expect, expect};

use crate::program::{erbij, failure_of, published, shop, stdout_of, store, tables};
use crate::small_shop::{tables as small_tables, trained, write_shop};

/// What is told of a failure, with a folder's name taken out.
fn told(args: &[&str], dir: &Path) -> String {
    let (code, told) = failure_of(&mut erbij(args));
    format!("{}exit code {code}\n", told.replace(dir.to_str().expect("text"), "DIR"))
}

#[test]
fn where_output_goes_is_looked_at_before_anything_is_read() {
    let dir = tempfile::tempdir().expect("a folder");
    let path = |name: &str| dir.path().join(name).to_str().expect("text").to_owned();
    std::fs::create_dir_all(path("full/inner")).expect("made");
    std::fs::write(path("file"), "x").expect("written");
    std::fs::write(path("recipe.toml"), "").expect("written");
    let (full, below_file, below_none) = (path("full"), path("file/out"), path("none/out.csv"));
    let (folder, recipe, xml) = (path("full.csv"), path("recipe.toml"), path("list.xml"));
    std::fs::create_dir(&folder).expect("made");
    // None of the inputs is there, so whatever is told of the output was told first.
    let cases: &[(&[&str], &str)] = &[
        (&["train", "--orders", "o", "--out", &full], "`DIR/full` exists and is not an artifact"),
        (&["train", "--orders", "o", "--out", &below_file], "failed"),
        (&["recommend", "--all-customers", "--artifact", "a", "--out", &below_none], "no folder `DIR/none`"),
        (
            &["recommend", "--all-customers", "--artifact", "a", "--out", &xml],
            "`.jsonl`, `.csv` or `.parquet`",
        ),
        (&["init", "--orders", "o", "--config", &below_none], "no folder `DIR/none`"),
        (&["init", "--orders", "o", "--config", &recipe], "`DIR/recipe.toml` is there already"),
        (&["reminders", "--artifact", "a", "--out", &below_none], "no folder `DIR/none`"),
        (&["lifetime", "--artifact", "a", "--out", &folder], "`DIR/full.csv` is a folder"),
        (&["interests", "--artifact", "a", "--out", &xml], "`.jsonl`, `.csv` or `.parquet`"),
        (&["tune", "--recipe", &recipe, "--orders", "o", "--out", &below_none], "no folder `DIR/none`"),
        (&["evaluate", "--orders", "o", "--json", &below_none], "no folder `DIR/none`"),
        (&["evaluate", "--orders", "o", "--customers-csv", &below_none], "no folder `DIR/none`"),
        (
            &["evaluate", "--orders", "o", "--write-split", &below_file],
            "the folder `DIR/file/out` cannot be made",
        ),
        (&["accessories", "--item", "i", "--explain", "--orders", "o", "--svg", &below_none], "no folder"),
        (&["benchmark", "accessory", "--shop", "s", "--json", &below_none], "no folder"),
        (&["benchmark", "replenishment", "--shop", "s", "--json", &below_none], "no folder"),
        (&["simulate", "--out", &full], "choose another folder"),
    ];
    for (args, expected) in cases {
        let told = told(args, dir.path());
        assert!(told.contains(expected) && told.ends_with("exit code 1\n"), "{args:?}: {told}");
    }
    let mut left: Vec<_> = std::fs::read_dir(dir.path())
        .expect("listed")
        .map(|entry| entry.expect("there").file_name())
        .collect();
    left.sort();
    assert_eq!(left, ["file", "full", "full.csv", "recipe.toml"], "looking leaves nothing");
}

#[test]
fn what_was_left_out_is_told_before_training() {
    let dir = tempfile::tempdir().expect("a folder");
    let out = dir.path().join("out");
    let tables = tables(shop());
    let mut args = vec!["train", "--out", out.to_str().expect("text")];
    args.extend(tables.iter().map(String::as_str));
    let output = erbij(&args).output().expect("starts");
    assert!(output.status.success());
    let told = String::from_utf8(output.stderr).expect("text");
    let place = |what: &str| told.find(what).unwrap_or_else(|| panic!("`{what}` is not in {told}"));
    let read = place("orders: 60,000 rows read, ");
    assert!(read < place("  dropped: ") && place("cancellation ") < place("writing the artifact"), "{told}");
    assert!(place("duplicate_line ") < place("taking the fingerprint"), "{told}");
    args.push("--quiet");
    let quiet = erbij(&args).output().expect("starts");
    assert!(quiet.stderr.is_empty(), "{}", String::from_utf8_lossy(&quiet.stderr));
}

#[test]
fn an_error_is_said_once_and_a_setting_is_named() {
    let dir = tempfile::tempdir().expect("a folder");
    let file = |name: &str, text: &str| {
        let path = dir.path().join(name);
        std::fs::write(&path, text).expect("written");
        path.to_str().expect("text").to_owned()
    };
    let check = |args: &[&str], expected: Expect| expected.assert_eq(&told(args, dir.path()));
    let recipe = file("recipe.toml", "[affinity]\nshrinkage = -5\n");
    check(
        &["train", "--orders", "o", "--out", "x", "--recipe", &recipe],
        expect![[r#"
        error: recipe `DIR/recipe.toml` is refused: in table `affinity`: `shrinkage` is -5, expected a number from 0 to 1000000
        exit code 1
    "#]],
    );
    let rules = file("rules.toml", "[[rules]]\nname = 'a'\nitems = 'brnd == \"x\"'\naction = 'hide'\n");
    check(
        &["train", "--orders", "o", "--out", "x", "--rules", &rules],
        expect![[r#"
        error: `DIR/rules.toml` is refused: line 3: rule `a`, `items`: line 1, column 1: unknown column `brnd`; did you mean `brand`?
        exit code 1
    "#]],
    );
    let none = dir.path().join("none").to_str().expect("text").to_owned();
    check(
        &["publish", &none, "--store", &none],
        expect![[r#"
        error: `DIR/none` cannot be opened: `DIR/none` is not an artifact: it has no `manifest.json`
        hint: create one with `erbij train`
        exit code 1
    "#]],
    );
    check(
        &["benchmark", "lifetime", "--model", "bg_nbd", "--summary", &none],
        expect![[r#"
        error: reading `DIR/none` failed: No such file or directory (os error 2)
        exit code 1
    "#]],
    );
    check(
        &["recommend", "--customer", "1", "--artifact", &none],
        expect![[r#"
        error: `DIR/none` is not an artifact: it has no `manifest.json`
        hint: create one with `erbij train`
        exit code 1
    "#]],
    );
    check(
        &["check", "--orders", &none],
        expect![[r#"
        error: `DIR/none` does not exist
        exit code 1
    "#]],
    );
    let accessory = ["benchmark", "accessory", "--shop", &none];
    let walks = ["benchmark", "collaborative", "--train", &none, "--test", &none, "--model", "rp3beta"];
    let with = |args: &[&str], settings: &[&str], expected: Expect| {
        let settings = settings.iter().flat_map(|setting| ["--set", *setting]);
        check(&args.iter().copied().chain(settings).collect::<Vec<_>>(), expected);
    };
    with(
        &accessory,
        &["min_lift=2", "max_false_shre=0.05"],
        expect![[r#"
        error: `--set max_false_shre=0.05` is refused: unknown key `max_false_shre`; did you mean `max_false_share`?
        exit code 1
    "#]],
    );
    with(
        &accessory,
        &["min_lift=2", "max_false_share=5"],
        expect![[r#"
        error: `--set max_false_share=5` is refused: `max_false_share` is 5, expected a number above 0, to 0.5
        exit code 1
    "#]],
    );
    with(
        &accessory,
        &["min_lift=2", "neighbours"],
        expect![[r#"
        error: `--set neighbours` is refused: key with no value, expected `=`
        exit code 1
    "#]],
    );
    with(
        &accessory,
        &["min_lift=2", "min_lift=3"],
        expect![[r#"
        error: `--set min_lift=3` is refused: `min_lift` is set twice
        hint: set it once
        exit code 1
    "#]],
    );
    with(
        &accessory,
        &["min_lift=high"],
        expect![[r#"
        error: `--set min_lift=high` is refused: string values must be quoted, expected literal string
        hint: a text stands in quotes, as `--set 'min_lift="…"'`
        exit code 1
    "#]],
    );
    with(
        &walks,
        &["alpha=0.5", "neigbours=2"],
        expect![[r#"
        error: `--set neigbours=2` is refused: unknown key `neigbours`; did you mean `neighbours`?
        exit code 1
    "#]],
    );
    with(
        &walks,
        &["alpha=0.5", "neighbours=0"],
        expect![[r#"
        error: `--set neighbours=0` is refused: in table `rp3beta`: `neighbours` is 0, expected 1 to 10000
        exit code 1
    "#]],
    );
}

/// Starts a command, waits until something stands in a folder that was not there, and kills it. Whether it came to that.
fn kill_while_writing(args: &[&str], dir: &Path, is_temporary: impl Fn(&str) -> bool) -> bool {
    let mut child = erbij(args).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("starts");
    let began = Instant::now();
    let is_there = || {
        let names = std::fs::read_dir(dir).expect("listed").flatten().map(|entry| entry.file_name());
        names.into_iter().any(|name| name.to_str().is_some_and(&is_temporary))
    };
    let mut seen = false;
    while began.elapsed() < Duration::from_secs(60) && child.try_wait().expect("asked").is_none() {
        if is_there() {
            seen = true;
            break;
        }
        std::thread::sleep(Duration::from_micros(200));
    }
    // SIGKILL: nothing is tidied up.
    let _ = child.kill();
    child.wait().expect("it has ended");
    seen && is_there()
}

#[test]
fn what_killed_runs_left_goes_with_the_next_run_and_nothing_else_does() {
    let dir = tempfile::tempdir().expect("a folder");
    let out = dir.path().join("list.jsonl");
    let [flag, store] = store();
    let args = [
        "recommend",
        "--all-customers",
        "--n",
        "1000",
        "--now",
        "2026-01-01",
        "--out",
        out.to_str().expect("text"),
        &flag,
        &store,
    ];
    let is_temporary = |name: &str| name.starts_with(".list.jsonl.") && name.ends_with(".tmp");
    // Where the output is looked at before the work, the same name stands for a moment: a run may be killed too early.
    let was_killed = (0..20).any(|_| kill_while_writing(&args, dir.path(), is_temporary));
    assert!(was_killed, "no run was caught writing");
    std::fs::write(dir.path().join(".list.jsonl.1.tmp"), "of a process that lives").expect("written");
    std::fs::write(dir.path().join(".list.jsonl.mine.tmp"), "of somebody else").expect("written");
    let short = ["recommend", "--all-customers", "--n", "1", "--now", "2026-01-01", "--out"];
    stdout_of(&mut erbij(&[&short[..], &[out.to_str().expect("text"), &flag, &store]].concat()));
    let mut left: Vec<String> = std::fs::read_dir(dir.path())
        .expect("listed")
        .map(|entry| entry.expect("readable").file_name().into_string().expect("text"))
        .collect();
    left.sort();
    assert_eq!(left, [".list.jsonl.1.tmp", ".list.jsonl.mine.tmp", "list.jsonl"]);
    assert!(published().exists());
}

#[test]
fn a_killed_training_is_tidied_up_before_the_next_one_writes() {
    let dir = tempfile::tempdir().expect("a folder");
    trained(dir.path(), &[]);
    let out = dir.path().join("artifact");
    let leftover = |process: u32, ending: &str| {
        let path = dir.path().join(format!(".artifact.{process}.{ending}"));
        std::fs::create_dir(&path).expect("made");
        std::fs::write(path.join("items.arrow"), "half").expect("written");
        path
    };
    let (half, old) = (leftover(u32::MAX, "tmp"), leftover(u32::MAX - 1, "old"));
    let tables = small_tables(dir.path());
    let mut args = vec!["train", "-q", "--out", out.to_str().expect("text"), "--recipe", "nowhere.toml"];
    args.extend(tables.iter().map(String::as_str));
    // A run that fails tidies up too, but for what may be the only whole copy.
    failure_of(&mut erbij(&args));
    assert!(!half.exists() && old.exists());
    write_shop(dir.path());
    args.retain(|word| !["--recipe", "nowhere.toml"].contains(word));
    stdout_of(&mut erbij(&args));
    assert!(!old.exists() && out.join("manifest.json").is_file());
}
