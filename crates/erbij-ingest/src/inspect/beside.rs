//! Files beside a table that hold what it lacks: joined by the key that both share.
//!
//! Of a layout that is known, the files that it is known to keep; else one that has the instants of orders, or the titles of
//! items, under the id that the table has. What is found is a guess that is written down, as all else.

use std::path::{Path, PathBuf};

use super::sample::{Look, means};
use crate::flat::join;
use crate::names::TableSpec;
use crate::names::normalise;
use crate::settings::Join;
use crate::table::TableFiles;
use crate::{IngestError, Settings, profiles};

/// How many files beside a table are looked at.
const MOST_FILES: usize = 16;
/// So many of the rows must find what they lack.
const MOSTLY: f64 = 0.5;

/// A file whose columns stand beside those of a table.
#[derive(Clone, Debug, PartialEq)]
pub struct FoundJoin {
    /// The join; its file as it was found from here.
    pub join: Join,
    /// Why.
    pub why: String,
}

/// Opens a table with what stands beside it, where it lacks something. `given` are the files of all tables.
pub(super) fn open(
    spec: &'static TableSpec,
    source: &str,
    given: &[&str],
    settings: &mut Settings,
) -> Result<(TableFiles, Vec<FoundJoin>), IngestError> {
    let files = TableFiles::open(spec, source, settings)?;
    let siblings = siblings(source, given);
    if siblings.is_empty() {
        return Ok((files, Vec::new()));
    }
    let look = Look::at(spec, &files, settings)?;
    let mut found = known(spec, &look, settings, &siblings);
    if found.is_empty() {
        found.extend(unknown(spec, source, &look, settings, &siblings));
    }
    if found.is_empty() {
        return Ok((files, found));
    }
    let with = with_joins(spec, settings, &found);
    // What cannot be joined was no good guess.
    match TableFiles::open(spec, source, &with) {
        Ok(joined) => {
            *settings = with;
            Ok((joined, found))
        }
        Err(_) => Ok((files, Vec::new())),
    }
}

fn with_joins(spec: &TableSpec, settings: &Settings, found: &[FoundJoin]) -> Settings {
    let mut with = settings.clone();
    with.tables.get_mut(spec.name).join.extend(found.iter().map(|found| found.join.clone()));
    with
}

/// Tables in the folder of a source that is a file, by name.
fn siblings(source: &str, given: &[&str]) -> Vec<PathBuf> {
    let path = Path::new(source);
    let folder = match path.parent() {
        Some(parent) if parent.as_os_str().is_empty() => Path::new("."),
        Some(parent) => parent,
        None => return Vec::new(),
    };
    let is_table = |path: &Path| {
        let name = path.file_name().map_or_else(String::new, |name| name.to_string_lossy().to_lowercase());
        let is_given = given.iter().any(|given| Path::new(given).file_name() == path.file_name());
        let name = name.strip_suffix(".gz").unwrap_or(&name);
        !is_given
            && path.is_file()
            && [".parquet", ".csv", ".tsv", ".txt"].iter().any(|end| name.ends_with(end))
    };
    let Some(entries) = std::fs::read_dir(folder).ok().filter(|_| path.is_file()) else { return Vec::new() };
    let mut found: Vec<PathBuf> =
        entries.filter_map(|entry| Some(entry.ok()?.path())).filter(|path| is_table(path)).collect();
    found.sort();
    found
}

/// The name of a file without its endings.
fn stem(path: &Path) -> String {
    let name = path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    name.split('.').next().unwrap_or_default().to_owned()
}

/// What the layout is known to keep in these files.
fn known(spec: &TableSpec, look: &Look, settings: &Settings, siblings: &[PathBuf]) -> Vec<FoundJoin> {
    let elsewhere = profiles::of_table(spec.name, settings, &look.names).elsewhere;
    let mut found = Vec::new();
    for of in elsewhere.iter().filter(|of| !look.chosen.contains_key(of.without.as_str())) {
        for join in &of.join {
            let Some(path) = siblings.iter().find(|path| stem(path).eq_ignore_ascii_case(&join.file)) else {
                break;
            };
            let file = path.display().to_string();
            found.push(FoundJoin {
                join: Join { file, ..join.clone() },
                why: format!("{} is there", of.keeps()),
            });
        }
    }
    found
}

/// A file that has what is missing under an id of the table.
fn unknown(
    spec: &'static TableSpec,
    source: &str,
    look: &Look,
    settings: &Settings,
    siblings: &[PathBuf],
) -> Option<FoundJoin> {
    let (wanted, key) = if spec.name == "orders" { ("ordered_at", "order_id") } else { ("title", "id") };
    if look.chosen.contains_key(wanted) {
        return None;
    }
    let column = spec.columns.iter().find(|column| column.name == wanted)?;
    let own = look.chosen.get(key)?.columns.first()?.clone();
    siblings.iter().take(MOST_FILES).find_map(|path| {
        let file = path.display().to_string();
        let names = TableFiles::open(spec, &file, &Settings::default()).ok()?.names();
        let there = names.iter().find(|name| means(column, name))?;
        let other = names.iter().find(|name| normalise(name) == normalise(&own)).or_else(|| {
            let thing = normalise(&own).trim_end_matches("id").to_owned();
            let is_of_it = !thing.is_empty() && normalise(&stem(path)).starts_with(&thing);
            names.iter().find(|name| is_of_it && normalise(name) == "id")
        })?;
        let why = format!("it has `{there}`, and `{other}` is `{own}` here");
        let found = FoundJoin { join: Join::new(&file, &own, other), why };
        // A row each is what makes it the orders beside their lines.
        join::n_again(spec.name, &found.join, &settings.limits).ok().filter(|&n_again| n_again == 0)?;
        let with = with_joins(spec, settings, std::slice::from_ref(&found));
        let joined = Look::at(spec, &TableFiles::open(spec, source, &with).ok()?, &with).ok()?;
        let cells = joined.cells(joined.chosen.get(wanted)?.columns.first()?);
        let n_found = cells.iter().filter(|cell| cell.is_some()).count();
        (MOSTLY * cells.len() as f64 <= n_found as f64).then_some(found)
    })
}
