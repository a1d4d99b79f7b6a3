//! What depends on the moment: what the visit is about, what is due again, what is bought again and again.

use erbij_core::{Event, EventKind, EventParts, Events, VisitorIdx};

use super::*;

/// Three visitors looked at the toaster and then at the smoke detector, and one at the kettle between them.
fn visits() -> Events {
    let looked = |visitor: u32, minute: i64, item: u32| Event {
        visitor: VisitorIdx::new(visitor),
        session: None,
        customer: CustomerIdx::GUEST,
        item: ItemIdx::new(item),
        kind: EventKind::ViewItem,
        occurred_at: Day::new(98).start().plus_micros(60_000_000 * minute),
        topic: None,
    };
    let mut events: Vec<Event> =
        (0..3).flat_map(|visitor| [looked(visitor, 0, 5), looked(visitor, 2, 7)]).collect();
    events.push(looked(2, 1, 4));
    let counts =
        EventParts { n_visitors: 3, n_customers: 11, n_items: TITLES.len(), ..EventParts::default() };
    Events::from_events(counts, events).expect("valid")
}

/// The small shop, with its visits, as a recipe trains it.
fn engine_of(text: &str, orders: Vec<Order>) -> Engine {
    let baskets = Baskets::from_orders(11, TITLES.len(), orders).expect("valid");
    let ids: StrColumn = (0..11).map(|i| format!("k{i}")).collect();
    let customers = Vocab::new(ids).expect("distinct");
    let data =
        TrainingData { events: visits(), ..TrainingData::of_orders(baskets, customers, catalogue(|_| {})) };
    let recipe = of_small_shop(Recipe::parse(text).expect("a recipe")).check().expect("in range");
    Engine::new(fit(&recipe, data, &Silent).expect("has purchases"))
}

fn answer(engine: &Engine, query: Query<'_>) -> Slate {
    engine.recommend(&query, &mut engine.new_scratch())
}

#[test]
fn a_visitor_is_shown_what_such_visits_went_on_to() {
    let engine = engine_of("", orders());
    let session = [ItemIdx::new(5)];
    let slate = answer(&engine, Query { session: &session, ..ask(Placement::Home, Person::Nobody, &[]) });
    expect![[r#"
        smoke detector: Wie toaster bekeek, bekeek ook dit (session)
        kettle: Wie toaster kocht, kocht ook dit (personal)
        espresso machine: Veel gekozen door andere klanten (popularity)
        descaler: Veel gekozen door andere klanten (popularity)
        left out: 0 excluded, 0 bought, 1 out of stock, 0 ineligible
    "#]]
    .assert_eq(&show(&slate, &engine));
    assert_eq!(slate.first_choice, CandidateSource::Session);
    assert_eq!(slate.fallback_used(), Some(CandidateSource::Popularity));
}

#[test]
fn a_customers_visit_has_half_the_slate_at_most_and_none_of_what_he_owns() {
    let engine = engine_of("", orders());
    let session = [ItemIdx::new(5)];
    // Customer 6 bought the kettle.
    let slate = answer(&engine, Query { session: &session, n: 2, ..ask(Placement::Home, customer(6), &[]) });
    let told: Vec<_> = slate.items.iter().map(|item| (item.item.get(), item.source)).collect();
    assert_eq!(told[0], (7, CandidateSource::Session));
    assert_ne!(told[1].1, CandidateSource::Session);
    // Kettle, toaster and cup are his.
    assert_eq!((told.len(), slate.left_out.already_bought), (2, 3));
    assert!(told.iter().all(|(item, _)| !(4..=6).contains(item)), "{told:?}");
    assert_eq!(slate.first_choice, CandidateSource::Personal);
    // Nobody told of a visit: the slate is as it was.
    let without = answer(&engine, ask(Placement::Home, customer(1), &[]));
    assert!(without.items.iter().all(|item| item.source != CandidateSource::Session));
}

#[test]
fn a_page_nobody_bought_from_shows_what_was_looked_at_beside_it() {
    let engine = engine_of("", orders());
    let slate =
        answer(&engine, Query { n: 2, ..ask(Placement::ItemPage, Person::Nobody, &[ItemIdx::new(7)]) });
    expect![[r#"
        toaster: Wie smoke detector bekeek, bekeek ook dit (session)
        kettle: Veel gekozen in Kitchen (category_popularity)
        left out: 0 excluded, 0 bought, 0 out of stock, 0 ineligible
    "#]]
    .assert_eq(&show(&slate, &engine));
}

#[test]
fn visits_that_end_later_than_the_question_are_not_known() {
    let engine = engine_of("", orders());
    let session = [ItemIdx::new(5)];
    let now = Day::new(97).start();
    let slate =
        answer(&engine, Query { session: &session, now, ..ask(Placement::Home, Person::Nobody, &[]) });
    assert!(slate.items.iter().all(|item| item.source != CandidateSource::Session));
}

#[test]
fn a_visit_is_explained_by_what_was_looked_at() {
    let engine = engine_of("", orders());
    let session = [ItemIdx::new(4), ItemIdx::new(5)];
    let query = Query { session: &session, explain: true, ..ask(Placement::Home, Person::Nobody, &[]) };
    let slate = answer(&engine, query);
    let detector = slate.items.iter().find(|item| item.item == ItemIdx::new(7)).expect("on the slate");
    assert_eq!(detector.source, CandidateSource::Session);
    let sum: f32 = detector.contributions.iter().map(|(_, score)| score.get()).sum();
    assert!((sum - detector.score.get()).abs() < 1e-5, "{sum} of {}", detector.score.get());
    let from: Vec<ItemIdx> = detector.contributions.iter().map(|&(from, _)| from).collect();
    assert!(from.contains(&session[0]) && from.contains(&session[1]), "{from:?}");
}

/// Customer 1 buys filters every ten days, and the others keep the intervals of the shop from being his alone.
fn refills() -> Vec<Order> {
    let order = |customer: u32, day: i32, item: u32| Order {
        customer: Some(CustomerIdx::new(customer)),
        ordered_at: Day::new(day).start(),
        amount_minor: 0,
        lines: vec![(ItemIdx::new(item), 1.0)],
    };
    let every_ten =
        |customer: u32| (0..9).map(move |n| order(customer, 12 + 10 * n + customer as i32 % 3, 2));
    let mut orders = orders();
    orders.retain(|order| order.customer != Some(CustomerIdx::new(1)));
    orders.extend((1..9).flat_map(every_ten));
    orders
}

#[test]
fn what_is_bought_again_and_again_comes_when_it_is_due_and_says_so() {
    let engine = engine_of("[placements.home]\nalready_bought = 'when_due'", refills());
    // Last bought on day 93: ten days later it is due, two days later it is not.
    let slate = |day: i32| {
        answer(&engine, Query { now: Day::new(day).start(), ..ask(Placement::Home, customer(1), &[]) })
    };
    let due = slate(103);
    assert_eq!((due.items[0].item, due.items[0].source), (ItemIdx::new(2), CandidateSource::Due));
    assert_eq!(
        due.items[0].reason.sentence(&engine.models().catalogue, Language::Dutch),
        "U koopt dit ongeveer elke 10 dagen"
    );
    assert!(slate(95).items.iter().all(|item| item.item != ItemIdx::new(2)), "bought two days ago");
    // Where nothing says so, what was bought stays out.
    let query = Query { now: Day::new(103).start(), ..ask(Placement::Newsletter, customer(1), &[]) };
    assert!(answer(&engine, query).items.iter().all(|item| item.item != ItemIdx::new(2)));
}

#[test]
fn where_purchases_are_kept_the_slate_begins_with_what_is_bought_again() {
    let engine = engine_of("[placements.home]\nalready_bought = 'keep'", refills());
    let now = Day::new(103).start();
    let query = Query { now, explain: true, ..ask(Placement::Home, customer(1), &[]) };
    let slate = answer(&engine, query);
    let first = &slate.items[0];
    assert_eq!((first.item, first.source), (ItemIdx::new(2), CandidateSource::Repeat));
    assert!(matches!(first.reason, Reason::BoughtRegularly { every_days: 10 }), "{:?}", first.reason);
    assert_eq!(first.contributions[0].0, ItemIdx::new(2), "it speaks for itself most");
    assert_eq!(slate.first_choice, CandidateSource::Repeat);
    // Alone, as an evaluation compares it.
    let alone = Query { ranking: Ranking::Only(BlendPart::Repeat), now, ..query };
    assert_eq!(answer(&engine, alone).items[0].item, ItemIdx::new(2));
    assert!(
        answer(&engine, Query { person: Person::Nobody, ..alone }).items.is_empty(),
        "nobody bought anything"
    );
}
