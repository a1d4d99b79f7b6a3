//! Ids outside, indices inside, and the way back.

use std::cmp::Ordering;
use std::hash::BuildHasher;
use std::marker::PhantomData;

use foldhash::quality::FixedState;
use hashbrown::HashTable;

use crate::{Idx, StrColumn};

/// The order of ids everywhere: shorter first, then by bytes. For whole numbers without leading zeros
/// that is their numeric order, so ids sort alike whether a file holds them as integers or as text.
///
/// ```
/// let mut ids = ["10", "9", "b", "a"];
/// ids.sort_by(|a, b| erbij_core::cmp_ids(a, b));
/// assert_eq!(ids, ["9", "a", "b", "10"]);
/// ```
pub fn cmp_ids(a: &str, b: &str) -> Ordering {
    a.len().cmp(&b.len()).then_with(|| a.as_bytes().cmp(b.as_bytes()))
}

/// A two-way map between the ids of one kind of thing and its dense indices.
///
/// Index `i` is row `i` of [`Vocab::ids`]. Look-up by id is one hash and about one comparison; 13 bytes an
/// id beside the text itself.
#[derive(Clone, Debug)]
pub struct Vocab<I> {
    ids: StrColumn,
    table: HashTable<u32>,
    kind: PhantomData<I>,
}

/// Why a column of ids is no vocabulary.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum VocabError {
    /// One id stands for two things.
    #[error("id `{id}` stands in rows {first} and {second}")]
    Duplicate {
        /// The id.
        id: String,
        /// Its first row.
        first: u32,
        /// Its second row.
        second: u32,
    },
    /// There are more ids than indices.
    #[error("{n_ids} ids are more than fit: at most {}", u32::MAX - 1)]
    TooMany {
        /// How many there are.
        n_ids: usize,
    },
}

/// The hash is keyed by nothing: ids are looked up, never iterated, so its only visible effect is time.
fn hash(id: &[u8]) -> u64 {
    FixedState::with_seed(0x6572_6269_6a21_0001).hash_one(id)
}

impl<I: Idx> Vocab<I> {
    /// Takes row `i` of a column as the id of index `i`.
    pub fn new(ids: StrColumn) -> Result<Self, VocabError> {
        let n_ids = ids.len();
        if n_ids >= u32::MAX as usize {
            return Err(VocabError::TooMany { n_ids });
        }
        let mut table = HashTable::with_capacity(n_ids);
        for row in 0..n_ids as u32 {
            let id = ids.bytes_of(row as usize);
            let hashed = hash(id);
            if let Some(&first) = table.find(hashed, |&other: &u32| ids.bytes_of(other as usize) == id) {
                let id = ids.get(row as usize).to_owned();
                return Err(VocabError::Duplicate { id, first, second: row });
            }
            table.insert_unique(hashed, row, |&other| hash(ids.bytes_of(other as usize)));
        }
        Ok(Self { ids, table, kind: PhantomData })
    }

    /// How many ids.
    pub fn len(&self) -> usize {
        self.ids.len()
    }

    /// Whether there is no id.
    pub fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }

    /// The index of an id, where it is known.
    pub fn idx_from_id(&self, id: &str) -> Option<I> {
        let id = id.as_bytes();
        let found = self.table.find(hash(id), |&row| self.ids.bytes_of(row as usize) == id);
        found.map(|&row| I::new(row))
    }

    /// The id of an index.
    pub fn id(&self, idx: I) -> &str {
        self.ids.get(idx.index())
    }

    /// All ids, by index.
    pub fn ids(&self) -> &StrColumn {
        &self.ids
    }

    /// All indices in order.
    pub fn indices(&self) -> impl ExactSizeIterator<Item = I> + use<I> {
        (0..self.ids.len() as u32).map(I::new)
    }
}

impl<I: Idx> PartialEq for Vocab<I> {
    fn eq(&self, other: &Self) -> bool {
        self.ids == other.ids
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::ItemIdx;

    #[test]
    fn an_id_that_stands_twice_is_refused() {
        let ids: StrColumn = ["a", "b", "a"].iter().collect();
        let error = Vocab::<ItemIdx>::new(ids).expect_err("`a` stands twice");
        assert_eq!(error.to_string(), "id `a` stands in rows 0 and 2");
    }

    proptest! {
        #[test]
        fn every_id_finds_its_way_there_and_back(ids in proptest::collection::btree_set(".{0,9}", 0..60)) {
            let vocab = Vocab::<ItemIdx>::new(ids.iter().collect()).expect("a set has no duplicates");
            for (row, id) in ids.iter().enumerate() {
                prop_assert_eq!(vocab.idx_from_id(id), Some(ItemIdx::new(row as u32)));
                prop_assert_eq!(vocab.id(ItemIdx::new(row as u32)), id);
            }
            prop_assert_eq!(vocab.idx_from_id("an id longer than any above"), None);
        }

        #[test]
        fn numbers_sort_as_numbers(a: u64, b: u64) {
            prop_assert_eq!(cmp_ids(&a.to_string(), &b.to_string()), a.cmp(&b));
        }
    }
}
