//! Errors as the API tells them: one shape, and a message that says what to do.
//!
//! A handler returns an [`ApiError`]; the door, which knows the request's id, writes it. Until then it travels
//! in the extensions of an empty response.

use std::borrow::Cow;

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

/// An error to be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ApiError {
    pub(crate) status: StatusCode,
    pub(crate) code: &'static str,
    pub(crate) message: Cow<'static, str>,
    /// The value of `retry-after`, where it makes sense to try again.
    pub(crate) retry_after_secs: Option<u32>,
}

impl ApiError {
    fn new(status: StatusCode, code: &'static str, message: impl Into<Cow<'static, str>>) -> Self {
        Self { status, code, message: message.into(), retry_after_secs: None }
    }

    fn retry_after(self, secs: u32) -> Self {
        Self { retry_after_secs: Some(secs), ..self }
    }

    /// The body is not JSON.
    pub(crate) fn invalid_json(message: String) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "invalid_json", message)
    }

    /// The path or the query string is not properly encoded.
    pub(crate) fn invalid_encoding(message: String) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "invalid_encoding", message)
    }

    /// A key that means nothing.
    pub(crate) fn unknown_field(message: String) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "unknown_field", message)
    }

    /// A value that is out of its range or of the wrong kind.
    pub(crate) fn invalid_value(message: String) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid_value", message)
    }

    /// The body is larger than any question.
    pub(crate) fn body_too_large(limit_bytes: usize) -> Self {
        let message = format!("the body is larger than {limit_bytes} bytes");
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "body_too_large", message)
    }

    /// The connection ended within the body.
    pub(crate) fn body_unreadable() -> Self {
        Self::new(StatusCode::BAD_REQUEST, "invalid_body", "the body could not be read to its end")
    }

    /// The body did not come in time.
    pub(crate) fn timed_out() -> Self {
        Self::new(StatusCode::REQUEST_TIMEOUT, "request_timeout", "the request did not arrive in time")
    }

    /// There is no such route.
    pub(crate) fn no_such_route() -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", "there is no such route; hint: `GET /` lists them")
    }

    /// The route does not have that method.
    pub(crate) fn method_not_allowed() -> Self {
        let message = "the route does not answer this method; hint: `GET /` lists the routes";
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", message)
    }

    /// As many requests as may be are being answered.
    pub(crate) fn overloaded() -> Self {
        let message = "as many requests as allowed are being answered; hint: try again in a second";
        Self::new(StatusCode::TOO_MANY_REQUESTS, "overloaded", message).retry_after(1)
    }

    /// No generation is loaded.
    pub(crate) fn not_ready() -> Self {
        let message =
            "no models are loaded yet; hint: `erbij publish` an artifact to the store this service follows";
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "not_ready", message).retry_after(1)
    }

    /// The service is about to stop.
    pub(crate) fn shutting_down() -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "shutting_down", "the service is shutting down")
    }

    /// A bug.
    pub(crate) fn internal() -> Self {
        let message =
            "something went wrong here; hint: the log of the service tells more under this request id";
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", message)
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}
