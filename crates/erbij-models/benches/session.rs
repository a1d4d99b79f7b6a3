//! How long the session model takes to build and to answer, and how much memory a session costs.
//!
//! `cargo bench -p erbij-models --bench session`
//! `cargo bench -p erbij-models --bench session -- 100000 1000000`
//!
//! The numbers are how many sessions are made up. Items are as popular as Zipf's law has them, with exponent 1, among
//! a tenth as many as there are sessions; sessions hold five items on average, some of them thirty and more. Answers
//! are timed on one thread by the wall clock, the best 20 of all items with them. All are asked for five times over and
//! the least of an answer counts, so that what else the machine does stays out. Building is timed on one thread and two.
#![expect(clippy::print_stdout, reason = "a benchmark tells its figures")]

use std::time::Instant;

use erbij_core::{ItemIdx, Score, ScoreBoard, Sessions, Silent, Timestamp, TopK};
use erbij_models::{SessionModel, SessionParams, SessionScratch, SessionSimilarity, Visit, fit_session};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use rand_distr::{Distribution, Geometric, Zipf};

const N_VISITS: usize = 20_000;

/// How often each is answered.
const N_ROUNDS: usize = 5;

fn main() {
    // Cargo itself adds an argument that begins with dashes.
    let args = std::env::args().skip(1).filter(|arg| !arg.starts_with("--"));
    let mut sizes: Vec<usize> = args.map(|arg| arg.parse().expect("a number of sessions")).collect();
    if sizes.is_empty() {
        sizes = vec![100_000, 1_000_000];
    }
    for n_sessions in sizes {
        measure(n_sessions);
    }
}

fn measure(n_sessions: usize) {
    let mut rng = ChaCha8Rng::seed_from_u64(7);
    let n_items = n_sessions / 10;
    let zipf = Zipf::new(n_items as f64, 1.0).expect("a law");
    let length = Geometric::new(0.2).expect("a law");
    let visit = |rng: &mut ChaCha8Rng| -> Vec<ItemIdx> {
        let len = 1 + length.sample(rng) as usize;
        (0..len).map(|_| ItemIdx::new(zipf.sample(rng) as u32 - 1)).collect()
    };
    let sessions = (0..n_sessions)
        .map(|_| (Timestamp::from_micros((rng.next_u64() >> 22) as i64), visit(&mut rng)))
        .collect();
    let sessions = Sessions::from_sessions(sessions).expect("valid");
    let visits: Vec<Vec<ItemIdx>> = (0..N_VISITS).map(|_| visit(&mut rng)).collect();
    let wide = SessionParams {
        last_items: 20,
        candidates: 2500,
        neighbours: 1500,
        similarity: SessionSimilarity::Cosine,
        recency_days: Some(80.0),
        ..SessionParams::default()
    };
    for (name, params) in [("default", SessionParams::default()), ("wide", wide)] {
        let mut seconds = [0.0; 2];
        let mut built = None;
        for (n_threads, seconds) in (1..).zip(&mut seconds) {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(n_threads).build().expect("threads start");
            let given = sessions.clone();
            let began = Instant::now();
            let checked = params.check().expect("in range");
            built = Some(pool.install(|| fit_session(&checked, given, n_items, &Silent)));
            *seconds = began.elapsed().as_secs_f64();
        }
        let model = built.expect("built twice");
        let micros = answer_all(&model, &visits);
        println!(
            "{n_sessions} sessions, {n_items} items, {name}: built in {:.2} s on one thread, {:.2} s on two; {:.1} MB, \
             {:.0} bytes a session of {} kept; an answer p50 {:.1} µs, p90 {:.1} µs, p99 {:.1} µs",
            seconds[0],
            seconds[1],
            model.size_bytes() as f64 / 1e6,
            model.size_bytes() as f64 / model.n_sessions() as f64,
            model.n_sessions(),
            micros[N_VISITS / 2],
            micros[N_VISITS * 9 / 10],
            micros[N_VISITS * 99 / 100],
        );
    }
}

/// Microseconds of each answer, rising.
fn answer_all(model: &SessionModel, visits: &[Vec<ItemIdx>]) -> Vec<f64> {
    let mut scratch = SessionScratch::new(model);
    let mut board = ScoreBoard::new(model.n_items());
    let mut top = TopK::new(20);
    let mut answered = 0;
    let mut micros = vec![f64::INFINITY; visits.len()];
    for _ in 0..N_ROUNDS {
        for (visit, least) in visits.iter().zip(&mut micros) {
            let began = Instant::now();
            model.score(Visit::Open(visit), None, &mut scratch, &mut board);
            for (item, score) in board.take_unsorted() {
                if let Some(score) = Score::new(score as f32) {
                    top.push(score, item);
                }
            }
            answered += usize::from(0 < top.drain_sorted().count());
            *least = least.min(began.elapsed().as_secs_f64() * 1e6);
        }
    }
    assert!(N_ROUNDS * visits.len() / 2 < answered, "most visits are answered");
    micros.sort_by(f64::total_cmp);
    micros
}
