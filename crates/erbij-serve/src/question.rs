//! From what came over the wire to a checked question.
//!
//! The fast way reads a body with serde. Where that fails, the body is looked at once more, slowly, to say
//! which field is wrong, what stood there and what was expected.

use std::borrow::Cow;

use erbij_core::{EventKind, Placement, Timestamp, nearest};
use erbij_engine::Language;
use serde_json::Value;

use crate::api::{LanguageCode, PlacementName, RecentEvent, RecommendRequest};
use crate::api_error::ApiError;
use crate::named::{Named, NamedEvent};

const MAX_ITEMS: usize = 100;
const MAX_EXCLUDE: usize = 500;
const MAX_OWNED_ITEMS: usize = 500;
const MAX_SESSION_ITEMS: usize = 100;
const MAX_EVENTS: usize = 100;
const MAX_N: u32 = 100;
const DEFAULT_N: u32 = 10;
/// So many characters of what somebody sent are told back to him.
const MAX_SHOWN_CHARS: usize = 60;

/// A question whose every field is in its range.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Question {
    pub(crate) placement: Placement,
    pub(crate) customer_id: Option<String>,
    pub(crate) visitor_id: Option<String>,
    pub(crate) items: Vec<String>,
    pub(crate) session_items: Vec<String>,
    pub(crate) owned_items: Vec<String>,
    pub(crate) events: Vec<NamedEvent>,
    pub(crate) personalisation: Option<bool>,
    pub(crate) n: usize,
    pub(crate) exclude: Vec<String>,
    pub(crate) filter: Option<String>,
    pub(crate) explain: bool,
    pub(crate) language: Language,
}

impl Question {
    /// Its ids.
    pub(crate) fn named(&self) -> Named<'_> {
        Named {
            customer_id: self.customer_id.as_deref(),
            visitor_id: self.visitor_id.as_deref(),
            items: &self.items,
            session_items: &self.session_items,
            owned_items: &self.owned_items,
            exclude: &self.exclude,
            events: &self.events,
            personalisation: self.personalisation,
        }
    }
}

/// Reads a JSON body.
pub(crate) fn request_from_body(body: &[u8]) -> Result<RecommendRequest, ApiError> {
    // Serde would take a list for an object as well, its values in the order of the fields.
    if body.trim_ascii_start().first() == Some(&b'[') {
        return Err(explain_body(body, "expected a JSON object"));
    }
    serde_json::from_slice(body).map_err(|error| explain_body(body, &error.to_string()))
}

/// Reads a JSON body that asks about one item: its id, and the rest of the question.
pub(crate) fn explain_request_from_body(body: &[u8]) -> Result<(String, RecommendRequest), ApiError> {
    let Ok(Value::Object(mut fields)) = serde_json::from_slice(body) else {
        return Err(explain_body(body, "expected a JSON object"));
    };
    let item_id = match fields.remove("item_id") {
        Some(Value::String(id)) => id,
        Some(other) => return Err(wrong("item_id", &other.to_string(), Shape::Text)),
        None => {
            let message = "`item_id` is missing, expected the id of the item asked about";
            return Err(ApiError::invalid_value(message.to_owned()));
        }
    };
    let rest = serde_json::to_vec(&Value::Object(fields)).expect("what was JSON is JSON");
    Ok((item_id, request_from_body(&rest)?))
}

/// Checks a request.
pub(crate) fn check(
    request: RecommendRequest,
    default_language: Language,
    now: Timestamp,
) -> Result<Question, ApiError> {
    let RecommendRequest { placement, customer_id, visitor_id, items, session_items, owned_items, .. } =
        request;
    let RecommendRequest { n, exclude, filter, explain, language, events, personalisation, .. } = request;
    if customer_id.is_some() && visitor_id.is_some() {
        let message = "both `customer_id` and `visitor_id` are given, expected at most one of them";
        return Err(ApiError::invalid_value(message.to_owned()));
    }
    let items = at_most("items", items.unwrap_or_default(), MAX_ITEMS)?;
    let session_items = at_most("session_items", session_items.unwrap_or_default(), MAX_SESSION_ITEMS)?;
    let owned_items = at_most("owned_items", owned_items.unwrap_or_default(), MAX_OWNED_ITEMS)?;
    let exclude = at_most("exclude", exclude.unwrap_or_default(), MAX_EXCLUDE)?;
    let events = check_events(events.unwrap_or_default(), now)?;
    let n = n.unwrap_or(DEFAULT_N);
    if !(1..=MAX_N).contains(&n) {
        return Err(wrong("n", &n.to_string(), Shape::Count));
    }
    let placement = match (placement, items.len()) {
        (Some(name), _) => placement_of(name),
        (None, 0) => Placement::Home,
        (None, 1) => Placement::ItemPage,
        (None, _) => Placement::Basket,
    };
    let language = match language {
        None => default_language,
        Some(LanguageCode::Nl) => Language::Dutch,
        Some(LanguageCode::En) => Language::English,
    };
    let (n, explain) = (n as usize, explain.unwrap_or(false));
    Ok(Question {
        placement,
        customer_id,
        visitor_id,
        items,
        session_items,
        owned_items,
        events,
        personalisation,
        n,
        exclude,
        filter,
        explain,
        language,
    })
}

/// Checks what somebody did lately; what is later than now counts as now.
fn check_events(events: Vec<RecentEvent>, now: Timestamp) -> Result<Vec<NamedEvent>, ApiError> {
    if MAX_EVENTS < events.len() {
        let message = format!("`events` holds {} events, expected at most {MAX_EVENTS}", events.len());
        return Err(ApiError::invalid_value(message));
    }
    let check = |(at, event): (usize, RecentEvent)| {
        let RecentEvent { event_name, item_id, occurred_at, quantity } = event;
        let wrong = |field: &str, found: &str, expected: &str| {
            let found = shown(found);
            ApiError::invalid_value(format!("`events[{at}].{field}` is `{found}`, expected {expected}"))
        };
        let names = EventKind::ALL.map(EventKind::name);
        let kind = EventKind::ALL.into_iter().find(|kind| kind.name() == event_name).ok_or_else(|| {
            let mut expected = format!("one of `{}`", names.join("`, `"));
            if let Some(meant) = nearest(&event_name, names.into_iter()) {
                expected += &format!("; did you mean `{meant}`?");
            }
            wrong("event_name", &event_name, &expected)
        })?;
        let occurred_at = Timestamp::parse(&occurred_at)
            .map_err(|_| wrong("occurred_at", &occurred_at, "an instant such as `2026-11-30T20:15:00Z`"))?;
        let quantity = quantity.unwrap_or(1.0);
        if !(0.0 < quantity && quantity.is_finite()) {
            return Err(wrong("quantity", &quantity.to_string(), "a number above 0"));
        }
        Ok(NamedEvent { item_id, occurred_at: occurred_at.min(now), kind, quantity })
    };
    events.into_iter().enumerate().map(check).collect()
}

fn placement_of(name: PlacementName) -> Placement {
    match name {
        PlacementName::ItemPage => Placement::ItemPage,
        PlacementName::Basket => Placement::Basket,
        PlacementName::AfterOrder => Placement::AfterOrder,
        PlacementName::Home => Placement::Home,
        PlacementName::Newsletter => Placement::Newsletter,
    }
}

fn at_most(field: &str, ids: Vec<String>, limit: usize) -> Result<Vec<String>, ApiError> {
    if ids.len() <= limit {
        Ok(ids)
    } else {
        let message = format!("`{field}` holds {} ids, expected at most {limit}", ids.len());
        Err(ApiError::invalid_value(message))
    }
}

/// What a field may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shape {
    Text,
    Texts,
    Count,
    Events,
    Flag,
    OneOf(&'static [&'static str]),
}

const LANGUAGES: &[&str] = &["nl", "en"];
const FIELDS: [(&str, Shape); 13] = [
    ("placement", Shape::OneOf(&["item_page", "basket", "after_order", "home", "newsletter"])),
    ("customer_id", Shape::Text),
    ("visitor_id", Shape::Text),
    ("items", Shape::Texts),
    ("session_items", Shape::Texts),
    ("owned_items", Shape::Texts),
    ("events", Shape::Events),
    ("personalisation", Shape::Flag),
    ("n", Shape::Count),
    ("exclude", Shape::Texts),
    ("filter", Shape::Text),
    ("explain", Shape::Flag),
    ("language", Shape::OneOf(LANGUAGES)),
];
const QUERY_FIELDS: [&str; 9] = [
    "n",
    "customer_id",
    "session_items",
    "owned_items",
    "personalisation",
    "exclude",
    "filter",
    "explain",
    "language",
];

impl Shape {
    fn accepts(self, value: &Value) -> bool {
        match self {
            _ if value.is_null() => true,
            Self::Text => value.is_string(),
            Self::Texts => value.as_array().is_some_and(|values| values.iter().all(Value::is_string)),
            Self::Count => value.as_u64().is_some_and(|count| (1..=u64::from(MAX_N)).contains(&count)),
            Self::Events => serde_json::from_value::<Vec<RecentEvent>>(value.clone()).is_ok(),
            Self::Flag => value.is_boolean(),
            Self::OneOf(words) => value.as_str().is_some_and(|found| words.contains(&found)),
        }
    }

    fn expected(self) -> String {
        match self {
            Self::Text => "a string".to_owned(),
            Self::Texts => "a list of strings".to_owned(),
            Self::Count => format!("a whole number from 1 to {MAX_N}"),
            Self::Events => {
                "a list of objects with `event_name`, `item_id` and `occurred_at`, and `quantity` if it is not 1".to_owned()
            }
            Self::Flag => "`true` or `false`".to_owned(),
            Self::OneOf(words) => format!("one of `{}`", words.join("`, `")),
        }
    }
}

fn wrong(field: &str, found: &str, shape: Shape) -> ApiError {
    let mut message = format!("`{field}` is `{}`, expected {}", shown(found), shape.expected());
    if let Shape::OneOf(words) = shape
        && let Some(meant) = nearest(found.trim_matches('"'), words.iter().copied())
    {
        message += &format!("; did you mean `{meant}`?");
    }
    ApiError::invalid_value(message)
}

fn unknown(field: &str, known: &[&str]) -> ApiError {
    let found = shown(field);
    ApiError::unknown_field(match nearest(field, known.iter().copied()) {
        Some(meant) => format!("unknown field `{found}`; did you mean `{meant}`?"),
        None => format!("unknown field `{found}`, expected one of `{}`", known.join("`, `")),
    })
}

/// The head of a text, so that an error stays a line.
fn shown(text: &str) -> Cow<'_, str> {
    match text.char_indices().nth(MAX_SHOWN_CHARS) {
        Some((cut, _)) => Cow::Owned(format!("{}…", &text[..cut])),
        None => Cow::Borrowed(text),
    }
}

/// Says what is wrong with a body that is refused.
fn explain_body(body: &[u8], refusal: &str) -> ApiError {
    let value: Value = match serde_json::from_slice(body) {
        Ok(value) => value,
        Err(_) if body.is_empty() => {
            return ApiError::invalid_json(
                "the body is empty, expected a JSON object; hint: `{}` asks for the home page".to_owned(),
            );
        }
        Err(error) => return ApiError::invalid_json(format!("the body is not JSON: {error}")),
    };
    let Value::Object(fields) = value else {
        return ApiError::invalid_value(format!(
            "the body is `{}`, expected a JSON object",
            shown(&value.to_string())
        ));
    };
    let known = FIELDS.map(|(name, _)| name);
    for (name, value) in &fields {
        match FIELDS.iter().find(|(known, _)| known == name) {
            None => return unknown(name, &known),
            Some((_, shape)) if !shape.accepts(value) => return wrong(name, &value.to_string(), *shape),
            Some(_) => {}
        }
    }
    // What is left is a field that stands twice, which the slow way does not see.
    ApiError::invalid_value(refusal.to_owned())
}

/// Reads the query string of a page's question. Ids in `exclude`, `session_items` and `owned_items` are parted by commas; one
/// that holds a comma is written with `%2C`, or the name is given several times.
pub(crate) fn request_from_query(query: &str) -> Result<RecommendRequest, ApiError> {
    let mut request = RecommendRequest::default();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, raw) = pair.split_once('=').unwrap_or((pair, ""));
        let name = decode(name)?;
        let list = match &*name {
            "exclude" => Some(&mut request.exclude),
            "session_items" => Some(&mut request.session_items),
            "owned_items" => Some(&mut request.owned_items),
            _ => None,
        };
        if let Some(list) = list {
            let ids = list.get_or_insert_default();
            for id in raw.split(',').filter(|id| !id.is_empty()) {
                ids.push(decode(id)?.into_owned());
            }
            continue;
        }
        let value = decode(raw)?;
        let was_free = match &*name {
            "n" => {
                let n = value.parse().map_err(|_| wrong("n", &value, Shape::Count))?;
                request.n.replace(n).is_none()
            }
            "customer_id" => request.customer_id.replace(value.into_owned()).is_none(),
            "filter" => request.filter.replace(value.into_owned()).is_none(),
            "explain" => {
                let explain = value.parse().map_err(|_| wrong("explain", &value, Shape::Flag))?;
                request.explain.replace(explain).is_none()
            }
            "personalisation" => {
                let said = value.parse().map_err(|_| wrong("personalisation", &value, Shape::Flag))?;
                request.personalisation.replace(said).is_none()
            }
            "language" => {
                let code = match &*value {
                    "nl" => LanguageCode::Nl,
                    "en" => LanguageCode::En,
                    other => return Err(wrong("language", other, Shape::OneOf(LANGUAGES))),
                };
                request.language.replace(code).is_none()
            }
            other => return Err(unknown(other, &QUERY_FIELDS)),
        };
        if !was_free {
            return Err(ApiError::invalid_value(format!("`{name}` is given twice, expected once")));
        }
    }
    Ok(request)
}

/// Takes off percent-encoding and the plus that stands for a space.
fn decode(text: &str) -> Result<Cow<'_, str>, ApiError> {
    if !text.contains(['%', '+']) {
        return Ok(Cow::Borrowed(text));
    }
    let invalid = || ApiError::invalid_encoding(format!("`{}` is not percent-encoded UTF-8", shown(text)));
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, tail)) = rest.split_first() {
        rest = tail;
        bytes.push(match first {
            b'+' => b' ',
            b'%' => {
                let (digits, tail) = rest.split_at_checked(2).ok_or_else(invalid)?;
                let digit = |digit: u8| char::from(digit).to_digit(16).ok_or_else(invalid);
                rest = tail;
                (digit(digits[0])? * 16 + digit(digits[1])?) as u8
            }
            other => other,
        });
    }
    String::from_utf8(bytes).map(Cow::Owned).map_err(|_| invalid())
}
