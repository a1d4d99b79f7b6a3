//! What a slate is worth: one metric a file, each a pure function with its formula and a worked value.
//!
//! A metric of one customer takes a ranking, best first and without repeats, and the relevant items, rising
//! (what was bought within the horizon). It looks at the first `k` of the ranking; a shorter ranking counts
//! as one whose remaining places hold nothing relevant. Where a metric means nothing, mostly because the
//! customer has no relevant item, it is `None`: such a customer is left out of the mean, never counted as 0.
//!
//! Papers use one name for several denominators, so each has its own name here: [`recall_at_k`] divides by
//! all relevant items, [`capped_recall_at_k`] by those that fit; [`ndcg_at_k`] cuts the ideal list at `k`,
//! [`ndcg_at_k_ideal_uncut`] does not.
//!
//! Cost: O(k · log relevant) a customer for the ones about hits, O(k²) for diversity.

mod average_precision_at_k;
mod capped_recall_at_k;
mod catalogue_coverage;
mod gini;
mod hit_rate_at_k;
mod intra_list_diversity;
mod mrr_at_k;
mod ndcg_at_k;
mod novelty;
mod precision_at_k;
mod recall_at_k;
mod registry;
mod repeat_explore;
mod serendipity;
mod share_of_most_shown;
mod share_of_top_percent;

pub use average_precision_at_k::average_precision_at_k;
pub use capped_recall_at_k::capped_recall_at_k;
pub use catalogue_coverage::{catalogue_coverage, exposure_counts};
pub use gini::gini;
pub use hit_rate_at_k::hit_rate_at_k;
pub use intra_list_diversity::{category_diversity, intra_list_diversity};
pub use mrr_at_k::mrr_at_k;
pub use ndcg_at_k::{ndcg_at_k, ndcg_at_k_ideal_uncut};
pub use novelty::novelty;
pub use precision_at_k::precision_at_k;
pub use recall_at_k::recall_at_k;
pub use registry::{
    CustomerCase, ItemFacts, Metric, MetricAtK, ParseMetricError, Scope, value_of_catalogue,
    values_of_customer,
};
pub use repeat_explore::{RepeatExplore, repeat_explore_recall_at_k};
pub use serendipity::serendipity;
pub use share_of_most_shown::share_of_most_shown;
pub use share_of_top_percent::share_of_top_percent;

use erbij_core::ItemIdx;

/// The ranks, from 1, at which the first `k` of a ranking are relevant.
fn hit_ranks<'a>(
    ranking: &'a [ItemIdx],
    relevant: &'a [ItemIdx],
    k: usize,
) -> impl Iterator<Item = usize> + 'a {
    debug_assert!(relevant.is_sorted(), "relevant items rise");
    let places = ranking.iter().take(k).zip(1..);
    places.filter_map(|(item, rank)| relevant.binary_search(item).ok().map(|_| rank))
}

/// Whether a metric about hits means something: something is relevant and a place is looked at.
fn is_defined(relevant: &[ItemIdx], k: usize) -> bool {
    !relevant.is_empty() && 0 < k
}

/// Short hand for tests.
#[cfg(test)]
fn items<const N: usize>(numbers: [u32; N]) -> [ItemIdx; N] {
    numbers.map(ItemIdx::new)
}

#[cfg(test)]
mod tests;
