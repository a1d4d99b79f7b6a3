//! `erbij demo`: the whole way on the sample, or on a shop's own files, to an answer over HTTP.

use std::io::Write;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::time::Duration;

use anyhow::{Context, bail};
use erbij_artifact::{PublishOptions, Store};
use erbij_core::CustomerIdx;
use erbij_recipe::{ModelSet, Recipe};
use serde_json::Value;

use crate::args::{DemoArgs, SourceArgs};
use crate::commands::{init, serve, train};
use crate::progress::Reporter;

/// A question worth asking, and what its answer means.
struct Question {
    meaning: String,
    method: &'static str,
    path: String,
    body: Option<Value>,
}

/// Where published generations go where nothing else is said.
const DEFAULT_STORE: &str = "models/published";

pub(crate) fn run(args: &DemoArgs, reporter: &Reporter, out: &mut dyn Write) -> anyhow::Result<()> {
    // What a look at own files tells, and what is learned from them, is gone when this is dropped.
    let folder =
        tempfile::tempdir().context("a temporary folder cannot be made; hint: `TMPDIR` names where")?;
    let sources = match &args.orders {
        Some(orders) => own_sources(args, orders, folder.path(), reporter)?,
        None => sample_sources(args)?,
    };
    let store = match &args.store {
        Some(store) => store.clone(),
        None if args.orders.is_some() => folder.path().join("store"),
        None => PathBuf::from(DEFAULT_STORE),
    };
    std::fs::create_dir_all(&store).with_context(|| format!("making `{}` failed", store.display()))?;
    let dir = store.join("demo-artifact");
    let recipe = Recipe::default().check()?;
    train::train(&recipe, String::new(), &sources, &dir, reporter)?;
    reporter.finish();
    let published = Store::at(&store).publish(&dir, PublishOptions::default())?;
    // The store has its own copy.
    std::fs::remove_dir_all(&dir).with_context(|| format!("removing `{}` failed", dir.display()))?;
    writeln!(out, "generation {} is current: artifact {}", published.number, published.artifact_id)?;
    let artifact = erbij_artifact::open(&published.dir)?;
    let questions = questions(&artifact.model_set);
    drop(artifact);
    let served = (args.address, store.as_path());
    if args.once { ask_once(served, &questions, out) } else { serve_on(served, &questions, out) }
}

fn sample_sources(args: &DemoArgs) -> anyhow::Result<SourceArgs> {
    let sample = find_sample(args.sample.as_deref())?;
    let table = |name: &str| sample.join(name).to_string_lossy().into_owned();
    Ok(SourceArgs {
        orders: table("orders.parquet"),
        items: Some(table("items.parquet")),
        customers: Some(table("customers.parquet")),
        events: None,
        config: Some(sample.join("erbij.toml")).filter(|config| config.exists()),
        now: None,
    })
}

/// The shop's own tables, read by the settings that are named, else by what a look at them tells.
fn own_sources(
    args: &DemoArgs,
    orders: &str,
    folder: &Path,
    reporter: &Reporter,
) -> anyhow::Result<SourceArgs> {
    let config = args.config.clone().unwrap_or_else(|| folder.join("erbij.toml"));
    let sources = SourceArgs {
        orders: orders.to_owned(),
        items: args.items.clone(),
        customers: args.customers.clone(),
        events: args.events.clone(),
        config: Some(config.clone()),
        now: None,
    };
    if !config.exists() {
        init::write_settings(&sources, &config, reporter)?;
    }
    Ok(sources)
}

/// The sample of the folder we are in, else that of the repository this program was built from.
fn find_sample(named: Option<&Path>) -> anyhow::Result<PathBuf> {
    let here = Path::new("data/sample");
    let built_from = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../data/sample");
    let found = match named {
        Some(dir) => Some(dir.to_owned()),
        None => [here.to_owned(), built_from].into_iter().find(|dir| dir.join("orders.parquet").exists()),
    };
    found.context("no sample here; hint: run it in the repository, or name the folder with `--sample`")
}

/// Three questions whose answers show what the models know: an item, a basket, a customer.
fn questions(models: &ModelSet) -> Vec<Question> {
    let items = models.catalogue.items();
    let mut anchors = models.popularity.ranking().iter().copied();
    let best_seller = anchors.clone().next();
    let is_telling = |anchor| 5 <= models.affinity.related(anchor).len();
    let mut questions = Vec::new();
    // A small shop may have no item with so many others: then what sells best is asked about.
    if let Some(anchor) = anchors.find(|&anchor| is_telling(anchor)).or(best_seller) {
        questions.push(Question {
            meaning: format!(
                "What goes with {}, of all that is bought together with it",
                models.catalogue.title(anchor)
            ),
            method: "GET",
            path: format!("/v1/items/{}/related?n=5&language=en", items.id(anchor)),
            body: None,
        });
        let with = models.affinity.related(anchor).next().map(|pair| pair.item);
        let basket: Vec<&str> = with.into_iter().chain([anchor]).map(|item| items.id(item)).collect();
        let titles: Vec<&str> =
            with.into_iter().chain([anchor]).map(|item| models.catalogue.title(item)).collect();
        questions.push(Question {
            meaning: format!("What may be missing from a basket with {}", titles.join(" and ")),
            method: "POST",
            path: "/v1/recommend".to_owned(),
            body: Some(
                serde_json::json!({ "placement": "basket", "items": basket, "n": 5, "language": "en" }),
            ),
        });
    }
    if let Some(customer) = typical_customer(models) {
        let (id, n_items) = (models.customers.id(customer), models.histories.items(customer).len());
        questions.push(Question {
            meaning: format!(
                "What customer {id}, who bought {n_items} different items, may want next, and why"
            ),
            method: "POST",
            path: "/v1/recommend".to_owned(),
            body: Some(
                serde_json::json!({ "placement": "newsletter", "customer_id": id, "n": 5, "language": "en" }),
            ),
        });
    }
    questions
}

/// The customer whose number of items is the median of all who bought something.
fn typical_customer(models: &ModelSet) -> Option<CustomerIdx> {
    let n_items = |customer: &CustomerIdx| models.histories.items(*customer).len();
    let mut customers: Vec<CustomerIdx> =
        models.customers.indices().filter(|customer| 0 < n_items(customer)).collect();
    customers.sort_by_key(n_items);
    customers.get(customers.len() / 2).copied()
}

impl Question {
    fn as_curl(&self, address: SocketAddr) -> String {
        match &self.body {
            None => format!("curl 'http://{address}{}'", self.path),
            Some(body) => {
                format!("curl -H 'content-type: application/json' -d '{body}' http://{address}{}", self.path)
            }
        }
    }

    fn ask(&self, address: SocketAddr) -> anyhow::Result<Value> {
        let url = format!("http://{address}{}", self.path);
        let answer = match &self.body {
            None => ureq::get(&url).call(),
            Some(body) => ureq::post(&url).send_json(body),
        };
        let mut answer = answer.with_context(|| format!("{} {url} failed", self.method))?;
        Ok(answer.body_mut().read_json()?)
    }
}

/// Where to listen, and what to serve.
type Served<'a> = (Option<SocketAddr>, &'a Path);

fn serve_on((address, store): Served<'_>, questions: &[Question], out: &mut dyn Write) -> anyhow::Result<()> {
    let address = address.unwrap_or(SocketAddr::from(([127, 0, 0, 1], 8080)));
    let settings = serve::settings(address, store);
    let mut told = Ok(());
    serve::until_asked_to_stop(settings, |address| {
        told = tell(questions, address, out);
    })?;
    told
}

fn tell(questions: &[Question], address: SocketAddr, out: &mut dyn Write) -> anyhow::Result<()> {
    writeln!(out, "serving on http://{address}; try:\n")?;
    for question in questions {
        writeln!(out, "# {}\n{}\n", question.meaning, question.as_curl(address))?;
    }
    writeln!(
        out,
        "`reason_text` says why an item is shown; `fallback_used` is null where the first choice of"
    )?;
    writeln!(out, "the placement filled the list; `model_version` is the artifact's id. Ctrl-C ends it.")?;
    out.flush()?;
    Ok(())
}

/// Serves on a thread of its own, asks the three questions over HTTP, and stops.
fn ask_once((address, store): Served<'_>, questions: &[Question], out: &mut dyn Write) -> anyhow::Result<()> {
    let address = address.unwrap_or(SocketAddr::from(([127, 0, 0, 1], 0)));
    let mut settings = serve::settings(address, store);
    // Nobody else listens to this one, so nobody need be waited for.
    settings.linger = Duration::ZERO;
    let (ready, is_ready) = mpsc::channel();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let server = std::thread::spawn(move || {
        let stopped = async move {
            // A dropped sender asks to stop as well as a sent word.
            let _ = stopped.await;
        };
        let on_ready = move |address| {
            // Nobody listens any more only where the demo has failed already.
            let _ = ready.send(address);
        };
        erbij_serve::run(settings, on_ready, stopped)
    });
    let asked = match is_ready.recv() {
        Ok(address) => wait_for_models(address).and_then(|()| ask_all(questions, address, out)),
        // The server ended before it was ready, and says why below.
        Err(_) => Ok(()),
    };
    drop(stop);
    let served = server.join().expect("a panic of the server's thread is a bug");
    served?;
    asked
}

/// A service listens before its models are loaded, and says when they are.
fn wait_for_models(address: SocketAddr) -> anyhow::Result<()> {
    let url = format!("http://{address}/readyz");
    for _ in 0..600 {
        if ureq::get(&url).call().is_ok() {
            return Ok(());
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    bail!("the service did not load its models within a minute")
}

fn ask_all(questions: &[Question], address: SocketAddr, out: &mut dyn Write) -> anyhow::Result<()> {
    for question in questions {
        let answer = question.ask(address)?;
        writeln!(out, "\n# {}\n{}", question.meaning, question.as_curl(address))?;
        for item in answer["items"].as_array().into_iter().flatten() {
            let text = |key: &str| item[key].as_str().unwrap_or_default();
            writeln!(out, "  {:<10} {:<44} {}", text("item_id"), text("title"), text("reason_text"))?;
        }
        if let Some(source) = answer["fallback_used"].as_str() {
            writeln!(out, "  (the first choice had too little to say; the rest is by {source})")?;
        }
    }
    writeln!(out, "\nasked over HTTP, answered by artifact {}", ask_version(questions, address)?)?;
    out.flush()?;
    Ok(())
}

fn ask_version(questions: &[Question], address: SocketAddr) -> anyhow::Result<String> {
    let first = questions.first().context("nothing was learned that a question could be asked about")?;
    Ok(first.ask(address)?["model_version"].as_str().unwrap_or_default().to_owned())
}
