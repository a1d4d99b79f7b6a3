//! What stops an ingest: a broken contract, never a dirty row.

use std::io;

use erbij_core::{BasketsError, CatalogueError, EventsError, StrColumnError, VocabError};
use parquet::errors::ParquetError;

/// Why there is no result. Every variant about a file names it; a hint stands on its own line.
#[derive(Debug, thiserror::Error)]
pub enum IngestError {
    /// There is nothing at this path.
    #[error("`{path}` does not exist")]
    Absent {
        /// The path as given.
        path: String,
    },
    /// The operating system refused.
    #[error("`{file}` cannot be read")]
    Io {
        /// The file or folder.
        file: String,
        /// Its words.
        source: io::Error,
    },
    /// A folder or a pattern without a single table file.
    #[error(
        "`{path}` holds no Parquet or CSV files\n\
         hint: their names must end in `.parquet`, `.csv`, `.csv.gz`, `.tsv` or `.tsv.gz`"
    )]
    NoFiles {
        /// The path as given.
        path: String,
    },
    /// A table in a format that is not read here, or not in this way.
    #[error("`{path}` {what}\nhint: {hint}")]
    Format {
        /// The file or folder.
        path: String,
        /// What it is or holds.
        what: String,
        /// What to do.
        hint: String,
    },
    /// A text file that cannot be read as it was meant.
    #[error("`{file}`, {place}: {what}\nhint: {hint}")]
    Unreadable {
        /// The file.
        file: String,
        /// Which row and line.
        place: String,
        /// What was found, and what was expected.
        what: String,
        /// What to do.
        hint: String,
    },
    /// There is no room to rewrite a file that is not a flat Parquet table.
    #[error(
        "`{file}` cannot be rewritten in `{folder}`, the folder for temporary files\n\
         hint: set the environment variable `TMPDIR` to a folder with more space"
    )]
    Rewrite {
        /// The file.
        file: String,
        /// Where it would go.
        folder: String,
        /// What the operating system or the writer says.
        source: io::Error,
    },
    /// Several lists of a file may hold the items.
    #[error("`{file}`: several lists may hold the items of table `{table}`: {lists}\nhint: {hint}")]
    Lists {
        /// The file.
        file: String,
        /// The table.
        table: &'static str,
        /// The lists.
        lists: String,
        /// The line to write.
        hint: String,
    },
    /// A pattern that is none.
    #[error("`{pattern}` is not a valid path pattern: {message}")]
    Pattern {
        /// The pattern.
        pattern: String,
        /// What is wrong with it.
        message: String,
    },
    /// An address of something that is not on this machine.
    #[error("`{path}` is not a local path\nhint: copy or mount it, and give the local path")]
    Remote {
        /// The address.
        path: String,
    },
    /// Something else than Parquet.
    #[error("`{file}` is not a Parquet file: {found}\nhint: {hint}")]
    NotParquet {
        /// The file.
        file: String,
        /// What it is instead.
        found: &'static str,
        /// What to do.
        hint: &'static str,
    },
    /// The file says one thing and holds another.
    #[error("`{file}` is damaged: {what}")]
    Damaged {
        /// The file.
        file: String,
        /// What does not fit.
        what: String,
    },
    /// The decoder refused the file.
    #[error("`{file}` cannot be decoded")]
    Parquet {
        /// The file.
        file: String,
        /// Its words.
        source: ParquetError,
    },
    /// More than a limit allows.
    #[error("`{file}` has {found} {what}, expected at most {limit} (`limits.{setting}`)")]
    Limit {
        /// The file or table.
        file: String,
        /// What there is too much of.
        what: &'static str,
        /// How much.
        found: u64,
        /// How much is allowed.
        limit: u64,
        /// The key that allows more.
        setting: &'static str,
    },
    /// A packing or encoding that is not read here.
    #[error("`{file}`: column `{column}` is stored as {found}, which is not supported\nhint: {hint}")]
    Encoding {
        /// The file.
        file: String,
        /// The column in it.
        column: String,
        /// How it is written.
        found: String,
        /// What to do.
        hint: &'static str,
    },
    /// Columns that must be there are not: all of them, so that one reading tells everything.
    #[error("{}", missing_columns(file, table, missing, found, elsewhere))]
    MissingColumns {
        /// The file.
        file: String,
        /// The table.
        table: &'static str,
        /// What is missing.
        missing: Vec<MissingColumn>,
        /// The columns of the file.
        found: Box<str>,
        /// Where the layout keeps what is missing, a sentence each.
        elsewhere: Vec<String>,
    },
    /// A flag of whose words none means anything.
    #[error(
        "`{file}`: no word in column `{column}` for `{name}` is recognised; found {words}\nhint: set their meaning in erbij.toml: [tables.{table}.columns] {name} = {{ column = \"{column}\", yes = [\"…\"], no = [\"…\"] }}"
    )]
    NoWordUnderstood {
        /// The first file of the table.
        file: String,
        /// The table.
        table: &'static str,
        /// The name here.
        name: &'static str,
        /// The column.
        column: String,
        /// The first few words.
        words: String,
    },
    /// The mapping names a column that is not there.
    #[error(
        "`{file}`: `{name}` of table `{table}` is mapped to column `{mapped}`, which does not exist\nhint: {hint}"
    )]
    MappedColumn {
        /// The file.
        file: String,
        /// The table.
        table: &'static str,
        /// The name here.
        name: String,
        /// The column that was named.
        mapped: String,
        /// The nearest column that is there, or all.
        hint: String,
    },
    /// The mapping has a name that this table does not know.
    #[error("`[tables.{table}.columns]` has no key `{name}`\nhint: {hint}")]
    UnknownName {
        /// The table.
        table: &'static str,
        /// The name.
        name: String,
        /// The nearest one that is known, or all.
        hint: String,
    },
    /// A column of a type that cannot mean this.
    #[error("`{file}`: column `{column}` for `{name}` is {found}, expected {expected}\nhint: {hint}")]
    ColumnType {
        /// The file.
        file: String,
        /// The column in it.
        column: String,
        /// The name here.
        name: &'static str,
        /// Its type.
        found: Box<str>,
        /// The types that would do.
        expected: &'static str,
        /// What to do.
        hint: &'static str,
    },
    /// There is not enough memory for so many rows.
    #[error(
        "there is not enough memory for the {n_rows} rows of table `{table}`\nhint: set a limit with `limits.max_rows`"
    )]
    Memory {
        /// The table.
        table: &'static str,
        /// How many rows it says it has.
        n_rows: u64,
    },
    /// All texts of a column together are too long.
    #[error("column `{name}` of table `{table}` is too long")]
    Text {
        /// The table.
        table: &'static str,
        /// The name here.
        name: &'static str,
        /// How.
        source: StrColumnError,
    },
    /// Ids that are no vocabulary: a bug here, not dirt in the data.
    #[error("the ids of {what} cannot be numbered")]
    Vocab {
        /// Of what.
        what: &'static str,
        /// How.
        source: VocabError,
    },
    /// Baskets that break their rules: a bug here, not dirt in the data.
    #[error("the baskets are not valid")]
    Baskets(#[from] BasketsError),
    /// Events that break their rules: a bug here, not dirt in the data.
    #[error("the events are not valid")]
    Events(#[from] EventsError),
    /// A catalogue that breaks its rules: a bug here, not dirt in the data.
    #[error("the catalogue is not valid")]
    Catalogue(#[from] CatalogueError),
}

/// A column that must be there and is not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MissingColumn {
    /// The name it would have here.
    pub name: &'static str,
    /// The other names that are recognised for it, in lower case and without marks between words.
    pub tried: &'static [&'static str],
    /// A column of the file that might be meant: one of a type that will do, and of no other meaning.
    pub proposal: Option<String>,
}

/// How many recognised names are told.
const MOST_TRIED: usize = 8;

fn missing_columns(
    file: &str,
    table: &str,
    missing: &[MissingColumn],
    found: &str,
    elsewhere: &[String],
) -> String {
    let mut told: Vec<String> = Vec::new();
    for column in missing {
        let tried: Vec<String> = std::iter::once(&column.name)
            .chain(column.tried)
            .take(MOST_TRIED)
            .map(|name| format!("`{name}`"))
            .collect();
        let more = (1 + column.tried.len()).saturating_sub(MOST_TRIED);
        let more = if more == 0 { String::new() } else { format!(" and {more} more") };
        told.push(format!(
            "no column for `{}` of table `{table}`; tried {}{more}",
            column.name,
            tried.join(", ")
        ));
    }
    let line = |column: &MissingColumn| {
        format!("{} = \"{}\"", column.name, column.proposal.as_deref().unwrap_or("…"))
    };
    let hint = match missing {
        [column] => match &column.proposal {
            Some(proposal) => format!(
                "if you mean `{proposal}`, write in erbij.toml: [tables.{table}.columns] {}",
                line(column)
            ),
            None => {
                format!("name the column in erbij.toml: [tables.{table}.columns] {}", line(column))
            }
        },
        _ => {
            let lines: Vec<String> = missing.iter().map(|column| format!("  {}", line(column))).collect();
            format!(
                "name the columns in erbij.toml; if these are right, write:\n  [tables.{table}.columns]\n{}",
                lines.join("\n")
            )
        }
    };
    let no_id = if table == "orders" && missing.iter().any(|column| column.name == "order_id") {
        "\nhint: if orders have no id, name the columns that rows of one order share: [tables.orders] order_of = [\"customer_id\", \"ordered_on\"]"
    } else {
        ""
    };
    let known: String = elsewhere.iter().map(|told| format!("\nhint: {told}")).collect();
    if !known.is_empty() {
        return format!("`{file}`: {}; found {found}{known}", told.join("; "));
    }
    let elsewhere = if table == "orders" && missing.iter().any(|column| column.name == "ordered_at") {
        "\nhint: if the date is in another file, one with a row per order, join it: [[tables.orders.join]] file = \"…\", on = \"order_id\""
    } else {
        ""
    };
    format!("`{file}`: {}; found {found}\nhint: {hint}{no_id}{elsewhere}", told.join("; "))
}
