//! `erbij tune`: searches the parameters of a recipe by trial, and can be stopped and gone on with.
//!
//! What is tried next is decided by [`Schedule`] alone; here trials are run, written down one by one before the
//! next begins, and the best becomes a recipe where it is better than the one given by more than chance ([`Verdict`]).

mod data;
mod log;

use std::io::Write;
use std::path::Path;
use std::time::Instant;

use anyhow::{Context, bail, ensure};
use erbij_core::with_commas;
use erbij_evaluate::tuning::{
    Kept, Outcome, Schedule, Search, SearchParams, Trial, TuningData, Verdict, best_first, significant,
};
use erbij_evaluate::{Difference, Interval};
use erbij_recipe::Recipe;
use serde_json::{Value, json};

use crate::args::TuneArgs;
use crate::commands::train::read_recipe;
use crate::commands::tune::log::Log;
use crate::progress::Reporter;
use crate::replace_file::replace_file;

/// How many of the best are shown.
const N_SHOWN: usize = 5;

/// Digits of a value that are kept: as many as JSON gives back to the bit, so that a log says what was.
const VALUE_DIGITS: usize = 12;

/// What a search came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tuned {
    /// A recipe that is better than the one given, and it is written.
    Better,
    /// Nothing that is better beyond chance; nothing is written.
    NothingBetter,
}

pub(crate) fn run(args: &TuneArgs, reporter: &Reporter, out: &mut dyn Write) -> anyhow::Result<Tuned> {
    let search_path = args.search.clone().unwrap_or_else(|| args.recipe.with_file_name("search.toml"));
    let (tuned_path, log_path) = (args.tuned_path(), args.log_path());
    if tuned_path == args.recipe {
        bail!("`--out` is the recipe itself; hint: write beside it, so that the search can be gone on with");
    }
    let recipe = read_recipe(Some(&args.recipe))?;
    let search = read_search(&search_path, args.trials)?;
    let data = data::open(args, &recipe, &search, reporter)?;
    reporter.finish();

    let schedule = Schedule::new(search, recipe, args.seed);
    let mut log = open_log(&log_path, args, &schedule, &data)?;
    if !log.outcomes().is_empty() {
        reporter.note(&format!("{} trials found in `{}`", log.outcomes().len(), log_path.display()));
    }
    let mut kept = Kept::default();
    while let Some(trial) = schedule.next(log.outcomes())? {
        let (outcome, values) = run_trial(trial, &schedule, &data, args.seed)?;
        log.append(outcome)?;
        kept.keep(log.outcomes(), values);
        reporter.note(&describe_last(log.outcomes(), &schedule));
    }

    let ranked = best_first(log.outcomes());
    let best = *ranked.first().context("no trial was made")?;
    let verdict = kept.verdict(&ranked, &schedule, &data, args.seed, reporter)?;
    print_best(&ranked, log.outcomes().len(), &schedule, &data, out)?;
    print_verdict(&verdict, out)?;
    if !verdict.is_better() {
        let (given, tuned) = (args.recipe.display(), tuned_path.display());
        writeln!(out, "nothing found is better than `{given}` by more than chance; no recipe is written")?;
        if tuned_path.exists() {
            writeln!(out, "`{tuned}` is of an earlier search and stays as it was")?;
        }
        return Ok(Tuned::NothingBetter);
    }
    write_recipe(&tuned_path, &args.recipe, best, &verdict, &schedule)?;
    writeln!(out, "the best is written to `{}`", tuned_path.display())?;
    Ok(Tuned::Better)
}

fn read_search(path: &Path, trials: Option<usize>) -> anyhow::Result<Search> {
    let text = std::fs::read_to_string(path)
        .with_context(|| format!("reading search file `{}` failed", path.display()))?;
    let parsed = SearchParams::parse(&text).map_err(anyhow::Error::from);
    let checked = parsed.and_then(|mut params| {
        params.budget.trials = trials.unwrap_or(params.budget.trials);
        Ok(params.check()?)
    });
    checked.with_context(|| format!("search file `{}` is refused", path.display()))
}

/// What decides the course of a search; a log with another head is of another search.
fn open_log(path: &Path, args: &TuneArgs, schedule: &Schedule, data: &TuningData) -> anyhow::Result<Log> {
    let head = json!({
        "recipe": schedule.given().recipe(),
        "search": schedule.search().params(),
        "seed": args.seed,
        "data": data.counts(),
    });
    if args.fresh {
        return Log::start(path, &head);
    }
    let log = Log::resume(path, &head)?;
    let replayed = schedule.replay(log.outcomes());
    replayed.with_context(|| {
        format!("`{}` cannot be gone on with; hint: start anew with --fresh", path.display())
    })?;
    Ok(log)
}

/// Runs a trial: what it came to, and the values of its customers.
fn run_trial(
    trial: Trial,
    schedule: &Schedule,
    data: &TuningData,
    seed: u64,
) -> anyhow::Result<(Outcome, Vec<Option<f64>>)> {
    let began = Instant::now();
    let values = data.values(&trial.recipe, schedule.search().metric(), trial.share, seed);
    let values = values.with_context(|| format!("trial {} failed", trial.trial))?;
    let Trial { trial, stage, share, params, .. } = trial;
    let seconds = significant(began.elapsed().as_secs_f64(), 4);
    let of_whom = values.iter().flatten();
    let value = significant(of_whom.clone().sum::<f64>() / of_whom.count() as f64, VALUE_DIGITS);
    Ok((Outcome { trial, stage, share, params, value, seconds }, values))
}

/// One line about the latest trial.
fn describe_last(outcomes: &[Outcome], schedule: &Schedule) -> String {
    let Some(last) = outcomes.last() else { return String::new() };
    let mut line = format!(
        "{} of {}: trial {}, {} on {:.0} % of customers: {} {:.5} in {:.1} s",
        outcomes.len(),
        schedule.n_trials(),
        last.trial,
        last.stage.name(),
        100.0 * last.share,
        schedule.search().metric(),
        last.value,
        last.seconds,
    );
    if let Some(best) = best_first(outcomes).first() {
        line += &format!("; best so far {:.5} with {}", best.value, spell(best));
    }
    let (seconds, work) = outcomes
        .iter()
        .fold((0.0, 0.0), |(seconds, work), outcome| (seconds + outcome.seconds, work + outcome.share));
    let left = schedule.work_left(outcomes.len());
    if 0.0 < left {
        line += &format!("; about {:.0} s left", seconds / work * left);
    }
    line
}

fn spell(outcome: &Outcome) -> String {
    let params = outcome.params.iter().map(|(key, value)| format!("{key} = {}", plain(value)));
    params.collect::<Vec<_>>().join(", ")
}

/// A value without the marks of a text.
fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn print_best(
    ranked: &[&Outcome],
    n_trials: usize,
    schedule: &Schedule,
    data: &TuningData,
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    let metric = schedule.search().metric();
    writeln!(out, "{data}")?;
    writeln!(out, "{n_trials} trials, {} of them on all of it; the best by {metric}:", ranked.len())?;
    let keys: Vec<&String> = schedule.search().params().space.keys().collect();
    let head = keys.iter().map(|key| key.to_string());
    writeln!(out, "{}", row(["value", "trial", "stage"], &keys, head))?;
    for outcome in ranked.iter().take(N_SHOWN) {
        let [value, trial] = [format!("{:.5}", outcome.value), outcome.trial.to_string()];
        let unset = || "unset".to_owned();
        let params = keys.iter().map(|&key| outcome.params.get(key).map_or_else(unset, plain));
        writeln!(out, "{}", row([&value, &trial, outcome.stage.name()], &keys, params))?;
    }
    Ok(())
}

/// The best and the given with their intervals, and the difference that decides.
fn print_verdict(verdict: &Verdict, out: &mut dyn Write) -> anyhow::Result<()> {
    let Verdict { given, best, difference, n_compared } = verdict;
    let n = with_commas(difference.n as u64);
    let told = |of: &Interval| format!("{:.5} ({:.5} to {:.5})", of.mean, of.low, of.high);
    writeln!(out, "over {n} customers, with intervals of 95 %:")?;
    writeln!(out, "  the best    {}", told(best))?;
    writeln!(out, "  the given   {}", told(given))?;
    writeln!(
        out,
        "  difference {:+.5} ({:+.5} to {:+.5}), paired by customer; its interval allows for {n_compared} recipes compared",
        difference.mean_difference, difference.low, difference.high,
    )?;
    Ok(())
}

/// One row of the table, each parameter as wide as its key.
fn row([value, trial, stage]: [&str; 3], keys: &[&String], params: impl Iterator<Item = String>) -> String {
    let mut row = format!("  {value:<8} {trial:>5}  {stage:<9}");
    for (key, param) in keys.iter().zip(params) {
        row += &format!("  {param:<width$}", width = key.len());
    }
    row.trim_end().to_owned()
}

/// Writes the recipe as it was given, with the values of an outcome. Comments are not kept.
fn write_recipe(
    path: &Path,
    given: &Path,
    best: &Outcome,
    verdict: &Verdict,
    schedule: &Schedule,
) -> anyhow::Result<()> {
    let text = std::fs::read_to_string(given)
        .with_context(|| format!("reading recipe `{}` failed", given.display()))?;
    let mut table: toml::Table = toml::from_str(&text)?;
    // Trial 0 is the recipe itself, to the last digit.
    for (key, value) in best.params.iter().filter(|_| 0 < best.trial) {
        set(&mut table, key, toml::Value::try_from(value)?)?;
    }
    let text = toml::to_string(&table)?;
    let tuned = Recipe::parse(&text)?.check()?;
    ensure!(tuned == schedule.tried(best)?, "the recipe written is not the one that was tried");
    let metric = schedule.search().metric();
    let Difference { mean_difference, low, high, .. } = verdict.difference;
    let head = format!(
        "# Made by `{}`: {metric} {:.5} on what was held out, {mean_difference:+.5} ({low:+.5} to {high:+.5}) against the recipe given.\n",
        command_line(),
        best.value
    );
    replace_file(path, |file| Ok(file.write_all((head + &text).as_bytes())?))
}

/// Sets `table.key`, making tables on the way.
fn set(table: &mut toml::Table, key: &str, value: toml::Value) -> anyhow::Result<()> {
    match key.split_once('.') {
        None => {
            table.insert(key.to_owned(), value);
            Ok(())
        }
        Some((first, rest)) => {
            let inner = table.entry(first).or_insert_with(|| toml::Table::new().into());
            set(inner.as_table_mut().with_context(|| format!("`{first}` is no table"))?, rest, value)
        }
    }
}

/// The command as it was given, on one line.
fn command_line() -> String {
    let word = |word: String| {
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./=,:+".contains(&byte);
        if word.bytes().all(is_plain) { word } else { format!("{word:?}") }
    };
    let words = std::env::args_os().skip(1).map(|arg| word(arg.to_string_lossy().into_owned()));
    std::iter::once("erbij".to_owned()).chain(words).collect::<Vec<_>>().join(" ")
}
