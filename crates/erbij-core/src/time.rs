//! Instants, which are UTC, and days, never read from a clock. Which day an instant is of, a zone tells.

use std::fmt;

/// Microseconds of a day.
pub const MICROS_PER_DAY: i64 = 86_400_000_000;

/// An instant: microseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Timestamp(i64);

impl Timestamp {
    /// The instant so many microseconds after the epoch.
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// Microseconds since the epoch.
    pub const fn micros(self) -> i64 {
        self.0
    }

    /// The day it falls on in UTC; for people it is [`crate::TimeZone::day_of`].
    pub const fn day(self) -> Day {
        Day(self.0.div_euclid(MICROS_PER_DAY) as i32)
    }

    /// This instant, moved by microseconds; stays at the end of time rather than wrap.
    pub const fn plus_micros(self, micros: i64) -> Self {
        Self(self.0.saturating_add(micros))
    }

    /// This instant, moved by whole days; stays at the end of time rather than wrap.
    pub const fn plus_days(self, days: i64) -> Self {
        Self(self.0.saturating_add(days.saturating_mul(MICROS_PER_DAY)))
    }

    /// Reads RFC 3339 (`2017-03-03T09:30:00Z`, with or without fraction and offset) or a plain date,
    /// which stands for its first moment.
    ///
    /// ```
    /// use erbij_core::Timestamp;
    /// let at = Timestamp::parse("2017-03-03T10:30:00+01:00").unwrap();
    /// assert_eq!(at.to_string(), "2017-03-03T09:30:00Z");
    /// assert_eq!(Timestamp::parse("2017-03-03").unwrap().to_string(), "2017-03-03T00:00:00Z");
    /// ```
    pub fn parse(text: &str) -> Result<Self, TimestampError> {
        parse(text).ok_or_else(|| TimestampError { found: text.to_owned() })
    }
}

/// A text that is no instant.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("`{found}` is not an instant: expected `2017-03-03` or `2017-03-03T09:30:00Z`")]
pub struct TimestampError {
    /// What stood there.
    pub found: String,
}

fn digits(text: &str) -> Option<i64> {
    (!text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())).then(|| text.parse().ok())?
}

/// A date; perhaps an hour behind `T` or a space, with minutes, and perhaps seconds and a fraction of them; perhaps a
/// zone: `Z`, `UTC`, `GMT`, `+01`, `+0100` or `+01:00`, set apart by a space or not. So write ISO 8601, Postgres,
/// BigQuery, SQL Server and shop systems.
fn parse(text: &str) -> Option<Timestamp> {
    let (date, rest) = (text.get(..10)?, text.get(10..)?);
    let (year, month, day) = (digits(date.get(..4)?)?, digits(date.get(5..7)?)?, digits(date.get(8..)?)?);
    let (mark, again) = (date.as_bytes()[4], date.as_bytes()[7]);
    if mark != again || !matches!(mark, b'-' | b'/') {
        return None;
    }
    let day = Day::from_civil(year as i32, month as u32, day as u32)?;
    if rest.is_empty() {
        return Some(day.start());
    }
    let rest = rest.strip_prefix(['T', 't', ' '])?;
    let (hour, minute) = (digits(rest.get(..2)?)?, digits(rest.get(3..5)?)?);
    let mut zone = rest.get(5..)?;
    let mut second = 0;
    if let Some(seconds) = zone.strip_prefix(':') {
        second = digits(seconds.get(..2)?)?;
        zone = seconds.get(2..)?;
    }
    if rest.as_bytes()[2] != b':' || 23 < hour || 59 < minute || 59 < second {
        return None;
    }
    let mut micros = 0;
    if let Some(fraction) = zone.strip_prefix(['.', ',']) {
        let len = fraction.bytes().take_while(u8::is_ascii_digit).count();
        let (kept, _) = fraction.get(..len)?.split_at_checked(len.min(6))?;
        micros = digits(kept)? * 10_i64.pow(6 - kept.len() as u32);
        zone = &fraction[len..];
    }
    let zone = zone.strip_prefix(' ').unwrap_or(zone);
    let seconds = hour * 3600 + minute * 60 + second - offset_minutes(zone)? * 60;
    Some(Timestamp(day.start().0 + seconds * 1_000_000 + micros))
}

fn offset_minutes(zone: &str) -> Option<i64> {
    if ["", "z", "utc", "gmt"].iter().any(|utc| utc.eq_ignore_ascii_case(zone)) {
        return Some(0);
    }
    let sign = if zone.starts_with('-') { -1 } else { 1 };
    let zone = zone.strip_prefix(['+', '-'])?;
    let minutes = match zone.len() {
        2 => 0,
        4 => digits(zone.get(2..)?)?,
        5 if zone.as_bytes()[2] == b':' => digits(zone.get(3..)?)?,
        _ => return None,
    };
    Some(sign * (digits(zone.get(..2)?)? * 60 + minutes))
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let in_day = self.0.rem_euclid(MICROS_PER_DAY);
        let (seconds, micros) = (in_day / 1_000_000, in_day % 1_000_000);
        write!(f, "{}T{:02}:{:02}:{:02}", self.day(), seconds / 3600, seconds / 60 % 60, seconds % 60)?;
        if micros != 0 {
            write!(f, ".{micros:06}")?;
        }
        f.write_str("Z")
    }
}

/// A day of the calendar, counted from 1970-01-01.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Day(i32);

impl Day {
    /// The day so many days after 1970-01-01.
    pub const fn new(days: i32) -> Self {
        Self(days)
    }

    /// Days since 1970-01-01.
    pub const fn get(self) -> i32 {
        self.0
    }

    /// Its first moment in UTC.
    pub const fn start(self) -> Timestamp {
        Timestamp(self.0 as i64 * MICROS_PER_DAY)
    }

    /// The day of a date, where the date exists.
    pub fn from_civil(year: i32, month: u32, day: u32) -> Option<Self> {
        if !(1..=12).contains(&month) || !(1..=31).contains(&day) {
            return None;
        }
        // Days are counted in 400-year eras that begin on 1 March, so that the leap day comes last:
        // Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms".
        let shifted_year = year - i32::from(month <= 2);
        let era = shifted_year.div_euclid(400);
        let year_of_era = shifted_year.rem_euclid(400);
        let day_of_year = (153 * ((month as i32 + 9) % 12) + 2) / 5 + day as i32 - 1;
        let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
        let result = Self(era * 146_097 + day_of_era - 719_468);
        (result.civil() == (year, month, day)).then_some(result)
    }

    /// Year, month and day of the month.
    pub fn civil(self) -> (i32, u32, u32) {
        let shifted = self.0 + 719_468;
        let era = shifted.div_euclid(146_097);
        let day_of_era = shifted.rem_euclid(146_097);
        let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let month_from_march = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
        let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
        (year_of_era + era * 400 + i32::from(month <= 2), month as u32, day as u32)
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = self.civil();
        write!(f, "{year:04}-{month:02}-{day:02}")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn dates_that_do_not_exist_are_refused() {
        for (year, month, day, exists) in [
            (2024, 2, 29, true),
            (2023, 2, 29, false),
            (1900, 2, 29, false),
            (2000, 2, 29, true),
            (2024, 4, 31, false),
            (2024, 13, 1, false),
            (2024, 0, 1, false),
        ] {
            assert_eq!(Day::from_civil(year, month, day).is_some(), exists, "{year}-{month}-{day}");
        }
    }

    #[test]
    fn texts_become_instants_or_errors() {
        for (text, expected) in [
            ("1970-01-01", Some(0)),
            ("1969-12-31T23:59:59.5Z", Some(-500_000)),
            ("2017-03-03T09:30:00.123456789Z", Some(1_488_533_400_123_456)),
            ("2017-03-03 09:30:00", Some(1_488_533_400_000_000)),
            ("2017-03-03T10:30:00+01:00", Some(1_488_533_400_000_000)),
            ("2017/03/03 09:30", Some(1_488_533_400_000_000)),
            ("2017-03-03 09:30:00.000000 UTC", Some(1_488_533_400_000_000)),
            ("2017-03-03 09:30:00+00", Some(1_488_533_400_000_000)),
            ("2017-03-03 10:30:00 +0100", Some(1_488_533_400_000_000)),
            ("2017-03-03 10:30:00.0000000 +01:00", Some(1_488_533_400_000_000)),
            ("2017-03-03T09:30Z", Some(1_488_533_400_000_000)),
            ("", None),
            ("2017-3-3", None),
            ("2017-03/03", None),
            ("2017-03-03 09:30:00 CET", None),
            ("2017-02-30", None),
            ("2017-03-03T25:00:00Z", None),
            ("2017-03-03T09:30:00+1", None),
            ("2017-03-03é", None),
        ] {
            assert_eq!(Timestamp::parse(text).ok().map(Timestamp::micros), expected, "{text}");
        }
    }

    proptest! {
        #[test]
        fn days_survive_the_calendar(days in -1_000_000_i32..1_000_000) {
            let (year, month, day) = Day(days).civil();
            prop_assert_eq!(Day::from_civil(year, month, day), Some(Day(days)));
        }

        #[test]
        fn instants_survive_text(micros in -60_000_000_000_000_000_i64..200_000_000_000_000_000) {
            let at = Timestamp(micros);
            prop_assert_eq!(Timestamp::parse(&at.to_string()), Ok(at));
        }

        #[test]
        fn no_text_panics(text in "\\PC{0,30}") {
            let _ = Timestamp::parse(&text);
        }
    }
}
