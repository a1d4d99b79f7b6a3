//! The shop's rules: beside the recipe when an artifact is trained, or from a file of their own when it is asked.

use std::path::Path;
use std::sync::Arc;

use anyhow::Context;
use erbij_artifact::{Artifact, GuardResult};
use erbij_core::{Catalogue, Timestamp};
use erbij_engine::Engine;
use erbij_rules::{CheckedRuleBook, Columns, CompiledRules, Emptied};

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

/// Tells what rules over a catalogue are idle, and which pages they leave empty, before anything is served.
pub(crate) fn tell_over(rules: &str, catalogue: &Catalogue, now: Timestamp) -> anyhow::Result<()> {
    let book = CheckedRuleBook::read(rules).context("the rules are refused")?;
    if !book.is_empty() {
        tell(&book.compile(&Arc::new(Columns::new(catalogue))), catalogue, now);
    }
    Ok(())
}

fn tell(rules: &CompiledRules, catalogue: &Catalogue, now: Timestamp) {
    for rule in rules.idle() {
        note(&rule.idle_note());
    }
    for emptied in rules.emptied(catalogue, now) {
        note(&emptied.note());
    }
}

/// Refuses an artifact whose rules leave every page of every placement empty, and tells where they leave some so.
pub(crate) fn guard_pages(artifact: &Artifact, now: Timestamp) -> Vec<GuardResult> {
    // What cannot be read was refused when it was trained, and is told by whoever serves it.
    let Ok(book) = CheckedRuleBook::read(&artifact.manifest.training.rules) else { return Vec::new() };
    if book.is_empty() {
        return Vec::new();
    }
    let catalogue = &artifact.model_set.catalogue;
    let emptied = book.compile(&Arc::new(Columns::new(catalogue))).emptied(catalogue, now);
    emptied.iter().for_each(|emptied| note(&emptied.note()));
    let of_now = emptied.iter().filter(|emptied| emptied.from.is_none());
    vec![GuardResult {
        guard: "placements that rules leave empty",
        candidate: of_now.map(|emptied| emptied.placements.len() as u64).sum(),
        current: None,
        rule: "below 5: every slate is empty",
        passed: !Emptied::is_every_page(&emptied),
    }]
}

/// An engine with the rules of a file, or else with those the artifact was trained beside.
pub(crate) fn with_rules(
    engine: Engine,
    of_artifact: &str,
    file: Option<&Path>,
    now: Timestamp,
) -> anyhow::Result<Engine> {
    let book = match file {
        Some(path) => read(path)?.1,
        None => CheckedRuleBook::read(of_artifact)
            .context("the artifact's rules cannot be read; hint: `--rules FILE` goes before them")?,
    };
    let engine = engine.with_rules(&book);
    tell(engine.rules(), &engine.models().catalogue, now);
    Ok(engine)
}
