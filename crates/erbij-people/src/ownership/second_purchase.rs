//! How large a share of a need's buyers buys in it again, in spite of those whose year is not yet over.

use erbij_core::statistics::wilson;

/// A year, in weeks.
pub(super) const N_WEEKS: usize = 52;
/// A buyer speaks of the share once so much of his year was seen, or once he bought again.
const SEEN_WEEKS: usize = 26;
/// Buyers of a need by the week, counted from their first purchase, of the second one or of the end of the data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct SecondPurchases {
    bought: [u32; N_WEEKS],
    /// The last place is of those whose whole year was seen.
    unseen: [u32; N_WEEKS + 1],
}

impl SecondPurchases {
    pub(super) const NONE: Self = Self { bought: [0; N_WEEKS], unseen: [0; N_WEEKS + 1] };

    /// Counts a buyer whose second purchase came so many days after the first; none where it did not come in the days
    /// that were seen of him.
    pub(super) fn count(&mut self, days_to_second: Option<i32>, days_seen: i32) {
        let week = |days: i32| (days.max(0) / 7) as usize;
        match days_to_second.map(week) {
            Some(second) if second < N_WEEKS => self.bought[second] += 1,
            _ => self.unseen[week(days_seen).min(N_WEEKS)] += 1,
        }
    }

    pub(super) fn add(&mut self, other: &Self) {
        self.bought.iter_mut().zip(&other.bought).for_each(|(a, b)| *a += b);
        self.unseen.iter_mut().zip(&other.unseen).for_each(|(a, b)| *a += b);
    }

    /// How many buyers.
    pub(super) fn n_buyers(&self) -> u32 {
        self.bought.iter().sum::<u32>() + self.unseen.iter().sum::<u32>()
    }

    /// The share that buys again within a year (Kaplan & Meier 1958): `1 − Π (1 − dₜ / nₜ)` over weeks t, where dₜ of
    /// the nₜ buyers still seen bought again in week t. Zero where nobody bought. O(weeks).
    pub(super) fn share(&self) -> f64 {
        let mut at_risk = f64::from(self.n_buyers());
        let mut not_yet = 1.0;
        for week in 0..N_WEEKS {
            let bought = f64::from(self.bought[week]);
            if 0.0 < bought {
                not_yet *= 1.0 - bought / at_risk;
            }
            at_risk -= bought + f64::from(self.unseen[week]);
        }
        1.0 - not_yet
    }

    /// What the share surely does not exceed: the upper end of Wilson's interval (1927) at 99 %, over the buyers whom
    /// half a year has seen. One where there are none: what nobody has seen may be anything.
    pub(super) fn upper_share(&self) -> f64 {
        let bought: u32 = self.bought.iter().sum();
        let n = f64::from(bought + self.unseen[SEEN_WEEKS..].iter().sum::<u32>());
        wilson::bounds(self.share(), n).1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_those_worked_by_hand() {
        let check = |buyers: &[(Option<i32>, i32, u32)], share: f64, upper: f64| {
            let mut counts = SecondPurchases::NONE;
            for &(second, seen, n) in buyers {
                (0..n).for_each(|_| counts.count(second, seen));
            }
            assert!((counts.share() - share).abs() < 1e-9, "{buyers:?}: {}", counts.share());
            assert!((counts.upper_share() - upper).abs() < 5e-4, "{buyers:?}: {}", counts.upper_share());
        };
        check(&[], 0.0, 1.0);
        // Nobody was seen for half a year.
        check(&[(None, 100, 1000)], 0.0, 1.0);
        // 0 of 25: z² / (25 + z²).
        check(&[(None, 400, 25)], 0.0, 5.4119 / 30.4119);
        check(&[(None, 400, 24)], 0.0, 5.4119 / 29.4119);
        // A second purchase after more than a year is none.
        check(&[(Some(364), 800, 10), (None, 400, 10)], 0.0, 5.4119 / 25.4119);
        // 10 of 100 in week 0; of the 90 left 45 go unseen in week 10, and 9 of the 45 left buy in week 20: 1 − .9 · .8.
        // Whom half a year has seen are 10 + 9 + 36.
        let buyers = [(Some(1), 400, 10), (None, 75, 45), (Some(140), 400, 9), (None, 400, 36)];
        check(&buyers, 0.28, 0.4355);
    }

    #[test]
    fn counts_of_parts_add_up() {
        let mut whole = SecondPurchases::NONE;
        let mut parts = [SecondPurchases::NONE, SecondPurchases::NONE];
        for (at, second) in [Some(3), None, Some(500), None, Some(80)].into_iter().enumerate() {
            whole.count(second, 90 * at as i32);
            parts[at % 2].count(second, 90 * at as i32);
        }
        let [mut sum, other] = parts;
        sum.add(&other);
        assert_eq!((sum.n_buyers(), &sum), (5, &whole));
    }
}
