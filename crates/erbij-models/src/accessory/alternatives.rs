//! What is bought instead: items of one category that the same things belong to, or that take turns.
//!
//! Two coffee machines hardly ever meet in one order, and the same filters, jugs and descalers follow both. So an
//! item has a profile: what belongs to it, weighted by the share of its buyers that it follows, and less for what
//! belongs to many (a battery says little). Alternatives have the same category, profiles of a high cosine, about
//! the same price, and hardly meet. Things that are used up take turns besides: one follows the other on later
//! days much more than expected, and not in the same order.
//!
//! Cost: for every item the square of how many items of a category it belongs to.

use erbij_core::Catalogue;

use super::fit::Pair;
use super::row::Rows;
use super::verdict::{Rejection, price_ratio};

/// What one item is instead of another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum AlternativeKind {
    /// Either will do.
    Substitute = 0,
    /// The other one is hardly sold any more since this one is there.
    Successor = 1,
}

impl AlternativeKind {
    /// All, by their number.
    pub const ALL: [Self; 2] = [Self::Substitute, Self::Successor];

    /// Its spelling.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Substitute => "substitute",
            Self::Successor => "successor",
        }
    }
}

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

/// Finds the alternatives of every item, best first; takes them out of what passed as accessories.
pub(super) fn find_alternatives(
    rows: &Rows<'_>,
    catalogue: &Catalogue,
    pairs: &mut [Vec<Pair>],
) -> Vec<Vec<Alternative>> {
    let profiles = profiles(rows, pairs);
    let mut found: Vec<(u32, u32, f32)> = alike(rows, catalogue, &profiles);
    found.extend(taking_turns(rows, catalogue, pairs));
    found.sort_by(|a, b| (a.0, a.1).cmp(&(b.0, b.1)).then_with(|| b.2.total_cmp(&a.2)));
    found.dedup_by_key(|pair| (pair.0, pair.1));
    let mut alternatives = vec![Vec::new(); pairs.len()];
    for (a, b, score) in found {
        if let Ok(at) = pairs[a as usize].binary_search_by_key(&b, |pair| pair.follower.item)
            && pairs[a as usize][at].verdict.is_ok()
        {
            pairs[a as usize][at].verdict = Err(Rejection::Substitute);
        }
        let (b_follows, a_follows) = (is_succeeded(rows, a, b), is_succeeded(rows, b, a));
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
    alternatives
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

/// Pairs in both directions whose profiles are alike.
fn alike(rows: &Rows<'_>, catalogue: &Catalogue, profiles: &[Vec<(u32, f64)>]) -> Vec<(u32, u32, f32)> {
    let mut anchors: Vec<Vec<(u32, f64)>> = vec![Vec::new(); profiles.len()];
    for (anchor, profile) in profiles.iter().enumerate() {
        for &(item, weight) in profile {
            anchors[item as usize].push((anchor as u32, weight));
        }
    }
    let mut cosines = vec![0.0; profiles.len()];
    let mut touched: Vec<u32> = Vec::new();
    let mut found = Vec::new();
    for (anchor, profile) in profiles.iter().enumerate() {
        let anchor = anchor as u32;
        for &(item, weight) in profile {
            for &(other, other_weight) in anchors[item as usize].iter().filter(|&&(other, _)| other < anchor)
            {
                if may_replace(rows, catalogue, anchor, other) {
                    if cosines[other as usize] == 0.0 {
                        touched.push(other);
                    }
                    cosines[other as usize] += weight * other_weight;
                }
            }
        }
        touched.sort_unstable();
        touched.dedup();
        for other in touched.drain(..) {
            let cosine = std::mem::take(&mut cosines[other as usize]);
            if rows.params.params().min_profile_cosine <= cosine && seldom_meet(rows, anchor, other) {
                found.extend([(anchor, other, cosine as f32), (other, anchor, cosine as f32)]);
            }
        }
    }
    found
}

/// Pairs in both directions that follow each other and do not meet.
fn taking_turns(rows: &Rows<'_>, catalogue: &Catalogue, pairs: &[Vec<Pair>]) -> Vec<(u32, u32, f32)> {
    let mut found = Vec::new();
    for (anchor, row) in pairs.iter().enumerate() {
        let anchor = anchor as u32;
        let may_be_one = |pair: &&Pair| pair.verdict.is_ok() || pair.verdict == Err(Rejection::SameCategory);
        for pair in row.iter().filter(may_be_one) {
            let follower = &pair.follower;
            let together = f64::from(follower.counts[0]) / follower.expected[0].max(1.0);
            if TURNS_LIFT <= follower.lift()
                && together <= TURNS_TOGETHER_LIFT
                && may_replace(rows, catalogue, anchor, follower.item)
                && seldom_meet(rows, anchor, follower.item)
            {
                let score = (1.0 - 1.0 / follower.lift()) as f32;
                found.extend([(anchor, follower.item, score), (follower.item, anchor, score)]);
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

/// Whether the two are hardly ever in one order.
fn seldom_meet(rows: &Rows<'_>, a: u32, b: u32) -> bool {
    let (a, b) = (rows.timeline.all.lists_of(a), rows.timeline.all.lists_of(b));
    let (short, long) = if a.len() < b.len() { (a, b) } else { (b, a) };
    let together = short.iter().filter(|basket| long.binary_search(basket).is_ok()).count();
    together as f64 <= MAX_TOGETHER * short.len() as f64
}

/// Whether an item is hardly sold any more since another one is there.
fn is_succeeded(rows: &Rows<'_>, item: u32, by: u32) -> bool {
    let days = |item: u32| {
        let lists = rows.timeline.all.lists_of(item);
        let mut days: Vec<i32> = lists.iter().map(|&basket| rows.timeline.day(basket).get()).collect();
        days.sort_unstable();
        days
    };
    let (own, later) = (days(item), days(by));
    let (Some(&first), Some(&last)) = (own.first(), own.last().max(later.last())) else { return false };
    // A few early sales of the other one may be a wrong date.
    let Some(&change) = later.get(later.len() / 50) else { return false };
    let n_before = own.partition_point(|&day| day < change);
    let (days_before, days_after) = (f64::from(change - first), f64::from(last - change));
    let expected = n_before as f64 / days_before.max(1.0) * days_after;
    SUCCEEDED_DAYS <= days_before
        && SUCCEEDED_COUNT <= expected
        && ((own.len() - n_before) as f64) < SUCCEEDED_SHARE * expected
}
