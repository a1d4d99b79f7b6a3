//! The steps of publishing that touch the disk, and who hears of them.

use std::io;

/// A step of publishing that touches the disk, announced before it is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    RemoveLeftover,
    CreateTemp,
    CopyFile,
    SyncFile,
    WriteManifest,
    Seal,
    SyncTemp,
    RenameGeneration,
    SyncStore,
    WriteCurrent,
    RenameCurrent,
    SyncCurrent,
    Prune,
}

/// Hears of each step; an error ends the publication there.
pub(crate) type Hook<'a> = &'a mut dyn FnMut(Step) -> io::Result<()>;
