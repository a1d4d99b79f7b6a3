//! Holds some items of each list out, for files of lists that come without instants.

use erbij_train::{SplitError, hold_out_share, stream};
use serde::{Deserialize, Serialize};

use rand::RngExt;

use crate::lists_text::{ListsError, ListsSplit, NumberedLists};

/// Which items of a list are held out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ListsHoldOut {
    /// Any, as [`hold_out_share`] draws them.
    #[default]
    Random,
    /// Some that stand one after the other once the list is sorted by number, from a random place on.
    ///
    /// Where items are numbered as they first appeared, neighbours in number were met together, and so this
    /// is nearer to a split by time than single items drawn at random are.
    Block,
}

impl ListsHoldOut {
    /// The spelling in logs and on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Random => "random",
            Self::Block => "block",
        }
    }
}

/// Why nothing can be held out.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum HoldOutError {
    /// The share is none.
    #[error(transparent)]
    Split(#[from] SplitError),
    /// The lists are none.
    #[error(transparent)]
    Lists(#[from] ListsError),
}

/// Splits lists into what a model may see and a share of each that it is judged by.
///
/// Of `len` items `len · share` rounded to the nearest are held out, and always at least one stays. What is
/// drawn from a list depends on `seed`, its row and what it holds alone. O(items · log).
pub fn hold_out_of_lists(
    lists: &NumberedLists,
    how: ListsHoldOut,
    share: f64,
    seed: u64,
) -> Result<ListsSplit, HoldOutError> {
    if !(0.0 < share && share < 1.0) {
        return Err(SplitError::Share { share: share.to_string() }.into());
    }
    let split = match how {
        ListsHoldOut::Random => {
            let whole = ListsSplit::new(lists, &NumberedLists::new())?;
            let held = hold_out_share(&whole.train, share, seed)?;
            ListsSplit { train: held.train, test: held.test, ..whole }
        }
        ListsHoldOut::Block => {
            let (train, test) = blocks(lists, share, seed);
            ListsSplit::new(&train, &test)?
        }
    };
    if split.test.n_items() == 0 { Err(SplitError::NothingToJudge.into()) } else { Ok(split) }
}

fn blocks(lists: &NumberedLists, share: f64, seed: u64) -> (NumberedLists, NumberedLists) {
    let (mut train, mut test) = (NumberedLists::new(), NumberedLists::new());
    for (row, (&customer, items)) in (0..).zip(lists) {
        let mut stays = items.clone();
        stays.sort_unstable();
        stays.dedup();
        let n_held = ((stays.len() as f64 * share).round() as usize).min(stays.len().saturating_sub(1));
        let mut rng = stream(seed, row);
        let start = rng.random_range(0..=(stays.len() - n_held) as u64) as usize;
        test.insert(customer, stays.drain(start..start + n_held).collect());
        train.insert(customer, stays);
    }
    (train, test)
}

#[cfg(test)]
mod tests {
    use erbij_core::ItemIdx;

    use super::*;

    fn lists() -> NumberedLists {
        // Lists of 0 to 39 items, one item twice.
        let items = |len: u32| (0..len).rev().map(|item| item * 7 % 41).chain((0 < len).then_some(0));
        (0..40).map(|len| (len, items(len).collect())).collect()
    }

    fn numbers(split: &ListsSplit, list: &[ItemIdx]) -> Vec<u32> {
        let mut numbers: Vec<u32> = list.iter().map(|item| split.item_numbers[item.index()]).collect();
        numbers.sort_unstable();
        numbers
    }

    #[test]
    fn a_share_of_each_list_is_held_out_and_nothing_is_lost() {
        for how in [ListsHoldOut::Random, ListsHoldOut::Block] {
            let split = hold_out_of_lists(&lists(), how, 0.2, 1).expect("lists");
            let mut starts = std::collections::BTreeSet::new();
            for (row, list) in lists().into_values().enumerate() {
                let whole: std::collections::BTreeSet<u32> = list.into_iter().collect();
                let [train, test] = [&split.train, &split.test].map(|lists| numbers(&split, lists.list(row)));
                assert_eq!(test.len(), (whole.len() as f64 * 0.2).round() as usize, "{how:?} {row}");
                let both: Vec<u32> = whole.iter().copied().collect();
                let mut joined = [&train[..], &test].concat();
                joined.sort_unstable();
                assert_eq!(joined, both, "{how:?} {row}");
                if how == ListsHoldOut::Block && !test.is_empty() {
                    let start = both.iter().position(|item| *item == test[0]).expect("one of them");
                    assert_eq!(test, both[start..start + test.len()]);
                    starts.insert(start);
                }
            }
            assert!(how == ListsHoldOut::Random || 5 < starts.len(), "{starts:?}");
            let again = hold_out_of_lists(&lists(), how, 0.2, 1).expect("lists");
            assert_eq!(again.test, split.test);
            assert_ne!(hold_out_of_lists(&lists(), how, 0.2, 2).expect("lists").test, split.test);
        }
    }

    #[test]
    fn what_cannot_be_held_out_is_said() {
        for how in [ListsHoldOut::Random, ListsHoldOut::Block] {
            let refused = |lists: &NumberedLists, share| hold_out_of_lists(lists, how, share, 1).err();
            let short = NumberedLists::from([(0, vec![1]), (1, vec![2, 3])]);
            assert_eq!(refused(&short, 0.1), Some(SplitError::NothingToJudge.into()));
            for share in [0.0, 1.0, f64::NAN] {
                let error = SplitError::Share { share: share.to_string() };
                assert_eq!(refused(&lists(), share), Some(error.into()));
            }
        }
    }
}
