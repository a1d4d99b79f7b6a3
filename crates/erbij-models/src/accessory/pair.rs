//! What is known of one pair once it was worth a second look: when, by whom, in which order.
//!
//! What is asked of every pair that stands out (`PairEvidence`) is apart from what is told of those that are published
//! (`PairCourse`). Both are read off the occurrences of the pair, in O(n log n) of these and of what came back.

use erbij_core::{ItemIdx, Returned};

use super::rejection::Rejection;
use super::row::Follower;
use super::timeline::{Occurrence, Timeline, Zone};
use super::work::MAX_REPEATERS;

/// Bounds of the lag histogram in days: bucket `i` holds lags from the bound before it to below its own. The first
/// is the same order, the second another order on the same day.
pub const LAG_BOUNDS: [u32; 10] = [0, 1, 3, 7, 14, 30, 60, 120, 240, u32::MAX];

/// A pair that was looked at.
pub(super) struct Pair {
    pub(super) follower: Follower,
    pub(super) evidence: PairEvidence,
    pub(super) verdict: Result<(), Rejection>,
}

/// What the occurrences of a pair say to those who judge it.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct PairEvidence {
    /// Distinct customers; each guest order is one more.
    pub(super) customers: u32,
    /// Occurrences on another day, and those of the reverse pair.
    pub(super) n_later: u32,
    pub(super) n_reverse_later: u32,
    /// Occurrences outside promotions, by window.
    pub(super) lasting: [u32; 3],
    /// Customers who brought the other item back that they had bought with or after the anchor, and kept none, by window.
    /// They are not among the occurrences.
    pub(super) n_returned: [u32; 3],
}

/// How a pair goes: what is told of one that is published.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct PairCourse {
    /// Occurrences in the same order of all.
    pub(super) same_order_share: f64,
    /// The middle lag of what did not come in the same order.
    pub(super) median_lag_days: f64,
    pub(super) lag_histogram: [u32; LAG_BOUNDS.len()],
    /// Customers who bought the other item again without the anchor, of those behind the pair.
    pub(super) repeat_share: f64,
    /// Whether not all of them were asked.
    pub(super) is_asked_in_part: bool,
}

/// The pair of a row with an item.
pub(super) fn find(row: &[Pair], item: u32) -> Option<&Pair> {
    row.binary_search_by_key(&item, |pair| pair.follower.item).ok().map(|at| &row[at])
}

impl PairEvidence {
    /// How much of what was bought came back.
    pub(super) fn returned_share(&self) -> f64 {
        let n_returned = f64::from(self.n_returned[2]);
        n_returned / (n_returned + f64::from(self.customers)).max(1.0)
    }
}

/// Walks a rising list forward, by steps that double.
fn advance(list: &[u32], at: usize, is_before: impl Fn(u32) -> bool) -> usize {
    let mut step = 1;
    let mut low = at;
    while low + step <= list.len() && is_before(list[low + step - 1]) {
        low += step;
        step *= 2;
    }
    let high = (low + step).min(list.len());
    low + list[low..high].partition_point(|&value| is_before(value))
}

/// Every occurrence of one pair, by basket: for a pair or two. All pairs of an item are read off its row (`look.rs`).
pub(super) fn occurrences(timeline: &Timeline<'_>, anchor: u32, other: u32) -> Vec<Occurrence> {
    let from = timeline.all.lists_of(anchor);
    let mut found = Vec::new();
    let mut at = 0;
    for &basket in timeline.first.lists_of(other) {
        at = advance(from, at, |own| own <= basket);
        // The anchor's last basket up to this one; of another customer, its window ended before.
        let Some(&own) = at.checked_sub(1).and_then(|before| from.get(before)) else { continue };
        if let Some(zone) = timeline.zone(own, basket) {
            found.push(timeline.occurrence(own, basket, zone));
        }
    }
    found
}

/// How many occurrences lie on another day.
pub(super) fn n_later(occurrences: &[Occurrence]) -> u32 {
    occurrences.iter().filter(|occurrence| 0 < occurrence.lag_days).count() as u32
}

/// How many guests are behind occurrences of guests.
fn n_distinct_guests(timeline: &Timeline<'_>, of_guests: &[Occurrence]) -> usize {
    let person = |occurrence: &Occurrence| timeline.baskets.person(occurrence.basket as usize);
    let mut people: Vec<u32> = of_guests.iter().map(person).collect();
    people.sort_unstable();
    people.dedup();
    people.len()
}

/// Occurrences of guests: these have no number of their own.
fn n_guests(timeline: &Timeline<'_>, found: &[Occurrence]) -> usize {
    let guests = timeline.baskets.of_guests();
    // Guests' baskets lie behind all others.
    found.len() - found.partition_point(|occurrence| (occurrence.basket as usize) < guests.start)
}

/// Looks at a pair by its occurrences; what the reverse pair has is left at 0. `sold_days` is how long both were sold,
/// `promotion_days` what is crowded.
pub(super) fn look_at(
    timeline: &Timeline<'_>,
    anchor: u32,
    other: u32,
    found: &[Occurrence],
    sold_days: u32,
    promotion_days: u32,
) -> PairEvidence {
    let n_guests = n_guests(timeline, found);
    PairEvidence {
        customers: (found.len() - n_guests + n_distinct_guests(timeline, &found[found.len() - n_guests..]))
            as u32,
        n_later: n_later(found),
        n_reverse_later: 0,
        lasting: lasting(timeline, found, sold_days, promotion_days),
        n_returned: n_returned(timeline, anchor, other, found),
    }
}

/// How a pair goes, by its occurrences.
pub(super) fn course_of(
    timeline: &Timeline<'_>,
    anchor: u32,
    other: u32,
    found: &[Occurrence],
) -> PairCourse {
    let mut lags: Vec<u32> = Vec::new();
    let mut lag_histogram = [0; LAG_BOUNDS.len()];
    for occurrence in found {
        if occurrence.zone == Zone::Same {
            lag_histogram[0] += 1;
        } else {
            lags.push(occurrence.lag_days);
            let bucket = LAG_BOUNDS.partition_point(|&bound| bound <= occurrence.lag_days);
            lag_histogram[bucket] += 1;
        }
    }
    let middle = lags.len() / 2;
    let median_lag_days = if lags.is_empty() { 0.0 } else { f64::from(*lags.select_nth_unstable(middle).1) };
    PairCourse {
        same_order_share: f64::from(lag_histogram[0]) / (found.len() as f64).max(1.0),
        median_lag_days,
        lag_histogram,
        repeat_share: repeat_share(timeline, anchor, other, found),
        is_asked_in_part: MAX_REPEATERS < found.len() - n_guests(timeline, found),
    }
}

/// Customers who brought back what they had bought with the anchor, or after it within a window, by window; who kept
/// one besides, or took another, is behind the pair. O(n log n) of the fewer: returns of the one or baskets of the other.
fn n_returned(timeline: &Timeline<'_>, anchor: u32, other: u32, found: &[Occurrence]) -> [u32; 3] {
    let with_anchor = timeline.all.lists_of(anchor);
    let customer_of = |occurrence: &Occurrence| timeline.baskets.customer(occurrence.basket as usize);
    let mut n_returned = [0; 3];
    let mut count = |own_anchors: &[u32], of_customer: &[Returned]| {
        // Occurrences rise by basket, and baskets by customer.
        if found.binary_search_by_key(&of_customer[0].customer, customer_of).is_ok() {
            return;
        }
        let zone = |returned: &Returned| {
            let at = |basket: u32| timeline.baskets.ordered_at(basket as usize);
            let before = own_anchors.partition_point(|&basket| at(basket) <= returned.ordered_at);
            let anchor = own_anchors[..before].last()?;
            timeline.zone_at(*anchor as usize, returned.ordered_at)
        };
        if let Some(zone) = of_customer.iter().filter_map(zone).min_by_key(|&zone| zone as u8) {
            n_returned[zone as usize..].iter_mut().for_each(|count| *count += 1);
        }
    };
    // Returns of a customer lie side by side, and so do the baskets of one.
    let returns = timeline.baskets.returns_of(ItemIdx::new(other));
    if returns.len() < with_anchor.len() {
        for of_customer in returns.chunk_by(|a, b| a.customer == b.customer) {
            let own = timeline.baskets.of_customer(of_customer[0].customer);
            let first = with_anchor.partition_point(|&basket| (basket as usize) < own.start);
            let last = with_anchor.partition_point(|&basket| (basket as usize) < own.end);
            count(&with_anchor[first..last], of_customer);
        }
    } else {
        let customer_of = |basket: u32| timeline.baskets.customer(basket as usize);
        for own_anchors in with_anchor.chunk_by(|&a, &b| customer_of(a) == customer_of(b)) {
            let customer = customer_of(own_anchors[0]);
            let first = returns.partition_point(|returned| returned.customer < customer);
            let last = returns.partition_point(|returned| returned.customer <= customer);
            if first < last {
                count(own_anchors, &returns[first..last]);
            }
        }
    }
    n_returned
}

/// Customers behind the pair who bought the other item once more on a later day, in an order without the anchor, of all
/// who have a number.
fn repeat_share(timeline: &Timeline<'_>, anchor: u32, other: u32, found: &[Occurrence]) -> f64 {
    let (own, with_anchor) = (timeline.all.lists_of(other), timeline.all.lists_of(anchor));
    let known = &found[..found.len() - n_guests(timeline, found)];
    let step = known.len().div_ceil(MAX_REPEATERS).max(1);
    let mut at = 0;
    let repeats = |occurrence: &&Occurrence| {
        let customer = timeline.baskets.customer(occurrence.basket as usize);
        let end = timeline.baskets.of_customer(customer).end as u32;
        let day = timeline.day(occurrence.basket);
        at = advance(own, at, |basket| basket <= occurrence.basket);
        own[at..]
            .iter()
            .take_while(|&&basket| basket < end)
            .any(|&basket| day < timeline.day(basket) && with_anchor.binary_search(&basket).is_err())
    };
    let n_repeating = known.iter().step_by(step).filter(repeats).count();
    n_repeating as f64 / (known.len().div_ceil(step) as f64).max(1.0)
}

/// A crowd is this much more than an even spread, and at least so many.
const CROWD_Z: f64 = 4.5;
const CROWD_COUNT: usize = 5;
/// Promotions that one pair may have had.
const MAX_PROMOTIONS: usize = 4;

/// Occurrences by window once crowded days are left out.
fn lasting(timeline: &Timeline<'_>, found: &[Occurrence], sold_days: u32, promotion_days: u32) -> [u32; 3] {
    let mut days: Vec<(i32, Zone)> = found.iter().map(|o| (timeline.day(o.basket).get(), o.zone)).collect();
    days.sort_unstable_by_key(|&(day, zone)| (day, zone as u8));
    for _ in 0..MAX_PROMOTIONS {
        let Some(crowd) = densest(&days, promotion_days as i32) else { break };
        let share = f64::from(promotion_days) / f64::from(sold_days.max(promotion_days));
        let (count, even) = (crowd.len() as f64, days.len() as f64 * share);
        let deviance = 2.0 * (count * (count / even).ln() - (count - even));
        if crowd.len() < CROWD_COUNT || count <= even || deviance < CROWD_Z * CROWD_Z {
            break;
        }
        days.drain(crowd);
    }
    let mut lasting = [0; 3];
    for (_, zone) in days {
        lasting[zone as usize..].iter_mut().for_each(|count| *count += 1);
    }
    lasting
}

/// The first run of most days within so many.
fn densest(days: &[(i32, Zone)], width: i32) -> Option<std::ops::Range<usize>> {
    let mut best: Option<std::ops::Range<usize>> = None;
    let mut start = 0;
    for end in 1..=days.len() {
        while width <= days[end - 1].0 - days[start].0 {
            start += 1;
        }
        if best.as_ref().is_none_or(|best| best.len() < end - start) {
            best = Some(start..end);
        }
    }
    best
}
