//! How fast the items of a category are forgotten: the half-life whose strengths foretell next baskets best.

use erbij_core::{CategoryIdx, CustomerIdx, ItemIdx, Progress};

use crate::repeat::RepeatParams;
use crate::repeat::later::LaterBaskets;
use crate::share_out::share_out;

/// Half-lives are chosen from what this many customers did: a category differs by days, not by percents.
const MAX_CUSTOMERS: usize = 50_000;

/// How well strengths foretell: sums over items and the later baskets of whoever bought them.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Foretold {
    /// Of the strengths in baskets that hold the item again.
    pub(crate) repeated: f64,
    /// Of squared strengths.
    pub(crate) squares: f64,
    /// Baskets that hold it again.
    pub(crate) n_repeats: u64,
}

impl Foretold {
    /// The sums of both.
    pub(crate) fn plus(self, other: Self) -> Self {
        Self {
            repeated: self.repeated + other.repeated,
            squares: self.squares + other.squares,
            n_repeats: self.n_repeats + other.n_repeats,
        }
    }

    /// By how much the squared error of foretelling falls: `(Σ y·s)² / Σ s²`, with y = 1 where the basket
    /// holds the item again, for the best line through zero.
    fn explained(self) -> f64 {
        if 0.0 < self.squares { self.repeated * self.repeated / self.squares } else { 0.0 }
    }
}

/// Adds one later basket.
pub(crate) fn add(sums: &mut Foretold, strength: f64, is_repeat: bool) {
    sums.squares += strength * strength;
    if is_repeat {
        sums.repeated += strength;
        sums.n_repeats += 1;
    }
}

/// An item each: its half-life in days.
///
/// Of the half-lives given, a category takes the one that explains most; a category with fewer than
/// `min_repeats` repeats takes that of all. Ties go to the shorter. O(half-lives · later baskets).
pub(crate) fn choose_half_lives(
    params: &RepeatParams,
    later: &LaterBaskets<'_>,
    categories: &[Option<CategoryIdx>],
    progress: &dyn Progress,
) -> Vec<f32> {
    let grid = &params.half_lives_days;
    let n_items = categories.len();
    if let [only] = grid[..] {
        return vec![only as f32; n_items];
    }
    let step = later.baskets.n_customers().div_ceil(MAX_CUSTOMERS).max(1);
    let is_wanted = |customer: CustomerIdx| customer.index().is_multiple_of(step);
    progress.begin("choosing half-lives", Some(n_items as u64), "items");
    let of_item = |item: usize| -> Vec<Foretold> {
        let of_half_life = |&days: &f64| {
            let mut sums = Foretold::default();
            later.for_each(ItemIdx::new(item as u32), days, is_wanted, |at| {
                add(&mut sums, at.strength, at.is_repeat);
            });
            sums
        };
        grid.iter().map(of_half_life).collect()
    };
    let (blocks, _) = share_out(n_items, || (), |(), items| items.map(of_item).collect::<Vec<_>>(), progress);
    let n_categories = categories.iter().flatten().map(|category| category.index() + 1).max().unwrap_or(0);
    let mut of_categories = vec![vec![Foretold::default(); grid.len()]; n_categories];
    let mut of_all = vec![Foretold::default(); grid.len()];
    for (item, sums) in blocks.into_iter().flatten().enumerate() {
        let of_category = categories[item].map(|category| &mut of_categories[category.index()]);
        for into in std::iter::once(&mut of_all).chain(of_category) {
            for (into, &sum) in into.iter_mut().zip(&sums) {
                *into = into.plus(sum);
            }
        }
    }
    let best = |sums: &[Foretold]| {
        let better = |best: usize, at: usize| {
            if sums[best].explained() < sums[at].explained() { at } else { best }
        };
        grid[(1..grid.len()).fold(0, better)] as f32
    };
    let by_default = best(&of_all);
    let chosen = |sums: &Vec<Foretold>| {
        let n_repeats = sums.iter().map(|sum| sum.n_repeats).max().unwrap_or(0);
        if u64::from(params.min_repeats) <= n_repeats { best(sums) } else { by_default }
    };
    let of_categories: Vec<f32> = of_categories.iter().map(chosen).collect();
    categories.iter().map(|category| category.map_or(by_default, |c| of_categories[c.index()])).collect()
}
