//! Following the store: the current generation becomes the snapshot, whichever way its number went; and following the
//! file of rules, where there is one.
//!
//! Everything slow (reading, checking, making ready, freeing the old one) happens on a blocking thread, one
//! generation at a time. The swap itself is one pointer.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use erbij_artifact::Artifact;
use erbij_core::causes;
use erbij_engine::Engine;
use erbij_rules::{CheckedRuleBook, Emptied};
use tokio::task::spawn_blocking;
use tokio::time::{Instant, sleep};

use crate::generations::{CurrentGeneration, current_generation};
use crate::snapshot::Snapshot;
use crate::state::State;

/// The longest wait before a refused generation is tried again: the disk may have been at fault.
const MAX_BACK_OFF: Duration = Duration::from_secs(60);
/// How often it is looked whether the last request on an old snapshot has ended.
const RETIRE_INTERVAL: Duration = Duration::from_millis(20);

/// Follows a store for as long as it is awaited.
pub(crate) struct Follower {
    store: PathBuf,
    /// Rules that go before those of artifacts.
    rules: Option<PathBuf>,
    /// The file of rules as it was when they were read last.
    rules_read: Option<FileStamp>,
    state: Arc<State>,
    poll_interval: Duration,
    n_scratches: usize,
    refused: Option<Refused>,
    /// What the store itself last complained of, so that it is logged once.
    complaint: Option<String>,
}

/// When a file was changed last, and how long it is: what tells that it is another.
type FileStamp = (SystemTime, u64);

fn stamp_of(path: &Path) -> Option<FileStamp> {
    let metadata = std::fs::metadata(path).ok()?;
    Some((metadata.modified().ok()?, metadata.len()))
}

/// A generation that did not open.
struct Refused {
    generation: CurrentGeneration,
    back_off: Duration,
    try_again_at: Instant,
}

/// An error and all that caused it, in one line.
pub(crate) fn chain(error: &(dyn Error + 'static)) -> String {
    causes(error).join(": ")
}

impl Follower {
    /// Follows `store` into `state`.
    pub(crate) fn new(
        store: PathBuf,
        rules: Option<PathBuf>,
        state: Arc<State>,
        poll_interval: Duration,
        n_scratches: usize,
    ) -> Self {
        Self {
            store,
            rules,
            rules_read: None,
            state,
            poll_interval,
            n_scratches,
            refused: None,
            complaint: None,
        }
    }

    /// Looks, loads, sleeps, for ever.
    pub(crate) async fn follow(mut self) {
        loop {
            self.look().await;
            sleep(self.poll_interval).await;
        }
    }

    /// Asks the store once, and loads what is new.
    async fn look(&mut self) {
        let (store, rules) = (self.store.clone(), self.rules.clone());
        let look = move || (current_generation(&store), rules.as_deref().and_then(stamp_of));
        let (found, stamp) = match spawn_blocking(look).await {
            Ok(found) => found,
            Err(error) => return self.complain(chain(&error)),
        };
        let current = match found {
            Ok(current) => {
                self.complaint = None;
                current
            }
            Err(error) => return self.complain(chain(&error)),
        };
        let Some(current) = current else { return };
        if self.is_loaded(&current) && stamp == self.rules_read {
            self.refused = None;
            self.state.set_refused_generation(None);
            return;
        }
        let is_waiting =
            |refused: &Refused| refused.generation == current && Instant::now() < refused.try_again_at;
        // Rules that were changed again may be right now.
        if stamp != self.rules_read || !self.refused.as_ref().is_some_and(is_waiting) {
            self.rules_read = stamp;
            self.load(current).await;
        }
    }

    fn is_loaded(&self, current: &CurrentGeneration) -> bool {
        let snapshot = self.state.snapshot.load();
        snapshot.as_deref().is_some_and(|snapshot| {
            snapshot.generation == current.number && snapshot.artifact_id == current.artifact_id
        })
    }

    fn complain(&mut self, complaint: String) {
        if self.complaint.as_ref() != Some(&complaint) {
            tracing::error!("the store cannot be followed, what is loaded stays: {complaint}");
            self.complaint = Some(complaint);
        }
    }

    async fn load(&mut self, generation: CurrentGeneration) {
        let started = Instant::now();
        let (number, n_scratches, now) = (generation.number, self.n_scratches, self.state.now());
        let (opening, rules) = (generation.clone(), self.rules.clone());
        let before = self.state.snapshot.load();
        let showed_something =
            before.as_deref().is_some_and(|snapshot| !Emptied::is_every_page(&snapshot.emptied));
        drop(before);
        let loaded = spawn_blocking(move || {
            let Artifact { manifest, model_set } = opening.open().map_err(|error| chain(&error))?;
            let book = rules_of(rules.as_deref(), &manifest.training.rules)?;
            let engine = Engine::new(model_set).with_rules(&book);
            for rule in engine.rules().idle() {
                tracing::warn!("{}", rule.idle_note());
            }
            for rule in engine.rules().over(now) {
                tracing::info!("the time of rule `{}` (line {}) is over", rule.name, rule.line);
            }
            let snapshot = Snapshot::new(number, manifest.artifact_id, engine, n_scratches, now);
            // Rules that were changed to show nothing at all are a slip of the pen. What was published so was forced.
            let shows_nothing = Emptied::is_every_page(&snapshot.emptied);
            if let Some(path) = rules.as_deref().filter(|_| shows_nothing && showed_something) {
                let told = snapshot.emptied.iter().map(Emptied::note).collect::<Vec<_>>().join("; ");
                return Err(format!("`{}` is refused: {told}", path.display()));
            }
            for emptied in &snapshot.emptied {
                tracing::error!("{}", emptied.note());
            }
            Ok(Arc::new(snapshot))
        });
        // A panic while loading is a bug, but one that the old snapshot need not die of.
        let snapshot = match loaded.await.unwrap_or_else(|error| Err(chain(&error))) {
            Ok(snapshot) => snapshot,
            Err(cause) => return self.refuse(generation, &cause),
        };
        let artifact_id = snapshot.artifact_id.clone();
        let old = self.state.snapshot.swap(Some(snapshot));
        self.refused = None;
        self.state.set_refused_generation(None);
        let duration_ms = started.elapsed().as_millis() as u64;
        tracing::info!(
            artifact.id = artifact_id,
            generation = number,
            duration_ms,
            "answering from generation {number}, artifact {artifact_id}, loaded in {duration_ms} ms"
        );
        if let Some(old) = old {
            retire(old).await;
        }
    }

    fn refuse(&mut self, generation: CurrentGeneration, cause: &str) {
        let before = self.refused.take().filter(|refused| refused.generation == generation);
        let back_off =
            before.as_ref().map_or(self.poll_interval * 2, |refused| refused.back_off * 2).min(MAX_BACK_OFF);
        self.state.set_refused_generation(Some(generation.number));
        if before.is_none() {
            let number = generation.number;
            tracing::error!(
                artifact.id = generation.artifact_id,
                generation = number,
                "generation {number} is refused, what is loaded stays: {cause}"
            );
        }
        self.refused = Some(Refused { generation, back_off, try_again_at: Instant::now() + back_off });
    }
}

/// The rules of a file, or else those of the artifact.
fn rules_of(file: Option<&Path>, of_artifact: &str) -> Result<CheckedRuleBook, String> {
    let (name, text) = match file {
        Some(path) => {
            let text = std::fs::read_to_string(path);
            (
                path.display().to_string(),
                text.map_err(|error| format!("reading `{}`: {error}", path.display()))?,
            )
        }
        None => ("the artifact's rules".to_owned(), of_artifact.to_owned()),
    };
    CheckedRuleBook::read(&text).map_err(|error| format!("`{name}` is refused: {error}"))
}

/// Frees an old snapshot once no request uses it, so that no request pays for freeing it.
async fn retire(old: Arc<Snapshot>) {
    // Nobody can take a new share: it is no longer to be found. Shares only become fewer.
    while 1 < Arc::strong_count(&old) {
        sleep(RETIRE_INTERVAL).await;
    }
    let freed = spawn_blocking(move || drop(old)).await;
    if let Err(error) = freed {
        tracing::error!("freeing an old snapshot failed: {}", chain(&error));
    }
}
