//! Metrics by name: what a settings file asks for and a report's columns are called.

use std::fmt;
use std::str::FromStr;

use erbij_core::{CategoryIdx, ItemIdx, nearest};
use serde::{Deserialize, Serialize};

use super::{
    average_precision_at_k, capped_recall_at_k, catalogue_coverage, category_diversity, gini, hit_rate_at_k,
    intra_list_diversity, mrr_at_k, ndcg_at_k, ndcg_at_k_ideal_uncut, novelty, precision_at_k, recall_at_k,
    repeat_explore_recall_at_k, serendipity, share_of_most_shown, share_of_top_percent,
};

/// What of the catalogue [`Metric::ShareOfTopTenth`] looks at.
const TENTH_PERCENT: u32 = 10;

/// How many items [`Metric::ShareOfTenMostShown`] looks at.
const MOST_SHOWN_ITEMS: usize = 10;

/// What can be measured; with a cut it is a [`MetricAtK`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Metric {
    /// [`recall_at_k`].
    Recall,
    /// [`capped_recall_at_k`].
    CappedRecall,
    /// [`precision_at_k`].
    Precision,
    /// [`ndcg_at_k`].
    Ndcg,
    /// [`ndcg_at_k_ideal_uncut`].
    NdcgIdealUncut,
    /// [`hit_rate_at_k`].
    HitRate,
    /// [`mrr_at_k`].
    Mrr,
    /// [`average_precision_at_k`].
    AveragePrecision,
    /// The repeat half of [`repeat_explore_recall_at_k`].
    RepeatRecall,
    /// The explore half of [`repeat_explore_recall_at_k`].
    ExploreRecall,
    /// [`novelty`].
    Novelty,
    /// [`intra_list_diversity`].
    IntraListDiversity,
    /// [`category_diversity`].
    CategoryDiversity,
    /// [`serendipity`].
    Serendipity,
    /// [`catalogue_coverage`].
    CatalogueCoverage,
    /// [`gini`].
    Gini,
    /// [`share_of_top_percent`] of the most shown 10 % of the catalogue.
    ShareOfTopTenth,
    /// [`share_of_most_shown`] of ten items.
    ShareOfTenMostShown,
}

/// What one value of a metric is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Each customer has a value; what is reported is their mean.
    Customer,
    /// All slates together have one.
    Catalogue,
}

impl Metric {
    /// All, in the order of a report.
    pub const ALL: [Self; 18] = [
        Self::Recall,
        Self::CappedRecall,
        Self::Precision,
        Self::Ndcg,
        Self::NdcgIdealUncut,
        Self::HitRate,
        Self::Mrr,
        Self::AveragePrecision,
        Self::RepeatRecall,
        Self::ExploreRecall,
        Self::Novelty,
        Self::IntraListDiversity,
        Self::CategoryDiversity,
        Self::Serendipity,
        Self::CatalogueCoverage,
        Self::Gini,
        Self::ShareOfTopTenth,
        Self::ShareOfTenMostShown,
    ];

    /// Its name in settings, JSON and columns.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Recall => "recall",
            Self::CappedRecall => "capped_recall",
            Self::Precision => "precision",
            Self::Ndcg => "ndcg",
            Self::NdcgIdealUncut => "ndcg_ideal_uncut",
            Self::HitRate => "hit_rate",
            Self::Mrr => "mrr",
            Self::AveragePrecision => "average_precision",
            Self::RepeatRecall => "repeat_recall",
            Self::ExploreRecall => "explore_recall",
            Self::Novelty => "novelty",
            Self::IntraListDiversity => "intra_list_diversity",
            Self::CategoryDiversity => "category_diversity",
            Self::Serendipity => "serendipity",
            Self::CatalogueCoverage => "catalogue_coverage",
            Self::Gini => "gini",
            Self::ShareOfTopTenth => "share_of_top_tenth",
            Self::ShareOfTenMostShown => "share_of_ten_most_shown",
        }
    }

    /// Its name for people.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Recall => "Recall",
            Self::CappedRecall => "Capped recall",
            Self::Precision => "Precision",
            Self::Ndcg => "NDCG",
            Self::NdcgIdealUncut => "NDCG, ideal not cut",
            Self::HitRate => "Hit rate",
            Self::Mrr => "MRR",
            Self::AveragePrecision => "MAP",
            Self::RepeatRecall => "Recall of repeats",
            Self::ExploreRecall => "Recall of first buys",
            Self::Novelty => "Novelty (bits)",
            Self::IntraListDiversity => "Diversity",
            Self::CategoryDiversity => "Diversity of categories",
            Self::Serendipity => "Serendipity",
            Self::CatalogueCoverage => "Catalogue coverage",
            Self::Gini => "Gini",
            Self::ShareOfTopTenth => "Share of top tenth",
            Self::ShareOfTenMostShown => "Share of ten most shown",
        }
    }

    /// What one value of it is about.
    pub const fn scope(self) -> Scope {
        match self {
            Self::CatalogueCoverage | Self::Gini | Self::ShareOfTopTenth | Self::ShareOfTenMostShown => {
                Scope::Catalogue
            }
            _ => Scope::Customer,
        }
    }

    /// Whether the better of two systems has the higher value; false for measures of concentration.
    pub const fn higher_is_better(self) -> bool {
        !matches!(self, Self::Gini | Self::ShareOfTopTenth | Self::ShareOfTenMostShown)
    }
}

/// A metric and its cut, spelled `ndcg_at_10` in settings and JSON.
///
/// ```
/// use erbij_evaluate::metrics::{Metric, MetricAtK};
/// let metric: MetricAtK = "ndcg_at_10".parse().unwrap();
/// assert_eq!(metric, MetricAtK { metric: Metric::Ndcg, k: 10 });
/// assert_eq!(metric.to_string(), "ndcg_at_10");
/// assert_eq!(metric.title(), "NDCG@10");
/// let error = "ndgc_at_10".parse::<MetricAtK>().unwrap_err();
/// assert_eq!(error.to_string(), "unknown metric `ndgc_at_10`; did you mean `ndcg_at_10`?");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct MetricAtK {
    /// What is measured.
    pub metric: Metric,
    /// How many places are looked at; at least 1.
    pub k: usize,
}

impl MetricAtK {
    /// Its name for people.
    pub fn title(self) -> String {
        format!("{}@{}", self.metric.title(), self.k)
    }
}

impl fmt::Display for MetricAtK {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}_at_{}", self.metric.name(), self.k)
    }
}

impl From<MetricAtK> for String {
    fn from(metric: MetricAtK) -> Self {
        metric.to_string()
    }
}

impl TryFrom<String> for MetricAtK {
    type Error = ParseMetricError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

/// A text that is no metric with its cut.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParseMetricError {
    /// There is no such metric, but one of a similar name.
    #[error("unknown metric `{found}`; did you mean `{nearest}`?")]
    Misspelt {
        /// What stood there.
        found: String,
        /// What was probably meant.
        nearest: String,
    },
    /// There is no such metric.
    #[error("unknown metric `{found}`; known are `{}`, each with its cut as in `ndcg_at_10`", known())]
    Unknown {
        /// What stood there.
        found: String,
    },
    /// The metric is known, but not how many places it looks at.
    #[error("`{found}` has no cut: write `{}_at_10` for the first ten places", metric.name())]
    NoCut {
        /// What stood there.
        found: String,
        /// The metric that was named.
        metric: Metric,
    },
}

fn known() -> String {
    Metric::ALL.map(Metric::name).join("`, `")
}

impl FromStr for MetricAtK {
    type Err = ParseMetricError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (name, cut) = text.rsplit_once("_at_").unwrap_or((text, ""));
        let found = text.to_owned();
        let Some(metric) = Metric::ALL.into_iter().find(|metric| metric.name() == name) else {
            return Err(match nearest(name, Metric::ALL.iter().map(|metric| metric.name())) {
                Some(nearest) => {
                    let cut = cut.parse().ok().filter(|&k: &usize| 0 < k).unwrap_or(10);
                    ParseMetricError::Misspelt { found, nearest: format!("{nearest}_at_{cut}") }
                }
                None => ParseMetricError::Unknown { found },
            });
        };
        // `parse` alone would take `+5` and `05`, and then one metric would have two names.
        match cut.parse() {
            Ok(k) if 0 < k && format!("{k}") == cut => Ok(Self { metric, k }),
            _ => Err(ParseMetricError::NoCut { found, metric }),
        }
    }
}

/// One customer's slate, and what is needed to judge it.
#[derive(Clone, Copy, Debug)]
pub struct CustomerCase<'a> {
    /// What was recommended, best first, each item once.
    pub ranking: &'a [ItemIdx],
    /// What was bought within the horizon, rising.
    pub relevant: &'a [ItemIdx],
    /// What was bought before the cutoff, rising.
    pub bought_before: &'a [ItemIdx],
    /// What popularity alone would have recommended to this customer, best first, through the same filters.
    pub popular: &'a [ItemIdx],
}

/// What is known of the items, the same for every customer.
#[derive(Clone, Copy)]
pub struct ItemFacts<'a> {
    /// How many customers bought each item before the cutoff; one value an item.
    pub n_buyers: &'a [u32],
    /// How many customers bought anything before the cutoff.
    pub n_customers: u32,
    /// How alike two items are, 0 to 1, symmetric.
    pub similarity: &'a (dyn Fn(ItemIdx, ItemIdx) -> f64 + Sync),
    /// The category of an item, where it has one.
    pub category_of: &'a (dyn Fn(ItemIdx) -> Option<CategoryIdx> + Sync),
}

/// All wanted values of one customer, in the order they are wanted.
///
/// None where a value means nothing for this customer, and for metrics of scope [`Scope::Catalogue`].
pub fn values_of_customer(
    wanted: &[MetricAtK],
    case: &CustomerCase<'_>,
    facts: &ItemFacts<'_>,
) -> Vec<Option<f64>> {
    // A sum of nothing is minus zero, and would be written so.
    wanted.iter().map(|&metric| value_of_customer(metric, case, facts).map(|value| value + 0.0)).collect()
}

fn value_of_customer(metric: MetricAtK, case: &CustomerCase<'_>, facts: &ItemFacts<'_>) -> Option<f64> {
    let k = metric.k;
    let CustomerCase { ranking, relevant, bought_before, popular } = *case;
    match metric.metric {
        Metric::Recall => recall_at_k(ranking, relevant, k),
        Metric::CappedRecall => capped_recall_at_k(ranking, relevant, k),
        Metric::Precision => precision_at_k(ranking, relevant, k),
        Metric::Ndcg => ndcg_at_k(ranking, relevant, k),
        Metric::NdcgIdealUncut => ndcg_at_k_ideal_uncut(ranking, relevant, k),
        Metric::HitRate => hit_rate_at_k(ranking, relevant, k),
        Metric::Mrr => mrr_at_k(ranking, relevant, k),
        Metric::AveragePrecision => average_precision_at_k(ranking, relevant, k),
        Metric::RepeatRecall => repeat_explore_recall_at_k(ranking, relevant, bought_before, k).repeat,
        Metric::ExploreRecall => repeat_explore_recall_at_k(ranking, relevant, bought_before, k).explore,
        Metric::Novelty => novelty(ranking, k, facts.n_buyers, facts.n_customers),
        Metric::IntraListDiversity => intra_list_diversity(ranking, k, facts.similarity),
        Metric::CategoryDiversity => category_diversity(ranking, k, facts.category_of),
        Metric::Serendipity => serendipity(ranking, relevant, popular, k),
        Metric::CatalogueCoverage | Metric::Gini | Metric::ShareOfTopTenth | Metric::ShareOfTenMostShown => {
            None
        }
    }
}

/// The value of a metric over all slates, from [`super::exposure_counts`] at the metric's cut.
///
/// None where it means nothing, and for metrics of scope [`Scope::Customer`].
pub fn value_of_catalogue(metric: Metric, exposures: &[u64]) -> Option<f64> {
    match metric {
        Metric::CatalogueCoverage => catalogue_coverage(exposures),
        Metric::Gini => gini(exposures),
        Metric::ShareOfTopTenth => share_of_top_percent(exposures, TENTH_PERCENT),
        Metric::ShareOfTenMostShown => share_of_most_shown(exposures, MOST_SHOWN_ITEMS),
        _ => None,
    }
}
