//! How long EASE and local EASE take, and how well they rank, on histories in a file or made up.
//!
//! `cargo bench -p erbij-models --bench ease -- local 100 train.txt test.txt`
//! `cargo bench -p erbij-models --bench ease -- dense 80 train.txt test.txt`
//! `cargo bench -p erbij-models --bench ease -- invert 10000`
//!
//! The number is `neighbours` of local EASE, `l2` of EASE, or how many items are made up. A line of a file is a
//! customer and his items, numbers with blanks between, as the LightGCN splits have it. Items are numbered anew
//! by popularity, as ingest does. With the second file recall and NDCG at 20 are told, items of the first left
//! out, by the protocol of those splits.
#![expect(clippy::print_stdout, reason = "a benchmark tells its figures")]

use std::sync::Mutex;
use std::time::Instant;

use erbij_core::{ItemIdx, Neighbours, Progress, RowOffsets};
use erbij_models::{EaseParams, Incidence, LocalEaseParams, WeightedIncidence, fit_ease, fit_local_ease};

fn main() {
    // Cargo itself adds an argument that begins with dashes.
    let args: Vec<String> = std::env::args().skip(1).filter(|arg| !arg.starts_with("--")).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    match args[..] {
        ["invert", n_items] => invert(n_items.parse().expect("a number of items")),
        [model, number, train, ref test @ ..] => {
            let number: f64 = number.parse().expect("a number");
            let (train, test) = by_popularity(read(train), test.first().map(|path| read(path)));
            let data = WeightedIncidence::from_histories(incidence(&train), history_exponent());
            let started = Instant::now();
            let weights = fit(model, number, &data);
            println!("fitted {} weights in {:.1} s", weights.n_values(), started.elapsed().as_secs_f64());
            if !test.is_empty() {
                let (recall, ndcg) = evaluate(&weights, &train, &test);
                println!("recall@20 {recall:.4} ndcg@20 {ndcg:.4}");
            }
        }
        _ => println!("what to measure is said after `--`: see the head of benches/ease.rs"),
    }
}

/// Tells how long each stage of a fit took.
struct Stages(Mutex<(Instant, String)>);

impl Stages {
    fn start() -> Self {
        Self(Mutex::new((Instant::now(), "preparing".to_owned())))
    }
}

impl Progress for Stages {
    fn begin(&self, stage: &str, _total: Option<u64>, _unit: &'static str) {
        let mut last = self.0.lock().expect("one thread begins stages");
        println!("{:>8.2} s {}", last.0.elapsed().as_secs_f64(), last.1);
        *last = (Instant::now(), stage.to_owned());
    }

    fn advance(&self, _units: u64) {}
}

impl Drop for Stages {
    fn drop(&mut self) {
        self.begin("done", None, "");
    }
}

/// Exponent of long histories, from the environment: it is tried out, not a setting.
fn history_exponent() -> f64 {
    std::env::var("HISTORY_EXPONENT").map_or(0.0, |text| text.parse().expect("a number"))
}

fn fit(model: &str, number: f64, data: &WeightedIncidence) -> Neighbours {
    match model {
        "local" => {
            let params = LocalEaseParams { neighbours: number as u32, ..LocalEaseParams::default() };
            let anybody = vec![1; data.n_items()];
            fit_local_ease(&params.check().expect("in range"), data, &anybody, &Stages::start())
        }
        "dense" => {
            let params = EaseParams { l2: number, neighbours: 2000, ..EaseParams::default() };
            fit_ease(&params.check().expect("in range"), data, &Stages::start()).expect("the matrix fits")
        }
        other => panic!("`{other}` is neither `local` nor `dense`"),
    }
}

/// Fits EASE to made-up baskets of five.
fn invert(n_items: usize) {
    let lists: Vec<Vec<u32>> = (0..2 * n_items as u64)
        .map(|list| {
            let item = |at: u64| (list * 31 + at * 7919).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 33;
            let mut items: Vec<u32> = (0..5).map(|at| (item(at) % n_items as u64) as u32).collect();
            items.sort_unstable();
            items.dedup();
            items
        })
        .collect();
    let rows = RowOffsets::from_lens(lists.iter().map(Vec::len));
    let data =
        WeightedIncidence::from_histories(Incidence::from_lists(rows, lists.concat().into(), n_items), 0.0);
    let started = Instant::now();
    let weights = fit("dense", 10.0, &data);
    let seconds = started.elapsed().as_secs_f64();
    let gflop = (n_items as f64).powi(3) / 1e9;
    println!(
        "{n_items} items in {seconds:.1} s: {:.0} GFLOP/s; {} weights",
        gflop / seconds,
        weights.n_values()
    );
}

fn read(path: &str) -> Vec<Vec<u32>> {
    let text = std::fs::read_to_string(path).expect("the file can be read");
    let mut lists = Vec::new();
    for line in text.lines() {
        let mut numbers = line.split_ascii_whitespace().map(|word| word.parse::<u32>().expect("a number"));
        let Some(customer) = numbers.next() else { continue };
        if lists.len() <= customer as usize {
            lists.resize(customer as usize + 1, Vec::new());
        }
        let list = &mut lists[customer as usize];
        list.extend(numbers);
        list.sort_unstable();
        list.dedup();
    }
    lists
}

/// Numbers items by how many lists of the first hold them.
fn by_popularity(mut train: Vec<Vec<u32>>, test: Option<Vec<Vec<u32>>>) -> (Vec<Vec<u32>>, Vec<Vec<u32>>) {
    let mut test = test.unwrap_or_default();
    let largest = train.iter().chain(&test).flatten().max().copied().unwrap_or(0);
    let mut counts = vec![0_u32; largest as usize + 1];
    train.iter().flatten().for_each(|&item| counts[item as usize] += 1);
    let mut order: Vec<u32> = (0..=largest).collect();
    order.sort_by_key(|&item| (std::cmp::Reverse(counts[item as usize]), item));
    let mut number_of = vec![0_u32; order.len()];
    order.iter().zip(0..).for_each(|(&item, number)| number_of[item as usize] = number);
    for list in train.iter_mut().chain(&mut test) {
        list.iter_mut().for_each(|item| *item = number_of[*item as usize]);
        list.sort_unstable();
    }
    (train, test)
}

fn incidence(lists: &[Vec<u32>]) -> Incidence {
    let n_items = lists.iter().flatten().max().map_or(0, |&item| item as usize + 1);
    Incidence::from_lists(RowOffsets::from_lens(lists.iter().map(Vec::len)), lists.concat().into(), n_items)
}

fn evaluate(weights: &Neighbours, train: &[Vec<u32>], test: &[Vec<u32>]) -> (f64, f64) {
    let gain = |rank: usize| 1.0 / ((rank + 2) as f64).log2();
    let (mut recall, mut ndcg, mut n_customers) = (0.0, 0.0, 0);
    let mut scores = vec![0.0_f32; weights.n_items()];
    for (history, wanted) in train.iter().zip(test).filter(|(_, wanted)| !wanted.is_empty()) {
        scores.fill(0.0);
        for &item in history {
            let (items, weights) = weights.row(ItemIdx::new(item));
            items.iter().zip(weights).for_each(|(&item, weight)| scores[item as usize] += weight);
        }
        history.iter().for_each(|&item| scores[item as usize] = f32::NEG_INFINITY);
        let mut ranked: Vec<u32> = (0..scores.len() as u32).collect();
        let by_score = |&a: &u32, &b: &u32| scores[b as usize].total_cmp(&scores[a as usize]).then(a.cmp(&b));
        ranked.select_nth_unstable_by(20, by_score);
        ranked.truncate(20);
        ranked.sort_unstable_by(by_score);
        let hits: Vec<usize> = (0..20).filter(|&rank| wanted.binary_search(&ranked[rank]).is_ok()).collect();
        recall += hits.len() as f64 / wanted.len() as f64;
        let ideal: f64 = (0..wanted.len().min(20)).map(gain).sum();
        ndcg += hits.into_iter().map(gain).sum::<f64>() / ideal;
        n_customers += 1;
    }
    (recall / f64::from(n_customers), ndcg / f64::from(n_customers))
}
