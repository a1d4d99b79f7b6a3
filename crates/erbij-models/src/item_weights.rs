//! The fitted form of every item–item model: weights from each item of a history to each item it speaks for.

use erbij_core::{HistoryScorer, ItemIdx, Neighbours, Score, ScoreBoard, sort_contributions};

/// Item–item weights, one row an item of the history: `score(i) = Σ_{j ∈ history} w_ji`.
///
/// Shape `(n_items, n_items)`, at most k a row, 8 bytes a weight. RP3beta, EASE and local EASE differ in how
/// they come by the weights and in nothing else. A weight may be negative: that is how a model learned as a
/// whole takes back what two neighbours both say.
#[derive(Clone, Debug, PartialEq)]
pub struct ItemWeights {
    weights: Neighbours,
}

impl ItemWeights {
    /// Takes weights, each row by item.
    pub fn new(weights: Neighbours) -> Self {
        Self { weights }
    }

    /// The weights.
    pub fn weights(&self) -> &Neighbours {
        &self.weights
    }
}

impl HistoryScorer for ItemWeights {
    /// O(|history| · k) additions.
    fn score(&self, history: &[ItemIdx], board: &mut ScoreBoard) {
        for &item in history {
            let (items, weights) = self.weights.row(item);
            board.add_row(items, weights);
        }
    }

    /// O(|history| · log k).
    fn contributions(&self, history: &[ItemIdx], item: ItemIdx) -> Vec<(ItemIdx, Score)> {
        let weight = |&from: &ItemIdx| {
            let (items, weights) = self.weights.row(from);
            let at = items.binary_search(&item.get()).ok()?;
            Some((from, Score::new(weights[at])?))
        };
        let mut contributions: Vec<_> = history.iter().filter_map(weight).collect();
        sort_contributions(&mut contributions);
        contributions
    }

    /// The walk over each row ends at the last of the recommended: what is recommended is popular as a rule,
    /// and popular items lie at the front. O(|history| · k) at the worst.
    fn contributions_of(&self, history: &[ItemIdx], recommended: &[ItemIdx]) -> Vec<Vec<(ItemIdx, Score)>> {
        debug_assert!(recommended.is_sorted(), "rows are walked once, from the front");
        let mut contributions: Vec<Vec<(ItemIdx, Score)>> = vec![Vec::new(); recommended.len()];
        for &item in history {
            let (items, weights) = self.weights.row(item);
            let mut row = items.iter().zip(weights).peekable();
            for (contributions, wanted) in contributions.iter_mut().zip(recommended) {
                while row.next_if(|&(&other, _)| other < wanted.get()).is_some() {}
                let Some(&(&other, &weight)) = row.peek() else { break };
                if let Some(weight) = Score::new(weight).filter(|_| other == wanted.get()) {
                    contributions.push((item, weight));
                }
            }
        }
        contributions.iter_mut().for_each(|contributions| sort_contributions(contributions));
        contributions
    }

    fn size_bytes(&self) -> usize {
        8 * self.weights.n_values()
    }
}

#[cfg(test)]
mod tests {
    use erbij_core::RowOffsets;
    use proptest::prelude::*;

    use super::*;
    use erbij_core::NeighbourOrder;

    fn model(rows: &[Vec<(u32, f32)>]) -> ItemWeights {
        let offsets = RowOffsets::from_lens(rows.iter().map(Vec::len));
        let items: Vec<u32> = rows.iter().flatten().map(|&(item, _)| item).collect();
        let weights: Vec<f32> = rows.iter().flatten().map(|&(_, weight)| weight).collect();
        let n_items = rows.len();
        let weights = Neighbours::new(offsets, items.into(), weights.into(), n_items, NeighbourOrder::ByItem);
        ItemWeights::new(weights.expect("rows by item"))
    }

    proptest! {
        /// Contributions and scores are two views of the same sums.
        #[test]
        fn the_parts_make_the_score_one_by_one_and_at_once(
            cells in proptest::collection::vec(proptest::option::of(-3_i8..4), 36),
            history in proptest::collection::btree_set(0_u32..6, 0..6),
        ) {
            let row = |j: usize| {
                let of_row = (0..6).filter(|&i| i != j);
                of_row.filter_map(|i| cells[6 * j + i].map(|w| (i as u32, f32::from(w)))).collect()
            };
            let model = model(&(0..6).map(row).collect::<Vec<_>>());
            let history: Vec<ItemIdx> = history.into_iter().map(ItemIdx::new).collect();
            let all: Vec<ItemIdx> = (0..6).map(ItemIdx::new).collect();
            let mut board = ScoreBoard::new(6);
            model.score(&history, &mut board);
            let at_once = model.contributions_of(&history, &all);
            for &item in &all {
                let parts = model.contributions(&history, item);
                let sum: f64 = parts.iter().map(|&(_, part)| f64::from(part.get())).sum();
                prop_assert_eq!(board.get(item), sum);
                prop_assert_eq!(&at_once[item.index()], &parts);
            }
        }
    }
}
