//! The words of the API: what is asked and answered, as types.
//!
//! They document the answers, and a client in Rust may read answers into them. The service itself writes its
//! recommendations by hand (see [`crate`]); a test holds the two equal.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::named::Ignored;

/// Where a slate is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PlacementName {
    /// On a product's page.
    ItemPage,
    /// In the basket.
    Basket,
    /// After an order.
    AfterOrder,
    /// On a home page.
    Home,
    /// In a newsletter.
    Newsletter,
}

/// The language of `reason_text`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum LanguageCode {
    /// Dutch.
    Nl,
    /// English.
    En,
}

/// Something the customer or visitor did recently.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RecentEvent {
    /// What they did, by its name in the events table: `view_item`, `select_item`, `add_to_cart`, `view_cart`, `purchase`, `refund`,
    /// `view_item_list`, `view_promotion`, `select_promotion` or `promotion_not_offered`.
    #[schema(example = "purchase")]
    pub event_name: String,
    /// With what, by item or variant id.
    pub item_id: String,
    /// When, in RFC 3339; a time later than now counts as now.
    #[schema(example = "2026-11-30T20:15:00Z")]
    pub occurred_at: String,
    /// How many, for a `purchase`. Default: 1.
    #[schema(exclusive_minimum = 0)]
    pub quantity: Option<f32>,
}

/// A request for recommendations. Unknown ids are not an error.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RecommendRequest {
    /// Where the slate is shown. Default: `item_page` for one item, `basket` for several, else `home`.
    pub placement: Option<PlacementName>,
    /// The customer. Cannot be combined with `visitor_id`.
    pub customer_id: Option<String>,
    /// The visitor, if the customer is unknown. Cannot be combined with `customer_id`. No model uses it yet, so it is listed
    /// under `ignored`; pass the items viewed in `session_items` instead.
    pub visitor_id: Option<String>,
    /// The item of the page or the items in the basket, by item or variant id.
    #[schema(max_items = 100)]
    pub items: Option<Vec<String>>,
    /// Items viewed in this session, by item or variant id, oldest first; the item of the page may be left out. On `home` and
    /// `newsletter`, recommendations for an unknown visitor or a customer without orders are based on these items.
    #[schema(max_items = 100)]
    pub session_items: Option<Vec<String>>,
    /// Items the customer owns but did not buy here before the last training, by item or variant id. Items that meet the same
    /// need are left out.
    #[schema(max_items = 500)]
    pub owned_items: Option<Vec<String>>,
    /// What the customer or visitor did since the models were trained, in any order. It counts at once: what they bought is owned
    /// and not offered again, what they returned no longer counts, what they viewed changes what they are shown. For a known
    /// customer, orders up to `cutoff` (see `/readyz`) are already counted and are ignored, and views too if the models were trained
    /// on events.
    #[schema(max_items = 100)]
    pub events: Option<Vec<RecentEvent>>,
    /// Whether the customer agreed to personalisation (`true`) or objected to it (`false`). Default: as the service is set up.
    /// Without consent, `customer_id` and `events` are not used and are listed under `ignored`.
    pub personalisation: Option<bool>,
    /// Maximum number of items. Default: 10.
    #[schema(minimum = 1, maximum = 100)]
    pub n: Option<u32>,
    /// Items to leave out.
    #[schema(max_items = 500)]
    pub exclude: Option<Vec<String>>,
    /// Only items that match this CEL expression over the columns of the catalogue.
    #[schema(max_length = 2048, example = "price < 50 && category.within(\"Home > Kitchen\")")]
    pub filter: Option<String>,
    /// Whether to return contributions to each score, and counts of items left out. Default: false.
    pub explain: Option<bool>,
    /// The language of `reason_text`. Default: the language of the service.
    pub language: Option<LanguageCode>,
}

/// Asks why an item is, or is not, on the slate described by the other fields.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ExplainRequest {
    /// The item to explain, by item or variant id.
    pub item_id: String,
    /// The slate.
    #[serde(flatten)]
    pub slate: RecommendRequest,
}

/// An amount of money, as text because floats round cents.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Price {
    /// A decimal number.
    #[schema(example = "12.50")]
    pub amount: String,
    /// ISO 4217 currency code.
    #[schema(example = "EUR")]
    pub currency: String,
}

/// How much an item contributed to a score.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Contribution {
    /// An item of the page, the basket or the history.
    pub item_id: String,
    /// The contribution.
    pub score: f64,
}

/// One recommended item.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct RecommendedItem {
    /// Item id.
    pub item_id: String,
    /// The variant to show and to link to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub variant_id: Option<String>,
    /// Title.
    pub title: String,
    /// URL of its page.
    pub url: Option<String>,
    /// URL of its image.
    pub image_url: Option<String>,
    /// Price, if known.
    pub price: Option<Price>,
    /// Score, to 3 significant digits. Only comparable between items of the same source. For popularity it is a share of the
    /// best seller's sales, for related items the estimated probability that both are in one order.
    pub score: f64,
    /// The source that proposed it: `pinned`, `due`, `session`, `help`, `replacement`, `accessory`, `alternative`, `blend`, `personal`,
    /// `repeat`, `related`, `affinity`, `category_popularity`, `alike`, `popularity` or `range`.
    #[schema(example = "related")]
    pub source: String,
    /// Reason code, such as `bought_together`, `also_bought`, `accessory_for`, `consumable_for`,
    /// `spare_part_for`, `instead_of`, `help_with`, `takes_place_of`, `because_you_bought`, `due_again` or `popular`.
    #[schema(example = "bought_together")]
    pub reason_code: String,
    /// Reason as a sentence.
    #[schema(example = "Vaak samen gekocht met Espressomachine")]
    pub reason_text: String,
    /// The item the reason refers to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source_item: Option<String>,
    /// All items that contributed to its score, largest first; only with `explain`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contributions: Option<Vec<Contribution>>,
}

/// How many candidates were left out, by reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LeftOutCounts {
    /// Excluded by the request.
    pub excluded: u32,
    /// The customer owns something that meets the same need, or it is in the basket.
    pub owned: u32,
    /// Bought before by the customer.
    pub already_bought: u32,
    /// Hidden by a rule.
    pub hidden: u32,
    /// Not matched by `filter`.
    pub filtered: u32,
    /// Out of stock.
    pub out_of_stock: u32,
    /// Not eligible for another reason.
    pub ineligible: u32,
}

/// Recommendations.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct RecommendAnswer {
    /// Links clicks and orders to this slate; a version 7 UUID.
    pub recommendation_id: String,
    /// Id of the artifact.
    pub model_version: String,
    /// Where the slate is shown.
    pub placement: PlacementName,
    /// The slate, best first, without duplicates.
    pub items: Vec<RecommendedItem>,
    /// The last source used, if the main source of the placement did not fill the slate.
    pub fallback_used: Option<String>,
    /// Unknown ids in `items`; also listed under `ignored`.
    pub unknown_items: Vec<String>,
    /// Fields of the request that had no effect; absent if there are none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ignored: Vec<Ignored>,
    /// How many candidates were left out; only with `explain`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub left_out: Option<LeftOutCounts>,
    /// Why the slate is empty, if it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub empty_reason: Option<String>,
}

/// An error.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ErrorAnswer {
    /// Error code.
    #[schema(example = "invalid_value")]
    pub code: String,
    /// Error message.
    #[schema(example = "`n` is `0`, expected a whole number from 1 to 100")]
    pub message: String,
    /// Identifies the request in the log; also sent as the header `x-request-id`.
    pub request_id: String,
}

/// The process is alive.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct HealthAnswer {
    /// Always `alive`.
    pub status: String,
}

/// The generation that is served.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ReadyAnswer {
    /// Always `ready`.
    pub status: String,
    /// Id of the loaded artifact.
    pub artifact_id: String,
    /// Its generation number.
    pub generation: u64,
    /// The current generation of the store, if it could not be loaded; see the log.
    pub refused_generation: Option<u64>,
    /// Placements that the rules leave entirely empty; see the log.
    pub emptied_placements: Vec<String>,
    /// Time of the newest data in the models, RFC 3339.
    pub cutoff: String,
    /// Number of items in the catalogue.
    pub n_items: u64,
    /// Number of known customers.
    pub n_customers: u64,
    /// Number of affinity pairs.
    pub n_affinity_pairs: u64,
    /// Number of weights in the personal models.
    pub n_personal_weights: u64,
}

/// One route.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
pub struct RouteEntry {
    /// Its path.
    pub path: String,
    /// Its method.
    pub method: String,
    /// Summary.
    pub summary: String,
}

/// The routes of the service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct IndexAnswer {
    /// Always `erbij`.
    pub service: String,
    /// All routes, by path.
    pub routes: Vec<RouteEntry>,
}
