//! `blend`: the order of the slate, learned over what the other models say.

mod model;
mod params;

pub use model::{Blend, BlendFeatures, BlendPart, OwnFeature};
pub use params::{BlendParams, CheckedBlendParams};
