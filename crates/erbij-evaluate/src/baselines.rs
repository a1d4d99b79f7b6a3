//! Models that only an evaluation asks: what a published table starts from.

use arrow_buffer::ScalarBuffer;
use erbij_core::{HistoryScorer, ItemIdx, Score, ScoreBoard, TopK};
use erbij_models::Incidence;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

/// The same score for everybody: in how many lists of train an item stands.
#[derive(Clone, Debug)]
pub struct MostPopular {
    counts: Vec<f32>,
}

impl MostPopular {
    /// Counts. O(items).
    pub fn new(lists: &Incidence) -> Self {
        Self { counts: (0..lists.n_items() as u32).map(|item| lists.lists_of(item).len() as f32).collect() }
    }
}

impl HistoryScorer for MostPopular {
    fn score(&self, _: &[ItemIdx], board: &mut ScoreBoard) {
        board.add_all(&self.counts);
    }

    fn contributions(&self, _: &[ItemIdx], _: ItemIdx) -> Vec<(ItemIdx, Score)> {
        Vec::new()
    }

    fn size_bytes(&self) -> usize {
        4 * self.counts.len()
    }
}

/// What may be set of [`ItemCf`].
///
/// | Name | Default | Purpose | Range |
/// |---|---|---|---|
/// | `neighbours` | 100 | similar items an item is scored by | 1 to 10000 |
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ItemCfParams {
    /// Similar items an item is scored by.
    pub neighbours: u32,
}

impl Default for ItemCfParams {
    fn default() -> Self {
        Self { neighbours: 100 }
    }
}

/// Item-based nearest neighbours as BARS has them: per item its most similar by cosine, their similarities
/// scaled to sum to one, and the means of items taken off and put on again.
///
/// `score(u, i) = Σ_{j ∈ N_i ∩ h_u} s_ij + m_i − Σ_{j ∈ N_i} s_ij · m_j`, `m_i` the share of customers with
/// item `i`. Source: Sarwar et al., WWW 2001, as in the benchmark BARS.
#[derive(Clone, Debug)]
pub struct ItemCf {
    /// Per item of a history, the items it is a neighbour of: the transpose of the neighbourhoods.
    rows: Vec<Vec<(u32, f32)>>,
    /// Per item, what it scores for an empty history.
    bias: Vec<f32>,
}

impl ItemCf {
    /// Fits. `Σ_u d_u²` additions, a row of the catalogue a thread.
    pub fn new(params: &ItemCfParams, lists: &Incidence) -> Self {
        let n_items = lists.n_items();
        let n_lists = lists.n_lists().max(1) as f64;
        let neighbourhoods = neighbourhoods(params.neighbours as usize, lists);
        let mean = |item: u32| lists.lists_of(item).len() as f64 / n_lists;
        let mut rows = vec![Vec::new(); n_items];
        let mut bias = Vec::with_capacity(n_items);
        for (item, neighbours) in (0..).zip(&neighbourhoods) {
            let total: f64 = neighbours.iter().map(|&(_, cosine)| cosine).sum();
            let shares = || neighbours.iter().map(|&(other, cosine)| (other, cosine / total));
            for (other, share) in shares() {
                rows[other as usize].push((item, share as f32));
            }
            let expected: f64 = shares().map(|(other, share)| share * mean(other)).sum();
            bias.push((mean(item) - expected) as f32);
        }
        Self { rows, bias }
    }
}

/// Per item its most similar by cosine, most similar first. `Σ_u d_u²` additions, a row of the catalogue a thread.
fn neighbourhoods(k: usize, lists: &Incidence) -> Vec<Vec<(u32, f64)>> {
    let n_items = lists.n_items();
    let of_item = |counts: &mut Vec<u32>, item| neighbourhood(item, k, lists, counts);
    (0..n_items as u32).into_par_iter().map_init(|| vec![0_u32; n_items], of_item).collect()
}

/// The most similar items of one, with their cosines.
fn neighbourhood(item: u32, k: usize, lists: &Incidence, counts: &mut [u32]) -> Vec<(u32, f64)> {
    let mut touched = Vec::new();
    for &list in lists.lists_of(item) {
        for &other in lists.items_of(list) {
            if counts[other as usize] == 0 {
                touched.push(other);
            }
            counts[other as usize] += 1;
        }
    }
    let degree = |item: u32| lists.lists_of(item).len() as f64;
    let mut best = TopK::new(k);
    for other in touched {
        let count = f64::from(std::mem::take(&mut counts[other as usize]));
        let cosine = count / (degree(item) * degree(other)).sqrt();
        if other != item {
            best.push(Score::new(cosine as f32).expect("from 0 to 1"), ItemIdx::new(other));
        }
    }
    best.drain_sorted().map(|(score, other)| (other.get(), f64::from(score.get()))).collect()
}

impl HistoryScorer for ItemCf {
    fn score(&self, history: &[ItemIdx], board: &mut ScoreBoard) {
        board.add_all(&self.bias);
        for item in history {
            for &(other, share) in &self.rows[item.index()] {
                board.add_row(&[other], &[share]);
            }
        }
    }

    fn contributions(&self, history: &[ItemIdx], item: ItemIdx) -> Vec<(ItemIdx, Score)> {
        let share = |&from: &ItemIdx| {
            let found = self.rows[from.index()].iter().find(|&&(other, _)| other == item.get())?;
            Some((from, Score::new(found.1)?))
        };
        history.iter().filter_map(share).collect()
    }

    fn size_bytes(&self) -> usize {
        8 * self.rows.iter().map(Vec::len).sum::<usize>() + 4 * self.bias.len()
    }
}

/// What may be set of [`ItemCosine`].
///
/// | Name | Default | Purpose | Range |
/// |---|---|---|---|
/// | `neighbours` | 20 | items that an item of a history speaks for, itself the first | 1 to 10000 |
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ItemCosineParams {
    /// Items that an item of a history speaks for, itself the first.
    pub neighbours: u32,
}

impl Default for ItemCosineParams {
    fn default() -> Self {
        Self { neighbours: 20 }
    }
}

/// Item to item by cosine: each item of a history speaks for the items most like it, itself among them, and what they say
/// is added up.
///
/// `score(u, i) = Σ_{j ∈ h_u, i ∈ N_j} cos(i, j)`, cos over who has both: `|both| / √(|i| · |j|)`, so 1 for itself. What
/// `CosineRecommender` of the package `implicit` is, with its default of 20 neighbours, but that with more ties than that an
/// item may be missing from its own neighbours there. Source: Sarwar et al., WWW 2001.
#[derive(Clone, Debug)]
pub struct ItemCosine {
    /// Per item of a history, whom it speaks for.
    rows: Vec<Vec<(u32, f64)>>,
}

impl ItemCosine {
    /// Fits. `Σ_u d_u²` additions, a row of the catalogue a thread.
    pub fn new(params: &ItemCosineParams, lists: &Incidence) -> Self {
        let mut rows = neighbourhoods((params.neighbours as usize).saturating_sub(1), lists);
        for (item, row) in (0..).zip(&mut rows) {
            row.insert(0, (item, 1.0));
        }
        Self { rows }
    }
}

impl HistoryScorer for ItemCosine {
    fn score(&self, history: &[ItemIdx], board: &mut ScoreBoard) {
        for &(other, cosine) in history.iter().flat_map(|item| &self.rows[item.index()]) {
            board.add(ItemIdx::new(other), cosine);
        }
    }

    fn contributions(&self, history: &[ItemIdx], item: ItemIdx) -> Vec<(ItemIdx, Score)> {
        let cosine = |&from: &ItemIdx| {
            let found = self.rows[from.index()].iter().find(|&&(other, _)| other == item.get())?;
            Some((from, Score::new(found.1 as f32)?))
        };
        history.iter().filter_map(cosine).collect()
    }

    fn size_bytes(&self) -> usize {
        16 * self.rows.iter().map(Vec::len).sum::<usize>()
    }
}

/// Lists as the models read them.
pub fn incidence_of(lists: &erbij_train::ItemLists, n_items: usize) -> Incidence {
    let items: ScalarBuffer<u32> = lists.items().iter().map(|item| item.get()).collect::<Vec<_>>().into();
    Incidence::from_lists(lists.rows().clone(), items, n_items)
}

#[cfg(test)]
mod tests {
    use super::*;
    use erbij_train::ItemLists;

    #[test]
    fn cosines_add_up() {
        // Item 0 is in lists 0 to 2, item 1 in 0 and 1, item 2 in 2 and 3: cos(0, 1) = 2/√6, cos(0, 2) = 1/√6, cos(1, 2) = 0.
        let lists = ItemLists::from_unsorted(
            [vec![0, 1], vec![0, 1], vec![0, 2], vec![2]]
                .map(|list| list.into_iter().map(ItemIdx::new).collect::<Vec<_>>()),
        );
        let incidence = incidence_of(&lists, 3);
        let scores = |neighbours, history: &[u32]| {
            let mut board = ScoreBoard::new(3);
            let history: Vec<ItemIdx> = history.iter().copied().map(ItemIdx::new).collect();
            ItemCosine::new(&ItemCosineParams { neighbours }, &incidence).score(&history, &mut board);
            (0..3).map(|item| board.get(ItemIdx::new(item))).collect::<Vec<f64>>()
        };
        let near = |found: Vec<f64>, expected: [f64; 3]| {
            let is_near = found.iter().zip(expected).all(|(found, expected)| (found - expected).abs() < 1e-6);
            assert!(is_near, "{found:?}, not {expected:?}");
        };
        let root = 6.0_f64.sqrt();
        near(scores(20, &[0]), [1.0, 2.0 / root, 1.0 / root]);
        near(scores(20, &[1, 2]), [3.0 / root, 1.0, 1.0]);
        near(scores(2, &[0]), [1.0, 2.0 / root, 0.0]);
        near(scores(1, &[0]), [1.0, 0.0, 0.0]);
        near(scores(20, &[]), [0.0; 3]);
    }

    #[test]
    fn hand_worked() {
        // Three customers: {0, 1}, {0, 1}, {2}. cos(0, 1) = 1, item 2 has no neighbour.
        let lists = [vec![0, 1], vec![0, 1], vec![2]];
        let lists = ItemLists::from_unsorted(
            lists.map(|list| list.into_iter().map(ItemIdx::new).collect::<Vec<_>>()),
        );
        let incidence = incidence_of(&lists, 3);
        let model = ItemCf::new(&ItemCfParams::default(), &incidence);
        let mut board = ScoreBoard::new(3);
        model.score(&[ItemIdx::new(0)], &mut board);
        // m = (2/3, 2/3, 1/3): item 1 gets 1 + 2/3 − 2/3, item 0 gets 2/3 − 2/3, item 2 gets 1/3.
        let scores: Vec<f64> = (0..3).map(|item| board.get(ItemIdx::new(item))).collect();
        assert!(scores[0].abs() < 1e-6 && (scores[1] - 1.0).abs() < 1e-6, "{scores:?}");
        assert!((scores[2] - 1.0 / 3.0).abs() < 1e-6, "{scores:?}");
    }
}
