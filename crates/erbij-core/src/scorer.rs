//! What every model that answers "what next" can do: score any history.

use crate::{ItemIdx, Score};

use crate::ScoreBoard;

/// Scores any list of items, be it a customer's purchases, a basket or a visit.
///
/// The list is part of the question and not of the model: so what happened a second ago counts without
/// retraining, and somebody the model never saw is answered like anybody else. A model's scores are comparable
/// among themselves only.
pub trait HistoryScorer: Sync {
    /// Adds to the board the score of every item the history says anything of. A history may be in any order
    /// and holds each item once; an empty one leaves the board as it is.
    fn score(&self, history: &[ItemIdx], board: &mut ScoreBoard);

    /// What each item of a history adds to the score of one item, most first, ties by item; items that add
    /// nothing are left out. The parts sum to the score, but for rounding.
    fn contributions(&self, history: &[ItemIdx], item: ItemIdx) -> Vec<(ItemIdx, Score)>;

    /// The same for several items at once, which must rise.
    fn contributions_of(&self, history: &[ItemIdx], recommended: &[ItemIdx]) -> Vec<Vec<(ItemIdx, Score)>> {
        recommended.iter().map(|&item| self.contributions(history, item)).collect()
    }

    /// Bytes of what was learned, as an artifact holds it.
    fn size_bytes(&self) -> usize;
}

/// Puts contributions in the order they are told in: most first, ties by item.
pub fn sort_contributions(contributions: &mut [(ItemIdx, Score)]) {
    contributions.sort_unstable_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
}
