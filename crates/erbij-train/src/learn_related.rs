//! Learns what ranks items beside an item and beside a basket, from the orders of the last days.
//!
//! Each order asks about some of its items: which of the candidates that the days before bring up beside it were ordered with
//! it? And it hides some of its items, one at a time: which of the candidates beside the others is it? It is what the page of an
//! item and that of a basket ask, and needs nobody to be known, so guests teach as well.

use erbij_core::{Baskets, ItemIdx, Progress};
use erbij_models::{
    BasketWeights, Fitted, FittedBefore, LogisticError, Personal, Popularity, Related, RelatedLesson,
    RelatedLessons, RelatedWeights, Sample, fit_ranking,
};
use erbij_recipe::{CheckedRecipe, ModelSet};
use rayon::prelude::*;

use crate::chance::{shuffle_front, stream};

/// Of one order at most so many items are asked about: a large one says the same many times.
const MAX_QUESTIONS_PER_ORDER: usize = 5;
/// Of one order at most so many items are hidden, one at a time.
const MAX_HIDDEN_PER_ORDER: usize = 3;
/// Of a basket's candidates at most so many teach that were not ordered with it. A share taken at random moves the constant,
/// by its logarithm, and not the order (McFadden 1978).
const MAX_OTHERS: usize = 100;
const FITTED: &str = "finite weights, one a feature";

/// What `orders`, which come after `before`, teach; `models` were fitted to `before`. What they do not teach other shops did,
/// and `not_taught` is told which of the two it is, and why.
pub(crate) fn learn_related(
    recipe: &CheckedRecipe,
    models: &ModelSet,
    before: &Baskets,
    orders: &Baskets,
    not_taught: impl Fn(&str, &LogisticError),
    progress: &dyn Progress,
) -> RelatedLessons {
    let params = recipe.related();
    let (l2, n) = (params.params().l2, params.params().max_questions as usize);
    let max_basket_items = recipe.affinity().params().max_basket_items as usize;
    let seed = recipe.recipe().blend.seed;
    let lesson = RelatedLesson::new(params, max_basket_items, before, fitted_before(models), progress);
    let mut lessons = RelatedLessons::of_other_shops();
    let sample = lesson.sample(&questions(orders, max_basket_items, n, seed));
    match fit_ranking(&sample, lessons.item.weights(), l2) {
        Ok(Fitted { weights, constant }) => {
            lessons.item = RelatedWeights::new(&weights, constant).expect(FITTED);
        }
        Err(why) => not_taught("related items", &why),
    }
    let related = lesson.related(lessons.clone(), progress);
    let hidden = hidden(orders, max_basket_items, n, seed);
    let (sample, share_of_others) = sample_baskets(&related, &models.popularity, &hidden, seed);
    match fit_ranking(&sample, lessons.basket.weights(), l2) {
        Ok(Fitted { weights, constant }) => {
            let constant = constant + share_of_others.ln();
            lessons.basket = BasketWeights::new(&weights, constant).expect(FITTED);
        }
        Err(why) => not_taught("baskets", &why),
    }
    lessons
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
        let rows = is_hidden.iter().map(|(_, row)| (row, true));
        sample.add_question(rows.chain(others.iter().map(|(_, row)| (row, false))));
        (sample, n_others)
    };
    let samples: Vec<(Sample, usize)> = questions.par_iter().enumerate().map(of_question).collect();
    let n_others: usize = samples.iter().map(|&(_, n)| n).sum();
    let sample: Sample = samples.into_iter().map(|(sample, _)| sample).collect();
    let n_kept = sample.was_bought.iter().filter(|&&was_bought| !was_bought).count();
    (sample, n_kept as f32 / n_others.max(1) as f32)
}

/// What a lesson asks of the models fitted to the orders before.
fn fitted_before(models: &ModelSet) -> FittedBefore<'_> {
    let ModelSet { cutoff, catalogue, floor, popularity, personal, .. } = models;
    let walks = personal.iter().find_map(Personal::item_weights);
    FittedBefore { cutoff: *cutoff, catalogue, floor, popularity, walks }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use crate::fit_for_blend;
    use erbij_core::{
        Catalogue, CatalogueColumns, Currency, Silent, StrColumn, TrainingData, VariantColumns, Vocab,
    };
    use erbij_recipe::Recipe;

    use super::*;
    use crate::testing::{ShortOrder, baskets};

    const N_ITEMS: usize = 12;

    /// What orders before and after day 100 teach, and of which lessons it was told that they teach nothing.
    fn lessons(orders: &[ShortOrder<'_>]) -> (RelatedLessons, Vec<String>) {
        let recipe = Recipe::parse("").expect("valid").check().expect("valid");
        let of = |is_before: bool| {
            let orders: Vec<_> =
                orders.iter().filter(|(_, day, _)| (*day < 100) == is_before).copied().collect();
            baskets(0, N_ITEMS, &orders)
        };
        let ids: Vec<String> = (0..N_ITEMS).map(|item| format!("i{item:02}")).collect();
        let columns = CatalogueColumns::of_ids(ids.iter().map(String::as_str).collect::<StrColumn>());
        let catalogue = Catalogue::new(columns, VariantColumns::default(), Currency::EUR).expect("valid");
        let customers = Vocab::new([""; 0].iter().collect()).expect("no ids");
        let data = TrainingData::of_orders(of(true), customers, catalogue);
        let models = fit_for_blend(&recipe, data, &Silent).expect("there are purchases");
        let told = RefCell::new(Vec::new());
        let not_taught = |which: &str, _: &LogisticError| told.borrow_mut().push(which.to_owned());
        let lessons = learn_related(&recipe, &models, &of(true), &of(false), not_taught, &Silent);
        (lessons, told.into_inner())
    }

    #[test]
    fn orders_teach_pages_and_baskets_and_single_items_teach_neither() {
        // Four sets of three; every day somebody orders one, and now and then an item of another set with it.
        let sets: Vec<Vec<u32>> = (0..128_u32)
            .map(|day| {
                let first = day % 4 * 3;
                let stray = (day * 7 % 12).min(11);
                let mut items = vec![first, first + 1, first + 2];
                if day % 5 == 0 && !items.contains(&stray) {
                    items.push(stray);
                }
                items
            })
            .collect();
        let orders: Vec<ShortOrder<'_>> =
            sets.iter().zip(0..).map(|(items, day)| (None, day, items.as_slice())).collect();
        let (learned, told) = lessons(&orders);
        let taught = RelatedLessons::of_other_shops();
        assert_eq!(told, [""; 0]);
        assert_ne!(learned.item, taught.item);
        assert_ne!(learned.basket, taught.basket);

        let single: Vec<ShortOrder<'_>> =
            sets.iter().zip(0..).map(|(items, day)| (None, day, &items[..1])).collect();
        let (learned, told) = lessons(&single);
        assert_eq!(told, ["related items", "baskets"]);
        assert_eq!(learned, taught);
    }
}
