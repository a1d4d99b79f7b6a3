//! Ids become numbers in the order in which they are first seen.

use arrow_array::Array;
use arrow_array::types::{
    Decimal128Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type, UInt8Type,
    UInt16Type, UInt32Type, UInt64Type,
};
use arrow_schema::DataType;

use super::column::{Column, Translated, primitives, texts, unreadable};
use super::words::is_nothing;
use crate::intern::{Interner, MISSING};
use crate::meaning::Meaning;
use crate::table::Table;

/// Reads ids of one kind of thing.
pub(crate) struct Ids {
    /// The ids so far.
    pub(crate) interner: Interner,
    nothing: Nothing,
    /// How many were floats.
    n_floats: u64,
    /// How many of them were too large to know their last digit.
    n_inexact: u64,
    translated: Translated<u32>,
    strips_zeros: bool,
}

/// What stands for no id, beside `nan`, `null`, `(not set)` and the like; and what stood there.
#[derive(Default)]
pub(crate) struct Nothing {
    /// In lower case.
    texts: Vec<String>,
    numbers: Vec<i64>,
    /// The largest of them: nearly every id is above it.
    largest: i64,
    longest: usize,
    /// The different ones that were seen.
    seen: Vec<String>,
    /// How many rows held one.
    n_rows: u64,
}

impl Nothing {
    pub(crate) fn new(texts: &[String]) -> Self {
        let texts: Vec<String> = texts.iter().map(|text| text.trim().to_lowercase()).collect();
        let numbers: Vec<i64> = texts.iter().filter_map(|text| text.parse().ok()).collect();
        Self {
            largest: numbers.iter().copied().max().unwrap_or(i64::MIN),
            numbers,
            longest: texts.iter().map(String::len).max().unwrap_or(0),
            texts,
            seen: Vec::new(),
            n_rows: 0,
        }
    }

    /// What is said of a column in which one of them stood.
    pub(crate) fn told(&self, column: &str, taken_for: &str) -> Option<String> {
        let seen: Vec<String> = self.seen.iter().map(|seen| format!("`{seen}`")).collect();
        (!seen.is_empty()).then(|| {
            format!("`{column}` holds {} in {} rows: treated as {taken_for}", seen.join(", "), self.n_rows)
        })
    }

    #[inline]
    fn is_number(&mut self, number: i64) -> bool {
        number <= self.largest && self.is_small_number(number)
    }

    fn is_small_number(&mut self, number: i64) -> bool {
        let found = self.numbers.contains(&number);
        if found {
            self.saw(&number.to_string());
        }
        found
    }

    fn is_text(&mut self, text: &str) -> bool {
        let text = text.trim_ascii();
        let found = is_nothing(text)
            || (text.len() <= self.longest && self.texts.iter().any(|own| own.eq_ignore_ascii_case(text)));
        if found && !text.is_empty() {
            self.saw(text);
        }
        found
    }

    fn saw(&mut self, text: &str) {
        if self.seen.len() < 3 && !self.seen.iter().any(|seen| seen == text) {
            self.seen.push(text.to_owned());
        }
    }
}

impl Ids {
    /// Goes on with what is known.
    pub(crate) fn new(interner: Interner) -> Self {
        Self::with_nothing(interner, &[])
    }

    /// The same, where these stand for no id as well.
    pub(crate) fn with_nothing(interner: Interner, nothing: &[String]) -> Self {
        let nothing = Nothing::new(nothing);
        Self {
            interner,
            nothing,
            n_floats: 0,
            n_inexact: 0,
            translated: Translated::new(),
            strips_zeros: false,
        }
    }

    /// The same, as the settings say that the column is written.
    pub(crate) fn written(self, meaning: Option<&Meaning>) -> Self {
        Self { strips_zeros: meaning.is_some_and(|meaning| meaning.strips_zeros), ..self }
    }

    /// What should be known of the ids of a column: what was taken for none, and where floats lost digits.
    pub(crate) fn hints(&self, table: &Table, name: &str, taken_for: &str) -> Vec<String> {
        let Some(column) = table.columns.get(name) else { return Vec::new() };
        let mut hints = Vec::new();
        if 0 < self.n_floats {
            hints.push(format!(
                "`{column}` holds ids as floats in {} rows; they were read as whole numbers",
                self.n_floats
            ));
        }
        if 0 < self.n_inexact {
            hints.push(format!(
                "`{column}` holds {} floats too large to hold their last digits: different ids may have become one; write it as text or as whole numbers",
                self.n_inexact
            ));
        }
        hints.extend(self.nothing.told(column, taken_for));
        hints
    }

    /// The same with ids of the same kind in another column, where other words stand for none.
    pub(crate) fn read_else(
        &mut self,
        nothing: &mut Nothing,
        column: Column<'_>,
        n_rows: usize,
        out: &mut Vec<u32>,
    ) -> Result<(), String> {
        std::mem::swap(nothing, &mut self.nothing);
        // What the entries of a dictionary mean is another thing here.
        let translated = std::mem::replace(&mut self.translated, Translated::new());
        let read = self.read(column, n_rows, out);
        self.translated = translated;
        std::mem::swap(nothing, &mut self.nothing);
        read
    }

    /// Appends the index of each row's id, or what stands for none.
    pub(crate) fn read(
        &mut self,
        column: Column<'_>,
        n_rows: usize,
        out: &mut Vec<u32>,
    ) -> Result<(), String> {
        let first = out.len();
        self.read_all(column, n_rows, out)?;
        if let Some(array) = column.filter(|_| !self.nothing.seen.is_empty()) {
            let n_missing = out[first..].iter().filter(|&&id| id == MISSING).count();
            self.nothing.n_rows += n_missing.saturating_sub(array.logical_null_count()) as u64;
        }
        Ok(())
    }

    fn read_all(&mut self, column: Column<'_>, n_rows: usize, out: &mut Vec<u32>) -> Result<(), String> {
        let Some(array) = column else {
            out.resize(out.len() + n_rows, MISSING);
            return Ok(());
        };
        let Self { interner, nothing, n_floats, n_inexact, translated, strips_zeros } = self;
        let text = |text: &str| match text {
            text if nothing.is_text(text) => MISSING,
            text if *strips_zeros => interner.text(without_zeros(text)),
            text => interner.text(text),
        };
        match array.data_type() {
            DataType::Dictionary(..) => return translated.read(array, MISSING, text, out),
            DataType::Utf8 | DataType::Utf8View | DataType::Binary => {
                return texts(array, MISSING, text, out);
            }
            _ => {}
        }
        let mut ids = Whole { interner, nothing, last: 0, last_index: MISSING };
        match array.data_type() {
            DataType::Int8 => primitives::<Int8Type, _>(array, MISSING, |v| ids.number(v.into()), out),
            DataType::Int16 => primitives::<Int16Type, _>(array, MISSING, |v| ids.number(v.into()), out),
            DataType::Int32 => primitives::<Int32Type, _>(array, MISSING, |v| ids.number(v.into()), out),
            DataType::Int64 => primitives::<Int64Type, _>(array, MISSING, |v| ids.number(v), out),
            DataType::UInt8 => primitives::<UInt8Type, _>(array, MISSING, |v| ids.number(v.into()), out),
            DataType::UInt16 => primitives::<UInt16Type, _>(array, MISSING, |v| ids.number(v.into()), out),
            DataType::UInt32 => primitives::<UInt32Type, _>(array, MISSING, |v| ids.number(v.into()), out),
            DataType::UInt64 => primitives::<UInt64Type, _>(array, MISSING, |v| ids.large(v.into()), out),
            DataType::Decimal128(_, scale) => {
                let scale = *scale;
                primitives::<Decimal128Type, _>(array, MISSING, |v| ids.decimal(v, scale), out);
            }
            DataType::Float32 | DataType::Float64 => {
                *n_floats += (n_rows - array.null_count()) as u64;
                if array.data_type() == &DataType::Float32 {
                    let float = |v: f32| ids.float(v.into(), F32_WHOLE, n_inexact);
                    primitives::<Float32Type, _>(array, MISSING, float, out);
                } else {
                    let float = |v| ids.float(v, F64_WHOLE, n_inexact);
                    primitives::<Float64Type, _>(array, MISSING, float, out);
                }
            }
            _ => return Err(unreadable(array)),
        }
        Ok(())
    }
}

/// Digits without the zeros before them; any other text as it is.
fn without_zeros(text: &str) -> &str {
    let text = text.trim_ascii();
    let stripped = text.trim_start_matches('0');
    match text.bytes().all(|byte| byte.is_ascii_digit()) {
        true if stripped.is_empty() => text.get(..1).unwrap_or(text),
        true => stripped,
        false => text,
    }
}

/// Above these a float no longer knows its last digit: 2^24 and 2^53.
const F32_WHOLE: f64 = 16_777_216.0;
const F64_WHOLE: f64 = 9_007_199_254_740_992.0;

/// Ids that are numbers. Lines of an order stand together in most files: the same number again needs no look-up.
struct Whole<'a> {
    interner: &'a mut Interner,
    nothing: &'a mut Nothing,
    last: i64,
    last_index: u32,
}

impl Whole<'_> {
    #[inline]
    fn number(&mut self, value: i64) -> u32 {
        if value != self.last || self.last_index == MISSING {
            let is_nothing = self.nothing.is_number(value);
            let index = if is_nothing { MISSING } else { self.interner.number(value) };
            (self.last, self.last_index) = (value, index);
        }
        self.last_index
    }

    fn large(&mut self, value: i128) -> u32 {
        match i64::try_from(value) {
            Ok(value) => self.number(value),
            Err(_) => self.interner.text(&value.to_string()),
        }
    }

    /// A decimal without a fraction is a whole number, whatever its scale.
    fn decimal(&mut self, value: i128, scale: i8) -> u32 {
        let unit = 10_i128.pow(u32::from(scale.unsigned_abs()).min(38));
        match scale {
            0 => self.large(value),
            1.. if value % unit == 0 => self.large(value / unit),
            1.. => {
                let sign = if value < 0 { "-" } else { "" };
                let (whole, fraction) = (value.abs() / unit, value.abs() % unit);
                let fraction = format!("{fraction:0width$}", width = usize::from(scale.unsigned_abs()));
                self.interner.text(&format!("{sign}{whole}.{}", fraction.trim_end_matches('0')))
            }
            _ => self.large(value.saturating_mul(unit)),
        }
    }

    /// Pandas makes floats of whole numbers as soon as one is absent: 17850.0 is the id 17850.
    fn float(&mut self, value: f64, most: f64, n_inexact: &mut u64) -> u32 {
        if !value.is_finite() {
            return MISSING;
        }
        *n_inexact += u64::from(most < value.abs());
        if value.fract() == 0.0 && value.abs() <= F64_WHOLE {
            self.number(value as i64)
        } else {
            self.interner.text(&value.to_string())
        }
    }
}
