//! Writes a file so that a reader sees the old one or the new one, whole.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};

/// Calls `write` with a file beside `path` and gives it that name once it is complete and on disk. If
/// anything fails, what stood at `path` still stands there, and nothing is left beside it. A link stays one: what it names
/// is replaced.
pub(crate) fn replace_file<T>(
    path: &Path,
    write: impl FnOnce(&mut BufWriter<File>) -> anyhow::Result<T>,
) -> anyhow::Result<T> {
    let target = named_by(path);
    let temporary = temporary_path(&target)?;
    let result = write_and_rename(&target, &temporary, write);
    if result.is_err() {
        // Best effort: the error that brought us here says more than that of the clean-up.
        let _ = std::fs::remove_file(&temporary);
    }
    result.with_context(|| format!("writing `{}` failed", path.display()))
}

/// Writes a value as JSON for people and programs, with a line feed at its end.
pub(crate) fn replace_json(path: &Path, value: &serde_json::Value) -> anyhow::Result<()> {
    replace_file(path, |file| {
        serde_json::to_writer_pretty(&mut *file, value)?;
        Ok(file.write_all(b"\n")?)
    })
}

/// Looks whether [`replace_file`] could write `path`, so that no work is lost to a wrong path. Removes what killed runs
/// left beside it.
pub(crate) fn check_writable(path: &Path) -> anyhow::Result<()> {
    let told = path.display();
    let path = &named_by(path);
    let temporary = temporary_path(path)?;
    if path.is_dir() {
        bail!("`{told}` is a folder, expected a file; hint: name a file in it");
    }
    if let Some(parent) = path.parent().filter(|parent| *parent != Path::new("") && !parent.is_dir()) {
        let parent = parent.display();
        bail!("`{told}` cannot be written: there is no folder `{parent}`; hint: `mkdir -p {parent}`");
    }
    erbij_artifact::remove_leftovers(path);
    File::create(&temporary).and_then(|_| std::fs::remove_file(&temporary)).with_context(|| {
        format!("`{told}` cannot be written; hint: name a file in a folder that you may write to")
    })
}

/// The file that a path names: where it is a link, what that leads to, whether it is there or not.
fn named_by(path: &Path) -> PathBuf {
    // As many links in a row as Linux follows.
    const MAX_LINKS: usize = 40;
    let mut named = path.to_path_buf();
    for _ in 0..MAX_LINKS {
        let Ok(target) = std::fs::read_link(&named) else { break };
        named = named.parent().unwrap_or(Path::new("")).join(target);
    }
    named
}

fn temporary_path(path: &Path) -> anyhow::Result<PathBuf> {
    erbij_artifact::temporary_path(path).with_context(|| format!("`{}` names no file", path.display()))
}

fn write_and_rename<T>(
    path: &Path,
    temporary: &Path,
    write: impl FnOnce(&mut BufWriter<File>) -> anyhow::Result<T>,
) -> anyhow::Result<T> {
    let file = File::create(temporary)?;
    // Where the file system has locks, this tells the next run that the file is no leftover.
    let _ = file.try_lock();
    let mut file = BufWriter::with_capacity(1 << 20, file);
    let result = write(&mut file)?;
    file.flush()?;
    file.get_ref().sync_all()?;
    drop(file);
    std::fs::rename(temporary, path)?;
    Ok(result)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_leaves_the_old_file_and_nothing_else() {
        let dir = tempfile::tempdir().expect("a folder");
        let path = dir.path().join("list.jsonl");
        replace_file(&path, |file| Ok(file.write_all(b"old")?)).expect("written");
        let failed: anyhow::Result<()> = replace_file(&path, |file| {
            file.write_all(b"half of the new")?;
            anyhow::bail!("no more")
        });
        assert!(failed.is_err());
        assert_eq!(std::fs::read(&path).expect("still there"), b"old");
        assert_eq!(std::fs::read_dir(dir.path()).expect("listed").count(), 1);
    }

    #[cfg(unix)]
    #[test]
    fn a_link_stays_and_what_it_names_is_replaced() {
        let dir = tempfile::tempdir().expect("a folder");
        std::fs::create_dir(dir.path().join("elsewhere")).expect("a folder");
        let path = |name: &str| dir.path().join(name);
        std::os::unix::fs::symlink("second", path("first")).expect("a link");
        std::os::unix::fs::symlink("elsewhere/list.csv", path("second")).expect("a link");
        for text in ["new where nothing was", "new again"] {
            check_writable(&path("first")).expect("writable");
            replace_file(&path("first"), |file| Ok(file.write_all(text.as_bytes())?)).expect("written");
            assert!(path("first").is_symlink() && path("second").is_symlink());
            assert_eq!(std::fs::read_to_string(path("elsewhere/list.csv")).expect("there"), text);
            assert_eq!(std::fs::read_dir(path("elsewhere")).expect("listed").count(), 1, "no temporary file");
        }
    }

    #[test]
    fn looking_whether_a_file_can_be_written_leaves_nothing() {
        let dir = tempfile::tempdir().expect("a folder");
        let path = |name: &str| dir.path().join(name);
        let said = |name: &str| check_writable(&path(name)).err().map(|error| error.to_string());
        assert_eq!(said("new.csv"), None);
        std::fs::write(path("file"), "x").expect("written");
        for (name, expected) in [
            (".", "is a folder"),
            ("none/new.csv", "there is no folder"),
            ("file/new.csv", "there is no folder"),
        ] {
            let told = said(name).expect(name);
            assert!(told.contains(expected) && told.contains("; hint: "), "{told}");
        }
        assert_eq!(std::fs::read_dir(dir.path()).expect("listed").count(), 1);
    }
}
