//! Files and folders that are still there after the power was cut.

use std::fs::{self, File, TryLockError};
use std::io::{self, Write};
use std::path::Path;

/// Makes the names in a folder durable: what was created, renamed or removed there.
pub(crate) fn sync_dir(dir: &Path) -> io::Result<()> {
    // Elsewhere a folder cannot be opened as a file, and its names are written through.
    if cfg!(unix) { File::open(dir)?.sync_all() } else { Ok(()) }
}

/// The folder a path lies in.
pub(crate) fn parent_of(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if parent != Path::new("") => parent,
        _ => Path::new("."),
    }
}

/// Creates a file that must not be there yet, fills it and makes it durable.
pub(crate) fn write_new(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = File::create_new(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// Holds a folder until dropped, where the file system can; the end of the process lets go as well.
#[derive(Debug)]
pub(crate) struct HeldDir {
    _dir: Option<File>,
}

/// Holds a folder; nothing where somebody else does.
pub(crate) fn hold_dir(dir: &Path) -> io::Result<Option<HeldDir>> {
    if !cfg!(unix) {
        return Ok(Some(HeldDir { _dir: None }));
    }
    let file = File::open(dir)?;
    match file.try_lock() {
        Ok(()) => Ok(Some(HeldDir { _dir: Some(file) })),
        Err(TryLockError::WouldBlock) => Ok(None),
        // A file system that has no locks: process ids in the names are then all there is.
        Err(TryLockError::Error(_)) => Ok(Some(HeldDir { _dir: None })),
    }
}

/// Removes a folder and what it holds, even where it was sealed against writing.
pub(crate) fn remove_sealed_dir(dir: &Path) -> io::Result<()> {
    set_mode(dir, 0o755)?;
    fs::remove_dir_all(dir)
}

/// Sets the permissions of a file or folder, where there is such a thing.
pub(crate) fn set_mode(path: &Path, mode: u32) -> io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(path, fs::Permissions::from_mode(mode))
    }
    #[cfg(not(unix))]
    {
        let _ = (path, mode);
        Ok(())
    }
}
