//! Flags of the commands that tell what is known of customers.

use std::path::PathBuf;

use anyhow::Context;
use clap::Args as ClapArgs;
use erbij_engine::Language;

use super::AskedArgs;

/// Whom it is about, from which artifact, and when.
#[derive(Debug, ClapArgs)]
pub(crate) struct AboutCustomersArgs {
    /// About this customer, printed
    #[arg(long, value_name = "ID", conflicts_with = "out")]
    pub customer: Option<String>,
    /// About all customers, to this file; its ending says how: .jsonl, .csv or .parquet. In .csv a text that begins as a
    /// formula gets an apostrophe in front; ids never do
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
    /// The customers whose silence has become unusual, those worth most first
    #[arg(long, value_name = "N", conflicts_with_all = ["customer", "out"])]
    pub watch_list: Option<u32>,
    /// The days ahead that are expected [default: those of the recipe]
    #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u32).range(1..=3650))]
    pub horizon_days: Option<u32>,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct RemindersArgs {
    #[command(flatten)]
    pub about: AboutCustomersArgs,
    /// The days from now on which reminders may go out
    #[arg(long, default_value_t = 28, value_name = "DAYS", value_parser = clap::value_parser!(u32).range(1..=366))]
    pub horizon_days: u32,
    /// Only what is bought within the horizon with at least this chance
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
    /// Of each interest, so many purchases as evidence
    #[arg(long, default_value_t = 3, value_name = "N", value_parser = clap::value_parser!(u32).range(0..=100))]
    pub evidence: u32,
}

fn probability(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(share) if (0.0..=1.0).contains(&share) => Ok(share),
        _ => Err("expected a number from 0 to 1".to_owned()),
    }
}
