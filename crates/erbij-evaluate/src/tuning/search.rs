//! What may vary: the search file, and points of its space.
//!
//! ```toml
//! metric = "ndcg_at_20"
//!
//! [space]
//! "rp3beta.alpha" = { from = 0.0, to = 2.0 }
//! "rp3beta.neighbours" = { from = 5, to = 1000, scale = "log" }   # whole numbers, as both ends are
//! "affinity.measure" = ["cosine", "jaccard"]
//!
//! [budget]
//! trials = 40
//! ```
//!
//! Numbers are searched in the unit cube: an axis maps 0 to 1 onto its range, evenly or by ratio. A point is
//! applied to a recipe through its JSON value, so whatever a recipe can say can be searched.

use std::collections::BTreeMap;
use std::fmt;

use erbij_core::{TomlError, from_toml};
use erbij_recipe::{CheckedRecipe, Recipe, RecipeError};
use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{Deserializer, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Serialize};
use serde_json::{Number, Value};

use crate::metrics::{Metric, MetricAtK};

/// Digits of a number that is drawn: more would not be told apart by any metric.
const DRAWN_DIGITS: usize = 4;

/// Digits of a number that is only written down. Up to 15, JSON gives back the very number.
const KEPT_DIGITS: usize = 12;

/// A point: by key of the recipe, as `rp3beta.alpha`, its value.
pub type Params = BTreeMap<String, Value>;

/// A search file as written, unchecked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SearchParams {
    /// What the best recipe has most of.
    pub metric: MetricAtK,
    /// What may vary, by key of the recipe.
    pub space: BTreeMap<String, Axis>,
    /// How much may be spent.
    #[serde(default)]
    pub budget: Budget,
}

/// How much may be spent.
///
/// | Name | Default | Purpose | Range |
/// |---|---|---|---|
/// | `trials` | 40 | how many recipes are fitted and judged, the one given included | 1 to 1000 |
/// | `share` | 0.25 | the share of customers that random points are tried on | above 0, to 1 |
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Budget {
    /// How many recipes are tried.
    pub trials: usize,
    /// The share of the data random points are tried on.
    pub share: f64,
}

impl Default for Budget {
    fn default() -> Self {
        Self { trials: 40, share: 0.25 }
    }
}

/// The values one key may take.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Axis {
    /// Any number of a range.
    Range(Range),
    /// One of these, in no order.
    Choices(Vec<Value>),
}

/// A range of numbers; of whole numbers where both ends are.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Range {
    /// The least.
    pub from: Number,
    /// The greatest.
    pub to: Number,
    /// How the range is gone through.
    #[serde(default)]
    pub scale: Scale,
}

/// How a range is gone through.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scale {
    /// Equal differences weigh alike.
    #[default]
    Linear,
    /// Equal ratios weigh alike.
    Log,
}

/// Why a search is refused.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum SearchError {
    /// The metric is about something else than hits.
    #[error(
        "`metric` is `{found}`, which does not say whether customers buy what they are shown; use one of `{}`",
        hit_metrics()
    )]
    Metric {
        /// What stood there.
        found: MetricAtK,
    },
    /// Nothing may vary.
    #[error("`[space]` is empty; name what may vary, as `\"rp3beta.alpha\" = {{ from = 0.0, to = 2.0 }}`")]
    Empty,
    /// The recipe has no such key, or the key cannot have this value.
    #[error("in `[space]`, `{key}`: {message}")]
    Key {
        /// The key as it stood there.
        key: String,
        /// What is wrong with it.
        message: String,
    },
    /// A number of the budget is outside its range.
    #[error("in `[budget]`, `{name}` is {found}, expected {expected}")]
    Budget {
        /// The key.
        name: &'static str,
        /// Its value.
        found: String,
        /// What it may be.
        expected: &'static str,
    },
    /// No point was drawn that the recipe can have.
    #[error("none of {draws} points drawn makes a recipe; of the last")]
    NoneAllowed {
        /// How many were drawn.
        draws: usize,
        /// Why the last is refused.
        source: RecipeError,
    },
    /// What was logged is not what this search would have tried.
    #[error("trial {trial} of the log is not the one this search makes")]
    Replay {
        /// Its number.
        trial: usize,
    },
}

/// The metrics there can be a search by.
const HIT_METRICS: [Metric; 10] = [
    Metric::Recall,
    Metric::CappedRecall,
    Metric::Precision,
    Metric::Ndcg,
    Metric::NdcgIdealUncut,
    Metric::HitRate,
    Metric::Mrr,
    Metric::AveragePrecision,
    Metric::RepeatRecall,
    Metric::ExploreRecall,
];

fn hit_metrics() -> String {
    HIT_METRICS.map(Metric::name).join("`, `")
}

impl SearchParams {
    /// Reads a search file.
    pub fn parse(text: &str) -> Result<Self, TomlError> {
        from_toml(text)
    }

    /// Checks that the recipe has every key and that each may take its values.
    ///
    /// ```
    /// use erbij_evaluate::tuning::SearchParams;
    /// let text = "metric = 'ndcg_at_20'\n[space]\n'rp3beta.alhpa' = { from = 0.0, to = 2.0 }";
    /// let error = SearchParams::parse(text).unwrap().check().unwrap_err();
    /// assert_eq!(
    ///     error.to_string(),
    ///     "in `[space]`, `rp3beta.alhpa`: unknown key `alhpa`; did you mean `alpha`?",
    /// );
    /// ```
    pub fn check(self) -> Result<Search, SearchError> {
        if !HIT_METRICS.contains(&self.metric.metric) {
            return Err(SearchError::Metric { found: self.metric });
        }
        if self.space.is_empty() {
            return Err(SearchError::Empty);
        }
        let Budget { trials, share } = self.budget;
        if !(1..=1000).contains(&trials) {
            let (found, expected) = (trials.to_string(), "1 to 1000");
            return Err(SearchError::Budget { name: "trials", found, expected });
        }
        if !(0.0 < share && share <= 1.0) {
            let (found, expected) = (share.to_string(), "a number above 0, to 1");
            return Err(SearchError::Budget { name: "share", found, expected });
        }
        for (key, axis) in &self.space {
            let checked = axis.check().and_then(|()| check_key(key, axis));
            checked.map_err(|message| SearchError::Key { key: key.clone(), message })?;
        }
        Ok(Search { params: self })
    }
}

/// Asks the reader of recipes whether a recipe may say `key = value`, for each value that is named.
fn check_key(key: &str, axis: &Axis) -> Result<(), String> {
    let is_word = |word: &str| {
        !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte))
    };
    if !key.split('.').all(is_word) {
        return Err("expected a key with its table, as `rp3beta.alpha`".to_owned());
    }
    let values: Vec<Value> = match axis {
        Axis::Range(range) => vec![range.from.clone().into(), range.to.clone().into()],
        Axis::Choices(choices) => choices.clone(),
    };
    for value in values {
        // JSON's numbers, texts and lists are TOML's too.
        Recipe::parse(&format!("{key} = {value}")).map_err(|error| error.message)?;
    }
    Ok(())
}

/// A search whose keys a recipe has.
#[derive(Clone, Debug, PartialEq)]
pub struct Search {
    params: SearchParams,
}

impl Search {
    /// The search as it was written.
    pub fn params(&self) -> &SearchParams {
        &self.params
    }

    /// What the best recipe has most of.
    pub fn metric(&self) -> MetricAtK {
        self.params.metric
    }

    /// How much may be spent.
    pub fn budget(&self) -> &Budget {
        &self.params.budget
    }

    /// What may vary, in the order of keys.
    pub fn axes(&self) -> impl ExactSizeIterator<Item = &Axis> {
        self.params.space.values()
    }

    /// The values at a place in the unit cube, one coordinate an axis.
    pub(crate) fn params_at(&self, units: &[f64]) -> Params {
        let keyed = self.params.space.iter().zip(units);
        keyed.map(|((key, axis), &unit)| (key.clone(), axis.value_at(unit))).collect()
    }

    /// Where values lie in the unit cube: the nearest place of each axis, its middle where there is no value.
    pub(crate) fn units_of(&self, params: &Params) -> Vec<f64> {
        let unit = |(key, axis): (&String, &Axis)| {
            params.get(key).and_then(|value| axis.unit_of(value)).unwrap_or(0.5)
        };
        self.params.space.iter().map(unit).collect()
    }

    /// What a recipe has of the space; a key it leaves unset is left out.
    pub fn params_of(&self, recipe: &Recipe) -> Params {
        let recipe = serde_json::to_value(recipe).expect("a recipe is plain data");
        let keys = self.params.space.keys();
        let found = keys.filter_map(|key| {
            let value = key.split('.').try_fold(&recipe, |value, word| value.get(word))?;
            let kept = match value.as_f64().filter(|_| value.is_f64()) {
                Some(number) => significant(number, KEPT_DIGITS).into(),
                None => value.clone(),
            };
            Some((key.clone(), kept))
        });
        found.collect()
    }

    /// The recipe with these values.
    pub fn apply(&self, params: &Params, recipe: &Recipe) -> Result<CheckedRecipe, RecipeError> {
        let mut changed = serde_json::to_value(recipe).expect("a recipe is plain data");
        for (key, value) in params {
            let mut place = &mut changed;
            for word in key.split('.') {
                // A table the recipe left out, as that of a placement, comes to be here.
                place = &mut place[word];
            }
            *place = value.clone();
        }
        let refused = |error: serde_json::Error| TomlError { line: 1, message: error.to_string() };
        serde_json::from_value::<Recipe>(changed).map_err(refused)?.check()
    }
}

/// A number cut to so many significant digits.
///
/// ```
/// assert_eq!(erbij_evaluate::tuning::significant(0.123456, 4), 0.1235);
/// ```
pub fn significant(number: f64, digits: usize) -> f64 {
    let text = format!("{number:.*e}", digits.saturating_sub(1));
    text.parse().expect("a number as it was just written")
}

impl Axis {
    fn check(&self) -> Result<(), String> {
        match self {
            Self::Choices(choices) if choices.is_empty() => Err("expected at least one choice".to_owned()),
            Self::Choices(choices) => {
                let twice = choices.iter().enumerate().find(|&(at, choice)| choices[..at].contains(choice));
                twice.map_or(Ok(()), |(_, choice)| Err(format!("the choice {choice} stands twice")))
            }
            Self::Range(range) => range.check(),
        }
    }

    /// The value at 0 to 1.
    fn value_at(&self, unit: f64) -> Value {
        match self {
            Self::Choices(choices) => {
                choices[((unit * choices.len() as f64) as usize).min(choices.len() - 1)].clone()
            }
            Self::Range(range) => range.value_at(unit),
        }
    }

    /// Where a value lies from 0 to 1, brought into the range; none if it is of another kind.
    fn unit_of(&self, value: &Value) -> Option<f64> {
        match self {
            Self::Choices(choices) => {
                let at = choices.iter().position(|choice| choice == value)?;
                Some((at as f64 + 0.5) / choices.len() as f64)
            }
            Self::Range(range) => {
                let (from, to) = range.ends();
                let bent = range.scale.bend(value.as_f64()?.clamp(from, to));
                let (low, high) = (range.scale.bend(from), range.scale.bend(to));
                Some((bent - low) / (high - low))
            }
        }
    }
}

impl Range {
    fn check(&self) -> Result<(), String> {
        let (from, to) = self.ends();
        let rises = from < to;
        let can_be_log = 0.0 < from;
        if !rises {
            Err(format!("`from` is {} and `to` is {}; `from` must be below `to`", self.from, self.to))
        } else if self.scale == Scale::Log && !can_be_log {
            Err(format!("`from` is {}; with `scale = \"log\"` it must be above 0", self.from))
        } else {
            Ok(())
        }
    }

    fn ends(&self) -> (f64, f64) {
        let end = |number: &Number| number.as_f64().expect("every number of a TOML file fits in 64 bits");
        (end(&self.from), end(&self.to))
    }

    fn value_at(&self, unit: f64) -> Value {
        let (from, to) = self.ends();
        let (low, high) = (self.scale.bend(from), self.scale.bend(to));
        let number = self.scale.unbend(low + unit * (high - low)).clamp(from, to);
        if self.from.is_f64() || self.to.is_f64() {
            significant(number, DRAWN_DIGITS).clamp(from, to).into()
        } else {
            (number.round() as i64).into()
        }
    }
}

impl Scale {
    fn bend(self, number: f64) -> f64 {
        match self {
            Self::Linear => number,
            Self::Log => number.ln(),
        }
    }

    fn unbend(self, number: f64) -> f64 {
        match self {
            Self::Linear => number,
            Self::Log => number.exp(),
        }
    }
}

/// By hand, since serde's way of telling forms apart says of a mistake only that no form matched.
impl<'de> Deserialize<'de> for Axis {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct OfAxis;
        impl<'de> Visitor<'de> for OfAxis {
            type Value = Axis;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a range as `{ from = 0.0, to = 2.0 }` or choices as `[\"cosine\", \"jaccard\"]`")
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Axis, A::Error> {
                Range::deserialize(MapAccessDeserializer::new(map)).map(Axis::Range)
            }

            fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Axis, A::Error> {
                Vec::deserialize(SeqAccessDeserializer::new(seq)).map(Axis::Choices)
            }
        }
        deserializer.deserialize_any(OfAxis)
    }
}

#[cfg(test)]
mod tests;
