//! An evaluation for people, for programs and as a recipe's card.

use std::fmt::Write as _;
use std::io::Write;

use erbij_core::AlreadyBought;
use erbij_evaluate::metrics::{MetricAtK, Scope};
use erbij_evaluate::{
    Asked, Difference, Evaluation, Interval, JudgedCounts, Resampling, Split, SystemValues, holm,
    means_with_intervals, paired_differences,
};
use erbij_models::Recipe;
use serde_json::{Map, Value, json};

use crate::args::{EvaluateArgs, SplitKind};
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

/// One system against another, paired customer by customer.
struct Comparison {
    metric: MetricAtK,
    already_bought: AlreadyBought,
    first: String,
    second: String,
    difference: Difference,
    /// After Holm's correction for all comparisons of the report.
    p_adjusted: f64,
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

    /// Prints the tables and what can be believed of the differences.
    pub(crate) fn print(&self, out: &mut dyn Write) -> anyhow::Result<()> {
        for (name, value) in self.facts.iter().chain(&told(&self.counts)) {
            writeln!(out, "{name:<18} {value}")?;
        }
        for already_bought in regimes(&self.rows) {
            writeln!(out, "\n{}", regime_title(already_bought))?;
            let rows = self.rows.iter().filter(|row| row.asked.already_bought == already_bought);
            out.write_all(aligned(&self.table(rows)).as_bytes())?;
        }
        if !self.comparisons.is_empty() {
            writeln!(out, "\nwhat is served against the rest, paired by customer (p after Holm)")?;
            out.write_all(aligned(&self.comparison_table()).as_bytes())?;
        }
        Ok(())
    }

    fn table<'a>(&self, rows: impl Iterator<Item = &'a Row>) -> Vec<Vec<String>> {
        let head = std::iter::once("system".to_owned());
        let mut table = vec![head.chain(self.metrics.iter().map(|metric| metric.title())).collect()];
        table.extend(
            rows.map(|row| {
                std::iter::once(self.name_of(row)).chain(row.cells.iter().map(Cell::text)).collect()
            }),
        );
        table
    }

    /// With two recipes a system is named with its own.
    fn name_of(&self, row: &Row) -> String {
        let several = self.rows.iter().any(|other| other.recipe != row.recipe);
        if several {
            format!("{}: {}", row.recipe, row.asked.system())
        } else {
            row.asked.system().to_owned()
        }
    }

    fn comparison_table(&self) -> Vec<Vec<String>> {
        let head = ["against", "bought before", "metric", "difference", "95 %", "p"];
        let mut table = vec![head.map(str::to_owned).to_vec()];
        table.extend(self.comparisons.iter().map(|comparison| {
            let Difference { mean_difference, low, high, .. } = comparison.difference;
            vec![
                comparison.second.clone(),
                regime_word(comparison.already_bought).to_owned(),
                comparison.metric.title(),
                format!("{mean_difference:+.4}"),
                format!("{low:+.4} to {high:+.4}"),
                format!("{:.3}", comparison.p_adjusted),
            ]
        }));
        table
    }

    fn slice_table(&self, already_bought: AlreadyBought) -> Vec<Vec<String>> {
        let main = self.metrics.iter().position(|metric| metric.metric.scope() == Scope::Customer);
        let (Some(main), Some(first)) = (main, self.rows.first()) else { return Vec::new() };
        let names = first.slices.iter().map(|&(name, _)| name.to_owned());
        let mut table = vec![std::iter::once(self.metrics[main].title()).chain(names).collect()];
        for row in self.rows.iter().filter(|row| row.asked.already_bought == already_bought) {
            let cells = row.slices.iter().map(|(_, cells)| cells[main].text());
            table.push(std::iter::once(self.name_of(row)).chain(cells).collect());
        }
        table
    }

    /// The same for programs.
    pub(crate) fn json(&self) -> Value {
        let facts: Map<String, Value> =
            self.facts.iter().map(|(name, value)| (name.replace(' ', "_"), json!(value))).collect();
        let named = |cells: &[Cell]| -> Map<String, Value> {
            self.metrics.iter().zip(cells).map(|(metric, cell)| (metric.to_string(), cell.json())).collect()
        };
        let rows: Vec<Value> = self
            .rows
            .iter()
            .map(|row| {
                let slices: Map<String, Value> = row
                    .slices
                    .iter()
                    .map(|(name, cells)| ((*name).to_owned(), named(cells).into()))
                    .collect();
                json!({
                    "recipe": row.recipe,
                    "system": row.asked.system(),
                    "already_bought": row.asked.already_bought.name(),
                    "n_short_slates": row.n_short,
                    "metrics": named(&row.cells),
                    "slices": slices,
                })
            })
            .collect();
        let comparisons: Vec<Value> = self
            .comparisons
            .iter()
            .map(|comparison| {
                json!({
                    "metric": comparison.metric.to_string(),
                    "already_bought": comparison.already_bought.name(),
                    "first": comparison.first,
                    "second": comparison.second,
                    "mean_difference": comparison.difference.mean_difference,
                    "interval": [comparison.difference.low, comparison.difference.high],
                    "p_value": comparison.difference.p_value,
                    "p_holm": comparison.p_adjusted,
                    "n_customers": comparison.difference.n,
                })
            })
            .collect();
        let JudgedCounts {
            n_customers,
            n_unknown_customers,
            n_purchases,
            n_of_unknown_items,
            n_of_unlisted_items,
            n_guest_baskets,
        } = self.counts;
        let judged = json!({
            "n_customers": n_customers,
            "n_unknown_customers": n_unknown_customers,
            "n_purchases": n_purchases,
            "n_purchases_of_unknown_items": n_of_unknown_items,
            "n_purchases_of_unlisted_items": n_of_unlisted_items,
            "n_guest_orders_left_out": n_guest_baskets,
        });
        json!({ "evaluation": facts, "judged": judged, "systems": rows, "comparisons": comparisons })
    }

    /// The recipe's page for people.
    pub(crate) fn card(&self) -> String {
        let mut card = format!(
            "# {}\n\nWritten by `erbij evaluate --card`; what it says holds for the data it was made on.\n\n",
            self.recipe.name
        );
        for (name, value) in self.facts.iter().chain(&told(&self.counts)) {
            let _ = writeln!(card, "- {name}: {value}");
        }
        for already_bought in regimes(&self.rows) {
            let _ = writeln!(card, "\n## {}\n", regime_title(already_bought));
            let rows = self.rows.iter().filter(|row| row.asked.already_bought == already_bought);
            card.push_str(&markdown(&self.table(rows)));
            let _ = writeln!(card, "\nBy slice of customers or of relevant items:\n");
            card.push_str(&markdown(&self.slice_table(already_bought)));
        }
        if !self.comparisons.is_empty() {
            let _ = writeln!(card, "\n## What is served against the rest\n");
            let _ = writeln!(card, "Paired by customer; p after Holm's correction.\n");
            card.push_str(&markdown(&self.comparison_table()));
        }
        let recipe = toml::to_string(&self.recipe).expect("a recipe came from such a text");
        let _ = write!(card, "\n## The recipe, defaults filled in\n\n```toml\n{recipe}```\n");
        card
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

/// How much of what is judged train knows, in words.
fn told(counts: &JudgedCounts) -> Vec<(&'static str, String)> {
    let n = |count: usize| with_commas(count as u64);
    let mut told = vec![
        (
            "unknown customers",
            format!("{} of the customers judged: they get what strangers get", n(counts.n_unknown_customers)),
        ),
        (
            "unknown items",
            format!(
                "{} of the purchases judged: no train order holds the item",
                n(counts.n_of_unknown_items)
            ),
        ),
        (
            "unlisted items",
            format!(
                "{} of the purchases judged: nobody can be shown the item, and it counts",
                n(counts.n_of_unlisted_items)
            ),
        ),
    ];
    if 0 < counts.n_guest_baskets {
        told.push((
            "guests' orders",
            format!("{}: they name nobody and judge nobody", n(counts.n_guest_baskets)),
        ));
    }
    told
}

fn regimes(rows: &[Row]) -> impl Iterator<Item = AlreadyBought> + '_ {
    [AlreadyBought::Exclude, AlreadyBought::Keep, AlreadyBought::WhenDue]
        .into_iter()
        .filter(|regime| rows.iter().any(|row| row.asked.already_bought == *regime))
}

const fn regime_title(already_bought: AlreadyBought) -> &'static str {
    match already_bought {
        AlreadyBought::Exclude => "Items bought before: neither shown nor counted",
        AlreadyBought::Keep => "Items bought before: shown and counted",
        AlreadyBought::WhenDue => "Items bought before: shown when due, all counted",
    }
}

const fn regime_word(already_bought: AlreadyBought) -> &'static str {
    match already_bought {
        AlreadyBought::Exclude => "left out",
        AlreadyBought::Keep => "counted",
        AlreadyBought::WhenDue => "when due",
    }
}

impl Cell {
    fn text(&self) -> String {
        match self {
            Self::Mean(Interval { mean, low, high, .. }) => format!("{mean:.4} ({low:.4} to {high:.4})"),
            Self::OfCatalogue(value) => format!("{value:.4}"),
            Self::None => "-".to_owned(),
        }
    }

    fn json(&self) -> Value {
        match self {
            Self::Mean(interval) => json!({
                "mean": interval.mean,
                "interval": [interval.low, interval.high],
                "standard_error": interval.standard_error,
                "n_customers": interval.n,
            }),
            Self::OfCatalogue(value) => json!({ "value": value }),
            Self::None => Value::Null,
        }
    }
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
    Ok(Row { recipe: judged.name.clone(), asked: system.asked, n_short: system.n_short, cells, slices })
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

/// What is served against every model by itself, by the first metric; against another recipe's by all.
fn comparisons(
    judged: &Judged,
    compared: Option<&Judged>,
    resampling: &Resampling,
) -> anyhow::Result<Vec<Comparison>> {
    let evaluation = &judged.evaluation;
    let is_of_customers = |at: &usize| evaluation.metrics[*at].metric.scope() == Scope::Customer;
    let of_customers: Vec<usize> = (0..evaluation.metrics.len()).filter(is_of_customers).collect();
    let served = |systems: &[SystemValues]| -> Vec<usize> {
        (0..systems.len()).filter(|&at| systems[at].asked.system() == "served").collect()
    };
    let mut comparisons = Vec::new();
    let mut compare = |first: &SystemValues, second: &SystemValues, name: String, at: usize| {
        let difference = paired_differences(&[&first.values[at]], &[&second.values[at]], resampling);
        // A column in which nobody has a value of both has no difference either.
        if let Ok(differences) = difference {
            comparisons.push(Comparison {
                metric: evaluation.metrics[at],
                already_bought: first.asked.already_bought,
                first: first.asked.system().to_owned(),
                second: name,
                difference: differences[0],
                p_adjusted: 0.0,
            });
        }
    };
    for at in served(&evaluation.systems) {
        let first = &evaluation.systems[at];
        let same_way = |other: &&SystemValues| other.asked.already_bought == first.asked.already_bought;
        for second in evaluation.systems.iter().filter(same_way).filter(|other| other.asked != first.asked) {
            for &metric in of_customers.iter().take(1) {
                compare(first, second, second.asked.system().to_owned(), metric);
            }
        }
        if let Some(Judged { name, evaluation: Evaluation { systems, .. }, .. }) = compared {
            for second in served(systems).into_iter().map(|at| &systems[at]).filter(same_way) {
                for &metric in &of_customers {
                    compare(first, second, format!("{name}: served"), metric);
                }
            }
        }
    }
    let p_values: Vec<f64> = comparisons.iter().map(|comparison| comparison.difference.p_value).collect();
    for (comparison, p_adjusted) in comparisons.iter_mut().zip(holm(&p_values)) {
        comparison.p_adjusted = p_adjusted;
    }
    Ok(comparisons)
}

/// A table for a terminal: the first column to the left, the others to the right.
fn aligned(table: &[Vec<String>]) -> String {
    let n_columns = table.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| {
        table.iter().filter_map(|row| row.get(column)).map(|text| text.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..n_columns).map(width).collect();
    let mut text = String::new();
    for row in table {
        for (column, (cell, &width)) in row.iter().zip(&widths).enumerate() {
            let _ = match column {
                0 => write!(text, "  {cell:<width$}"),
                _ => write!(text, "  {cell:>width$}"),
            };
        }
        text.truncate(text.trim_end().len());
        text.push('\n');
    }
    text
}

fn markdown(table: &[Vec<String>]) -> String {
    let mut text = String::new();
    for (at, row) in table.iter().enumerate() {
        let _ = writeln!(text, "| {} |", row.join(" | "));
        if at == 0 {
            let _ = writeln!(text, "|{}", "---|".repeat(row.len()));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_line_up() {
        let table =
            [vec!["system".to_owned(), "NDCG@10".to_owned()], vec!["ease".to_owned(), "-".to_owned()]];
        assert_eq!(aligned(&table), "  system  NDCG@10\n  ease          -\n");
        assert_eq!(markdown(&table), "| system | NDCG@10 |\n|---|---|\n| ease | - |\n");
    }
}
