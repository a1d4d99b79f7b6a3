//! Splits, metrics, intervals and tuning: what a recipe is worth, measured with the engine that serves.

pub mod metrics;
