//! Parquet files written row group by row group, the columns of a group side by side.

use std::fs::File;
use std::io::BufWriter;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow_array::builder::{ListBuilder, StringBuilder};
use arrow_array::{ArrayRef, ListArray};
use arrow_schema::{DataType, Field, Schema, SchemaRef, TimeUnit};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_writer::{ArrowColumnChunk, ArrowRowGroupWriterFactory, compute_leaves};
use parquet::basic::{Compression, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::ColumnPath;
use rayon::prelude::*;

use crate::ShopError;

/// Makes the array of one column; called on whichever thread has time.
pub(crate) type MakeColumn<'a> = Box<dyn Fn() -> ArrayRef + Send + Sync + 'a>;

/// A Parquet file being written.
pub(crate) struct TableWriter {
    path: PathBuf,
    schema: SchemaRef,
    file: SerializedFileWriter<BufWriter<File>>,
    columns: ArrowRowGroupWriterFactory,
    n_row_groups: usize,
}

impl TableWriter {
    /// Starts a file. `distinct` names text columns of so many values that a dictionary of them would only be
    /// thrown away. They are written plain: delta encodings are smaller, but not every reader takes them.
    pub(crate) fn create(
        path: PathBuf,
        fields: Vec<Field>,
        distinct: &[&'static str],
    ) -> Result<Self, ShopError> {
        let mut properties = WriterProperties::builder()
            .set_compression(Compression::ZSTD(ZstdLevel::default()))
            .set_statistics_enabled(EnabledStatistics::Chunk)
            .set_max_row_group_row_count(None)
            .set_created_by("erbij simulate".to_owned());
        for name in distinct {
            properties = properties.set_column_dictionary_enabled(ColumnPath::from(*name), false);
        }
        let file = File::create(&path).map_err(|source| ShopError::Write { path: path.clone(), source })?;
        let schema = Arc::new(Schema::new(fields));
        let (file, columns) =
            ArrowWriter::try_new(BufWriter::new(file), Arc::clone(&schema), Some(properties.build()))
                .and_then(ArrowWriter::into_serialized_writer)
                .map_err(|source| ShopError::Parquet { path: path.clone(), source })?;
        Ok(Self { path, schema, file, columns, n_row_groups: 0 })
    }

    /// Writes one row group; every field of the table has one leaf and gets one array.
    pub(crate) fn write_group(&mut self, arrays: &[MakeColumn<'_>]) -> Result<(), ShopError> {
        self.try_write_group(arrays).map_err(|source| ShopError::Parquet { path: self.path.clone(), source })
    }

    fn try_write_group(&mut self, arrays: &[MakeColumn<'_>]) -> Result<(), ParquetError> {
        let writers = self.columns.create_column_writers(self.n_row_groups)?;
        assert_eq!(writers.len(), arrays.len(), "one array a leaf column");
        let chunks = writers
            .into_par_iter()
            .zip(arrays)
            .zip(&self.schema.fields()[..])
            // A column at a time: columns differ much in cost.
            .with_max_len(1)
            .map(|((mut writer, array), field)| {
                for leaf in compute_leaves(field, &array())? {
                    writer.write(&leaf)?;
                }
                writer.close()
            })
            .collect::<Result<Vec<ArrowColumnChunk>, ParquetError>>()?;
        let mut group = self.file.next_row_group()?;
        for chunk in chunks {
            chunk.append_to_row_group(&mut group)?;
        }
        group.close()?;
        self.n_row_groups += 1;
        Ok(())
    }

    /// Completes the file.
    pub(crate) fn finish(self) -> Result<(), ShopError> {
        let path = self.path;
        let written =
            self.file.into_inner().map_err(|source| ShopError::Parquet { path: path.clone(), source });
        let file = written?
            .into_inner()
            .map_err(|stopped| ShopError::Write { path: path.clone(), source: stopped.into_error() })?;
        file.sync_all().map_err(|source| ShopError::Write { path, source })
    }
}

/// Writes a table that fits one row group.
pub(crate) fn write_table(path: &Path, columns: Vec<(Field, ArrayRef)>) -> Result<(), ShopError> {
    let (fields, arrays): (Vec<Field>, Vec<ArrayRef>) = columns.into_iter().unzip();
    let mut table = TableWriter::create(path.to_path_buf(), fields, &[])?;
    let arrays: Vec<MakeColumn<'_>> =
        arrays.iter().map(|array| Box::new(move || Arc::clone(array)) as MakeColumn<'_>).collect();
    table.write_group(&arrays)?;
    table.finish()
}

/// A column of text.
pub(crate) fn text(name: &str) -> Field {
    Field::new(name, DataType::Utf8, true)
}

/// A column of some other kind.
pub(crate) fn column(name: &str, kind: DataType) -> Field {
    Field::new(name, kind, true)
}

/// A column of lists of text.
pub(crate) fn text_list(name: &str) -> Field {
    Field::new(name, DataType::List(Arc::new(Field::new("item", DataType::Utf8, true))), true)
}

/// A column of instants, UTC microseconds.
pub(crate) fn instant(name: &str) -> Field {
    Field::new(name, DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())), true)
}

/// Lists of text as a column; an empty list is null.
pub(crate) fn text_lists<'a>(rows: impl Iterator<Item = &'a Vec<String>>) -> ListArray {
    let mut lists = ListBuilder::new(StringBuilder::new());
    for row in rows {
        for value in row {
            lists.values().append_value(value);
        }
        lists.append(!row.is_empty());
    }
    lists.finish()
}
