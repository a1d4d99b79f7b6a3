//! Columns to an Arrow IPC file, and what is to be known of it: size and hash.

use std::io::{self, Write};
use std::sync::Arc;

use arrow_array::types::{
    Date32Type, Float32Type, Float64Type, Int64Type, TimestampMicrosecondType, UInt8Type, UInt32Type,
};
use arrow_array::{ArrayRef, ArrowPrimitiveType, LargeListArray, PrimitiveArray, RecordBatch, StringArray};
use arrow_buffer::{BooleanBuffer, NullBuffer, OffsetBuffer, ScalarBuffer};
use arrow_ipc::MetadataVersion;
use arrow_ipc::writer::{FileWriter, IpcWriteOptions};
use arrow_schema::ArrowError;
use erbij_core::{RowOffsets, StrColumn};

use crate::manifest::FileEntry;
use crate::section_spec::{SectionSpec, list_item};

/// Where buffers begin: a multiple of this many bytes, a cache line and the widest vector.
pub(crate) const ALIGNMENT: usize = 64;

/// Writes a section; the same columns give the same bytes.
pub(crate) fn write_section(
    file: impl Write,
    spec: &SectionSpec,
    columns: Vec<ArrayRef>,
) -> Result<FileEntry, ArrowError> {
    let schema = Arc::new(spec.schema());
    let options = IpcWriteOptions::try_new(ALIGNMENT, false, MetadataVersion::V5)?;
    let mut writer = FileWriter::try_new_with_options(Hashing::new(file), &schema, options)?;
    writer.write(&RecordBatch::try_new(schema, columns)?)?;
    writer.finish()?;
    Ok(writer.into_inner()?.entry())
}

/// Passes bytes on and remembers how many and their hash.
pub(crate) struct Hashing<W> {
    inner: W,
    hasher: blake3::Hasher,
    size_bytes: u64,
}

impl<W: Write> Hashing<W> {
    pub(crate) fn new(inner: W) -> Self {
        Self { inner, hasher: blake3::Hasher::new(), size_bytes: 0 }
    }

    pub(crate) fn entry(&self) -> FileEntry {
        FileEntry { size_bytes: self.size_bytes, blake3: self.hasher.finalize().to_hex().to_string() }
    }
}

impl<W: Write> Write for Hashing<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let n_bytes = self.inner.write(bytes)?;
        self.hasher.update(&bytes[..n_bytes]);
        self.size_bytes += n_bytes as u64;
        Ok(n_bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

pub(crate) fn text(column: &StrColumn) -> ArrayRef {
    let (offsets, bytes) = column.buffers();
    Arc::new(StringArray::new(OffsetBuffer::new(offsets), bytes, None))
}

pub(crate) fn bytes(values: &ScalarBuffer<u8>) -> ArrayRef {
    Arc::new(PrimitiveArray::<UInt8Type>::new(values.clone(), None))
}

pub(crate) fn numbers(values: &ScalarBuffer<u32>) -> ArrayRef {
    Arc::new(PrimitiveArray::<UInt32Type>::new(values.clone(), None))
}

pub(crate) fn parameters(values: Vec<f64>) -> ArrayRef {
    Arc::new(PrimitiveArray::<Float64Type>::from(values))
}

pub(crate) fn weights(values: Vec<f32>) -> ArrayRef {
    Arc::new(PrimitiveArray::<Float32Type>::from(values))
}

/// Which rows hold a value, where any does not. The sentinel stays in its slot, so that a reader of this
/// crate takes the buffer as it is, while every other reader sees a null.
fn nulls<T: PartialEq + Copy>(values: &[T], null: T) -> Option<NullBuffer> {
    let valid = BooleanBuffer::collect_bool(values.len(), |row| values[row] != null);
    Some(NullBuffer::new(valid)).filter(|nulls| nulls.null_count() != 0)
}

pub(crate) fn long_numbers(values: &ScalarBuffer<i64>, null: i64) -> ArrayRef {
    Arc::new(PrimitiveArray::<Int64Type>::new(values.clone(), nulls(values, null)))
}

pub(crate) fn days(values: &ScalarBuffer<i32>, null: i32) -> ArrayRef {
    Arc::new(PrimitiveArray::<Date32Type>::new(values.clone(), nulls(values, null)))
}

pub(crate) fn instants(values: &ScalarBuffer<i64>, null: i64) -> ArrayRef {
    let instants = PrimitiveArray::<TimestampMicrosecondType>::new(values.clone(), nulls(values, null));
    Arc::new(instants.with_timezone("UTC"))
}

fn lists<T: ArrowPrimitiveType>(rows: &RowOffsets, values: &ScalarBuffer<T::Native>) -> ArrayRef {
    let offsets = OffsetBuffer::new(rows.buffer().clone());
    let values = PrimitiveArray::<T>::new(values.clone(), None);
    Arc::new(LargeListArray::new(list_item(T::DATA_TYPE), offsets, Arc::new(values), None))
}

pub(crate) fn lists_of_codes(rows: &RowOffsets, values: &ScalarBuffer<u8>) -> ArrayRef {
    lists::<UInt8Type>(rows, values)
}

pub(crate) fn lists_of_numbers(rows: &RowOffsets, values: &ScalarBuffer<u32>) -> ArrayRef {
    lists::<UInt32Type>(rows, values)
}

pub(crate) fn lists_of_scores(rows: &RowOffsets, values: &ScalarBuffer<f32>) -> ArrayRef {
    lists::<Float32Type>(rows, values)
}

pub(crate) fn lists_of_days(rows: &RowOffsets, values: &ScalarBuffer<i32>) -> ArrayRef {
    lists::<Date32Type>(rows, values)
}
