//! Opens the artifact a command was given, or the one that is current.

use std::path::{Path, PathBuf};

use anyhow::Context;
use erbij_artifact::{Artifact, Store};

use crate::args::StoreArgs;

/// The folder of the artifact named, or of the store's current generation.
pub(crate) fn artifact_dir(named: Option<&Path>, store: &StoreArgs) -> anyhow::Result<PathBuf> {
    if let Some(dir) = named {
        return Ok(dir.to_owned());
    }
    let current = Store::at(&store.store).current()?.with_context(|| {
        format!(
            "nothing is published in `{}`; hint: `erbij train … --out DIR`, then `erbij publish DIR`; or `erbij demo`",
            store.store.display()
        )
    })?;
    Ok(current.dir)
}

/// Opens it.
pub(crate) fn artifact(named: Option<&Path>, store: &StoreArgs) -> anyhow::Result<Artifact> {
    // Every error of an artifact names its folder or the file in it.
    Ok(erbij_artifact::open(&artifact_dir(named, store)?)?)
}
