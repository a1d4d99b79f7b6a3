//! What each customer looked at lately and has bought nothing of since: which needs he is looking around for.
//!
//! A look is an item's page seen, an item clicked in a list or put in the cart by a customer who was logged in; what a
//! browser did while nobody was is tied to nobody. Looks count by need: who compares three machines looks around for one.
//! A purchase of anything that answers the need ends it, for whomever it was, on the day of the look or later: many shops
//! know orders by their day alone. What came back in full was not bought.

mod fit;
mod model;
#[cfg(test)]
mod tests;

pub use fit::fit_orientation;
pub use model::{Looked, NeedAct, Orientation, OrientationColumns};
