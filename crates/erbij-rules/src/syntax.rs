//! From text to syntax tree, and from the parser's words to ours.
//!
//! The parser is that of the crate `cel`; its interpreter, which would go item by item, is not used. Its macros are
//! switched off, so that `has`, `exists` and `all` come as they are written and can be asked of a whole column.

use std::panic::{AssertUnwindSafe, catch_unwind};

use cel::common::ast::{Expr as Syntax, IdedExpr, SourceInfo};
use cel::{ParseError, ParseErrors};

use crate::{ExprError, ExprProblem, MAX_DEPTH, MAX_EXPR_BYTES};

/// A text and its tree, which find each other.
pub(crate) struct Source<'a> {
    text: &'a str,
    info: SourceInfo,
}

/// The tree of a text, bounded in length and depth.
pub(crate) fn parse(text: &str) -> Result<(IdedExpr, Source<'_>), ExprError> {
    let at_start = |problem| ExprError { line: 1, column: 1, problem };
    if MAX_EXPR_BYTES < text.len() {
        return Err(at_start(ExprProblem::TooLong { found: text.len(), limit: MAX_EXPR_BYTES }));
    }
    // The parser is others' work and the text may be hostile: a bug there must not be the end of a service.
    let parsed = catch_unwind(AssertUnwindSafe(|| {
        let parser = cel::Env::default().parser().max_recursion_depth(MAX_DEPTH as u16);
        parser.parse_with_source_info(text)
    }));
    match parsed {
        Ok(Ok((tree, info))) => Ok((tree, Source { text, info })),
        Ok(Err(errors)) => Err(in_our_words(text, &errors)),
        Err(_) => Err(at_start(syntax("a text that the parser cannot read", "an expression", ""))),
    }
}

impl Source<'_> {
    /// An error at the first letter of a part of the tree.
    pub(crate) fn error_at(&self, node: &IdedExpr, problem: ExprProblem) -> ExprError {
        self.error(self.start(node), problem)
    }

    /// An error at the name of a call, or at an operator.
    pub(crate) fn error_at_call(&self, node: &IdedExpr, problem: ExprProblem) -> ExprError {
        self.error(self.call_start(node), problem)
    }

    fn error(&self, offset: usize, problem: ExprProblem) -> ExprError {
        let before = self.text.get(..offset).unwrap_or(self.text);
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or(before).chars().count() + 1;
        ExprError { line, column, problem }
    }

    /// Where the parser says a part is: an operator's sign, a call's parenthesis, else its first letter.
    fn offset(&self, node: &IdedExpr) -> usize {
        self.info.offset_for(node.id).map_or(0, |(start, _)| start as usize)
    }

    fn start(&self, node: &IdedExpr) -> usize {
        let mut node = node;
        loop {
            node = match &node.expr {
                Syntax::Select(select) => &select.operand,
                Syntax::Call(call) => match (&call.target, call.args.first()) {
                    (Some(target), _) => target,
                    (None, Some(first)) if call.func_name.starts_with('_') || call.func_name == "@in" => {
                        first
                    }
                    (None, _) => return self.call_start(node),
                },
                _ => return self.offset(node),
            }
        }
    }

    fn call_start(&self, node: &IdedExpr) -> usize {
        let offset = self.offset(node);
        match &node.expr {
            Syntax::Call(call) if self.text.get(offset..).is_some_and(|rest| rest.starts_with('(')) => {
                self.text[..offset].rfind(call.func_name.as_str()).unwrap_or(offset)
            }
            _ => offset,
        }
    }
}

fn syntax(found: &str, expected: &str, hint: &str) -> ExprProblem {
    ExprProblem::Syntax { found: found.to_owned(), expected: expected.to_owned(), hint: hint.to_owned() }
}

/// The first of the parser's complaints. It lists every token of the grammar that it would have taken; people want
/// to know whether a value or an operator is missing, and what other languages' words are here.
fn in_our_words(text: &str, errors: &ParseErrors) -> ExprError {
    let of_syntax = |error: &&ParseError| error.msg.starts_with("Syntax error");
    let first = errors.errors.iter().find(of_syntax).or(errors.errors.first());
    let Some(ParseError { pos: (line, column), msg, .. }) = first else {
        return ExprError { line: 1, column: 1, problem: syntax("no expression", "one", "") };
    };
    let (line, column) = ((*line).max(1) as usize, (*column).max(1) as usize);
    if msg.contains("Recursion limit") {
        return ExprError { line, column, problem: ExprProblem::TooDeep { limit: MAX_DEPTH } };
    }
    let line_text = text.split('\n').nth(line - 1).unwrap_or("");
    let at = line_text.char_indices().nth(column - 1).map_or(line_text.len(), |(at, _)| at);
    let (before, rest) = line_text.split_at(at);
    let word_before = before.trim_end().rsplit(|letter: char| !letter.is_alphanumeric()).next().unwrap_or("");
    let token = first_token(rest);
    let found = if token.is_empty() { "the end of the expression".to_owned() } else { format!("`{token}`") };
    let expected = expected(msg, token, rest);
    ExprError { line, column, problem: syntax(&found, expected, hint(token, word_before)) }
}

/// What could stand where the parser is at a loss.
fn expected(msg: &str, token: &str, rest: &str) -> &'static str {
    let is_lost = msg.contains("token recognition");
    let closes = |quote: &str| rest[quote.len()..].contains(quote);
    match token {
        _ if ["invalid int", "invalid uint", "invalid double"].iter().any(|start| msg.contains(start)) => {
            "a number that fits in 64 bits"
        }
        _ if msg.contains("reserved identifier") => "a column; this word is reserved",
        _ if msg.contains("missing ')'") => "`)`",
        "\"" | "'" if is_lost && !closes(token) => "a text with a closing quote",
        "\"" | "'" if is_lost || msg.contains("invalid string") => {
            "a text without unknown escapes; write a backslash as `\\\\`, or the text as r\"...\""
        }
        _ if is_lost && !token.is_ascii() => "a character of the language",
        _ if msg.contains("IDENTIFIER") => "a column, a value or `(`",
        _ => "an operator such as `&&` or `==`, or the end of the expression",
    }
}

/// A word, or one letter that is none of a word.
fn first_token(rest: &str) -> &str {
    let word = rest.find(|letter: char| !letter.is_alphanumeric() && letter != '_').unwrap_or(rest.len());
    let letter = rest.chars().next().map_or(0, char::len_utf8);
    &rest[..word.max(letter)]
}

/// What other languages' words are in this one.
fn hint(token: &str, word_before: &str) -> &'static str {
    match (token, word_before) {
        ("=", _) => "; write `==` for equality",
        ("&" | "and" | "AND" | "And", _) => "; write `&&` to require both",
        ("|" | "or" | "OR" | "Or", _) => "; write `||` to accept either",
        ("not" | "NOT", _) | (_, "not" | "NOT") => "; write `!(...)` to negate",
        ("like" | "LIKE", _) => "; search text with `contains`, `startsWith` or `matches`",
        ("“" | "”" | "„" | "‘" | "’" | "«" | "»", _) => "; put text in straight quotes, \"...\"",
        _ => "",
    }
}
