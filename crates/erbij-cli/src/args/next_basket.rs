//! What can be said to `erbij benchmark next-basket`.

use std::path::PathBuf;

use clap::Args as ClapArgs;

pub(super) const NEXT_BASKET_HELP: &str = r#"Examples:
  erbij benchmark next-basket --history tafeng_history.json --future tafeng_future.json --model gp_top_freq
  erbij benchmark next-basket --history tafeng_history.json --future tafeng_future.json \
    --keyset keyset_0.json --keyset keyset_1.json --model tifu_knn --set alpha=0.05 --set neighbours=100
  erbij benchmark next-basket --history tafeng_history.json --future tafeng_future.json \
    --keyset keyset_0.json --learn-next-baskets --model repeat --set half_lives_days=[3]

The protocol is that of the Next Basket Reality Check: the last basket is foretold from those before it, nothing is
masked. ndcg_at_k has an ideal list as long as the basket, as published; ndcg_at_k_ideal_cut has it cut at k.
Histories and futures are {"customer": [[-1], [item, …], …, [-1]]}; a keyset is {"train": ["customer", …], "val": […],
"test": […]}. All histories are known, as they are to a shop. tifu_knn looks for neighbours among the customers of
train; without a keyset, among all others. The files have no dates: for repeat, a customer's baskets lie a day apart
and the next one a day after the last. What can be set: for tifu_knn neighbours, within_decay, group_decay, alpha,
groups; for repeat the table [repeat] of a recipe."#;

/// What `benchmark next-basket` can measure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
#[value(rename_all = "snake_case")]
pub(crate) enum NextBasketModel {
    /// What everybody bought most often
    GTopFreq,
    /// What the customer bought most often
    PTopFreq,
    /// What the customer bought most often, then what everybody did
    GpTopFreq,
    /// Decayed frequency, mixed with that of the nearest customers
    TifuKnn,
    /// Strengths that fade, what follows what, and what is popular
    Repeat,
}

impl NextBasketModel {
    /// The spelling on the command line.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::GTopFreq => "g_top_freq",
            Self::PTopFreq => "p_top_freq",
            Self::GpTopFreq => "gp_top_freq",
            Self::TifuKnn => "tifu_knn",
            Self::Repeat => "repeat",
        }
    }
}

/// Who is judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
#[value(rename_all = "snake_case")]
pub(crate) enum NextBasketPart {
    /// Customers of test
    Test,
    /// Customers of val, by whom parameters are chosen
    Val,
    /// Everybody
    All,
}

impl NextBasketPart {
    /// The spelling on the command line.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Test => "test",
            Self::Val => "val",
            Self::All => "all",
        }
    }
}

#[derive(Debug, ClapArgs)]
pub(crate) struct NextBasketArgs {
    /// What customers bought, basket by basket
    #[arg(long, value_name = "FILE")]
    pub history: PathBuf,
    /// The basket that came next
    #[arg(long, value_name = "FILE")]
    pub future: PathBuf,
    /// Whom is learned from and who is judged; of several, the mean is printed [default: all customers are judged]
    #[arg(long, value_name = "FILE")]
    pub keyset: Vec<PathBuf>,
    /// Which model
    #[arg(long, value_enum, value_name = "NAME")]
    pub model: NextBasketModel,
    /// A parameter of the model; may be repeated
    #[arg(long, value_name = "KEY=VALUE")]
    pub set: Vec<String>,
    /// With --keyset: who is judged
    #[arg(long, value_enum, default_value_t = NextBasketPart::Test, value_name = "PART", requires = "keyset")]
    pub part: NextBasketPart,
    /// With --keyset and repeat: learn from the next baskets of train too, as methods that are trained do
    #[arg(long, requires = "keyset")]
    pub learn_next_baskets: bool,
    /// Write all figures as JSON
    #[arg(long, value_name = "FILE")]
    pub json: Option<PathBuf>,
}
