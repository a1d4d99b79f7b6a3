//! Accessories against hand-worked shops, and the counts against ten lines that count the slow way.

use erbij_core::{
    BasketParts, Baskets, Catalogue, CatalogueColumns, CategoryIdx, Currency, CustomerIdx, Day, ItemIdx,
    Order, Returned, Silent, VariantColumns,
};
use proptest::prelude::*;

use super::*;

mod categories;
mod work;

/// A line a test needs: who, on which day, what.
type Bought = (Option<u32>, i32, Vec<u32>);

fn lay_out(n_customers: usize, n_items: usize, orders: &[Bought]) -> Baskets {
    let order = |(customer, day, items): &Bought| Order {
        customer: customer.map(CustomerIdx::new),
        ordered_at: Day::new(*day).start(),
        amount_minor: 0,
        lines: items.iter().map(|&item| (ItemIdx::new(item), 1.0)).collect(),
    };
    Baskets::from_orders(n_customers, n_items, orders.iter().map(order).collect()).expect("valid orders")
}

fn catalogue(categories: &[&str], prices: &[i64]) -> Catalogue {
    let ids: Vec<String> = (0..categories.len()).map(|item| format!("i{item}")).collect();
    let columns = CatalogueColumns {
        category: categories.iter().copied().collect(),
        price_minor: prices.to_vec().into(),
        ..CatalogueColumns::of_ids(ids.iter().map(String::as_str).collect())
    };
    Catalogue::new(columns, VariantColumns::default(), Currency::EUR).expect("valid columns")
}

fn check(params: &AccessoryParams) -> CheckedAccessoryParams {
    params.check().expect("in range")
}

const A: u32 = 0;
const B: u32 = 1;
const FILTER: u32 = 2;
const JUG: u32 = 3;
/// The first of the things that have nothing to do with each other.
const WARE: u32 = 4;
const N_ITEMS: u32 = 44;
const N_CUSTOMERS: u32 = 900;

/// A number that looks like chance and is none.
fn scattered(a: u32, b: u32) -> u32 {
    let mut x = u64::from(a) << 32 | u64::from(b);
    x = (x ^ (x >> 31)).wrapping_mul(0x7fb5_d329_728e_a185);
    x = (x ^ (x >> 27)).wrapping_mul(0x81da_def4_bc2d_d44d);
    (x >> 33) as u32
}

/// A third of the customers buy machine A, a third machine B; jugs come at once for half of them, filters later for
/// most and then again. Everybody buys wares; two of them were pushed together on two days.
fn shop() -> (Baskets, Catalogue) {
    let mut orders: Vec<Bought> = Vec::new();
    for customer in 0..N_CUSTOMERS {
        for visit in 0..6 {
            let day = (scattered(customer, visit) % 700) as i32;
            let ware = |nth: u32| WARE + scattered(customer, 100 + visit * 10 + nth) % (N_ITEMS - WARE);
            orders.push((Some(customer), day, vec![ware(0), ware(1), ware(2)]));
        }
        let day = (scattered(customer, 50) % 500) as i32;
        if let Some(&machine) = [A, B].get(customer as usize % 3) {
            let with_jug = scattered(customer, 51).is_multiple_of(2);
            orders.push((Some(customer), day, if with_jug { vec![machine, JUG] } else { vec![machine] }));
            if !scattered(customer, 52).is_multiple_of(5) {
                orders.push((Some(customer), day + 20, vec![FILTER]));
                orders.push((Some(customer), day + 55, vec![FILTER]));
            }
        }
        if customer.is_multiple_of(9) {
            orders.push((Some(customer), 300 + (customer % 2) as i32, vec![WARE, WARE + 1]));
        }
    }
    let mut categories = vec!["Kitchen > Ware"; N_ITEMS as usize];
    categories[..WARE as usize].copy_from_slice(&[
        "Kitchen > Machines",
        "Kitchen > Machines",
        "Kitchen > Supplies",
        "Kitchen > Jugs",
    ]);
    let mut prices = vec![1_000; N_ITEMS as usize];
    prices[..WARE as usize].copy_from_slice(&[20_000, 21_000, 1_200, 3_000]);
    prices[WARE as usize + 1] = 500;
    (lay_out(N_CUSTOMERS as usize, N_ITEMS as usize, &orders), catalogue(&categories, &prices))
}

fn verdict(rivals: &[Rival], item: u32) -> Result<AccessoryKind, Rejection> {
    rivals.iter().find(|rival| rival.item.get() == item).expect("it followed").verdict
}

#[test]
fn what_belongs_is_found_in_its_direction_and_its_kind() {
    let (baskets, catalogue) = shop();
    let params = check(&AccessoryParams::default());
    let fit = AccessoryFit::new(&params, &baskets, &catalogue, &Silent);
    let model = fit.model();
    let of = |item: u32| {
        let mut found: Vec<_> =
            model.accessories(ItemIdx::new(item)).map(|found| (found.item.get(), found.kind)).collect();
        found.sort_by_key(|found| found.0);
        found
    };
    let expected = [(FILTER, AccessoryKind::Consumable), (JUG, AccessoryKind::Accessory)];
    assert_eq!((of(A), of(B)), (expected.to_vec(), expected.to_vec()));
    for item in FILTER..N_ITEMS {
        assert_eq!(of(item), [], "nothing belongs to {item}");
    }
    let evidence = model.evidence(ItemIdx::new(A), ItemIdx::new(JUG)).expect("published");
    assert!(0.8 < evidence.same_order_share, "{evidence:?}");
    let evidence = model.evidence(ItemIdx::new(A), ItemIdx::new(FILTER)).expect("published");
    assert_eq!((evidence.same_order_share, evidence.median_lag_days), (0.0, 20.0));

    let rivals = |item: u32| fit.explain(ItemIdx::new(item), 1);
    assert_eq!(verdict(&rivals(A), FILTER), Ok(AccessoryKind::Consumable));
    assert_eq!(verdict(&rivals(JUG), FILTER), Err(Rejection::CommonCause));
    assert_eq!(verdict(&rivals(JUG), A), Err(Rejection::TooDear));
    assert_eq!(verdict(&rivals(WARE), WARE + 1), Err(Rejection::Promotion));
}

#[test]
fn what_the_same_things_belong_to_is_an_alternative() {
    let (baskets, catalogue) = shop();
    let model = fit_accessory(&check(&AccessoryParams::default()), &baskets, &catalogue, &Silent);
    let of = |item: u32| -> Vec<_> {
        model.alternatives(ItemIdx::new(item)).map(|found| (found.item.get(), found.kind)).collect()
    };
    assert_eq!(of(A), [(B, AlternativeKind::Substitute)]);
    assert_eq!(of(B), [(A, AlternativeKind::Substitute)]);
    assert!((FILTER..N_ITEMS).all(|item| of(item).is_empty()));
    let score = model.alternatives(ItemIdx::new(A)).next().expect("one").score;
    assert!(0.95 < score, "{score}");
}

#[test]
fn scores_add_up_over_anchors() {
    let (baskets, catalogue) = shop();
    let model = fit_accessory(&check(&AccessoryParams::default()), &baskets, &catalogue, &Silent);
    let mut board = erbij_core::ScoreBoard::new(N_ITEMS as usize);
    model.score(&[ItemIdx::new(A), ItemIdx::new(B)], &mut board);
    let score =
        |anchor| f64::from(model.evidence(ItemIdx::new(anchor), ItemIdx::new(JUG)).expect("there").score);
    assert_eq!(board.get(ItemIdx::new(JUG)), score(A) + score(B));
    assert_eq!(board.get(ItemIdx::new(WARE)), 0.0);
}

#[test]
fn threads_do_not_matter() {
    let (baskets, catalogue) = shop();
    let params = check(&AccessoryParams { max_false_share: 0.5, ..AccessoryParams::default() });
    let fit_on = |n: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(n).build().expect("threads");
        pool.install(|| fit_accessory(&params, &baskets, &catalogue, &Silent))
    };
    let alone = fit_on(1);
    assert_eq!(alone, fit_on(4));
    assert_eq!(Accessory::new(alone.columns().clone(), N_ITEMS as usize, alone.max_tail()), Ok(alone));
}

#[test]
fn little_data_is_no_reason_to_fall_over() {
    let params = check(&AccessoryParams { min_customers: 1, ..AccessoryParams::default() });
    for (n_customers, n_items, orders) in [
        (0, 0, vec![]),
        (1, 1, vec![]),
        (1, 1, vec![(Some(0), 1, vec![0])]),
        (0, 2, vec![(None, 1, vec![0, 1]), (None, 2, vec![0, 1])]),
        (2, 2, vec![(Some(0), 1, vec![0, 1]), (Some(1), 1, vec![0])]),
    ] {
        let baskets = lay_out(n_customers, n_items, &orders);
        let catalogue = catalogue(&vec![""; n_items], &vec![100; n_items]);
        let model = fit_accessory(&params, &baskets, &catalogue, &Silent);
        assert_eq!((model.n_items(), model.columns().items.len()), (n_items, 0));
    }
}

#[test]
fn parameters_out_of_range_are_refused_by_name() {
    let refuse = |params: AccessoryParams, expected: &str| {
        assert_eq!(params.check().expect_err(expected).to_string(), expected);
    };
    refuse(
        AccessoryParams { far_window_days: 30, ..AccessoryParams::default() },
        "`far_window_days` is 30, expected `window_days` to 3650",
    );
    refuse(
        AccessoryParams { min_lift: f64::NAN, ..AccessoryParams::default() },
        "`min_lift` is NaN, expected a number from 1",
    );
}

#[test]
fn columns_that_break_a_rule_are_refused() {
    let (baskets, catalogue) = shop();
    let model = fit_accessory(&check(&AccessoryParams::default()), &baskets, &catalogue, &Silent);
    let refuse = |change: fn(&mut AccessoryColumns), rule: &str| {
        let mut columns = model.columns().clone();
        change(&mut columns);
        let error = Accessory::new(columns, N_ITEMS as usize, 0.0).expect_err(rule).to_string();
        assert!(error.contains(rule), "{error}");
    };
    let n = model.columns().items.len();
    assert_eq!(n, 4);
    refuse(|columns| columns.kinds = vec![9; 4].into(), "a code stands for nothing");
    refuse(|columns| columns.expected = vec![-1.0; 4].into(), "is below 0");
    refuse(|columns| columns.same_order_shares = vec![f32::NAN; 4].into(), "a share is not from 0 to 1");
    refuse(|columns| columns.customers = vec![1; 3].into(), "`customers` has 3 values, expected 4");
}

#[test]
fn what_is_expected_by_its_node_alone_does_not_stand_out() {
    let mut n_standing_out = 0;
    for ((baskets, catalogue), overdispersion) in
        [(shop(), 0.0), (shop(), 0.12), (categories::grocery(), 0.0)]
    {
        let params = check(&AccessoryParams::default());
        let timeline = timeline::Timeline::new(&params, &baskets);
        let tree = tree::Tree::new(&catalogue, &timeline);
        let company = company::Company::new(&timeline, &tree);
        let rows = row::Rows { params: &params, timeline, tree, company, overdispersion };
        for anchor in 0..baskets.n_items() as u32 {
            let [screened, every] = [false, true].map(|every| {
                let mut row = Vec::new();
                rows.with_followers(anchor, 1, every, &mut rows.new_scratch(), |followers| {
                    let stands_out = |follower: &&row::Follower| 2.5 <= follower.z;
                    row.extend(followers.iter().filter(stands_out).copied());
                });
                row
            });
            assert_eq!(screened, every, "after {anchor}");
            n_standing_out += every.len();
        }
    }
    assert!(20 < n_standing_out, "{n_standing_out}");
}

/// The shop, and as many who brought back the jug that they had bought with machine A.
fn shop_with_returns(n_returned: u32) -> (Baskets, Catalogue) {
    let (baskets, catalogue) = shop();
    let has = |customer: u32, item: u32| {
        let mut own = baskets.of_customer(CustomerIdx::new(customer));
        own.any(|basket| baskets.items(basket).contains(&ItemIdx::new(item)))
    };
    // Who kept one is behind the pair, whatever he brought back besides.
    let kept_none = |customer: &u32| has(*customer, A) && !has(*customer, JUG);
    let returned = |customer: u32| {
        let mut own = baskets.of_customer(CustomerIdx::new(customer));
        let with_a = |&basket: &usize| baskets.items(basket).contains(&ItemIdx::new(A));
        let ordered_at = baskets.ordered_at(own.find(with_a).expect("he bought one"));
        Returned { item: ItemIdx::new(JUG), customer: CustomerIdx::new(customer), ordered_at }
    };
    let returned = (0..N_CUSTOMERS).filter(kept_none).take(n_returned as usize).map(returned).collect();
    let parts = BasketParts { returned, ..baskets.parts().clone() };
    (Baskets::from_parts(parts).expect("valid"), catalogue)
}

#[test]
fn what_comes_back_counts_against() {
    let params = check(&AccessoryParams::default());
    let about_the_jug = |n_returned: u32| {
        let (baskets, catalogue) = shop_with_returns(n_returned);
        let fit = AccessoryFit::new(&params, &baskets, &catalogue, &Silent);
        let of = |anchor| {
            let rivals = fit.explain(ItemIdx::new(anchor), 1);
            rivals.into_iter().find(|rival| rival.item.get() == JUG).expect("it followed")
        };
        [of(A), of(B)]
    };
    let [clean, other] = about_the_jug(0);
    assert_eq!((clean.verdict, clean.returned_share), (Ok(AccessoryKind::Accessory), 0.0));
    let [some, same_other] = about_the_jug(20);
    assert_eq!(some.verdict, Ok(AccessoryKind::Accessory));
    assert!((0.05..0.2).contains(&some.returned_share), "{}", some.returned_share);
    assert!(some.score < clean.score, "{} and {}", some.score, clean.score);
    assert_eq!(same_other, other, "with the other machine none came back");
    let [many, _] = about_the_jug(120);
    assert_eq!(many.verdict, Err(Rejection::Returned), "{}", many.returned_share);
}

#[test]
fn where_categories_are_coarse_a_filter_may_share_that_of_its_machine() {
    let (baskets, _) = shop();
    let mut prices = vec![3_000; N_ITEMS as usize];
    prices[..WARE as usize].copy_from_slice(&[20_000, 21_000, 1_200, 3_000]);
    let coarse = catalogue(&["Kitchen"; N_ITEMS as usize], &prices);
    let found = |within_category| {
        let params = check(&AccessoryParams { within_category, ..AccessoryParams::default() });
        let model = fit_accessory(&params, &baskets, &coarse, &Silent);
        let mut found: Vec<u32> = model.accessories(ItemIdx::new(A)).map(|found| found.item.get()).collect();
        found.sort_unstable();
        found
    };
    assert_eq!((found(false), found(true)), (vec![], vec![FILTER, JUG]));
}

#[test]
fn flows_are_told_by_category() {
    let (baskets, catalogue) = shop();
    let params =
        check(&AccessoryParams { overdispersion: Overdispersion::Fixed(0.0), ..AccessoryParams::default() });
    let fit = AccessoryFit::new(&params, &baskets, &catalogue, &Silent);
    assert_eq!(fit.overdispersion(), 0.0);
    let path = |category: Option<CategoryIdx>| category.map(|category| catalogue.categories().path(category));
    let flows = fit.flows();
    let from_machines: Vec<_> = flows
        .iter()
        .filter(|flow| path(flow.from) == Some("Kitchen > Machines") && 0 < flow.n_pairs)
        .map(|flow| (path(flow.to).expect("has one"), flow.n_pairs, 2.0 < flow.z))
        .collect();
    let mut categories: Vec<_> = [FILTER, JUG]
        .map(|item| {
            let category = catalogue.item_categories()[item as usize].expect("has one");
            (path(Some(category)).expect("has one"), 2, item == FILTER)
        })
        .to_vec();
    categories.sort_unstable();
    let mut found = from_machines;
    found.sort_unstable();
    assert_eq!(found, categories);
    assert!(flows.iter().all(|flow| 1.0 <= flow.lift && 0.0 < flow.weight));
}

#[test]
fn overdispersion_is_a_word_or_a_number() {
    let read =
        |text: &str| erbij_core::from_toml::<AccessoryParams>(text).map(|params| params.overdispersion);
    assert_eq!(read("overdispersion = \"estimated\"").expect("a word"), Overdispersion::Estimated);
    assert_eq!(read("overdispersion = 0.2").expect("a number"), Overdispersion::Fixed(0.2));
    assert_eq!(read("overdispersion = 1").expect("a number"), Overdispersion::Fixed(1.0));
    let error = read("overdispersion = \"guessed\"").expect_err("another word").to_string();
    assert!(error.contains("\"estimated\", or a number from 0 to 10"), "{error}");
}

/// Straight from the definition: first purchases of b with or after the last purchase of a up to then.
fn count_slowly(orders: &[Bought], a: u32, b: u32, windows: [i32; 3]) -> [u32; 3] {
    let mut counts = [0; 3];
    let mut add = |lag: Option<i32>, is_same: bool| {
        for (window, count) in counts.iter_mut().enumerate() {
            let is_in = lag.is_some_and(|lag| lag <= windows[window]) && (is_same || 0 < window);
            *count += u32::from(is_in);
        }
    };
    for order in orders.iter().filter(|order| order.0.is_none()) {
        if order.2.contains(&a) && order.2.contains(&b) {
            add(Some(0), true);
        }
    }
    for customer in 0..4 {
        // Days differ within a customer, so the order of days is the order of baskets.
        let mut own: Vec<&Bought> = orders.iter().filter(|order| order.0 == Some(customer)).collect();
        own.sort_by_key(|order| order.1);
        let Some(first) = own.iter().find(|order| order.2.contains(&b)) else { continue };
        let before = own.iter().rev().find(|order| order.1 <= first.1 && order.2.contains(&a));
        add(before.map(|order| first.1 - order.1), before.is_some_and(|order| order.1 == first.1));
    }
    counts
}

fn orders() -> impl Strategy<Value = Vec<Bought>> {
    let items = proptest::collection::btree_set(0_u32..6, 1..4).prop_map(|set| set.into_iter().collect());
    proptest::collection::vec((proptest::option::of(0_u32..4), 0_i32..60, items), 0..30).prop_map(
        |mut orders: Vec<Bought>| {
            orders.sort_by_key(|order| (order.0, order.1));
            orders.dedup_by_key(|order| order.0.map_or((u32::MAX, 0), |customer| (customer, order.1)));
            orders
        },
    )
}

proptest! {
    #[test]
    fn pairs_are_counted_as_defined(orders in orders(), near in 1_u32..10, more in 0_u32..30) {
        let params = check(&AccessoryParams {
            window_days: near,
            far_window_days: near + more,
            min_customers: 1,
            ..AccessoryParams::default()
        });
        let baskets = lay_out(4, 6, &orders);
        let catalogue = catalogue(&["x > y", "x > y", "x > z", "x", "", "w"], &[100; 6]);
        let fit = AccessoryFit::new(&params, &baskets, &catalogue, &Silent);
        let windows = [0, near as i32, (near + more) as i32];
        for a in 0..6 {
            let rivals = fit.explain(ItemIdx::new(a), 1);
            for b in (0..6).filter(|&b| b != a) {
                let found = rivals.iter().find(|rival| rival.item.get() == b);
                let expected = count_slowly(&orders, a, b, windows);
                prop_assert_eq!(found.map_or([0; 3], |rival| rival.counts), expected, "{} {}", a, b);
                if let Some(rival) = found {
                    prop_assert_eq!(rival.lag_histogram[0], expected[0]);
                    prop_assert_eq!(rival.lag_histogram.iter().sum::<u32>(), expected[2]);
                    prop_assert!(rival.expected.iter().all(|e| 0.0 <= *e && e.is_finite()));
                    prop_assert!((0.0..=1.0).contains(&rival.tail));
                }
            }
        }
    }

    #[test]
    fn company_is_all_that_an_item_followed(orders in orders(), near in 1_u32..10, more in 0_u32..30) {
        let params = AccessoryParams { window_days: near, far_window_days: near + more, ..AccessoryParams::default() };
        let params = check(&params);
        let baskets = lay_out(4, 6, &orders);
        let catalogue = catalogue(&["x > y > a", "x > y > b", "x > z > a", "x", "", "w > v"], &[100; 6]);
        // Branches: x > y, x > z, x, none, w.
        let branches = [0, 0, 1, 2, 3, 4];
        let timeline = timeline::Timeline::new(&params, &baskets);
        let tree = tree::Tree::new(&catalogue, &timeline);
        let sums = company::sums(&timeline, &tree);
        let windows = [0, near as i32, (near + more) as i32];
        for b in 0..6_u32 {
            let mut expected = company::Sums::default();
            for a in (0..6_u32).filter(|&a| a != b) {
                let is_own = usize::from(branches[a as usize] == branches[b as usize]);
                for (sum, count) in expected[is_own].iter_mut().zip(count_slowly(&orders, a, b, windows)) {
                    *sum += u64::from(count);
                }
            }
            prop_assert_eq!(sums[b as usize], expected, "{}", b);
        }
    }

    #[test]
    fn deviations_and_lifts_are_numbers(count in 0_u32..500, expected in 0.0_f64..500.0, more in 0_u32..500) {
        let n = f64::from(count + more).max(1.0);
        let z = row::z_of(f64::from(count), expected, n, 0.1);
        prop_assert!(0.0 <= z && z.is_finite());
        prop_assert!(row::lift_of(f64::from(count), expected, n).is_finite());
    }
}

#[test]
fn deviations_by_hand() {
    // 20 of 1000 where 10 are expected, without doubt: deviance 2 (20 ln 2 + 980 ln (980/990)) = 7.8273.
    let z = row::z_of(20.0, 10.0, 1000.0, 0.0);
    assert!((z - 7.8273_f64.sqrt()).abs() < 1e-4, "{z}");
    assert_eq!(row::z_of(5.0, 10.0, 1000.0, 0.0), 0.0, "fewer than expected are no surprise");
    // Odds 20/980 over 10/990.
    assert!((row::lift_of(20.0, 10.0, 1000.0) - 2.0204).abs() < 1e-4);
}
