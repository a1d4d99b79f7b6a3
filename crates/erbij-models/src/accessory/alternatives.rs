//! What is bought instead: items of one category that the same things belong to, or that take turns.
//!
//! Two coffee machines hardly ever meet in one order, and the same filters, jugs and descalers follow both. So an
//! item has a profile: what belongs to it, weighted by the share of its buyers that it follows, and less for what
//! belongs to many (a battery says little). Alternatives have the same category, profiles of a high cosine, about
//! the same price, and hardly meet. Things that are used up take turns besides: one follows the other on later
//! days much more than expected, and not in the same order.
//!
//! Cost: for every pair as many steps as items of one category share what belongs to them, [`MAX_ALIKE`] at most; then
//! the baskets of every item that has alternatives are gone through once.

use std::ops::Range;

use erbij_core::{Catalogue, Silent, share_out};
use rayon::prelude::*;

use super::kinds::AlternativeKind;
use super::pair::Pair;
use super::rejection::Rejection;
use super::row::Rows;
use super::timeline::NO_SLOT;
use super::tree::ROOT;
use super::verdict::price_ratio;
use super::work::{Cuts, MAX_ALIKE, Work, max_looks};

/// One alternative of an item.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Alternative {
    pub(super) item: u32,
    /// The cosine of profiles, or how clearly the two take turns; from 0 to 1.
    pub(super) score: f32,
    pub(super) kind: AlternativeKind,
}

/// Alternatives stand in one order for at most this share of the orders of the one that is sold less.
const MAX_TOGETHER: f64 = 0.1;
/// Things take turns if one follows the other this much more than expected, and in one order no more than that.
const TURNS_LIFT: f64 = 2.0;
const TURNS_TOGETHER_LIFT: f64 = 1.2;
/// An item that sells less than this share of what it sold before the other one came has been succeeded.
const SUCCEEDED_SHARE: f64 = 0.35;
/// It was sold at least so long before that.
const SUCCEEDED_DAYS: f64 = 60.0;
/// Sales expected after that, below which nothing can be said.
const SUCCEEDED_COUNT: f64 = 10.0;
/// Two items, and how much one is an alternative of the other.
type Alike = (u32, u32, f32);

/// Finds the alternatives of every item, best first; takes them out of what passed as accessories.
pub(super) fn find_alternatives(
    rows: &Rows<'_>,
    catalogue: &Catalogue,
    pairs: &mut [Vec<Pair>],
    cuts: &mut Cuts,
) -> (Vec<Vec<Alternative>>, Work) {
    let profiles = profiles(rows, pairs);
    let (mut likely, n_alike) = alike(rows, catalogue, &profiles, cuts);
    likely.extend(taking_turns(rows, catalogue, pairs));
    likely.sort_unstable_by(|a, b| (a.0, a.1).cmp(&(b.0, b.1)).then_with(|| b.2.total_cmp(&a.2)));
    likely.dedup_by_key(|pair| (pair.0, pair.1));
    let (one_way, n_met) = that_seldom_meet(rows, &likely);
    let mut found: Vec<Alike> =
        one_way.iter().flat_map(|&(a, b, score)| [(a, b, score), (b, a, score)]).collect();
    found.sort_unstable_by_key(|&(a, b, _)| (a, b));
    let succeeded = succeeded(rows, &found);
    let mut alternatives = vec![Vec::new(); pairs.len()];
    for (&(a, b, score), &b_follows) in found.iter().zip(&succeeded) {
        if let Ok(at) = pairs[a as usize].binary_search_by_key(&b, |pair| pair.follower.item)
            && pairs[a as usize][at].verdict.is_ok()
        {
            pairs[a as usize][at].verdict = Err(Rejection::Substitute);
        }
        let reverse = found.binary_search_by_key(&(b, a), |&(a, b, _)| (a, b));
        let a_follows = succeeded[reverse.expect("every pair is there both ways")];
        // What went out of sale is no alternative to what took its place.
        if !a_follows {
            let kind = if b_follows { AlternativeKind::Successor } else { AlternativeKind::Substitute };
            alternatives[a as usize].push(Alternative { item: b, score, kind });
        }
    }
    for row in &mut alternatives {
        row.sort_by(|a, b| b.score.total_cmp(&a.score).then_with(|| a.item.cmp(&b.item)));
        row.truncate(rows.params.params().alternatives as usize);
    }
    (alternatives, Work { n_alternatives: n_alike + n_met, ..Work::default() })
}

/// An item each: what belongs to it and how much, items rising, of length 1.
fn profiles(rows: &Rows<'_>, pairs: &[Vec<Pair>]) -> Vec<Vec<(u32, f64)>> {
    let mut n_anchors = vec![0_u32; pairs.len()];
    for pair in pairs.iter().flatten().filter(|pair| pair.verdict.is_ok()) {
        n_anchors[pair.follower.item as usize] += 1;
    }
    let profile = |(anchor, row): (usize, &Vec<Pair>)| {
        let n_buyers = f64::from(rows.timeline.n_buyers_of(anchor as u32)).max(1.0);
        let passed = row.iter().filter(|pair| pair.verdict.is_ok());
        let mut profile: Vec<(u32, f64)> = passed
            .map(|pair| {
                let item = pair.follower.item;
                let excess = (pair.follower.count() - pair.follower.expected()) / n_buyers;
                (item, excess.max(0.0) / f64::from(n_anchors[item as usize]).sqrt())
            })
            .collect();
        let norm = profile.iter().map(|(_, weight)| weight * weight).sum::<f64>().sqrt();
        profile.iter_mut().for_each(|(_, weight)| *weight /= norm.max(1e-12));
        profile
    };
    pairs.iter().enumerate().map(profile).collect()
}

/// What leads to an item, by category: the category's node, the anchor, the weight of the item in its profile.
type Led = (u32, u32, f64);

/// An item each: what leads to it, by category and anchor; of each category what it belongs to most. What has no
/// category has no alternative.
fn led_to(rows: &Rows<'_>, profiles: &[Vec<(u32, f64)>], cuts: &mut Cuts) -> Vec<Vec<Led>> {
    let mut led: Vec<Vec<Led>> = vec![Vec::new(); profiles.len()];
    for (anchor, profile) in profiles.iter().enumerate() {
        let node = rows.tree.node_of(anchor as u32);
        if node != ROOT {
            profile.iter().for_each(|&(item, weight)| led[item as usize].push((node, anchor as u32, weight)));
        }
    }
    for row in &mut led {
        row.sort_unstable_by(|a, b| a.0.cmp(&b.0).then_with(|| b.2.total_cmp(&a.2)).then(a.1.cmp(&b.1)));
        let before = row.len();
        let (mut node, mut n_of_node) = (ROOT, 0);
        row.retain(|led| {
            n_of_node = if led.0 == node { n_of_node + 1 } else { 1 };
            node = led.0;
            n_of_node <= MAX_ALIKE
        });
        cuts.n_alike += (before - row.len()) as u64;
        cuts.n_profiles += u32::from(row.len() < before);
        row.sort_unstable_by_key(|led| (led.0, led.1));
    }
    led
}

/// Pairs whose profiles are alike, the higher item first, and the steps that took. Of each item's those that are most
/// alike, ties by item.
fn alike(
    rows: &Rows<'_>,
    catalogue: &Catalogue,
    profiles: &[Vec<(u32, f64)>],
    cuts: &mut Cuts,
) -> (Vec<Alike>, u64) {
    let params = rows.params.params();
    let led = led_to(rows, profiles, cuts);
    let max_looks = max_looks(params);
    let on_block = |cosines: &mut Vec<f64>, anchors: Range<usize>| {
        let (mut found, mut touched, mut n_steps, mut n_cut) = (Vec::new(), Vec::new(), 0, 0);
        for anchor in anchors {
            let node = rows.tree.node_of(anchor as u32);
            for &(item, weight) in &profiles[anchor] {
                let led = &led[item as usize];
                let first = led.partition_point(|led| led.0 < node);
                let below = led[first..].iter().take_while(|led| led.0 == node && led.1 < anchor as u32);
                for &(_, other, other_weight) in below {
                    n_steps += 1;
                    if cosines[other as usize] == 0.0 {
                        touched.push(other);
                    }
                    cosines[other as usize] += weight * other_weight;
                }
            }
            touched.sort_unstable();
            touched.dedup();
            let mut row: Vec<Alike> = Vec::new();
            for other in touched.drain(..) {
                let cosine = std::mem::take(&mut cosines[other as usize]);
                if params.min_profile_cosine <= cosine && may_replace(rows, catalogue, anchor as u32, other) {
                    row.push((anchor as u32, other, cosine as f32));
                }
            }
            row.sort_by(|a, b| b.2.total_cmp(&a.2));
            n_cut += u32::from(max_looks < row.len());
            row.truncate(max_looks);
            found.extend(row);
        }
        (found, n_steps, n_cut)
    };
    let (blocks, _) = share_out(profiles.len(), || vec![0.0; profiles.len()], on_block, &Silent);
    let n_steps = blocks.iter().map(|(_, n_steps, _)| n_steps).sum();
    cuts.n_many_alike = blocks.iter().map(|(.., n_cut)| n_cut).sum();
    (blocks.into_iter().flat_map(|(found, ..)| found).collect(), n_steps)
}

/// Pairs that follow each other and hardly at once, the higher item first.
fn taking_turns(rows: &Rows<'_>, catalogue: &Catalogue, pairs: &[Vec<Pair>]) -> Vec<Alike> {
    let mut found = Vec::new();
    for (anchor, row) in pairs.iter().enumerate() {
        let anchor = anchor as u32;
        let may_be_one = |pair: &&Pair| pair.verdict.is_ok() || pair.verdict == Err(Rejection::SameCategory);
        for pair in row.iter().filter(may_be_one) {
            let follower = &pair.follower;
            let together = f64::from(follower.counts[0]) / f64::from(follower.expected[0]).max(1.0);
            if TURNS_LIFT <= follower.lift()
                && together <= TURNS_TOGETHER_LIFT
                && may_replace(rows, catalogue, anchor, follower.item)
            {
                let score = (1.0 - 1.0 / follower.lift()) as f32;
                found.push((anchor.max(follower.item), anchor.min(follower.item), score));
            }
        }
    }
    found
}

/// Whether category and price allow it.
fn may_replace(rows: &Rows<'_>, catalogue: &Catalogue, a: u32, b: u32) -> bool {
    let most = rows.params.params().max_alternative_price_ratio;
    let is_near = |ratio: f64| (1.0 / most..=most).contains(&ratio);
    rows.tree.is_same_leaf(a, b) && price_ratio(catalogue, a, b).is_none_or(is_near)
}

/// Those that are hardly ever in one order, and the steps that took. Each item's baskets are gone through once for all
/// pairs it is the first of: O(baskets · their items).
fn that_seldom_meet(rows: &Rows<'_>, likely: &[Alike]) -> (Vec<Alike>, u64) {
    let timeline = &rows.timeline;
    let of_items: Vec<&[Alike]> = likely.chunk_by(|a, b| a.0 == b.0).collect();
    let on_block = |slots: &mut Vec<u32>, range: Range<usize>| {
        let (mut seldom, mut n_steps) = (Vec::new(), 0);
        for of_item in &of_items[range] {
            let mut n_together = vec![0_usize; of_item.len()];
            for (slot, pair) in of_item.iter().enumerate() {
                slots[pair.1 as usize] = slot as u32;
            }
            let own = timeline.all.lists_of(of_item[0].0);
            for item in own.iter().flat_map(|&basket| timeline.all.items_of(basket)) {
                n_steps += 1;
                if slots[*item as usize] != NO_SLOT {
                    n_together[slots[*item as usize] as usize] += 1;
                }
            }
            for (pair, n_together) in of_item.iter().zip(n_together) {
                slots[pair.1 as usize] = NO_SLOT;
                let n_fewer = own.len().min(timeline.all.lists_of(pair.1).len());
                if n_together as f64 <= MAX_TOGETHER * n_fewer as f64 {
                    seldom.push(*pair);
                }
            }
        }
        (seldom, n_steps)
    };
    let (blocks, _) = share_out(of_items.len(), || vec![NO_SLOT; rows.n_items()], on_block, &Silent);
    let n_steps = blocks.iter().map(|(_, n_steps)| n_steps).sum::<u64>();
    (blocks.into_iter().flat_map(|(seldom, _)| seldom).collect(), n_steps)
}

/// When an item was sold.
#[derive(Clone, Copy)]
struct Sold {
    first: i32,
    last: i32,
    /// When it had come: a few early sales may be a wrong date.
    came: i32,
}

/// The days on which an item was bought, rising.
fn days_of(rows: &Rows<'_>, item: u32) -> Vec<i32> {
    let lists = rows.timeline.all.lists_of(item);
    let mut days: Vec<i32> = lists.iter().map(|&basket| rows.timeline.day(basket).get()).collect();
    days.sort_unstable();
    days
}

/// A pair each: whether the first is hardly sold any more since the second is there. Pairs are sorted by their first
/// item, and both ways there. O(lines of the items · log).
fn succeeded(rows: &Rows<'_>, found: &[Alike]) -> Vec<bool> {
    let of_items: Vec<&[Alike]> = found.chunk_by(|a, b| a.0 == b.0).collect();
    let sold = |of_item: &&[Alike]| {
        let days = days_of(rows, of_item[0].0);
        let came = days.get(days.len() / 50).copied();
        came.map(|came| (of_item[0].0, Sold { first: days[0], last: days[days.len() - 1], came }))
    };
    let sold: Vec<(u32, Sold)> = of_items.par_iter().filter_map(sold).collect();
    let sold_of = |item: u32| sold.binary_search_by_key(&item, |sold| sold.0).ok().map(|at| sold[at].1);
    let of_item = |of_item: &&[Alike]| {
        let days = days_of(rows, of_item[0].0);
        let is_succeeded = |pair: &Alike| match (sold_of(pair.0), sold_of(pair.1)) {
            (Some(own), Some(by)) => is_succeeded(&days, own, by),
            _ => false,
        };
        of_item.iter().map(is_succeeded).collect::<Vec<bool>>()
    };
    let succeeded: Vec<Vec<bool>> = of_items.par_iter().map(of_item).collect();
    succeeded.into_iter().flatten().collect()
}

/// Whether an item that was sold on these days is hardly sold any more since another one is there.
fn is_succeeded(days: &[i32], own: Sold, by: Sold) -> bool {
    let n_before = days.partition_point(|&day| day < by.came);
    let (days_before, days_after) =
        (f64::from(by.came - own.first), f64::from(own.last.max(by.last) - by.came));
    let expected = n_before as f64 / days_before.max(1.0) * days_after;
    SUCCEEDED_DAYS <= days_before
        && SUCCEEDED_COUNT <= expected
        && ((days.len() - n_before) as f64) < SUCCEEDED_SHARE * expected
}
