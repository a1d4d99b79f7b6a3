//! Real order histories, which lie beside the project and not in it. The figures were found a second time
//! by a program of another kind (polars, join by join) that follows the same rules.

use std::path::{Path, PathBuf};

use erbij_ingest::{Ingested, Settings, Sources};

use crate::support::{check_identity, counts, ingest};

fn folder(name: &str) -> PathBuf {
    Path::new(env!("ERBIJ_DATA")).join(name)
}

fn shop(folder: &Path, settings: &str, customers: bool) -> Ingested {
    let path = |name: &str| folder.join(name).display().to_string();
    let sources = Sources {
        orders: path("orders.parquet"),
        items: Some(path("products.parquet")),
        customers: customers.then(|| path("customers.parquet")),
        ..Sources::default()
    };
    let ingested = ingest(&sources, &Settings::from_toml(settings).expect("settings")).expect("readable");
    check_identity(&ingested.report);
    ingested
}

/// Baskets, guests' baskets, customers, items, lines.
fn sizes(ingested: &Ingested) -> [u64; 5] {
    let report = &ingested.report;
    let n_lines = ingested.baskets.n_lines() as u64;
    [report.n_baskets, report.n_guest_baskets, report.n_customers, report.n_items, n_lines]
}

fn amount(ingested: &Ingested) -> i64 {
    ingested.baskets.parts().amounts_minor.iter().sum()
}

#[test]
#[cfg_attr(not(has_data = "online-retail"), ignore = "needs online-retail in ERBIJ_DATA")]
fn online_retail_has_every_kind_of_dirt() {
    let folder = folder("online-retail");
    let ingested = shop(&folder, "currency = 'GBP'\nprofile = 'uci'", false);
    let orders = &ingested.report.tables["orders"];
    assert_eq!((orders.rows_read, orders.rows_used), (541_909, 520_980));
    assert_eq!(
        counts(orders),
        (
            "cancellation 10004, duplicate_line 5265, negative_price 2, returned_in_full 2744, service_code 2914".into(),
            "absurd_quantity 105, guest 132544, merged_line 5262, unknown_item 19, zero_price 1158".into(),
        )
    );
    assert_eq!(sizes(&ingested), [20_408, 2136, 4325, 3957, 515_718]);
    assert_eq!(ingested.report.cancellations_unmatched, 2606);
    assert_eq!(amount(&ingested), 976_184_374);
    let window = ingested.report.window.expect("orders");
    assert_eq!(window.from.to_string(), "2010-12-01T08:26:00Z");
    assert_eq!(window.to.to_string(), "2011-12-09T12:50:00Z");
    let items = &ingested.report.tables["items"];
    assert_eq!((items.rows_read, items.rows_used), (3938, 3938));
}

#[test]
#[cfg_attr(not(has_data = "online-retail"), ignore = "needs online-retail in ERBIJ_DATA")]
fn online_retail_without_service_codes_shows_its_negative_prices() {
    let folder = folder("online-retail");
    let ingested = shop(&folder, "currency = 'GBP'\nprofile = 'uci'\n[rules]\nservice_codes = []", false);
    let orders = &ingested.report.tables["orders"];
    assert_eq!((orders.dropped["negative_price"], orders.dropped.get("service_code")), (2, None));
    assert_eq!(orders.examples["negative_price"][0].value, "item B, quantity 1");
}

#[test]
#[cfg_attr(not(has_data = "complete-journey"), ignore = "needs complete-journey in ERBIJ_DATA")]
fn complete_journey_is_clean_but_for_quantities() {
    let folder = folder("complete-journey");
    let ingested = shop(&folder, "currency = 'USD'", true);
    let orders = &ingested.report.tables["orders"];
    assert_eq!((orders.rows_read, orders.rows_used), (1_469_307, 1_460_438));
    assert_eq!(
        counts(orders),
        ("zero_quantity 8869".into(), "absurd_quantity 13494, unknown_item 32, zero_price 2406".into())
    );
    assert_eq!(sizes(&ingested), [155_518, 0, 2469, 92_334, 1_460_438]);
    assert_eq!(amount(&ingested), 459_602_706);
    assert_eq!(ingested.report.tables["items"].rows_used, 92_331);
    assert_eq!(ingested.report.tables["customers"].rows_used, 801);
}
