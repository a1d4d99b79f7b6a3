//! What somebody did since the models were trained counts at once: the same as if it had been known all along.

use erbij_core::{Act, ActKind, EventKind, Grant, Past, Purchase};

use super::*;

fn act(day: i32, item: u32, kind: ActKind) -> Act {
    Act { at: Day::new(day).start(), item: ItemIdx::new(item), kind }
}

fn bought(day: i32, item: u32) -> Act {
    act(day, item, ActKind::Bought { quantity: 1.0, is_gift: false })
}

fn looked(day: i32, item: u32) -> Act {
    act(day, item, ActKind::Did { kind: EventKind::ViewItem, topic: None })
}

fn sent_back(day: i32, item: u32) -> Act {
    act(day, item, ActKind::SentBack)
}

/// The small shop in which kettle, toaster and detector last.
fn engine(recipe: &str) -> Engine {
    let recipe = Recipe::parse(recipe).expect("a recipe");
    Engine::new(model_set_asked_for(&Recipe { name: "acts".to_owned(), ..recipe }, |columns| {
        columns.useful_life_days = vec![0, 0, 0, 0, 1000, 1000, 0, 3650].into();
    }))
}

fn known(customer: u32, past: &Past) -> Person<'_> {
    Person::known(CustomerIdx::new(customer), past, Grant::of_replay())
}

fn shown(engine: &Engine, query: &Query<'_>) -> Vec<(u32, CandidateSource)> {
    let slate = engine.recommend(query, &mut engine.new_scratch());
    slate.items.iter().map(|shown| (shown.item.get(), shown.source)).collect()
}

#[test]
fn purchases_and_returns_bring_a_history_up_to_date() {
    let engine = engine("");
    let purchase =
        |item, day, n_orders| Purchase { item: ItemIdx::new(item), last_bought_on: Day::new(day), n_orders };
    let both = [purchase(0, 95, 1), purchase(1, 95, 1)];
    // Customer 5 has the machine and the descaler since day 95.
    for (acts, expected, came_back) in [
        (vec![bought(98, 2)], vec![both[0], both[1], purchase(2, 98, 1)], vec![]),
        (vec![bought(98, 1)], vec![both[0], purchase(1, 98, 2)], vec![]),
        // An order from before the last one that is known leaves the newer day.
        (vec![bought(90, 1)], vec![both[0], purchase(1, 95, 2)], vec![]),
        (vec![bought(98, 2), sent_back(99, 2)], both.to_vec(), vec![2]),
        (vec![sent_back(99, 2), bought(98, 2)], both.to_vec(), vec![2]),
        (vec![sent_back(97, 1)], vec![both[0]], vec![1]),
        (vec![sent_back(97, 1), bought(99, 1)], vec![both[0], purchase(1, 99, 1)], vec![]),
        (vec![bought(97, 1), sent_back(99, 1)], both.to_vec(), vec![]),
        (vec![looked(98, 4)], both.to_vec(), vec![]),
    ] {
        let past = Past::new(acts.clone());
        let query = ask(Placement::Home, known(5, &past), &[]);
        let situation = engine.situation(&query);
        assert_eq!(situation.purchases().collect::<Vec<_>>(), expected, "{acts:?}");
        let items: Vec<u32> = situation.sent_back().map(ItemIdx::get).collect();
        assert_eq!(items, came_back, "{acts:?}");
        for item in 0..TITLES.len() as u32 {
            let found = expected.iter().find(|purchase| purchase.item.get() == item).copied();
            assert_eq!(situation.purchase_of(ItemIdx::new(item)), found, "{acts:?}");
            assert_eq!(situation.is_sent_back(ItemIdx::new(item)), came_back.contains(&item), "{acts:?}");
        }
    }
}

#[test]
fn strengths_are_those_of_the_whole_past() {
    let engine = engine("");
    let repeats = engine.models().repeat.as_ref().expect("fitted");
    let past = Past::new(vec![bought(98, 1), bought(99, 2)]);
    let query = ask(Placement::Home, known(5, &past), &[]);
    let dated = |day: i32, item| erbij_people::DatedPurchase {
        item: ItemIdx::new(item),
        quantity: 1.0,
        at: Day::new(day).start(),
    };
    let whole = [dated(95, 0), dated(95, 1), dated(98, 1), dated(99, 2)];
    let expected = repeats.model.strengths(&whole, NOW);
    let found = engine.situation(&query);
    assert_eq!(found.strengths().len(), expected.len());
    for (found, expected) in found.strengths().iter().zip(&expected) {
        assert_eq!(found.item, expected.item);
        assert!((found.strength - expected.strength).abs() < 1e-6, "{found:?}, {expected:?}");
    }
}

#[test]
fn a_purchase_meets_its_need_at_once_and_a_return_opens_it_again() {
    let engine = engine("");
    let lists = |acts: Vec<Act>, item: u32| {
        let past = Past::new(acts);
        let query = Query { n: 8, ..ask(Placement::Home, known(5, &past), &[]) };
        shown(&engine, &query).iter().any(|&(shown, _)| shown == item)
    };
    const DETECTOR: u32 = 7;
    assert!(lists(vec![], DETECTOR));
    assert!(!lists(vec![bought(99, DETECTOR)], DETECTOR), "they have one");
    let gift = act(99, DETECTOR, ActKind::Bought { quantity: 1.0, is_gift: true });
    assert!(lists(vec![gift], DETECTOR), "it is somebody else's");
    assert!(!lists(vec![bought(98, DETECTOR), sent_back(99, DETECTOR)], DETECTOR), "they did not want it");
    let needs = |acts: Vec<Act>| {
        let past = Past::new(acts);
        let query = ask(Placement::Home, known(5, &past), &[]);
        engine.situation(&query).needs_met().iter().map(|held| held.holding.item.get()).collect::<Vec<_>>()
    };
    assert_eq!(needs(vec![bought(99, DETECTOR)]), [DETECTOR]);
    assert_eq!(needs(vec![bought(98, DETECTOR), sent_back(99, DETECTOR)]), [0; 0]);
    assert_eq!(needs(vec![gift]), [0; 0]);
}

#[test]
fn looks_open_a_need_and_a_purchase_closes_it() {
    let engine = engine("");
    let looked_at = |person: Person<'_>| {
        let query = ask(Placement::Home, person, &[]);
        let looked = engine.looked_at(&query);
        let show = |looked: &erbij_people::Looked| {
            (looked.item.get(), looked.n_items, looked.n_days, looked.last_on.get())
        };
        looked.iter().map(show).collect::<Vec<_>>()
    };
    for (acts, expected) in [
        (vec![looked(97, 7), looked(98, 7)], vec![(7, 1, 2, 98)]),
        (vec![looked(97, 7), bought(98, 7)], vec![]),
        // What came back was not bought: they look around still.
        (vec![looked(97, 7), bought(98, 7), sent_back(99, 7)], vec![(7, 1, 1, 97)]),
        // A look on the day of the purchase is at what was bought.
        (vec![bought(98, 7), looked(98, 7)], vec![]),
        (vec![looked(20, 7)], vec![]),
    ] {
        let past = Past::new(acts.clone());
        assert_eq!(looked_at(known(5, &past)), expected, "{acts:?}");
        assert_eq!(looked_at(Person::Stranger(&past)), expected, "a stranger, {acts:?}");
    }
}

#[test]
fn what_came_back_says_nothing_of_interests() {
    let engine = engine("");
    let profile = |acts: Vec<Act>| {
        let past = Past::new(acts);
        let query = ask(Placement::Home, Person::Stranger(&past), &[]);
        engine.situation(&query).profile().cloned()
    };
    let returned = profile(vec![looked(97, 4), bought(98, 0), sent_back(99, 0)]);
    assert_eq!(returned, profile(vec![looked(97, 4)]));
    assert_ne!(returned, profile(vec![looked(97, 4), bought(98, 0)]));
}

#[test]
fn a_stranger_who_bought_is_answered_like_a_customer_who_did() {
    // Customer 10 has bought nothing: what they did since is all that is known of them, as of a stranger.
    for recipe in ["", "[blend]\nlearn = false"] {
        let engine = engine(recipe);
        for acts in [
            vec![bought(98, 0)],
            vec![bought(98, 0), looked(99, 7)],
            vec![looked(99, 7)],
            vec![bought(97, 4), sent_back(98, 4)],
        ] {
            let past = Past::new(acts.clone());
            for placement in [Placement::Home, Placement::Newsletter, Placement::AfterOrder] {
                let of = |person| shown(&engine, &Query { n: 8, ..ask(placement, person, &[]) });
                let stranger = of(Person::Stranger(&past));
                assert_eq!(of(known(10, &past)), stranger, "{placement}, {acts:?}");
                let bought_machine = acts.iter().any(|act| act.item.get() == 0);
                let personal = |&(_, source): &(u32, CandidateSource)| source == CandidateSource::Personal;
                if placement == Placement::Home {
                    assert_eq!(stranger.iter().any(personal), bought_machine, "{acts:?}: {stranger:?}");
                }
            }
        }
    }
}

#[test]
fn without_acts_nothing_changes() {
    let engine = engine("");
    let none = Past::default();
    for number in 0..11 {
        for placement in [Placement::Home, Placement::AfterOrder, Placement::Newsletter] {
            let of = |person| engine.recommend(&ask(placement, person, &[]), &mut engine.new_scratch());
            assert_eq!(of(known(number, &none)), of(customer(number)));
        }
        assert_eq!(
            shown(&engine, &ask(Placement::Home, Person::Stranger(&none), &[])),
            shown(&engine, &ask(Placement::Home, Person::Nobody, &[])),
        );
    }
}

#[test]
fn what_is_bought_again_is_due_an_interval_later() {
    let order = |customer: u32, day: i32| Order {
        customer: Some(CustomerIdx::new(customer)),
        ordered_at: Day::new(day).start(),
        amount_minor: 0,
        lines: vec![(ItemIdx::new(2), 1.0)],
    };
    // Filters every twenty days.
    let orders = (0..8).flat_map(|customer| (0..5).map(move |n| order(customer, 10 + 20 * n))).collect();
    let baskets = Baskets::from_orders(11, TITLES.len(), orders).expect("valid");
    let ids: StrColumn = (0..11).map(|i| format!("k{i}")).collect();
    let data = TrainingData::of_orders(baskets, Vocab::new(ids).expect("distinct"), catalogue(|_| {}));
    let recipe = of_small_shop(Recipe::fast()).check().expect("in range");
    let engine = Engine::new(fit(&recipe, data, &Silent).expect("has purchases"));
    let due_on = |acts: Vec<Act>| {
        let past = Past::new(acts);
        let query = Query { now: Day::new(108).start(), ..ask(Placement::Home, known(0, &past), &[]) };
        let due: Vec<_> = engine.situation(&query).due().iter().map(|due| due.due_on.get()).collect();
        due
    };
    let (before, after) = (due_on(vec![]), due_on(vec![bought(104, 2)]));
    assert_eq!((before.len(), after.len()), (1, 1));
    assert!((109..113).contains(&before[0]), "{before:?}");
    assert!((122..128).contains(&after[0]), "{after:?}");
    assert_eq!(due_on(vec![sent_back(101, 2)]), before, "one order of five came back");
}

proptest::proptest! {
    #[test]
    fn no_past_breaks_a_slate(
        number in 0_u32..11,
        acts in proptest::collection::vec((80_i32..120, 0_u32..8, 0_u8..5), 0..30),
    ) {
        let kind = |kind| match kind {
            0 => ActKind::Bought { quantity: 0.5, is_gift: false },
            1 => ActKind::Bought { quantity: 3.0, is_gift: true },
            2 => ActKind::SentBack,
            3 => ActKind::Did { kind: EventKind::AddToCart, topic: None },
            _ => ActKind::Did { kind: EventKind::ViewItem, topic: None },
        };
        let past = Past::new(acts.into_iter().map(|(day, item, what)| act(day, item, kind(what))).collect());
        let engine = engine("");
        for person in [known(number, &past), Person::Stranger(&past)] {
            for placement in Placement::ALL {
                // A debug build works out anew whether the slate is whole.
                let query = Query { n: 8, ..ask(placement, person, &[]) };
                let slate = engine.recommend(&query, &mut engine.new_scratch());
                proptest::prop_assert_eq!(engine.check_slate(&query, &slate), Ok(()));
            }
        }
    }
}
