//! Customers who may leave after each purchase: BG/NBD and MBG/NBD.
//!
//! A customer buys at a rate `λ ~ Gamma(r, α)`; with a chance `p ~ Beta(a, b)` he leaves for good after each
//! repeat purchase (BG/NBD: Fader, Hardie and Lee, "Counting Your Customers the Easy Way", Marketing Science
//! 2005), or after each purchase, the first included (MBG/NBD: Batislam, Denizel and Filiztekin, "Empirical
//! validation and comparison of models for customer base analysis", IJRM 2007). With `m = 0` for the first and
//! `m = 1` for the second, the chance to have stayed through `x` repeats is `B(a, b + x + m) / B(a, b)`, and the
//! odds of having left at the last purchase are `a / (b + x + m − 1) · ((α + T) / (α + t_x))^(r + x)`, none
//! where `x + m = 0`.

use serde::{Deserialize, Serialize};

use crate::lifetime::process::Process;
use crate::lifetime::record::BuyingRecord;
use crate::lifetime::special::{hyp2f1, ln_beta, ln_gamma, ln_integral, n_panels};

/// Parameters of BG/NBD: a customer cannot leave before his first repeat.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BgNbd {
    /// Shape of the rates.
    pub r: f64,
    /// Scale of the rates, in weeks.
    pub alpha: f64,
    /// First parameter of the chance to leave.
    pub a: f64,
    /// Second parameter of the chance to leave.
    pub b: f64,
}

/// Parameters of MBG/NBD: a customer may leave after his first purchase.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MbgNbd {
    /// Shape of the rates.
    pub r: f64,
    /// Scale of the rates, in weeks.
    pub alpha: f64,
    /// First parameter of the chance to leave.
    pub a: f64,
    /// Second parameter of the chance to leave.
    pub b: f64,
}

/// Both, told apart by how many chances to leave precede the first repeat.
#[derive(Clone, Copy)]
struct AtPurchase {
    r: f64,
    alpha: f64,
    a: f64,
    b: f64,
    early_chances: f64,
}

impl BgNbd {
    /// `P(X(t) = n)`: the chance that a new customer places `n` more orders within `weeks`.
    ///
    /// Equation 8 of Fader, Hardie and Lee (2005). O(n), and more where the chance is tiny.
    pub fn p_orders(&self, n: u32, weeks: f64) -> f64 {
        self.inner().p_orders(n, weeks)
    }

    fn inner(&self) -> AtPurchase {
        let Self { r, alpha, a, b } = *self;
        AtPurchase { r, alpha, a, b, early_chances: 0.0 }
    }
}

impl MbgNbd {
    /// `P(X(t) = n)`: the chance that a new customer places `n` more orders within `weeks`. O(n), and more where
    /// the chance is tiny.
    pub fn p_orders(&self, n: u32, weeks: f64) -> f64 {
        self.inner().p_orders(n, weeks)
    }

    fn inner(&self) -> AtPurchase {
        let Self { r, alpha, a, b } = *self;
        AtPurchase { r, alpha, a, b, early_chances: 1.0 }
    }
}

impl AtPurchase {
    /// How often he could have left by his last purchase.
    fn n_chances(&self, n_repeats: f64) -> f64 {
        n_repeats + self.early_chances
    }

    fn ln_of_count(&self, n_repeats: f64) -> f64 {
        ln_gamma(self.r + n_repeats) - ln_gamma(self.r)
            + self.r * self.alpha.ln()
            + self.ln_stayed(self.n_chances(n_repeats))
    }

    /// `ln B(a, b + n) / B(a, b)`.
    fn ln_stayed(&self, n_chances: f64) -> f64 {
        ln_beta(self.a, self.b + n_chances) - ln_beta(self.a, self.b)
    }

    fn ln_alive(&self, record: &BuyingRecord) -> f64 {
        -(self.r + f64::from(record.n_repeats())) * (self.alpha + record.observed_weeks()).ln()
    }

    /// `a / (b + n − 1)`: odds of having left at the last purchase, before any silence; 0 where he could not.
    fn odds_at_last(&self, record: &BuyingRecord) -> f64 {
        let n_chances = self.n_chances(f64::from(record.n_repeats()));
        if n_chances == 0.0 { 0.0 } else { self.a / (self.b + n_chances - 1.0) }
    }

    fn ln_gone_odds(&self, record: &BuyingRecord) -> f64 {
        let shape = self.r + f64::from(record.n_repeats());
        let silence = ((self.alpha + record.observed_weeks()) / (self.alpha + record.last_weeks())).ln();
        self.odds_at_last(record).ln() + shape * silence
    }

    /// Expected orders of a customer known not to have left: closed, but for parameters where it is 0 / 0.
    fn expected_if_alive(&self, record: &BuyingRecord, weeks: f64) -> f64 {
        let n_repeats = f64::from(record.n_repeats());
        let shape = self.r + n_repeats;
        let (a, b) = (self.a, self.b + self.n_chances(n_repeats));
        let age = self.alpha + record.observed_weeks();
        // Below 0.02 of an order the closed form takes nearly equal numbers from each other.
        let is_good = 1e-3 < (a - 1.0).abs() && 1e-2 < (a + b - 1.0).abs() && 0.02 < shape * weeks / age;
        if is_good {
            expected_closed(shape, a, b, weeks / (age + weeks))
        } else {
            expected_by_quadrature(shape, a, b, weeks / age)
        }
    }

    fn silent_after(&self, record: &BuyingRecord, odds: f64) -> Option<f64> {
        let at_last = self.odds_at_last(record);
        let shape = self.r + f64::from(record.n_repeats());
        let growth = (odds / at_last).ln() / shape;
        let weeks = (self.alpha + record.last_weeks()) * growth.exp() - self.alpha;
        weeks.is_finite().then(|| weeks.max(record.last_weeks()))
    }

    fn p_orders(&self, n: u32, weeks: f64) -> f64 {
        let (k, m) = (f64::from(n), self.early_chances);
        let q = weeks / (self.alpha + weeks);
        let ln_none = self.r * (-q).ln_1p();
        let pmf = |j: f64| {
            let ln_orders = if j == 0.0 { 0.0 } else { j * q.ln() };
            (ln_gamma(self.r + j) - ln_gamma(self.r) - ln_gamma(j + 1.0) + ln_none + ln_orders).exp()
        };
        let stayed = self.ln_stayed(k + m).exp() * pmf(k);
        if k + m == 0.0 {
            return stayed;
        }
        // He left at the n-th purchase, and would have bought at least n times had he not.
        let left = (ln_beta(self.a + 1.0, self.b + k + m - 1.0) - ln_beta(self.a, self.b)).exp();
        let below: f64 = (0..n).map(|j| pmf(f64::from(j))).sum();
        let mut at_least = 1.0 - below;
        if at_least < 1e-3 {
            // One less nearly one: add up the tail itself.
            at_least = 0.0;
            let (mut j, mut term) = (k, pmf(k));
            while 1e-17 * at_least < term {
                at_least += term;
                term *= (self.r + j) / (j + 1.0) * q;
                j += 1.0;
            }
        }
        stayed + left * at_least
    }
}

/// `(a + b − 1) / (a − 1) · [1 − (1 − z)^shape ₂F₁(shape, b; a + b − 1; z)]`, where `b` has the chances he let pass
/// in it and `z = t / (α + T + t)`. By Euler's transformation the power becomes `a − 1` and the function
/// `₂F₁(a + b − 1 − shape, a − 1; a + b − 1; z)`, whose terms do not grow with the orders of the customer.
fn expected_closed(shape: f64, a: f64, b: f64, z: f64) -> f64 {
    let c = a + b - 1.0;
    let f = hyp2f1(c - shape, a - 1.0, c, z);
    let kept = f.sign * ((a - 1.0) * (-z).ln_1p() + f.ln).exp();
    c / (a - 1.0) * (1.0 - kept)
}

/// The same as `∫ shape · E_p[(1 + p·v)^−(shape + 1)] dv` over `v` from 0 to `t / (α + T)`, free of 0 / 0: by Pfaff
/// the expectation is `(1 + v)^−a ₂F₁(a, a + b − shape − 1; a + b; v / (1 + v))`. Integrated in `u = ln(1 + v)`.
fn expected_by_quadrature(shape: f64, a: f64, b: f64, v: f64) -> f64 {
    let to = v.ln_1p();
    let ln_rate = |u: f64| {
        let f = hyp2f1(a, a + b - shape - 1.0, a + b, -f64::exp_m1(-u));
        (1.0 - a) * u + f.ln
    };
    shape * ln_integral(0.0, to, n_panels(to, 1.0 + a), ln_rate).exp()
}

macro_rules! process_of_inner {
    ($type:ty) => {
        impl Process for $type {
            fn ln_of_count(&self, n_repeats: f64) -> f64 {
                self.inner().ln_of_count(n_repeats)
            }
            fn ln_alive(&self, record: &BuyingRecord) -> f64 {
                self.inner().ln_alive(record)
            }
            fn ln_gone_odds(&self, record: &BuyingRecord) -> f64 {
                self.inner().ln_gone_odds(record)
            }
            fn expected_if_alive(&self, record: &BuyingRecord, weeks: f64) -> f64 {
                self.inner().expected_if_alive(record, weeks)
            }
            fn silent_after(&self, record: &BuyingRecord, odds: f64) -> Option<f64> {
                self.inner().silent_after(record, odds)
            }
        }
    };
}

process_of_inner!(BgNbd);
process_of_inner!(MbgNbd);

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        /// Two ways to one number, where both hold.
        #[test]
        fn the_closed_form_is_the_integral(
            (r, alpha, a, b) in (0.1_f64..3.0, 1.0_f64..20.0, 0.1_f64..4.0, 0.2_f64..6.0),
            (n, last, silence, weeks) in (0_u32..300, 1.0_f64..60.0, 0.0_f64..60.0, 1.0_f64..300.0),
        ) {
            prop_assume!(2e-3 < (a - 1.0).abs());
            let shape = r + f64::from(n);
            let (age, b) = (alpha + last + silence, b + f64::from(n) + 1.0);
            let closed = expected_closed(shape, a, b, weeks / (age + weeks));
            let integral = expected_by_quadrature(shape, a, b, weeks / age);
            prop_assert!((closed / integral - 1.0).abs() < 1e-7, "{closed} {integral}");
        }

        /// All chances together are one, and their mean is the expectation.
        #[test]
        fn the_chances_of_every_number_of_orders_add_up(
            (r, alpha, a, b) in (0.1_f64..3.0, 1.0_f64..20.0, 0.1_f64..4.0, 0.2_f64..6.0),
            weeks in 0.1_f64..20.0,
        ) {
            let bg = BgNbd { r, alpha, a, b };
            let mbg = MbgNbd { r, alpha, a, b };
            let sums = |p: &dyn Fn(u32) -> f64| {
                (0..800).map(p).enumerate().fold((0.0, 0.0), |(all, mean), (n, p)| (all + p, mean + n as f64 * p))
            };
            let (all, mean) = sums(&|n| bg.p_orders(n, weeks));
            prop_assert!((all - 1.0).abs() < 1e-8 && (mean - bg.expected_orders(&BuyingRecord::NEW, weeks)).abs() < 1e-6);
            let (all, mean) = sums(&|n| mbg.p_orders(n, weeks));
            prop_assert!((all - 1.0).abs() < 1e-8 && (mean - mbg.expected_orders(&BuyingRecord::NEW, weeks)).abs() < 1e-6);
        }
    }

    #[test]
    fn parameters_where_the_closed_form_is_none_lie_between_their_neighbours() {
        let of = |a: f64| {
            let record = BuyingRecord::new(3, 20.0, 30.0).expect("valid");
            BgNbd { r: 0.3, alpha: 4.0, a, b: 2.0 }.expected_orders(&record, 52.0)
        };
        let [below, at, above] = [0.9985, 1.0, 1.0015].map(of);
        assert!(((below + above) / 2.0 - at).abs() < 1e-5, "{below} {at} {above}");
        // Nobody leaves: the negative binomial distribution.
        let stays = MbgNbd { r: 0.4, alpha: 12.0, a: 5e-5, b: 2e4 };
        assert!((stays.expected_orders(&BuyingRecord::NEW, 6.0) - 0.2).abs() < 1e-6);
        // Everybody leaves at once, and powers beyond a float are met on the way.
        let leaves = MbgNbd { r: 0.4, alpha: 12.0, a: 2e4, b: 1.0 };
        let expected = leaves.expected_orders(&BuyingRecord::NEW, 1e4);
        assert!((0.0..1e-3).contains(&expected), "{expected}");
    }
}
