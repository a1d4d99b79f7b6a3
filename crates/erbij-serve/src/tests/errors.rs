//! Every way to ask wrongly, and what is said about it.

use expect_test::expect;

use super::support::{Answer, Service, agent};

fn line(question: &str, answer: &Answer) -> String {
    let json = answer.json();
    assert_eq!(answer.header("content-type"), "application/json");
    assert_eq!(answer.header("x-request-id"), json["request_id"], "{json}");
    let text = |key: &str| json[key].as_str().unwrap_or_else(|| panic!("{json}")).to_owned();
    format!("{question}\n  {} {}: {}\n", answer.status, text("code"), text("message"))
}

#[test]
fn a_wrong_body_is_told_what_is_wrong() {
    let service = Service::of_shop();
    let many = |n: usize| serde_json::json!(vec!["a"; n]);
    let bodies = [
        "".to_owned(),
        "{".to_owned(),
        "[]".to_owned(),
        r#"{"itmes": []}"#.to_owned(),
        r#"{"colour": 1}"#.to_owned(),
        r#"{"n": 0}"#.to_owned(),
        r#"{"n": 101}"#.to_owned(),
        r#"{"n": "ten"}"#.to_owned(),
        r#"{"n": 1.5}"#.to_owned(),
        r#"{"placement": "homepage"}"#.to_owned(),
        r#"{"language": "fr"}"#.to_owned(),
        r#"{"items": "machine"}"#.to_owned(),
        r#"{"items": [1]}"#.to_owned(),
        r#"{"explain": "yes"}"#.to_owned(),
        r#"{"customer_id": 5}"#.to_owned(),
        r#"{"customer_id": "a", "visitor_id": "b"}"#.to_owned(),
        r#"{"n": 1, "n": 2}"#.to_owned(),
        r#"{"personalisation": "no"}"#.to_owned(),
        r#"{"events": "purchase"}"#.to_owned(),
        r#"{"events": [{"event_name": "purchase"}]}"#.to_owned(),
        r#"{"events": [{"event_name": "purchased", "item_id": "a", "occurred_at": "1970-04-08"}]}"#.to_owned(),
        r#"{"events": [{"event_name": "purchase", "item_id": "a", "occurred_at": "today"}]}"#.to_owned(),
        r#"{"events": [{"event_name": "purchase", "item_id": "a", "occurred_at": "1970-04-08T00:00:00Z", "quantity": 0}]}"#.to_owned(),
    ];
    let mut said: String = bodies.iter().map(|body| line(body, &service.post(body))).collect();
    said += &line("items × 101", &service.post(serde_json::json!({"items": many(101)}).to_string()));
    said += &line("exclude × 501", &service.post(serde_json::json!({"exclude": many(501)}).to_string()));
    said += &line("{\"a\":… × 17000", &service.post(format!("{{\"a\": \"{}\"}}", "x".repeat(17_000))));
    said += &line("× 200 levels", &service.post("[".repeat(200)));
    said += &line("not text", &service.post(b"{\"customer_id\": \"\xff\"}"));
    expect![[r#"

          400 invalid_json: the body is empty, expected a JSON object; hint: `{}` asks for the home page
        {
          400 invalid_json: the body is not JSON: EOF while parsing an object at line 1 column 1
        []
          422 invalid_value: the body is `[]`, expected a JSON object
        {"itmes": []}
          422 unknown_field: unknown field `itmes`; did you mean `items`?
        {"colour": 1}
          422 unknown_field: unknown field `colour`, expected one of `placement`, `customer_id`, `visitor_id`, `items`, `session_items`, `owned_items`, `events`, `personalisation`, `n`, `exclude`, `filter`, `explain`, `language`
        {"n": 0}
          422 invalid_value: `n` is `0`, expected a whole number from 1 to 100
        {"n": 101}
          422 invalid_value: `n` is `101`, expected a whole number from 1 to 100
        {"n": "ten"}
          422 invalid_value: `n` is `"ten"`, expected a whole number from 1 to 100
        {"n": 1.5}
          422 invalid_value: `n` is `1.5`, expected a whole number from 1 to 100
        {"placement": "homepage"}
          422 invalid_value: `placement` is `"homepage"`, expected one of `item_page`, `basket`, `after_order`, `home`, `newsletter`; did you mean `home`?
        {"language": "fr"}
          422 invalid_value: `language` is `"fr"`, expected one of `nl`, `en`
        {"items": "machine"}
          422 invalid_value: `items` is `"machine"`, expected a list of strings
        {"items": [1]}
          422 invalid_value: `items` is `[1]`, expected a list of strings
        {"explain": "yes"}
          422 invalid_value: `explain` is `"yes"`, expected `true` or `false`
        {"customer_id": 5}
          422 invalid_value: `customer_id` is `5`, expected a string
        {"customer_id": "a", "visitor_id": "b"}
          422 invalid_value: both `customer_id` and `visitor_id` are given, expected at most one of them
        {"n": 1, "n": 2}
          422 invalid_value: duplicate field `n` at line 1 column 12
        {"personalisation": "no"}
          422 invalid_value: `personalisation` is `"no"`, expected `true` or `false`
        {"events": "purchase"}
          422 invalid_value: `events` is `"purchase"`, expected a list of objects with `event_name`, `item_id` and `occurred_at`, and `quantity` if it is not 1
        {"events": [{"event_name": "purchase"}]}
          422 invalid_value: `events` is `[{"event_name":"purchase"}]`, expected a list of objects with `event_name`, `item_id` and `occurred_at`, and `quantity` if it is not 1
        {"events": [{"event_name": "purchased", "item_id": "a", "occurred_at": "1970-04-08"}]}
          422 invalid_value: `events[0].event_name` is `purchased`, expected one of `view_item`, `view_item_list`, `select_item`, `add_to_cart`, `view_cart`, `purchase`, `refund`, `view_promotion`, `select_promotion`, `promotion_not_offered`; did you mean `purchase`?
        {"events": [{"event_name": "purchase", "item_id": "a", "occurred_at": "today"}]}
          422 invalid_value: `events[0].occurred_at` is `today`, expected an instant such as `2026-11-30T20:15:00Z`
        {"events": [{"event_name": "purchase", "item_id": "a", "occurred_at": "1970-04-08T00:00:00Z", "quantity": 0}]}
          422 invalid_value: `events[0].quantity` is `0`, expected a number above 0
        items × 101
          422 invalid_value: `items` holds 101 ids, expected at most 100
        exclude × 501
          422 invalid_value: `exclude` holds 501 ids, expected at most 500
        {"a":… × 17000
          413 body_too_large: the body is larger than 16384 bytes
        × 200 levels
          400 invalid_json: the body is not JSON: recursion limit exceeded at line 1 column 128
        not text
          400 invalid_json: the body is not JSON: invalid unicode code point at line 1 column 18
    "#]].assert_eq(&said);
}

#[test]
fn a_wrong_path_or_query_is_told_what_is_wrong() {
    let service = Service::of_shop();
    let said: String = [
        "/v1/items/machine/related?n=0",
        "/v1/items/machine/related?n=ten",
        "/v1/items/machine/related?n=-1",
        "/v1/items/machine/related?n=1&n=2",
        "/v1/items/machine/related?custmer_id=5",
        "/v1/items/machine/related?q=5",
        "/v1/items/machine/related?language=english",
        "/v1/items/machine/related?explain=1",
        "/v1/items/machine/related?customer_id=%zz",
        "/v1/items/machine/related?customer_id=%f",
        "/v1/items/machine/related?customer_id=%ff",
        "/v1/items/%ff/related",
        "/v1/item",
        "/v1/recommend/",
        "/v1/recommend",
        "/v1/panic",
    ]
    .iter()
    .map(|path| line(path, &service.get(path)))
    .collect();
    expect![[r#"
        /v1/items/machine/related?n=0
          422 invalid_value: `n` is `0`, expected a whole number from 1 to 100
        /v1/items/machine/related?n=ten
          422 invalid_value: `n` is `ten`, expected a whole number from 1 to 100
        /v1/items/machine/related?n=-1
          422 invalid_value: `n` is `-1`, expected a whole number from 1 to 100
        /v1/items/machine/related?n=1&n=2
          422 invalid_value: `n` is given twice, expected once
        /v1/items/machine/related?custmer_id=5
          422 unknown_field: unknown field `custmer_id`; did you mean `customer_id`?
        /v1/items/machine/related?q=5
          422 unknown_field: unknown field `q`, expected one of `n`, `customer_id`, `session_items`, `owned_items`, `personalisation`, `exclude`, `filter`, `explain`, `language`
        /v1/items/machine/related?language=english
          422 invalid_value: `language` is `english`, expected one of `nl`, `en`; did you mean `en`?
        /v1/items/machine/related?explain=1
          422 invalid_value: `explain` is `1`, expected `true` or `false`
        /v1/items/machine/related?customer_id=%zz
          400 invalid_encoding: `%zz` is not percent-encoded UTF-8
        /v1/items/machine/related?customer_id=%f
          400 invalid_encoding: `%f` is not percent-encoded UTF-8
        /v1/items/machine/related?customer_id=%ff
          400 invalid_encoding: `%ff` is not percent-encoded UTF-8
        /v1/items/%ff/related
          400 invalid_encoding: the id is not percent-encoded UTF-8
        /v1/item
          404 not_found: there is no such route; hint: `GET /` lists them
        /v1/recommend/
          404 not_found: there is no such route; hint: `GET /` lists them
        /v1/recommend
          405 method_not_allowed: the route does not answer this method; hint: `GET /` lists the routes
        /v1/panic
          500 internal: something went wrong here; hint: the log of the service tells more under this request id
    "#]].assert_eq(&said);
    assert_eq!(service.get("/v1/recommend").header("allow"), "POST");
}

#[test]
fn a_method_that_is_not_there_says_which_are() {
    let service = Service::of_shop();
    let mut response = agent().delete(service.url("/v1/items/machine/related")).call().expect("an answer");
    assert_eq!(
        (response.status().as_u16(), &response.headers()["allow"]),
        (405, &"GET,HEAD".parse().expect("text"))
    );
    assert!(response.body_mut().read_to_string().expect("text").contains("method_not_allowed"));
    let mut head = agent().head(service.url("/v1/items/machine/related")).call().expect("an answer");
    assert_eq!((head.status().as_u16(), head.body_mut().read_to_string().expect("text").len()), (200, 0));
}

/// A panic ends one request: the next is answered, with whatever scratch is left.
#[test]
fn a_panic_is_an_answer() {
    let service = Service::of_shop();
    for _ in 0..5 {
        assert_eq!(service.get("/v1/panic").status, 500);
        assert_eq!(service.post("{}").status, 200);
    }
}
