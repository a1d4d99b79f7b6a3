//! Recipe, checked parameters, fit and immutable models.
//!
//! Each model is a folder of three files: `params.rs` (what a recipe may say, and [`check`] of it), `fit.rs`
//! (checked parameters and data in, model out) and `model.rs` (immutable, scores). A model that has not been
//! fitted does not exist. The kernels are free functions over slices; work is shared out by row, every row is
//! summed by one thread in one order, so the same input gives the same bytes on any number of threads.
//!
//! [`check`]: AffinityParams::check

mod accessory;
mod affinity;
mod alike;
mod attributes;
mod auto;
mod blend;
mod cholesky;
mod ease;
mod events_by_customer;
mod gram;
mod household;
mod ials;
mod incidence;
mod interest;
mod item_weights;
mod journey;
mod kept_baskets;
mod lifetime;
mod local_ease;
mod logistic;
mod model_set;
mod neighbours;
mod newton;
mod orientation;
mod ownership;
mod pair_sums;
mod personal;
mod placement_params;
mod popularity;
mod privacy;
mod recipe;
mod related;
mod repeat;
mod replenishment;
mod ridge;
mod rp3beta;
mod score_board;
mod scorer;
mod sent_back;
mod session;
mod share_out;
mod simd;
mod spectral;
mod weighted_incidence;
mod wilson;

pub use accessory::{
    Accessory, AccessoryColumns, AccessoryFit, AccessoryItem, AccessoryKind, AccessoryParams,
    AlternativeItem, AlternativeKind, CategoryComplement, CategoryComplements, CategoryFlow,
    CheckedAccessoryParams, LAG_BOUNDS, Overdispersion, Rejection, Rival, fit_accessory, fit_complements,
};
pub use affinity::{
    Affinity, AffinityMeasure, AffinityNeighbour, AffinityParams, CheckedAffinityParams, CountBy, PairCounts,
    entropy_llr, fit_affinity,
};
pub use alike::Alike;
pub use attributes::{Attribute, AttributeParams, attribute_lists};
pub use auto::{Auto, AutoParams, Choice, Verdict};
pub use blend::{Blend, BlendFeatures, BlendParams, BlendPart, CheckedBlendParams, OwnFeature};
pub use ease::{CheckedEaseParams, EaseError, EaseParams, KeepWeights, fit_ease};
pub use household::{
    CheckedHouseholdParams, Household, HouseholdColumns, HouseholdEvidence, HouseholdGuess, HouseholdHint,
    HouseholdParams, HouseholdRates, fit_household,
};
pub use ials::{CheckedIalsParams, Factors, IalsParams, fit_ials};
pub use incidence::Incidence;
pub use interest::{
    CheckedInterestParams, CustomerInterest, ExplainedInterest, FacetKind, FacetValue, Facets, Interest,
    InterestColumns, InterestParams, InterestScorer, ProfileRow, Signal, Trend, decayed, fit_interest,
};
pub use item_weights::ItemWeights;
pub use journey::{CheckedJourneyParams, JourneyParams};
pub use lifetime::{
    BgNbd, BuyingRecord, CheckedLifetimeParams, Empirical, Estimate, GammaGamma, GgompertzNbd, Lifetime,
    LifetimeBasis, LifetimeColumns, LifetimeDoubt, LifetimeError, LifetimeEstimate, LifetimeLaw,
    LifetimeModelKind, LifetimeParams, LoyaltyTier, MbgNbd, Nbd, ParetoNbd, PurchaseProcess, Silences,
    SpendRecord, WatchEntry, fit_gamma_gamma, fit_lifetime, fit_process,
};
pub use local_ease::{CheckedLocalEaseParams, LocalEaseParams, fit_local_ease};
pub use logistic::{Fitted, LogisticError, Sample, fit_logistic, fit_ranking};
pub use model_set::{FitError, ModelSet, TrainingData, fit, fit_for_blend, fit_personal, fit_with};
pub use neighbours::{ModelError, NeighbourOrder, Neighbours};
pub use orientation::{Looked, Orientation, OrientationColumns, fit_orientation};
pub use ownership::{
    CheckedOwnershipParams, Held, Holding, HoldingState, Need, NeedMapping, Ownership, OwnershipColumns,
    OwnershipParams, each_part, fit_ownership,
};
pub use personal::{Personal, PersonalKind, PersonalParams, PersonalScorer};
pub use placement_params::{CheckedPlacementParams, Diversity, Owned, PlacementParams};
pub use popularity::{
    CheckedPopularityParams, Popularity, PopularityColumns, PopularityParams, fit_popularity,
};
pub use privacy::{PrivacyFloor, PrivacyParams};
pub use recipe::{CheckedRecipe, HistoryParams, ParamError, Recipe, RecipeError};
pub use related::{
    BasketFeature, BasketRanking, BasketWeights, CheckedRelatedParams, Related, RelatedColumns,
    RelatedFeature, RelatedLesson, RelatedLessons, RelatedPair, RelatedParams, RelatedWeights,
};
pub use repeat::{
    CheckedRepeatParams, DatedPurchase, ItemStrength, Repeat, RepeatColumns, RepeatHistories,
    RepeatHistoryColumns, RepeatParams, RepeatParts, Repeats, choose_repeat, fit_repeat,
};
pub use replenishment::{
    CensorAt, CheckedReplenishmentParams, DueEstimate, DueEvidence, DueKind, ReplenishBy, Replenishment,
    ReplenishmentColumns, ReplenishmentData, ReplenishmentParams, fit_replenishment,
};
pub use rp3beta::{CheckedRp3betaParams, Rp3betaParams, fit_rp3beta};
pub use score_board::ScoreBoard;
pub use scorer::{HistoryScorer, sort_contributions};
pub use sent_back::SentBack;
pub use session::{
    CheckedSessionParams, IdfForm, SessionModel, SessionParams, SessionScratch, SessionSimilarity,
    StepWeighting, Visit, VisitedItems, choose_session, fit_session,
};
pub use weighted_incidence::WeightedIncidence;
