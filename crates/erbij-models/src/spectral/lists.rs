//! `Y`: lists of items, scaled so that neither a long list nor a popular item is louder than another.

use std::ops::Range;

use rayon::prelude::*;

use crate::incidence::Incidence;
use crate::simd;
use crate::weighted_incidence::WeightedIncidence;

/// Rows one thread computes at a time.
const ROWS: usize = 64;

/// A dense matrix by rows, shape `(n_rows, width)`.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Dense {
    pub(super) n_rows: usize,
    pub(super) width: usize,
    pub(super) values: Vec<f32>,
}

impl Dense {
    pub(super) fn zeros(n_rows: usize, width: usize) -> Self {
        Self { n_rows, width, values: vec![0.0; n_rows * width] }
    }

    pub(super) fn rows(&self, rows: Range<usize>) -> &[f32] {
        &self.values[rows.start * self.width..rows.end * self.width]
    }

    fn row(&self, row: usize) -> &[f32] {
        self.rows(row..row + 1)
    }
}

/// `Y = diag(|h_u|^−½) X diag(p_i^−½)`, shape `(n_lists, n_items)`; 4 bytes a list and an item over the lists.
pub(super) struct NormalisedLists<'a> {
    incidence: &'a Incidence,
    /// Per list `|h_u|^−½`; 0 for a list of no weight.
    list_scales: Vec<f32>,
    /// Per item `p_i^−½`.
    item_scales: Vec<f32>,
}

impl<'a> NormalisedLists<'a> {
    pub(super) fn new(data: &'a WeightedIncidence) -> Self {
        let incidence = data.incidence();
        let list_scale = |(list, &weight): (u32, &f32)| {
            if weight == 0.0 { 0.0 } else { (incidence.items_of(list).len() as f64).powf(-0.5) as f32 }
        };
        let list_scales: Vec<f32> = (0..).zip(data.list_weights()).map(list_scale).collect();
        let item_scale = |item| {
            let counts = |&&list: &&u32| list_scales[list as usize] != 0.0;
            let n_lists = incidence.lists_of(item).iter().filter(counts).count();
            (n_lists.max(1) as f64).powf(-0.5) as f32
        };
        let item_scales = (0..incidence.n_items() as u32).map(item_scale).collect();
        Self { incidence, list_scales, item_scales }
    }

    pub(super) fn n_lists(&self) -> usize {
        self.incidence.n_lists()
    }

    pub(super) fn n_items(&self) -> usize {
        self.incidence.n_items()
    }

    /// Per item `p_i^½`.
    pub(super) fn popularity_roots(&self) -> Vec<f32> {
        self.item_scales.iter().map(|scale| scale.recip()).collect()
    }

    /// The rows `lists` of `Y · dense`. A row is summed in f64 in the order of the list.
    pub(super) fn times(&self, lists: Range<usize>, dense: &Dense) -> Dense {
        let mut product = Dense::zeros(lists.len(), dense.width);
        each_row(&mut product, |row, sums| {
            let list = lists.start + row;
            for &item in self.incidence.items_of(list as u32) {
                add_scaled(sums, self.item_scales[item as usize], dense.row(item as usize));
            }
            self.list_scales[list]
        });
        product
    }

    /// Adds `Y_listsᵀ · dense` to `sums`, where `dense` has a row for each of these lists. What is added to a row
    /// is summed in f64 in the order of lists.
    pub(super) fn add_transposed_times(&self, lists: Range<usize>, dense: &Dense, sums: &mut Dense) {
        each_row(sums, |item, sums| {
            let all = self.incidence.lists_of(item as u32);
            let before = |end: usize| all.partition_point(|&list| (list as usize) < end);
            for &list in &all[before(lists.start)..before(lists.end)] {
                let list = list as usize;
                add_scaled(sums, self.list_scales[list], dense.row(list - lists.start));
            }
            self.item_scales[item]
        });
    }
}

/// Adds to every row what `on_row` sums, times the scale it returns. Rows are shared out over threads.
fn each_row(matrix: &mut Dense, on_row: impl Fn(usize, &mut [f64]) -> f32 + Sync) {
    let width = matrix.width;
    let on_chunk = |sums: &mut Vec<f64>, (chunk, rows): (usize, &mut [f32])| {
        for (row, values) in (chunk * ROWS..).zip(rows.chunks_exact_mut(width)) {
            sums.fill(0.0);
            let scale = f64::from(simd::dispatch(|| on_row(row, sums)));
            values.iter_mut().zip(&*sums).for_each(|(value, sum)| *value += (scale * sum) as f32);
        }
    };
    let chunks = matrix.values.par_chunks_mut((ROWS * width).max(1)).enumerate();
    chunks.for_each_init(|| vec![0.0; width], on_chunk);
}

#[inline(always)]
fn add_scaled(sums: &mut [f64], scale: f32, values: &[f32]) {
    let scale = f64::from(scale);
    sums.iter_mut().zip(values).for_each(|(sum, &value)| *sum += scale * f64::from(value));
}
