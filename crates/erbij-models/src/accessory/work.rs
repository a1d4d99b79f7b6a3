//! What a fit costs and where its bounds cut.
//!
//! A customer who has bought most of a category makes every item of it stand out beside every other. So there is a
//! bound to everything whose square would be counted: the items that are looked at after one, and those of one category
//! that are compared by one thing that belongs to them. Each cuts what is least likely to be published.

use erbij_core::Progress;

/// Items that are looked at after one: more than are published, since half of them will be the other way round. A
/// recipe that publishes more has so many looked at.
pub(super) const MAX_FOLLOWERS: usize = 64;
/// Items of one category that are compared for one thing that belongs to them all.
pub(super) const MAX_ALIKE: usize = 256;

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
    /// An item each: how many stood out after it and were not looked at.
    pub(super) n_followers: Vec<u32>,
    /// Items that too many of one category lead to, and how many of these were not compared for it.
    pub(super) n_profiles: u32,
    pub(super) n_alike: u64,
}

impl Cuts {
    /// Tells what was left out, where anything was; `what` was fitted.
    pub(super) fn tell(&self, what: &str, max_followers: usize, progress: &dyn Progress) {
        let n_items = self.n_followers.iter().filter(|&&n| 0 < n).count();
        let n_followers: u64 = self.n_followers.iter().map(|&n| u64::from(n)).sum();
        if 0 < n_items {
            progress.note(&format!(
                "accessory: after {n_items} {what} more than {max_followers} stand out; the {n_followers} weakest \
                 pairs were not looked at"
            ));
        }
        if 0 < self.n_alike {
            progress.note(&format!(
                "accessory: {} {what} belong to more than {MAX_ALIKE} of one category; {} that they belong to least \
                 were not compared by them",
                self.n_profiles, self.n_alike
            ));
        }
    }
}
