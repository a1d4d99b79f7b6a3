//! What one person did that no trained model has seen.

use crate::{EventKind, ItemIdx, Timestamp, TopicIdx};

/// One thing somebody did with an item.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Act {
    /// When.
    pub at: Timestamp,
    /// With what.
    pub item: ItemIdx,
    /// What.
    pub kind: ActKind,
}

/// What somebody did.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ActKind {
    /// They ordered it.
    Bought {
        /// How many, above zero.
        quantity: f32,
        /// For somebody else.
        is_gift: bool,
    },
    /// They sent it back.
    SentBack,
    /// They did something else on a page: see [`EventKind`].
    Did {
        /// What.
        kind: EventKind,
        /// What the event itself says it was about.
        topic: Option<TopicIdx>,
    },
}

/// What one person did, oldest first: acts since a model was trained, or all that is known of a stranger.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Past {
    acts: Vec<Act>,
}

impl Past {
    /// Nothing is known.
    pub fn none() -> &'static Self {
        static NONE: Past = Past { acts: Vec::new() };
        &NONE
    }

    /// Puts acts in the order of time; those of one instant stay in theirs. O(acts · log acts).
    pub fn new(mut acts: Vec<Act>) -> Self {
        acts.sort_by_key(|act| act.at);
        Self { acts }
    }

    /// Whether nothing is known.
    pub fn is_empty(&self) -> bool {
        self.acts.is_empty()
    }

    /// The acts, oldest first.
    pub fn acts(&self) -> &[Act] {
        &self.acts
    }

    /// The acts that pass, in their order.
    #[must_use]
    pub fn retain(mut self, passes: impl Fn(&Act) -> bool) -> Self {
        self.acts.retain(passes);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn acts_are_in_order_and_stay_so() {
        let act = |micros, item| Act {
            at: Timestamp::from_micros(micros),
            item: ItemIdx::new(item),
            kind: ActKind::SentBack,
        };
        let past = Past::new(vec![act(5, 1), act(2, 2), act(5, 0), act(9, 3)]);
        let items = |past: &Past| past.acts().iter().map(|act| act.item.get()).collect::<Vec<_>>();
        assert_eq!(items(&past), [2, 1, 0, 3], "those of one instant stay in their order");
        assert_eq!(items(&past.clone().retain(|act| act.item != ItemIdx::new(1))), [2, 0, 3]);
        assert!(Past::none().is_empty() && !past.is_empty());
    }
}
