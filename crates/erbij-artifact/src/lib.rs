//! A model set as files: write, validate, open, publish, roll back.
//!
//! An *artifact* is a folder with a manifest and one Arrow IPC file a section; `FORMAT.md` beside this crate
//! gives every byte. [`write()`] makes one, [`open`] takes one into memory without copying its columns. A
//! [`Store`] keeps the published ones, numbered, and says which is current; publishing is a copy, a rename
//! and the rename of one small file, so that a reader sees the old or the new and nothing between.
//!
//! What is read here is hostile until proven otherwise: sizes, hashes, schemas, bounds and the rules of the
//! models are checked before anything is handed out, and no bytes make it panic.

mod diff;
mod durable;
mod error;
mod fingerprint;
mod format;
mod guard;
mod layout;
mod leftovers;
mod manifest;
mod open;
mod publish;
mod rollback;
mod section_read;
mod section_spec;
mod section_write;
mod sections_of;
mod steps;
mod store;
#[cfg(test)]
mod tests;
mod write;

pub use diff::{ArtifactDiff, BestSellerDiff, ItemName, diff};
pub use error::ArtifactError;
pub use fingerprint::data_fingerprint;
pub use format::{FORMAT, Format};
pub use guard::GuardResult;
pub use leftovers::{remove_leftovers, temporary_path};
pub use manifest::{
    Counts, DataWindow, FileEntry, MANIFEST_FILE, MAX_MANIFEST_BYTES, Manifest, TrainingSummary,
    read_manifest,
};
pub use open::{Artifact, open, verify};
pub use publish::{MoreGuards, Outcome, PublishOptions, Published};
pub use rollback::RolledBack;
pub use section_read::SectionError;
pub use store::{Contents, DamagedGeneration, Generation, GenerationRef, Store, StoreError};
pub use write::{check_target, write};
