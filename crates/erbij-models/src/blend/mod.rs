//! `blend`: the order of the slate, learned over what the other models say.

mod fit;
mod model;
mod params;

pub use fit::{BlendError, BlendSample, fit_blend};
pub use model::{Blend, BlendFeatures, BlendPart, OwnFeature};
pub use params::{BlendParams, CheckedBlendParams};
