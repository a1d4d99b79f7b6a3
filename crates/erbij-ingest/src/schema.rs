//! Which column of a file is meant: the names of each table, the names others give them, and the choice.
//!
//! A name is found by the mapping of `erbij.toml`, else under its own spelling, else under the first of its
//! aliases that the file has. Aliases are compared in lower case without `_`, `-`, `.` and spaces, so
//! `CustomerID`, `customer_id` and `customer id` are one. Folders named `key=value` are columns too, after
//! those of the file itself.

use std::collections::{BTreeMap, BTreeSet};

use arrow_schema::{DataType, Fields};
use erbij_core::nearest;

use crate::IngestError;
use crate::names::{ColumnSpec, Kind, TableSpec};

/// Where a column's values come from in one file.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Source {
    /// Nowhere: every row is empty.
    Absent,
    /// The file's column at this position.
    Column(usize),
    /// A folder's name, the same for all rows; none where the folder stands for "no value".
    Folder(Option<String>),
}

/// The choice for one file.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Resolved {
    /// By position in the table's columns.
    pub(crate) sources: Vec<Source>,
    /// Name here to name there, of those that are read.
    pub(crate) columns: BTreeMap<String, String>,
    /// Columns that are not read.
    pub(crate) ignored: BTreeSet<String>,
    /// What people should know about the choice.
    pub(crate) hints: BTreeSet<String>,
}

/// What a file has to offer.
pub(crate) struct Offer<'a> {
    pub(crate) file: &'a str,
    pub(crate) fields: &'a Fields,
    /// `key=value` folders, outermost first.
    pub(crate) folders: &'a [(String, Option<String>)],
}

impl Offer<'_> {
    fn names(&self) -> impl Iterator<Item = &str> {
        let of_file = self.fields.iter().map(|field| field.name().as_str());
        of_file.chain(self.folders.iter().map(|(key, _)| key.as_str()))
    }

    fn source(&self, position: usize) -> Source {
        match position.checked_sub(self.fields.len()) {
            None => Source::Column(position),
            Some(folder) => Source::Folder(self.folders[folder].1.clone()),
        }
    }

    fn listed(&self) -> String {
        let names: Vec<_> = self.names().map(|name| format!("`{name}`")).collect();
        if names.is_empty() { "none".to_owned() } else { names.join(", ") }
    }
}

/// Lower case, without the marks that people put between words.
pub(crate) fn normalise(name: &str) -> String {
    name.chars().filter(|c| !matches!(c, '_' | '-' | ' ' | '.')).flat_map(char::to_lowercase).collect()
}

/// Refuses a mapping of names that the table does not have.
pub(crate) fn check_mapping(
    spec: &'static TableSpec,
    mapping: &BTreeMap<String, String>,
) -> Result<(), IngestError> {
    let known = || spec.columns.iter().map(|column| column.name).chain(spec.unread.iter().copied());
    for name in mapping.keys() {
        if !known().any(|other| other == name) {
            let hint = match nearest(name, known()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("known are `{}`", known().collect::<Vec<_>>().join("`, `")),
            };
            return Err(IngestError::UnknownName { table: spec.name, name: name.clone(), hint });
        }
    }
    Ok(())
}

/// Chooses the columns of one file. O(columns of the file · names).
pub(crate) fn resolve(
    spec: &'static TableSpec,
    mapping: &BTreeMap<String, String>,
    offer: &Offer<'_>,
) -> Result<Resolved, IngestError> {
    let names: Vec<&str> = offer.names().collect();
    let normalised: Vec<String> = names.iter().map(|name| normalise(name)).collect();
    let mapped = mapped_positions(spec, mapping, offer, &names)?;
    let mut resolved = Resolved::default();
    let mut used = BTreeSet::new();
    for column in spec.columns {
        let position = match mapped.get(column.name) {
            Some(&position) => Some(position),
            None => by_name(column, &names, &normalised, &mapped, &mut resolved.hints),
        };
        let Some(position) = position else {
            if column.required {
                return Err(missing_column(spec, column, offer));
            }
            resolved.sources.push(Source::Absent);
            continue;
        };
        let found = match offer.fields.get(position) {
            Some(field) => field.data_type(),
            None => &DataType::Utf8,
        };
        used.insert(position);
        if found == &DataType::Null && !column.required {
            // How a column is written in which no row has anything.
            resolved.sources.push(Source::Absent);
            continue;
        }
        check_type(column, offer.file, names[position], found)?;
        resolved.columns.insert(column.name.to_owned(), names[position].to_owned());
        resolved.sources.push(offer.source(position));
    }
    let unused = names.iter().enumerate().filter(|(position, _)| !used.contains(position));
    resolved.ignored = unused.map(|(_, &name)| name.to_owned()).collect();
    Ok(resolved)
}

fn mapped_positions<'a>(
    spec: &'static TableSpec,
    mapping: &'a BTreeMap<String, String>,
    offer: &Offer<'_>,
    names: &[&str],
) -> Result<BTreeMap<&'a str, usize>, IngestError> {
    let mut positions = BTreeMap::new();
    for (name, mapped) in mapping {
        let Some(position) = names.iter().position(|found| found == mapped) else {
            let hint = match nearest(mapped, names.iter().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("its columns are {}", offer.listed()),
            };
            return Err(IngestError::MappedColumn {
                file: offer.file.to_owned(),
                table: spec.name,
                name: name.clone(),
                mapped: mapped.clone(),
                hint,
            });
        };
        positions.insert(name.as_str(), position);
    }
    Ok(positions)
}

/// The exact name first, then the name in other spelling, then the aliases in their order. A column that the
/// mapping gives to another name is not taken.
fn by_name(
    column: &ColumnSpec,
    names: &[&str],
    normalised: &[String],
    mapped: &BTreeMap<&str, usize>,
    hints: &mut BTreeSet<String>,
) -> Option<usize> {
    let free = |position: &usize| !mapped.values().any(|taken| taken == position);
    if let Some(exact) = (0..names.len()).filter(free).find(|&position| names[position] == column.name) {
        return Some(exact);
    }
    let own = normalise(column.name);
    let spellings = std::iter::once(own.as_str()).chain(column.aliases.iter().copied());
    let matches: Vec<usize> = spellings
        .flat_map(|spelling| {
            (0..names.len()).filter(free).filter(move |&position| normalised[position] == spelling)
        })
        .collect();
    let (&chosen, others) = matches.split_first()?;
    let others: BTreeSet<&str> = others.iter().map(|&position| names[position]).collect();
    if !others.is_empty() {
        let others: Vec<_> = others.into_iter().map(|name| format!("`{name}`")).collect();
        hints.insert(format!(
            "`{}` was taken for `{}`; {} would do as well: map it in erbij.toml to be sure",
            names[chosen],
            column.name,
            others.join(", ")
        ));
    }
    Some(chosen)
}

fn missing_column(spec: &'static TableSpec, column: &ColumnSpec, offer: &Offer<'_>) -> IngestError {
    let near = nearest(column.name, offer.names())
        .or_else(|| column.aliases.iter().find_map(|alias| nearest(alias, offer.names())));
    let line = format!("[tables.{}.columns] {} = \"{}\"", spec.name, column.name, near.unwrap_or("…"));
    let hint = match near {
        Some(near) => format!("if `{near}` is meant, write in erbij.toml: {line}"),
        None => format!("write in erbij.toml which column it is: {line}"),
    };
    IngestError::MissingColumn {
        file: offer.file.to_owned(),
        table: spec.name,
        name: column.name,
        tried: column.aliases,
        found: offer.listed().into(),
        hint: hint.into(),
    }
}

fn check_type(column: &ColumnSpec, file: &str, name: &str, found: &DataType) -> Result<(), IngestError> {
    let (accepted, expected, hint) = accepts(column.kind, found);
    if accepted {
        return Ok(());
    }
    Err(IngestError::ColumnType {
        file: file.to_owned(),
        column: name.to_owned(),
        name: column.name,
        found: found.to_string().into(),
        expected,
        hint,
    })
}

/// Whether a type will do, which would, and what to do where it does not.
fn accepts(kind: Kind, found: &DataType) -> (bool, &'static str, &'static str) {
    let text = matches!(found, DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View | DataType::Binary);
    let whole = found.is_integer();
    let decimal = matches!(found, DataType::Decimal128(..));
    let float = matches!(found, DataType::Float32 | DataType::Float64);
    let date = matches!(found, DataType::Timestamp(..) | DataType::Date32 | DataType::Date64);
    let boolean = found == &DataType::Boolean;
    let cast = "cast the column where the file is written, or map another column in erbij.toml";
    match kind {
        Kind::Id => (
            text || whole || float || matches!(found, DataType::Decimal128(_, 0)),
            "text or a whole number",
            cast,
        ),
        Kind::Instant => (
            text || date
                || matches!(found, DataType::Int64 | DataType::Int32 | DataType::UInt64 | DataType::UInt32),
            "a timestamp, a date, text such as `2017-03-03T09:30:00Z`, or whole numbers since 1970",
            cast,
        ),
        Kind::Number => (whole || float || decimal, "a whole number, a float or a decimal", cast),
        Kind::Price => (whole || float || decimal || text, "a number, or text such as `12.50 EUR`", cast),
        Kind::Word => (text, "text", cast),
        Kind::Flag => (boolean || whole || text, "true and false, 0 and 1, or text that says so", cast),
        Kind::Text => {
            let list = match found {
                DataType::List(inner) | DataType::LargeList(inner) => {
                    accepts(Kind::Text, inner.data_type()).0 && !inner.data_type().is_nested()
                }
                _ => false,
            };
            (text || whole || boolean || float || decimal || list, "text or a list of texts", cast)
        }
    }
}
