//! Which items may be offered at an instant, as one bit each.

use erbij_core::{Catalogue, Ineligible, ItemIdx, Timestamp};

/// Eligibility of the whole catalogue, true from one instant until just before another.
///
/// Asking the columns of every candidate of every query would cost more than scoring it; so the answer is
/// kept until the next item comes into season or goes out of it.
#[derive(Clone, Debug)]
pub(crate) struct Eligible {
    bits: Vec<u64>,
    from: Timestamp,
    until: Timestamp,
}

impl Eligible {
    /// Nothing, at no time: to be replaced by the first query.
    pub(crate) fn never() -> Self {
        Self { bits: Vec::new(), from: Timestamp::from_micros(0), until: Timestamp::from_micros(0) }
    }

    /// Makes it true at `now`. O(1) as a rule, O(items) when an item's season has begun or ended since.
    pub(crate) fn move_to(&mut self, now: Timestamp, catalogue: &Catalogue) {
        if self.from <= now && now < self.until {
            return;
        }
        self.bits.clear();
        self.bits.resize(catalogue.len().div_ceil(64), 0);
        for item in catalogue.items().indices() {
            if catalogue.eligibility(item, now).is_ok() {
                self.bits[item.index() / 64] |= 1 << (item.index() % 64);
            }
        }
        let columns = catalogue.columns();
        let changes = || columns.available_at.iter().chain(columns.expires_at.iter()).copied();
        let last = changes().filter(|&at| at <= now.micros()).max();
        let next = changes().filter(|&at| now.micros() < at).min();
        self.from = Timestamp::from_micros(last.unwrap_or(i64::MIN));
        self.until = Timestamp::from_micros(next.unwrap_or(i64::MAX));
    }

    /// Whether an item may be offered; asks the catalogue why not, where not.
    #[inline]
    pub(crate) fn check(
        &self,
        item: ItemIdx,
        now: Timestamp,
        catalogue: &Catalogue,
    ) -> Result<(), Ineligible> {
        if self.bits[item.index() / 64] >> (item.index() % 64) & 1 == 1 {
            Ok(())
        } else {
            catalogue.eligibility(item, now)
        }
    }
}
