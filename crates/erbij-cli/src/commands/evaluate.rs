//! `erbij evaluate`: what a recipe is worth on a part of the past it has not seen.

use std::io::Write;
use std::path::Path;

use anyhow::{Context, bail};
use erbij_core::{AlreadyBought, Baskets, Catalogue, CustomerIdx, Events, ItemIdx, Placement, Vocab};
use erbij_engine::Engine;
use erbij_evaluate::{
    Asked, Evaluation, ItemLists, Judge, Resampling, SliceRules, Slices, Split, cutoff_before_end,
    leave_last_basket, n_orders_by_customer, n_purchases_by_item, split_at, split_of_lists, train,
};
use erbij_ingest::Ingested;
use erbij_models::{CheckedRecipe, TrainingData};

use crate::args::{EvaluateArgs, SplitKind};
use crate::commands::evaluate_report::{Judged, Report};
use crate::commands::evaluate_split::{make_ready, write_split};
use crate::commands::sources;
use crate::commands::train::read_recipe;
use crate::progress::{Reporter, with_commas};
use crate::replace_file::{replace_file, replace_json};

/// Both ways of judging: what was never bought before, and everything.
const REGIMES: [AlreadyBought; 2] = [AlreadyBought::Exclude, AlreadyBought::Keep];

pub(crate) fn run(args: &EvaluateArgs, reporter: &Reporter, out: &mut dyn Write) -> anyhow::Result<()> {
    // Before anything large is read.
    if args.test_orders.is_some() != (args.split == SplitKind::Files) {
        bail!("`--test-orders` and `--split files` go together: the one names what the other is judged by");
    }
    let recipe = read_recipe(args.recipe.as_deref())?;
    let other = args.compare.as_deref().map(|path| read_recipe(Some(path))).transpose()?;
    args.write_split.as_deref().map(make_ready).transpose()?;
    let Ingested { baskets, events, stated, customers, catalogue, .. } =
        sources::ingest(&args.sources, reporter)?;
    let catalogue = catalogue.always_available();
    let (split, horizon_days) = split(args, baskets, &customers, &catalogue, reporter)?;
    if let Some(dir) = &args.write_split {
        write_split(dir, &split, &customers, &catalogue)?;
    }
    let events = match args.split {
        SplitKind::Time | SplitKind::Files => events.retain(|occurred_at| occurred_at < split.cutoff),
        // Each customer has another last instant, and what he looked at before it gives his last basket away.
        SplitKind::LastBasket => Events::none(customers.len(), catalogue.len()),
    };
    let slices = Slices::new(
        SliceRules::default(),
        n_orders_by_customer(&split.train),
        n_purchases_by_item(&split.train),
    );
    let judge = |recipe: &CheckedRecipe| -> anyhow::Result<Judged> {
        let data = TrainingData {
            baskets: split.train.clone(),
            events: events.clone(),
            stated: stated.clone(),
            customers: customers.clone(),
            catalogue: catalogue.clone(),
        };
        let engine = Engine::new(train(recipe, data, reporter)?);
        let evaluation = judge(&engine, &split, &slices, args, reporter)?;
        Ok(Judged { name: recipe.name().to_owned(), recipe: recipe.recipe().clone(), evaluation })
    };
    let judged = judge(&recipe)?;
    let compared = other.as_ref().map(judge).transpose()?;
    reporter.finish();
    let report = Report::new(
        &judged,
        compared.as_ref(),
        &split,
        args.split,
        horizon_days,
        args.placement,
        &Resampling { n_resamples: args.resamples, seed: args.seed, level: 0.95 },
    )?;
    report.print(out)?;
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
fn split(
    args: &EvaluateArgs,
    baskets: Baskets,
    customers: &Vocab<CustomerIdx>,
    catalogue: &Catalogue,
    reporter: &Reporter,
) -> anyhow::Result<(Split, Option<u32>)> {
    let (_, newest) = baskets.window().context("there is no purchase to evaluate on")?;
    match args.split {
        SplitKind::Time => {
            let cutoff = args.cutoff.unwrap_or_else(|| cutoff_before_end(newest, args.horizon_days));
            let split = split_at(&baskets, cutoff, i64::from(args.horizon_days)).with_context(|| {
                format!("the history cannot be cut at {cutoff}; hint: another `--cutoff` or `--horizon-days`")
            })?;
            Ok((split, Some(args.horizon_days)))
        }
        SplitKind::LastBasket => Ok((leave_last_basket(&baskets)?, None)),
        SplitKind::Files => {
            let orders = args.test_orders.clone().expect("checked just above");
            let sources = crate::args::SourceArgs { orders, ..args.sources.clone() };
            let test = sources::ingest(&sources, reporter)?;
            let (targets, n_unknown) = targets_of(&test, customers, catalogue);
            if 0 < n_unknown {
                let _ = writeln!(
                    std::io::stderr(),
                    "note: {} test purchases are of customers or items the train orders and the catalogue do not know, and judge nothing",
                    with_commas(n_unknown)
                );
            }
            Ok((split_of_lists(baskets, targets)?, None))
        }
    }
}

/// What the customers of a test file bought, in the numbers of train.
fn targets_of(test: &Ingested, customers: &Vocab<CustomerIdx>, catalogue: &Catalogue) -> (ItemLists, u64) {
    let mut lists: Vec<Vec<ItemIdx>> = vec![Vec::new(); customers.len()];
    let mut n_unknown = 0;
    for customer in test.customers.indices() {
        let known = customers.idx_from_id(test.customers.id(customer));
        for basket in test.baskets.of_customer(customer) {
            for &item in test.baskets.items(basket) {
                let item = catalogue.item_idx_from_id(test.catalogue.items().id(item));
                match (known, item) {
                    (Some(customer), Some(item)) => lists[customer.index()].push(item),
                    _ => n_unknown += 1,
                }
            }
        }
    }
    (ItemLists::from_unsorted(lists), n_unknown)
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
fn write_customers(path: &Path, judged: &Judged, customers: &Vocab<CustomerIdx>) -> anyhow::Result<()> {
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
                let head = [customers.id(customer).to_owned(), system.asked.system().to_owned(), regime];
                rows.write_record(head.into_iter().chain(values))?;
            }
        }
        Ok(rows.flush()?)
    })
}

/// Where slates are shown that have no anchor: what an evaluation may ask for.
pub(crate) fn parse_placement(text: &str) -> Result<Placement, String> {
    let placement: Placement = text.parse()?;
    match placement {
        Placement::Home | Placement::Newsletter => Ok(placement),
        _ => Err(format!(
            "`{text}` is asked about an item or a basket; an evaluation asks about customers: `home` or `newsletter`"
        )),
    }
}
