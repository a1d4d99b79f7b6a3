//! The functions: each with what it is called on, its arguments, and what it becomes.

use cel::common::ast::{CallExpr, Expr as Syntax, IdedExpr};
use erbij_core::{Timestamp, nearest};
use memchr::memmem::Finder;
use regex::bytes::RegexBuilder;

use super::{Checker, Typed};
use crate::columns::{Column, column_from_name};
use crate::plan::{Case, Condition, Number, Quantifier, Test, Text, TextRelation, TextSource};
use crate::{ExprError, ExprProblem, FUNCTIONS, MAX_PATTERN_BYTES};

impl<'a> Checker<'a> {
    pub(super) fn function(&mut self, node: &'a IdedExpr, call: &'a CallExpr) -> Result<Typed, ExprError> {
        let name = call.func_name.as_str();
        match (name, call.target.as_deref(), call.args.as_slice()) {
            ("startsWith", Some(text), [part]) => self.relation(node, text, TextRelation::StartsWith, part),
            ("endsWith", Some(text), [part]) => self.relation(node, text, TextRelation::EndsWith, part),
            ("contains", Some(text), [part]) => self.relation(node, text, TextRelation::Contains, part),
            ("within", Some(text), [part]) => self.relation(node, text, TextRelation::Within, part),
            ("matches", Some(text), [pattern]) => self.matches(node, text, pattern),
            ("lowerAscii", Some(text), []) => self.case(text, Case::Lower),
            ("upperAscii", Some(text), []) => self.case(text, Case::Upper),
            ("size", Some(whole), []) | ("size", None, [whole]) => self.size(whole),
            ("has", None, [column]) => self.has(column),
            ("exists", Some(list), [topic, test]) => self.quantified(list, topic, test, Quantifier::Exists),
            ("all", Some(list), [topic, test]) => self.quantified(list, topic, test, Quantifier::All),
            ("timestamp", None, [text]) => self.timestamp(text),
            _ => Err(self.source.error_at_call(node, wrong_call(call))),
        }
    }

    fn relation(
        &mut self,
        node: &'a IdedExpr,
        text: &'a IdedExpr,
        relation: TextRelation,
        part: &'a IdedExpr,
    ) -> Result<Typed, ExprError> {
        let text = self.text(text, "the value before `.`")?;
        let part = self.text(part, "the argument in `(...)`")?;
        let test = match (relation, &part.source) {
            (TextRelation::Contains, TextSource::Literal(needle)) => {
                Test::Finds(Box::new(Finder::new(needle).into_owned()))
            }
            _ => Test::With(relation, part),
        };
        self.text_test(node, text, test).map(Typed::Condition)
    }

    fn matches(
        &mut self,
        node: &'a IdedExpr,
        text: &'a IdedExpr,
        pattern: &'a IdedExpr,
    ) -> Result<Typed, ExprError> {
        let text = self.text(text, "the value before `.`")?;
        let written = self.text(pattern, "the pattern")?;
        let TextSource::Literal(literal) = written.source else {
            let instead = "write the pattern in quotes: `title.matches(\"(?i)pan\")`";
            return Err(self.unsupported(pattern, "a column as a pattern", instead));
        };
        // Bounded twice: what the pattern becomes, and what finding it may remember.
        let built = RegexBuilder::new(&literal)
            .size_limit(MAX_PATTERN_BYTES)
            .dfa_size_limit(4 * MAX_PATTERN_BYTES)
            .nest_limit(64)
            .build();
        let regex = built.map_err(|error| {
            let message = match error {
                regex::Error::CompiledTooBig(_) => {
                    "it is too large; use fewer repetitions and classes".to_owned()
                }
                other => last_line(&other.to_string()),
            };
            self.source.error_at(pattern, ExprProblem::Pattern { message })
        })?;
        self.text_test(node, text, Test::Matches(regex)).map(Typed::Condition)
    }

    fn case(&mut self, text: &'a IdedExpr, case: Case) -> Result<Typed, ExprError> {
        let text = self.text(text, "the value before `.`")?;
        let source = match text.source {
            TextSource::Literal(literal) => {
                let turned = match case {
                    Case::AsIs => literal,
                    Case::Lower => literal.to_ascii_lowercase(),
                    Case::Upper => literal.to_ascii_uppercase(),
                };
                return Ok(Typed::Text(Text { source: TextSource::Literal(turned), case: Case::AsIs }));
            }
            other => other,
        };
        // Of two turns the last decides.
        Ok(Typed::Text(Text { source, case }))
    }

    fn size(&mut self, whole: &'a IdedExpr) -> Result<Typed, ExprError> {
        match self.typed(whole)? {
            Typed::Text(text) => Ok(Typed::Number(Number::Size(text))),
            Typed::Topics => Ok(Typed::Number(Number::TopicCount)),
            other => Err(self.type_error(whole, "the argument of `size`", &other, "text or `topics`")),
        }
    }

    fn has(&mut self, node: &'a IdedExpr) -> Result<Typed, ExprError> {
        let Syntax::Ident(name) = &node.expr else {
            return Err(self.unsupported(
                node,
                "this expression in `has`",
                "`has` takes one column: `has(price)`",
            ));
        };
        // Asked first, for its error where the name is none.
        self.typed(node)?;
        match column_from_name(name) {
            Some(column) if self.topic != Some(name) => Ok(Typed::Condition(match column {
                Column::Flag(_) => Condition::Fixed(true),
                _ => Condition::Known(column),
            })),
            _ => Err(self.unsupported(node, "a topic in `has`", "`has` takes one column: `has(topics)`")),
        }
    }

    fn quantified(
        &mut self,
        list: &'a IdedExpr,
        topic: &'a IdedExpr,
        test: &'a IdedExpr,
        quantifier: Quantifier,
    ) -> Result<Typed, ExprError> {
        match self.typed(list)? {
            Typed::Topics => {}
            other => return Err(self.type_error(list, "the value before `.`", &other, "`topics`")),
        }
        let Syntax::Ident(name) = &topic.expr else {
            let instead = "the first argument must be a name for the topic: `topics.exists(t, t == \"bbq\")`";
            return Err(self.unsupported(topic, "this argument", instead));
        };
        self.topic = Some(name);
        let test = self.condition(test, "the second argument")?;
        self.topic = None;
        Ok(Typed::Condition(self.topic_test(quantifier, test)))
    }

    fn timestamp(&mut self, node: &'a IdedExpr) -> Result<Typed, ExprError> {
        let text = self.text(node, "the argument of `timestamp`")?;
        let instant = match &text.source {
            TextSource::Literal(literal) => Timestamp::parse(literal).map_err(|error| error.to_string()),
            _ => Err("a column is not an instant".to_owned()),
        };
        match instant {
            Ok(at) => Ok(Typed::Instant(Number::Literal(at.micros() as f64))),
            Err(message) => {
                let instead = format!("{message}; write `timestamp(\"2026-01-31\")`");
                Err(self.unsupported(node, "this argument of `timestamp`", &instead))
            }
        }
    }
}

/// A known function with wrong arguments, or one that is not known.
fn wrong_call(call: &CallExpr) -> ExprProblem {
    let name = call.func_name.as_str();
    let usage = match name {
        "startsWith" => "one text: `title.startsWith(\"Set\")`",
        "endsWith" => "one text: `title.endsWith(\"XL\")`",
        "contains" => "one text: `title.contains(\"glass\")`",
        "within" => "one path: `category.within(\"Home > Kitchen\")`",
        "matches" => "one pattern: `title.matches(\"(?i)pan\")`",
        "lowerAscii" | "upperAscii" => "no arguments: `title.lowerAscii()`",
        "size" => "one text or list: `size(title)`, `topics.size()`",
        "has" => "one column in parentheses: `has(price)`",
        "exists" | "all" => "a name and a condition: `topics.exists(t, t == \"bbq\")`",
        "timestamp" => "one date: `timestamp(\"2026-01-31\")`",
        _ => {
            let nearest = nearest(name, FUNCTIONS.iter().map(|function| function.name)).map(str::to_owned);
            return ExprProblem::UnknownFunction { found: name.to_owned(), nearest };
        }
    };
    ExprProblem::Arguments { function: name.to_owned(), expected: usage, found: call.args.len() }
}

/// The library draws the place of the error over several lines and says at last what it is.
fn last_line(message: &str) -> String {
    let line = message.lines().last().unwrap_or(message);
    line.strip_prefix("error: ").unwrap_or(line).to_owned()
}
