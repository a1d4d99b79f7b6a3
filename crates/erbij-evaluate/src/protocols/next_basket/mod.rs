//! The next basket, by the protocol of the Reality Check (Li et al., TOIS 2023).
//!
//! What a customer bought in order is known, his last basket is foretold, and nothing is masked: a list may
//! repeat what he bought before. `files.rs` reads the published files; `top_freq.rs` and `tifu_knn.rs` are the
//! published models; `foretell.rs` puts the repeat model beside them; `judge.rs` measures a ranking; `measure.rs`
//! measures a model on a fold.

mod files;
mod foretell;
mod judge;
mod measure;
#[cfg(test)]
mod tests;
mod tifu_knn;
mod top_freq;

pub use files::{Keyset, NextBasketError, NextBaskets, parse_keyset, parse_next_baskets};
pub use foretell::{Foreteller, dated_baskets};
pub use judge::{AtPlaces, NEXT_BASKET_FIGURES, NextBasketFigure, NextBasketFigures, judge_next_baskets};
pub use measure::{NextBasketFold, NextBasketModel};
pub use tifu_knn::{TifuKnn, TifuKnnParamError, TifuKnnParams};
pub use top_freq::TopFreq;
