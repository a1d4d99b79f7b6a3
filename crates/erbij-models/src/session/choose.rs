//! Chooses how visits are weighed: by the last sessions there are, foretold from those before.

use std::ops::Range;

use erbij_core::{
    Auto, AutoParams, Choice, HeldOutCases, ItemIdx, Progress, ScoreBoard, Sessions, choose, drawn_evenly,
    ndcg_at_k,
};
use rayon::prelude::*;

use crate::session::fit::distinct;
use crate::session::{SessionModel, SessionParams, SessionScratch, SessionSimilarity, StepWeighting, Visit};

/// The newest so many sessions are held out, one of [`HELD_OUT_SHARE`] at most.
const HELD_OUT: usize = 20_000;
const HELD_OUT_SHARE: usize = 10;

/// Of those held out, so many are asked about at most, evenly drawn.
const MAX_CASES: usize = 1_500;

/// Of a session, so many of its last looks are to be told.
const MAX_LOOKS: usize = 5;

/// The place up to which a look counts as told.
const K: usize = 20;

impl AutoParams for SessionParams {
    const TABLE: &'static str = "session";
    const KEYS: &'static [&'static str] = &[
        "neighbours",
        "similarity",
        "position_weighting",
        "position_decay",
        "match_weighting",
        "match_decay",
        "distance_decay",
        "idf_strength",
    ];
}

/// Chooses what a recipe leaves to the fit. What is asked of each session held out are its last looks, each from those before
/// it; its value is the mean of their NDCG@20. Sessions before are learned from. O(items of sessions, and of each set of
/// values 1,500 sessions scored).
pub fn choose_session(
    auto: &Auto<SessionParams>,
    sessions: &Sessions,
    n_items: usize,
    progress: &dyn Progress,
) -> (SessionParams, Option<Choice>) {
    if !auto.any_auto() {
        return (auto.params().clone(), None);
    }
    let n_held_out = HELD_OUT.min(sessions.len() / HELD_OUT_SHARE);
    let cut = sessions.len() - n_held_out;
    let cases = cases(sessions, cut..sessions.len());
    let held_out = HeldOutCases { metric: "NDCG@20", told: "of the last sessions", n: cases.len() };
    let mut model: Option<SessionModel> = None;
    let judge = |params: &SessionParams, asked: &[usize]| {
        let weighed = match model.take() {
            Some(model) => model.weighed_by(params),
            None => {
                progress.begin("choosing how visits are weighed", None, "");
                let checked = params.check().expect("what is tried is in range");
                let before = distinct(&sessions.until(cut), params, &erbij_core::Silent);
                SessionModel::new(&checked, before, n_items)
                    .expect("items of sessions are those of the catalogue")
            }
        };
        let asked: Vec<usize> = asked.iter().map(|&case| cases[case]).collect();
        let values = judge(&weighed, &asked, sessions);
        model = Some(weighed);
        values
    };
    choose(auto, held_out, judge, &[&steps, &rarity, &similarity, &neighbours, &steps])
}

/// The sessions that are asked about: those with a second look, evenly drawn.
fn cases(sessions: &Sessions, held_out: Range<usize>) -> Vec<usize> {
    let asks: Vec<usize> = held_out.filter(|&session| 2 <= sessions.items(session).len()).collect();
    drawn_evenly(asks, MAX_CASES)
}

/// How fast the past of a visit fades, and how far an item may lie from the one shared.
fn steps(best: &SessionParams) -> Vec<SessionParams> {
    use StepWeighting::{Linear, Log, Same};
    let fades = [
        (Same, 0.0, Same, 0.0),
        (Linear, 0.15, Log, 0.3),
        (Linear, 0.15, Same, 0.25),
        (Linear, 0.3, Log, 0.8),
    ];
    let of_fade = |(position_weighting, position_decay, match_weighting, match_decay)| {
        [0.0, 0.3, 1.0, 2.0].map(|distance_decay| SessionParams {
            position_weighting,
            position_decay,
            match_weighting,
            match_decay,
            distance_decay,
            ..best.clone()
        })
    };
    fades.into_iter().flat_map(of_fade).collect()
}

fn rarity(best: &SessionParams) -> Vec<SessionParams> {
    [0.05, 0.3, 2.0, 5.0].map(|idf_strength| SessionParams { idf_strength, ..best.clone() }).into()
}

fn similarity(best: &SessionParams) -> Vec<SessionParams> {
    [SessionSimilarity::Cosine].map(|similarity| SessionParams { similarity, ..best.clone() }).into()
}

fn neighbours(best: &SessionParams) -> Vec<SessionParams> {
    [50, 100, 500, 1000].map(|neighbours| SessionParams { neighbours, ..best.clone() }).into()
}

/// A value of each case.
fn judge(model: &SessionModel, cases: &[usize], sessions: &Sessions) -> Vec<f64> {
    let new_scratch = || (SessionScratch::new(model), ScoreBoard::new(model.n_items()));
    let value = |(scratch, board): &mut (SessionScratch, ScoreBoard), &session: &usize| {
        let items: Vec<ItemIdx> = sessions.items(session).iter().map(|&item| ItemIdx::new(item)).collect();
        let looks = items.len().saturating_sub(MAX_LOOKS).max(1)..items.len();
        let n_looks = looks.len() as f64;
        let gain = |look: usize| {
            model.score(Visit::Open(&items[..look]), None, scratch, board);
            ndcg_at_k(board, &items[look..=look], K)
        };
        looks.map(gain).sum::<f64>() / n_looks
    };
    cases.par_iter().map_init(new_scratch, value).collect()
}

#[cfg(test)]
mod tests {
    use erbij_core::{Sessions, Silent, Timestamp};

    use super::*;
    use erbij_core::Verdict;

    const N_ITEMS: u32 = 1100;

    /// Chance that is the same everywhere.
    fn chance(state: &mut u64, below: u32) -> u32 {
        *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((*state >> 33) % u64::from(below)) as u32
    }

    fn sessions(mut items: impl FnMut(&mut u64) -> Vec<u32>) -> Sessions {
        let mut state = 5;
        let session = |minute: i64| {
            let items = items(&mut state).into_iter().map(ItemIdx::new).collect();
            (Timestamp::from_micros(minute * 60_000_000), items)
        };
        Sessions::from_sessions((0..4000).map(session).collect()).expect("valid")
    }

    /// A visit begins with what it is about, strays to what many look at, and ends with what it was about.
    fn strays() -> Sessions {
        sessions(|state| {
            let about = 10 * chance(state, 100);
            let of_it = [0; 3].map(|_| about + chance(state, 10));
            let strayed = [0; 4].map(|_| 1000 + chance(state, 100));
            [&of_it[..], &strayed, &[about + chance(state, 10)]].concat()
        })
    }

    /// No look says anything of the next.
    fn chance_alone() -> Sessions {
        sessions(|state| (0..5).map(|_| chance(state, N_ITEMS)).collect())
    }

    fn chosen(sessions: &Sessions) -> (SessionParams, Choice) {
        let (params, choice) = choose_session(&Auto::default(), sessions, N_ITEMS as usize, &Silent);
        (params, choice.expect("all is open"))
    }

    #[test]
    fn visits_whose_beginning_says_most_are_weighed_otherwise() {
        let (params, choice) = chosen(&strays());
        assert_eq!(choice.verdict, Verdict::Better, "{choice}");
        assert_eq!(params.distance_decay, 0.0, "{choice}");
        assert_eq!((params.position_decay, params.match_decay), (0.0, 0.0), "{choice}");
        assert!(1.3 * choice.shipped < choice.chosen, "{choice}");
    }

    #[test]
    fn where_nothing_is_better_what_is_shipped_stays() {
        let (params, choice) = chosen(&chance_alone());
        assert_eq!((params, choice.verdict), (SessionParams::default(), Verdict::NoneBetter), "{choice}");
        assert!(20 < choice.n_tried, "{choice}");
    }

    #[test]
    fn few_visits_choose_nothing() {
        let few = strays().until(1999);
        let (params, choice) = chosen(&few);
        assert_eq!((params, choice.verdict), (SessionParams::default(), Verdict::TooFewCases));
        assert_eq!(chosen(&strays().until(2000)).1.n_cases, 200);
    }

    #[test]
    fn the_number_of_threads_is_irrelevant() {
        let sessions = strays();
        let with = |n_threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(n_threads).build().expect("a pool");
            pool.install(|| chosen(&sessions))
        };
        assert_eq!(with(1), with(3));
    }
}
