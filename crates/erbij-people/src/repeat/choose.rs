//! Chooses how fast purchases are forgotten and what counts how much: by each customer's first basket of the last days,
//! foretold from what lay before them.

use erbij_core::{
    Auto, AutoParams, Baskets, CategoryIdx, Choice, CustomerIdx, HeldOutCases, Progress, ScoreBoard, Silent,
    Timestamp, choose, drawn_evenly, is_drawn_evenly, ndcg_at_k,
};
use rayon::prelude::*;

use crate::repeat::fit::{Learning, MAX_CUSTOMER_LINES};
use crate::repeat::later::LaterBaskets;
use crate::repeat::{DatedPurchase, Repeat, RepeatParams};

/// People with about so many lines are learned from: enough to tell settings apart, and little beside the fit itself.
const MAX_LINES: usize = 250_000;

/// The last days are as many as it takes until so many customers bought in them.
const ENOUGH: usize = 1_500;

/// Of these customers so many are asked about at most.
const MAX_CASES: usize = 5_000;

/// How far back the last days go at most.
const MAX_DAYS: i64 = 56;

/// The places judged.
const K: usize = 10;

impl AutoParams for RepeatParams {
    const TABLE: &'static str = "repeat";
    const KEYS: &'static [&'static str] = &[
        "half_lives_days",
        "rate_strength",
        "follows_half_life_days",
        "popularity_half_life_days",
        "w_follows",
        "w_popular",
    ];
}

/// Chooses what a recipe leaves to the fit. O(lines of a sample · sets of values).
pub fn choose_repeat(
    auto: &Auto<RepeatParams>,
    baskets: &Baskets,
    categories: &[Option<CategoryIdx>],
    as_of: Timestamp,
    progress: &dyn Progress,
) -> (RepeatParams, Option<Choice>) {
    if !auto.any_auto() {
        return (auto.params().clone(), None);
    }
    let drawn = drawn(baskets, as_of);
    let cut = cut(&drawn, as_of);
    let before = drawn.select(|basket| drawn.ordered_at(basket) < cut, |_| false);
    let cases = cases(&drawn, cut, as_of);
    let held_out =
        HeldOutCases { metric: "NDCG@10", told: "customers' baskets of the last days", n: cases.len() };
    let later = LaterBaskets::new(&before, cut, MAX_CUSTOMER_LINES);
    let mut learning = Learning::new(&before, categories, cut, &later);
    let judge = |params: &RepeatParams, asked: &[usize]| {
        progress.begin("choosing how purchases are forgotten", None, "");
        let checked = params.check().expect("what is tried is in range");
        let asked: Vec<usize> = asked.iter().map(|&case| cases[case]).collect();
        judge(&learning.fit(&checked, &Silent), &asked, &drawn, &before)
    };
    choose(auto, held_out, judge, &[&memories, &popularity, &follows, &weights])
}

/// People drawn evenly, with about as many lines as are learned from.
fn drawn(baskets: &Baskets, as_of: Timestamp) -> Baskets {
    let is_drawn = |basket: usize| {
        let person = baskets.person(basket) as usize;
        is_drawn_evenly(person, MAX_LINES, baskets.n_lines()) && baskets.ordered_at(basket) < as_of
    };
    baskets.select(is_drawn, |_| false)
}

/// Where the last days begin: whole days back from the end, until enough customers bought in them.
fn cut(drawn: &Baskets, as_of: Timestamp) -> Timestamp {
    let mut newest: Vec<Timestamp> = (0..drawn.n_customers() as u32)
        .filter_map(|customer| {
            let own = drawn.of_customer(CustomerIdx::new(customer));
            (2 <= own.len()).then(|| drawn.ordered_at(own.end - 1))
        })
        .collect();
    newest.sort_unstable();
    let last = newest.last().map_or(as_of, |&last| last);
    let enough = newest[newest.len().saturating_sub(ENOUGH)..].first().map_or(last, |&at| at);
    let earliest = last.plus_days(1 - MAX_DAYS);
    drawn.time_zone().start_of(drawn.time_zone().day_of(enough.max(earliest)))
}

/// The baskets asked about: of each customer with a history before the cut the first one after it, evenly drawn.
fn cases(drawn: &Baskets, cut: Timestamp, as_of: Timestamp) -> Vec<usize> {
    let first = |customer: u32| {
        let own = drawn.of_customer(CustomerIdx::new(customer));
        let first = own.clone().find(|&basket| cut <= drawn.ordered_at(basket))?;
        (own.start < first && drawn.ordered_at(first) < as_of).then_some(first)
    };
    let all: Vec<usize> = (0..drawn.n_customers() as u32).filter_map(first).collect();
    drawn_evenly(all, MAX_CASES)
}

/// How long anything is remembered, and what counts how much beside one's own purchases: a shop of fashions has a short memory,
/// one of stores a long one.
fn memories(best: &RepeatParams) -> Vec<RepeatParams> {
    let weeks = RepeatParams {
        half_lives_days: vec![14.0],
        rate_strength: 20.0,
        follows_half_life_days: 14.0,
        popularity_half_life_days: 5.0,
        ..best.clone()
    };
    let days = RepeatParams {
        half_lives_days: vec![3.0],
        rate_strength: 2.0,
        follows_half_life_days: 1.0,
        popularity_half_life_days: 0.5,
        ..best.clone()
    };
    let of =
        |memory: &RepeatParams, w_follows, w_popular| RepeatParams { w_follows, w_popular, ..memory.clone() };
    vec![
        of(best, 1.0, 0.3),
        of(best, 1.0, 1.0),
        of(&weeks, 1.0, 0.3),
        of(&weeks, 1.0, 1.0),
        of(&days, 1.0, 1.0),
        of(&days, 3.0, 1.0),
    ]
}

fn popularity(best: &RepeatParams) -> Vec<RepeatParams> {
    let days = [0.5, 3.0, 56.0];
    days.map(|popularity_half_life_days| RepeatParams { popularity_half_life_days, ..best.clone() }).into()
}

fn follows(best: &RepeatParams) -> Vec<RepeatParams> {
    let days = [1.0, 30.0];
    days.map(|follows_half_life_days| RepeatParams { follows_half_life_days, ..best.clone() }).into()
}

fn weights(best: &RepeatParams) -> Vec<RepeatParams> {
    let times = |follows: f64, popular: f64| RepeatParams {
        w_follows: (follows * best.w_follows).min(1e6),
        w_popular: (popular * best.w_popular).min(1e6),
        ..best.clone()
    };
    vec![times(3.0, 1.0), times(1.0 / 3.0, 1.0), times(1.0, 3.0), times(1.0, 1.0 / 3.0)]
}

/// A value of each case.
fn judge(model: &Repeat, cases: &[usize], drawn: &Baskets, before: &Baskets) -> Vec<f64> {
    let value = |board: &mut ScoreBoard, &basket: &usize| {
        let (customer, now) = (drawn.customer(basket), drawn.ordered_at(basket));
        let past: Vec<DatedPurchase> = before
            .of_customer(customer)
            .flat_map(|earlier| {
                let lines = before.items(earlier).iter().zip(before.quantities(earlier));
                lines.map(move |(&item, &quantity)| DatedPurchase {
                    item,
                    quantity,
                    at: before.ordered_at(earlier),
                })
            })
            .collect();
        model.score(&model.strengths(&past, now), board);
        ndcg_at_k(board, drawn.items(basket), K)
    };
    cases.par_iter().map_init(|| ScoreBoard::new(model.n_items()), value).collect()
}

#[cfg(test)]
mod tests {
    use erbij_core::{Day, ItemIdx, Order};

    use super::*;
    use erbij_core::Verdict;

    const N_CUSTOMERS: u32 = 600;
    const N_ITEMS: u32 = 600;

    /// Chance that is the same everywhere.
    fn chance(state: &mut u64, below: u32) -> u32 {
        *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((*state >> 33) % u64::from(below)) as u32
    }

    /// Each customer has an order of four items on each of twelve days, each of its own.
    fn shop(mut item: impl FnMut(u32, u32, &mut u64) -> u32) -> Baskets {
        let mut state = 3;
        let mut orders = Vec::new();
        for customer in 0..N_CUSTOMERS {
            for day in 0..12 {
                let mut items: Vec<u32> = (0..4).map(|_| item(customer, day, &mut state)).collect();
                items.sort_unstable();
                items.dedup();
                orders.push(Order {
                    customer: Some(CustomerIdx::new(customer)),
                    ordered_at: Day::new(day as i32).start(),
                    amount_minor: 100,
                    lines: items.into_iter().map(|item| (ItemIdx::new(item), 1.0)).collect(),
                });
            }
        }
        Baskets::from_orders(N_CUSTOMERS as usize, N_ITEMS as usize, orders).expect("valid")
    }

    /// Everybody buys what is on offer of the day and of the day before, and now and then something of their own.
    fn offers() -> Baskets {
        shop(|customer, day, state| match chance(state, 4) {
            0 => 400 + (customer * 7 + chance(state, 8)) % 200,
            _ => 12 * (day - chance(state, 2).min(day)) + chance(state, 6),
        })
    }

    /// Nobody's purchases say anything of the next, nor anybody else's.
    fn chance_alone() -> Baskets {
        shop(|_, _, state| chance(state, N_ITEMS))
    }

    fn chosen(baskets: &Baskets) -> (RepeatParams, Choice) {
        let categories = vec![None; N_ITEMS as usize];
        let as_of = Day::new(12).start();
        let (params, choice) = choose_repeat(&Auto::default(), baskets, &categories, as_of, &Silent);
        (params, choice.expect("all is open"))
    }

    #[test]
    fn a_shop_of_offers_has_a_short_memory() {
        let (params, choice) = chosen(&offers());
        assert_eq!(choice.verdict, Verdict::Better, "{choice}");
        assert!(params.popularity_half_life_days < 14.0, "{choice}");
        assert!(0.1 < params.w_popular, "{choice}");
        assert!(1.3 * choice.shipped < choice.chosen, "{choice}");
    }

    #[test]
    fn where_nothing_is_better_what_is_shipped_stays() {
        let (params, choice) = chosen(&chance_alone());
        assert_eq!((params, choice.verdict), (RepeatParams::default(), Verdict::NoneBetter), "{choice}");
        assert!(10 < choice.n_tried, "{choice}");
    }

    #[test]
    fn the_last_days_are_as_many_as_it_takes() {
        let baskets = offers();
        // All 600 bought on the last day: that day is asked about, and nobody twice.
        let as_of = Day::new(12).start();
        assert_eq!(cut(&baskets, as_of), Day::new(11).start());
        assert_eq!(cases(&baskets, Day::new(11).start(), as_of).len(), N_CUSTOMERS as usize);
        // Who has no history is not asked about.
        assert!(cases(&baskets, Day::new(0).start(), as_of).is_empty());
    }

    #[test]
    fn the_number_of_threads_is_irrelevant() {
        let baskets = offers();
        let with = |n_threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(n_threads).build().expect("a pool");
            pool.install(|| chosen(&baskets))
        };
        assert_eq!(with(1), with(3));
    }
}
