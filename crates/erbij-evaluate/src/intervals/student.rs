//! The tail of Student's t: how rare a mean so many standard errors from zero is.

use std::f64::consts::PI;

/// P(|T| ≥ |t|) of Student's t with so many degrees of freedom, at least 1.
///
/// The finite series for whole degrees of freedom (Abramowitz & Stegun 1964, 26.7.3 and 26.7.4): O(degrees), and as a rule
/// far fewer terms. What is below 1e-15 is 1e-15, since the series is taken off one.
pub(super) fn two_sided_tail(t: f64, degrees: usize) -> f64 {
    const LEAST: f64 = 1e-15;
    let angle = (t.abs() / (degrees as f64).sqrt()).atan();
    let (sine, cosine) = angle.sin_cos();
    let is_odd = degrees % 2 == 1;
    // Each term is the one before, times cos² and an odd number over the next even one, or the other way round.
    let mut term = if is_odd { cosine } else { 1.0 };
    let mut sum = 0.0;
    let first = if is_odd { 1 } else { 0 };
    for at in (first..degrees.saturating_sub(1)).step_by(2) {
        sum += term;
        term *= cosine * cosine * (at + 1) as f64 / (at + 2) as f64;
        if term < LEAST * 1e-3 {
            break;
        }
    }
    let within = if is_odd { 2.0 / PI * (angle + sine * sum) } else { sine * sum };
    (1.0 - within).max(LEAST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tables_of_textbooks_are_met() {
        for (t, degrees, expected) in [
            (12.706, 1, 0.05),
            (4.303, 2, 0.05),
            (3.182, 3, 0.05),
            (2.776, 4, 0.05),
            (2.228, 10, 0.05),
            (3.169, 10, 0.01),
            (2.042, 30, 0.05),
            (2.750, 30, 0.01),
            (1.960_01, 100_000, 0.05),
            (3.290_6, 999_999, 0.001),
            (0.0, 7, 1.0),
            (-2.228, 10, 0.05),
            (f64::INFINITY, 5, 1e-15),
            (60.0, 1000, 1e-15),
        ] {
            let found = two_sided_tail(t, degrees);
            assert!((found - expected).abs() < 3e-5, "t {t}, {degrees}: {found}");
        }
    }
}
