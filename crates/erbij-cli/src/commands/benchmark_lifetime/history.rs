//! From order lines: the orders expected of the last days, and those that came.

use std::io::Write;

use anyhow::{Context, bail};
use erbij_core::{Baskets, CustomerIdx, Day, Silent};
use erbij_people::{BuyingRecord, CheckedLifetimeParams, LifetimeParams, fit_lifetime, fit_process};
use serde_json::{Value, json};

use super::model_kind;
use crate::args::{BenchmarkLifetimeArgs, SourceArgs};
use crate::commands::sources::ingest;
use crate::progress::{Reporter, with_commas};
use crate::replace_file::replace_json;

/// What was expected of the customers known on a day, and what came.
struct Judged {
    last_days: u32,
    cutoff: Day,
    basis: &'static str,
    n_customers: usize,
    came: f64,
    told: Told,
    /// By the fitted process, believed or not; none where nothing could be fitted.
    fit_alone: Option<Told>,
}

/// Expected orders of all, and how far off they were of one in the mean.
#[derive(Clone, Copy)]
struct Told {
    expected: f64,
    mean_absolute_error: f64,
}

pub(super) fn run(
    args: &BenchmarkLifetimeArgs,
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
    let params = LifetimeParams { model: model_kind(args.model)?, ..LifetimeParams::default() }.check()?;
    let baskets = ingest(&sources, reporter)?.baskets;
    reporter.finish();
    let lines: Vec<Judged> = args
        .last_days
        .iter()
        .map(|&last_days| judge(&params, &baskets, last_days))
        .collect::<anyhow::Result<_>>()?;
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
        line.print(out)?;
    }
    if let Some(path) = &args.json {
        replace_json(path, &json!({ "cutoffs": lines.iter().map(Judged::json).collect::<Vec<_>>() }))?;
    }
    Ok(())
}

fn judge(params: &CheckedLifetimeParams, baskets: &Baskets, last_days: u32) -> anyhow::Result<Judged> {
    let (first, last) = baskets.window().context("there is no order")?;
    let time_zone = baskets.time_zone();
    let end = time_zone.day_of(last);
    let cutoff = Day::new(end.get() - last_days as i32);
    if cutoff <= time_zone.day_of(first) {
        bail!("`--last-days {last_days}`: the history has no day before these");
    }
    // The first instant after the day is not known.
    let until = time_zone.start_of(Day::new(cutoff.get() + 1)).plus_micros(-1);
    let lifetime = fit_lifetime(params, baskets, until, &Silent);
    let known: Vec<(CustomerIdx, BuyingRecord)> = (0..lifetime.n_customers() as u32)
        .map(CustomerIdx::new)
        .filter_map(|customer| Some((customer, lifetime.record(customer, cutoff)?)))
        .collect();
    let came: Vec<f64> = known.iter().map(|&(customer, _)| n_days_after(baskets, customer, cutoff)).collect();
    let told = |expected: &dyn Fn(CustomerIdx, &BuyingRecord) -> f64| {
        let each = || known.iter().map(|(customer, record)| expected(*customer, record));
        let error: f64 = each().zip(&came).map(|(expected, came)| (expected - came).abs()).sum();
        Told { expected: each().sum(), mean_absolute_error: error / known.len().max(1) as f64 }
    };
    let records: Vec<BuyingRecord> = known.iter().map(|&(_, record)| record).collect();
    let fit = fit_process(params.params().model, &records).ok();
    let weeks = f64::from(last_days) / 7.0;
    Ok(Judged {
        last_days,
        cutoff,
        basis: lifetime.basis_name(),
        n_customers: known.len(),
        came: came.iter().sum(),
        told: told(&|customer, _| lifetime.expected_orders(customer, cutoff, last_days).unwrap_or(0.0)),
        fit_alone: fit.map(|fit| told(&|_, record| fit.model.expected_orders(record, weeks))),
    })
}

/// On how many days a customer bought after one.
fn n_days_after(baskets: &Baskets, customer: CustomerIdx, cutoff: Day) -> f64 {
    let mut days: Vec<Day> = baskets.of_customer(customer).map(|basket| baskets.ordered_on(basket)).collect();
    days.retain(|&day| cutoff < day);
    days.dedup();
    days.len() as f64
}

impl Judged {
    fn print(&self, out: &mut dyn Write) -> anyhow::Result<()> {
        let Self { last_days, cutoff, basis, n_customers, came, told, fit_alone } = self;
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

    fn json(&self) -> Value {
        let told = |told: &Told| json!({ "expected_orders": told.expected, "mean_absolute_error": told.mean_absolute_error });
        json!({
            "last_days": self.last_days,
            "known_to": self.cutoff.to_string(),
            "n_customers": self.n_customers,
            "basis": self.basis,
            "orders": self.came,
            "told": told(&self.told),
            "fit_alone": self.fit_alone.as_ref().map(told),
        })
    }
}
