//! Ids become small numbers while they are read, in the order in which they are first seen.
//!
//! A text that is a whole number in its usual spelling *is* that number, so a file with integers and one with
//! the same ids as text number alike. Numbers are looked up in a direct table where the footers promise a
//! dense range, else in a hash map; either way no text is made for them. Numbers of first sight are no
//! result: [`Interner::canonical`] puts them into the order of [`cmp_ids`], which no file can influence.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::fmt::Write;
use std::hash::BuildHasher;

use erbij_core::{StrColumn, StrColumnBuilder, StrColumnError, cmp_ids};
use foldhash::fast::FixedState;
use hashbrown::{HashMap, HashTable};
use rayon::slice::ParallelSliceMut;

/// Stands for "no id".
pub(crate) const MISSING: u32 = u32::MAX;
/// Stands for an id beyond the limit.
pub(crate) const TOO_LONG: u32 = u32::MAX - 1;

/// A direct table may have this many slots a row, so it is never larger than the columns it serves.
const SLOTS_PER_ROW: u64 = 2;
/// And never more than these, a gibibyte, since the number of rows is a promise as well.
const MAX_SLOTS: u64 = 1 << 28;

/// Values below this are not numbers but rows of the texts.
const FIRST_NUMBER: i64 = i64::MIN + (1 << 32);

/// Hashes are fixed: the tables are never iterated, so only time could depend on them.
fn hasher() -> FixedState {
    FixedState::with_seed(0x6572_6269_6a21_0002)
}

/// Ids by order of first sight.
pub(crate) struct Interner {
    /// An id each: the number it is, or the row of its text counted from `i64::MIN`.
    values: Vec<i64>,
    dense_base: i64,
    /// A slot each from `dense_base` on: an index, or [`MISSING`].
    dense: Vec<u32>,
    numbers: HashMap<i64, u32, FixedState>,
    texts: HashTable<u32>,
    text_ends: Vec<u64>,
    text_bytes: Vec<u8>,
    max_bytes: usize,
}

impl Interner {
    /// Knows no id yet, and takes none longer than this.
    pub(crate) fn new(max_bytes: usize) -> Self {
        Self {
            values: Vec::new(),
            dense_base: 0,
            dense: Vec::new(),
            numbers: HashMap::with_hasher(hasher()),
            texts: HashTable::new(),
            text_ends: Vec::new(),
            text_bytes: Vec::new(),
            max_bytes,
        }
    }

    /// Lays a direct table where numbers of this range are promised and it is dense enough. The promise
    /// need not be kept. Called before the first id only.
    pub(crate) fn expect_range(&mut self, range: Option<(i64, i64)>, n_rows: u64) {
        let Some((min, max)) = range else { return };
        let Some(n_slots) = max.checked_sub(min).and_then(|n| n.checked_add(1)) else { return };
        let most = n_rows.saturating_mul(SLOTS_PER_ROW).min(MAX_SLOTS);
        // Numbers below that stand for texts, and are looked up as such.
        let is_told_apart = FIRST_NUMBER <= min;
        if self.values.is_empty() && is_told_apart && 0 < n_slots && n_slots as u64 <= most {
            self.dense_base = min;
            self.dense = vec![MISSING; n_slots as usize];
        }
    }

    /// How many ids.
    pub(crate) fn len(&self) -> usize {
        self.values.len()
    }

    /// The index of a number.
    #[inline]
    pub(crate) fn number(&mut self, number: i64) -> u32 {
        let slot = number.wrapping_sub(self.dense_base) as u64;
        if let Some(index) = self.dense.get_mut(slot as usize) {
            if *index == MISSING {
                *index = self.values.len() as u32;
                self.values.push(number);
            }
            return *index;
        }
        if number < FIRST_NUMBER {
            return self.spelled(&number.to_string());
        }
        let values = &mut self.values;
        *self.numbers.entry(number).or_insert_with(|| {
            values.push(number);
            (values.len() - 1) as u32
        })
    }

    /// The index of an id that is known.
    pub(crate) fn find(&self, text: &str) -> Option<u32> {
        let text = text.trim_ascii();
        let by_number = |number: i64| {
            let slot = usize::try_from(number.wrapping_sub(self.dense_base) as u64).ok();
            let dense = slot.and_then(|slot| self.dense.get(slot)).copied();
            dense.filter(|&index| index != MISSING).or_else(|| self.numbers.get(&number).copied())
        };
        if let Some(found) = whole_number(text).and_then(by_number) {
            return Some(found);
        }
        let (values, ends, bytes) = (&self.values, &self.text_ends, &self.text_bytes);
        let is_same =
            |&index: &u32| text_bytes(ends, bytes, text_row(values[index as usize])) == text.as_bytes();
        self.texts.find(hasher().hash_one(text.as_bytes()), is_same).copied()
    }

    /// The index of a text, or [`MISSING`], or [`TOO_LONG`]. Space around an id is not part of it.
    #[inline]
    pub(crate) fn text(&mut self, text: &str) -> u32 {
        let text = text.trim_ascii();
        if text.is_empty() {
            MISSING
        } else if let Some(number) = whole_number(text) {
            self.number(number)
        } else if self.max_bytes < text.len() {
            TOO_LONG
        } else {
            self.spelled(text)
        }
    }

    fn spelled(&mut self, text: &str) -> u32 {
        let hash = hasher().hash_one(text.as_bytes());
        let (values, ends, bytes) = (&self.values, &self.text_ends, &self.text_bytes);
        let of = |index: u32| text_bytes(ends, bytes, text_row(values[index as usize]));
        if let Some(&index) = self.texts.find(hash, |&index| of(index) == text.as_bytes()) {
            return index;
        }
        let index = values.len() as u32;
        self.texts.insert_unique(hash, index, |&index| hasher().hash_one(of(index)));
        self.values.push(i64::MIN + self.text_ends.len() as i64);
        self.text_bytes.extend_from_slice(text.as_bytes());
        self.text_ends.push(self.text_bytes.len() as u64);
        index
    }

    /// One more index for an id that has one, for what is another thing of the same name. Looking the id up finds the
    /// first.
    pub(crate) fn again(&mut self, index: u32) -> u32 {
        self.values.push(self.values[index as usize]);
        (self.values.len() - 1) as u32
    }

    /// Frees the look-up tables. Ids stay; new ones may no longer come.
    pub(crate) fn seal(mut self) -> Self {
        self.dense = Vec::new();
        self.numbers = HashMap::with_hasher(hasher());
        self.texts = HashTable::new();
        self
    }

    /// Whether an id is a number, and which.
    #[inline]
    pub(crate) fn as_number(&self, index: u32) -> Option<i64> {
        let value = self.values[index as usize];
        (FIRST_NUMBER <= value).then_some(value)
    }

    /// An id as it is written outside.
    pub(crate) fn id(&self, index: u32) -> Cow<'_, str> {
        let value = self.values[index as usize];
        if FIRST_NUMBER <= value {
            return Cow::Owned(value.to_string());
        }
        let bytes = text_bytes(&self.text_ends, &self.text_bytes, text_row(value));
        Cow::Borrowed(std::str::from_utf8(bytes).expect("only texts were put there"))
    }

    /// Appends an id to a text.
    pub(crate) fn write_id(&self, index: u32, to: &mut String) {
        match self.as_number(index) {
            Some(number) => write!(to, "{number}").expect("a String takes everything"),
            None => to.push_str(&self.id(index)),
        }
    }

    /// The order of two ids.
    #[inline]
    pub(crate) fn cmp(&self, a: u32, b: u32) -> Ordering {
        match (self.as_number(a), self.as_number(b)) {
            (Some(a), Some(b)) if 0 <= a && 0 <= b => a.cmp(&b),
            _ => cmp_ids(&self.id(a), &self.id(b)),
        }
    }

    /// Sorts indices by their ids. O(n log n), without a text for any number.
    pub(crate) fn canonical(&self, wanted: Vec<u32>) -> Vec<u32> {
        let is_plain = |&index: &u32| self.as_number(index).is_some_and(|number| 0 <= number);
        let (plain, mut others): (Vec<u32>, Vec<u32>) = wanted.into_iter().partition(is_plain);
        let mut plain: Vec<(i64, u32)> =
            plain.into_iter().map(|index| (self.values[index as usize], index)).collect();
        plain.par_sort_unstable();
        others.par_sort_unstable_by(|&a, &b| self.cmp(a, b));
        if others.is_empty() {
            return plain.into_iter().map(|(_, index)| index).collect();
        }
        let mut merged = Vec::with_capacity(plain.len() + others.len());
        let mut plain = plain.into_iter().map(|(_, index)| index).peekable();
        for other in others {
            while let Some(number) = plain.next_if(|&number| self.cmp(number, other).is_lt()) {
                merged.push(number);
            }
            merged.push(other);
        }
        merged.extend(plain);
        merged
    }
}

fn text_row(value: i64) -> usize {
    value.wrapping_sub(i64::MIN) as usize
}

fn text_bytes<'a>(ends: &[u64], bytes: &'a [u8], row: usize) -> &'a [u8] {
    let start = row.checked_sub(1).map_or(0, |before| ends[before]);
    &bytes[start as usize..ends[row] as usize]
}

/// The number that a text is, where the text is that number's only spelling.
fn whole_number(text: &str) -> Option<i64> {
    let digits = text.strip_prefix('-').unwrap_or(text).as_bytes();
    let usual = match digits {
        [b'0'] => digits.len() == text.len(),
        [b'1'..=b'9', rest @ ..] => rest.len() < 19 && rest.iter().all(u8::is_ascii_digit),
        _ => false,
    };
    if usual { text.parse().ok() } else { None }
}

/// The ids of some indices, in their order.
pub(crate) fn id_column(ids: &Interner, of: impl Iterator<Item = u32>) -> Result<StrColumn, StrColumnError> {
    let (mut builder, mut text) = (StrColumnBuilder::default(), String::new());
    for index in of {
        text.clear();
        ids.write_id(index, &mut text);
        builder.push(&text)?;
    }
    Ok(builder.finish())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_number_is_one_id_however_it_is_written() {
        for (min, max) in [(0, 20), (100, 200), (i64::MIN, i64::MIN + 3), (i64::MIN, i64::MAX)] {
            let mut interner = Interner::new(9);
            interner.expect_range(Some((min, max)), 50);
            assert_eq!(interner.text(" 17 "), 0);
            assert_eq!(interner.number(17), 0);
            assert_eq!(interner.text("017"), 1);
            assert_eq!(interner.text("a"), 2);
            assert_eq!(interner.number(-5), 3);
            assert_eq!(interner.text("-5"), 3);
            assert_eq!(interner.number(i64::MIN), 4);
            assert_eq!(interner.text("-9223372036854775808"), 4);
            assert_eq!(interner.text("-0"), 5);
            assert_eq!([interner.text(""), interner.text("  ")], [MISSING; 2]);
            assert_eq!(interner.text("0123456789"), TOO_LONG);
            let ids: Vec<_> = (0..6).map(|index| interner.id(index).into_owned()).collect();
            assert_eq!(ids, ["17", "017", "a", "-5", "-9223372036854775808", "-0"]);
        }
    }

    proptest! {
        #[test]
        fn the_canonical_order_is_that_of_texts(ids in proptest::collection::vec("[-0-9a]{1,4}", 0..50)) {
            let mut interner = Interner::new(9);
            for id in &ids {
                interner.text(id);
            }
            let sorted = interner.canonical((0..interner.len() as u32).collect());
            let found: Vec<_> = sorted.iter().map(|&index| interner.id(index).into_owned()).collect();
            let mut expected = ids.clone();
            expected.sort_by(|a, b| cmp_ids(a, b));
            expected.dedup();
            prop_assert_eq!(found, expected);
        }
    }
}
