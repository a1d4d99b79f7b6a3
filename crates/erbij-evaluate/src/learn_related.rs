//! Learns what ranks items beside an item, from the orders of the last days.
//!
//! Each order asks about some of its items: which of the candidates that the days before bring up beside it were ordered with
//! it? It is what a page of an item asks, and needs nobody to be known, so guests teach as well.

use erbij_core::{Baskets, ItemIdx, Progress};
use erbij_models::{CheckedRecipe, LogisticError, ModelSet, RelatedWeights, fit_logistic, sample_related};

use crate::chance::{shuffle_front, stream};

/// Of one order at most so many items are asked about: a large one says the same many times.
const MAX_QUESTIONS_PER_ORDER: usize = 5;

/// The weights that `orders`, which come after `before`, teach; `models` were fitted to `before`.
pub(crate) fn learn_related(
    recipe: &CheckedRecipe,
    models: &ModelSet,
    before: &Baskets,
    orders: &Baskets,
    progress: &dyn Progress,
) -> Result<RelatedWeights, LogisticError> {
    let params = recipe.related();
    let max_basket_items = recipe.affinity().params().max_basket_items as usize;
    let n = params.params().max_questions as usize;
    let questions = questions(orders, max_basket_items, n, recipe.recipe().blend.seed);
    let sample = sample_related(params, max_basket_items, before, models, &questions, progress);
    let taught = RelatedWeights::of_other_shops();
    let fitted = fit_logistic(&sample, taught.weights(), params.params().l2)?;
    Ok(RelatedWeights::new(&fitted.weights, fitted.constant).expect("finite weights, one a feature"))
}

/// Items of orders, drawn at random, by item, each with the others of its order.
fn questions(
    orders: &Baskets,
    max_basket_items: usize,
    at_most: usize,
    seed: u64,
) -> Vec<(ItemIdx, Vec<ItemIdx>)> {
    let mut asked: Vec<(ItemIdx, usize)> = Vec::new();
    let mut items: Vec<ItemIdx> = Vec::new();
    for order in 0..orders.len() {
        let of_order = orders.items(order);
        if (2..=max_basket_items).contains(&of_order.len()) {
            let mut rng = stream(seed, order as u64 + 1);
            items.clear();
            items.extend(of_order);
            shuffle_front(&mut items, MAX_QUESTIONS_PER_ORDER, &mut rng);
            asked.extend(items.iter().take(MAX_QUESTIONS_PER_ORDER).map(|&item| (item, order)));
        }
    }
    if at_most < asked.len() {
        shuffle_front(&mut asked, at_most, &mut stream(seed, 0));
        asked.truncate(at_most);
    }
    asked.sort_unstable();
    let with_others = |(item, order): (ItemIdx, usize)| {
        (item, orders.items(order).iter().copied().filter(|&other| other != item).collect())
    };
    asked.into_iter().map(with_others).collect()
}
