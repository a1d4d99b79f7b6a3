//! What is wrong with an expression, where, and what would be right.

use crate::{COLUMNS, FUNCTIONS};

/// Why a text is no expression.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, column {column}: {problem}")]
pub struct ExprError {
    /// The line within the expression, from 1.
    pub line: usize,
    /// The letter within the line, from 1.
    pub column: usize,
    /// What is wrong there.
    pub problem: ExprProblem,
}

/// What is wrong with an expression.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ExprProblem {
    /// Longer than anybody writes.
    #[error("the expression has {found} bytes, expected at most {limit}")]
    TooLong {
        /// Its length.
        found: usize,
        /// The longest that is read.
        limit: usize,
    },
    /// Parentheses, calls or sums within each other, too many of them.
    #[error(
        "the expression is nested too deeply, expected at most {limit} levels; use `in [...]`, or put `&&` and `||` side by side"
    )]
    TooDeep {
        /// The deepest that is read.
        limit: usize,
    },
    /// Not the language.
    #[error("found {found}, expected {expected}{hint}")]
    Syntax {
        /// What stands there.
        found: String,
        /// What could stand there.
        expected: String,
        /// What was probably meant, with its `;`, or nothing.
        hint: String,
    },
    /// A name that is none of a column.
    #[error("unknown column `{found}`; {}", did_you_mean(nearest.as_deref(), &column_list()))]
    UnknownColumn {
        /// The name.
        found: String,
        /// The column that was probably meant.
        nearest: Option<String>,
    },
    /// A name that is none of a function.
    #[error("unknown function `{found}`; {}", did_you_mean(nearest.as_deref(), &function_list()))]
    UnknownFunction {
        /// The name.
        found: String,
        /// The function that was probably meant.
        nearest: Option<String>,
    },
    /// A value that a column of few values never has.
    #[error("`{found}` is not a value of `{column}`; {}", did_you_mean(nearest.as_deref(), known))]
    UnknownValue {
        /// The column.
        column: &'static str,
        /// The value.
        found: String,
        /// The value that was probably meant.
        nearest: Option<String>,
        /// The values there are.
        known: String,
    },
    /// Something of another kind than the place wants.
    #[error("{place} is {found}, expected {expected}")]
    Type {
        /// The place, such as `the right side of <`.
        place: String,
        /// What stands there.
        found: &'static str,
        /// What should.
        expected: &'static str,
    },
    /// Two things that do not go together.
    #[error("cannot compare {left} with {right}, expected two values of the same kind")]
    Unlike {
        /// What stands left.
        left: &'static str,
        /// What stands right.
        right: &'static str,
    },
    /// A function with too many arguments, or too few.
    #[error("`{function}` takes {expected}; found {found}")]
    Arguments {
        /// The function.
        function: String,
        /// How it is written.
        expected: &'static str,
        /// How many were found.
        found: usize,
    },
    /// Valid in the language at large, but not of any use here.
    #[error("{what} cannot be used here; {instead}")]
    Unsupported {
        /// What stands there.
        what: String,
        /// What to write.
        instead: String,
    },
    /// A regular expression that is none, or too large.
    #[error("the pattern of `matches` is not valid: {message}")]
    Pattern {
        /// What is wrong with it.
        message: String,
    },
    /// More searches in texts than a request may cost.
    #[error(
        "the expression searches titles, ids and links {found} times, expected at most {limit}; join patterns with `|`"
    )]
    TooManySearches {
        /// How many there are.
        found: usize,
        /// How many there may be.
        limit: usize,
    },
}

fn did_you_mean(nearest: Option<&str>, known: &str) -> String {
    match nearest {
        Some(nearest) => format!("did you mean `{nearest}`?"),
        None => format!("expected one of {known}"),
    }
}

fn function_list() -> String {
    FUNCTIONS.map(|function| function.name).join(", ")
}

fn column_list() -> String {
    COLUMNS.map(|spec| spec.name).join(", ")
}
