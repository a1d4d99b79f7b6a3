//! Rows that the settings leave out: `only` what holds one of these words, and `not` what holds one of those.

use std::collections::BTreeMap;

use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef, BooleanArray, RecordBatch};
use arrow_cast::cast;
use arrow_schema::DataType;
use arrow_select::filter::filter_record_batch;

use crate::IngestError;
use crate::footer::guarded;
use crate::schema::filter_columns;
use crate::settings::{TableSettings, Words};
use crate::values::plain;

/// What is asked of the rows of a table.
#[derive(Clone, Debug, Default)]
pub(crate) struct Filter {
    /// Where the first of its columns stands among those of the table; the others follow.
    first: usize,
    rules: Vec<Rule>,
}

#[derive(Clone, Debug)]
struct Rule {
    only: Option<Vec<String>>,
    not: Option<Vec<String>>,
}

impl Filter {
    /// The rules of a table's settings, by the columns of [`filter_columns`] behind `n_columns` others.
    pub(crate) fn new(n_columns: usize, settings: &TableSettings) -> Self {
        let words = |of: &BTreeMap<String, Words>, name: &str| of.get(name).map(|words| words.0.clone());
        let rule = |name: &str| Rule { only: words(&settings.only, name), not: words(&settings.not, name) };
        Self { first: n_columns, rules: filter_columns(settings).into_iter().map(rule).collect() }
    }

    /// Whether it asks nothing.
    pub(crate) fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// The columns that it needs.
    pub(crate) fn columns(&self) -> impl Iterator<Item = usize> {
        self.first..self.first + self.rules.len()
    }

    /// Appends what is to be done with each row, by its columns. O(rows · rules).
    pub(crate) fn read(
        &self,
        columns: &[Option<ArrayRef>],
        n_rows: usize,
        out: &mut Vec<Verdict>,
    ) -> Result<(), String> {
        let first = out.len();
        out.resize(first + n_rows, Verdict { is_left_out: false, is_said: true });
        for (rule, column) in self.rules.iter().zip(columns) {
            let texts = match column {
                Some(array) => Some(cast(array, &DataType::Utf8).map_err(|error| error.to_string())?),
                None => None,
            };
            let texts = texts.as_ref().map(|texts| texts.as_string::<i32>());
            let mut last = (String::new(), rule.verdict(""));
            for (row, verdict) in out[first..].iter_mut().enumerate() {
                let text = texts.filter(|texts| texts.is_valid(row)).map_or("", |texts| texts.value(row));
                if text != last.0 {
                    last = (text.to_owned(), rule.verdict(text));
                }
                verdict.and(last.1);
            }
        }
        Ok(())
    }
}

/// What is to be done with a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Verdict {
    /// Whether it is left out, as far as it says itself.
    pub(crate) is_left_out: bool,
    /// Whether it says so itself: an empty value that no rule names may be said by another row of the order.
    pub(crate) is_said: bool,
}

impl Verdict {
    /// One rule that leaves a row out is enough; what is not said by one of them is not said.
    fn and(&mut self, other: Self) {
        let said_out = |verdict: &Self| verdict.is_left_out && verdict.is_said;
        let is_said = said_out(self) || said_out(&other) || (self.is_said && other.is_said);
        *self = Self { is_left_out: self.is_left_out || other.is_left_out, is_said };
    }
}

/// The rows of a batch that hold one of these words in each of these columns.
pub(crate) fn keep(
    batch: &RecordBatch,
    only: &BTreeMap<String, Words>,
    file: &str,
) -> Result<RecordBatch, IngestError> {
    if only.is_empty() {
        return Ok(batch.clone());
    }
    let mut left_out = vec![false; batch.num_rows()];
    for (name, words) in only {
        let column = batch.column_by_name(name).ok_or_else(|| IngestError::Damaged {
            file: file.to_owned(),
            what: format!("it has no column `{name}`, which `only` of the join uses"),
        })?;
        let rule = Rule { only: Some(words.0.clone()), not: None };
        let filter = Filter { first: 0, rules: vec![rule] };
        let mut of_column = Vec::new();
        let read =
            plain(column).and_then(|column| filter.read(&[Some(column)], batch.num_rows(), &mut of_column));
        read.map_err(|what| IngestError::Damaged { file: file.to_owned(), what })?;
        left_out.iter_mut().zip(of_column).for_each(|(all, this)| *all |= this.is_left_out);
    }
    let kept: BooleanArray = left_out.into_iter().map(|left_out| Some(!left_out)).collect();
    guarded(file, || Ok(filter_record_batch(batch, &kept)?))
}

impl Rule {
    fn verdict(&self, text: &str) -> Verdict {
        let names_nothing = |words: &Option<Vec<String>>| words.iter().flatten().any(String::is_empty);
        let is_said = !text.trim().is_empty() || names_nothing(&self.only) || names_nothing(&self.not);
        Verdict { is_left_out: self.leaves_out(text), is_said }
    }

    fn leaves_out(&self, text: &str) -> bool {
        let word = text.trim().to_lowercase();
        // 1 and 1.0 are one number.
        let word = word.strip_suffix(".0").unwrap_or(&word);
        let holds = |words: &Vec<String>| words.iter().any(|own| own == word);
        self.only.as_ref().is_some_and(|words| !holds(words)) || self.not.as_ref().is_some_and(holds)
    }
}
