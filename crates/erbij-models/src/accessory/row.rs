//! One anchor's row: what followed it, how often, and how often that was to be expected.
//!
//! Counting alone would publish whatever is popular, whatever active customers buy and whatever shares an
//! interest with the anchor. So the expectation is made from the row itself: of all that followed the anchor,
//! so many were of b's category, and b has its share of what that category sells. That share holds whoever the
//! anchor's customers are, how much they buy and what they like.
//!
//! The rate of a leaf is held to that of the category above it, and so on to the root, by [`PRIOR`] expected
//! occurrences (a Gamma prior on a Poisson rate). What truly belongs to the anchor would raise the rate it is
//! judged by, so an item is left out of its own rate, and in three rounds so are all that stand out.
//!
//! Cost of a row: one increment per first purchase in the window, then a few operations per item touched. Most items
//! touched are hardly more frequent than their category, as its node alone can say; only the others are expected from the
//! whole path.

use erbij_core::statistics::normal::upper_tail;

use super::CheckedAccessoryParams;
use super::company::Company;
use super::priors::Prior;
use super::timeline::Timeline;
use super::tree::{ROOT, Tree};

/// How many expected occurrences the category above is worth.
const PRIOR: f64 = 10.0;
/// Items that occur this much more often than expected, and less probably than this by chance, are left out of
/// the rates of the next round.
const OUTLIER_LIFT: f64 = 1.8;
/// Where a tail is a thousandth: three times the upper tail of a normal variable.
pub(super) const OUTLIER_Z: f64 = 3.402_932_8;
/// Fewer standard deviations, were nothing in doubt, need no closer look: room is left up to [`OUTLIER_Z`] for that the
/// rates of the nodes further up are taken with the item itself in them, and that Pearson's statistic may be half of the
/// deviance.
const SCREEN_Z: f64 = 2.0;
/// Where more than this share of a category's sales would be left out, it is the category that goes with the anchor,
/// and nothing in it stands out.
const MAX_OUTLIER_SHARE: f64 = 0.5;
/// Fewer occurrences stand out from nothing.
const OUTLIER_COUNT: u32 = 3;
/// Rounds; the first one without the rate of the leaf, which may hold nothing but what belongs to the anchor.
const ROUNDS: usize = 3;

/// Counts within the same order, the window, the far window: each holds those before it.
pub(super) type Counts = [u32; 3];

/// An item that followed an anchor.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Follower {
    pub(super) item: u32,
    /// Its node in the tree of categories.
    node: u32,
    /// Customers and guests' orders that bought it at all.
    pub(super) n_buyers: u32,
    pub(super) counts: Counts,
    /// What was to be expected of each.
    pub(super) expected: [f32; 3],
    /// How many occurrences the rate of its leaf rests on, the prior included.
    pub(super) basis: [f32; 3],
    /// How much else its buyers buy, by window.
    company: [f32; 3],
    /// Which of the three windows is least like chance.
    pub(super) window: u8,
    /// How little like chance, in standard deviations.
    pub(super) z: f64,
    /// What its category and the anchor's say of it.
    pub(super) prior: Prior,
}

impl Follower {
    /// The chance of that, times three since three windows were looked at.
    pub(super) fn tail(&self) -> f64 {
        (3.0 * upper_tail(self.z)).min(1.0)
    }

    /// That chance as it weighs beside what the two categories say.
    pub(super) fn weighted_tail(&self) -> f64 {
        self.weighted_tail_of(self.z)
    }

    /// The same for another deviation in one of the windows.
    pub(super) fn weighted_tail_of(&self, z: f64) -> f64 {
        (3.0 * upper_tail(z) / f64::from(self.prior.weight)).min(1.0)
    }

    /// How much more often than expected, as a ratio of odds, in the window that is least like chance.
    pub(super) fn lift(&self) -> f64 {
        lift_of(self.count(), self.expected(), f64::from(self.n_buyers))
    }

    /// How often, in that window.
    pub(super) fn count(&self) -> f64 {
        f64::from(self.counts[self.window as usize])
    }

    /// What was to be expected, in that window.
    pub(super) fn expected(&self) -> f64 {
        f64::from(self.expected[self.window as usize])
    }
}

/// Sums over a node and what is below it.
#[derive(Clone, Copy, Default)]
struct NodeSum {
    counts: [f64; 3],
    /// What is left out of the rates.
    outlier_counts: [f64; 3],
    outlier_buyers: f64,
    /// The same as they count, with the company they keep, by window.
    outlier_alike: [f64; 3],
    /// The anchor's own buyers, where it lies here.
    anchor_buyers: f64,
    /// Occurrences per buyer, held to the rate of the node above.
    rates: [f64; 3],
}

/// One thread's scratch.
pub(super) struct Scratch {
    /// An item each, zone by zone.
    cells: Vec<[u32; 3]>,
    touched: Vec<u32>,
    nodes: Vec<NodeSum>,
    is_active: Vec<bool>,
    /// Touched nodes, children first.
    active: Vec<u32>,
    followers: Vec<Follower>,
    is_outlier: Vec<bool>,
}

/// What all rows share.
pub(super) struct Rows<'a> {
    pub(super) params: &'a CheckedAccessoryParams,
    pub(super) timeline: Timeline<'a>,
    pub(super) tree: Tree,
    pub(super) company: Company,
    /// How far true expectations stray from the estimated ones, as a variance relative to their square.
    pub(super) overdispersion: f64,
}

impl Rows<'_> {
    pub(super) fn n_items(&self) -> usize {
        self.timeline.baskets.n_items()
    }

    pub(super) fn new_scratch(&self) -> Scratch {
        Scratch {
            cells: vec![[0; 3]; self.n_items()],
            touched: Vec::new(),
            nodes: vec![NodeSum::default(); self.tree.len()],
            is_active: vec![false; self.tree.len()],
            active: Vec::new(),
            followers: Vec::new(),
            is_outlier: Vec::new(),
        }
    }

    /// Calls with what followed an anchor at least so often, in no stated order; leaves the scratch empty. What does
    /// not stand out is expected only where `every` asks for it, and else has a `z` of 0.
    pub(super) fn with_followers(
        &self,
        anchor: u32,
        min_count: u32,
        every: bool,
        scratch: &mut Scratch,
        on_followers: impl FnOnce(&[Follower]),
    ) {
        self.count(anchor, scratch);
        self.sum_up(anchor, min_count, scratch);
        for round in 0..ROUNDS {
            self.expect(anchor, round, every && round + 1 == ROUNDS, scratch);
        }
        on_followers(&scratch.followers);
        scratch.clear();
    }

    fn count(&self, anchor: u32, scratch: &mut Scratch) {
        let Scratch { cells, touched, .. } = scratch;
        self.timeline.for_each_follower(anchor, |zone, items| {
            for &item in items {
                let cell = &mut cells[item as usize];
                if *cell == [0; 3] {
                    touched.push(item);
                }
                cell[zone as usize] += 1;
            }
        });
    }

    /// Sums counts by node, and takes what occurs often enough to be looked at.
    fn sum_up(&self, anchor: u32, min_count: u32, scratch: &mut Scratch) {
        let Scratch { cells, touched, nodes, is_active, active, followers, .. } = scratch;
        let branch = self.tree.branch_of(anchor);
        for item in touched.drain(..) {
            let cell = std::mem::take(&mut cells[item as usize]);
            if item == anchor {
                continue;
            }
            let counts = [cell[0], cell[0] + cell[1], cell[0] + cell[1] + cell[2]];
            let (node, n_buyers) = self.tree.node_and_buyers_of(item);
            let sum = &mut nodes[node as usize];
            for (sum, count) in sum.counts.iter_mut().zip(counts) {
                *sum += f64::from(count);
            }
            if !is_active[node as usize] {
                is_active[node as usize] = true;
                active.push(node);
            }
            if min_count.min(OUTLIER_COUNT) <= counts[2] {
                followers.push(Follower {
                    item,
                    node,
                    n_buyers,
                    company: *self.company.of(item, self.tree.branch_of_node(node) == branch),
                    counts,
                    expected: [0.0; 3],
                    basis: [0.0; 3],
                    window: 0,
                    z: 0.0,
                    prior: Prior::NONE,
                });
            }
        }
        let mut at = 0;
        while let Some(&node) = active.get(at) {
            let parent = self.tree.parent(node);
            if !is_active[parent as usize] {
                is_active[parent as usize] = true;
                active.push(parent);
            }
            at += 1;
        }
        // Every node has a lower number than those below it.
        active.sort_unstable_by(|a, b| b.cmp(a));
        for &node in active.iter().filter(|&&node| node != ROOT) {
            let counts = nodes[node as usize].counts;
            let above = &mut nodes[self.tree.parent(node) as usize];
            above.counts.iter_mut().zip(counts).for_each(|(sum, count)| *sum += count);
        }
    }

    /// Expects each follower from the rest, or each that may stand out; then says which do.
    fn expect(&self, anchor: u32, round: usize, every: bool, scratch: &mut Scratch) {
        let Scratch { nodes, followers, is_outlier, active, .. } = scratch;
        is_outlier.resize(followers.len(), false);
        for &node in self.tree.path(self.tree.node_of(anchor)) {
            // The anchor does not follow itself.
            nodes[node as usize].anchor_buyers = f64::from(self.timeline.n_buyers_of(anchor));
        }
        for (follower, _) in followers.iter().zip(&*is_outlier).filter(|(_, is_outlier)| **is_outlier) {
            self.leave_out(follower, nodes);
        }
        self.rate_nodes(active, nodes);
        for (follower, is_outlier) in followers.iter_mut().zip(is_outlier) {
            let node = if round == 0 { self.tree.broader(follower.node) } else { follower.node };
            if every || self.may_stand_out(follower, *is_outlier, node, nodes) {
                self.expect_one(follower, *is_outlier, self.tree.path(node), nodes);
                judge_windows(follower, self.overdispersion);
                *is_outlier = OUTLIER_COUNT <= follower.counts[2]
                    && OUTLIER_Z <= follower.z
                    && OUTLIER_LIFT <= follower.lift();
            } else {
                (follower.z, *is_outlier) = (0.0, false);
            }
        }
        for sum in active.iter().chain(self.tree.path(self.tree.node_of(anchor))) {
            let sum = &mut nodes[*sum as usize];
            (sum.outlier_counts, sum.outlier_alike) = ([0.0; 3], [0.0; 3]);
            (sum.outlier_buyers, sum.anchor_buyers) = (0.0, 0.0);
        }
    }

    /// The rate of every node, from the root down; where most of a node would be left out, nothing is.
    fn rate_nodes(&self, active: &[u32], nodes: &mut [NodeSum]) {
        for &node in active.iter().rev() {
            let above = if node == ROOT { None } else { Some(nodes[self.tree.parent(node) as usize].rates) };
            let sum = &mut nodes[node as usize];
            let buyers = self.tree.n_buyers(node) - sum.anchor_buyers;
            if MAX_OUTLIER_SHARE * buyers < sum.outlier_buyers {
                (sum.outlier_counts, sum.outlier_buyers, sum.outlier_alike) = ([0.0; 3], 0.0, [0.0; 3]);
            }
            for window in 0..3 {
                sum.rates[window] = sum.rate(window, above.map(|rates| rates[window]), buyers, 0.0, 0.0).0;
            }
        }
    }

    fn leave_out(&self, follower: &Follower, nodes: &mut [NodeSum]) {
        let n_buyers = f64::from(self.timeline.n_buyers_of(follower.item));
        for &node in self.tree.path(follower.node) {
            let sum = &mut nodes[node as usize];
            for (out, count) in sum.outlier_counts.iter_mut().zip(follower.counts) {
                *out += f64::from(count);
            }
            sum.outlier_buyers += n_buyers;
            for (out, company) in sum.outlier_alike.iter_mut().zip(follower.company) {
                *out += n_buyers * f64::from(company);
            }
        }
    }

    /// Whether a follower may be more than chance, by Pearson's statistic: where more occurred than expected it is above
    /// the deviance, and where nearly all n buyers are expected still more than half of it, which [`SCREEN_Z`] allows
    /// for. A few operations a window instead of a path of nodes and two logarithms.
    #[inline]
    fn may_stand_out(&self, follower: &Follower, is_left_out: bool, node: u32, nodes: &[NodeSum]) -> bool {
        let sum = &nodes[node as usize];
        let above = if node == ROOT { None } else { Some(&nodes[self.tree.parent(node) as usize].rates) };
        let own = if is_left_out && 0.0 < sum.outlier_buyers { 0.0 } else { 1.0 };
        let buyers = self.tree.n_buyers(node) - sum.anchor_buyers;
        let n_buyers = f64::from(follower.n_buyers);
        (0..3).any(|window| {
            let counted = f64::from(follower.counts[window]);
            let alike = n_buyers * f64::from(follower.company[window]);
            let above = above.map(|rates| rates[window]);
            let (rate, _) = sum.rate(window, above, buyers, own * counted, own * alike);
            let expected = (rate * alike).min(n_buyers - 0.5);
            let distance = counted - expected;
            let variance = expected * (n_buyers - expected);
            0.0 < distance && SCREEN_Z * SCREEN_Z * variance <= distance * distance * n_buyers
        })
    }

    /// The rate of the root, then of each node below it, held to the one above, the follower left out.
    fn expect_one(&self, follower: &mut Follower, is_left_out: bool, path: &[u32], nodes: &[NodeSum]) {
        let n_buyers = f64::from(follower.n_buyers);
        for window in 0..3 {
            // Its buyers count for as many as they buy more than others.
            let n_buyers = n_buyers * f64::from(follower.company[window]);
            let (mut rate, mut basis) = (None, PRIOR);
            for &node in path {
                let sum = &nodes[node as usize];
                let is_out_already = is_left_out && 0.0 < sum.outlier_buyers;
                let own = if is_out_already { 0.0 } else { 1.0 };
                let buyers = self.tree.n_buyers(node) - sum.anchor_buyers;
                let own_count = own * f64::from(follower.counts[window]);
                let (of_node, count) = sum.rate(window, rate, buyers, own_count, own * n_buyers);
                (rate, basis) = (Some(of_node), count + PRIOR);
            }
            follower.expected[window] = (rate.unwrap_or(0.0) * n_buyers) as f32;
            follower.basis[window] = basis as f32;
        }
    }
}

impl NodeSum {
    /// Occurrences per buyer and how many occurrences that is from, without outliers and so much of one's own.
    fn rate(
        &self,
        window: usize,
        above: Option<f64>,
        buyers: f64,
        own_count: f64,
        own_buyers: f64,
    ) -> (f64, f64) {
        let count = (self.counts[window] - self.outlier_counts[window] - own_count).max(0.0);
        let buyers = (buyers - self.outlier_alike[window] - own_buyers).max(0.0);
        let rate = match above {
            None => count / buyers.max(1.0),
            Some(above) => above * (count + PRIOR) / (buyers * above + PRIOR),
        };
        (rate, count)
    }
}

impl Scratch {
    fn clear(&mut self) {
        for node in self.active.drain(..) {
            self.nodes[node as usize] = NodeSum::default();
            self.is_active[node as usize] = false;
        }
        self.followers.clear();
        self.is_outlier.clear();
    }
}

/// Takes the window that is least like chance.
fn judge_windows(follower: &mut Follower, overdispersion: f64) {
    (follower.window, follower.z) = (0, 0.0);
    for window in 0..3 {
        let z = follower.z_at(window, f64::from(follower.counts[window]), overdispersion);
        if follower.z < z {
            (follower.window, follower.z) = (window as u8, z);
        }
    }
}

impl Follower {
    /// How little like chance so many in a window would be, in standard deviations.
    pub(super) fn z_at(&self, window: usize, count: f64, overdispersion: f64) -> f64 {
        let doubt = overdispersion + 1.0 / f64::from(self.basis[window]);
        z_of(count, f64::from(self.expected[window]), f64::from(self.n_buyers), doubt)
    }
}

/// `(k / (n − k)) / (e / (n − e))`: the lift where both are few of the n buyers, and not held down by 1 where nearly
/// all purchases of a category follow an anchor that nearly everybody has.
pub(super) fn lift_of(count: f64, expected: f64, n_buyers: f64) -> f64 {
    let expected = expected.clamp(1e-3, (n_buyers - 0.5).max(1e-3));
    count * (n_buyers - expected) / ((n_buyers - count).max(0.5) * expected)
}

/// How many standard deviations above what is expected so many of n buyers are, give or take `doubt` (the variance
/// of the expectation, relative to its square); 0 where it is not above.
///
/// The signed root of the deviance of a binomial, taken as normal; its variance `e (1 − e/n)` is widened to that
/// and `doubt (e (1 − e/n))²`.
pub(super) fn z_of(count: f64, expected: f64, n_buyers: f64, doubt: f64) -> f64 {
    if count <= expected {
        return 0.0;
    }
    // Where nothing at all was expected, a thousandth of an occurrence might have been.
    let e = expected.clamp(1e-3, (n_buyers - 0.5).max(1e-3));
    let others = (n_buyers - count).max(0.0);
    let of_others = if 0.0 < others { others * (others / (n_buyers - e)).ln() } else { 0.0 };
    let deviance = 2.0 * (count * (count / e).ln() + of_others);
    let variance = e * (1.0 - e / n_buyers);
    (deviance.max(0.0) / (1.0 + doubt * variance)).sqrt()
}
