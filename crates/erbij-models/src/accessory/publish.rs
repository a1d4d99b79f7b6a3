//! From judged pairs to the columns of the model: the strongest of each row, and how they go.

use std::ops::Range;

use erbij_core::{ItemIdx, RowOffsets, Score, Silent, TopK, share_out};

use super::alternatives::Alternative;
use super::kinds::AccessoryKind;
use super::look::{Reader, Wanted};
use super::model::{Accessory, AccessoryColumns};
use super::pair::{Pair, PairCourse, course_of, find};
use super::row::Rows;
use super::verdict::{Judge, strength};
use super::work::Cuts;

/// The columns while they grow.
#[derive(Default)]
struct GrowingColumns {
    items: Vec<u32>,
    scores: Vec<f32>,
    kinds: Vec<u8>,
    customers: Vec<u32>,
    expected: Vec<f32>,
    same_order_shares: Vec<f32>,
    median_lag_days: Vec<f32>,
    alternatives: Vec<u32>,
    alternative_scores: Vec<f32>,
    alternative_kinds: Vec<u8>,
}

impl GrowingColumns {
    fn push(&mut self, item: ItemIdx, score: Score, kind: AccessoryKind, pair: &Pair, course: &PairCourse) {
        self.items.push(item.get());
        self.scores.push(score.get());
        self.kinds.push(kind as u8);
        self.customers.push(pair.evidence.customers);
        self.expected.push(pair.follower.expected[2]);
        self.same_order_shares.push(course.same_order_share as f32);
        self.median_lag_days.push(course.median_lag_days as f32);
    }

    fn push_alternative(&mut self, alternative: &Alternative) {
        self.alternatives.push(alternative.item);
        self.alternative_scores.push(alternative.score);
        self.alternative_kinds.push(alternative.kind as u8);
    }

    fn finish(self, rows: RowOffsets, alternative_rows: RowOffsets) -> AccessoryColumns {
        AccessoryColumns {
            rows,
            items: self.items.into(),
            scores: self.scores.into(),
            kinds: self.kinds.into(),
            customers: self.customers.into(),
            expected: self.expected.into(),
            same_order_shares: self.same_order_shares.into(),
            median_lag_days: self.median_lag_days.into(),
            alternative_rows,
            alternatives: self.alternatives.into(),
            alternative_scores: self.alternative_scores.into(),
            alternative_kinds: self.alternative_kinds.into(),
        }
    }
}

/// Lays the model out. Rows of which something is published are read once more: O(rows + occurrences · log).
pub(super) fn publish(
    rows: &Rows<'_>,
    judge: &Judge<'_>,
    pairs: &[Vec<Pair>],
    alternatives: &[Vec<Alternative>],
    cuts: &mut Cuts,
) -> Accessory {
    let chosen: Vec<Vec<(Score, ItemIdx)>> = pairs.iter().map(|row| choose(rows, row)).collect();
    let mut columns = GrowingColumns::default();
    for ((row, chosen), courses) in pairs.iter().zip(&chosen).zip(courses(rows, pairs, &chosen)) {
        for (&(score, item), course) in chosen.iter().zip(courses) {
            let pair = find(row, item.get()).expect("the best of the row are in the row");
            cuts.n_repeats += u32::from(course.is_asked_in_part);
            columns.push(item, score, judge.kind(&course), pair, &course);
        }
    }
    for alternative in alternatives.iter().flatten() {
        columns.push_alternative(alternative);
    }
    let rows = RowOffsets::from_lens(chosen.iter().map(Vec::len));
    let alternative_rows = RowOffsets::from_lens(alternatives.iter().map(Vec::len));
    let columns = columns.finish(rows, alternative_rows);
    Accessory::new(columns, pairs.len(), judge.max_tail).expect("rows were cut and sorted just above")
}

/// The strongest that passed, best first.
fn choose(rows: &Rows<'_>, row: &[Pair]) -> Vec<(Score, ItemIdx)> {
    let params = rows.params.params();
    let mut best: TopK<ItemIdx> = TopK::new(params.neighbours as usize);
    for pair in row.iter().filter(|pair| pair.verdict.is_ok()) {
        if let Some(score) = Score::new(strength(params.shrinkage, pair) as f32) {
            best.push(score, ItemIdx::new(pair.follower.item));
        }
    }
    best.drain_sorted().collect()
}

/// How the chosen pairs go, row by row.
fn courses(rows: &Rows<'_>, pairs: &[Vec<Pair>], chosen: &[Vec<(Score, ItemIdx)>]) -> Vec<Vec<PairCourse>> {
    let on_block = |reader: &mut Reader, anchors: Range<usize>| {
        let mut block = Vec::new();
        for anchor in anchors {
            let count = |item: u32| find(&pairs[anchor], item).map_or(0, |pair| pair.follower.counts[2]);
            let wanted: Vec<Wanted> =
                chosen[anchor].iter().map(|(_, item)| (item.get(), count(item.get()))).collect();
            if wanted.is_empty() {
                block.push(Vec::new());
                continue;
            }
            reader.read(&rows.timeline, anchor as u32, &wanted, &[]);
            let course = |(slot, &(item, _)): (usize, &Wanted)| {
                course_of(&rows.timeline, anchor as u32, item, reader.occurrences(slot))
            };
            block.push(wanted.iter().enumerate().map(course).collect());
        }
        block
    };
    let (blocks, _) = share_out(rows.n_items(), || Reader::new(rows.n_items()), on_block, &Silent);
    blocks.into_iter().flatten().collect()
}
