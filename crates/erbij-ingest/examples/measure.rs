//! Reads orders and prints the report and how long it took: `measure ORDERS [ITEMS [EVENTS]]`.

#![expect(clippy::print_stdout, reason = "an example prints")]

use std::time::Instant;

use erbij_core::{Silent, Timestamp};
use erbij_ingest::{Settings, Sources};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut paths = std::env::args().skip(1);
    let orders = paths.next().ok_or("usage: measure ORDERS [ITEMS [EVENTS]]")?;
    let sources =
        Sources { orders, items: paths.next(), events: paths.next(), customers: None, judged_orders: None };
    let started = Instant::now();
    let now = Timestamp::parse("2100-01-01")?;
    let ingested = erbij_ingest::ingest(&sources, &Settings::default(), now, &Silent)?;
    println!("{}{:.2?}", ingested.report, started.elapsed());
    Ok(())
}
