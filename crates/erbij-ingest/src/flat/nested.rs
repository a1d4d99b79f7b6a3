//! Columns within columns: which of them are meant, and whether each element of a list is a line.
//!
//! Shops whose rows are orders keep the lines as a list of structs (GA4's `items`, Shopify's `line_items`). Where no
//! flat column is the item and such a list has one, each struct becomes a row. Columns are called by their path,
//! `ecommerce.transaction_id`, and found by that or by the end of it.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;

use arrow_schema::{DataType, Field, Fields};

use super::unnest::{List, Pick, Plan};
use crate::IngestError;
use crate::names::{ColumnSpec, Kind, TableSpec, normalise};
use crate::schema::{self, Offer, Resolved, Source};
use crate::settings::TableSettings;

/// Chooses the columns of a file as [`schema::resolve`] does, also among those that stand in structs and lists of
/// structs; what is to be rewritten for that, where something is.
pub(crate) fn resolve(
    spec: &'static TableSpec,
    settings: &TableSettings,
    offer: &Offer<'_>,
) -> Result<(Resolved, Option<Plan>), IngestError> {
    let is_flat =
        |field: &Arc<Field>| !matches!(field.data_type(), DataType::Struct(_)) && structs(field).is_none();
    if offer.fields.iter().all(is_flat) {
        return Ok((schema::resolve(spec, settings, offer)?, None));
    }
    let mut columns = Columns::default();
    columns.gather(offer.fields, &[], None);
    let list = columns.lines(spec, settings, offer)?;
    let offered = columns.offered(spec, settings, list, offer.folders);
    let resolve_as =
        |fields: Fields| schema::resolve(spec, settings, &Offer { fields: &fields, all_null: &[], ..*offer });
    let fields = offered.iter().map(|offered| offered.leaf.field(&offered.name)).collect();
    // An error lists all columns, as they are to be written in a mapping.
    let by_path = || columns.leaves.iter().map(|leaf| leaf.field(&leaf.name)).collect();
    let resolved = resolve_as(fields).map_err(|found| resolve_as(by_path()).err().unwrap_or(found))?;
    Ok(columns.plan(spec, offer, list, &offered, resolved))
}

/// The names of all columns, those in structs and in lists of structs by their paths.
pub(crate) fn names(fields: &Fields) -> Vec<String> {
    let mut columns = Columns::default();
    columns.gather(fields, &[], None);
    columns.leaves.into_iter().map(|leaf| leaf.name).collect()
}

/// The fields of the structs that a list holds.
fn structs(field: &Field) -> Option<&Fields> {
    match field.data_type() {
        DataType::List(inner) | DataType::LargeList(inner) => match inner.data_type() {
            DataType::Struct(fields) => Some(fields),
            _ => None,
        },
        _ => None,
    }
}

/// A column that holds values: of the file itself, in a struct, or in a list of structs.
#[derive(Debug)]
struct Leaf {
    path: Vec<String>,
    /// The path with dots.
    name: String,
    data_type: DataType,
    /// The list it stands in.
    list: Option<usize>,
    /// The columns of Parquet that it is made of.
    parquet: Range<usize>,
    /// The column of the file, where it is one itself.
    root: Option<usize>,
}

impl Leaf {
    fn field(&self, name: &str) -> Field {
        Field::new(name, self.data_type.clone(), true)
    }
}

/// All columns of a file.
#[derive(Debug, Default)]
struct Columns {
    leaves: Vec<Leaf>,
    /// Lists of structs.
    lists: Vec<Leaf>,
    n_parquet: usize,
}

/// A column, and the name under which it is looked for.
struct Offered<'a> {
    leaf: &'a Leaf,
    name: String,
}

impl Columns {
    fn gather(&mut self, fields: &Fields, above: &[String], list: Option<usize>) {
        for (position, field) in fields.iter().enumerate() {
            let path: Vec<String> = above.iter().chain([field.name()]).cloned().collect();
            let first = self.n_parquet;
            let leaf = |parquet| Leaf {
                name: path.join("."),
                data_type: field.data_type().clone(),
                list,
                parquet,
                root: above.is_empty().then_some(position),
                path: path.clone(),
            };
            match (field.data_type(), structs(field)) {
                (DataType::Struct(children), _) => self.gather(children, &path, list),
                (data_type, Some(children)) if list.is_none() && !is_dictionary(children) => {
                    self.lists.push(leaf(first..first + n_leaves(data_type)));
                    self.gather(children, &path, Some(self.lists.len() - 1));
                }
                (data_type, _) => {
                    self.n_parquet += n_leaves(data_type);
                    self.leaves.push(leaf(first..self.n_parquet));
                }
            }
        }
    }

    /// The list whose structs are the lines; none where each row is one.
    fn lines(
        &self,
        spec: &'static TableSpec,
        settings: &TableSettings,
        offer: &Offer<'_>,
    ) -> Result<Option<usize>, IngestError> {
        let Some(item) =
            spec.columns.iter().find(|column| column.required && ["item_id", "id"].contains(&column.name))
        else {
            return Ok(None);
        };
        let of_mapped =
            |mapped: &String| self.leaves.iter().find(|leaf| leaf.name == *mapped).map(|leaf| leaf.list);
        let first = settings.meaning(item.name).and_then(|meaning| meaning.columns.first());
        if let Some(list) = first.and_then(of_mapped) {
            return Ok(list);
        }
        let mut flat = self.leaves.iter().filter(|leaf| leaf.list.is_none()).map(|leaf| leaf.name.as_str());
        let in_folders = offer.folders.iter().any(|(key, _)| means(item, key));
        if settings.meaning(item.name).is_some() || in_folders || flat.any(|name| means(item, name)) {
            return Ok(None);
        }
        let mapped: BTreeSet<usize> = settings.named_columns().filter_map(of_mapped).flatten().collect();
        let with_item = self.leaves.iter().filter(|leaf| ends(&leaf.path).any(|end| means(item, &end)));
        let with_item: BTreeSet<usize> = with_item.filter_map(|leaf| leaf.list).collect();
        let found = if mapped.is_empty() { with_item } else { mapped };
        if found.len() <= 1 {
            return Ok(found.first().copied());
        }
        let name = |&list: &usize| self.lists[list].name.clone();
        let first = found.first().map(name).unwrap_or_default();
        Err(IngestError::Lists {
            file: offer.file.to_owned(),
            table: spec.name,
            lists: found.iter().map(|list| format!("`{}`", name(list))).collect::<Vec<_>>().join(", "),
            hint: format!(
                "name the item column in erbij.toml: [tables.{}.columns] {} = \"{first}.…\"",
                spec.name, item.name
            ),
        })
    }

    /// The columns of which each row has one value, where a list is the lines. Other lists stand for themselves: a column
    /// that is one may be meant, and then it is an error that says so.
    fn rows(&self, lines: Option<usize>) -> impl Iterator<Item = &Leaf> {
        let lists = self.lists.iter().enumerate().filter(move |(list, _)| Some(*list) != lines);
        self.leaves.iter().filter(|leaf| leaf.list.is_none()).chain(lists.map(|(_, list)| list))
    }

    /// What is looked at by name: the columns of the lines first, since a line's price is nearer than its order's and
    /// hides it.
    fn offered(
        &self,
        spec: &'static TableSpec,
        settings: &TableSettings,
        list: Option<usize>,
        folders: &[(String, Option<String>)],
    ) -> Vec<Offered<'_>> {
        let is_mapped = |name: &str| settings.named_columns().any(|mapped| mapped == name);
        let is_known = |name: &str| spec.columns.iter().any(|column| means(column, name));
        let by_path = |leaf| Offered { leaf, name: leaf.name.clone() };
        let in_line = |leaf| {
            let mut offered: Offered<'_> = by_path(leaf);
            if !is_mapped(&leaf.name)
                && let Some(end) = ends(&leaf.path).find(|end| is_known(end) && !is_mapped(end))
            {
                offered.name = end;
            }
            offered
        };
        let mut lines: Vec<_> =
            self.leaves.iter().filter(|leaf| list.is_some() && leaf.list == list).map(in_line).collect();
        lines.sort_by_key(|offered| offered.leaf.path.len());
        let hides = |row: &Offered<'_>| lines.iter().any(|line| line.name == row.name);
        let rows: Vec<_> = self.rows(list).map(by_path).filter(|row| !hides(row)).collect();
        lines.extend(rows);
        for column in
            spec.columns.iter().filter(|column| column.required && settings.meaning(column.name).is_none())
        {
            let is_there = lines.iter().any(|offered| means(column, &offered.name))
                || folders.iter().any(|(key, _)| means(column, key));
            let end = |leaf: &Leaf| ends(&leaf.path).find(|end| means(column, end));
            let inside = |offered: &Offered<'_>| offered.leaf.list.is_none() && offered.leaf.root.is_none();
            let mut ends: Vec<_> = lines.iter_mut().filter(|offered| !is_there && inside(offered)).collect();
            ends.retain(|offered| end(offered.leaf).is_some());
            // Of several none is better than another: the error lists them.
            if let [only] = &mut ends[..]
                && let Some(end) = end(only.leaf)
            {
                only.name = end;
            }
        }
        lines
    }

    /// Sets the choice to what is read: the file itself where all of it stands there, else what it is rewritten as.
    fn plan(
        &self,
        spec: &'static TableSpec,
        offer: &Offer<'_>,
        list: Option<usize>,
        offered: &[Offered<'_>],
        mut resolved: Resolved,
    ) -> (Resolved, Option<Plan>) {
        let chosen: BTreeSet<usize> = resolved.sources.iter().flat_map(Source::roots).copied().collect();
        for (column, source) in spec.columns.iter().zip(&resolved.sources) {
            for &position in source.roots() {
                let leaf = offered[position].leaf;
                if source.roots().len() == 1 {
                    resolved.columns.insert(column.name.to_owned(), leaf.name.clone());
                }
                if list.is_some() && leaf.list.is_none() && matches!(column.kind, Kind::Number | Kind::Price)
                {
                    let hint = format!(
                        "`{}` is outside the list: every line of a row gets the same value",
                        leaf.name
                    );
                    resolved.hints.insert(hint);
                }
            }
        }
        if let Some(list) = list {
            let hint = format!("each element of the list `{}` is read as a row", self.lists[list].name);
            resolved.hints.insert(hint);
        }
        let is_chosen =
            |leaf: &Leaf| chosen.iter().any(|&position| std::ptr::eq(offered[position].leaf, leaf));
        let lines = self.leaves.iter().filter(|leaf| list.is_some() && leaf.list == list);
        let unread =
            lines.chain(self.rows(list)).filter(|leaf| !is_chosen(leaf)).map(|leaf| leaf.name.clone());
        let used: BTreeSet<&String> = resolved.columns.values().collect();
        let folders = offer.folders.iter().map(|(key, _)| key).filter(|key| !used.contains(key)).cloned();
        resolved.ignored = unread.chain(folders).collect();
        let root = |position: usize| offered[position].leaf.root;
        let roots: Vec<_> = resolved.sources.iter().map(|source| moved(source, root)).collect();
        let is_flat = |&position: &usize| offered[position].leaf.root.is_some();
        if list.is_none() && chosen.iter().all(is_flat) {
            resolved.sources = roots;
            return (resolved, None);
        }
        let number: BTreeMap<usize, usize> = chosen.iter().copied().zip(0..).collect();
        let number = |position: usize| number.get(&position).copied();
        resolved.sources = resolved.sources.iter().map(|source| moved(source, number)).collect();
        let pick = |&position: &usize| {
            let Leaf { path, name, data_type, list, parquet, .. } = offered[position].leaf;
            let above = list.map_or(0, |list| self.lists[list].path.len());
            Pick {
                path: path[above..].to_vec(),
                name: name.clone(),
                data_type: data_type.clone(),
                in_list: list.is_some(),
                parquet: parquet.clone(),
            }
        };
        let list = list
            .map(|list| List { path: self.lists[list].path.clone(), name: self.lists[list].name.clone() });
        let picks = chosen.iter().map(pick).collect();
        (resolved, Some(Plan { picks, list, roots, n_parquet: self.n_parquet }))
    }
}

/// The same source, with its columns elsewhere; absent where they are not there.
fn moved(source: &Source, to: impl Fn(usize) -> Option<usize>) -> Source {
    let all = |positions: &[usize]| positions.iter().copied().map(&to).collect::<Option<Vec<_>>>();
    match source {
        Source::Column(position) => to(*position).map_or(Source::Absent, Source::Column),
        Source::Columns(positions) => all(positions).map_or(Source::Absent, Source::Columns),
        Source::FirstOf(positions) => all(positions).map_or(Source::Absent, Source::FirstOf),
        Source::Absent | Source::Folder(_) => source.clone(),
    }
}

/// Keys and values, such as GA4's `event_params`: no lines.
fn is_dictionary(fields: &Fields) -> bool {
    let has = |name: &str| fields.iter().any(|field| field.name().eq_ignore_ascii_case(name));
    has("key") && has("value") && fields.len() == 2
}

/// How many columns of Parquet a column is made of.
fn n_leaves(data_type: &DataType) -> usize {
    match data_type {
        DataType::Struct(fields) => fields.iter().map(|field| n_leaves(field.data_type())).sum(),
        DataType::List(inner) | DataType::LargeList(inner) | DataType::Map(inner, _) => {
            n_leaves(inner.data_type())
        }
        _ => 1,
    }
}

/// Whether a name is a column's own or one of its aliases.
fn means(column: &ColumnSpec, name: &str) -> bool {
    let name = normalise(name);
    name == normalise(column.name) || column.aliases.contains(&name.as_str())
}

/// The ends of a path, the whole first.
fn ends(path: &[String]) -> impl Iterator<Item = String> + '_ {
    (0..path.len()).map(|first| path[first..].join("."))
}
