//! Fitting: which needs are lasting, then what each customer has.

use std::ops::Range;

use erbij_core::{
    Baskets, Catalogue, CustomerIdx, Day, ItemIdx, Progress, RelationKind, RowOffsets, StrColumn, Timestamp,
};
use rayon::prelude::*;

use super::model::{Ownership, OwnershipColumns};
use super::needs::{ItemNeeds, NO_NEED, item_needs};
use super::params::CheckedOwnershipParams;
use super::second_purchase::SecondPurchases;

/// Customers gone through in one go.
const CHUNK_CUSTOMERS: usize = 4096;
/// A bundle in a bundle in a bundle is taken apart; deeper ones are no longer.
const MAX_BUNDLE_DEPTH: usize = 3;

/// Finds out what each customer has. Gifts, guests' orders and what was brought back are nobody's.
///
/// Two passes over the purchases: O(lines · log of a customer's lines), and 428 bytes a need and thread.
pub fn fit_ownership(
    params: &CheckedOwnershipParams,
    baskets: &Baskets,
    catalogue: &Catalogue,
    cutoff: Timestamp,
    progress: &dyn Progress,
) -> Ownership {
    let needs = item_needs(params.params(), catalogue);
    let n_customers = baskets.n_customers();
    progress.begin("finding out who owns what", Some(2 * n_customers as u64), "customers");
    let seconds = second_purchases(&needs, baskets, catalogue, baskets.day_of(cutoff), progress);
    let lives_days = lives(params, &needs, &seconds, catalogue);
    let owned = owned(&lives_days, baskets, catalogue, progress);
    let columns = OwnershipColumns {
        need_names: needs.names.iter().map(String::as_str).collect::<StrColumn>(),
        n_buyers: seconds.iter().map(SecondPurchases::n_buyers).collect(),
        repeat_shares: seconds.iter().map(|need| need.share() as f32).collect(),
        need_of_items: needs.of_items.into(),
        lives_days: lives_days.into(),
        rows: RowOffsets::from_lens(owned.iter().flat_map(|part| part.n_held.iter().copied())),
        items: owned.iter().flat_map(|part| part.items.iter().copied()).collect(),
        bought_on: owned.iter().flat_map(|part| part.bought_on.iter().copied()).collect(),
        given_rows: RowOffsets::from_lens(owned.iter().flat_map(|part| part.n_given.iter().copied())),
        given: owned.iter().flat_map(|part| part.given.iter().copied()).collect(),
    };
    Ownership::new(params.clone(), columns, catalogue.len()).expect("laid out as the model has it")
}

/// Customers in chunks, in order; each is gone through by one thread.
fn chunks(n_customers: usize) -> impl IndexedParallelIterator<Item = Range<u32>> {
    (0..n_customers.div_ceil(CHUNK_CUSTOMERS)).into_par_iter().map(move |chunk| {
        let end = n_customers.min((chunk + 1) * CHUNK_CUSTOMERS);
        (chunk * CHUNK_CUSTOMERS) as u32..end as u32
    })
}

/// What a customer bought for himself and when, bundles taken apart, in no order; and what he gave away.
pub(crate) fn each_purchase(
    customer: CustomerIdx,
    baskets: &Baskets,
    catalogue: &Catalogue,
    mut own: impl FnMut(ItemIdx, Day),
    mut gift: impl FnMut(ItemIdx, Day),
) {
    for basket in baskets.of_customer(customer) {
        let day = baskets.ordered_on(basket);
        let mut gifts = baskets.gifts(basket).peekable();
        for (at, &item) in baskets.items(basket).iter().enumerate() {
            if gifts.next_if_eq(&at).is_some() {
                gift(item, day);
                continue;
            }
            take_apart(item, catalogue, MAX_BUNDLE_DEPTH, &mut |part| own(part, day));
        }
    }
}

/// What is in a bundle, and in the bundles in it; of what is no bundle, nothing. The same may come twice. Whoever has
/// the bundle has these.
pub fn each_part(bundle: ItemIdx, catalogue: &Catalogue, each: &mut dyn FnMut(ItemIdx)) {
    take_apart(bundle, catalogue, MAX_BUNDLE_DEPTH, &mut |part| {
        if part != bundle {
            each(part);
        }
    });
}

/// An item, and what is in it.
fn take_apart(item: ItemIdx, catalogue: &Catalogue, depth: usize, each: &mut dyn FnMut(ItemIdx)) {
    each(item);
    if depth == 0 {
        return;
    }
    for (kind, part) in catalogue.relations().of(item) {
        if kind == RelationKind::Contains {
            take_apart(part, catalogue, depth - 1, each);
        }
    }
}

fn second_purchases(
    needs: &ItemNeeds,
    baskets: &Baskets,
    catalogue: &Catalogue,
    today: Day,
    progress: &dyn Progress,
) -> Vec<SecondPurchases> {
    let none = || vec![SecondPurchases::NONE; needs.names.len()];
    let of_chunk = |counts: &mut Vec<SecondPurchases>, customers: Range<u32>| {
        let mut bought: Vec<(u32, Day)> = Vec::new();
        progress.advance(u64::from(customers.end - customers.start));
        for customer in customers.map(CustomerIdx::new) {
            bought.clear();
            let note = |item: ItemIdx, day| bought.push((needs.of_items[item.index()], day));
            each_purchase(customer, baskets, catalogue, note, |_, _| ());
            bought.retain(|&(need, _)| need != NO_NEED);
            bought.sort_unstable();
            bought.dedup();
            for of_need in bought.chunk_by(|a, b| a.0 == b.0) {
                let (need, first) = of_need[0];
                let second = of_need.get(1).map(|&(_, second)| second.get() - first.get());
                counts[need as usize].count(second, today.get() - first.get());
            }
        }
    };
    // Counts of whole numbers: in whatever order threads add them up, they are the same.
    let counted = chunks(baskets.n_customers()).fold(none, |mut counts, customers| {
        of_chunk(&mut counts, customers);
        counts
    });
    counted.reduce(none, |mut sum, part| {
        sum.iter_mut().zip(&part).for_each(|(sum, part)| sum.add(part));
        sum
    })
}

/// An item each: how long it serves; 0 where one may always want another.
fn lives(
    params: &CheckedOwnershipParams,
    needs: &ItemNeeds,
    seconds: &[SecondPurchases],
    catalogue: &Catalogue,
) -> Vec<u32> {
    let params = params.params();
    let of_need = |need: usize| {
        let told = params.needs.get(need).and_then(|mapping| mapping.useful_life_days);
        let is_lasting = || {
            let most = params.max_repeat_share;
            0.0 < most && seconds[need].upper_share() <= most
        };
        told.or_else(|| is_lasting().then_some(params.useful_life_days)).unwrap_or(0)
    };
    let mut of_needs: Vec<u32> = (0..needs.names.len()).map(of_need).collect();
    for (of_need, told) in of_needs.iter_mut().zip(told_lives(needs, catalogue)) {
        *of_need = told.unwrap_or(*of_need);
    }
    let of_item = |(item, &need): (ItemIdx, &u32)| match need {
        NO_NEED => 0,
        need => catalogue.useful_life_days(item).unwrap_or(of_needs[need as usize]),
    };
    catalogue.items().indices().zip(&needs.of_items).map(of_item).collect()
}

/// A need each: how long what answers it serves in the median, where the catalogue tells the life of at least half of it.
/// The others are then of the same kind; where few have a life, as one machine among its cleaners and cups, they are not.
fn told_lives(needs: &ItemNeeds, catalogue: &Catalogue) -> Vec<Option<u32>> {
    let mut lives: Vec<(Vec<u32>, usize)> = vec![(Vec::new(), 0); needs.names.len()];
    for (item, &need) in catalogue.items().indices().zip(&needs.of_items) {
        if need != NO_NEED {
            let (told, n_items) = &mut lives[need as usize];
            told.extend(catalogue.useful_life_days(item));
            *n_items += 1;
        }
    }
    let median = |(mut told, n_items): (Vec<u32>, usize)| {
        told.sort_unstable();
        (!told.is_empty() && n_items <= 2 * told.len()).then(|| told[told.len() / 2])
    };
    lives.into_iter().map(median).collect()
}

/// What the customers of a chunk have and gave.
#[derive(Default)]
struct Owned {
    n_held: Vec<usize>,
    items: Vec<u32>,
    bought_on: Vec<i32>,
    n_given: Vec<usize>,
    given: Vec<u32>,
}

fn owned(lives: &[u32], baskets: &Baskets, catalogue: &Catalogue, progress: &dyn Progress) -> Vec<Owned> {
    let of_chunk = |customers: Range<u32>| {
        progress.advance(u64::from(customers.end - customers.start));
        let mut owned = Owned::default();
        let (mut bought, mut given) = (Vec::new(), Vec::new());
        for customer in customers.map(CustomerIdx::new) {
            bought.clear();
            given.clear();
            let own = |item, day| bought.push((item, day));
            each_purchase(customer, baskets, catalogue, own, |item, _| given.push(item));
            bought.sort_unstable();
            given.sort_unstable();
            given.dedup();
            given.retain(|&item| bought.binary_search_by_key(&item, |&(item, _)| item).is_err());
            let before = owned.items.len();
            for same in bought.chunk_by(|a, b| a.0 == b.0) {
                let (item, last) = same[same.len() - 1];
                if lives[item.index()] != 0 {
                    owned.items.push(item.get());
                    owned.bought_on.push(last.get());
                }
            }
            owned.n_held.push(owned.items.len() - before);
            owned.n_given.push(given.len());
            owned.given.extend(given.iter().map(|item| item.get()));
        }
        owned
    };
    chunks(baskets.n_customers()).map(of_chunk).collect()
}
