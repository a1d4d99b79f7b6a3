//! How the service runs.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use erbij_core::{PersonalisationPolicy, Timestamp};
use erbij_engine::Language;

/// How the service runs. [`ServeSettings::new`] fills in the defaults.
///
/// | Name | Default | Purpose |
/// |---|---|---|
/// | `rules` | those of the artifact | the file of the shop's rules, read with each generation and when it changes |
/// | `workers` | one a core | threads that answer; used by [`crate::run`], and to have so much scratch ready |
/// | `poll_interval` | 1 s | how often the store is asked for its current generation |
/// | `max_concurrent` | 256 | requests to `/v1` at one time; one more is answered 429 |
/// | `max_connections` | 800 | connections at one time; below the usual 1024 open files of a process |
/// | `header_timeout` | 5 s | a connection whose first request has not come by then is closed |
/// | `idle_timeout` | 30 s | a connection without a new request for so long is closed |
/// | `request_timeout` | 1 s | a request whose body has not come by then is answered 408 |
/// | `linger` | 2 s | after the signal to stop: not ready, yet still accepting, until balancers have noticed |
/// | `drain_timeout` | 10 s | then: what is still open after so long is cut off |
/// | `language` | Dutch | the language of reasons where a request names none |
/// | `personalisation` | until objected to | when somebody who said nothing of it is personalised for |
#[derive(Clone, Debug)]
pub struct ServeSettings {
    /// Where to listen; port 0 takes any that is free.
    pub address: SocketAddr,
    /// The store to follow, which need not exist yet.
    pub store: PathBuf,
    /// Rules that go before those the artifact was trained beside; read with each generation and when the file changes.
    pub rules: Option<PathBuf>,
    /// Threads that answer; none for one a core.
    pub workers: Option<usize>,
    /// How often the store is asked for its current generation.
    pub poll_interval: Duration,
    /// Requests to `/v1` at one time.
    pub max_concurrent: usize,
    /// Connections at one time.
    pub max_connections: usize,
    /// How long a new connection has for its first request.
    pub header_timeout: Duration,
    /// How long a connection may go without a new request.
    pub idle_timeout: Duration,
    /// How long a request has for its body.
    pub request_timeout: Duration,
    /// How long to go on accepting after the signal to stop.
    pub linger: Duration,
    /// How long open connections then have to finish.
    pub drain_timeout: Duration,
    /// The language of reasons where a request names none.
    pub language: Language,
    /// When somebody who said nothing of it is personalised for.
    pub personalisation: PersonalisationPolicy,
    /// Tells the time. The program passes the real clock, a test a fixed one.
    pub clock: fn() -> Timestamp,
}

impl ServeSettings {
    /// The defaults.
    pub fn new(address: SocketAddr, store: impl Into<PathBuf>, clock: fn() -> Timestamp) -> Self {
        Self {
            address,
            store: store.into(),
            rules: None,
            workers: None,
            poll_interval: Duration::from_secs(1),
            max_concurrent: 256,
            max_connections: 800,
            header_timeout: Duration::from_secs(5),
            idle_timeout: Duration::from_secs(30),
            request_timeout: Duration::from_secs(1),
            linger: Duration::from_secs(2),
            drain_timeout: Duration::from_secs(10),
            language: Language::default(),
            personalisation: PersonalisationPolicy::default(),
            clock,
        }
    }

    /// The number of threads that answer.
    pub(crate) fn n_workers(&self) -> usize {
        let cores = || std::thread::available_parallelism().map_or(1, usize::from);
        self.workers.unwrap_or_else(cores).max(1)
    }
}
