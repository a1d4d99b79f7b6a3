//! Fits EASE: the Gram matrix, its inverse in the same memory, and the best of each row.
//!
//! Cost: `Σ_u d_u²` additions and `n_items³` operations. Memory: `4 · n_items²` bytes, checked before any is
//! taken; beside it `1200 · n_items` bytes, a thread `128 · n_items`, and the weights kept. The result does not
//! depend on threads: see [`negative_inverse_in_place`].

use std::ops::Range;

use erbij_core::{ItemIdx, NeighbourOrder, Neighbours, Progress, RowOffsets, Score, TopK, share_out};
use rayon::prelude::*;

use crate::ease::inverse::negative_inverse_in_place;
use crate::ease::{CheckedEaseParams, KeepWeights};
use crate::gram::{GramRow, gram_diagonal, powers};
use crate::weighted_incidence::WeightedIncidence;

const GIB: f64 = (1_u64 << 30) as f64;

/// Columns of the Gram matrix a thread sums in one go.
const GRAM_COLUMNS: usize = 32;

/// Why EASE is not fitted.
#[derive(Debug, thiserror::Error, PartialEq)]
pub enum EaseError {
    /// The matrix would be larger than `max_memory_gib`.
    #[error(
        "EASE of {n_items} items needs a matrix of {needed_gib:.2} GiB, and `max_memory_gib` is \
         {max_memory_gib}, enough for {n_items_that_fit} items; use `local_ease`, which needs no such matrix, \
         or raise `max_memory_gib`"
    )]
    TooLarge {
        /// Items in the catalogue.
        n_items: usize,
        /// What their matrix takes.
        needed_gib: f64,
        /// What it may take.
        max_memory_gib: f64,
        /// How many items' matrix that is.
        n_items_that_fit: usize,
    },
    /// The machine does not give that much.
    #[error(
        "EASE of {n_items} items needs a matrix of {needed_gib:.2} GiB, which the system refuses; use \
         `local_ease`, which needs no such matrix"
    )]
    OutOfMemory {
        /// Items in the catalogue.
        n_items: usize,
        /// What their matrix takes.
        needed_gib: f64,
    },
    /// `l2` is so small beside the counts that it is lost in rounding.
    #[error("the matrix of EASE cannot be inverted in single precision; raise `l2`")]
    NotPositiveDefinite,
}

/// Fits the model: row `j` holds the weights `b_ji` with which an item `j` of a history speaks for items `i`.
///
/// An item that shares no list with another, directly or over others, has an empty row.
pub fn fit_ease(
    params: &CheckedEaseParams,
    data: &WeightedIncidence,
    progress: &dyn Progress,
) -> Result<Neighbours, EaseError> {
    let n_items = data.n_items();
    let mut matrix = matrix_of(n_items, params.max_memory_gib())?;
    let diagonal = gram_diagonal(data);
    progress.begin("counting pairs for EASE", Some(n_items as u64), "items");
    sum_lower_half(params, data, &diagonal, &mut matrix, progress);
    progress.begin("inverting the matrix of EASE", Some(n_items as u64), "items");
    negative_inverse_in_place(&mut matrix, n_items, progress).map_err(|_| EaseError::NotPositiveDefinite)?;
    progress.begin("keeping the best of EASE", Some(n_items as u64), "items");
    Ok(keep_best(params, &matrix, &diagonal, progress))
}

/// Zeros for the matrix, where that is allowed and the system gives it.
fn matrix_of(n_items: usize, max_memory_gib: f64) -> Result<Vec<f32>, EaseError> {
    let needed_gib = size_of::<f32>() as f64 * (n_items as f64).powi(2) / GIB;
    if max_memory_gib < needed_gib {
        let n_items_that_fit = (max_memory_gib * GIB / size_of::<f32>() as f64).sqrt().floor() as usize;
        return Err(EaseError::TooLarge { n_items, needed_gib, max_memory_gib, n_items_that_fit });
    }
    let mut matrix = Vec::new();
    matrix
        .try_reserve_exact(n_items * n_items)
        .map_err(|_| EaseError::OutOfMemory { n_items, needed_gib })?;
    matrix.resize(n_items * n_items, 0.0);
    Ok(matrix)
}

/// Writes `G + diag(λ)` from the diagonal down, by columns. An item in no list has 1 on the diagonal: any
/// number leaves it alone, and this one can be inverted.
fn sum_lower_half(
    params: &CheckedEaseParams,
    data: &WeightedIncidence,
    diagonal: &[f32],
    matrix: &mut [f32],
    progress: &dyn Progress,
) {
    let n_items = data.n_items();
    let on_columns = |row: &mut GramRow, (chunk, columns): (usize, &mut [f32])| {
        for (item, column) in (chunk * GRAM_COLUMNS..).zip(columns.chunks_exact_mut(n_items)) {
            row.for_each(data, item as u32, |other, value| column[other as usize] = value);
            column[item] = match diagonal[item] {
                value if 0.0 < value => value + params.ridge().of(value),
                _ => 1.0,
            };
            progress.advance(1);
        }
    };
    matrix
        .par_chunks_mut((n_items * GRAM_COLUMNS).max(1))
        .enumerate()
        .for_each_init(|| GramRow::new(n_items), on_columns);
}

/// A block's rows, one after the other.
#[derive(Default)]
struct Rows {
    lens: Vec<usize>,
    items: Vec<u32>,
    weights: Vec<f32>,
}

/// One thread's scratch: whole rows of a block, one after the other, and the best of one.
struct Scratch {
    rows: Vec<f32>,
    best: TopK<ItemIdx>,
    kept: Vec<ItemIdx>,
}

/// Turns the lower half of `−P`, by columns, into the weights kept of each row.
fn keep_best(
    params: &CheckedEaseParams,
    matrix: &[f32],
    diagonal: &[f32],
    progress: &dyn Progress,
) -> Neighbours {
    let n_items = diagonal.len();
    // `b_ji = −P_ji / P_ii`, and the matrix holds −P.
    let diagonal_of_inverse = (0..n_items).map(|item| -matrix[item * n_items + item]);
    let to_target = powers(diagonal, -params.target_exponent());
    let to_target: Vec<f32> = to_target.iter().zip(diagonal_of_inverse).map(|(scale, p)| scale / p).collect();
    let from_source = powers(diagonal, -params.source_exponent());
    let new_scratch = || Scratch { rows: Vec::new(), best: TopK::new(params.neighbours()), kept: Vec::new() };
    let on_block = |scratch: &mut Scratch, items: Range<usize>| {
        gather_rows(matrix, n_items, items.clone(), &mut scratch.rows);
        let mut block = Rows::default();
        for (item, row) in items.zip(scratch.rows.chunks_exact_mut(n_items)) {
            let from_source = from_source[item];
            row.iter_mut().zip(&to_target).for_each(|(value, scale)| *value *= scale * from_source);
            row[item] = 0.0;
            keep_row(params.keep(), row, &mut scratch.best, &mut scratch.kept);
            block.lens.push(scratch.kept.len());
            block.items.extend(scratch.kept.iter().map(|item| item.get()));
            block.weights.extend(scratch.kept.iter().map(|item| row[item.index()]));
        }
        block
    };
    let (blocks, _) = share_out(n_items, new_scratch, on_block, progress);
    let rows = RowOffsets::from_lens(blocks.iter().flat_map(|block| block.lens.iter().copied()));
    let items: Vec<u32> = blocks.iter().flat_map(|block| &block.items).copied().collect();
    let weights: Vec<f32> = blocks.iter().flat_map(|block| &block.weights).copied().collect();
    Neighbours::new(rows, items.into(), weights.into(), n_items, NeighbourOrder::ByItem)
        .expect("rows were cut and sorted just above, and a positive definite matrix has a finite inverse")
}

/// Copies whole rows of a symmetric matrix kept by columns from the diagonal down. Before the diagonal a row
/// lies across columns: the rows of a block are read together, a stretch of each column at a time.
fn gather_rows(matrix: &[f32], n_items: usize, items: Range<usize>, rows: &mut Vec<f32>) {
    rows.clear();
    rows.resize(items.len() * n_items, 0.0);
    for (column, values) in matrix.chunks_exact(n_items).enumerate().take(items.end) {
        let from = column.max(items.start);
        for (&value, row) in values[from..items.end].iter().zip(from - items.start..) {
            rows[row * n_items + column] = value;
        }
    }
    for (row, item) in items.enumerate() {
        let column = &matrix[item * n_items..][..n_items];
        rows[row * n_items + item..(row + 1) * n_items].copy_from_slice(&column[item..]);
    }
}

/// Picks the items of a row to keep, rising; a weight of zero is not kept.
fn keep_row(keep: KeepWeights, row: &[f32], best: &mut TopK<ItemIdx>, kept: &mut Vec<ItemIdx>) {
    for (item, &weight) in row.iter().enumerate() {
        let strength = match keep {
            KeepWeights::Strongest => weight.abs(),
            KeepWeights::Largest => weight,
        };
        if best.threshold() <= strength && weight != 0.0 {
            let strength = Score::new(strength).expect("a positive definite matrix has a finite inverse");
            best.push(strength, ItemIdx::new(item as u32));
        }
    }
    kept.clear();
    kept.extend(best.drain_sorted().map(|(_, item)| item));
    kept.sort_unstable();
}
