//! The shop's word: conditions on items, filters of requests, and rules.
//!
//! An [`Expr`] is a condition in CEL over the columns of the catalogue, checked when it is read. It is evaluated column
//! by column into an [`ItemSet`], a bit an item, so that a candidate costs a bit test while a slate is made. A
//! [`FilterCache`] keeps the sets of the expressions that requests repeat. A [`RuleBook`] is the shop's `rules.toml`:
//! what is hidden, pinned, boosted or bound to a category, where and when. `RULES.md` beside this crate is the page for
//! whoever writes them.

mod book;
mod cache;
mod check;
mod columns;
mod error;
mod evaluate;
mod expr;
mod item_set;
mod plan;
mod syntax;

pub use book::{
    Action, ActiveRules, BookError, CheckedRuleBook, CompiledRules, MAX_FACTOR, MAX_POSITION, MAX_RULES, Pin,
    RuleBook, RuleProblem, RuleSummary,
};
pub use cache::{CacheLimits, FilterCache};
pub use columns::{COLUMNS, ColumnSpec, ColumnType, Columns};
pub use error::{ExprError, ExprProblem};
pub use expr::{Expr, FUNCTIONS, FunctionSpec};
pub use item_set::ItemSet;

/// The longest expression that is read, in bytes.
pub const MAX_EXPR_BYTES: usize = 2048;

/// The deepest expression that is read, in levels of parentheses, calls and sums. `&&` and `||` side by side are
/// balanced by the parser and count little.
pub const MAX_DEPTH: usize = 32;

/// The most tests of one expression that look at every row's text, or hold a pattern.
pub const MAX_SEARCHES: usize = 16;

/// The largest regular expression, compiled, in bytes.
pub const MAX_PATTERN_BYTES: usize = 1 << 18;

#[cfg(test)]
mod tests;
