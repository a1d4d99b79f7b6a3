//! Reads the tables a command was given.

use std::path::Path;

use anyhow::Context;
use erbij_ingest::{IngestReport, Ingested, Settings, Sources};

use crate::args::SourceArgs;
use crate::clock;
use crate::progress::Reporter;

/// The settings file that is read where it is there and none is named.
const DEFAULT_CONFIG: &str = "erbij.toml";

/// Reads the tables into what models learn from, and tells what was left out before anything is learned.
pub(crate) fn ingest(args: &SourceArgs, reporter: &Reporter) -> anyhow::Result<Ingested> {
    ingest_with(args, None, reporter)
}

/// The same, with orders that models are judged by behind the others.
pub(crate) fn ingest_with(
    args: &SourceArgs,
    judged_orders: Option<&str>,
    reporter: &Reporter,
) -> anyhow::Result<Ingested> {
    let sources = Sources { judged_orders: judged_orders.map(str::to_owned), ..sources(args) };
    let ingested = erbij_ingest::ingest(&sources, &settings(args)?, now(args), reporter)?;
    reporter.finish();
    reporter.note(ingested.report.brief().to_string().trim_end());
    refuse_nothing(&ingested.report)?;
    Ok(ingested)
}

/// An error where no order is left to learn from.
pub(crate) fn refuse_nothing(report: &IngestReport) -> anyhow::Result<()> {
    report.why_nothing_is_left().map_or(Ok(()), |why| Err(anyhow::anyhow!(why)))
}

/// Reads the tables for the report alone.
pub(crate) fn check(args: &SourceArgs, reporter: &Reporter) -> anyhow::Result<IngestReport> {
    Ok(erbij_ingest::check(&sources(args), &settings(args)?, now(args), reporter)?)
}

/// The instant that counts as now.
pub(crate) fn now(args: &SourceArgs) -> erbij_core::Timestamp {
    args.now.unwrap_or_else(clock::now)
}

/// The tables by name.
pub(crate) fn sources(args: &SourceArgs) -> Sources {
    Sources {
        orders: args.orders.clone(),
        items: args.items.clone(),
        customers: args.customers.clone(),
        events: args.events.clone(),
        judged_orders: None,
    }
}

fn settings(args: &SourceArgs) -> anyhow::Result<Settings> {
    let path = match &args.config {
        Some(path) => path.as_path(),
        None if Path::new(DEFAULT_CONFIG).exists() => Path::new(DEFAULT_CONFIG),
        None => return Ok(Settings::default()),
    };
    let text =
        std::fs::read_to_string(path).with_context(|| format!("reading `{}` failed", path.display()))?;
    let settings =
        Settings::from_toml(&text).with_context(|| format!("`{}` is no settings file", path.display()))?;
    Ok(settings.within(path.parent().unwrap_or(Path::new(""))))
}
