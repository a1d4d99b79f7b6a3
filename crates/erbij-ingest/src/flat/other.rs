//! What looks like a table and is not read here, told by its name, with the command that makes a table of it.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use crate::IngestError;

/// Endings of tables in other formats, and the command that converts one: `IN` is the file, `OUT` its name without
/// the ending. Longer endings before those that end them.
const FORMATS: [(&str, &str); 16] = [
    (".json", DUCKDB),
    (".json.gz", DUCKDB),
    (".jsonl", DUCKDB),
    (".jsonl.gz", DUCKDB),
    (".ndjson", DUCKDB),
    (".ndjson.gz", DUCKDB),
    (".avro", "duckdb -c \"copy (from read_avro('IN')) to 'OUT.parquet'\""),
    (".xlsx", "duckdb -c \"copy (from read_xlsx('IN')) to 'OUT.parquet'\""),
    (
        ".orc",
        "python -c \"import pyarrow.orc as i, pyarrow.parquet as o; o.write_table(i.read_table('IN'), 'OUT.parquet')\"",
    ),
    (".feather", FEATHER),
    (".arrow", FEATHER),
    (".csv.zip", "unzip 'IN'"),
    (".csv.zst", "zstd -d 'IN'"),
    (".csv.bz2", "bunzip2 'IN'"),
    (".csv.xz", "unxz 'IN'"),
    (".xls", "soffice --convert-to csv 'IN'"),
];

const DUCKDB: &str = "duckdb -c \"copy (from 'IN') to 'OUT.parquet'\"";
const FEATHER: &str = "python -c \"import pyarrow.feather as i, pyarrow.parquet as o; \
                       o.write_table(i.read_table('IN'), 'OUT.parquet')\"";

/// The ending of a table that is not read here; none for all else.
pub(crate) fn ending(name: &str) -> Option<&'static str> {
    let lower = name.to_lowercase();
    FORMATS.iter().map(|&(ending, _)| ending).find(|ending| lower.ends_with(ending))
}

/// The command that makes a table of such a file.
pub(crate) fn command(path: &Path, ending: &str) -> String {
    let path = path.display().to_string();
    let stem = path.get(..path.len() - ending.len()).unwrap_or(&path);
    let template =
        FORMATS.iter().find(|&&(other, _)| other == ending).map_or(DUCKDB, |&(_, command)| command);
    // Part by part, so that a folder of that name is left alone.
    let parts: Vec<String> = template.split("OUT").map(|part| part.replace("IN", &path)).collect();
    parts.join(stem)
}

/// A folder that is a table by more than its Parquet files, which also hold rows that are no longer in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lake {
    Delta,
    Iceberg,
    Hudi,
}

impl Lake {
    /// What a folder is by what lies in it.
    pub(crate) fn of(folder: &Path) -> Option<Self> {
        if folder.join("_delta_log").is_dir() {
            return Some(Self::Delta);
        }
        if folder.join(".hoodie").is_dir() {
            return Some(Self::Hudi);
        }
        newest_metadata(folder).is_some().then_some(Self::Iceberg)
    }

    /// The kind of table, with its article.
    fn described(self) -> &'static str {
        match self {
            Self::Delta => "a Delta table",
            Self::Iceberg => "an Iceberg table",
            Self::Hudi => "a Hudi table",
        }
    }

    /// The command that writes the table as it is now as plain Parquet.
    pub(crate) fn command(self, folder: &Path) -> String {
        let table = folder.display();
        match self {
            Self::Delta => format!("duckdb -c \"copy (from delta_scan('{table}')) to '{table}.parquet'\""),
            Self::Iceberg => format!(
                "python -c \"import pyarrow.parquet as o; from pyiceberg.table import StaticTable as T; \
                 o.write_table(T.from_metadata('{}').scan().to_arrow(), '{table}.parquet')\"",
                newest_metadata(folder).unwrap_or_default().display()
            ),
            Self::Hudi => {
                format!("spark.read.format('hudi').load('{table}').write.parquet('{table}.parquet')")
            }
        }
    }

    /// Why a folder is not read that is such a table.
    pub(crate) fn refused(self, folder: &Path) -> IngestError {
        IngestError::Format {
            path: folder.display().to_string(),
            what: format!("is {}, which is not supported", self.described()),
            hint: format!("write it as plain Parquet, and use that: `{}`", self.command(folder)),
        }
    }
}

/// The newest description of an Iceberg table: `v3.metadata.json` or `00002-….metadata.json`, packed or not.
fn newest_metadata(folder: &Path) -> Option<PathBuf> {
    let entries = fs::read_dir(folder.join("metadata")).ok()?;
    let version = |path: &PathBuf| {
        let name = path.file_name()?.to_str()?;
        let digits = name.strip_prefix('v').unwrap_or(name);
        let digits = &digits[..digits.bytes().take_while(u8::is_ascii_digit).count()];
        let is_described = !digits.is_empty() && name.contains(".metadata.json");
        is_described.then(|| digits.parse().unwrap_or(u64::MAX))
    };
    let described = entries.filter_map(|entry| Some(entry.ok()?.path()));
    described.filter_map(|path| Some((version(&path)?, path))).max().map(|(_, path)| path)
}

/// Why a source is not read that holds a table of its own below, or lies in one.
fn tangled(source: &Path, lies: &str, lake: Lake, table: &Path) -> IngestError {
    let hint = match lake {
        Lake::Delta => format!("use the table itself: `{}`", table.display()),
        _ => format!("write the table as plain Parquet, and use that: `{}`", lake.command(table)),
    };
    IngestError::Format {
        path: source.display().to_string(),
        what: format!(
            "{lies} `{}`, {}: its files also hold rows that are no longer in it",
            table.display(),
            lake.described()
        ),
        hint,
    }
}

/// Refuses a folder below the source that is a table of its own.
pub(crate) fn check_below(source: &Path, folder: &Path) -> Result<(), IngestError> {
    match Lake::of(folder) {
        Some(lake) => Err(tangled(source, "holds", lake, folder)),
        None => Ok(()),
    }
}

/// Refuses a path that lies in such a table. `seen` keeps the folders that were looked at before.
pub(crate) fn check_above(path: &Path, seen: &mut BTreeSet<PathBuf>) -> Result<(), IngestError> {
    // A link may lead into a table; one that leads nowhere is told of when it is opened.
    let Ok(real) = path.canonicalize() else { return Ok(()) };
    for folder in real.ancestors().skip(1) {
        if !seen.insert(folder.to_owned()) {
            break;
        }
        if let Some(lake) = Lake::of(folder) {
            return Err(tangled(path, "lies in", lake, folder));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_names_the_file_and_what_becomes_of_it() {
        for (path, expected) in [
            ("a/b.json", Some("duckdb -c \"copy (from 'a/b.json') to 'a/b.parquet'\"")),
            ("b.NDJSON.gz", Some("duckdb -c \"copy (from 'b.NDJSON.gz') to 'b.parquet'\"")),
            ("b.csv.zip", Some("unzip 'b.csv.zip'")),
            ("b.zip", None),
            ("b.parquet", None),
        ] {
            let found = ending(path).map(|ending| command(Path::new(path), ending));
            assert_eq!(found.as_deref(), expected, "{path}");
        }
    }
}
