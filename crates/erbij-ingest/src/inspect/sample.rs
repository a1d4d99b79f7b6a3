//! Some rows of a table with all its columns, as texts: what a look at the data goes by.
//!
//! A table hands out the columns that its settings name; so all of its columns are named, as columns that rows could be
//! left out by. That reads them through the same door as everything else: CSV, lines in lists, folders, footers checked.

use std::collections::{BTreeMap, BTreeSet};

use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef};
use arrow_cast::cast;
use arrow_cast::display::array_value_to_string;
use arrow_schema::DataType;

use crate::flat::nested;
use crate::names::normalise;
use crate::names::{ColumnSpec, TableSpec};
use crate::settings::{OrderOf, Words};
use crate::table::{Table, TableFiles};
use crate::values::is_nothing;
use crate::{IngestError, Meaning, Settings};

/// How many rows are looked at.
const SAMPLE_ROWS: u64 = 1 << 16;
/// How many row groups are decoded for that.
const MOST_GROUPS: usize = 4;
/// Rows that a table hands out at a time.
const BATCH_ROWS: u64 = 1 << 16;
/// Letters of a value that are kept.
const MOST_CHARS: usize = 200;

/// The values of a column; none where there is no value.
pub(super) type Cells = Vec<Option<String>>;

/// Some rows of a table, in order, spread over its row groups.
pub(super) struct Sample {
    pub(super) n_rows: usize,
    pub(super) columns: BTreeMap<String, Cells>,
}

/// A table that was opened for a look.
pub(super) struct Look {
    /// Opened with what stands for a column that is missing.
    pub(super) table: Table,
    /// What each column that was found means, by its name here.
    pub(super) chosen: BTreeMap<&'static str, Meaning>,
    /// Required columns of which no name was recognised.
    pub(super) missing: Vec<&'static str>,
    /// The columns of each file, in the order of the first.
    pub(super) names: Vec<String>,
    pub(super) sample: Sample,
}

impl Look {
    /// Opens a table and reads some rows of it.
    pub(super) fn at(
        spec: &'static TableSpec,
        files: &TableFiles,
        settings: &Settings,
    ) -> Result<Self, IngestError> {
        let names = common_names(files);
        let (table, placed) = open(spec, files, settings, &names)?;
        let missing: Vec<&'static str> =
            spec.columns.iter().map(|column| column.name).filter(|name| placed.contains_key(name)).collect();
        let mut chosen = BTreeMap::new();
        for column in spec.columns {
            if let Some(there) = table.columns.get(column.name).filter(|_| !placed.contains_key(column.name))
            {
                let meaning =
                    table.settings.meaning(column.name).cloned().unwrap_or_else(|| Meaning::column(there));
                chosen.insert(column.name, meaning);
            } else if let Some(lent) = placed.values().find(|there| means(column, there)) {
                // It stood in the place of another, since the file has no further column.
                chosen.insert(column.name, Meaning::column(lent));
            }
        }
        let sample = sample(spec, files, settings, &table, &names)?;
        let names = names.into_iter().filter(|name| sample.columns.contains_key(name)).collect();
        Ok(Self { table, chosen, missing, names, sample })
    }

    /// Settings with a column in the place of each required one that is missing, so that the table can be opened.
    pub(super) fn with_places(&self, settings: &Settings) -> Settings {
        let mut with = settings.clone();
        let of_table = with.tables.get_mut(self.table.name());
        for name in &self.missing {
            match self.table.settings.columns.get(*name) {
                Some(meaning) => {
                    of_table.columns.entry((*name).to_owned()).or_insert_with(|| meaning.clone());
                }
                None => of_table.order_of.clone_from(&self.table.settings.order_of),
            }
        }
        with
    }

    /// Takes them out again.
    pub(super) fn without_places(&self, settings: &Settings, with: &mut Settings) {
        let (before, of_table) =
            (settings.tables.get(self.table.name()), with.tables.get_mut(self.table.name()));
        of_table
            .columns
            .retain(|name, _| !self.missing.contains(&name.as_str()) || before.columns.contains_key(name));
        of_table.order_of.clone_from(&before.order_of);
    }

    /// The values of a column of the files.
    pub(super) fn cells(&self, column: &str) -> &[Option<String>] {
        self.sample.columns.get(column).map_or(&[], Vec::as_slice)
    }
}

/// The columns that all files have: what a mapping may name.
fn common_names(files: &TableFiles) -> Vec<String> {
    let mut common: Vec<String> = Vec::new();
    for (at, file) in files.files.iter().enumerate() {
        let mut of_file = nested::names(file.schema().fields());
        of_file.extend(file.folders.iter().map(|(key, _)| key.clone()));
        if at == 0 {
            let mut seen = BTreeSet::new();
            common = of_file.into_iter().filter(|name| seen.insert(name.clone())).collect();
        } else {
            let of_file: BTreeSet<String> = of_file.into_iter().collect();
            common.retain(|name| of_file.contains(name));
        }
    }
    common
}

/// Opens a table. A required column that no name tells gets any column that can be read in its place; which ones did.
fn open(
    spec: &'static TableSpec,
    files: &TableFiles,
    settings: &Settings,
    names: &[String],
) -> Result<(Table, BTreeMap<&'static str, String>), IngestError> {
    // What another name means stands last, so that it is not taken from that.
    let is_known = |name: &&String| spec.columns.iter().any(|column| means(column, name));
    let names: Vec<&String> =
        names.iter().filter(|name| !is_known(name)).chain(names.iter().filter(is_known)).collect();
    let mut placed: BTreeMap<&'static str, usize> = BTreeMap::new();
    loop {
        let mut with = settings.clone();
        for (&name, &at) in &placed {
            if name == "order_id" {
                // An order needs no column of its own to be opened.
                with.tables.orders.order_of = vec![OrderOf::OrderedAt];
                continue;
            }
            let Some(&column) = names.get(at) else { return Table::open(spec, files, settings).map(whole) };
            with.tables.get_mut(spec.name).columns.insert(name.to_owned(), Meaning::column(column));
        }
        match Table::open(spec, files, &with) {
            Ok(table) => {
                let there = |at: usize| names.get(at).map_or_else(String::new, |&name| name.clone());
                return Ok((table, placed.into_iter().map(|(name, at)| (name, there(at))).collect()));
            }
            Err(IngestError::MissingColumns { missing, .. })
                if missing.iter().all(|column| !placed.contains_key(column.name)) =>
            {
                placed.extend(missing.iter().map(|column| (column.name, 0)));
            }
            // A column of the right name and a wrong type, such as a time of day for an instant, is not the one.
            Err(IngestError::ColumnType { name, .. })
                if is_required(spec, name) && !(name == "order_id" && placed.contains_key(name)) =>
            {
                placed.entry(name).and_modify(|at| *at += 1).or_insert(0);
            }
            Err(error) => return Err(error),
        }
    }
}

/// Whether a column's name is one of those that are recognised.
pub(super) fn means(column: &ColumnSpec, name: &str) -> bool {
    let name = normalise(name);
    name == normalise(column.name) || column.aliases.contains(&name.as_str())
}

fn whole(table: Table) -> (Table, BTreeMap<&'static str, String>) {
    (table, BTreeMap::new())
}

fn is_required(spec: &TableSpec, name: &str) -> bool {
    spec.columns.iter().any(|column| column.name == name && column.required)
}

/// Opens the table once more with all its columns, and takes rows from the beginning of each batch.
fn sample(
    spec: &'static TableSpec,
    files: &TableFiles,
    settings: &Settings,
    table: &Table,
    names: &[String],
) -> Result<Sample, IngestError> {
    let mut settings = settings.clone();
    let of_table = settings.tables.get_mut(spec.name);
    of_table.columns = table.settings.columns.clone();
    of_table.order_of.clone_from(&table.settings.order_of);
    for name in ["item_id", "id"] {
        // Of several lists in a row, it tells which is the lines.
        if let Some(there) = table.columns.get(name).filter(|there| names.contains(there)) {
            of_table.columns.entry(name.to_owned()).or_insert_with(|| Meaning::column(there));
        }
    }
    of_table.only = names.iter().map(|name| (name.clone(), Words::default())).collect();
    of_table.not.clear();
    settings.profile = Some(crate::profile_texts::NONE.to_owned());
    let opened = loop {
        match Table::open(spec, files, &settings) {
            Ok(table) => break table,
            // A list, or a column of another list than that of the lines: it cannot be shown.
            Err(
                IngestError::ColumnType { column: there, .. }
                | IngestError::MappedColumn { mapped: there, .. },
            ) if settings.tables.get_mut(spec.name).only.remove(&there).is_some() => {}
            Err(error) => return Err(error),
        }
    };
    let shown: Vec<String> = settings.tables.get(spec.name).only.keys().cloned().collect();
    let wanted: Vec<usize> = opened.filter.columns().collect();
    let groups = groups(&opened);
    let n_batches: u64 = groups.iter().map(|(_, _, n_rows)| n_rows.div_ceil(BATCH_ROWS)).sum();
    let most = (SAMPLE_ROWS / n_batches.max(1)).max(1) as usize;
    let mut read =
        Sample { n_rows: 0, columns: shown.iter().map(|name| (name.clone(), Vec::new())).collect() };
    for (file, group, _) in groups {
        opened.files[file].scan_group(group, &wanted, 0, &mut |batch| {
            let n_rows = batch.n_rows.min(most);
            for (name, column) in shown.iter().zip(&batch.columns) {
                let cells = read.columns.get_mut(name).expect("each is there");
                match column {
                    Some(array) => cells.extend(texts(&array.slice(0, n_rows))),
                    None => cells.extend(std::iter::repeat_n(None, n_rows)),
                }
            }
            read.n_rows += n_rows;
            Ok(())
        })?;
    }
    Ok(read)
}

/// Row groups with rows, spread evenly over all files: file, group and rows of each.
fn groups(table: &Table) -> Vec<(usize, usize, u64)> {
    let mut all = Vec::new();
    for (at, file) in table.files.iter().enumerate() {
        let groups = file.metadata.row_groups().iter().enumerate();
        all.extend(
            groups
                .filter(|(_, group)| 0 < group.num_rows())
                .map(|(of_file, group)| (at, of_file, group.num_rows() as u64)),
        );
    }
    let step = all.len().div_ceil(MOST_GROUPS).max(1);
    all.into_iter().step_by(step).collect()
}

/// Values as texts, without what stands for nothing.
fn texts(array: &ArrayRef) -> Cells {
    let kept = |text: &str| {
        let text = text.trim();
        (!is_nothing(text)).then(|| text.chars().take(MOST_CHARS).collect::<String>())
    };
    // Zones are data of their own that is not at hand here; the instant is the same in UTC.
    let in_utc = match array.data_type() {
        DataType::Timestamp(unit, Some(_)) => cast(array, &DataType::Int64)
            .and_then(|instants| cast(&instants, &DataType::Timestamp(*unit, None)))
            .ok(),
        _ => None,
    };
    let array = in_utc.as_ref().unwrap_or(array);
    if let Ok(texts) = cast(array, &DataType::Utf8) {
        return texts.as_string::<i32>().iter().map(|text| text.and_then(kept)).collect();
    }
    let shown = |row: usize| array_value_to_string(array, row).ok().as_deref().and_then(kept);
    (0..array.len()).map(shown).collect()
}
