//! `erbij benchmark next-basket`: the Next Basket Reality Check, so that anybody can run it again.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context, bail};
use erbij_core::{Auto, Choice, with_commas};
use erbij_evaluate::protocols::next_basket::{
    Keyset, NEXT_BASKET_FIGURES, NextBasketFigure, NextBasketFigures, NextBasketFold, NextBasketModel,
    NextBaskets, TifuKnnParams, TopFreq, parse_keyset, parse_next_baskets,
};
use erbij_people::RepeatParams;
use serde_json::{Map, Value, json};

use crate::args::{NextBasketArgs, NextBasketModel as ModelName, NextBasketPart};
use crate::commands::setting;
use crate::progress::Reporter;
use crate::replace_file::replace_json;

pub(crate) fn run(args: &NextBasketArgs, reporter: &Reporter, out: &mut dyn Write) -> anyhow::Result<()> {
    let model = model(args)?;
    let (history, future) = (read(&args.history)?, read(&args.future)?);
    let told = || format!("`{}` and `{}` hold no baskets", args.history.display(), args.future.display());
    let baskets = parse_next_baskets(&history, &future).with_context(told)?;
    drop((history, future));
    let (mut runs, mut choices) = (Vec::new(), Vec::new());
    for (keyset, fold) in folds(args, &baskets)? {
        let began = Instant::now();
        let (figures, choice) = model.measure(&baskets, &fold, reporter);
        choices.extend(choice);
        if figures.n_customers == 0 {
            bail!("nobody is judged: `{}` has no next basket of theirs", args.future.display());
        }
        runs.push(Run { keyset, figures, seconds: began.elapsed().as_secs_f64() });
    }
    reporter.finish();
    let figures: Vec<NextBasketFigures> = runs.iter().map(|run| run.figures).collect();
    let mean = NextBasketFigures::mean_of(&figures);
    let outcome = Outcome { args, params: model.params()?, mean, runs, choices };
    outcome.print(out)?;
    if let Some(path) = &args.json {
        replace_json(path, &outcome.json())?;
    }
    Ok(())
}

fn read(path: &Path) -> anyhow::Result<String> {
    std::fs::read_to_string(path).with_context(|| format!("reading `{}` failed", path.display()))
}

/// The folds asked for, each with its keyset where it is of one.
fn folds(
    args: &NextBasketArgs,
    baskets: &NextBaskets,
) -> anyhow::Result<Vec<(Option<PathBuf>, NextBasketFold)>> {
    if args.learn_next_baskets {
        if args.model != ModelName::Repeat {
            bail!("`--learn-next-baskets` is for `repeat`: `{}` does not learn from them", args.model.name());
        }
        if args.part == NextBasketPart::All {
            bail!(
                "`--part all` would judge customers by the baskets that `--learn-next-baskets` learns from"
            );
        }
    }
    if args.keyset.is_empty() {
        let neighbours = (0..baskets.ids.len()).collect();
        let fold = NextBasketFold { neighbours, learned: Vec::new(), judged: baskets.judged() };
        return Ok(vec![(None, fold)]);
    }
    let fold = |path: &PathBuf| {
        let told = || format!("`{}` is no keyset", path.display());
        let Keyset { train, val, test } = parse_keyset(&read(path)?, baskets).with_context(told)?;
        let judged = match args.part {
            NextBasketPart::Test => test,
            NextBasketPart::Val => val,
            NextBasketPart::All => baskets.judged(),
        };
        let learned = if args.learn_next_baskets { train.clone() } else { Vec::new() };
        Ok((Some(path.clone()), NextBasketFold { neighbours: train, learned, judged }))
    };
    args.keyset.iter().map(fold).collect()
}

/// The model asked for, with its checked parameters.
fn model(args: &NextBasketArgs) -> anyhow::Result<NextBasketModel> {
    let top_freq = |model: TopFreq| {
        if let Some(set) = args.set.first() {
            bail!("`--set {set}`: `{}` has nothing to set", args.model.name());
        }
        Ok(NextBasketModel::TopFreq(model))
    };
    match args.model {
        ModelName::GTopFreq => top_freq(TopFreq::Global),
        ModelName::PTopFreq => top_freq(TopFreq::Personal),
        ModelName::GpTopFreq => top_freq(TopFreq::GlobalPersonal),
        ModelName::TifuKnn => {
            let params: TifuKnnParams = setting::read(&args.set)?;
            let checked = setting::checked(&args.set, params.check(), |error| error.name)?;
            Ok(NextBasketModel::TifuKnn(checked))
        }
        ModelName::Repeat => {
            let params: Auto<RepeatParams> = setting::read(&args.set)?;
            setting::checked(&args.set, params.check(), |error| error.name)?;
            Ok(NextBasketModel::Repeat(params))
        }
    }
}

/// One fold, measured.
struct Run {
    keyset: Option<PathBuf>,
    figures: NextBasketFigures,
    seconds: f64,
}

struct Outcome<'a> {
    args: &'a NextBasketArgs,
    params: Value,
    /// Over keysets.
    mean: NextBasketFigures,
    runs: Vec<Run>,
    /// Of each run, where the model chose anything.
    choices: Vec<Choice>,
}

/// The figures as a JSON object.
fn figures_json(figures: &NextBasketFigures) -> Map<String, Value> {
    let mut told = Map::new();
    for at in &figures.at {
        told.extend(NEXT_BASKET_FIGURES.iter().map(|figure| (figure.key(at.k), json!((figure.value)(at)))));
    }
    told.insert("n_customers".to_owned(), json!(figures.n_customers));
    told
}

impl Outcome<'_> {
    fn seconds(&self) -> f64 {
        self.runs.iter().map(|run| run.seconds).sum()
    }

    fn print(&self, out: &mut dyn Write) -> anyhow::Result<()> {
        let keysets = match self.runs.len() {
            1 => String::new(),
            n => format!(", mean of {n} keysets"),
        };
        let n_customers = with_commas(self.mean.n_customers as u64);
        writeln!(out, "{}, {n_customers} customers judged{keysets}", self.args.model.name())?;
        writeln!(out, "  {:<20} {:>8} {:>8}", "", "at 10", "at 20")?;
        for figure in &NEXT_BASKET_FIGURES {
            let NextBasketFigure { name, value, .. } = figure;
            let [at_10, at_20] = self.mean.at.map(|at| value(&at));
            writeln!(out, "  {:<20} {at_10:>8.4} {at_20:>8.4}", format!("{name}{}", figure.ending))?;
        }
        writeln!(out, "  {:<20} {:>8.1} s", "seconds", self.seconds())?;
        writeln!(out, "  {:<20} {}", "parameters", self.params)?;
        setting::print_choices(&self.choices, out)?;
        Ok(())
    }

    fn json(&self) -> Value {
        let of_run = |run: &Run| {
            let mut told = figures_json(&run.figures);
            told.insert("keyset".to_owned(), json!(run.keyset));
            told.insert("seconds".to_owned(), json!(run.seconds));
            Value::Object(told)
        };
        let mut told = figures_json(&self.mean);
        told.insert("model".to_owned(), json!(self.args.model.name()));
        told.insert("params".to_owned(), self.params.clone());
        told.insert("choices".to_owned(), json!(self.choices));
        let part = if self.args.keyset.is_empty() { NextBasketPart::All } else { self.args.part };
        told.insert("part".to_owned(), json!(part.name()));
        told.insert("learn_next_baskets".to_owned(), json!(self.args.learn_next_baskets));
        told.insert("seconds".to_owned(), json!(self.seconds()));
        told.insert("keysets".to_owned(), self.runs.iter().map(of_run).collect());
        Value::Object(told)
    }
}
