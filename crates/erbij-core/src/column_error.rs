//! Faults of columns that a model is made of.

/// Why columns do not form a valid model.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum ModelError {
    /// A column is shorter or longer than it must be.
    #[error("column `{column}` has {found} values, expected {expected}")]
    Length {
        /// Its name.
        column: &'static str,
        /// Its values.
        found: usize,
        /// What they should be.
        expected: usize,
    },
    /// A row breaks a rule.
    #[error("row {row}: {rule}")]
    Row {
        /// The item whose row it is.
        row: usize,
        /// The rule.
        rule: &'static str,
    },
}

/// Checks the length of a column.
pub fn check_len(column: &'static str, found: usize, expected: usize) -> Result<(), ModelError> {
    if found == expected { Ok(()) } else { Err(ModelError::Length { column, found, expected }) }
}
