//! A column of strings in two buffers, laid out as Arrow lays out `Utf8`.

use arrow_buffer::{Buffer, ScalarBuffer};

/// Strings, one a row, without an allocation a row.
///
/// Row `r` is `bytes[offsets[r]..offsets[r + 1]]`. The column is valid by construction: offsets start at
/// zero, never fall, end within the bytes, and every row is UTF-8. An absent value is an empty row.
#[derive(Clone, Debug)]
pub struct StrColumn {
    offsets: ScalarBuffer<i32>,
    bytes: Buffer,
}

/// Why two buffers are not a column of strings.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum StrColumnError {
    /// There must be one offset more than rows, the first of them zero.
    #[error("the offsets do not start at 0")]
    Start,
    /// Offsets fall, or point behind the bytes.
    #[error("offset {row} falls or points behind the {n_bytes} bytes")]
    Offset {
        /// The row whose end is wrong.
        row: usize,
        /// How many bytes there are.
        n_bytes: usize,
    },
    /// A row is not text.
    #[error("row {row} is not valid UTF-8")]
    Utf8 {
        /// The row.
        row: usize,
    },
    /// More than 2 GiB of text in one column.
    #[error("the column holds more than 2 GiB of text")]
    TooLarge,
}

impl StrColumn {
    /// Takes two buffers as a column; O(bytes), since every byte is checked to be text.
    pub fn new(offsets: ScalarBuffer<i32>, bytes: Buffer) -> Result<Self, StrColumnError> {
        if offsets.first() != Some(&0) {
            return Err(StrColumnError::Start);
        }
        let n_bytes = bytes.len();
        for (row, pair) in offsets.windows(2).enumerate() {
            if !(pair[0] <= pair[1] && pair[1] as usize <= n_bytes) {
                return Err(StrColumnError::Offset { row, n_bytes });
            }
        }
        let end = offsets.last().map_or(0, |&end| end as usize);
        // One check of all the text, then one of the cuts: much cheaper than a check a row.
        match std::str::from_utf8(&bytes[..end]) {
            Ok(text) => {
                if let Some(row) = offsets.iter().position(|&at| !text.is_char_boundary(at as usize)) {
                    return Err(StrColumnError::Utf8 { row });
                }
            }
            Err(error) => {
                let at = error.valid_up_to() as i32;
                let row = offsets.partition_point(|&offset| offset <= at).saturating_sub(1);
                return Err(StrColumnError::Utf8 { row });
            }
        }
        Ok(Self { offsets, bytes })
    }

    /// How many rows.
    pub fn len(&self) -> usize {
        self.offsets.len() - 1
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The text of a row; empty where there is none. O(row's length): the text is checked again, which
    /// is the price of having no unsafe code here.
    #[inline]
    pub fn get(&self, row: usize) -> &str {
        let bytes = self.bytes_of(row);
        std::str::from_utf8(bytes).expect("checked when the column was made")
    }

    /// The bytes of a row.
    #[inline]
    pub fn bytes_of(&self, row: usize) -> &[u8] {
        &self.bytes[self.offsets[row] as usize..self.offsets[row + 1] as usize]
    }

    /// The rows in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &str> {
        (0..self.len()).map(|row| self.get(row))
    }

    /// The two buffers, as Arrow wants them.
    pub fn buffers(&self) -> (ScalarBuffer<i32>, Buffer) {
        (self.offsets.clone(), self.bytes.clone())
    }

    /// The same rows in another order: row `r` of the result is row `order[r]` of this column.
    pub fn take(&self, order: impl IntoIterator<Item = usize>) -> Result<Self, StrColumnError> {
        let mut builder = StrColumnBuilder::default();
        for row in order {
            builder.push(self.get(row))?;
        }
        Ok(builder.finish())
    }
}

impl PartialEq for StrColumn {
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len() && (0..self.len()).all(|row| self.bytes_of(row) == other.bytes_of(row))
    }
}

impl<S: AsRef<str>> FromIterator<S> for StrColumn {
    /// Collects rows.
    ///
    /// # Panics
    /// Above 2 GiB of text; where input decides the size, use [`StrColumnBuilder`].
    fn from_iter<T: IntoIterator<Item = S>>(rows: T) -> Self {
        let mut builder = StrColumnBuilder::default();
        for row in rows {
            builder.push(row.as_ref()).expect("less than 2 GiB of text");
        }
        builder.finish()
    }
}

/// Grows a [`StrColumn`] row by row.
#[derive(Debug)]
pub struct StrColumnBuilder {
    offsets: Vec<i32>,
    bytes: Vec<u8>,
}

impl Default for StrColumnBuilder {
    fn default() -> Self {
        Self { offsets: vec![0], bytes: Vec::new() }
    }
}

impl StrColumnBuilder {
    /// Appends a row.
    pub fn push(&mut self, row: &str) -> Result<(), StrColumnError> {
        let end = i32::try_from(self.bytes.len() + row.len()).map_err(|_| StrColumnError::TooLarge)?;
        self.bytes.extend_from_slice(row.as_bytes());
        self.offsets.push(end);
        Ok(())
    }

    /// How many rows so far.
    pub fn len(&self) -> usize {
        self.offsets.len() - 1
    }

    /// Whether there is no row yet.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The bytes of a row pushed before.
    #[inline]
    pub fn bytes_of(&self, row: usize) -> &[u8] {
        &self.bytes[self.offsets[row] as usize..self.offsets[row + 1] as usize]
    }

    /// The finished column.
    pub fn finish(self) -> StrColumn {
        StrColumn { offsets: ScalarBuffer::from(self.offsets), bytes: Buffer::from_vec(self.bytes) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_come_back_as_they_were_pushed() {
        let rows = ["", "espresso", "melkopschuimer", "", "crème"];
        let column: StrColumn = rows.iter().collect();
        assert_eq!(column.iter().collect::<Vec<_>>(), rows);
        let (offsets, bytes) = column.buffers();
        assert_eq!(StrColumn::new(offsets, bytes), Ok(column));
    }

    #[test]
    fn buffers_that_are_no_text_are_refused() {
        let check = |offsets: Vec<i32>, bytes: &[u8], expected| {
            let result = StrColumn::new(offsets.into(), Buffer::from(bytes));
            assert_eq!(result.err(), expected);
        };
        check(vec![], b"", Some(StrColumnError::Start));
        check(vec![0], b"", None);
        check(vec![1, 2], b"ab", Some(StrColumnError::Start));
        check(vec![0, 3], b"ab", Some(StrColumnError::Offset { row: 0, n_bytes: 2 }));
        check(vec![0, 2, 1], b"ab", Some(StrColumnError::Offset { row: 1, n_bytes: 2 }));
        check(vec![0, -1], b"ab", Some(StrColumnError::Offset { row: 0, n_bytes: 2 }));
        check(vec![0, 1, 2], b"a\xff", Some(StrColumnError::Utf8 { row: 1 }));
        // A cut through the middle of a letter.
        check(vec![0, 1, 2], "é".as_bytes(), Some(StrColumnError::Utf8 { row: 1 }));
    }
}
