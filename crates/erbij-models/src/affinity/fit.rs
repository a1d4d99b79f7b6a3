//! Counts pairs and keeps the best related items of each.
//!
//! One pass over the lines of each item's lists, row by row. Cost: `Σ_b |b|²` increments by basket, and
//! `Σ_u d_u²` by customer without a window, [`MAX_CUSTOMER_LINES`] a line at most; one accumulator of 12 bytes an item a thread. Counts are whole
//! numbers and every row is counted by one thread, so the result does not depend on threads.

use std::ops::Range;

use erbij_core::{
    Baskets, ItemIdx, NeighbourOrder, Neighbours, Progress, RowOffsets, Score, TopK, share_out,
};

use crate::affinity::measure::{AffinityMeasure, PairCounts};
use crate::affinity::weights::line_weights;
use crate::affinity::{Affinity, CheckedAffinityParams, CountBy};
use crate::incidence::Incidence;
use crate::kept_baskets::KeptBaskets;

/// Counted by customer, pairs are of so many lines of each, their newest. A household of a grocery has some hundreds a
/// year; who has more is a till or a wholesaler.
pub(super) const MAX_CUSTOMER_LINES: usize = 2_000;

/// What one anchor's row knows of one other item.
#[derive(Clone, Copy)]
struct Cell {
    cooccurrence: u32,
    customers: u32,
    last_person: u32,
}

impl Cell {
    /// Nobody has this number: there are fewer people than baskets can be numbered.
    const NOBODY: u32 = u32::MAX;
    const EMPTY: Self = Self { cooccurrence: 0, customers: 0, last_person: Self::NOBODY };
}

/// One thread's scratch: the row being counted and its best.
struct Scratch {
    cells: Vec<Cell>,
    touched: Vec<u32>,
    /// Sums of products of line weights; empty unless the measure is weighted.
    weighted: Vec<f64>,
    best: TopK<ItemIdx>,
}

/// A block's rows, one after the other.
#[derive(Default)]
struct Block {
    lens: Vec<usize>,
    items: Vec<u32>,
    scores: Vec<f32>,
    cooccurrences: Vec<u32>,
    customers: Vec<u32>,
}

/// What all rows share.
struct Counting<'a> {
    params: &'a CheckedAffinityParams,
    baskets: &'a Baskets,
    incidence: Incidence,
    /// Of how many customers not all lines count.
    n_cut_customers: usize,
    /// Per item, how many lists hold it: baskets, or customers.
    n_lists_of: Vec<u32>,
    n_lists: u32,
    /// Per line its weight, and per item the sum of their squares; empty unless the measure is weighted.
    line_weights: Vec<f32>,
    squared_norms: Vec<f64>,
}

/// Fits the model to baskets.
pub fn fit_affinity(params: &CheckedAffinityParams, baskets: &Baskets, progress: &dyn Progress) -> Affinity {
    let counting = Counting::new(params, baskets);
    if 0 < counting.n_cut_customers {
        progress.note(&format!(
            "affinity: {} customers have more than {MAX_CUSTOMER_LINES} lines; only their newest count",
            counting.n_cut_customers
        ));
    }
    let n_items = baskets.n_items();
    let new_scratch = || Scratch {
        cells: vec![Cell::EMPTY; n_items],
        touched: Vec::new(),
        weighted: vec![0.0; if counting.line_weights.is_empty() { 0 } else { n_items }],
        best: TopK::new(params.params().neighbours as usize),
    };
    progress.begin("fitting affinity", Some(n_items as u64), "items");
    let on_block = |scratch: &mut Scratch, anchors: Range<usize>| {
        let mut block = Block::default();
        for anchor in anchors {
            if counting.may_have_pairs(anchor) {
                counting.count_row(anchor as u32, scratch);
            }
            counting.keep_best(anchor as u32, scratch, &mut block);
        }
        block
    };
    let (blocks, _) = share_out(n_items, new_scratch, on_block, progress);
    assemble(&blocks, n_items)
}

fn assemble(blocks: &[Block], n_items: usize) -> Affinity {
    let join =
        |column: fn(&Block) -> &Vec<u32>| blocks.iter().flat_map(column).copied().collect::<Vec<u32>>();
    let rows = RowOffsets::from_lens(blocks.iter().flat_map(|block| block.lens.iter().copied()));
    let scores: Vec<f32> = blocks.iter().flat_map(|block| block.scores.iter().copied()).collect();
    let items = join(|block| &block.items);
    let neighbours = Neighbours::new(rows, items.into(), scores.into(), n_items, NeighbourOrder::ByScore)
        .expect("rows were cut and sorted just above");
    let cooccurrences = join(|block| &block.cooccurrences);
    let customers = join(|block| &block.customers);
    Affinity::new(neighbours, cooccurrences.into(), customers.into()).expect("columns grew together")
}

impl<'a> Counting<'a> {
    fn new(params: &'a CheckedAffinityParams, baskets: &'a Baskets) -> Self {
        let max_lines = match params.params().count_by {
            CountBy::Basket => usize::MAX,
            CountBy::Customer => MAX_CUSTOMER_LINES,
        };
        let kept = KeptBaskets::new(baskets, params.params().max_basket_items as usize, max_lines);
        let incidence = Incidence::of_kept(baskets, |basket| kept.is_kept[basket]);
        let items = 0..baskets.n_items() as u32;
        let (n_lists_of, n_lists): (Vec<u32>, usize) = match params.params().count_by {
            CountBy::Basket => {
                let n_counted =
                    (0..baskets.len() as u32).filter(|&b| !incidence.items_of(b).is_empty()).count();
                (items.map(|item| incidence.lists_of(item).len() as u32).collect(), n_counted)
            }
            CountBy::Customer => {
                (items.map(|item| incidence.n_people_of(item, baskets)).collect(), baskets.n_people())
            }
        };
        let (line_weights, squared_norms) = line_weights(params.params().measure, baskets, &incidence);
        Self {
            params,
            baskets,
            incidence,
            n_cut_customers: kept.n_cut_customers,
            n_lists_of,
            n_lists: n_lists as u32,
            line_weights,
            squared_norms,
        }
    }

    /// Whether the anchor is in lists enough for a pair to be published: of most items of a long tail this is all
    /// that is looked at.
    fn may_have_pairs(&self, anchor: usize) -> bool {
        let params = self.params.params();
        params.min_cooccurrence.max(params.min_customers) <= self.n_lists_of[anchor]
    }

    /// Counts every item that shares a list with the anchor.
    fn count_row(&self, anchor: u32, scratch: &mut Scratch) {
        match self.params.params().count_by {
            CountBy::Basket => {
                let baskets = self.incidence.lists_of(anchor);
                self.incidence
                    .for_each_list(baskets, |basket, items| self.count_basket(basket, items, scratch));
                if !self.line_weights.is_empty() {
                    self.weigh_row(anchor, scratch);
                }
            }
            CountBy::Customer => self.count_customers(anchor, scratch),
        }
    }

    #[inline]
    fn count_basket(&self, basket: u32, items: &[u32], scratch: &mut Scratch) {
        let person = self.baskets.person(basket as usize);
        for &item in items {
            let cell = &mut scratch.cells[item as usize];
            if cell.cooccurrence == 0 {
                scratch.touched.push(item);
            }
            cell.cooccurrence += 1;
            if cell.last_person != person {
                cell.last_person = person;
                cell.customers += 1;
            }
        }
    }

    /// Adds the products of line weights over the anchor's baskets.
    fn weigh_row(&self, anchor: u32, scratch: &mut Scratch) {
        for &basket in self.incidence.lists_of(anchor) {
            let items = self.incidence.items_of(basket);
            let weights = &self.line_weights[self.incidence.entries_of(basket)];
            let at = items.binary_search(&anchor).expect("the basket is in the anchor's lists");
            let own = f64::from(weights[at]);
            for (&item, &weight) in items.iter().zip(weights) {
                scratch.weighted[item as usize] += own * f64::from(weight);
            }
        }
    }

    /// Counts people who bought both within the window, each once. Baskets of the anchor come in the
    /// order of people and time, so no basket is looked at twice.
    fn count_customers(&self, anchor: u32, scratch: &mut Scratch) {
        let mut seen_until = 0;
        for &basket in self.incidence.lists_of(anchor) {
            let person = self.baskets.person(basket as usize);
            let near = self.baskets_near(basket as usize);
            for other in near.start.max(seen_until)..near.end {
                for &item in self.incidence.items_of(other as u32) {
                    let cell = &mut scratch.cells[item as usize];
                    if cell.last_person != person {
                        if cell.cooccurrence == 0 {
                            scratch.touched.push(item);
                        }
                        *cell = Cell {
                            cooccurrence: cell.cooccurrence + 1,
                            customers: cell.customers + 1,
                            last_person: person,
                        };
                    }
                }
            }
            seen_until = seen_until.max(near.end);
        }
    }

    /// The same person's baskets no further than the window from this one: of a guest the one alone.
    fn baskets_near(&self, basket: usize) -> Range<usize> {
        let customer = self.baskets.customer(basket);
        if customer.is_guest() {
            return basket..basket + 1;
        }
        let all = self.baskets.of_customer(customer);
        let Some(days) = self.params.params().window_days else { return all };
        let at = self.baskets.ordered_at(basket);
        let (first, last) = (at.plus_days(-i64::from(days)), at.plus_days(i64::from(days)));
        let ordered_at = &self.baskets.parts().ordered_at[all.clone()];
        let start = ordered_at.partition_point(|&at| at < first);
        let end = ordered_at.partition_point(|&at| at <= last);
        all.start + start..all.start + end
    }

    /// Moves the best of the counted row to the block; leaves the scratch empty.
    fn keep_best(&self, anchor: u32, scratch: &mut Scratch, block: &mut Block) {
        let Scratch { cells, touched, weighted, best } = scratch;
        for &item in touched.iter().filter(|&&item| item != anchor) {
            let strength = self.strength(anchor, item, &cells[item as usize], weighted);
            if let Some(score) = strength.and_then(|strength| Score::new(strength as f32)) {
                best.push(score, ItemIdx::new(item));
            }
        }
        let start = block.items.len();
        for (score, item) in best.drain_sorted() {
            let cell = cells[item.index()];
            block.items.push(item.get());
            block.scores.push(score.get());
            block.cooccurrences.push(cell.cooccurrence);
            block.customers.push(cell.customers);
        }
        block.lens.push(block.items.len() - start);
        for item in touched.drain(..) {
            cells[item as usize] = Cell::EMPTY;
            if let Some(weighted) = weighted.get_mut(item as usize) {
                *weighted = 0.0;
            }
        }
    }

    /// The strength of a pair that may be published, else none. Cheap questions first.
    fn strength(&self, anchor: u32, item: u32, cell: &Cell, weighted: &[f64]) -> Option<f64> {
        let params = self.params.params();
        if cell.cooccurrence < params.min_cooccurrence || cell.customers < params.min_customers {
            return None;
        }
        let counts = PairCounts {
            cooccurrence: f64::from(cell.cooccurrence),
            anchor: f64::from(self.n_lists_of[anchor as usize]),
            candidate: f64::from(self.n_lists_of[item as usize]),
            total: f64::from(self.n_lists),
        };
        let llr = if 0.0 < params.min_llr || params.measure == AffinityMeasure::Llr {
            counts.signed_llr()
        } else {
            0.0
        };
        if 0.0 < params.min_llr && llr < params.min_llr {
            return None;
        }
        Some(match params.measure {
            AffinityMeasure::Llr => llr,
            measure if measure.is_weighted() => {
                let sums = PairCounts {
                    cooccurrence: weighted[item as usize],
                    anchor: self.squared_norms[anchor as usize],
                    candidate: self.squared_norms[item as usize],
                    total: f64::from(self.n_lists),
                };
                measure.strength(&sums, &self.params.measure_params())
            }
            measure => measure.strength(&counts, &self.params.measure_params()),
        })
    }
}
