//! The fit against shops whose truths are known, and the answers of a model at any day.

use erbij_core::{
    Baskets, CategoryIdx, CustomerIdx, Day, ItemIdx, ModelError, Order, RowOffsets, Silent, Timestamp,
};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use rand_distr::{Distribution, Gamma, LogNormal};

use super::levels::Levels;
use super::purchases::{Needs, Purchases};
use super::*;

/// Customer, day, item, quantity.
type Bought = (u32, i32, u32, f32);

fn lay_out(n_customers: usize, n_items: usize, bought: &[Bought]) -> Baskets {
    let order = |&(customer, day, item, quantity): &Bought| Order {
        customer: Some(CustomerIdx::new(customer)),
        ordered_at: Timestamp::from_micros(Day::new(day).start().micros() + 1),
        amount_minor: 0,
        lines: vec![(ItemIdx::new(item), quantity)],
    };
    Baskets::from_orders(n_customers, n_items, bought.iter().map(order).collect()).expect("valid orders")
}

/// What a fit is given beside the baskets.
struct Shop {
    baskets: Baskets,
    categories: Vec<Option<CategoryIdx>>,
    parents: Vec<Option<CategoryIdx>>,
    pack_sizes: Vec<f32>,
    useful_life_days: Vec<u32>,
}

impl Shop {
    /// Every item in one category, packs of one, no durables.
    fn new(n_customers: usize, n_items: usize, bought: &[Bought]) -> Self {
        Self {
            baskets: lay_out(n_customers, n_items, bought),
            categories: vec![Some(CategoryIdx::new(0)); n_items],
            parents: vec![None],
            pack_sizes: vec![1.0; n_items],
            useful_life_days: vec![0; n_items],
        }
    }

    fn fit(&self, params: &ReplenishmentParams, cutoff: i32) -> Replenishment {
        let data = ReplenishmentData {
            baskets: &self.baskets,
            categories: &self.categories,
            parents: &self.parents,
            pack_sizes: &self.pack_sizes,
            useful_life_days: &self.useful_life_days,
            cutoff: Day::new(cutoff).start(),
        };
        fit_replenishment(&params.check().expect("in range"), &data, &Silent)
    }
}

fn due(model: &Replenishment, customer: u32, now: i32) -> Vec<DueEstimate> {
    model.due(CustomerIdx::new(customer), Day::new(now), 28)
}

/// Purchases of customers who never stop, each item at its customer's own pace, until a day.
fn regular(
    n_customers: u32,
    n_items: u32,
    until: i32,
    mut interval: impl FnMut(u32, &mut ChaCha8Rng) -> f64,
) -> Vec<Bought> {
    let mut rng = ChaCha8Rng::seed_from_u64(11);
    let mut bought = Vec::new();
    let pace = LogNormal::new(0.0, 0.3).expect("a positive deviation");
    for (customer, item) in (0..n_customers).flat_map(|c| (0..n_items).map(move |item| (c, item))) {
        let pace = pace.sample(&mut rng);
        let mut day = f64::from(rng.next_u32() % 60);
        while day < f64::from(until) {
            bought.push((customer, day as i32, item, 1.0));
            day += (pace * interval(item, &mut rng)).max(1.0);
        }
    }
    bought
}

/// Share of windows that hold the next purchase, of all that are told.
fn coverage(bought: &[Bought], n_customers: u32, n_items: usize, cutoff: i32) -> (f64, usize) {
    let shop = Shop::new(n_customers as usize, n_items, bought);
    let model = shop.fit(&ReplenishmentParams::default(), cutoff);
    let (mut n, mut n_inside) = (0, 0);
    for customer in 0..n_customers {
        for estimate in due(&model, customer, cutoff) {
            let of_pair = bought.iter().filter(|b| b.0 == customer && b.2 == estimate.item.get());
            let next = of_pair.map(|b| b.1).find(|&day| cutoff <= day).expect("they never stop");
            n += 1;
            let (first, last) = estimate.window;
            n_inside += usize::from((first.get()..=last.get()).contains(&next));
        }
    }
    (f64::from(n_inside as u32) / f64::from(n as u32), n)
}

#[test]
fn four_windows_of_five_hold_the_next_purchase() {
    // The right tail of a log-normal is longer than that of a gamma, by more the wider both are: where intervals
    // are gamma of shape 6, what is late is promised more time than it takes, and windows hold more than they say.
    let gamma = |shape: f64| move |mean: f64, rng: &mut ChaCha8Rng| gamma_of(mean, shape, rng);
    let log_normal =
        |mean: f64, rng: &mut ChaCha8Rng| mean * LogNormal::new(0.0, 0.25).expect("valid").sample(rng);
    check_coverage("log-normal", log_normal, 0.77..=0.85);
    check_coverage("gamma", gamma(25.0), 0.77..=0.85);
    check_coverage("wide gamma", gamma(6.0), 0.80..=0.90);
}

fn gamma_of(mean: f64, shape: f64, rng: &mut ChaCha8Rng) -> f64 {
    Gamma::new(shape, mean / shape).expect("valid").sample(rng)
}

fn check_coverage(
    name: &str,
    interval: impl Fn(f64, &mut ChaCha8Rng) -> f64,
    expected: std::ops::RangeInclusive<f64>,
) {
    let bought = regular(200, 4, 900, |item, rng| interval(25.0 + 15.0 * f64::from(item), rng));
    let (share, n) = coverage(&bought, 200, 4, 400);
    assert!(750 < n, "{name}: only {n} are told");
    assert!(expected.contains(&share), "{name}: {share} of {n}");
}

#[test]
fn chances_are_kept_where_needs_lapse() {
    // Needs come up on any day, and one purchase of five is the last.
    let mut rng = ChaCha8Rng::seed_from_u64(3);
    let share = |rng: &mut ChaCha8Rng| f64::from(rng.next_u32()) / f64::from(u32::MAX);
    let interval = LogNormal::new(30.0_f64.ln(), 0.35).expect("valid");
    let mut bought: Vec<Bought> = Vec::new();
    for (customer, item) in (0..1500).flat_map(|customer| (0..2).map(move |item| (customer, item))) {
        let mut day = 600.0 * share(&mut rng);
        loop {
            bought.push((customer, day as i32, item, 1.0));
            if share(&mut rng) < 0.2 {
                break;
            }
            day += interval.sample(&mut rng).max(1.0);
        }
    }
    let (cutoff, horizon) = (500, 28);
    let model = Shop::new(1500, 2, &bought).fit(&ReplenishmentParams::default(), cutoff);
    let mut sums = [[0.0; 3]; 2];
    for customer in 0..1500 {
        for estimate in due(&model, customer, cutoff) {
            let is_next = |b: &&Bought| {
                b.0 == customer && b.2 == estimate.item.get() && (cutoff..cutoff + horizon).contains(&b.1)
            };
            let sums = &mut sums[usize::from(0.5 < estimate.probability)];
            let is_bought = f64::from(u8::from(bought.iter().any(|b| is_next(&b))));
            *sums = [sums[0] + 1.0, sums[1] + estimate.probability, sums[2] + is_bought];
        }
    }
    for [n, promised, kept] in sums {
        assert!(150.0 < n, "{sums:?}");
        assert!(
            (promised / n - kept / n).abs() < 0.05,
            "{} promised, {} kept of {n}",
            promised / n,
            kept / n
        );
    }
}

#[test]
fn threads_do_not_show() {
    let bought = regular(60, 3, 300, |_, rng| LogNormal::new(3.0, 0.4).expect("valid").sample(rng));
    let shop = Shop::new(60, 3, &bought);
    let fit = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool");
        pool.install(|| shop.fit(&ReplenishmentParams::default(), 250))
    };
    assert_eq!(fit(1), fit(3));
}

#[test]
fn purchases_of_one_day_are_one() {
    let bought =
        [(0, 10, 1, 1.0), (0, 10, 1, 2.0), (0, 31, 1, 1.0), (0, 12, 0, 1.0), (1, 5, 1, 1.0), (0, 40, 1, 1.0)];
    let baskets = lay_out(2, 2, &bought);
    let needs = Needs { per: ReplenishBy::Item, categories: &[None, None] };
    let lay = |censor_at| {
        Purchases::from_baskets(&baskets, &needs, &[1.0, 6.0], Day::new(40).start(), censor_at, &Silent)
    };
    let purchases = lay(CensorAt::Cutoff);
    assert_eq!(purchases.n_pairs_of, [2, 1]);
    let of_pairs = |of: &dyn Fn(usize) -> u32| (0..3).map(of).collect::<Vec<u32>>();
    assert_eq!(of_pairs(&|pair| purchases.item(pair)), [0, 1, 1]);
    assert_eq!(of_pairs(&|pair| purchases.n_intervals(pair)), [0, 1, 0]);
    assert_eq!(purchases.log_days, [21.0_f32.ln()], "the cutoff's day is not known");
    assert_eq!(purchases.log_units, [18.0_f32.ln()], "two lines of one day, six in a pack");
    assert_eq!(purchases.last_units, [1.0, 6.0, 6.0]);
    let running_days = |purchases: &Purchases| [0, 1, 2].map(|pair| purchases.running_days(pair));
    assert_eq!(running_days(&purchases), [28.0, 9.0, 35.0]);
    assert_eq!(running_days(&lay(CensorAt::LastOrder)), [19.0, 0.0, 0.0]);
}

/// Twenty customers who buy item 0 every 20 days a unit, one, two or four at a time.
fn by_quantity(days_a_unit: impl Fn(f32) -> i32) -> Vec<Bought> {
    let mut bought = Vec::new();
    for customer in 0..20 {
        let mut day = customer as i32;
        for at in 0..12 {
            let quantity = [1.0, 2.0, 4.0][(at + customer as usize) % 3];
            bought.push((customer, day, 0, quantity));
            day += days_a_unit(quantity) + (at as i32 % 3 - 1);
        }
    }
    bought
}

#[test]
fn more_lasts_longer_where_it_does() {
    let exponent = |bought: &[Bought], params: &ReplenishmentParams| {
        f64::from(Shop::new(20, 1, bought).fit(params, 2000).columns().exponents[0])
    };
    let proportional = by_quantity(|quantity| 20 * quantity as i32);
    let indifferent = by_quantity(|_| 20);
    let default = ReplenishmentParams::default();
    let found = exponent(&proportional, &default);
    assert!((0.93..=1.0).contains(&found), "{found}");
    assert!(exponent(&indifferent, &default) < 0.05);
    let fixed = ReplenishmentParams { quantity_exponent: Some(0.5), ..default };
    assert_eq!(exponent(&proportional, &fixed), 0.5);
    // Whoever bought four last is due after about four times as long as who bought one.
    let model = Shop::new(20, 1, &proportional).fit(&default, 2000);
    let columns = model.columns();
    let interval = |quantity: f32| {
        let customer = (0..20).find(|&c| columns.last_units[c] == quantity).expect("some");
        f64::from(due(&model, customer as u32, columns.last_bought_on[customer] + 1)[0].interval_days)
    };
    let ratio = interval(4.0) / interval(1.0);
    assert!((3.4..=4.1).contains(&ratio), "{ratio}");
}

#[test]
fn an_item_that_nobody_comes_back_for_is_never_due() {
    // Item 0 is bought every 30 days, item 1 once by everybody.
    let mut bought: Vec<Bought> =
        (0..40).flat_map(|c| (0..6).map(move |n| (c, c as i32 % 7 + 30 * n, 0, 1.0))).collect();
    bought.extend((0..40).map(|customer| (customer, 100, 1, 1.0)));
    let mut shop = Shop::new(40, 2, &bought);
    shop.categories = vec![None; 2];
    let items = |params: &ReplenishmentParams| {
        let model = shop.fit(params, 170);
        due(&model, 3, 170).iter().map(|due| due.item.get()).collect::<Vec<_>>()
    };
    let strict = ReplenishmentParams { min_repeat_share: 0.5, ..ReplenishmentParams::default() };
    assert_eq!(items(&strict), [0]);
    assert_eq!(items(&ReplenishmentParams { min_repeat_share: 0.0, ..strict }), [0, 1]);
    // Not mixed: none of 40 came back.
    let no_mixing = ReplenishmentParams { repeat_share_strength: 0.0, min_repeat_share: 0.01, ..strict };
    assert_eq!(items(&no_mixing), [0]);
    let around = |min_repeat_share| items(&ReplenishmentParams { min_repeat_share, ..strict });
    // The root is 40 of 80, held to 0 by 20 more: 0.4; item 1 is (0 + 20 · 0.4) / 60 = 0.133.
    assert_eq!((around(0.13), around(0.14)), (vec![0, 1], vec![0]));
}

#[test]
fn one_purchase_is_due_when_others_tell() {
    let mut bought: Vec<Bought> =
        (0..40).flat_map(|c| (0..6).map(move |n| (c, c as i32 % 7 + 30 * n, 0, 1.0))).collect();
    bought.push((40, 160, 0, 1.0));
    let model = Shop::new(41, 1, &bought).fit(&ReplenishmentParams::default(), 170);
    let [of_one] = due(&model, 40, 170).try_into().expect("one item");
    assert_eq!((of_one.n_intervals, of_one.evidence), (0, DueEvidence::Item));
    assert!((188..=192).contains(&of_one.due_on.get()), "{of_one:?}");
    let [of_regular] = due(&model, 3, 170).try_into().expect("one item");
    assert_eq!(of_regular.n_intervals, 5);
    assert!((182..=184).contains(&of_regular.due_on.get()), "{of_regular:?}");
    assert_eq!(of_regular.kind, DueKind::Refill);
}

#[test]
fn few_intervals_are_seen_with_the_category_or_all() {
    // Item 0 has 200 intervals of 30 days; item 1, beside it, and item 2, elsewhere, have one each.
    let mut bought: Vec<Bought> =
        (0..40).flat_map(|c| (0..6).map(move |n| (c, c as i32 % 7 + 30 * n, 0, 1.0))).collect();
    for item in [1, 2] {
        bought.extend([(41, 100, item, 1.0), (41, 128, item, 1.0), (40, 165, item, 1.0)]);
    }
    let mut shop = Shop::new(42, 3, &bought);
    shop.categories[2] = Some(CategoryIdx::new(1));
    shop.parents = vec![None, None];
    let model = shop.fit(&ReplenishmentParams::default(), 170);
    let mut found: Vec<_> = due(&model, 40, 170).iter().map(|due| (due.item.get(), due.evidence)).collect();
    found.sort_by_key(|found| found.0);
    assert_eq!(found, [(1, DueEvidence::Category), (2, DueEvidence::Global)]);
}

#[test]
fn a_deep_tree_is_estimated_where_it_is_asked() {
    let bought = regular(30, 4, 300, |_, rng| 20.0 + f64::from(rng.next_u32() % 10));
    let flat = Shop::new(30, 4, &bought);
    // The same category, seven levels down.
    let deep = Shop {
        categories: vec![Some(CategoryIdx::new(7)); 4],
        parents: (0..8_u32).map(|node| node.checked_sub(1).map(CategoryIdx::new)).collect(),
        ..Shop::new(30, 4, &bought)
    };
    let params = ReplenishmentParams::default();
    let columns = |shop: &Shop| shop.fit(&params, 300).columns().clone();
    assert_eq!(columns(&flat).log_means, columns(&deep).log_means);
    let needs = Needs { per: params.per, categories: &deep.categories };
    let cutoff = Day::new(300).start();
    let pack_sizes = &deep.pack_sizes;
    let purchases =
        Purchases::from_baskets(&deep.baskets, &needs, pack_sizes, cutoff, params.censor_at, &Silent);
    let levels = Levels::new(&purchases, deep.categories.clone(), &deep.parents, 20);
    let spreads = levels.fit(&levels.exponents(), &vec![0.0; purchases.n_pairs()], None);
    assert_eq!(spreads.n_categories(), 1);
}

#[test]
fn brands_that_take_turns_are_one_need_by_category() {
    // Items 0 and 1 take turns every 30 days.
    let bought: Vec<Bought> =
        (0..40).flat_map(|c| (0..6).map(move |n| (c, c as i32 % 7 + 30 * n, n as u32 % 2, 1.0))).collect();
    let shop = Shop::new(40, 2, &bought);
    let params = ReplenishmentParams { per: ReplenishBy::Category, ..ReplenishmentParams::default() };
    let [found] = due(&shop.fit(&params, 165), 3, 165).try_into().expect("one need");
    assert_eq!((found.item, found.n_intervals), (ItemIdx::new(1), 5), "the item bought last stands for it");
    assert!((29.0..=31.0).contains(&found.interval_days), "{found:?}");
}

#[test]
fn a_durable_is_due_when_its_life_is_over() {
    // Item 0 serves a year and is bought once; item 1 serves a month and is bought again.
    let mut bought: Vec<Bought> = (0..30).map(|customer| (customer, 100, 0, 1.0)).collect();
    bought.extend((0..30).flat_map(|c| (0..5).map(move |n| (c, 300 + 30 * n, 1, 1.0))));
    let mut shop = Shop::new(30, 2, &bought);
    shop.categories = vec![None; 2];
    shop.useful_life_days = vec![365, 30];
    let params = ReplenishmentParams { min_repeat_share: 0.4, ..ReplenishmentParams::default() };
    let model = shop.fit(&params, 425);
    let found = due(&model, 7, 425);
    let of = |item: u32| *found.iter().find(|due| due.item.get() == item).expect("due");
    assert_eq!((of(0).kind, of(1).kind), (DueKind::Renewal, DueKind::Maintenance));
    assert_eq!(due(&model, 7, 421)[0].item, ItemIdx::new(1));
    let fresh = shop.fit(&params, 101);
    assert_eq!(due(&fresh, 7, 101)[0].due_on, Day::new(100 + 365));
    assert_eq!(of(1).due_on, Day::new(420 + 30));
    assert_eq!(of(1).send_on, Day::new(420 + 30 - 3));
}

/// A model of one customer and one item: ln 30 days, bought on day 100.
fn one(log_sd: f32, lapse: f32, params: &ReplenishmentParams) -> Replenishment {
    Replenishment::new(columns(log_sd, lapse), 1, &params.check().expect("in range")).expect("valid")
}

fn columns(log_sd: f32, lapse: f32) -> ReplenishmentColumns {
    ReplenishmentColumns {
        rows: RowOffsets::from_lens([1]),
        items: vec![0].into(),
        log_means: vec![30.0_f32.ln()].into(),
        log_sds: vec![log_sd].into(),
        lapses: vec![lapse].into(),
        last_bought_on: vec![100].into(),
        last_units: vec![1.0].into(),
        n_intervals: vec![4].into(),
        evidence: vec![0].into(),
        kinds: vec![0].into(),
        exponents: vec![0.0].into(),
    }
}

#[test]
fn a_reminder_goes_out_before_the_due_date_and_never_in_the_past() {
    let check = |params: &ReplenishmentParams, log_sd, now, expected: Option<(i32, i32)>| {
        let found = due(&one(log_sd, 0.0, params), 0, now);
        let found = found.first().map(|due| (due.due_on.get(), due.send_on.get()));
        assert_eq!(found, expected, "{now} {params:?}");
    };
    let default = ReplenishmentParams::default();
    check(&default, 0.1, 100, Some((130, 127)));
    check(&default, 0.1, 128, Some((131, 128)));
    // Day 126 is the first of the window: 30 · e^(−0.128) = 26.4.
    check(&ReplenishmentParams { lead_days: 20, ..default }, 0.1, 100, Some((130, 126)));
    check(&ReplenishmentParams { lead_days: 0, ..default }, 0.1, 100, Some((130, 130)));
    // Overdue: told now. Φ(−(ln 74.5 − ln 30) / 0.5) = 0.0344 are left, half of them by 30 · e^(0.5 · 2.114) = 86.3
    // days. After 75 days, given up.
    check(&default, 0.5, 175, Some((186, 175)));
    check(&default, 0.5, 176, None);
    check(&ReplenishmentParams { give_up_after: 1.0, ..default }, 0.5, 131, None);
}

#[test]
fn chances_grow_with_the_horizon_up_to_the_chance_of_need() {
    let model = one(0.3, 0.25, &ReplenishmentParams::default());
    let chance = |now: i32, horizon| model.due(CustomerIdx::new(0), Day::new(now), horizon)[0].probability;
    assert_eq!(chance(100, 0), 0.0);
    let chances: Vec<f64> = (0..200).map(|horizon| chance(120, horizon)).collect();
    assert!(chances.is_sorted());
    // Bought on the day itself: three of four needs go on. By day 130 half of those are over.
    assert!((chance(100, 100_000) - 0.75).abs() < 1e-9);
    assert!((chance(100, 30) - 0.375).abs() < 0.02);
    // After 45 days without: Φ(−(ln 44.5 − ln 30) / 0.3) = 0.0944; 0.75 · 0.0944 / (0.75 · 0.0944 + 0.25).
    assert!((chance(145, 100_000) - 0.2207).abs() < 1e-3);
}

#[test]
fn best_come_first_and_ties_by_item() {
    let of = |probability: f64, item| DueEstimate {
        item: ItemIdx::new(item),
        probability,
        ..due(&one(0.1, 0.0, &ReplenishmentParams::default()), 0, 110)[0]
    };
    assert!(of(0.5, 1).item < of(0.5, 2).item);
    let twins = ReplenishmentColumns {
        rows: RowOffsets::from_lens([3]),
        items: vec![0, 1, 2].into(),
        log_means: vec![4.0, 3.4, 3.4].into(),
        log_sds: vec![0.2; 3].into(),
        lapses: vec![0.1; 3].into(),
        last_bought_on: vec![100; 3].into(),
        last_units: vec![1.0; 3].into(),
        n_intervals: vec![4; 3].into(),
        evidence: vec![0; 3].into(),
        kinds: vec![0; 3].into(),
        exponents: vec![0.0; 3].into(),
    };
    let params = ReplenishmentParams::default().check().expect("in range");
    let model = Replenishment::new(twins, 3, &params).expect("valid");
    let items: Vec<u32> = due(&model, 0, 110).iter().map(|due| due.item.get()).collect();
    assert_eq!(items, [1, 2, 0]);
}

#[test]
fn an_empty_shop_has_nothing_due() {
    let model = Shop::new(2, 0, &[]).fit(&ReplenishmentParams::default(), 10);
    assert_eq!((model.n_customers(), model.n_values()), (2, 0));
    assert!(due(&model, 1, 10).is_empty());
    let later = Shop::new(1, 1, &[(0, 20, 0, 1.0)]).fit(&ReplenishmentParams::default(), 10);
    assert_eq!(later.n_values(), 0, "what comes after the cutoff is not known");
}

#[test]
fn columns_that_break_a_rule_are_refused() {
    let params = ReplenishmentParams::default().check().expect("in range");
    let check = |change: &dyn Fn(&mut ReplenishmentColumns), rule: &'static str| {
        let mut columns = columns(0.1, 0.0);
        change(&mut columns);
        let found = Replenishment::new(columns, 1, &params).err();
        assert_eq!(found, Some(ModelError::Row { row: 0, rule }));
    };
    check(&|c| c.items = vec![1].into(), "an item lies outside the catalogue");
    check(&|c| c.log_means = vec![f32::NAN].into(), "a mean is not within 20 of 0");
    check(&|c| c.log_sds = vec![0.0].into(), "a deviation is not above 0 and at most 20");
    check(&|c| c.lapses = vec![1.5].into(), "a lapse is not from 0 to 1");
    check(&|c| c.last_units = vec![0.0].into(), "units are not above 0");
    check(&|c| c.last_bought_on = vec![i32::MAX].into(), "a day is not within ten million days of 1970");
    check(&|c| c.kinds = vec![3].into(), "a code stands for nothing");
    check(&|c| c.exponents = vec![-0.1].into(), "an exponent is not from 0 to 1");
    let mut short = columns(0.1, 0.0);
    short.kinds = vec![].into();
    let found = Replenishment::new(short, 1, &params).err();
    assert_eq!(found, Some(ModelError::Length { column: "kinds", found: 0, expected: 1 }));
}

#[test]
fn parameters_out_of_range_are_refused() {
    let default = ReplenishmentParams::default;
    for (params, expected) in [
        (ReplenishmentParams { min_intervals: 1, ..default() }, "`min_intervals` is 1, expected at least 2"),
        (
            ReplenishmentParams { give_up_after: f64::NAN, ..default() },
            "`give_up_after` is NaN, expected a number from 1 to 100",
        ),
        (
            ReplenishmentParams { quantity_exponent: Some(1.5), ..default() },
            "`quantity_exponent` is 1.5, expected a number from 0 to 1",
        ),
        (ReplenishmentParams { lead_days: 366, ..default() }, "`lead_days` is 366, expected 0 to 365"),
    ] {
        assert_eq!(params.check().expect_err(expected).to_string(), expected);
    }
}
