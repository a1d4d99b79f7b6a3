//! A bundle is not offered with its own parts, nor a part with the bundle it is in.

use erbij_core::{RelationKind, Relations};

use super::*;

/// The espresso machine is a set with descaler and frother in it, and the toaster one with a kettle.
const CONTAINS: [(u32, u32); 3] = [(0, 1), (0, 3), (5, 4)];

fn engine(recipe: &str) -> Engine {
    let recipe = Recipe::parse(recipe).expect("valid");
    let models = model_set_asked_for(&recipe, |_| {});
    let triples = CONTAINS.map(|(set, part)| (ItemIdx::new(set), RelationKind::Contains, ItemIdx::new(part)));
    let relations = Relations::from_triples(TITLES.len(), triples.to_vec());
    let catalogue = models.catalogue.clone().with_relations(relations);
    Engine::new(ModelSet { catalogue, ..models })
}

fn shown(engine: &Engine, query: Query<'_>) -> Vec<u32> {
    let slate = engine.recommend(&Query { n: 8, ..query }, &mut engine.new_scratch());
    slate.items.iter().map(|shown| shown.item.get()).collect()
}

#[test]
fn what_is_in_a_bundle_is_not_offered_beside_it() {
    let engine = engine("");
    let (keep, exclude) = (AlreadyBought::Keep, AlreadyBought::Exclude);
    // Customer 5 bought the set with the machine; customer 10 nothing.
    for (what, placement, who, anchors, already_bought, absent, present) in [
        ("the page of a set", Placement::ItemPage, Person::Nobody, &[0][..], keep, &[1, 3][..], &[2][..]),
        ("a set in the basket", Placement::Basket, Person::Nobody, &[0], keep, &[1, 3], &[2]),
        ("a set in the order", Placement::AfterOrder, Person::Nobody, &[0], keep, &[1, 3], &[2]),
        (
            "a set and a part in the basket",
            Placement::Basket,
            Person::Nobody,
            &[0, 1],
            keep,
            &[0, 1, 3],
            &[2],
        ),
        (
            "a set in the last order, which is not named",
            Placement::AfterOrder,
            customer(5),
            &[],
            keep,
            &[1, 3],
            &[2],
        ),
        ("the page of a part", Placement::ItemPage, Person::Nobody, &[1], keep, &[1], &[0]),
        ("a part in the basket", Placement::Basket, Person::Nobody, &[3], keep, &[3], &[0]),
        ("the page of a part, of who has nothing", Placement::ItemPage, customer(10), &[1], keep, &[1], &[0]),
        ("the page of a part, of who has the set", Placement::ItemPage, customer(5), &[1], keep, &[0], &[]),
        ("a part in the basket of who has the set", Placement::Basket, customer(5), &[3], keep, &[0], &[]),
        ("a part in the order of who has the set", Placement::AfterOrder, customer(5), &[3], keep, &[0], &[]),
        ("what sells: the set comes first", Placement::Home, Person::Nobody, &[], keep, &[1, 3], &[0]),
        ("who has the set has its parts", Placement::Home, customer(5), &[], exclude, &[0, 1, 3], &[2]),
    ] {
        let anchors: Vec<ItemIdx> = anchors.iter().map(|&item: &u32| ItemIdx::new(item)).collect();
        let query = Query { already_bought: Some(already_bought), ..ask(placement, who, &anchors) };
        let found = shown(&engine, query);
        for item in absent {
            assert!(!found.contains(item), "{what}: {found:?}");
        }
        for item in present {
            assert!(found.contains(item), "{what}: {found:?}");
        }
    }
}

#[test]
fn no_slate_holds_a_bundle_and_its_part() {
    let recipes = ["", "[placements.home]\ndiversity = 'mmr'\ndiversity_strength = 0.5"];
    for engine in recipes.map(engine) {
        for placement in Placement::ALL {
            for who in (0..11).map(customer).chain([Person::Nobody]) {
                for anchor in (0..8).map(|item| [ItemIdx::new(item)]) {
                    for already_bought in
                        [AlreadyBought::Exclude, AlreadyBought::Keep, AlreadyBought::WhenDue]
                    {
                        let query =
                            Query { already_bought: Some(already_bought), ..ask(placement, who, &anchor) };
                        let mut found = shown(&engine, query);
                        if !matches!(placement, Placement::Home | Placement::Newsletter) {
                            found.retain(|&item| item != anchor[0].get());
                        }
                        for (set, part) in CONTAINS {
                            let both = found.contains(&set) && found.contains(&part);
                            assert!(!both, "{placement} {who:?} {anchor:?} {already_bought:?}: {found:?}");
                        }
                    }
                }
            }
        }
    }
}

#[test]
fn that_a_bundle_is_here_is_what_explains_it() {
    let engine = engine("");
    let set = [ItemIdx::new(0)];
    let page = ask(Placement::ItemPage, Person::Nobody, &set);
    let home = Query { n: 8, ..ask(Placement::Home, Person::Nobody, &[]) };
    for query in [page, home] {
        let why = engine.why_not(&query, ItemIdx::new(3), &mut engine.new_scratch());
        assert_eq!(
            (why.standing.clone(), why.standing.step()),
            (Standing::KeptOut(KeptOut::Bundled), "bundle")
        );
        let english = why.sentence(&engine, &query, ItemIdx::new(3), Language::English);
        assert!(english.starts_with("milk frother is left out: it is in a bundle"), "{english}");
    }
}

#[test]
fn of_two_that_hold_the_same_the_better_stays_and_another_takes_the_place() {
    let engine = engine("");
    let query = Query { n: 3, ..ask(Placement::Home, Person::Nobody, &[]) };
    let slate = engine.recommend(&query, &mut engine.new_scratch());
    let items: Vec<u32> = slate.items.iter().map(|shown| shown.item.get()).collect();
    // By orders: machine, descaler, frother, kettle and toaster, filters.
    assert_eq!(items, [0, 4, 2], "descaler and frother are in the first, and the toaster holds the kettle");
}
