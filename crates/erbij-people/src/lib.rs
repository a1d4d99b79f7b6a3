//! Models of customers: what they buy again, what is due, what they care about, what they own, whether they are leaving.
//!
//! Each is a folder: `params.rs` (what a recipe may say), `fit.rs` (checked parameters and data in, model out) and `model.rs`
//! (immutable, answers). Every customer's row is summed by one thread in one order, so the same input gives the same bytes on
//! any number of threads.

mod events_by_customer;
mod household;
mod interest;
mod journey;
mod lifetime;
mod orientation;
mod ownership;
mod repeat;
mod replenishment;
mod sent_back;

pub use household::{
    CheckedHouseholdParams, Household, HouseholdColumns, HouseholdEvidence, HouseholdGuess, HouseholdHint,
    HouseholdParams, HouseholdRates, fit_household,
};
pub use interest::{
    CheckedInterestParams, CustomerInterest, ExplainedInterest, FacetKind, FacetValue, Facets, Interest,
    InterestColumns, InterestParams, InterestScorer, ProfileRow, Signal, Trend, decayed, fit_interest,
};
pub use journey::{CheckedJourneyParams, JourneyParams};
pub use lifetime::{
    BgNbd, BuyingRecord, CheckedLifetimeParams, Empirical, Estimate, GammaGamma, GgompertzNbd, Lifetime,
    LifetimeBasis, LifetimeColumns, LifetimeDoubt, LifetimeError, LifetimeEstimate, LifetimeLaw,
    LifetimeModelKind, LifetimeParams, LoyaltyTier, MbgNbd, Nbd, ParetoNbd, PurchaseProcess, Silences,
    SpendRecord, WatchEntry, fit_gamma_gamma, fit_lifetime, fit_process,
};
pub use orientation::{Looked, NeedAct, Orientation, OrientationColumns, fit_orientation};
pub use ownership::{
    CheckedOwnershipParams, Held, Holding, HoldingState, Need, NeedMapping, Ownership, OwnershipColumns,
    OwnershipParams, each_part, fit_ownership,
};
pub use repeat::{
    CheckedRepeatParams, DatedPurchase, ItemStrength, Repeat, RepeatColumns, RepeatHistories,
    RepeatHistoryColumns, RepeatParams, RepeatParts, Repeats, choose_repeat, fit_repeat, joined_strengths,
};
pub use replenishment::{
    CensorAt, CheckedReplenishmentParams, DueEstimate, DueEvidence, DueKind, LastBought, ReplenishBy,
    Replenishment, ReplenishmentColumns, ReplenishmentData, ReplenishmentParams, fit_replenishment,
};
pub use sent_back::SentBack;
