//! The normal distribution, good to the far tails: an interval long overdue lies there.

use std::f64::consts::{FRAC_1_SQRT_2, PI};

/// Density of the standard normal distribution.
pub fn density(z: f64) -> f64 {
    (-0.5 * z * z).exp() / (2.0 * PI).sqrt()
}

/// `P(z < Z)`, without loss for large `z`.
pub fn upper_tail(z: f64) -> f64 {
    0.5 * libm::erfc(z * FRAC_1_SQRT_2)
}

/// `density(z) / upper_tail(z)`: how fast what has lasted until `z` ends there.
pub fn hazard(z: f64) -> f64 {
    if z < 20.0 {
        density(z) / upper_tail(z)
    } else {
        // Both vanish; the first terms of the asymptotic series are exact to 1e-7 here.
        z + 1.0 / z - 2.0 / (z * z * z)
    }
}

/// The `z` that is exceeded with this probability. Acklam's rational approximation (relative error 1e-9),
/// then one step of Newton's method; what is no tail at all, NaN with it, gives the largest number that means
/// something.
pub fn upper_quantile(tail: f64) -> f64 {
    if 0.5 < tail {
        return -upper_quantile(1.0 - tail);
    }
    if 1e-300 < tail {
        let z = rational_quantile(tail);
        // The logarithm of the tail falls with the slope of the hazard, and is well scaled in the far tail.
        z + (upper_tail(z) / tail).ln() / hazard(z)
    } else {
        37.0
    }
}

/// Acklam's approximation of the upper quantile for tails of at most a half.
fn rational_quantile(tail: f64) -> f64 {
    const A: [f64; 6] = [
        -3.969_683_028_665_376e1,
        2.209_460_984_245_205e2,
        -2.759_285_104_469_687e2,
        1.383_577_518_672_69e2,
        -3.066_479_806_614_716e1,
        2.506_628_277_459_239,
    ];
    const B: [f64; 5] = [
        -5.447_609_879_822_406e1,
        1.615_858_368_580_409e2,
        -1.556_989_798_598_866e2,
        6.680_131_188_771_972e1,
        -1.328_068_155_288_572e1,
    ];
    const C: [f64; 6] = [
        -7.784_894_002_430_293e-3,
        -3.223_964_580_411_365e-1,
        -2.400_758_277_161_838,
        -2.549_732_539_343_734,
        4.374_664_141_464_968,
        2.938_163_982_698_783,
    ];
    const D: [f64; 4] =
        [7.784_695_709_041_462e-3, 3.224_671_290_700_398e-1, 2.445_134_137_142_996, 3.754_408_661_907_416];
    let horner = |coefficients: &[f64], x: f64| coefficients.iter().fold(0.0, |sum, c| sum * x + c);
    if tail < 0.024_25 {
        let q = (-2.0 * tail.ln()).sqrt();
        -horner(&C, q) / (horner(&D, q) * q + 1.0)
    } else {
        let q = 0.5 - tail;
        let r = q * q;
        horner(&A, r) * q / (horner(&B, r) * r + 1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tails_and_quantiles_are_those_of_tables() {
        for (z, tail) in [
            (0.0, 0.5),
            (1.281_551_565_544_6, 0.1),
            (1.644_853_626_951_5, 0.05),
            (-1.281_551_565_544_6, 0.9),
            (6.0, 9.865_876_450_377e-10),
        ] {
            assert!((upper_tail(z) / tail - 1.0).abs() < 1e-9, "{z}");
            assert!((upper_quantile(tail) - z).abs() < 1e-9, "{tail}");
        }
    }

    #[test]
    fn quantiles_undo_tails() {
        // Below −5 a tail is so near 1 that it no longer tells where it was taken.
        for step in -50..=350 {
            let z = f64::from(step) / 10.0;
            assert!((upper_quantile(upper_tail(z)) - z).abs() < 1e-6, "{z}");
        }
        assert_eq!(upper_quantile(f64::NAN), 37.0);
        assert_eq!(upper_quantile(0.0), 37.0);
    }

    #[test]
    fn hazards_are_smooth_where_the_formula_changes() {
        assert!((hazard(19.999_999) - hazard(20.000_001)).abs() < 1e-5);
        assert!((hazard(0.0) - 0.797_884_560_802_865).abs() < 1e-12);
    }
}
