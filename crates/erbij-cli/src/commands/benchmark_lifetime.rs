//! `erbij benchmark lifetime`: fits to the summaries that the literature publishes figures for, and what was expected of
//! the last days of a history.

mod history;

use std::io::Write;
use std::time::Instant;

use anyhow::{Context, bail};
use erbij_core::with_commas;
use erbij_evaluate::protocols::lifetime::{
    FittedParameter, HoldOutFigures, LifetimeFigures, SummaryCustomer, compare_with_holdout, fit_orders,
    fit_spend, parse_lifetime_summary, parse_purchase_days,
};
use erbij_people::LifetimeModelKind;
use serde_json::{Map, Value, json};

use crate::args::{BenchmarkLifetimeArgs, LifetimeBenchmarkModel};
use crate::progress::Reporter;
use crate::replace_file::replace_json;

pub(crate) fn run(
    args: &BenchmarkLifetimeArgs,
    reporter: &Reporter,
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    let summary = match (&args.orders, &args.summary) {
        (Some(orders), _) => return history::run(args, model_kind(args.model)?, orders, reporter, out),
        (None, Some(summary)) => summary,
        (None, None) => bail!("nothing to read: say `--summary` or `--orders`"),
    };
    let wants_spend = args.model == LifetimeBenchmarkModel::GammaGamma;
    if wants_spend && args.holdout.is_some() {
        bail!("`--holdout` is compared with expected orders, of which `gamma_gamma` says nothing");
    }
    let bytes = std::fs::read(summary).with_context(|| format!("reading `{}` failed", summary.display()))?;
    let customers = parse_lifetime_summary(summary, &bytes, wants_spend)?;
    let outcome =
        if wants_spend { outcome_of_spend(&customers)? } else { outcome_of_orders(args, &customers)? };
    outcome.print(out)?;
    if let Some(path) = &args.json {
        replace_json(path, &outcome.json())?;
    }
    Ok(())
}

fn outcome_of_spend(customers: &[SummaryCustomer]) -> anyhow::Result<Outcome> {
    let began = Instant::now();
    let figures = fit_spend(customers).context("`gamma_gamma` cannot be fitted")?;
    Ok(Outcome { figures, fit_millis: began.elapsed().as_secs_f64() * 1e3, holdout: None })
}

fn model_kind(model: LifetimeBenchmarkModel) -> anyhow::Result<LifetimeModelKind> {
    Ok(match model {
        LifetimeBenchmarkModel::Nbd => LifetimeModelKind::Nbd,
        LifetimeBenchmarkModel::ParetoNbd => LifetimeModelKind::ParetoNbd,
        LifetimeBenchmarkModel::BgNbd => LifetimeModelKind::BgNbd,
        LifetimeBenchmarkModel::MbgNbd => LifetimeModelKind::MbgNbd,
        LifetimeBenchmarkModel::GgompertzNbd => LifetimeModelKind::GgompertzNbd,
        LifetimeBenchmarkModel::GammaGamma => bail!("`gamma_gamma` is of spend, not of orders"),
    })
}

fn outcome_of_orders(args: &BenchmarkLifetimeArgs, customers: &[SummaryCustomer]) -> anyhow::Result<Outcome> {
    let kind = model_kind(args.model)?;
    let began = Instant::now();
    let fitted = fit_orders(kind, customers);
    let (figures, process) = fitted.with_context(|| format!("`{}` cannot be fitted", kind.name()))?;
    let fit_millis = began.elapsed().as_secs_f64() * 1e3;
    let mut outcome = Outcome { figures, fit_millis, holdout: None };
    if let Some(path) = &args.holdout {
        let (from, to) = (args.seen_until.day(), args.compare_until.day());
        if to <= from {
            bail!("`--compare-until {to}` is not after `--seen-until {from}`");
        }
        let text =
            std::fs::read_to_string(path).with_context(|| format!("reading `{}` failed", path.display()))?;
        let days = parse_purchase_days(path, &text)?;
        outcome.holdout = Some(compare_with_holdout(&process, customers, &days, (from, to)));
    }
    Ok(outcome)
}

struct Outcome {
    figures: LifetimeFigures,
    fit_millis: f64,
    holdout: Option<HoldOutFigures>,
}

impl Outcome {
    fn print(&self, out: &mut dyn Write) -> anyhow::Result<()> {
        let LifetimeFigures { model, parameters, log_likelihood, n_customers } = &self.figures;
        writeln!(out, "{model}, {} customers", with_commas(*n_customers as u64))?;
        for FittedParameter { name, value, standard_error } in parameters {
            let error = standard_error
                .map_or_else(String::new, |error| format!("  (standard error {})", significant(error)));
            writeln!(out, "  {name:<16} {:>12}{error}", significant(*value))?;
        }
        writeln!(out, "  {:<16} {log_likelihood:>12.3}", "log-likelihood")?;
        writeln!(out, "  {:<16} {:>12.1} ms", "fit", self.fit_millis)?;
        if let Some(HoldOutFigures { from, to, expected, actual, mean_absolute_error }) = &self.holdout {
            writeln!(out, "after {from}, up to {to}")?;
            writeln!(out, "  {:<16} {expected:>12.1}", "orders expected")?;
            writeln!(out, "  {:<16} {actual:>12}", "orders placed")?;
            writeln!(out, "  {:<16} {mean_absolute_error:>12.4} orders a customer", "mean error")?;
        }
        Ok(())
    }

    fn json(&self) -> Value {
        let LifetimeFigures { model, parameters, log_likelihood, n_customers } = &self.figures;
        let named = |values: Vec<f64>| -> Map<String, Value> {
            let names = parameters.iter().map(|parameter| parameter.name.to_owned());
            names.zip(values.into_iter().map(Value::from)).collect()
        };
        let values = parameters.iter().map(|parameter| parameter.value).collect();
        let errors: Option<Vec<f64>> = parameters.iter().map(|parameter| parameter.standard_error).collect();
        json!({
            "model": model,
            "parameters": named(values),
            "standard_errors": errors.map(named),
            "log_likelihood": log_likelihood,
            "n_customers": n_customers,
            "fit_millis": self.fit_millis,
            "holdout": self.holdout.as_ref().map(|holdout| json!({
                "from": holdout.from.to_string(),
                "to": holdout.to.to_string(),
                "expected_orders": holdout.expected,
                "orders": holdout.actual,
                "mean_absolute_error": holdout.mean_absolute_error,
            })),
        })
    }
}

/// Six digits, however small.
fn significant(value: f64) -> String {
    if 1e-3 <= value.abs() && value.abs() < 1e6 { format!("{value:.5}") } else { format!("{value:.3e}") }
}
