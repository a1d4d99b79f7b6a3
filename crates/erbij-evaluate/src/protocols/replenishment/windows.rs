//! Windows told at the cutoff, beside the day of the next purchase.

use std::collections::BTreeMap;

use erbij_core::{CustomerIdx, Day, ItemIdx};
use erbij_people::{DueEstimate, DueEvidence};
use serde::Serialize;

use super::facts::{Known, day_of, item_means, known, next};
use super::fitted::Fitted;
use super::planted::PlantedInterval;

/// Windows by how many intervals of the customer's own stand behind them: name, from, to.
const BY_INTERVALS: [(&str, u32, u32); 5] =
    [("0", 0, 0), ("1", 1, 1), ("2", 2, 2), ("3_to_5", 3, 5), ("6_or_more", 6, u32::MAX)];

/// What came of the windows of planted pairs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PlantedWindows {
    /// What became of the pairs.
    pub planted_pairs: Fates,
    /// Of all pairs judged.
    pub window: WindowFigures,
    /// The share of windows that hold the next purchase, of all that were observed, those never bought again included.
    pub inside_of_all_observed: Option<f64>,
    /// By how many intervals of the customer's own stand behind it.
    pub window_by_n_intervals: BTreeMap<&'static str, WindowFigures>,
    /// By what the estimate mostly rests on.
    pub window_by_evidence: BTreeMap<&'static str, WindowFigures>,
    /// Errors of the three ways, all on the pairs for which each has something to say.
    pub due_error_days: DueErrors,
    /// The same for every pair that was judged; own means have nothing to say of a first interval.
    pub due_error_days_of_all: DueErrors,
    /// How far intervals are from those that were planted.
    pub interval_error_days: DueErrors,
}

/// What became of the planted pairs that were bought before the cutoff.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Fates {
    /// All of them.
    pub bought_before_cutoff: u64,
    /// Too few of the item's customers came back for it.
    pub item_not_repeated: u64,
    /// So long overdue that nothing is told.
    pub given_up: u64,
    /// The window ends after the data do, or after the customer left.
    pub window_not_observed: u64,
    /// Not bought again although the window was observed.
    pub never_bought_again: u64,
    /// Told, observed and bought.
    pub judged: usize,
}

/// Where the next purchases fell. A share or a median of nothing is none.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct WindowFigures {
    /// How many pairs.
    pub n: usize,
    /// The share of next purchases within the window.
    pub inside: Option<f64>,
    /// The share before it.
    pub early: Option<f64>,
    /// The share after it.
    pub late: Option<f64>,
    /// Days from its first to its last, both counted.
    pub median_window_days: Option<f64>,
    /// Days from the day told to the purchase.
    pub median_error_days: Option<f64>,
}

/// Errors in days, of several ways on the same pairs: medians, and means beside them.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct DueErrors {
    /// How many pairs.
    pub n: usize,
    /// Of the model.
    pub model: Option<f64>,
    /// Their mean.
    pub model_mean: Option<f64>,
    /// Of the mean of the customer's own intervals, where it is compared.
    #[serde(flatten)]
    pub own: Option<OwnMeanErrors>,
    /// Of the mean interval of all customers of the item.
    pub item_mean: Option<f64>,
    /// Their mean.
    pub item_mean_mean: Option<f64>,
}

/// Errors of the mean of the customer's own intervals.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct OwnMeanErrors {
    /// Their median.
    pub own_mean: Option<f64>,
    /// Their mean.
    pub own_mean_mean: Option<f64>,
}

/// One pair that was told and bought.
struct Judged {
    is_inside: bool,
    is_early: bool,
    n_intervals: u32,
    evidence: DueEvidence,
    window_days: f64,
    error: f64,
    error_of_own_mean: Option<f64>,
    error_of_item_mean: Option<f64>,
}

/// Judges the windows of planted pairs. `planted` is as [`once_each`](super::once_each) gives it; `left_on` has a customer
/// each: the day they left, where they did. O(lines + planted pairs, each found by halving).
pub fn judge_windows(
    fitted: &Fitted<'_>,
    planted: &[PlantedInterval],
    left_on: &[Option<Day>],
) -> PlantedWindows {
    let item_means = item_means(fitted.baskets, fitted.cutoff);
    let mut fates = Fates::default();
    let (mut judged, mut from_planted) = (Vec::new(), Vec::new());
    for of_customer in planted.chunk_by(|a, b| a.customer == b.customer) {
        let customer = of_customer[0].customer;
        let history = History::new(fitted, customer, left_on[customer.index()]);
        for pair in of_customer {
            let found = history.known.binary_search_by_key(&pair.item, |known| known.item);
            let Ok(known) = found.map(|at| &history.known[at]) else { continue };
            fates.bought_before_cutoff += 1;
            let item_mean = item_means[pair.item.index()];
            let Some(estimate) = history.due.iter().find(|due| due.item == pair.item) else {
                history.count_untold(fitted, pair.item.get(), &mut fates);
                continue;
            };
            if let (Some(true_days), Some(own), Some(item)) =
                (pair.mean_days, known.mean_interval(), item_mean)
            {
                let told = [f64::from(estimate.interval_days), own, item];
                from_planted.push(told.map(|days| (days - true_days).abs()));
            }
            if history.observed_until < estimate.window.1.get() {
                fates.window_not_observed += 1;
                continue;
            }
            let Some(day) = day_of(&history.next, pair.item) else {
                fates.never_bought_again += 1;
                continue;
            };
            let window = (estimate.window.0.get(), estimate.window.1.get());
            // What is overdue by a mean is due now: no reminder can be sent yesterday.
            let error_of = |mean: f64| {
                let due = (f64::from(known.last()) + mean).max(f64::from(fitted.cutoff.get()));
                (due - f64::from(day)).abs()
            };
            judged.push(Judged {
                is_inside: (window.0..=window.1).contains(&day),
                is_early: day < window.0,
                n_intervals: estimate.n_intervals,
                evidence: estimate.evidence,
                window_days: f64::from(window.1 - window.0 + 1),
                error: f64::from((estimate.due_on.get() - day).abs()),
                error_of_own_mean: known.mean_interval().map(error_of),
                error_of_item_mean: item_mean.map(error_of),
            });
        }
    }
    figures(fates, &judged, &from_planted)
}

/// What is needed to judge one customer.
struct History {
    customer: CustomerIdx,
    known: Vec<Known>,
    next: Vec<(ItemIdx, i32)>,
    due: Vec<DueEstimate>,
    observed_until: i32,
}

impl History {
    fn new(fitted: &Fitted<'_>, customer: CustomerIdx, left_on: Option<Day>) -> Self {
        let baskets = fitted.baskets;
        let horizon = (fitted.end.get() - fitted.cutoff.get() + 1) as u32;
        Self {
            customer,
            known: known(baskets, customer, fitted.cutoff),
            next: next(baskets, customer, fitted.cutoff),
            due: fitted.model.due(customer, fitted.cutoff, horizon),
            observed_until: left_on.map_or(i32::MAX, Day::get).min(fitted.end.get()),
        }
    }

    fn count_untold(&self, fitted: &Fitted<'_>, item: u32, fates: &mut Fates) {
        let columns = fitted.model.columns();
        let row = &columns.items[columns.rows.range(self.customer.index())];
        if row.contains(&item) {
            fates.given_up += 1;
        } else {
            fates.item_not_repeated += 1;
        }
    }
}

fn share(n: usize, of: usize) -> Option<f64> {
    (0 < of).then(|| n as f64 / of as f64)
}

fn coverage<'a>(judged: impl Iterator<Item = &'a Judged>) -> WindowFigures {
    let judged: Vec<&Judged> = judged.collect();
    let count = |of: fn(&Judged) -> bool| judged.iter().filter(|pair| of(pair)).count();
    WindowFigures {
        n: judged.len(),
        inside: share(count(|pair| pair.is_inside), judged.len()),
        early: share(count(|pair| pair.is_early), judged.len()),
        late: share(count(|pair| !pair.is_inside && !pair.is_early), judged.len()),
        median_window_days: median(judged.iter().map(|pair| pair.window_days).collect()),
        median_error_days: median(judged.iter().map(|pair| pair.error).collect()),
    }
}

/// Errors of model, own mean and item mean.
fn errors(all: &[[f64; 3]]) -> DueErrors {
    let of = |way: usize| median_and_mean(all.iter().map(|errors| errors[way]).collect());
    let [(model, model_mean), (own_mean, own_mean_mean), (item_mean, item_mean_mean)] = [of(0), of(1), of(2)];
    let own = Some(OwnMeanErrors { own_mean, own_mean_mean });
    DueErrors { n: all.len(), model, model_mean, own, item_mean, item_mean_mean }
}

/// Errors of model and item mean.
fn errors_without_own(all: &[[f64; 2]]) -> DueErrors {
    let of = |way: usize| median_and_mean(all.iter().map(|errors| errors[way]).collect());
    let [(model, model_mean), (item_mean, item_mean_mean)] = [of(0), of(1)];
    DueErrors { n: all.len(), model, model_mean, own: None, item_mean, item_mean_mean }
}

fn median_and_mean(errors: Vec<f64>) -> (Option<f64>, Option<f64>) {
    let mean = (!errors.is_empty()).then(|| errors.iter().sum::<f64>() / errors.len() as f64);
    (median(errors), mean)
}

/// The middle of some numbers; none of none.
fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    match values.len() {
        0 => None,
        n if n.is_multiple_of(2) => Some(f64::midpoint(values[middle - 1], values[middle])),
        _ => Some(values[middle]),
    }
}

fn figures(fates: Fates, judged: &[Judged], from_planted: &[[f64; 3]]) -> PlantedWindows {
    let n_inside = judged.iter().filter(|pair| pair.is_inside).count();
    let observed = judged.len() + fates.never_bought_again as usize;
    let by_intervals = BY_INTERVALS.map(|(name, from, to)| {
        (name, coverage(judged.iter().filter(|pair| (from..=to).contains(&pair.n_intervals))))
    });
    let by_evidence = DueEvidence::ALL
        .iter()
        .map(|&evidence| (evidence.name(), coverage(judged.iter().filter(|pair| pair.evidence == evidence))));
    let with_own: Vec<[f64; 3]> = judged
        .iter()
        .filter_map(|pair| Some([pair.error, pair.error_of_own_mean?, pair.error_of_item_mean?]))
        .collect();
    let of_all: Vec<[f64; 2]> =
        judged.iter().filter_map(|pair| Some([pair.error, pair.error_of_item_mean?])).collect();
    PlantedWindows {
        planted_pairs: Fates { judged: judged.len(), ..fates },
        window: coverage(judged.iter()),
        inside_of_all_observed: share(n_inside, observed),
        window_by_n_intervals: by_intervals.into_iter().collect(),
        window_by_evidence: by_evidence.collect(),
        due_error_days: errors(&with_own),
        due_error_days_of_all: errors_without_own(&of_all),
        interval_error_days: errors(from_planted),
    }
}
