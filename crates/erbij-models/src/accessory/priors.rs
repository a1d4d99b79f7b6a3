//! What categories say of pairs for which little is known by themselves.
//!
//! Where half of all coffee machines have a descaler that belongs to them, the descaler of a machine that came last
//! month needs less evidence than one among all pairs of the shop. So once the clear pairs are found, every pair of
//! categories has a share of pairs that belong together. That share weighs the evidence of the rest (weighted
//! Benjamini and Hochberg: Genovese, Roeder and Wasserman 2006; weights have a mean of 1 over all tests, so the
//! share of chance among all that is published stays bounded), and holds up the lift of thin pairs. A pair never
//! speaks for itself: its own finding is left out of its prior.

use std::collections::HashMap;

use super::tree::Tree;

/// Tests without a finding that a pair of categories begins with.
const PRIOR_TESTS: f64 = 20.0;
/// No evidence weighs more than this many times that of a pair of which nothing is known.
const MOST: f64 = 10.0;

/// What was found between two categories.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Found {
    n_pairs: f64,
    count: f64,
    expected: f64,
}

/// The share of pairs that belong together, per pair of nodes.
pub(super) struct Priors {
    found: HashMap<(u32, u32), Found>,
    /// Items sold by node.
    n_sold: Vec<f64>,
    /// The share over all pairs.
    share: f64,
    /// The mean weight before it is made 1.
    mean: f64,
}

/// What categories say of one pair.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Prior {
    /// How much evidence weighs; 1 on average over all pairs.
    pub(super) weight: f32,
    /// The lift that any pair of these categories has.
    pub(super) lift: f32,
}

impl Prior {
    /// Of a pair of which nothing is known.
    pub(super) const NONE: Self = Self { weight: 1.0, lift: 1.0 };
}

/// A pair that was found.
#[derive(Clone, Copy, Debug)]
pub(super) struct Finding {
    pub(super) from: u32,
    pub(super) to: u32,
    pub(super) count: f64,
    pub(super) expected: f64,
}

impl Priors {
    /// Sums up findings. O(findings + items).
    pub(super) fn new(tree: &Tree, findings: impl Iterator<Item = Finding>) -> Self {
        let mut n_sold = vec![0.0; tree.len()];
        for item in (0..tree.n_items() as u32).filter(|&item| tree.is_sold(item)) {
            n_sold[tree.node_of(item) as usize] += 1.0;
        }
        Self::of_sold(n_sold, findings)
    }

    fn of_sold(n_sold: Vec<f64>, findings: impl Iterator<Item = Finding>) -> Self {
        let n_items: f64 = n_sold.iter().sum();
        let n_tests = (n_items * (n_items - 1.0)).max(1.0);
        let mut found: HashMap<(u32, u32), Found> = HashMap::new();
        let mut n_found = 0.0_f64;
        for finding in findings {
            n_found += 1.0;
            let of_nodes = found.entry((finding.from, finding.to)).or_default();
            of_nodes.n_pairs += 1.0;
            of_nodes.count += finding.count;
            of_nodes.expected += finding.expected;
        }
        let share = (n_found / n_tests).max(1.0 / n_tests);
        let mut priors = Self { found, n_sold, share, mean: 1.0 };
        priors.mean = priors.mean_weight(n_tests);
        priors
    }

    /// The mean over all tests; those between nodes of which nothing was found all weigh a little less than 1.
    fn mean_weight(&self, n_tests: f64) -> f64 {
        // Sums of floats depend on their order, and a map has none.
        let mut nodes: Vec<(u32, u32)> = self.found.keys().copied().collect();
        nodes.sort_unstable();
        let (mut sum, mut n_there) = (0.0, 0.0);
        for (from, to) in nodes {
            let tests = self.n_tests(from, to);
            sum += tests * self.raw_weight(from, to, None);
            n_there += tests;
        }
        (sum + (n_tests - n_there).max(0.0)) / n_tests
    }

    fn n_tests(&self, from: u32, to: u32) -> f64 {
        let (a, b) = (self.n_sold[from as usize], self.n_sold[to as usize]);
        if from == to { (a * (a - 1.0)).max(0.0) } else { a * b }
    }

    /// The share of pairs between two nodes that belong together, one finding left out.
    fn share(&self, from: u32, to: u32, own: Option<Finding>) -> f64 {
        let n_pairs = self.found.get(&(from, to)).map_or(0.0, |found| found.n_pairs);
        let left_out = f64::from(u8::from(own.is_some()));
        (n_pairs - left_out + PRIOR_TESTS * self.share) / (self.n_tests(from, to) - left_out + PRIOR_TESTS)
    }

    fn raw_weight(&self, from: u32, to: u32, own: Option<Finding>) -> f64 {
        if !self.found.contains_key(&(from, to)) {
            return 1.0;
        }
        (self.share(from, to, own) / self.share).clamp(1.0, MOST)
    }

    /// What is known of any pair between two nodes, one finding left out.
    pub(super) fn of(&self, from: u32, to: u32, own: Option<Finding>) -> Prior {
        let weight = (self.raw_weight(from, to, own) / self.mean) as f32;
        Prior { weight, lift: self.lift(from, to, own) as f32 }
    }

    /// The lift to be expected of any pair between two nodes, one finding left out; 1 where nothing is known.
    fn lift(&self, from: u32, to: u32, own: Option<Finding>) -> f64 {
        let Some(found) = self.found.get(&(from, to)) else { return 1.0 };
        let (own_count, own_expected) = own.map_or((0.0, 0.0), |own| (own.count, own.expected));
        let expected = (found.expected - own_expected).max(0.0);
        // One occurrence as expected, so that a lift of next to nothing is none.
        let lift = ((found.count - own_count).max(0.0) + 1.0) / (expected + 1.0);
        1.0 + self.share(from, to, own).min(1.0) * (lift - 1.0).max(0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Ten items in each of three nodes; of the pairs from the first to the second so many were found.
    fn priors(n_found: usize) -> (Priors, Finding) {
        let finding = Finding { from: 1, to: 2, count: 30.0, expected: 3.0 };
        let findings = vec![finding; n_found];
        (Priors::of_sold(vec![0.0, 10.0, 10.0, 10.0], findings.into_iter()), finding)
    }

    #[test]
    fn weights_have_a_mean_of_one_over_all_tests() {
        for n_found in [0, 1, 5, 50] {
            let (priors, _) = priors(n_found);
            let weight = |from, to| f64::from(priors.of(from, to, None).weight);
            let nodes = (1..4).flat_map(|from| (1..4).map(move |to| (from, to)));
            let total: f64 = nodes.map(|(from, to)| priors.n_tests(from, to) * weight(from, to)).sum();
            assert!((total / (30.0 * 29.0) - 1.0).abs() < 1e-4, "{n_found}: {total}");
        }
    }

    #[test]
    fn what_was_found_beside_a_pair_speaks_for_it_and_its_own_finding_does_not() {
        let (none, _) = priors(0);
        assert_eq!(none.of(1, 2, None), Prior { weight: 1.0, lift: 1.0 });
        let (alone, own) = priors(1);
        assert!(alone.of(1, 2, Some(own)).weight <= 1.0);
        assert_eq!(alone.of(1, 2, Some(own)).lift, 1.0);
        let (many, own) = priors(50);
        let (with, without) = (many.of(1, 2, None), many.of(1, 2, Some(own)));
        assert!(without.weight <= with.weight && 1.5 < without.weight, "{without:?} of {with:?}");
        // About half of the pairs have a lift of nearly ten.
        assert!((4.0..6.0).contains(&without.lift), "{without:?}");
        assert!(
            many.of(2, 1, None).weight < 1.0,
            "what is found elsewhere takes a little weight from all others"
        );
    }
}
