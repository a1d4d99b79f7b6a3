//! Between which bounds a share lies that was seen among few (Wilson 1927).

/// The point of the normal distribution that 99 % lie below: a shop has thousands of shares, and few should be taken
/// for what they are not.
const Z: f64 = 2.3263478740408408;

/// What a share seen among `n` surely does not fall below, and what it surely does not exceed: each holds in 99 of 100
/// cases. Of nothing, 0 and 1.
pub fn bounds(share: f64, n: f64) -> (f64, f64) {
    if n == 0.0 {
        return (0.0, 1.0);
    }
    let zz = Z * Z;
    let (middle, spread) =
        (share + zz / (2.0 * n), Z * (share * (1.0 - share) / n + zz / (4.0 * n * n)).sqrt());
    // Where none was seen the lower bound is 0, and rounding must not make it more.
    let lower = if share == 0.0 { 0.0 } else { ((middle - spread) / (1.0 + zz / n)).max(0.0) };
    (lower, (middle + spread) / (1.0 + zz / n))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_worked_by_hand() {
        assert_eq!(bounds(0.0, 0.0), (0.0, 1.0));
        for (share, n, lower, upper) in [
            (0.0, 25.0, 0.0, 5.4119 / 30.4119),
            (1.0, 25.0, 25.0 / 30.4119, 1.0),
            // (.5 + .02706 ∓ 2.32635 √(.0025 + .00013530)) / 1.054119.
            (0.5, 100.0, 0.38671, 0.61329),
        ] {
            let found = bounds(share, n);
            assert!(
                (found.0 - lower).abs() < 1e-4 && (found.1 - upper).abs() < 1e-4,
                "{share} of {n}: {found:?}"
            );
        }
        assert!((1..500).all(|n| bounds(0.0, f64::from(n)).0 == 0.0), "none is none");
    }
}
