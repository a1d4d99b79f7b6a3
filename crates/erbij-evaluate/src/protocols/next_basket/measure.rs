//! A model and what it is worth under the protocol: whom it learns from, whom it is judged by.

use erbij_core::{Auto, Choice, Progress};
use erbij_people::{RepeatParams, choose_repeat, fit_repeat};
use serde_json::Value;

use super::files::NextBaskets;
use super::foretell::{Foreteller, dated_baskets};
use super::judge::{NextBasketFigures, judge_next_baskets};
use super::tifu_knn::{TifuKnn, TifuKnnParams};
use super::top_freq::TopFreq;

/// Places ranked: the most that are judged.
const PLACES: usize = 20;

/// A model that the protocol judges, with checked parameters.
#[derive(Clone, Debug)]
pub enum NextBasketModel {
    /// What was bought most.
    TopFreq(TopFreq),
    /// Decayed frequency, mixed with that of the nearest customers.
    TifuKnn(TifuKnnParams),
    /// Strengths that fade, what follows what, and what is popular; some of its parameters may choose themselves.
    Repeat(Auto<RepeatParams>),
}

/// Whom a run learns from and whom it judges: positions in [`NextBaskets`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NextBasketFold {
    /// Among whom neighbours are looked for.
    pub neighbours: Vec<usize>,
    /// Whose next baskets are learned from.
    pub learned: Vec<usize>,
    /// Who is judged.
    pub judged: Vec<usize>,
}

impl NextBasketModel {
    /// The parameters, defaults filled in; an empty object where there is nothing to set.
    pub fn params(&self) -> Result<Value, serde_json::Error> {
        match self {
            Self::TopFreq(_) => Ok(Value::Object(serde_json::Map::new())),
            Self::TifuKnn(params) => serde_json::to_value(params),
            Self::Repeat(params) => serde_json::to_value(params),
        }
    }

    /// Judges the model on a fold; with the figures, what it chose of what nobody set.
    pub fn measure(
        &self,
        baskets: &NextBaskets,
        fold: &NextBasketFold,
        progress: &dyn Progress,
    ) -> (NextBasketFigures, Option<Choice>) {
        match self {
            Self::TopFreq(model) => {
                let rank = model.rankings(baskets, PLACES);
                (judge_next_baskets(baskets, &fold.judged, |customer, _| rank(customer), progress), None)
            }
            Self::TifuKnn(params) => {
                let model = TifuKnn::new(params, baskets, &fold.neighbours);
                let rank = |customer, board: &mut _| model.ranking(customer, PLACES, board);
                (judge_next_baskets(baskets, &fold.judged, rank, progress), None)
            }
            Self::Repeat(params) => {
                let (dated, as_of) = dated_baskets(baskets, &fold.learned);
                // The files tell no categories.
                let categories = vec![None; baskets.n_items];
                let (chosen, choice) = choose_repeat(params, &dated, &categories, as_of, progress);
                let chosen = chosen.check().expect("what is chosen is in range");
                let model = fit_repeat(&chosen, &dated, &categories, as_of, progress);
                let foreteller = Foreteller { model: &model, baskets };
                let rank = |customer, board: &mut _| foreteller.ranking(customer, PLACES, board);
                (judge_next_baskets(baskets, &fold.judged, rank, progress), choice)
            }
        }
    }
}
