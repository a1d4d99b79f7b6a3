//! Scores of a catalogue: products of a customer's vector with every item's.
//!
//! Items lie in tiles of sixteen, factor by factor, so that a lane holds an item and a score is summed from the
//! first factor to the last in its lane.

use pulp::{Simd, WithSimd};

use super::solve::Aligned;
use crate::simd;

/// Items in a tile, a multiple of the lanes of any register.
const TILE_ITEMS: usize = 16;
/// Tiles summed at once: as many independent sums as hide the latency of one.
const GROUP: usize = 8;

/// The vectors of items in tiles, shape `(n_tiles, n_factors, 16)`, the last tile filled up with zeros.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Tiles {
    values: Aligned,
    n_items: usize,
    n_factors: usize,
}

impl Tiles {
    /// Lays vectors, shape `(n_items, n_factors)`, out in tiles.
    pub(super) fn new(vectors: &[f32], n_factors: usize) -> Self {
        let n_items = vectors.len() / n_factors;
        let mut values = Aligned::zeroed(n_items.next_multiple_of(TILE_ITEMS) * n_factors);
        let tiles = values.chunks_exact_mut(TILE_ITEMS * n_factors);
        for (tile, vectors) in tiles.zip(vectors.chunks(TILE_ITEMS * n_factors)) {
            for (at, vector) in vectors.chunks_exact(n_factors).enumerate() {
                for (row, &value) in tile.chunks_exact_mut(TILE_ITEMS).zip(vector) {
                    row[at] = value;
                }
            }
        }
        Self { values, n_items, n_factors }
    }

    /// Scores every item for one customer's vector.
    pub(super) fn score_all(&self, customer: &[f32], out: &mut [f32]) {
        assert_eq!(customer.len(), self.n_factors, "a customer's vector has a number a factor");
        assert_eq!(out.len(), self.n_items, "there is a score an item");
        simd::dispatch(ScoreAll { tiles: self, customer, out });
    }
}

struct ScoreAll<'a> {
    tiles: &'a Tiles,
    customer: &'a [f32],
    out: &'a mut [f32],
}

impl WithSimd for ScoreAll<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let tile_len = TILE_ITEMS * self.tiles.n_factors;
        let mut groups = self.tiles.values.chunks_exact(GROUP * tile_len);
        let mut out = self.out.chunks_mut(TILE_ITEMS);
        for group in &mut groups {
            store(&score_tiles::<S, GROUP>(simd, self.customer, group), &mut out);
        }
        for tile in groups.remainder().chunks_exact(tile_len) {
            store(&score_tiles::<S, 1>(simd, self.customer, tile), &mut out);
        }
    }
}

/// Scores of some tiles.
#[inline(always)]
fn score_tiles<S: Simd, const TILES: usize>(
    simd: S,
    customer: &[f32],
    tiles: &[f32],
) -> [[f32; TILE_ITEMS]; TILES] {
    let tile_len = tiles.len() / TILES;
    let tiles: [&[[f32; TILE_ITEMS]]; TILES] =
        std::array::from_fn(|at| tiles[at * tile_len..][..tile_len].as_chunks().0);
    let mut scores = [[0.0; TILE_ITEMS]; TILES];
    for part in 0..TILE_ITEMS / S::F32_LANES {
        let mut sums = [simd.splat_f32s(0.0); TILES];
        for (k, &factor) in customer.iter().enumerate() {
            for (sum, tile) in sums.iter_mut().zip(tiles) {
                let items = S::as_simd_f32s(&tile[k]).0[part];
                *sum = simd.mul_add_f32s(simd.splat_f32s(factor), items, *sum);
            }
        }
        for (scores, sum) in scores.iter_mut().zip(sums) {
            S::as_mut_simd_f32s(scores).0[part] = sum;
        }
    }
    scores
}

/// Writes the scores of tiles where they belong; of the last tile those of items there are.
#[inline(always)]
fn store<'a>(scores: &[[f32; TILE_ITEMS]], out: &mut impl Iterator<Item = &'a mut [f32]>) {
    for (scores, out) in scores.iter().zip(out) {
        out.copy_from_slice(&scores[..out.len()]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simd::tests::{LENGTHS, bits, same_at_each_width};

    #[test]
    fn a_score_is_summed_from_the_first_factor_to_the_last() {
        let value = |at: usize| ((at * 37 + 11) % 64) as f32 / 64.0 - 0.4;
        for n_factors in [1, 5, 16, 33] {
            let customer: Vec<f32> = (0..n_factors).map(|at| value(at * 5)).collect();
            for n_items in LENGTHS {
                let vectors: Vec<f32> = (0..n_items * n_factors).map(value).collect();
                let tiles = Tiles::new(&vectors, n_factors);
                let sum =
                    |item: &[f32]| item.iter().zip(&customer).fold(0.0, |sum, (&a, &b)| a.mul_add(b, sum));
                let expected: Vec<f32> = vectors.chunks_exact(n_factors).map(sum).collect();
                let found = same_at_each_width(|| {
                    let mut out = vec![f32::NAN; n_items];
                    tiles.score_all(&customer, &mut out);
                    bits(&out)
                });
                assert_eq!(found, bits(&expected), "{n_items} items of {n_factors} factors");
            }
        }
    }
}
