//! Flags of the commands that tell what is known of customers.

use std::path::PathBuf;

use anyhow::Context;
use clap::Args as ClapArgs;
use erbij_engine::Language;

use super::AskedArgs;

/// Whom it is about, from which artifact, and when.
#[derive(Debug, ClapArgs)]
pub(crate) struct AboutCustomersArgs {
    /// Print for this customer
    #[arg(long, value_name = "ID", conflicts_with = "out")]
    pub customer: Option<String>,
    /// Write for all customers to this file: .jsonl, .csv or .parquet. In .csv, texts that look like a formula get a leading
    /// apostrophe; ids never do
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Print JSON
    #[arg(long, conflicts_with = "out")]
    pub json: bool,
    #[command(flatten)]
    pub asked: AskedArgs,
}

impl AboutCustomersArgs {
    /// The customer that is asked about.
    pub(crate) fn one_customer(&self) -> anyhow::Result<&str> {
        self.customer.as_deref().context("about whom? hint: `--customer ID` or `--out FILE`")
    }
}

#[derive(Debug, ClapArgs)]
pub(crate) struct LifetimeArgs {
    #[command(flatten)]
    pub about: AboutCustomersArgs,
    /// List customers whose silence has become unusual, most valuable first
    #[arg(long, value_name = "N", conflicts_with_all = ["customer", "out"])]
    pub watch_list: Option<u32>,
    /// Days ahead to forecast [default: as in the recipe]
    #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u32).range(1..=3650))]
    pub horizon_days: Option<u32>,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct RemindersArgs {
    #[command(flatten)]
    pub about: AboutCustomersArgs,
    /// Days ahead in which reminders may be sent
    #[arg(long, default_value_t = 28, value_name = "DAYS", value_parser = clap::value_parser!(u32).range(1..=366))]
    pub horizon_days: u32,
    /// Minimum probability of a purchase within the horizon
    #[arg(long, default_value_t = 0.3, value_name = "SHARE", value_parser = probability)]
    pub min_probability: f64,
    /// The language of reasons: nl or en
    #[arg(long, default_value = "nl")]
    pub language: Language,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct InterestsArgs {
    #[command(flatten)]
    pub about: AboutCustomersArgs,
    /// Number of purchases shown as evidence for each interest
    #[arg(long, default_value_t = 3, value_name = "N", value_parser = clap::value_parser!(u32).range(0..=100))]
    pub evidence: u32,
}

fn probability(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(share) if (0.0..=1.0).contains(&share) => Ok(share),
        _ => Err("expected a number from 0 to 1".to_owned()),
    }
}
