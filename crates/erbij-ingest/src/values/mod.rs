//! Decoded columns become plain values: ids their index, instants microseconds, amounts floats, words what they mean.
//!
//! There is one reader for each kind of value, and every table uses it. Whatever type a writer chose, a column is first
//! made one of a few plain types ([`plain`]). A value that cannot be read is never taken for a harmless one: it is
//! counted, its words are kept for the report, and who reads it decides for the safe side.

mod currency;
mod flags;
mod ids;
mod instants;
mod numbers;
mod numeral;
mod plain;
mod several;
mod texts;
mod unread;
mod words;

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{ArrowPrimitiveType, Int32Type};
use arrow_array::{Array, ArrayRef, PrimitiveArray};
use arrow_cast::display::array_value_to_string;
use arrow_schema::DataType;

pub(crate) use currency::parse as currency_named;
pub(crate) use flags::{Flags, Stock};
pub(crate) use ids::{Ids, Nothing};
pub(crate) use instants::{BAD_INSTANT, Instants, NO_INSTANT};
pub(crate) use numbers::{Currencies, InCurrency, Numbers, Price, Prices};
pub(crate) use numeral::amount;
use plain::text_or_uuid;
pub(crate) use plain::{fixed_text, is_flat, plain};
pub(crate) use several::{first_of, together};
pub(crate) use texts::{Texts, first_texts, paths, text};
pub(crate) use unread::Unread;
pub(crate) use words::{Flag, availability, cancellation, flag, is_nothing, nobody, order_state};

/// A column, which a file may lack.
pub(crate) type Column<'a> = Option<&'a ArrayRef>;

fn unreadable(array: &dyn Array) -> String {
    format!("a column is {}, which was not in its schema", array.data_type())
}

/// A value as text, for an example; shortened.
pub(crate) fn described(column: Column<'_>, row: usize) -> String {
    let text = column.and_then(|array| array_value_to_string(array, row).ok()).unwrap_or_default();
    match text.char_indices().nth(60) {
        Some((cut, _)) => format!("{}…", &text[..cut]),
        None => text,
    }
}

/// What the entries of a dictionary mean. Pages of one column chunk share a dictionary, so it is
/// translated once and then each row is one look-up.
struct Translated<T> {
    /// Held while its address is compared: a freed one could come back with other texts.
    entries: Option<ArrayRef>,
    meanings: Vec<T>,
}

impl<T: Copy> Translated<T> {
    fn new() -> Self {
        Self { entries: None, meanings: Vec::new() }
    }

    fn read(
        &mut self,
        array: &ArrayRef,
        nothing: T,
        mut meaning: impl FnMut(&str) -> T,
        out: &mut Vec<T>,
    ) -> Result<(), String> {
        let dictionary = array.as_dictionary_opt::<Int32Type>().ok_or_else(|| unreadable(array))?;
        let entries = dictionary.values();
        if !self.entries.as_ref().is_some_and(|known| same_texts(known, entries)) {
            let texts = entries.as_string_opt::<i32>().ok_or_else(|| unreadable(array))?;
            self.meanings.clear();
            self.meanings.extend(texts.iter().map(|text| text.map_or(nothing, &mut meaning)));
            self.entries = Some(Arc::clone(entries));
        }
        let keys = dictionary.keys();
        if keys.null_count() == 0 {
            // A key beyond the dictionary is refused by the decoder; should one come, it means nothing.
            out.extend(
                keys.values().iter().map(|&key| self.meanings.get(key as usize).copied().unwrap_or(nothing)),
            );
        } else {
            out.extend(
                keys.iter().map(|key| {
                    key.and_then(|key| self.meanings.get(key as usize).copied()).unwrap_or(nothing)
                }),
            );
        }
        Ok(())
    }
}

fn same_texts(a: &ArrayRef, b: &ArrayRef) -> bool {
    match (a.as_string_opt::<i32>(), b.as_string_opt::<i32>()) {
        (Some(a), Some(b)) => {
            a.len() == b.len()
                && std::ptr::eq(a.value_offsets().as_ptr(), b.value_offsets().as_ptr())
                && std::ptr::eq(a.value_data().as_ptr(), b.value_data().as_ptr())
        }
        _ => false,
    }
}

const NO_TEXT: &str = "a column for text holds bytes that are none";

/// Reads a column of texts, plain or a dictionary; whether it is one.
fn any_texts<T: Copy>(
    translated: &mut Translated<T>,
    array: &ArrayRef,
    nothing: T,
    mut meaning: impl FnMut(&str) -> T,
    out: &mut Vec<T>,
) -> Result<bool, String> {
    match array.data_type() {
        DataType::Dictionary(..) => translated.read(array, nothing, &mut meaning, out)?,
        DataType::Utf8 | DataType::Utf8View | DataType::Binary => texts(array, nothing, &mut meaning, out)?,
        _ => return Ok(false),
    }
    Ok(true)
}

/// Reads a column of words, or of numbers, each being the word that it is written as.
fn words_or_numbers<T: Copy>(
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
    numbers::floats(array, &mut numbers)?;
    out.extend(numbers.into_iter().map(|number| match number {
        number if number.is_nan() => nothing,
        number => meaning(&number.to_string()),
    }));
    Ok(())
}

/// Reads a column of plain texts, as whichever of the two kinds it came.
fn texts<T: Copy>(
    array: &ArrayRef,
    nothing: T,
    mut meaning: impl FnMut(&str) -> T,
    out: &mut Vec<T>,
) -> Result<(), String> {
    match array.data_type() {
        DataType::Utf8View => {
            out.extend(array.as_string_view().iter().map(|text| text.map_or(nothing, &mut meaning)));
        }
        DataType::Utf8 => {
            out.extend(array.as_string::<i32>().iter().map(|text| text.map_or(nothing, &mut meaning)));
        }
        DataType::Binary => {
            for bytes in array.as_binary::<i32>() {
                let text = bytes.map(|bytes| text_or_uuid(bytes).ok_or(NO_TEXT)).transpose()?;
                out.push(text.map_or(nothing, |text| meaning(&text)));
            }
        }
        _ => return Err(unreadable(array)),
    }
    Ok(())
}

fn primitives<P: ArrowPrimitiveType, T: Copy>(
    array: &ArrayRef,
    nothing: T,
    mut meaning: impl FnMut(P::Native) -> T,
    out: &mut Vec<T>,
) {
    let array: &PrimitiveArray<P> = array.as_primitive();
    if array.null_count() == 0 {
        out.extend(array.values().iter().map(|&value| meaning(value)));
    } else {
        out.extend(array.iter().map(|value| value.map_or(nothing, &mut meaning)));
    }
}
