//! What was planted stands in the files, as often as the truth says.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use arrow_array::Array;
use arrow_array::cast::AsArray;
use arrow_array::types::{Float32Type, UInt64Type};
use erbij_data::{ShopError, ShopParams, simulate};
use files::{Line, batches, floats, item_of, purchases_of, read_lines, simulated, texts};

mod files;
mod habits;

const MICROS_PER_DAY: f64 = 86_400e6;

fn params() -> ShopParams {
    ShopParams::default()
}

/// One shop that all tests look at; simulated once.
fn shop() -> &'static Path {
    static SHOP: OnceLock<(tempfile::TempDir, PathBuf)> = OnceLock::new();
    let (_, path) = SHOP.get_or_init(|| {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("shop");
        simulate(&params().check().expect("good"), &path, &mut |_| {}).expect("simulates");
        (folder, path)
    });
    path
}

/// Lines of the shop that are purchases and say who, what and when.
fn purchases() -> Vec<Line> {
    purchases_of(shop())
}

fn files_of(shop: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    for folder in [shop.to_path_buf(), shop.join("truth")] {
        for entry in fs::read_dir(&folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_file() {
                let name = path.strip_prefix(shop).expect("below it").display().to_string();
                files.insert(name, fs::read(&path).expect("readable"));
            }
        }
    }
    files
}

#[test]
fn the_same_seed_gives_the_same_bytes_on_any_number_of_threads() {
    let folder = tempfile::tempdir().expect("a folder");
    let small = ShopParams { n_customers: 300, n_items: 200, n_lines: 9_000, ..params() };
    let run = |n_threads: usize, seed: u64| {
        let path = folder.path().join(format!("{n_threads}-{seed}"));
        let pool = rayon::ThreadPoolBuilder::new().num_threads(n_threads).build().expect("a pool");
        let checked = ShopParams { seed, ..small.clone() }.check().expect("good");
        pool.install(|| simulate(&checked, &path, &mut |_| {})).expect("simulates");
        files_of(&path)
    };
    let one = run(1, 7);
    assert_eq!(
        one.keys().map(String::as_str).collect::<Vec<_>>(),
        [
            "customers.parquet",
            "events.parquet",
            "items.parquet",
            "orders.parquet",
            "shop.json",
            "truth/README.md",
            "truth/customers.parquet",
            "truth/dirt.parquet",
            "truth/intervals.parquet",
            "truth/items.parquet",
            "truth/promotions.parquet",
            "truth/relations.parquet",
        ]
    );
    let three = run(3, 7);
    for (name, bytes) in &one {
        assert!(*bytes == three[name], "{name} depends on the number of threads");
    }
    let other = run(1, 8);
    assert!(one["orders.parquet"] != other["orders.parquet"], "another seed is another shop");
}

#[test]
fn there_are_exactly_as_many_lines_as_asked_for() {
    let folder = tempfile::tempdir().expect("a folder");
    for (nth, (n_customers, n_items, n_lines, n_days)) in
        [(1, 40, 1, 30), (7, 40, 7, 30), (3, 50, 5_000, 60), (500, 100, 777, 365)].into_iter().enumerate()
    {
        let path = folder.path().join(nth.to_string());
        let asked = ShopParams { n_customers, n_items, n_lines, n_days, ..params() };
        let mut heard = 0;
        let summary = simulate(&asked.check().expect("good"), &path, &mut |n| heard = n).expect("simulates");
        assert_eq!((summary.n_lines, heard), (n_lines, n_lines));
        assert_eq!(read_lines(&path).len() as u64, n_lines);
    }
    assert_eq!(read_lines(shop()).len() as u64, params().n_lines);
}

#[test]
fn other_peoples_files_are_left_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("shop");
    let small = ShopParams { n_customers: 10, n_items: 40, n_lines: 100, ..params() }.check().expect("good");
    simulate(&small, &path, &mut |_| {}).expect("into a new folder");
    fs::write(path.join("erbij.toml"), "currency = 'EUR'\n").expect("written");
    simulate(&small, &path, &mut |_| {}).expect("over a shop");
    assert!(path.join("erbij.toml").exists());

    let taken = folder.path().join("taken");
    fs::create_dir(&taken).expect("made");
    fs::write(taken.join("orders.parquet"), "precious").expect("written");
    let error = simulate(&small, &taken, &mut |_| {}).expect_err("not a shop");
    assert!(matches!(&error, ShopError::NotAShop { path } if *path == taken), "{error}");
}

/// Rows of each kind, counted from the file by what the kind looks like.
fn count_dirt(lines: &[Line]) -> BTreeMap<&'static str, u64> {
    let known: HashSet<String> =
        texts(&batches(&shop().join("items.parquet")), "id").into_iter().flatten().collect();
    let mut counts = BTreeMap::new();
    let mut seen: HashMap<(String, String), Vec<&Line>> = HashMap::new();
    let mut first_customer: HashMap<&str, &str> = HashMap::new();
    for line in lines {
        let item = line.item_id.as_deref();
        let is_cancellation = line.order_id.as_ref().is_some_and(|id| id.starts_with('C'));
        let mut add = |kind: &'static str, holds: bool| *counts.entry(kind).or_insert(0) += u64::from(holds);
        add("cancellation", is_cancellation && line.quantity < 0);
        add("missing_order_id", line.order_id.is_none());
        add("missing_item_id", item.is_none());
        add("missing_ordered_at", line.ordered_at.is_none());
        add("zero_quantity", line.quantity == 0);
        add("absurd_quantity", 1_000 < line.quantity);
        add("negative_price", line.price < 0.0);
        add("zero_price", line.price == 0.0);
        add("future_date", line.ordered_at.is_some_and(|at| 4_000_000_000_000_000 < at));
        add("implausible_date", line.ordered_at == Some(0));
        add("service_code", item.is_some_and(|id| !id.starts_with(['i', 'x'])));
        add("unknown_item", item.is_some_and(|id| id.starts_with('x') && !known.contains(id)));
        add("returned_in_full", 0 < line.returned_quantity && line.returned_quantity == line.quantity);
        add("returned_in_part", 0 < line.returned_quantity && line.returned_quantity < line.quantity);
        add("guest", line.customer_id.is_none());
        if let (Some(order), Some(customer)) = (&line.order_id, &line.customer_id) {
            add("order_with_two_customers", *first_customer.entry(order).or_insert(customer) != customer);
        }
        if let (Some(order), Some(item)) = (&line.order_id, &line.item_id)
            && known.contains(item)
        {
            let before = seen.entry((order.clone(), item.clone())).or_default();
            add("duplicate_line", before.contains(&line));
            add("merged_line", !before.is_empty() && !before.contains(&line));
            before.push(line);
        }
    }
    counts
}

#[test]
fn dirt_is_in_the_file_as_often_as_the_truth_says() {
    let truth = batches(&shop().join("truth/dirt.parquet"));
    let kinds = texts(&truth, "kind");
    let rows: Vec<u64> =
        truth.iter().flat_map(|batch| batch["rows"].as_primitive::<UInt64Type>().values().to_vec()).collect();
    let planted: BTreeMap<&str, u64> =
        kinds.iter().map(|kind| kind.as_deref().expect("a name")).zip(rows).collect();
    let counted = count_dirt(&read_lines(shop()));
    assert_eq!(planted, counted);
    for (kind, rows) in planted {
        // A fifth of what is asked for would still be a fair test of a rule.
        assert!(24 < rows, "{rows} rows of {kind}");
    }
}

#[test]
fn nothing_is_after_the_end_but_what_is_meant_to_be() {
    // 2026-01-01T00:00:00Z.
    let end = 1_767_225_600_000_000;
    let after = read_lines(shop()).iter().filter(|line| line.ordered_at.is_some_and(|at| end <= at)).count();
    let planted = count_dirt(&read_lines(shop()))["future_date"];
    assert_eq!(after as u64, planted);
}

#[test]
fn few_items_sell_most() {
    let mut counts: HashMap<&str, u64> = HashMap::new();
    let lines = purchases();
    for line in &lines {
        *counts.entry(item_of(line.item_id.as_deref().expect("checked"))).or_default() += 1;
    }
    let mut counts: Vec<u64> = counts.into_values().collect();
    counts.sort_unstable_by(|a, b| b.cmp(a));
    let top = counts.iter().take(60).sum::<u64>() as f64 / lines.len() as f64;
    assert!(0.4 < top && top < 0.9, "a tenth of the items sells {top}");
    assert!(20 * counts[counts.len() / 2] < counts[0], "{} against {}", counts[counts.len() / 2], counts[0]);
}

struct TrueRelation {
    main: String,
    other: String,
    relation: String,
    expected_pairs: f64,
    /// Whether some of its purchases follow later. Companions of plain items only come at once.
    has_lag: bool,
}

fn relations() -> Vec<TrueRelation> {
    let truth = batches(&shop().join("truth/relations.parquet"));
    let column = |name: &str| texts(&truth, name).into_iter().map(|value| value.expect("never missing"));
    let has_lag = truth.iter().flat_map(|batch| {
        let lags = &batch["mean_lag_days"];
        (0..lags.len()).map(|row| lags.is_valid(row)).collect::<Vec<_>>()
    });
    column("main_item_id")
        .zip(column("other_item_id"))
        .zip(column("relation"))
        .zip(floats(&truth, "expected_pairs"))
        .zip(has_lag)
        .map(|((((main, other), relation), expected_pairs), has_lag)| TrueRelation {
            main,
            other,
            relation,
            expected_pairs,
            has_lag,
        })
        .collect()
}

/// The orders of each item, and the first time each customer bought it.
#[derive(Default)]
struct Bought {
    orders: HashMap<String, BTreeSet<String>>,
    first_at: HashMap<String, BTreeMap<String, i64>>,
}

fn bought() -> Bought {
    let mut bought = Bought::default();
    for line in purchases() {
        let item = item_of(&line.item_id.expect("checked")).to_owned();
        let (at, customer) = (line.ordered_at.expect("checked"), line.customer_id.expect("checked"));
        bought.orders.entry(item.clone()).or_default().insert(line.order_id.expect("checked"));
        let first = bought.first_at.entry(item).or_default().entry(customer).or_insert(at);
        *first = at.min(*first);
    }
    bought
}

#[test]
fn accessories_come_with_or_after_their_main_product() {
    let bought = bought();
    let n_orders = bought.orders.values().flatten().collect::<HashSet<_>>().len() as f64;
    let (mut together, mut by_chance, mut after, mut before) = (0.0, 0.0, 0, 0);
    let mut n_strong = 0;
    for TrueRelation { main, other, has_lag, .. } in relations()
        .iter()
        .filter(|relation| relation.relation == "accessory" && 30.0 < relation.expected_pairs)
    {
        n_strong += 1;
        let (mains, others) = (&bought.orders[main], &bought.orders[other]);
        together += mains.intersection(others).count() as f64;
        by_chance += mains.len() as f64 * others.len() as f64 / n_orders;
        for (customer, main_at) in &bought.first_at[main] {
            if let Some(other_at) = bought.first_at[other].get(customer) {
                after += i32::from(*has_lag && main_at < other_at);
                before += i32::from(*has_lag && other_at < main_at);
            }
        }
    }
    assert!(30 <= n_strong, "{n_strong} relations with 30 expected pairs");
    assert!(8.0 * by_chance < together, "{together} orders with both, {by_chance} by chance");
    assert!(3 * before < after, "{after} after and {before} before the main product");
}

#[test]
fn substitutes_seldom_stand_in_one_order() {
    let bought = bought();
    let n_orders = bought.orders.values().flatten().collect::<HashSet<_>>().len() as f64;
    let (mut together, mut by_chance) = (0.0, 0.0);
    for TrueRelation { main, other, .. } in
        relations().iter().filter(|relation| relation.relation == "substitute")
    {
        if let (Some(mains), Some(others)) = (bought.orders.get(main), bought.orders.get(other)) {
            together += mains.intersection(others).count() as f64;
            by_chance += mains.len() as f64 * others.len() as f64 / n_orders;
        }
    }
    assert!(50.0 < by_chance, "{by_chance} is too few to judge");
    assert!(together < 0.5 * by_chance, "{together} orders with both, {by_chance} by chance");
}

#[test]
fn packs_last_as_long_as_the_truth_says() {
    let truth = batches(&shop().join("truth/intervals.parquet"));
    let intervals: HashMap<(String, String), f64> = texts(&truth, "customer_id")
        .into_iter()
        .zip(texts(&truth, "item_id"))
        .zip(floats(&truth, "mean_interval_days"))
        .map(|((customer, item), mean)| ((customer.expect("an id"), item.expect("an id")), mean))
        .collect();
    let mut times: HashMap<(String, String), BTreeSet<i64>> = HashMap::new();
    for line in purchases() {
        let item = item_of(&line.item_id.expect("checked")).to_owned();
        let key = (line.customer_id.expect("checked"), item);
        if intervals.contains_key(&key) {
            times.entry(key).or_default().insert(line.ordered_at.expect("checked"));
        }
    }
    let mut ratios = Vec::new();
    for (key, times) in times.iter().filter(|(_, times)| 3 <= times.len()) {
        let times: Vec<f64> = times.iter().map(|&at| at as f64 / MICROS_PER_DAY).collect();
        ratios.extend(times.windows(2).map(|pair| (pair[1] - pair[0]) / intervals[key]));
    }
    ratios.sort_unstable_by(f64::total_cmp);
    let median = ratios[ratios.len() / 2];
    assert!(500 < ratios.len(), "{} gaps are too few", ratios.len());
    assert!((0.85..1.1).contains(&median), "gaps are {median} of the true interval");
}

#[test]
fn the_catalogue_tells_some_relations_but_not_all() {
    let items = batches(&shop().join("items.parquet"));
    let told: usize = items
        .iter()
        .flat_map(|batch| {
            ["accessory_for", "consumable_for", "spare_part_for"].map(|name| batch[name].clone())
        })
        .map(|column| column.as_list::<i32>().values().len())
        .sum();
    let truth = relations().iter().filter(|relation| 0.0 < relation.expected_pairs).count();
    assert!(truth / 10 < told && told < truth / 2 + 20, "{told} of {truth}");
    assert!(texts(&items, "item_group_id").iter().flatten().count() > 20, "some items have variants");
    let kinds: BTreeSet<_> = texts(&items, "kind").into_iter().flatten().collect();
    assert_eq!(kinds.iter().map(String::as_str).collect::<Vec<_>>(), ["content", "product", "service"]);
}

#[test]
fn what_comes_back_changes_nothing_but_its_own_lines_and_the_truth_of_them() {
    let (_kept, other) = simulated(ShopParams { returned_relations: 0.5, ..params() });
    let (without, with) = (files_of(shop()), files_of(&other));
    let changed: Vec<&str> = without
        .iter()
        .filter(|(name, bytes)| **bytes != with[*name])
        .map(|(name, _)| name.as_str())
        .collect();
    let expected =
        ["orders.parquet", "shop.json", "truth/README.md", "truth/dirt.parquet", "truth/relations.parquet"];
    assert_eq!(changed, expected);
    let mut n_returned = 0;
    for (without, with) in read_lines(shop()).iter().zip(&read_lines(&other)) {
        if with.returned_quantity != without.returned_quantity {
            assert_eq!((without.returned_quantity, with.returned_quantity), (0, with.quantity));
            n_returned += 1;
        }
        assert_eq!(&Line { returned_quantity: without.returned_quantity, ..with.clone() }, without);
    }
    assert!(300 < n_returned, "{n_returned} lines are too few to learn from");
    let counts = |shop: &Path| count_dirt(&read_lines(shop))["returned_in_full"];
    assert_eq!(counts(&other) - counts(shop()), n_returned);
}

#[test]
fn as_much_comes_back_of_a_relation_as_the_truth_says() {
    // No line comes back by dirt.
    let (_kept, path) = simulated(ShopParams { returned_relations: 0.5, dirt_share: 0.0, ..params() });
    let truth = batches(&path.join("truth/relations.parquet"));
    let shares = truth
        .iter()
        .flat_map(|batch| batch["returned_share"].as_primitive::<Float32Type>().values().to_vec())
        .map(f64::from);
    let pairs = truth.iter().flat_map(|batch| {
        batch["planted_pairs"]
            .as_primitive::<UInt64Type>()
            .iter()
            .map(Option::unwrap_or_default)
            .collect::<Vec<_>>()
    });
    let mut expected: BTreeMap<String, (f64, f64)> = BTreeMap::new();
    let (mut n_accessories, mut n_returned) = (0, 0);
    let rows = texts(&truth, "other_item_id").into_iter().zip(texts(&truth, "relation"));
    for (((other, relation), share), pairs) in rows.zip(shares).zip(pairs) {
        let is_accessory = relation.as_deref() == Some("accessory");
        assert!(share == 0.0 || is_accessory && (0.3..0.6).contains(&share), "{share} of {relation:?}");
        n_accessories += i32::from(is_accessory);
        n_returned += i32::from(0.0 < share);
        let (mean, variance) = expected.entry(other.expect("an id")).or_default();
        *mean += pairs as f64 * share;
        *variance += pairs as f64 * share * (1.0 - share);
    }
    let spread = f64::from(n_accessories).sqrt() / 2.0;
    assert!((f64::from(n_returned) - f64::from(n_accessories) / 2.0).abs() < 4.0 * spread);

    let mut found: HashMap<String, f64> = HashMap::new();
    for line in read_lines(&path).iter().filter(|line| 0 < line.returned_quantity) {
        assert_eq!(line.returned_quantity, line.quantity);
        *found.entry(item_of(line.item_id.as_deref().expect("no dirt")).to_owned()).or_default() += 1.0;
    }
    let (mut all, mut all_expected, mut all_variance) = (0.0, 0.0, 0.0);
    for (item, &(mean, variance)) in &expected {
        let n = found.remove(item).unwrap_or_default();
        // Five standard deviations of a sum of binomial draws.
        assert!((n - mean).abs() <= 5.0 * variance.sqrt().max(1.0), "{item}: {n} came back, {mean} expected");
        (all, all_expected, all_variance) = (all + n, all_expected + mean, all_variance + variance);
    }
    assert_eq!(found, HashMap::new(), "these belong to nothing");
    assert!(500.0 < all_expected, "{all_expected} are too few to judge");
    let deviation = (all - all_expected) / all_variance.sqrt();
    assert!(deviation.abs() < 4.0, "{all} came back, {all_expected} expected");
}
