//! What the service adds to a web server: CPU and time a request, beside a bare axum handler that returns the
//! same number of bytes from memory.
//!
//! `cargo bench -p erbij-serve --bench http -- --store DIR [--requests 10000]`
//!
//! Each server is a process of its own, so that its CPU can be told from the client's; one client asks over
//! one kept connection, in turns, so that both meet the same noise. Without `--store` a small shop is made up.
#![expect(clippy::print_stdout, reason = "a table is what it is for")]

use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant, SystemTime};

use axum::body::Bytes;
use axum::http::header::CONTENT_TYPE;
use axum::routing::{get, post};
use erbij_artifact::{PublishOptions, Store, TrainingSummary};
use erbij_core::{
    Baskets, Catalogue, CatalogueColumns, Currency, CustomerIdx, Day, ItemIdx, Order, Placement, Silent,
    StrColumn, Timestamp, TrainingData, VariantColumns, Vocab,
};
use erbij_engine::{Engine, Person, Query};
use erbij_recipe::{ModelSet, Recipe};
use erbij_serve::{ServeSettings, run};
use erbij_train::fit;
use tempfile::TempDir;

/// Turns each server takes.
const N_ROUNDS: usize = 5;
/// Different questions asked, spread over all items and customers.
const N_QUESTIONS: usize = 5000;
const SERVE: &str = "--child-serve";
const BARE: &str = "--child-bare";

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let value = |name: &str| {
        let at = arguments.iter().position(|argument| argument == name)?;
        arguments.get(at + 1).cloned()
    };
    if let Some(store) = value(SERVE) {
        return serve_until_parent_ends(&store);
    }
    if let Some(folder) = value(BARE) {
        return bare_until_parent_ends(Path::new(&folder));
    }
    let n_requests = value("--requests").map_or(10_000, |n| n.parse().expect("`--requests` takes a number"));
    let temp = TempDir::new().expect("a folder");
    let store = value("--store").map_or_else(|| made_up_store(temp.path()), PathBuf::from);
    compare(&store, temp.path(), n_requests);
}

/// One kind of question.
struct Workload {
    name: &'static str,
    requests: Vec<Vec<u8>>,
    /// What the engine alone takes to answer one of them, without the bytes.
    engine_micros: f64,
}

fn compare(store: &Path, temp: &Path, n_requests: usize) {
    let workloads = workloads(store);
    let erbij = Server::start(SERVE, store);
    erbij.wait_until_ready();
    for workload in &workloads {
        let mut client = Client::connect(erbij.address);
        let mut answers: Vec<Vec<u8>> = workload.requests.iter().map(|request| client.ask(request)).collect();
        answers.sort_by_key(Vec::len);
        std::fs::write(temp.join(workload.name), &answers[answers.len() / 2]).expect("written");
    }
    let bare = Server::start(BARE, temp);
    println!("{n_requests} requests a round, {N_ROUNDS} rounds each in turns, medians of rounds");
    println!("| question | server | bytes | CPU µs | p50 µs | p99 µs |");
    println!("|---|---|---|---|---|---|");
    for workload in &workloads {
        let mut rounds: [Vec<Round>; 2] = [Vec::new(), Vec::new()];
        for _ in 0..N_ROUNDS {
            for (server, rounds) in [&erbij, &bare].into_iter().zip(&mut rounds) {
                rounds.push(server.round(workload, n_requests));
            }
        }
        let medians = rounds.map(|rounds| Round {
            mean_bytes: median(rounds.iter().map(|round| round.mean_bytes)),
            cpu_micros: median(rounds.iter().map(|round| round.cpu_micros)),
            p50_micros: median(rounds.iter().map(|round| round.p50_micros)),
            p99_micros: median(rounds.iter().map(|round| round.p99_micros)),
        });
        for (name, round) in ["erbij", "bare axum"].iter().zip(&medians) {
            println!(
                "| {} | {name} | {:.0} | {:.2} | {:.1} | {:.1} |",
                workload.name, round.mean_bytes, round.cpu_micros, round.p50_micros, round.p99_micros
            );
        }
        let [erbij, bare] = &medians;
        println!(
            "| {0} | engine alone | | {1:.2} | | |\n| {0} | ratio | {2:.2} | {3:.2} | {4:.2} | {5:.2} |",
            workload.name,
            workload.engine_micros,
            erbij.mean_bytes / bare.mean_bytes,
            erbij.cpu_micros / bare.cpu_micros,
            erbij.p50_micros / bare.p50_micros,
            erbij.p99_micros / bare.p99_micros
        );
    }
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// Questions about items and for customers, taken at even distances from all there are.
fn workloads(store: &Path) -> [Workload; 2] {
    let current = Store::at(store).current().expect("a store").expect("a published generation");
    let models = erbij_artifact::open(&current.dir).expect("a whole artifact").model_set;
    let spread = |ids: &StrColumn| -> Vec<String> {
        let n_ids = ids.len();
        // Scattered, so that neighbours in memory are not asked for one after the other.
        (0..N_QUESTIONS).map(|at| ids.get(at * 7919 % N_QUESTIONS * n_ids / N_QUESTIONS).to_owned()).collect()
    };
    let encode = |id: &str| {
        id.bytes().fold(String::new(), |mut text, byte| {
            match byte {
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' => text.push(char::from(byte)),
                _ => write!(text, "%{byte:02X}").expect("memory"),
            }
            text
        })
    };
    let of_item = |id: String| {
        format!("GET /v1/items/{}/related HTTP/1.1\r\nhost: shop\r\n\r\n", encode(&id)).into_bytes()
    };
    let of_customer = |id: String| {
        let body = serde_json::json!({"placement": "home", "customer_id": id}).to_string();
        let length = body.len();
        let head =
            "POST /v1/recommend HTTP/1.1\r\nhost: shop\r\ncontent-type: application/json\r\ncontent-length:";
        format!("{head} {length}\r\n\r\n{body}").into_bytes()
    };
    let engine = Engine::new(models);
    let models = engine.models();
    let items = spread(models.catalogue.items().ids());
    let customers = spread(models.customers.ids());
    let item_of = |id: &String| vec![models.catalogue.item_idx_from_id(id).expect("its own id")];
    let customer_of = |id: &String| models.customers.idx_from_id(id).expect("its own id");
    let of_items = items.iter().map(|id| (Placement::ItemPage, Person::Nobody, item_of(id)));
    let of_customers =
        customers.iter().map(|id| (Placement::Home, Person::replayed(customer_of(id)), Vec::new()));
    [
        Workload {
            name: "related",
            engine_micros: engine_micros(&engine, &of_items.collect::<Vec<_>>()),
            requests: items.into_iter().map(of_item).collect(),
        },
        Workload {
            name: "home",
            engine_micros: engine_micros(&engine, &of_customers.collect::<Vec<_>>()),
            requests: customers.into_iter().map(of_customer).collect(),
        },
    ]
}

/// How long the engine takes over a slate, asked all questions twice, the second time by the watch.
fn engine_micros(engine: &Engine, questions: &[(Placement, Person<'_>, Vec<ItemIdx>)]) -> f64 {
    let mut scratch = engine.new_scratch();
    let mut ask_all = || {
        let started = Instant::now();
        for (placement, person, anchors) in questions {
            let (placement, person, now) = (*placement, *person, real_clock());
            let query = Query { anchors, ..Query::new(placement, person, now) };
            std::hint::black_box(engine.recommend(&query, &mut scratch));
        }
        started.elapsed().as_secs_f64() * 1e6 / questions.len() as f64
    };
    ask_all();
    ask_all()
}

/// A server in a process of its own, ended with this value.
struct Server {
    child: Child,
    address: SocketAddr,
}

/// What one turn came to, a request.
struct Round {
    mean_bytes: f64,
    cpu_micros: f64,
    p50_micros: f64,
    p99_micros: f64,
}

impl Server {
    fn start(kind: &str, folder: &Path) -> Self {
        let program = std::env::current_exe().expect("this program");
        let mut child = Command::new(program)
            .arg(kind)
            .arg(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("started");
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("piped")).read_line(&mut line).expect("an address");
        Self { child, address: line.trim().parse().expect("an address") }
    }

    fn wait_until_ready(&self) {
        let started = Instant::now();
        while !Client::connect(self.address).is_ready() {
            assert!(started.elapsed() < Duration::from_secs(120), "the models do not load");
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    fn round(&self, workload: &Workload, n_requests: usize) -> Round {
        let mut client = Client::connect(self.address);
        let requests = || workload.requests.iter().cycle();
        for request in requests().take(n_requests / 10) {
            client.ask(request);
        }
        let mut micros = Vec::with_capacity(n_requests);
        let (mut n_bytes, cpu_before) = (0, self.cpu());
        for request in requests().take(n_requests) {
            let started = Instant::now();
            n_bytes += client.ask(request).len();
            micros.push(started.elapsed().as_secs_f64() * 1e6);
        }
        let cpu = self.cpu() - cpu_before;
        micros.sort_by(f64::total_cmp);
        Round {
            mean_bytes: n_bytes as f64 / n_requests as f64,
            cpu_micros: cpu.as_secs_f64() * 1e6 / n_requests as f64,
            p50_micros: micros[n_requests / 2],
            p99_micros: micros[n_requests * 99 / 100],
        }
    }

    /// What all threads of the process have used so far, to the nanosecond: `stat` knows only hundredths of
    /// a second.
    fn cpu(&self) -> Duration {
        let tasks = std::fs::read_dir(format!("/proc/{}/task", self.child.id())).expect("it runs, on Linux");
        let used = |task: std::io::Result<std::fs::DirEntry>| {
            // A thread may end between being listed and being read.
            let text = std::fs::read_to_string(task.ok()?.path().join("schedstat")).ok()?;
            text.split(' ').next()?.parse::<u64>().ok()
        };
        Duration::from_nanos(tasks.filter_map(used).sum())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Gone already is as good.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A client as cheap as it gets: one connection, no allocation but the answer.
struct Client {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Client {
    fn connect(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).expect("it listens");
        stream.set_nodelay(true).expect("set");
        Self { stream, buffer: Vec::with_capacity(1 << 16) }
    }

    /// Whether models are loaded.
    fn is_ready(&mut self) -> bool {
        let answer = self.exchange(b"GET /readyz HTTP/1.1\r\nhost: shop\r\n\r\n");
        answer.0.starts_with("HTTP/1.1 200")
    }

    /// The body of an answer, which must be a good one.
    fn ask(&mut self, request: &[u8]) -> Vec<u8> {
        let (head, body) = self.exchange(request);
        assert!(head.starts_with("HTTP/1.1 200"), "{head}");
        body
    }

    fn exchange(&mut self, request: &[u8]) -> (String, Vec<u8>) {
        self.stream.write_all(request).expect("open");
        self.buffer.clear();
        let mut piece = [0; 1 << 14];
        loop {
            let n_bytes = self.stream.read(&mut piece).expect("open");
            assert!(0 < n_bytes, "the server hung up");
            self.buffer.extend_from_slice(&piece[..n_bytes]);
            let Some(end) = self.buffer.windows(4).position(|bytes| bytes == b"\r\n\r\n") else { continue };
            let head = std::str::from_utf8(&self.buffer[..end]).expect("text");
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
            let length: usize = length.expect("a length").parse().expect("a number");
            if end + 4 + length == self.buffer.len() {
                return (head.to_owned(), self.buffer[end + 4..].to_vec());
            }
        }
    }
}

/// Done once the parent closes the pipe, be it by its death.
fn wait_for_parent() {
    let _ = std::io::stdin().read(&mut [0]);
}

#[expect(clippy::disallowed_methods, reason = "a benchmark is a program, and nobody passes it a clock")]
fn real_clock() -> Timestamp {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).expect("after 1970");
    Timestamp::from_micros(since.as_micros() as i64)
}

fn serve_until_parent_ends(store: &str) {
    let settings = ServeSettings {
        linger: Duration::ZERO,
        workers: Some(2),
        ..ServeSettings::new(SocketAddr::from(([127, 0, 0, 1], 0)), store, real_clock)
    };
    let parent = async { drop(tokio::task::spawn_blocking(wait_for_parent).await) };
    run(settings, |address| println!("{address}"), parent).expect("it serves");
}

fn bare_until_parent_ends(folder: &Path) {
    let handler = |name: &str| {
        let bytes = Bytes::from(std::fs::read(folder.join(name)).expect("written by the parent"));
        move || async move { ([(CONTENT_TYPE, "application/json")], bytes) }
    };
    let home = handler("home");
    let router = axum::Router::new()
        .route("/v1/items/{id}/related", get(handler("related")))
        .route("/v1/recommend", post(move |_body: Bytes| home()));
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    runtime.expect("threads").block_on(async {
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
        println!("{}", listener.local_addr().expect("it listens"));
        tokio::select! {
            served = axum::serve(listener, router) => served.expect("it serves"),
            _ = tokio::task::spawn_blocking(wait_for_parent) => {}
        }
    });
}

/// A shop of 3,000 items and 5,000 customers in 25,000 orders, published in a store.
fn made_up_store(temp: &Path) -> PathBuf {
    let (store, artifact) = (temp.join("store"), temp.join("artifact"));
    erbij_artifact::write(&made_up_models(), &TrainingSummary::default(), "bench", &artifact)
        .expect("written");
    Store::at(&store)
        .publish(&artifact, PublishOptions { force: true, ..Default::default() })
        .expect("published");
    store
}

fn made_up_models() -> ModelSet {
    const N_ITEMS: usize = 3000;
    const N_CUSTOMERS: usize = 5000;
    let mut state = 1_u64;
    let mut below = |n: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % n
    };
    // Items are bought within groups of thirty, so that there is something to find.
    let orders: Vec<Order> = (0..25_000)
        .map(|_| {
            let group = below(N_ITEMS / 30);
            let mut items: Vec<u32> = (0..1 + below(5)).map(|_| (group * 30 + below(30)) as u32).collect();
            items.sort_unstable();
            items.dedup();
            Order {
                customer: Some(CustomerIdx::new(below(N_CUSTOMERS) as u32)),
                ordered_at: Day::new(17_000 + below(365) as i32).start(),
                amount_minor: 0,
                lines: items.into_iter().map(|item| (ItemIdx::new(item), 1.0)).collect(),
            }
        })
        .collect();
    let text = |of: &dyn Fn(usize) -> String| (0..N_ITEMS).map(of).collect::<StrColumn>();
    let columns = CatalogueColumns {
        variant_id: text(&|i| format!("variant-{i}")),
        title: text(&|i| format!("A made-up product with a name of the usual length, number {i}")),
        link: text(&|i| format!("https://shop.example/products/a-made-up-product-{i}.html")),
        image_link: text(&|i| format!("https://images.shop.example/600x600/product-{i}.jpg")),
        brand: text(&|i| format!("Brand {}", i % 50)),
        category: text(&|i| format!("Group {} > Shelf {}", i / 300, i / 30)),
        price_minor: (0..N_ITEMS).map(|i| 99 + i as i64).collect(),
        ..CatalogueColumns::of_ids(text(&|i| format!("item-{i}")))
    };
    let catalogue = Catalogue::new(columns, VariantColumns::default(), Currency::EUR).expect("valid");
    let customers =
        Vocab::new((0..N_CUSTOMERS).map(|i| format!("customer-{i}")).collect()).expect("distinct");
    let baskets = Baskets::from_orders(N_CUSTOMERS, N_ITEMS, orders).expect("valid");
    let recipe = Recipe::default().check().expect("the default is in range");
    fit(&recipe, TrainingData::of_orders(baskets, customers, catalogue), &Silent).expect("there are orders")
}
