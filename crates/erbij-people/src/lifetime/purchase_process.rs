//! One face for all processes: how likely a record is, who is still a customer, what is still to come.

use serde::{Deserialize, Serialize};

use crate::lifetime::at_any_time::{GgompertzNbd, Nbd, ParetoNbd};
use crate::lifetime::at_purchase::{BgNbd, MbgNbd};
use crate::lifetime::params::LifetimeModelKind;
use crate::lifetime::process::Process;
use crate::lifetime::record::BuyingRecord;

/// How customers buy and leave: a model with its parameters. Times are in weeks.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "model", rename_all = "snake_case")]
pub enum PurchaseProcess {
    /// Nobody leaves.
    Nbd(Nbd),
    /// Customers leave at any time.
    ParetoNbd(ParetoNbd),
    /// Customers leave after a repeat purchase.
    BgNbd(BgNbd),
    /// Customers leave after any purchase.
    MbgNbd(MbgNbd),
    /// Customers leave at any time, and the sooner the longer they have stayed.
    GgompertzNbd(GgompertzNbd),
}

impl PurchaseProcess {
    /// A model with parameters in the order of [`LifetimeModelKind::parameter_names`]; nothing unless each is above 0
    /// and finite, and there are as many as it has.
    pub fn new(kind: LifetimeModelKind, parameters: &[f64]) -> Option<Self> {
        let process = match (kind, parameters) {
            (LifetimeModelKind::Nbd, &[r, alpha]) => Self::Nbd(Nbd { r, alpha }),
            (LifetimeModelKind::ParetoNbd, &[r, alpha, s, beta]) => {
                Self::ParetoNbd(ParetoNbd { r, alpha, s, beta })
            }
            (LifetimeModelKind::BgNbd, &[r, alpha, a, b]) => Self::BgNbd(BgNbd { r, alpha, a, b }),
            (LifetimeModelKind::MbgNbd, &[r, alpha, a, b]) => Self::MbgNbd(MbgNbd { r, alpha, a, b }),
            (LifetimeModelKind::GgompertzNbd, &[r, alpha, b, s, beta]) => {
                Self::GgompertzNbd(GgompertzNbd { r, alpha, b, s, beta })
            }
            _ => return None,
        };
        process.is_valid().then_some(process)
    }

    /// Which model it is.
    pub fn kind(&self) -> LifetimeModelKind {
        match self {
            Self::Nbd(_) => LifetimeModelKind::Nbd,
            Self::ParetoNbd(_) => LifetimeModelKind::ParetoNbd,
            Self::BgNbd(_) => LifetimeModelKind::BgNbd,
            Self::MbgNbd(_) => LifetimeModelKind::MbgNbd,
            Self::GgompertzNbd(_) => LifetimeModelKind::GgompertzNbd,
        }
    }

    /// Its parameters, in the order of [`LifetimeModelKind::parameter_names`].
    pub fn parameters(&self) -> Vec<f64> {
        match *self {
            Self::Nbd(Nbd { r, alpha }) => vec![r, alpha],
            Self::ParetoNbd(ParetoNbd { r, alpha, s, beta }) => vec![r, alpha, s, beta],
            Self::BgNbd(BgNbd { r, alpha, a, b }) | Self::MbgNbd(MbgNbd { r, alpha, a, b }) => {
                vec![r, alpha, a, b]
            }
            Self::GgompertzNbd(GgompertzNbd { r, alpha, b, s, beta }) => vec![r, alpha, b, s, beta],
        }
    }

    /// Whether every parameter is above 0 and finite.
    pub(super) fn is_valid(&self) -> bool {
        self.parameters().into_iter().all(|value| 0.0 < value && value.is_finite())
    }

    pub(super) fn inner(&self) -> &dyn Process {
        match self {
            Self::Nbd(model) => model,
            Self::ParetoNbd(model) => model,
            Self::BgNbd(model) => model,
            Self::MbgNbd(model) => model,
            Self::GgompertzNbd(model) => model,
        }
    }

    /// The logarithm of the likelihood of a customer's record.
    pub fn ln_likelihood(&self, record: &BuyingRecord) -> f64 {
        self.inner().ln_likelihood(record)
    }

    /// The chance that he is still a customer, 0 to 1. Falls with silence.
    pub fn p_alive(&self, record: &BuyingRecord) -> f64 {
        self.inner().p_alive(record)
    }

    /// The orders he is expected to place within `weeks`, the chance that he has left included; for
    /// [`BuyingRecord::NEW`] that is `E[X(t)]`. A purchase day is an order here.
    ///
    /// ```
    /// use erbij_people::{BgNbd, BuyingRecord, PurchaseProcess};
    /// // The customer of Fader, Hardie and Lee's note on spreadsheets.
    /// let process = PurchaseProcess::BgNbd(BgNbd { r: 0.243, alpha: 4.414, a: 0.793, b: 2.426 });
    /// let record = BuyingRecord::new(2, 30.43, 38.86).unwrap();
    /// assert_eq!(format!("{:.3}", process.expected_orders(&record, 39.0)), "1.226");
    /// ```
    pub fn expected_orders(&self, record: &BuyingRecord, weeks: f64) -> f64 {
        self.inner().expected_orders(record, weeks)
    }

    /// When his silence becomes unusual: the week since his first purchase at which the chance that he is still there
    /// has fallen to `threshold` times what it was on his last purchase; none where it never does.
    pub fn silent_after(&self, record: &BuyingRecord, threshold: f64) -> Option<f64> {
        let p_alive = threshold * self.p_alive(&record.at_last_purchase());
        self.inner().silent_after(record, (1.0 - p_alive) / p_alive)
    }
}
