//! `local_ease`: what a customer wants next, by regressing each item on those most often bought with it.

mod fit;
mod params;

pub use fit::fit_local_ease;
pub use params::{CheckedLocalEaseParams, LocalEaseParams};
