//! From baskets to what is bought again, what follows what, and what is popular.

use std::ops::Range;

use erbij_core::{
    Baskets, CategoryIdx, ItemIdx, NeighbourOrder, Neighbours, Progress, RowOffsets, Score, ScoreBoard,
    Silent, Timestamp, TopK, share_out,
};

use crate::repeat::foretold::{By, Foretold, foretell};
use crate::repeat::half_lives::choose_half_lives;
use crate::repeat::later::LaterBaskets;
use crate::repeat::model::{Repeat, RepeatColumns, faded_after};
use crate::repeat::{CheckedRepeatParams, RepeatParams};

/// What follows what is learned from so many lines of a customer, their newest. A household of a grocery has some
/// hundreds a year; who has more is a till or a wholesaler, and would outweigh a thousand others at the square of
/// their cost.
pub(crate) const MAX_CUSTOMER_LINES: usize = 2_000;

/// Fits the model to purchases before an instant.
///
/// Half-lives first (see `half_lives.rs`). Then, with y = 1 where a later basket b of a customer holds item i,
/// s_j the strength of item j just before it, |s| the length of all of them, and recency
/// r_b = 2^(−age of b / `follows_half_life_days`):
///
/// - the rate of item i is the slope of y by s, `(Σ y·s + κ·slope of its category) / (Σ s² + κ)`, κ being
///   `rate_strength`, and the category's is mixed with that of all in the same way;
/// - what follows j is `C_ji / (C_j^a · T_i^b)`, with `C_ji = Σ_b r_b · s_j/|s| · y`, `C_j = Σ_b r_b · s_j/|s|`
///   and `T_i = Σ_b r_b · y`, each as a share of `Σ_b r_b`, a and b being the exponents of source and target;
/// - popularity is the share of baskets with the item, those of guests too, each weighed by its recency.
///
/// `categories` holds an item each: its leaf, where it is known. Rates and half-lives are of all that was bought, in
/// O(half-lives · lines · log baskets of a customer); what follows is of each customer's newest
/// 2,000 lines, in O(their lines · those).
///
/// # Panics
///
/// If there is not one category an item, known or not.
pub fn fit_repeat(
    params: &CheckedRepeatParams,
    baskets: &Baskets,
    categories: &[Option<CategoryIdx>],
    as_of: Timestamp,
    progress: &dyn Progress,
) -> Repeat {
    let later = LaterBaskets::new(baskets, as_of, MAX_CUSTOMER_LINES);
    Learning::new(baskets, categories, as_of, &later).fit(params, progress)
}

/// Fits to the same purchases under one set of parameters after another; what several have in common is learned once.
pub(super) struct Learning<'a> {
    baskets: &'a Baskets,
    categories: &'a [Option<CategoryIdx>],
    as_of: Timestamp,
    later: &'a LaterBaskets<'a>,
    strengths: Kept<(Vec<f64>, u32), Strengths>,
    follows: Kept<(Vec<f64>, u32, [f64; 3], u32), Neighbours>,
    popularity: Kept<(f64, u32), Vec<f32>>,
}

/// How purchases fade, and what they foretell: an item each.
struct Strengths {
    half_lives: Vec<f32>,
    foretold: Vec<Foretold>,
}

/// What was learned so far, and under which parameters.
struct Kept<K, V>(Vec<(K, V)>);

impl<K: PartialEq, V> Kept<K, V> {
    /// What was learned under these, or is now.
    fn under(&mut self, key: K, learn: impl FnOnce() -> V) -> &V {
        let at = self.0.iter().position(|(kept, _)| *kept == key).unwrap_or_else(|| {
            self.0.push((key, learn()));
            self.0.len() - 1
        });
        &self.0[at].1
    }
}

impl<'a> Learning<'a> {
    pub(super) fn new(
        baskets: &'a Baskets,
        categories: &'a [Option<CategoryIdx>],
        as_of: Timestamp,
        later: &'a LaterBaskets<'a>,
    ) -> Self {
        assert_eq!(categories.len(), baskets.n_items(), "one category an item");
        let (strengths, follows, popularity) = (Kept(Vec::new()), Kept(Vec::new()), Kept(Vec::new()));
        Self { baskets, categories, as_of, later, strengths, follows, popularity }
    }

    pub(super) fn fit(&mut self, checked: &CheckedRepeatParams, progress: &dyn Progress) -> Repeat {
        let params = checked.params();
        let &mut Self { baskets, categories, as_of, later, .. } = self;
        let fading = (params.half_lives_days.clone(), params.min_repeats);
        let strengths = self.strengths.under(fading.clone(), || {
            let half_lives_days = &params.half_lives_days;
            let chosen = choose_half_lives(params.min_repeats, half_lives_days, later, categories, progress);
            let half_lives = chosen.iter().map(|&chosen| half_lives_days[chosen] as f32).collect();
            let foretold = foretell(later, half_lives_days, By::Chosen(&chosen), |_| true, &Silent).sums;
            Strengths { half_lives, foretold }
        });
        let following = [params.follows_half_life_days, params.source_exponent, params.target_exponent];
        let follows = self.follows.under((fading.0, fading.1, following, params.neighbours), || {
            learn_follows(params, later, &strengths.half_lives, as_of, progress)
        });
        let popularity =
            self.popularity.under((params.popularity_half_life_days, params.popular_items), || {
                popularity(params, baskets, as_of)
            });
        let columns = RepeatColumns {
            half_lives_days: strengths.half_lives.iter().copied().collect(),
            rates: rates(&strengths.foretold, categories, params.rate_strength).into(),
            popularity: popularity.iter().copied().collect(),
            follows: follows.clone(),
        };
        Repeat::new(checked, columns).expect("columns laid out by the fit keep their rules")
    }
}

/// What follows each item.
fn learn_follows(
    params: &RepeatParams,
    later: &LaterBaskets<'_>,
    half_lives: &[f32],
    as_of: Timestamp,
    progress: &dyn Progress,
) -> Neighbours {
    let n_items = later.baskets.n_items();
    let followed = Followed::new(params, later, half_lives, as_of);
    progress.begin(&stage(later), Some(n_items as u64), "items");
    let new_scratch =
        || Scratch { board: ScoreBoard::new(n_items), best: TopK::new(params.neighbours as usize) };
    let on_block = |scratch: &mut Scratch, items: Range<usize>| {
        let mut block = Block::default();
        for item in items {
            followed.learn(ItemIdx::new(item as u32), scratch, &mut block);
        }
        block
    };
    let (blocks, _) = share_out(n_items, new_scratch, on_block, progress);
    join(&blocks, n_items)
}

/// What the longest part of the fit is called, and of whom it leaves something out.
fn stage(later: &LaterBaskets<'_>) -> String {
    let n_cut = later.n_cut();
    let customers = if n_cut == 1 { "customer" } else { "customers" };
    match n_cut {
        0 => "learning what follows".to_owned(),
        n => format!("learning what follows, of {n} {customers} from the newest {MAX_CUSTOMER_LINES} lines"),
    }
}

/// What is needed to learn the followers of any item.
struct Followed<'a> {
    params: &'a RepeatParams,
    later: &'a LaterBaskets<'a>,
    half_lives: &'a [f32],
    /// A basket each: its recency, over the length of the strengths before it.
    weights: Vec<f32>,
    /// An item each: the share of later baskets that hold it, by recency, to the power of the target.
    targets: Vec<f64>,
    /// The recency of all later baskets together.
    total: f64,
}

/// One thread's scratch.
struct Scratch {
    board: ScoreBoard,
    best: TopK<ItemIdx>,
}

/// The followers of some items.
#[derive(Default)]
struct Block {
    lens: Vec<usize>,
    items: Vec<u32>,
    scores: Vec<f32>,
}

impl<'a> Followed<'a> {
    fn new(
        params: &'a RepeatParams,
        later: &'a LaterBaskets<'a>,
        half_lives: &'a [f32],
        as_of: Timestamp,
    ) -> Self {
        let baskets = later.baskets;
        let mut weights = later.norms(half_lives);
        let mut targets = vec![0.0; baskets.n_items()];
        let mut total = 0.0;
        for (basket, weight) in weights.iter_mut().enumerate() {
            if !(later.is_later(basket) && 0.0 < *weight) {
                *weight = 0.0;
                continue;
            }
            let recency = faded_after(baskets.ordered_at(basket), as_of, params.follows_half_life_days);
            *weight = (recency / f64::from(*weight)) as f32;
            total += recency;
            for item in baskets.items(basket) {
                targets[item.index()] += recency;
            }
        }
        for target in &mut targets {
            *target = (*target / total).powf(params.target_exponent);
        }
        Self { params, later, half_lives, weights, targets, total }
    }

    /// Learns the followers of an item.
    fn learn(&self, item: ItemIdx, scratch: &mut Scratch, block: &mut Block) {
        let Scratch { board, best } = scratch;
        let half_life = f64::from(self.half_lives[item.index()]);
        let mut source = 0.0;
        self.later.for_each(item, half_life, |at| {
            let weight = at.strength * f64::from(self.weights[at.basket]);
            if 0.0 < weight {
                source += weight;
                for &follower in self.later.baskets.items(at.basket) {
                    board.add(follower, weight);
                }
            }
        });
        let source = (source / self.total).powf(self.params.source_exponent);
        for (follower, sum) in board.take_unsorted().filter(|&(follower, _)| follower != item) {
            let strength = sum / self.total / (source * self.targets[follower.index()]);
            if let Some(score) = Score::new(strength as f32) {
                best.push(score, follower);
            }
        }
        let mut row: Vec<(u32, f32)> =
            best.drain_sorted().map(|(score, follower)| (follower.get(), score.get())).collect();
        row.sort_unstable_by_key(|&(follower, _)| follower);
        block.lens.push(row.len());
        block.items.extend(row.iter().map(|&(follower, _)| follower));
        block.scores.extend(row.iter().map(|&(_, score)| score));
    }
}

fn join(blocks: &[Block], n_items: usize) -> Neighbours {
    let rows = RowOffsets::from_lens(blocks.iter().flat_map(|block| block.lens.iter().copied()));
    let items = blocks.iter().flat_map(|block| block.items.iter().copied()).collect();
    let scores = blocks.iter().flat_map(|block| block.scores.iter().copied()).collect();
    Neighbours::new(rows, items, scores, n_items, NeighbourOrder::ByItem)
        .expect("rows were sorted just above")
}

/// An item each: the slope of being bought again by strength, mixed with its category's.
fn rates(foretold: &[Foretold], categories: &[Option<CategoryIdx>], strength: f64) -> Vec<f32> {
    let n_categories = categories.iter().flatten().map(|category| category.index() + 1).max().unwrap_or(0);
    let mut of_categories = vec![Foretold::default(); n_categories];
    let mut of_all = Foretold::default();
    for (sums, category) in foretold.iter().zip(categories) {
        of_all = of_all.plus(*sums);
        if let Some(category) = category {
            let of_category = &mut of_categories[category.index()];
            *of_category = of_category.plus(*sums);
        }
    }
    let mixed = |sums: &Foretold, above: f64| (sums.repeated + strength * above) / (sums.squares + strength);
    let of_all = mixed(&of_all, 0.0);
    let of_categories: Vec<f64> = of_categories.iter().map(|sums| mixed(sums, of_all)).collect();
    let rate = |(sums, category): (&Foretold, &Option<CategoryIdx>)| {
        mixed(sums, category.map_or(of_all, |category| of_categories[category.index()])) as f32
    };
    foretold.iter().zip(categories).map(rate).collect()
}

/// An item each: the share of recent baskets that hold it; zero for all but the most popular, ties by item.
fn popularity(params: &RepeatParams, baskets: &Baskets, as_of: Timestamp) -> Vec<f32> {
    let mut sums = vec![0.0_f64; baskets.n_items()];
    let mut total = 0.0;
    for basket in (0..baskets.len()).filter(|&basket| baskets.ordered_at(basket) < as_of) {
        let recency = faded_after(baskets.ordered_at(basket), as_of, params.popularity_half_life_days);
        total += recency;
        for item in baskets.items(basket) {
            sums[item.index()] += recency;
        }
    }
    let mut best = TopK::new(params.popular_items as usize);
    for (item, &sum) in sums.iter().enumerate() {
        if let Some(score) = Score::new((sum / total) as f32) {
            best.push(score, ItemIdx::new(item as u32));
        }
    }
    let mut shares = vec![0.0; baskets.n_items()];
    for (share, item) in best.drain_sorted() {
        shares[item.index()] = share.get();
    }
    shares
}
