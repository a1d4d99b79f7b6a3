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
    /// What the customer buys again, and what follows it.
    Repeat,
}

impl BlendPart {
    /// The parts of a model set with these personal models, in the order of their features.
    pub fn of_models(personal: &[PersonalKind]) -> Vec<Self> {
        let personal = personal.iter().map(|&kind| Self::Personal(kind));
        [Self::Popularity, Self::Affinity].into_iter().chain(personal).chain([Self::Repeat]).collect()
    }

    /// The spelling in features, tables and JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Popularity => "popularity",
            Self::Affinity => "affinity",
            Self::Personal(kind) => kind.name(),
            Self::Repeat => "repeat",
        }
    }

    fn from_name(name: &str) -> Option<Self> {
        Self::of_models(&PersonalKind::ALL).into_iter().find(|part| part.name() == name)
    }
}

/// What is known of a candidate beside what the parts say of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OwnFeature {
    /// `ln(1 + orders with it)`; zero for what he never bought.
    Orders,
    /// `exp(−days since / 30)`; zero for what he never bought.
    Recency,
    /// `ln(1 + other items of its category he bought)`.
    Category,
    /// The probability that it is bought again within a month, where it is something that is used up; else zero.
    Due,
    /// `r / (1 + |r|)`, r being how much more the customer cares for its category, brand and topics than others
    /// do: `InterestScorer::score_item` of `erbij-people`.
    Interest,
    /// `ln(1 + people who bought it in the window of popularity)`.
    People,
    /// [`crate::Popularity::trend`], between −3 and 3: whether it sells more than before, as in its season.
    Trend,
    /// `people in the window / (1 + people ever)`: near one where it is new in the shop, or never sold before.
    Fresh,
}

impl OwnFeature {
    /// All, in the order of their columns.
    pub const ALL: [Self; 8] = [
        Self::Orders,
        Self::Recency,
        Self::Category,
        Self::Due,
        Self::Interest,
        Self::People,
        Self::Trend,
        Self::Fresh,
    ];

    /// The spelling in features, tables and JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Orders => "bought.orders",
            Self::Recency => "bought.recency",
            Self::Category => "bought.category",
            Self::Due => "bought.due",
            Self::Interest => "interest",
            Self::People => "item.people",
            Self::Trend => "item.trend",
            Self::Fresh => "item.fresh",
        }
    }
}

/// What is known of a candidate, in one order: the columns of training and the terms of the score.
///
/// Per part two features, both from 0 to 1: `<part>.score`, its score as a share of the best of this query,
/// and `<part>.rank`, `1 − ln(1 + rank) / ln(1 + candidates)` with ranks from 0, zero beyond the candidates.
/// Scores of one model are comparable among customers, ranks among models. Then each [`OwnFeature`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlendFeatures {
    parts: Vec<BlendPart>,
    own: Vec<OwnFeature>,
}

impl BlendFeatures {
    /// The features of a model set with these personal models.
    pub fn new(personal: &[PersonalKind]) -> Self {
        Self { parts: BlendPart::of_models(personal), own: OwnFeature::ALL.to_vec() }
    }

    /// The features of these names, as [`BlendFeatures::names`] gives them: an older blend knows fewer. None
    /// where they are not the names of features in their order.
    pub fn from_names<'a>(names: impl IntoIterator<Item = &'a str>) -> Option<Self> {
        let (mut parts, mut own) = (Vec::new(), Vec::new());
        let names: Vec<&str> = names.into_iter().collect();
        for name in &names {
            if let Some(feature) = OwnFeature::ALL.into_iter().find(|feature| feature.name() == *name) {
                own.push(feature);
            } else if let Some(part) = name.strip_suffix(".score") {
                parts.push(BlendPart::from_name(part)?);
            }
        }
        let features = Self { parts, own };
        features.names().iter().eq(names).then_some(features)
    }

    /// The parts, in the order of their features.
    pub fn parts(&self) -> &[BlendPart] {
        &self.parts
    }

    /// What is known beside the parts, in the order of its features, which come last.
    pub fn own(&self) -> &[OwnFeature] {
        &self.own
    }

    /// How many features.
    pub fn len(&self) -> usize {
        2 * self.parts.len() + self.own.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Their names, in order.
    pub fn names(&self) -> Vec<String> {
        let of_parts = self
            .parts
            .iter()
            .flat_map(|part| ["score", "rank"].map(|what| format!("{}.{what}", part.name())));
        of_parts.chain(self.own.iter().map(|feature| feature.name().to_owned())).collect()
    }
}

/// What shops taught: of each feature the weight where what was bought before is left out, and where it is kept.
///
/// Means of a gift shop (Online Retail), a grocery (Complete Journey) and simulated shops, each a third, rounded; what was
/// negative in the mean is zero. They decide where a shop is too young to teach, and hold back a small one.
const TAUGHT: [(&str, f32, f32); 13] = [
    ("popularity.score", 1.9, 0.7),
    ("popularity.rank", 0.2, 0.4),
    ("affinity.score", 0.2, 0.4),
    ("local_ease.score", 1.6, 0.6),
    ("rp3beta.score", 0.1, 0.1),
    ("ials.score", 1.0, 1.4),
    ("repeat.score", 0.0, 0.3),
    ("repeat.rank", 0.3, 0.8),
    ("bought.orders", 0.0, 0.7),
    ("bought.recency", 0.0, 0.5),
    ("bought.category", 0.1, 0.1),
    ("bought.due", 0.1, 3.3),
    ("interest", 0.4, 0.3),
];

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

    /// The weights that other shops taught, of the features they knew; nothing of others.
    pub fn of_other_shops(features: BlendFeatures) -> Self {
        let names = features.names();
        let column = |weight: fn(&(&str, f32, f32)) -> f32| -> Vec<f32> {
            let of = |name: &String| TAUGHT.iter().find(|(taught, ..)| taught == name).map_or(0.0, weight);
            names.iter().map(of).collect()
        };
        let (weights_excluding, weights_keeping) = (column(|taught| taught.1), column(|taught| taught.2));
        Self { features, weights_excluding, weights_keeping }
    }

    /// What the weights belong to.
    pub fn features(&self) -> &BlendFeatures {
        &self.features
    }

    /// The weights, one a feature, for slates that do this with what was bought before.
    pub fn weights(&self, already_bought: AlreadyBought) -> &[f32] {
        match already_bought {
            AlreadyBought::Exclude => &self.weights_excluding,
            AlreadyBought::Keep | AlreadyBought::WhenDue => &self.weights_keeping,
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
        let names = [
            "popularity.score",
            "popularity.rank",
            "affinity.score",
            "affinity.rank",
            "local_ease.score",
            "local_ease.rank",
            "repeat.score",
            "repeat.rank",
            "bought.orders",
            "bought.recency",
            "bought.category",
            "bought.due",
            "interest",
            "item.people",
            "item.trend",
            "item.fresh",
        ];
        assert_eq!(features.names(), names);
        assert_eq!(features.len(), names.len());
        assert_eq!(BlendFeatures::from_names(names), Some(features));
    }

    #[test]
    fn a_blend_of_fewer_features_is_read_as_it_was() {
        let before = [
            "popularity.score",
            "popularity.rank",
            "affinity.score",
            "affinity.rank",
            "bought.orders",
            "bought.recency",
            "bought.category",
        ];
        let features = BlendFeatures::from_names(before).expect("known names");
        assert_eq!(features.parts(), [BlendPart::Popularity, BlendPart::Affinity]);
        assert_eq!(features.own(), &OwnFeature::ALL[..3]);
        for refused in [
            &["popularity.rank", "popularity.score"][..],
            &["bought.orders", "popularity.score", "popularity.rank"],
            &["popularity.score"],
            &["nothing.score", "nothing.rank"],
            &["bought.colour"],
        ] {
            assert_eq!(BlendFeatures::from_names(refused.iter().copied()), None, "{refused:?}");
        }
    }

    #[test]
    fn weights_that_fit_nothing_are_refused() {
        let check = |excluding: Vec<f32>, expected| {
            let features = BlendFeatures::from_names(["bought.orders", "interest"]).expect("known names");
            assert_eq!(Blend::new(features, excluding, vec![0.0; 2]).err(), expected);
        };
        check(vec![0.0; 2], None);
        check(vec![0.0; 1], Some("there is not one weight a feature"));
        check(vec![0.0, f32::NAN], Some("a weight is not finite"));
    }

    #[test]
    fn hand_worked() {
        let names = ["affinity.score", "affinity.rank", "bought.recency", "bought.due"];
        let features = BlendFeatures::from_names(names).expect("known names");
        let blend = Blend::new(features, vec![1.0, 0.0, 0.5, 0.0], vec![0.0, 0.0, 2.0, 0.0]);
        let blend = blend.expect("finite");
        let features = [1.0, 0.5, 0.25, 3.0];
        assert_eq!(blend.score(AlreadyBought::Exclude, &features), 1.125);
        assert_eq!(blend.score(AlreadyBought::Keep, &features), 0.5);
    }
}
