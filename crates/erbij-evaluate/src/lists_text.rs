//! Histories as the fixed splits of papers ship them: one line a customer, his number and then his items.
//!
//! ```text
//! 0 12 7 31
//! 1 7
//! ```
//!
//! Separated by blanks, all whole numbers from 0. The files of LightGCN's study and those made after them are
//! of this form; its small one has a line a pair instead, separated by tabs: customer, item, and a count that
//! is not read. A train file and a test file number customers and items alike.

use std::collections::BTreeMap;

use erbij_core::ItemIdx;
use erbij_train::{ItemLists, ItemListsBuilder};

/// Train and test lists over one numbering of items: by how often they stand in train, most first, ties by
/// their number in the file; so that what is summed often lies close together, and ties go to what sells.
#[derive(Clone, Debug)]
pub struct ListsSplit {
    /// What a model may see, one list a customer.
    pub train: ItemLists,
    /// What it is judged by, one list a customer of train.
    pub test: ItemLists,
    /// The number each item has in the files.
    pub item_numbers: Vec<u32>,
}

/// Why a text is no lists of items.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ListsError {
    /// A word is no number.
    #[error(
        "line {line}: `{found}` is no whole number from 0; expected a customer's number and his items', as in `17 3 25`"
    )]
    Number {
        /// The line, from 1.
        line: usize,
        /// What stood there.
        found: String,
    },
    /// A customer has two lines.
    #[error("line {line}: customer {customer} had a line before; expected one line a customer")]
    Twice {
        /// The line, from 1.
        line: usize,
        /// His number.
        customer: u32,
    },
    /// There is not one item.
    #[error("it holds no item")]
    Empty,
    /// A customer is judged by items he is trained on.
    #[error("customer {customer} has item {item} in train and in test; a split has each pair in one")]
    Leak {
        /// His number.
        customer: u32,
        /// Its number.
        item: u32,
    },
}

/// The items of each customer, by number.
pub type NumberedLists = BTreeMap<u32, Vec<u32>>;

/// Reads one file. A line with a customer alone is a customer without items. Where the first line has a tab,
/// each is a pair. O(bytes).
///
/// ```
/// let lists = erbij_evaluate::parse_lists("0 12 7\n1\n").unwrap();
/// assert_eq!(lists[&0], [12, 7]);
/// let pairs = erbij_evaluate::parse_lists("0\t12\t5\n0\t7\t1\n").unwrap();
/// assert_eq!(pairs[&0], [12, 7]);
/// let error = erbij_evaluate::parse_lists("0 12 x7").unwrap_err();
/// assert!(error.to_string().starts_with("line 1: `x7` is no whole number"));
/// ```
pub fn parse_lists(text: &str) -> Result<NumberedLists, ListsError> {
    let mut lists = NumberedLists::new();
    let is_pairs = text.lines().next().is_some_and(|line| line.contains('\t'));
    for (line, words) in (1..).zip(text.lines()) {
        let number =
            |word: &str| word.parse().map_err(|_| ListsError::Number { line, found: word.to_owned() });
        let mut words = words.split_ascii_whitespace().map(number);
        let Some(customer) = words.next() else { continue };
        let customer = customer?;
        if is_pairs {
            let found = || text.lines().nth(line - 1).unwrap_or_default().to_owned();
            let item = words.next().unwrap_or_else(|| Err(ListsError::Number { line, found: found() }))?;
            lists.entry(customer).or_default().push(item);
            continue;
        }
        let items = words.collect::<Result<Vec<u32>, _>>()?;
        if lists.insert(customer, items).is_some() {
            return Err(ListsError::Twice { line, customer });
        }
    }
    if lists.values().all(Vec::is_empty) { Err(ListsError::Empty) } else { Ok(lists) }
}

impl ListsSplit {
    /// Joins a train and a test file. Customers that only test has get an empty history. O(items · log).
    pub fn new(train: &NumberedLists, test: &NumberedLists) -> Result<Self, ListsError> {
        let mut counts: BTreeMap<u32, u32> = test.values().flatten().map(|&item| (item, 0)).collect();
        for &item in train.values().flatten() {
            *counts.entry(item).or_default() += 1;
        }
        let mut item_numbers: Vec<u32> = counts.keys().copied().collect();
        item_numbers.sort_by_key(|item| (std::cmp::Reverse(counts[item]), *item));
        let idx: BTreeMap<u32, ItemIdx> =
            item_numbers.iter().zip(0..).map(|(&item, idx)| (item, ItemIdx::new(idx))).collect();
        let customers: std::collections::BTreeSet<u32> = train.keys().chain(test.keys()).copied().collect();
        let (mut train_lists, mut test_lists) = (ItemListsBuilder::default(), ItemListsBuilder::default());
        for customer in customers {
            let of = |lists: &NumberedLists| lists.get(&customer).cloned().unwrap_or_default();
            let (seen, judged) = (of(train), of(test));
            let distinct: std::collections::BTreeSet<u32> = seen.iter().copied().collect();
            if let Some(&item) = judged.iter().find(|item| distinct.contains(item)) {
                return Err(ListsError::Leak { customer, item });
            }
            train_lists.push(seen.iter().map(|item| idx[item]));
            test_lists.push(judged.iter().map(|item| idx[item]));
        }
        Ok(Self { train: train_lists.finish(), test: test_lists.finish(), item_numbers })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_are_numbered_by_how_often_they_are_trained_on() {
        let parse = |text| parse_lists(text).expect("lists");
        let split = ListsSplit::new(&parse("0 5 9\n2 9\n"), &parse("0 4\n1 5\n")).expect("a split");
        assert_eq!(split.item_numbers, [9, 5, 4]);
        let lists = |lists: &ItemLists| -> Vec<Vec<u32>> {
            lists.iter().map(|list| list.iter().map(|item| item.get()).collect()).collect()
        };
        assert_eq!(lists(&split.train), [vec![0, 1], vec![], vec![0]]);
        assert_eq!(lists(&split.test), [vec![2], vec![1], vec![]]);
    }

    #[test]
    fn what_is_no_split_says_where() {
        let check = |text: &str, expected: &str| {
            assert_eq!(parse_lists(text).expect_err(text).to_string(), expected);
        };
        check("", "it holds no item");
        check("1\n2\n", "it holds no item");
        check("0 1\n\n0 2", "line 3: customer 0 had a line before; expected one line a customer");
        check(
            "0 -1",
            "line 1: `-1` is no whole number from 0; expected a customer's number and his items', as in `17 3 25`",
        );
        let parse = |text| parse_lists(text).expect("lists");
        let error = ListsSplit::new(&parse("0 5 9"), &parse("0 9")).expect_err("a leak");
        assert_eq!(
            error.to_string(),
            "customer 0 has item 9 in train and in test; a split has each pair in one"
        );
    }
}
