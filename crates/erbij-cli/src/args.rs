//! What can be said on the command line. Every flag is declared here once, with its help.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args as ClapArgs, Parser, Subcommand, ValueEnum};
use erbij_core::{PersonalisationPolicy, Placement, Timestamp};
use erbij_engine::Language;

mod accessories;
mod asked;
mod audit;
mod begin;
mod customers;
mod explain;
mod export;
mod measure;
mod measure_help;
mod next_basket;
mod sessions;
#[cfg(test)]
mod tests;

pub(crate) use accessories::AccessoriesArgs;
pub(crate) use asked::AskedArgs;
pub(crate) use audit::AuditArgs;
pub(crate) use begin::{DemoArgs, InitArgs};
pub(crate) use customers::{AboutCustomersArgs, InterestsArgs, LifetimeArgs, RemindersArgs};
pub(crate) use explain::{ExplainArgs, MomentArgs, NeedsArgs};
pub(crate) use export::{ExportCommand, RelationsArgs, RelationsForm};
pub(crate) use measure::{
    AccessoryBenchmarkArgs, BenchmarkCommand, BenchmarkLifetimeArgs, CollaborativeArgs, EvaluateArgs,
    LifetimeBenchmarkModel, ReplenishmentArgs, SplitKind, TuneArgs, UpToDateArgs,
};
use measure_help::{EVALUATE_HELP, TUNE_HELP};
pub(crate) use next_basket::{NextBasketArgs, NextBasketModel, NextBasketPart};
pub(crate) use sessions::{BenchmarkSessionArgs, SessionBenchmarkModel};

/// Iets erbij? A recommendation and cross-sell engine: from order history in Parquet to related products,
/// accessories and personal lists.
#[derive(Debug, Parser)]
#[command(
    name = "erbij",
    version,
    max_term_width = 100,
    after_help = "Try it:\n  erbij demo --once\n  erbij init --orders orders.csv --items products.csv"
)]
pub(crate) struct Args {
    /// Say nothing of progress
    #[arg(long, short, global = true)]
    pub quiet: bool,
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Inspect a shop's files and write the settings to read them
    #[command(after_help = "Examples:
  erbij init --orders export/orders.csv --items export/products.csv
  erbij init --orders 'lake/orders/*.parquet' --items lake/items.parquet --config shop.toml --force
  erbij check --config shop.toml --orders 'lake/orders/*.parquet' --items lake/items.parquet

Each line of the settings file carries a comment with the meaning of the column and an example; uncertain ones say `a guess`.
The files are then read with these settings, and totals are printed for you to compare with your own.
Exit code 1 if a required column was not found or no order is left.")]
    Init(InitArgs),
    /// Read order history and report how many rows were used or dropped, and why
    #[command(after_help = "Examples:
  erbij check --orders data/sample/orders.parquet --items data/sample/items.parquet
  erbij check --orders 'lake/orders/year=2025/*.parquet' --json | jq .tables.orders.dropped

Exit code 1 if a column is missing or has the wrong type.")]
    Check(CheckArgs),
    /// Train a recipe on order history and write an artifact
    #[command(after_help = "Examples:
  erbij train --recipe models/default/recipe.toml --orders data/sample/orders.parquet \\
    --items data/sample/items.parquet --out tonight
  erbij publish tonight

The last line on standard output is the artifact's id: the hash of its content. The same input gives the
same id on any number of threads (RAYON_NUM_THREADS).")]
    Train(TrainArgs),
    /// Search for better parameters of a recipe
    #[command(after_help = TUNE_HELP)]
    Tune(TuneArgs),
    /// Publish an artifact: make it the current generation
    #[command(after_help = "Example:\n  erbij publish tonight --dry-run")]
    Publish(PublishArgs),
    /// Go back to an earlier generation
    #[command(after_help = "Examples:\n  erbij rollback\n  erbij rollback --to 3")]
    Rollback(RollbackArgs),
    /// List the published generations
    #[command(after_help = "Example:\n  erbij list")]
    List(ListArgs),
    /// Show what an artifact contains
    #[command(after_help = "Examples:\n  erbij inspect\n  erbij inspect tonight --json")]
    Inspect(InspectArgs),
    /// Show what changes between two artifacts on the pages of the best sellers
    #[command(after_help = "Examples:\n  erbij diff tonight\n  erbij diff yesterday tonight --n 20")]
    Diff(DiffArgs),
    /// Recommend items for one customer, page or basket, or for all customers
    #[command(after_help = "Examples:
  erbij recommend --customer 155
  erbij recommend --item 1082185 --n 5 --language en
  erbij recommend --basket 1082185,995242 --json
  erbij recommend --all-customers --n 10 --out newsletter.jsonl   (or .csv, .parquet)")]
    Recommend(RecommendArgs),
    /// Show the accessories and alternatives of an item, with the evidence
    #[command(after_help = "Examples:
  erbij accessories --item 1098066
  erbij accessories --item 1098066 --explain --orders data/sample/orders.parquet \\
    --items data/sample/items.parquet --svg lags.svg
  erbij accessories --check-catalogue

Relations from the catalogue come first (`accessory_for`, `consumable_for`, `spare_part_for`, `similar_to`), then those
mined from orders. --explain refits the model and lists every item that was bought after it: + belongs to it, - does not,
and why.")]
    Accessories(AccessoriesArgs),
    /// Compute every slate of an artifact and check it
    #[command(after_help = "Examples:
  erbij audit --artifact tonight --n 10
  erbij audit --json | jq '.answers[] | select(.n_empty > 0)'

Computes the slates of every placement for every customer, page and last basket, and of each model by itself. One line per
placement: how many slates, how many are empty, short or invalid, and which sources fill them. Exit code 2 if a slate is
invalid: it shows an item twice, an item that must be left out, or a reason that is not true.")]
    Audit(AuditArgs),
    /// Explain why an item is, or is not, on a slate
    #[command(after_help = "Examples:
  erbij explain --item 1082185 --customer 155
  erbij explain --item 1082185 --page 995242 --n 5 --language en
  erbij explain --item 1082185 --customer 155 --placement newsletter --json

The first word names the step that decided: shown, excluded, incompatible, bundle, sent_back, already_bought, owned, rule,
out_of_stock (or why else it cannot be offered), cap, score, not_a_candidate, unknown_item.")]
    Explain(ExplainArgs),
    /// Show a customer's needs: met, being shopped for, or due for replacement
    #[command(after_help = "Examples:
  erbij needs --customer 155 --now 2018-01-01
  erbij needs --customer k000012 --artifact kitchen --now 2026-01-01 --json

One line per need: phase, answer, and what they have or viewed recently. A need is a leaf category, unless
`[[ownership.needs]]` in the recipe, or needs.toml beside it, says otherwise.")]
    Needs(NeedsArgs),
    /// List what customers need again, and the day to remind them
    #[command(after_help = "Examples:
  erbij reminders --customer 155 --now 2018-01-01
  erbij reminders --out reminders.csv --horizon-days 7   (or .jsonl, .parquet)

One row per customer and item: refills by the customer's own intervals and those of others, maintenance and renewal by the
catalogue's `useful_life_days`. Only items that can be ordered now.")]
    Reminders(RemindersArgs),
    /// Estimate who is still a customer, what they will spend, and whose silence is unusual
    #[command(after_help = "Examples:
  erbij lifetime --watch-list 20 --now 2018-01-01
  erbij lifetime --customer 155
  erbij lifetime --out customers.parquet

P(alive), expected orders and value within the horizon, loyalty tier, and the day on which this customer's silence became
unusual.")]
    Lifetime(LifetimeArgs),
    /// Show what customers are interested in, and whom they buy for
    #[command(after_help = "Examples:
  erbij interests --customer 155 --now 2018-01-01
  erbij interests --out interests.parquet

Interests are categories, brands and topics that a customer buys more often than others do, each with the purchases behind
it. The household is an estimate that the customer may correct.")]
    Interests(InterestsArgs),
    /// Export what an artifact knows in formats that others read
    #[command(subcommand)]
    Export(ExportCommand),
    /// Evaluate a recipe on held-out orders
    #[command(after_help = EVALUATE_HELP)]
    Evaluate(EvaluateArgs),
    /// Run a published protocol
    #[command(subcommand)]
    Benchmark(BenchmarkCommand),
    /// Serve recommendations over HTTP; follows the published generation
    #[command(after_help = "Example:\n  erbij serve --address 0.0.0.0:8080")]
    Serve(ServeArgs),
    /// Simulate a shop whose true relations are known
    #[command(after_help = "Example:
  erbij simulate --customers 20000 --items 5000 --lines 1000000 --days 730 --seed 1 --out shop")]
    Simulate(SimulateArgs),
    /// Train on the sample or on your own files, publish, serve, and show example requests
    #[command(after_help = "Examples:
  erbij demo
  erbij demo --once
  erbij demo --once --orders export/orders.csv --items export/products.csv

Your own files are read with the settings that `erbij init` would write; nothing is written next to them unless --config names
a file.")]
    Demo(DemoArgs),
}

/// Where the tables are and how they are read.
#[derive(Clone, Debug, ClapArgs)]
pub(crate) struct SourceArgs {
    /// Order lines: a Parquet or CSV file, a folder, a pattern, a tree of key=value folders or a Delta table
    #[arg(long, value_name = "PATH")]
    pub orders: String,
    /// The catalogue [default: every item that was ordered, by its id]
    #[arg(long, value_name = "PATH")]
    pub items: Option<String>,
    /// Customers
    #[arg(long, value_name = "PATH")]
    pub customers: Option<String>,
    /// Page views, cart additions and other events
    #[arg(long, value_name = "PATH")]
    pub events: Option<String>,
    /// Column names and cleaning rules [default: erbij.toml, if it exists]
    #[arg(long, value_name = "FILE", env = "ERBIJ_CONFIG")]
    pub config: Option<PathBuf>,
    /// The time to treat as now; orders more than a day later are dropped [default: the clock]
    #[arg(long, value_name = "TIME", value_parser = Timestamp::parse)]
    pub now: Option<Timestamp>,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct CheckArgs {
    #[command(flatten)]
    pub sources: SourceArgs,
    /// Print the report as JSON
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct TrainArgs {
    /// The recipe to train [default: all default parameters]
    #[arg(long, value_name = "FILE")]
    pub recipe: Option<PathBuf>,
    /// Rules to store with the artifact [default: rules.toml next to the recipe, if any]
    #[arg(long, value_name = "FILE")]
    pub rules: Option<PathBuf>,
    #[command(flatten)]
    pub sources: SourceArgs,
    /// The artifact's folder; an artifact already there is replaced
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
}

impl TuneArgs {
    /// Where the best recipe goes.
    pub(crate) fn tuned_path(&self) -> PathBuf {
        self.out.clone().unwrap_or_else(|| self.recipe.with_file_name("tuned.toml"))
    }

    /// Where trials are logged.
    pub(crate) fn log_path(&self) -> PathBuf {
        self.log.clone().unwrap_or_else(|| self.tuned_path().with_extension("jsonl"))
    }

    /// The tables, where it is tables.
    pub(crate) fn sources(&self) -> Option<SourceArgs> {
        Some(SourceArgs {
            orders: self.orders.clone()?,
            items: self.items.clone(),
            customers: self.customers.clone(),
            events: self.events.clone(),
            config: self.config.clone(),
            now: self.now,
        })
    }
}

impl EvaluateArgs {
    /// Where the recipe's card goes, where one is asked for.
    pub(crate) fn card_path(&self) -> Option<PathBuf> {
        self.recipe.as_ref().filter(|_| self.card).map(|recipe| recipe.with_file_name("CARD.md"))
    }
}

/// Which store.
#[derive(Debug, ClapArgs)]
pub(crate) struct StoreArgs {
    /// The folder of published generations
    #[arg(long, value_name = "DIR", env = "ERBIJ_STORE", default_value = "models/published")]
    pub store: PathBuf,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct PublishArgs {
    /// The artifact
    #[arg(value_name = "ARTIFACT")]
    pub artifact: PathBuf,
    #[command(flatten)]
    pub store: StoreArgs,
    /// How many generations to keep; the current and the previous one are always kept
    #[arg(long, default_value_t = 5, value_name = "N")]
    pub keep: usize,
    /// Publish even if a check fails
    #[arg(long)]
    pub force: bool,
    /// Show what would be done, and do nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Print the result as JSON
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct RollbackArgs {
    #[command(flatten)]
    pub store: StoreArgs,
    /// A generation's number, or the first digits of its artifact's id [default: the newest before the current]
    #[arg(long, value_name = "GENERATION")]
    pub to: Option<String>,
    /// Print the result as JSON
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct ListArgs {
    #[command(flatten)]
    pub store: StoreArgs,
    /// Print the list as JSON
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct InspectArgs {
    /// The artifact [default: the current generation of the store]
    #[arg(value_name = "ARTIFACT")]
    pub artifact: Option<PathBuf>,
    #[command(flatten)]
    pub store: StoreArgs,
    /// Print the manifest as JSON
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct DiffArgs {
    /// The artifacts, older first; a single one is compared with the current generation
    #[arg(value_name = "ARTIFACT", required = true, num_args = 1..=2)]
    pub artifacts: Vec<PathBuf>,
    #[command(flatten)]
    pub store: StoreArgs,
    /// How many best sellers to compare
    #[arg(long, default_value_t = 20, value_name = "N")]
    pub n: usize,
    /// Print the difference as JSON
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, ClapArgs)]
#[command(group(clap::ArgGroup::new("whom").required(true).multiple(true)
    .args(["customer", "item", "basket", "session", "all_customers"])))]
pub(crate) struct RecommendArgs {
    /// For this customer
    #[arg(long, value_name = "ID", conflicts_with = "all_customers")]
    pub customer: Option<String>,
    /// Items related to this item
    #[arg(long, value_name = "ID", conflicts_with_all = ["basket", "all_customers"])]
    pub item: Option<String>,
    /// Items that complete this basket
    #[arg(long, value_name = "ID,ID,…", value_delimiter = ',', conflicts_with = "all_customers")]
    pub basket: Option<Vec<String>>,
    /// Items viewed in this session, oldest first
    #[arg(long, value_name = "ID,ID,…", value_delimiter = ',', conflicts_with = "all_customers")]
    pub session: Option<Vec<String>>,
    /// For every customer, one row each, written to --out
    #[arg(long, requires = "out")]
    pub all_customers: bool,
    /// The file for all customers: .jsonl, .csv or .parquet. In .csv, texts that look like a formula get a leading
    /// apostrophe; ids and prices never do
    #[arg(long, value_name = "FILE", requires = "all_customers")]
    pub out: Option<PathBuf>,
    /// How many items
    #[arg(long, default_value_t = 10, value_name = "N", value_parser = clap::value_parser!(u32).range(0..=1000))]
    pub n: u32,
    /// Where the slate is shown [default: item_page with --item, basket with --basket, home with --session, else newsletter]
    #[arg(long)]
    pub placement: Option<Placement>,
    /// Exclude these items
    #[arg(long, value_name = "ID,ID,…", value_delimiter = ',')]
    pub exclude: Vec<String>,
    /// Items the customer owns but did not buy here
    #[arg(long, value_name = "ID,ID,…", value_delimiter = ',', conflicts_with = "all_customers")]
    pub owned: Vec<String>,
    /// Only items that match this CEL expression, such as 'price < 50 && brand != "X"'
    #[arg(long, value_name = "CONDITION", conflicts_with = "all_customers")]
    pub filter: Option<String>,
    /// Rules that take precedence over those in the artifact
    #[arg(long, value_name = "FILE", env = "ERBIJ_RULES")]
    pub rules: Option<PathBuf>,
    /// The language of reasons: nl or en
    #[arg(long, default_value = "nl")]
    pub language: Language,
    /// List everything that contributed to each score
    #[arg(long, conflicts_with = "all_customers")]
    pub explain: bool,
    /// Print the list as JSON
    #[arg(long, conflicts_with = "all_customers")]
    pub json: bool,
    #[command(flatten)]
    pub asked: AskedArgs,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct ServeArgs {
    #[command(flatten)]
    pub store: StoreArgs,
    /// Where to listen
    #[arg(long, default_value = "127.0.0.1:8080", env = "ERBIJ_ADDRESS")]
    pub address: SocketAddr,
    /// Rules that take precedence over those in the artifact; reread when the file changes
    #[arg(long, value_name = "FILE", env = "ERBIJ_RULES")]
    pub rules: Option<PathBuf>,
    /// Worker threads [default: one per core]
    #[arg(long, value_name = "N")]
    pub workers: Option<usize>,
    /// When customers are personalised for: until they object, or only once they agree (a request says so with
    /// `personalisation`)
    #[arg(long, value_enum, default_value_t = Personalisation::UntilObjected, env = "ERBIJ_PERSONALISATION")]
    pub personalisation: Personalisation,
}

/// When customers are personalised for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "snake_case")]
pub(crate) enum Personalisation {
    /// Until they object
    UntilObjected,
    /// Only once they agree
    OptIn,
}

impl From<Personalisation> for PersonalisationPolicy {
    fn from(said: Personalisation) -> Self {
        match said {
            Personalisation::UntilObjected => Self::UntilObjected,
            Personalisation::OptIn => Self::OptIn,
        }
    }
}

#[derive(Debug, ClapArgs)]
pub(crate) struct SimulateArgs {
    /// Customers with an account
    #[arg(long, default_value_t = 2_000, value_name = "N")]
    pub customers: u32,
    /// Items, before variants
    #[arg(long, default_value_t = 600, value_name = "M")]
    pub items: u32,
    /// Order lines, including faulty ones
    #[arg(long, default_value_t = 60_000, value_name = "L")]
    pub lines: u64,
    /// Days of history
    #[arg(long, default_value_t = 730, value_name = "D")]
    pub days: u32,
    /// Random seed
    #[arg(long, default_value_t = 1, value_name = "S")]
    pub seed: u64,
    /// Share of lines with each kind of error
    #[arg(long, default_value_t = 0.002, value_name = "SHARE")]
    pub dirt_share: f64,
    /// Share of accessory relations of which 30 to 60 % is returned; nothing else changes
    #[arg(long, default_value_t = 0.0, value_name = "SHARE")]
    pub returned_relations: f64,
    /// Share of orders without a customer
    #[arg(long, default_value_t = 0.02, value_name = "SHARE")]
    pub guests: f64,
    /// How strongly every second item depends on its season: 0 not at all, 1 sold only in season
    #[arg(long, default_value_t = 0.0, value_name = "STRENGTH")]
    pub season: f64,
    /// Share of purchases that repeat an earlier one
    #[arg(long, default_value_t = 0.0, value_name = "SHARE")]
    pub habit: f64,
    /// Categories above the leaves [default: one for 120 items, at least three]
    #[arg(long, default_value_t = 0, value_name = "N", hide_default_value = true)]
    pub categories: u32,
    /// The folder to write the shop to
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
}
