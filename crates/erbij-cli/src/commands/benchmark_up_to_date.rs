//! `erbij benchmark up-to-date`: what it is worth that purchases count at once.

use std::io::Write;

use anyhow::Context;
use erbij_core::{TrainingData, with_commas};
use erbij_engine::Engine;
use erbij_evaluate::Resampling;
use erbij_evaluate::protocols::up_to_date::{UpToDateFigures, judge_up_to_date};
use erbij_ingest::Ingested;
use erbij_train::{cutoff_before_end, split_at, train};
use serde_json::json;

use crate::args::UpToDateArgs;
use crate::commands::sources;
use crate::commands::train::read_recipe;
use crate::progress::Reporter;
use crate::replace_file::replace_json;

pub(crate) fn run(args: &UpToDateArgs, reporter: &Reporter, out: &mut dyn Write) -> anyhow::Result<()> {
    let recipe = read_recipe(args.recipe.as_deref())?;
    let Ingested { baskets, events, stated, customers, catalogue, .. } =
        sources::ingest(&args.sources, reporter)?;
    let (_, newest) = baskets.window().context("there is no order")?;
    let cutoff = args.cutoff.unwrap_or_else(|| cutoff_before_end(newest, args.horizon_days));
    let split = split_at(&baskets, cutoff, i64::from(args.horizon_days)).with_context(|| {
        format!("the history cannot be cut at {cutoff}; hint: another `--cutoff` or `--horizon-days`")
    })?;
    let data = TrainingData {
        baskets: split.train,
        events: events.retain(|occurred_at| occurred_at < cutoff),
        stated,
        customers,
        catalogue: catalogue.always_available(),
    };
    let engine = Engine::new(train(&recipe, data, reporter)?);
    let resampling = Resampling { n_resamples: args.resamples, seed: args.seed, level: 0.95 };
    let figures = judge_up_to_date(&engine, &baskets, cutoff, args.horizon_days, &resampling, reporter)
        .context("no customer ordered twice within the horizon")?;
    reporter.finish();
    writeln!(
        out,
        "orders of {} days from {cutoff} but for each customer's first, asked for as they were placed; NDCG@10",
        args.horizon_days
    )?;
    for figures in &figures {
        print(figures, out)?;
    }
    if let Some(path) = &args.json {
        let report =
            json!({ "cutoff": cutoff.to_string(), "horizon_days": args.horizon_days, "figures": figures });
        replace_json(path, &report)?;
    }
    Ok(())
}

fn print(figures: &UpToDateFigures, out: &mut dyn Write) -> anyhow::Result<()> {
    let UpToDateFigures { already_bought, n_customers, n_orders, frozen, up_to_date, difference } = figures;
    let (n_orders, n_customers) = (with_commas(*n_orders as u64), with_commas(*n_customers as u64));
    writeln!(
        out,
        "\nalready bought: {}; {n_orders} orders of {n_customers} customers",
        already_bought.name()
    )?;
    for (name, interval) in [("as of the night", frozen), ("up to date", up_to_date)] {
        writeln!(out, "  {name:<16} {:.4}  ({:.4} to {:.4})", interval.mean, interval.low, interval.high)?;
    }
    let difference_of = difference.mean_difference;
    writeln!(
        out,
        "  {:<16} {difference_of:+.4}  ({:+.4} to {:+.4})",
        "difference", difference.low, difference.high
    )?;
    Ok(())
}
