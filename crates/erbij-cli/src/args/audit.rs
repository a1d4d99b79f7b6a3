//! What `erbij audit` may be told.

use std::path::PathBuf;

use clap::Args as ClapArgs;

use super::AskedArgs;

#[derive(Debug, ClapArgs)]
pub(crate) struct AuditArgs {
    #[command(flatten)]
    pub asked: AskedArgs,
    /// Number of items per slate
    #[arg(long, default_value_t = 10, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub n: u32,
    /// Rules that take precedence over those in the artifact
    #[arg(long, value_name = "FILE", env = "ERBIJ_RULES")]
    pub rules: Option<PathBuf>,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}
