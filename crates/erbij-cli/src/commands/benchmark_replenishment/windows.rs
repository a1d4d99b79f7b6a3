//! Windows told at the cutoff, beside the day of the next purchase.

use std::io::Write;
use std::path::Path;

use erbij_core::CustomerIdx;
use erbij_people::DueEvidence;
use serde_json::{Value, json};

use super::facts::{Known, day_of, item_means, known, next};
use super::tables::{left_on, planted};
use super::{Fitted, median};
use crate::progress::with_commas;

/// What became of the planted pairs that were bought before the cutoff.
#[derive(Default)]
struct Fates {
    n_pairs: u64,
    /// Too few of the item's customers came back for it.
    n_not_repeated: u64,
    /// So long overdue that nothing is told.
    n_given_up: u64,
    /// The window ends after the data do, or after the customer left.
    n_not_observed: u64,
    /// Not bought again although the window was observed.
    n_never_bought: u64,
}

/// One pair that was told and bought.
struct Judged {
    is_inside: bool,
    is_early: bool,
    n_intervals: u32,
    evidence: DueEvidence,
    window_days: f64,
    error: f64,
    error_of_own_mean: Option<f64>,
    error_of_item_mean: Option<f64>,
}

pub(super) fn judge(fitted: &Fitted<'_>, shop: &Path, out: &mut dyn Write) -> anyhow::Result<Value> {
    let planted = planted(shop, fitted.ingested)?;
    let left_on = left_on(shop, fitted.ingested)?;
    let item_means = item_means(&fitted.ingested.baskets, fitted.cutoff);
    let mut fates = Fates::default();
    let (mut judged, mut from_planted) = (Vec::new(), Vec::new());
    for of_customer in planted.chunk_by(|a, b| a.customer == b.customer) {
        let customer = of_customer[0].customer;
        let history = History::new(fitted, customer, left_on[customer.index()]);
        for pair in of_customer {
            let found = history.known.binary_search_by_key(&pair.item, |known| known.item);
            let Ok(known) = found.map(|at| &history.known[at]) else { continue };
            fates.n_pairs += 1;
            let item_mean = item_means[pair.item.index()];
            let Some(estimate) = history.due.iter().find(|due| due.item == pair.item) else {
                history.count_untold(fitted, pair.item.get(), &mut fates);
                continue;
            };
            if let (Some(true_days), Some(own), Some(item)) =
                (pair.mean_days, known.mean_interval(), item_mean)
            {
                let told = [f64::from(estimate.interval_days), own, item];
                from_planted.push(told.map(|days| (days - true_days).abs()));
            }
            if history.observed_until < estimate.window.1.get() {
                fates.n_not_observed += 1;
                continue;
            }
            let Some(day) = day_of(&history.next, pair.item) else {
                fates.n_never_bought += 1;
                continue;
            };
            let window = (estimate.window.0.get(), estimate.window.1.get());
            // What is overdue by a mean is due now: no reminder can be sent yesterday.
            let error_of = |mean: f64| {
                let due = (f64::from(known.last()) + mean).max(f64::from(fitted.cutoff.get()));
                (due - f64::from(day)).abs()
            };
            judged.push(Judged {
                is_inside: (window.0..=window.1).contains(&day),
                is_early: day < window.0,
                n_intervals: estimate.n_intervals,
                evidence: estimate.evidence,
                window_days: f64::from(window.1 - window.0 + 1),
                error: f64::from((estimate.due_on.get() - day).abs()),
                error_of_own_mean: known.mean_interval().map(error_of),
                error_of_item_mean: item_mean.map(error_of),
            });
        }
    }
    report(&fates, &judged, &from_planted, out)
}

/// What is needed to judge one customer.
struct History {
    customer: CustomerIdx,
    known: Vec<Known>,
    next: Vec<(erbij_core::ItemIdx, i32)>,
    due: Vec<erbij_people::DueEstimate>,
    observed_until: i32,
}

impl History {
    fn new(fitted: &Fitted<'_>, customer: CustomerIdx, left_on: Option<i32>) -> Self {
        let baskets = &fitted.ingested.baskets;
        let horizon = (fitted.end.get() - fitted.cutoff.get() + 1) as u32;
        Self {
            customer,
            known: known(baskets, customer, fitted.cutoff),
            next: next(baskets, customer, fitted.cutoff),
            due: fitted.model.due(customer, fitted.cutoff, horizon),
            observed_until: left_on.unwrap_or(i32::MAX).min(fitted.end.get()),
        }
    }

    fn count_untold(&self, fitted: &Fitted<'_>, item: u32, fates: &mut Fates) {
        let columns = fitted.model.columns();
        let row = &columns.items[columns.rows.range(self.customer.index())];
        if row.contains(&item) {
            fates.n_given_up += 1;
        } else {
            fates.n_not_repeated += 1;
        }
    }
}

fn share(n: usize, of: usize) -> Option<f64> {
    (0 < of).then(|| n as f64 / of as f64)
}

fn coverage<'a>(judged: impl Iterator<Item = &'a Judged>) -> Value {
    let judged: Vec<&Judged> = judged.collect();
    let count = |of: fn(&Judged) -> bool| judged.iter().filter(|pair| of(pair)).count();
    json!({
        "n": judged.len(),
        "inside": share(count(|pair| pair.is_inside), judged.len()),
        "early": share(count(|pair| pair.is_early), judged.len()),
        "late": share(count(|pair| !pair.is_inside && !pair.is_early), judged.len()),
        "median_window_days": median(judged.iter().map(|pair| pair.window_days).collect()),
        "median_error_days": median(judged.iter().map(|pair| pair.error).collect()),
    })
}

/// Errors of the three ways, all on the pairs for which each has something to say.
fn errors(judged: &[Judged]) -> Value {
    let all: Vec<[f64; 3]> = judged
        .iter()
        .filter_map(|pair| Some([pair.error, pair.error_of_own_mean?, pair.error_of_item_mean?]))
        .collect();
    summary(&all, ["model", "own_mean", "item_mean"])
}

/// The same for every pair that was judged; own means have nothing to say of a first interval.
fn errors_of_all(judged: &[Judged]) -> Value {
    let all: Vec<[f64; 2]> =
        judged.iter().filter_map(|pair| Some([pair.error, pair.error_of_item_mean?])).collect();
    summary(&all, ["model", "item_mean"])
}

/// How many pairs, and of each way the median error and the mean.
fn summary<const N: usize>(all: &[[f64; N]], names: [&str; N]) -> Value {
    let mut figures = serde_json::Map::new();
    figures.insert("n".to_owned(), json!(all.len()));
    for (at, name) in names.into_iter().enumerate() {
        let errors: Vec<f64> = all.iter().map(|errors| errors[at]).collect();
        let mean = (!errors.is_empty()).then(|| errors.iter().sum::<f64>() / errors.len() as f64);
        figures.insert(format!("{name}_mean"), json!(mean));
        figures.insert(name.to_owned(), json!(median(errors)));
    }
    Value::Object(figures)
}

fn report(
    fates: &Fates,
    judged: &[Judged],
    from_planted: &[[f64; 3]],
    out: &mut dyn Write,
) -> anyhow::Result<Value> {
    let n_inside = judged.iter().filter(|pair| pair.is_inside).count();
    let observed = judged.len() + fates.n_never_bought as usize;
    let by_intervals = |from: u32, to: u32| {
        coverage(judged.iter().filter(move |pair| (from..=to).contains(&pair.n_intervals)))
    };
    let by_evidence: serde_json::Map<String, Value> = DueEvidence::ALL
        .iter()
        .map(|&evidence| {
            let of_evidence = judged.iter().filter(|pair| pair.evidence == evidence);
            (evidence.name().to_owned(), coverage(of_evidence))
        })
        .collect();
    let figures = json!({
        "planted_pairs": {
            "bought_before_cutoff": fates.n_pairs,
            "item_not_repeated": fates.n_not_repeated,
            "given_up": fates.n_given_up,
            "window_not_observed": fates.n_not_observed,
            "never_bought_again": fates.n_never_bought,
            "judged": judged.len(),
        },
        "window": coverage(judged.iter()),
        "inside_of_all_observed": share(n_inside, observed),
        "window_by_n_intervals": {
            "0": by_intervals(0, 0),
            "1": by_intervals(1, 1),
            "2": by_intervals(2, 2),
            "3_to_5": by_intervals(3, 5),
            "6_or_more": by_intervals(6, u32::MAX),
        },
        "window_by_evidence": by_evidence,
        "due_error_days": errors(judged),
        "due_error_days_of_all": errors_of_all(judged),
        "interval_error_days": summary(from_planted, ["model", "own_mean", "item_mean"]),
    });
    print(&figures, out)?;
    Ok(figures)
}

fn print(figures: &Value, out: &mut dyn Write) -> anyhow::Result<()> {
    let number = |value: &Value| value.as_f64().map_or("–".to_owned(), |v| format!("{v:.1}"));
    let percent = |value: &Value| value.as_f64().map_or("–".to_owned(), |v| format!("{:.1} %", 100.0 * v));
    let count = |value: &Value| with_commas(value.as_u64().unwrap_or_default());
    let pairs = &figures["planted_pairs"];
    writeln!(
        out,
        "{} planted pairs bought before: {} of items too seldom repeated, {} long overdue, {} with a window not \
         observed, {} not bought again, {} judged",
        count(&pairs["bought_before_cutoff"]),
        count(&pairs["item_not_repeated"]),
        count(&pairs["given_up"]),
        count(&pairs["window_not_observed"]),
        count(&pairs["never_bought_again"]),
        count(&pairs["judged"]),
    )?;
    let mut line = |name: &str, window: &Value| {
        writeln!(
            out,
            "  {name:<14} {:>8} pairs  inside {:>7}  early {:>7}  late {:>7}  window {:>5} days  error {:>5} days",
            count(&window["n"]),
            percent(&window["inside"]),
            percent(&window["early"]),
            percent(&window["late"]),
            number(&window["median_window_days"]),
            number(&window["median_error_days"]),
        )
    };
    line("80 % window", &figures["window"])?;
    for (key, name) in
        [("0", "0 intervals"), ("1", "1"), ("2", "2"), ("3_to_5", "3 to 5"), ("6_or_more", "6 or more")]
    {
        line(name, &figures["window_by_n_intervals"][key])?;
    }
    writeln!(out, "error in days, median (mean)")?;
    for (title, key) in [
        ("due date, with own intervals", "due_error_days"),
        ("due date, all", "due_error_days_of_all"),
        ("interval, against the planted", "interval_error_days"),
    ] {
        let errors = &figures[key];
        let both =
            |name: &str| format!("{} ({})", number(&errors[name]), number(&errors[format!("{name}_mean")]));
        writeln!(
            out,
            "  {title:<30} {:>8} pairs  model {:>12}  own mean {:>12}  item mean {:>12}",
            count(&errors["n"]),
            both("model"),
            both("own_mean"),
            both("item_mean"),
        )?;
    }
    Ok(())
}
