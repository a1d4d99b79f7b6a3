//! What a customer sent back is not offered to them again, wherever they are and whatever a placement keeps.

use erbij_core::RowOffsets;
use erbij_people::SentBack;

use super::*;

/// Customer 7, who has kettle, toaster and cup, sent an espresso machine back; customer 5 a second bottle of descaler.
const SENT_BACK: [(u32, u32); 2] = [(5, 1), (7, 0)];

fn engine(recipe: &str) -> Engine {
    let models = model_set_asked_for(&Recipe::parse(recipe).expect("valid"), |_| {});
    let lens = (0..11).map(|customer| usize::from(SENT_BACK.iter().any(|&(by, _)| by == customer)));
    let items: Vec<u32> = SENT_BACK.iter().map(|&(_, item)| item).collect();
    let sent_back = SentBack::new(RowOffsets::from_lens(lens), items.into(), TITLES.len()).expect("valid");
    Engine::new(ModelSet { sent_back: Some(sent_back), ..models })
}

fn rankings() -> Vec<Ranking> {
    let parts = [
        BlendPart::Popularity,
        BlendPart::Affinity,
        BlendPart::Personal(PersonalKind::Rp3beta),
        BlendPart::Repeat,
    ];
    let only = parts.into_iter().map(Ranking::Only);
    [Ranking::AsPlaced, Ranking::Accessories, Ranking::Alternatives].into_iter().chain(only).collect()
}

/// The item a reason speaks of as something the customer has.
fn named(reason: &Reason) -> Option<ItemIdx> {
    match *reason {
        Reason::BecauseYouBought { item, .. } | Reason::TakesPlaceOf { item, .. } => Some(item),
        Reason::HelpWith { with } | Reason::BelongsTo { with, .. } => Some(with),
        _ => None,
    }
}

#[test]
fn what_was_sent_back_is_neither_offered_nor_a_reason() {
    let engine = engine("[personal]\nmodels = ['rp3beta']");
    let mut scratch = engine.new_scratch();
    let mut n_shown = 0;
    for (by, item) in SENT_BACK.map(|(by, item)| (by, ItemIdx::new(item))) {
        for placement in Placement::ALL {
            for already_bought in [AlreadyBought::Exclude, AlreadyBought::Keep, AlreadyBought::WhenDue] {
                for ranking in rankings() {
                    // The page of neither.
                    let anchors = [ItemIdx::new(3)];
                    let people = matches!(placement, Placement::Home | Placement::Newsletter);
                    let query = Query {
                        n: 8,
                        ranking,
                        already_bought: Some(already_bought),
                        ..ask(placement, customer(by), if people { &[] } else { &anchors })
                    };
                    let what = format!("{placement} {already_bought:?} {ranking:?} of customer {by}");
                    let slate = engine.recommend(&query, &mut scratch);
                    n_shown += slate.items.len();
                    for shown in &slate.items {
                        assert_ne!(shown.item, item, "{what}");
                        assert_ne!(named(&shown.reason), Some(item), "{what}: {:?}", shown.reason);
                    }
                }
            }
        }
    }
    assert!(0 < n_shown, "there is something else to show");
}

#[test]
fn others_are_offered_it_as_before() {
    let engine = engine("");
    let home = |by| {
        let query = Query {
            n: 8,
            already_bought: Some(AlreadyBought::Keep),
            ..ask(Placement::Home, customer(by), &[])
        };
        let slate = engine.recommend(&query, &mut engine.new_scratch());
        slate.items.iter().any(|shown| shown.item == ItemIdx::new(0))
    };
    assert_eq!([6, 7, 8].map(home), [true, false, true]);
}

#[test]
fn that_it_was_sent_back_is_what_explains_it() {
    let engine = engine("");
    let machine = ItemIdx::new(0);
    let query = Query { n: 8, ..ask(Placement::Home, customer(7), &[]) };
    let why = engine.why_not(&query, machine, &mut engine.new_scratch());
    assert_eq!(
        (why.standing.clone(), why.standing.step()),
        (Standing::KeptOut(KeptOut::SentBack), "sent_back")
    );
    for (language, sentence) in [
        (Language::Dutch, "espresso machine wordt weggelaten: de klant stuurde het terug"),
        (Language::English, "espresso machine is left out: the customer sent it back"),
    ] {
        assert_eq!(why.sentence(&engine, &query, machine, language), sentence);
    }
}
