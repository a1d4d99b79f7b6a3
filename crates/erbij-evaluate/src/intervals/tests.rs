use proptest::collection::vec;
use proptest::prelude::*;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use super::*;

fn few(n_resamples: u32) -> Resampling {
    Resampling { n_resamples, seed: 7, level: 0.95 }
}

/// Standard normal numbers: twelve uniform ones, less six.
fn normals(n: usize, rng: &mut ChaCha8Rng) -> Vec<f64> {
    (0..n).map(|_| (0..12).map(|_| rng.random_range(0.0..1.0_f64)).sum::<f64>() - 6.0).collect()
}

/// Draws customers one by one, adds up who has a value, divides.
fn oracle(values: &[Option<f64>], resampling: &Resampling) -> Vec<f64> {
    let mut means = Vec::new();
    for resample in 0..resampling.n_resamples {
        let mut rng = ChaCha8Rng::seed_from_u64(resampling.seed);
        rng.set_stream(u64::from(resample));
        let customers = values.iter().map(|_| rng.random_range(0..values.len() as u32) as usize);
        let drawn: Vec<f64> = customers.filter_map(|customer| values[customer]).collect();
        if !drawn.is_empty() {
            means.push(drawn.iter().sum::<f64>() / drawn.len() as f64);
        }
    }
    means.sort_by(f64::total_cmp);
    means
}

proptest! {
    #[test]
    fn counting_who_is_drawn_equals_drawing_one_by_one(
        values in vec(proptest::option::weighted(0.7, -1.0..1.0_f64), 1..40), seed: u64,
    ) {
        let resampling = Resampling { n_resamples: 20, seed, level: 0.9 };
        let Ok(columns) = checked(&[&values], &resampling) else {
            prop_assert!(values.iter().all(Option::is_none));
            return Ok(());
        };
        let found = &resampled_means(&columns, &resampling)[0];
        let expected = oracle(&values, &resampling);
        prop_assert_eq!(found.len(), expected.len());
        for (found, expected) in found.iter().zip(expected) {
            prop_assert!((found - expected).abs() < 1e-12);
        }
    }

    #[test]
    fn a_column_has_the_same_interval_among_others_and_alone(
        pairs in vec((-1.0..1.0_f64, proptest::option::of(0.0..1.0_f64)), 1..30),
    ) {
        let first: Vec<_> = pairs.iter().map(|&(a, _)| Some(a)).collect();
        let second: Vec<_> = pairs.iter().map(|&(_, b)| b).collect();
        prop_assume!(second.iter().any(Option::is_some));
        let together = means_with_intervals(&[&first, &second], &few(50)).expect("intervals");
        prop_assert_eq!(&together[..1], means_with_intervals(&[&first], &few(50)).expect("an interval"));
        prop_assert_eq!(&together[1..], means_with_intervals(&[&second], &few(50)).expect("an interval"));
    }

    #[test]
    fn the_other_way_round_a_difference_is_its_negative(
        pairs in vec((-1.0..1.0_f64, -1.0..1.0_f64), 1..30),
    ) {
        let (first, second): (Vec<f64>, Vec<f64>) = pairs.into_iter().unzip();
        let there = paired_difference(&first, &second, &few(99)).expect("a difference");
        let back = paired_difference(&second, &first, &few(99)).expect("a difference");
        prop_assert!((there.mean_difference + back.mean_difference).abs() < 1e-12);
        prop_assert!((there.low + back.high).abs() < 1e-12);
        // Sums of the same numbers in another order differ in their last digits.
        prop_assert!((there.p_value / back.p_value - 1.0).abs() < 1e-9);
    }
}

#[test]
fn bytes_do_not_depend_on_threads() {
    let values = normals(500, &mut ChaCha8Rng::seed_from_u64(1));
    let on = |n_threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(n_threads).build().expect("a pool");
        pool.install(|| mean_with_interval(&values, &few(100)).expect("an interval"))
    };
    assert_eq!(on(1), on(3));
    assert_ne!(on(1), mean_with_interval(&values, &Resampling { seed: 8, ..few(100) }).expect("an interval"));
}

#[test]
fn intervals_cover_the_truth_as_often_as_they_say() {
    // 400 sets of 60 numbers around 2. At 90 %, 360 should cover it, give or take √(400 · .9 · .1) = 6; a
    // percentile interval is a little narrow at this size (by √(59/60), and for using z where t is due).
    let mut rng = ChaCha8Rng::seed_from_u64(3);
    let n_covering = (0..400_u64)
        .filter(|&seed| {
            let values: Vec<f64> = normals(60, &mut rng).iter().map(|z| 2.0 + 3.0 * z).collect();
            let resampling = Resampling { n_resamples: 300, seed, level: 0.9 };
            let found = mean_with_interval(&values, &resampling).expect("an interval");
            (found.low..=found.high).contains(&2.0)
        })
        .count();
    assert!((336..=378).contains(&n_covering), "{n_covering} of 400");
}

#[test]
fn the_standard_error_is_the_one_of_the_textbook() {
    let values = normals(2000, &mut ChaCha8Rng::seed_from_u64(5));
    let found = mean_with_interval(&values, &Resampling::with_seed(1)).expect("an interval");
    let variance = values.iter().map(|z| (z - found.mean).powi(2)).sum::<f64>() / 1999.0;
    let expected = (variance / 2000.0).sqrt();
    // The standard deviation of 1,000 means is known to a factor of 1 ± 1/√2000 = 2 %.
    assert!((found.standard_error / expected - 1.0).abs() < 0.07, "{} and {expected}", found.standard_error);
    // And 95 % of a normal lies within 1.96 of it.
    for (end, z) in [(found.low, -1.96), (found.high, 1.96)] {
        assert!(((end - found.mean) / expected - z).abs() < 0.2, "{end}");
    }
    assert_eq!(found.n, 2000);
}

/// How often flipping which system is which, at random for each customer, gives as large a difference.
fn sign_flip_p_value(differences: &[f64], n_flips: u32) -> f64 {
    let mut rng = ChaCha8Rng::seed_from_u64(11);
    let found = differences.iter().sum::<f64>().abs();
    let as_large = (0..n_flips).filter(|_| {
        let flipped: f64 = differences.iter().map(|&d| if rng.random_bool(0.5) { d } else { -d }).sum();
        found <= flipped.abs() + 1e-12
    });
    (1 + as_large.count()) as f64 / f64::from(1 + n_flips)
}

#[test]
fn the_p_value_agrees_with_flipping_signs_at_random() {
    let mut rng = ChaCha8Rng::seed_from_u64(2);
    let noise = normals(300, &mut rng);
    let zeros = vec![0.0; 300];
    for shift in [0.0, 0.05, 0.08, 0.1, 0.15] {
        let differences: Vec<f64> = noise.iter().map(|z| shift + z).collect();
        let resampling = Resampling { n_resamples: 4000, seed: 1, level: 0.95 };
        let found = paired_difference(&differences, &zeros, &resampling).expect("a difference").p_value;
        let expected = sign_flip_p_value(&differences, 4000);
        assert!((found - expected).abs() < 0.035, "shift {shift}: {found}, by flipping {expected}");
    }
}

#[test]
fn a_small_difference_customer_by_customer_is_seen_where_means_overlap() {
    let mut rng = ChaCha8Rng::seed_from_u64(4);
    let second = normals(500, &mut rng);
    let first: Vec<f64> =
        second.iter().zip(normals(500, &mut rng)).map(|(s, z)| s + 0.03 + 0.1 * z).collect();
    let resampling = Resampling::with_seed(1);
    let [a, b] =
        [&first, &second].map(|values| mean_with_interval(values, &resampling).expect("an interval"));
    assert!(a.low < b.mean && b.mean < a.high, "unpaired, nothing can be said");
    let difference = paired_difference(&first, &second, &resampling).expect("a difference");
    assert!((difference.mean_difference - (a.mean - b.mean)).abs() < 1e-12);
    assert_eq!((0.0 < difference.low, difference.p_from, difference.n), (true, PFrom::StudentT, 500));
    // The difference is seven or eight standard errors of .1/√500.
    assert!((1e-15..1e-9).contains(&difference.p_value), "{}", difference.p_value);
}

#[test]
fn who_lacks_a_value_is_left_out_and_not_zero() {
    let column = [Some(1.0), None, Some(1.0), None];
    let found = means_with_intervals(&[&column], &few(100)).expect("an interval")[0];
    assert_eq!(found, Interval { mean: 1.0, low: 1.0, high: 1.0, standard_error: 0.0, n: 2 });
    let other = [Some(0.5), Some(9.0), None, None];
    let difference = paired_differences(&[&column], &[&other], &few(100)).expect("a difference")[0];
    assert_eq!((difference.mean_difference, difference.low, difference.n), (0.5, 0.5, 1));
}

#[test]
fn alike_systems_do_not_differ() {
    let found = paired_difference(&[0.3, 0.1], &[0.3, 0.1], &few(10)).expect("a difference");
    let (p_value, p_from) = (1.0, PFrom::Resamples);
    assert_eq!(found, Difference { mean_difference: 0.0, low: 0.0, high: 0.0, p_value, p_from, n: 2 });
    let one = mean_with_interval(&[0.3], &few(1)).expect("an interval");
    assert_eq!(one, Interval { mean: 0.3, low: 0.3, high: 0.3, standard_error: 0.0, n: 1 });
}

#[test]
fn p_values_are_counted_by_hand() {
    // Of nine resamples two are not above zero and eight not below: 2 · (1 + 2) / 10.
    let check = |differences: &[f64], tail, expected, from| {
        assert_eq!(p_value(differences, || tail), (expected, from), "{differences:?}");
    };
    let some = [-0.5, 0.0, 0.1, 0.1, 0.2, 0.2, 0.3, 0.3, 0.4];
    check(&some, 0.001, 0.6, PFrom::Resamples);
    // At the floor the tail says how rare it is, and never more than the floor.
    check(&[0.1; 9], 0.001, 0.001, PFrom::StudentT);
    check(&[0.1; 9], 0.7, 0.2, PFrom::StudentT);
    check(&[-0.1; 99], 0.5, 0.02, PFrom::StudentT);
    check(&[], 0.001, 1.0, PFrom::Resamples);
}

#[test]
fn what_is_far_from_zero_is_significant_in_a_family_of_any_size() {
    // A hundred comparisons of a thousand resamples: by resamples alone none could have less than 100 · 2/1001 = .2.
    let mut rng = ChaCha8Rng::seed_from_u64(6);
    let pairs: Vec<_> = (0..100)
        .map(|_| {
            let second = normals(200, &mut rng);
            let first: Vec<_> =
                second.iter().zip(normals(200, &mut rng)).map(|(s, z)| Some(s + 0.8 + z)).collect();
            (first, second.into_iter().map(Some).collect::<Vec<_>>())
        })
        .collect();
    let first: Vec<&[Option<f64>]> = pairs.iter().map(|(first, _)| first.as_slice()).collect();
    let second: Vec<&[Option<f64>]> = pairs.iter().map(|(_, second)| second.as_slice()).collect();
    let found = paired_differences(&first, &second, &Resampling::with_seed(1)).expect("differences");
    assert!(found.iter().all(|difference| 0.0 < difference.low), "all intervals leave zero out by far");
    let p_values: Vec<f64> = found.iter().map(|difference| difference.p_value).collect();
    assert!(p_values.iter().all(|&p| 0.0 < p), "never impossible");
    assert!(holm(&p_values).iter().all(|&p| p < 0.001), "{:?}", holm(&p_values));
}

#[test]
fn few_customers_are_never_sure_beyond_what_exchanging_could_say() {
    // Four customers of one sign: of 16 ways to exchange, two are as extreme. The floor of 9,999 resamples is lower.
    let resampling = Resampling { n_resamples: 9_999, seed: 1, level: 0.95 };
    let found = paired_difference(&[0.1, 0.1, 0.1, 0.1], &[0.0; 4], &resampling).expect("a difference");
    assert_eq!((found.p_value, found.p_from), (2.0 / 10_000.0, PFrom::StudentT));
    // Twenty that hardly vary: t would say 1e-15.
    let ours: Vec<f64> = (0..20).map(|at| 0.1 + 1e-6 * f64::from(at)).collect();
    let found = paired_difference(&ours, &[0.0; 20], &few(99)).expect("a difference");
    assert_eq!(found.p_value, 2.0 / f64::from(1 << 20));
}

#[test]
fn quantiles_lie_between_two_values() {
    for (share, expected) in [(0.0, 1.0), (0.25, 2.0), (0.5, 3.0), (0.625, 4.0), (1.0, 9.0)] {
        assert_eq!(quantile(&[1.0, 2.0, 3.0, 5.0, 9.0], share), expected);
    }
    assert_eq!(quantile(&[4.0], 0.975), 4.0);
}

#[test]
fn what_cannot_be_averaged_is_an_error() {
    let error = |values: &[f64], resampling| mean_with_interval(values, &resampling).unwrap_err().to_string();
    assert_eq!(error(&[], few(10)), "column 0 holds no value, so it has no mean");
    assert_eq!(error(&[1.0, f64::NAN], few(10)), "the value of customer 1 in column 0 is no finite number");
    let out_of_range = |n_resamples, level| error(&[1.0], Resampling { n_resamples, seed: 0, level });
    for (found, asked) in [
        (out_of_range(0, 0.95), "0 and 0.95"),
        (out_of_range(9, 1.0), "9 and 1"),
        (out_of_range(9, f64::NAN), "9 and NaN"),
    ] {
        assert_eq!(
            found,
            format!("a bootstrap needs at least 1 resample and a level between 0 and 1, not {asked}")
        );
    }
    let columns: [&[Option<f64>]; 2] = [&[Some(1.0), None], &[Some(1.0)]];
    assert_eq!(
        means_with_intervals(&columns, &few(9)).unwrap_err().to_string(),
        "column 1 has 1 customers, not 2"
    );
    let differing = paired_difference(&[1.0], &[], &few(9)).unwrap_err();
    assert_eq!(differing, IntervalError::Length { column: 0, expected: 1, found: 0 });
    let differing = paired_differences(&columns[..1], &columns, &few(9)).unwrap_err();
    assert_eq!(differing, IntervalError::Columns { first: 1, second: 2 });
    assert_eq!(means_with_intervals(&[], &few(9)), Ok(vec![]));
}

#[test]
fn holm_treats_ends_and_order() {
    assert_eq!(holm(&[]), [0.0; 0]);
    assert_eq!(holm(&[0.5]), [0.5]);
    assert_eq!(holm(&[0.75, 0.0, 1.0]), [1.0, 0.0, 1.0]);
}
