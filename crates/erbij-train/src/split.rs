//! What a model may see, and what it is then judged by.
//!
//! [`split_at`] is the one to decide by: one instant for everybody, as in production (Ji et al. 2023 show
//! that leaving out each customer's last basket lets models see the future of the market, by an amount and
//! with effects nobody can predict). [`leave_last_basket`] is for comparison with published figures,
//! [`split_by`] for a cut that somebody else made, [`hold_out_share`] for data without instants.
//!
//! One rule holds for every split: who is judged, and by what, does not hang on what train knows. A customer without a
//! basket in train is judged like any other, by the slate that a stranger gets, and an item that no train basket holds
//! is as relevant as any other to whoever bought it. [`JudgedCounts`](crate::JudgedCounts) says how many these are.
//! Who cannot be asked for, since an order names nobody, is counted and not judged.
//!
//! Validation is the same cut once more inside `train`: `split_at(&split.train, earlier, horizon_days)`.
//! Each split copies the train baskets: O(lines).

use std::ops::Range;

use erbij_core::{Baskets, CustomerIdx, ItemIdx, Returned, Timestamp};

use crate::chance::{shuffle_front, stream};
use crate::item_lists::{ItemLists, ItemListsBuilder};

/// What a model may see, and what it is judged by.
#[derive(Clone, Debug)]
pub struct Split {
    /// The baskets a model is fitted on, and what was brought back. All of it was ordered before `cutoff`.
    pub train: Baskets,
    /// The instant recommendations are made for: the `now` of every query.
    pub cutoff: Timestamp,
    /// The relevant items, one list a customer; empty for who bought nothing to be judged by. Of customers and of items
    /// that train does not know as well.
    pub targets: ItemLists,
    /// How many guests' baskets are in neither: they would be judged, and name nobody who can be asked for.
    pub n_guest_baskets: usize,
}

/// Why there is no split.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum SplitError {
    /// All baskets lie at or after the cutoff, or there are none.
    #[error("no basket is left to train on")]
    NothingToTrainOn,
    /// No customer bought anything in what is held out.
    #[error("no customer has a basket to be judged by")]
    NothingToJudge,
    /// The horizon is no time at all.
    #[error("the horizon must be at least 1 day, not {horizon_days}")]
    Horizon {
        /// What was asked for.
        horizon_days: i64,
    },
    /// Models would know what comes after the instant they are asked at.
    #[error("the cutoff {cutoff} lies before the end of what is trained on; it can be {earliest} or later")]
    Cutoff {
        /// What was asked for.
        cutoff: Timestamp,
        /// The first instant that nothing of train is at or after.
        earliest: Timestamp,
    },
    /// The share is no share.
    #[error("the share held out must lie between 0 and 1, not {share}")]
    Share {
        /// What was asked for, as text.
        share: String,
    },
}

/// Cuts at one instant for all: train is before it, relevant is what was bought within the horizon after it.
///
/// An order exactly at the cutoff is judged, one exactly at its end (`cutoff + horizon_days`) is not, and what
/// comes later is in neither. Guests' baskets before the cutoff are trained on; later ones judge nobody.
///
/// ```
/// use erbij_core::{Baskets, CustomerIdx, ItemIdx, Order, Timestamp};
/// use erbij_train::split_at;
/// let order = |day: &str, item| Order {
///     customer: Some(CustomerIdx::new(0)),
///     ordered_at: Timestamp::parse(day).unwrap(),
///     amount_minor: 0,
///     lines: vec![(ItemIdx::new(item), 1.0)],
/// };
/// let orders = vec![order("2024-05-31", 0), order("2024-06-01", 1), order("2024-06-29", 2)];
/// let baskets = Baskets::from_orders(1, 3, orders).unwrap();
/// let split = split_at(&baskets, Timestamp::parse("2024-06-01").unwrap(), 28).unwrap();
/// assert_eq!(split.train.len(), 1);
/// assert_eq!(split.targets.of(CustomerIdx::new(0)), [ItemIdx::new(1)]);
/// ```
pub fn split_at(baskets: &Baskets, cutoff: Timestamp, horizon_days: i64) -> Result<Split, SplitError> {
    if horizon_days < 1 {
        return Err(SplitError::Horizon { horizon_days });
    }
    let end = cutoff.plus_days(horizon_days);
    let train =
        baskets.select(|basket| baskets.ordered_at(basket) < cutoff, |returned| returned.ordered_at < cutoff);
    let is_judged = |&basket: &usize| (cutoff..end).contains(&baskets.ordered_at(basket));
    let targets = lists_by_customer(baskets, |of_customer| of_customer.filter(is_judged));
    checked(train, cutoff, targets, baskets.of_guests().filter(is_judged).count())
}

/// Leaves out the last basket of every customer who has two or more; everything else is trained on.
///
/// The protocol of the next-basket papers. Of two baskets at one instant the one laid out later is the last.
/// Each customer has another last instant, so others' later baskets leak into train: do not choose a model by
/// it. `cutoff` is the first moment after the last train basket. What a customer brought back stays where it was
/// ordered before the basket that is left out.
pub fn leave_last_basket(baskets: &Baskets) -> Result<Split, SplitError> {
    let last_of = |of_customer: Range<usize>| (2 <= of_customer.len()).then(|| of_customer.end - 1);
    let is_train = |basket: usize| {
        let customer = baskets.customer(basket);
        customer.is_guest() || last_of(baskets.of_customer(customer)) != Some(basket)
    };
    let train_at =
        (0..baskets.len()).filter(|&basket| is_train(basket)).map(|basket| baskets.ordered_at(basket));
    let cutoff = first_moment_after(train_at.max().ok_or(SplitError::NothingToTrainOn)?);
    let is_train_return = |returned: &Returned| {
        let last = last_of(baskets.of_customer(returned.customer));
        returned.ordered_at < last.map_or(cutoff, |last| baskets.ordered_at(last).min(cutoff))
    };
    let train = baskets.select(is_train, is_train_return);
    let targets = lists_by_customer(baskets, |of_customer| last_of(of_customer).into_iter());
    checked(train, cutoff, targets, 0)
}

/// Takes a split as somebody made it: baskets that are judged are relevant, all others are trained on.
///
/// Customers and items are those of both, so that a customer whom train does not know is judged like any other, and
/// what train does not know counts where it was bought. `cutoff` is the instant recommendations are made for; where it
/// is none, the first moment after the last train basket. What was ordered later than that and brought back is left out.
///
/// # Panics
///
/// If there is not one flag a basket.
pub fn split_by(
    baskets: &Baskets,
    is_judged: &[bool],
    cutoff: Option<Timestamp>,
) -> Result<Split, SplitError> {
    assert_eq!(is_judged.len(), baskets.len(), "a flag a basket");
    let is_train = |&basket: &usize| !is_judged[basket];
    let train_at = (0..baskets.len()).filter(is_train).map(|basket| baskets.ordered_at(basket));
    let earliest = first_moment_after(train_at.max().ok_or(SplitError::NothingToTrainOn)?);
    let cutoff = cutoff.unwrap_or(earliest);
    if cutoff < earliest {
        return Err(SplitError::Cutoff { cutoff, earliest });
    }
    let train = baskets.select(|basket| is_train(&basket), |returned| returned.ordered_at < cutoff);
    let targets = lists_by_customer(baskets, |of_customer| of_customer.filter(|&basket| is_judged[basket]));
    let n_guest_baskets = baskets.of_guests().filter(|&basket| is_judged[basket]).count();
    checked(train, cutoff, targets, n_guest_baskets)
}

/// What stays of each list, and what is held out of it.
#[derive(Clone, Debug, PartialEq)]
pub struct HeldOut {
    /// What a model may see.
    pub train: ItemLists,
    /// What it is judged by.
    pub test: ItemLists,
}

/// Holds out a share of each list, drawn at random, for data without instants.
///
/// Of a list of `len` items, `len · share` rounded to the nearest are held out, but always at least one
/// stays; so a list of one keeps it, and a short list may give nothing. What is drawn from a list depends on
/// `seed`, its row and its length alone, not on the other lists or the number of threads. O(items · log).
pub fn hold_out_share(lists: &ItemLists, share: f64, seed: u64) -> Result<HeldOut, SplitError> {
    if !(0.0 < share && share < 1.0) {
        return Err(SplitError::Share { share: share.to_string() });
    }
    let (mut train, mut test) = (ItemListsBuilder::default(), ItemListsBuilder::default());
    let mut shuffled: Vec<ItemIdx> = Vec::new();
    for (row, list) in lists.iter().enumerate() {
        let n_held = ((list.len() as f64 * share).round() as usize).min(list.len().saturating_sub(1));
        // A stream a list: what a list gives does not hang on how much chance the ones before it took.
        let mut rng = stream(seed, row as u64);
        shuffled.clear();
        shuffled.extend_from_slice(list);
        shuffle_front(&mut shuffled, n_held, &mut rng);
        test.push(shuffled[..n_held].iter().copied());
        train.push(shuffled[n_held..].iter().copied());
    }
    Ok(HeldOut { train: train.finish(), test: test.finish() })
}

/// The distinct items in the baskets chosen of each customer; guests have no list.
fn lists_by_customer<I: Iterator<Item = usize>>(
    baskets: &Baskets,
    choose: impl Fn(Range<usize>) -> I,
) -> ItemLists {
    let mut lists = ItemListsBuilder::default();
    for customer in 0..baskets.n_customers() as u32 {
        let chosen = choose(baskets.of_customer(CustomerIdx::new(customer)));
        lists.push(chosen.flat_map(|basket| baskets.items(basket).iter().copied()));
    }
    lists.finish()
}

fn first_moment_after(last: Timestamp) -> Timestamp {
    last.plus_micros(1)
}

fn checked(
    train: Baskets,
    cutoff: Timestamp,
    targets: ItemLists,
    n_guest_baskets: usize,
) -> Result<Split, SplitError> {
    if train.is_empty() {
        return Err(SplitError::NothingToTrainOn);
    }
    if targets.n_items() == 0 {
        return Err(SplitError::NothingToJudge);
    }
    Ok(Split { train, cutoff, targets, n_guest_baskets })
}

#[cfg(test)]
mod tests;

/// The instant so many days before the end of a history: the cutoff of the last horizon that is whole.
pub fn cutoff_before_end(newest: Timestamp, horizon_days: u32) -> Timestamp {
    Timestamp::from_micros(newest.micros().saturating_add(1)).plus_days(-i64::from(horizon_days))
}
