//! What a question says has an effect, or is told to have none.

use serde_json::{Value, json};

use super::support::Service;

const PLACEMENTS: [&str; 5] = ["item_page", "basket", "after_order", "home", "newsletter"];

/// A question with one field more.
fn with(question: &Value, field: &str, value: Value) -> Value {
    let mut question = question.clone();
    question[field] = value;
    question
}

/// What is said to be ignored, as `field why` or `field=value why`.
fn ignored(answer: &Value) -> Vec<String> {
    let of = |entry: &Value| {
        let text = |key: &str| entry[key].as_str().unwrap_or_default().to_owned();
        let value = entry["value"].as_str().map_or_else(String::new, |value| format!("={value}"));
        format!("{}{value} {}", text("field"), text("why"))
    };
    answer["ignored"].as_array().map(|entries| entries.iter().map(of).collect()).unwrap_or_default()
}

/// The slate without what differs from answer to answer.
fn slate(answer: &Value) -> Value {
    json!([answer["items"], answer["fallback_used"]])
}

#[test]
fn what_is_ignored_changes_nothing() {
    let service = Service::of_shop();
    let (mut n_heard, mut n_ignored) = (0, 0);
    for placement in PLACEMENTS {
        for customer in [None, Some("k5"), Some("k10"), Some("nobody")] {
            for page in [None, Some("machine"), Some("detector"), Some("no-item")] {
                let mut plain = json!({ "placement": placement, "n": 3 });
                if let Some(customer) = customer {
                    plain["customer_id"] = customer.into();
                }
                if let Some(page) = page {
                    plain["items"] = json!([page]);
                }
                let before = service.post(plain.to_string()).json();
                for (field, value) in [
                    ("customer_id", json!("k5")),
                    ("customer_id", json!("k10")),
                    ("customer_id", json!("k-unknown")),
                    ("visitor_id", json!("v")),
                    ("session_items", json!(["descaler"])),
                    ("session_items", json!(["what?"])),
                    ("owned_items", json!(["descaler"])),
                    ("owned_items", json!(["what?"])),
                    ("exclude", json!(["machine"])),
                    ("exclude", json!(["what?"])),
                    ("items", json!(["what?"])),
                ] {
                    if plain.get(field).is_some() || (field == "visitor_id" && customer.is_some()) {
                        continue;
                    }
                    let question = with(&plain, field, value);
                    let answer = service.post(question.to_string()).json();
                    let is_ignored = ignored(&answer).iter().any(|told| told.starts_with(field));
                    if is_ignored {
                        n_ignored += 1;
                        assert_eq!(slate(&answer), slate(&before), "{question}: {answer}");
                    } else {
                        n_heard += 1;
                    }
                }
            }
        }
    }
    assert!(100 < n_heard && 300 < n_ignored, "{n_heard} heard, {n_ignored} ignored");
}

#[test]
fn what_was_not_heard_is_told_by_field_and_why() {
    let service = Service::of_shop();
    for (question, expected) in [
        (json!({}), &[][..]),
        (json!({ "customer_id": "k5" }), &[]),
        (json!({ "customer_id": "nobody" }), &["customer_id=nobody unknown_id"]),
        // Known, and has bought nothing.
        (json!({ "customer_id": "k10" }), &["customer_id nothing_known"]),
        (json!({ "visitor_id": "v" }), &["visitor_id not_used"]),
        (json!({ "items": ["machine"] }), &[]),
        (json!({ "items": ["machine", "x", "y"] }), &["items=x unknown_id", "items=y unknown_id"]),
        // Nothing was ever bought with it; it has a category all the same.
        (json!({ "items": ["detector"] }), &[]),
        // The basket of a stranger at home is what there is to go by, and that of a customer is not asked about.
        (json!({ "placement": "home", "items": ["machine"], "n": 2 }), &[]),
        (
            json!({ "placement": "home", "items": ["machine"], "customer_id": "k5", "n": 1 }),
            &["items slate_full"],
        ),
        (json!({ "placement": "newsletter", "items": ["detector"], "n": 2 }), &["items nothing_known"]),
        // No visit was learned from, and what a stranger looks at is their past all the same.
        (json!({ "session_items": ["machine"] }), &[]),
        (
            json!({ "session_items": ["?"], "owned_items": ["!"], "exclude": ["descaler", "%"] }),
            &["session_items=? unknown_id", "owned_items=! unknown_id", "exclude=% unknown_id"],
        ),
        (json!({ "owned_items": ["machine"] }), &[]),
        (
            json!({ "placement": "item_page", "items": ["machine"], "owned_items": ["filters 50%"] }),
            &["owned_items nothing_known"],
        ),
        (
            json!({ "customer_id": "?", "items": ["?"], "session_items": ["?", "kettle?"], "exclude": ["?"] }),
            &[
                "customer_id=? unknown_id",
                "items=? unknown_id",
                "session_items=? unknown_id",
                "session_items=kettle? unknown_id",
                "exclude=? unknown_id",
            ],
        ),
    ] {
        let answer = service.post(question.to_string()).json();
        assert_eq!(ignored(&answer), expected, "{question}: {answer}");
        assert_eq!(
            answer.get("ignored").is_some(),
            !expected.is_empty(),
            "absent where there is nothing to tell"
        );
    }
}

#[test]
fn every_route_tells_what_it_does_not_listen_to() {
    let service = Service::of_shop();
    let no_use = |fields: &[&str]| fields.iter().map(|field| format!("{field} not_used")).collect::<Vec<_>>();
    for (path, expected) in [
        ("/v1/items/machine/related?n=2", vec![]),
        ("/v1/items/machine/related?session_items=descaler", vec!["session_items not_trained".to_owned()]),
        (
            "/v1/items/machine/accessories?session_items=descaler",
            // Nothing belongs to anything in this shop.
            vec!["items nothing_known".to_owned(), "session_items not_used".to_owned()],
        ),
        ("/v1/items/machine/alternatives?session_items=descaler", no_use(&["session_items"])),
        (
            "/v1/items/x/related?customer_id=y",
            vec!["customer_id=y unknown_id".to_owned(), "items=x unknown_id".to_owned()],
        ),
        ("/v1/customers/nobody/needs", vec!["customer_id=nobody unknown_id".to_owned()]),
        (
            "/v1/customers/k10/needs?customer_id=k5&n=3&exclude=machine&filter=adult&explain=true&language=en",
            [
                vec!["customer_id nothing_known".to_owned()],
                no_use(&["customer_id", "n", "exclude", "filter", "explain", "language"]),
            ]
            .concat(),
        ),
    ] {
        let answer = service.get(path).json();
        assert_eq!(ignored(&answer), expected, "{path}: {answer}");
    }
    for (question, expected) in [
        (json!({ "item_id": "machine", "customer_id": "k5" }), vec![]),
        (
            json!({ "item_id": "machine", "visitor_id": "v", "explain": true }),
            no_use(&["visitor_id", "explain"]),
        ),
        (json!({ "item_id": "?", "customer_id": "??" }), vec!["customer_id=?? unknown_id".to_owned()]),
    ] {
        let answer = service.post_to("/v1/explain", question.to_string()).json();
        assert_eq!(ignored(&answer), expected, "{question}: {answer}");
    }
}
