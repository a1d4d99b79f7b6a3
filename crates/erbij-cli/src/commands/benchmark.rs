//! `erbij benchmark`: published protocols, so that anybody can run them again.

use std::io::Write;
use std::path::Path;
use std::time::Instant;

use anyhow::{Context, bail};
use erbij_core::with_commas;
use erbij_evaluate::protocols::collaborative::{CollaborativeModel, judge_lists};
use erbij_evaluate::{
    Interval, ItemCfParams, ListsSplit, NumberedLists, Resampling, incidence_of, parse_lists,
};
use erbij_models::PersonalKind;
use erbij_recipe::Recipe;
use serde_json::{Value, json};

use crate::args::CollaborativeArgs;
use crate::commands::setting;
use crate::commands::train::read_recipe;
use crate::peak_memory::peak_rss_bytes;
use crate::progress::Reporter;
use crate::replace_file::replace_json;

/// Resamples and seed of the intervals.
const RESAMPLING: Resampling = Resampling::with_seed(1);

pub(crate) fn collaborative(
    args: &CollaborativeArgs,
    reporter: &Reporter,
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    let model = model(args)?;
    let split = ListsSplit::new(&read_lists(&args.train)?, &read_lists(&args.test)?)
        .with_context(|| format!("`{}` and `{}` are no split", args.train.display(), args.test.display()))?;
    let n_items = split.item_numbers.len();
    let began = Instant::now();
    let histories = incidence_of(&split.train, n_items);
    let scorer = model.fit(&histories, reporter)?;
    let train_seconds = began.elapsed().as_secs_f64();
    let peak = peak_rss_bytes();
    drop(histories);
    let values = judge_lists(&*scorer, &split.train, &split.test, n_items, args.k as usize, reporter);
    reporter.finish();
    let [recall, ndcg] =
        values.intervals(&RESAMPLING).context("no customer of the test file has an item there")?;
    let outcome = Outcome {
        args,
        recall,
        ndcg,
        n_items,
        train_seconds,
        peak_rss_bytes: peak,
        model_bytes: scorer.size_bytes(),
        params: model.params()?,
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

/// The model asked for. Nothing is read for it but a recipe, so what is wrong is told at once.
fn model(args: &CollaborativeArgs) -> anyhow::Result<CollaborativeModel> {
    match args.model.as_str() {
        "popularity" => {
            if let Some(set) = args.set.first() {
                bail!("`--set {set}`: popularity has nothing to set");
            }
            Ok(CollaborativeModel::Popularity)
        }
        "item_cf" => {
            let params: ItemCfParams = setting::read(&args.set)?;
            if !(1..=10_000).contains(&params.neighbours) {
                bail!("`neighbours` is {}, expected 1 to 10000", params.neighbours);
            }
            Ok(CollaborativeModel::ItemCf(params))
        }
        model => {
            let kind = kind_of(model)?;
            let recipe = match &args.recipe {
                Some(path) => read_recipe(Some(path))?.recipe().clone(),
                None => Recipe::default(),
            };
            let recipe = setting::in_table(recipe, model, &args.set)?;
            Ok(CollaborativeModel::Personal(kind, Box::new(recipe)))
        }
    }
}

fn kind_of(model: &str) -> anyhow::Result<PersonalKind> {
    if let Some(kind) = PersonalKind::ALL.into_iter().find(|kind| kind.name() == model) {
        return Ok(kind);
    }
    let hint = match erbij_core::nearest(model, CollaborativeModel::names()) {
        Some(nearest) => format!("did you mean `{nearest}`?"),
        None => {
            let known: Vec<&str> = CollaborativeModel::names().collect();
            format!("known are `{}`", known.join("`, `"))
        }
    };
    bail!("unknown model `{model}`; {hint}")
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
