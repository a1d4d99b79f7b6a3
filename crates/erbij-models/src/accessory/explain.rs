//! Why an item has the accessories it has: everything that followed it, with what spoke for it and against it.

use std::cmp::Reverse;
use std::collections::HashMap;

use erbij_core::{CategoryIdx, ItemIdx};

use super::fit::AccessoryFit;
use super::kinds::AccessoryKind;
use super::pair::{LAG_BOUNDS, Pair, course_of, find, look_at, n_later, occurrences};
use super::rejection::Rejection;
use super::row::Follower;
use super::sold::{both_sold_days, sold_days};
use super::verdict::{direction_z, price_ratio, strength};

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
    /// How many times it weighs for what is known of the two categories.
    pub weight: f64,
    /// Distinct customers; each guest order is one more.
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
    /// Customers who bought it so and brought it back; they are not among the counts.
    pub n_returned: u32,
    /// Their share of all who bought it so.
    pub returned_share: f64,
}

/// What was learned between two categories.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CategoryFlow {
    /// Whose items come first; none stands for items without a category.
    pub from: Option<CategoryIdx>,
    /// Whose items follow.
    pub to: Option<CategoryIdx>,
    /// Over the pairs that stood out: how often one of `to` followed one of `from` on a later day.
    pub n_later: u64,
    /// How often it was the other way round.
    pub n_reverse_later: u64,
    /// The difference in standard deviations.
    pub z: f64,
    /// Pairs that are published.
    pub n_pairs: u32,
    /// How many times the evidence of another pair weighs.
    pub weight: f64,
    /// The lift that any pair of the two is held to.
    pub lift: f64,
}

impl AccessoryFit<'_> {
    /// Everything that followed an item at least `min_count` times, strongest first, ties by item.
    ///
    /// Counts the item's row anew: O(first purchases after it), and a look at each pair.
    pub fn explain(&self, item: ItemIdx, min_count: u32) -> Vec<Rival> {
        let sold = sold_days(&self.rows.timeline);
        let anchor = item.get();
        let from = self.rows.tree.node_of(anchor);
        let mut rivals = Vec::new();
        self.rows.with_followers(anchor, min_count, true, &mut self.rows.new_scratch(), |followers| {
            for follower in followers.iter().filter(|follower| min_count <= follower.counts[2]) {
                if let Some(pair) = find(&self.pairs[item.index()], follower.item) {
                    rivals.push(self.rival(item, pair));
                    continue;
                }
                let prior = self.priors.of(from, self.rows.tree.node_of(follower.item), None);
                let mut follower = *follower;
                follower.prior = prior;
                rivals.push(self.rival(item, &self.pair_unseen(anchor, follower, &sold)));
            }
        });
        rivals.sort_by(|a, b| b.score.total_cmp(&a.score).then_with(|| a.item.cmp(&b.item)));
        rivals
    }

    /// A pair that the fit did not look at.
    fn pair_unseen(&self, anchor: u32, follower: Follower, sold: &[(i32, i32)]) -> Pair {
        let (timeline, other) = (&self.rows.timeline, follower.item);
        let both = both_sold_days(sold, anchor, other);
        let found = occurrences(timeline, anchor, other);
        let promotion_days = self.rows.params.params().promotion_days;
        let mut evidence = look_at(timeline, anchor, other, &found, both, promotion_days);
        evidence.n_reverse_later = n_later(&occurrences(timeline, other, anchor));
        let rejection = self.judge.of_counts(&follower).err();
        // What stands out of its counts was looked at, but for what hardly does, and for the weakest of too many.
        let is_cut = 0 < self.cuts.n_followers[anchor as usize];
        let unseen = if is_cut { Rejection::ListFull } else { Rejection::NotSignificant };
        Pair { follower, evidence, verdict: Err(rejection.unwrap_or(unseen)) }
    }

    fn rival(&self, anchor: ItemIdx, pair: &Pair) -> Rival {
        let Pair { follower, evidence, verdict } = pair;
        let item = ItemIdx::new(follower.item);
        let verdict = match verdict {
            Err(rejection) => Err(*rejection),
            Ok(()) => self.model.evidence(anchor, item).map(|found| found.kind).ok_or(Rejection::ListFull),
        };
        let params = self.rows.params.params();
        let found = occurrences(&self.rows.timeline, anchor.get(), follower.item);
        let course = course_of(&self.rows.timeline, anchor.get(), follower.item, &found);
        Rival {
            item,
            verdict,
            score: strength(params.shrinkage, pair) as f32,
            counts: follower.counts,
            expected: follower.expected.map(f64::from),
            lift: follower.lift(),
            tail: follower.tail(),
            weight: f64::from(follower.prior.weight),
            customers: evidence.customers,
            n_later: evidence.n_later,
            n_reverse_later: evidence.n_reverse_later,
            direction_z: direction_z(f64::from(evidence.n_later), f64::from(evidence.n_reverse_later)),
            price_ratio: price_ratio(self.judge.catalogue, anchor.get(), follower.item),
            same_order_share: course.same_order_share,
            median_lag_days: course.median_lag_days,
            lag_histogram: course.lag_histogram,
            repeat_share: course.repeat_share,
            lasting: evidence.lasting,
            n_returned: evidence.n_returned[2],
            returned_share: evidence.returned_share(),
        }
    }

    /// What was learned between categories: those with most published pairs first, then by what flows, then by number.
    pub fn flows(&self) -> Vec<CategoryFlow> {
        let tree = &self.rows.tree;
        let mut n_pairs: HashMap<(u32, u32), u32> = HashMap::new();
        for anchor in 0..self.model.n_items() as u32 {
            for found in self.model.accessories(ItemIdx::new(anchor)) {
                let nodes = (tree.node_of(anchor), tree.node_of(found.item.get()));
                *n_pairs.entry(nodes).or_default() += 1;
            }
        }
        let category = |node: u32| node.checked_sub(1).map(CategoryIdx::new);
        let of_nodes = |&((from, to), n_later): &((u32, u32), u64)| {
            let prior = self.priors.of(from, to, None);
            CategoryFlow {
                from: category(from),
                to: category(to),
                n_later,
                n_reverse_later: self.judge.flows.get(to, from) as u64,
                z: self.judge.flows.z(from, to),
                n_pairs: n_pairs.get(&(from, to)).copied().unwrap_or(0),
                weight: f64::from(prior.weight),
                lift: f64::from(prior.lift),
            }
        };
        let mut flows: Vec<CategoryFlow> = self.judge.flows.sums().iter().map(of_nodes).collect();
        flows.sort_by_key(|flow| (Reverse(flow.n_pairs), Reverse(flow.n_later), flow.from, flow.to));
        flows
    }
}
