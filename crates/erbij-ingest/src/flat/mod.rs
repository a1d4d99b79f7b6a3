//! A file that is not a flat Parquet table is rewritten as one first; all else reads it like any other.
//!
//! ```text
//! text between commas ─► csv: a temporary Parquet file, gone when the table is dropped
//! a Delta table ───────► delta: which files are the table now, and the values that only its log knows
//! Iceberg, JSON, … ────► other: told, with the command that converts
//! ```
//!
//! Rewriting goes batch by batch in bounded memory. What is told of a row names the original file and its row there.
//! A Parquet file costs nothing.

pub(crate) mod csv;
pub(crate) mod delta;
mod dialect;
mod log;
pub(crate) mod other;

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
    /// What is to be told of it.
    pub(crate) notes: Vec<Note>,
}

impl Rewritten {
    /// Where it is, for as long as this is kept.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}

/// Something to be told of a file that was rewritten, once for all files of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Note {
    /// Other than by its ending's own delimiter.
    Divided(char),
    /// The header says a name again.
    NamedTwice(String),
}

/// What is to be told of all files together: one sentence for as many files as it holds for.
pub(crate) fn hints<'a>(notes: impl Iterator<Item = (&'a str, &'a Note)>) -> Vec<String> {
    // Each said with the first file and the number of files.
    let mut said: BTreeMap<(&str, &str, String), (&str, usize)> = BTreeMap::new();
    for (file, note) in notes {
        let (one, many, what) = match note {
            Note::Divided('\t') => ("is", "are", "divided by tabs".to_owned()),
            Note::Divided(delimiter) => ("is", "are", format!("divided by `{delimiter}`")),
            Note::NamedTwice(column) => {
                let what = format!("two columns `{column}`; the second is called `{column} (2)` here");
                ("has", "have", what)
            }
        };
        let (_, n_files) = said.entry((one, many, what)).or_insert((file, 0));
        *n_files += 1;
    }
    let sentence =
        |((one, many, what), (first, n_files)): ((&str, &str, String), (&str, usize))| match n_files {
            1 => format!("`{first}` {one} {what}"),
            2 => format!("`{first}` and another file {many} {what}"),
            n => format!("`{first}` and {} other files {many} {what}", n - 1),
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

    fn finish(self, notes: Vec<Note>) -> Result<Rewritten, IngestError> {
        self.writer.close().map_err(|error| not_written(self.name, error))?;
        Ok(Rewritten { path: self.path, notes })
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
        let check = |notes: &[(&str, Note)], expected: &[&str]| {
            assert_eq!(hints(notes.iter().map(|(file, note)| (*file, note))), expected);
        };
        check(&[], &[]);
        check(&[("a.csv", Note::Divided(';'))], &["`a.csv` is divided by `;`"]);
        check(
            &[("a.csv", Note::Divided(';')), ("b.csv", Note::Divided('\t')), ("c.csv", Note::Divided(';'))],
            &["`a.csv` and another file are divided by `;`", "`b.csv` is divided by tabs"],
        );
    }
}
