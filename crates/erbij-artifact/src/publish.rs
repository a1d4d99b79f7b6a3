//! Publishing: an artifact becomes a generation, and then the current one.
//!
//! Every step that touches the disk is announced before it is made (see [`Step`]), so that a test can stop
//! after any number of them, as a cut of power would, and look at what is left.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use erbij_core::causes;
use serde::Serialize;

use crate::durable::{remove_sealed_dir, set_mode, sync_dir, write_new};
use crate::error::ArtifactError;
use crate::guard::{GuardResult, guards};
use crate::manifest::{FileEntry, MANIFEST_FILE, Manifest, file_path, read_manifest_text};
use crate::open::{Artifact, open};
use crate::section_write::Hashing;
use crate::steps::{Hook, Step};
use crate::store::{
    DoingInStore, Generation, Store, StoreError, decimal, generation_name, generation_number,
};

/// How to publish.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PublishOptions {
    /// How many of the newest generations stay; the current one and the one before it stay anyhow.
    pub keep: usize,
    /// Publishes also what a guard refuses. A damaged artifact is refused all the same.
    pub force: bool,
    /// Only says what would be done.
    pub dry_run: bool,
}

impl Default for PublishOptions {
    fn default() -> Self {
        Self { keep: 5, force: false, dry_run: false }
    }
}

/// What publishing came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It is current now.
    Published,
    /// It was current before, and nothing was done.
    AlreadyCurrent,
    /// Nothing was done, as was asked: it would have become current.
    WouldPublish,
    /// Nothing was done, as was asked: a guard would have refused it.
    WouldRefuse,
}

/// A publication.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Published {
    /// What it came to.
    pub outcome: Outcome,
    /// The id of the artifact.
    pub artifact_id: String,
    /// The generation it became or is, or would have become.
    pub number: u64,
    /// The folder of that generation.
    pub dir: PathBuf,
    /// What was current before, by number.
    pub previous: Option<u64>,
    /// Why the live generation could not be compared with, where it could not.
    pub not_compared: Option<String>,
    /// What each guard found.
    pub guards: Vec<GuardResult>,
    /// The generations that were removed.
    pub pruned: Vec<u64>,
    /// Why not all that should be removed were; the publication stands all the same.
    pub not_pruned: Option<String>,
}

/// What a caller looks at before an artifact is published.
pub type MoreGuards<'a> = &'a dyn Fn(&Artifact) -> Vec<GuardResult>;

impl Store {
    /// Publishes an artifact: opens it, compares it with the live one, copies it, makes it current.
    ///
    /// A reader of [`Store::current`] sees the old or the new generation at any moment, whatever ends this
    /// process. After an error the old one is current, but for an error of the very last sync, after which
    /// the new one is. To publish what is current already does nothing. O(bytes).
    ///
    /// # Errors
    /// Where the artifact does not open, a guard refuses it, somebody else is publishing, or the file system
    /// says no.
    pub fn publish(&self, artifact_dir: &Path, options: PublishOptions) -> Result<Published, StoreError> {
        self.publish_guarded(artifact_dir, options, &|_| Vec::new())
    }

    /// The same with guards of the caller beside those of the store: what they find is judged and told alike.
    ///
    /// # Errors
    /// As [`Store::publish`].
    pub fn publish_guarded(
        &self,
        artifact_dir: &Path,
        options: PublishOptions,
        more: MoreGuards<'_>,
    ) -> Result<Published, StoreError> {
        let published = self.publish_by_steps(artifact_dir, options, more, &mut |_| Ok(()));
        if matches!(published, Err(StoreError::Io { .. } | StoreError::Changed { .. }))
            && let Ok(_lock) = self.lock()
        {
            // Best effort: a full disk is given back what was half written.
            let _ = self.remove_leftovers(&mut |_| Ok(()));
        }
        published
    }

    pub(crate) fn publish_by_steps(
        &self,
        artifact_dir: &Path,
        options: PublishOptions,
        more: MoreGuards<'_>,
        before: Hook<'_>,
    ) -> Result<Published, StoreError> {
        let refused = |source| StoreError::Artifact { dir: artifact_dir.to_owned(), source };
        let candidate = open(artifact_dir).map_err(refused)?;
        // A dry run leaves no trace, not even the lock's file.
        let _lock = if options.dry_run { None } else { Some(self.lock()?) };
        if !options.dry_run {
            self.remove_leftovers(before)?;
        }
        let previous = match self.current_number() {
            Err(StoreError::Current { .. }) if options.force => None,
            number => number?,
        };
        let live = previous.map(|number| open(&self.dir_of(number))).transpose();
        let mut published = self.plan(&candidate, previous, live)?;
        if published.outcome == Outcome::AlreadyCurrent {
            return Ok(published);
        }
        published.guards.extend(more(&candidate));
        let refuses = !options.force && published.guards.iter().any(|guard| !guard.passed);
        if options.dry_run {
            published.outcome = if refuses { Outcome::WouldRefuse } else { Outcome::WouldPublish };
            return Ok(published);
        }
        if refuses {
            return Err(StoreError::Refused { dir: artifact_dir.to_owned(), guards: published.guards });
        }
        let artifact_id = candidate.manifest.artifact_id.clone();
        // The models may be large, and are not needed for copying.
        drop(candidate);
        self.install(artifact_dir, &artifact_id, published.number, before)?;
        self.point_current_at(published.number, before)?;
        if let Err(error) = self.prune(options.keep, previous, &mut published.pruned, before) {
            published.not_pruned = Some(causes(&error).join(": "));
        }
        Ok(published)
    }

    /// What publishing would come to, but for what the guards' findings mean.
    fn plan(
        &self,
        candidate: &Artifact,
        previous: Option<u64>,
        live: Result<Option<Artifact>, ArtifactError>,
    ) -> Result<Published, StoreError> {
        // A live generation that does not open is no measure, and what is published now is its repair.
        let (live, not_compared) = match live {
            Ok(live) => (live, None),
            Err(error) => (None, Some(causes(&error).join(": "))),
        };
        let artifact_id = candidate.manifest.artifact_id.clone();
        if let (Some(live), Some(number)) = (&live, previous)
            && live.manifest.artifact_id == artifact_id
        {
            let (outcome, dir) = (Outcome::AlreadyCurrent, self.dir_of(number));
            let (guards, pruned, not_pruned) = (Vec::new(), Vec::new(), None);
            return Ok(Published {
                outcome,
                artifact_id,
                number,
                dir,
                previous,
                not_compared,
                guards,
                pruned,
                not_pruned,
            });
        }
        let number =
            self.numbers()?.last().map_or(1, |&newest| newest + 1).max(previous.map_or(1, |n| n + 1));
        Ok(Published {
            outcome: Outcome::Published,
            artifact_id,
            number,
            dir: self.dir_of(number),
            previous,
            not_compared,
            guards: guards(candidate, live.as_ref()),
            pruned: Vec::new(),
            not_pruned: None,
        })
    }

    /// Copies an artifact into the store as a generation that nobody follows yet.
    fn install(&self, source: &Path, id: &str, number: u64, before: Hook<'_>) -> Result<(), StoreError> {
        let refused = |error| StoreError::Artifact { dir: source.to_owned(), source: error };
        let (manifest, text) = read_manifest_text(source).map_err(refused)?;
        if manifest.artifact_id != id {
            return Err(StoreError::Changed { path: source.join(MANIFEST_FILE) });
        }
        let dir = self.dir_of(number);
        let temp = self.root().join(format!("{}.{}.tmp", generation_name(number), std::process::id()));
        before(Step::CreateTemp).in_store("creating", &temp)?;
        fs::create_dir(&temp).in_store("creating", &temp)?;
        for (name, entry) in &manifest.files {
            copy_checked(&file_path(source, name), &file_path(&temp, name), entry, before)?;
        }
        let path = temp.join(MANIFEST_FILE);
        before(Step::WriteManifest).in_store("writing", &path)?;
        write_new(&path, text.as_bytes()).in_store("writing", &path)?;
        before(Step::Seal).in_store("sealing", &temp)?;
        seal(&temp, &manifest).in_store("sealing", &temp)?;
        before(Step::SyncTemp).in_store("syncing", &temp)?;
        sync_dir(&temp).in_store("syncing", &temp)?;
        before(Step::RenameGeneration).in_store("renaming to", &dir)?;
        fs::rename(&temp, &dir).in_store("renaming to", &dir)?;
        before(Step::SyncStore).in_store("syncing", self.root())?;
        sync_dir(self.root()).in_store("syncing", self.root())
    }

    /// Removes what dead runs left. The lock is held, so whatever is temporary is dead.
    pub(crate) fn remove_leftovers(&self, before: Hook<'_>) -> Result<(), StoreError> {
        let mut names = self.names()?;
        names.retain(|name| is_leftover(name));
        names.sort_unstable();
        for name in names {
            let path = self.root().join(name);
            before(Step::RemoveLeftover).in_store("removing", &path)?;
            remove_sealed_dir(&path).in_store("removing", &path)?;
        }
        Ok(())
    }

    /// Removes the whole generations beyond the newest `keep`, but neither the current one nor the one that
    /// was current before. A damaged one stays, to be looked at.
    fn prune(
        &self,
        keep: usize,
        previous: Option<u64>,
        pruned: &mut Vec<u64>,
        before: Hook<'_>,
    ) -> Result<(), StoreError> {
        let generations = self.list()?;
        let n_old = generations.len().saturating_sub(keep);
        let is_needed =
            |generation: &&Generation| generation.is_current || Some(generation.number) == previous;
        for generation in generations[..n_old].iter().filter(|generation| !is_needed(generation)) {
            // Renamed first: half a removal must not look like a damaged generation.
            let temp = self.root().join(format!("{}.old.tmp", generation_name(generation.number)));
            before(Step::Prune).in_store("removing", &generation.dir)?;
            fs::rename(&generation.dir, &temp).in_store("removing", &generation.dir)?;
            remove_sealed_dir(&temp).in_store("removing", &temp)?;
            pruned.push(generation.number);
        }
        Ok(())
    }
}

/// Copies a file and makes it durable; what arrives must be what the manifest speaks of.
fn copy_checked(from: &Path, to: &Path, entry: &FileEntry, before: Hook<'_>) -> Result<(), StoreError> {
    before(Step::CopyFile).in_store("copying", from)?;
    let mut source = File::open(from).in_store("opening", from)?;
    let file = File::create_new(to).in_store("creating", to)?;
    let mut hashing = Hashing::new(&file);
    io::copy(&mut source, &mut hashing).and_then(|_| hashing.flush()).in_store("copying", from)?;
    if hashing.entry() != *entry {
        return Err(StoreError::Changed { path: from.to_owned() });
    }
    before(Step::SyncFile).in_store("syncing", to)?;
    file.sync_all().in_store("syncing", to)
}

/// Takes away the right to write: a generation is never changed.
fn seal(dir: &Path, manifest: &Manifest) -> io::Result<()> {
    for name in manifest.files.keys() {
        set_mode(&file_path(dir, name), 0o444)?;
    }
    set_mode(&dir.join(MANIFEST_FILE), 0o444)?;
    set_mode(dir, 0o555)
}

/// Whether a folder's name is one that publishing gives to what is not whole: `gen-000007.<process>.tmp`, or
/// `gen-000007.old.tmp`.
fn is_leftover(name: &str) -> bool {
    let parts = name.strip_suffix(".tmp").and_then(|name| name.split_once('.'));
    parts.is_some_and(|(generation, whose)| {
        generation_number(generation).is_some() && (whose == "old" || decimal(whose).is_some())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_that_publishing_makes_are_leftovers() {
        for (name, expected) in [
            ("gen-000007.17.tmp", true),
            ("gen-000007.old.tmp", true),
            ("gen-000007.tmp", false),
            ("gen-000007..tmp", false),
            ("gen-000007.mine.tmp", false),
            ("gen-notes.17.tmp", false),
            ("gen-000007.17", false),
            ("gen-000007", false),
        ] {
            assert_eq!(is_leftover(name), expected, "{name}");
        }
    }
}
