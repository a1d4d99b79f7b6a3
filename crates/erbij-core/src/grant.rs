//! What may be done for a person: proof that somebody looked.

use std::marker::PhantomData;

/// That a purpose may be pursued for a person. It is made by a check alone, so what asks for one cannot be reached without.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Grant<Purpose> {
    purpose: PhantomData<Purpose>,
}

/// Choosing what a person is shown by what is known of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Personalisation;

/// When a shop's own pages are personalised.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PersonalisationPolicy {
    /// Until a person objects.
    #[default]
    UntilObjected,
    /// Only once a person has agreed.
    OptIn,
}

impl PersonalisationPolicy {
    /// The one check: what a person said, yes or no, and what the shop does where they said nothing.
    pub fn check(self, said: Option<bool>) -> Option<Grant<Personalisation>> {
        let is_granted = said.unwrap_or(self == Self::UntilObjected);
        is_granted.then_some(Grant { purpose: PhantomData })
    }
}

impl Grant<Personalisation> {
    /// For measuring on past orders, where nothing is shown to anybody.
    pub const fn of_replay() -> Self {
        Self { purpose: PhantomData }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_person_said_wins() {
        for (policy, said, expected) in [
            (PersonalisationPolicy::UntilObjected, None, true),
            (PersonalisationPolicy::UntilObjected, Some(true), true),
            (PersonalisationPolicy::UntilObjected, Some(false), false),
            (PersonalisationPolicy::OptIn, None, false),
            (PersonalisationPolicy::OptIn, Some(true), true),
            (PersonalisationPolicy::OptIn, Some(false), false),
        ] {
            assert_eq!(policy.check(said).is_some(), expected, "{policy:?}, {said:?}");
        }
    }
}
