//! What can be said to the commands that measure: evaluate, tune, benchmark.

use std::path::PathBuf;

use clap::{Args as ClapArgs, Subcommand};
use erbij_core::{Placement, Timestamp};
use erbij_evaluate::ListsHoldOut;
use erbij_evaluate::metrics::MetricAtK;

use super::SourceArgs;
use super::next_basket::{NEXT_BASKET_HELP, NextBasketArgs};
use super::sessions::BenchmarkSessionArgs;

/// How orders are split into train and test.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum SplitKind {
    /// One cutoff for everybody; purchases within the horizon after it are judged
    Time,
    /// Each customer's last basket is judged; later baskets of others leak into training
    LastBasket,
    /// The orders in `--test-orders` are judged; same as `time` if the files were split at one cutoff
    Files,
}

impl SplitKind {
    /// The spelling on the command line.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Time => "time",
            Self::LastBasket => "last-basket",
            Self::Files => "files",
        }
    }
}

#[derive(Debug, ClapArgs)]
pub(crate) struct EvaluateArgs {
    /// The recipe to evaluate [default: all default parameters]
    #[arg(long, value_name = "FILE")]
    pub recipe: Option<PathBuf>,
    /// Another recipe, evaluated on the same customers
    #[arg(long, value_name = "FILE")]
    pub compare: Option<PathBuf>,
    #[command(flatten)]
    pub sources: SourceArgs,
    /// How orders are split into train and test
    #[arg(long, value_enum, default_value_t = SplitKind::Time)]
    pub split: SplitKind,
    /// With `--split time`, the days after the cutoff that are judged
    #[arg(long, default_value_t = 28, value_name = "DAYS", value_parser = clap::value_parser!(u32).range(1..=3650))]
    pub horizon_days: u32,
    /// The instant everybody is asked at. With `--split time` it parts them [default: the horizon before the last
    /// order], with `--split files` it lies after all of train [default: just after its last order]
    #[arg(long, value_name = "TIME", value_parser = Timestamp::parse)]
    pub cutoff: Option<Timestamp>,
    /// With `--split files`, the orders that are judged
    #[arg(long, value_name = "PATH")]
    pub test_orders: Option<String>,
    /// The metrics; the first one decides
    #[arg(
        long,
        value_name = "METRIC,…",
        value_delimiter = ',',
        default_value = "ndcg_at_10,recall_at_10,hit_rate_at_10,category_diversity_at_10"
    )]
    pub metrics: Vec<MetricAtK>,
    /// Which slates: `home` or `newsletter`, by what customers bought; `item_page` or `basket`, by what was ordered together
    #[arg(long, default_value = "newsletter", value_parser = placement)]
    pub placement: Placement,
    /// Number of bootstrap resamples for the intervals
    #[arg(long, default_value_t = 1000, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub resamples: u32,
    /// Seed of the bootstrap
    #[arg(long, default_value_t = 1, value_name = "SEED")]
    pub seed: u64,
    /// Write all figures as JSON
    #[arg(long, value_name = "FILE")]
    pub json: Option<PathBuf>,
    /// Write per-customer values as CSV
    #[arg(long, value_name = "FILE")]
    pub customers_csv: Option<PathBuf>,
    /// Write the split to this folder: train.parquet and test.parquet
    #[arg(long, value_name = "DIR")]
    pub write_split: Option<PathBuf>,
    /// Write CARD.md next to the recipe
    #[arg(long, requires = "recipe")]
    pub card: bool,
}

/// Published protocols, so that anybody can run them again.
#[derive(Debug, Subcommand)]
pub(crate) enum BenchmarkCommand {
    /// Rank all items for every customer of a fixed split, items of train left out
    #[command(after_help = "Examples:
  erbij benchmark collaborative --train train.txt --test test.txt --model rp3beta
  erbij benchmark collaborative --train train.txt --test test.txt --model local_ease --set neighbours=300

Files have one line per customer: a number, then the items, as in LightGCN's study. Recall@k is hits divided
by all test items; NDCG@k has the ideal list cut at k. Models: popularity, item_cf, rp3beta, ease, local_ease,
ials; what each can be set is a table of its name in a recipe.")]
    Collaborative(CollaborativeArgs),
    /// Fit how customers buy and leave, or what they spend; compare what is expected with what came
    #[command(after_help = "Examples:
  erbij benchmark lifetime --summary cdnow_customers_summary.csv --model mbg_nbd
  erbij benchmark lifetime --summary cdnow_customers_summary.csv --model bg_nbd --holdout CDNOW_sample.txt
  erbij benchmark lifetime --summary cdnow_customers_summary_with_transactions.csv --model gamma_gamma
  erbij benchmark lifetime --orders orders.parquet --last-days 90,180

The summary is CSV with a header: `ID`, `frequency` or `x` (purchases after the first), `recency` or `t_x` (weeks from
the first to the last), `T` (weeks from the first to the end) and, for gamma_gamma, `zbar` (their mean spend). The
hold-out has a line a purchase, in columns parted by spaces: customer, day as 19970930, items, amount; where there are
five, the second is the customer. Purchases of one day are one. With --orders: what serves, fitted or empirical, and
the fit by itself, each on what lies before the last days, beside the orders that came in these.")]
    Lifetime(BenchmarkLifetimeArgs),
    /// Say when things are due again, and see when they were bought
    #[command(after_help = "Examples:
  erbij benchmark replenishment --shop shop
  erbij benchmark replenishment --orders orders.parquet --items items.parquet --last-days 28 --set lead_days=5

With --shop, a folder of `erbij simulate`: the windows told at the cutoff for the pairs planted in
truth/intervals.parquet, beside the day the customer bought next. A pair is judged where its whole window lies
before the end of the data and before the customer left, and a next purchase was seen; nothing of what was
bought decides that but whether. With --orders: reminders due in the last days, and which of them were bought,
beside as many items by personal frequency (GP-TopFreq) and by the customer's own mean interval.")]
    Replenishment(ReplenishmentArgs),
    /// Say of every visit what is looked at next, and how long that takes
    #[command(after_help = "Examples:
  erbij benchmark session --train train.txt --test test.txt --model session --set last_items=2
  erbij benchmark session --train train_sessions.txt --test test_prefix_label.txt --format prefix --model session

Files of format serenade have a header and a line a look, `SessionId`, `ItemId` and `Time` in seconds, parted by tabs,
in any order: every look of a test session but its first is to be told from those before it. Of format prefix, the
training file has a line a session, oldest first, and its items with blanks between; a line of the test file has the
beginning of a visit, a tab and the item that came next. They tell no time, so sessions are taken to have ended a
minute apart. Hit rate and MRR are means over all that was to be told. Times are by the wall clock, of scoring and of
picking the best, on one thread; everything is asked three times over and the least time of an answer counts.")]
    Session(BenchmarkSessionArgs),
    /// Predict each customer's next basket, repeat purchases included
    #[command(after_help = NEXT_BASKET_HELP)]
    NextBasket(NextBasketArgs),
    /// Find what belongs to what, and compare with what was planted
    #[command(after_help = "Examples:
  erbij benchmark accessory --shop shop
  erbij benchmark accessory --shop shop --set max_false_share=0.05 --json accessory.json

The shop is a folder of `erbij simulate`. Pairs are of items; a variant on an order line, as `i00042-2`, counts as its
item. A pair is right if truth/relations.parquet has it this way round, main item first: every item of a need has its
own rows there, so what belongs to a substitute is judged by the substitute's own rows. Precision is over all pairs
found; recall over relations with at least --min-expected expected pairs; direction over pairs that are related either
way. Two items are alternatives if they are of one need in truth/items.parquet. Other measures give as many pairs, by
basket and by customer within the window. The order history is also fitted after items were shuffled over all lines,
and over the lines of their category: what is found then is chance.")]
    Accessory(AccessoryBenchmarkArgs),
    /// Measure what it is worth that purchases count at once
    #[command(after_help = "Example:
  erbij benchmark up-to-date --orders orders.parquet --items items.parquet

Models are trained before the cutoff. Every later order within the horizon but each customer's first is asked for twice at the
instant it was placed: as the models knew the customer, and with what they had bought since. NDCG@10 is a mean over customers,
the interval that of 1,000 resamples of them.")]
    UpToDate(UpToDateArgs),
}

#[derive(Debug, ClapArgs)]
pub(crate) struct UpToDateArgs {
    #[command(flatten)]
    pub sources: SourceArgs,
    /// The recipe [default: all default parameters]
    #[arg(long, value_name = "FILE")]
    pub recipe: Option<PathBuf>,
    /// Where history is cut [default: the horizon before the last order]
    #[arg(long, value_name = "TIME", value_parser = Timestamp::parse)]
    pub cutoff: Option<Timestamp>,
    /// Days after the cutoff that are judged
    #[arg(long, default_value_t = 28, value_name = "DAYS", value_parser = clap::value_parser!(u32).range(1..=3650))]
    pub horizon_days: u32,
    /// Number of bootstrap resamples for the intervals
    #[arg(long, default_value_t = 1000, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub resamples: u32,
    /// Seed of the bootstrap
    #[arg(long, default_value_t = 1, value_name = "SEED")]
    pub seed: u64,
    /// Write all figures as JSON
    #[arg(long, value_name = "FILE")]
    pub json: Option<PathBuf>,
}

/// What `benchmark lifetime` can fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
#[value(rename_all = "snake_case")]
pub(crate) enum LifetimeBenchmarkModel {
    /// They never leave
    Nbd,
    /// They leave at any time
    ParetoNbd,
    /// They leave after a repeat purchase
    BgNbd,
    /// They leave after any purchase
    MbgNbd,
    /// They leave at any time, with a hazard that grows
    GgompertzNbd,
    /// What they spend
    GammaGamma,
}

#[derive(Debug, ClapArgs)]
#[command(group(clap::ArgGroup::new("known").required(true).args(["summary", "orders"])))]
pub(crate) struct BenchmarkLifetimeArgs {
    /// A line a customer
    #[arg(long, value_name = "FILE")]
    pub summary: Option<PathBuf>,
    /// Order lines: a Parquet or CSV file, a folder, a pattern, a tree of key=value folders or a Delta table
    #[arg(long, value_name = "PATH", conflicts_with = "holdout")]
    pub orders: Option<String>,
    /// With --orders: how many of the last days are expected from what lies before, a line each
    #[arg(long, value_name = "DAYS,…", value_delimiter = ',', default_value = "28,90,180", value_parser = clap::value_parser!(u32).range(1..=3650))]
    pub last_days: Vec<u32>,
    /// With --orders: column names and cleaning rules [default: erbij.toml, if it exists]
    #[arg(long, value_name = "FILE", env = "ERBIJ_CONFIG")]
    pub config: Option<PathBuf>,
    /// With --orders: the instant that counts as now [default: the clock]
    #[arg(long, value_name = "TIME", value_parser = Timestamp::parse)]
    pub now: Option<Timestamp>,
    /// Which model
    #[arg(long, value_enum, value_name = "NAME", default_value = "mbg_nbd")]
    pub model: LifetimeBenchmarkModel,
    /// Purchases after the summary, to compare with what is expected
    #[arg(long, value_name = "FILE")]
    pub holdout: Option<PathBuf>,
    /// The last day the summary saw
    #[arg(long, value_name = "DAY", default_value = "1997-09-30", value_parser = Timestamp::parse, requires = "holdout")]
    pub seen_until: Timestamp,
    /// The last day that is compared
    #[arg(long, value_name = "DAY", default_value = "1998-06-30", value_parser = Timestamp::parse, requires = "holdout")]
    pub compare_until: Timestamp,
    /// Write the figures as JSON
    #[arg(long, value_name = "FILE")]
    pub json: Option<PathBuf>,
}

#[derive(Debug, ClapArgs)]
#[command(group(clap::ArgGroup::new("source").required(true).args(["shop", "orders"])))]
pub(crate) struct ReplenishmentArgs {
    /// A simulated shop, its truth with it
    #[arg(long, value_name = "DIR")]
    pub shop: Option<PathBuf>,
    /// Order lines: a Parquet or CSV file, a folder, a pattern, a tree of key=value folders or a Delta table
    #[arg(long, value_name = "PATH")]
    pub orders: Option<String>,
    /// The catalogue; of a single file `pack_size` and `useful_life_days` are read too
    #[arg(long, value_name = "PATH", conflicts_with = "shop")]
    pub items: Option<String>,
    /// Column names and cleaning rules [default: erbij.toml, if it exists]
    #[arg(long, value_name = "FILE", env = "ERBIJ_CONFIG")]
    pub config: Option<PathBuf>,
    /// The time to treat as now; orders more than a day later are dropped [default: the clock]
    #[arg(long, value_name = "TIME", value_parser = Timestamp::parse)]
    pub now: Option<Timestamp>,
    /// How many of the last days are judged; what lies before is fitted on [default: 28, with --shop 240]
    #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u32).range(1..=3650))]
    pub last_days: Option<u32>,
    /// With --orders: reminders at least this probable are counted, a line each
    #[arg(
        long,
        value_name = "P,…",
        value_delimiter = ',',
        default_value = "0.8,0.7,0.6,0.5,0.4,0.3,0.2,0.1,0"
    )]
    pub min_probability: Vec<f64>,
    /// A parameter of the model; may be repeated
    #[arg(long, value_name = "KEY=VALUE")]
    pub set: Vec<String>,
    /// Write all figures as JSON
    #[arg(long, value_name = "FILE")]
    pub json: Option<PathBuf>,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct AccessoryBenchmarkArgs {
    /// A simulated shop, its truth with it
    #[arg(long, value_name = "DIR")]
    pub shop: PathBuf,
    /// Recall is over relations of which so many pairs are expected
    #[arg(long, default_value_t = 30.0, value_name = "N")]
    pub min_expected: f64,
    /// A parameter of the model; may be repeated
    #[arg(long, value_name = "KEY=VALUE")]
    pub set: Vec<String>,
    /// The seed of the shuffles
    #[arg(long, default_value_t = 1, value_name = "SEED")]
    pub seed: u64,
    /// Write all figures as JSON
    #[arg(long, value_name = "FILE")]
    pub json: Option<PathBuf>,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct CollaborativeArgs {
    /// Training file
    #[arg(long, value_name = "FILE")]
    pub train: PathBuf,
    /// Test file
    #[arg(long, value_name = "FILE")]
    pub test: PathBuf,
    /// Which model
    #[arg(long, value_name = "NAME")]
    pub model: String,
    /// A parameter of the model, as in its table of a recipe; may be repeated
    #[arg(long, value_name = "KEY=VALUE")]
    pub set: Vec<String>,
    /// The recipe whose parameters are taken before `--set` [default: all defaults]
    #[arg(long, value_name = "FILE")]
    pub recipe: Option<PathBuf>,
    /// Number of ranks judged
    #[arg(long, default_value_t = 20, value_name = "K", value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub k: u32,
    /// Write the figures as JSON
    #[arg(long, value_name = "FILE")]
    pub json: Option<PathBuf>,
}

#[derive(Debug, ClapArgs)]
#[command(group(clap::ArgGroup::new("data").required(true).args(["orders", "lists"])))]
pub(crate) struct TuneArgs {
    /// The recipe to start from
    #[arg(long, value_name = "FILE")]
    pub recipe: PathBuf,
    /// The search space and the metric [default: search.toml next to the recipe]
    #[arg(long, value_name = "FILE")]
    pub search: Option<PathBuf>,
    /// Order lines: a Parquet or CSV file, a folder, a pattern, a tree of key=value folders or a Delta table
    #[arg(long, value_name = "PATH")]
    pub orders: Option<String>,
    /// The catalogue [default: every item that was ordered, by its id]
    #[arg(long, value_name = "PATH", conflicts_with = "lists")]
    pub items: Option<String>,
    /// Customers
    #[arg(long, value_name = "PATH", conflicts_with = "lists")]
    pub customers: Option<String>,
    /// Page views, cart additions and other events
    #[arg(long, value_name = "PATH", conflicts_with = "lists")]
    pub events: Option<String>,
    /// Column names and cleaning rules [default: erbij.toml, if it exists]
    #[arg(long, value_name = "FILE", env = "ERBIJ_CONFIG")]
    pub config: Option<PathBuf>,
    /// The time to treat as now; orders more than a day later are dropped [default: the clock]
    #[arg(long, value_name = "TIME", value_parser = Timestamp::parse, conflicts_with = "lists")]
    pub now: Option<Timestamp>,
    /// With --orders: how many of the last days are held out
    #[arg(long, default_value_t = 28, value_name = "DAYS", value_parser = clap::value_parser!(u32).range(1..=3650))]
    pub horizon_days: u32,
    /// Instead of orders, a file of lists: one line per customer, a number and then the items
    #[arg(long, value_name = "FILE")]
    pub lists: Option<PathBuf>,
    /// With --lists: which items of a list are held out, `random` ones or a `block` of neighbours in number,
    /// which is nearer to a split by time where items are numbered as they first appeared
    #[arg(long, default_value = "random", value_name = "HOW", value_parser = hold_out)]
    pub hold_out: ListsHoldOut,
    /// With --lists: the share of each list that is held out
    #[arg(long, default_value_t = 0.1, value_name = "SHARE")]
    pub hold_out_share: f64,
    /// Number of trials, including the recipe given [default: as in the search file, else 40]
    #[arg(long, value_name = "N")]
    pub trials: Option<usize>,
    /// Random seed
    #[arg(long, default_value_t = 1, value_name = "S")]
    pub seed: u64,
    /// The log of trials; an existing one is continued [default: as --out, with .jsonl]
    #[arg(long, value_name = "FILE")]
    pub log: Option<PathBuf>,
    /// Where to write the best recipe, if it beats the one given [default: tuned.toml next to the recipe]
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Start over, ignoring the log
    #[arg(long)]
    pub fresh: bool,
}

fn hold_out(name: &str) -> Result<ListsHoldOut, String> {
    let known = [ListsHoldOut::Random, ListsHoldOut::Block];
    let found = known.into_iter().find(|how| how.name() == name);
    found.ok_or_else(|| "expected `random` or `block`".to_owned())
}

/// Where slates are shown that have no anchor: what an evaluation may ask for.
fn placement(text: &str) -> Result<Placement, String> {
    let placement: Placement = text.parse()?;
    match placement {
        Placement::Home | Placement::Newsletter | Placement::ItemPage | Placement::Basket => Ok(placement),
        _ => Err(format!(
            "`{text}` cannot be judged by what is bought; an evaluation asks for `home`, `newsletter`, `item_page` or `basket`"
        )),
    }
}
