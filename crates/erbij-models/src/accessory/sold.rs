//! Sales of an item lie between two days: its first and its last.

use rayon::prelude::*;

use super::timeline::Timeline;

/// An item each: the first and the last day it was bought.
pub(super) fn sold_days(timeline: &Timeline<'_>) -> Vec<(i32, i32)> {
    let days = |item: u32| {
        let days = timeline.all.lists_of(item).iter().map(|&basket| timeline.day(basket).get());
        days.fold((i32::MAX, i32::MIN), |(first, last), day| (first.min(day), last.max(day)))
    };
    (0..timeline.baskets.n_items() as u32).into_par_iter().map(days).collect()
}

/// For how many days both were sold.
pub(super) fn both_sold_days(sold: &[(i32, i32)], a: u32, b: u32) -> u32 {
    let (a, b) = (sold[a as usize], sold[b as usize]);
    (a.1.min(b.1) - a.0.max(b.0) + 1).max(1) as u32
}
