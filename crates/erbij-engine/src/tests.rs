//! One small shop, every placement, every way down the ladder.

use erbij_core::{
    AlreadyBought, Baskets, Catalogue, CatalogueColumns, Currency, CustomerIdx, Day, ItemIdx, Order,
    Placement, Silent, StrColumn, Timestamp, TrainingData, VariantColumns, Vocab,
};
use erbij_models::{AffinityParams, Blend, BlendFeatures, BlendPart, PersonalKind, PrivacyParams};
use erbij_recipe::{ModelSet, Recipe};
use erbij_train::fit;
use expect_test::{Expect, expect};

use super::*;

mod acts;
mod belongings;
mod blend;
mod bundles;
mod looks;
mod moments;
mod owned;
mod reasons;
mod rules;
mod sent_back;

const NOW: Timestamp = Day::new(100).start();
const TITLES: [&str; 8] = [
    "espresso machine",
    "descaler",
    "filters",
    "milk frother",
    "kettle",
    "toaster",
    "sold-out cup",
    "smoke detector",
];

fn catalogue(change: impl FnOnce(&mut CatalogueColumns)) -> Catalogue {
    let n_items = TITLES.len();
    let categories =
        ["Coffee", "Coffee", "Coffee", "Coffee", "Kitchen", "Kitchen", "Kitchen > Cups", "Kitchen > Alarms"];
    let ids: StrColumn = (0..n_items).map(|i| format!("i{i}")).collect();
    let mut columns = CatalogueColumns {
        title: TITLES.iter().collect(),
        link: ids.clone(),
        image_link: ids.clone(),
        brand: ids.clone(),
        category: categories.iter().collect(),
        availability: vec![0, 0, 0, 0, 0, 0, 1, 0].into(),
        ..CatalogueColumns::of_ids(ids)
    };
    change(&mut columns);
    Catalogue::new(columns, VariantColumns::default(), Currency::EUR).expect("valid")
}

/// Customers 0–5 buy a machine with descaler and frother, 6–9 kettle with toaster and the cup; customer 0
/// has filters too, customer 10 nothing at all.
fn orders() -> Vec<Order> {
    let order = |customer: u32, day: i32, items: &[u32]| Order {
        customer: Some(CustomerIdx::new(customer)),
        ordered_at: Day::new(day).start(),
        amount_minor: 0,
        lines: items.iter().map(|&item| (ItemIdx::new(item), 1.0)).collect(),
    };
    let mut orders: Vec<Order> =
        (0..5).map(|customer| order(customer, 90 + customer as i32, &[0, 1, 3])).collect();
    orders.extend([order(5, 95, &[0, 1]), order(0, 96, &[2]), order(1, 97, &[2])]);
    orders.extend((6..10).map(|customer| order(customer, 70, &[4, 5, 6])));
    orders
}

fn model_set(change: impl FnOnce(&mut CatalogueColumns)) -> ModelSet {
    model_set_asked_for(&Recipe::fast(), change)
}

/// A recipe for so small a shop: only two of its customers have filters.
fn of_small_shop(recipe: Recipe) -> Recipe {
    // Walks alone, whose slates can be worked out by hand, unless a test asks for others.
    let asks_for_others = recipe.personal != Recipe::default().personal;
    let personal = if asks_for_others { recipe.personal } else { Recipe::fast().personal };
    let privacy = PrivacyParams { min_customers: 2, ..recipe.privacy };
    Recipe { privacy, personal, ..recipe }
}

/// The shop's models with the placements of a recipe.
fn model_set_asked_for(recipe: &Recipe, change: impl FnOnce(&mut CatalogueColumns)) -> ModelSet {
    let baskets = Baskets::from_orders(11, TITLES.len(), orders()).expect("valid");
    let ids: StrColumn = (0..11).map(|i| format!("k{i}")).collect();
    let customers = Vocab::new(ids).expect("distinct");
    let affinity =
        AffinityParams { min_cooccurrence: 1, min_customers: 1, min_llr: 0.0, ..AffinityParams::default() };
    let recipe = of_small_shop(Recipe { affinity, ..recipe.clone() }).check().expect("in range");
    fit(&recipe, TrainingData::of_orders(baskets, customers, catalogue(change)), &Silent)
        .expect("has purchases")
}

fn ask<'a>(placement: Placement, person: Person<'a>, anchors: &'a [ItemIdx]) -> Query<'a> {
    Query { anchors, n: 4, ..Query::new(placement, person, NOW) }
}

fn show(slate: &Slate, engine: &Engine) -> String {
    let catalogue = &engine.models().catalogue;
    let mut text = String::new();
    for item in &slate.items {
        let sentence = item.reason.sentence(catalogue, Language::Dutch);
        text += &format!("{}: {} ({})\n", catalogue.title(item.item), sentence, item.source.name());
    }
    if let Some(because) = slate.empty_because {
        text += &format!("[] {}\n", because.name());
    }
    let LeftOut { excluded, owned, already_bought, hidden, filtered, out_of_stock, ineligible } =
        slate.left_out;
    let more: String = [(owned, "owned"), (hidden, "hidden"), (filtered, "filtered")]
        .iter()
        .filter(|(count, _)| *count != 0)
        .map(|(count, why)| format!(", {count} {why}"))
        .collect();
    text + &format!(
        "left out: {excluded} excluded, {already_bought} bought, {out_of_stock} out of stock, {ineligible} ineligible{more}\n"
    )
}

#[expect(clippy::needless_pass_by_value, reason = "an expectation is written where it is used")]
fn check(query: Query<'_>, expected: Expect) {
    let engine = Engine::new(model_set(|_| {}));
    let mut scratch = engine.new_scratch();
    let slate = engine.recommend(&query, &mut scratch);
    expected.assert_eq(&show(&slate, &engine));
    // A scratch comes back as it was: asked again, it answers the same.
    assert_eq!(engine.recommend(&query, &mut scratch), slate);
}

fn customer(number: u32) -> Person<'static> {
    Person::replayed(CustomerIdx::new(number))
}

#[test]
fn an_item_page_shows_what_goes_with_the_item() {
    check(
        ask(Placement::ItemPage, Person::Nobody, &[ItemIdx::new(0)]),
        expect![[r#"
            descaler: Vaak samen gekocht met espresso machine (related)
            milk frother: Vaak samen gekocht met espresso machine (related)
            filters: Wie espresso machine kocht, kocht ook dit (related)
            kettle: Veel gekozen door andere klanten (popularity)
            left out: 1 excluded, 0 bought, 0 out of stock, 0 ineligible
        "#]],
    );
}

#[test]
fn a_basket_is_completed_and_what_is_sold_out_stays_out() {
    check(
        ask(Placement::Basket, Person::Nobody, &[ItemIdx::new(4), ItemIdx::new(5)]),
        expect![[r#"
            espresso machine: Veel gekozen door andere klanten (popularity)
            descaler: Veel gekozen door andere klanten (popularity)
            milk frother: Veel gekozen door andere klanten (popularity)
            filters: Veel gekozen door andere klanten (popularity)
            left out: 2 excluded, 0 bought, 1 out of stock, 0 ineligible
        "#]],
    );
}

#[test]
fn a_home_page_is_personal_and_shows_nothing_bought_before() {
    check(
        ask(Placement::Home, customer(5), &[]),
        expect![[r#"
            milk frother: Omdat u op 6 april 1970 espresso machine kocht (personal)
            filters: Omdat u op 6 april 1970 espresso machine kocht (personal)
            kettle: Veel gekozen door andere klanten (popularity)
            toaster: Veel gekozen door andere klanten (popularity)
            left out: 0 excluded, 2 bought, 0 out of stock, 0 ineligible
        "#]],
    );
}

#[test]
fn an_unknown_customer_sees_what_sells() {
    check(
        ask(Placement::Home, Person::Nobody, &[]),
        expect![[r#"
            espresso machine: Veel gekozen door andere klanten (popularity)
            descaler: Veel gekozen door andere klanten (popularity)
            milk frother: Veel gekozen in Coffee (popularity)
            kettle: Veel gekozen in Kitchen (popularity)
            left out: 0 excluded, 0 bought, 0 out of stock, 0 ineligible
        "#]],
    );
}

#[test]
fn a_known_customer_without_purchases_sees_what_sells() {
    check(
        ask(Placement::Newsletter, customer(10), &[]),
        expect![[r#"
            espresso machine: Veel gekozen door andere klanten (popularity)
            descaler: Veel gekozen door andere klanten (popularity)
            milk frother: Veel gekozen in Coffee (popularity)
            kettle: Veel gekozen in Kitchen (popularity)
            left out: 0 excluded, 0 bought, 0 out of stock, 0 ineligible
        "#]],
    );
}

#[test]
fn an_item_nobody_bought_falls_back_to_the_category_above_it_then_to_all() {
    check(
        ask(Placement::ItemPage, Person::Nobody, &[ItemIdx::new(7)]),
        expect![[r#"
            kettle: Veel gekozen in Kitchen (category_popularity)
            toaster: Veel gekozen in Kitchen (category_popularity)
            espresso machine: Veel gekozen door andere klanten (popularity)
            descaler: Veel gekozen door andere klanten (popularity)
            left out: 0 excluded, 0 bought, 1 out of stock, 0 ineligible
        "#]],
    );
}

#[test]
fn what_is_excluded_or_not_wanted_stays_out() {
    let exclude = [1, 3, 2].map(ItemIdx::new);
    check(
        Query { exclude: &exclude, ..ask(Placement::ItemPage, Person::Nobody, &[ItemIdx::new(0)]) },
        expect![[r#"
            kettle: Veel gekozen door andere klanten (popularity)
            toaster: Veel gekozen door andere klanten (popularity)
            smoke detector: Uit ons assortiment (range)
            left out: 4 excluded, 0 bought, 1 out of stock, 0 ineligible
        "#]],
    );
    check(
        Query { n: 0, ..ask(Placement::Home, customer(5), &[]) },
        expect![[r#"
        [] none_asked
        left out: 0 excluded, 0 bought, 0 out of stock, 0 ineligible
    "#]],
    );
}

#[test]
fn a_slate_is_never_longer_and_never_repeats_and_never_shows_what_it_must_not() {
    let engine = Engine::new(model_set(|_| {}));
    let mut scratch = engine.new_scratch();
    for placement in Placement::ALL {
        for (who, anchor) in
            [Person::Nobody, customer(0), customer(7)].into_iter().flat_map(|w| (0..8).map(move |a| (w, a)))
        {
            let anchors = [ItemIdx::new(anchor), ItemIdx::new(anchor)];
            for n in 0..10 {
                let slate = engine.recommend(&Query { n, ..ask(placement, who, &anchors) }, &mut scratch);
                let mut items: Vec<ItemIdx> = slate.items.iter().map(|item| item.item).collect();
                assert!(items.len() <= n);
                assert!(!items.contains(&anchors[0]) && !items.contains(&ItemIdx::new(6)), "{items:?}");
                items.sort();
                items.dedup();
                assert_eq!(items.len(), slate.items.len(), "an item stands twice");
            }
        }
    }
}

#[test]
fn the_season_moves_with_the_question() {
    // The frother is for sale from day 100 on, the descaler until day 101.
    let engine = Engine::new(model_set(|columns| {
        columns.available_at = [i64::MIN; 3].into_iter().chain([NOW.micros()]).chain([i64::MIN; 4]).collect();
        columns.expires_at = [i64::MAX, NOW.plus_days(1).micros()].into_iter().chain([i64::MAX; 6]).collect();
    }));
    let mut scratch = engine.new_scratch();
    let anchors = [ItemIdx::new(0)];
    for (day, has_frother, has_descaler) in
        [(99, false, true), (100, true, true), (101, true, false), (99, false, true)]
    {
        let query =
            Query { now: Day::new(day).start(), ..ask(Placement::ItemPage, Person::Nobody, &anchors) };
        let slate = engine.recommend(&query, &mut scratch);
        let shows = |item| slate.items.iter().any(|shown| shown.item == ItemIdx::new(item));
        assert_eq!((shows(3), shows(1)), (has_frother, has_descaler), "day {day}");
    }
}

#[test]
fn explained_contributions_add_up_to_the_score() {
    let engine = Engine::new(model_set(|_| {}));
    let anchors = [0, 1].map(ItemIdx::new);
    let query = Query { explain: true, ..ask(Placement::Basket, Person::Nobody, &anchors) };
    let slate = engine.recommend(&query, &mut engine.new_scratch());
    let first = &slate.items[0];
    let sum: f32 = first.contributions.iter().map(|(_, score)| score.get()).sum();
    assert!((sum - first.score.get()).abs() < 1e-5, "{first:?}");
    assert_eq!(first.reason.source_item(), Some(first.contributions[0].0));
}

#[test]
fn reasons_are_said_in_both_languages() {
    let catalogue = catalogue(|_| {});
    let machine = ItemIdx::new(0);
    let category = catalogue.category(machine).expect("has one");
    let reasons = [
        Reason::BoughtTogether { with: machine },
        Reason::AlsoBought { with: machine },
        Reason::BecauseYouBought { item: machine, on: Day::from_civil(2017, 3, 3).expect("a date") },
        Reason::PopularInCategory { category },
        Reason::Popular,
    ];
    let said: String = reasons
        .iter()
        .flat_map(|reason| {
            [Language::Dutch, Language::English]
                .map(|l| format!("{}: {}\n", reason.code(), reason.sentence(&catalogue, l)))
        })
        .collect();
    expect![[r#"
        bought_together: Vaak samen gekocht met espresso machine
        bought_together: Often bought together with espresso machine
        also_bought: Wie espresso machine kocht, kocht ook dit
        also_bought: Customers who bought espresso machine also bought this
        because_you_bought: Omdat u op 3 maart 2017 espresso machine kocht
        because_you_bought: Because you bought espresso machine on 3 March 2017
        popular_in_category: Veel gekozen in Coffee
        popular_in_category: Popular in Coffee
        popular: Veel gekozen door andere klanten
        popular: Popular with other customers
    "#]]
    .assert_eq(&said);
}

/// The items of a basket's slate where the placement asks for `params`.
fn basket_slate(params: &str, query: &Query<'_>) -> Vec<&'static str> {
    let recipe = Recipe::parse(&format!("[placements.basket]\n{params}")).expect("valid");
    let engine = Engine::new(model_set_asked_for(&recipe, |_| {}));
    let slate = engine.recommend(query, &mut engine.new_scratch());
    slate.items.iter().map(|item| TITLES[item.item.index()]).collect()
}

#[test]
fn a_basket_may_ask_for_unlike_items() {
    let anchors = [0, 4].map(ItemIdx::new);
    let query = Query { n: 2, ..ask(Placement::Basket, Person::Nobody, &anchors) };
    let slate = |params| basket_slate(params, &query);
    assert_eq!(slate(""), ["descaler", "milk frother"]);
    assert_eq!(slate("diversity = 'mmr'\ndiversity_strength = 0.9"), ["descaler", "toaster"]);
    assert_eq!(slate("diversity = 'mmr'\ndiversity_strength = 0.0"), ["descaler", "milk frother"]);
    let only_two = "diversity = 'mmr'\ndiversity_strength = 0.9\ncandidates = 1";
    assert_eq!(slate(only_two), ["descaler", "milk frother"]);
}

#[test]
fn a_basket_may_ask_for_what_the_customer_buys() {
    // Customer 5 buys coffee, customer 6 what belongs in the kitchen; nothing is known of 10 and of nobody.
    let anchors = [0, 4].map(ItemIdx::new);
    let calibrated =
        "already_bought = 'keep'\ndiversity = 'calibrated'\ndiversity_strength = 0.9\ncandidates = 10";
    for (who, expected) in [
        (customer(5), ["descaler", "milk frother"]),
        (customer(6), ["toaster", "descaler"]),
        (customer(10), ["descaler", "milk frother"]),
        (Person::Nobody, ["descaler", "milk frother"]),
    ] {
        let query = Query { n: 2, ..ask(Placement::Basket, who, &anchors) };
        assert_eq!(basket_slate(calibrated, &query), expected, "{who:?}");
    }
}

#[test]
fn what_is_too_weak_is_left_to_the_next_source() {
    let anchors = [0, 4].map(ItemIdx::new);
    let query = Query { n: 3, ..ask(Placement::Basket, Person::Nobody, &anchors) };
    let engine = |params: &str| {
        let recipe = Recipe::parse(&format!("[placements.basket]\n{params}")).expect("valid");
        Engine::new(model_set_asked_for(&recipe, |_| {}))
    };
    let n_by_ranking = |params: &str| {
        let engine = engine(params);
        let slate = engine.recommend(&query, &mut engine.new_scratch());
        assert_eq!(slate.items.len(), 3, "the ladder fills up");
        slate.items.iter().filter(|item| item.source == CandidateSource::Related).count()
    };
    assert_eq!(n_by_ranking(""), 3);
    assert_eq!(n_by_ranking("min_relevance = 1.0"), 1);
}

#[test]
fn a_rotated_slate_is_the_same_all_day_and_not_every_day() {
    let anchors = [0, 4].map(ItemIdx::new);
    let recipe = Recipe::parse("[placements.basket]\nrotation_temperature = 100").expect("valid");
    let engine = Engine::new(model_set_asked_for(&recipe, |_| {}));
    let mut scratch = engine.new_scratch();
    let mut slate = |who, now| {
        let query = Query { n: 2, now, ..ask(Placement::Basket, who, &anchors) };
        engine.recommend(&query, &mut scratch).items
    };
    let mut of_days = |who, hour: i64| -> Vec<Vec<SlateItem>> {
        let instant = |day| Timestamp::from_micros(Day::new(day).start().micros() + hour * 3_600_000_000);
        (100..120).map(|day| slate(who, instant(day))).collect()
    };
    let of_nobody = of_days(Person::Nobody, 0);
    assert!(of_nobody.iter().any(|other| *other != of_nobody[0]), "the same every day");
    assert_eq!(of_days(Person::Nobody, 23), of_nobody, "another in the evening");
    assert_ne!(of_days(customer(10), 0), of_nobody, "the same for everybody");
}

#[test]
fn another_seed_rotates_otherwise_on_the_same_days() {
    let anchors = [0, 4].map(ItemIdx::new);
    let of_days = |seed: u32| -> Vec<Vec<ItemIdx>> {
        let placement = format!("[placements.basket]\nrotation_temperature = 100\nrotation_seed = {seed}");
        let recipe = Recipe::parse(&placement).expect("valid");
        let engine = Engine::new(model_set_asked_for(&recipe, |_| {}));
        let slate = |day| {
            let now = Day::new(day).start();
            let query = Query { n: 2, now, ..ask(Placement::Basket, Person::Nobody, &anchors) };
            let slate = engine.recommend(&query, &mut engine.new_scratch());
            slate.items.into_iter().map(|item| item.item).collect()
        };
        (100..120).map(slate).collect()
    };
    assert_eq!(of_days(1), of_days(1));
    assert_ne!(of_days(1), of_days(2));
}
