//! `erbij init`: a look at a shop's files, and how they are read written down.

use std::io::Write;
use std::path::Path;

use anyhow::{Context, bail};
use erbij_core::Progress;
use erbij_ingest::{Inspection, Settings};

use crate::args::{InitArgs, SourceArgs};
use crate::commands::sources;
use crate::progress::Reporter;
use crate::replace_file::replace_file;

pub(crate) fn run(args: &InitArgs, reporter: &Reporter, out: &mut dyn Write) -> anyhow::Result<()> {
    let sources = args.sources();
    write_settings(&sources, &args.config, reporter)?;
    let report = sources::check(&sources, reporter).with_context(|| {
        format!("`{}` is written, and with it the tables cannot be read", args.config.display())
    })?;
    reporter.finish();
    writeln!(out, "`{}` is written; with it this is the shop:\n", args.config.display())?;
    write!(out, "{report}")?;
    sources::refuse_nothing(&report)?;
    let given = given(&sources);
    writeln!(
        out,
        "\nare these the shop's own figures? If not, change `{}` and look again; then train:",
        args.config.display()
    )?;
    writeln!(out, "  erbij check {given}")?;
    writeln!(out, "  erbij train {given} --out tonight")?;
    writeln!(out, "  erbij publish tonight")?;
    Ok(())
}

/// Looks at the tables and writes down how they are read; an error where a column that is needed was not found.
pub(crate) fn write_settings(sources: &SourceArgs, path: &Path, reporter: &Reporter) -> anyhow::Result<()> {
    reporter.begin("looking at the tables", None, "");
    let found = erbij_ingest::inspect(&sources::sources(sources))?;
    reporter.finish();
    let text = found.settings_text(&given(sources), sources.config.as_deref());
    Settings::from_toml(&text).context("what was found cannot be written down as settings")?;
    replace_file(path, |file| Ok(file.write_all(text.as_bytes())?))?;
    refuse_missing(&found, path)
}

/// Says all that is missing at once.
fn refuse_missing(found: &Inspection, path: &Path) -> anyhow::Result<()> {
    let missing: Vec<String> = (found.tables.iter())
        .flat_map(|table| table.missing().map(|name| format!("`{name}` of {}", table.name)))
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    bail!(
        "`{path}` is written, but no column was found for {}; hint: fill in the lines in `{path}` that say so, then `erbij check --config {path} …`",
        missing.join(", "),
        path = path.display()
    )
}

/// The words that name the tables and the settings, as they are typed.
fn given(sources: &SourceArgs) -> String {
    let config = sources.config.as_ref().map(|path| path.display().to_string());
    let tables = [
        ("--config", config.as_ref()),
        ("--orders", Some(&sources.orders)),
        ("--items", sources.items.as_ref()),
        ("--customers", sources.customers.as_ref()),
        ("--events", sources.events.as_ref()),
    ];
    let words = tables.into_iter().filter_map(|(flag, path)| Some(format!("{flag} {}", typed(path?))));
    words.collect::<Vec<_>>().join(" ")
}

/// A path as a shell takes it.
fn typed(path: &str) -> String {
    let is_plain =
        |c: char| c.is_alphanumeric() || matches!(c, '/' | '.' | '_' | '-' | '=' | '+' | ':' | '@' | ',');
    if !path.is_empty() && path.chars().all(is_plain) {
        on_one_line(path)
    } else {
        format!("'{}'", on_one_line(path).replace('\'', "'\\''"))
    }
}

/// A path without what ends a line.
fn on_one_line(path: &str) -> String {
    path.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_told_as_a_shell_takes_them() {
        for (path, expected) in [
            ("a/b.csv", "a/b.csv"),
            ("a b.csv", "'a b.csv'"),
            ("o/*.csv", "'o/*.csv'"),
            ("it's", "'it'\\''s'"),
        ] {
            assert_eq!(typed(path), expected);
        }
    }
}
