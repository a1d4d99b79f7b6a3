//! A checked expression: what the evaluator walks, with every type settled.

use memchr::memmem::Finder;
use regex::bytes::Regex;

use crate::columns::{Column, FlagColumn, NumberColumn, TextColumn};

/// Something that is true, false or unknown of an item.
#[derive(Clone, Debug)]
pub(crate) enum Condition {
    Fixed(bool),
    Flag(FlagColumn),
    Known(Column),
    Not(Box<Condition>),
    All(Vec<Condition>),
    Any(Vec<Condition>),
    /// If the first, then the second, else the third.
    Choose(Box<[Condition; 3]>),
    Same(Box<[Condition; 2]>),
    Numbers(Order, Number, Number),
    NumberIn(Number, Vec<f64>),
    Text(TextTest),
    Topics(TopicTest),
}

/// A number of an item; NaN where not known.
#[derive(Clone, Debug)]
pub(crate) enum Number {
    Literal(f64),
    Column(NumberColumn),
    Size(Text),
    TopicCount,
    Negated(Box<Number>),
    Arithmetic(Arithmetic, Box<[Number; 2]>),
    Choose(Box<(Condition, Number, Number)>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Arithmetic {
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
}

impl Arithmetic {
    #[inline]
    pub(crate) fn apply(self, left: f64, right: f64) -> f64 {
        match self {
            Self::Add => left + right,
            Self::Subtract => left - right,
            Self::Multiply => left * right,
            Self::Divide => left / right,
            Self::Remainder => left % right,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    Equal,
    NotEqual,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
}

impl Order {
    /// Whether it holds between two values that can be compared.
    #[inline]
    pub(crate) fn holds<T: PartialOrd + ?Sized>(self, left: &T, right: &T) -> bool {
        match self {
            Self::Equal => left == right,
            Self::NotEqual => left != right,
            Self::Less => left < right,
            Self::LessEqual => left <= right,
            Self::Greater => left > right,
            Self::GreaterEqual => left >= right,
        }
    }
}

/// A text and how its letters are turned before it is looked at.
#[derive(Clone, Debug)]
pub(crate) struct Text {
    pub(crate) source: TextSource,
    pub(crate) case: Case,
}

#[derive(Clone, Debug)]
pub(crate) enum TextSource {
    Literal(String),
    Column(TextColumn),
    /// The topic at hand, within `exists` and `all`.
    Topic,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Case {
    AsIs,
    Lower,
    Upper,
}

impl Case {
    /// Turns ASCII letters, as the functions of the language do; other letters stay, so that lengths do too.
    pub(crate) fn turn(self, bytes: &mut [u8]) {
        match self {
            Self::AsIs => {}
            Self::Lower => bytes.make_ascii_lowercase(),
            Self::Upper => bytes.make_ascii_uppercase(),
        }
    }
}

/// A question about a text. What it answers for distinct texts is kept by `slot` while it is evaluated.
#[derive(Clone, Debug)]
pub(crate) struct TextTest {
    pub(crate) slot: usize,
    pub(crate) left: Text,
    pub(crate) test: Test,
}

#[derive(Clone, Debug)]
pub(crate) enum Test {
    /// Rising.
    In(Vec<Box<[u8]>>),
    Finds(Box<Finder<'static>>),
    Matches(Regex),
    With(TextRelation, Text),
}

/// What one text can be to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TextRelation {
    Ordered(Order),
    StartsWith,
    EndsWith,
    Contains,
    Within,
}

impl TextRelation {
    #[inline]
    pub(crate) fn holds(self, left: &[u8], right: &[u8]) -> bool {
        match self {
            // Bytes of UTF-8 are ordered as the letters are.
            Self::Ordered(order) => order.holds(left, right),
            Self::StartsWith => left.starts_with(right),
            Self::EndsWith => left.ends_with(right),
            Self::Contains => memchr::memmem::find(left, right).is_some(),
            Self::Within => {
                left.strip_prefix(right).is_some_and(|rest| rest.is_empty() || rest.starts_with(b" > "))
            }
        }
    }
}

/// A question about the topics of an item.
#[derive(Clone, Debug)]
pub(crate) struct TopicTest {
    pub(crate) slot: usize,
    pub(crate) quantifier: Quantifier,
    pub(crate) test: Box<Condition>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Quantifier {
    Exists,
    All,
}

impl TextTest {
    /// Every column it reads.
    pub(crate) fn columns(&self) -> impl Iterator<Item = TextColumn> + '_ {
        let right = match &self.test {
            Test::With(_, right) => Some(right),
            Test::In(_) | Test::Finds(_) | Test::Matches(_) => None,
        };
        std::iter::once(&self.left).chain(right).filter_map(|text| match text.source {
            TextSource::Column(column) => Some(column),
            TextSource::Literal(_) | TextSource::Topic => None,
        })
    }

    /// Whether every row of the catalogue has to be searched, rather than every distinct text.
    pub(crate) fn is_search(&self) -> bool {
        let mut columns = self.columns();
        let plain = |column| matches!(column, TextColumn::Id | TextColumn::Title | TextColumn::Link);
        columns.next().is_some_and(|first| plain(first) || columns.any(|second| second != first))
    }
}

impl Condition {
    /// About how dear it is to know, so that the cheap is asked first and the dear of what is left.
    pub(crate) fn cost(&self) -> u32 {
        match self {
            Self::Fixed(_) => 0,
            Self::Flag(_) | Self::Known(_) => 1,
            Self::Numbers(..) | Self::NumberIn(..) => 3,
            Self::Text(test) if !test.is_search() => 2,
            Self::Text(TextTest { test: Test::Matches(_), .. }) => 60,
            Self::Text(TextTest { test: Test::In(_) | Test::With(..), .. }) => 15,
            Self::Text(TextTest { test: Test::Finds(_), .. }) => 20,
            Self::Topics(_) => 8,
            Self::Not(condition) => condition.cost(),
            Self::All(conditions) | Self::Any(conditions) => conditions.iter().map(Self::cost).sum(),
            Self::Choose(parts) => parts.iter().map(Self::cost).sum(),
            Self::Same(parts) => parts.iter().map(Self::cost).sum(),
        }
    }
}
