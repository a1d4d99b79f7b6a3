//! Which column of a file is meant: the names of each table, the names others give them, and the choice.
//!
//! A name is found by the mapping of `erbij.toml`, else under its own spelling, else under the first of its
//! aliases that the file has. Aliases are compared in lower case without `_`, `-`, `.` and spaces, so
//! `CustomerID`, `customer_id` and `customer id` are one. Folders named `key=value` are columns too, after
//! those of the file itself.

use std::collections::{BTreeMap, BTreeSet};

use arrow_schema::{DataType, Fields};
use erbij_core::nearest;

use crate::error::MissingColumn;
use crate::names::{ColumnSpec, Kind, TableSpec, normalise};
use crate::settings::TableSettings;
use crate::values::is_flat;
use crate::{IngestError, proposals};

/// Where a column's values come from in one file.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Source {
    /// Nowhere: every row is empty.
    Absent,
    /// The file's column at this position.
    Column(usize),
    /// The file's columns at these positions, their values together.
    Columns(Vec<usize>),
    /// The file's columns at these positions, of which the first that holds a value counts.
    FirstOf(Vec<usize>),
    /// A folder's name, the same for all rows; none where the folder stands for "no value".
    Folder(Option<String>),
}

impl Source {
    /// The file's columns that it needs.
    pub(crate) fn roots(&self) -> &[usize] {
        match self {
            Self::Column(root) => std::slice::from_ref(root),
            Self::Columns(roots) | Self::FirstOf(roots) => roots,
            Self::Absent | Self::Folder(_) => &[],
        }
    }
}

/// The choice for one file.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Resolved {
    /// By position in the table's columns, and behind these the columns of [`filter_columns`].
    pub(crate) sources: Vec<Source>,
    /// Name here to name there, of those that are read.
    pub(crate) columns: BTreeMap<String, String>,
    /// Columns that are not read.
    pub(crate) ignored: BTreeSet<String>,
    /// What people should know about the choice.
    pub(crate) hints: BTreeSet<String>,
    /// Columns that an item's id could stand in by their names and types, best first, where nothing else says which.
    pub(crate) item_candidates: Vec<String>,
}

/// What a file has to offer.
pub(crate) struct Offer<'a> {
    pub(crate) file: &'a str,
    pub(crate) fields: &'a Fields,
    /// `key=value` folders, outermost first.
    pub(crate) folders: &'a [(String, Option<String>)],
    /// By field, whether the file says that it has no value.
    pub(crate) all_null: &'a [bool],
}

impl Offer<'_> {
    fn names(&self) -> impl Iterator<Item = &str> {
        let of_file = self.fields.iter().map(|field| field.name().as_str());
        of_file.chain(self.folders.iter().map(|(key, _)| key.as_str()))
    }

    fn source(&self, position: usize) -> Source {
        match position.checked_sub(self.fields.len()) {
            None => Source::Column(position),
            // Writers that made floats of whole numbers name the folder `17.0`.
            Some(folder) => Source::Folder(self.folders[folder].1.as_deref().map(whole)),
        }
    }

    fn listed(&self) -> String {
        let names: Vec<_> = self.names().map(|name| format!("`{name}`")).collect();
        if names.is_empty() { "none".to_owned() } else { names.join(", ") }
    }
}

fn whole(value: &str) -> String {
    let digits = value
        .strip_suffix(".0")
        .filter(|digits| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()));
    digits.unwrap_or(value).to_owned()
}

/// Refuses a mapping of names that the table does not have.
pub(crate) fn check_mapping(spec: &'static TableSpec, settings: &TableSettings) -> Result<(), IngestError> {
    let known = || spec.columns.iter().map(|column| column.name).chain(spec.unread.iter().copied());
    for name in settings.columns.keys() {
        if !known().any(|other| other == name) {
            let hint = match nearest(name, known()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("expected one of `{}`", known().collect::<Vec<_>>().join("`, `")),
            };
            return Err(IngestError::UnknownName { table: spec.name, name: name.clone(), hint });
        }
    }
    Ok(())
}

/// The columns by which rows are left out, each once, in the order of their names.
pub(crate) fn filter_columns(settings: &TableSettings) -> Vec<&str> {
    let names: BTreeSet<&str> = settings.only.keys().chain(settings.not.keys()).map(String::as_str).collect();
    names.into_iter().collect()
}

/// Chooses the columns of one file. O(columns of the file · names).
pub(crate) fn resolve(
    spec: &'static TableSpec,
    settings: &TableSettings,
    offer: &Offer<'_>,
) -> Result<Resolved, IngestError> {
    let names: Vec<&str> = offer.names().collect();
    let normalised: Vec<String> = names.iter().map(|name| normalise(name)).collect();
    let mapped = mapped_positions(spec, settings, offer, &names)?;
    let mut resolved = Resolved::default();
    let mut used = BTreeSet::new();
    let mut missing = Vec::new();
    for column in spec.columns {
        let positions = match mapped.get(column.name) {
            Some(positions) => positions.clone(),
            None => by_name(column, &names, &normalised, &mapped, &mut resolved.hints).into_iter().collect(),
        };
        used.extend(positions.iter().copied());
        if matches!(column.name, "item_id" | "id") && !mapped.contains_key(column.name) {
            resolved.item_candidates = candidates(column, offer, &names, &normalised, &mapped);
        }
        let (source, name) = match positions[..] {
            [] => {
                if column.required && !is_made_otherwise(column, settings) {
                    missing.push(column);
                }
                (Source::Absent, None)
            }
            // How a column is written in which no row has anything: in a type of its own, or in any.
            [position] if has_nothing(column, offer, position) => {
                (Source::Absent, Some(names[position].to_owned()))
            }
            [position] => {
                check_type(column, offer.file, names[position], found_type(offer, position))?;
                (offer.source(position), Some(names[position].to_owned()))
            }
            _ => {
                let is_first = settings.meaning(column.name).is_some_and(|meaning| meaning.first_of);
                several(column, offer, &names, &positions, is_first)?
            }
        };
        if let Some(name) = name {
            resolved.columns.insert(column.name.to_owned(), name);
        }
        resolved.sources.push(source);
    }
    if !missing.is_empty() {
        return Err(missing_columns(spec, &missing, offer, &used));
    }
    for name in filter_columns(settings) {
        let position = position_of(spec, "only or not", name, offer, &names)?;
        check_flat(offer.file, name, found_type(offer, position))?;
        used.insert(position);
        resolved.sources.push(offer.source(position));
    }
    let unused = names.iter().enumerate().filter(|(position, _)| !used.contains(position));
    resolved.ignored = unused.map(|(_, &name)| name.to_owned()).collect();
    resolved.hints.extend(twice(&names));
    Ok(resolved)
}

/// Every column that has one of a name's spellings and a type that will do, in the order of the spellings.
fn candidates(
    column: &ColumnSpec,
    offer: &Offer<'_>,
    names: &[&str],
    normalised: &[String],
    mapped: &BTreeMap<&str, Vec<usize>>,
) -> Vec<String> {
    let own = normalise(column.name);
    let spellings = std::iter::once(own.as_str()).chain(column.aliases.iter().copied());
    let is_free = |position: &usize| {
        !mapped.values().any(|taken| taken.contains(position))
            && accepts(column.kind, found_type(offer, *position)).0
    };
    let of_spelling = |spelling| (0..names.len()).filter(move |&position| normalised[position] == spelling);
    spellings.flat_map(of_spelling).filter(is_free).map(|position| names[position].to_owned()).collect()
}

/// An order may be what rows are alike in; it needs no id then.
fn is_made_otherwise(column: &ColumnSpec, settings: &TableSettings) -> bool {
    column.name == "order_id" && !settings.order_of.is_empty()
}

fn has_nothing(column: &ColumnSpec, offer: &Offer<'_>, position: usize) -> bool {
    let found = found_type(offer, position);
    let is_empty = offer.all_null.get(position).is_some_and(|&is_empty| is_empty);
    found == &DataType::Null || (is_empty && !accepts(column.kind, found).0)
}

fn found_type<'a>(offer: &'a Offer<'_>, position: usize) -> &'a DataType {
    offer.fields.get(position).map_or(&DataType::Utf8, |field| field.data_type())
}

/// Columns whose values together are one.
fn several(
    column: &ColumnSpec,
    offer: &Offer<'_>,
    names: &[&str],
    positions: &[usize],
    is_first: bool,
) -> Result<(Source, Option<String>), IngestError> {
    for &position in positions {
        check_flat(offer.file, names[position], found_type(offer, position))?;
        if offer.fields.len() <= position || !matches!(column.kind, Kind::Id | Kind::Instant | Kind::Text) {
            return Err(IngestError::ColumnType {
                file: offer.file.to_owned(),
                column: names[position].to_owned(),
                name: column.name,
                found: "one of several".into(),
                expected: "one column of the file",
                hint: "only ids, instants and texts can be made of several columns",
            });
        }
    }
    let together: Vec<&str> = positions.iter().map(|&position| names[position]).collect();
    Ok(match is_first {
        true => (Source::FirstOf(positions.to_vec()), Some(together.join(" or "))),
        false => (Source::Columns(positions.to_vec()), Some(together.join(" and "))),
    })
}

fn check_flat(file: &str, name: &str, found: &DataType) -> Result<(), IngestError> {
    if is_flat(found) {
        return Ok(());
    }
    Err(IngestError::ColumnType {
        file: file.to_owned(),
        column: name.to_owned(),
        name: "only, not or a list of columns",
        found: found.to_string().into(),
        expected: "one value a row",
        hint: "name another column in erbij.toml",
    })
}

fn twice(names: &[&str]) -> Vec<String> {
    let mut seen = BTreeSet::new();
    let again: BTreeSet<&str> = names.iter().copied().filter(|name| !seen.insert(*name)).collect();
    again.into_iter().map(|name| format!("two columns are named `{name}`; the first is used")).collect()
}

fn position_of(
    spec: &'static TableSpec,
    name: &str,
    mapped: &str,
    offer: &Offer<'_>,
    names: &[&str],
) -> Result<usize, IngestError> {
    names.iter().position(|found| *found == mapped).ok_or_else(|| {
        let hint = match nearest(mapped, names.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("its columns are {}", offer.listed()),
        };
        IngestError::MappedColumn {
            file: offer.file.to_owned(),
            table: spec.name,
            name: name.to_owned(),
            mapped: mapped.to_owned(),
            hint,
        }
    })
}

fn mapped_positions<'a>(
    spec: &'static TableSpec,
    settings: &'a TableSettings,
    offer: &Offer<'_>,
    names: &[&str],
) -> Result<BTreeMap<&'a str, Vec<usize>>, IngestError> {
    let mut positions = BTreeMap::new();
    for (name, meaning) in &settings.columns {
        let of_name = meaning.columns.iter().map(|mapped| position_of(spec, name, mapped, offer, names));
        // What a profile says holds of the files that have it.
        let found: Vec<usize> = match meaning.is_guess {
            true => of_name.filter_map(Result::ok).collect(),
            false => of_name.collect::<Result<_, _>>()?,
        };
        if !found.is_empty() {
            positions.insert(name.as_str(), found);
        }
    }
    Ok(positions)
}

/// The exact name first, then the name in other spelling, then the aliases in their order. A column that the
/// mapping gives to another name is not taken.
fn by_name(
    column: &ColumnSpec,
    names: &[&str],
    normalised: &[String],
    mapped: &BTreeMap<&str, Vec<usize>>,
    hints: &mut BTreeSet<String>,
) -> Option<usize> {
    // Most prices hold their discount already: it is taken off only where somebody says so.
    if column.name == "discount" {
        return None;
    }
    let free = |position: &usize| !mapped.values().any(|taken| taken.contains(position));
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
            "`{}` is used for `{}`; {} would also do; map one in erbij.toml to be sure",
            names[chosen],
            column.name,
            others.join(", ")
        ));
    }
    Some(chosen)
}

/// All that is missing, in one error.
fn missing_columns(
    spec: &'static TableSpec,
    missing: &[&ColumnSpec],
    offer: &Offer<'_>,
    used: &BTreeSet<usize>,
) -> IngestError {
    let free: Vec<(&str, &DataType)> = (offer.fields.iter().enumerate())
        .filter(|(position, _)| !used.contains(position))
        .map(|(_, field)| (field.name().as_str(), field.data_type()))
        .collect();
    let columns = missing.iter().map(|column| {
        let fits: Vec<&str> =
            free.iter().filter(|(_, found)| accepts(column.kind, found).0).map(|(name, _)| *name).collect();
        MissingColumn {
            name: column.name,
            tried: column.aliases,
            proposal: proposals::nearest_name(column, &fits).map(str::to_owned),
        }
    });
    IngestError::MissingColumns {
        file: offer.file.to_owned(),
        table: spec.name,
        missing: columns.collect(),
        found: offer.listed().into(),
        elsewhere: Vec::new(),
    }
}

fn check_type(column: &ColumnSpec, file: &str, name: &str, found: &DataType) -> Result<(), IngestError> {
    let (accepted, expected) = accepts(column.kind, found);
    if accepted {
        return Ok(());
    }
    Err(IngestError::ColumnType {
        file: file.to_owned(),
        column: name.to_owned(),
        name: column.name,
        found: found.to_string().into(),
        expected,
        hint: "cast the column where the file is written, or map another column in erbij.toml",
    })
}

/// Whether a type will do, and which would.
fn accepts(kind: Kind, found: &DataType) -> (bool, &'static str) {
    let fixed = matches!(found, DataType::FixedSizeBinary(_));
    let text = matches!(
        found,
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View | DataType::Binary | DataType::LargeBinary
    ) || fixed;
    let number = found.is_integer() || found.is_floating() || found.is_decimal();
    let date = matches!(found, DataType::Timestamp(..) | DataType::Date32 | DataType::Date64);
    let boolean = found == &DataType::Boolean;
    match kind {
        Kind::Id => (text || number, "text or a whole number"),
        Kind::Instant => (
            text || date || number,
            "a timestamp, a date, text such as `2017-03-03T09:30:00Z`, or whole numbers since 1970",
        ),
        Kind::Number => (text || number, "a number, or text that is one"),
        Kind::Price => (text || number, "a number, or text such as `12.50 EUR`"),
        Kind::Word => (text, "text"),
        Kind::Flag => (boolean || number || text || date, "true and false, 0 and 1, or text that says so"),
        Kind::Stock => (boolean || number || text, "a word such as `in_stock`, true and false, or a number"),
        Kind::Text => {
            let list = match found {
                DataType::List(inner) | DataType::LargeList(inner) => {
                    !inner.data_type().is_nested() && accepts(Kind::Text, inner.data_type()).0
                }
                _ => false,
            };
            (text || number || boolean || list, "text or a list of texts")
        }
    }
}
