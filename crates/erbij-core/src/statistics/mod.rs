//! Distributions and intervals that several laws rest on.

pub mod normal;
pub mod splitmix64;
pub mod wilson;
