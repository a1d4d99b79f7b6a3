//! From order lines: the orders expected of the last days, and those that came.

use std::io::Write;

use anyhow::bail;
use erbij_core::with_commas;
use erbij_evaluate::protocols::lifetime::{LastDaysError, LastDaysFigures, OrdersTold, judge_last_days};
use erbij_people::{LifetimeModelKind, LifetimeParams};
use serde_json::{Value, json};

use crate::args::{BenchmarkLifetimeArgs, SourceArgs};
use crate::commands::sources::ingest;
use crate::progress::Reporter;
use crate::replace_file::replace_json;

pub(super) fn run(
    args: &BenchmarkLifetimeArgs,
    model: LifetimeModelKind,
    orders: &str,
    reporter: &Reporter,
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    let sources = SourceArgs {
        orders: orders.to_owned(),
        items: None,
        customers: None,
        events: None,
        config: args.config.clone(),
        now: args.now,
    };
    let params = LifetimeParams { model, ..LifetimeParams::default() }.check()?;
    let baskets = ingest(&sources, reporter)?.baskets;
    reporter.finish();
    let judge = |&last_days: &u32| match judge_last_days(&params, &baskets, last_days) {
        Err(error @ LastDaysError::NoDayBefore) => bail!("`--last-days {last_days}`: {error}"),
        judged => Ok(judged?),
    };
    let lines = args.last_days.iter().map(judge).collect::<anyhow::Result<Vec<LastDaysFigures>>>()?;
    writeln!(out, "orders of the last days: expected of the customers known before, and placed by them")?;
    writeln!(
        out,
        "  {:>4}  {:<10} {:>9}  {:<9} {:>8} {:>9} {:>10} | {:>9} {:>10}",
        "days",
        "known to",
        "customers",
        "basis",
        "placed",
        "expected",
        "mean error",
        "fit alone",
        "mean error"
    )?;
    for line in &lines {
        print(line, out)?;
    }
    if let Some(path) = &args.json {
        replace_json(path, &json!({ "cutoffs": lines.iter().map(figures_json).collect::<Vec<_>>() }))?;
    }
    Ok(())
}

fn print(figures: &LastDaysFigures, out: &mut dyn Write) -> anyhow::Result<()> {
    let LastDaysFigures { last_days, cutoff, basis, n_customers, came, told, fit_alone } = figures;
    write!(
        out,
        "  {last_days:>4}  {cutoff:<10} {:>9}  {basis:<9} {:>8} {:>9} {:>10.4} |",
        with_commas(*n_customers as u64),
        with_commas(*came as u64),
        with_commas(told.expected.round() as u64),
        told.mean_absolute_error,
        cutoff = cutoff.to_string(),
    )?;
    match fit_alone {
        Some(fit) => {
            let expected = with_commas(fit.expected.round() as u64);
            writeln!(out, " {expected:>9} {:>10.4}", fit.mean_absolute_error)?;
        }
        None => writeln!(out, " {:>9} {:>10}", "–", "–")?,
    }
    Ok(())
}

fn figures_json(figures: &LastDaysFigures) -> Value {
    let told = |told: &OrdersTold| json!({ "expected_orders": told.expected, "mean_absolute_error": told.mean_absolute_error });
    json!({
        "last_days": figures.last_days,
        "known_to": figures.cutoff.to_string(),
        "n_customers": figures.n_customers,
        "basis": figures.basis,
        "orders": figures.came,
        "told": told(&figures.told),
        "fit_alone": figures.fit_alone.as_ref().map(told),
    })
}
