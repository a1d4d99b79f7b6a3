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

    /// Which item of a history speaks most for each recommended one, and how much: the reasons to give. The
    /// first of equals. `recommended` must rise, and so does the walk over each row, which ends at the last
    /// of them: what is recommended is popular as a rule, and popular items lie at the front. O(|history| · k)
    /// at the worst.
    pub fn strongest_reasons(
        &self,
        history: &[ItemIdx],
        recommended: &[ItemIdx],
    ) -> Vec<Option<(ItemIdx, Score)>> {
        debug_assert!(recommended.is_sorted(), "rows are walked once, from the front");
        let mut best: Vec<Option<(ItemIdx, Score)>> = vec![None; recommended.len()];
        for &item in history {
            let (items, weights) = self.weights.row(item);
            let mut row = items.iter().zip(weights).peekable();
            for (best, wanted) in best.iter_mut().zip(recommended) {
                while row.next_if(|&(&other, _)| other < wanted.get()).is_some() {}
                let Some(&(&other, &weight)) = row.peek() else { break };
                let Some(weight) = Score::new(weight).filter(|_| other == wanted.get()) else { continue };
                if best.is_none_or(|(_, so_far)| so_far < weight) {
                    *best = Some((item, weight));
                }
            }
        }
        best
    }

    /// The weights.
    pub fn weights(&self) -> &Neighbours {
        &self.weights
    }
}
