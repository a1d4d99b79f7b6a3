//! What there is to say of recipes, worked out once: means with their intervals, and differences.

use erbij_core::with_commas;
use erbij_recipe::Recipe;

use super::asked::{Asking, JudgedRecipe};
use super::comparisons::{Comparison, comparisons};
use crate::counts::JudgedCounts;
use crate::evaluation::{Asked, Exposure, SystemValues};
use crate::intervals::{Interval, IntervalError, Resampling, means_with_intervals};
use crate::metrics::MetricAtK;

/// Everything there is to say, worked out once.
#[derive(Clone, Debug)]
pub struct Report {
    /// What was asked of which data, a line each.
    pub(super) facts: Vec<(&'static str, String)>,
    pub(super) counts: JudgedCounts,
    pub(super) recipe: Recipe,
    pub(super) metrics: Vec<MetricAtK>,
    pub(super) rows: Vec<Row>,
    pub(super) comparisons: Vec<Comparison>,
}

/// One system's means.
#[derive(Clone, Debug)]
pub(super) struct Row {
    pub(super) recipe: String,
    pub(super) asked: Asked,
    pub(super) n_short: usize,
    pub(super) exposure: Exposure,
    /// One a metric.
    pub(super) cells: Vec<Cell>,
    /// Per slice, one a metric of a customer.
    pub(super) slices: Vec<(&'static str, Vec<Cell>)>,
}

/// What a metric says of a system.
#[derive(Clone, Copy, Debug)]
pub(super) enum Cell {
    Mean(Interval),
    OfCatalogue(f64),
    /// Nobody has a value.
    None,
}

impl Report {
    /// Works out what there is to say of a recipe and of another one on the same customers.
    pub fn new(
        judged: &JudgedRecipe,
        compared: Option<&JudgedRecipe>,
        asking: &Asking<'_>,
        resampling: &Resampling,
    ) -> Result<Self, IntervalError> {
        let all: Vec<&JudgedRecipe> = std::iter::once(judged).chain(compared).collect();
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
            comparisons: comparisons(judged, compared, resampling),
        })
    }
}

/// What was asked, in words.
fn facts(asking: &Asking<'_>, resampling: &Resampling) -> Vec<(&'static str, String)> {
    let Asking { split_name, horizon_days, placement, split, counts } = asking;
    let mut facts = vec![
        ("split", (*split_name).to_owned()),
        ("cutoff", split.cutoff.to_string()),
        ("placement", placement.name().to_owned()),
        ("train baskets", with_commas(split.train.len() as u64)),
        ("train lines", with_commas(split.train.n_lines() as u64)),
        ("intervals", format!("95 %, {} resamples of customers", resampling.n_resamples)),
        ("customers judged", with_commas(counts.n_customers as u64)),
        ("purchases judged", with_commas(counts.n_purchases as u64)),
    ];
    if let Some(days) = horizon_days {
        facts.insert(2, ("horizon", format!("{days} days")));
    }
    facts
}

fn row(judged: &JudgedRecipe, system: &SystemValues, resampling: &Resampling) -> Result<Row, IntervalError> {
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
) -> Result<Vec<Cell>, IntervalError> {
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
