//! A model set to a folder: under a temporary name beside it first, then all at once by a rename.
//!
//! `.<name>.<process>.tmp` is filled, made durable and renamed to `<name>`. What stood there before becomes
//! `.<name>.<process>.old` a moment earlier, since no rename puts a folder in the place of a full one; a cut
//! of power between the two leaves no `<name>`, and both whole folders beside it. Whoever serves does not
//! follow this folder but a store, where a cut leaves the old or the new: see [`crate::Store::publish`].

use std::fs::{self, File};
use std::io::BufWriter;
use std::path::{Path, PathBuf};

use erbij_recipe::ModelSet;
use rayon::prelude::*;

use crate::durable::{HeldDir, hold_dir, parent_of, sync_dir, write_new};
use crate::error::{ArtifactError, Doing};
use crate::format::FORMAT;
use crate::layout::columns_of;
use crate::leftovers::{OLD, TEMPORARY, beside, remove_leftovers, remove_leftovers_with};
use crate::manifest::{Counts, FileEntry, MANIFEST_FILE, Manifest, TrainingSummary, file_path};
use crate::section_write::write_section;

/// Writes a model set as an artifact to `dir`, in the place of an older artifact or of an empty folder.
///
/// The same model set, summary and version give the same bytes and so the same id. After an error `dir` is as
/// it was. O(bytes), the sections side by side.
///
/// # Errors
/// Where `dir` holds something that is no artifact, another run is writing there, or the file system says no.
pub fn write(
    model_set: &ModelSet,
    training: &TrainingSummary,
    code_version: &str,
    dir: &Path,
) -> Result<Manifest, ArtifactError> {
    let target = Target::new(dir)?;
    target.check_free(dir)?;
    // Before anything is written: a full disk needs the room.
    remove_leftovers(dir);
    let temp = target.beside(TEMPORARY);
    let held = claim(&temp, dir)?;
    let written = fill(model_set, training, code_version, &temp).and_then(|manifest| {
        sync_dir(&temp).doing("syncing", &temp)?;
        target.put(&temp, dir)?;
        Ok(manifest)
    });
    if written.is_err() {
        // Best effort: what went wrong first is what is worth telling.
        let _ = fs::remove_dir_all(&temp);
    } else {
        // What a dead run moved aside is the only whole copy until this one stands.
        remove_leftovers_with(dir, &[TEMPORARY, OLD]);
    }
    drop(held);
    written
}

/// Looks whether [`write`] could write an artifact to `dir`, so that hours of training are not lost to a wrong path.
/// Removes what killed runs left there. It makes the folders above `dir`, and nothing else that stays.
///
/// # Errors
/// As [`write`].
pub fn check_target(dir: &Path) -> Result<(), ArtifactError> {
    let target = Target::new(dir)?;
    target.check_free(dir)?;
    remove_leftovers(dir);
    let temp = target.beside(TEMPORARY);
    let held = claim(&temp, dir)?;
    fs::remove_dir(&temp).doing("removing", &temp)?;
    drop(held);
    Ok(())
}

fn fill(
    model_set: &ModelSet,
    training: &TrainingSummary,
    code_version: &str,
    temp: &Path,
) -> Result<Manifest, ArtifactError> {
    let write = |(spec, columns): (crate::section_spec::SectionSpec, Vec<arrow_array::ArrayRef>)| {
        let path = file_path(temp, spec.file);
        let file = File::create_new(&path).doing("creating", &path)?;
        let syncing = file.try_clone().doing("creating", &path)?;
        let entry = write_section(BufWriter::with_capacity(1 << 18, file), &spec, columns)
            .map_err(|source| ArtifactError::Arrow { path: path.clone(), source })?;
        syncing.sync_all().doing("syncing", &path)?;
        Ok((spec.file.to_owned(), entry))
    };
    let written: Vec<Result<(String, FileEntry), ArtifactError>> =
        columns_of(model_set).into_par_iter().map(write).collect();
    let manifest = Manifest {
        artifact_id: String::new(),
        choices: model_set.choices.clone(),
        code_version: code_version.to_owned(),
        counts: Counts::of(model_set),
        currency: model_set.catalogue.currency(),
        cutoff: model_set.cutoff,
        erasure_epoch: 0,
        files: written.into_iter().collect::<Result<_, _>>()?,
        format: FORMAT,
        recipe: model_set.recipe.recipe().clone(),
        timezone: model_set.time_zone.clone(),
        training: training.clone(),
    };
    let manifest = manifest.seal();
    manifest.check_readable().map_err(|reason| ArtifactError::Unwritable { dir: temp.to_owned(), reason })?;
    let path = temp.join(MANIFEST_FILE);
    write_new(&path, manifest.to_json().as_bytes()).doing("writing", &path)?;
    Ok(manifest)
}

/// Where an artifact goes: a name in a folder.
struct Target {
    parent: PathBuf,
    dir: PathBuf,
}

impl Target {
    fn new(dir: &Path) -> Result<Self, ArtifactError> {
        if dir.file_name().and_then(|name| name.to_str()).is_none() {
            return Err(ArtifactError::Nameless { dir: dir.to_owned() });
        }
        let parent = parent_of(dir).to_owned();
        fs::create_dir_all(&parent).doing("creating", &parent)?;
        Ok(Self { parent, dir: dir.to_owned() })
    }

    fn beside(&self, suffix: &str) -> PathBuf {
        beside(&self.dir, suffix).expect("it has a name, which was looked at")
    }

    /// Nothing, an artifact, or an empty folder may be replaced.
    fn check_free(&self, dir: &Path) -> Result<(), ArtifactError> {
        let is_free = match fs::symlink_metadata(dir) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => true,
            Err(error) => return Err(error).doing("looking at", dir),
            Ok(about) if !about.is_dir() => false,
            Ok(_) => dir.join(MANIFEST_FILE).is_file() || is_empty(dir).doing("reading", dir)?,
        };
        if is_free { Ok(()) } else { Err(ArtifactError::Occupied { dir: dir.to_owned() }) }
    }

    /// Puts a finished folder in its place.
    fn put(&self, temp: &Path, dir: &Path) -> Result<(), ArtifactError> {
        // Once more: hours may have passed since the first look.
        self.check_free(dir)?;
        let old = self.beside(OLD);
        let replaces = dir.join(MANIFEST_FILE).is_file();
        if replaces {
            if old.exists() {
                fs::remove_dir_all(&old).doing("removing", &old)?;
            }
            fs::rename(dir, &old).doing("moving aside", dir)?;
        }
        if let Err(error) = fs::rename(temp, dir) {
            if replaces {
                fs::rename(&old, dir).doing("moving back", &old)?;
            }
            return Err(error).doing("renaming to", dir);
        }
        sync_dir(&self.parent).doing("syncing", &self.parent)
    }
}

fn is_empty(dir: &Path) -> std::io::Result<bool> {
    Ok(fs::read_dir(dir)?.next().is_none())
}

/// Creates the temporary folder and holds it. One that is there already and that nobody holds was left by a
/// dead run of the same process number, as in a container where every run is number 1.
fn claim(temp: &Path, dir: &Path) -> Result<HeldDir, ArtifactError> {
    let busy = || ArtifactError::Busy { dir: dir.to_owned() };
    if temp.exists() {
        let held = hold_dir(temp).doing("locking", temp)?.ok_or_else(busy)?;
        fs::remove_dir_all(temp).doing("removing", temp)?;
        drop(held);
    }
    match fs::create_dir(temp) {
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Err(busy()),
        created => created.doing("creating", temp),
    }?;
    hold_dir(temp).doing("locking", temp)?.ok_or_else(busy)
}
