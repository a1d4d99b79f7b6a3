//! What several routes have in common, for the description of the API alone.
#![expect(dead_code, reason = "read by the description's macros, and by nothing that runs")]

use utoipa::{IntoParams, IntoResponses};

use crate::api::{ErrorAnswer, LanguageCode};

/// What may be said in the query string of a question about one item.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ItemQuestion {
    /// Maximum number of items
    #[param(minimum = 1, maximum = 100, default = 10)]
    n: Option<u32>,
    /// The customer
    customer_id: Option<String>,
    /// Ids of items viewed in this session, oldest first, separated by commas
    session_items: Option<String>,
    /// Ids of items the customer owns but did not buy here, separated by commas
    owned_items: Option<String>,
    /// Whether the customer agreed to personalisation (`true`) or objected to it (`false`)
    personalisation: Option<bool>,
    /// Ids to leave out, separated by commas; a comma within an id is `%2C`
    exclude: Option<String>,
    /// Only items that match this CEL expression over the columns of the catalogue
    filter: Option<String>,
    /// Whether to return contributions to each score
    explain: Option<bool>,
    /// The language of `reason_text`
    language: Option<LanguageCode>,
}

/// What may go wrong where a question stands in the path and the query string.
#[derive(IntoResponses)]
pub(crate) enum AskedByPath {
    /// The id or the query is not properly encoded
    #[response(status = 400)]
    BadRequest(ErrorAnswer),
    /// A parameter is unknown or out of its range
    #[response(status = 422)]
    Unprocessable(ErrorAnswer),
    /// Over the limit; see `retry-after`
    #[response(status = 429)]
    TooMany(ErrorAnswer),
    /// No models are loaded yet
    #[response(status = 503)]
    NotReady(ErrorAnswer),
}

/// What may go wrong where a question stands in the body.
#[derive(IntoResponses)]
pub(crate) enum AskedByBody {
    /// The body is not JSON
    #[response(status = 400)]
    BadRequest(ErrorAnswer),
    /// The body did not arrive in time
    #[response(status = 408)]
    TimedOut(ErrorAnswer),
    /// The body is larger than 16 KiB
    #[response(status = 413)]
    TooLarge(ErrorAnswer),
    /// A field is unknown, missing or out of its range
    #[response(status = 422)]
    Unprocessable(ErrorAnswer),
    /// Over the limit; see `retry-after`
    #[response(status = 429)]
    TooMany(ErrorAnswer),
    /// No models are loaded yet
    #[response(status = 503)]
    NotReady(ErrorAnswer),
}
