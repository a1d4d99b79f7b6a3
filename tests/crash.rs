//! A trainer that is killed at any moment leaves a service that answers and a store of whole generations.

use std::net::SocketAddr;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::program::{Service, erbij, shop, stdout_of, tables, train};

/// How often it is killed; `ERBIJ_KILLS` asks for more.
fn n_kills() -> u32 {
    std::env::var("ERBIJ_KILLS").ok().and_then(|text| text.parse().ok()).unwrap_or(12)
}

/// Asks until told to stop; counts answers, and panics at the first that is none.
fn ask_on(address: SocketAddr, stop: &AtomicBool, n_answers: &AtomicU64) {
    while !stop.load(Ordering::Relaxed) {
        let url = format!("http://{address}/v1/recommend");
        let answer = ureq::post(&url).send_json(serde_json::json!({ "placement": "home", "n": 3 }));
        let answer: Value = answer.expect("answered").body_mut().read_json().expect("JSON");
        assert_eq!(answer["items"].as_array().map(Vec::len), Some(3));
        n_answers.fetch_add(1, Ordering::Relaxed);
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Trains and publishes in one go, as a nightly job does.
fn nightly(out: &Path, store: &str, recipe: &Path) -> Command {
    let program = env!("CARGO_BIN_EXE_erbij");
    let [_, orders, _, items] = tables(shop());
    let script = format!(
        "'{program}' train -q --recipe '{}' --orders '{orders}' --items '{items}' --out '{}' && exec '{program}' publish '{}' --force --store '{store}'",
        recipe.display(),
        out.display(),
        out.display(),
    );
    let mut command = Command::new("sh");
    command.args(["-c", &script]).stdout(Stdio::null()).stderr(Stdio::null());
    command
}

#[test]
fn killed_at_any_moment() {
    let dir = tempfile::tempdir().expect("a folder");
    let path = |name: &str| dir.path().join(name);
    let store = path("store").to_str().expect("text").to_owned();
    train(&path("first"), &[]);
    stdout_of(&mut erbij(&["publish", path("first").to_str().expect("text"), "--store", &store]));
    let recipe = |kill: u32| {
        let file = path("recipe.toml");
        std::fs::write(&file, format!("[rp3beta]\nneighbours = {}\n", 50 + kill)).expect("written");
        file
    };
    let began = Instant::now();
    let status = nightly(&path("night"), &store, &recipe(0)).status().expect("starts");
    assert!(status.success(), "the job works when it is left alone");
    let whole_run = began.elapsed();

    let service = Service::start(&store);
    let (stop, n_answers) = (AtomicBool::new(false), AtomicU64::new(0));
    std::thread::scope(|scope| {
        let asking = scope.spawn(|| ask_on(service.address, &stop, &n_answers));
        for kill in 1..=n_kills() {
            // Spread over the run by the golden ratio: no two near each other, no pattern, no clock.
            let moment = whole_run.mul_f64(f64::from(kill) * 0.618_034 % 1.05);
            kill_at(moment, &mut nightly(&path("night"), &store, &recipe(kill)));
            assert_whole(&store);
        }
        stop.store(true, Ordering::Relaxed);
        asking.join().expect("the service answered throughout");
    });
    assert!(u64::from(n_kills()) < n_answers.load(Ordering::Relaxed));
    // And the next night is as if nothing had been.
    assert!(nightly(&path("night"), &store, &recipe(999)).status().expect("starts").success());
    assert_whole(&store);
}

/// Starts a job in a process group of its own and kills the group after a while.
fn kill_at(moment: Duration, command: &mut Command) {
    use std::os::unix::process::CommandExt;
    let mut child = command.process_group(0).spawn().expect("starts");
    std::thread::sleep(moment);
    let group = format!("-{}", child.id());
    // Where the job has ended by itself there is nobody left to kill.
    let _ = Command::new("kill").args(["-KILL", "--", &group]).stderr(Stdio::null()).status();
    child.wait().expect("it has ended");
}

/// Every generation that is listed opens whole, and one of them is current.
fn assert_whole(store: &str) {
    let list: Value =
        serde_json::from_str(&stdout_of(&mut erbij(&["list", "--json", "--store", store]))).expect("JSON");
    let generations = list.as_array().expect("a list");
    assert_eq!(generations.iter().filter(|generation| generation["is_current"] == true).count(), 1);
    for generation in generations {
        stdout_of(&mut erbij(&["inspect", generation["dir"].as_str().expect("text")]));
    }
    let told = stdout_of(&mut erbij(&["list", "--store", store]));
    assert!(!told.contains("damaged"), "{told}");
}
