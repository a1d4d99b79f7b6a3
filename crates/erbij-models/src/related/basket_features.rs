//! Features of a basket: what is known of a candidate beside it, in numbers, and what each of them is worth.

use crate::related::weights::Weights;

/// What is known of a candidate beside a basket of `m` items, in the order of columns. Sums are over the items that it is
/// related to; `p` is the share of orders with one of them that hold the candidate too ([`RelatedPair::share`]).
///
/// [`RelatedPair::share`]: crate::RelatedPair::share
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BasketFeature {
    /// `ln (Σ p + ε)`.
    Likely,
    /// `ln (max p + ε)`.
    Likeliest,
    /// `ln (Σ p · lift + ε)`, `lift` being the shrunk log-lift: what is likely because of the basket, and not anyway.
    Lifted,
    /// `ln (Σ lift₅₀ + ε)`, the log-lift shrunk by 50: the same, of what many orders say.
    Sure,
    /// `ln (1 + Σ G²)`, the log-likelihood ratio.
    Surprise,
    /// `√ Σ walks`, the item–item model's weight.
    Walks,
    /// Of the basket, the share that it was ordered with.
    Share,
    /// `ln (1 + people who bought it in the window of popularity)`.
    People,
    /// [`crate::Popularity::trend`], between −3 and 3.
    Trend,
    /// `ln m` times `Surprise`.
    SurpriseBySize,
    /// `ln m` times `People`.
    PeopleBySize,
}

impl BasketFeature {
    /// All, in the order of their columns.
    pub const ALL: [Self; 11] = [
        Self::Likely,
        Self::Likeliest,
        Self::Lifted,
        Self::Sure,
        Self::Surprise,
        Self::Walks,
        Self::Share,
        Self::People,
        Self::Trend,
        Self::SurpriseBySize,
        Self::PeopleBySize,
    ];

    /// The spelling in tables, artifacts and JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Likely => "basket.likely",
            Self::Likeliest => "basket.likeliest",
            Self::Lifted => "basket.lifted",
            Self::Sure => "basket.sure",
            Self::Surprise => "basket.surprise",
            Self::Walks => "basket.walks",
            Self::Share => "basket.share",
            Self::People => "item.people",
            Self::Trend => "item.trend",
            Self::SurpriseBySize => "size.surprise",
            Self::PeopleBySize => "size.people",
        }
    }
}

pub(super) const N_FEATURES: usize = BasketFeature::ALL.len();

/// What each [`BasketFeature`] is worth. The probability is that a candidate is what else the basket will hold.
pub type BasketWeights = Weights<N_FEATURES>;

impl BasketWeights {
    /// What Online Retail and Complete Journey taught, each weight the mean of the two shops.
    pub fn of_other_shops() -> Self {
        let weights = [-0.67, 0.27, 1.35, -0.76, 0.19, 1.08, 1.02, -0.21, 0.17, -0.01, 0.02];
        Self::taught(weights, -6.0)
    }
}
