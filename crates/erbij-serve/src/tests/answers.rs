//! What is answered to whom.

use expect_test::expect;
use serde_json::json;

use super::shop::{IDS, SOLD_OUT};
use super::support::{Service, agent};
use crate::{RecommendAnswer, openapi_json};

#[test]
fn a_page_asks_what_goes_with_its_item() {
    let service = Service::of_shop();
    let answer = service.get("/v1/items/machine/related?n=2");
    assert_eq!((answer.status, answer.header("content-type")), (200, "application/json"));
    assert_eq!(answer.header("cache-control"), "no-store");
    expect![[r#"
        {
          "fallback_used": null,
          "items": [
            {
              "image_url": null,
              "item_id": "a/b",
              "price": {
                "amount": "0.00",
                "currency": "EUR"
              },
              "reason_code": "bought_together",
              "reason_text": "Vaak samen gekocht met Espresso \"Uno\"",
              "score": 0.0226,
              "source": "related",
              "source_item": "machine",
              "title": "</script>\u0001\\",
              "url": "https://shop.example/3?a=\"b\""
            },
            {
              "image_url": null,
              "item_id": "descaler",
              "price": {
                "amount": "12.50",
                "currency": "EUR"
              },
              "reason_code": "bought_together",
              "reason_text": "Vaak samen gekocht met Espresso \"Uno\"",
              "score": 0.0221,
              "source": "related",
              "source_item": "machine",
              "title": "descaler",
              "url": "https://shop.example/1?a=\"b\""
            }
          ],
          "model_version": "<model_version>",
          "placement": "item_page",
          "recommendation_id": "<recommendation_id>",
          "unknown_items": []
        }
    "#]]
    .assert_eq(&answer.pretty());
    // A variant's id stands for its item.
    assert_eq!(service.get("/v1/items/machine-blue/related?n=2").pretty(), answer.pretty());
}

#[test]
fn a_basket_is_explained() {
    let service = Service::of_shop();
    let answer = service.post(r#"{"items": ["machine", "a/b"], "n": 2, "explain": true, "language": "en"}"#);
    expect![[r#"
        {
          "fallback_used": null,
          "items": [
            {
              "contributions": [
                {
                  "item_id": "a/b",
                  "score": 0.0361
                },
                {
                  "item_id": "machine",
                  "score": 0.0304
                }
              ],
              "image_url": null,
              "item_id": "descaler",
              "price": {
                "amount": "12.50",
                "currency": "EUR"
              },
              "reason_code": "bought_together",
              "reason_text": "Often bought together with </script>\u0001\\",
              "score": 0.0665,
              "source": "related",
              "source_item": "a/b",
              "title": "descaler",
              "url": "https://shop.example/1?a=\"b\""
            },
            {
              "contributions": [
                {
                  "item_id": "a/b",
                  "score": 0.000132
                },
                {
                  "item_id": "machine",
                  "score": 0.000126
                }
              ],
              "image_url": null,
              "item_id": "filters 50%",
              "price": null,
              "reason_code": "also_bought",
              "reason_text": "Customers who bought </script>\u0001\\ also bought this",
              "score": 0.000258,
              "source": "related",
              "source_item": "a/b",
              "title": "filters",
              "url": "https://shop.example/2?a=\"b\""
            }
          ],
          "left_out": {
            "already_bought": 0,
            "excluded": 0,
            "filtered": 0,
            "hidden": 0,
            "ineligible": 0,
            "out_of_stock": 0,
            "owned": 0
          },
          "model_version": "<model_version>",
          "placement": "basket",
          "recommendation_id": "<recommendation_id>",
          "unknown_items": []
        }
    "#]]
    .assert_eq(&answer.pretty());
}

#[test]
fn a_home_page_is_personal_and_shows_nothing_bought_before() {
    let service = Service::of_shop();
    let answer = service.post(r#"{"customer_id": "k5", "n": 3}"#);
    expect![[r#"
        {
          "fallback_used": "popularity",
          "items": [
            {
              "image_url": null,
              "item_id": "a/b",
              "price": {
                "amount": "0.00",
                "currency": "EUR"
              },
              "reason_code": "because_you_bought",
              "reason_text": "Omdat u op 6 april 1970 Espresso \"Uno\" kocht",
              "score": 0.747,
              "source": "personal",
              "source_item": "machine",
              "title": "</script>\u0001\\",
              "url": "https://shop.example/3?a=\"b\""
            },
            {
              "image_url": null,
              "item_id": "filters 50%",
              "price": null,
              "reason_code": "because_you_bought",
              "reason_text": "Omdat u op 6 april 1970 Espresso \"Uno\" kocht",
              "score": 0.353,
              "source": "personal",
              "source_item": "machine",
              "title": "filters",
              "url": "https://shop.example/2?a=\"b\""
            },
            {
              "image_url": null,
              "item_id": "ketel, é☕",
              "price": {
                "amount": "0.05",
                "currency": "EUR"
              },
              "reason_code": "popular",
              "reason_text": "Veel gekozen door andere klanten",
              "score": 0.667,
              "source": "popularity",
              "title": "kettle",
              "url": "https://shop.example/4?a=\"b\""
            }
          ],
          "model_version": "<model_version>",
          "placement": "home",
          "recommendation_id": "<recommendation_id>",
          "unknown_items": []
        }
    "#]]
    .assert_eq(&answer.pretty());
    // On a page what goes with the item is shown, bought or not.
    let page = service.get("/v1/items/machine/related?customer_id=k5&n=2");
    assert!(page.item_ids().contains(&"descaler".to_owned()), "{page:?}");
}

#[test]
fn who_is_not_known_is_answered_all_the_same() {
    let service = Service::of_shop();
    for body in [
        "{}",
        r#"{"customer_id": "nobody"}"#,
        r#"{"visitor_id": "v1", "placement": "newsletter"}"#,
        r#"{"customer_id": null, "items": null}"#,
    ] {
        // What few have bought of so small a shop is no best seller; it is of its range all the same.
        let json = service.post(body).json();
        assert_eq!(json["fallback_used"], "range", "{body}: {json}");
        assert_eq!(json["items"][0]["item_id"], "machine", "{body}: {json}");
        assert_eq!(json["items"][0]["score"], 1.0, "a share, not a count");
    }
    let answer = service.get("/v1/items/no%20%3Cb%3E/related?n=1");
    assert_eq!(answer.status, 200);
    let json = answer.json();
    assert_eq!((&json["unknown_items"][0], &json["fallback_used"]), (&"no <b>".into(), &"popularity".into()));
    assert!(!answer.body.contains('<'), "fit for a script element");
    assert_eq!(service.get("/v1/items//related").json()["unknown_items"][0], "");
}

#[test]
fn the_placement_follows_from_the_number_of_items() {
    let service = Service::of_shop();
    for (body, placement) in [
        ("{}", "home"),
        (r#"{"items": ["machine"]}"#, "item_page"),
        (r#"{"items": ["machine", "?"]}"#, "basket"),
        (r#"{"items": ["machine"], "placement": "basket"}"#, "basket"),
    ] {
        assert_eq!(service.post(body).json()["placement"], placement, "{body}");
    }
}

#[test]
fn what_is_sold_out_or_excluded_is_never_shown() {
    let service = Service::of_shop();
    for placement in ["item_page", "basket", "home", "newsletter"] {
        for id in IDS {
            let body = serde_json::json!({
                "placement": placement, "items": [id], "customer_id": "k7", "n": 100, "exclude": ["descaler", "what?"],
            });
            let answer = service.post(body.to_string());
            let shown = answer.item_ids();
            for hidden in [SOLD_OUT, "descaler", id] {
                assert!(!shown.iter().any(|shown| shown == hidden), "{hidden} for {body}: {answer:?}");
            }
        }
    }
    let everything = serde_json::json!({"exclude": IDS});
    let json = service.post(everything.to_string()).json();
    assert_eq!((&json["items"], &json["empty_reason"]), (&serde_json::json!([]), &"nothing_eligible".into()));
}

#[test]
fn ids_may_hold_any_character() {
    let service = Service::of_shop();
    let encode = |id: &str| id.bytes().map(|byte| format!("%{byte:02X}")).collect::<String>();
    for id in IDS {
        let answer = service.get(&format!(
            "/v1/items/{}/related?n=100&exclude=descaler,{}",
            encode(id),
            encode(IDS[4])
        ));
        assert_eq!(answer.json()["unknown_items"], serde_json::json!([]), "{id}: {answer:?}");
        assert!(
            !answer.item_ids().iter().any(|shown| [id, "descaler", IDS[4]].contains(&shown.as_str())),
            "{answer:?}"
        );
    }
}

#[test]
fn an_answer_is_what_its_type_says_and_each_has_its_own_id() {
    let service = Service::of_shop();
    let mut ids = std::collections::BTreeSet::new();
    for explain in ["true", "false"] {
        let answer = service.get(&format!("/v1/items/machine/related?explain={explain}"));
        let typed: RecommendAnswer = serde_json::from_str(&answer.body).expect("its own type");
        assert_eq!(typed.items[0].contributions.is_some(), explain == "true");
        assert_eq!(typed.recommendation_id.len(), 36);
        ids.insert(typed.recommendation_id);
        ids.insert(answer.header("x-request-id").to_owned());
    }
    assert_eq!(ids.len(), 4);
    let request = agent().get(service.url("/healthz")).header("x-request-id", "page-7:a.b_c");
    assert_eq!(request.call().expect("an answer").headers()["x-request-id"], "page-7:a.b_c");
    let request = agent().get(service.url("/healthz")).header("x-request-id", "{\"a\": 1}");
    assert_eq!(request.call().expect("an answer").headers()["x-request-id"].len(), 36);
}

#[test]
fn the_service_tells_about_itself() {
    let service = Service::of_shop();
    assert_eq!(service.get("/healthz").body, r#"{"status":"alive"}"#);
    expect![[r#"
        {
          "artifact_id": "<artifact_id>",
          "cutoff": "1970-04-08T00:00:00Z",
          "emptied_placements": [],
          "generation": 1,
          "n_affinity_pairs": 12,
          "n_customers": 11,
          "n_items": 8,
          "n_personal_weights": 18,
          "refused_generation": null,
          "status": "ready"
        }
    "#]]
    .assert_eq(&service.get("/readyz").pretty());
    expect![[r#"
        {
          "routes": [
            {
              "method": "GET",
              "path": "/",
              "summary": "List the routes."
            },
            {
              "method": "GET",
              "path": "/healthz",
              "summary": "Check that the process is alive."
            },
            {
              "method": "GET",
              "path": "/openapi.json",
              "summary": "Describe the API."
            },
            {
              "method": "GET",
              "path": "/readyz",
              "summary": "Check that models are loaded, and which."
            },
            {
              "method": "GET",
              "path": "/v1/customers/{id}/needs",
              "summary": "Show a customer's needs: met, being shopped for, or due for replacement."
            },
            {
              "method": "POST",
              "path": "/v1/explain",
              "summary": "Explain why an item is, or is not, on a slate."
            },
            {
              "method": "GET",
              "path": "/v1/items/{id}/accessories",
              "summary": "Recommend accessories, consumables and spare parts of an item, then items that go with its category."
            },
            {
              "method": "GET",
              "path": "/v1/items/{id}/alternatives",
              "summary": "Recommend alternatives to an item."
            },
            {
              "method": "GET",
              "path": "/v1/items/{id}/related",
              "summary": "Recommend items related to an item."
            },
            {
              "method": "POST",
              "path": "/v1/recommend",
              "summary": "Recommend items for a placement."
            }
          ],
          "service": "erbij"
        }
    "#]]
    .assert_eq(&service.get("/").pretty());
}

/// Routes are made and described by one call, so none is without the other; that each path and each method
/// said to exist does is seen by asking.
#[test]
fn every_route_is_described_and_every_described_route_answers() {
    let service = Service::of_shop();
    let answer = service.get("/openapi.json");
    assert_eq!(answer.body, openapi_json());
    let json = answer.json();
    let paths = json["paths"].as_object().expect("paths");
    assert_eq!(
        paths.keys().collect::<Vec<_>>(),
        [
            "/",
            "/healthz",
            "/openapi.json",
            "/readyz",
            "/v1/customers/{id}/needs",
            "/v1/explain",
            "/v1/items/{id}/accessories",
            "/v1/items/{id}/alternatives",
            "/v1/items/{id}/related",
            "/v1/recommend"
        ]
    );
    for (path, methods) in paths {
        for (method, operation) in methods.as_object().expect("methods") {
            let answer = match method.as_str() {
                "post" if path == "/v1/explain" => service.post_to(path, r#"{"item_id": "machine"}"#),
                "post" => service.post("{}"),
                _ => service.get(&path.replace("{id}", "machine")),
            };
            assert_eq!(answer.status, 200, "{method} {path}");
            assert!(operation["summary"].as_str().is_some_and(|summary| !summary.is_empty()), "{path}");
            for (status, response) in operation["responses"].as_object().expect("responses") {
                let description = response["description"].as_str().unwrap_or_default();
                assert!(
                    !description.is_empty(),
                    "{method} {path}: {status} has no description, which OpenAPI requires"
                );
            }
            let parameters = operation["parameters"].as_array().into_iter().flatten();
            for n in parameters.filter(|parameter| parameter["name"] == "n") {
                let schema = &n["schema"];
                assert_eq!(
                    (&schema["minimum"], &schema["maximum"], &schema["default"]),
                    (&json!(1), &json!(100), &json!(10))
                );
            }
        }
    }
    for schema in [
        "RecommendRequest",
        "RecommendAnswer",
        "RecommendedItem",
        "Price",
        "ErrorAnswer",
        "Ignored",
        "ItemRule",
    ] {
        assert!(json["components"]["schemas"][schema].is_object(), "{schema}");
    }
    // Clients are generated from it: some ask for every field that has a default.
    let request = &json["components"]["schemas"]["RecommendRequest"];
    assert!(request.get("required").is_none(), "{request}");
    let properties = request["properties"].as_object().expect("fields");
    assert!(properties.values().all(|field| field.get("default").is_none()), "{request}");
    let fields: Vec<&String> = json["components"]["schemas"]["RecommendRequest"]["properties"]
        .as_object()
        .expect("fields")
        .keys()
        .collect();
    assert_eq!(
        fields,
        [
            "customer_id",
            "events",
            "exclude",
            "explain",
            "filter",
            "items",
            "language",
            "n",
            "owned_items",
            "personalisation",
            "placement",
            "session_items",
            "visitor_id"
        ]
    );
}
