//! Orders that models are judged by are kept apart from those they learn from, whatever their ids.
//!
//! Whoever cuts a history into two files may number orders from 1 in both, or deal out the lines of one order over
//! both. Either way an order of the second file is a basket of its own: its lines never join a basket that a model sees.

use crate::intern::{Interner, MISSING};
use crate::lines::FIRST_CODE;

/// Gives orders of rows from a certain one on indices of their own.
pub(crate) struct Apart {
    first_row: u64,
    /// An order each of the rows before: its index among the judged, or [`MISSING`]. None until the first judged row.
    judged: Option<Vec<u32>>,
}

impl Apart {
    pub(crate) fn new(first_row: u64) -> Self {
        Self { first_row, judged: None }
    }

    /// Replaces the orders of some rows, the first of which has this number. Rows come in order, and none of before
    /// is among those of after.
    pub(crate) fn keep(&mut self, first_row: u64, ids: &mut Interner, orders: &mut [u32], n_before: usize) {
        if first_row < self.first_row {
            return;
        }
        let judged = self.judged.get_or_insert_with(|| vec![MISSING; n_before]);
        for order in orders {
            // What was first seen here, or stands for no id, is itself.
            let Some(own) = judged.get_mut(*order as usize) else { continue };
            if *own == MISSING {
                *own = ids.again(*order);
            }
            *order = *own;
        }
    }

    /// The index from which on orders are judged.
    pub(crate) fn first_judged(&self) -> u32 {
        self.judged.as_ref().map_or(FIRST_CODE, |judged| judged.len() as u32)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_of_both_files_is_two() {
        let mut ids = Interner::new(9);
        let mut apart = Apart::new(3);
        let mut read = |first_row, texts: &[&str]| {
            let n_before = ids.len();
            let mut orders: Vec<u32> = texts.iter().map(|text| ids.text(text)).collect();
            apart.keep(first_row, &mut ids, &mut orders, n_before);
            orders
        };
        assert_eq!(read(0, &["7", "C8", "7"]), [0, 1, 0]);
        assert_eq!(read(3, &["7", "9", "", "C8", "7"]), [3, 2, MISSING, 4, 3]);
        assert_eq!(read(8, &["C8", "9", "10"]), [4, 2, 5]);
        assert_eq!(apart.first_judged(), 2);
        assert_eq!(
            (0..6).map(|order| ids.id(order).into_owned()).collect::<Vec<_>>(),
            ["7", "C8", "9", "7", "C8", "10"]
        );
        assert_eq!(ids.text("7"), 0, "an id is found as it was");
    }
}
