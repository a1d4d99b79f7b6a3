//! Whole numbers of 128 bits in bare bytes, since Parquet does not have them.
//!
//! Polars and ClickHouse write them as sixteen bare bytes, the lowest first. Read as bytes they would be other ids than
//! the same numbers elsewhere, and some of them letters, so such a column is refused. Values tell it: of a number of at
//! most 64 bits half of the bytes are filled with its sign. No UUID is like that but one made by hand, and columns of
//! UUIDs say what they are.

use std::fs::File;
use std::path::Path;

use arrow_array::cast::AsArray;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ParquetRecordBatchReaderBuilder};
use parquet::basic::Type;

use crate::IngestError;
use crate::footer::guarded;
use crate::values::fixed_text;

/// How many bytes such a number has.
const N_BYTES: i32 = 16;

/// How many rows are looked at: many numbers in a row that are letters by chance do not come.
const N_ROWS: usize = 4096;

/// Refuses columns that will be read and hold such numbers. O(columns), beside the first rows of bare sixteen bytes.
pub(crate) fn refuse(
    path: &Path,
    name: &str,
    metadata: &ArrowReaderMetadata,
    is_read: impl Fn(usize) -> bool,
) -> Result<(), IngestError> {
    let descriptor = metadata.metadata().file_metadata().schema_descr();
    let is_bare = |leaf: &usize| {
        let column = descriptor.column(*leaf);
        column.physical_type() == Type::FIXED_LEN_BYTE_ARRAY
            && column.type_length() == N_BYTES
            && column.logical_type_ref().is_none()
            && column.max_rep_level() == 0
            && column.path().parts().len() == 1
    };
    for leaf in (0..descriptor.num_columns()).filter(|&leaf| is_read(leaf)).filter(is_bare) {
        if guarded(name, || holds_numbers(path, metadata, leaf))? {
            return Err(IngestError::Encoding {
                file: name.to_owned(),
                column: descriptor.column(leaf).name().to_owned(),
                found: "whole numbers of 128 bits, in bytes that do not say so".to_owned(),
                hint: "cast the column to whole numbers of 64 bits or to text where the file is written",
            });
        }
    }
    Ok(())
}

fn holds_numbers(
    path: &Path,
    metadata: &ArrowReaderMetadata,
    leaf: usize,
) -> Result<bool, parquet::errors::ParquetError> {
    let mask = ProjectionMask::leaves(metadata.metadata().file_metadata().schema_descr(), [leaf]);
    let reader = ParquetRecordBatchReaderBuilder::new_with_metadata(File::open(path)?, metadata.clone())
        .with_projection(mask)
        .with_limit(N_ROWS)
        .build()?;
    for batch in reader {
        let batch = batch?;
        let values = batch.column(0).as_fixed_size_binary_opt();
        if values.is_some_and(|values| values.iter().flatten().any(is_number)) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether sixteen bytes are a number of at most 64 bits, and neither a text nor nothing.
fn is_number(bytes: &[u8]) -> bool {
    let Some((_, high)) = bytes.split_at_checked(bytes.len() / 2) else { return false };
    let is_filled = |filling: u8| high.iter().all(|&byte| byte == filling);
    (is_filled(0) || is_filled(0xff)) && fixed_text(bytes).is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_told_from_letters_and_uuids() {
        for (number, expected) in [
            (1, true),
            (17_850, true),
            (-1, true),
            (1 << 60, true),
            (0, false),
            // `A`, for all that bytes tell.
            (65, false),
            (i128::MAX, false),
            (0x0040_1714_6642_56a4_d312_9be8_6745_3e12, false),
        ] {
            assert_eq!(is_number(&i128::to_le_bytes(number)), expected, "{number}");
        }
        assert!(!is_number(b"mug             "));
        assert!(!is_number(b"caf\xc3\xa9\0\0\0\0\0\0\0\0\0\0\0"));
    }
}
