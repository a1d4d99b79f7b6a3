//! A file that is not a flat Parquet table is rewritten as one first; all else reads it like any other.
//!
//! ```text
//! text between commas ─► csv ────┐
//! lists of structs ────► nested ─┴► a temporary Parquet file, gone when the table is dropped
//! columns side by side ► wide ──┤
//! another file by a key ► join ─┘
//! a Delta table ───────► delta: which files are the table now, and the values that only its log knows
//! Iceberg, JSON, … ────► other: told, with the command that converts
//! ```
//!
//! Rewriting goes batch by batch in bounded memory. What is told of a row names the original file and its row there.
//! A flat Parquet file costs a look at its schema.

mod bare;
pub(crate) mod csv;
pub(crate) mod delta;
mod dialect;
pub(crate) mod join;
mod log;
pub(crate) mod nested;
pub(crate) mod opened;
pub(crate) mod other;
mod rows;
mod unnest;
pub(crate) mod wide;

use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::path::Path;

use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;
use parquet::arrow::ArrowWriter;
use parquet::basic::Compression;
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use tempfile::TempPath;

use crate::settings::MOST_ROWS;
use crate::{IngestError, Limits};

/// Bytes of a row group before they are packed, so that one column of it is far from any sensible limit.
const ROW_GROUP_BYTES: u64 = 128 << 20;

/// A flat Parquet file in place of another file.
pub(crate) struct Rewritten {
    path: TempPath,
    /// For each row of the original the first row here; none where each row of the original is one here.
    first_rows: Option<Vec<u32>>,
    /// What is to be told of it.
    pub(crate) notes: Vec<Note>,
}

impl Rewritten {
    /// Where it is, for as long as this is kept.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// The row of the original that a row here is of, both from 0.
    pub(crate) fn original_row(&self, row: u64) -> u64 {
        match &self.first_rows {
            None => row,
            // Rows without a line begin where the next one does: the last that begins here has the line.
            Some(first_rows) => first_rows.partition_point(|&first| u64::from(first) <= row) as u64 - 1,
        }
    }
}

/// Something to be told of a file that was rewritten, once for all files of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Note {
    /// Other than by its ending's own delimiter.
    Divided(char),
    /// The header says a name again.
    NamedTwice(String),
    /// Rows whose list is empty or absent.
    WithoutLines { list: String, n_rows: u64 },
}

/// What is to be told of all files together: one sentence for as many files as it holds for.
pub(crate) fn hints<'a>(notes: impl Iterator<Item = (&'a str, &'a Note)>) -> Vec<String> {
    // Each said with the first file, the number of files and of rows.
    let mut said: BTreeMap<(&str, &str, String), (&str, usize, u64)> = BTreeMap::new();
    for (file, note) in notes {
        let (one, many, what, n_rows) = match note {
            Note::Divided('\t') => ("is", "are", "separated by tabs".to_owned(), 0),
            Note::Divided(delimiter) => ("is", "are", format!("separated by `{delimiter}`"), 0),
            Note::NamedTwice(column) => {
                let what = format!("two columns named `{column}`; the second is read as `{column} (2)`");
                ("has", "have", what, 0)
            }
            Note::WithoutLines { list, n_rows } => {
                let what = format!("rows whose list `{list}` is empty or absent; they give no lines");
                ("has", "have", what, *n_rows)
            }
        };
        let (_, n_files, all_rows) = said.entry((one, many, what)).or_insert((file, 0, 0));
        *n_files += 1;
        *all_rows += n_rows;
    }
    let sentence =
        |((one, many, what), (first, n_files, n_rows)): ((&str, &str, String), (&str, usize, u64))| {
            let number = if n_rows == 0 { String::new() } else { format!("{n_rows} ") };
            match n_files {
                1 => format!("`{first}` {one} {number}{what}"),
                2 => format!("`{first}` and another file {many} {number}{what}"),
                n => format!("`{first}` and {} other files {many} {number}{what}", n - 1),
            }
        };
    said.into_iter().map(sentence).collect()
}

/// Where the rows of a file go that is rewritten.
struct Target<'a> {
    /// The original.
    name: &'a str,
    limits: &'a Limits,
    writer: ArrowWriter<File>,
    path: TempPath,
    /// Rows so far.
    n_rows: u64,
    group_bytes: u64,
}

impl<'a> Target<'a> {
    fn create(name: &'a str, schema: &SchemaRef, limits: &'a Limits) -> Result<Self, IngestError> {
        let made = tempfile::Builder::new().prefix("erbij-").suffix(".parquet").tempfile();
        let (file, path) = made.map_err(|source| cannot_rewrite(name, source))?.into_parts();
        let properties = WriterProperties::builder().set_compression(Compression::LZ4_RAW).build();
        let writer = ArrowWriter::try_new(file, SchemaRef::clone(schema), Some(properties));
        let writer = writer.map_err(|error| not_written(name, error))?;
        Ok(Self { name, limits, writer, path, n_rows: 0, group_bytes: 0 })
    }

    fn write(&mut self, batch: &RecordBatch) -> Result<(), IngestError> {
        self.n_rows += batch.num_rows() as u64;
        let limit = self.limits.max_rows.min(MOST_ROWS);
        if limit < self.n_rows {
            return Err(IngestError::Limit {
                file: self.name.to_owned(),
                what: "rows up to its end",
                found: self.n_rows,
                limit,
                setting: "max_rows",
            });
        }
        self.writer.write(batch).map_err(|error| not_written(self.name, error))?;
        self.group_bytes += batch.get_array_memory_size() as u64;
        if ROW_GROUP_BYTES <= self.group_bytes {
            self.group_bytes = 0;
            self.writer.flush().map_err(|error| not_written(self.name, error))?;
        }
        Ok(())
    }

    fn finish(self, first_rows: Option<Vec<u32>>, notes: Vec<Note>) -> Result<Rewritten, IngestError> {
        self.writer.close().map_err(|error| not_written(self.name, error))?;
        Ok(Rewritten { path: self.path, first_rows, notes })
    }
}

fn cannot_rewrite(name: &str, source: io::Error) -> IngestError {
    let folder = std::env::temp_dir().display().to_string();
    IngestError::Rewrite { file: name.to_owned(), folder, source }
}

fn not_written(name: &str, error: ParquetError) -> IngestError {
    cannot_rewrite(name, io::Error::other(error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_holds_for_many_files_is_said_once() {
        let empty = |n_rows| Note::WithoutLines { list: "items".to_owned(), n_rows };
        let check = |notes: &[(&str, Note)], expected: &[&str]| {
            assert_eq!(hints(notes.iter().map(|(file, note)| (*file, note))), expected);
        };
        check(&[], &[]);
        check(&[("a.csv", Note::Divided(';'))], &["`a.csv` is separated by `;`"]);
        check(
            &[("a.csv", Note::Divided(';')), ("b.csv", Note::Divided('\t')), ("c.csv", Note::Divided(';'))],
            &["`a.csv` and another file are separated by `;`", "`b.csv` is separated by tabs"],
        );
        check(
            &[("a.parquet", empty(2)), ("b.parquet", empty(3)), ("c.parquet", empty(1))],
            &[
                "`a.parquet` and 2 other files have 6 rows whose list `items` is empty or absent; they give no lines",
            ],
        );
    }

    #[test]
    fn a_line_knows_the_row_it_stood_in() {
        let path = tempfile::NamedTempFile::new().expect("a file").into_temp_path();
        // Two lines, none, none, one, three.
        let rewritten = Rewritten { path, first_rows: Some(vec![0, 2, 2, 2, 3]), notes: Vec::new() };
        let rows: Vec<u64> = (0..6).map(|row| rewritten.original_row(row)).collect();
        assert_eq!(rows, [0, 0, 3, 4, 4, 4]);
    }
}
