//! What a recipe may say about needs and what is owned.

use erbij_core::{Catalogue, ParamError, in_range};
use serde::{Deserialize, Serialize};

/// What else than a leaf of the category tree is one need.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NeedMapping {
    /// What it is called, once.
    pub name: String,
    /// Paths of categories; what stands in them or below answers this need. The nearest path to the item counts.
    #[serde(default)]
    pub categories: Vec<String>,
    /// Ids of items that answer it, wherever they stand.
    #[serde(default)]
    pub items: Vec<String>,
    /// How long what answers it serves, where the catalogue does not say so of at least half of it. It makes the need a
    /// lasting one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub useful_life_days: Option<u32>,
}

/// When something counts as owned.
///
/// | Name | Default | Purpose | Range |
/// |---|---|---|---|
/// | `max_repeat_share` | 0.1 | a need is lasting where surely (at 99 %: of 50 buyers none) no larger share of its buyers buys in it again within a year | 0 to 1; 0: only lives that are told count |
/// | `useful_life_days` | 1825 | how long what answers a lasting need serves, where nobody tells | ≥ 1 |
/// | `replacement_days` | 30 | so long before the end a replacement may be offered, at most a quarter of the life | ≥ 0 |
/// | `replacement_days_after` | 365 | so long after the end it still is; then the need is as if never met | ≥ 0 |
/// | `max_catalogue_share` | 0.5 | a category that holds more of all products than this is no need: it says nothing of what a thing is for | above 0, to 1 |
/// | `needs` | the leaf categories | what else is one need: `name`, `categories`, `items`, `useful_life_days` | names distinct |
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct OwnershipParams {
    /// Largest share of second purchases in a lasting need.
    pub max_repeat_share: f64,
    /// Life of what nobody tells the life of.
    pub useful_life_days: u32,
    /// From when on a replacement is offered.
    pub replacement_days: u32,
    /// Until when.
    pub replacement_days_after: u32,
    /// A category that holds more of all products than this is no need.
    pub max_catalogue_share: f64,
    /// What else is one need.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub needs: Vec<NeedMapping>,
}

impl Default for OwnershipParams {
    fn default() -> Self {
        Self {
            max_repeat_share: 0.1,
            useful_life_days: 1825,
            replacement_days: 30,
            replacement_days_after: 365,
            max_catalogue_share: 0.5,
            needs: Vec::new(),
        }
    }
}

/// Checked [`OwnershipParams`].
#[derive(Clone, Debug, PartialEq)]
pub struct CheckedOwnershipParams {
    params: OwnershipParams,
}

/// The longest life that is believed: a century.
const MAX_DAYS: u32 = 36_500;

impl OwnershipParams {
    /// Checks every parameter.
    pub fn check(&self) -> Result<CheckedOwnershipParams, ParamError> {
        let share = |share: &f64| (0.0..=1.0).contains(share);
        in_range("max_repeat_share", self.max_repeat_share, share, "a number from 0 to 1")?;
        let life = |days: &u32| (1..=MAX_DAYS).contains(days);
        let lives = self.needs.iter().filter_map(|need| need.useful_life_days);
        for days in lives.chain([self.useful_life_days]) {
            in_range("useful_life_days", days, life, "1 to 36500")?;
        }
        let around = |days: &u32| *days <= MAX_DAYS;
        in_range("replacement_days", self.replacement_days, around, "0 to 36500")?;
        in_range("replacement_days_after", self.replacement_days_after, around, "0 to 36500")?;
        let part = |share: &f64| 0.0 < *share && *share <= 1.0;
        in_range("max_catalogue_share", self.max_catalogue_share, part, "a number above 0, to 1")?;
        for (at, need) in self.needs.iter().enumerate() {
            let is_good =
                |name: &&str| !name.is_empty() && self.needs[..at].iter().all(|other| other.name != **name);
            in_range("needs.name", need.name.as_str(), is_good, "a name that no other need has")?;
            let n_named = need.categories.len() + need.items.len();
            in_range("needs", n_named, |&n| 0 < n, "each with one of `categories` or `items` at least")?;
        }
        Ok(CheckedOwnershipParams { params: self.clone() })
    }
}

impl CheckedOwnershipParams {
    /// The parameters.
    pub fn params(&self) -> &OwnershipParams {
        &self.params
    }

    /// What the needs name and this catalogue has not: (need, `category` or `item`, what).
    pub fn unmatched<'a>(&'a self, catalogue: &Catalogue) -> Vec<(&'a str, &'static str, &'a str)> {
        let mut unmatched = Vec::new();
        for need in &self.params.needs {
            let categories =
                need.categories.iter().filter(|path| catalogue.categories().idx_from_path(path).is_none());
            unmatched.extend(categories.map(|path| (need.name.as_str(), "category", path.as_str())));
            let items = need.items.iter().filter(|id| catalogue.item_idx_from_id(id).is_none());
            unmatched.extend(items.map(|id| (need.name.as_str(), "item", id.as_str())));
        }
        unmatched
    }
}
