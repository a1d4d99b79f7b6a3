//! Learns a blend on the end of a history, and trains a whole recipe with it.
//!
//! The last days are held back; every model is trained on what lies before and brings up candidates for each
//! customer as it will when serving; what he then bought is the answer. The weights learned so order the
//! candidates of models trained on everything.

use crate::{FitError, fit, fit_for_blend, fit_with};
use erbij_core::{
    AlreadyBought, Baskets, Choice, CustomerIdx, ItemIdx, Placement, Progress, Timestamp, TrainingData,
};
use erbij_engine::{Candidates, Engine, Person, Query, Scratch};
use erbij_models::{
    Blend, BlendFeatures, BlendParams, CheckedBlendParams, LogisticError, RelatedLessons, Sample,
    fit_logistic,
};
use erbij_recipe::{CheckedRecipe, ModelSet};
use rand::RngExt;
use rayon::prelude::*;

use crate::chance::{shuffle_front, stream};
use crate::item_lists::ItemLists;
use crate::learn_related::learn_related;
use crate::split::{Split, SplitError, cutoff_before_end, split_at};

/// So many candidates are learned from at most, or nearly so: the table of a regression, 8 bytes a cell while
/// it is made.
///
/// All that were bought are, and of each customer's others a random share. A share taken at random changes the
/// constant of a logistic regression and not its weights (Prentice & Pyke 1979).
const MAX_CANDIDATES: usize = 500_000;
/// Of what slates may do with what a customer bought before, each has weights of its own.
const WAYS: [AlreadyBought; 2] = [AlreadyBought::Exclude, AlreadyBought::Keep];
/// Of each customer at least so many.
const MIN_NOT_BOUGHT: usize = 20;

/// Trains all models of a recipe, and what orders them: the blend where it has one, and what ranks items beside an item.
pub fn train(
    recipe: &CheckedRecipe,
    data: TrainingData,
    progress: &dyn Progress,
) -> Result<ModelSet, FitError> {
    let Some(params) = recipe.blend() else { return fit(recipe, data, progress) };
    let Taught { blend, related, recipe, mut choices } = learn(recipe, params, &data, progress)?;
    let models = fit_with(&recipe, data, related, progress)?;
    choices.extend(models.choices);
    Ok(ModelSet { blend: Some(blend), choices, ..models })
}

/// What the end of a history taught.
struct Taught {
    blend: Blend,
    related: RelatedLessons,
    /// The recipe by whose models the blend was learned: what they chose is not chosen anew, or weights would be of others.
    recipe: CheckedRecipe,
    /// Why they chose it.
    choices: Vec<Choice>,
}

/// Learns the weights of a recipe's blend and of its related items from the end of a history; where that is too short, they
/// are those that other shops taught, and it is told.
fn learn(
    recipe: &CheckedRecipe,
    params: &CheckedBlendParams,
    data: &TrainingData,
    progress: &dyn Progress,
) -> Result<Taught, FitError> {
    let features = BlendFeatures::new(&recipe.personal().models);
    let prior = Blend::of_other_shops(features.clone());
    let horizon_days = params.params().horizon_days;
    let of_other_shops = |model: &str, why: &dyn std::fmt::Display| {
        progress.note(&format!(
            "{model}: with the last {horizon_days} days held back to learn from, {why}; its weights are what other shops taught (`blend.horizon_days`)"
        ));
    };
    let HeldBack { split: Split { train, cutoff, targets, .. }, orders } =
        match held_back(params.params(), data, progress) {
            Ok(held_back) => held_back,
            Err(why) => {
                of_other_shops("blend", &why);
                let related = RelatedLessons::of_other_shops();
                return Ok(Taught { blend: prior, related, recipe: recipe.clone(), choices: Vec::new() });
            }
        };
    let before = TrainingData {
        baskets: train.clone(),
        events: data.events.retain(|occurred_at| occurred_at < cutoff),
        stated: data.stated.clone(),
        customers: data.customers.clone(),
        catalogue: data.catalogue.always_available(),
    };
    let models = fit_for_blend(recipe, before, progress)?;
    let (recipe, choices) = (models.recipe.clone(), models.choices.clone());
    let related = if recipe.related().params().learn {
        let not_taught = |which: &str, why: &LogisticError| of_other_shops(which, why);
        learn_related(&recipe, &models, &train, &orders, not_taught, progress)
    } else {
        RelatedLessons::of_other_shops()
    };
    drop((train, orders));
    let engine = Engine::new(models);
    let lesson = Lesson { engine, cutoff, features: &features, targets: &targets, params: params.params() };
    let teachers = lesson.teachers();
    let samples = lesson.samples(&teachers, progress);
    // The models are the largest of what is in memory here, and the regressions have no need of them.
    drop(lesson);
    let [excluding, keeping] = [0, 1].map(|way| {
        let prior = prior.weights(WAYS[way]);
        match fit_logistic(&samples[way], prior, params.params().l2) {
            Ok(fitted) => fitted.weights,
            Err(why) => {
                of_other_shops("blend", &why);
                prior.to_vec()
            }
        }
    });
    let blend = Blend::new(features, excluding, keeping).expect("one finite weight a feature was learned");
    Ok(Taught { blend, related, recipe, choices })
}

/// What is learned from: a history parted at its last days, and the orders of these.
struct HeldBack {
    split: Split,
    orders: Baskets,
}

/// Parts a history at its last days, of as many people as hold the lines that are learned from.
fn held_back(
    params: &BlendParams,
    data: &TrainingData,
    progress: &dyn Progress,
) -> Result<HeldBack, SplitError> {
    let (_, newest) = data.baskets.window().ok_or(SplitError::NothingToTrainOn)?;
    let cutoff = cutoff_before_end(newest, params.horizon_days);
    let drawn = drawn(&data.baskets, params.max_lines, params.seed);
    let baskets = drawn.as_ref().unwrap_or(&data.baskets);
    if drawn.is_some() {
        progress.note(&format!(
            "blend: learned from people with {} of {} order lines (`blend.max_lines`)",
            baskets.n_lines(),
            data.baskets.n_lines()
        ));
    }
    let split = split_at(baskets, cutoff, i64::from(params.horizon_days))?;
    let orders = baskets.select(|basket| cutoff <= baskets.ordered_at(basket), |_| false);
    Ok(HeldBack { split, orders })
}

/// Customers and guests drawn at random, each with the same chance, with about so many lines; none where all have no more.
fn drawn(baskets: &Baskets, max_lines: u64, seed: u64) -> Option<Baskets> {
    let share = max_lines as f64 / baskets.n_lines().max(1) as f64;
    if 1.0 <= share {
        return None;
    }
    let mut rng = stream(seed, 0);
    let is_drawn: Vec<bool> = (0..baskets.n_people()).map(|_| rng.random_bool(share)).collect();
    let is_drawn = |person: u32| is_drawn[person as usize];
    Some(
        baskets
            .select(|basket| is_drawn(baskets.person(basket)), |returned| is_drawn(returned.customer.get())),
    )
}

/// Models of what lies before, and what was bought after.
struct Lesson<'a> {
    engine: Engine,
    cutoff: Timestamp,
    features: &'a BlendFeatures,
    targets: &'a ItemLists,
    params: &'a BlendParams,
}

impl Lesson<'_> {
    /// Who is learned from: customers with a history who bought something after it.
    fn teachers(&self) -> Vec<CustomerIdx> {
        let models = self.engine.models();
        let teaches = |customer: &CustomerIdx| {
            !self.targets.of(*customer).is_empty() && !models.histories.items(*customer).is_empty()
        };
        let teachers = models.customers.indices().filter(teaches).collect();
        sample(teachers, self.params.max_customers as usize, self.params.seed)
    }

    /// The candidates of all teachers, each way.
    fn samples(&self, teachers: &[CustomerIdx], progress: &dyn Progress) -> [Sample; 2] {
        progress.begin("learning the blend", Some(teachers.len() as u64), "customers");
        let max_not_bought = (MAX_CANDIDATES / teachers.len().max(1)).max(MIN_NOT_BOUGHT);
        let of_customer = |scratch: &mut Scratch, &customer: &CustomerIdx| {
            let samples = self.samples_of(customer, max_not_bought, scratch);
            progress.advance(1);
            samples
        };
        let samples: Vec<[Sample; 2]> =
            teachers.par_iter().map_init(|| self.engine.new_scratch(), of_customer).collect();
        let (excluding, keeping): (Vec<_>, Vec<_>) =
            samples.into_iter().map(<(Sample, Sample)>::from).unzip();
        [excluding, keeping].map(|samples| samples.into_iter().collect())
    }

    /// A teacher's candidates, each way: all they bought, and of the others at most so many.
    fn samples_of(&self, customer: CustomerIdx, max_not_bought: usize, scratch: &mut Scratch) -> [Sample; 2] {
        let query =
            Query { n: 0, ..Query::new(Placement::Newsletter, Person::replayed(customer), self.cutoff) };
        let n_candidates = self.params.candidates as usize;
        let tables = self.engine.blend_candidates(&query, WAYS, self.features, n_candidates, scratch);
        tables.map(|candidates| self.sample_of(customer, &candidates, max_not_bought))
    }

    fn sample_of(&self, customer: CustomerIdx, candidates: &Candidates, max_not_bought: usize) -> Sample {
        let relevant = self.targets.of(customer);
        let (bought, mut not_bought): (Vec<_>, Vec<_>) =
            candidates.rows().partition(|(item, _)| relevant.binary_search(item).is_ok());
        let mut rng = stream(self.params.seed, u64::from(customer.get()) + 1);
        shuffle_front(&mut not_bought, max_not_bought, &mut rng);
        not_bought.truncate(max_not_bought);
        let mut sample = Sample::default();
        let rows =
            |rows: Vec<(ItemIdx, _)>, was_bought| rows.into_iter().map(move |(_, row)| (row, was_bought));
        sample.add_question(rows(bought, true).chain(rows(not_bought, false)));
        sample
    }
}

/// At most so many of the customers, drawn at random, in their order.
fn sample(mut customers: Vec<CustomerIdx>, at_most: usize, seed: u64) -> Vec<CustomerIdx> {
    if customers.len() <= at_most {
        return customers;
    }
    let mut rng = stream(seed, 0);
    shuffle_front(&mut customers, at_most, &mut rng);
    customers.truncate(at_most);
    customers.sort_unstable();
    customers
}
