//! Which day an order is of: the shop's, whatever zone its instant is written in.

use std::sync::Arc;

use arrow_array::{ArrayRef, Date32Array, TimestampMicrosecondArray};
use erbij_core::{TimeZone, Timestamp};
use erbij_ingest::Settings;

use crate::support::{batch, check_identity, ingest, orders, text, write};

fn micros(at: &str) -> i64 {
    Timestamp::parse(at).expect(at).micros()
}

fn in_zone(at: &str, zone: &str) -> ArrayRef {
    Arc::new(TimestampMicrosecondArray::from(vec![micros(at)]).with_timezone(zone))
}

fn without_zone(at: &str) -> ArrayRef {
    Arc::new(TimestampMicrosecondArray::from(vec![micros(at)]))
}

fn date(at: &str) -> ArrayRef {
    Arc::new(Date32Array::from(vec![Timestamp::parse(at).expect(at).day().get()]))
}

/// The zone and the day of one order.
fn day_of(ordered_at: ArrayRef, settings: &str) -> (String, String) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("orders.parquet");
    let columns =
        vec![("order_id", text([Some("1")])), ("item_id", text([Some("a")])), ("ordered_at", ordered_at)];
    write(&path, &batch(columns));
    let ingested =
        ingest(&orders(&path), &Settings::from_toml(settings).expect("settings")).expect("readable");
    check_identity(&ingested.report);
    (ingested.baskets.time_zone().name().to_owned(), ingested.baskets.ordered_on(0).to_string())
}

#[test]
fn an_order_after_midnight_is_of_the_new_day_where_the_shop_is() {
    const NIGHT: &str = "2024-03-02T23:30:00Z";
    let new_york = "timezone = 'America/New_York'";
    for (what, ordered_at, settings, zone, day) in [
        ("the column's zone", in_zone(NIGHT, "Europe/Amsterdam"), "", "Europe/Amsterdam", "2024-03-03"),
        (
            "another zone of the column",
            in_zone(NIGHT, "America/New_York"),
            "",
            "America/New_York",
            "2024-03-02",
        ),
        (
            "a column in UTC says nothing of the shop",
            in_zone(NIGHT, "UTC"),
            "",
            "Europe/Amsterdam",
            "2024-03-03",
        ),
        ("nor does UTC by another name", in_zone(NIGHT, "Etc/UTC"), "", "Europe/Amsterdam", "2024-03-03"),
        ("nor an offset", in_zone(NIGHT, "+05:00"), "", "Europe/Amsterdam", "2024-03-03"),
        ("no zone is UTC", without_zone(NIGHT), "", "Europe/Amsterdam", "2024-03-03"),
        (
            "text with an offset",
            text([Some("2024-03-03T00:30:00+01:00")]),
            "",
            "Europe/Amsterdam",
            "2024-03-03",
        ),
        (
            "the settings come first",
            in_zone(NIGHT, "Europe/Amsterdam"),
            new_york,
            "America/New_York",
            "2024-03-02",
        ),
        ("days as they are written", without_zone(NIGHT), "timezone = 'UTC'", "UTC", "2024-03-02"),
        ("a date is of its day", date("2024-03-03"), new_york, "America/New_York", "2024-03-03"),
        ("a date in text too", text([Some("2024-03-03")]), new_york, "America/New_York", "2024-03-03"),
        (
            "and midnight without a zone",
            without_zone("2024-03-03"),
            new_york,
            "America/New_York",
            "2024-03-03",
        ),
        (
            "midnight in UTC is an instant",
            in_zone("2024-03-03", "UTC"),
            new_york,
            "America/New_York",
            "2024-03-02",
        ),
        ("east of Greenwich a date is of its day", date("2024-03-03"), "", "Europe/Amsterdam", "2024-03-03"),
        ("before summer time", in_zone("2024-03-30T22:59:59Z", "UTC"), "", "Europe/Amsterdam", "2024-03-30"),
        ("the day it begins", in_zone("2024-03-31T21:59:59Z", "UTC"), "", "Europe/Amsterdam", "2024-03-31"),
        ("the day after", in_zone("2024-03-31T22:00:00Z", "UTC"), "", "Europe/Amsterdam", "2024-04-01"),
        ("the day it ends", in_zone("2023-10-29T22:59:59Z", "UTC"), "", "Europe/Amsterdam", "2023-10-29"),
        ("the day after that", in_zone("2023-10-29T23:00:00Z", "UTC"), "", "Europe/Amsterdam", "2023-10-30"),
    ] {
        assert_eq!(day_of(ordered_at, settings), (zone.to_owned(), day.to_owned()), "{what}");
    }
}

#[test]
fn instants_stay_what_they_were() {
    for zone in ["Europe/Amsterdam", "America/New_York"] {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("orders.parquet");
        let at = in_zone("2024-03-02T23:30:00Z", zone);
        write(
            &path,
            &batch(vec![("order_id", text([Some("1")])), ("item_id", text([Some("a")])), ("ordered_at", at)]),
        );
        let ingested = ingest(&orders(&path), &Settings::default()).expect("readable");
        assert_eq!(ingested.baskets.ordered_at(0).to_string(), "2024-03-02T23:30:00Z");
        assert_eq!(*ingested.baskets.time_zone(), TimeZone::named(zone).expect("it is in the database"));
    }
}
