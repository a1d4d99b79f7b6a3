//! The kernels of least squares: sums of outer products, and symmetric systems solved one a SIMD lane.
//!
//! A Cholesky factorisation of one small matrix waits on its own roots and divisions. So as many systems as a
//! register has lanes are solved together, each in its lane, and everything is throughput. Every number is summed
//! in one order whatever the lane, so a system's solution does not depend on its neighbours.

use arrow_buffer::MutableBuffer;
use pulp::Simd;

/// Rows of a matrix that are updated at once: as many independent sums as hide the latency of one.
const SUMS: usize = 8;
/// Edge of the square of unknowns that is held in registers.
const TILE: usize = 4;
/// Widths are multiples of this, the widest register's lanes, so that no kernel has a rest to treat.
pub(super) const WIDTH_STEP: usize = 16;
/// A pivot is not let below this; only systems singular to the last bit of their type come here.
const SMALLEST_PIVOT: f32 = 1e-30;

/// Zeroed numbers that begin with a cache line, so that no vector straddles two.
#[derive(Debug, PartialEq)]
pub(super) struct Aligned(MutableBuffer);

impl Clone for Aligned {
    fn clone(&self) -> Self {
        let mut copy = MutableBuffer::with_capacity(self.0.len());
        copy.extend_from_slice(self.0.as_slice());
        Self(copy)
    }
}

impl Aligned {
    pub(super) fn zeroed(len: usize) -> Self {
        Self(MutableBuffer::from_len_zeroed(len * size_of::<f32>()))
    }

    pub(super) fn into_inner(self) -> MutableBuffer {
        self.0
    }
}

impl std::ops::Deref for Aligned {
    type Target = [f32];

    fn deref(&self) -> &[f32] {
        self.0.typed_data()
    }
}

impl std::ops::DerefMut for Aligned {
    fn deref_mut(&mut self) -> &mut [f32] {
        self.0.typed_data_mut()
    }
}

/// Adds to `gram`, shape `(width, width)`, the lower triangle of `PᵀP` for a panel of rows, shape `(n, width)`;
/// what it does above the diagonal is of no meaning. `n·width²/2` multiplications.
///
/// The panel should fit the nearest cache with room to spare. Sums over a panel begin at zero and are added as a
/// whole: over many panels that keeps rounding as small as if there were few rows.
#[inline(always)]
pub(super) fn add_outer<S: Simd>(simd: S, panel: &[f32], width: usize, gram: &mut [f32]) {
    for first in (0..width).step_by(SUMS) {
        for column in (0..first + SUMS).step_by(S::F32_LANES) {
            let mut sums = [simd.splat_f32s(0.0); SUMS];
            for row in panel.chunks_exact(width) {
                let vector = S::as_simd_f32s(row).0[column / S::F32_LANES];
                for (sum, &factor) in sums.iter_mut().zip(&row[first..first + SUMS]) {
                    *sum = simd.mul_add_f32s(simd.splat_f32s(factor), vector, *sum);
                }
            }
            for (row, sum) in gram[first * width..].chunks_exact_mut(width).zip(sums) {
                let out = &mut S::as_mut_simd_f32s(row).0[column / S::F32_LANES];
                *out = simd.add_f32s(*out, sum);
            }
        }
    }
}

/// Sum of products of two rows of one length: in sixteen sums at any width, which are added up in halves.
#[inline(always)]
pub(super) fn dot<S: Simd>(simd: S, left: &[f32], right: &[f32]) -> f32 {
    let (left, left_rest) = left.as_chunks::<WIDTH_STEP>();
    let (right, right_rest) = right.as_chunks::<WIDTH_STEP>();
    // At one lane a register all are used, at sixteen the first.
    let mut sums = [simd.splat_f32s(0.0); WIDTH_STEP];
    let sums = &mut sums[..WIDTH_STEP / S::F32_LANES];
    if !left_rest.is_empty() {
        for (part, sum) in sums.iter_mut().enumerate() {
            let of_part = |rest: &[f32]| {
                let from = rest.len().min(part * S::F32_LANES);
                simd.partial_load_f32s(&rest[from..rest.len().min(from + S::F32_LANES)])
            };
            *sum = simd.mul_f32s(of_part(left_rest), of_part(right_rest));
        }
    }
    for (left, right) in left.iter().zip(right) {
        let products = S::as_simd_f32s(left).0.iter().zip(S::as_simd_f32s(right).0);
        for (sum, (&left, &right)) in sums.iter_mut().zip(products) {
            *sum = simd.mul_add_f32s(left, right, *sum);
        }
    }
    let mut n_sums = sums.len();
    while 1 < n_sums {
        n_sums /= 2;
        for at in 0..n_sums {
            sums[at] = simd.add_f32s(sums[at], sums[at + n_sums]);
        }
    }
    simd.reduce_sum_f32s(sums[0])
}

/// Where a row begins in a lower triangle stored row after row.
const fn row_start(row: usize) -> usize {
    row * (row + 1) / 2
}

/// As many symmetric positive systems as the machine has lanes: `A x = b`.
#[derive(Debug)]
pub(super) struct Systems {
    width: usize,
    /// Lower triangles row after row, one system a lane.
    triangles: Aligned,
    /// One over the diagonals of the factors.
    inverse_diagonals: Aligned,
    /// Right-hand sides, then solutions.
    vectors: Aligned,
}

impl Systems {
    /// Room for systems of so many unknowns, a multiple of [`WIDTH_STEP`]; 33 · width² bytes.
    pub(super) fn new(width: usize) -> Self {
        debug_assert!(width.is_multiple_of(WIDTH_STEP), "kernels have no rest to treat");
        Self {
            width,
            triangles: Aligned::zeroed(row_start(width) * WIDTH_STEP),
            inverse_diagonals: Aligned::zeroed(width * WIDTH_STEP),
            vectors: Aligned::zeroed(width * WIDTH_STEP),
        }
    }

    /// Takes matrices, each of shape `(width, width)` and read in its lower triangle, one a lane.
    #[inline(always)]
    pub(super) fn load_matrices<S: Simd>(&mut self, _: S, matrices: &[f32]) {
        let width = self.width;
        for row in 0..width {
            let out = &mut self.triangles[row_start(row) * S::F32_LANES..row_start(row + 1) * S::F32_LANES];
            for (lane, matrix) in matrices.chunks_exact(width * width).enumerate() {
                let values = &matrix[row * width..=row * width + row];
                for (out, &value) in out.chunks_exact_mut(S::F32_LANES).zip(values) {
                    out[lane] = value;
                }
            }
        }
    }

    /// Takes the right-hand side of a lane.
    #[inline(always)]
    pub(super) fn load_vector<S: Simd>(&mut self, _: S, lane: usize, vector: &[f32]) {
        for (out, &value) in self.vectors.chunks_exact_mut(S::F32_LANES).zip(vector) {
            out[lane] = value;
        }
    }

    /// The solution of a lane.
    #[inline(always)]
    pub(super) fn solution<S: Simd>(&self, _: S, lane: usize) -> impl Iterator<Item = f32> + '_ {
        self.vectors.chunks_exact(S::F32_LANES).take(self.width).map(move |values| values[lane])
    }

    /// Solves all lanes; `width³/6 + width²` multiplications each. A lane that was not loaded costs the same and
    /// means nothing.
    #[inline(always)]
    pub(super) fn solve<S: Simd>(&mut self, simd: S) {
        let triangle = S::as_mut_simd_f32s(&mut self.triangles).0;
        let inverse = S::as_mut_simd_f32s(&mut self.inverse_diagonals).0;
        let vector = &mut S::as_mut_simd_f32s(&mut self.vectors).0[..self.width];
        for first in (0..self.width).step_by(TILE) {
            let (above, rows) = triangle.split_at_mut(row_start(first));
            let mut rows = rows;
            let mut band: [&mut [S::f32s]; TILE] = std::array::from_fn(|_| <&mut [S::f32s]>::default());
            for (at, row) in band.iter_mut().enumerate() {
                (*row, rows) = rows.split_at_mut(first + at + 1);
            }
            for column in (0..first).step_by(TILE) {
                solve_tile(simd, above, inverse, column, &mut band);
            }
            factorize_diagonal(simd, first, &mut band, &mut inverse[first..first + TILE]);
        }
        for column in (0..self.width).step_by(TILE) {
            solve_tile(simd, triangle, inverse, column, &mut [&mut *vector]);
        }
        for row in (0..self.width).rev() {
            let value = simd.mul_f32s(vector[row], inverse[row]);
            vector[row] = value;
            let factors = &triangle[row_start(row)..][..row];
            for (out, &factor) in vector[..row].iter_mut().zip(factors) {
                *out = simd.negate_mul_add_f32s(factor, value, *out);
            }
        }
    }
}

/// Completes `TILE` columns of rows below the diagonal, given the finished rows above: what the columns before
/// contribute is taken off, then the triangle of these columns is solved.
#[inline(always)]
fn solve_tile<S: Simd, const ROWS: usize>(
    simd: S,
    above: &[S::f32s],
    inverse: &[S::f32s],
    column: usize,
    rows: &mut [&mut [S::f32s]; ROWS],
) {
    let above: [&[S::f32s]; TILE] =
        std::array::from_fn(|at| &above[row_start(column + at)..][..column + at + 1]);
    let mut tile = [[simd.splat_f32s(0.0); TILE]; ROWS];
    for (tile, row) in tile.iter_mut().zip(rows.iter()) {
        tile.copy_from_slice(&row[column..column + TILE]);
    }
    let done: [&[S::f32s]; ROWS] = std::array::from_fn(|at| &rows[at][..column]);
    let factors: [&[S::f32s]; TILE] = std::array::from_fn(|at| &above[at][..column]);
    for k in 0..column {
        let factor: [S::f32s; TILE] = std::array::from_fn(|at| factors[at][k]);
        for (tile, done) in tile.iter_mut().zip(done) {
            for (value, factor) in tile.iter_mut().zip(factor) {
                *value = simd.negate_mul_add_f32s(done[k], factor, *value);
            }
        }
    }
    for (tile, row) in tile.iter_mut().zip(rows.iter_mut()) {
        for at in 0..TILE {
            for before in 0..at {
                tile[at] = simd.negate_mul_add_f32s(tile[before], above[at][column + before], tile[at]);
            }
            tile[at] = simd.mul_f32s(tile[at], inverse[column + at]);
        }
        row[column..column + TILE].copy_from_slice(tile);
    }
}

/// Factorises the square of a band that lies on the diagonal.
#[expect(clippy::needless_range_loop, reason = "two rows of one square are read by number at once")]
#[inline(always)]
fn factorize_diagonal<S: Simd>(
    simd: S,
    first: usize,
    band: &mut [&mut [S::f32s]; TILE],
    inverse: &mut [S::f32s],
) {
    let mut tile = [[simd.splat_f32s(0.0); TILE]; TILE];
    for (at, (tile, row)) in tile.iter_mut().zip(band.iter()).enumerate() {
        tile[..=at].copy_from_slice(&row[first..=first + at]);
    }
    let done: [&[S::f32s]; TILE] = std::array::from_fn(|at| &band[at][..first]);
    for k in 0..first {
        let values: [S::f32s; TILE] = std::array::from_fn(|at| done[at][k]);
        for at in 0..TILE {
            for other in 0..=at {
                tile[at][other] = simd.negate_mul_add_f32s(values[at], values[other], tile[at][other]);
            }
        }
    }
    for at in 0..TILE {
        for row in at..TILE {
            for before in 0..at {
                tile[row][at] = simd.negate_mul_add_f32s(tile[row][before], tile[at][before], tile[row][at]);
            }
        }
        let pivot = simd.max_f32s(tile[at][at], simd.splat_f32s(SMALLEST_PIVOT));
        inverse[at] = simd.div_f32s(simd.splat_f32s(1.0), simd.sqrt_f32s(pivot));
        for row in at..TILE {
            tile[row][at] = simd.mul_f32s(tile[row][at], inverse[at]);
        }
    }
    for (at, (tile, row)) in tile.iter().zip(band.iter_mut()).enumerate() {
        row[first..=first + at].copy_from_slice(&tile[..=at]);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use pulp::WithSimd;

    use super::*;
    use crate::simd;
    use crate::simd::tests::{LENGTHS, bits, same_at_each_width};

    fn values(seed: usize, len: usize) -> Vec<f32> {
        (0..len).map(|at| ((at * 37 + seed * 101) % 128) as f32 / 128.0 - 0.45).collect()
    }

    struct Dot<'a> {
        left: &'a [f32],
        right: &'a [f32],
    }

    impl WithSimd for Dot<'_> {
        type Output = f32;

        fn with_simd<S: Simd>(self, simd: S) -> f32 {
            dot(simd, self.left, self.right)
        }
    }

    #[test]
    fn products_are_summed_alike_at_each_width() {
        for len in LENGTHS {
            let (left, right) = (values(1, len), values(2, len));
            let expected: f64 = left.iter().zip(&right).map(|(&a, &b)| f64::from(a) * f64::from(b)).sum();
            let found = same_at_each_width(|| simd::dispatch(Dot { left: &left, right: &right }).to_bits());
            let found = f64::from(f32::from_bits(found));
            assert!(
                (found - expected).abs() <= 1e-6 * (1 + len) as f64,
                "{len}: {found}, expected {expected}"
            );
        }
    }

    struct Outer<'a> {
        panel: &'a [f32],
        width: usize,
    }

    impl WithSimd for Outer<'_> {
        type Output = Vec<f32>;

        fn with_simd<S: Simd>(self, simd: S) -> Vec<f32> {
            let mut gram = Aligned::zeroed(self.width * self.width);
            let mut panel = Aligned::zeroed(self.panel.len());
            panel.copy_from_slice(self.panel);
            add_outer(simd, &panel, self.width, &mut gram);
            gram.to_vec()
        }
    }

    #[test]
    fn outer_products_are_summed_row_by_row() {
        for width in [16, 32, 80] {
            for n_rows in [0, 1, 7, 64] {
                let panel = values(n_rows, n_rows * width);
                let lower = |gram: &[f32]| -> Vec<u32> {
                    (0..width).flat_map(|row| bits(&gram[row * width..][..=row])).collect()
                };
                let found = same_at_each_width(|| lower(&simd::dispatch(Outer { panel: &panel, width })));
                let sum = |row: usize, column: usize| {
                    panel
                        .chunks_exact(width)
                        .fold(0.0, |sum, values| values[row].mul_add(values[column], sum))
                };
                let expected: Vec<f32> = (0..width * width).map(|at| sum(at / width, at % width)).collect();
                assert_eq!(found, lower(&expected), "{n_rows} rows of {width}");
            }
        }
    }

    /// As many systems as there are lanes, at most: with the same matrices one by one, solutions are the same.
    struct Solve<'a> {
        width: usize,
        matrices: &'a [f32],
        vectors: &'a [f32],
    }

    impl WithSimd for Solve<'_> {
        type Output = Vec<f32>;

        fn with_simd<S: Simd>(self, simd: S) -> Vec<f32> {
            let mut systems = Systems::new(self.width);
            let matrices = self.matrices.chunks(S::F32_LANES * self.width * self.width);
            let mut solutions = Vec::new();
            for (matrices, vectors) in matrices.zip(self.vectors.chunks(S::F32_LANES * self.width)) {
                let vectors = vectors.chunks_exact(self.width);
                let n_systems = vectors.len();
                vectors.enumerate().for_each(|(lane, vector)| systems.load_vector(simd, lane, vector));
                systems.load_matrices(simd, matrices);
                systems.solve(simd);
                (0..n_systems).for_each(|lane| solutions.extend(systems.solution(simd, lane)));
            }
            solutions
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(12))]
        #[test]
        fn a_system_is_solved_alike_in_any_lane(n_systems in 0_usize..40, wide in 1_usize..4, seed in 0_usize..100) {
            let width = wide * WIDTH_STEP;
            let matrix = |system: usize| {
                let mut matrix = values(seed + system, width * width);
                for row in 0..width {
                    (0..row).for_each(|column| matrix[column * width + row] = matrix[row * width + column]);
                    matrix[row * width + row] += width as f32;
                }
                matrix
            };
            let matrices: Vec<f32> = (0..n_systems).flat_map(matrix).collect();
            let vectors = values(seed + 7, n_systems * width);
            let found = same_at_each_width(|| {
                bits(&simd::dispatch(Solve { width, matrices: &matrices, vectors: &vectors }))
            });
            let found: Vec<f32> = found.into_iter().map(f32::from_bits).collect();
            prop_assert_eq!(found.len(), n_systems * width);
            let rows = matrices.chunks_exact(width).zip(&vectors).enumerate();
            for (at, (row, &expected)) in rows {
                let solution = &found[at / width * width..][..width];
                let product: f64 = row.iter().zip(solution).map(|(&a, &x)| f64::from(a) * f64::from(x)).sum();
                prop_assert!((product - f64::from(expected)).abs() < 1e-5, "{} and {}", product, expected);
            }
        }
    }
}
