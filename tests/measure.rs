//! What a recipe is worth, as people ask it: evaluate with its card and files, and the published protocol.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::interests::rows;
use crate::program::{erbij, failure_of, shop, stdout_of, tables};

fn json(path: &std::path::Path) -> Value {
    serde_json::from_str(&std::fs::read_to_string(path).expect("written")).expect("JSON")
}

#[test]
fn a_recipe_is_measured_with_intervals_and_gets_a_card() {
    let dir = tempfile::tempdir().expect("a folder");
    let at = |name: &str| dir.path().join(name);
    let text = |name: &str| at(name).to_str().expect("text").to_owned();
    std::fs::write(
        at("recipe.toml"),
        "name = 'both'\n[personal]\nmodels = ['local_ease', 'rp3beta']\n[blend]\nlearn = true\n",
    )
    .expect("written");
    let (recipe, report, csv) = (text("recipe.toml"), text("report.json"), text("customers.csv"));
    let mut args =
        vec!["evaluate", "--quiet", "--recipe", &recipe, "--json", &report, "--customers-csv", &csv];
    args.extend(["--card", "--metrics", "ndcg_at_10,catalogue_coverage_at_10", "--resamples", "50"]);
    let tables = tables(shop());
    args.extend(tables.iter().map(String::as_str));
    let told = stdout_of(&mut erbij(&args));
    for word in ["cutoff", "served", "popularity", "affinity", "local_ease", "rp3beta", "repeat", "NDCG@10"] {
        assert!(told.contains(word), "`{word}` is not in\n{told}");
    }
    let report = json(&at("report.json"));
    let systems = report["systems"].as_array().expect("a list");
    assert_eq!(systems.len(), 7 + 8, "six of the recipe and peers, one of which is for repeats");
    for system in systems {
        let ndcg = &system["metrics"]["ndcg_at_10"];
        let number = |value: &Value| value.as_f64().expect("a number");
        let (low, mean, high) =
            (number(&ndcg["interval"][0]), number(&ndcg["mean"]), number(&ndcg["interval"][1]));
        assert!(low <= mean && mean <= high, "{system}");
        assert!(0.0 < number(&system["metrics"]["catalogue_coverage_at_10"]["value"]), "{system}");
        assert!(system["slices"]["tail"].is_object(), "{system}");
        let exposure = &system["exposure"];
        assert_eq!(
            exposure["catalogue_coverage"], system["metrics"]["catalogue_coverage_at_10"]["value"],
            "{system}"
        );
        let top = number(&exposure["share_of_ten_most_shown"]);
        assert!(0.0 < top && top <= 1.0 && number(&exposure["gini"]) < 1.0, "{system}");
    }
    // Best sellers differ by what is kept out of a slate alone, and served slates differ more.
    let top = |name: &str| {
        let of_system = |s: &&Value| s["system"] == name && s["already_bought"] == "keep";
        let system = systems.iter().find(of_system).expect("asked");
        system["exposure"]["share_of_ten_most_shown"].as_f64().expect("a share")
    };
    assert!(top("served") < top("popularity"), "{} and {}", top("served"), top("popularity"));
    for word in ["places of the ten most shown", "Gini", "items shown at all"] {
        assert!(told.contains(word), "{told}");
    }
    assert_eq!(report["comparisons"].as_array().map(Vec::len), Some(6 + 7));
    assert_eq!(report["loses_to_best_sellers"], serde_json::json!({ "exclude": false, "keep": false }));
    let card = std::fs::read_to_string(at("CARD.md")).expect("beside the recipe");
    assert!(card.starts_with("# both\n") && card.contains("| served |"), "{card}");
    // A mean says over how many it is, in the table and in the card.
    let judged = &report["judged"]["n_customers"];
    let served = |regime: &str| {
        let of_regime = |s: &&Value| s["system"] == "served" && s["already_bought"] == regime;
        systems.iter().find(of_regime).expect("served")["metrics"]["ndcg_at_10"]["n_customers"].clone()
    };
    assert_eq!(&served("keep"), judged);
    let n_with_new = served("exclude").as_u64().expect("a number");
    assert!(n_with_new < judged.as_u64().expect("a number"), "some bought nothing new");
    let with_commas = format!("{},{:03}", n_with_new / 1000, n_with_new % 1000);
    let n_text = if n_with_new < 1000 { n_with_new.to_string() } else { with_commas };
    let row = told.lines().find(|line| line.starts_with("  served")).expect("new items stand first");
    assert_eq!(row.split_whitespace().nth(1), Some(&*n_text), "{told}");
    assert!(card.contains(&format!("| served | {n_text} | 0.")), "{card}");
    assert!(card.contains("\n| customers | "), "of slices too: {card}");
    assert!(card.contains("| system | places of the ten most shown | Gini | items shown at all |"), "{card}");
    // The mean of the table is the mean of the rows.
    let rows = std::fs::read_to_string(at("customers.csv")).expect("written");
    let values = rows.lines().skip(1).filter(|row| row.contains(",served,keep,")).map(|row| {
        let value = row.split(',').nth(3).expect("a column");
        value.parse::<f64>().expect("everybody who is judged has a value")
    });
    let values: Vec<f64> = values.collect();
    let served = systems.iter().find(|s| s["system"] == "served" && s["already_bought"] == "keep");
    let mean = served.and_then(|s| s["metrics"]["ndcg_at_10"]["mean"].as_f64()).expect("measured");
    assert!((values.iter().sum::<f64>() / values.len() as f64 - mean).abs() < 1e-12);
    assert!(!rows.contains(",-0"), "a customer who was shown nothing he bought has 0, not minus 0");
    // Asked again, the same.
    assert_eq!(stdout_of(&mut erbij(&args)), told);
}

#[test]
fn a_recipe_that_best_sellers_beat_says_so() {
    let dir = tempfile::tempdir().expect("a folder");
    let at = |name: &str| dir.path().join(name).to_str().expect("text").to_owned();
    let (recipe, report) = (at("recipe.toml"), at("report.json"));
    // What is rarest goes first.
    let rare = "name = 'rare'\n[personal]\nmodels = ['rp3beta']\n[rp3beta]\nalpha = 0.0\nbeta = 4.0\n[blend]\nlearn = false\n";
    std::fs::write(&recipe, rare).expect("written");
    let mut args = vec!["evaluate", "--quiet", "--recipe", &recipe, "--json", &report, "--card"];
    args.extend(["--metrics", "ndcg_at_10", "--resamples", "200"]);
    let tables = tables(shop());
    args.extend(tables.iter().map(String::as_str));
    let told = stdout_of(&mut erbij(&args));
    let sentence =
        "WORSE THAN BEST SELLERS, with items bought before left out: what is served has NDCG@10 -0.";
    assert!(told.contains(sentence), "{told}");
    assert!(!told.contains('\x1b'), "no colour where no terminal is: {told}");
    assert_eq!(json(std::path::Path::new(&report))["loses_to_best_sellers"]["exclude"], true);
    let card = std::fs::read_to_string(at("CARD.md")).expect("beside the recipe");
    assert!(card.contains(&format!("> **{sentence}")), "{card}");
}

#[test]
fn a_split_that_is_written_is_the_one_that_was_measured() {
    let dir = tempfile::tempdir().expect("a folder");
    let (split, report) = (dir.path().join("a/split"), dir.path().join("report.json"));
    let mut args = vec!["evaluate", "--quiet", "--resamples", "5", "--metrics", "recall_at_5"];
    args.extend(["--write-split", split.to_str().expect("text"), "--json", report.to_str().expect("text")]);
    let tables = tables(shop());
    args.extend(tables.iter().map(String::as_str));
    stdout_of(&mut erbij(&args));
    let [train, test] = ["train.parquet", "test.parquet"].map(|name| rows(&split.join(name)));
    let report = json(&report);
    let fact = |name: &str| report["evaluation"][name].as_str().expect("told").replace(',', "");
    let distinct = |rows: &[BTreeMap<String, String>], name: &str| -> usize {
        rows.iter().map(|row| &row[name]).collect::<BTreeSet<_>>().len()
    };
    assert_eq!(train.len().to_string(), fact("train_lines"));
    assert_eq!(distinct(&train, "order").to_string(), fact("train_baskets"));
    assert_eq!(distinct(&test, "customer_id").to_string(), fact("customers_judged"));
    let cutoff = fact("cutoff").replace('T', " ");
    assert!(train.iter().all(|row| row["ordered_at"] < cutoff), "nothing of what comes after {cutoff}");
    assert!(train.iter().any(|row| row["customer_id"] == "null"), "guests' lines are trained on");
    assert!(test.iter().all(|row| row["customer_id"] != "null"), "guests are not judged");
    // Whoever reads it finds what is new by himself, and then judges as many as the report did.
    let pair = |row: &BTreeMap<String, String>| (row["customer_id"].clone(), row["item_id"].clone());
    let bought: BTreeSet<_> = train.iter().map(pair).collect();
    let relevant: BTreeSet<_> = test.iter().map(pair).collect();
    assert_eq!(relevant.len(), test.len(), "a row for each pair");
    let new: Vec<_> = relevant.difference(&bought).collect();
    let n_with_new = new.iter().map(|(customer, _)| customer).collect::<BTreeSet<_>>().len();
    for (already_bought, n_judged) in [("keep", distinct(&test, "customer_id")), ("exclude", n_with_new)] {
        let systems = report["systems"].as_array().expect("a list").iter();
        for system in systems.filter(|system| system["already_bought"] == already_bought) {
            assert_eq!(system["metrics"]["recall_at_5"]["n_customers"], n_judged, "{system}");
        }
    }
}

/// Order lines of a small shop: nine customers and two guests over sixty days, where the last twenty days have a customer
/// and two items that nobody knew before. Each file numbers its orders from 1.
fn small_shop(is_wanted: impl Fn(u32) -> bool) -> String {
    let mut text = "order_id,customer_id,item_id,ordered_at,quantity,price\n".to_owned();
    let mut n_orders = 0;
    for day in (0..60).filter(|&day| is_wanted(day)) {
        for customer in
            (0..9).filter(|customer| (day + customer * 5) % 7 == 0 && (*customer < 8 || 40 <= day))
        {
            n_orders += 1;
            let item = (customer * 3 + day * day) % 6;
            let other = if 45 <= day { 6 + customer % 2 } else { (customer + day) % 6 };
            for item in [item, other] {
                let on = format!("2025-{:02}-{:02}", 1 + day / 28, 1 + day % 28);
                text += &format!("{n_orders},c{customer},i{item},{on},1,2.50\n");
            }
        }
        if day == 10 || day == 50 {
            n_orders += 1;
            text += &format!("{n_orders},,i1,2025-{:02}-{:02},1,2.50\n", 1 + day / 28, 1 + day % 28);
        }
    }
    text
}

#[test]
fn the_same_purchases_give_the_same_figures_however_they_are_parted() {
    let dir = tempfile::tempdir().expect("a folder");
    let write = |name: &str, text: &str| {
        let path = dir.path().join(name);
        std::fs::write(&path, text).expect("written");
        path.to_str().expect("text").to_owned()
    };
    let all = write("all.csv", &small_shop(|_| true));
    let train = write("train.csv", &small_shop(|day| day < 42));
    let test = write("test.csv", &small_shop(|day| 42 <= day));
    let items = (0..8).map(|item| format!("i{item},Thing {item}\n")).collect::<String>();
    let items = write("items.csv", &format!("id,title\n{items}"));
    let report = dir.path().join("report.json");
    // The forty-third day is the fifteenth of February.
    let evaluate = |more: &[&str]| {
        let mut args = vec!["evaluate", "--quiet", "--resamples", "20", "--now", "2025-06-01"];
        args.extend(["--cutoff", "2025-02-15", "--json", report.to_str().expect("text")]);
        args.extend(more);
        (stdout_of(&mut erbij(&args)), json(&report))
    };
    let listed = ["--items", &items];
    // Each of the nine bought one of the two new items.
    for (items, n_unlisted) in [(&[][..], 9), (&listed[..], 0)] {
        let with = |more: &[&'static str], orders: &[&str]| evaluate(&[more, orders, items].concat());
        let (told, in_time) = with(&[], &["--orders", &all]);
        let (_, in_files) = with(&["--split", "files"], &["--orders", &train, "--test-orders", &test]);
        assert_eq!(in_time["systems"], in_files["systems"], "{told}");
        assert_eq!(in_time["judged"], in_files["judged"]);
        assert_eq!(in_time["comparisons"], in_files["comparisons"]);
        let counts = &in_files["judged"];
        assert_eq!(
            (&counts["n_customers"], &counts["n_unknown_customers"]),
            (&9.into(), &1.into()),
            "{counts}"
        );
        assert_eq!(counts["n_purchases_of_unlisted_items"], n_unlisted, "{counts}");
        assert_eq!(counts["n_guest_orders_left_out"], 1, "{counts}");
        assert!(told.contains("unknown customers  1 of the customers judged"), "{told}");
        // Who bought what nobody could be shown found less than everything.
        let recall = &in_files["systems"][0]["metrics"]["recall_at_10"];
        assert_eq!(recall["n_customers"], 9, "{recall}");
        assert!(recall["mean"].as_f64().expect("a mean") < 1.0 || n_unlisted == 0, "{recall}");
    }
    // What lies in the second file alone is asked for at the end of the first, unless said.
    let files = ["--split", "files", "--orders", &train, "--test-orders", &test];
    let (code, said) =
        failure_of(&mut erbij(&[&["evaluate", "--quiet", "--cutoff", "2025-02-01"], &files[..]].concat()));
    assert!(code == 1 && said.contains("lies before the end of what is trained on"), "{said}");
}

#[test]
fn every_split_is_a_split() {
    let tables = tables(shop());
    let orders = tables.iter().position(|arg| arg == "--orders").map(|at| tables[at + 1].clone());
    let orders = orders.expect("the shop has orders");
    for split in [
        vec!["--split", "last-basket"],
        vec!["--split", "files", "--test-orders", &orders],
        vec!["--horizon-days", "60", "--cutoff", "2023-06-01"],
    ] {
        let mut args = vec!["evaluate", "--quiet", "--resamples", "5", "--metrics", "recall_at_5"];
        args.extend(split.iter().copied());
        args.extend(tables.iter().map(String::as_str));
        let output = erbij(&args).output().expect("run");
        let told = String::from_utf8_lossy(&output.stdout).into_owned();
        // The simulated shop may lie in other years than the cutoff: then it is said, not a panic.
        match output.status.code() {
            Some(0) => assert!(told.contains("Recall@5"), "{told}"),
            code => {
                let error = String::from_utf8_lossy(&output.stderr).into_owned();
                assert_eq!(code, Some(1), "{error}");
                assert!(error.contains("hint: another `--cutoff`"), "{error}");
            }
        }
    }
}

/// Six pairs of items are ordered in orders of two, so one item of an order tells the other; who orders which pair next is
/// mixed, or it would be found that another pair follows.
#[test]
fn pages_are_judged_by_orders_that_were_not_seen() {
    let dir = tempfile::tempdir().expect("a folder");
    let mut orders = String::from("order_id,customer_id,item_id,ordered_at,quantity,unit_price\n");
    for order in 0..600 {
        let (day, kind) = (order / 6, order % 6);
        let at = format!("2026-{:02}-{:02}T12:00:00Z", 1 + day / 28, 1 + day % 28);
        let customer =
            if order % 3 == 0 { String::new() } else { format!("c{}", (day * day + 17 * kind) % 47) };
        for item in [kind, kind + 6] {
            orders += &format!("o{order},{customer},i{item},{at},1,5.00\n");
        }
    }
    let path = |name: &str| dir.path().join(name).to_str().expect("text").to_owned();
    std::fs::write(path("orders.csv"), orders).expect("written");
    for placement in ["item_page", "basket"] {
        let (orders, report) = (path("orders.csv"), path("report.json"));
        let mut args = vec!["evaluate", "--quiet", "--orders", &orders, "--placement", placement];
        // Not the first metric but the first of people is compared.
        let metrics = "share_of_ten_most_shown_at_10,ndcg_at_10,hit_rate_at_1";
        args.extend(["--now", "2026-05-01", "--metrics", metrics, "--json", &report]);
        let told = stdout_of(&mut erbij(&args));
        assert!(told.contains("orders judged      150, one item of each hidden"), "{told}");
        assert!(told.contains("paired by person"), "{told}");
        let value = json(std::path::Path::new(&report));
        let systems = value["systems"].as_array().expect("systems");
        assert_eq!(systems.len(), 6, "what is served and five measures");
        for system in systems {
            let ndcg = &system["metrics"]["ndcg_at_10"];
            assert_eq!(ndcg["mean"], 1.0, "{placement}: {system}");
            assert_eq!(ndcg["n_people"], value["n_people"]);
            if system["system"] != "served" {
                assert_eq!(system["served_against"]["times"], 1.0, "{system}");
            }
        }
        assert_eq!(value["n_items_without_related"], 0);
        // Six orders on each of the 25 days of the horizon that the shop was open, a third of them guests'; each of 42 known
        // customers counts once.
        assert_eq!(value["n_orders"], 150);
        assert_eq!(value["n_people"], 50 + 42);
    }
}

#[test]
fn what_cannot_be_measured_says_why() {
    let check = |args: &[&str], expected: &str| {
        let (code, told) = failure_of(&mut erbij(args));
        assert!(code == 1 && told.contains(expected), "{code}: {told}");
    };
    let evaluate = |more: &[&'static str]| {
        let mut args = vec!["evaluate", "--orders", "nowhere.parquet"];
        args.extend(more);
        args
    };
    check(&evaluate(&["--metrics", "ndgc_at_10"]), "did you mean `ndcg_at_10`?");
    check(&evaluate(&["--placement", "after_order"]), "`home`, `newsletter`, `item_page` or `basket`");
    let page = |more: &[&'static str]| evaluate(&[&["--placement", "basket"], more].concat());
    for refused in [&["--split", "last-basket"][..], &["--compare", "a.toml"], &["--customers-csv", "a.csv"]]
    {
        check(&page(refused), "is judged by orders and not by customers");
    }
    check(
        &page(&["--metrics", "serendipity_at_10"]),
        "`serendipity_at_10`, which means nothing where nobody is known",
    );
    check(&evaluate(&["--card"]), "--recipe");
    check(&evaluate(&["--test-orders", "test.parquet"]), "`--test-orders` and `--split files` go together");
    check(&evaluate(&[]), "`nowhere.parquet` does not exist");
}

#[test]
fn the_published_protocol_is_the_protocol() {
    let dir = tempfile::tempdir().expect("a folder");
    let file = |name: &str, text: &str| {
        let path = dir.path().join(name);
        std::fs::write(&path, text).expect("written");
        path.to_str().expect("text").to_owned()
    };
    // By hand: what sells is 1 (three lists), 2 (two), then 3 and 4 (one each, by number). With k = 2 customer 0
    // (has 1, 3) is shown 2, 4 and judged by 4: recall 1, NDCG (1/log2 3) / 1 = .6309; customer 1 (has 1, 2) is
    // shown 3, 4 and judged by 3 and 5: recall 1/2, NDCG 1 / (1 + .6309) = .6131.
    let (train, test) = (file("train.txt", "0 1 3\n1 1 2\n2 1 2 4\n"), file("test.txt", "0 4\n1 3 5\n2\n"));
    let report = dir.path().join("report.json");
    let run = |more: &[&str]| {
        let mut args = vec!["benchmark", "collaborative", "--quiet", "--train", &train, "--test", &test];
        args.extend(["--k", "2", "--json", report.to_str().expect("text")]);
        args.extend(more);
        erbij(&args)
    };
    stdout_of(&mut run(&["--model", "popularity"]));
    let value = json(&report);
    let near = |key: &str, expected: f64| {
        let found = value[key].as_f64().expect("a number");
        assert!((found - expected).abs() < 1e-4, "{key}: {found}");
    };
    near("recall_at_k", 0.75);
    near("ndcg_at_k", 0.6220);
    near("n_customers", 2.0);
    for key in ["train_seconds", "model_bytes", "params"] {
        assert!(!value[key].is_null(), "{key}");
    }
    for model in ["item_cf", "rp3beta", "ease", "local_ease", "ials"] {
        let told = stdout_of(&mut run(&["--model", model]));
        assert!(told.contains("Recall@2"), "{told}");
    }
    let check = |args: &[&str], expected: &str| {
        let (code, told) = failure_of(&mut run(args));
        assert!(code == 1 && told.contains(expected), "{code}: {told}");
    };
    check(&["--model", "local_ese"], "did you mean `local_ease`?");
    check(&["--model", "rp3beta", "--set", "alhpa=1"], "did you mean `alpha`?");
    check(&["--model", "rp3beta", "--set", "alpha=9"], "expected a number from 0 to 4");
    check(&["--model", "ease", "--set", "max_memory_gib=0.000000001"], "use `local_ease`");
    check(&["--model", "popularity", "--set", "k=1"], "popularity has nothing to set");
}
