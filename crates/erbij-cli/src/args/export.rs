//! Flags of `erbij export`.

use std::path::PathBuf;

use clap::{Args as ClapArgs, Subcommand, ValueEnum};

use super::StoreArgs;

#[derive(Debug, Subcommand)]
pub(crate) enum ExportCommand {
    /// Export the relations between all items of the catalogue
    #[command(after_help = "Examples:
  erbij export relations --out related_products.tsv   (supplemental feed for Google Merchant Center)
  erbij export relations --out relations.jsonld       (schema.org JSON-LD, one line per item, for its page)
  erbij export relations --out relations.parquet      (a table; or .csv, .jsonl)

Accessories, consumables, spare parts, substitutes and items often bought together: relations from the catalogue first, then
those found in orders, above the privacy floor. The feed has one line per item or variant, with at most 30 related items.")]
    Relations(RelationsArgs),
}

#[derive(Debug, ClapArgs)]
pub(crate) struct RelationsArgs {
    /// The file
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,
    /// The format [default: by file extension: .tsv, .jsonld, .jsonl, .csv or .parquet]
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
    /// Google Merchant Center's `related_product`, tab-separated
    Merchant,
    /// schema.org JSON-LD, one object per line
    Jsonld,
    /// A table
    Csv,
    /// A table
    Jsonl,
    /// A table
    Parquet,
}
