//! Nested columns written flat: structs as columns of their own, each struct of a list as a row.

use std::fs::File;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef, ListArray, RecordBatch, StructArray, UInt32Array, make_array};
use arrow_buffer::NullBuffer;
use arrow_cast::cast;
use arrow_schema::{ArrowError, DataType, Field, Schema, SchemaRef};
use arrow_select::take::take;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ParquetRecordBatchReaderBuilder};

use super::{Note, Rewritten, Target};
use crate::footer::{self, damaged, guarded};
use crate::schema::Source;
use crate::{IngestError, Limits};

/// Rows read and lines written at a time: few, since a row may hold many lines, and a line repeats its row.
const BATCH_ROWS: usize = 1 << 11;

/// What a nested file is rewritten as.
#[derive(Debug)]
pub(crate) struct Plan {
    /// The columns, in their order.
    pub(super) picks: Vec<Pick>,
    /// The list of which each struct is a row.
    pub(super) list: Option<List>,
    /// Where the columns of the table stand in the file as it is; absent what is nested.
    pub(super) roots: Vec<Source>,
    /// How many columns of Parquet the file has.
    pub(super) n_parquet: usize,
}

/// A list of structs.
#[derive(Debug)]
pub(super) struct List {
    pub(super) path: Vec<String>,
    pub(super) name: String,
}

/// A column that is kept.
#[derive(Debug)]
pub(super) struct Pick {
    /// From the file or, of one in the list, from the list's struct.
    pub(super) path: Vec<String>,
    pub(super) name: String,
    pub(super) data_type: DataType,
    pub(super) in_list: bool,
    pub(super) parquet: Range<usize>,
}

impl Pick {
    /// Texts are repeated as views, which do not copy them.
    fn written_type(&self) -> DataType {
        match &self.data_type {
            DataType::Utf8 => DataType::Utf8View,
            other => other.clone(),
        }
    }
}

impl Plan {
    /// Where the columns of the table stand in the file as it is.
    pub(crate) fn roots(&self) -> &[Source] {
        &self.roots
    }

    /// Rewrites the file. O(values of the columns that are kept), in memory of a batch.
    pub(crate) fn rewrite(
        &self,
        path: &Path,
        name: &str,
        (opened, n_file_bytes): (&ArrowReaderMetadata, u64),
        limits: &Limits,
    ) -> Result<Rewritten, IngestError> {
        let metadata = opened.metadata();
        let descriptor = metadata.file_metadata().schema_descr();
        if descriptor.num_columns() != self.n_parquet {
            return Err(damaged(name, "its columns do not match its schema"));
        }
        let is_read = |leaf: usize| self.picks.iter().any(|pick| pick.parquet.contains(&leaf));
        footer::check_leaves(path, name, (metadata, n_file_bytes), is_read, limits)?;
        let file = File::open(path).map_err(|source| IngestError::Io { file: name.to_owned(), source })?;
        let mask = ProjectionMask::leaves(descriptor, (0..self.n_parquet).filter(|&leaf| is_read(leaf)));
        let mut reader = guarded(name, || {
            ParquetRecordBatchReaderBuilder::new_with_metadata(file, opened.clone())
                .with_projection(mask)
                .with_batch_size(BATCH_ROWS)
                .build()
        })?;
        let fields: Vec<Field> =
            self.picks.iter().map(|pick| Field::new(&pick.name, pick.written_type(), true)).collect();
        let schema = Arc::new(Schema::new(fields));
        let mut lines = Lines {
            plan: self,
            schema: Arc::clone(&schema),
            target: Target::create(name, &schema, limits)?,
            first_rows: Vec::new(),
            n_empty: 0,
        };
        while let Some(batch) = guarded(name, || Ok(reader.next().transpose()?))? {
            lines.add(&batch)?;
        }
        lines.finish(metadata.file_metadata().num_rows())
    }
}

/// What was written so far.
struct Lines<'a> {
    plan: &'a Plan,
    schema: SchemaRef,
    target: Target<'a>,
    /// For each row the number of its first line.
    first_rows: Vec<u32>,
    n_empty: u64,
}

impl Lines<'_> {
    fn add(&mut self, batch: &RecordBatch) -> Result<(), IngestError> {
        let name = self.target.name;
        let rows = StructArray::from(batch.clone());
        let Some(list) = &self.plan.list else {
            let columns = self.plan.picks.iter().map(|pick| written(pick, &rows));
            let columns = guarded(name, || Ok(columns.collect::<Result<Vec<_>, _>>()?))?;
            return self.write(columns);
        };
        let (lists, elements) = guarded(name, || Ok(elements(&rows, &list.path)?))?;
        let read = |pick: &Pick| written(pick, if pick.in_list { &elements } else { &rows });
        let columns =
            guarded(name, || Ok(self.plan.picks.iter().map(read).collect::<Result<Vec<_>, _>>()?))?;
        let (mut of_row, mut of_element) = (Vec::new(), Vec::new());
        for row in 0..lists.len() {
            // Fits: the rows of the target are bounded, and what is gathered is a batch.
            self.first_rows.push((self.target.n_rows + of_row.len() as u64) as u32);
            let range = match lists.is_valid(row) {
                true => lists.value_offsets()[row] as u32..lists.value_offsets()[row + 1] as u32,
                false => 0..0,
            };
            self.n_empty += u64::from(range.is_empty());
            for element in range {
                of_row.push(row as u32);
                of_element.push(element);
                if of_row.len() == BATCH_ROWS {
                    self.write_lines(&columns, &mut of_row, &mut of_element)?;
                }
            }
        }
        self.write_lines(&columns, &mut of_row, &mut of_element)
    }

    fn write_lines(
        &mut self,
        columns: &[ArrayRef],
        of_row: &mut Vec<u32>,
        of_element: &mut Vec<u32>,
    ) -> Result<(), IngestError> {
        let rows = UInt32Array::from(std::mem::take(of_row));
        let elements = UInt32Array::from(std::mem::take(of_element));
        let picks = self.plan.picks.iter().zip(columns);
        let taken =
            picks.map(|(pick, column)| take(column, if pick.in_list { &elements } else { &rows }, None));
        let taken = guarded(self.target.name, || Ok(taken.collect::<Result<Vec<_>, _>>()?))?;
        self.write(taken)
    }

    fn write(&mut self, columns: Vec<ArrayRef>) -> Result<(), IngestError> {
        let name = self.target.name;
        let batch = guarded(name, || Ok(RecordBatch::try_new(Arc::clone(&self.schema), columns)?))?;
        self.target.write(&batch)
    }

    fn finish(self, n_rows: i64) -> Result<Rewritten, IngestError> {
        let Some(list) = &self.plan.list else { return self.target.finish(None, Vec::new()) };
        if self.first_rows.len() as i64 != n_rows {
            return Err(damaged(self.target.name, format!("it does not hold {n_rows} rows")));
        }
        let note = Note::WithoutLines { list: list.name.clone(), n_rows: self.n_empty };
        let notes = (0 < self.n_empty).then_some(note).into_iter().collect();
        self.target.finish(Some(self.first_rows), notes)
    }
}

/// The column of a path, as it is written.
fn written(pick: &Pick, within: &StructArray) -> Result<ArrayRef, ArrowError> {
    let column = child(within, &pick.path)?;
    match &pick.data_type {
        DataType::Utf8 => cast(&column, &DataType::Utf8View),
        _ => Ok(column),
    }
}

/// The lists of a path, and the structs that they hold.
fn elements(rows: &StructArray, path: &[String]) -> Result<(ListArray, StructArray), ArrowError> {
    let lists = child(rows, path)?;
    let no_list = || ArrowError::SchemaError(format!("`{}` is not a list of structs", path.join(".")));
    let lists = lists.as_list_opt::<i32>().ok_or_else(no_list)?.clone();
    let elements = lists.values().as_struct_opt().ok_or_else(no_list)?.clone();
    Ok((lists, elements))
}

/// The column of a path; empty where a struct above it is.
fn child(within: &StructArray, path: &[String]) -> Result<ArrayRef, ArrowError> {
    let absent = || ArrowError::SchemaError(format!("there is no column `{}`", path.join(".")));
    let (first, rest) = path.split_first().ok_or_else(absent)?;
    let column = within.column_by_name(first).ok_or_else(absent)?;
    let nulls = NullBuffer::union(within.nulls(), column.nulls());
    let column = make_array(column.to_data().into_builder().nulls(nulls).build()?);
    match rest {
        [] => Ok(column),
        _ => child(column.as_struct_opt().ok_or_else(absent)?, rest),
    }
}
