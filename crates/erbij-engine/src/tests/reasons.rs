//! Which reason a place is given, by what spoke for it.

use erbij_core::Score;

use super::*;
use crate::step::Step;

/// What customer 0 is told of an item that these spoke for, each so much. They bought 0, 1 and 3 on day 90, 2 on day 96.
fn told(engine: &Engine, item: u32, spoke: &[(u32, f32)]) -> Reason {
    let said = |&(from, said): &(u32, f32)| (ItemIdx::new(from), Score::new(said).expect("finite"));
    let speakers: Vec<(ItemIdx, Score)> = spoke.iter().map(said).collect();
    let history = [0, 1, 2, 3].map(ItemIdx::new).to_vec();
    let step = Step::Personal { kind: PersonalKind::Rp3beta, history };
    let query = ask(Placement::Newsletter, customer(0), &[]);
    engine.reason_for(&step, ItemIdx::new(item), &speakers, &engine.situation(&query))
}

const DETECTOR: u32 = 7;

fn because(item: u32, day: i32) -> Reason {
    Reason::BecauseYouBought { item: ItemIdx::new(item), on: Day::new(day) }
}

#[test]
fn an_item_is_named_where_it_said_a_fair_share() {
    let engine = Engine::new(model_set(|_| {}));
    for (what, spoke, expected) in [
        ("one alone", &[(0, 0.5)][..], because(0, 90)),
        ("two of one day, as much each: the first", &[(0, 0.5), (1, 0.5)], because(0, 90)),
        ("two that said about as much: the newest", &[(0, 0.5), (2, 0.45)], because(2, 96)),
        ("a newer one that said much less", &[(0, 0.5), (2, 0.1)], because(0, 90)),
        ("never itself", &[(DETECTOR, 0.9), (0, 0.3)], because(0, 90)),
        ("who speaks against it says nothing for it", &[(0, 0.5), (1, -5.0)], because(0, 90)),
        ("nobody", &[], Reason::FitsHistory),
    ] {
        assert_eq!(told(&engine, DETECTOR, spoke), expected, "{what}");
    }
}

#[test]
fn where_nothing_said_a_fair_share_what_they_have_in_common_is_named_or_nothing() {
    let engine = Engine::new(model_set(|_| {}));
    let many = |from: u32| vec![(from, 0.05); 20];
    assert_eq!(
        told(&engine, DETECTOR, &many(0)),
        Reason::FitsHistory,
        "a twentieth each, of another category"
    );
    let coffee = engine.models().catalogue.category(ItemIdx::new(0)).expect("it stands in one");
    assert_eq!(told(&engine, 2, &many(0)), Reason::InterestInCategory { category: coffee });
}

#[test]
fn what_is_sensitive_is_named_by_no_reason() {
    let engine = Engine::new(model_set(|columns| columns.sensitive = vec![1, 0, 1, 0, 0, 0, 0, 0].into()));
    assert_eq!(told(&engine, DETECTOR, &[(0, 0.9), (1, 0.4)]), because(1, 90), "the next that may be named");
    assert_eq!(told(&engine, DETECTOR, &[(0, 0.9)]), Reason::FitsHistory);
    assert_eq!(told(&engine, 2, &[(3, 0.05); 20]), Reason::FitsHistory, "its category would say what it is");
}
