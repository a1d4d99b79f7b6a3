//! How much else the buyers of an item buy around it.
//!
//! A row's rates hold whoever the anchor's customers are, but not whoever the other item's are: what is bought by
//! those who buy everything of a branch follows everything of that branch more often than its category does. So
//! every item has a factor, told apart by whether the anchor is of its branch: the other items that stand in the
//! same order, the window and the far window before its first purchase, by the mean of its category.

use rayon::prelude::*;

use erbij_core::CustomerIdx;

use super::timeline::{Timeline, Zone};
use super::tree::Tree;

/// Buyers that an item's category is worth beside its own.
const PRIOR_BUYERS: f64 = 20.0;
/// No item's company is taken to be further from that of its category.
const MOST: f64 = 5.0;
/// Customers that are gone through in one go.
const CHUNK_CUSTOMERS: usize = 1 << 12;

/// An item each: elsewhere and in its own branch, by window, how much more company it has than its category.
pub(super) struct Company {
    factors: Vec<[[f32; 3]; 2]>,
}

/// Sums of an item: other items by whether they are of its branch, by window.
pub(super) type Sums = [[u64; 3]; 2];

impl Company {
    /// Goes through all baskets. O(lines).
    pub(super) fn new(timeline: &Timeline<'_>, tree: &Tree) -> Self {
        Self { factors: factors(tree, &sums(timeline, tree)) }
    }

    /// How much more company an item has than its category, by window.
    #[inline]
    pub(super) fn of(&self, item: u32, is_own_branch: bool) -> &[f32; 3] {
        &self.factors[item as usize][usize::from(is_own_branch)]
    }
}

/// Per item, how many distinct other items stood in the windows before its first purchases, over all of them.
pub(super) fn sums(timeline: &Timeline<'_>, tree: &Tree) -> Vec<Sums> {
    let baskets = timeline.baskets;
    let n_customers = baskets.n_customers();
    let walks = (0..n_customers.div_ceil(CHUNK_CUSTOMERS)).into_par_iter().fold(
        || Walk::new(tree),
        |mut walk, chunk| {
            for customer in chunk * CHUNK_CUSTOMERS..n_customers.min((chunk + 1) * CHUNK_CUSTOMERS) {
                let own = baskets.of_customer(CustomerIdx::new(customer as u32));
                walk.go(timeline, own.start as u32..own.end as u32);
            }
            walk
        },
    );
    // Whole numbers: the sums do not depend on how customers were shared out.
    let mut all = Walk::new(tree);
    all.sums = walks.map(|walk| walk.sums).reduce(
        || vec![Sums::default(); tree.n_items()],
        |mut a, b| {
            a.iter_mut().flatten().flatten().zip(b.iter().flatten().flatten()).for_each(|(a, b)| *a += b);
            a
        },
    );
    for guest in baskets.of_guests() {
        all.go(timeline, guest as u32..guest as u32 + 1);
    }
    all.sums
}

fn factors(tree: &Tree, sums: &[Sums]) -> Vec<[[f32; 3]; 2]> {
    let mut of_nodes = vec![[[0.0; 3]; 2]; tree.len()];
    let mut n_buyers = vec![0.0; tree.len()];
    for (item, sums) in sums.iter().enumerate() {
        let (node, n) = tree.node_and_buyers_of(item as u32);
        n_buyers[node as usize] += f64::from(n);
        for (total, sum) in of_nodes[node as usize].iter_mut().flatten().zip(sums.iter().flatten()) {
            *total += *sum as f64;
        }
    }
    let factor = |sum: u64, total: f64, n: f64, n_of_node: f64| {
        let mean = total / n_of_node.max(1.0);
        let own = (sum as f64 + PRIOR_BUYERS * mean) / (n + PRIOR_BUYERS);
        if 0.0 < mean { (own / mean).clamp(1.0 / MOST, MOST) as f32 } else { 1.0 }
    };
    let of_item = |(item, sums): (usize, &Sums)| {
        let (node, n) = tree.node_and_buyers_of(item as u32);
        let node = node as usize;
        [0, 1].map(|branch| {
            [0, 1, 2].map(|window| {
                let total = of_nodes[node][branch][window];
                factor(sums[branch][window], total, f64::from(n), n_buyers[node])
            })
        })
    };
    sums.iter().enumerate().map(of_item).collect()
}

/// Distinct items within some baskets, in all and by branch.
struct Span {
    n_in: Vec<u32>,
    n_of_branch: Vec<u32>,
    n: u32,
}

impl Span {
    fn add(&mut self, item: u32, branch: u32) {
        let n_in = &mut self.n_in[item as usize];
        let is_new = u32::from(*n_in == 0);
        *n_in += 1;
        self.n_of_branch[branch as usize] += is_new;
        self.n += is_new;
    }

    fn remove(&mut self, item: u32, branch: u32) {
        let n_in = &mut self.n_in[item as usize];
        *n_in -= 1;
        let is_gone = u32::from(*n_in == 0);
        self.n_of_branch[branch as usize] -= is_gone;
        self.n -= is_gone;
    }
}

/// Goes through one customer's baskets at a time.
struct Walk<'a> {
    tree: &'a Tree,
    spans: [Span; 3],
    sums: Vec<Sums>,
}

impl<'a> Walk<'a> {
    fn new(tree: &'a Tree) -> Self {
        let span = || Span { n_in: vec![0; tree.n_items()], n_of_branch: vec![0; tree.len()], n: 0 };
        Self { tree, spans: [span(), span(), span()], sums: vec![Sums::default(); tree.n_items()] }
    }

    fn go(&mut self, timeline: &Timeline<'_>, own: std::ops::Range<u32>) {
        let mut begins = [own.start; 3];
        for basket in own.clone() {
            for span in &mut self.spans {
                for &item in timeline.all.items_of(basket) {
                    span.add(item, self.tree.branch_of(item));
                }
            }
            let first = timeline.first.items_of(basket);
            if first.is_empty() {
                continue;
            }
            self.drop_before(timeline, &mut begins, basket);
            for &item in first {
                let branch = self.tree.branch_of(item);
                for (window, span) in self.spans.iter().enumerate() {
                    // All of its branch but itself.
                    let n_of_branch = span.n_of_branch[branch as usize] - 1;
                    let sums = &mut self.sums[item as usize];
                    sums[1][window] += u64::from(n_of_branch);
                    sums[0][window] += u64::from(span.n - 1 - n_of_branch);
                }
            }
        }
        for (span, begin) in self.spans.iter_mut().zip(begins) {
            for &item in (begin..own.end).flat_map(|basket| timeline.all.items_of(basket)) {
                span.remove(item, self.tree.branch_of(item));
            }
        }
    }

    /// Takes baskets out of the spans that a basket comes too late for.
    fn drop_before(&mut self, timeline: &Timeline<'_>, begins: &mut [u32; 3], basket: u32) {
        for (span, (begin, zone)) in self.spans.iter_mut().zip(begins.iter_mut().zip(Zone::ALL)) {
            while !timeline.is_within(zone, *begin, basket) {
                for &item in timeline.all.items_of(*begin) {
                    span.remove(item, self.tree.branch_of(item));
                }
                *begin += 1;
            }
        }
    }
}
