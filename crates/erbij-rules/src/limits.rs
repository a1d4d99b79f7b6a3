//! How long, deep and dear an expression may be.

/// The longest expression that is read, in bytes.
pub const MAX_EXPR_BYTES: usize = 2048;

/// The deepest expression that is read, in levels of parentheses, calls and sums. `&&` and `||` side by side are
/// balanced by the parser and count little.
pub const MAX_DEPTH: usize = 32;

/// The most tests of one expression that look at every row's text, or hold a pattern.
pub const MAX_SEARCHES: usize = 8;

/// The largest regular expression, compiled, in bytes.
pub const MAX_PATTERN_BYTES: usize = 1 << 18;
