//! Distributions and intervals that several laws rest on.

pub mod normal;
pub mod wilson;
