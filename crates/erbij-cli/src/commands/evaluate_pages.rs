//! `erbij evaluate --placement item_page|basket`: what stands beside an item or a basket, on orders it has not seen.

use std::io::Write;

use anyhow::bail;
use erbij_core::{Baskets, Timestamp, TrainingData};
use erbij_engine::Engine;
use erbij_evaluate::report::{AskedPages, PageReport};
use erbij_evaluate::{MeasureAlone, Resampling, hidden_items, is_of_pages, judge_pages, n_without_related};
use erbij_recipe::CheckedRecipe;
use erbij_train::train;

use crate::args::{EvaluateArgs, SplitKind};
use crate::progress::Reporter;
use crate::replace_file::replace_json;

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
    let asked = AskedPages {
        placement: args.placement,
        horizon_days: args.horizon_days,
        n_items: engine.models().catalogue.len(),
        n_without_related: n_without_related(&engine, now),
    };
    reporter.finish();
    let resampling = Resampling { n_resamples: args.resamples, seed: args.seed, level: 0.95 };
    let report = PageReport::new(asked, pages, &resampling)?;
    out.write_all(report.text().as_bytes())?;
    if let Some(path) = &args.json {
        replace_json(path, &report.json())?;
    }
    Ok(())
}
