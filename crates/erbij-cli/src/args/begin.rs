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
    /// The catalogue; helps to tell id columns apart by their values
    #[arg(long, value_name = "PATH")]
    pub items: Option<String>,
    /// Customers
    #[arg(long, value_name = "PATH")]
    pub customers: Option<String>,
    /// Page views, cart additions and other events
    #[arg(long, value_name = "PATH")]
    pub events: Option<String>,
    /// The settings file to write
    #[arg(long, value_name = "FILE", default_value = "erbij.toml", env = "ERBIJ_CONFIG")]
    pub config: PathBuf,
    /// Replace an existing settings file
    #[arg(long)]
    pub force: bool,
    /// The time to treat as now; orders more than a day later are dropped [default: the clock]
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
    /// Send three requests over HTTP, print the responses and exit
    #[arg(long)]
    pub once: bool,
    /// Your own order lines instead of the sample
    #[arg(long, value_name = "PATH", conflicts_with = "sample")]
    pub orders: Option<String>,
    /// Your own catalogue
    #[arg(long, value_name = "PATH", requires = "orders")]
    pub items: Option<String>,
    /// Your own customers table
    #[arg(long, value_name = "PATH", requires = "orders")]
    pub customers: Option<String>,
    /// Your own events table
    #[arg(long, value_name = "PATH", requires = "orders")]
    pub events: Option<String>,
    /// Settings for your own files; written by inspecting them if the file does not exist
    #[arg(long, value_name = "FILE", requires = "orders")]
    pub config: Option<PathBuf>,
    /// The sample [default: data/sample of this repository]
    #[arg(long, value_name = "DIR")]
    pub sample: Option<PathBuf>,
    /// The folder of published generations [default: models/published; with your own files, a temporary one]
    #[arg(long, value_name = "DIR", env = "ERBIJ_STORE")]
    pub store: Option<PathBuf>,
    /// Where to listen [default: 127.0.0.1:8080; with --once, any free port]
    #[arg(long)]
    pub address: Option<SocketAddr>,
}
