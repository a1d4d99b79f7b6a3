//! A Delta table, read as the table it is: which files its log holds now, with the values that only the log knows.
//!
//! Files of rows that were deleted or written anew stay in the folder until somebody cleans up, so the folder alone
//! is another table. What this reader cannot honour is refused with its name: deletion vectors, mapped columns,
//! checkpoints of the second version, features that are not known here.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use serde_json::Value;

use super::log::{self, Action, FileAction, MetaData, Protocol};
use super::other::Lake;
use crate::footer::damaged;
use crate::parts::{Format, Listing, Part, unescape};
use crate::{IngestError, Limits};

/// Features of a table that change nothing for who reads all rows of its live files, or that are looked for where they
/// would: some writers list features that no file makes use of.
const HARMLESS: [&str; 12] = [
    "columnMapping",
    "deletionVectors",
    "timestampNtz",
    "typeWidening",
    "typeWidening-preview",
    "v2Checkpoint",
    "vacuumProtocolCheck",
    "variantType",
    "variantType-preview",
    "variantShredding",
    "variantShredding-preview",
    "appendOnly",
];

/// The files of the table as its newest version has them.
pub(crate) fn list(folder: &Path, limits: &Limits) -> Result<Listing, IngestError> {
    let log = Log::find(folder, limits)?;
    let mut state = State::new(folder, limits);
    for part in &log.checkpoint {
        log::read_checkpoint(part, limits, |action| state.apply(action))?;
    }
    for commit in log.commits.values() {
        log::read_commit(commit, limits, |action| state.apply(action))?;
    }
    let parts = state.into_parts()?;
    let n_files = parts.len();
    let hint = format!(
        "`{}` is a Delta table; version {} was read, from {n_files} file{}",
        folder.display(),
        log.version,
        if n_files == 1 { "" } else { "s" }
    );
    Ok(Listing { parts, hints: vec![hint] })
}

/// The files of a log that tell its newest version.
struct Log {
    version: u64,
    /// Its files; none where the commits tell all.
    checkpoint: Vec<PathBuf>,
    /// By version, all after the checkpoint.
    commits: BTreeMap<u64, PathBuf>,
}

impl Log {
    fn find(folder: &Path, limits: &Limits) -> Result<Self, IngestError> {
        let path = folder.join("_delta_log");
        let name = path.display().to_string();
        let io = |source| IngestError::Io { file: name.clone(), source };
        let mut commits = BTreeMap::new();
        // By version and number of parts, so that parts of two writers are never mixed.
        let mut checkpoints: BTreeMap<(u64, u64), BTreeMap<u64, PathBuf>> = BTreeMap::new();
        let mut newest_other = None;
        for (n_files, entry) in fs::read_dir(&path).map_err(io)?.enumerate() {
            let path = entry.map_err(io)?.path();
            match LogFile::of(&path) {
                Some(LogFile::Commit(version)) => drop(commits.insert(version, path)),
                Some(LogFile::Checkpoint { version, part, n_parts }) => {
                    checkpoints.entry((version, n_parts)).or_default().insert(part, path);
                }
                Some(LogFile::OtherCheckpoint(version)) => newest_other = newest_other.max(Some(version)),
                None => {}
            }
            if limits.max_files < n_files {
                return Err(too_many_files(folder, n_files, limits));
            }
        }
        let whole = |(key, parts): &(&(u64, u64), &BTreeMap<u64, PathBuf>)| parts.len() as u64 == key.1;
        let checkpoint = checkpoints.iter().rev().find(whole);
        let first = checkpoint.map_or(0, |(&(version, _), _)| version + 1);
        let checkpoint: Vec<_> =
            checkpoint.map_or(Vec::new(), |(_, parts)| parts.values().cloned().collect());
        let commits = commits.split_off(&first);
        let missing = (first..).zip(commits.keys()).find(|(expected, found)| expected != *found);
        let is_told = missing.is_none() && (!checkpoint.is_empty() || !commits.is_empty());
        if !is_told && newest_other.is_some_and(|version| first <= version) {
            return Err(refused(folder, "has a checkpoint of version 2"));
        }
        if let Some((expected, _)) = missing {
            return Err(damaged(&name, format!("version {expected} of the log is missing")));
        }
        let version = commits.keys().next_back().copied().unwrap_or(first.saturating_sub(1));
        if !is_told {
            return Err(damaged(&name, "its log has no version"));
        }
        Ok(Self { version, checkpoint, commits })
    }
}

/// What a file of a log is by its name.
enum LogFile {
    Commit(u64),
    Checkpoint {
        version: u64,
        part: u64,
        n_parts: u64,
    },
    /// With an id in its name: of the second version.
    OtherCheckpoint(u64),
}

impl LogFile {
    fn of(path: &Path) -> Option<Self> {
        let name = path.file_name()?.to_str()?;
        let (version, rest) = name.split_once('.')?;
        let number =
            |text: &str| text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok())?;
        let version = (version.len() == 20).then(|| number(version))??;
        match rest.split('.').collect::<Vec<_>>()[..] {
            ["json"] => Some(Self::Commit(version)),
            ["checkpoint", "parquet"] => Some(Self::Checkpoint { version, part: 1, n_parts: 1 }),
            ["checkpoint", part, n_parts, "parquet"] => {
                let (part, n_parts) = (number(part)?, number(n_parts)?);
                (1..=n_parts).contains(&part).then_some(Self::Checkpoint { version, part, n_parts })
            }
            ["checkpoint", _, "parquet" | "json"] => Some(Self::OtherCheckpoint(version)),
            _ => None,
        }
    }
}

/// The table as far as the log was read.
struct State<'a> {
    folder: &'a Path,
    limits: &'a Limits,
    live: BTreeMap<(String, String), FileAction>,
    metadata: Option<MetaData>,
    protocol: Option<Protocol>,
}

impl<'a> State<'a> {
    fn new(folder: &'a Path, limits: &'a Limits) -> Self {
        Self { folder, limits, live: BTreeMap::new(), metadata: None, protocol: None }
    }

    fn apply(&mut self, action: Action) -> Result<(), IngestError> {
        if action.sidecar.is_some() {
            return Err(refused(self.folder, "has a checkpoint of version 2 (`sidecar`)"));
        }
        if let Some(file) = action.remove {
            self.live.remove(&file.key());
        }
        if let Some(file) = action.add {
            self.live.insert(file.key(), file);
            if self.limits.max_files < self.live.len() {
                return Err(too_many_files(self.folder, self.live.len(), self.limits));
            }
        }
        self.metadata = action.meta_data.or(self.metadata.take());
        self.protocol = action.protocol.or(self.protocol.take());
        Ok(())
    }

    fn into_parts(self) -> Result<Vec<Part>, IngestError> {
        let name = self.folder.join("_delta_log").display().to_string();
        let (Some(metadata), Some(protocol)) = (&self.metadata, &self.protocol) else {
            return Err(damaged(&name, "its log has no `metaData` or no `protocol`"));
        };
        check_protocol(self.folder, protocol)?;
        let columns = columns(self.folder, metadata)?;
        if let Some(file) = self.live.values().find(|file| file.deletion_vector.is_some()) {
            let what = format!("has deletion vectors, such as that of `{}`", file.path);
            return Err(refused(self.folder, &what));
        }
        if self.live.is_empty() {
            return Err(IngestError::Format {
                path: self.folder.display().to_string(),
                what: "is a Delta table without rows".to_owned(),
                hint: "check that this is the right table".to_owned(),
            });
        }
        let part = |file: FileAction| {
            let path = self.folder.join(relative(self.folder, &file.path)?);
            let values = file.partition_values.unwrap_or_default().into_iter();
            // An empty text stands for none.
            let folders = values.map(|(key, value)| (key, value.filter(|value| !value.is_empty()))).collect();
            Ok(Part { path, format: Format::Parquet, folders, columns: Arc::clone(&columns) })
        };
        self.live.into_values().map(part).collect()
    }
}

fn check_protocol(folder: &Path, protocol: &Protocol) -> Result<(), IngestError> {
    if !(1..=3).contains(&protocol.min_reader_version) {
        let what = format!("needs reader version {}, expected 1 to 3", protocol.min_reader_version);
        return Err(refused(folder, &what));
    }
    let mut features = protocol.reader_features.iter().flatten();
    match features.find(|feature| !HARMLESS.contains(&feature.as_str())) {
        Some(feature) => Err(refused(folder, &format!("needs the feature `{feature}`"))),
        None => Ok(()),
    }
}

/// The columns of the table, which a file written before them lacks.
fn columns(folder: &Path, metadata: &MetaData) -> Result<Arc<[String]>, IngestError> {
    let setting = |key: &str| metadata.configuration.as_ref()?.get(key)?.as_deref();
    if let Some(mode) = setting("delta.columnMapping.mode").filter(|&mode| mode != "none") {
        return Err(refused(folder, &format!("maps its columns (`delta.columnMapping.mode` = `{mode}`)")));
    }
    if let Some(format) = metadata.format.as_ref().filter(|format| format.provider != "parquet") {
        return Err(refused(folder, &format!("has files of the format `{}`", format.provider)));
    }
    let broken = || damaged(&folder.join("_delta_log").display().to_string(), "its schema cannot be read");
    let schema: Value = serde_json::from_str(&metadata.schema_string).map_err(|_| broken())?;
    if has_variant(&schema) {
        return Err(refused(folder, "has a column of the type `variant`"));
    }
    let fields = schema.get("fields").and_then(Value::as_array).ok_or_else(broken)?;
    let name = |field: &Value| Some(field.get("name")?.as_str()?.to_owned());
    fields.iter().map(name).collect::<Option<_>>().ok_or_else(broken)
}

fn has_variant(schema: &Value) -> bool {
    match schema {
        Value::Object(object) => object.iter().any(|(key, value)| match (key.as_str(), value) {
            ("type" | "elementType" | "keyType" | "valueType", Value::String(name)) => name == "variant",
            // Whatever writers keep beside a column.
            ("metadata", _) => false,
            _ => has_variant(value),
        }),
        Value::Array(values) => values.iter().any(has_variant),
        _ => false,
    }
}

/// The path of a file below the table. It is an address, so it is percent-encoded.
fn relative(folder: &Path, encoded: &str) -> Result<PathBuf, IngestError> {
    let path = PathBuf::from(unescape(encoded));
    let is_below = path.components().all(|component| matches!(component, Component::Normal(_)));
    if is_below && !encoded.contains("://") && !path.as_os_str().is_empty() {
        return Ok(path);
    }
    Err(refused(folder, &format!("has a file outside its folder, `{encoded}`")))
}

fn too_many_files(folder: &Path, found: usize, limits: &Limits) -> IngestError {
    IngestError::Limit {
        file: folder.display().to_string(),
        what: "files",
        found: found as u64,
        limit: limits.max_files as u64,
        setting: "max_files",
    }
}

fn refused(folder: &Path, what: &str) -> IngestError {
    IngestError::Format {
        path: folder.display().to_string(),
        what: format!("is a Delta table that {what}, which is not supported"),
        hint: format!("write it as plain Parquet, and use that: `{}`", Lake::Delta.command(folder)),
    }
}
