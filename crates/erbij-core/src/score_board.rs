//! Sums of scores over the whole catalogue, cheap to clear.

use crate::ItemIdx;

/// A sum per item, and which items have one: scratch of one thread, used for query after query.
///
/// 8 bytes an item. Adding is O(1) a weight, reading and clearing O(touched), never O(catalogue).
#[derive(Clone, Debug)]
pub struct ScoreBoard {
    sums: Vec<f64>,
    touched: Vec<u32>,
}

impl ScoreBoard {
    /// An empty board for `n_items` items.
    pub fn new(n_items: usize) -> Self {
        Self { sums: vec![0.0; n_items], touched: Vec::new() }
    }

    /// Adds a sparse row.
    #[inline]
    pub fn add_row(&mut self, items: &[u32], weights: &[f32]) {
        for (&item, &weight) in items.iter().zip(weights) {
            let sum = &mut self.sums[item as usize];
            // A sum that came back to zero is noted twice; reading clears it, so it is read once.
            if *sum == 0.0 {
                self.touched.push(item);
            }
            *sum += f64::from(weight);
        }
    }

    /// Adds to the sum of one item.
    #[inline]
    pub fn add(&mut self, item: ItemIdx, score: f64) {
        let sum = &mut self.sums[item.index()];
        if *sum == 0.0 {
            self.touched.push(item.get());
        }
        *sum += score;
    }

    /// Adds a sparse row, each weight times `scale`.
    #[inline]
    pub fn add_scaled_row(&mut self, items: &[u32], weights: &[f32], scale: f64) {
        for (&item, &weight) in items.iter().zip(weights) {
            self.add(ItemIdx::new(item), scale * f64::from(weight));
        }
    }

    /// Sets the sum of one item to what it was at an earlier time since the board was empty.
    pub fn set(&mut self, item: ItemIdx, sum: f64) {
        self.sums[item.index()] = sum;
    }

    /// Adds a score to every item of the catalogue, as a dense model gives them: O(catalogue).
    pub fn add_all(&mut self, scores: &[f32]) {
        for (item, (sum, &score)) in self.sums.iter_mut().zip(scores).enumerate() {
            if *sum == 0.0 && score != 0.0 {
                self.touched.push(item as u32);
            }
            *sum += f64::from(score);
        }
    }

    /// The sum of one item; zero where nothing was added.
    #[inline]
    pub fn get(&self, item: ItemIdx) -> f64 {
        self.sums[item.index()]
    }

    /// The items something was added to, in no stated order; one may stand twice, and its sum may be zero.
    pub fn touched_unsorted(&self) -> impl Iterator<Item = ItemIdx> + '_ {
        self.touched.iter().map(|&item| ItemIdx::new(item))
    }

    /// Empties the board.
    pub fn clear(&mut self) {
        for item in self.touched.drain(..) {
            self.sums[item as usize] = 0.0;
        }
    }

    /// Takes every item whose sum is not zero, in no stated order, and leaves the board empty.
    pub fn take_unsorted(&mut self) -> impl Iterator<Item = (ItemIdx, f64)> + '_ {
        self.touched.drain(..).filter_map(|item| {
            let sum = std::mem::take(&mut self.sums[item as usize]);
            (sum != 0.0).then_some((ItemIdx::new(item), sum))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dense_row_is_a_row_and_clearing_empties() {
        let mut board = ScoreBoard::new(3);
        board.add_row(&[1], &[2.0]);
        board.add_all(&[0.0, -2.0, 0.5]);
        assert_eq!([0, 1, 2].map(|item| board.get(ItemIdx::new(item))), [0.0, 0.0, 0.5]);
        let mut touched: Vec<u32> = board.touched_unsorted().map(ItemIdx::get).collect();
        touched.sort_unstable();
        assert_eq!(touched, [1, 2]);
        board.clear();
        assert_eq!((board.get(ItemIdx::new(2)), board.touched_unsorted().count()), (0.0, 0));
    }

    #[test]
    fn rows_are_scaled() {
        let mut board = ScoreBoard::new(3);
        board.add_scaled_row(&[0, 2], &[0.5, 1.0], 3.0);
        board.add(ItemIdx::new(2), 0.25);
        assert_eq!([0, 1, 2].map(|item| board.get(ItemIdx::new(item))), [1.5, 0.0, 3.25]);
    }

    #[test]
    fn rows_add_up_and_the_board_comes_back_empty() {
        let mut board = ScoreBoard::new(4);
        for _ in 0..2 {
            board.add_row(&[0, 2], &[0.5, 1.0]);
            board.add_row(&[2, 3], &[1.0, -1.0]);
            board.add_row(&[3], &[1.0]);
            board.add_row(&[3], &[2.0]);
            let mut sums: Vec<_> = board.take_unsorted().map(|(item, sum)| (item.get(), sum)).collect();
            sums.sort_by_key(|&(item, _)| item);
            assert_eq!(sums, [(0, 0.5), (2, 2.0), (3, 2.0)]);
        }
        assert_eq!(board.take_unsorted().count(), 0);
    }
}
