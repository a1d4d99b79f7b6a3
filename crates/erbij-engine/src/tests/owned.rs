//! What a customer has, and where he stands: what is left out, what comes first.

use erbij_core::{ItemKind, RelationKind, Relations};

use super::belongings::answer;
use super::*;

/// The small shop, in which machine and kettle serve a thousand days, the frother 500 and the detector 3,650; the toaster
/// is a machine in another colour, and the cup is not sold out but a film about the machine.
fn engine(recipe: &str, change: impl FnOnce(&mut CatalogueColumns)) -> Engine {
    let item = ItemIdx::new;
    let relations = Relations::from_triples(
        TITLES.len(),
        vec![
            (item(0), RelationKind::Consumable, item(2)),
            (item(0), RelationKind::Accessory, item(3)),
            (item(0), RelationKind::Related, item(6)),
        ],
    );
    let recipe = Recipe::parse(recipe).expect("valid");
    let categories =
        ["Machines", "Cleaning", "Filters", "Frothers", "Kettles", "Machines", "Films", "Alarms"];
    let models = model_set_asked_for(&recipe, |columns| {
        columns.category = categories.iter().collect();
        columns.useful_life_days = vec![1000, 0, 0, 500, 1000, 1000, 0, 3650].into();
        columns.availability = vec![0; 8].into();
        let mut kinds = vec![ItemKind::Product as u8; 8];
        kinds[6] = ItemKind::Content as u8;
        columns.kind = kinds.into();
        change(columns);
    });
    let catalogue = models.catalogue.clone().with_relations(relations);
    Engine::new(ModelSet { catalogue, ..models })
}

fn at<'a>(day: i32, placement: Placement, person: Person<'a>, anchors: &'a [ItemIdx]) -> Query<'a> {
    Query { now: Day::new(day).start(), ..ask(placement, person, anchors) }
}

#[test]
fn after_a_purchase_comes_help_then_what_belongs_to_it_then_a_replacement() {
    let engine = engine("", |_| {});
    // Customer 5 bought machine and descaler on day 95.
    let home = |day| answer(&engine, Query { n: 3, ..at(day, Placement::Home, customer(5), &[]) });
    // Not there yet: nothing is sold to go with it. A second machine is never shown.
    expect![[r#"
        sold-out cup: Handig bij espresso machine (help)
        milk frother: Omdat u op 6 april 1970 espresso machine kocht (personal)
        filters: Omdat u op 6 april 1970 espresso machine kocht (personal)
        left out: 0 excluded, 2 bought, 0 out of stock, 0 ineligible
    "#]]
    .assert_eq(&home(97));
    expect![[r#"
        sold-out cup: Handig bij espresso machine (help)
        milk frother: Omdat u op 6 april 1970 espresso machine kocht (personal)
        filters: Nodig voor espresso machine (accessory)
        left out: 0 excluded, 2 bought, 0 out of stock, 0 ineligible
    "#]]
    .assert_eq(&home(98));
    // After a month he knows how it works, after three he has what he wants.
    assert!(home(126).contains("filters: Nodig voor espresso machine (accessory)"), "{}", home(126));
    assert!(!home(126).contains("(help)"), "{}", home(126));
    assert!(!home(186).contains("(accessory)") && !home(186).contains("(help)"), "{}", home(186));
    // The machine serves until day 1095.
    assert!(!home(1064).contains("(replacement)"));
    let replacement = home(1065);
    let first = "toaster: U hebt espresso machine sinds 6 april 1970; misschien is het tijd voor een nieuwe (replacement)";
    let same = first.replacen("toaster", "espresso machine", 1);
    assert!(replacement.contains(&same), "{replacement}");
    assert!(home(1460).contains("(replacement)") && !home(1461).contains("(replacement)"));
}

#[test]
fn whose_need_is_met_is_not_offered_another_in_any_placement() {
    let engine = engine("", |_| {});
    let toaster = "toaster: ";
    for placement in Placement::ALL {
        let anchors = [ItemIdx::new(4)];
        let shown = |who| answer(&engine, Query { n: 8, ..at(120, placement, who, &anchors) });
        assert!(!shown(customer(5)).contains(toaster), "{placement}: {}", shown(customer(5)));
        assert!(shown(customer(5)).contains("owned"), "{placement}: {}", shown(customer(5)));
        assert!(shown(Person::Nobody).contains(toaster), "{placement}: {}", shown(Person::Nobody));
    }
    // What else would do is answered all the same, for that is what was asked.
    let machine = [ItemIdx::new(0)];
    let query =
        Query { ranking: Ranking::Alternatives, ..at(120, Placement::ItemPage, customer(5), &machine) };
    assert!(answer(&engine, query).starts_with(toaster));
}

#[test]
fn what_lasts_in_a_basket_is_not_offered_twice_and_what_one_is_told_counts() {
    let engine = engine("", |_| {});
    let basket = [ItemIdx::new(0)];
    let slate = answer(&engine, Query { n: 8, ..ask(Placement::Basket, Person::Nobody, &basket) });
    assert!(!slate.contains("toaster: "), "{slate}");
    // On the page of a machine other machines are what one compares it with.
    let page = answer(&engine, Query { n: 8, ..ask(Placement::ItemPage, Person::Nobody, &basket) });
    assert!(page.contains("toaster: "), "{page}");
    let owned = [ItemIdx::new(0)];
    let told = answer(&engine, Query { owned: &owned, n: 8, ..ask(Placement::Home, Person::Nobody, &[]) });
    assert!(!told.contains("toaster: ") && !told.contains("espresso machine: "), "{told}");
}

#[test]
fn a_recipe_may_show_what_is_owned() {
    let engine = engine("[placements.home]\nowned = 'keep'\nalready_bought = 'keep'", |_| {});
    let slate = answer(&engine, Query { n: 8, ..at(120, Placement::Home, customer(5), &[]) });
    assert!(slate.contains("toaster: ") && slate.contains("espresso machine: "), "{slate}");
}

#[test]
fn content_about_a_topic_of_what_was_bought_helps_with_it() {
    let engine = engine("", |columns| {
        // Filters and machine are about coffee, and so is the film.
        let rows = erbij_core::RowOffsets::from_lens([1, 0, 1, 0, 0, 0, 1, 0]);
        let names = ["coffee"].iter().collect();
        columns.topics = erbij_core::TopicColumns { names, rows, topics: vec![0; 3].into() };
    });
    let filters = [ItemIdx::new(2)];
    let slate = answer(&engine, Query { n: 1, ..ask(Placement::AfterOrder, Person::Nobody, &filters) });
    assert!(slate.starts_with("sold-out cup: Handig bij filters (help)"), "{slate}");
}

#[test]
fn every_need_has_a_phase_and_an_answer() {
    let engine = engine("", |_| {});
    let shown = |query: Query<'_>| {
        let ownership = engine.models().ownership.as_ref().expect("fitted");
        let show = |status: &NeedStatus| {
            format!("{}: {}, {}", ownership.need(status.need).name, status.phase.name(), status.answer.name())
        };
        engine.needs(&query).iter().map(show).collect::<Vec<_>>()
    };
    let none: [ItemIdx; 0] = [];
    // Customer 0 has machine, frother and filters; only the filters may be wanted again.
    let needs = shown(at(97, Placement::Home, customer(0), &none));
    assert_eq!(needs, ["Frothers: after_sales, nothing", "Machines: after_sales, offer_follow_up"]);
    assert_eq!(
        shown(at(300, Placement::Home, customer(0), &none)),
        ["Frothers: relation, nothing", "Machines: relation, offer_follow_up"]
    );
    assert_eq!(
        shown(at(600, Placement::Home, customer(0), &none)),
        ["Frothers: replacement, offer_replacement", "Machines: relation, offer_follow_up"]
    );
    let (session, basket) = ([ItemIdx::new(7)], [ItemIdx::new(4)]);
    let visit = Query { session: &session, ..at(97, Placement::Basket, Person::Nobody, &basket) };
    assert_eq!(shown(visit), ["Alarms: orientation, offer", "Kettles: purchase, offer_follow_up"]);
}
