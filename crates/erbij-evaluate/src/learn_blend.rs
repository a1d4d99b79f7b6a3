//! Learns a blend on the end of a history, and trains a whole recipe with it.
//!
//! The last days are held back; every model is trained on what lies before and brings up candidates for each
//! customer as it will when serving; what he then bought is the answer. The weights learned so order the
//! candidates of models trained on everything.

use erbij_core::{AlreadyBought, CustomerIdx, Placement, Progress, Timestamp};
use erbij_engine::{Engine, Query, Ranking, Scratch, Who};
use erbij_models::{
    Blend, BlendError, BlendFeatures, BlendSample, CheckedRecipe, FitError, ModelSet, TrainingData, fit,
    fit_blend,
};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

use crate::chance::shuffle_front;
use crate::split::{Split, SplitError, split_at};

/// So many candidates are learned from at most, or nearly so: the table of a regression, 12 bytes a cell while
/// it is made.
///
/// All that were bought are, and of each customer's others a random share. A share taken at random changes the
/// constant of a logistic regression and not its weights (Prentice & Pyke 1979).
const MAX_CANDIDATES: usize = 1_000_000;
/// Of each customer at least so many.
const MIN_NOT_BOUGHT: usize = 20;

/// Why a recipe with a blend could not be trained.
#[derive(Debug, thiserror::Error)]
pub enum TrainError {
    /// A model could not be fitted.
    #[error(transparent)]
    Fit(#[from] FitError),
    /// There is no history before the days that are learned from, or nobody in them.
    #[error(
        "the blend cannot hold back the last {horizon_days} days to learn from; hint: another `blend.horizon_days`, or `blend.learn = false`"
    )]
    Split {
        /// The recipe's horizon.
        horizon_days: u32,
        /// Why not.
        source: SplitError,
    },
    /// No weights could be learned.
    #[error(transparent)]
    Blend(#[from] BlendError),
}

/// Trains all models of a recipe, the blend with them where it has one.
pub fn train(
    recipe: &CheckedRecipe,
    data: TrainingData,
    progress: &dyn Progress,
) -> Result<ModelSet, TrainError> {
    let blend = match recipe.blend() {
        Some(_) => Some(learn_blend(recipe, &data, progress)?),
        None => None,
    };
    Ok(ModelSet { blend, ..fit(recipe, data, progress)? })
}

/// Learns the weights of a recipe's blend from the end of a history.
fn learn_blend(
    recipe: &CheckedRecipe,
    data: &TrainingData,
    progress: &dyn Progress,
) -> Result<Blend, TrainError> {
    let params = recipe.recipe().blend.clone();
    let (_, newest) = data.baskets.window().ok_or(FitError::NoPurchases)?;
    let end = Timestamp::from_micros(newest.micros().saturating_add(1));
    let horizon_days = i64::from(params.horizon_days);
    let split = split_at(&data.baskets, end.plus_days(-horizon_days), horizon_days)
        .map_err(|source| TrainError::Split { horizon_days: params.horizon_days, source })?;
    let Split { train, cutoff, targets } = split;
    let before = TrainingData {
        baskets: train,
        events: data.events.retain(|occurred_at| occurred_at < cutoff),
        stated: data.stated.clone(),
        customers: data.customers.clone(),
        catalogue: data.catalogue.always_available(),
    };
    let engine = Engine::new(fit(recipe, before, progress)?);
    let features = BlendFeatures::new(&recipe.personal().models);
    let histories = &engine.models().histories;
    let teaches =
        |customer: &CustomerIdx| !targets.of(*customer).is_empty() && !histories.items(*customer).is_empty();
    let teachers: Vec<CustomerIdx> = engine.models().customers.indices().filter(teaches).collect();
    let teachers = sample(teachers, params.max_customers as usize, params.seed);
    let max_not_bought = (MAX_CANDIDATES / teachers.len().max(1)).max(MIN_NOT_BOUGHT);
    let learn = |already_bought| {
        progress.begin("learning the blend", Some(teachers.len() as u64), "customers");
        let of_customer = |scratch: &mut Scratch, &customer: &CustomerIdx| {
            let query = Query {
                placement: Placement::Newsletter,
                who: Who::Customer(customer),
                anchors: &[],
                session: &[],
                n: 0,
                exclude: &[],
                now: cutoff,
                explain: false,
                ranking: Ranking::AsPlaced,
                owned: &[],
                filter: None,
                already_bought: Some(already_bought),
            };
            let n_candidates = params.candidates as usize;
            let candidates = engine.blend_candidates(&query, &features, n_candidates, scratch);
            let relevant = targets.of(customer);
            let (bought, mut not_bought): (Vec<_>, Vec<_>) =
                candidates.rows().partition(|(item, _)| relevant.binary_search(item).is_ok());
            let mut rng = ChaCha8Rng::seed_from_u64(params.seed);
            rng.set_stream(u64::from(customer.get()) + 1);
            let mut sample = BlendSample::default();
            for (_, row) in bought {
                sample.features.extend_from_slice(row);
                sample.was_bought.push(true);
            }
            shuffle_front(&mut not_bought, max_not_bought, &mut rng);
            for (_, row) in not_bought.into_iter().take(max_not_bought) {
                sample.features.extend_from_slice(row);
                sample.was_bought.push(false);
            }
            progress.advance(1);
            sample
        };
        let samples: Vec<BlendSample> =
            teachers.par_iter().map_init(|| engine.new_scratch(), of_customer).collect();
        let mut all = BlendSample::default();
        for sample in samples {
            all.features.extend(sample.features);
            all.was_bought.extend(sample.was_bought);
        }
        let checked = recipe.blend().expect("asked only where the recipe has one");
        fit_blend(checked, &all, features.len())
    };
    let (excluding, keeping) = (learn(AlreadyBought::Exclude)?, learn(AlreadyBought::Keep)?);
    Ok(Blend::new(features, excluding, keeping).expect("one finite weight a feature was learned"))
}

/// At most so many of the customers, drawn at random, in their order.
fn sample(mut customers: Vec<CustomerIdx>, at_most: usize, seed: u64) -> Vec<CustomerIdx> {
    if customers.len() <= at_most {
        return customers;
    }
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    shuffle_front(&mut customers, at_most, &mut rng);
    customers.truncate(at_most);
    customers.sort_unstable();
    customers
}
