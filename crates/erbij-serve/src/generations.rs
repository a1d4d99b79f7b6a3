//! Where models come from: all this crate knows of artifacts and stores.

use std::path::{Path, PathBuf};

use erbij_artifact::{Artifact, ArtifactError, Store, StoreError};

/// The generation a store says is current.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CurrentGeneration {
    /// Its number.
    pub(crate) number: u64,
    /// What it is: equal ids are equal bytes.
    pub(crate) artifact_id: String,
    /// Its folder.
    dir: PathBuf,
}

/// Asks a store for its current generation; none where nothing was published. Reads two small files.
pub(crate) fn current_generation(store: &Path) -> Result<Option<CurrentGeneration>, StoreError> {
    let current = Store::at(store).current()?;
    Ok(current.map(|generation| CurrentGeneration {
        number: generation.number,
        artifact_id: generation.manifest.artifact_id,
        dir: generation.dir,
    }))
}

impl CurrentGeneration {
    /// Reads and checks all of it: the id of what was read, and the models. O(bytes).
    pub(crate) fn open(&self) -> Result<Artifact, ArtifactError> {
        erbij_artifact::open(&self.dir)
    }
}
