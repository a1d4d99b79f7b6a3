use std::collections::BTreeSet;

use erbij_core::{BasketParts, MICROS_PER_DAY, Order, RowOffsets};
use proptest::collection::vec;
use proptest::prelude::*;

use super::*;
use crate::testing::{ShortOrder, at, baskets};

/// Targets as numbers.
fn numbers(lists: &ItemLists) -> Vec<Vec<u32>> {
    lists.iter().map(|list| list.iter().map(|item| item.get()).collect()).collect()
}

const ORDERS: &[ShortOrder<'static>] = &[
    (Some(0), 1, &[0]),
    (Some(0), 10, &[2, 1]),
    (Some(0), 12, &[1, 3]),
    (Some(0), 17, &[4]),
    (Some(1), 9, &[4]),
    (Some(2), 11, &[0]),
    (Some(2), 18, &[1]),
    (None, 3, &[3]),
    (None, 11, &[2]),
];

#[test]
fn an_order_at_the_cutoff_is_judged_and_one_at_its_end_is_not() {
    let baskets = baskets(4, 5, ORDERS);
    let split = split_at(&baskets, at(10), 7).expect("a split");
    assert_eq!(split.cutoff, at(10));
    // Customer 2 is new, 3 never came; the guest of day 11 judges nobody.
    assert_eq!(numbers(&split.targets), [vec![1, 2, 3], vec![], vec![0], vec![]]);
    assert_eq!((split.train.len(), split.train.of_guests().len()), (3, 1));
    assert_eq!((split.train.n_customers(), split.train.n_items()), (4, 5));
    assert_eq!(split.n_guest_baskets, 1, "the guest's is counted");
    // Validation: the same inside train.
    let validation = split_at(&split.train, at(5), 5).expect("a split");
    assert_eq!(numbers(&validation.targets), [vec![], vec![4], vec![], vec![]]);
    assert_eq!(validation.train.len(), 2);
}

#[test]
fn the_last_basket_is_left_out_where_there_are_two() {
    let baskets = baskets(4, 5, ORDERS);
    let split = leave_last_basket(&baskets).expect("a split");
    assert_eq!(numbers(&split.targets), [vec![4], vec![], vec![1], vec![]]);
    assert_eq!((split.train.len(), split.train.of_guests().len()), (7, 2));
    assert_eq!(split.cutoff.micros(), at(12).micros() + 1);
}

/// Which baskets are of these days or later.
fn from_day(baskets: &Baskets, day: i64) -> Vec<bool> {
    (0..baskets.len()).map(|basket| at(day) <= baskets.ordered_at(basket)).collect()
}

#[test]
fn a_cut_that_was_made_is_the_one_in_time_where_it_lies_there() {
    let all = baskets(4, 5, ORDERS);
    let in_time = split_at(&all, at(10), 30).expect("a split");
    let made = split_by(&all, &from_day(&all, 10), Some(at(10))).expect("a split");
    assert_eq!((made.cutoff, &made.targets), (in_time.cutoff, &in_time.targets));
    assert_eq!((made.n_guest_baskets, in_time.n_guest_baskets), (1, 1));
    assert_eq!(made.train.parts().items, in_time.train.parts().items);
    // Customer 2 has nothing in train, and item 3 a guest's basket alone: both count.
    assert_eq!(numbers(&made.targets), [vec![1, 2, 3, 4], vec![], vec![0, 1], vec![]]);
    let after_train = split_by(&all, &from_day(&all, 10), None).expect("a split");
    assert_eq!(after_train.cutoff.micros(), at(9).micros() + 1);
    let early = split_by(&all, &from_day(&all, 10), Some(at(9))).unwrap_err().to_string();
    assert_eq!(
        early,
        "the cutoff 1970-01-10T00:00:00Z lies before the end of what is trained on; it can be 1970-01-10T00:00:00.000001Z or later"
    );
    // A cut through lines, or one that is none in time, is as good: what is trained on may be later than what is judged.
    let by_customer: Vec<bool> = (0..all.len()).map(|basket| all.customer(basket).get() == 2).collect();
    let made = split_by(&all, &by_customer, None).expect("a split");
    assert_eq!((made.cutoff.micros(), made.train.len()), (at(17).micros() + 1, 7));
    let flags = |of: bool| vec![of; all.len()];
    assert_eq!(split_by(&all, &flags(true), None).err(), Some(SplitError::NothingToTrainOn));
    assert_eq!(split_by(&all, &flags(false), None).err(), Some(SplitError::NothingToJudge));
}

/// Orders of which all that these customers brought back is of item 0, ordered on these days.
fn with_returns(baskets: &Baskets, returns: &[(u32, i64)]) -> Baskets {
    let returned = |&(customer, day): &(u32, i64)| Returned {
        item: ItemIdx::new(0),
        customer: CustomerIdx::new(customer),
        ordered_at: at(day),
    };
    let mut returned: Vec<Returned> = returns.iter().map(returned).collect();
    returned.sort_unstable();
    Baskets::from_parts(BasketParts { returned, ..baskets.parts().clone() }).expect("valid")
}

/// Customer and day of each return that a model may see.
fn known_returns(split: &Split) -> Vec<(u32, i64)> {
    let returned = split.train.returns_of(ItemIdx::new(0)).iter();
    returned.map(|r| (r.customer.get(), i64::from(r.ordered_at.day().get()))).collect()
}

#[test]
fn a_split_knows_no_return_of_what_was_ordered_after_it() {
    let returns = [(0, 9), (0, 10), (0, 16), (0, 17), (1, 12), (1, 13), (2, 18), (2, 20), (3, 1)];
    let all = with_returns(&baskets(4, 5, ORDERS), &returns);
    let at_day_10 = split_at(&all, at(10), 7).expect("a split");
    assert_eq!(known_returns(&at_day_10), [(0, 9), (3, 1)]);
    // Validation: the same inside train.
    let validation = split_at(&at_day_10.train, at(5), 5).expect("a split");
    assert_eq!(known_returns(&validation), [(3, 1)]);
    // The newest basket of train is of day 12; of customers 0 and 2 later ones are left out.
    let last_basket = leave_last_basket(&all).expect("a split");
    assert_eq!(known_returns(&last_basket), [(0, 9), (0, 10), (1, 12), (3, 1)]);
    let first_last = with_returns(
        &baskets(2, 1, &[(Some(0), 1, &[0]), (Some(0), 2, &[0]), (None, 9, &[0])]),
        &[(0, 1), (0, 2), (1, 9)],
    );
    assert_eq!(known_returns(&leave_last_basket(&first_last).expect("a split")), [(0, 1), (1, 9)]);
    let until_day_12 = split_by(&all, &from_day(&all, 13), None).expect("a split");
    assert_eq!(known_returns(&until_day_12), [(0, 9), (0, 10), (1, 12), (3, 1)]);
}

#[test]
fn a_split_that_would_judge_nothing_is_an_error() {
    let full = baskets(4, 5, ORDERS);
    assert_eq!(split_at(&full, at(1), 7).err(), Some(SplitError::NothingToTrainOn));
    assert_eq!(split_at(&full, at(19), 7).err(), Some(SplitError::NothingToJudge));
    assert_eq!(split_at(&full, at(10), 0).err(), Some(SplitError::Horizon { horizon_days: 0 }));
    assert_eq!(leave_last_basket(&baskets(1, 1, &[])).err(), Some(SplitError::NothingToTrainOn));
    let once = baskets(2, 1, &[(Some(0), 1, &[0]), (Some(1), 1, &[0])]);
    assert_eq!(leave_last_basket(&once).err(), Some(SplitError::NothingToJudge));
    let guests = baskets(1, 1, &[(None, 1, &[0]), (None, 9, &[0])]);
    assert_eq!(split_at(&guests, at(5), 7).err(), Some(SplitError::NothingToJudge));
}

fn lists(lens: &[usize]) -> ItemLists {
    let items = lens.iter().flat_map(|&len| 0..len as u32).map(ItemIdx::new).collect();
    ItemLists::new(RowOffsets::from_lens(lens.iter().copied()), items).expect("rising")
}

#[test]
fn each_list_gives_its_share_and_keeps_one() {
    let held = |lens: &[usize], share| {
        let held = hold_out_share(&lists(lens), share, 7).expect("a share");
        held.test.iter().map(<[ItemIdx]>::len).collect::<Vec<_>>()
    };
    assert_eq!(held(&[0, 1, 2, 3, 5, 10, 100], 0.2), [0, 0, 0, 1, 1, 2, 20]);
    assert_eq!(held(&[0, 1, 2, 3], 0.99), [0, 0, 1, 2]);
    for share in [0.0, 1.0, -0.1, f64::NAN] {
        assert!(matches!(hold_out_share(&lists(&[3]), share, 7), Err(SplitError::Share { .. })), "{share}");
    }
}

#[test]
fn a_list_is_drawn_from_by_itself_and_by_seed() {
    let long = hold_out_share(&lists(&[40, 40, 40]), 0.25, 7).expect("a share");
    let changed = hold_out_share(&lists(&[13, 40, 0]), 0.25, 7).expect("a share");
    assert_eq!(long.test.list(1), changed.test.list(1), "other lists do not matter");
    assert_ne!(long.test.list(0), long.test.list(1), "each list has its own chance");
    let reseeded = hold_out_share(&lists(&[40, 40, 40]), 0.25, 8).expect("a share");
    assert_ne!(long.test.list(0), reseeded.test.list(0));
}

#[test]
fn every_item_of_a_list_is_as_likely_to_be_held_out() {
    let held = hold_out_share(&lists(&[10; 4000]), 0.3, 1).expect("a share");
    let mut counts = [0; 10];
    for item in held.test.items() {
        counts[item.index()] += 1;
    }
    // 1200 expected each, standard deviation √(4000 · .3 · .7) = 29: five of them either way.
    assert!(counts.iter().all(|count| (1055..=1345).contains(count)), "{counts:?}");
}

/// Orders of 5 customers and guests over 30 days, with instants that collide.
fn orders() -> impl Strategy<Value = Baskets> {
    let order = (0..6_u32, 0..60_i64, vec(0..8_u32, 1..5)).prop_map(|(customer, half_day, items)| Order {
        customer: (customer < 5).then(|| CustomerIdx::new(customer)),
        ordered_at: Timestamp::from_micros(half_day * MICROS_PER_DAY / 2),
        amount_minor: 0,
        lines: items.into_iter().map(|item| (ItemIdx::new(item), 1.0)).collect(),
    });
    let returns = vec((0..5_u32, 0..30_i64), 0..20);
    (vec(order, 0..40), returns).prop_map(|(orders, returns)| {
        with_returns(&Baskets::from_orders(5, 8, orders).expect("valid orders"), &returns)
    })
}

proptest! {
    #[test]
    fn nothing_leaks_and_nothing_is_lost(baskets in orders(), day in 0..31_i64, horizon_days in 1..40_i64) {
        let (cutoff, end) = (at(day), at(day + horizon_days));
        let n_before = (0..baskets.len()).filter(|&b| baskets.ordered_at(b) < cutoff).count();
        let mut expected = vec![BTreeSet::new(); 5];
        for b in (0..baskets.len()).filter(|&b| cutoff <= baskets.ordered_at(b) && baskets.ordered_at(b) < end) {
            if let Some(expected) = expected.get_mut(baskets.customer(b).index()) {
                expected.extend(baskets.items(b).iter().map(|item| item.get()));
            }
        }
        let is_judged = expected.iter().any(|items| !items.is_empty());
        match split_at(&baskets, cutoff, horizon_days) {
            Ok(split) => {
                let train = &split.train;
                prop_assert!((0..train.len()).all(|b| train.ordered_at(b) < split.cutoff));
                prop_assert_eq!(train.len(), n_before);
                let n_returned = baskets.returns_of(ItemIdx::new(0)).iter().filter(|r| r.ordered_at < cutoff).count();
                prop_assert_eq!(known_returns(&split).len(), n_returned);
                let expected: Vec<Vec<u32>> = expected.into_iter().map(|items| items.into_iter().collect()).collect();
                prop_assert_eq!(numbers(&split.targets), expected);
            }
            Err(SplitError::NothingToTrainOn) => prop_assert_eq!(n_before, 0),
            Err(error) => {
                prop_assert_eq!(error, SplitError::NothingToJudge);
                prop_assert!(!is_judged);
            }
        }
    }

    #[test]
    fn a_last_basket_and_the_rest_are_all_there_is(baskets in orders()) {
        let Ok(split) = leave_last_basket(&baskets) else { return Ok(()) };
        let mut n_left_out = 0;
        for customer in (0..5).map(CustomerIdx::new) {
            let (all, kept) = (baskets.of_customer(customer), split.train.of_customer(customer));
            let is_left_out = 2 <= all.len();
            prop_assert_eq!(kept.len() + usize::from(is_left_out), all.len());
            for (before, after) in all.clone().zip(kept) {
                prop_assert_eq!(baskets.items(before), split.train.items(after));
            }
            let last: &[ItemIdx] = if is_left_out { baskets.items(all.end - 1) } else { &[] };
            prop_assert_eq!(split.targets.of(customer), last);
            n_left_out += usize::from(is_left_out);
        }
        prop_assert_eq!(split.train.len() + n_left_out, baskets.len());
        prop_assert!((0..split.train.len()).all(|b| split.train.ordered_at(b) < split.cutoff));
        for returned in &split.train.parts().returned {
            let all = baskets.of_customer(returned.customer);
            let left_out = if 2 <= all.len() { baskets.ordered_at(all.end - 1) } else { split.cutoff };
            prop_assert!(returned.ordered_at < left_out.min(split.cutoff));
        }
    }

    #[test]
    fn train_and_test_share_a_list_out(lens in vec(0..20_usize, 0..10), share in 0.01..0.99_f64, seed: u64) {
        let all = lists(&lens);
        let held = hold_out_share(&all, share, seed).expect("a share");
        for (row, list) in all.iter().enumerate() {
            let (train, test) = (held.train.list(row), held.test.list(row));
            prop_assert!(test.iter().all(|item| train.binary_search(item).is_err()));
            let mut both = [train, test].concat();
            both.sort_unstable();
            prop_assert_eq!(&both, list);
            prop_assert!(list.is_empty() || !train.is_empty());
        }
    }
}
