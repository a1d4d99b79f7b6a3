//! `erbij evaluate`: what a recipe is worth on a part of the past it has not seen.
//!
//! Both sides of a split are read as one history and then parted, in time, by last baskets or by the file a line stands
//! in. So customers and items have one numbering, and the same purchases give the same figures however they were parted:
//! a customer or an item that only the judged side knows is judged by the rule of [`erbij_train::Split`]. What neither
//! train nor a catalogue knows cannot be shown.

use std::io::Write;
use std::path::Path;

use anyhow::{Context, bail};
use erbij_core::{AlreadyBought, CustomerIdx, Events, Placement, TrainingData, Vocab};
use erbij_engine::Engine;
use erbij_evaluate::report::{Asking, JudgedRecipe, Report};
use erbij_evaluate::{
    Asked, Evaluation, Judge, JudgedCounts, Resampling, SliceRules, Slices, n_orders_by_customer,
    n_purchases_by_item,
};
use erbij_ingest::Ingested;
use erbij_recipe::CheckedRecipe;
use erbij_train::{Split, cutoff_before_end, leave_last_basket, split_at, split_by, train};

use crate::args::{EvaluateArgs, SplitKind};
use crate::colour::Colour;
use crate::commands::evaluate_pages;
use crate::commands::evaluate_split::{make_ready, write_split};
use crate::commands::sources;
use crate::commands::train::read_recipe;
use crate::progress::Reporter;
use crate::replace_file::{replace_file, replace_json};

/// Both ways of judging: what was never bought before, and everything.
const REGIMES: [AlreadyBought; 2] = [AlreadyBought::Exclude, AlreadyBought::Keep];

pub(crate) fn run(args: &EvaluateArgs, reporter: &Reporter, out: &mut dyn Write) -> anyhow::Result<()> {
    // Before anything large is read.
    if args.test_orders.is_some() != (args.split == SplitKind::Files) {
        bail!("`--test-orders` and `--split files` go together: the one names what the other is judged by");
    }
    let is_of_pages = matches!(args.placement, Placement::ItemPage | Placement::Basket);
    if is_of_pages {
        evaluate_pages::check(args)?;
    }
    let recipe = read_recipe(args.recipe.as_deref())?;
    let other = args.compare.as_deref().map(|path| read_recipe(Some(path))).transpose()?;
    args.write_split.as_deref().map(make_ready).transpose()?;
    let ingested = sources::ingest_with(&args.sources, args.test_orders.as_deref(), reporter)?;
    let split = split(args, &ingested)?;
    let Ingested { baskets, events, stated, customers, catalogue, .. } = ingested;
    let n_purchases = n_purchases_by_item(&split.train);
    let mut catalogue = catalogue.always_available();
    if args.sources.items.is_none() {
        // What is sold for the first time after the cutoff was on no list before it.
        catalogue = catalogue.without(|item| n_purchases[item.index()] == 0);
    }
    if let Some(dir) = &args.write_split {
        write_split(dir, &split, &customers, &catalogue)?;
    }
    let events = match args.split {
        SplitKind::Time | SplitKind::Files => events.retain(|occurred_at| occurred_at < split.cutoff),
        // Each customer has another last instant, and what he looked at before it gives his last basket away.
        SplitKind::LastBasket => Events::none(customers.len(), catalogue.len()),
    };
    if is_of_pages {
        let end = split.cutoff.plus_days(i64::from(args.horizon_days));
        let is_later = |basket: usize| (split.cutoff..end).contains(&baskets.ordered_at(basket));
        let later = baskets.select(is_later, |_| false);
        let data = TrainingData { baskets: split.train, events, stated, customers, catalogue };
        return evaluate_pages::run(args, &recipe, data, split.cutoff, &later, reporter, out);
    }
    drop(baskets);
    let slices = Slices::new(SliceRules::default(), n_orders_by_customer(&split.train), n_purchases);
    let judge = |recipe: &CheckedRecipe| -> anyhow::Result<JudgedRecipe> {
        let data = TrainingData {
            baskets: split.train.clone(),
            events: events.clone(),
            stated: stated.clone(),
            customers: customers.clone(),
            catalogue: catalogue.clone(),
        };
        let engine = Engine::new(train(recipe, data, reporter)?);
        let evaluation = judge(&engine, &split, &slices, args, reporter)?;
        Ok(JudgedRecipe { name: recipe.name().to_owned(), recipe: recipe.recipe().clone(), evaluation })
    };
    let judged = judge(&recipe)?;
    let compared = other.as_ref().map(judge).transpose()?;
    reporter.finish();
    let asking = Asking {
        split_name: args.split.name(),
        horizon_days: (args.split == SplitKind::Time).then_some(args.horizon_days),
        placement: args.placement,
        split: &split,
        counts: JudgedCounts::new(&split, &catalogue),
    };
    let resampling = Resampling { n_resamples: args.resamples, seed: args.seed, level: 0.95 };
    let report = Report::new(&judged, compared.as_ref(), &asking, &resampling)?;
    out.write_all(report.text().as_bytes())?;
    let colour = Colour::of_stdout();
    for loss in report.losses() {
        writeln!(out, "\n{}", colour.red(&loss))?;
    }
    if let Some(path) = &args.json {
        replace_json(path, &report.json())?;
    }
    if let Some(path) = &args.customers_csv {
        write_customers(path, &judged, &customers)?;
    }
    if let Some(path) = args.card_path() {
        let text = report.card();
        replace_file(&path, |file| Ok(file.write_all(text.as_bytes())?))?;
        writeln!(out, "\n{} written", path.display())?;
    }
    Ok(())
}

/// Parts what models may see from what they are judged by.
fn split(args: &EvaluateArgs, ingested: &Ingested) -> anyhow::Result<Split> {
    let Ingested { baskets, is_judged, .. } = ingested;
    let (_, newest) = baskets.window().context("there is no purchase to evaluate on")?;
    match args.split {
        SplitKind::Time => {
            let cutoff = args.cutoff.unwrap_or_else(|| cutoff_before_end(newest, args.horizon_days));
            split_at(baskets, cutoff, i64::from(args.horizon_days)).with_context(|| {
                format!("the history cannot be cut at {cutoff}; hint: another `--cutoff` or `--horizon-days`")
            })
        }
        SplitKind::LastBasket => Ok(leave_last_basket(baskets)?),
        SplitKind::Files => Ok(split_by(baskets, is_judged, args.cutoff)?),
    }
}

/// Asks every system in both ways.
fn judge(
    engine: &Engine,
    split: &Split,
    slices: &Slices,
    args: &EvaluateArgs,
    reporter: &Reporter,
) -> anyhow::Result<Evaluation> {
    let judge = Judge::new(engine, &split.targets, slices, &args.metrics, split.cutoff, args.placement);
    let systems: Vec<Asked> = REGIMES.into_iter().flat_map(|regime| judge.systems(regime)).collect();
    Ok(judge.judge(&systems, reporter)?)
}

/// One row a customer and system, one column a metric; empty where a metric means nothing for him.
fn write_customers(path: &Path, judged: &JudgedRecipe, customers: &Vocab<CustomerIdx>) -> anyhow::Result<()> {
    let Evaluation { customers: of, metrics, systems } = &judged.evaluation;
    replace_file(path, |file| {
        let mut rows = csv::Writer::from_writer(file);
        let head = ["customer_id", "system", "already_bought"].map(str::to_owned).into_iter();
        rows.write_record(head.chain(metrics.iter().map(ToString::to_string)))?;
        for system in systems {
            for (at, &customer) in of.iter().enumerate() {
                let values = system.values.iter().map(|values| match values[at] {
                    Some(value) => value.to_string(),
                    None => String::new(),
                });
                let regime = system.asked.already_bought.name().to_owned();
                let head = [customers.id(customer).to_owned(), system.asked.system.name().to_owned(), regime];
                rows.write_record(head.into_iter().chain(values))?;
            }
        }
        Ok(rows.flush()?)
    })
}
