//! The leading right singular vectors of the lists, by a randomised block power iteration.
//!
//! A random block of a few more columns than are asked for is multiplied by `YᵀY` and made orthonormal, a few
//! times over: after `q` rounds a direction of singular value `σ` has shrunk against the leading one by `σ^2q`.
//! The singular vectors within what is left come from a small eigenproblem. Source: Halko, Martinsson and Tropp,
//! "Finding Structure with Randomness", SIAM Review 2011, algorithms 4.4 and 5.1.
//!
//! Memory: two matrices of `n_items` rows and one of [`BLOCK_LISTS`], each `4 · width` bytes a row. Values are
//! f32; inner products, which decide what is orthogonal, are summed in f64. Threads take whole rows, or whole
//! columns of inner products, and sum in one order, so the result does not depend on how many there are. It does
//! depend in its last bits on the width of registers, by which faer's eigenproblem sums.

use erbij_core::Progress;
use faer::diag::DiagMut;
use faer::dyn_stack::{MemBuffer, MemStack};
use faer::linalg::evd::{ComputeEigenvectors, self_adjoint_evd, self_adjoint_evd_scratch};
use faer::linalg::matmul::matmul;
use faer::{Accum, MatMut, MatRef, Par};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use rand_distr::{Distribution, StandardNormal};
use rayon::prelude::*;

use super::lists::{Dense, NormalisedLists};

/// Columns beyond those asked for: the last ones asked for converge by the gap to the first one left out.
const OVERSAMPLING: usize = 16;

/// Products with `YᵀY`. The spectrum of purchases falls slowly, and one or two leave too much of what is outside.
const ROUNDS: usize = 3;

/// Lists whose product is held at once.
const BLOCK_LISTS: usize = 4096;

/// Rows turned to f64 at once for inner products.
const BLOCK_ROWS: usize = 128;

/// Columns of inner products one thread sums.
const COLUMNS: usize = 48;

/// Rows one thread multiplies by a small matrix.
const ROWS: usize = 256;

/// A direction with less than this part of the largest squared length is rounding of f32.
const SMALLEST_SQUARE: f64 = 1e-13;

/// At most `n_factors` orthonormal columns, by singular value rising: shape `(n_items, n_factors)`.
///
/// There are fewer where the lists have fewer singular values above about a thousandth of the largest. The row of
/// an item in no list is 0.
pub(super) fn right_singular_vectors(
    lists: &NormalisedLists,
    n_factors: usize,
    seed: u64,
    progress: &dyn Progress,
) -> Dense {
    let n_products = (ROUNDS + 1) as u64;
    progress.begin("finding spectral factors", Some(n_products * lists.n_lists() as u64), "lists");
    let width = (n_factors + OVERSAMPLING).min(lists.n_items());
    let mut basis = gaussian(lists.n_items(), width, seed);
    for _ in 0..ROUNDS {
        basis = orthonormal(&there_and_back(lists, &basis, progress));
    }
    // Once leaves columns orthogonal but for the rounding of the shortest; twice is enough.
    basis = orthonormal(&basis);
    let (squares, vectors) = eigen(&squared_lengths(lists, &basis, progress), basis.width);
    let smallest = SMALLEST_SQUARE.sqrt() * squares.last().copied().unwrap_or(0.0);
    let n_rounding = squares.partition_point(|&square| square <= smallest);
    let first = n_rounding.max(squares.len().saturating_sub(n_factors));
    times_small(&basis, &vectors[first * basis.width..], basis.width - first)
}

fn gaussian(n_rows: usize, width: usize, seed: u64) -> Dense {
    let random = ChaCha8Rng::seed_from_u64(seed);
    Dense { n_rows, width, values: StandardNormal.sample_iter(random).take(n_rows * width).collect() }
}

/// `YᵀY · basis`.
fn there_and_back(lists: &NormalisedLists, basis: &Dense, progress: &dyn Progress) -> Dense {
    let mut sums = Dense::zeros(basis.n_rows, basis.width);
    for start in (0..lists.n_lists()).step_by(BLOCK_LISTS) {
        let block = start..lists.n_lists().min(start + BLOCK_LISTS);
        let product = lists.times(block.clone(), basis);
        lists.add_transposed_times(block.clone(), &product, &mut sums);
        progress.advance(block.len() as u64);
    }
    sums
}

/// `(Y · basis)ᵀ (Y · basis)`, as [`add_inner_products`] writes it.
fn squared_lengths(lists: &NormalisedLists, basis: &Dense, progress: &dyn Progress) -> Vec<f64> {
    let mut sums = vec![0.0; basis.width * basis.width];
    for start in (0..lists.n_lists()).step_by(BLOCK_LISTS) {
        let block = start..lists.n_lists().min(start + BLOCK_LISTS);
        add_inner_products(&mut sums, &lists.times(block.clone(), basis));
        progress.advance(block.len() as u64);
    }
    sums
}

/// Adds the inner products of columns, `BᵀB`: by columns, meaningful from the diagonal down.
fn add_inner_products(sums: &mut [f64], matrix: &Dense) {
    let width = matrix.width;
    let on_columns = |block: &mut Vec<f64>, (chunk, columns): (usize, &mut [f64])| {
        let first = chunk * COLUMNS;
        let n_columns = columns.len() / width;
        for values in matrix.values.chunks(BLOCK_ROWS * width) {
            block.clear();
            block.extend(values.iter().map(|&value| f64::from(value)));
            let rows = MatRef::from_row_major_slice(block, values.len() / width, width);
            let columns = MatMut::from_column_major_slice_mut(columns, width, n_columns);
            matmul(
                columns.subrows_mut(first, width - first),
                Accum::Add,
                rows.subcols(first, width - first).transpose(),
                rows.subcols(first, n_columns),
                1.0,
                Par::Seq,
            );
        }
    };
    let chunks = sums.par_chunks_mut((COLUMNS * width).max(1)).enumerate();
    chunks.for_each_init(Vec::new, on_columns);
}

/// An orthonormal basis of the columns; fewer columns where some depend on others.
///
/// By the eigenvectors `E` and -values `w` of the inner products of columns scaled to length 1: the basis is
/// `B · diag(1 / |b|) E w^−½`. Unlike Gram-Schmidt it is all matrix products, and unlike Cholesky it sees which
/// directions are missing. Source: Stathopoulos and Wu, "A Block Orthogonalization Procedure with Constant
/// Synchronization Requirements", SIAM J. Sci. Comput. 2002 (SVQB).
fn orthonormal(matrix: &Dense) -> Dense {
    let width = matrix.width;
    let mut products = vec![0.0; width * width];
    add_inner_products(&mut products, matrix);
    let to_unit = |at: usize| match products[at * width + at] {
        square if 0.0 < square => square.sqrt().recip(),
        _ => 0.0,
    };
    let to_unit: Vec<f64> = (0..width).map(to_unit).collect();
    for (column, scale) in products.chunks_exact_mut(width.max(1)).zip(&to_unit) {
        column.iter_mut().zip(&to_unit).for_each(|(value, other)| *value *= scale * other);
    }
    let (squares, mut vectors) = eigen(&products, width);
    let smallest = SMALLEST_SQUARE * squares.last().copied().unwrap_or(0.0);
    let first = squares.partition_point(|&square| square <= smallest);
    for (vector, square) in vectors.chunks_exact_mut(width.max(1)).zip(&squares).skip(first) {
        let scale = square.sqrt().recip();
        vector.iter_mut().zip(&to_unit).for_each(|(value, to_unit)| *value *= to_unit * scale);
    }
    times_small(matrix, &vectors[first * width..], width - first)
}

/// Eigenvalues, rising, and eigenvectors, by columns, of a symmetric matrix given from the diagonal down.
fn eigen(matrix: &[f64], n: usize) -> (Vec<f64>, Vec<f64>) {
    let mut values = vec![0.0; n];
    let mut vectors = vec![0.0; n * n];
    if n == 0 {
        return (values, vectors);
    }
    let scratch = self_adjoint_evd_scratch::<f64>(n, ComputeEigenvectors::Yes, Par::Seq, Default::default());
    self_adjoint_evd(
        MatRef::from_column_major_slice(matrix, n, n),
        DiagMut::from_slice_mut(&mut values),
        Some(MatMut::from_column_major_slice_mut(&mut vectors, n, n)),
        Par::Seq,
        MemStack::new(&mut MemBuffer::new(scratch)),
        Default::default(),
    )
    .expect("the eigenvalues of a finite symmetric matrix converge");
    (values, vectors)
}

/// `matrix · small`, where the small matrix is by columns.
fn times_small(matrix: &Dense, small: &[f64], n_columns: usize) -> Dense {
    let small: Vec<f32> = small.iter().map(|&value| value as f32).collect();
    let small = MatRef::from_column_major_slice(&small, matrix.width, n_columns);
    let mut product = Dense::zeros(matrix.n_rows, n_columns);
    product.values.par_chunks_mut((ROWS * n_columns).max(1)).enumerate().for_each(|(chunk, rows)| {
        let n_rows = rows.len() / n_columns;
        let of_matrix = matrix.rows(chunk * ROWS..chunk * ROWS + n_rows);
        matmul(
            MatMut::from_row_major_slice_mut(rows, n_rows, n_columns),
            Accum::Replace,
            MatRef::from_row_major_slice(of_matrix, n_rows, matrix.width),
            small,
            1.0,
            Par::Seq,
        );
    });
    product
}
