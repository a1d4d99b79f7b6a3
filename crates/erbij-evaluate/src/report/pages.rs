//! What stands beside an item or a basket, for people and for programs.

use std::fmt::Write as _;

use erbij_core::{Placement, with_commas};
use erbij_engine::CandidateSource;
use serde_json::{Map, Value, json};

use super::table::{aligned, p_text};
use crate::intervals::{
    Difference, Interval, IntervalError, Resampling, holm, means_with_intervals, paired_differences,
};
use crate::pages::{PageEvaluation, PageValues};

/// What was asked.
#[derive(Clone, Copy, Debug)]
pub struct AskedPages {
    /// Whether beside an item or a basket.
    pub placement: Placement,
    /// Days after the cutoff whose orders are judged.
    pub horizon_days: u32,
    /// Items of the catalogue.
    pub n_items: usize,
    /// Those of them whose page shows nothing that is related.
    pub n_without_related: usize,
}

/// Everything there is to say of pages, worked out once.
#[derive(Clone, Debug)]
pub struct PageReport {
    asked: AskedPages,
    n_resamples: u32,
    pages: PageEvaluation,
    rows: Vec<PageRow>,
}

/// One ranking beside others: its means, and what is served against it.
#[derive(Clone, Debug)]
struct PageRow {
    name: String,
    /// One a metric; the mean alone where it is of the whole catalogue.
    means: Vec<(f64, Option<Interval>)>,
    n_short: usize,
    /// What is served against it; none of what is served itself.
    served_against: Option<Against>,
}

/// What is served against a measure, by the first metric of people.
#[derive(Clone, Debug)]
struct Against {
    difference: Difference,
    /// The mean of what is served as a multiple of the measure's; none where that is zero.
    times: Option<f64>,
    /// After Holm's correction.
    p_adjusted: f64,
}

impl PageReport {
    /// Works out what there is to say.
    pub fn new(
        asked: AskedPages,
        pages: PageEvaluation,
        resampling: &Resampling,
    ) -> Result<Self, IntervalError> {
        let rows = rows(&pages, resampling)?;
        Ok(Self { asked, n_resamples: resampling.n_resamples, pages, rows })
    }

    /// The report, for people.
    pub fn text(&self) -> String {
        let Self { asked, pages, .. } = self;
        let mut text = String::new();
        let counted = |n: usize| with_commas(n as u64);
        let intervals = format!("95 %, {} resamples of people", self.n_resamples);
        for (name, value) in [
            ("placement", asked.placement.name().to_owned()),
            ("horizon", format!("{} days", asked.horizon_days)),
            ("orders judged", format!("{}, one item of each hidden", counted(pages.n_questions))),
            ("people", format!("{}, each worth as much, a guest's order being one", counted(pages.n_people))),
            ("intervals", intervals),
        ] {
            let _ = writeln!(text, "{name:<18} {value}");
        }
        text.push('\n');
        let head = ["ranking".to_owned(), "people".to_owned()].into_iter();
        let head = head.chain(pages.metrics.iter().map(|metric| metric.title()));
        let mut table = vec![head.chain(["short slates".to_owned()]).collect::<Vec<_>>()];
        for row in &self.rows {
            let mut line = vec![row.name.clone(), counted(pages.n_people)];
            line.extend(row.means.iter().map(|(mean, interval)| match interval {
                Some(Interval { low, high, .. }) => format!("{mean:.4} ({low:.4} to {high:.4})"),
                None => format!("{mean:.4}"),
            }));
            line.push(counted(row.n_short));
            table.push(line);
        }
        text.push_str(&aligned(&table));
        let _ = writeln!(
            text,
            "\nwhat is served against each measure, paired by person (p for all together by Holm)"
        );
        let head = ["against", "times", "difference", "95 %", "p"];
        let mut table = vec![head.map(str::to_owned).to_vec()];
        for row in &self.rows {
            if let Some(Against { difference, times, p_adjusted }) = &row.served_against {
                let Difference { mean_difference, low, high, .. } = difference;
                table.push(vec![
                    row.name.clone(),
                    times.map_or("-".to_owned(), |times| format!("{times:.3}")),
                    format!("{mean_difference:+.4}"),
                    format!("{low:+.4} to {high:+.4}"),
                    p_text(*p_adjusted),
                ]);
            }
        }
        text.push_str(&aligned(&table));
        let n_places: usize = pages.sources.iter().map(|&(_, n)| n).sum();
        let share = |&(source, n): &(CandidateSource, usize)| {
            format!("{} {:.1} %", source.name(), 100.0 * n as f64 / n_places as f64)
        };
        let shares: Vec<String> = pages.sources.iter().map(share).collect();
        let _ = writeln!(text, "\nplaces served by source: {}", shares.join(", "));
        let _ = writeln!(
            text,
            "items whose page shows nothing that is related, only what sells: {} of {}",
            counted(asked.n_without_related),
            counted(asked.n_items)
        );
        text
    }

    /// The report, for programs.
    pub fn json(&self) -> Value {
        let Self { asked, pages, .. } = self;
        let system = |row: &PageRow| {
            let metrics: Map<String, Value> = pages
                .metrics
                .iter()
                .zip(&row.means)
                .map(|(metric, (mean, interval))| {
                    let value = match interval {
                        Some(Interval { low, high, n, .. }) => {
                            json!({"mean": mean, "low": low, "high": high, "n_people": n})
                        }
                        None => json!({"value": mean}),
                    };
                    (metric.to_string(), value)
                })
                .collect();
            let against = row.served_against.as_ref().map(|Against { difference, times, p_adjusted }| {
                let Difference { mean_difference, low, high, n, .. } = difference;
                json!({
                    "mean_difference": mean_difference, "low": low, "high": high, "n_people": n,
                    "times": times, "p_adjusted": p_adjusted,
                })
            });
            json!({
                "system": row.name,
                "n_short_slates": row.n_short,
                "metrics": metrics,
                "served_against": against,
            })
        };
        let sources: Map<String, Value> =
            pages.sources.iter().map(|&(source, n)| (source.name().to_owned(), n.into())).collect();
        json!({
            "placement": asked.placement.name(),
            "n_orders": pages.n_questions,
            "n_people": pages.n_people,
            "systems": self.rows.iter().map(system).collect::<Vec<_>>(),
            "places_by_source": sources,
            "n_items": asked.n_items,
            "n_items_without_related": asked.n_without_related,
        })
    }
}

fn rows(pages: &PageEvaluation, resampling: &Resampling) -> Result<Vec<PageRow>, IntervalError> {
    let served = &pages.systems[0];
    let main = served.of_catalogue.iter().position(Option::is_none);
    let against = |other: &PageValues| -> Result<Option<Difference>, IntervalError> {
        let Some(main) = main.filter(|_| other.name != served.name) else { return Ok(None) };
        Ok(Some(paired_differences(&[&served.values[main]], &[&other.values[main]], resampling)?[0]))
    };
    let differences = pages.systems.iter().map(against).collect::<Result<Vec<_>, _>>()?;
    let p_values: Vec<f64> = differences.iter().flatten().map(|difference| difference.p_value).collect();
    let mut adjusted = holm(&p_values).into_iter();
    let mut rows = Vec::new();
    for (system, difference) in pages.systems.iter().zip(differences) {
        let mut means = Vec::new();
        for (values, of_catalogue) in system.values.iter().zip(&system.of_catalogue) {
            means.push(match of_catalogue {
                Some(value) => (*value, None),
                None => {
                    let interval = means_with_intervals(&[values], resampling)?[0];
                    (interval.mean, Some(interval))
                }
            });
        }
        let served_against = main.zip(difference).map(|(main, difference)| {
            let mean = means[main].0;
            let times = (0.0 < mean).then(|| (mean + difference.mean_difference) / mean);
            Against { difference, times, p_adjusted: adjusted.next().expect("one each") }
        });
        rows.push(PageRow { name: system.name.clone(), means, n_short: system.n_short, served_against });
    }
    Ok(rows)
}
