//! An artifact on disk to a model set in memory, or an error: never half of one, never a panic.
//!
//! Each file is read once into memory of its own, aligned to a cache line, and hashed there; the models then
//! point into it. Nothing is mapped: a file that is cut short under a running service must not kill it.

use std::fmt;
use std::fs::{self, File};
use std::io::{self, Read};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use arrow_buffer::{Buffer, MutableBuffer};
use erbij_recipe::ModelSet;
use rayon::prelude::*;

use crate::error::{ArtifactError, Doing};
use crate::layout::{ModelSetHead, model_set_of};
use crate::manifest::{Counts, FileEntry, MANIFEST_FILE, Manifest, file_path, read_manifest};
use crate::section_read::{Section, read_section};
use crate::sections_of::sections_of;

/// An opened artifact.
#[derive(Clone)]
pub struct Artifact {
    /// What it is.
    pub manifest: Manifest,
    /// What it holds.
    pub model_set: ModelSet,
}

impl fmt::Debug for Artifact {
    /// The id alone: all the rest would fill a log, and with customers at that.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Artifact").field("artifact_id", &self.manifest.artifact_id).finish_non_exhaustive()
    }
}

/// Opens an artifact. Everything is checked before anything is returned: the manifest against its id, each
/// file against the manifest, each section against its schema, each model against its rules. O(bytes), the
/// sections side by side.
///
/// ```no_run
/// let artifact = erbij_artifact::open(std::path::Path::new("models/published/new"))?;
/// println!("{} items", artifact.model_set.catalogue.len());
/// # Ok::<(), erbij_artifact::ArtifactError>(())
/// ```
///
/// # Errors
/// Says which file is wrong and how; see [`ArtifactError`].
pub fn open(dir: &Path) -> Result<Artifact, ArtifactError> {
    guarded(dir, || open_unguarded(dir))
}

/// Checks the hash of every file of an artifact without building its models. O(bytes).
///
/// # Errors
/// Says which file is not what was written.
pub fn verify(dir: &Path) -> Result<Manifest, ArtifactError> {
    guarded(dir, || {
        let manifest = read_manifest(dir)?;
        let files: Vec<_> = manifest.files.iter().collect();
        files.into_par_iter().try_for_each(|(name, entry)| read_checked(dir, name, entry).map(drop))?;
        Ok(manifest)
    })
}

/// Every reading below is checked and returns an error; should one of the checks be wrong, the panic ends
/// here and whoever serves keeps what he has.
fn guarded<T>(dir: &Path, read: impl FnOnce() -> Result<T, ArtifactError>) -> Result<T, ArtifactError> {
    catch_unwind(AssertUnwindSafe(read))
        .unwrap_or_else(|_| Err(ArtifactError::Panicked { dir: dir.to_owned() }))
}

fn open_unguarded(dir: &Path) -> Result<Artifact, ArtifactError> {
    let manifest = read_manifest(dir)?;
    let manifest_path = dir.join(MANIFEST_FILE);
    let recipe = manifest.recipe.clone().check();
    let recipe = recipe.map_err(|source| ArtifactError::Recipe { path: manifest_path.clone(), source })?;
    let specs = sections_of(&manifest.recipe, manifest.format);
    if let Some(spec) = specs.iter().find(|spec| !manifest.files.contains_key(spec.file)) {
        return Err(ArtifactError::NoSection { dir: dir.to_owned(), name: spec.file });
    }
    // Files that a later minor version added are checked like all, and left alone.
    let files: Vec<_> = manifest.files.iter().collect();
    let read = |(name, entry): (&String, &FileEntry)| -> Result<Option<(usize, Section)>, ArtifactError> {
        let bytes = read_checked(dir, name, entry)?;
        let Some(position) = specs.iter().position(|spec| spec.file == name) else { return Ok(None) };
        match read_section(&bytes, &specs[position]) {
            Ok(section) => Ok(Some((position, section))),
            Err(source) => Err(ArtifactError::Section { path: file_path(dir, name), source }),
        }
    };
    // Collected before the first error is looked for, so that the error does not depend on who was first.
    let read: Vec<_> = files.into_par_iter().map(read).collect();
    let read: Vec<Option<(usize, Section)>> = read.into_iter().collect::<Result<_, _>>()?;
    let mut sections: Vec<_> = read.into_iter().flatten().collect();
    sections.sort_unstable_by_key(|&(position, _)| position);
    let sections = sections.into_iter().map(|(position, section)| (specs[position], section)).collect();
    let head = ModelSetHead {
        recipe,
        choices: manifest.choices.clone(),
        cutoff: manifest.cutoff,
        currency: manifest.currency,
        time_zone: manifest.timezone.clone(),
    };
    let model_set = model_set_of(sections, head)
        .map_err(|(name, source)| ArtifactError::Model { path: file_path(dir, name), source })?;
    if Counts::of(&model_set) != manifest.counts {
        return Err(ArtifactError::Counts { path: manifest_path });
    }
    Ok(Artifact { manifest, model_set })
}

/// The bytes of a file, which are those its entry speaks of.
pub(crate) fn read_checked(dir: &Path, name: &str, entry: &FileEntry) -> Result<Buffer, ArtifactError> {
    let path = file_path(dir, name);
    let differs = |found| ArtifactError::Size { path: path.clone(), found, expected: entry.size_bytes };
    // Asked before opening: to open a pipe is to wait for somebody to write to it.
    let about = fs::metadata(&path).doing("reading", &path)?;
    if !about.is_file() {
        return Err(io::Error::from(io::ErrorKind::InvalidInput)).doing("reading what is no file,", &path);
    }
    // What is allocated is what lies on the disk, whatever the manifest says.
    if about.len() != entry.size_bytes {
        return Err(differs(about.len()));
    }
    let n_bytes = usize::try_from(entry.size_bytes).map_err(|_| differs(about.len()))?;
    let mut bytes = MutableBuffer::from_len_zeroed(n_bytes);
    let mut file = File::open(&path).doing("opening", &path)?;
    file.read_exact(bytes.as_slice_mut()).doing("reading", &path)?;
    if file.read(&mut [0]).doing("reading", &path)? != 0 {
        return Err(differs(entry.size_bytes + 1));
    }
    let bytes = Buffer::from(bytes);
    if blake3::hash(&bytes).to_hex().as_str() != entry.blake3 {
        return Err(ArtifactError::Hash { path });
    }
    Ok(bytes)
}
