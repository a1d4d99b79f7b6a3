//! The shop's word: conditions on items, filters of requests, and rules.
//!
//! An [`Expr`] is a condition in CEL over the columns of the catalogue, checked when it is read. It is evaluated column
//! by column into an [`ItemSet`], a bit an item, so that a candidate costs a bit test while a slate is made. A
//! [`FilterCache`] keeps the sets of the expressions that requests repeat. A [`RuleBook`] is the shop's `rules.toml`:
//! what is hidden, pinned, boosted or bound to a category, where and when. `RULES.md` beside this crate is the page for
//! whoever writes them.
//!
//! Over a million items, from the text to the set (`cargo bench -p erbij-rules --bench filter`; 2 cores, virtual):
//!
//! | condition | time |
//! |---|---|
//! | `brand in [three] && price < 50` | 2.0 ms |
//! | `category.within("Top > Middle")` | 1.5 ms |
//! | `has(price) && price / pack_size < 2.5 && !adult` | 7.1 ms |
//! | `topics.exists(t, t.startsWith("a"))` | 3.2 ms |
//! | `title.contains("word")`, the same after `lowerAscii()` | 7.9 ms, 8.8 ms |
//! | `title.matches("(?i)espresso\|descal")` | 20 ms |
//! | `title.matches(...)`, where a pattern begins as every word of every title does | 144 ms |
//! | the interpreter of the crate `cel`, item by item: the first two and `contains` | 18 to 20 s |
//!
//! The last is reckoned from a thousand items, values handed over: 18 to 20 µs each. A set that a cache keeps is
//! found in 35 ns, and then a candidate costs 3 ns. Reading and checking takes 16 to 230 µs. [`Columns`] of a million
//! items are built in 46 ms. Twenty rules cost a query of a thousand candidates 27 µs.

mod book;
mod cache;
mod check;
mod columns;
mod error;
mod evaluate;
mod expr;
mod functions;
mod item_set;
mod limits;
mod plan;
mod syntax;

pub use book::{
    Action, ActiveRules, BookError, CheckedRuleBook, CompiledRules, Emptied, MAX_FACTOR, MAX_POSITION,
    MAX_RULES, Pin, RuleBook, RuleProblem, RuleSummary,
};
pub use cache::{CacheLimits, FilterCache};
pub use columns::{COLUMNS, ColumnSpec, ColumnType, Columns};
pub use error::{ExprError, ExprProblem};
pub use expr::Expr;
pub use functions::{FUNCTIONS, FunctionSpec};
pub use item_set::ItemSet;
pub use limits::{MAX_DEPTH, MAX_EXPR_BYTES, MAX_PATTERN_BYTES, MAX_SEARCHES};

#[cfg(test)]
mod tests;
