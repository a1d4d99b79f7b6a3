//! What a recipe may say about a placement.

use erbij_core::{AlreadyBought, ParamError, Placement, in_range};
use serde::{Deserialize, Serialize};

/// Strength of a diversity that does not say how strong: the customary λ = 0.7 of maximal marginal relevance.
const DEFAULT_DIVERSITY_STRENGTH: f64 = 0.3;
/// Candidates a reranker sees per item it picks, where the recipe names no number: room to choose from, and
/// near enough to the top that whatever is chosen was a good candidate.
const DEFAULT_CANDIDATES_PER_ITEM: usize = 5;

/// How the items of one slate are kept from being all alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Diversity {
    /// Not at all: the best come first.
    None,
    /// Maximal marginal relevance: an item gives way as it is near, in the category tree, to one picked before.
    Mmr,
    /// Calibration: the slate's categories follow those of the customer's history.
    Calibrated,
}

/// What a placement does with items whose need the customer has met.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Owned {
    /// Show them: a second one may be wanted.
    Keep,
    /// Leave them out while what he has serves.
    Exclude,
}

/// What a placement asks for.
///
/// Where nothing is set, nothing but the order of scores decides. A key that would do nothing is refused.
///
/// | Name | Default | Purpose | Range |
/// |---|---|---|---|
/// | `already_bought` | `keep` on `item_page`, `exclude` elsewhere | whether a customer is shown what he bought before; `when_due`: what is due again comes first, up to half the slate | `keep`, `exclude`, `when_due` |
/// | `owned` | `exclude` | whether a customer is shown what meets a need he has met | `keep`, `exclude` |
/// | `diversity` | `none` | how items of one slate are kept from being all alike | `none`, `mmr`, `calibrated` |
/// | `diversity_strength` | 0.3 | with `diversity`: 0 leaves the order as it is, 1 looks at diversity alone | 0 to 1 |
/// | `candidates` | 5 an item of the slate | with `diversity` or `rotation_temperature`: how many of the best may be chosen from; never fewer than the slate has room for | 1 to 10000 |
/// | `min_relevance` | 0 | a candidate whose score is below this share of its source's best is left to the next source; 0 is off | 0 to 1 |
/// | `rotation_temperature` | 0 | how much chance has a say in the order, in shares of the span from best to last candidate; 0 is off | 0 to 100 |
/// | `rotation_seed` | 0 | with `rotation_temperature`: another seed is another draw on the same day | below 2^63 |
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PlacementParams {
    /// What to do with items this customer has bought before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub already_bought: Option<AlreadyBought>,
    /// What to do with items whose need this customer has met.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owned: Option<Owned>,
    /// How items of one slate are kept from being all alike.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub diversity: Option<Diversity>,
    /// How much diversity counts against score.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub diversity_strength: Option<f64>,
    /// How many of the best a reranker may choose from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub candidates: Option<u32>,
    /// Which share of the best score is the least.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_relevance: Option<f64>,
    /// How much chance has a say in the order.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rotation_temperature: Option<f64>,
    /// Which draw, beside the day and the customer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rotation_seed: Option<u64>,
}

/// Checked [`PlacementParams`], defaults of the placement filled in.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CheckedPlacementParams {
    already_bought: AlreadyBought,
    owned: Owned,
    diversity: Diversity,
    diversity_strength: f64,
    candidates: Option<u32>,
    min_relevance: f64,
    rotation_temperature: f64,
    rotation_seed: u64,
}

impl PlacementParams {
    /// Checks every parameter, each by itself and those that only go together.
    pub fn check(&self, placement: Placement) -> Result<CheckedPlacementParams, ParamError> {
        let mut checked = CheckedPlacementParams::default_of(placement);
        checked.already_bought = self.already_bought.unwrap_or(checked.already_bought);
        checked.owned = self.owned.unwrap_or(checked.owned);
        checked.diversity = self.diversity.unwrap_or(checked.diversity);
        let share = |share: &f64| (0.0..=1.0).contains(share);
        if let Some(strength) = self.diversity_strength {
            let name = "diversity_strength";
            in_range(name, strength, share, "a number from 0 to 1")?;
            let is_used = |_: &f64| checked.diversity != Diversity::None;
            in_range(name, strength, is_used, "nothing, since `diversity` is `none`")?;
            checked.diversity_strength = strength;
        }
        if let Some(min_relevance) = self.min_relevance {
            checked.min_relevance = in_range("min_relevance", min_relevance, share, "a number from 0 to 1")?;
        }
        if let Some(temperature) = self.rotation_temperature {
            let is_good = |temperature: &f64| (0.0..=100.0).contains(temperature);
            checked.rotation_temperature =
                in_range("rotation_temperature", temperature, is_good, "a number from 0 to 100")?;
        }
        if let Some(seed) = self.rotation_seed {
            // TOML has no larger whole numbers, so a recipe could not be written back.
            in_range("rotation_seed", seed, |&seed| i64::try_from(seed).is_ok(), "a number below 2^63")?;
            let is_used = |_: &u64| 0.0 < checked.rotation_temperature;
            in_range("rotation_seed", seed, is_used, "nothing, since `rotation_temperature` is 0")?;
            checked.rotation_seed = seed;
        }
        if let Some(candidates) = self.candidates {
            in_range("candidates", candidates, |n| (1..=10_000).contains(n), "1 to 10000")?;
            let expected = "nothing, since neither `diversity` nor `rotation_temperature` chooses from them";
            in_range("candidates", candidates, |_| checked.reorders(), expected)?;
            checked.candidates = Some(candidates);
        }
        Ok(checked)
    }
}

impl CheckedPlacementParams {
    /// What a placement asks for that no recipe says anything about.
    pub fn default_of(placement: Placement) -> Self {
        let already_bought = match placement {
            Placement::ItemPage => AlreadyBought::Keep,
            Placement::Basket | Placement::AfterOrder | Placement::Home | Placement::Newsletter => {
                AlreadyBought::Exclude
            }
        };
        Self {
            already_bought,
            owned: Owned::Exclude,
            diversity: Diversity::None,
            diversity_strength: DEFAULT_DIVERSITY_STRENGTH,
            candidates: None,
            min_relevance: 0.0,
            rotation_temperature: 0.0,
            rotation_seed: 0,
        }
    }

    /// What to do with items this customer has bought before.
    pub fn already_bought(&self) -> AlreadyBought {
        self.already_bought
    }

    /// Whether what meets a need that the customer has met is left out.
    pub fn leaves_out_owned(&self) -> bool {
        self.owned == Owned::Exclude
    }

    /// How items of one slate are kept from being all alike.
    pub fn diversity(&self) -> Diversity {
        self.diversity
    }

    /// How much diversity counts against score, 0 to 1.
    pub fn diversity_strength(&self) -> f64 {
        self.diversity_strength
    }

    /// Which share of the best score is the least, 0 to 1.
    pub fn min_relevance(&self) -> f64 {
        self.min_relevance
    }

    /// How much chance has a say in the order, ≥ 0.
    pub fn rotation_temperature(&self) -> f64 {
        self.rotation_temperature
    }

    /// Which draw, beside the day and the customer.
    pub fn rotation_seed(&self) -> u64 {
        self.rotation_seed
    }

    /// Whether anything but the score decides the order.
    pub fn reorders(&self) -> bool {
        self.diversity != Diversity::None || 0.0 < self.rotation_temperature
    }

    /// How many of the best to choose `n` from; just `n` where only the score decides.
    pub fn n_candidates(&self, n: usize) -> usize {
        if !self.reorders() {
            return n;
        }
        let by_default = n.saturating_mul(DEFAULT_CANDIDATES_PER_ITEM);
        self.candidates.map_or(by_default, |candidates| candidates as usize).max(n)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_set_is_off_and_is_not_written() {
        for placement in Placement::ALL {
            let checked = PlacementParams::default().check(placement).expect("in range");
            assert_eq!(checked, CheckedPlacementParams::default_of(placement));
            assert!(!checked.reorders());
            assert_eq!(checked.min_relevance(), 0.0);
            assert_eq!(checked.n_candidates(7), 7);
            let keeps = checked.already_bought() == AlreadyBought::Keep;
            assert_eq!(keeps, placement == Placement::ItemPage);
        }
        assert_eq!(serde_json::to_string(&PlacementParams::default()).expect("plain data"), "{}");
    }

    #[test]
    fn a_reranker_sees_enough_candidates_to_choose_from() {
        let check = |diversity, rotation_temperature, candidates, expected: [usize; 3]| {
            let params =
                PlacementParams { diversity, rotation_temperature, candidates, ..PlacementParams::default() };
            let checked = params.check(Placement::Home).expect("in range");
            assert_eq!([0, 10, 60].map(|n| checked.n_candidates(n)), expected, "{params:?}");
        };
        check(Some(Diversity::None), Some(0.0), None, [0, 10, 60]);
        check(Some(Diversity::Mmr), None, None, [0, 50, 300]);
        check(None, Some(0.1), None, [0, 50, 300]);
        check(Some(Diversity::Calibrated), None, Some(40), [40, 40, 60]);
    }
}
