//! How instants are written, where they are texts of a shop's own.

use erbij_core::{Currency, Day, Timestamp};
use jiff::fmt::strtime;

use crate::values::amount;

/// Orders of day, month and year. Where the first two both fit, values alone cannot tell.
const DATES: [&str; 9] = [
    "%d/%m/%Y",
    "%m/%d/%Y",
    "%Y/%m/%d",
    "%d/%m/%y",
    "%m/%d/%y",
    "%d %b %Y",
    "%d %B %Y",
    "%b %d, %Y",
    "%B %d, %Y",
];
/// Times behind a date.
const TIMES: [&str; 8] =
    ["", " %H:%M", " %H:%M:%S", " %H:%M:%S%.f", " %I:%M %p", " %I:%M:%S %p", ", %H:%M", "T%H:%M:%S"];
/// Which share of the values a format must read.
const NEARLY_ALL: f64 = 0.98;
/// Values that are held against all formats; the rest is held against those that read them.
const N_FIRST: usize = 40;

/// A format, and whether the values leave it open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) format: String,
    /// The other one that reads all values as well.
    pub(super) or: Option<String>,
    pub(super) has_time: bool,
}

/// The format of texts that are no instants in the usual forms; none where none reads nearly all of them.
pub(super) fn format_of(values: &mut dyn Iterator<Item = &str>) -> Option<Found> {
    let values: Vec<&str> = values.collect();
    let first = *values.first()?;
    if Timestamp::parse(first).is_ok() || !first.chars().any(|c| c.is_ascii_digit()) {
        return None;
    }
    let mark = ['/', '-', '.'].into_iter().find(|&mark| 2 <= first.matches(mark).count()).unwrap_or('/');
    let mut fitting = Vec::new();
    for date in DATES {
        let date = date.replace('/', &mark.to_string());
        for time in TIMES {
            let format = format!("{date}{time}");
            if reads(&format, &values[..values.len().min(N_FIRST)]) && reads(&format, &values) {
                fitting.push((format, !time.is_empty()));
            }
        }
    }
    let mut fitting = fitting.into_iter();
    let (format, has_time) = fitting.next()?;
    let is_other = |other: &str| swapped(&format) == other;
    let or = fitting.map(|(other, _)| other).find(|other| is_other(other));
    Some(Found { format, or, has_time })
}

/// The same format with day and month the other way round.
pub(super) fn swapped(format: &str) -> String {
    format.replace("%d", "%?").replace("%m", "%d").replace("%?", "%m")
}

fn reads(format: &str, values: &[&str]) -> bool {
    let n = values.iter().filter(|text| read(format, text).is_some()).count();
    NEARLY_ALL * values.len() as f64 <= n as f64
}

/// Year, month, day and what time it was, in an order that compares.
fn read(format: &str, text: &str) -> Option<(i16, i8, i8, i8, i8)> {
    let read = strtime::parse(format, text).ok()?;
    let date = read.to_date().ok()?;
    let time = read.to_time().unwrap_or_default();
    (1990..2100)
        .contains(&date.year())
        .then(|| (date.year(), date.month(), date.day(), time.hour(), time.minute()))
}

/// Of a format that leaves day and month open, the one by which the rows stand in order; none where neither does so
/// clearly.
pub(super) fn by_order(found: &Found, values: &[&str]) -> Option<String> {
    let other = found.or.as_ref()?;
    let n_back = |format: &str| {
        let read: Vec<_> = values.iter().filter_map(|text| read(format, text)).collect();
        read.windows(2).filter(|pair| pair[1] < pair[0]).count()
    };
    let (own, others) = (n_back(&found.format), n_back(other));
    if 2 * own < others {
        return Some(found.format.clone());
    }
    (2 * others < own).then(|| other.clone())
}

/// Whether a text is a time of the day, and no date.
pub(super) fn is_time(text: &str) -> bool {
    let text = text.trim_end_matches(|c: char| c.is_ascii_alphabetic() || c == ' ' || c == '.');
    let mut parts = text.split(':');
    let is_part = |part: &str, most: f64| {
        (1..=2).contains(&part.split('.').next().map_or(0, str::len))
            && part.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
            && part.parse::<f64>().is_ok_and(|number| number < most)
    };
    let hour = parts.next().is_some_and(|part| is_part(part, 24.0));
    let minute = parts.next().is_some_and(|part| is_part(part, 60.0));
    hour && minute && parts.all(|part| is_part(part, 61.0))
}

/// The format of a time behind a date that is in another column.
pub(super) fn time_format<'a>(mut values: impl Iterator<Item = &'a str>) -> &'static str {
    let Some(first) = values.next() else { return "" };
    match (first.matches(':').count(), first.to_lowercase().ends_with('m'), first.contains('.')) {
        (1, false, _) => " %H:%M",
        (_, false, false) => " %H:%M:%S",
        (_, false, true) => " %H:%M:%S%.f",
        (1, true, _) => " %I:%M %p",
        (_, true, _) => " %I:%M:%S %p",
    }
}

/// Whether an instant is a day, or lies at midnight.
pub(super) fn is_date(text: &str) -> bool {
    text.len() == 10
        || text.get(10..).is_some_and(|time| !time.contains(['1', '2', '3', '4', '5', '6', '7', '8', '9']))
}

/// The day that a text is of, by a format where one is needed.
pub(super) fn day(text: &str, format: Option<&str>) -> Option<i32> {
    if let Some(format) = format {
        let (year, month, day, ..) = read(format, text)?;
        return Day::from_civil(year.into(), month as u32, day as u32).map(Day::get);
    }
    if let Ok(at) = Timestamp::parse(text) {
        return Some(at.day().get());
    }
    let number = amount(text, Currency::EUR)?.0;
    let whole = number as i64;
    if (19_000_101..=99_991_231).contains(&whole) {
        let day = Day::from_civil((whole / 10_000) as i32, (whole / 100 % 100) as u32, (whole % 100) as u32);
        return day.map(Day::get);
    }
    // By their size seconds, milli-, micro- or nanoseconds, as ingest takes them.
    let a_day = match whole {
        ..100_000_000_000 => 86_400,
        100_000_000_000..100_000_000_000_000 => 86_400_000,
        100_000_000_000_000..100_000_000_000_000_000 => 86_400_000_000,
        _ => 86_400_000_000_000,
    };
    Some((whole / a_day) as i32)
}

/// The day of each row. Rows of one day lie together, so a text is read once.
pub(super) fn days(cells: &[Option<String>], format: Option<&str>) -> Vec<Option<i32>> {
    let mut last: (Option<&str>, Option<i32>) = (None, None);
    let mut days = Vec::with_capacity(cells.len());
    for cell in cells {
        let text = cell.as_deref();
        if text != last.0 {
            last = (text, text.and_then(|text| day(text, format)));
        }
        days.push(last.1);
    }
    days
}

/// Whether a text may be an instant as ingest reads it without a format: also a whole number of plausible size.
pub(super) fn is_instant(text: &str) -> bool {
    Timestamp::parse(text).is_ok()
        || amount(text, Currency::EUR).is_some_and(|(number, _)| {
            number.fract() == 0.0 && (1.9e7..1e8).contains(&number) || 6e8 < number
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_format_is_told_by_its_values() {
        for (values, expected) in [
            (&["13/01/2024", "01/02/2024"][..], Some(("%d/%m/%Y", None))),
            (&["12/01/2010 8:26", "12/31/2010 18:26"], Some(("%m/%d/%Y %H:%M", None))),
            (&["01/02/2024", "03/04/2024"], Some(("%d/%m/%Y", Some("%m/%d/%Y")))),
            (&["31-12-23", "01-02-24"], Some(("%d-%m-%y", None))),
            (&["31.12.2023 08:00:00"], Some(("%d.%m.%Y %H:%M:%S", None))),
            (&["5 Mar 2024"], Some(("%d %b %Y", None))),
            (&["03/25/2024 02:15 PM"], Some(("%m/%d/%Y %I:%M %p", None))),
            (&["2024-01-31"], None),
            (&["mug", "pan"], None),
            (&["12.50"], None),
        ] {
            let found = format_of(&mut values.iter().copied());
            let found = found.as_ref().map(|found| (found.format.as_str(), found.or.as_deref()));
            assert_eq!(found, expected, "{values:?}");
        }
    }

    #[test]
    fn the_order_of_rows_tells_day_and_month() {
        let values = ["01/02/2024", "02/02/2024", "03/02/2024", "01/03/2024", "02/03/2024"];
        let found = format_of(&mut values.into_iter()).expect("a format");
        assert_eq!(by_order(&found, &values).as_deref(), Some("%d/%m/%Y"));
        let alone = format_of(&mut ["01/02/2024"].into_iter()).expect("a format");
        assert_eq!(by_order(&alone, &["01/02/2024"]), None);
    }

    #[test]
    fn times_are_no_dates_and_no_numbers() {
        for (text, expected) in [
            ("09:00", true),
            ("9:05:07", true),
            ("23:59:59.5", true),
            ("2:15 PM", true),
            ("24:00", false),
            ("2024-01-01 09:00", false),
            ("9", false),
        ] {
            assert_eq!(is_time(text), expected, "{text}");
        }
    }
}
