//! One file of a table: its columns chosen, its row groups handed out in batches.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::PathBuf;
use std::sync::Arc;

use arrow_array::{ArrayRef, DictionaryArray, Int32Array, StringArray};
use arrow_schema::{DataType, FieldRef, Schema, SchemaRef};
use erbij_core::TimeZone;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder,
};
use parquet::basic::Encoding;
use parquet::file::metadata::{ColumnChunkMetaData, ParquetMetaData};
use parquet::file::statistics::Statistics;

use crate::batch::Batch;
use crate::flat::opened::Opened;
use crate::flat::{self, Rewritten};
use crate::footer::{damaged, guarded};
use crate::names::{Kind, TableSpec};
use crate::schema::{self, Offer, Source};
use crate::settings::TableSettings;
use crate::values::{first_of, plain, together};
use crate::{IngestError, Limits};

/// Rows decoded at a time: large enough to forget the cost of a call, small enough for the cache.
const BATCH_ROWS: usize = 1 << 16;

/// One file of a table, and where each column of the table stands in it.
pub(crate) struct TableFile {
    pub(crate) spec: &'static TableSpec,
    pub(crate) path: PathBuf,
    pub(crate) name: String,
    /// What it was rewritten as, where it is no flat Parquet file; then `path` is there.
    pub(crate) rewritten: Option<Arc<Rewritten>>,
    pub(crate) metadata: Arc<ParquetMetaData>,
    pub(crate) schema: SchemaRef,
    pub(crate) sources: Vec<Source>,
    pub(crate) time_zones: BTreeMap<&'static str, TimeZone>,
    pub(crate) first_row: u64,
    pub(crate) n_rows: u64,
}

impl TableFile {
    /// The leaf of a root column that is not nested.
    pub(crate) fn leaf(&self, root: usize) -> Option<usize> {
        leaf(&self.metadata, root)
    }

    pub(crate) fn scan_group(
        &self,
        group: usize,
        columns: &[usize],
        first_row: u64,
        each: &mut impl FnMut(&Batch) -> Result<(), String>,
    ) -> Result<(), IngestError> {
        let n_rows = self.metadata.row_group(group).num_rows() as u64;
        let mut roots: Vec<usize> =
            columns.iter().flat_map(|&column| self.sources[column].roots()).copied().collect();
        roots.sort_unstable();
        roots.dedup();
        let mut reader = match roots.is_empty() {
            true => None,
            false => Some(guarded(&self.name, || self.reader(group, &roots))?),
        };
        let mut done = 0;
        while done < n_rows {
            let decoded = match &mut reader {
                None => None,
                Some(reader) => match guarded(&self.name, || Ok(reader.next().transpose()?))? {
                    Some(batch) => Some(batch),
                    None => break,
                },
            };
            let n_batch = decoded
                .as_ref()
                .map_or((n_rows - done).min(BATCH_ROWS as u64) as usize, |batch| batch.num_rows());
            let root = |root: &usize| {
                let position = roots.binary_search(root).ok()?;
                Some(plain(decoded.as_ref()?.column(position)))
            };
            let column = |&column: &usize| match &self.sources[column] {
                Source::Absent => Ok(None),
                Source::Column(at) => root(at).transpose(),
                Source::Columns(several) => {
                    let parts: Result<Vec<_>, _> = several.iter().filter_map(root).collect();
                    parts.and_then(|parts| together(&parts, self.spec.columns[column].kind)).map(Some)
                }
                Source::FirstOf(several) => {
                    let parts: Result<Vec<_>, _> = several.iter().filter_map(root).collect();
                    parts.and_then(|parts| first_of(&parts)).map(Some)
                }
                Source::Folder(value) => Ok(Some(repeated(value.as_deref(), n_batch))),
            };
            let read: Result<Vec<_>, String> = columns.iter().map(column).collect();
            let batch = Batch {
                first_row: first_row + done,
                n_rows: n_batch,
                columns: read.map_err(|what| damaged(&self.name, what))?,
            };
            done += n_batch as u64;
            if n_rows < done {
                break;
            }
            each(&batch).map_err(|what| damaged(&self.name, what))?;
        }
        if done != n_rows {
            return Err(damaged(&self.name, format!("row group {group} does not hold {n_rows} rows")));
        }
        Ok(())
    }

    fn reader(
        &self,
        group: usize,
        roots: &[usize],
    ) -> Result<ParquetRecordBatchReader, parquet::errors::ParquetError> {
        let fields: Vec<FieldRef> = self
            .schema
            .fields()
            .iter()
            .enumerate()
            .map(|(root, field)| match roots.binary_search(&root).ok().and_then(|_| self.leaf(root)) {
                Some(leaf) if field.data_type() == &DataType::Utf8 => {
                    let chunk = self.metadata.row_group(group).column(leaf);
                    Arc::new(field.as_ref().clone().with_data_type(text_type(chunk)))
                }
                _ => Arc::clone(field),
            })
            .collect();
        let schema = Arc::new(Schema::new_with_metadata(fields, self.schema.metadata().clone()));
        let options = ArrowReaderOptions::new().with_schema(schema);
        let metadata = ArrowReaderMetadata::try_new(Arc::clone(&self.metadata), options)?;
        // A file of its own for every reader: clones of one would share its position.
        let file = File::open(&self.path)?;
        let mask = ProjectionMask::roots(self.metadata.file_metadata().schema_descr(), roots.iter().copied());
        ParquetRecordBatchReaderBuilder::new_with_metadata(file, metadata)
            .with_row_groups(vec![group])
            .with_projection(mask)
            .with_batch_size(BATCH_ROWS)
            .build()
    }
}

/// How texts are asked for (bytes that only may be texts are left as they are, since the decoder would not
/// check them): as a dictionary where all pages have one, so that each text is looked at once
/// and not once a row, else as views.
fn text_type(chunk: &ColumnChunkMetaData) -> DataType {
    let dictionaries = chunk.dictionary_page_offset().is_some()
        && chunk.page_encoding_stats_mask().is_some_and(|mask| {
            mask.is_only(Encoding::RLE_DICTIONARY) || mask.is_only(Encoding::PLAIN_DICTIONARY)
        });
    match dictionaries {
        true => DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8)),
        false => DataType::Utf8View,
    }
}

/// The same text, or none, in every row.
fn repeated(value: Option<&str>, n_rows: usize) -> ArrayRef {
    let keys = match value {
        Some(_) => Int32Array::from_value(0, n_rows),
        None => Int32Array::new_null(n_rows),
    };
    let values = StringArray::from(vec![value.unwrap_or_default()]);
    Arc::new(DictionaryArray::new(keys, Arc::new(values)))
}

fn leaf(metadata: &ParquetMetaData, root: usize) -> Option<usize> {
    let schema = metadata.file_metadata().schema_descr();
    let mut leaves = (0..schema.num_columns()).filter(|&leaf| schema.get_column_root_idx(leaf) == root);
    let leaf = leaves.next()?;
    let flat = leaves.next().is_none() && schema.column(leaf).max_rep_level() == 0;
    flat.then_some(leaf)
}

/// Chooses the columns of a file, and checks them.
pub(crate) fn choose(
    spec: &'static TableSpec,
    mut opened: Opened,
    settings: &TableSettings,
    limits: &Limits,
) -> Result<(TableFile, schema::Resolved), IngestError> {
    let all_null = all_null(opened.metadata(), opened.schema().fields().len());
    let offer = Offer {
        file: &opened.name,
        fields: opened.schema().fields(),
        folders: &opened.folders,
        all_null: &all_null,
    };
    let (mut resolved, plan) = flat::nested::resolve(spec, settings, &offer)?;
    let sources = std::mem::take(&mut resolved.sources);
    let roots = plan.as_ref().map_or(&sources[..], |plan| plan.roots());
    let time_zones = time_zones(spec, &opened, roots);
    if let Some(plan) = plan {
        opened = opened.unnest(&plan, limits)?;
    }
    let (metadata, schema) = (Arc::clone(opened.metadata()), Arc::clone(opened.schema()));
    let descriptor = metadata.file_metadata().schema_descr();
    let is_read = |leaf: usize| {
        let root = descriptor.get_column_root_idx(leaf);
        sources.iter().any(|source| source.roots().contains(&root))
    };
    opened.check(is_read, limits)?;
    let groups = metadata.row_groups();
    let n_rows = groups.iter().fold(0_u64, |n, group| n.saturating_add(group.num_rows() as u64));
    let Opened { path, name, rewritten, .. } = opened;
    let file = TableFile {
        spec,
        path,
        name,
        rewritten,
        metadata,
        schema,
        sources,
        time_zones,
        first_row: 0,
        n_rows,
    };
    Ok((file, resolved))
}

/// By root column, whether it says in all row groups that it has no value. A promise only.
fn all_null(metadata: &ParquetMetaData, n_roots: usize) -> Vec<bool> {
    let is_null = |root: usize| {
        leaf(metadata, root).is_some_and(|leaf| {
            metadata.row_groups().iter().all(|group| {
                let n_null = group.column(leaf).statistics().and_then(Statistics::null_count_opt);
                n_null.is_some_and(|n_null| n_null == group.num_rows() as u64)
            })
        })
    };
    (0..n_roots).map(is_null).collect()
}

/// The zones of instants, by the name of the column here, where the file names one.
fn time_zones(
    spec: &'static TableSpec,
    opened: &Opened,
    sources: &[Source],
) -> BTreeMap<&'static str, TimeZone> {
    let zones = opened.time_zones();
    let zone_of = |source: &Source| match source {
        Source::Column(position) => zones.get(position).cloned(),
        _ => None,
    };
    let instants = spec.columns.iter().zip(sources).filter(|(column, _)| column.kind == Kind::Instant);
    instants.filter_map(|(column, source)| Some((column.name, zone_of(source)?))).collect()
}
