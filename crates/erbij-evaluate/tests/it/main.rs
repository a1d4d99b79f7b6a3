//! The evaluator itself under test: popularity must give the known result.

mod most_popular;
mod published;
mod worked;
