//! All rows of a file, batch by batch, for those who rewrite it whole.

use std::fs::File;
use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;
use parquet::arrow::arrow_reader::{ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder};

use super::opened::Opened;
use super::{Note, Target};
use crate::footer::guarded;
use crate::{IngestError, Limits};

/// Rows read at a time: few, since a row may become several.
const BATCH_ROWS: usize = 1 << 13;

/// The rows of a file, checked before they are decoded.
pub(super) struct Rows<'a> {
    name: &'a str,
    reader: ParquetRecordBatchReader,
}

impl<'a> Rows<'a> {
    pub(super) fn of(opened: &'a Opened, limits: &Limits) -> Result<Self, IngestError> {
        opened.check(|_| true, limits)?;
        let name = opened.name.as_str();
        let io = |source| IngestError::Io { file: name.to_owned(), source };
        let file = File::open(&opened.path).map_err(io)?;
        let reader = guarded(name, || {
            ParquetRecordBatchReaderBuilder::new_with_metadata(file, opened.arrow_metadata().clone())
                .with_batch_size(BATCH_ROWS)
                .build()
        })?;
        Ok(Self { name, reader })
    }

    pub(super) fn next(&mut self) -> Result<Option<RecordBatch>, IngestError> {
        guarded(self.name, || Ok(self.reader.next().transpose()?))
    }
}

/// A batch of rows, and where each row of before begins among them; none where each is one.
pub(super) struct Made {
    pub(super) batch: RecordBatch,
    pub(super) first_rows: Option<Vec<u32>>,
}

/// Rewrites a file, each batch by `make`. O(values), in memory of a batch.
pub(super) fn rewrite(
    opened: &Opened,
    schema: &SchemaRef,
    limits: &Limits,
    mut make: impl FnMut(&RecordBatch) -> Result<Made, IngestError>,
) -> Result<Opened, IngestError> {
    let mut rows = Rows::of(opened, limits)?;
    let mut target = Target::create(&opened.name, schema, limits)?;
    let mut all_first_rows: Option<Vec<u32>> = None;
    while let Some(batch) = rows.next()? {
        let made = make(&batch)?;
        if let Some(first_rows) = made.first_rows {
            // Fits: the rows of the target are bounded.
            let so_far = target.n_rows as u32;
            let all = all_first_rows.get_or_insert_default();
            all.extend(first_rows.into_iter().map(|row| so_far + row));
        }
        target.write(&made.batch)?;
    }
    let notes: Vec<Note> = opened.rewritten.as_ref().map_or_else(Vec::new, |before| before.notes.clone());
    let rewritten = target.finish(all_first_rows, notes)?;
    opened.rewritten_as(Arc::new(rewritten), limits)
}
