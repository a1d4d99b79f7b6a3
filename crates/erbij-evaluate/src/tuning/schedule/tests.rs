use erbij_recipe::Recipe;
use rand::SeedableRng;
use std::collections::BTreeSet;

use super::*;
use crate::tuning::search::{SearchParams, significant};

const SPACE: &str = "metric = 'ndcg_at_20'
[space]
'rp3beta.alpha' = { from = 0.0, to = 2.0 }
'rp3beta.beta' = { from = 0.0, to = 1.5 }
'rp3beta.neighbours' = { from = 20, to = 1000, scale = 'log' }";

fn schedule(search: &str, recipe: &str, seed: u64) -> Schedule {
    let recipe = Recipe::parse(recipe).expect("TOML").check().expect("in range");
    Schedule::new(SearchParams::parse(search).expect("TOML").check().expect("a search"), recipe, seed)
}

const BAD_START: &str = "[rp3beta]\nalpha = 2.0\nbeta = 1.5\nneighbours = 20";

/// A hill with a ridge along its first two axes, whose top lies elsewhere on less data.
fn hill(trial: &Trial) -> f64 {
    let rp3beta = &trial.recipe.recipe().rp3beta;
    let shift = 0.1 * (1.0 - trial.share);
    let [x, y] = [(rp3beta.alpha - 0.6) / 2.0 - shift, (rp3beta.beta - 0.3) / 1.5 + shift];
    let z = (f64::from(rp3beta.neighbours) / 500.0).ln() / 50.0_f64.ln();
    -((x + y).powi(2) + 0.2 * (x - y).powi(2) + 0.3 * (z - shift).powi(2))
}

fn run(schedule: &Schedule, mut outcomes: Vec<Outcome>, value: impl Fn(&Trial) -> f64) -> Vec<Outcome> {
    while let Some(trial) = schedule.next(&outcomes).expect("a point is allowed") {
        let value = value(&trial);
        let Trial { trial, stage, share, params, .. } = trial;
        outcomes.push(Outcome { trial, stage, share, params, value, seconds: 0.5 });
    }
    outcomes
}

#[test]
fn a_budget_is_split_as_documented() {
    for (trials, share, expected) in [
        (40, 0.25, [1, 16, 6, 3, 14]),
        (100, 0.25, [1, 40, 15, 8, 36]),
        (10, 0.25, [1, 4, 1, 0, 4]),
        (9, 0.25, [1, 4, 0, 0, 4]),
        (40, 1.0, [1, 20, 0, 0, 19]),
        (1, 0.25, [1, 0, 0, 0, 0]),
        (2, 0.25, [1, 1, 0, 0, 0]),
    ] {
        let plan = Plan::new(trials, share);
        assert_eq!(plan.trials, expected, "{trials} trials");
        assert_eq!(plan.trials.iter().sum::<usize>(), trials);
    }
    assert_eq!(Plan::new(40, 0.25).shares, [1.0, 0.25, 0.5, 1.0, 1.0]);
    assert_eq!(Plan::new(9, 0.25).shares, [1.0; 5]);
    assert_eq!(schedule(SPACE, "", 1).work_left(0), 1.0 + 4.0 + 3.0 + 3.0 + 14.0);
    assert_eq!(schedule(SPACE, "", 1).work_left(38), 2.0);
}

#[test]
fn stages_follow_each_other_and_the_best_are_promoted() {
    let outcomes = run(&schedule(SPACE, BAD_START, 3), Vec::new(), hill);
    assert_eq!(outcomes.len(), 40);
    assert!(outcomes.is_sorted_by_key(|outcome| outcome.stage));
    let of = |stage| outcomes.iter().filter(move |outcome: &&Outcome| outcome.stage == stage);
    for (from, to, n) in [(Stage::Random, Stage::Semifinal, 6), (Stage::Semifinal, Stage::Final, 3)] {
        let mut best: Vec<&Outcome> = of(from).collect();
        best.sort_by(|a, b| b.value.total_cmp(&a.value));
        let promoted: Vec<&Params> = of(to).map(|outcome| &outcome.params).collect();
        assert_eq!(promoted, best[..n].iter().map(|outcome| &outcome.params).collect::<Vec<_>>());
    }
    assert_eq!(outcomes[0].params["rp3beta.neighbours"], 20);
    let ranked = best_first(&outcomes);
    assert!(ranked.iter().all(|outcome| outcome.share == 1.0) && ranked.len() == 18);
    assert!(ranked.windows(2).all(|pair| pair[1].value <= pair[0].value));
}

#[test]
fn random_points_lie_in_a_stratum_each() {
    let outcomes = run(&schedule(SPACE, "", 5), Vec::new(), hill);
    let random = outcomes.iter().filter(|outcome| outcome.stage == Stage::Random);
    let strata: BTreeSet<usize> = random
        .map(|outcome| (outcome.params["rp3beta.alpha"].as_f64().expect("a number") * 8.0) as usize)
        .collect();
    assert_eq!(strata, (0..16).collect());
}

#[test]
fn one_seed_has_one_schedule() {
    let run = |seed| run(&schedule(SPACE, BAD_START, seed), Vec::new(), hill);
    assert_eq!(run(1), run(1));
    assert_ne!(run(1)[1], run(2)[1]);
}

#[test]
fn a_run_that_was_stopped_comes_to_the_same_end() {
    for seed in [1, 2, u64::MAX] {
        let schedule = schedule(SPACE, BAD_START, seed);
        let whole = run(&schedule, Vec::new(), |trial| significant(hill(trial), 12));
        let log: Vec<String> =
            whole.iter().map(|outcome| serde_json::to_string(outcome).expect("plain data")).collect();
        let read: Vec<Outcome> =
            log.iter().map(|line| serde_json::from_str(line).expect("its own words")).collect();
        assert_eq!(read, whole);
        // From every place on the next trial is the same, and so is all that comes after it.
        for n_done in 0..whole.len() {
            let next = schedule.next(&read[..n_done]).expect("allowed").expect("one more");
            let expected = &whole[n_done];
            assert_eq!((next.stage, next.params), (expected.stage, expected.params.clone()), "{n_done}");
        }
        assert_eq!(schedule.next(&read), Ok(None));
        assert_eq!(schedule.replay(&read), Ok(()));
    }
}

#[test]
fn a_log_of_another_search_is_told() {
    let whole = run(&schedule(SPACE, "", 1), Vec::new(), hill);
    let check = |outcomes: &[Outcome], expected| {
        assert_eq!(schedule(SPACE, "", 1).replay(outcomes), expected);
    };
    check(&whole, Ok(()));
    check(&whole[1..], Err(SearchError::Replay { trial: 0 }));
    let mut changed = whole.clone();
    changed[7].params.insert("rp3beta.alpha".to_owned(), 0.5.into());
    check(&changed, Err(SearchError::Replay { trial: 7 }));
    // Another value of a random point promotes another.
    let mut changed = whole.clone();
    changed[16].value = 1.0;
    check(&changed, Err(SearchError::Replay { trial: 17 }));
    check(&[&whole[..], &whole[..1]].concat(), Err(SearchError::Replay { trial: 40 }));
}

#[test]
fn a_bad_start_is_left_far_behind_and_chance_alone_does_much_worse() {
    let top = |outcomes: &[Outcome]| best_first(outcomes)[0].value;
    let seeds = 0..30;
    let all_random = |seed| {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let schedule = schedule(SPACE, BAD_START, seed);
        let mut best = f64::NEG_INFINITY;
        for trial in 0..40 {
            let params = schedule.search.params_at(&[rng.random(), rng.random(), rng.random()]);
            let recipe = schedule.search.apply(&params, schedule.given.recipe()).expect("in range");
            best = hill(&Trial { trial, stage: Stage::Random, share: 1.0, params, recipe }).max(best);
        }
        best
    };
    let tuned: Vec<f64> =
        seeds.clone().map(|seed| top(&run(&schedule(SPACE, BAD_START, seed), Vec::new(), hill))).collect();
    let random: Vec<f64> = seeds.map(all_random).collect();
    let median = |values: &[f64]| {
        let mut values = values.to_vec();
        values.sort_by(f64::total_cmp);
        values[values.len() / 2]
    };
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    // The top is 0: what is compared is how far below it each ends.
    assert!(100.0 * median(&tuned) > median(&random), "{tuned:?} {random:?}");
    assert!(30.0 * mean(&tuned) > mean(&random), "{tuned:?} {random:?}");
}

#[test]
fn a_small_space_is_used_up_and_then_there_is_no_more() {
    let space = "metric = 'ndcg_at_20'\n[space]\n'affinity.measure' = ['cosine', 'jaccard', 'lift']
        'affinity.count_by' = ['basket', 'customer']";
    let outcomes = run(&schedule(space, "affinity.measure = 'lift'", 1), Vec::new(), |trial| {
        f64::from(u8::from(trial.params["affinity.measure"] == "jaccard"))
    });
    let on_all: BTreeSet<String> =
        best_first(&outcomes).iter().map(|outcome| format!("{:?}", outcome.params)).collect();
    assert_eq!(on_all.len(), 6, "every point was tried on all data");
    assert_eq!(best_first(&outcomes)[0].params["affinity.measure"], "jaccard");
    assert!(outcomes.len() < 40);
}

#[test]
fn points_a_recipe_cannot_have_are_drawn_again() {
    // A strength is refused where there is no diversity.
    let space = "metric = 'ndcg_at_20'\n[space]
        'placements.home.diversity' = ['none', 'mmr']
        'placements.home.diversity_strength' = { from = 0.0, to = 1.0 }";
    let outcomes = run(&schedule(space, "", 1), Vec::new(), |trial| trial.share);
    assert_eq!(outcomes.len(), 40);
    assert!(outcomes[1..].iter().all(|outcome| outcome.params["placements.home.diversity"] == "mmr"));
    let never = "metric = 'ndcg_at_20'\n[space]\n'rp3beta.alpha' = { from = 5.0, to = 6.0 }";
    let schedule = schedule(never, "", 1);
    let given = run_first(&schedule);
    let error = schedule.next(&[given]).expect_err("nothing is allowed");
    assert_eq!(error.to_string(), "none of 1000 points drawn makes a recipe; of the last");
}

fn run_first(schedule: &Schedule) -> Outcome {
    let Trial { trial, stage, share, params, .. } = schedule.next(&[]).expect("fine").expect("one");
    Outcome { trial, stage, share, params, value: 0.0, seconds: 0.0 }
}

#[test]
fn a_mirror_keeps_places_inside() {
    for (place, expected) in
        [(0.25, 0.25), (-0.25, 0.25), (1.25, 0.75), (2.25, 0.25), (-1.25, 0.75), (1.0, 1.0), (0.0, 0.0)]
    {
        assert_eq!(reflect(place), expected, "{place}");
    }
}
