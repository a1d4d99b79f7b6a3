//! Is a new artifact worse than the live one? Figures, not feelings.

use std::fmt;

use erbij_core::ItemIdx;
use erbij_recipe::ModelSet;
use serde::Serialize;

use crate::open::Artifact;

/// An item with this many related items fills a row on a page.
const ROW_OF_ITEMS: usize = 5;

/// What a guard found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct GuardResult {
    /// What it looks at.
    pub guard: &'static str,
    /// The figure of the new artifact.
    pub candidate: u64,
    /// The figure of the live one, where there is one that opens.
    pub current: Option<u64>,
    /// What the figure must be.
    pub rule: &'static str,
    /// Whether it is.
    pub passed: bool,
}

impl fmt::Display for GuardResult {
    /// `n_items is 40, live is 100, expected at least half of it`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is {}, ", self.guard, self.candidate)?;
        if let Some(current) = self.current {
            write!(f, "live is {current}, ")?;
        }
        write!(f, "expected {}", self.rule)
    }
}

/// Compares an artifact with the live one; without a live one, only what needs none. That no item is its own
/// neighbour and every score is finite needs no guard: such a model set does not open.
pub(crate) fn guards(candidate: &Artifact, current: Option<&Artifact>) -> Vec<GuardResult> {
    let counts = candidate.manifest.counts;
    let n_lists = counts.n_affinity_pairs + counts.n_personal_weights;
    let mut results = vec![GuardResult {
        guard: "n_affinity_pairs + n_personal_weights",
        candidate: n_lists,
        current: current.map(|current| {
            current.manifest.counts.n_affinity_pairs + current.manifest.counts.n_personal_weights
        }),
        rule: "above 0: every list is empty",
        passed: 0 < n_lists,
    }];
    let Some(current) = current else { return results };
    let live = current.manifest.counts;
    let mut compare = |guard, candidate: u64, current: u64, rule, passed| {
        results.push(GuardResult { guard, candidate, current: Some(current), rule, passed });
    };
    let at_least = |percent: u128, new: u64, old: u64| u128::from(old) * percent <= u128::from(new) * 100;
    let (new, old) = (n_items_covered(&candidate.model_set), n_items_covered(&current.model_set));
    compare("items with 5 related items or more", new, old, "at least 97 % of it", at_least(97, new, old));
    let (new, old) = (counts.n_items, live.n_items);
    compare("n_items", new, old, "at least half of it", at_least(50, new, old));
    let (new, old) = (counts.n_customers, live.n_customers);
    compare("n_customers", new, old, "at least half of it", at_least(50, new, old));
    let (new, old) = (candidate.manifest.erasure_epoch, current.manifest.erasure_epoch);
    compare("erasure_epoch", new, old, "at least as much", old <= new);
    results
}

/// How many items have enough related items to fill a row.
fn n_items_covered(model_set: &ModelSet) -> u64 {
    let n_items = model_set.catalogue.len() as u32;
    let covered = |item: &u32| ROW_OF_ITEMS <= model_set.affinity.related(ItemIdx::new(*item)).len();
    (0..n_items).filter(covered).count() as u64
}
