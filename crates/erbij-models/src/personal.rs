//! `personal`: what a customer wants next. Several models answer it, and a recipe says which it trains.

use erbij_core::{HistoryScorer, ItemIdx, ParamError, Score, ScoreBoard, in_range};
use serde::{Deserialize, Serialize};

use crate::ials::Factors;
use crate::item_weights::ItemWeights;

/// A way to learn what a customer wants next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PersonalKind {
    /// Walks over the graph of customers and items.
    Rp3beta,
    /// Item–item weights learned together, dense: for catalogues whose square fits in memory.
    Ease,
    /// The same per item among its neighbours: for catalogues of any size.
    LocalEase,
    /// Factors of customers and items.
    Ials,
}

impl PersonalKind {
    /// All, in the order of documentation.
    pub const ALL: [Self; 4] = [Self::Rp3beta, Self::Ease, Self::LocalEase, Self::Ials];

    /// The spelling in recipes, JSON and file names.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Rp3beta => "rp3beta",
            Self::Ease => "ease",
            Self::LocalEase => "local_ease",
            Self::Ials => "ials",
        }
    }
}

/// Which personal models are trained, and on what.
///
/// | Name | Default | Purpose | Range |
/// |---|---|---|---|
/// | `models` | `["local_ease", "rp3beta", "ials"]` | those trained, each by the table of its name; the first orders slates until a blend does | 1 to 4, distinct |
/// | `max_history_items` | 200 | of a longer history, the newest this many train, as the newest 200 are asked about | ≥ 2 |
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PersonalParams {
    /// Which are trained.
    pub models: Vec<PersonalKind>,
    /// Of a longer history, the newest this many train. Work grows with the square of a history.
    pub max_history_items: u32,
}

impl Default for PersonalParams {
    fn default() -> Self {
        Self {
            models: vec![PersonalKind::LocalEase, PersonalKind::Rp3beta, PersonalKind::Ials],
            max_history_items: 200,
        }
    }
}

impl PersonalParams {
    /// Checks every parameter.
    pub fn check(&self) -> Result<(), ParamError> {
        let distinct: std::collections::BTreeSet<_> = self.models.iter().collect();
        in_range("models", self.models.len(), |&n| 1 <= n && n == distinct.len(), "one or more, each once")?;
        in_range("max_history_items", self.max_history_items, |&n| 2 <= n, "at least 2")?;
        Ok(())
    }
}

/// A fitted personal model, and which it is.
#[derive(Clone, Debug, PartialEq)]
pub struct Personal {
    /// Which it is.
    pub kind: PersonalKind,
    /// What it learned.
    pub scorer: PersonalScorer,
}

/// What a personal model learned.
#[derive(Clone, Debug, PartialEq)]
pub enum PersonalScorer {
    /// Item–item weights.
    ItemWeights(ItemWeights),
    /// Factors of items; a customer's are worked out from his history.
    Factors(Factors),
}

impl Personal {
    fn scorer(&self) -> &dyn HistoryScorer {
        match &self.scorer {
            PersonalScorer::ItemWeights(weights) => weights,
            PersonalScorer::Factors(factors) => factors,
        }
    }

    /// Its weights between items, where it has any.
    pub fn item_weights(&self) -> Option<&ItemWeights> {
        match &self.scorer {
            PersonalScorer::ItemWeights(weights) => Some(weights),
            PersonalScorer::Factors(_) => None,
        }
    }

    /// How many numbers it learned.
    pub fn n_weights(&self) -> usize {
        match &self.scorer {
            PersonalScorer::ItemWeights(weights) => weights.weights().n_values(),
            PersonalScorer::Factors(factors) => factors.column().len(),
        }
    }
}

impl HistoryScorer for Personal {
    fn score(&self, history: &[ItemIdx], board: &mut ScoreBoard) {
        self.scorer().score(history, board);
    }

    fn contributions(&self, history: &[ItemIdx], item: ItemIdx) -> Vec<(ItemIdx, Score)> {
        self.scorer().contributions(history, item)
    }

    fn contributions_of(&self, history: &[ItemIdx], recommended: &[ItemIdx]) -> Vec<Vec<(ItemIdx, Score)>> {
        self.scorer().contributions_of(history, recommended)
    }

    fn size_bytes(&self) -> usize {
        self.scorer().size_bytes()
    }
}
