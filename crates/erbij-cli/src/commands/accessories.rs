//! `erbij accessories`: what belongs to an item, what may be bought instead, and what speaks for it.

use std::io::Write;

use anyhow::Context;
use erbij_core::{Catalogue, ItemIdx, RelationKind, sort_contributions};
use erbij_engine::Engine;
use erbij_models::{AccessoryFit, AccessoryItem, Rival, fit_complements};
use serde_json::{Value, json};

use crate::args::{AccessoriesArgs, SourceArgs};
use crate::commands::about_customers::expect_model;
use crate::commands::accessories_flows::tell_flows;
use crate::commands::accessories_svg::{lag_labels, lag_svg};
use crate::commands::train::read_recipe;
use crate::commands::{open, sources};
use crate::progress::Reporter;
use crate::replace_file::replace_file;

/// Followers rarer than this are not listed among the rivals.
const MIN_COUNT: u32 = 3;
/// The widest bar of a histogram, in characters.
const BAR_WIDTH: usize = 30;

pub(crate) fn run(args: &AccessoriesArgs, reporter: &Reporter, out: &mut dyn Write) -> anyhow::Result<()> {
    if args.explain || args.flows {
        fit_anew(args, reporter, out)
    } else if args.check_catalogue {
        check_catalogue(args, out)
    } else {
        tell(args, out)
    }
}

/// What the catalogue says beside what was mined, with the first of what is contradicted.
fn check_catalogue(args: &AccessoriesArgs, out: &mut dyn Write) -> anyhow::Result<()> {
    let artifact = open::artifact(args.artifact.as_deref(), &args.store)?;
    let models = &artifact.model_set;
    let model = expect_model(&models.accessory, "accessory")?;
    let (catalogue, relations) = (&models.catalogue, models.catalogue.relations());
    let (mut confirmed, mut only_said, mut added) = (0_u64, 0_u64, 0_u64);
    let mut contradicted = Vec::new();
    for item in catalogue.items().indices() {
        let said = |kinds: &[RelationKind], a, b| kinds.iter().any(|&kind| relations.holds(a, kind, b));
        for (kind, other) in relations.of(item).filter(|(kind, _)| RelationKind::BELONGS.contains(kind)) {
            match model.evidence(item, other) {
                Some(_) => confirmed += 1,
                None => only_said += 1,
            }
            if model.evidence(other, item).is_some() {
                contradicted.push((
                    item,
                    other,
                    format!("the catalogue says {}, mined the other way round", kind.name()),
                ));
            }
        }
        for mined in model.accessories(item) {
            if relations.denies(item, mined.item) {
                contradicted.push((
                    item,
                    mined.item,
                    format!("mined as {}, denied by the catalogue", mined.kind.name()),
                ));
            } else if !said(&RelationKind::BELONGS, item, mined.item)
                && !said(&RelationKind::BELONGS, mined.item, item)
            {
                added += 1;
            }
        }
    }
    let shown = contradicted.iter().take(args.n as usize);
    if args.json {
        let told = shown.map(|(item, other, why)| {
            json!({ "item_id": catalogue.items().id(*item), "other_item_id": catalogue.items().id(*other), "why": why })
        });
        let value = json!({
            "said_and_mined": confirmed,
            "only_said": only_said,
            "only_mined": added,
            "contradicted": contradicted.len(),
            "contradictions": told.collect::<Vec<_>>(),
        });
        serde_json::to_writer_pretty(&mut *out, &value)?;
        return Ok(writeln!(out)?);
    }
    writeln!(out, "said by the catalogue and mined   {confirmed:>8}")?;
    writeln!(out, "said by the catalogue alone       {only_said:>8}")?;
    writeln!(out, "mined alone                       {added:>8}")?;
    writeln!(out, "contradicted                      {:>8}", contradicted.len())?;
    for (item, other, why) in shown {
        writeln!(out, "  {} and {}: {why}", catalogue.title(*item), catalogue.title(*other))?;
    }
    Ok(())
}

/// The item asked about.
fn item_of(catalogue: &Catalogue, id: Option<&str>) -> anyhow::Result<ItemIdx> {
    let id = id.context("which item? hint: `--item ID`")?;
    let hint = "hint: ids are those of the items table, or of its variants";
    catalogue.item_idx_from_id(id).with_context(|| format!("item `{id}` is not known; {hint}"))
}

/// What the artifact knows.
fn tell(args: &AccessoriesArgs, out: &mut dyn Write) -> anyhow::Result<()> {
    let artifact = open::artifact(args.artifact.as_deref(), &args.store)?;
    let engine = Engine::new(artifact.model_set);
    let catalogue = &engine.models().catalogue;
    let item = item_of(catalogue, args.item.as_deref())?;
    let mut belongings = engine.belongings_unsorted(item);
    belongings.sort_by(|a, b| b.2.cmp(&a.2).then(a.0.cmp(&b.0)));
    // What goes with its category comes after what is known of the item itself.
    let mut by_category = engine.complements_unsorted(item);
    by_category.retain(|found| belongings.iter().all(|own| own.0 != found.0));
    sort_contributions(&mut by_category);
    belongings.extend(by_category.into_iter().map(|(other, score)| (other, RelationKind::Accessory, score)));
    belongings.truncate(args.n as usize);
    let mut alternatives = engine.alternatives_unsorted(item);
    sort_contributions(&mut alternatives);
    alternatives.truncate(args.n as usize);
    let mined = |other| engine.models().accessory.as_ref().and_then(|model| model.evidence(item, other));
    let relations = catalogue.relations();
    if args.json {
        let accessories: Vec<Value> = belongings
            .iter()
            .map(|&(other, kind, score)| {
                json!({
                    "item_id": catalogue.items().id(other),
                    "title": catalogue.title(other),
                    "relation": kind.name(),
                    "score": score.get(),
                    "in_catalogue": relations.holds(item, kind, other),
                    "by_category": engine.complement(item, other).map(|complement| {
                        json!({
                            "category": catalogue.categories().path(complement.category),
                            "customers": complement.customers,
                            "expected": complement.expected,
                        })
                    }),
                    "mined": mined(other).map(|found| evidence_json(&found)),
                })
            })
            .collect();
        let alternatives: Vec<Value> = alternatives
            .iter()
            .map(|&(other, score)| {
                json!({
                    "item_id": catalogue.items().id(other),
                    "title": catalogue.title(other),
                    "score": score.get(),
                    "in_catalogue": relations.holds(item, RelationKind::Similar, other),
                })
            })
            .collect();
        let value = json!({
            "item_id": catalogue.items().id(item),
            "title": catalogue.title(item),
            "accessories": accessories,
            "alternatives": alternatives,
        });
        serde_json::to_writer_pretty(&mut *out, &value)?;
        return Ok(writeln!(out)?);
    }
    writeln!(out, "{}", catalogue.title(item))?;
    for &(other, kind, score) in &belongings {
        let by = match (relations.holds(item, kind, other), mined(other)) {
            (true, None) => "the catalogue says so".to_owned(),
            (true, Some(found)) => format!("the catalogue says so; {}", evidence_text(&found)),
            (false, Some(found)) => evidence_text(&found),
            (false, None) => engine.complement(item, other).map_or_else(String::new, |complement| {
                format!(
                    "by category: {} customers where {:.1} were to be expected",
                    complement.customers, complement.expected
                )
            }),
        };
        writeln!(out, "  {:<11} {:<40} {:>7.2}  {by}", kind.name(), catalogue.title(other), score.get())?;
    }
    if belongings.is_empty() {
        writeln!(out, "  nothing is known to belong to it")?;
    }
    for &(other, score) in &alternatives {
        writeln!(out, "  {:<11} {:<40} {:>7.2}", "instead", catalogue.title(other), score.get())?;
    }
    Ok(())
}

fn evidence_text(found: &AccessoryItem) -> String {
    format!(
        "{} customers where {:.1} were to be expected, {:.0} % in the same order, else after {:.0} days",
        found.customers,
        found.expected,
        100.0 * found.same_order_share,
        found.median_lag_days
    )
}

fn evidence_json(found: &AccessoryItem) -> Value {
    json!({
        "customers": found.customers,
        "expected": found.expected,
        "same_order_share": found.same_order_share,
        "median_lag_days": found.median_lag_days,
        "relation": found.kind.name(),
    })
}

/// Fits anew and shows what was learned.
fn fit_anew(args: &AccessoriesArgs, reporter: &Reporter, out: &mut dyn Write) -> anyhow::Result<()> {
    let recipe = read_recipe(args.recipe.as_deref())?;
    let source = SourceArgs {
        orders: args.orders.clone().expect("clap asks for it"),
        items: args.items.clone(),
        customers: None,
        events: None,
        config: args.config.clone(),
        now: None,
    };
    let ingested = sources::ingest(&source, reporter)?;
    let (catalogue, baskets) = (&ingested.catalogue, ingested.baskets);
    // As training does: the recipe says which purchases count at all.
    let cutoff = baskets.window().map(|(_, newest)| newest);
    let baskets = match cutoff {
        Some(cutoff) => recipe.history().within(baskets, cutoff),
        None => baskets,
    };
    let fit = || AccessoryFit::new(recipe.accessory(), &baskets, catalogue, reporter);
    if args.flows {
        let fit = fit();
        let params = recipe.accessory();
        let complements = fit_complements(params, &baskets, catalogue, fit.model(), reporter);
        reporter.finish();
        return tell_flows(args, &fit, &complements, catalogue, out);
    }
    // A wrong id is told before anything is fitted.
    let item = item_of(catalogue, args.item.as_deref())?;
    let fit = fit();
    reporter.finish();
    explain(args, &fit, catalogue, item, out)
}

/// Shows everything that followed an item, with why it belongs to it or not.
fn explain(
    args: &AccessoriesArgs,
    fit: &AccessoryFit<'_>,
    catalogue: &Catalogue,
    item: ItemIdx,
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    let rivals = fit.explain(item, MIN_COUNT);
    let n = args.n as usize;
    let (accepted, rejected): (Vec<&Rival>, Vec<&Rival>) =
        rivals.iter().partition(|rival| rival.verdict.is_ok());
    let shown: Vec<&Rival> = accepted.into_iter().take(n).chain(rejected.into_iter().take(n)).collect();
    if let Some(path) = &args.svg {
        let lags = shown.iter().filter(|rival| rival.verdict.is_ok());
        let lags: Vec<_> =
            lags.map(|rival| (catalogue.title(rival.item), &rival.lag_histogram[..])).collect();
        let svg = lag_svg(catalogue.title(item), &lags);
        replace_file(path, |file| Ok(file.write_all(svg.as_bytes())?))?;
    }
    if args.json {
        let value = json!({
            "item_id": catalogue.items().id(item),
            "title": catalogue.title(item),
            "rivals": shown.iter().map(|rival| rival_json(rival, catalogue)).collect::<Vec<_>>(),
        });
        serde_json::to_writer_pretty(&mut *out, &value)?;
        return Ok(writeln!(out)?);
    }
    writeln!(out, "{}", catalogue.title(item))?;
    for rival in shown {
        print_rival(rival, catalogue, out)?;
    }
    Ok(())
}

fn verdict(rival: &Rival) -> &'static str {
    match rival.verdict {
        Ok(kind) => kind.name(),
        Err(rejection) => rejection.name(),
    }
}

fn print_rival(rival: &Rival, catalogue: &Catalogue, out: &mut dyn Write) -> anyhow::Result<()> {
    let sign = if rival.verdict.is_ok() { "+" } else { "-" };
    writeln!(out, "{sign} {} ({})", catalogue.title(rival.item), verdict(rival))?;
    let price = rival.price_ratio.map_or_else(|| "not known".to_owned(), |ratio| format!("{ratio:.2}"));
    writeln!(
        out,
        "    {} customers; {} within the windows where {:.1} were to be expected, lift {:.2}, by chance {:.1e}, \
         which weighs {:.1} times for the categories",
        rival.customers, rival.counts[2], rival.expected[2], rival.lift, rival.tail, rival.weight
    )?;
    writeln!(
        out,
        "    later {} times, the other way round {}: z {:.1}; price ratio {price}; {:.0} % in the same order",
        rival.n_later,
        rival.n_reverse_later,
        rival.direction_z,
        100.0 * rival.same_order_share
    )?;
    if 0.0 < rival.returned_share {
        let share = 100.0 * rival.returned_share;
        writeln!(out, "    {} more brought it back: {share:.0} % of all who bought it so", rival.n_returned)?;
    }
    if rival.verdict.is_ok() {
        let most = rival.lag_histogram.iter().copied().max().unwrap_or(0).max(1);
        for (label, &count) in lag_labels().iter().zip(&rival.lag_histogram) {
            let width = (count as usize * BAR_WIDTH).div_ceil(most as usize);
            writeln!(out, "    {label:>12} {count:>6} {}", "█".repeat(width))?;
        }
    }
    Ok(())
}

fn rival_json(rival: &Rival, catalogue: &Catalogue) -> Value {
    json!({
        "item_id": catalogue.items().id(rival.item),
        "title": catalogue.title(rival.item),
        "verdict": verdict(rival),
        "is_accessory": rival.verdict.is_ok(),
        "score": rival.score,
        "customers": rival.customers,
        "counts": rival.counts,
        "expected": rival.expected,
        "lift": rival.lift,
        "tail": rival.tail,
        "weight": rival.weight,
        "n_later": rival.n_later,
        "n_reverse_later": rival.n_reverse_later,
        "direction_z": rival.direction_z,
        "price_ratio": rival.price_ratio,
        "same_order_share": rival.same_order_share,
        "median_lag_days": rival.median_lag_days,
        "n_returned": rival.n_returned,
        "returned_share": rival.returned_share,
        "lags": lag_labels().into_iter().zip(rival.lag_histogram).collect::<Vec<_>>(),
    })
}
