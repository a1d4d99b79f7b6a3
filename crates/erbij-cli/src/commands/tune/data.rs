//! Reads what trials are fitted to and judged by.

use anyhow::{Context, bail};
use erbij_core::TrainingData;
use erbij_evaluate::{hold_out_of_lists, metrics::Metric, tuning::Search, tuning::TuningData};
use erbij_ingest::Ingested;
use erbij_recipe::CheckedRecipe;

use crate::args::TuneArgs;
use crate::commands::benchmark::read_lists;
use crate::commands::sources;
use crate::progress::Reporter;

/// Reads and splits what the command names.
pub(super) fn open(
    args: &TuneArgs,
    recipe: &CheckedRecipe,
    search: &Search,
    reporter: &Reporter,
) -> anyhow::Result<TuningData> {
    let Some(path) = &args.lists else { return from_orders(args, reporter) };
    let metric = search.metric();
    if !matches!(metric.metric, Metric::Recall | Metric::Ndcg) {
        bail!(
            "`metric` is `{metric}`; with `--lists` it can be `recall_at_{k}` or `ndcg_at_{k}`",
            k = metric.k
        );
    }
    let model = recipe.personal().models[0].name();
    let mut keys = search.params().space.keys();
    if let Some(key) = keys.find(|key| key.split('.').next() != Some(model)) {
        bail!(
            "`{key}` changes nothing here: with `--lists` only `{model}`, the recipe's first personal model, is trained"
        );
    }
    let (how, held_share) = (args.hold_out, args.hold_out_share);
    let split = hold_out_of_lists(&read_lists(path)?, how, held_share, args.seed);
    let split = split.with_context(|| format!("`{}` cannot be split", path.display()))?;
    Ok(TuningData::Lists { split: Box::new(split), how, held_share })
}

fn from_orders(args: &TuneArgs, reporter: &Reporter) -> anyhow::Result<TuningData> {
    let source = args.sources().context("neither `--orders` nor `--lists` is given")?;
    let Ingested { baskets, events, stated, customers, catalogue, .. } = sources::ingest(&source, reporter)?;
    let data = TrainingData { baskets, events, stated, customers, catalogue };
    let split = TuningData::of_orders(data, args.horizon_days, source.items.is_some());
    split.with_context(|| format!("`{}` cannot be split", source.orders))
}
