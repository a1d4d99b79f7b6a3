//! The model against worked values and against a scoring that looks at every session.

use erbij_core::{ItemIdx, MICROS_PER_DAY, ModelError, RowOffsets, ScoreBoard, Sessions, Silent, Timestamp};
use proptest::prelude::*;

use super::*;

type Session = (Timestamp, Vec<ItemIdx>);

fn session(day: i64, items: &[u32]) -> Session {
    (Timestamp::from_micros(day * MICROS_PER_DAY), idx(items))
}

fn idx(items: &[u32]) -> Vec<ItemIdx> {
    items.iter().map(|&item| ItemIdx::new(item)).collect()
}

fn fit(params: &SessionParams, sessions: Vec<Session>, n_items: usize) -> SessionModel {
    let sessions = Sessions::from_sessions(sessions).expect("valid");
    fit_session(&params.check().expect("in range"), sessions, n_items, &Silent)
}

/// VMIS-kNN as it was published.
fn plain() -> SessionParams {
    SessionParams {
        last_items: 5,
        position_weighting: StepWeighting::Div,
        position_decay: 0.0,
        match_weighting: StepWeighting::Linear,
        match_decay: 0.0,
        distance_decay: 0.0,
        idf: IdfForm::Factor,
        ..SessionParams::default()
    }
}

/// The score of every item.
fn scores(model: &SessionModel, visit: &[u32], at: Option<Timestamp>) -> Vec<f64> {
    let (mut scratch, mut board) = (SessionScratch::new(model), ScoreBoard::new(model.n_items()));
    model.score(Visit::Open(&idx(visit)), at, &mut scratch, &mut board);
    (0..model.n_items() as u32).map(|item| board.get(ItemIdx::new(item))).collect()
}

#[track_caller]
fn near(found: &[f64], expected: &[f64]) {
    assert_eq!(found.len(), expected.len());
    for (found_one, expected_one) in found.iter().zip(expected) {
        assert!((found_one - expected_one).abs() < 1e-5, "{found:?}, expected {expected:?}");
    }
}

/// Two sessions, the first a day older; items 0 and 1 are in both.
fn two() -> Vec<Session> {
    vec![session(1, &[2, 1, 0]), session(2, &[1, 0, 3, 4])]
}

#[test]
fn worked_values() {
    // ln(7/2) = 1.252763 for items 0 and 1, ln 7 = 1.945910 for others; 0.9 is the weight of a match one step back.
    let check = |params: SessionParams, visit: &[u32], expected: [f64; 5]| {
        near(&scores(&fit(&params, two(), 5), visit, None), &expected);
    };
    check(plain(), &[1], [2.254973, 0.0, 1.751319, 1.751319, 1.751319]);
    // Item 1 weighs 1 and item 2 before it 1/2: the first session is 1.5 near, the second 1.
    check(plain(), &[2, 1], [2.818717, 0.0, 2.626979, 1.751319, 1.751319]);
    check(SessionParams { neighbours: 1, ..plain() }, &[2, 1], [1.691230, 0.0, 2.626979, 0.0, 0.0]);
    check(SessionParams { candidates: 1, ..plain() }, &[2, 1], [1.127487, 0.0, 0.0, 1.751319, 1.751319]);
    check(SessionParams { last_items: 1, ..plain() }, &[2, 1], [2.254973, 0.0, 1.751319, 1.751319, 1.751319]);
    // The newest item is of no session that was learned from: the match is two steps back.
    check(plain(), &[2, 9], [0.5 * 0.8 * 1.252763, 0.5 * 0.8 * 1.252763, 0.5 * 0.8 * 1.945910, 0.0, 0.0]);
    let keep = SessionParams { visited_items: VisitedItems::Keep, idf: IdfForm::None, ..plain() };
    check(keep.clone(), &[2, 1], [2.25, 2.25, 1.35, 0.9, 0.9]);
    let drop_all = SessionParams { visited_items: VisitedItems::DropAll, ..keep };
    check(drop_all, &[2, 1], [2.25, 0.0, 0.0, 0.9, 0.9]);
    // 1 + 2 · ln(2 sessions / 1) for items of one session, 1 for those of both.
    check(
        SessionParams { idf: IdfForm::Bonus, idf_strength: 2.0, ..keep },
        &[1],
        [1.8, 1.8, 2.147665, 2.147665, 2.147665],
    );
}

#[test]
fn worked_decays() {
    let params = SessionParams {
        similarity: SessionSimilarity::Cosine,
        position_weighting: StepWeighting::Same,
        position_decay: 1.0,
        match_weighting: StepWeighting::Same,
        match_decay: 0.5,
        recency_days: Some(4.0),
        distance_decay: 1.0,
        earlier_weight: 0.5,
        idf: IdfForm::None,
        visited_items: VisitedItems::Keep,
        ..plain()
    };
    // Item 3 weighs 1, item 2 before it e^-1; together √(1 + e^-2). The first session shares item 2 alone, is a day
    // old and matched one step further back; items lie 0, 1, 2 behind item 2. The second shares item 3.
    let length = (1.0 + (-2.0_f64).exp()).sqrt();
    let first = (-1.0_f64).exp() / length / 3.0_f64.sqrt() * (-0.25_f64).exp() * (-0.5_f64).exp();
    let second = 1.0 / length / 2.0;
    let e = |steps: f64| (-steps).exp();
    let expected = [
        first * e(2.0) + second * 0.5 * e(1.0),
        first * e(1.0) + second * 0.5 * e(2.0),
        first,
        second,
        second * e(1.0),
    ];
    near(&scores(&fit(&params, two(), 5), &[2, 3], None), &expected);
}

#[test]
fn of_repeated_looks_the_last_counts() {
    let model = fit(&plain(), vec![session(1, &[0, 1, 1, 0, 2, 1])], 3);
    assert_eq!(model.sessions().items(0), [0, 2, 1]);
    // In a visit too: item 0 was newest but one, whatever came before.
    let sessions = || vec![session(1, &[0, 1]), session(2, &[1, 2])];
    let model = fit(&plain(), sessions(), 3);
    assert_eq!(scores(&model, &[0, 2, 0, 2], None), scores(&model, &[9, 9, 0, 2], None).as_slice());
}

#[test]
fn sessions_that_say_nothing_or_of_nobody_are_left_out() {
    let mut sessions: Vec<Session> = (0..199).map(|day| session(day, &[0, 1])).collect();
    sessions.push(session(300, &[0, 1, 2, 3]));
    sessions.push(session(301, &[2, 2]));
    sessions.push(session(302, &[]));
    let model = fit(&SessionParams { max_length_quantile: 0.99, ..plain() }, sessions.clone(), 4);
    assert_eq!(model.n_sessions(), 199);
    let all = SessionParams { max_length_quantile: 1.0, min_items: 1, ..plain() };
    assert_eq!(fit(&all, sessions, 4).n_sessions(), 201);
}

#[test]
fn what_ended_later_is_not_known() {
    let model = fit(&plain(), two(), 5);
    let at = |micros: i64| Some(Timestamp::from_micros(micros));
    assert_eq!(scores(&model, &[1], at(2 * MICROS_PER_DAY)), scores(&model, &[1], None));
    let first_alone = scores(&model, &[1], at(2 * MICROS_PER_DAY - 1));
    near(&first_alone, &[1.127487, 0.0, 1.751319, 0.0, 0.0]);
    assert_eq!(scores(&model, &[1], at(0)), [0.0; 5]);
}

#[test]
fn nothing_is_said_of_nothing() {
    let model = fit(&plain(), two(), 6);
    for visit in [&[][..], &[5], &[77], &[u32::MAX]] {
        assert_eq!(scores(&model, visit, None), [0.0; 6]);
    }
    let empty = fit(&plain(), Vec::new(), 2);
    assert_eq!((empty.n_sessions(), empty.n_items(), scores(&empty, &[1], None)), (0, 2, vec![0.0; 2]));
    assert_eq!(fit(&plain(), Vec::new(), 0).n_items(), 0);
}

#[test]
fn of_equally_near_sessions_the_more_recent_is_the_neighbour() {
    let sessions = vec![session(5, &[0, 1]), session(7, &[0, 2]), session(7, &[0, 3]), session(6, &[0, 4])];
    let params = SessionParams { neighbours: 2, idf: IdfForm::None, ..plain() };
    near(&scores(&fit(&params, sessions, 5), &[0], None), &[0.0, 0.0, 0.9, 0.9, 0.0]);
}

#[test]
fn reasons_part_the_score() {
    let model = fit(&plain(), two(), 5);
    let mut scratch = SessionScratch::new(&model);
    let mut reasons = |visit: &[u32], item, n| {
        let reasons = model
            .strongest_reasons(Visit::Open(&idx(visit)), None, &mut scratch, &[ItemIdx::new(item)], n)
            .remove(0);
        reasons.into_iter().map(|(item, score)| (item.get(), f64::from(score.get()))).collect::<Vec<_>>()
    };
    let of_item_0 = reasons(&[2, 1], 0, 5);
    assert_eq!(of_item_0.iter().map(|&(item, _)| item).collect::<Vec<_>>(), [1, 2]);
    near(&[of_item_0[0].1, of_item_0[1].1], &[2.254973, 0.563743]);
    assert_eq!(reasons(&[2, 1], 0, 1).len(), 1);
    assert_eq!(reasons(&[2, 1], 1, 5), [], "it is not scored");
    assert_eq!(reasons(&[], 0, 5), []);
    assert_eq!(reasons(&[2], 9, 5), []);
}

#[test]
fn of_a_visit_that_is_over_the_newest_item_is_scored_too() {
    let model = |visited_items| fit(&SessionParams { visited_items, ..plain() }, two(), 5);
    let past = |model: &SessionModel| {
        let (mut scratch, mut board) = (SessionScratch::new(model), ScoreBoard::new(5));
        model.score(Visit::Past(&idx(&[1])), None, &mut scratch, &mut board);
        let reasons =
            model.strongest_reasons(Visit::Past(&idx(&[1])), None, &mut scratch, &[ItemIdx::new(1)], 1);
        (board.get(ItemIdx::new(1)), reasons[0].len())
    };
    // As item 0, which both sessions hold beside it.
    let (score, n_reasons) = past(&model(VisitedItems::DropCurrent));
    near(&[score], &[2.254973]);
    assert_eq!(n_reasons, 1);
    assert_eq!(past(&model(VisitedItems::Keep)), (score, 1));
    assert_eq!(past(&model(VisitedItems::DropAll)), (0.0, 0));
}

#[test]
fn the_board_keeps_what_others_put_on_it() {
    let model = fit(&plain(), two(), 5);
    let (mut scratch, mut board) = (SessionScratch::new(&model), ScoreBoard::new(5));
    board.add(ItemIdx::new(1), 7.0);
    for _ in 0..2 {
        model.score(Visit::Open(&idx(&[1])), None, &mut scratch, &mut board);
    }
    near(&[board.get(ItemIdx::new(1)), board.get(ItemIdx::new(0))], &[7.0, 2.0 * 2.254973]);
}

#[test]
fn a_model_is_its_sessions_and_its_parameters() {
    let params = SessionParams { recency_days: Some(3.0), ..plain() };
    let model = fit(&params, two(), 5);
    let checked = params.check().expect("in range");
    assert_eq!(SessionModel::new(&checked, model.sessions().clone(), 5), Ok(model));
    let of = |items: &[u32], n_items| {
        let rows = RowOffsets::from_lens([items.len()]);
        let sessions =
            Sessions::new(rows, items.to_vec().into(), vec![0].into(), vec![0].into()).expect("valid");
        SessionModel::new(&checked, sessions, n_items).err()
    };
    let rule = "every item is one of the catalogue";
    assert_eq!(of(&[0, 1], 1), Some(ModelError::Row { row: 0, rule }));
    assert_eq!(of(&[0, 1, 0], 2), Some(ModelError::Row { row: 0, rule: "no item is in a session twice" }));
}

#[test]
fn parameters_are_checked() {
    let check = |change: fn(&mut SessionParams), name: &str| {
        let mut params = plain();
        change(&mut params);
        assert_eq!(params.check().expect_err("out of range").name, name);
    };
    check(|p| p.last_items = 33, "last_items");
    check(|p| p.candidates = 0, "candidates");
    check(|p| p.neighbours = 0, "neighbours");
    check(|p| p.position_decay = -0.1, "position_decay");
    check(|p| p.match_decay = f64::NAN, "match_decay");
    check(|p| p.distance_decay = f64::INFINITY, "distance_decay");
    check(|p| p.recency_days = Some(-1.0), "recency_days");
    check(|p| p.earlier_weight = 1.5, "earlier_weight");
    check(|p| p.idf_strength = f64::NAN, "idf_strength");
    check(|p| p.min_items = 0, "min_items");
    check(|p| p.max_length_quantile = 0.4, "max_length_quantile");
}

/// The definition of the scores, session by session.
struct Oracle<'a> {
    params: &'a SessionParams,
    sessions: Vec<Session>,
    n_items: usize,
}

impl<'a> Oracle<'a> {
    fn new(params: &'a SessionParams, mut sessions: Vec<Session>, n_items: usize) -> Self {
        for (_, items) in &mut sessions {
            let all = items.clone();
            let is_last = |at: &usize| !all[at + 1..].contains(&all[*at]);
            *items = (0..all.len()).filter(is_last).map(|at| all[at]).collect();
        }
        sessions.retain(|(_, items)| !items.is_empty());
        let mut lens: Vec<usize> = sessions.iter().map(|(_, items)| items.len()).collect();
        lens.sort_unstable();
        let rank = (params.max_length_quantile * lens.len() as f64).ceil() as usize;
        let longest = lens.get(rank.max(1) - 1).copied().unwrap_or(0);
        sessions.retain(|(_, items)| (params.min_items as usize..=longest).contains(&items.len()));
        sessions.sort_by_key(|&(ended_at, _)| ended_at);
        Self { params, sessions, n_items }
    }

    fn with_item(&self, item: ItemIdx) -> Vec<usize> {
        (0..self.sessions.len()).filter(|&session| self.sessions[session].1.contains(&item)).collect()
    }

    fn position(&self, n: usize, age: usize) -> f64 {
        let (share, steps) = ((n - age) as f64 / n as f64, age as f64);
        let weight = match self.params.position_weighting {
            StepWeighting::Same => 1.0,
            StepWeighting::Linear => (1.0 - 0.1 * steps).max(0.0),
            StepWeighting::Div => share,
            StepWeighting::Log => 1.0 / (steps + 1.7).log10(),
            StepWeighting::Quadratic => share * share,
        };
        weight * (-self.params.position_decay * steps).exp()
    }

    fn matched(&self, age: usize) -> f64 {
        let step = (age + 1) as f64;
        let weight = match self.params.match_weighting {
            StepWeighting::Same => 1.0,
            StepWeighting::Linear => (1.0 - 0.1 * step).max(0.0),
            StepWeighting::Div => 1.0 / step,
            StepWeighting::Log => 1.0 / (step + 1.7).log10(),
            StepWeighting::Quadratic => 1.0 / (step * step),
        };
        weight * (-self.params.match_decay * age as f64).exp()
    }

    fn rarity(&self, item: ItemIdx) -> f64 {
        let with_item = self.with_item(item).len() as f64;
        let weight = match self.params.idf {
            IdfForm::None => 1.0,
            IdfForm::Factor => {
                let all: usize = self.sessions.iter().map(|(_, items)| items.len()).sum();
                let idf = (all as f64 / with_item).ln();
                if idf == 0.0 { 1.0 } else { idf }
            }
            IdfForm::Bonus => 1.0 + self.params.idf_strength * (self.sessions.len() as f64 / with_item).ln(),
        };
        f64::from(weight as f32)
    }

    /// Session, similarity, age of the newest item shared and that item; the most recent first.
    fn neighbours(&self, visit: &[ItemIdx], at: Option<Timestamp>) -> Vec<(usize, f32, usize, ItemIdx)> {
        let newest: Vec<ItemIdx> =
            visit.iter().rev().take(self.params.last_items as usize).copied().collect();
        let ages: Vec<usize> =
            (0..newest.len()).filter(|&age| !newest[..age].contains(&newest[age])).collect();
        let known: Vec<usize> = ages.into_iter().filter(|&age| newest[age].index() < self.n_items).collect();
        let most_recent = |item: ItemIdx| {
            self.with_item(item).into_iter().rev().take(self.params.candidates as usize).collect::<Vec<_>>()
        };
        let postings: Vec<Vec<usize>> = known.iter().map(|&age| most_recent(newest[age])).collect();
        let weights: Vec<f64> = known.iter().map(|&age| self.position(newest.len(), age)).collect();
        let squares: f64 = weights.iter().map(|weight| weight * weight).sum();
        let mut found = Vec::new();
        for session in (0..self.sessions.len()).rev() {
            let shared: Vec<usize> = (0..known.len()).filter(|&i| postings[i].contains(&session)).collect();
            let (ended_at, items) = &self.sessions[session];
            if shared.is_empty() || at.is_some_and(|at| at < *ended_at) {
                continue;
            }
            let mut own = 1.0;
            if let Some(decay) = self.params.recency_days {
                let micros = self.sessions.last().expect("there is one").0.micros() - ended_at.micros();
                own = (-(micros as f64 / MICROS_PER_DAY as f64) / decay).exp().max(1e-9);
            }
            let is_cosine = self.params.similarity == SessionSimilarity::Cosine;
            if is_cosine {
                own /= (items.len() as f64).sqrt();
            }
            let weight_of = |&i: &usize| {
                if is_cosine && 0.0 < squares { weights[i] / squares.sqrt() } else { weights[i] }
            };
            let similarity = shared.iter().map(weight_of).sum::<f64>() * f64::from(own as f32);
            found.push((session, similarity as f32, known[shared[0]], newest[known[shared[0]]]));
        }
        found.truncate(self.params.candidates as usize);
        let mut nearest = found.clone();
        nearest.sort_by(|a, b| b.1.total_cmp(&a.1).then(b.0.cmp(&a.0)));
        nearest.truncate(self.params.neighbours as usize);
        found.retain(|neighbour| nearest.contains(neighbour));
        found
    }

    fn scores(&self, visit: &[ItemIdx], at: Option<Timestamp>) -> Vec<f64> {
        let mut scores = vec![0.0; self.n_items];
        for (session, similarity, age, shared) in self.neighbours(visit, at) {
            let items = &self.sessions[session].1;
            let shared_at = items.iter().position(|&item| item == shared).expect("shared") as i64;
            for (at, item) in (0_i64..).zip(items) {
                let steps = (at - shared_at).abs() as f64;
                let mut distance = (-self.params.distance_decay * steps).exp();
                if at < shared_at {
                    distance *= self.params.earlier_weight;
                }
                scores[item.index()] +=
                    f64::from(similarity) * self.matched(age) * distance * self.rarity(*item);
            }
        }
        let dropped = match self.params.visited_items {
            VisitedItems::Keep => &[],
            VisitedItems::DropCurrent => &visit[visit.len().saturating_sub(1)..],
            VisitedItems::DropAll => visit,
        };
        for item in dropped.iter().filter(|item| item.index() < self.n_items) {
            scores[item.index()] = 0.0;
        }
        scores
    }
}

const N_ITEMS: usize = 12;

fn any_weighting() -> impl Strategy<Value = StepWeighting> {
    proptest::sample::select(vec![
        StepWeighting::Same,
        StepWeighting::Linear,
        StepWeighting::Div,
        StepWeighting::Log,
        StepWeighting::Quadratic,
    ])
}

fn any_params() -> impl Strategy<Value = SessionParams> {
    let rate = || proptest::sample::select(vec![0.0, 0.3, 2.5]);
    let recency = proptest::option::of(0.3..5.0_f64);
    let counts = (1..14_u32, 1..30_u32, 1..30_u32, 1..3_u32, 0.5..1.0_f64);
    let similarity = proptest::sample::select(vec![SessionSimilarity::Dot, SessionSimilarity::Cosine]);
    let idf = proptest::sample::select(vec![IdfForm::None, IdfForm::Factor, IdfForm::Bonus]);
    let visited = [VisitedItems::Keep, VisitedItems::DropCurrent, VisitedItems::DropAll];
    let visited = proptest::sample::select(visited.to_vec());
    let weightings = (any_weighting(), any_weighting(), similarity, idf, visited);
    let decays = (rate(), rate(), recency, rate(), proptest::sample::select(vec![0.0, 0.5, 1.0]));
    (counts, weightings, decays).prop_map(|(counts, weightings, decays)| SessionParams {
        last_items: counts.0,
        candidates: counts.1,
        neighbours: counts.2,
        inactivity_minutes: 30,
        min_items: counts.3,
        max_length_quantile: counts.4,
        position_weighting: weightings.0,
        match_weighting: weightings.1,
        similarity: weightings.2,
        idf: weightings.3,
        visited_items: weightings.4,
        position_decay: decays.0,
        match_decay: decays.1,
        recency_days: decays.2,
        distance_decay: decays.3,
        earlier_weight: decays.4,
        idf_strength: 2.0,
    })
}

fn any_sessions() -> impl Strategy<Value = Vec<Session>> {
    let one = (0..20_i64, proptest::collection::vec(0..N_ITEMS as u32, 0..9));
    proptest::collection::vec(one.prop_map(|(day, items)| session(day, &items)), 0..60)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    /// Few items and few days, so that ties are the rule; some items of the visit are unknown.
    #[test]
    fn it_is_the_definition(
        params in any_params(),
        sessions in any_sessions(),
        visits in proptest::collection::vec(proptest::collection::vec(0..N_ITEMS as u32 + 2, 0..20), 1..4),
        at in proptest::option::of(0..22_i64),
    ) {
        let model = fit(&params, sessions.clone(), N_ITEMS);
        let oracle = Oracle::new(&params, sessions, N_ITEMS);
        let at = at.map(|day| Timestamp::from_micros(day * MICROS_PER_DAY));
        let (mut scratch, mut board) = (SessionScratch::new(&model), ScoreBoard::new(N_ITEMS));
        for visit in visits {
            let items = idx(&visit);
            let visit = Visit::Open(&items);
            let expected = oracle.scores(&items, at);
            board.clear();
            model.score(visit, at, &mut scratch, &mut board);
            for (item, expected) in (0..).zip(expected) {
                let item = ItemIdx::new(item);
                let found = board.get(item);
                prop_assert!((found - expected).abs() <= 1e-9 * expected.max(1.0), "{found} {expected}");
                let reasons = model.strongest_reasons(visit, at, &mut scratch, &[item], usize::MAX).remove(0);
                let told: f64 = reasons.iter().map(|(_, score)| f64::from(score.get())).sum();
                prop_assert!((told - expected).abs() <= 1e-5 * expected.max(1.0), "{told} {expected}");
                prop_assert!(reasons.iter().all(|(item, _)| items.contains(item)));
            }
        }
    }

    #[test]
    fn threads_do_not_show(params in any_params(), sessions in any_sessions()) {
        let on = |n_threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(n_threads).build().expect("threads start");
            pool.install(|| fit(&params, sessions.clone(), N_ITEMS))
        };
        let one = on(1);
        prop_assert!(one == on(2) && one == on(5));
    }
}
