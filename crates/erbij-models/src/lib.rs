//! Models of items: what sells, what goes together, what a history asks for next.
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
mod blend;
mod cholesky;
mod ease;
mod gram;
mod ials;
mod incidence;
mod item_weights;
mod kept_baskets;
mod local_ease;
mod logistic;
mod newton;
mod pair_sums;
mod personal;
mod popularity;
mod privacy;
mod related;
mod ridge;
mod rp3beta;
mod session;
mod simd;
mod spectral;
mod weighted_incidence;

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
pub use blend::{Blend, BlendFeatures, BlendParams, BlendPart, CheckedBlendParams, OwnFeature};
pub use ease::{CheckedEaseParams, EaseError, EaseParams, KeepWeights, fit_ease};
pub use ials::{CheckedIalsParams, Factors, IalsParams, fit_ials};
pub use incidence::Incidence;
pub use item_weights::ItemWeights;
pub use local_ease::{CheckedLocalEaseParams, LocalEaseParams, fit_local_ease};
pub use logistic::{Fitted, LogisticError, Sample, fit_logistic, fit_ranking};
pub use personal::{Personal, PersonalKind, PersonalParams, PersonalScorer};
pub use popularity::{
    CheckedPopularityParams, Popularity, PopularityColumns, PopularityParams, fit_popularity,
};
pub use privacy::{PrivacyFloor, PrivacyParams};
pub use related::{
    BasketFeature, BasketRanking, BasketWeights, CheckedRelatedParams, CompanyColumns, FittedBefore, Related,
    RelatedColumns, RelatedFeature, RelatedLesson, RelatedLessons, RelatedPair, RelatedParams,
    RelatedWeights, count_company, fit_related,
};
pub use rp3beta::{CheckedRp3betaParams, Rp3betaParams, fit_rp3beta};
pub use session::{
    CheckedSessionParams, IdfForm, SessionModel, SessionParams, SessionScratch, SessionSimilarity,
    StepWeighting, Visit, VisitedItems, choose_session, fit_session,
};
pub use weighted_incidence::WeightedIncidence;
