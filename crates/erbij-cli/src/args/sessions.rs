//! What can be said to the commands about visits.

use std::path::PathBuf;

use clap::Args as ClapArgs;
use erbij_evaluate::protocols::session;

/// What `benchmark session` can fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
#[value(rename_all = "snake_case")]
pub(crate) enum SessionBenchmarkModel {
    /// What is looked at most, whatever the visit
    Popularity,
    /// What the nearest sessions looked at
    Session,
}

/// How its files are laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
#[value(rename_all = "snake_case")]
pub(crate) enum SessionFormat {
    /// A line a look, in both files
    Serenade,
    /// A line a session, and a line a beginning of a visit with what came next
    Prefix,
}

impl From<SessionFormat> for session::SessionFormat {
    fn from(format: SessionFormat) -> Self {
        match format {
            SessionFormat::Serenade => Self::Serenade,
            SessionFormat::Prefix => Self::Prefix,
        }
    }
}

#[derive(Debug, ClapArgs)]
pub(crate) struct BenchmarkSessionArgs {
    /// Training file
    #[arg(long, value_name = "FILE")]
    pub train: PathBuf,
    /// Test file
    #[arg(long, value_name = "FILE")]
    pub test: PathBuf,
    /// How both files are laid out
    #[arg(long, value_enum, default_value = "serenade", value_name = "NAME")]
    pub format: SessionFormat,
    /// Which model
    #[arg(long, value_enum, value_name = "NAME")]
    pub model: SessionBenchmarkModel,
    /// A parameter of the model; may be repeated
    #[arg(long, value_name = "KEY=VALUE")]
    pub set: Vec<String>,
    /// Number of ranks judged
    #[arg(long, default_value_t = 20, value_name = "K", value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub k: u32,
    /// Write the figures as JSON
    #[arg(long, value_name = "FILE")]
    pub json: Option<PathBuf>,
}
