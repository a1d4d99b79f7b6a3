//! The largest values of each row of `T`, and their sum with other weights.
//!
//! Rows are computed some at a time, one matrix product each, and cut at once: `T` is never whole in memory. A
//! thread holds `128 · n_items` bytes.

use std::ops::Range;

use erbij_core::{ItemIdx, NeighbourOrder, Neighbours, Progress, RowOffsets, Score, TopK, share_out};
use faer::linalg::matmul::matmul;
use faer::{Accum, MatMut, MatRef, Par};

use super::lists::Dense;

const IN_ORDER: &str = "rows are made of rising items within the catalogue, and of finite values";

/// Rows of a sparse table, one after the other.
#[derive(Default)]
struct Rows {
    lens: Vec<usize>,
    items: Vec<u32>,
    values: Vec<f32>,
}

impl Rows {
    fn into_neighbours(self) -> Neighbours {
        let n_items = self.lens.len();
        let rows = RowOffsets::from_lens(self.lens);
        Neighbours::new(rows, self.items.into(), self.values.into(), n_items, NeighbourOrder::ByItem)
            .expect(IN_ORDER)
    }
}

/// Per row the `k` largest values by amount, equal ones by the smaller item; a value of zero is not kept.
///
/// `T_ji = p_j^−½ (v_j · v_i) p_i^½`, where `roots` holds `p^½`. O(n_items² · n_factors).
pub(super) fn strongest_of_rows(
    vectors: &Dense,
    roots: &[f32],
    k: usize,
    progress: &dyn Progress,
) -> Neighbours {
    let n_items = vectors.n_rows;
    progress.begin("scoring pairs by spectral factors", Some(n_items as u64), "items");
    let new_scratch = || (Vec::new(), TopK::new(k), Vec::new());
    let on_block = |(values, best, kept): &mut (Vec<f32>, TopK<ItemIdx>, Vec<u32>), items: Range<usize>| {
        products_of_rows(vectors, items.clone(), values);
        let mut block = Rows::default();
        for (item, row) in items.zip(values.chunks_exact_mut(n_items)) {
            row.iter_mut().zip(roots).for_each(|(value, root)| *value *= root);
            row[item] = 0.0;
            pick_strongest(row, best, kept);
            block.lens.push(kept.len());
            block.items.extend_from_slice(kept);
            block.values.extend(kept.iter().map(|&other| row[other as usize] / roots[item]));
        }
        block
    };
    let (blocks, _) = share_out(n_items, new_scratch, on_block, progress);
    let mut rows = Rows::default();
    for block in blocks {
        rows.lens.extend(block.lens);
        rows.items.extend(block.items);
        rows.values.extend(block.values);
    }
    rows.into_neighbours()
}

/// The products of some rows with all rows, by rows.
fn products_of_rows(vectors: &Dense, some: Range<usize>, products: &mut Vec<f32>) {
    let all = MatRef::from_row_major_slice(&vectors.values, vectors.n_rows, vectors.width);
    products.resize(some.len() * vectors.n_rows, 0.0);
    matmul(
        MatMut::from_row_major_slice_mut(products, some.len(), vectors.n_rows),
        Accum::Replace,
        all.subrows(some.start, some.len()),
        all.transpose(),
        1.0,
        Par::Seq,
    );
}

/// Picks the items of the largest amounts, rising.
fn pick_strongest(row: &[f32], best: &mut TopK<ItemIdx>, kept: &mut Vec<u32>) {
    for (item, value) in (0..).zip(row) {
        let strength = value.abs();
        if best.threshold() <= strength && strength != 0.0 {
            best.push(Score::new(strength).expect("products of unit vectors"), ItemIdx::new(item));
        }
    }
    kept.clear();
    kept.extend(best.drain_sorted().map(|(_, item)| item.get()));
    kept.sort_unstable();
}

/// `weights + scale · table`, each row the union of both, without what comes to zero. O(values).
pub(crate) fn plus_scaled(weights: &Neighbours, table: &Neighbours, scale: f32) -> Neighbours {
    let mut sum = Rows::default();
    for item in (0..weights.n_items() as u32).map(ItemIdx::new) {
        let before = sum.items.len();
        let (mut ours, mut theirs) = (entries(weights, item).peekable(), entries(table, item).peekable());
        loop {
            let next = [ours.peek(), theirs.peek()].into_iter().flatten().map(|&(item, _)| item).min();
            let Some(next) = next else { break };
            let is_next = |entry: &(u32, f32)| entry.0 == next;
            let our = ours.next_if(is_next).map_or(0.0, |(_, value)| value);
            let their = theirs.next_if(is_next).map_or(0.0, |(_, value)| value);
            let value = our + scale * their;
            if value != 0.0 {
                sum.items.push(next);
                sum.values.push(value);
            }
        }
        sum.lens.push(sum.items.len() - before);
    }
    sum.into_neighbours()
}

fn entries(table: &Neighbours, item: ItemIdx) -> impl Iterator<Item = (u32, f32)> {
    let (items, values) = table.row(item);
    items.iter().copied().zip(values.iter().copied())
}
