//! Ranges of a recipe's parameters.

/// A parameter outside its range.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("`{name}` is {found}, expected {expected}")]
pub struct ParamError {
    /// The key, without its table.
    pub name: &'static str,
    /// Its value.
    pub found: String,
    /// What it may be.
    pub expected: &'static str,
}

/// Passes a value that is in its range; anything else, NaN included, is an error.
pub fn in_range<T: std::fmt::Display>(
    name: &'static str,
    value: T,
    is_good: impl FnOnce(&T) -> bool,
    expected: &'static str,
) -> Result<T, ParamError> {
    if is_good(&value) { Ok(value) } else { Err(ParamError { name, found: value.to_string(), expected }) }
}
