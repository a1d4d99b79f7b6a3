//! For whom a slate is.

use erbij_core::{CustomerIdx, Grant, Past, Personalisation};

/// For whom a slate is, and what may be used of what is known of them.
#[derive(Clone, Copy, Debug)]
pub enum Person<'a> {
    /// A customer the models know, who lets them be asked.
    Known(Known<'a>),
    /// Somebody they do not know, a visitor or a new customer, with all that they did.
    Stranger(&'a Past),
    /// Nobody in particular, or somebody who does not want to be known.
    Nobody,
}

/// A customer the models know.
#[derive(Clone, Copy, Debug)]
pub struct Known<'a> {
    customer: CustomerIdx,
    since: &'a Past,
}

impl<'a> Person<'a> {
    /// A customer, with what they did since the models were trained. That they may be asked about is proven by a grant.
    pub fn known(customer: CustomerIdx, since: &'a Past, _: Grant<Personalisation>) -> Self {
        Self::Known(Known { customer, since })
    }

    /// A customer of past orders that are measured by, as the models know them.
    pub fn replayed(customer: CustomerIdx) -> Self {
        Self::known(customer, Past::none(), Grant::of_replay())
    }

    /// The customer, where the models know one.
    pub fn customer(self) -> Option<CustomerIdx> {
        match self {
            Self::Known(known) => Some(known.customer),
            Self::Stranger(_) | Self::Nobody => None,
        }
    }

    /// What the models have not seen of them.
    pub fn past(self) -> Option<&'a Past> {
        match self {
            Self::Known(known) => Some(known.since),
            Self::Stranger(past) => Some(past),
            Self::Nobody => None,
        }
    }
}
