//! Which artifact is asked, and as of when.

use std::path::PathBuf;

use clap::Args as ClapArgs;
use erbij_artifact::Artifact;
use erbij_core::Timestamp;

use super::StoreArgs;
use crate::clock;
use crate::commands::open;

#[derive(Debug, ClapArgs)]
pub(crate) struct AskedArgs {
    /// The artifact [default: the current generation of the store]
    #[arg(long, value_name = "DIR")]
    pub artifact: Option<PathBuf>,
    #[command(flatten)]
    pub store: StoreArgs,
    /// The time of the request [default: the clock]
    #[arg(long, value_name = "TIME", value_parser = Timestamp::parse)]
    pub now: Option<Timestamp>,
}

impl AskedArgs {
    /// Opens the artifact.
    pub(crate) fn open(&self) -> anyhow::Result<Artifact> {
        open::artifact(self.artifact.as_deref(), &self.store)
    }

    /// The instant.
    pub(crate) fn now(&self) -> Timestamp {
        self.now.unwrap_or_else(clock::now)
    }
}
