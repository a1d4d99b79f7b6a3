//! The shop's rules: beside the recipe when an artifact is trained, or from a file of their own when it is asked.

use std::path::Path;

use anyhow::Context;
use erbij_engine::Engine;
use erbij_rules::CheckedRuleBook;

use crate::commands::known::note;

/// The file beside a recipe.
pub(crate) const RULES_FILE: &str = "rules.toml";

/// Reads and checks rules.
pub(crate) fn read(path: &Path) -> anyhow::Result<(String, CheckedRuleBook)> {
    let text = std::fs::read_to_string(path)
        .with_context(|| format!("reading the rules in `{}` failed", path.display()))?;
    let book = CheckedRuleBook::read(&text).with_context(|| format!("`{}` is refused", path.display()))?;
    Ok((text, book))
}

/// An engine with the rules of a file, or else with those the artifact was trained beside.
pub(crate) fn with_rules(engine: Engine, of_artifact: &str, file: Option<&Path>) -> anyhow::Result<Engine> {
    let book = match file {
        Some(path) => read(path)?.1,
        None => CheckedRuleBook::read(of_artifact)
            .context("the artifact's rules cannot be read; hint: `--rules FILE` goes before them")?,
    };
    let engine = engine.with_rules(&book);
    for rule in engine.rules().idle() {
        note(&rule.idle_note());
    }
    Ok(engine)
}
