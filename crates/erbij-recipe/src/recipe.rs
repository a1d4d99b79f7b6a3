//! A recipe: the TOML that fully determines a training run.
//!
//! Every key has a default, so an empty recipe is a good one; an unknown key is refused with the nearest
//! valid one. What is read is a [`Recipe`]; what may be trained is a [`CheckedRecipe`].

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use erbij_core::{
    AlreadyBought, Auto, Baskets, ParamError, Placement, Timestamp, TomlError, from_toml, in_range,
};
use erbij_models::{
    AccessoryParams, AffinityParams, AttributeParams, BlendParams, CheckedAccessoryParams,
    CheckedAffinityParams, CheckedBlendParams, CheckedEaseParams, CheckedIalsParams, CheckedLocalEaseParams,
    CheckedPopularityParams, CheckedRelatedParams, CheckedRp3betaParams, CheckedSessionParams, EaseParams,
    IalsParams, LocalEaseParams, PersonalKind, PersonalParams, PopularityParams, PrivacyParams,
    RelatedParams, Rp3betaParams, SessionParams,
};
use erbij_people::{
    CheckedHouseholdParams, CheckedInterestParams, CheckedJourneyParams, CheckedLifetimeParams,
    CheckedOwnershipParams, CheckedRepeatParams, CheckedReplenishmentParams, HouseholdParams, InterestParams,
    JourneyParams, LifetimeParams, OwnershipParams, RepeatParams, ReplenishmentParams,
};
use serde::{Deserialize, Serialize};

use crate::placement_params::{CheckedPlacementParams, PlacementParams};

/// A recipe as written, unchecked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Recipe {
    /// What people call it; also its folder under `models/`.
    pub name: String,
    /// Which purchases count at all.
    pub history: HistoryParams,
    /// How many people must stand behind what others are shown.
    pub privacy: PrivacyParams,
    /// What sells.
    pub popularity: PopularityParams,
    /// What goes with an item.
    pub affinity: AffinityParams,
    /// What is shown beside an item.
    pub related: RelatedParams,
    /// What belongs to an item, and what may be bought instead.
    pub accessory: AccessoryParams,
    /// What a customer wants next: which models answer it.
    pub personal: PersonalParams,
    /// What items have in common, where item–item models are to learn from it.
    pub attributes: AttributeParams,
    /// The walks, where they are one of the personal models.
    pub rp3beta: Rp3betaParams,
    /// Dense item–item regression, where it is one of them.
    pub ease: EaseParams,
    /// Item–item regression among neighbours, where it is one of them.
    pub local_ease: LocalEaseParams,
    /// Factors, where they are one of them.
    pub ials: IalsParams,
    /// When what a customer bought is due again.
    pub replenishment: ReplenishmentParams,
    /// What a customer buys again, and what follows it.
    pub repeat: Auto<RepeatParams>,
    /// What a visit goes on to.
    pub session: Auto<SessionParams>,
    /// Who is still a customer, and what he is worth.
    pub lifetime: LifetimeParams,
    /// What a customer cares about.
    pub interest: InterestParams,
    /// Whom a customer buys for.
    pub household: HouseholdParams,
    /// When something counts as owned, and what is one need.
    pub ownership: OwnershipParams,
    /// What comes when after a purchase.
    pub journey: JourneyParams,
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

impl Default for Recipe {
    fn default() -> Self {
        Self {
            name: "default".to_owned(),
            history: HistoryParams::default(),
            privacy: PrivacyParams::default(),
            popularity: PopularityParams::default(),
            affinity: AffinityParams::default(),
            related: RelatedParams::default(),
            accessory: AccessoryParams::default(),
            personal: PersonalParams::default(),
            attributes: AttributeParams::default(),
            rp3beta: Rp3betaParams::default(),
            ease: EaseParams::default(),
            local_ease: LocalEaseParams::default(),
            ials: IalsParams::default(),
            replenishment: ReplenishmentParams::default(),
            repeat: Auto::default(),
            session: Auto::default(),
            lifetime: LifetimeParams::default(),
            interest: InterestParams::default(),
            household: HouseholdParams::default(),
            ownership: OwnershipParams::default(),
            journey: JourneyParams::default(),
            blend: BlendParams::default(),
            placements: BTreeMap::new(),
        }
    }
}

/// Why a recipe is refused.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum RecipeError {
    /// It is not the TOML it should be.
    #[error(transparent)]
    Toml(#[from] TomlError),
    /// A parameter is outside its range.
    #[error("in table `{table}`: {param}")]
    Param {
        /// The table it stands in.
        table: &'static str,
        /// What is wrong with it; told with the table, and so no source.
        param: ParamError,
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
    /// use erbij_recipe::Recipe;
    /// let error = Recipe::parse("[affinity]\nshrinkige = 5").unwrap_err();
    /// assert_eq!(error.to_string(), "line 2: unknown key `shrinkige`; did you mean `shrinkage`?");
    /// ```
    pub fn parse(text: &str) -> Result<Self, TomlError> {
        from_toml(text)
    }

    /// The recipe of `models/fast`: walks alone, and nothing learned over them.
    pub fn fast() -> Self {
        Self {
            name: "fast".to_owned(),
            personal: PersonalParams { models: vec![PersonalKind::Rp3beta], ..PersonalParams::default() },
            blend: BlendParams { learn: false, ..BlendParams::default() },
            ..Self::default()
        }
    }

    /// Checks every parameter.
    pub fn check(self) -> Result<CheckedRecipe, RecipeError> {
        let in_table = |table| move |param| RecipeError::Param { table, param };
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
        self.privacy.check().map_err(in_table("privacy"))?;
        self.personal.check().map_err(in_table("personal"))?;
        self.attributes.check().map_err(in_table("attributes"))?;
        let mut placements = BTreeMap::new();
        for (&placement, params) in &self.placements {
            let checked = params.check(placement).map_err(in_table(table_of(placement)))?;
            placements.insert(placement, checked);
        }
        Ok(CheckedRecipe {
            placements,
            popularity: self.popularity.check().map_err(in_table("popularity"))?,
            affinity: self.affinity.check().map_err(in_table("affinity"))?,
            related: self.related.check().map_err(in_table("related"))?,
            accessory: self.accessory.check().map_err(in_table("accessory"))?,
            rp3beta: self.rp3beta.check().map_err(in_table("rp3beta"))?,
            ease: self.ease.check().map_err(in_table("ease"))?,
            local_ease: self.local_ease.check().map_err(in_table("local_ease"))?,
            ials: self.ials.check().map_err(in_table("ials"))?,
            replenishment: self.replenishment.check().map_err(in_table("replenishment"))?,
            repeat: self.repeat.params().check().map_err(in_table("repeat"))?,
            session: self.session.params().check().map_err(in_table("session"))?,
            lifetime: self.lifetime.check().map_err(in_table("lifetime"))?,
            interest: self.interest.check().map_err(in_table("interest"))?,
            household: self.household.check().map_err(in_table("household"))?,
            ownership: self.ownership.check().map_err(in_table("ownership"))?,
            journey: self.journey.check().map_err(in_table("journey"))?,
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
    related: CheckedRelatedParams,
    accessory: CheckedAccessoryParams,
    rp3beta: CheckedRp3betaParams,
    ease: CheckedEaseParams,
    local_ease: CheckedLocalEaseParams,
    ials: CheckedIalsParams,
    replenishment: CheckedReplenishmentParams,
    repeat: CheckedRepeatParams,
    session: CheckedSessionParams,
    lifetime: CheckedLifetimeParams,
    interest: CheckedInterestParams,
    household: CheckedHouseholdParams,
    ownership: CheckedOwnershipParams,
    journey: CheckedJourneyParams,
    blend: CheckedBlendParams,
    placements: BTreeMap<Placement, CheckedPlacementParams>,
}

impl CheckedRecipe {
    /// The same recipe, changed. What is put in was checked before.
    pub fn with(&self, change: impl FnOnce(&mut Recipe)) -> Self {
        let mut recipe = self.recipe.clone();
        change(&mut recipe);
        recipe.check().expect("each of its values was checked")
    }

    /// Nothing is left to choose: what no model of the recipe chose is what is shipped.
    pub fn settled(&self) -> Self {
        self.with(|recipe| {
            recipe.repeat = recipe.repeat.params().clone().into();
            recipe.session = recipe.session.params().clone().into();
        })
    }

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

    /// How many people must stand behind what others are shown.
    pub fn privacy(&self) -> &PrivacyParams {
        &self.recipe.privacy
    }

    /// What sells.
    pub fn popularity(&self) -> &CheckedPopularityParams {
        &self.popularity
    }

    /// What goes with an item.
    pub fn affinity(&self) -> &CheckedAffinityParams {
        &self.affinity
    }

    /// What is shown beside an item.
    pub fn related(&self) -> &CheckedRelatedParams {
        &self.related
    }

    /// What belongs to an item.
    pub fn accessory(&self) -> &CheckedAccessoryParams {
        &self.accessory
    }

    /// Which personal models are trained, and on what.
    pub fn personal(&self) -> &PersonalParams {
        &self.recipe.personal
    }

    /// What items have in common.
    pub fn attributes(&self) -> &AttributeParams {
        &self.recipe.attributes
    }

    /// The walks.
    pub fn rp3beta(&self) -> &CheckedRp3betaParams {
        &self.rp3beta
    }

    /// Dense item–item regression.
    pub fn ease(&self) -> &CheckedEaseParams {
        &self.ease
    }

    /// Item–item regression among neighbours.
    pub fn local_ease(&self) -> &CheckedLocalEaseParams {
        &self.local_ease
    }

    /// Factors of customers and items.
    pub fn ials(&self) -> &CheckedIalsParams {
        &self.ials
    }

    /// When what a customer bought is due again.
    pub fn replenishment(&self) -> &CheckedReplenishmentParams {
        &self.replenishment
    }

    /// What a customer buys again, and what follows it.
    pub fn repeat(&self) -> &CheckedRepeatParams {
        &self.repeat
    }

    /// What a visit goes on to.
    pub fn session(&self) -> &CheckedSessionParams {
        &self.session
    }

    /// Who is still a customer, and what he is worth.
    pub fn lifetime(&self) -> &CheckedLifetimeParams {
        &self.lifetime
    }

    /// What a customer cares about.
    pub fn interest(&self) -> &CheckedInterestParams {
        &self.interest
    }

    /// Whom a customer buys for.
    pub fn household(&self) -> &CheckedHouseholdParams {
        &self.household
    }

    /// When something counts as owned.
    pub fn ownership(&self) -> &CheckedOwnershipParams {
        &self.ownership
    }

    /// What comes when after a purchase.
    pub fn journey(&self) -> &CheckedJourneyParams {
        &self.journey
    }

    /// The order of slates, where it is to be learned.
    pub fn blend(&self) -> Option<&CheckedBlendParams> {
        self.recipe.blend.learn.then_some(&self.blend)
    }

    /// What a placement asks for.
    pub fn placement(&self, placement: Placement) -> CheckedPlacementParams {
        let named = self.placements.get(&placement).copied();
        named.unwrap_or_else(|| CheckedPlacementParams::default_of(placement))
    }

    /// What a placement does with items bought before.
    pub fn already_bought(&self, placement: Placement) -> AlreadyBought {
        self.placement(placement).already_bought()
    }
}

/// The table of a recipe a placement is described in.
const fn table_of(placement: Placement) -> &'static str {
    match placement {
        Placement::ItemPage => "placements.item_page",
        Placement::Basket => "placements.basket",
        Placement::AfterOrder => "placements.after_order",
        Placement::Home => "placements.home",
        Placement::Newsletter => "placements.newsletter",
    }
}

impl HistoryParams {
    /// The baskets young enough to count, seen from `cutoff`.
    pub fn within(&self, baskets: Baskets, cutoff: Timestamp) -> Baskets {
        let Some(days) = self.max_age_days else { return baskets };
        let oldest = cutoff.plus_days(-i64::from(days));
        baskets.retain(|ordered_at| oldest <= ordered_at)
    }
}
