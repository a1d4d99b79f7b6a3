//! A running service, and somebody who asks it.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::mpsc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use erbij_artifact::{PublishOptions, Store, TrainingSummary};
use erbij_recipe::ModelSet;
use serde_json::Value;
use tempfile::TempDir;
use tokio::sync::oneshot;

use super::shop;
use crate::door::Door;
use crate::routes::router;
use crate::server::serve_through;
use crate::state::State;
use crate::{ServeError, ServeSettings};

/// A service on a port of its own, following a store of its own.
pub(crate) struct Service {
    pub(crate) address: SocketAddr,
    pub(crate) store: TempDir,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<Result<(), ServeError>>>,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: ureq::http::HeaderMap,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().expect("text"))
    }

    /// The JSON for a person, with what differs from run to run taken out.
    pub(crate) fn pretty(&self) -> String {
        let mut json = self.json();
        for key in ["recommendation_id", "model_version", "request_id", "artifact_id"] {
            if let Some(value) = json.get_mut(key) {
                *value = format!("<{key}>").into();
            }
        }
        serde_json::to_string_pretty(&json).expect("plain data") + "\n"
    }

    /// The ids of the slate.
    pub(crate) fn item_ids(&self) -> Vec<String> {
        let json = self.json();
        let items = json["items"].as_array().unwrap_or_else(|| panic!("{self:?}"));
        items.iter().map(|item| item["item_id"].as_str().expect("an id").to_owned()).collect()
    }
}

/// Publishes models to a store; the number of the generation.
pub(crate) fn publish(store: &Path, models: &ModelSet) -> u64 {
    let folder = TempDir::new().expect("a folder");
    let artifact = folder.path().join("artifact");
    erbij_artifact::write(models, &TrainingSummary::default(), "test", &artifact).expect("written");
    let options = PublishOptions { force: true, ..PublishOptions::default() };
    Store::at(store).publish(&artifact, options).expect("published").number
}

/// Somebody who keeps connections and takes every status as an answer.
pub(crate) fn agent() -> ureq::Agent {
    ureq::Agent::config_builder()
        .http_status_as_error(false)
        .timeout_global(Some(Duration::from_secs(10)))
        .build()
        .into()
}

pub(crate) fn try_get(agent: &ureq::Agent, url: &str) -> Result<Answer, ureq::Error> {
    let mut response = agent.get(url).call()?;
    let body = response.body_mut().read_to_string()?;
    Ok(Answer { status: response.status().as_u16(), headers: response.headers().clone(), body })
}

impl Service {
    /// A service of the small shop, once it is ready.
    pub(crate) fn of_shop() -> Self {
        Self::of_shop_with(|_| {})
    }

    /// The same with other settings.
    pub(crate) fn of_shop_with(change: impl FnOnce(&mut ServeSettings)) -> Self {
        let service = Self::start(change);
        publish(service.store.path(), &shop::models(|_| {}));
        service.wait_until("it is ready", |ready| ready.status == 200);
        service
    }

    /// A service of an empty store.
    pub(crate) fn start(change: impl FnOnce(&mut ServeSettings)) -> Self {
        let store = TempDir::new().expect("a folder");
        let mut settings =
            ServeSettings::new(SocketAddr::from(([127, 0, 0, 1], 0)), store.path(), || shop::NOW);
        settings.workers = Some(2);
        settings.poll_interval = Duration::from_millis(10);
        settings.linger = Duration::ZERO;
        change(&mut settings);
        let (stop, stopped) = oneshot::channel();
        let (told, heard) = mpsc::channel();
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
            runtime.expect("threads").block_on(async move {
                let state = State::new(&settings);
                let router = router(state.clone()).route("/v1/panic", axum::routing::get(panics));
                let door = Door::new(state.clone(), router, settings.request_timeout);
                let shutdown = async { drop(stopped.await) };
                serve_through(door, state, settings, |address| told.send(address).expect("heard"), shutdown)
                    .await
            })
        });
        let address = heard.recv_timeout(Duration::from_secs(10)).expect("it listens");
        Self { address, store, stop: Some(stop), thread: Some(thread) }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub(crate) fn get(&self, path: &str) -> Answer {
        try_get(&agent(), &self.url(path)).expect("an answer")
    }

    pub(crate) fn post(&self, body: impl AsRef<[u8]>) -> Answer {
        self.post_to("/v1/recommend", body)
    }

    pub(crate) fn post_to(&self, path: &str, body: impl AsRef<[u8]>) -> Answer {
        let request = agent().post(self.url(path)).header("content-type", "application/json");
        let mut response = request.send(body.as_ref()).expect("an answer");
        let body = response.body_mut().read_to_string().expect("text");
        Answer { status: response.status().as_u16(), headers: response.headers().clone(), body }
    }

    /// Asks `/readyz` until it says so.
    pub(crate) fn wait_until(&self, what: &str, is_so: impl Fn(&Answer) -> bool) {
        let started = Instant::now();
        loop {
            let ready = self.get("/readyz");
            if is_so(&ready) {
                return;
            }
            assert!(started.elapsed() < Duration::from_secs(10), "waited in vain until {what}: {ready:?}");
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    pub(crate) fn wait_for_generation(&self, number: u64) {
        self.wait_until("a generation is loaded", |ready| {
            ready.status == 200 && ready.json()["generation"] == number
        });
    }

    /// Signals it to stop.
    pub(crate) fn signal(&mut self) {
        drop(self.stop.take());
    }

    /// Waits for its end.
    pub(crate) fn join(&mut self) {
        if let Some(thread) = self.thread.take() {
            thread.join().expect("no panic").expect("it had listened");
        }
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        self.signal();
        if !std::thread::panicking() {
            self.join();
        }
    }
}

async fn panics() {
    panic!("a bug, as a test wants it");
}
