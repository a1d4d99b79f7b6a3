//! What a pair is, or why it is nothing.

use erbij_core::{Baskets, Catalogue, ItemIdx, ItemKind, statistics::wilson};

use super::CheckedAccessoryParams;
use super::kinds::AccessoryKind;
use super::pair::{Pair, PairCourse, PairEvidence};
use super::rejection::Rejection;
use super::row::{Follower, Rows, lift_of};
use super::timeline::Zone;

/// From so many times the deviation that gives a direction on, time alone may say that a dear item follows.
const DEAR_Z_FACTOR: f64 = 2.0;
/// By so many standard deviations (a tail of a thousandth) must a pair exceed what a common cause explains.
pub(super) const CAUSE_Z: f64 = 3.090_232_3;

/// The net of what followed over what went before, in standard deviations: `(f − r) / √(f + r)`.
pub(super) fn direction_z(forward: f64, reverse: f64) -> f64 {
    (forward - reverse) / (forward + reverse).max(1.0).sqrt()
}

/// `ln((k + c L) / (e + c))` with `c` the shrinkage and `L` the lift that any pair of these categories has: the
/// log-lift, held to that of the categories where little was expected. Who brought it back within that window is taken
/// off `k`: he is not in there, and was made to carry it home and back.
pub(super) fn strength(shrinkage: f64, pair: &Pair) -> f64 {
    strength_of(shrinkage, &pair.follower, pair.evidence.n_returned[pair.follower.window as usize])
}

fn strength_of(shrinkage: f64, follower: &Follower, n_returned: u32) -> f64 {
    let prior_lift = f64::from(follower.prior.lift);
    let kept = (follower.count() - f64::from(n_returned)).max(0.0);
    ((kept + shrinkage * prior_lift).max(1e-9) / (follower.expected() + shrinkage).max(1e-9)).ln()
}

/// What judging needs to know of single items and of category pairs.
pub(super) struct Judge<'a> {
    pub(super) params: &'a CheckedAccessoryParams,
    pub(super) catalogue: &'a Catalogue,
    /// Tails up to this are no chance.
    pub(super) max_tail: f64,
    /// An item each: the share of orders it is in.
    pub(super) order_shares: Vec<f32>,
    pub(super) flows: Flows,
}

impl Judge<'_> {
    /// How likely a candidate is to be published, the most likely highest: what may be nothing comes last; before it
    /// by how little like chance, what may well be chance; and first what surely is none, as it will be published, the
    /// strongest first.
    pub(super) fn rank(&self, follower: &Follower, sure_tail: f64) -> (u8, u64) {
        // Both are above 0 in what stands out, and then floats are in the order of their bits.
        let order = |value: f64| value.max(0.0).to_bits();
        match self.of_item(follower.item) {
            Err(_) => (0, order(follower.z)),
            Ok(()) if sure_tail < follower.weighted_tail() => (1, order(follower.z)),
            Ok(()) => (2, order(strength_of(self.params.params().shrinkage, follower, 0))),
        }
    }

    /// What the item alone says.
    fn of_item(&self, item: u32) -> Result<(), Rejection> {
        if self.catalogue.kind(ItemIdx::new(item)) != ItemKind::Product {
            return Err(Rejection::NoProduct);
        }
        let is_common = self.params.params().max_order_share < f64::from(self.order_shares[item as usize]);
        if is_common { Err(Rejection::TooCommon) } else { Ok(()) }
    }

    /// What the counts alone say.
    pub(super) fn of_counts(&self, follower: &Follower) -> Result<(), Rejection> {
        let params = self.params.params();
        if follower.counts[2] < params.min_customers {
            return Err(Rejection::TooFew);
        }
        self.of_item(follower.item)?;
        if self.max_tail < follower.weighted_tail() {
            return Err(Rejection::NotSignificant);
        }
        if follower.lift() < params.min_lift { Err(Rejection::WeakLift) } else { Ok(()) }
    }

    /// What a look at the pair says, common causes apart.
    pub(super) fn of_pair(&self, rows: &Rows<'_>, anchor: u32, pair: &Pair) -> Result<(), Rejection> {
        let Pair { follower, evidence, .. } = pair;
        let params = self.params.params();
        if evidence.customers < params.min_customers {
            return Err(Rejection::TooFew);
        }
        let window = follower.window as usize;
        let (lasting, expected) = (evidence.lasting[window], follower.expected());
        let tail = follower.weighted_tail_of(follower.z_at(window, f64::from(lasting), rows.overdispersion));
        let lift = lift_of(f64::from(lasting), expected, f64::from(follower.n_buyers));
        let is_lasting = params.min_customers <= lasting && tail <= self.max_tail && params.min_lift <= lift;
        if !is_lasting {
            return Err(Rejection::Promotion);
        }
        let n_bought = f64::from(evidence.n_returned[2]) + f64::from(evidence.customers);
        let (returned_share, _) = wilson::bounds(evidence.returned_share(), n_bought);
        if params.max_returned_share < returned_share || strength(params.shrinkage, pair) <= 0.0 {
            return Err(Rejection::Returned);
        }
        if !params.within_category && rows.tree.is_same_leaf(anchor, follower.item) {
            return Err(Rejection::SameCategory);
        }
        self.of_direction(rows, anchor, follower, evidence)
    }

    fn of_direction(
        &self,
        rows: &Rows<'_>,
        anchor: u32,
        follower: &Follower,
        evidence: &PairEvidence,
    ) -> Result<(), Rejection> {
        let min_z = self.params.params().min_direction_z;
        let z = direction_z(f64::from(evidence.n_later), f64::from(evidence.n_reverse_later));
        let ratio = price_ratio(self.catalogue, anchor, follower.item);
        if ratio.is_some_and(|ratio| self.params.params().max_price_ratio < ratio)
            && z < DEAR_Z_FACTOR * min_z
        {
            return Err(Rejection::TooDear);
        }
        // Where what counts is the same order, the rest is a background that has no direction.
        if follower.window == Zone::Same as u8 && ratio.is_some() {
            return Ok(());
        }
        let flow_z = self.flows.z(rows.tree.node_of(anchor), rows.tree.node_of(follower.item));
        // Time decides where it can, then what categories do, then the price; then who needs whom.
        let is_forward = if min_z <= z.abs() {
            0.0 < z
        } else if min_z <= flow_z.abs() {
            0.0 < flow_z
        } else {
            ratio.is_some() || rows.timeline.n_buyers_of(follower.item) < rows.timeline.n_buyers_of(anchor)
        };
        if is_forward { Ok(()) } else { Err(Rejection::WrongDirection) }
    }

    /// What a pair that is published is.
    pub(super) fn kind(&self, course: &PairCourse) -> AccessoryKind {
        let params = self.params.params();
        if params.min_repeat_share <= course.repeat_share {
            AccessoryKind::Consumable
        } else if course.same_order_share < MOST_AT_ONCE
            && f64::from(params.spare_part_days) <= course.median_lag_days
        {
            AccessoryKind::SparePart
        } else {
            AccessoryKind::Accessory
        }
    }
}

/// A spare part comes in the same order less often than this.
const MOST_AT_ONCE: f64 = 0.15;

/// The price of the other item by that of the anchor, where both are known.
pub(super) fn price_ratio(catalogue: &Catalogue, anchor: u32, other: u32) -> Option<f64> {
    let price = |item| catalogue.price(ItemIdx::new(item)).map(|money| money.minor as f64);
    let (anchor, other) = (price(anchor)?, price(other)?);
    (0.0 < anchor && 0.0 < other).then(|| other / anchor)
}

/// An item each: the share of orders it is in. O(lines).
pub(super) fn order_shares(baskets: &Baskets) -> Vec<f32> {
    let mut counts = vec![0_u32; baskets.n_items()];
    for item in &baskets.parts().items {
        counts[item.index()] += 1;
    }
    let n_orders = baskets.len().max(1) as f32;
    counts.into_iter().map(|count| count as f32 / n_orders).collect()
}

/// What follows what on another day, summed over the pairs of two categories.
#[derive(Default)]
pub(super) struct Flows {
    /// Pairs of nodes, rising, and what flowed from the first to the second.
    sums: Vec<((u32, u32), u64)>,
}

impl Flows {
    /// Sums up pairs of nodes, in any order.
    pub(super) fn new(mut pairs: Vec<((u32, u32), u64)>) -> Self {
        pairs.sort_unstable();
        let mut sums: Vec<((u32, u32), u64)> = Vec::new();
        for (nodes, n) in pairs {
            match sums.last_mut() {
                Some(last) if last.0 == nodes => last.1 += n,
                _ => sums.push((nodes, n)),
            }
        }
        Self { sums }
    }

    /// Pairs of nodes, rising, and what flowed from the first to the second.
    pub(super) fn sums(&self) -> &[((u32, u32), u64)] {
        &self.sums
    }

    pub(super) fn get(&self, from: u32, to: u32) -> f64 {
        self.sums.binary_search_by_key(&(from, to), |sum| sum.0).map_or(0.0, |at| self.sums[at].1 as f64)
    }

    /// How clearly things of one category follow those of the other.
    pub(super) fn z(&self, from: u32, to: u32) -> f64 {
        if from == to { 0.0 } else { direction_z(self.get(from, to), self.get(to, from)) }
    }
}
