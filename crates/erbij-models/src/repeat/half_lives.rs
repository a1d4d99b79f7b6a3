//! How fast the items of a category are forgotten: the half-life whose strengths foretell next baskets best.

use erbij_core::{CategoryIdx, CustomerIdx, ItemIdx, Progress};

use crate::repeat::RepeatParams;
use crate::repeat::foretold::{Foretelling, Foretold};
use crate::repeat::later::LaterBaskets;
use crate::share_out::share_out;

/// Half-lives are chosen from what this many customers did: a category differs by days, not by percents.
const MAX_CUSTOMERS: usize = 50_000;

/// An item each: its half-life in days.
///
/// Of the half-lives given, a category takes the one that explains most; a category with fewer than
/// `min_repeats` repeats takes that of all. Ties go to the shorter. O(half-lives · lines · log baskets of a
/// customer).
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
    let n_categories = categories.iter().flatten().map(|category| category.index() + 1).max().unwrap_or(0);
    let mut of_categories = vec![vec![Foretold::default(); grid.len()]; n_categories];
    let mut of_all = vec![Foretold::default(); grid.len()];
    progress.begin("choosing half-lives", Some((grid.len() * n_items) as u64), "items");
    for (at, &days) in grid.iter().enumerate() {
        for (sums, category) in foretold_of_items(later, days, progress).iter().zip(categories) {
            let of_category = category.map(|category| &mut of_categories[category.index()]);
            for into in std::iter::once(&mut of_all).chain(of_category) {
                into[at] = into[at].plus(*sums);
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

/// An item each: what its purchases by so many customers foretell with one half-life.
fn foretold_of_items(
    later: &LaterBaskets<'_>,
    half_life_days: f64,
    progress: &dyn Progress,
) -> Vec<Foretold> {
    let step = later.baskets.n_customers().div_ceil(MAX_CUSTOMERS).max(1);
    let is_wanted = |customer: CustomerIdx| customer.index().is_multiple_of(step);
    let foretelling = Foretelling::new(later, half_life_days);
    let of_item = |item: usize| foretelling.of_item(ItemIdx::new(item as u32), is_wanted);
    let on_block = |(): &mut (), items: std::ops::Range<usize>| items.map(of_item).collect::<Vec<_>>();
    let (blocks, _) = share_out(later.baskets.n_items(), || (), on_block, progress);
    blocks.concat()
}
