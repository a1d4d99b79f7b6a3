//! The examples of the README work as they stand: each command is run, in their order, as a newcomer pastes it.
//!
//! A row of [`EXAMPLES`] says what a command must answer. A command without a row fails, and so does a row without
//! its command.

use std::path::Path;

use crate::program::{Service, data_set, erbij, stdout_of, top};

/// What an example must do, besides ending well.
enum Expected {
    /// Print at least so many lines, and all of these words.
    Prints(usize, &'static [&'static str]),
    /// End with this exit code, and print all of these words.
    Ends(i32, &'static [&'static str]),
    /// Write files that are not empty.
    Writes(&'static [&'static str]),
    /// Go on until it is stopped: it is started on a free port and asked how it is.
    Serves,
    /// Print these words, where this data set is present; otherwise its test is ignored.
    Needs(&'static str, &'static [&'static str]),
}

use Expected::{Ends, Needs, Prints, Serves, Writes};

/// How each command begins, in the order of the README.
const EXAMPLES: &[(&str, Expected)] = &[
    (
        "init --config own.toml",
        Prints(20, &["`own.toml` is written", "900  customers", "1,709,710.80  EUR revenue"]),
    ),
    ("check --config own.toml", Prints(20, &["900  customers", "1,709,710.80  EUR revenue"])),
    ("train --config own.toml", Writes(&["mine/manifest.json"])),
    ("publish mine", Prints(1, &["generation 1 is current"])),
    ("demo --once --orders", Prints(10, &["generation 1 is current", "# What goes with BANANAS"])),
    (
        "check --config data/sample",
        Prints(10, &["550,570  100.00 %  rows read", "63,989  100.00 %  rows used"]),
    ),
    ("train --config data/sample", Writes(&["yesterday/manifest.json"])),
    ("publish yesterday", Prints(1, &["generation 1 is current"])),
    ("train --config data/sample", Writes(&["tonight/manifest.json"])),
    ("diff tonight", Prints(5, &["customers: 900 -> 900", "best sellers"])),
    ("publish tonight", Prints(1, &["generation 2 is current"])),
    ("rollback", Prints(1, &["generation 1 is current"])),
    ("audit", Prints(20, &["home of customers, exclude", "item_page", "places: 0 break a rule"])),
    ("recommend --item 1098066", Prints(5, &["5. ", "USD", "HOT DOG BUNS"])),
    ("recommend --all-customers", Writes(&["newsletter.jsonl"])),
    ("serve", Serves),
    ("reminders --customer 155", Prints(2, &["send_on", "2018-01-"])),
    ("reminders --horizon-days 7", Writes(&["reminders.parquet"])),
    ("interests --customer 155", Prints(4, &["category", "times as often as others", "bought"])),
    ("lifetime --watch-list 50", Prints(5, &["p_alive", "lapsing"])),
    ("recommend --customer 155", Prints(10, &["10. ", "Because you bought"])),
    ("explain --customer 155", Prints(1, &["already_bought: HOT DOG BUNS", "is left out"])),
    ("simulate", Writes(&["shop/orders.parquet", "shop/events.parquet", "shop/truth/README.md"])),
    ("train --orders shop", Writes(&["kitchen/manifest.json"])),
    (
        "accessories --artifact kitchen",
        Prints(4, &["the catalogue says so", "were to be expected", "instead"]),
    ),
    ("accessories --item i00494", Writes(&["lags.svg"])),
    ("accessories --flows", Prints(3, &["categories that go together", " -> "])),
    ("export relations --artifact kitchen", Writes(&["related_products.tsv"])),
    ("needs --artifact kitchen", Prints(2, &["replacement  offer_replacement", "machine"])),
    ("explain --artifact kitchen", Prints(1, &["owned: ", "is left out", "held"])),
    (
        "recommend --artifact kitchen",
        Prints(10, &["10. ", "Visitors who viewed Tozonto 3 cutting machine 219"]),
    ),
    (
        "evaluate --recipe models/default",
        Prints(20, &["served", "NDCG@10", "what is served against the rest"]),
    ),
    ("evaluate --recipe models/local_ease", Prints(20, &["local_ease", "default"])),
    (
        "evaluate --recipe models/default",
        Prints(15, &["item_page", "one item of each hidden", "shrunk_log_lift_5", "paired by person"]),
    ),
    // Three hundred customers do not tell the best of forty recipes from the one given.
    ("tune", Ends(3, &["40 trials", "nothing found is better than"])),
    ("benchmark replenishment", Prints(5, &["80 % window", "due date, all"])),
    ("benchmark accessory", Prints(5, &["precision", "spare_part"])),
    ("benchmark up-to-date", Prints(8, &["as of the night", "up to date", "already bought: keep"])),
    ("benchmark collaborative", Needs("lastfm-lightgcn", &["NDCG@20"])),
    ("benchmark next-basket", Needs("ta-feng-baskets", &["recall"])),
    ("benchmark session", Needs("serenade-example", &["MRR@"])),
    ("benchmark lifetime", Needs("cdnow", &["alpha"])),
];

/// The commands that stand in code blocks, each on one line and without its comment.
fn commands() -> Vec<String> {
    let readme = std::fs::read_to_string(top().join("README.md")).expect("it is there").replace("\\\n", " ");
    let blocks = readme.split("```").skip(1).step_by(2);
    let commands = blocks.flat_map(str::lines).filter_map(|line| line.strip_prefix("erbij "));
    commands.map(|line| line.split(" #").next().expect("a first part").trim().to_owned()).collect()
}

/// Each command beside what it must do.
fn examples() -> Vec<(String, &'static Expected)> {
    let commands = commands();
    assert_eq!(
        commands.len(),
        EXAMPLES.len(),
        "each command of the README has a row here, and each row its command"
    );
    let rows = commands.into_iter().zip(EXAMPLES);
    let example = |(command, (start, expected)): (String, &'static (&str, Expected))| {
        assert!(command.starts_with(start), "`erbij {command}` stands where a row is of `{start}`");
        (command, expected)
    };
    rows.map(example).collect()
}

fn run(command: &str, folder: &Path) -> String {
    let words: Vec<&str> = command.split_whitespace().collect();
    stdout_of(erbij(&words).current_dir(folder))
}

fn assert_words(command: &str, printed: &str, words: &[&str]) {
    for word in words {
        assert!(printed.contains(word), "`erbij {command}` does not say `{word}` but:\n{printed}");
    }
}

/// What the examples find at the top of the repository.
fn copy_of_the_top(folder: &Path) {
    for dir in ["data/sample", "models"] {
        copy_dir(&top().join(dir), &folder.join(dir));
    }
    // What a developer has published is not part of the repository.
    let published = folder.join("models/published");
    if published.exists() {
        std::fs::remove_dir_all(published).expect("a copy");
    }
}

fn copy_dir(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a folder");
    for entry in std::fs::read_dir(from).expect("a folder") {
        let entry = entry.expect("readable");
        let to = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy_dir(&entry.path(), &to);
        } else {
            std::fs::copy(entry.path(), to).expect("copied");
        }
    }
}

fn assert_it_serves(folder: &Path) {
    let store = folder.join("models/published");
    let service = Service::start(store.to_str().expect("text"));
    let answer = ureq::get(format!("http://{}/healthz", service.address)).call().expect("it answers");
    assert_eq!(answer.status(), 200);
}

#[test]
fn every_example_on_the_two_shops_works() {
    let dir = tempfile::tempdir().expect("a folder");
    copy_of_the_top(dir.path());
    for (command, expected) in examples() {
        match expected {
            Prints(n_lines, words) => {
                let printed = run(&command, dir.path());
                assert!(*n_lines <= printed.lines().count(), "`erbij {command}` prints little:\n{printed}");
                assert_words(&command, &printed, words);
            }
            Ends(code, words) => {
                let words_of: Vec<&str> = command.split_whitespace().collect();
                let output = erbij(&words_of).current_dir(dir.path()).output().expect("the program starts");
                assert_eq!(output.status.code(), Some(*code), "`erbij {command}`");
                assert_words(&command, &String::from_utf8_lossy(&output.stdout), words);
            }
            Writes(files) => {
                run(&command, dir.path());
                for file in *files {
                    let size_bytes = std::fs::metadata(dir.path().join(file)).map(|file| file.len());
                    assert!(size_bytes.is_ok_and(|size| 0 < size), "`erbij {command}` writes no `{file}`");
                }
            }
            Serves => assert_it_serves(dir.path()),
            Needs(..) => {}
        }
    }
}

/// Runs the example that needs a data set.
fn works_on(data: &str) {
    let folder = data_set("");
    let needs = |expected: &Expected| matches!(expected, Needs(name, _) if *name == data);
    let (command, expected) =
        examples().into_iter().find(|(_, expected)| needs(expected)).expect("there is an example");
    let said = command.replace("$ERBIJ_DATA", folder.to_str().expect("text").trim_end_matches('/'));
    let printed = run(&said, &top());
    if let Needs(_, words) = expected {
        assert_words(&command, &printed, words);
    }
}

#[test]
#[cfg_attr(not(has_data = "lastfm-lightgcn"), ignore = "needs lastfm-lightgcn in ERBIJ_DATA")]
fn the_example_of_collaborative_works() {
    works_on("lastfm-lightgcn");
}

#[test]
#[cfg_attr(not(has_data = "ta-feng-baskets"), ignore = "needs ta-feng-baskets in ERBIJ_DATA")]
fn the_example_of_next_basket_works() {
    works_on("ta-feng-baskets");
}

#[test]
#[cfg_attr(not(has_data = "serenade-example"), ignore = "needs serenade-example in ERBIJ_DATA")]
fn the_example_of_session_works() {
    works_on("serenade-example");
}

#[test]
#[cfg_attr(not(has_data = "cdnow"), ignore = "needs cdnow in ERBIJ_DATA")]
fn the_example_of_lifetime_works() {
    works_on("cdnow");
}
