//! A shop of four customers and five items, worked out by hand from orders to intervals.

use erbij_core::{Baskets, CustomerIdx, Histories, ItemIdx, Order, Timestamp};
use erbij_evaluate::{
    Resampling, Slice, SliceRules, Slices, means_with_intervals, metrics::CustomerCase, metrics::ItemFacts,
    metrics::Metric, metrics::MetricAtK, metrics::exposure_counts, metrics::value_of_catalogue,
    metrics::values_of_customer, n_buyers_by_item, n_orders_by_customer, n_purchases_by_item,
};
use erbij_train::split_at;

use crate::most_popular::{by_popularity, most_popular};

fn baskets() -> Baskets {
    let order = |(customer, day, items): (u32, i64, &[u32])| Order {
        customer: Some(CustomerIdx::new(customer)),
        ordered_at: Timestamp::from_micros(0).plus_days(day),
        amount_minor: 0,
        lines: items.iter().map(|&item| (ItemIdx::new(item), 1.0)).collect(),
    };
    let orders: [(u32, i64, &[u32]); 8] = [
        // Before the cutoff: item 0 is in three baskets, 1 in two, 2 in two, 3 in one, 4 in none.
        (0, 1, &[0, 1]),
        (0, 2, &[0, 2]),
        (1, 3, &[0, 1]),
        (2, 4, &[2, 3]),
        // At and after it.
        (0, 10, &[2, 4]),
        (1, 11, &[1, 3]),
        (3, 12, &[0]),
        // After the horizon.
        (2, 40, &[0]),
    ];
    Baskets::from_orders(4, 5, orders.map(order).to_vec()).expect("valid orders")
}

#[test]
fn popularity_in_a_shop_of_four_customers() {
    let split = split_at(&baskets(), Timestamp::from_micros(0).plus_days(10), 28).expect("a split");
    let histories = Histories::from_baskets(&split.train);
    let n_purchases = n_purchases_by_item(&split.train);
    assert_eq!(n_purchases, [3, 2, 2, 1, 0]);
    let ranked = by_popularity(&n_purchases);

    let wanted: Vec<MetricAtK> =
        ["recall_at_2", "ndcg_at_2", "repeat_recall_at_2", "explore_recall_at_2", "serendipity_at_2"]
            .map(|name| name.parse().expect("a metric"))
            .to_vec();
    let n_buyers = n_buyers_by_item(&histories, 5);
    let facts =
        ItemFacts { n_buyers: &n_buyers, n_customers: 3, similarity: &|_, _| 0.0, category_of: &|_| None };
    // Nothing is masked: everybody is shown 0 and 1.
    let slate = most_popular(&ranked, &[], 2);
    let by_customer: Vec<Vec<Option<f64>>> = (0..4)
        .map(|customer| {
            let customer = CustomerIdx::new(customer);
            let bought_before: Vec<ItemIdx> =
                histories.items(customer).iter().copied().map(ItemIdx::new).collect();
            let case = CustomerCase {
                ranking: &slate,
                relevant: split.targets.of(customer),
                bought_before: &bought_before,
                popular: &slate,
            };
            values_of_customer(&wanted, &case, &facts)
        })
        .collect();
    let at_2 = 1.0 / 3.0_f64.log2();
    let expected = [
        // Wants 2 again and 4 for the first time.
        [Some(0.0), Some(0.0), Some(0.0), Some(0.0), Some(0.0)],
        // Wants 1 again, which is second, and 3 for the first time.
        [Some(0.5), Some(at_2 / (1.0 + at_2)), Some(1.0), Some(0.0), Some(0.0)],
        // Bought nothing in time: no value.
        [None; 5],
        // Is new and wants 0.
        [Some(1.0), Some(1.0), None, Some(1.0), Some(0.0)],
    ];
    assert_eq!(by_customer, expected);

    let columns: Vec<Vec<Option<f64>>> =
        (0..wanted.len()).map(|at| by_customer.iter().map(|values| values[at]).collect()).collect();
    let columns: Vec<&[Option<f64>]> = columns.iter().map(Vec::as_slice).collect();
    let found = means_with_intervals(&columns, &Resampling::with_seed(1)).expect("intervals");
    let means: Vec<(f64, usize)> = found.iter().map(|interval| (interval.mean, interval.n)).collect();
    let ndcg = (at_2 / (1.0 + at_2) + 1.0) / 3.0;
    assert_eq!(means, [(0.5, 3), (ndcg, 3), (0.5, 2), (1.0 / 3.0, 3), (0.0, 3)]);

    let slates = [&slate[..]; 4];
    let exposures = exposure_counts(slates, 2, 5);
    assert_eq!(value_of_catalogue(Metric::CatalogueCoverage, &exposures), Some(0.4));

    // Purchases 3, 2, 2, 1: the tail, at most a fifth of eight, is one purchase of 3 and none of 4.
    let slices = Slices::new(SliceRules::default(), n_orders_by_customer(&split.train), n_purchases);
    let tail = slices.restrict(Slice::Tail, &split.targets);
    assert_eq!(
        (tail.of(CustomerIdx::new(0)), tail.of(CustomerIdx::new(3))),
        (&[ItemIdx::new(4)][..], &[][..])
    );
    assert_eq!(slices.restrict(Slice::NewCustomers, &split.targets).n_filled(), 1);
}

/// The example of docs/quality.md, by which our metrics are told from those of other libraries.
#[test]
fn the_row_that_stands_beside_other_libraries_is_ours() {
    let items = |numbers: &[u32]| numbers.iter().copied().map(ItemIdx::new).collect::<Vec<_>>();
    let cases: [(&[u32], &[u32]); 6] = [
        (&[0, 1, 2, 3, 4], &[0, 9, 2]),
        (&[1], &[8, 1, 9]),
        (&[1], &[7, 8, 9]),
        (&[], &[0, 1, 2]),
        (&[1], &[]),
        (&[1], &[9, 1]),
    ];
    let facts = ItemFacts { n_buyers: &[], n_customers: 0, similarity: &|_, _| 0.0, category_of: &|_| None };
    for (name, expected) in [
        ("recall_at_3", 0.48),
        ("ndcg_at_3", 0.3932),
        ("average_precision_at_3", 0.3111),
        ("mrr_at_3", 0.4),
        ("hit_rate_at_3", 0.6),
        ("precision_at_3", 0.2667),
    ] {
        let metric: MetricAtK = name.parse().expect("a metric");
        let of_case = |&(relevant, ranking): &(&[u32], &[u32])| {
            let (relevant, ranking) = (items(relevant), items(ranking));
            let case =
                CustomerCase { ranking: &ranking, relevant: &relevant, bought_before: &[], popular: &[] };
            values_of_customer(&[metric], &case, &facts)[0]
        };
        let values: Vec<f64> = cases.iter().filter_map(of_case).collect();
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        assert_eq!(values.len(), 5, "D has nothing relevant");
        assert!((mean - expected).abs() < 5e-5, "{name}: {mean}");
    }
}
