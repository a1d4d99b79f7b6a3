//! `erbij publish`, `rollback`, `list`, `inspect` and `diff`: the life of artifacts.

use std::io::Write;

use erbij_artifact::{GenerationRef, Manifest, Outcome, PublishOptions, Published, Store};
use erbij_core::with_commas;
use serde::Serialize;

use crate::args::{DiffArgs, InspectArgs, ListArgs, PublishArgs, RollbackArgs};
use crate::clock;
use crate::commands::guard_slates::guard_slates;
use crate::commands::{open, rules};

fn print_json(value: &impl Serialize, out: &mut dyn Write) -> anyhow::Result<()> {
    serde_json::to_writer_pretty(&mut *out, value)?;
    writeln!(out)?;
    Ok(())
}

pub(crate) fn publish(args: &PublishArgs, out: &mut dyn Write) -> anyhow::Result<()> {
    let options = PublishOptions { keep: args.keep, force: args.force, dry_run: args.dry_run };
    let published = Store::at(&args.store.store).publish_guarded(&args.artifact, options, &|artifact| {
        let now = clock::now();
        let slates = guard_slates(artifact, now);
        rules::guard_pages(artifact, now).into_iter().chain(slates).collect()
    })?;
    if args.json {
        print_json(&published, out)?;
    } else {
        say_published(&published, out)?;
    }
    if published.outcome == Outcome::WouldRefuse {
        anyhow::bail!("it would be refused; hint: look into it, or publish with `--force`");
    }
    Ok(())
}

fn say_published(published: &Published, out: &mut dyn Write) -> anyhow::Result<()> {
    let Published { artifact_id, number, previous, .. } = published;
    let what = match published.outcome {
        Outcome::Published => "is current now",
        Outcome::AlreadyCurrent => "was current already; nothing was done",
        Outcome::WouldPublish => "would become current",
        Outcome::WouldRefuse => "would be refused",
    };
    writeln!(out, "generation {number} {what}: artifact {artifact_id}")?;
    if let Some(previous) = previous.filter(|previous| previous != number) {
        writeln!(out, "before it: generation {previous}; `erbij rollback` returns to it")?;
    }
    for guard in published.guards.iter().filter(|guard| !guard.passed) {
        let current =
            guard.current.map_or_else(String::new, |current| format!(", live {}", with_commas(current)));
        writeln!(out, "guard {}: {}{current}; {}", guard.guard, with_commas(guard.candidate), guard.rule)?;
    }
    for remark in published.not_compared.iter().chain(&published.not_pruned) {
        writeln!(out, "note: {remark}")?;
    }
    Ok(())
}

pub(crate) fn rollback(args: &RollbackArgs, out: &mut dyn Write) -> anyhow::Result<()> {
    let to = args.to.as_deref().map(str::parse::<GenerationRef>).transpose().map_err(anyhow::Error::msg)?;
    let rolled_back = Store::at(&args.store.store).rollback(to.as_ref())?;
    if args.json {
        return print_json(&rolled_back, out);
    }
    let to = &rolled_back.to;
    writeln!(out, "generation {} is current now: artifact {}", to.number, to.manifest.artifact_id)?;
    for skipped in &rolled_back.skipped {
        writeln!(out, "note: generation {skipped} does not open and was passed over")?;
    }
    Ok(())
}

pub(crate) fn list(args: &ListArgs, out: &mut dyn Write) -> anyhow::Result<()> {
    let contents = Store::at(&args.store.store).contents()?;
    if args.json {
        return print_json(&contents.generations, out);
    }
    if contents.generations.is_empty() {
        writeln!(out, "nothing is published in `{}`", args.store.store.display())?;
    }
    for generation in &contents.generations {
        let Manifest { artifact_id, recipe, counts, cutoff, .. } = &generation.manifest;
        let mark = if generation.is_current { "*" } else { " " };
        writeln!(
            out,
            "{mark} {:>6}  {}  {:<12}  until {}  {:>10} items  {:>10} customers",
            generation.number,
            artifact_id.get(..12).unwrap_or(artifact_id),
            recipe.name,
            cutoff.day(),
            with_commas(counts.n_items),
            with_commas(counts.n_customers),
        )?;
    }
    for damaged in &contents.damaged {
        writeln!(out, "! {:>6}  damaged: {}", damaged.number, damaged.error)?;
    }
    Ok(())
}

pub(crate) fn inspect(args: &InspectArgs, out: &mut dyn Write) -> anyhow::Result<()> {
    let dir = open::artifact_dir(args.artifact.as_deref(), &args.store)?;
    let manifest = erbij_artifact::read_manifest(&dir)?;
    if args.json {
        out.write_all(manifest.to_json().as_bytes())?;
        return Ok(());
    }
    erbij_artifact::verify(&dir)?;
    let Manifest { counts, training, .. } = &manifest;
    writeln!(out, "artifact      {}", manifest.artifact_id)?;
    writeln!(out, "folder        {}", dir.display())?;
    writeln!(out, "recipe        {}", manifest.recipe.name)?;
    writeln!(
        out,
        "written by    erbij {}, format {}.{}",
        manifest.code_version, manifest.format.major, manifest.format.minor
    )?;
    if let Some(window) = training.window {
        writeln!(out, "purchases     {} to {}", window.from, window.to)?;
    }
    let share = 100.0 * training.rows_used as f64 / training.rows_read.max(1) as f64;
    writeln!(
        out,
        "order lines   {} read, {} used ({share:.1} %)",
        with_commas(training.rows_read),
        with_commas(training.rows_used)
    )?;
    for (reason, &rows) in &training.dropped {
        writeln!(out, "              {} dropped: {reason}", with_commas(rows))?;
    }
    writeln!(
        out,
        "baskets       {}, of guests {}",
        with_commas(training.n_baskets),
        with_commas(training.n_guest_baskets)
    )?;
    writeln!(out, "items         {}", with_commas(counts.n_items))?;
    writeln!(out, "customers     {}", with_commas(counts.n_customers))?;
    writeln!(out, "purchases     {} of an item by a customer", with_commas(counts.n_purchases))?;
    writeln!(out, "affinity      {} pairs", with_commas(counts.n_affinity_pairs))?;
    writeln!(out, "personal      {} weights", with_commas(counts.n_personal_weights))?;
    for (name, file) in &manifest.files {
        writeln!(
            out,
            "file          {name:<18} {:>14} bytes, blake3 as stated",
            with_commas(file.size_bytes)
        )?;
    }
    Ok(())
}

pub(crate) fn diff(args: &DiffArgs, out: &mut dyn Write) -> anyhow::Result<()> {
    let (old, new) = match args.artifacts.as_slice() {
        [old, new] => (Some(old.as_path()), new),
        [new] => (None, new),
        _ => anyhow::bail!("one or two artifacts are compared"),
    };
    let old = open::artifact(old, &args.store)?;
    let new = open::artifact(Some(new), &args.store)?;
    let diff = erbij_artifact::diff(&old, &new, args.n);
    if args.json {
        return print_json(&diff, out);
    }
    write!(out, "{diff}")?;
    Ok(())
}
