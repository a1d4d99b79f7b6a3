//! Which files are meant: a file, a folder, a pattern, a tree of `key=value` folders, or a Delta table.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use crate::flat::{delta, other};
use crate::parts::{Format, Listing, Part, unescape};
use crate::{IngestError, Limits};

/// How deep a tree may be; a link that leads back up ends here.
const MAX_DEPTH: usize = 32;

/// All files of a source.
pub(crate) fn list(source: &str, limits: &Limits) -> Result<Listing, IngestError> {
    if let Some((scheme, _)) = source.split_once("://")
        && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric())
    {
        return Err(IngestError::Remote { path: source.to_owned() });
    }
    let path = Path::new(source);
    if path.is_dir() {
        other::check_above(path, &mut BTreeSet::new())?;
        match other::Lake::of(path) {
            Some(other::Lake::Delta) => return delta::list(path, limits),
            Some(lake) => return Err(lake.refused(path)),
            None => {}
        }
        let mut found = Found::new(source);
        found.walk(path, 0, limits)?;
        found.into_listing(path)
    } else if path.exists() {
        other::check_above(path, &mut BTreeSet::new())?;
        one_file(path)
    } else if source.contains(['*', '?', '[']) {
        by_pattern(source, limits)
    } else {
        Err(IngestError::Absent { path: source.to_owned() })
    }
}

/// A file that was named is taken for Parquet where its ending says nothing else.
fn one_file(path: &Path) -> Result<Listing, IngestError> {
    let name = file_name(path);
    if let Some(ending) = other::ending(&name) {
        return Err(IngestError::Format {
            path: path.display().to_string(),
            what: format!("is a `{ending}` file, which is not supported"),
            hint: format!("convert it: `{}`", other::command(path, ending)),
        });
    }
    let is_text = is_text(&name) || is_plain_text(&name);
    let format = if is_text { Format::Text } else { Format::Parquet };
    let part = Part { path: path.to_owned(), format, folders: Vec::new(), columns: Arc::default() };
    Ok(Listing { parts: vec![part], hints: Vec::new() })
}

fn by_pattern(source: &str, limits: &Limits) -> Result<Listing, IngestError> {
    let pattern = |message: String| IngestError::Pattern { pattern: source.to_owned(), message };
    let mut found = Found::new(source);
    // A pattern that ends so names such files.
    found.takes_plain_text = is_plain_text(source);
    let mut seen = BTreeSet::new();
    for path in glob::glob(source).map_err(|error| pattern(error.msg.to_owned()))? {
        let path = path.map_err(|error| pattern(error.to_string()))?;
        other::check_above(&path, &mut seen)?;
        if path.is_dir() {
            other::check_below(Path::new(source), &path)?;
            found.walk(&path, 0, limits)?;
        } else {
            found.add(path, limits)?;
        }
    }
    let is_fixed =
        |component: &Component<'_>| !component.as_os_str().to_string_lossy().contains(['*', '?', '[']);
    let base: PathBuf = Path::new(source).components().take_while(is_fixed).collect();
    found.into_listing(&base)
}

/// What lies where a source points to.
struct Found<'a> {
    source: &'a str,
    files: BTreeSet<(Format, PathBuf)>,
    /// By ending, those that are not read: the first by path, and how many.
    others: BTreeMap<&'static str, (PathBuf, u64)>,
    takes_plain_text: bool,
}

impl<'a> Found<'a> {
    fn new(source: &'a str) -> Self {
        Self { source, files: BTreeSet::new(), others: BTreeMap::new(), takes_plain_text: false }
    }

    fn walk(&mut self, folder: &Path, depth: usize, limits: &Limits) -> Result<(), IngestError> {
        let io = |source| IngestError::Io { file: folder.display().to_string(), source };
        for entry in fs::read_dir(folder).map_err(io)? {
            let entry = entry.map_err(io)?;
            let path = entry.path();
            if entry.file_type().is_ok_and(|kind| kind.is_symlink()) {
                other::check_above(&path, &mut BTreeSet::new())?;
            }
            if !path.is_dir() {
                self.add(path, limits)?;
            } else if depth < MAX_DEPTH && !is_hidden(&file_name(&path)) {
                other::check_below(Path::new(self.source), &path)?;
                self.walk(&path, depth + 1, limits)?;
            }
        }
        Ok(())
    }

    fn add(&mut self, path: PathBuf, limits: &Limits) -> Result<(), IngestError> {
        let name = file_name(&path);
        if is_hidden(&name) {
            return Ok(());
        }
        if is_parquet(&name) {
            self.files.insert((Format::Parquet, path));
        } else if is_text(&name) || (self.takes_plain_text && is_plain_text(&name)) {
            self.files.insert((Format::Text, path));
        } else if let Some(ending) = other::ending(&name) {
            self.pass_over(ending, path);
        }
        if self.files.len() <= limits.max_files {
            return Ok(());
        }
        Err(IngestError::Limit {
            file: self.source.to_owned(),
            what: "files",
            found: self.files.len() as u64,
            limit: limits.max_files as u64,
            setting: "max_files",
        })
    }

    fn pass_over(&mut self, ending: &'static str, path: PathBuf) {
        let (first, n) = self.others.entry(ending).or_insert_with(|| (path.clone(), 0));
        *n += 1;
        if path < *first {
            *first = path;
        }
    }

    /// Parquet where there is any, else text; the rest is told. `base` is what was named: folders above it are no columns.
    fn into_listing(mut self, base: &Path) -> Result<Listing, IngestError> {
        let Some(&(chosen, _)) = self.files.first() else { return Err(self.nothing()) };
        let mut parts = Vec::with_capacity(self.files.len());
        for (format, path) in std::mem::take(&mut self.files) {
            if format == chosen {
                let folders = folders(below(&path, base));
                parts.push(Part { path, format, folders, columns: Arc::default() });
            } else {
                self.pass_over(text_ending(&path), path);
            }
        }
        let hints = self.others.iter().map(|(ending, (first, n))| self.unread(ending, first, *n)).collect();
        Ok(Listing { parts, hints })
    }

    /// Files beside those that are read: they may be half of the table.
    fn unread(&self, ending: &'static str, first: &Path, n: u64) -> String {
        let (files, were) = if n == 1 { ("file", "was") } else { ("files", "were") };
        let told = format!(
            "{n} `{ending}` {files} of `{}` {were} not read, such as `{}`",
            self.source,
            first.display()
        );
        match other::ending(&file_name(first)) {
            Some(ending) => format!("{told}; to convert it: `{}`", other::command(first, ending)),
            None => format!(
                "{told}: only Parquet is read where there is any; name the others with a pattern, or keep one kind of file there"
            ),
        }
    }

    fn nothing(&self) -> IngestError {
        let path = self.source.to_owned();
        let Some((&ending, (first, _))) = self.others.first_key_value() else {
            return IngestError::NoFiles { path };
        };
        let found: Vec<_> = self.others.iter().map(|(ending, (_, n))| format!("{n} `{ending}`")).collect();
        IngestError::Format {
            path,
            what: format!("holds no Parquet or CSV files; found {}", found.join(", ")),
            hint: format!("convert them, for example: `{}`", other::command(first, ending)),
        }
    }
}

fn file_name(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

/// Writers leave markers and half-written files under such names.
fn is_hidden(name: &str) -> bool {
    name.starts_with(['_', '.']) && !name.contains('=')
}

fn ends_with_any(name: &str, endings: &[&str]) -> bool {
    let lower = name.to_lowercase();
    endings.iter().any(|ending| lower.ends_with(ending))
}

fn is_parquet(name: &str) -> bool {
    ends_with_any(name, &[".parquet", ".parq", ".pq"])
}

/// Endings of text files that are tables wherever they lie.
const TEXT: [&str; 4] = [".csv", ".csv.gz", ".tsv", ".tsv.gz"];

fn is_text(name: &str) -> bool {
    ends_with_any(name, &TEXT)
}

/// Endings that only mean a table where somebody says so.
fn is_plain_text(name: &str) -> bool {
    ends_with_any(name, &[".txt", ".txt.gz"])
}

fn text_ending(path: &Path) -> &'static str {
    let name = file_name(path);
    TEXT.into_iter().find(|ending| ends_with_any(&name, &[ending])).unwrap_or(".txt")
}

/// The part of a path below another, as far as one is below the other.
fn below<'a>(path: &'a Path, base: &Path) -> &'a Path {
    let plain = |path: &Path| path.strip_prefix(".").map_or_else(|_| path.to_owned(), Path::to_owned);
    let n_above = match plain(path).starts_with(plain(base)) {
        true => plain(base).components().count(),
        false => 0,
    };
    let path = path.strip_prefix(".").unwrap_or(path);
    let mut components = path.components();
    for _ in 0..n_above {
        components.next();
    }
    components.as_path()
}

/// The `key=value` folders above a file, outermost first. Values are unescaped; the name that Hive writes
/// for "no value" is none.
fn folders(path: &Path) -> Vec<(String, Option<String>)> {
    let above = path.parent().into_iter().flat_map(Path::components);
    above
        .filter_map(|component| match component {
            Component::Normal(name) => name.to_str()?.split_once('='),
            _ => None,
        })
        .filter(|(key, _)| !key.is_empty())
        .map(|(key, value)| {
            let value = (value != "__HIVE_DEFAULT_PARTITION__").then(|| unescape(value));
            (unescape(key), value)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_below_what_was_named_are_columns() {
        let check = |path: &str, base: &str, expected: &[(&str, Option<&str>)]| {
            let found = folders(below(Path::new(path), Path::new(base)));
            let found: Vec<_> = found.iter().map(|(k, v)| (k.as_str(), v.as_deref())).collect();
            assert_eq!(found, expected, "{path}");
        };
        check("a.parquet", "", &[]);
        check("x/year=2024/m=01/a=b.parquet", "x", &[("year", Some("2024")), ("m", Some("01"))]);
        check("x/year=2024/m=01/a=b.parquet", "x/year=2024", &[("m", Some("01"))]);
        check("./x/year=2024/m=01/a=b.parquet", "x/year=2024", &[("m", Some("01"))]);
        check("/x/year=2024/m=01/a=b.parquet", "/x/year=2024", &[("m", Some("01"))]);
        check("year=2024/m=01/a.parquet", "./year=2024", &[("m", Some("01"))]);
        check("t=10%3A30/a.parquet", "", &[("t", Some("10:30"))]);
        check("t=100%/a.parquet", "", &[("t", Some("100%"))]);
        check("shop=__HIVE_DEFAULT_PARTITION__/a.parquet", "", &[("shop", None)]);
        check("=x/a.parquet", "", &[]);
    }
}
