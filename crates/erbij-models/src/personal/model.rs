//! The fitted personal model: item–item weights that score any history.

use erbij_core::{ItemIdx, Score};

use crate::neighbours::Neighbours;
use crate::score_board::ScoreBoard;

/// Item–item weights, rows summing to one. Scores any list of items: a customer's, a basket's, a visit's;
/// so what happened a second ago counts without retraining.
#[derive(Clone, Debug, PartialEq)]
pub struct Personal {
    weights: Neighbours,
}

impl Personal {
    /// Takes weights, each row by item.
    pub fn new(weights: Neighbours) -> Self {
        Self { weights }
    }

    /// Adds to the board, for every item reachable from the history, the sum over the history of the weight
    /// from each of its items: `score(i) = Σ_j w_ji`. O(|history| · k) additions.
    pub fn score(&self, history: impl IntoIterator<Item = ItemIdx>, board: &mut ScoreBoard) {
        for item in history {
            let (items, weights) = self.weights.row(item);
            board.add_row(items, weights);
        }
    }

    /// Which item of a history speaks most for a recommended one, and how much: the reason to give.
    /// The first of equals. O(|history| · log k).
    pub fn strongest_reason(
        &self,
        history: impl IntoIterator<Item = ItemIdx>,
        recommended: ItemIdx,
    ) -> Option<(ItemIdx, Score)> {
        let mut best: Option<(ItemIdx, Score)> = None;
        for item in history {
            let (items, weights) = self.weights.row(item);
            let Ok(at) = items.binary_search(&recommended.get()) else { continue };
            let Some(weight) = Score::new(weights[at]) else { continue };
            if best.is_none_or(|(_, so_far)| so_far < weight) {
                best = Some((item, weight));
            }
        }
        best
    }

    /// The weights.
    pub fn weights(&self) -> &Neighbours {
        &self.weights
    }
}
