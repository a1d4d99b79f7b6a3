//! What can go wrong with one artifact. The store's own errors stand beside the store.

use std::io;
use std::path::{Path, PathBuf};

use erbij_recipe::RecipeError;

use crate::format::Format;
use crate::section_read::SectionError;

/// Why an artifact could not be written, or is refused.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ArtifactError {
    /// The file system said no.
    #[error("{doing} `{path}` failed")]
    Io {
        /// What was being done.
        doing: &'static str,
        /// With what.
        path: PathBuf,
        /// What it said.
        source: io::Error,
    },
    /// There is no artifact.
    #[error("`{dir}` is not an artifact: it has no `manifest.json`; hint: create one with `erbij train`")]
    NoArtifact {
        /// The folder.
        dir: PathBuf,
    },
    /// The manifest is beyond what any artifact needs.
    #[error("`{path}` is too large for a manifest, expected at most 1 MiB")]
    ManifestTooLarge {
        /// The manifest.
        path: PathBuf,
    },
    /// The manifest is not JSON, or lacks a key.
    #[error("`{path}` is not a valid manifest")]
    ManifestJson {
        /// The manifest.
        path: PathBuf,
        /// What is wrong with it.
        source: serde_json::Error,
    },
    /// Another major version, mostly a newer one.
    #[error(
        "`{path}` has format {}.{}, expected 1.x to {}.x; hint: use the version of erbij that wrote it, or train again",
        found.major, found.minor, crate::FORMAT.major
    )]
    Version {
        /// The manifest.
        path: PathBuf,
        /// Its version.
        found: Format,
    },
    /// The manifest was changed after it was written.
    #[error(
        "`{path}` does not match its `artifact_id`; hint: the file was damaged or edited; train or copy it again"
    )]
    ManifestId {
        /// The manifest.
        path: PathBuf,
    },
    /// A file name that would lead elsewhere.
    #[error("`{path}` lists the file `{name}`, expected a name such as `items.arrow`")]
    FileName {
        /// The manifest.
        path: PathBuf,
        /// The name.
        name: String,
    },
    /// A section the format asks for is not listed.
    #[error("`{dir}` does not list the section `{name}`")]
    NoSection {
        /// The artifact.
        dir: PathBuf,
        /// The file.
        name: &'static str,
    },
    /// A file is shorter or longer than it was.
    #[error(
        "`{path}` has {found} bytes, expected {expected}; hint: the file was damaged; train or copy it again"
    )]
    Size {
        /// The file.
        path: PathBuf,
        /// Its size.
        found: u64,
        /// Its size when it was written.
        expected: u64,
    },
    /// A file holds other bytes than it did.
    #[error(
        "`{path}` does not match its hash in the manifest; hint: the file was damaged; train or copy it again"
    )]
    Hash {
        /// The file.
        path: PathBuf,
    },
    /// A file is not the Arrow table it should be.
    #[error("`{path}` is not a valid section")]
    Section {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: SectionError,
    },
    /// The tables are well formed and yet no model.
    #[error("`{path}` does not hold a valid model")]
    Model {
        /// The file.
        path: PathBuf,
        /// The rule.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The recipe in the manifest is out of range.
    #[error("the recipe in `{path}` is not valid")]
    Recipe {
        /// The manifest.
        path: PathBuf,
        /// What is wrong with it.
        source: RecipeError,
    },
    /// The counts in the manifest do not match the sections.
    #[error("the counts in `{path}` do not match the sections")]
    Counts {
        /// The manifest.
        path: PathBuf,
    },
    /// Reading panicked: a bug, kept from whoever serves.
    #[error("reading `{dir}` panicked; hint: this is a bug; please report it and attach the artifact")]
    Panicked {
        /// The artifact.
        dir: PathBuf,
    },
    /// What should be written could not be read back.
    #[error("the manifest of `{dir}` cannot be written: {reason}")]
    Unwritable {
        /// Where it was to go.
        dir: PathBuf,
        /// Why.
        reason: &'static str,
    },
    /// A section could not be laid out.
    #[error("encoding `{path}` failed")]
    Arrow {
        /// The file.
        path: PathBuf,
        /// What Arrow said.
        source: arrow_schema::ArrowError,
    },
    /// The folder holds something else, which is not to be lost.
    #[error("`{dir}` exists and is not an artifact; hint: name an empty folder or a new one")]
    Occupied {
        /// The folder.
        dir: PathBuf,
    },
    /// The path ends in nothing that could be a folder's name.
    #[error(
        "`{dir}` does not end in a folder name; hint: name the folder itself, such as `models/published/new`"
    )]
    Nameless {
        /// The path.
        dir: PathBuf,
    },
    /// Somebody else is writing there now.
    #[error("another run is writing to `{dir}`; hint: wait for it to finish, or write to another folder")]
    Busy {
        /// The folder.
        dir: PathBuf,
    },
}

/// Gives an error of the file system its place.
pub(crate) trait Doing<T> {
    fn doing(self, doing: &'static str, path: &Path) -> Result<T, ArtifactError>;
}

impl<T> Doing<T> for io::Result<T> {
    fn doing(self, doing: &'static str, path: &Path) -> Result<T, ArtifactError> {
        self.map_err(|source| ArtifactError::Io { doing, path: path.to_owned(), source })
    }
}
