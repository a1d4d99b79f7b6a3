//! Whether a fit is to be believed: a likelihood has a greatest value on any data, which need not mean anything.

use serde::{Deserialize, Serialize};

use crate::lifetime::columns::{LifetimeColumns, NEVER};
use crate::lifetime::estimate::Estimate;
use crate::lifetime::params::LifetimeModelKind;
use crate::lifetime::purchase_process::PurchaseProcess;
use crate::lifetime::record::BuyingRecord;

/// Errors of a parameter's logarithm beyond this leave it unknown: a factor of twenty either way.
const MAX_LN_ERROR: f64 = 3.0;
/// Where fewer have left than this, leaving was not seen.
const MIN_SHARE_GONE: f64 = 0.05;
/// The history was cut at its beginning where at least so many customers were first seen in the first of its days …
const MIN_SHARE_EARLY: f64 = 0.5;
/// … of which there are as many as this share of all …
const EARLY_DAYS: f64 = 0.1;
/// … and these buy so many times as often as those who were first seen later, of whom there are enough to compare.
const EARLY_BUY_MORE: f64 = 1.5;
const MIN_LATER: usize = 20;

/// Why no fitted process is believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LifetimeDoubt {
    /// The likelihood rises to the edge of what parameters may be, or has no peak there.
    AtEdge,
    /// The likelihood is flat: a parameter could be twenty times as large or as small.
    Flat,
    /// By the fit hardly anybody has left.
    NobodyLeaves,
    /// Customers were first seen when the history begins, and had bought before: how long they have been there is not known.
    CutAtStart,
}

impl LifetimeDoubt {
    /// A sentence without a subject: "… because".
    pub const fn because(self) -> &'static str {
        match self {
            Self::AtEdge => "the likelihood has no peak within what parameters may be",
            Self::Flat => {
                "the likelihood is flat, so that a parameter could be twenty times as large or as small"
            }
            Self::NobodyLeaves => "by the fit hardly anybody has left",
            Self::CutAtStart => {
                "most customers were first seen when the history begins and buy more often than those who came later: \
                 they had bought before"
            }
        }
    }
}

/// What speaks against a fit; nothing of NBD with a peak, by which nobody is meant to leave.
pub(super) fn doubt(
    estimate: &Estimate<PurchaseProcess>,
    records: &[BuyingRecord],
    columns: &LifetimeColumns,
) -> Option<LifetimeDoubt> {
    let process = &estimate.model;
    let Some(errors) = &estimate.standard_errors else { return Some(LifetimeDoubt::AtEdge) };
    let parameters = process.parameters();
    if errors.iter().zip(&parameters).any(|(error, value)| MAX_LN_ERROR * value < *error) {
        return Some(LifetimeDoubt::Flat);
    }
    if process.kind() == LifetimeModelKind::Nbd {
        return None;
    }
    let n_gone: f64 = records.iter().map(|record| 1.0 - process.p_alive(record)).sum();
    if n_gone < MIN_SHARE_GONE * records.len() as f64 {
        return Some(LifetimeDoubt::NobodyLeaves);
    }
    is_cut_at_start(columns, records).then_some(LifetimeDoubt::CutAtStart)
}

fn is_cut_at_start(columns: &LifetimeColumns, records: &[BuyingRecord]) -> bool {
    let firsts = || columns.first_bought_on.iter().copied().filter(|&first| first != NEVER);
    let last = columns.last_bought_on.iter().copied().max().unwrap_or(NEVER);
    let Some(start) = firsts().min() else { return false };
    let early_until = f64::from(start) + EARLY_DAYS * (f64::from(last) - f64::from(start));
    let (mut n_customers, mut n_repeats, mut n_weeks) = ([0; 2], [0.0; 2], [0.0; 2]);
    // Records are those of the customers who have bought, in their order.
    for (first, record) in firsts().zip(records) {
        let is_later = usize::from(early_until < f64::from(first));
        n_customers[is_later] += 1;
        n_repeats[is_later] += f64::from(record.n_repeats());
        n_weeks[is_later] += record.observed_weeks();
    }
    let [n_early, n_later] = n_customers;
    let are_most = MIN_SHARE_EARLY * records.len() as f64 <= n_early as f64;
    // Rates compared without dividing by weeks that may be none.
    let buy_more = EARLY_BUY_MORE * n_repeats[1] * n_weeks[0] < n_repeats[0] * n_weeks[1];
    are_most && MIN_LATER <= n_later && buy_more
}
