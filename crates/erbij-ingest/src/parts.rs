//! The files of a table, and what is known of each beside its rows.

use std::path::PathBuf;
use std::sync::Arc;

use arrow_schema::Fields;

/// How the rows of a file are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Format {
    Parquet,
    /// Fields between commas or the like.
    Text,
}

/// A file of a table, and what is known of its rows beside what stands in it.
#[derive(Debug)]
pub(crate) struct Part {
    pub(crate) path: PathBuf,
    pub(crate) format: Format,
    /// Columns of which all rows have the same value, or none: `key=value` folders, outermost first, or what a log says.
    pub(crate) folders: Vec<(String, Option<String>)>,
    /// Columns of the table, which are empty where the file lacks them; none where each file speaks for itself.
    pub(crate) columns: Arc<[String]>,
}

impl Part {
    /// Columns that are the same in all rows of the file, beside those that it has itself.
    pub(crate) fn folders_of(&self, fields: &Fields) -> Vec<(String, Option<String>)> {
        let is_there =
            |name: &str| fields.find(name).is_some() || self.folders.iter().any(|(key, _)| key == name);
        let absent = self.columns.iter().filter(|name| !is_there(name)).map(|name| (name.clone(), None));
        self.folders.iter().cloned().chain(absent).collect()
    }
}

/// The files of a source.
pub(crate) struct Listing {
    /// In the order of their paths, so that rows have one order on every machine.
    pub(crate) parts: Vec<Part>,
    /// What people should know about the choice.
    pub(crate) hints: Vec<String>,
}

/// `%3A` is a colon. What is no escape stays as it is.
pub(crate) fn unescape(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut unescaped = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let escaped = (bytes[at] == b'%')
            .then(|| text.get(at + 1..at + 3).and_then(|hex| u8::from_str_radix(hex, 16).ok()))
            .flatten();
        unescaped.push(escaped.unwrap_or(bytes[at]));
        at += if escaped.is_some() { 3 } else { 1 };
    }
    String::from_utf8(unescaped).unwrap_or_else(|_| text.to_owned())
}
