//! Runs the real binary, and makes what several tests need once.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::OnceLock;
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;

/// The top of the repository.
pub(crate) fn top() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .canonicalize()
        .expect("the repository is where it was built")
}

/// A public data set; for tests that are ignored where it is absent, see `build.rs`.
pub(crate) fn data_set(name: &str) -> PathBuf {
    Path::new(env!("ERBIJ_DATA")).join(name)
}

/// The program with these words, in a folder where no settings file waits.
pub(crate) fn erbij(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_erbij"));
    command.args(args).current_dir(empty_folder()).env_remove("ERBIJ_STORE").env_remove("ERBIJ_CONFIG");
    command
}

fn empty_folder() -> &'static Path {
    static FOLDER: OnceLock<TempDir> = OnceLock::new();
    FOLDER.get_or_init(|| tempfile::tempdir().expect("a folder can be made")).path()
}

/// What a run printed, after a good end.
pub(crate) fn stdout_of(command: &mut Command) -> String {
    let output = command.output().expect("the program starts");
    assert!(output.status.success(), "{command:?}\n{}", errors_of(&output));
    String::from_utf8(output.stdout).expect("text")
}

/// The exit code and what was said on standard error, after a bad end.
pub(crate) fn failure_of(command: &mut Command) -> (i32, String) {
    let output = command.output().expect("the program starts");
    assert!(!output.status.success(), "{command:?} was to fail");
    (output.status.code().expect("it ended by itself"), errors_of(&output))
}

fn errors_of(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// A small simulated shop, made once.
pub(crate) fn shop() -> &'static Path {
    static SHOP: OnceLock<TempDir> = OnceLock::new();
    SHOP.get_or_init(|| {
        let dir = tempfile::tempdir().expect("a folder can be made");
        let out = dir.path().to_str().expect("text");
        stdout_of(&mut erbij(&[
            "simulate",
            "--customers",
            "1500",
            "--items",
            "400",
            "--lines",
            "60000",
            "--seed",
            "7",
            "--out",
            out,
        ]));
        dir
    })
    .path()
}

/// Words that name the tables of a shop.
pub(crate) fn tables(shop: &Path) -> [String; 4] {
    let path = |name: &str| shop.join(name).to_str().expect("text").to_owned();
    ["--orders".to_owned(), path("orders.parquet"), "--items".to_owned(), path("items.parquet")]
}

/// Trains on the simulated shop into `out` and returns the artifact's id.
pub(crate) fn train(out: &Path, more: &[&str]) -> String {
    let tables = tables(shop());
    let mut args = vec!["train", "--quiet", "--out", out.to_str().expect("text")];
    args.extend(tables.iter().map(String::as_str));
    args.extend(more);
    let printed = stdout_of(&mut erbij(&args));
    printed.lines().last().expect("the id comes last").to_owned()
}

/// A store with one published artifact, made once; not to be changed.
pub(crate) fn published() -> &'static Path {
    static STORE: OnceLock<TempDir> = OnceLock::new();
    STORE
        .get_or_init(|| {
            let dir = tempfile::tempdir().expect("a folder can be made");
            let artifact = dir.path().join("artifact");
            train(&artifact, &[]);
            let [artifact, store] =
                [artifact, dir.path().join("store")].map(|path| path.to_str().expect("text").to_owned());
            stdout_of(&mut erbij(&["publish", &artifact, "--store", &store]));
            dir
        })
        .path()
}

/// The words that name the published store.
pub(crate) fn store() -> [String; 2] {
    ["--store".to_owned(), published().join("store").to_str().expect("text").to_owned()]
}

/// A service that ends with the test, also where the test fails.
pub(crate) struct Service {
    child: Child,
    pub(crate) address: SocketAddr,
}

impl Service {
    pub(crate) fn start(store: &str) -> Self {
        let mut command = erbij(&["serve", "--address", "127.0.0.1:0", "--store", store]);
        let mut child = command.stderr(Stdio::piped()).stdout(Stdio::null()).spawn().expect("starts");
        let mut lines = BufReader::new(child.stderr.take().expect("piped")).lines();
        let address = lines
            .by_ref()
            .map(|line| line.expect("text"))
            .find_map(|line| {
                line.strip_prefix("serving on http://").map(|text| text.parse().expect("an address"))
            })
            .expect("it says where it serves");
        // What it logs must be read, or it would wait for us.
        std::thread::spawn(move || lines.for_each(drop));
        let service = Self { child, address };
        service.wait_for_models();
        service
    }

    /// It listens before its models are loaded, and says when they are.
    fn wait_for_models(&self) {
        let url = format!("http://{}/readyz", self.address);
        let is_ready = (0..300).any(|_| {
            std::thread::sleep(Duration::from_millis(50));
            ureq::get(&url).call().is_ok()
        });
        assert!(is_ready, "the models were not loaded in time");
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        // It has ended by itself only where the test has failed already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A figure is as published, within what is said.
#[track_caller]
pub(crate) fn near(found: &Value, expected: f64, within: f64) {
    let found = found.as_f64().expect("a number");
    assert!((found - expected).abs() <= within, "{found}, expected {expected} ± {within}");
}
