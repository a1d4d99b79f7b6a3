//! What several routes have in common, for the description of the API alone.
#![expect(dead_code, reason = "read by the description's macros, and by nothing that runs")]

use utoipa::{IntoParams, IntoResponses};

use crate::api::{ErrorAnswer, LanguageCode};

/// What may be said in the query string of a question about one item.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ItemQuestion {
    /// How many items at most, 1 to 100; default 10
    n: Option<u32>,
    /// For whom
    customer_id: Option<String>,
    /// Ids looked at in this visit, oldest first, parted by commas
    session_items: Option<String>,
    /// Ids the customer has beside what he bought here, parted by commas
    owned_items: Option<String>,
    /// Ids that must not be shown, parted by commas; a comma within an id is `%2C`
    exclude: Option<String>,
    /// Only items of this condition, in CEL over the columns of the catalogue
    filter: Option<String>,
    /// Whether to say what spoke for each item
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
