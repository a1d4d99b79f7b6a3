//! Some rows of a table, with the columns that were asked for.

use arrow_array::ArrayRef;

/// Some rows of a table.
pub(crate) struct Batch {
    /// The number of its first row, counted over all files.
    pub(crate) first_row: u64,
    /// How many rows.
    pub(crate) n_rows: usize,
    /// The columns asked for, in that order; none where the file has no such column.
    pub(crate) columns: Vec<Option<ArrayRef>>,
}
