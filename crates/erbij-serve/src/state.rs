//! What all requests share.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use arc_swap::ArcSwapOption;
use erbij_core::{PersonalisationPolicy, Timestamp};
use erbij_engine::Language;
use tokio::sync::Semaphore;

use crate::ids::Ids;
use crate::settings::ServeSettings;
use crate::snapshot::Snapshot;

/// What all requests share.
#[derive(Debug)]
pub(crate) struct State {
    /// What is answered from; none until a generation was loaded.
    pub(crate) snapshot: ArcSwapOption<Snapshot>,
    /// One permit a request to `/v1`.
    pub(crate) permits: Semaphore,
    /// Makes ids.
    pub(crate) ids: Ids,
    /// The language of reasons where a request names none.
    pub(crate) language: Language,
    /// When somebody who said nothing is personalised for.
    pub(crate) personalisation: PersonalisationPolicy,
    clock: fn() -> Timestamp,
    is_shutting_down: AtomicBool,
    /// The number of the current generation where it was refused; 0 for none, which no generation has.
    refused_generation: AtomicU64,
}

impl State {
    /// Nothing loaded yet.
    pub(crate) fn new(settings: &ServeSettings) -> Arc<Self> {
        Arc::new(Self {
            snapshot: ArcSwapOption::empty(),
            permits: Semaphore::new(settings.max_concurrent.min(Semaphore::MAX_PERMITS)),
            ids: Ids::new(),
            language: settings.language,
            personalisation: settings.personalisation,
            clock: settings.clock,
            is_shutting_down: AtomicBool::new(false),
            refused_generation: AtomicU64::new(0),
        })
    }

    /// What time it is.
    pub(crate) fn now(&self) -> Timestamp {
        (self.clock)()
    }

    /// From now on the service says it is not ready.
    pub(crate) fn begin_shutdown(&self) {
        self.is_shutting_down.store(true, Ordering::Release);
    }

    /// Whether the service is about to stop.
    pub(crate) fn is_shutting_down(&self) -> bool {
        self.is_shutting_down.load(Ordering::Acquire)
    }

    /// Remembers which generation was refused, or that none is.
    pub(crate) fn set_refused_generation(&self, number: Option<u64>) {
        self.refused_generation.store(number.unwrap_or(0), Ordering::Release);
    }

    /// The current generation's number, where it was refused.
    pub(crate) fn refused_generation(&self) -> Option<u64> {
        Some(self.refused_generation.load(Ordering::Acquire)).filter(|&number| number != 0)
    }
}
