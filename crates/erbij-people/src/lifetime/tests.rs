//! Published figures in closed form, and what must hold on any data.

use erbij_core::{Baskets, CustomerIdx, Day, ItemIdx, Order, Silent, Timestamp};
use proptest::prelude::*;

use super::*;

mod edges;
mod empirical;

/// As the R package CLVTools tests its fit to CDNOW.
const BG: BgNbd = BgNbd { r: 0.2425945, alpha: 4.4136019, a: 0.7929199, b: 2.4258881 };
const MBG: PurchaseProcess = PurchaseProcess::MbgNbd(MbgNbd { r: 0.525, alpha: 6.183, a: 0.891, b: 1.614 });
const PARETO: PurchaseProcess =
    PurchaseProcess::ParetoNbd(ParetoNbd { r: 0.553, alpha: 10.578, s: 0.606, beta: 11.669 });

fn record(n_repeats: u32, last: f64, observed: f64) -> BuyingRecord {
    BuyingRecord::new(n_repeats, last, observed).expect("valid")
}

#[track_caller]
fn near(found: f64, expected: f64, within: f64) {
    assert!((found - expected).abs() <= within, "{found}, expected {expected} ± {within}");
}

/// Fader, Hardie and Lee (2005) and the tests of the Python package lifetimes, at the parameters of the fit.
#[test]
fn bg_nbd_predicts_as_published() {
    let process = PurchaseProcess::BgNbd(BG);
    near(process.expected_orders(&record(2, 30.43, 38.86), 39.0), 1.226, 5e-4);
    let series = [(0.1429, 0.0078), (1.0, 0.0532), (3.0, 0.1506), (31.8571, 1.0405), (32.0, 1.0437)];
    for (weeks, expected) in series {
        near(process.expected_orders(&BuyingRecord::NEW, weeks), expected, 5e-5);
    }
    // Published is 1.8576: their series, cut at 150 terms before it has converged. Whole, it is 1.85796.
    near(process.expected_orders(&BuyingRecord::NEW, 78.0), 1.8576, 5e-4);
    near(process.expected_orders(&BuyingRecord::NEW, 78.0), 1.857_96, 5e-6);
    // The chances are published at rounded parameters.
    let rounded = BgNbd { r: 0.243, alpha: 4.414, a: 0.793, b: 2.426 };
    near(rounded.p_orders(0, 39.0), 0.573_786_4, 5e-8);
    near(rounded.p_orders(10, 2.0), 1.078_69e-7, 5e-13);
}

/// The tests of lifetimes and the spreadsheet of Fader and Hardie.
#[test]
fn pareto_nbd_predicts_as_published() {
    let heavy = record(26, 30.86, 31.0);
    near(PARETO.expected_orders(&heavy, 52.0), 25.46, 0.01);
    near(PARETO.p_alive(&heavy), 0.9979, 5e-5);
    // The series is that of the R package BTYD at the rounded parameters of its manual.
    let rounded = PurchaseProcess::ParetoNbd(ParetoNbd { r: 0.55, alpha: 10.56, s: 0.61, beta: 11.64 });
    let series =
        [0.0, 0.050_78, 0.099_16, 0.145_43, 0.189_79, 0.232_47, 0.273_61, 0.313_35, 0.351_81, 0.389_09];
    for (weeks, expected) in series.into_iter().enumerate() {
        near(rounded.expected_orders(&BuyingRecord::NEW, weeks as f64), expected, 1e-5);
    }
}

/// The tests of lifetimes; 0 stands for a customer without repeats.
#[test]
fn gamma_gamma_expects_as_published() {
    let spend = GammaGamma { p: 6.25, q: 3.74, v: 15.44 };
    let cases = [(2, 22.35, 24.65), (1, 11.77, 18.91), (0, 0.0, 35.17), (7, 73.74, 71.46), (2, 25.55, 27.28)];
    for (n, mean, expected) in cases {
        near(spend.expected_spend(n, mean), expected, 0.1);
    }
}

#[test]
fn one_record_has_the_likelihood_worked_by_hand() {
    // BG/NBD, x = 0: (α / (α + T))^r, whatever a and b.
    let expected = BG.r * (BG.alpha / (BG.alpha + 10.0)).ln();
    near(PurchaseProcess::BgNbd(BG).ln_likelihood(&record(0, 0.0, 10.0)), expected, 1e-12);
    // MBG/NBD, x = 0: b / (a + b) · (α / (α + T))^r + a / (a + b).
    let stays = 1.614 / (0.891 + 1.614);
    let expected = stays * (6.183_f64 / 16.183).powf(0.525) + 1.0 - stays;
    near(MBG.ln_likelihood(&record(0, 0.0, 10.0)), expected.ln(), 1e-12);
    near(MBG.p_alive(&record(0, 0.0, 0.0)), stays, 1e-12);
    // A customer of this moment tells nothing of how long customers stay.
    near(PARETO.ln_likelihood(&BuyingRecord::NEW), 0.0, 1e-12);
}

fn any_process() -> impl Strategy<Value = PurchaseProcess> {
    let parameters = (0.05_f64..5.0, 0.5_f64..50.0, 0.05_f64..5.0, 0.1_f64..20.0, 0.001_f64..0.1);
    (0_usize..5, parameters).prop_map(|(kind, (r, alpha, c, d, growth))| {
        let kind = LifetimeModelKind::ALL[kind];
        let parameters = match kind {
            LifetimeModelKind::Nbd => vec![r, alpha],
            LifetimeModelKind::GgompertzNbd => vec![r, alpha, growth, c, d],
            _ => vec![r, alpha, c, d],
        };
        PurchaseProcess::new(kind, &parameters).expect("above zero")
    })
}

proptest! {
    /// Silence lowers every hope, a longer horizon raises it, and no count of orders overflows.
    #[test]
    fn silence_lowers_and_time_ahead_raises(
        process in any_process(),
        (n, last, silence, more) in (0_u32..2000, 0.1_f64..300.0, 0.0_f64..200.0, 0.1_f64..200.0),
        (weeks, further) in (0.5_f64..60.0, 1.0_f64..60.0),
    ) {
        let last = if n == 0 { 0.0 } else { last };
        let (now, later) = (record(n, last, last + silence), record(n, last, last + silence + more));
        let [p_now, p_later] = [now, later].map(|record| process.p_alive(&record));
        prop_assert!((0.0..=1.0).contains(&p_now) && p_later <= p_now + 1e-12);
        let [soon, far] = [weeks, weeks + further].map(|weeks| process.expected_orders(&now, weeks));
        prop_assert!(0.0 <= soon && soon <= far * (1.0 + 1e-9) && far.is_finite(), "{soon} {far}");
        prop_assert!(process.expected_orders(&later, weeks) <= soon * (1.0 + 1e-9));
        prop_assert!(process.ln_likelihood(&now).is_finite());
    }

    /// Of two who have this moment bought, the one who did so more often within the same weeks is expected to go on
    /// doing so.
    #[test]
    fn more_purchases_raise_what_is_expected_on_the_day_of_the_last(
        process in any_process(),
        (n, more, last, weeks) in (1_u32..60, 1_u32..20, 0.1_f64..100.0, 0.5_f64..60.0),
    ) {
        let [fewer, more] = [n, n + more]
            .map(|n| process.expected_orders(&record(n, last, last), weeks));
        prop_assert!(fewer <= more * (1.0 + 1e-9), "{fewer} {more}");
    }

    /// Equal records computed once are as likely as all of them one by one, and a process is its parameters.
    #[test]
    fn grouped_records_are_as_likely_as_single_ones(
        process in any_process(),
        rows in proptest::collection::vec((0_u32..3, 1_u32..4, 0_u32..4), 1..60),
    ) {
        let records: Vec<BuyingRecord> = rows
            .into_iter()
            .map(|(n, last, silence)| {
                let last = if n == 0 { 0.0 } else { f64::from(last) };
                record(n, last, last + f64::from(silence))
            })
            .collect();
        let single: f64 = records.iter().map(|record| process.ln_likelihood(record)).sum();
        let grouped = fit::log_likelihood_of(&process, &record::group(&records));
        prop_assert!((single - grouped).abs() <= 1e-10 * (1.0 + single.abs()), "{single} {grouped}");
        prop_assert_eq!(PurchaseProcess::new(process.kind(), &process.parameters()), Some(process));
    }

    /// On the day found the threshold is met, and not before.
    #[test]
    fn silence_is_unusual_where_the_chance_meets_the_threshold(
        process in any_process(),
        (n, last, threshold) in (0_u32..60, 0.1_f64..100.0, 0.05_f64..0.95),
    ) {
        let last = if n == 0 { 0.0 } else { last };
        let at_last = process.p_alive(&record(n, last, last));
        if let Some(weeks) = process.silent_after(&record(n, last, last), threshold) {
            prop_assert!(last <= weeks);
            let share = |weeks: f64| process.p_alive(&record(n, last, weeks.max(last))) / at_last;
            prop_assert!(share(weeks * 1.001 + 1e-3) <= threshold + 1e-6);
            prop_assert!(threshold - 1e-6 <= share(weeks - 2e-4), "{} {threshold}", share(weeks));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    /// Whatever came in, a fit ends, finite.
    #[test]
    fn any_records_can_be_fitted(rows in proptest::collection::vec((0_u32..6, 0.0_f64..1.0, 0.0_f64..60.0), 0..40)) {
        let records: Vec<BuyingRecord> = rows
            .into_iter()
            .map(|(n, share, observed)| record(n, if n == 0 { 0.0 } else { share * observed }, observed))
            .collect();
        match fit_process(LifetimeModelKind::MbgNbd, &records) {
            Ok(estimate) => prop_assert!(estimate.log_likelihood.is_finite()),
            Err(error) => prop_assert!(matches!(error, LifetimeError::NoRecords | LifetimeError::NoRepeats)),
        }
    }
}

fn order(customer: Option<u32>, day: i32, amount_minor: i64) -> Order {
    Order {
        customer: customer.map(CustomerIdx::new),
        ordered_at: Day::new(day).start(),
        amount_minor,
        lines: vec![(ItemIdx::new(0), 1.0)],
    }
}

fn lifetime(n_customers: usize, orders: Vec<Order>, cutoff: i32) -> Lifetime {
    let baskets = Baskets::from_orders(n_customers, 1, orders).expect("valid");
    let params = LifetimeParams::default().check().expect("in range");
    fit_lifetime(&params, &baskets, Day::new(cutoff).start(), &Silent)
}

#[test]
fn orders_become_days_counts_and_spend() {
    let orders = vec![
        order(Some(0), 100, 500),
        order(Some(0), 107, 900),
        order(Some(0), 107, 100),
        order(Some(0), 121, 2000),
        // After the cutoff: not seen, be it on the same day.
        order(Some(0), 131, 9999),
        Order {
            ordered_at: Timestamp::from_micros(Day::new(130).start().micros() + 1),
            ..order(Some(1), 130, 800)
        },
        order(Some(2), 130, 700),
        order(None, 110, 4000),
    ];
    let lifetime = lifetime(3, orders, 130);
    let columns = lifetime.columns();
    assert_eq!(columns.n_repeat_days.to_vec(), [2, 0, 0]);
    assert_eq!(columns.first_bought_on.to_vec(), [100, i32::MIN, 130]);
    assert_eq!(columns.last_bought_on.to_vec(), [121, i32::MIN, 130]);
    assert_eq!(columns.mean_spend_minor.to_vec(), [1500.0, 0.0, 0.0]);
    let [first, nobody, today] = [0, 1, 2].map(CustomerIdx::new);
    assert_eq!(lifetime.record(first, Day::new(135)), Some(record(2, 3.0, 5.0)));
    // A day before his last purchase counts as that day.
    assert_eq!(lifetime.record(first, Day::new(0)), Some(record(2, 3.0, 3.0)));
    assert_eq!(lifetime.record(nobody, Day::new(135)), None);
    assert_eq!(lifetime.record(CustomerIdx::new(99), Day::new(135)), None);
    assert_eq!(lifetime.tier(nobody, Day::new(135)), None);
    assert_eq!(lifetime.tier(today, Day::new(130)), Some(LoyaltyTier::New));
    // One repeater is too few: rates alone, the mean of all four purchase days, and nobody is silent.
    let law = lifetime.law();
    assert_eq!(
        (law.basis, law.spend_basis),
        (LifetimeBasis::TooFewRepeaters, LifetimeBasis::TooFewRepeaters)
    );
    near(law.spend.expected_spend(0, 0.0), 1050.0, 1e-9);
    assert_eq!((lifetime.silent_on(first), lifetime.watch_list(Day::new(9000), 5)), (None, vec![]));
    assert_eq!(lifetime.p_alive(first, Day::new(9000)), Some(1.0));
}

#[test]
fn a_shop_of_any_kind_is_trained() {
    let once = (0..200).map(|customer| order(Some(customer), customer as i32 / 4, 1000)).collect();
    let weekly = |amount: fn(u32, i32) -> i64| {
        (0..120_u32)
            .flat_map(|customer| (0..=customer as i32 % 9).map(move |week| (customer, week)))
            .map(|(customer, week)| {
                order(Some(customer), 7 * week + customer as i32 % 5, amount(customer, week))
            })
            .collect::<Vec<_>>()
    };
    let shops: Vec<(&str, usize, Vec<Order>)> = vec![
        ("nothing sold", 0, vec![]),
        ("customers, nothing sold", 3, vec![]),
        ("guests alone", 0, vec![order(None, 5, 100)]),
        ("one customer, one day", 1, vec![order(Some(0), 40, 100)]),
        ("one customer, two days", 1, vec![order(Some(0), 10, 100), order(Some(0), 40, 100)]),
        ("all bought once", 200, once),
        ("all on one day", 100, (0..100).map(|customer| order(Some(customer), 60, 10)).collect()),
        ("nothing was paid", 120, weekly(|_, _| 0)),
        ("money was given back", 120, weekly(|_, _| -500)),
        ("all spend the same", 120, weekly(|_, _| 2500)),
        (
            "all spend differently",
            120,
            weekly(|customer, week| 500 + 97 * i64::from(customer % 13) + i64::from(week) * 40),
        ),
    ];
    for (name, n_customers, orders) in shops {
        let lifetime = lifetime(n_customers, orders, 60);
        assert_eq!(lifetime.n_customers(), n_customers, "{name}");
        for customer in (0..n_customers as u32).map(CustomerIdx::new) {
            for now in [0, 60, 400, 20_000].map(Day::new) {
                let Some(p_alive) = lifetime.p_alive(customer, now) else { continue };
                assert!((0.0..=1.0).contains(&p_alive), "{name}: {p_alive}");
                let orders = lifetime.expected_orders(customer, now, 365).expect("he bought");
                assert!(0.0 <= orders && orders.is_finite(), "{name}: {orders}");
                assert!(0 <= lifetime.expected_value_minor(customer, now, 365).expect("he bought"), "{name}");
                assert!(lifetime.tier(customer, now).is_some(), "{name}");
            }
        }
        let again = Lifetime::new(lifetime.columns().clone(), *lifetime.law())
            .and_then(|again| again.with_estimate(*lifetime.estimate()));
        assert_eq!(again.as_ref(), Ok(&lifetime), "{name}");
        let written = serde_json::to_string(lifetime.law()).expect("JSON");
        let read: LifetimeLaw = serde_json::from_str(&written).expect("what was written");
        assert_eq!(read, *lifetime.law(), "{name}: {written}");
    }
}

/// The instants in days at which customers of MBG/NBD buy; weekly rates Gamma(0.8, 6), leaving Beta(0.9, 2.5).
fn planted_purchases() -> Vec<Vec<f64>> {
    use rand_chacha::ChaCha8Rng;
    use rand_chacha::rand_core::SeedableRng;
    use rand_distr::{Beta, Distribution, Exp1, Gamma};
    let mut rng = ChaCha8Rng::seed_from_u64(7);
    let (rates, leaves) = (Gamma::new(0.8, 1.0 / 6.0).expect("valid"), Beta::new(0.9, 2.5).expect("valid"));
    let mut purchases = Vec::new();
    for customer in 0..4000 {
        let (rate, leave): (f64, f64) = (rates.sample(&mut rng), leaves.sample(&mut rng));
        let mut at = f64::from(customer % 60);
        let mut of_customer = Vec::new();
        while at < 700.0 {
            of_customer.push(at);
            let (lot, gap): (f64, f64) = (Exp1.sample(&mut rng), Exp1.sample(&mut rng));
            // An exponential is below −ln(1 − p) with chance p.
            if lot < -(-leave).ln_1p() {
                break;
            }
            at += 7.0 * gap / rate;
        }
        purchases.push(of_customer);
    }
    purchases
}

#[test]
fn what_was_planted_is_found_within_its_errors() {
    let of_customer = |purchases: &Vec<f64>| {
        let (first, last) = (purchases[0], purchases[purchases.len() - 1]);
        record(purchases.len() as u32 - 1, (last - first) / 7.0, (700.0 - first) / 7.0)
    };
    let records: Vec<BuyingRecord> = planted_purchases().iter().map(of_customer).collect();
    let estimate = fit_process(LifetimeModelKind::MbgNbd, &records).expect("plenty");
    let errors = estimate.standard_errors.expect("an optimum inside");
    for ((found, error), planted) in
        estimate.model.parameters().into_iter().zip(errors).zip([0.8, 6.0, 0.9, 2.5])
    {
        assert!(error < 0.15 * planted, "{error}");
        near(found, planted, 3.0 * error);
    }
}

fn planted() -> Lifetime {
    let mut orders = Vec::new();
    for (customer, purchases) in (0_u32..).zip(planted_purchases()) {
        for at in purchases {
            let spend = 1000 + i64::from(customer % 7) * 300 + (at as i64 % 5) * 50;
            orders.push(order(Some(customer), at as i32, spend));
        }
    }
    lifetime(4000, orders, 700)
}

#[test]
fn tiers_follow_silence_and_the_watch_list_value() {
    let lifetime = planted();
    let law = lifetime.law();
    assert_eq!((law.basis, law.spend_basis), (LifetimeBasis::Fitted, LifetimeBasis::Fitted));
    let now = Day::new(700);
    let tier = |customer: u32, now: Day| lifetime.tier(CustomerIdx::new(customer), now).expect("he bought");
    let rank = |tier: LoyaltyTier| match tier {
        LoyaltyTier::Lost => 0,
        LoyaltyTier::Lapsing => 1,
        LoyaltyTier::Occasional | LoyaltyTier::New => 2,
        LoyaltyTier::Regular => 3,
        LoyaltyTier::Loyal => 4,
        LoyaltyTier::Unknown => panic!("it was fitted"),
    };
    let mut seen = std::collections::BTreeSet::new();
    for customer in 0..4000 {
        let mut before = 4;
        for later in [0, 30, 100, 400, 1500] {
            let rank = rank(tier(customer, Day::new(700 + later)));
            if 0 < lifetime.columns().n_repeat_days[customer as usize] {
                assert!(rank <= before, "customer {customer} rises by silence");
            }
            before = rank;
        }
        seen.insert(rank(tier(customer, now)));
        // The day before is not silent yet, the day itself is.
        if let Some(day) = lifetime.silent_on(CustomerIdx::new(customer)) {
            let share = |day: i32| {
                let last = Day::new(lifetime.columns().last_bought_on[customer as usize]);
                let p_alive =
                    |day: Day| lifetime.p_alive(CustomerIdx::new(customer), day).expect("he bought");
                p_alive(Day::new(day)) / p_alive(last)
            };
            assert!(share(day.get()) <= 0.5 + 1e-9);
            let last = lifetime.columns().last_bought_on[customer as usize];
            assert!(last + 1 == day.get() || 0.5 < share(day.get() - 1));
        }
    }
    assert_eq!(seen.into_iter().collect::<Vec<_>>(), [0, 1, 2, 3, 4]);
    let list = lifetime.watch_list(now, 50);
    assert_eq!(list.len(), 50);
    assert!(list.is_sorted_by_key(|entry| (std::cmp::Reverse(entry.value_at_risk_minor), entry.customer)));
    assert!(list.iter().all(|entry| tier(entry.customer.get(), now) == LoyaltyTier::Lapsing));
    assert_eq!(lifetime.watch_list(now, 3), list[..3]);
}

#[test]
fn the_number_of_threads_does_not_show() {
    let on = |n_threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(n_threads).build().expect("threads");
        pool.install(planted)
    };
    assert_eq!(on(1), on(3));
}

#[test]
fn columns_and_laws_that_make_no_sense_are_refused() {
    let good = lifetime(2, vec![order(Some(0), 1, 100), order(Some(0), 9, 100)], 20);
    let check = |change: fn(&mut LifetimeColumns, &mut LifetimeLaw)| {
        let (mut columns, mut law) = (good.columns().clone(), *good.law());
        change(&mut columns, &mut law);
        Lifetime::new(columns, law).err()
    };
    assert_eq!(check(|_, _| ()), None);
    let length = LifetimeError::Length { column: "mean_spend_minor", found: 1, expected: 2 };
    assert_eq!(check(|columns, _| columns.mean_spend_minor = vec![1.0].into()), Some(length));
    let customer = |at| Some(LifetimeError::Customer { customer: at });
    assert_eq!(check(|columns, _| columns.last_bought_on = vec![0, i32::MIN].into()), customer(0));
    assert_eq!(check(|columns, _| columns.n_repeat_days = vec![1, 1].into()), customer(1));
    assert_eq!(check(|columns, _| columns.n_repeat_days = vec![99, 0].into()), customer(0));
    assert_eq!(check(|columns, _| columns.mean_spend_minor = vec![f32::NAN, 0.0].into()), customer(0));
    let law = |name| Some(LifetimeError::Law { name });
    assert_eq!(check(|_, law| law.spend.q = 1.0), law("spend"));
    assert_eq!(check(|_, law| law.tier_bounds = [2.0, 1.0]), law("tier_bounds"));
    let negative = |_: &mut LifetimeColumns, law: &mut LifetimeLaw| {
        law.process = PurchaseProcess::Nbd(Nbd { r: -1.0, alpha: 1.0 });
    };
    assert_eq!(check(negative), law("process"));
}
