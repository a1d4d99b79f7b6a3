//! Customers who may leave at any time, or never: Pareto/NBD, gamma-Gompertz/NBD and NBD.
//!
//! A customer buys at a rate `λ ~ Gamma(r, α)` until he leaves; what is known of his rate given that he has not
//! left is `Gamma(r + x, α + T)`. He is still there after `t` weeks with the chance `S(t)`:
//! `1` (NBD: Ehrenberg, 1959), `(β / (β + t))^s` (Pareto/NBD: Schmittlein, Morrison and Colombo, "Counting Your
//! Customers", Management Science 1987) or `(β / (β + e^(bt) − 1))^s` (Bemmaor and Glady, "Modeling Purchasing
//! Behavior with Sudden 'Death'", Management Science 2012). With `b → 0` and `β / b` held the last becomes the
//! second, so both are written with `g(t) = β/b + (e^(bt) − 1) / b`, which is `β + t` for Pareto/NBD:
//! `S(t) = (g(0) / g(t))^s`, and the odds of having left are
//! `∫ ((α + T) / (α + z))^(r + x) (g(T) / g(z))^s s·e^(bz) / g(z) dz` over `z` from `t_x` to `T`.

use serde::{Deserialize, Serialize};

use crate::lifetime::process::Process;
use crate::lifetime::record::BuyingRecord;
use crate::lifetime::special::{hyp2f1, ln_gamma, ln_integral, ln_integral_of_falling, n_panels, softplus};

/// Parameters of NBD: nobody ever leaves.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Nbd {
    /// Shape of the rates.
    pub r: f64,
    /// Scale of the rates, in weeks.
    pub alpha: f64,
}

/// Parameters of Pareto/NBD.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ParetoNbd {
    /// Shape of the rates.
    pub r: f64,
    /// Scale of the rates, in weeks.
    pub alpha: f64,
    /// Shape of the hazards of leaving.
    pub s: f64,
    /// Scale of the hazards of leaving, in weeks.
    pub beta: f64,
}

/// Parameters of the gamma-Gompertz/NBD.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GgompertzNbd {
    /// Shape of the rates.
    pub r: f64,
    /// Scale of the rates, in weeks.
    pub alpha: f64,
    /// By how much the hazard of leaving grows, a week.
    pub b: f64,
    /// Shape of the hazards of leaving.
    pub s: f64,
    /// Scale of the hazards of leaving; `beta / b` is in weeks.
    pub beta: f64,
}

/// When customers leave: `S(t) = (g(0) / g(t))^s`.
#[derive(Clone, Copy)]
struct Leaving {
    growth: f64,
    s: f64,
    beta_weeks: f64,
}

/// Beyond it a one beside `e^x` is lost.
const LOST_BESIDE: f64 = 36.0;

impl Leaving {
    fn g(&self, weeks: f64) -> f64 {
        let grown = self.growth * weeks;
        self.beta_weeks + if grown == 0.0 { weeks } else { weeks * (grown.exp_m1() / grown) }
    }

    /// `β`, infinitely small without growth.
    fn beta(&self) -> f64 {
        self.growth * self.beta_weeks
    }

    /// `ln(g(t) / g(0))`: the age in which everybody leaves at the rate `s`.
    fn age(&self, weeks: f64) -> f64 {
        let grown = self.growth * weeks;
        if LOST_BESIDE < grown {
            softplus(grown - self.beta().ln())
        } else {
            ((self.g(weeks) - self.beta_weeks) / self.beta_weeks).ln_1p()
        }
    }

    /// The weeks at an age: [`Self::age`] the other way round.
    fn weeks(&self, age: f64) -> f64 {
        if self.growth == 0.0 {
            self.beta_weeks * age.exp_m1()
        } else if LOST_BESIDE < age {
            softplus(age + self.beta().ln()) / self.growth
        } else {
            (self.beta() * age.exp_m1()).ln_1p() / self.growth
        }
    }

    /// How many weeks pass while the age grows by one: `g / g'`.
    fn weeks_of_age(&self, weeks: f64) -> f64 {
        let decay = (-self.growth * weeks).exp();
        let grown = self.growth * weeks;
        let since = if grown == 0.0 { weeks } else { weeks * (-(-grown).exp_m1() / grown) };
        self.beta_weeks * decay + since
    }

    fn ln_stayed(&self, weeks: f64) -> f64 {
        -self.s * self.age(weeks)
    }

    /// `ln` of the odds of having left between the last purchase and now:
    /// `s ∫ ((α + T) / (α + z))^(r + x) e^(s (age(T) − y)) dy` over the ages `y` from `t_x` to `T`, `z` being the weeks of
    /// `y`. The integrand only falls, so the quadrature ends where nothing is left of it, however steep it is.
    fn ln_gone_odds(&self, shape: f64, alpha: f64, record: &BuyingRecord) -> f64 {
        let (last, now) = (record.last_weeks(), record.observed_weeks());
        let (from, to) = (self.age(last), self.age(now));
        let ln_scale_now = (alpha + now).ln();
        let ln_integrand =
            |age: f64| shape * (ln_scale_now - (alpha + self.weeks(age)).ln()) + self.s * (to - age);
        let width = |age: f64| self.panel(shape, alpha, age);
        self.s.ln() + ln_integral_of_falling(from, to, width, ln_integrand)
    }

    /// How wide a panel may be: the integrand falls by `e^12` at most, and no place where it is not smooth, of which
    /// there is one at `z = −α` and for `β > 1` one at an age of `ln(1 − 1/β)`, is nearer than half a panel.
    fn panel(&self, shape: f64, alpha: f64, age: f64) -> f64 {
        const WIDEST: f64 = 2.0;
        let slow = |weeks: f64| self.weeks_of_age(weeks) / (alpha + weeks);
        let slowest = slow(self.weeks(age)).max(slow(self.weeks(age + WIDEST)));
        let to_kink = if 1.0 < self.beta() { age - (-1.0 / self.beta()).ln_1p() } else { WIDEST };
        let falls = 12.0 / (self.s + shape * slowest);
        falls.min(2.0 / slowest).min(2.0 * to_kink).min(WIDEST)
    }

    /// `∫ S(T + z) / S(T) dz` over `z` from 0 to `weeks`, by quadrature.
    fn expected_weeks(&self, now: f64, weeks: f64) -> f64 {
        let ln_g_now = self.g(now).ln();
        let scale = self.beta_weeks + now;
        let (from, to) = (scale.ln(), (scale + weeks).ln());
        let ln_integrand = |u: f64| self.s * (ln_g_now - self.g(u.exp() - self.beta_weeks).ln()) + u;
        let steepness = 1.0 + self.s * (1.0 + self.growth * (scale + weeks));
        ln_integral(from, to, n_panels(to - from, steepness), ln_integrand).exp()
    }
}

/// What all three share: how often, whenever they leave.
fn ln_of_rate(r: f64, alpha: f64, n_repeats: f64) -> f64 {
    ln_gamma(r + n_repeats) - ln_gamma(r) + r * alpha.ln()
}

/// `−(r + x) ln(α + T)`.
fn ln_watched(r: f64, alpha: f64, record: &BuyingRecord) -> f64 {
    -(r + f64::from(record.n_repeats())) * (alpha + record.observed_weeks()).ln()
}

/// Orders a week of a customer who has not left.
fn rate(r: f64, alpha: f64, record: &BuyingRecord) -> f64 {
    (r + f64::from(record.n_repeats())) / (alpha + record.observed_weeks())
}

impl Process for Nbd {
    fn ln_of_count(&self, n_repeats: f64) -> f64 {
        ln_of_rate(self.r, self.alpha, n_repeats)
    }

    fn ln_alive(&self, record: &BuyingRecord) -> f64 {
        ln_watched(self.r, self.alpha, record)
    }

    fn ln_gone_odds(&self, _record: &BuyingRecord) -> f64 {
        f64::NEG_INFINITY
    }

    fn expected_if_alive(&self, record: &BuyingRecord, weeks: f64) -> f64 {
        rate(self.r, self.alpha, record) * weeks
    }

    fn silent_after(&self, _record: &BuyingRecord, _odds: f64) -> Option<f64> {
        None
    }
}

impl ParetoNbd {
    fn leaving(&self) -> Leaving {
        Leaving { growth: 0.0, s: self.s, beta_weeks: self.beta }
    }

    /// `I(t) = ∫ (α + z)^−(r + x) (β + z)^−(s + 1) dz` over `z` from `t`, times
    /// `(r + s + x) (α + t)^(r + x) (β + t)^s`: by Euler's transformation
    /// `₂F₁(1, r + x; r + s + x + 1; (α − β) / (α + t))`, and its like where `α < β`. All terms lie between 0 and 1.
    /// Equation 5 of Fader and Hardie, "A Note on Deriving the Pareto/NBD Model" (2005), has the function before the
    /// transformation.
    fn tail(&self, shape: f64, weeks: f64) -> f64 {
        let (from_alpha, from_beta) = (self.alpha + weeks, self.beta + weeks);
        let c = shape + self.s + 1.0;
        if from_beta <= from_alpha {
            hyp2f1(1.0, shape, c, 1.0 - from_beta / from_alpha).ln.exp()
        } else {
            let z = 1.0 - from_alpha / from_beta;
            from_alpha / from_beta * hyp2f1(1.0, self.s + 1.0, c, z).ln.exp()
        }
    }

    /// `(s / (r + s + x)) · [ ((α + T) / (α + t_x))^(r + x) ((β + T) / (β + t_x))^s tail(t_x) − tail(T) ]`.
    fn ln_gone_odds_closed(&self, record: &BuyingRecord) -> f64 {
        let (last, now) = (record.last_weeks(), record.observed_weeks());
        let shape = self.r + f64::from(record.n_repeats());
        let ln_silence = shape * ((self.alpha + now) / (self.alpha + last)).ln()
            + self.s * ((self.beta + now) / (self.beta + last)).ln();
        let ln_share = (self.s / (shape + self.s)).ln();
        // Factored so that e^silence, which may be beyond a float, is never formed.
        let left = self.tail(shape, last) - (-ln_silence).exp() * self.tail(shape, now);
        ln_share + ln_silence + left.max(0.0).ln()
    }
}

/// Where the series of `₂F₁` would need hundreds of terms, quadrature is faster.
const MAX_SERIES_ARGUMENT: f64 = 0.9;

impl Process for ParetoNbd {
    fn ln_of_count(&self, n_repeats: f64) -> f64 {
        ln_of_rate(self.r, self.alpha, n_repeats)
    }

    fn ln_alive(&self, record: &BuyingRecord) -> f64 {
        ln_watched(self.r, self.alpha, record) + self.leaving().ln_stayed(record.observed_weeks())
    }

    fn ln_gone_odds(&self, record: &BuyingRecord) -> f64 {
        let last = record.last_weeks();
        let argument = (self.alpha - self.beta).abs() / (self.alpha.max(self.beta) + last);
        if argument <= MAX_SERIES_ARGUMENT {
            self.ln_gone_odds_closed(record)
        } else {
            self.leaving().ln_gone_odds(self.r + f64::from(record.n_repeats()), self.alpha, record)
        }
    }

    /// `(r + x) / (α + T) · (β + T) / (s − 1) · [1 − ((β + T) / (β + T + t))^(s − 1)]`.
    fn expected_if_alive(&self, record: &BuyingRecord, weeks: f64) -> f64 {
        let scale = self.beta + record.observed_weeks();
        let ln_growth = (weeks / scale).ln_1p();
        let power = (1.0 - self.s) * ln_growth;
        let expected_weeks =
            scale * ln_growth * if power.abs() < 1e-12 { 1.0 } else { power.exp_m1() / power };
        rate(self.r, self.alpha, record) * expected_weeks
    }
}

impl GgompertzNbd {
    fn leaving(&self) -> Leaving {
        Leaving { growth: self.b, s: self.s, beta_weeks: self.beta / self.b }
    }
}

impl Process for GgompertzNbd {
    fn ln_of_count(&self, n_repeats: f64) -> f64 {
        ln_of_rate(self.r, self.alpha, n_repeats)
    }

    fn ln_alive(&self, record: &BuyingRecord) -> f64 {
        ln_watched(self.r, self.alpha, record) + self.leaving().ln_stayed(record.observed_weeks())
    }

    fn ln_gone_odds(&self, record: &BuyingRecord) -> f64 {
        self.leaving().ln_gone_odds(self.r + f64::from(record.n_repeats()), self.alpha, record)
    }

    fn expected_if_alive(&self, record: &BuyingRecord, weeks: f64) -> f64 {
        rate(self.r, self.alpha, record) * self.leaving().expected_weeks(record.observed_weeks(), weeks)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// The hypergeometric function and the integral it stands for, on both sides of `α = β`.
        #[test]
        fn the_closed_form_is_the_integral(
            (r, alpha, s, beta) in (0.1_f64..3.0, 1.0_f64..30.0, 0.1_f64..3.0, 1.0_f64..30.0),
            (n, last, silence) in (0_u32..400, 0.0_f64..60.0, 0.01_f64..200.0),
        ) {
            let last = if n == 0 { 0.0 } else { last };
            let record = BuyingRecord::new(n, last, last + silence).expect("valid");
            let model = ParetoNbd { r, alpha, s, beta };
            let closed = model.ln_gone_odds_closed(&record);
            let integral = model.leaving().ln_gone_odds(r + f64::from(n), alpha, &record);
            prop_assert!((closed - integral).abs() < 1e-8, "{closed} {integral}");
            let weeks = model.leaving().expected_weeks(record.observed_weeks(), 52.0) * rate(r, alpha, &record);
            prop_assert!((model.expected_if_alive(&record, 52.0) / weeks - 1.0).abs() < 1e-10);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        /// The integral on panels fitted to it, and on thousands of equal ones, over all that a fit may try.
        #[test]
        fn odds_are_the_integral_whatever_its_shape(
            (ln_shape, ln_alpha, ln_s, ln_beta) in (-3.0_f64..6.0, -3.0_f64..9.0, -7.0_f64..6.0, -3.0_f64..12.0),
            (grown, last, silence) in (0.0_f64..20.0, 0.0_f64..60.0, 0.01_f64..60.0),
        ) {
            let growth = grown / (last + silence);
            let leaving = Leaving { growth, s: ln_s.exp(), beta_weeks: ln_beta.exp() };
            let (shape, alpha) = (ln_shape.exp(), ln_alpha.exp());
            let record = BuyingRecord::new(1, last, last + silence).expect("valid");
            let found = leaving.ln_gone_odds(shape, alpha, &record);
            // In weeks, on panels that double: what is sharp is sharp near the last purchase, or near the end.
            let ln_age_now = leaving.age(last + silence);
            let g = |z: f64| {
                let fell = shape * ((alpha + last + silence).ln() - (alpha + z).ln());
                fell + leaving.s * (ln_age_now - leaving.age(z)) + growth * z - leaving.g(z).ln()
            };
            let edges: Vec<f64> = (-400..=0).map(|n| last + silence * 1.1_f64.powi(n)).collect();
            let below = ln_integral(last, edges[0], 1, g);
            let parts = edges.windows(2).map(|pair| ln_integral(pair[0], pair[1], 64, g)).chain([below]);
            let parts: Vec<f64> = parts.collect();
            let peak = parts.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let slow = ln_sum(peak, &parts) + leaving.s.ln();
            prop_assert!((found - slow).abs() < 1e-7 * (1.0 + slow.abs()), "{found} {slow}");
        }
    }

    fn ln_sum(peak: f64, parts: &[f64]) -> f64 {
        peak + parts.iter().map(|part| (part - peak).exp()).sum::<f64>().ln()
    }

    #[test]
    fn without_growth_of_the_hazard_gompertz_is_pareto() {
        let pareto = ParetoNbd { r: 0.55, alpha: 10.6, s: 0.6, beta: 11.7 };
        let b = 1e-9;
        let gompertz = GgompertzNbd { r: 0.55, alpha: 10.6, b, s: 0.6, beta: 11.7 * b };
        for (n, last, now) in [(0, 0.0, 0.0), (0, 0.0, 39.0), (2, 30.4, 38.9), (29, 35.0, 38.0)] {
            let record = BuyingRecord::new(n, last, now).expect("valid");
            assert!((pareto.ln_likelihood(&record) - gompertz.ln_likelihood(&record)).abs() < 1e-6);
            let orders = |model: &dyn Process| model.expected_orders(&record, 52.0);
            assert!((orders(&pareto) - orders(&gompertz)).abs() < 1e-6);
        }
    }

    #[test]
    fn a_shape_of_one_has_its_logarithm() {
        let model = ParetoNbd { r: 0.5, alpha: 10.0, s: 1.0, beta: 8.0 };
        let expected = 0.05 * 8.0 * (1.0 + 9.0 / 8.0_f64).ln();
        assert!((model.expected_orders(&BuyingRecord::NEW, 9.0) - expected).abs() < 1e-14);
    }
}
