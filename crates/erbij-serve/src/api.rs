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
    /// At the till.
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

/// A question. Ids that are not known are no error.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct RecommendRequest {
    /// Where the slate will be shown. Default: `item_page` for one item, `basket` for several, else `home`.
    pub placement: Option<PlacementName>,
    /// For whom; not together with `visitor_id`.
    pub customer_id: Option<String>,
    /// For whom, where only the visit is known; not together with `customer_id`. No model knows visitors, so it is told
    /// under `ignored`: what the visit is about is said with `session_items`.
    pub visitor_id: Option<String>,
    /// The item of the page or the items of the basket, by item or variant id.
    #[schema(max_items = 100)]
    pub items: Option<Vec<String>>,
    /// What was looked at in this visit, by item or variant id, oldest first; the item of the page need not be
    /// among them. Of who bought nothing yet it is all the past there is, on `home` and `newsletter`.
    #[schema(max_items = 100)]
    pub session_items: Option<Vec<String>>,
    /// What the customer has beside what he bought here before the last training, by item or variant id: what meets
    /// the same need is not offered to him.
    #[schema(max_items = 500)]
    pub owned_items: Option<Vec<String>>,
    /// How many items at most.
    #[schema(minimum = 1, maximum = 100, default = 10)]
    pub n: Option<u32>,
    /// Items that must not be shown.
    #[schema(max_items = 500)]
    pub exclude: Option<Vec<String>>,
    /// Only items of this condition, in CEL over the columns of the catalogue.
    #[schema(max_length = 2048, example = "price < 50 && category.within(\"Home > Kitchen\")")]
    pub filter: Option<String>,
    /// Whether to say what spoke for each item and what was left out.
    #[schema(default = false)]
    pub explain: Option<bool>,
    /// The language of `reason_text`; the service's own where none is given.
    pub language: Option<LanguageCode>,
}

/// A question about one item: what became of it on the slate that the rest of the question asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ExplainRequest {
    /// The item asked about, by item or variant id.
    pub item_id: String,
    /// The question of the slate.
    #[serde(flatten)]
    pub slate: RecommendRequest,
}

/// An amount of money. Text, since a float does not know its cents.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Price {
    /// Digits with a point.
    #[schema(example = "12.50")]
    pub amount: String,
    /// The code of ISO 4217.
    #[schema(example = "EUR")]
    pub currency: String,
}

/// How much one item spoke for another.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Contribution {
    /// The item of the page, of the basket or of the history.
    pub item_id: String,
    /// How much.
    pub score: f64,
}

/// One recommended item.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct RecommendedItem {
    /// Its id.
    pub item_id: String,
    /// The variant to show and to link to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub variant_id: Option<String>,
    /// Its name for people.
    pub title: String,
    /// Its page.
    pub url: Option<String>,
    /// Its picture.
    pub image_url: Option<String>,
    /// What it costs, where known.
    pub price: Option<Price>,
    /// How well it did, to 3 significant digits. Comparable among items of one source only; of popularity it
    /// is the share of the best seller's, and of related items the estimated probability that both are in one order.
    pub score: f64,
    /// Where it came from: `pinned`, `due`, `session`, `help`, `replacement`, `accessory`, `alternative`, `blend`, `personal`,
    /// `repeat`, `related`, `affinity`, `category_popularity`, `alike`, `popularity` or `range`.
    #[schema(example = "related")]
    pub source: String,
    /// Why, for machines, such as `bought_together`, `also_bought`, `accessory_for`, `consumable_for`,
    /// `spare_part_for`, `instead_of`, `help_with`, `takes_place_of`, `because_you_bought`, `due_again` or `popular`.
    #[schema(example = "bought_together")]
    pub reason_code: String,
    /// Why, for people.
    #[schema(example = "Vaak samen gekocht met Espressomachine")]
    pub reason_text: String,
    /// The item the reason points back to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source_item: Option<String>,
    /// All items that spoke for it, most first; only where `explain` was asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contributions: Option<Vec<Contribution>>,
}

/// How many candidates did not make it, by why.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LeftOutCounts {
    /// The question named them.
    pub excluded: u32,
    /// The customer has what meets their need, or it is in the basket.
    pub owned: u32,
    /// The customer bought them before.
    pub already_bought: u32,
    /// A rule of the shop hides them.
    pub hidden: u32,
    /// They are not among those that `filter` asks for.
    pub filtered: u32,
    /// They cannot be ordered.
    pub out_of_stock: u32,
    /// They may not be offered for another reason.
    pub ineligible: u32,
}

/// The answer to a question.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct RecommendAnswer {
    /// Ties a click or an order to this answer: a UUID of version 7.
    pub recommendation_id: String,
    /// The artifact that answered.
    pub model_version: String,
    /// Where the slate will be shown.
    pub placement: PlacementName,
    /// The slate, best first; no item stands twice.
    pub items: Vec<RecommendedItem>,
    /// The last source that was needed, where the placement's first did not fill the slate.
    pub fallback_used: Option<String>,
    /// Those of `items` that are not known; they stand under `ignored` too.
    pub unknown_items: Vec<String>,
    /// What of the question changed nothing, by field; absent where all of it was heard.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ignored: Vec<Ignored>,
    /// What did not make it; only where `explain` was asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub left_out: Option<LeftOutCounts>,
    /// Why there is nothing, where there is nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub empty_reason: Option<String>,
}

/// The one shape of every error.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ErrorAnswer {
    /// What went wrong, for machines.
    #[schema(example = "invalid_value")]
    pub code: String,
    /// What went wrong, for people.
    #[schema(example = "`n` is `0`, expected a whole number from 1 to 100")]
    pub message: String,
    /// Finds the request in the log; also in the header `x-request-id`.
    pub request_id: String,
}

/// The process is alive.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct HealthAnswer {
    /// Always `alive`.
    pub status: String,
}

/// What the service answers from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ReadyAnswer {
    /// Always `ready`.
    pub status: String,
    /// What is loaded.
    pub artifact_id: String,
    /// Its number in the store.
    pub generation: u64,
    /// A generation the store calls current, but which was refused; see the log.
    pub refused_generation: Option<u64>,
    /// Placements every page of which the shop's rules leave empty; see the log for the rules.
    pub emptied_placements: Vec<String>,
    /// The newest instant the models know of, RFC 3339.
    pub cutoff: String,
    /// Items of the catalogue.
    pub n_items: u64,
    /// Known customers.
    pub n_customers: u64,
    /// Pairs of an item and one that goes with it.
    pub n_affinity_pairs: u64,
    /// Weights of the personal models.
    pub n_personal_weights: u64,
}

/// One route.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
pub struct RouteEntry {
    /// Its path.
    pub path: String,
    /// Its method.
    pub method: String,
    /// What it answers.
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
