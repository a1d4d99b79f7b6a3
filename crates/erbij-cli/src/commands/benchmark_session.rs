//! `erbij benchmark session`: what a visit looks at next, by the protocols of the literature.

use std::io::Write;
use std::path::Path;
use std::time::Instant;

use anyhow::{Context, bail};
use erbij_core::{Auto, Choice, ItemIdx, with_commas};
use erbij_evaluate::protocols::session::{
    AnswerTimes, NamedText, SessionAnswers, SessionFigures, SessionProtocol, SessionQuestion, judge_session,
    most_looked_at, parse_session_protocol,
};
use erbij_models::{SessionParams, choose_session, fit_session};
use serde_json::{Map, Value, json};

use crate::args::{BenchmarkSessionArgs, SessionBenchmarkModel};
use crate::commands::setting;
use crate::progress::Reporter;
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
    let [train_text, test_text] = [read_text(&args.train)?, read_text(&args.test)?];
    let (train, test) = (
        NamedText { path: &args.train, text: &train_text },
        NamedText { path: &args.test, text: &test_text },
    );
    let protocol = parse_session_protocol(train, test, args.format.into())?;
    let SessionProtocol { train, questions, n_items } = protocol;
    drop((train_text, test_text));
    let k = args.k as usize;
    let began = Instant::now();
    let mut choices = Vec::new();
    let outcome = match args.model {
        SessionBenchmarkModel::Popularity => {
            let ranking = most_looked_at(&train, n_items, k);
            let build_seconds = began.elapsed().as_secs_f64();
            let judged = judge(&questions, k, |_, answer| answer.extend(&ranking));
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
            let mut answers = SessionAnswers::new(&model, k);
            let judged = judge(&questions, k, |question, answer| answers.answer(question, answer));
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

fn read_text(path: &Path) -> anyhow::Result<String> {
    std::fs::read_to_string(path).with_context(|| format!("reading `{}` failed", path.display()))
}

/// What came of all questions.
struct Judged {
    figures: SessionFigures,
    n_questions: usize,
    /// Microseconds that half of the answers, and 99 % of them, did not exceed.
    p50: f64,
    p99: f64,
}

/// Asks all questions, and measures how long each answer takes.
fn judge(
    questions: &[SessionQuestion],
    k: usize,
    mut answer: impl FnMut(&SessionQuestion, &mut Vec<ItemIdx>),
) -> Judged {
    let mut figures = SessionFigures::default();
    let mut times = AnswerTimes::new(questions.len());
    for _ in 0..N_ROUNDS {
        figures = judge_session(questions, k, |at, question, ranking| {
            let began = Instant::now();
            answer(question, ranking);
            times.took(at, began.elapsed().as_secs_f64() * 1e6);
        });
    }
    let [p50, p99] = times.quantiles([0.5, 0.99]);
    Judged { figures, n_questions: questions.len(), p50, p99 }
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
        writeln!(out, "  {:<12} {:.4}", format!("hit rate@{}", args.k), judged.figures.hit_rate)?;
        writeln!(out, "  {:<12} {:.4}", format!("MRR@{}", args.k), judged.figures.mrr)?;
        let (p50, p99) = (judged.p50, judged.p99);
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
        tell(&format!("hit_rate_at_{}", args.k), self.judged.figures.hit_rate.into());
        tell(&format!("mrr_at_{}", args.k), self.judged.figures.mrr.into());
        tell("n_events", self.judged.n_questions.into());
        tell("p50_us", self.judged.p50.into());
        tell("p99_us", self.judged.p99.into());
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
