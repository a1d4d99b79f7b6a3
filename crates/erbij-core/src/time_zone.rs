//! The shop's time zone: which day an instant falls on for the people who read of it.
//!
//! Instants are UTC, and so are their order and every window of time. A day is not: an order at half past midnight in
//! Amsterdam is one of the evening before in UTC. So a day is made of an instant and a zone, here and nowhere else.
//! The rules of all zones are part of the program: those of a machine would give other bytes on another one.

use std::fmt;

use jiff::civil::Date;
use jiff::tz::{TimeZone as Rules, TimeZoneDatabase};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::{Day, MICROS_PER_DAY, Timestamp};

/// A zone of the tz database, such as `Europe/Amsterdam`.
///
/// ```
/// use erbij_core::{TimeZone, Timestamp};
/// let at = Timestamp::parse("2026-03-02T23:30:00Z").unwrap();
/// assert_eq!(TimeZone::UTC.day_of(at).to_string(), "2026-03-02");
/// assert_eq!(TimeZone::named("Europe/Amsterdam").unwrap().day_of(at).to_string(), "2026-03-03");
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct TimeZone(Rules);

/// A text that names no zone.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("`{found}` is no time zone: expected a name of the tz database such as `Europe/Amsterdam` or `UTC`")]
pub struct TimeZoneError {
    /// What stood there.
    pub found: String,
}

impl TimeZone {
    /// The zone in which days are those of instants.
    pub const UTC: Self = Self(Rules::UTC);

    /// The zone of this name, in any case of letters.
    pub fn named(name: &str) -> Result<Self, TimeZoneError> {
        if name.eq_ignore_ascii_case("UTC") {
            return Ok(Self::UTC);
        }
        let unknown = |_| TimeZoneError { found: name.to_owned() };
        TimeZoneDatabase::bundled().get(name).map(Self).map_err(unknown)
    }

    /// Its name.
    pub fn name(&self) -> &str {
        self.0.iana_name().unwrap_or("UTC")
    }

    /// What a clock on the wall shows at an instant, in microseconds as if it were UTC. O(log of the zone's changes).
    pub fn wall_micros(&self, at: Timestamp) -> i64 {
        // Beyond the years that rules are made for there is no offset to speak of.
        let offset_secs = jiff::Timestamp::from_microsecond(at.micros())
            .map_or(0, |instant| i64::from(self.0.to_offset(instant).seconds()));
        at.micros().saturating_add(offset_secs * 1_000_000)
    }

    /// The instant at which a clock on the wall shows this, in microseconds as if it were UTC. Where clocks are put
    /// back and it shows so twice, the first of both; where they are put on and it never does, as much later.
    pub fn instant_of_wall(&self, wall_micros: i64) -> Timestamp {
        let wall = jiff::Timestamp::from_microsecond(wall_micros).ok();
        let instant = wall.and_then(|wall| self.0.to_timestamp(Rules::UTC.to_datetime(wall)).ok());
        instant.map_or(Timestamp::from_micros(wall_micros), |at| Timestamp::from_micros(at.as_microsecond()))
    }

    /// The day an instant falls on. O(log of the zone's changes).
    pub fn day_of(&self, at: Timestamp) -> Day {
        Timestamp::from_micros(self.wall_micros(at)).day()
    }

    /// The first moment of a day. Where clocks are put on at midnight it is the moment they are put on to; where they
    /// are put back over it, the earlier of both midnights.
    pub fn start_of(&self, day: Day) -> Timestamp {
        let (year, month, day_of_month) = day.civil();
        let midnight = i16::try_from(year).ok().and_then(|year| {
            let date = Date::new(year, month as i8, day_of_month as i8).ok()?;
            self.0.to_timestamp(date.at(0, 0, 0, 0)).ok()
        });
        midnight.map_or(day.start(), |midnight| Timestamp::from_micros(midnight.as_microsecond()))
    }

    /// The first moment that is of this day here and in UTC: what a date stands for that says no hour. So its day is
    /// the one that is written, whichever of both it is read in.
    pub fn date(&self, day: Day) -> Timestamp {
        self.start_of(day).max(day.start())
    }

    /// Whether it is midnight, here or in UTC, as where an instant was written as a date; on a day without a midnight,
    /// whether it is its first moment.
    pub fn is_midnight(&self, at: Timestamp) -> bool {
        let of_day = |micros: i64| micros.rem_euclid(MICROS_PER_DAY);
        let wall = of_day(self.wall_micros(at));
        // No zone put its clocks on by more at midnight, and a first moment takes longer to find.
        let may_be_first = wall <= MICROS_PER_DAY / 12;
        of_day(at.micros()) == 0 || wall == 0 || (may_be_first && at == self.start_of(self.day_of(at)))
    }
}

impl Default for TimeZone {
    fn default() -> Self {
        Self::UTC
    }
}

impl fmt::Debug for TimeZone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TimeZone({})", self.name())
    }
}

impl Serialize for TimeZone {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl<'de> Deserialize<'de> for TimeZone {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::named(&String::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn zone(name: &str) -> TimeZone {
        TimeZone::named(name).expect("it is in the database")
    }

    #[test]
    fn an_instant_is_of_the_day_that_people_there_have() {
        for (name, at, day) in [
            ("UTC", "2026-03-02T23:30:00Z", "2026-03-02"),
            ("Europe/Amsterdam", "2026-03-02T22:59:59Z", "2026-03-02"),
            ("Europe/Amsterdam", "2026-03-02T23:00:00Z", "2026-03-03"),
            // Clocks are put on at 02:00 on 29 March 2026, and back at 03:00 on 25 October.
            ("Europe/Amsterdam", "2026-03-28T22:59:59Z", "2026-03-28"),
            ("Europe/Amsterdam", "2026-03-28T23:00:00Z", "2026-03-29"),
            ("Europe/Amsterdam", "2026-03-29T21:59:59Z", "2026-03-29"),
            ("Europe/Amsterdam", "2026-03-29T22:00:00Z", "2026-03-30"),
            ("Europe/Amsterdam", "2026-10-24T21:59:59Z", "2026-10-24"),
            ("Europe/Amsterdam", "2026-10-24T22:00:00Z", "2026-10-25"),
            ("Europe/Amsterdam", "2026-10-25T22:59:59Z", "2026-10-25"),
            ("Europe/Amsterdam", "2026-10-25T23:00:00Z", "2026-10-26"),
            ("America/New_York", "2026-03-03T04:59:59Z", "2026-03-02"),
            ("America/New_York", "2026-03-03T05:00:00Z", "2026-03-03"),
            ("Pacific/Kiritimati", "2026-03-02T10:00:00Z", "2026-03-03"),
        ] {
            let at = Timestamp::parse(at).expect("an instant");
            assert_eq!(zone(name).day_of(at).to_string(), day, "{at} in {name}");
        }
    }

    #[test]
    fn names_are_those_of_the_database_in_any_case() {
        for (name, expected) in [
            ("europe/amsterdam", Ok("Europe/Amsterdam")),
            ("utc", Ok("UTC")),
            (
                "Amsterdam",
                Err(
                    "`Amsterdam` is no time zone: expected a name of the tz database such as `Europe/Amsterdam` or `UTC`",
                ),
            ),
            (
                "",
                Err(
                    "`` is no time zone: expected a name of the tz database such as `Europe/Amsterdam` or `UTC`",
                ),
            ),
        ] {
            let found =
                TimeZone::named(name).map(|zone| zone.name().to_owned()).map_err(|error| error.to_string());
            assert_eq!(found, expected.map(str::to_owned).map_err(str::to_owned), "{name}");
        }
        assert_eq!((zone("UTC"), TimeZone::default()), (TimeZone::UTC, TimeZone::UTC));
    }

    #[test]
    fn the_first_moment_of_a_day_is_found_where_clocks_change_at_midnight() {
        for (name, day, start) in [
            ("Europe/Amsterdam", "2026-03-29", "2026-03-28T23:00:00Z"),
            ("Europe/Amsterdam", "2026-10-25", "2026-10-24T22:00:00Z"),
            // Midnight was left out in Santiago, and met twice in Havana.
            ("America/Santiago", "2024-09-08", "2024-09-08T04:00:00Z"),
            ("America/Havana", "2024-11-03", "2024-11-03T04:00:00Z"),
        ] {
            let day = Timestamp::parse(day).expect("a date").day();
            assert_eq!(zone(name).start_of(day).to_string(), start, "{day} in {name}");
        }
    }

    #[test]
    fn a_day_without_a_midnight_has_a_first_moment() {
        let (zone, day) = (zone("America/Havana"), Day::new(5239));
        let first = zone.date(day);
        assert_eq!(first.to_string(), "1984-05-06T05:00:00Z", "clocks were put on from midnight to one");
        assert!(zone.is_midnight(first));
        assert!(
            !zone.is_midnight(first.plus_micros(1)) && !zone.is_midnight(first.plus_micros(3_600_000_000))
        );
    }

    proptest! {
        #[test]
        fn a_date_is_of_its_day_in_every_zone(days in 0..30_000_i32, at in 0..6_usize) {
            let names = ["UTC", "Europe/Amsterdam", "America/New_York", "Asia/Kolkata", "Pacific/Kiritimati", "America/Havana"];
            let (zone, day) = (zone(names[at]), Day::new(days));
            prop_assert_eq!(zone.day_of(zone.date(day)), day);
            prop_assert_eq!(zone.date(day).day(), day);
            prop_assert!(zone.is_midnight(zone.date(day)));
            prop_assert_eq!(zone.day_of(zone.start_of(day)), day);
            prop_assert!(zone.day_of(zone.start_of(day).plus_micros(-1)) < day);
        }

        #[test]
        fn what_a_clock_shows_leads_back_to_the_instant(micros in 0_i64..4_000_000_000_000_000, at in 0..3_usize) {
            let zone = zone(["UTC", "Europe/Amsterdam", "America/New_York"][at]);
            let instant = Timestamp::from_micros(micros);
            let found = zone.instant_of_wall(zone.wall_micros(instant));
            // The hour that clocks show twice is the first one.
            prop_assert!(found == instant || found.plus_micros(3_600_000_000) == instant);
        }

        #[test]
        fn no_instant_panics(micros in any::<i64>()) {
            let _ = zone("Europe/Amsterdam").day_of(Timestamp::from_micros(micros));
        }
    }
}
