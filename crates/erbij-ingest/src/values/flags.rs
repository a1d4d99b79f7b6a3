//! Yes and no, and what is in stock.

use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef};
use arrow_schema::DataType;
use erbij_core::Availability;

use super::column::{Column, Translated, described};
use super::numbers::words_or_numbers;
use super::unread::Unread;
use super::words::{self, Flag, Memo};
use crate::meaning::Meaning;

/// Reads a column of flags: booleans, numbers, words, or moments at which something became so.
pub(crate) struct Flags {
    meaning: Meaning,
    says: fn(&str, &Meaning) -> Flag,
    memo: Memo<Flag>,
    translated: Translated<Flag>,
    /// What was not understood.
    pub(crate) unread: Unread,
}

impl Flags {
    /// Words mean yes or no.
    pub(crate) fn new(meaning: Option<&Meaning>) -> Self {
        Self::saying(words::flag, meaning)
    }

    /// Words mean that a purchase is taken back, or are states of an order.
    pub(crate) fn of_cancellations(meaning: Option<&Meaning>) -> Self {
        Self::saying(words::cancellation, meaning)
    }

    /// Words are states of an order; yes is that it came to nothing.
    pub(crate) fn of_orders(meaning: Option<&Meaning>) -> Self {
        Self::saying(words::order_state, meaning)
    }

    fn saying(says: fn(&str, &Meaning) -> Flag, meaning: Option<&Meaning>) -> Self {
        Self {
            meaning: meaning.cloned().unwrap_or_default(),
            says,
            memo: Memo::new(),
            translated: Translated::new(),
            unread: Unread::default(),
        }
    }

    /// Appends what each row says.
    pub(crate) fn read(
        &mut self,
        column: Column<'_>,
        n_rows: usize,
        out: &mut Vec<Flag>,
    ) -> Result<(), String> {
        let Some(array) = column else {
            out.resize(out.len() + n_rows, Flag::Nothing);
            return Ok(());
        };
        let first = out.len();
        let Self { meaning, says, memo, translated, unread } = self;
        let said = |text: &str| {
            memo.get(text, |text| {
                let flag = says(text, meaning);
                if flag == Flag::Unread {
                    unread.word(text);
                }
                flag
            })
        };
        match array.data_type() {
            DataType::Boolean => {
                let flag = |value: Option<bool>| value.map_or(Flag::Nothing, |yes| yes_or_no(yes, meaning));
                out.extend(array.as_boolean().iter().map(flag));
            }
            found if found.is_temporal() => {
                let flag = |row| if array.is_null(row) { Flag::Nothing } else { yes_or_no(true, meaning) };
                out.extend((0..array.len()).map(flag));
            }
            _ => words_or_numbers(translated, array, Flag::Nothing, said, out)?,
        }
        let n_unread = out[first..].iter().filter(|&&flag| flag == Flag::Unread).count() as u64;
        self.unread.n_rows += n_unread;
        self.unread.n_read +=
            out[first..].iter().filter(|&&flag| flag != Flag::Nothing).count() as u64 - n_unread;
        Ok(())
    }
}

fn yes_or_no(yes: bool, meaning: &Meaning) -> Flag {
    if yes != meaning.inverse { Flag::Yes } else { Flag::No }
}

/// What a row says of the stock.
pub(crate) type InStock = Option<Availability>;

/// Reads a column that tells what is in stock, in words or as a number of pieces.
pub(crate) struct Stock {
    meaning: Meaning,
    memo: Memo<Result<InStock, ()>>,
    translated: Translated<Result<InStock, ()>>,
    /// What was not understood.
    pub(crate) unread: Unread,
}

impl Stock {
    pub(crate) fn new(meaning: Option<&Meaning>) -> Self {
        Self {
            meaning: meaning.cloned().unwrap_or_default(),
            memo: Memo::new(),
            translated: Translated::new(),
            unread: Unread::default(),
        }
    }

    /// Appends what each row says: none where it says nothing, an error where that cannot be read.
    pub(crate) fn read(
        &mut self,
        column: Column<'_>,
        n_rows: usize,
        out: &mut Vec<Result<InStock, ()>>,
    ) -> Result<(), String> {
        let Some(array) = column else {
            out.resize(out.len() + n_rows, Ok(None));
            return Ok(());
        };
        let first = out.len();
        self.each(array, out)?;
        for said in &out[first..] {
            self.unread.n_rows += u64::from(said.is_err());
            self.unread.n_read += u64::from(matches!(said, Ok(Some(_))));
        }
        Ok(())
    }

    fn each(&mut self, array: &ArrayRef, out: &mut Vec<Result<InStock, ()>>) -> Result<(), String> {
        let Self { meaning, memo, translated, unread } = self;
        let said = |text: &str| {
            memo.get(text, |text| {
                let said = words::availability(text, meaning).transpose();
                if said.is_err() {
                    unread.word(text);
                }
                said
            })
        };
        match array.data_type() {
            DataType::Boolean => {
                let of = |yes: bool| words::in_stock(yes != meaning.inverse);
                out.extend(array.as_boolean().iter().map(|value| Ok(value.map(of))));
            }
            found if found.is_temporal() => {
                // A moment at which it was discontinued, or a day on which it comes: no word of the stock.
                out.extend((0..array.len()).map(|row| if array.is_null(row) { Ok(None) } else { Err(()) }));
                (0..array.len()).filter(|&row| array.is_valid(row)).take(1).for_each(|row| {
                    unread.word(&described(Some(array), row));
                });
            }
            _ => words_or_numbers(translated, array, Ok(None), said, out)?,
        }
        Ok(())
    }
}
