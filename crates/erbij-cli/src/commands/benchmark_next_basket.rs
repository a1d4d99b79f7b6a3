//! `erbij benchmark next-basket`: the Next Basket Reality Check, so that anybody can run it again.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context, bail};
use erbij_core::{Auto, Choice};
use erbij_evaluate::{
    AtPlaces, Foreteller, Keyset, NextBasketFigures, NextBaskets, TifuKnn, TifuKnnParams, TopFreq,
    dated_baskets, judge_next_baskets, parse_keyset, parse_next_baskets,
};
use erbij_people::{RepeatParams, choose_repeat, fit_repeat};
use serde_json::{Map, Value, json};

use crate::args::{NextBasketArgs, NextBasketModel, NextBasketPart};
use crate::commands::setting;
use crate::progress::{Reporter, with_commas};
use crate::replace_file::replace_json;

/// Places ranked: the most that are judged.
const PLACES: usize = 20;

pub(crate) fn run(args: &NextBasketArgs, reporter: &Reporter, out: &mut dyn Write) -> anyhow::Result<()> {
    let model = Model::from_args(args)?;
    let (history, future) = (read(&args.history)?, read(&args.future)?);
    let told = || format!("`{}` and `{}` hold no baskets", args.history.display(), args.future.display());
    let baskets = parse_next_baskets(&history, &future).with_context(told)?;
    drop((history, future));
    let (mut runs, mut choices) = (Vec::new(), Vec::new());
    for fold in folds(args, &baskets)? {
        let began = Instant::now();
        let figures = model.measure(&baskets, &fold, &mut choices, reporter);
        if figures.n_customers == 0 {
            bail!("nobody is judged: `{}` has no next basket of theirs", args.future.display());
        }
        runs.push(Run { fold, figures, seconds: began.elapsed().as_secs_f64() });
    }
    reporter.finish();
    let outcome = Outcome { args, params: model.params()?, runs, choices };
    outcome.print(out)?;
    if let Some(path) = &args.json {
        replace_json(path, &outcome.json())?;
    }
    Ok(())
}

fn read(path: &Path) -> anyhow::Result<String> {
    std::fs::read_to_string(path).with_context(|| format!("reading `{}` failed", path.display()))
}

/// Whom a run learns from and whom it judges.
struct Fold {
    keyset: Option<PathBuf>,
    /// Among whom neighbours are looked for.
    neighbours: Vec<usize>,
    /// Whose next baskets are learned from.
    learned: Vec<usize>,
    judged: Vec<usize>,
}

fn folds(args: &NextBasketArgs, baskets: &NextBaskets) -> anyhow::Result<Vec<Fold>> {
    if args.learn_next_baskets {
        if args.model != NextBasketModel::Repeat {
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
        return Ok(vec![Fold { keyset: None, neighbours, learned: Vec::new(), judged: baskets.judged() }]);
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
        Ok(Fold { keyset: Some(path.clone()), neighbours: train, learned, judged })
    };
    args.keyset.iter().map(fold).collect()
}

/// A model and its checked parameters.
enum Model {
    TopFreq(TopFreq),
    TifuKnn(TifuKnnParams),
    Repeat(Auto<RepeatParams>),
}

impl Model {
    fn from_args(args: &NextBasketArgs) -> anyhow::Result<Self> {
        let top_freq = |model: TopFreq| {
            if let Some(set) = args.set.first() {
                bail!("`--set {set}`: `{}` has nothing to set", args.model.name());
            }
            Ok(Self::TopFreq(model))
        };
        match args.model {
            NextBasketModel::GTopFreq => top_freq(TopFreq::Global),
            NextBasketModel::PTopFreq => top_freq(TopFreq::Personal),
            NextBasketModel::GpTopFreq => top_freq(TopFreq::GlobalPersonal),
            NextBasketModel::TifuKnn => {
                let params: TifuKnnParams = setting::read(&args.set)?;
                Ok(Self::TifuKnn(setting::checked(&args.set, params.check(), |error| error.name)?))
            }
            NextBasketModel::Repeat => {
                let params: Auto<RepeatParams> = setting::read(&args.set)?;
                setting::checked(&args.set, params.check(), |error| error.name)?;
                Ok(Self::Repeat(params))
            }
        }
    }

    /// The parameters, defaults filled in.
    fn params(&self) -> anyhow::Result<Value> {
        Ok(match self {
            Self::TopFreq(_) => json!({}),
            Self::TifuKnn(params) => serde_json::to_value(params)?,
            Self::Repeat(params) => serde_json::to_value(params)?,
        })
    }

    /// Judges the model on a fold; what it chose of what nobody set is added to `choices`.
    fn measure(
        &self,
        baskets: &NextBaskets,
        fold: &Fold,
        choices: &mut Vec<Choice>,
        reporter: &Reporter,
    ) -> NextBasketFigures {
        match self {
            Self::TopFreq(model) => {
                let rank = model.rankings(baskets, PLACES);
                judge_next_baskets(baskets, &fold.judged, |customer, _| rank(customer), reporter)
            }
            Self::TifuKnn(params) => {
                let model = TifuKnn::new(params, baskets, &fold.neighbours);
                let rank = |customer, board: &mut _| model.ranking(customer, PLACES, board);
                judge_next_baskets(baskets, &fold.judged, rank, reporter)
            }
            Self::Repeat(params) => {
                let (dated, as_of) = dated_baskets(baskets, &fold.learned);
                // The files tell no categories.
                let categories = vec![None; baskets.n_items];
                let (chosen, choice) = choose_repeat(params, &dated, &categories, as_of, reporter);
                choices.extend(choice);
                let chosen = chosen.check().expect("what is chosen is in range");
                let model = fit_repeat(&chosen, &dated, &categories, as_of, reporter);
                let foreteller = Foreteller { model: &model, baskets };
                let rank = |customer, board: &mut _| foreteller.ranking(customer, PLACES, board);
                judge_next_baskets(baskets, &fold.judged, rank, reporter)
            }
        }
    }
}

/// One fold, measured.
struct Run {
    fold: Fold,
    figures: NextBasketFigures,
    seconds: f64,
}

struct Outcome<'a> {
    args: &'a NextBasketArgs,
    params: Value,
    runs: Vec<Run>,
    /// Of each run, where the model chose anything.
    choices: Vec<Choice>,
}

/// A figure: its name before `_at_k`, what follows it, and how it is told.
type Figure = (&'static str, &'static str, fn(&AtPlaces) -> f64);

const FIGURES: [Figure; 6] = [
    ("recall", "", |at| at.recall),
    ("ndcg", "", |at| at.ndcg),
    ("ndcg", "_ideal_cut", |at| at.ndcg_ideal_cut),
    ("phr", "", |at| at.phr),
    ("repeat_recall", "", |at| at.repeat_recall),
    ("explore_recall", "", |at| at.explore_recall),
];

fn key(figure: &Figure, k: usize) -> String {
    format!("{}_at_{k}{}", figure.0, figure.1)
}

/// The figures of one run as a JSON object.
fn figures_json(figures: &NextBasketFigures) -> Map<String, Value> {
    let of_places = |at: &AtPlaces| FIGURES.map(|figure| (key(&figure, at.k), json!(figure.2(at))));
    figures.at.iter().flat_map(of_places).collect()
}

impl Outcome<'_> {
    /// The mean over keysets.
    fn mean(&self, place: usize, figure: &Figure) -> f64 {
        let sum: f64 = self.runs.iter().map(|run| figure.2(&run.figures.at[place])).sum();
        sum / self.runs.len() as f64
    }

    fn n_customers(&self) -> usize {
        self.runs.iter().map(|run| run.figures.n_customers).sum()
    }

    fn seconds(&self) -> f64 {
        self.runs.iter().map(|run| run.seconds).sum()
    }

    fn print(&self, out: &mut dyn Write) -> anyhow::Result<()> {
        let keysets = match self.runs.len() {
            1 => String::new(),
            n => format!(", mean of {n} keysets"),
        };
        let n_customers = with_commas(self.n_customers() as u64);
        writeln!(out, "{}, {n_customers} customers judged{keysets}", self.args.model.name())?;
        writeln!(out, "  {:<20} {:>8} {:>8}", "", "at 10", "at 20")?;
        for figure in &FIGURES {
            let name = format!("{}{}", figure.0, figure.1);
            writeln!(out, "  {name:<20} {:>8.4} {:>8.4}", self.mean(0, figure), self.mean(1, figure))?;
        }
        writeln!(out, "  {:<20} {:>8.1} s", "seconds", self.seconds())?;
        writeln!(out, "  {:<20} {}", "parameters", self.params)?;
        setting::print_choices(&self.choices, out)?;
        Ok(())
    }

    fn json(&self) -> Value {
        let of_run = |run: &Run| {
            let mut told = figures_json(&run.figures);
            told.insert("keyset".to_owned(), json!(run.fold.keyset));
            told.insert("n_customers".to_owned(), json!(run.figures.n_customers));
            told.insert("seconds".to_owned(), json!(run.seconds));
            Value::Object(told)
        };
        let mut told = Map::new();
        told.insert("model".to_owned(), json!(self.args.model.name()));
        told.insert("params".to_owned(), self.params.clone());
        told.insert("choices".to_owned(), json!(self.choices));
        let part = if self.args.keyset.is_empty() { NextBasketPart::All } else { self.args.part };
        told.insert("part".to_owned(), json!(part.name()));
        told.insert("learn_next_baskets".to_owned(), json!(self.args.learn_next_baskets));
        told.insert("n_customers".to_owned(), json!(self.n_customers()));
        told.insert("seconds".to_owned(), json!(self.seconds()));
        for (place, at) in self.runs[0].figures.at.iter().enumerate() {
            told.extend(FIGURES.iter().map(|figure| (key(figure, at.k), json!(self.mean(place, figure)))));
        }
        told.insert("keysets".to_owned(), self.runs.iter().map(of_run).collect());
        Value::Object(told)
    }
}
