//! How fast the items of a category are forgotten: the half-life whose strengths foretell next baskets best.

use erbij_core::{CategoryIdx, CustomerIdx, Progress};

use crate::repeat::foretold::{By, Foretold, foretell};
use crate::repeat::later::LaterBaskets;

/// Half-lives are chosen from what this many customers did: a category differs by days, not by percents.
const MAX_CUSTOMERS: usize = 50_000;

/// An item each: which half-life it has of those that are foretold by.
///
/// A category takes the one that explains most; a category with fewer than `min_repeats` repeats takes that of all.
/// Ties go to the shorter. O(half-lives · lines · log baskets of a customer).
pub(crate) fn choose_half_lives(
    min_repeats: u32,
    half_lives_days: &[f64],
    later: &LaterBaskets<'_>,
    categories: &[Option<CategoryIdx>],
    progress: &dyn Progress,
) -> Vec<usize> {
    let (n_items, n_half_lives) = (categories.len(), half_lives_days.len());
    if n_half_lives == 1 {
        return vec![0; n_items];
    }
    let step = later.baskets.n_customers().div_ceil(MAX_CUSTOMERS).max(1);
    let is_wanted = |customer: CustomerIdx| customer.index().is_multiple_of(step);
    progress.begin("choosing half-lives", Some(later.baskets.n_customers() as u64), "customers");
    let of_items = foretell(later, half_lives_days, By::All, is_wanted, progress).sums;
    let n_categories = categories.iter().flatten().map(|category| category.index() + 1).max().unwrap_or(0);
    let mut of_categories = vec![vec![Foretold::default(); n_half_lives]; n_categories];
    let mut of_all = vec![Foretold::default(); n_half_lives];
    for (sums, category) in of_items.chunks_exact(n_half_lives).zip(categories) {
        let of_category = category.map(|category| &mut of_categories[category.index()]);
        for into in std::iter::once(&mut of_all).chain(of_category) {
            for (into, &sum) in into.iter_mut().zip(sums) {
                *into = into.plus(sum);
            }
        }
    }
    let best = |sums: &[Foretold]| {
        let better = |best: usize, at: usize| {
            if sums[best].explained() < sums[at].explained() { at } else { best }
        };
        (1..n_half_lives).fold(0, better)
    };
    let by_default = best(&of_all);
    let chosen = |sums: &Vec<Foretold>| {
        let n_repeats = sums.iter().map(|sum| sum.n_repeats).max().unwrap_or(0);
        if u64::from(min_repeats) <= n_repeats { best(sums) } else { by_default }
    };
    let of_categories: Vec<usize> = of_categories.iter().map(chosen).collect();
    categories.iter().map(|category| category.map_or(by_default, |c| of_categories[c.index()])).collect()
}
