//! What a trial is fitted to and judged by.

use std::fmt;

use erbij_core::{
    Catalogue, CustomerIdx, Events, ItemIdx, Placement, Silent, Stated, Timestamp, TrainingData, Vocab,
    with_commas,
};
use erbij_engine::{Engine, Person, Query, Scratch};
use erbij_recipe::CheckedRecipe;
use erbij_train::{FitError, ItemLists, Split, SplitError, fit_personal, split_at, train};
use rayon::prelude::*;
use serde_json::{Value, json};

use super::sample::{sample_baskets, sample_lists};
use crate::baselines::incidence_of;
use crate::counts::n_purchases_by_item;
use crate::evaluation::relevant_of;
use crate::lists_hold_out::ListsHoldOut;
use crate::lists_text::ListsSplit;
use crate::metrics::{CustomerCase, ItemFacts, Metric, MetricAtK, values_of_customer};
use crate::protocols::collaborative::judge_lists;

/// Data, split in what models see and what they are judged by.
#[derive(Debug)]
pub enum TuningData {
    /// Lists without instants: a share of each is held out, and one model judged by itself.
    Lists {
        /// The lists.
        split: Box<ListsSplit>,
        /// How items were held out.
        how: ListsHoldOut,
        /// The share of each list.
        held_share: f64,
    },
    /// Orders: what came last is held out, and the engine judged as it serves.
    Orders {
        /// What models see and what they are judged by.
        split: Box<Split>,
        /// What happened on pages before the cutoff.
        events: Box<Events>,
        /// What customers have said of themselves.
        stated: Box<Stated>,
        /// The customers by id.
        customers: Vocab<CustomerIdx>,
        /// The items.
        catalogue: Box<Catalogue>,
        /// How long is judged.
        horizon_days: u32,
    },
}

/// Why orders cannot be split.
#[derive(Debug, thiserror::Error)]
pub enum TuningDataError {
    /// There is nothing to look at.
    #[error("there is no purchase")]
    NoPurchases,
    /// One side is empty.
    #[error(transparent)]
    Split(#[from] SplitError),
}

/// Why a recipe has no values.
#[derive(Debug, thiserror::Error)]
pub enum TrialError {
    /// It cannot be fitted.
    #[error(transparent)]
    Fit(#[from] FitError),
    /// The share of customers is too small.
    #[error("of {:.0} % of the customers, none can be judged", 100.0 * share)]
    Nobody {
        /// The share.
        share: f64,
    },
}

impl TuningData {
    /// Holds out what was bought in the last days. `is_listed` says whether a catalogue of the shop's stands behind the items;
    /// where none does, only what was bought before can be shown.
    pub fn of_orders(
        data: TrainingData,
        horizon_days: u32,
        is_listed: bool,
    ) -> Result<Self, TuningDataError> {
        let TrainingData { baskets, events, stated, customers, catalogue } = data;
        let (_, newest) = baskets.window().ok_or(TuningDataError::NoPurchases)?;
        // The horizon ends just after the newest order.
        let cutoff = newest.plus_days(-i64::from(horizon_days)).micros().saturating_add(1);
        let cutoff = Timestamp::from_micros(cutoff);
        let split = Box::new(split_at(&baskets, cutoff, i64::from(horizon_days))?);
        let events = Box::new(events.retain(|occurred_at| occurred_at < cutoff));
        // As an evaluation has it: today's stock says nothing of then, and what nobody knew then cannot be shown.
        let n_purchases = n_purchases_by_item(&split.train);
        let mut catalogue = catalogue.always_available();
        if !is_listed {
            catalogue = catalogue.without(|item| n_purchases[item.index()] == 0);
        }
        let (catalogue, stated) = (Box::new(catalogue), Box::new(stated));
        Ok(Self::Orders { split, events, stated, customers, catalogue, horizon_days })
    }

    /// What tells these data from others, for the log.
    pub fn counts(&self) -> Value {
        match self {
            Self::Lists { split, how, held_share } => json!({
                "hold_out": how,
                "hold_out_share": held_share,
                "n_customers": split.train.n_lists(),
                "n_items": split.item_numbers.len(),
                "n_train": split.train.n_items(),
                "n_held_out": split.test.n_items(),
            }),
            Self::Orders { split, horizon_days, .. } => json!({
                "horizon_days": horizon_days,
                "cutoff": split.cutoff.micros(),
                "n_customers": split.train.n_customers(),
                "n_items": split.train.n_items(),
                "n_train": split.train.n_lines(),
                "n_held_out": split.targets.n_items(),
            }),
        }
    }

    /// Fits a recipe to a share of the customers, and gives the value of a metric for each of them; none for those who
    /// have nothing to be judged by. Of every recipe the same customers in the same order.
    pub fn values(
        &self,
        recipe: &CheckedRecipe,
        metric: MetricAtK,
        share: f64,
        seed: u64,
    ) -> Result<Vec<Option<f64>>, TrialError> {
        let values = match self {
            Self::Lists { split, .. } => values_of_lists(split, recipe, metric, share, seed)?,
            Self::Orders { split, events, stated, customers, catalogue, .. } => {
                let data = TrainingData {
                    baskets: sample_baskets(&split.train, share, seed),
                    events: (**events).clone(),
                    stated: (**stated).clone(),
                    customers: customers.clone(),
                    catalogue: (**catalogue).clone(),
                };
                let engine = Engine::new(train(recipe, data, &Silent)?);
                let targets = sample_lists(&split.targets, share, seed);
                let relevant = relevant_of(&engine, &targets, recipe.already_bought(Placement::Home));
                values_of_engine(&engine, split, &relevant, metric)
            }
        };
        if values.iter().all(Option::is_none) {
            return Err(TrialError::Nobody { share });
        }
        Ok(values)
    }
}

/// The value of each customer by the recipe's first personal model.
fn values_of_lists(
    split: &ListsSplit,
    recipe: &CheckedRecipe,
    metric: MetricAtK,
    share: f64,
    seed: u64,
) -> Result<Vec<Option<f64>>, FitError> {
    let n_items = split.item_numbers.len();
    let [train, test] = [&split.train, &split.test].map(|lists| sample_lists(lists, share, seed));
    let scorer = fit_personal(
        recipe.personal().models[0],
        recipe,
        &incidence_of(&train, n_items),
        None,
        None,
        &Silent,
    )?;
    let values = judge_lists(&scorer, &train, &test, n_items, metric.k, &Silent);
    let values = if metric.metric == Metric::Recall { values.recall_at_k } else { values.ndcg_at_k };
    Ok(values.into_iter().map(Some).collect())
}

/// The value of each customer with targets, by the slate that the home page would have shown at the cutoff.
fn values_of_engine(
    engine: &Engine,
    split: &Split,
    targets: &ItemLists,
    metric: MetricAtK,
) -> Vec<Option<f64>> {
    // Metrics about hits look at none of these facts, and a search admits no others.
    let no_facts =
        ItemFacts { n_buyers: &[], n_customers: 0, similarity: &|_, _| 0.0, category_of: &|_| None };
    let value = |scratch: &mut Scratch, customer: u32| {
        let customer = CustomerIdx::new(customer);
        let relevant = targets.of(customer);
        if relevant.is_empty() {
            return None;
        }
        let query =
            Query { n: metric.k, ..Query::new(Placement::Home, Person::replayed(customer), split.cutoff) };
        let slate = engine.recommend(&query, scratch);
        let ranking: Vec<ItemIdx> = slate.items.iter().map(|item| item.item).collect();
        let history = engine.models().histories.items(customer);
        let bought_before: Vec<ItemIdx> = history.iter().copied().map(ItemIdx::new).collect();
        let case = CustomerCase { ranking: &ranking, relevant, bought_before: &bought_before, popular: &[] };
        values_of_customer(&[metric], &case, &no_facts).pop().flatten()
    };
    (0..targets.n_lists() as u32).into_par_iter().map_init(|| engine.new_scratch(), value).collect()
}

impl fmt::Display for TuningData {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Lists { split, how, held_share } => {
                let drawn = match how {
                    ListsHoldOut::Random => "drawn at random",
                    ListsHoldOut::Block => "a block of neighbours in number",
                };
                write!(
                    f,
                    "judged by {} items held out of {} lists: {:.0} % of each, {drawn}",
                    with_commas(split.test.n_items() as u64),
                    with_commas(split.test.n_filled() as u64),
                    100.0 * held_share,
                )
            }
            Self::Orders { split, horizon_days, .. } => write!(
                f,
                "judged by what {} customers bought in the last {horizon_days} days",
                with_commas(split.targets.n_filled() as u64),
            ),
        }
    }
}
