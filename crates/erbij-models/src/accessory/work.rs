//! What a fit costs and where its bounds cut.
//!
//! A customer who has bought most of a category makes every item of it stand out beside every other. So there is a
//! bound to everything whose square would be counted: the items that are looked at after one, and those of one category
//! that are compared by one thing that belongs to them. Each cuts what is least likely to be published.

use erbij_core::Progress;

use super::AccessoryParams;

/// Items that are looked at after one: more than are published, since half of them will be the other way round. A
/// recipe that publishes more has so many looked at.
pub(super) const MAX_FOLLOWERS: usize = 64;
/// Items of one category that are compared for one thing that belongs to them all.
pub(super) const MAX_ALIKE: usize = 256;
/// Of what is alike so many times as many as are published are looked at more closely.
const LOOKS_PER_ALTERNATIVE: usize = 2;
/// Which share of an item's buyers has a cause is known to 1 % by so many: of more these are asked, at even steps.
pub(super) const MAX_BUYERS: usize = 2_000;
/// A share is known to 1.5 % by so many: of more occurrences these are taken at even steps.
pub(super) const MAX_REPEATERS: usize = 1000;

/// How many items are looked at after one.
pub(super) fn max_followers(params: &AccessoryParams) -> usize {
    MAX_FOLLOWERS.max(params.neighbours as usize)
}

/// How many that are alike are looked at more closely.
pub(super) fn max_looks(params: &AccessoryParams) -> usize {
    LOOKS_PER_ALTERNATIVE * params.alternatives as usize
}

/// Steps a fit took; for a test, since seconds depend on the machine.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Work {
    /// First purchases read while rows were counted and looked at.
    pub(super) n_read: u64,
    /// Steps in search of common causes.
    pub(super) n_causes: u64,
    /// Steps in search of alternatives.
    pub(super) n_alternatives: u64,
}

impl Work {
    pub(super) fn add(&mut self, other: Self) {
        self.n_read += other.n_read;
        self.n_causes += other.n_causes;
        self.n_alternatives += other.n_alternatives;
    }
}

/// What the bounds left out.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Cuts {
    /// Orders that hold more than an order may, and customers of whom only the newest lines count.
    pub(super) n_large_baskets: usize,
    pub(super) n_cut_customers: usize,
    /// An item each: how many stood out after it and were not looked at.
    pub(super) n_followers: Vec<u32>,
    /// Items that too many of one category lead to, and how many of these were not compared for it.
    pub(super) n_profiles: u32,
    pub(super) n_alike: u64,
    /// Items of which not all buyers were asked for common causes.
    pub(super) n_causes: u32,
    /// Items that more are like than are looked at more closely.
    pub(super) n_many_alike: u32,
    /// Published pairs of which not all buyers were asked for repeats.
    pub(super) n_repeats: u32,
}

impl Cuts {
    /// Tells what was left out, where anything was; `what` was fitted.
    pub(super) fn tell(&self, what: &str, params: &AccessoryParams, progress: &dyn Progress) {
        let tell = |n: u64, line: String| {
            if 0 < n {
                progress.note(&format!("accessory: {line}"));
            }
        };
        let (n, most) = (self.n_large_baskets, params.max_basket_items);
        tell(n as u64, format!("{n} orders hold more than {most} {what} and count for no pair"));
        let (n, most) = (self.n_cut_customers, params.max_customer_lines);
        tell(n as u64, format!("{n} customers bought {what} more than {most} times; only the newest count"));
        let (n, most) = (self.n_followers.iter().filter(|&&n| 0 < n).count(), max_followers(params));
        let n_pairs: u64 = self.n_followers.iter().map(|&n| u64::from(n)).sum();
        tell(
            n_pairs,
            format!(
                "after {n} {what} more than {most} stand out; the {n_pairs} weakest pairs were not looked at"
            ),
        );
        let n = u64::from(self.n_causes);
        tell(
            n,
            format!("{n} {what} have more than {MAX_BUYERS} buyers; so many were asked for common causes"),
        );
        let (n, n_least) = (self.n_profiles, self.n_alike);
        tell(
            n_least,
            format!(
                "{n} {what} belong to more than {MAX_ALIKE} of one category; {n_least} that they belong to least \
                 were not compared by them"
            ),
        );
        let (n, most) = (u64::from(self.n_many_alike), max_looks(params));
        tell(n, format!("{n} {what} are like more than {most} others; the least alike were not looked at"));
        let n = u64::from(self.n_repeats);
        tell(n, format!("{n} pairs have more than {MAX_REPEATERS} buyers; so many were asked for repeats"));
    }
}
