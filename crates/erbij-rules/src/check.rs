//! From syntax to plan: every name found, every type settled, or an error that says where and what instead.

mod calls;

use cel::common::ast::{CallExpr, Expr as Syntax, IdedExpr, LiteralValue};
use erbij_core::{Availability, ItemKind, nearest};

use crate::columns::{Column, TextColumn, column_from_name, column_names};
use crate::plan::{
    Arithmetic, Case, Condition, Number, Order, Quantifier, Test, Text, TextRelation, TextSource, TextTest,
    TopicTest,
};
use crate::syntax::Source;
use crate::{ExprError, ExprProblem, FUNCTIONS, MAX_DEPTH, MAX_SEARCHES};

/// The plan of a whole expression, and how many slots its tests use.
pub(crate) fn check(tree: &IdedExpr, source: &Source<'_>) -> Result<(Condition, usize), ExprError> {
    let mut checker = Checker { source, topic: None, depth: 0, n_slots: 0, n_searches: 0 };
    let condition = checker.condition(tree, "the whole expression")?;
    Ok((condition, checker.n_slots))
}

/// A part of a plan by what it is.
enum Typed {
    Condition(Condition),
    Number(Number),
    Instant(Number),
    Text(Text),
    Topics,
}

impl Typed {
    fn describe(&self) -> &'static str {
        match self {
            Self::Condition(_) => "true or false",
            Self::Number(_) => "a number",
            Self::Instant(_) => "an instant",
            Self::Text(_) => "text",
            Self::Topics => "a list of topics",
        }
    }
}

struct Checker<'a> {
    source: &'a Source<'a>,
    /// The name of the topic at hand, within `exists` and `all`.
    topic: Option<&'a str>,
    depth: usize,
    n_slots: usize,
    n_searches: usize,
}

impl<'a> Checker<'a> {
    fn typed(&mut self, node: &'a IdedExpr) -> Result<Typed, ExprError> {
        self.depth += 1;
        if MAX_DEPTH < self.depth {
            return Err(self.source.error_at(node, ExprProblem::TooDeep { limit: MAX_DEPTH }));
        }
        let typed = match &node.expr {
            Syntax::Literal(literal) => self.literal(node, literal)?,
            Syntax::Ident(name) => self.name(node, name)?,
            Syntax::Call(call) => self.call(node, call)?,
            Syntax::List(_) => {
                return Err(self.unsupported(
                    node,
                    "a list",
                    "use a list after `in`: `brand in [\"A\", \"B\"]`",
                ));
            }
            Syntax::Select(select) => {
                let field = &select.field;
                let instead = if FUNCTIONS.iter().any(|function| function.name == field) {
                    format!("write a function with parentheses: `{field}(...)`")
                } else {
                    format!("columns have no prefixes or fields; write `{field}`")
                };
                return Err(self.unsupported(node, &format!("`.{field}`"), &instead));
            }
            _ => return Err(self.unsupported(node, "a map or a message", "compare columns with values")),
        };
        self.depth -= 1;
        Ok(typed)
    }

    fn condition(&mut self, node: &'a IdedExpr, place: &str) -> Result<Condition, ExprError> {
        match self.typed(node)? {
            Typed::Condition(condition) => Ok(condition),
            other => Err(self.type_error(node, place, &other, "true or false, such as `price < 50`")),
        }
    }

    fn number(&mut self, node: &'a IdedExpr, place: &str) -> Result<Number, ExprError> {
        match self.typed(node)? {
            Typed::Number(number) => Ok(number),
            other => Err(self.type_error(node, place, &other, "a number")),
        }
    }

    fn text(&mut self, node: &'a IdedExpr, place: &str) -> Result<Text, ExprError> {
        match self.typed(node)? {
            Typed::Text(text) => Ok(text),
            other => Err(self.type_error(node, place, &other, "text")),
        }
    }

    fn literal(&self, node: &IdedExpr, literal: &LiteralValue) -> Result<Typed, ExprError> {
        Ok(match literal {
            LiteralValue::Boolean(value) => Typed::Condition(Condition::Fixed(*value.inner())),
            LiteralValue::Int(value) => Typed::Number(Number::Literal(*value.inner() as f64)),
            LiteralValue::UInt(value) => Typed::Number(Number::Literal(*value.inner() as f64)),
            LiteralValue::Double(value) => Typed::Number(Number::Literal(*value.inner())),
            LiteralValue::String(value) => Typed::Text(literal_text(value.inner())),
            LiteralValue::Null => {
                return Err(self.unsupported(node, "null", "test for a known value with `has(price)`"));
            }
            LiteralValue::Bytes(_) => {
                return Err(self.unsupported(node, "a text of bytes", "leave out the `b`"));
            }
        })
    }

    fn name(&self, node: &IdedExpr, name: &str) -> Result<Typed, ExprError> {
        if self.topic == Some(name) {
            return Ok(Typed::Text(Text { source: TextSource::Topic, case: Case::AsIs }));
        }
        if let Some(topic) = self.topic {
            let instead = format!("in `exists` and `all` you can only use the topic `{topic}`");
            return Err(self.unsupported(node, &format!("`{name}`"), &instead));
        }
        let Some(column) = column_from_name(name) else {
            let nearest = nearest(name, column_names()).map(str::to_owned);
            return Err(self
                .source
                .error_at(node, ExprProblem::UnknownColumn { found: name.to_owned(), nearest }));
        };
        Ok(match column {
            Column::Text(column) => {
                Typed::Text(Text { source: TextSource::Column(column), case: Case::AsIs })
            }
            Column::Number(column) => Typed::Number(Number::Column(column)),
            Column::Instant(column) => Typed::Instant(Number::Column(column)),
            Column::Flag(column) => Typed::Condition(Condition::Flag(column)),
            Column::Topics => Typed::Topics,
        })
    }

    fn call(&mut self, node: &'a IdedExpr, call: &'a CallExpr) -> Result<Typed, ExprError> {
        let condition = |condition| Ok(Typed::Condition(condition));
        match (call.func_name.as_str(), call.args.as_slice()) {
            ("_&&_", [left, right]) => {
                let both =
                    [self.condition(left, "a side of `&&`")?, self.condition(right, "a side of `&&`")?];
                condition(Condition::All(cheapest_first(both, |condition| match condition {
                    Condition::All(parts) => Ok(parts),
                    other => Err(other),
                })))
            }
            ("_||_", [left, right]) => {
                let both =
                    [self.condition(left, "a side of `||`")?, self.condition(right, "a side of `||`")?];
                condition(Condition::Any(cheapest_first(both, |condition| match condition {
                    Condition::Any(parts) => Ok(parts),
                    other => Err(other),
                })))
            }
            ("!_", [inner]) => {
                condition(Condition::Not(Box::new(self.condition(inner, "the value after `!`")?)))
            }
            ("-_", [inner]) => {
                Ok(Typed::Number(Number::Negated(Box::new(self.number(inner, "the value after `-`")?))))
            }
            ("_?_:_", [question, then, otherwise]) => self.choice(question, then, otherwise),
            ("@in", [left, right]) => self.membership(node, left, right).map(Typed::Condition),
            ("_[_]", _) => {
                Err(self.unsupported(node, "`[...]`", "test with `in` or `exists`: `\"bbq\" in topics`"))
            }
            (operator, [left, right]) if operator.starts_with('_') => {
                if let Some(order) = order(operator) {
                    return self.comparison(node, order, left, right).map(Typed::Condition);
                }
                self.arithmetic(node, operator, left, right)
            }
            _ => self.function(node, call),
        }
    }

    fn choice(
        &mut self,
        question: &'a IdedExpr,
        then: &'a IdedExpr,
        otherwise: &'a IdedExpr,
    ) -> Result<Typed, ExprError> {
        let question = self.condition(question, "the value before `?`")?;
        match (self.typed(then)?, self.typed(otherwise)?) {
            (Typed::Condition(then), Typed::Condition(otherwise)) => {
                Ok(Typed::Condition(Condition::Choose(Box::new([question, then, otherwise]))))
            }
            (Typed::Number(then), Typed::Number(otherwise)) => {
                Ok(Typed::Number(Number::Choose(Box::new((question, then, otherwise)))))
            }
            (Typed::Condition(_) | Typed::Number(_), other) => Err(self.type_error(
                otherwise,
                "the value after `:`",
                &other,
                "a value of the same kind as the one before `:`",
            )),
            (other, _) => {
                Err(self.type_error(then, "the value after `?`", &other, "a number, or true or false"))
            }
        }
    }

    fn arithmetic(
        &mut self,
        node: &'a IdedExpr,
        operator: &str,
        left: &'a IdedExpr,
        right: &'a IdedExpr,
    ) -> Result<Typed, ExprError> {
        let (arithmetic, sign) = match operator {
            "_+_" => (Arithmetic::Add, "a side of `+`"),
            "_-_" => (Arithmetic::Subtract, "a side of `-`"),
            "_*_" => (Arithmetic::Multiply, "a side of `*`"),
            "_/_" => (Arithmetic::Divide, "a side of `/`"),
            "_%_" => (Arithmetic::Remainder, "a side of `%`"),
            _ => {
                return Err(self.unsupported(
                    node,
                    &format!("`{operator}`"),
                    "use `+ - * / %` and comparisons",
                ));
            }
        };
        let sides = [self.number(left, sign)?, self.number(right, sign)?];
        Ok(Typed::Number(Number::Arithmetic(arithmetic, Box::new(sides))))
    }

    fn comparison(
        &mut self,
        node: &'a IdedExpr,
        order: Order,
        left: &'a IdedExpr,
        right: &'a IdedExpr,
    ) -> Result<Condition, ExprError> {
        let (left_typed, right_typed) = (self.typed(left)?, self.typed(right)?);
        match (left_typed, right_typed) {
            (Typed::Number(left), Typed::Number(right)) | (Typed::Instant(left), Typed::Instant(right)) => {
                Ok(Condition::Numbers(order, left, right))
            }
            (Typed::Text(left_text), Typed::Text(right_text)) => {
                self.known_value(right, &left_text, &right_text)?;
                self.known_value(left, &right_text, &left_text)?;
                self.text_test(node, left_text, Test::With(TextRelation::Ordered(order), right_text))
            }
            (Typed::Condition(left), Typed::Condition(right))
                if matches!(order, Order::Equal | Order::NotEqual) =>
            {
                let same = Condition::Same(Box::new([left, right]));
                Ok(if order == Order::Equal { same } else { Condition::Not(Box::new(same)) })
            }
            (Typed::Condition(_), Typed::Condition(_)) => {
                let (what, instead) =
                    ("an order comparison of true and false", "compare them with `==` and `!=`");
                Err(self.source.error_at_call(node, unsupported(what, instead)))
            }
            (left, right) => {
                let problem = ExprProblem::Unlike { left: left.describe(), right: right.describe() };
                Err(self.source.error_at_call(node, problem))
            }
        }
    }

    /// `brand in ["A", "B"]`, `pack_size in [4, 6]`, `"bbq" in topics`.
    fn membership(
        &mut self,
        node: &'a IdedExpr,
        left: &'a IdedExpr,
        right: &'a IdedExpr,
    ) -> Result<Condition, ExprError> {
        let left_typed = self.typed(left)?;
        let Syntax::List(list) = &right.expr else {
            let right_typed = self.typed(right)?;
            return match (left_typed, right_typed) {
                (Typed::Text(text @ Text { source: TextSource::Literal(_), .. }), Typed::Topics) => {
                    let topic = Text { source: TextSource::Topic, case: Case::AsIs };
                    let equal = Test::With(TextRelation::Ordered(Order::Equal), text);
                    let test = self.text_test(node, topic, equal)?;
                    Ok(self.topic_test(Quantifier::Exists, test))
                }
                (left_typed, Typed::Topics) => {
                    Err(self.type_error(left, "the left side of `in`", &left_typed, "a text in quotes"))
                }
                (_, other) => {
                    Err(self.type_error(right, "the right side of `in`", &other, "a list or `topics`"))
                }
            };
        };
        match left_typed {
            Typed::Text(text) => {
                let mut values = Vec::new();
                for element in &list.elements {
                    match self.typed(element)? {
                        Typed::Text(value @ Text { source: TextSource::Literal(_), .. }) => {
                            self.known_value(element, &text, &value)?;
                            let TextSource::Literal(value) = value.source else { continue };
                            values.push(value.into_bytes().into_boxed_slice());
                        }
                        other => {
                            return Err(self.type_error(element, "an element", &other, "a text in quotes"));
                        }
                    }
                }
                values.sort_unstable();
                values.dedup();
                self.text_test(node, text, Test::In(values))
            }
            Typed::Number(number) => {
                let mut values = Vec::new();
                for element in &list.elements {
                    match self.typed(element)? {
                        Typed::Number(Number::Literal(value)) => values.push(value),
                        other => {
                            return Err(self.type_error(element, "an element", &other, "a plain number"));
                        }
                    }
                }
                Ok(Condition::NumberIn(number, values))
            }
            other => Err(self.type_error(left, "the left side of `in`", &other, "text or a number")),
        }
    }

    /// A test of its own slot, counted if it has to look at every row or holds a pattern.
    fn text_test(&mut self, node: &IdedExpr, left: Text, test: Test) -> Result<Condition, ExprError> {
        let test = TextTest { slot: self.n_slots, left, test };
        self.n_slots += 1;
        if test.is_search() || matches!(test.test, Test::Matches(_)) {
            self.n_searches += 1;
            if MAX_SEARCHES < self.n_searches {
                let problem = ExprProblem::TooManySearches { found: self.n_searches, limit: MAX_SEARCHES };
                return Err(self.source.error_at_call(node, problem));
            }
        }
        Ok(Condition::Text(test))
    }

    fn topic_test(&mut self, quantifier: Quantifier, test: Condition) -> Condition {
        self.n_slots += 1;
        Condition::Topics(TopicTest { slot: self.n_slots - 1, quantifier, test: Box::new(test) })
    }

    /// Whether a column of few values can ever be this: `availability == "in stock"` would silently choose nothing.
    fn known_value(&self, node: &IdedExpr, column: &Text, value: &Text) -> Result<(), ExprError> {
        let (Text { source: TextSource::Column(column), case: Case::AsIs }, TextSource::Literal(found)) =
            (column, &value.source)
        else {
            return Ok(());
        };
        let (column, known): (_, Vec<&str>) = match column {
            TextColumn::Availability => ("availability", Availability::ALL.map(Availability::name).to_vec()),
            TextColumn::Kind => ("kind", ItemKind::ALL.map(ItemKind::name).to_vec()),
            _ => return Ok(()),
        };
        if known.contains(&found.as_str()) {
            return Ok(());
        }
        let nearest = nearest(found, known.iter().copied()).map(str::to_owned);
        let known = format!("`{}`", known.join("`, `"));
        Err(self
            .source
            .error_at(node, ExprProblem::UnknownValue { column, found: found.clone(), nearest, known }))
    }

    fn unsupported(&self, node: &IdedExpr, what: &str, instead: &str) -> ExprError {
        self.source.error_at(node, unsupported(what, instead))
    }

    fn type_error(&self, node: &IdedExpr, place: &str, found: &Typed, expected: &'static str) -> ExprError {
        let problem = ExprProblem::Type { place: place.to_owned(), found: found.describe(), expected };
        self.source.error_at(node, problem)
    }
}

fn unsupported(what: &str, instead: &str) -> ExprProblem {
    ExprProblem::Unsupported { what: what.to_owned(), instead: instead.to_owned() }
}

fn literal_text(value: &str) -> Text {
    Text { source: TextSource::Literal(value.to_owned()), case: Case::AsIs }
}

fn order(operator: &str) -> Option<Order> {
    Some(match operator {
        "_==_" => Order::Equal,
        "_!=_" => Order::NotEqual,
        "_<_" => Order::Less,
        "_<=_" => Order::LessEqual,
        "_>_" => Order::Greater,
        "_>=_" => Order::GreaterEqual,
        _ => return None,
    })
}

/// The parts of both sides side by side, the cheap ones first: the order does not change what is true.
fn cheapest_first(
    sides: [Condition; 2],
    parts_of: impl Fn(Condition) -> Result<Vec<Condition>, Condition>,
) -> Vec<Condition> {
    let split = |side| parts_of(side).unwrap_or_else(|whole| vec![whole]);
    let mut parts: Vec<Condition> = sides.into_iter().flat_map(split).collect();
    parts.sort_by_key(Condition::cost);
    parts
}
