//! The fitted blend: what is known of a candidate, and what each of it weighs.

use erbij_core::AlreadyBought;

use crate::personal::PersonalKind;

/// A model whose candidates are blended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum BlendPart {
    /// What sells now.
    Popularity,
    /// What goes with what was bought last.
    Affinity,
    /// What one of the personal models says of the whole history.
    Personal(PersonalKind),
}

impl BlendPart {
    /// The spelling in features, tables and JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Popularity => "popularity",
            Self::Affinity => "affinity",
            Self::Personal(kind) => kind.name(),
        }
    }
}

/// What is known of a candidate, in one order: the columns of training and the terms of the score.
///
/// Per part two features, both from 0 to 1: `<part>.score`, its score as a share of the best of this query,
/// and `<part>.rank`, `1 − ln(1 + rank) / ln(1 + candidates)` with ranks from 0, zero beyond the candidates.
/// Scores of one model are comparable among customers, ranks among models. Then what the customer did with
/// the item itself: `bought.orders`, `ln(1 + orders with it)`, and `bought.recency`,
/// `exp(−days since / 30)`, both zero for what he never bought; and with the candidate's category,
/// `bought.category`, `ln(1 + other items of it he bought)`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlendFeatures {
    parts: Vec<BlendPart>,
}

impl BlendFeatures {
    /// The features of a model set with these personal models.
    pub fn new(personal: &[PersonalKind]) -> Self {
        let personal = personal.iter().map(|&kind| BlendPart::Personal(kind));
        Self { parts: [BlendPart::Popularity, BlendPart::Affinity].into_iter().chain(personal).collect() }
    }

    /// The parts, in the order of their features.
    pub fn parts(&self) -> &[BlendPart] {
        &self.parts
    }

    /// How many features.
    pub fn len(&self) -> usize {
        2 * self.parts.len() + 3
    }

    /// Whether there is none; there always is.
    pub fn is_empty(&self) -> bool {
        false
    }

    /// Their names, in order.
    pub fn names(&self) -> Vec<String> {
        let of_parts = self
            .parts
            .iter()
            .flat_map(|part| ["score", "rank"].map(|what| format!("{}.{what}", part.name())));
        of_parts.chain(["bought.orders", "bought.recency", "bought.category"].map(str::to_owned)).collect()
    }
}

/// The weight of each feature in the log-odds of a purchase, learned twice: for slates that leave out what the
/// customer bought before, and for those that keep it, where what he bought is most of what he will buy.
#[derive(Clone, Debug, PartialEq)]
pub struct Blend {
    features: BlendFeatures,
    weights_excluding: Vec<f32>,
    weights_keeping: Vec<f32>,
}

impl Blend {
    /// Takes weights, one a feature; says which rule they break.
    pub fn new(
        features: BlendFeatures,
        weights_excluding: Vec<f32>,
        weights_keeping: Vec<f32>,
    ) -> Result<Self, &'static str> {
        for weights in [&weights_excluding, &weights_keeping] {
            if weights.len() != features.len() {
                return Err("there is not one weight a feature");
            }
            if !weights.iter().all(|weight| weight.is_finite()) {
                return Err("a weight is not finite");
            }
        }
        Ok(Self { features, weights_excluding, weights_keeping })
    }

    /// What the weights belong to.
    pub fn features(&self) -> &BlendFeatures {
        &self.features
    }

    /// The weights, one a feature, for slates that do this with what was bought before.
    pub fn weights(&self, already_bought: AlreadyBought) -> &[f32] {
        match already_bought {
            AlreadyBought::Exclude => &self.weights_excluding,
            AlreadyBought::Keep => &self.weights_keeping,
        }
    }

    /// The order in which candidates stand: log-odds but for a constant, `Σ_f weight_f · x_f`.
    pub fn score(&self, already_bought: AlreadyBought, features: &[f32]) -> f64 {
        let terms = self.weights(already_bought).iter().zip(features);
        terms.map(|(&weight, &feature)| f64::from(weight) * f64::from(feature)).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn features_are_named_part_by_part() {
        let features = BlendFeatures::new(&[PersonalKind::LocalEase]);
        assert_eq!(
            features.names(),
            [
                "popularity.score",
                "popularity.rank",
                "affinity.score",
                "affinity.rank",
                "local_ease.score",
                "local_ease.rank",
                "bought.orders",
                "bought.recency",
                "bought.category"
            ]
        );
        assert_eq!(features.len(), features.names().len());
    }

    #[test]
    fn weights_that_fit_nothing_are_refused() {
        let features = || BlendFeatures::new(&[]);
        let check = |excluding: Vec<f32>, expected| {
            assert_eq!(Blend::new(features(), excluding, vec![0.0; 7]).err(), expected);
        };
        check(vec![0.0; 7], None);
        check(vec![0.0; 6], Some("there is not one weight a feature"));
        check(vec![0.0, 0.0, f32::NAN, 0.0, 0.0, 0.0, 0.0], Some("a weight is not finite"));
    }

    #[test]
    fn hand_worked() {
        let excluding = vec![1.0, 0.0, 0.5, 0.0, 0.0, 0.0, 0.0];
        let blend = Blend::new(BlendFeatures::new(&[]), excluding, vec![0.0, 0.0, 0.0, 0.0, 2.0, 0.0, 0.0]);
        let blend = blend.expect("finite");
        let features = [1.0, 0.5, 0.25, 0.0, 3.0, 1.0, 0.0];
        assert_eq!(blend.score(AlreadyBought::Exclude, &features), 1.125);
        assert_eq!(blend.score(AlreadyBought::Keep, &features), 6.0);
    }
}
