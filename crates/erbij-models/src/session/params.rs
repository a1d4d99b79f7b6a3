//! What a recipe may say about sessions.

use erbij_core::{ParamError, in_range};
use serde::{Deserialize, Serialize};

/// How a weight falls from the newest item of a visit to the oldest.
///
/// With `i` steps back, the newest being 1, of `n` items looked at:
///
/// | Name | An item of the visit | The newest one that a neighbour shares |
/// |---|---|---|
/// | `same` | 1 | 1 |
/// | `linear` | max(0, 1 − (i − 1)/10) | max(0, 1 − i/10) |
/// | `div` | (n − i + 1)/n | 1/i |
/// | `log` | 1/log₁₀(i + 0.7) | 1/log₁₀(i + 1.7) |
/// | `quadratic` | ((n − i + 1)/n)² | 1/i² |
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StepWeighting {
    /// It does not.
    Same,
    /// By a tenth a step.
    Linear,
    /// By position.
    Div,
    /// By the logarithm of the step.
    Log,
    /// By position squared.
    Quadratic,
}

/// How near a session of the past is to the visit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SessionSimilarity {
    /// The sum of the weights of shared items.
    Dot,
    /// The same by the length of both: `Σ shared w / (√Σ w² · √items of the session)`.
    Cosine,
}

/// What it counts that an item is rare.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IdfForm {
    /// Nothing.
    None,
    /// The score times `ln(items of all sessions / sessions with the item)`, or times 1 where that is 0.
    Factor,
    /// The score times `1 + idf_strength · ln(sessions / sessions with the item)`.
    Bonus,
}

/// Whether what was looked at in the visit is scored too.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VisitedItems {
    /// Yes: people come back to what they saw.
    Keep,
    /// All but the newest, whose page is open.
    DropCurrent,
    /// None of it.
    DropAll,
}

/// The parameters of sessions.
///
/// The defaults are those that did well on the validation parts of two shops, bol.com and Retailrocket, at once. Where one is
/// `auto`, the fit keeps it unless another value foretells the shop's own last sessions better (`choose.rs`).
///
/// A session `s` of the past is compared with the last items of the visit: `sim(s)` is `similarity` with weights
/// by `position_weighting`, each times `e^(−position_decay · steps)`, and times `e^(−days/recency_days)` by how long
/// before the newest session `s` ended. Of the `candidates` most recent sessions that share an item, those nearest,
/// `neighbours` of them, score their items: `Σ_s sim(s) · match(s) · distance(s, i) · idf(i)`, where `match` is
/// `match_weighting` of the newest item shared, times `e^(−match_decay · steps)`, and `distance` is
/// `e^(−distance_decay · |positions of i from that item in s|)`, times `earlier_weight` where `i` came before it.
///
/// | Name | Default | Purpose | Range |
/// |---|---|---|---|
/// | `last_items` | 10 | of a visit, so many of the newest items are looked at | 1 to 32 |
/// | `candidates` | 1000 | so many sessions are compared, the most recent that share an item | 1 to 100000 |
/// | `neighbours` | auto, 200 | so many of them, the nearest, score their items | 1 to 100000 |
/// | `similarity` | auto, `dot` | how near a session is | `dot`, `cosine` |
/// | `position_weighting` | auto, `linear` | how the weight of a visit's item falls with its age | see [`StepWeighting`] |
/// | `position_decay` | auto, 0.15 | the same, exponentially: by how much a step | 0 to 100 |
/// | `match_weighting` | auto, `log` | how a neighbour's weight falls with the age of the newest item shared | see [`StepWeighting`] |
/// | `match_decay` | auto, 0.3 | the same, exponentially | 0 to 100 |
/// | `recency_days` | none | how a session's weight falls with its age: days in which it falls to 1/e; never below 10⁻⁹ | 0.01 to 10000 |
/// | `distance_decay` | auto, 1 | how an item's weight falls with its distance from the item shared | 0 to 100 |
/// | `earlier_weight` | 1 | of items that a neighbour looked at before the item shared | 0 to 1 |
/// | `idf` | `bonus` | what it counts that an item is rare | `none`, `factor`, `bonus` |
/// | `idf_strength` | auto, 1 | of `bonus` | 0 to 1000 |
/// | `visited_items` | `drop_current` | whether items of the visit are scored | `keep`, `drop_current`, `drop_all` |
/// | `inactivity_minutes` | 30 | who did nothing for longer has come anew, where the shop marks no sessions | 1 to 10080 |
/// | `min_items` | 2 | sessions of fewer distinct items are not learned from | 1 to 100 |
/// | `max_length_quantile` | 0.995 | of sessions by distinct items, those longer than this share are not learned from: nobody shops like that | 0.5 to 1 |
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SessionParams {
    /// How many of a visit's newest items are looked at.
    pub last_items: u32,
    /// How many sessions are compared.
    pub candidates: u32,
    /// How many of them score their items.
    pub neighbours: u32,
    /// How near a session is.
    pub similarity: SessionSimilarity,
    /// How the weight of a visit's item falls with its age.
    pub position_weighting: StepWeighting,
    /// The same, exponentially.
    pub position_decay: f64,
    /// How a neighbour's weight falls with the age of the newest item shared.
    pub match_weighting: StepWeighting,
    /// The same, exponentially.
    pub match_decay: f64,
    /// How a session's weight falls with its age.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recency_days: Option<f64>,
    /// How an item's weight falls with its distance from the item shared.
    pub distance_decay: f64,
    /// The weight of items that a neighbour looked at before the item shared.
    pub earlier_weight: f64,
    /// What it counts that an item is rare.
    pub idf: IdfForm,
    /// How much it counts as a bonus.
    pub idf_strength: f64,
    /// Whether items of the visit are scored.
    pub visited_items: VisitedItems,
    /// Where a visit ends that the shop does not mark.
    pub inactivity_minutes: u32,
    /// Sessions of fewer distinct items are not learned from.
    pub min_items: u32,
    /// Sessions longer than this share of them are not learned from.
    pub max_length_quantile: f64,
}

/// The longest visit that is looked at: an item a bit of a mask.
pub(super) const MAX_LAST_ITEMS: usize = 32;

impl Default for SessionParams {
    fn default() -> Self {
        Self {
            last_items: 10,
            candidates: 1000,
            neighbours: 200,
            similarity: SessionSimilarity::Dot,
            position_weighting: StepWeighting::Linear,
            position_decay: 0.15,
            match_weighting: StepWeighting::Log,
            match_decay: 0.3,
            recency_days: None,
            distance_decay: 1.0,
            earlier_weight: 1.0,
            idf: IdfForm::Bonus,
            idf_strength: 1.0,
            visited_items: VisitedItems::DropCurrent,
            inactivity_minutes: 30,
            min_items: 2,
            max_length_quantile: 0.995,
        }
    }
}

/// Checked [`SessionParams`].
#[derive(Clone, Debug, PartialEq)]
pub struct CheckedSessionParams {
    params: SessionParams,
}

impl SessionParams {
    /// Checks every parameter.
    pub fn check(&self) -> Result<CheckedSessionParams, ParamError> {
        let last_items = |n: &u32| (1..=MAX_LAST_ITEMS as u32).contains(n);
        let up_to_100000 = |n: &u32| (1..=100_000).contains(n);
        in_range("last_items", self.last_items, last_items, "1 to 32")?;
        in_range("candidates", self.candidates, up_to_100000, "1 to 100000")?;
        in_range("neighbours", self.neighbours, up_to_100000, "1 to 100000")?;
        for (name, rate) in [
            ("position_decay", self.position_decay),
            ("match_decay", self.match_decay),
            ("distance_decay", self.distance_decay),
        ] {
            in_range(name, rate, |rate| (0.0..=100.0).contains(rate), "a number from 0 to 100")?;
        }
        if let Some(days) = self.recency_days {
            let is_good = |days: &f64| (0.01..=1e4).contains(days);
            in_range("recency_days", days, is_good, "a number from 0.01 to 10000")?;
        }
        let share = |share: &f64| (0.0..=1.0).contains(share);
        in_range("earlier_weight", self.earlier_weight, share, "a number from 0 to 1")?;
        let strength = |strength: &f64| (0.0..=1000.0).contains(strength);
        in_range("idf_strength", self.idf_strength, strength, "a number from 0 to 1000")?;
        let minutes = |minutes: &u32| (1..=10_080).contains(minutes);
        in_range("inactivity_minutes", self.inactivity_minutes, minutes, "1 to 10080")?;
        in_range("min_items", self.min_items, |n| (1..=100).contains(n), "1 to 100")?;
        let quantile = |share: &f64| (0.5..=1.0).contains(share);
        in_range("max_length_quantile", self.max_length_quantile, quantile, "a number from 0.5 to 1")?;
        Ok(CheckedSessionParams { params: self.clone() })
    }
}

impl CheckedSessionParams {
    /// The parameters as written.
    pub fn params(&self) -> &SessionParams {
        &self.params
    }
}
