//! Shops whose likelihood has no optimum inside, and shops of which too little is known.

use super::*;

/// Customers who buy at rates `Gamma(shape, 1/mean)` until the end and never leave: weeks since their first purchase.
fn faithful(seed: u64, shape: f64, n_customers: usize) -> Vec<BuyingRecord> {
    use rand_chacha::ChaCha8Rng;
    use rand_chacha::rand_core::SeedableRng;
    use rand_distr::{Distribution, Exp1, Gamma};
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let rates = Gamma::new(shape, 0.1 / shape).expect("valid");
    let mut of_customer = |customer: usize| {
        let (rate, observed): (f64, f64) = (rates.sample(&mut rng), 104.0 - (customer % 52) as f64);
        let (mut n_repeats, mut last) = (0, 0.0);
        loop {
            let gap: f64 = Exp1.sample(&mut rng);
            if observed < last + gap / rate {
                return record(n_repeats, last, observed);
            }
            (n_repeats, last) = (n_repeats + 1, last + gap / rate);
        }
    };
    (0..n_customers).map(&mut of_customer).collect()
}

/// There is no optimum inside, and so no more to find than that: they stay, and nobody is lost soon.
#[test]
fn customers_who_never_leave_stay_whatever_the_seed() {
    for seed in 0..10 {
        // Of different rates, and of all but one.
        for shape in [1.5, 1e6] {
            let records = faithful(seed, shape, 6000);
            for kind in [LifetimeModelKind::BgNbd, LifetimeModelKind::MbgNbd] {
                let model = fit_process(kind, &records).expect("an edge is a maximum too").model;
                let [r, alpha, a, _] = model.parameters()[..] else { panic!("four parameters") };
                let told = format!("seed {seed}, shape {shape}: {model:?}");
                assert!(r <= 404.0 && a <= 404.0, "{told}");
                assert!((r / alpha - 0.1).abs() < 0.005, "{told}");
                let usual = record(10, 100.0, 104.0);
                assert!(0.99 < model.p_alive(&usual), "{told}");
                near(model.expected_orders(&usual, 52.0), 5.2, 0.7);
            }
        }
    }
}

/// 600 customers who bought once, and some who came back four times: below `min_repeaters` nothing is said of anybody
/// but who is new; from there on those who came back stand above those who did not. Nobody who never returned is loyal.
#[test]
fn tiers_where_few_return() {
    let tiers = |n_returning: u32, now: i32| {
        let once = (0..600).map(|customer| order(Some(customer), 19 + customer as i32 % 180, 1000));
        let often = (0..n_returning).flat_map(|customer| {
            let every = 20 + customer as i32 % 30;
            (0..5).map(move |n| order(Some(600 + customer), 198 - every * n, 1500))
        });
        let lifetime = lifetime(600 + n_returning as usize, once.chain(often).collect(), 199);
        let count = |customers: std::ops::Range<u32>| {
            let mut counts = std::collections::BTreeMap::new();
            for customer in customers {
                let tier = lifetime.tier(CustomerIdx::new(customer), Day::new(now)).expect("they bought");
                *counts.entry(tier.name()).or_insert(0) += 1;
            }
            counts
        };
        (count(0..600), count(600..600 + n_returning))
    };
    for n_returning in [0, 10, 45, 49] {
        let (once, returning) = tiers(n_returning, 199);
        assert_eq!(once.keys().copied().collect::<Vec<_>>(), ["new", "unknown"], "{n_returning}");
        assert!(returning.keys().all(|&tier| tier == "unknown"), "{n_returning}: {returning:?}");
        assert_eq!(tiers(n_returning, 320).0.into_iter().collect::<Vec<_>>(), [("unknown", 600)]);
    }
    for n_returning in [50, 60, 200] {
        let (once, returning) = tiers(n_returning, 199);
        let is_low = |tier: &&str| ["new", "occasional", "lapsing", "lost"].contains(tier);
        assert!(once.keys().all(is_low), "{n_returning}: {once:?}");
        let n_high = returning.get("loyal").unwrap_or(&0) + returning.get("regular").unwrap_or(&0);
        assert!(2 * n_high >= n_returning, "{n_returning}: {returning:?}");
    }
}

/// Where all who returned have fallen silent, the bounds are 0, and still nobody is loyal who bought once.
#[test]
fn who_never_returned_is_never_loyal() {
    let lifetime = planted();
    let law = LifetimeLaw { tier_bounds: [0.0; 2], ..*lifetime.law() };
    let lifetime = Lifetime::new(lifetime.columns().clone(), law).expect("valid");
    for customer in 0..4000 {
        let tier = lifetime.tier(CustomerIdx::new(customer), Day::new(700));
        if lifetime.columns().n_repeat_days[customer as usize] == 0 {
            assert!(!matches!(tier, Some(LoyaltyTier::Loyal | LoyaltyTier::Regular)), "{customer}");
        }
    }
}
