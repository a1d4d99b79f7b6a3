//! From a query to an explained slate: candidates → score → filter → rank → explain.
//!
//! One engine serves pages, fills newsletters and is what an evaluation replays. It does no IO and knows no
//! clock and no chance but what a [`Query`] brings, so the same query on the same models gives the same slate.
//!
//! Imports run one way, from the bottom of this table to its top.
//!
//! | layer | files |
//! |---|---|
//! | what is asked and answered | `query` `person` `slate` `reason` `kept_out` `part` |
//! | what a thread works in | `scratch` `facts` `eligible` |
//! | the models, made ready | `engine` `bundles` `best_sellers` |
//! | where the person stands | `situation` `past` `since` |
//! | what each source says | `alike` `belongings` `due` `journey` `looks` |
//! | what must not be shown | `admission` |
//! | which sources are asked | `step` `by_category` `ladder` |
//! | what is said of a candidate | `said` `reasons` |
//! | how candidates are ordered | `rerank` `relevance` `diversify` `rotate` `boosts` `blend` |
//! | whole slates | `recommend` `pins` `given` `heard` `invariants` `on_item` `why_not` |

mod admission;
mod alike;
mod belongings;
mod best_sellers;
mod blend;
mod boosts;
mod bundles;
mod by_category;
mod diversify;
mod due;
mod eligible;
mod engine;
mod facts;
mod given;
mod heard;
mod invariants;
mod journey;
mod kept_out;
mod ladder;
mod looks;
mod on_item;
mod part;
mod past;
mod person;
mod pins;
mod query;
mod reason;
mod reasons;
mod recommend;
mod relevance;
mod rerank;
mod rotate;
mod said;
mod scratch;
mod since;
mod situation;
mod slate;
mod step;
#[cfg(test)]
mod tests;
mod why_not;

pub use blend::Candidates;
pub use diversify::{Calibration, calibrated, category_proximity, mmr};
pub use engine::Engine;
pub use invariants::SlateFault;
pub use journey::{NeedAnswer, NeedStatus, Phase};
pub use kept_out::KeptOut;
pub use on_item::{RuleDoes, RuleOnItem};
pub use part::{Heard, Part, Unheard};
pub use person::{Known, Person};
pub use query::{Query, Ranking};
pub use reason::{Language, Reason};
pub use relevance::{n_relevant, normalise, relevance};
pub use rotate::{rotate, seed_of};
pub use scratch::Scratch;
pub use slate::{CandidateSource, EmptyBecause, LeftOut, Slate, SlateItem};
pub use why_not::{MAX_RANK, Standing, WhyNot};
