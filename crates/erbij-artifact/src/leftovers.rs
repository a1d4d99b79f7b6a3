//! What runs that were killed left beside what they were writing.
//!
//! Whatever is written here is written under another name first: `.<name>.<process>.tmp`. A killed run leaves that name,
//! and the next run that writes `<name>` removes it. It removes nothing else: the name must be one that this program
//! makes for this very target, its process must be gone, and nobody may hold its lock.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::durable::{hold_dir, parent_of, remove_sealed_dir};

/// What is being filled.
pub(crate) const TEMPORARY: &str = "tmp";
/// What was moved aside.
pub(crate) const OLD: &str = "old";

/// The name under which this process writes `path` until it is complete; none where the path names nothing.
///
/// ```
/// let temporary = erbij_artifact::temporary_path("out/list.csv".as_ref()).unwrap();
/// assert!(temporary.starts_with("out"));
/// assert_eq!(erbij_artifact::temporary_path("..".as_ref()), None);
/// ```
pub fn temporary_path(path: &Path) -> Option<PathBuf> {
    beside(path, TEMPORARY)
}

/// A name beside `path` that tells what it is for and whose it is.
pub(crate) fn beside(path: &Path, suffix: &str) -> Option<PathBuf> {
    let mut name = std::ffi::OsString::from(".");
    name.push(path.file_name()?);
    name.push(format!(".{}.{suffix}", std::process::id()));
    Some(path.with_file_name(name))
}

/// Removes what killed runs left of `path`: files or folders under names of [`temporary_path`], of processes that are
/// gone. Best effort: what cannot be removed is met again by the next run.
pub fn remove_leftovers(path: &Path) {
    remove_leftovers_with(path, &[TEMPORARY]);
}

/// The same for names of these suffixes.
pub(crate) fn remove_leftovers_with(path: &Path, suffixes: &[&str]) {
    let Some(target) = path.file_name().and_then(|name| name.to_str()) else { return };
    let Ok(entries) = fs::read_dir(parent_of(path)) else { return };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let process = name.to_str().and_then(|name| process_of(name, target, suffixes));
        let is_dead = process.is_some_and(|process| process == std::process::id() || !is_alive(process));
        if is_dead && let Ok(Some(_held)) = hold_dir(&entry.path()) {
            let _ = remove(&entry.path());
        }
    }
}

fn remove(path: &Path) -> io::Result<()> {
    // A link is removed itself, and never what it points to.
    if fs::symlink_metadata(path)?.is_dir() { remove_sealed_dir(path) } else { fs::remove_file(path) }
}

/// The process in a name that this program made for a target; nothing for any other name.
fn process_of(name: &str, target: &str, suffixes: &[&str]) -> Option<u32> {
    let rest = name.strip_prefix('.')?.strip_prefix(target)?.strip_prefix('.')?;
    let (process, suffix) = rest.split_once('.')?;
    let is_number = process.bytes().all(|byte| byte.is_ascii_digit());
    (is_number && suffixes.contains(&suffix)).then(|| process.parse().ok())?
}

/// Whether a process is running. Where that cannot be known, it is taken to be.
fn is_alive(process: u32) -> bool {
    let all = Path::new("/proc/self");
    !all.exists() || Path::new("/proc").join(process.to_string()).exists()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// No machine has so many processes.
    const DEAD: u32 = u32::MAX;

    #[test]
    fn only_names_of_this_target_are_leftovers() {
        for (name, expected) in [
            (".new.17.tmp", Some(17)),
            (".new.17.old", Some(17)),
            (".new.17", None),
            (".new..tmp", None),
            (".new.+1.tmp", None),
            (".newer.17.tmp", None),
            ("new.17.tmp", None),
            (".new.17.tmp.tmp", None),
            (".new.99999999999.tmp", None),
        ] {
            assert_eq!(process_of(name, "new", &[TEMPORARY, OLD]), expected, "{name}");
        }
        assert_eq!(process_of(".new.17.old", "new", &[TEMPORARY]), None);
    }

    #[test]
    fn what_dead_runs_left_goes_and_nothing_else_does() {
        let dir = tempfile::tempdir().expect("a folder");
        let path = |name: &str| dir.path().join(name);
        let file = |name: String| fs::write(path(&name), "x").expect("written");
        let folder = |name: String| fs::create_dir_all(path(&name).join("inner")).expect("made");
        file(format!(".list.csv.{DEAD}.tmp"));
        folder(format!(".list.csv.{}.tmp", DEAD - 1));
        file(format!(".other.csv.{DEAD}.tmp"));
        file(format!(".list.csv.{DEAD}.old"));
        file(".list.csv.1.tmp".to_owned());
        file("list.csv".to_owned());
        file(format!(".list.csv.{}.tmp", DEAD - 2));
        let held = hold_dir(&path(&format!(".list.csv.{}.tmp", DEAD - 2))).expect("there").expect("free");
        remove_leftovers(&path("list.csv"));
        let mut left: Vec<String> = fs::read_dir(dir.path())
            .expect("listed")
            .map(|entry| entry.expect("readable").file_name().into_string().expect("text"))
            .collect();
        left.sort();
        let mut expected = vec![
            format!(".list.csv.{}.tmp", DEAD - 2),
            format!(".list.csv.{DEAD}.old"),
            ".list.csv.1.tmp".to_owned(),
            format!(".other.csv.{DEAD}.tmp"),
            "list.csv".to_owned(),
        ];
        expected.sort();
        assert_eq!(left, expected);
        drop(held);
    }
}
