//! Fits a purchase process to records, and everything to baskets.

use erbij_core::{Baskets, CustomerIdx, Progress, Timestamp};
use rayon::prelude::*;

use crate::lifetime::columns::{LifetimeColumns, NEVER, order_days};
use crate::lifetime::doubt::{LifetimeDoubt, doubt};
use crate::lifetime::empirical::read_off;
use crate::lifetime::error::LifetimeError;
use crate::lifetime::estimate::Estimate;
use crate::lifetime::maximise::{LIMIT, MAX_SAMPLE, maximise};
use crate::lifetime::model::{Lifetime, LifetimeBasis, LifetimeEstimate, LifetimeLaw};
use crate::lifetime::params::{CheckedLifetimeParams, LifetimeModelKind};
use crate::lifetime::purchase_process::PurchaseProcess;
use crate::lifetime::record::{BuyingRecord, Group, group, thinned};
use crate::lifetime::special::softplus;
use crate::lifetime::spend::{GammaGamma, SpendRecord, fit_gamma_gamma};
use crate::lifetime::{Nbd, params::LifetimeParams};

/// Groups a thread sums at once; sums of blocks are added in their order.
const BLOCK_GROUPS: usize = 2048;

/// Fits a process by maximum likelihood; equal records are computed once. Deterministic on any number of threads.
///
/// Some hundreds of evaluations of at most 4,096 customers, then some dozens of O(groups), at most 300. CDNOW's 2,357
/// customers, on one thread of a busy machine of two cores: `nbd` 3 ms, `mbg_nbd` and `bg_nbd` 25 ms, `pareto_nbd`
/// 0.2 s, `ggompertz_nbd`, which integrates and starts twice, 0.9 s. Errors where nobody has bought twice.
pub fn fit_process(
    kind: LifetimeModelKind,
    records: &[BuyingRecord],
) -> Result<Estimate<PurchaseProcess>, LifetimeError> {
    if records.is_empty() {
        return Err(LifetimeError::NoRecords);
    }
    let groups = group(records);
    let n_repeats: f64 = groups.iter().map(|g| g.n_customers * f64::from(g.record.n_repeats())).sum();
    let n_weeks: f64 = groups.iter().map(|g| g.n_customers * g.record.observed_weeks()).sum();
    if !(0.0 < n_repeats && 0.0 < n_weeks) {
        return Err(LifetimeError::NoRepeats);
    }
    let mean_weeks = n_weeks / records.len() as f64;
    // Half the shape, half the rate of all: near every published fit, and in the unit of the data.
    let alpha = 0.5 * n_weeks / n_repeats;
    let starts: Vec<Vec<f64>> = match kind {
        LifetimeModelKind::Nbd => vec![vec![0.5, alpha]],
        LifetimeModelKind::ParetoNbd => vec![vec![0.5, alpha, 0.5, 0.3 * mean_weeks]],
        LifetimeModelKind::BgNbd | LifetimeModelKind::MbgNbd => vec![vec![0.5, alpha, 0.8, 2.0]],
        // The growth of the hazard has two regimes: none to speak of, and within the time watched.
        LifetimeModelKind::GgompertzNbd => {
            [1e-5, 1.0].map(|growth| vec![0.5, alpha, growth / mean_weeks, 0.5, 0.3 * mean_weeks]).to_vec()
        }
    };
    let log_likelihood = |x: &[f64], groups: &[Group]| match process_at(kind, x) {
        Some(process) => log_likelihood_of(&process, groups),
        None => f64::NEG_INFINITY,
    };
    let sample = thinned(&groups, MAX_SAMPLE);
    let longest = records.iter().map(BuyingRecord::observed_weeks).fold(0.0, f64::max);
    let upper: Vec<f64> = parameters_searched(kind).iter().map(|name| ln_most(name, longest)).collect();
    let starts: Vec<Vec<f64>> = starts.iter().map(|start| start.iter().map(|v| v.ln()).collect()).collect();
    let starts: Vec<&[f64]> = starts.iter().map(Vec::as_slice).collect();
    let (of_sample, of_all) =
        (|x: &[f64]| log_likelihood(x, &sample), |x: &[f64]| log_likelihood(x, &groups));
    let best = maximise(&starts, &upper, of_sample, of_all).ok_or(LifetimeError::NoOptimum)?;
    let process = process_at(kind, &best.ln_parameters).ok_or(LifetimeError::NoOptimum)?;
    Ok(Estimate {
        model: process,
        log_likelihood: best.log_likelihood,
        n_customers: records.len(),
        standard_errors: best.standard_errors(&process.parameters()),
    })
}

/// The logarithm of the most that a parameter can be, where the longest that a customer was watched is so many weeks.
///
/// Where all buy at one rate, or leave alike, the shape of what they differ in grows without end. At `e^6` they differ
/// by 5 %, and no likelihood tells it from more; what does are the series and integrals behind an answer, whose terms
/// grow with it. A hazard that grows by `e^20` while customers are watched is a day on which all leave.
fn ln_most(name: &str, longest_weeks: f64) -> f64 {
    const MAX_LN_SHAPE: f64 = 6.0;
    const MOST_GROWN: f64 = 20.0;
    match name {
        "r" | "a" | "s" => MAX_LN_SHAPE,
        "growth" => (MOST_GROWN / longest_weeks).ln(),
        _ => LIMIT,
    }
}

/// What the log-parameters of [`process_at`] are called.
fn parameters_searched(kind: LifetimeModelKind) -> &'static [&'static str] {
    match kind {
        LifetimeModelKind::GgompertzNbd => &["r", "alpha", "growth", "s", "beta_weeks"],
        _ => kind.parameter_names(),
    }
}

/// The process at log-parameters. Of the gamma-Gompertz the last is `ln(β / b)`: the scale in weeks is identified
/// where `b` and `β` by themselves hardly are.
fn process_at(kind: LifetimeModelKind, x: &[f64]) -> Option<PurchaseProcess> {
    let mut parameters: Vec<f64> = x.iter().map(|value| value.exp()).collect();
    if kind == LifetimeModelKind::GgompertzNbd {
        parameters[4] *= parameters[2];
    }
    PurchaseProcess::new(kind, &parameters)
}

pub(super) fn log_likelihood_of(process: &PurchaseProcess, groups: &[Group]) -> f64 {
    let process = process.inner();
    let of_block = |block: &[Group]| {
        let of_count = |same: &[Group]| {
            let n_customers: f64 = same.iter().map(|group| group.n_customers).sum();
            let of_times = same.iter().map(|Group { record, n_customers }| {
                n_customers * (process.ln_alive(record) + softplus(process.ln_gone_odds(record)))
            });
            let n_repeats = f64::from(same[0].record.n_repeats());
            n_customers * process.ln_of_count(n_repeats) + of_times.sum::<f64>()
        };
        block.chunk_by(|a, b| a.record.n_repeats() == b.record.n_repeats()).map(of_count).sum::<f64>()
    };
    let sums: Vec<f64> = groups.par_chunks(BLOCK_GROUPS).map(of_block).collect();
    sums.into_iter().sum()
}

/// Fits who is still a customer, how often they buy and what they spend, from the baskets up to and including the instant
/// of `cutoff`, on whose day all are watched last. Guests are left out. Never fails: where too little can be learned
/// [`LifetimeBasis`] says what stands in, and where a fit is not to be believed [`LifetimeEstimate`] holds what customers
/// did instead; a note tells of it.
///
/// Purchases of one day are one; what was paid on it is added up. O(baskets) and the fits.
pub fn fit_lifetime(
    params: &CheckedLifetimeParams,
    baskets: &Baskets,
    cutoff: Timestamp,
    progress: &dyn Progress,
) -> Lifetime {
    let params = params.params();
    progress.begin("fitting lifetimes", None, "customers");
    let (columns, all_spend) = columns_of(baskets, cutoff);
    let records: Vec<BuyingRecord> = (0..columns.n_repeat_days.len())
        .filter_map(|customer| columns.record(customer, baskets.day_of(cutoff)))
        .collect();
    let (process, basis, doubt) = fit_or_doubt(params, &records, &columns);
    let (spend, spend_basis) = fit_spend(params, &columns, all_spend);
    let law = LifetimeLaw {
        process,
        basis,
        spend,
        spend_basis,
        horizon_days: params.horizon_days,
        alive_threshold: params.alive_threshold,
        lost_threshold: params.lost_threshold,
        new_days: params.new_days,
        tier_bounds: [0.0; 2],
    };
    progress.advance(records.len() as u64);
    let lifetime = Lifetime::new(columns, law).expect("fitted to these columns");
    let empirical = doubt.zip(rates_of(&process)).map(|(_, rates)| {
        let held_back_days = (lifetime.history_days() / 2).min(params.horizon_days);
        read_off(rates, baskets, cutoff, held_back_days)
    });
    let estimate = LifetimeEstimate { doubt, empirical };
    let lifetime = lifetime.with_estimate(estimate).expect("read off these columns");
    if let Some(note) = lifetime.note() {
        progress.note(&note);
    }
    lifetime.with_tier_bounds(params, baskets.day_of(cutoff))
}

/// The process that is believed, or rates alone and why.
fn fit_or_doubt(
    params: &LifetimeParams,
    records: &[BuyingRecord],
    columns: &LifetimeColumns,
) -> (PurchaseProcess, LifetimeBasis, Option<LifetimeDoubt>) {
    let n_repeaters = records.iter().filter(|record| 0 < record.n_repeats()).count();
    if n_repeaters < params.min_repeaters as usize {
        return (fallback_process(records), LifetimeBasis::TooFewRepeaters, None);
    }
    let fit = |kind: LifetimeModelKind| fit_process(kind, records).ok();
    let fitted = match fit(params.model) {
        // Without a growth of the hazard that could be known, the process is that without any.
        Some(found) if params.model == LifetimeModelKind::GgompertzNbd && found.standard_errors.is_none() => {
            fit(LifetimeModelKind::ParetoNbd)
        }
        found => found,
    };
    let doubt = match &fitted {
        Some(found) => doubt(found, records, columns),
        None => Some(LifetimeDoubt::AtEdge),
    };
    match (fitted, doubt) {
        (Some(found), None) => (found.model, LifetimeBasis::Fitted, None),
        (_, doubt) => {
            let rates = fit(LifetimeModelKind::Nbd).filter(|found| found.standard_errors.is_some());
            let process = rates.map_or_else(|| fallback_process(records), |found| found.model);
            (process, LifetimeBasis::NoOptimum, doubt)
        }
    }
}

fn rates_of(process: &PurchaseProcess) -> Option<Nbd> {
    match *process {
        PurchaseProcess::Nbd(rates) => Some(rates),
        _ => None,
    }
}

/// Everybody buys at a rate `Gamma(1, α)` whose mean is that of all, one order a year added for nobody's sake, and
/// nobody leaves. It knows rates alone, and says so by calling nobody silent.
fn fallback_process(records: &[BuyingRecord]) -> PurchaseProcess {
    const WEEKS_OF_A_YEAR: f64 = 365.25 / 7.0;
    let n_repeats: f64 = records.iter().map(|record| f64::from(record.n_repeats())).sum();
    let n_weeks: f64 = records.iter().map(BuyingRecord::observed_weeks).sum();
    PurchaseProcess::Nbd(Nbd { r: 1.0, alpha: (n_weeks + WEEKS_OF_A_YEAR) / (n_repeats + 1.0) })
}

/// Spend by the repeats' means; where that cannot be fitted, half a customer's own mean after one repeat, two thirds
/// after two, and so on, the rest the mean of all purchases.
fn fit_spend(
    params: &LifetimeParams,
    columns: &LifetimeColumns,
    all_spend: Option<f64>,
) -> (GammaGamma, LifetimeBasis) {
    let means = columns.n_repeat_days.iter().zip(columns.mean_spend_minor.iter());
    let records: Vec<SpendRecord> = means
        .filter(|&(&n, &mean)| 0 < n && 0.0 < mean)
        .map(|(&n_purchases, &mean)| SpendRecord { n_purchases, mean_spend: f64::from(mean) })
        .collect();
    let fallback = GammaGamma { p: 1.0, q: 2.0, v: all_spend.unwrap_or(0.0).max(0.0) };
    if records.len() < params.min_repeaters as usize {
        return (fallback, LifetimeBasis::TooFewRepeaters);
    }
    match fit_gamma_gamma(&records) {
        Ok(estimate) => (estimate.model, LifetimeBasis::Fitted),
        Err(_) => (fallback, LifetimeBasis::NoOptimum),
    }
}

/// Days, counts and spend of each customer, and the mean spend of all purchase days.
fn columns_of(baskets: &Baskets, cutoff: Timestamp) -> (LifetimeColumns, Option<f64>) {
    let n_customers = baskets.n_customers();
    let (mut n_repeat_days, mut first, mut last, mut means) = (
        vec![0_u32; n_customers],
        vec![NEVER; n_customers],
        vec![NEVER; n_customers],
        vec![0_f32; n_customers],
    );
    let (mut sum_of_all, mut n_days_of_all) = (0.0, 0_u64);
    for customer in 0..n_customers {
        let mut repeats_minor = 0.0;
        for (day, amount) in order_days(baskets, CustomerIdx::new(customer as u32), cutoff) {
            sum_of_all += amount;
            n_days_of_all += 1;
            if first[customer] == NEVER {
                first[customer] = day;
            } else {
                n_repeat_days[customer] += 1;
                repeats_minor += amount;
            }
            last[customer] = day;
        }
        means[customer] = (repeats_minor / f64::from(n_repeat_days[customer].max(1))) as f32;
    }
    let columns = LifetimeColumns {
        n_repeat_days: n_repeat_days.into(),
        first_bought_on: first.into(),
        last_bought_on: last.into(),
        mean_spend_minor: means.into(),
    };
    (columns, (0 < n_days_of_all).then(|| sum_of_all / n_days_of_all as f64))
}
