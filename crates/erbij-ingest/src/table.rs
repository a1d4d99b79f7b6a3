//! A table on disk: its files opened, its columns chosen, its rows handed out in batches.
//!
//! Rows have one order: files by path, rows as they stand in them. Each reader asks for the columns it needs
//! and gets nothing else decoded, so several readers can go through one table at once, a task each.

use std::collections::{BTreeMap, BTreeSet};

use erbij_core::TimeZone;
use parquet::file::statistics::Statistics;
use rayon::prelude::*;

use crate::batch::Batch;
use crate::elsewhere::Elsewhere;
use crate::flat;
use crate::flat::opened::Opened;
use crate::left_out::Filter;
use crate::meaning::Meaning;
use crate::names::TableSpec;
use crate::parts::Listing;
use crate::profiles::{self, Profiled};
use crate::schema::{self, Source};
use crate::settings::{MOST_ROWS, ProfileRules, TableSettings};
use crate::table_file::{TableFile, choose};
use crate::values::Unread;
use crate::{IngestError, Settings, files};

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
    pub(crate) fn open(
        spec: &'static TableSpec,
        source: &str,
        settings: &Settings,
    ) -> Result<Self, IngestError> {
        let limits = &settings.limits;
        let Listing { parts, mut hints } = files::list(source, limits)?;
        let opened: Vec<Result<_, IngestError>> =
            parts.into_par_iter().map(|part| Opened::open(&part, limits)).collect();
        let mut files = opened.into_iter().collect::<Result<Vec<_>, _>>()?;
        let settings = settings.tables.get(spec.name);
        if !settings.wide.is_empty() {
            files = flat::wide::unfold(spec.name, files, &settings.wide, limits)?;
        }
        for join in &settings.join {
            let (joined, told) = flat::join::join(spec.name, files, join, limits)?;
            files = joined;
            hints.extend(told);
        }
        Ok(Self { files, hints })
    }

    /// These files, and those of another source behind them.
    pub(crate) fn followed_by(mut self, more: Self) -> Self {
        self.files.extend(more.files);
        self.hints.extend(more.hints);
        self
    }

    /// The columns of the first file, those in structs by their paths.
    pub(crate) fn names(&self) -> Vec<String> {
        self.files.first().map_or_else(Vec::new, |file| flat::nested::names(file.schema().fields()))
    }
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
        let Profiled { settings, rules, hint, elsewhere } =
            profiles::of_table(spec.name, settings, &source.names());
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
            let (mut file, resolved) = chosen.map_err(|error| error.with_elsewhere(&elsewhere))?;
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
        let first = table.files.first().map_or("", |file| file.name.as_str());
        let lacks = |of: &&Elsewhere| !table.columns.contains_key(&of.without);
        let told: Vec<String> = elsewhere.iter().filter(lacks).map(|of| of.told(first)).collect();
        table.hints.extend(told);
        let rewritten = table.files.iter().filter_map(|file| Some((file, file.rewritten.as_ref()?)));
        let notes = rewritten.flat_map(|(file, of)| of.notes.iter().map(|note| (file.name.as_str(), note)));
        table.hints.extend(flat::hints(notes));
        Ok(table)
    }

    /// How many rows all files have.
    pub(crate) fn n_rows(&self) -> u64 {
        self.files.last().map_or(0, |file| file.first_row + file.n_rows)
    }

    /// The first row of a file by its number among all; of the file behind the last, how many rows there are.
    pub(crate) fn first_row(&self, file: usize) -> u64 {
        self.files.get(file).map_or(self.n_rows(), |file| file.first_row)
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
