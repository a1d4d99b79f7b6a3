//! Lists of items, one a customer (or another kind of row): what is relevant, what was bought before.

use erbij_core::{CustomerIdx, ItemIdx, RowOffsets};

/// One list of items a row, rising and distinct within it: what every metric asks of relevant items.
///
/// A compressed sparse row table: 8 bytes a row and 4 an item. An empty list is a customer about whom there
/// is nothing to say, and who therefore has no value of a metric about hits.
#[derive(Clone, Debug, PartialEq)]
pub struct ItemLists {
    rows: RowOffsets,
    items: Vec<ItemIdx>,
}

/// Why a table is no lists of items.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum ItemListsError {
    /// The offsets speak of another number of items.
    #[error("the offsets end at {expected}, but there are {found} items")]
    Length {
        /// What the offsets say.
        expected: usize,
        /// How many there are.
        found: usize,
    },
    /// A list falls or repeats an item.
    #[error("the items of list {list} do not rise")]
    Order {
        /// The row.
        list: usize,
    },
}

impl ItemLists {
    /// Takes columns as lists; O(items).
    pub fn new(rows: RowOffsets, items: Vec<ItemIdx>) -> Result<Self, ItemListsError> {
        if rows.n_values() != items.len() {
            return Err(ItemListsError::Length { expected: rows.n_values(), found: items.len() });
        }
        let rises = |list: &usize| items[rows.range(*list)].is_sorted_by(|a, b| a < b);
        match (0..rows.n_rows()).find(|list| !rises(list)) {
            Some(list) => Err(ItemListsError::Order { list }),
            None => Ok(Self { rows, items }),
        }
    }

    /// Sorts each list and leaves repeats out. O(items · log of a list).
    ///
    /// ```
    /// use erbij_core::ItemIdx;
    /// use erbij_train::ItemLists;
    /// let lists = ItemLists::from_unsorted([vec![3, 1, 3], vec![]].map(|list| {
    ///     list.into_iter().map(ItemIdx::new).collect::<Vec<_>>()
    /// }));
    /// assert_eq!(lists.list(0), [1, 3].map(ItemIdx::new));
    /// assert_eq!((lists.n_lists(), lists.n_filled(), lists.n_items()), (2, 1, 2));
    /// ```
    pub fn from_unsorted(lists: impl IntoIterator<Item = Vec<ItemIdx>>) -> Self {
        let mut builder = ItemListsBuilder::default();
        for list in lists {
            builder.push(list);
        }
        builder.finish()
    }

    /// How many lists, empty ones included.
    pub fn n_lists(&self) -> usize {
        self.rows.n_rows()
    }

    /// How many lists hold something.
    pub fn n_filled(&self) -> usize {
        (0..self.n_lists()).filter(|&list| !self.list(list).is_empty()).count()
    }

    /// How many items in all lists together.
    pub fn n_items(&self) -> usize {
        self.items.len()
    }

    /// A list, rising.
    #[inline]
    pub fn list(&self, list: usize) -> &[ItemIdx] {
        &self.items[self.rows.range(list)]
    }

    /// The list of a customer, where there is one list a customer.
    #[inline]
    pub fn of(&self, customer: CustomerIdx) -> &[ItemIdx] {
        self.list(customer.index())
    }

    /// All lists, in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &[ItemIdx]> + '_ {
        (0..self.n_lists()).map(|list| self.list(list))
    }

    /// Where lists begin and end.
    pub fn rows(&self) -> &RowOffsets {
        &self.rows
    }

    /// The items of all lists, one list after the other.
    pub fn items(&self) -> &[ItemIdx] {
        &self.items
    }
}

/// Lays lists out one after the other.
#[derive(Default)]
pub struct ItemListsBuilder {
    lens: Vec<usize>,
    items: Vec<ItemIdx>,
}

impl ItemListsBuilder {
    /// The next list, in any order and with repeats.
    pub fn push(&mut self, list: impl IntoIterator<Item = ItemIdx>) {
        let start = self.items.len();
        self.items.extend(list);
        self.items[start..].sort_unstable();
        let mut len = 0;
        for at in start..self.items.len() {
            if len == 0 || self.items[start + len - 1] < self.items[at] {
                self.items[start + len] = self.items[at];
                len += 1;
            }
        }
        self.items.truncate(start + len);
        self.lens.push(len);
    }

    /// The lists.
    pub fn finish(self) -> ItemLists {
        ItemLists { rows: RowOffsets::from_lens(self.lens), items: self.items }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn tables_that_break_a_rule_are_refused() {
        let check = |lens: &[usize], items: &[u32], expected| {
            let items = items.iter().copied().map(ItemIdx::new).collect();
            assert_eq!(ItemLists::new(RowOffsets::from_lens(lens.iter().copied()), items).err(), expected);
        };
        check(&[], &[], None);
        check(&[2, 0, 2], &[4, 7, 1, 2], None);
        check(&[2], &[1], Some(ItemListsError::Length { expected: 2, found: 1 }));
        check(&[1, 2], &[1, 2, 2], Some(ItemListsError::Order { list: 1 }));
        check(&[0, 2], &[2, 1], Some(ItemListsError::Order { list: 1 }));
    }

    proptest! {
        #[test]
        fn lists_hold_what_a_set_would(lists in vec(vec(0..9_u32, 0..12), 0..6)) {
            let found = ItemLists::from_unsorted(
                lists.iter().map(|list| list.iter().copied().map(ItemIdx::new).collect()),
            );
            prop_assert_eq!(found.n_lists(), lists.len());
            for (list, found) in lists.iter().zip(found.iter()) {
                let expected: BTreeSet<ItemIdx> = list.iter().copied().map(ItemIdx::new).collect();
                prop_assert!(expected.iter().eq(found));
            }
            prop_assert_eq!(ItemLists::new(found.rows().clone(), found.items().to_vec()), Ok(found));
        }
    }
}
