//! An item × item table of what the broad tastes of customers say: a low-pass filter over lists.
//!
//! A regression on neighbours sees pairs that were bought together. Two items that were not, but whose buyers
//! share a taste, are near in the leading singular vectors of the lists: with `X` the lists, `|h_u|` their
//! lengths and `p_i` how many hold an item (1 for an item in none),
//!
//! ```text
//! Y    = diag(|h_u|^−½) X diag(p_i^−½)
//! V    = the leading right singular vectors of Y; v_i its row of item i
//! T_ji = p_j^−½ (v_j · v_i) p_i^½,  T_jj = 0
//! ```
//!
//! `Σ_j T_ji` over a history is the ideal low-pass filter of Shen et al., "How Powerful is Graph Convolution for
//! Recommendation?", CIKM 2021 (GF-CF, §4.2). Singular values do not weigh: a taste counts in full or not at all.
//!
//! Cost: a few times `n_entries · n_factors` and `n_items · n_factors²` for `V` ([`svd`]), and
//! `n_items² · n_factors` multiply-adds for `T` ([`table`]): quadratic in the catalogue.

mod lists;
mod svd;
mod table;
#[cfg(test)]
mod tests;

use erbij_core::{Neighbours, Progress};

use crate::weighted_incidence::WeightedIncidence;
use lists::NormalisedLists;
pub(crate) use table::plus_scaled;

/// What the table is made of; checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SpectralTable {
    /// Singular vectors; fewer where the lists have fewer.
    pub(crate) n_factors: usize,
    /// Largest values by amount kept of each row.
    pub(crate) neighbours: usize,
    /// Of the random start.
    pub(crate) seed: u64,
}

impl SpectralTable {
    /// Fits the table: row `j` holds `T_ji`. Every list of some weight counts alike, an attribute's too.
    pub(crate) fn fit(self, data: &WeightedIncidence, progress: &dyn Progress) -> Neighbours {
        let lists = NormalisedLists::new(data);
        let vectors = svd::right_singular_vectors(&lists, self.n_factors, self.seed, progress);
        table::strongest_of_rows(&vectors, &lists.popularity_roots(), self.neighbours, progress)
    }
}
