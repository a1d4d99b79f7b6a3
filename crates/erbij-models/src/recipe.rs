//! A recipe: the TOML that fully determines a training run.
//!
//! Every key has a default, so an empty recipe is a good one; an unknown key is refused with the nearest
//! valid one. What is read is a [`Recipe`]; what may be trained is a [`CheckedRecipe`].

use std::collections::BTreeMap;

use erbij_core::{AlreadyBought, Baskets, Placement, Timestamp, TomlError, from_toml};
use serde::{Deserialize, Serialize};

use crate::affinity::{AffinityParams, CheckedAffinityParams};
use crate::blend::{BlendParams, CheckedBlendParams};
use crate::personal::PersonalParams;
use crate::popularity::{CheckedPopularityParams, PopularityParams};
use crate::rp3beta::{CheckedRp3betaParams, Rp3betaParams};

/// A recipe as written, unchecked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Recipe {
    /// What people call it; also its folder under `models/`.
    pub name: String,
    /// Which purchases count at all.
    pub history: HistoryParams,
    /// What sells.
    pub popularity: PopularityParams,
    /// What goes with an item.
    pub affinity: AffinityParams,
    /// What a customer wants next: which models answer it.
    pub personal: PersonalParams,
    /// The walks, where they are one of the personal models.
    pub rp3beta: Rp3betaParams,
    /// The order of slates, where it is learned.
    pub blend: BlendParams,
    /// What each placement asks for; a placement not named here keeps its default.
    pub placements: BTreeMap<Placement, PlacementParams>,
}

/// Which purchases count at all.
///
/// | Name | Default | Purpose | Range |
/// |---|---|---|---|
/// | `max_age_days` | all | purchases older than this, seen from the newest, are left out | ≥ 1 |
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct HistoryParams {
    /// Older purchases are left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_age_days: Option<u32>,
}

/// What a placement asks for.
///
/// | Name | Default | Purpose |
/// |---|---|---|
/// | `already_bought` | `keep` on `item_page`, `exclude` elsewhere | whether a customer is shown what he bought before |
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlacementParams {
    /// What to do with items this customer has bought before.
    pub already_bought: AlreadyBought,
}

impl Default for Recipe {
    fn default() -> Self {
        Self {
            name: "default".to_owned(),
            history: HistoryParams::default(),
            popularity: PopularityParams::default(),
            affinity: AffinityParams::default(),
            personal: PersonalParams::default(),
            rp3beta: Rp3betaParams::default(),
            blend: BlendParams::default(),
            placements: BTreeMap::new(),
        }
    }
}

/// A parameter outside its range.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("`{name}` is {found}, expected {expected}")]
pub struct ParamError {
    /// The key, without its table.
    pub name: &'static str,
    /// Its value.
    pub found: String,
    /// What it may be.
    pub expected: &'static str,
}

/// Passes a value that is in its range; anything else, NaN included, is an error.
pub(crate) fn in_range<T: std::fmt::Display>(
    name: &'static str,
    value: T,
    is_good: impl FnOnce(&T) -> bool,
    expected: &'static str,
) -> Result<T, ParamError> {
    if is_good(&value) { Ok(value) } else { Err(ParamError { name, found: value.to_string(), expected }) }
}

/// Why a recipe is refused.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum RecipeError {
    /// It is not the TOML it should be.
    #[error(transparent)]
    Toml(#[from] TomlError),
    /// A parameter is outside its range.
    #[error("in table `{table}`: {source}")]
    Param {
        /// The table it stands in.
        table: &'static str,
        /// What is wrong with it.
        source: ParamError,
    },
    /// The name cannot be a folder's.
    #[error("`name` is `{found}`, expected 1 to 64 of `a-z 0-9 _ -`, the first a letter or a digit")]
    Name {
        /// What stood there.
        found: String,
    },
}

impl Recipe {
    /// Reads a recipe.
    ///
    /// ```
    /// use erbij_models::Recipe;
    /// let error = Recipe::parse("[affinity]\nshrinkige = 5").unwrap_err();
    /// assert_eq!(error.to_string(), "line 2: unknown key `shrinkige`; did you mean `shrinkage`?");
    /// ```
    pub fn parse(text: &str) -> Result<Self, TomlError> {
        from_toml(text)
    }

    /// Checks every parameter.
    pub fn check(self) -> Result<CheckedRecipe, RecipeError> {
        let in_table = |table| move |source| RecipeError::Param { table, source };
        let is_word = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"_-".contains(&byte);
        let first = self.name.bytes().next();
        let named = first.is_some_and(|byte| is_word(byte) && byte.is_ascii_alphanumeric())
            && self.name.len() <= 64
            && self.name.bytes().all(is_word);
        if !named {
            return Err(RecipeError::Name { found: self.name });
        }
        if let Some(days) = self.history.max_age_days {
            in_range("max_age_days", days, |&days| 1 <= days, "at least 1").map_err(in_table("history"))?;
        }
        self.personal.check().map_err(in_table("personal"))?;
        Ok(CheckedRecipe {
            popularity: self.popularity.check().map_err(in_table("popularity"))?,
            affinity: self.affinity.check().map_err(in_table("affinity"))?,
            rp3beta: self.rp3beta.check().map_err(in_table("rp3beta"))?,
            blend: self.blend.check().map_err(in_table("blend"))?,
            recipe: self,
        })
    }
}

/// A recipe whose every parameter is in its range.
#[derive(Clone, Debug, PartialEq)]
pub struct CheckedRecipe {
    recipe: Recipe,
    popularity: CheckedPopularityParams,
    affinity: CheckedAffinityParams,
    rp3beta: CheckedRp3betaParams,
    blend: CheckedBlendParams,
}

impl CheckedRecipe {
    /// The recipe as it was written, defaults filled in.
    pub fn recipe(&self) -> &Recipe {
        &self.recipe
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.recipe.name
    }

    /// Which purchases count.
    pub fn history(&self) -> &HistoryParams {
        &self.recipe.history
    }

    /// What sells.
    pub fn popularity(&self) -> &CheckedPopularityParams {
        &self.popularity
    }

    /// What goes with an item.
    pub fn affinity(&self) -> &CheckedAffinityParams {
        &self.affinity
    }

    /// Which personal models are trained, and on what.
    pub fn personal(&self) -> &PersonalParams {
        &self.recipe.personal
    }

    /// The walks.
    pub fn rp3beta(&self) -> &CheckedRp3betaParams {
        &self.rp3beta
    }

    /// The order of slates, where it is to be learned.
    pub fn blend(&self) -> Option<&CheckedBlendParams> {
        self.recipe.blend.learn.then_some(&self.blend)
    }

    /// What a placement does with items bought before.
    pub fn already_bought(&self, placement: Placement) -> AlreadyBought {
        match self.recipe.placements.get(&placement) {
            Some(params) => params.already_bought,
            None if placement == Placement::ItemPage => AlreadyBought::Keep,
            None => AlreadyBought::Exclude,
        }
    }
}

impl HistoryParams {
    /// The baskets young enough to count, seen from `cutoff`.
    pub(crate) fn within(&self, baskets: Baskets, cutoff: Timestamp) -> Baskets {
        let Some(days) = self.max_age_days else { return baskets };
        let oldest = cutoff.plus_days(-i64::from(days));
        baskets.retain(|ordered_at| oldest <= ordered_at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_recipe_is_the_default_one() {
        assert_eq!(Recipe::parse(""), Ok(Recipe::default()));
        assert!(Recipe::default().check().is_ok());
    }

    #[test]
    fn a_recipe_survives_being_written_and_read() {
        let text =
            "name = 'spring'\n[affinity]\nmeasure = 'jaccard'\n[placements.basket]\nalready_bought = 'keep'";
        let recipe = Recipe::parse(text).expect("valid");
        let json = serde_json::to_string(&recipe).expect("plain data");
        assert_eq!(serde_json::from_str::<Recipe>(&json).expect("its own words"), recipe);
        let checked = recipe.check().expect("in range");
        assert_eq!(checked.already_bought(Placement::Basket), AlreadyBought::Keep);
        assert_eq!(checked.already_bought(Placement::Newsletter), AlreadyBought::Exclude);
        assert_eq!(checked.already_bought(Placement::ItemPage), AlreadyBought::Keep);
    }

    #[test]
    fn what_is_out_of_range_is_refused_with_its_place() {
        let check = |text: &str, expected: &str| {
            let error =
                Recipe::parse(text).map_err(RecipeError::from).and_then(Recipe::check).expect_err(text);
            assert_eq!(error.to_string(), expected);
        };
        check(
            "name = '../up'",
            "`name` is `../up`, expected 1 to 64 of `a-z 0-9 _ -`, the first a letter or a digit",
        );
        check("[history]\nmax_age_days = 0", "in table `history`: `max_age_days` is 0, expected at least 1");
        check(
            "[affinity]\nshrinkage = -1.0",
            "in table `affinity`: `shrinkage` is -1, expected a number from 0 to 1000000",
        );
        check(
            "[affinity]\nshrinkage = nan",
            "in table `affinity`: `shrinkage` is NaN, expected a number from 0 to 1000000",
        );
        check("[rp3beta]\nneighbours = 0", "in table `rp3beta`: `neighbours` is 0, expected 1 to 10000");
        check(
            "[personal]\nmodels = []",
            "in table `personal`: `models` is 0, expected one or more, each once",
        );
        check("[personal]\nmodels = ['eese']", "line 2: unknown value `eese`; did you mean `ease`?");
        check("[blend]\nl2 = 0.0", "in table `blend`: `l2` is 0, expected a number above 0");
        check(
            "[popularity]\nwindow_days = 0",
            "in table `popularity`: `window_days` is 0, expected 1 to 3650",
        );
        check("[afinity]\n", "line 1: unknown key `afinity`; did you mean `affinity`?");
        check(
            "[placements.hom]\nalready_bought = 'keep'",
            "line 1: unknown value `hom`; did you mean `home`?",
        );
    }
}
