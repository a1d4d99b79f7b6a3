//! People read the days of their shop: in sentences, in reminders' dates, in what is told of a customer.

use std::path::Path;
use std::sync::Arc;

use arrow_array::{ArrayRef, Int64Array, TimestampMicrosecondArray};

use crate::ownership::{MICROS_PER_DAY, texts, write};
use crate::program::{erbij, stdout_of};

/// 23:30 on 2 March 2026 in UTC.
const NIGHT_MICROS: i64 = 1_772_494_200_000_000;

/// A crowd that buys grinder and beans, and Nina, who bought a grinder half an hour after midnight in Amsterdam.
fn write_orders(path: &Path, zone: &str) {
    let mut orders: Vec<(String, i64, &str)> = Vec::new();
    for n in 0..30 {
        let at = NIGHT_MICROS - (200 - 3 * n) * MICROS_PER_DAY;
        orders.extend(["grinder", "beans"].map(|item| (format!("crowd-{n}"), at, item)));
    }
    orders.push(("nina".to_owned(), NIGHT_MICROS, "grinder"));
    let order_ids: Vec<String> = orders.iter().map(|order| format!("{}-{}", order.0, order.1)).collect();
    let at =
        TimestampMicrosecondArray::from_iter_values(orders.iter().map(|order| order.1)).with_timezone(zone);
    let quantities: ArrayRef = Arc::new(Int64Array::from_iter_values(orders.iter().map(|_| 1)));
    write(
        path,
        vec![
            ("order_id", texts(order_ids.iter().map(String::as_str))),
            ("customer_id", texts(orders.iter().map(|order| order.0.as_str()))),
            ("ordered_at", Arc::new(at)),
            ("item_id", texts(orders.iter().map(|order| order.2))),
            ("quantity", quantities),
        ],
    );
}

#[test]
fn an_order_after_midnight_is_told_as_of_the_new_day() {
    let dir = tempfile::tempdir().expect("a folder");
    let path = |name: &str| dir.path().join(name).to_str().expect("text").to_owned();
    let (orders, config, artifact) = (path("orders.parquet"), path("erbij.toml"), path("artifact"));
    let now = ["--now", "2026-03-20T00:00:00Z"];
    for (zone, settings, sentence, day) in [
        ("Europe/Amsterdam", "", "op 3 maart 2026", "2026-03-03"),
        ("UTC", "", "op 3 maart 2026", "2026-03-03"),
        ("UTC", "timezone = 'UTC'", "op 2 maart 2026", "2026-03-02"),
        ("Europe/Amsterdam", "timezone = 'America/New_York'", "op 2 maart 2026", "2026-03-02"),
    ] {
        write_orders(dir.path().join("orders.parquet").as_path(), zone);
        std::fs::write(&config, settings).expect("writable");
        let train = ["train", "-q", "--orders", &orders, "--config", &config, "--out", &artifact];
        stdout_of(erbij(&train).args(now));
        let about_nina = |command: &str, more: &[&str]| {
            let words = [command, "-q", "--customer", "nina", "--artifact", &artifact];
            stdout_of(erbij(&words).args(now).args(more))
        };
        let slate = about_nina("recommend", &["--n", "2"]);
        assert!(slate.contains(sentence), "{zone} {settings}: {slate}");
        let lifetime = about_nina("lifetime", &["--json"]);
        assert!(lifetime.contains(day), "{zone} {settings}: {lifetime}");
    }
}
