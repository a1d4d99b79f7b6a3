//! `erbij benchmark session`: what a visit looks at next, by the protocols of the literature.

mod files;

use std::io::Write;
use std::time::Instant;

use anyhow::{Context, bail};
use erbij_core::{Auto, Choice, ItemIdx, Score, ScoreBoard, Sessions, Timestamp, TopK};
use erbij_evaluate::{metrics::hit_rate_at_k, metrics::mrr_at_k};
use erbij_models::{SessionModel, SessionParams, SessionScratch, Visit, choose_session, fit_session};
use serde_json::{Map, Value, json};

use crate::args::{BenchmarkSessionArgs, SessionBenchmarkModel};
use crate::commands::benchmark_session::files::{Protocol, Question};
use crate::commands::setting;
use crate::progress::{Reporter, with_commas};
use crate::replace_file::replace_json;

/// How often all questions are asked: the least time of an answer counts, so that what else the machine does stays out.
const N_ROUNDS: usize = 3;

pub(crate) fn run(
    args: &BenchmarkSessionArgs,
    reporter: &Reporter,
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    if let (SessionBenchmarkModel::Popularity, Some(set)) = (args.model, args.set.first()) {
        bail!("`--set {set}`: popularity has nothing to set");
    }
    let params: Auto<SessionParams> = setting::read(&args.set)?;
    setting::checked(&args.set, params.check(), |error| error.name)?;
    let Protocol { train, questions, n_items } = files::read(&args.train, &args.test, args.format)?;
    let k = args.k as usize;
    let began = Instant::now();
    let mut choices = Vec::new();
    let outcome = match args.model {
        SessionBenchmarkModel::Popularity => {
            let ranking = most_looked_at(&train, n_items, k);
            let build_seconds = began.elapsed().as_secs_f64();
            let judged = judge(&questions, k, |_, _, answer| answer.extend(&ranking));
            let size_bytes = size_of_val(&*ranking);
            Outcome {
                name: "popularity",
                judged,
                n_sessions: train.len(),
                build_seconds,
                size_bytes,
                params: json!({}),
            }
        }
        SessionBenchmarkModel::Session => {
            let (chosen, choice) = choose_session(&params, &train, n_items, reporter);
            choices.extend(choice);
            let chosen = chosen.check().context("what is chosen is in range")?;
            let model = fit_session(&chosen, train, n_items, reporter);
            let build_seconds = began.elapsed().as_secs_f64();
            reporter.finish();
            let judged = judge_model(&model, &questions, k);
            let (n_sessions, size_bytes) = (model.n_sessions(), model.size_bytes());
            let params = serde_json::to_value(model.params())?;
            Outcome { name: "session", judged, n_sessions, build_seconds, size_bytes, params }
        }
    };
    outcome.print(args, n_items, out)?;
    setting::print_choices(&choices, out)?;
    if let Some(path) = &args.json {
        replace_json(path, &outcome.json(args, n_items, &choices))?;
    }
    Ok(())
}

/// The items in most looks of training; ties by id.
fn most_looked_at(train: &Sessions, n_items: usize, k: usize) -> Vec<ItemIdx> {
    let mut counts = vec![0_u32; n_items];
    train.columns().1.iter().for_each(|&item| counts[item as usize] += 1);
    let mut ranking: Vec<ItemIdx> = (0..n_items as u32).map(ItemIdx::new).collect();
    ranking.sort_by_key(|item| std::cmp::Reverse(counts[item.index()]));
    ranking.truncate(k);
    ranking
}

fn judge_model(model: &SessionModel, questions: &[Question], k: usize) -> Judged {
    let mut scratch = SessionScratch::new(model);
    let mut board = ScoreBoard::new(model.n_items());
    let mut top = TopK::new(k);
    judge(questions, k, |visit, at, answer| {
        model.score(Visit::Open(visit), Some(at), &mut scratch, &mut board);
        for (item, score) in board.take_unsorted() {
            if let Some(score) = Score::new(score as f32) {
                top.push(score, item);
            }
        }
        answer.extend(top.drain_sorted().map(|(_, item)| item));
    })
}

/// What came of all questions.
struct Judged {
    hit_rate: f64,
    mrr: f64,
    n_questions: usize,
    /// Microseconds an answer took, rising.
    micros: Vec<f64>,
}

/// Asks one question after the other, on this thread.
fn judge(
    questions: &[Question],
    k: usize,
    mut answer: impl FnMut(&[ItemIdx], Timestamp, &mut Vec<ItemIdx>),
) -> Judged {
    let (mut hits, mut reciprocal_ranks) = (0.0, 0.0);
    let mut micros = vec![f64::INFINITY; questions.len()];
    let mut ranking = Vec::with_capacity(k);
    for round in 0..N_ROUNDS {
        for (question, least) in questions.iter().zip(&mut micros) {
            ranking.clear();
            let began = Instant::now();
            answer(&question.visit, question.at, &mut ranking);
            *least = least.min(began.elapsed().as_secs_f64() * 1e6);
            if round == 0 {
                let relevant = [question.next];
                hits += hit_rate_at_k(&ranking, &relevant, k).unwrap_or_default();
                reciprocal_ranks += mrr_at_k(&ranking, &relevant, k).unwrap_or_default();
            }
        }
    }
    micros.sort_by(f64::total_cmp);
    let n = questions.len().max(1) as f64;
    Judged { hit_rate: hits / n, mrr: reciprocal_ranks / n, n_questions: questions.len(), micros }
}

impl Judged {
    /// The time that a share of the answers did not exceed.
    fn quantile(&self, share: f64) -> f64 {
        let rank = (share * self.micros.len() as f64).ceil() as usize;
        self.micros.get(rank.saturating_sub(1)).copied().unwrap_or_default()
    }
}

struct Outcome {
    name: &'static str,
    judged: Judged,
    n_sessions: usize,
    build_seconds: f64,
    size_bytes: usize,
    params: Value,
}

impl Outcome {
    fn bytes_per_session(&self) -> f64 {
        self.size_bytes as f64 / self.n_sessions.max(1) as f64
    }

    fn print(&self, args: &BenchmarkSessionArgs, n_items: usize, out: &mut dyn Write) -> anyhow::Result<()> {
        let Self { judged, params, .. } = self;
        writeln!(
            out,
            "{}, {} looks told, {} sessions learned from, {} items",
            self.name,
            with_commas(judged.n_questions as u64),
            with_commas(self.n_sessions as u64),
            with_commas(n_items as u64)
        )?;
        writeln!(out, "  {:<12} {:.4}", format!("hit rate@{}", args.k), judged.hit_rate)?;
        writeln!(out, "  {:<12} {:.4}", format!("MRR@{}", args.k), judged.mrr)?;
        let (p50, p99) = (judged.quantile(0.5), judged.quantile(0.99));
        writeln!(out, "  {:<12} p50 {p50:.1} µs, p99 {p99:.1} µs, one thread", "an answer")?;
        writeln!(out, "  {:<12} {:.2} s", "building", self.build_seconds)?;
        let (megabytes, each) = (self.size_bytes as f64 / 1e6, self.bytes_per_session());
        writeln!(out, "  {:<12} {megabytes:.1} MB, {each:.0} bytes a session", "model")?;
        writeln!(out, "  {:<12} {params}", "parameters")?;
        Ok(())
    }

    fn json(&self, args: &BenchmarkSessionArgs, n_items: usize, choices: &[Choice]) -> Value {
        let mut figures = Map::new();
        let mut tell = |name: &str, value: Value| figures.insert(name.to_owned(), value);
        tell("model", self.name.into());
        tell("k", args.k.into());
        tell(&format!("hit_rate_at_{}", args.k), self.judged.hit_rate.into());
        tell(&format!("mrr_at_{}", args.k), self.judged.mrr.into());
        tell("n_events", self.judged.n_questions.into());
        tell("p50_us", self.judged.quantile(0.5).into());
        tell("p99_us", self.judged.quantile(0.99).into());
        tell("n_sessions", self.n_sessions.into());
        tell("n_items", n_items.into());
        tell("build_seconds", self.build_seconds.into());
        tell("size_bytes", self.size_bytes.into());
        tell("bytes_per_session", self.bytes_per_session().into());
        tell("params", self.params.clone());
        tell("choices", json!(choices));
        Value::Object(figures)
    }
}
