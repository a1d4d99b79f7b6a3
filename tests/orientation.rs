//! Who looked at something and did not buy it looks around still: the whole way, from Parquet to HTTP.

use std::path::Path;
use std::sync::Arc;

use arrow_array::{ArrayRef, Int64Array, StringArray, TimestampMicrosecondArray};
use erbij_core::{TimeZone, Timestamp};
use serde_json::{Value, json};

use crate::ownership::{Asking, MICROS_PER_DAY, now_micros, texts, write};
use crate::program::{Service, erbij, stdout_of};

const ITEMS: [(&str, &str, &str); 5] = [
    ("machine-a", "Kitchen > Machines", "product"),
    ("machine-b", "Kitchen > Machines", "product"),
    ("kettle", "Kitchen > Kettles", "product"),
    ("mug", "Kitchen > Mugs", "product"),
    ("film", "", "content"),
];

/// Who ordered what how many days ago, beside a crowd that buys all there is.
const ORDERS: [(&str, i64, &str); 7] = [
    ("looks", 30, "mug"),
    ("bought", 30, "mug"),
    ("bought", 4, "machine-a"),
    ("again", 6, "mug"),
    ("owns", 30, "machine-a"),
    ("long-ago", 30, "mug"),
    ("reads", 30, "mug"),
];

/// Who looked at what how many days ago, and how; `-…` is a browser nobody was logged in with. Of three people who looked
/// at two things others may be told.
type Look = (&'static str, i64, &'static str, &'static str);

const LOOKS: [Look; 14] = [
    ("looks", 5, "machine-a", "view_item"),
    ("looks", 3, "machine-b", "add_to_cart"),
    ("bought", 5, "machine-b", "view_item"),
    ("again", 2, "mug", "view_item"),
    ("owns", 3, "machine-b", "view_item"),
    ("long-ago", 20, "machine-b", "view_item"),
    ("reads", 3, "film", "view_item"),
    ("only-looks", 2, "machine-b", "view_item"),
    ("-", 2, "machine-b", "view_item"),
    ("-", 2, "kettle", "view_item"),
    ("-2", 2, "machine-b", "view_item"),
    ("-2", 2, "kettle", "view_item"),
    ("-3", 2, "machine-b", "view_item"),
    ("-3", 2, "kettle", "view_item"),
];

fn write_shop(dir: &Path) {
    let now = now_micros();
    let crowd: Vec<String> = (0..12).map(|n| format!("crowd-{n}")).collect();
    let mut orders = ORDERS.to_vec();
    for (n, customer) in (0..).zip(&crowd) {
        let products = ITEMS.iter().filter(|item| item.2 == "product");
        orders.extend(products.map(|item| (customer.as_str(), 400 + n, item.0)));
    }
    let order_ids: Vec<String> = orders.iter().map(|order| format!("{}-{}", order.0, order.1)).collect();
    write(
        &dir.join("orders.parquet"),
        vec![
            ("order_id", texts(order_ids.iter().map(String::as_str))),
            ("customer_id", texts(orders.iter().map(|order| order.0))),
            ("ordered_at", instants(now, orders.iter().map(|order| order.1))),
            ("item_id", texts(orders.iter().map(|order| order.2))),
            ("quantity", Arc::new(Int64Array::from_iter_values(orders.iter().map(|_| 1)))),
        ],
    );
    let lives = ITEMS.iter().map(|item| if item.1 == "Kitchen > Machines" { 2500 } else { 0 });
    write(
        &dir.join("items.parquet"),
        vec![
            ("id", texts(ITEMS.iter().map(|item| item.0))),
            ("title", texts(ITEMS.iter().map(|item| item.0))),
            ("product_type", texts(ITEMS.iter().map(|item| item.1))),
            ("useful_life_days", Arc::new(Int64Array::from_iter_values(lives))),
            ("kind", texts(ITEMS.iter().map(|item| item.2))),
        ],
    );
    write_events(&dir.join("events.parquet"), now, &LOOKS);
}

fn instants(now: i64, days: impl Iterator<Item = i64>) -> ArrayRef {
    let micros = days.map(|days| now - days * MICROS_PER_DAY);
    Arc::new(TimestampMicrosecondArray::from_iter_values(micros).with_timezone("UTC"))
}

fn write_events(path: &Path, now: i64, looks: &[Look]) {
    let known = looks.iter().map(|look| Some(look.0).filter(|customer| !customer.starts_with('-')));
    let browsers: Vec<String> = looks.iter().map(|look| format!("browser of {}", look.0)).collect();
    write(
        path,
        vec![
            ("event_name", texts(looks.iter().map(|look| look.3))),
            ("item_id", texts(looks.iter().map(|look| look.2))),
            ("occurred_at", instants(now, looks.iter().map(|look| look.1))),
            ("customer_id", Arc::new(StringArray::from_iter(known))),
            ("visitor_id", texts(browsers.iter().map(String::as_str))),
        ],
    );
}

#[test]
fn who_looked_and_did_not_buy_looks_around_still() {
    let dir = tempfile::tempdir().expect("a folder");
    let path = |name: &str| dir.path().join(name).to_str().expect("text").to_owned();
    write_shop(dir.path());
    let tables = ["orders", "items", "events"].map(|table| path(&format!("{table}.parquet")));
    let train = |out: &str, threads: &str| {
        let mut words = vec!["train", "--quiet", "--out", out];
        for (flag, table) in ["--orders", "--items", "--events"].into_iter().zip(&tables) {
            words.extend([flag, table]);
        }
        stdout_of(erbij(&words).env("RAYON_NUM_THREADS", threads))
    };
    let (artifact, store) = (path("artifact"), path("store"));
    train(&artifact, "1");
    train(&path("again"), "3");
    for file in ["orientation.arrow", "manifest.json"] {
        let [one, three] = ["artifact", "again"].map(|name| std::fs::read(dir.path().join(name).join(file)));
        assert!(one.expect("written") == three.expect("written"), "threads show in `{file}`");
    }
    stdout_of(&mut erbij(&["publish", &artifact, "--store", &store]));
    let service = Asking(Service::start(&store));
    the_needs(&service);
    the_slates(&service);
    // The command line says the same.
    let told = |words: &[&str]| stdout_of(erbij(words).args(["--store", &store]));
    let needs = told(&["needs", "--customer", "looks"]);
    let expected = "orientation  offer             Kitchen > Machines: looked at 2 items on 2 days from ";
    assert!(needs.starts_with(expected) && needs.ends_with("last at machine-b (machine-b)\n"), "{needs}");
    assert!(told(&["needs", "--customer", "bought"]).starts_with("after_sales  "));
    let why = told(&["explain", "--item", "machine-b", "--customer", "looks", "--language", "en"]);
    assert!(why.starts_with("shown: machine-b is in place 1: You viewed this on "), "{why}");
    assert!(why.contains("  looked at    looked at 2 items on 2 days from "), "{why}");
}

/// What was looked at after the cutoff is of the future: an evaluation that is given it says the same.
#[test]
fn an_evaluation_knows_no_looks_of_the_days_it_judges() {
    let dir = tempfile::tempdir().expect("a folder");
    let path = |name: &str| dir.path().join(name).to_str().expect("text").to_owned();
    write_shop(dir.path());
    let cutoff = now_micros() / MICROS_PER_DAY - 10;
    let cutoff = erbij_core::Day::new(cutoff as i32).to_string();
    // Customers who then buy had looked two days before the cutoff, at what they do not buy.
    let before: [Look; 3] = [
        ("long-ago", 20, "machine-b", "view_item"),
        ("bought", 12, "kettle", "view_item"),
        ("again", 12, "machine-a", "view_item"),
    ];
    let after = LOOKS.iter().copied().filter(|look| look.1 < 10);
    write_events(Path::new(&path("before.parquet")), now_micros(), &before);
    let all: Vec<Look> = before.into_iter().chain(after).collect();
    write_events(Path::new(&path("all.parquet")), now_micros(), &all);
    let told = |more: &[&str]| {
        let (orders, items) = (path("orders.parquet"), path("items.parquet"));
        let mut words = vec!["evaluate", "--quiet", "--orders", &orders, "--items", &items];
        words.extend(["--cutoff", &cutoff, "--metrics", "ndcg_at_3", "--resamples", "5"]);
        words.extend(more);
        stdout_of(&mut erbij(&words))
    };
    let (before, all) = (path("before.parquet"), path("all.parquet"));
    assert_eq!(told(&["--events", &before]), told(&["--events", &all]));
    assert_ne!(told(&["--events", &before]), told(&[]), "looks before the cutoff count");
}

/// The phase of each need of a customer, and of how many items he looked at it.
fn needs_of(service: &Asking, asked: &str) -> Vec<(String, String, Option<u64>)> {
    let answer = service.get(&format!("/v1/customers/{asked}"));
    let text = |need: &Value, key: &str| need[key].as_str().expect("text").to_owned();
    let needs = answer["needs"].as_array().expect("a list").iter();
    needs
        .map(|need| (text(need, "need"), text(need, "phase"), need["looked_at"]["n_items"].as_u64()))
        .collect()
}

fn the_needs(service: &Asking) {
    let check = |asked: &str, expected: &[(&str, &str, Option<u64>)]| {
        let found = needs_of(service, asked);
        let found: Vec<_> =
            found.iter().map(|(need, phase, n)| (need.as_str(), phase.as_str(), *n)).collect();
        assert_eq!(found, expected, "{asked}");
    };
    let machines = "Kitchen > Machines";
    check("looks/needs", &[(machines, "orientation", Some(2))]);
    check("only-looks/needs", &[(machines, "orientation", Some(1))]);
    check("again/needs", &[("Kitchen > Mugs", "orientation", Some(1))]);
    check("bought/needs", &[(machines, "after_sales", None)]);
    check("owns/needs", &[(machines, "after_sales", None)]);
    check("long-ago/needs", &[]);
    check("reads/needs", &[]);
    check("looks/needs?owned_items=machine-a", &[(machines, "after_sales", None)]);
    // What is looked at now says it as well, with or without days gone by.
    check(
        "looks/needs?session_items=kettle",
        &[("Kitchen > Kettles", "orientation", None), (machines, "orientation", Some(2))],
    );
    // A day is the shop's: an hour before midnight in UTC, the next one has begun there.
    let zone = TimeZone::named("Europe/Amsterdam").expect("it is in the database");
    let day = |days: i64| zone.day_of(Timestamp::from_micros(now_micros() - days * MICROS_PER_DAY));
    let told = &service.get("/v1/customers/looks/needs")["needs"][0]["looked_at"];
    let date = |days: i64| day(days).to_string();
    assert_eq!(
        told,
        &json!({ "since": date(5), "last_on": date(3), "n_items": 2, "n_days": 2, "item_id": "machine-b", "title": "machine-b" })
    );
}

fn the_slates(service: &Asking) {
    let slate = |placement: &str, customer: &str, more: Value| {
        let mut body = json!({ "placement": placement, "customer_id": customer, "n": 4 });
        body.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        let answer = service.post("/v1/recommend", &body);
        let by_looks = answer["items"].as_array().expect("a list").iter();
        let by_looks = by_looks.filter(|item| item["source"] == "session");
        by_looks
            .map(|item| format!("{} {}", item["item_id"], item["reason_code"]).replace('"', ""))
            .collect::<Vec<_>>()
    };
    for placement in ["home", "newsletter"] {
        assert_eq!(slate(placement, "looks", json!({})), ["machine-b viewed_before"]);
        // Who bought nothing yet has nothing else that speaks for him.
        assert_eq!(
            slate(placement, "only-looks", json!({})),
            ["machine-b viewed_before", "kettle viewed_together"]
        );
        for nothing in ["bought", "owns", "again", "long-ago", "reads", "nobody-knows-him"] {
            assert!(slate(placement, nothing, json!({})).is_empty(), "{placement} {nothing}");
        }
    }
    assert!(slate("home", "looks", json!({ "owned_items": ["machine-a"] })).is_empty());
    // The shop's word, a filter and the question's own still hold.
    assert!(slate("home", "looks", json!({ "exclude": ["machine-b", "machine-a", "kettle"] })).is_empty());
    let explained = service.post("/v1/explain", &json!({ "item_id": "machine-a", "customer_id": "looks" }));
    assert_eq!(explained["looked_at"]["item_id"], "machine-b");
    let owned = service.post("/v1/explain", &json!({ "item_id": "machine-b", "customer_id": "owns" }));
    assert_eq!((&owned["step"], &owned["looked_at"]), (&json!("owned"), &Value::Null));
}
