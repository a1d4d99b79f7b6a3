//! Counts, shares and amounts.

use arrow_array::types::{
    Decimal128Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type, UInt8Type,
    UInt16Type, UInt32Type, UInt64Type,
};
use arrow_array::{Array, ArrayRef};
use arrow_schema::DataType;
use erbij_core::Currency;

use super::column::{Column, Translated, any_texts, primitives, unreadable};
use super::unread::Unread;
use super::words::{Memo, is_nothing};
use super::{currency, numeral};

/// Appends the numbers of a column of numbers; NaN where there is none.
pub(super) fn floats(array: &ArrayRef, out: &mut Vec<f64>) -> Result<(), String> {
    let none = f64::NAN;
    match array.data_type() {
        DataType::Int8 => primitives::<Int8Type, _>(array, none, f64::from, out),
        DataType::Int16 => primitives::<Int16Type, _>(array, none, f64::from, out),
        DataType::Int32 => primitives::<Int32Type, _>(array, none, f64::from, out),
        DataType::Int64 => primitives::<Int64Type, _>(array, none, |v| v as f64, out),
        DataType::UInt8 => primitives::<UInt8Type, _>(array, none, f64::from, out),
        DataType::UInt16 => primitives::<UInt16Type, _>(array, none, f64::from, out),
        DataType::UInt32 => primitives::<UInt32Type, _>(array, none, f64::from, out),
        DataType::UInt64 => primitives::<UInt64Type, _>(array, none, |v| v as f64, out),
        DataType::Float32 => primitives::<Float32Type, _>(array, none, f64::from, out),
        DataType::Float64 => primitives::<Float64Type, _>(array, none, |v| v, out),
        DataType::Decimal128(_, scale) => {
            let unit = 10_f64.powi(i32::from(*scale));
            primitives::<Decimal128Type, _>(array, none, |v| v as f64 / unit, out);
        }
        _ => return Err(unreadable(array)),
    }
    Ok(())
}

/// Reads a column of words, or of numbers, each being the word that it is written as.
pub(super) fn words_or_numbers<T: Copy>(
    translated: &mut Translated<T>,
    array: &ArrayRef,
    nothing: T,
    mut meaning: impl FnMut(&str) -> T,
    out: &mut Vec<T>,
) -> Result<(), String> {
    if any_texts(translated, array, nothing, &mut meaning, out)? {
        return Ok(());
    }
    let mut numbers = Vec::with_capacity(array.len());
    floats(array, &mut numbers)?;
    out.extend(numbers.into_iter().map(|number| match number {
        number if number.is_nan() => nothing,
        number => meaning(&number.to_string()),
    }));
    Ok(())
}

/// Stands for a number that cannot be read, beside NaN for none.
const UNREAD: f64 = f64::INFINITY;

/// Reads a column of numbers, or of texts that are some.
pub(crate) struct Numbers {
    translated: Translated<f64>,
    /// What was not understood; it counts as none.
    pub(crate) unread: Unread,
}

impl Numbers {
    pub(crate) fn new() -> Self {
        Self { translated: Translated::new(), unread: Unread::default() }
    }

    /// Appends numbers; NaN where there is none.
    pub(crate) fn read(
        &mut self,
        column: Column<'_>,
        n_rows: usize,
        out: &mut Vec<f64>,
    ) -> Result<(), String> {
        let Some(array) = column else {
            out.resize(out.len() + n_rows, f64::NAN);
            return Ok(());
        };
        let Self { translated, unread } = self;
        let number = |text: &str| {
            numeral::number(text).unwrap_or_else(|| {
                if is_nothing(text.trim()) {
                    return f64::NAN;
                }
                unread.word(text);
                UNREAD
            })
        };
        let first = out.len();
        if !any_texts(translated, array, f64::NAN, number, out)? {
            return floats(array, out);
        }
        for number in out[first..].iter_mut().filter(|number| **number == UNREAD) {
            unread.n_rows += 1;
            *number = f64::NAN;
        }
        Ok(())
    }
}

/// What a row says something costs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Price {
    /// Nothing is said.
    Nothing,
    /// So much, in the unit of the column.
    Amount(f64),
    /// Something in another currency than the shop's.
    OtherCurrency,
    /// Something that means nothing here.
    Unread,
}

/// Stands for a price in another currency.
const OTHER_CURRENCY: f64 = f64::NEG_INFINITY;

impl Price {
    /// What a number of [`Prices`] says.
    pub(crate) fn of(number: f64) -> Self {
        match number {
            number if number.is_finite() => Self::Amount(number),
            OTHER_CURRENCY => Self::OtherCurrency,
            UNREAD => Self::Unread,
            _ => Self::Nothing,
        }
    }
}

/// Reads a column of prices: numbers, or texts such as `12.50 EUR` and `€ 12,50`.
pub(crate) struct Prices {
    own: Currency,
    translated: Translated<f64>,
    /// What was not understood; it is no price.
    pub(crate) unread: Unread,
}

impl Prices {
    pub(crate) fn new(own: Currency) -> Self {
        Self { own, translated: Translated::new(), unread: Unread::default() }
    }

    /// Appends what each row says, as a number that [`Price::of`] takes.
    pub(crate) fn read(
        &mut self,
        column: Column<'_>,
        n_rows: usize,
        out: &mut Vec<f64>,
    ) -> Result<(), String> {
        let Some(array) = column else {
            out.resize(out.len() + n_rows, f64::NAN);
            return Ok(());
        };
        let Self { own, translated, unread } = self;
        let price = |text: &str| match numeral::amount(text, *own) {
            Some((_, Some(currency))) if currency != *own => OTHER_CURRENCY,
            Some((amount, _)) => amount,
            None if is_nothing(text.trim()) => f64::NAN,
            None => {
                unread.word(text);
                UNREAD
            }
        };
        let first = out.len();
        if !any_texts(translated, array, f64::NAN, price, out)? {
            return floats(array, out);
        }
        unread.n_rows += out[first..].iter().filter(|&&price| price == UNREAD).count() as u64;
        Ok(())
    }
}

/// Whose money a row's amounts are in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum InCurrency {
    /// Nothing is said.
    Nothing,
    /// That of the shop.
    Own,
    /// Another one, or one that nobody knows.
    Other,
}

/// Reads a column of currencies.
pub(crate) struct Currencies {
    own: Currency,
    memo: Memo<InCurrency>,
    translated: Translated<InCurrency>,
    /// What names no currency; amounts in it are left out.
    pub(crate) unread: Unread,
}

impl Currencies {
    pub(crate) fn new(own: Currency) -> Self {
        Self { own, memo: Memo::new(), translated: Translated::new(), unread: Unread::default() }
    }

    /// Appends what each row says.
    pub(crate) fn read(
        &mut self,
        column: Column<'_>,
        n_rows: usize,
        out: &mut Vec<InCurrency>,
    ) -> Result<(), String> {
        let Some(array) = column else {
            out.resize(out.len() + n_rows, InCurrency::Nothing);
            return Ok(());
        };
        let Self { own, memo, translated, unread } = self;
        let said = |text: &str| {
            memo.get(text, |text| match currency::parse(text, *own) {
                Some(currency) if currency == *own => InCurrency::Own,
                Some(_) => InCurrency::Other,
                None if is_nothing(text.trim()) => InCurrency::Nothing,
                None => {
                    unread.word(text);
                    // Told by its words; the rows themselves are counted as those of another currency.
                    unread.n_rows += 1;
                    InCurrency::Other
                }
            })
        };
        words_or_numbers(translated, array, InCurrency::Nothing, said, out)
    }
}
