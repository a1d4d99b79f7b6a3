//! Seconds of implicit alternating least squares, wall and processor.
//!
//! `cargo bench -p erbij-models --bench ials -- [customers items lines factors epochs block]` makes histories of the shape
//! of a shop (popularity by a power law, customers of three interests among two hundred), fits, and scores the
//! catalogue for 2,000 of them.

#![expect(clippy::print_stdout, reason = "a benchmark's answer goes to stdout")]

use std::time::Instant;

use erbij_core::{ItemIdx, RowOffsets, Silent};
use erbij_models::{CheckedIalsParams, Factors, IalsParams, Incidence, fit_ials};

fn main() {
    let args: Vec<String> = std::env::args().skip(1).filter(|arg| arg != "--bench").collect();
    let (n_customers, n_items) = (number(&args, 0, 20_000), number(&args, 1, 5_000));
    let n_lines = number(&args, 2, 1_000_000);
    let params = IalsParams {
        factors: number(&args, 3, 64),
        epochs: number(&args, 4, 15),
        block: number(&args, 5, 64),
        ..IalsParams::default()
    };
    let lists = timed("make histories", || shop(n_customers, n_items, n_lines));
    let n_entries: usize = lists.iter().map(Vec::len).sum();
    println!("{n_customers} customers, {n_items} items, {n_entries} entries, {params:?}");
    let histories = timed("turn around", || incidence(&lists, n_items));
    let factors = timed("fit", || {
        fit_ials(&check(&params), &histories, &vec![1; n_items], &Silent).expect("a finite fit")
    });
    let histories: Vec<Vec<ItemIdx>> =
        lists.iter().map(|list| list.iter().copied().map(ItemIdx::new).collect()).collect();
    let histories: Vec<&[ItemIdx]> = histories.iter().map(Vec::as_slice).collect();
    one_by_one(&factors, &histories[..histories.len().min(2000)]);
    println!("peak memory {} MB", status_kilobytes("VmHWM:") / 1024);
}

fn number<T: std::str::FromStr>(args: &[String], at: usize, default: T) -> T {
    args.get(at).map_or(default, |arg| arg.parse().ok().expect("arguments are numbers"))
}

fn check(params: &IalsParams) -> CheckedIalsParams {
    params.check().expect("parameters are in range")
}

fn one_by_one(factors: &Factors, histories: &[&[ItemIdx]]) {
    let customers = timed("fold in one by one", || {
        histories.iter().map(|history| factors.fold_in(history)).collect::<Vec<_>>()
    });
    let mut scores = vec![0.0; factors.n_items()];
    timed("score one by one", || {
        for customer in &customers {
            factors.score_all(customer, &mut scores);
        }
    });
    println!("({} histories each)", histories.len());
}

fn incidence(lists: &[Vec<u32>], n_items: usize) -> Incidence {
    Incidence::from_lists(RowOffsets::from_lens(lists.iter().map(Vec::len)), lists.concat().into(), n_items)
}

/// Histories of a shop; items are numbered by popularity.
fn shop(n_customers: usize, n_items: usize, n_lines: usize) -> Vec<Vec<u32>> {
    let n_interests = if n_items < 5000 { 40 } else { 200 };
    let mut random = Random(20_240_607);
    let everything: Vec<u32> = (0..n_items as u32).collect();
    let mut interests: Vec<Vec<u32>> = vec![Vec::new(); n_interests];
    for &item in &everything {
        interests[random.below(n_interests)].push(item);
    }
    let popularity = |items: &[u32]| {
        let mut sum = 0.0;
        let step = |&item: &u32| {
            sum += (f64::from(item) + 5.0).powf(-1.05);
            sum
        };
        items.iter().map(step).collect::<Vec<f64>>()
    };
    let of_all = popularity(&everything);
    let of_interests: Vec<Vec<f64>> = interests.iter().map(|items| popularity(items)).collect();
    let activity: Vec<f64> = (0..n_customers).map(|_| random.normal().exp()).collect();
    let lines_per_activity = n_lines as f64 / activity.iter().sum::<f64>();
    let mut history = |activity: f64| {
        let mine: [usize; 3] = std::array::from_fn(|_| random.below(n_interests));
        let n_lines = (activity * lines_per_activity).round() as usize;
        let mut items: Vec<u32> = Vec::with_capacity(n_lines);
        for _ in 0..n_lines {
            let interest = mine[random.below(3)];
            let (items_of, sums) = if random.uniform() < 0.3 {
                (&everything, &of_all)
            } else {
                (&interests[interest], &of_interests[interest])
            };
            if let Some(total) = sums.last() {
                let drawn = random.uniform() * total;
                items.push(items_of[sums.partition_point(|&sum| sum < drawn).min(sums.len() - 1)]);
            }
        }
        items.sort_unstable();
        items.dedup();
        items
    };
    activity.into_iter().map(&mut history).collect()
}

/// SplitMix64: chance enough for a benchmark.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    fn uniform(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    fn below(&mut self, n: usize) -> usize {
        (self.uniform() * n as f64) as usize
    }

    /// By Box and Muller.
    fn normal(&mut self) -> f64 {
        let radius = (-2.0 * (1.0 - self.uniform()).ln()).sqrt();
        radius * (std::f64::consts::TAU * self.uniform()).cos()
    }
}

fn timed<R>(what: &str, work: impl FnOnce() -> R) -> R {
    let (start, cpu) = (Instant::now(), cpu_seconds());
    let result = work();
    let (wall, cpu) = (start.elapsed().as_secs_f64(), cpu_seconds() - cpu);
    println!("{what}: {wall:.2} s wall, {cpu:.2} s CPU");
    result
}

/// Processor seconds of this process so far; zero where the system does not tell.
fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // Behind the name in parentheses, the 12th and 13th are ticks of a hundredth.
    let fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace();
    fields.skip(11).take(2).filter_map(|ticks| ticks.parse::<f64>().ok()).sum::<f64>() / 100.0
}

fn status_kilobytes(key: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with(key)).unwrap_or_default();
    line.split_whitespace().nth(1).and_then(|value| value.parse().ok()).unwrap_or(0)
}
