//! The server loop: connections come, are watched, and end.
//!
//! axum's own loop has no bound on how long a client may take, and hyper's timer for headers counts the idle
//! time between two requests as well and is made anew for each request. So a connection has one timer here:
//! it must bring its first request within the header timeout, and after that a new one within the idle
//! timeout. That ends the silent, the slow, and those who never read their answer, and costs a request
//! nothing.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::http::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::time::{Instant, sleep, timeout};

use crate::door::Door;
use crate::follow::{Follower, chain};
use crate::routes::router;
use crate::settings::ServeSettings;
use crate::state::State;

/// More headers than any shop or proxy sends.
const MAX_HEADERS: usize = 64;
/// The most that is read ahead of one connection; bounds the headers too.
const MAX_BUFFER_BYTES: usize = 32 * 1024;
/// How long to wait where the system has no more files to give.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);
/// What a connection over the limit is told, as far as it listens.
const TOO_MANY_CONNECTIONS: &[u8] = b"HTTP/1.1 503 Service Unavailable\r\ncontent-type: application/json\r\n\
    retry-after: 1\r\nconnection: close\r\ncontent-length: 108\r\n\r\n\
    {\"code\":\"too_many_connections\",\"message\":\"as many connections as allowed are open already\",\"request_id\":\"\"} ";

/// Why the service could not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServeError {
    /// The address is taken, or not ours.
    #[error("listening on {address} failed; hint: another program may be listening there")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the system said.
        source: std::io::Error,
    },
    /// The threads that answer could not be started.
    #[error("starting the runtime failed")]
    Runtime(#[source] std::io::Error),
}

/// Whether connections go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Open,
    /// Finish what you are at.
    Draining,
    /// End now.
    Closing,
}

/// Serves on threads of its own until `shutdown` is done; see [`serve`].
///
/// # Errors
/// Where the threads cannot be started or the address cannot be listened on.
pub fn run(
    settings: ServeSettings,
    ready: impl FnOnce(SocketAddr),
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> Result<(), ServeError> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(settings.n_workers())
        .enable_all()
        .build()
        .map_err(ServeError::Runtime)?;
    let outcome = runtime.block_on(serve(settings, ready, shutdown));
    // A generation may be loading; nobody waits for it any more.
    runtime.shutdown_background();
    outcome
}

/// Serves until `shutdown` is done. `ready` hears the address once it is listened on; models may come later,
/// which `GET /readyz` tells.
///
/// Stopping: not ready at once; for `linger` new connections are still taken, so that balancers notice before
/// anybody is turned away; then open ones finish within `drain_timeout`.
///
/// # Errors
/// Where the address cannot be listened on.
pub async fn serve(
    settings: ServeSettings,
    ready: impl FnOnce(SocketAddr),
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> Result<(), ServeError> {
    let state = State::new(&settings);
    let door = Door::new(state.clone(), router(state.clone()), settings.request_timeout);
    serve_through(door, state, settings, ready, shutdown).await
}

/// The same with a door of one's own, which a test may put other routes behind.
pub(crate) async fn serve_through(
    door: Door,
    state: Arc<State>,
    settings: ServeSettings,
    ready: impl FnOnce(SocketAddr),
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> Result<(), ServeError> {
    let listen_error = |source| ServeError::Listen { address: settings.address, source };
    let listener = TcpListener::bind(settings.address).await.map_err(listen_error)?;
    let address = listener.local_addr().map_err(listen_error)?;
    let follower = Follower::new(
        settings.store.clone(),
        settings.rules.clone(),
        state.clone(),
        settings.poll_interval,
        settings.n_workers(),
    );
    let following = tokio::spawn(follower.follow());
    tracing::info!("listening on http://{address}");
    ready(address);

    let (phase, phases) = watch::channel(Phase::Open);
    let n_slots = settings.max_connections.clamp(1, Semaphore::MAX_PERMITS.min(u32::MAX as usize));
    let reception = Reception {
        listener,
        door: Arc::new(door),
        phases,
        slots: Arc::new(Semaphore::new(n_slots)),
        settings,
    };
    reception.accept_until(shutdown).await;
    tracing::info!("shutting down: no longer ready, finishing what is open");
    state.begin_shutdown();
    reception.accept_until(sleep(reception.settings.linger)).await;
    let Reception { listener, slots, settings, .. } = reception;
    drop(listener);
    // Nobody listens where no connection is open, which is well.
    let _ = phase.send(Phase::Draining);
    if timeout(settings.drain_timeout, slots.acquire_many(n_slots as u32)).await.is_err() {
        let n_open = n_slots - slots.available_permits();
        tracing::warn!("{n_open} connections did not finish in time and are cut off");
        let _ = phase.send(Phase::Closing);
    }
    following.abort();
    Ok(())
}

/// Takes connections in.
struct Reception {
    listener: TcpListener,
    door: Arc<Door>,
    phases: watch::Receiver<Phase>,
    slots: Arc<Semaphore>,
    settings: ServeSettings,
}

impl Reception {
    async fn accept_until(&self, end: impl Future<Output = ()>) {
        let mut end = pin!(end);
        loop {
            let accepted = tokio::select! {
                biased;
                () = &mut end => return,
                accepted = self.listener.accept() => accepted,
            };
            match accepted {
                Ok((stream, _)) => self.take_in(stream),
                Err(error) => {
                    tracing::error!("a connection could not be accepted: {}", chain(&error));
                    sleep(ACCEPT_PAUSE).await;
                }
            }
        }
    }

    fn take_in(&self, stream: TcpStream) {
        let Ok(slot) = self.slots.clone().try_acquire_owned() else {
            tracing::warn!("a connection was turned away: {} are open", self.settings.max_connections);
            let _ = stream.try_write(TOO_MANY_CONNECTIONS);
            return;
        };
        // Answers are small and whole: nothing is gained by waiting for more to send.
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!("a connection was gone at once: {}", chain(&error));
            return;
        }
        let watched = Connection {
            door: self.door.clone(),
            phases: self.phases.clone(),
            header_timeout: self.settings.header_timeout,
            idle_timeout: self.settings.idle_timeout,
            _slot: slot,
        };
        tokio::spawn(watched.talk(stream));
    }
}

/// One connection.
struct Connection {
    door: Arc<Door>,
    phases: watch::Receiver<Phase>,
    header_timeout: Duration,
    idle_timeout: Duration,
    _slot: OwnedSemaphorePermit,
}

impl Connection {
    async fn talk(mut self, stream: TcpStream) {
        let n_requests = Arc::new(AtomicU64::new(0));
        let counting = n_requests.clone();
        let door = self.door.clone();
        let service = service_fn(move |request: Request<Incoming>| {
            counting.fetch_add(1, Ordering::Relaxed);
            let door = door.clone();
            async move { Ok::<_, Infallible>(door.handle(request).await) }
        });
        let mut http = http1::Builder::new();
        http.max_headers(MAX_HEADERS).max_buf_size(MAX_BUFFER_BYTES).header_read_timeout(None);
        let mut connection = pin!(http.serve_connection(TokioIo::new(stream), service));
        let mut timer = pin!(sleep(self.header_timeout));
        let mut n_seen = 0;
        loop {
            tokio::select! {
                biased;
                ended = connection.as_mut() => {
                    if let Err(error) = ended {
                        tracing::debug!("a connection ended badly: {}", chain(&error));
                    }
                    return;
                }
                changed = self.phases.changed() => {
                    if changed.is_err() || *self.phases.borrow() == Phase::Closing {
                        return;
                    }
                    connection.as_mut().graceful_shutdown();
                }
                () = timer.as_mut() => {
                    let n_now = n_requests.load(Ordering::Relaxed);
                    if n_now == n_seen {
                        return;
                    }
                    n_seen = n_now;
                    // Looked at twice in that time, so an idle connection ends after half of it to all of it.
                    timer.as_mut().reset(Instant::now() + self.idle_timeout / 2);
                }
            }
        }
    }
}
