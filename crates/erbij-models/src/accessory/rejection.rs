//! A rejection says why a pair is not published.

/// Why a pair is not published.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rejection {
    /// Too few distinct customers stand behind it.
    TooFew,
    /// It may well be chance.
    NotSignificant,
    /// It occurs hardly more often than expected.
    WeakLift,
    /// The other item is in so many orders that it belongs to nothing.
    TooCommon,
    /// Too much of it came back.
    Returned,
    /// The other item is a service, or content.
    NoProduct,
    /// It was crowded into a few days.
    Promotion,
    /// The other item has the same category: it is instead, not besides.
    SameCategory,
    /// The other item is an alternative.
    Substitute,
    /// The other item costs too much to belong to this one.
    TooDear,
    /// It is the other way round, or nothing says that it is this way round.
    WrongDirection,
    /// Both belong to a third item, which explains them.
    CommonCause,
    /// Others are stronger, and the list is full.
    ListFull,
}

impl Rejection {
    /// Its spelling.
    pub const fn name(self) -> &'static str {
        match self {
            Self::TooFew => "too_few",
            Self::NotSignificant => "not_significant",
            Self::WeakLift => "weak_lift",
            Self::TooCommon => "too_common",
            Self::Returned => "returned",
            Self::NoProduct => "no_product",
            Self::Promotion => "promotion",
            Self::SameCategory => "same_category",
            Self::Substitute => "substitute",
            Self::TooDear => "too_dear",
            Self::WrongDirection => "wrong_direction",
            Self::CommonCause => "common_cause",
            Self::ListFull => "list_full",
        }
    }
}
