//! Reads the files that published figures rest on: a summary of customers, and the purchases that came after it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use erbij_core::Day;
use erbij_people::BuyingRecord;

/// A line of the summary.
#[derive(Clone, Debug, PartialEq)]
pub struct SummaryCustomer {
    /// Who.
    pub id: String,
    /// When this customer bought, in weeks.
    pub record: BuyingRecord,
    /// The mean of what was spent on purchases after the first; 0 where it was not asked for.
    pub mean_spend: f64,
}

/// The days of each customer's purchases.
pub type PurchaseDays = BTreeMap<String, BTreeSet<Day>>;

/// Why a file holds no summary and no purchases.
#[derive(Debug, thiserror::Error)]
pub enum SummaryError {
    /// The first line cannot be read.
    #[error("reading `{}` failed", path.display())]
    Header {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: csv::Error,
    },
    /// A column is missing.
    #[error("`{}`, line 1: no column `{}`, found `{}`", path.display(), names.join("` or `"), found.join("`, `"))]
    NoColumn {
        /// Which file.
        path: PathBuf,
        /// What it may be called.
        names: &'static [&'static str],
        /// The columns there are.
        found: Vec<String>,
    },
    /// A line is no row of the table.
    #[error("`{}` is no table", path.display())]
    Row {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: csv::Error,
    },
    /// A cell holds something else.
    #[error("`{}`, line {line}, column `{column}`: found `{found}`, expected {expected}", path.display())]
    Cell {
        /// Which file.
        path: PathBuf,
        /// The line, from 1.
        line: u64,
        /// Its name.
        column: String,
        /// What stood there.
        found: String,
        /// What it may be.
        expected: &'static str,
    },
    /// The last purchase is where it cannot be.
    #[error(
        "`{}`, line {line}: column `{last}` is {last_weeks}, expected 0 without repeats and at most `{observed}`, {observed_weeks}",
        path.display()
    )]
    Record {
        /// Which file.
        path: PathBuf,
        /// The line, from 1.
        line: u64,
        /// The column of the last purchase.
        last: String,
        /// When it was.
        last_weeks: f64,
        /// The column of the end.
        observed: String,
        /// When it was.
        observed_weeks: f64,
    },
    /// A line of purchases has too few or too many cells.
    #[error("`{}`, line {line}: {n_columns} columns, expected 4 or 5", path.display())]
    PurchaseColumns {
        /// Which file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// How many.
        n_columns: usize,
    },
    /// A purchase is of no day.
    #[error("`{}`, line {line}: found `{found}`, expected a day such as `19970930`", path.display())]
    PurchaseDay {
        /// Which file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What stood there.
        found: String,
    },
}

/// Reads a summary; columns are found by their names, in any order. `path` is what errors call it. O(bytes).
pub fn parse_lifetime_summary(
    path: &Path,
    bytes: &[u8],
    wants_spend: bool,
) -> Result<Vec<SummaryCustomer>, SummaryError> {
    let mut reader = csv::Reader::from_reader(bytes);
    let header = reader.headers().map_err(|source| SummaryError::Header { path: path.to_owned(), source })?;
    let header = header.clone();
    let column = |names: &'static [&'static str]| {
        let at = header.iter().position(|name| names.contains(&name.trim()));
        at.ok_or_else(|| {
            let found = header.iter().map(str::to_owned).collect();
            SummaryError::NoColumn { path: path.to_owned(), names, found }
        })
    };
    let (id, n_repeats) = (column(&["ID"])?, column(&["frequency", "x"])?);
    let (last, observed) = (column(&["recency", "t_x"])?, column(&["T"])?);
    let spend = wants_spend.then(|| column(&["zbar"])).transpose()?;
    let mut customers = Vec::new();
    for row in reader.into_records() {
        let row = row.map_err(|source| SummaryError::Row { path: path.to_owned(), source })?;
        let line = row.position().map_or(0, csv::Position::line);
        let no_cell = |at: usize, found: &str, expected: &'static str| {
            let (path, column, found) = (path.to_owned(), header[at].to_owned(), found.to_owned());
            SummaryError::Cell { path, line, column, found, expected }
        };
        let number = |at: usize| {
            let cell = row[at].trim();
            let value = cell.parse::<f64>().ok().filter(|value| 0.0 <= *value && value.is_finite());
            value.ok_or_else(|| no_cell(at, cell, "a number from 0"))
        };
        let count = row[n_repeats].trim().parse::<u32>();
        let count = count.map_err(|_| no_cell(n_repeats, &row[n_repeats], "a whole number from 0"))?;
        let (last_weeks, observed_weeks) = (number(last)?, number(observed)?);
        let record = BuyingRecord::new(count, last_weeks, observed_weeks).ok_or_else(|| {
            let (path, last, observed) =
                (path.to_owned(), header[last].to_owned(), header[observed].to_owned());
            SummaryError::Record { path, line, last, last_weeks, observed, observed_weeks }
        })?;
        let mean_spend = spend.map_or(Ok(0.0), number)?;
        customers.push(SummaryCustomer { id: row[id].trim().to_owned(), record, mean_spend });
    }
    Ok(customers)
}

/// Reads the transactions of CDNOW as they are published. A first line that does not begin with a number is a header.
/// `path` is what errors call it. O(bytes).
pub fn parse_purchase_days(path: &Path, text: &str) -> Result<PurchaseDays, SummaryError> {
    let mut days = PurchaseDays::new();
    for (line, row) in (1..).zip(text.lines()) {
        let cells: Vec<&str> = row.split_whitespace().collect();
        let is_header = line == 1 && cells.first().is_some_and(|cell| cell.parse::<u64>().is_err());
        if is_header || cells.is_empty() {
            continue;
        }
        let (id, date) = match *cells {
            [id, date, _, _] | [_, id, date, _, _] => (id, date),
            _ => {
                let (path, n_columns) = (path.to_owned(), cells.len());
                return Err(SummaryError::PurchaseColumns { path, line, n_columns });
            }
        };
        let day = day_of(date).ok_or_else(|| {
            let (path, found) = (path.to_owned(), date.to_owned());
            SummaryError::PurchaseDay { path, line, found }
        })?;
        days.entry(without_zeros(id).to_owned()).or_default().insert(day);
    }
    Ok(days)
}

fn day_of(date: &str) -> Option<Day> {
    if date.len() != 8 || !date.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let number = |range: std::ops::Range<usize>| date[range].parse::<u32>().ok();
    Day::from_civil(number(0..4)? as i32, number(4..6)?, number(6..8)?)
}

/// The files number customers with zeros in front, the summaries without.
pub(super) fn without_zeros(id: &str) -> &str {
    id.trim_start_matches('0')
}
