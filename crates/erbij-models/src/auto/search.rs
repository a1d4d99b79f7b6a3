//! The one comparison behind every choice.

use crate::auto::{Auto, AutoParams, Choice, Verdict};

/// What one round tries, beside what is best so far.
type Round<'a, P> = &'a dyn Fn(&P) -> Vec<P>;

/// Cases below which nothing is chosen.
const MIN_CASES: usize = 200;

/// How many standard errors a challenger must be ahead: by chance one of 700 is. A search tries a few tens.
const MIN_Z: f64 = 3.0;

/// What values are judged by.
#[derive(Clone, Copy, Debug)]
pub(crate) struct HeldOutCases {
    /// The metric.
    pub(crate) metric: &'static str,
    /// What the cases are, in words that follow a number.
    pub(crate) told: &'static str,
    /// How many there are.
    pub(crate) n: usize,
}

/// Parameters, and their value of each case.
struct Judged<P> {
    params: P,
    values: Vec<f64>,
}

/// Chooses the keys that are to be chosen.
///
/// Each round gives challengers of the best so far. The one with the highest mean takes its place where it is ahead by more
/// than three standard errors of the mean difference, case by case; of equals the first. So ties, and all that chance
/// could do, leave what is shipped. `judge` gives a value of each case, and is not asked where these are too few or nothing is
/// to be chosen; what was judged is not judged again. Without anything to choose there is no [`Choice`].
pub(crate) fn choose<P: AutoParams>(
    auto: &Auto<P>,
    cases: HeldOutCases,
    mut judge: impl FnMut(&P) -> Vec<f64>,
    rounds: &[Round<'_, P>],
) -> (P, Option<Choice>) {
    let shipped = auto.params();
    if !auto.any_auto() {
        return (shipped.clone(), None);
    }
    let choice = |verdict, params: &P, n_tried: usize, means: [f64; 2]| Choice {
        table: P::TABLE.to_owned(),
        verdict,
        values: auto.chosen_of(params),
        metric: cases.metric.to_owned(),
        held_out: cases.told.to_owned(),
        n_cases: cases.n as u64,
        n_tried: n_tried as u64,
        shipped: means[0],
        chosen: means[1],
    };
    if cases.n < MIN_CASES {
        return (shipped.clone(), Some(choice(Verdict::TooFewCases, shipped, 0, [0.0; 2])));
    }
    let mut judged = |params: P| {
        let values = judge(&params);
        assert_eq!(values.len(), cases.n, "a value of each case");
        Judged { params, values }
    };
    let mut best = judged(shipped.clone());
    let as_shipped = mean(&best.values);
    let mut tried = vec![shipped.clone()];
    for round in rounds {
        let mut first: Option<Judged<P>> = None;
        for challenger in round(&best.params) {
            let challenger = auto.keeping_said(&challenger);
            if tried.contains(&challenger) {
                continue;
            }
            tried.push(challenger.clone());
            let challenger = judged(challenger);
            if first.as_ref().is_none_or(|first| mean(&first.values) < mean(&challenger.values)) {
                first = Some(challenger);
            }
        }
        best = first.filter(|first| is_surely_better(&first.values, &best.values)).unwrap_or(best);
    }
    let verdict = if best.params == *shipped { Verdict::NoneBetter } else { Verdict::Better };
    let means = [as_shipped, mean(&best.values)];
    let choice = choice(verdict, &best.params, tried.len(), means);
    (best.params, Some(choice))
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// Whether the mean difference, case by case, is above [`MIN_Z`] of its standard errors.
fn is_surely_better(values: &[f64], than: &[f64]) -> bool {
    let differences: Vec<f64> = values.iter().zip(than).map(|(value, than)| value - than).collect();
    let (n, mean) = (differences.len() as f64, mean(&differences));
    let squares: f64 = differences.iter().map(|difference| (difference - mean).powi(2)).sum();
    let standard_error = (squares / (n - 1.0) / n).sqrt();
    0.0 < mean && MIN_Z * standard_error < mean
}
