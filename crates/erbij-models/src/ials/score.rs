//! Scores of a catalogue: products of customers' vectors with every item's.
//!
//! Items lie in tiles of sixteen, factor by factor, so that a lane holds an item and a score is summed from the
//! first factor to the last in its lane. One customer and many go through the same kernel in the same order,
//! hence to the same bits.

use erbij_core::{ItemIdx, Score, TopK};
use pulp::{Simd, WithSimd};

use super::solve::Aligned;

/// Items in a tile.
const TILE_ITEMS: usize = 16;
/// Customers scored at once.
pub(super) const GROUP: usize = 8;
/// Tiles gone through by every group of customers before the next ones are: with 64 factors 128 KiB, which
/// stays in the second cache.
const PANEL_TILES: usize = 32;

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
        pulp::Arch::new().dispatch(ScoreAll { tiles: self, customer, out });
    }

    /// Offers every item to each customer's selection, but what is listed as his to leave out, rising.
    pub(super) fn offer_all(&self, customers: &[f32], left_out: &[Vec<u32>], best: &mut [TopK<ItemIdx>]) {
        debug_assert_eq!(left_out.len() * self.n_factors, customers.len(), "a list a vector");
        debug_assert_eq!(left_out.len(), best.len(), "a selection a vector");
        pulp::Arch::new().dispatch(OfferAll { tiles: self, customers, left_out, best });
    }
}

/// Sums the scores of a vector of items out of each tile for each customer. `customers` has shape
/// `(n_factors, N)`, `part` says which vector of a tile.
#[inline(always)]
fn sum_products<S: Simd, const N: usize, const TILES: usize>(
    simd: S,
    customers: &[f32],
    tiles: &[f32],
    part: usize,
) -> [[S::f32s; N]; TILES] {
    let mut sums = [[simd.splat_f32s(0.0); N]; TILES];
    let tile_len = tiles.len() / TILES;
    let tiles: [&[[f32; TILE_ITEMS]]; TILES] =
        std::array::from_fn(|at| tiles[at * tile_len..][..tile_len].as_chunks().0);
    for (k, customers) in customers.as_chunks::<N>().0.iter().enumerate() {
        for (sums, tile) in sums.iter_mut().zip(tiles) {
            let items = S::as_simd_f32s(&tile[k]).0[part];
            for (sum, &factor) in sums.iter_mut().zip(customers) {
                *sum = simd.mul_add_e_f32s(simd.splat_f32s(factor), items, *sum);
            }
        }
    }
    sums
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
        let mut tiles = self.tiles.values.chunks_exact(GROUP * tile_len);
        let mut out = self.out.chunks_mut(TILE_ITEMS);
        for tiles in &mut tiles {
            // The last tile may be cut short, so tiles are stored one by one.
            let mut scores = [[0.0_f32; TILE_ITEMS]; GROUP];
            for part in 0..TILE_ITEMS / S::F32_LANES {
                let sums = sum_products::<S, 1, GROUP>(simd, self.customer, tiles, part);
                for (scores, [sum]) in scores.iter_mut().zip(sums) {
                    S::as_mut_simd_f32s(scores).0[part] = sum;
                }
            }
            for (scores, out) in scores.iter().zip(&mut out) {
                out.copy_from_slice(&scores[..out.len()]);
            }
        }
        for (tile, out) in tiles.remainder().chunks_exact(tile_len).zip(out) {
            let mut scores = [0.0_f32; TILE_ITEMS];
            for part in 0..TILE_ITEMS / S::F32_LANES {
                let [[sum]] = sum_products::<S, 1, 1>(simd, self.customer, tile, part);
                S::as_mut_simd_f32s(&mut scores).0[part] = sum;
            }
            out.copy_from_slice(&scores[..out.len()]);
        }
    }
}

struct OfferAll<'a> {
    tiles: &'a Tiles,
    customers: &'a [f32],
    left_out: &'a [Vec<u32>],
    best: &'a mut [TopK<ItemIdx>],
}

impl WithSimd for OfferAll<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let n_factors = self.tiles.n_factors;
        let tile_len = TILE_ITEMS * n_factors;
        let groups = self.customers.chunks(GROUP * n_factors);
        let groups: Vec<Vec<f32>> = groups.map(|group| turn_around(group, n_factors)).collect();
        for (panel, tiles) in self.tiles.values.chunks(PANEL_TILES * tile_len).enumerate() {
            let whose = self.left_out.chunks(GROUP).zip(self.best.chunks_mut(GROUP));
            for (group, (left_out, best)) in groups.iter().zip(whose) {
                for (at, tile) in tiles.chunks_exact(tile_len).enumerate() {
                    let first_item = (panel * PANEL_TILES + at) * TILE_ITEMS;
                    for part in 0..TILE_ITEMS / S::F32_LANES {
                        let [sums] = sum_products::<S, GROUP, 1>(simd, group, tile, part);
                        let first_item = first_item + part * S::F32_LANES;
                        for ((sum, left_out), best) in sums.into_iter().zip(left_out).zip(&mut *best) {
                            let bar = simd.splat_f32s(best.threshold());
                            let reached = simd.greater_than_or_equal_f32s(sum, bar);
                            if simd.first_true_m32s(reached) < S::F32_LANES {
                                let n_items = (self.tiles.n_items - first_item).min(S::F32_LANES);
                                let mut scores = [0.0; TILE_ITEMS];
                                simd.partial_store_f32s(&mut scores[..S::F32_LANES], sum);
                                offer(&scores[..n_items], first_item, left_out, best);
                            }
                        }
                    }
                }
            }
        }
    }
}

/// The vectors of a group factor by factor, shape `(n_factors, GROUP)`, with zeros for who is missing.
fn turn_around(customers: &[f32], n_factors: usize) -> Vec<f32> {
    let mut turned = vec![0.0; n_factors * GROUP];
    for (at, customer) in customers.chunks_exact(n_factors).enumerate() {
        for (row, &value) in turned.chunks_exact_mut(GROUP).zip(customer) {
            row[at] = value;
        }
    }
    turned
}

/// Offers neighbouring items to a selection.
fn offer(scores: &[f32], first_item: usize, left_out: &[u32], best: &mut TopK<ItemIdx>) {
    for (at, &score) in scores.iter().enumerate() {
        let item = (first_item + at) as u32;
        if best.threshold() <= score
            && left_out.binary_search(&item).is_err()
            && let Some(score) = Score::new(score)
        {
            best.push(score, ItemIdx::new(item));
        }
    }
}
