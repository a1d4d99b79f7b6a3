//! `erbij benchmark lifetime`: fits to the summaries that the literature publishes figures for, and what was expected of
//! the last days of a history.

mod history;

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::path::Path;
use std::time::Instant;

use anyhow::{Context, bail};
use erbij_core::Day;
use erbij_people::{
    BuyingRecord, Estimate, LifetimeModelKind, PurchaseProcess, SpendRecord, fit_gamma_gamma, fit_process,
};
use serde_json::{Map, Value, json};

use crate::args::{BenchmarkLifetimeArgs, LifetimeBenchmarkModel};
use crate::progress::{Reporter, with_commas};
use crate::replace_file::replace_json;

pub(crate) fn run(
    args: &BenchmarkLifetimeArgs,
    reporter: &Reporter,
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    let summary = match (&args.orders, &args.summary) {
        (Some(orders), _) => return history::run(args, orders, reporter, out),
        (None, Some(summary)) => summary,
        (None, None) => bail!("nothing to read: say `--summary` or `--orders`"),
    };
    let wants_spend = args.model == LifetimeBenchmarkModel::GammaGamma;
    if wants_spend && args.holdout.is_some() {
        bail!("`--holdout` is compared with expected orders, of which `gamma_gamma` says nothing");
    }
    let customers = read_summary(summary, wants_spend)?;
    let outcome = if wants_spend { fit_spend(&customers)? } else { fit_orders(args, &customers)? };
    outcome.print(out)?;
    if let Some(path) = &args.json {
        replace_json(path, &outcome.json())?;
    }
    Ok(())
}

/// A line of the summary.
struct Customer {
    id: String,
    record: BuyingRecord,
    mean_spend: f64,
}

/// Reads a summary; columns are found by their names, in any order.
fn read_summary(path: &Path, wants_spend: bool) -> anyhow::Result<Vec<Customer>> {
    let told = path.display();
    let mut reader = csv::Reader::from_path(path).with_context(|| format!("reading `{told}` failed"))?;
    let header = reader.headers().with_context(|| format!("reading `{told}` failed"))?.clone();
    let column = |names: &[&str]| {
        let at = header.iter().position(|name| names.contains(&name.trim()));
        at.with_context(|| {
            let found = header.iter().collect::<Vec<_>>().join("`, `");
            format!("`{told}`, line 1: no column `{}`, found `{found}`", names.join("` or `"))
        })
    };
    let (id, n_repeats) = (column(&["ID"])?, column(&["frequency", "x"])?);
    let (last, observed) = (column(&["recency", "t_x"])?, column(&["T"])?);
    let spend = wants_spend.then(|| column(&["zbar"])).transpose()?;
    let mut customers = Vec::new();
    for row in reader.into_records() {
        let row = row.with_context(|| format!("`{told}` is no table"))?;
        let line = row.position().map_or(0, csv::Position::line);
        let number = |at: usize| {
            let cell = row[at].trim();
            let value = cell.parse::<f64>().ok().filter(|value| 0.0 <= *value && value.is_finite());
            value.with_context(|| {
                let name = &header[at];
                format!("`{told}`, line {line}, column `{name}`: found `{cell}`, expected a number from 0")
            })
        };
        let count = row[n_repeats].trim().parse::<u32>().ok().with_context(|| {
            let (name, cell) = (&header[n_repeats], &row[n_repeats]);
            format!("`{told}`, line {line}, column `{name}`: found `{cell}`, expected a whole number from 0")
        })?;
        let (t_x, t) = (number(last)?, number(observed)?);
        let record = BuyingRecord::new(count, t_x, t).with_context(|| {
            let (last, observed) = (&header[last], &header[observed]);
            format!(
                "`{told}`, line {line}: column `{last}` is {t_x}, expected 0 without repeats and at most `{observed}`, {t}"
            )
        })?;
        let mean_spend = spend.map_or(Ok(0.0), number)?;
        customers.push(Customer { id: row[id].trim().to_owned(), record, mean_spend });
    }
    Ok(customers)
}

fn fit_spend(customers: &[Customer]) -> anyhow::Result<Outcome> {
    let records: Vec<SpendRecord> = customers
        .iter()
        .filter(|customer| 0 < customer.record.n_repeats() && 0.0 < customer.mean_spend)
        .map(|c| SpendRecord { n_purchases: c.record.n_repeats(), mean_spend: c.mean_spend })
        .collect();
    let began = Instant::now();
    let fitted = fit_gamma_gamma(&records).context("`gamma_gamma` cannot be fitted")?;
    let fit_millis = began.elapsed().as_secs_f64() * 1e3;
    let values = vec![fitted.model.p, fitted.model.q, fitted.model.v];
    Ok(Outcome::new("gamma_gamma", &["p", "q", "v"], values, &fitted, fit_millis))
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

fn fit_orders(args: &BenchmarkLifetimeArgs, customers: &[Customer]) -> anyhow::Result<Outcome> {
    let kind = model_kind(args.model)?;
    let records: Vec<BuyingRecord> = customers.iter().map(|customer| customer.record).collect();
    let began = Instant::now();
    let fitted =
        fit_process(kind, &records).with_context(|| format!("`{}` cannot be fitted", kind.name()))?;
    let fit_millis = began.elapsed().as_secs_f64() * 1e3;
    let values = fitted.model.parameters();
    let mut outcome = Outcome::new(kind.name(), kind.parameter_names(), values, &fitted, fit_millis);
    if let Some(path) = &args.holdout {
        let (from, to) = (args.seen_until.day(), args.compare_until.day());
        if to <= from {
            bail!("`--compare-until {to}` is not after `--seen-until {from}`");
        }
        outcome.holdout = Some(compare(&fitted.model, customers, &read_purchase_days(path)?, from, to));
    }
    Ok(outcome)
}

/// The days of each customer's purchases.
type PurchaseDays = BTreeMap<String, BTreeSet<Day>>;

/// Reads the transactions of CDNOW as they are published. A first line that does not begin with a number is a header.
fn read_purchase_days(path: &Path) -> anyhow::Result<PurchaseDays> {
    let told = path.display();
    let text = std::fs::read_to_string(path).with_context(|| format!("reading `{told}` failed"))?;
    let mut days = PurchaseDays::new();
    for (at, line) in text.lines().enumerate() {
        let cells: Vec<&str> = line.split_whitespace().collect();
        let is_header = at == 0 && cells.first().is_some_and(|cell| cell.parse::<u64>().is_err());
        if is_header || cells.is_empty() {
            continue;
        }
        let (id, date) = match *cells {
            [id, date, _, _] | [_, id, date, _, _] => (id, date),
            _ => bail!("`{told}`, line {}: {} columns, expected 4 or 5", at + 1, cells.len()),
        };
        let day = day_of(date).with_context(|| {
            format!("`{told}`, line {}: found `{date}`, expected a day such as `19970930`", at + 1)
        })?;
        days.entry(without_zeros(id).to_owned()).or_default().insert(day);
    }
    Ok(days)
}

fn day_of(date: &str) -> Option<Day> {
    if date.len() != 8 || !date.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let number = |range: std::ops::Range<usize>| date[range].parse::<u32>().ok();
    Day::from_civil(number(0..4)? as i32, number(4..6)?, number(6..8)?)
}

/// The files number customers with zeros in front, the summaries without.
fn without_zeros(id: &str) -> &str {
    id.trim_start_matches('0')
}

/// What was expected and what came, over all customers.
struct HoldOut {
    from: Day,
    to: Day,
    expected: f64,
    actual: u64,
    mean_absolute_error: f64,
}

fn compare(
    process: &PurchaseProcess,
    customers: &[Customer],
    days: &PurchaseDays,
    from: Day,
    to: Day,
) -> HoldOut {
    let weeks = f64::from(to.get() - from.get()) / 7.0;
    let (mut expected, mut actual, mut error) = (0.0, 0, 0.0);
    for customer in customers {
        let orders = process.expected_orders(&customer.record, weeks);
        let came = days.get(without_zeros(&customer.id));
        let came = came.map_or(0, |days| days.iter().filter(|&&day| from < day && day <= to).count());
        expected += orders;
        actual += came as u64;
        error += (orders - came as f64).abs();
    }
    HoldOut { from, to, expected, actual, mean_absolute_error: error / customers.len() as f64 }
}

struct Parameter {
    name: &'static str,
    value: f64,
    standard_error: Option<f64>,
}

struct Outcome {
    model: &'static str,
    parameters: Vec<Parameter>,
    log_likelihood: f64,
    n_customers: usize,
    fit_millis: f64,
    holdout: Option<HoldOut>,
}

impl Outcome {
    fn new<M>(
        model: &'static str,
        names: &'static [&'static str],
        values: Vec<f64>,
        fitted: &Estimate<M>,
        fit_millis: f64,
    ) -> Self {
        let errors = fitted.standard_errors.as_ref();
        let parameters = names.iter().zip(values).enumerate().map(|(at, (name, value))| Parameter {
            name,
            value,
            standard_error: errors.map(|errors| errors[at]),
        });
        Self {
            model,
            parameters: parameters.collect(),
            log_likelihood: fitted.log_likelihood,
            n_customers: fitted.n_customers,
            fit_millis,
            holdout: None,
        }
    }

    fn print(&self, out: &mut dyn Write) -> anyhow::Result<()> {
        writeln!(out, "{}, {} customers", self.model, with_commas(self.n_customers as u64))?;
        for Parameter { name, value, standard_error } in &self.parameters {
            let error = standard_error
                .map_or_else(String::new, |error| format!("  (standard error {})", significant(error)));
            writeln!(out, "  {name:<16} {:>12}{error}", significant(*value))?;
        }
        writeln!(out, "  {:<16} {:>12.3}", "log-likelihood", self.log_likelihood)?;
        writeln!(out, "  {:<16} {:>12.1} ms", "fit", self.fit_millis)?;
        if let Some(HoldOut { from, to, expected, actual, mean_absolute_error }) = &self.holdout {
            writeln!(out, "after {from}, up to {to}")?;
            writeln!(out, "  {:<16} {expected:>12.1}", "orders expected")?;
            writeln!(out, "  {:<16} {actual:>12}", "orders placed")?;
            writeln!(out, "  {:<16} {mean_absolute_error:>12.4} orders a customer", "mean error")?;
        }
        Ok(())
    }

    fn json(&self) -> Value {
        let named = |values: Vec<f64>| -> Map<String, Value> {
            let names = self.parameters.iter().map(|parameter| parameter.name.to_owned());
            names.zip(values.into_iter().map(Value::from)).collect()
        };
        let values = self.parameters.iter().map(|parameter| parameter.value).collect();
        let errors: Option<Vec<f64>> =
            self.parameters.iter().map(|parameter| parameter.standard_error).collect();
        json!({
            "model": self.model,
            "parameters": named(values),
            "standard_errors": errors.map(named),
            "log_likelihood": self.log_likelihood,
            "n_customers": self.n_customers,
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
