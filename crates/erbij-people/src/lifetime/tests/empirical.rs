//! Where no fit is to be believed: how that is seen, what stands in, and how far it looks ahead.

use super::*;
use crate::lifetime::empirical::read_off;

/// A customer's days of purchase.
type Days = Vec<i32>;

fn shop(customers: &[Days], until: i32) -> Lifetime {
    let orders = (0_u32..).zip(customers).flat_map(|(customer, days)| {
        days.iter().map(move |&day| order(Some(customer), day, 1000 + i64::from(customer % 7) * 50))
    });
    lifetime(customers.len(), orders.collect(), until)
}

/// Customers who come at even times of five years, buy at rates `Gamma(0.8, 6)` a week with gaps of shape 4, and of whom
/// each purchase is the last with a chance of 5 % in the mean. Seen are the last 730 days, 1 to 730.
fn cut_at_start() -> Vec<Days> {
    use rand_chacha::ChaCha8Rng;
    use rand_chacha::rand_core::SeedableRng;
    use rand_distr::{Beta, Distribution, Gamma, Uniform};
    let mut rng = ChaCha8Rng::seed_from_u64(11);
    let (rates, leaves) = (Gamma::new(0.8, 1.0 / 6.0).expect("valid"), Beta::new(1.0, 20.0).expect("valid"));
    let (gaps, begins) =
        (Gamma::new(4.0, 0.25).expect("valid"), Uniform::new(-1095.0, 730.0).expect("valid"));
    let chance = Uniform::new(0.0, 1.0).expect("valid");
    let mut customers = Vec::new();
    for _ in 0..6000 {
        let (rate, leave): (f64, f64) = (rates.sample(&mut rng), leaves.sample(&mut rng));
        let mut at: f64 = begins.sample(&mut rng);
        let mut days = Days::new();
        while at < 730.0 {
            let day = at.ceil() as i32;
            if 0 < day && days.last() != Some(&day) {
                days.push(day);
            }
            let lot: f64 = chance.sample(&mut rng);
            if lot < leave {
                break;
            }
            let gap: f64 = gaps.sample(&mut rng);
            at += 7.0 * gap / rate;
        }
        if !days.is_empty() {
            customers.push(days);
        }
    }
    customers
}

/// By the fit nobody leaves; what customers did says how many will order, also further ahead than was held back.
#[test]
fn a_history_cut_at_its_start_is_told_by_what_customers_did() {
    let customers = cut_at_start();
    for (horizon_days, within) in [(90_u32, 0.06), (365, 0.06)] {
        let lifetime = shop(&customers, 365);
        assert_eq!(lifetime.basis_name(), "empirical");
        let records = || (0..lifetime.n_customers() as u32).map(CustomerIdx::new);
        let expected: f64 =
            records().filter_map(|c| lifetime.expected_orders(c, Day::new(365), horizon_days)).sum();
        let came = customers
            .iter()
            .filter(|days| days[0] <= 365)
            .flatten()
            .filter(|&&day| 365 < day && day <= 365 + horizon_days as i32)
            .count() as f64;
        assert!((expected / came - 1.0).abs() < within, "{horizon_days}: {expected}, {came} came");
        let all: Vec<BuyingRecord> = records().filter_map(|c| lifetime.record(c, Day::new(365))).collect();
        let fit = fit_process(LifetimeModelKind::MbgNbd, &all).expect("an edge is a maximum too").model;
        let of_fit: f64 = all.iter().map(|r| fit.expected_orders(r, f64::from(horizon_days) / 7.0)).sum();
        assert!(
            (expected - came).abs() < (of_fit - came).abs(),
            "{horizon_days}: {expected} {of_fit} {came}"
        );
    }
}

/// Of customers of one chance as many came back before their silence was longer by `reach`, which is half of the longest told.
#[test]
fn the_chance_of_being_there_is_the_share_that_came_back() {
    let customers = cut_at_start();
    let lifetime = shop(&customers, 365);
    let mut classes = [(0.0, 0.0, 0.0); 4];
    let empirical = lifetime.estimate().empirical.expect("it is empirical");
    for (customer, days) in (0..).map(CustomerIdx::new).zip(&customers) {
        let Some(record) = lifetime.record(customer, Day::new(365)) else { continue };
        let p_alive = lifetime.p_alive(customer, Day::new(365)).expect("they bought");
        let kind = if record.n_repeats() == 0 { empirical.never_returned } else { empirical.returned };
        let pace = (empirical.rates.alpha + record.last_weeks())
            / (empirical.rates.r + f64::from(record.n_repeats()));
        let until = 365.0 + 7.0 * pace * 0.5 * kind.longest;
        if 730.0 < until {
            continue;
        }
        let class = &mut classes[((4.0 * p_alive) as usize).min(3)];
        let came_back = days.iter().any(|&day| 365 < day && f64::from(day) <= until);
        *class = (class.0 + 1.0, class.1 + p_alive, class.2 + f64::from(u8::from(came_back)));
    }
    let shares: Vec<(f64, f64)> =
        classes.iter().filter(|c| 50.0 < c.0).map(|c| (c.1 / c.0, c.2 / c.0)).collect();
    assert!(3 <= shares.len() && shares.is_sorted_by(|a, b| a.1 < b.1), "{shares:?}");
    assert!(shares.iter().all(|(told, found)| (told - found).abs() < 0.125), "{shares:?}");
}

#[test]
fn what_speaks_against_a_fit_is_told() {
    // All come every other week and none has left.
    let faithful: Vec<Days> =
        (0..200).map(|c| (0..26).map(|n| 1 + c % 14 + 14 * n + (c * n) % 3).collect()).collect();
    // A hundred old customers come every ten days, a hundred new ones every forty; of both some leave.
    let mixed: Vec<Days> = (0..200)
        .map(|c| {
            let (begin, every) = if c < 120 { (1 + c % 20, 10) } else { (60 + c, 40) };
            let n_orders = if c % 3 == 0 { 1 + c % 5 } else { 40 };
            (0..n_orders).map(|n| begin + every * n + (c * n) % 5).filter(|&day| day <= 365).collect()
        })
        .collect();
    for (name, customers, expected) in [
        ("faithful", faithful, vec![LifetimeDoubt::AtEdge, LifetimeDoubt::NobodyLeaves]),
        ("mixed", mixed, vec![LifetimeDoubt::CutAtStart]),
    ] {
        let lifetime = shop(&customers, 365);
        let doubt = lifetime.estimate().doubt.unwrap_or_else(|| panic!("{name}: {:?}", lifetime.law()));
        assert!(expected.contains(&doubt), "{name}: {doubt:?}");
        assert_eq!((lifetime.basis_name(), lifetime.law().basis), ("empirical", LifetimeBasis::NoOptimum));
        let note = lifetime.note().expect("something to tell");
        assert!(note.contains("not fitted") && note.contains(doubt.because()), "{note}");
        let written = serde_json::to_string(lifetime.estimate()).expect("JSON");
        let read: LifetimeEstimate = serde_json::from_str(&written).expect("what was written");
        assert_eq!(read, *lifetime.estimate());
    }
    let planted = planted();
    assert_eq!(
        (planted.basis_name(), planted.note(), *planted.estimate()),
        ("fitted", None, Default::default())
    );
}

/// Hand-worked: a history of five customers, of whom those who returned did so after one pace.
#[test]
fn little_history_says_that_customers_go_on() {
    let days: [Days; 5] = [vec![0, 10], vec![0], vec![3], vec![4], vec![20]];
    let orders =
        (0_u32..).zip(&days).flat_map(|(c, days)| days.iter().map(move |&day| order(Some(c), day, 5)));
    let baskets = Baskets::from_orders(5, 1, orders.collect()).expect("valid");
    let rates = Nbd { r: 1.0, alpha: 10.0 };
    let read = read_off(rates, &baskets, Day::new(28).start(), 0);
    assert_eq!((read.fading, read.never_returned.chances[15], read.returned.shares[9]), (0.0, 1.0, 1.0));
    // Two orders in four weeks: (1 + 1) / (10 + 4) a week.
    near(read.expected_orders(&record(1, 10.0 / 7.0, 4.0), 7.0), 1.0, 1e-12);
    // With 14 days held back all were known but the last, at rates of 2, 1, 1 and 1 a week / (10 + 2, 2, 11/7, 10/7).
    let read = read_off(rates, &baskets, Day::new(28).start(), 14);
    let expected = [3.0 / 12.0, 1.0 / (10.0 + 11.0 / 7.0), 1.0 / (10.0 + 10.0 / 7.0)];
    let of_all = 20.0 / (20.0 + 2.0 * expected.iter().sum::<f64>());
    let of_returned = 20.0 * of_all / (20.0 + 2.0 * 2.0 / 12.0);
    // The one class that is not empty is below those after it, and all are put together.
    let of_class = 20.0 * of_returned / (20.0 + 2.0 * 2.0 / 12.0);
    let weight = 1.0 + 2.0 * 2.0 / 12.0;
    near(read.returned.shares[9], (weight * of_class + 9.0 * of_returned) / (weight + 9.0), 1e-12);
}

fn any_silences() -> impl Strategy<Value = Silences> {
    let falling = |n| {
        proptest::collection::vec(0.0_f64..=1.0, n).prop_map(|mut values| {
            values.sort_unstable_by(|a, b| b.total_cmp(a));
            values
        })
    };
    (falling(10), falling(16), 0.01_f64..20.0).prop_map(|(shares, chances, longest)| Silences {
        shares: shares.try_into().expect("ten"),
        chances: chances.try_into().expect("sixteen"),
        longest,
    })
}

fn any_empirical() -> impl Strategy<Value = Empirical> {
    let rates = (0.01_f64..100.0, 0.01_f64..1e4).prop_map(|(r, alpha)| Nbd { r, alpha });
    (rates, 0_u32..400, 0.0_f64..2.0, any_silences(), any_silences()).prop_map(
        |(rates, held_back_days, fading, never_returned, returned)| Empirical {
            rates,
            held_back_days,
            fading,
            never_returned,
            returned,
        },
    )
}

/// Any process, however far its parameters are from what anybody would believe.
fn extreme_process() -> impl Strategy<Value = PurchaseProcess> {
    (0_usize..5, proptest::collection::vec(-14.0_f64..14.0, 5)).prop_map(|(kind, ln)| {
        let kind = LifetimeModelKind::ALL[kind];
        let most = |at: usize| if [0, 2].contains(&at) { 6.0 } else { 14.0 };
        let parameters: Vec<f64> =
            (0..kind.parameter_names().len()).map(|at| ln[at].min(most(at)).exp()).collect();
        PurchaseProcess::new(kind, &parameters).expect("above zero")
    })
}

proptest! {
    /// Silence lowers every hope, a longer horizon raises it; the day of a chance is the first with it.
    #[test]
    fn what_customers_did_falls_with_silence(
        empirical in any_empirical(),
        (n, last, silence, more) in (0_u32..500, 0.1_f64..300.0, 0.0_f64..300.0, 0.1_f64..200.0),
        (weeks, further, threshold) in (0.5_f64..60.0, 1.0_f64..60.0, 0.05_f64..0.95),
    ) {
        let last = if n == 0 { 0.0 } else { last };
        let (now, later) = (record(n, last, last + silence), record(n, last, last + silence + more));
        let [p_now, p_later] = [now, later].map(|record| empirical.p_alive(&record));
        prop_assert!((0.0..=1.0).contains(&p_now) && p_later <= p_now + 1e-12);
        let [soon, far] = [weeks, weeks + further].map(|weeks| empirical.expected_orders(&now, weeks));
        prop_assert!(0.0 <= soon && soon <= far * (1.0 + 1e-9) && far.is_finite(), "{soon} {far}");
        prop_assert!(empirical.expected_orders(&later, weeks) <= soon * (1.0 + 1e-9));
        if let Some(after) = empirical.silent_after(&now, threshold) {
            prop_assert!(last <= after);
            let at_last = empirical.p_alive(&record(n, last, last));
            let p_then = empirical.p_alive(&record(n, last, after));
            prop_assert!(p_then <= threshold * at_last + 1e-6, "{p_then} {at_last}");
        }
        let read: Empirical = serde_json::from_str(&serde_json::to_string(&empirical).expect("JSON")).expect("read");
        prop_assert!(read == empirical);
    }

    /// No day is foretold beyond what the history can carry, whatever the parameters.
    #[test]
    fn no_day_lies_further_ahead_than_the_history_goes_back(
        process in extreme_process(),
        empirical in proptest::option::of(any_empirical()),
        customers in proptest::collection::vec((-400_i32..20_000, 0_i32..3000, 1_u32..50), 1..8),
    ) {
        let good = planted_law();
        let law = LifetimeLaw { process, ..good };
        let columns = LifetimeColumns {
            n_repeat_days: customers.iter().map(|&(_, days, n)| n.min(days as u32)).collect::<Vec<_>>().into(),
            first_bought_on: customers.iter().map(|&(first, ..)| first).collect::<Vec<_>>().into(),
            last_bought_on: customers.iter().map(|&(first, days, _)| first + days).collect::<Vec<_>>().into(),
            mean_spend_minor: vec![0.0; customers.len()].into(),
        };
        let lifetime = Lifetime::new(columns, law).expect("valid");
        let estimate = LifetimeEstimate { doubt: None, empirical };
        let lifetime = lifetime.with_estimate(estimate).expect("valid");
        let newest = customers.iter().map(|&(first, days, _)| first + days).max().expect("some");
        let oldest = customers.iter().map(|&(first, ..)| first).min().expect("some");
        let until = lifetime.foretold_until().expect("they bought");
        prop_assert_eq!(until.get(), newest + (newest - oldest));
        for (customer, &(first, days, _)) in (0..).map(CustomerIdx::new).zip(&customers) {
            let (silent, lost) = (lifetime.silent_on(customer), lifetime.lost_on(customer));
            for day in [silent, lost].into_iter().flatten() {
                prop_assert!(first + days < day.get() && day <= until, "{:?}", day);
            }
            if let Some(lost) = lost {
                prop_assert!(silent.is_some_and(|silent| silent <= lost));
            }
        }
    }
}

fn planted_law() -> LifetimeLaw {
    *lifetime(1, vec![order(Some(0), 1, 100)], 20).law()
}

#[test]
fn an_estimate_that_makes_no_sense_is_refused() {
    let good = shop(&cut_at_start(), 365);
    let check = |change: fn(&mut Empirical)| {
        let mut estimate = *good.estimate();
        change(estimate.empirical.as_mut().expect("it is empirical"));
        good.clone().with_estimate(estimate).err()
    };
    let refused = Some(LifetimeError::Law { name: "empirical" });
    assert_eq!(check(|_| ()), None);
    assert_eq!(check(|e| e.fading = -1.0), refused);
    assert_eq!(check(|e| e.rates.alpha = f64::NAN), refused);
    assert_eq!(check(|e| e.returned.shares = [1.5; 10]), refused);
    assert_eq!(check(|e| e.returned.chances[3] = 1.0 + e.returned.chances[2]), refused);
    assert_eq!(check(|e| e.never_returned.longest = 0.0), refused);
}
