//! Learns what ranks items beside an item and beside a basket, from the orders of the last days.
//!
//! Each order asks about some of its items: which of the candidates that the days before bring up beside it were ordered with
//! it? And it hides some of its items, one at a time: which of the candidates beside the others is it? It is what the page of an
//! item and that of a basket ask, and needs nobody to be known, so guests teach as well.

use erbij_core::{Baskets, ItemIdx, Progress};
use erbij_models::{
    BasketWeights, CheckedRecipe, LogisticError, ModelSet, Popularity, Related, RelatedLesson,
    RelatedLessons, RelatedWeights, Sample, fit_ranking,
};
use rayon::prelude::*;

use crate::chance::{shuffle_front, stream};

/// Of one order at most so many items are asked about: a large one says the same many times.
const MAX_QUESTIONS_PER_ORDER: usize = 5;
/// Of one order at most so many items are hidden, one at a time.
const MAX_HIDDEN_PER_ORDER: usize = 3;
/// Of a basket's candidates at most so many teach that were not ordered with it. A share taken at random moves the constant,
/// by its logarithm, and not the order (McFadden 1978).
const MAX_OTHERS: usize = 100;

/// What `orders`, which come after `before`, teach; `models` were fitted to `before`.
pub(crate) fn learn_related(
    recipe: &CheckedRecipe,
    models: &ModelSet,
    before: &Baskets,
    orders: &Baskets,
    progress: &dyn Progress,
) -> Result<RelatedLessons, LogisticError> {
    let params = recipe.related();
    let (l2, n) = (params.params().l2, params.params().max_questions as usize);
    let max_basket_items = recipe.affinity().params().max_basket_items as usize;
    let seed = recipe.recipe().blend.seed;
    let lesson = RelatedLesson::new(params, max_basket_items, before, models, progress);
    let taught = RelatedLessons::of_other_shops();
    let sample = lesson.sample(&questions(orders, max_basket_items, n, seed));
    let fitted = fit_ranking(&sample, taught.item.weights(), l2)?;
    let item = RelatedWeights::new(&fitted.weights, fitted.constant).expect("finite weights, one a feature");
    let related = lesson.related(RelatedLessons { item: item.clone(), ..taught.clone() }, progress);
    let hidden = hidden(orders, max_basket_items, n, seed);
    let (sample, share_of_others) = sample_baskets(&related, &models.popularity, &hidden, seed);
    let fitted = fit_ranking(&sample, taught.basket.weights(), l2)?;
    let basket = BasketWeights::new(&fitted.weights, fitted.constant + share_of_others.ln())
        .expect("finite weights, one a feature");
    Ok(RelatedLessons { item, basket })
}

/// Items of orders, drawn at random, by item, each with the others of its order.
fn questions(
    orders: &Baskets,
    max_basket_items: usize,
    at_most: usize,
    seed: u64,
) -> Vec<(ItemIdx, Vec<ItemIdx>)> {
    let mut asked = drawn(orders, max_basket_items, MAX_QUESTIONS_PER_ORDER, at_most, seed);
    asked.sort_unstable();
    asked.into_iter().map(|(item, order)| (item, others(orders, order, item))).collect()
}

/// Items of orders, drawn at random, by order, each behind the others of its order.
fn hidden(
    orders: &Baskets,
    max_basket_items: usize,
    at_most: usize,
    seed: u64,
) -> Vec<(Vec<ItemIdx>, ItemIdx)> {
    let mut hidden = drawn(orders, max_basket_items, MAX_HIDDEN_PER_ORDER, at_most, seed);
    hidden.sort_unstable_by_key(|&(item, order)| (order, item));
    hidden.into_iter().map(|(item, order)| (others(orders, order, item), item)).collect()
}

fn others(orders: &Baskets, order: usize, item: ItemIdx) -> Vec<ItemIdx> {
    orders.items(order).iter().copied().filter(|&other| other != item).collect()
}

/// Items of orders and their orders, drawn at random: so many an order, and in all, at most.
fn drawn(
    orders: &Baskets,
    max_basket_items: usize,
    of_order_at_most: usize,
    at_most: usize,
    seed: u64,
) -> Vec<(ItemIdx, usize)> {
    let mut drawn: Vec<(ItemIdx, usize)> = Vec::new();
    let mut items: Vec<ItemIdx> = Vec::new();
    for order in 0..orders.len() {
        let of_order = orders.items(order);
        if (2..=max_basket_items).contains(&of_order.len()) {
            let mut rng = stream(seed, order as u64 + 1);
            items.clear();
            items.extend(of_order);
            shuffle_front(&mut items, of_order_at_most, &mut rng);
            drawn.extend(items.iter().take(of_order_at_most).map(|&item| (item, order)));
        }
    }
    if at_most < drawn.len() {
        shuffle_front(&mut drawn, at_most, &mut stream(seed, 0));
        drawn.truncate(at_most);
    }
    drawn
}

/// What baskets teach, a row a candidate, of those whose candidates hold the hidden item; and which share of the other
/// candidates is among the rows.
fn sample_baskets(
    related: &Related,
    popularity: &Popularity,
    questions: &[(Vec<ItemIdx>, ItemIdx)],
    seed: u64,
) -> (Sample, f32) {
    let of_question = |(at, (anchors, hidden)): (usize, &(Vec<ItemIdx>, ItemIdx))| {
        let candidates = related.basket_candidates(anchors, popularity);
        let n_others = candidates.len().saturating_sub(1);
        let (is_hidden, mut others): (Vec<_>, Vec<_>) =
            candidates.into_iter().partition(|(item, _)| item == hidden);
        let mut sample = Sample::default();
        if is_hidden.is_empty() {
            return (sample, 0);
        }
        shuffle_front(&mut others, MAX_OTHERS, &mut stream(seed, at as u64 + 1));
        others.truncate(MAX_OTHERS);
        sample.n_candidates.push((is_hidden.len() + others.len()) as u32);
        for (rows, was_bought) in [(is_hidden, true), (others, false)] {
            for (_, features) in rows {
                sample.features.extend(features);
                sample.was_bought.push(was_bought);
            }
        }
        (sample, n_others)
    };
    let samples: Vec<(Sample, usize)> = questions.par_iter().enumerate().map(of_question).collect();
    let n_others: usize = samples.iter().map(|&(_, n)| n).sum();
    let sample: Sample = samples.into_iter().map(|(sample, _)| sample).collect();
    let n_kept = sample.was_bought.iter().filter(|&&was_bought| !was_bought).count();
    (sample, n_kept as f32 / n_others.max(1) as f32)
}
