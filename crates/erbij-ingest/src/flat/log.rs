//! The actions of a Delta log, as a commit's JSON lines and a checkpoint's Parquet rows tell them.
//!
//! Only what decides which files are the table is read: see "Actions" in Delta's PROTOCOL.md.

use std::collections::{BTreeMap, HashSet};
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::sync::Arc;

use parquet::file::serialized_reader::SerializedFileReader;
use parquet::record::reader::RowIter;
use parquet::record::{Field, Row};
use parquet::schema::types::Type;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;

use crate::footer::{self, damaged, guarded};
use crate::{IngestError, Limits};

/// One line of a commit, one row of a checkpoint: one of these is there.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Action {
    pub(super) add: Option<FileAction>,
    pub(super) remove: Option<FileAction>,
    pub(super) meta_data: Option<MetaData>,
    pub(super) protocol: Option<Protocol>,
    /// A checkpoint's pointer to a file with more of it.
    pub(super) sidecar: Option<IgnoredAny>,
}

/// A file that enters or leaves the table.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct FileAction {
    /// A relative path or an address, percent-encoded.
    pub(super) path: String,
    #[serde(default)]
    pub(super) partition_values: Option<BTreeMap<String, Option<String>>>,
    #[serde(default)]
    pub(super) deletion_vector: Option<DeletionVector>,
}

/// Which rows of a file are deleted; here only whether it is the same one.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct DeletionVector {
    #[serde(default)]
    storage_type: String,
    #[serde(default)]
    path_or_inline_dv: String,
    #[serde(default)]
    offset: Option<i64>,
}

impl FileAction {
    /// What makes a file of the log the same one again: its path and what is deleted of it.
    pub(super) fn key(&self) -> (String, String) {
        let deleted = self.deletion_vector.as_ref().map_or(String::new(), |vector| {
            let at = vector.offset.map_or(String::new(), |offset| format!("@{offset}"));
            format!("{}{}{at}", vector.storage_type, vector.path_or_inline_dv)
        });
        (self.path.clone(), deleted)
    }
}

/// What the table is.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct MetaData {
    pub(super) schema_string: String,
    #[serde(default)]
    pub(super) configuration: Option<BTreeMap<String, Option<String>>>,
    #[serde(default)]
    pub(super) format: Option<FileFormat>,
}

/// How its files are written.
#[derive(Debug, Deserialize)]
pub(super) struct FileFormat {
    pub(super) provider: String,
}

/// What a reader must know.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Protocol {
    pub(super) min_reader_version: i64,
    #[serde(default)]
    pub(super) reader_features: Option<Vec<String>>,
}

/// Hands out the actions of a commit.
pub(super) fn read_commit(
    path: &Path,
    limits: &Limits,
    mut each: impl FnMut(Action) -> Result<(), IngestError>,
) -> Result<(), IngestError> {
    let name = path.display().to_string();
    let io = |source| IngestError::Io { file: name.clone(), source };
    let mut file = BufReader::new(File::open(path).map_err(io)?);
    let mut line = Vec::new();
    for n_line in 1_u64.. {
        line.clear();
        let n_bytes = file.by_ref().take(limits.max_footer_bytes).read_until(b'\n', &mut line).map_err(io)?;
        if n_bytes == 0 {
            break;
        }
        if n_bytes as u64 == limits.max_footer_bytes && line.last() != Some(&b'\n') {
            return Err(IngestError::Limit {
                file: name,
                what: "bytes of metadata or more",
                found: n_bytes as u64,
                limit: limits.max_footer_bytes,
                setting: "max_footer_bytes",
            });
        }
        if line.trim_ascii().is_empty() {
            continue;
        }
        let action = serde_json::from_slice(&line);
        each(
            action.map_err(|error| damaged(&name, format!("line {n_line} is not a log action ({error})")))?,
        )?;
    }
    Ok(())
}

/// Columns of a checkpoint that are read; of `add` not the statistics, which are most of it.
const READ: [&str; 4] = ["add", "metaData", "protocol", "sidecar"];
const READ_OF_ADD: [&str; 3] = ["path", "partitionValues", "deletionVector"];

/// Hands out the actions of a checkpoint's file. Removed files stand there too, for who cleans up; they are passed over.
pub(super) fn read_checkpoint(
    path: &Path,
    limits: &Limits,
    mut each: impl FnMut(Action) -> Result<(), IngestError>,
) -> Result<(), IngestError> {
    let name = path.display().to_string();
    let (metadata, n_bytes) = footer::open(path, &name, limits)?;
    let schema = metadata.file_metadata().schema_descr();
    let wanted = |path: &[String]| match path {
        [root, child, ..] if root == "add" => READ_OF_ADD.contains(&child.as_str()),
        [root, ..] => READ.contains(&root.as_str()),
        [] => false,
    };
    let leaves: HashSet<usize> =
        (0..schema.num_columns()).filter(|&leaf| wanted(schema.column(leaf).path().parts())).collect();
    footer::check_leaves(path, &name, (&metadata, n_bytes), |leaf| leaves.contains(&leaf), limits)?;
    let projection = guarded(&name, || projection(schema.root_schema()))?;
    let io = |source| IngestError::Io { file: name.clone(), source };
    let reader = SerializedFileReader::new(File::open(path).map_err(io)?);
    let reader = reader.map_err(|source| IngestError::Parquet { file: name.clone(), source })?;
    let mut rows = guarded(&name, || RowIter::from_file_into(Box::new(reader)).project(Some(projection)))?;
    while let Some(row) = guarded(&name, || rows.next().transpose())? {
        let action = serde_json::from_value(object(&row));
        each(action.map_err(|error| damaged(&name, format!("a row is not a log action ({error})")))?)?;
    }
    Ok(())
}

/// The schema with nothing but what is read.
fn projection(root: &Type) -> Result<Type, parquet::errors::ParquetError> {
    let mut kept = Vec::new();
    for field in root.get_fields().iter().filter(|field| READ.contains(&field.name())) {
        if field.name() != "add" || !field.is_group() {
            kept.push(Arc::clone(field));
            continue;
        }
        let children = field.get_fields().iter().filter(|child| READ_OF_ADD.contains(&child.name()));
        let info = field.get_basic_info();
        let add = Type::group_type_builder("add")
            .with_repetition(info.repetition())
            .with_fields(children.cloned().collect())
            .build()?;
        kept.push(Arc::new(add));
    }
    Type::group_type_builder(root.name()).with_fields(kept).build()
}

fn object(row: &Row) -> Value {
    Value::Object(row.get_column_iter().map(|(name, field)| (name.clone(), value(field))).collect())
}

/// A value as JSON would have it; of other types than a log has, nothing.
fn value(field: &Field) -> Value {
    match field {
        Field::Bool(value) => Value::from(*value),
        Field::Int(value) => Value::from(*value),
        Field::Long(value) => Value::from(*value),
        Field::Str(value) => Value::from(value.as_str()),
        Field::Group(row) => object(row),
        Field::ListInternal(list) => Value::Array(list.elements().iter().map(value).collect()),
        Field::MapInternal(map) => {
            let entry = |(key, of_key): &(Field, Field)| match key {
                Field::Str(key) => Some((key.clone(), value(of_key))),
                _ => None,
            };
            Value::Object(map.entries().iter().filter_map(entry).collect())
        }
        _ => Value::Null,
    }
}
