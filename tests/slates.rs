//! Whole slates of whole shops: nobody is told what a single other person did, and no shop is too small or too odd to be
//! answered in full.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow_array::{ArrayRef, BooleanArray, StringArray, TimestampMicrosecondArray};
use serde_json::Value;
use tempfile::TempDir;

use crate::ownership::{texts, write};
use crate::program::{erbij, stdout_of, top};

const DAY: i64 = 86_400_000_000;
/// 1 January 2026, ten o'clock.
const FIRST: i64 = 1_767_261_600_000_000;
const NOW: &str = "2026-11-20T00:00:00Z";

/// Chance that is the same everywhere.
struct Chance(u64);

impl Chance {
    fn below(&mut self, n: u32) -> u32 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) % u64::from(n)) as u32
    }
}

/// An order: of whom, so long after the first day, with what.
struct Ordered {
    customer: Option<String>,
    at: i64,
    items: Vec<String>,
}

/// A shop as its tables have it.
#[derive(Default)]
struct Shop {
    orders: Vec<Ordered>,
    /// Id, title, category, whether it is sensitive.
    items: Vec<(String, String, String, bool)>,
    /// Visitor, item, so long after the first day.
    looks: Vec<(String, String, i64)>,
}

/// Items 100 and 101, 102 and 103 … go together; four stand in a category.
fn shop(n_customers: u32, n_items: u32, orders_each: u32) -> Shop {
    let mut chance = Chance(1);
    let mut shop = Shop::default();
    for customer in 0..n_customers {
        for _ in 0..orders_each {
            let first = 100 + 2 * chance.below(n_items / 2);
            let mut items = vec![first];
            items.extend((chance.below(10) < 7).then_some(first + 1));
            let other = 100 + chance.below(n_items);
            items.extend((chance.below(2) == 0 && !items.contains(&other)).then_some(other));
            let at = DAY * i64::from(chance.below(300)) + 60_000_000 * i64::from(chance.below(600));
            let items = items.iter().map(u32::to_string).collect();
            shop.orders.push(Ordered { customer: Some(format!("c{customer}")), at, items });
        }
    }
    let item =
        |item: u32| (item.to_string(), format!("Thing {item}"), format!("Home > Kind {}", item / 4), false);
    shop.items = (100..100 + n_items).map(item).collect();
    shop
}

impl Shop {
    fn order(&mut self, customer: Option<&str>, day: i64, items: &[&str]) {
        let (customer, items) =
            (customer.map(str::to_owned), items.iter().map(|&item| item.to_owned()).collect());
        self.orders.push(Ordered { customer, at: DAY * day, items });
    }

    fn item(&mut self, id: &str, title: &str, category: &str, is_sensitive: bool) {
        self.items.push((id.to_owned(), title.to_owned(), category.to_owned(), is_sensitive));
    }

    /// Writes the tables, trains a recipe of `models/` on them and opens what came of it to questions.
    fn trained(&self, recipe: &str) -> Trained {
        let dir = tempfile::tempdir().expect("a folder");
        let path = |name: &str| dir.path().join(name);
        let lines = || {
            self.orders
                .iter()
                .enumerate()
                .flat_map(|(n, order)| order.items.iter().map(move |item| (n, order, item)))
        };
        let ids: Vec<String> = lines().map(|(n, ..)| format!("o{n}")).collect();
        let instants = |at: Vec<i64>| -> ArrayRef {
            Arc::new(TimestampMicrosecondArray::from_iter_values(at).with_timezone("UTC"))
        };
        let item_ids: Vec<&str> = lines().map(|(.., item)| item.as_str()).collect();
        let customers: StringArray = lines().map(|(_, order, _)| order.customer.clone()).collect();
        let mut columns = vec![
            ("order_id", texts(ids.iter().map(String::as_str))),
            ("item_id", texts(item_ids.iter().copied())),
            ("ordered_at", instants(lines().map(|(_, order, _)| FIRST + order.at).collect())),
        ];
        // Three columns are enough: where nobody is known, the fourth is not there at all.
        if self.orders.iter().any(|order| order.customer.is_some()) {
            columns.push(("customer_id", Arc::new(customers) as ArrayRef));
        }
        write(&path("orders.parquet"), columns);
        write(
            &path("items.parquet"),
            vec![
                ("id", texts(self.items.iter().map(|item| item.0.as_str()))),
                ("title", texts(self.items.iter().map(|item| item.1.as_str()))),
                ("product_type", texts(self.items.iter().map(|item| item.2.as_str()))),
                ("sensitive", Arc::new(BooleanArray::from_iter(self.items.iter().map(|item| Some(item.3))))),
            ],
        );
        let mut tables = vec!["--orders", "orders.parquet", "--items", "items.parquet"];
        if !self.looks.is_empty() {
            let names = self.looks.iter().map(|_| "view_item");
            write(
                &path("events.parquet"),
                vec![
                    ("event_name", texts(names)),
                    ("visitor_id", texts(self.looks.iter().map(|look| look.0.as_str()))),
                    ("item_id", texts(self.looks.iter().map(|look| look.1.as_str()))),
                    ("occurred_at", instants(self.looks.iter().map(|look| FIRST + look.2).collect())),
                ],
            );
            tables.extend(["--events", "events.parquet"]);
        }
        let recipe = top().join("models").join(recipe).join("recipe.toml");
        let recipe = recipe.to_str().expect("text");
        let mut args = vec!["train", "--quiet", "--recipe", recipe, "--out", "art", "--now", NOW];
        args.extend(tables);
        stdout_of(erbij(&args).current_dir(dir.path()));
        Trained { dir }
    }
}

/// An artifact that is asked.
struct Trained {
    dir: TempDir,
}

impl Trained {
    fn artifact(&self) -> PathBuf {
        self.dir.path().join("art")
    }

    /// The places of one slate: id and sentence.
    fn ask(&self, question: &[&str]) -> Vec<(String, String)> {
        let mut args = vec!["--quiet", "recommend", "--json", "--artifact", "art", "--now", NOW];
        args.extend(question);
        let slate = json(&stdout_of(erbij(&args).current_dir(self.dir.path())));
        let text = |value: &Value| value.as_str().expect("text").to_owned();
        let place = |shown: &Value| (text(&shown["item_id"]), text(&shown["reason_text"]));
        slate["items"].as_array().expect("places").iter().map(place).collect()
    }

    fn ids(&self, question: &[&str]) -> Vec<String> {
        self.ask(question).into_iter().map(|(id, _)| id).collect()
    }
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).expect("JSON")
}

fn audit(artifact: &Path, n: &str) -> Value {
    let artifact = artifact.to_str().expect("text");
    json(&stdout_of(&mut erbij(&[
        "--quiet",
        "audit",
        "--json",
        "--artifact",
        artifact,
        "--n",
        n,
        "--now",
        NOW,
    ])))
}

/// A shop in which one customer alone bought RARE, in one order with what two others bought as well.
fn with_a_rare_order() -> Shop {
    let mut shop = shop(300, 40, 4);
    for (customer, item) in [("c0", "RARE"), ("c0", "SECRET"), ("c1", "SECRET"), ("c2", "SECRET")] {
        shop.order(Some(customer), 100, &[item]);
    }
    shop.order(Some("c0"), 100, &["RARE", "SECRET", "117"]);
    shop.item("RARE", "Truss for hernia", "Health > Rare", false);
    shop.item("SECRET", "Pregnancy test", "Family > Test", false);
    shop
}

#[test]
fn what_one_customer_bought_is_on_no_page_that_others_see() {
    for recipe in ["default", "fast", "rp3beta", "local_ease", "ease", "ials"] {
        let trained = with_a_rare_order().trained(recipe);
        for (question, other) in
            [(["--item", "RARE"], "SECRET"), (["--item", "SECRET"], "RARE"), (["--basket", "RARE"], "SECRET")]
        {
            let places = trained.ids(&[&question[..], &["--n", "10"]].concat());
            assert_eq!(places.len(), 10, "{recipe} {question:?}");
            assert!(!places.iter().any(|place| place == other), "{recipe} {question:?}: {places:?}");
        }
        // Who bought it may see what goes with it in general, and still not what its other buyers bought.
        let stranger = trained.ids(&["--customer", "stranger", "--n", "42"]);
        assert!(!stranger[..20].iter().any(|place| place == "RARE"), "{recipe}: {stranger:?}");
    }
}

#[test]
fn one_customer_makes_nothing_popular_however_much_they_order() {
    let with = |customer: Option<&str>, n: i64, minutes: i64| {
        let mut shop = shop(150, 20, 4);
        shop.item("NICHE", "Niche thing", "Home > Kind 3", false);
        for at in 0..n {
            let order = Ordered {
                customer: customer.map(str::to_owned),
                at: 299 * DAY + 60_000_000 * minutes * at / n,
                items: vec!["NICHE".to_owned()],
            };
            shop.orders.push(order);
        }
        let places = shop.trained("default").ids(&["--customer", "stranger", "--n", "10"]);
        places.iter().any(|place| place == "NICHE")
    };
    assert!(!with(Some("cafe"), 12, 28 * 1440), "twelve orders of one customer");
    assert!(!with(Some("cafe"), 400, 28 * 1440), "four hundred orders of one customer");
    assert!(!with(None, 400, 55), "a script: four hundred guest orders within the hour");
    assert!(with(None, 400, 28 * 1440), "four hundred guests over four weeks are many");
}

#[test]
fn what_one_visitor_looked_at_is_on_no_list_that_others_see() {
    let mut shop = with_a_rare_order();
    shop.orders.retain(|order| !order.items.contains(&"RARE".to_owned()));
    let mut chance = Chance(4);
    for visitor in 0..400 {
        let day = DAY * i64::from(chance.below(290));
        for at in 0..4 {
            let item = (100 + chance.below(40)).to_string();
            shop.looks.push((format!("v{visitor}"), item, day + 60_000_000 * at));
        }
    }
    for (at, item) in (0..).zip(["RARE", "SECRET", "117"]) {
        shop.looks.push(("only-one".to_owned(), item.to_owned(), 280 * DAY + 60_000_000 * at));
    }
    let trained = shop.trained("default");
    for question in [["--item", "RARE"], ["--session", "RARE"]] {
        let places = trained.ids(&[&question[..], &["--n", "10"]].concat());
        assert_eq!(places.len(), 10, "{question:?}");
        assert!(!places.iter().any(|place| place == "SECRET"), "{question:?}: {places:?}");
    }
    // A visit that many made is told of.
    let places = trained.ask(&["--session", "100,101", "--n", "5", "--language", "en"]);
    assert!(places.iter().any(|(_, why)| why.starts_with("Visitors who viewed")), "{places:?}");
}

#[test]
fn a_shop_that_files_nothing_offers_everybody_something() {
    let words =
        ["", "Uncategorized", "nan", "NULL", "N/A", "Overig", "Default Category", "-", "Things we sell"];
    for word in words {
        let mut shop = shop(400, 20, 1);
        shop.items.iter_mut().for_each(|item| item.2 = word.to_owned());
        let trained = shop.trained("default");
        for customer in ["c0", "c7", "c399"] {
            assert_eq!(trained.ids(&["--customer", customer, "--n", "10"]).len(), 10, "{word:?} {customer}");
        }
    }
}

/// Small and odd shops: every slate of every placement is whole and full.
#[test]
fn no_shop_is_too_small_or_too_odd_for_full_slates() {
    let guests = |share: u32, mut shop: Shop| {
        let mut chance = Chance(9);
        shop.orders.iter_mut().for_each(|order| {
            if chance.below(100) < share {
                order.customer = None;
            }
        });
        shop
    };
    let one_category = |mut shop: Shop| {
        shop.items.iter_mut().for_each(|item| item.2 = "Everything".to_owned());
        shop
    };
    let shops = [
        ("no customers at all", guests(100, shop(300, 40, 4)), true),
        ("thirty orders", shop(10, 20, 3), false),
        ("one customer", shop(1, 20, 40), false),
        ("one category", one_category(shop(150, 20, 4)), true),
        ("95 % guests", guests(95, shop(300, 40, 4)), true),
    ];
    for (name, shop, has_pairs) in shops {
        let found = audit(&shop.trained("default").artifact(), "5");
        assert_eq!(found["n_broken"], 0, "{name}: {}", found["broken"]);
        for answer in found["answers"].as_array().expect("answers") {
            let question = answer["question"].as_str().expect("text");
            // A model by itself, and what belongs to an item, may have nothing to say. Of twenty items somebody may
            // have bought all but a few.
            let is_whole =
                !["alone", "accessories", "alternatives"].iter().any(|word| question.contains(word))
                    && !question.contains("exclude")
                    && !question.contains("when_due");
            if is_whole {
                assert_eq!(answer["n_short"], 0, "{name}: {question}");
            }
            if question == "item_page" && has_pairs {
                let places = |source: &str| answer["places"][source].as_u64().unwrap_or(0);
                assert!(0 < places("related"), "{name}: {}", answer["places"]);
            }
        }
    }
}

#[test]
fn what_is_sensitive_needs_more_people_and_is_named_by_no_sentence() {
    let with_buyers = |n: u32| {
        let mut shop = shop(300, 40, 4);
        shop.item("TEST", "Pregnancy test", "Health > Tests", true);
        for customer in 0..n {
            shop.order(Some(&format!("c{customer}")), 200, &["TEST", "110"]);
        }
        shop.trained("default")
    };
    let few = with_buyers(9).ids(&["--item", "110", "--n", "20"]);
    assert!(!few.iter().any(|place| place == "TEST"), "nine people are too few: {few:?}");
    let many = with_buyers(40);
    let places = many.ids(&["--item", "110", "--n", "20"]);
    assert!(places.iter().any(|place| place == "TEST"), "forty are enough: {places:?}");
    for question in [["--item", "TEST"], ["--customer", "c3"], ["--basket", "TEST"]] {
        for (id, why) in many.ask(&[&question[..], &["--n", "20"]].concat()) {
            assert!(!why.contains("Pregnancy") && !why.contains("Tests"), "{question:?} {id}: {why}");
        }
    }
}

#[test]
fn a_newsletter_says_no_reason_five_times() {
    let trained = shop(300, 40, 4).trained("default");
    for customer in ["c0", "c1", "c2", "c50", "c299", "stranger"] {
        let places = trained.ask(&["--customer", customer, "--n", "5"]);
        for (_, why) in &places {
            let times = places.iter().filter(|(_, other)| other == why).count();
            assert!(times <= 3, "{customer}: {places:?}");
        }
    }
}
