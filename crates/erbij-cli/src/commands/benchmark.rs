//! `erbij benchmark`: published protocols, so that anybody can run them again.

use std::io::Write;
use std::path::Path;
use std::time::Instant;

use anyhow::{Context, bail};
use erbij_core::from_toml;
use erbij_evaluate::{
    Interval, ItemCf, ItemCfParams, ListsSplit, MostPopular, NumberedLists, Resampling, incidence_of,
    judge_lists, means_with_intervals, parse_lists,
};
use erbij_models::{HistoryScorer, Incidence, PersonalKind, Recipe, fit_personal};
use serde_json::{Value, json};

use crate::args::CollaborativeArgs;
use crate::commands::train::read_recipe;
use crate::peak_memory::peak_rss_bytes;
use crate::progress::{Reporter, with_commas};
use crate::replace_file::replace_json;

/// Models that only a benchmark knows.
const BASELINES: [&str; 2] = ["popularity", "item_cf"];

/// Resamples and seed of the intervals.
const RESAMPLING: Resampling = Resampling::with_seed(1);

pub(crate) fn collaborative(
    args: &CollaborativeArgs,
    reporter: &Reporter,
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    let split = ListsSplit::new(&read_lists(&args.train)?, &read_lists(&args.test)?)
        .with_context(|| format!("`{}` and `{}` are no split", args.train.display(), args.test.display()))?;
    let n_items = split.item_numbers.len();
    let began = Instant::now();
    let histories = incidence_of(&split.train, n_items);
    let (scorer, params) = fit(args, &histories, reporter)?;
    let train_seconds = began.elapsed().as_secs_f64();
    let peak = peak_rss_bytes();
    drop(histories);
    let values = judge_lists(&*scorer, &split.train, &split.test, n_items, args.k as usize, reporter);
    reporter.finish();
    let columns = [values.recall_at_k, values.ndcg_at_k].map(|values| values.into_iter().map(Some).collect());
    let columns: [Vec<Option<f64>>; 2] = columns;
    let intervals = means_with_intervals(&[&columns[0], &columns[1]], &RESAMPLING)
        .context("no customer of the test file has an item there")?;
    let outcome = Outcome {
        args,
        recall: intervals[0],
        ndcg: intervals[1],
        n_items,
        train_seconds,
        peak_rss_bytes: peak,
        model_bytes: scorer.size_bytes(),
        params,
    };
    outcome.print(out)?;
    if let Some(path) = &args.json {
        replace_json(path, &outcome.json())?;
    }
    Ok(())
}

pub(crate) fn read_lists(path: &Path) -> anyhow::Result<NumberedLists> {
    let text =
        std::fs::read_to_string(path).with_context(|| format!("reading `{}` failed", path.display()))?;
    parse_lists(&text).with_context(|| format!("`{}` is no file of lists", path.display()))
}

/// Fits the model asked for; gives it with its parameters, defaults filled in.
fn fit(
    args: &CollaborativeArgs,
    histories: &Incidence,
    reporter: &Reporter,
) -> anyhow::Result<(Box<dyn HistoryScorer>, Value)> {
    let model = args.model.as_str();
    match model {
        "popularity" => {
            if let Some(set) = args.set.first() {
                bail!("`--set {set}`: popularity has nothing to set");
            }
            Ok((Box::new(MostPopular::new(histories)), json!({})))
        }
        "item_cf" => {
            let params: ItemCfParams = from_toml(&args.set.join("\n")).context("`--set` is refused")?;
            if !(1..=10_000).contains(&params.neighbours) {
                bail!("`neighbours` is {}, expected 1 to 10000", params.neighbours);
            }
            let value = serde_json::to_value(&params)?;
            Ok((Box::new(ItemCf::new(&params, histories)), value))
        }
        _ => {
            let kinds = PersonalKind::ALL;
            let Some(kind) = kinds.into_iter().find(|kind| kind.name() == model) else {
                let known = || BASELINES.into_iter().chain(kinds.map(PersonalKind::name));
                let hint = match erbij_core::nearest(model, known()) {
                    Some(nearest) => format!("did you mean `{nearest}`?"),
                    None => format!("known are `{}`", known().collect::<Vec<_>>().join("`, `")),
                };
                bail!("unknown model `{model}`; {hint}");
            };
            let recipe = match &args.recipe {
                Some(path) => read_recipe(Some(path))?.recipe().clone(),
                None => Recipe::default(),
            };
            let recipe = with_settings(recipe, model, &args.set)?.check()?;
            let params = serde_json::to_value(recipe.recipe())?[model].take();
            Ok((Box::new(fit_personal(kind, &recipe, histories, None, reporter)?), params))
        }
    }
}

/// The recipe with `key=value` settings in one of its tables.
pub(crate) fn with_settings(recipe: Recipe, table: &str, settings: &[String]) -> anyhow::Result<Recipe> {
    if settings.is_empty() {
        return Ok(recipe);
    }
    let text = format!("[{table}]\n{}", settings.join("\n"));
    // Read alone first, so that an error speaks of what was said and not of a merged text.
    Recipe::parse(&text).context("`--set` is refused")?;
    let mut merged = toml::Value::try_from(&recipe)?;
    let set: toml::Table = toml::from_str(&text)?;
    let keys = set.into_iter().flat_map(|(_, values)| values.as_table().cloned().unwrap_or_default());
    let of_table = merged.get_mut(table).and_then(toml::Value::as_table_mut);
    of_table.context("the model has no table in a recipe")?.extend(keys);
    Recipe::parse(&toml::to_string(&merged)?).context("`--set` is refused")
}

struct Outcome<'a> {
    args: &'a CollaborativeArgs,
    recall: Interval,
    ndcg: Interval,
    n_items: usize,
    train_seconds: f64,
    peak_rss_bytes: Option<u64>,
    model_bytes: usize,
    params: Value,
}

impl Outcome<'_> {
    fn print(&self, out: &mut dyn Write) -> anyhow::Result<()> {
        let k = self.args.k;
        writeln!(
            out,
            "{}, {} customers judged, {} items",
            self.args.model,
            with_commas(self.recall.n as u64),
            with_commas(self.n_items as u64)
        )?;
        for (name, interval) in [("Recall", &self.recall), ("NDCG", &self.ndcg)] {
            let Interval { mean, low, high, .. } = interval;
            writeln!(out, "  {:<12} {mean:.5}  (95 %: {low:.5} to {high:.5})", format!("{name}@{k}"))?;
        }
        writeln!(out, "  {:<12} {:.1} s", "training", self.train_seconds)?;
        if let Some(bytes) = self.peak_rss_bytes {
            writeln!(out, "  {:<12} {} MB", "peak memory", with_commas(bytes / 1_000_000))?;
        }
        writeln!(out, "  {:<12} {:.1} MB", "model", self.model_bytes as f64 / 1e6)?;
        writeln!(out, "  {:<12} {}", "parameters", self.params)?;
        Ok(())
    }

    fn json(&self) -> Value {
        json!({
            "model": self.args.model,
            "k": self.args.k,
            "recall_at_k": self.recall.mean,
            "recall_at_k_interval": [self.recall.low, self.recall.high],
            "ndcg_at_k": self.ndcg.mean,
            "ndcg_at_k_interval": [self.ndcg.low, self.ndcg.high],
            "n_customers": self.recall.n,
            "n_items": self.n_items,
            "train_seconds": self.train_seconds,
            "peak_rss_bytes": self.peak_rss_bytes,
            "model_bytes": self.model_bytes,
            "params": self.params,
        })
    }
}
