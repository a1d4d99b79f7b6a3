//! What the likelihoods need to know of a customer.

/// A customer as three numbers, sufficient for every process here; times are weeks since his first purchase.
///
/// In the literature `x`, `t_x` and `T`. Purchases of one day are one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BuyingRecord {
    n_repeats: u32,
    last_weeks: f64,
    observed_weeks: f64,
}

impl BuyingRecord {
    /// A customer who has this moment bought for the first time.
    pub const NEW: Self = Self { n_repeats: 0, last_weeks: 0.0, observed_weeks: 0.0 };

    /// A customer with `n_repeats` purchases after the first, the last of them at `last_weeks`, watched until
    /// `observed_weeks`; nothing unless `0 ≤ last_weeks ≤ observed_weeks`, and `last_weeks` is 0 without repeats.
    pub fn new(n_repeats: u32, last_weeks: f64, observed_weeks: f64) -> Option<Self> {
        let is_good = 0.0 <= last_weeks
            && last_weeks <= observed_weeks
            && observed_weeks.is_finite()
            && (0 < n_repeats || last_weeks == 0.0);
        is_good.then_some(Self { n_repeats, last_weeks, observed_weeks })
    }

    /// How many purchases after the first.
    pub fn n_repeats(&self) -> u32 {
        self.n_repeats
    }

    /// When the last of them was; 0 where there is none.
    pub fn last_weeks(&self) -> f64 {
        self.last_weeks
    }

    /// How long he has been watched.
    pub fn observed_weeks(&self) -> f64 {
        self.observed_weeks
    }

    /// The same customer on the moment of his last purchase.
    pub(super) fn at_last_purchase(self) -> Self {
        Self { observed_weeks: self.last_weeks, ..self }
    }

    /// The same customer, watched until another moment, his last purchase at the earliest.
    pub(super) fn observed_until(self, weeks: f64) -> Self {
        Self { observed_weeks: weeks.max(self.last_weeks), ..self }
    }
}

/// A record, and how many customers share it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Group {
    pub record: BuyingRecord,
    pub n_customers: f64,
}

/// Puts equal records together, by number of repeats, then by time. O(n log n).
pub(super) fn group(records: &[BuyingRecord]) -> Vec<Group> {
    let mut sorted = records.to_vec();
    let key = |r: &BuyingRecord| (r.n_repeats, r.last_weeks.to_bits(), r.observed_weeks.to_bits());
    // Times are never negative, so their bits are in the order of their values.
    sorted.sort_unstable_by_key(key);
    let groups = sorted.chunk_by(|a, b| a == b);
    groups.map(|same| Group { record: same[0], n_customers: same.len() as f64 }).collect()
}

/// Every so many-th customer of these groups, so that about `n_customers` are left: as they come, spread evenly over
/// the numbers of repeats and over the times. All of them where they are no more. O(groups).
pub(super) fn thinned(groups: &[Group], n_customers: usize) -> Vec<Group> {
    let all: f64 = groups.iter().map(|group| group.n_customers).sum();
    let share = (n_customers as f64 / all).min(1.0);
    let mut n_before = 0.0;
    let mut kept = |group: &Group| {
        // Rounding down what has been passed so far leaves a whole number of each group.
        let before = (share * n_before).floor();
        n_before += group.n_customers;
        Group { record: group.record, n_customers: (share * n_before).floor() - before }
    };
    groups.iter().map(&mut kept).filter(|group| 0.0 < group.n_customers).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thinned_crowd_is_spread_as_all_are() {
        let record = |n| BuyingRecord::new(n, 1.0, 2.0).expect("valid");
        let crowd = [(1, 600.0), (2, 1.0), (3, 1.0), (4, 300.0), (5, 98.0)];
        let groups = crowd.map(|(n, n_customers)| Group { record: record(n), n_customers });
        let counts = |n_customers| -> Vec<(u32, f64)> {
            let kept = thinned(&groups, n_customers);
            kept.iter().map(|group| (group.record.n_repeats(), group.n_customers)).collect()
        };
        assert_eq!(counts(100), [(1, 60.0), (4, 30.0), (5, 10.0)]);
        assert_eq!(counts(500), [(1, 300.0), (3, 1.0), (4, 150.0), (5, 49.0)]);
        assert_eq!(counts(1000), crowd);
        assert_eq!(counts(9999), crowd);
        assert!(thinned(&[], 5).is_empty());
    }
}
