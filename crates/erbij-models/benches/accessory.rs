//! Seconds of the accessory fit, beside those of affinity on the same orders in the same run.
//!
//! `cargo bench -p erbij-models --bench accessory -- [customers items lines]` makes orders of the shape of a shop:
//! popularity by a power law, customers with three interests among categories of 120 items, four lines an order.

#![expect(clippy::print_stdout, reason = "a benchmark's answer goes to stdout")]

use std::time::Instant;

use erbij_core::{
    BasketParts, Baskets, Catalogue, CatalogueColumns, Currency, CustomerIdx, Day, ItemIdx, Silent,
    VariantColumns,
};
use erbij_models::{AccessoryParams, AffinityParams, CountBy, fit_accessory, fit_affinity};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

fn main() {
    let args: Vec<String> = std::env::args().skip(1).filter(|arg| arg != "--bench").collect();
    let number = |at: usize, default: u32| {
        args.get(at).map_or(default, |arg| arg.parse().expect("arguments are numbers"))
    };
    let (n_customers, n_items, n_lines) = (number(0, 20_000), number(1, 5_000), number(2, 1_000_000));
    let (baskets, catalogue) = (orders(n_customers, n_items, n_lines), catalogue(n_items));
    println!("{n_customers} customers, {n_items} items, {} lines", baskets.n_lines());
    let params = AccessoryParams::default().check().expect("defaults are in range");
    let (accessory, n_pairs) = timed(|| {
        let model = fit_accessory(&params, &baskets, &catalogue, &Silent);
        model.columns().items.len()
    });
    println!("accessory                        {accessory:>8.2} s  {n_pairs} pairs");
    for (name, count_by, window_days) in
        [("by basket", CountBy::Basket, None), ("by customer, 60 days", CountBy::Customer, Some(60))]
    {
        let params = AffinityParams { count_by, window_days, ..AffinityParams::default() };
        let params = params.check().expect("in range");
        let (affinity, n_pairs) = timed(|| fit_affinity(&params, &baskets, &Silent).neighbours().n_values());
        let ratio = accessory / affinity;
        println!(
            "affinity {name:<23} {affinity:>8.2} s  {n_pairs} pairs; accessory takes {ratio:.2} times that"
        );
    }
}

fn timed<T>(run: impl FnOnce() -> T) -> (f64, T) {
    let began = Instant::now();
    let result = run();
    (began.elapsed().as_secs_f64(), result)
}

/// Between 0 and 1.
fn chance(rng: &mut ChaCha8Rng) -> f64 {
    f64::from(rng.next_u32()) / f64::from(u32::MAX)
}

/// A number below n, small ones far more often.
fn popular(rng: &mut ChaCha8Rng, n: u32) -> u32 {
    let rank = (f64::from(n) + 5.0).powf(chance(rng)) * 5.0_f64.powf(1.0 - chance(rng)) - 5.0;
    (rank.max(0.0) as u32).min(n - 1)
}

fn orders(n_customers: u32, n_items: u32, n_lines: u32) -> Baskets {
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let n_categories = (n_items / 120).max(1);
    let mut parts = BasketParts {
        n_customers: n_customers as usize,
        n_items: n_items as usize,
        offsets: vec![0],
        ..BasketParts::default()
    };
    let mean_orders = f64::from(n_lines) / f64::from(n_customers) / 4.0;
    for customer in 0..n_customers {
        // Exponential: a few buy much, most little.
        let n_orders = (-mean_orders * (1.0 - chance(&mut rng)).max(1e-9).ln()).ceil() as usize;
        let interests = [0; 3].map(|_| rng.next_u32() % n_categories);
        let mut days: Vec<i32> = (0..n_orders).map(|_| (rng.next_u32() % 730) as i32).collect();
        days.sort_unstable();
        for day in days {
            let mut items: Vec<ItemIdx> = (0..4)
                .map(|_| {
                    let category = interests[(rng.next_u32() % 3) as usize];
                    let within = popular(&mut rng, n_items / n_categories);
                    // Items are numbered by popularity: categories take turns.
                    ItemIdx::new((within * n_categories + category).min(n_items - 1))
                })
                .collect();
            items.sort_unstable();
            items.dedup();
            parts.customers.push(CustomerIdx::new(customer));
            parts.ordered_at.push(Day::new(day).start());
            parts.amounts_minor.push(0);
            parts.quantities.resize(parts.items.len() + items.len(), 1.0);
            parts.items.extend(items);
            parts.offsets.push(parts.items.len());
        }
    }
    Baskets::from_parts(parts).expect("laid out in order")
}

fn catalogue(n_items: u32) -> Catalogue {
    let n_categories = (n_items / 120).max(1);
    let ids: Vec<String> = (0..n_items).map(|item| format!("i{item}")).collect();
    let paths: Vec<String> =
        (0..n_items).map(|item| format!("c{} > s{}", item % n_categories, item / n_categories % 6)).collect();
    let columns = CatalogueColumns {
        category: paths.iter().map(String::as_str).collect(),
        price_minor: (0..n_items).map(|item| i64::from(100 + item * 7919 % 9_000)).collect(),
        ..CatalogueColumns::of_ids(ids.iter().map(String::as_str).collect())
    };
    Catalogue::new(columns, VariantColumns::default(), Currency::EUR).expect("valid columns")
}
