//! `erbij train`: from tables to an artifact.

use std::io::Write;
use std::path::Path;

use anyhow::Context;
use erbij_artifact::{DataWindow, Manifest, TrainingSummary, data_fingerprint};
use erbij_core::{Catalogue, Progress, TrainingData};
use erbij_ingest::{IngestReport, Ingested};
use erbij_models::PrivacyFloor;
use erbij_people::NeedMapping;
use erbij_recipe::{CheckedRecipe, Recipe};
use serde::Deserialize;

use crate::args::{SourceArgs, TrainArgs};
use crate::commands::rules::{self, RULES_FILE};
use crate::commands::sources;
use crate::progress::Reporter;

/// The file beside a recipe that says what is one need, where there are too many to stand in the recipe.
const NEEDS_FILE: &str = "needs.toml";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NeedsFile {
    needs: Vec<NeedMapping>,
}

pub(crate) fn run(args: &TrainArgs, reporter: &Reporter, out: &mut dyn Write) -> anyhow::Result<()> {
    let recipe = read_recipe(args.recipe.as_deref())?;
    let beside =
        args.recipe.as_deref().map(|path| path.with_file_name(RULES_FILE)).filter(|path| path.is_file());
    let rules = match args.rules.as_ref().or(beside.as_ref()) {
        Some(path) => rules::read(path)?.0,
        None => String::new(),
    };
    let manifest = train(&recipe, rules, &args.sources, &args.out, reporter)?;
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
    let refused = || format!("recipe `{}` is refused", path.display());
    let mut recipe = Recipe::parse(&text).with_context(refused)?;
    let mapping = path.with_file_name(NEEDS_FILE);
    if mapping.is_file() {
        recipe.ownership.needs.extend(read_needs(&mapping)?);
    }
    recipe.check().with_context(refused)
}

/// What else than a leaf category is one need, from its own file.
fn read_needs(path: &Path) -> anyhow::Result<Vec<NeedMapping>> {
    let text = std::fs::read_to_string(path)
        .with_context(|| format!("reading the needs in `{}` failed", path.display()))?;
    let file: NeedsFile =
        erbij_core::from_toml(&text).with_context(|| format!("`{}` is refused", path.display()))?;
    Ok(file.needs)
}

/// Tells which categories and items the needs name and the catalogue lacks: a word misspelt maps nothing.
fn tell_unmatched(recipe: &CheckedRecipe, catalogue: &Catalogue, reporter: &Reporter) {
    for (need, kind, name) in recipe.ownership().unmatched(catalogue) {
        reporter.note(&format!("need `{need}` names the {kind} `{name}`, which the catalogue has not"));
    }
    for (category, share) in recipe.ownership().too_wide(catalogue) {
        reporter.note(&format!(
            "category `{category}` holds {:.0} % of all products and is no need (`ownership.max_catalogue_share`)",
            100.0 * share
        ));
    }
    for category in PrivacyFloor::new(recipe.privacy(), catalogue).unknown_categories() {
        reporter
            .note(&format!("`privacy.sensitive_categories` names `{category}`, which the catalogue has not"));
    }
}

/// Trains a recipe on tables and writes the artifact to `dir`, with the rules that were checked.
pub(crate) fn train(
    recipe: &CheckedRecipe,
    rules: String,
    sources: &SourceArgs,
    dir: &Path,
    reporter: &Reporter,
) -> anyhow::Result<Manifest> {
    let Ingested { baskets, events, stated, customers, catalogue, report, .. } =
        sources::ingest(sources, reporter)?;
    tell_unmatched(recipe, &catalogue, reporter);
    rules::tell_over(&rules, &catalogue, sources::now(sources))?;
    let data = TrainingData { baskets, events, stated, customers, catalogue };
    reporter.begin("taking the fingerprint of the data", None, "");
    let training = TrainingSummary { rules, ..summarise(&report, data_fingerprint(&data)) };
    let model_set = erbij_train::train(recipe, data, reporter).with_context(|| {
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
