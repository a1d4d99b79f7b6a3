//! `rules.toml`: what the shop says of its candidates, as it is written.
//!
//! ```toml
//! [[rules]]
//! name = "no fireworks in spring"
//! placements = ["home", "newsletter"]
//! items = 'category.within("Garden > Fireworks")'
//! from = 2026-01-10
//! until = 2026-12-01
//! action = "hide"
//! ```

mod active;
mod check;
mod compiled;
mod emptied;

use erbij_core::{Placement, TomlError, from_toml};
use serde::Deserialize;
use toml::Spanned;

use crate::ExprError;

pub use active::{ActiveRules, Pin};
pub use check::CheckedRuleBook;
pub use compiled::{CompiledRules, RuleSummary};
pub use emptied::Emptied;

/// The most rules of a book: each may hold two bits an item.
pub const MAX_RULES: usize = 500;

/// The lowest place that an item can be pinned to.
pub const MAX_POSITION: u32 = 100;

/// The largest factor of a boost; its inverse is the smallest.
pub const MAX_FACTOR: f32 = 1000.0;

/// What a rule does with the items it is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// They are not shown.
    Hide,
    /// The first of them that may be shown stands at a place.
    Pin,
    /// Their scores are multiplied.
    Boost,
    /// They are shown only beside an anchor of the same category.
    SameCategory,
    /// They are shown only beside anchors of other categories.
    OtherCategory,
}

impl Action {
    /// The spelling in `rules.toml`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Hide => "hide",
            Self::Pin => "pin",
            Self::Boost => "boost",
            Self::SameCategory => "same_category",
            Self::OtherCategory => "other_category",
        }
    }
}

/// Rules as they are written, unchecked: known keys of the right types.
#[derive(Clone, Debug, Default)]
pub struct RuleBook {
    rules: Vec<RuleParams>,
    /// Where lines end, to find that of a field.
    line_ends: Vec<usize>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct BookParams {
    #[serde(default)]
    rules: Vec<RuleParams>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RuleParams {
    name: Spanned<String>,
    placements: Option<Spanned<Vec<Placement>>>,
    items: Option<Spanned<String>>,
    anchors: Option<Spanned<String>>,
    from: Option<Spanned<toml::Value>>,
    until: Option<Spanned<toml::Value>>,
    action: Action,
    position: Option<Spanned<u32>>,
    factor: Option<Spanned<f32>>,
    level: Option<Spanned<u32>>,
}

/// Why a text is no book of rules.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum BookError {
    /// Not TOML, or a key that no rule has.
    #[error("{0}")]
    Toml(TomlError),
    /// A rule that does not make sense.
    #[error("line {line}: rule `{rule}`, `{field}`: {problem}")]
    Rule {
        /// The line of the file, from 1.
        line: usize,
        /// The rule's name.
        rule: String,
        /// The key that is wrong or missing.
        field: &'static str,
        /// What is wrong with it.
        problem: RuleProblem,
    },
    /// More rules than there is room for.
    #[error("found {found} rules, expected at most {MAX_RULES}; combine rules of the same action with `||`")]
    TooMany {
        /// How many there are.
        found: usize,
    },
}

/// What is wrong with a key of a rule.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum RuleProblem {
    /// The action needs it.
    #[error("missing, but `action = \"{}\"` needs it; add {example}", action.name())]
    Missing {
        /// The action.
        action: Action,
        /// What it could be.
        example: &'static str,
    },
    /// The action has no use for it.
    #[error("not used by `action = \"{}\"`; remove it, or change the action to {instead}", action.name())]
    Unwanted {
        /// The action.
        action: Action,
        /// Which has.
        instead: &'static str,
    },
    /// Neither small nor large enough.
    #[error("found {found}, expected {expected}")]
    Value {
        /// What was found.
        found: String,
        /// What would be right.
        expected: String,
    },
    /// Not an expression.
    #[error("{0}")]
    Expr(Box<ExprError>),
    /// A name that an earlier rule has.
    #[error("the rule on line {first} has the same name; give each rule a unique name")]
    Duplicate {
        /// Its line.
        first: usize,
    },
}

impl RuleBook {
    /// Reads rules; unknown keys are refused with the nearest valid one. An empty text is a book without rules.
    ///
    /// ```
    /// use erbij_rules::RuleBook;
    /// assert!(RuleBook::read("").unwrap().is_empty());
    /// let error = RuleBook::read("[[rules]]\nname = 'a'\nacton = 'hide'").unwrap_err();
    /// assert_eq!(error.to_string(), "line 3: unknown key `acton`; did you mean `action`?");
    /// ```
    pub fn read(text: &str) -> Result<Self, BookError> {
        let BookParams { rules } = from_toml(text).map_err(BookError::Toml)?;
        let line_ends =
            text.bytes().enumerate().filter(|&(_, byte)| byte == b'\n').map(|(at, _)| at).collect();
        Ok(Self { rules, line_ends })
    }

    /// How many rules.
    pub fn len(&self) -> usize {
        self.rules.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// The line on which a field's value begins.
    fn line<T>(&self, field: &Spanned<T>) -> usize {
        1 + self.line_ends.partition_point(|&end| end < field.span().start)
    }
}
