//! Which group of intervals stands for which need: its own, else its category's, those above, all.

use rayon::prelude::*;

use erbij_core::CategoryIdx;

use crate::replenishment::DueEvidence;
use crate::replenishment::estimate::{Sample, Spread, fit_spread};
use crate::replenishment::purchases::Purchases;

/// A group larger than this is estimated from pairs at even steps: its deviations are then known to 1.6 %.
const MAX_PAIRS: usize = 2_000;
/// How firmly an exponent is held to the one above: that of σ² ≈ 0.3 and a standard deviation of 0.3 between.
const EXPONENT_STRENGTH: f64 = 3.0;

/// Needs, the categories above them and the root, and the pairs of each.
pub(crate) struct Levels<'a> {
    purchases: &'a Purchases,
    /// A need each: its category.
    categories: Vec<Option<CategoryIdx>>,
    parents: &'a [Option<CategoryIdx>],
    /// The pairs by need, customers rising, and where those of each need begin.
    by_need: Vec<u32>,
    starts: Vec<usize>,
    /// A category each: the needs in and below it, rising.
    needs_below: Vec<Vec<u32>>,
    /// A category each: whether it has enough intervals, and a need in or below it has no nearer category that has. The
    /// others stand for nothing, and need not be estimated however deep the tree is.
    stands_for_some: Vec<bool>,
    min_intervals: usize,
}

/// The groups that were estimated.
pub(crate) struct Spreads {
    root: Spread,
    categories: Vec<Option<Spread>>,
    needs: Vec<Option<Spread>>,
}

impl<'a> Levels<'a> {
    /// Sorts pairs by need and needs by category. O(pairs + needs · depth).
    pub(crate) fn new(
        purchases: &'a Purchases,
        categories: Vec<Option<CategoryIdx>>,
        parents: &'a [Option<CategoryIdx>],
        min_intervals: usize,
    ) -> Self {
        let mut starts = vec![0; categories.len() + 1];
        for &need in &purchases.needs {
            starts[need as usize + 1] += 1;
        }
        for need in 0..categories.len() {
            starts[need + 1] += starts[need];
        }
        let mut by_need = vec![0; purchases.n_pairs()];
        let mut next = starts.clone();
        for (pair, &need) in purchases.needs.iter().enumerate() {
            by_need[next[need as usize]] = pair as u32;
            next[need as usize] += 1;
        }
        let mut levels = Self {
            purchases,
            categories,
            parents,
            by_need,
            starts,
            needs_below: vec![Vec::new(); parents.len()],
            stands_for_some: vec![false; parents.len()],
            min_intervals,
        };
        for need in 0..levels.n_needs() {
            let above: Vec<_> = levels.above(need).collect();
            if !levels.pairs_of(need).is_empty() {
                above.iter().for_each(|category| levels.needs_below[category.index()].push(need as u32));
            }
        }
        levels.stands_for_some = levels.standing_for_some();
        levels
    }

    pub(crate) fn n_needs(&self) -> usize {
        self.categories.len()
    }

    pub(crate) fn n_categories(&self) -> usize {
        self.parents.len()
    }

    /// The category of a need and all above it. A chain longer than there are categories would be a circle.
    pub(crate) fn above(&self, need: usize) -> impl Iterator<Item = CategoryIdx> + '_ {
        std::iter::successors(self.categories[need], |category| self.parents[category.index()])
            .take(self.parents.len())
    }

    /// The pairs of a need, customers rising.
    pub(crate) fn pairs_of(&self, need: usize) -> &[u32] {
        &self.by_need[self.starts[need]..self.starts[need + 1]]
    }

    fn n_intervals(&self, needs: &[u32]) -> usize {
        let pairs = needs.iter().flat_map(|&need| self.pairs_of(need as usize));
        pairs.map(|&pair| self.purchases.n_intervals(pair as usize) as usize).sum()
    }

    /// Which categories are the nearest with enough intervals to some need. O(needs · depth).
    fn standing_for_some(&self) -> Vec<bool> {
        let of_needs: Vec<usize> = (0..self.n_needs() as u32).map(|need| self.n_intervals(&[need])).collect();
        let mut n_intervals = vec![0; self.n_categories()];
        for (need, n) in of_needs.into_iter().enumerate() {
            self.above(need).for_each(|category| n_intervals[category.index()] += n);
        }
        let mut stands_for_some = vec![false; self.n_categories()];
        for need in 0..self.n_needs() {
            let mut above = self.above(need);
            if let Some(nearest) = above.find(|category| self.min_intervals <= n_intervals[category.index()])
            {
                stands_for_some[nearest.index()] = true;
            }
        }
        stands_for_some
    }

    /// Estimates every group that has enough intervals and is asked; logs are those of one unit, a pair's shift taken off.
    /// `start` holds groups estimated before under other shifts, near which these lie.
    pub(crate) fn fit(&self, exponents: &[f64], shifts: &[f32], start: Option<&Spreads>) -> Spreads {
        let all: Vec<u32> = (0..self.n_needs() as u32).collect();
        let from = start.map(|spreads| &spreads.root);
        let root = fit_spread(&self.sample(&all, exponents, shifts), &Spread::UNKNOWN, from);
        let fit = |needs: &[u32], above: &Spread, from: Option<&Spread>| {
            (self.min_intervals <= self.n_intervals(needs))
                .then(|| fit_spread(&self.sample(needs, exponents, shifts), above, from))
        };
        let below = self.needs_below.par_iter().zip(&self.stands_for_some).enumerate().with_max_len(1);
        let categories: Vec<Option<Spread>> = below
            .map(|(at, (needs, &stands_for_some))| {
                let from = start.and_then(|spreads| spreads.categories[at].as_ref());
                stands_for_some.then(|| fit(needs, &root, from)).flatten()
            })
            .collect();
        let spreads = Spreads { root, categories, needs: vec![None; self.n_needs()] };
        let needs = all.par_iter().with_max_len(16).map(|&need| {
            let from = start.and_then(|spreads| spreads.needs[need as usize].as_ref());
            fit(&[need], spreads.of(self, need as usize).0, from)
        });
        Spreads { needs: needs.collect(), ..spreads }
    }

    fn sample(&self, needs: &[u32], exponents: &[f64], shifts: &[f32]) -> Sample {
        let n_pairs: usize = needs.iter().map(|&need| self.pairs_of(need as usize).len()).sum();
        let step = n_pairs.div_ceil(MAX_PAIRS).max(1);
        let mut sample = Sample { offsets: vec![0], ..Sample::default() };
        let pairs = needs.iter().flat_map(|&need| self.pairs_of(need as usize));
        for &pair in pairs.step_by(step) {
            let pair = pair as usize;
            let exponent = exponents[self.purchases.needs[pair] as usize];
            self.purchases.push_logs(pair, exponent, f64::from(shifts[pair]), &mut sample.logs);
            sample.offsets.push(sample.logs.len());
            sample.running.push(self.purchases.running_log(pair, exponent, f64::from(shifts[pair])));
        }
        sample
    }

    /// A need each, how much longer more lasts: `days ∝ units^exponent`, by regression within pairs, each level
    /// held to the one above and all to 0. O(intervals + needs · depth).
    pub(crate) fn exponents(&self) -> Vec<f64> {
        let mut of_needs = vec![Slope::default(); self.n_needs()];
        let mut of_categories = vec![Slope::default(); self.parents.len()];
        let mut root = Slope::default();
        for (need, slope) in of_needs.iter_mut().enumerate() {
            self.pairs_of(need).iter().for_each(|&pair| slope.take(self.purchases, pair as usize));
            root.add(*slope);
            self.above(need).for_each(|category| of_categories[category.index()].add(*slope));
        }
        let root = root.held_to(0.0);
        let held = |slope: &Slope, need: usize| {
            let of_category = self.above(need).next().map(|category| of_categories[category.index()]);
            slope.held_to(of_category.map_or(root, |above| above.held_to(root)))
        };
        of_needs.iter().enumerate().map(|(need, slope)| held(slope, need)).collect()
    }
}

impl Purchases {
    /// Appends a pair's log intervals, those of one unit, less a shift.
    pub(crate) fn push_logs(&self, pair: usize, exponent: f64, shift: f64, logs: &mut Vec<f64>) {
        let range = self.intervals(pair);
        let both = self.log_days[range.clone()].iter().zip(&self.log_units[range]);
        logs.extend(both.map(|(&days, &units)| f64::from(days) - exponent * f64::from(units) - shift));
    }

    /// The same of the running interval.
    pub(crate) fn running_log(&self, pair: usize, exponent: f64, shift: f64) -> f64 {
        let units = f64::from(self.last_units[pair]);
        f64::from(self.running_days(pair)).ln() - exponent * units.ln() - shift
    }
}

impl Spreads {
    /// How many categories were estimated.
    #[cfg(test)]
    pub(crate) fn n_categories(&self) -> usize {
        self.categories.iter().flatten().count()
    }

    /// The group that stands for a need, and which level it is of.
    pub(crate) fn of(&self, levels: &Levels<'_>, need: usize) -> (&Spread, DueEvidence) {
        if let Some(spread) = &self.needs[need] {
            return (spread, DueEvidence::Item);
        }
        let mut above = levels.above(need);
        match above.find_map(|category| self.categories[category.index()].as_ref()) {
            Some(spread) => (spread, DueEvidence::Category),
            None => (&self.root, DueEvidence::Global),
        }
    }
}

/// Sums of a regression through pairs.
#[derive(Clone, Copy, Default)]
struct Slope {
    products: f64,
    squares: f64,
}

impl Slope {
    fn take(&mut self, purchases: &Purchases, pair: usize) {
        let range = purchases.intervals(pair);
        let (days, units) = (&purchases.log_days[range.clone()], &purchases.log_units[range]);
        let mean = |values: &[f32]| values.iter().map(|&v| f64::from(v)).sum::<f64>() / values.len() as f64;
        let (mean_days, mean_units) = (mean(days), mean(units));
        for (&day, &unit) in days.iter().zip(units) {
            let units = f64::from(unit) - mean_units;
            self.products += units * (f64::from(day) - mean_days);
            self.squares += units * units;
        }
    }

    fn add(&mut self, other: Self) {
        self.products += other.products;
        self.squares += other.squares;
    }

    fn held_to(self, above: f64) -> f64 {
        let slope = (self.products + EXPONENT_STRENGTH * above) / (self.squares + EXPONENT_STRENGTH);
        slope.clamp(0.0, 1.0)
    }
}
