//! What a recipe may say about accessories.

use std::fmt::{self, Formatter};

use erbij_core::{ParamError, in_range};
use serde::de::{self, Deserializer, Unexpected, Visitor};
use serde::ser::Serializer;
use serde::{Deserialize, Serialize};

/// The parameters of accessories.
///
/// | Name | Default | Purpose | Range |
/// |---|---|---|---|
/// | `window_days` | 60 | how soon after an item another must follow to belong to it | 1 to 3650 |
/// | `far_window_days` | 365 | how late something may follow that is needed late, as a spare part is | `window_days` to 3650 |
/// | `max_customer_lines` | 200 | of a customer only the last lines count | 2 to 100000 |
/// | `max_basket_items` | 300 | a larger basket is stocking up, and counts for no pair | ≥ 2 |
/// | `min_customers` | 5 | fewer distinct people would say what somebody bought; a guest order is somebody | ≥ 1 |
/// | `max_false_share` | 0.01 | share of chance among what is published (Benjamini and Hochberg) | above 0, to 0.5 |
/// | `min_lift` | 1.5 | how much more often than expected a pair must occur | ≥ 1 |
/// | `overdispersion` | `"estimated"` | how far, as a variance, true expectations stray from the estimated ones; a number says it instead of the history | `"estimated"`, or 0 to 10 |
/// | `shrinkage` | 5 | how many expected occurrences hold a lift to that of the two categories | 0 to 1000000 |
/// | `max_price_ratio` | 0.7 | an accessory costs at most so much of its item, unless time says clearly what follows what | 0.01 to 100 |
/// | `min_direction_z` | 2 | from which deviation on order in time counts as a direction | 0 to 100 |
/// | `within_category` | false | whether an item may belong to another of its own category; where categories are so coarse that machines and their filters share one | true, false |
/// | `promotion_days` | 7 | what is crowded into so few days was pushed together | 1 to 60 |
/// | `max_returned_share` | 0.3 | where surely more than this of what was bought with or after an item came back, it does not belong to it | 0 to 1 |
/// | `max_order_share` | 0.2 | an item in more orders (bags, deposits) belongs to no other | above 0, to 1 |
/// | `min_repeat_share` | 0.25 | from which share of repeating customers on something is a consumable | 0 to 1 |
/// | `spare_part_days` | 30 | what follows later than this, and hardly ever at once, is a spare part | 1 to 3650 |
/// | `neighbours` | 50 | accessories kept per item | 1 to 10000 |
/// | `alternatives` | 20 | alternatives kept per item | 1 to 10000 |
/// | `min_profile_cosine` | 0.4 | how alike what belongs to two items must be for them to be alternatives | 0 to 1 |
/// | `max_alternative_price_ratio` | 1.5 | how much dearer one alternative may be than the other | 1 to 100 |
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AccessoryParams {
    /// How soon after an item another must follow to belong to it.
    pub window_days: u32,
    /// How late something may follow that is needed late.
    pub far_window_days: u32,
    /// Of a customer only the last lines count.
    pub max_customer_lines: u32,
    /// A larger basket counts for no pair.
    pub max_basket_items: u32,
    /// Fewer distinct customers would say what somebody bought.
    pub min_customers: u32,
    /// Share of chance among what is published.
    pub max_false_share: f64,
    /// How much more often than expected a pair must occur.
    pub min_lift: f64,
    /// How far true expectations stray from the estimated ones.
    pub overdispersion: Overdispersion,
    /// How many expected occurrences hold a lift to that of the two categories.
    pub shrinkage: f64,
    /// An accessory costs at most so much of its item.
    pub max_price_ratio: f64,
    /// From which deviation on order in time counts as a direction.
    pub min_direction_z: f64,
    /// Whether an item may belong to another of its own category.
    pub within_category: bool,
    /// What is crowded into so few days was pushed together.
    pub promotion_days: u32,
    /// Where surely more of what was bought came back, it does not belong.
    pub max_returned_share: f64,
    /// An item in more orders belongs to no other.
    pub max_order_share: f64,
    /// From which share of repeating customers on something is a consumable.
    pub min_repeat_share: f64,
    /// What follows later than this is a spare part.
    pub spare_part_days: u32,
    /// Accessories kept per item.
    pub neighbours: u32,
    /// Alternatives kept per item.
    pub alternatives: u32,
    /// How alike what belongs to two items must be for them to be alternatives.
    pub min_profile_cosine: f64,
    /// How much dearer one alternative may be than the other.
    pub max_alternative_price_ratio: f64,
}

impl Default for AccessoryParams {
    fn default() -> Self {
        Self {
            window_days: 60,
            far_window_days: 365,
            max_customer_lines: 200,
            max_basket_items: 300,
            min_customers: 5,
            max_false_share: 0.01,
            min_lift: 1.5,
            overdispersion: Overdispersion::Estimated,
            shrinkage: 5.0,
            max_price_ratio: 0.7,
            min_direction_z: 2.0,
            within_category: false,
            promotion_days: 7,
            max_returned_share: 0.3,
            max_order_share: 0.2,
            min_repeat_share: 0.25,
            spare_part_days: 30,
            neighbours: 50,
            alternatives: 20,
            min_profile_cosine: 0.4,
            max_alternative_price_ratio: 1.5,
        }
    }
}

/// How far, as a variance relative to its square, true expectations stray from the estimated ones.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Overdispersion {
    /// As far as the history says, by how many are expected.
    Estimated,
    /// So far.
    Fixed(f64),
}

impl Serialize for Overdispersion {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Estimated => serializer.serialize_str(ESTIMATED),
            Self::Fixed(variance) => serializer.serialize_f64(*variance),
        }
    }
}

const ESTIMATED: &str = "estimated";

impl<'de> Deserialize<'de> for Overdispersion {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;
        impl Visitor<'_> for Either {
            type Value = Overdispersion;

            fn expecting(&self, to: &mut Formatter<'_>) -> fmt::Result {
                to.write_str("\"estimated\", or a number from 0 to 10")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Overdispersion, E> {
                match text {
                    ESTIMATED => Ok(Overdispersion::Estimated),
                    _ => Err(E::invalid_value(Unexpected::Str(text), &self)),
                }
            }

            fn visit_f64<E: de::Error>(self, number: f64) -> Result<Overdispersion, E> {
                Ok(Overdispersion::Fixed(number))
            }

            fn visit_i64<E: de::Error>(self, number: i64) -> Result<Overdispersion, E> {
                Ok(Overdispersion::Fixed(number as f64))
            }

            fn visit_u64<E: de::Error>(self, number: u64) -> Result<Overdispersion, E> {
                Ok(Overdispersion::Fixed(number as f64))
            }
        }
        deserializer.deserialize_any(Either)
    }
}

/// Checked [`AccessoryParams`].
#[derive(Clone, Debug, PartialEq)]
pub struct CheckedAccessoryParams {
    params: AccessoryParams,
}

impl AccessoryParams {
    /// Checks every parameter, each by itself and those that only go together.
    pub fn check(&self) -> Result<CheckedAccessoryParams, ParamError> {
        let days = |days: &u32| (1..=3650).contains(days);
        let rows = |n: &u32| (1..=10_000).contains(n);
        let share = |share: &f64| (0.0..=1.0).contains(share);
        in_range("window_days", self.window_days, days, "1 to 3650")?;
        in_range(
            "far_window_days",
            self.far_window_days,
            |&far| self.window_days <= far && far <= 3650,
            "`window_days` to 3650",
        )?;
        in_range(
            "max_customer_lines",
            self.max_customer_lines,
            |n| (2..=100_000).contains(n),
            "2 to 100000",
        )?;
        in_range("max_basket_items", self.max_basket_items, |&n| 2 <= n, "at least 2")?;
        in_range("min_customers", self.min_customers, |&n| 1 <= n, "at least 1")?;
        let positive = "a number above 0, to 0.5";
        in_range("max_false_share", self.max_false_share, |&s| 0.0 < s && s <= 0.5, positive)?;
        in_range("min_lift", self.min_lift, |&l| 1.0 <= l && l.is_finite(), "a number from 1")?;
        if let Overdispersion::Fixed(variance) = self.overdispersion {
            let expected = "\"estimated\", or a number from 0 to 10";
            in_range("overdispersion", variance, |s| (0.0..=10.0).contains(s), expected)?;
        }
        in_range("shrinkage", self.shrinkage, |s| (0.0..=1e6).contains(s), "a number from 0 to 1000000")?;
        let price = "a number from 0.01 to 100";
        in_range("max_price_ratio", self.max_price_ratio, |r| (0.01..=100.0).contains(r), price)?;
        let z = "a number from 0 to 100";
        in_range("min_direction_z", self.min_direction_z, |z| (0.0..=100.0).contains(z), z)?;
        in_range("promotion_days", self.promotion_days, |n| (1..=60).contains(n), "1 to 60")?;
        in_range("max_returned_share", self.max_returned_share, share, "a number from 0 to 1")?;
        let above = "a number above 0, to 1";
        in_range("max_order_share", self.max_order_share, |&s| 0.0 < s && s <= 1.0, above)?;
        in_range("min_repeat_share", self.min_repeat_share, share, "a number from 0 to 1")?;
        in_range("spare_part_days", self.spare_part_days, days, "1 to 3650")?;
        in_range("neighbours", self.neighbours, rows, "1 to 10000")?;
        in_range("alternatives", self.alternatives, rows, "1 to 10000")?;
        in_range("min_profile_cosine", self.min_profile_cosine, share, "a number from 0 to 1")?;
        in_range(
            "max_alternative_price_ratio",
            self.max_alternative_price_ratio,
            |r| (1.0..=100.0).contains(r),
            "a number from 1 to 100",
        )?;
        Ok(CheckedAccessoryParams { params: self.clone() })
    }
}

impl CheckedAccessoryParams {
    /// The parameters as written.
    pub fn params(&self) -> &AccessoryParams {
        &self.params
    }
}
