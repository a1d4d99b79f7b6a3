//! The rules of the house that a compiler does not know.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::program::top;

mod imports;

/// Names for a room without a word of its own.
const NAMES_THAT_SAY_NOTHING: [&str; 6] = ["utils", "util", "common", "helpers", "misc", "manager"];

/// Longer than this a file is not read top to bottom once.
const MAX_LINES: usize = 500;

/// Rust files of the repository that are ours.
fn sources() -> Vec<PathBuf> {
    let mut files = Vec::new();
    for room in ["crates", "data", "tests"] {
        collect(&top().join(room), &mut files);
    }
    files.sort();
    assert!(50 < files.len(), "the sources were not found");
    files
}

fn collect(dir: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(dir).expect("a folder") {
        let path = entry.expect("readable").path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            files.push(path);
        }
    }
}

/// Crate edges as ARCHITECTURE.md draws them: rows of `| crate | may use |`.
fn drawn_edges() -> BTreeSet<(String, String)> {
    let text = std::fs::read_to_string(top().join("ARCHITECTURE.md")).expect("there");
    let mut edges = BTreeSet::new();
    for line in text.lines().filter(|line| line.starts_with("| `erbij-")) {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let room = cells[1].trim_matches('`').to_owned();
        for used in cells[2].split(' ').filter(|word| word.starts_with("`erbij-")) {
            edges.insert((room.clone(), used.trim_matches(['`', ',']).to_owned()));
        }
    }
    edges
}

/// Crate edges as the manifests have them, dev-dependencies left out.
fn built_edges() -> BTreeSet<(String, String)> {
    let mut manifests: Vec<PathBuf> = std::fs::read_dir(top().join("crates"))
        .expect("a folder")
        .map(|entry| entry.expect("readable").path().join("Cargo.toml"))
        .collect();
    manifests.push(top().join("data/Cargo.toml"));
    let mut edges = BTreeSet::new();
    for manifest in manifests {
        let text = std::fs::read_to_string(&manifest).expect("there");
        let name = text.lines().find_map(|line| line.strip_prefix("name = ")).expect("has a name");
        let mut in_dependencies = false;
        for line in text.lines() {
            if line.starts_with('[') {
                in_dependencies = line == "[dependencies]";
            } else if in_dependencies && line.starts_with("erbij-") {
                let used = line.split(['.', ' ', '=']).next().expect("has a first word");
                edges.insert((name.trim_matches('"').to_owned(), used.to_owned()));
            }
        }
    }
    edges
}

#[test]
fn crates_use_each_other_as_drawn() {
    assert_eq!(built_edges(), drawn_edges(), "left: the manifests; right: the table of ARCHITECTURE.md");
}

#[test]
fn imports_inside_a_crate_run_one_way() {
    let rooms = std::fs::read_dir(top().join("crates")).expect("a folder");
    let mut rooms: Vec<PathBuf> = rooms.map(|room| room.expect("readable").path()).collect();
    rooms.push(top().join("data"));
    for room in rooms {
        let circles = imports::circles(&imports::files_below(&room.join("src")));
        assert!(
            circles.is_empty(),
            "{}: these files import each other in a circle: {circles:?}",
            room.display()
        );
    }
}

/// Of the lines of all crates, no crate has more than a fifth: a room that is larger wants a wall.
#[test]
fn no_room_is_too_large() {
    let lines = |file: &PathBuf| std::fs::read_to_string(file).expect("text").lines().count();
    let mut of_rooms = std::collections::BTreeMap::new();
    for file in sources() {
        let parts: Vec<_> = file.strip_prefix(top()).expect("below the top").iter().collect();
        if parts[0] == "crates" && parts[2] == "src" {
            *of_rooms.entry(parts[1].to_owned()).or_insert(0) += lines(&file);
        }
    }
    let all: usize = of_rooms.values().sum();
    for (room, n_lines) in of_rooms {
        assert!(5 * n_lines <= all, "{} has {n_lines} of {all} lines", room.display());
    }
}

#[test]
fn rooms_have_a_word_of_their_own() {
    for file in sources() {
        let parts = file.strip_prefix(top()).expect("below the top").with_extension("");
        for part in parts.iter() {
            let name = part.to_string_lossy();
            assert!(!NAMES_THAT_SAY_NOTHING.contains(&name.as_ref()), "{} says nothing", file.display());
        }
    }
}

#[test]
fn nothing_is_unsafe() {
    // The lint is forbidden for the workspace; a crate that does not inherit it would slip through.
    for room in std::fs::read_dir(top().join("crates")).expect("a folder") {
        let manifest = room.expect("readable").path().join("Cargo.toml");
        let text = std::fs::read_to_string(&manifest).expect("there");
        assert!(text.contains("[lints]\nworkspace = true"), "{} has lints of its own", manifest.display());
    }
    let forbidden = ["unsafe ", "{"].concat();
    for file in sources() {
        let text = std::fs::read_to_string(&file).expect("text");
        assert!(!text.contains(&forbidden), "{}", file.display());
    }
}

#[test]
fn files_can_be_read_in_one_go() {
    for file in sources() {
        let n_lines = std::fs::read_to_string(&file).expect("text").lines().count();
        assert!(n_lines <= MAX_LINES, "{} has {n_lines} lines", file.display());
    }
}

#[test]
fn a_silenced_lint_says_why() {
    let silent = ["#[", "allow("].concat();
    for file in sources() {
        let text = std::fs::read_to_string(&file).expect("text");
        let outside_docs = text.lines().filter(|line| !line.trim_start().starts_with("//"));
        assert!(
            !outside_docs.clone().any(|line| line.contains(&silent)),
            "{}: use `expect` with a reason",
            file.display()
        );
    }
}

/// An error whose text holds that of its source is told twice wherever a chain is told.
#[test]
fn no_error_repeats_its_source() {
    let attribute = ["#[err", "or("].concat();
    let mut n_errors = 0;
    for file in sources() {
        let text = std::fs::read_to_string(&file).expect("text");
        for variant in text.split(&attribute).skip(1) {
            let (told, fields) = variant.split_once(")]").expect("an attribute ends");
            let fields = fields.lines().nth(1).unwrap_or_default();
            let is_source = ["#[from]", "#[source]"].iter().any(|mark| fields.contains(mark));
            let repeats = told.contains("{source") || (is_source && told.contains("{0"));
            assert!(!repeats, "{}: `{told}` repeats its source", file.display());
            n_errors += 1;
        }
    }
    assert!(100 < n_errors, "the errors were not found");
}
