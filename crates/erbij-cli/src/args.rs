//! What can be said on the command line. Every flag is declared here once, with its help.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args as ClapArgs, Parser, Subcommand};
use erbij_core::{Placement, Timestamp};
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
    LifetimeBenchmarkModel, ReplenishmentArgs, SplitKind, TuneArgs,
};
use measure_help::{EVALUATE_HELP, TUNE_HELP};
pub(crate) use next_basket::{NextBasketArgs, NextBasketModel, NextBasketPart};
pub(crate) use sessions::{BenchmarkSessionArgs, SessionBenchmarkModel, SessionFormat};

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
    /// Look at a shop's own files, and write down how they are read
    #[command(after_help = "Examples:
  erbij init --orders export/orders.csv --items export/products.csv
  erbij init --orders 'lake/orders/*.parquet' --items lake/items.parquet --config shop.toml --force
  erbij check --config shop.toml --orders 'lake/orders/*.parquet' --items lake/items.parquet

Beside each line of the file stands what the column means here, and an example; what is no more than likely says `a guess`.
Then the files are read with it, and the shop's figures are printed, to be compared with those the shop knows.
Exit code 1 if a column that is needed was not found, or no order is left.")]
    Init(InitArgs),
    /// Read order history and say what became of every row
    #[command(after_help = "Examples:
  erbij check --orders data/sample/orders.parquet --items data/sample/items.parquet
  erbij check --orders 'lake/orders/year=2025/*.parquet' --json | jq .tables.orders.dropped

Exit code 1 if a table breaks its contract: a column that is missing or of a wrong type.")]
    Check(CheckArgs),
    /// Train a recipe on order history and write an artifact
    #[command(after_help = "Examples:
  erbij train --recipe models/default/recipe.toml --orders data/sample/orders.parquet \\
    --items data/sample/items.parquet --out tonight
  erbij publish tonight

The last line on standard output is the artifact's id: the hash of its content. The same input gives the
same id on any number of threads (RAYON_NUM_THREADS).")]
    Train(TrainArgs),
    /// Search the parameters of a recipe by trial
    #[command(after_help = TUNE_HELP)]
    Tune(TuneArgs),
    /// Make an artifact the current one
    #[command(after_help = "Example:\n  erbij publish tonight --dry-run")]
    Publish(PublishArgs),
    /// Make an earlier generation current again
    #[command(after_help = "Examples:\n  erbij rollback\n  erbij rollback --to 3")]
    Rollback(RollbackArgs),
    /// List the published generations
    #[command(after_help = "Example:\n  erbij list")]
    List(ListArgs),
    /// Say what an artifact holds
    #[command(after_help = "Examples:\n  erbij inspect\n  erbij inspect tonight --json")]
    Inspect(InspectArgs),
    /// Say what changes from one artifact to another for the best sellers
    #[command(after_help = "Examples:\n  erbij diff tonight\n  erbij diff yesterday tonight --n 20")]
    Diff(DiffArgs),
    /// Ask an artifact for a list, or for the lists of all customers
    #[command(after_help = "Examples:
  erbij recommend --customer 155
  erbij recommend --item 1082185 --n 5 --language en
  erbij recommend --basket 1082185,995242 --json
  erbij recommend --all-customers --n 10 --out newsletter.jsonl   (or .csv, .parquet)")]
    Recommend(RecommendArgs),
    /// Say what belongs to an item and what may be bought instead, with the evidence
    #[command(after_help = "Examples:
  erbij accessories --item 1098066
  erbij accessories --item 1098066 --explain --orders data/sample/orders.parquet \\
    --items data/sample/items.parquet --svg lags.svg
  erbij accessories --check-catalogue

The catalogue's own word goes first (`accessory_for`, `consumable_for`, `spare_part_for`, `similar_to`), then what was
mined from orders. With --explain the model is fitted anew, and everything that followed the item is told: + belongs to
it, - does not, and why.")]
    Accessories(AccessoriesArgs),
    /// Ask an artifact for every slate it would give, and check each
    #[command(after_help = "Examples:
  erbij audit --artifact tonight --n 10
  erbij audit --json | jq '.answers[] | select(.n_empty > 0)'

Every placement is asked for every customer, page and last basket, and each model alone. A line a question: how many
slates, how many of them empty, short or broken, and which source fills their places. Exit code 2 if a slate breaks a
rule that holds of every slate: an item twice, one that must be kept out, a reason that does not hold.")]
    Audit(AuditArgs),
    /// Say why an item is, or is not, on a slate
    #[command(after_help = "Examples:
  erbij explain --item 1082185 --customer 155
  erbij explain --item 1082185 --page 995242 --n 5 --language en
  erbij explain --item 1082185 --customer 155 --placement newsletter --json

The first word is the step that decided: shown, excluded, incompatible, bundle, sent_back, already_bought, owned, rule,
out_of_stock (or why else it cannot be offered), cap, score, not_a_candidate, unknown_item.")]
    Explain(ExplainArgs),
    /// Say how a customer stands to his needs: what he looks around for, what follows, what wears out
    #[command(after_help = "Examples:
  erbij needs --customer 155 --now 2018-01-01
  erbij needs --customer k000012 --artifact kitchen --now 2026-01-01 --json

A line a need: phase, answer, what he has or looked at lately. A need is a leaf category, or what `[[ownership.needs]]`
of the recipe or needs.toml beside it says.")]
    Needs(NeedsArgs),
    /// Say what customers are to be reminded of, and on which day
    #[command(after_help = "Examples:
  erbij reminders --customer 155 --now 2018-01-01
  erbij reminders --out reminders.csv --horizon-days 7   (or .jsonl, .parquet)

A row a customer and item: what was bought and is due again, by the customer's own intervals and those of others;
maintenance and renewal by the catalogue's `useful_life_days`. Nothing that cannot be ordered now.")]
    Reminders(RemindersArgs),
    /// Say who is still a customer, what he is worth, and whose silence is unusual
    #[command(after_help = "Examples:
  erbij lifetime --watch-list 20 --now 2018-01-01
  erbij lifetime --customer 155
  erbij lifetime --out customers.parquet

P(alive), orders and value expected within the horizon, a loyalty tier, and the day on which silence became unusual
for this very customer.")]
    Lifetime(LifetimeArgs),
    /// Say what customers care about, and whom they buy for
    #[command(after_help = "Examples:
  erbij interests --customer 155 --now 2018-01-01
  erbij interests --out interests.parquet

Interests are categories, brands and topics a customer chooses more often than others do; each with the purchases
that say so. The household is a guess, to be corrected by the customer.")]
    Interests(InterestsArgs),
    /// Write what an artifact knows, for others to read
    #[command(subcommand)]
    Export(ExportCommand),
    /// Measure what a recipe is worth on a part of the past it has not seen
    #[command(after_help = EVALUATE_HELP)]
    Evaluate(EvaluateArgs),
    /// Run a published protocol
    #[command(subcommand)]
    Benchmark(BenchmarkCommand),
    /// Serve over HTTP, following what is published
    #[command(after_help = "Example:\n  erbij serve --address 0.0.0.0:8080")]
    Serve(ServeArgs),
    /// Make up a shop whose truths are known
    #[command(after_help = "Example:
  erbij simulate --customers 20000 --items 5000 --lines 1000000 --days 730 --seed 1 --out shop")]
    Simulate(SimulateArgs),
    /// Train on the sample, or on own files, publish, serve, and show what to ask
    #[command(after_help = "Examples:
  erbij demo
  erbij demo --once
  erbij demo --once --orders export/orders.csv --items export/products.csv

Own files are read as `erbij init` would write it; nothing is written beside them unless --config names a file.")]
    Demo(DemoArgs),
}

/// Where the tables are and how they are read.
#[derive(Clone, Debug, ClapArgs)]
pub(crate) struct SourceArgs {
    /// Order lines: a Parquet or CSV file, a folder, a pattern, a tree of key=value folders or a Delta table
    #[arg(long, value_name = "PATH")]
    pub orders: String,
    /// The catalogue; without it every item that was ordered can be recommended, by its id
    #[arg(long, value_name = "PATH")]
    pub items: Option<String>,
    /// Customers
    #[arg(long, value_name = "PATH")]
    pub customers: Option<String>,
    /// What was done on pages
    #[arg(long, value_name = "PATH")]
    pub events: Option<String>,
    /// Column names and cleaning rules [default: erbij.toml, where there is one]
    #[arg(long, value_name = "FILE", env = "ERBIJ_CONFIG")]
    pub config: Option<PathBuf>,
    /// The instant that counts as now: orders more than a day after it are dropped [default: the clock]
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
    /// What to train [default: the recipe with every default]
    #[arg(long, value_name = "FILE")]
    pub recipe: Option<PathBuf>,
    /// Rules to store with it [default: rules.toml beside the recipe, where there is one]
    #[arg(long, value_name = "FILE")]
    pub rules: Option<PathBuf>,
    #[command(flatten)]
    pub sources: SourceArgs,
    /// The folder the artifact becomes; an artifact that is there is replaced
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
    /// How many generations to keep; the current one and the one before it stay anyhow
    #[arg(long, default_value_t = 5, value_name = "N")]
    pub keep: usize,
    /// Publish even what a guard refuses
    #[arg(long)]
    pub force: bool,
    /// Only say what would be done
    #[arg(long)]
    pub dry_run: bool,
    /// Print the outcome as JSON
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
    /// Print the outcome as JSON
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
    /// Print the manifest as it is
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct DiffArgs {
    /// The artifacts, the older first; with one, it is compared with the current generation
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
    /// What goes with this item
    #[arg(long, value_name = "ID", conflicts_with_all = ["basket", "all_customers"])]
    pub item: Option<String>,
    /// What is missing from these items
    #[arg(long, value_name = "ID,ID,…", value_delimiter = ',', conflicts_with = "all_customers")]
    pub basket: Option<Vec<String>>,
    /// What was looked at in this visit, oldest first
    #[arg(long, value_name = "ID,ID,…", value_delimiter = ',', conflicts_with = "all_customers")]
    pub session: Option<Vec<String>>,
    /// For every customer, one row each, to --out
    #[arg(long, requires = "out")]
    pub all_customers: bool,
    /// The file for all customers; its ending says how: .jsonl, .csv or .parquet. In .csv a text that begins as a formula
    /// gets an apostrophe in front; ids and prices never do
    #[arg(long, value_name = "FILE", requires = "all_customers")]
    pub out: Option<PathBuf>,
    /// How many items
    #[arg(long, default_value_t = 10, value_name = "N", value_parser = clap::value_parser!(u32).range(0..=1000))]
    pub n: u32,
    /// Where it will be shown [default: item_page with --item, basket with --basket, home with --session, else newsletter]
    #[arg(long)]
    pub placement: Option<Placement>,
    /// Never these items
    #[arg(long, value_name = "ID,ID,…", value_delimiter = ',')]
    pub exclude: Vec<String>,
    /// What the customer has beside what he bought here
    #[arg(long, value_name = "ID,ID,…", value_delimiter = ',', conflicts_with = "all_customers")]
    pub owned: Vec<String>,
    /// Only items of this condition in CEL, such as 'price < 50 && brand != "X"'
    #[arg(long, value_name = "CONDITION", conflicts_with = "all_customers")]
    pub filter: Option<String>,
    /// Rules that go before those the artifact was trained beside
    #[arg(long, value_name = "FILE", env = "ERBIJ_RULES")]
    pub rules: Option<PathBuf>,
    /// The language of reasons: nl or en
    #[arg(long, default_value = "nl")]
    pub language: Language,
    /// Name all that speaks for each item
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
    /// Rules that go before those the artifact was trained beside; read again when the file changes
    #[arg(long, value_name = "FILE", env = "ERBIJ_RULES")]
    pub rules: Option<PathBuf>,
    /// Threads that answer [default: one a core]
    #[arg(long, value_name = "N")]
    pub workers: Option<usize>,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct SimulateArgs {
    /// Customers with an account
    #[arg(long, default_value_t = 2_000, value_name = "N")]
    pub customers: u32,
    /// Items, before variants
    #[arg(long, default_value_t = 600, value_name = "M")]
    pub items: u32,
    /// Order lines, dirt included
    #[arg(long, default_value_t = 60_000, value_name = "L")]
    pub lines: u64,
    /// Days of history
    #[arg(long, default_value_t = 730, value_name = "D")]
    pub days: u32,
    /// The seed of all chance
    #[arg(long, default_value_t = 1, value_name = "S")]
    pub seed: u64,
    /// Share of lines that each kind of dirt spoils
    #[arg(long, default_value_t = 0.002, value_name = "SHARE")]
    pub dirt_share: f64,
    /// Share of accessory relations of which 30 to 60 % comes back; nothing else of the shop changes
    #[arg(long, default_value_t = 0.0, value_name = "SHARE")]
    pub returned_relations: f64,
    /// Share of orders without a customer
    #[arg(long, default_value_t = 0.02, value_name = "SHARE")]
    pub guests: f64,
    /// How much less every second item is wished for out of its season; at 1 not at all
    #[arg(long, default_value_t = 0.0, value_name = "STRENGTH")]
    pub season: f64,
    /// Share of wishes for what the customer bought before
    #[arg(long, default_value_t = 0.0, value_name = "SHARE")]
    pub habit: f64,
    /// Categories above the leaves [default: one for 120 items, at least three]
    #[arg(long, default_value_t = 0, value_name = "N", hide_default_value = true)]
    pub categories: u32,
    /// The folder the shop becomes
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
}
