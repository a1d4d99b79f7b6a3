//! `erbij benchmark accessory`: what was found to belong to what, beside what was planted.

mod pairs;
mod shuffle;
mod truth;

use std::io::Write;
use std::path::PathBuf;
use std::time::Instant;

use anyhow::Context;
use erbij_core::ItemIdx;
use erbij_ingest::Ingested;
use erbij_models::{
    Accessory, AccessoryParams, AffinityMeasure, AffinityParams, CheckedAccessoryParams, CountBy,
    fit_accessory, fit_affinity,
};
use serde_json::{Map, Value, json};

use self::pairs::{Pair, alternatives_json, judge, print_alternatives, print_figures};
use self::shuffle::{Within, shuffled};
use self::truth::Truth;
use crate::args::{AccessoryBenchmarkArgs, SourceArgs};
use crate::commands::setting;
use crate::commands::sources::ingest;
use crate::peak_memory::peak_rss_bytes;
use crate::progress::{Reporter, with_commas};
use crate::replace_file::replace_json;

/// Measures that give as many pairs.
const RIVALS: [(AffinityMeasure, &str); 4] = [
    (AffinityMeasure::Cosine, "cosine"),
    (AffinityMeasure::Lift, "lift"),
    (AffinityMeasure::Llr, "llr"),
    (AffinityMeasure::Confidence, "confidence"),
];

pub(crate) fn run(
    args: &AccessoryBenchmarkArgs,
    reporter: &Reporter,
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    let params: AccessoryParams = setting::read(&args.set)?;
    let params = setting::checked(&args.set, params.check(), |error| error.name)?;
    let ingested = ingest(&sources(args)?, reporter)?;
    let truth = Truth::read(&args.shop, &ingested)?;
    let began = Instant::now();
    let model = fit_accessory(&params, &ingested.baskets, &ingested.catalogue, reporter);
    let fit_seconds = began.elapsed().as_secs_f64();
    let peak = peak_rss_bytes();
    let found = pairs_of(&model);
    reporter.finish();
    writeln!(
        out,
        "fitted on {} lines in {fit_seconds:.2} s: {} pairs of {} items",
        with_commas(ingested.baskets.n_lines() as u64),
        with_commas(found.len() as u64),
        with_commas(model.n_items() as u64),
    )?;
    let figures = judge(&found, &truth, args.min_expected);
    print_figures("accessory", &figures, out)?;
    let rivals = judge_rivals(&params, &ingested, &truth, found.len(), args.min_expected, reporter);
    reporter.finish();
    for (name, figures) in &rivals {
        print_figures(name, figures, out)?;
    }
    let alternatives = alternatives_json(&model, &truth);
    print_alternatives(&alternatives, out)?;
    let chance = chance(args, &params, &ingested, reporter, out)?;
    if let Some(path) = &args.json {
        let mut report = json!({
            "n_lines": ingested.baskets.n_lines(),
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
        if let (Value::Object(report), Value::Object(figures)) = (&mut report, figures) {
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

/// Every pair the model publishes.
fn pairs_of(model: &Accessory) -> Vec<Pair> {
    let of_item = |anchor: u32| {
        model.accessories(ItemIdx::new(anchor)).map(move |accessory| Pair {
            anchor,
            item: accessory.item.get(),
            score: accessory.score,
            kind: Some(accessory.kind.name()),
        })
    };
    (0..model.n_items() as u32).flat_map(of_item).collect()
}

/// As many pairs by other measures.
fn judge_rivals(
    params: &CheckedAccessoryParams,
    ingested: &Ingested,
    truth: &Truth,
    n_pairs: usize,
    min_expected: f64,
    reporter: &Reporter,
) -> Map<String, Value> {
    let ours = params.params();
    let mut rivals = Map::new();
    for (count_by, window_days, by) in
        [(CountBy::Basket, None, "basket"), (CountBy::Customer, Some(ours.window_days), "customer")]
    {
        for (measure, name) in RIVALS {
            let params = AffinityParams {
                count_by,
                window_days,
                measure,
                min_cooccurrence: ours.min_customers,
                min_customers: ours.min_customers,
                min_llr: 0.0,
                max_basket_items: ours.max_basket_items,
                ..AffinityParams::default()
            };
            let params = params.check().expect("only the measure differs from the default");
            let model = fit_affinity(&params, &ingested.baskets, reporter);
            let of_item = |anchor: u32| {
                model.related(ItemIdx::new(anchor)).map(move |related| Pair {
                    anchor,
                    item: related.item.get(),
                    score: related.score,
                    kind: None,
                })
            };
            let mut pairs: Vec<Pair> = (0..ingested.catalogue.len() as u32).flat_map(of_item).collect();
            let by_score = |a: &Pair, b: &Pair| {
                b.score.total_cmp(&a.score).then_with(|| (a.anchor, a.item).cmp(&(b.anchor, b.item)))
            };
            pairs.sort_unstable_by(by_score);
            pairs.truncate(n_pairs);
            rivals.insert(format!("{name}_by_{by}"), judge(&pairs, truth, min_expected));
        }
    }
    rivals
}

/// What is found where nothing is to be found.
fn chance(
    args: &AccessoryBenchmarkArgs,
    params: &CheckedAccessoryParams,
    ingested: &Ingested,
    reporter: &Reporter,
    out: &mut dyn Write,
) -> anyhow::Result<Value> {
    let catalogue = &ingested.catalogue;
    let mut figures = Map::new();
    for (within, name) in [(Within::All, "all"), (Within::Category, "within_category")] {
        let baskets = shuffled(&ingested.baskets, catalogue, within, args.seed);
        let model = fit_accessory(params, &baskets, catalogue, reporter);
        reporter.finish();
        let items = || (0..model.n_items() as u32).map(ItemIdx::new);
        let n_with = items().filter(|&item| 0 < model.accessories(item).len()).count();
        let n_pairs = model.columns().rows.n_values();
        let n_alternatives = model.columns().alternative_rows.n_values();
        let share = n_with as f64 / (model.n_items() as f64).max(1.0);
        writeln!(
            out,
            "shuffled, {name:<16} {:>7} pairs, of {:.2} % of items; {} alternatives",
            with_commas(n_pairs as u64),
            100.0 * share,
            with_commas(n_alternatives as u64),
        )?;
        let of_name = json!({
            "n_pairs": n_pairs,
            "share_of_items": share,
            "n_alternatives": n_alternatives,
        });
        figures.insert(name.to_owned(), of_name);
    }
    Ok(Value::Object(figures))
}
