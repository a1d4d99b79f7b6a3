//! What is left of all customers' pasts at an instant.

use arrow_buffer::ScalarBuffer;
use erbij_core::{
    Baskets, CustomerIdx, ItemIdx, MICROS_PER_DAY, ModelError, RowOffsets, Timestamp, check_len,
};
use rayon::prelude::*;

use crate::repeat::model::{DatedPurchase, ItemStrength, Repeat};

/// The columns of [`RepeatHistories`], unchecked: one row a customer, a value an item he bought.
#[derive(Clone, Debug, PartialEq)]
pub struct RepeatHistoryColumns {
    /// A customer each: where the values lie.
    pub rows: RowOffsets,
    /// What: rising within a row.
    pub items: ScalarBuffer<u32>,
    /// What is left of it.
    pub strengths: ScalarBuffer<f32>,
}

/// Every customer's strengths as of one instant: shape `(n_customers, n_items)`, 8 bytes a value.
///
/// Strengths fade each by its own half-life, so those of a later instant follow from these.
#[derive(Clone, Debug, PartialEq)]
pub struct RepeatHistories {
    columns: RepeatHistoryColumns,
    as_of: Timestamp,
}

impl RepeatHistories {
    /// Takes columns as histories; O(values). Items must rise within a row and lie in the catalogue,
    /// strengths be above zero.
    pub fn new(columns: RepeatHistoryColumns, as_of: Timestamp, n_items: usize) -> Result<Self, ModelError> {
        let n_values = columns.rows.n_values();
        check_len("items", columns.items.len(), n_values)?;
        check_len("strengths", columns.strengths.len(), n_values)?;
        for row in 0..columns.rows.n_rows() {
            let fail = |rule| Err(ModelError::Row { row, rule });
            let range = columns.rows.range(row);
            let items = &columns.items[range.clone()];
            if !items.is_sorted_by(|a, b| a < b) {
                return fail("items do not rise");
            }
            if items.last().is_some_and(|&last| n_items <= last as usize) {
                return fail("an item lies outside the catalogue");
            }
            if !columns.strengths[range].iter().all(|&s| 0.0 < s && s.is_finite()) {
                return fail("a strength is not above 0");
            }
        }
        Ok(Self { columns, as_of })
    }

    /// How many customers have a row, empty or not.
    pub fn n_customers(&self) -> usize {
        self.columns.rows.n_rows()
    }

    /// The instant the strengths are of.
    pub fn as_of(&self) -> Timestamp {
        self.as_of
    }

    /// The columns, as an artifact stores them.
    pub fn columns(&self) -> &RepeatHistoryColumns {
        &self.columns
    }

    /// Bytes of what is kept, as an artifact holds it.
    pub fn size_bytes(&self) -> usize {
        8 * (self.columns.rows.n_rows() + 1 + self.columns.rows.n_values())
    }

    /// A customer's strengths at `now`, by item; before the instant they are of, as they were then. What has
    /// faded to zero is left out. O(row).
    pub fn at(&self, model: &Repeat, customer: CustomerIdx, now: Timestamp) -> Vec<ItemStrength> {
        let days = (now.micros() as f64 - self.as_of.micros() as f64) / MICROS_PER_DAY as f64;
        let range = self.columns.rows.range(customer.index());
        let carried = range.map(|at| {
            let item = ItemIdx::new(self.columns.items[at]);
            ItemStrength { item, strength: model.carried(self.columns.strengths[at], item, days) }
        });
        carried.filter(|bought| 0.0 < bought.strength).collect()
    }
}

/// What is left of two pasts together: both by item, as of one instant. O(items).
pub fn joined_strengths(left: &[ItemStrength], right: &[ItemStrength]) -> Vec<ItemStrength> {
    let mut joined: Vec<ItemStrength> = left.iter().chain(right).copied().collect();
    joined.sort_by_key(|bought| bought.item);
    joined.dedup_by(|later, kept| {
        let is_same = later.item == kept.item;
        if is_same {
            kept.strength += later.strength;
        }
        is_same
    });
    joined
}

impl Repeat {
    /// What is left at `as_of` of every customer's purchases before it. O(lines · log of a customer's lines).
    pub fn histories(&self, baskets: &Baskets, as_of: Timestamp) -> RepeatHistories {
        let of_customer = |customer: u32| {
            let mut past = Vec::new();
            for basket in baskets.of_customer(CustomerIdx::new(customer)) {
                let at = baskets.ordered_at(basket);
                if as_of <= at {
                    break;
                }
                let lines = baskets.items(basket).iter().zip(baskets.quantities(basket));
                past.extend(lines.map(|(&item, &quantity)| DatedPurchase { item, quantity, at }));
            }
            let mut strengths = self.strengths(&past, as_of);
            strengths.retain(|bought| 0.0 < bought.strength);
            strengths
        };
        let customers = (0..baskets.n_customers() as u32).into_par_iter().with_min_len(64);
        let rows: Vec<Vec<ItemStrength>> = customers.map(of_customer).collect();
        let all = || rows.iter().flatten();
        let columns = RepeatHistoryColumns {
            rows: RowOffsets::from_lens(rows.iter().map(Vec::len)),
            items: all().map(|bought| bought.item.get()).collect(),
            strengths: all().map(|bought| bought.strength).collect(),
        };
        RepeatHistories::new(columns, as_of, self.n_items()).expect("strengths are by item and above zero")
    }
}
