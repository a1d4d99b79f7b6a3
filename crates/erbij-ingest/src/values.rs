//! Decoded columns become plain numbers: ids their index, instants microseconds, amounts floats.
//!
//! Which types may come is settled when a file is opened ([`crate::schema`]); a type beyond those is told as
//! an error and never guessed at.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{
    ArrowPrimitiveType, Date32Type, Date64Type, Decimal128Type, Float32Type, Float64Type, Int8Type,
    Int16Type, Int32Type, Int64Type, TimestampMicrosecondType, TimestampMillisecondType,
    TimestampNanosecondType, TimestampSecondType, UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};
use arrow_array::{Array, ArrayRef, ListArray, PrimitiveArray, StringArray};
use arrow_cast::cast;
use arrow_cast::display::array_value_to_string;
use arrow_schema::{DataType, TimeUnit};
use erbij_core::{Day, MICROS_PER_DAY, TimeZone, Timestamp};

use crate::intern::{Interner, MISSING};

/// Stands for "no instant".
pub(crate) const NO_INSTANT: i64 = i64::MIN;
/// Stands for an instant that cannot be read.
pub(crate) const BAD_INSTANT: i64 = i64::MIN + 1;

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
                let text = bytes.map(std::str::from_utf8).transpose();
                let text = text.map_err(|_| "a column for text holds bytes that are none".to_owned())?;
                out.push(text.map_or(nothing, &mut meaning));
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

/// Reads ids of one kind of thing.
pub(crate) struct Ids {
    /// The ids so far.
    pub(crate) interner: Interner,
    /// How many were floats.
    pub(crate) n_floats: u64,
    translated: Translated<u32>,
}

impl Ids {
    /// Goes on with what is known.
    pub(crate) fn new(interner: Interner) -> Self {
        Self { interner, n_floats: 0, translated: Translated::new() }
    }

    /// Appends the index of each row's id, or what stands for none.
    pub(crate) fn read(
        &mut self,
        column: Column<'_>,
        n_rows: usize,
        out: &mut Vec<u32>,
    ) -> Result<(), String> {
        let Some(array) = column else {
            out.resize(out.len() + n_rows, MISSING);
            return Ok(());
        };
        let interner = &mut self.interner;
        match array.data_type() {
            DataType::Dictionary(..) => {
                return self.translated.read(array, MISSING, |text| interner.text(text), out);
            }
            DataType::Utf8 | DataType::Utf8View | DataType::Binary => {
                return texts(array, MISSING, |text| interner.text(text), out);
            }
            _ => {}
        }
        // Lines of an order stand together in most files: the same number again needs no look-up.
        let (mut last, mut last_index) = (0, MISSING);
        let mut number = |value: i64| {
            if value != last || last_index == MISSING {
                (last, last_index) = (value, interner.number(value));
            }
            last_index
        };
        match array.data_type() {
            DataType::Int8 => primitives::<Int8Type, _>(array, MISSING, |v| number(v.into()), out),
            DataType::Int16 => primitives::<Int16Type, _>(array, MISSING, |v| number(v.into()), out),
            DataType::Int32 => primitives::<Int32Type, _>(array, MISSING, |v| number(v.into()), out),
            DataType::Int64 => primitives::<Int64Type, _>(array, MISSING, number, out),
            DataType::UInt8 => primitives::<UInt8Type, _>(array, MISSING, |v| number(v.into()), out),
            DataType::UInt16 => primitives::<UInt16Type, _>(array, MISSING, |v| number(v.into()), out),
            DataType::UInt32 => primitives::<UInt32Type, _>(array, MISSING, |v| number(v.into()), out),
            DataType::UInt64 => {
                let meaning = |v: u64| match i64::try_from(v) {
                    Ok(v) => interner.number(v),
                    Err(_) => interner.text(&v.to_string()),
                };
                primitives::<UInt64Type, _>(array, MISSING, meaning, out);
            }
            DataType::Decimal128(_, 0) => {
                let meaning = |v: i128| match i64::try_from(v) {
                    Ok(v) => interner.number(v),
                    Err(_) => interner.text(&v.to_string()),
                };
                primitives::<Decimal128Type, _>(array, MISSING, meaning, out);
            }
            DataType::Float32 | DataType::Float64 => {
                let meaning = |v: f64| float_id(interner, v);
                match array.data_type() {
                    DataType::Float32 => {
                        let mut meaning = meaning;
                        primitives::<Float32Type, _>(array, MISSING, |v| meaning(v.into()), out);
                    }
                    _ => primitives::<Float64Type, _>(array, MISSING, meaning, out),
                }
                self.n_floats += (n_rows - array.null_count()) as u64;
            }
            _ => return Err(unreadable(array)),
        }
        Ok(())
    }
}

/// Pandas makes floats of whole numbers as soon as one is absent: 17850.0 is the id 17850.
fn float_id(interner: &mut Interner, value: f64) -> u32 {
    // 2^53: above it a float no longer knows its last digit.
    if value.fract() == 0.0 && value.abs() <= 9_007_199_254_740_992.0 {
        interner.number(value as i64)
    } else if value.is_finite() {
        interner.text(&value.to_string())
    } else {
        MISSING
    }
}

/// Reads instants. What is written without an hour, or at midnight without a zone, is a date: of that day in the shop's
/// zone, whichever side of Greenwich it lies on.
pub(crate) struct Instants {
    translated: Translated<i64>,
    time_zone: TimeZone,
    /// Which units whole numbers were taken for.
    units: [bool; 4],
}

/// The names of what whole numbers may count since 1970, and how many make a microsecond or the reverse.
const UNITS: [&str; 4] = ["seconds", "milliseconds", "microseconds", "nanoseconds"];

impl Instants {
    /// Nothing read yet.
    pub(crate) fn new(time_zone: TimeZone) -> Self {
        Self { translated: Translated::new(), time_zone, units: [false; 4] }
    }

    /// The units that whole numbers were taken for.
    pub(crate) fn guessed_units(&self) -> Vec<&'static str> {
        (0..4).filter(|&unit| self.units[unit]).map(|unit| UNITS[unit]).collect()
    }

    /// Appends microseconds since 1970, or what stands for none.
    pub(crate) fn read(
        &mut self,
        column: Column<'_>,
        n_rows: usize,
        out: &mut Vec<i64>,
    ) -> Result<(), String> {
        let Some(array) = column else {
            out.resize(out.len() + n_rows, NO_INSTANT);
            return Ok(());
        };
        let first = out.len();
        let scaled = |value: i64, by: i64| value.checked_mul(by).unwrap_or(BAD_INSTANT).max(BAD_INSTANT);
        let mut dates = Dates { time_zone: &self.time_zone, last: None };
        let mut parsed = |text: &str| match text.trim_ascii() {
            "" => NO_INSTANT,
            text => match Timestamp::parse(text).map_or(BAD_INSTANT, Timestamp::micros) {
                date if text.len() == DATE_BYTES => dates.or_instant(date),
                instant => instant,
            },
        };
        let units = &mut self.units;
        let none = NO_INSTANT;
        match array.data_type() {
            DataType::Timestamp(TimeUnit::Second, _) => {
                primitives::<TimestampSecondType, _>(array, none, |v| scaled(v, 1_000_000), out);
            }
            DataType::Timestamp(TimeUnit::Millisecond, _) => {
                primitives::<TimestampMillisecondType, _>(array, none, |v| scaled(v, 1000), out);
            }
            DataType::Timestamp(TimeUnit::Microsecond, _) => {
                primitives::<TimestampMicrosecondType, _>(array, none, |v| scaled(v, 1), out);
            }
            DataType::Timestamp(TimeUnit::Nanosecond, _) => {
                primitives::<TimestampNanosecondType, _>(array, none, |v| v.div_euclid(1000), out);
            }
            DataType::Date32 => {
                let date = |v| dates.or_instant(i64::from(v) * MICROS_PER_DAY);
                primitives::<Date32Type, _>(array, none, date, out);
            }
            DataType::Date64 => {
                primitives::<Date64Type, _>(array, none, |v| dates.or_instant(scaled(v, 1000)), out);
            }
            DataType::Int64 => primitives::<Int64Type, _>(array, none, |v| guessed(v, units), out),
            DataType::Int32 => primitives::<Int32Type, _>(array, none, |v| guessed(v.into(), units), out),
            DataType::UInt32 => primitives::<UInt32Type, _>(array, none, |v| guessed(v.into(), units), out),
            DataType::UInt64 => {
                let meaning = |v: u64| i64::try_from(v).map_or(BAD_INSTANT, |v| guessed(v, units));
                primitives::<UInt64Type, _>(array, none, meaning, out);
            }
            DataType::Dictionary(..) => self.translated.read(array, none, &mut parsed, out)?,
            _ => texts(array, none, &mut parsed, out)?,
        }
        if matches!(array.data_type(), DataType::Timestamp(_, None)) {
            let mut dates = Dates { time_zone: &self.time_zone, last: None };
            out[first..].iter_mut().for_each(|at| *at = dates.or_instant(*at));
        }
        Ok(())
    }
}

/// How long a text is that is a date alone.
const DATE_BYTES: usize = "2017-03-03".len();

/// Takes what lies at midnight in UTC for a date. Rows of one day lie together in most files: the last is kept.
struct Dates<'a> {
    time_zone: &'a TimeZone,
    last: Option<(i64, i64)>,
}

impl Dates<'_> {
    /// What a date stands for; an instant that is none, as it is.
    fn or_instant(&mut self, micros: i64) -> i64 {
        if micros == NO_INSTANT || micros.rem_euclid(MICROS_PER_DAY) != 0 {
            return micros;
        }
        match self.last {
            Some((last, stands_for)) if last == micros => stands_for,
            _ => {
                let day = Day::new((micros / MICROS_PER_DAY) as i32);
                let stands_for = self.time_zone.date(day).micros();
                self.last = Some((micros, stands_for));
                stands_for
            }
        }
    }
}

/// A whole number since 1970 in the unit that its size tells. From 1973 to 5138 the sizes of seconds, milli-,
/// micro- and nanoseconds do not overlap, so each value can be judged alone, in whatever file it stands.
fn guessed(value: i64, units: &mut [bool; 4]) -> i64 {
    let (unit, micros) = match value.unsigned_abs() {
        0..=99_999_999_999 => (0, value * 1_000_000),
        100_000_000_000..=99_999_999_999_999 => (1, value * 1000),
        100_000_000_000_000..=99_999_999_999_999_999 => (2, value),
        _ => (3, value.div_euclid(1000)),
    };
    units[unit] = true;
    micros
}

/// Texts, any number a row: those of a list, or the parts of a text between `,`, `;` and `|`.
pub(crate) enum Texts {
    None,
    Lists(ListArray),
    Parts(StringArray),
}

impl Texts {
    pub(crate) fn read(column: Column<'_>) -> Result<Self, String> {
        let Some(array) = column else { return Ok(Self::None) };
        let is_list = matches!(array.data_type(), DataType::List(_) | DataType::LargeList(_));
        let wanted = if is_list { DataType::new_list(DataType::Utf8, true) } else { DataType::Utf8 };
        let cast = cast(array, &wanted).map_err(|error| error.to_string())?;
        Ok(match is_list {
            true => Self::Lists(cast.as_list::<i32>().clone()),
            false => Self::Parts(cast.as_string::<i32>().clone()),
        })
    }

    /// The texts of a row.
    pub(crate) fn each(&self, row: usize, mut each: impl FnMut(&str)) {
        match self {
            Self::Lists(lists) if lists.is_valid(row) => {
                let list: ArrayRef = lists.value(row);
                list.as_string::<i32>().iter().flatten().for_each(each);
            }
            Self::Parts(texts) if texts.is_valid(row) => {
                texts.value(row).split([',', ';', '|']).for_each(&mut each);
            }
            _ => {}
        }
    }
}

/// Appends numbers; NaN where there is none.
pub(crate) fn numbers(column: Column<'_>, n_rows: usize, out: &mut Vec<f64>) -> Result<(), String> {
    let Some(array) = column else {
        out.resize(out.len() + n_rows, f64::NAN);
        return Ok(());
    };
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

/// Appends yes or no; no where there is nothing.
pub(crate) fn flags(column: Column<'_>, n_rows: usize, out: &mut Vec<bool>) -> Result<(), String> {
    let Some(array) = column else {
        out.resize(out.len() + n_rows, false);
        return Ok(());
    };
    let says_yes = |text: &str| {
        let yes = ["true", "1", "yes", "y", "t"];
        yes.iter().any(|yes| yes.eq_ignore_ascii_case(text.trim_ascii()))
    };
    match array.data_type() {
        DataType::Boolean => out.extend(array.as_boolean().iter().map(|value| value == Some(true))),
        DataType::Dictionary(..) => Translated::new().read(array, false, says_yes, out)?,
        DataType::Utf8 | DataType::Utf8View | DataType::Binary => texts(array, false, says_yes, out)?,
        _ => {
            let mut as_numbers = Vec::with_capacity(n_rows);
            numbers(column, n_rows, &mut as_numbers)?;
            out.extend(as_numbers.into_iter().map(|number| number != 0.0 && !number.is_nan()));
        }
    }
    Ok(())
}
