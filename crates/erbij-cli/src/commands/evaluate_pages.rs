//! `erbij evaluate --placement item_page|basket`: what stands beside an item or a basket, on orders it has not seen.

use std::io::Write;

use anyhow::bail;
use erbij_core::{Baskets, Timestamp, TrainingData};
use erbij_engine::Engine;
use erbij_evaluate::{
    Difference, HiddenItem, Interval, MeasureAlone, PageEvaluation, PageValues, Resampling, hidden_items,
    holm, is_of_pages, judge_pages, means_with_intervals, n_without_related, paired_differences,
};
use erbij_recipe::CheckedRecipe;
use erbij_train::train;
use serde_json::{Map, Value, json};

use crate::args::{EvaluateArgs, SplitKind};
use crate::commands::evaluate_report::text::{aligned, p_text};
use crate::progress::{Reporter, with_commas};
use crate::replace_file::replace_json;

/// One ranking beside others: its means, and what is served against it.
struct PageRow {
    name: String,
    /// One a metric; the mean alone where it is of the whole catalogue.
    means: Vec<(f64, Option<Interval>)>,
    n_short: usize,
    /// What is served against it; none of what is served itself.
    served_against: Option<Against>,
}

/// What is served against a measure, by the first metric of people.
struct Against {
    difference: Difference,
    /// The mean of what is served as a multiple of the measure's; none where that is zero.
    times: Option<f64>,
    /// After Holm's correction.
    p_adjusted: f64,
}

/// Says no to what an evaluation of customers has and one of pages has not.
pub(crate) fn check(args: &EvaluateArgs) -> anyhow::Result<()> {
    let placement = args.placement.name();
    for (is_asked, what) in [
        (args.split != SplitKind::Time, "another split than `--split time`"),
        (args.compare.is_some(), "`--compare`"),
        (args.customers_csv.is_some(), "`--customers-csv`"),
        (args.card, "`--card`"),
        (args.write_split.is_some(), "`--write-split`"),
    ] {
        if is_asked {
            bail!(
                "`--placement {placement}` is judged by orders and not by customers, and has no {what}; hint: leave it out, or ask for `--placement newsletter`"
            );
        }
    }
    if let Some(metric) = args.metrics.iter().find(|metric| !is_of_pages(metric.metric)) {
        bail!(
            "`--metrics` has `{metric}`, which means nothing where nobody is known and one item is hidden; hint: `ndcg_at_10,hit_rate_at_10,mrr_at_10`"
        );
    }
    Ok(())
}

/// Trains on what lies before the cutoff, and asks for what was ordered after it. `later` are the orders of the horizon.
pub(crate) fn run(
    args: &EvaluateArgs,
    recipe: &CheckedRecipe,
    data: TrainingData,
    now: Timestamp,
    later: &Baskets,
    reporter: &Reporter,
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    let max_basket_items = recipe.affinity().params().max_basket_items as usize;
    let questions = hidden_items(later, args.placement, max_basket_items, args.seed);
    if questions.is_empty() {
        bail!(
            "no order after the cutoff has 2 to {max_basket_items} items, so none can be hidden; hint: another `--cutoff` or `--horizon-days`"
        );
    }
    let measures = MeasureAlone::all(&data.baskets, reporter);
    let engine = Engine::new(train(recipe, data, reporter)?);
    let pages = judge_pages(&engine, &measures, &questions, &args.metrics, (args.placement, now), reporter);
    let n_without = n_without_related(&engine, now);
    reporter.finish();
    let resampling = Resampling { n_resamples: args.resamples, seed: args.seed, level: 0.95 };
    let rows = rows(&pages, &resampling)?;
    let n_items = engine.models().catalogue.len();
    print(args, &questions, &pages, &rows, (n_without, n_items), out)?;
    if let Some(path) = &args.json {
        replace_json(path, &report(args, &pages, &rows, (n_without, n_items)))?;
    }
    Ok(())
}

fn rows(pages: &PageEvaluation, resampling: &Resampling) -> anyhow::Result<Vec<PageRow>> {
    let served = &pages.systems[0];
    let main = served.of_catalogue.iter().position(Option::is_none);
    let against = |other: &PageValues| -> anyhow::Result<Option<Difference>> {
        let Some(main) = main.filter(|_| other.name != served.name) else { return Ok(None) };
        Ok(Some(paired_differences(&[&served.values[main]], &[&other.values[main]], resampling)?[0]))
    };
    let differences = pages.systems.iter().map(against).collect::<anyhow::Result<Vec<_>>>()?;
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

fn print(
    args: &EvaluateArgs,
    questions: &[HiddenItem],
    pages: &PageEvaluation,
    rows: &[PageRow],
    (n_without, n_items): (usize, usize),
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    let counted = |n: usize| with_commas(n as u64);
    let intervals = format!("95 %, {} resamples of people", args.resamples);
    for (name, value) in [
        ("placement", args.placement.name().to_owned()),
        ("horizon", format!("{} days", args.horizon_days)),
        ("orders judged", format!("{}, one item of each hidden", counted(questions.len()))),
        ("people", format!("{}, each worth as much, a guest's order being one", counted(pages.n_people))),
        ("intervals", intervals),
    ] {
        writeln!(out, "{name:<18} {value}")?;
    }
    writeln!(out)?;
    let head = ["ranking".to_owned(), "people".to_owned()].into_iter();
    let head = head.chain(pages.metrics.iter().map(|metric| metric.title()));
    let mut table = vec![head.chain(["short slates".to_owned()]).collect::<Vec<_>>()];
    for row in rows {
        let mut line = vec![row.name.clone(), counted(pages.n_people)];
        line.extend(row.means.iter().map(|(mean, interval)| match interval {
            Some(Interval { low, high, .. }) => format!("{mean:.4} ({low:.4} to {high:.4})"),
            None => format!("{mean:.4}"),
        }));
        line.push(counted(row.n_short));
        table.push(line);
    }
    out.write_all(aligned(&table).as_bytes())?;
    writeln!(out, "\nwhat is served against each measure, paired by person (p for all together by Holm)")?;
    let head = ["against", "times", "difference", "95 %", "p"];
    let mut table = vec![head.map(str::to_owned).to_vec()];
    for row in rows {
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
    out.write_all(aligned(&table).as_bytes())?;
    let n_places: usize = pages.sources.iter().map(|&(_, n)| n).sum();
    let share = |&(source, n): &(erbij_engine::CandidateSource, usize)| {
        format!("{} {:.1} %", source.name(), 100.0 * n as f64 / n_places as f64)
    };
    let shares: Vec<String> = pages.sources.iter().map(share).collect();
    writeln!(out, "\nplaces served by source: {}", shares.join(", "))?;
    writeln!(
        out,
        "items whose page shows nothing that is related, only what sells: {} of {}",
        counted(n_without),
        counted(n_items)
    )?;
    Ok(())
}

fn report(
    args: &EvaluateArgs,
    pages: &PageEvaluation,
    rows: &[PageRow],
    (n_without, n_items): (usize, usize),
) -> Value {
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
        "placement": args.placement.name(),
        "n_orders": pages.n_questions,
        "n_people": pages.n_people,
        "systems": rows.iter().map(system).collect::<Vec<_>>(),
        "places_by_source": sources,
        "n_items": n_items,
        "n_items_without_related": n_without,
    })
}
