//! What a column holds, by the rows that were looked at.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use erbij_core::{Currency, Timestamp};

use super::dates;
use crate::Meaning;
use crate::values::{Flag, amount, flag};

/// How many of the most frequent values are kept.
const N_TOP: usize = 12;
/// Which share of a column's values must be of one kind before it is a column of that kind.
const NEARLY_ALL: f64 = 0.98;

/// What the values of a column are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holds {
    /// No row holds a value.
    Nothing,
    /// Yes and no, in whatever words.
    Flags,
    /// Whole numbers.
    WholeNumbers,
    /// Numbers, amounts of money among them.
    Numbers,
    /// Days, or instants that are all at midnight.
    Dates,
    /// Times of the day.
    Times,
    /// Instants.
    Instants,
    /// Anything else.
    Texts,
}

impl Holds {
    /// The same for people.
    pub fn word(self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::Flags => "yes and no",
            Self::WholeNumbers => "whole numbers",
            Self::Numbers => "numbers",
            Self::Dates => "dates",
            Self::Times => "times of the day",
            Self::Instants => "instants",
            Self::Texts => "text",
        }
    }
}

/// What was seen of a column in the rows that were looked at.
#[derive(Clone, Debug, PartialEq)]
pub struct ColumnProfile {
    /// Its name in the files.
    pub name: String,
    /// What its values are.
    pub holds: Holds,
    /// How many rows were looked at.
    pub n_rows: usize,
    /// How many of them hold no value.
    pub n_empty: usize,
    /// How many different values there are.
    pub n_different: usize,
    /// The smallest value, of numbers by size and else as texts.
    pub min: String,
    /// The largest value.
    pub max: String,
    /// The most frequent values and in how many rows they stand, most first.
    pub top: Vec<(String, usize)>,
    /// The first value.
    pub example: String,
}

impl ColumnProfile {
    /// Which share of the rows holds no value.
    pub fn share_empty(&self) -> f64 {
        self.n_empty as f64 / self.n_rows.max(1) as f64
    }

    /// Looks at the values of a column. O(values · log different ones).
    pub(super) fn of(name: &str, cells: &[Option<String>]) -> Self {
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for text in cells.iter().flatten() {
            *counts.entry(text).or_default() += 1;
        }
        let n_empty = cells.iter().filter(|cell| cell.is_none()).count();
        let holds = holds(&counts, cells.len() - n_empty);
        let by_size = |a: &&&str, b: &&&str| match holds {
            Holds::WholeNumbers | Holds::Numbers => {
                number(a).partial_cmp(&number(b)).unwrap_or(Ordering::Equal)
            }
            _ => a.cmp(b),
        };
        let shown = |text: Option<&&str>| text.map_or_else(String::new, |text| (*text).to_owned());
        let (min, max) = (shown(counts.keys().min_by(by_size)), shown(counts.keys().max_by(by_size)));
        let mut top: Vec<(String, usize)> = counts.iter().map(|(text, &n)| ((*text).to_owned(), n)).collect();
        let n_different = top.len();
        top.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        top.truncate(N_TOP);
        let example = cells.iter().flatten().next().cloned().unwrap_or_default();
        Self {
            name: name.to_owned(),
            holds,
            n_rows: cells.len(),
            n_empty,
            n_different,
            min,
            max,
            top,
            example,
        }
    }
}

/// Codes that stand beside prices. Any three letters could be one, and `Jan 1` is none.
const CODES: [&str; 27] = [
    "EUR", "USD", "GBP", "CHF", "SEK", "NOK", "DKK", "PLN", "CZK", "HUF", "RON", "BGN", "TRY", "JPY", "CNY",
    "KRW", "INR", "BRL", "MXN", "CAD", "AUD", "NZD", "SGD", "HKD", "ZAR", "AED", "ILS",
];

/// The number that a text tells, a price among them.
pub(super) fn number(text: &str) -> Option<f64> {
    priced(text).map(|(number, _)| number)
}

/// The number that a text tells, and the currency beside it.
pub(super) fn priced(text: &str) -> Option<(f64, Option<Currency>)> {
    let (number, currency) = amount(text, Currency::EUR)?;
    let is_known = currency.is_none_or(|currency| CODES.contains(&currency.code()));
    (number.is_finite() && is_known).then_some((number, currency))
}

fn holds(counts: &BTreeMap<&str, usize>, n_values: usize) -> Holds {
    if n_values == 0 {
        return Holds::Nothing;
    }
    let are = |is: &dyn Fn(&str) -> bool| {
        let n: usize = counts.iter().filter(|(text, _)| is(text)).map(|(_, n)| n).sum();
        NEARLY_ALL * n_values as f64 <= n as f64
    };
    if are(&|text| text.parse::<f64>().is_ok_and(|number| number.fract() == 0.0)) {
        return Holds::WholeNumbers;
    }
    if are(&|text| number(text).is_some()) {
        return Holds::Numbers;
    }
    if are(&dates::is_time) {
        return Holds::Times;
    }
    if are(&|text| Timestamp::parse(text).is_ok()) {
        return if are(&dates::is_date) { Holds::Dates } else { Holds::Instants };
    }
    if counts.len() <= 6 && are(&|text| matches!(flag(text, &Meaning::default()), Flag::Yes | Flag::No)) {
        return Holds::Flags;
    }
    let mut values = counts.keys().copied();
    match dates::format_of(&mut values) {
        Some(found) if found.has_time => Holds::Instants,
        Some(_) => Holds::Dates,
        None => Holds::Texts,
    }
}
