//! The HTTP service: a shop page asks, one answer comes back.
//!
//! The service reads a store of published artifacts and nothing else. It follows the current generation by
//! itself: a new one is opened, checked and tried beside the old one, then takes its place between two
//! requests. A request keeps the snapshot it began with, so none fails on a swap; a generation that does not
//! open changes nothing but one line in the log.
//!
//! The path of a request:
//!
//! ```text
//! listener ── connection ── door ───────────────── router ── handler ── engine ── answer
//!             watched for   request id, limit,     axum                 a slate   bytes put
//!             progress      deadline, panics                                      together
//! ```
//!
//! What is absent on purpose: a queue (over the limit is 429 at once), state of a request (an answer depends
//! on the snapshot, the question and the clock), and any clock but the one that is passed in.

mod answer;
mod api;
mod api_error;
mod described;
mod door;
mod explain;
mod follow;
mod generations;
mod ids;
mod named;
mod question;
mod routes;
mod server;
mod settings;
mod snapshot;
mod state;
#[cfg(test)]
mod tests;

pub use api::{
    Contribution, ErrorAnswer, ExplainRequest, HealthAnswer, IndexAnswer, LanguageCode, LeftOutCounts,
    PlacementName, Price, ReadyAnswer, RecommendAnswer, RecommendRequest, RecommendedItem, RouteEntry,
};
pub use explain::{
    Asking, CustomerNeed, ExplainAnswer, HeldItem, ItemRule, LookedAt, NeedsAnswer, ScoredItem,
};
pub use named::{Ignored, Known, Named};
pub use routes::openapi_json;
pub use server::{ServeError, run, serve};
pub use settings::ServeSettings;
