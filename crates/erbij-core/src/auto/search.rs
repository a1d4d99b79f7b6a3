//! The one comparison behind every choice.

use crate::{Auto, AutoParams, Choice, Verdict};

/// What one round tries, beside what is best so far.
type Round<'a, P> = &'a dyn Fn(&P) -> Vec<P>;

/// Cases below which nothing is chosen.
const MIN_CASES: usize = 200;

/// How many standard errors what was found must be ahead of what is shipped: by chance one of 700 is. A search tries a few
/// tens, and most of them differ little.
const MIN_Z: f64 = 3.0;

/// By which share of what is shipped it must be ahead as well. Less is not worth settings that change from night to night.
const MIN_GAIN: f64 = 0.04;

/// How many standard errors a step on the way must be ahead, which by itself changes nothing: several small gains may make a
/// sure one.
const MIN_STEP_Z: f64 = 1.0;

/// One case of so many is asked first: who is behind there is not asked of the others.
const FIRST_OF: usize = 4;

/// What values are judged by.
#[derive(Clone, Copy, Debug)]
pub struct HeldOutCases {
    /// The metric.
    pub metric: &'static str,
    /// What the cases are, in words that follow a number.
    pub told: &'static str,
    /// How many there are.
    pub n: usize,
}

/// Parameters, and their value of each case.
struct Judged<P> {
    params: P,
    values: Vec<f64>,
}

/// Chooses the keys that are to be chosen.
///
/// Each round gives challengers of the best so far. The one with the highest mean takes its place where it is ahead by more
/// than a standard error of the mean difference, case by case; of equals the first. What was found last is chosen where it
/// is ahead of what is shipped by more than three, and by more than a twenty-fifth. So ties, what is hardly a gain, and all that
/// chance could do, leave what is shipped. `judge` gives a value of each case that it is asked about: of a
/// quarter first, and of the others only where a challenger is ahead there. It is not asked where cases are too few or nothing is
/// to be chosen, and what was judged is not judged again. Without anything to choose there is no [`Choice`].
pub fn choose<P: AutoParams>(
    auto: &Auto<P>,
    cases: HeldOutCases,
    judge: impl FnMut(&P, &[usize]) -> Vec<f64>,
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
    let mut jury = Jury { judge, first: (0..cases.n).step_by(FIRST_OF).collect(), n: cases.n };
    let values = jury.all(shipped, Vec::new());
    let as_shipped = Judged { params: shipped.clone(), values };
    let mut best = Judged { params: shipped.clone(), values: as_shipped.values.clone() };
    let mut tried = vec![shipped.clone()];
    for round in rounds {
        let mut first: Option<Judged<P>> = None;
        for challenger in round(&best.params) {
            let params = auto.keeping_said(&challenger);
            if tried.contains(&params) {
                continue;
            }
            tried.push(params.clone());
            let leader = first.as_ref().unwrap_or(&best);
            if let Some(values) = jury.ahead_of(&leader.values, &params) {
                first = Some(Judged { params, values });
            }
        }
        best = first.filter(|first| MIN_STEP_Z < z(&first.values, &best.values)).unwrap_or(best);
    }
    let is_large = (1.0 + MIN_GAIN) * mean(&as_shipped.values) < mean(&best.values);
    let is_better = is_large && MIN_Z < z(&best.values, &as_shipped.values);
    let (best, verdict) =
        if is_better { (&best, Verdict::Better) } else { (&as_shipped, Verdict::NoneBetter) };
    let means = [&as_shipped, best].map(|judged| mean(&judged.values));
    let choice = choice(verdict, &best.params, tried.len(), means);
    (best.params.clone(), Some(choice))
}

/// Who judges: first on a few cases, then on all.
struct Jury<J> {
    judge: J,
    /// The cases that are asked first, rising.
    first: Vec<usize>,
    n: usize,
}

impl<J> Jury<J> {
    /// The values of all cases, those of the first being known or empty.
    fn all<P>(&mut self, params: &P, of_first: Vec<f64>) -> Vec<f64>
    where
        J: FnMut(&P, &[usize]) -> Vec<f64>,
    {
        let is_asked = |case: &usize| of_first.is_empty() || !case.is_multiple_of(FIRST_OF);
        let asked: Vec<usize> = (0..self.n).filter(is_asked).collect();
        let found = (self.judge)(params, &asked);
        assert_eq!(found.len(), asked.len(), "a value of each case");
        let mut values = vec![0.0; self.n];
        let known = self.first.iter().zip(of_first);
        known.chain(asked.iter().zip(found)).for_each(|(&case, value)| values[case] = value);
        values
    }

    /// The values of a challenger, where their mean is higher than the leader's: on the first cases, and on all.
    fn ahead_of<P>(&mut self, leader: &[f64], params: &P) -> Option<Vec<f64>>
    where
        J: FnMut(&P, &[usize]) -> Vec<f64>,
    {
        let of_leader: Vec<f64> = self.first.iter().map(|&case| leader[case]).collect();
        let of_first = (self.judge)(params, &self.first);
        assert_eq!(of_first.len(), self.first.len(), "a value of each case");
        if mean(&of_first) <= mean(&of_leader) {
            return None;
        }
        let values = self.all(params, of_first);
        (mean(leader) < mean(&values)).then_some(values)
    }
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// The mean difference, case by case, in its standard errors; 0 where there is none, and infinite where all differ alike.
fn z(values: &[f64], than: &[f64]) -> f64 {
    let differences: Vec<f64> = values.iter().zip(than).map(|(value, than)| value - than).collect();
    let (n, mean) = (differences.len() as f64, mean(&differences));
    let squares: f64 = differences.iter().map(|difference| (difference - mean).powi(2)).sum();
    if mean == 0.0 { 0.0 } else { mean / (squares / (n - 1.0) / n).sqrt() }
}
