//! Peers: what a reader would try first, asked beside the systems of a recipe under the same filters.
//!
//! Best sellers of the last days are a model of every recipe (`popularity`). The two here are no models of any: they are
//! fitted to what an engine knows of its customers, and a slate that they leave short is filled with best sellers, as is
//! that of a stranger. `docs/peers` judges those of other packages on the same pairs.

use std::cmp::Reverse;

use erbij_core::{CustomerIdx, HistoryScorer, ItemIdx, ScoreBoard};
use erbij_engine::{Engine, Query, Scratch};
use erbij_models::Incidence;

use crate::baselines::{ItemCosine, ItemCosineParams};

/// A system to be compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Peer {
    /// What the customer has in most orders, ties by how many bought it lately; then best sellers. For ways of asking that
    /// count repeats: without them it is best sellers.
    GpTopFreq,
    /// Items most like those of the history, by cosine over customers ([`ItemCosine`]); then best sellers.
    ItemCosine,
}

impl Peer {
    /// Its name in tables and JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::GpTopFreq => "gp_top_freq",
            Self::ItemCosine => "item_cosine",
        }
    }
}

/// The peers of one engine.
#[derive(Debug)]
pub(crate) struct Peers {
    histories: Incidence,
    cosine: ItemCosine,
}

impl Peers {
    /// Fits what has to be fitted: `Σ_u d_u²` additions, d_u being how many items customer u has.
    pub(crate) fn new(engine: &Engine) -> Self {
        let models = engine.models();
        let histories = Incidence::from_histories(&models.histories, models.catalogue.len(), usize::MAX);
        let cosine = ItemCosine::new(&ItemCosineParams::default(), &histories);
        Self { histories, cosine }
    }

    /// The slate of a peer for a query. `board` is empty, as wide as the catalogue, and left so.
    pub(crate) fn slate(
        &self,
        peer: Peer,
        engine: &Engine,
        query: &Query<'_>,
        (scratch, board): (&mut Scratch, &mut ScoreBoard),
    ) -> Vec<ItemIdx> {
        let own = query.person.customer().map(|customer| match peer {
            Peer::GpTopFreq => most_frequent(engine, customer),
            Peer::ItemCosine => self.nearest(customer, board),
        });
        let own = own.unwrap_or_default();
        engine.admitted(query, own.into_iter().chain(engine.best_sellers().iter().copied()), scratch)
    }

    /// All items that the history speaks for, best first.
    fn nearest(&self, customer: CustomerIdx, board: &mut ScoreBoard) -> Vec<ItemIdx> {
        let items = self.histories.items_of(customer.get());
        let history: Vec<ItemIdx> = items.iter().copied().map(ItemIdx::new).collect();
        self.cosine.score(&history, board);
        let mut scored: Vec<(ItemIdx, f64)> = board.take_unsorted().collect();
        scored.sort_unstable_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        scored.into_iter().map(|(item, _)| item).collect()
    }
}

/// What a customer bought, the most often ordered first, of equals what more people bought lately.
fn most_frequent(engine: &Engine, customer: CustomerIdx) -> Vec<ItemIdx> {
    let models = engine.models();
    let mut bought: Vec<_> = models
        .histories
        .purchases(customer)
        .map(|bought| {
            (Reverse(bought.n_orders), Reverse(models.popularity.n_people(bought.item)), bought.item)
        })
        .collect();
    bought.sort_unstable();
    bought.into_iter().map(|(_, _, item)| item).collect()
}

#[cfg(test)]
mod tests;
