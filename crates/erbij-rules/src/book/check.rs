//! From what is written to rules that make sense, or an error that names line, rule and key.

use std::collections::HashMap;

use erbij_core::{Placement, Timestamp};
use toml::Spanned;

use super::{Action, BookError, MAX_FACTOR, MAX_POSITION, MAX_RULES, RuleBook, RuleParams, RuleProblem};
use crate::Expr;

/// Rules that make sense: every expression checked, every number in its range, every name there once.
#[derive(Clone, Debug, Default)]
pub struct CheckedRuleBook {
    pub(super) rules: Vec<CheckedRule>,
}

#[derive(Clone, Debug)]
pub(super) struct CheckedRule {
    pub(super) name: String,
    pub(super) line: usize,
    pub(super) placements: Vec<Placement>,
    pub(super) from: Option<Timestamp>,
    pub(super) until: Option<Timestamp>,
    pub(super) anchors: Option<Expr>,
    pub(super) effect: CheckedEffect,
}

#[derive(Clone, Debug)]
pub(super) enum CheckedEffect {
    Hide(Expr),
    Pin { items: Expr, position: u32 },
    Boost { items: Expr, factor: f32 },
    Category { action: Action, items: Option<Expr>, level: Option<u32> },
}

impl RuleBook {
    /// The rules, if all of them make sense; else what is wrong with the first that does not.
    pub fn check(&self) -> Result<CheckedRuleBook, BookError> {
        if MAX_RULES < self.len() {
            return Err(BookError::TooMany { found: self.len() });
        }
        let mut lines: HashMap<&str, usize> = HashMap::new();
        let mut rules = Vec::with_capacity(self.len());
        for params in &self.rules {
            let rule = Rule { book: self, params };
            let line = self.line(&params.name);
            let name = params.name.get_ref();
            if name.trim().is_empty() {
                return Err(rule.error_at(
                    line,
                    "name",
                    value("no name", "a name that says what the rule is for"),
                ));
            }
            if let Some(&first) = lines.get(name.as_str()) {
                return Err(rule.error_at(line, "name", RuleProblem::Duplicate { first }));
            }
            lines.insert(name, line);
            rules.push(rule.check(line)?);
        }
        Ok(CheckedRuleBook { rules })
    }
}

impl CheckedRuleBook {
    /// Reads and checks rules; an empty text is a book without rules.
    pub fn read(text: &str) -> Result<Self, BookError> {
        RuleBook::read(text)?.check()
    }

    /// How many rules.
    pub fn len(&self) -> usize {
        self.rules.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }
}

fn value(found: impl Into<String>, expected: impl Into<String>) -> RuleProblem {
    RuleProblem::Value { found: found.into(), expected: expected.into() }
}

/// A rule under check, with the book that knows its lines.
struct Rule<'a> {
    book: &'a RuleBook,
    params: &'a RuleParams,
}

impl Rule<'_> {
    fn error_at(&self, line: usize, field: &'static str, problem: RuleProblem) -> BookError {
        BookError::Rule { line, rule: self.params.name.get_ref().clone(), field, problem }
    }

    fn error<T>(&self, at: &Spanned<T>, field: &'static str, problem: RuleProblem) -> BookError {
        self.error_at(self.book.line(at), field, problem)
    }

    fn check(&self, line: usize) -> Result<CheckedRule, BookError> {
        let params = self.params;
        let from = self.instant("from", params.from.as_ref())?;
        let until = self.instant("until", params.until.as_ref())?;
        if let (Some(from), Some(until), Some(at)) = (from, until, &params.until)
            && until <= from
        {
            let expected = format!(
                "an instant after `from`, {from}; `until` is the first instant at which the rule no longer applies"
            );
            return Err(self.error(at, "until", value(until.to_string(), expected)));
        }
        let placements = match &params.placements {
            None => Placement::ALL.to_vec(),
            Some(placements) if placements.get_ref().is_empty() => {
                let expected = "at least one placement; omit the key for all of them";
                return Err(self.error(placements, "placements", value("none", expected)));
            }
            Some(placements) => placements.get_ref().clone(),
        };
        let anchors = self.expr("anchors", params.anchors.as_ref())?;
        let effect = self.effect(line)?;
        let name = params.name.get_ref().clone();
        Ok(CheckedRule { name, line, placements, from, until, anchors, effect })
    }

    fn effect(&self, line: usize) -> Result<CheckedEffect, BookError> {
        let params = self.params;
        let action = params.action;
        let unwanted = |field, instead| (field, RuleProblem::Unwanted { action, instead });
        for (allowed, given, (field, problem)) in [
            (
                Action::Pin,
                params.position.as_ref().map(|at| self.book.line(at)),
                unwanted("position", "\"pin\""),
            ),
            (
                Action::Boost,
                params.factor.as_ref().map(|at| self.book.line(at)),
                unwanted("factor", "\"boost\""),
            ),
        ] {
            if let (true, Some(line)) = (action != allowed, given) {
                return Err(self.error_at(line, field, problem));
            }
        }
        let is_of_category = matches!(action, Action::SameCategory | Action::OtherCategory);
        if let (false, Some(level)) = (is_of_category, &params.level) {
            let (field, problem) = unwanted("level", "\"same_category\" or \"other_category\"");
            return Err(self.error(level, field, problem));
        }
        let missing = |field, example| self.error_at(line, field, RuleProblem::Missing { action, example });
        let items = self.expr("items", params.items.as_ref())?;
        let needed =
            |items: Option<Expr>| items.ok_or_else(|| missing("items", "`items = 'brand == \"Acme\"'`"));
        Ok(match action {
            Action::Hide => CheckedEffect::Hide(needed(items)?),
            Action::Pin => {
                let at = params.position.as_ref().ok_or_else(|| missing("position", "`position = 1`"))?;
                let position = *at.get_ref();
                if !(1..=MAX_POSITION).contains(&position) {
                    let expected = format!("a position from 1 (the first) to {MAX_POSITION}");
                    return Err(self.error(at, "position", value(position.to_string(), expected)));
                }
                CheckedEffect::Pin { items: needed(items)?, position }
            }
            Action::Boost => {
                let at = params.factor.as_ref().ok_or_else(|| missing("factor", "`factor = 1.5`"))?;
                let factor = *at.get_ref();
                if !(1.0 / MAX_FACTOR..=MAX_FACTOR).contains(&factor) {
                    let expected = format!(
                        "a number from {} to {MAX_FACTOR}; a factor below 1 lowers items, and `action = \"hide\"` removes them",
                        1.0 / MAX_FACTOR
                    );
                    return Err(self.error(at, "factor", value(factor.to_string(), expected)));
                }
                CheckedEffect::Boost { items: needed(items)?, factor }
            }
            Action::SameCategory | Action::OtherCategory => {
                if let Some(level) = params.level.as_ref().filter(|level| *level.get_ref() == 0) {
                    let expected = "1 (the first part of the path) or more; omit the key for the whole path";
                    return Err(self.error(level, "level", value("0", expected)));
                }
                CheckedEffect::Category {
                    action,
                    items,
                    level: params.level.as_ref().map(|at| *at.get_ref()),
                }
            }
        })
    }

    fn expr(&self, field: &'static str, source: Option<&Spanned<String>>) -> Result<Option<Expr>, BookError> {
        let Some(source) = source else { return Ok(None) };
        let compiled = Expr::compile(source.get_ref());
        compiled.map(Some).map_err(|error| self.error(source, field, RuleProblem::Expr(Box::new(error))))
    }

    fn instant(
        &self,
        field: &'static str,
        found: Option<&Spanned<toml::Value>>,
    ) -> Result<Option<Timestamp>, BookError> {
        let Some(found) = found else { return Ok(None) };
        let text = match found.get_ref() {
            toml::Value::Datetime(instant) => instant.to_string(),
            toml::Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        Timestamp::parse(&text).map(Some).map_err(|_| {
            let expected = "a date such as 2026-01-31, or an instant such as 2026-01-31T08:00:00Z";
            self.error(found, field, value(format!("`{text}`"), expected))
        })
    }
}
