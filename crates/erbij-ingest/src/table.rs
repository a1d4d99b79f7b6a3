//! A table on disk: its files opened, its columns chosen, its rows handed out in batches.
//!
//! Rows have one order: files by path, rows as they stand in them. Each reader asks for the columns it needs
//! and gets nothing else decoded, so several readers can go through one table at once, a task each.

use std::collections::{BTreeMap, BTreeSet};
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
use rayon::prelude::*;

use crate::files::Listing;
use crate::flat::opened::Opened;
use crate::flat::{self, Rewritten};
use crate::footer::{damaged, guarded};
use crate::left_out::Filter;
use crate::meaning::Meaning;
use crate::names::{Kind, TableSpec};
use crate::profiles::{self, Profiled};
use crate::schema::{self, Offer, Source};
use crate::settings::{MOST_ROWS, ProfileRules, TableSettings};
use crate::values::{Unread, first_of, plain, together};
use crate::{IngestError, Limits, Settings, files};

/// Rows decoded at a time: large enough to forget the cost of a call, small enough for the cache.
const BATCH_ROWS: usize = 1 << 16;

/// A table whose files are opened and whose columns are known.
pub(crate) struct Table {
    spec: &'static TableSpec,
    pub(crate) files: Vec<TableFile>,
    /// Name here to name there, over all files.
    pub(crate) columns: BTreeMap<String, String>,
    /// Name here of instants to the zone that the first file names which names one.
    time_zones: BTreeMap<&'static str, TimeZone>,
    /// Columns that are not read.
    pub(crate) ignored: BTreeSet<String>,
    /// What people should know about the choice of columns.
    pub(crate) hints: BTreeSet<String>,
    /// Columns that an item's id could stand in, best first, where nothing else says which; of the first file.
    pub(crate) item_candidates: Vec<String>,
    /// Which rows are left out because the settings say so.
    pub(crate) filter: Filter,
    /// The rules of the profile that the files have.
    pub(crate) rules: ProfileRules,
    /// What is said of the table, by the settings or by a profile.
    pub(crate) settings: TableSettings,
}

/// The files of a source, opened and not yet understood.
pub(crate) struct TableFiles {
    pub(crate) files: Vec<Opened>,
    hints: Vec<String>,
}

impl TableFiles {
    /// Opens all files of a source, in parallel; those that are no flat Parquet are rewritten.
    pub(crate) fn open(source: &str, limits: &Limits) -> Result<Self, IngestError> {
        let Listing { parts, hints } = files::list(source, limits)?;
        let opened: Vec<Result<_, IngestError>> =
            parts.into_par_iter().map(|part| Opened::open(&part, limits)).collect();
        Ok(Self { files: opened.into_iter().collect::<Result<_, _>>()?, hints })
    }

    /// The columns of the first file, those in structs by their paths.
    fn names(&self) -> Vec<String> {
        self.files.first().map_or_else(Vec::new, |file| flat::nested::names(file.schema().fields()))
    }
}

pub(crate) struct TableFile {
    spec: &'static TableSpec,
    path: PathBuf,
    name: String,
    /// What it was rewritten as, where it is no flat Parquet file; then `path` is there.
    rewritten: Option<Arc<Rewritten>>,
    pub(crate) metadata: Arc<ParquetMetaData>,
    schema: SchemaRef,
    sources: Vec<Source>,
    time_zones: BTreeMap<&'static str, TimeZone>,
    first_row: u64,
    n_rows: u64,
}

/// Some rows of a table.
pub(crate) struct Batch {
    /// The number of its first row, counted over all files.
    pub(crate) first_row: u64,
    /// How many rows.
    pub(crate) n_rows: usize,
    /// The columns asked for, in that order; none where the file has no such column.
    pub(crate) columns: Vec<Option<ArrayRef>>,
}

impl Table {
    /// Chooses the columns of each file of a source, in parallel.
    pub(crate) fn open(
        spec: &'static TableSpec,
        source: &TableFiles,
        settings: &Settings,
    ) -> Result<Self, IngestError> {
        let limits = &settings.limits;
        schema::check_mapping(spec, settings.tables.get(spec.name))?;
        let Profiled { settings, rules, hint } = profiles::of_table(spec.name, settings, &source.names());
        let chosen: Vec<Result<_, IngestError>> =
            source.files.par_iter().map(|opened| choose(spec, opened.clone(), &settings, limits)).collect();
        let mut table = Self {
            spec,
            files: Vec::with_capacity(chosen.len()),
            columns: BTreeMap::new(),
            time_zones: BTreeMap::new(),
            ignored: BTreeSet::new(),
            hints: source.hints.iter().cloned().chain(hint).collect(),
            item_candidates: Vec::new(),
            filter: Filter::new(spec.columns.len(), &settings),
            rules,
            settings,
        };
        let mut n_rows = 0;
        // In the order of the files, so that of several errors the same one is told every time.
        for chosen in chosen {
            let (mut file, resolved) = chosen?;
            file.first_row = n_rows;
            n_rows += file.n_rows;
            let limit = limits.max_rows.min(MOST_ROWS);
            if limit < n_rows {
                return Err(IngestError::Limit {
                    file: file.name,
                    what: "rows up to its end",
                    found: n_rows,
                    limit,
                    setting: "max_rows",
                });
            }
            for (name, column) in resolved.columns {
                table.columns.entry(name).or_insert(column);
            }
            for (name, zone) in &file.time_zones {
                table.time_zones.entry(name).or_insert_with(|| zone.clone());
            }
            if table.files.is_empty() {
                table.item_candidates = resolved.item_candidates;
            }
            table.ignored.extend(resolved.ignored);
            table.hints.extend(resolved.hints);
            table.files.push(file);
        }
        let rewritten = table.files.iter().filter_map(|file| Some((file, file.rewritten.as_ref()?)));
        let notes = rewritten.flat_map(|(file, of)| of.notes.iter().map(|note| (file.name.as_str(), note)));
        table.hints.extend(flat::hints(notes));
        Ok(table)
    }

    /// How many rows all files have.
    pub(crate) fn n_rows(&self) -> u64 {
        self.files.last().map_or(0, |file| file.first_row + file.n_rows)
    }

    /// Room for a value of every row: asked for at once, so that a footer that promises more rows than there is
    /// memory for is an error.
    pub(crate) fn room<T>(&self) -> Result<Vec<T>, IngestError> {
        let mut values = Vec::new();
        match values.try_reserve_exact(self.n_rows() as usize) {
            Ok(()) => Ok(values),
            Err(_) => Err(IngestError::Memory { table: self.name(), n_rows: self.n_rows() }),
        }
    }

    /// The names of the files, in order.
    pub(crate) fn file_names(&self) -> Vec<String> {
        self.files.iter().map(|file| file.name.clone()).collect()
    }

    /// The file of a row, and the row's number in it, from 1.
    pub(crate) fn place(&self, row: u64) -> (&str, u64) {
        let file = self.files.partition_point(|file| file.first_row + file.n_rows <= row);
        let file = &self.files[file.min(self.files.len() - 1)];
        let row = row - file.first_row;
        let row = file.rewritten.as_ref().map_or(row, |rewritten| rewritten.original_row(row));
        (&file.name, row + 1)
    }

    /// The zone that the files name for a column of instants, where they name another than UTC.
    pub(crate) fn time_zone(&self, name: &str) -> Option<&TimeZone> {
        self.time_zones.get(name)
    }

    /// Whether any file has this column.
    pub(crate) fn has(&self, column: usize) -> bool {
        self.files.iter().any(|file| file.sources[column] != Source::Absent)
    }

    /// The range of a whole-number column as the footers state it, where all of them do. A promise only.
    pub(crate) fn range(&self, column: usize) -> Option<(i64, i64)> {
        let mut range: Option<(i64, i64)> = None;
        for file in &self.files {
            let Source::Column(root) = file.sources[column] else { return None };
            let leaf = file.leaf(root)?;
            for group in file.metadata.row_groups() {
                let (min, max) = match group.column(leaf).statistics()? {
                    Statistics::Int32(of) => (i64::from(*of.min_opt()?), i64::from(*of.max_opt()?)),
                    Statistics::Int64(of) => (*of.min_opt()?, *of.max_opt()?),
                    _ => return None,
                };
                range = Some(range.map_or((min, max), |(low, high)| (low.min(min), high.max(max))));
            }
        }
        range
    }

    /// Hands out the rows of the first row group that has any.
    pub(crate) fn sample(
        &self,
        columns: &[usize],
        mut each: impl FnMut(&Batch) -> Result<(), String>,
    ) -> Result<(), IngestError> {
        for file in &self.files {
            let has_rows = |&group: &usize| 0 < file.metadata.row_group(group).num_rows();
            if let Some(group) = (0..file.metadata.num_row_groups()).find(has_rows) {
                return file.scan_group(group, columns, file.first_row, &mut each);
            }
        }
        Ok(())
    }

    /// Hands out all rows in order, with these columns of each.
    ///
    /// What `each` says against a batch becomes an error about its file.
    pub(crate) fn scan(
        &self,
        columns: &[usize],
        mut each: impl FnMut(&Batch) -> Result<(), String>,
    ) -> Result<(), IngestError> {
        for file in &self.files {
            let mut first_row = file.first_row;
            for group in 0..file.metadata.num_row_groups() {
                let n_rows = file.metadata.row_group(group).num_rows() as u64;
                file.scan_group(group, columns, first_row, &mut each)?;
                first_row += n_rows;
            }
        }
        Ok(())
    }

    /// What is said of a column, by its name here.
    pub(crate) fn meaning(&self, name: &str) -> Option<&Meaning> {
        self.settings.meaning(name)
    }

    /// Refuses a column of which nothing was understood and something should have been.
    pub(crate) fn refuse_unread(&self, name: &'static str, unread: &Unread) -> Result<(), IngestError> {
        if unread.n_rows == 0 || 0 < unread.n_read {
            return Ok(());
        }
        Err(IngestError::NoWordUnderstood {
            file: self.files.first().map_or_else(String::new, |file| file.name.clone()),
            table: self.name(),
            name,
            column: self.columns.get(name).cloned().unwrap_or_default(),
            words: unread.words(),
        })
    }

    /// The table's name.
    pub(crate) fn name(&self) -> &'static str {
        self.spec.name
    }
}

impl TableFile {
    /// The leaf of a root column that is not nested.
    fn leaf(&self, root: usize) -> Option<usize> {
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
            return Err(damaged(&self.name, format!("row group {group} holds other than {n_rows} rows")));
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
fn choose(
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
    let time_zones = time_zones(spec, &opened.name, opened.metadata(), roots);
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

/// The zones of instants, by the name of the column here, where the file names one. Parquet itself knows UTC alone, so
/// the schema that Arrow writers leave is asked; what else it says is not used, and one that is broken says nothing.
fn time_zones(
    spec: &'static TableSpec,
    name: &str,
    metadata: &Arc<ParquetMetaData>,
    sources: &[Source],
) -> BTreeMap<&'static str, TimeZone> {
    let read = || ArrowReaderMetadata::try_new(Arc::clone(metadata), ArrowReaderOptions::new());
    let Ok(read) = guarded(name, read) else { return BTreeMap::new() };
    let fields = read.schema().fields();
    let zone_of = |source: &Source| match source {
        Source::Column(position) => match fields.get(*position)?.data_type() {
            DataType::Timestamp(_, Some(zone)) if !names_utc(zone) => TimeZone::named(zone).ok(),
            _ => None,
        },
        _ => None,
    };
    let instants = spec.columns.iter().zip(sources).filter(|(column, _)| column.kind == Kind::Instant);
    instants.filter_map(|(column, source)| Some((column.name, zone_of(source)?))).collect()
}

/// Whether a zone is UTC by another name: of no place, and so not the shop's.
fn names_utc(zone: &str) -> bool {
    const ALIASES: [&str; 6] = ["UTC", "UCT", "GMT", "Zulu", "Universal", "Greenwich"];
    zone.starts_with("Etc/") || ALIASES.iter().any(|alias| alias.eq_ignore_ascii_case(zone))
}
