//! Inverts a symmetric positive definite matrix in the memory it lies in.
//!
//! Block by block of rows and columns the matrix is swept: with `S` the swept blocks it holds
//! `−A_SS⁻¹`, `A_SS⁻¹ A_SR` and the Schur complement `A_RR − A_RS A_SS⁻¹ A_SR`, until all is `−A⁻¹`. Sweeping
//! block `b` takes `M_ib M_bb⁻¹ M_bj` from every `M_ij`: one product of two slim panels, half of it by symmetry.
//! That is `n³` operations in all, the least there is (as much as Cholesky, triangular inverse and their
//! product, which each need more care in place), nearly all in the fastest kernel. In positive definite
//! matrices it needs no pivoting. Source: Beaton 1964; Goodnight, "A Tutorial on the SWEEP Operator", 1979.
//!
//! Work is cut into panels of fixed width, each computed by one thread, so the result does not depend on
//! threads. Memory: the matrix, and `4 · n · BLOCK` bytes for a panel.

use erbij_core::Progress;
use faer::linalg::matmul::matmul;
use faer::linalg::triangular_solve::{solve_lower_triangular_in_place, solve_upper_triangular_in_place};
use faer::{Accum, MatMut, MatRef, Par};
use rayon::prelude::*;

use crate::cholesky::{STRIP, factor_in_place};

/// Rows swept together: deep enough for the product to run at full speed, few enough that the triangular
/// solves, `2 · BLOCK / n` of the work, do not count.
const BLOCK: usize = 256;

/// Columns one thread updates, gathers or solves at once, at most.
const COLUMNS: usize = 256;

/// Columns of a share, such that none is one column of many: a product with a single column is summed in as many parts as
/// a register has lanes, and so has other bits on another machine.
fn columns_of_a_share(n: usize) -> usize {
    let is_whole = |columns: &usize| n <= *columns || n % columns != 1;
    (2..=COLUMNS).rev().find(is_whole).unwrap_or(COLUMNS)
}

/// A block of the matrix is not positive definite in f32.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct NotPositiveDefinite;

/// Replaces a symmetric matrix by minus its inverse.
///
/// `matrix` is `n` by `n`, by columns; what lies above the diagonal is neither read nor meaningful after. Tells
/// progress of every row.
pub(crate) fn negative_inverse_in_place(
    matrix: &mut [f32],
    n: usize,
    progress: &dyn Progress,
) -> Result<(), NotPositiveDefinite> {
    assert_eq!(matrix.len(), n * n, "the matrix is square");
    let mut panel = vec![0.0; n * BLOCK.min(n.next_multiple_of(STRIP))];
    for start in (0..n).step_by(BLOCK) {
        let block = Block { start, width: BLOCK.min(n - start), n };
        block.sweep(matrix, &mut panel)?;
        progress.advance(block.width as u64);
    }
    Ok(())
}

/// The rows and columns that are swept.
struct Block {
    start: usize,
    width: usize,
    n: usize,
}

impl Block {
    /// Rows of the panel: the width in whole strips. The rows beyond are zero.
    fn height(&self) -> usize {
        self.width.next_multiple_of(STRIP)
    }

    fn end(&self) -> usize {
        self.start + self.width
    }

    fn sweep(&self, matrix: &mut [f32], panel: &mut [f32]) -> Result<(), NotPositiveDefinite> {
        let height = self.height();
        // By columns of `height`: column i is row i of the swept block's columns.
        let panel = &mut panel[..height * self.n];
        self.gather(matrix, panel);
        let share = height * columns_of_a_share(self.n);
        let own = self.start * height..self.end() * height;
        let mut factor = vec![0.0; height * height];
        factor[..own.len()].copy_from_slice(&panel[own.clone()]);
        (self.width..height).for_each(|row| factor[row * height + row] = 1.0);
        factor_in_place(&mut factor, height).map_err(|_| NotPositiveDefinite)?;
        let lower = MatRef::from_column_major_slice(&factor, height, height);

        panel.par_chunks_mut(share).for_each(|columns| {
            let columns = MatMut::from_column_major_slice_mut(columns, height, columns_in(columns, height));
            solve_lower_triangular_in_place(lower, columns, Par::Seq);
        });
        // The block's own rows and columns are not updated but replaced.
        panel[own.clone()].fill(0.0);
        self.subtract_products(matrix, panel);

        let own = &mut panel[own];
        (0..self.width).for_each(|column| own[column * height + column] = -1.0);
        let own = MatMut::from_column_major_slice_mut(own, height, self.width);
        solve_lower_triangular_in_place(lower, own, Par::Seq);
        panel.par_chunks_mut(share).for_each(|columns| {
            let columns = MatMut::from_column_major_slice_mut(columns, height, columns_in(columns, height));
            solve_upper_triangular_in_place(lower.transpose(), columns, Par::Seq);
        });
        self.put_back(matrix, panel);
        Ok(())
    }

    /// Copies the block's columns of the whole symmetric matrix, turned, to the panel.
    fn gather(&self, matrix: &[f32], panel: &mut [f32]) {
        let (n, height) = (self.n, self.height());
        panel.par_chunks_mut(height * COLUMNS).enumerate().for_each(|(chunk, panel)| {
            let first = chunk * COLUMNS;
            for (to, i) in panel.chunks_exact_mut(height).zip(first..) {
                let whole = i.clamp(self.start, self.end()) - self.start;
                // Before the diagonal of row i the columns hold it; from there on its own column does.
                if self.end() <= i {
                    continue;
                }
                to[whole..self.width]
                    .copy_from_slice(&matrix[i * n + self.start + whole..i * n + self.end()]);
                to[self.width..].fill(0.0);
            }
            let below = first.max(self.start)..(first + panel.len() / height).max(self.start);
            for column in 0..self.width {
                let values = &matrix[(self.start + column) * n..][below.clone()];
                for (i, &value) in below.clone().zip(values) {
                    if self.start + column <= i {
                        panel[(i - first) * height + column] = value;
                    }
                }
            }
            for i in below.filter(|&i| self.end() <= i) {
                panel[(i - first) * height..][self.width..height].fill(0.0);
            }
        });
    }

    /// Takes from every column of the lower half the products of its panel column with those at or after it.
    fn subtract_products(&self, matrix: &mut [f32], panel: &[f32]) {
        let (n, height) = (self.n, self.height());
        let n_share = columns_of_a_share(n);
        matrix.par_chunks_mut(n * n_share).enumerate().with_max_len(1).for_each(|(chunk, columns)| {
            let first = chunk * n_share;
            let n_columns = columns_in(columns, n);
            let columns = MatMut::from_column_major_slice_mut(columns, n, n_columns);
            let rows = MatRef::from_column_major_slice(&panel[first * height..], height, n - first);
            matmul(
                columns.subrows_mut(first, n - first),
                Accum::Add,
                rows.transpose(),
                rows.subcols(0, n_columns),
                -1.0,
                Par::Seq,
            );
        });
    }

    /// Writes the panel over the block's rows and columns.
    fn put_back(&self, matrix: &mut [f32], panel: &[f32]) {
        let (n, height) = (self.n, self.height());
        matrix.par_chunks_mut(n).enumerate().take(self.end()).for_each(|(column, values)| {
            match column.checked_sub(self.start) {
                None => {
                    let of_column = &panel[column * height..][..self.width];
                    values[self.start..self.end()].copy_from_slice(of_column);
                }
                Some(row) => {
                    for (value, of_item) in
                        values[self.start..].iter_mut().zip(panel[self.start * height..].chunks_exact(height))
                    {
                        *value = of_item[row];
                    }
                }
            }
        });
    }
}

fn columns_in(values: &[f32], height: usize) -> usize {
    values.len() / height
}

#[cfg(test)]
mod tests {
    use erbij_core::Silent;

    use super::*;

    /// A positive definite matrix: 1 and more on the diagonal, and a low-rank part that couples everything.
    fn value(row: usize, column: usize) -> f32 {
        let wave = |at: usize| (at as f32 * 0.7).sin();
        let coupled = 0.25 * wave(row) * wave(column) + 0.125 * wave(row * row) * wave(column * column);
        if row == column { 1.0 + (row % 5) as f32 + coupled } else { coupled }
    }

    #[test]
    fn times_the_matrix_it_is_minus_one() {
        // One block, whole blocks, and a last block of a few columns.
        for n in [0, 1, 5, 16, 255, 256, 512, 531] {
            let mut matrix: Vec<f32> =
                (0..n * n).map(|at| if at % n < at / n { f32::NAN } else { value(at % n, at / n) }).collect();
            // What lies above the diagonal must not be read, but a product with it may be written there.
            assert_eq!(negative_inverse_in_place(&mut matrix, n, &Silent), Ok(()));
            let inverse = |row: usize, column: usize| matrix[row.min(column) * n + row.max(column)];
            for row in 0..n {
                for column in (0..n).step_by(1 + n / 40) {
                    let of_inner = |at| f64::from(value(row, at)) * f64::from(inverse(at, column));
                    let product: f64 = (0..n).map(of_inner).sum();
                    let expected = if row == column { -1.0 } else { 0.0 };
                    assert!((product - expected).abs() < 1e-4, "n {n}: ({row}, {column}) is {product}");
                }
            }
        }
    }

    #[test]
    fn no_share_is_one_column_of_many() {
        for n in 2..2000 {
            assert_ne!(n % columns_of_a_share(n), 1, "{n}");
        }
        assert_eq!(columns_of_a_share(65_281), 254, "neither 256 nor 255 do");
    }

    /// The bits as they are with AVX2 and with AVX-512: whichever of them the tests run on.
    #[cfg(target_arch = "x86_64")]
    #[test]
    fn no_width_shows() {
        if !is_x86_feature_detected!("fma") {
            return;
        }
        for (n, expected) in
            [(5, 0xe3cb_2196_5eef_b55d), (257, 0x9e74_0b65_dc6e_e8ae), (513, 0x2c30_c1f0_7735_7a66_u64)]
        {
            let value = |row: usize, column: usize| {
                let coupled = ((row * 7 + column * 7 + row * column) % 32) as f32 / 4096.0;
                if row == column { 8.0 + (row % 5) as f32 } else { coupled }
            };
            let mut matrix: Vec<f32> = (0..n * n).map(|at| value(at % n, at / n)).collect();
            assert_eq!(negative_inverse_in_place(&mut matrix, n, &Silent), Ok(()));
            let lower = (0..n).flat_map(|column| &matrix[column * n + column..][..n - column]);
            let mix =
                |sum: u64, value: &f32| (sum ^ u64::from(value.to_bits())).wrapping_mul(0x0100_0000_01b3);
            assert_eq!(lower.fold(0xcbf2_9ce4_8422_2325, mix), expected, "{n}");
        }
    }

    #[test]
    fn an_indefinite_matrix_is_refused() {
        for n in [2, 300] {
            let mut matrix = vec![0.0; n * n];
            (0..n).for_each(|at| matrix[at * n + at] = if at == n - 1 { -1.0 } else { 1.0 });
            assert_eq!(negative_inverse_in_place(&mut matrix, n, &Silent), Err(NotPositiveDefinite));
        }
    }
}
