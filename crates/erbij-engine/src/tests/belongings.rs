//! What belongs to an item and what may be bought instead, as the catalogue says it and as it is served.

use erbij_core::{Catalogue, RelationKind, Relations, RowOffsets};
use erbij_models::{Accessory, AccessoryColumns, AccessoryKind, CategoryComplements};

use super::*;

/// The small shop, whose catalogue says that filters are used up in the machine, that the frother makes it better, that
/// kettle and toaster are alike (so they say), and that the detector must not be offered with the toaster.
fn engine_with_relations(change: impl FnOnce(&mut CatalogueColumns)) -> Engine {
    let item = ItemIdx::new;
    let relations = Relations::from_triples(
        TITLES.len(),
        vec![
            (item(0), RelationKind::Consumable, item(2)),
            (item(0), RelationKind::Accessory, item(3)),
            (item(4), RelationKind::Similar, item(5)),
            (item(5), RelationKind::Incompatible, item(7)),
        ],
    );
    let models = model_set(change);
    let catalogue = models.catalogue.clone().with_relations(relations);
    Engine::new(ModelSet { catalogue, ..models })
}

pub(super) fn answer(engine: &Engine, query: Query<'_>) -> String {
    show(&engine.recommend(&query, &mut engine.new_scratch()), engine)
}

#[test]
fn what_the_catalogue_says_belongs_is_told_with_its_kind() {
    let engine = engine_with_relations(|_| {});
    let machine = [ItemIdx::new(0)];
    let query = Query { ranking: Ranking::Accessories, ..ask(Placement::ItemPage, Person::Nobody, &machine) };
    expect![[r#"
        filters: Nodig voor espresso machine (accessory)
        milk frother: Hoort bij espresso machine (accessory)
        left out: 0 excluded, 0 bought, 0 out of stock, 0 ineligible
    "#]]
    .assert_eq(&answer(&engine, query));
    // Asked for by itself it falls back on nothing, and says so.
    let detector = [ItemIdx::new(7)];
    let query =
        Query { ranking: Ranking::Accessories, ..ask(Placement::ItemPage, Person::Nobody, &detector) };
    assert!(answer(&engine, query).starts_with("[] nothing_eligible"));
}

/// What goes with one row of `n`, the first the most.
fn columns(n: usize, row: u32, others: &[u32], kind: AccessoryKind) -> AccessoryColumns {
    AccessoryColumns {
        rows: RowOffsets::from_lens((0..n).map(|at| if at == row as usize { others.len() } else { 0 })),
        items: others.to_vec().into(),
        scores: (1..=others.len()).map(|rank| 1.5 / rank as f32).collect(),
        kinds: vec![kind as u8; others.len()].into(),
        customers: vec![90; others.len()].into(),
        expected: vec![20.0; others.len()].into(),
        same_order_shares: vec![0.6; others.len()].into(),
        median_lag_days: vec![12.0; others.len()].into(),
        alternative_rows: RowOffsets::from_lens(vec![0; n]),
        alternatives: Vec::new().into(),
        alternative_scores: Vec::new().into(),
        alternative_kinds: Vec::new().into(),
    }
}

/// The category of one item goes with that of another, which is all that is known of them.
fn complements(catalogue: &Catalogue, from: u32, to: u32) -> CategoryComplements {
    let category = |item| catalogue.category(ItemIdx::new(item)).expect("it has one");
    let (from, to, n) = (category(from), category(to), catalogue.categories().len());
    let columns = columns(n, from.get(), &[to.get()], AccessoryKind::Consumable);
    CategoryComplements::new(columns, n).expect("one pair")
}

#[test]
fn where_little_is_known_of_an_item_its_category_speaks() {
    let models = model_set(|_| {});
    let (kettle, filters) = (ItemIdx::new(4), ItemIdx::new(2));
    let complements = complements(&models.catalogue, kettle.get(), filters.get());
    let engine = Engine::new(ModelSet { complements: Some(complements), ..models });
    let mut found = engine.complements_unsorted(kettle);
    found.sort_by_key(|found| std::cmp::Reverse(found.1));
    let category = engine.models().catalogue.category(filters).expect("it has one");
    let expected: Vec<ItemIdx> = engine.best_sellers_of(category).iter().copied().take(10).collect();
    assert_eq!(found.iter().map(|found| found.0).collect::<Vec<_>>(), expected);
    assert_eq!(found[0].1.get(), 1.5);
    assert!(engine.belongings_unsorted(kettle).is_empty(), "of the item itself nothing is known");
    let evidence = engine.complement(kettle, filters).expect("it is why");
    assert_eq!((evidence.category, evidence.customers), (category, 90));
    assert_eq!(engine.complement(filters, kettle), None);
    let anchors = [kettle];
    let query = Query { ranking: Ranking::Accessories, ..ask(Placement::ItemPage, Person::Nobody, &anchors) };
    assert!(answer(&engine, query).contains("Hoort bij kettle (accessory)"));
}

#[test]
fn what_is_known_of_an_item_stands_above_its_category() {
    let item = [ItemIdx::new(0)];
    let own = engine_with_relations(|_| {});
    let models = model_set(|_| {});
    let catalogue = models.catalogue.clone().with_relations(own.models().catalogue.relations().clone());
    let with = complements(&catalogue, 0, 5);
    let engine = Engine::new(ModelSet { complements: Some(with), catalogue, ..models });
    let query = || Query { ranking: Ranking::Accessories, ..ask(Placement::ItemPage, Person::Nobody, &item) };
    let (before, after) = (answer(&own, query()), answer(&engine, query()));
    let is_item = |line: &&str| line.contains("(accessory)");
    let (before, after): (Vec<&str>, Vec<&str>) =
        (before.lines().filter(is_item).collect(), after.lines().filter(is_item).collect());
    assert_eq!(after[..before.len()], before);
    assert!(before.len() < after.len(), "{after:?}");
    // In a basket affinity goes before: what it learned is of the items themselves.
    let basket = answer(&engine, ask(Placement::Basket, Person::Nobody, &item));
    assert!(
        basket.starts_with(&answer(&own, ask(Placement::Basket, Person::Nobody, &item))[..60]),
        "{basket}"
    );
}

#[test]
fn a_basket_begins_with_what_is_missing_from_it() {
    let engine = engine_with_relations(|_| {});
    let basket = [ItemIdx::new(0), ItemIdx::new(3)];
    expect![[r#"
        filters: Nodig voor espresso machine (accessory)
        descaler: Vaak samen gekocht met espresso machine (related)
        kettle: Veel gekozen door andere klanten (popularity)
        toaster: Veel gekozen door andere klanten (popularity)
        left out: 2 excluded, 0 bought, 0 out of stock, 0 ineligible
    "#]]
    .assert_eq(&answer(&engine, ask(Placement::Basket, Person::Nobody, &basket)));
}

/// What a basket of the machine holds places for: what the catalogue says belongs to it half of them at the top, what was only
/// found to belong to it the last quarter.
#[test]
fn what_belongs_to_a_basket_has_some_of_its_places() {
    let basket = [ItemIdx::new(0)];
    let sources = |declared: &[u32], mined: &[u32]| {
        let models = model_set(|_| {});
        let relation = |&item: &u32| (ItemIdx::new(0), RelationKind::Accessory, ItemIdx::new(item));
        let relations = Relations::from_triples(TITLES.len(), declared.iter().map(relation).collect());
        let columns = columns(TITLES.len(), 0, mined, AccessoryKind::Accessory);
        let accessory = Accessory::new(columns, TITLES.len(), 0.01).expect("valid");
        let catalogue = models.catalogue.clone().with_relations(relations);
        let engine = Engine::new(ModelSet { catalogue, accessory: Some(accessory), ..models });
        let slate =
            engine.recommend(&ask(Placement::Basket, Person::Nobody, &basket), &mut engine.new_scratch());
        let of = |shown: &SlateItem| format!("{} {}", shown.item.get(), shown.source.name());
        slate.items.iter().map(of).collect::<Vec<_>>()
    };
    assert_eq!(sources(&[], &[]), ["1 related", "3 related", "2 related", "4 popularity"]);
    assert_eq!(sources(&[], &[4, 5, 7]), ["1 related", "3 related", "2 related", "4 accessory"]);
    assert_eq!(sources(&[4, 5, 7], &[]), ["4 accessory", "5 accessory", "1 related", "3 related"]);
    assert_eq!(sources(&[2], &[4, 5]), ["2 accessory", "1 related", "3 related", "4 accessory"]);
}

#[test]
fn after_an_order_its_belongings_come_first_and_nothing_that_is_owned() {
    let engine = engine_with_relations(|_| {});
    // Customer 5 bought machine and descaler, and nothing since; he need not say what.
    let slate = answer(&engine, Query { n: 2, ..ask(Placement::AfterOrder, customer(5), &[]) });
    expect![[r#"
        filters: Nodig voor espresso machine (accessory)
        milk frother: Hoort bij espresso machine (accessory)
        left out: 0 excluded, 0 bought, 0 out of stock, 0 ineligible
    "#]]
    .assert_eq(&slate);
}

#[test]
fn of_what_is_sold_out_the_alternative_is_shown_first() {
    let engine = engine_with_relations(|columns| columns.availability = vec![0, 0, 0, 0, 1, 0, 1, 0].into());
    let kettle = [ItemIdx::new(4)];
    let page = answer(&engine, Query { n: 1, ..ask(Placement::ItemPage, Person::Nobody, &kettle) });
    assert!(page.starts_with("toaster: In plaats van kettle (alternative)"), "{page}");
    // While it can be had, what goes with it comes first.
    let engine = engine_with_relations(|_| {});
    let page = answer(&engine, Query { n: 1, ..ask(Placement::ItemPage, Person::Nobody, &kettle) });
    assert!(!page.contains("In plaats van"), "{page}");
    let query = Query { ranking: Ranking::Alternatives, ..ask(Placement::ItemPage, Person::Nobody, &kettle) };
    assert!(answer(&engine, query).starts_with("toaster: In plaats van kettle (alternative)"));
}

#[test]
fn what_must_not_be_offered_together_is_not() {
    let engine = engine_with_relations(|_| {});
    let toaster = [ItemIdx::new(5)];
    for placement in [Placement::ItemPage, Placement::Basket] {
        let slate = answer(&engine, Query { n: 8, ..ask(placement, Person::Nobody, &toaster) });
        assert!(!slate.contains("smoke detector"), "{slate}");
    }
}
