//! Blending: whom it believes, and what it knows of a candidate.

use super::*;

/// An engine whose blend gives these features these weights, whatever is done with what was bought before.
fn blending(weights: &[(&str, f32)]) -> Engine {
    let mut models = model_set(|_| {});
    let features = BlendFeatures::new(&models.recipe.personal().models);
    let weight = |name: &String| weights.iter().find(|(of, _)| of == name).map_or(0.0, |&(_, weight)| weight);
    let weights: Vec<f32> = features.names().iter().map(weight).collect();
    models.blend = Some(Blend::new(features, weights.clone(), weights).expect("finite"));
    Engine::new(models)
}

#[test]
fn a_blend_that_believes_one_model_is_that_model() {
    let blended = blending(&[("rp3beta.score", 1.0)]);
    let alone = Engine::new(model_set(|_| {}));
    let only = Ranking::Only(BlendPart::Personal(PersonalKind::Rp3beta));
    for number in 0..11 {
        let query = Query { n: 3, ..ask(Placement::Home, customer(number), &[]) };
        let found = blended.recommend(&query, &mut blended.new_scratch()).items;
        let expected = alone.recommend(&Query { ranking: only, ..query }, &mut alone.new_scratch()).items;
        for (found, expected) in found.iter().zip(&expected) {
            assert_eq!((found.item, found.reason), (expected.item, expected.reason), "customer {number}");
            assert_eq!(found.source, CandidateSource::Blend);
        }
    }
}

#[test]
fn a_blend_that_believes_in_habit_shows_what_was_bought_and_says_so() {
    let engine = blending(&[("bought.orders", 1.0)]);
    for number in 0..11 {
        let query = Query {
            n: 1,
            already_bought: Some(AlreadyBought::Keep),
            ..ask(Placement::Home, customer(number), &[])
        };
        let customer = query.person.customer().expect("asked for a customer");
        let purchases = engine.models().histories.purchases(customer);
        let Some(most) =
            purchases.max_by_key(|purchase| (purchase.n_orders, std::cmp::Reverse(purchase.item)))
        else {
            continue;
        };
        let slate = engine.recommend(&query, &mut engine.new_scratch());
        // What cannot be ordered is not shown, however often it was bought.
        if engine.models().catalogue.eligibility(most.item, NOW).is_ok() {
            assert_eq!(slate.items[0].item, most.item, "customer {number}");
            assert_eq!(slate.items[0].reason, Reason::BoughtBefore { on: most.last_bought_on });
        }
        let without = Query { already_bought: Some(AlreadyBought::Exclude), n: 10, ..query };
        let slate = engine.recommend(&without, &mut engine.new_scratch());
        assert!(slate.items.iter().all(|item| engine.models().histories.find(customer, item.item).is_none()));
    }
}

/// The table of a customer's candidates, by name of feature.
fn table(engine: &Engine, number: u32) -> Vec<(ItemIdx, Vec<(String, f32)>)> {
    let features = BlendFeatures::new(&engine.models().recipe.personal().models);
    let query = ask(Placement::Home, customer(number), &[]);
    let [candidates] =
        engine.blend_candidates(&query, [AlreadyBought::Keep], &features, 10, &mut engine.new_scratch());
    let named = |row: &[f32]| features.names().into_iter().zip(row.iter().copied()).collect();
    candidates.rows().map(|(item, row)| (item, named(row))).collect()
}

#[test]
fn asked_at_once_both_tables_are_those_asked_for_alone() {
    let recipe = Recipe::parse("[personal]\nmodels = ['local_ease', 'rp3beta', 'ials']").expect("valid");
    let engine = Engine::new(model_set_asked_for(&recipe, |_| {}));
    let features = BlendFeatures::new(&engine.models().recipe.personal().models);
    let mut scratch = engine.new_scratch();
    let ways = [AlreadyBought::Exclude, AlreadyBought::Keep];
    let mut n_differ = 0;
    for number in 0..10 {
        let query = ask(Placement::Home, customer(number), &[]);
        let both = engine.blend_candidates(&query, ways, &features, 10, &mut scratch);
        let alone = ways.map(|way| {
            let [table] = engine.blend_candidates(&query, [way], &features, 10, &mut engine.new_scratch());
            table
        });
        assert_eq!(both, alone, "customer {number}");
        n_differ += u32::from(both[0] != both[1]);
    }
    assert!(0 < n_differ);
}

#[test]
fn beside_weights_of_items_factors_bring_up_nothing_and_think_of_everything() {
    let of = |kinds: &str| {
        let recipe = Recipe::parse(&format!("[personal]\nmodels = [{kinds}]")).expect("valid");
        Engine::new(model_set_asked_for(&recipe, |_| {}))
    };
    let items = |table: &[(ItemIdx, _)]| table.iter().map(|&(item, _)| item).collect::<Vec<_>>();
    let value =
        |row: &[(String, f32)], of: &str| row.iter().find(|(name, _)| name == of).expect("a feature").1;
    let (walks, both, factors) =
        (of("'rp3beta', 'local_ease'"), of("'rp3beta', 'local_ease', 'ials'"), of("'ials'"));
    let mut n_scored = 0;
    for number in 0..10 {
        let with = table(&both, number);
        assert_eq!(items(&table(&walks, number)), items(&with), "customer {number}");
        let scores: Vec<f32> = with.iter().map(|(_, row)| value(row, "ials.score")).collect();
        n_scored += scores.iter().filter(|&&score| 0.0 < score).count();
        assert_eq!(
            scores.iter().copied().fold(0.0, f32::max),
            1.0,
            "the best of the candidates is the measure"
        );
        let best = scores.iter().position(|&score| score == 1.0).expect("one");
        assert_eq!(value(&with[best].1, "ials.rank"), 1.0);
        // Alone they bring up what they think of.
        let alone = table(&factors, number);
        assert!(alone.iter().any(|(_, row)| 0.0 < value(row, "ials.rank")), "customer {number}");
    }
    assert!(30 < n_scored, "{n_scored}");
}

#[test]
fn of_an_item_is_known_how_many_buy_it_and_whether_it_is_new() {
    let engine = Engine::new(model_set(|_| {}));
    let models = engine.models();
    for (item, row) in table(&engine, 0) {
        let value = |of: &str| row.iter().find(|(name, _)| name == of).expect("a feature").1;
        let n_people = models.popularity.n_people(item);
        assert!(models.floor.of_item(item) <= n_people, "all that is a candidate here is told of");
        let n_ever = models.popularity.n_people_ever(item);
        assert_eq!(value("item.people"), (1.0 + n_people as f32).ln());
        assert_eq!(value("item.fresh"), n_people as f32 / (1.0 + n_ever as f32));
        assert_eq!(value("item.trend"), models.popularity.trend(item));
    }
}
