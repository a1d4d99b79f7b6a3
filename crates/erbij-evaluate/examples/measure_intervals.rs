//! Prints how long intervals of 30,000 customers take: `measure_intervals [COLUMNS]`, 10 by default.

#![expect(clippy::print_stdout, reason = "an example prints")]

use std::time::Instant;

use erbij_evaluate::{Resampling, means_with_intervals};

const N_CUSTOMERS: usize = 30_000;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let n_columns: usize = std::env::args().nth(1).map_or(Ok(10), |text| text.parse())?;
    for every_seventh in [Some(1.0), None] {
        let value =
            |customer: usize| if customer.is_multiple_of(7) { every_seventh } else { Some(customer as f64) };
        let column: Vec<Option<f64>> = (0..N_CUSTOMERS).map(value).collect();
        let resampling = Resampling::with_seed(1);
        let started = Instant::now();
        let intervals = means_with_intervals(&vec![&column[..]; n_columns], &resampling)?;
        println!(
            "{} resamples, {n_columns} columns with {} values each: {:.2?}",
            resampling.n_resamples,
            intervals.first().map_or(0, |interval| interval.n),
            started.elapsed(),
        );
    }
    Ok(())
}
