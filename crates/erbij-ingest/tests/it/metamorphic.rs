//! What must not change the result: order of rows, cut into files and row groups, copies, threads, types.

use std::path::Path;
use std::sync::Arc;

use arrow_array::{ArrayRef, Int64Array};
use erbij_ingest::{Ingested, Settings};

use crate::support::{
    Line, batch, batch_of, check_identity, counts, ingest, instants, line, orders, properties, result, write,
    write_with,
};

/// A small shop with all its dirt, from a fixed linear congruence: no library, no chance.
fn shop() -> Vec<Line> {
    let mut state = 7_u64;
    let mut next = |n: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % n
    };
    (0..3000)
        .map(|row| {
            let order = row / 4;
            let cancels = next(20) == 0;
            let quantity = if cancels { -1 } else { [1, 1, 2, 5, 0][next(5) as usize] };
            let customer = if order % 7 == 0 { "-".to_owned() } else { (order % 50).to_string() };
            let item = if next(40) == 0 { "POST".to_owned() } else { (next(30) * next(30)).to_string() };
            let day = 1 + order % 28;
            line(&format!("{order} {item} 2024-01-{day:02} {customer} {quantity} {}", next(9)))
        })
        .collect()
}

fn of(folder: &Path) -> Ingested {
    let ingested = ingest(&orders(folder), &Settings::default()).expect("valid");
    check_identity(&ingested.report);
    ingested
}

#[test]
fn the_cut_and_order_of_files_means_nothing() {
    let shop = shop();
    let write_parts = |folder: &Path, lines: &[Line], n_parts: usize, rows_a_group: usize| {
        for (part, lines) in lines.chunks(lines.len().div_ceil(n_parts)).enumerate() {
            let properties = properties().set_max_row_group_row_count(Some(rows_a_group)).build();
            write_with(&folder.join(format!("{part}.parquet")), &batch_of(lines), properties);
        }
    };
    let mut expected = None;
    for (n_parts, rows_a_group, rotated) in
        [(1, 100_000, 0), (1, 100, 0), (5, 1000, 0), (3, 77, 1234), (2, 9999, 3)]
    {
        let folder = tempfile::tempdir().expect("a folder");
        let mut lines = shop.clone();
        lines.rotate_left(rotated);
        if rotated == 3 {
            lines.reverse();
        }
        write_parts(folder.path(), &lines, n_parts, rows_a_group);
        let ingested = of(folder.path());
        let found = (result(&ingested), counts(&ingested.report.tables["orders"]));
        assert!(700 < ingested.baskets.len() && !found.1.0.is_empty());
        assert!(5 < ingested.baskets.parts().returned.len());
        assert_eq!(
            expected.get_or_insert_with(|| found.clone()),
            &found,
            "{n_parts} {rows_a_group} {rotated}"
        );
    }
}

#[test]
fn every_file_twice_gives_the_same_baskets() {
    let folder = tempfile::tempdir().expect("a folder");
    let shop = shop();
    write(&folder.path().join("a.parquet"), &batch_of(&shop));
    let once = of(folder.path());
    write(&folder.path().join("b.parquet"), &batch_of(&shop));
    let twice = of(folder.path());
    assert_eq!(result(&once), result(&twice));
    let (one, two) = (&once.report.tables["orders"], &twice.report.tables["orders"]);
    assert_eq!((one.rows_used, 2 * one.rows_read), (two.rows_used, two.rows_read));
    assert_eq!(one.dropped["cancellation"], two.dropped["cancellation"]);
}

#[test]
fn the_number_of_threads_means_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let properties = properties().set_max_row_group_row_count(Some(500)).build();
    write_with(&folder.path().join("a.parquet"), &batch_of(&shop()), properties);
    let runs: Vec<_> = [1, 2, 3, 8]
        .map(|n_threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(n_threads).build().expect("threads");
            let ingested = pool.install(|| of(folder.path()));
            (result(&ingested), ingested.report)
        })
        .to_vec();
    assert!(runs.iter().all(|run| run == &runs[0]));
}

#[test]
fn numbers_and_texts_are_the_same_ids() {
    let shop: Vec<Line> = shop().into_iter().filter(|line| line.item != "POST").collect();
    let texts = tempfile::tempdir().expect("a folder");
    write(&texts.path().join("a.parquet"), &batch_of(&shop));
    let numbers = tempfile::tempdir().expect("a folder");
    let whole = |of: fn(&Line) -> &String| -> ArrayRef {
        Arc::new(shop.iter().map(|line| of(line).parse().ok()).collect::<Int64Array>())
    };
    let float = |of: fn(&Line) -> Option<f64>| -> ArrayRef {
        Arc::new(shop.iter().map(of).collect::<arrow_array::Float64Array>())
    };
    let columns = vec![
        ("product_id", whole(|line| &line.item)),
        ("ordered_at", instants(shop.iter().map(|line| Some(line.at.as_str())))),
        ("customer_id", whole(|line| &line.customer)),
        ("order_id", whole(|line| &line.order)),
        ("quantity", float(|line| line.quantity)),
        ("price", float(|line| line.price)),
    ];
    write(&numbers.path().join("a.parquet"), &batch(columns));
    assert_eq!(result(&of(texts.path())), result(&of(numbers.path())));
}
