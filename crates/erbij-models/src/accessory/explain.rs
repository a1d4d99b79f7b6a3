//! Why an item has the accessories it has: everything that followed it, with what spoke for it and against it.

use erbij_core::{Baskets, Catalogue, ItemIdx};

use super::CheckedAccessoryParams;
use super::fit::{both_sold_days, sold_days, strength};
use super::model::Accessory;
use super::pair::{LAG_BOUNDS, PairEvidence, look_at};
use super::row::{Follower, Rows};
use super::timeline::Timeline;
use super::tree::Tree;
use super::verdict::{AccessoryKind, Flows, Judge, Rejection, direction_z, order_shares, price_ratio};

/// One item that followed an anchor, and what became of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Rival {
    /// What followed.
    pub item: ItemIdx,
    /// What it is to the anchor, or why it is nothing.
    pub verdict: Result<AccessoryKind, Rejection>,
    /// How strongly it would belong to the anchor.
    pub score: f32,
    /// How many customers bought it first in the same order, within the window, within the far window; each holds
    /// those before it, and a guest's order is a customer.
    pub counts: [u32; 3],
    /// What was to be expected of each.
    pub expected: [f64; 3],
    /// How much more often than expected, in the window least like chance.
    pub lift: f64,
    /// The chance of that.
    pub tail: f64,
    /// Distinct customers; all guests together are one.
    pub customers: u32,
    /// Occurrences on another day, those of the reverse pair, and what their difference is in deviations.
    pub n_later: u32,
    /// Occurrences of the reverse pair on another day.
    pub n_reverse_later: u32,
    /// The difference of the two in standard deviations.
    pub direction_z: f64,
    /// Its price by the anchor's, where both are known.
    pub price_ratio: Option<f64>,
    /// The share that came in the same order.
    pub same_order_share: f64,
    /// The middle lag of the others, in days.
    pub median_lag_days: f64,
    /// Occurrences by lag, up to [`LAG_BOUNDS`].
    pub lag_histogram: [u32; LAG_BOUNDS.len()],
    /// Customers who bought it again without the anchor, of those behind the pair.
    pub repeat_share: f64,
    /// Occurrences outside promotions, window by window.
    pub lasting: [u32; 3],
}

impl Accessory {
    /// Everything that followed an item at least `min_count` times, strongest first, ties by item.
    ///
    /// Counts the item's row anew from the baskets the model was fitted on: O(lines), no other row is needed. What
    /// single pairs do not say (where categories flow, which causes are common) is read off what is published.
    pub fn explain(
        &self,
        params: &CheckedAccessoryParams,
        baskets: &Baskets,
        catalogue: &Catalogue,
        item: ItemIdx,
        min_count: u32,
    ) -> Vec<Rival> {
        let timeline = Timeline::new(params, baskets);
        let tree = Tree::new(catalogue, &timeline);
        let rows = Rows { params, timeline, tree };
        let judge = Judge {
            params,
            catalogue,
            max_tail: self.max_tail(),
            order_shares: order_shares(baskets),
            flows: Flows::default(),
        };
        let sold = sold_days(&rows.timeline);
        let mut rivals = Vec::new();
        rows.with_followers(item.get(), min_count, true, &mut rows.new_scratch(), |followers| {
            for follower in followers.iter().filter(|follower| min_count <= follower.counts[2]) {
                let both = both_sold_days(&sold, item.get(), follower.item);
                let promotion_days = params.params().promotion_days;
                let evidence = look_at(&rows.timeline, item.get(), follower.item, both, promotion_days);
                let verdict = self.verdict(&rows, &judge, item, follower, &evidence);
                rivals.push(rival(catalogue, params, item, follower, &evidence, verdict));
            }
        });
        rivals.sort_by(|a, b| b.score.total_cmp(&a.score).then_with(|| a.item.cmp(&b.item)));
        rivals
    }

    fn verdict(
        &self,
        rows: &Rows<'_>,
        judge: &Judge<'_>,
        anchor: ItemIdx,
        follower: &Follower,
        evidence: &PairEvidence,
    ) -> Result<AccessoryKind, Rejection> {
        let item = ItemIdx::new(follower.item);
        if let Some(published) = self.evidence(anchor, item) {
            return Ok(published.kind);
        }
        judge.of_counts(follower)?;
        judge.of_pair(rows, anchor.get(), follower, evidence)?;
        if self.alternatives(anchor).any(|alternative| alternative.item == item) {
            return Err(Rejection::Substitute);
        }
        let leads_to_both = |cause: u32| {
            let cause = ItemIdx::new(cause);
            self.evidence(cause, anchor).is_some() && self.evidence(cause, item).is_some()
        };
        if (0..self.n_items() as u32).any(leads_to_both) {
            return Err(Rejection::CommonCause);
        }
        if self.accessories(anchor).len() == rows.params.params().neighbours as usize {
            return Err(Rejection::ListFull);
        }
        // Only the flow between the categories is left.
        Err(Rejection::WrongDirection)
    }
}

fn rival(
    catalogue: &Catalogue,
    params: &CheckedAccessoryParams,
    anchor: ItemIdx,
    follower: &Follower,
    evidence: &PairEvidence,
    verdict: Result<AccessoryKind, Rejection>,
) -> Rival {
    Rival {
        item: ItemIdx::new(follower.item),
        verdict,
        score: strength(params.params().shrinkage, follower) as f32,
        counts: follower.counts,
        expected: follower.expected,
        lift: follower.lift(),
        tail: follower.tail(),
        customers: evidence.customers,
        n_later: evidence.n_later,
        n_reverse_later: evidence.n_reverse_later,
        direction_z: direction_z(f64::from(evidence.n_later), f64::from(evidence.n_reverse_later)),
        price_ratio: price_ratio(catalogue, anchor.get(), follower.item),
        same_order_share: evidence.same_order_share,
        median_lag_days: evidence.median_lag_days,
        lag_histogram: evidence.lag_histogram,
        repeat_share: evidence.repeat_share,
        lasting: evidence.lasting,
    }
}
