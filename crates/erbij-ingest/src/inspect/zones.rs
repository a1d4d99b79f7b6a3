//! The zone that a column of the orders names: by its own name, or by the one that tills show to people.

use erbij_core::TimeZone;

use super::draft::Draft;
use super::found::{Said, Standing};
use crate::names::normalise;

/// Names of columns that hold a zone.
const COLUMNS: [&str; 4] = ["timezone", "tz", "zone", "tijdzone"];

/// Beginnings of what is shown to people, and what that is.
const SHOWN: [(&str, &str); 18] = [
    ("eastern time", "America/New_York"),
    ("central time", "America/Chicago"),
    ("mountain time", "America/Denver"),
    ("arizona", "America/Phoenix"),
    ("pacific time", "America/Los_Angeles"),
    ("alaska", "America/Anchorage"),
    ("hawaii", "Pacific/Honolulu"),
    ("atlantic time", "America/Halifax"),
    ("newfoundland", "America/St_Johns"),
    ("london", "Europe/London"),
    ("edinburgh", "Europe/London"),
    ("dublin", "Europe/Dublin"),
    ("paris", "Europe/Paris"),
    ("madrid", "Europe/Madrid"),
    ("amsterdam", "Europe/Amsterdam"),
    ("berlin", "Europe/Berlin"),
    ("sydney", "Australia/Sydney"),
    ("tokyo", "Asia/Tokyo"),
];

/// The zone that all rows name, which is the one in which their instants are written.
pub(super) fn of_column(orders: &mut Draft) -> Option<Said<TimeZone>> {
    let free = orders.free();
    let found = free.iter().find(|found| COLUMNS.contains(&normalise(&found.name).as_str()))?;
    let (column, zone) = (found.name.clone(), named(&found.example).filter(|_| found.n_different == 1)?);
    if let Some(meaning) = &mut orders.finding("ordered_at").meaning {
        meaning.zone.get_or_insert_with(|| zone.clone());
    }
    Some(Said { value: zone, standing: Standing::Guess, why: format!("all rows name it in `{column}`") })
}

fn named(text: &str) -> Option<TimeZone> {
    let text = text.trim();
    let shown = text.to_lowercase();
    let shown = SHOWN.iter().find(|(begins, _)| shown.starts_with(begins)).map(|(_, name)| *name);
    TimeZone::named(text).ok().or_else(|| TimeZone::named(shown?).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_zone_is_named_as_databases_do_or_as_people_are_shown_it() {
        for (text, expected) in [
            ("Europe/Amsterdam", Some("Europe/Amsterdam")),
            ("Eastern Time (US & Canada)", Some("America/New_York")),
            ("Sydney", Some("Australia/Sydney")),
            ("the till's", None),
        ] {
            assert_eq!(named(text).as_ref().map(TimeZone::name), expected, "{text}");
        }
        for (_, name) in SHOWN {
            assert!(TimeZone::named(name).is_ok(), "{name}");
        }
    }
}
