//! The store: published artifacts, numbered, and which of them is current.
//!
//! ```text
//! store/
//!   gen-000006/   whole, read-only
//!   gen-000007/   whole, read-only
//!   current       "gen-000007\n"
//!   lock          held by whoever publishes or rolls back
//! ```
//!
//! A generation is written once and never opened for writing again. `current` is replaced by a rename, so it
//! names the old or the new one at any moment, also after a cut of power.

use std::fmt;
use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use serde::Serialize;

use crate::durable::{parent_of, sync_dir, write_new};
use crate::error::ArtifactError;
use crate::guard::GuardResult;
use crate::manifest::{Manifest, file_path, read_manifest};
use crate::steps::{Hook, Step};

/// The file that names the current generation.
const CURRENT_FILE: &str = "current";
/// The file whose lock a publisher holds.
const LOCK_FILE: &str = "lock";
/// How the name of a generation begins.
const PREFIX: &str = "gen-";

/// Published artifacts in one folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Store {
    root: PathBuf,
}

/// A published artifact, whole by the looks of it: its manifest is good and its files have their sizes.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Generation {
    /// Its number; a later one is higher, and none is used twice.
    pub number: u64,
    /// Its folder.
    pub dir: PathBuf,
    /// Whether services follow it now.
    pub is_current: bool,
    /// What it is.
    pub manifest: Manifest,
}

/// A generation that is not whole any more. Publishing never leaves one; a disk may.
#[derive(Debug)]
pub struct DamagedGeneration {
    /// Its number.
    pub number: u64,
    /// Its folder.
    pub dir: PathBuf,
    /// What is wrong with it.
    pub error: ArtifactError,
}

/// What a store holds.
#[derive(Debug, Default)]
pub struct Contents {
    /// Whole generations by number.
    pub generations: Vec<Generation>,
    /// The others, by number.
    pub damaged: Vec<DamagedGeneration>,
}

/// Names a generation: by number (`7`, `gen-000007`) or by the first digits of its artifact id, four at
/// least. Nothing but decimal digits is a number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GenerationRef {
    /// By number.
    Number(u64),
    /// By the first digits of its artifact id.
    ArtifactId(String),
}

/// Why a store did not do what was asked. Unless said otherwise, `current` is what it was.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The file system said no.
    #[error("{doing} `{path}` failed")]
    Io {
        /// What was being done.
        doing: &'static str,
        /// With what.
        path: PathBuf,
        /// What it said.
        source: std::io::Error,
    },
    /// What should be published is no good artifact, or what should become current does not open.
    #[error("`{dir}` cannot be opened")]
    Artifact {
        /// The artifact.
        dir: PathBuf,
        /// What is wrong with it.
        source: ArtifactError,
    },
    /// It opens, but fails the publish checks.
    #[error(
        "`{dir}` {}: {}; hint: fix the cause, or publish with `--force`",
        refusal(guards),
        joined(guards)
    )]
    Refused {
        /// The artifact.
        dir: PathBuf,
        /// All guards, those that passed among them.
        guards: Vec<GuardResult>,
    },
    /// The artifact changed while it was copied.
    #[error(
        "`{path}` changed while it was being published; hint: publish again when nothing else writes to it"
    )]
    Changed {
        /// The file.
        path: PathBuf,
    },
    /// Somebody else is publishing.
    #[error("another run is publishing to `{root}`; hint: wait for it to finish")]
    Busy {
        /// The store.
        root: PathBuf,
    },
    /// `current` does not name a generation.
    #[error(
        "`{path}` holds `{found}`, expected a name such as `gen-000007`; hint: rewrite it with `erbij rollback --to`"
    )]
    Current {
        /// The file.
        path: PathBuf,
        /// What stands there.
        found: String,
    },
    /// Nothing is current, so nothing is older.
    #[error(
        "nothing is published in `{root}`; hint: publish an artifact with `erbij publish`, or name a generation"
    )]
    NothingCurrent {
        /// The store.
        root: PathBuf,
    },
    /// There is no generation to go back to.
    #[error(
        "`{root}` has no intact generation older than {current}; hint: publish another artifact with `erbij publish`"
    )]
    NothingOlder {
        /// The store.
        root: PathBuf,
        /// The number of the current one.
        current: u64,
    },
    /// No generation is meant by that name, or several are.
    #[error(
        "`{wanted}` matches {found} generations in `{root}`, expected one; hint: list them with `erbij list`"
    )]
    NoSuchGeneration {
        /// The store.
        root: PathBuf,
        /// The name.
        wanted: String,
        /// How many it names.
        found: usize,
    },
    /// Going back would bring back people who were erased since.
    #[error(
        "generation {number} may hold erased customers: its erasure epoch is {found}, that of the current generation is {current}; hint: train again"
    )]
    Erased {
        /// Where to.
        number: u64,
        /// Its epoch.
        found: u64,
        /// The epoch of the current one.
        current: u64,
    },
}

/// Worse than what is live, or unfit by itself.
fn refusal(guards: &[GuardResult]) -> &'static str {
    let is_compared = |guard: &GuardResult| !guard.passed && guard.current.is_some();
    if guards.iter().any(is_compared) { "fails the publish checks" } else { "cannot fill its slates" }
}

fn joined(guards: &[GuardResult]) -> String {
    let failed = guards.iter().filter(|guard| !guard.passed).map(ToString::to_string);
    failed.collect::<Vec<_>>().join("; ")
}

/// Gives an error of the file system its place.
pub(crate) trait DoingInStore<T> {
    fn in_store(self, doing: &'static str, path: &Path) -> Result<T, StoreError>;
}

impl<T> DoingInStore<T> for std::io::Result<T> {
    fn in_store(self, doing: &'static str, path: &Path) -> Result<T, StoreError> {
        self.map_err(|source| StoreError::Io { doing, path: path.to_owned(), source })
    }
}

impl FromStr for GenerationRef {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let digits = text.strip_prefix(PREFIX).unwrap_or(text);
        let is_hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        if let Some(number) = decimal(digits) {
            Ok(Self::Number(number))
        } else if (4..=64).contains(&text.len()) && text.bytes().all(is_hex) {
            Ok(Self::ArtifactId(text.to_owned()))
        } else {
            Err(format!(
                "`{text}` is not a generation: expected `7`, `gen-000007`, or the first four or more digits of an artifact id"
            ))
        }
    }
}

impl fmt::Display for GenerationRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => f.write_str(&generation_name(*number)),
            Self::ArtifactId(digits) => f.write_str(digits),
        }
    }
}

pub(crate) fn decimal(digits: &str) -> Option<u64> {
    digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok())?
}

/// The folder's name: six digits at least, so that names sort as numbers for a long time.
pub(crate) fn generation_name(number: u64) -> String {
    format!("{PREFIX}{number:06}")
}

/// The number in a folder's name; nothing unless the name is just the one that number gives.
pub(crate) fn generation_number(name: &str) -> Option<u64> {
    let number = decimal(name.strip_prefix(PREFIX)?)?;
    (generation_name(number) == name).then_some(number)
}

impl Store {
    /// The store in this folder, which need not exist yet.
    pub fn at(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    /// Its folder.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The generation services follow, where something was published. Cheap: two small files are read.
    pub fn current(&self) -> Result<Option<Generation>, StoreError> {
        let Some(number) = self.current_number()? else { return Ok(None) };
        let dir = self.dir_of(number);
        match read_manifest(&dir) {
            Ok(manifest) => Ok(Some(Generation { number, dir, is_current: true, manifest })),
            Err(source) => Err(StoreError::Artifact { dir, source }),
        }
    }

    /// All whole generations by number; see [`Store::contents`] for the others.
    pub fn list(&self) -> Result<Vec<Generation>, StoreError> {
        Ok(self.contents()?.generations)
    }

    /// All generations by number, the damaged ones apart. Temporary folders are none. Sizes are checked, not
    /// hashes: [`crate::verify`] does that.
    pub fn contents(&self) -> Result<Contents, StoreError> {
        // With a damaged `current` the generations are still worth seeing: it takes one to mend it.
        let current = self.current_number().or_else(|error| match error {
            StoreError::Current { .. } => Ok(None),
            other => Err(other),
        })?;
        let mut contents = Contents::default();
        for number in self.numbers()? {
            let dir = self.dir_of(number);
            match manifest_of_whole(&dir) {
                Ok(manifest) => {
                    let is_current = current == Some(number);
                    contents.generations.push(Generation { number, dir, is_current, manifest });
                }
                Err(error) => contents.damaged.push(DamagedGeneration { number, dir, error }),
            }
        }
        Ok(contents)
    }

    /// The number `current` names; none where there is no such file.
    pub(crate) fn current_number(&self) -> Result<Option<u64>, StoreError> {
        let path = self.root.join(CURRENT_FILE);
        let text = match fs::read(&path) {
            Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error).in_store("reading", &path),
        };
        match text.strip_suffix('\n').and_then(generation_number) {
            Some(number) => Ok(Some(number)),
            None => Err(StoreError::Current { path, found: text.chars().take(40).collect() }),
        }
    }

    /// Moves `current`: a new file, made durable, then renamed over the old one.
    pub(crate) fn point_current_at(&self, number: u64, before: Hook<'_>) -> Result<(), StoreError> {
        let (path, temp) = (self.root.join(CURRENT_FILE), self.root.join("current.tmp"));
        before(Step::WriteCurrent).in_store("writing", &temp)?;
        // A leftover of a dead run: the lock is ours, so nobody else can be writing it.
        if temp.exists() {
            fs::remove_file(&temp).in_store("removing", &temp)?;
        }
        write_new(&temp, format!("{}\n", generation_name(number)).as_bytes()).in_store("writing", &temp)?;
        before(Step::RenameCurrent).in_store("renaming to", &path)?;
        fs::rename(&temp, &path).in_store("renaming to", &path)?;
        before(Step::SyncCurrent).in_store("syncing", &self.root)?;
        sync_dir(&self.root).in_store("syncing", &self.root)
    }

    /// The folder of a generation.
    pub(crate) fn dir_of(&self, number: u64) -> PathBuf {
        self.root.join(generation_name(number))
    }

    /// The numbers of all folders that are named as generations, rising.
    pub(crate) fn numbers(&self) -> Result<Vec<u64>, StoreError> {
        let names = self.names()?;
        let mut numbers: Vec<u64> = names.iter().filter_map(|name| generation_number(name)).collect();
        numbers.sort_unstable();
        Ok(numbers)
    }

    /// The names of all that lies in the store, in no order; none where there is no store yet.
    pub(crate) fn names(&self) -> Result<Vec<String>, StoreError> {
        let entries = match fs::read_dir(&self.root) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries.in_store("reading", &self.root)?,
        };
        let names = entries.map(|entry| entry.map(|entry| entry.file_name().into_string().ok()));
        let names: Result<Vec<Option<String>>, _> = names.collect();
        Ok(names.in_store("reading", &self.root)?.into_iter().flatten().collect())
    }

    /// Takes the lock of whoever changes the store; the end of the process lets go of it too.
    pub(crate) fn lock(&self) -> Result<File, StoreError> {
        if !self.root.is_dir() {
            fs::create_dir_all(&self.root).in_store("creating", &self.root)?;
            let parent = parent_of(&self.root);
            sync_dir(parent).in_store("syncing", parent)?;
        }
        let path = self.root.join(LOCK_FILE);
        let file = File::options().create(true).truncate(false).write(true).open(&path);
        let file = file.in_store("opening", &path)?;
        match file.try_lock() {
            Ok(()) => Ok(file),
            Err(TryLockError::WouldBlock) => Err(StoreError::Busy { root: self.root.clone() }),
            Err(TryLockError::Error(source)) => Err(source).in_store("locking", &path),
        }
    }
}

/// The manifest of a folder whose files all have their sizes.
fn manifest_of_whole(dir: &Path) -> Result<Manifest, ArtifactError> {
    use crate::error::Doing;
    let manifest = read_manifest(dir)?;
    for (name, entry) in &manifest.files {
        let path = file_path(dir, name);
        let found = fs::metadata(&path).doing("reading", &path)?.len();
        if found != entry.size_bytes {
            return Err(ArtifactError::Size { path, found, expected: entry.size_bytes });
        }
    }
    Ok(manifest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_canonical_names_are_generations() {
        for (name, expected) in [
            ("gen-000007", Some(7)),
            ("gen-1234567", Some(1_234_567)),
            ("gen-7", None),
            ("gen-0000007", None),
            ("gen-000007.17.tmp", None),
            ("gen-", None),
            ("gen-+00007", None),
            ("current", None),
        ] {
            assert_eq!(generation_number(name), expected, "{name}");
        }
    }

    #[test]
    fn people_name_generations_in_three_ways() {
        for (text, expected) in [
            ("7", Some(GenerationRef::Number(7))),
            ("gen-000007", Some(GenerationRef::Number(7))),
            ("12ab", Some(GenerationRef::ArtifactId("12ab".to_owned()))),
            ("12a", None),
            ("", None),
            ("newest", None),
            ("12AB", None),
        ] {
            assert_eq!(text.parse().ok(), expected, "{text}");
        }
    }
}
