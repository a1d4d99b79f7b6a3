//! Who has what meets a need is not offered another: the whole way, from Parquet to HTTP.

use std::path::Path;
use std::sync::Arc;
use std::time::SystemTime;

use arrow_array::{ArrayRef, BooleanArray, Int64Array, RecordBatch, StringArray, TimestampMicrosecondArray};
use parquet::arrow::ArrowWriter;
use serde_json::{Value, json};

use crate::program::{Service, erbij, failure_of, stdout_of};

pub(crate) const MICROS_PER_DAY: i64 = 86_400_000_000;

/// An order line: who, how many days ago, what, how many came back, whether it was a gift.
type Line = (&'static str, i64, &'static str, i64, bool);

/// What each customer did; the crowd beside them makes all items sell.
const LINES: [Line; 14] = [
    ("keeps", 20, "detector-a", 0, false),
    ("returns", 20, "detector-a", 1, false),
    ("gives", 20, "detector-a", 0, true),
    ("bundle", 20, "starter-set", 0, false),
    ("expired", 3640, "detector-a", 0, false),
    ("long-gone", 4100, "detector-a", 0, false),
    ("refill", 55, "filter-a", 0, false),
    ("stocked", 10, "filter-a", 0, false),
    ("brewer", 20, "machine", 0, false),
    ("brewer", 10, "filter-a", 0, false),
    ("ordered", 1, "machine", 0, false),
    ("mapped", 20, "blanket", 0, false),
    ("nobody", 20, "mug", 0, false),
    ("both", 20, "detector-b", 0, false),
];

const ITEMS: [(&str, &str, i64, &str, &str, &str, &str); 9] = [
    ("detector-a", "Home > Alarms", 3650, "product", "", "", ""),
    ("detector-b", "Home > Alarms", 0, "product", "", "", ""),
    ("starter-set", "Home > Sets", 0, "product", "", "", "detector-b"),
    ("filter-a", "Kitchen > Filters", 60, "product", "", "machine", ""),
    ("filter-b", "Kitchen > Filters", 60, "product", "", "machine", ""),
    ("machine", "Kitchen > Machines", 2500, "product", "", "", ""),
    ("blanket", "Home > Blankets", 0, "product", "", "", ""),
    ("mug", "Kitchen > Mugs", 0, "product", "", "", ""),
    ("manual", "", 0, "content", "machine", "", ""),
];

const NEEDS: &str = "[[needs]]\nname = 'fire'\ncategories = ['Home > Alarms']\nitems = ['blanket']\n\
                     useful_life_days = 3650\n";
const RULES: &str = "[[rules]]\nname = 'no mugs'\nitems = 'category.within(\"Kitchen > Mugs\")'\n\
                     placements = ['newsletter']\naction = 'hide'\n";

#[expect(
    clippy::disallowed_methods,
    reason = "the service answers by the real clock, so its shop must be as old"
)]
pub(crate) fn now_micros() -> i64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).expect("after 1970");
    i64::try_from(since.as_micros()).expect("before the year 294247")
}

pub(crate) fn write(path: &Path, columns: Vec<(&str, ArrayRef)>) {
    let batch = RecordBatch::try_from_iter(columns).expect("columns of one length");
    let file = std::fs::File::create(path).expect("writable");
    let mut writer = ArrowWriter::try_new(file, batch.schema(), None).expect("a writer");
    writer.write(&batch).expect("written");
    writer.close().expect("closed");
}

pub(crate) fn texts<'a>(values: impl Iterator<Item = &'a str>) -> ArrayRef {
    Arc::new(StringArray::from_iter_values(values))
}

/// Writes the shop: the lines above, and twelve customers who buy each item once or twice long ago.
fn write_shop(dir: &Path) {
    let crowd: Vec<String> = (0..12).map(|n| format!("crowd-{n}")).collect();
    let mut lines: Vec<(&str, i64, &str, i64, bool)> = LINES.to_vec();
    for (n, customer) in crowd.iter().enumerate() {
        for (item, _, _, kind, ..) in ITEMS {
            if kind == "product" {
                lines.push((customer, 400 + n as i64, item, 0, false));
            }
        }
    }
    let now = now_micros();
    let at = lines.iter().map(|line| now - line.1 * MICROS_PER_DAY);
    let orders: Vec<String> = lines.iter().map(|line| format!("{}-{}", line.0, line.1)).collect();
    write(
        &dir.join("orders.parquet"),
        vec![
            ("order_id", texts(orders.iter().map(String::as_str))),
            ("customer_id", texts(lines.iter().map(|line| line.0))),
            ("ordered_at", Arc::new(TimestampMicrosecondArray::from_iter_values(at).with_timezone("UTC"))),
            ("item_id", texts(lines.iter().map(|line| line.2))),
            ("quantity", Arc::new(Int64Array::from_iter_values(lines.iter().map(|_| 1)))),
            ("returned_quantity", Arc::new(Int64Array::from_iter_values(lines.iter().map(|line| line.3)))),
            ("is_gift", Arc::new(BooleanArray::from_iter(lines.iter().map(|line| Some(line.4))))),
        ],
    );
    write(
        &dir.join("items.parquet"),
        vec![
            ("id", texts(ITEMS.iter().map(|item| item.0))),
            ("title", texts(ITEMS.iter().map(|item| item.0))),
            ("product_type", texts(ITEMS.iter().map(|item| item.1))),
            ("useful_life_days", Arc::new(Int64Array::from_iter_values(ITEMS.iter().map(|item| item.2)))),
            ("kind", texts(ITEMS.iter().map(|item| item.3))),
            ("related_to", texts(ITEMS.iter().map(|item| item.4))),
            ("consumable_for", texts(ITEMS.iter().map(|item| item.5))),
            ("bundle_of", texts(ITEMS.iter().map(|item| item.6))),
        ],
    );
}

/// Questions to a service.
pub(crate) struct Asking(pub(crate) Service);

impl Asking {
    pub(crate) fn post(&self, path: &str, body: &Value) -> Value {
        let sent = ureq::post(format!("http://{}{path}", self.0.address)).send_json(body);
        sent.expect("an answer").body_mut().read_json().expect("JSON")
    }

    pub(crate) fn get(&self, path: &str) -> Value {
        let sent = ureq::get(format!("http://{}{path}", self.0.address)).call();
        sent.expect("an answer").body_mut().read_json().expect("JSON")
    }

    /// The slate of a home page, as item and source.
    fn home(&self, customer: &str, more: &Value) -> Vec<(String, String)> {
        let mut body = json!({ "placement": "home", "customer_id": customer, "n": 20 });
        body.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        let answer = self.post("/v1/recommend", &body);
        let text = |item: &Value, key: &str| item[key].as_str().expect("text").to_owned();
        let items = answer["items"].as_array().expect("a list");
        items.iter().map(|item| (text(item, "item_id"), text(item, "source"))).collect()
    }
}

#[test]
fn ownership_is_by_need_and_not_by_item() {
    let dir = tempfile::tempdir().expect("a folder");
    let path = |name: &str| dir.path().join(name).to_str().expect("text").to_owned();
    write_shop(dir.path());
    std::fs::write(path("recipe.toml"), "name = 'shop'\n").expect("writable");
    std::fs::write(path("needs.toml"), NEEDS).expect("writable");
    std::fs::write(path("rules.toml"), RULES).expect("writable");
    let (recipe, orders, items, artifact) =
        (path("recipe.toml"), path("orders.parquet"), path("items.parquet"), path("artifact"));
    let words = ["train", "--quiet", "--recipe", &recipe, "--orders", &orders, "--items", &items, "--out"];
    stdout_of(erbij(&words).arg(&artifact));
    let store = path("store");
    stdout_of(&mut erbij(&["publish", &artifact, "--store", &store]));
    let service = Asking(Service::start(&store));
    the_cases(&service);
    the_journey(&service);
    the_reasons(&service);
    // The command line says the same.
    let told = |words: &[&str]| stdout_of(erbij(words).args(["--store", &store]));
    let why = told(&["explain", "--item", "detector-b", "--customer", "keeps", "--language", "en"]);
    assert!(why.starts_with("owned: detector-b is left out: the customer has detector-a, which"), "{why}");
    assert!(why.contains("  not checked  consent\n"), "{why}");
    let why = told(&["explain", "--item", "mug", "--customer", "keeps", "--filter", "brand == 'x'"]);
    assert!(why.starts_with("filter: "), "{why}");
    let needs = told(&["needs", "--customer", "brewer"]);
    assert!(
        needs.starts_with("after_sales  nothing           Kitchen > Filters: filter-a (filter-a) since "),
        "{needs}"
    );
    let (code, refused) =
        failure_of(erbij(&["recommend", "--item", "mug", "--filter", "pirce < 5"]).args(["--store", &store]));
    assert!(code == 1 && refused.contains("`price`"), "{refused}");
    // What is wrong with rules is said when they are read, with its place.
    std::fs::write(path("rules.toml"), RULES.replace("category", "categry")).expect("writable");
    let (code, told) = failure_of(erbij(&words).arg(path("other")));
    assert!(code == 1 && told.contains("line 3: rule `no mugs`, `items`"), "{told}");
    assert!(told.contains("`category`"), "{told}");
}

/// Who, what else is told of him, what he must be shown, what he must not.
fn the_cases(service: &Asking) {
    let none = json!({});
    let check = |customer: &str, more: &Value, shown: &[&str], not_shown: &[&str]| {
        let slate = service.home(customer, more);
        let has = |id: &&str| slate.iter().any(|(item, _)| item == id);
        assert!(shown.iter().all(has), "{customer} lacks one of {shown:?}: {slate:?}");
        assert!(!not_shown.iter().any(has), "{customer} sees one of {not_shown:?}: {slate:?}");
    };
    // Of another brand, and of another category that answers the same need.
    check("keeps", &none, &["filter-a", "machine"], &["detector-a", "detector-b", "blanket"]);
    check("mapped", &none, &["mug"], &["detector-a", "detector-b", "blanket"]);
    check("both", &none, &["mug"], &["detector-a", "detector-b", "blanket"]);
    check("returns", &none, &["detector-a", "detector-b"], &[]);
    check("gives", &none, &["detector-a", "detector-b"], &[]);
    check("bundle", &none, &["filter-a"], &["detector-a", "detector-b", "blanket", "starter-set"]);
    // Ten days before its end, and more than a year after.
    check("expired", &none, &["detector-a", "detector-b"], &[]);
    check("long-gone", &none, &["detector-b"], &[]);
    // A filter serves sixty days, and is asked for again in the last fifteen.
    check("refill", &none, &["filter-a", "filter-b"], &[]);
    check("stocked", &none, &["machine"], &["filter-a", "filter-b"]);
    // What a shop knows better than the last training.
    check("nobody", &json!({ "owned_items": ["detector-b"] }), &[], &["detector-a", "detector-b", "blanket"]);
    check("nobody", &none, &["detector-a"], &[]);
    check("stranger", &json!({ "owned_items": ["machine"] }), &["mug"], &["machine"]);
    check(
        "nobody",
        &json!({ "filter": "category.within('Kitchen')" }),
        &["machine"],
        &["detector-a", "blanket"],
    );
}

/// What comes first after a purchase.
fn the_journey(service: &Asking) {
    let of = |source: &str, customer: &str| -> Vec<String> {
        let slate = service.home(customer, &json!({}));
        slate.into_iter().filter(|(_, from)| from == source).map(|(item, _)| item).collect()
    };
    // Help at once; what goes with it once it has arrived, and not what he has.
    assert_eq!((of("help", "ordered"), of("accessory", "ordered")), (vec!["manual".to_owned()], vec![]));
    assert_eq!((of("help", "brewer"), of("accessory", "brewer")), (vec!["manual".to_owned()], vec![]));
    assert_eq!(of("replacement", "expired")[0], "detector-a");
    let needs = service.get("/v1/customers/brewer/needs");
    let told: Vec<(&str, &str, &str)> = needs["needs"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|need| {
            let text = |key: &str| need[key].as_str().expect("text");
            (text("need"), text("phase"), text("answer"))
        })
        .collect();
    // He has filters, so the machine asks for nothing.
    assert_eq!(
        told,
        [("Kitchen > Filters", "after_sales", "nothing"), ("Kitchen > Machines", "after_sales", "nothing"),]
    );
}

/// Why, and why not.
fn the_reasons(service: &Asking) {
    let check = |body: Value, step: &str| {
        let answer = service.post("/v1/explain", &body);
        assert_eq!(answer["step"], step, "{answer}");
        answer
    };
    let owned = check(json!({ "item_id": "detector-b", "customer_id": "keeps" }), "owned");
    assert_eq!(owned["held"]["item_id"], "detector-a");
    assert_eq!(owned["not_checked"], json!(["consent"]));
    check(json!({ "item_id": "detector-b", "customer_id": "returns" }), "shown");
    check(json!({ "item_id": "detector-a", "customer_id": "keeps" }), "already_bought");
    let mug =
        json!({ "item_id": "mug", "customer_id": "keeps", "placement": "newsletter", "language": "en" });
    let hidden = check(mug, "rule");
    assert_eq!(
        (&hidden["rule"], &hidden["text"]),
        (&json!("no mugs"), &json!("mug is left out: the rule `no mugs` hides it"))
    );
    check(json!({ "item_id": "mug", "customer_id": "keeps" }), "shown");
    check(json!({ "item_id": "nothing-known" }), "unknown_item");
}
