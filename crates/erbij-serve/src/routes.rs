//! The routes: what each asks of the snapshot. None of them waits for anything but a body.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::{Arc, LazyLock};

use axum::Router;
use axum::body::{Body, Bytes, HttpBody};
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, RawQuery, State as Shared};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderName, HeaderValue};
use axum::response::{IntoResponse, Response};
use erbij_engine::{Query, Ranking, Unheard};
use serde::Serialize;
use utoipa::OpenApi;
use utoipa::openapi::OpenApi as Document;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::answer::{NotHeard, answer_bytes};
use crate::api::{
    ErrorAnswer, ExplainRequest, HealthAnswer, IndexAnswer, PlacementName, ReadyAnswer, RecommendAnswer,
    RecommendRequest, RouteEntry,
};
use crate::api_error::ApiError;
use crate::described::{AskedByBody, AskedByPath, ItemQuestion};
use crate::explain::{Asking, ExplainAnswer, NeedsAnswer};
use crate::named::{Ignored, Known};
use crate::question::{Question, check, explain_request_from_body, request_from_body, request_from_query};
use crate::snapshot::Snapshot;
use crate::state::State;

/// The largest body: a hundred long ids and five hundred more fit.
pub(crate) const MAX_BODY_BYTES: usize = 16 * 1024;
/// A body up to so much over the limit is read to its end, so that the sender hears why it is refused rather
/// than find the connection cut.
const MAX_DISCARDED_BYTES: usize = 256 * 1024;
/// Why a field is ignored that this route has no use for.
const NOT_USED: &str = Unheard::NotUsed.name();

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Erbij",
        description = "Anything to go with that? Related items, baskets completed, home pages and newsletters \
                       filled. Every answer carries `x-request-id`; every error has the one shape \
                       `ErrorAnswer`. An unknown customer or item is answered by the fallback ladder, never 404.",
        license(name = "MIT OR Apache-2.0")
    ),
    tags(
        (name = "recommend", description = "Recommendations"),
        (name = "explain", description = "Why, and why not"),
        (name = "service", description = "The service itself")
    )
)]
struct Described;

/// All routes and their description.
pub(crate) fn router(state: Arc<State>) -> Router {
    let (router, _) = routes_and_document();
    router.fallback(no_such_route).method_not_allowed_fallback(method_not_allowed).with_state(state)
}

fn routes_and_document() -> (Router<Arc<State>>, Document) {
    OpenApiRouter::with_openapi(Described::openapi())
        .routes(routes!(recommend))
        .routes(routes!(related))
        .routes(routes!(accessories))
        .routes(routes!(alternatives))
        .routes(routes!(explain))
        .routes(routes!(needs))
        .routes(routes!(healthz))
        .routes(routes!(readyz))
        .routes(routes!(openapi))
        .routes(routes!(index))
        .split_for_parts()
}

/// The description of the API, as `GET /openapi.json` gives it.
pub fn openapi_json() -> String {
    let (_, document) = routes_and_document();
    document.to_pretty_json().expect("a description is plain data")
}

async fn no_such_route() -> ApiError {
    ApiError::no_such_route()
}

async fn method_not_allowed() -> ApiError {
    ApiError::method_not_allowed()
}

/// Recommend items for a placement.
#[utoipa::path(
    post, path = "/v1/recommend", tag = "recommend", request_body = RecommendRequest,
    responses((status = 200, description = "The recommendations", body = RecommendAnswer), AskedByBody)
)]
async fn recommend(Shared(state): Shared<Arc<State>>, body: Body) -> Result<Response, ApiError> {
    let body = read_body(body).await?;
    let question = check(request_from_body(&body)?, state.language, state.now())?;
    answer(&state, &question, Ranking::AsPlaced)
}

/// Recommend items related to an item.
#[utoipa::path(
    get, path = "/v1/items/{id}/related", tag = "recommend",
    params(("id" = String, Path, description = "The item's or a variant's id, percent-encoded"), ItemQuestion),
    responses((status = 200, description = "The recommendations", body = RecommendAnswer), AskedByPath)
)]
async fn related(
    Shared(state): Shared<Arc<State>>,
    id: Result<Path<String>, PathRejection>,
    RawQuery(query): RawQuery,
) -> Result<Response, ApiError> {
    about_item(&state, id, query.as_deref(), Ranking::AsPlaced)
}

/// Recommend accessories, consumables and spare parts of an item, then items that go with its category.
#[utoipa::path(
    get, path = "/v1/items/{id}/accessories", tag = "recommend",
    params(("id" = String, Path, description = "The item's or a variant's id, percent-encoded"), ItemQuestion),
    responses((status = 200, description = "The recommendations", body = RecommendAnswer), AskedByPath)
)]
async fn accessories(
    Shared(state): Shared<Arc<State>>,
    id: Result<Path<String>, PathRejection>,
    RawQuery(query): RawQuery,
) -> Result<Response, ApiError> {
    about_item(&state, id, query.as_deref(), Ranking::Accessories)
}

/// Recommend alternatives to an item.
#[utoipa::path(
    get, path = "/v1/items/{id}/alternatives", tag = "recommend",
    params(("id" = String, Path, description = "The item's or a variant's id, percent-encoded"), ItemQuestion),
    responses((status = 200, description = "The recommendations", body = RecommendAnswer), AskedByPath)
)]
async fn alternatives(
    Shared(state): Shared<Arc<State>>,
    id: Result<Path<String>, PathRejection>,
    RawQuery(query): RawQuery,
) -> Result<Response, ApiError> {
    about_item(&state, id, query.as_deref(), Ranking::Alternatives)
}

/// Answers what is asked about one item.
fn about_item(
    state: &State,
    id: Result<Path<String>, PathRejection>,
    query: Option<&str>,
    ranking: Ranking,
) -> Result<Response, ApiError> {
    let Path(id) =
        id.map_err(|_| ApiError::invalid_encoding("the id is not percent-encoded UTF-8".to_owned()))?;
    let request = request_from_query(query.unwrap_or(""))?;
    let placement = Some(PlacementName::ItemPage);
    let request = RecommendRequest { items: Some(vec![id]), placement, ..request };
    answer(state, &check(request, state.language, state.now())?, ranking)
}

/// Check that the process is alive.
#[utoipa::path(get, path = "/healthz", tag = "service", responses((status = 200, description = "The process is alive", body = HealthAnswer)))]
async fn healthz() -> Response {
    json_response(&HealthAnswer { status: "alive".to_owned() })
}

/// Check that models are loaded, and which.
#[utoipa::path(
    get, path = "/readyz", tag = "service",
    responses(
        (status = 200, description = "A generation is loaded", body = ReadyAnswer),
        (status = 503, description = "Nothing is loaded yet, or the service is shutting down", body = ErrorAnswer)
    )
)]
async fn readyz(Shared(state): Shared<Arc<State>>) -> Result<Response, ApiError> {
    if state.is_shutting_down() {
        return Err(ApiError::shutting_down());
    }
    let snapshot = state.snapshot.load();
    let snapshot = snapshot.as_deref().ok_or_else(ApiError::not_ready)?;
    let models = snapshot.engine.models();
    Ok(json_response(&ReadyAnswer {
        status: "ready".to_owned(),
        artifact_id: snapshot.artifact_id.clone(),
        generation: snapshot.generation,
        refused_generation: state.refused_generation(),
        emptied_placements: snapshot.emptied_placements(state.now()),
        cutoff: models.cutoff.to_string(),
        n_items: models.catalogue.len() as u64,
        n_customers: models.customers.len() as u64,
        n_affinity_pairs: models.affinity.neighbours().n_values() as u64,
        n_personal_weights: models.personal.iter().map(|model| model.n_weights() as u64).sum(),
    }))
}

/// Describe the API.
#[utoipa::path(
    get, path = "/openapi.json", tag = "service",
    responses((status = 200, description = "This OpenAPI document", content_type = "application/json"))
)]
async fn openapi() -> Response {
    static DOCUMENT: LazyLock<String> = LazyLock::new(openapi_json);
    json_bytes(DOCUMENT.as_str())
}

/// List the routes.
#[utoipa::path(get, path = "/", tag = "service", responses((status = 200, description = "All routes", body = IndexAnswer)))]
async fn index() -> Response {
    static INDEX: LazyLock<IndexAnswer> = LazyLock::new(routes_index);
    json_response(&*INDEX)
}

fn routes_index() -> IndexAnswer {
    let (_, document) = routes_and_document();
    let mut routes: Vec<RouteEntry> = Vec::new();
    for (path, item) in &document.paths.paths {
        for (method, operation) in [("GET", &item.get), ("POST", &item.post)] {
            if let Some(operation) = operation {
                let summary = operation.summary.clone().unwrap_or_default();
                routes.push(RouteEntry { path: path.clone(), method: method.to_owned(), summary });
            }
        }
    }
    routes.sort();
    IndexAnswer { service: "erbij".to_owned(), routes }
}

/// Explain why an item is, or is not, on a slate.
#[utoipa::path(
    post, path = "/v1/explain", tag = "explain", request_body = ExplainRequest,
    responses((status = 200, description = "Why the item is, or is not, on the slate", body = ExplainAnswer), AskedByBody)
)]
async fn explain(Shared(state): Shared<Arc<State>>, body: Body) -> Result<Response, ApiError> {
    let body = read_body(body).await?;
    let (item_id, request) = explain_request_from_body(&body)?;
    let question = check(request, state.language, state.now())?;
    let snapshot = state.snapshot.load();
    let snapshot = snapshot.as_deref().ok_or_else(ApiError::not_ready)?;
    let mut answer = with_query(&state, snapshot, &question, Ranking::AsPlaced, |query, known| {
        snapshot.with_scratch(|scratch| {
            let asking =
                Asking { engine: &snapshot.engine, artifact_id: &snapshot.artifact_id, query, known };
            ExplainAnswer::of(&asking, &item_id, question.language, scratch)
        })
    })?;
    if question.explain {
        // It is explained in any case.
        answer.ignored.push(Ignored::field("explain", NOT_USED));
    }
    Ok(not_stored(json_response(&answer)))
}

/// Show a customer's needs: met, being shopped for, or due for replacement.
#[utoipa::path(
    get, path = "/v1/customers/{id}/needs", tag = "explain",
    params(
        ("id" = String, Path, description = "The customer's id, percent-encoded"),
        ("session_items" = Option<String>, Query, description = "Ids of items viewed in this session, oldest first, separated by commas"),
        ("owned_items" = Option<String>, Query, description = "Ids of items the customer owns but did not buy here, separated by commas")
    ),
    responses((status = 200, description = "The customer's needs", body = NeedsAnswer), AskedByPath)
)]
async fn needs(
    Shared(state): Shared<Arc<State>>,
    id: Result<Path<String>, PathRejection>,
    RawQuery(query): RawQuery,
) -> Result<Response, ApiError> {
    let Path(id) =
        id.map_err(|_| ApiError::invalid_encoding("the id is not percent-encoded UTF-8".to_owned()))?;
    let request = request_from_query(query.as_deref().unwrap_or(""))?;
    let of_slates = only_of_slates(&request);
    let request = RecommendRequest { customer_id: Some(id), placement: Some(PlacementName::Home), ..request };
    let question = check(request, state.language, state.now())?;
    let snapshot = state.snapshot.load();
    let snapshot = snapshot.as_deref().ok_or_else(ApiError::not_ready)?;
    let mut answer = with_query(&state, snapshot, &question, Ranking::AsPlaced, |query, known| {
        let asking = Asking { engine: &snapshot.engine, artifact_id: &snapshot.artifact_id, query, known };
        NeedsAnswer::of(&asking)
    })?;
    answer.ignored.extend(of_slates.into_iter().map(|field| Ignored::field(field, NOT_USED)));
    Ok(not_stored(json_response(&answer)))
}

/// What of a query string says something about slates, and nothing about needs.
fn only_of_slates(request: &RecommendRequest) -> Vec<&'static str> {
    let said = [
        ("customer_id", request.customer_id.is_some()),
        ("n", request.n.is_some()),
        ("exclude", request.exclude.is_some()),
        ("filter", request.filter.is_some()),
        ("explain", request.explain.is_some()),
        ("language", request.language.is_some()),
    ];
    said.into_iter().filter(|&(_, is_said)| is_said).map(|(field, _)| field).collect()
}

/// Answers a question from the snapshot of this moment.
fn answer(state: &State, question: &Question, ranking: Ranking) -> Result<Response, ApiError> {
    let snapshot = state.snapshot.load();
    let snapshot = snapshot.as_deref().ok_or_else(ApiError::not_ready)?;
    let bytes = with_query(state, snapshot, question, ranking, |query, known| {
        let engine = &snapshot.engine;
        let slate = snapshot.with_scratch(|scratch| engine.recommend(query, scratch));
        let (unknown_items, ignored) =
            (known.unknown_items(engine.models()), known.ignored(engine, query, &slate));
        let not_heard = NotHeard { unknown_items, ignored };
        answer_bytes(state.ids.next(query.now), snapshot, question, &not_heard, &slate)
    })?;
    Ok(not_stored(json_bytes(bytes)))
}

/// An answer is about one moment and often one person.
fn not_stored(mut response: Response) -> Response {
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// Turns the ids of a question into indices, and asks with them.
fn with_query<T>(
    state: &State,
    snapshot: &Snapshot,
    question: &Question,
    ranking: Ranking,
    use_it: impl FnOnce(&Query<'_>, &Known<'_>) -> T,
) -> Result<T, ApiError> {
    let filter = question.filter.as_deref().map(|condition| snapshot.engine.filter(condition)).transpose();
    let filter = filter.map_err(|error| ApiError::invalid_value(format!("`filter` is refused: {error}")))?;
    let known = question.named().known_to(snapshot.engine.models(), state.personalisation);
    let query = Query {
        anchors: &known.anchors,
        session: &known.session,
        n: question.n,
        exclude: &known.exclude,
        explain: question.explain,
        ranking,
        owned: &known.owned,
        filter: filter.as_deref(),
        ..Query::new(question.placement, known.person(), state.now())
    };
    Ok(use_it(&query, &known))
}

/// Reads a body up to its limit.
async fn read_body(mut body: Body) -> Result<Bytes, ApiError> {
    let too_large = || ApiError::body_too_large(MAX_BODY_BYTES);
    if body.size_hint().lower() > MAX_DISCARDED_BYTES as u64 {
        return Err(too_large());
    }
    let (mut first, mut rest, mut n_bytes) = (Bytes::new(), Vec::new(), 0);
    while let Some(frame) = poll_fn(|cx| Pin::new(&mut body).poll_frame(cx)).await {
        let Ok(data) = frame.map_err(|_| ApiError::body_unreadable())?.into_data() else { continue };
        n_bytes += data.len();
        if MAX_DISCARDED_BYTES < n_bytes {
            break;
        }
        if MAX_BODY_BYTES < n_bytes {
            continue;
        }
        // Nearly every body comes in one piece, which need not be copied.
        if first.is_empty() && rest.is_empty() {
            first = data;
        } else {
            if rest.is_empty() {
                rest.extend_from_slice(&std::mem::take(&mut first));
            }
            rest.extend_from_slice(&data);
        }
    }
    if MAX_BODY_BYTES < n_bytes {
        return Err(too_large());
    }
    Ok(if rest.is_empty() { first } else { rest.into() })
}

fn json_response(answer: &impl Serialize) -> Response {
    json_bytes(serde_json::to_vec(answer).expect("plain data, and no map that is not keyed by text"))
}

/// A response of JSON that is ready.
fn json_bytes(bytes: impl Into<Body>) -> Response {
    const JSON: (HeaderName, HeaderValue) = (CONTENT_TYPE, HeaderValue::from_static("application/json"));
    ([JSON], bytes.into()).into_response()
}
