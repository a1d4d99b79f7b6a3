//! `lifetime`: who is still a customer, how often he will buy, and what that is worth.
//!
//! A shop without contracts is not told when a customer leaves; it sees silence. Whether a silence means
//! anything depends on how often he used to buy. These models weigh the two from three numbers a customer: on
//! how many days he bought again (`x`), when last (`t_x`), and how long he has been known (`T`), in weeks.
//!
//! Which model to choose:
//!
//! - `mbg_nbd`, the default: a customer may leave after each purchase, the first included. Everything about it is
//!   closed and cheap, the day on which a silence becomes unusual too, and a customer who bought once years ago is not
//!   there for ever.
//! - `bg_nbd`: the same, but nobody leaves before his second purchase: it says of everybody who bought once that he is
//!   there with certainty. For comparison with the literature.
//! - `pareto_nbd`: customers leave at any time, purchases or not. Often as good; eight times slower to fit.
//! - `ggompertz_nbd`: the same, with a hazard that grows. Worth a try where customers outgrow the assortment; without
//!   such a growth its optimum is that of `pareto_nbd`.
//! - `nbd`: nobody leaves. A yardstick, and what stands in where too few customers returned.
//!
//! Spend is Gamma-Gamma, fitted to the mean of the repeat days and multiplied with the expected orders: it takes for
//! granted that how much and how often have nothing to do with each other, which is worth a look at their
//! correlation.
//!
//! A silence is unusual once the chance that the customer is still there has fallen to `alive_threshold` times what
//! it was on his last purchase day. It could also be a quantile of his own gaps; but of those the model knows only
//! through his rate, and under (M)BG/NBD both are one question: the odds of having left are those at his last
//! purchase, divided by the chance of a gap as long as his. The share rather than the chance itself, since in many
//! shops most buyers never return: of them the chance begins below one half, and they would be silent on the day they
//! bought.
//!
//! A fit is not believed whatever it says (`doubt.rs`): where the likelihood has no peak or is flat, where hardly anybody has
//! left by it, or where the history was cut at its beginning. Then what customers as silent did stands in
//! (`empirical.rs`). And no day is foretold further ahead than the history reaches back.
//!
//! What the models do not know: season, promotions, and that customers of different years differ. Customers who
//! joined within one window are compared best.

mod at_any_time;
mod at_purchase;
mod columns;
mod doubt;
mod empirical;
mod error;
mod estimate;
mod fit;
mod maximise;
mod model;
mod params;
mod process;
mod purchase_process;
mod record;
mod special;
mod spend;
#[cfg(test)]
mod tests;
mod tiers;

pub use at_any_time::{GgompertzNbd, Nbd, ParetoNbd};
pub use at_purchase::{BgNbd, MbgNbd};
pub use columns::LifetimeColumns;
pub use doubt::LifetimeDoubt;
pub use empirical::{Empirical, Silences};
pub use error::LifetimeError;
pub use estimate::Estimate;
pub use fit::{fit_lifetime, fit_process};
pub use model::{Lifetime, LifetimeBasis, LifetimeEstimate, LifetimeLaw};
pub use params::{CheckedLifetimeParams, LifetimeModelKind, LifetimeParams};
pub use purchase_process::PurchaseProcess;
pub use record::BuyingRecord;
pub use spend::{GammaGamma, SpendRecord, fit_gamma_gamma};
pub use tiers::{LoyaltyTier, WatchEntry};
