//! Profiles of all customers, from orders and events.

use arrow_buffer::ScalarBuffer;
use erbij_core::{
    Baskets, Catalogue, CustomerIdx, Day, Events, FacetIdx, Progress, RowOffsets, Stated, Timestamp,
    share_out,
};

use super::facets::Facets;
use super::model::{Interest, InterestColumns};
use super::params::CheckedInterestParams;
use super::profile::{FacetValue, Growing, Signal, decayed, each_share, keep_strongest, left_after};
use crate::events_by_customer::EventsByCustomer;

/// Fits the interests of every customer as of `cutoff`; what is later is left out.
///
/// An act counts for the customer it names; what a browser did while nobody was logged in counts for the
/// population alone. O(acts · facets an item), the customers side by side.
pub fn fit_interest(
    params: &CheckedInterestParams,
    baskets: &Baskets,
    events: &Events,
    catalogue: &Catalogue,
    stated: &Stated,
    cutoff: Timestamp,
    progress: &dyn Progress,
) -> Interest {
    let facets = Facets::of_catalogue(catalogue);
    let shares = population_shares(params, baskets, events, &facets, cutoff);
    let n_customers = baskets.n_customers();
    let by_customer = EventsByCustomer::new(events, n_customers);
    progress.begin("fitting interests", Some(n_customers as u64), "customers");
    let left: Vec<[f64; 2]> = (0..DAYS_AT_HAND).map(|days| left_after(f64::from(days), params)).collect();
    let on_block = |scratch: &mut Scratch, rows: std::ops::Range<usize>| {
        let profile = |row: usize| {
            let customer = CustomerIdx::new(row as u32);
            let signals = &mut scratch.signals;
            signals.clear();
            each_signal(baskets, &by_customer, customer, cutoff, |signal, day| signals.push((day, signal)));
            // What was said holds until it is taken back: as of today.
            let stated = stated.interests(customer).iter();
            signals.extend(stated.map(|&interest| {
                (baskets.day_of(cutoff), Signal::Stated { facet: facets.of_stated(interest, catalogue) })
            }));
            profile_of(scratch, &left, baskets.day_of(cutoff), &facets, params)
        };
        rows.map(profile).collect::<Vec<_>>()
    };
    let (blocks, _) = share_out(n_customers, || Scratch::new(facets.len()), on_block, progress);
    let profiles: Vec<Vec<FacetValue>> = blocks.into_iter().flatten().collect();
    let all = || profiles.iter().flatten();
    let (kinds, names) = facets.columns();
    let columns = InterestColumns {
        facet_kinds: kinds.clone(),
        facet_names: names.clone(),
        population_shares: shares,
        rows: RowOffsets::from_lens(profiles.iter().map(Vec::len)),
        facets: all().map(|value| value.facet.get()).collect(),
        short: all().map(|value| value.short).collect(),
        long: all().map(|value| value.long).collect(),
        last_on: all().map(|value| value.last_on.get()).collect(),
    };
    Interest::with_facets(params.clone(), columns, facets).expect("made to be valid")
}

/// Everything a customer did up to the cutoff: orders by instant, then events by visitor and instant.
fn each_signal(
    baskets: &Baskets,
    by_customer: &EventsByCustomer<'_>,
    customer: CustomerIdx,
    cutoff: Timestamp,
    mut each: impl FnMut(Signal, Day),
) {
    for basket in baskets.of_customer(customer).filter(|&basket| baskets.ordered_at(basket) <= cutoff) {
        let day = baskets.ordered_on(basket);
        for &item in baskets.items(basket) {
            each(Signal::Purchase { item }, day);
        }
    }
    for event in by_customer.of(customer).filter(|event| event.occurred_at <= cutoff) {
        let signal = Signal::Event { kind: event.kind, item: event.item, topic: event.topic };
        each(signal, baskets.day_of(event.occurred_at));
    }
}

/// What is left after fewer days than this is looked up.
const DAYS_AT_HAND: u32 = 4096;

/// One thread's scratch.
struct Scratch {
    /// What one customer did.
    signals: Vec<(Day, Signal)>,
    /// A facet each: what he has to do with it; none between customers.
    growing: Vec<Option<Growing>>,
    touched: Vec<FacetIdx>,
}

impl Scratch {
    fn new(n_facets: usize) -> Self {
        Self { signals: Vec::new(), growing: vec![None; n_facets], touched: Vec::new() }
    }
}

/// Adds acts up by facet, in the order of days: the same steps as if each had come by itself. Acts of one day
/// are added in the order they were gathered in. A few operations an act and facet, so that a deep tree costs little.
fn profile_of(
    scratch: &mut Scratch,
    left: &[[f64; 2]],
    cutoff: Day,
    facets: &Facets,
    params: &CheckedInterestParams,
) -> Vec<FacetValue> {
    let Scratch { signals, growing, touched } = scratch;
    signals.sort_by_key(|&(day, _)| day);
    for &(day, signal) in &*signals {
        each_share(&signal, facets, params, |facet, weight| {
            let growing = growing[facet.index()].get_or_insert_with(|| {
                touched.push(facet);
                Growing::new(day)
            });
            let left = |days: f64| left.get(days as usize).copied();
            growing.add_by(day, weight, |days| left(days).unwrap_or_else(|| left_after(days, params)));
        });
    }
    touched.sort_unstable();
    let value = |facet: FacetIdx| growing[facet.index()].take().map(|growing| growing.value(facet));
    let mut values: Vec<FacetValue> = touched.drain(..).filter_map(value).collect();
    keep_strongest(&mut values, cutoff, facets, params);
    values
}

/// The share of each facet in what everybody does with its family, guests and browsers included, by the long
/// half-life. One act, spread evenly, is added to each family, so that no share is zero. O(acts + items).
fn population_shares(
    params: &CheckedInterestParams,
    baskets: &Baskets,
    events: &Events,
    facets: &Facets,
    cutoff: Timestamp,
) -> ScalarBuffer<f32> {
    let left = |weight: f64, day: Day| {
        let days = f64::from(baskets.day_of(cutoff).get()) - f64::from(day.get());
        decayed(weight, days, params.params().long_half_life_days)
    };
    let mut of_items = vec![0.0_f64; baskets.n_items()];
    let mut sums = vec![0.0_f64; facets.len()];
    for basket in (0..baskets.len()).filter(|&basket| baskets.ordered_at(basket) <= cutoff) {
        let weight = left(params.params().purchase, baskets.ordered_on(basket));
        baskets.items(basket).iter().for_each(|item| of_items[item.index()] += weight);
    }
    for event in events.iter().filter(|event| event.occurred_at <= cutoff) {
        let (weight, day) = (params.weight_of(event.kind), baskets.day_of(event.occurred_at));
        of_items[event.item.index()] += left(weight, day);
        let topic = event.topic.map(|topic| facets.of_topic(topic));
        if let Some(topic) = topic.filter(|&topic| !facets.has(event.item, topic)) {
            sums[topic.index()] += left(weight, day);
            sums[facets.family(topic).index()] += left(weight, day);
        }
    }
    for (item, weight) in of_items.into_iter().enumerate().filter(|(_, weight)| 0.0 < *weight) {
        for &(facet, share) in facets.of_item(erbij_core::ItemIdx::new(item as u32)) {
            sums[facet.index()] += weight * f64::from(share);
        }
    }
    let all = || (0..facets.len() as u32).map(FacetIdx::new);
    let mut n_members = vec![0.0; facets.len()];
    for facet in all().filter(|&facet| !facets.is_family(facet)) {
        n_members[facets.family(facet).index()] += 1.0;
    }
    let share = |facet: FacetIdx| {
        let family = facets.family(facet).index();
        match facets.is_family(facet) {
            true => 1.0,
            false => ((sums[facet.index()] + 1.0 / n_members[family]) / (sums[family] + 1.0)) as f32,
        }
    };
    // A share that is too small for an f32 is as small as one can be, and one that rounding carries over 1 is 1.
    all().map(|facet| share(facet).clamp(f32::MIN_POSITIVE, 1.0)).collect()
}
