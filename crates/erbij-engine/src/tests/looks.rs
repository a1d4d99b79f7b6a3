//! What was looked at in the days before: who looks around still, and what that puts before him.

use erbij_core::{Event, EventKind, EventParts, Events, VisitorIdx};
use erbij_people::Looked;

use super::*;

/// Customer 1 looked at the kettle on day 95 and at the toaster on day 97, customer 2 at filters and customer 6 at the
/// toaster, customer 10 at the smoke detector on day 98. Three visitors nobody knows looked at toaster and detector.
fn events() -> Events {
    let look = |visitor: u32, customer: Option<u32>, day: i32, minute: i64, item: u32| Event {
        visitor: VisitorIdx::new(visitor),
        session: None,
        customer: customer.map_or(CustomerIdx::GUEST, CustomerIdx::new),
        item: ItemIdx::new(item),
        kind: EventKind::ViewItem,
        occurred_at: Day::new(day).start().plus_micros(60_000_000 * minute),
        topic: None,
    };
    let mut events: Vec<Event> =
        (0..3).flat_map(|visitor| [look(visitor, None, 98, 0, 5), look(visitor, None, 98, 2, 7)]).collect();
    events.extend([look(3, Some(1), 95, 0, 4), look(3, Some(1), 97, 0, 5), look(4, Some(2), 98, 0, 2)]);
    events.extend([look(5, Some(6), 98, 0, 5), look(6, Some(10), 98, 0, 7)]);
    let counts =
        EventParts { n_visitors: 7, n_customers: 11, n_items: TITLES.len(), ..EventParts::default() };
    Events::from_events(counts, events).expect("valid")
}

/// The small shop with these events, in which kettle, toaster and detector last.
fn engine(recipe: &str) -> Engine {
    engine_with([0, 0, 0, 0, 1000, 1000, 0, 3650], recipe)
}

fn engine_with(useful_life_days: [u32; 8], recipe: &str) -> Engine {
    let baskets = Baskets::from_orders(11, TITLES.len(), orders()).expect("valid");
    let ids: StrColumn = (0..11).map(|i| format!("k{i}")).collect();
    let customers = Vocab::new(ids).expect("distinct");
    let catalogue = catalogue(|columns| columns.useful_life_days = useful_life_days.to_vec().into());
    let data = TrainingData { events: events(), ..TrainingData::of_orders(baskets, customers, catalogue) };
    let recipe = of_small_shop(Recipe::parse(recipe).expect("a recipe")).check().expect("in range");
    Engine::new(fit(&recipe, data, &Silent).expect("has purchases"))
}

fn answer(engine: &Engine, query: Query<'_>) -> Slate {
    engine.recommend(&query, &mut engine.new_scratch())
}

/// Phase, answer and what was looked at, need by need.
fn needs(engine: &Engine, query: Query<'_>) -> Vec<String> {
    let ownership = engine.models().ownership.as_ref().expect("fitted");
    let looks = |looked: Looked| {
        let (first, last) = (looked.first_on.get(), looked.last_on.get());
        format!(", {} on {} days, {first} to {last}", looked.n_items, looked.n_days)
    };
    let show = |status: &NeedStatus| {
        let looked = status.looked.map_or(String::new(), looks);
        let name = ownership.need(status.need).name;
        format!("{name}: {}, {}{looked}", status.phase.name(), status.answer.name())
    };
    engine.needs(&query).iter().map(show).collect()
}

#[test]
fn what_a_customer_looked_at_in_the_days_before_has_a_quarter_of_the_places() {
    let engine = engine("");
    let at = |placement| answer(&engine, ask(placement, customer(1), &[]));
    let slate = at(Placement::Home);
    expect![[r#"
        toaster: U bekeek dit op 8 april 1970 (session)
        kettle: Veel gekozen door andere klanten (popularity)
        smoke detector: Uit ons assortiment (range)
        left out: 0 excluded, 4 bought, 1 out of stock, 0 ineligible
    "#]]
    .assert_eq(&show(&slate, &engine));
    assert_eq!(slate.first_choice, CandidateSource::Personal);
    assert_eq!(at(Placement::Newsletter), slate);
    let slate = answer(&engine, Query { n: 8, ..ask(Placement::Home, customer(1), &[]) });
    expect![[r#"
        toaster: U bekeek dit op 8 april 1970 (session)
        smoke detector: Wie toaster bekeek, bekeek ook dit (session)
        kettle: Veel gekozen door andere klanten (popularity)
        left out: 0 excluded, 4 bought, 1 out of stock, 0 ineligible
    "#]]
    .assert_eq(&show(&slate, &engine));
    // On other pages what is at hand speaks.
    let page = answer(&engine, ask(Placement::ItemPage, customer(1), &[ItemIdx::new(0)]));
    assert!(page.items.iter().all(|item| item.source != CandidateSource::Session));
}

#[test]
fn who_bought_nothing_yet_is_shown_what_he_looked_at_alone() {
    let engine = engine("");
    let slate = answer(&engine, ask(Placement::Home, customer(10), &[]));
    expect![[r#"
        smoke detector: U bekeek dit op 9 april 1970 (session)
        toaster: Wie smoke detector bekeek, bekeek ook dit (session)
        espresso machine: Veel gekozen door andere klanten (popularity)
        descaler: Veel gekozen door andere klanten (popularity)
        left out: 0 excluded, 0 bought, 0 out of stock, 0 ineligible
    "#]]
    .assert_eq(&show(&slate, &engine));
    assert_eq!(slate.first_choice, CandidateSource::Session);
    // A browser that nobody was logged in with is nobody's.
    let nobody = answer(&engine, ask(Placement::Home, Person::Nobody, &[]));
    assert!(nobody.items.iter().all(|item| item.source != CandidateSource::Session));
}

#[test]
fn orientation_is_told_with_what_was_looked_at() {
    let engine = engine("");
    let on = |day: i32| {
        needs(&engine, Query { now: Day::new(day).start(), ..ask(Placement::Home, customer(1), &[]) })
    };
    let looked = ["Kitchen: orientation, offer, 2 on 2 days, 95 to 97"];
    assert_eq!(on(100), looked);
    assert_eq!(on(111), looked);
    // Fourteen days later he has given it up; and what is later than the question is not known.
    assert!(on(112).is_empty() && on(96).is_empty());
    // The running visit says it too, of other needs as well.
    let session = [ItemIdx::new(7), ItemIdx::new(4)];
    assert_eq!(
        needs(&engine, Query { session: &session, ..ask(Placement::Home, customer(1), &[]) }),
        [looked[0], "Kitchen > Alarms: orientation, offer"]
    );
}

#[test]
fn who_has_what_he_looked_at_does_not_look_around() {
    let engine = engine("");
    let of = |query| (needs(&engine, query), engine.looked_at(&query).len());
    let (kettle, toaster, filters) = ([ItemIdx::new(4)], [ItemIdx::new(5)], [ItemIdx::new(2)]);
    // Customer 6 bought kettle and toaster before he looked.
    assert_eq!(
        of(ask(Placement::Home, customer(6), &[])),
        (vec!["Kitchen: after_sales, nothing".to_owned()], 0)
    );
    // What he is said to have, and what is in the basket, answer the need as well.
    let owned = Query { owned: &toaster, ..ask(Placement::Home, customer(1), &[]) };
    assert_eq!(of(owned), (vec!["Kitchen: after_sales, nothing".to_owned()], 0));
    let basket = ask(Placement::Basket, customer(1), &kettle);
    assert_eq!(of(basket), (vec!["Kitchen: purchase, offer_follow_up".to_owned()], 0));
    // Coffee does not last, yet who has filters in the basket has found them.
    assert_eq!(
        of(ask(Placement::Home, customer(2), &[])),
        (vec!["Coffee: orientation, offer, 1 on 1 days, 98 to 98".to_owned()], 1)
    );
    assert_eq!(of(ask(Placement::Basket, customer(2), &filters)), (vec![], 0));
    // None of this puts before him what he has.
    let slate = answer(&engine, Query { n: 8, ..ask(Placement::Home, customer(6), &[]) });
    assert!(slate.items.iter().all(|shown| ![4, 5].contains(&shown.item.get())), "{slate:?}");
}

#[test]
fn who_looks_at_what_is_to_replace_what_he_has_is_told_so() {
    // What customer 6 bought on day 70 serves 35 days.
    let engine = engine_with([0, 0, 0, 0, 35, 35, 0, 0], "");
    let query = Query { n: 8, ..ask(Placement::Home, customer(6), &[]) };
    assert_eq!(needs(&engine, query), ["Kitchen: replacement, offer_replacement, 1 on 1 days, 98 to 98"]);
    // The kettle meets the need best and may be bought once more; the toaster he looked at is his, and stays out.
    let slate = answer(&engine, query);
    assert!(slate.items.iter().any(|shown| shown.source == CandidateSource::Session));
    assert!(slate.items.iter().all(|shown| shown.item != ItemIdx::new(5)), "{slate:?}");
}

#[test]
fn the_running_visit_goes_first_and_says_its_own() {
    let engine = engine("");
    let session = [ItemIdx::new(7)];
    let query = Query { session: &session, n: 4, ..ask(Placement::Home, customer(2), &[]) };
    expect![[r#"
        toaster: Wie smoke detector bekeek, bekeek ook dit (session)
        filters: U bekeek dit op 9 april 1970 (session)
        kettle: Veel gekozen door andere klanten (popularity)
        smoke detector: Uit ons assortiment (range)
        left out: 0 excluded, 3 bought, 1 out of stock, 0 ineligible
    "#]]
    .assert_eq(&show(&answer(&engine, query), &engine));
}

#[test]
fn a_recipe_may_score_nothing_that_was_looked_at() {
    let engine = engine("[session]\nvisited_items = 'drop_all'\n");
    let slate = answer(&engine, Query { n: 8, ..ask(Placement::Home, customer(1), &[]) });
    let by_visits: Vec<u32> = slate
        .items
        .iter()
        .filter(|shown| shown.source == CandidateSource::Session)
        .map(|shown| shown.item.get())
        .collect();
    assert_eq!(by_visits, [7]);
}

#[test]
fn what_he_looked_at_is_explained_by_himself() {
    let engine = engine("");
    let query = Query { explain: true, n: 8, ..ask(Placement::Home, customer(1), &[]) };
    let slate = answer(&engine, query);
    let toaster = slate.items.iter().find(|shown| shown.item == ItemIdx::new(5)).expect("on the slate");
    assert_eq!(toaster.reason, Reason::ViewedBefore { on: Day::new(97) });
    assert_eq!(toaster.contributions[0].0, ItemIdx::new(5));
    let why = engine.why_not(&query, ItemIdx::new(5), &mut engine.new_scratch());
    assert_eq!(
        why.sentence(&engine, &query, ItemIdx::new(5), Language::English),
        "toaster is in place 1: You viewed this on 8 April 1970"
    );
}

#[test]
fn what_a_stranger_looks_at_is_asked_as_a_past_of_purchases_is() {
    // No visits were learned from, so nothing but the models of purchases can tell anything of it.
    let engine = Engine::new(model_set(|_| {}));
    let best_sellers = answer(&engine, ask(Placement::Home, Person::Nobody, &[]));
    let mut n_other = 0;
    for item in 0..8 {
        let session = [ItemIdx::new(item)];
        let query = Query { session: &session, ..ask(Placement::Home, Person::Nobody, &[]) };
        let slate = answer(&engine, query);
        assert!(slate.items.iter().all(|shown| shown.item != session[0]), "they have just seen it");
        let bought = |reason: &Reason| {
            matches!(
                reason,
                Reason::BecauseYouBought { .. }
                    | Reason::BoughtBefore { .. }
                    | Reason::FitsHistory
                    | Reason::DueAgain { .. }
            )
        };
        assert!(slate.items.iter().all(|shown| !bought(&shown.reason)), "they bought nothing: {slate:?}");
        let items = |slate: &Slate| -> Vec<ItemIdx> { slate.items.iter().map(|shown| shown.item).collect() };
        n_other += usize::from(items(&slate) != items(&best_sellers));
        if slate.items[0].source != CandidateSource::Popularity {
            assert_eq!(
                slate.items[0].reason.source_item(),
                Some(session[0]),
                "what they look at spoke for it"
            );
        }
    }
    assert!(4 < n_other, "{n_other} of 8 visits change the slate");
    // A page of an item is about that item, whatever was looked at before.
    let session = [ItemIdx::new(5)];
    let machine = [ItemIdx::new(0)];
    let page = ask(Placement::ItemPage, Person::Nobody, &machine);
    assert_eq!(answer(&engine, Query { session: &session, ..page }).items, answer(&engine, page).items);
}
