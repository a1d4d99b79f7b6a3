//! The door every request passes: an id, a place among those being answered, a deadline, and a net below.
//!
//! One function rather than a stack of layers: each layer is another boxed future a request, and what it does
//! could no longer be read in one place.

use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::{Body, Bytes, HttpBody};
use axum::http::header::{CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderName, HeaderValue, Request};
use axum::response::{IntoResponse, Response};
use tower::Service;
use uuid::Uuid;

use crate::api::ErrorAnswer;
use crate::api_error::ApiError;
use crate::state::State;

/// The header that carries the request's id both ways.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// The longest id of a client's own that is taken over.
const MAX_REQUEST_ID_BYTES: usize = 64;

/// The door.
#[derive(Debug)]
pub(crate) struct Door {
    state: Arc<State>,
    router: Router,
    request_timeout: Duration,
}

impl Door {
    /// A door to a router.
    pub(crate) fn new(state: Arc<State>, router: Router, request_timeout: Duration) -> Self {
        Self { state, router, request_timeout }
    }

    /// Answers a request, whatever comes.
    pub(crate) async fn handle<B>(&self, request: Request<B>) -> Response
    where
        B: HttpBody<Data = Bytes> + Send + 'static,
        B::Error: Into<axum::BoxError>,
    {
        let id = self.request_id(&request);
        let started = tracing::enabled!(tracing::Level::DEBUG).then(Instant::now);
        let mut response = self.respond(request, &id).await;
        if let Some(error) = response.extensions_mut().remove::<ApiError>() {
            write_error(&mut response, &error, &id);
        }
        if let Some(started) = started {
            let duration_ms = started.elapsed().as_secs_f64() * 1e3;
            let status = response.status().as_u16();
            tracing::debug!(request.id = ?id, status, duration_ms, "answered {status} in {duration_ms:.3} ms");
        }
        response.headers_mut().insert(REQUEST_ID, id);
        response
    }

    async fn respond<B>(&self, request: Request<B>, id: &HeaderValue) -> Response
    where
        B: HttpBody<Data = Bytes> + Send + 'static,
        B::Error: Into<axum::BoxError>,
    {
        // Health must be answered also by a service that is full.
        let is_limited = request.uri().path().starts_with("/v1/");
        let permit = if is_limited {
            match self.state.permits.try_acquire() {
                Ok(permit) => Some(permit),
                Err(_) => return ApiError::overloaded().into_response(),
            }
        } else {
            None
        };
        let mut router = self.router.clone();
        let answering = without_panic(async move { router.call(request).await });
        let response = match tokio::time::timeout(self.request_timeout, answering).await {
            Ok(Some(Ok(response))) => response,
            Ok(None) => {
                tracing::error!(request.id = ?id, "answering a request panicked; the request was answered 500");
                ApiError::internal().into_response()
            }
            Err(_) => ApiError::timed_out().into_response(),
        };
        drop(permit);
        response
    }

    /// The client's own id where it is a sane one, else a new one.
    fn request_id<B>(&self, request: &Request<B>) -> HeaderValue {
        let is_sane = |id: &&HeaderValue| {
            let is_word = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.:".contains(byte);
            (1..=MAX_REQUEST_ID_BYTES).contains(&id.len()) && id.as_bytes().iter().all(is_word)
        };
        request.headers().get(REQUEST_ID).filter(is_sane).cloned().unwrap_or_else(|| {
            let id = self.state.ids.next(self.state.now());
            let mut buffer = Uuid::encode_buffer();
            HeaderValue::from_str(id.hyphenated().encode_lower(&mut buffer)).expect("hex digits and dashes")
        })
    }
}

/// Awaits a future; nothing where it panics.
async fn without_panic<T>(future: impl Future<Output = T>) -> Option<T> {
    let mut future = pin!(future);
    // What the future shares with others is behind locks and atomics, and it is not polled again.
    poll_fn(|cx| match catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(cx))) {
        Ok(Poll::Ready(result)) => Poll::Ready(Some(result)),
        Ok(Poll::Pending) => Poll::Pending,
        Err(_) => Poll::Ready(None),
    })
    .await
}

/// Gives a response the body of an error. What it has of headers (such as `allow`) stays.
fn write_error(response: &mut Response, error: &ApiError, id: &HeaderValue) {
    let answer = ErrorAnswer {
        code: error.code.to_owned(),
        message: error.message.to_string(),
        request_id: id.to_str().unwrap_or_default().to_owned(),
    };
    let bytes = serde_json::to_vec(&answer).expect("three texts are plain data");
    *response.status_mut() = error.status;
    *response.body_mut() = Body::from(bytes);
    let headers = response.headers_mut();
    headers.remove(axum::http::header::CONTENT_LENGTH);
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(axum::http::header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Some(secs) = error.retry_after_secs {
        headers.insert(RETRY_AFTER, HeaderValue::from(secs));
    }
}
