//! Solves small dense symmetric systems, many a second.
//!
//! The matrix is kept by rows, upper half, so that a row of the factor is contiguous and the inner loop of the
//! factorisation is a product of a few rows with all rows above them: what registers are made for. The
//! right-hand side is one more column, so its forward substitution is part of the factorisation.
//! Cost: `n³/3` operations, at `n = 300` about 75 of them a nanosecond on one core of an EPYC with AVX2.

use crate::simd;

/// Rows factored together. Six rows of two AVX2 registers leave room for what they are multiplied with.
const ROWS: usize = 6;
/// Columns in registers together; also what a row's length is rounded up to.
pub(crate) const STRIP: usize = 16;

/// A pivot below this part of its diagonal is rounding: the row says nothing that rows before it did not.
const SMALLEST_PIVOT: f32 = 1e-6;

/// A symmetric system `A x = b`: the upper half of `A` by rows, and `b` in the column after.
///
/// It is filled, solved in place and filled again: the memory is kept.
#[derive(Default)]
pub(crate) struct SymmetricSystem {
    n: usize,
    /// Values between the beginnings of two rows.
    stride: usize,
    values: Vec<f32>,
    /// Per row what its diagonal was.
    diagonal: Vec<f32>,
}

impl SymmetricSystem {
    /// Makes it a system of `n` unknowns, all zero.
    pub(crate) fn reset(&mut self, n: usize) {
        self.n = n;
        self.stride = (n + 1).next_multiple_of(STRIP);
        self.values.clear();
        self.values.resize(n * self.stride, 0.0);
    }

    /// Writes one value of the upper half, `row <= column`.
    #[inline]
    pub(crate) fn set(&mut self, row: usize, column: usize, value: f32) {
        self.values[row * self.stride + column] = value;
    }

    /// Solves the system; `solution` becomes `n` long. A row that depends on the rows before it gets 0.
    pub(crate) fn solve(&mut self, solution: &mut Vec<f32>) {
        solution.clear();
        solution.resize(self.stride, 0.0);
        let Self { n, stride, .. } = *self;
        simd::dispatch(Factor { values: &mut self.values, diagonal: &mut self.diagonal, n, stride });
        simd::dispatch(SubstituteBack { values: &self.values, n, stride, x: solution });
        solution.truncate(self.n);
    }
}

/// Factors the upper half of the `n` by `n` matrix into `UᵀU`, `n <= stride`; further columns become `U⁻ᵀ` times
/// them. What is left of the diagonal is overwritten with numbers without meaning. A dependent row becomes 0.
///
/// A type rather than a closure, as its one method is then compiled for the registers the machine has.
struct Factor<'a> {
    values: &'a mut [f32],
    diagonal: &'a mut Vec<f32>,
    n: usize,
    stride: usize,
}

impl pulp::WithSimd for Factor<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: pulp::Simd>(self, _: S) {
        let Self { values, diagonal, n, stride } = self;
        diagonal.clear();
        diagonal.extend((0..n).map(|row| values[row * stride + row]));
        for start in (0..n).step_by(ROWS) {
            let n_rows = ROWS.min(n - start);
            let (above, block) = values.split_at_mut(start * stride);
            let block = &mut block[..n_rows * stride];
            for column in (start / STRIP * STRIP..stride).step_by(STRIP) {
                match n_rows {
                    ROWS => subtract_products::<ROWS>(above, block, stride, start, column),
                    _ => {
                        for row in 0..n_rows {
                            let row_values = &mut block[row * stride..][..stride];
                            subtract_products::<1>(above, row_values, stride, start + row, column);
                        }
                    }
                }
            }
            factor_block(block, diagonal, n_rows, start, stride);
        }
    }
}

/// Takes from `R` rows of a block, in one strip of columns, their products with every row above the block.
#[inline(always)]
fn subtract_products<const R: usize>(
    above: &[f32],
    block: &mut [f32],
    stride: usize,
    first_row: usize,
    column: usize,
) {
    let mut sums = [[0.0_f32; STRIP]; R];
    for row in above.chunks_exact(stride) {
        let factors: &[f32; R] = row[first_row..].first_chunk().expect("a row reaches its block's diagonal");
        let strip: &[f32; STRIP] = row[column..].first_chunk().expect("a stride is whole strips");
        for (sums, &factor) in sums.iter_mut().zip(factors) {
            for (sum, &value) in sums.iter_mut().zip(strip) {
                *sum = factor.mul_add(value, *sum);
            }
        }
    }
    for (row, sums) in block.chunks_exact_mut(stride).zip(&sums) {
        for (value, &sum) in row[column..].iter_mut().zip(sums) {
            *value -= sum;
        }
    }
}

/// Factors the rows of a block, from which all rows above are already taken.
#[inline(always)]
fn factor_block(block: &mut [f32], diagonal: &[f32], n_rows: usize, start: usize, stride: usize) {
    let first_column = start / STRIP * STRIP;
    for row in 0..n_rows {
        let (done, rest) = block.split_at_mut((row + 1) * stride);
        let this = &mut done[row * stride..];
        let pivot = this[start + row];
        if SMALLEST_PIVOT * diagonal[start + row] < pivot {
            let scale = 1.0 / pivot.sqrt();
            for value in &mut this[first_column..] {
                *value *= scale;
            }
        } else {
            this.fill(0.0);
        }
        for (below, other) in rest.chunks_exact_mut(stride).zip(start + row + 1..) {
            let factor = this[other];
            for (value, &of_this) in below[first_column..].iter_mut().zip(&this[first_column..]) {
                *value = (-factor).mul_add(of_this, *value);
            }
        }
    }
}

/// Solves `U x = y`, where `y` is the column after `U`; `x` has room for a whole row and begins as zeros.
struct SubstituteBack<'a> {
    values: &'a [f32],
    n: usize,
    stride: usize,
    x: &'a mut [f32],
}

impl pulp::WithSimd for SubstituteBack<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: pulp::Simd>(self, _: S) {
        let Self { values, n, stride, x } = self;
        for row in (0..n).rev() {
            let of_row = &values[row * stride..][..stride];
            let pivot = of_row[row];
            if pivot == 0.0 {
                continue;
            }
            // Unknowns not yet found are zero, and so is what lies after the last: whole strips may be summed.
            // Only the right-hand side has to be kept out, and it meets the zero after the last unknown.
            let from = row / STRIP * STRIP;
            let mut sums = [0.0_f32; STRIP];
            for (of_row, x) in of_row[from..].chunks_exact(STRIP).zip(x[from..].chunks_exact(STRIP)) {
                for ((sum, &value), &x) in sums.iter_mut().zip(of_row).zip(x) {
                    *sum = value.mul_add(x, *sum);
                }
            }
            x[row] = (of_row[n] - sums.iter().sum::<f32>()) / pivot;
        }
    }
}

/// Factors a symmetric matrix kept by rows, upper half, in place into `UᵀU`, or says which row is not
/// independent of those before it. Read by columns the same memory is the lower factor `L`.
pub(crate) fn factor_in_place(values: &mut [f32], n: usize) -> Result<(), usize> {
    debug_assert!(n.is_multiple_of(STRIP) && values.len() == n * n, "whole strips");
    let mut diagonal = Vec::new();
    simd::dispatch(Factor { values, diagonal: &mut diagonal, n, stride: n });
    match (0..n).find(|&row| values[row * n + row] == 0.0) {
        Some(row) => Err(row),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::simd::tests::{bits, same_at_each_width};

    /// Gauss elimination in f64 with the largest pivot first.
    fn by_elimination(mut rows: Vec<Vec<f64>>) -> Vec<f64> {
        let n = rows.len();
        for at in 0..n {
            let best = (at..n).max_by(|&a, &b| rows[a][at].abs().total_cmp(&rows[b][at].abs())).unwrap();
            rows.swap(at, best);
            let pivot_row = rows[at].clone();
            for (_, row) in rows.iter_mut().enumerate().filter(|&(row, _)| row != at) {
                let factor = row[at] / pivot_row[at];
                row.iter_mut().zip(&pivot_row).for_each(|(value, pivot)| *value -= factor * pivot);
            }
        }
        (0..n).map(|row| rows[row][n] / rows[row][row]).collect()
    }

    fn solve(n: usize, value: impl Fn(usize, usize) -> f64 + Sync) -> (Vec<f32>, Vec<f64>) {
        let solution = same_at_each_width(|| {
            let mut system = SymmetricSystem::default();
            // A larger system first: what it leaves behind must not be seen.
            system.reset(n + 40);
            system.values.fill(f32::NAN);
            system.reset(n);
            for row in 0..n {
                for column in row..=n {
                    system.set(row, column, value(row, column) as f32);
                }
            }
            let mut solution = Vec::new();
            system.solve(&mut solution);
            bits(&solution)
        });
        let solution = solution.into_iter().map(f32::from_bits).collect();
        let full = |row: usize| (0..=n).map(move |column| (row.min(column), row.max(column)));
        let value = &value;
        let rows = (0..n)
            .map(|row| full(row).map(|(a, b)| if b == n { value(row, n) } else { value(a, b) }).collect());
        (solution, by_elimination(rows.collect()))
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(40))]
        #[test]
        fn it_is_elimination(n in 0_usize..90, seed in 0_u32..1000) {
            let noise = |a: usize, b: usize| {
                let mixed = (a as u32 * 7919 + b as u32 * 104_729 + seed).wrapping_mul(2_654_435_761) >> 8;
                f64::from(mixed) / f64::from(1 << 24)
            };
            let (found, expected) =
                solve(n, |a, b| f64::from((noise(a, b) + if a == b { n as f64 } else { 0.0 }) as f32));
            prop_assert_eq!(found.len(), n);
            for (found, expected) in found.iter().zip(&expected) {
                prop_assert!((f64::from(*found) - expected).abs() < 1e-4, "{} and {}", found, expected);
            }
        }
    }

    #[test]
    fn a_dependent_row_gets_nothing() {
        // The third row is the sum of the first two.
        let values = [[2.0, 0.0, 2.0, 4.0], [0.0, 1.0, 1.0, 3.0], [2.0, 1.0, 3.0, 7.0]];
        let mut system = SymmetricSystem::default();
        system.reset(3);
        for (row, values) in values.iter().enumerate() {
            for (column, &value) in values.iter().enumerate().skip(row) {
                system.set(row, column, value);
            }
        }
        let mut solution = Vec::new();
        system.solve(&mut solution);
        assert!((solution[0] - 2.0).abs() < 1e-6 && (solution[1] - 3.0).abs() < 1e-6, "{solution:?}");
        assert_eq!(solution[2], 0.0);
    }
}
