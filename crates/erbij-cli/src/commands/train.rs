//! `erbij train`: from tables to an artifact.

use std::io::Write;
use std::path::Path;

use anyhow::Context;
use erbij_artifact::{DataWindow, Manifest, TrainingSummary, data_fingerprint};
use erbij_core::Progress;
use erbij_ingest::{IngestReport, Ingested};
use erbij_models::{CheckedRecipe, Recipe, TrainingData};

use crate::args::{SourceArgs, TrainArgs};
use crate::commands::sources;
use crate::progress::Reporter;

pub(crate) fn run(args: &TrainArgs, reporter: &Reporter, out: &mut dyn Write) -> anyhow::Result<()> {
    let recipe = read_recipe(args.recipe.as_deref())?;
    let manifest = train(&recipe, &args.sources, &args.out, reporter)?;
    reporter.finish();
    writeln!(out, "{}", manifest.artifact_id)?;
    Ok(())
}

pub(crate) fn read_recipe(path: Option<&Path>) -> anyhow::Result<CheckedRecipe> {
    let Some(path) = path else {
        return Ok(Recipe::default().check()?);
    };
    let text = std::fs::read_to_string(path)
        .with_context(|| format!("reading recipe `{}` failed", path.display()))?;
    let checked = Recipe::parse(&text).map_err(anyhow::Error::from).and_then(|recipe| Ok(recipe.check()?));
    checked.with_context(|| format!("recipe `{}` is refused", path.display()))
}

/// Trains a recipe on tables and writes the artifact to `dir`.
pub(crate) fn train(
    recipe: &CheckedRecipe,
    sources: &SourceArgs,
    dir: &Path,
    reporter: &Reporter,
) -> anyhow::Result<Manifest> {
    let Ingested { baskets, events, stated, customers, catalogue, report } =
        sources::ingest(sources, reporter)?;
    let data = TrainingData { baskets, events, stated, customers, catalogue };
    reporter.begin("taking the fingerprint of the data", None, "");
    let training = summarise(&report, data_fingerprint(&data));
    let model_set = erbij_evaluate::train(recipe, data, reporter).with_context(|| {
        format!("`{}` cannot be trained on; `erbij check` says what became of its rows", sources.orders)
    })?;
    reporter.begin("writing the artifact", None, "");
    let manifest = erbij_artifact::write(&model_set, &training, env!("CARGO_PKG_VERSION"), dir)?;
    Ok(manifest)
}

fn summarise(report: &IngestReport, data_fingerprint: String) -> TrainingSummary {
    let orders = &report.tables["orders"];
    TrainingSummary {
        data_fingerprint,
        dropped: orders.dropped.iter().map(|(&reason, &rows)| (reason.to_owned(), rows)).collect(),
        n_baskets: report.n_baskets,
        n_guest_baskets: report.n_guest_baskets,
        rows_read: orders.rows_read,
        rows_used: orders.rows_used,
        window: report.window.as_ref().map(|window| DataWindow { from: window.from, to: window.to }),
        ..TrainingSummary::default()
    }
}
