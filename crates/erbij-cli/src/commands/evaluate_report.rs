//! An evaluation for people, for programs and as a recipe's card.

mod comparisons;
mod json;
pub(crate) mod text;

use erbij_evaluate::{
    Asked, Evaluation, Exposure, Interval, JudgedCounts, Resampling, SystemValues, means_with_intervals,
    metrics::MetricAtK,
};
use erbij_recipe::Recipe;
use erbij_train::Split;

use crate::args::{EvaluateArgs, SplitKind};
use crate::commands::evaluate_report::comparisons::{Comparison, comparisons};
use crate::progress::with_commas;

/// A recipe and what came of it.
pub(crate) struct Judged {
    pub name: String,
    pub recipe: Recipe,
    pub evaluation: Evaluation,
}

/// What was asked, of whom.
pub(crate) struct Asking<'a> {
    pub args: &'a EvaluateArgs,
    pub split: &'a Split,
    pub counts: JudgedCounts,
}

/// Everything there is to say, worked out once.
pub(crate) struct Report {
    /// What was asked of which data, a line each.
    facts: Vec<(&'static str, String)>,
    counts: JudgedCounts,
    recipe: Recipe,
    metrics: Vec<MetricAtK>,
    rows: Vec<Row>,
    comparisons: Vec<Comparison>,
}

/// One system's means.
struct Row {
    recipe: String,
    asked: Asked,
    n_short: usize,
    exposure: Exposure,
    /// One a metric.
    cells: Vec<Cell>,
    /// Per slice, one a metric of a customer.
    slices: Vec<(&'static str, Vec<Cell>)>,
}

#[derive(Clone, Copy)]
enum Cell {
    Mean(Interval),
    OfCatalogue(f64),
    /// Nobody has a value.
    None,
}

impl Report {
    pub(crate) fn new(
        judged: &Judged,
        compared: Option<&Judged>,
        asking: &Asking<'_>,
        resampling: &Resampling,
    ) -> anyhow::Result<Self> {
        let all: Vec<&Judged> = std::iter::once(judged).chain(compared).collect();
        let mut rows = Vec::new();
        for judged in &all {
            for system in &judged.evaluation.systems {
                rows.push(row(judged, system, resampling)?);
            }
        }
        Ok(Self {
            facts: facts(asking, resampling),
            counts: asking.counts,
            recipe: judged.recipe.clone(),
            metrics: judged.evaluation.metrics.clone(),
            rows,
            comparisons: comparisons(judged, compared, resampling)?,
        })
    }
}

/// What was asked, in words.
fn facts(asking: &Asking<'_>, resampling: &Resampling) -> Vec<(&'static str, String)> {
    let Asking { args, split, counts } = asking;
    let mut facts = vec![
        ("split", args.split.name().to_owned()),
        ("cutoff", split.cutoff.to_string()),
        ("placement", args.placement.name().to_owned()),
        ("train baskets", with_commas(split.train.len() as u64)),
        ("train lines", with_commas(split.train.n_lines() as u64)),
        ("intervals", format!("95 %, {} resamples of customers", resampling.n_resamples)),
        ("customers judged", with_commas(counts.n_customers as u64)),
        ("purchases judged", with_commas(counts.n_purchases as u64)),
    ];
    if args.split == SplitKind::Time {
        facts.insert(2, ("horizon", format!("{} days", args.horizon_days)));
    }
    facts
}

fn row(judged: &Judged, system: &SystemValues, resampling: &Resampling) -> anyhow::Result<Row> {
    let mut cells = cells(&judged.evaluation.metrics, &system.values, resampling)?;
    for (cell, value) in cells.iter_mut().zip(&system.of_catalogue) {
        if let Some(value) = value {
            *cell = Cell::OfCatalogue(*value);
        }
    }
    let mut slices = Vec::new();
    for slice in &system.slices {
        let of_slice = self::cells(&judged.evaluation.metrics, &slice.values, resampling)?;
        slices.push((slice.slice.name(), of_slice));
    }
    Ok(Row {
        recipe: judged.name.clone(),
        asked: system.asked,
        n_short: system.n_short,
        exposure: system.exposure,
        cells,
        slices,
    })
}

/// The mean of each column that has any value.
fn cells(
    metrics: &[MetricAtK],
    values: &[Vec<Option<f64>>],
    resampling: &Resampling,
) -> anyhow::Result<Vec<Cell>> {
    let is_filled = |at: &usize| values[*at].iter().any(Option::is_some);
    let filled: Vec<usize> = (0..metrics.len()).filter(is_filled).collect();
    let mut cells = vec![Cell::None; metrics.len()];
    if filled.is_empty() {
        return Ok(cells);
    }
    let columns: Vec<&[Option<f64>]> = filled.iter().map(|&at| values[at].as_slice()).collect();
    for (at, interval) in filled.into_iter().zip(means_with_intervals(&columns, resampling)?) {
        cells[at] = Cell::Mean(interval);
    }
    Ok(cells)
}
