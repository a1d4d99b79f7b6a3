//! What a recipe may say about interests.

use erbij_core::{EventKind, ParamError, in_range};
use serde::{Deserialize, Serialize};

/// How what a customer does becomes an interest, and when it is called one.
///
/// Weights say how much one act counts beside a purchase. Purchases are those of the order history, net of
/// returns; a `purchase` or `refund` among events counts nothing, since it would count twice.
///
/// | Name | Default | Purpose | Range |
/// |---|---|---|---|
/// | `short_half_life_days` | 30 | after so many days an act counts half in what is of late; at most the long one | above 0 |
/// | `long_half_life_days` | 365 | the same in what lasts | above 0 |
/// | `purchase` | 1 | weight of an order line | 0 to 1000 |
/// | `add_to_cart` | 0.3 | weight of putting in the cart | 0 to 1000 |
/// | `view_item` | 0.1 | weight of seeing the page | 0 to 1000 |
/// | `select_item` | 0.1 | weight of a click in a list or on a promotion | 0 to 1000 |
/// | `answer` | 3 | weight of an answer to a question | 0 to 1000 |
/// | `stated` | 3 | weight of a preference that the customer has stated | 0 to 1000 |
/// | `prior_strength` | 10 | acts that the population's habits count as beside the customer's own | above 0 |
/// | `min_evidence` | 1.5 | acts, as much as is left of them, below which nothing is an interest | 0 to 1000 |
/// | `min_log_ratio` | 0.6931 | how far above the population's share an interest must be; ln 2 is twice | 0 to 20 |
/// | `trend_ratio` | 2 | rising above, and fading below, so many times the steady pace | 1 to 1000 |
/// | `max_facets` | 64 | facets kept a customer | 1 to 10000 |
/// | `category_weight` | 1 | of an item's categories in its score | 0 to 1000 |
/// | `brand_weight` | 0.5 | of its brand | 0 to 1000 |
/// | `topic_weight` | 0.5 | of its topics | 0 to 1000 |
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct InterestParams {
    /// Half-life of what is of late.
    pub short_half_life_days: f64,
    /// Half-life of what lasts.
    pub long_half_life_days: f64,
    /// Weight of an order line.
    pub purchase: f64,
    /// Weight of putting in the cart.
    pub add_to_cart: f64,
    /// Weight of seeing the page.
    pub view_item: f64,
    /// Weight of a click in a list or on a promotion.
    pub select_item: f64,
    /// Weight of an answer to a question.
    pub answer: f64,
    /// Weight of a stated preference.
    pub stated: f64,
    /// Acts that the population's habits count as.
    pub prior_strength: f64,
    /// Below so many acts nothing is an interest.
    pub min_evidence: f64,
    /// How far above the population an interest must be.
    pub min_log_ratio: f64,
    /// How far from the steady pace rising and fading begin.
    pub trend_ratio: f64,
    /// Facets kept a customer.
    pub max_facets: u32,
    /// Weight of an item's categories in its score.
    pub category_weight: f64,
    /// Weight of its brand.
    pub brand_weight: f64,
    /// Weight of its topics.
    pub topic_weight: f64,
}

impl Default for InterestParams {
    fn default() -> Self {
        Self {
            short_half_life_days: 30.0,
            long_half_life_days: 365.0,
            purchase: 1.0,
            add_to_cart: 0.3,
            view_item: 0.1,
            select_item: 0.1,
            answer: 3.0,
            stated: 3.0,
            prior_strength: 10.0,
            min_evidence: 1.5,
            min_log_ratio: std::f64::consts::LN_2,
            trend_ratio: 2.0,
            max_facets: 64,
            category_weight: 1.0,
            brand_weight: 0.5,
            topic_weight: 0.5,
        }
    }
}

/// Checked [`InterestParams`].
#[derive(Clone, Debug, PartialEq)]
pub struct CheckedInterestParams {
    params: InterestParams,
}

impl InterestParams {
    /// Checks every parameter, each by itself and the half-lives against each other.
    pub fn check(&self) -> Result<CheckedInterestParams, ParamError> {
        let above_zero = |&x: &f64| 0.0 < x && x.is_finite();
        let long = self.long_half_life_days;
        in_range("long_half_life_days", long, above_zero, "a number above 0")?;
        in_range(
            "short_half_life_days",
            self.short_half_life_days,
            |&days| 0.0 < days && days <= long,
            "a number above 0, at most `long_half_life_days`",
        )?;
        for (name, weight) in [
            ("purchase", self.purchase),
            ("add_to_cart", self.add_to_cart),
            ("view_item", self.view_item),
            ("select_item", self.select_item),
            ("answer", self.answer),
            ("stated", self.stated),
            ("min_evidence", self.min_evidence),
            ("category_weight", self.category_weight),
            ("brand_weight", self.brand_weight),
            ("topic_weight", self.topic_weight),
        ] {
            in_range(name, weight, |w| (0.0..=1000.0).contains(w), "a number from 0 to 1000")?;
        }
        in_range("prior_strength", self.prior_strength, above_zero, "a number above 0")?;
        in_range("min_log_ratio", self.min_log_ratio, |r| (0.0..=20.0).contains(r), "a number from 0 to 20")?;
        in_range("trend_ratio", self.trend_ratio, |r| (1.0..=1000.0).contains(r), "a number from 1 to 1000")?;
        in_range("max_facets", self.max_facets, |n| (1..=10_000).contains(n), "1 to 10000")?;
        Ok(CheckedInterestParams { params: self.clone() })
    }
}

impl CheckedInterestParams {
    /// The parameters as written.
    pub fn params(&self) -> &InterestParams {
        &self.params
    }

    /// How much an event counts; 0 where it says nothing of an interest, or is counted as an order.
    pub fn weight_of(&self, kind: EventKind) -> f64 {
        match kind {
            EventKind::ViewItem => self.params.view_item,
            EventKind::SelectItem | EventKind::SelectPromotion => self.params.select_item,
            EventKind::AddToCart => self.params.add_to_cart,
            // What was only shown was the shop's choice; the cart was counted when it was filled.
            EventKind::ViewItemList
            | EventKind::ViewCart
            | EventKind::Purchase
            | EventKind::Refund
            | EventKind::ViewPromotion
            | EventKind::PromotionNotOffered => 0.0,
        }
    }
}
