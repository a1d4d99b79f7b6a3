//! A search of parameters, as people run it: on lists and on orders, stopped and gone on with.

use std::path::PathBuf;
use std::process::Command;

use tempfile::TempDir;

use crate::program::{erbij, failure_of, shop, stdout_of, tables};

const SEARCH: &str = "metric = 'ndcg_at_5'
[space]
'rp3beta.alpha' = { from = 0.0, to = 2.0 }
'rp3beta.neighbours' = { from = 2, to = 50, scale = 'log' }
[budget]
trials = 12
";

/// A folder with a recipe, a search and lists: customers of two tastes, a few of whose items overlap.
struct Bench {
    dir: TempDir,
}

impl Bench {
    fn new() -> Self {
        let bench = Self { dir: tempfile::tempdir().expect("a folder") };
        bench.write("recipe.toml", "name = 'bench'\npersonal.models = ['rp3beta']\n[rp3beta]\nalpha = 2.0\nneighbours = 2 # too few\n");
        bench.write("search.toml", SEARCH);
        let items =
            |customer: u32| (0..12).map(move |at| (customer % 2) * 30 + (customer * 7 + at * at) % 40);
        let line = |customer: u32| {
            let items: std::collections::BTreeSet<u32> = items(customer).collect();
            let items: Vec<String> = items.iter().map(u32::to_string).collect();
            format!("{customer} {}\n", items.join(" "))
        };
        bench.write("lists.txt", &(0..200).map(line).collect::<String>());
        bench
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).expect("written");
    }

    fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).expect("there")
    }

    fn tune(&self, more: &[&str]) -> Command {
        let [recipe, lists] =
            ["recipe.toml", "lists.txt"].map(|name| self.path(name).to_str().expect("text").to_owned());
        let mut args = vec!["tune", "--recipe", &recipe];
        if !more.contains(&"--orders") {
            args.extend(["--lists", &lists]);
        }
        args.extend(more);
        erbij(&args)
    }
}

/// How a search ended, and what it said: with 0 it wrote a recipe, with 3 it found nothing better.
fn done(command: &mut Command) -> (i32, String) {
    let output = command.output().expect("the program starts");
    let told = String::from_utf8(output.stdout).expect("text");
    let code = output.status.code().expect("it ended by itself");
    let is_written = told.contains("the best is written to");
    assert_eq!((code, !is_written), if is_written { (0, false) } else { (3, true) }, "{told}");
    (code, told)
}

/// What a search said that found nothing better.
fn nothing_better(command: &mut Command) -> String {
    let (code, told) = done(command);
    assert_eq!(code, 3, "{told}");
    told
}

fn value_of_row(row: &str) -> f64 {
    row.split_whitespace().next().and_then(|word| word.parse().ok()).expect("a value")
}

#[test]
fn a_search_finds_better_and_is_gone_on_with() {
    let bench = Bench::new();
    let first = stdout_of(&mut bench.tune(&[]));
    let log = bench.read("tuned.jsonl");
    assert_eq!(log.lines().count(), 1 + 12, "a head and a line a trial");
    let tuned = bench.read("tuned.toml");
    assert!(tuned.starts_with("# Made by `erbij tune --recipe "), "{tuned}");
    assert!(tuned.contains("name = \"bench\"") && !tuned.contains("affinity"), "{tuned}");
    let rows: Vec<&str> = first.lines().filter(|line| line.starts_with("  0.")).collect();
    assert!(rows.len() == 5 && rows.is_sorted_by(|a, b| value_of_row(b) <= value_of_row(a)), "{first}");
    let given: serde_json::Value = serde_json::from_str(log.lines().nth(1).expect("trial 0")).expect("JSON");
    assert!(given["value"].as_f64().expect("a number") + 0.01 < value_of_row(rows[0]), "{first}");

    assert!(first.contains("\n  difference +0."), "{first}");
    assert!(
        first.ends_with(&format!("the best is written to `{}`\n", bench.path("tuned.toml").display())),
        "{first}"
    );
    assert!(tuned.lines().next().expect("a head").contains(", +0."), "{tuned}");

    // Once more: nothing is tried, and the same is said.
    assert_eq!(stdout_of(&mut bench.tune(&[])), first);
    assert_eq!(bench.read("tuned.jsonl"), log);
    // After a stop in the middle of a line: the rest is the same but for the seconds.
    let cut = log.lines().take(6).collect::<Vec<_>>().join("\n");
    bench.write("tuned.jsonl", &format!("{cut}\n{{\"trial\":"));
    assert_eq!(stdout_of(bench.tune(&[]).env("RAYON_NUM_THREADS", "1")), first);
    let without_seconds = |log: &str| -> Vec<String> {
        log.lines().map(|line| line.split(",\"seconds\"").next().expect("something").to_owned()).collect()
    };
    assert_eq!(without_seconds(&bench.read("tuned.jsonl")), without_seconds(&log));
    assert_eq!(bench.read("tuned.toml"), tuned);

    // What was found can be trained.
    let tables = tables(shop());
    let [tuned, out] = [bench.path("tuned.toml"), bench.path("artifact")]
        .map(|path| path.to_str().expect("text").to_owned());
    let mut args = vec!["train", "--quiet", "--recipe", &tuned, "--out", &out];
    args.extend(tables.iter().map(String::as_str));
    stdout_of(&mut erbij(&args));
}

#[test]
fn noise_is_not_crowned() {
    let bench = Bench::new();
    // What was found, searched for again within what hardly changes anything.
    bench.write(
        "recipe.toml",
        "name = 'bench'\npersonal.models = ['rp3beta']\n[rp3beta]\nalpha = 0.5\nneighbours = 50\n",
    );
    let space = SEARCH
        .replace("from = 0.0, to = 2.0", "from = 0.5, to = 0.50001")
        .replace("from = 2, to = 50, scale = 'log'", "from = 49, to = 50");
    bench.write("search.toml", &space);
    let told = nothing_better(&mut bench.tune(&[]));
    let last =
        format!("nothing found is better than `{}` by more than chance", bench.path("recipe.toml").display());
    assert!(told.contains(&last) && told.contains("\n  difference +0.0"), "{told}");
    assert!(!bench.path("tuned.toml").exists(), "no recipe pretends otherwise");
    // From its log the same is said, and a recipe of before is left alone and told.
    bench.write("tuned.toml", "# of before\n");
    let again = nothing_better(&mut bench.tune(&[]));
    let stays =
        format!("`{}` is of an earlier search and stays as it was\n", bench.path("tuned.toml").display());
    assert_eq!(again, told + &stays);
    assert_eq!(bench.read("tuned.toml"), "# of before\n");
    // A search of the given recipe alone finds nothing either.
    assert!(
        nothing_better(&mut bench.tune(&["--trials", "1", "--fresh"]))
            .contains("allows for 0 recipes compared")
    );
}

#[test]
fn the_log_of_another_search_is_not_gone_on_with() {
    let bench = Bench::new();
    done(&mut bench.tune(&["--trials", "2"]));
    for (more, other) in
        [(["--trials", "3"], "search"), (["--seed", "2"], "seed"), (["--hold-out", "block"], "data")]
    {
        let mut args = more.to_vec();
        if other != "search" {
            args.extend(["--trials", "2"]);
        }
        let (code, said) = failure_of(&mut bench.tune(&args));
        assert_eq!(code, 1, "{said}");
        assert!(said.contains(&format!("is the log of a search with another {other}\nhint: ")), "{said}");
        args.push("--fresh");
        done(&mut bench.tune(&args));
        done(&mut bench.tune(&["--trials", "2", "--fresh"]));
    }
}

#[test]
fn what_cannot_be_searched_is_said() {
    let bench = Bench::new();
    let check = |search: &str, more: &[&str], expected: &str| {
        bench.write("search.toml", search);
        let (code, said) = failure_of(&mut bench.tune(more));
        assert_eq!(code, 1, "{said}");
        assert!(said.contains(expected), "{said}");
        assert!(!bench.path("tuned.jsonl").exists(), "nothing is begun");
    };
    check(
        &SEARCH.replace("alpha", "alhpa"),
        &[],
        "in `[space]`, `rp3beta.alhpa`: unknown key `alhpa`; did you mean `alpha`?",
    );
    check(
        &SEARCH.replace("ndcg", "hit_rate"),
        &[],
        "`metric` is `hit_rate_at_5`; with `--lists` it can be `recall_at_5` or `ndcg_at_5`",
    );
    check(&SEARCH.replace("ndcg", "ndgc"), &[], "did you mean `ndcg_at_5`?");
    check(
        &SEARCH.replace("'rp3beta.alpha' = { from = 0.0, to = 2.0 }", "'affinity.measure' = ['cosine']"),
        &[],
        "`affinity.measure` changes nothing here",
    );
    check(SEARCH, &["--hold-out-share", "1.5"], "must lie between 0 and 1, not 1.5");
    check(SEARCH, &["--hold-out", "last"], "expected `random` or `block`");
    check(SEARCH, &["--trials", "0"], "in `[budget]`, `trials` is 0");
    check(SEARCH, &["--items", "x"], "cannot be used with");
    let recipe = bench.path("recipe.toml");
    check(SEARCH, &["--out", recipe.to_str().expect("text")], "`--out` is the recipe itself");
    std::fs::remove_file(bench.path("search.toml")).expect("removed");
    let (_, said) = failure_of(&mut bench.tune(&[]));
    assert!(said.contains("reading search file"), "{said}");
}

#[test]
fn orders_are_split_by_time_and_the_engine_is_judged() {
    let bench = Bench::new();
    let search = SEARCH.replace("ndcg", "hit_rate").replace("trials = 12", "trials = 10");
    bench.write("search.toml", &search);
    let [orders_flag, orders, items_flag, items] = tables(shop());
    let more = [&*orders_flag, &*orders, &*items_flag, &*items, "--horizon-days", "21"];
    // A hundred customers are too few to tell these recipes apart, and so it is said.
    let said = nothing_better(&mut bench.tune(&more));
    assert!(said.contains("customers bought in the last 21 days"), "{said}");
    assert_eq!(bench.read("tuned.jsonl").lines().count(), 11);
    assert_eq!(nothing_better(&mut bench.tune(&more)), said);
}
