//! Flags of `erbij export`.

use std::path::PathBuf;

use clap::{Args as ClapArgs, Subcommand, ValueEnum};

use super::StoreArgs;

#[derive(Debug, Subcommand)]
pub(crate) enum ExportCommand {
    /// Write how the items of the whole catalogue are related, for others to read
    #[command(after_help = "Examples:
  erbij export relations --out related_products.tsv            a supplemental feed for Google Merchant Center
  erbij export relations --out relations.jsonld                schema.org, a line an item, for its page
  erbij export relations --out relations.parquet               a table (or .csv, .jsonl)

What belongs to an item, what may be bought instead, what is often bought with it: the catalogue's own word first, then what orders
say, above the privacy floor. A line an item and variant in a feed, 30 related items at most.")]
    Relations(RelationsArgs),
}

#[derive(Debug, ClapArgs)]
pub(crate) struct RelationsArgs {
    /// The file
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,
    /// In which form [default: by the ending of the file: .tsv, .jsonld, .jsonl, .csv or .parquet]
    #[arg(long = "as", value_enum, value_name = "FORM")]
    pub form: Option<RelationsForm>,
    /// The artifact [default: the current generation of the store]
    #[arg(long, value_name = "DIR")]
    pub artifact: Option<PathBuf>,
    #[command(flatten)]
    pub store: StoreArgs,
}

/// A form of relations.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum RelationsForm {
    /// Google Merchant Center's `related_product`: tab-separated
    Merchant,
    /// schema.org: a JSON object a line
    Jsonld,
    /// A table
    Csv,
    /// A table
    Jsonl,
    /// A table
    Parquet,
}
