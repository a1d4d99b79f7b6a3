//! Chance in the order of a slate, so that who comes back does not see the same list each time.
//!
//! A slate is drawn from its candidates without putting back, each draw with chances
//! `exp(relevance / temperature)` among those left: the Plackett–Luce model (Plackett 1975). Adding
//! independent Gumbel noise times the temperature to each relevance and sorting draws just that (Yellott
//! 1977), in one pass and without order among the draws, which is what makes it a perturbation any reranker
//! can follow. The chance with which a slate is shown, where nothing reorders it afterwards, is therefore
//! known exactly: `Π_i exp(r_i / T) / Σ_{j not among the first i−1} exp(r_j / T)`.
//!
//! All noise is computed from (seed, customer, item). Nothing is kept from draw to draw: the same question
//! is answered the same on any thread, and one candidate more changes no other's noise.

use erbij_core::statistics::splitmix64::mix;
use erbij_core::{CustomerIdx, ItemIdx};

/// Derives the seed of one customer's slate; all who are unknown share one. O(1).
///
/// A customer is told by his index, so a customer of the next artifact may draw another stream.
pub fn seed_of(seed: u64, customer: Option<CustomerIdx>) -> u64 {
    let number = customer.map_or(0, |customer| 1 + u64::from(customer.get()));
    mix(mix(seed) ^ number)
}

/// Adds Gumbel noise times `temperature` (≥ 0) to the relevance of each item. O(n).
///
/// `seed` is that of one slate, as [`seed_of`] gives it. Temperature 0 is off: not a bit changes. With
/// relevance from 0 to 1, temperature 0.1 lets neighbours change places and 1 hardly minds the order.
///
/// ```
/// # use erbij_core::{CustomerIdx, ItemIdx};
/// let mut relevance = [1.0, 0.5];
/// erbij_engine::rotate(&mut relevance, &[3, 8].map(ItemIdx::new), 0.0, 42);
/// assert_eq!(relevance, [1.0, 0.5]);
/// ```
///
/// # Panics
///
/// If there are not as many items as relevances.
pub fn rotate(relevance: &mut [f64], items: &[ItemIdx], temperature: f64, seed: u64) {
    assert_eq!(relevance.len(), items.len(), "an item has one relevance");
    if 0.0 < temperature {
        for (relevance, item) in relevance.iter_mut().zip(items) {
            *relevance += temperature * gumbel(mix(seed ^ u64::from(item.get())));
        }
    }
}

/// The standard Gumbel quantile `−ln(−ln u)` of 64 random bits.
///
/// `u` is the middle of one of 2⁵² equal parts of (0, 1), so neither end is met and the result is finite.
fn gumbel(bits: u64) -> f64 {
    let u = ((bits >> 12) as f64 + 0.5) / (1_u64 << 52) as f64;
    -(-u.ln()).ln()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use erbij_core::CustomerIdx;

    use super::*;

    const ITEMS: [ItemIdx; 4] = [ItemIdx::new(0), ItemIdx::new(1), ItemIdx::new(2), ItemIdx::new(3)];
    const RELEVANCE: [f64; 4] = [1.0, 0.6, 0.6, 0.0];
    const N_DRAWS: u32 = 20_000;
    /// With 11 degrees of freedom, Pearson's statistic exceeds this once in a thousand.
    const CHI_SQUARE_OF_11: f64 = 31.26;

    fn first_two(temperature: f64, seed: u64) -> (usize, usize) {
        let mut relevance = RELEVANCE;
        rotate(&mut relevance, &ITEMS, temperature, seed);
        let mut order = [0, 1, 2, 3];
        order.sort_by(|&a, &b| relevance[b].total_cmp(&relevance[a]));
        (order[0], order[1])
    }

    /// Pearson's statistic of the first two against Plackett–Luce at `temperature`: 12 cells.
    fn chi_square(drawn: impl Iterator<Item = (usize, usize)>, temperature: f64) -> f64 {
        let mut counts: BTreeMap<(usize, usize), f64> = BTreeMap::new();
        for pair in drawn {
            *counts.entry(pair).or_default() += 1.0;
        }
        let n_drawn: f64 = counts.values().sum();
        let weights = RELEVANCE.map(|relevance| (relevance / temperature).exp());
        let all: f64 = weights.iter().sum();
        let mut statistic = 0.0;
        for first in 0..4 {
            for second in (0..4).filter(|&second| second != first) {
                let chance = weights[first] / all * weights[second] / (all - weights[first]);
                let count = counts.get(&(first, second)).copied().unwrap_or(0.0);
                statistic += (count - n_drawn * chance).powi(2) / (n_drawn * chance);
            }
        }
        statistic
    }

    fn customer(number: u32) -> Option<CustomerIdx> {
        Some(CustomerIdx::new(number))
    }

    #[test]
    fn slates_are_drawn_with_the_chances_of_plackett_and_luce() {
        for temperature in [0.3, 1.0] {
            let over_customers =
                (0..N_DRAWS).map(|number| first_two(temperature, seed_of(42, customer(number))));
            let statistic = chi_square(over_customers.clone(), temperature);
            assert!(statistic < CHI_SQUARE_OF_11, "over customers, at {temperature}: {statistic}");
            // The same draws do not pass for those of another temperature, so the test can tell.
            let statistic = chi_square(over_customers, 1.2 * temperature);
            assert!(CHI_SQUARE_OF_11 < statistic, "another temperature, at {temperature}: {statistic}");
            let over_seeds = (0..N_DRAWS).map(|seed| first_two(temperature, seed_of(u64::from(seed), None)));
            let statistic = chi_square(over_seeds, temperature);
            assert!(statistic < CHI_SQUARE_OF_11, "over seeds, at {temperature}: {statistic}");
        }
    }

    #[test]
    fn the_next_seed_and_the_next_customer_draw_independently() {
        let same_first = |other: &dyn Fn(u32) -> u64| {
            let is_same = |&number: &u32| {
                first_two(1.0, seed_of(7, customer(number))).0 == first_two(1.0, other(number)).0
            };
            f64::from((0..N_DRAWS).filter(is_same).count() as u32) / f64::from(N_DRAWS)
        };
        let weights = RELEVANCE.map(f64::exp);
        let all: f64 = weights.iter().sum();
        let by_chance: f64 = weights.iter().map(|weight| (weight / all).powi(2)).sum();
        // Four standard errors of a share of 20 000 draws.
        let tolerance = 4.0 * (by_chance * (1.0 - by_chance) / f64::from(N_DRAWS)).sqrt();
        for share in [
            same_first(&|number| seed_of(8, customer(number))),
            same_first(&|number| seed_of(7, customer(number + 1))),
        ] {
            assert!((share - by_chance).abs() < tolerance, "{share}, expected {by_chance} ± {tolerance}");
        }
        assert_eq!(same_first(&|number| seed_of(7, customer(number))), 1.0);
    }

    #[test]
    fn the_noise_of_an_item_does_not_depend_on_the_others() {
        let mut all = RELEVANCE;
        rotate(&mut all, &ITEMS, 0.5, 3);
        let mut some = [RELEVANCE[2], RELEVANCE[0]];
        rotate(&mut some, &[ITEMS[2], ITEMS[0]], 0.5, 3);
        assert_eq!(some, [all[2], all[0]]);
        assert_ne!(all, RELEVANCE);
    }

    #[test]
    fn without_temperature_nothing_changes() {
        let mut relevance = RELEVANCE;
        rotate(&mut relevance, &ITEMS, 0.0, 3);
        assert_eq!(relevance, RELEVANCE);
        rotate(&mut [], &[], 1.0, 3);
    }

    #[test]
    fn any_bits_give_a_finite_noise() {
        for (bits, expected) in [(0, -3.603_8), (u64::MAX / 2, 0.366_5), (u64::MAX, 36.736_8)] {
            assert!((gumbel(bits) - expected).abs() < 1e-4, "{bits}: {}", gumbel(bits));
        }
    }
}
