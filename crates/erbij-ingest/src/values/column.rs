//! A decoded column, read row by row for what its entries mean.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{ArrowPrimitiveType, Int32Type};
use arrow_array::{Array, ArrayRef, PrimitiveArray};
use arrow_cast::display::array_value_to_string;
use arrow_schema::DataType;

use super::plain::text_or_uuid;

/// A column, which a file may lack.
pub(crate) type Column<'a> = Option<&'a ArrayRef>;

/// What is said of a column whose type is none that its schema allowed.
pub(super) fn unreadable(array: &dyn Array) -> String {
    format!("a column has the type {}, which does not match its schema", array.data_type())
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
pub(super) struct Translated<T> {
    /// Held while its address is compared: a freed one could come back with other texts.
    entries: Option<ArrayRef>,
    meanings: Vec<T>,
}

impl<T: Copy> Translated<T> {
    /// Knows no dictionary yet.
    pub(super) fn new() -> Self {
        Self { entries: None, meanings: Vec::new() }
    }

    /// Appends what each row means.
    pub(super) fn read(
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

const NO_TEXT: &str = "a text column holds bytes that are not text";

/// Reads a column of texts, plain or a dictionary; whether it is one.
pub(super) fn any_texts<T: Copy>(
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

/// Reads a column of plain texts, as whichever of the two kinds it came.
pub(super) fn texts<T: Copy>(
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

/// Reads a column of numbers or the like, as they are kept.
pub(super) fn primitives<P: ArrowPrimitiveType, T: Copy>(
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
