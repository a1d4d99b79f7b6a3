//! What is asked about one item, and about one customer's needs.

use std::path::PathBuf;

use clap::Args as ClapArgs;
use erbij_core::Placement;
use erbij_engine::Language;

use super::AskedArgs;

#[derive(Debug, ClapArgs)]
pub(crate) struct ExplainArgs {
    /// The item to explain
    #[arg(long, value_name = "ID")]
    pub item: String,
    #[command(flatten)]
    pub moment: MomentArgs,
    /// Exclude these items
    #[arg(long, value_name = "ID,ID,…", value_delimiter = ',')]
    pub exclude: Vec<String>,
    /// Only items that match this CEL expression, such as 'price < 50 && brand != "X"'
    #[arg(long, value_name = "CONDITION")]
    pub filter: Option<String>,
    /// Rules that take precedence over those in the artifact
    #[arg(long, value_name = "FILE", env = "ERBIJ_RULES")]
    pub rules: Option<PathBuf>,
    /// Number of items on the slate
    #[arg(long, default_value_t = 10, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub n: u32,
    /// The language of sentences: nl or en
    #[arg(long, default_value = "nl")]
    pub language: Language,
    /// Print the answer as JSON
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct NeedsArgs {
    #[command(flatten)]
    pub moment: MomentArgs,
    /// Print the answer as JSON
    #[arg(long)]
    pub json: bool,
}

/// Who is where, and has what.
#[derive(Debug, ClapArgs)]
pub(crate) struct MomentArgs {
    /// For this customer
    #[arg(long, value_name = "ID")]
    pub customer: Option<String>,
    /// On the page of this item
    #[arg(long, value_name = "ID", conflicts_with = "basket")]
    pub page: Option<String>,
    /// With these items in the basket
    #[arg(long, value_name = "ID,ID,…", value_delimiter = ',')]
    pub basket: Vec<String>,
    /// Items viewed in this session, oldest first
    #[arg(long, value_name = "ID,ID,…", value_delimiter = ',')]
    pub session: Vec<String>,
    /// Where the slate is shown [default: item_page with --page, basket with --basket, else home]
    #[arg(long)]
    pub placement: Option<Placement>,
    /// Items the customer owns but did not buy here
    #[arg(long, value_name = "ID,ID,…", value_delimiter = ',')]
    pub owned: Vec<String>,
    #[command(flatten)]
    pub asked: AskedArgs,
}
