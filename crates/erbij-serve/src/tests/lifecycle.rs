//! Generations come and go under load; the service starts and stops.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use erbij_artifact::Store;
use erbij_recipe::ModelSet;

use super::shop;
use super::support::{Service, agent, publish, try_get};

fn with_title(title: &str) -> ModelSet {
    shop::models(|columns| {
        let n_items = columns.title.len();
        columns.title = vec![title; n_items].iter().collect();
    })
}

/// The title of what is recommended now.
fn title(service: &Service) -> String {
    service.get("/v1/items/machine/related").json()["items"][0]["title"].as_str().expect("a title").to_owned()
}

/// Makes a generation current that nobody published: a copy of the first, one file cut short.
fn break_store(store: &Path, number: u64) {
    let (from, to) = (store.join("gen-000001"), store.join(format!("gen-{number:06}")));
    std::fs::create_dir(&to).expect("created");
    let mut is_cut = false;
    for entry in std::fs::read_dir(from).expect("a generation") {
        let entry = entry.expect("a file");
        let mut bytes = std::fs::read(entry.path()).expect("readable");
        if !is_cut && entry.path().extension().is_some_and(|ending| ending == "arrow") {
            bytes.pop();
            is_cut = true;
        }
        std::fs::write(to.join(entry.file_name()), bytes).expect("written");
    }
    let temp = store.join("current.new");
    std::fs::write(&temp, format!("gen-{number:06}\n")).expect("written");
    std::fs::rename(temp, store.join("current")).expect("renamed");
}

#[test]
fn nothing_published_is_said_and_mended() {
    let service = Service::start(|_| {});
    let answer = service.post("{}");
    assert_eq!((answer.status, answer.header("retry-after")), (503, "1"));
    assert_eq!(answer.json()["code"], "not_ready");
    assert_eq!(service.get("/readyz").json()["code"], "not_ready");
    assert_eq!(service.get("/healthz").status, 200);
    let number = publish(service.store.path(), &shop::models(|_| {}));
    service.wait_for_generation(number);
    assert_eq!(service.post("{}").status, 200);
}

#[test]
fn swaps_under_load_fail_no_request() {
    let service = Service::of_shop();
    let (done, n_asked) = (AtomicBool::new(false), AtomicUsize::new(0));
    std::thread::scope(|scope| {
        let ask = |client: usize| {
            let (agent, mut newest) = (agent(), String::new());
            while !done.load(Ordering::Relaxed) {
                let path =
                    format!("/v1/items/{}/related?n=5", ["machine", "descaler", "detector", "x"][client]);
                let answer = try_get(&agent, &service.url(&path)).expect("never a cut connection");
                assert_eq!(answer.status, 200, "{answer:?}");
                // All titles of one answer are of one generation, and generations only go forward.
                let json = answer.json();
                let titles: Vec<_> =
                    json["items"].as_array().expect("items").iter().map(|item| &item["title"]).collect();
                if titles[0].as_str().expect("a title").starts_with("t0") {
                    assert!(titles.iter().all(|title| *title == titles[0]), "{titles:?}");
                    let title = titles[0].as_str().expect("a title").to_owned();
                    assert!(newest <= title, "{newest} then {title}");
                    newest = title;
                }
                n_asked.fetch_add(1, Ordering::Relaxed);
            }
        };
        let clients: Vec<_> = (0..4).map(|client| scope.spawn(move || ask(client))).collect();
        for swap in 0..8 {
            let number = publish(service.store.path(), &with_title(&format!("t{swap:03}")));
            service.wait_for_generation(number);
            assert_eq!(title(&service), format!("t{swap:03}"));
        }
        done.store(true, Ordering::Relaxed);
        for client in clients {
            client.join().expect("no failed request");
        }
    });
    assert!(100 < n_asked.load(Ordering::Relaxed), "{n_asked:?} requests are no load");
}

#[test]
fn a_broken_generation_changes_nothing_and_the_next_good_one_is_taken() {
    let service = Service::of_shop();
    break_store(service.store.path(), 7);
    service.wait_until("the refusal is told", |ready| ready.json()["refused_generation"] == 7);
    assert_eq!(service.get("/readyz").json()["generation"], 1);
    assert_eq!(service.post("{}").status, 200);
    let number = publish(service.store.path(), &with_title("mended"));
    assert!(7 < number);
    service.wait_for_generation(number);
    assert_eq!(title(&service), "mended");
    assert!(service.get("/readyz").json()["refused_generation"].is_null());
}

#[test]
fn a_damaged_store_changes_nothing() {
    let service = Service::of_shop();
    std::fs::write(service.store.path().join("current"), "what?\n").expect("written");
    std::thread::sleep(Duration::from_millis(50));
    assert_eq!((service.post("{}").status, service.get("/readyz").status), (200, 200));
}

#[test]
fn a_rollback_is_followed() {
    let service = Service::of_shop();
    let first = title(&service);
    let number = publish(service.store.path(), &with_title("worse"));
    service.wait_for_generation(number);
    assert_eq!(title(&service), "worse");
    let rolled_back = Store::at(service.store.path()).rollback(None).expect("there is an older one");
    service.wait_for_generation(rolled_back.to.number);
    assert_eq!((rolled_back.to.number, title(&service)), (1, first));
}

#[test]
fn stopping_says_so_first_then_finishes_what_is_open() {
    let mut service = Service::start(|settings| settings.linger = Duration::from_millis(600));
    publish(service.store.path(), &shop::models(|_| {}));
    service.wait_until("it is ready", |ready| ready.status == 200);
    // A request whose second half comes only after the signal.
    let mut slow = TcpStream::connect(service.address).expect("connected");
    slow.write_all(b"POST /v1/recommend HTTP/1.1\r\nhost: a\r\ncontent-length: 2\r\n\r\n{").expect("written");
    let mut idle = TcpStream::connect(service.address).expect("connected");
    idle.write_all(b"GET /healthz HTTP/1.1\r\nhost: a\r\n\r\n").expect("written");
    let started = Instant::now();
    service.signal();
    service.wait_until("it is no longer ready", |ready| ready.status == 503);
    assert_eq!(service.get("/readyz").json()["code"], "shutting_down");
    assert_eq!(service.post("{}").status, 200, "yet it answers");
    std::thread::sleep(Duration::from_millis(500));
    slow.write_all(b"}").expect("written");
    let (mut answered, mut heard) = (String::new(), String::new());
    slow.read_to_string(&mut answered).expect("answered and closed");
    assert!(answered.starts_with("HTTP/1.1 200 OK"), "{answered}");
    idle.read_to_string(&mut heard).expect("closed");
    service.join();
    assert!(started.elapsed() < Duration::from_secs(5), "an idle connection holds nothing up");
    assert!(TcpStream::connect(service.address).is_err(), "it still listens");
}

#[test]
fn what_does_not_finish_is_cut_off() {
    let mut service = Service::start(|settings| settings.drain_timeout = Duration::from_millis(100));
    let mut silent = TcpStream::connect(service.address).expect("connected");
    assert_eq!(service.get("/healthz").status, 200, "the connection before it was accepted as well");
    let started = Instant::now();
    service.signal();
    service.join();
    let _ = silent.read(&mut [0; 8]);
    assert!(started.elapsed() < Duration::from_secs(3), "long before the header timeout");
}

#[test]
fn rules_are_followed_and_bad_ones_change_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("rules.toml");
    let hide = |id: &str| format!("[[rules]]\nname = 'hidden'\nitems = 'id == \"{id}\"'\naction = 'hide'\n");
    std::fs::write(&path, hide("descaler")).expect("written");
    let rules = path.clone();
    let service = Service::start(|settings| settings.rules = Some(rules));
    publish(service.store.path(), &shop::models(|_| {}));
    service.wait_until("it is ready", |ready| ready.status == 200);
    let shows =
        |id: &str| service.get("/v1/items/machine/related?n=2").item_ids().iter().any(|shown| shown == id);
    assert!(!shows("descaler") && shows("a/b"));
    let wait_until = |what: &str, is_so: &dyn Fn() -> bool| {
        let started = Instant::now();
        while !is_so() {
            assert!(started.elapsed() < Duration::from_secs(10), "waited in vain until {what}");
            std::thread::sleep(Duration::from_millis(5));
        }
    };
    std::fs::write(&path, "[[rules]]\nname = 'half a rule'\n").expect("written");
    service.wait_until("the rules are refused", |ready| ready.json()["refused_generation"] == 1);
    assert!(!shows("descaler") && shows("a/b"));
    std::fs::write(&path, hide("a/b") + "# and nothing else\n").expect("written");
    wait_until("the new rules hold", &|| shows("descaler") && !shows("a/b"));
    service.wait_until("nothing is refused", |ready| ready.json()["refused_generation"].is_null());
}

#[test]
fn rules_that_would_leave_every_page_empty_change_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("rules.toml");
    let hide = |items: &str, more: &str| {
        format!("[[rules]]\nname = 'slip'\nitems = '{items}'\naction = 'hide'\n{more}\n")
    };
    std::fs::write(&path, hide("id == \"descaler\"", "")).expect("written");
    let rules = path.clone();
    let service = Service::start(|settings| settings.rules = Some(rules));
    publish(service.store.path(), &shop::models(|_| {}));
    service.wait_until("it is ready", |ready| ready.status == 200);
    std::fs::write(&path, hide("id != \"\"", "")).expect("written");
    service.wait_until("the rules are refused", |ready| ready.json()["refused_generation"] == 1);
    assert_eq!(service.get("/readyz").json()["emptied_placements"], serde_json::json!([]));
    assert!(!service.post("{}").item_ids().is_empty());
    // A single placement may be meant to be empty: it is told, and done.
    std::fs::write(&path, hide("true", "placements = ['newsletter', 'home']")).expect("written");
    service.wait_until("two placements are empty", |ready| {
        ready.json()["emptied_placements"] == serde_json::json!(["home", "newsletter"])
    });
    assert!(service.get("/readyz").json()["refused_generation"].is_null());
    assert!(service.post("{}").item_ids().is_empty());
    assert!(!service.get("/v1/items/machine/related").item_ids().is_empty());
}
