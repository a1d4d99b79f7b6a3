//! Half an epoch: the best vectors of one side, those of the other side fixed.

use std::ops::Range;

use pulp::{Simd, WithSimd};
use rayon::prelude::*;

use super::params::CheckedIalsParams;
use super::solve::{Aligned, Systems, WIDTH_STEP, add_outer, dot};
use crate::simd;

/// Rows gathered at once: with 64 factors 16 KiB, half the nearest cache.
const PANEL_ROWS: usize = 64;
/// Rows summed into one part of a Gram matrix; parts are added in order, whoever made them.
const GRAM_ROWS: usize = 4096;

/// `weight · YᵀY` of vectors, shape `(n, n_factors)`: what all pairs not bought cost. O(n · n_factors²).
pub(super) fn weighted_gram(vectors: &[f32], n_factors: usize, weight: f64) -> Vec<f32> {
    let width = n_factors.next_multiple_of(WIDTH_STEP);
    let parts: Vec<Aligned> = vectors
        .par_chunks(GRAM_ROWS * n_factors)
        .map(|vectors| simd::dispatch(GramPart { vectors, n_factors, width }))
        .collect();
    let mut gram = vec![0.0; n_factors * n_factors];
    for row in 0..n_factors {
        for column in 0..=row {
            let sum: f64 = parts.iter().map(|part| f64::from(part[row * width + column])).sum();
            gram[row * n_factors + column] = (weight * sum) as f32;
            gram[column * n_factors + row] = (weight * sum) as f32;
        }
    }
    gram
}

struct GramPart<'a> {
    vectors: &'a [f32],
    n_factors: usize,
    width: usize,
}

impl WithSimd for GramPart<'_> {
    type Output = Aligned;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> Aligned {
        let mut gram = Aligned::zeroed(self.width * self.width);
        let mut panel = Aligned::zeroed(PANEL_ROWS * self.width);
        for vectors in self.vectors.chunks(PANEL_ROWS * self.n_factors) {
            let vectors = vectors.chunks_exact(self.n_factors);
            let panel = &mut panel[..vectors.len() * self.width];
            for (row, vector) in panel.chunks_exact_mut(self.width).zip(vectors) {
                row[..self.n_factors].copy_from_slice(vector);
            }
            add_outer(simd, panel, self.width, &mut gram);
        }
        gram
    }
}

/// The fixed side, and all that is the same for every row of the other.
#[derive(Clone, Copy, Debug)]
pub(super) struct HalfStep<'a> {
    /// The vectors of the fixed side, shape `(n, n_factors)`.
    pub(super) fixed: &'a [f32],
    /// Their [`weighted_gram`].
    pub(super) gram: &'a [f32],
    /// Coordinates solved at once, a multiple of [`WIDTH_STEP`]; at least `n_factors` solves exactly.
    pub(super) block: usize,
    /// The ridge and how many factors there are.
    pub(super) params: &'a CheckedIalsParams,
}

/// What solving a group of rows needs besides: about `4 · block² · (lanes + 8)` bytes, and a residual an entry.
#[derive(Debug)]
pub(super) struct Scratch {
    width: usize,
    panel: Aligned,
    matrices: Aligned,
    vector: Aligned,
    systems: Systems,
    residuals: Vec<Vec<f32>>,
}

impl Scratch {
    /// Room for at most so many rows at once.
    pub(super) fn new(step: &HalfStep<'_>, n_rows: usize) -> Self {
        let width = step.block.min(step.params.factors().next_multiple_of(WIDTH_STEP));
        let n_systems = n_rows.min(WIDTH_STEP);
        Self {
            width,
            panel: Aligned::zeroed(PANEL_ROWS * width),
            matrices: Aligned::zeroed(n_systems * width * width),
            vector: Aligned::zeroed(width),
            systems: Systems::new(width),
            residuals: vec![Vec::new(); n_systems],
        }
    }
}

impl HalfStep<'_> {
    /// Solves rows: of each, which rows of the fixed side it was observed with. `solved`, shape
    /// `(lists.len(), n_factors)`, is where blocks start from, and becomes the solution.
    ///
    /// `|list| · n_factors · block / 2 + n_factors · block² / 6` multiplications a row, and where `block` is
    /// less than `n_factors` another `n_factors² + 3 · |list| · n_factors`.
    pub(super) fn solve(&self, lists: &[&[u32]], solved: &mut [f32], scratch: &mut Scratch) {
        debug_assert_eq!(solved.len(), lists.len() * self.params.factors(), "a vector a list");
        simd::dispatch(SolveRows { step: self, lists, rhs: None, solved, scratch });
    }

    /// Solves one row's system for another right-hand side; only where one block holds all factors.
    pub(super) fn solve_for(&self, list: &[u32], rhs: &[f32], solved: &mut [f32], scratch: &mut Scratch) {
        debug_assert!(self.params.factors() <= scratch.width, "the system must be whole");
        simd::dispatch(SolveRows { step: self, lists: &[list], rhs: Some(rhs), solved, scratch });
    }
}

struct SolveRows<'a, 'b> {
    step: &'a HalfStep<'b>,
    lists: &'a [&'a [u32]],
    rhs: Option<&'a [f32]>,
    solved: &'a mut [f32],
    scratch: &'a mut Scratch,
}

impl WithSimd for SolveRows<'_, '_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { step, lists, rhs, solved, scratch } = self;
        let n_factors = step.params.factors();
        let lists = lists.chunks(S::F32_LANES);
        for (lists, solved) in lists.zip(solved.chunks_mut(S::F32_LANES * n_factors)) {
            if n_factors <= scratch.width {
                // The solution does not depend on where it starts, so it starts where residuals are known.
                solved.fill(0.0);
            }
            step.begin_residuals(simd, lists, solved, scratch);
            for first in (0..n_factors).step_by(scratch.width) {
                let columns = first..n_factors.min(first + scratch.width);
                step.solve_block(simd, lists, &columns, rhs, solved, scratch);
            }
        }
    }
}

impl HalfStep<'_> {
    /// Residuals `1 − x·y` of the observed pairs.
    #[inline(always)]
    fn begin_residuals<S: Simd>(&self, simd: S, lists: &[&[u32]], solved: &[f32], scratch: &mut Scratch) {
        let n_factors = self.params.factors();
        let is_whole = n_factors <= scratch.width;
        let rows = lists.iter().zip(solved.chunks_exact(n_factors));
        for (residuals, (list, solved)) in scratch.residuals.iter_mut().zip(rows) {
            residuals.clear();
            residuals.resize(list.len(), 1.0);
            if !is_whole {
                self.subtract_predictions(simd, list, &(0..n_factors), solved, residuals);
            }
        }
    }

    /// Takes off the residuals what these columns predict.
    #[inline(always)]
    fn subtract_predictions<S: Simd>(
        &self,
        simd: S,
        list: &[u32],
        columns: &Range<usize>,
        values: &[f32],
        residuals: &mut [f32],
    ) {
        for (residual, &other) in residuals.iter_mut().zip(list) {
            *residual -= dot(simd, self.vector(other, columns), values);
        }
    }

    /// One step of Newton's method over some columns of a group of rows, at most one row a lane; since the loss
    /// is quadratic, it is the minimum over these columns.
    #[inline(always)]
    fn solve_block<S: Simd>(
        &self,
        simd: S,
        lists: &[&[u32]],
        columns: &Range<usize>,
        rhs: Option<&[f32]>,
        solved: &mut [f32],
        scratch: &mut Scratch,
    ) {
        let n_factors = self.params.factors();
        let width = scratch.width;
        for (lane, list) in lists.iter().enumerate() {
            let solved = &solved[lane * n_factors..][..n_factors];
            self.begin_system(simd, lane, list.len(), columns, solved, scratch);
            self.add_observed(simd, lane, list, columns, scratch);
            scratch.systems.load_vector(simd, lane, rhs.unwrap_or(&scratch.vector));
        }
        let matrices = &scratch.matrices[..lists.len() * width * width];
        scratch.systems.load_matrices(simd, matrices);
        scratch.systems.solve(simd);
        for (lane, list) in lists.iter().enumerate() {
            let solved = &mut solved[lane * n_factors..][columns.clone()];
            for (value, step) in solved.iter_mut().zip(scratch.systems.solution(simd, lane)) {
                *value += step;
            }
            if columns.end < n_factors {
                let step = &mut scratch.vector[..columns.len()];
                for (out, value) in step.iter_mut().zip(scratch.systems.solution(simd, lane)) {
                    *out = value;
                }
                self.subtract_predictions(simd, list, columns, step, &mut scratch.residuals[lane]);
            }
        }
    }

    /// Begins a lane's system with what does not depend on what was observed: the matrix with the weighted Gram
    /// matrix and the ridge, the right-hand side with minus their product with the row as it stands.
    #[inline(always)]
    fn begin_system<S: Simd>(
        &self,
        simd: S,
        lane: usize,
        n_observed: usize,
        columns: &Range<usize>,
        solved: &[f32],
        scratch: &mut Scratch,
    ) {
        let n_factors = self.params.factors();
        let width = scratch.width;
        let ridge = self.params.ridge(n_observed, self.fixed.len() / n_factors) as f32;
        let matrix = &mut scratch.matrices[lane * width * width..][..width * width];
        scratch.vector.fill(0.0);
        for (at, row) in matrix.chunks_exact_mut(width).enumerate() {
            if columns.len() <= at {
                row.fill(0.0);
            } else {
                let gram = &self.gram[(columns.start + at) * n_factors..][..n_factors];
                row[..columns.len()].copy_from_slice(&gram[columns.clone()]);
                if width < n_factors {
                    scratch.vector[at] = -dot(simd, gram, solved) - ridge * solved[columns.start + at];
                }
            }
            row[at] += ridge;
        }
    }

    /// Adds to a lane's system what was observed: `Σ y yᵀ` and `Σ residual · y`.
    #[inline(always)]
    fn add_observed<S: Simd>(
        &self,
        simd: S,
        lane: usize,
        list: &[u32],
        columns: &Range<usize>,
        scratch: &mut Scratch,
    ) {
        let width = scratch.width;
        let matrix = &mut scratch.matrices[lane * width * width..][..width * width];
        let residuals = scratch.residuals[lane].chunks(PANEL_ROWS);
        for (list, residuals) in list.chunks(PANEL_ROWS).zip(residuals) {
            let panel = &mut scratch.panel[..list.len() * width];
            let pairs = list.iter().zip(residuals);
            for (row, (&other, &residual)) in panel.chunks_exact_mut(width).zip(pairs) {
                gather(simd, self.vector(other, columns), residual, row, &mut scratch.vector);
            }
            add_outer(simd, panel, width, matrix);
        }
    }

    /// Some columns of a vector of the fixed side.
    #[inline(always)]
    fn vector(&self, row: u32, columns: &Range<usize>) -> &[f32] {
        &self.fixed[row as usize * self.params.factors()..][columns.clone()]
    }
}

/// Copies a vector, fills up with zeros, and adds `residual` times it to sums.
///
/// One pass over what was fetched: rows lie scattered, and waiting for them is about a quarter of a fit.
#[inline(always)]
fn gather<S: Simd>(simd: S, vector: &[f32], residual: f32, row: &mut [f32], sums: &mut [f32]) {
    let residual = simd.splat_f32s(residual);
    let (whole, rest) = S::as_simd_f32s(vector);
    let row = S::as_mut_simd_f32s(row).0;
    let sums = S::as_mut_simd_f32s(sums).0;
    for ((out, sum), &values) in row.iter_mut().zip(&mut *sums).zip(whole) {
        *out = values;
        *sum = simd.mul_add_f32s(residual, values, *sum);
    }
    if let Some((out, end)) = row[whole.len()..].split_first_mut() {
        *out = simd.partial_load_f32s(rest);
        sums[whole.len()] = simd.mul_add_f32s(residual, *out, sums[whole.len()]);
        end.fill(simd.splat_f32s(0.0));
    }
}
