//! Scores made comparable with similarity and chance, and candidates too weak to show cut off.

use erbij_core::{ItemIdx, Score};

/// Brings scores to 0 (the least of the list) to 1 (the best): `(s − min) / (max − min)`. O(n).
///
/// Scores of one source have no unit, and some are negative; only where a score lies between the others
/// means something. Where all are the same, or there is one, each is 1: nothing speaks against any.
///
/// ```
/// # use erbij_core::{ItemIdx, Score};
/// let candidates = [4.0, 1.0, 0.0].map(|score| (Score::new(score).unwrap(), ItemIdx::new(0)));
/// assert_eq!(erbij_engine::relevance(&candidates), [1.0, 0.25, 0.0]);
/// ```
pub fn relevance(candidates: &[(Score, ItemIdx)]) -> Vec<f64> {
    let mut relevance: Vec<f64> = candidates.iter().map(|&(score, _)| f64::from(score.get())).collect();
    normalise(&mut relevance);
    relevance
}

/// Brings finite numbers to 0 to 1 as [`relevance`] does. O(n).
pub fn normalise(numbers: &mut [f64]) {
    let min = numbers.iter().copied().fold(f64::INFINITY, f64::min);
    let max = numbers.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    for number in numbers {
        *number = if min < max { (*number - min) / (max - min) } else { 1.0 };
    }
}

/// How many of the candidates, best first, have at least `min_relevance` (0 to 1) of the best score.
///
/// A share of a best score that is not positive says nothing, so then, as with 0, all of them do. The best
/// always does. O(log n).
pub fn n_relevant(candidates: &[(Score, ItemIdx)], min_relevance: f64) -> usize {
    let Some(&(best, _)) = candidates.first() else { return 0 };
    n_relevant_to(best, candidates, min_relevance)
}

/// The same of another best score, which none of them may have.
pub(crate) fn n_relevant_to(best: Score, candidates: &[(Score, ItemIdx)], min_relevance: f64) -> usize {
    let least = min_relevance * f64::from(best.get());
    if 0.0 < least {
        candidates.partition_point(|&(score, _)| least <= f64::from(score.get()))
    } else {
        candidates.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn candidates(scores: &[f32]) -> Vec<(Score, ItemIdx)> {
        let of = |(number, &score)| (Score::new(score).expect("finite"), ItemIdx::new(number as u32));
        scores.iter().enumerate().map(of).collect()
    }

    #[test]
    fn scores_come_to_lie_between_0_and_1() {
        for (scores, expected) in [
            (&[][..], &[][..]),
            (&[7.0], &[1.0]),
            (&[2.0, 2.0], &[1.0, 1.0]),
            (&[3.0, 1.0, -1.0], &[1.0, 0.5, 0.0]),
            (&[f32::MAX, f32::MIN], &[1.0, 0.0]),
        ] {
            assert_eq!(relevance(&candidates(scores)), expected, "{scores:?}");
        }
    }

    #[test]
    fn what_is_too_weak_is_cut_and_a_tie_with_the_least_is_not() {
        for (scores, min_relevance, expected) in [
            (&[][..], 0.5, 0),
            (&[8.0, 4.0, 4.0, 3.9, 0.0], 0.5, 3),
            (&[8.0, 4.0, -1.0], 0.0, 3),
            (&[8.0, 8.0, 7.9], 1.0, 2),
            (&[0.0, -1.0], 0.5, 2),
            (&[-1.0, -2.0], 0.5, 2),
        ] {
            assert_eq!(
                n_relevant(&candidates(scores), min_relevance),
                expected,
                "{scores:?} {min_relevance}"
            );
        }
    }
}
