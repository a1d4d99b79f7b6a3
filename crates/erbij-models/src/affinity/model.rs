//! The fitted affinity model: ready lists of related items, with the evidence behind each.

use arrow_buffer::ScalarBuffer;
use erbij_core::{
    HistoryScorer, ItemIdx, ModelError, NeighbourOrder, Neighbours, RowOffsets, Score, ScoreBoard, check_len,
    sort_contributions,
};

/// Per anchor, its related items by score, each with its evidence.
///
/// Shape `(n_items, n_items)`, at most k a row, 16 bytes a pair.
#[derive(Clone, Debug, PartialEq)]
pub struct Affinity {
    neighbours: Neighbours,
    cooccurrences: ScalarBuffer<u32>,
    customers: ScalarBuffer<u32>,
}

/// One related item and what speaks for it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AffinityNeighbour {
    /// The related item.
    pub item: ItemIdx,
    /// How strongly, in the recipe's measure.
    pub score: f32,
    /// In how many baskets (or for how many customers) both occur.
    pub cooccurrence: u32,
    /// How many distinct people stand behind the pair: customers, and each guest order one more.
    pub customers: u32,
}

impl Affinity {
    /// Takes neighbours by score and their evidence as a model.
    pub fn new(
        neighbours: Neighbours,
        cooccurrences: ScalarBuffer<u32>,
        customers: ScalarBuffer<u32>,
    ) -> Result<Self, ModelError> {
        check_len("cooccurrences", cooccurrences.len(), neighbours.n_values())?;
        check_len("customers", customers.len(), neighbours.n_values())?;
        Ok(Self { neighbours, cooccurrences, customers })
    }

    /// The related items of an anchor, best first.
    pub fn related(&self, anchor: ItemIdx) -> impl ExactSizeIterator<Item = AffinityNeighbour> + '_ {
        let (_, items, scores) = self.neighbours.columns();
        self.neighbours.rows().range(anchor.index()).map(|at| AffinityNeighbour {
            item: ItemIdx::new(items[at]),
            score: scores[at],
            cooccurrence: self.cooccurrences[at],
            customers: self.customers[at],
        })
    }

    /// The pairs that are wanted, in their order. O(pairs).
    pub(crate) fn retain(&self, is_wanted: impl Fn(ItemIdx, &AffinityNeighbour) -> bool) -> Self {
        let n_items = self.neighbours.n_items();
        let mut lens = Vec::with_capacity(n_items);
        let mut kept: Vec<AffinityNeighbour> = Vec::new();
        for anchor in (0..n_items as u32).map(ItemIdx::new) {
            let before = kept.len();
            kept.extend(self.related(anchor).filter(|related| is_wanted(anchor, related)));
            lens.push(kept.len() - before);
        }
        let items: Vec<u32> = kept.iter().map(|related| related.item.get()).collect();
        let scores: Vec<f32> = kept.iter().map(|related| related.score).collect();
        let rows = RowOffsets::from_lens(lens);
        let neighbours = Neighbours::new(rows, items.into(), scores.into(), n_items, NeighbourOrder::ByScore);
        Self {
            neighbours: neighbours.expect("a part of what was valid"),
            cooccurrences: kept.iter().map(|related| related.cooccurrence).collect(),
            customers: kept.iter().map(|related| related.customers).collect(),
        }
    }

    /// Items and scores, without the evidence.
    pub fn neighbours(&self) -> &Neighbours {
        &self.neighbours
    }

    /// The evidence, as an artifact stores it: co-occurrences, customers.
    pub fn evidence(&self) -> (&ScalarBuffer<u32>, &ScalarBuffer<u32>) {
        (&self.cooccurrences, &self.customers)
    }
}

impl HistoryScorer for Affinity {
    /// The sum of the affinities of the items of a history: O(|history| · k).
    fn score(&self, history: &[ItemIdx], board: &mut ScoreBoard) {
        for &anchor in history {
            let (items, scores) = self.neighbours.row(anchor);
            board.add_row(items, scores);
        }
    }

    fn contributions(&self, history: &[ItemIdx], item: ItemIdx) -> Vec<(ItemIdx, Score)> {
        let affinity = |&anchor: &ItemIdx| {
            let (items, scores) = self.neighbours.row(anchor);
            let at = items.iter().position(|&other| other == item.get())?;
            Some((anchor, Score::new(scores[at])?))
        };
        let mut contributions: Vec<_> = history.iter().filter_map(affinity).collect();
        sort_contributions(&mut contributions);
        contributions
    }

    fn size_bytes(&self) -> usize {
        16 * self.neighbours.n_values()
    }
}
