//! Scores, and the best k of them in an order that never depends on luck.

use std::cmp::Ordering;

use crate::Idx;

/// A finite number whose order means better; comparable only within one scorer.
///
/// NaN and infinities die here: a score is made by [`Score::new`] or not at all.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Score(f32);

impl Score {
    /// A score, where the number is finite.
    #[inline]
    pub fn new(value: f32) -> Option<Self> {
        value.is_finite().then_some(Self(value))
    }

    /// Its number.
    #[inline]
    pub fn get(self) -> f32 {
        self.0
    }
}

impl Eq for Score {}

impl Ord for Score {
    #[inline]
    fn cmp(&self, other: &Self) -> Ordering {
        // No NaN is a score, and zero is zero whatever its sign, as `==` has it.
        self.0.partial_cmp(&other.0).unwrap_or(Ordering::Equal)
    }
}

impl PartialOrd for Score {
    #[inline]
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialOrd<f32> for Score {
    fn partial_cmp(&self, other: &f32) -> Option<Ordering> {
        self.0.partial_cmp(other)
    }
}

impl PartialEq<f32> for Score {
    fn eq(&self, other: &f32) -> bool {
        self.0 == *other
    }
}

/// The best `k` of any number of candidates: score descending, index ascending.
///
/// That order is total, so the result depends neither on the order of pushing nor on how the work was
/// shared out. A full buffer of `2k` is cut back by selection: amortised O(1) a push, O(k log k) at the
/// end, and most pushes end at one comparison with the threshold.
///
/// ```
/// use erbij_core::{ItemIdx, Score, TopK};
/// let mut top = TopK::new(2);
/// for (item, score) in [(7, 1.0), (3, 2.0), (5, 1.0), (4, 0.5)] {
///     top.push(Score::new(score).unwrap(), ItemIdx::new(item));
/// }
/// let best: Vec<_> = top.drain_sorted().map(|(score, item)| (item.get(), score.get())).collect();
/// assert_eq!(best, [(3, 2.0), (5, 1.0)]);
/// ```
#[derive(Clone, Debug)]
pub struct TopK<I> {
    k: usize,
    threshold: f32,
    buffer: Vec<(Score, I)>,
}

#[inline]
fn better_first<I: Idx>(a: &(Score, I), b: &(Score, I)) -> Ordering {
    b.0.cmp(&a.0).then_with(|| a.1.cmp(&b.1))
}

impl<I: Idx> TopK<I> {
    /// An empty selection of at most `k`.
    pub fn new(k: usize) -> Self {
        Self { k, threshold: f32::NEG_INFINITY, buffer: Vec::new() }
    }

    /// Offers a candidate. Each index may be offered once.
    #[inline]
    pub fn push(&mut self, score: Score, idx: I) {
        if self.threshold <= score.0 {
            self.keep(score, idx);
        }
    }

    /// A score below this is refused; minus infinity until `2k` candidates were kept.
    #[inline]
    pub fn threshold(&self) -> f32 {
        self.threshold
    }

    fn keep(&mut self, score: Score, idx: I) {
        if self.k == 0 {
            return;
        }
        self.buffer.push((score, idx));
        if self.buffer.len() == 2 * self.k {
            self.cut();
        }
    }

    fn cut(&mut self) {
        if self.k < self.buffer.len() {
            self.buffer.select_nth_unstable_by(self.k - 1, better_first);
            self.buffer.truncate(self.k);
            // A later candidate with just this score may still win by its index, so it is not refused.
            self.threshold = self.buffer[self.k - 1].0.0;
        }
    }

    /// The best, in order; leaves the selection empty and ready for the next use.
    pub fn drain_sorted(&mut self) -> impl ExactSizeIterator<Item = (Score, I)> + '_ {
        self.cut();
        self.threshold = f32::NEG_INFINITY;
        self.buffer.sort_unstable_by(better_first);
        self.buffer.drain(..)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::ItemIdx;

    #[test]
    fn only_finite_numbers_are_scores() {
        for (value, is_score) in
            [(0.0, true), (-1.5, true), (f32::NAN, false), (f32::INFINITY, false), (f32::MAX, true)]
        {
            assert_eq!(Score::new(value).is_some(), is_score, "{value}");
        }
    }

    #[test]
    fn none_are_wanted() {
        let mut top = TopK::new(0);
        top.push(Score(1.0), ItemIdx::new(0));
        assert_eq!(top.drain_sorted().len(), 0);
    }

    proptest! {
        /// Few distinct scores, so that ties are the rule; the oracle sorts everything.
        #[test]
        fn it_is_the_head_of_the_full_sort(scores in proptest::collection::vec(-3_i8..3, 0..200), k in 1_usize..20, step in 1_usize..50) {
            let mut all: Vec<_> =
                scores.iter().enumerate().map(|(i, &s)| (Score(f32::from(s)), ItemIdx::new(i as u32))).collect();
            let mut top = TopK::new(k);
            // Push in a scattered order: it must not matter.
            for offset in 0..step {
                for &(score, idx) in all.iter().skip(offset).step_by(step) {
                    top.push(score, idx);
                }
            }
            all.sort_unstable_by(better_first);
            all.truncate(k);
            prop_assert_eq!(top.drain_sorted().collect::<Vec<_>>(), all);
            prop_assert_eq!(top.drain_sorted().len(), 0);
        }
    }
}
