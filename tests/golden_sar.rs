//! Co-occurrence and its measures against the reference matrices of SAR, cell by cell.
//!
//! The matrices are not part of this repository; where they are absent the test is ignored. SAR leaves the
//! number of lists out of its lift, and takes the number of items for it in its mutual information; both
//! are only another `total` of the same formula. Its matrices of lexicographers' mutual information are left
//! out: they are the matrix product of co-occurrence and mutual information, where the measure multiplies cell
//! by cell.

use std::collections::{BTreeMap, BTreeSet};

use erbij_core::{Baskets, CustomerIdx, ItemIdx, Order, Silent, StrColumn, Timestamp, Vocab};
use erbij_models::{AffinityMeasure, AffinityParams, CountBy, PairCounts, fit_affinity};

use crate::program::data_set;

/// Purchases as SAR's example has them.
struct Usage {
    items: Vocab<ItemIdx>,
    n_customers: usize,
    baskets: Baskets,
    n_customers_of: Vec<f64>,
}

fn read_usage(folder: &std::path::Path) -> Usage {
    let mut reader = csv::Reader::from_path(folder.join("demoUsage.csv")).expect("readable");
    let mut of_customers: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for record in reader.records() {
        let record = record.expect("three columns");
        of_customers.entry(record[0].to_owned()).or_default().insert(record[1].to_owned());
    }
    let ids: BTreeSet<&String> = of_customers.values().flatten().collect();
    let items = Vocab::new(ids.iter().collect::<StrColumn>()).expect("a set");
    let mut n_customers_of = vec![0.0; items.len()];
    let mut orders = Vec::new();
    for (customer, bought) in of_customers.values().enumerate() {
        let lines: Vec<(ItemIdx, f32)> =
            bought.iter().map(|id| (items.idx_from_id(id).expect("from the same rows"), 1.0)).collect();
        for (item, _) in &lines {
            n_customers_of[item.index()] += 1.0;
        }
        let customer = Some(CustomerIdx::new(customer as u32));
        orders.push(Order { customer, ordered_at: Timestamp::from_micros(0), amount_minor: 0, lines });
    }
    let n_customers = of_customers.len();
    let baskets = Baskets::from_orders(n_customers, items.len(), orders).expect("valid");
    Usage { items, n_customers, baskets, n_customers_of }
}

/// A matrix as (row, column) → value; each file has an order of its own.
fn read_matrix(path: &std::path::Path, items: &Vocab<ItemIdx>) -> BTreeMap<(ItemIdx, ItemIdx), f64> {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_path(path).expect("readable");
    let mut records = reader.records();
    let idx = |id: &str| items.idx_from_id(id).expect("a known item");
    let header = records.next().expect("a header").expect("text");
    let columns: Vec<ItemIdx> = header.iter().skip(1).map(idx).collect();
    let mut matrix = BTreeMap::new();
    for record in records {
        let record = record.expect("as wide as the header");
        let row = idx(&record[0]);
        for (&column, value) in columns.iter().zip(record.iter().skip(1)) {
            matrix.insert((row, column), value.parse().expect("a number"));
        }
    }
    matrix
}

#[test]
#[cfg_attr(not(has_data = "sar-reference"), ignore = "needs sar-reference in ERBIJ_DATA")]
fn every_matrix_is_met_at_both_supports() {
    let folder = data_set("sar-reference");
    let usage = read_usage(&folder);
    let n_items = usage.items.len() as f64;
    let mut n_cells = 0;
    for support in [1, 3] {
        for (name, measure, total) in [
            ("count", AffinityMeasure::Cooccurrence, 1.0),
            ("jac", AffinityMeasure::Jaccard, 1.0),
            ("lift", AffinityMeasure::Lift, 1.0),
            ("cos", AffinityMeasure::Cosine, 1.0),
            ("incl", AffinityMeasure::InclusionIndex, 1.0),
            ("mi", AffinityMeasure::MutualInformation, n_items),
        ] {
            let golden = read_matrix(&folder.join(format!("sim_{name}{support}.csv")), &usage.items);
            n_cells += compare(&usage, measure, total, support, &golden);
        }
    }
    // 101 items, 6 measures, 2 supports, the diagonal left out: nothing was passed over.
    assert_eq!(n_cells, 101 * 100 * 6 * 2);
}

fn compare(
    usage: &Usage,
    measure: AffinityMeasure,
    total: f64,
    support: u32,
    golden: &BTreeMap<(ItemIdx, ItemIdx), f64>,
) -> usize {
    let params = AffinityParams {
        count_by: CountBy::Customer,
        measure,
        min_cooccurrence: support,
        min_customers: 1,
        min_llr: 0.0,
        ..AffinityParams::default()
    };
    let params = AffinityParams { neighbours: usage.items.len() as u32, ..params }.check().expect("in range");
    let model = fit_affinity(&params, &usage.baskets, &Silent);
    let mut n_cells = 0;
    for anchor in usage.items.indices() {
        let related: BTreeMap<ItemIdx, _> = model.related(anchor).map(|pair| (pair.item, pair)).collect();
        for item in usage.items.indices().filter(|&item| item != anchor) {
            n_cells += 1;
            let expected = golden[&(anchor, item)];
            let Some(pair) = related.get(&item) else {
                assert!(
                    expected == 0.0 || expected == f64::NEG_INFINITY,
                    "{measure:?}: {expected} is missing"
                );
                continue;
            };
            let counts = |total| PairCounts {
                cooccurrence: f64::from(pair.cooccurrence),
                anchor: usage.n_customers_of[anchor.index()],
                candidate: usage.n_customers_of[item.index()],
                total,
            };
            let found = measure.strength(&counts(total), &params.measure_params());
            assert!(
                (found - expected).abs() <= 1e-9 * expected.abs().max(1.0),
                "{measure:?}: {found}, expected {expected}"
            );
            let own = measure.strength(&counts(usage.n_customers as f64), &params.measure_params());
            assert_eq!(pair.score, own as f32, "what is published is the measure of what was counted");
        }
    }
    n_cells
}
