//! How sure a mean over customers is, and whether one system is better than another.
//!
//! A bootstrap over customers: draw as many customers as there are, with replacement, and take the mean
//! again; a thousand times. Resample `r` draws the same customers for every metric and every system, so
//! differences are paired, and its chance is a stream of its own of the seed, so the bytes do not depend on
//! threads.
//!
//! Cost: O(resamples · customers · (1 + metrics)). A resample is drawn once, as how often each customer is in
//! it (multinomial counts, 8 bytes a customer a thread); every metric then takes one linear pass over its
//! values. Drawing is what costs; a metric more adds little: a thousand resamples of 30,000 customers take
//! 0.07 s for ten metrics, and 0.10 s for ten that some customers lack (2 cores of an AMD EPYC;
//! `cargo run --release -p erbij-evaluate --example measure_intervals`).
//!
//! ```
//! use erbij_evaluate::{Resampling, mean_with_interval, paired_difference};
//! let resampling = Resampling::with_seed(7);
//! let ours = [0.4, 0.2, 0.0, 0.6, 0.8, 0.1, 0.3, 0.5];
//! let theirs = [0.3, 0.1, 0.0, 0.5, 0.6, 0.0, 0.2, 0.3];
//! let mean = mean_with_interval(&ours, &resampling).unwrap();
//! assert!(mean.low < mean.mean && mean.mean < mean.high);
//! // The means are uncertain, but customer by customer ours is never worse.
//! let difference = paired_difference(&ours, &theirs, &resampling).unwrap();
//! assert!(0.0 < difference.low && difference.p_value < 0.01);
//! ```

use erbij_train::stream;
use rand::RngExt;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

mod holm;
mod student;

pub use holm::holm;

/// How a bootstrap is done.
///
/// | Name | Default | Purpose | Range |
/// |---|---|---|---|
/// | `n_resamples` | 1000 | how often customers are drawn anew | 1 ≤ n |
/// | `seed` | – | which customers are drawn | any |
/// | `level` | 0.95 | how often an interval made so covers the truth | 0 < level < 1 |
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Resampling {
    /// How often customers are drawn anew.
    pub n_resamples: u32,
    /// Which customers are drawn.
    pub seed: u64,
    /// How often an interval made so covers the truth.
    pub level: f64,
}

impl Resampling {
    /// A thousand resamples and intervals of 95 %.
    pub const fn with_seed(seed: u64) -> Self {
        Self { n_resamples: 1000, seed, level: 0.95 }
    }
}

/// A mean over customers, and within what it would fall had other customers come.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Interval {
    /// The mean of those who have a value.
    pub mean: f64,
    /// The lower end of the percentile interval.
    pub low: f64,
    /// The upper end of the percentile interval.
    pub high: f64,
    /// The standard deviation of the mean over resamples.
    pub standard_error: f64,
    /// How many customers have a value.
    pub n: usize,
}

/// How much better the first of two systems is, customer by customer.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Difference {
    /// The mean of first minus second, over those who have a value of both.
    pub mean_difference: f64,
    /// The lower end of the percentile interval.
    pub low: f64,
    /// The upper end of the percentile interval.
    pub high: f64,
    /// How likely a difference as far from zero is if there is none; two-sided, never 0.
    pub p_value: f64,
    /// What the p-value was worked out from.
    pub p_from: PFrom,
    /// How many customers have a value of both.
    pub n: usize,
}

/// What a p-value was worked out from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PFrom {
    /// How many resamples are on the other side of zero.
    Resamples,
    /// None was, so from how many standard errors the difference is from zero, by Student's t.
    StudentT,
}

/// Why there is no interval.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum IntervalError {
    /// No customer has a value.
    #[error("column {column} holds no value, so it has no mean")]
    NoValue {
        /// Its position.
        column: usize,
    },
    /// A value is NaN or infinite.
    #[error("the value of customer {customer} in column {column} is no finite number")]
    NotFinite {
        /// The position of the column.
        column: usize,
        /// Whose value.
        customer: usize,
    },
    /// Two columns are not about the same customers.
    #[error("column {column} has {found} customers, not {expected}")]
    Length {
        /// The position of the column.
        column: usize,
        /// How many there must be.
        expected: usize,
        /// How many there are.
        found: usize,
    },
    /// Two systems were measured in different ways.
    #[error("the first system has {first} columns and the second {second}")]
    Columns {
        /// How many the first has.
        first: usize,
        /// How many the second has.
        second: usize,
    },
    /// The resampling itself is out of range.
    #[error(
        "a bootstrap needs at least 1 resample and a level between 0 and 1, not {n_resamples} and {level}"
    )]
    Resampling {
        /// How many resamples were asked for.
        n_resamples: u32,
        /// The level asked for, as text.
        level: String,
    },
}

/// The mean of values, one a customer, with its percentile interval.
///
/// The interval is from the `(1 − level) / 2` to the `(1 + level) / 2` quantile of the resampled means
/// (Efron & Tibshirani 1993, chapter 13; linear between two means). For several metrics of the same
/// customers [`means_with_intervals`] draws only once.
pub fn mean_with_interval(values: &[f64], resampling: &Resampling) -> Result<Interval, IntervalError> {
    let column: Vec<Option<f64>> = values.iter().copied().map(Some).collect();
    let intervals = means_with_intervals(&[&column], resampling)?;
    Ok(intervals[0])
}

/// The mean of each column with its percentile interval; a column has one value a customer, or none.
///
/// Customers without a value are drawn like everybody else and left out of that column's mean, so how many
/// have one is part of the uncertainty. A resample in which nobody has one says nothing and is passed over.
pub fn means_with_intervals(
    columns: &[&[Option<f64>]],
    resampling: &Resampling,
) -> Result<Vec<Interval>, IntervalError> {
    let columns = checked(columns, resampling)?;
    let resampled = resampled_means(&columns, resampling);
    Ok(columns
        .iter()
        .zip(&resampled)
        .map(|(column, means)| interval(column, means, resampling.level))
        .collect())
}

/// The mean difference of two systems' values, first minus second, one pair a customer.
///
/// The p-value is `min(1, 2 · (1 + min(#{d ≤ 0}, #{d ≥ 0})) / (1 + resamples))` over the resampled mean
/// differences `d` (Efron & Tibshirani 1993, section 15.4, two-sided; one is added as if the data were a
/// resample more, Davison & Hinkley 1997, so that a thousand resamples never say "impossible"). It is below
/// `1 − level` about when the interval leaves zero out.
///
/// Where all resamples are on one side, that is its floor, 2 / (1 + resamples), which says how often was drawn and not
/// how rare the difference is: times the comparisons of a report ([`holm`]) it would call the surest difference
/// uncertain. There the p-value is the tail of Student's t at the difference over its bootstrap standard error, with a
/// degree of freedom a customer less one (Davison & Hinkley 1997, sections 2.1 and 4.4: a test by the estimate over its
/// standard error); [`PFrom`] says so. It is never above that floor, unless the floor is, and never below 2 / 2^m, the
/// least that a test by exchanging the systems at random for each of `m` customers who differ can say (Fisher 1935),
/// unless that is above the floor.
pub fn paired_difference(
    first: &[f64],
    second: &[f64],
    resampling: &Resampling,
) -> Result<Difference, IntervalError> {
    let column = |values: &[f64]| values.iter().copied().map(Some).collect::<Vec<_>>();
    let differences = paired_differences(&[&column(first)], &[&column(second)], resampling)?;
    Ok(differences[0])
}

/// [`paired_difference`] of each column of one system and the same column of another.
///
/// A customer without both values is in no difference.
pub fn paired_differences(
    first: &[&[Option<f64>]],
    second: &[&[Option<f64>]],
    resampling: &Resampling,
) -> Result<Vec<Difference>, IntervalError> {
    if first.len() != second.len() {
        return Err(IntervalError::Columns { first: first.len(), second: second.len() });
    }
    let mut differences = Vec::with_capacity(first.len());
    for (column, (first, second)) in first.iter().zip(second).enumerate() {
        if first.len() != second.len() {
            let (expected, found) = (first.len(), second.len());
            return Err(IntervalError::Length { column, expected, found });
        }
        let difference = |(a, b): (&Option<f64>, &Option<f64>)| Some((*a)? - (*b)?);
        differences.push(first.iter().zip(*second).map(difference).collect::<Vec<_>>());
    }
    let borrowed: Vec<&[Option<f64>]> = differences.iter().map(Vec::as_slice).collect();
    let columns = checked(&borrowed, resampling)?;
    let resampled = resampled_means(&columns, resampling);
    let with_p_value = |(column, means): (&Column, &Vec<f64>)| {
        let Interval { mean, low, high, n, standard_error } = interval(column, means, resampling.level);
        let tail = || tail_of(column, standard_error);
        let (p_value, p_from) = p_value(means, tail);
        Difference { mean_difference: mean, low, high, p_value, p_from, n }
    };
    Ok(columns.iter().zip(&resampled).map(with_p_value).collect())
}

/// Values as the passes want them: a sum is a product with how often each customer was drawn.
struct Column {
    /// One a customer; 0 where there is none.
    values: Vec<f64>,
    /// 1 where there is a value, else 0; left out where everybody has one.
    is_there: Option<Vec<f64>>,
    n: usize,
    mean: f64,
}

fn checked(columns: &[&[Option<f64>]], resampling: &Resampling) -> Result<Vec<Column>, IntervalError> {
    let Resampling { n_resamples, level, .. } = *resampling;
    if !(1 <= n_resamples && 0.0 < level && level < 1.0) {
        return Err(IntervalError::Resampling { n_resamples, level: level.to_string() });
    }
    let expected = columns.first().map_or(0, |column| column.len());
    let mut taken = Vec::with_capacity(columns.len());
    for (column, &values) in columns.iter().enumerate() {
        if values.len() != expected {
            return Err(IntervalError::Length { column, expected, found: values.len() });
        }
        let is_bad = |value: &Option<f64>| value.is_some_and(|value| !value.is_finite());
        if let Some(customer) = values.iter().position(is_bad) {
            return Err(IntervalError::NotFinite { column, customer });
        }
        let n = values.iter().flatten().count();
        if n == 0 {
            return Err(IntervalError::NoValue { column });
        }
        let is_there = || values.iter().map(|value| if value.is_some() { 1.0 } else { 0.0 }).collect();
        taken.push(Column {
            is_there: (n < values.len()).then(is_there),
            mean: values.iter().flatten().sum::<f64>() / n as f64,
            values: values.iter().map(|value| value.unwrap_or(0.0)).collect(),
            n,
        });
    }
    Ok(taken)
}

/// The means of each column in each resample, rising; `(n_columns, n_resamples)` or fewer.
fn resampled_means(columns: &[Column], resampling: &Resampling) -> Vec<Vec<f64>> {
    let n_customers = columns.first().map_or(0, |column| column.values.len());
    let by_resample: Vec<Vec<Option<f64>>> = (0..resampling.n_resamples)
        .into_par_iter()
        .map_init(
            || vec![0.0; n_customers],
            |n_drawn, resample| {
                draw(n_drawn, resampling.seed, resample);
                columns.iter().map(|column| mean_of_drawn(column, n_drawn)).collect()
            },
        )
        .collect();
    let of_column = |column: usize| {
        let mut means: Vec<f64> = by_resample.iter().filter_map(|means| means[column]).collect();
        means.sort_unstable_by(f64::total_cmp);
        means
    };
    (0..columns.len()).map(of_column).collect()
}

/// Draws as many customers as there are, with replacement; leaves how often each was drawn.
///
/// Counts are held as `f64`, which they are multiplied as, exact far beyond any number of customers.
fn draw(n_drawn: &mut [f64], seed: u64, resample: u32) {
    let mut rng = stream(seed, u64::from(resample));
    n_drawn.fill(0.0);
    let n_customers = u32::try_from(n_drawn.len()).expect("customers are numbered in 32 bits");
    for _ in 0..n_customers {
        n_drawn[rng.random_range(0..n_customers) as usize] += 1.0;
    }
}

fn mean_of_drawn(column: &Column, n_drawn: &[f64]) -> Option<f64> {
    let n = match &column.is_there {
        None => n_drawn.len() as f64,
        Some(is_there) => dot(is_there, n_drawn),
    };
    (0.0 < n).then(|| dot(&column.values, n_drawn) / n)
}

/// A sum of products in eight lanes, always in the same order, which the compiler can keep in registers.
fn dot(a: &[f64], b: &[f64]) -> f64 {
    let mut lanes = [0.0; 8];
    let (a_chunks, a_rest) = a.as_chunks::<8>();
    let (b_chunks, b_rest) = b.as_chunks::<8>();
    for (a, b) in a_chunks.iter().zip(b_chunks) {
        for lane in 0..8 {
            lanes[lane] += a[lane] * b[lane];
        }
    }
    let rest: f64 = a_rest.iter().zip(b_rest).map(|(a, b)| a * b).sum();
    lanes.iter().sum::<f64>() + rest
}

fn interval(column: &Column, means: &[f64], level: f64) -> Interval {
    let Column { n, mean, .. } = *column;
    if means.is_empty() {
        // Nobody with a value was drawn even once: all that is known is the mean itself.
        return Interval { mean, low: mean, high: mean, standard_error: 0.0, n };
    }
    let centre = means.iter().sum::<f64>() / means.len() as f64;
    let squares: f64 = means.iter().map(|resampled| (resampled - centre).powi(2)).sum();
    Interval {
        mean,
        low: quantile(means, (1.0 - level) / 2.0),
        high: quantile(means, (1.0 + level) / 2.0),
        standard_error: (squares / (means.len() - 1).max(1) as f64).sqrt(),
        n,
    }
}

/// The quantile of rising values, linear between two of them (type 7 of Hyndman & Fan 1996).
fn quantile(rising: &[f64], share: f64) -> f64 {
    let place = share * (rising.len() - 1) as f64;
    let below = place.floor() as usize;
    let above = (below + 1).min(rising.len() - 1);
    rising[below] + (place - below as f64) * (rising[above] - rising[below])
}

/// From the resampled differences; where these are all on one side, from the tail.
fn p_value(rising_differences: &[f64], tail: impl FnOnce() -> f64) -> (f64, PFrom) {
    let n = rising_differences.len();
    let n_not_above = rising_differences.partition_point(|&difference| difference <= 0.0);
    let n_not_below = n - rising_differences.partition_point(|&difference| difference < 0.0);
    let n_other_side = n_not_above.min(n_not_below);
    let resampled = (2.0 * (1 + n_other_side) as f64 / (1 + n) as f64).min(1.0);
    match n_other_side {
        0 if 0 < n => (tail().min(resampled), PFrom::StudentT),
        _ => (resampled, PFrom::Resamples),
    }
}

/// How rare a mean difference is by its standard error, and at least what exchanging the systems could say.
fn tail_of(differences: &Column, standard_error: f64) -> f64 {
    let n_differing = differences.values.iter().filter(|&&difference| difference != 0.0).count();
    let by_exchange = 2.0 * 0.5_f64.powi(i32::try_from(n_differing).unwrap_or(i32::MAX));
    let t = differences.mean / standard_error;
    // Of one customer, and where nothing varies, there is no standard error to go by.
    let by_student = match differences.n {
        2.. if t.is_finite() => student::two_sided_tail(t, differences.n - 1),
        _ => 0.0,
    };
    by_student.max(by_exchange)
}

#[cfg(test)]
mod tests;
