//! What a known system keeps in another file than the table that was given: told, where it is not read.

use std::path::Path;

use serde::Deserialize;

use crate::IngestError;
use crate::settings::Join;
use crate::written::{quoted, words_by_column};

/// What a layout keeps elsewhere.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Elsewhere {
    /// The table that lacks it.
    pub(crate) table: String,
    /// The column here that nothing of the table says then.
    pub(crate) without: String,
    /// What stands there, for people.
    keeps: String,
    /// The files that bring it, one after the other, without their endings.
    pub(crate) join: Vec<Join>,
}

impl Elsewhere {
    /// What stands there, for people.
    pub(crate) fn keeps(&self) -> &str {
        self.keeps.trim_end_matches(',')
    }

    /// What is told of it beside a file.
    pub(crate) fn told(&self, file: &str) -> String {
        let ending = Path::new(file).extension().map_or("…".into(), |ending| ending.to_string_lossy());
        let named: Vec<String> = self.join.iter().map(|join| format!("`{}`", join.file)).collect();
        let joins: Vec<String> = self.join.iter().map(|join| self.join_text(join, &ending)).collect();
        format!(
            "{} is in {}, which is not read; if you have that file, write in erbij.toml: {}",
            self.keeps,
            named.join(" and "),
            joins.join(" ")
        )
    }

    fn join_text(&self, join: &Join, ending: &str) -> String {
        let only = match join.only.is_empty() {
            true => String::new(),
            false => format!(", only = {{ {} }}", words_by_column(&join.only)),
        };
        let file = quoted(&format!("{}.{ending}", join.file));
        format!("[[tables.{}.join]] file = {file}, on = {}{only}", self.table, join.on)
    }
}

impl IngestError {
    /// The same, with what is known of where a layout keeps the missing columns.
    pub(crate) fn with_elsewhere(mut self, known: &[Elsewhere]) -> Self {
        if let Self::MissingColumns { file, missing, elsewhere, .. } = &mut self {
            let is_missing = |of: &&Elsewhere| missing.iter().any(|column| column.name == of.without);
            elsewhere.extend(known.iter().filter(is_missing).map(|of| of.told(file)));
        }
        self
    }
}
