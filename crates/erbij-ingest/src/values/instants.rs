//! Moments and days.

use arrow_array::Array;
use arrow_array::types::{
    Date32Type, Date64Type, Int32Type, Int64Type, TimestampMicrosecondType, TimestampMillisecondType,
    TimestampNanosecondType, TimestampSecondType, UInt32Type, UInt64Type,
};
use arrow_schema::{DataType, TimeUnit};
use erbij_core::{Day, MICROS_PER_DAY, TimeZone, Timestamp};
use jiff::civil::DateTime;
use jiff::fmt::strtime;

use super::column::{Column, Translated, primitives, texts, unreadable};
use super::numbers::floats;
use super::unread::Unread;
use super::words::is_nothing;
use crate::meaning::Meaning;

/// Stands for "no instant".
pub(crate) const NO_INSTANT: i64 = i64::MIN;
/// Stands for an instant that cannot be read.
pub(crate) const BAD_INSTANT: i64 = i64::MIN + 1;

/// Reads instants. What is written without an hour, or at midnight without a zone, is a date: of that day in the shop's
/// zone, whichever side of Greenwich it lies on.
pub(crate) struct Instants {
    translated: Translated<i64>,
    time_zone: TimeZone,
    /// The zone of instants that name none, where the settings name one.
    written_in: Option<TimeZone>,
    format: Option<String>,
    /// Which units whole numbers were taken for.
    units: [bool; 6],
    /// What was not understood.
    pub(crate) unread: Unread,
}

/// What whole numbers may be.
const UNITS: [&str; 6] = [
    "seconds since 1970",
    "milliseconds since 1970",
    "microseconds since 1970",
    "nanoseconds since 1970",
    "days such as 20240131",
    "instants such as 20240131093000",
];

impl Instants {
    /// Nothing read yet.
    pub(crate) fn new(time_zone: TimeZone, meaning: Option<&Meaning>) -> Self {
        Self {
            translated: Translated::new(),
            time_zone,
            written_in: meaning.and_then(|meaning| meaning.zone.clone()),
            format: meaning.and_then(|meaning| meaning.format.clone()),
            units: [false; 6],
            unread: Unread::default(),
        }
    }

    /// What should be known of how a column was read, and what to write where much of it could not be.
    pub(crate) fn hints(&self, column: &str, table: &str, name: &str) -> Vec<String> {
        let mut hints = Vec::new();
        let units: Vec<&str> =
            (0..UNITS.len()).filter(|&unit| self.units[unit]).map(|unit| UNITS[unit]).collect();
        if !units.is_empty() {
            hints.push(format!("`{column}` holds whole numbers, read as {}", units.join(" and ")));
        }
        if 0 < self.unread.n_rows {
            let format = self.format.as_deref().unwrap_or("%m/%d/%Y %H:%M");
            hints.push(format!(
                "`{column}` is not an instant in {} rows, such as {}; if all have the same format, set it in erbij.toml: [tables.{table}.columns] {name} = {{ column = \"{column}\", format = \"{format}\" }}",
                self.unread.n_rows,
                self.unread.words()
            ));
        }
        hints
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
        let Self { translated, time_zone, written_in, format, units, unread } = self;
        let mut dates = Dates { time_zone, last: None };
        let mut numbers = Guess { units, time_zone };
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
            DataType::Int64 => primitives::<Int64Type, _>(array, none, |v| numbers.instant(v), out),
            DataType::Int32 => primitives::<Int32Type, _>(array, none, |v| numbers.instant(v.into()), out),
            DataType::UInt32 => primitives::<UInt32Type, _>(array, none, |v| numbers.instant(v.into()), out),
            DataType::UInt64 => {
                let meaning = |v: u64| i64::try_from(v).map_or(BAD_INSTANT, |v| numbers.instant(v));
                primitives::<UInt64Type, _>(array, none, meaning, out);
            }
            DataType::Float32 | DataType::Float64 | DataType::Decimal128(..) => {
                let mut read = Vec::with_capacity(n_rows);
                floats(array, &mut read)?;
                out.extend(read.into_iter().map(|value| numbers.float(value)));
            }
            DataType::Dictionary(..) | DataType::Utf8 | DataType::Utf8View | DataType::Binary => {
                let mut last: (String, i64) = (String::new(), NO_INSTANT);
                let mut parsed = |text: &str| {
                    if text != last.0 {
                        let how = Written { format: format.as_deref(), written_in: written_in.as_ref() };
                        last.1 = how.instant(text, &mut numbers, &mut dates);
                        if last.1 == BAD_INSTANT {
                            unread.word(text);
                        }
                        last.0.clear();
                        last.0.push_str(text);
                    }
                    last.1
                };
                match array.data_type() {
                    DataType::Dictionary(..) => translated.read(array, none, &mut parsed, out)?,
                    _ => texts(array, none, &mut parsed, out)?,
                }
            }
            _ => return Err(unreadable(array)),
        }
        if matches!(array.data_type(), DataType::Timestamp(_, None)) {
            match written_in {
                Some(zone) => out[first..].iter_mut().filter(|at| **at != NO_INSTANT).for_each(|at| {
                    *at = zone.instant_of_wall(*at).micros();
                }),
                None => out[first..].iter_mut().for_each(|at| *at = dates.or_instant(*at)),
            }
        }
        unread.n_rows += out[first..].iter().filter(|&&at| at == BAD_INSTANT).count() as u64;
        Ok(())
    }
}

/// How instants are written, where the settings say it.
struct Written<'a> {
    format: Option<&'a str>,
    written_in: Option<&'a TimeZone>,
}

impl Written<'_> {
    fn instant(&self, text: &str, numbers: &mut Guess<'_>, dates: &mut Dates<'_>) -> i64 {
        let text = text.trim();
        if is_nothing(text) || text.starts_with("0000-00-00") {
            return NO_INSTANT;
        }
        if let Some(format) = self.format {
            return self.by_format(format, text, dates).unwrap_or(BAD_INSTANT);
        }
        if let Ok(at) = Timestamp::parse(text) {
            let names_a_zone = text[10..].contains(['Z', 'z', '+', '-', 'U', 'G']);
            return match self.written_in {
                Some(zone) if !names_a_zone => zone.instant_of_wall(at.micros()).micros(),
                _ if text.len() == DATE_BYTES => dates.or_instant(at.micros()),
                _ => at.micros(),
            };
        }
        match text.parse::<i64>() {
            Ok(number) => numbers.instant(number),
            Err(_) => text.parse::<f64>().map_or(BAD_INSTANT, |number| numbers.float(number)),
        }
    }

    fn by_format(&self, format: &str, text: &str, dates: &mut Dates<'_>) -> Option<i64> {
        let read = strtime::parse(format, text).ok()?;
        if read.offset().is_some() {
            return Some(read.to_timestamp().ok()?.as_microsecond());
        }
        let date = read.to_date().ok()?;
        let time = read.to_time().ok();
        let wall = wall_micros(date.to_datetime(time.unwrap_or_default()));
        Some(match (self.written_in, time) {
            (Some(zone), Some(_)) => zone.instant_of_wall(wall).micros(),
            (_, None) => dates.or_instant(wall),
            (None, Some(_)) => wall,
        })
    }
}

fn wall_micros(at: DateTime) -> i64 {
    let day = Day::from_civil(at.year().into(), at.month() as u32, at.day() as u32);
    let seconds = i64::from(at.hour()) * 3600 + i64::from(at.minute()) * 60 + i64::from(at.second());
    let micros = seconds * 1_000_000 + i64::from(at.subsec_nanosecond()) / 1000;
    day.map_or(BAD_INSTANT, |day| day.start().micros() + micros)
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
        if micros <= BAD_INSTANT || micros.rem_euclid(MICROS_PER_DAY) != 0 {
            return micros;
        }
        match self.last {
            Some((last, stands_for)) if last == micros => stands_for,
            _ => {
                let stands_for = match i32::try_from(micros / MICROS_PER_DAY) {
                    Ok(day) => self.time_zone.date(Day::new(day)).micros(),
                    Err(_) => micros,
                };
                self.last = Some((micros, stands_for));
                stands_for
            }
        }
    }
}

/// Reads whole numbers as instants.
struct Guess<'a> {
    units: &'a mut [bool; 6],
    time_zone: &'a TimeZone,
}

/// The last day of the year 9999, which stands for "never", in seconds since 1970.
const NEVER_SECONDS: std::ops::RangeInclusive<i64> = 253_402_214_400..=253_402_300_800;

impl Guess<'_> {
    /// A day written as 20240131 or an instant written as 20240131093000, else a number since 1970 in the unit that its
    /// size tells. From 1973 to 5138 the sizes of seconds, milli-, micro- and nanoseconds do not overlap, so each value
    /// can be judged alone, in whatever file it stands. The end of the year 9999 is read as what it is in all of them.
    fn instant(&mut self, value: i64) -> i64 {
        if let Some(at) = self.written_out(value) {
            return at;
        }
        let (unit, micros) = match value.unsigned_abs() {
            0..=99_999_999_999 => (0, value * 1_000_000),
            _ if NEVER_SECONDS.contains(&value) => (0, value * 1_000_000),
            _ if NEVER_SECONDS.contains(&(value / 1000)) => (1, value * 1000),
            _ if NEVER_SECONDS.contains(&(value / 1_000_000)) => (2, value),
            100_000_000_000..=99_999_999_999_999 => (1, value * 1000),
            100_000_000_000_000..=99_999_999_999_999_999 => (2, value),
            _ => (3, value.div_euclid(1000)),
        };
        self.units[unit] = true;
        micros
    }

    /// A number with a fraction of a second, or of a day that is written out.
    fn float(&mut self, value: f64) -> i64 {
        if value.is_nan() {
            NO_INSTANT
        } else if !value.is_finite() || 9.2e18 < value.abs() {
            BAD_INSTANT
        } else if value.fract() == 0.0 || 1e11 <= value.abs() {
            self.instant(value as i64)
        } else {
            self.units[0] = true;
            (value * 1e6).round() as i64
        }
    }

    fn written_out(&mut self, value: i64) -> Option<i64> {
        let (days, of_day, unit) = match value {
            19_000_101..=99_991_231 => (value, 0, 4),
            19_000_101_000_000..=99_991_231_235_959 => (value / 1_000_000, value % 1_000_000, 5),
            _ => return None,
        };
        let (hour, minute, second) = (of_day / 10_000, of_day / 100 % 100, of_day % 100);
        if 23 < hour || 59 < minute || 59 < second {
            return None;
        }
        let day = Day::from_civil((days / 10_000) as i32, (days / 100 % 100) as u32, (days % 100) as u32)?;
        self.units[unit] = true;
        Some(match unit {
            4 => self.time_zone.date(day).micros(),
            _ => day.start().micros() + ((hour * 60 + minute) * 60 + second) * 1_000_000,
        })
    }
}
