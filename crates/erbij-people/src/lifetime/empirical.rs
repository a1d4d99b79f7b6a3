//! What stands in where no process can be fitted: what customers of the same silence did.
//!
//! A customer's *pace* is the weeks between their orders as known on the day of their last, held to that of all:
//! `(α + t_x) / (r + x)`, with the `r` and `α` of NBD. A silence is counted in paces. Customers who returned and those who
//! never did are looked at apart, since of most shops many buy once and are never seen again.
//!
//! - The chance of being there is the share of silences as long as this that ended in an order before they were longer by
//!   `reach` paces: `1 − S(u + reach) / S(u)`, with the Kaplan–Meier curve `S` of all gaps between orders, the running ones
//!   censored; at least the share after any longer silence. `reach` is a third of the longest silence that was watched often
//!   enough: a longer one tells the chance better, a shorter one tells longer silences apart. What is longer than the other
//!   two thirds counts as that long.
//! - Orders are expected at the customer's own rate, `(r + x) / (α + T)`, times the share of such orders that came in the last
//!   weeks of the history from customers as silent as they are, and who were known before. Both are made to fall with silence.
//!   A share above one is a season or a shop that grows, and is not carried forward.
//! - Beyond the weeks held back orders fade as they did from the first half of these to the second.

use erbij_core::{Baskets, CustomerIdx, Timestamp};
use serde::{Deserialize, Serialize};

use crate::lifetime::at_any_time::Nbd;
use crate::lifetime::columns::order_days;
use crate::lifetime::record::BuyingRecord;

/// Where classes of silence end, in paces; the last has no end.
const CLASS_ENDS: [f64; N_CLASSES - 1] = [0.25, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 9.0];
const N_CLASSES: usize = 10;
/// The middle of each class, where its share holds; between them it is interpolated.
const CLASS_MIDDLES: [f64; N_CLASSES] = [0.125, 0.375, 0.75, 1.25, 1.75, 2.5, 3.5, 5.0, 7.5, 12.0];
/// At so many even steps the chance of being there is kept.
const N_STEPS: usize = 16;
/// A curve ends where fewer silences than this are still watched.
const MIN_WATCHED: usize = 30;
/// A class is held to all of its kind by as much as so many expected orders, and these likewise to everybody.
const STRENGTH: f64 = 20.0;
/// Gaps are taken from every so many-th customer, so that there are about so many.
const MAX_GAPS: usize = 500_000;

/// What customers of one kind did after a silence.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Silences {
    /// A class of silence each: the share of the orders expected at customers' own rates that came; falling, 0 to 1.
    pub shares: [f64; N_CLASSES],
    /// The longest silence of which the chance of being there is known, in paces; above 0.
    pub longest: f64,
    /// At even steps from no silence to the longest: the chance of being there; falling, 0 to 1.
    pub chances: [f64; N_STEPS],
}

/// How customers buy and leave, read off what they did.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Empirical {
    /// The rates of all, which a customer's own is held to.
    pub rates: Nbd,
    /// How many of the last days were held back.
    pub held_back_days: u32,
    /// By how much orders fade a week; 0 and more.
    pub fading: f64,
    /// Customers who bought on one day.
    pub never_returned: Silences,
    /// Customers who bought on two days or more.
    pub returned: Silences,
}

impl Silences {
    /// Where nothing was held back or watched: customers go on as they did, and are there.
    const UNKNOWN: Self = Self { shares: [1.0; N_CLASSES], longest: 1.0, chances: [1.0; N_STEPS] };

    fn is_valid(&self) -> bool {
        let falls = |values: &[f64]| {
            values.iter().all(|value| (0.0..=1.0).contains(value)) && values.is_sorted_by(|a, b| b <= a)
        };
        falls(&self.shares) && falls(&self.chances) && 0.0 < self.longest && self.longest.is_finite()
    }

    fn share(&self, silence: f64) -> f64 {
        let after = CLASS_MIDDLES.partition_point(|&middle| middle <= silence);
        match after {
            0 => self.shares[0],
            N_CLASSES => self.shares[N_CLASSES - 1],
            _ => {
                let (from, to) = (CLASS_MIDDLES[after - 1], CLASS_MIDDLES[after]);
                let way = (silence - from) / (to - from);
                self.shares[after - 1] + way * (self.shares[after] - self.shares[after - 1])
            }
        }
    }

    fn step(&self) -> f64 {
        self.longest / (N_STEPS - 1) as f64
    }

    fn chance(&self, silence: f64) -> f64 {
        let at = (silence / self.step()).min((N_STEPS - 1) as f64);
        let before = (at as usize).min(N_STEPS - 2);
        self.chances[before] + (at - before as f64) * (self.chances[before + 1] - self.chances[before])
    }

    /// The shortest silence with no more than this chance.
    fn silence_of(&self, chance: f64) -> Option<f64> {
        let at = self.chances.iter().position(|&of_step| of_step <= chance)?;
        let Some(before) = at.checked_sub(1) else { return Some(0.0) };
        let (high, low) = (self.chances[before], self.chances[at]);
        Some(self.step() * (before as f64 + (high - chance) / (high - low)))
    }
}

impl Empirical {
    pub(super) fn is_valid(&self) -> bool {
        let rates = 0.0 < self.rates.r && 0.0 < self.rates.alpha;
        let are_finite = [self.rates.r, self.rates.alpha, self.fading].iter().all(|value| value.is_finite());
        let kinds = self.never_returned.is_valid() && self.returned.is_valid();
        rates && are_finite && 0.0 <= self.fading && kinds
    }

    fn of(&self, record: &BuyingRecord) -> &Silences {
        if record.n_repeats() == 0 { &self.never_returned } else { &self.returned }
    }

    /// Weeks between orders, as known on the day of the last.
    fn pace(&self, record: &BuyingRecord) -> f64 {
        (self.rates.alpha + record.last_weeks()) / (self.rates.r + f64::from(record.n_repeats()))
    }

    fn silence(&self, record: &BuyingRecord) -> f64 {
        (record.observed_weeks() - record.last_weeks()) / self.pace(record)
    }

    /// The chance that a customer is still there, 0 to 1. Falls with silence.
    pub fn p_alive(&self, record: &BuyingRecord) -> f64 {
        self.of(record).chance(self.silence(record))
    }

    /// The orders they are expected to place within `weeks`.
    pub fn expected_orders(&self, record: &BuyingRecord, weeks: f64) -> f64 {
        let rate =
            (self.rates.r + f64::from(record.n_repeats())) / (self.rates.alpha + record.observed_weeks());
        self.of(record).share(self.silence(record)) * rate * self.weeks_that_count(weeks)
    }

    /// As many as the weeks held back where it is these that are asked about, fewer the further one looks ahead.
    fn weeks_that_count(&self, weeks: f64) -> f64 {
        let held_back = f64::from(self.held_back_days) / 7.0;
        let faded = |weeks: f64| {
            let fading = self.fading * weeks;
            if fading < 1e-9 { weeks } else { weeks * (-(-fading).exp_m1() / fading) }
        };
        faded(weeks) * if 0.0 < held_back { held_back / faded(held_back) } else { 1.0 }
    }

    /// The week since the first purchase at which the chance of being there has fallen to `threshold` times what it was on
    /// the day of the last; none where it was not seen to.
    pub fn silent_after(&self, record: &BuyingRecord, threshold: f64) -> Option<f64> {
        let kind = self.of(record);
        let silence = kind.silence_of(threshold * kind.chances[0])?;
        Some(record.last_weeks() + silence * self.pace(record))
    }
}

/// Reads it off the orders up to and including the instant of `cutoff`; `held_back_days` of them are judged, 0 where the
/// history is too short. O(orders · log orders).
pub(super) fn read_off(rates: Nbd, baskets: &Baskets, cutoff: Timestamp, held_back_days: u32) -> Empirical {
    let end = baskets.day_of(cutoff).get();
    let known = Empirical {
        rates,
        held_back_days,
        fading: 0.0,
        never_returned: Silences::UNKNOWN,
        returned: Silences::UNKNOWN,
    };
    let step = baskets.len().div_ceil(MAX_GAPS).max(1);
    let mut held_back = HeldBack::default();
    let mut gaps = [Vec::new(), Vec::new()];
    let mut days = Vec::new();
    for customer in 0..baskets.n_customers() {
        days.clear();
        days.extend(order_days(baskets, CustomerIdx::new(customer as u32), cutoff).map(|(day, _)| day));
        held_back.take(&known, &days, end);
        if customer.is_multiple_of(step) {
            take_gaps(&known, &days, end, &mut gaps);
        }
    }
    let [never_returned, returned] = gaps.map(Curve::new);
    let shares = held_back.shares();
    let silences = |curve: Curve, shares| match curve.chances() {
        Some((longest, chances)) => Silences { shares, longest, chances },
        None => Silences { shares, ..Silences::UNKNOWN },
    };
    Empirical {
        fading: held_back.fading(held_back_days),
        never_returned: silences(never_returned, shares[0]),
        returned: silences(returned, shares[1]),
        ..known
    }
}

fn record_at(days: &[i32], end: i32) -> Option<BuyingRecord> {
    let (&first, &last) = (days.first()?, days.last()?);
    let weeks = |day: i32| f64::from(day - first) / 7.0;
    BuyingRecord::new(days.len() as u32 - 1, weeks(last), weeks(end.max(last)))
}

/// A gap in paces, and whether an order ended it.
type Gap = (f64, bool);

fn take_gaps(known: &Empirical, days: &[i32], end: i32, gaps: &mut [Vec<Gap>; 2]) {
    for n in 1..=days.len() {
        let next = days.get(n).copied();
        let record = record_at(&days[..n], next.unwrap_or(end)).expect("days rise");
        gaps[usize::from(1 < n)].push((known.silence(&record), next.is_some()));
    }
}

/// What was expected of the days held back at customers' own rates, and what came.
#[derive(Default)]
struct HeldBack {
    came: [[f64; N_CLASSES]; 2],
    expected: [[f64; N_CLASSES]; 2],
    /// Of the first half of the days, and of the second.
    halves: [f64; 2],
}

impl HeldBack {
    fn take(&mut self, known: &Empirical, days: &[i32], end: i32) {
        let n_days = known.held_back_days as i32;
        let n_before = days.partition_point(|&day| day <= end - n_days);
        let Some(record) = record_at(&days[..n_before], end - n_days).filter(|_| 0 < n_days) else { return };
        let kind = usize::from(0 < record.n_repeats());
        let class = CLASS_ENDS.partition_point(|&of_class| of_class <= known.silence(&record));
        let came = &days[n_before..];
        let n_early = came.partition_point(|&day| day <= end - n_days + n_days / 2);
        // Without shares, the rate itself.
        self.expected[kind][class] += known.expected_orders(&record, f64::from(n_days) / 7.0);
        self.came[kind][class] += came.len() as f64;
        self.halves[0] += n_early as f64;
        self.halves[1] += (came.len() - n_early) as f64;
    }

    fn shares(&self) -> [[f64; N_CLASSES]; 2] {
        let held = |came: f64, expected: f64, above: f64| (came + STRENGTH * above) / (expected + STRENGTH);
        let sum = |values: &[f64]| values.iter().sum::<f64>();
        let of_all = held(sum(self.came.as_flattened()), sum(self.expected.as_flattened()), 1.0);
        std::array::from_fn(|kind| {
            let (came, expected) = (&self.came[kind], &self.expected[kind]);
            let of_kind = held(sum(came), sum(expected), of_all);
            let shares = std::array::from_fn(|class| held(came[class], expected[class], of_kind).min(1.0));
            falling(shares, expected.map(|expected| expected + 1.0))
        })
    }

    /// `ln(first half / second half)` over the weeks between their middles; none where the second is the larger, or no half
    /// has orders enough to tell.
    fn fading(&self, n_days: u32) -> f64 {
        let [first, second] = self.halves;
        if second < STRENGTH { 0.0 } else { ((first / second).ln() / (f64::from(n_days) / 14.0)).max(0.0) }
    }
}

/// The falling values nearest to these: neighbours that rise are put together (pool adjacent violators).
fn falling(values: [f64; N_CLASSES], weights: [f64; N_CLASSES]) -> [f64; N_CLASSES] {
    let mut pools: Vec<(f64, f64, usize)> = Vec::new();
    for (&value, weight) in values.iter().zip(weights) {
        let mut pool = (value, weight, 1);
        while let Some(&(before, of_before, n)) = pools.last().filter(|before| before.0 < pool.0) {
            pools.pop();
            let all = of_before + pool.1;
            pool = ((before * of_before + pool.0 * pool.1) / all, all, n + pool.2);
        }
        pools.push(pool);
    }
    let mut pooled = pools.into_iter().flat_map(|(value, _, n)| std::iter::repeat_n(value, n));
    std::array::from_fn(|_| pooled.next().expect("as many as there were"))
}

/// The Kaplan–Meier curve of gaps, as far as enough of them are watched.
struct Curve {
    /// Where it falls, and to what.
    falls: Vec<(f64, f64)>,
    end: f64,
}

impl Curve {
    fn new(mut gaps: Vec<Gap>) -> Self {
        // Of gaps equally long those that ended come first: what is censored was watched until then.
        gaps.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(b.1.cmp(&a.1)));
        let n_used = (gaps.len() + 1).saturating_sub(MIN_WATCHED);
        let (mut left, mut falls) = (1.0, Vec::new());
        for (at, &(silence, has_ended)) in gaps[..n_used].iter().enumerate() {
            if has_ended {
                left *= 1.0 - 1.0 / (gaps.len() - at) as f64;
                falls.push((silence, left));
            }
        }
        Self { end: n_used.checked_sub(1).map_or(0.0, |at| gaps[at].0), falls }
    }

    fn left_after(&self, silence: f64) -> f64 {
        let n = self.falls.partition_point(|fall| fall.0 <= silence);
        n.checked_sub(1).map_or(1.0, |at| self.falls[at].1)
    }

    /// The longest silence told of, which is two thirds of what was watched, and the chances up to there; none of none.
    fn chances(&self) -> Option<(f64, [f64; N_STEPS])> {
        let reach = self.end / 3.0;
        let longest = self.end - reach;
        let silence = |step: usize| longest * step as f64 / (N_STEPS - 1) as f64;
        let ended = |silence: f64| 1.0 - self.left_after(silence + reach) / self.left_after(silence);
        let mut chances = std::array::from_fn(|step| ended(silence(step)));
        // Whoever buys at even times cannot come back at once: what came back after a longer silence was there before it.
        for step in (1..N_STEPS).rev() {
            chances[step - 1] = chances[step - 1].max(chances[step]);
        }
        (0.0 < longest).then_some((longest, chances))
    }
}
