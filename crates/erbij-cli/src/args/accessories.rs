//! Flags of `erbij accessories`.

use std::path::PathBuf;

use clap::Args as ClapArgs;

use super::StoreArgs;

#[derive(Debug, ClapArgs)]
pub(crate) struct AccessoriesArgs {
    /// The item, or one of its variants
    #[arg(long, value_name = "ID", required_unless_present_any = ["check_catalogue", "flows"])]
    pub item: Option<String>,
    /// Compare what the catalogue says with what was mined: confirmed, added, contradicted
    #[arg(long, conflicts_with_all = ["item", "explain"])]
    pub check_catalogue: bool,
    /// Maximum number of each
    #[arg(long, default_value_t = 10, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub n: u32,
    /// Show the evidence, including items that follow this one without belonging to it; refits from --orders
    #[arg(long, requires = "orders", group = "fits_anew")]
    pub explain: bool,
    /// Show which categories go together, and the item pairs found between them; refits from --orders
    #[arg(long, requires = "orders", group = "fits_anew", conflicts_with_all = ["item", "check_catalogue"])]
    pub flows: bool,
    /// With --explain or --flows, order lines: a Parquet or CSV file, a folder, a pattern, a tree of key=value folders or a Delta table
    #[arg(long, value_name = "PATH", requires = "fits_anew")]
    pub orders: Option<String>,
    /// With --explain or --flows, the catalogue
    #[arg(long, value_name = "PATH", requires = "fits_anew")]
    pub items: Option<String>,
    /// With --explain or --flows, the recipe [default: all default parameters]
    #[arg(long, value_name = "FILE", requires = "fits_anew")]
    pub recipe: Option<PathBuf>,
    /// With --explain or --flows, column names and cleaning rules [default: erbij.toml, if it exists]
    #[arg(long, value_name = "FILE", env = "ERBIJ_CONFIG")]
    pub config: Option<PathBuf>,
    /// With --explain, plot how long after the item its accessories were bought
    #[arg(long, value_name = "FILE", requires = "explain")]
    pub svg: Option<PathBuf>,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
    /// The artifact [default: the current generation of the store]
    #[arg(long, value_name = "DIR", conflicts_with = "fits_anew")]
    pub artifact: Option<PathBuf>,
    #[command(flatten)]
    pub store: StoreArgs,
}
