//! A file of a table, opened as Parquet: the file itself where it is, else what it was rewritten as.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow_schema::{DataType, Field, FieldRef, Fields, Schema, TimeUnit};
use erbij_core::TimeZone;
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions};
use parquet::basic::Type as PhysicalType;
use parquet::file::metadata::ParquetMetaData;
use parquet::schema::types::SchemaDescriptor;

use super::unnest::Plan;
use super::{Rewritten, bare, csv};
use crate::footer::{self, guarded};
use crate::parts::{Format, Part};
use crate::{IngestError, Limits};

/// A file whose footer was found good.
#[derive(Clone)]
pub(crate) struct Opened {
    /// The file that was given.
    pub(crate) name: String,
    /// Columns that are the same in all its rows.
    pub(crate) folders: Vec<(String, Option<String>)>,
    /// What it was rewritten as; then `path` is there.
    pub(crate) rewritten: Option<Arc<Rewritten>>,
    /// Where it is read.
    pub(crate) path: PathBuf,
    metadata: ArrowReaderMetadata,
    n_bytes: u64,
}

impl Opened {
    /// Opens a file; a text is rewritten. O(columns and row groups), of a text O(bytes).
    pub(crate) fn open(part: &Part, limits: &Limits) -> Result<Self, IngestError> {
        let name = part.path.display().to_string();
        let rewritten = match part.format {
            Format::Parquet => None,
            Format::Text => Some(csv::rewrite(&part.path, &name, limits)?),
        };
        let rewritten = rewritten.map(Arc::new);
        let path = rewritten.as_deref().map_or(part.path.as_path(), Rewritten::path).to_owned();
        let (metadata, n_bytes) = read_footer(&path, &name, limits)?;
        let folders = part.folders_of(metadata.schema().fields());
        Ok(Self { name, folders, rewritten, path, metadata, n_bytes })
    }

    /// The same file with its nested columns made flat.
    pub(crate) fn unnest(self, plan: &Plan, limits: &Limits) -> Result<Self, IngestError> {
        let rewritten = plan.rewrite(&self.path, &self.name, (&self.metadata, self.n_bytes), limits)?;
        let path = rewritten.path().to_owned();
        let (metadata, n_bytes) = read_footer(&path, &self.name, limits)?;
        Ok(Self { rewritten: Some(Arc::new(rewritten)), path, metadata, n_bytes, ..self })
    }

    /// The same file, rewritten once more.
    pub(super) fn rewritten_as(
        &self,
        rewritten: Arc<Rewritten>,
        limits: &Limits,
    ) -> Result<Self, IngestError> {
        let path = rewritten.path().to_owned();
        let (metadata, n_bytes) = read_footer(&path, &self.name, limits)?;
        let (name, folders) = (self.name.clone(), self.folders.clone());
        Ok(Self { name, folders, rewritten: Some(rewritten), path, metadata, n_bytes })
    }

    pub(super) fn arrow_metadata(&self) -> &ArrowReaderMetadata {
        &self.metadata
    }

    pub(crate) fn metadata(&self) -> &Arc<ParquetMetaData> {
        self.metadata.metadata()
    }

    pub(crate) fn schema(&self) -> &Arc<Schema> {
        self.metadata.schema()
    }

    /// The zones of instants, by the position of the column, where the file names one. Parquet itself knows UTC alone,
    /// so the schema that Arrow writers leave is asked, where an instant may be in UTC; what else it says is not used,
    /// and one that is broken says nothing.
    pub(crate) fn time_zones(&self) -> BTreeMap<usize, TimeZone> {
        let is_in_utc = |field: &FieldRef| matches!(field.data_type(), DataType::Timestamp(_, Some(_)));
        let descriptor = self.metadata().file_metadata().schema_descr();
        if !self.schema().fields().iter().any(is_in_utc) && !has_int96(descriptor) {
            return BTreeMap::new();
        }
        let read = || ArrowReaderMetadata::try_new(Arc::clone(self.metadata()), ArrowReaderOptions::new());
        let Ok(read) = guarded(&self.name, read) else { return BTreeMap::new() };
        let zone_of = |field: &FieldRef| match field.data_type() {
            DataType::Timestamp(_, Some(zone)) if !names_utc(zone) => TimeZone::named(zone).ok(),
            _ => None,
        };
        let fields = read.schema().fields().iter().enumerate();
        fields.filter_map(|(position, field)| Some((position, zone_of(field)?))).collect()
    }

    /// Checks the columns of Parquet that will be read.
    pub(crate) fn check(&self, is_read: impl Fn(usize) -> bool, limits: &Limits) -> Result<(), IngestError> {
        footer::check_leaves(&self.path, &self.name, (self.metadata(), self.n_bytes), &is_read, limits)?;
        bare::refuse(&self.path, &self.name, &self.metadata, is_read)
    }
}

/// Whether a zone is UTC by another name: of no place, and so not the shop's.
fn names_utc(zone: &str) -> bool {
    const ALIASES: [&str; 6] = ["UTC", "UCT", "GMT", "Zulu", "Universal", "Greenwich"];
    zone.starts_with("Etc/") || ALIASES.iter().any(|alias| alias.eq_ignore_ascii_case(zone))
}

fn read_footer(path: &Path, name: &str, limits: &Limits) -> Result<(ArrowReaderMetadata, u64), IngestError> {
    let (metadata, n_bytes) = footer::open(path, name, limits)?;
    // The schema that Arrow writers leave beside Parquet's own is not trusted, nor needed.
    let options = ArrowReaderOptions::new().with_skip_arrow_metadata(true);
    let read = guarded(name, || ArrowReaderMetadata::try_new(Arc::clone(&metadata), options))?;
    let descriptor = metadata.file_metadata().schema_descr();
    if !has_int96(descriptor) {
        return Ok((read, n_bytes));
    }
    let schema = Arc::new(Schema::new(in_micros(read.schema().fields(), descriptor, &mut 0)));
    let options = ArrowReaderOptions::new().with_schema(schema);
    Ok((guarded(name, || ArrowReaderMetadata::try_new(metadata, options))?, n_bytes))
}

fn has_int96(descriptor: &SchemaDescriptor) -> bool {
    (0..descriptor.num_columns()).any(|leaf| descriptor.column(leaf).physical_type() == PhysicalType::INT96)
}

/// Instants of 96 bits as microseconds: into nanoseconds of 64 bits those before 1677 and after 2262 do not fit.
fn in_micros(fields: &Fields, descriptor: &SchemaDescriptor, leaf: &mut usize) -> Fields {
    let typed = |field: &FieldRef| in_micros_of(field, descriptor, leaf);
    fields.iter().map(typed).collect()
}

fn in_micros_of(field: &FieldRef, descriptor: &SchemaDescriptor, leaf: &mut usize) -> FieldRef {
    let data_type = match field.data_type() {
        DataType::Struct(fields) => DataType::Struct(in_micros(fields, descriptor, leaf)),
        DataType::List(inner) => DataType::List(in_micros_of(inner, descriptor, leaf)),
        DataType::Map(inner, is_sorted) => DataType::Map(in_micros_of(inner, descriptor, leaf), *is_sorted),
        other => {
            let at = *leaf;
            *leaf += 1;
            let is_int96 =
                at < descriptor.num_columns() && descriptor.column(at).physical_type() == PhysicalType::INT96;
            match other {
                DataType::Timestamp(_, zone) if is_int96 => {
                    DataType::Timestamp(TimeUnit::Microsecond, zone.clone())
                }
                other => other.clone(),
            }
        }
    };
    Arc::new(Field::clone(field).with_data_type(data_type))
}
