//! Files of a crate and which of them imports which: the circles among them.
//!
//! An import is a path that begins with `crate` or `super`, in a `use` or within code. It leads to the file of the
//! module that it names; and where that one is a face, which only passes the name on, to the file behind it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Files that only tests are made of, and folders of these.
const OF_TESTS: [&str; 2] = ["tests", "testing"];
/// Files that stand for the folder they are in.
const FACES: [&str; 3] = ["lib", "main", "mod"];
/// A name is passed on from face to face so often at most.
const MAX_FACES: usize = 8;

/// A path below the crate, a word each.
type Words = Vec<String>;

/// What the files below `src/` say, by their names there; those of tests are left out.
pub(super) fn files_below(src: &Path) -> BTreeMap<String, String> {
    let mut paths = Vec::new();
    super::collect(src, &mut paths);
    let mut files = BTreeMap::new();
    for path in paths {
        let name = path.strip_prefix(src).expect("below it").to_string_lossy().replace('\\', "/");
        if !stem(&name).iter().any(|word| OF_TESTS.contains(&word.as_str())) {
            files.insert(name, std::fs::read_to_string(&path).expect("text"));
        }
    }
    files
}

/// The files that import each other in circles: the names of each circle, rising.
pub(super) fn circles(files: &BTreeMap<String, String>) -> Vec<Vec<String>> {
    let graph = Modules::of(files).graph();
    let reached: BTreeMap<&str, BTreeSet<&str>> =
        graph.keys().map(|&file| (file, reached_from(file, &graph))).collect();
    let mut circles = BTreeSet::new();
    for (file, others) in &reached {
        let circle: Vec<String> = others
            .iter()
            .filter(|other| reached[*other].contains(file))
            .map(|&other| other.to_owned())
            .collect();
        if 1 < circle.len() {
            circles.insert(circle);
        }
    }
    circles.into_iter().collect()
}

/// A file each: the files that it imports.
type Graph<'a> = BTreeMap<&'a str, BTreeSet<&'a str>>;

/// All files that imports lead to from one.
fn reached_from<'a>(file: &'a str, graph: &Graph<'a>) -> BTreeSet<&'a str> {
    let (mut reached, mut next) = (BTreeSet::new(), vec![file]);
    while let Some(file) = next.pop() {
        next.extend(graph[file].iter().filter(|&&other| reached.insert(other)));
    }
    reached
}

/// A file, as its imports see it.
struct Module<'a> {
    file: &'a str,
    uses: Vec<Use>,
    /// Paths within code that begin with `crate` or `super`.
    inline: Vec<Words>,
}

/// A leaf of a `use`: what is named, and what it is called from then on.
struct Use {
    path: Words,
    name: String,
}

/// The files of a crate by their modules, and what each passes on.
struct Modules<'a> {
    by_path: BTreeMap<Words, Module<'a>>,
    /// A module and a name in it: where that leads.
    passed_on: BTreeMap<(Words, String), Words>,
}

impl<'a> Modules<'a> {
    fn of(files: &'a BTreeMap<String, String>) -> Self {
        let read = |(name, text): (&'a String, &String)| {
            let mut path = stem(name);
            path.pop_if(|last| FACES.contains(&last.as_str()));
            let (uses, inline) = imports(&words(without_tests(text)));
            (path, Module { file: name, uses, inline })
        };
        let mut modules = Self { by_path: files.iter().map(read).collect(), passed_on: BTreeMap::new() };
        for (at, module) in &modules.by_path {
            for of_use in &module.uses {
                if let Some(path) = modules.below_crate(at, &of_use.path) {
                    modules.passed_on.insert((at.clone(), of_use.name.clone()), path);
                }
            }
        }
        modules
    }

    /// Which file imports which.
    fn graph(&self) -> Graph<'a> {
        let imported = |(at, module): (&Words, &Module<'a>)| {
            let paths = module.uses.iter().map(|of_use| &of_use.path).chain(&module.inline);
            let named = paths.filter(|path| ["crate", "super"].contains(&path[0].as_str()));
            let files = named.filter_map(|path| self.file_of(self.below_crate(at, path)?));
            (module.file, files.filter(|&file| file != module.file).collect())
        };
        self.by_path.iter().map(imported).collect()
    }

    /// Where a path leads that stands in a module; none where it leads out of the crate.
    fn below_crate(&self, at: &Words, path: &[String]) -> Option<Words> {
        let (mut from, mut rest) = (at.clone(), path);
        match path[0].as_str() {
            "crate" => (from, rest) = (Vec::new(), &path[1..]),
            "self" => rest = &path[1..],
            "super" => {
                while let Some(("super", below)) =
                    rest.split_first().map(|(word, below)| (word.as_str(), below))
                {
                    from.pop();
                    rest = below;
                }
            }
            child => {
                let child = [at.as_slice(), &[child.to_owned()]].concat();
                self.by_path.contains_key(&child).then_some(())?;
            }
        }
        from.extend_from_slice(rest);
        Some(from)
    }

    /// The file of the innermost module of a path, behind all faces.
    fn file_of(&self, path: Words) -> Option<&'a str> {
        let mut path = path;
        for _ in 0..MAX_FACES {
            let n = (0..=path.len()).rev().find(|&n| self.by_path.contains_key(&path[..n]))?;
            let module = &self.by_path[&path[..n]];
            let name = path.get(n).cloned().unwrap_or_default();
            let Some(behind) = self.passed_on.get(&(path[..n].to_vec(), name)) else {
                return Some(module.file);
            };
            path = [behind.as_slice(), &path[n + 1..]].concat();
        }
        None
    }
}

/// The words of a file's name, without its ending.
fn stem(name: &str) -> Words {
    name.trim_end_matches(".rs").split('/').map(str::to_owned).collect()
}

/// The code before the tests at its end.
fn without_tests(code: &str) -> &str {
    let starts = ["mod tests {", "pub(crate) mod tests {"].map(|start| format!("#[cfg(test)]\n{start}"));
    let ends = starts.iter().filter_map(|start| code.find(start));
    &code[..ends.min().unwrap_or(code.len())]
}

/// Names, `::` and single signs, in order; comments, strings and characters are left out.
fn words(code: &str) -> Vec<&str> {
    let is_of_name = |sign: char| sign.is_alphanumeric() || sign == '_';
    let (mut words, mut rest) = (Vec::new(), code);
    while let Some(sign) = rest.chars().next() {
        let n_of_name = rest.find(|sign| !is_of_name(sign)).unwrap_or(rest.len());
        let n = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if let Some(n) = length_of_text(rest) {
            n
        } else if 0 < n_of_name {
            words.push(&rest[..n_of_name]);
            n_of_name
        } else if rest.starts_with("::") {
            words.push("::");
            2
        } else {
            if !sign.is_whitespace() {
                words.push(&rest[..sign.len_utf8()]);
            }
            sign.len_utf8()
        };
        rest = &rest[n..];
    }
    words
}

/// How long the string or character is that code begins with.
fn length_of_text(code: &str) -> Option<usize> {
    let hashes = code.strip_prefix('r').map(|raw| &raw[..raw.find(|sign| sign != '#').unwrap_or(0)]);
    if let Some(hashes) = hashes.filter(|hashes| code[1 + hashes.len()..].starts_with('"')) {
        let (start, end) = (2 + hashes.len(), format!("\"{hashes}"));
        return Some(start + code[start..].find(&end)? + end.len());
    }
    let mut signs = code.char_indices();
    let (_, quote) = signs.next()?;
    // What is no character behind its quote is a lifetime.
    let is_character = code.starts_with("'\\") || code.chars().nth(2) == Some('\'');
    if quote != '"' && !(quote == '\'' && is_character) {
        return None;
    }
    while let Some((at, sign)) = signs.next() {
        match sign {
            '\\' => _ = signs.next(),
            _ if sign == quote => return Some(at + 1),
            _ => (),
        }
    }
    None
}

/// The leaves of every `use`, and the paths within code that begin with `crate` or `super`.
fn imports(words: &[&str]) -> (Vec<Use>, Vec<Words>) {
    let (mut uses, mut inline) = (Vec::new(), Vec::new());
    let mut at = 0;
    while let Some(&word) = words.get(at) {
        let is_path = words.get(at + 1) == Some(&"::");
        // `use<'a>` says what a type captures.
        if word == "use" && words.get(at + 1) != Some(&"<") {
            at += 1;
            leaves(words, &mut at, &[], &mut uses);
        } else if is_path && ["crate", "super"].contains(&word) {
            let mut path = vec![word.to_owned()];
            while let [_, "::", name, ..] = &words[at..] {
                path.push((*name).to_owned());
                at += 2;
            }
            inline.push(path);
        }
        at += 1;
    }
    (uses, inline)
}

/// Reads one tree of a `use` and stops before what ends it.
fn leaves(words: &[&str], at: &mut usize, before: &[String], found: &mut Vec<Use>) {
    let mut path = before.to_vec();
    let mut called = None;
    while let Some(&word) = words.get(*at) {
        *at += 1;
        match word {
            "{" => {
                while words.get(*at).is_some_and(|&word| word != "}") {
                    leaves(words, at, &path, found);
                    *at += usize::from(words.get(*at) == Some(&","));
                }
                *at += 1;
                return;
            }
            "," | "}" | ";" => {
                *at -= 1;
                break;
            }
            "as" => {
                called = words.get(*at).map(|&name| name.to_owned());
                *at += 1;
            }
            "self" if !path.is_empty() => (),
            "::" => (),
            name => path.push(name.to_owned()),
        }
    }
    if let Some(last) = path.last() {
        let name = called.unwrap_or_else(|| last.clone());
        found.push(Use { path, name });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn circles_of(files: [(&str, &str); 4]) -> Vec<Vec<String>> {
        circles(&files.map(|(name, text)| (name.to_owned(), text.to_owned())).into())
    }

    /// Three files and their face; `low.rs` says what is asked about.
    fn circles_with(low: &str) -> Vec<Vec<String>> {
        circles_of([
            (
                "lib.rs",
                "mod high;\nmod low;\nmod middle;\npub use high::High;\npub use middle::{Middle as Passed};\n",
            ),
            ("high.rs", "use crate::{middle::{self, Middle}, low::Low};\nuse std::fmt;\n"),
            ("middle.rs", "fn low(_: super::low::Low) -> &'static str { \"use crate::high::High;\" }\n"),
            ("low.rs", low),
        ])
    }

    #[test]
    fn imports_that_run_one_way_are_no_circle() {
        for low in [
            "pub struct Low;\n",
            "// crate::high::High\npub const LOW: &str = r#\"crate::high::\"#;\n",
            "pub struct Low;\n\n#[cfg(test)]\nmod tests {\n    use crate::high::High;\n}\n",
            "use crate::low::Low;\nconst QUOTE: char = '\"'; // super::high::High\n",
        ] {
            assert!(circles_with(low).is_empty(), "{low}");
        }
    }

    #[test]
    fn circles_have_the_names_of_their_files() {
        for (low, circle) in [
            ("use crate::middle::Middle;\n", ["low.rs", "middle.rs"].as_slice()),
            ("use crate::Passed;\n", &["low.rs", "middle.rs"]),
            ("use super::{fmt, High};\n", &["high.rs", "low.rs", "middle.rs"]),
            ("fn low() { crate::high::high(); }\n", &["high.rs", "low.rs", "middle.rs"]),
        ] {
            assert_eq!(circles_with(low), [circle], "{low}");
        }
    }
}
