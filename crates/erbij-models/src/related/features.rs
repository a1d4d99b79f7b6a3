//! What is known of a pair of items, in numbers, and what each of them is worth.

use erbij_core::{Catalogue, CategoryIdx, ItemIdx};

use crate::affinity::{AffinityMeasure, MeasureParams, PairCounts};
use crate::alike::Alike;
use crate::popularity::Popularity;
use crate::related::companion::Company;
use crate::related::weights::Weights;

/// A trend beyond this, twenty times as many people, says no more.
pub(super) const MAX_TREND: f32 = 3.0;
/// Prices that differ by more than this factor's logarithm, twentyfold, differ.
const MAX_PRICE_DISTANCE: f64 = 3.0;
/// What is taken for the distance where a price is not known: a factor of e.
const UNKNOWN_PRICE_DISTANCE: f32 = 1.0;
/// Of the shrunk log-lift: five orders with both say half of what they would if they were many.
pub(super) const SHRINKAGE: f64 = 5.0;
/// What stands for no order at all where a logarithm is taken.
const LEAST_ORDERS: f64 = 0.01;

/// What is known of an anchor `a` and a candidate `b`, in the order of columns. `k` orders hold both, `a` and `b` hold each,
/// `n` are all; a prime is a count in which an order so many half-lives old is worth `2^−so many`, and `s` the `smoothing`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RelatedFeature {
    /// `ln((k′ + s b′/n′) / (a′ + s))`: the share of orders with the anchor that hold the candidate too, drawn towards its
    /// share of all orders.
    Share,
    /// `k / (k + 5) · ln(1 + k n / (a b))`: how much more often than by chance.
    LogLift,
    /// `ln(1 + G²)`, the log-likelihood ratio where they meet more than by chance, else 0: how sure that is.
    Surprise,
    /// `k / √(a b)`.
    Cosine,
    /// The root of the item–item model's weight, as a share of the largest of the anchor.
    Walks,
    /// `ln(1 + people who bought the candidate in the window of popularity)`.
    People,
    /// `ln(1 + b)`.
    Orders,
    /// [`Popularity::trend`] of the candidate, between −3 and 3.
    Trend,
    /// [`Alike::cosine`].
    Alike,
    /// 1 where both stand in the same category.
    Category,
    /// 1 where their categories stand in the same one, or are the same.
    Parent,
    /// 1 where both are of one brand.
    Brand,
    /// `|ln(price / price)|`, at most 3; 1 where one is not known.
    Price,
}

impl RelatedFeature {
    /// All, in the order of their columns.
    pub const ALL: [Self; 13] = [
        Self::Share,
        Self::LogLift,
        Self::Surprise,
        Self::Cosine,
        Self::Walks,
        Self::People,
        Self::Orders,
        Self::Trend,
        Self::Alike,
        Self::Category,
        Self::Parent,
        Self::Brand,
        Self::Price,
    ];

    /// The spelling in tables, artifacts and JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Share => "orders.share",
            Self::LogLift => "orders.log_lift",
            Self::Surprise => "orders.surprise",
            Self::Cosine => "orders.cosine",
            Self::Walks => "customers.walks",
            Self::People => "item.people",
            Self::Orders => "item.orders",
            Self::Trend => "item.trend",
            Self::Alike => "catalogue.alike",
            Self::Category => "catalogue.category",
            Self::Parent => "catalogue.parent",
            Self::Brand => "catalogue.brand",
            Self::Price => "catalogue.price",
        }
    }
}

pub(super) const N_FEATURES: usize = RelatedFeature::ALL.len();

/// What each [`RelatedFeature`] is worth. The probability is that who orders the anchor takes the candidate in the same order.
pub type RelatedWeights = Weights<N_FEATURES>;

impl RelatedWeights {
    /// What Online Retail and Complete Journey taught, each weight the mean of the two shops.
    pub fn of_other_shops() -> Self {
        let weights = [-0.11, 0.33, 0.08, 0.89, 0.66, 0.59, 0.15, 0.02, 1.55, -0.54, 0.19, 0.12, -0.15];
        Self::taught(weights, -8.02)
    }
}

/// How often items are ordered, alone; what pairs are measured against.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ItemCounts<'a> {
    /// Orders with each item.
    pub(crate) orders: &'a [u32],
    /// The same, older ones counting less.
    pub(crate) decayed: &'a [f32],
    /// All orders.
    pub(crate) n_orders: u32,
    /// The same, older ones counting less.
    pub(crate) n_decayed: f32,
}

/// What is known of pairs from how often items are ordered.
#[derive(Clone, Copy)]
pub(crate) struct OrderFacts<'a> {
    pub(crate) counts: ItemCounts<'a>,
    pub(crate) popularity: &'a Popularity,
    pub(crate) smoothing: f64,
}

impl OrderFacts<'_> {
    /// The features that orders tell, the others being zero: what candidates are chosen by before anything else is known.
    pub(crate) fn features(&self, anchor: ItemIdx, item: ItemIdx, company: &Company) -> [f32; N_FEATURES] {
        let ItemCounts { orders, decayed, n_orders, n_decayed } = self.counts;
        let of_all = f64::from(decayed[item.index()]).max(LEAST_ORDERS) / f64::from(n_decayed).max(1.0);
        let with = f64::from(company.decayed) + self.smoothing * of_all;
        let share = with / (f64::from(decayed[anchor.index()]) + self.smoothing);
        let mut features = [0.0; N_FEATURES];
        let mut set = |feature: RelatedFeature, value: f32| features[feature as usize] = value;
        set(RelatedFeature::Share, share.ln() as f32);
        if 0 < company.cooccurrence {
            let pair = PairCounts {
                cooccurrence: f64::from(company.cooccurrence),
                anchor: f64::from(orders[anchor.index()]),
                candidate: f64::from(orders[item.index()]),
                total: f64::from(n_orders),
            };
            let measured = |measure: AffinityMeasure, shrinkage| {
                measure.strength(&pair, &MeasureParams { shrinkage, alpha: 0.5, beta: 0.5 }) as f32
            };
            set(RelatedFeature::LogLift, measured(AffinityMeasure::ShrunkLogLift, SHRINKAGE));
            set(RelatedFeature::Surprise, measured(AffinityMeasure::Llr, 0.0).max(0.0).ln_1p());
            set(RelatedFeature::Cosine, measured(AffinityMeasure::Cosine, 0.0));
        }
        set(RelatedFeature::People, (self.popularity.n_people(item) as f32).ln_1p());
        set(RelatedFeature::Orders, (orders[item.index()] as f32).ln_1p());
        set(RelatedFeature::Trend, self.popularity.trend(item).clamp(-MAX_TREND, MAX_TREND));
        features
    }
}

/// All that features are worked out from.
pub(crate) struct PairFacts<'a> {
    orders: OrderFacts<'a>,
    catalogue: &'a Catalogue,
    alike: &'a Alike,
}

impl<'a> PairFacts<'a> {
    pub(crate) fn new(orders: OrderFacts<'a>, catalogue: &'a Catalogue, alike: &'a Alike) -> Self {
        Self { orders, catalogue, alike }
    }

    /// What is known of a pair, `walks` being the item–item model's weight as a share of the largest of the anchor.
    /// O(properties of an item).
    pub(crate) fn features(
        &self,
        anchor: ItemIdx,
        item: ItemIdx,
        company: &Company,
        walks: f32,
    ) -> [f32; N_FEATURES] {
        let mut features = self.orders.features(anchor, item, company);
        let mut set = |feature: RelatedFeature, value: f32| features[feature as usize] = value;
        let (category, parent) = self.same_category(anchor, item);
        set(RelatedFeature::Walks, walks.sqrt());
        set(RelatedFeature::Alike, self.alike.cosine(anchor, item) as f32);
        set(RelatedFeature::Category, yes(category));
        set(RelatedFeature::Parent, yes(parent));
        set(RelatedFeature::Brand, yes(self.is_of_one_brand(anchor, item)));
        set(RelatedFeature::Price, self.price_distance(anchor, item));
        features
    }

    /// Whether both stand in one category, and whether in the same one above it.
    fn same_category(&self, a: ItemIdx, b: ItemIdx) -> (bool, bool) {
        let tree = self.catalogue.categories();
        let (Some(a), Some(b)) = (self.catalogue.category(a), self.catalogue.category(b)) else {
            return (false, false);
        };
        let parent = |node: CategoryIdx| tree.parent(node).unwrap_or(node);
        (a == b, parent(a) == parent(b))
    }

    fn is_of_one_brand(&self, a: ItemIdx, b: ItemIdx) -> bool {
        let brand = self.catalogue.brand(a);
        !brand.is_empty() && brand.eq_ignore_ascii_case(self.catalogue.brand(b))
    }

    fn price_distance(&self, a: ItemIdx, b: ItemIdx) -> f32 {
        let price = |item| self.catalogue.price(item).map(|price| price.minor).filter(|&minor| 0 < minor);
        match (price(a), price(b)) {
            (Some(a), Some(b)) => (a as f64 / b as f64).ln().abs().min(MAX_PRICE_DISTANCE) as f32,
            _ => UNKNOWN_PRICE_DISTANCE,
        }
    }
}

fn yes(is_so: bool) -> f32 {
    f32::from(u8::from(is_so))
}
