//! Which files are meant: a file, a folder, a pattern, or a tree of `key=value` folders.

use std::fs;
use std::path::{Component, Path, PathBuf};

use crate::{IngestError, Limits};

/// How deep a tree may be; a link that leads back up ends here.
const MAX_DEPTH: usize = 32;

/// All files of a source, in the order of their paths, so that rows have one order on every machine.
pub(crate) fn list(source: &str, limits: &Limits) -> Result<Vec<PathBuf>, IngestError> {
    if let Some((scheme, _)) = source.split_once("://")
        && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric())
    {
        return Err(IngestError::Remote { path: source.to_owned() });
    }
    let path = Path::new(source);
    let mut files = Vec::new();
    if path.is_dir() {
        walk(path, 0, limits, &mut files)?;
    } else if path.exists() {
        return Ok(vec![path.to_owned()]);
    } else if source.contains(['*', '?', '[']) {
        let pattern = |message: String| IngestError::Pattern { pattern: source.to_owned(), message };
        for found in glob::glob(source).map_err(|error| pattern(error.msg.to_owned()))? {
            let found = found.map_err(|error| pattern(error.to_string()))?;
            if found.is_dir() {
                walk(&found, 0, limits, &mut files)?;
            } else if is_table(&file_name(&found)) {
                files.push(found);
            }
        }
    } else {
        return Err(IngestError::Absent { path: source.to_owned() });
    }
    if files.is_empty() {
        return Err(IngestError::NoFiles { path: source.to_owned() });
    }
    files.sort();
    files.dedup();
    Ok(files)
}

fn walk(folder: &Path, depth: usize, limits: &Limits, files: &mut Vec<PathBuf>) -> Result<(), IngestError> {
    let io = |source| IngestError::Io { file: folder.display().to_string(), source };
    for entry in fs::read_dir(folder).map_err(io)? {
        let path = entry.map_err(io)?.path();
        let name = file_name(&path);
        if path.is_dir() {
            if depth < MAX_DEPTH && !is_hidden(&name) {
                walk(&path, depth + 1, limits, files)?;
            }
        } else if is_table(&name) {
            files.push(path);
        }
        if limits.max_files < files.len() {
            return Err(IngestError::Limit {
                file: folder.display().to_string(),
                what: "files",
                found: files.len() as u64,
                limit: limits.max_files as u64,
                setting: "max_files",
            });
        }
    }
    Ok(())
}

fn file_name(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

/// Writers leave markers and half-written files under such names.
fn is_hidden(name: &str) -> bool {
    name.starts_with(['_', '.']) && !name.contains('=')
}

fn is_table(name: &str) -> bool {
    let lower = name.to_lowercase();
    !is_hidden(name) && [".parquet", ".parq", ".pq"].iter().any(|end| lower.ends_with(end))
}

/// The `key=value` folders above a file, outermost first. Values are unescaped; the name that Hive writes
/// for "no value" is none.
pub(crate) fn folders(path: &Path) -> Vec<(String, Option<String>)> {
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

/// `%3A` is a colon. What is no escape stays as it is.
fn unescape(text: &str) -> String {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_are_columns() {
        let check = |path: &str, expected: &[(&str, Option<&str>)]| {
            let found = folders(Path::new(path));
            let found: Vec<_> = found.iter().map(|(k, v)| (k.as_str(), v.as_deref())).collect();
            assert_eq!(found, expected, "{path}");
        };
        check("a.parquet", &[]);
        check("x/year=2024/m=01/a=b.parquet", &[("year", Some("2024")), ("m", Some("01"))]);
        check("t=10%3A30/a.parquet", &[("t", Some("10:30"))]);
        check("t=100%/a.parquet", &[("t", Some("100%"))]);
        check("shop=__HIVE_DEFAULT_PARTITION__/a.parquet", &[("shop", None)]);
        check("=x/a.parquet", &[]);
    }
}
