//! Per item, the items next to it and how near: the shape of every item–item model.

use crate::{ItemIdx, ModelError, RowOffsets, check_len};
use arrow_buffer::ScalarBuffer;

/// In which order a row's neighbours lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NeighbourOrder {
    /// Score descending, then item ascending: a row is a ready list.
    ByScore,
    /// Item ascending: a row is summed into others, and one weight is found by bisection.
    ByItem,
}

/// Sparse item × item weights, at most k a row: shape `(n_items, n_items)`, 8 bytes a weight.
///
/// By construction each column has as many values as the offsets say, every item is within the catalogue,
/// none is its own neighbour, every score is finite, and rows are in their order.
#[derive(Clone, Debug, PartialEq)]
pub struct Neighbours {
    rows: RowOffsets,
    items: ScalarBuffer<u32>,
    scores: ScalarBuffer<f32>,
}

impl Neighbours {
    /// Takes columns as neighbours of `n_items` items; O(values).
    pub fn new(
        rows: RowOffsets,
        items: ScalarBuffer<u32>,
        scores: ScalarBuffer<f32>,
        n_items: usize,
        order: NeighbourOrder,
    ) -> Result<Self, ModelError> {
        check_len("rows", rows.n_rows(), n_items)?;
        check_len("items", items.len(), rows.n_values())?;
        check_len("scores", scores.len(), rows.n_values())?;
        for row in 0..n_items {
            let range = rows.range(row);
            check_row(row, &items[range.clone()], &scores[range], n_items, order)?;
        }
        Ok(Self { rows, items, scores })
    }

    /// How many items have a row, empty or not.
    pub fn n_items(&self) -> usize {
        self.rows.n_rows()
    }

    /// How many weights in all.
    pub fn n_values(&self) -> usize {
        self.rows.n_values()
    }

    /// The neighbours of an item, by number, and their scores.
    #[inline]
    pub fn row(&self, item: ItemIdx) -> (&[u32], &[f32]) {
        let range = self.rows.range(item.index());
        (&self.items[range.clone()], &self.scores[range])
    }

    /// Where an item's row begins and ends in the columns.
    pub fn rows(&self) -> &RowOffsets {
        &self.rows
    }

    /// The columns, as an artifact stores them: offsets, items, scores.
    pub fn columns(&self) -> (&RowOffsets, &ScalarBuffer<u32>, &ScalarBuffer<f32>) {
        (&self.rows, &self.items, &self.scores)
    }
}

fn check_row(
    row: usize,
    items: &[u32],
    scores: &[f32],
    n_items: usize,
    order: NeighbourOrder,
) -> Result<(), ModelError> {
    let fail = |rule| Err(ModelError::Row { row, rule });
    if !items.iter().all(|&item| (item as usize) < n_items) {
        return fail("an item lies outside the catalogue");
    }
    if items.contains(&(row as u32)) {
        return fail("an item is its own neighbour");
    }
    if !scores.iter().all(|score| score.is_finite()) {
        return fail("a score is not finite");
    }
    let in_order = match order {
        NeighbourOrder::ByItem => items.is_sorted_by(|a, b| a < b),
        NeighbourOrder::ByScore => (1..items.len()).all(|at| {
            scores[at] < scores[at - 1] || (scores[at] == scores[at - 1] && items[at - 1] < items[at])
        }),
    };
    if in_order { Ok(()) } else { fail("neighbours are out of order") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_that_break_a_rule_are_refused() {
        let check = |items: &[u32], scores: &[f32], order, rule: Option<&'static str>| {
            let rows = RowOffsets::from_lens([items.len(), 0, 0]);
            let result = Neighbours::new(rows, items.to_vec().into(), scores.to_vec().into(), 3, order);
            assert_eq!(result.err(), rule.map(|rule| ModelError::Row { row: 0, rule }));
        };
        use NeighbourOrder::{ByItem, ByScore};
        check(&[], &[], ByScore, None);
        check(&[2, 1], &[0.5, 0.25], ByScore, None);
        check(&[1, 2], &[0.5, 0.5], ByScore, None);
        check(&[2, 1], &[0.5, 0.5], ByScore, Some("neighbours are out of order"));
        check(&[1, 2], &[0.25, 0.5], ByScore, Some("neighbours are out of order"));
        check(&[1, 2], &[0.25, 0.5], ByItem, None);
        check(&[2, 1], &[0.5, 0.25], ByItem, Some("neighbours are out of order"));
        check(&[1, 1], &[0.5, 0.5], ByItem, Some("neighbours are out of order"));
        check(&[0], &[0.5], ByItem, Some("an item is its own neighbour"));
        check(&[3], &[0.5], ByItem, Some("an item lies outside the catalogue"));
        check(&[1], &[f32::NAN], ByItem, Some("a score is not finite"));
    }

    #[test]
    fn columns_of_other_lengths_are_refused() {
        let rows = RowOffsets::from_lens([1, 0]);
        let result = Neighbours::new(rows, vec![1].into(), vec![].into(), 2, NeighbourOrder::ByItem);
        assert_eq!(result.err(), Some(ModelError::Length { column: "scores", found: 0, expected: 1 }));
    }
}
