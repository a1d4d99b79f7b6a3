//! `erbij benchmark`: published protocols, so that anybody can run them again.

use std::io::Write;
use std::path::Path;
use std::time::Instant;

use anyhow::{Context, bail};
use erbij_core::HistoryScorer;
use erbij_evaluate::{
    Interval, ItemCf, ItemCfParams, ListsSplit, MostPopular, NumberedLists, Resampling, incidence_of,
    judge_lists, means_with_intervals, parse_lists,
};
use erbij_models::{Incidence, PersonalKind};
use erbij_recipe::{CheckedRecipe, Recipe};
use erbij_train::fit_personal;
use serde_json::{Value, json};

use crate::args::CollaborativeArgs;
use crate::commands::setting;
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
    let model = Model::from_args(args)?;
    let split = ListsSplit::new(&read_lists(&args.train)?, &read_lists(&args.test)?)
        .with_context(|| format!("`{}` and `{}` are no split", args.train.display(), args.test.display()))?;
    let n_items = split.item_numbers.len();
    let began = Instant::now();
    let histories = incidence_of(&split.train, n_items);
    let (scorer, params) = model.fit(&histories, reporter)?;
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

/// A model and its checked parameters.
enum Model {
    Popularity,
    ItemCf(ItemCfParams),
    Personal(PersonalKind, Box<CheckedRecipe>),
}

impl Model {
    /// The model asked for. Nothing is read for it but a recipe, so what is wrong is told at once.
    fn from_args(args: &CollaborativeArgs) -> anyhow::Result<Self> {
        match args.model.as_str() {
            "popularity" => {
                if let Some(set) = args.set.first() {
                    bail!("`--set {set}`: popularity has nothing to set");
                }
                Ok(Self::Popularity)
            }
            "item_cf" => {
                let params: ItemCfParams = setting::read(&args.set)?;
                if !(1..=10_000).contains(&params.neighbours) {
                    bail!("`neighbours` is {}, expected 1 to 10000", params.neighbours);
                }
                Ok(Self::ItemCf(params))
            }
            model => {
                let kind = kind_of(model)?;
                let recipe = match &args.recipe {
                    Some(path) => read_recipe(Some(path))?.recipe().clone(),
                    None => Recipe::default(),
                };
                Ok(Self::Personal(kind, Box::new(setting::in_table(recipe, model, &args.set)?)))
            }
        }
    }

    /// Fits it; gives it with its parameters, defaults filled in.
    fn fit(
        &self,
        histories: &Incidence,
        reporter: &Reporter,
    ) -> anyhow::Result<(Box<dyn HistoryScorer>, Value)> {
        Ok(match self {
            Self::Popularity => (Box::new(MostPopular::new(histories)), json!({})),
            Self::ItemCf(params) => (Box::new(ItemCf::new(params, histories)), serde_json::to_value(params)?),
            Self::Personal(kind, recipe) => {
                let params = serde_json::to_value(recipe.recipe())?[kind.name()].take();
                (Box::new(fit_personal(*kind, recipe, histories, None, None, reporter)?), params)
            }
        })
    }
}

fn kind_of(model: &str) -> anyhow::Result<PersonalKind> {
    let kinds = PersonalKind::ALL;
    if let Some(kind) = kinds.into_iter().find(|kind| kind.name() == model) {
        return Ok(kind);
    }
    let known = || BASELINES.into_iter().chain(kinds.map(PersonalKind::name));
    let hint = match erbij_core::nearest(model, known()) {
        Some(nearest) => format!("did you mean `{nearest}`?"),
        None => format!("known are `{}`", known().collect::<Vec<_>>().join("`, `")),
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
