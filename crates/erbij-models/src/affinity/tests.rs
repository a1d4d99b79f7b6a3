//! The counting kernels against ten lines that count the slow way.

use erbij_core::{Baskets, CustomerIdx, Day, ItemIdx, Notes, Order, Silent};
use proptest::prelude::*;

use super::*;

const N_ITEMS: usize = 7;

fn lay_out(orders: &[(Option<u32>, i32, Vec<u32>)]) -> Baskets {
    let order = |(customer, day, items): &(Option<u32>, i32, Vec<u32>)| Order {
        customer: customer.map(CustomerIdx::new),
        ordered_at: Day::new(*day).start(),
        amount_minor: 0,
        lines: items.iter().map(|&item| (ItemIdx::new(item), 1.0 + (item % 3) as f32)).collect(),
    };
    Baskets::from_orders(4, N_ITEMS, orders.iter().map(order).collect()).expect("valid orders")
}

/// Everything is published: what is left is counting.
fn everything() -> AffinityParams {
    AffinityParams { min_cooccurrence: 1, min_customers: 1, min_llr: 0.0, ..AffinityParams::default() }
}

fn orders() -> impl Strategy<Value = Vec<(Option<u32>, i32, Vec<u32>)>> {
    let items =
        proptest::collection::btree_set(0..N_ITEMS as u32, 1..5).prop_map(|set| set.into_iter().collect());
    proptest::collection::vec((proptest::option::of(0_u32..4), 0_i32..40, items), 0..25)
}

/// Who is behind an order: a customer, or the guests who ordered the same in the same hour.
fn person(order: &(Option<u32>, i32, Vec<u32>)) -> (Option<u32>, i32, &[u32]) {
    match order.0 {
        Some(customer) => (Some(customer), 0, &[]),
        None => (None, order.1, &order.2),
    }
}

/// Co-occurrences and distinct people of a pair, straight from their definitions.
fn count_slowly(
    orders: &[(Option<u32>, i32, Vec<u32>)],
    params: &AffinityParams,
    a: u32,
    b: u32,
) -> (u32, u32) {
    let window = params.window_days.map_or(i32::MAX, |days| days as i32);
    let with = |item: u32| orders.iter().filter(move |order| order.2.contains(&item));
    let mut people = std::collections::BTreeSet::new();
    let mut baskets = 0;
    match params.count_by {
        CountBy::Basket => {
            for order in with(a).filter(|order| order.2.contains(&b)) {
                baskets += 1;
                people.insert(person(order));
            }
        }
        CountBy::Customer => {
            for (one, other) in with(a).flat_map(|one| with(b).map(move |other| (one, other))) {
                let is_near = one.0.is_some() && (one.1 - other.1).abs() <= window;
                if person(one) == person(other) && (is_near || one.0.is_none()) {
                    people.insert(person(one));
                }
            }
            baskets = people.len() as u32;
        }
    }
    (baskets, people.len() as u32)
}

proptest! {
    #[test]
    fn pairs_are_counted_as_defined(
        orders in orders(),
        by_customer: bool,
        window_days in proptest::option::of(0_u32..30),
    ) {
        let count_by = if by_customer { CountBy::Customer } else { CountBy::Basket };
        let window_days = window_days.filter(|_| by_customer);
        let params = AffinityParams { count_by, window_days, measure: AffinityMeasure::Cooccurrence, ..everything() };
        let model = fit_affinity(&params.check().expect("in range"), &lay_out(&orders), &Silent);
        for a in 0..N_ITEMS as u32 {
            let related: Vec<_> = model.related(ItemIdx::new(a)).collect();
            for b in (0..N_ITEMS as u32).filter(|&b| b != a) {
                let found = related.iter().find(|pair| pair.item.get() == b);
                let found = found.map_or((0, 0), |pair| (pair.cooccurrence, pair.customers));
                prop_assert_eq!(found, count_slowly(&orders, &params, a, b), "{} {}", a, b);
            }
        }
    }

    #[test]
    fn symmetric_measures_are_symmetric(orders in orders()) {
        use AffinityMeasure::*;
        for measure in [Cooccurrence, Lift, Pmi, Jaccard, Cosine, InclusionIndex, Llr, TfIdfCosine, Bm25Cosine] {
            let params = AffinityParams { measure, ..everything() };
            let model = fit_affinity(&params.check().expect("in range"), &lay_out(&orders), &Silent);
            let score = |a: u32, b: u32| {
                model.related(ItemIdx::new(a)).find(|pair| pair.item.get() == b).map(|pair| pair.score)
            };
            for (a, b) in (0..N_ITEMS as u32).flat_map(|a| (0..a).map(move |b| (a, b))) {
                prop_assert_eq!(score(a, b), score(b, a), "{:?}", measure);
            }
        }
    }

    #[test]
    fn weighted_cosines_are_cosines(orders in orders()) {
        for measure in [AffinityMeasure::TfIdfCosine, AffinityMeasure::Bm25Cosine] {
            let params = AffinityParams { measure, ..everything() };
            let model = fit_affinity(&params.check().expect("in range"), &lay_out(&orders), &Silent);
            for pair in (0..N_ITEMS as u32).flat_map(|a| model.related(ItemIdx::new(a)).collect::<Vec<_>>()) {
                prop_assert!((0.0..=1.0 + 1e-6).contains(&pair.score), "{:?}", pair);
            }
        }
    }
}

#[test]
fn a_pair_needs_customers_evidence_and_surprise() {
    // Items 0 and 1 meet in six baskets of three customers and guests; item 2 is everywhere.
    let mut orders: Vec<(Option<u32>, i32, Vec<u32>)> = [Some(0), Some(0), Some(1), Some(2), None, None]
        .map(|customer| (customer, 1, vec![0, 1, 2]))
        .to_vec();
    orders.extend((0..20).map(|day| (Some(3), day, vec![2, 3])));
    let baskets = lay_out(&orders);
    let related = |params: AffinityParams| {
        let model = fit_affinity(&params.check().expect("in range"), &baskets, &Silent);
        model.related(ItemIdx::new(0)).map(|pair| (pair.item.get(), pair.customers)).collect::<Vec<_>>()
    };
    assert_eq!(related(everything()), [(1, 4), (2, 4)], "two guests of one hour with the same items are one");
    assert_eq!(related(AffinityParams { min_customers: 5, ..everything() }), []);
    assert_eq!(related(AffinityParams { min_cooccurrence: 7, ..everything() }), []);
    assert_eq!(related(AffinityParams { min_llr: 10.83, ..everything() }), [(1, 4)], "item 2 is no surprise");
    assert_eq!(related(AffinityParams { max_basket_items: 2, ..everything() }), []);
    assert_eq!(related(AffinityParams { neighbours: 1, ..everything() }), [(1, 4)]);
}

#[test]
fn parameters_that_do_not_go_together_are_refused() {
    let check = |params: AffinityParams, expected: &str| {
        assert_eq!(params.check().expect_err(expected).to_string(), expected);
    };
    check(
        AffinityParams { window_days: Some(3), ..everything() },
        "`window_days` is 3, expected nothing, since baskets are counted: set `count_by = \"customer\"`",
    );
    check(
        AffinityParams { measure: AffinityMeasure::TfIdfCosine, count_by: CountBy::Customer, ..everything() },
        "`count_by` is customer, expected `basket`, since the measure weighs the lines of baskets",
    );
    check(
        AffinityParams { measure: AffinityMeasure::Jaccard, shrinkage: Some(2.0), ..everything() },
        "`shrinkage` is 2, expected 0, since the measure has none",
    );
}

/// A long tail of items in fewer lists than a pair needs is passed over, and what is left is the same.
#[test]
fn items_in_too_few_lists_have_no_row() {
    let order = |customer: u32, items: &[u32]| (Some(customer), 0, items.to_vec());
    let orders = [order(0, &[0, 1, 2]), order(1, &[0, 1, 3]), order(2, &[0, 1, 4]), order(3, &[5, 6])];
    let baskets = lay_out(&orders);
    for (min_cooccurrence, min_customers) in [(3, 1), (1, 3), (3, 3)] {
        let params = AffinityParams { min_cooccurrence, min_customers, ..everything() };
        let model = fit_affinity(&params.check().expect("in range"), &baskets, &Silent);
        let lens: Vec<usize> =
            (0..N_ITEMS as u32).map(|item| model.related(ItemIdx::new(item)).count()).collect();
        assert_eq!(lens, [1, 1, 0, 0, 0, 0, 0]);
    }
}

/// Counted by customer, a till costs as much a line as others: what its newest lines hold together is counted, as if there
/// had been no others, and it is told.
#[test]
fn of_a_till_the_newest_lines_are_counted_and_it_is_told() {
    let line = |n: i32| (Some(0), n, vec![(n * n % 5) as u32, 5 + n.rem_euclid(2) as u32]);
    let newest = fit::MAX_CUSTOMER_LINES as i32 / 2;
    let fit_of = |n_old: i32, count_by| {
        let orders: Vec<_> = (-n_old..newest).map(line).collect();
        let params = AffinityParams { count_by, ..everything() };
        let told = Notes::default();
        let model = fit_affinity(&params.check().expect("in range"), &lay_out(&orders), &told);
        (model, told.into_lines())
    };
    let (whole, told) = fit_of(3 * newest, CountBy::Customer);
    assert_eq!(told, ["affinity: 1 customers have more than 2000 lines; only their newest count"]);
    let (of_newest, told) = fit_of(0, CountBy::Customer);
    assert_eq!(told, [""; 0]);
    assert_eq!(whole, of_newest);
    // Orders are short, and all of them are counted.
    assert_ne!(fit_of(3 * newest, CountBy::Basket).0, fit_of(0, CountBy::Basket).0);
}
