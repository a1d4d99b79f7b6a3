//! How to begin: on the sample, or on the shop's own files.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Args as ClapArgs;
use erbij_core::Timestamp;

use super::SourceArgs;

/// What a look at the tables is to be written to.
#[derive(Debug, ClapArgs)]
pub(crate) struct InitArgs {
    /// Order lines: a Parquet or CSV file, a folder, a pattern, a tree of key=value folders or a Delta table
    #[arg(long, value_name = "PATH")]
    pub orders: String,
    /// The catalogue; with it, columns of ids are told apart by their values
    #[arg(long, value_name = "PATH")]
    pub items: Option<String>,
    /// Customers
    #[arg(long, value_name = "PATH")]
    pub customers: Option<String>,
    /// What was done on pages
    #[arg(long, value_name = "PATH")]
    pub events: Option<String>,
    /// The settings file to write
    #[arg(long, value_name = "FILE", default_value = "erbij.toml", env = "ERBIJ_CONFIG")]
    pub config: PathBuf,
    /// Replace the settings file that is there
    #[arg(long)]
    pub force: bool,
    /// The instant that counts as now: orders more than a day after it are dropped [default: the clock]
    #[arg(long, value_name = "TIME", value_parser = Timestamp::parse)]
    pub now: Option<Timestamp>,
}

impl InitArgs {
    /// The tables, read with the settings that are written.
    pub(crate) fn sources(&self) -> SourceArgs {
        SourceArgs {
            orders: self.orders.clone(),
            items: self.items.clone(),
            customers: self.customers.clone(),
            events: self.events.clone(),
            config: Some(self.config.clone()),
            now: self.now,
        }
    }
}

#[derive(Debug, ClapArgs)]
pub(crate) struct DemoArgs {
    /// Ask three questions over HTTP, print the answers and exit
    #[arg(long)]
    pub once: bool,
    /// Own order lines, in place of the sample
    #[arg(long, value_name = "PATH", conflicts_with = "sample")]
    pub orders: Option<String>,
    /// The catalogue of the own orders
    #[arg(long, value_name = "PATH", requires = "orders")]
    pub items: Option<String>,
    /// The customers of the own orders
    #[arg(long, value_name = "PATH", requires = "orders")]
    pub customers: Option<String>,
    /// What was done on the own pages
    #[arg(long, value_name = "PATH", requires = "orders")]
    pub events: Option<String>,
    /// The settings for the own files; what a look at them tells is written to it where there is no such file
    #[arg(long, value_name = "FILE", requires = "orders")]
    pub config: Option<PathBuf>,
    /// The sample [default: data/sample of this repository]
    #[arg(long, value_name = "DIR")]
    pub sample: Option<PathBuf>,
    /// The folder of published generations [default: models/published; of own files, one that is removed at the end]
    #[arg(long, value_name = "DIR", env = "ERBIJ_STORE")]
    pub store: Option<PathBuf>,
    /// Where to listen [default: 127.0.0.1:8080; with --once any free port]
    #[arg(long)]
    pub address: Option<SocketAddr>,
}
