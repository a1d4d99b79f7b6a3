//! The weighted Gram matrix `G = Xᵀ W X`: how much two items are bought by the same customers.
//!
//! A value is the sum of the weights of the lists that hold both items. Either way round it is summed over
//! the same lists in the same order, so `G` is symmetric to the last bit.

use erbij_core::Progress;

use crate::pair_sums::{HalfRowSums, PairSums, Strongest};
use crate::simd;
use crate::weighted_incidence::WeightedIncidence;

/// One row of `G`, summed by walking the lists that hold an item; clears what it touched.
///
/// 8 bytes an item; `Σ |list|` additions a row, over the lists the item is in.
pub(crate) struct GramRow {
    sums: Vec<f64>,
    touched: Vec<u32>,
}

impl GramRow {
    pub(crate) fn new(n_items: usize) -> Self {
        Self { sums: vec![0.0; n_items], touched: Vec::new() }
    }

    /// Calls with every item that shares a list of some weight with this one, itself included, and the value
    /// of `G`: items rise.
    pub(crate) fn for_each(
        &mut self,
        data: &WeightedIncidence,
        item: u32,
        mut on_value: impl FnMut(u32, f32),
    ) {
        let incidence = data.incidence();
        incidence.for_each_list(incidence.lists_of(item), |list, items| {
            let weight = f64::from(data.list_weights()[list as usize]);
            if weight == 0.0 {
                return;
            }
            for &other in items {
                let sum = &mut self.sums[other as usize];
                if *sum == 0.0 {
                    self.touched.push(other);
                }
                *sum += weight;
            }
        });
        // To sort what was met pays only while it is little: a look at every item takes a tenth of the time each.
        if self.touched.len() * 64 < self.sums.len() {
            self.touched.sort_unstable();
            for other in self.touched.drain(..) {
                on_value(other, std::mem::take(&mut self.sums[other as usize]) as f32);
            }
        } else {
            self.touched.clear();
            for (other, sum) in self.sums.iter_mut().enumerate() {
                if *sum != 0.0 {
                    on_value(other as u32, std::mem::take(sum) as f32);
                }
            }
        }
    }
}

/// The diagonal of `G`, one value an item: the weight of all lists that hold it. O(entries).
pub(crate) fn gram_diagonal(data: &WeightedIncidence) -> Vec<f32> {
    let weight = |&list: &u32| f64::from(data.list_weights()[list as usize]);
    let of_item = |item| data.incidence().lists_of(item).iter().map(weight).sum::<f64>() as f32;
    (0..data.n_items() as u32).map(of_item).collect()
}

/// Each value of a diagonal to this power; 0 for an item in no list.
pub(crate) fn powers(values: &[f32], exponent: f64) -> Vec<f32> {
    let power = |&value: &f32| if 0.0 < value { f64::from(value).powf(exponent) as f32 } else { 0.0 };
    values.iter().map(power).collect()
}

/// A row is full where that takes no more memory than a sparse one.
const FULL_PER_VALUE: usize = 2;

/// A row is marked where that takes at most four times the memory of a sparse one.
const MARKED_PER_VALUE: usize = 64;

/// What of a row of `G` lies before the diagonal: the fuller, the faster a value is found.
enum HalfRow {
    /// A value for every item before.
    Full(Box<[f32]>),
    /// A bit for every item before, set where the value is not zero; and those values.
    Marked { marks: Box<[Marks]>, values: Box<[f32]> },
    /// Values that are not zero, items rising.
    Sparse { items: Box<[u32]>, values: Box<[f32]> },
}

/// Which of 64 items have a value.
#[derive(Clone, Copy, Default)]
struct Marks {
    bits: u64,
    /// Values of items before these.
    n_before: u32,
}

impl Marks {
    const N: usize = u64::BITS as usize;

    /// The value of an item, 0 where it has none. A value is read either way: whether there is one cannot be
    /// foretold, and to guess wrong takes longer.
    #[inline(always)]
    fn value(marks: &[Self], values: &[f32], item: u32) -> f32 {
        let Self { bits, n_before } = marks[item as usize / Self::N];
        let bit = 1_u64 << (item as usize % Self::N);
        let at = (n_before + (bits & (bit - 1)).count_ones()) as usize;
        let value = values[at.min(values.len() - 1)];
        if bits & bit == 0 { 0.0 } else { value }
    }
}

/// `G` in memory, made to give blocks of it: shape `(n_items, n_items)`, the half before the diagonal.
///
/// Memory: 8 bytes for a pair of items that share a list, less in full rows, and a quarter of a byte more for any
/// pair in marked ones. Where items are numbered by popularity the rows of the few popular items are full and
/// short, and those of the many others are sparse.
pub(crate) struct Gram {
    rows: Vec<HalfRow>,
    diagonal: Vec<f32>,
}

impl Gram {
    /// Sums `G`, and finds the `k` strongest others of each item, by the value of `G` times the other's scale.
    ///
    /// What fewer people say of a pair than `min_people` of either item asks is left out: see [`PairSums`].
    pub(crate) fn fit(
        data: &WeightedIncidence,
        scales: Vec<f64>,
        min_people: &[u32],
        k: usize,
        progress: &dyn Progress,
    ) -> (Self, Vec<Strongest>) {
        let from_list = data.list_weights().iter().map(|&weight| f64::from(weight)).collect();
        let sums = PairSums { data, from_list, to_item: scales, min_people, k };
        let on_half_row = |item: u32, sums: HalfRowSums<'_>| {
            let (items, values) = sums.columns();
            HalfRow::new(item as usize, &items, &values)
        };
        let (strongest, rows) = sums.strongest(on_half_row, progress);
        (Self { rows, diagonal: gram_diagonal(data) }, strongest)
    }

    /// The diagonal.
    pub(crate) fn diagonal(&self) -> &[f32] {
        &self.diagonal
    }

    /// The value of `G` of two items, the later one last; 0 where they share no list. O(log of the row) at the worst.
    pub(crate) fn value(&self, earlier: u32, later: u32) -> f32 {
        debug_assert!(earlier < later, "the diagonal is kept apart, and of the others the half before it");
        match &self.rows[later as usize] {
            HalfRow::Full(values) => values[earlier as usize],
            HalfRow::Marked { marks, values } => Marks::value(marks, values, earlier),
            HalfRow::Sparse { items, values } => items.binary_search(&earlier).map_or(0.0, |at| values[at]),
        }
    }

    /// Calls with every value of `G` between two of these rising items: the position of the earlier, that of
    /// the later, and the value; some that are 0 are left out.
    ///
    /// `positions` is as wide as the catalogue, and left as found. O(k²), and for each sparse row the smaller
    /// of its length and a search for each item.
    pub(crate) fn for_each_pair(
        &self,
        items: &[u32],
        positions: &mut Positions,
        on_value: impl FnMut(usize, usize, f32),
    ) {
        simd::dispatch(EachPair { rows: &self.rows, items, positions, on_value });
    }
}

/// A type rather than a closure, as its one method is then compiled for the processor at hand: counting bits
/// is one instruction on any of the last ten years, but not on the oldest that a program must run on.
struct EachPair<'a, F> {
    rows: &'a [HalfRow],
    items: &'a [u32],
    positions: &'a mut Positions,
    on_value: F,
}

impl<F: FnMut(usize, usize, f32)> pulp::WithSimd for EachPair<'_, F> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: pulp::Simd>(self, _: S) {
        let Self { rows, items, positions, mut on_value } = self;
        positions.set(items);
        for (later, &item) in items.iter().enumerate() {
            match &rows[item as usize] {
                HalfRow::Full(values) => {
                    for (earlier, &other) in items[..later].iter().enumerate() {
                        on_value(earlier, later, values[other as usize]);
                    }
                }
                HalfRow::Marked { marks, values } => {
                    for (earlier, &other) in items[..later].iter().enumerate() {
                        on_value(earlier, later, Marks::value(marks, values, other));
                    }
                }
                HalfRow::Sparse { items: others, values } if others.len() < SEARCH_STEPS * later => {
                    for (&other, &value) in others.iter().zip(values) {
                        if let Some(earlier) = positions.of(other) {
                            on_value(earlier, later, value);
                        }
                    }
                }
                HalfRow::Sparse { items: others, values } => {
                    for (earlier, other) in items[..later].iter().enumerate() {
                        if let Ok(at) = others.binary_search(other) {
                            on_value(earlier, later, values[at]);
                        }
                    }
                }
            }
        }
        positions.clear(items);
    }
}

/// What a search in a sparse row costs, in steps of walking along it.
const SEARCH_STEPS: usize = 16;

impl HalfRow {
    fn new(item: usize, items: &[u32], values: &[f32]) -> Self {
        if item <= items.len() * FULL_PER_VALUE {
            let mut full = vec![0.0; item];
            for (&other, &value) in items.iter().zip(values) {
                full[other as usize] = value;
            }
            return Self::Full(full.into());
        }
        if items.len() * MARKED_PER_VALUE < item {
            return Self::Sparse { items: items.into(), values: values.into() };
        }
        let mut marks = vec![Marks::default(); item.div_ceil(Marks::N)];
        for &other in items {
            marks[other as usize / Marks::N].bits |= 1 << (other as usize % Marks::N);
        }
        let mut n_before = 0;
        for marks in &mut marks {
            marks.n_before = n_before;
            n_before += marks.bits.count_ones();
        }
        Self::Marked { marks: marks.into(), values: values.into() }
    }
}

/// Where an item lies among a few chosen ones; 2 bytes an item of the catalogue.
pub(crate) struct Positions {
    /// One more than the position; 0 where an item is not chosen.
    of_items: Vec<u16>,
}

impl Positions {
    pub(crate) fn new(n_items: usize) -> Self {
        Self { of_items: vec![0; n_items] }
    }

    fn set(&mut self, items: &[u32]) {
        debug_assert!(items.len() < usize::from(u16::MAX), "positions fit 16 bits");
        for (&item, position) in items.iter().zip(1..) {
            self.of_items[item as usize] = position;
        }
    }

    fn clear(&mut self, items: &[u32]) {
        for &item in items {
            self.of_items[item as usize] = 0;
        }
    }

    #[inline]
    fn of(&self, item: u32) -> Option<usize> {
        usize::from(self.of_items[item as usize]).checked_sub(1)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use erbij_core::{RowOffsets, Silent};
    use proptest::prelude::*;

    use super::*;
    use crate::Incidence;
    use crate::simd::tests::same_at_each_width;

    /// Lists of rising items, and their weights' exponent, as data.
    pub(crate) fn data(lists: &[Vec<u32>], n_items: usize, exponent: f64) -> WeightedIncidence {
        let rows = RowOffsets::from_lens(lists.iter().map(Vec::len));
        WeightedIncidence::from_histories(
            Incidence::from_lists(rows, lists.concat().into(), n_items),
            exponent,
        )
    }

    /// `G` as its formula stands, dense.
    pub(crate) fn by_formula(lists: &[Vec<u32>], n_items: usize, exponent: f64) -> Vec<Vec<f64>> {
        let power = |list: &Vec<u32>| (list.len() as f64).powf(-exponent);
        let n_entries: usize = lists.iter().map(Vec::len).sum();
        let unscaled: f64 =
            lists.iter().filter(|list| !list.is_empty()).map(|list| list.len() as f64 * power(list)).sum();
        let value = |i: u32, j: u32| -> f64 {
            let both = lists.iter().filter(|list| list.contains(&i) && list.contains(&j));
            both.map(|list| power(list) * n_entries as f64 / unscaled).sum()
        };
        let items = 0..n_items as u32;
        items.clone().map(|i| items.clone().map(|j| value(i, j)).collect()).collect()
    }

    pub(crate) fn lists_of(n_items: u32, n_lists: usize) -> impl Strategy<Value = Vec<Vec<u32>>> {
        let list = proptest::collection::btree_set(0..n_items, 0..7)
            .prop_map(|list| list.into_iter().collect::<Vec<u32>>());
        proptest::collection::vec(list, 0..n_lists)
    }

    const N: u32 = 150;

    proptest! {
        #[test]
        fn rows_and_blocks_are_the_formula_above_the_floor(
            // Few lists leave rows sparse, many mark them, and those of the first items are full.
            lists in prop_oneof![lists_of(N, 3), lists_of(N, 100), lists_of(12, 100)],
            exponent in 0.0..2.0_f64,
            chosen in proptest::collection::btree_set(0..N, 0..60),
            floor in proptest::collection::vec(1_u32..4, N as usize),
            k in 1..20_usize,
        ) {
            let formula = by_formula(&lists, N as usize, exponent);
            let n_holding = |i: u32, j: u32| {
                lists.iter().filter(|list| list.contains(&i) && list.contains(&j)).count() as u32
            };
            let expected = |i: u32, j: u32| {
                let is_heard = floor[i as usize].max(floor[j as usize]) <= n_holding(i, j);
                if is_heard { formula[i as usize][j as usize] } else { 0.0 }
            };
            let scales: Vec<f64> = (0..N).map(|item| 1.0 / f64::from(1 + item % 7)).collect();
            let data = data(&lists, N as usize, exponent);
            let (gram, strongest) = Gram::fit(&data, scales.clone(), &floor, k, &Silent);
            let near = |found: f32, expected: f64| (f64::from(found) - expected).abs() < 1e-4;
            for (i, strongest) in (0..N).zip(&strongest) {
                prop_assert!(near(gram.diagonal()[i as usize], formula[i as usize][i as usize]));
                for j in 0..i {
                    prop_assert!(near(gram.value(j, i), expected(i, j)), "{} {}", i, j);
                }
                let scaled = |j: u32| expected(i, j) * scales[j as usize];
                let mut others: Vec<f64> = (0..N).filter(|&j| j != i).map(scaled).collect();
                others.retain(|&scaled| 0.0 < scaled);
                others.sort_by(|a, b| b.total_cmp(a));
                others.truncate(k);
                prop_assert_eq!(strongest.len(), others.len());
                for (&(j, found), &best) in strongest.iter().zip(&others) {
                    prop_assert!(near(found, best) && near(found, scaled(j)), "{} {}", i, j);
                }
            }
            let chosen: Vec<u32> = chosen.into_iter().collect();
            let block = same_at_each_width(|| {
                let mut block = vec![vec![0.0; chosen.len()]; chosen.len()];
                let mut positions = Positions::new(N as usize);
                gram.for_each_pair(&chosen, &mut positions, |a, b, value| block[a][b] = value);
                assert!(positions.of_items.iter().all(|&position| position == 0));
                block
            });
            for (b, &later) in chosen.iter().enumerate() {
                for (a, &earlier) in chosen[..b].iter().enumerate() {
                    prop_assert_eq!(block[a][b], gram.value(earlier, later));
                    prop_assert_eq!(block[b][a], 0.0);
                }
            }
        }
    }

    #[test]
    fn long_sparse_rows_are_searched() {
        // Item 9999 is bought with 100 items before it: too few to be marked, too many to walk for two items.
        let lists = [(0..100).map(|at| at * 9).chain([9999]).collect::<Vec<u32>>()];
        let (gram, _) = Gram::fit(&data(&lists, 10_000, 0.0), vec![1.0; 10_000], &[1; 10_000], 5, &Silent);
        assert!(matches!(&gram.rows[9999], HalfRow::Sparse { items, .. } if items.len() == 100));
        let mut found = Vec::new();
        gram.for_each_pair(&[9, 10, 9999], &mut Positions::new(10_000), |a, b, value| {
            found.push((a, b, value));
        });
        found.retain(|&(.., value)| value != 0.0);
        assert_eq!(found, [(0, 2, 1.0)]);
    }
}
