//! An evaluation for people, for programs and as a recipe's card: texts and JSON, which others print and write.
//!
//! [`Report`] is of recipes judged by what customers bought; [`PageReport`] of pages judged by what was ordered together.
//! `table.rs` lays out tables and numbers for both.

mod comparisons;
mod json;
mod pages;
mod table;
mod text;

use erbij_core::Placement;
use erbij_recipe::Recipe;
use erbij_train::Split;

use self::comparisons::{Comparison, comparisons};
use self::table::with_commas;
use crate::counts::JudgedCounts;
use crate::evaluation::{Asked, Evaluation, Exposure, SystemValues};
use crate::intervals::{Interval, IntervalError, Resampling, means_with_intervals};
use crate::metrics::MetricAtK;

pub use pages::{AskedPages, PageReport};

/// A recipe and what came of it.
#[derive(Clone, Debug)]
pub struct JudgedRecipe {
    /// What it is called.
    pub name: String,
    /// The recipe, defaults filled in.
    pub recipe: Recipe,
    /// What came of it.
    pub evaluation: Evaluation,
}

/// What was asked, of whom.
#[derive(Clone, Copy, Debug)]
pub struct Asking<'a> {
    /// What the way of splitting is called.
    pub split_name: &'static str,
    /// Days after the cutoff that are judged, where the split is by time.
    pub horizon_days: Option<u32>,
    /// Where slates were shown.
    pub placement: Placement,
    /// The split itself.
    pub split: &'a Split,
    /// Who is judged and by how much.
    pub counts: JudgedCounts,
}

/// Everything there is to say, worked out once.
#[derive(Clone, Debug)]
pub struct Report {
    /// What was asked of which data, a line each.
    facts: Vec<(&'static str, String)>,
    counts: JudgedCounts,
    recipe: Recipe,
    metrics: Vec<MetricAtK>,
    rows: Vec<Row>,
    comparisons: Vec<Comparison>,
}

/// One system's means.
#[derive(Clone, Debug)]
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

#[derive(Clone, Copy, Debug)]
enum Cell {
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
