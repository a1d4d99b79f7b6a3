//! A process says how customers buy and leave: what each has to tell of itself, and what follows from that.

use crate::lifetime::record::BuyingRecord;
use crate::lifetime::special::softplus;

/// What a process has to tell of itself; everything else follows.
pub(super) trait Process: Sync {
    /// What of the log-likelihood depends on the number of repeats alone.
    fn ln_of_count(&self, n_repeats: f64) -> f64;

    /// The rest of the log-likelihood of a record together with the customer still being there.
    fn ln_alive(&self, record: &BuyingRecord) -> f64;

    /// The logarithm of the odds that he has left, given his record; −∞ where he cannot have.
    fn ln_gone_odds(&self, record: &BuyingRecord) -> f64;

    /// Expected orders of the next weeks, given his record and that he is still there.
    fn expected_if_alive(&self, record: &BuyingRecord, weeks: f64) -> f64;

    /// When, with no further purchase, the odds of having left reach `odds`, in weeks since the first purchase; none
    /// where they never do. By bisection, since silence only adds to the odds.
    fn silent_after(&self, record: &BuyingRecord, odds: f64) -> Option<f64> {
        let reaches = |weeks: f64| odds.ln() <= self.ln_gone_odds(&record.observed_until(weeks));
        let mut low = record.last_weeks();
        if reaches(low) {
            return Some(low);
        }
        let mut step = 1.0;
        while !reaches(low + step) {
            step *= 2.0;
            if MAX_WEEKS < step {
                return None;
            }
        }
        let mut high = low + step;
        // To the minute.
        while 1e-4 < high - low {
            let middle = low.midpoint(high);
            if reaches(middle) { high = middle } else { low = middle }
        }
        Some(high)
    }

    /// `ln P(record)`.
    fn ln_likelihood(&self, record: &BuyingRecord) -> f64 {
        let n_repeats = f64::from(record.n_repeats());
        self.ln_of_count(n_repeats) + self.ln_alive(record) + softplus(self.ln_gone_odds(record))
    }

    /// `1 / (1 + odds of having left)`.
    fn p_alive(&self, record: &BuyingRecord) -> f64 {
        1.0 / (1.0 + self.ln_gone_odds(record).exp())
    }

    /// Expected orders of the next weeks, given the record.
    fn expected_orders(&self, record: &BuyingRecord, weeks: f64) -> f64 {
        self.p_alive(record) * self.expected_if_alive(record, weeks)
    }
}

/// Two centuries: who is not silent by then never is.
const MAX_WEEKS: f64 = 10_000.0;
