//! Why an item is kept off a slate, one reason each.

use erbij_core::{Ineligible, NeedIdx};

/// Why an item is kept off a slate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeptOut {
    /// It was what the query asked about, or the query said not to.
    Excluded,
    /// The catalogue says that it does not go with what the query asked about.
    Incompatible,
    /// It is in a bundle that was asked about, stands on the slate or is the customer's, or it is such a bundle itself.
    Bundled,
    /// The customer sent it back and never kept it.
    SentBack,
    /// The customer has what meets its need, or it is in the basket.
    Owned(NeedIdx),
    /// The customer bought it before, and the placement leaves that out.
    AlreadyBought,
    /// A rule of the shop hides it.
    Rule,
    /// It is not among those the question asks for.
    Filtered,
    /// It may not be offered to anybody, here and now.
    Ineligible(Ineligible),
}

impl KeptOut {
    /// The spelling in JSON.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Excluded => "excluded",
            Self::Incompatible => "incompatible",
            Self::Bundled => "bundle",
            Self::SentBack => "sent_back",
            Self::AlreadyBought => "already_bought",
            Self::Owned(_) => "owned",
            Self::Rule => "rule",
            Self::Filtered => "filter",
            Self::Ineligible(Ineligible::OutOfStock) => "out_of_stock",
            Self::Ineligible(Ineligible::NotListed) => "not_listed",
            Self::Ineligible(Ineligible::NotYetAvailable) => "not_yet_available",
            Self::Ineligible(Ineligible::Expired) => "expired",
            Self::Ineligible(Ineligible::Service) => "service",
            Self::Ineligible(Ineligible::AgeRestricted) => "age_restricted",
        }
    }
}
