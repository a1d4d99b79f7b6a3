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
