//! Where the rows of a ragged table begin and end.

use std::ops::Range;

use arrow_buffer::ScalarBuffer;

/// The offsets of a compressed sparse row table: row `r` holds the values `offsets[r]..offsets[r + 1]`.
///
/// By construction the offsets start at zero and never fall, so a range is always in order. The values
/// lie beside, in as many columns as there are; [`RowOffsets::n_values`] is the length each must have.
/// `i64`, since that is what Arrow's `LargeList` takes.
#[derive(Clone, Debug, PartialEq)]
pub struct RowOffsets {
    offsets: ScalarBuffer<i64>,
}

/// Why a buffer is not a list of offsets.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum RowOffsetsError {
    /// The first offset must be there, and zero.
    #[error("the offsets do not start at 0")]
    Start,
    /// A row would end before it begins.
    #[error("offset {row} falls")]
    Falls {
        /// The row.
        row: usize,
    },
}

impl RowOffsets {
    /// Takes a buffer as offsets; O(rows).
    pub fn new(offsets: ScalarBuffer<i64>) -> Result<Self, RowOffsetsError> {
        if offsets.first() != Some(&0) {
            return Err(RowOffsetsError::Start);
        }
        match offsets.windows(2).position(|pair| pair[1] < pair[0]) {
            Some(row) => Err(RowOffsetsError::Falls { row }),
            None => Ok(Self { offsets }),
        }
    }

    /// The offsets of rows with these lengths.
    pub fn from_lens(lens: impl IntoIterator<Item = usize>) -> Self {
        let mut end = 0_i64;
        let offsets = std::iter::once(0).chain(lens.into_iter().map(|len| {
            end += len as i64;
            end
        }));
        Self { offsets: offsets.collect() }
    }

    /// How many rows.
    pub fn n_rows(&self) -> usize {
        self.offsets.len() - 1
    }

    /// How many values in all rows together.
    pub fn n_values(&self) -> usize {
        self.offsets.last().map_or(0, |&end| end as usize)
    }

    /// Where the values of a row lie.
    #[inline]
    pub fn range(&self, row: usize) -> Range<usize> {
        self.offsets[row] as usize..self.offsets[row + 1] as usize
    }

    /// The buffer, as Arrow wants it.
    pub fn buffer(&self) -> &ScalarBuffer<i64> {
        &self.offsets
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_are_checked() {
        let check = |offsets: &[i64], expected| {
            assert_eq!(RowOffsets::new(offsets.to_vec().into()).err(), expected);
        };
        check(&[], Some(RowOffsetsError::Start));
        check(&[0], None);
        check(&[1, 2], Some(RowOffsetsError::Start));
        check(&[0, 2, 2, 5], None);
        check(&[0, 2, 1], Some(RowOffsetsError::Falls { row: 1 }));
    }

    #[test]
    fn lengths_become_ranges() {
        let rows = RowOffsets::from_lens([2, 0, 3]);
        assert_eq!((rows.n_rows(), rows.n_values()), (3, 5));
        assert_eq!([rows.range(0), rows.range(1), rows.range(2)], [0..2, 2..2, 2..5]);
    }
}
