//! `erbij benchmark replenishment`: what was said to be due, and what was bought.

mod reminders;
mod windows;

use std::io::Write;
use std::path::PathBuf;
use std::time::Instant;

use anyhow::{Context, bail};
use erbij_core::{Day, with_commas};
use erbij_evaluate::protocols::replenishment::{Fitted, judge_reminders, judge_windows, n_lines_before};
use erbij_people::{CheckedReplenishmentParams, ReplenishmentData, ReplenishmentParams, fit_replenishment};
use serde_json::{Value, json};

use crate::args::{ReplenishmentArgs, SourceArgs};
use crate::commands::sources::ingest;
use crate::commands::{planted, setting};
use crate::peak_memory::peak_rss_bytes;
use crate::progress::Reporter;
use crate::replace_file::replace_json;

/// Days judged: long enough for every window of a simulated shop; four weeks of a real one.
const LAST_DAYS_OF_SHOP: u32 = 240;
const LAST_DAYS: u32 = 28;

pub(crate) fn run(args: &ReplenishmentArgs, reporter: &Reporter, out: &mut dyn Write) -> anyhow::Result<()> {
    let params = check_params(args)?;
    let sources = sources(args)?;
    let ingested = ingest(&sources, reporter)?;
    let (_, last_at) = ingested.baskets.window().context("there is no order")?;
    let time_zone = ingested.baskets.time_zone();
    let end = time_zone.day_of(last_at);
    let by_default = if args.shop.is_some() { LAST_DAYS_OF_SHOP } else { LAST_DAYS };
    let last_days = args.last_days.unwrap_or(by_default);
    let cutoff = Day::new(end.get() + 1 - last_days as i32);
    let data =
        ReplenishmentData::of_catalogue(&ingested.baskets, &ingested.catalogue, time_zone.start_of(cutoff));
    let began = Instant::now();
    let model = fit_replenishment(&params, &data, reporter);
    let fit_seconds = began.elapsed().as_secs_f64();
    let peak = peak_rss_bytes();
    reporter.finish();
    let n_lines = n_lines_before(&ingested.baskets, cutoff);
    writeln!(
        out,
        "fitted on {} lines before {cutoff} in {fit_seconds:.2} s ({} lines/s): {} pairs of customer and item",
        with_commas(n_lines),
        with_commas((n_lines as f64 / fit_seconds.max(1e-9)) as u64),
        with_commas(model.n_values() as u64),
    )?;
    let fitted = Fitted { model: &model, baskets: &ingested.baskets, cutoff, end };
    let judged = match &args.shop {
        Some(shop) => {
            let (planted, left_on) =
                (planted::intervals(shop, &ingested)?, planted::left_on(shop, &ingested)?);
            let figures = judge_windows(&fitted, &planted, &left_on);
            windows::print(&figures, out)?;
            serde_json::to_value(figures)?
        }
        None => {
            let figures = judge_reminders(&fitted, &args.min_probability);
            reminders::print(&figures, out)?;
            serde_json::to_value(figures)?
        }
    };
    if let Some(path) = &args.json {
        let mut report = json!({
            "cutoff": cutoff.to_string(),
            "last_days": last_days,
            "n_lines": n_lines,
            "fit_seconds": fit_seconds,
            "peak_rss_bytes": peak,
            "n_pairs": model.n_values(),
            "model_bytes": model.size_bytes(),
            "params": params.params(),
        });
        if let (Value::Object(report), Value::Object(judged)) = (&mut report, judged) {
            report.extend(judged);
        }
        replace_json(path, &report)?;
    }
    Ok(())
}

fn check_params(args: &ReplenishmentArgs) -> anyhow::Result<CheckedReplenishmentParams> {
    if let Some(p) = args.min_probability.iter().find(|p| !(0.0..=1.0).contains(*p)) {
        bail!("`--min-probability {p}`: expected numbers from 0 to 1");
    }
    let params: ReplenishmentParams = setting::read(&args.set)?;
    setting::checked(&args.set, params.check(), |error| error.name)
}

fn sources(args: &ReplenishmentArgs) -> anyhow::Result<SourceArgs> {
    let text = |path: PathBuf| {
        let text = path.to_str().map(str::to_owned);
        text.with_context(|| format!("`{}` is not text: rename the folder", path.display()))
    };
    let (orders, items) = match (&args.shop, &args.orders) {
        (Some(shop), _) => (text(shop.join("orders.parquet"))?, Some(text(shop.join("items.parquet"))?)),
        (None, Some(orders)) => (orders.clone(), args.items.clone()),
        (None, None) => bail!("nothing to read: say `--shop` or `--orders`"),
    };
    Ok(SourceArgs {
        orders,
        items,
        customers: None,
        events: None,
        config: args.config.clone(),
        now: args.now,
    })
}
