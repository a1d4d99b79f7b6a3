//! The fitted model: vectors of items, which score any history.

use arrow_buffer::ScalarBuffer;
use erbij_core::{HistoryScorer, ItemIdx, ModelError, Score, ScoreBoard, check_len, sort_contributions};

use super::half_step::{HalfStep, Scratch, weighted_gram};
use super::params::CheckedIalsParams;
use super::score::Tiles;
use super::solve::WIDTH_STEP;

/// Vectors of items; shape `(n_items, n_factors)`, finite by construction.
///
/// A customer is folded in: his vector is what the fit would give him, items fixed. So any list of items (a
/// customer's, a basket's, a visit's) can be scored, and what happened a second ago counts without retraining.
///
/// Memory: the vectors twice, once row by row and once in tiles for scoring, `8 · n_items · n_factors` bytes, and
/// `4 · n_factors²` for what pairs not bought cost. Only the vectors are stored; the rest is made of them here.
#[derive(Clone, Debug, PartialEq)]
pub struct Factors {
    items: ScalarBuffer<f32>,
    params: CheckedIalsParams,
    /// `α₀ YᵀY`, shape `(n_factors, n_factors)`.
    gram: Vec<f32>,
    tiles: Tiles,
}

impl Factors {
    /// Takes vectors of items, row by row, with the parameters they were fitted with. O(n_items · n_factors²).
    pub fn new(
        items: ScalarBuffer<f32>,
        n_items: usize,
        params: &CheckedIalsParams,
    ) -> Result<Self, ModelError> {
        let n_factors = params.factors();
        check_len("factors", items.len(), n_items * n_factors)?;
        let is_finite = |vector: &[f32]| vector.iter().all(|value| value.is_finite());
        if let Some(row) = items.chunks_exact(n_factors).position(|vector| !is_finite(vector)) {
            return Err(ModelError::Row { row, rule: "a factor is not finite" });
        }
        let gram = weighted_gram(&items, n_factors, params.unobserved_weight());
        let tiles = Tiles::new(&items, n_factors);
        Ok(Self { items, params: params.clone(), gram, tiles })
    }

    /// How many items.
    pub fn n_items(&self) -> usize {
        self.items.len() / self.n_factors()
    }

    /// Numbers in a vector.
    pub fn n_factors(&self) -> usize {
        self.params.factors()
    }

    /// The vector of an item.
    pub fn item(&self, item: ItemIdx) -> &[f32] {
        &self.items[item.index() * self.n_factors()..][..self.n_factors()]
    }

    /// The column, as an artifact stores it.
    pub fn column(&self) -> &ScalarBuffer<f32> {
        &self.items
    }

    /// The vector of whoever has this history, a set: order and repetition do not matter; of none, zeros.
    ///
    /// Solves `(α₀ YᵀY + Σ_{j∈h} y_j y_jᵀ + λ(|h| + α₀I)^ν) x = Σ_{j∈h} y_j`; O(|h| · d² + d³).
    pub fn fold_in(&self, history: &[ItemIdx]) -> Vec<f32> {
        let step = self.step();
        let mut customer = vec![0.0; self.n_factors()];
        step.solve(&[&self.as_set(history)], &mut customer, &mut Scratch::new(&step, 1));
        customer
    }

    /// Writes to `out` the score `x·y_i` of every item for a customer's vector. O(n_items · d), bound by memory.
    ///
    /// # Panics
    /// Where the vector is not of `n_factors` or `out` not of `n_items` numbers.
    pub fn score_all(&self, customer: &[f32], out: &mut [f32]) {
        self.tiles.score_all(customer, out);
    }

    /// The score `x·y_i` of one item for a customer's vector. O(d).
    pub fn score_one(&self, customer: &[f32], item: ItemIdx) -> f32 {
        let products = self.item(item).iter().zip(customer).map(|(&a, &b)| f64::from(a) * f64::from(b));
        products.sum::<f64>() as f32
    }

    /// How much each item of a history adds to the score of an item; they sum to it, but for rounding.
    ///
    /// `ŷ_ui = Σ_{j∈h} y_iᵀ A_u⁻¹ y_j` with `A_u` the matrix of [`Self::fold_in`]: Hu, Koren & Volinsky, "Collaborative
    /// Filtering for Implicit Feedback Datasets", ICDM 2008, section 5. Items rise, each
    /// once. O(|h| · d² + d³).
    pub fn parts_of_score(&self, history: &[ItemIdx], item: ItemIdx) -> Vec<(ItemIdx, f32)> {
        let step = self.step();
        let set = self.as_set(history);
        let mut direction = vec![0.0; self.n_factors()];
        step.solve_for(&set, self.item(item), &mut direction, &mut Scratch::new(&step, 1));
        let contribution = |other: u32| {
            let products = self.item(ItemIdx::new(other)).iter().zip(&direction);
            products.map(|(&a, &b)| f64::from(a) * f64::from(b)).sum::<f64>() as f32
        };
        set.iter().map(|&other| (ItemIdx::new(other), contribution(other))).collect()
    }

    /// The items of a history once each, rising, which is how the fit sums them; those that have no factors it never saw.
    fn as_set(&self, history: &[ItemIdx]) -> Vec<u32> {
        let has_factors = |&item: &u32| self.item(ItemIdx::new(item)).iter().any(|&factor| factor != 0.0);
        let mut set: Vec<u32> = history.iter().map(|item| item.get()).filter(has_factors).collect();
        set.sort_unstable();
        set.dedup();
        set
    }

    /// A whole solve over these items, whatever blocks they were fitted with.
    fn step(&self) -> HalfStep<'_> {
        let block = self.n_factors().next_multiple_of(WIDTH_STEP);
        HalfStep { fixed: &self.items, gram: &self.gram, block, params: &self.params }
    }
}

impl HistoryScorer for Factors {
    /// O(|h| · d² + d³ + n_items · d).
    fn score(&self, history: &[ItemIdx], board: &mut ScoreBoard) {
        if history.is_empty() {
            return;
        }
        let mut scores = vec![0.0; self.n_items()];
        self.score_all(&self.fold_in(history), &mut scores);
        board.add_all(&scores);
    }

    fn contributions(&self, history: &[ItemIdx], item: ItemIdx) -> Vec<(ItemIdx, Score)> {
        let parts = self.parts_of_score(history, item).into_iter();
        let mut parts: Vec<_> = parts.filter_map(|(from, part)| Some((from, Score::new(part)?))).collect();
        parts.retain(|(_, part)| part.get() != 0.0);
        sort_contributions(&mut parts);
        parts
    }

    fn size_bytes(&self) -> usize {
        4 * self.items.len()
    }
}
