//! The fitted ranking of what to show beside an item, with the evidence behind each pair.

use arrow_buffer::ScalarBuffer;
use erbij_core::{ItemIdx, ModelError, Neighbours, check_len};

use crate::related::{BasketWeights, RelatedWeights};

/// The columns of [`Related`], as an artifact stores them, a value a pair.
#[derive(Clone, Debug, PartialEq)]
pub struct RelatedColumns {
    /// Per anchor its related items, the likeliest first, each with its probability.
    pub neighbours: Neighbours,
    /// Orders with both; 0 where too few people stand behind the pair.
    pub cooccurrences: ScalarBuffer<u32>,
    /// Distinct people behind them.
    pub customers: ScalarBuffer<u32>,
    /// The weight of the item–item model as a share of the largest of the anchor; 0 where it has none.
    pub walks: ScalarBuffer<f32>,
}

/// What ranks the related items of a whole basket.
#[derive(Clone, Debug, PartialEq)]
pub struct BasketRanking {
    /// A value a pair: the share of orders with the anchor that hold the other too, drawn towards its share of all orders.
    pub shares: ScalarBuffer<f32>,
    /// A value a pair: the log-likelihood ratio `G²` where they meet more than by chance, else 0.
    pub log_likelihood_ratios: ScalarBuffer<f32>,
    /// A value a pair: the shrunk log-lift; 0 where too few people stand behind the pair.
    pub log_lifts: ScalarBuffer<f32>,
    /// What each thing known of a candidate is worth.
    pub weights: BasketWeights,
}

/// What orders taught of ranking related items.
#[derive(Clone, Debug, PartialEq)]
pub struct RelatedLessons {
    /// Beside one item.
    pub item: RelatedWeights,
    /// Beside a basket.
    pub basket: BasketWeights,
}

impl RelatedLessons {
    /// What other shops taught.
    pub fn of_other_shops() -> Self {
        Self { item: RelatedWeights::of_other_shops(), basket: BasketWeights::of_other_shops() }
    }
}

/// Per anchor its related items by the probability that they are ordered with it, and what is known of each pair.
///
/// Shape `(n_items, n_items)`, at most `neighbours` a row, 32 bytes a pair.
#[derive(Clone, Debug, PartialEq)]
pub struct Related {
    columns: RelatedColumns,
    weights: RelatedWeights,
    baskets: Option<BasketRanking>,
}

/// One related item and what speaks for it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RelatedPair {
    /// The related item.
    pub item: ItemIdx,
    /// The estimated probability that it is in an order with the anchor.
    pub probability: f32,
    /// Orders with both; 0 where too few people stand behind the pair.
    pub cooccurrence: u32,
    /// Distinct people behind them, each guest order one more.
    pub customers: u32,
    /// What customers tell who bought both at any time: the item–item model's weight as a share of the anchor's largest.
    pub walks: f32,
    /// The share of the anchor's orders that hold it too, drawn towards its share of all; 0 where baskets are not ranked.
    pub share: f32,
    /// The log-likelihood ratio of their orders, 0 where they do not meet more than by chance or baskets are not ranked.
    pub log_likelihood_ratio: f32,
    /// The shrunk log-lift of their orders, likewise.
    pub log_lift: f32,
}

impl Related {
    /// Takes columns and weights as a model; every rule is checked. An older artifact ranks no baskets.
    pub fn new(
        columns: RelatedColumns,
        weights: RelatedWeights,
        baskets: Option<BasketRanking>,
    ) -> Result<Self, ModelError> {
        let n_pairs = columns.neighbours.n_values();
        check_len("cooccurrences", columns.cooccurrences.len(), n_pairs)?;
        check_len("customers", columns.customers.len(), n_pairs)?;
        check_len("walks", columns.walks.len(), n_pairs)?;
        let (rows, _, probabilities) = columns.neighbours.columns();
        let is_share = |share: &f32| (0.0..=1.0).contains(share);
        for row in 0..rows.n_rows() {
            let pairs = rows.range(row);
            if !probabilities[pairs.clone()].iter().chain(&columns.walks[pairs]).all(is_share) {
                return Err(ModelError::Row { row, rule: "probabilities and shares lie between 0 and 1" });
            }
        }
        if let Some(BasketRanking { shares, log_likelihood_ratios, log_lifts, .. }) = &baskets {
            check_len("shares", shares.len(), n_pairs)?;
            check_len("log_likelihood_ratios", log_likelihood_ratios.len(), n_pairs)?;
            check_len("log_lifts", log_lifts.len(), n_pairs)?;
            let is_measure = |value: &f32| 0.0 <= *value && value.is_finite();
            for row in 0..rows.n_rows() {
                let pairs = rows.range(row);
                let measures = log_likelihood_ratios[pairs.clone()].iter().chain(&log_lifts[pairs.clone()]);
                if !measures.chain(&shares[pairs]).all(is_measure) {
                    return Err(ModelError::Row { row, rule: "measures are finite and not below 0" });
                }
            }
        }
        Ok(Self { columns, weights, baskets })
    }

    /// The related items of an anchor, the likeliest first.
    pub fn of(&self, anchor: ItemIdx) -> impl ExactSizeIterator<Item = RelatedPair> + '_ {
        let RelatedColumns { neighbours, cooccurrences, customers, walks } = &self.columns;
        let (_, items, scores) = neighbours.columns();
        let of_basket = |column: fn(&BasketRanking) -> &ScalarBuffer<f32>, at: usize| {
            self.baskets.as_ref().map_or(0.0, |baskets| column(baskets)[at])
        };
        neighbours.rows().range(anchor.index()).map(move |at| RelatedPair {
            item: ItemIdx::new(items[at]),
            probability: scores[at],
            cooccurrence: cooccurrences[at],
            customers: customers[at],
            walks: walks[at],
            share: of_basket(|baskets| &baskets.shares, at),
            log_likelihood_ratio: of_basket(|baskets| &baskets.log_likelihood_ratios, at),
            log_lift: of_basket(|baskets| &baskets.log_lifts, at),
        })
    }

    /// What is known of one pair; none where it is not kept. O(neighbours).
    pub fn pair(&self, anchor: ItemIdx, item: ItemIdx) -> Option<RelatedPair> {
        self.of(anchor).find(|pair| pair.item == item)
    }

    /// What each thing known of a pair is worth.
    pub fn weights(&self) -> &RelatedWeights {
        &self.weights
    }

    /// What ranks the related items of a basket, where the artifact is young enough.
    pub fn baskets(&self) -> Option<&BasketRanking> {
        self.baskets.as_ref()
    }

    /// The columns, as an artifact stores them.
    pub fn columns(&self) -> &RelatedColumns {
        &self.columns
    }
}
