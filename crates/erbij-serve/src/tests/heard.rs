//! What a question says has an effect, or is told to have none.

use erbij_core::{Day, PersonalisationPolicy};
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
                    ("events", json!([event("purchase", "descaler", 98)])),
                    ("events", json!([event("view_item", "detector", 99)])),
                    ("events", json!([event("refund", "machine", 98)])),
                    ("events", json!([event("purchase", "descaler", 80)])),
                    ("events", json!([event("purchase", "what?", 98)])),
                    ("personalisation", json!(false)),
                ] {
                    if plain.get(field).is_some() || (field == "visitor_id" && customer.is_some()) {
                        continue;
                    }
                    let question = with(&plain, field, value);
                    let answer = service.post(question.to_string()).json();
                    let told = ignored(&answer);
                    let is_ignored = told.iter().any(|told| told.starts_with(field));
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

/// Something done on a day of 1970, counted from its first.
fn event(name: &str, item: &str, day: i32) -> Value {
    json!({ "event_name": name, "item_id": item, "occurred_at": format!("{}T10:00:00Z", Day::new(day)) })
}

#[test]
fn what_was_done_since_the_night_counts_at_once() {
    let service = Service::of_shop();
    let shown = |question: Value| {
        let answer = service.post(question.to_string());
        assert_eq!(answer.status, 200, "{}", answer.body);
        (answer.item_ids(), ignored(&answer.json()))
    };
    let home = |who: Value, events: &[Value]| {
        let mut question = json!({ "placement": "newsletter", "n": 8, "events": events });
        question.as_object_mut().expect("an object").extend(who.as_object().expect("an object").clone());
        shown(question)
    };
    let (known, stranger, nobody) =
        (json!({ "customer_id": "k5" }), json!({ "visitor_id": "v" }), json!({ "customer_id": "new" }));
    // Customer k5 has the machine and the descaler.
    let (before, _) = home(known.clone(), &[]);
    assert!(before.contains(&"a/b".to_owned()) && !before.contains(&"descaler".to_owned()), "{before:?}");
    let (after, told) = home(known.clone(), &[event("purchase", "a/b", 98)]);
    assert!(!after.contains(&"a/b".to_owned()) && told.is_empty(), "they have it now: {after:?}, {told:?}");
    let (returned, _) = home(known.clone(), &[event("purchase", "a/b", 98), event("refund", "a/b", 99)]);
    assert!(!returned.contains(&"a/b".to_owned()), "they did not want it: {returned:?}");
    // The models know all up to the start of day 97.
    let (same, told) = home(known, &[event("purchase", "a/b", 96)]);
    assert_eq!((same, told), (before, vec!["events already_counted".to_owned()]));
    // Views they do not: they were trained on orders alone.
    let (_, told) = home(json!({ "customer_id": "k5" }), &[event("view_item", "detector", 96)]);
    assert_ne!(told, ["events already_counted"]);
    // Who is not known is asked about by all they did, whenever it was.
    let (best_sellers, _) = home(stranger.clone(), &[]);
    for who in [&stranger, &nobody] {
        let (with_past, _) = home(who.clone(), &[event("purchase", "machine", 80)]);
        assert_ne!(with_past, best_sellers);
        assert!(!with_past.contains(&"machine".to_owned()), "{with_past:?}");
        assert_eq!(with_past[0], "descaler", "what goes with the machine: {with_past:?}");
    }
}

#[test]
fn without_consent_nobody_is_known() {
    for (policy, said, is_known) in [
        (PersonalisationPolicy::UntilObjected, None, true),
        (PersonalisationPolicy::UntilObjected, Some(false), false),
        (PersonalisationPolicy::OptIn, None, false),
        (PersonalisationPolicy::OptIn, Some(true), true),
    ] {
        let service = Service::of_shop_with(|settings| settings.personalisation = policy);
        let ask = |who: Option<&str>, events: &[Value]| {
            let question = json!({ "n": 8, "customer_id": who, "events": events, "personalisation": said });
            let answer = service.post(question.to_string());
            assert_eq!(answer.status, 200, "{}", answer.body);
            let answer = answer.json();
            (slate(&answer), ignored(&answer))
        };
        let (nobody, _) = ask(None, &[]);
        for events in [vec![], vec![event("purchase", "a/b", 98)]] {
            let (slate, told) = ask(Some("k5"), &events);
            assert_eq!(slate != nobody, is_known, "{policy:?}, {said:?}: {slate}");
            let expected = ["customer_id no_consent", "events no_consent"];
            let expected = if is_known { &[][..] } else { &expected[..=events.len()] };
            assert_eq!(told, expected, "{policy:?}, {said:?}");
        }
    }
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
