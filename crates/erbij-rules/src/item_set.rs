//! A set of items as bits, one an item of the catalogue.

use std::fmt;

use erbij_core::{Idx, ItemIdx};

/// Items of one catalogue, one bit each.
///
/// Asking whether an item is in it is one shift and one load; a set of a million items is 125 kB. Bits behind the
/// last item are zero by construction, so that counting need not mask.
#[derive(Clone, PartialEq, Eq)]
pub struct ItemSet {
    words: Vec<u64>,
    n_items: usize,
    len: usize,
}

impl ItemSet {
    /// None of so many items.
    pub fn none(n_items: usize) -> Self {
        Self { words: vec![0; n_items.div_ceil(64)], n_items, len: 0 }
    }

    /// All of so many items.
    pub fn all(n_items: usize) -> Self {
        Self::from_words(vec![u64::MAX; n_items.div_ceil(64)], n_items)
    }

    /// The set whose bits these are: item `i` is bit `i % 64` of word `i / 64`. Bits behind the last item are ignored.
    ///
    /// # Panics
    /// If there are not exactly as many words as the items need.
    pub(crate) fn from_words(mut words: Vec<u64>, n_items: usize) -> Self {
        assert_eq!(words.len(), n_items.div_ceil(64), "a bit an item");
        if let (Some(last), 1..) = (words.last_mut(), n_items % 64) {
            *last &= (1 << (n_items % 64)) - 1;
        }
        let len = words.iter().map(|word| word.count_ones() as usize).sum();
        Self { words, n_items, len }
    }

    /// Whether an item is in it; an item that the catalogue does not have is not.
    ///
    /// ```
    /// use erbij_core::ItemIdx;
    /// use erbij_rules::ItemSet;
    /// assert!(ItemSet::all(3).contains(ItemIdx::new(2)));
    /// assert!(!ItemSet::all(3).contains(ItemIdx::new(3)));
    /// ```
    #[inline]
    pub fn contains(&self, item: ItemIdx) -> bool {
        self.words.get(item.index() / 64).is_some_and(|word| word >> (item.index() % 64) & 1 == 1)
    }

    /// How many items are in it. O(1).
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether no item is in it.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// How many items the catalogue has.
    pub fn n_items(&self) -> usize {
        self.n_items
    }

    /// The items in it, rising: the most popular first, since that is how items are numbered.
    pub fn iter(&self) -> impl Iterator<Item = ItemIdx> + '_ {
        self.words.iter().zip((0..).step_by(64)).flat_map(|(&word, first)| {
            let ones = std::iter::successors(Some(word), |&rest| Some(rest & rest.wrapping_sub(1)));
            ones.take_while(|&rest| rest != 0).map(move |rest| ItemIdx::new(first + rest.trailing_zeros()))
        })
    }

    /// The memory it takes.
    pub fn size_bytes(&self) -> usize {
        size_of::<Self>() + size_of_val(self.words.as_slice())
    }
}

impl fmt::Debug for ItemSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {} items: ", self.len, self.n_items)?;
        f.debug_list().entries(self.iter().take(20).map(Idx::get)).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_become_items_and_none_lies_behind_the_last() {
        for (n_items, words, expected) in [
            (0, vec![], vec![]),
            (1, vec![u64::MAX], vec![0]),
            (64, vec![1 | 1 << 63], vec![0, 63]),
            (66, vec![1 << 5, u64::MAX], vec![5, 64, 65]),
        ] {
            let set = ItemSet::from_words(words, n_items);
            assert_eq!(set.iter().map(Idx::get).collect::<Vec<u32>>(), expected);
            assert_eq!(set.len(), expected.len());
            let asked: Vec<u32> = (0..200).filter(|&item| set.contains(ItemIdx::new(item))).collect();
            assert_eq!(asked, expected);
        }
        assert_eq!(ItemSet::all(70).len(), 70);
        assert!(ItemSet::none(70).is_empty());
        assert_eq!(format!("{:?}", ItemSet::all(2)), "2 of 2 items: [0, 1]");
    }
}
