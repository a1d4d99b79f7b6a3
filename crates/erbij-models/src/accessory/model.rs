//! The fitted model: per item what belongs to it and what may be bought instead, with the evidence.

use arrow_buffer::ScalarBuffer;
use erbij_core::{ItemIdx, ModelError, NeighbourOrder, Neighbours, RowOffsets, ScoreBoard, check_len};

use super::kinds::{AccessoryKind, AlternativeKind};

/// The columns of the model, unchecked: two ragged tables, a row an item.
#[derive(Clone, Debug, PartialEq)]
pub struct AccessoryColumns {
    /// An item each: where its accessories lie.
    pub rows: RowOffsets,
    /// What belongs to it: by score, ties by item.
    pub items: ScalarBuffer<u32>,
    /// How strongly: a log-lift.
    pub scores: ScalarBuffer<f32>,
    /// [`AccessoryKind`] by number.
    pub kinds: ScalarBuffer<u8>,
    /// How many distinct customers bought both so; each guest order is one more.
    pub customers: ScalarBuffer<u32>,
    /// How many were to be expected.
    pub expected: ScalarBuffer<f32>,
    /// The share that came in the same order.
    pub same_order_shares: ScalarBuffer<f32>,
    /// The middle lag of the others, in days.
    pub median_lag_days: ScalarBuffer<f32>,
    /// An item each: where its alternatives lie.
    pub alternative_rows: RowOffsets,
    /// What may be bought instead: by score, ties by item.
    pub alternatives: ScalarBuffer<u32>,
    /// How alike they are, from 0 to 1.
    pub alternative_scores: ScalarBuffer<f32>,
    /// [`AlternativeKind`] by number.
    pub alternative_kinds: ScalarBuffer<u8>,
}

/// One item that belongs to another, and what speaks for it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AccessoryItem {
    /// What belongs to the anchor.
    pub item: ItemIdx,
    /// How strongly.
    pub score: f32,
    /// In what way.
    pub kind: AccessoryKind,
    /// How many distinct customers bought both so; each guest order is one more.
    pub customers: u32,
    /// How many were to be expected within the far window.
    pub expected: f32,
    /// The share that came in the same order.
    pub same_order_share: f32,
    /// The middle lag of the others, in days.
    pub median_lag_days: f32,
}

/// One item that may be bought instead of another.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AlternativeItem {
    /// What may be bought instead.
    pub item: ItemIdx,
    /// How alike they are, from 0 to 1.
    pub score: f32,
    /// In what way.
    pub kind: AlternativeKind,
}

/// Per item what belongs to it, and what may be bought instead of it.
///
/// Shape `(n_items, n_items)` twice: 25 bytes an accessory, 9 an alternative.
#[derive(Clone, Debug, PartialEq)]
pub struct Accessory {
    columns: AccessoryColumns,
    max_tail: f64,
}

impl Accessory {
    /// Takes columns as a model of `n_items` items; O(values). Lengths must agree, rows are by score, no item
    /// belongs to itself, codes are known, counts and shares are numbers that can be. `max_tail` is the chance up to
    /// which a pair was taken as none.
    pub fn new(columns: AccessoryColumns, n_items: usize, max_tail: f64) -> Result<Self, ModelError> {
        if !(0.0..=1.0).contains(&max_tail) {
            return Err(ModelError::Row { row: 0, rule: "the chance of a pair is not from 0 to 1" });
        }
        let n_values = columns.rows.n_values();
        for (name, found) in [
            ("kinds", columns.kinds.len()),
            ("customers", columns.customers.len()),
            ("expected", columns.expected.len()),
            ("same_order_shares", columns.same_order_shares.len()),
            ("median_lag_days", columns.median_lag_days.len()),
        ] {
            check_len(name, found, n_values)?;
        }
        check_len("alternative_kinds", columns.alternative_kinds.len(), columns.alternative_rows.n_values())?;
        for (rows, items, scores) in [
            (&columns.rows, &columns.items, &columns.scores),
            (&columns.alternative_rows, &columns.alternatives, &columns.alternative_scores),
        ] {
            let (rows, items, scores) = (rows.clone(), items.clone(), scores.clone());
            Neighbours::new(rows, items, scores, n_items, NeighbourOrder::ByScore)?;
        }
        for row in 0..n_items {
            check_row(&columns, row)?;
        }
        Ok(Self { columns, max_tail })
    }

    /// How many items have a row, empty or not.
    pub fn n_items(&self) -> usize {
        self.columns.rows.n_rows()
    }

    /// The columns, as an artifact stores them.
    pub fn columns(&self) -> &AccessoryColumns {
        &self.columns
    }

    /// Pairs at most so probable by chance may be published.
    pub fn max_tail(&self) -> f64 {
        self.max_tail
    }

    /// Bytes of what was learned, as an artifact holds it.
    pub fn size_bytes(&self) -> usize {
        25 * self.columns.rows.n_values() + 9 * self.columns.alternative_rows.n_values()
    }

    /// What belongs to an item, best first.
    pub fn accessories(&self, item: ItemIdx) -> impl ExactSizeIterator<Item = AccessoryItem> + '_ {
        self.columns.rows.range(item.index()).map(|at| self.accessory_at(at))
    }

    /// What may be bought instead of an item, best first.
    pub fn alternatives(&self, item: ItemIdx) -> impl ExactSizeIterator<Item = AlternativeItem> + '_ {
        let columns = &self.columns;
        columns.alternative_rows.range(item.index()).map(|at| AlternativeItem {
            item: ItemIdx::new(columns.alternatives[at]),
            score: columns.alternative_scores[at],
            kind: AlternativeKind::ALL[columns.alternative_kinds[at] as usize],
        })
    }

    /// What speaks for one item belonging to another, where it does. O(k).
    pub fn evidence(&self, anchor: ItemIdx, item: ItemIdx) -> Option<AccessoryItem> {
        self.accessories(anchor).find(|accessory| accessory.item == item)
    }

    /// Adds the strength of everything that belongs to any of the anchors: O(anchors · k).
    pub fn score(&self, anchors: &[ItemIdx], board: &mut ScoreBoard) {
        for anchor in anchors {
            let range = self.columns.rows.range(anchor.index());
            board.add_row(&self.columns.items[range.clone()], &self.columns.scores[range]);
        }
    }

    /// The columns without some pairs, told by row and item, and without alternatives.
    pub(super) fn without(&self, is_left_out: impl Fn(u32, u32) -> bool) -> AccessoryColumns {
        let from = &self.columns;
        let of_row = |row: usize| {
            let all = from.rows.range(row);
            all.filter(|&at| !is_left_out(row as u32, from.items[at])).collect::<Vec<usize>>()
        };
        let kept: Vec<Vec<usize>> = (0..self.n_items()).map(of_row).collect();
        let all: Vec<usize> = kept.iter().flatten().copied().collect();
        let floats = |column: &ScalarBuffer<f32>| all.iter().map(|&at| column[at]).collect();
        AccessoryColumns {
            rows: RowOffsets::from_lens(kept.iter().map(Vec::len)),
            items: all.iter().map(|&at| from.items[at]).collect(),
            scores: floats(&from.scores),
            kinds: all.iter().map(|&at| from.kinds[at]).collect(),
            customers: all.iter().map(|&at| from.customers[at]).collect(),
            expected: floats(&from.expected),
            same_order_shares: floats(&from.same_order_shares),
            median_lag_days: floats(&from.median_lag_days),
            alternative_rows: RowOffsets::from_lens(vec![0; self.n_items()]),
            alternatives: Vec::new().into(),
            alternative_scores: Vec::new().into(),
            alternative_kinds: Vec::new().into(),
        }
    }

    fn accessory_at(&self, at: usize) -> AccessoryItem {
        let columns = &self.columns;
        AccessoryItem {
            item: ItemIdx::new(columns.items[at]),
            score: columns.scores[at],
            kind: AccessoryKind::ALL[columns.kinds[at] as usize],
            customers: columns.customers[at],
            expected: columns.expected[at],
            same_order_share: columns.same_order_shares[at],
            median_lag_days: columns.median_lag_days[at],
        }
    }
}

fn check_row(columns: &AccessoryColumns, row: usize) -> Result<(), ModelError> {
    let fail = |rule| Err(ModelError::Row { row, rule });
    let range = columns.rows.range(row);
    let alternatives = columns.alternative_rows.range(row);
    let is_amount = |value: &f32| 0.0 <= *value && value.is_finite();
    if !columns.kinds[range.clone()].iter().all(|&kind| (kind as usize) < AccessoryKind::ALL.len())
        || !columns.alternative_kinds[alternatives.clone()]
            .iter()
            .all(|&kind| (kind as usize) < AlternativeKind::ALL.len())
    {
        return fail("a code stands for nothing");
    }
    if !columns.expected[range.clone()].iter().chain(&columns.median_lag_days[range.clone()]).all(is_amount) {
        return fail("an expectation or a lag is below 0");
    }
    let is_share = |share: &f32| (0.0..=1.0).contains(share);
    if !columns.same_order_shares[range].iter().chain(&columns.alternative_scores[alternatives]).all(is_share)
    {
        return fail("a share is not from 0 to 1");
    }
    Ok(())
}
