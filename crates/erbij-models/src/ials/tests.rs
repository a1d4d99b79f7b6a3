//! The fit and the model beside dense normal equations in double precision.

use erbij_core::{ItemIdx, ModelError, RowOffsets, Silent};
use proptest::prelude::*;

use super::fit::Sides;
use super::{CheckedIalsParams, Factors, IalsParams};
use crate::incidence::Incidence;
use crate::simd::tests::{bits, same_at_each_width};

fn incidence(lists: &[Vec<u32>], n_items: usize) -> Incidence {
    Incidence::from_lists(RowOffsets::from_lens(lists.iter().map(Vec::len)), lists.concat().into(), n_items)
}

/// A fit of whatever anybody bought.
fn fit_ials(params: &CheckedIalsParams, histories: &Incidence) -> Result<Factors, ModelError> {
    super::fit_ials(params, histories, &vec![1; histories.n_items()], &Silent)
}

fn idxs(items: &[u32]) -> Vec<ItemIdx> {
    items.iter().copied().map(ItemIdx::new).collect()
}

/// Weights at which everything in the loss matters.
fn small_params() -> IalsParams {
    IalsParams {
        factors: 5,
        epochs: 3,
        l2: 0.05,
        unobserved_weight: 0.2,
        init_std: 1.0,
        ..IalsParams::default()
    }
}

fn checked(params: &IalsParams) -> CheckedIalsParams {
    params.check().expect("in range")
}

/// Histories in which customers of an even number prefer even items, the last item bought by nobody and the last
/// customer with nothing.
fn lists(n_customers: u32, n_items: u32) -> Vec<Vec<u32>> {
    let buys = |customer: u32, item: u32| {
        (item * 7 + customer * 3) % 5 < if (item + customer).is_multiple_of(2) { 4 } else { 1 }
    };
    let list = |customer| (0..n_items - 1).filter(|&item| buys(customer, item)).collect();
    (0..n_customers - 1).map(list).chain([vec![]]).collect()
}

/// The minimum over one vector: dense normal equations by Gauss and Jordan, in double precision.
fn by_normal_equations(fixed: &[f32], list: &[u32], params: &IalsParams) -> Vec<f64> {
    let d = params.factors as usize;
    let vectors: Vec<Vec<f64>> =
        fixed.chunks(d).map(|vector| vector.iter().map(|&value| f64::from(value)).collect()).collect();
    let frequency = list.len() as f64 + params.unobserved_weight * vectors.len() as f64;
    let mut system = vec![vec![0.0; d + 1]; d];
    for (row, equation) in system.iter_mut().enumerate() {
        for (other, vector) in vectors.iter().enumerate() {
            let is_observed = list.contains(&(other as u32));
            let weight = params.unobserved_weight + f64::from(u8::from(is_observed));
            for (column, sum) in equation[..d].iter_mut().enumerate() {
                *sum += weight * vector[row] * vector[column];
            }
            equation[d] += if is_observed { vector[row] } else { 0.0 };
        }
        equation[row] += params.l2 * frequency.powf(params.frequency_exponent);
    }
    for pivot in 0..d {
        let scale = system[pivot][pivot];
        system[pivot].iter_mut().for_each(|value| *value /= scale);
        let pivot_row = system[pivot].clone();
        for row in (0..d).filter(|&row| row != pivot) {
            let factor = system[row][pivot];
            system[row].iter_mut().zip(&pivot_row).for_each(|(value, above)| *value -= factor * above);
        }
    }
    system.into_iter().map(|row| row[d]).collect()
}

/// The loss as it stands in the parameters' docs.
fn loss(customers: &[f32], items: &[f32], lists: &[Vec<u32>], params: &IalsParams) -> f64 {
    let d = params.factors as usize;
    let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(&a, &b)| f64::from(a) * f64::from(b)).sum::<f64>();
    let (n_customers, n_items) = (customers.len() / d, items.len() / d);
    let ridge = |n_observed: usize, n_others: usize| {
        let frequency = n_observed as f64 + params.unobserved_weight * n_others as f64;
        params.l2 * frequency.powf(params.frequency_exponent)
    };
    let mut loss = 0.0;
    for (x, list) in customers.chunks(d).zip(lists) {
        loss += ridge(list.len(), n_items) * dot(x, x);
        for (item, y) in items.chunks(d).enumerate() {
            let score = dot(x, y);
            loss += params.unobserved_weight * score * score;
            loss += if list.contains(&(item as u32)) { (1.0 - score).powi(2) } else { 0.0 };
        }
    }
    for (item, y) in items.chunks(d).enumerate() {
        let n_customers_of = lists.iter().filter(|list| list.contains(&(item as u32))).count();
        loss += ridge(n_customers_of, n_customers) * dot(y, y);
    }
    loss
}

fn assert_near(found: &[f32], expected: &[f64], tolerance: f64, what: &str) {
    assert_eq!(found.len(), expected.len(), "{what}");
    for (&found, &expected) in found.iter().zip(expected) {
        assert!((f64::from(found) - expected).abs() <= tolerance, "{what}: {found}, expected {expected}");
    }
}

#[test]
fn each_half_step_solves_the_normal_equations() {
    // 40 customers cross the lanes, 150 a panel; 21 factors need a rest, 33 two blocks of a register. The ridge keeps
    // systems well conditioned, so that single precision shows only where it is wrong.
    for (n_customers, n_items, factors) in [(3, 4, 1), (40, 20, 5), (9, 150, 21), (150, 40, 33)] {
        for frequency_exponent in [0.0, 0.5, 1.0] {
            let params = IalsParams { factors, frequency_exponent, l2: 1.0, ..small_params() };
            let checked = checked(&params);
            let lists = lists(n_customers, n_items);
            let histories = incidence(&lists, n_items as usize);
            let mut sides = Sides::begin(&checked, &histories);
            let d = factors as usize;
            sides.solve_customers(&Silent);
            for (customer, list) in lists.iter().enumerate() {
                let expected = by_normal_equations(&sides.items, list, &params);
                assert_near(&sides.customers[customer * d..][..d], &expected, 1e-4, "a customer");
            }
            sides.solve_items(&Silent);
            for item in 0..n_items {
                let expected = by_normal_equations(&sides.customers, histories.lists_of(item), &params);
                assert_near(&sides.items[item as usize * d..][..d], &expected, 1e-4, "an item");
            }
        }
    }
}

#[test]
fn the_loss_falls_in_every_half_epoch() {
    for (factors, block) in [(8, 16), (40, 64), (40, 16), (64, 32)] {
        let params = IalsParams { factors, block, ..small_params() };
        let checked = checked(&params);
        let lists = lists(60, 30);
        let histories = incidence(&lists, 30);
        let mut sides = Sides::begin(&checked, &histories);
        let mut before = loss(&sides.customers, &sides.items, &lists, &params);
        for half in 0..10 {
            if half % 2 == 0 {
                sides.solve_customers(&Silent);
            } else {
                sides.solve_items(&Silent);
            }
            let after = loss(&sides.customers, &sides.items, &lists, &params);
            assert!(after < before, "{factors} in blocks of {block}, half {half}: {after} after {before}");
            before = after;
        }
    }
}

#[test]
fn blocks_reach_the_minimum_of_the_whole_solve() {
    // Items stand still, so that the minimum over customers is one point.
    let whole = IalsParams { factors: 40, block: 48, ..small_params() };
    let in_blocks = IalsParams { block: 16, ..whole };
    let histories = incidence(&lists(50, 30), 30);
    let (whole, in_blocks) = (checked(&whole), checked(&in_blocks));
    let mut expected = Sides::begin(&whole, &histories);
    expected.solve_customers(&Silent);
    let expected: Vec<f64> = expected.customers.iter().map(|&value| f64::from(value)).collect();
    let mut sides = Sides::begin(&in_blocks, &histories);
    sides.solve_customers(&Silent);
    let after_one = sides.customers.iter().zip(&expected);
    assert!(
        after_one.map(|(&a, &b)| (f64::from(a) - b).abs()).fold(0.0, f64::max) > 1e-3,
        "blocks take sweeps"
    );
    for _ in 0..200 {
        sides.solve_customers(&Silent);
    }
    assert_near(&sides.customers, &expected, 1e-4, "after many sweeps");
}

#[test]
fn a_training_history_is_folded_in_to_its_trained_vector() {
    let params = IalsParams { factors: 20, ..small_params() };
    let checked = checked(&params);
    let lists = lists(40, 30);
    let histories = incidence(&lists, 30);
    let mut sides = Sides::begin(&checked, &histories);
    for _ in 0..2 {
        sides.solve_items(&Silent);
        sides.solve_customers(&Silent);
    }
    let model = Factors::new(sides.items.to_vec().into(), 30, &checked).expect("finite");
    for (list, trained) in lists.iter().zip(sides.customers.chunks(20)) {
        assert_eq!(model.fold_in(&idxs(list)), trained);
        let twice_and_back: Vec<u32> = list.iter().rev().chain(list).copied().collect();
        assert_eq!(model.fold_in(&idxs(&twice_and_back)), trained, "a history is a set");
    }
}

#[test]
fn hand_worked() {
    // One factor, items 1 and 2, history of the second: x = 2 / (0.5·(1 + 4) + 4 + 0.1·(1 + 0.5·2)) = 2 / 6.7.
    let params = IalsParams { factors: 1, l2: 0.1, unobserved_weight: 0.5, ..IalsParams::default() };
    let model = Factors::new(vec![1.0, 2.0].into(), 2, &checked(&params)).expect("finite");
    let customer = model.fold_in(&idxs(&[1]));
    assert_near(&customer, &[2.0 / 6.7], 1e-7, "folded in");
    let mut scores = [0.0; 2];
    model.score_all(&customer, &mut scores);
    assert_near(&scores, &[2.0 / 6.7, 4.0 / 6.7], 1e-6, "scores");
}

/// A model with scores on both sides of zero.
fn model(factors: u32, n_items: u32) -> (Factors, Vec<Vec<u32>>) {
    let params = IalsParams { factors, ..small_params() };
    let lists = lists(37, n_items);
    let model = fit_ials(&checked(&params), &incidence(&lists, n_items as usize)).expect("finite");
    (model, lists)
}

#[test]
fn contributions_sum_to_the_score() {
    for factors in [3, 16, 20] {
        let (model, lists) = model(factors, 30);
        let mut scores = vec![0.0; 30];
        for list in &lists {
            model.score_all(&model.fold_in(&idxs(list)), &mut scores);
            for item in 0..30 {
                let contributions = model.parts_of_score(&idxs(list), ItemIdx::new(item));
                let items: Vec<u32> = contributions.iter().map(|&(other, _)| other.get()).collect();
                assert_eq!(&items, list);
                let sum: f64 = contributions.iter().map(|&(_, value)| f64::from(value)).sum();
                assert_near(&[scores[item as usize]], &[sum], 1e-5, "sum");
            }
        }
    }
}

#[test]
fn no_width_shows() {
    let lists = lists(75, 37);
    let histories = incidence(&lists, 37);
    // Whole and in blocks, with a last block of less than a register.
    for (factors, block) in [(1, 16), (7, 16), (24, 16), (33, 64), (40, 32)] {
        let params = checked(&IalsParams { factors, block, ..small_params() });
        let fit = || fit_ials(&params, &histories).expect("finite");
        let column = same_at_each_width(|| bits(fit().column()));
        let model = fit();
        assert_eq!(column, bits(model.column()));
        for list in lists.iter().step_by(15) {
            let history = idxs(list);
            same_at_each_width(|| bits(&model.fold_in(&history)));
            same_at_each_width(|| model.parts_of_score(&history, ItemIdx::new(36)));
        }
    }
}

#[test]
fn threads_do_not_show() {
    let lists = lists(300, 70);
    let histories = incidence(&lists, 70);
    for block in [16, 64] {
        let params = checked(&IalsParams { factors: 24, block, ..small_params() });
        let bits = |n_threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(n_threads).build().expect("threads");
            let model = pool.install(|| fit_ials(&params, &histories)).expect("finite");
            model.column().iter().map(|value| value.to_bits()).collect::<Vec<_>>()
        };
        let one = bits(1);
        assert_eq!(one, bits(2));
        assert_eq!(one, bits(3));
    }
}

#[test]
fn a_sample_teaches_what_all_would_and_the_last_epoch_fits_everybody() {
    let (n_customers, n_items) = (2000, 60);
    let lists = lists(n_customers, n_items);
    let histories = incidence(&lists, n_items as usize);
    let fit = |sample_entries, n_threads| {
        let params = checked(&IalsParams { sample_entries, factors: 16, ..small_params() });
        let pool = rayon::ThreadPoolBuilder::new().num_threads(n_threads).build().expect("threads");
        pool.install(|| fit_ials(&params, &histories)).expect("finite")
    };
    let (sampled, whole) = (fit(2000, 1), fit(1 << 40, 1));
    assert_eq!(bits(sampled.column()), bits(fit(2000, 3).column()), "threads do not show");
    assert_ne!(sampled.column(), whole.column(), "a sample of a twentieth is another fit");
    // Customers of an even number prefer even items, by which model whatever.
    for model in [&sampled, &whole] {
        let right = lists.iter().enumerate().filter(|(customer, list)| {
            let vector = model.fold_in(&idxs(list));
            let mean = |parity: u32| -> f32 {
                (0..n_items - 1)
                    .filter(|item| item % 2 == parity)
                    .map(|item| model.score_one(&vector, ItemIdx::new(item)))
                    .sum()
            };
            let parity = *customer as u32 % 2;
            mean(1 - parity) < mean(parity)
        });
        assert!(1900 < right.count(), "nearly every customer is told apart");
    }
}

#[test]
fn nothing_bought_gives_zeros() {
    let (model, _) = model(20, 30);
    assert_eq!(model.fold_in(&[]), [0.0; 20]);
    assert_eq!(model.item(ItemIdx::new(29)), [0.0; 20], "nobody bought the last item");
    assert!(model.parts_of_score(&[], ItemIdx::new(0)).is_empty());
    assert!(model.column().iter().any(|&value| value != 0.0));
    let mut scores = vec![1.0; 30];
    model.score_all(&[0.0; 20], &mut scores);
    assert_eq!(scores, [0.0; 30]);

    let params = checked(&small_params());
    for (lists, n_items) in [(vec![], 0), (vec![vec![]; 3], 0), (vec![], 4), (vec![vec![]; 3], 4)] {
        let model = fit_ials(&params, &incidence(&lists, n_items)).expect("zeros are finite");
        assert_eq!(model.n_items(), n_items);
        assert!(model.column().iter().all(|&value| value == 0.0 && value.is_finite()));
    }
}

#[test]
fn what_too_few_bought_has_no_factors_and_changes_nobodys() {
    let (n_customers, n_items) = (60, 20);
    let lists = lists(n_customers, n_items);
    let histories = incidence(&lists, n_items as usize);
    let params = checked(&IalsParams { factors: 5, ..small_params() });
    let is_rare = |item: u32| item.is_multiple_of(3);
    let min_people: Vec<u32> = (0..n_items).map(|item| if is_rare(item) { n_customers } else { 2 }).collect();
    let found = super::fit_ials(&params, &histories, &min_people, &Silent).expect("finite");
    let frequent = |list: &Vec<u32>| list.iter().copied().filter(|&item| !is_rare(item)).collect();
    let frequent: Vec<Vec<u32>> = lists.iter().map(frequent).collect();
    let expected = fit_ials(&params, &incidence(&frequent, n_items as usize)).expect("finite");
    assert_eq!(found, expected, "as if nobody had bought the rare ones");
    for item in 0..n_items {
        assert_eq!(
            found.item(ItemIdx::new(item)) == [0.0; 5],
            is_rare(item) || item == n_items - 1,
            "{item}"
        );
    }
    for (list, frequent) in lists.iter().zip(&frequent) {
        assert_eq!(
            found.fold_in(&idxs(list)),
            found.fold_in(&idxs(frequent)),
            "a history is what has factors"
        );
    }
}

#[test]
fn another_seed_is_another_start() {
    let lists = lists(40, 30);
    let histories = incidence(&lists, 30);
    let fit = |seed| {
        let params = checked(&IalsParams { seed, ..small_params() });
        fit_ials(&params, &histories).expect("finite").column().to_vec()
    };
    assert_eq!(fit(1), fit(1));
    assert_ne!(fit(1), fit(2));
}

#[test]
fn columns_that_are_no_factors_are_refused() {
    let params = checked(&IalsParams { factors: 2, ..IalsParams::default() });
    let refused = |values: Vec<f32>| Factors::new(values.into(), 2, &params).err();
    assert_eq!(refused(vec![1.0; 4]), None);
    assert_eq!(refused(vec![1.0; 3]), Some(ModelError::Length { column: "factors", found: 3, expected: 4 }));
    for bad in [f32::NAN, f32::INFINITY] {
        let expected = ModelError::Row { row: 1, rule: "a factor is not finite" };
        assert_eq!(refused(vec![1.0, 1.0, 1.0, bad]), Some(expected));
    }
}

#[test]
fn parameters_out_of_range_are_refused() {
    let good = IalsParams::default();
    good.check().expect("the defaults are in range");
    let cases = [
        (IalsParams { factors: 0, ..good }, "`factors` is 0, expected 1 to 512"),
        (IalsParams { epochs: 0, ..good }, "`epochs` is 0, expected 1 to 1000"),
        (IalsParams { l2: 0.0, ..good }, "`l2` is 0, expected a number from 1e-6 to 1e6"),
        (IalsParams { l2: f64::NAN, ..good }, "`l2` is NaN, expected a number from 1e-6 to 1e6"),
        (
            IalsParams { unobserved_weight: -0.1, ..good },
            "`unobserved_weight` is -0.1, expected a number from 1e-6 to 100",
        ),
        (
            IalsParams { frequency_exponent: 2.5, ..good },
            "`frequency_exponent` is 2.5, expected a number from 0 to 2",
        ),
        (
            IalsParams { init_std: f64::INFINITY, ..good },
            "`init_std` is inf, expected a number from 1e-6 to 10",
        ),
        (IalsParams { block: 40, ..good }, "`block` is 40, expected a multiple of 16 from 16 to 512"),
    ];
    for (params, expected) in cases {
        assert_eq!(params.check().expect_err(expected).to_string(), expected);
    }
    let text = serde_json::to_string(&good).expect("plain data");
    assert_eq!(serde_json::from_str::<IalsParams>(&text).expect("what was written"), good);
    serde_json::from_str::<IalsParams>(r#"{"factor": 8}"#).expect_err("an unknown key");
}

proptest! {
    /// Single systems beside the oracle, for histories of any shape.
    #[test]
    fn folding_in_solves_the_normal_equations(
        values in proptest::collection::vec(-1.0_f32..1.0, 7 * 12),
        history in proptest::collection::btree_set(0_u32..12, 0..12),
        l2 in 0.01..1.0_f64, unobserved_weight in 0.01..1.0_f64, frequency_exponent in 0.0..2.0_f64,
    ) {
        let params =
            IalsParams { factors: 7, l2, unobserved_weight, frequency_exponent, ..IalsParams::default() };
        let history: Vec<u32> = history.into_iter().collect();
        let expected = by_normal_equations(&values, &history, &params);
        let model = Factors::new(values.into(), 12, &checked(&params)).expect("finite");
        for (&found, &expected) in model.fold_in(&idxs(&history)).iter().zip(&expected) {
            prop_assert!((f64::from(found) - expected).abs() <= 1e-3 * (1.0 + expected.abs()));
        }
    }
}
