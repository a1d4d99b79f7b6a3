//! Special functions and quadrature, in logarithms so that a customer with hundreds of orders overflows nothing.

use std::f64::consts::PI;
use std::sync::LazyLock;

/// `ln Γ(x)` for `x > 0`.
pub(super) fn ln_gamma(x: f64) -> f64 {
    libm::lgamma(x)
}

/// `ln B(a, b)` for `a, b > 0`.
pub(super) fn ln_beta(a: f64, b: f64) -> f64 {
    ln_gamma(a) + ln_gamma(b) - ln_gamma(a + b)
}

/// `ln(1 + e^x)`; 0 for −∞.
pub(super) fn softplus(x: f64) -> f64 {
    // Above 36 the one is lost beside e^x.
    if 36.0 < x { x } else { x.exp().ln_1p() }
}

/// A number as sign and logarithm of its amount.
#[derive(Clone, Copy, Debug)]
pub(super) struct LnAbs {
    pub ln: f64,
    pub sign: f64,
}

/// Beyond so many terms the series of [`hyp2f1`] is cut.
const MAX_TERMS: u32 = 200_000;

/// Gauss's `₂F₁(a, b; c; z)` for `0 ≤ z < 1` by its series, scaled as it grows.
///
/// The callers choose, by Euler's `₂F₁(a, b; c; z) = (1 − z)^(c−a−b) ₂F₁(c−a, c−b; c; z)`, the side whose terms
/// stay small. O(terms): a dozen for `z` near 0, about `36 / (1 − z)` near 1. Source: DLMF 15.2.1 and 15.8.1.
pub(super) fn hyp2f1(a: f64, b: f64, c: f64, z: f64) -> LnAbs {
    const BIG: f64 = 1e200;
    let (mut term, mut sum, mut ln_scale) = (1.0_f64, 1.0_f64, 0.0);
    // Before these the factors of a term may still change sign, and a small term says nothing of the next.
    let settled = (-a).max(-b).max(-c).max(0.0);
    for n in 0..MAX_TERMS {
        let k = f64::from(n);
        let ratio = (a + k) * (b + k) / ((c + k) * (k + 1.0)) * z;
        term *= ratio;
        sum += term;
        let ratio = ratio.abs().max(z);
        if settled <= k && ratio < 1.0 && term.abs() <= 1e-17 * (1.0 - ratio) * sum.abs() {
            break;
        }
        if BIG < sum.abs() {
            (term, sum, ln_scale) = (term / BIG, sum / BIG, ln_scale + BIG.ln());
        }
    }
    LnAbs { ln: ln_scale + sum.abs().ln(), sign: sum.signum() }
}

/// Nodes of one panel; a polynomial of degree 31 is integrated exactly.
const N_NODES: usize = 16;

/// Gauss–Legendre nodes and weights on −1 to 1: roots of the Legendre polynomial by Newton's method.
static NODES: LazyLock<[(f64, f64); N_NODES]> = LazyLock::new(|| {
    let n = N_NODES as f64;
    std::array::from_fn(|i| {
        let mut x = (PI * (i as f64 + 0.75) / (n + 0.5)).cos();
        let mut slope = 1.0;
        for _ in 0..20 {
            let (mut before, mut value) = (1.0, x);
            for degree in 2..=N_NODES {
                let k = degree as f64;
                (before, value) = (value, ((2.0 * k - 1.0) * x * value - (k - 1.0) * before) / k);
            }
            slope = n * (x * value - before) / (x * x - 1.0);
            x -= value / slope;
        }
        (x, 2.0 / ((1.0 - x * x) * slope * slope))
    })
});

/// `ln ∫ e^g(u) du` from `from` to `to` on `n_panels` equal panels; −∞ where the interval is empty.
pub(super) fn ln_integral(from: f64, to: f64, n_panels: usize, g: impl Fn(f64) -> f64) -> f64 {
    if to <= from {
        return f64::NEG_INFINITY;
    }
    let half = (to - from) / (2.0 * n_panels as f64);
    let (mut peak, mut sum) = (f64::NEG_INFINITY, 0.0);
    for panel in 0..n_panels {
        let middle = from + (2.0 * panel as f64 + 1.0) * half;
        for &(node, weight) in NODES.iter() {
            let value = g(middle + half * node);
            if peak < value {
                sum *= (peak - value).exp();
                peak = value;
            }
            sum += weight * (value - peak).exp();
        }
    }
    peak + (sum * half).ln()
}

/// `ln ∫ e^g(u) du` from `from` to `to` where `g` only falls, on panels as wide as `width` allows where they begin; −∞
/// where the interval is empty. Ends where what is left adds nothing to fifteen digits; the last of 512 panels is as wide as
/// what is left.
pub(super) fn ln_integral_of_falling(
    from: f64,
    to: f64,
    width: impl Fn(f64) -> f64,
    g: impl Fn(f64) -> f64,
) -> f64 {
    const MAX_PANELS: usize = 512;
    if to <= from {
        return f64::NEG_INFINITY;
    }
    let peak = g(from);
    let (mut at, mut sum) = (from, 0.0);
    for n_left in (0..MAX_PANELS).rev() {
        let half = 0.5 * if n_left == 0 { to - at } else { width(at).min(to - at) };
        let (middle, mut panel) = (at + half, 0.0);
        for &(node, weight) in NODES.iter() {
            panel += weight * (g(middle + half * node) - peak).exp();
        }
        sum += half * panel;
        let next = at + 2.0 * half;
        if to <= next || (to - next) * (g(next) - peak).exp() <= 1e-15 * sum {
            break;
        }
        at = next;
    }
    peak + sum.ln()
}

/// How many panels of [`ln_integral`] an interval needs, when the logarithm of the integrand falls by about
/// `steepness` for each unit of the variable.
pub(super) fn n_panels(length: f64, steepness: f64) -> usize {
    // Sixteen nodes take a fall by e^12 in with a relative error below 1e-13. A fall by e^6000 is exact no more, and
    // nothing is left of it.
    ((length * steepness / 12.0).ceil() as usize).clamp(1, 512)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(a: f64, b: f64, c: f64, z: f64) -> f64 {
        let f = hyp2f1(a, b, c, z);
        f.sign * f.ln.exp()
    }

    #[test]
    fn the_hypergeometric_function_meets_its_closed_forms() {
        for z in [0.0, 1e-9, 0.1, 0.5, 0.9, 0.99, 0.999] {
            // DLMF 15.4.1, 15.4.2, 15.4.4 and 15.4.6.
            let cases = [
                (value(1.0, 1.0, 2.0, z), if z == 0.0 { 1.0 } else { -(-z).ln_1p() / z }),
                (value(0.5, 1.0, 1.5, z * z), if z == 0.0 { 1.0 } else { z.atanh() / z }),
                (value(0.5, 0.5, 1.5, z * z), if z == 0.0 { 1.0 } else { z.asin() / z }),
                (value(2.5, 1.7, 1.7, z), (1.0 - z).powf(-2.5)),
                (value(-3.0, 1.7, 1.7, z), (1.0 - z).powi(3)),
            ];
            for (at, (found, expected)) in cases.into_iter().enumerate() {
                assert!(
                    (found - expected).abs() <= 1e-11 * (1.0 + expected.abs()),
                    "{at} at {z}: {found} {expected}"
                );
            }
        }
    }

    #[test]
    fn what_overflows_a_float_keeps_its_logarithm() {
        let f = hyp2f1(2500.0, 1.7, 1.7, 0.5);
        assert!((f.ln - 2500.0 * 2.0_f64.ln()).abs() < 1e-9, "{}", f.ln);
        // Euler's transformation, both sides far beyond a float.
        let (a, b, c, z) = (900.3, 800.1, 950.7, 0.7_f64);
        let other = hyp2f1(c - a, c - b, c, z).ln + (c - a - b) * (1.0 - z).ln();
        assert!((hyp2f1(a, b, c, z).ln / other - 1.0).abs() < 1e-12);
    }

    #[test]
    fn integrals_meet_their_closed_forms() {
        // ∫ e^(−12u) over 0 to 1, and a fall by e^600 in many panels.
        for k in [0.5, 12.0, 600.0] {
            let expected = (-f64::exp_m1(-k) / k).ln();
            let found = ln_integral(0.0, 1.0, n_panels(1.0, k), |u| -k * u);
            assert!((found - expected).abs() < 1e-12, "{k}: {found} {expected}");
        }
        assert_eq!(ln_integral(1.0, 1.0, 1, |u| u), f64::NEG_INFINITY);
    }

    #[test]
    fn softplus_holds_at_both_ends() {
        for (x, expected) in [(f64::NEG_INFINITY, 0.0), (0.0, 2.0_f64.ln()), (1e4, 1e4)] {
            assert_eq!(softplus(x), expected);
        }
    }
}
