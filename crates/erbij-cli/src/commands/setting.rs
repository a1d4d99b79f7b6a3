//! `--set KEY=VALUE`, which may be said several times. Each is read by itself, so that an error names the one it is about.

use std::collections::BTreeSet;
use std::io::Write;

use anyhow::{Context, bail};
use erbij_core::{Choice, TomlError, from_toml};
use erbij_recipe::{CheckedRecipe, Recipe, RecipeError};
use serde::de::DeserializeOwned;

/// Prints what the fit chose of what nobody set.
pub(crate) fn print_choices(choices: &[Choice], out: &mut dyn Write) -> anyhow::Result<()> {
    choices.iter().try_for_each(|choice| writeln!(out, "  {:<12} {choice}", "chosen"))?;
    Ok(())
}

/// `KEY=auto` stands for `KEY="auto"`: no other text can be meant.
fn quoted(settings: &[String]) -> Vec<String> {
    let quoted = |setting: &String| match setting.split_once('=') {
        Some((key, value)) if value.trim() == "auto" => format!("{key}=\"auto\""),
        _ => setting.clone(),
    };
    settings.iter().map(quoted).collect()
}

/// Reads settings into parameters that have defaults.
pub(crate) fn read<T: DeserializeOwned>(settings: &[String]) -> anyhow::Result<T> {
    let settings = &quoted(settings);
    each_by_itself(settings, |setting| from_toml::<T>(setting).map(drop))?;
    from_toml(&settings.join("\n")).context("`--set` is refused")
}

/// What came of checking parameters that were set: an error names the setting, where one of them set what is wrong.
/// `name_of` gives the key that an error is about.
pub(crate) fn checked<T, E: std::error::Error + Send + Sync + 'static>(
    settings: &[String],
    checked: Result<T, E>,
    name_of: impl Fn(&E) -> &'static str,
) -> anyhow::Result<T> {
    checked.map_err(|error| {
        let refused = refused_because_of(settings, name_of(&error));
        anyhow::Error::new(error).context(refused)
    })
}

/// The recipe with settings in one of its tables, checked.
pub(crate) fn in_table(recipe: Recipe, table: &str, settings: &[String]) -> anyhow::Result<CheckedRecipe> {
    if settings.is_empty() {
        return Ok(recipe.check()?);
    }
    let settings = &quoted(settings);
    each_by_itself(settings, |setting| Recipe::parse(&format!("[{table}]\n{setting}")).map(drop))?;
    let set: toml::Table = toml::from_str(&settings.join("\n"))?;
    let mut merged = toml::Value::try_from(&recipe)?;
    let of_table = merged.get_mut(table).and_then(toml::Value::as_table_mut);
    of_table.context("the model has no table in a recipe")?.extend(set);
    let merged = Recipe::parse(&toml::to_string(&merged)?).context("`--set` is refused")?;
    merged.check().map_err(|error| match &error {
        RecipeError::Param { table: of, param } if *of == table => {
            let refused = refused_because_of(settings, param.name);
            anyhow::Error::new(error).context(refused)
        }
        _ => error.into(),
    })
}

/// Reads each setting; the first that fails is named, and so is a key that is set twice.
fn each_by_itself(settings: &[String], read: impl Fn(&str) -> Result<(), TomlError>) -> anyhow::Result<()> {
    let mut keys = BTreeSet::new();
    for setting in settings {
        // The line is that of a text that nobody wrote.
        if let Err(TomlError { message, .. }) = read(setting) {
            let message = message.lines().collect::<Vec<_>>().join(", ");
            let hint = if message.contains("quoted") || message.contains("string") {
                format!("; hint: a text stands in quotes, as `--set '{}=\"…\"'`", key_of(setting))
            } else {
                String::new()
            };
            bail!("`--set {setting}` is refused: {message}{hint}");
        }
        if !keys.insert(key_of(setting)) {
            bail!("`--set {setting}` is refused: `{}` is set twice; hint: set it once", key_of(setting));
        }
    }
    Ok(())
}

fn key_of(setting: &str) -> &str {
    setting.split_once('=').map_or(setting, |(key, _)| key).trim()
}

/// Which setting is refused where a parameter is; all where none of them set it.
fn refused_because_of(settings: &[String], name: &str) -> String {
    // The last part of a key with dots is the parameter's name.
    let sets = |setting: &&String| key_of(setting).rsplit('.').next().map(str::trim) == Some(name);
    match settings.iter().find(sets) {
        Some(setting) => format!("`--set {setting}` is refused"),
        None => "`--set` is refused".to_owned(),
    }
}
