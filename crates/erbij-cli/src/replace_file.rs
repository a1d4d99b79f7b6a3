//! Writes a file so that a reader sees the old one or the new one, whole.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::Context;

/// Calls `write` with a file beside `path` and gives it that name once it is complete and on disk. If
/// anything fails, what stood at `path` still stands there, and nothing is left beside it.
pub(crate) fn replace_file<T>(
    path: &Path,
    write: impl FnOnce(&mut BufWriter<File>) -> anyhow::Result<T>,
) -> anyhow::Result<T> {
    let temporary = temporary_name(path)?;
    let result = write_and_rename(path, &temporary, write);
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

fn temporary_name(path: &Path) -> anyhow::Result<PathBuf> {
    let name = path.file_name().with_context(|| format!("`{}` names no file", path.display()))?;
    let mut temporary = std::ffi::OsString::from(".");
    temporary.push(name);
    temporary.push(format!(".{}.tmp", std::process::id()));
    Ok(path.with_file_name(temporary))
}

fn write_and_rename<T>(
    path: &Path,
    temporary: &Path,
    write: impl FnOnce(&mut BufWriter<File>) -> anyhow::Result<T>,
) -> anyhow::Result<T> {
    let mut file = BufWriter::with_capacity(1 << 20, File::create(temporary)?);
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
}
