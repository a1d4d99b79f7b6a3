//! Hand-worked values, a fit that looks at every pair of baskets, and the rules of columns.

use std::collections::BTreeMap;

use erbij_core::{
    Baskets, CategoryIdx, CustomerIdx, Day, ItemIdx, ModelError, NeighbourOrder, Neighbours, Order,
    RowOffsets, ScoreBoard, Silent, Timestamp,
};
use proptest::collection::vec;
use proptest::prelude::*;

use super::fit::MAX_CUSTOMER_LINES;
use super::foretold::{By, FEW_BASKETS, foretell};
use super::later::LaterBaskets;
use super::model::{bought_strength, faded};
use super::*;

/// Customer (none for a guest), day, lines.
type Bought = (Option<u32>, i32, Vec<(u32, f32)>);

fn lay_out(n_customers: usize, n_items: usize, bought: &[Bought]) -> Baskets {
    let order = |(customer, day, lines): &Bought| Order {
        customer: customer.map(CustomerIdx::new),
        ordered_at: day_at(*day),
        amount_minor: 0,
        lines: lines.iter().map(|&(item, quantity)| (ItemIdx::new(item), quantity)).collect(),
    };
    Baskets::from_orders(n_customers, n_items, bought.iter().map(order).collect()).expect("valid orders")
}

fn day_at(day: i32) -> Timestamp {
    Day::new(day).start()
}

fn params(half_lives_days: &[f64]) -> RepeatParams {
    RepeatParams {
        half_lives_days: half_lives_days.to_vec(),
        min_repeats: 1,
        rate_strength: 1.0,
        follows_half_life_days: 10.0,
        popularity_half_life_days: 10.0,
        source_exponent: 1.0,
        target_exponent: 0.0,
        w_own: 1.0,
        w_follows: 1.0,
        w_popular: 1.0,
        ..RepeatParams::default()
    }
}

fn fit(params: &RepeatParams, baskets: &Baskets, as_of: i32) -> Repeat {
    let categories = vec![None; baskets.n_items()];
    fit_repeat(&params.check().expect("in range"), baskets, &categories, day_at(as_of), &Silent)
}

#[track_caller]
fn near(found: f64, expected: f64) {
    assert!((found - expected).abs() <= 1e-6 * expected.abs().max(1.0), "{found}, expected {expected}");
}

/// Half-life 10 days, one customer: {0} on day 0, {1} on day 10, {0, 1} on day 20; known until day 30.
///
/// Strengths before day 10: s0 = 1/2; before day 20: s0 = 1/4, s1 = 1/2. Recency of day 10 is 1/4, of day 20
/// 1/2, together 3/4.
fn small() -> Baskets {
    lay_out(
        1,
        3,
        &[
            (Some(0), 0, vec![(0, 1.0)]),
            (Some(0), 10, vec![(1, 1.0)]),
            (Some(0), 20, vec![(0, 1.0), (1, 1.0)]),
            (Some(0), 30, vec![(2, 1.0)]),
        ],
    )
}

#[test]
fn a_small_fit_is_the_hand_worked_one() {
    let model = fit(&params(&[10.0]), &small(), 30);
    // Σ y·s: 1/4 of item 0, 1/2 of item 1. Σ s²: 1/4 + 1/16 and 1/4. Of all: 3/4 and 9/16, mixed with none of
    // strength 1: 12/25.
    let all = 12.0 / 25.0;
    let rates = model.columns().rates.to_vec();
    near(f64::from(rates[0]), (0.25 + all) / (0.3125 + 1.0));
    near(f64::from(rates[1]), (0.5 + all) / (0.25 + 1.0));
    near(f64::from(rates[2]), all);
    // Before day 20 |s| = √5/4. From 0: to 1 on both days, C_01 = C_0. From 1: to 0 on day 20 alone.
    let row = |item| model.columns().follows.row(ItemIdx::new(item));
    assert_eq!((row(0).0, row(1).0, row(2).0), (&[1][..], &[0][..], &[][..]));
    near(f64::from(row(0).1[0]), 1.0);
    near(f64::from(row(1).1[0]), 1.0);
    // Recency 1/8 + 1/4 + 1/2 = 7/8: item 0 has 5/8 of it, item 1 3/4.
    let popularity: Vec<f64> = model.columns().popularity.iter().map(|&p| f64::from(p)).collect();
    near(popularity[0], 5.0 / 7.0);
    near(popularity[1], 6.0 / 7.0);
    assert_eq!(popularity[2], 0.0);
}

/// A till: one account with an order for whoever comes. What follows what is learned from its newest lines alone, as if
/// there had been no others; rates are of all it bought.
#[test]
fn of_a_till_what_follows_is_learned_from_its_newest_lines() {
    let n_old = 3 * MAX_CUSTOMER_LINES as i32;
    let line = |n: i32| (Some(0), n / 50, vec![((n * n % 31) as u32, 1.0), (31 + (n % 3) as u32, 2.0)]);
    let newest = MAX_CUSTOMER_LINES as i32 / 2;
    let of_orders = |from: i32| {
        let orders: Vec<Bought> = (from..n_old).map(line).collect();
        lay_out(1, 34, &orders)
    };
    let as_of = n_old / 50 + 1;
    let params = params(&[5.0, 40.0]);
    let (whole, short) =
        (fit(&params, &of_orders(0), as_of), fit(&params, &of_orders(n_old - newest), as_of));
    assert_eq!(whole.columns().half_lives_days, short.columns().half_lives_days);
    assert_eq!(whole.columns().follows, short.columns().follows);
    assert_ne!(whole.columns().rates, short.columns().rates);
    let baskets = of_orders(0);
    let later = LaterBaskets::new(&baskets, day_at(as_of), MAX_CUSTOMER_LINES);
    assert_eq!(later.n_cut(), 1);
    let mut n_steps = 0;
    (0..34).for_each(|item| later.for_each(ItemIdx::new(item), 1000.0, |_| n_steps += 1));
    // Each of the lines seen is looked at from each item there is, at most.
    assert!(n_steps <= 34 * newest as usize, "{n_steps}");
}

/// Accounts of ever more orders of a few things each: what is foretold takes as many steps a line, but for a logarithm.
#[test]
fn steps_a_line_do_not_grow_with_the_orders_of_an_account() {
    let half_lives = [7.0, 28.0, 112.0];
    let steps_a_line = |n_customers: u32, n_orders: i32| {
        let item = |customer: u32, order: i32, nth: i32| ((order * (7 + 3 * nth)) as u32 + customer) % 97;
        let order = |customer: u32, order: i32| {
            (Some(customer), order, (0..5).map(|nth| (item(customer, order, nth), 1.0)).collect())
        };
        let bought: Vec<Bought> =
            (0..n_customers).flat_map(|customer| (0..n_orders).map(move |at| order(customer, at))).collect();
        let baskets = lay_out(n_customers as usize, 97, &bought);
        let later = LaterBaskets::new(&baskets, day_at(n_orders), MAX_CUSTOMER_LINES);
        let foretelling = foretell(&later, &half_lives, By::All, |_| true, &Silent);
        foretelling.n_steps as f64 / baskets.n_lines() as f64
    };
    // Alone, since threads that share out items each look at the orders.
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().expect("a thread");
    pool.install(|| {
        let few = steps_a_line(20, 50);
        assert!(few <= FEW_BASKETS as f64 * half_lives.len() as f64, "{few}");
        assert!(steps_a_line(80, 50) <= 1.01 * few);
        // Sixteen times the orders: four more questions by halves, each at most once an order and half-life.
        assert!(steps_a_line(20, 800) <= few + 4.0 * half_lives.len() as f64);
    });
}

/// Sums are added up item by item in the order of customers, whoever adds them.
#[test]
fn threads_do_not_matter_to_what_is_foretold() {
    let line = |n: u32| (n * n + n / 7) % 23;
    let bought: Vec<Bought> =
        (0..900).map(|n| (Some(n % 9), (n / 9) as i32, vec![(line(n), 1.0), (line(n + 1), 2.5)])).collect();
    let baskets = lay_out(9, 24, &bought);
    let later = LaterBaskets::new(&baskets, day_at(99), MAX_CUSTOMER_LINES);
    let on = |n_threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(n_threads).build().expect("threads");
        pool.install(|| foretell(&later, &[3.0, 30.0], By::All, |_| true, &Silent).sums)
    };
    let alone = on(1);
    assert_eq!(alone.len(), 48);
    assert!([2, 3, 16, 64].into_iter().all(|n_threads| on(n_threads) == alone));
}

/// An order beyond all bounds is no lesson, and neither is what came before it.
#[test]
fn an_order_of_more_lines_than_a_year_holds_is_followed_by_nothing() {
    let n_items = MAX_CUSTOMER_LINES as u32 + 1;
    let everything = (0..n_items).map(|item| (item, 1.0)).collect();
    let orders = [(Some(0), 0, vec![(0, 1.0)]), (Some(0), 1, everything), (Some(0), 2, vec![(1, 1.0)])];
    let model = fit(&params(&[10.0]), &lay_out(1, n_items as usize, &orders), 30);
    assert_eq!(model.columns().follows.n_values(), 0);
    assert!(0.0 < model.columns().rates[1]);
}

#[test]
fn exponents_weigh_sources_and_targets_down() {
    let with = |source_exponent, target_exponent| {
        let params = RepeatParams { source_exponent, target_exponent, ..params(&[10.0]) };
        let model = fit(&params, &small(), 30);
        f64::from(model.columns().follows.row(ItemIdx::new(1)).1[0])
    };
    // C_10 = C_1 = 1/2 · (1/2)/(√5/4) = 1/√5, a share of 4/(3√5); T_0 = 1/2, a share of 2/3.
    let share = 4.0 / (3.0 * 5.0_f64.sqrt());
    near(with(0.0, 0.0), share);
    near(with(0.5, 0.0), share.sqrt());
    near(with(0.0, 1.0), share / (2.0 / 3.0));
    near(with(1.0, 1.0), 1.5);
}

#[test]
fn strengths_fade_and_quantities_count_by_their_logarithm() {
    let model = fit(&params(&[10.0]), &small(), 30);
    let bought = |item, quantity, day| DatedPurchase { item: ItemIdx::new(item), quantity, at: day_at(day) };
    let e = std::f32::consts::E;
    let past = [bought(2, e, 30), bought(0, 1.0, 10), bought(0, 1.0, 0), bought(1, 0.3, 99)];
    let strengths = model.strengths(&past, day_at(20));
    let found: Vec<(u32, f32)> = strengths.iter().map(|s| (s.item.get(), s.strength)).collect();
    // What lies after now is as bought now; less than one counts as one.
    assert_eq!(found[..2], [(0, 0.75), (1, 1.0)]);
    near(f64::from(found[2].1), 2.0);
    assert_eq!(model.carried(0.75, ItemIdx::new(0), 20.0), 0.1875);
    assert_eq!(model.carried(0.75, ItemIdx::new(0), -1.0), 0.75);
    assert!(model.strengths(&[], day_at(20)).is_empty());
    let few = RepeatParams { items_per_customer: 1, ..params(&[10.0]) };
    let strongest = fit(&few, &small(), 30).strengths(&past, day_at(20));
    assert_eq!(strongest, strengths[2..]);
}

#[test]
fn the_parts_of_a_score_add_up_to_it() {
    let model = fit(&params(&[10.0]), &small(), 30);
    let strengths =
        [(0, 0.75_f32), (1, 1.0)].map(|(item, strength)| ItemStrength { item: ItemIdx::new(item), strength });
    let mut board = ScoreBoard::new(3);
    model.score(&strengths, &mut board);
    for item in (0..3).map(ItemIdx::new) {
        near(board.get(item), model.parts(&strengths, item).sum());
    }
    // |s| = 5/4: what follows item 1 counts by 4/5.
    let parts = model.parts(&strengths, ItemIdx::new(0));
    near(parts.follows, 0.8);
    near(parts.popular, 5.0 / 7.0);
    near(parts.own, 0.75 * f64::from(model.columns().rates[0]));
    board.clear();
    model.score(&[], &mut board);
    let popular: Vec<u32> = {
        let mut items: Vec<u32> = board.take_unsorted().map(|(item, _)| item.get()).collect();
        items.sort_unstable();
        items
    };
    assert_eq!(popular, [0, 1]);
}

#[test]
fn each_category_takes_the_half_life_that_foretells_best() {
    // Item 0 comes back the next day or never: only what was just bought counts. Item 1 comes back whenever.
    let mut bought = Vec::new();
    for customer in 0..40_u32 {
        for day in 0..30 {
            let mut lines = vec![(2, 1.0)];
            if matches!((day + customer as i32) % 15, 0 | 1) {
                lines.push((0, 1.0));
            }
            if (day * 7 + customer as i32 * 3) % 11 < 2 && customer % 2 == 0 {
                lines.push((1, 1.0));
            }
            bought.push((Some(customer), day, lines));
        }
    }
    let baskets = lay_out(40, 4, &bought);
    let categories = [Some(0), Some(1), Some(2), Some(3)].map(|c| c.map(CategoryIdx::new));
    let half_lives = |min_repeats| {
        let params = RepeatParams { min_repeats, ..params(&[1.0, 8.0, 64.0]) };
        let params = params.check().expect("in range");
        fit_repeat(&params, &baskets, &categories, day_at(30), &Silent).columns().half_lives_days.to_vec()
    };
    let chosen = half_lives(1);
    assert_eq!((chosen[0], chosen[1]), (1.0, 64.0));
    // A category without a repeat takes what is best of all, and so do all where they are thin.
    let by_default = chosen[3];
    assert_eq!(half_lives(1_000_000), [by_default; 4]);
}

#[test]
fn nothing_bought_and_guests_alone_are_models_too() {
    let baskets = lay_out(2, 2, &[]);
    let model = fit(&params(&[1.0, 2.0]), &baskets, 10);
    assert_eq!(model.columns().rates.to_vec(), [0.0; 2]);
    assert_eq!(model.histories(&baskets, day_at(10)).n_customers(), 2);
    let guests = lay_out(0, 2, &[(None, 0, vec![(1, 1.0)]), (None, 5, vec![(0, 1.0), (1, 1.0)])]);
    let model = fit(&params(&[1.0]), &guests, 10);
    assert_eq!(model.columns().follows.n_values(), 0);
    assert_eq!(model.columns().popularity[1], 1.0);
    let one = RepeatParams { popular_items: 1, ..params(&[1.0]) };
    assert_eq!(fit(&one, &guests, 10).columns().popularity.to_vec(), [0.0, 1.0]);
}

#[test]
fn columns_and_histories_come_back_equal_and_rules_are_kept() {
    let checked = params(&[10.0]).check().expect("in range");
    let model = fit(&params(&[10.0]), &small(), 30);
    assert_eq!(Repeat::new(&checked, model.columns().clone()), Ok(model.clone()));
    let refused = |change: fn(&mut RepeatColumns), expected: ModelError| {
        let mut columns = model.columns().clone();
        change(&mut columns);
        assert_eq!(Repeat::new(&checked, columns), Err(expected));
    };
    let row = |row, rule| ModelError::Row { row, rule };
    refused(|c| c.half_lives_days = vec![1.0, 0.0, 1.0].into(), row(1, "a half-life is not above 0"));
    refused(|c| c.rates = vec![0.0, 0.0, f32::NAN].into(), row(2, "a rate is below 0"));
    refused(|c| c.popularity = vec![-0.5, 0.0, 0.0].into(), row(0, "a popularity is below 0"));
    refused(|c| c.rates = vec![].into(), ModelError::Length { column: "rates", found: 0, expected: 3 });
    refused(
        |c| {
            let rows = RowOffsets::from_lens([2, 0, 0]);
            let (items, scores) = (vec![2, 1].into(), vec![1.0, 0.5].into());
            c.follows = Neighbours::new(rows, items, scores, 3, NeighbourOrder::ByScore).expect("in order");
        },
        row(0, "neighbours are out of order"),
    );
    let histories = model.histories(&small(), day_at(30));
    let again = RepeatHistories::new(histories.columns().clone(), histories.as_of(), 3);
    assert_eq!(again, Ok(histories.clone()));
    let refused = |change: fn(&mut RepeatHistoryColumns), expected: ModelError| {
        let mut columns = histories.columns().clone();
        change(&mut columns);
        assert_eq!(RepeatHistories::new(columns, day_at(30), 3), Err(expected));
    };
    refused(|c| c.items = vec![1, 0].into(), row(0, "items do not rise"));
    refused(|c| c.items = vec![0, 3].into(), row(0, "an item lies outside the catalogue"));
    refused(|c| c.strengths = vec![0.5, 0.0].into(), row(0, "a strength is not above 0"));
}

#[test]
fn histories_are_the_strengths_of_a_later_day() {
    let model = fit(&params(&[10.0]), &small(), 30);
    let histories = model.histories(&small(), day_at(30));
    let customer = CustomerIdx::new(0);
    // What was bought on the day itself is not known.
    let then: Vec<(u32, f32)> = histories
        .at(&model, customer, day_at(30))
        .iter()
        .map(|bought| (bought.item.get(), bought.strength))
        .collect();
    assert_eq!(then, [(0, 0.625), (1, 0.75)]);
    let later = histories.at(&model, customer, day_at(40));
    assert_eq!(later.iter().map(|bought| bought.strength).collect::<Vec<_>>(), [0.3125, 0.375]);
    assert_eq!(histories.at(&model, customer, day_at(0)).len(), 2);
    assert!(histories.at(&model, customer, day_at(1_000_000)).is_empty());
}

#[test]
fn parameters_out_of_range_are_refused() {
    let check = |change: fn(&mut RepeatParams), name: &str| {
        let mut params = RepeatParams::default();
        change(&mut params);
        let error = params.check().expect_err("refused").to_string();
        assert!(error.starts_with(&format!("`{name}` is ")), "{error}");
    };
    assert!(RepeatParams::default().check().is_ok());
    check(|p| p.half_lives_days = vec![], "half_lives_days");
    check(|p| p.half_lives_days = vec![3.0, 3.0], "half_lives_days");
    check(|p| p.half_lives_days = vec![f64::NAN], "half_lives_days");
    check(|p| p.rate_strength = 0.0, "rate_strength");
    check(|p| p.source_exponent = 1.5, "source_exponent");
    check(|p| p.neighbours = 0, "neighbours");
    check(|p| p.items_per_customer = 0, "items_per_customer");
    check(|p| p.w_own = f64::INFINITY, "w_own");
    let misspelt = erbij_core::from_toml::<RepeatParams>("w_own = 2\nw_folows = 1").expect_err("refused");
    assert_eq!(misspelt.to_string(), "line 2: unknown key `w_folows`; did you mean `w_follows`?");
}

/// What is left of every item just before a basket, from each purchase there was: the slow way.
fn strengths_before(baskets: &Baskets, basket: usize, half_lives: &[f32]) -> BTreeMap<u32, f64> {
    let mut strengths = BTreeMap::new();
    for before in baskets.of_customer(baskets.customer(basket)).take_while(|&before| before < basket) {
        let days = baskets.ordered_at(basket).day().get() - baskets.ordered_at(before).day().get();
        for (item, &quantity) in baskets.items(before).iter().zip(baskets.quantities(before)) {
            let left = faded(f64::from(days), f64::from(half_lives[item.index()]));
            *strengths.entry(item.get()).or_default() += left * bought_strength(quantity);
        }
    }
    strengths
}

fn orders() -> impl Strategy<Value = Vec<Bought>> {
    let lines = vec((0..6_u32, prop_oneof![Just(1.0_f32), Just(3.0), Just(0.5)]), 1..4);
    let customer = prop_oneof![5 => (0..4_u32).prop_map(Some), 1 => Just(None)];
    vec((customer, 0..60_i32, lines), 0..40)
}

proptest! {
    #[test]
    fn a_fit_is_what_a_look_at_every_pair_of_baskets_says(bought in orders(), a in 0.0..1.0, b in 0.0..1.0) {
        let (n_items, as_of) = (6, 50);
        let baskets = lay_out(4, n_items, &bought);
        let params = RepeatParams {
            source_exponent: a,
            target_exponent: b,
            ..params(&[3.0, 20.0])
        };
        let categories: Vec<_> = (0..n_items).map(|item| Some(CategoryIdx::new(item as u32 / 2))).collect();
        let checked = params.check().expect("in range");
        let model = fit_repeat(&checked, &baskets, &categories, day_at(as_of), &Silent);
        let half_lives = model.columns().half_lives_days.to_vec();
        let (mut pairs, mut sources, mut targets) =
            (vec![[0.0; 6]; n_items], vec![0.0; n_items], vec![0.0; n_items]);
        let (mut total, mut repeated, mut squares) = (0.0, vec![0.0; n_items], vec![0.0; n_items]);
        for basket in 0..baskets.of_guests().start {
            let strengths = strengths_before(&baskets, basket, &half_lives);
            let age = as_of - baskets.ordered_at(basket).day().get();
            if strengths.is_empty() || age <= 0 {
                continue;
            }
            let recency = faded(f64::from(age), 10.0);
            let length = strengths.values().map(|s| s * s).sum::<f64>().sqrt();
            total += recency;
            for &item in baskets.items(basket) {
                targets[item.index()] += recency;
            }
            for (&source, &strength) in strengths.iter().filter(|&(_, &strength)| 1.0 / 128.0 <= strength) {
                let source = source as usize;
                squares[source] += strength * strength;
                sources[source] += recency * strength / length;
                for &item in baskets.items(basket) {
                    pairs[source][item.index()] += recency * strength / length;
                    if item.index() == source {
                        repeated[source] += strength;
                    }
                }
            }
        }
        for source in 0..n_items {
            let (items, scores) = model.columns().follows.row(ItemIdx::new(source as u32));
            let expected: Vec<u32> = (0..n_items)
                .filter(|&item| item != source && 0.0 < pairs[source][item])
                .map(|item| item as u32)
                .collect();
            prop_assert_eq!(items, &expected[..]);
            for (&item, &score) in items.iter().zip(scores) {
                let item = item as usize;
                let weight = (sources[source] / total).powf(a) * (targets[item] / total).powf(b);
                let expected = pairs[source][item] / total / weight;
                prop_assert!((f64::from(score) - expected).abs() <= 1e-5 * expected, "{} {}", score, expected);
            }
            let of = |sums: &[f64], items: std::ops::Range<usize>| sums[items].iter().sum::<f64>();
            let slope = |items: std::ops::Range<usize>, above: f64| {
                (of(&repeated, items.clone()) + above) / (of(&squares, items) + 1.0)
            };
            let of_category = slope(source / 2 * 2..source / 2 * 2 + 2, slope(0..n_items, 0.0));
            let expected = slope(source..source + 1, of_category);
            let found = f64::from(model.columns().rates[source]);
            prop_assert!((found - expected).abs() <= 1e-5 * expected.max(1.0), "{} {}", found, expected);
        }
    }

    #[test]
    fn histories_are_the_strengths_of_the_past(bought in orders(), now in 50..90_i32) {
        let baskets = lay_out(4, 6, &bought);
        let model = fit(&params(&[7.0]), &baskets, 50);
        let histories = model.histories(&baskets, day_at(50));
        for customer in (0..4).map(CustomerIdx::new) {
            let known = baskets.of_customer(customer).filter(|&basket| baskets.ordered_at(basket) < day_at(50));
            let past: Vec<DatedPurchase> = known
                .flat_map(|basket| {
                    let at = baskets.ordered_at(basket);
                    let lines = baskets.items(basket).iter().zip(baskets.quantities(basket));
                    lines.map(move |(&item, &quantity)| DatedPurchase { item, quantity, at })
                })
                .collect();
            let found = histories.at(&model, customer, day_at(now));
            let expected = model.strengths(&past, day_at(now));
            prop_assert_eq!(found.len(), expected.len());
            for (found, expected) in found.iter().zip(&expected) {
                prop_assert_eq!(found.item, expected.item);
                prop_assert!((found.strength - expected.strength).abs() <= 1e-5 * expected.strength);
            }
        }
    }
}
