//! `erbij benchmark accessory`: what was found to belong to what, beside what was planted.

use std::io::Write;
use std::path::PathBuf;
use std::time::Instant;

use anyhow::Context;
use erbij_core::with_commas;
use erbij_evaluate::protocols::accessory::{
    AlternativeFigures, ChanceFigures, PairFigures, Within, judge_accessories, judge_alternatives,
    judge_chance, judge_rivals,
};
use erbij_models::{AccessoryParams, fit_accessory};
use serde_json::{Map, Value, json};

use crate::args::{AccessoryBenchmarkArgs, SourceArgs};
use crate::commands::sources::ingest;
use crate::commands::{planted, setting};
use crate::peak_memory::peak_rss_bytes;
use crate::progress::Reporter;
use crate::replace_file::replace_json;

pub(crate) fn run(
    args: &AccessoryBenchmarkArgs,
    reporter: &Reporter,
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    let params: AccessoryParams = setting::read(&args.set)?;
    let params = setting::checked(&args.set, params.check(), |error| error.name)?;
    let ingested = ingest(&sources(args)?, reporter)?;
    let planted = planted::items(&args.shop, &ingested)?;
    let (baskets, catalogue) = (&ingested.baskets, &ingested.catalogue);
    let began = Instant::now();
    let model = fit_accessory(&params, baskets, catalogue, reporter);
    let fit_seconds = began.elapsed().as_secs_f64();
    let peak = peak_rss_bytes();
    let figures = judge_accessories(&model, &planted, args.min_expected);
    reporter.finish();
    writeln!(
        out,
        "fitted on {} lines in {fit_seconds:.2} s: {} pairs of {} items",
        with_commas(baskets.n_lines() as u64),
        with_commas(figures.n_pairs as u64),
        with_commas(model.n_items() as u64),
    )?;
    print_figures("accessory", &figures, out)?;
    let rivals = judge_rivals(&params, baskets, &planted, figures.n_pairs, args.min_expected, reporter);
    reporter.finish();
    for (name, figures) in &rivals {
        print_figures(name, figures, out)?;
    }
    let alternatives = judge_alternatives(&model, &planted);
    print_alternatives(&alternatives, out)?;
    let mut chance = Map::new();
    for (within, name) in [(Within::All, "all"), (Within::Category, "within_category")] {
        let figures = judge_chance(&params, baskets, catalogue, within, args.seed, reporter);
        reporter.finish();
        print_chance(name, &figures, out)?;
        chance.insert(name.to_owned(), json!(figures));
    }
    if let Some(path) = &args.json {
        let mut report = json!({
            "n_lines": baskets.n_lines(),
            "n_items": model.n_items(),
            "fit_seconds": fit_seconds,
            "peak_rss_bytes": peak,
            "model_bytes": model.size_bytes(),
            "params": params.params(),
            "min_expected": args.min_expected,
            "alternatives": alternatives,
            "rivals": rivals,
            "shuffled": chance,
        });
        if let (Value::Object(report), Value::Object(figures)) = (&mut report, serde_json::to_value(figures)?)
        {
            report.extend(figures);
        }
        replace_json(path, &report)?;
    }
    Ok(())
}

fn sources(args: &AccessoryBenchmarkArgs) -> anyhow::Result<SourceArgs> {
    let text = |path: PathBuf| {
        let text = path.to_str().map(str::to_owned);
        text.with_context(|| format!("`{}` is not text: rename the folder", path.display()))
    };
    Ok(SourceArgs {
        orders: text(args.shop.join("orders.parquet"))?,
        items: Some(text(args.shop.join("items.parquet"))?),
        customers: None,
        events: None,
        config: None,
        now: None,
    })
}

fn percent(share: Option<f64>) -> String {
    share.map_or("–".to_owned(), |share| format!("{:.1} %", 100.0 * share))
}

/// A line of figures, and one a kind where the model says kinds.
fn print_figures(name: &str, figures: &PairFigures, out: &mut dyn Write) -> anyhow::Result<()> {
    writeln!(
        out,
        "{name:<22} precision {:>7}  recall {:>7} of {:<6} direction {:>7}  substitutes {:>7}",
        percent(figures.precision),
        percent(figures.recall),
        with_commas(figures.n_expected as u64),
        percent(figures.direction_right),
        percent(figures.substitutes_among),
    )?;
    for (kind, figures) in figures.by_kind.iter().filter(|_| name == "accessory") {
        writeln!(
            out,
            "  {kind:<20} {:>6} found  recall {:>7} of {:<6} kind right {:>7}",
            with_commas(figures.n_found as u64),
            percent(figures.recall),
            with_commas(figures.n as u64),
            percent(figures.kind_right),
        )?;
    }
    Ok(())
}

fn print_alternatives(figures: &AlternativeFigures, out: &mut dyn Write) -> anyhow::Result<()> {
    writeln!(
        out,
        "alternatives: {} pairs, precision {}, recall {} of {}; successors: {} of {} found, {} named, {} right",
        with_commas(figures.n_pairs as u64),
        percent(figures.precision),
        percent(figures.recall),
        with_commas(figures.n_substitutes as u64),
        percent(figures.successors_found),
        with_commas(figures.n_successors as u64),
        with_commas(figures.successors_named as u64),
        percent(figures.successors_right),
    )?;
    Ok(())
}

/// What is found where nothing is to be found.
fn print_chance(name: &str, figures: &ChanceFigures, out: &mut dyn Write) -> anyhow::Result<()> {
    writeln!(
        out,
        "shuffled, {name:<16} {:>7} pairs, of {:.2} % of items; {} alternatives",
        with_commas(figures.n_pairs as u64),
        100.0 * figures.share_of_items,
        with_commas(figures.n_alternatives as u64),
    )?;
    Ok(())
}
